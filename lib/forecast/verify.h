/* Scores of forecasts that come as members, and of chances of events. Start every tally
 * from {0}. I. Jolliffe and D. Stephenson, Forecast verification, 2nd ed., Wiley
 * (2012).
 */
#ifndef AUTAN_FORECAST_VERIFY_H
#define AUTAN_FORECAST_VERIFY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Continuous ranked probability score of n ascending members, in their unit:
 * mean |x - y| - sum |xi - xj| / (2 n^2). NaN when n is 0. H. Hersbach, Decomposition
 * of the CRPS for ensemble prediction systems, Weather and Forecasting 15 (2000). */
double autan_crps_members(size_t n, const double *sorted, double observed);

/* Brier score of n chances (0 to 1) of an event that happened (1) or not (0). */
double autan_brier(size_t n, const double *chance, const int *happened);

/* What a forecast is held against: the values of the season known at its origin, and
 * the newest one. */
typedef struct {
    size_t n;
    const double *climate; /* n ascending */
    double persistence;
} autan_references;

/* Sums over cases that all three, forecast, climatology and persistence, answer. */
typedef struct {
    size_t n, within_50, within_90;
    double error, squared, crps, crps_climate, crps_persistence;
} autan_verify_tally;

/* Adds one case: n ascending members. Nothing is added when n is 0, the climate is
 * empty, or the observed value or persistence is NaN. The central intervals are those
 * between quantiles of plotting positions (k + 1/2) / n. CRPS of persistence is its
 * absolute error. */
void autan_verify_add(autan_verify_tally *tally, size_t n, const double *sorted,
                      double observed, const autan_references *references);

/* Chances of an event in bins of a tenth, 0 to 0.05, ... 0.95 to 1. */
enum { AUTAN_VERIFY_BINS = 11 };

typedef struct {
    size_t n, happened;
    double brier, brier_climate, brier_persistence;
    size_t in_bin[AUTAN_VERIFY_BINS], happened_in[AUTAN_VERIFY_BINS];
    double chance_in[AUTAN_VERIFY_BINS]; /* sum */
} autan_verify_event;

void autan_verify_event_add(autan_verify_event *event, double chance, int happened,
                            double chance_climate, double chance_persistence);

/* Shares of the events (hits) and of the rest (false alarms) whose chance is in bin k
 * or above; NaN when there was none. */
void autan_verify_roc(const autan_verify_event *event, size_t k, double *hit_rate,
                      double *false_alarm_rate);

/* Area under the curve of the above: 0.5 knows nothing, 1 all. */
double autan_verify_roc_area(const autan_verify_event *event);

/* Warnings and what came. */
typedef struct {
    size_t hits, misses, false_alarms, rejections;
} autan_contingency;

void autan_contingency_add(autan_contingency *table, int warned, int happened);

/* 1 - score / reference; NaN when the reference is 0. */
double autan_skill(double score, double reference);

#ifdef __cplusplus
}
#endif
#endif
