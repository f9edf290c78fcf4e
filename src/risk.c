#include "risk.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "heat/rule.h"
#include "kriging/field.h"
#include "risk_climate.h"

enum { HOUR_S = 3600, DAY_H = 24, DAY_S = 86400, LATER_DAYS = 2 };

/* Days before the first that are looked at: the longest heatwave that a rule counts, or
 * the month that the excess heat factor starts from, and a spell before it. */
enum {
    PAST_DAYS = 8,
    PAST_DAYS_CLIMATE = 40,
    MOST_DAYS = PAST_DAYS_CLIMATE + RISK_DAYS
};

/* Values of places held at once. */
enum { ROWS_VALUES = 1 << 24 };

autan_status risk_areas(const town *t, autan_areas *areas, autan_error *err)
{
    const autan_city *city = &t->city;
    const autan_city_alert *a = &city->alert;
    autan_status status =
        a->zones ? autan_areas_read(a->zones, a->zone_name, city->crs, &city->grid,
                                    areas, err)
                 : autan_areas_whole(city->name, city->crs, &city->grid, areas, err);
    if (status == AUTAN_OK && a->people)
        status = autan_areas_count_people(a->people, a->people_fields.n,
                                          a->people_fields.name, areas, err);
    if (status == AUTAN_OK && a->cool_places)
        status =
            autan_areas_find_cool(a->cool_places, a->cool_name, city->crs, areas, err);
    return status;
}

/* Hours of the zones: first the readings' hours, then the members'. */
typedef struct {
    size_t n_zones, n_past, n_ahead, n_members;
    size_t past_days;
    autan_time from; /* first hour */
    float *past;     /* n_past x n_zones */
    float *ahead;    /* n_members x n_ahead x n_zones */
} zone_hours;

static void zone_hours_clear(zone_hours *h)
{
    free(h->past);
    free(h->ahead);
}

/* The sampled places of all areas, with their covariates. */
typedef struct {
    size_t n;
    double *x, *y, *covariate;
    size_t *area;
} places;

static void places_clear(places *p)
{
    free(p->x);
    free(p->y);
    free(p->covariate);
    free(p->area);
}

static autan_status list_places(town *t, const autan_areas *areas, places *p,
                                autan_error *err)
{
    const size_t nc = t->city.n_covariates;
    double *column;
    autan_status status = AUTAN_OK;
    size_t n = 0;
    for (size_t k = 0; k < areas->n; k++)
        n += areas->area[k].n_points;
    *p = (places){n, malloc((n + 1) * sizeof *p->x), malloc((n + 1) * sizeof *p->y),
                  malloc((n * nc + 1) * sizeof *p->covariate),
                  malloc((n + 1) * sizeof *p->area)};
    column = malloc((n + 1) * sizeof *column);
    if (!p->x || !p->y || !p->covariate || !p->area || !column) {
        free(column);
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    n = 0;
    for (size_t k = 0; k < areas->n; k++) {
        for (size_t i = 0; i < areas->area[k].n_points; i++, n++) {
            p->x[n] = areas->area[k].x[i];
            p->y[n] = areas->area[k].y[i];
            p->area[n] = k;
        }
    }
    for (size_t k = 0; status == AUTAN_OK && k < nc; k++) {
        status = autan_raster_read_places(t->raster[k], n, p->x, p->y, column, err);
        for (size_t i = 0; status == AUTAN_OK && i < n; i++)
            p->covariate[i * nc + k] = column[i];
    }
    free(column);
    return status;
}

/* Means of the places of each zone: mean (n_zones) of value (places). */
static void zone_means(const places *p, size_t n_zones, const float *value, float *mean)
{
    float count[n_zones];
    memset(count, 0, sizeof count);
    memset(mean, 0, n_zones * sizeof *mean);
    for (size_t i = 0; i < p->n; i++) {
        if (isnan(value[i]))
            continue;
        mean[0] += value[i];
        mean[p->area[i] + 1] += value[i];
        count[0] += 1.0f;
        count[p->area[i] + 1] += 1.0f;
    }
    for (size_t z = 0; z < n_zones; z++)
        mean[z] = count[z] > 0.0f ? mean[z] / count[z] : NAN;
}

/* Zone means of rows of a field, as many at once as memory is well spent on; row r goes
 * to out + place(r, user) * n_zones. */
static autan_status evaluate(const town *t, const autan_field *field, const places *p,
                             size_t n_rows, size_t n_zones,
                             size_t (*place)(size_t row, const zone_hours *h),
                             const zone_hours *h, float *out)
{
    const autan_sites sites = {p->n, t->city.n_covariates, p->x, p->y, p->covariate};
    const size_t most = MAX((size_t)1, ROWS_VALUES / (p->n + 1));
    float *value = malloc((p->n + 1) * MIN(most, n_rows) * sizeof *value);
    autan_status status = value ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t first = 0; status == AUTAN_OK && first < n_rows; first += most) {
        const size_t n = MIN(most, n_rows - first);
        status = autan_field_evaluate(field, &sites, first, n, p->n, value, NULL);
        for (size_t r = 0; status == AUTAN_OK && r < n; r++)
            zone_means(p, n_zones, value + r * p->n,
                       out + place(first + r, h) * n_zones);
    }
    free(value);
    return status;
}

static size_t past_place(size_t row, const zone_hours *h)
{
    (void)h;
    return row;
}

/* Rows of member_fields. */
static size_t ahead_place(size_t row, const zone_hours *h)
{
    return row % h->n_members * h->n_ahead + row / h->n_members;
}

/* What the readings say; unknown where there is none. */
static autan_status read_past(town *t, const autan_model *model, const places *p,
                              zone_hours *h, autan_error *err)
{
    autan_panel panel = {0};
    autan_hours hours = {0};
    autan_field *field = NULL;
    autan_status status = town_read_panel(
        t, h->from, h->from + HOUR_S * ((autan_time)h->n_past - 1), &panel, err);
    for (size_t i = 0; i < h->n_past * h->n_zones; i++)
        h->past[i] = NAN;
    if (status != AUTAN_OK)
        return status;
    status = autan_hours_solve(model, &t->sites, t->station_id, &panel, AUTAN_CLASS_OWN,
                               &hours);
    if (status == AUTAN_OK)
        status = autan_field_new(&t->sites, &hours, panel.n_times, &field);
    if (status == AUTAN_OK)
        status = evaluate(t, field, p, h->n_past, h->n_zones, past_place, h, h->past);
    autan_field_free(field);
    autan_hours_clear(&hours);
    autan_panel_clear(&panel);
    return status == AUTAN_OK || status == AUTAN_NO_DATA
               ? AUTAN_OK
               : autan_fail(err, status, "the readings cannot be mapped: %s",
                            autan_status_text(status));
}

/* Hour h (of all, past first) of a member at a zone. */
static double zone_value(const zone_hours *h, size_t member, size_t hour, size_t zone)
{
    if (hour < h->n_past)
        return (double)h->past[hour * h->n_zones + zone];
    return (double)
        h->ahead[(member * h->n_ahead + hour - h->n_past) * h->n_zones + zone];
}

/* Minimum (sign 1) or maximum (sign -1) over 24 hours from first on; NaN when fewer
 * than 18 are known. */
static double extreme(const zone_hours *h, size_t member, size_t zone, long first,
                      double sign)
{
    double best = INFINITY;
    int known = 0;
    for (long hour = first; hour < first + DAY_H; hour++) {
        if (hour < 0 || hour >= (long)(h->n_past + h->n_ahead))
            continue;
        const double value = sign * zone_value(h, member, (size_t)hour, zone);
        if (isnan(value))
            continue;
        known++;
        best = fmin(best, value);
    }
    return 4 * known >= 3 * DAY_H ? sign * best : (double)NAN;
}

static risk_range ranges(size_t n, double *value)
{
    static const double p[3] = {0.1, 0.5, 0.9};
    risk_range r;
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(value[i]))
            value[known++] = value[i];
    }
    autan_sort(known, value);
    for (int k = 0; k < 3; k++)
        r.q[k] = known ? autan_quantile_sorted(known, value, p[k]) : (double)NAN;
    return r;
}

static size_t days_before(const town_climate *c)
{
    return c->known ? PAST_DAYS_CLIMATE : PAST_DAYS;
}

/* The days of one member at a zone, from past_days before the first midnight on. */
static void find_days(const zone_hours *h, size_t member, size_t zone, size_t n,
                      double *low, double *high)
{
    for (size_t d = 0; d < n; d++) {
        const long midnight = 5 + DAY_H * (long)d;
        low[d] = extreme(h, member, zone, midnight - 5, 1.0);
        high[d] = extreme(h, member, zone, midnight + 7, -1.0);
    }
}

static autan_time first_day(const zone_hours *h)
{
    return h->from + 5 * HOUR_S;
}

static void list_yeardays(const zone_hours *h, size_t n, int *yearday)
{
    for (size_t d = 0; d < n; d++) {
        autan_civil civil;
        autan_civil_utc(first_day(h) + (autan_time)d * DAY_S, &civil);
        yearday[d] = civil.yearday;
    }
}

/* Mean of a zone's days less those of the stations' mean, over the days before the
 * first that both know; 0 when there is none. */
static double apart(const zone_hours *h, const town_climate *c, const double *zone,
                    const double *mean)
{
    double sum = 0.0, n = 0.0;
    for (size_t d = 0; d < h->past_days; d++) {
        const autan_time day = (first_day(h) - c->first) / DAY_S + (autan_time)d;
        if (day < 0 || day >= (autan_time)c->n || isnan(zone[d] - mean[day]))
            continue;
        sum += zone[d] - mean[day];
        n++;
    }
    return n > 0.0 ? sum / n : 0.0;
}

/* The norm with the climate of a zone, kept in own, where there is one. */
static autan_norm zone_norm(const autan_norm *norm, const zone_hours *h,
                            const town_climate *c, const double *low,
                            const double *high, autan_climate *own)
{
    autan_norm n = *norm;
    n.climate = NULL;
    if (c->known) {
        *own = autan_climate_shift(&c->climate, apart(h, c, low, c->low),
                                   apart(h, c, high, c->high));
        n.climate = own;
    }
    return n;
}

/* The rule that judges, given what there is to judge by. */
static const autan_rule *usable_rule(const autan_city_alert *a, const town_climate *c)
{
    autan_norm norm = a->norm;
    norm.climate = c->known ? &c->climate : NULL;
    const autan_rule *const list[] = {a->rule, autan_rule_find("france"),
                                      autan_rule_find("germany")};
    size_t k = 0;
    while (!autan_rule_can_judge(list[k], &norm))
        k++;
    return list[k];
}

bool risk_has_thresholds(const autan_city_alert *a)
{
    return !a->rule->needs_thresholds || !(isnan(a->norm.day) || isnan(a->norm.night));
}

/* What the members of a zone are judged with. */
typedef struct {
    size_t n;             /* days */
    double *low, *high;   /* members x n */
    double *value, *pool; /* members x n, members */
    double *chance;       /* n x AUTAN_LEVELS */
    int *level;           /* members x n */
    int yearday[MOST_DAYS];
} bench;

static void bench_clear(bench *b)
{
    free(b->low);
    free(b->high);
    free(b->value);
    free(b->pool);
    free(b->chance);
    free(b->level);
}

static bool bench_make(const zone_hours *h, size_t n_days, bench *b)
{
    const size_t n = h->past_days + n_days, size = h->n_members * n;
    *b = (bench){.n = n,
                 .low = malloc(size * sizeof *b->low),
                 .high = malloc(size * sizeof *b->high),
                 .value = malloc(size * sizeof *b->value),
                 .pool = malloc(h->n_members * sizeof *b->pool),
                 .chance = malloc(n * AUTAN_LEVELS * sizeof *b->chance),
                 .level = malloc(size * sizeof *b->level)};
    list_yeardays(h, n, b->yearday);
    return b->low && b->high && b->value && b->pool && b->chance && b->level;
}

static risk_range day_ranges(const bench *b, size_t n_members, const double *value,
                             size_t d)
{
    for (size_t m = 0; m < n_members; m++)
        b->pool[m] = value[m * b->n + d];
    return ranges(n_members, b->pool);
}

/* One rule's view of a zone's days; system is that of the first day. */
static void judge_by(const zone_hours *h, const bench *b, const autan_rule *rule,
                     const autan_norm *norm, size_t n_days, risk_system *system)
{
    const size_t rules = autan_rule_count();
    const bool can = autan_rule_can_judge(rule, norm);
    for (size_t m = 0; can && m < h->n_members; m++) {
        const autan_days days = {b->n, b->low + m * b->n, b->high + m * b->n,
                                 b->yearday};
        autan_rule_judge(rule, &days, norm, b->value + m * b->n, b->level + m * b->n);
    }
    if (can)
        autan_risk_chances(h->n_members, b->n, b->level, b->chance);
    for (size_t d = 0; d < n_days; d++) {
        risk_system *s = &system[d * rules];
        for (int l = 0; l < AUTAN_LEVELS; l++)
            s->chance[l] =
                can ? b->chance[(h->past_days + d) * AUTAN_LEVELS + (size_t)l]
                    : (double)NAN;
        for (int q = 0; q < 3; q++)
            s->value.q[q] = NAN;
        if (can)
            s->value = day_ranges(b, h->n_members, b->value, h->past_days + d);
    }
}

/* Judges one zone: its members' days from past_days before the first on. */
static autan_status judge_zone(const zone_hours *h, const town_risk *risk, size_t zone,
                               const town_climate *climate, const autan_norm *norm)
{
    const size_t rules = autan_rule_count(), n_days = risk->n_days, M = h->n_members;
    risk_day *day = &risk->day[zone * n_days];
    risk_system *system = &risk->system[zone * n_days * rules];
    autan_climate own_climate;
    bench b;
    const bool ok = bench_make(h, n_days, &b);
    for (size_t m = 0; ok && m < M; m++)
        find_days(h, m, zone, b.n, b.low + m * b.n, b.high + m * b.n);
    if (ok) {
        const autan_norm own = zone_norm(norm, h, climate, b.low, b.high, &own_climate);
        for (size_t k = 0; k < rules; k++)
            judge_by(h, &b, autan_rule_get(k), &own, n_days, system + k);
    }
    for (size_t d = 0; ok && d < n_days; d++) {
        const size_t used = (size_t)(risk->rule - autan_rule_get(0));
        memcpy(day[d].chance, system[d * rules + used].chance, sizeof day[d].chance);
        day[d].night = day_ranges(&b, M, b.low, h->past_days + d);
        day[d].day = day_ranges(&b, M, b.high, h->past_days + d);
    }
    bench_clear(&b);
    return ok ? AUTAN_OK : AUTAN_NO_MEMORY;
}

/* Days from the origin's on whose maximum lies within the forecast. */
static void list_days(const autan_forecast *f, town_risk *risk)
{
    const autan_time end = f->reference + HOUR_S * (autan_time)f->n_times;
    const autan_time today = f->reference - f->reference % DAY_S;
    for (autan_time day = today; risk->n_days < RISK_DAYS && day + 30 * HOUR_S <= end;
         day += DAY_S)
        risk->midnight[risk->n_days++] = day;
}

static autan_status collect(town *t, const autan_forecast *f,
                            const member_fields *fields, const autan_model *model,
                            const places *p, const town_risk *risk, size_t past_days,
                            zone_hours *h, autan_error *err)
{
    autan_status status;
    *h = (zone_hours){.n_zones = risk->n_zones,
                      .n_ahead = f->n_times,
                      .n_members = f->n_members,
                      .past_days = past_days,
                      .from = risk->midnight[0] - (autan_time)past_days * DAY_S -
                              5 * HOUR_S};
    h->n_past = (size_t)((f->reference - h->from) / HOUR_S) + 1;
    h->past = malloc(h->n_past * h->n_zones * sizeof *h->past);
    h->ahead = malloc(h->n_members * h->n_ahead * h->n_zones * sizeof *h->ahead);
    if (!h->past || !h->ahead)
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    status = read_past(t, model, p, h, err);
    if (status != AUTAN_OK)
        return status;
    status = evaluate(t, fields->field, p, h->n_ahead * h->n_members, h->n_zones,
                      ahead_place, h, h->ahead);
    return status == AUTAN_OK ? status : town_no_memory(t, err);
}

autan_status risk_make(town *t, const autan_forecast *forecast,
                       const member_fields *fields, const autan_model *model,
                       const autan_areas *areas, town_risk *risk, autan_error *err)
{
    const autan_city_alert *a = &t->city.alert;
    town_risk made = {.n_zones = areas->n + 1};
    town_climate climate = {0};
    places p = {0};
    zone_hours h = {0};
    autan_status status = list_places(t, areas, &p, err);
    list_days(forecast, &made);
    made.day = calloc(made.n_zones * made.n_days + 1, sizeof *made.day);
    made.system = calloc(made.n_zones * made.n_days * autan_rule_count() + 1,
                         sizeof *made.system);
    if (status == AUTAN_OK && !(made.day && made.system))
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    if (status == AUTAN_OK && made.n_days == 0)
        status =
            autan_fail(err, AUTAN_NO_DATA, "the forecast is too short for a whole day");
    if (status == AUTAN_OK)
        status = town_climate_make(t, forecast->reference, &climate, err);
    made.rule = usable_rule(a, &climate);
    made.climate_years = climate.years;
    if (status == AUTAN_OK)
        status = collect(t, forecast, fields, model, &p, &made, days_before(&climate),
                         &h, err);
    for (size_t z = 0; status == AUTAN_OK && z < made.n_zones; z++) {
        status = judge_zone(&h, &made, z, &climate, &a->norm);
        if (status != AUTAN_OK)
            autan_fail(err, status, "out of memory");
    }
    zone_hours_clear(&h);
    places_clear(&p);
    town_climate_clear(&climate);
    if (status == AUTAN_OK)
        *risk = made;
    else
        risk_clear(&made);
    return status;
}

/* Levels of one zone; n_days from past_days after the first on. */
static bool observe_zone(const zone_hours *h, size_t zone, const autan_rule *rule,
                         const town_climate *climate, const autan_norm *norm,
                         size_t n_days, int *level)
{
    const size_t n = h->past_days + n_days + LATER_DAYS;
    double *low = malloc(3 * n * sizeof *low), *high = low + n, *value = low + 2 * n;
    int *all = malloc(2 * n * sizeof *all), *yearday = all + n;
    autan_climate own_climate;
    const bool ok = low && all;
    if (ok) {
        find_days(h, 0, zone, n, low, high);
        list_yeardays(h, n, yearday);
        const autan_norm own = zone_norm(norm, h, climate, low, high, &own_climate);
        autan_rule_judge(rule, &(autan_days){n, low, high, yearday}, &own, value, all);
    }
    for (size_t d = 0; ok && d < n_days; d++) {
        bool known = true;
        for (size_t k = h->past_days + d; k <= h->past_days + d + LATER_DAYS; k++)
            known = known && !isnan(low[k]) && !isnan(high[k]);
        level[d] = known ? all[h->past_days + d] : -1;
    }
    free(low);
    free(all);
    return ok;
}

autan_status risk_observe(town *t, const autan_model *model, const autan_areas *areas,
                          autan_time first_midnight, size_t n_days, int *level,
                          autan_error *err)
{
    const autan_city_alert *a = &t->city.alert;
    town_climate climate = {0};
    places p = {0};
    zone_hours h = {.n_zones = areas->n + 1, .n_members = 1};
    autan_status status = list_places(t, areas, &p, err);
    if (status == AUTAN_OK)
        status = town_climate_make(t, first_midnight, &climate, err);
    h.past_days = days_before(&climate);
    h.n_past = (h.past_days + n_days + LATER_DAYS) * DAY_H + 12;
    h.from = first_midnight - (autan_time)h.past_days * DAY_S - 5 * HOUR_S;
    h.past = malloc(h.n_past * h.n_zones * sizeof *h.past);
    if (status == AUTAN_OK && !h.past)
        status = town_no_memory(t, err);
    if (status == AUTAN_OK)
        status = read_past(t, model, &p, &h, err);
    for (size_t z = 0; status == AUTAN_OK && z < h.n_zones; z++) {
        if (!observe_zone(&h, z, usable_rule(a, &climate), &climate, &a->norm, n_days,
                          level + z * n_days))
            status = town_no_memory(t, err);
    }
    zone_hours_clear(&h);
    places_clear(&p);
    town_climate_clear(&climate);
    return status;
}

void risk_clear(town_risk *risk)
{
    free(risk->day);
    free(risk->system);
    *risk = (town_risk){0};
}

void risk_colour(town_risk *risk, const autan_risk_limits *limits)
{
    for (size_t i = 0; i < risk->n_zones * risk->n_days; i++)
        risk->day[i].colour =
            autan_risk_colour(risk->day[i].chance, limits, risk->day[i].before);
}

int risk_worst(const town_risk *risk, size_t zone)
{
    int worst = AUTAN_GREEN;
    for (size_t d = 0; d < risk->n_days; d++) {
        const int colour = risk->day[zone * risk->n_days + d].colour;
        worst = colour > worst ? colour : worst;
    }
    return worst;
}
