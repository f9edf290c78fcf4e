#include "files/forecast_file.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <netcdf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "files/mapfile.h"
#include "files/outfile.h"

static const char epoch[] = "seconds since 1970-01-01T00:00:00Z";

char *autan_forecast_path(const char *archive, const char *folder, autan_time reference)
{
    char time[AUTAN_TIME_TEXT];
    autan_time_format_compact(reference, time);
    char *name = g_strdup_printf("%s.nc", time);
    char *joined = g_build_filename(archive, folder, name, NULL);
    char *path = strdup(joined);
    g_free(joined);
    g_free(name);
    return path;
}

typedef struct {
    int ncid, code;
} writer;

static void keep(writer *w, int code)
{
    if (w->code == NC_NOERR)
        w->code = code;
}

static void text(writer *w, int variable, const char *name, const char *value)
{
    keep(w, nc_put_att_text(w->ncid, variable, name, strlen(value), value));
}

static void time_text(writer *w, const char *name, autan_time time)
{
    char value[AUTAN_TIME_TEXT];
    autan_time_format(time, value);
    text(w, NC_GLOBAL, name, value);
}

/* The variables of a forecast, in the order of `fields`. */
enum { FIELDS = 4 };

static const struct {
    const char *name, *standard_name, *units;
    int by_station;
} field[FIELDS] = {
    {"air_temperature", "air_temperature", "degC", 1},
    {"relative_humidity", "relative_humidity", "%", 1},
    {"wind_speed", "wind_speed", "m s-1", 0},
    {"global_radiation", "surface_downwelling_shortwave_flux_in_air", "W m-2", 0},
};

static size_t field_size(const autan_forecast *f, int k)
{
    return f->n_members * f->n_times * (field[k].by_station ? f->n_stations : 1);
}

static float **field_of(autan_forecast *f, int k)
{
    float **const all[FIELDS] = {&f->value, &f->humidity, &f->wind, &f->radiation};
    return all[k];
}

static int define_field(writer *w, int k, const int dimension[3])
{
    const int town[2] = {dimension[0], dimension[2]};
    const float fill = NC_FILL_FLOAT;
    int value = 0;
    keep(w, nc_def_var(w->ncid, field[k].name, NC_FLOAT, field[k].by_station ? 3 : 2,
                       field[k].by_station ? dimension : town, &value));
    keep(w, nc_def_var_fill(w->ncid, value, NC_FILL, &fill));
    keep(w, nc_def_var_deflate(w->ncid, value, 1, 1, 1));
    text(w, value, "units", field[k].units);
    text(w, value, "standard_name", field[k].standard_name);
    text(w, value, "cell_methods",
         field[k].by_station ? "time: mean (interval: 1 hour)"
                             : "time: mean (interval: 1 hour) area: mean (over the "
                               "stations)");
    return value;
}

static void write_field(writer *w, int variable, size_t n, const float *value)
{
    float *filled = g_new(float, n);
    for (size_t i = 0; i < n; i++)
        filled[i] = isfinite(value[i]) ? value[i] : NC_FILL_FLOAT;
    keep(w, nc_put_var_float(w->ncid, variable, filled));
    g_free(filled);
}

static void write_values(writer *w, const autan_forecast *f)
{
    autan_forecast view = *f;
    int dimension[3], station, time, reference, value[FIELDS] = {0};
    const double origin = (double)f->reference;
    keep(w, nc_def_dim(w->ncid, "realization", f->n_members, &dimension[0]));
    keep(w, nc_def_dim(w->ncid, "station", f->n_stations, &dimension[1]));
    keep(w, nc_def_dim(w->ncid, "time", f->n_times, &dimension[2]));
    keep(w, nc_def_var(w->ncid, "station", NC_STRING, 1, &dimension[1], &station));
    keep(w, nc_def_var(w->ncid, "time", NC_DOUBLE, 1, &dimension[2], &time));
    text(w, time, "units", epoch);
    text(w, time, "standard_name", "time");
    keep(w, nc_def_var(w->ncid, "forecast_reference_time", NC_DOUBLE, 0, NULL,
                       &reference));
    text(w, reference, "units", epoch);
    text(w, reference, "standard_name", "forecast_reference_time");
    for (int k = 0; k < FIELDS; k++) {
        if (*field_of(&view, k))
            value[k] = define_field(w, k, dimension);
    }
    text(w, NC_GLOBAL, "Conventions", "CF-1.10");
    text(w, NC_GLOBAL, "source", f->method);
    text(w, NC_GLOBAL, "notes", f->notes);
    time_text(w, "latest_reading", f->latest);
    keep(w, nc_enddef(w->ncid));
    keep(w, nc_put_var_double(w->ncid, reference, &origin));
    for (size_t t = 0; t < f->n_times; t++) {
        const double at = origin + 3600.0 * (double)(t + 1);
        keep(w, nc_put_var1_double(w->ncid, time, &t, &at));
    }
    for (size_t i = 0; i < f->n_stations; i++) {
        const char *id = f->station[i];
        keep(w, nc_put_var1_string(w->ncid, station, &i, &id));
    }
    for (int k = 0; k < FIELDS; k++) {
        if (*field_of(&view, k))
            write_field(w, value[k], field_size(f, k), *field_of(&view, k));
    }
}

autan_status autan_forecast_write(const char *path, const autan_forecast *forecast,
                                  autan_error *err)
{
    char *folder = g_path_get_dirname(path);
    autan_outfile *out = NULL;
    writer w = {0};
    autan_status status = AUTAN_OK;
    if (g_mkdir_with_parents(folder, 0777) != 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", folder,
                            g_strerror(errno));
    g_free(folder);
    if (status == AUTAN_OK)
        status = autan_outfile_open(path, &out, err);
    if (status != AUTAN_OK)
        return status;
    w.code = nc_create(autan_outfile_temporary(out), NC_NETCDF4 | NC_CLOBBER, &w.ncid);
    if (w.code == NC_NOERR) {
        write_values(&w, forecast);
        keep(&w, nc_close(w.ncid));
    }
    if (w.code == NC_NOERR)
        return autan_outfile_commit(out, err);
    autan_outfile_abandon(out);
    return autan_fail(err, AUTAN_IO, "%s: cannot be written: %s", path,
                      nc_strerror(w.code));
}

/* Reading: the first failure names what was looked for. */

typedef struct {
    const char *path;
    int ncid;
    autan_error *err;
} reader;

static autan_status damaged(const reader *r, const char *what)
{
    return autan_fail(r->err, AUTAN_BAD_FORMAT,
                      "%s: is no forecast of this program, or damaged: %s", r->path,
                      what);
}

static autan_status read_text(const reader *r, const char *name, char **value)
{
    size_t length;
    nc_type type;
    char *made;
    if (nc_inq_att(r->ncid, NC_GLOBAL, name, &type, &length) != NC_NOERR ||
        type != NC_CHAR || length > 65536)
        return damaged(r, name);
    made = calloc(length + 1, 1);
    if (!made)
        return autan_fail(r->err, AUTAN_NO_MEMORY, "%s: out of memory", r->path);
    if (nc_get_att_text(r->ncid, NC_GLOBAL, name, made) != NC_NOERR) {
        free(made);
        return damaged(r, name);
    }
    *value = made;
    return AUTAN_OK;
}

static autan_status read_size(const reader *r, const char *name, size_t most, size_t *n)
{
    int dimension;
    if (nc_inq_dimid(r->ncid, name, &dimension) != NC_NOERR ||
        nc_inq_dimlen(r->ncid, dimension, n) != NC_NOERR || *n == 0 || *n > most)
        return damaged(r, name);
    return AUTAN_OK;
}

static autan_status read_stations(const reader *r, autan_forecast *f)
{
    int variable, rank, dimension, wanted;
    nc_type type;
    char **id;
    bool copied = true;
    if (nc_inq_varid(r->ncid, "station", &variable) != NC_NOERR ||
        nc_inq_varndims(r->ncid, variable, &rank) != NC_NOERR || rank != 1 ||
        nc_inq_vardimid(r->ncid, variable, &dimension) != NC_NOERR ||
        nc_inq_dimid(r->ncid, "station", &wanted) != NC_NOERR || dimension != wanted ||
        nc_inq_vartype(r->ncid, variable, &type) != NC_NOERR || type != NC_STRING)
        return damaged(r, "station");
    f->station = calloc(f->n_stations, sizeof *f->station);
    id = calloc(f->n_stations, sizeof *id);
    if (!f->station || !id || nc_get_var_string(r->ncid, variable, id) != NC_NOERR) {
        free(id);
        return damaged(r, "station");
    }
    for (size_t i = 0; copied && i < f->n_stations; i++) {
        f->station[i] = strdup(id[i] ? id[i] : "");
        copied = f->station[i] != NULL;
    }
    nc_free_string(f->n_stations, id);
    free(id);
    return copied ? AUTAN_OK
                  : autan_fail(r->err, AUTAN_NO_MEMORY, "%s: out of memory", r->path);
}

static autan_status read_field(const reader *r, int k, autan_forecast *f)
{
    static const char *const name[3] = {"realization", "station", "time"};
    const size_t n = field_size(f, k);
    const int wanted_rank = field[k].by_station ? 3 : 2;
    int variable, rank, dimension[3], wanted;
    nc_type type;
    float *value;
    if (nc_inq_varid(r->ncid, field[k].name, &variable) != NC_NOERR)
        return k == 0 ? damaged(r, field[k].name) : AUTAN_OK;
    if (nc_inq_vartype(r->ncid, variable, &type) != NC_NOERR || type != NC_FLOAT ||
        nc_inq_varndims(r->ncid, variable, &rank) != NC_NOERR || rank != wanted_rank ||
        nc_inq_vardimid(r->ncid, variable, dimension) != NC_NOERR)
        return damaged(r, field[k].name);
    for (int d = 0; d < rank; d++) {
        const int place = rank == 2 && d == 1 ? 2 : d;
        if (nc_inq_dimid(r->ncid, name[place], &wanted) != NC_NOERR ||
            wanted != dimension[d])
            return damaged(r, field[k].name);
    }
    if (!autan_mapfile_can_hold(r->path, n))
        return damaged(r, "it is too short for what it says it holds");
    value = malloc(n * sizeof *value);
    if (!value)
        return autan_fail(r->err, AUTAN_NO_MEMORY, "%s: out of memory", r->path);
    *field_of(f, k) = value;
    if (nc_get_var_float(r->ncid, variable, value) != NC_NOERR)
        return damaged(r, field[k].name);
    for (size_t i = 0; i < n; i++) {
        if (!(fabsf(value[i]) < NC_FILL_FLOAT))
            value[i] = NAN;
    }
    return AUTAN_OK;
}

static autan_status read_values(const reader *r, autan_forecast *f)
{
    autan_status status = AUTAN_OK;
    for (int k = 0; status == AUTAN_OK && k < FIELDS; k++)
        status = read_field(r, k, f);
    return status;
}

static autan_status read_all(const reader *r, autan_forecast *f)
{
    char *latest = NULL;
    autan_status status = read_size(r, "realization", 1000, &f->n_members);
    if (status == AUTAN_OK)
        status = read_size(r, "station", 100000, &f->n_stations);
    if (status == AUTAN_OK)
        status = read_size(r, "time", 10000, &f->n_times);
    if (status == AUTAN_OK && f->n_members * f->n_stations * f->n_times > 1u << 30)
        status = damaged(r, "too large");
    if (status == AUTAN_OK && !autan_mapfile_reference(r->ncid, &f->reference))
        status = damaged(r, "forecast_reference_time");
    if (status == AUTAN_OK)
        status = read_text(r, "latest_reading", &latest);
    if (status == AUTAN_OK && autan_time_parse(latest, &f->latest) != AUTAN_OK)
        status = damaged(r, "latest_reading");
    free(latest);
    if (status == AUTAN_OK)
        status = read_text(r, "source", &f->method);
    if (status == AUTAN_OK)
        status = read_text(r, "notes", &f->notes);
    if (status == AUTAN_OK)
        status = read_stations(r, f);
    return status == AUTAN_OK ? read_values(r, f) : status;
}

autan_status autan_forecast_read(const char *path, autan_forecast *forecast,
                                 autan_error *err)
{
    reader r = {path, 0, err};
    autan_forecast made = {0};
    autan_status status;
    int code;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return autan_fail(err, AUTAN_NOT_FOUND, "%s: there is no such forecast", path);
    code = nc_open(path, NC_NOWRITE, &r.ncid);
    if (code != NC_NOERR)
        return autan_fail(err, AUTAN_BAD_FORMAT, "%s: cannot be read: %s", path,
                          nc_strerror(code));
    status = read_all(&r, &made);
    nc_close(r.ncid);
    if (status == AUTAN_OK)
        *forecast = made;
    else
        autan_forecast_clear(&made);
    return status;
}

void autan_forecast_clear(autan_forecast *forecast)
{
    for (size_t i = 0; forecast->station && i < forecast->n_stations; i++)
        free(forecast->station[i]);
    free(forecast->station);
    for (int k = 0; k < FIELDS; k++)
        free(*field_of(forecast, k));
    free(forecast->method);
    free(forecast->notes);
    *forecast = (autan_forecast){0};
}

/* `20190630T0600Z.nc`. */
static int name_time(const char *name, autan_time *time)
{
    autan_civil c = {0};
    int end = 0;
    if (sscanf(name, "%4d%2d%2dT%2d%2dZ.nc%n", &c.year, &c.month, &c.day, &c.hour,
               &c.minute, &end) != 5 ||
        end == 0 || name[end] != '\0')
        return 0;
    return autan_time_from_utc(&c, time) == AUTAN_OK;
}

static int ascending(const void *a, const void *b)
{
    const autan_time x = *(const autan_time *)a, y = *(const autan_time *)b;
    return (x > y) - (x < y);
}

autan_status autan_forecast_list(const char *archive, const char *folder,
                                 autan_time **reference, size_t *n)
{
    char *path = g_build_filename(archive, folder, NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    autan_time *list = malloc(sizeof *list), time;
    size_t count = 0;
    while (list && dir && (name = g_dir_read_name(dir))) {
        if (!name_time(name, &time))
            continue;
        autan_time *grown = realloc(list, (count + 2) * sizeof *list);
        if (!grown) {
            free(list);
            list = NULL;
            break;
        }
        list = grown;
        list[count++] = time;
    }
    if (dir)
        g_dir_close(dir);
    g_free(path);
    if (!list)
        return AUTAN_NO_MEMORY;
    qsort(list, count, sizeof *list, ascending);
    *reference = list;
    *n = count;
    return AUTAN_OK;
}
