#include "outlooks.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "forecast/extremes.h"
#include "forecast/members.h"
#include "forecast/outlook.h"
#include "guided.h"
#include "heat/moisture.h"
#include "heat/stress.h"
#include "kriging/matrix.h"
#include "message.h"
#include "notes.h"

enum { HOUR_S = 3600, DAY_H = 24, VARIABLES = 5, SILENT_H = 6 };

/* What is read: the temperature, and what a forecast looks at besides, when the archive
 * has it. */
static const autan_variable variable[VARIABLES] = {
    AUTAN_AIR_TEMPERATURE, AUTAN_RELATIVE_HUMIDITY, AUTAN_WIND_SPEED,
    AUTAN_AIR_PRESSURE, AUTAN_GLOBAL_RADIATION};
enum { TEMPERATURE = 0, HUMIDITY, WIND, PRESSURE, RADIATION };

/* A set of panels that forecasts of its first one look at. */
typedef struct {
    size_t n;
    autan_panel panel[VARIABLES];
    const autan_panel *list[VARIABLES];
    double cycle[2 * VARIABLES];
    autan_plan plan;
} record;

static void record_clear(record *r)
{
    for (size_t v = 0; v < r->n; v++)
        autan_panel_clear(&r->panel[v]);
    autan_plan_clear(&r->plan);
}

/* Takes over a panel. */
static void record_add(record *r, const autan_panel *panel, double share_of_cycle)
{
    r->panel[r->n] = *panel;
    r->list[r->n] = &r->panel[r->n];
    for (int k = 0; k < 2; k++)
        r->cycle[2 * r->n + (size_t)k] = share_of_cycle * autan_temperature_cycle[k];
    r->n++;
}

/* Everything known up to `at`; nothing after it is read from the archive. place is that
 * of each variable in the record, SIZE_MAX for none. */
static autan_status read_record(town *t, autan_time at, record *r,
                                size_t place[VARIABLES], autan_error *err)
{
    autan_time first, last;
    autan_panel panel[VARIABLES];
    autan_panel_request request[VARIABLES] = {0};
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
    for (int k = 0; k < VARIABLES; k++)
        request[k] = (autan_panel_request){.variable = variable[k], .panel = &panel[k]};
    status = town_read_panels(t, first, at, VARIABLES, request, err);
    for (int k = 0; status == AUTAN_OK && k < VARIABLES; k++) {
        place[k] = SIZE_MAX;
        if (k == TEMPERATURE || request[k].taken > 0) {
            place[k] = r->n;
            record_add(r, &panel[k], k == TEMPERATURE ? 1.0 : 0.0);
        } else {
            autan_panel_clear(&panel[k]);
        }
    }
    return status;
}

/* A copy of a panel's shape, filled cell by cell. */
static autan_status panel_like(const autan_panel *like, size_t n_stations,
                               autan_panel *panel)
{
    return autan_panel_make(like->from,
                            like->from + (autan_time)(like->n_times - 1) * like->step_s,
                            like->step_s, n_stations, panel);
}

/* Means over the stations, as of one station. */
static autan_status town_mean(const autan_panel *stations, autan_panel *mean)
{
    autan_status status = panel_like(stations, 1, mean);
    for (size_t t = 0; status == AUTAN_OK && t < stations->n_times; t++) {
        double sum = 0.0, n = 0.0;
        for (size_t i = 0; i < stations->n_stations; i++) {
            const double value = stations->value[t * stations->n_stations + i];
            if (isnan(value))
                continue;
            sum += value;
            n++;
        }
        mean->value[t] = n > 0.0 ? sum / n : (double)NAN;
    }
    return status;
}

/* The dew point of the stations, with their temperature. */
static autan_status make_dew_record(const record *r, size_t humidity, record *dew)
{
    const autan_panel *t = &r->panel[0], *h = &r->panel[humidity];
    autan_panel panel, copy;
    autan_status status = panel_like(t, t->n_stations, &panel);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; k < t->n_times * t->n_stations; k++)
        panel.value[k] = autan_dew_point(t->value[k], fmin(h->value[k], 100.0));
    record_add(dew, &panel, 0.7);
    status = panel_like(t, t->n_stations, &copy);
    if (status != AUTAN_OK)
        return status;
    memcpy(copy.value, t->value, t->n_times * t->n_stations * sizeof *copy.value);
    record_add(dew, &copy, 1.0);
    return AUTAN_OK;
}

static autan_status make_town_record(const record *r, size_t place, record *mean)
{
    autan_panel panel;
    autan_status status = town_mean(&r->panel[place], &panel);
    if (status != AUTAN_OK)
        return status;
    record_add(mean, &panel, 0.0);
    status = town_mean(&r->panel[0], &panel);
    if (status == AUTAN_OK)
        record_add(mean, &panel, 1.0);
    return status;
}

/* Everything that is forecast: stations' temperatures, then their dew points, the
 * town's wind and radiation, each where it is known. */
enum { OF_TEMPERATURE = 0, OF_DEW_POINT, OF_WIND, OF_RADIATION, RECORDS };

typedef struct {
    size_t n, m; /* series, targets */
    size_t first[RECORDS + 1];
    record record[RECORDS];
    autan_outlook *outlook;
    autan_prospect *prospect;
    double *mean, *spread; /* n x m */
    int *known;            /* n: 1, 0 climatology, -1 none */
    /* Daily extremes of the stations' temperatures. */
    autan_plan days;
    autan_outlook *days_outlook;
    double *days_mean, *days_spread; /* first[1] x days.n_targets */
} network;

static void network_clear(network *n)
{
    for (size_t i = 0; n->outlook && i < n->n; i++)
        autan_outlook_clear(&n->outlook[i]);
    for (size_t i = 0; n->days_outlook && i < n->first[OF_TEMPERATURE + 1]; i++)
        autan_outlook_clear(&n->days_outlook[i]);
    for (int k = 0; k < RECORDS; k++)
        record_clear(&n->record[k]);
    autan_plan_clear(&n->days);
    free(n->days_outlook);
    free(n->days_mean);
    free(n->days_spread);
    free(n->outlook);
    free(n->prospect);
    free(n->mean);
    free(n->spread);
    free(n->known);
}

static autan_status make_records(town *t, autan_time at, size_t n_hours, network *n,
                                 autan_error *err)
{
    record *r = n->record;
    size_t place[VARIABLES];
    autan_status status = read_record(t, at, &r[OF_TEMPERATURE], place, err);
    if (status != AUTAN_OK)
        return status;
    if (place[HUMIDITY] != SIZE_MAX) {
        status = make_dew_record(r, place[HUMIDITY], &r[OF_DEW_POINT]);
        if (status == AUTAN_OK && place[WIND] != SIZE_MAX)
            status = make_town_record(r, place[WIND], &r[OF_WIND]);
        if (status == AUTAN_OK && place[RADIATION] != SIZE_MAX)
            status = make_town_record(r, place[RADIATION], &r[OF_RADIATION]);
    }
    n->m = n_hours;
    for (int k = 0; status == AUTAN_OK && k < RECORDS; k++) {
        const size_t columns = r[k].n ? r[k].panel[0].n_stations : 0;
        n->first[k + 1] = n->first[k] + columns;
        if (columns)
            status = autan_plan_hourly(r[k].n, 0, columns > 1, n_hours, &r[k].plan);
    }
    n->n = n->first[RECORDS];
    if (status == AUTAN_OK)
        status = autan_plan_extremes(r[OF_TEMPERATURE].n, 0, t->stations.n > 1,
                                     (int)(at / HOUR_S % DAY_H), n_hours, &n->days);
    return status == AUTAN_OK ? status : town_no_memory(t, err);
}

static void learn_series(network *n, size_t i)
{
    int k = 0;
    while (i >= n->first[k + 1])
        k++;
    const record *r = &n->record[k];
    const autan_record seen = {r->n, r->list, r->cycle};
    const size_t origin = r->panel[0].n_times - 1, station = i - n->first[k];
    double *mean = n->mean + i * n->m, *spread = n->spread + i * n->m;
    n->known[i] = -1;
    if (autan_outlook_fit(&seen, station, &r->plan, origin, DAY_H, &n->outlook[i]) !=
        AUTAN_OK)
        return;
    n->known[i] = autan_outlook_predict(&n->outlook[i], &seen, station, &r->plan,
                                        origin, mean, spread);
    if (n->known[i] >= 0)
        n->prospect[i] = (autan_prospect){&n->outlook[i], mean, spread};
    if (n->known[i] >= 0 && k == OF_TEMPERATURE &&
        autan_outlook_fit(&seen, station, &n->days, origin, DAY_H,
                          &n->days_outlook[i]) == AUTAN_OK)
        autan_outlook_predict(&n->days_outlook[i], &seen, station, &n->days, origin,
                              n->days_mean + i * n->days.n_targets,
                              n->days_spread + i * n->days.n_targets);
}

static autan_status learn(network *n)
{
    n->outlook = calloc(n->n, sizeof *n->outlook);
    n->prospect = calloc(n->n, sizeof *n->prospect);
    n->mean = malloc(n->n * n->m * sizeof *n->mean);
    n->spread = malloc(n->n * n->m * sizeof *n->spread);
    n->known = malloc(n->n * sizeof *n->known);
    n->days_outlook = calloc(n->n, sizeof *n->days_outlook);
    n->days_mean = malloc(n->n * n->days.n_targets * sizeof *n->days_mean);
    n->days_spread = malloc(n->n * n->days.n_targets * sizeof *n->days_spread);
    if (!n->outlook || !n->prospect || !n->mean || !n->spread || !n->known ||
        !n->days_outlook || !n->days_mean || !n->days_spread)
        return AUTAN_NO_MEMORY;
    autan_matrix_single_thread();
#pragma omp parallel for schedule(dynamic)
    for (long i = 0; i < (long)n->n; i++)
        learn_series(n, (size_t)i);
    return AUTAN_OK;
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

/* Stations without any reading in the last hours before the origin. */
static size_t count_silent(const autan_panel *panel)
{
    const size_t since = panel->n_times > SILENT_H ? panel->n_times - SILENT_H : 0;
    size_t silent = 0;
    for (size_t i = 0; i < panel->n_stations; i++) {
        size_t t = since;
        while (t < panel->n_times && isnan(panel->value[t * panel->n_stations + i]))
            t++;
        silent += t == panel->n_times ? 1 : 0;
    }
    return silent;
}

static void describe(const town *t, const network *n, autan_time at,
                     const guided_result *guided, autan_forecast *f)
{
    const autan_panel *panel = &n->record[OF_TEMPERATURE].panel[0];
    GString *notes = g_string_new(guided->notes), *method = g_string_new(NULL);
    size_t none = 0, climate = 0;
    const size_t silent = count_silent(panel);
    for (size_t i = 0; i < t->stations.n; i++) {
        none += n->known[i] < 0 ? 1 : 0;
        climate += n->known[i] == 0 ? 1 : 0;
    }
    f->latest = latest_reading(panel);
    if (at - f->latest > SILENT_H * HOUR_S) {
        char time[AUTAN_TIME_TEXT];
        autan_time_format(f->latest, time);
        notes_add(notes, "the newest reading is of %s, %ld hours before",
                  "le dernier relevé date du %s, %ld heures avant la prévision", time,
                  (long)((at - f->latest) / HOUR_S));
    } else if (4 * silent > t->stations.n) {
        notes_add(notes, "%zu of %zu stations have sent nothing for %d hours",
                  "%zu stations sur %zu n'ont rien transmis depuis %d heures", silent,
                  t->stations.n, SILENT_H);
    }
    if (climate)
        notes_add(notes,
                  "%zu of %zu stations have been silent: their forecast is the "
                  "climatology",
                  "%zu stations sur %zu sont muettes : leur prévision est la "
                  "climatologie",
                  climate, t->stations.n);
    if (none)
        notes_add(
            notes, "%zu of %zu stations have too short a record to be forecast",
            "%zu stations sur %zu ont un historique trop court pour une prévision",
            none, t->stations.n);
    g_string_append_printf(
        method,
        "%sregression on the stations' own past, shrunk to climatology, "
        "learnt from %.1f years of readings",
        guided->method ? guided->method : "without guidance: ",
        (double)panel->n_times / 8766.0);
    f->notes = strdup(notes->str);
    f->method = strdup(method->str);
    g_string_free(notes, TRUE);
    g_string_free(method, TRUE);
}

/* Takes one kind of series out of all members' values; false without memory. */
static bool take(const network *n, int kind, const double *member, size_t n_members,
                 float **out)
{
    const size_t first = n->first[kind], columns = n->first[kind + 1] - first;
    size_t learnt = 0;
    for (size_t i = first; i < first + columns; i++)
        learnt += n->known[i] >= 0 ? 1 : 0;
    if (learnt == 0)
        return true;
    *out = malloc(n_members * columns * n->m * sizeof **out);
    for (size_t k = 0; *out && k < n_members; k++) {
        const double *from = member + (k * n->n + first) * n->m;
        for (size_t j = 0; j < columns * n->m; j++)
            (*out)[k * columns * n->m + j] = (float)from[j];
    }
    return *out != NULL;
}

/* Dew points become relative humidities, and what cannot be negative is not. */
static void make_physical(const town *t, autan_forecast *f)
{
    const size_t n = f->n_members * f->n_stations * f->n_times;
    for (size_t i = 0; f->humidity && i < n; i++) {
        const double air = (double)f->value[i];
        f->humidity[i] =
            (float)autan_relative_humidity(air, fmin((double)f->humidity[i], air));
    }
    for (size_t i = 0; i < f->n_members * f->n_times; i++) {
        const autan_time middle =
            f->reference + HOUR_S * (autan_time)(i % f->n_times) + HOUR_S / 2;
        if (f->wind)
            f->wind[i] = fmaxf(f->wind[i], 0.0f);
        if (f->radiation)
            f->radiation[i] =
                autan_sun_elevation(middle, t->stations.station[0].longitude,
                                    t->stations.station[0].latitude) > 0.0
                    ? fmaxf(f->radiation[i], 0.0f)
                    : 0.0f;
    }
}

/* The stations' members follow the forecast of their days' extremes. */
static autan_status impose_days(const network *n, size_t n_members, double *member)
{
    const size_t m = n->days.n_targets;
    autan_status status = AUTAN_OK;
    for (size_t i = 0; status == AUTAN_OK && i < n->first[OF_TEMPERATURE + 1]; i++) {
        const autan_prospect days = {&n->days_outlook[i], n->days_mean + i * m,
                                     n->days_spread + i * m};
        const autan_station_members own = {n_members, n->n * n->m, member + i * n->m};
        if (days.outlook->regression)
            status = autan_extremes_impose(&n->days, &days, &own, n->m);
    }
    return status;
}

static autan_status fill(const town *t, const outlooks_request *q, const network *n,
                         bool guided, autan_forecast *f)
{
    const size_t S = t->stations.n, M = q->n_members;
    double *member = malloc(M * n->n * n->m * sizeof *member);
    autan_status status = AUTAN_NO_MEMORY;
    f->station = calloc(S, sizeof *f->station);
    if (member && f->station)
        status = autan_members_make(n->n, n->prospect, n->m, autan_season_angle(q->at),
                                    2.0 * M_PI / 365.2425, M, member);
    if (status == AUTAN_OK && !guided)
        status = impose_days(n, M, member);
    if (status == AUTAN_OK && !(take(n, OF_TEMPERATURE, member, M, &f->value) &&
                                take(n, OF_DEW_POINT, member, M, &f->humidity) &&
                                take(n, OF_WIND, member, M, &f->wind) &&
                                take(n, OF_RADIATION, member, M, &f->radiation)))
        status = AUTAN_NO_MEMORY;
    if (status == AUTAN_OK && !f->value)
        status = AUTAN_NO_DATA;
    for (size_t i = 0; status == AUTAN_OK && i < S; i++) {
        f->station[i] = strdup(t->station_id[i]);
        status = f->station[i] ? AUTAN_OK : AUTAN_NO_MEMORY;
    }
    f->reference = q->at;
    f->n_members = M;
    f->n_stations = S;
    f->n_times = n->m;
    if (status == AUTAN_OK)
        make_physical(t, f);
    free(member);
    return status;
}

autan_status outlooks_make(town *t, const outlooks_request *request,
                           autan_forecast *forecast, autan_error *err)
{
    network n = {0};
    autan_forecast made = {0};
    guided_result guided = {0};
    autan_status status = make_records(t, request->at, request->n_hours, &n, err);
    if (status == AUTAN_OK && request->n_guidance)
        status = guided_read(t, request->n_guidance, request->guidance, request->at,
                             &n.record[OF_TEMPERATURE].panel[0], &guided, err);
    if (status == AUTAN_OK) {
        status = learn(&n);
        if (status == AUTAN_OK)
            guided_apply(&guided, request->n_hours, n.known, n.mean, n.spread);
        if (status == AUTAN_OK)
            status = fill(t, request, &n, guided.method != NULL, &made);
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
        describe(t, &n, request->at, &guided, &made);
        status = made.notes && made.method ? AUTAN_OK : town_no_memory(t, err);
    }
    if (status == AUTAN_OK) {
        *forecast = made;
        made = (autan_forecast){0};
    }
    autan_forecast_clear(&made);
    guided_clear(&guided);
    network_clear(&n);
    return status;
}
