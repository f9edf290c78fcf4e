/* A scenario: what polygons of changes do to the covariates of a town. */
#ifndef AUTAN_SCENARIO_H
#define AUTAN_SCENARIO_H

#include <stddef.h>

#include "ground/change.h"
#include "kriging/beyond.h"
#include "town.h"

typedef struct {
    size_t cells;  /* of the grid */
    double *share; /* AUTAN_CHANGES x cells: part of the cell changed */
    double
        *delta; /* n_covariates x cells: change of the covariate, as the maps see it */
    float *beyond; /* cells: how far the changed ground lies beyond what stations have
                      seen, in standard deviations; 0 where nothing changes */
    size_t n_polygons; /* of all changes */
    size_t n_changed;  /* cells where a covariate changes */
} scenario;

/* Reads the changes: polygons with an attribute `change` (plant, open, build, whiten)
 * and, if they like, `amount` (0 to 1, the part of the polygon that is treated; 1).
 * Where they overlap the later kind in the order open, plant, build, whiten holds, and
 * the larger amount. AUTAN_BAD_CONFIG for another word or amount, or for a change that
 * none of the covariates answers to. Clear with scenario_clear. */
autan_status scenario_read(const town *town, const autan_seen *seen, const char *path,
                           scenario *scenario, autan_error *err);
void scenario_clear(scenario *scenario);

#endif
