#include "heat/rule.h"

#include <math.h>

/* Deutscher Wetterdienst, heat health warning system: felt temperature of the early
 * afternoon above about 32 degC with little cooling at night is strong heat stress,
 * from 38 degC extreme. The maximum of the day stands for the felt temperature; a
 * caller who has a felt temperature puts it in its place. */
void autan_judge_germany(const autan_days *days, const autan_norm *norm, double *value,
                         int *level)
{
    const double strong = 32.0, extreme = 38.0;
    (void)norm;
    for (size_t i = 0; i < days->n; i++) {
        value[i] = days->maximum[i];
        level[i] = value[i] >= extreme  ? AUTAN_RED
                   : value[i] >= strong ? AUTAN_ORANGE
                                        : AUTAN_GREEN;
    }
}
