/* Verification of predictions with a stated standard error. */
#ifndef AUTAN_KRIGING_SCORE_H
#define AUTAN_KRIGING_SCORE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sums over pairs of prediction and observation; start from {0}. */
typedef struct {
    size_t n;
    double error, absolute_error, squared_error, crps;
    size_t within_50, within_90; /* observations inside the central intervals */
} autan_score;

/* Continuous ranked probability score of a normal distribution, in the unit of its
 * mean: sigma (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)), z = (observed - mean)/sigma;
 * the absolute error when sigma is 0. T. Gneiting and A. Raftery, Strictly proper
 * scoring rules, prediction, and estimation, JASA 102 (2007), equation 5. */
double autan_crps_normal(double mean, double sigma, double observed);

/* Adds one pair. */
void autan_score_add(autan_score *score, double predicted, double standard_error,
                     double observed);

/* Results so far; NaN when there is no pair. bias is prediction minus observation. */
double autan_score_bias(const autan_score *score);
double autan_score_mae(const autan_score *score);
double autan_score_rmse(const autan_score *score);
double autan_score_crps(const autan_score *score);
double autan_score_coverage_50(const autan_score *score);
double autan_score_coverage_90(const autan_score *score);

#ifdef __cplusplus
}
#endif
#endif
