#include "files/mapfile.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <netcdf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What a file may claim before it is taken for damaged. */
enum {
    TIMES_MOST = 1 << 24,
    TEXT_MOST = 1 << 20,       /* bytes of an attribute */
    ATTRIBUTES_MOST = 1 << 12, /* of a variable */
    CHUNK_MOST = 1 << 28,      /* values */
    MAP_RANK = 3
};

/* A variable in the file. */
typedef struct {
    int id;
    float fill;
} stored;

struct autan_mapfile_reader {
    int ncid; /* -1 closed */
    GStringChunk *text;
    autan_mapfile_info info;
    autan_grid grid;
    autan_time *time;
    int dimension[MAP_RANK]; /* time, y, x */
    size_t length[MAP_RANK];
    bool south_first;
    GArray *variable; /* autan_map_variable */
    GArray *stored;   /* of each variable */
    GPtrArray *lists; /* of attributes, freed with the reader */
};

static autan_status damaged(const autan_mapfile_reader *r, const char *what,
                            autan_error *err)
{
    return autan_fail(err, AUTAN_BAD_FORMAT, "%s: is not a map file: %s", r->info.path,
                      what);
}

static autan_status refused(const autan_mapfile_reader *r, int code, autan_error *err)
{
    return autan_fail(err, AUTAN_BAD_FORMAT, "%s: cannot be read: %s", r->info.path,
                      nc_strerror(code));
}

/* Texts */

static const char *keep_text(autan_mapfile_reader *r, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    const char *kept = g_string_chunk_insert(r->text, valid);
    g_free(valid);
    return kept;
}

static const char *read_characters(autan_mapfile_reader *r, int variable,
                                   const char *name, size_t length)
{
    char *text = g_malloc0(length + 1);
    const char *kept = NULL;
    if (nc_get_att_text(r->ncid, variable, name, text) == NC_NOERR)
        kept = keep_text(r, text);
    g_free(text);
    return kept;
}

static const char *read_string(autan_mapfile_reader *r, int variable, const char *name)
{
    char *text = NULL;
    const char *kept = NULL;
    if (nc_get_att_string(r->ncid, variable, name, &text) != NC_NOERR)
        return NULL;
    if (text && strlen(text) <= TEXT_MOST)
        kept = keep_text(r, text);
    nc_free_string(1, &text);
    return kept;
}

/* A text attribute, NULL when it is not there or not a text. */
static const char *read_text(autan_mapfile_reader *r, int variable, const char *name)
{
    nc_type type;
    size_t length;
    if (nc_inq_att(r->ncid, variable, name, &type, &length) != NC_NOERR)
        return NULL;
    if (type == NC_CHAR && length <= TEXT_MOST)
        return read_characters(r, variable, name, length);
    if (type == NC_STRING && length == 1)
        return read_string(r, variable, name);
    return NULL;
}

/* A single number of any numeric type. */
static bool read_number(const autan_mapfile_reader *r, int variable, const char *name,
                        double *value)
{
    nc_type type;
    size_t length;
    return nc_inq_att(r->ncid, variable, name, &type, &length) == NC_NOERR &&
           length == 1 && type >= NC_BYTE && type <= NC_UINT64 && type != NC_CHAR &&
           nc_get_att_double(r->ncid, variable, name, value) == NC_NOERR;
}

/* Text attributes but those that have a field of their own. */
static const autan_map_attribute *read_texts(autan_mapfile_reader *r, int variable,
                                             size_t *n)
{
    static const char *const fields[] = {
        "standard_name", "long_name",           "units",        "cell_methods",
        "comment",       "ancillary_variables", "grid_mapping", NULL};
    GArray *list = g_array_new(FALSE, FALSE, sizeof(autan_map_attribute));
    int count = 0;
    if (variable == NC_GLOBAL)
        nc_inq_natts(r->ncid, &count);
    else
        nc_inq_varnatts(r->ncid, variable, &count);
    for (int k = 0; k < count && k < ATTRIBUTES_MOST; k++) {
        char name[NC_MAX_NAME + 1];
        autan_map_attribute a;
        if (nc_inq_attname(r->ncid, variable, k, name) != NC_NOERR ||
            (variable != NC_GLOBAL && g_strv_contains(fields, name)))
            continue;
        a.value = read_text(r, variable, name);
        a.name = keep_text(r, name);
        if (a.value)
            g_array_append_val(list, a);
    }
    *n = list->len;
    g_ptr_array_add(r->lists, list->data);
    return (const autan_map_attribute *)(void *)g_array_free(list, FALSE);
}

/* Axes */

/* Numbers of the axis of a dimension, for the caller to free(). */
static autan_status read_axis(autan_mapfile_reader *r, int axis, double **value,
                              autan_error *err)
{
    static const char *const name[MAP_RANK] = {"time", "y", "x"};
    int variable, rank = 0, dimension = -1, code;
    nc_type type = NC_NAT;
    double *made;
    if (nc_inq_varid(r->ncid, name[axis], &variable) != NC_NOERR ||
        nc_inq_varndims(r->ncid, variable, &rank) != NC_NOERR || rank != 1 ||
        nc_inq_vardimid(r->ncid, variable, &dimension) != NC_NOERR ||
        dimension != r->dimension[axis] ||
        nc_inq_vartype(r->ncid, variable, &type) != NC_NOERR || type < NC_BYTE ||
        type > NC_UINT64 || type == NC_CHAR)
        return autan_fail(err, AUTAN_BAD_FORMAT,
                          "%s: is not a map file: there are no numbers %s(%s)",
                          r->info.path, name[axis], name[axis]);
    made = malloc(r->length[axis] * sizeof *made);
    if (!made)
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", r->info.path);
    code = nc_get_var_double(r->ncid, variable, made);
    if (code != NC_NOERR) {
        free(made);
        return refused(r, code, err);
    }
    *value = made;
    return AUTAN_OK;
}

/* `seconds since 1970-01-01`, with midnight and UTC or nothing behind. */
static bool is_our_epoch(const char *units)
{
    int year, month, day, used = 0;
    if (!units ||
        sscanf(units, "seconds since %4d-%2d-%2d%n", &year, &month, &day, &used) != 3)
        return false;
    return year == 1970 && month == 1 && day == 1 &&
           strspn(units + used, " T0:.Z+") == strlen(units + used);
}

static bool is_our_calendar(const char *calendar)
{
    return !calendar || strcmp(calendar, "standard") == 0 ||
           strcmp(calendar, "gregorian") == 0 ||
           strcmp(calendar, "proleptic_gregorian") == 0;
}

static autan_status take_times(autan_mapfile_reader *r, const double *value,
                               autan_error *err)
{
    const double most = 5.7e9; /* seconds; the year 2150 */
    r->time = g_new(autan_time, r->length[0]);
    for (size_t t = 0; t < r->length[0]; t++) {
        if (!(fabs(value[t]) <= most) || value[t] != floor(value[t]) ||
            (t > 0 && value[t] <= value[t - 1]))
            return autan_fail(err, AUTAN_BAD_FORMAT,
                              "%s: is not a map file: time %zu is %.17g, expected "
                              "ascending whole seconds",
                              r->info.path, t, value[t]);
        r->time[t] = (autan_time)value[t];
    }
    r->info.n_times = r->length[0];
    r->info.time = r->time;
    return AUTAN_OK;
}

static autan_status read_times(autan_mapfile_reader *r, autan_error *err)
{
    double *value = NULL;
    int variable = -1;
    const char *units;
    autan_status status = read_axis(r, 0, &value, err);
    if (status != AUTAN_OK)
        return status;
    nc_inq_varid(r->ncid, "time", &variable);
    units = read_text(r, variable, "units");
    if (!is_our_epoch(units) || !is_our_calendar(read_text(r, variable, "calendar")))
        status = autan_fail(err, AUTAN_BAD_FORMAT,
                            "%s: is not a map file: time is in '%s', expected seconds "
                            "since 1970-01-01T00:00:00Z of the standard calendar",
                            r->info.path, units ? units : "");
    else
        status = take_times(r, value, err);
    free(value);
    return status;
}

/* The step of an axis, NaN for a single value; false when it is uneven. */
static bool find_step(size_t n, const double *value, double *step)
{
    *step = n > 1 ? (value[n - 1] - value[0]) / (double)(n - 1) : (double)NAN;
    for (size_t i = 0; i < n; i++) {
        double expected = n > 1 ? value[0] + (double)i * *step : value[0];
        if (!isfinite(value[i]) || fabs(value[i] - expected) > 1e-4 * fabs(*step))
            return false;
    }
    return n == 1 || *step != 0;
}

static bool make_grid(autan_mapfile_reader *r, const double *x, const double *y)
{
    double step_x, step_y, cell, west, north;
    if (!find_step(r->length[2], x, &step_x) || !find_step(r->length[1], y, &step_y))
        return false;
    cell = isnan(step_x) ? fabs(step_y) : step_x;
    if (!(cell > 0) || (!isnan(step_y) && fabs(fabs(step_y) - cell) > 1e-6 * cell))
        return false;
    r->south_first = step_y > 0;
    west = x[0] - cell / 2;
    north = y[r->south_first ? r->length[1] - 1 : 0] + cell / 2;
    return autan_grid_make(west, north - (double)r->length[1] * cell,
                           west + (double)r->length[2] * cell, north, cell,
                           &r->grid) == AUTAN_OK;
}

static autan_status read_grid(autan_mapfile_reader *r, autan_error *err)
{
    double *x = NULL, *y = NULL;
    autan_status status = read_axis(r, 2, &x, err);
    if (status == AUTAN_OK)
        status = read_axis(r, 1, &y, err);
    if (status == AUTAN_OK && !make_grid(r, x, y))
        status = damaged(r, "x and y are not the centres of even square cells", err);
    r->info.grid = &r->grid;
    free(x);
    free(y);
    return status;
}

static autan_status read_dimensions(autan_mapfile_reader *r, autan_error *err)
{
    static const char *const name[MAP_RANK] = {"time", "y", "x"};
    static const size_t most[MAP_RANK] = {TIMES_MOST, AUTAN_MAPFILE_SIDE,
                                          AUTAN_MAPFILE_SIDE};
    for (int k = 0; k < MAP_RANK; k++) {
        if (nc_inq_dimid(r->ncid, name[k], &r->dimension[k]) != NC_NOERR ||
            nc_inq_dimlen(r->ncid, r->dimension[k], &r->length[k]) != NC_NOERR)
            return autan_fail(err, AUTAN_BAD_FORMAT,
                              "%s: is not a map file: there is no dimension %s",
                              r->info.path, name[k]);
        if (r->length[k] < 1 || r->length[k] > most[k])
            return autan_fail(err, AUTAN_BAD_FORMAT,
                              "%s: is not a map file: dimension %s has length %zu, "
                              "expected 1 to %zu",
                              r->info.path, name[k], r->length[k], most[k]);
    }
    return AUTAN_OK;
}

/* Variables */

/* Whether a variable is a float (time, y, x), not packed, in chunks of sane size. */
static bool is_map(const autan_mapfile_reader *r, int variable)
{
    int rank = 0, dimension[MAP_RANK], storage = NC_CONTIGUOUS, attribute;
    size_t chunk[MAP_RANK] = {1, 1, 1};
    nc_type type = NC_NAT;
    if (nc_inq_varndims(r->ncid, variable, &rank) != NC_NOERR || rank != MAP_RANK ||
        nc_inq_vardimid(r->ncid, variable, dimension) != NC_NOERR ||
        memcmp(dimension, r->dimension, sizeof dimension) != 0 ||
        nc_inq_vartype(r->ncid, variable, &type) != NC_NOERR || type != NC_FLOAT)
        return false;
    if (nc_inq_attid(r->ncid, variable, "scale_factor", &attribute) == NC_NOERR ||
        nc_inq_attid(r->ncid, variable, "add_offset", &attribute) == NC_NOERR)
        return false;
    return nc_inq_var_chunking(r->ncid, variable, &storage, chunk) == NC_NOERR &&
           (storage != NC_CHUNKED ||
            (double)chunk[0] * (double)chunk[1] * (double)chunk[2] <=
                (double)CHUNK_MOST);
}

static void read_variable(autan_mapfile_reader *r, int id, const char *name)
{
    double number;
    stored s = {.id = id, .fill = NC_FILL_FLOAT};
    autan_map_variable v = {.name = keep_text(r, name),
                            .standard_name = read_text(r, id, "standard_name"),
                            .long_name = read_text(r, id, "long_name"),
                            .units = read_text(r, id, "units"),
                            .cell_methods = read_text(r, id, "cell_methods"),
                            .ancillary_variables =
                                read_text(r, id, "ancillary_variables"),
                            .comment = read_text(r, id, "comment")};
    if (read_number(r, id, "_FillValue", &number))
        s.fill = (float)number;
    if (!read_number(r, id, "valid_min", &v.lowest) ||
        !read_number(r, id, "valid_max", &v.highest))
        v.lowest = v.highest = 0;
    v.attribute = read_texts(r, id, &v.n_attributes);
    g_array_append_val(r->variable, v);
    g_array_append_val(r->stored, s);
}

static autan_status read_variables(autan_mapfile_reader *r, autan_error *err)
{
    int count = 0;
    nc_inq_nvars(r->ncid, &count);
    for (int id = 0; id < count; id++) {
        char name[NC_MAX_NAME + 1];
        if (is_map(r, id) && nc_inq_varname(r->ncid, id, name) == NC_NOERR)
            read_variable(r, id, name);
    }
    r->info.n_variables = r->variable->len;
    r->info.variable = (const autan_map_variable *)(void *)r->variable->data;
    return r->variable->len > 0
               ? AUTAN_OK
               : damaged(r, "there is no variable float (time, y, x)", err);
}

/* The CRS of the first variable; the others have the same grid. */
static autan_status read_crs(autan_mapfile_reader *r, autan_error *err)
{
    int first = g_array_index(r->stored, stored, 0).id, variable;
    const char *name = read_text(r, first, "grid_mapping");
    if (name && nc_inq_varid(r->ncid, name, &variable) == NC_NOERR) {
        r->info.crs = read_text(r, variable, "crs_wkt");
        if (!r->info.crs)
            r->info.crs = read_text(r, variable, "spatial_ref");
    }
    return r->info.crs ? AUTAN_OK
                       : damaged(r, "no grid mapping with crs_wkt says its CRS", err);
}

/* Opening */

static autan_status open_file(autan_mapfile_reader *r, autan_error *err)
{
    struct stat info;
    int code;
    if (stat(r->info.path, &info) != 0)
        return autan_fail(err, errno == ENOENT ? AUTAN_NOT_FOUND : AUTAN_IO,
                          "%s: cannot be read: %s", r->info.path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return damaged(r, "it is not a regular file", err);
    code = nc_open(r->info.path, NC_NOWRITE, &r->ncid);
    if (code == NC_NOERR)
        return AUTAN_OK;
    r->ncid = -1;
    return code > 0 ? autan_fail(err, AUTAN_IO, "%s: cannot be read: %s", r->info.path,
                                 strerror(code))
                    : damaged(r, nc_strerror(code), err);
}

bool autan_mapfile_reference(int ncid, autan_time *time)
{
    double seconds;
    int variable, rank;
    if (nc_inq_varid(ncid, "forecast_reference_time", &variable) != NC_NOERR ||
        nc_inq_varndims(ncid, variable, &rank) != NC_NOERR || rank != 0 ||
        nc_get_var_double(ncid, variable, &seconds) != NC_NOERR ||
        !(fabs(seconds) < 1e11))
        return false;
    *time = (autan_time)seconds;
    return true;
}

bool autan_mapfile_can_hold(const char *path, size_t n)
{
    enum { PACKED_MOST = 1100 };
    struct stat info;
    return stat(path, &info) == 0 && n <= (size_t)info.st_size * PACKED_MOST / 4;
}

static autan_status read_header(autan_mapfile_reader *r, autan_error *err)
{
    autan_status status = read_dimensions(r, err);
    if (status == AUTAN_OK)
        status = read_times(r, err);
    if (status == AUTAN_OK)
        status = read_grid(r, err);
    if (status == AUTAN_OK &&
        !autan_mapfile_can_hold(r->info.path, r->grid.nx * r->grid.ny))
        status = damaged(r, "it is too short for what it says it holds", err);
    if (status == AUTAN_OK)
        status = read_variables(r, err);
    if (status == AUTAN_OK)
        status = read_crs(r, err);
    if (status == AUTAN_OK) {
        r->info.attribute = read_texts(r, NC_GLOBAL, &r->info.n_attributes);
        if (!autan_mapfile_reference(r->ncid, &r->info.reference))
            r->info.reference = 0;
    }
    return status;
}

autan_status autan_mapfile_open_read(const char *path, autan_mapfile_reader **reader,
                                     autan_error *err)
{
    autan_mapfile_reader *made = g_new0(autan_mapfile_reader, 1);
    autan_status status;
    made->ncid = -1;
    made->text = g_string_chunk_new(4096);
    made->variable = g_array_new(FALSE, FALSE, sizeof(autan_map_variable));
    made->stored = g_array_new(FALSE, FALSE, sizeof(stored));
    made->lists = g_ptr_array_new_with_free_func(g_free);
    made->info.path = g_string_chunk_insert(made->text, path);
    status = open_file(made, err);
    if (status == AUTAN_OK)
        status = read_header(made, err);
    if (status == AUTAN_OK)
        *reader = made;
    else
        autan_mapfile_reader_close(made);
    return status;
}

void autan_mapfile_reader_close(autan_mapfile_reader *reader)
{
    if (!reader)
        return;
    if (reader->ncid >= 0)
        nc_close(reader->ncid);
    g_string_chunk_free(reader->text);
    g_array_free(reader->variable, TRUE);
    g_array_free(reader->stored, TRUE);
    g_ptr_array_free(reader->lists, TRUE);
    g_free(reader->time);
    g_free(reader);
}

const autan_mapfile_info *autan_mapfile_contents(const autan_mapfile_reader *reader)
{
    return &reader->info;
}

long autan_mapfile_find(const autan_mapfile_reader *reader, const char *name)
{
    for (size_t v = 0; v < reader->info.n_variables; v++) {
        if (strcmp(reader->info.variable[v].name, name) == 0)
            return (long)v;
    }
    return -1;
}

/* Values */

static void turn_over(size_t nx, size_t ny, float *value)
{
    for (size_t top = 0, bottom = ny - 1; top < bottom; top++, bottom--) {
        for (size_t c = 0; c < nx; c++) {
            float kept = value[top * nx + c];
            value[top * nx + c] = value[bottom * nx + c];
            value[bottom * nx + c] = kept;
        }
    }
}

autan_status autan_mapfile_read_rows(autan_mapfile_reader *reader,
                                     const autan_mapfile_rows *rows, float *value,
                                     autan_error *err)
{
    const size_t nx = reader->length[2], ny = reader->length[1], n = rows->n;
    const stored *s;
    int code;
    if (rows->variable >= reader->info.n_variables ||
        rows->time >= reader->info.n_times)
        return autan_fail(err, AUTAN_BAD_ARGUMENT,
                          "%s: there is no variable %zu at time %zu", reader->info.path,
                          rows->variable, rows->time);
    if (rows->first > ny || n > ny - rows->first)
        return autan_fail(err, AUTAN_BAD_ARGUMENT,
                          "%s: there are no rows %zu to %zu, expected %zu at most",
                          reader->info.path, rows->first, rows->first + n, ny);
    const size_t first = reader->south_first ? ny - rows->first - n : rows->first;
    const size_t start[MAP_RANK] = {rows->time, first, 0}, count[MAP_RANK] = {1, n, nx};
    s = &g_array_index(reader->stored, stored, rows->variable);
    code = nc_get_vara_float(reader->ncid, s->id, start, count, value);
    if (code != NC_NOERR)
        return refused(reader, code, err);
    for (size_t k = 0; k < nx * n; k++) {
        if (value[k] == s->fill || !isfinite(value[k]))
            value[k] = NAN;
    }
    if (reader->south_first && n > 0)
        turn_over(nx, n, value);
    return AUTAN_OK;
}

autan_status autan_mapfile_read(autan_mapfile_reader *reader, size_t variable,
                                size_t time, float *value, autan_error *err)
{
    const autan_mapfile_rows all = {variable, time, 0, reader->length[1]};
    return autan_mapfile_read_rows(reader, &all, value, err);
}
