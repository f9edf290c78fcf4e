/* autan scenario: what a change of the ground would do to the maps. */
#include "config.h"

#include "command.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extrapolation.h"
#include "files/mapfile.h"
#include "files/picture.h"
#include "kriging/field.h"
#include "message.h"
#include "options.h"
#include "pictures.h"
#include "scenario.h"

static const char help[] =
    "Usage: autan scenario --from T --to T [options] CITY.ini CHANGES\n"
    "Says what changes of the ground would do to the hourly maps from T to T. CHANGES "
    "is a\n"
    "file of polygons (GeoPackage, GeoJSON) with an attribute change: plant, open, "
    "build or\n"
    "whiten, and amount (0 to 1).\n\n"
    "      --from T       first map (ISO 8601 UTC, or a date); the others follow "
    "hourly\n"
    "      --to T         last map, inclusive\n"
    "  -o, --output FILE  write one NetCDF-4 file with the differences\n"
    "      --picture DIR  write a PNG picture for each hour\n"
    "  -q, --quiet        say errors only\n"
    "  -v, --verbose      say more\n"
    "  -h, --help         print this\n"
    "  -V, --version      print the version\n";

enum { OPTION_PICTURE = OPTION_FIRST_LONG };
enum { CHANGE = 0, STANDARD_ERROR, EXTRAPOLATION, VARIABLES };

/* Cells of rows held at once; a chunk of the file at least. */
enum { CELLS_AT_ONCE = 1 << 19 };

typedef struct {
    options_period period;
    const char *output, *picture, *changes;
} arguments;

typedef struct {
    const town *town;
    const autan_model *model;
    const autan_panel *panel;
    autan_hours hours;
    autan_field *field;
    scenario scenario;
    double *coefficient, *covariance; /* of the hour: p, p x p */
    size_t rows;                      /* held at once */
    scenario_rows part;
    float *value[VARIABLES]; /* of these rows */
    autan_grid shown;        /* the grid around what changes, for pictures, */
    size_t shown_first[2];   /* and where it begins */
    double *picture;         /* change and standard error there; or NULL */
    autan_time *time;
} job;

static void job_clear(job *j)
{
    autan_field_free(j->field);
    autan_hours_clear(&j->hours);
    scenario_rows_clear(&j->part);
    scenario_clear(&j->scenario);
    free(j->picture);
    free(j->coefficient);
    free(j->covariance);
    free(j->time);
    for (int v = 0; v < VARIABLES; v++)
        free(j->value[v]);
}

/* Whole chunks of the file. */
static size_t rows_at_once(const autan_grid *g)
{
    const size_t chunk = autan_mapfile_chunk_rows(g);
    return MIN(MAX(1, CELLS_AT_ONCE / g->nx / chunk) * chunk, g->ny);
}

/* The part of the grid around what changes: all of it where nothing does. */
static void look_around_changes(job *j)
{
    enum { MARGIN = 15 };
    const autan_grid *g = &j->town->city.grid;
    const scenario *s = &j->scenario;
    const size_t n[2] = {g->nx, g->ny};
    size_t high[2] = {g->nx, g->ny}, *low = j->shown_first;
    for (int k = 0; k < 2 && s->n_changed; k++) {
        low[k] = s->first[k] > MARGIN ? s->first[k] - MARGIN : 0;
        high[k] = MIN(s->end[k] + MARGIN, n[k]);
    }
    j->shown = *g;
    if (s->n_changed == 0)
        return;
    j->shown.xmin = g->xmin + (double)low[0] * g->resolution;
    j->shown.ymax = g->ymax - (double)low[1] * g->resolution;
    j->shown.nx = high[0] - low[0];
    j->shown.ny = high[1] - low[1];
    j->shown.xmax = j->shown.xmin + (double)j->shown.nx * g->resolution;
    j->shown.ymin = j->shown.ymax - (double)j->shown.ny * g->resolution;
}

static autan_status make_room(job *j, bool picture, autan_error *err)
{
    const size_t T = j->panel->n_times, p = j->model->n_terms;
    bool good;
    j->rows = rows_at_once(&j->town->city.grid);
    look_around_changes(j);
    j->coefficient = calloc(p + 1, sizeof *j->coefficient);
    j->covariance = calloc(p * p + 1, sizeof *j->covariance);
    j->time = malloc(T * sizeof *j->time);
    good = scenario_rows_make(&j->scenario, j->rows, &j->part) && j->coefficient &&
           j->covariance && j->time;
    for (int v = 0; v < VARIABLES; v++) {
        j->value[v] = calloc(j->rows * j->scenario.nx, sizeof *j->value[v]);
        good = good && j->value[v];
    }
    if (picture)
        j->picture = malloc(2 * j->shown.nx * j->shown.ny * sizeof *j->picture);
    if (!good || (picture && !j->picture))
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    for (size_t t = 0; t < T; t++)
        j->time[t] = autan_panel_time(j->panel, t);
    return AUTAN_OK;
}

static autan_status prepare(job *j, const arguments *a, autan_error *err)
{
    autan_seen seen = {0};
    autan_status status = extrapolation_make(j->town, j->model, j->panel, &seen, err);
    if (status == AUTAN_OK)
        status = scenario_read(j->town, &seen, a->changes, &j->scenario, err);
    autan_seen_clear(&seen);
    if (status == AUTAN_OK)
        status = town_solve(j->town, j->model, j->panel, &j->hours, err);
    if (status == AUTAN_OK)
        status = make_room(j, a->picture, err);
    if (status == AUTAN_OK && autan_field_new(&j->town->sites, &j->hours,
                                              j->panel->n_times, &j->field) != AUTAN_OK)
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    return status;
}

/* Change of the terms in a cell of the part, which has so many, dx (p); whether there
 * is any. */
static bool term_change(const job *j, size_t cell, size_t cells, double *dx)
{
    const autan_model *m = j->model;
    bool any = false;
    for (size_t k = 0; k < m->n_terms; k++) {
        double delta = j->part.delta[m->term[k].covariate * cells + cell];
        dx[k] = m->term[k].indicator ? 0.0 : delta / m->term[k].scale;
        any |= dx[k] != 0.0;
    }
    return any;
}

/* The answer to a change of the terms, K, and its standard error. */
static void answer(const job *j, const double *dx, double *change,
                   double *standard_error)
{
    const size_t p = j->model->n_terms;
    double variance = 0.0;
    *change = 0.0;
    for (size_t k = 0; k < p; k++) {
        *change += j->coefficient[k] * dx[k];
        for (size_t l = 0; l < p; l++)
            variance += dx[k] * j->covariance[k * p + l] * dx[l];
    }
    *standard_error = sqrt(fmax(variance, 0.0));
}

/* What an hour is over the changed ground. */
typedef struct {
    double sum[AUTAN_TERMS_MAX]; /* of the terms' changes, times the part treated */
    double ground;               /* treated in all, cells */
    double strongest, strongest_error;
} overall;

/* The difference of one hour in the cells of the part. */
static void solve_part(job *j, size_t cells, bool known, overall *all)
{
    double dx[AUTAN_TERMS_MAX], change, error;
    for (size_t c = 0; c < cells; c++) {
        double treated = 0.0;
        change = error = known ? 0.0 : NAN;
        if (known && term_change(j, c, cells, dx)) {
            answer(j, dx, &change, &error);
            for (int k = 0; k < AUTAN_CHANGES; k++)
                treated += j->part.share[(size_t)k * cells + c];
            for (size_t k = 0; k < j->model->n_terms; k++)
                all->sum[k] += treated * dx[k];
            all->ground += treated;
            if (fabs(change) > fabs(all->strongest)) {
                all->strongest = change;
                all->strongest_error = error;
            }
        }
        j->value[CHANGE][c] = (float)change;
        j->value[STANDARD_ERROR][c] = (float)error;
        j->value[EXTRAPOLATION][c] = j->part.beyond[c];
    }
}

static autan_status write_part(const job *j, size_t hour, size_t first, size_t n,
                               autan_mapfile *file, autan_error *err)
{
    const size_t nx = j->scenario.nx;
    autan_status status = AUTAN_OK;
    for (size_t v = 0; status == AUTAN_OK && v < VARIABLES; v++) {
        const autan_map_block block = {v, hour, 1, first, n, j->value[v], n * nx, nx};
        status = autan_mapfile_write(file, &block, err);
    }
    return status;
}

/* Keeps what a picture shows of the part. */
static void keep_for_picture(job *j, size_t first, size_t n)
{
    const size_t nx = j->shown.nx, shown = nx * j->shown.ny, top = j->shown_first[1];
    for (size_t y = MAX(first, top); y < MIN(first + n, top + j->shown.ny); y++) {
        for (size_t x = 0; x < nx; x++) {
            const size_t at = (y - first) * j->scenario.nx + j->shown_first[0] + x;
            j->picture[(y - top) * nx + x] = (double)j->value[CHANGE][at];
            j->picture[shown + (y - top) * nx + x] =
                (double)j->value[STANDARD_ERROR][at];
        }
    }
}

/* What an hour is over the changed ground, printed. */
static void print_hour(const job *j, size_t hour, bool known, overall *all)
{
    char time[AUTAN_TIME_TEXT];
    double change, error;
    autan_time_format(j->time[hour], time);
    if (!known) {
        printf("%s: no reading\n", time);
        return;
    }
    for (size_t k = 0; k < j->model->n_terms && all->ground > 0.0; k++)
        all->sum[k] /= all->ground;
    answer(j, all->sum, &change, &error);
    printf(
        "%s: %+.2f K (standard error %.2f K) over the changed ground, %+.2f K (%.2f K) "
        "where it is most\n",
        time, change, error, all->strongest, all->strongest_error);
}

/* One hour, some rows at a time, into the file if there is one. */
static autan_status solve_hour(job *j, size_t hour, autan_mapfile *file,
                               autan_error *err)
{
    const scenario *s = &j->scenario;
    const autan_status response =
        autan_field_response(j->field, hour, j->coefficient, j->covariance);
    const bool known = response == AUTAN_OK;
    overall all = {0};
    autan_status status = AUTAN_OK;
    if (response == AUTAN_NO_MEMORY)
        return autan_fail(err, response, "out of memory");
    for (size_t row = 0; status == AUTAN_OK && row < s->ny; row += j->rows) {
        const size_t n = MIN(j->rows, s->ny - row);
        status = scenario_read_rows(s, row, n, &j->part);
        if (status == AUTAN_OK)
            solve_part(j, n * s->nx, known, &all);
        if (status == AUTAN_OK && j->picture)
            keep_for_picture(j, row, n);
        if (status == AUTAN_OK && file)
            status = write_part(j, hour, row, n, file, err);
    }
    if (status == AUTAN_OK)
        print_hour(j, hour, known, &all);
    return status;
}

static autan_status create_file(const job *j, const char *path, autan_mapfile **file,
                                autan_error *err)
{
    const autan_city *city = &j->town->city;
    const autan_map_variable variable[VARIABLES] = {
        [CHANGE] = {.name = "air_temperature_change",
                    .long_name = "change of the air temperature by the scenario",
                    .units = "K",
                    .ancillary_variables = "air_temperature_change_standard_error "
                                           "extrapolation"},
        [STANDARD_ERROR] = {.name = "air_temperature_change_standard_error",
                            .long_name = "standard error of the change",
                            .units = "K"},
        [EXTRAPOLATION] = {.name = "extrapolation",
                           .long_name =
                               "how far the changed ground lies beyond what the "
                               "stations have seen, in standard deviations",
                           .units = "1"},
    };
    const autan_map_attribute attribute[] = {
        {"title", "What a change of the ground would do to the air temperature"},
        {"source",
         "autan scenario: coefficients of the maps' trend times the change of the "
         "covariates; statistical, not a simulation of the air"},
        {"history", "made by " PACKAGE_STRING " scenario"},
        {"comment", city->notice ? city->notice : "see autan-scenario(1)"},
    };
    const autan_mapfile_info info = {.path = path,
                                     .grid = &city->grid,
                                     .crs = city->crs,
                                     .n_times = j->panel->n_times,
                                     .time = j->time,
                                     .n_variables = VARIABLES,
                                     .variable = variable,
                                     .n_attributes =
                                         sizeof attribute / sizeof *attribute,
                                     .attribute = attribute};
    return autan_mapfile_create(&info, file, err);
}

static autan_status draw_hour(const job *j, size_t row, const char *folder,
                              autan_error *err)
{
    const autan_city *city = &j->town->city;
    char date[120], title[300], stamp[AUTAN_TIME_TEXT];
    autan_picture_map map[2] = {{.title = "Écart / change (K)", .value = j->picture},
                                {.title = "Erreur type / standard error (K)",
                                 .value = j->picture + j->shown.nx * j->shown.ny}};
    autan_picture picture = {
        .grid = &j->shown,
        .title = title,
        .date = date,
        .band = city->notice,
        .credits = city->credits,
        .legend_title = "Écart dû au scénario / change by the scenario (K)",
        .nothing_text = "inconnu / unknown",
        .decimal_mark = ',',
        .scale = "difference",
        .own_scales = true,
        .note = "Statistique, non une simulation de l'air / statistical, not "
                "a simulation of the air"};
    char *path;
    autan_status status;
    snprintf(title, sizeof title, "Effet du scénario sur la température — %s",
             city->name);
    picture_date(j->town, j->time[row], date, sizeof date);
    autan_time_format_compact(j->time[row], stamp);
    path = g_strdup_printf("%s/air_temperature_change_%s.png", folder, stamp);
    status = autan_picture_write(&picture, 2, map, path, err);
    g_free(path);
    return status;
}

static void warn(const job *j)
{
    const scenario *s = &j->scenario;
    message_note(ngettext("%zu polygon changes %zu of %zu cells",
                          "%zu polygons change %zu of %zu cells", s->n_polygons),
                 s->n_polygons, s->n_changed, s->nx * s->ny);
    if (s->n_beyond)
        message_note(
            "warning: in %zu cells the ground would be beyond what the stations have "
            "seen, by up to %.1f standard deviations: the model extrapolates there, "
            "and the standard error does not say so",
            s->n_beyond, s->farthest);
}

static autan_status run(job *j, const arguments *a, autan_error *err)
{
    autan_mapfile *file = NULL;
    autan_status status = prepare(j, a, err);
    if (status != AUTAN_OK)
        return status;
    warn(j);
    if (a->picture && g_mkdir_with_parents(a->picture, 0777) != 0)
        return autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", a->picture,
                          strerror(errno));
    if (a->output)
        status = create_file(j, a->output, &file, err);
    for (size_t t = 0; status == AUTAN_OK && t < j->panel->n_times; t++) {
        status = solve_hour(j, t, file, err);
        if (status == AUTAN_OK && a->picture)
            status = draw_hour(j, t, a->picture, err);
        message_progress("hours", t + 1, j->panel->n_times);
    }
    if (!file)
        return status;
    if (status == AUTAN_OK)
        return autan_mapfile_finish(file, err);
    autan_mapfile_abandon(file);
    return status;
}

static autan_status make(const char *path, const arguments *a, autan_error *err)
{
    town t = {0};
    autan_model *model = NULL;
    autan_panel panel = {0};
    job j = {.town = &t, .panel = &panel};
    autan_status status = town_open_with_model(path, &t, err);
    if (status == AUTAN_OK)
        status = town_model(&t, false, &model, err);
    j.model = model;
    if (status == AUTAN_OK)
        status = town_read_panel(&t, a->period.from, a->period.to, &panel, err);
    if (status == AUTAN_OK)
        status = run(&j, a, err);
    job_clear(&j);
    autan_panel_clear(&panel);
    autan_model_free(model);
    town_close(&t);
    return status;
}

int cmd_scenario(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        OPTIONS_PERIOD,
        {"output", required_argument, NULL, 'o'},
        {"picture", required_argument, NULL, OPTION_PICTURE},
        {NULL, 0, NULL, 0},
    };
    arguments a = {.period = OPTIONS_ALL_TIMES};
    autan_error err = {0};
    const char *path;
    int option, code;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        if (option == OPTION_FROM || option == OPTION_TO) {
            if (!options_take_period(option, &a.period))
                return 2;
        } else if (option == 'o') {
            a.output = optarg;
        } else if (option == OPTION_PICTURE) {
            a.picture = optarg;
        } else if (options_common(option, argv, help, &code)) {
            return code;
        }
    }
    path = options_city(argc, argv, true);
    if (!path || !options_check_period(&a.period, true))
        return 2;
    if (argc - optind != 2) {
        message_error("expected CITY.ini and one file of changes");
        return 2;
    }
    a.changes = argv[optind + 1];
    return make(path, &a, &err) == AUTAN_OK ? 0 : message_fail(&err);
}
