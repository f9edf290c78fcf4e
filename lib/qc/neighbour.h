/* Places on the sphere, and which of them are near each other. */
#ifndef AUTAN_QC_NEIGHBOUR_H
#define AUTAN_QC_NEIGHBOUR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where readings come from. Borrowed arrays of n; elevation and land_fraction may be
 * NULL, which is the same as all NaN (unknown). With `cartesian`, latitude and
 * longitude are y and x in metres instead of degrees. */
typedef struct {
    size_t n;
    const double *latitude;      /* degrees north, or y in m */
    const double *longitude;     /* degrees east, or x in m */
    const double *elevation;     /* m above mean sea level, NaN unknown */
    const double *land_fraction; /* 0 to 1, NaN unknown */
    bool cartesian;
} autan_points;

/* A tree of places in space. Distances are chords through a sphere of 6 378 137 m, as
 * in titanlib; within 100 km they are short of the arc by less than 1 m. Places without
 * coordinates (NaN) are in no one's neighbourhood. */
typedef struct autan_neighbours autan_neighbours;

typedef struct {
    size_t index;
    double distance_m;
} autan_neighbour;

/* Places nearer than this are the same place: a station is not its own neighbour, nor
 * that of another in the same enclosure. */
#define AUTAN_SAME_PLACE_M 0.5

/* Builds the tree in n log n. AUTAN_BAD_ARGUMENT when a coordinate array is NULL with
 * n > 0; AUTAN_OUT_OF_DOMAIN for a latitude outside [-90, 90] or infinite coordinates.
 * Free with autan_neighbours_free. */
autan_status autan_neighbours_new(const autan_points *points, autan_neighbours **tree);
void autan_neighbours_free(autan_neighbours *tree);

/* The places in the order of the tree: each half of them, and each half of that, stands
 * together. place holds n entries; answers how many there are, those without
 * coordinates aside. */
size_t autan_neighbours_order(const autan_neighbours *tree, size_t *place);

/* All places no farther than radius_m from place i, in no particular but always the
 * same order, with the place itself and those at the same place only when `with_same`.
 * found holds n entries; answers how many it filled. */
size_t autan_neighbours_within(const autan_neighbours *tree, size_t i, double radius_m,
                               bool with_same, autan_neighbour *found);

/* How many autan_neighbours_within would find; quicker. */
size_t autan_neighbours_count(const autan_neighbours *tree, size_t i, double radius_m,
                              bool with_same);

/* The most places nearest to i, i itself among them, of those with skip[j] of 0 (skip
 * may be NULL) and no farther than radius_m; nearest first, ties by index. found holds
 * most entries; answers how many it filled. */
size_t autan_neighbours_nearest(const autan_neighbours *tree, size_t i, double radius_m,
                                size_t most, const int *skip, autan_neighbour *found);

/* Great-circle distance on that sphere, m; plain distance when points are cartesian. */
double autan_points_distance(const autan_points *points, size_t i, size_t j);

/* Shortest distance on the WGS 84 ellipsoid, m; arguments in degrees. T. Vincenty,
 * Direct and inverse solutions of geodesics, Survey Review 23 (1975); where that does
 * not converge, nearly opposite places, half the circumference. */
double autan_geodesic(double latitude_1, double longitude_1, double latitude_2,
                      double longitude_2);

#ifdef __cplusplus
}
#endif
#endif
