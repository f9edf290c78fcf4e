#include "heat/rule.h"

#include <math.h>

double autan_excess_heat_factor(double significance, double acclimatisation)
{
    return significance * fmax(1.0, acclimatisation);
}

double autan_excess_heat(const autan_days *days, double mean_95, size_t day)
{
    double window = 0.0, before = 0.0;
    if (day < 30 || day + 3 > days->n)
        return NAN;
    for (size_t i = day; i < day + 3; i++)
        window += autan_days_mean(days, i) / 3.0;
    for (size_t i = day - 30; i < day; i++)
        before += autan_days_mean(days, i) / 30.0;
    if (isnan(before))
        return NAN; /* fmax would hide it */
    return autan_excess_heat_factor(window - mean_95, window - before);
}

/* J. Nairn and R. Fawcett, The excess heat factor, Int. J. Environ. Res. Public Health
 * 12 (2015): severity is the factor over the 85th percentile of positive ones; from 1 a
 * heatwave is severe, from 3 extreme. A heatwave being the three days of its window, a
 * day has the severity of the worst window that holds it. */
void autan_judge_excess_heat(const autan_days *days, const autan_norm *norm,
                             double *value, int *level)
{
    (void)level;
    for (size_t i = 0; i < days->n; i++)
        value[i] = NAN;
    for (size_t first = 0; first + 3 <= days->n; first++) {
        const double severity = autan_excess_heat(days, norm->climate->mean_95, first) /
                                norm->climate->factor_85;
        for (size_t i = first; i < first + 3; i++)
            value[i] = fmax(value[i], severity);
    }
}
