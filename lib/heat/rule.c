#include "heat/rule.h"

#include <string.h>

static const autan_rule table[] = {
    {"france", "1", "heatwave colour by the biometeorological indices",
     "SACS 2005 (Laaidi et al.), thresholds of the department; colours are Autan's", 0,
     1, autan_judge_france},
    {"england", "1", "two days and the night between at the regional thresholds",
     "Heatwave Plan for England, before 2023", 0, 1, autan_judge_england},
    {"germany", "degC", "felt temperature of the day", "Deutscher Wetterdienst", 0, 1,
     autan_judge_germany},
    {"excess_heat", "1", "severity of the excess heat factor",
     "Nairn and Fawcett 2015, days t to t + 2", 1, 1, autan_judge_excess_heat},
    {"magnitude", "1", "daily heat wave magnitude index of the heatwave so far",
     "Russo, Sillmann and Fischer 2015", 1, 0, autan_judge_magnitude},
    {"tropical_nights", "day", "nights in a row that stay at or above 20 degC",
     "ETCCDI, TR", 0, 0, autan_judge_tropical_nights},
    {"warm_spell", "day", "days of the warm spell so far", "ETCCDI, WSDI", 1, 0,
     autan_judge_warm_spell},
};

size_t autan_rule_count(void)
{
    return sizeof table / sizeof table[0];
}

const autan_rule *autan_rule_get(size_t i)
{
    return &table[i];
}

const autan_rule *autan_rule_find(const char *name)
{
    for (size_t i = 0; i < autan_rule_count(); i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

autan_norm autan_norm_default(double day, double night)
{
    return (autan_norm){
        .day = day, .night = night, .near = 1.0, .red_excess = 3.0, .red_days = 7};
}

autan_status autan_rule_judge(const autan_rule *rule, const autan_days *days,
                              const autan_norm *norm, double *value, int *level)
{
    if (rule->needs_climate && !norm->climate)
        return AUTAN_NO_DATA;
    rule->judge(days, norm, value, level);
    return AUTAN_OK;
}
