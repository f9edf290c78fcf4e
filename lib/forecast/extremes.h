/* Members whose days reach what the days' own forecast says.
 *
 * Hours that are right one by one do not make minima and maxima that are: members made
 * hour by hour are a little rougher than the weather, so that their minima are too low.
 * Minimum and maximum of each day ahead are forecast for themselves too, and the hours
 * of the members follow them. */
#ifndef AUTAN_FORECAST_EXTREMES_H
#define AUTAN_FORECAST_EXTREMES_H

#include <stddef.h>

#include "base/status.h"
#include "forecast/members.h"
#include "forecast/outlook.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The plan of the extremes within the n_ahead next hours of variable `wanted`, as
 * Meteo-France counts them: the minimum of a day is of 18 UTC the day before to 18 UTC,
 * the maximum of 06 UTC to 06 UTC the day after; hour is the origin's, UTC. Those whose
 * window lies ahead, in the order of time, a group a day. AUTAN_NO_DATA when there is
 * none, AUTAN_BAD_ARGUMENT as autan_plan_hourly. Clear with autan_plan_clear. */
autan_status autan_plan_extremes(size_t n_variables, size_t wanted, int network,
                                 int hour, size_t n_ahead, autan_plan *plan);

/* A station's members: hour h (0 is the next one) of member k is value[k * stride + h].
 */
typedef struct {
    size_t n_members, stride;
    double *value;
} autan_station_members;

/* Moves the hours of a station's members so that each extreme of the plan takes the
 * quantiles (k + 1/2) / n_members of its forecast, in the order that the members have
 * already. Between the hours of its extremes a member is moved by what lies between,
 * from nothing at the origin on; after the last as there. */
autan_status autan_extremes_impose(const autan_plan *plan, const autan_prospect *days,
                                   const autan_station_members *members,
                                   size_t n_hours);

#ifdef __cplusplus
}
#endif
#endif
