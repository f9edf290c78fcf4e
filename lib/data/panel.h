/* Readings of one variable as a matrix: hours by stations. */
#ifndef AUTAN_DATA_PANEL_H
#define AUTAN_DATA_PANEL_H

#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* value[t * n_stations + i] is the reading of station i at from + t * step_s, NaN
 * where there is none. Stations are in the order of the station table. */
typedef struct {
    size_t n_times, n_stations;
    autan_time from;
    int step_s;
    double *value;
} autan_panel;

/* A panel of NaN. AUTAN_BAD_ARGUMENT when to < from or step_s < 1; to is inclusive.
 * Free with autan_panel_clear. */
autan_status autan_panel_make(autan_time from, autan_time to, int step_s,
                              size_t n_stations, autan_panel *panel);
void autan_panel_clear(autan_panel *panel);

/* The moment of row t. */
autan_time autan_panel_time(const autan_panel *panel, size_t t);

#ifdef __cplusplus
}
#endif
#endif
