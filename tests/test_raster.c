/* Covariate rasters on the grid and at places, and projections. */
#include <cpl_string.h>
#include <gdal.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/raster.h"
#include "support.h"

/* 12 x 8 cells of 100 m in Lambert-93, around 571400 to 572600, 6282000 to 6282800. */
enum { NX = 12, NY = 8, CELLS = NX * NY };
static const autan_grid grid = {571400, 6282000, 572600, 6282800, 100, NX, NY};
static const char crs[] = "EPSG:2154";

static autan_error err;

/* A raster whose pixel (column, row) has the value f(column, row); -1 is nodata. */
typedef struct {
    const char *crs; /* NULL: none */
    double transform[6];
    int nx, ny;
    double (*f)(int column, int row);
} source;

static const char *write_source(const source *s)
{
    const char *path = temporary("source.tif");
    GDALDatasetH file;
    GDALRasterBandH band;
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
    double *line = malloc((size_t)s->nx * sizeof *line);
    GDALAllRegister();
    file = GDALCreate(GDALGetDriverByName("GTiff"), path, s->nx, s->ny, 1, GDT_Float64,
                      NULL);
    ck_assert_ptr_nonnull(file);
    if (s->crs) {
        OSRSetFromUserInput(srs, s->crs);
        OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
        GDALSetSpatialRef(file, srs);
    }
    if (s->transform[1] != 0)
        GDALSetGeoTransform(file, (double *)s->transform);
    band = GDALGetRasterBand(file, 1);
    GDALSetRasterNoDataValue(band, -1);
    for (int r = 0; r < s->ny; r++) {
        for (int c = 0; c < s->nx; c++)
            line[c] = s->f(c, r);
        ck_assert_int_eq(GDALRasterIO(band, GF_Write, 0, r, s->nx, 1, line, s->nx, 1,
                                      GDT_Float64, 0, 0),
                         CE_None);
    }
    GDALClose(file);
    OSRDestroySpatialReference(srs);
    free(line);
    return path;
}

static autan_raster *open_good(const source *s, double radius_m)
{
    autan_raster *raster = NULL;
    ck_assert_msg(autan_raster_open("built", write_source(s), radius_m, crs, &grid,
                                    &raster, &err) == AUTAN_OK,
                  "%s", err.text);
    return raster;
}

/* All cells at once; NY x NX. */
static void read_cells(const source *s, double radius_m, double value[NY][NX])
{
    autan_raster *raster = open_good(s, radius_m);
    ck_assert_msg(autan_raster_read_rows(raster, 0, NY, value[0], &err) == AUTAN_OK,
                  "%s", err.text);
    autan_raster_close(raster);
}

static double read_place(const source *s, double radius_m, double x, double y)
{
    autan_raster *raster = open_good(s, radius_m);
    double value = 77;
    ck_assert_msg(autan_raster_read_places(raster, 1, &x, &y, &value, &err) == AUTAN_OK,
                  "%s", err.text);
    autan_raster_close(raster);
    return value;
}

static void expect_same(double got, double want, double tolerance, const char *what,
                        int c, int r)
{
    if (isnan(want) ? !isnan(got) : !(fabs(got - want) <= tolerance))
        ck_abort_msg("%s at column %d, row %d: %.10g, expected %.10g", what, c, r, got,
                     want);
}

static double numbered(int column, int row)
{
    return (column * 7 + row * 3) % 11 == 4 ? -1 : row * 1000 + column;
}

static double or_nan(double value)
{
    return value == -1 ? (double)NAN : value;
}

START_TEST(a_raster_of_the_grids_own_cells_is_read_as_it_is)
{
    /* Two columns and one row further out, and shorter by three columns. */
    const source s = {
        crs, {571200, 100, 0, 6282900, 0, -100}, NX - 1, NY + 2, numbered};
    double value[NY][NX];
    read_cells(&s, 0, value);
    for (int r = 0; r < NY; r++) {
        for (int c = 0; c < NX; c++)
            expect_same(value[r][c],
                        c + 2 < s.nx ? or_nan(numbered(c + 2, r + 1)) : (double)NAN, 0,
                        "cell", c, r);
    }
}
END_TEST

START_TEST(a_finer_raster_gives_the_mean_of_what_it_has_in_the_cell)
{
    const source s = {crs, {571400, 20, 0, 6282800, 0, -20}, 5 * NX, 5 * NY, numbered};
    double value[NY][NX];
    read_cells(&s, 0, value);
    for (int r = 0; r < NY; r++) {
        for (int c = 0; c < NX; c++) {
            double sum = 0;
            int n = 0;
            for (int k = 0; k < 25; k++) {
                double v = numbered(5 * c + k % 5, 5 * r + k / 5);
                sum += v == -1 ? 0 : v;
                n += v != -1;
            }
            expect_same(value[r][c], sum / n, 1e-6, "mean", c, r);
        }
    }
}
END_TEST

START_TEST(a_coarser_raster_gives_the_pixel_at_the_centre_of_the_cell)
{
    const source s = {crs, {571330, 300, 0, 6282830, 0, -300}, 5, 3, numbered};
    double value[NY][NX];
    read_cells(&s, 0, value);
    for (int r = 0; r < NY; r++) {
        for (int c = 0; c < NX; c++) {
            int column = (int)((571450 + 100 * c - 571330) / 300.0);
            int row = (int)((6282830 - (6282750 - 100 * r)) / 300.0);
            expect_same(value[r][c], or_nan(numbered(column, row)), 0, "pixel", c, r);
        }
    }
}
END_TEST

START_TEST(a_place_takes_the_pixel_it_is_in_even_outside_the_grid)
{
    const source s = {crs, {571000, 20, 0, 6283000, 0, -20}, 100, 60, numbered};
    static const struct {
        double x, y;
        int column, row; /* -1: outside the raster */
    } place[] = {{571000, 6283000, 0, 0},       {571019.99, 6282980.01, 0, 0},
                 {571020, 6282980, 1, 1},       {572345, 6282345, 67, 32},
                 {572999.9, 6281800.1, 99, 59}, {570999.9, 6282500, -1, 0},
                 {572000, 6283000.1, -1, 0},    {573000, 6282500, -1, 0},
                 {1e12, -1e12, -1, 0},          {NAN, 6282500, -1, 0}};
    for (size_t k = 0; k < sizeof place / sizeof *place; k++)
        expect_same(read_place(&s, 0, place[k].x, place[k].y),
                    place[k].column < 0
                        ? (double)NAN
                        : or_nan(numbered(place[k].column, place[k].row)),
                    0, "place", place[k].column, place[k].row);
}
END_TEST

static double flat(int column, int row)
{
    (void)column;
    (void)row;
    return 42;
}

static double sloping(int column, int row)
{
    return 100 + 3 * column - 2 * row;
}

/* The mean of a plane over a disc is the plane's value at its centre. */
START_TEST(a_disc_of_a_plane_has_the_value_of_its_centre)
{
    static const double radius[] = {15, 50, 137, 500};
    const source s = {crs, {570400, 20, 0, 6283800, 0, -20}, 160, 140, sloping};
    for (size_t k = 0; k < sizeof radius / sizeof *radius; k++) {
        double value[NY][NX];
        read_cells(&s, radius[k], value);
        for (int r = 0; r < NY; r++) {
            for (int c = 0; c < NX; c++) {
                double column = (571450 + 100 * c - 570400) / 20.0 - 0.5;
                double row = (6283800 - (6282750 - 100 * r)) / 20.0 - 0.5;
                expect_same(value[r][c], 100 + 3 * column - 2 * row,
                            fmax(0.15, 0.002 * radius[k]), "disc", c, r);
            }
        }
    }
}
END_TEST

/* Against points of a fine lattice in the disc. */
START_TEST(a_disc_of_any_values_has_their_mean)
{
    const source s = {crs, {570400, 20, 0, 6283800, 0, -20}, 160, 140, numbered};
    static const double radius = 230, x = 572013, y = 6282377;
    double sum = 0, got;
    long n = 0, inside = 0;
    for (double dy = -radius + 0.5; dy < radius; dy++) {
        for (double dx = -radius + 0.5; dx < radius; dx++) {
            double v;
            if (dx * dx + dy * dy > radius * radius)
                continue;
            inside++;
            v = numbered((int)((x + dx - 570400) / 20), (int)((6283800 - y - dy) / 20));
            sum += v == -1 ? 0 : v;
            n += v != -1;
        }
    }
    ck_assert_int_lt(n, inside);
    got = read_place(&s, radius, x, y);
    ck_assert_msg(fabs(got - sum / (double)n) < 0.002 * sum / (double)n,
                  "%.6g, expected %.6g", got, sum / (double)n);
}
END_TEST

START_TEST(a_disc_less_than_a_fifth_inside_is_missing)
{
    const source s = {crs, {571400, 20, 0, 6282800, 0, -20}, 60, 40, flat};
    expect_same(read_place(&s, 100, 572000, 6282400), 42, 1e-9, "whole", 0, 0);
    /* Of a disc whose centre is 0.4 radii outside 0.252 is inside, at 0.6 radii 0.142.
     */
    expect_same(read_place(&s, 100, 571360, 6282400), 42, 1e-9, "a quarter", 0, 0);
    expect_same(read_place(&s, 100, 571340, 6282400), NAN, 0, "a seventh", 0, 0);
    expect_same(read_place(&s, 100, 571400, 6282800), 42, 1e-9, "in a corner", 0, 0);
    expect_same(read_place(&s, 100, 571380, 6282820), NAN, 0, "beyond it", 0, 0);
    expect_same(read_place(&s, 100, 560000, 6282400), NAN, 0, "far away", 0, 0);
}
END_TEST

/* In another CRS: pixels of 0.0002 degrees that hold what the place itself is. */
static double by_longitude(int column, int row)
{
    (void)row;
    return 1.40 + (column + 0.5) * 0.0002;
}

static double by_latitude(int column, int row)
{
    (void)column;
    return 43.65 - (row + 0.5) * 0.0002;
}

START_TEST(a_raster_of_another_crs_is_found_at_its_place)
{
    source s = {
        "EPSG:4326", {1.40, 0.0002, 0, 43.65, 0, -0.0002}, 200, 200, by_longitude};
    OGRSpatialReferenceH lambert = OSRNewSpatialReference(NULL),
                         wgs84 = OSRNewSpatialReference(NULL);
    OGRCoordinateTransformationH to_wgs84;
    double value[2][CELLS], place[2][CELLS];
    OSRImportFromEPSG(lambert, 2154);
    OSRImportFromEPSG(wgs84, 4326);
    OSRSetAxisMappingStrategy(wgs84, OAMS_TRADITIONAL_GIS_ORDER);
    to_wgs84 = OCTNewCoordinateTransformation(lambert, wgs84);
    for (int radius = 0; radius < 2; radius++) {
        for (int k = 0; k < 2; k++) {
            autan_raster *raster;
            s.f = k ? by_latitude : by_longitude;
            raster = open_good(&s, radius * 150.0);
            ck_assert_int_eq(autan_raster_read_rows(raster, 0, NY, value[k], &err),
                             AUTAN_OK);
            for (int i = 0; i < CELLS; i++) {
                double x = autan_grid_x(&grid, (size_t)i % NX);
                double y = autan_grid_y(&grid, (size_t)i / NX);
                ck_assert_int_eq(
                    autan_raster_read_places(raster, 1, &x, &y, &place[k][i], &err),
                    AUTAN_OK);
            }
            autan_raster_close(raster);
        }
        for (int i = 0; i < CELLS; i++) {
            double x = autan_grid_x(&grid, (size_t)i % NX);
            double y = autan_grid_y(&grid, (size_t)i / NX);
            double half_pixel = radius ? 8e-6 : 1.01e-4;
            OCTTransform(to_wgs84, 1, &x, &y, NULL);
            expect_same(place[0][i], x, half_pixel, "longitude of the place", i % NX,
                        i / NX);
            expect_same(place[1][i], y, half_pixel, "latitude of the place", i % NX,
                        i / NX);
            expect_same(value[0][i], x, half_pixel, "longitude", i % NX, i / NX);
            expect_same(value[1][i], y, half_pixel, "latitude", i % NX, i / NX);
        }
    }
    OCTDestroyCoordinateTransformation(to_wgs84);
    OSRDestroySpatialReference(lambert);
    OSRDestroySpatialReference(wgs84);
}
END_TEST

/* Aligned, averaged, reprojected, and with discs, whose shape is that of a nearby row.
 */
START_TEST(rows_read_in_pieces_are_the_rows_read_at_once)
{
    static const source sources[] = {
        {crs, {571400, 100, 0, 6282800, 0, -100}, NX, NY, numbered},
        {crs, {571390, 30, 0, 6282810, 0, -30}, 50, 40, numbered},
        {"EPSG:4326", {1.40, 0.0002, 0, 43.65, 0, -0.0002}, 200, 200, numbered},
    };
    for (size_t k = 0; k < 2 * sizeof sources / sizeof *sources; k++) {
        double radius = k % 2 ? 140 : 0, all[CELLS], part[CELLS];
        autan_raster *raster = open_good(&sources[k / 2], radius);
        ck_assert_int_eq(autan_raster_read_rows(raster, 0, NY, all, &err), AUTAN_OK);
        for (size_t row = 0; row < NY; row += 3)
            ck_assert_int_eq(autan_raster_read_rows(raster, row,
                                                    row + 3 > NY ? NY - row : 3,
                                                    part + row * NX, &err),
                             AUTAN_OK);
        autan_raster_close(raster);
        for (int i = 0; i < CELLS; i++)
            expect_same(part[i], all[i], 1e-6 * fabs(all[i]), "piece", i % NX, i / NX);
    }
}
END_TEST

/* Rows of a raster that keeps them, from a folder of the temporary one. */
static void read_kept(const char *path, double radius, const char *folder,
                      double *value)
{
    autan_raster *raster = NULL;
    ck_assert_int_eq(
        autan_raster_open("built", path, radius, crs, &grid, &raster, &err), AUTAN_OK);
    autan_raster_keep_rows(raster, folder);
    ck_assert_msg(autan_raster_read_rows(raster, 0, NY, value, &err) == AUTAN_OK, "%s",
                  err.text);
    autan_raster_close(raster);
}

static double doubled(int c, int r)
{
    return 2 * numbered(c, r);
}

START_TEST(rows_are_kept_for_as_long_as_the_raster_is_the_same)
{
    source s = {crs, {571390, 30, 0, 6282810, 0, -30}, 50, 40, numbered};
    const char *path = write_source(&s), *folder = temporary("kept");
    double first[CELLS], again[CELLS], other[CELLS];
    read_kept(path, 140, folder, first);
    ck_assert_uint_eq(count_entries(folder), 1);
    read_kept(path, 140, folder, again);
    ck_assert_mem_eq(again, first, sizeof first);
    read_kept(path, 150, folder, other);
    ck_assert_uint_eq(count_entries(folder), 2);
    ck_assert_mem_ne(other, first, sizeof first);
    s.f = doubled;
    path = write_source(&s);
    read_kept(path, 140, folder, other);
    ck_assert_double_gt(other[CELLS / 2], 1.5 * first[CELLS / 2]);
}
END_TEST

START_TEST(without_a_folder_to_keep_rows_in_they_are_the_same)
{
    const source s = {crs, {571390, 30, 0, 6282810, 0, -30}, 50, 40, numbered};
    double value[NY][NX], kept[CELLS];
    const char *path;
    read_cells(&s, 140, value);
    path = write_source(&s);
    write_text("in-the-way", "");
    read_kept(path, 140, temporary("in-the-way/kept"), kept);
    ck_assert_mem_eq(kept, value, sizeof kept);
}
END_TEST

/* Refused */

static void expect_unopened(const char *path, autan_status status, const char *part)
{
    autan_raster *raster = (autan_raster *)&raster;
    ck_assert_int_eq(autan_raster_open("built", path, 0, crs, &grid, &raster, &err),
                     status);
    assert_error(&err, status, path, "(covariate built)", part);
    ck_assert_ptr_eq(raster, &raster);
    ck_assert_int_eq(autan_raster_open("built", path, 0, crs, &grid, &raster, NULL),
                     status);
}

START_TEST(what_is_no_raster_of_the_place_is_refused_with_its_reason)
{
    const source good = {crs, {571400, 100, 0, 6282800, 0, -100}, NX, NY, numbered};
    source s = good;
    autan_raster *raster;
    expect_unopened(temporary("missing.tif"), AUTAN_NOT_FOUND, "no such file");
    expect_unopened(write_text("text.tif", "not a raster\n"), AUTAN_BAD_FORMAT,
                    "not a raster that GDAL reads");
    expect_unopened(write_text("points.geojson",
                               "{\"type\":\"FeatureCollection\",\"features\":[]}"),
                    AUTAN_BAD_FORMAT, "not a raster that GDAL reads");
    expect_unopened(make_folder("folder"), AUTAN_BAD_FORMAT,
                    "not a raster that GDAL reads");
    s.crs = NULL;
    expect_unopened(write_source(&s), AUTAN_BAD_FORMAT, "has no CRS");
    s = good;
    s.transform[1] = 0;
    expect_unopened(write_source(&s), AUTAN_BAD_FORMAT, "has no georeference");
    s = good;
    s.transform[0] = 581400;
    expect_unopened(write_source(&s), AUTAN_OUT_OF_DOMAIN, "does not overlap");
    ck_assert_int_eq(autan_raster_open("built", write_source(&good), 0, "EPSG:99999",
                                       &grid, &raster, &err),
                     AUTAN_BAD_CONFIG);
    assert_error(&err, AUTAN_BAD_CONFIG, "EPSG:99999");
    autan_raster_close(NULL);
}
END_TEST

START_TEST(a_raster_cut_short_is_an_error_when_it_is_read)
{
    const source s = {crs, {571000, 5, 0, 6283000, 0, -5}, 400, 300, numbered};
    size_t length;
    char *bytes = read_file(write_source(&s), &length);
    const char *path = write_bytes("cut.tif", bytes, length / 2);
    autan_raster *raster;
    double value[NY][NX];
    if (autan_raster_open("built", path, 0, crs, &grid, &raster, &err) == AUTAN_OK) {
        ck_assert_int_eq(autan_raster_read_rows(raster, 0, NY, value[0], &err),
                         AUTAN_BAD_FORMAT);
        autan_raster_close(raster);
    }
    assert_error(&err, AUTAN_BAD_FORMAT, path, "(covariate built)");
    free(bytes);
}
END_TEST

/* Projections */

/* echo "1.4434 43.6045" | gdaltransform -s_srs EPSG:4326 -t_srs CRS, PROJ 9.1. */
START_TEST(stations_are_projected)
{
    static const struct {
        const char *crs;
        double x, y;
    } want[] = {{"EPSG:2154", 574292.784523309, 6279622.02193433},
                {"EPSG:32631", 374374.187043314, 4829124.12698895}};
    for (size_t k = 0; k < sizeof want / sizeof *want; k++) {
        autan_station station = {
            .id = (char *)"a", .longitude = 1.4434, .latitude = 43.6045};
        autan_station_table table = {.n = 1, .station = &station};
        ck_assert_msg(autan_project_stations(want[k].crs, &table, &err) == AUTAN_OK,
                      "%s", err.text);
        ck_assert_double_eq_tol(station.x, want[k].x, 1e-5);
        ck_assert_double_eq_tol(station.y, want[k].y, 1e-5);
    }
}
END_TEST

START_TEST(what_cannot_be_projected_is_refused_by_name)
{
    autan_station station = {
        .id = (char *)"pole", .longitude = 0, .latitude = -90, .x = NAN};
    autan_station_table table = {.n = 1, .station = &station};
    ck_assert_int_eq(autan_project_stations("EPSG:2154", &table, &err),
                     AUTAN_OUT_OF_DOMAIN);
    assert_error(&err, AUTAN_OUT_OF_DOMAIN, "station 'pole'", "EPSG:2154");
    ck_assert_double_nan(station.x);
    ck_assert_int_eq(autan_project_stations("EPSG:4326", &table, &err),
                     AUTAN_BAD_CONFIG);
    assert_error(&err, AUTAN_BAD_CONFIG,
                 "'EPSG:4326', expected a projected one in metres");
    ck_assert_int_eq(autan_project_stations("EPSG:2225", &table, &err),
                     AUTAN_BAD_CONFIG);
    ck_assert_int_eq(autan_project_stations("", &table, &err), AUTAN_BAD_CONFIG);
    assert_error(&err, AUTAN_BAD_CONFIG, "crs is ''", "EPSG:2154");
}
END_TEST

START_TEST(a_crs_is_written_as_wkt_that_means_the_same)
{
    static const char *const name[] = {"EPSG:2154", "EPSG:27572",
                                       "+proj=utm +zone=33 +datum=WGS84"};
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        OGRSpatialReferenceH want = OSRNewSpatialReference(NULL), got;
        char *wkt = NULL;
        OSRSetFromUserInput(want, name[k]);
        ck_assert_int_eq(autan_crs_wkt(name[k], &wkt, &err), AUTAN_OK);
        got = OSRNewSpatialReference(wkt);
        ck_assert(OSRIsSame(got, want));
        OSRDestroySpatialReference(want);
        OSRDestroySpatialReference(got);
        free(wkt);
    }
}
END_TEST

START_TEST(the_box_of_a_grid_holds_its_corners)
{
    double box[4] = {7, 7, 7, 7};
    ck_assert_int_eq(autan_grid_geographic_box(crs, &grid, box, &err), AUTAN_OK);
    for (int k = 0; k < 4; k++) {
        /* The corners by gdaltransform -s_srs EPSG:2154 -t_srs EPSG:4326. */
        static const double corner[4][2] = {{1.40699503, 43.62537308},
                                            {1.42185580, 43.62558988},
                                            {1.40679511, 43.63256987},
                                            {1.42165774, 43.63278670}};
        ck_assert_double_le(box[0], corner[k][0] + 1e-6);
        ck_assert_double_le(box[1], corner[k][1] + 1e-6);
        ck_assert_double_ge(box[2], corner[k][0] - 1e-6);
        ck_assert_double_ge(box[3], corner[k][1] - 1e-6);
    }
    ck_assert_double_lt(box[2] - box[0], 1.42185580 - 1.40679511 + 1e-6);
    ck_assert_double_lt(box[3] - box[1], 43.63278670 - 43.62537308 + 1e-6);
    ck_assert_int_eq(autan_grid_geographic_box("EPSG:4326", &grid, box, &err),
                     AUTAN_BAD_CONFIG);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raster");
    TCase *cells = tcase_create("cells"), *discs = tcase_create("discs"),
          *refused = tcase_create("refused"),
          *projections = tcase_create("projections");
    tcase_set_timeout(cells, 300);
    tcase_add_test(cells, a_raster_of_the_grids_own_cells_is_read_as_it_is);
    tcase_add_test(cells, a_finer_raster_gives_the_mean_of_what_it_has_in_the_cell);
    tcase_add_test(cells, a_coarser_raster_gives_the_pixel_at_the_centre_of_the_cell);
    tcase_add_test(cells, a_place_takes_the_pixel_it_is_in_even_outside_the_grid);
    tcase_add_test(cells, a_raster_of_another_crs_is_found_at_its_place);
    tcase_add_test(cells, rows_read_in_pieces_are_the_rows_read_at_once);
    tcase_add_test(cells, rows_are_kept_for_as_long_as_the_raster_is_the_same);
    tcase_add_test(cells, without_a_folder_to_keep_rows_in_they_are_the_same);
    suite_add_tcase(suite, cells);
    tcase_set_timeout(discs, 300);
    tcase_add_test(discs, a_disc_of_a_plane_has_the_value_of_its_centre);
    tcase_add_test(discs, a_disc_of_any_values_has_their_mean);
    tcase_add_test(discs, a_disc_less_than_a_fifth_inside_is_missing);
    suite_add_tcase(suite, discs);
    tcase_add_test(refused, what_is_no_raster_of_the_place_is_refused_with_its_reason);
    tcase_add_test(refused, a_raster_cut_short_is_an_error_when_it_is_read);
    suite_add_tcase(suite, refused);
    tcase_set_timeout(projections, 300);
    tcase_add_test(projections, stations_are_projected);
    tcase_add_test(projections, what_cannot_be_projected_is_refused_by_name);
    tcase_add_test(projections, a_crs_is_written_as_wkt_that_means_the_same);
    tcase_add_test(projections, the_box_of_a_grid_holds_its_corners);
    suite_add_tcase(suite, projections);
    return support_run(suite);
}
