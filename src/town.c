#include "town.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/model_file.h"
#include "files/station_file.h"
#include "kriging/carry.h"
#include "kernels.h"
#include "message.h"

autan_status town_no_memory(const town *t, autan_error *err)
{
    return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", t->city.path);
}

/* From so many stations on, solving the hours takes longer than another start. */
enum { STATIONS_KERNELS = 1000 };

/* Bytes that GDAL may keep of rasters: rows of tiles of some hundred thousand cells. */
static const double RASTER_CACHE = 128.0 * 1024.0 * 1024.0;

static void note_missing(const town *t, size_t k)
{
    char names[200] = "";
    size_t missing = 0;
    for (size_t i = 0; i < t->stations.n; i++) {
        if (!isnan(t->covariate[i * t->city.n_covariates + k]))
            continue;
        if (missing++ < 5)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%.30s",
                     missing > 1 ? ", " : "", t->station_id[i]);
    }
    if (missing)
        message_note(ngettext("covariate %s is not known at %zu of %zu station (%s%s)",
                              "covariate %s is not known at %zu of %zu stations (%s%s)",
                              t->stations.n),
                     t->city.covariate[k].name, missing, t->stations.n, names,
                     missing > 5 ? ", ..." : "");
}

/* Whether `grid` makes the file of a covariate. */
static bool is_made(const autan_city *city, const autan_city_covariate *c)
{
    for (size_t k = 0; k < city->n_grids; k++) {
        if (city->covariate[k].make && strcmp(city->covariate[k].file, c->file) == 0)
            return true;
    }
    return false;
}

/* A covariate at the stations, and what came of reading it. */
typedef struct {
    autan_status status;
    autan_error err;
} reading;

static void read_at_stations(town *t, size_t k, reading *r)
{
    const size_t n = t->stations.n;
    double *column = malloc((n + 1) * sizeof *column);
    r->status =
        column ? autan_raster_read_places(t->raster[k], n, t->x, t->y, column, &r->err)
               : town_no_memory(t, &r->err);
    for (size_t i = 0; r->status == AUTAN_OK && i < n; i++)
        t->covariate[i * t->city.n_covariates + k] = column[i];
    free(column);
}

static autan_status open_covariate(town *t, size_t k, const char *kept,
                                   autan_error *err)
{
    const autan_city_covariate *c = &t->city.covariate[k];
    const autan_status status = autan_raster_open(
        c->name, c->file, c->radius_m, t->city.crs, &t->city.grid, &t->raster[k], err);
    if (status == AUTAN_NOT_FOUND && is_made(&t->city, c))
        autan_fail(err, status,
                   "%s (covariate %s): is not made yet; make it with: autan grid %s",
                   c->file, c->name, t->city.path);
    if (status == AUTAN_OK)
        autan_raster_keep_rows(t->raster[k], kept);
    return status;
}

/* While one is opened, another thread, if there is one, reads those before. */
static autan_status open_covariates(town *t, autan_error *err)
{
    const size_t n = t->stations.n, nc = t->city.n_covariates;
    char *kept = g_build_filename(t->city.archive, "ground", NULL);
    reading *done = calloc(nc + 1, sizeof *done);
    autan_status status = AUTAN_OK;
    size_t opened = 0;

    autan_raster_limit_cache(RASTER_CACHE);
    t->covariate = malloc((n * nc + 1) * sizeof *t->covariate);
    t->raster = calloc(nc + 1, sizeof *t->raster);
    if (!done || !t->covariate || !t->raster)
        status = town_no_memory(t, err);
    while (status == AUTAN_OK && opened < nc) {
        const size_t k = opened;
        status = open_covariate(t, k, kept, err);
        if (status != AUTAN_OK)
            break;
        opened++;
#pragma omp task
        read_at_stations(t, k, &done[k]);
    }
#pragma omp taskwait
    for (size_t k = 0; k < opened; k++) {
        if (done[k].status != AUTAN_OK) {
            status = done[k].status;
            *err = done[k].err;
            break;
        }
        note_missing(t, k);
    }
    free(done);
    g_free(kept);
    return status;
}

static autan_status list_stations(town *t, autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    const size_t n = t->stations.n;
    size_t inside = 0;
    t->station_id = malloc((n + 1) * sizeof *t->station_id);
    t->x = malloc((n + 1) * sizeof *t->x);
    t->y = malloc((n + 1) * sizeof *t->y);
    if (!t->station_id || !t->x || !t->y)
        return town_no_memory(t, err);
    for (size_t i = 0; i < n; i++) {
        t->station_id[i] = t->stations.station[i].id;
        t->x[i] = t->stations.station[i].x;
        t->y[i] = t->stations.station[i].y;
        inside += t->x[i] >= g->xmin && t->x[i] <= g->xmax && t->y[i] >= g->ymin &&
                  t->y[i] <= g->ymax;
    }
    if (inside == 0)
        message_note("no station of %s lies in the extent of %s", t->city.stations,
                     t->city.path);
    return AUTAN_OK;
}

/* Before any work that takes long. */
static autan_status check_rural_stations(const town *t, autan_error *err)
{
    const autan_names *names = &t->city.rural_stations;
    for (size_t k = 0; k < names->n; k++) {
        if (autan_station_find(&t->stations, names->name[k]) < 0)
            return autan_fail(err, AUTAN_BAD_CONFIG,
                              "%s: rural names station '%s', which %s does not have",
                              t->city.path, names->name[k], t->city.stations);
    }
    return AUTAN_OK;
}

static autan_status open_places(const char *path, town *t, autan_error *err)
{
    autan_error cause = {0};
    autan_status status = autan_project_stations(t->city.crs, &t->stations, &cause);
    if (status != AUTAN_OK)
        autan_fail(err, status, "%s: %.900s", path, cause.text);
    if (status == AUTAN_OK)
        status = list_stations(t, err);
    return status == AUTAN_OK ? open_covariates(t, err) : status;
}

/* What is wrong with the file is said when the model is asked for. */
static void read_ahead(town *t)
{
    char *path = t->city.covariance_given ? NULL : autan_model_path(t->city.archive);
    if (path && autan_model_exists(path))
        autan_model_read(path, &t->saved, NULL);
    free(path);
}

static autan_status open_town(const char *path, bool with_model, town *out,
                              autan_error *err)
{
    town t = {0};
    autan_status status = autan_city_read(path, &t.city, err);
    if (status == AUTAN_OK)
        status = autan_station_file_read(t.city.stations, &t.stations, err);
    if (status == AUTAN_OK)
        status = check_rural_stations(&t, err);
    if (status == AUTAN_OK && t.stations.n >= STATIONS_KERNELS)
        kernels_choose();
    if (status == AUTAN_OK) {
#pragma omp parallel
        {
            /* PROJ looks up again what another thread has looked up before. */
#pragma omp master
            status = open_places(path, &t, err);
#pragma omp single nowait
            {
                if (with_model)
                    read_ahead(&t);
            }
        }
    }
    if (status == AUTAN_OK)
        status =
            autan_archive_open(t.city.archive, AUTAN_ARCHIVE_READ, &t.archive, err);
    if (status != AUTAN_OK) {
        town_close(&t);
        return status;
    }
    t.sites = (autan_sites){t.stations.n, t.city.n_covariates, t.x, t.y, t.covariate};
    *out = t;
    return AUTAN_OK;
}

autan_status town_open(const char *path, town *t, autan_error *err)
{
    return open_town(path, false, t, err);
}

autan_status town_open_with_model(const char *path, town *t, autan_error *err)
{
    return open_town(path, true, t, err);
}

autan_status town_read_ground(const town *t, size_t first, size_t n_rows, double *row,
                              double *covariate, autan_error *err)
{
    const size_t nc = t->city.n_covariates, cells = n_rows * t->city.grid.nx;
    for (size_t k = 0; k < nc; k++) {
        autan_status status =
            autan_raster_read_rows(t->raster[k], first, n_rows, row, err);
        if (status != AUTAN_OK)
            return status;
        for (size_t i = 0; i < cells; i++)
            covariate[i * nc + k] = row[i];
    }
    return AUTAN_OK;
}

void town_close(town *t)
{
    for (size_t k = 0; t->raster && k < t->city.n_covariates; k++)
        autan_raster_close(t->raster[k]);
    free(t->raster);
    free(t->covariate);
    free(t->x);
    free(t->y);
    free(t->station_id);
    autan_archive_close(t->archive);
    autan_model_free(t->saved);
    autan_station_table_clear(&t->stations);
    autan_city_clear(&t->city);
    *t = (town){0};
}

static void note_unanswered(size_t unanswered, size_t all)
{
    if (unanswered)
        message_note(ngettext("%zu of %zu hours has no reading and stays empty",
                              "%zu of %zu hours have no reading and stay empty",
                              unanswered),
                     unanswered, all);
}

static void note_borrowed(size_t borrowed)
{
    if (borrowed)
        message_note(
            ngettext("%zu hour is in a regime that the model does not know; it "
                     "borrows the nearest season's variances",
                     "%zu hours are in regimes that the model does not know; they "
                     "borrow the nearest season's variances",
                     borrowed),
            borrowed);
}

static void note_rejected(const town *t, const autan_panel *panel, size_t n,
                          const autan_rejected *rejected)
{
    for (size_t k = 0; k < n; k++) {
        char time[AUTAN_TIME_TEXT];
        autan_time_format(autan_panel_time(panel, rejected[k].row), time);
        message_detail("%s at %s was not used: too far from its neighbours",
                       t->station_id[rejected[k].site], time);
    }
    if (n)
        message_note(
            ngettext("%zu reading was not used: too far from its neighbours",
                     "%zu readings were not used: too far from their neighbours", n),
            n);
}

static void note_hours(const town *t, const autan_hours *hours,
                       const autan_panel *panel)
{
    size_t borrowed = 0, dropped = 0;
    for (size_t k = 0; k < hours->n_groups; k++) {
        borrowed += hours->group[k].borrowed ? hours->group[k].n_hours : 0;
        dropped += hours->group[k].trend_dropped ? hours->group[k].n_hours : 0;
    }
    note_unanswered(hours->n_unanswered, panel->n_times);
    note_borrowed(borrowed);
    if (dropped)
        message_note(
            ngettext("%zu hour has too few stations for the trend, and has none",
                     "%zu hours have too few stations for the trend, and have none",
                     dropped),
            dropped);
    note_rejected(t, panel, hours->n_rejected, hours->rejected);
    if (hours->n_carried)
        message_detail(
            ngettext("%zu silent station is told by what it said in the hours around",
                     "%zu times a silent station is told by what it said in the hours "
                     "around",
                     hours->n_carried),
            hours->n_carried);
}

autan_status town_unsolved(const town *t, autan_status status, autan_error *err)
{
    switch (status) {
    case AUTAN_NO_MEMORY:
        return town_no_memory(t, err);
    case AUTAN_NO_DATA:
        return autan_fail(err, status, "%s: no air_temperature in the period asked for",
                          t->city.archive);
    case AUTAN_SINGULAR:
        return autan_fail(
            err, status,
            "%s: the covariances of the stations cannot be told apart; expected "
            "a covariance with a larger nugget, such as + 0.01 nugget",
            t->city.path);
    default:
        return autan_fail(err, status, "%s: the maps cannot be solved: %s",
                          t->city.path, autan_status_text(status));
    }
}

static bool has_gaps(const autan_panel *panel)
{
    for (size_t i = 0; i < panel->n_times * panel->n_stations; i++) {
        if (isnan(panel->value[i]))
            return true;
    }
    return false;
}

autan_status town_solve(const town *t, const autan_model *model,
                        const autan_panel *panel, autan_hours *hours, autan_error *err)
{
    autan_status status;
    if (town_is_large(t))
        return autan_fail(
            err, AUTAN_OUT_OF_DOMAIN,
            "%s: %zu stations; this verb takes up to %d, map and validate "
            "any number",
            t->city.stations, t->stations.n, AUTAN_EXACT_STATIONS);
    if (model->autocorrelation > 0.0 && t->stations.n <= AUTAN_CARRY_STATIONS &&
        has_gaps(panel)) {
        autan_panel wide = {0};
        status = town_read_beside(t, panel, AUTAN_CARRY_HOURS, &wide, err);
        if (status != AUTAN_OK)
            return status;
        status = autan_hours_solve_beside(model, &t->sites, t->station_id, &wide,
                                          AUTAN_CARRY_HOURS, hours);
        autan_panel_clear(&wide);
    } else {
        status = autan_hours_solve(model, &t->sites, t->station_id, panel,
                                   AUTAN_CLASS_OWN, hours);
    }
    if (status != AUTAN_OK)
        return town_unsolved(t, status, err);
    note_hours(t, hours, panel);
    return AUTAN_OK;
}

bool town_is_large(const town *t)
{
    return t->stations.n > AUTAN_EXACT_STATIONS;
}

autan_status town_solve_near(const town *t, const autan_model *model,
                             const autan_panel *panel, autan_near **near,
                             autan_error *err)
{
    autan_near_summary summary;
    autan_status status = autan_near_solve(model, &t->sites, t->station_id, panel,
                                           AUTAN_NEAR_STATIONS, near);
    if (status != AUTAN_OK)
        return town_unsolved(t, status, err);
    message_note("%zu stations: every place is kriged from the %d nearest",
                 t->stations.n, AUTAN_NEAR_STATIONS);
    summary = autan_near_summarise(*near);
    note_unanswered(summary.n_unanswered, panel->n_times);
    note_borrowed(summary.n_borrowed);
    note_rejected(t, panel, summary.n_rejected, summary.rejected);
    return AUTAN_OK;
}
