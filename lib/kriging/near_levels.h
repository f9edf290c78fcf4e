/* What near.h holds of a panel's hours. Not installed. */
#ifndef AUTAN_KRIGING_NEAR_LEVELS_H
#define AUTAN_KRIGING_NEAR_LEVELS_H

#include <stddef.h>

#include "kriging/local.h"
#include "kriging/near.h"

/* A field known at some sites, ready to be kriged. */
typedef struct {
    size_t m;                     /* 0: there is none */
    size_t *station;              /* m: sites, in random order */
    double *x, *y, *term, *noise; /* of the data */
    double *prior;
    double place_noise;     /* nugget */
    const double *noise_of; /* of all sites relative to it, borrowed */
    const double *theta;    /* n_components */
    autan_local local;
} autan_near_level;

/* What hours of a regime share; a regime that is borrowed has no fields. */
typedef struct {
    size_t number;
    autan_near_level mean, pattern;
    double *base, *extra, *u; /* n sites; u NULL without a pattern */
} autan_near_regime;

typedef struct {
    int answered, borrowed;
    size_t regime; /* place in the regimes, SIZE_MAX where borrowed */
    double dof, scale, amplitude, amplitude_variance;
    double *theta;
    autan_near_level field;
} autan_near_hour;

struct autan_near {
    const autan_model *model;
    const autan_sites *sites;
    size_t n, k, n_times;
    size_t n_terms; /* 1 and those of the model */
    size_t *order;  /* n: sites in random order */
    size_t *known;  /* n: the site's place in the model, SIZE_MAX for none */
    double *noise, *persistent_noise; /* n, as of autan_model_noise */
    double *term, *unknown;           /* n x n_terms, n x model terms */
    size_t n_regimes;
    autan_near_regime *regime;
    autan_near_hour *hour; /* n_times */
    autan_near_summary summary;
    autan_rejected *rejected;
};

/* Errors of a level's data, each kriged from the others, and their variances, by site
 * (n): zeros where it has no datum, or is not there. AUTAN_NO_MEMORY. */
autan_status autan_near_score(const autan_near *near, const autan_near_level *level,
                              double *error, double *variance);

#endif
