/* The pictures of the report. */
#include "config.h"

#include "report.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

#include "files/picture.h"
#include "pictures.h"

/* What the pictures of one report share. */
typedef struct {
    const report *r;
    const char *folder;
    char *period;
    autan_picture_station *station;
    autan_picture_ring ring;
    double *value; /* room for REPORT_PARTS maps */
    autan_error *err;
} album;

/* One picture of n maps side by side; value holds them one after the other. */
typedef struct {
    const char *name, *title, *legend, *scale, *note;
    const autan_grid *grid;
    size_t n;
    const char *caption[REPORT_PARTS];
    bool own_scales;
} sheet;

static autan_status draw(const album *a, const sheet *s)
{
    const report *r = a->r;
    const autan_city *city = &r->town->city;
    const size_t cells = s->grid->nx * s->grid->ny;
    char *title = g_strdup_printf("%s — %s", s->title, city->name);
    char *path = g_build_filename(a->folder, s->name, NULL);
    autan_picture_map map[REPORT_PARTS];
    const autan_picture picture = {.grid = s->grid,
                                   .title = title,
                                   .date = a->period,
                                   .band = city->notice,
                                   .credits = city->credits,
                                   .note = s->note,
                                   .legend_title = s->legend,
                                   .nothing_text = "inconnu / unknown",
                                   .silent_text = "station",
                                   .decimal_mark = ',',
                                   .scale = s->scale,
                                   .own_scales = s->own_scales,
                                   .n_rings = a->ring.n > 0 ? 1 : 0,
                                   .ring = &a->ring};
    autan_status status;
    for (size_t k = 0; k < s->n; k++)
        map[k] = (autan_picture_map){.title = s->caption[k],
                                     .value = a->value + k * cells,
                                     .n_stations = r->town->stations.n,
                                     .station = a->station};
    status = autan_picture_write(&picture, s->n, map, path, a->err);
    g_free(path);
    g_free(title);
    return status;
}

static bool any_known(const double *value, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (isfinite(value[k]))
            return true;
    }
    return false;
}

/* The four parts of the day of a season. */
static autan_status draw_season(const album *a, int season, const char *name,
                                const char *title, bool *drawn)
{
    const autan_grid *g = &a->r->drawn;
    const size_t cells = g->nx * g->ny;
    sheet s = {.name = name,
               .title = title,
               .grid = g,
               .n = REPORT_PARTS,
               .scale = "difference",
               .legend = a->r->rural ? "Écart à la campagne (K)"
                                     : "Écart à la moyenne de la ville (K)",
               .note =
                   "Moyenne des heures de la partie du jour, heure locale / mean over "
                   "the hours of the part of the day, local time"};
    for (size_t p = 0; p < REPORT_PARTS; p++) {
        s.caption[p] = report_parts[p].french;
        for (size_t k = 0; k < cells; k++)
            a->value[p * cells + k] =
                (double)a->r->map[((size_t)season * REPORT_PARTS + p) * cells + k];
    }
    *drawn = any_known(a->value, REPORT_PARTS * cells);
    return *drawn ? draw(a, &s) : AUTAN_OK;
}

static autan_status draw_difference(const album *a, int map, int other,
                                    const char *name, const char *title,
                                    const char *legend, bool *drawn)
{
    const autan_grid *g = &a->r->drawn;
    const size_t cells = g->nx * g->ny;
    const sheet s = {.name = name,
                     .title = title,
                     .grid = g,
                     .n = 1,
                     .scale = "difference",
                     .legend = legend,
                     .note =
                         "Différence des moyennes de l'îlot de chaleur / difference of "
                         "mean heat islands"};
    for (size_t k = 0; k < cells; k++)
        a->value[k] = (double)a->r->map[(size_t)map * cells + k] -
                      (double)a->r->map[(size_t)other * cells + k];
    *drawn = any_known(a->value, cells);
    return *drawn ? draw(a, &s) : AUTAN_OK;
}

static autan_status draw_errors(const album *a, bool *drawn)
{
    const autan_grid *g = &a->r->coarse;
    const size_t cells = g->nx * g->ny;
    const int summer = 2 * REPORT_PARTS;
    const int which[REPORT_PARTS] = {summer + REPORT_EVENING, summer + REPORT_MORNING,
                                     REPORT_DAY_DIFFERENCE, REPORT_YEAR_DIFFERENCE};
    const sheet s = {.name = "standard_errors.png",
                     .title = "Erreurs types des cartes moyennes",
                     .grid = g,
                     .n = REPORT_PARTS,
                     .scale = "uncertainty",
                     .legend = "Erreur type (K)",
                     .note =
                         "De la moyenne sur chaque carré, campagne comprise / of the "
                         "mean over each square, the rural reference included",
                     .caption = {"été, soir", "été, matin", "été : soir moins matin",
                                 "soir : été moins hiver"}};
    for (size_t m = 0; m < REPORT_PARTS; m++) {
        for (size_t k = 0; k < cells; k++)
            a->value[m * cells + k] = (double)a->r->error[(size_t)which[m] * cells + k];
    }
    *drawn = any_known(a->value, REPORT_PARTS * cells);
    return *drawn ? draw(a, &s) : AUTAN_OK;
}

static autan_status draw_tropical(const album *a, bool *drawn)
{
    const autan_grid *g = &a->r->drawn;
    const size_t cells = g->nx * g->ny;
    const sheet s = {
        .name = "tropical_nights.png",
        .title = "Nuits tropicales",
        .grid = g,
        .n = 1,
        .scale = "temperature",
        .legend = "Nombre attendu de nuits à 20 °C ou plus",
        .note = "Somme des probabilités que l'heure la plus fraîche de la nuit "
                "reste à 20 °C ou plus / sum of the chances that the coolest "
                "hour of the night stays at 20 °C or above"};
    *drawn = a->r->tropical != NULL;
    for (size_t k = 0; *drawn && k < cells; k++)
        a->value[k] = (double)a->r->tropical[k];
    return *drawn ? draw(a, &s) : AUTAN_OK;
}

static autan_status draw_all(const album *a, report_picture *picture)
{
    const int summer = 2 * REPORT_PARTS;
    bool drawn[REPORT_PICTURES] = {false};
    const report_picture all[] = {
        {"summer.png", "Îlot de chaleur moyen en été, quatre moments du jour",
         "Mean heat island in summer, four parts of the day"},
        {"winter.png", "Îlot de chaleur moyen en hiver, quatre moments du jour",
         "Mean heat island in winter, four parts of the day"},
        {"evening_morning.png", "Ce qui change du matin au soir, en été",
         "What changes from morning to evening, in summer"},
        {"summer_winter.png", "Ce qui change de l'hiver à l'été, le soir",
         "What changes from winter to summer, in the evening"},
        {"tropical_nights.png", "Nombre attendu de nuits tropicales",
         "Expected number of tropical nights"},
        {"standard_errors.png", "Erreurs types de ces moyennes et de ces différences",
         "Standard errors of these means and differences"},
    };
    size_t n = 0;
    autan_status status =
        draw_season(a, 2, all[0].file, "Îlot de chaleur en été", &drawn[0]);
    if (status == AUTAN_OK)
        status = draw_season(a, 0, all[1].file, "Îlot de chaleur en hiver", &drawn[1]);
    if (status == AUTAN_OK)
        status = draw_difference(a, summer + REPORT_EVENING, summer + REPORT_MORNING,
                                 all[2].file, "Été : le soir moins le matin",
                                 "Soir moins matin (K)", &drawn[2]);
    if (status == AUTAN_OK)
        status = draw_difference(a, summer + REPORT_EVENING, REPORT_EVENING,
                                 all[3].file, "Le soir : l'été moins l'hiver",
                                 "Été moins hiver (K)", &drawn[3]);
    if (status == AUTAN_OK)
        status = draw_tropical(a, &drawn[4]);
    if (status == AUTAN_OK)
        status = draw_errors(a, &drawn[5]);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        if (drawn[k])
            picture[n++] = all[k];
    }
    return status;
}

autan_status report_write_maps(const report *r, const char *folder,
                               report_picture *picture, autan_error *err)
{
    const size_t n = r->town->stations.n;
    const size_t cells = MAX(r->drawn.nx * r->drawn.ny, r->coarse.nx * r->coarse.ny);
    char from[120], to[120];
    album a = {.r = r,
               .folder = folder,
               .err = err,
               .ring = {r->n_outline, r->outline},
               .value = malloc(REPORT_PARTS * cells * sizeof *a.value),
               .station = calloc(n + 1, sizeof *a.station)};
    autan_status status;
    picture_day(r->from, from, sizeof from);
    picture_day(r->to - TOWN_HOUR_S, to, sizeof to);
    a.period = g_strdup_printf("du %s au %s", from, to);
    for (size_t i = 0; a.station && i < n; i++)
        a.station[i] = (autan_picture_station){
            .x = r->town->x[i], .y = r->town->y[i], .value = NAN};
    status =
        a.value && a.station ? draw_all(&a, picture) : town_no_memory(r->town, err);
    g_free(a.period);
    free(a.value);
    free(a.station);
    return status;
}
