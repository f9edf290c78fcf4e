#include "heat/risk.h"

autan_risk_limits autan_risk_limits_default(const autan_rule *rule)
{
    return (autan_risk_limits){.raise = {0.0, 0.3, rule->call, 0.5},
                               .release = {0.0, 0.2, 0.3, 0.3}};
}

void autan_risk_chances(size_t n_members, size_t n_days, const int *level,
                        double *chance)
{
    for (size_t d = 0; d < n_days; d++) {
        for (int l = 0; l < AUTAN_LEVELS; l++) {
            size_t count = 0;
            for (size_t m = 0; m < n_members; m++)
                count += level[m * n_days + d] >= l;
            chance[d * AUTAN_LEVELS + (size_t)l] = (double)count / (double)n_members;
        }
    }
}

int autan_risk_colour(const double *chance, const autan_risk_limits *limits, int before)
{
    for (int l = AUTAN_LEVELS - 1; l > AUTAN_GREEN; l--) {
        const double limit = l <= before ? limits->release[l] : limits->raise[l];
        if (chance[l] >= limit)
            return l;
    }
    return AUTAN_GREEN;
}
