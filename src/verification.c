#include "verification.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alert_state.h"
#include "base/quantile.h"
#include "files/forecast_file.h"
#include "message.h"
#include "risk.h"

enum { HOUR_S = 3600, DAY_H = 24, DAY_S = 86400 };
enum { SEASON_DAYS = 15, MOST_YEARS = 60, FEWEST = 5, PERSIST_DAYS = 3 };
enum { MOST_CLIMATE = (2 * SEASON_DAYS + 1) * MOST_YEARS };

static const double TROPICAL = 20.0, HOT = 35.0;

static const char *const quantity_name[VERIFY_QUANTITIES] = {
    "air_temperature", "air_temperature_minimum", "air_temperature_maximum",
    "relative_humidity"};
static const char *const event_name[VERIFY_EVENTS] = {
    "tropical_night", "hot_day", "night_threshold", "day_threshold"};

const char *verification_quantity(size_t i)
{
    return quantity_name[i];
}

const char *verification_event(size_t i)
{
    return event_name[i];
}

/* Values at equal steps at the stations: hours, or days by their date. */
typedef struct {
    autan_time from;
    long step_s, n;
    size_t n_stations;
    const double *value;
    long known_after_s; /* when a value is known, after its time */
} series;

static double at(const series *s, size_t station, long row)
{
    return row >= 0 && row < s->n ? s->value[(size_t)row * s->n_stations + station]
                                  : (double)NAN;
}

static long row_of(const series *s, autan_time time)
{
    return (long)floor((double)(time - s->from) / (double)s->step_s);
}

/* The references of a moment, as known at the origin. climate holds MOST_CLIMATE. */
static autan_references refer(const series *s, size_t station, autan_time origin,
                              autan_time time, double *climate)
{
    const long day = DAY_S / s->step_s;
    const long last = row_of(s, origin - s->known_after_s), row = row_of(s, time);
    autan_references r = {0, climate, (double)NAN};
    for (long year = 0; year < MOST_YEARS; year++) {
        const long middle = row - day * lround(365.2425 * (double)year);
        if (middle + SEASON_DAYS * day < 0)
            break;
        for (long k = -SEASON_DAYS; k <= SEASON_DAYS; k++) {
            const long place = middle + k * day;
            const double value = place <= last ? at(s, station, place) : (double)NAN;
            if (!isnan(value))
                climate[r.n++] = value;
        }
    }
    r.n = r.n < FEWEST ? 0 : r.n;
    autan_sort(r.n, climate);
    long newest = row > last ? row - day * ((row - last + day - 1) / day) : row;
    for (int k = 0; k < PERSIST_DAYS && isnan(r.persistence); k++, newest -= day)
        r.persistence = at(s, station, newest);
    return r;
}

static double share_above(size_t n, const double *sorted, double threshold)
{
    size_t above = 0;
    while (above < n && sorted[n - 1 - above] >= threshold)
        above++;
    return n ? (double)above / (double)n : (double)NAN;
}

typedef struct {
    town *town;
    autan_panel temperature, humidity;
    series hours, moist, days[2]; /* days: minimum, maximum */
    double *extreme[2];
    double climate[MOST_CLIMATE], *member;
} work;

/* Extremes of all days of the panel, from its hours. */
static bool make_days(work *w)
{
    const autan_panel *p = &w->temperature;
    const autan_time first = p->from - ((p->from % DAY_S) + DAY_S) % DAY_S;
    const long n = (long)(p->n_times / DAY_H) + 2;
    for (int e = 0; e < 2; e++) {
        const long start = e == 0 ? -5 : 7;
        double *value = malloc((size_t)n * p->n_stations * sizeof *value);
        if (!value)
            return false;
        w->extreme[e] = value;
        for (long d = 0; d < n; d++) {
            for (size_t i = 0; i < p->n_stations; i++) {
                const long hour =
                    (long)((first + d * DAY_S - p->from) / HOUR_S) + start;
                double best = NAN;
                int known = 0;
                for (long h = hour; h < hour + DAY_H; h++) {
                    const double v = at(&w->hours, i, h);
                    known += isnan(v) ? 0 : 1;
                    best = e == 0 ? fmin(best, v) : fmax(best, v);
                }
                value[(size_t)d * p->n_stations + i] =
                    4 * known >= 3 * DAY_H ? best : (double)NAN;
            }
        }
        /* A day is known when its window has ended. */
        w->days[e] = (series){first,         DAY_S, n,
                              p->n_stations, value, (start + DAY_H - 1) * HOUR_S};
    }
    return true;
}

static autan_status open_work(work *w, autan_time to, autan_error *err)
{
    town *t = w->town;
    autan_time first, last;
    autan_status status =
        autan_archive_period(t->archive, AUTAN_AIR_TEMPERATURE, &first, &last, err);
    if (status != AUTAN_OK)
        return status;
    first -= ((first % HOUR_S) + HOUR_S) % HOUR_S;
    last = MAX(first, MIN(last, to));
    status = town_read_panel(t, first, last, &w->temperature, err);
    if (status != AUTAN_OK)
        return status;
    const autan_panel *p = &w->temperature;
    w->hours = (series){p->from, HOUR_S, (long)p->n_times, p->n_stations, p->value, 0};
    status = autan_panel_make(first, last, HOUR_S, t->stations.n, &w->humidity);
    if (status == AUTAN_OK)
        status = autan_archive_read_panel(
            t->archive, &t->stations, AUTAN_RELATIVE_HUMIDITY,
            (autan_reading_choice){.refused = 0}, &w->humidity, NULL, err);
    w->moist = w->hours;
    w->moist.value = w->humidity.value;
    if (status == AUTAN_OK && !make_days(w))
        status = town_no_memory(t, err);
    return status;
}

static void close_work(work *w)
{
    autan_panel_clear(&w->temperature);
    autan_panel_clear(&w->humidity);
    free(w->extreme[0]);
    free(w->extreme[1]);
    free(w->member);
}

static void score_hour(work *w, const series *s, const autan_forecast *f,
                       const float *value, size_t j, size_t station, size_t t,
                       autan_verify_tally *tally)
{
    const autan_time time = f->reference + HOUR_S * ((autan_time)t + 1);
    const double observed = at(s, station, row_of(s, time));
    if (isnan(observed))
        return;
    const autan_references r = refer(s, station, f->reference, time, w->climate);
    for (size_t k = 0; k < f->n_members; k++)
        w->member[k] = (double)value[(k * f->n_stations + j) * f->n_times + t];
    if (isnan(w->member[0]))
        return;
    autan_sort(f->n_members, w->member);
    autan_verify_add(tally, f->n_members, w->member, observed, &r);
}

static void score_event(verification *v, const work *w, int event, size_t lead,
                        double threshold, const autan_references *r, size_t n,
                        double observed)
{
    if (isnan(threshold) || r->n == 0 || isnan(r->persistence))
        return;
    autan_verify_event_add(&v->event[event][lead], share_above(n, w->member, threshold),
                           observed >= threshold,
                           share_above(r->n, r->climate, threshold),
                           r->persistence >= threshold ? 1.0 : 0.0);
}

/* Minimum (e 0) or maximum (1) of the day `lead` days after the origin's date. */
static void score_day(work *w, const autan_forecast *f, int e, size_t j, size_t station,
                      size_t lead, verification *v)
{
    const autan_time day =
        f->reference - f->reference % DAY_S + DAY_S * (autan_time)lead;
    const long first = (long)((day - f->reference) / HOUR_S) + (e == 0 ? -5 : 7);
    const series *s = &w->days[e];
    const autan_norm *norm = &w->town->city.alert.norm;
    const double observed = at(s, station, row_of(s, day));
    if (first < 1 || first + DAY_H - 1 > (long)f->n_times || isnan(observed))
        return;
    for (size_t k = 0; k < f->n_members; k++) {
        const float *value = f->value + (k * f->n_stations + j) * f->n_times;
        double best = (double)value[first - 1];
        for (long h = first; h < first + DAY_H - 1; h++)
            best = e == 0 ? fmin(best, (double)value[h]) : fmax(best, (double)value[h]);
        w->member[k] = best;
    }
    if (isnan(w->member[0]))
        return;
    autan_sort(f->n_members, w->member);
    const autan_references r = refer(s, station, f->reference, day, w->climate);
    autan_verify_add(&v->score[VERIFY_MINIMUM + e][lead], f->n_members, w->member,
                     observed, &r);
    score_event(v, w, VERIFY_TROPICAL_NIGHT + e, lead, e == 0 ? TROPICAL : HOT, &r,
                f->n_members, observed);
    score_event(v, w, VERIFY_NIGHT_THRESHOLD + e, lead,
                e == 0 ? norm->night : norm->day, &r, f->n_members, observed);
}

static void score_forecast(work *w, const autan_forecast *f, verification *v)
{
    for (size_t j = 0; j < f->n_stations; j++) {
        const long place = autan_station_find(&w->town->stations, f->station[j]);
        if (place < 0)
            continue;
        const size_t i = (size_t)place;
        for (size_t t = 0; t < f->n_times && t / DAY_H + 1 < VERIFY_LEADS; t++) {
            const size_t lead = t / DAY_H + 1;
            score_hour(w, &w->hours, f, f->value, j, i, t,
                       &v->score[VERIFY_HOURLY][lead]);
            if (f->humidity)
                score_hour(w, &w->moist, f, f->humidity, j, i, t,
                           &v->score[VERIFY_HUMIDITY][lead]);
        }
        for (size_t lead = 0; lead < VERIFY_LEADS; lead++) {
            score_day(w, f, 0, j, i, lead, v);
            score_day(w, f, 1, j, i, lead, v);
        }
    }
    v->n_forecasts++;
}

/* Keeps the moments from .. to, of each day the first alone when asked to. */
static size_t select_times(const verification_request *q, size_t n, autan_time *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i] < q->from || list[i] > q->to)
            continue;
        if (q->one_a_day && kept > 0 && list[kept - 1] / DAY_S == list[i] / DAY_S)
            continue;
        list[kept++] = list[i];
    }
    return kept;
}

static autan_status score_forecasts(work *w, const verification_request *q,
                                    verification *v, autan_error *err)
{
    autan_time *list = NULL;
    size_t n = 0;
    autan_status status =
        autan_forecast_list(w->town->city.archive, AUTAN_FORECASTS, &list, &n);
    if (status != AUTAN_OK)
        return town_no_memory(w->town, err);
    n = select_times(q, n, list);
    w->member = malloc(1000 * sizeof *w->member);
    if (!w->member)
        status = town_no_memory(w->town, err);
    for (size_t i = 0; status == AUTAN_OK && i < n; i++) {
        char *path =
            autan_forecast_path(w->town->city.archive, AUTAN_FORECASTS, list[i]);
        autan_forecast f = {0};
        if (path && autan_forecast_read(path, &f, NULL) == AUTAN_OK)
            score_forecast(w, &f, v);
        else
            v->n_unreadable++;
        autan_forecast_clear(&f);
        free(path);
        message_progress("forecasts", i + 1, n);
    }
    free(list);
    return status;
}

/* One alert against the levels that came, `days` from first_midnight on. */
static void score_alert(const kept_alert *a, autan_time first_midnight, size_t days,
                        const int *level, verification *v)
{
    const autan_time today = a->at - a->at % DAY_S;
    for (size_t z = 0; z < a->n_zones; z++) {
        for (size_t d = 0; d < a->n_days; d++) {
            const long row = (long)((a->midnight[d] - first_midnight) / DAY_S);
            const long lead = (long)((a->midnight[d] - today) / DAY_S);
            const size_t cell = z * a->n_days + d;
            if (a->colour[cell] < 0 || lead < 0 || lead >= VERIFY_LEADS || row < 0 ||
                row >= (long)days || level[z * days + (size_t)row] < 0)
                continue;
            const int came = level[z * days + (size_t)row];
            const long before = row - lead - 1;
            const int persisted = before >= 0 ? level[z * days + (size_t)before] : -1;
            for (int l = AUTAN_YELLOW; l < AUTAN_LEVELS; l++) {
                const int scope = z ? 1 : 0;
                autan_contingency_add(&v->colour[scope][l][lead], a->colour[cell] >= l,
                                      came >= l);
                autan_verify_event_add(&v->level[scope][l][lead],
                                       a->chance[cell * AUTAN_LEVELS + (size_t)l],
                                       came >= l, 0.0, persisted >= l ? 1.0 : 0.0);
            }
        }
    }
    v->n_alerts++;
}

static autan_status score_alerts(work *w, const verification_request *q,
                                 verification *v, autan_error *err)
{
    town *t = w->town;
    autan_areas areas = {0};
    autan_model *model = NULL;
    autan_time *list = NULL;
    int *level = NULL;
    size_t n = 0;
    autan_status status = kept_alert_list(t->city.archive, &list, &n);
    if (status != AUTAN_OK)
        return town_no_memory(t, err);
    n = select_times(q, n, list);
    if (n == 0)
        goto cleanup;
    /* From the day before the first alert, which persistence starts from, to the last
     * day with readings. */
    const autan_time first = list[0] - list[0] % DAY_S - DAY_S;
    const autan_time end =
        autan_panel_time(&w->temperature, w->temperature.n_times - 1);
    const size_t days = (size_t)MAX(
        (long)((MIN(end, list[n - 1] + VERIFY_LEADS * DAY_S) - first) / DAY_S), 1);
    status = risk_areas(t, &areas, err);
    if (status == AUTAN_OK)
        status = town_model(t, false, &model, err);
    if (status == AUTAN_OK) {
        level = malloc((areas.n + 1) * days * sizeof *level);
        status = level ? risk_observe(t, model, &areas, first, days, level, err)
                       : town_no_memory(t, err);
    }
    for (size_t i = 0; status == AUTAN_OK && i < n; i++) {
        kept_alert alert = {0};
        if (kept_alert_read(t->city.archive, list[i], &areas, &alert))
            score_alert(&alert, first, days, level, v);
        else
            v->n_unreadable++;
        kept_alert_clear(&alert);
    }
cleanup:
    free(level);
    free(list);
    autan_model_free(model);
    autan_areas_clear(&areas);
    return status;
}

autan_status verification_make(town *t, const verification_request *request,
                               verification *v, autan_error *err)
{
    work *w = calloc(1, sizeof *w);
    autan_status status;
    memset(v, 0, sizeof *v);
    if (!w)
        return town_no_memory(t, err);
    w->town = t;
    status = open_work(w, request->now, err);
    if (status == AUTAN_OK)
        status = score_forecasts(w, request, v, err);
    if (status == AUTAN_OK && request->colours && risk_has_thresholds(&t->city.alert))
        status = score_alerts(w, request, v, err);
    close_work(w);
    free(w);
    return status;
}
