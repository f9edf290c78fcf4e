/* Post-processing of guidance: ensemble model output statistics with seasonal terms.
 *
 * For guidance of ensemble mean m and variance v at the year's angle s, the station's
 * value is normal with
 *
 *     mean     a0 + a1 cos s + a2 sin s + a3 cos 2s + a4 sin 2s
 *              + (b0 + b1 cos s + b2 sin s) (m - m0) + d (r - r0)
 *     variance exp(c0 + c1 cos s + c2 sin s + c3 ln(v + 0.05 K^2)).
 *
 * r is the weather's regime: the guidance's own range of temperature over a day, wide
 * under a clear and calm sky, when a town is warm at night; m0 and r0 are means of the
 * training.
 *
 * T. Gneiting et al., Calibrated probabilistic forecasting using ensemble model output
 * statistics, Monthly Weather Review 133 (2005), with the seasonal terms held to small
 * values by a normal prior, so that a short training does not bend them. Days that
 * follow each other count as one in three: what the training leaves open of the mean is
 * that much wider, and is in the spread of a prediction. */
#ifndef AUTAN_FORECAST_EMOS_H
#define AUTAN_FORECAST_EMOS_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Past cases in the order of time. variance is 0 for a single deterministic run, regime
 * is NULL where it is not known. */
typedef struct {
    size_t n;
    const double *season;   /* angle of the year, radians */
    const double *mean;     /* of the guidance, degC */
    const double *variance; /* of its members, K^2 */
    const double *observed; /* degC */
    const double *regime;   /* daily range of the guidance, K, or NULL */
} autan_cases;

/* How much the training could say. */
typedef enum {
    AUTAN_EMOS_RAW = 0, /* fewer than 10 cases: guidance as it is, doubled spread */
    AUTAN_EMOS_SHORT,   /* fewer than 60: bias and spread, seasons not known */
    AUTAN_EMOS_FULL
} autan_emos_step;

enum { AUTAN_EMOS_MEAN_TERMS = 9, AUTAN_EMOS_SPREAD_TERMS = 4 };

typedef struct {
    autan_emos_step step;
    size_t n;                     /* cases learnt from */
    double center, regime_center; /* m0, r0 */
    double mean[AUTAN_EMOS_MEAN_TERMS], spread[AUTAN_EMOS_SPREAD_TERMS];
    double uncertainty[AUTAN_EMOS_MEAN_TERMS * AUTAN_EMOS_MEAN_TERMS];
} autan_emos;

/* Learns from the cases that know everything. Never fails for want of cases: the step
 * says what was possible. AUTAN_NO_MEMORY, AUTAN_SINGULAR. */
autan_status autan_emos_fit(const autan_cases *cases, autan_emos *emos);

/* New guidance; regime as in autan_cases, NaN where it is not known. */
typedef struct {
    double season, mean, variance, regime;
} autan_guess;

/* Mean and standard deviation for new guidance; what is not known of the mean's terms
 * is in the standard deviation. */
void autan_emos_predict(const autan_emos *emos, const autan_guess *guess, double *value,
                        double *spread);

#ifdef __cplusplus
}
#endif
#endif
