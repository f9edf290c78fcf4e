/* Variance components by restricted maximum likelihood.
 *
 * nu replicates of a data vector share the covariance
 *
 *     C(theta) = C0 + sum_j theta[j] K[j],      theta >= 0,
 *
 * and have each their own trend F b. With S the sum of y y' over the replicates,
 *
 *     -2 log L = nu (log|C| + log|F' C^-1 F|) + tr(P S) + constant,
 *     d/d theta[j] = nu tr(P K[j]) - tr(P K[j] P S),
 *
 * so that a year of hours costs no more than one. Components that the data do not
 * support end at 0: this is what shrinks or drops a covariate. A fit may be given a
 * weak prior, theta[j] about typical[j], which adds
 *
 *     sum_j log((theta[j] + e[j]) / (typical[j] + e[j]))^2 / variance,
 *
 * e[j] = typical[j] / 100 keeping it finite at 0.
 * Source: H. D. Patterson and R. Thompson, Recovery of inter-block information when
 * block sizes are unequal, Biometrika 58 (1971); P. K. Kitanidis, Statistical
 * estimation of polynomial generalized covariance functions, Water Resources Research
 * 19 (1983); the search by expected second derivatives, nu tr(P K[j] P K[k]):
 * N. T. Longford, A fast scoring algorithm for maximum likelihood estimation in
 * unbalanced mixed models with nested random effects, Biometrika 74 (1987). */
#ifndef AUTAN_KRIGING_REML_H
#define AUTAN_KRIGING_REML_H

#include <stddef.h>

#include "base/status.h"
#include "kriging/covariance.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t n, q, m;
    const double *F;        /* n x q, full column rank */
    const double *const *K; /* m matrices n x n, symmetric, positive semidefinite */
    const double *C0;       /* n x n fixed part, or NULL for none */
    const double *S;        /* n x n */
    double replicates;      /* nu, at least 1; need not be whole */
} autan_reml;

/* How to fit. */
typedef struct {
    const double *typical; /* m values of the prior; 0: the component has none */
    double variance;       /* of the prior: of the logarithm of theta */
    double tolerance;      /* relative, of the deviance, where the search ends */
} autan_reml_options;

/* -2 log L without its constant, and its gradient (m) unless NULL. AUTAN_SINGULAR when
 * C(theta) is not positive definite. Cost n^3 (1 + m/n). */
autan_status autan_reml_deviance(const autan_reml *problem, const double *theta,
                                 double *deviance, double *gradient);

/* Minimises the deviance, plus what the prior (unless NULL) adds, over theta, each
 * component between lower[j] and upper[j]: theta (m) holds the start on entry and the
 * optimum on success; *deviance, unless NULL, its value. AUTAN_SINGULAR when the start
 * has no likelihood. */
autan_status autan_reml_fit(const autan_reml *problem,
                            const autan_reml_options *options, const double *lower,
                            const double *upper, double *theta, double *deviance);

/* Data for a joint fit of the ranges of nested kernels: places and one or several
 * replicates. */
typedef struct {
    size_t n, q;
    const double *distance; /* n x n, m */
    const double *F;        /* n x q */
    const double *S;        /* n x n */
    double replicates;
} autan_reml_data;

/* Full REML of nugget + sum of sill[j] * kernel[j]: sills, nugget and the ranges of all
 * kernels, whose models are given by covariance->n and covariance->kernel[].model.
 * Ranges are searched from several starts between shortest_m and longest_m, kept in
 * ascending order; on success covariance holds the best optimum found and *deviance,
 * unless NULL, its value. AUTAN_BAD_ARGUMENT for no kernel or empty limits. */
autan_status autan_reml_fit_covariance(const autan_reml_data *data, double shortest_m,
                                       double longest_m, autan_covariance *covariance,
                                       double *deviance);

#ifdef __cplusplus
}
#endif
#endif
