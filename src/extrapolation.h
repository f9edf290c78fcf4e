/* Where the trend of the maps goes beyond what the stations have seen. */
#ifndef AUTAN_EXTRAPOLATION_H
#define AUTAN_EXTRAPOLATION_H

#include <stddef.h>

#include "files/mapfile.h"
#include "kriging/beyond.h"
#include "town.h"

/* Cells from here on, in standard deviations, are warned of. */
#define EXTRAPOLATION_COUNTS 0.1

/* The variable that map files carry it as. */
extern const autan_map_variable extrapolation_variable;

/* What stations with a reading in the panel have seen of the covariates of the model's
 * trend. Free with autan_seen_clear. */
autan_status extrapolation_make(const town *t, const autan_model *model,
                                const autan_panel *panel, autan_seen *seen,
                                autan_error *err);

#endif
