#include "forecast/outlook.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEWEST_WINDOWS = 72 };
static const double YEAR_S = 365.2425 * 86400.0;

double autan_season_angle(autan_time time)
{
    return 2.0 * M_PI * ((double)time - 946684800.0) / YEAR_S;
}

const double autan_temperature_cycle[2] = {-7.98, -2.92};

/* Windows looked at for every variable; more of the wanted one. */
static const autan_time_window hourly_wanted[] = {
    {0, 0, 0, AUTAN_WINDOW_MEAN, 0},     {0, -1, -1, AUTAN_WINDOW_MEAN, 0},
    {0, -3, -3, AUTAN_WINDOW_MEAN, 0},   {0, -6, -6, AUTAN_WINDOW_MEAN, 0},
    {0, -12, -12, AUTAN_WINDOW_MEAN, 0}, {0, -18, -18, AUTAN_WINDOW_MEAN, 0},
    {0, -23, 0, AUTAN_WINDOW_MEAN, 0},   {0, -23, 0, AUTAN_WINDOW_MAX, 0},
    {0, -23, 0, AUTAN_WINDOW_MIN, 0},    {0, -47, -24, AUTAN_WINDOW_MEAN, 0},
    {0, -47, -24, AUTAN_WINDOW_MAX, 0},  {0, -47, -24, AUTAN_WINDOW_MIN, 0},
    {0, -71, -48, AUTAN_WINDOW_MEAN, 0}, {0, -239, 0, AUTAN_WINDOW_MEAN, 0},
};
static const autan_time_window hourly_other[] = {
    {0, 0, 0, AUTAN_WINDOW_MEAN, 0},
    {0, -5, 0, AUTAN_WINDOW_MEAN, 0},
    {0, -23, 0, AUTAN_WINDOW_MEAN, 0},
    {0, -47, -24, AUTAN_WINDOW_MEAN, 0},
};
static const autan_time_window hourly_network[] = {
    {0, 0, 0, AUTAN_WINDOW_MEAN, 1},
    {0, -6, -6, AUTAN_WINDOW_MEAN, 1},
    {0, -23, 0, AUTAN_WINDOW_MEAN, 1},
    {0, -47, -24, AUTAN_WINDOW_MEAN, 1},
};
static const autan_time_window daily_wanted[] = {
    {0, 0, 0, AUTAN_WINDOW_MEAN, 0},   {0, -1, -1, AUTAN_WINDOW_MEAN, 0},
    {0, -2, -2, AUTAN_WINDOW_MEAN, 0}, {0, -9, 0, AUTAN_WINDOW_MEAN, 0},
    {0, -29, 0, AUTAN_WINDOW_MEAN, 0},
};
static const autan_time_window daily_other[] = {
    {0, 0, 0, AUTAN_WINDOW_MEAN, 0},
    {0, -1, -1, AUTAN_WINDOW_MEAN, 0},
};
static const autan_time_window daily_network[] = {
    {0, 0, 0, AUTAN_WINDOW_MEAN, 1},
    {0, -1, -1, AUTAN_WINDOW_MEAN, 1},
};
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static void append(autan_plan *plan, const autan_time_window *window, size_t n,
                   size_t variable)
{
    for (size_t i = 0; i < n; i++) {
        plan->feature[plan->n_features] = window[i];
        plan->feature[plan->n_features++].variable = variable;
    }
}

static autan_status plan_make(size_t n_features, size_t n_targets, autan_plan *plan)
{
    autan_plan p = {.feature = calloc(n_features, sizeof *p.feature),
                    .target = calloc(n_targets, sizeof *p.target),
                    .group = calloc(n_targets, sizeof *p.group)};
    if (!p.feature || !p.target || !p.group) {
        autan_plan_clear(&p);
        return AUTAN_NO_MEMORY;
    }
    *plan = p;
    return AUTAN_OK;
}

static void plan_steps(autan_plan *plan, size_t wanted, size_t n_ahead,
                       size_t per_group)
{
    for (size_t k = 0; k < n_ahead; k++) {
        const int step = (int)k + 1;
        plan->target[k] = (autan_time_window){wanted, step, step, AUTAN_WINDOW_MEAN, 0};
        plan->group[k] = k / per_group;
    }
    plan->n_targets = n_ahead;
}

autan_status autan_plan_hourly(size_t n_variables, size_t wanted, int network,
                               size_t n_ahead, autan_plan *plan)
{
    const size_t most = COUNT(hourly_wanted) + COUNT(hourly_network) +
                        n_variables * (COUNT(hourly_other) + COUNT(hourly_network));
    autan_status status;
    if (wanted >= n_variables || n_ahead == 0)
        return AUTAN_BAD_ARGUMENT;
    status = plan_make(most, n_ahead, plan);
    if (status != AUTAN_OK)
        return status;
    append(plan, hourly_wanted, COUNT(hourly_wanted), wanted);
    if (network)
        append(plan, hourly_network, COUNT(hourly_network), wanted);
    for (size_t v = 0; v < n_variables; v++) {
        if (v != wanted)
            append(plan, hourly_other, COUNT(hourly_other), v);
    }
    plan_steps(plan, wanted, n_ahead, 24);
    return AUTAN_OK;
}

autan_status autan_plan_daily(size_t n_variables, size_t wanted, int network,
                              size_t n_ahead, autan_plan *plan)
{
    const size_t most = COUNT(daily_wanted) + COUNT(daily_network) +
                        n_variables * (COUNT(daily_other) + COUNT(daily_network));
    autan_status status;
    if (wanted >= n_variables || n_ahead == 0)
        return AUTAN_BAD_ARGUMENT;
    status = plan_make(most, n_ahead, plan);
    if (status != AUTAN_OK)
        return status;
    append(plan, daily_wanted, COUNT(daily_wanted), wanted);
    for (size_t v = 0; v < n_variables; v++) {
        if (v != wanted)
            append(plan, daily_other, COUNT(daily_other), v);
        if (network)
            append(plan, daily_network, COUNT(daily_network), v);
    }
    plan_steps(plan, wanted, n_ahead, 1);
    return AUTAN_OK;
}

void autan_plan_clear(autan_plan *plan)
{
    free(plan->feature);
    free(plan->target);
    free(plan->group);
    *plan = (autan_plan){0};
}

/* Whether an archive of so many rows holds enough windows of that length to learn from:
 * within one year, what is left of a month's mean when the year's cycle is taken out
 * says what the rest of that year was like, and not what follows a warm month. */
static int teaches(const autan_time_window *w, size_t rows)
{
    return FEWEST_WINDOWS * (size_t)(w->to - w->from + 1) <= rows;
}

/* Years of the archive from which a second harmonic is learnt without harm. */
static const double LONG_YEARS = 4.0;

autan_status autan_outlook_fit(const autan_record *record, size_t station,
                               const autan_plan *plan, size_t until, size_t every,
                               autan_outlook *outlook)
{
    const size_t first = until % every, n = until / every + 1;
    const size_t p = plan->n_features, m = plan->n_targets;
    /* Nothing beyond `until` can be seen through these. */
    autan_panel *past = malloc(record->n * sizeof *past);
    const autan_panel **view = malloc(record->n * sizeof *view);
    double *season = malloc(n * sizeof *season),
           *feature = malloc(n * p * sizeof *feature);
    double *target = malloc(n * m * sizeof *target);
    double *cycle = malloc(2 * (p + m) * sizeof *cycle);
    autan_regression *regression = NULL;
    autan_status status = AUTAN_NO_MEMORY;

    if (!past || !view || !season || !feature || !target || !cycle)
        goto cleanup;
    for (size_t v = 0; v < record->n; v++) {
        past[v] = *record->panel[v];
        past[v].n_times = until + 1;
        view[v] = &past[v];
    }
    const autan_record seen = {record->n, view, NULL};
    for (size_t i = 0; i < n; i++) {
        const size_t row = first + i * every;
        season[i] = autan_season_angle(autan_panel_time(past, row));
        for (size_t j = 0; j < p; j++)
            feature[i * p + j] =
                teaches(&plan->feature[j], until + 1)
                    ? autan_window_value(&seen, station, row, &plan->feature[j])
                    : (double)NAN;
        for (size_t j = 0; j < m; j++)
            target[i * m + j] =
                autan_window_value(&seen, station, row, &plan->target[j]);
    }
    for (size_t j = 0; record->cycle && j < p + m; j++) {
        const autan_time_window *w = j < p ? &plan->feature[j] : &plan->target[j - p];
        memcpy(cycle + 2 * j, record->cycle + 2 * w->variable, 2 * sizeof *cycle);
    }
    const double years = (double)until * past[0].step_s / YEAR_S;
    const autan_training training = {.n_origins = n,
                                     .n_features = p,
                                     .n_targets = m,
                                     .season = season,
                                     .feature = feature,
                                     .target = target,
                                     .group = plan->group,
                                     .harmonics = years < LONG_YEARS ? 1 : 2,
                                     .feature_cycle = record->cycle ? cycle : NULL,
                                     .target_cycle =
                                         record->cycle ? cycle + 2 * p : NULL};
    status = autan_regression_fit(&training, &regression);
    if (status == AUTAN_OK)
        *outlook = (autan_outlook){regression, season[n - 1], first, every, n};
cleanup:
    free(past);
    free(view);
    free(season);
    free(feature);
    free(target);
    free(cycle);
    return status;
}

void autan_outlook_clear(autan_outlook *outlook)
{
    autan_regression_free(outlook->regression);
    *outlook = (autan_outlook){0};
}

int autan_outlook_predict(const autan_outlook *outlook, const autan_record *record,
                          size_t station, const autan_plan *plan, size_t origin,
                          double *mean, double *spread)
{
    double *feature = malloc(plan->n_features * sizeof *feature);
    int known = -1;
    if (!feature)
        return known;
    for (size_t j = 0; j < plan->n_features; j++)
        feature[j] = autan_window_value(record, station, origin, &plan->feature[j]);
    known = autan_regression_predict(
        outlook->regression,
        autan_season_angle(autan_panel_time(record->panel[0], origin)), feature, mean,
        spread);
    free(feature);
    return known;
}
