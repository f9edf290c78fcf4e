/* What a relief does to the air, from elevations on a plane (m, NaN unknown). */
#ifndef AUTAN_GROUND_RELIEF_H
#define AUTAN_GROUND_RELIEF_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Slope, degrees, from the weighted differences of the eight neighbours; those beyond
 * the edge or unknown count as the cell itself. Source: B. K. P. Horn, Hill shading and
 * the reflectance map, Proc. IEEE 69 (1981). */
void autan_slope(const double *elevation, size_t nx, size_t ny, double cell_m,
                 double *slope);

/* Height above the valley floor, m: the elevation less the floor, which is the smallest
 * elevation within radius_m (a square), smoothed by a mean over the same square. column
 * and row are where the plane begins in a larger one that it is a part of. */
autan_status autan_valley_height(const double *elevation, size_t nx, size_t ny,
                                 size_t column, size_t row, double cell_m,
                                 double radius_m, double *height);

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
