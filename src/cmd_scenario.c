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
    float *value[VARIABLES];          /* cells */
    autan_time *time;
} job;

static void job_clear(job *j)
{
    autan_field_free(j->field);
    autan_hours_clear(&j->hours);
    scenario_clear(&j->scenario);
    free(j->coefficient);
    free(j->covariance);
    free(j->time);
    for (int v = 0; v < VARIABLES; v++)
        free(j->value[v]);
}

static autan_status prepare(job *j, const arguments *a, autan_error *err)
{
    const size_t T = j->panel->n_times, p = j->model->n_terms;
    bool good = true;
    autan_seen seen = {0};
    autan_status status = extrapolation_make(j->town, j->model, j->panel, &seen, err);
    if (status == AUTAN_OK)
        status = scenario_read(j->town, &seen, a->changes, &j->scenario, err);
    autan_seen_clear(&seen);
    if (status == AUTAN_OK)
        status = town_solve(j->town, j->model, j->panel, &j->hours, err);
    if (status != AUTAN_OK)
        return status;
    j->coefficient = calloc(p + 1, sizeof *j->coefficient);
    j->covariance = calloc(p * p + 1, sizeof *j->covariance);
    j->time = malloc(T * sizeof *j->time);
    for (int v = 0; v < VARIABLES; v++) {
        j->value[v] = calloc(j->scenario.cells, sizeof *j->value[v]);
        good = good && j->value[v];
    }
    if (!good || !j->coefficient || !j->covariance || !j->time ||
        autan_field_new(&j->town->sites, &j->hours, T, &j->field) != AUTAN_OK)
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    for (size_t t = 0; t < T; t++)
        j->time[t] = autan_panel_time(j->panel, t);
    for (size_t c = 0; c < j->scenario.cells; c++)
        j->value[EXTRAPOLATION][c] = j->scenario.beyond[c];
    return status;
}

/* Change of the terms in a cell, dx (p); whether there is any. */
static bool term_change(const job *j, size_t cell, double *dx)
{
    const autan_model *m = j->model;
    bool any = false;
    for (size_t k = 0; k < m->n_terms; k++) {
        double delta =
            j->scenario.delta[m->term[k].covariate * j->scenario.cells + cell];
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

/* The difference of one hour in all cells; what it is over the changed ground is
 * printed. */
static autan_status solve_hour(job *j, size_t row, autan_error *err)
{
    const scenario *s = &j->scenario;
    const size_t p = j->model->n_terms;
    double dx[AUTAN_TERMS_MAX], sum[AUTAN_TERMS_MAX] = {0}, change, error, ground = 0.0;
    double strongest = 0.0, strongest_error = 0.0;
    char time[AUTAN_TIME_TEXT];
    autan_status status =
        autan_field_response(j->field, row, j->coefficient, j->covariance);
    if (status == AUTAN_NO_MEMORY)
        return autan_fail(err, status, "out of memory");
    autan_time_format(j->time[row], time);
    for (size_t c = 0; c < s->cells; c++) {
        double treated = 0.0;
        change = error = status == AUTAN_OK ? 0.0 : NAN;
        if (status == AUTAN_OK && term_change(j, c, dx)) {
            answer(j, dx, &change, &error);
            for (int k = 0; k < AUTAN_CHANGES; k++)
                treated += s->share[(size_t)k * s->cells + c];
            for (size_t k = 0; k < p; k++)
                sum[k] += treated * dx[k];
            ground += treated;
            if (fabs(change) > fabs(strongest)) {
                strongest = change;
                strongest_error = error;
            }
        }
        j->value[CHANGE][c] = (float)change;
        j->value[STANDARD_ERROR][c] = (float)error;
    }
    if (status != AUTAN_OK) {
        printf("%s: no reading\n", time);
        return AUTAN_OK;
    }
    for (size_t k = 0; k < p && ground > 0.0; k++)
        sum[k] /= ground;
    answer(j, sum, &change, &error);
    printf(
        "%s: %+.2f K (standard error %.2f K) over the changed ground, %+.2f K (%.2f K) "
        "where it is most\n",
        time, change, error, strongest, strongest_error);
    return AUTAN_OK;
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

static autan_status write_hour(const job *j, size_t row, autan_mapfile *file,
                               autan_error *err)
{
    const autan_grid *g = &j->town->city.grid;
    autan_status status = AUTAN_OK;
    for (size_t v = 0; status == AUTAN_OK && v < VARIABLES; v++) {
        const autan_map_block block = {
            v, row, 1, 0, g->ny, j->value[v], j->scenario.cells, g->nx};
        status = autan_mapfile_write(file, &block, err);
    }
    return status;
}

/* The part of the grid around what changes, for pictures: first column and row, and the
 * grid; all of it where nothing does. */
static autan_grid around_changes(const job *j, size_t first[2])
{
    enum { MARGIN = 15 };
    const autan_grid *g = &j->town->city.grid;
    const scenario *s = &j->scenario;
    size_t low[2] = {g->nx, g->ny}, high[2] = {0, 0};
    autan_grid part = *g;
    first[0] = first[1] = 0;
    for (size_t i = 0; i < j->town->city.n_covariates * s->cells; i++) {
        const size_t at[2] = {i % s->cells % g->nx, i % s->cells / g->nx};
        for (int k = 0; s->delta[i] != 0.0 && k < 2; k++) {
            low[k] = MIN(low[k], at[k]);
            high[k] = MAX(high[k], at[k]);
        }
    }
    if (low[0] == g->nx)
        return part;
    for (int k = 0; k < 2; k++) {
        first[k] = low[k] > MARGIN ? low[k] - MARGIN : 0;
        high[k] = MIN(high[k] + MARGIN + 1, k ? g->ny : g->nx);
    }
    part.xmin = g->xmin + (double)first[0] * g->resolution;
    part.ymax = g->ymax - (double)first[1] * g->resolution;
    part.nx = high[0] - first[0];
    part.ny = high[1] - first[1];
    part.xmax = part.xmin + (double)part.nx * g->resolution;
    part.ymin = part.ymax - (double)part.ny * g->resolution;
    return part;
}

static autan_status draw_hour(const job *j, size_t row, const char *folder,
                              autan_error *err)
{
    const autan_city *city = &j->town->city;
    size_t first[2];
    const autan_grid grid = around_changes(j, first);
    const size_t cells = grid.nx * grid.ny;
    double *shown = malloc(2 * cells * sizeof *shown);
    char date[120], title[300], stamp[AUTAN_TIME_TEXT];
    autan_picture_map map[2] = {{.title = "Écart / change (K)", .value = shown},
                                {.title = "Erreur type / standard error (K)"}};
    autan_picture picture = {
        .grid = &grid,
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
    if (!shown)
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    for (size_t c = 0; c < cells; c++) {
        const size_t at =
            (first[1] + c / grid.nx) * city->grid.nx + first[0] + c % grid.nx;
        shown[c] = (double)j->value[CHANGE][at];
        shown[cells + c] = (double)j->value[STANDARD_ERROR][at];
    }
    map[1].value = shown + cells;
    snprintf(title, sizeof title, "Effet du scénario sur la température — %s",
             city->name);
    picture_date(j->town, j->time[row], date, sizeof date);
    autan_time_format_compact(j->time[row], stamp);
    path = g_strdup_printf("%s/air_temperature_change_%s.png", folder, stamp);
    status = autan_picture_write(&picture, 2, map, path, err);
    g_free(path);
    free(shown);
    return status;
}

static void warn(const job *j)
{
    const scenario *s = &j->scenario;
    size_t beyond = 0;
    double most = 0.0;
    for (size_t c = 0; c < s->cells; c++) {
        beyond += (double)s->beyond[c] > EXTRAPOLATION_COUNTS;
        most = fmax(most, (double)s->beyond[c]);
    }
    message_note(ngettext("%zu polygon changes %zu of %zu cells",
                          "%zu polygons change %zu of %zu cells", s->n_polygons),
                 s->n_polygons, s->n_changed, s->cells);
    if (beyond)
        message_note(
            "warning: in %zu cells the ground would be beyond what the stations have "
            "seen, by up to %.1f standard deviations: the model extrapolates there, "
            "and the standard error does not say so",
            beyond, most);
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
        status = solve_hour(j, t, err);
        if (status == AUTAN_OK && file)
            status = write_hour(j, t, file, err);
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
