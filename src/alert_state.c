#include "alert_state.h"

#include <glib.h>
#include <jansson.h>
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

autan_status alert_state_write(const char *archive, const autan_areas *areas,
                               const town_risk *risk, const alert_message *message,
                               autan_error *err)
{
    char *path = state_path(archive), *text, time[AUTAN_TIME_TEXT];
    json_t *zones = json_object(), *root;
    autan_status status = AUTAN_NO_MEMORY;
    for (size_t z = 0; z < risk->n_zones; z++) {
        json_t *days = json_object();
        for (size_t d = 0; d < risk->n_days; d++) {
            char name[AUTAN_TIME_TEXT];
            day_name(risk->midnight[d], name);
            json_object_set_new(days, name,
                                json_integer(risk->day[z * risk->n_days + d].colour));
        }
        json_object_set_new(zones, zone_name(areas, z), days);
    }
    autan_time_format(message->expires, time);
    root = json_pack("{s:b, s:s, s:s, s:i, s:o}", "active", message->active,
                     "references", message->references, "expires", time, "worst",
                     risk_worst(risk, 0), "zones", zones);
    if (root && message->earlier)
        json_object_set_new(root, "earlier", json_string(message->earlier));
    text = root ? json_dumps(root, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
    if (text)
        status = autan_outfile_write_text(path, text, err);
    else
        autan_fail(err, status, "%s: out of memory", path);
    free(text);
    json_decref(root);
    g_free(path);
    return status;
}
