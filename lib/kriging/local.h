/* Universal kriging of one field from the data nearby. Not installed.
 *
 * Data y at n places have the covariance R + X T X': kernels and noise, R, and terms X
 * whose coefficients have prior variances T, infinite for those of the trend. With n in
 * the tens of thousands R is not factored. The data stand in a random order, and each
 * is told what the k nearest before it say of it: R^-1 is taken as U' U with U sparse
 * (A. Vecchia, Estimation and model identification for continuous spatial processes,
 * JRSS B 50 (1988); A. Datta et al., Hierarchical nearest-neighbor Gaussian process
 * models for large geostatistical datasets, JASA 111 (2016)). So the coefficients are
 * estimated from all data,
 *
 *     G = ((U X)' (U X) + T^-1)^-1,   b = G (U X)' U y,
 *
 * and a place is kriged from the k nearest, their covariances C and c with it:
 *
 *     mean     = x' b + c' C^-1 (y - X b),
 *     variance = c0 - c' C^-1 c + r' G r,    r = x - X' C^-1 c.
 *
 * With k = n this is kriging as in krige.h. Data in one place without noise are told
 * apart by a part in 10^8 of the variance. */
#ifndef AUTAN_KRIGING_LOCAL_H
#define AUTAN_KRIGING_LOCAL_H

#include <stddef.h>

#include "base/status.h"
#include "kriging/covariance.h"
#include "kriging/nearest.h"

enum { AUTAN_LOCAL_MOST = 256 }; /* of k */

/* What is known of the data; all borrowed, and outlives what is made of it. */
typedef struct {
    size_t n, k, n_terms;
    const double *x, *y; /* n: m */
    const double *term;  /* n x n_terms */
    const double
        *prior; /* n_terms: variances of coefficients; HUGE_VAL free, 0: none */
    const double *noise;      /* n: variance of the noise of each datum */
    autan_covariance kernels; /* its nugget aside */
} autan_local_data;

typedef struct {
    autan_local_data data;
    autan_nearest nearest;
    double *b, *G;    /* n_terms, n_terms^2 */
    double *residual; /* n: y - X b */
    double form;      /* y' P y: squares of what is left, as the covariance sees them */
} autan_local;

/* Cost n k^3. AUTAN_SINGULAR when the terms cannot be told apart; AUTAN_NO_DATA for n =
 * 0; AUTAN_NO_MEMORY. Free with autan_local_clear. */
autan_status autan_local_make(const autan_local_data *data, const double *value,
                              autan_local *local);
void autan_local_clear(autan_local *local);

/* Mean and variance of the field at places with their terms (n x n_terms), noise aside,
 * one after the other; but (n, or NULL) names the datum that is left out at each.
 * Beside other calls. Cost k^3 a place. AUTAN_NO_MEMORY. */
typedef struct {
    size_t n;
    const double *x, *y, *term;
    const size_t *but;
} autan_local_places;

autan_status autan_local_predict(const autan_local *local,
                                 const autan_local_places *places, double *mean,
                                 double *variance);

/* Other data at the same places, n_sets in columns: value (n x n_sets) becomes y - X b,
 * with the coefficients b (n_sets x n_terms) of each. Cost n k (k^2 + n_sets).
 * AUTAN_NO_MEMORY. */
autan_status autan_local_estimate(const autan_local *local, size_t n_sets,
                                  double *value, double *b);

/* x' b + c' C^-1 residual of such data at places, mean (places x n_sets). */
typedef struct {
    size_t n;
    const double *b, *residual; /* n x n_terms, data x n */
} autan_local_sets;

autan_status autan_local_combine(const autan_local *local,
                                 const autan_local_places *places,
                                 const autan_local_sets *sets, double *mean);

#endif
