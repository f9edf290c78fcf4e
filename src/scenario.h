/* A scenario: what polygons of changes do to the covariates of a town. */
#ifndef AUTAN_SCENARIO_H
#define AUTAN_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "files/scratch.h"
#include "ground/change.h"
#include "kriging/beyond.h"
#include "town.h"

typedef struct {
    size_t nx, ny, n_covariates;
    /* Planes in files of work, one below the other: of AUTAN_CHANGES, the part of the
     * cell changed (double); of the covariates, their change as the maps see it
     * (double); how far the changed ground lies beyond what stations have seen, in
     * standard deviations, 0 where nothing changes (float). */
    autan_scratch *share, *delta, *beyond;
    size_t n_polygons;       /* of all changes */
    size_t n_changed;        /* cells where a covariate changes */
    size_t first[2], end[2]; /* columns and rows of these; end 0 when there is none */
    size_t n_beyond;         /* cells beyond by more than EXTRAPOLATION_COUNTS */
    double farthest;         /* of all */
} scenario;

/* Some rows of it, the changes and the covariates one after the other. */
typedef struct {
    double *share; /* AUTAN_CHANGES x n x nx */
    double *delta; /* n_covariates x n x nx */
    float *beyond; /* n x nx */
} scenario_rows;

/* Room for n rows; false when out of memory. Free with scenario_rows_clear. */
bool scenario_rows_make(const scenario *scenario, size_t n, scenario_rows *rows);
void scenario_rows_clear(scenario_rows *rows);

/* Rows first .. first + n - 1. AUTAN_IO, told in the err that scenario_read had. */
autan_status scenario_read_rows(const scenario *scenario, size_t first, size_t n,
                                scenario_rows *rows);

/* Reads the changes: polygons with an attribute `change` (plant, open, build, whiten)
 * and, if they like, `amount` (0 to 1, the part of the polygon that is treated; 1).
 * Where they overlap the later kind in the order open, plant, build, whiten holds, and
 * the larger amount. AUTAN_BAD_CONFIG for another word or amount, or for a change that
 * none of the covariates answers to. err must live as long as the scenario. Memory:
 * some rows; the files of work are in the folder of the archive, and have no names.
 * Clear with scenario_clear. */
autan_status scenario_read(const town *town, const autan_seen *seen, const char *path,
                           scenario *scenario, autan_error *err);
void scenario_clear(scenario *scenario);

#endif
