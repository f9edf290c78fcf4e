/* Readings of the days of the site, and the health of the stations. */
#include "site.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/archive_flags.h"
#include "message.h"
#include "qc/check.h"

enum { HOUR_S = 3600, DAY_S = 86400, DAY_H = 24 };
enum { BACK_D = 2 };           /* days before a map that its series reach back to */
enum { FRESH_D = 3 };          /* the newest days, where readings still come in */
enum { HEALTH_H = 7 * DAY_H }; /* what a station's health is judged by */
enum { SILENT_H = 3 };         /* without a reading since: silent */

/* Shares of the week's hours: above, a station is doubtful; below, it has gaps. */
static const double DOUBTFUL = 0.1, GAPS = 0.8;

/* Readings with their flags: those in use, and those refused where none is in use. */
typedef struct {
    autan_panel panel;
    uint32_t *flag; /* 0: in use */
} readings;

static void readings_clear(readings *r)
{
    autan_panel_clear(&r->panel);
    free(r->flag);
    *r = (readings){0};
}

static autan_status readings_read(town *t, autan_time from, autan_time to, readings *r,
                                  autan_error *err)
{
    const uint32_t refused = autan_qc_refusing();
    autan_panel used = {0};
    autan_status status = autan_panel_make(from, to, HOUR_S, t->stations.n, &r->panel);
    const size_t n = status == AUTAN_OK ? r->panel.n_times * r->panel.n_stations : 0;
    if (status == AUTAN_OK)
        status = autan_panel_make(from, to, HOUR_S, t->stations.n, &used);
    r->flag = calloc(n + 1, sizeof *r->flag);
    if (status != AUTAN_OK || !r->flag)
        status = town_no_memory(t, err);
    if (status == AUTAN_OK)
        status =
            autan_archive_read_panel(t->archive, &t->stations, AUTAN_AIR_TEMPERATURE,
                                     (autan_reading_choice){0}, &r->panel, NULL, err);
    if (status == AUTAN_OK)
        status = autan_archive_read_panel(
            t->archive, &t->stations, AUTAN_AIR_TEMPERATURE,
            (autan_reading_choice){.refused = refused}, &used, NULL, err);
    if (status == AUTAN_OK)
        status = autan_archive_read_flags(
            t->archive, &t->stations, AUTAN_AIR_TEMPERATURE, &r->panel, r->flag, err);
    for (size_t i = 0; status == AUTAN_OK && i < n; i++) {
        if (isnan(used.value[i])) {
            r->flag[i] &= refused;
        } else {
            r->panel.value[i] = used.value[i];
            r->flag[i] = 0;
        }
    }
    autan_panel_clear(&used);
    if (status != AUTAN_OK)
        readings_clear(r);
    return status;
}

/* Puts row `row` into the day's lists as its moment number `place`. */
static void put_row(const readings *r, size_t row, size_t place, json_t *times,
                    json_t *values, json_t *flags)
{
    const size_t n = r->panel.n_stations;
    json_array_append_new(times, json_integer(autan_panel_time(&r->panel, row)));
    for (size_t i = 0; i < n; i++) {
        const double value = r->panel.value[row * n + i];
        const uint32_t flag = r->flag[row * n + i];
        json_array_append_new(
            json_array_get(values, i),
            isnan(value) ? json_null() : json_integer((json_int_t)lround(100 * value)));
        if (flag && !isnan(value))
            json_array_append_new(flags, json_pack("[I, I, I]", (json_int_t)place,
                                                   (json_int_t)i, (json_int_t)flag));
    }
}

/* The hours of the day and the moments of its maps, in order. */
static autan_status list_readings(town *t, autan_time midnight, const json_t *maps,
                                  json_t *out, autan_error *err)
{
    json_t *times = json_array(), *values = json_array(), *flags = json_array(),
           *ids = json_array();
    readings hourly = {0};
    size_t map = 0;
    autan_status status =
        readings_read(t, midnight, midnight + DAY_S - HOUR_S, &hourly, err);
    for (size_t i = 0; i < t->stations.n; i++) {
        json_array_append_new(ids, json_string(t->station_id[i]));
        json_array_append_new(values, json_array());
    }
    for (size_t h = 0; status == AUTAN_OK && h < DAY_H; h++) {
        put_row(&hourly, h, json_array_size(times), times, values, flags);
        for (; status == AUTAN_OK && map < json_array_size(maps); map++) {
            const autan_time time =
                json_integer_value(json_object_get(json_array_get(maps, map), "time"));
            readings own = {0};
            if (time >= midnight + (autan_time)(h + 1) * HOUR_S)
                break;
            if (time % HOUR_S == 0)
                continue;
            status = readings_read(t, time, time, &own, err);
            if (status == AUTAN_OK)
                put_row(&own, 0, json_array_size(times), times, values, flags);
            readings_clear(&own);
        }
    }
    json_object_set_new(out, "readings",
                        json_pack("{s:o, s:o, s:o, s:o}", "stations", ids, "time",
                                  times, "value", values, "flag", flags));
    readings_clear(&hourly);
    return status;
}

static autan_status write_day(town *t, const char *site, autan_time midnight,
                              bool always, autan_error *err)
{
    char stamp[AUTAN_TIME_TEXT], *folder, *path;
    json_t *day;
    autan_status status = AUTAN_OK;
    autan_time_format_compact(midnight, stamp);
    stamp[8] = '\0';
    folder = g_build_filename(site, SITE_DAYS, stamp, NULL);
    path = g_build_filename(folder, "day.json", NULL);
    day = site_read_json(path);
    if (!json_is_object(day)) {
        json_decref(day);
        day = json_pack("{s:s, s:[]}", "date", stamp, "maps");
    }
    if (always || !json_object_get(day, "readings")) {
        status = site_folder(folder, err);
        if (status == AUTAN_OK)
            status = list_readings(t, midnight, json_object_get(day, "maps"), day, err);
        if (status == AUTAN_OK)
            status = site_write_json(path, day, err);
    }
    json_decref(day);
    g_free(path);
    g_free(folder);
    return status;
}

static autan_time midnight_of(const json_t *day)
{
    const char *date = json_string_value(json_object_get(day, "date"));
    char text[AUTAN_TIME_TEXT];
    autan_time time = 0;
    if (date && strlen(date) == 8) {
        g_snprintf(text, sizeof text, "%.4s-%.2s-%.2s", date, date + 4, date + 6);
        if (autan_time_parse_argument(text, &time) == AUTAN_OK)
            return time;
    }
    return 0;
}

autan_status site_readings(town *t, const char *site, autan_time first,
                           autan_error *err)
{
    json_t *days = site_list_days(site);
    const size_t n = json_array_size(days);
    const autan_time newest = n ? midnight_of(json_array_get(days, n - 1)) : 0;
    autan_time done = INT64_MIN;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < n; k++) {
        const json_t *day = json_array_get(days, k);
        const autan_time midnight = midnight_of(day);
        if (json_array_size(json_object_get(day, "times")) == 0)
            continue;
        for (autan_time d = MAX(done + DAY_S, midnight - BACK_D * DAY_S);
             status == AUTAN_OK && d <= midnight; d += DAY_S) {
            status =
                write_day(t, site, d, d >= first || d > newest - FRESH_D * DAY_S, err);
            done = d;
        }
        message_progress("days of readings", k + 1, n);
    }
    json_decref(days);
    return status;
}

/* A day as the index tells of it. */
static json_t *day_summary(const char *date, const json_t *day)
{
    const json_t *maps = json_object_get(day, "maps");
    json_t *times = json_array();
    double low = NAN, high = NAN, island = NAN;
    for (size_t k = 0; k < json_array_size(maps); k++) {
        const json_t *m = json_array_get(maps, k);
        const double l = json_number_value(json_object_get(m, "low")),
                     h = json_number_value(json_object_get(m, "high"));
        const json_t *rural = json_object_get(m, "rural");
        json_array_append(times, json_object_get(m, "time"));
        low = fmin(low, l);
        high = fmax(high, h);
        if (json_is_number(rural))
            island = fmax(island, h - json_number_value(rural));
    }
    return json_pack("{s:s, s:o, s:o, s:o, s:o}", "date", date, "times", times, "low",
                     site_number(low, 1), "high", site_number(high, 1), "island",
                     site_number(island, 1));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *site_list_days(const char *site)
{
    char *folder = g_build_filename(site, SITE_DAYS, NULL);
    GDir *dir = g_dir_open(folder, 0, NULL);
    GPtrArray *dates = g_ptr_array_new_with_free_func(g_free);
    json_t *list = json_array();
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        if (strlen(name) == 8 && strspn(name, "0123456789") == 8)
            g_ptr_array_add(dates, g_strdup(name));
    }
    g_ptr_array_sort(dates, by_name);
    for (guint k = 0; k < dates->len; k++) {
        char *path = g_build_filename(folder, dates->pdata[k], "day.json", NULL);
        json_t *day = site_read_json(path);
        if (json_is_object(day))
            json_array_append_new(list, day_summary(dates->pdata[k], day));
        json_decref(day);
        g_free(path);
    }
    g_ptr_array_unref(dates);
    if (dir)
        g_dir_close(dir);
    g_free(folder);
    return list;
}

/* Health. */

static json_t *station_checks(const readings *r, size_t i)
{
    const size_t n = r->panel.n_stations;
    json_t *list = json_array();
    for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
        size_t hours = 0;
        for (size_t t = 0; t < r->panel.n_times; t++)
            hours += r->flag[t * n + i] >> k & 1;
        if (hours)
            json_array_append_new(list, json_pack("{s:s, s:I}", "check",
                                                  autan_qc_get((autan_qc_id)k)->name,
                                                  "hours", (json_int_t)hours));
    }
    return list;
}

static json_t *station_health(const readings *r, size_t i)
{
    const size_t n = r->panel.n_stations, hours = r->panel.n_times;
    size_t present = 0, refused = 0, since = hours;
    json_t *latest = json_null();
    const char *state;
    for (size_t t = 0; t < hours; t++) {
        if (isnan(r->panel.value[t * n + i]))
            continue;
        present++;
        refused += r->flag[t * n + i] != 0;
        since = hours - 1 - t;
        latest = json_integer(autan_panel_time(&r->panel, t));
    }
    if (since >= SILENT_H)
        state = "silent";
    else if ((double)refused > DOUBTFUL * (double)present)
        state = "doubtful";
    else if ((double)present < GAPS * (double)hours)
        state = "gaps";
    else
        state = "good";
    return json_pack("{s:s, s:o, s:I, s:I, s:I, s:o}", "state", state, "latest", latest,
                     "hours", (json_int_t)hours, "present", (json_int_t)present,
                     "refused", (json_int_t)refused, "checks", station_checks(r, i));
}

autan_status site_stations(town *t, json_t **stations, autan_error *err)
{
    autan_time first, last;
    readings r = {0};
    autan_status status =
        autan_archive_period(t->archive, AUTAN_AIR_TEMPERATURE, &first, &last, err);
    last -= status == AUTAN_OK ? last % HOUR_S : 0;
    if (status == AUTAN_OK)
        status = readings_read(t, last - (HEALTH_H - 1) * HOUR_S, last, &r, err);
    if (status != AUTAN_OK)
        return status;
    *stations = json_array();
    for (size_t i = 0; i < t->stations.n; i++) {
        const autan_station *s = &t->stations.station[i];
        json_array_append_new(*stations,
                              json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "id", s->id,
                                        "name", s->name, "x", site_number(t->x[i], 0),
                                        "y", site_number(t->y[i], 0), "elevation",
                                        site_number(s->elevation, 0), "health",
                                        station_health(&r, i)));
    }
    readings_clear(&r);
    return AUTAN_OK;
}
