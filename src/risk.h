/* The heatwave risk of a town's zones, day by day. */
#ifndef AUTAN_RISK_H
#define AUTAN_RISK_H

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

/* Zone 0 is the whole town, zone k + 1 area k. */
typedef struct {
    size_t n_zones, n_days;
    autan_time midnight[RISK_DAYS]; /* 00 UTC of each day */
    risk_day *day;                  /* n_zones x n_days */
} town_risk;

/* The zones of the city file with their people, or the whole town as one. */
autan_status risk_areas(const town *town, autan_areas *areas, autan_error *err);

/* Judges the zones' days: readings up to the forecast's origin, members after it.
 * Colours are left green: risk_colour gives them. Clear with risk_clear. */
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
