#include "heat/rule.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define ABOVE_0 DBL_MIN

static const autan_rule table[] = {
    {"france",
     "1",
     "heatwave colour by the biometeorological indices",
     "couleur canicule selon les indices biométéorologiques",
     "SACS 2005 (Laaidi et al.), thresholds of the department",
     "official index of orange; colours and chances are Autan's",
     1,
     0,
     {0},
     0.5,
     autan_judge_france},
    {"england",
     "1",
     "two days and the night between at the regional thresholds",
     "deux jours et la nuit entre eux aux seuils de la région",
     "Heatwave Plan for England, 2018",
     "official until 2023; no red",
     1,
     0,
     {0},
     0.6,
     autan_judge_england},
    {"germany",
     "degC",
     "felt temperature of the day, the maximum standing for it",
     "température ressentie du jour, remplacée par le maximum",
     "Deutscher Wetterdienst, heat health warning system",
     "official thresholds, without the nights indoors; no yellow",
     0,
     0,
     {0, 32, 32, 38},
     0.5,
     autan_judge_germany},
    {"excess_heat",
     "1",
     "severity of the excess heat factor",
     "sévérité du facteur d'excès de chaleur (EHF)",
     "Nairn and Fawcett 2015, days t to t + 2",
     "the authors': heatwave, severe, extreme",
     0,
     1,
     {0, ABOVE_0, 1, 3},
     0.5,
     autan_judge_excess_heat},
    {"magnitude",
     "1",
     "daily heat wave magnitude index of the heatwave so far",
     "magnitude de la vague de chaleur à ce jour (HWMId)",
     "Russo, Sillmann and Fischer 2015",
     "Autan's: three days and nine days as hot as the hottest of a warm year",
     0,
     1,
     {0, ABOVE_0, 3, 9},
     0.5,
     autan_judge_magnitude},
    {"tropical_nights",
     "day",
     "nights in a row that stay at or above 20 degC",
     "nuits de suite à 20 °C ou plus",
     "ETCCDI, TR",
     "Autan's: a night, the three of the French index, a week",
     0,
     0,
     {0, 1, 3, 7},
     0.5,
     autan_judge_tropical_nights},
    {"warm_spell",
     "day",
     "days of the warm spell so far",
     "jours de la période chaude à ce jour",
     "ETCCDI, WSDI",
     "Autan's: in a spell, its six days complete, twice as many",
     0,
     1,
     {0, 1, 6, 12},
     0.5,
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

int autan_rule_can_judge(const autan_rule *rule, const autan_norm *norm)
{
    return !(rule->needs_thresholds && (isnan(norm->day) || isnan(norm->night))) &&
           !(rule->needs_climate && !norm->climate);
}

static int level_of(const double *from, double value)
{
    int level = AUTAN_RED;
    while (level > AUTAN_GREEN && !(value >= from[level]))
        level--;
    return level;
}

autan_status autan_rule_judge(const autan_rule *rule, const autan_days *days,
                              const autan_norm *norm, double *value, int *level)
{
    const double *from = norm->from[AUTAN_RED] > 0.0 ? norm->from : rule->from;
    if (!autan_rule_can_judge(rule, norm))
        return AUTAN_NO_DATA;
    rule->judge(days, norm, value, level);
    for (size_t i = 0; rule->from[AUTAN_RED] > 0.0 && i < days->n; i++)
        level[i] = level_of(from, value[i]);
    return AUTAN_OK;
}
