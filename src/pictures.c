#include "pictures.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/picture.h"

static const struct {
    const char *variable, *title, *legend, *scale;
    bool readings; /* whether station readings share the legend */
} table[] = {
    {"air_temperature", "Température de l'air", "Température de l'air (°C)",
     "temperature", true},
    {"air_temperature_standard_error", "Erreur type de la température",
     "Erreur type (K)", "uncertainty", false},
    {"urban_heat_island", "Îlot de chaleur urbain", "Écart à la campagne (K)",
     "difference", false},
};

static void write_day(const autan_civil *day, char *text, size_t size)
{
    static const char *const month[12] = {
        "janvier", "février", "mars",      "avril",   "mai",      "juin",
        "juillet", "août",    "septembre", "octobre", "novembre", "décembre"};
    snprintf(text, size, "%d%s %s %d", day->day, day->day == 1 ? "er" : "",
             month[day->month - 1], day->year);
}

void picture_day(autan_time time, char *text, size_t size)
{
    autan_civil utc;
    autan_civil_utc(time, &utc);
    write_day(&utc, text, size);
}

void picture_date(const town *t, autan_time time, char *text, size_t size)
{
    autan_civil local, utc;
    char day[64];
    autan_civil_local(t->city.zone, time, &local);
    autan_civil_utc(time, &utc);
    write_day(&local, day, sizeof day);
    snprintf(text, size, "%s, %02d:%02d (heure locale, %s) — %02d:%02d UTC", day,
             local.hour, local.minute, t->city.timezone, utc.hour, utc.minute);
}

static autan_picture_station *list_stations(const town *t, const autan_panel *panel,
                                            size_t row, bool readings)
{
    autan_picture_station *list = calloc(t->stations.n + 1, sizeof *list);
    for (size_t i = 0; list && i < t->stations.n; i++) {
        list[i] = (autan_picture_station){
            .x = t->x[i],
            .y = t->y[i],
            .value = readings ? panel->value[row * panel->n_stations + i] : NAN,
        };
    }
    return list;
}

autan_status picture_write(const town *t, const autan_panel *panel, size_t row,
                           const char *variable, const float *value, const char *folder,
                           autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    const size_t cells = g->nx * g->ny;
    autan_time time = autan_panel_time(panel, row);
    double *copy = malloc(cells * sizeof *copy);
    char date[120], title[300], stamp[AUTAN_TIME_TEXT];
    autan_picture_station *stations;
    char *path;
    size_t k = 0;
    autan_status status;

    while (k < sizeof table / sizeof *table && strcmp(table[k].variable, variable) != 0)
        k++;
    if (k == sizeof table / sizeof *table) {
        free(copy);
        return AUTAN_OK; /* nothing to say about it in a picture */
    }
    stations = list_stations(t, panel, row, table[k].readings);
    for (size_t i = 0; copy && i < cells; i++)
        copy[i] = (double)value[i];
    snprintf(title, sizeof title, "%s — %s", table[k].title, t->city.name);
    picture_date(t, time, date, sizeof date);
    autan_time_format_compact(time, stamp);
    path = g_strdup_printf("%s/%s_%s.png", folder, variable, stamp);
    autan_picture picture = {
        .grid = g,
        .title = title,
        .date = date,
        .band = t->city.notice,
        .credits = t->city.credits,
        .legend_title = table[k].legend,
        .nothing_text = "inconnu / unknown",
        .decimal_mark = ',',
        .scale = table[k].scale,
        .note = "Moyenne sur l'heure écoulée / mean over the past hour"};
    if (table[k].readings) {
        picture.reading_text = "station : relevé";
        picture.silent_text = "station muette";
    }
    autan_picture_map map = {
        .value = copy, .n_stations = t->stations.n, .station = stations};
    status = copy && stations
                 ? autan_picture_write(&picture, 1, &map, path, err)
                 : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    g_free(path);
    free(stations);
    free(copy);
    return status;
}
