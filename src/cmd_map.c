/* autan map: hourly maps with their standard error. */
#include "config.h"

#include "command.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "energy.h"
#include "files/geotiff.h"
#include "files/mapfile.h"
#include "extrapolation.h"
#include "kriging/field.h"
#include "kriging/simulate.h"
#include "map_members.h"
#include "message.h"
#include "options.h"
#include "pictures.h"
#include "qc/robust.h"
#include "rural.h"
#include "town.h"

static const char help[] =
    "Usage: autan map --from T --to T [options] CITY.ini\n"
    "Makes a map for every hour from T to T: air temperature, its standard error and "
    "the\n"
    "urban heat island. The map of T is of the mean over the hour that ends at T.\n\n"
    "      --from T       first map (ISO 8601 UTC, or a date); the others follow "
    "hourly\n"
    "      --to T         last map, inclusive\n"
    "  -o, --output FILE  write one NetCDF-4 file with all maps\n"
    "      --geotiff DIR  write a Cloud Optimized GeoTIFF for each map,\n"
    "                     with a style for QGIS\n"
    "      --picture DIR  write a PNG picture for each map\n"
    "      --exceed T,... add the probability that a new station reads T degC or more\n"
    "      --quantile P,...\n"
    "                     add what it reads at most with P %, such as 10,90\n"
    "      --members N    add N members: maps that may be, by conditional simulation\n"
    "      --no-noise     members without the noise of a sensor\n"
    "      --seed S       of the members; the same seed, the same members (1)\n"
    "  -q, --quiet        say errors only\n"
    "  -v, --verbose      say more\n"
    "  -h, --help         print this\n"
    "  -V, --version      print the version\n";

enum {
    OPTION_GEOTIFF = OPTION_FIRST_LONG,
    OPTION_PICTURE,
    OPTION_EXCEED,
    OPTION_QUANTILE,
    OPTION_MEMBERS,
    OPTION_NO_NOISE,
    OPTION_SEED
};

/* Values of one variable held while a block of rows is computed. */
enum { BLOCK_VALUES = 1 << 24 };

enum { TEMPERATURE = 0, STANDARD_ERROR, HEAT_ISLAND, VARIABLES };

/* A map made of temperature and standard error: the probability of a threshold, degC,
 * or a quantile, %. */
typedef struct {
    bool exceed;
    double argument, deviate; /* of the normal distribution at a quantile */
    char name[64], long_name[100];
} product;

enum { PRODUCTS_MOST = 16 };

typedef struct {
    options_period period;
    const char *output, *geotiff, *picture;
    size_t n_products;
    product product[PRODUCTS_MOST];
    map_members members;
} arguments;

/* Fitted maps are rounded to a hundredth of their standard error, so that they
 * compress; with a covariance given by hand they are there to be compared, and stay as
 * they are. */
static const double QUANTUM_K = 1.0 / 256.0;

/* Of the systems that are solved at a time. */
static const double SOLVED_BYTES = 2147483648.0;

typedef struct {
    town *town;
    const autan_model *model;
    const autan_panel *panel;
    /* The hours at hand: all, or some after the other where their systems are large. */
    autan_panel part;
    size_t part_first; /* row of the panel */
    autan_hours hours;
    autan_field *field;
    autan_near *near; /* of a large town, in place of hours and field */
    double *rural;    /* n_times */
    rural_reference reference;
    autan_seen seen;
    size_t beyond; /* cells that the trend is extrapolated to */
    autan_time *time;
    const arguments *wanted;
} job;

static void part_clear(job *j)
{
    autan_field_free(j->field);
    autan_near_free(j->near);
    autan_hours_clear(&j->hours);
    j->field = NULL;
    j->near = NULL;
}

static void job_clear(job *j)
{
    part_clear(j);
    autan_seen_clear(&j->seen);
    free(j->rural);
    free(j->time);
}

static size_t n_basic(const job *j)
{
    return j->reference.known ? VARIABLES : VARIABLES - 1;
}

static size_t n_variables(const job *j)
{
    return n_basic(j) + j->wanted->n_products;
}

/* How many hours are solved at a time. Each may be in a regime of its own, with three
 * systems, and half as much again for its standard errors. */
static size_t hours_at_once(const job *j)
{
    const size_t T = j->panel->n_times;
    const double n = (double)j->town->stations.n,
                 bytes = 3.0 * 1.5 * sizeof(double) * n * n;
    const double regimes = T < AUTAN_REGIMES ? (double)T : (double)AUTAN_REGIMES;
    if (j->model->given || town_is_large(j->town) || regimes * bytes <= SOLVED_BYTES)
        return T;
    return (size_t)fmax(SOLVED_BYTES / bytes, 1.0);
}

/* Makes the hours from first on those at hand. False when none of them has a reading.
 */
static bool take_part(job *j, size_t first, size_t n)
{
    const size_t sites = j->panel->n_stations;
    bool any = false;
    part_clear(j);
    j->part = (autan_panel){.n_times = n,
                            .n_stations = sites,
                            .from = autan_panel_time(j->panel, first),
                            .step_s = j->panel->step_s,
                            .value = j->panel->value + first * sites};
    j->part_first = first;
    for (size_t k = 0; k < n * sites && !any; k++)
        any = !isnan(j->part.value[k]);
    return any;
}

/* The hours at hand solved, and the rural temperature by their maps. */
static autan_status solve(job *j, autan_error *err)
{
    const size_t T = j->part.n_times;
    autan_status status;
    if (town_is_large(j->town)) {
        status = town_solve_near(j->town, j->model, &j->part, &j->near, err);
        return status == AUTAN_OK ? rural_temperature_near(j->town, j->near, T,
                                                           j->rural, &j->reference, err)
                                  : status;
    }
    status = town_solve(j->town, j->model, &j->part, &j->hours, err);
    if (status != AUTAN_OK)
        return status;
    if (autan_field_new(&j->town->sites, &j->hours, T, &j->field) != AUTAN_OK)
        return town_no_memory(j->town, err);
    return rural_temperature(j->town, j->field, j->rural, &j->reference, err);
}

static autan_status prepare(job *j, autan_error *err)
{
    const size_t T = j->panel->n_times;
    j->rural = malloc(T * sizeof *j->rural);
    j->time = malloc(T * sizeof *j->time);
    if (!j->rural || !j->time)
        return town_no_memory(j->town, err);
    for (size_t t = 0; t < T; t++)
        j->time[t] = autan_panel_time(j->panel, t);
    return extrapolation_make(j->town, j->model, j->panel, &j->seen, err);
}

/* The file's description. */

static void describe_model(const job *j, char *text, size_t size)
{
    const autan_model *m = j->model;
    if (m->given) {
        snprintf(text, size,
                 "universal kriging with %zu flat trend terms and a covariance "
                 "given in the city file",
                 m->flat ? m->n_terms : 0);
    } else {
        char from[AUTAN_TIME_TEXT], to[AUTAN_TIME_TEXT];
        autan_time_format(m->from, from);
        autan_time_format(m->to, to);
        snprintf(
            text, size,
            "regression kriging, %zu trend terms (%s), nested exponential covariances, "
            "variances by REML for each hour of day, season and class of dispersion, "
            "fitted on %zu readings from %s to %s",
            m->n_terms, m->flat ? "free" : "shrunk", m->n_readings, from, to);
    }
}

static autan_map_variable describe_product(const product *p, double quantum)
{
    return (autan_map_variable){
        .name = p->name,
        .standard_name = p->exceed ? NULL : "air_temperature",
        .long_name = p->long_name,
        .units = p->exceed ? "1" : "degC",
        .cell_methods = "time: mean (interval: 1 hour comment: hour ending at time)",
        .comment =
            "of a new station's hourly reading, from air_temperature and its standard "
            "error by the normal distribution",
        .quantum = p->exceed ? 1.0 / 1024.0 : quantum};
}

static autan_status create_file(const job *j, const char *path, autan_mapfile **file,
                                autan_error *err)
{
    const autan_city *city = &j->town->city;
    const double quantum = j->model->given ? 0.0 : QUANTUM_K;
    const autan_map_attribute reference = {"rural_reference", j->reference.text};
    autan_map_variable variable[VARIABLES + PRODUCTS_MOST + 2] = {
        [TEMPERATURE] = {.name = "air_temperature",
                         .standard_name = "air_temperature",
                         .long_name = "air temperature",
                         .units = "degC",
                         .cell_methods =
                             "time: mean (interval: 1 hour comment: hour ending "
                             "at time)",
                         .ancillary_variables = "air_temperature_standard_error",
                         .quantum = quantum},
        [STANDARD_ERROR] = {.name = "air_temperature_standard_error",
                            .standard_name = "air_temperature standard_error",
                            .long_name =
                                "standard error of a new station's hourly reading",
                            .units = "K",
                            .quantum = quantum},
        [HEAT_ISLAND] = {.name = "urban_heat_island",
                         .long_name = "air temperature above the rural reference",
                         .units = "K",
                         .quantum = quantum,
                         .n_attributes = 1,
                         .attribute = &reference},
    };
    char title[300], model[600], history[100], summary[1600];
    autan_map_attribute attribute[12];
    autan_mapfile_info info = {.path = path,
                               .grid = &city->grid,
                               .crs = city->crs,
                               .n_times = j->panel->n_times,
                               .time = j->time,
                               .n_members = j->wanted->members.n,
                               .n_variables = n_basic(j),
                               .variable = variable,
                               .attribute = attribute};
    for (size_t k = 0; k < j->wanted->n_products; k++)
        variable[info.n_variables++] =
            describe_product(&j->wanted->product[k], quantum);
    if (j->model->n_terms > 0) {
        variable[TEMPERATURE].ancillary_variables =
            "air_temperature_standard_error extrapolation";
        variable[info.n_variables++] = extrapolation_variable;
    }
    if (j->wanted->members.n > 0)
        variable[info.n_variables++] =
            map_members_variable(&j->wanted->members, quantum);
    describe_model(j, model, sizeof model);
    snprintf(title, sizeof title, "Hourly air temperature of %s", city->name);
    snprintf(summary, sizeof summary,
             "Maps of hourly mean air temperature at screen height with the standard "
             "error of "
             "a new station's reading: %s.%s%s",
             model, city->notice ? " " : "", city->notice ? city->notice : "");
    snprintf(history, sizeof history, "made by %s map", PACKAGE_STRING);
    const autan_map_attribute all[] = {
        {"title", title},
        {"summary", summary},
        {"keywords", "urban heat island, air temperature, kriging, weather stations"},
        {"source", model},
        {"history", history},
        {"institution", city->institution},
        {"license", city->license},
        {"acknowledgement", city->credits},
        {"comment", city->notice},
    };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        if (all[k].value)
            attribute[info.n_attributes++] = all[k];
    }
    return autan_mapfile_create(&info, file, err);
}

/* A block of whole rows: its cells with their covariates, and the values of a slab of
 * hours. The heat island is the temperature less the rural one. */
enum { COMPUTED = HEAT_ISLAND };
typedef struct {
    size_t first_row, n_rows, cells, slab;
    double *covariate, *row;
    /* The hours at hand, those of one regime beside each other: their rows there and in
     * the file, their rural temperatures. */
    size_t *order, *time;
    double *rural;
    float *value[COMPUTED];
    float *made; /* of a product; NULL when none is wanted */
} block;

static void block_clear(block *b)
{
    free(b->covariate);
    free(b->row);
    free(b->order);
    free(b->time);
    free(b->rural);
    for (int v = 0; v < COMPUTED; v++)
        free(b->value[v]);
    free(b->made);
}

static bool block_make(const job *j, size_t rows, block *b)
{
    const autan_grid *g = &j->town->city.grid;
    const size_t cells = rows * g->nx, nc = j->town->city.n_covariates;
    const size_t T = j->part.n_times;
    bool ok;
    b->slab = BLOCK_VALUES / cells;
    if (b->slab < 1)
        b->slab = 1;
    if (b->slab > T)
        b->slab = T;
    b->covariate = malloc((cells * nc + 1) * sizeof *b->covariate);
    b->row = malloc(cells * sizeof *b->row);
    b->order = malloc(T * sizeof *b->order);
    b->time = malloc(T * sizeof *b->time);
    b->rural = malloc(T * sizeof *b->rural);
    ok = b->covariate && b->row && b->order && b->time && b->rural;
    for (int v = 0; v < COMPUTED; v++) {
        b->value[v] = malloc(cells * b->slab * sizeof *b->value[v]);
        ok = ok && b->value[v];
    }
    if (j->wanted->n_products > 0) {
        b->made = malloc(cells * b->slab * sizeof *b->made);
        ok = ok && b->made;
    }
    if (!ok)
        return false;
    if (j->near)
        autan_near_order(j->near, b->order);
    else
        autan_field_order(j->field, b->order);
    for (size_t t = 0; t < T; t++) {
        b->time[t] = j->part_first + b->order[t];
        b->rural[t] = j->rural[b->order[t]];
    }
    return true;
}

static autan_status read_cells(const job *j, size_t first_row, size_t n_rows, block *b,
                               autan_error *err)
{
    b->first_row = first_row;
    b->n_rows = n_rows;
    b->cells = n_rows * j->town->city.grid.nx;
    return town_read_ground(j->town, first_row, n_rows, b->row, b->covariate, err);
}

/* The mask follows the variables of the hours. */
static autan_status write_extrapolation(job *j, const block *b, autan_mapfile *file,
                                        autan_error *err)
{
    const autan_map_block out = {.variable = n_variables(j),
                                 .n_times = 1,
                                 .first_row = b->first_row,
                                 .n_rows = b->n_rows,
                                 .value = b->value[TEMPERATURE],
                                 .time_stride = b->cells,
                                 .row_stride = j->town->city.grid.nx};
    if (j->model->n_terms == 0)
        return AUTAN_OK;
    autan_beyond_places(&j->seen, b->cells, b->covariate, b->value[TEMPERATURE]);
    for (size_t i = 0; i < b->cells; i++)
        j->beyond += (double)out.value[i] > EXTRAPOLATION_COUNTS;
    return autan_mapfile_write(file, &out, err);
}

static void make_product(const product *p, size_t n, const float *mean,
                         const float *error, float *made)
{
    const float threshold = (float)p->argument, deviate = (float)p->deviate;
    if (p->exceed) {
#pragma omp parallel for schedule(static)
        for (size_t k = 0; k < n; k++)
            made[k] = 0.5f * erfcf((threshold - mean[k]) / (error[k] * (float)G_SQRT2));
    } else {
#pragma omp parallel for schedule(static)
        for (size_t k = 0; k < n; k++)
            made[k] = mean[k] + deviate * error[k];
    }
}

static autan_status write_product(const job *j, block *b, size_t k, size_t first,
                                  size_t n, autan_mapfile *file, autan_error *err)
{
    const autan_map_block out = {.variable = n_basic(j) + k,
                                 .n_times = n,
                                 .first_row = b->first_row,
                                 .n_rows = b->n_rows,
                                 .value = b->made,
                                 .time_stride = b->cells,
                                 .row_stride = j->town->city.grid.nx};
    make_product(&j->wanted->product[k], n * b->cells, b->value[TEMPERATURE],
                 b->value[STANDARD_ERROR], b->made);
    return autan_mapfile_write_times(file, &out, b->time + first, NULL, err);
}

/* Maps of hours from the stations near each cell. */
static autan_status evaluate_near(const job *j, const block *b, size_t n,
                                  const size_t *row)
{
    double *x = malloc(b->cells * sizeof *x), *y = malloc(b->cells * sizeof *y);
    const autan_sites cells = {b->cells, j->town->city.n_covariates, x, y,
                               b->covariate};
    autan_status status = AUTAN_NO_MEMORY;
    if (x && y) {
        autan_grid_places(&j->town->city.grid, b->first_row, b->n_rows, x, y);
        status = autan_near_evaluate(j->near, &cells, n, row, b->cells,
                                     b->value[TEMPERATURE], b->value[STANDARD_ERROR]);
    }
    free(x);
    free(y);
    return status;
}

static autan_status write_slab(const job *j, block *b, size_t first, size_t n,
                               autan_mapfile *file, autan_error *err)
{
    const autan_field_rows rows = {&j->town->city.grid, b->first_row, b->n_rows,
                                   j->town->city.n_covariates, b->covariate};
    autan_status status =
        j->near ? evaluate_near(j, b, n, b->order + first)
                : autan_field_evaluate_hours(j->field, &rows, n, b->order + first,
                                             b->cells, b->value[TEMPERATURE],
                                             b->value[STANDARD_ERROR]);
    if (status != AUTAN_OK)
        return autan_fail(err, status, "out of memory");
    for (size_t v = 0; status == AUTAN_OK && v < n_basic(j); v++) {
        const bool island = v == HEAT_ISLAND;
        const autan_map_block out = {.variable = v,
                                     .n_times = n,
                                     .first_row = b->first_row,
                                     .n_rows = b->n_rows,
                                     .value = b->value[island ? TEMPERATURE : v],
                                     .time_stride = b->cells,
                                     .row_stride = j->town->city.grid.nx};
        status = autan_mapfile_write_times(file, &out, b->time + first,
                                           island ? b->rural + first : NULL, err);
    }
    for (size_t k = 0; status == AUTAN_OK && k < j->wanted->n_products; k++)
        status = write_product(j, b, k, first, n, file, err);
    return status;
}

/* The maps of the hours at hand; with_mask: what is the same for all hours, too. */
static autan_status write_part(job *j, bool with_mask, autan_mapfile *file,
                               autan_error *err)
{
    const autan_grid *g = &j->town->city.grid;
    const size_t T = j->part.n_times, rows = autan_mapfile_chunk_rows(g);
    block b = {0};
    autan_status status = AUTAN_OK;
    if (!block_make(j, rows < g->ny ? rows : g->ny, &b))
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    for (size_t row = 0; status == AUTAN_OK && row < g->ny; row += rows) {
        size_t n_rows = g->ny - row < rows ? g->ny - row : rows;
        status = read_cells(j, row, n_rows, &b, err);
        if (status == AUTAN_OK && with_mask)
            status = write_extrapolation(j, &b, file, err);
        for (size_t t = 0; status == AUTAN_OK && t < T; t += b.slab)
            status = write_slab(j, &b, t, T - t < b.slab ? T - t : b.slab, file, err);
        message_progress("rows", row + n_rows, g->ny);
    }
    block_clear(&b);
    if (status == AUTAN_OK && with_mask && j->beyond > 0)
        message_detail(
            "in %zu of %zu cells the ground lies beyond what the stations have "
            "seen: see extrapolation(y, x) in the file",
            j->beyond, g->nx * g->ny);
    return status;
}

static autan_status make_folder(const char *folder, autan_error *err)
{
    if (folder && g_mkdir_with_parents(folder, 0777) != 0)
        return autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", folder,
                          strerror(errno));
    return AUTAN_OK;
}

/* A map of the finished file, in memory or to be read by rows. */
typedef struct {
    const autan_map_variable *variable;
    size_t number, time; /* in the file */
    const float *value;  /* NULL: by rows */
    autan_mapfile_reader *reader;
    float least, most; /* of the rows that were read */
    autan_error *err;
} exported;

static autan_status read_exported(void *user, size_t first, size_t n, void *to)
{
    exported *e = user;
    const autan_mapfile_info *info = autan_mapfile_contents(e->reader);
    const autan_mapfile_rows rows = {e->number, e->time, first, n};
    float *value = to;
    autan_status status = autan_mapfile_read_rows(e->reader, &rows, value, e->err);
    for (size_t k = 0; status == AUTAN_OK && k < n * info->grid->nx; k++) {
        e->least = fminf(e->least, value[k]);
        e->most = fmaxf(e->most, value[k]);
    }
    return status;
}

/* The style of a map hangs on its least and greatest value. */
static autan_status write_style(const exported *e, const char *path, size_t cells,
                                autan_error *err)
{
    const float ends[] = {e->least, e->most};
    return picture_style(path, e->variable->name, e->value ? cells : 2,
                         e->value ? e->value : ends, err);
}

static autan_status write_geotiff(const job *j, const char *folder, exported *e,
                                  autan_time time, autan_error *err)
{
    const autan_city *city = &j->town->city;
    const autan_rows rows = {e, read_exported, NULL};
    autan_geotiff_tag tag[5] = {{"TIFFTAG_SOFTWARE", PACKAGE_STRING}};
    autan_geotiff map = {.grid = &city->grid,
                         .crs = city->crs,
                         .value = e->value,
                         .nodata = -9999.0f,
                         .name = e->variable->name,
                         .units = e->variable->units,
                         .time = time,
                         .n_tags = 1,
                         .tag = tag};
    char *name = autan_geotiff_name(e->variable->name, time);
    char *path = name ? g_build_filename(folder, name, NULL) : NULL;
    autan_status status;
    if (city->credits)
        tag[map.n_tags++] = (autan_geotiff_tag){"TIFFTAG_COPYRIGHT", city->credits};
    if (city->notice)
        tag[map.n_tags++] =
            (autan_geotiff_tag){"TIFFTAG_IMAGEDESCRIPTION", city->notice};
    if (strcmp(e->variable->name, "urban_heat_island") == 0)
        tag[map.n_tags++] = (autan_geotiff_tag){"rural_reference", j->reference.text};
    e->err = err;
    if (!path)
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    else if (e->value)
        status = autan_geotiff_write(path, &map, err);
    else
        status = autan_geotiff_write_rows(path, &map, &rows, err);
    if (status == AUTAN_OK)
        status = write_style(e, path, city->grid.nx * city->grid.ny, err);
    g_free(path);
    free(name);
    return status;
}

/* The GeoTIFF or the picture of a map in memory, if it is wanted. */
static autan_status export_map(const job *j, const autan_mapfile_info *info, size_t v,
                               size_t t, bool picture, const float *value,
                               const arguments *a, autan_error *err)
{
    exported e = {.variable = &info->variable[v], .value = value};
    if (picture)
        return a->picture ? picture_write(j->town, j->panel, t, e.variable->name, value,
                                          a->picture, err)
                          : AUTAN_OK;
    return a->geotiff ? write_geotiff(j, a->geotiff, &e, info->time[t], err) : AUTAN_OK;
}

/* The files of one hour, side by side; value holds its maps, variable by variable. */
static autan_status export_hour(const job *j, const autan_mapfile_info *info, size_t t,
                                const float *value, const arguments *a,
                                autan_error *err)
{
    const size_t cells = info->grid->nx * info->grid->ny;
    autan_error failure[2 * (VARIABLES + PRODUCTS_MOST)];
    autan_status status[2 * (VARIABLES + PRODUCTS_MOST)];
    const size_t n = 2 * n_variables(j);
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t k = 0; k < n; k++)
        status[k] = export_map(j, info, k / 2, t, k % 2 != 0, value + k / 2 * cells, a,
                               &failure[k]);
    for (size_t k = 0; k < n; k++) {
        if (status[k] != AUTAN_OK) {
            *err = failure[k];
            return status[k];
        }
    }
    return AUTAN_OK;
}

/* The maps of an hour into memory, and their files. */
static autan_status export_held(const job *j, autan_mapfile_reader *reader, size_t t,
                                const arguments *a, autan_error *err)
{
    const autan_mapfile_info *info = autan_mapfile_contents(reader);
    const size_t cells = info->grid->nx * info->grid->ny;
    float *value = malloc(cells * n_variables(j) * sizeof *value);
    autan_status status =
        value ? AUTAN_OK : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    for (size_t v = 0; status == AUTAN_OK && v < n_variables(j); v++)
        status = autan_mapfile_read(reader, v, t, value + v * cells, err);
    if (status == AUTAN_OK)
        status = export_hour(j, info, t, value, a, err);
    free(value);
    return status;
}

/* The files of a map that is too large: the GeoTIFF by rows; a picture takes the map.
 */
static autan_status export_large(const job *j, autan_mapfile_reader *reader, size_t v,
                                 size_t t, const arguments *a, autan_error *err)
{
    const autan_mapfile_info *info = autan_mapfile_contents(reader);
    exported e = {.variable = &info->variable[v],
                  .number = v,
                  .time = t,
                  .reader = reader,
                  .least = INFINITY,
                  .most = -INFINITY};
    float *value = NULL;
    autan_status status = AUTAN_OK;
    if (a->geotiff)
        status = write_geotiff(j, a->geotiff, &e, info->time[t], err);
    if (status != AUTAN_OK || !a->picture)
        return status;
    value = malloc(info->grid->nx * info->grid->ny * sizeof *value);
    status = value ? autan_mapfile_read(reader, v, t, value, err)
                   : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    if (status == AUTAN_OK)
        status = picture_write(j->town, j->panel, t, e.variable->name, value,
                               a->picture, err);
    free(value);
    return status;
}

/* GeoTIFFs and pictures are made from the finished file, one hour at a time, or one map
 * at a time where an hour has more than is held of a variable. */
static autan_status export_maps(const job *j, const char *path, const arguments *a,
                                autan_error *err)
{
    const size_t cells = j->town->city.grid.nx * j->town->city.grid.ny;
    const bool large = n_variables(j) > BLOCK_VALUES / cells;
    autan_mapfile_reader *reader = NULL;
    const autan_mapfile_info *info = NULL;
    autan_status status = autan_mapfile_open_read(path, &reader, err);
    if (status == AUTAN_OK)
        info = autan_mapfile_contents(reader);
    for (size_t t = 0; status == AUTAN_OK && t < info->n_times; t++) {
        if (!large)
            status = export_held(j, reader, t, a, err);
        for (size_t v = 0; large && status == AUTAN_OK && v < n_variables(j); v++)
            status = export_large(j, reader, v, t, a, err);
        message_progress("maps exported", t + 1, info->n_times);
    }
    autan_mapfile_reader_close(reader);
    return status;
}

/* Where the maps go: without -o a new file beside the GeoTIFFs or pictures, its name
 * taken at once, so that runs side by side do not meet. For the caller to g_free. */
static autan_status choose_file(const arguments *a, char **path, autan_error *err)
{
    int file;
    if (a->output) {
        *path = g_strdup(a->output);
        return AUTAN_OK;
    }
    *path = g_build_filename(a->geotiff ? a->geotiff : a->picture,
                             ".autan-maps-XXXXXX.nc", NULL);
    file = mkstemps(*path, strlen(".nc"));
    if (file < 0) {
        autan_status status = autan_fail(err, AUTAN_IO, "%s: cannot be written: %s",
                                         *path, strerror(errno));
        g_clear_pointer(path, g_free);
        return status;
    }
    close(file);
    return AUTAN_OK;
}

/* All hours solved and written to a new file, part by part; a part without any reading
 * stays empty. */
static autan_status write_maps(job *j, const char *path, autan_mapfile **file,
                               autan_error *err)
{
    const size_t T = j->panel->n_times, most = hours_at_once(j);
    autan_status status = AUTAN_OK;
    *file = NULL;
    for (size_t t = 0; status == AUTAN_OK && t < T; t += most) {
        const bool first = !*file;
        if (!take_part(j, t, T - t < most ? T - t : most))
            continue;
        status = solve(j, err);
        if (status == AUTAN_OK && first && !j->reference.known)
            message_note("urban_heat_island is left out: %s", j->reference.text);
        if (status == AUTAN_OK && first)
            status = create_file(j, path, file, err);
        if (status == AUTAN_OK)
            status = write_part(j, first, *file, err);
    }
    return status == AUTAN_OK && !*file ? town_unsolved(j->town, AUTAN_NO_DATA, err)
                                        : status;
}

/* Members go through all hours. Where the systems of these are not held at once, they
 * are kriged from the stations nearby. */
static autan_status solve_for_members(job *j, autan_error *err)
{
    autan_status status;
    if (hours_at_once(j) >= j->panel->n_times)
        return AUTAN_OK;
    part_clear(j);
    status = autan_near_solve(j->model, &j->town->sites, j->town->station_id, j->panel,
                              AUTAN_NEAR_STATIONS, &j->near);
    if (status != AUTAN_OK)
        return town_unsolved(j->town, status, err);
    message_note("%zu hours of %zu stations: members are kriged from the %d nearest",
                 j->panel->n_times, j->town->stations.n, AUTAN_NEAR_STATIONS);
    return AUTAN_OK;
}

static autan_status write_members(job *j, autan_mapfile *file, autan_error *err)
{
    autan_status status = solve_for_members(j, err);
    const autan_simulation_info solved = {.model = j->model,
                                          .hours = &j->hours,
                                          .field = j->field,
                                          .near = j->near,
                                          .n_times = j->panel->n_times};
    return status == AUTAN_OK
               ? map_members_write(j->town, &solved, &j->wanted->members,
                                   n_variables(j) + (j->model->n_terms > 0), file, err)
               : status;
}

static autan_status write_all(job *j, const arguments *a, autan_error *err)
{
    const bool wants_more = a->geotiff || a->picture;
    char *path = NULL;
    autan_mapfile *file = NULL;
    autan_status status = make_folder(a->geotiff, err);
    if (status == AUTAN_OK)
        status = make_folder(a->picture, err);
    if (status == AUTAN_OK)
        status = choose_file(a, &path, err);
    if (status == AUTAN_OK) {
        status = write_maps(j, path, &file, err);
        if (status == AUTAN_OK && a->members.n > 0)
            status = write_members(j, file, err);
        if (status == AUTAN_OK)
            status = autan_mapfile_finish(file, err);
        else
            autan_mapfile_abandon(file);
    }
    if (status == AUTAN_OK && wants_more)
        status = export_maps(j, path, a, err);
    if (!a->output && path)
        unlink(path);
    g_free(path);
    return status;
}

static autan_status make_maps(town *t, const arguments *a, autan_error *err)
{
    autan_model *model = NULL;
    autan_panel panel = {0};
    job j = {.town = t, .panel = &panel, .wanted = a};
    const energy_mark mark = energy_start();
    autan_status status = town_model(t, false, &model, err);
    j.model = model;
    if (status == AUTAN_OK)
        status = town_read_panel(t, a->period.from, a->period.to, &panel, err);
    if (status == AUTAN_OK)
        status = prepare(&j, err);
    if (status == AUTAN_OK)
        status = write_all(&j, a, err);
    if (status == AUTAN_OK)
        message_note(ngettext("%zu map of %zu x %zu cells made",
                              "%zu maps of %zu x %zu cells made", panel.n_times),
                     panel.n_times, t->city.grid.nx, t->city.grid.ny);
    if (status == AUTAN_OK)
        energy_say(&mark, "maps");
    job_clear(&j);
    autan_panel_clear(&panel);
    autan_model_free(model);
    return status;
}

/* A number in a variable's name: 20, 36.5 as 36_5, -5 as minus_5. */
static void name_number(double value, char *text, size_t size)
{
    char number[16];
    snprintf(number, sizeof number, "%g", fabs(value));
    g_strdelimit(number, ".", '_');
    g_strdelimit(number, "+", 'p');
    snprintf(text, size, "%s%s", value < 0.0 ? "minus_" : "", number);
}

static void describe(product *p)
{
    char number[24];
    name_number(p->argument, number, sizeof number);
    if (p->exceed) {
        snprintf(p->name, sizeof p->name, "air_temperature_from_%s_probability",
                 number);
        snprintf(p->long_name, sizeof p->long_name,
                 "probability of an air temperature of %g degC or more", p->argument);
    } else {
        snprintf(p->name, sizeof p->name, "air_temperature_p%s", number);
        snprintf(p->long_name, sizeof p->long_name, "%g %% quantile of air temperature",
                 p->argument);
        p->deviate = autan_normal_quantile(p->argument / 100.0);
    }
}

/* Numbers separated by commas. */
static bool take_products(bool exceed, const char *text, arguments *a)
{
    const double lowest = exceed ? -90.0 : 0.1, highest = exceed ? 60.0 : 99.9;
    char **part = g_strsplit(text, ",", -1);
    bool good = part[0] != NULL;
    for (char **at = part; good && *at; at++) {
        product p = {.exceed = exceed};
        good = autan_number_parse(g_strstrip(*at), &p.argument) == AUTAN_OK &&
               p.argument >= lowest && p.argument <= highest;
        if (!good)
            break;
        describe(&p);
        for (size_t k = 0; k < a->n_products; k++)
            good = good && strcmp(a->product[k].name, p.name) != 0;
        if (!good || a->n_products == PRODUCTS_MOST)
            break;
        a->product[a->n_products++] = p;
    }
    if (a->n_products == PRODUCTS_MOST || !good)
        message_error(
            "--%s is '%s', expected %s from %g to %g, different ones, separated by "
            "commas, fewer than %d in all",
            exceed ? "exceed" : "quantile", text,
            exceed ? "temperatures (degC)" : "percentages", lowest, highest,
            PRODUCTS_MOST);
    g_strfreev(part);
    return good && a->n_products < PRODUCTS_MOST;
}

static bool take_whole(const char *option, const char *text, double least, double most,
                       double *value)
{
    if (autan_number_parse(text, value) == AUTAN_OK && *value >= least &&
        *value <= most && *value == floor(*value))
        return true;
    message_error("--%s is '%s', expected a whole number from %.0f to %.0f", option,
                  text, least, most);
    return false;
}

static bool take_members(const char *text, map_members *members)
{
    double value;
    if (!take_whole("members", text, 1, MAP_MEMBERS_MOST, &value))
        return false;
    if (!autan_simulation_available()) {
        message_error("--members: this autan was built without KISS FFT; on Debian: "
                      "apt-get install libkissfft-dev, then configure and make");
        return false;
    }
    members->n = (size_t)value;
    return true;
}

static bool take_seed(const char *text, map_members *members)
{
    double value;
    /* Doubles count so far. */
    if (!take_whole("seed", text, 0, 9007199254740992.0, &value))
        return false;
    members->seed = (uint64_t)value;
    return true;
}

static bool parse(int argc, char **argv, arguments *a, int *code)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        OPTIONS_PERIOD,
        {"output", required_argument, NULL, 'o'},
        {"geotiff", required_argument, NULL, OPTION_GEOTIFF},
        {"picture", required_argument, NULL, OPTION_PICTURE},
        {"exceed", required_argument, NULL, OPTION_EXCEED},
        {"quantile", required_argument, NULL, OPTION_QUANTILE},
        {"members", required_argument, NULL, OPTION_MEMBERS},
        {"no-noise", no_argument, NULL, OPTION_NO_NOISE},
        {"seed", required_argument, NULL, OPTION_SEED},
        {NULL, 0, NULL, 0},
    };
    int option;
    *code = 2;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        switch (option) {
        case OPTION_FROM:
        case OPTION_TO:
            if (!options_take_period(option, &a->period))
                return false;
            break;
        case 'o':
            a->output = optarg;
            break;
        case OPTION_GEOTIFF:
            a->geotiff = optarg;
            break;
        case OPTION_PICTURE:
            a->picture = optarg;
            break;
        case OPTION_EXCEED:
        case OPTION_QUANTILE:
            if (!take_products(option == OPTION_EXCEED, optarg, a))
                return false;
            break;
        case OPTION_MEMBERS:
            if (!take_members(optarg, &a->members))
                return false;
            break;
        case OPTION_NO_NOISE:
            a->members.noise = false;
            break;
        case OPTION_SEED:
            if (!take_seed(optarg, &a->members))
                return false;
            break;
        default:
            if (options_common(option, argv, help, code))
                return false;
            *code = 2;
        }
    }
    return true;
}

int cmd_map(int argc, char **argv)
{
    autan_error err = {0};
    arguments a = {.period = OPTIONS_ALL_TIMES, .members = {.seed = 1, .noise = true}};
    town t = {0};
    const char *path;
    autan_status status;
    int code;

    if (!parse(argc, argv, &a, &code))
        return code;
    path = options_city(argc, argv, false);
    if (!path || !options_check_period(&a.period, true))
        return 2;
    if (!a.output && !a.geotiff && !a.picture) {
        message_error(
            "nothing to write: give -o FILE.nc, --geotiff DIR or --picture DIR");
        return 2;
    }
    if (a.members.n > 0 && !a.output) {
        message_error("--members go into the NetCDF file: give -o FILE.nc");
        return 2;
    }
    status = town_open_with_model(path, &t, &err);
    if (status == AUTAN_OK)
        status = make_maps(&t, &a, &err);
    town_close(&t);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
