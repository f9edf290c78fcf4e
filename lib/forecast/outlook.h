/* The forecast of a station from its own past and the network's, without guidance.
 *
 * A plan says what is looked at before the origin and what is asked for after it. An
 * outlook is a regression (regression.h) learnt from all earlier origins at the same
 * hour of the day. Nothing after the moment it is learnt at, or after the origin it
 * predicts from, is ever read. */
#ifndef AUTAN_FORECAST_OUTLOOK_H
#define AUTAN_FORECAST_OUTLOOK_H

#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "forecast/regression.h"
#include "forecast/window.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Windows of features end at the origin or before. group as in autan_training. */
typedef struct {
    size_t n_features, n_targets;
    autan_time_window *feature, *target;
    size_t *group;
} autan_plan;

/* The plan of hourly records: the n_ahead next hours of variable `wanted` (targets 0 ..
 * n_ahead - 1), a group a day. network: look at the network's means too.
 * Clear with autan_plan_clear. */
autan_status autan_plan_hourly(size_t n_variables, size_t wanted, int network,
                               size_t n_ahead, autan_plan *plan);

/* The plan of daily records: the n_ahead next days of variable `wanted`, a group a day.
 */
autan_status autan_plan_daily(size_t n_variables, size_t wanted, int network,
                              size_t n_ahead, autan_plan *plan);
void autan_plan_clear(autan_plan *plan);

/* The yearly cycle of the air temperature in the middle latitudes of the northern
 * hemisphere (autan_record.cycle): 8.5 K about the mean, warmest on 22 July. */
extern const double autan_temperature_cycle[2];

/* Angle of the year, radians, 0 on 1 January 2000. */
double autan_season_angle(autan_time time);

typedef struct {
    autan_regression *regression;
    double season; /* angle of the year of the last origin learnt from */
    size_t first, every, n_origins; /* rows of the origins learnt from */
} autan_outlook;

/* Learns the forecast of a station from rows up to `until` alone. Origins are every
 * `every` rows, at the phase of until: 24 for hourly records, 1 for daily ones.
 * AUTAN_NO_DATA when there are too few. Clear with autan_outlook_clear. */
autan_status autan_outlook_fit(const autan_record *record, size_t station,
                               const autan_plan *plan, size_t until, size_t every,
                               autan_outlook *outlook);
void autan_outlook_clear(autan_outlook *outlook);

/* Mean and spread of every target from an origin row. Returns 1, or 0 when so little is
 * known at the origin that the answer is the climatology, or -1 without memory. */
int autan_outlook_predict(const autan_outlook *outlook, const autan_record *record,
                          size_t station, const autan_plan *plan, size_t origin,
                          double *mean, double *spread);

#ifdef __cplusplus
}
#endif
#endif
