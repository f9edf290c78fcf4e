#include "heat/rule.h"

#include <math.h>

/* Public Health England, Heatwave Plan for England (2018): threshold temperatures on at
 * least two consecutive days and the intervening night. Level 2 is called when that has
 * a chance of 60 %, level 3 when it happens; both are level orange here, the chance
 * being the caller's. */
void autan_judge_england(const autan_days *days, const autan_norm *norm, double *value,
                         int *level)
{
    for (size_t i = 0; i < days->n; i++) {
        level[i] = AUTAN_GREEN;
        value[i] = isnan(days->maximum[i]) ? NAN : 0.0;
    }
    for (size_t i = 0; i + 1 < days->n; i++) {
        if (!(days->maximum[i] >= norm->day && days->minimum[i + 1] >= norm->night &&
              days->maximum[i + 1] >= norm->day))
            continue;
        level[i] = level[i + 1] = AUTAN_ORANGE;
        value[i] = value[i + 1] = 1.0;
    }
}
