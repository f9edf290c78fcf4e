/* Guidance of a weather model, post-processed station by station and hour by hour. */
#ifndef AUTAN_GUIDED_H
#define AUTAN_GUIDED_H

#include <stddef.h>

#include "town.h"

/* Post-processed guidance: mean and spread of station i at the hour h after the origin
 * (0 the next one), NaN where there is none. */
typedef struct {
    size_t n_stations, n_hours;
    double *mean, *spread; /* n_stations x n_hours */
    char *method;          /* in words; NULL: no guidance */
    char *notes;           /* what is old, short or missing (notes.h) */
} guided_result;

/* Reads the files of one run, keeps what they say at the stations in the archive
 * folder, and post-processes it with what earlier guidance of the archive was worth up
 * to the origin `at`, the last row of panel. Falls back by itself to less (emos.h), or,
 * where the guidance cannot be used, to none, and says so in the notes. AUTAN_NOT_FOUND
 * for a file that is not there. Clear with guided_clear. */
autan_status guided_read(const town *town, size_t n_files, char *const *file,
                         autan_time at, const autan_panel *panel, guided_result *result,
                         autan_error *err);
void guided_clear(guided_result *result);

/* Puts the guidance in place of a forecast's hours (n_hours of each station, mean and
 * spread are n_stations x n_hours) where its spread is the smaller one. Stations with
 * known below 0 are left alone. */
void guided_apply(const guided_result *result, size_t n_hours, const int *known,
                  double *mean, double *spread);

#endif
