#include "files/mapfile.h"

#include <glib.h>
#include <math.h>
#include <netcdf.h>
#include <netcdf_mem.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "files/chunkfile.h"
#include "files/grid_mapping.h"
#include "files/outfile.h"
#include "files/raster.h"

enum {
    CHUNK_BYTES = 1 << 18,
    LEVEL = 1, /* of deflate, as declared */
    MAP_RANK = 3,
    REALIZATION = MAP_RANK, /* dimensions: time, y, x, realization */
    HEADER_BYTES = 1 << 16  /* of memory to start with */
};

static const char conventions[] = "CF-1.10, ACDD-1.3";

struct autan_mapfile {
    autan_outfile *out;
    autan_chunkfile *chunks;
    size_t nx, ny, n_times, n_variables;
    size_t chunk_rows, n_chunks; /* n_chunks: of one map */
    double *quantum;             /* of each variable */
    size_t n_members;
    bool *timeless, *members; /* of each variable */
    bool *written;            /* n_variables x n_slots x n_chunks */
    size_t n_slots;           /* most times of a variable */
};

/* A balanced cut: the last chunk, filled up in the file, is nearly as full as the
 * others. */
size_t autan_mapfile_chunk_rows(const autan_grid *grid)
{
    size_t most = CHUNK_BYTES / sizeof(float) / grid->nx, n;
    if (most < 1)
        return 1;
    n = (grid->ny + most - 1) / most;
    return (grid->ny + n - 1) / n;
}

/* Checks */

static bool is_name(const char *name)
{
    if (!name || !g_ascii_isalpha(*name) || strlen(name) > NC_MAX_NAME)
        return false;
    while (g_ascii_isalnum(*name) || *name == '_')
        name++;
    return *name == '\0';
}

static bool is_text(const char *text)
{
    return !text || g_utf8_validate(text, -1, NULL);
}

static autan_status check_attributes(const char *path, const char *of, size_t n,
                                     const autan_map_attribute *attribute,
                                     autan_error *err)
{
    for (size_t k = 0; k < n; k++) {
        const autan_map_attribute *a = &attribute[k];
        if (!is_name(a->name))
            return autan_fail(err, AUTAN_BAD_ARGUMENT,
                              "%s: an attribute of %s is named '%s', expected letters, "
                              "digits and _",
                              path, of, a->name ? a->name : "");
        if (!a->value || !is_text(a->value))
            return autan_fail(err, AUTAN_BAD_ARGUMENT,
                              "%s: the text of %s:%s is not UTF-8", path, of, a->name);
    }
    return AUTAN_OK;
}

static bool is_taken(const autan_mapfile_info *info, size_t variable)
{
    static const char *const own[] = {"time", "y", "x", "crs", "realization"};
    const char *name = info->variable[variable].name;
    for (size_t k = 0; k < G_N_ELEMENTS(own); k++) {
        if (strcmp(name, own[k]) == 0)
            return true;
    }
    for (size_t v = 0; v < variable; v++) {
        if (strcmp(name, info->variable[v].name) == 0)
            return true;
    }
    return false;
}

static autan_status check_variable(const autan_mapfile_info *info, size_t variable,
                                   autan_error *err)
{
    const autan_map_variable *v = &info->variable[variable];
    if (!is_name(v->name))
        return autan_fail(
            err, AUTAN_BAD_ARGUMENT,
            "%s: a variable is named '%s', expected letters, digits and _", info->path,
            v->name ? v->name : "");
    if (is_taken(info, variable))
        return autan_fail(err, AUTAN_BAD_ARGUMENT,
                          "%s: there are two variables of the name %s", info->path,
                          v->name);
    if (!is_text(v->standard_name) || !is_text(v->long_name) || !is_text(v->units) ||
        !is_text(v->cell_methods) || !is_text(v->ancillary_variables) ||
        !is_text(v->comment))
        return autan_fail(err, AUTAN_BAD_ARGUMENT, "%s: a text of %s is not UTF-8",
                          info->path, v->name);
    if (!isfinite(v->lowest) || !isfinite(v->highest) ||
        !(v->quantum == 0 || (v->quantum >= 1e-30 && v->quantum <= 1e30)))
        return autan_fail(err, AUTAN_OUT_OF_DOMAIN,
                          "%s: %s has quantum %g and limits %g to %g, expected finite "
                          "limits and a quantum of 0 or within [1e-30, 1e30]",
                          info->path, v->name, v->quantum, v->lowest, v->highest);
    if (v->members && (v->timeless || info->n_members < 1))
        return autan_fail(err, AUTAN_BAD_ARGUMENT,
                          "%s: %s has members, and the file %zu of them", info->path,
                          v->name, info->n_members);
    return check_attributes(info->path, v->name, v->n_attributes, v->attribute, err);
}

static autan_status check_info(const autan_mapfile_info *info, autan_error *err)
{
    autan_status status = AUTAN_OK;
    if (info->n_times < 1 || info->n_variables < 1)
        return autan_fail(err, AUTAN_BAD_ARGUMENT,
                          "%s: %zu times and %zu variables, expected at least one each",
                          info->path, info->n_times, info->n_variables);
    for (size_t t = 1; t < info->n_times; t++) {
        if (info->time[t] <= info->time[t - 1])
            return autan_fail(err, AUTAN_BAD_ARGUMENT, "%s: the times do not ascend",
                              info->path);
    }
    if (info->grid->nx < 1 || info->grid->nx > AUTAN_MAPFILE_SIDE ||
        info->grid->ny < 1 || info->grid->ny > AUTAN_MAPFILE_SIDE)
        return autan_fail(err, AUTAN_OUT_OF_DOMAIN,
                          "%s: the grid has %zu x %zu cells, expected 1 to %d each way",
                          info->path, info->grid->nx, info->grid->ny,
                          (int)AUTAN_MAPFILE_SIDE);
    for (size_t v = 0; status == AUTAN_OK && v < info->n_variables; v++)
        status = check_variable(info, v, err);
    return status == AUTAN_OK
               ? check_attributes(info->path, "the file", info->n_attributes,
                                  info->attribute, err)
               : status;
}

/* Definitions. The file without values is made by NetCDF in memory, so that every byte
 * on the disk is written where errors have names. code is the first error of NetCDF. */

typedef struct {
    const autan_mapfile_info *info;
    const autan_grid_mapping *mapping;
    const double *box; /* west, south, east, north, degrees */
    int ncid, code;
} header;

static void keep(header *h, int code)
{
    if (h->code == NC_NOERR)
        h->code = code;
}

static void put_text(header *h, int variable, const char *name, const char *text)
{
    if (text)
        keep(h, nc_put_att_text(h->ncid, variable, name, strlen(text), text));
}

static void put_numbers(header *h, int variable, const char *name, size_t n,
                        const double *value)
{
    keep(h, nc_put_att_double(h->ncid, variable, name, NC_DOUBLE, n, value));
}

static void put_texts(header *h, int variable, size_t n,
                      const autan_map_attribute *attribute)
{
    for (size_t k = 0; k < n; k++)
        put_text(h, variable, attribute[k].name, attribute[k].value);
}

static void put_time(header *h, const char *name, autan_time time)
{
    char text[AUTAN_TIME_TEXT];
    autan_time_format(time, text);
    put_text(h, NC_GLOBAL, name, text);
}

/* ISO 8601, in hours, minutes or seconds, whichever is whole. */
static void put_duration(header *h, const char *name, autan_time length)
{
    char text[AUTAN_TIME_TEXT];
    if (length % 3600 == 0)
        g_snprintf(text, sizeof text, "PT%" G_GINT64_FORMAT "H", length / 3600);
    else if (length % 60 == 0)
        g_snprintf(text, sizeof text, "PT%" G_GINT64_FORMAT "M", length / 60);
    else
        g_snprintf(text, sizeof text, "PT%" G_GINT64_FORMAT "S", length);
    put_text(h, NC_GLOBAL, name, text);
}

static void put_time_coverage(header *h)
{
    const autan_time *time = h->info->time;
    size_t n = h->info->n_times;
    bool even = n > 1;
    for (size_t t = 2; t < n; t++)
        even = even && time[t] - time[t - 1] == time[1] - time[0];
    put_time(h, "time_coverage_start", time[0]);
    put_time(h, "time_coverage_end", time[n - 1]);
    put_duration(h, "time_coverage_duration", time[n - 1] - time[0]);
    if (even)
        put_duration(h, "time_coverage_resolution", time[1] - time[0]);
}

static void put_globals(header *h)
{
    put_text(h, NC_GLOBAL, "Conventions", conventions);
    put_time(h, "date_created",
             h->info->created != 0 ? h->info->created : (autan_time)time(NULL));
    put_numbers(h, NC_GLOBAL, "geospatial_lat_min", 1, &h->box[1]);
    put_numbers(h, NC_GLOBAL, "geospatial_lat_max", 1, &h->box[3]);
    put_text(h, NC_GLOBAL, "geospatial_lat_units", "degrees_north");
    put_numbers(h, NC_GLOBAL, "geospatial_lon_min", 1, &h->box[0]);
    put_numbers(h, NC_GLOBAL, "geospatial_lon_max", 1, &h->box[2]);
    put_text(h, NC_GLOBAL, "geospatial_lon_units", "degrees_east");
    put_time_coverage(h);
    put_texts(h, NC_GLOBAL, h->info->n_attributes, h->info->attribute);
}

/* A coordinate variable with its dimension. */
static int define_coordinate(header *h, const char *name, size_t n, const char *axis,
                             const char *standard_name, const char *units)
{
    int dimension = -1, variable = -1;
    keep(h, nc_def_dim(h->ncid, name, n, &dimension));
    keep(h, nc_def_var(h->ncid, name, NC_DOUBLE, 1, &dimension, &variable));
    put_text(h, variable, "axis", axis);
    put_text(h, variable, "standard_name", standard_name);
    put_text(h, variable, "units", units);
    return variable;
}

/* GDAL's way of saying the corner and the cell. */
static void put_geotransform(header *h, int variable)
{
    const double number[6] = {
        h->info->grid->xmin,       h->info->grid->resolution, 0, h->info->grid->ymax, 0,
        -h->info->grid->resolution};
    GString *text = g_string_new(NULL);
    for (int k = 0; k < 6; k++) {
        char digits[G_ASCII_DTOSTR_BUF_SIZE];
        g_ascii_dtostr(digits, sizeof digits, number[k]);
        g_string_append_printf(text, "%s%s", k > 0 ? " " : "", digits);
    }
    put_text(h, variable, "GeoTransform", text->str);
    g_string_free(text, TRUE);
}

static void define_crs(header *h)
{
    const autan_grid_mapping *m = h->mapping;
    int variable = -1;
    keep(h, nc_def_var(h->ncid, "crs", NC_INT, 0, NULL, &variable));
    put_text(h, variable, "long_name", "coordinate reference system");
    put_text(h, variable, "grid_mapping_name", m->name);
    for (size_t k = 0; k < m->n; k++)
        put_numbers(h, variable, m->parameter[k].name, m->parameter[k].n,
                    m->parameter[k].value);
    put_text(h, variable, "crs_wkt", m->wkt2);
    put_text(h, variable, "spatial_ref", m->wkt1);
    put_geotransform(h, variable);
}

static void put_limits(header *h, int variable, const autan_map_variable *v)
{
    float lowest = (float)v->lowest, highest = (float)v->highest;
    if (v->lowest == v->highest)
        return;
    keep(h, nc_put_att_float(h->ncid, variable, "valid_min", NC_FLOAT, 1, &lowest));
    keep(h, nc_put_att_float(h->ncid, variable, "valid_max", NC_FLOAT, 1, &highest));
}

static void define_map(header *h, const autan_map_variable *v)
{
    static const int dimension[MAP_RANK + 1] = {REALIZATION, 0, 1, 2};
    const size_t chunk[MAP_RANK + 1] = {1, 1, autan_mapfile_chunk_rows(h->info->grid),
                                        h->info->grid->nx};
    const int outer = v->members ? 0 : v->timeless ? 2 : 1; /* dimensions it lacks */
    const float fill = NC_FILL_FLOAT;
    int variable = -1;
    keep(h, nc_def_var(h->ncid, v->name, NC_FLOAT, MAP_RANK + 1 - outer,
                       dimension + outer, &variable));
    keep(h, nc_def_var_fill(h->ncid, variable, NC_FILL, &fill));
    keep(h, nc_def_var_chunking(h->ncid, variable, NC_CHUNKED, chunk + outer));
    keep(h, nc_def_var_deflate(h->ncid, variable, 1, 1, LEVEL));
    put_text(h, variable, "standard_name", v->standard_name);
    put_text(h, variable, "long_name", v->long_name);
    put_text(h, variable, "units", v->units);
    put_text(h, variable, "cell_methods", v->cell_methods);
    put_text(h, variable, "ancillary_variables", v->ancillary_variables);
    put_text(h, variable, "comment", v->comment);
    put_limits(h, variable, v);
    put_text(h, variable, "grid_mapping", "crs");
    if (h->info->reference != 0 && !v->timeless)
        put_text(h, variable, "coordinates", "forecast_reference_time forecast_period");
    put_texts(h, variable, v->n_attributes, v->attribute);
}

static void put_coordinates(header *h, const int *variable)
{
    const autan_mapfile_info *info = h->info;
    size_t most = MAX(info->n_times, MAX(info->grid->ny, info->grid->nx));
    double *value = g_new(double, most);
    for (size_t t = 0; t < info->n_times; t++)
        value[t] = (double)info->time[t];
    keep(h, nc_put_var_double(h->ncid, variable[0], value));
    for (size_t r = 0; r < info->grid->ny; r++)
        value[r] = autan_grid_y(info->grid, r);
    keep(h, nc_put_var_double(h->ncid, variable[1], value));
    for (size_t c = 0; c < info->grid->nx; c++)
        value[c] = autan_grid_x(info->grid, c);
    keep(h, nc_put_var_double(h->ncid, variable[2], value));
    g_free(value);
}

/* The origin of a forecast and how far ahead of it each map is; variable[0] and [1]. */
static void define_forecast(header *h, int *variable)
{
    static const int time = 0;
    keep(h, nc_def_var(h->ncid, "forecast_reference_time", NC_DOUBLE, 0, NULL,
                       &variable[0]));
    put_text(h, variable[0], "standard_name", "forecast_reference_time");
    put_text(h, variable[0], "units", "seconds since 1970-01-01T00:00:00Z");
    put_text(h, variable[0], "calendar", "standard");
    keep(h, nc_def_var(h->ncid, "forecast_period", NC_DOUBLE, 1, &time, &variable[1]));
    put_text(h, variable[1], "standard_name", "forecast_period");
    put_text(h, variable[1], "units", "hours");
}

static void put_forecast(header *h, const int *variable)
{
    const double reference = (double)h->info->reference;
    double *period = g_new(double, h->info->n_times);
    for (size_t t = 0; t < h->info->n_times; t++)
        period[t] = ((double)h->info->time[t] - reference) / 3600.0;
    keep(h, nc_put_var_double(h->ncid, variable[0], &reference));
    keep(h, nc_put_var_double(h->ncid, variable[1], period));
    g_free(period);
}

/* Members are numbered from 0; variable. */
static void define_members(header *h, int *variable)
{
    static const int dimension = REALIZATION;
    int made = -1;
    keep(h, nc_def_dim(h->ncid, "realization", h->info->n_members, &made));
    keep(h, nc_def_var(h->ncid, "realization", NC_INT, 1, &dimension, variable));
    put_text(h, *variable, "standard_name", "realization");
    put_text(h, *variable, "long_name", "number of the member");
    put_text(h, *variable, "axis", "E");
    put_text(h, *variable, "units", "1");
}

static void put_members(header *h, int variable)
{
    int *number = g_new(int, h->info->n_members);
    for (size_t k = 0; k < h->info->n_members; k++)
        number[k] = (int)k;
    keep(h, nc_put_var_int(h->ncid, variable, number));
    g_free(number);
}

static void define_all(header *h)
{
    int coordinate[MAP_RANK], forecast[2], member = -1;
    coordinate[0] = define_coordinate(h, "time", h->info->n_times, "T", "time",
                                      "seconds since 1970-01-01T00:00:00Z");
    put_text(h, coordinate[0], "calendar", "standard");
    put_text(h, coordinate[0], "long_name", "time");
    coordinate[1] = define_coordinate(h, "y", h->info->grid->ny, "Y",
                                      "projection_y_coordinate", "m");
    put_text(h, coordinate[1], "long_name", "y coordinate of projection");
    coordinate[2] = define_coordinate(h, "x", h->info->grid->nx, "X",
                                      "projection_x_coordinate", "m");
    put_text(h, coordinate[2], "long_name", "x coordinate of projection");
    if (h->info->n_members > 0)
        define_members(h, &member);
    define_crs(h);
    if (h->info->reference != 0)
        define_forecast(h, forecast);
    for (size_t v = 0; v < h->info->n_variables; v++)
        define_map(h, &h->info->variable[v]);
    put_globals(h);
    keep(h, nc_enddef(h->ncid));
    put_coordinates(h, coordinate);
    if (h->info->n_members > 0)
        put_members(h, member);
    if (h->info->reference != 0)
        put_forecast(h, forecast);
}

/* The file without values, for the caller to free(image->memory). */
static autan_status make_header(const autan_mapfile_info *info, NC_memio *image,
                                autan_error *err)
{
    autan_grid_mapping mapping = {0};
    double box[4];
    header h = {.info = info, .mapping = &mapping, .box = box};
    autan_status status = autan_grid_mapping_make(info->crs, &mapping, err);
    if (status == AUTAN_OK)
        status = autan_grid_geographic_box(info->crs, info->grid, box, err);
    if (status != AUTAN_OK)
        goto cleanup;
    h.code = nc_create_mem(info->path, NC_NETCDF4, HEADER_BYTES, &h.ncid);
    if (h.code == NC_NOERR) {
        define_all(&h);
        keep(&h, nc_close_memio(h.ncid, image));
    }
    if (h.code != NC_NOERR)
        status = autan_fail(err, h.code == NC_ENOMEM ? AUTAN_NO_MEMORY : AUTAN_IO,
                            "%s: cannot be made: %s", info->path, nc_strerror(h.code));
cleanup:
    autan_grid_mapping_clear(&mapping);
    return status;
}

static autan_status write_header(autan_mapfile *f, const autan_mapfile_info *info,
                                 autan_error *err)
{
    NC_memio image = {0};
    autan_status status = make_header(info, &image, err);
    if (status == AUTAN_OK)
        status = autan_outfile_write(f->out, image.memory, image.size, err);
    free(image.memory);
    return status;
}

static autan_status open_chunks(autan_mapfile *f, const autan_mapfile_info *info,
                                autan_error *err)
{
    const char **name = g_new(const char *, info->n_variables);
    autan_chunkfile_info chunks = {.path = info->path,
                                   .descriptor = autan_outfile_descriptor(f->out),
                                   .file = autan_outfile_temporary(f->out),
                                   .n_variables = info->n_variables,
                                   .variable = name,
                                   .timeless = f->timeless,
                                   .members = f->members,
                                   .n_times = f->n_times,
                                   .rows = f->chunk_rows,
                                   .columns = f->nx,
                                   .fill = NC_FILL_FLOAT};
    autan_status status;
    for (size_t v = 0; v < info->n_variables; v++)
        name[v] = info->variable[v].name;
    status = autan_chunkfile_open(&chunks, &f->chunks, err);
    g_free(name);
    return status;
}

static autan_status allocate(const autan_mapfile_info *info, autan_mapfile *f,
                             autan_error *err)
{
    f->nx = info->grid->nx;
    f->ny = info->grid->ny;
    f->n_times = info->n_times;
    f->n_members = info->n_members;
    f->n_slots = f->n_times * MAX(f->n_members, 1);
    f->n_variables = info->n_variables;
    f->chunk_rows = autan_mapfile_chunk_rows(info->grid);
    f->n_chunks = (f->ny + f->chunk_rows - 1) / f->chunk_rows;
    f->quantum = calloc(f->n_variables, sizeof *f->quantum);
    f->timeless = calloc(f->n_variables, sizeof *f->timeless);
    f->members = calloc(f->n_variables, sizeof *f->members);
    f->written = calloc(f->n_variables * f->n_slots, f->n_chunks);
    if (!f->quantum || !f->timeless || !f->members || !f->written)
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", info->path);
    for (size_t v = 0; v < f->n_variables; v++) {
        f->quantum[v] = info->variable[v].quantum;
        f->timeless[v] = info->variable[v].timeless;
        f->members[v] = info->variable[v].members;
    }
    return AUTAN_OK;
}

autan_status autan_mapfile_create(const autan_mapfile_info *info, autan_mapfile **file,
                                  autan_error *err)
{
    autan_mapfile *made = NULL;
    autan_status status = check_info(info, err);
    if (status != AUTAN_OK)
        return status;
    made = g_new0(autan_mapfile, 1);
    status = allocate(info, made, err);
    if (status == AUTAN_OK)
        status = autan_outfile_open(info->path, &made->out, err);
    if (status == AUTAN_OK)
        status = write_header(made, info, err);
    if (status == AUTAN_OK)
        status = open_chunks(made, info, err);
    if (status == AUTAN_OK)
        *file = made;
    else
        autan_mapfile_abandon(made);
    return status;
}

/* Blocks */

static bool *mark(const autan_mapfile *f, const autan_chunk *c)
{
    return &f->written[(c->variable * f->n_slots + c->time) * f->n_chunks +
                       c->first_row / f->chunk_rows];
}

static bool is_inside(size_t first, size_t n, size_t most)
{
    return n >= 1 && n <= most && first <= most - n;
}

/* Times that a block of the variable may have. */
static size_t times_of(const autan_mapfile *f, size_t variable)
{
    if (f->timeless[variable])
        return 1;
    return f->members[variable] ? f->n_slots : f->n_times;
}

static autan_status check_block(const autan_mapfile *f, const autan_map_block *b,
                                const size_t *time, autan_error *err)
{
    const char *path = autan_outfile_path(f->out);
    const size_t first = time ? 0 : b->first_time;
    const size_t n_times = b->variable < f->n_variables ? times_of(f, b->variable) : 0;
    bool inside = is_inside(first, b->n_times, n_times);
    for (size_t t = 0; time && inside && t < b->n_times; t++)
        inside = time[t] < n_times;
    if (b->variable >= f->n_variables || !inside ||
        !is_inside(b->first_row, b->n_rows, f->ny))
        return autan_fail(err, AUTAN_BAD_ARGUMENT,
                          "%s: variable %zu, times %zu + %zu, rows %zu + %zu are "
                          "outside the file",
                          path, b->variable, first, b->n_times, b->first_row,
                          b->n_rows);
    if (b->first_row % f->chunk_rows != 0 ||
        (b->n_rows % f->chunk_rows != 0 && b->first_row + b->n_rows != f->ny))
        return autan_fail(err, AUTAN_BAD_ARGUMENT,
                          "%s: rows %zu + %zu are not whole chunks of %zu rows", path,
                          b->first_row, b->n_rows, f->chunk_rows);
    return AUTAN_OK;
}

/* The chunks of a block, hour by hour, for the caller to g_free. */
static autan_chunk *cut(const autan_mapfile *f, const autan_map_block *b,
                        const size_t *time, const double *less, size_t *n)
{
    size_t per_map = (b->n_rows + f->chunk_rows - 1) / f->chunk_rows;
    autan_chunk *chunk = g_new(autan_chunk, b->n_times * per_map);
    for (size_t t = 0; t < b->n_times; t++) {
        for (size_t k = 0; k < per_map; k++) {
            size_t row = k * f->chunk_rows;
            chunk[t * per_map + k] = (autan_chunk){
                .variable = b->variable,
                .time = time ? time[t] : b->first_time + t,
                .first_row = b->first_row + row,
                .n_rows = MIN(f->chunk_rows, b->n_rows - row),
                .value = b->value + t * b->time_stride + row * b->row_stride,
                .row_stride = b->row_stride,
                .less = less ? less[t] : 0.0,
                .quantum = f->quantum[b->variable]};
        }
    }
    *n = b->n_times * per_map;
    return chunk;
}

autan_status autan_mapfile_write(autan_mapfile *file, const autan_map_block *block,
                                 autan_error *err)
{
    return autan_mapfile_write_times(file, block, NULL, NULL, err);
}

autan_status autan_mapfile_write_times(autan_mapfile *file,
                                       const autan_map_block *block, const size_t *time,
                                       const double *less, autan_error *err)
{
    autan_status status = check_block(file, block, time, err);
    autan_chunk *chunk;
    size_t n;
    if (status != AUTAN_OK)
        return status;
    chunk = cut(file, block, time, less, &n);
    for (size_t k = 0; k < n && status == AUTAN_OK; k++) {
        if (*mark(file, &chunk[k]))
            status = autan_fail(err, AUTAN_BAD_ARGUMENT,
                                "%s: variable %zu, time %zu, row %zu is written twice",
                                autan_outfile_path(file->out), chunk[k].variable,
                                chunk[k].time, chunk[k].first_row);
    }
    if (status == AUTAN_OK)
        status = autan_chunkfile_write(file->chunks, n, chunk, err);
    for (size_t k = 0; k < n && status == AUTAN_OK; k++)
        *mark(file, &chunk[k]) = true;
    g_free(chunk);
    return status;
}

/* End */

autan_status autan_mapfile_finish(autan_mapfile *file, autan_error *err)
{
    autan_status status = autan_chunkfile_close(file->chunks, err);
    file->chunks = NULL;
    if (status == AUTAN_OK) {
        status = autan_outfile_commit(file->out, err);
        file->out = NULL;
    }
    autan_mapfile_abandon(file);
    return status;
}

void autan_mapfile_abandon(autan_mapfile *file)
{
    if (!file)
        return;
    autan_chunkfile_abandon(file->chunks);
    autan_outfile_abandon(file->out);
    free(file->quantum);
    free(file->timeless);
    free(file->members);
    free(file->written);
    g_free(file);
}
