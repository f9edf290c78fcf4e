#include "heat/rule.h"

#include <string.h>

/* Deutscher Wetterdienst, heat health warning system: felt temperature of the early
 * afternoon above about 32 degC with little cooling at night is strong heat stress,
 * from 38 degC extreme. The maximum of the day stands for the felt temperature; a
 * caller who has a felt temperature puts it in its place. */
void autan_judge_germany(const autan_days *days, const autan_norm *norm, double *value,
                         int *level)
{
    (void)norm;
    (void)level;
    memcpy(value, days->maximum, days->n * sizeof *value);
}
