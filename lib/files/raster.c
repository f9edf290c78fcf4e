#include "files/raster.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>
#include <gdal_utils.h>
#include <gdalwarper.h>
#include <glib.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Pixels of a working band held at once, and the finest working resolution as a
     * part of the disc's radius. */
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
    double pixel_m;   /* size of a source pixel in the city's CRS, m */
    bool same_crs;
    bool aligned;     /* same CRS, same cells: read without warping */
    int column0, row0; /* source pixel of the grid's first cell, when aligned */
    OGRCoordinateTransformationH to_source;
};

/* GDAL's messages go into autan_error, not to the terminal. */
static void quiet(void)
{
    GDALAllRegister();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
}

static void loud(void)
{
    CPLPopErrorHandler();
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

static autan_status open_crs(const char *crs, OGRSpatialReferenceH *srs, autan_error *err)
{
    OGRSpatialReferenceH made = make_srs(crs);
    if (!made)
        return autan_fail(err, AUTAN_BAD_CONFIG,
                          "crs is '%s', expected one that PROJ knows, such as EPSG:2154 (%s)",
                          crs, CPLGetLastErrorMsg());
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
        status = autan_fail(err, AUTAN_BAD_CONFIG, "crs '%s' cannot be written as WKT", crs);
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
    autan_status status = wgs84 ? open_crs(crs, &srs, err)
                                : autan_fail(err, AUTAN_IO, "PROJ cannot open EPSG:4326 (%s)",
                                             CPLGetLastErrorMsg());
    if (status == AUTAN_OK) {
        *transformation = to_crs ? OCTNewCoordinateTransformation(wgs84, srs)
                                 : OCTNewCoordinateTransformation(srs, wgs84);
        if (!*transformation)
            status = autan_fail(err, AUTAN_BAD_CONFIG, "no way from WGS 84 to crs '%s' (%s)",
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
            status = autan_fail(err, AUTAN_OUT_OF_DOMAIN,
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
        !OCTTransformBounds(transformation, grid->xmin, grid->ymin, grid->xmax, grid->ymax,
                            &made[0], &made[1], &made[2], &made[3], 21))
        status = autan_fail(err, AUTAN_BAD_CONFIG,
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
    transformer = GDALCreateGenImgProjTransformer(r->dataset, NULL, NULL, wkt, FALSE, 0, 1);
    if (!transformer)
        return autan_fail(err, AUTAN_BAD_FORMAT, "%s (covariate %s): cannot be reprojected: %s",
                          r->path, r->name, CPLGetLastErrorMsg());
    code = GDALSuggestedWarpOutput(r->dataset, GDALGenImgProjTransform, transformer, suggested,
                                   &nx, &ny);
    GDALDestroyGenImgProjTransformer(transformer);
    if (code != CE_None)
        return autan_fail(err, AUTAN_BAD_FORMAT, "%s (covariate %s): cannot be reprojected: %s",
                          r->path, r->name, CPLGetLastErrorMsg());
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
                          "%s (covariate %s): does not overlap the city's extent", r->path,
                          r->name);
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
        return autan_fail(err, AUTAN_BAD_FORMAT, "%s (covariate %s): has no band", r->path,
                          r->name);
    r->band = GDALGetRasterBand(r->dataset, 1);
    r->nodata = GDALGetRasterNoDataValue(r->band, &has);
    r->has_nodata = has;
    source = GDALGetSpatialRef(r->dataset);
    if (!source)
        return autan_fail(err, AUTAN_BAD_FORMAT,
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
        status = autan_fail(err, AUTAN_NOT_FOUND, "%s (covariate %s): no such file", path, name);
    if (status == AUTAN_OK) {
        made->dataset = GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY, NULL, NULL, NULL);
        if (!made->dataset)
            status = autan_fail(err, AUTAN_BAD_FORMAT,
                                "%s (covariate %s): not a raster that GDAL reads: %s", path,
                                name, CPLGetLastErrorMsg());
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
    free(raster);
}

static autan_status read_failed(const autan_raster *r, autan_error *err)
{
    return autan_fail(err, AUTAN_BAD_FORMAT, "%s (covariate %s): cannot be read: %s", r->path,
                      r->name, CPLGetLastErrorMsg());
}

static bool is_nodata(const autan_raster *r, double value)
{
    return r->has_nodata && (value == r->nodata || (float)value == (float)r->nodata);
}

static autan_status read_window(autan_raster *r, int column, int row, int nx, int ny,
                                double *value, size_t stride, autan_error *err)
{
    if (GDALRasterIO(r->band, GF_Read, column, row, nx, ny, value, nx, ny, GDT_Float64, 0,
                     (int)(stride * sizeof(double))) != CE_None)
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
static autan_status warp(autan_raster *r, double xmin, double ymax, double pixel_m, size_t nx,
                         size_t ny, double *value, autan_error *err)
{
    const char *method = r->pixel_m < pixel_m / 1.5 ? "average" : "near";
    char box[4][32], size[2][24];
    const char *arguments[] = {"-q",   "-of",   "MEM",   "-t_srs",     r->crs,   "-te",
                               box[0], box[1],  box[2],  box[3],       "-ts",    size[0],
                               size[1], "-r",   method,  "-ot",        "Float64", "-dstnodata",
                               "nan",  "-et",   "0",     NULL};
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
    if (GDALRasterIO(GDALGetRasterBand(warped, 1), GF_Read, 0, 0, (int)nx, (int)ny, value,
                     (int)nx, (int)ny, GDT_Float64, 0, 0) != CE_None)
        status = read_failed(r, err);
    GDALClose(warped);
    for (size_t k = 0; status == AUTAN_OK && k < nx * ny; k++) {
        if (!isfinite(value[k]))
            value[k] = NAN;
    }
    return status;
}

/* A warped piece of the source with sums along its rows, for means over discs. */
typedef struct {
    double xmin, ymax, pixel_m;
    size_t nx, ny;
    double *sum;   /* (nx + 1) x ny: values of the row before column i, missing as 0 */
    double *valid; /* the same, counting pixels that have a value */
} band;

static void band_clear(band *b)
{
    free(b->sum);
    free(b->valid);
}

static autan_status band_read(autan_raster *r, double xmin, double xmax, double ymin,
                              double ymax, double pixel_m, band *out, autan_error *err)
{
    band b = {.pixel_m = pixel_m};
    double *value = NULL;
    autan_status status = AUTAN_NO_MEMORY;
    b.xmin = floor(xmin / pixel_m) * pixel_m;
    b.ymax = ceil(ymax / pixel_m) * pixel_m;
    b.nx = (size_t)ceil((xmax - b.xmin) / pixel_m);
    b.ny = (size_t)ceil((b.ymax - ymin) / pixel_m);
    value = malloc(b.nx * b.ny * sizeof(double));
    b.sum = malloc((b.nx + 1) * b.ny * sizeof(double));
    b.valid = malloc((b.nx + 1) * b.ny * sizeof(double));
    if (value && b.sum && b.valid)
        status = warp(r, b.xmin, b.ymax, pixel_m, b.nx, b.ny, value, err);
    else
        autan_fail(err, status, "%s (covariate %s): out of memory", r->path, r->name);
    if (status == AUTAN_OK) {
        for (size_t j = 0; j < b.ny; j++) {
            double *sum = b.sum + j * (b.nx + 1), *valid = b.valid + j * (b.nx + 1);
            sum[0] = valid[0] = 0.0;
            for (size_t i = 0; i < b.nx; i++) {
                double v = value[j * b.nx + i];
                sum[i + 1] = sum[i] + (isnan(v) ? 0.0 : v);
                valid[i + 1] = valid[i] + (isnan(v) ? 0.0 : 1.0);
            }
        }
        *out = b;
        b.sum = b.valid = NULL;
    }
    free(value);
    band_clear(&b);
    return status;
}

/* The running sum at a column that may fall inside a pixel. */
static double at_column(const double *sum, size_t nx, double column)
{
    double clipped = fmin(fmax(column, 0.0), (double)nx);
    size_t whole = (size_t)clipped;
    if (whole == nx)
        return sum[nx];
    return sum[whole] + (clipped - (double)whole) * (sum[whole + 1] - sum[whole]);
}

/* The disc is cut in horizontal strips; along x each strip is integrated exactly. */
static double disc_mean(const band *b, double x, double y, double radius)
{
    double step = fmin(b->pixel_m, radius / DISC_STEPS);
    long strips = (long)ceil(2.0 * radius / step);
    double total = 0.0, area = 0.0, full = 0.0;
    step = 2.0 * radius / (double)strips;
    for (long s = 0; s < strips; s++) {
        double dy = -radius + ((double)s + 0.5) * step;
        double half = sqrt(radius * radius - dy * dy);
        double row = floor((b->ymax - (y + dy)) / b->pixel_m);
        double left = (x - half - b->xmin) / b->pixel_m;
        double right = (x + half - b->xmin) / b->pixel_m;
        size_t start;
        full += right - left;
        if (row < 0 || row >= (double)b->ny)
            continue;
        start = (size_t)row * (b->nx + 1);
        total += at_column(b->sum + start, b->nx, right) -
                 at_column(b->sum + start, b->nx, left);
        area += at_column(b->valid + start, b->nx, right) -
                at_column(b->valid + start, b->nx, left);
    }
    return area > 0.5 * full ? total / area : NAN;
}

static double disc_pixel(const autan_raster *r)
{
    return fmax(r->pixel_m, r->radius_m / DISC_STEPS);
}

static autan_status read_disc_rows(autan_raster *r, size_t first_row, size_t n_rows,
                                   double *value, autan_error *err)
{
    const autan_grid *g = &r->grid;
    const double pixel_m = disc_pixel(r), margin = r->radius_m + pixel_m;
    double across = (g->xmax - g->xmin + 2.0 * margin) / pixel_m;
    double high = fmax((BAND_PIXELS / across - 2.0) * pixel_m - 2.0 * margin, g->resolution);
    size_t step = (size_t)fmax(1.0, floor(high / g->resolution));
    for (size_t row = first_row; row < first_row + n_rows; row += step) {
        size_t count = MIN(step, first_row + n_rows - row);
        band b;
        autan_status status =
            band_read(r, g->xmin - margin, g->xmax + margin,
                      autan_grid_y(g, row + count - 1) - margin,
                      autan_grid_y(g, row) + margin, pixel_m, &b, err);
        if (status != AUTAN_OK)
            return status;
        for (size_t j = 0; j < count; j++) {
            for (size_t i = 0; i < g->nx; i++)
                value[(row - first_row + j) * g->nx + i] = disc_mean(
                    &b, autan_grid_x(g, i), autan_grid_y(g, row + j), r->radius_m);
        }
        band_clear(&b);
    }
    return AUTAN_OK;
}

autan_status autan_raster_read_rows(autan_raster *raster, size_t first_row, size_t n_rows,
                                    double *value, autan_error *err)
{
    const autan_grid *g = &raster->grid;
    autan_status status;
    quiet();
    if (raster->radius_m > 0)
        status = read_disc_rows(raster, first_row, n_rows, value, err);
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
    const double pixel_m = disc_pixel(r), margin = r->radius_m + pixel_m;
    band b;
    autan_status status =
        band_read(r, x - margin, x + margin, y - margin, y + margin, pixel_m, &b, err);
    if (status == AUTAN_OK) {
        *value = disc_mean(&b, x, y, r->radius_m);
        band_clear(&b);
    }
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
