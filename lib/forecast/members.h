/* Members of a forecast that are coherent in time, place and between targets. */
#ifndef AUTAN_FORECAST_MEMBERS_H
#define AUTAN_FORECAST_MEMBERS_H

#include <stddef.h>

#include "base/status.h"
#include "forecast/outlook.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A station's forecast. outlook NULL: the station has none, its members are NaN. */
typedef struct {
    const autan_outlook *outlook;
    const double *mean, *spread; /* n_targets */
} autan_prospect;

/* Schaake shuffle on past errors: every target of every station takes the quantiles
 * (k + 1/2) / n_members of its own distribution, in the order that the forecast errors
 * of n_members past origins of the same season had there. M. Clark et al., The Schaake
 * shuffle, J. Hydrometeor. 5 (2004), with errors in place of observations. All outlooks
 * must be learnt from the same origins, season_step of the year's angle apart. season
 * is that of the forecast's origin. member[(k * n_stations + i) * n_targets + j].
 * AUTAN_NO_DATA when no station has an outlook. */
autan_status autan_members_make(size_t n_stations, const autan_prospect *prospect,
                                size_t n_targets, double season, double season_step,
                                size_t n_members, double *member);

#ifdef __cplusplus
}
#endif
#endif
