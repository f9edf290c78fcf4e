#include "ground/quality.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Linear between the order statistics. */
static double quantile(const double *sorted, size_t n, double share)
{
    double at = share * (double)(n - 1);
    size_t k = (size_t)at;
    return k + 1 < n ? sorted[k] + (at - (double)k) * (sorted[k + 1] - sorted[k])
                     : sorted[k];
}

static void count_bars(autan_quality *s, const double *sorted)
{
    const double width = (s->most - s->least) / AUTAN_QUALITY_BARS;
    for (size_t i = 0; i < s->n; i++) {
        double bar = width > 0.0 ? (sorted[i] - s->least) / width : 0.0;
        s->bar[bar < AUTAN_QUALITY_BARS ? (size_t)bar : AUTAN_QUALITY_BARS - 1]++;
    }
}

autan_status autan_quality_of(size_t n, const double *value, autan_quality *summary)
{
    autan_quality s = {.least = NAN,
                       .low = NAN,
                       .median = NAN,
                       .high = NAN,
                       .most = NAN,
                       .mean = NAN,
                       .deviation = NAN};
    double *sorted = malloc((n + 1) * sizeof *sorted), sum = 0.0, squares = 0.0;
    if (!sorted)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (isfinite(value[i]))
            sorted[s.n++] = value[i];
    }
    s.missing = n - s.n;
    if (s.n > 0) {
        qsort(sorted, s.n, sizeof *sorted, ascending);
        s.least = sorted[0];
        s.low = quantile(sorted, s.n, 0.05);
        s.median = quantile(sorted, s.n, 0.5);
        s.high = quantile(sorted, s.n, 0.95);
        s.most = sorted[s.n - 1];
        for (size_t i = 0; i < s.n; i++)
            sum += sorted[i];
        s.mean = sum / (double)s.n;
        for (size_t i = 0; i < s.n; i++)
            squares += (sorted[i] - s.mean) * (sorted[i] - s.mean);
        s.deviation = s.n > 1 ? sqrt(squares / (double)(s.n - 1)) : NAN;
        count_bars(&s, sorted);
    }
    free(sorted);
    *summary = s;
    return AUTAN_OK;
}

double autan_correlation(size_t n, const double *a, const double *b, double *bias,
                         double *difference, size_t *pairs)
{
    double ma = 0.0, mb = 0.0, aa = 0.0, bb = 0.0, ab = 0.0, off = 0.0;
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i]))
            continue;
        m++;
        ma += a[i];
        mb += b[i];
        off += fabs(b[i] - a[i]);
    }
    ma /= (double)m;
    mb /= (double)m;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i]))
            continue;
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
        ab += (a[i] - ma) * (b[i] - mb);
    }
    if (bias)
        *bias = mb - ma;
    if (difference)
        *difference = off / (double)m;
    if (pairs)
        *pairs = m;
    return m >= 3 && aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : NAN;
}
