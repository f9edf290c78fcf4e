#include "forecast/verify.h"

#include <math.h>

double autan_crps_members(size_t n, const double *sorted, double observed)
{
    const double count = (double)n;
    double near = 0.0, between = 0.0;
    for (size_t k = 0; k < n; k++) {
        near += fabs(sorted[k] - observed);
        between += (2.0 * (double)k + 1.0 - count) * sorted[k];
    }
    return near / count - between / (count * count);
}

double autan_brier(size_t n, const double *chance, const int *happened)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (chance[i] - happened[i]) * (chance[i] - happened[i]);
    return sum / (double)n;
}
