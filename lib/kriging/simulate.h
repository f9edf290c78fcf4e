/* Conditional simulation of maps: members that have the mean and the standard error of
 * the maps, and the correlations of their errors in space and time.
 *
 * A level's error at a place is that of kriging a field from its values at the
 * stations. So a field of the level's covariance is drawn, at the cells and at the
 * stations, and what kriging makes of its values at the stations is taken off: A.
 * Journel, Geostatistics for conditional simulation of ore bodies, Economic Geology 69
 * (1974); J.-P. Chiles and P. Delfiner, Geostatistics (2012), section 7.3. With e_a,
 * e_u and e_w the errors of the persistent field, of the pattern and of the hour's own
 * field, and e_g that of the amplitude in the third, the member is
 *
 *     map + e_a + (g + e_g) e_u + sqrt(s) e_w,
 *
 * whose variance is that of the map. Errors hang together in time as those of blocks do
 * (autan_block_likeness): persistent errors and patterns of two regimes by the cosine
 * of their errors at withheld stations, taken apart into AUTAN_SIMULATION_FACTORS
 * common factors and what each regime has for itself; those of the hours' own fields as
 * a first-order autoregression.
 *
 * Kriging is that of all stations, by the systems of hours.h, or that from the stations
 * nearby, by near.h: errors then have the variance that its maps state, as far as these
 * are right. */
#ifndef AUTAN_KRIGING_SIMULATE_H
#define AUTAN_KRIGING_SIMULATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/grid.h"
#include "kriging/field.h"
#include "kriging/hours.h"
#include "kriging/model.h"
#include "kriging/near.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_SIMULATION_FACTORS = 2 };

typedef struct autan_simulation autan_simulation;

/* All is borrowed. With noise, what differs within metres and the error of a sensor are
 * part of a member, as they are of the standard error: each cell's value is what a new
 * station there would read. Without, members are of the field itself. covariate (cells
 * x n_covariates) is of all cells of the grid. */
typedef struct {
    const autan_model *model;
    const autan_sites *stations;
    const autan_hours *hours;
    const autan_field *field;
    const autan_near *near; /* in place of hours and field, or NULL */
    size_t n_times;         /* rows of the panel they were solved from */
    const autan_grid *grid;
    size_t n_covariates;
    const double *covariate;
    int noise;
    uint64_t seed;
} autan_simulation_info;

/* Whether this build can simulate: it needs KISS FFT. */
int autan_simulation_available(void);

/* AUTAN_UNSUPPORTED when this build cannot; AUTAN_NO_MEMORY. */
autan_status autan_simulation_new(const autan_simulation_info *info,
                                  autan_simulation **simulation);
void autan_simulation_free(autan_simulation *simulation);

/* Members first_pair * 2 and on, two a pair, that go through the hours together. A
 * member depends on the seed and its number alone. Memory: about
 * autan_simulation_pair_bytes a pair. */
typedef struct autan_simulation_run autan_simulation_run;
size_t autan_simulation_pair_bytes(const autan_simulation *simulation);
autan_status autan_simulation_start(const autan_simulation *simulation,
                                    size_t first_pair, size_t n_pairs,
                                    autan_simulation_run **run);
void autan_simulation_end(autan_simulation_run *run);

/* The run's members of a row of the panel, later than the one before: value (2 n_pairs
 * x cells, degC), NaN as of autan_field_evaluate. AUTAN_NO_MEMORY. */
autan_status autan_simulation_next(autan_simulation_run *run, size_t row, float *value);

#ifdef __cplusplus
}
#endif
#endif
