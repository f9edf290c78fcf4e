/* Rules that count days in a row. */
#include "heat/rule.h"

#include <math.h>

static void count(size_t n, const double *excess, size_t fewest, double *value)
{
    for (size_t i = 0; i < n;) {
        size_t j = i;
        while (j < n && excess[j] >= 0.0)
            j++;
        for (size_t k = i; k < j; k++)
            value[k] = j - i >= fewest ? (double)(k - i + 1) : 0.0;
        if (j < n)
            value[j] = isnan(excess[j]) ? NAN : 0.0;
        i = j + 1;
    }
}

void autan_judge_tropical_nights(const autan_days *days, const autan_norm *norm,
                                 double *value, int *level)
{
    (void)norm;
    (void)level;
    for (size_t i = 0; i < days->n; i++)
        value[i] = days->minimum[i] - 20.0;
    count(days->n, value, 1, value);
}

/* Warm spell duration index: at least six days above the 90th percentile of a window of
 * five days. Strictly above, where count() asks for at least. */
void autan_judge_warm_spell(const autan_days *days, const autan_norm *norm,
                            double *value, int *level)
{
    (void)level;
    for (size_t i = 0; i < days->n; i++) {
        const double limit = norm->climate->maximum_90_short[days->yearday[i] - 1];
        value[i] = days->maximum[i] == limit ? -1.0 : days->maximum[i] - limit;
    }
    count(days->n, value, 6, value);
}
