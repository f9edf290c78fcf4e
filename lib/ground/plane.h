/* What is computed on planes: distances, patches, footprints.
 *
 * A plane is ny x nx values, row 0 the northernmost, of square cells. What a cell takes
 * from its neighbourhood alone can be computed part by part, with a margin as wide as
 * the neighbourhood, and comes out the same to the bit; what depends on the whole works
 * through it row by row, and holds some rows. */
#ifndef AUTAN_GROUND_PLANE_H
#define AUTAN_GROUND_PLANE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/rows.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Empties the patches of the mask (uint8_t, ny x nx; cells that touch by a side or a
 * corner) that have fewer than `smallest` cells. kept is how many patches stay. label
 * is room for 2 ny x nx of uint32_t. AUTAN_NO_MEMORY, and what the rows return. */
autan_status autan_keep_patches(const autan_rows *mask, size_t nx, size_t ny,
                                size_t smallest, const autan_rows *label, size_t *kept);

/* Distance (float) from each cell's centre to that of the nearest cell of the mask
 * (uint8_t), in cells; infinite when the mask is empty. Exact, linear in the cells.
 * Source: Felzenszwalb and Huttenlocher, Distance transforms of sampled functions,
 * Theory of Computing 8 (2012). AUTAN_NO_MEMORY, and what the rows return. */
autan_status autan_distance(const autan_rows *mask, size_t nx, size_t ny,
                            const autan_rows *distance);

/* Means with Gaussian weights exp(-d^2 / 2 sigma^2), sigma in cells, cut at 4 sigma.
 * Missing cells (NaN) and those beyond the edge have no weight; NaN where less than a
 * quarter of the weight is known. Cost: cells times sigma. */
autan_status autan_gauss(const double *value, size_t nx, size_t ny, double sigma,
                         double *mean);

/* Smallest value in the square of cells up to `reach` away, NaN left aside. */
autan_status autan_lowest(const double *value, size_t nx, size_t ny, size_t reach,
                          double *lowest);

/* Mean over the square of cells up to `reach` away, NaN left aside. column and row are
 * where the plane begins in a larger one that it is a part of. */
autan_status autan_box_mean(const double *value, size_t nx, size_t ny, size_t column,
                            size_t row, size_t reach, double *mean);

#ifdef __cplusplus
}
#endif
#endif
