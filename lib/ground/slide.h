/* Windows that slide along the lines of a plane, one cell at a time: the smallest
 * value, the sum, a weighted sum of each window. A window over a square is one along
 * the rows and then one along the columns. Not installed. */
#ifndef AUTAN_GROUND_SLIDE_H
#define AUTAN_GROUND_SLIDE_H

#include <stddef.h>

#include "base/status.h"

/* Whole rows or columns of a plane in memory. */
typedef struct {
    double *value;
    size_t n, stride;   /* values of a line, and how far apart they lie */
    size_t lines, step; /* how many lines, and how far apart they begin */
} autan_lines;

/* Each puts in place of a value what the values up to `reach` before and behind it in
 * its line give; nothing lies beyond the ends. AUTAN_NO_MEMORY. */

/* The smallest that is known, NaN where none is. By blocks of the window's length (van
 * Herk 1992, Gil and Werman 1993): cost does not grow with the reach. */
autan_status autan_slide_lowest(const autan_lines *lines, size_t reach);

/* The sum of finite values, by blocks that begin at multiples of the window's length
 * from the start of the line: each sum is of two parts and always the same. */
autan_status autan_slide_sum(const autan_lines *lines, size_t reach);

/* The sum of finite values times weights, 2 reach + 1 of them, in their order. Cost
 * grows with the reach. */
autan_status autan_slide_weights(const autan_lines *lines, const double *weight,
                                 size_t reach);

#endif
