#include "kriging/score.h"

#include <math.h>

/* Half widths of the central 50 and 90 % intervals of the standard normal. */
static const double HALF_50 = 0.67448975019608171, HALF_90 = 1.6448536269514722;

double autan_crps_normal(double mean, double sigma, double observed)
{
    double z, density, distribution;
    if (!(sigma > 0.0))
        return fabs(observed - mean);
    z = (observed - mean) / sigma;
    density = exp(-0.5 * z * z) / sqrt(2.0 * M_PI);
    distribution = 0.5 * erfc(-z / M_SQRT2);
    return sigma * (z * (2.0 * distribution - 1.0) + 2.0 * density - 1.0 / sqrt(M_PI));
}

void autan_score_add(autan_score *score, double predicted, double standard_error,
                     double observed)
{
    double error = predicted - observed;
    score->n++;
    score->error += error;
    score->absolute_error += fabs(error);
    score->squared_error += error * error;
    score->crps += autan_crps_normal(predicted, standard_error, observed);
    score->within_50 += fabs(error) <= HALF_50 * standard_error ? 1 : 0;
    score->within_90 += fabs(error) <= HALF_90 * standard_error ? 1 : 0;
}

static double share(double sum, size_t n)
{
    return n ? sum / (double)n : NAN;
}

double autan_score_bias(const autan_score *score)
{
    return share(score->error, score->n);
}

double autan_score_mae(const autan_score *score)
{
    return share(score->absolute_error, score->n);
}

double autan_score_rmse(const autan_score *score)
{
    return sqrt(share(score->squared_error, score->n));
}

double autan_score_crps(const autan_score *score)
{
    return share(score->crps, score->n);
}

double autan_score_coverage_50(const autan_score *score)
{
    return share((double)score->within_50, score->n);
}

double autan_score_coverage_90(const autan_score *score)
{
    return share((double)score->within_90, score->n);
}
