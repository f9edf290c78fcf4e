#include "heat/rule.h"

#include <math.h>

/* S. Russo, J. Sillmann and E. Fischer, Top ten European heatwaves since 1950 and their
 * occurrence in the coming decades, Environ. Res. Lett. 10 (2015). */
void autan_judge_magnitude(const autan_days *days, const autan_norm *norm,
                           double *value, int *level)
{
    const autan_climate *c = norm->climate;
    (void)level;
    for (size_t i = 0; i < days->n;) {
        size_t j = i;
        double sum = 0.0;
        while (j < days->n && days->maximum[j] > c->maximum_90[days->yearday[j] - 1]) {
            sum += fmax(0.0, (days->maximum[j] - c->yearly_25) /
                                 (c->yearly_75 - c->yearly_25));
            value[j++] = sum;
        }
        if (j - i < 3) {
            for (size_t k = i; k < j; k++)
                value[k] = 0.0;
        }
        if (j < days->n)
            value[j] = isnan(days->maximum[j]) ? NAN : 0.0;
        i = j + 1;
    }
}
