#include "files/geotiff.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <glib.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"
#include "files/raster.h"

/* The file is made in GDAL's memory and written from there, so that a full disk is met
 * by one write whose errors are checked. */

static autan_status failed(const char *path, autan_error *err)
{
    return autan_fail(err, AUTAN_IO, "%s: GDAL cannot make the GeoTIFF: %s", path,
                      CPLGetLastErrorMsg());
}

/* The values with nodata in place of what is missing, for the caller to free(). */
static autan_status fill_missing(const char *path, const autan_geotiff *map,
                                 float **filled, autan_error *err)
{
    size_t n = map->grid->nx * map->grid->ny;
    float *made = malloc(n * sizeof *made);
    if (!made)
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    for (size_t k = 0; k < n; k++) {
        if (map->value[k] == map->nodata) {
            free(made);
            return autan_fail(
                err, AUTAN_BAD_ARGUMENT,
                "%s: the value of row %zu, column %zu is %g, which stands "
                "for missing",
                path, k / map->grid->nx, k % map->grid->nx, (double)map->nodata);
        }
        made[k] = isfinite(map->value[k]) ? map->value[k] : map->nodata;
    }
    *filled = made;
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
static bool set_statistics(GDALRasterBandH band, const autan_geotiff *map)
{
    const size_t n = map->grid->nx * map->grid->ny;
    double lowest = INFINITY, highest = -INFINITY, sum = 0.0, squares = 0.0;
    size_t count = 0;
    for (size_t k = 0; k < n; k++) {
        const double v = (double)map->value[k];
        if (!isfinite(v))
            continue;
        lowest = fmin(lowest, v);
        highest = fmax(highest, v);
        sum += v;
        count++;
    }
    for (size_t k = 0; k < n; k++) {
        const double d = (double)map->value[k] - sum / (double)count;
        squares += isfinite(d) ? d * d : 0.0;
    }
    return count == 0 ||
           GDALSetRasterStatistics(band, lowest, highest, sum / (double)count,
                                   sqrt(squares / (double)count)) == CE_None;
}

static bool set_band(GDALRasterBandH band, const autan_geotiff *map, float *value)
{
    const int nx = (int)map->grid->nx, ny = (int)map->grid->ny;
    if (map->name)
        GDALSetDescription(band, map->name);
    return (!map->units || GDALSetRasterUnitType(band, map->units) == CE_None) &&
           GDALSetRasterNoDataValue(band, (double)map->nodata) == CE_None &&
           GDALRasterIO(band, GF_Write, 0, 0, nx, ny, value, nx, ny, GDT_Float32, 0,
                        0) == CE_None &&
           set_statistics(band, map);
}

/* The map as a dataset in memory, NULL when GDAL refuses. */
static GDALDatasetH make_dataset(const autan_geotiff *map, const char *wkt,
                                 float *value)
{
    const autan_grid *g = map->grid;
    double transform[6] = {g->xmin, g->resolution, 0, g->ymax, 0, -g->resolution};
    GDALDriverH memory = GDALGetDriverByName("MEM");
    GDALDatasetH dataset =
        memory ? GDALCreate(memory, "", (int)g->nx, (int)g->ny, 1, GDT_Float32, NULL)
               : NULL;
    if (dataset && GDALSetGeoTransform(dataset, transform) == CE_None &&
        set_crs(dataset, wkt) && set_tags(dataset, map) &&
        set_band(GDALGetRasterBand(dataset, 1), map, value))
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
                                   "BLOCKSIZE=256",
                                   "OVERVIEWS=IGNORE_EXISTING",
                                   "OVERVIEW_COMPRESS=DEFLATE",
                                   "OVERVIEW_RESAMPLING=AVERAGE",
                                   "OVERVIEW_PREDICTOR=FLOATING_POINT",
                                   "BIGTIFF=IF_SAFER",
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
    float *value = NULL;
    autan_status status = autan_crs_wkt(map->crs, &wkt, err);
    if (status != AUTAN_OK)
        return status;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    status = fill_missing(path, map, &value, err);
    if (status == AUTAN_OK)
        status = write_map(path, map, wkt, value, err);
    CPLPopErrorHandler();
    free(value);
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
