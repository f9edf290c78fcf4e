/* What is computed on whole planes: distances, patches, footprints.
 *
 * A plane is ny x nx values, row 0 the northernmost, of square cells. */
#ifndef AUTAN_GROUND_PLANE_H
#define AUTAN_GROUND_PLANE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Empties, in place, the patches of the mask (ny x nx; cells that touch by a side or a
 * corner) that have fewer than `smallest` cells. kept is how many patches stay. Memory:
 * 8 bytes a cell. AUTAN_NO_MEMORY. */
autan_status autan_keep_patches(uint8_t *mask, size_t nx, size_t ny, size_t smallest,
                                size_t *kept);

/* Distance from each cell's centre to that of the nearest cell of the mask, in cells;
 * infinite when the mask is empty. Exact, linear in the cells. Source: Felzenszwalb and
 * Huttenlocher, Distance transforms of sampled functions, Theory of Computing 8 (2012).
 */
autan_status autan_distance(const uint8_t *mask, size_t nx, size_t ny, float *distance);

/* Means with Gaussian weights exp(-d^2 / 2 sigma^2), sigma in cells, cut at 4 sigma.
 * Missing cells (NaN) and those beyond the edge have no weight; NaN where less than a
 * quarter of the weight is known. Cost: cells times sigma. */
autan_status autan_gauss(const double *value, size_t nx, size_t ny, double sigma,
                         double *mean);

/* Smallest value in the square of cells up to `reach` away, NaN left aside. */
autan_status autan_lowest(const double *value, size_t nx, size_t ny, size_t reach,
                          double *lowest);

/* Mean over the square of cells up to `reach` away, NaN left aside. */
autan_status autan_box_mean(const double *value, size_t nx, size_t ny, size_t reach,
                            double *mean);

#ifdef __cplusplus
}
#endif
#endif
