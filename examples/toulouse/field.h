/* The simulated temperature field over Toulouse, exact at any place and time.
 *
 *     T(p, t) = sum over k of a_k(t) phi_k(p)
 *
 * The first terms are what the place is (height, buildings, trees, ...) with what the
 * weather makes of it; the others are waves whose amplitudes wander, the residual that
 * no covariate explains. Because the sum is linear in a, the mean over an hour is the
 * field of the mean coefficients, and stations and grid agree. */
#ifndef AUTAN_EXAMPLES_FIELD_H
#define AUTAN_EXAMPLES_FIELD_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/grid.h"
#include "weather.h"

#define FIELD_CRS "EPSG:2154"

/* The terms that are no waves. Means are weighted with a Gaussian of the standard
 * deviation given. */
enum {
    FIELD_ONE = 0,
    FIELD_URBAN,  /* 0 in the rural west, 1 in the dense centre; from building, road */
    FIELD_HEIGHT, /* m above 150 m; 150 m */
    FIELD_POOL,   /* 0 to 1: lower than its surroundings, near water, not built over */
    FIELD_WOOD,   /* fraction; 120 m */
    FIELD_WATER,  /* fraction; 150 m */
    FIELD_GRASS,  /* fraction; 150 m */
    FIELD_ROAD,   /* fraction; 120 m */
    FIELD_EAST,   /* -1 at the western border to 1 at the eastern */
    FIELD_NORTH,  /* -1 at the southern border to 1 at the northern */
    /* The heat island seen 1.5 km farther west, south, east and north, less that of the
     * place: air that comes from there. 800 m. */
    FIELD_FROM_WEST,
    FIELD_FROM_SOUTH,
    FIELD_FROM_EAST,
    FIELD_FROM_NORTH,
    FIELD_PLACE_TERMS
};

typedef struct field field;

/* Reads building, road, water, wood, grass and elevation (.tif) in a folder and draws
 * the waves. AUTAN_NO_DATA when a grid has holes; else what files/raster.h says. Free
 * with field_free. */
autan_status field_new(const char *grids, uint64_t seed, field **f, autan_error *err);
void field_free(field *f);

/* Borrowed; 100 m cells. */
const autan_grid *field_grid(const field *f);

/* How many terms the sum has. */
size_t field_terms(const field *f);

/* phi (terms x n) at n places (m, in FIELD_CRS). A place off the grid takes the land
 * cover of the border. */
void field_basis(const field *f, size_t n, const double *x, const double *y,
                 double *phi);

/* a (terms) for the next step of the weather; moves the waves on by one step. */
void field_step(field *f, const weather_state *state, double *a);

/* T (n) from phi and a. */
void field_at(const field *f, size_t n, const double *phi, const double *a,
              double *value);

/* T of all cells (ny x nx), row 0 the northernmost. AUTAN_NO_MEMORY. */
autan_status field_map(const field *f, const double *a, double *value);

#endif
