/* A plane by rows or by rectangles, wherever it is held: what works through a plane
 * part by part needs no memory for the whole of it. */
#ifndef AUTAN_DATA_ROWS_H
#define AUTAN_DATA_ROWS_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Rows first .. first + n - 1 of a plane, row 0 the northernmost, one after the other.
 * What a function returns other than AUTAN_OK ends the work and is returned by it; a
 * sentence for the user is left where `user` knows. Either may be NULL where it is not
 * called. */
typedef struct {
    void *user;
    autan_status (*read)(void *user, size_t first, size_t n, void *to);
    autan_status (*write)(void *user, size_t first, size_t n, const void *from);
} autan_rows;

/* The same by rectangles: columns column .. column + nx - 1 of rows row .. row + ny -
 * 1, ny x nx items. */
typedef struct {
    void *user;
    autan_status (*read)(void *user, size_t column, size_t row, size_t nx, size_t ny,
                         void *to);
    autan_status (*write)(void *user, size_t column, size_t row, size_t nx, size_t ny,
                          const void *from);
} autan_boxes;

#ifdef __cplusplus
}
#endif
#endif
