#include "base/quantile.h"

#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void autan_sort(size_t n, double *value)
{
    if (n > 1)
        qsort(value, n, sizeof *value, ascending);
}

double autan_quantile_sorted(size_t n, const double *sorted, double p)
{
    const double place = p * ((double)n + 1.0 / 3.0) + 1.0 / 3.0;
    if (n == 0 || isnan(p))
        return NAN;
    if (place <= 1.0)
        return sorted[0];
    if (place >= (double)n)
        return sorted[n - 1];
    const size_t below = (size_t)place;
    const double share = place - (double)below;
    return sorted[below - 1] + share * (sorted[below] - sorted[below - 1]);
}
