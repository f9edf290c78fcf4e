/* A series of readings as a PNG picture, others behind it, doubtful ones marked. */
#ifndef AUTAN_FILES_SERIES_PICTURE_H
#define AUTAN_FILES_SERIES_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Texts are UTF-8; NULL leaves them out. Values that are NaN are gaps. */
typedef struct {
    const char *title, *note; /* above and below the chart */
    const char *axis;         /* quantity and unit: "Température de l'air (°C)" */
    const char *series_text, *others_text, *marked_text; /* of the legend */
    autan_time from;                                     /* of the first value */
    int step_s;
    size_t n;            /* values, at least 2 */
    const double *value; /* n */
    const bool *marked;  /* n */
    size_t n_others;
    const double *other; /* n_others x n */
    char decimal_mark;   /* of the axis; 0 is a point */
} autan_series_picture;

/* Draws 960 x 400 px. The axis spans what can be seen of all series. Written whole or
 * not at all. AUTAN_BAD_ARGUMENT when n < 2; AUTAN_NO_DATA when no value is finite;
 * AUTAN_IO. */
autan_status autan_series_picture_write(const autan_series_picture *picture,
                                        const char *path, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
