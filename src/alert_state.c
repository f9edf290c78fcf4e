#include "alert_state.h"

#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"

static char *state_path(const char *archive)
{
    return g_build_filename(archive, "alert.json", NULL);
}

static const char *zone_name(const autan_areas *areas, size_t zone)
{
    return zone == 0 ? "" : areas->area[zone - 1].name;
}

static void day_name(autan_time midnight, char text[AUTAN_TIME_TEXT])
{
    autan_time_format(midnight, text);
    text[10] = '\0';
}

void alert_state_read(const char *archive, alert_state *state, bool *damaged)
{
    char *path = state_path(archive);
    json_error_t error;
    json_t *root = NULL;
    const char *references = NULL, *earlier = NULL, *expires = NULL;
    int active = 0, worst = 0;
    *state = (alert_state){0};
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        root = json_load_file(path, 0, &error);
        if (!root ||
            json_unpack(root, "{s:b, s?s, s?s, s:s, s:i, s:o}", "active", &active,
                        "references", &references, "earlier", &earlier, "expires",
                        &expires, "worst", &worst, "zones", &state->colours) != 0 ||
            autan_time_parse(expires, &state->expires) != AUTAN_OK ||
            !json_is_object((json_t *)state->colours)) {
            state->colours = NULL;
            *damaged = true;
        } else {
            state->known = true;
            state->active = active;
            state->worst = worst;
            state->references = references ? strdup(references) : NULL;
            state->earlier = earlier ? strdup(earlier) : NULL;
            json_incref(state->colours);
        }
    }
    json_decref(root);
    g_free(path);
}

void alert_state_clear(alert_state *state)
{
    free(state->references);
    free(state->earlier);
    json_decref(state->colours);
    *state = (alert_state){0};
}

void alert_state_before(const alert_state *state, const autan_areas *areas,
                        town_risk *risk)
{
    for (size_t z = 0; z < risk->n_zones; z++) {
        json_t *days = json_object_get(state->colours, zone_name(areas, z));
        for (size_t d = 0; d < risk->n_days; d++) {
            char name[AUTAN_TIME_TEXT];
            day_name(risk->midnight[d], name);
            const json_int_t colour = json_integer_value(json_object_get(days, name));
            risk->day[z * risk->n_days + d].before =
                colour >= AUTAN_GREEN && colour <= AUTAN_RED ? (int)colour
                                                             : AUTAN_GREEN;
        }
    }
}

/* The folder in an archive where alerts are kept. */
#define ALERTS "alerts"

static char *kept_path(const char *archive, autan_time at)
{
    char time[AUTAN_TIME_TEXT], *name, *path;
    autan_time_format_compact(at, time);
    name = g_strdup_printf("%s.json", time);
    path = g_build_filename(archive, ALERTS, name, NULL);
    g_free(name);
    return path;
}

static autan_status keep(const char *archive, autan_time at, const char *text,
                         autan_error *err)
{
    char *folder = g_build_filename(archive, ALERTS, NULL),
         *path = kept_path(archive, at);
    autan_status status =
        g_mkdir_with_parents(folder, 0777) == 0
            ? autan_outfile_write_text(path, text, err)
            : autan_fail(err, AUTAN_IO, "%s: cannot make the folder", folder);
    g_free(folder);
    g_free(path);
    return status;
}

autan_status alert_state_write(const char *archive, autan_time at,
                               const autan_areas *areas, const town_risk *risk,
                               const alert_message *message, autan_error *err)
{
    char *path = state_path(archive), *text, time[AUTAN_TIME_TEXT];
    json_t *zones = json_object(), *chances = json_object(), *root;
    autan_status status = AUTAN_NO_MEMORY;
    for (size_t z = 0; z < risk->n_zones; z++) {
        json_t *days = json_object(), *chance = json_object();
        for (size_t d = 0; d < risk->n_days; d++) {
            const risk_day *day = &risk->day[z * risk->n_days + d];
            char name[AUTAN_TIME_TEXT];
            day_name(risk->midnight[d], name);
            json_object_set_new(days, name, json_integer(day->colour));
            json_object_set_new(chance, name,
                                json_pack("[f, f, f]", day->chance[AUTAN_YELLOW],
                                          day->chance[AUTAN_ORANGE],
                                          day->chance[AUTAN_RED]));
        }
        json_object_set_new(zones, zone_name(areas, z), days);
        json_object_set_new(chances, zone_name(areas, z), chance);
    }
    autan_time_format(message->expires, time);
    root = json_pack("{s:b, s:s, s:s, s:i, s:o, s:o}", "active", message->active,
                     "references", message->references, "expires", time, "worst",
                     risk_worst(risk, 0), "zones", zones, "chances", chances);
    if (root && message->earlier)
        json_object_set_new(root, "earlier", json_string(message->earlier));
    text =
        root ? json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(6))
             : NULL;
    if (text)
        status = keep(archive, at, text, err);
    else
        autan_fail(err, status, "%s: out of memory", path);
    if (status == AUTAN_OK)
        status = autan_outfile_write_text(path, text, err);
    free(text);
    json_decref(root);
    g_free(path);
    return status;
}

static int ascending(const void *a, const void *b)
{
    const autan_time x = *(const autan_time *)a, y = *(const autan_time *)b;
    return (x > y) - (x < y);
}

autan_status kept_alert_list(const char *archive, autan_time **at, size_t *n)
{
    char *folder = g_build_filename(archive, ALERTS, NULL);
    GDir *dir = g_dir_open(folder, 0, NULL);
    GArray *list = g_array_new(FALSE, FALSE, sizeof(autan_time));
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        autan_civil c = {0};
        autan_time time;
        int end = 0;
        if (sscanf(name, "%4d%2d%2dT%2d%2dZ.json%n", &c.year, &c.month, &c.day, &c.hour,
                   &c.minute, &end) == 5 &&
            end > 0 && name[end] == '\0' && autan_time_from_utc(&c, &time) == AUTAN_OK)
            g_array_append_val(list, time);
    }
    if (dir)
        g_dir_close(dir);
    g_free(folder);
    *n = list->len;
    *at = malloc((list->len + 1) * sizeof **at);
    if (*at)
        memcpy(*at, list->data, list->len * sizeof **at);
    g_array_free(list, TRUE);
    if (!*at)
        return AUTAN_NO_MEMORY;
    qsort(*at, *n, sizeof **at, ascending);
    return AUTAN_OK;
}

static void read_day(kept_alert *a, size_t z, size_t d, json_t *zones, json_t *chances,
                     const char *zone)
{
    const size_t at = z * a->n_days + d;
    char name[AUTAN_TIME_TEXT];
    day_name(a->midnight[d], name);
    json_t *colour = json_object_get(json_object_get(zones, zone), name);
    json_t *chance = json_object_get(json_object_get(chances, zone), name);
    const json_int_t level = json_is_integer(colour) ? json_integer_value(colour) : -1;
    a->colour[at] = level >= AUTAN_GREEN && level <= AUTAN_RED ? (int)level : -1;
    for (int l = AUTAN_YELLOW; l < AUTAN_LEVELS; l++)
        a->chance[at * AUTAN_LEVELS + (size_t)l] =
            json_number_value(json_array_get(chance, (size_t)l - 1));
}

bool kept_alert_read(const char *archive, autan_time at, const autan_areas *areas,
                     kept_alert *alert)
{
    char *path = kept_path(archive, at);
    json_t *root = json_load_file(path, 0, NULL), *value;
    json_t *zones = json_object_get(root, "zones");
    json_t *chances = json_object_get(root, "chances");
    kept_alert a = {.at = at, .n_zones = areas->n + 1};
    const char *date;
    json_object_foreach(json_object_get(zones, ""), date, value)
    {
        if (a.n_days < RISK_DAYS &&
            autan_time_parse_argument(date, &a.midnight[a.n_days]) == AUTAN_OK)
            a.n_days++;
    }
    a.colour = malloc((a.n_zones * a.n_days + 1) * sizeof *a.colour);
    a.chance = calloc(a.n_zones * a.n_days * AUTAN_LEVELS + 1, sizeof *a.chance);
    for (size_t z = 0; a.colour && a.chance && z < a.n_zones; z++) {
        for (size_t d = 0; d < a.n_days; d++)
            read_day(&a, z, d, zones, chances, zone_name(areas, z));
    }
    json_decref(root);
    g_free(path);
    if (a.n_days > 0 && a.colour && a.chance) {
        *alert = a;
        return true;
    }
    kept_alert_clear(&a);
    return false;
}

void kept_alert_clear(kept_alert *alert)
{
    free(alert->colour);
    free(alert->chance);
    *alert = (kept_alert){0};
}
