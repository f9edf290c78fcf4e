#include "files/raster.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <gdal_utils.h>
#include <gdalwarper.h>
#include <glib.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files/disc.h"
#include "files/kept_rows.h"

enum {
    /* Merged pixels held at once for discs, and the coarsest merged pixel as a part of
     * the disc's radius. */
    BAND_PIXELS = 1 << 22,
    DISC_STEPS = 16,
};

struct autan_raster {
    char *name, *path, *crs;
    double radius_m;
    autan_grid grid;
    GDALDatasetH dataset;
    GDALRasterBandH band;
    int nx, ny;
    double transform[6], inverse[6];
    bool has_nodata;
    double nodata;
    double pixel_m; /* size of a source pixel in the city's CRS, m */
    bool same_crs;
    bool aligned;      /* same CRS, same cells: read without warping */
    int column0, row0; /* source pixel of the grid's first cell, when aligned */
    OGRCoordinateTransformationH to_source;
    char *folder; /* where rows are kept; NULL: nowhere */
    autan_kept_rows *kept;
};

/* GDAL's messages go into autan_error, not to the terminal. */
static void quiet(void)
{
    /* Registering looks for plugins every time. */
    if (GDALGetDriverCount() == 0)
        GDALAllRegister();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
}

static void loud(void)
{
    CPLPopErrorHandler();
}

void autan_raster_limit_cache(double bytes)
{
    if (!CPLGetConfigOption("GDAL_CACHEMAX", NULL))
        GDALSetCacheMax64((GIntBig)bytes);
}

static OGRSpatialReferenceH make_srs(const char *crs)
{
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
    if (srs && OSRSetFromUserInput(srs, crs) != OGRERR_NONE) {
        OSRDestroySpatialReference(srs);
        return NULL;
    }
    if (srs)
        OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    return srs;
}

static autan_status open_crs(const char *crs, OGRSpatialReferenceH *srs,
                             autan_error *err)
{
    OGRSpatialReferenceH made = make_srs(crs);
    if (!made)
        return autan_fail(
            err, AUTAN_BAD_CONFIG,
            "crs is '%s', expected one that PROJ knows, such as EPSG:2154 (%s)", crs,
            CPLGetLastErrorMsg());
    if (!OSRIsProjected(made) || fabs(OSRGetLinearUnits(made, NULL) - 1.0) > 1e-9) {
        OSRDestroySpatialReference(made);
        return autan_fail(err, AUTAN_BAD_CONFIG,
                          "crs is '%s', expected a projected one in metres", crs);
    }
    *srs = made;
    return AUTAN_OK;
}

autan_status autan_crs_wkt(const char *crs, char **wkt, autan_error *err)
{
    OGRSpatialReferenceH srs = NULL;
    char *text = NULL;
    autan_status status;
    quiet();
    status = open_crs(crs, &srs, err);
    if (status == AUTAN_OK && OSRExportToWkt(srs, &text) != OGRERR_NONE)
        status =
            autan_fail(err, AUTAN_BAD_CONFIG, "crs '%s' cannot be written as WKT", crs);
    if (status == AUTAN_OK) {
        *wkt = strdup(text);
        if (!*wkt)
            status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    CPLFree(text);
    if (srs)
        OSRDestroySpatialReference(srs);
    loud();
    return status;
}

/* Opens the transformation between WGS 84 and the CRS, one way or the other. */
static autan_status open_wgs84(const char *crs, bool to_crs,
                               OGRCoordinateTransformationH *transformation,
                               autan_error *err)
{
    OGRSpatialReferenceH srs = NULL, wgs84 = make_srs("EPSG:4326");
    autan_status status =
        wgs84 ? open_crs(crs, &srs, err)
              : autan_fail(err, AUTAN_IO, "PROJ cannot open EPSG:4326 (%s)",
                           CPLGetLastErrorMsg());
    if (status == AUTAN_OK) {
        *transformation = to_crs ? OCTNewCoordinateTransformation(wgs84, srs)
                                 : OCTNewCoordinateTransformation(srs, wgs84);
        if (!*transformation)
            status =
                autan_fail(err, AUTAN_BAD_CONFIG, "no way from WGS 84 to crs '%s' (%s)",
                           crs, CPLGetLastErrorMsg());
    }
    if (srs)
        OSRDestroySpatialReference(srs);
    if (wgs84)
        OSRDestroySpatialReference(wgs84);
    return status;
}

autan_status autan_project_stations(const char *crs, autan_station_table *stations,
                                    autan_error *err)
{
    OGRCoordinateTransformationH transformation = NULL;
    autan_status status;
    quiet();
    status = open_wgs84(crs, true, &transformation, err);
    for (size_t i = 0; status == AUTAN_OK && i < stations->n; i++) {
        autan_station *station = &stations->station[i];
        double x = station->longitude, y = station->latitude;
        int ok = 0;
        OCTTransformEx(transformation, 1, &x, &y, NULL, &ok);
        if (!ok || !isfinite(x) || !isfinite(y)) {
            status =
                autan_fail(err, AUTAN_OUT_OF_DOMAIN,
                           "station '%s' at %g, %g cannot be projected to %s",
                           station->id, station->longitude, station->latitude, crs);
        } else {
            station->x = x;
            station->y = y;
        }
    }
    if (transformation)
        OCTDestroyCoordinateTransformation(transformation);
    loud();
    return status;
}

autan_status autan_grid_geographic_box(const char *crs, const autan_grid *grid,
                                       double box[4], autan_error *err)
{
    OGRCoordinateTransformationH transformation = NULL;
    double made[4];
    autan_status status;
    quiet();
    status = open_wgs84(crs, false, &transformation, err);
    if (status == AUTAN_OK &&
        !OCTTransformBounds(transformation, grid->xmin, grid->ymin, grid->xmax,
                            grid->ymax, &made[0], &made[1], &made[2], &made[3], 21))
        status =
            autan_fail(err, AUTAN_BAD_CONFIG,
                       "the extent has no longitude and latitude in crs '%s'", crs);
    if (status == AUTAN_OK)
        memcpy(box, made, sizeof made);
    if (transformation)
        OCTDestroyCoordinateTransformation(transformation);
    loud();
    return status;
}

/* Metres of the city's CRS across one source pixel. */
static autan_status measure_pixel(autan_raster *r, const char *wkt, autan_error *err)
{
    double suggested[6];
    int nx, ny;
    void *transformer;
    CPLErr code;
    if (r->same_crs) {
        r->pixel_m = fmin(hypot(r->transform[1], r->transform[4]),
                          hypot(r->transform[2], r->transform[5]));
        return AUTAN_OK;
    }
    transformer =
        GDALCreateGenImgProjTransformer(r->dataset, NULL, NULL, wkt, FALSE, 0, 1);
    if (!transformer)
        return autan_fail(err, AUTAN_BAD_FORMAT,
                          "%s (covariate %s): cannot be reprojected: %s", r->path,
                          r->name, CPLGetLastErrorMsg());
    code = GDALSuggestedWarpOutput(r->dataset, GDALGenImgProjTransform, transformer,
                                   suggested, &nx, &ny);
    GDALDestroyGenImgProjTransformer(transformer);
    if (code != CE_None)
        return autan_fail(err, AUTAN_BAD_FORMAT,
                          "%s (covariate %s): cannot be reprojected: %s", r->path,
                          r->name, CPLGetLastErrorMsg());
    r->pixel_m = fabs(suggested[1]);
    return AUTAN_OK;
}

/* Notices a source whose cells are the grid's, shifted by whole cells. */
static void find_alignment(autan_raster *r)
{
    const double *t = r->transform;
    double column, row;
    if (!r->same_crs || t[2] != 0 || t[4] != 0 ||
        fabs(t[1] - r->grid.resolution) > 1e-9 * r->grid.resolution ||
        fabs(t[5] + r->grid.resolution) > 1e-9 * r->grid.resolution)
        return;
    column = (r->grid.xmin - t[0]) / t[1];
    row = (r->grid.ymax - t[3]) / t[5];
    if (fabs(column - round(column)) > 1e-6 || fabs(row - round(row)) > 1e-6 ||
        fabs(column) > 1e9 || fabs(row) > 1e9)
        return;
    r->aligned = true;
    r->column0 = (int)round(column);
    r->row0 = (int)round(row);
}

static autan_status check_overlap(autan_raster *r, autan_error *err)
{
    /* The grid's outline in the source's pixels, sampled along the sides. */
    enum { STEPS = 20 };
    double lowest[2] = {INFINITY, INFINITY}, highest[2] = {-INFINITY, -INFINITY};
    const autan_grid *g = &r->grid;
    for (int i = 0; i <= STEPS; i++) {
        for (int j = 0; j <= STEPS; j++) {
            double x = g->xmin + (g->xmax - g->xmin) * i / STEPS;
            double y = g->ymin + (g->ymax - g->ymin) * j / STEPS;
            double column, row;
            int ok = 1;
            if (r->to_source)
                OCTTransformEx(r->to_source, 1, &x, &y, NULL, &ok);
            if (!ok)
                continue;
            GDALApplyGeoTransform(r->inverse, x, y, &column, &row);
            lowest[0] = fmin(lowest[0], column);
            highest[0] = fmax(highest[0], column);
            lowest[1] = fmin(lowest[1], row);
            highest[1] = fmax(highest[1], row);
        }
    }
    if (!(lowest[0] < r->nx && highest[0] > 0 && lowest[1] < r->ny && highest[1] > 0))
        return autan_fail(err, AUTAN_OUT_OF_DOMAIN,
                          "%s (covariate %s): does not overlap the city's extent",
                          r->path, r->name);
    return AUTAN_OK;
}

static autan_status examine(autan_raster *r, autan_error *err)
{
    OGRSpatialReferenceH source, city = NULL;
    int has = 0;
    char *wkt = NULL;
    autan_status status;

    r->nx = GDALGetRasterXSize(r->dataset);
    r->ny = GDALGetRasterYSize(r->dataset);
    if (GDALGetRasterCount(r->dataset) < 1)
        return autan_fail(err, AUTAN_BAD_FORMAT, "%s (covariate %s): has no band",
                          r->path, r->name);
    r->band = GDALGetRasterBand(r->dataset, 1);
    r->nodata = GDALGetRasterNoDataValue(r->band, &has);
    r->has_nodata = has;
    source = GDALGetSpatialRef(r->dataset);
    if (!source)
        return autan_fail(
            err, AUTAN_BAD_FORMAT,
            "%s (covariate %s): has no CRS; give it one with gdal_edit.py -a_srs",
            r->path, r->name);
    if (GDALGetGeoTransform(r->dataset, r->transform) != CE_None ||
        !GDALInvGeoTransform(r->transform, r->inverse))
        return autan_fail(err, AUTAN_BAD_FORMAT,
                          "%s (covariate %s): has no georeference", r->path, r->name);
    status = open_crs(r->crs, &city, err);
    if (status != AUTAN_OK)
        return status;
    r->same_crs = OSRIsSame(source, city);
    if (!r->same_crs) {
        r->to_source = OCTNewCoordinateTransformation(city, source);
        if (!r->to_source)
            status = autan_fail(err, AUTAN_BAD_FORMAT,
                                "%s (covariate %s): no way from its CRS to %s", r->path,
                                r->name, r->crs);
    }
    if (status == AUTAN_OK && OSRExportToWkt(city, &wkt) == OGRERR_NONE)
        status = measure_pixel(r, wkt, err);
    CPLFree(wkt);
    OSRDestroySpatialReference(city);
    if (status == AUTAN_OK) {
        find_alignment(r);
        status = check_overlap(r, err);
    }
    return status;
}

autan_status autan_raster_open(const char *name, const char *path, double radius_m,
                               const char *crs, const autan_grid *grid,
                               autan_raster **raster, autan_error *err)
{
    autan_raster *made = calloc(1, sizeof *made);
    autan_status status = AUTAN_NO_MEMORY;
    quiet();
    if (made) {
        made->name = strdup(name);
        made->path = strdup(path);
        made->crs = strdup(crs);
        made->radius_m = radius_m;
        made->grid = *grid;
    }
    if (!made || !made->name || !made->path || !made->crs) {
        autan_fail(err, status, "%s: out of memory", path);
        goto cleanup;
    }
    status = AUTAN_OK;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        status = autan_fail(err, AUTAN_NOT_FOUND, "%s (covariate %s): no such file",
                            path, name);
    if (status == AUTAN_OK) {
        made->dataset =
            GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY, NULL, NULL, NULL);
        if (!made->dataset)
            status = autan_fail(err, AUTAN_BAD_FORMAT,
                                "%s (covariate %s): not a raster that GDAL reads%s%s",
                                path, name, *CPLGetLastErrorMsg() ? ": " : "",
                                CPLGetLastErrorMsg());
    }
    if (status == AUTAN_OK)
        status = examine(made, err);
    if (status == AUTAN_OK) {
        *raster = made;
        made = NULL;
    }

cleanup:
    loud();
    autan_raster_close(made);
    return status;
}

void autan_raster_close(autan_raster *raster)
{
    if (!raster)
        return;
    if (raster->to_source)
        OCTDestroyCoordinateTransformation(raster->to_source);
    if (raster->dataset)
        GDALClose(raster->dataset);
    free(raster->name);
    free(raster->path);
    free(raster->crs);
    free(raster->folder);
    autan_kept_rows_close(raster->kept);
    free(raster);
}

static autan_status read_failed(const autan_raster *r, autan_error *err)
{
    return autan_fail(err, AUTAN_BAD_FORMAT, "%s (covariate %s): cannot be read: %s",
                      r->path, r->name, CPLGetLastErrorMsg());
}

static bool is_nodata(const autan_raster *r, double value)
{
    return r->has_nodata && (value == r->nodata || (float)value == (float)r->nodata);
}

static autan_status read_window(autan_raster *r, int column, int row, int nx, int ny,
                                double *value, size_t stride, autan_error *err)
{
    if (GDALRasterIO(r->band, GF_Read, column, row, nx, ny, value, nx, ny, GDT_Float64,
                     0, (int)(stride * sizeof(double))) != CE_None)
        return read_failed(r, err);
    for (int j = 0; j < ny; j++) {
        for (int i = 0; i < nx; i++) {
            double *v = &value[(size_t)j * stride + (size_t)i];
            if (!isfinite(*v) || is_nodata(r, *v))
                *v = NAN;
        }
    }
    return AUTAN_OK;
}

static autan_status read_aligned(autan_raster *r, size_t first_row, size_t n_rows,
                                 double *value, autan_error *err)
{
    const int nx = (int)r->grid.nx;
    /* The part of the rows that the source covers. */
    int left = MAX(r->column0, 0), right = MIN(r->column0 + nx, r->nx);
    int top = MAX(r->row0 + (int)first_row, 0);
    int bottom = MIN(r->row0 + (int)(first_row + n_rows), r->ny);
    for (size_t k = 0; k < n_rows * r->grid.nx; k++)
        value[k] = NAN;
    if (left >= right || top >= bottom)
        return AUTAN_OK;
    return read_window(r, left, top, right - left, bottom - top,
                       value + (size_t)(top - r->row0 - (int)first_row) * r->grid.nx +
                           (left - r->column0),
                       r->grid.nx, err);
}

/* The source warped to nx x ny pixels of size pixel_m from the corner xmin, ymax. */
static autan_status warp(autan_raster *r, double xmin, double ymax, double pixel_m,
                         size_t nx, size_t ny, double *value, autan_error *err)
{
    const char *method = r->pixel_m < pixel_m / 1.5 ? "average" : "near";
    char box[4][32], size[2][24];
    const char *arguments[] = {"-q",  "-of",     "MEM",        "-t_srs", r->crs,
                               "-te", box[0],    box[1],       box[2],   box[3],
                               "-ts", size[0],   size[1],      "-r",     method,
                               "-ot", "Float64", "-dstnodata", "nan",    NULL};
    GDALWarpAppOptions *options;
    GDALDatasetH warped;
    int usage = 0;
    autan_status status = AUTAN_OK;

    g_ascii_formatd(box[0], 32, "%.6f", xmin);
    g_ascii_formatd(box[1], 32, "%.6f", ymax - pixel_m * (double)ny);
    g_ascii_formatd(box[2], 32, "%.6f", xmin + pixel_m * (double)nx);
    g_ascii_formatd(box[3], 32, "%.6f", ymax);
    g_snprintf(size[0], 24, "%zu", nx);
    g_snprintf(size[1], 24, "%zu", ny);
    options = GDALWarpAppOptionsNew((char **)arguments, NULL);
    if (!options)
        return read_failed(r, err);
    warped = GDALWarp("", NULL, 1, &r->dataset, options, &usage);
    GDALWarpAppOptionsFree(options);
    if (!warped)
        return read_failed(r, err);
    if (GDALRasterIO(GDALGetRasterBand(warped, 1), GF_Read, 0, 0, (int)nx, (int)ny,
                     value, (int)nx, (int)ny, GDT_Float64, 0, 0) != CE_None)
        status = read_failed(r, err);
    GDALClose(warped);
    for (size_t k = 0; status == AUTAN_OK && k < nx * ny; k++) {
        if (!isfinite(value[k]))
            value[k] = NAN;
    }
    return status;
}

/* Raster pixels that are merged to one before discs are cut out of them. */
static size_t merged_pixels(const autan_raster *r)
{
    double steps = r->radius_m / DISC_STEPS / r->pixel_m;
    return steps > 1.0 ? (size_t)fmin(ceil(steps), 1e6) : 1;
}

/* Adds a row of pixels to the totals of its merged row. */
static void merge_row(const autan_raster *r, size_t nx, size_t merged,
                      const double *pixel, double *value, double *share)
{
    for (size_t i = 0; i < nx; i++) {
        for (size_t k = 0; k < merged; k++) {
            double v = pixel[i * merged + k];
            if (!isfinite(v) || is_nodata(r, v))
                continue;
            value[i] += v;
            share[i] += 1.0;
        }
    }
}

/* The window of the source that covers the box (lowest and highest column, lowest and
 * highest row), as far as it goes; empty (nx or ny 0) when it does not. */
static autan_status read_disc_window(autan_raster *r, const double box[4],
                                     autan_disc_window *window, autan_error *err)
{
    const size_t merged = merged_pixels(r);
    const double m = (double)merged;
    const double columns = floor(r->nx / m), rows = floor(r->ny / m);
    const double left = fmax(floor(box[0] / m), 0.0);
    const double right = fmin(ceil(box[1] / m), columns);
    const double top = fmax(floor(box[2] / m), 0.0);
    const double bottom = fmin(ceil(box[3] / m), rows);
    double *pixel = NULL, *value = NULL, *share = NULL;
    autan_status status = AUTAN_OK;

    *window =
        (autan_disc_window){.column0 = left * m, .row0 = top * m, .merged = merged};
    if (!(left < right && top < bottom))
        return AUTAN_OK;
    window->nx = (size_t)(right - left);
    window->ny = (size_t)(bottom - top);
    pixel = malloc(window->nx * merged * sizeof *pixel);
    value = calloc(window->nx * window->ny, sizeof *value);
    share = calloc(window->nx * window->ny, sizeof *share);
    if (!pixel || !value || !share)
        status = autan_fail(err, AUTAN_NO_MEMORY, "%s (covariate %s): out of memory",
                            r->path, r->name);
    for (size_t j = 0; status == AUTAN_OK && j < window->ny * merged; j++) {
        const size_t at = j / merged * window->nx;
        const int count = (int)(window->nx * merged);
        if (GDALRasterIO(r->band, GF_Read, (int)window->column0,
                         (int)window->row0 + (int)j, count, 1, pixel, count, 1,
                         GDT_Float64, 0, 0) != CE_None)
            status = read_failed(r, err);
        else
            merge_row(r, window->nx, merged, pixel, value + at, share + at);
    }
    if (status == AUTAN_OK && !autan_disc_window_fill(window, value, share))
        status = autan_fail(err, AUTAN_NO_MEMORY, "%s (covariate %s): out of memory",
                            r->path, r->name);
    free(pixel);
    free(value);
    free(share);
    return status;
}

/* Where places of the city lie in the source, in fractional pixels; NaN where its CRS
 * does not reach. The places are overwritten. */
static void to_pixels(const autan_raster *r, size_t n, double *x, double *y)
{
    if (r->to_source)
        OCTTransform4D(r->to_source, (int)n, x, y, NULL, NULL, NULL);
    for (size_t i = 0; i < n; i++) {
        double column, row;
        GDALApplyGeoTransform((double *)r->inverse, x[i], y[i], &column, &row);
        x[i] = isfinite(x[i]) && isfinite(y[i]) ? column : NAN;
        y[i] = isfinite(x[i]) ? row : NAN;
    }
}

static autan_disc_scale scale_at(const autan_raster *r, double x, double y)
{
    const double h = 100.0;
    double px[4] = {x - h, x + h, x, x}, py[4] = {y, y, y - h, y + h};
    to_pixels(r, 4, px, py);
    return (autan_disc_scale){(px[1] - px[0]) / (2.0 * h), (px[3] - px[2]) / (2.0 * h),
                              (py[1] - py[0]) / (2.0 * h), (py[3] - py[2]) / (2.0 * h)};
}

/* Places of a block of rows in the source. Between every NODE_CELLS cells of a row the
 * projection is taken as linear: over 16 cells of 100 m that is wrong by 5 cm. */
enum { NODE_CELLS = 16 };

/* Widens the box (lowest and highest column, lowest and highest row) to hold the disc.
 */
static void include_disc(const autan_raster *r, double column, double row,
                         const autan_disc_scale *scale, double box[4])
{
    const double merged = (double)merged_pixels(r);
    const double across = 1.01 * r->radius_m * hypot(scale->cx, scale->cy) + merged;
    const double high = 1.01 * r->radius_m * hypot(scale->rx, scale->ry) + merged;
    box[0] = fmin(box[0], column - across);
    box[1] = fmax(box[1], column + across);
    box[2] = fmin(box[2], row - high);
    box[3] = fmax(box[3], row + high);
}

typedef struct {
    size_t n_nodes;
    double *column, *row;    /* n_rows x nx */
    autan_disc_scale *scale; /* n_rows x n_nodes, of NODE_CELLS cells each */
    double box[4];           /* of all discs */
} located;

static void located_clear(located *l)
{
    free(l->column);
    free(l->row);
    free(l->scale);
}

static void locate_row(const autan_raster *r, size_t row, double *node_x,
                       double *node_y, size_t n_nodes, double *column, double *line)
{
    const autan_grid *g = &r->grid;
    for (size_t k = 0; k <= n_nodes; k++) {
        node_x[k] = g->xmin + ((double)(k * NODE_CELLS) + 0.5) * g->resolution;
        node_y[k] = autan_grid_y(g, row);
    }
    to_pixels(r, n_nodes + 1, node_x, node_y);
    for (size_t i = 0; i < g->nx; i++) {
        size_t k = i / NODE_CELLS;
        double part = (double)(i % NODE_CELLS) / NODE_CELLS;
        column[i] = node_x[k] + part * (node_x[k + 1] - node_x[k]);
        line[i] = node_y[k] + part * (node_y[k + 1] - node_y[k]);
    }
}

static autan_status locate_rows(const autan_raster *r, size_t first_row, size_t n_rows,
                                located *out, autan_error *err)
{
    const autan_grid *g = &r->grid;
    located l = {.n_nodes = (g->nx + NODE_CELLS - 1) / NODE_CELLS,
                 .box = {INFINITY, -INFINITY, INFINITY, -INFINITY}};
    double *node = malloc(2 * (l.n_nodes + 1) * sizeof *node);
    l.column = malloc(n_rows * g->nx * sizeof *l.column);
    l.row = malloc(n_rows * g->nx * sizeof *l.row);
    l.scale = malloc(n_rows * l.n_nodes * sizeof *l.scale);
    if (!node || !l.column || !l.row || !l.scale) {
        free(node);
        located_clear(&l);
        return autan_fail(err, AUTAN_NO_MEMORY, "%s (covariate %s): out of memory",
                          r->path, r->name);
    }
    for (size_t j = 0; j < n_rows; j++) {
        autan_disc_scale *scale = l.scale + j * l.n_nodes;
        locate_row(r, first_row + j, node, node + l.n_nodes + 1, l.n_nodes,
                   l.column + j * g->nx, l.row + j * g->nx);
        for (size_t k = 0; k < l.n_nodes; k++)
            scale[k] = j % NODE_CELLS == 0
                           ? scale_at(r, autan_grid_x(g, k * NODE_CELLS),
                                      autan_grid_y(g, first_row + j))
                           : scale[k - l.n_nodes];
    }
    for (size_t i = 0; i < n_rows * g->nx; i++)
        include_disc(r, l.column[i], l.row[i],
                     &l.scale[i / g->nx * l.n_nodes + i % g->nx / NODE_CELLS], l.box);
    free(node);
    *out = l;
    return AUTAN_OK;
}

/* Means over the discs of all places of some rows; false when out of memory. */
static bool mean_rows(const autan_raster *r, const autan_disc_window *window,
                      const located *l, size_t n_rows, double *value)
{
    const size_t nx = r->grid.nx;
    bool good = true;
#pragma omp parallel for schedule(static) reduction(&& : good)
    for (size_t j = 0; j < n_rows; j++) {
        autan_disc_strips strips = {0};
        for (size_t i = 0; good && i < nx; i++) {
            const size_t k = j * nx + i;
            if (i % NODE_CELLS == 0)
                good = autan_disc_cut(&strips, window->merged,
                                      &l->scale[j * l->n_nodes + i / NODE_CELLS],
                                      r->radius_m);
            if (good)
                value[k] = autan_disc_mean(window, l->column[k], l->row[k], &strips);
        }
        autan_disc_strips_clear(&strips);
    }
    return good;
}

static autan_status read_disc_rows(autan_raster *r, size_t first_row, size_t n_rows,
                                   double *value, autan_error *err)
{
    located l = {0};
    autan_disc_window window = {0};
    autan_status status = locate_rows(r, first_row, n_rows, &l, err);
    if (status == AUTAN_OK)
        status = read_disc_window(r, l.box, &window, err);
    if (status == AUTAN_OK && !mean_rows(r, &window, &l, n_rows, value))
        status = autan_fail(err, AUTAN_NO_MEMORY, "%s (covariate %s): out of memory",
                            r->path, r->name);
    autan_disc_window_clear(&window);
    located_clear(&l);
    return status;
}

/* Rows at a time, so that the windows stay small. */
static autan_status read_disc_bands(autan_raster *r, size_t first_row, size_t n_rows,
                                    double *value, autan_error *err)
{
    const autan_grid *g = &r->grid;
    const double pixel_m = r->pixel_m * (double)merged_pixels(r);
    const double high = BAND_PIXELS * pixel_m / (g->xmax - g->xmin) * pixel_m;
    const size_t step = (size_t)fmax(1.0, floor(high / g->resolution));
    autan_status status = AUTAN_OK;
    for (size_t j = 0; status == AUTAN_OK && j < n_rows; j += step)
        status = read_disc_rows(r, first_row + j, MIN(step, n_rows - j),
                                value + j * g->nx, err);
    return status;
}

void autan_raster_keep_rows(autan_raster *raster, const char *folder)
{
    if (raster->radius_m > 0 && !raster->folder)
        raster->folder = strdup(folder);
}

/* What the rows are made of but for the contents of files; for the caller to g_free. */
static char *recipe(const autan_raster *r)
{
    const autan_grid *g = &r->grid;
    return g_strdup_printf("%s\n%.17g\n%s\n%.17g %.17g %.17g %zu %zu\n", r->path,
                           r->radius_m, r->crs, g->xmin, g->ymax, g->resolution, g->nx,
                           g->ny);
}

/* The recipe, and the state of the raster's files: a VRT names others. */
static char *key_of(const autan_raster *r, const char *made_of)
{
    GString *key = g_string_new(made_of);
    char **file = GDALGetFileList(r->dataset);
    for (char **f = file; f && *f; f++) {
        struct stat about;
        if (stat(*f, &about) == 0)
            g_string_append_printf(
                key, "%s %lld %lld.%09ld\n", *f, (long long)about.st_size,
                (long long)about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
    }
    CSLDestroy(file);
    return g_string_free(key, FALSE);
}

static autan_status make_rows(void *data, size_t first_row, size_t n_rows,
                              double *value, autan_error *err)
{
    return read_disc_bands(data, first_row, n_rows, value, err);
}

static void open_kept(autan_raster *r)
{
    char *made_of = recipe(r), *key = key_of(r, made_of);
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, made_of, -1);
    char *path = g_strdup_printf("%s/%.16s.rows", r->folder, sum);
    autan_error ignored;
    autan_kept_rows_open(path, key, r->grid.nx, r->grid.ny, make_rows, r, &r->kept,
                         &ignored);
    /* Tried once. */
    free(r->folder);
    r->folder = NULL;
    g_free(made_of);
    g_free(key);
    g_free(sum);
    g_free(path);
}

autan_status autan_raster_read_rows(autan_raster *raster, size_t first_row,
                                    size_t n_rows, double *value, autan_error *err)
{
    const autan_grid *g = &raster->grid;
    autan_status status;
    quiet();
    if (raster->folder)
        open_kept(raster);
    if (raster->kept)
        status = autan_kept_rows_read(raster->kept, first_row, n_rows, value, err);
    else if (raster->radius_m > 0)
        status = read_disc_bands(raster, first_row, n_rows, value, err);
    else if (raster->aligned)
        status = read_aligned(raster, first_row, n_rows, value, err);
    else
        status = warp(raster, g->xmin, g->ymax - (double)first_row * g->resolution,
                      g->resolution, g->nx, n_rows, value, err);
    loud();
    return status;
}

static autan_status read_pixel_at(autan_raster *r, double x, double y, double *value,
                                  autan_error *err)
{
    double column, row;
    int ok = 1;
    *value = NAN;
    if (r->to_source)
        OCTTransformEx(r->to_source, 1, &x, &y, NULL, &ok);
    if (!ok)
        return AUTAN_OK;
    GDALApplyGeoTransform(r->inverse, x, y, &column, &row);
    if (!(column >= 0 && column < r->nx && row >= 0 && row < r->ny))
        return AUTAN_OK;
    return read_window(r, (int)column, (int)row, 1, 1, value, 1, err);
}

static autan_status read_disc_at(autan_raster *r, double x, double y, double *value,
                                 autan_error *err)
{
    const autan_disc_scale scale = scale_at(r, x, y);
    double box[4] = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    autan_disc_window window = {0};
    autan_disc_strips strips = {0};
    autan_status status;
    to_pixels(r, 1, &x, &y);
    include_disc(r, x, y, &scale, box);
    status = read_disc_window(r, box, &window, err);
    if (status == AUTAN_OK &&
        !autan_disc_cut(&strips, window.merged, &scale, r->radius_m))
        status = autan_fail(err, AUTAN_NO_MEMORY, "%s (covariate %s): out of memory",
                            r->path, r->name);
    if (status == AUTAN_OK)
        *value = autan_disc_mean(&window, x, y, &strips);
    autan_disc_strips_clear(&strips);
    autan_disc_window_clear(&window);
    return status;
}

autan_status autan_raster_read_places(autan_raster *raster, size_t n, const double *x,
                                      const double *y, double *value, autan_error *err)
{
    autan_status status = AUTAN_OK;
    quiet();
    for (size_t i = 0; status == AUTAN_OK && i < n; i++) {
        if (raster->radius_m > 0)
            status = read_disc_at(raster, x[i], y[i], &value[i], err);
        else
            status = read_pixel_at(raster, x[i], y[i], &value[i], err);
    }
    loud();
    return status;
}
