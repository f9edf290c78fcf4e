/* Scores of forecasts that come as members. */
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

#ifdef __cplusplus
}
#endif
#endif
