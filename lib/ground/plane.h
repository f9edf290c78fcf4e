/* What is computed on planes: distances, patches, footprints.
 *
 * A plane is ny x nx values, row 0 the northernmost, of square cells. It is worked
 * through by rows, or by rows and then by columns, and some of them are held. */
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

/* How a plane is worked through along its rows and then along its columns. */
typedef struct {
    size_t nx, ny;
    size_t held;             /* values held at once, about; some lines at least */
    const autan_boxes *room; /* a plane (double) for what comes in between */
} autan_bounds;

/* Each of these takes planes of double; value may be the plane that the outcome goes
 * to. How much is held changes nothing of the outcome. AUTAN_NO_MEMORY, and what the
 * boxes return. */

/* Means with Gaussian weights exp(-d^2 / 2 sigma^2), sigma in cells, cut at 4 sigma.
 * Missing cells (NaN) and those beyond the edge have no weight; NaN where less than a
 * quarter of the weight is known. Cost: cells times sigma. */
autan_status autan_gauss(const autan_boxes *value, const autan_bounds *bounds,
                         double sigma, const autan_boxes *mean);

/* Smallest value in the square of cells up to `reach` away, NaN left aside. Cost:
 * cells, whatever the reach. */
autan_status autan_lowest(const autan_boxes *value, const autan_bounds *bounds,
                          size_t reach, const autan_boxes *lowest);

/* Mean over the square of cells up to `reach` away, NaN left aside. Cost: cells. */
autan_status autan_box_mean(const autan_boxes *value, const autan_bounds *bounds,
                            size_t reach, const autan_boxes *mean);

#ifdef __cplusplus
}
#endif
#endif
