/* From chances to a colour that does not flicker. */
#ifndef AUTAN_HEAT_RISK_H
#define AUTAN_HEAT_RISK_H

#include <stddef.h>

#include "base/status.h"
#include "heat/rule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Chances (0 to 1) from which a colour is shown, and below which a colour shown before
 * is taken back; indexed by level, green unused. Ours, not Météo-France's. */
typedef struct {
    double raise[AUTAN_LEVELS], release[AUTAN_LEVELS];
} autan_risk_limits;

/* Yellow 0.3, orange the rule's own, red 0.5; taken back below 0.2, 0.3, 0.3. */
autan_risk_limits autan_risk_limits_default(const autan_rule *rule);

/* Chance of each level or a higher one: chance[day * AUTAN_LEVELS + level], from
 * n_members scenarios of the same days, level[member * n_days + day]. */
void autan_risk_chances(size_t n_members, size_t n_days, const int *level,
                        double *chance);

/* The colour of a day: the highest level whose chance reaches its limit, the limit
 * being the lower one for levels up to before, the colour last shown for that day
 * (AUTAN_GREEN when none was). chance has AUTAN_LEVELS numbers. */
int autan_risk_colour(const double *chance, const autan_risk_limits *limits,
                      int before);

/* Day and night thresholds (degC) of a French department ("31", "2A"). AUTAN_NOT_FOUND
 * when the department is not in the table. */
autan_status autan_department_thresholds(const char *department, double *day,
                                         double *night);

/* Day and night thresholds (degC) of a region of the Heatwave Plan for England
 * ("London"; case does not matter). AUTAN_NOT_FOUND when there is none of that name. */
autan_status autan_region_thresholds(const char *region, double *day, double *night);

#ifdef __cplusplus
}
#endif
#endif
