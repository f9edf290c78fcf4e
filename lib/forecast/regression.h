/* Regression of many targets on what is known at the origin, shrunk to climatology.
 *
 * For origin i with the year's angle s_i, features x_i and targets y_i,
 *
 *     y_i = B(s_i) g + z_i' b + e_i,    z_i = (x_i, w x_i cos s_i, w x_i sin s_i),
 *
 * B being 1 and one or two harmonics of the year and x standardised anomalies from
 * their own harmonics. b is shrunk (ridge); g is free but for a prior of the harmonics
 * that is worth a month of data, so that full shrinkage is the climatology, and an
 * archive of less than a year does not bend it. How much, each group of targets decides
 * by the error in withheld blocks of origins; the spread is that of the errors there,
 * by season. doc/forecast.md. */
#ifndef AUTAN_FORECAST_REGRESSION_H
#define AUTAN_FORECAST_REGRESSION_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t n_origins, n_features, n_targets;
    const double *season;  /* n_origins, angle of the year, radians */
    const double *feature; /* n_origins x n_features, NaN unknown */
    const double *target;  /* n_origins x n_targets, NaN unknown */
    const size_t *group;   /* n_targets, ascending from 0 without gaps, in the order of
                              lead time; targets of a group share their shrinkage, which
                              is at least that of the group before */
    size_t harmonics;      /* 1 or 2 */
    /* What is expected of the yearly cycle before any data: coefficients of cos s and
     * sin s, n_features x 2 and n_targets x 2; NULL: 0. */
    const double *feature_cycle, *target_cycle;
} autan_training;

typedef struct autan_regression autan_regression;

enum { AUTAN_REGRESSION_ORIGINS = 60 }; /* fewest origins that teach anything */

/* Learns; origins must be in the order of time. A row counts for a group when three
 * quarters of the group's targets are known. AUTAN_NO_DATA when a group has fewer than
 * AUTAN_REGRESSION_ORIGINS such rows. Cost: about 9 features^2 (3 origins + 16
 * features) multiplications a group. Free with autan_regression_free. */
autan_status autan_regression_fit(const autan_training *training,
                                  autan_regression **regression);
void autan_regression_free(autan_regression *regression);

/* Mean and spread (standard deviation) of every target (n_targets each) for an origin.
 * Unknown features and those beyond 5 standard deviations count as average; when most
 * are, or feature is NULL, the answer is the climatology with its own spread, and the
 * return value 0 instead of 1. */
int autan_regression_predict(const autan_regression *regression, double season,
                             const double *feature, double *mean, double *spread);

/* Quantile p of a target's standardised error, from the errors in withheld blocks. */
double autan_regression_quantile(const autan_regression *regression, size_t target,
                                 double p);

/* Standardised errors in withheld blocks (n_origins x n_targets, NaN unknown), in the
 * order of the training's origins; it lives as long as the regression. */
const double *autan_regression_errors(const autan_regression *regression);

/* Shrinkage chosen for a group, infinite for climatology. */
double autan_regression_shrinkage(const autan_regression *regression, size_t group);

#ifdef __cplusplus
}
#endif
#endif
