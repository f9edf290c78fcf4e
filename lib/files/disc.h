/* Means over discs, taken in the pixels of a raster as they are: a disc on the ground
 * is an ellipse there, cut in strips along the rows, and running sums make a strip cost
 * the same whatever its length. */
#ifndef AUTAN_FILES_DISC_H
#define AUTAN_FILES_DISC_H

#include <stdbool.h>
#include <stddef.h>

/* A window of the raster: nx x ny pixels from (column0, row0) of the raster, each the
 * mean of `merged` x `merged` pixels of it. */
typedef struct {
    double column0, row0;
    size_t merged, nx, ny;
    bool complete; /* no pixel is missing */
    double *sum;   /* (nx + 1) x ny: values of the row before a column, missing as 0 */
    double *valid; /* the same, of the share of each pixel that has a value */
} autan_disc_window;

/* Makes a window of running sums out of sums: value holds the total of each window
 * pixel (nx x ny), share the number of its raster pixels that have a value. False when
 * out of memory. Free with autan_disc_window_clear. */
bool autan_disc_window_fill(autan_disc_window *window, const double *value,
                            const double *share);
void autan_disc_window_clear(autan_disc_window *window);

/* Raster pixels by metre: d(column)/dx, d(column)/dy, d(row)/dx, d(row)/dy. */
typedef struct {
    double cx, cy, rx, ry;
} autan_disc_scale;

/* The strips that a disc of some radius (m) is cut in, for all places of that scale. */
typedef struct {
    double high, step, full; /* half height, a strip's height, all lengths; pixels */
    size_t n, capacity;
    double *middle, *half; /* n: of each strip against the place; half its length */
} autan_disc_strips;

/* Cuts the disc in the pixels of windows of so many merged ones. The strips may be cut
 * again, beginning with {0}. False when out of memory. Free with
 * autan_disc_strips_clear. */
bool autan_disc_cut(autan_disc_strips *strips, size_t merged,
                    const autan_disc_scale *scale, double radius_m);
void autan_disc_strips_clear(autan_disc_strips *strips);

/* Mean over the disc round the place at (column, row) of the raster, fractional; NaN
 * when less than a fifth of the disc has a value. */
double autan_disc_mean(const autan_disc_window *window, double column, double row,
                       const autan_disc_strips *strips);

#endif
