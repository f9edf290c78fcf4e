/* libFuzzer: a NetCDF file as one of our readers expects it, changed in its structure.
 *
 * Bytes of such files would test the NetCDF and HDF5 libraries. What is ours is to
 * trust nothing that they say: names, types, ranks, lengths, units, values. So the
 * input is a list of edits of a good file, which is then written and read. FUZZ_VARIANT
 * is the reader: map, forecast or guidance. */
#include <math.h>
#include <netcdf.h>
#include <stdbool.h>

#include "files/forecast_file.h"
#include "files/guidance.h"
#include "files/mapfile.h"
#include "fuzz.h"

enum {
    DIMENSIONS = 6,
    VARIABLES = 10,
    ATTRIBUTES = 16,
    RANK_MOST = 4,
    VALUES = 1 << 12
};

typedef struct {
    const char *name;
    size_t length;
} dimension;

typedef struct {
    const char *name;
    nc_type type;
    int rank, dimension[RANK_MOST];
    double first, step; /* of the values */
} variable;

typedef struct {
    int variable;            /* -1: of the file */
    const char *name, *text; /* text NULL: n numbers */
    nc_type type;
    size_t n;
    double number;
} attribute;

typedef struct {
    dimension dimension[DIMENSIONS];
    variable variable[VARIABLES];
    attribute attribute[ATTRIBUTES];
} plan;

#define WKT                                                                            \
    "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS "                             \
    "84\",6378137,298.257223563]],"                                                    \
    "PRIMEM[\"Greenwich\",0],UNIT[\"degree\",0.0174532925199433]]"
static const char epoch[] = "seconds since 1970-01-01T00:00:00Z";
static const char celsius[] = "degC";

static const plan map = {
    {{"time", 3}, {"y", 2}, {"x", 3}},
    {{"time", NC_INT64, 1, {0}, 1692630000, 3600},
     {"y", NC_DOUBLE, 1, {1}, 50, -100},
     {"x", NC_DOUBLE, 1, {2}, 50, 100},
     {"crs", NC_INT, 0, {0}, 0, 0},
     {"air_temperature", NC_FLOAT, 3, {0, 1, 2}, 20, 0.5},
     {"air_temperature_standard_error", NC_FLOAT, 3, {0, 1, 2}, 1, 0},
     {"forecast_reference_time", NC_INT64, 0, {0}, 1692626400, 0}},
    {{0, "units", epoch, NC_CHAR, 0, 0},
     {0, "calendar", "standard", NC_CHAR, 0, 0},
     {3, "crs_wkt", WKT, NC_CHAR, 0, 0},
     {4, "grid_mapping", "crs", NC_CHAR, 0, 0},
     {4, "units", celsius, NC_CHAR, 0, 0},
     {4, "standard_name", "air_temperature", NC_CHAR, 0, 0},
     {4, "ancillary_variables", "air_temperature_standard_error", NC_CHAR, 0, 0},
     {4, "valid_min", NULL, NC_FLOAT, 1, -50},
     {4, "valid_max", NULL, NC_FLOAT, 1, 60},
     {-1, "title", "Maps", NC_CHAR, 0, 0}}};

static const plan forecast = {
    {{"realization", 2}, {"station", 2}, {"time", 3}},
    {{"station", NC_STRING, 1, {1}, 0, 0},
     {"forecast_reference_time", NC_INT64, 0, {0}, 1692626400, 0},
     {"air_temperature", NC_FLOAT, 3, {0, 1, 2}, 20, 0.5},
     {"relative_humidity", NC_FLOAT, 3, {0, 1, 2}, 50, 1},
     {"wind_speed", NC_FLOAT, 2, {0, 2}, 1, 0.5}},
    {{-1, "latest_reading", "2023-08-21T14:00:00Z", NC_CHAR, 0, 0},
     {-1, "source", "a method", NC_CHAR, 0, 0},
     {-1, "notes", "", NC_CHAR, 0, 0}}};

static const plan guidance = {
    {{"time", 3}, {"latitude", 2}, {"longitude", 3}},
    {{"time", NC_INT, 1, {0}, 3, 3},
     {"latitude", NC_DOUBLE, 1, {1}, 44, -0.5},
     {"longitude", NC_DOUBLE, 1, {2}, 1, 0.5},
     {"t2m", NC_FLOAT, 3, {0, 1, 2}, 290, 0.5}},
    {{0, "units", "hours since 2023-08-21 00:00:00", NC_CHAR, 0, 0},
     {0, "standard_name", "time", NC_CHAR, 0, 0},
     {1, "units", "degrees_north", NC_CHAR, 0, 0},
     {1, "standard_name", "latitude", NC_CHAR, 0, 0},
     {2, "units", "degrees_east", NC_CHAR, 0, 0},
     {2, "standard_name", "longitude", NC_CHAR, 0, 0},
     {3, "units", "K", NC_CHAR, 0, 0},
     {3, "_FillValue", NULL, NC_FLOAT, 1, 9999}}};

static const char *const words[] = {"time",
                                    "y",
                                    "x",
                                    "crs",
                                    "station",
                                    "realization",
                                    "latitude",
                                    "longitude",
                                    "air_temperature",
                                    "relative_humidity",
                                    "wind_speed",
                                    "global_radiation",
                                    "t2m",
                                    "valid_time",
                                    "forecast_reference_time",
                                    "units",
                                    "calendar",
                                    "crs_wkt",
                                    "spatial_ref",
                                    "grid_mapping",
                                    "_FillValue",
                                    "missing_value",
                                    "scale_factor",
                                    "add_offset",
                                    "valid_min",
                                    "valid_max",
                                    "valid_range",
                                    "standard_name",
                                    "long_name",
                                    "cell_methods",
                                    "ancillary_variables",
                                    "latest_reading",
                                    "source",
                                    "notes",
                                    "coordinates",
                                    "bounds",
                                    epoch,
                                    "days since 2023-08-21",
                                    "hours since 0000-00-00",
                                    "minutes since 2023-08-21T00:00:00Z",
                                    "fortnights since yesterday",
                                    "360_day",
                                    "2023-08-21T14:00:00Z",
                                    WKT,
                                    celsius,
                                    "K",
                                    "\xff\xfe",
                                    ""};
static const nc_type types[] = {NC_BYTE,  NC_CHAR,   NC_SHORT,  NC_INT,
                                NC_FLOAT, NC_DOUBLE, NC_UBYTE,  NC_USHORT,
                                NC_UINT,  NC_INT64,  NC_UINT64, NC_STRING};
static const double numbers[] = {0,     1,          -1,         0.1,      -0.5,
                                 3600,  1692630000, NAN,        INFINITY, -INFINITY,
                                 1e300, -1e300,     9.96921e36, 9999,     273.15,
                                 -50,   1e19,       1e-300,     43.6,     5.7e9};
#define PICK(list, byte) (list)[(byte) % (sizeof(list) / sizeof *(list))]

static void change_dimension(dimension *d, const uint8_t *b)
{
    if (b[0] % 2)
        d->name = PICK(words, b[1]);
    else
        d->length = (size_t)b[1] << (b[2] % 25);
}

static void change_variable(variable *v, const uint8_t *b)
{
    switch (b[0] % 6) {
    case 0:
        v->name = PICK(words, b[1]);
        break;
    case 1:
        v->type = PICK(types, b[1]);
        break;
    case 2:
        v->rank = b[1] % (RANK_MOST + 1);
        break;
    case 3:
        v->dimension[b[1] % RANK_MOST] = b[2] % DIMENSIONS;
        break;
    case 4:
        v->first = PICK(numbers, b[1]);
        break;
    default:
        v->step = PICK(numbers, b[1]);
    }
}

static void change_attribute(attribute *a, const uint8_t *b)
{
    switch (b[0] % 6) {
    case 0:
        a->name = PICK(words, b[1]);
        break;
    case 1:
        a->variable = b[1] % (VARIABLES + 1) - 1;
        break;
    case 2:
        a->text = PICK(words, b[1]);
        break;
    case 3:
        a->type = PICK(types, b[1]);
        break;
    case 4:
        a->text = NULL;
        a->n = b[1];
        break;
    default:
        a->text = NULL;
        a->number = PICK(numbers, b[1]);
    }
}

/* An edit is five bytes: of what, which one, and three of how. */
static void change(plan *p, const uint8_t *edit)
{
    const uint8_t which = edit[1], *how = edit + 2;
    switch (edit[0] % 4) {
    case 0:
        change_dimension(&p->dimension[which % DIMENSIONS], how);
        break;
    case 1:
        change_attribute(&p->attribute[which % ATTRIBUTES], how);
        break;
    default:
        change_variable(&p->variable[which % VARIABLES], how);
    }
}

/* What NetCDF refuses is not in the file. */

static void put_attribute(int ncid, const int *id, const attribute *a)
{
    const int variable = a->variable < 0 ? NC_GLOBAL : id[a->variable];
    const double number[256] = {a->number, 1, 2};
    if (!a->name)
        return;
    if (a->text && a->type == NC_STRING)
        nc_put_att_string(ncid, variable, a->name, 1,
                          (const char **)(uintptr_t)&a->text);
    else if (a->text)
        nc_put_att_text(ncid, variable, a->name, strlen(a->text), a->text);
    else
        nc_put_att_double(ncid, variable, a->name, a->type, a->n, number);
}

static void put_values(int ncid, int id, const variable *v)
{
    static const char *const texts[] = {"s1", "", "\xff"};
    int dimensions[RANK_MOST];
    size_t n = 1;
    nc_inq_vardimid(ncid, id, dimensions);
    for (int d = 0; d < v->rank; d++) {
        size_t length = 0;
        nc_inq_dimlen(ncid, dimensions[d], &length);
        n = n > VALUES || length > VALUES ? VALUES + 1 : n * length;
    }
    if (n > VALUES)
        return;
    if (v->type == NC_STRING) {
        const char *value[VALUES];
        for (size_t i = 0; i < n; i++)
            value[i] = PICK(texts, i);
        nc_put_var_string(ncid, id, (const char **)(uintptr_t)value);
    } else {
        double value[VALUES];
        for (size_t i = 0; i < n; i++)
            value[i] = v->first + (double)i * v->step;
        nc_put_var_double(ncid, id, value);
    }
}

static void write_plan(const plan *p, const char *path, bool classic)
{
    int ncid, filled, dimension_id[DIMENSIONS], id[VARIABLES];
    if (nc_create(path, NC_CLOBBER | (classic ? 0 : NC_NETCDF4), &ncid) != NC_NOERR)
        abort();
    nc_set_fill(ncid, NC_NOFILL, &filled);
    for (int k = 0; k < DIMENSIONS; k++) {
        dimension_id[k] = -1;
        if (p->dimension[k].name)
            nc_def_dim(ncid, p->dimension[k].name, p->dimension[k].length,
                       &dimension_id[k]);
    }
    for (int k = 0; k < VARIABLES; k++) {
        const variable *v = &p->variable[k];
        int dimensions[RANK_MOST];
        for (int d = 0; d < v->rank; d++)
            dimensions[d] = dimension_id[v->dimension[d]];
        id[k] = -1;
        if (v->name)
            nc_def_var(ncid, v->name, v->type, v->rank, dimensions, &id[k]);
    }
    for (int k = 0; k < ATTRIBUTES; k++)
        put_attribute(ncid, id, &p->attribute[k]);
    nc_enddef(ncid);
    for (int k = 0; k < VARIABLES; k++) {
        if (id[k] >= 0)
            put_values(ncid, id[k], &p->variable[k]);
    }
    nc_close(ncid);
}

/* The readers. What they hand over is as their headers promise; a failure is explained.
 */

static autan_status read_map(const char *path, autan_error *err)
{
    autan_mapfile_reader *reader;
    autan_status status = autan_mapfile_open_read(path, &reader, err);
    if (status != AUTAN_OK)
        return status;
    const autan_mapfile_info *info = autan_mapfile_contents(reader);
    const size_t n = info->grid->nx * info->grid->ny;
    float *value = n <= 1 << 20 ? malloc(n * sizeof *value) : NULL;
    for (size_t t = 1; t < info->n_times; t++) {
        if (info->time[t] <= info->time[t - 1])
            abort();
    }
    for (size_t v = 0; value && v < info->n_variables; v++) {
        autan_error ignored;
        if (autan_mapfile_find(reader, info->variable[v].name) < 0)
            abort();
        if (autan_mapfile_read(reader, v, info->n_times - 1, value, &ignored) !=
            AUTAN_OK)
            continue;
        for (size_t i = 0; i < n; i++) {
            if (isinf(value[i]))
                abort();
        }
    }
    free(value);
    autan_mapfile_reader_close(reader);
    return AUTAN_OK;
}

static autan_status read_forecast(const char *path, autan_error *err)
{
    autan_forecast f;
    autan_status status = autan_forecast_read(path, &f, err);
    if (status != AUTAN_OK)
        return status;
    for (size_t i = 0; i < f.n_stations; i++) {
        if (!f.station[i])
            abort();
    }
    for (size_t i = 0; i < f.n_members * f.n_stations * f.n_times; i++) {
        if (isinf(f.value[i]))
            abort();
    }
    autan_forecast_clear(&f);
    return AUTAN_OK;
}

static autan_status read_guidance(const char *path, autan_error *err)
{
    static autan_station_table stations;
    autan_station *station;
    autan_guidance g;
    autan_status status;
    if (stations.n == 0) {
        if (autan_station_append(&stations, "s1", &station) != AUTAN_OK)
            abort();
        station->longitude = 1.44;
        station->latitude = 43.6;
    }
    status = autan_guidance_read(path, &stations, &g, err);
    if (status != AUTAN_OK)
        return status;
    for (size_t t = 1; t < g.n_steps; t++) {
        if (g.time[t] <= g.time[t - 1])
            abort();
    }
    if (isinf(autan_guidance_at(&g, 0, 0, g.time[0])))
        abort();
    autan_guidance_clear(&g);
    return AUTAN_OK;
}

static const struct {
    const char *name;
    const plan *plan;
    autan_status (*read)(const char *path, autan_error *err);
} readers[] = {{"map", &map, read_map},
               {"forecast", &forecast, read_forecast},
               {"guidance", &guidance, read_guidance}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t k = 0;
    char path[FUZZ_PATH];
    autan_error err = {0};
    plan p;
    if (size == 0)
        return -1;
    while (strcmp(readers[k].name, FUZZ_VARIANT) != 0)
        k++;
    p = *readers[k].plan;
    for (size_t at = 1; at + 5 <= size; at += 5)
        change(&p, data + at);
    nc_set_chunk_cache(1 << 16, 11, 0.75f);
    /* GDAL knows a NetCDF-4 file by its name. */
    snprintf(path, sizeof path, "/dev/shm/fuzz-%ld.nc", (long)getpid());
    write_plan(&p, path, data[0] % 2);
    if (readers[k].read(path, &err) != AUTAN_OK && !*err.text)
        abort();
    unlink(path);
    return 0;
}
