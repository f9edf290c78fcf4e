/* The forecast of a town's stations: from the archive to members. */
#ifndef AUTAN_OUTLOOKS_H
#define AUTAN_OUTLOOKS_H

#include <stddef.h>

#include "files/forecast_file.h"
#include "town.h"

typedef struct {
    autan_time at; /* origin, a whole hour */
    size_t n_hours, n_members;
    size_t n_guidance;
    char *const *guidance; /* files of one run of a weather model */
} outlooks_request;

/* Forecasts every station from readings up to `at` alone. Stations whose record is too
 * short have no values, and that is noted in forecast->notes, as is all that is
 * missing. AUTAN_NO_DATA when no station can be forecast. Clear with
 * autan_forecast_clear. */
autan_status outlooks_make(town *town, const outlooks_request *request,
                           autan_forecast *forecast, autan_error *err);

#endif
