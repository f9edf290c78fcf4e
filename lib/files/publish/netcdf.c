/* Readings as NetCDF-4: CF-1.10 discrete sampling geometry, featureType timeSeries, and
 * ACDD-1.3.
 *
 * Stations that measure at the same times make an orthogonal multidimensional array
 * (time, station), which every program opens (CF-1.10 section 9.3.1 and H.2.1); CDO
 * takes it in this order of dimensions only. Where that would be mostly empty, as with
 * stations that each have a clock of their own, readings stand station after station in
 * a contiguous ragged array (9.3.3, H.2.4). */
#include <math.h>
#include <netcdf.h>
#include <netcdf_mem.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"
#include "files/publish/form.h"

enum {
    LEVEL = 1,             /* of deflate */
    SPARSE = 4,            /* cells for a reading above which the array is ragged */
    HEADER_BYTES = 1 << 20 /* of memory to start with */
};

typedef struct {
    const autan_issue *issue;
    int ncid, code; /* the first error of NetCDF */
    bool ragged;
    size_t n_times, n_cells;
    double *time;  /* of the coordinate: n_times, or n_cells where ragged */
    size_t *cell;  /* where each reading goes */
    size_t *count; /* of each station's readings */
    int station_dim, sample_dim;
} writing;

static void keep(writing *w, int code)
{
    if (w->code == NC_NOERR)
        w->code = code;
}

static void put(writing *w, int variable, const char *name, const char *text)
{
    if (text)
        keep(w, nc_put_att_text(w->ncid, variable, name, strlen(text), text));
}

static void put_number(writing *w, int variable, const char *name, double value)
{
    keep(w, nc_put_att_double(w->ncid, variable, name, NC_DOUBLE, 1, &value));
}

/* Places of the readings. They come by time, then station. */
static void lay_out(writing *w)
{
    const autan_issue *issue = w->issue;
    const autan_extract *x = &issue->data;
    size_t *next = g_new0(size_t, issue->n_members);
    w->count = g_new0(size_t, issue->n_members);
    w->cell = g_new(size_t, x->n);
    w->time = g_new(double, x->n);
    for (size_t k = 0; k < x->n; k++) {
        if (k == 0 || x->reading[k].time != x->reading[k - 1].time)
            w->time[w->n_times++] = (double)x->reading[k].time;
        w->count[x->reading[k].station]++;
    }
    w->ragged = issue->n_members * w->n_times > SPARSE * x->n;
    w->n_cells = w->ragged ? x->n : issue->n_members * w->n_times;
    for (size_t i = 1; i < issue->n_members; i++)
        next[i] = next[i - 1] + w->count[i - 1];
    for (size_t k = 0, t = 0; k < x->n; k++) {
        const autan_reading *r = &x->reading[k];
        t += k > 0 && r->time != x->reading[k - 1].time;
        w->cell[k] = w->ragged ? next[r->station]++ : t * issue->n_members + r->station;
    }
    for (size_t k = 0; w->ragged && k < x->n; k++)
        w->time[w->cell[k]] = (double)x->reading[k].time;
    g_free(next);
}

static int define(writing *w, const char *name, nc_type type, int rank, const int *dims)
{
    int variable = -1;
    keep(w, nc_def_var(w->ncid, name, type, rank, dims, &variable));
    return variable;
}

/* Texts of the stations, as characters, which all programs read. */
static int define_texts(writing *w, const char *name, const char *length_name, bool ids)
{
    int dims[2] = {w->station_dim, -1}, variable;
    size_t most = 1;
    for (size_t i = 0; i < w->issue->n_members; i++) {
        const autan_station *s = w->issue->member[i].station;
        most = MAX(most, strlen(ids ? s->id : s->name));
    }
    keep(w, nc_def_dim(w->ncid, length_name, most, &dims[1]));
    variable = define(w, name, NC_CHAR, 2, dims);
    keep(w, nc_def_var_deflate(w->ncid, variable, 0, 1, LEVEL));
    put(w, variable, "_Encoding", "utf-8");
    return variable;
}

static void write_texts(writing *w, int variable, bool ids)
{
    for (size_t i = 0; i < w->issue->n_members; i++) {
        const autan_station *s = w->issue->member[i].station;
        const char *text = ids ? s->id : s->name;
        const size_t start[2] = {i, 0}, count[2] = {1, strlen(text)};
        keep(w, nc_put_vara_text(w->ncid, variable, start, count, text));
    }
}

enum { LONGITUDE = 0, LATITUDE, ELEVATION, PLACES };

static double place(const autan_station *s, int which)
{
    return which == LONGITUDE    ? s->longitude
           : which == LATITUDE   ? s->latitude
           : isnan(s->elevation) ? NC_FILL_DOUBLE
                                 : s->elevation;
}

static void define_places(writing *w, int *variable)
{
    static const char *const name[PLACES] = {"lon", "lat", "alt"};
    static const char *const standard[PLACES] = {"longitude", "latitude", "altitude"};
    static const char *const axis[PLACES] = {"X", "Y", "Z"};
    static const char *const units[PLACES] = {"degrees_east", "degrees_north", "m"};
    const double fill = NC_FILL_DOUBLE;
    for (int k = 0; k < PLACES; k++) {
        variable[k] = define(w, name[k], NC_DOUBLE, 1, &w->station_dim);
        put(w, variable[k], "standard_name", standard[k]);
        put(w, variable[k], "long_name", standard[k]);
        put(w, variable[k], "units", units[k]);
        /* Without it CDO takes variables with an altitude for none. */
        put(w, variable[k], "axis", axis[k]);
    }
    put(w, variable[ELEVATION], "positive", "up");
    keep(w, nc_def_var_fill(w->ncid, variable[ELEVATION], NC_FILL, &fill));
}

static void write_places(writing *w, const int *variable)
{
    double *value = g_new(double, w->issue->n_members);
    for (int k = 0; k < PLACES; k++) {
        for (size_t i = 0; i < w->issue->n_members; i++)
            value[i] = place(w->issue->member[i].station, k);
        keep(w, nc_put_var_double(w->ncid, variable[k], value));
    }
    g_free(value);
}

static void define_crs(writing *w)
{
    int variable = define(w, "crs", NC_INT, 0, NULL);
    put(w, variable, "long_name", "WGS 84");
    put(w, variable, "grid_mapping_name", "latitude_longitude");
    put_number(w, variable, "longitude_of_prime_meridian", 0);
    put_number(w, variable, "semi_major_axis", 6378137);
    put_number(w, variable, "inverse_flattening", 298.257223563);
}

/* Dimensions of a value: (time, station), or the readings where ragged. */
static int samples(const writing *w, int dims[2])
{
    dims[0] = w->sample_dim;
    dims[1] = w->station_dim;
    return w->ragged ? 1 : 2;
}

static void compress(writing *w, int variable)
{
    keep(w, nc_def_var_deflate(w->ncid, variable, 1, 1, LEVEL));
}

static void define_values(writing *w, int v, int *value, int *flag)
{
    const autan_variable_info *info = autan_variable_get((autan_variable)v);
    const char *coordinates = w->ragged ? "time lat lon alt station_id station_name"
                                        : "lat lon alt station_id station_name";
    const double fill = NC_FILL_DOUBLE;
    char *flag_name = g_strdup_printf("%s_flag", info->name);
    char *flag_title = g_strdup_printf("checks that doubt the %s", info->long_name);
    GString *meanings = g_string_new(NULL);
    int mask[AUTAN_FLAG_BITS], n = 0, dims[2], rank = samples(w, dims);

    *value = define(w, info->name, NC_DOUBLE, rank, dims);
    keep(w, nc_def_var_fill(w->ncid, *value, NC_FILL, &fill));
    compress(w, *value);
    put(w, *value, "standard_name", info->standard_name);
    put(w, *value, "long_name", info->long_name);
    put(w, *value, "units", info->unit);
    put(w, *value, "coordinates", coordinates);
    put(w, *value, "grid_mapping", "crs");
    put(w, *value, "ancillary_variables", flag_name);
    put(w, *value, "comment", "raw, as received; what checks doubt is kept");

    *flag = define(w, flag_name, NC_INT, rank, dims);
    compress(w, *flag);
    put(w, *flag, "standard_name", "quality_flag");
    put(w, *flag, "long_name", flag_title);
    for (int k = 0; k < AUTAN_FLAG_BITS - 1; k++) {
        if (!w->issue->meaning[k])
            continue;
        mask[n++] = 1 << k;
        g_string_append_printf(meanings, "%s%s", n > 1 ? " " : "",
                               w->issue->meaning[k]);
    }
    keep(w, nc_put_att_int(w->ncid, *flag, "flag_masks", NC_INT, (size_t)n, mask));
    put(w, *flag, "flag_meanings", meanings->str);
    put(w, *flag, "coordinates", coordinates);
    put(w, *flag, "grid_mapping", "crs");
    put(w, *flag, "comment", "0: no check doubts the value, or there is none");
    if (w->issue->data.checked[v]) {
        char first[AUTAN_TIME_TEXT], last[AUTAN_TIME_TEXT], *text;
        autan_time_format(w->issue->data.checked_first[v], first);
        autan_time_format(w->issue->data.checked_last[v], last);
        text = g_strdup_printf("%s/%s", first, last);
        put(w, *flag, "checked", text);
        g_free(text);
    } else {
        put(w, *flag, "checked", "no");
    }
    g_string_free(meanings, TRUE);
    g_free(flag_title);
    g_free(flag_name);
}

static void write_values(writing *w, int v, int value, int flag)
{
    const autan_extract *x = &w->issue->data;
    double *number = g_new(double, w->n_cells);
    int *mask = g_new0(int, w->n_cells);
    for (size_t c = 0; c < w->n_cells; c++)
        number[c] = NC_FILL_DOUBLE;
    for (size_t k = 0; k < x->n; k++) {
        const autan_reading *r = &x->reading[k];
        if (isfinite(r->value[v]))
            number[w->cell[k]] = r->value[v];
        mask[w->cell[k]] = (int)(r->flag[v] & INT32_MAX);
    }
    keep(w, nc_put_var_double(w->ncid, value, number));
    keep(w, nc_put_var_int(w->ncid, flag, mask));
    g_free(number);
    g_free(mask);
}

static void put_time(writing *w, const char *name, autan_time time)
{
    char text[AUTAN_TIME_TEXT];
    autan_time_format(time, text);
    put(w, NC_GLOBAL, name, text);
}

static void put_box(writing *w)
{
    double box[4] = {180, 90, -180, -90}, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < w->issue->n_members; i++) {
        const autan_station *s = w->issue->member[i].station;
        box[0] = fmin(box[0], s->longitude);
        box[1] = fmin(box[1], s->latitude);
        box[2] = fmax(box[2], s->longitude);
        box[3] = fmax(box[3], s->latitude);
        low = fmin(low, s->elevation);
        high = fmax(high, s->elevation);
    }
    put_number(w, NC_GLOBAL, "geospatial_lon_min", box[0]);
    put_number(w, NC_GLOBAL, "geospatial_lon_max", box[2]);
    put(w, NC_GLOBAL, "geospatial_lon_units", "degrees_east");
    put_number(w, NC_GLOBAL, "geospatial_lat_min", box[1]);
    put_number(w, NC_GLOBAL, "geospatial_lat_max", box[3]);
    put(w, NC_GLOBAL, "geospatial_lat_units", "degrees_north");
    if (isfinite(low)) {
        put_number(w, NC_GLOBAL, "geospatial_vertical_min", low);
        put_number(w, NC_GLOBAL, "geospatial_vertical_max", high);
        put(w, NC_GLOBAL, "geospatial_vertical_units", "m");
        put(w, NC_GLOBAL, "geospatial_vertical_positive", "up");
    }
}

static void put_globals(writing *w)
{
    const autan_issue *issue = w->issue;
    const autan_notice *n = issue->notice;
    const autan_extract *x = &issue->data;
    char *title = g_strdup_printf("%s, %s", n->title[AUTAN_ENGLISH], issue->month);
    char *id = g_strdup_printf("%s_%s", n->identifier ? n->identifier : "observations",
                               issue->month);
    char *words = g_strjoinv(", ", n->keyword[AUTAN_ENGLISH]);
    char version[16];
    g_snprintf(version, sizeof version, "%u", issue->number);
    put(w, NC_GLOBAL, "Conventions", "CF-1.10, ACDD-1.3");
    put(w, NC_GLOBAL, "featureType", "timeSeries");
    put(w, NC_GLOBAL, "cdm_data_type", "Station");
    put(w, NC_GLOBAL, "title", title);
    put(w, NC_GLOBAL, "summary", n->description[AUTAN_ENGLISH]);
    put(w, NC_GLOBAL, "keywords", words);
    put(w, NC_GLOBAL, "id", id);
    put(w, NC_GLOBAL, "naming_authority", n->url);
    put(w, NC_GLOBAL, "product_version", version);
    put(w, NC_GLOBAL, "source", "weather stations");
    put(w, NC_GLOBAL, "processing_level", "raw, with flags of quality control");
    put(w, NC_GLOBAL, "history", "written by autan publish");
    put(w, NC_GLOBAL, "institution", n->publisher);
    put(w, NC_GLOBAL, "creator_name", n->publisher);
    put(w, NC_GLOBAL, "creator_type", "institution");
    put(w, NC_GLOBAL, "publisher_name", n->publisher);
    put(w, NC_GLOBAL, "publisher_type", "institution");
    put(w, NC_GLOBAL, "creator_url", n->publisher_url);
    put(w, NC_GLOBAL, "publisher_url", n->publisher_url);
    if (n->contact && !g_str_has_prefix(n->contact, "http"))
        put(w, NC_GLOBAL, "publisher_email", n->contact);
    put(w, NC_GLOBAL, "license", n->licence_url);
    put(w, NC_GLOBAL, "acknowledgement", n->attribution);
    put(w, NC_GLOBAL, "comment", issue->city->notice);
    put(w, NC_GLOBAL, "standard_name_vocabulary", "CF Standard Name Table v79");
    put_time(w, "date_created", issue->date);
    put_time(w, "time_coverage_start", x->reading[0].time);
    put_time(w, "time_coverage_end", x->reading[x->n - 1].time);
    put_box(w);
    g_free(title);
    g_free(id);
    g_free(words);
}

static void define_time(writing *w, int *variable)
{
    *variable = define(w, "time", NC_DOUBLE, 1, &w->sample_dim);
    put(w, *variable, "standard_name", "time");
    put(w, *variable, "long_name", "time of the reading");
    put(w, *variable, "units", "seconds since 1970-01-01T00:00:00Z");
    put(w, *variable, "calendar", "standard");
    put(w, *variable, "axis", "T");
}

static void write_counts(writing *w, int variable)
{
    int *count = g_new(int, w->issue->n_members);
    for (size_t i = 0; i < w->issue->n_members; i++)
        count[i] = (int)w->count[i];
    keep(w, nc_put_var_int(w->ncid, variable, count));
    g_free(count);
}

static void write_all(writing *w)
{
    int value[AUTAN_VARIABLES], flag[AUTAN_VARIABLES], places[PLACES];
    int id, name, time, row_size = -1;
    keep(w, nc_def_dim(w->ncid, "station", w->issue->n_members, &w->station_dim));
    keep(w, nc_def_dim(w->ncid, w->ragged ? "obs" : "time",
                       w->ragged ? w->n_cells : w->n_times, &w->sample_dim));
    define_time(w, &time);
    id = define_texts(w, "station_id", "station_id_length", true);
    put(w, id, "cf_role", "timeseries_id");
    put(w, id, "long_name", "identifier of the station");
    name = define_texts(w, "station_name", "station_name_length", false);
    put(w, name, "long_name", "name of the station");
    put(w, name, "standard_name", "platform_name");
    define_places(w, places);
    if (w->ragged) {
        row_size = define(w, "row_size", NC_INT, 1, &w->station_dim);
        put(w, row_size, "long_name", "number of readings of the station");
        put(w, row_size, "sample_dimension", "obs");
    }
    define_crs(w);
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        define_values(w, v, &value[v], &flag[v]);
    put_globals(w);
    keep(w, nc_enddef(w->ncid));
    if (w->code != NC_NOERR)
        return;
    keep(w, nc_put_var_double(w->ncid, time, w->time));
    write_texts(w, id, true);
    write_texts(w, name, false);
    write_places(w, places);
    if (w->ragged)
        write_counts(w, row_size);
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        write_values(w, v, value[v], flag[v]);
}

/* Made in memory, so that every byte on the disk is written where errors have names. */
autan_status autan_form_netcdf(const autan_form *form, const autan_issue *issue,
                               const char *path, autan_error *err)
{
    writing w = {.issue = issue};
    NC_memio image = {0};
    autan_outfile *out = NULL;
    autan_status status = AUTAN_OK;
    (void)form;
    lay_out(&w);
    w.code = nc_create_mem(path, NC_NETCDF4, HEADER_BYTES, &w.ncid);
    if (w.code == NC_NOERR) {
        write_all(&w);
        keep(&w, nc_close_memio(w.ncid, &image));
    }
    if (w.code != NC_NOERR)
        status = autan_fail(err, w.code == NC_ENOMEM ? AUTAN_NO_MEMORY : AUTAN_IO,
                            "%s: cannot be made: %s", path, nc_strerror(w.code));
    if (status == AUTAN_OK)
        status = autan_outfile_open(path, &out, err);
    if (status == AUTAN_OK)
        status = autan_outfile_write(out, image.memory, image.size, err);
    if (status == AUTAN_OK)
        status = autan_outfile_commit(out, err);
    else
        autan_outfile_abandon(out);
    free(image.memory);
    g_free(w.time);
    g_free(w.cell);
    g_free(w.count);
    return status;
}
