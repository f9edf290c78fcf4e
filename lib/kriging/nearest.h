/* The places nearest to a point in the plane, among very many. Not installed. */
#ifndef AUTAN_KRIGING_NEAREST_H
#define AUTAN_KRIGING_NEAREST_H

#include <stddef.h>

#include "base/status.h"

/* Places sorted into square boxes that hold some each. */
typedef struct {
    size_t n, nx, ny;
    double x0, y0, side;
    const double *x, *y; /* borrowed */
    size_t *first;       /* nx ny + 1: where a box's places start in place */
    size_t *place;       /* n */
} autan_nearest;

/* AUTAN_NO_MEMORY. Free with autan_nearest_clear. */
autan_status autan_nearest_make(size_t n, const double *x, const double *y,
                                autan_nearest *nearest);
void autan_nearest_clear(autan_nearest *nearest);

/* Up to k places nearest to (x, y), the nearest first, into found (k) with the squares
 * of their distances (k); of equal ones the lower number. Only those below `below`
 * count, and not `but` (SIZE_MAX: all). Returns how many. */
size_t autan_nearest_find(const autan_nearest *nearest, double x, double y, size_t k,
                          size_t below, size_t but, size_t *found, double *square);

#endif
