#include "files/imagery.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <gdal_alg.h>
#include <gdal_utils.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

enum { BANDS_MAX = AUTAN_RECIPE_NUMBERS, HELD_PIXELS = 1 << 22, QUARTERS = 4 };

/* What files without a nodata value often hold instead of one. */
static const double customary[] = {
    -9999, -32768, -32767, -99999, -3.4028234663852886e38, 9.969209968386869e36};

struct autan_imagery {
    char *name, *path, *crs;
    GDALDatasetH dataset; /* the quantity */
    double pixel_m;       /* of it, in the city's CRS */
    bool classes;         /* not to be interpolated */
};

/* A source being read. */
typedef struct {
    const autan_imagery_source *source;
    const char *city_crs;
    const autan_grid *grid;
    double reach_m, pixel_m;
    GDALDatasetH dataset;
    OGRSpatialReferenceH srs;
    double transform[6];
    int band[BANDS_MAX], n_bands;
    double weight[BANDS_MAX];
    bool has_nodata[BANDS_MAX];
    double nodata[BANDS_MAX];
    int column, row, nx, ny; /* window of the source */
    int factor;              /* source pixels along one that is kept */
    autan_imagery_counts counts;
    autan_error *err;
} reading;

static autan_status fail(const reading *r, autan_status status, const char *what)
{
    return autan_fail(r->err, status, "%s (layer %s): %s", r->source->path,
                      r->source->name, what);
}

static autan_status gdal_failed(const reading *r, const char *what)
{
    return autan_fail(r->err, AUTAN_BAD_FORMAT, "%s (layer %s): %s: %s",
                      r->source->path, r->source->name, what, CPLGetLastErrorMsg());
}

/* The bands a recipe needs, and their weights. */
static autan_status choose_bands(reading *r)
{
    const autan_recipe *recipe = r->source->recipe;
    const int there = GDALGetRasterCount(r->dataset);
    double wanted[BANDS_MAX] = {1};
    switch (recipe->make) {
    case AUTAN_MAKE_MEAN:
        wanted[0] = recipe->n_numbers ? recipe->number[0] : 1;
        r->n_bands = 1;
        break;
    case AUTAN_MAKE_NDVI:
        wanted[0] = recipe->number[0];
        wanted[1] = recipe->number[1];
        r->n_bands = 2;
        break;
    case AUTAN_MAKE_BANDS:
        for (size_t k = 0; k + 1 < recipe->n_numbers; k += 2) {
            r->weight[r->n_bands] = recipe->number[k];
            wanted[r->n_bands++] = recipe->number[k + 1];
        }
        break;
    default: /* share: the first */
        r->n_bands = 1;
    }
    for (int k = 0; k < r->n_bands; k++) {
        if (!(wanted[k] >= 1 && wanted[k] <= there && wanted[k] == floor(wanted[k])))
            return autan_fail(
                r->err, AUTAN_BAD_FORMAT,
                "%s (layer %s): has %d bands, the recipe asks for band %g",
                r->source->path, r->source->name, there, wanted[k]);
        r->band[k] = (int)wanted[k];
    }
    return AUTAN_OK;
}

static autan_status choose_nodata(reading *r)
{
    double given = 0.0;
    if (r->source->nodata && autan_number_parse(r->source->nodata, &given) != AUTAN_OK)
        return autan_fail(r->err, AUTAN_BAD_CONFIG,
                          "layer %s: nodata is '%s', expected a number",
                          r->source->name, r->source->nodata);
    for (int k = 0; k < r->n_bands; k++) {
        GDALRasterBandH band = GDALGetRasterBand(r->dataset, r->band[k]);
        int has = 0;
        r->nodata[k] = GDALGetRasterNoDataValue(band, &has);
        r->has_nodata[k] = has || r->source->nodata;
        if (r->source->nodata)
            r->nodata[k] = given;
    }
    return AUTAN_OK;
}

static OGRSpatialReferenceH parse_crs(const char *text)
{
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
    if (srs && OSRSetFromUserInput(srs, text) != OGRERR_NONE) {
        OSRDestroySpatialReference(srs);
        return NULL;
    }
    if (srs)
        OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    return srs;
}

static autan_status find_place(reading *r)
{
    OGRSpatialReferenceH own = GDALGetSpatialRef(r->dataset);
    if (r->source->crs)
        r->srs = parse_crs(r->source->crs);
    else if (own)
        r->srs = OSRClone(own);
    if (!r->srs)
        return r->source->crs
                   ? autan_fail(r->err, AUTAN_BAD_CONFIG,
                                "layer %s: crs is '%s', expected one PROJ knows",
                                r->source->name, r->source->crs)
                   : fail(r, AUTAN_BAD_FORMAT, "has no CRS; give it one with crs = ");
    OSRSetAxisMappingStrategy(r->srs, OAMS_TRADITIONAL_GIS_ORDER);
    if (GDALGetGeoTransform(r->dataset, r->transform) != CE_None)
        return fail(r, AUTAN_BAD_FORMAT, "has no georeference");
    return AUTAN_OK;
}

/* The window of source pixels around the grid, and how much of the grid it covers. */
static autan_status find_window(reading *r)
{
    enum { STEPS = 40 };
    const autan_grid *g = r->grid;
    OGRSpatialReferenceH city = parse_crs(r->city_crs);
    OGRCoordinateTransformationH way =
        city ? OCTNewCoordinateTransformation(city, r->srs) : NULL;
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY}, inverse[6];
    const int size[2] = {GDALGetRasterXSize(r->dataset),
                         GDALGetRasterYSize(r->dataset)};
    int inside = 0, all = 0;
    if (city)
        OSRDestroySpatialReference(city);
    if (!way || !GDALInvGeoTransform(r->transform, inverse)) {
        if (way)
            OCTDestroyCoordinateTransformation(way);
        return fail(r, AUTAN_BAD_FORMAT, "no way from its CRS to the city's");
    }
    for (int i = -1; i <= STEPS + 1; i++) {
        for (int j = -1; j <= STEPS + 1; j++) {
            bool in_grid = i >= 0 && i <= STEPS && j >= 0 && j <= STEPS;
            double x = i < 0       ? g->xmin - r->reach_m
                       : i > STEPS ? g->xmax + r->reach_m
                                   : g->xmin + (g->xmax - g->xmin) * i / STEPS;
            double y = j < 0       ? g->ymin - r->reach_m
                       : j > STEPS ? g->ymax + r->reach_m
                                   : g->ymin + (g->ymax - g->ymin) * j / STEPS;
            double at[2];
            if (!OCTTransform(way, 1, &x, &y, NULL))
                continue;
            GDALApplyGeoTransform(inverse, x, y, &at[0], &at[1]);
            all += in_grid;
            inside += in_grid && at[0] >= 0 && at[0] <= size[0] && at[1] >= 0 &&
                      at[1] <= size[1];
            for (int k = 0; k < 2; k++) {
                low[k] = fmin(low[k], at[k]);
                high[k] = fmax(high[k], at[k]);
            }
        }
    }
    OCTDestroyCoordinateTransformation(way);
    r->counts.covered = all ? (double)inside / all : 0.0;
    r->column = (int)fmin(fmax(floor(low[0]) - 2, 0), size[0]);
    r->row = (int)fmin(fmax(floor(low[1]) - 2, 0), size[1]);
    r->nx = (int)fmin(fmax(ceil(high[0]) + 2, 0), size[0]) - r->column;
    r->ny = (int)fmin(fmax(ceil(high[1]) + 2, 0), size[1]) - r->row;
    if (inside == 0 || r->nx <= 0 || r->ny <= 0)
        return fail(r, AUTAN_OUT_OF_DOMAIN,
                    "does not overlap the city's extent; is its CRS right?");
    return AUTAN_OK;
}

/* Metres of the city's CRS across a pixel of a raster with its CRS set. */
static double pixel_size(GDALDatasetH dataset, const char *crs)
{
    double suggested[6] = {0}, size = 0.0;
    int nx, ny;
    OGRSpatialReferenceH city = parse_crs(crs);
    char *wkt = NULL;
    void *transformer = NULL;
    if (city && OSRExportToWkt(city, &wkt) == OGRERR_NONE)
        transformer =
            GDALCreateGenImgProjTransformer(dataset, NULL, NULL, wkt, FALSE, 0, 1);
    if (transformer) {
        if (GDALSuggestedWarpOutput(dataset, GDALGenImgProjTransform, transformer,
                                    suggested, &nx, &ny) == CE_None)
            size = fabs(suggested[1]);
        GDALDestroyGenImgProjTransformer(transformer);
    }
    CPLFree(wkt);
    if (city)
        OSRDestroySpatialReference(city);
    return size;
}

/* A header without data: every block of the window is absent from the file. */
static autan_status check_data(const reading *r)
{
    int status = GDALGetDataCoverageStatus(GDALGetRasterBand(r->dataset, r->band[0]),
                                           r->column, r->row, r->nx, r->ny, 0, NULL);
    if ((status & GDAL_DATA_COVERAGE_STATUS_EMPTY) &&
        !(status & GDAL_DATA_COVERAGE_STATUS_DATA))
        return fail(
            r, AUTAN_BAD_FORMAT,
            "holds no data in the extent: a header whose pixels were never written");
    return AUTAN_OK;
}

static bool is_missing(reading *r, int k, double v)
{
    if (!isfinite(v) ||
        (r->has_nodata[k] && (v == r->nodata[k] || (float)v == (float)r->nodata[k])))
        return true;
    if (r->has_nodata[k] || r->source->recipe->make == AUTAN_MAKE_SHARE)
        return false;
    for (size_t i = 0; i < sizeof customary / sizeof *customary; i++) {
        if (v == customary[i] || (float)v == (float)customary[i]) {
            r->counts.repaired++;
            return true;
        }
    }
    return false;
}

/* The quantity of a pixel from its bands. */
static double quantity(reading *r, const double *v)
{
    const autan_recipe *recipe = r->source->recipe;
    double sum = 0.0;
    for (int k = 0; k < r->n_bands; k++) {
        if (is_missing(r, k, v[k]))
            return NAN;
    }
    switch (recipe->make) {
    case AUTAN_MAKE_SHARE:
        for (size_t k = 0; k < recipe->n_numbers; k++) {
            if (v[0] == recipe->number[k])
                return 1.0;
        }
        return 0.0;
    case AUTAN_MAKE_NDVI:
        return v[0] + v[1] != 0.0 ? (v[1] - v[0]) / (v[1] + v[0]) : NAN;
    case AUTAN_MAKE_BANDS:
        for (int k = 0; k < r->n_bands; k++)
            sum += r->weight[k] * v[k];
        return sum;
    default:
        return v[0];
    }
}

/* Source rows turned into kept rows, a part at a time. */
static autan_status convert(reading *r, GDALDatasetH out)
{
    const int nx = r->nx / r->factor, ny = r->ny / r->factor;
    const int rows = MAX(1, MIN(ny, HELD_PIXELS / (nx * r->n_bands)));
    double *band =
        malloc((size_t)nx * (size_t)rows * (size_t)r->n_bands * sizeof *band);
    double *made = malloc((size_t)nx * (size_t)rows * sizeof *made);
    const bool classes = r->source->recipe->make == AUTAN_MAKE_SHARE;
    GDALRasterIOExtraArg how;
    autan_status status =
        band && made ? AUTAN_OK : fail(r, AUTAN_NO_MEMORY, "out of memory");
    INIT_RASTERIO_EXTRA_ARG(how);
    how.eResampleAlg =
        classes || r->factor == 1 ? GRIORA_NearestNeighbour : GRIORA_Average;
    for (int y = 0; status == AUTAN_OK && y < ny; y += rows) {
        const int n = MIN(rows, ny - y);
        const size_t pixels = (size_t)nx * (size_t)n;
        for (int k = 0; status == AUTAN_OK && k < r->n_bands; k++) {
            if (GDALRasterIOEx(GDALGetRasterBand(r->dataset, r->band[k]), GF_Read,
                               r->column, r->row + y * r->factor, nx * r->factor,
                               n * r->factor, band + (size_t)k * pixels, nx, n,
                               GDT_Float64, 0, 0, &how) != CE_None)
                status = gdal_failed(r, "cannot be read to its end");
        }
        for (size_t i = 0; status == AUTAN_OK && i < pixels; i++) {
            double v[BANDS_MAX];
            for (int k = 0; k < r->n_bands; k++)
                v[k] = band[(size_t)k * pixels + i];
            made[i] = quantity(r, v);
            r->counts.pixels++;
            r->counts.missing += isnan(made[i]) != 0;
        }
        if (status == AUTAN_OK &&
            GDALRasterIO(GDALGetRasterBand(out, 1), GF_Write, 0, y, nx, n, made, nx, n,
                         GDT_Float64, 0, 0) != CE_None)
            status = autan_fail(r->err, AUTAN_IO, "cannot keep %s: %s", r->source->name,
                                CPLGetLastErrorMsg());
    }
    free(band);
    free(made);
    return status;
}

static autan_status keep(reading *r, const char *kept)
{
    const char *const options[] = {"TILED=YES", "COMPRESS=LZW", "BIGTIFF=IF_SAFER",
                                   NULL};
    char *partial = g_strconcat(kept, ".partial", NULL);
    const double *t = r->transform, f = r->factor;
    double transform[6] = {t[0] + r->column * t[1] + r->row * t[2], t[1] * f, t[2] * f,
                           t[3] + r->column * t[4] + r->row * t[5], t[4] * f, t[5] * f};
    GDALDatasetH out =
        GDALCreate(GDALGetDriverByName("GTiff"), partial, r->nx / r->factor,
                   r->ny / r->factor, 1, GDT_Float32, (CSLConstList)options);
    autan_status status = AUTAN_OK;
    if (!out || GDALSetGeoTransform(out, transform) != CE_None ||
        GDALSetSpatialRef(out, r->srs) != CE_None ||
        GDALSetRasterNoDataValue(GDALGetRasterBand(out, 1), NAN) != CE_None)
        status = autan_fail(r->err, AUTAN_IO, "%s: cannot be made: %s", partial,
                            CPLGetLastErrorMsg());
    if (status == AUTAN_OK)
        status = convert(r, out);
    if (out) {
        char pixels[32], missing[32], repaired[32], covered[32];
        g_snprintf(pixels, 32, "%zu", r->counts.pixels);
        g_snprintf(missing, 32, "%zu", r->counts.missing);
        g_snprintf(repaired, 32, "%zu", r->counts.repaired);
        g_ascii_formatd(covered, 32, "%.6f", r->counts.covered);
        GDALSetMetadataItem(out, "pixels", pixels, NULL);
        GDALSetMetadataItem(out, "missing", missing, NULL);
        GDALSetMetadataItem(out, "repaired", repaired, NULL);
        GDALSetMetadataItem(out, "covered", covered, NULL);
        CPLErrorReset();
        GDALClose(out);
        if (status == AUTAN_OK && CPLGetLastErrorType() >= CE_Failure)
            status = autan_fail(r->err, AUTAN_IO, "%s: cannot be written: %s", partial,
                                CPLGetLastErrorMsg());
    }
    if (status == AUTAN_OK && r->counts.missing == r->counts.pixels)
        status = fail(r, AUTAN_BAD_FORMAT, "has no value at all in the extent");
    if (status == AUTAN_OK && g_rename(partial, kept) != 0)
        status = autan_fail(r->err, AUTAN_IO, "%s: cannot be renamed", partial);
    if (status != AUTAN_OK)
        g_unlink(partial);
    g_free(partial);
    return status;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The rasters of a folder, by name. */
static GPtrArray *list_rasters(const char *folder)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        char *path = g_build_filename(folder, name, NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
            GDALIdentifyDriverEx(path, GDAL_OF_RASTER, NULL, NULL))
            g_ptr_array_add(paths, path);
        else
            g_free(path);
    }
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(paths, by_name);
    return paths;
}

/* The tiles of a folder as one raster; they must agree in CRS and bands. */
static autan_status open_folder(reading *r)
{
    GPtrArray *paths = list_rasters(r->source->path);
    char *arguments[] = {"-q", "-strict", NULL};
    GDALBuildVRTOptions *options = GDALBuildVRTOptionsNew(arguments, NULL);
    autan_status status = AUTAN_OK;
    int usage = 0;
    if (paths->len == 0)
        status =
            fail(r, AUTAN_BAD_FORMAT, "the folder holds no raster that GDAL reads");
    g_ptr_array_add(paths, NULL);
    if (status == AUTAN_OK) {
        r->dataset = GDALBuildVRT("", (int)paths->len - 1, NULL,
                                  (const char *const *)paths->pdata, options, &usage);
        if (!r->dataset || CPLGetLastErrorType() >= CE_Failure)
            status = gdal_failed(r, "its rasters do not make one");
    }
    GDALBuildVRTOptionsFree(options);
    g_ptr_array_unref(paths);
    return status;
}

static autan_status open_source(reading *r)
{
    char **options;
    if (g_file_test(r->source->path, G_FILE_TEST_IS_DIR))
        return open_folder(r);
    options = r->source->options
                  ? CSLTokenizeString2(r->source->options, " ", CSLT_HONOURSTRINGS)
                  : NULL;
    r->dataset = GDALOpenEx(r->source->path, GDAL_OF_RASTER | GDAL_OF_READONLY, NULL,
                            (const char *const *)options, NULL);
    CSLDestroy(options);
    if (r->dataset)
        return AUTAN_OK;
    return g_file_test(r->source->path, G_FILE_TEST_EXISTS)
               ? gdal_failed(r, "not a raster that GDAL reads")
               : fail(r, AUTAN_NOT_FOUND, "no such file");
}

static autan_status make_kept(reading *r, const char *kept)
{
    double source_pixel;
    autan_status status = open_source(r);
    if (status != AUTAN_OK) {
        if (r->dataset)
            GDALClose(r->dataset);
        return status;
    }
    status = choose_bands(r);
    if (status == AUTAN_OK)
        status = choose_nodata(r);
    if (status == AUTAN_OK)
        status = find_place(r);
    if (status == AUTAN_OK)
        status = find_window(r);
    if (status == AUTAN_OK)
        status = check_data(r);
    if (status == AUTAN_OK) {
        source_pixel = pixel_size(r->dataset, r->city_crs);
        r->factor = source_pixel > 0
                        ? (int)fmin(fmax(floor(r->pixel_m / source_pixel), 1), 1e6)
                        : 1;
        r->factor = MAX(1, MIN(r->factor, MIN(r->nx, r->ny)));
        status = keep(r, kept);
    }
    if (r->srs)
        OSRDestroySpatialReference(r->srs);
    GDALClose(r->dataset);
    return status;
}

static size_t read_count(GDALDatasetH dataset, const char *name)
{
    const char *text = GDALGetMetadataItem(dataset, name, NULL);
    return text ? (size_t)g_ascii_strtoull(text, NULL, 10) : 0;
}

static autan_status open_kept(const char *kept, const autan_imagery_source *source,
                              const char *crs, autan_imagery **imagery,
                              autan_imagery_counts *counts, autan_error *err)
{
    autan_imagery *made = calloc(1, sizeof *made);
    const char *covered;
    if (made) {
        made->name = strdup(source->name);
        made->path = strdup(kept);
        made->crs = strdup(crs);
        made->classes = source->recipe->make == AUTAN_MAKE_SHARE;
    }
    if (!made || !made->name || !made->path || !made->crs) {
        autan_imagery_close(made);
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    made->dataset =
        GDALOpenEx(kept, GDAL_OF_RASTER | GDAL_OF_READONLY, NULL, NULL, NULL);
    if (!made->dataset) {
        autan_imagery_close(made);
        return autan_fail(err, AUTAN_IO, "%s: cannot be read again: %s", kept,
                          CPLGetLastErrorMsg());
    }
    made->pixel_m = pixel_size(made->dataset, crs);
    covered = GDALGetMetadataItem(made->dataset, "covered", NULL);
    *counts = (autan_imagery_counts){read_count(made->dataset, "pixels"),
                                     read_count(made->dataset, "missing"),
                                     read_count(made->dataset, "repaired"),
                                     covered ? g_ascii_strtod(covered, NULL) : 1.0};
    *imagery = made;
    return AUTAN_OK;
}

autan_status autan_imagery_open(const autan_imagery_source *source, const char *crs,
                                const autan_grid *grid, double reach_m, double pixel_m,
                                const char *kept, autan_imagery **imagery,
                                autan_imagery_counts *counts, autan_error *err)
{
    reading r = {.source = source,
                 .city_crs = crs,
                 .grid = grid,
                 .reach_m = reach_m,
                 .pixel_m = pixel_m,
                 .err = err};
    autan_status status = AUTAN_OK;
    GDALAllRegister();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    if (!g_file_test(kept, G_FILE_TEST_EXISTS))
        status = make_kept(&r, kept);
    if (status == AUTAN_OK)
        status = open_kept(kept, source, crs, imagery, counts, err);
    CPLPopErrorHandler();
    return status;
}

void autan_imagery_close(autan_imagery *imagery)
{
    if (!imagery)
        return;
    if (imagery->dataset)
        GDALClose(imagery->dataset);
    free(imagery->name);
    free(imagery->path);
    free(imagery->crs);
    free(imagery);
}

/* The quantity warped to nx x ny pixels from the corner xmin, ymax. */
static autan_status warp(autan_imagery *m, double xmin, double ymax, double pixel_m,
                         size_t nx, size_t ny, double *value, autan_error *err)
{
    const char *method = m->pixel_m < pixel_m / 1.5 ? "average"
                         : m->classes               ? "near"
                                                    : "bilinear";
    char text[6][32];
    const char *arguments[] = {"-q",
                               "-of",
                               "MEM",
                               "-t_srs",
                               m->crs,
                               "-te",
                               text[0],
                               text[1],
                               text[2],
                               text[3],
                               "-ts",
                               text[4],
                               text[5],
                               "-r",
                               method,
                               "-ot",
                               "Float64",
                               "-dstnodata",
                               "nan",
                               "-et",
                               "0",
                               "-wo",
                               "NUM_THREADS=ALL_CPUS",
                               NULL};
    GDALWarpAppOptions *options;
    GDALDatasetH warped;
    int usage = 0;
    CPLErr code = CE_Failure;
    g_ascii_formatd(text[0], 32, "%.6f", xmin);
    g_ascii_formatd(text[1], 32, "%.6f", ymax - pixel_m * (double)ny);
    g_ascii_formatd(text[2], 32, "%.6f", xmin + pixel_m * (double)nx);
    g_ascii_formatd(text[3], 32, "%.6f", ymax);
    g_snprintf(text[4], 32, "%zu", nx);
    g_snprintf(text[5], 32, "%zu", ny);
    options = GDALWarpAppOptionsNew((char **)arguments, NULL);
    warped = options ? GDALWarp("", NULL, 1, &m->dataset, options, &usage) : NULL;
    GDALWarpAppOptionsFree(options);
    if (warped) {
        code = GDALRasterIO(GDALGetRasterBand(warped, 1), GF_Read, 0, 0, (int)nx,
                            (int)ny, value, (int)nx, (int)ny, GDT_Float64, 0, 0);
        GDALClose(warped);
    }
    return code == CE_None ? AUTAN_OK
                           : autan_fail(err, AUTAN_BAD_FORMAT,
                                        "layer %s: cannot be brought to "
                                        "the city's CRS: %s",
                                        m->name, CPLGetLastErrorMsg());
}

/* Means over squares of `quarters` pixels a side, NaN where less than half is known. */
static void average(const double *fine, size_t quarters, size_t nx, size_t ny,
                    double *value)
{
    for (size_t c = 0; c < nx * ny; c++) {
        const double *corner =
            fine + (c / nx * quarters) * nx * quarters + c % nx * quarters;
        double sum = 0.0;
        size_t known = 0;
        for (size_t i = 0; i < quarters * quarters; i++) {
            double v = corner[i / quarters * nx * quarters + i % quarters];
            sum += isfinite(v) ? v : 0.0;
            known += isfinite(v) != 0;
        }
        value[c] = 2 * known >= quarters * quarters ? sum / (double)known : NAN;
    }
}

autan_status autan_imagery_cells(autan_imagery *m, const autan_grid *grid,
                                 const autan_rows *cells, autan_error *err)
{
    const size_t quarters = m->pixel_m < grid->resolution / QUARTERS ? 1 : QUARTERS;
    const size_t across = grid->nx * quarters;
    const size_t rows = MAX(1, HELD_PIXELS / across / quarters);
    double *fine = malloc(across * quarters * rows * sizeof *fine);
    double *value = malloc(grid->nx * rows * sizeof *value);
    autan_status status =
        fine && value ? AUTAN_OK : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    CPLPushErrorHandler(CPLQuietErrorHandler);
    for (size_t row = 0; status == AUTAN_OK && row < grid->ny; row += rows) {
        const size_t n = MIN(rows, grid->ny - row);
        status =
            warp(m, grid->xmin, grid->ymax - (double)row * grid->resolution,
                 grid->resolution / (double)quarters, across, n * quarters, fine, err);
        if (status == AUTAN_OK) {
            average(fine, quarters, grid->nx, n, value);
            status = cells->write(cells->user, row, n, value);
        }
    }
    CPLPopErrorHandler();
    free(fine);
    free(value);
    return status;
}

autan_status autan_imagery_place(autan_imagery *m, double x, double y, double radius_m,
                                 double *value, autan_error *err)
{
    enum { STEPS = 16 };
    const double pixel = radius_m > 0 ? radius_m / STEPS : m->pixel_m / 100.0;
    const size_t side = radius_m > 0 ? 2 * STEPS : 1;
    double fine[4 * STEPS * STEPS], sum = 0.0;
    size_t known = 0, all = 0;
    autan_status status;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    status = warp(m, x - pixel * (double)side / 2.0, y + pixel * (double)side / 2.0,
                  pixel, side, side, fine, err);
    CPLPopErrorHandler();
    if (status != AUTAN_OK)
        return status;
    for (size_t i = 0; i < side * side; i++) {
        double column = (double)(i % side) + 0.5 - (double)side / 2.0;
        double row = (double)(i / side) + 0.5 - (double)side / 2.0;
        if (hypot(column, row) > (double)side / 2.0)
            continue;
        all++;
        sum += isfinite(fine[i]) ? fine[i] : 0.0;
        known += isfinite(fine[i]) != 0;
    }
    *value = 2 * known > all ? sum / (double)known : NAN;
    return AUTAN_OK;
}
