/* Series of the places of a block of a map, in one small file for the web.
 *
 * Maps are kept hour by hour; who wants the hours of one place would have to read them
 * all. A block holds all hours of a few thousand cells instead. Layout, little-endian:
 *
 *   bytes  0..3   "AUPS"
 *   uint32 x 5    version (1), planes, rows, columns, times
 *   double        quantum: values are multiples of it
 *   int64 x times seconds since 1970-01-01T00:00:00Z
 *   zlib stream   planes x rows x columns x times int16: each, but the first of a
 *                 place's, less the one before it (modulo 2^16); then all low bytes,
 *                 then all high bytes
 *
 * Neighbouring hours differ little, so that high bytes are nearly all alike. */
#ifndef AUTAN_FILES_PLACE_SERIES_H
#define AUTAN_FILES_PLACE_SERIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/calendar.h"
#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_PLACE_MISSING = INT16_MIN };

/* value[((p * rows + r) * columns + c) * n_times + t], in quanta. */
typedef struct {
    size_t planes, rows, columns, n_times;
    double quantum;
    autan_time *time;
    int16_t *value;
} autan_place_series;

/* All missing, times 0. AUTAN_NO_MEMORY; AUTAN_BAD_ARGUMENT when a size is 0 or there
 * would be more than 2^28 values. Clear with autan_place_series_clear. */
autan_status autan_place_series_make(size_t planes, size_t rows, size_t columns,
                                     size_t n_times, double quantum,
                                     autan_place_series *series);
void autan_place_series_clear(autan_place_series *series);

/* A value in quanta; missing when it is not finite or too large. */
int16_t autan_place_series_pack(double quantum, double value);

/* The file's bytes, for the caller to free(). The same series gives the same bytes. */
autan_status autan_place_series_encode(const autan_place_series *series,
                                       unsigned char **bytes, size_t *size);

/* Reads what encode made. AUTAN_BAD_FORMAT for anything else. */
autan_status autan_place_series_decode(const unsigned char *bytes, size_t size,
                                       autan_place_series *series);

#ifdef __cplusplus
}
#endif
#endif
