/* The maps of a folder, month by month. */
#include "files/publish/maps.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <errno.h>
#include <fcntl.h>
#include <gdal.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/folder.h"
#include "files/outfile.h"
#include "files/publish/document.h"
#include "files/publish/text.h"

/* Raised when the files of the same maps become others. */
enum { FORM = 1 };

/* VARIABLE_YYYYMMDDTHHMMZ.tif; false for any other name. */
static bool take_name(const char *name, autan_map_file *map)
{
    const size_t stamp = sizeof "_20250701T0000Z.tif" - 1;
    const size_t length = strlen(name);
    char text[AUTAN_TIME_TEXT];
    const char *s;
    if (length <= stamp || length > 200)
        return false;
    s = name + length - stamp;
    if (s[0] != '_' || s[9] != 'T' || strcmp(s + 14, "Z.tif") != 0 ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") < length - stamp ||
        !g_ascii_islower(*name))
        return false;
    g_snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2sZ", s + 1, s + 5, s + 7,
               s + 10, s + 12);
    if (autan_time_parse(text, &map->time) != AUTAN_OK)
        return false;
    map->file = g_strdup(name);
    map->variable = g_strndup(name, length - stamp);
    return true;
}

static gint by_time_and_variable(gconstpointer a, gconstpointer b)
{
    const autan_map_file *l = a, *r = b;
    if (l->time != r->time)
        return l->time < r->time ? -1 : 1;
    return strcmp(l->variable, r->variable);
}

static void map_clear(gpointer data)
{
    autan_map_file *map = data;
    g_free(map->file);
    g_free(map->variable);
    g_free(map->sum);
    g_free(map->unit);
}

GArray *autan_maps_list(const char *folder, autan_error *err)
{
    GArray *list = g_array_new(FALSE, TRUE, sizeof(autan_map_file));
    GDir *entries = g_dir_open(folder, 0, NULL);
    const char *name;
    g_array_set_clear_func(list, map_clear);
    if (!entries) {
        autan_fail(err, AUTAN_NOT_FOUND, "%s: cannot be read: %s", folder,
                   g_strerror(errno));
        g_array_free(list, TRUE);
        return NULL;
    }
    while ((name = g_dir_read_name(entries))) {
        autan_map_file map = {0};
        if (take_name(name, &map))
            g_array_append_val(list, map);
    }
    g_dir_close(entries);
    g_array_sort(list, by_time_and_variable);
    return list;
}

static autan_status refuse(const char *path, const char *what, autan_error *err)
{
    return autan_fail(
        err, AUTAN_BAD_FORMAT,
        "%s: %s, expected a Cloud Optimized GeoTIFF as map --geotiff makes it", path,
        what);
}

/* The grid that a dataset is on. */
static bool take_grid(GDALDatasetH dataset, autan_grid *grid)
{
    double t[6];
    const int nx = GDALGetRasterXSize(dataset), ny = GDALGetRasterYSize(dataset);
    return GDALGetGeoTransform(dataset, t) == CE_None && t[2] == 0 && t[4] == 0 &&
           t[5] == -t[1] &&
           autan_grid_make(t[0], t[3] - ny * t[1], t[0] + nx * t[1], t[3], t[1],
                           grid) == AUTAN_OK &&
           grid->nx == (size_t)nx && grid->ny == (size_t)ny;
}

/* Longitudes and latitudes of the corners, and what lies around them. */
static bool take_corners(OGRSpatialReferenceH srs, autan_month_maps *m)
{
    const autan_grid *g = &m->grid;
    double x[4] = {g->xmin, g->xmax, g->xmax, g->xmin};
    double y[4] = {g->ymin, g->ymin, g->ymax, g->ymax};
    OGRSpatialReferenceH wgs84 = OSRNewSpatialReference(NULL);
    OGRCoordinateTransformationH transformation;
    bool good;
    OSRImportFromEPSG(wgs84, 4326);
    OSRSetAxisMappingStrategy(wgs84, OAMS_TRADITIONAL_GIS_ORDER);
    transformation = OCTNewCoordinateTransformation(srs, wgs84);
    good = transformation && OCTTransform(transformation, 4, x, y, NULL);
    m->box[0] = m->box[1] = INFINITY;
    m->box[2] = m->box[3] = -INFINITY;
    for (int k = 0; k < 4 && good; k++) {
        /* Seven digits are a centimetre. */
        m->corner[k][0] = round(x[k] * 1e7) / 1e7;
        m->corner[k][1] = round(y[k] * 1e7) / 1e7;
        m->box[0] = fmin(m->box[0], m->corner[k][0]);
        m->box[1] = fmin(m->box[1], m->corner[k][1]);
        m->box[2] = fmax(m->box[2], m->corner[k][0]);
        m->box[3] = fmax(m->box[3], m->corner[k][1]);
    }
    if (transformation)
        OCTDestroyCoordinateTransformation(transformation);
    OSRDestroySpatialReference(wgs84);
    return good;
}

static bool take_place(GDALDatasetH dataset, autan_month_maps *m)
{
    static const char *const format[] = {"FORMAT=WKT2_2019", NULL};
    OGRSpatialReferenceH srs = GDALGetSpatialRef(dataset), own;
    char *wkt = NULL;
    const char *code;
    bool good;
    if (!srs)
        return false;
    own = OSRClone(srs);
    OSRSetAxisMappingStrategy(own, OAMS_TRADITIONAL_GIS_ORDER);
    good = OSRExportToWktEx(own, &wkt, format) == OGRERR_NONE && take_corners(own, m);
    code = OSRGetAuthorityCode(own, NULL);
    m->epsg = code ? (int)g_ascii_strtoll(code, NULL, 10) : 0;
    m->wkt = g_strdup(wkt ? wkt : "");
    CPLFree(wkt);
    OSRDestroySpatialReference(own);
    return good;
}

static autan_status take_dataset(GDALDatasetH dataset, const char *path, bool first,
                                 autan_month_maps *m, autan_map_file *map,
                                 autan_error *err)
{
    GDALRasterBandH band;
    const char *layout = GDALGetMetadataItem(dataset, "LAYOUT", "IMAGE_STRUCTURE");
    autan_grid grid;
    int has_nodata = 0;
    double nodata;
    if (!layout || strcmp(layout, "COG") != 0)
        return refuse(path, "is not laid out as one", err);
    if (GDALGetRasterCount(dataset) != 1)
        return refuse(path, "has not one band", err);
    band = GDALGetRasterBand(dataset, 1);
    if (GDALGetRasterDataType(band) != GDT_Float32)
        return refuse(path, "is not of 32-bit floating point", err);
    if (!take_grid(dataset, &grid))
        return refuse(path, "has no grid of square cells, north up", err);
    if (first) {
        m->grid = grid;
        if (!take_place(dataset, m))
            return refuse(path, "has no projection that can be turned into longitudes",
                          err);
    } else if (memcmp(&grid, &m->grid, sizeof grid) != 0) {
        return autan_fail(
            err, AUTAN_BAD_FORMAT,
            "%s: is on another grid than %s, expected one grid in a month", path,
            m->map[0].file);
    }
    nodata = GDALGetRasterNoDataValue(band, &has_nodata);
    map->nodata = has_nodata ? nodata : (double)NAN;
    map->unit = g_strdup(GDALGetRasterUnitType(band));
    if (!g_utf8_validate(map->unit, -1, NULL))
        *map->unit = '\0';
    return AUTAN_OK;
}

/* Reads what a map says of itself; what is not GeoTIFF is not opened. */
static autan_status read_map(const char *path, bool first, autan_month_maps *m,
                             autan_map_file *map, autan_error *err)
{
    static const char *const drivers[] = {"GTiff", NULL};
    GDALDatasetH dataset;
    autan_status status;
    CPLErrorReset();
    dataset = GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY, drivers, NULL, NULL);
    if (!dataset)
        return refuse(path, "cannot be opened", err);
    status = take_dataset(dataset, path, first, m, map, err);
    GDALClose(dataset);
    return status;
}

/* The sums of a published folder, by file. */
static GHashTable *read_sums(const char *folder, time_t *written)
{
    GHashTable *sums = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    char *path = g_strdup_printf("%s/SHA256SUMS", folder), *text = NULL;
    struct stat info;
    *written = 0;
    if (stat(path, &info) == 0 && g_file_get_contents(path, &text, NULL, NULL)) {
        char **line = g_strsplit(text, "\n", -1);
        *written = info.st_mtime;
        for (size_t k = 0; line[k]; k++) {
            if (strlen(line[k]) > 66)
                g_hash_table_insert(sums, g_strdup(line[k] + 66),
                                    g_strndup(line[k], 64));
        }
        g_strfreev(line);
    }
    g_free(text);
    g_free(path);
    return sums;
}

/* A published map that is the very same file, and was not written to since, has the sum
 * that is on record: a year of maps need not be read again. */
static autan_status take_sum(const char *folder, const char *former, GHashTable *sums,
                             time_t written, autan_map_file *map, autan_error *err)
{
    char *path = g_strdup_printf("%s/%s", folder, map->file);
    char *before = g_strdup_printf("%s/%s", former, map->file);
    const char *known = g_hash_table_lookup(sums, map->file);
    struct stat now, then;
    autan_status status = AUTAN_OK;
    if (known && stat(path, &now) == 0 && stat(before, &then) == 0 &&
        now.st_dev == then.st_dev && now.st_ino == then.st_ino &&
        now.st_mtime < written) {
        map->sum = g_strdup(known);
        map->bytes = (size_t)now.st_size;
    } else {
        status = autan_text_checksum(path, &map->sum, &map->bytes, err);
    }
    g_free(before);
    g_free(path);
    return status;
}

static void take_fingerprint(autan_month_maps *m)
{
    const int form = FORM;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)&form, sizeof form);
    autan_notice_add(m->notice, sum);
    for (size_t k = 0; k < m->n; k++) {
        g_checksum_update(sum, (const guchar *)m->map[k].file,
                          (gssize)strlen(m->map[k].file) + 1);
        g_checksum_update(sum, (const guchar *)m->map[k].sum, 64);
    }
    g_strlcpy(m->fingerprint, g_checksum_get_string(sum), sizeof m->fingerprint);
    g_checksum_free(sum);
}

/* The same bytes under another name, or a copy where the file system has no such thing.
 */
static autan_status place(const char *from, const char *to, autan_error *err)
{
    char *bytes = NULL;
    gsize n = 0;
    autan_outfile *out = NULL;
    autan_status status;
    if (linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0)
        return AUTAN_OK;
    if (!g_file_get_contents(from, &bytes, &n, NULL))
        return autan_fail(err, AUTAN_IO, "%s: cannot be read: %s", from,
                          g_strerror(errno));
    status = autan_outfile_open(to, &out, err);
    if (status == AUTAN_OK)
        status = autan_outfile_write(out, bytes, n, err);
    if (status == AUTAN_OK)
        status = autan_outfile_commit(out, err);
    else
        autan_outfile_abandon(out);
    g_free(bytes);
    return status;
}

static autan_status read_all(const char *folder, autan_month_maps *m, autan_error *err)
{
    autan_status status = AUTAN_OK;
    GDALAllRegister();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    for (size_t k = 0; status == AUTAN_OK && k < m->n; k++) {
        char *path = g_strdup_printf("%s/%s", folder, m->map[k].file);
        status = read_map(path, k == 0, m, &m->map[k], err);
        g_free(path);
    }
    CPLPopErrorHandler();
    return status;
}

static autan_status write_month(const char *folder, const char *parent,
                                autan_month_maps *m, autan_error *err)
{
    autan_folder *out;
    autan_status status = read_all(folder, m, err);
    if (status == AUTAN_OK)
        status = autan_folder_open(parent, m->month, &out, err);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; status == AUTAN_OK && k < m->n; k++) {
        char *from = g_strdup_printf("%s/%s", folder, m->map[k].file);
        char *to = g_strdup_printf("%s/%s", autan_folder_path(out), m->map[k].file);
        status = place(from, to, err);
        g_free(from);
        g_free(to);
    }
    if (status == AUTAN_OK)
        status = autan_stac_month(m, autan_folder_path(out), err);
    if (status == AUTAN_OK)
        status = autan_index_maps(m, autan_folder_path(out), err);
    if (status == AUTAN_OK)
        status = autan_write_checksums(autan_folder_path(out), err);
    if (status == AUTAN_OK)
        return autan_folder_commit(out, err);
    autan_folder_abandon(out);
    return status;
}

/* Whether the month's catalogue is of these maps; one that is not ours is an error. */
static autan_status compare_former(const char *former, const autan_month_maps *m,
                                   bool *same, autan_error *err)
{
    char *path = g_strdup_printf("%s/catalog.json", former);
    json_t *catalogue = NULL;
    const char *print;
    struct stat info;
    autan_status status = AUTAN_OK;
    *same = false;
    if (stat(former, &info) == 0) {
        status = autan_text_read_json(path, &catalogue, err);
        print = json_string_value(
            json_object_get(json_object_get(catalogue, "autan"), "fingerprint"));
        *same = print && strcmp(print, m->fingerprint) == 0;
        if (status == AUTAN_NOT_FOUND || (status == AUTAN_OK && !print))
            status = autan_fail(
                err, AUTAN_BAD_FORMAT,
                "%s: is there and was not published by autan; move it away", former);
    }
    json_decref(catalogue);
    g_free(path);
    return status;
}

autan_status autan_maps_publish(const autan_notice *notice, const char *folder,
                                const char *parent, size_t n, autan_map_file *map,
                                bool *same, autan_error *err)
{
    autan_month_maps m = {.notice = notice, .n = n, .map = map};
    char text[AUTAN_TIME_TEXT], *former;
    GHashTable *sums;
    time_t written;
    autan_status status = AUTAN_OK;
    autan_time_format(map[0].time, text);
    g_strlcpy(m.month, text, sizeof "2025-07");
    former = g_strdup_printf("%s/%s", parent, m.month);
    sums = read_sums(former, &written);
    for (size_t k = 0; status == AUTAN_OK && k < n; k++)
        status = take_sum(folder, former, sums, written, &map[k], err);
    if (status == AUTAN_OK) {
        take_fingerprint(&m);
        status = compare_former(former, &m, same, err);
    }
    if (status == AUTAN_OK && !*same)
        status = write_month(folder, parent, &m, err);
    g_hash_table_destroy(sums);
    g_free(former);
    g_free(m.wkt);
    return status;
}
