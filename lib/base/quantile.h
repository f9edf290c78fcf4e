/* Quantiles of samples. */
#ifndef AUTAN_BASE_QUANTILE_H
#define AUTAN_BASE_QUANTILE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sorts n numbers, none of them NaN, in ascending order. */
void autan_sort(size_t n, double *value);

/* Quantile p (0 to 1) of n ascending numbers, linear between the plotting positions
 * (k - 1/3) / (n + 1/3): type 8 of R. Hyndman and Y. Fan, Sample quantiles in
 * statistical packages, The American Statistician 50 (1996). NaN when n is 0. */
double autan_quantile_sorted(size_t n, const double *sorted, double p);

#ifdef __cplusplus
}
#endif
#endif
