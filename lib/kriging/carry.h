/* Stations that are silent at an hour, but were heard shortly before or after.
 *
 * What a station says against the others is much alike from one hour to the next. Its
 * hourly error when withheld, in units of its standard error sqrt(V), is taken as a
 * first-order autoregression of coefficient r: heard a hours before and b hours after,
 * with errors z_a and z_b, the expected z and its variance f are
 *
 *     z = (r^a (1 - r^2b) z_a + r^b (1 - r^2a) z_b) / (1 - r^2(a+b)),
 *     f = (1 - r^2a) (1 - r^2b) / (1 - r^2(a+b)),
 *
 * and r^a z_a, 1 - r^2a with one side alone. The others say p of the silent station,
 * with the variance V. A reading of p + sqrt(V) z / (1 - f) with a noise of the
 * variance V f / (1 - f) more than a reading has turns that into what is expected; so
 * it is put in its place (autan_krige_noisier), and what places around it are told
 * follows. doc/model.md says what is gained. */
#ifndef AUTAN_KRIGING_CARRY_H
#define AUTAN_KRIGING_CARRY_H

#include <stddef.h>

#include "base/status.h"
#include "data/panel.h"
#include "kriging/hours.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many hours after a reading it is still carried over, and before; and up to how
 * many stations that is worth while: the systems of these hours are to be solved too,
 * and in a dense network others stand near a silent station. */
enum { AUTAN_CARRY_HOURS = 3, AUTAN_CARRY_STATIONS = 1000 };

/* Hourly errors of the stations when withheld, in standard errors of the regime: z
 * (n_times x n_stations), 0 where a station is silent, left out or cannot be
 * predicted. n_times and n_stations are those of the panel that was solved. */
autan_status autan_hourly_errors(const autan_hours *hours, size_t n_times,
                                 size_t n_stations, float *z);

/* Their correlation from one row to the next, 0 to 0.999. */
double autan_hourly_autocorrelation(size_t n_times, size_t n_stations, const float *z);

/* Carries over to every silent station of solved hours what it said up to reach rows
 * before and after, by the autocorrelation of the model: the weights of the hours,
 * their amplitudes and precisions. Readings that an hour left out stay left out, and
 * scales are those without. */
autan_status autan_carry_over(autan_hours *hours, const autan_panel *panel,
                              size_t reach);

#ifdef __cplusplus
}
#endif
#endif
