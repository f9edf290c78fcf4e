/* Heatwave rules: what daily minima and maxima mean in each country's system. One
 * system a file, one row each in the table of rule.c. Equations and sources:
 * doc/heat.md. */
#ifndef AUTAN_HEAT_RULE_H
#define AUTAN_HEAT_RULE_H

#include <stddef.h>

#include "heat/days.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_GREEN = 0, AUTAN_YELLOW, AUTAN_ORANGE, AUTAN_RED, AUTAN_LEVELS };

/* What days are held against. */
typedef struct {
    double day, night; /* thresholds of maximum and minimum, degC */
    /* The French colours; ours, not Météo-France's. */
    double near;       /* K below both thresholds that still make a yellow spell */
    double red_excess; /* K above the thresholds, by day or night, that make red */
    int red_days;      /* length of a heatwave that makes red */
    const autan_climate *climate; /* NULL: unknown */
    /* Values of an index from which the levels count, ascending; 0: those of its row.
     */
    double from[AUTAN_LEVELS];
} autan_norm;

/* Defaults of the above for a pair of thresholds: near 1 K, red from 3 K or 7 days. */
autan_norm autan_norm_default(double day, double night);

/* Biometeorological index (IBM): the means of maximum and minimum over the window of
 * three days that starts at first, degC; NaN when one is unknown or past the last day.
 * True when both reach their thresholds. */
int autan_ibm(const autan_days *days, size_t first, const autan_norm *norm,
              double *day_mean, double *night_mean);

/* Excess heat factor (K^2) of the window day .. day + 2, as of Nairn, against the 30
 * days before it; NaN when one is unknown. */
double autan_excess_heat(const autan_days *days, double mean_95, size_t day);

/* Its combination: significance (K) times acclimatisation (K), at least 1. */
double autan_excess_heat_factor(double significance, double acclimatisation);

/* A day as one system sees it: a value, and the level (0 green to 3 red) that the
 * system, its authors, or else Autan give it. Days whose window is not known get NaN
 * and level 0. */
typedef struct {
    const char *name, *units, *long_name, *french; /* long_name in French */
    const char *source, *standing; /* of the index; whose levels they are */
    int needs_thresholds, needs_climate;
    /* Values from which the levels count, ascending, index 0 unused; the same twice:
     * the lower level is never met; all 0: judge gives the levels itself. */
    double from[AUTAN_LEVELS];
    double call; /* chance from which its authors call the level orange */
    void (*judge)(const autan_days *days, const autan_norm *norm, double *value,
                  int *level);
} autan_rule;

size_t autan_rule_count(void);
const autan_rule *autan_rule_get(size_t i);
const autan_rule *autan_rule_find(const char *name);

/* Whether the norm has the thresholds and the climate that the rule needs. */
int autan_rule_can_judge(const autan_rule *rule, const autan_norm *norm);

/* Value and level of every day (n each). AUTAN_NO_DATA when the norm lacks what the
 * rule needs. */
autan_status autan_rule_judge(const autan_rule *rule, const autan_days *days,
                              const autan_norm *norm, double *value, int *level);

/* The rows of the table, for rule.c. */
void autan_judge_france(const autan_days *days, const autan_norm *norm, double *value,
                        int *level);
void autan_judge_england(const autan_days *days, const autan_norm *norm, double *value,
                         int *level);
void autan_judge_germany(const autan_days *days, const autan_norm *norm, double *value,
                         int *level);
void autan_judge_excess_heat(const autan_days *days, const autan_norm *norm,
                             double *value, int *level);
void autan_judge_magnitude(const autan_days *days, const autan_norm *norm,
                           double *value, int *level);
void autan_judge_tropical_nights(const autan_days *days, const autan_norm *norm,
                                 double *value, int *level);
void autan_judge_warm_spell(const autan_days *days, const autan_norm *norm,
                            double *value, int *level);

#ifdef __cplusplus
}
#endif
#endif
