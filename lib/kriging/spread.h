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
 * Theta holding the terms' variances. Covariates change from cell to cell, but alpha
 * and beta only as fast as the kernels do: away from the stations they may be computed
 * on a coarse grid and interpolated. Stations missing at an hour add |L^-1 (w~ + D
 * x)|^2, of the same form, w~ being their kriging weights at x = 0. */
#ifndef AUTAN_KRIGING_SPREAD_H
#define AUTAN_KRIGING_SPREAD_H

#include <stddef.h>

#include "base/status.h"
#include "kriging/basis.h"
#include "kriging/hours.h"

typedef struct autan_spread autan_spread;

/* Prepares the variances of the panel rows first .. first + n_rows - 1. pattern
 * (n_functions x n_groups) holds each group's pattern as coefficients of the functions.
 * All arguments are borrowed. AUTAN_NO_MEMORY. Free with autan_spread_free. */
autan_status autan_spread_new(const autan_hours *hours, size_t n_stations,
                              const double *pattern, size_t first, size_t n_rows,
                              autan_spread **spread);
void autan_spread_free(autan_spread *spread);

/* Work space of one thread. */
typedef struct autan_spread_work autan_spread_work;
autan_status autan_spread_work_new(const autan_spread *spread,
                                   autan_spread_work **work);
void autan_spread_work_free(autan_spread_work *work);

/* alpha and beta at the places of the basis: those of row first + t are
 * form[(t (p + 1) + k) stride + place], k = 0 alpha, then the p elements of beta. Rows
 * without an answer are left as they are. */
void autan_spread_forms(const autan_spread *spread, const autan_basis *basis,
                        autan_spread_work *work, float *form, size_t stride);

/* The rest of the variance of row first + t as coefficients of the products x_k x_l,
 * k <= l, row by row of the upper triangle, and then of the p unknown terms; NULL when
 * no group answers the row. */
const float *autan_spread_quadratic(const autan_spread *spread, size_t t);

#endif
