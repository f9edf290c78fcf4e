/* The forecast in the site: maps of the hours and days ahead, series of places, and the
 * fans of the stations, in a folder of its own that the index switches to at once. */
#include "config.h"

#include "site.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "files/forecast_file.h"
#include "files/geotiff.h"
#include "files/mapfile.h"
#include "files/outfile.h"
#include "files/place_series.h"
#include "message.h"

enum { HOUR_S = 3600 };

static const double QUANTUM_K = 1.0 / 16.0, QUANTUM_CHANCE = 1.0 / 128.0;

/* Half the central 80 % of a normal distribution, in standard deviations. */
static const double Z90 = 1.2815515655446004;

static const double share[] = {0.10, 0.25, 0.50, 0.75, 0.90};
enum { SHARES = sizeof share / sizeof *share };

/* The quantiles of the series of places. */
static const char *const plane_name[] = {"air_temperature_q10", "air_temperature_q50",
                                         "air_temperature_q90"};
enum { PLANES = sizeof plane_name / sizeof *plane_name };

static const char *const daily_name[] = {
    "tropical_night_probability", "hot_day_probability", "air_temperature_minimum",
    "air_temperature_maximum"};
enum { DAILY = sizeof daily_name / sizeof *daily_name };

typedef struct {
    const town *town;
    const char *folder; /* of this forecast */
    json_t *summary;
} work;

static char *stamp_of(autan_time time)
{
    char text[AUTAN_TIME_TEXT];
    autan_time_format_compact(time, text);
    return g_strdup(text);
}

static autan_status write_cog(const work *w, const char *name, const char *units,
                              double quantum, autan_time time, float *value,
                              autan_error *err)
{
    const autan_city *city = &w->town->city;
    const autan_geotiff_tag tag[] = {{"TIFFTAG_SOFTWARE", PACKAGE_STRING}};
    const autan_geotiff map = {.grid = &city->grid,
                               .crs = city->crs,
                               .value = value,
                               .nodata = -9999.0f,
                               .name = name,
                               .units = units,
                               .time = time,
                               .n_tags = 1,
                               .tag = tag};
    char *file = autan_geotiff_name(name, time);
    char *path = file ? g_build_filename(w->folder, file, NULL) : NULL;
    autan_status status;
    for (size_t i = 0; i < city->grid.nx * city->grid.ny; i++)
        value[i] = (float)(round((double)value[i] / quantum) * quantum);
    status = path ? autan_geotiff_write(path, &map, err) : town_no_memory(w->town, err);
    g_free(path);
    free(file);
    return status;
}

static void range_of(size_t n, const float *value, double *low, double *high)
{
    *low = *high = NAN;
    for (size_t i = 0; i < n; i++) {
        *low = fmin(*low, (double)value[i]);
        *high = fmax(*high, (double)value[i]);
    }
}

/* Blocks of the series of places, from the quantiles of all hours. */
static autan_status write_blocks(const work *w, const autan_mapfile_info *info,
                                 const int16_t *packed, autan_error *err)
{
    const autan_grid *g = info->grid;
    const size_t cells = g->nx * g->ny, T = info->n_times;
    autan_status status = AUTAN_OK;
    for (size_t b = 0; status == AUTAN_OK && b < g->ny; b += SITE_FORECAST_BLOCK) {
        for (size_t a = 0; status == AUTAN_OK && a < g->nx; a += SITE_FORECAST_BLOCK) {
            const size_t rows = MIN(SITE_FORECAST_BLOCK, g->ny - b),
                         columns = MIN(SITE_FORECAST_BLOCK, g->nx - a);
            autan_place_series s = {0};
            unsigned char *bytes = NULL;
            size_t n = 0;
            char *path =
                g_strdup_printf("%s/%zu-%zu.bin", w->folder, b / SITE_FORECAST_BLOCK,
                                a / SITE_FORECAST_BLOCK);
            status = autan_place_series_make(PLANES, rows, columns, T, QUANTUM_K, &s);
            for (size_t i = 0; status == AUTAN_OK && i < PLANES * rows * columns; i++) {
                const size_t p = i / (rows * columns), r = b + i / columns % rows,
                             c = a + i % columns;
                for (size_t t = 0; t < T; t++)
                    s.value[i * T + t] = packed[(p * T + t) * cells + r * g->nx + c];
            }
            if (status == AUTAN_OK) {
                memcpy(s.time, info->time, T * sizeof *s.time);
                status = autan_place_series_encode(&s, &bytes, &n);
            }
            status = status == AUTAN_OK ? site_write(path, bytes, n, err)
                                        : town_no_memory(w->town, err);
            autan_place_series_clear(&s);
            free(bytes);
            g_free(path);
        }
    }
    return status;
}

static autan_status write_hour(const work *w, autan_mapfile_reader *reader, long mean,
                               const long *plane, size_t t, float *value, float *spread,
                               int16_t *packed, autan_error *err)
{
    const autan_mapfile_info *info = autan_mapfile_contents(reader);
    const size_t cells = info->grid->nx * info->grid->ny;
    double low, high, spread_low, spread_high;
    autan_status status = AUTAN_OK;
    for (size_t p = 0; status == AUTAN_OK && p < PLANES; p++) {
        status = autan_mapfile_read(reader, (size_t)plane[p], t, value, err);
        for (size_t i = 0; status == AUTAN_OK && i < cells; i++) {
            packed[(p * info->n_times + t) * cells + i] =
                autan_place_series_pack(QUANTUM_K, (double)value[i]);
            if (p == 0)
                spread[i] = value[i];
            else if (p == PLANES - 1)
                spread[i] =
                    (float)(((double)value[i] - (double)spread[i]) / (2.0 * Z90));
        }
    }
    if (status == AUTAN_OK)
        status = autan_mapfile_read(reader, (size_t)mean, t, value, err);
    if (status != AUTAN_OK)
        return status;
    range_of(cells, value, &low, &high);
    range_of(cells, spread, &spread_low, &spread_high);
    status =
        write_cog(w, "air_temperature", "degC", QUANTUM_K, info->time[t], value, err);
    if (status == AUTAN_OK)
        status = write_cog(w, "air_temperature_standard_error", "K", QUANTUM_K,
                           info->time[t], spread, err);
    json_array_append_new(json_object_get(w->summary, "hours"),
                          json_pack("{s:I, s:o, s:o, s:o, s:o}", "time",
                                    (json_int_t)info->time[t], "low",
                                    site_number(low, 2), "high", site_number(high, 2),
                                    "error_low", site_number(spread_low, 2),
                                    "error_high", site_number(spread_high, 2)));
    return status;
}

static autan_status write_hours(const work *w, autan_mapfile_reader *reader,
                                autan_error *err)
{
    const autan_mapfile_info *info = autan_mapfile_contents(reader);
    const size_t cells = info->grid->nx * info->grid->ny, T = info->n_times;
    const long mean = autan_mapfile_find(reader, "air_temperature");
    long plane[PLANES];
    int16_t *packed;
    float *value, *spread;
    autan_status status = AUTAN_OK;
    for (size_t p = 0; p < PLANES; p++) {
        plane[p] = autan_mapfile_find(reader, plane_name[p]);
        if (plane[p] < 0 || mean < 0)
            return autan_fail(err, AUTAN_BAD_FORMAT,
                              "%s: is not a forecast: it has no air_temperature and %s",
                              info->path, plane_name[p]);
    }
    packed = malloc(PLANES * T * cells * sizeof *packed);
    value = malloc(cells * sizeof *value);
    spread = malloc(cells * sizeof *spread);
    if (!packed || !value || !spread)
        status = town_no_memory(w->town, err);
    for (size_t t = 0; status == AUTAN_OK && t < T; t++) {
        status = write_hour(w, reader, mean, plane, t, value, spread, packed, err);
        message_progress("hours of the forecast put into the site", t + 1, T);
    }
    if (status == AUTAN_OK)
        status = write_blocks(w, info, packed, err);
    free(packed);
    free(value);
    free(spread);
    return status;
}

static autan_status write_day(const work *w, autan_mapfile_reader *reader, size_t d,
                              float *value, autan_error *err)
{
    const autan_mapfile_info *info = autan_mapfile_contents(reader);
    json_t *day = json_pack("{s:I}", "time", (json_int_t)info->time[d]);
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < DAILY; k++) {
        const long v = autan_mapfile_find(reader, daily_name[k]);
        const bool chance = g_str_has_suffix(daily_name[k], "probability");
        double low, high;
        if (v < 0)
            continue;
        status = autan_mapfile_read(reader, (size_t)v, d, value, err);
        range_of(info->grid->nx * info->grid->ny, value, &low, &high);
        if (status == AUTAN_OK)
            status = write_cog(w, daily_name[k], chance ? "1" : "degC",
                               chance ? QUANTUM_CHANCE : QUANTUM_K, info->time[d],
                               value, err);
        json_object_set_new(
            day, daily_name[k],
            json_pack("[o, o]", site_number(low, 2), site_number(high, 2)));
    }
    json_array_append_new(json_object_get(w->summary, "days"), day);
    return status;
}

/* The maps of each day, which lie beside those of the hours. */
static autan_status write_days(const work *w, const char *file, autan_time reference,
                               autan_error *err)
{
    const char *ending = g_str_has_suffix(file, ".nc") ? ".nc" : "";
    char *path = g_strdup_printf("%.*s-daily%s", (int)(strlen(file) - strlen(ending)),
                                 file, ending);
    autan_mapfile_reader *reader = NULL;
    const autan_mapfile_info *info;
    float *value = NULL;
    autan_status status = AUTAN_OK;
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        status = autan_mapfile_open_read(path, &reader, err);
    if (status == AUTAN_OK && reader) {
        info = autan_mapfile_contents(reader);
        value = malloc(info->grid->nx * info->grid->ny * sizeof *value);
        if (!value)
            status = town_no_memory(w->town, err);
        else if (info->reference != reference)
            message_note("%s is of another forecast: left out", path);
        else if (info->grid->nx != w->town->city.grid.nx ||
                 info->grid->ny != w->town->city.grid.ny)
            message_note("%s has another grid: left out", path);
        else
            for (size_t d = 0; status == AUTAN_OK && d < info->n_times; d++)
                status = write_day(w, reader, d, value, err);
    }
    autan_mapfile_reader_close(reader);
    free(value);
    g_free(path);
    return status;
}

/* Quantiles of the members of one station, in tenths of a degree. */
static json_t *station_fan(const autan_forecast *f, size_t i, double *sorted)
{
    json_t *fan = json_array();
    for (int q = 0; q < SHARES; q++)
        json_array_append_new(fan, json_array());
    for (size_t t = 0; t < f->n_times; t++) {
        size_t n = 0;
        for (size_t k = 0; k < f->n_members; k++) {
            const float v = f->value[(k * f->n_stations + i) * f->n_times + t];
            if (isfinite(v))
                sorted[n++] = (double)v;
        }
        autan_sort(n, sorted);
        for (int q = 0; q < SHARES; q++)
            json_array_append_new(
                json_array_get(fan, (size_t)q),
                n ? json_integer((json_int_t)lround(
                        100.0 * autan_quantile_sorted(n, sorted, share[q])))
                  : json_null());
    }
    return fan;
}

static autan_status write_fans(const work *w, const autan_forecast *f, autan_error *err)
{
    json_t *stations = json_object(), *times = json_array(), *shares = json_array();
    double *sorted = malloc((f->n_members + 1) * sizeof *sorted);
    char *path = g_build_filename(w->folder, "stations.json", NULL);
    json_t *root;
    autan_status status;
    for (size_t t = 0; t < f->n_times; t++)
        json_array_append_new(
            times, json_integer(f->reference + HOUR_S * ((autan_time)t + 1)));
    for (int q = 0; q < SHARES; q++)
        json_array_append_new(shares, json_real(share[q]));
    for (size_t i = 0; sorted && i < f->n_stations; i++)
        json_object_set_new(stations, f->station[i], station_fan(f, i, sorted));
    root = json_pack("{s:o, s:o, s:o}", "time", times, "quantile", shares, "station",
                     stations);
    status = sorted ? site_write_json(path, root, err) : town_no_memory(w->town, err);
    json_decref(root);
    free(sorted);
    g_free(path);
    return status;
}

/* The members of the forecast of that origin, or of the newest where there are no maps;
 * false when the archive has none. */
static bool read_members(const town *t, autan_time reference, autan_forecast *f)
{
    autan_time *list = NULL;
    size_t n = 0;
    autan_error err = {0};
    char *path;
    bool good;
    if (autan_forecast_list(t->city.archive, AUTAN_FORECASTS, &list, &n) != AUTAN_OK)
        return false;
    if (reference == 0 && n > 0)
        reference = list[n - 1];
    free(list);
    path = n ? autan_forecast_path(t->city.archive, AUTAN_FORECASTS, reference) : NULL;
    good = path && autan_forecast_read(path, f, &err) == AUTAN_OK;
    if (path && !good && g_file_test(path, G_FILE_TEST_EXISTS))
        message_note("%s; stations have no forecast", err.text);
    free(path);
    return good;
}

static autan_status check(const town *t, const autan_mapfile_info *info,
                          autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    if (info->reference == 0)
        return autan_fail(err, AUTAN_BAD_FORMAT, "%s: is not a forecast", info->path);
    if (info->grid->nx != g->nx || info->grid->ny != g->ny ||
        fabs(info->grid->xmin - g->xmin) > 1e-3 ||
        fabs(info->grid->ymin - g->ymin) > 1e-3)
        return autan_fail(err, AUTAN_BAD_CONFIG, "%s: has another grid than %s",
                          info->path, t->city.path);
    return AUTAN_OK;
}

static autan_status write_all(const work *w, autan_mapfile_reader *reader,
                              const char *file, autan_time reference,
                              const autan_forecast *members, autan_error *err)
{
    autan_status status = site_folder(w->folder, err);
    if (status == AUTAN_OK && reader)
        status = write_hours(w, reader, err);
    if (status == AUTAN_OK && reader)
        status = write_days(w, file, reference, err);
    if (status == AUTAN_OK && members)
        status = write_fans(w, members, err);
    return status;
}

/* What the folder was made of: file, grid and members. */
static char *digest_of(const char *file, autan_time reference, const autan_forecast *f)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    GStatBuf info = {0};
    char *text;
    if (file)
        g_stat(file, &info);
    text = g_strdup_printf("%s %s %lld %lld %lld", PACKAGE_VERSION, file ? file : "",
                           (long long)info.st_size, (long long)info.st_mtime,
                           (long long)reference);
    g_checksum_update(sum, (const guchar *)text, -1);
    if (f)
        g_checksum_update(
            sum, (const guchar *)f->value,
            (gssize)(f->n_members * f->n_stations * f->n_times * sizeof *f->value));
    g_free(text);
    text = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return text;
}

/* Makes the folder, unless it is there and was made of the same. */
static autan_status renew(work *w, autan_mapfile_reader *reader, const char *file,
                          autan_time reference, const autan_forecast *members,
                          json_t **summary, autan_error *err)
{
    char *path = g_build_filename(w->folder, "forecast.json", NULL);
    char *digest = digest_of(file, reference, members);
    json_t *before = site_read_json(path);
    const char *known = json_string_value(json_object_get(before, "digest"));
    autan_status status = AUTAN_OK;
    if (known && strcmp(known, digest) == 0) {
        json_decref(w->summary);
        w->summary = json_incref(before);
    } else {
        status = write_all(w, reader, file, reference, members, err);
        json_object_set_new(w->summary, "digest", json_string(digest));
        if (status == AUTAN_OK)
            status = site_write_json(path, w->summary, err);
    }
    json_decref(before);
    g_free(digest);
    g_free(path);
    if (status == AUTAN_OK)
        *summary = w->summary;
    else
        json_decref(w->summary);
    return status;
}

autan_status site_forecast(const town *t, const char *site, const char *file,
                           json_t **summary, autan_error *err)
{
    autan_mapfile_reader *reader = NULL;
    autan_forecast members = {0};
    autan_time reference = 0;
    bool has_members;
    char *stamp, *folder;
    autan_status status = AUTAN_OK;
    if (file) {
        status = autan_mapfile_open_read(file, &reader, err);
        if (status == AUTAN_OK)
            status = check(t, autan_mapfile_contents(reader), err);
        if (status == AUTAN_OK)
            reference = autan_mapfile_contents(reader)->reference;
    }
    if (status != AUTAN_OK) {
        autan_mapfile_reader_close(reader);
        return status;
    }
    has_members = read_members(t, reference, &members);
    if (!reader && !has_members) {
        *summary = json_null();
        return AUTAN_OK;
    }
    if (!reader)
        reference = members.reference;
    stamp = stamp_of(reference);
    folder = g_build_filename(site, SITE_FORECAST, stamp, NULL);
    work w = {t, folder,
              json_pack("{s:s, s:I, s:b, s:b, s:s, s:s, s:[], s:[]}", "folder", stamp,
                        "reference", (json_int_t)reference, "maps", reader != NULL,
                        "fans", has_members, "method",
                        has_members ? members.method : "", "notes",
                        has_members ? members.notes : "", "hours", "days")};
    status =
        renew(&w, reader, file, reference, has_members ? &members : NULL, summary, err);
    if (has_members)
        autan_forecast_clear(&members);
    autan_mapfile_reader_close(reader);
    g_free(folder);
    g_free(stamp);
    return status;
}

void site_forecast_clean(const char *site, const json_t *summary)
{
    const char *kept = json_string_value(json_object_get(summary, "folder"));
    char *parent = g_build_filename(site, SITE_FORECAST, NULL);
    GDir *dir = g_dir_open(parent, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        char *folder = g_build_filename(parent, name, NULL);
        if (!kept || strcmp(name, kept) != 0)
            site_remove(folder);
        g_free(folder);
    }
    if (dir)
        g_dir_close(dir);
    g_free(parent);
}
