#include "pictures.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/picture.h"
#include "files/style_file.h"

#define HOURLY "Moyenne sur l'heure écoulée / mean over the past hour"
#define DAILY                                                                           \
    "Nuit de 18 h à 18 h UTC, jour de 6 h à 6 h UTC / night from 18 to 18, day from " \
    "06 to 06 UTC"

static const picture_look table[] = {
    {"air_temperature", "Température de l'air", "Température de l'air (°C)",
     "temperature", 0, 0, true, HOURLY},
    {"*_standard_error", "Erreur type de la température", "Erreur type (K)",
     "uncertainty", 0, 0, false, HOURLY},
    {"urban_heat_island", "Îlot de chaleur urbain", "Écart à la campagne (K)",
     "difference", 0, 0, false, HOURLY},
    {"air_temperature_change", "Changement de la température", "Changement (K)",
     "difference", 0, 0, false, HOURLY},
    {"tropical_night_probability", "Nuit tropicale (20 °C ou plus)", "Probabilité",
     "chance", 0, 1, false, DAILY},
    {"hot_day_probability", "Jour de forte chaleur (35 °C ou plus)", "Probabilité",
     "chance", 0, 1, false, DAILY},
    {"night_threshold_probability", "Nuit au-dessus du seuil d'alerte", "Probabilité",
     "chance", 0, 1, false, DAILY},
    {"day_threshold_probability", "Jour au-dessus du seuil d'alerte", "Probabilité",
     "chance", 0, 1, false, DAILY},
    {"air_temperature_from_*_probability", "Probabilité d'atteindre * °C",
     "Probabilité", "chance", 0, 1, false, HOURLY},
    {"*_probability", "Probabilité de dépassement", "Probabilité", "chance", 0, 1,
     false, DAILY},
    {"air_temperature_p*", "Température de l'air, quantile * %",
     "Température de l'air (°C)", "temperature", 0, 0, false, HOURLY},
    {"air_temperature_minimum*", "Température minimale", "Température minimale (°C)",
     "temperature", 0, 0, false, DAILY},
    {"air_temperature_maximum*", "Température maximale", "Température maximale (°C)",
     "temperature", 0, 0, false, DAILY},
    {"air_temperature_*", "Température de l'air", "Température de l'air (°C)",
     "temperature", 0, 0, false, HOURLY},
};

const picture_look *picture_look_of(const char *variable)
{
    for (size_t k = 0; k < sizeof table / sizeof *table; k++) {
        if (g_pattern_match_simple(table[k].variable, variable))
            return &table[k];
    }
    return NULL;
}

autan_grid picture_grid(const autan_grid *grid, size_t *by)
{
    enum { DRAWN_MOST_CELLS = 1 << 22 };
    const double cells = (double)grid->nx * (double)grid->ny;
    const size_t wanted = (size_t)ceil(sqrt(cells / DRAWN_MOST_CELLS));
    autan_grid g = *grid;
    *by = MIN(MAX(wanted, 1), MIN(g.nx, g.ny));
    if (*by == 1)
        return g;
    g.resolution *= (double)*by;
    g.nx /= *by;
    g.ny /= *by;
    g.xmax = g.xmin + g.resolution * (double)g.nx;
    g.ymin = g.ymax - g.resolution * (double)g.ny;
    return g;
}

void picture_thin(const double *value, size_t nx, size_t rows, size_t by, double *mean)
{
    const size_t across = nx / by;
    for (size_t c = 0; c < rows / by * across; c++) {
        const double *corner = value + c / across * by * nx + c % across * by;
        double sum = 0.0;
        size_t known = 0;
        for (size_t i = 0; i < by * by; i++) {
            const double v = corner[i / by * nx + i % by];
            sum += isfinite(v) ? v : 0.0;
            known += isfinite(v) != 0;
        }
        mean[c] = known ? sum / (double)known : (double)NAN;
    }
}

autan_status picture_style(const char *path, const char *variable, size_t n,
                           const float *value, autan_error *err)
{
    const picture_look *look = picture_look_of(variable);
    return look ? autan_style_write(path,
                                    &(autan_style){look->scale, look->lowest,
                                                   look->highest, n, value},
                                    err)
                : AUTAN_OK;
}

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

static autan_picture_station *list_stations(const town *t, const double *reading)
{
    autan_picture_station *list = calloc(t->stations.n + 1, sizeof *list);
    for (size_t i = 0; list && i < t->stations.n; i++) {
        list[i] = (autan_picture_station){
            .x = t->x[i],
            .y = t->y[i],
            .value = reading ? reading[i] : (double)NAN,
        };
    }
    return list;
}

/* The title of a look; a * in it is what the * of the variable's name stands for. For
 * the caller to g_free. */
static char *title_of(const picture_look *look, const char *variable)
{
    const char *star = strchr(look->variable, '*'), *place = strchr(look->title, '*');
    const size_t before = star ? (size_t)(star - look->variable) : 0;
    GString *title;
    char *part;
    if (!place || !star)
        return g_strdup(look->title);
    part = g_strndup(variable + before, strlen(variable) - before - strlen(star + 1));
    /* As names have numbers: 36_5, minus_5. */
    title = g_string_new_len(look->title, place - look->title);
    if (g_str_has_prefix(part, "minus_"))
        g_string_append(title, "−");
    g_strdelimit(part, "_", ',');
    g_string_append(title, part + (g_str_has_prefix(part, "minus,") ? 6 : 0));
    g_string_append(title, place + 1);
    g_free(part);
    return g_string_free(title, FALSE);
}

/* The name of a picture: of its variable and time, and of the time taken off. */
static char *picture_path(const picture_subject *s, const char *folder)
{
    char stamp[AUTAN_TIME_TEXT], minus[AUTAN_TIME_TEXT] = "";
    autan_time_format_compact(s->time, stamp);
    if (s->minus != PICTURE_NO_TIME)
        autan_time_format_compact(s->minus, minus);
    return g_strdup_printf("%s/%s_%s%s%s.png", folder, s->variable, stamp,
                           *minus ? "_minus_" : "", minus);
}

autan_status picture_draw(const town *t, const picture_subject *s, const char *folder,
                          autan_animation *animation, autan_error *err)
{
    const picture_look *look = picture_look_of(s->variable);
    const autan_grid *g = &t->city.grid;
    const bool difference = s->minus != PICTURE_NO_TIME;
    char date[160], other[160], *words, *title, *when, *path;
    double *copy;
    autan_picture_station *stations;
    autan_status status;

    if (!look)
        return AUTAN_OK; /* nothing to say about it in a picture */
    copy = malloc(g->nx * g->ny * sizeof *copy);
    stations = list_stations(t, look->readings && !difference ? s->reading : NULL);
    for (size_t i = 0; copy && i < g->nx * g->ny; i++)
        copy[i] = (double)s->value[i];
    picture_date(t, s->time, date, sizeof date);
    if (difference)
        picture_date(t, s->minus, other, sizeof other);
    words = title_of(look, s->variable);
    title = g_strdup_printf("%s%s — %s", words, difference ? " : différence" : "",
                            t->city.name);
    g_free(words);
    when = difference ? g_strdup_printf("%s\nmoins / minus %s", date, other)
                      : g_strdup(date);
    path = picture_path(s, folder);
    autan_picture picture = {
        .grid = g,
        .title = title,
        .date = when,
        .band = t->city.notice,
        .credits = t->city.credits,
        .legend_title = difference ? "Différence (K)" : look->legend,
        .nothing_text = "inconnu / unknown",
        .silent_text = "station",
        .decimal_mark = ',',
        .scale = difference ? "difference" : look->scale,
        .lowest = s->lowest < s->highest ? s->lowest : look->lowest,
        .highest = s->lowest < s->highest ? s->highest : look->highest,
        .note = look->note};
    if (look->readings && s->reading && !difference) {
        picture.reading_text = "station : relevé";
        picture.silent_text = "station muette";
    }
    autan_picture_map map = {
        .value = copy, .n_stations = t->stations.n, .station = stations};
    if (!copy || !stations)
        status = autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    else if (animation)
        status = autan_animation_add(animation, &picture, 1, &map, err);
    else
        status = autan_picture_write(&picture, 1, &map, path, err);
    g_free(path);
    g_free(when);
    g_free(title);
    free(stations);
    free(copy);
    return status;
}

autan_status picture_write(const town *t, const autan_panel *panel, size_t row,
                           const char *variable, const float *value, const char *folder,
                           autan_error *err)
{
    const picture_subject subject = {.variable = variable,
                                     .value = value,
                                     .time = autan_panel_time(panel, row),
                                     .minus = PICTURE_NO_TIME,
                                     .reading = panel->value + row * panel->n_stations};
    return picture_draw(t, &subject, folder, NULL, err);
}
