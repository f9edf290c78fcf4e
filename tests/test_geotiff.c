/* Cloud Optimized GeoTIFF: seen by GDAL, whole or not at all. */
#include <cpl_conv.h>
#include <cpl_string.h>
#include <gdal.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/geotiff.h"
#include "support.h"

enum { NX = 600, NY = 300 };

static autan_error err;
static autan_grid grid;
static float value[NX * NY];
static const autan_geotiff_tag tags[] = {{"TIFFTAG_SOFTWARE", "autan 9"},
                                         {"TIFFTAG_COPYRIGHT", "M\xc3\xa9t\xc3\xa9o"},
                                         {"rural_reference", "stations a, b"}};

/* Smooth values, the south-east corner missing in three ways. */
static autan_geotiff map(void)
{
    static const float missing[] = {NAN, INFINITY, -INFINITY};
    ck_assert_int_eq(autan_grid_make(554000, 6262000, 554000 + 100 * NX,
                                     6262000 + 100 * NY, 100, &grid),
                     AUTAN_OK);
    for (size_t k = 0; k < NX * NY; k++) {
        size_t row = k / NX, column = k % NX;
        value[k] = row > 250 && column > 550
                       ? missing[k % 3]
                       : 20.0f + (float)row / 64 + (float)column / 256;
    }
    return (autan_geotiff){.grid = &grid,
                           .crs = "EPSG:2154",
                           .value = value,
                           .nodata = -9999.0f,
                           .name = "air_temperature",
                           .units = "degC",
                           .time = 1561906830, /* date -u -d 2019-06-30T15:00:30Z +%s */
                           .n_tags = 3,
                           .tag = tags};
}

static GDALDatasetH write_good(const char *path, const autan_geotiff *m)
{
    GDALDatasetH file;
    ck_assert_msg(autan_geotiff_write(path, m, &err) == AUTAN_OK, "%s", err.text);
    GDALAllRegister();
    file = GDALOpen(path, GA_ReadOnly);
    ck_assert_ptr_nonnull(file);
    return file;
}

START_TEST(gdal_reads_the_values_at_their_place)
{
    autan_geotiff m = map();
    GDALDatasetH file = write_good(temporary("a.tif"), &m);
    GDALRasterBandH band = GDALGetRasterBand(file, 1);
    float *got = malloc(sizeof value);
    double transform[6];
    size_t wrong = 0;
    OGRSpatialReferenceH want = OSRNewSpatialReference(NULL);
    OSRImportFromEPSG(want, 2154);
    OSRSetAxisMappingStrategy(want, OAMS_TRADITIONAL_GIS_ORDER);
    ck_assert_int_eq(GDALGetRasterCount(file), 1);
    ck_assert_int_eq(GDALGetRasterDataType(band), GDT_Float32);
    ck_assert_int_eq(GDALGetGeoTransform(file, transform), CE_None);
    ck_assert_double_eq(transform[0], 554000);
    ck_assert_double_eq(transform[1], 100);
    ck_assert_double_eq(transform[2], 0);
    ck_assert_double_eq(transform[3], 6292000);
    ck_assert_double_eq(transform[4], 0);
    ck_assert_double_eq(transform[5], -100);
    ck_assert(OSRIsSame(GDALGetSpatialRef(file), want));
    ck_assert_str_eq(OSRGetAuthorityCode(GDALGetSpatialRef(file), NULL), "2154");
    ck_assert_int_eq(
        GDALRasterIO(band, GF_Read, 0, 0, NX, NY, got, NX, NY, GDT_Float32, 0, 0),
        CE_None);
    for (size_t k = 0; k < NX * NY; k++)
        wrong += got[k] != (isfinite(value[k]) ? value[k] : -9999.0f);
    ck_assert_uint_eq(wrong, 0);
    GDALClose(file);
    OSRDestroySpatialReference(want);
    free(got);
}
END_TEST

START_TEST(the_file_says_what_it_is)
{
    autan_geotiff m = map();
    GDALDatasetH file = write_good(temporary("a.tif"), &m);
    GDALRasterBandH band = GDALGetRasterBand(file, 1);
    const struct {
        const char *name, *domain, *text;
    } item[] = {{"TIFFTAG_DATETIME", NULL, "2019:06:30 15:00:30"},
                {"time", NULL, "2019-06-30T15:00:30Z"},
                {"TIFFTAG_SOFTWARE", NULL, "autan 9"},
                {"TIFFTAG_COPYRIGHT", NULL, "M\xc3\xa9t\xc3\xa9o"},
                {"rural_reference", NULL, "stations a, b"},
                {"AREA_OR_POINT", NULL, "Area"},
                {"LAYOUT", "IMAGE_STRUCTURE", "COG"},
                {"COMPRESSION", "IMAGE_STRUCTURE", "DEFLATE"},
                {"PREDICTOR", "IMAGE_STRUCTURE", "3"}};
    int has;
    for (size_t k = 0; k < sizeof item / sizeof *item; k++) {
        const char *text = GDALGetMetadataItem(file, item[k].name, item[k].domain);
        ck_assert_msg(text != NULL, "no %s", item[k].name);
        ck_assert_str_eq(text, item[k].text);
    }
    ck_assert_str_eq(GDALGetDescription(band), "air_temperature");
    ck_assert_str_eq(GDALGetRasterUnitType(band), "degC");
    ck_assert_double_eq(GDALGetRasterNoDataValue(band, &has), -9999);
    ck_assert_int_eq(has, 1);
    GDALClose(file);
}
END_TEST

START_TEST(it_is_tiled_with_overviews_of_means_down_to_one_tile)
{
    autan_geotiff m = map();
    GDALDatasetH file = write_good(temporary("a.tif"), &m);
    GDALRasterBandH band = GDALGetRasterBand(file, 1), overview;
    int nx, ny;
    float mean;
    GDALGetBlockSize(band, &nx, &ny);
    ck_assert_int_eq(nx, 256);
    ck_assert_int_eq(ny, 256);
    ck_assert_int_eq(GDALGetOverviewCount(band), 2); /* 300 x 150, 150 x 75 */
    overview = GDALGetOverview(band, 0);
    ck_assert_int_eq(GDALGetRasterBandXSize(overview), 300);
    ck_assert_int_eq(GDALGetRasterBandYSize(overview), 150);
    ck_assert_int_eq(
        GDALRasterIO(overview, GF_Read, 100, 50, 1, 1, &mean, 1, 1, GDT_Float32, 0, 0),
        CE_None);
    ck_assert_float_eq_tol(mean,
                           (value[100 * NX + 200] + value[100 * NX + 201] +
                            value[101 * NX + 200] + value[101 * NX + 201]) /
                               4,
                           1e-5f);
    ck_assert_int_eq(
        GDALRasterIO(overview, GF_Read, 299, 149, 1, 1, &mean, 1, 1, GDT_Float32, 0, 0),
        CE_None);
    ck_assert_float_eq(mean, -9999);
    GDALClose(file);
}
END_TEST

START_TEST(a_map_of_one_cell_or_without_any_value_is_a_file_too)
{
    autan_geotiff m = map();
    float one = 3.5f;
    GDALDatasetH file;
    grid = (autan_grid){0, 6000000, 50, 6000050, 50, 1, 1};
    m.value = &one;
    m.name = m.units = NULL;
    m.n_tags = 0;
    for (int missing = 0; missing < 2; missing++) {
        float got;
        file = write_good(temporary("one.tif"), &m);
        ck_assert_int_eq(GDALRasterIO(GDALGetRasterBand(file, 1), GF_Read, 0, 0, 1, 1,
                                      &got, 1, 1, GDT_Float32, 0, 0),
                         CE_None);
        ck_assert_float_eq(got, missing ? -9999.0f : 3.5f);
        GDALClose(file);
        one = NAN;
    }
}
END_TEST

START_TEST(not_a_number_can_stand_for_missing)
{
    autan_geotiff m = map();
    GDALDatasetH file;
    GDALRasterBandH band;
    float got;
    m.nodata = NAN;
    file = write_good(temporary("nan.tif"), &m);
    band = GDALGetRasterBand(file, 1);
    ck_assert_double_nan(GDALGetRasterNoDataValue(band, NULL));
    ck_assert_int_eq(GDALRasterIO(band, GF_Read, NX - 1, NY - 1, 1, 1, &got, 1, 1,
                                  GDT_Float32, 0, 0),
                     CE_None);
    ck_assert_float_nan(got);
    GDALClose(file);
}
END_TEST

START_TEST(the_same_map_gives_the_same_bytes)
{
    autan_geotiff m = map();
    size_t length[2];
    char *bytes[2];
    for (int k = 0; k < 2; k++) {
        const char *path = temporary(k ? "a.tif" : "b.tif");
        ck_assert_int_eq(autan_geotiff_write(path, &m, &err), AUTAN_OK);
        bytes[k] = read_file(path, &length[k]);
    }
    ck_assert_uint_eq(length[0], length[1]);
    ck_assert_int_eq(memcmp(bytes[0], bytes[1], length[0]), 0);
    free(bytes[0]);
    free(bytes[1]);
}
END_TEST

static autan_status read_rows(void *user, size_t first, size_t n, void *to)
{
    memcpy(to, (const float *)user + first * NX, n * NX * sizeof(float));
    return AUTAN_OK;
}

static const autan_rows rows = {value, read_rows, NULL};

START_TEST(a_map_by_rows_gives_the_bytes_of_one_in_memory)
{
    autan_geotiff m = map();
    size_t length[2];
    char *bytes[2];
    make_folder("f");
    ck_assert_int_eq(autan_geotiff_write(temporary("f/a.tif"), &m, &err), AUTAN_OK);
    ck_assert_int_eq(autan_geotiff_write_rows(temporary("f/b.tif"), &m, &rows, &err),
                     AUTAN_OK);
    bytes[0] = read_file(temporary("f/a.tif"), &length[0]);
    bytes[1] = read_file(temporary("f/b.tif"), &length[1]);
    ck_assert_uint_eq(length[0], length[1]);
    ck_assert_int_eq(memcmp(bytes[0], bytes[1], length[0]), 0);
    ck_assert_uint_eq(count_entries(temporary("f")), 2);
    free(bytes[0]);
    free(bytes[1]);
}
END_TEST

static autan_status refuse_rows(void *user, size_t first, size_t n, void *to)
{
    return first < NY / 2 && n < NY ? read_rows(user, first, n, to)
                                    : autan_fail(&err, AUTAN_NO_DATA, "no more rows");
}

START_TEST(rows_that_cannot_be_had_or_written_leave_nothing)
{
    const autan_rows broken = {value, refuse_rows, NULL};
    autan_geotiff m = map();
    make_folder("f");
    ck_assert_int_eq(autan_geotiff_write_rows(temporary("f/a.tif"), &m, &broken, &err),
                     AUTAN_NO_DATA);
    assert_error(&err, AUTAN_NO_DATA, "no more rows");
    value[5 * NX + 7] = -9999.0f;
    ck_assert_int_eq(autan_geotiff_write_rows(temporary("f/a.tif"), &m, &rows, &err),
                     AUTAN_BAD_ARGUMENT);
    assert_error(&err, AUTAN_BAD_ARGUMENT, "row 5, column 7");
    m = map();
    ck_assert_int_eq(
        autan_geotiff_write_rows(temporary("nowhere/a.tif"), &m, &rows, &err),
        AUTAN_IO);
    ck_assert_uint_eq(count_entries(temporary("f")), 0);
}
END_TEST

START_TEST(names_are_variable_and_time)
{
    char *name = autan_geotiff_name("air_temperature", 1561906800);
    ck_assert_str_eq(name, "air_temperature_20190630T1500Z.tif");
    free(name);
}
END_TEST

static void expect_refused(const char *path, const autan_geotiff *m,
                           autan_status status, const char *part)
{
    ck_assert_int_eq(autan_geotiff_write(path, m, &err), status);
    assert_error(&err, status, part);
    ck_assert_int_eq(autan_geotiff_write(path, m, NULL), status);
}

START_TEST(what_cannot_be_written_is_refused)
{
    autan_geotiff good = map(), m = good;
    make_folder("f");
    value[5 * NX + 7] = -9999.0f;
    expect_refused(temporary("f/a.tif"), &m, AUTAN_BAD_ARGUMENT,
                   "row 5, column 7 is -9999, which stands for missing");
    good = m = map();
    m.crs = "EPSG:99999";
    expect_refused(temporary("f/a.tif"), &m, AUTAN_BAD_CONFIG, "EPSG:99999");
    m.crs = "EPSG:4326";
    expect_refused(temporary("f/a.tif"), &m, AUTAN_BAD_CONFIG, "in metres");
    m.crs = "";
    expect_refused(temporary("f/a.tif"), &m, AUTAN_BAD_CONFIG, "crs");
    expect_refused(temporary("nowhere/a.tif"), &good, AUTAN_IO,
                   "nowhere/a.tif: cannot be");
    expect_refused(temporary("f"), &good, AUTAN_IO, "Is a directory");
    expect_refused("/dev/null", &good, AUTAN_IO, "not a regular file");
    ck_assert_uint_eq(count_entries(temporary("f")), 0);
}
END_TEST

static void expect_untouched(const char *reason)
{
    autan_geotiff m = map();
    size_t length;
    char *text;
    expect_refused(temporary("f/a.tif"), &m, AUTAN_IO, reason);
    ck_assert_int_eq(autan_geotiff_write_rows(temporary("f/a.tif"), &m, &rows, &err),
                     AUTAN_IO);
    text = read_file(temporary("f/a.tif"), &length);
    ck_assert_str_eq(text, "before");
    free(text);
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
}

START_TEST(a_file_that_cannot_grow_leaves_the_one_before_as_it_was)
{
    make_folder("f");
    write_text("f/a.tif", "before");
    limit_file_size(10000);
    expect_untouched("File too large");
}
END_TEST

START_TEST(a_full_disk_leaves_the_file_before_as_it_was)
{
    if (!mount_small_disk(make_folder("f"), 16384))
        return;
    write_text("f/a.tif", "before");
    expect_untouched("No space left");
}
END_TEST

/* GDAL tells of errors on the terminal unless it is kept from it; the handlers before
 * must be back afterwards. */
START_TEST(nothing_is_said_on_the_terminal)
{
    autan_geotiff m = map();
    size_t length;
    char *text;
    const char *path = temporary("said");
    ck_assert_ptr_nonnull(freopen(path, "w", stderr));
    m.crs = "nonsense";
    expect_refused(temporary("a.tif"), &m, AUTAN_BAD_CONFIG, "nonsense");
    fflush(stderr);
    text = read_file(path, &length);
    ck_assert_str_eq(text, "");
    free(text);
    CPLError(CE_Failure, CPLE_AppDefined, "heard");
    fflush(stderr);
    text = read_file(path, &length);
    ck_assert_ptr_nonnull(strstr(text, "heard"));
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("geotiff");
    TCase *seen = tcase_create("seen by GDAL"), *refused = tcase_create("refused");
    tcase_set_timeout(seen, 300);
    tcase_add_test(seen, gdal_reads_the_values_at_their_place);
    tcase_add_test(seen, the_file_says_what_it_is);
    tcase_add_test(seen, it_is_tiled_with_overviews_of_means_down_to_one_tile);
    tcase_add_test(seen, a_map_of_one_cell_or_without_any_value_is_a_file_too);
    tcase_add_test(seen, not_a_number_can_stand_for_missing);
    tcase_add_test(seen, the_same_map_gives_the_same_bytes);
    tcase_add_test(seen, a_map_by_rows_gives_the_bytes_of_one_in_memory);
    tcase_add_test(seen, names_are_variable_and_time);
    suite_add_tcase(suite, seen);
    tcase_set_timeout(refused, 300);
    tcase_add_test(refused, what_cannot_be_written_is_refused);
    tcase_add_test(refused, rows_that_cannot_be_had_or_written_leave_nothing);
    tcase_add_test(refused, a_file_that_cannot_grow_leaves_the_one_before_as_it_was);
    tcase_add_test(refused, a_full_disk_leaves_the_file_before_as_it_was);
    tcase_add_test(refused, nothing_is_said_on_the_terminal);
    suite_add_tcase(suite, refused);
    return support_run(suite);
}
