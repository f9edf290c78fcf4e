/* Where the trend of the maps goes beyond what the stations have seen. */
#ifndef AUTAN_EXTRAPOLATION_H
#define AUTAN_EXTRAPOLATION_H

#include <stdbool.h>

#include "ground/quality.h"
#include "town.h"

/* Cells from here on, in standard deviations, are warned of. */
#define EXTRAPOLATION_COUNTS 0.1

/* What stations have seen of each covariate of the town. */
typedef struct {
    size_t n_used;       /* covariates in the trend */
    bool *used;          /* n_covariates */
    autan_quality *seen; /* n_covariates, over stations with a reading in the panel */
} extrapolation;

/* Free with extrapolation_clear. */
autan_status extrapolation_make(const town *t, const autan_model *model,
                                const autan_panel *panel, extrapolation *e,
                                autan_error *err);
void extrapolation_clear(extrapolation *e);

#endif
