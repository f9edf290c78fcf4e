/* What a covariate looks like in numbers. */
#ifndef AUTAN_GROUND_QUALITY_H
#define AUTAN_GROUND_QUALITY_H

#include <stddef.h>

#include "base/status.h"
#include "data/rows.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_QUALITY_BARS = 40 };

/* Of the known values; all but the counts are NaN when there is none. */
typedef struct {
    size_t n, missing;
    double least, low, median, high, most; /* low and high: 5 and 95 % */
    double mean, deviation;                /* n - 1 */
    /* Values in equal steps from least to most; all in the first when these are equal.
     */
    size_t bar[AUTAN_QUALITY_BARS];
} autan_quality;

/* Summary of a plane of doubles (ny x nx), missing where not finite. Exact; reads the
 * plane five times, and holds 4 MiB besides some rows. AUTAN_NO_MEMORY, and what the
 * rows return.
 */
autan_status autan_quality_of_rows(const autan_rows *rows, size_t nx, size_t ny,
                                   autan_quality *summary);

/* The same of n values in memory. */
autan_status autan_quality_of(size_t n, const double *value, autan_quality *summary);

/* Pearson's correlation over the pairs that are both known; NaN for fewer than three or
 * without spread. bias (may be NULL) is the mean of b - a, difference (may be NULL)
 * that of |b - a|, pairs (may be NULL) their number. */
double autan_correlation(size_t n, const double *a, const double *b, double *bias,
                         double *difference, size_t *pairs);

#ifdef __cplusplus
}
#endif
#endif
