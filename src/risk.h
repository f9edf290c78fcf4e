/* The heatwave risk of a town's zones, day by day. */
#ifndef AUTAN_RISK_H
#define AUTAN_RISK_H

#include <stdbool.h>
#include <stddef.h>

#include "files/area_file.h"
#include "files/forecast_file.h"
#include "forecast_maps.h"
#include "heat/risk.h"
#include "town.h"

enum { RISK_DAYS = 16 };

/* Quantiles 10, 50, 90 %. */
typedef struct {
    double q[3];
} risk_range;

typedef struct {
    risk_range night, day; /* minimum and maximum, degC */
    double chance[AUTAN_LEVELS];
    int colour, before; /* before: AUTAN_GREEN when not known */
} risk_day;

/* A day as one of the rules sees it. */
typedef struct {
    risk_range value;
    double chance[AUTAN_LEVELS]; /* NaN where the rule cannot judge */
} risk_system;

/* Zone 0 is the whole town, zone k + 1 area k. */
typedef struct {
    size_t n_zones, n_days;
    autan_time midnight[RISK_DAYS]; /* 00 UTC of each day */
    risk_day *day;                  /* n_zones x n_days */
    risk_system *system;            /* n_zones x n_days x autan_rule_count() */
    const autan_rule *rule;         /* that gave the chances of the days */
    double climate_years; /* of the archive, where that rule needs a climate */
} town_risk;

/* Whether the city file has the thresholds that its rule needs. */
bool risk_has_thresholds(const autan_city_alert *alert);

/* The zones of the city file with their people, or the whole town as one. */
autan_status risk_areas(const town *town, autan_areas *areas, autan_error *err);

/* Judges the zones' days by all rules: readings up to the forecast's origin, members
 * after it. The climate of a zone is that of the stations' mean, shifted by what their
 * days were apart in the last weeks. Where the archive is too short for the climate
 * that the city file's rule needs, the days are judged by the French rule, or, without
 * thresholds, by the German one: risk->rule says which. Colours are left green:
 * risk_colour gives them. Clear with risk_clear. */
autan_status risk_make(town *town, const autan_forecast *forecast,
                       const member_fields *fields, const autan_model *model,
                       const autan_areas *areas, town_risk *risk, autan_error *err);
void risk_clear(town_risk *risk);

/* What came: the level that the readings of each day give the zones (those of `risk`
 * above), level[z * n_days + d] from first_midnight on; -1 where the day or the two
 * after it, on which the rule may depend, are not known. */
autan_status risk_observe(town *town, const autan_model *model,
                          const autan_areas *areas, autan_time first_midnight,
                          size_t n_days, int *level, autan_error *err);

/* The colours, given those shown before in every day's `before`. */
void risk_colour(town_risk *risk, const autan_risk_limits *limits);

/* Highest colour of a zone over its days. */
int risk_worst(const town_risk *risk, size_t zone);

#endif
