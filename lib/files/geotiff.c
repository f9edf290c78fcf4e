#include "files/geotiff.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <errno.h>
#include <fcntl.h>
#include <gdal.h>
#include <glib.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/outfile.h"
#include "files/raster.h"

/* A map in memory is made into a file in GDAL's memory and written from there, so that
 * a full disk is met by one write whose errors are checked. What comes by rows goes
 * through a file, and GDAL's error state tells. */

#define BLOCK 256 /* pixels along a side of a block */

static autan_status failed(const char *path, autan_error *err)
{
    return autan_fail(err, AUTAN_IO, "%s: GDAL cannot make the GeoTIFF: %s", path,
                      CPLGetLastErrorMsg());
}

/* The values of n rows with nodata in place of what is missing. */
static autan_status fill_missing(const char *path, const autan_geotiff *map,
                                 size_t first, size_t n, const float *value,
                                 float *filled, autan_error *err)
{
    for (size_t k = 0; k < n * map->grid->nx; k++) {
        if (value[k] == map->nodata)
            return autan_fail(
                err, AUTAN_BAD_ARGUMENT,
                "%s: the value of row %zu, column %zu is %g, which stands "
                "for missing",
                path, first + k / map->grid->nx, k % map->grid->nx,
                (double)map->nodata);
        filled[k] = isfinite(value[k]) ? value[k] : map->nodata;
    }
    return AUTAN_OK;
}

static bool set_crs(GDALDatasetH dataset, const char *wkt)
{
    OGRSpatialReferenceH srs = OSRNewSpatialReference(wkt);
    bool good = false;
    if (srs) {
        OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
        good = GDALSetSpatialRef(dataset, srs) == CE_None;
        OSRDestroySpatialReference(srs);
    }
    return good;
}

static bool set_tags(GDALDatasetH dataset, const autan_geotiff *map)
{
    char text[AUTAN_TIME_TEXT], stamp[AUTAN_TIME_TEXT];
    autan_civil t;
    bool good = true;
    autan_civil_utc(map->time, &t);
    autan_time_format(map->time, text);
    g_snprintf(stamp, sizeof stamp, "%04d:%02d:%02d %02d:%02d:%02d", t.year, t.month,
               t.day, t.hour, t.minute, t.second);
    if (!map->timeless)
        good =
            GDALSetMetadataItem(dataset, "TIFFTAG_DATETIME", stamp, NULL) == CE_None &&
            GDALSetMetadataItem(dataset, "time", text, NULL) == CE_None;
    for (size_t k = 0; k < map->n_tags && good; k++)
        good = GDALSetMetadataItem(dataset, map->tag[k].name, map->tag[k].value,
                                   NULL) == CE_None;
    return good;
}

/* Readers that stretch colours find the extremes there and need not read the file. */
typedef struct {
    double lowest, highest, sum, squares;
    size_t count;
} statistics;

static const statistics no_statistics = {INFINITY, -INFINITY, 0.0, 0.0, 0};

static void add_values(statistics *s, size_t n, const float *value)
{
    for (size_t k = 0; k < n; k++) {
        const double v = (double)value[k];
        if (!isfinite(v))
            continue;
        s->lowest = fmin(s->lowest, v);
        s->highest = fmax(s->highest, v);
        s->sum += v;
        s->count++;
    }
}

/* Once all values have been added. */
static void add_squares(statistics *s, size_t n, const float *value)
{
    for (size_t k = 0; k < n; k++) {
        const double d = (double)value[k] - s->sum / (double)s->count;
        s->squares += isfinite(d) ? d * d : 0.0;
    }
}

static bool set_statistics(GDALRasterBandH band, const statistics *s)
{
    return s->count == 0 || GDALSetRasterStatistics(
                                band, s->lowest, s->highest, s->sum / (double)s->count,
                                sqrt(s->squares / (double)s->count)) == CE_None;
}

static bool describe_band(GDALRasterBandH band, const autan_geotiff *map)
{
    if (map->name)
        GDALSetDescription(band, map->name);
    return (!map->units || GDALSetRasterUnitType(band, map->units) == CE_None) &&
           GDALSetRasterNoDataValue(band, (double)map->nodata) == CE_None;
}

static bool set_rows(GDALRasterBandH band, const autan_geotiff *map, size_t first,
                     size_t n, float *value)
{
    const int nx = (int)map->grid->nx;
    return GDALRasterIO(band, GF_Write, 0, (int)first, nx, (int)n, value, nx, (int)n,
                        GDT_Float32, 0, 0) == CE_None;
}

static bool set_band(GDALRasterBandH band, const autan_geotiff *map, float *value)
{
    const size_t n = map->grid->nx * map->grid->ny;
    statistics s = no_statistics;
    add_values(&s, n, map->value);
    add_squares(&s, n, map->value);
    return describe_band(band, map) && set_rows(band, map, 0, map->grid->ny, value) &&
           set_statistics(band, &s);
}

static bool describe(GDALDatasetH dataset, const autan_geotiff *map, const char *wkt)
{
    const autan_grid *g = map->grid;
    double transform[6] = {g->xmin, g->resolution, 0, g->ymax, 0, -g->resolution};
    return GDALSetGeoTransform(dataset, transform) == CE_None &&
           set_crs(dataset, wkt) && set_tags(dataset, map);
}

/* Overviews of the dataset in memory, each made from the one before and half its size,
 * until one is a single block: as the driver would make them by way of a file. */
static bool make_overviews(GDALDatasetH dataset, const autan_grid *g)
{
    const size_t longest = g->nx > g->ny ? g->nx : g->ny;
    GDALRasterBandH from = GDALGetRasterBand(dataset, 1);
    int factor[30], n = 0;
    bool good;
    while (n < 30 && longest >> n > BLOCK) {
        factor[n] = 2 << n;
        n++;
    }
    good = n == 0 || GDALBuildOverviews(dataset, "NONE", n, factor, 0, NULL, NULL,
                                        NULL) == CE_None;
    for (int k = 0; k < n && good; k++) {
        GDALRasterBandH to = GDALGetOverview(GDALGetRasterBand(dataset, 1), k);
        good = GDALRegenerateOverviews(from, 1, &to, "AVERAGE", NULL, NULL) == CE_None;
        from = to;
    }
    return good;
}

/* The map as a dataset in memory, NULL when GDAL refuses. */
static GDALDatasetH make_dataset(const autan_geotiff *map, const char *wkt,
                                 float *value)
{
    const autan_grid *g = map->grid;
    GDALDriverH memory = GDALGetDriverByName("MEM");
    GDALDatasetH dataset =
        memory ? GDALCreate(memory, "", (int)g->nx, (int)g->ny, 1, GDT_Float32, NULL)
               : NULL;
    if (dataset && describe(dataset, map, wkt) &&
        set_band(GDALGetRasterBand(dataset, 1), map, value) &&
        make_overviews(dataset, g))
        return dataset;
    if (dataset)
        GDALClose(dataset);
    return NULL;
}

/* Closing writes too, and tells of its errors only through the error state. */
static autan_status copy_to(const char *path, const char *name, GDALDatasetH dataset,
                            autan_error *err)
{
    const char *const options[] = {"COMPRESS=DEFLATE",
                                   "PREDICTOR=FLOATING_POINT",
                                   "BLOCKSIZE=" G_STRINGIFY(BLOCK),
                                   "LEVEL=4",
                                   "OVERVIEWS=AUTO",
                                   "OVERVIEW_COMPRESS=DEFLATE",
                                   "OVERVIEW_RESAMPLING=AVERAGE",
                                   "OVERVIEW_PREDICTOR=FLOATING_POINT",
                                   "BIGTIFF=IF_SAFER",
                                   "NUM_THREADS=ALL_CPUS",
                                   NULL};
    GDALDriverH driver = GDALGetDriverByName("COG");
    GDALDatasetH copy;
    if (!driver)
        return autan_fail(err, AUTAN_UNSUPPORTED,
                          "%s: this GDAL has no driver for Cloud Optimized GeoTIFF",
                          path);
    CPLErrorReset();
    copy =
        GDALCreateCopy(driver, name, dataset, TRUE, (CSLConstList)options, NULL, NULL);
    if (!copy)
        return failed(path, err);
    GDALClose(copy);
    return CPLGetLastErrorType() >= CE_Failure ? failed(path, err) : AUTAN_OK;
}

static autan_status write_out(const char *path, const char *name, autan_error *err)
{
    vsi_l_offset size = 0;
    GByte *bytes = VSIGetMemFileBuffer(name, &size, FALSE);
    autan_outfile *out;
    autan_status status;
    if (!bytes || size == 0)
        return failed(path, err);
    status = autan_outfile_open(path, &out, err);
    if (status != AUTAN_OK)
        return status;
    status = autan_outfile_write(out, bytes, (size_t)size, err);
    if (status == AUTAN_OK)
        return autan_outfile_commit(out, err);
    autan_outfile_abandon(out);
    return status;
}

static autan_status write_map(const char *path, const autan_geotiff *map,
                              const char *wkt, float *value, autan_error *err)
{
    char *name = g_strdup_printf("/vsimem/autan-%p.tif", (const void *)value);
    char *side = g_strconcat(name, ".aux.xml", NULL);
    GDALDatasetH dataset = make_dataset(map, wkt, value);
    autan_status status =
        dataset ? copy_to(path, name, dataset, err) : failed(path, err);
    if (dataset)
        GDALClose(dataset);
    if (status == AUTAN_OK)
        status = write_out(path, name, err);
    VSIUnlink(name);
    VSIUnlink(side);
    g_free(side);
    g_free(name);
    return status;
}

autan_status autan_geotiff_write(const char *path, const autan_geotiff *map,
                                 autan_error *err)
{
    char *wkt = NULL;
    float *value = malloc(map->grid->nx * map->grid->ny * sizeof *value);
    autan_status status =
        value ? autan_crs_wkt(map->crs, &wkt, err)
              : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    if (status == AUTAN_OK)
        status = fill_missing(path, map, 0, map->grid->ny, map->value, value, err);
    if (status == AUTAN_OK)
        status = write_map(path, map, wkt, value, err);
    CPLPopErrorHandler();
    free(value);
    free(wkt);
    return status;
}

/* Rows held at once, of that many cells in all or a single one. */
enum { CELLS_AT_ONCE = 1 << 20 };

/* Fills the band, and finds its statistics on the way. */
static autan_status fill_band(const char *path, const autan_geotiff *map,
                              const autan_rows *rows, GDALRasterBandH band,
                              autan_error *err)
{
    const size_t nx = map->grid->nx, ny = map->grid->ny;
    const size_t at_once = nx < CELLS_AT_ONCE ? CELLS_AT_ONCE / nx : 1;
    float *value = malloc(2 * at_once * nx * sizeof *value),
          *filled = value + at_once * nx;
    statistics s = no_statistics;
    autan_status status =
        value ? AUTAN_OK : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    for (int pass = 0; pass < 2; pass++) {
        for (size_t row = 0, n; status == AUTAN_OK && row < ny; row += n) {
            n = ny - row < at_once ? ny - row : at_once;
            status = rows->read(rows->user, row, n, value);
            if (status == AUTAN_OK && pass == 0) {
                add_values(&s, n * nx, value);
                status = fill_missing(path, map, row, n, value, filled, err);
                if (status == AUTAN_OK && !set_rows(band, map, row, n, filled))
                    status = failed(path, err);
            } else if (status == AUTAN_OK) {
                add_squares(&s, n * nx, value);
            }
        }
    }
    free(value);
    if (status == AUTAN_OK && !set_statistics(band, &s))
        status = failed(path, err);
    return status;
}

/* A plain file first, which the driver of the other kind copies. */
static autan_status write_plain(const char *path, const char *plain, const char *final,
                                const autan_geotiff *map, const autan_rows *rows,
                                const char *wkt, autan_error *err)
{
    const char *const options[] = {"BIGTIFF=IF_SAFER", NULL};
    const autan_grid *g = map->grid;
    GDALDriverH driver = GDALGetDriverByName("GTiff");
    GDALDatasetH dataset = driver ? GDALCreate(driver, plain, (int)g->nx, (int)g->ny, 1,
                                               GDT_Float32, (CSLConstList)options)
                                  : NULL;
    GDALRasterBandH band = dataset ? GDALGetRasterBand(dataset, 1) : NULL;
    autan_status status = AUTAN_OK;
    if (!dataset || !describe(dataset, map, wkt) || !describe_band(band, map))
        status = failed(path, err);
    if (status == AUTAN_OK)
        status = fill_band(path, map, rows, band, err);
    if (status == AUTAN_OK)
        status = copy_to(path, final, dataset, err);
    if (dataset)
        GDALClose(dataset);
    VSIUnlink(plain);
    return status;
}

/* GDAL puts a new file in place of the one that was opened, which the commit will bring
 * to the disk. */
static autan_status bring_to_disk(const char *path, const char *name, autan_error *err)
{
    const int file = open(name, O_RDONLY | O_CLOEXEC);
    const bool good = file >= 0 && fsync(file) == 0;
    if (!good)
        autan_fail(err, AUTAN_IO, "%s: cannot be brought to the disk: %s", path,
                   strerror(errno));
    if (file >= 0)
        close(file);
    return good ? AUTAN_OK : AUTAN_IO;
}

autan_status autan_geotiff_write_rows(const char *path, const autan_geotiff *map,
                                      const autan_rows *rows, autan_error *err)
{
    char *wkt = NULL, *plain = NULL;
    autan_outfile *out = NULL;
    autan_status status = autan_crs_wkt(map->crs, &wkt, err);
    if (status == AUTAN_OK)
        status = autan_outfile_open(path, &out, err);
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    if (status == AUTAN_OK) {
        plain = g_strconcat(autan_outfile_temporary(out), ".plain", NULL);
        status =
            write_plain(path, plain, autan_outfile_temporary(out), map, rows, wkt, err);
    }
    if (status == AUTAN_OK)
        status = bring_to_disk(path, autan_outfile_temporary(out), err);
    CPLPopErrorHandler();
    if (status == AUTAN_OK)
        status = autan_outfile_commit(out, err);
    else
        autan_outfile_abandon(out);
    g_free(plain);
    free(wkt);
    return status;
}

char *autan_geotiff_name(const char *variable, autan_time time)
{
    char text[AUTAN_TIME_TEXT];
    char *name = malloc(strlen(variable) + sizeof text + sizeof "_.tif");
    autan_time_format_compact(time, text);
    if (name)
        sprintf(name, "%s_%s.tif", variable, text);
    return name;
}
