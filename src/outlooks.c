#include "outlooks.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forecast/members.h"
#include "forecast/outlook.h"
#include "kriging/matrix.h"
#include "guided.h"
#include "message.h"

enum { HOUR_S = 3600, DAY_H = 24, OTHERS = 4 };

/* What a forecast of temperature looks at besides, when the archive has it. */
static const autan_variable other[OTHERS] = {AUTAN_RELATIVE_HUMIDITY, AUTAN_WIND_SPEED,
                                             AUTAN_AIR_PRESSURE,
                                             AUTAN_GLOBAL_RADIATION};

typedef struct {
    size_t n;
    autan_panel panel[1 + OTHERS];
    const autan_panel *list[1 + OTHERS];
} record;

static void record_clear(record *r)
{
    for (size_t v = 0; v < r->n; v++)
        autan_panel_clear(&r->panel[v]);
}

static autan_status read_other(town *t, autan_variable variable, autan_time from,
                               autan_time to, record *r, autan_error *err)
{
    const autan_reading_choice choice = {.refused = 0};
    autan_panel *panel = &r->panel[r->n];
    autan_time first, last;
    autan_status status;
    if (autan_archive_period(t->archive, variable, &first, &last, NULL) != AUTAN_OK ||
        first > to)
        return AUTAN_OK;
    status = autan_panel_make(from, to, HOUR_S, t->stations.n, panel);
    if (status != AUTAN_OK)
        return autan_fail(err, status, "out of memory");
    r->list[r->n++] = panel;
    return autan_archive_read_panel(t->archive, &t->stations, variable, choice, panel,
                                    NULL, err);
}

/* Everything known up to `at`; nothing after it is read from the archive. */
static autan_status read_record(town *t, autan_time at, record *r, autan_error *err)
{
    autan_time first, last;
    autan_status status =
        autan_archive_period(t->archive, AUTAN_AIR_TEMPERATURE, &first, &last, err);
    if (status != AUTAN_OK)
        return status;
    first -= ((first % HOUR_S) + HOUR_S) % HOUR_S;
    if (first > at)
        return autan_fail(err, AUTAN_NO_DATA,
                          "%s: has no air_temperature up to the time "
                          "asked for",
                          t->city.archive);
    status = town_read_panel(t, first, at, &r->panel[0], err);
    if (status != AUTAN_OK)
        return status;
    r->list[r->n++] = &r->panel[0];
    for (int k = 0; status == AUTAN_OK && k < OTHERS; k++)
        status = read_other(t, other[k], first, at, r, err);
    return status;
}

static autan_time latest_reading(const autan_panel *panel)
{
    for (size_t t = panel->n_times; t-- > 0;) {
        for (size_t i = 0; i < panel->n_stations; i++) {
            if (!isnan(panel->value[t * panel->n_stations + i]))
                return autan_panel_time(panel, t);
        }
    }
    return panel->from;
}

typedef struct {
    autan_outlook *outlook;
    autan_prospect *prospect;
    double *mean, *spread; /* n_stations x n_targets */
    int *known;            /* n_stations: 1, 0 climatology, -1 none */
} network;

static void network_clear(network *n, size_t n_stations)
{
    for (size_t i = 0; n->outlook && i < n_stations; i++)
        autan_outlook_clear(&n->outlook[i]);
    free(n->outlook);
    free(n->prospect);
    free(n->mean);
    free(n->spread);
    free(n->known);
}

static autan_status learn(const record *r, const autan_plan *plan, network *n)
{
    double cycle[2 * (1 + OTHERS)] = {autan_temperature_cycle[0],
                                      autan_temperature_cycle[1]};
    const autan_record seen = {r->n, r->list, cycle};
    const size_t S = r->panel[0].n_stations, m = plan->n_targets;
    const size_t origin = r->panel[0].n_times - 1;
    *n = (network){calloc(S, sizeof *n->outlook), calloc(S, sizeof *n->prospect),
                   malloc(S * m * sizeof *n->mean), malloc(S * m * sizeof *n->spread),
                   malloc(S * sizeof *n->known)};
    if (!n->outlook || !n->prospect || !n->mean || !n->spread || !n->known)
        return AUTAN_NO_MEMORY;
    autan_matrix_single_thread();
#pragma omp parallel for schedule(dynamic)
    for (long s = 0; s < (long)S; s++) {
        const size_t i = (size_t)s;
        double *mean = n->mean + i * m, *spread = n->spread + i * m;
        n->known[i] = -1;
        if (autan_outlook_fit(&seen, i, plan, origin, DAY_H, &n->outlook[i]) !=
            AUTAN_OK)
            continue;
        n->known[i] =
            autan_outlook_predict(&n->outlook[i], &seen, i, plan, origin, mean, spread);
        n->prospect[i] = (autan_prospect){&n->outlook[i], mean, spread};
    }
    return AUTAN_OK;
}

static void describe(const town *t, const record *r, const network *n, autan_time at,
                     const guided_result *guided, autan_forecast *f)
{
    GString *notes = g_string_new(guided->notes), *method = g_string_new(NULL);
    size_t none = 0, climate = 0;
    for (size_t i = 0; i < t->stations.n; i++) {
        none += n->known[i] < 0 ? 1 : 0;
        climate += n->known[i] == 0 ? 1 : 0;
    }
    f->latest = latest_reading(&r->panel[0]);
    if (at - f->latest > 6 * HOUR_S) {
        char time[AUTAN_TIME_TEXT];
        autan_time_format(f->latest, time);
        g_string_append_printf(notes, "the newest reading is of %s, %ld hours before\n",
                               time, (long)((at - f->latest) / HOUR_S));
    }
    if (climate)
        g_string_append_printf(
            notes,
            "%zu of %zu stations have been silent: their forecast is the "
            "climatology\n",
            climate, t->stations.n);
    if (none)
        g_string_append_printf(
            notes, "%zu of %zu stations have too short a record to be forecast\n", none,
            t->stations.n);
    g_string_append_printf(
        method,
        "%sregression on the stations' own past, shrunk to climatology, "
        "learnt from %.1f years of readings",
        guided->method ? guided->method : "without guidance: ",
        (double)r->panel[0].n_times / 8766.0);
    f->notes = strdup(notes->str);
    f->method = strdup(method->str);
    g_string_free(notes, TRUE);
    g_string_free(method, TRUE);
}

static autan_status fill(const town *t, const outlooks_request *q,
                         const autan_plan *plan, const network *n, autan_forecast *f)
{
    const size_t S = t->stations.n, m = plan->n_targets, M = q->n_members;
    double *member = malloc(M * S * m * sizeof *member);
    autan_status status = AUTAN_NO_MEMORY;
    f->value = malloc(M * S * m * sizeof *f->value);
    f->station = calloc(S, sizeof *f->station);
    if (member && f->value && f->station)
        status = autan_members_make(S, n->prospect, m, autan_season_angle(q->at),
                                    2.0 * M_PI / 365.2425, M, member);
    for (size_t k = 0; status == AUTAN_OK && k < M * S * m; k++)
        f->value[k] = (float)member[k];
    for (size_t i = 0; status == AUTAN_OK && i < S; i++) {
        f->station[i] = strdup(t->station_id[i]);
        status = f->station[i] ? AUTAN_OK : AUTAN_NO_MEMORY;
    }
    f->reference = q->at;
    f->n_members = M;
    f->n_stations = S;
    f->n_times = m;
    free(member);
    return status;
}

autan_status outlooks_make(town *t, const outlooks_request *request,
                           autan_forecast *forecast, autan_error *err)
{
    record r = {0};
    autan_plan plan = {0};
    network n = {0};
    autan_forecast made = {0};
    guided_result guided = {0};
    autan_status status = read_record(t, request->at, &r, err);
    if (status == AUTAN_OK && request->guidance)
        status =
            guided_read(t, request->guidance, request->at, &r.panel[0], &guided, err);
    if (status == AUTAN_OK) {
        status = autan_plan_hourly(r.n, 0, t->stations.n > 1, request->n_hours, &plan);
        if (status == AUTAN_OK)
            status = learn(&r, &plan, &n);
        if (status == AUTAN_OK && request->guidance)
            guided_apply(&guided, request->n_hours, n.known, n.mean, n.spread);
        if (status == AUTAN_OK)
            status = fill(t, request, &plan, &n, &made);
        if (status == AUTAN_NO_DATA)
            autan_fail(
                err, status,
                "%s: no station has the %d days of readings that a forecast is learnt "
                "from",
                t->city.archive, AUTAN_REGRESSION_ORIGINS);
        else if (status != AUTAN_OK)
            autan_fail(err, status, "the forecast failed: %s",
                       autan_status_text(status));
    }
    if (status == AUTAN_OK) {
        describe(t, &r, &n, request->at, &guided, &made);
        status = made.notes && made.method
                     ? AUTAN_OK
                     : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    if (status == AUTAN_OK) {
        *forecast = made;
        made = (autan_forecast){0};
    }
    autan_forecast_clear(&made);
    guided_clear(&guided);
    network_clear(&n, t->stations.n);
    autan_plan_clear(&plan);
    record_clear(&r);
    return status;
}
