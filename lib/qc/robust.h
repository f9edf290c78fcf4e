/* Order statistics, robust scale and quantiles of two distributions. */
#ifndef AUTAN_QC_ROBUST_H
#define AUTAN_QC_ROBUST_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Arrays given here hold no NaN and are reordered in place; n of 0 answers NaN. */

/* The k-th smallest of n values, k from 0; linear time on average. */
double autan_nth(double *value, size_t n, size_t k);

/* The median: mean of the two middle values for even n. */
double autan_median(double *value, size_t n);

/* Quantile by linear interpolation of order statistics, fraction in [0, 1]: type 7 of
 * R. J. Hyndman and Y. Fan, Sample quantiles in statistical packages, The American
 * Statistician 50 (1996). */
double autan_quantile(double *value, size_t n, double fraction);

/* 1.4826 times the median distance to centre, the standard deviation for normal
 * values. */
double autan_mad(double *value, size_t n, double centre);

/* The Qn scale: the k-th smallest of the distances between pairs, k = C(h, 2),
 * h = n/2 + 1, times 2.21914 and the small-sample factors of R's robustbase; 0 for one
 * value. P. J. Rousseeuw and C. Croux, Alternatives to the median absolute deviation,
 * JASA 88 (1993). Time n log n log(range / precision); value is left sorted. */
double autan_qn(double *value, size_t n);

/* Copies what is not NaN among n values taken every stride; answers how many. */
size_t autan_collect(const double *value, size_t n, size_t stride, double *kept);

/* Quantiles of the normal and of Student's t distribution with `freedom` degrees;
 * probability in (0, 1), freedom above 0, otherwise NaN. Relative error below 1e-9. */
double autan_normal_quantile(double probability);
double autan_student_quantile(double probability, double freedom);

#ifdef __cplusplus
}
#endif
#endif
