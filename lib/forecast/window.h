/* What is known before, and wanted after, the origin of a forecast: statistics of
 * windows of steps. */
#ifndef AUTAN_FORECAST_WINDOW_H
#define AUTAN_FORECAST_WINDOW_H

#include <stddef.h>

#include "data/panel.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    AUTAN_WINDOW_MEAN = 0,
    AUTAN_WINDOW_MIN,
    AUTAN_WINDOW_MAX
} autan_window_kind;

/* Steps from .. to (inclusive) counted from the origin: 0 is the origin itself,
 * negative steps are past, positive ones future. */
typedef struct {
    size_t variable; /* number of the panel */
    int from, to;
    autan_window_kind kind;
    int network; /* mean of the statistic over all stations instead of the station's own
                  */
} autan_time_window;

/* Readings of several variables at the same times and stations. */
typedef struct {
    size_t n;
    const autan_panel *const *panel;
    /* What is expected of each variable's yearly cycle before any data: coefficients of
     * the cosine and sine of the angle of the year, n x 2; NULL: 0. */
    const double *cycle;
} autan_record;

/* The statistic at a station and origin row; NaN outside the panel and when less than
 * three quarters of the window are known. */
double autan_window_value(const autan_record *record, size_t station, size_t origin,
                          const autan_time_window *window);

#ifdef __cplusplus
}
#endif
#endif
