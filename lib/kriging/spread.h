/* Kriging variances as polynomials of the trend terms. Not installed.
 *
 * At one place the covariances to the stations are c = c~ + Z x, x being the trend
 * terms and c~ what the kernels give, and the functions of the trend are f = e + E x.
 * Put into the kriging variance, with P, B, G of the system (krige.h) and D = P Z + B'
 * E,
 *
 *     variance = alpha + 2 beta' x + x' Gamma x + sum of theta over unknown terms,
 *
 *     alpha = c0 - c~' P c~ - 2 e' B c~ + e' G e,
 *     beta  = -D' c~ - Z' B' e + E' G e,
 *     Gamma = Theta - Z' D - E' B Z + E' G E,
 *
 * Theta holding the terms' variances, and the kriging weights of the stations are
 * w = P c~ + B' e + D x. Covariates change from cell to cell, but alpha, beta and
 * P c~ only as fast as the kernels do: away from the stations they may be computed on a
 * coarse grid and interpolated. They are the form of a place. Stations missing at an
 * hour add |L^-1 w|^2 over their weights.
 *
 * Here is what of that is the same at all places; tile.h has the rest. */
#ifndef AUTAN_KRIGING_SPREAD_H
#define AUTAN_KRIGING_SPREAD_H

#include <stddef.h>

#include "base/status.h"
#include "kriging/hours.h"
#include "kriging/product.h"

enum { AUTAN_LEVEL_MEAN, AUTAN_LEVEL_PATTERN, AUTAN_LEVEL_HOURLY, AUTAN_LEVELS };

/* One level of a group. Stations that the level does not have are rows of zeros, so
 * that all levels use the functions of place as they stand. */
typedef struct {
    int there;           /* 0: the group has no such level */
    const double *theta; /* n_components */
    const double *u;   /* n: pattern at the stations, part of the covariance; or NULL */
    double constant;   /* sills + nugget + e' G e */
    double *weight;    /* n: B' e */
    double *D, *beta;  /* n x p; p: the part of beta that is the same everywhere */
    double *quadratic; /* x_k x_l, k <= l, row by row; then the p unknown terms */
    /* The rows of T, c' P c = c' T c, which is triangular; of P, those of the group's
     * missing stations (hourly level alone); then those of -D'. */
    autan_factor factor;
} autan_spread_level;

/* A wanted hour: where its standard errors go, and the factors of the levels' variances
 * of pattern and hour. */
typedef struct {
    size_t position;
    double pattern, scale;
} autan_spread_hour;

/* Hours of a group with the same stations missing. */
typedef struct {
    size_t n_missing;
    size_t *missing; /* their places among the group's missing stations */
    const double *L; /* n_missing^2 */
    size_t n_hours;
    autan_spread_hour *hour;
} autan_spread_gap;

typedef struct {
    autan_spread_level level[AUTAN_LEVELS];
    double *u;             /* n: pattern at the group's stations; NULL without */
    const double *pattern; /* coefficients of the functions, n_groups apart */
    size_t stride;         /* n_groups */
    size_t n_missing;      /* stations missing at any wanted hour */
    size_t *missing;       /* their places in the sites */
    size_t n_gaps;
    autan_spread_gap *gap;
    /* Of a group with one wanted hour, whose levels add up: their quadratic; else
     * NULL. */
    double *sum;
} autan_spread_group;

typedef struct {
    size_t n, p; /* stations, terms */
    autan_precision precision;
    size_t n_quadratic; /* p (p + 1) / 2 + p */
    size_t n_groups;
    autan_spread_group *group; /* those with a wanted hour */
    size_t most_missing;       /* most of n_missing */
    autan_factor pattern;      /* groups by functions: the patterns but for the terms */
} autan_spread;

/* Prepares the variances of the panel rows wanted (n_wanted). pattern (n_functions x
 * n_groups) holds each group's pattern as coefficients of the functions. All arguments
 * are borrowed. AUTAN_NO_MEMORY. Free with autan_spread_free. */
autan_status autan_spread_new(const autan_hours *hours, size_t n_stations,
                              const double *pattern, size_t n_wanted,
                              const size_t *wanted, autan_precision precision,
                              autan_spread **spread);
void autan_spread_free(autan_spread *spread);

/* Levels that a group's form has: one where they add up. */
size_t autan_spread_levels(const autan_spread_group *group);

/* Rows of a group's form: alpha and beta of each level, then P c~ + B' e of the missing
 * stations. */
size_t autan_spread_form_rows(const autan_spread *spread,
                              const autan_spread_group *group);

/* The factors of the levels' variances at an hour. */
void autan_spread_factors(const autan_spread_hour *hour, double factor[AUTAN_LEVELS]);

#endif
