#include "kriging/likeness.h"

#include <math.h>

void autan_likeness_unit(size_t n, double *z, size_t site)
{
    double square = 0.0;
    for (size_t i = 0; i < n; i++)
        square += z[i] * z[i];
    if (!(square > 0.0)) {
        z[site] = 1.0;
        return;
    }
    for (size_t i = 0; i < n; i++)
        z[i] /= sqrt(square);
}

void autan_likeness_add(size_t n, const float *hour, const float *next,
                        autan_likeness_pairs *pairs)
{
    for (size_t i = 0; i < n; i++) {
        const double a = (double)hour[i], b = (double)next[i];
        if (a == 0.0 || b == 0.0)
            continue;
        pairs->cross += a * b;
        pairs->before += a * a;
        pairs->after += b * b;
    }
}

double autan_likeness_correlation(const autan_likeness_pairs *pairs)
{
    return pairs->before > 0.0 && pairs->after > 0.0
               ? fmin(fmax(pairs->cross / sqrt(pairs->before * pairs->after), 0.0),
                      0.999)
               : 0.0;
}
