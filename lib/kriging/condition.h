/* What conditional simulation asks of solved hours: their levels, and what kriging
 * makes of data that are drawn in the place of theirs. There are two answers, that of
 * exact systems (hours.h, field.h) and that of the stations nearby (near.h). Not
 * installed. */
#ifndef AUTAN_KRIGING_CONDITION_H
#define AUTAN_KRIGING_CONDITION_H

#include <stddef.h>

#include "base/status.h"
#include "kriging/block.h"
#include "kriging/design.h"
#include "kriging/simulate.h"

/* The persistent field, the pattern, the hour's own field. */
typedef enum { AUTAN_OF_MEAN, AUTAN_OF_PATTERN, AUTAN_OF_HOUR, AUTAN_LEVELS } autan_of;

/* A row of the panel. */
typedef struct {
    size_t group;            /* whose persistent errors it has; SIZE_MAX: no reading */
    double scale, amplitude; /* of the hour's own field, of the pattern */
    const double *theta[AUTAN_LEVELS]; /* n_components variances; NULL: no such level */
    const double *noise[AUTAN_LEVELS]; /* n stations: as of autan_model_noise */
    /* Of the hour's data, n stations, the caller's: variance beside the nugget and the
     * covariates' gaps, and the pattern; 0 without one. */
    double *extra, *u;
} autan_condition_row;

/* Several sets of data of a level, and what becomes of them. Coefficients are those of
 * 1, of the terms of the model, and of the pattern: n_terms + 2. */
typedef struct {
    autan_of level;
    size_t n_sets;
    double *value; /* n stations x n_sets */
    double
        *coefficient; /* n_sets x (n_terms + 2), those that the data were drawn with */
    double *factor;   /* n_sets: of the errors in what is painted */
} autan_condition_draw;

typedef struct {
    size_t (*n_groups)(const autan_simulation_info *info);
    /* How alike errors are in time. Free with autan_block_likeness_clear. */
    autan_status (*likeness)(const autan_simulation_info *info,
                             autan_block_likeness *likeness);
    void (*view)(const autan_simulation_info *info, size_t row,
                 autan_condition_row *view);
    /* Krige the data of a row's level, which must have one: values become what painting
     * wants, coefficients the drawn ones less those that kriging finds. */
    autan_status (*solve)(const autan_simulation_info *info, size_t row,
                          autan_condition_draw *draw);
    /* Adds to value (n_sets x cells) the row's map and, for each of its levels (draw,
     * AUTAN_LEVELS), factor times what coefficients drawn less kriged and kriged data
     * make: the errors but for the drawn field itself. NaN where the map has no answer.
     */
    autan_status (*paint)(const autan_simulation_info *info, size_t row,
                          const autan_condition_draw *draw, const autan_sites *cells,
                          float *value);
} autan_condition;

extern const autan_condition autan_condition_exact, autan_condition_near;

#endif
