/* What a relief does to the air, from elevations on a plane (m, NaN unknown). Slope and
 * pooling look at a neighbourhood and can be made part by part, with a margin as wide.
 */
#ifndef AUTAN_GROUND_RELIEF_H
#define AUTAN_GROUND_RELIEF_H

#include <stddef.h>

#include "base/status.h"
#include "ground/plane.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Slope, degrees, from the weighted differences of the eight neighbours; those beyond
 * the edge or unknown count as the cell itself. Source: B. K. P. Horn, Hill shading and
 * the reflectance map, Proc. IEEE 69 (1981). */
void autan_slope(const double *elevation, size_t nx, size_t ny, double cell_m,
                 double *slope);

/* Height above the valley floor, m: the elevation less the floor, which is the smallest
 * elevation within radius_m (a square), smoothed by a mean over the same square; planes
 * and errors as in ground/plane.h, and not one plane both. */
autan_status autan_valley_height(const autan_boxes *elevation,
                                 const autan_bounds *bounds, double cell_m,
                                 double radius_m, const autan_boxes *height);

/* Cold-air pooling index, 0 to 1: the share of the ground within radius_m (about 100
 * places evenly over the disc) from which cold air would come down: that lies more than
 * 2 m higher, less the share that lies more than 2 m lower, 0 where that is negative. A
 * plain and a ridge have 0, the floor of a basin 1. After the elevation percentile of
 * Lundquist, Pepin and Rochford, J. Geophys. Res. 113 (2008). */
void autan_pooling(const double *elevation, size_t nx, size_t ny, double cell_m,
                   double radius_m, double *index);

#ifdef __cplusplus
}
#endif
#endif
