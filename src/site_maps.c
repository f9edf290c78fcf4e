/* Maps in the site: a folder a day (UTC) with a COG for every map, the series of its
 * places in blocks, and what the page must know beforehand. */
#include "config.h"

#include "site.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "files/geotiff.h"
#include "files/mapfile.h"
#include "files/place_series.h"
#include "message.h"

enum { DAY_S = 86400 };

/* Values are rounded to this: far below their standard error, and small files. */
static const double QUANTUM_K = 1.0 / 64.0;

/* Share of the cells beyond the ends of the colour scale, on either side. */
static const double TAIL = 0.002;

enum { TEMPERATURE = 0, STANDARD_ERROR, PLANES };
static const char *const plane_name[PLANES] = {"air_temperature",
                                               "air_temperature_standard_error"};

typedef struct {
    const town *town;
    const char *site, *file;
    autan_mapfile_reader *reader;
    const autan_mapfile_info *info;
    long variable[PLANES], island; /* -1: not in the file */
    char day[16], *folder;         /* of the day being written */
    size_t first, n;               /* its times in the file */
    float *value;                  /* cells */
    float *other;                  /* cells */
    double *sorted;                /* cells */
    int16_t *packed;               /* PLANES x n x cells */
    json_t *maps;                  /* of the day */
} work;

static size_t n_cells(const work *w)
{
    return w->info->grid->nx * w->info->grid->ny;
}

static void day_name(autan_time time, char text[16])
{
    char stamp[AUTAN_TIME_TEXT];
    autan_time_format_compact(time, stamp);
    g_snprintf(text, 16, "%.8s", stamp);
}

static autan_status check_grid(const work *w, autan_error *err)
{
    const autan_grid *a = w->info->grid, *b = &w->town->city.grid;
    if (a->nx == b->nx && a->ny == b->ny && fabs(a->xmin - b->xmin) < 1e-3 &&
        fabs(a->ymin - b->ymin) < 1e-3 && fabs(a->resolution - b->resolution) < 1e-6)
        return AUTAN_OK;
    return autan_fail(
        err, AUTAN_BAD_CONFIG,
        "%s: has %zu x %zu cells of %g m from %.10g, %.10g on; %s has %zu x "
        "%zu of %g m from %.10g, %.10g on",
        w->file, a->nx, a->ny, a->resolution, a->xmin, a->ymin, w->town->city.path,
        b->nx, b->ny, b->resolution, b->xmin, b->ymin);
}

static autan_status open_maps(work *w, autan_error *err)
{
    autan_status status = autan_mapfile_open_read(w->file, &w->reader, err);
    if (status != AUTAN_OK)
        return status;
    w->info = autan_mapfile_contents(w->reader);
    status = check_grid(w, err);
    for (size_t p = 0; p < PLANES; p++)
        w->variable[p] = autan_mapfile_find(w->reader, plane_name[p]);
    w->island = autan_mapfile_find(w->reader, "urban_heat_island");
    if (status == AUTAN_OK && w->variable[TEMPERATURE] < 0)
        status =
            autan_fail(err, AUTAN_BAD_FORMAT, "%s: has no air_temperature", w->file);
    if (status == AUTAN_OK && w->info->reference != 0)
        status = autan_fail(err, AUTAN_BAD_CONFIG,
                            "%s: is a forecast: give it with --forecast", w->file);
    if (status != AUTAN_OK)
        return status;
    w->value = malloc(n_cells(w) * sizeof *w->value);
    w->other = malloc(n_cells(w) * sizeof *w->other);
    w->sorted = malloc(n_cells(w) * sizeof *w->sorted);
    return w->value && w->other && w->sorted ? AUTAN_OK : town_no_memory(w->town, err);
}

static void limits(work *w, const float *value, double *low, double *high)
{
    size_t n = 0;
    for (size_t i = 0; i < n_cells(w); i++) {
        if (isfinite(value[i]))
            w->sorted[n++] = (double)value[i];
    }
    autan_sort(n, w->sorted);
    *low = autan_quantile_sorted(n, w->sorted, TAIL);
    *high = autan_quantile_sorted(n, w->sorted, 1.0 - TAIL);
}

static autan_status write_cog(const work *w, const char *name, const char *units,
                              autan_time time, float *value, autan_error *err)
{
    const autan_city *city = &w->town->city;
    autan_geotiff_tag tag[3] = {{"TIFFTAG_SOFTWARE", PACKAGE_STRING}};
    autan_geotiff map = {.grid = &city->grid,
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
    for (size_t i = 0; i < n_cells(w); i++)
        value[i] = (float)(round((double)value[i] / QUANTUM_K) * QUANTUM_K);
    if (city->credits)
        tag[map.n_tags++] = (autan_geotiff_tag){"TIFFTAG_COPYRIGHT", city->credits};
    if (city->notice)
        tag[map.n_tags++] =
            (autan_geotiff_tag){"TIFFTAG_IMAGEDESCRIPTION", city->notice};
    status = path ? autan_geotiff_write(path, &map, err) : town_no_memory(w->town, err);
    g_free(path);
    free(file);
    return status;
}

/* The temperature that the heat island is counted from: what their difference is. */
static double rural(const work *w, const float *temperature, const float *island)
{
    double sum = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < n_cells(w); i++) {
        if (isfinite(temperature[i]) && isfinite(island[i])) {
            sum += (double)temperature[i] - (double)island[i];
            n++;
        }
    }
    return n ? sum / (double)n : (double)NAN;
}

static autan_status write_map(work *w, size_t k, autan_error *err)
{
    const autan_time time = w->info->time[w->first + k];
    double low = NAN, high = NAN, error_low = NAN, error_high = NAN, reference = NAN;
    autan_status status = autan_mapfile_read(
        w->reader, (size_t)w->variable[TEMPERATURE], w->first + k, w->value, err);
    if (status == AUTAN_OK && w->island >= 0) {
        status = autan_mapfile_read(w->reader, (size_t)w->island, w->first + k,
                                    w->other, err);
        if (status == AUTAN_OK)
            reference = rural(w, w->value, w->other);
    }
    for (size_t p = 0; status == AUTAN_OK && p < PLANES; p++) {
        if (w->variable[p] < 0)
            continue;
        if (p == STANDARD_ERROR)
            status = autan_mapfile_read(w->reader, (size_t)w->variable[p], w->first + k,
                                        w->value, err);
        if (status != AUTAN_OK)
            break;
        if (p == TEMPERATURE)
            limits(w, w->value, &low, &high);
        else
            limits(w, w->value, &error_low, &error_high);
        for (size_t i = 0; i < n_cells(w); i++)
            w->packed[(p * w->n + k) * n_cells(w) + i] =
                autan_place_series_pack(QUANTUM_K, (double)w->value[i]);
        status = write_cog(w, plane_name[p], p == TEMPERATURE ? "degC" : "K", time,
                           w->value, err);
    }
    if (status == AUTAN_OK)
        json_array_append_new(
            w->maps,
            json_pack("{s:I, s:o, s:o, s:o, s:o, s:o}", "time", (json_int_t)time, "low",
                      site_number(low, 2), "high", site_number(high, 2), "error_low",
                      site_number(error_low, 2), "error_high",
                      site_number(error_high, 2), "rural", site_number(reference, 3)));
    return status;
}

static int by_time(const void *a, const void *b)
{
    const autan_time x = *(const autan_time *)a, y = *(const autan_time *)b;
    return (x > y) - (x < y);
}

/* The times of a block when the new hours are put to those of the old one. */
static size_t merged_times(const work *w, const autan_place_series *old,
                           autan_time *time)
{
    size_t n = w->n;
    memcpy(time, w->info->time + w->first, n * sizeof *time);
    for (size_t t = 0; t < old->n_times; t++) {
        if (!bsearch(&old->time[t], w->info->time + w->first, w->n, sizeof *time,
                     by_time))
            time[n++] = old->time[t];
    }
    qsort(time, n, sizeof *time, by_time);
    return n;
}

static long place_of(size_t n, const autan_time *time, autan_time wanted)
{
    const autan_time *found = bsearch(&wanted, time, n, sizeof *time, by_time);
    return found ? found - time : -1;
}

/* The values of a block: the new hours over the old ones. */
static void fill_block(const work *w, const autan_place_series *old, size_t row,
                       size_t column, autan_place_series *s)
{
    const size_t places = s->rows * s->columns;
    for (size_t t = 0; t < s->n_times; t++) {
        const long mine = place_of(w->n, w->info->time + w->first, s->time[t]);
        const long theirs =
            old->n_times ? place_of(old->n_times, old->time, s->time[t]) : -1;
        for (size_t i = 0; i < PLANES * places; i++) {
            const size_t p = i / places, r = row + i % places / s->columns,
                         c = column + i % s->columns;
            if (mine >= 0)
                s->value[i * s->n_times + t] =
                    w->packed[(p * w->n + (size_t)mine) * n_cells(w) +
                              r * w->info->grid->nx + c];
            else if (theirs >= 0)
                s->value[i * s->n_times + t] =
                    old->value[i * old->n_times + (size_t)theirs];
        }
    }
}

static autan_status write_block(const work *w, size_t row, size_t column,
                                autan_error *err)
{
    const autan_grid *g = w->info->grid;
    const size_t rows = MIN(SITE_BLOCK, g->ny - row),
                 columns = MIN(SITE_BLOCK, g->nx - column);
    char *path = g_strdup_printf("%s/%zu-%zu.bin", w->folder, row / SITE_BLOCK,
                                 column / SITE_BLOCK);
    autan_place_series old = {0}, made = {0};
    autan_time *time;
    char *bytes = NULL;
    unsigned char *encoded = NULL;
    gsize size = 0;
    size_t n, packed = 0;
    autan_status status;
    if (g_file_get_contents(path, &bytes, &size, NULL) &&
        autan_place_series_decode((unsigned char *)bytes, size, &old) == AUTAN_OK &&
        (old.planes != PLANES || old.rows != rows || old.columns != columns ||
         old.quantum != QUANTUM_K))
        autan_place_series_clear(&old);
    time = g_new(autan_time, w->n + old.n_times);
    n = merged_times(w, &old, time);
    status = autan_place_series_make(PLANES, rows, columns, n, QUANTUM_K, &made);
    if (status == AUTAN_OK) {
        memcpy(made.time, time, n * sizeof *time);
        fill_block(w, &old, row, column, &made);
        status = autan_place_series_encode(&made, &encoded, &packed);
    }
    status = status == AUTAN_OK ? site_write(path, encoded, packed, err)
                                : town_no_memory(w->town, err);
    autan_place_series_clear(&old);
    autan_place_series_clear(&made);
    g_free(time);
    g_free(bytes);
    free(encoded);
    g_free(path);
    return status;
}

/* The day's index with the maps that were there before and are not here anew. */
static autan_status write_index(const work *w, autan_error *err)
{
    char *path = g_build_filename(w->folder, "day.json", NULL);
    json_t *day = site_read_json(path), *old, *maps = json_array();
    size_t i, mine = 0, theirs = 0;
    autan_status status;
    if (!json_is_object(day)) {
        json_decref(day);
        day = json_object();
    }
    old = json_object_get(day, "maps");
    while (mine < json_array_size(w->maps) || theirs < json_array_size(old)) {
        json_t *a = json_array_get(w->maps, mine), *b = json_array_get(old, theirs);
        const json_int_t ta =
            a ? json_integer_value(json_object_get(a, "time")) : INT64_MAX;
        const json_int_t tb =
            b ? json_integer_value(json_object_get(b, "time")) : INT64_MAX;
        if (ta <= tb)
            json_array_append(maps, a);
        else
            json_array_append(maps, b);
        mine += ta <= tb;
        theirs += tb <= ta;
    }
    json_object_set_new(day, "date", json_string(w->day));
    json_object_set_new(day, "maps", maps);
    for (i = 0; i < w->info->n_variables; i++) {
        const autan_map_variable *v = &w->info->variable[i];
        for (size_t k = 0; (long)i == w->island && k < v->n_attributes; k++) {
            if (strcmp(v->attribute[k].name, "rural_reference") == 0)
                json_object_set_new(day, "rural_reference",
                                    json_string(v->attribute[k].value));
        }
    }
    status = site_write_json(path, day, err);
    json_decref(day);
    g_free(path);
    return status;
}

static autan_status write_day(work *w, autan_error *err)
{
    const autan_grid *g = w->info->grid;
    autan_status status;
    day_name(w->info->time[w->first], w->day);
    w->folder = g_build_filename(w->site, SITE_DAYS, w->day, NULL);
    w->maps = json_array();
    w->packed = malloc(PLANES * w->n * n_cells(w) * sizeof *w->packed);
    status = w->packed ? site_folder(w->folder, err) : town_no_memory(w->town, err);
    for (size_t i = 0; status == AUTAN_OK && i < PLANES * w->n * n_cells(w); i++)
        w->packed[i] = AUTAN_PLACE_MISSING;
    for (size_t k = 0; status == AUTAN_OK && k < w->n; k++) {
        status = write_map(w, k, err);
        message_progress("maps put into the site", w->first + k + 1, w->info->n_times);
    }
    for (size_t r = 0; status == AUTAN_OK && r < g->ny; r += SITE_BLOCK) {
        for (size_t c = 0; status == AUTAN_OK && c < g->nx; c += SITE_BLOCK)
            status = write_block(w, r, c, err);
    }
    if (status == AUTAN_OK)
        status = write_index(w, err);
    json_decref(w->maps);
    free(w->packed);
    g_free(w->folder);
    return status;
}

autan_status site_maps_add(const town *t, const char *site, const char *file,
                           autan_time *first, autan_error *err)
{
    work w = {.town = t, .site = site, .file = file};
    autan_status status = open_maps(&w, err);
    if (status == AUTAN_OK)
        *first = MIN(*first, w.info->time[0]);
    for (; status == AUTAN_OK && w.first < w.info->n_times; w.first += w.n) {
        const autan_time day = w.info->time[w.first] / DAY_S;
        w.n = 1;
        while (w.first + w.n < w.info->n_times &&
               w.info->time[w.first + w.n] / DAY_S == day)
            w.n++;
        status = write_day(&w, err);
    }
    autan_mapfile_reader_close(w.reader);
    free(w.value);
    free(w.other);
    free(w.sorted);
    return status;
}
