/* Guidance at stations. Values of the GRIB samples: as gdallocationinfo prints the
 * pixel (checked with the pixel's own place), in K less 273.15; other expected values
 * follow from the files made here. */
#include <gdal.h>
#include <cpl_conv.h>
#include <cpl_string.h>
#include <math.h>
#include <netcdf.h>
#include <ogr_srs_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/guidance.h"
#include "support.h"

static autan_station_table places(size_t n, const double *lonlat)
{
    autan_station_table table = {0};
    for (size_t i = 0; i < n; i++) {
        char id[16];
        autan_station *station;
        snprintf(id, sizeof id, "s%zu", i);
        ck_assert_int_eq(autan_station_append(&table, id, &station), AUTAN_OK);
        station->longitude = lonlat[2 * i];
        station->latitude = lonlat[2 * i + 1];
    }
    return table;
}

START_TEST(hourly_grib_is_read_at_the_right_place_and_time)
{
    /* The file has degC where GRIB has K, and misses points. Grid points 9.0, 9.5, 10.0
     * E by 46.0, 45.5, 45.0 N; the second station lies between four of them, beside a
     * missing one, the third on top of that, the fourth outside. */
    const double lonlat[] = {9.5, 45.5, 9.25, 45.75, 9.1, 45.95, 20, 45};
    char path[SUPPORT_PATH];
    autan_station_table table = places(4, lonlat);
    autan_guidance g;
    autan_error err;
    if (!shared_file("data/nwp/step_60m.grib", path))
        return;
    ck_assert_msg(autan_guidance_read(path, &table, &g, &err) == AUTAN_OK, "%s",
                  err.text);
    ck_assert_int_eq(g.reference, 1705276800); /* 2024-01-15T00:00Z */
    ck_assert_uint_eq(g.n_members, 1);
    ck_assert_uint_eq(g.n_steps, 73);
    ck_assert_uint_eq(g.n_outside, 2);
    for (size_t t = 0; t < g.n_steps; t++) {
        ck_assert_int_eq(g.time[t], g.reference + 3600 * (autan_time)t);
        ck_assert(g.value[t] > -40 && g.value[t] < 40);
        ck_assert(isnan(g.value[2 * g.n_steps + t]));
        ck_assert(isnan(g.value[3 * g.n_steps + t]));
    }
    /* As CDO prints the grid points: 1.2044492, and of the four round the second
     * station -1.4513125, 1.4251523 and 1.2044492. */
    ck_assert_double_eq_tol(g.value[0], 1.2044492, 1e-5);
    ck_assert_double_eq_tol(g.value[g.n_steps],
                            (-1.4513125 + 1.4251523 + 1.2044492) / 3, 1e-5);
    /* Half way between two hours. */
    ck_assert_double_eq_tol(autan_guidance_at(&g, 0, 0, g.reference + 1800),
                            0.5 * (g.value[0] + g.value[1]), 1e-9);
    ck_assert(isnan(autan_guidance_at(&g, 0, 0, g.reference - 1)));
    ck_assert(isnan(autan_guidance_at(&g, 0, 0, g.reference + 73 * 3600)));
    autan_guidance_clear(&g);
    autan_station_table_clear(&table);
}
END_TEST

/* Pixels as GDAL's own tool prints them, in K. */
static double tool_value(const char *path, int column, int line)
{
    char command[SUPPORT_PATH + 100], text[64] = "";
    snprintf(command, sizeof command,
             "gdallocationinfo -valonly -b 1 '%s' %d %d 2>/dev/null", path, column,
             line);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    /* Warnings come before the number. */
    while (fgets(text, sizeof text, pipe))
        continue;
    pclose(pipe);
    return atof(text);
}

START_TEST(kelvin_called_celsius_is_told_by_its_values)
{
    /* ERA5, 0.25 degrees: column 40, row 60 is 0 E, 45 N; its unit is given as C and
     * its values are 263 to 292. The second station is 360 degrees further. */
    const double lonlat[] = {0, 45, 360, 45};
    char path[SUPPORT_PATH];
    autan_station_table table = places(2, lonlat);
    autan_guidance g;
    autan_error err;
    if (!shared_file("data/nwp/era5-single-level-scalar-time.grib", path))
        return;
    ck_assert_msg(autan_guidance_read(path, &table, &g, &err) == AUTAN_OK, "%s",
                  err.text);
    ck_assert_int_eq(g.reference, 1483272000); /* 2017-01-01T12:00Z */
    ck_assert_uint_eq(g.n_steps, 1);
    ck_assert_double_eq_tol(g.value[0], tool_value(path, 40, 60) - 273.15, 1e-3);
    ck_assert_double_eq(g.value[0], g.value[1]);
    autan_guidance_clear(&g);
    autan_station_table_clear(&table);
}
END_TEST

START_TEST(a_projected_grid_is_read_where_it_is)
{
    /* NAM, Lambert conformal: Denver. Its other levels are not taken. */
    const double lonlat[] = {-104.99, 39.74, 2.35, 48.86};
    char path[SUPPORT_PATH];
    autan_station_table table = places(2, lonlat);
    autan_guidance g;
    autan_error err;
    if (!shared_file("data/nwp/nam.t00z.awp21100.tm00.grib2", path))
        return;
    ck_assert_msg(autan_guidance_read(path, &table, &g, &err) == AUTAN_OK, "%s",
                  err.text);
    ck_assert_int_eq(g.reference, 1537142400); /* 2018-09-17T00:00Z */
    ck_assert_uint_eq(g.n_members, 1);
    /* A warm September evening in Denver. */
    ck_assert(g.value[0] > 15 && g.value[0] < 35);
    ck_assert_uint_eq(g.n_outside, 1);
    autan_guidance_clear(&g);
    autan_station_table_clear(&table);
}
END_TEST

static autan_status try(const char *path, autan_error *err)
{
    const double lonlat[] = {1.44, 43.60};
    autan_station_table table = places(1, lonlat);
    autan_guidance g;
    autan_status status = autan_guidance_read(path, &table, &g, err);
    if (status == AUTAN_OK)
        autan_guidance_clear(&g);
    autan_station_table_clear(&table);
    return status;
}

START_TEST(files_that_do_not_serve_say_why)
{
    static const struct {
        const char *name;
        autan_status status;
        const char *why;
    } sample[] = {
        {"data/nwp/step_60m.grib", AUTAN_OUT_OF_DOMAIN, "another area"},
        {"data/nwp/lambert_grid.grib", AUTAN_BAD_FORMAT, "no temperature at 2 m"},
        {"data/nwp/regular_ll_msl.grib", AUTAN_BAD_FORMAT, "no temperature at 2 m"},
        {"data/berlin/stations.csv", AUTAN_BAD_FORMAT, "neither GRIB"},
    };
    for (size_t k = 0; k < sizeof sample / sizeof *sample; k++) {
        char path[SUPPORT_PATH];
        autan_error err = {0};
        if (!shared_file(sample[k].name, path))
            return;
        ck_assert_int_eq(try(path, &err), sample[k].status);
        ck_assert_msg(strstr(err.text, sample[k].why), "%s", err.text);
    }
    autan_error err = {0};
    ck_assert_int_eq(try("no-such-file", &err), AUTAN_NOT_FOUND);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused_or_read_up_to_the_cut)
{
    const double lonlat[] = {9.5, 45.5};
    char path[SUPPORT_PATH];
    size_t length;
    if (!shared_file("data/nwp/step_60m.grib", path))
        return;
    char *bytes = read_file(path, &length);
    autan_station_table table = places(1, lonlat);
    for (size_t cut = 0; cut < length; cut += length / 23 + 1) {
        autan_guidance g = {0};
        autan_error err = {0};
        const char *part = write_bytes("cut.grib", bytes, cut);
        const autan_status status = autan_guidance_read(part, &table, &g, &err);
        if (status == AUTAN_OK) {
            ck_assert_uint_le(g.n_steps, 73);
            autan_guidance_clear(&g);
        } else {
            ck_assert_msg(strlen(err.text) > 10, "cut at %zu", cut);
        }
    }
    free(bytes);
    autan_station_table_clear(&table);
}
END_TEST

#define POINTS(values)                                                                 \
    "{\"reference\": \"2024-07-01T00:00Z\", \"points\": [{\"longitude\": 1.45, "       \
    "\"latitude\": 43.61, \"time\": [\"2024-07-01T01:00Z\", \"2024-07-01T04:00Z\", "   \
    "\"2024-07-01T13:00Z\"], \"air_temperature\": " values "}]}"

/* A NetCDF file of so many maps t2m(time, latitude, longitude), without any value but
 * those that are missing. */
static void write_claim(const char *path, const size_t length[3], const char *fill)
{
    static const char *const name[3] = {"time", "latitude", "longitude"};
    int ncid, dimension[3], variable;
    ck_assert_int_eq(nc_create(path, NC_CLOBBER, &ncid), NC_NOERR);
    nc_set_fill(ncid, NC_NOFILL, &variable);
    for (int d = 0; d < 3; d++)
        ck_assert_int_eq(nc_def_dim(ncid, name[d], length[d], &dimension[d]), NC_NOERR);
    ck_assert_int_eq(nc_def_var(ncid, "t2m", NC_FLOAT, 3, dimension, &variable),
                     NC_NOERR);
    if (fill)
        ck_assert_int_eq(
            nc_put_att_text(ncid, variable, "_FillValue", strlen(fill), fill),
            NC_NOERR);
    ck_assert_int_eq(nc_close(ncid), NC_NOERR);
}

START_TEST(a_small_file_that_claims_a_large_forecast_is_refused)
{
    static const struct {
        size_t length[3];
        const char *fill;
    } claim[] = {{{20001, 2, 2}, NULL},
                 {{2, 1 << 17, 2}, NULL},
                 {{2, 1 << 14, 1 << 13}, NULL},
                 {{2, 2, 2}, "as many as there are letters"}};
    for (size_t k = 0; k < sizeof claim / sizeof *claim; k++) {
        autan_error err = {0};
        write_claim("claim.nc", claim[k].length, claim[k].fill);
        ck_assert_int_eq(try("claim.nc", &err), AUTAN_BAD_FORMAT);
        ck_assert_msg(strstr(err.text, "claims more than 20000 maps"), "%s", err.text);
    }
    unlink("claim.nc");
}
END_TEST

START_TEST(a_json_point_forecast_serves_the_stations_near_it)
{
    const double lonlat[] = {1.44, 43.60, 2.5, 43.6};
    autan_station_table table = places(2, lonlat);
    autan_guidance g;
    autan_error err;
    const char *path = write_text("point.json", POINTS("[18, 21, 300.15]"));
    ck_assert_msg(autan_guidance_read(path, &table, &g, &err) == AUTAN_OK, "%s",
                  err.text);
    ck_assert_int_eq(g.reference, 1719792000);
    ck_assert_uint_eq(g.n_outside, 1);
    ck_assert_double_eq_tol(autan_guidance_at(&g, 0, 0, g.reference + 2 * 3600), 19,
                            1e-9);
    /* 27 degC at 13 h; nine hours are too long a gap. */
    ck_assert_double_eq_tol(autan_guidance_at(&g, 0, 0, g.reference + 13 * 3600), 27,
                            1e-9);
    ck_assert(isnan(autan_guidance_at(&g, 0, 0, g.reference + 8 * 3600)));
    autan_guidance_clear(&g);
    autan_station_table_clear(&table);
}
END_TEST

/* Maps t2m(number, time, latitude, longitude) of 3 x 3 points round 1.5 E, 43.5 N, all
 * 280 K and the member's number; members and steps as asked. */
static void write_members(const char *path, size_t n, const int *number, size_t n_steps,
                          const double *hour)
{
    static const char *const name[4] = {"number", "time", "latitude", "longitude"};
    const size_t length[4] = {n, n_steps, 3, 3};
    const double latitude[3] = {44.5, 43.5, 42.5}, longitude[3] = {0.5, 1.5, 2.5};
    const char *units = "hours since 2024-06-01 00:00:00";
    int ncid, dimension[4], coordinate[4], variable;
    ck_assert_int_eq(nc_create(path, NC_CLOBBER, &ncid), NC_NOERR);
    for (int d = 0; d < 4; d++) {
        ck_assert_int_eq(nc_def_dim(ncid, name[d], length[d], &dimension[d]), NC_NOERR);
        ck_assert_int_eq(nc_def_var(ncid, name[d], d ? NC_DOUBLE : NC_INT, 1,
                                    &dimension[d], &coordinate[d]),
                         NC_NOERR);
    }
    nc_put_att_text(ncid, coordinate[1], "units", strlen(units), units);
    nc_put_att_text(ncid, coordinate[2], "units", 13, "degrees_north");
    nc_put_att_text(ncid, coordinate[3], "units", 12, "degrees_east");
    ck_assert_int_eq(nc_def_var(ncid, "t2m", NC_FLOAT, 4, dimension, &variable),
                     NC_NOERR);
    nc_enddef(ncid);
    nc_put_var_int(ncid, coordinate[0], number);
    nc_put_var_double(ncid, coordinate[1], hour);
    nc_put_var_double(ncid, coordinate[2], latitude);
    nc_put_var_double(ncid, coordinate[3], longitude);
    for (size_t k = 0; k < n; k++) {
        const size_t count[4] = {1, n_steps, 3, 3}, start[4] = {k, 0, 0, 0};
        float map[9 * 4];
        for (size_t i = 0; i < 9 * n_steps; i++)
            map[i] = 280.0f + (float)number[k];
        ck_assert_int_eq(nc_put_vara_float(ncid, variable, start, count, map),
                         NC_NOERR);
    }
    ck_assert_int_eq(nc_close(ncid), NC_NOERR);
}

START_TEST(members_of_netcdf_keep_their_numbers_over_files)
{
    const double lonlat[] = {1.5, 43.5}, early[2] = {1, 2}, late[2] = {2, 3};
    const int first[2] = {7, 3}, second[2] = {3, 9};
    const long expected[3] = {3, 7, 9};
    autan_station_table table = places(1, lonlat);
    autan_guidance g, other;
    autan_error err = {0};
    write_members("first.nc", 2, first, 2, early);
    write_members("second.nc", 2, second, 2, late);
    ck_assert_msg(autan_guidance_read("first.nc", &table, &g, &err) == AUTAN_OK, "%s",
                  err.text);
    ck_assert_uint_eq(g.n_members, 2);
    ck_assert_int_eq(g.number[0], 3);
    ck_assert_double_eq_tol(g.value[0], 280 + 3 - 273.15, 1e-3);
    ck_assert_int_eq(autan_guidance_read("second.nc", &table, &other, &err), AUTAN_OK);
    /* The run is the first step of a NetCDF file without more. */
    other.reference = g.reference;
    ck_assert_int_eq(autan_guidance_join(&g, &other, "second.nc", &err), AUTAN_OK);
    ck_assert_uint_eq(g.n_members, 3);
    ck_assert_uint_eq(g.n_steps, 3);
    for (size_t k = 0; k < 3; k++) {
        ck_assert_int_eq(g.number[k], expected[k]);
        for (size_t t = 0; t < 3; t++) {
            const double value = g.value[k * 3 + t];
            const bool known = (k == 0) || (k == 1 && t < 2) || (k == 2 && t > 0);
            if (known)
                ck_assert_double_eq_tol(value, 280 + (double)expected[k] - 273.15,
                                        1e-3);
            else
                ck_assert(isnan(value));
        }
    }
    autan_guidance_clear(&g);
    autan_guidance_clear(&other);
    autan_station_table_clear(&table);
    unlink("first.nc");
    unlink("second.nc");
}
END_TEST

/* GRIB 2 of GDAL: 3 x 3 points, a message a member of the numbers asked for, all 280 K
 * and the number; template 1 of individual ensemble forecasts. */
static void write_grib(const char *path, int n, const int *number)
{
    double transform[6] = {0.5, 1, 0, 44.5, 0, -1};
    char *wkt = NULL, **options = NULL;
    OGRSpatialReferenceH crs = OSRNewSpatialReference(NULL);
    GDALDatasetH memory, file;
    GDALAllRegister();
    OSRImportFromEPSG(crs, 4326);
    OSRExportToWkt(crs, &wkt);
    memory = GDALCreate(GDALGetDriverByName("MEM"), "", 3, 3, n, GDT_Float64, NULL);
    GDALSetGeoTransform(memory, transform);
    GDALSetProjection(memory, wkt);
    options = CSLAddString(options, "DISCIPLINE=0");
    options = CSLAddString(options, "INPUT_UNIT=K");
    for (int b = 1; b <= n; b++) {
        char text[200];
        GDALFillRaster(GDALGetRasterBand(memory, b), 280.0 + number[b - 1], 0);
        snprintf(text, sizeof text,
                 "BAND_%d_IDS=CENTER=98 SIGNF_REF_TIME=1 "
                 "REF_TIME=2024-06-01T00:00:00Z PROD_STATUS=0 TYPE=4",
                 b);
        options = CSLAddString(options, text);
        snprintf(text, sizeof text, "BAND_%d_PDS_PDTN=1", b);
        options = CSLAddString(options, text);
        snprintf(
            text, sizeof text,
            "BAND_%d_PDS_TEMPLATE_ASSEMBLED_VALUES=0 0 4 255 0 0 0 1 6 103 0 2 255 "
            "0 0 3 %d 50",
            b, number[b - 1]);
        options = CSLAddString(options, text);
    }
    file = GDALCreateCopy(GDALGetDriverByName("GRIB"), path, memory, 0, options, NULL,
                          NULL);
    ck_assert_ptr_nonnull(file);
    GDALClose(file);
    GDALClose(memory);
    CSLDestroy(options);
    CPLFree(wkt);
    OSRRelease(crs);
}

START_TEST(members_of_grib_are_told_by_their_perturbation_number)
{
    const double lonlat[] = {1.5, 43.5};
    const int number[3] = {7, 0, 3}, twice[2] = {4, 4};
    const long expected[3] = {0, 3, 7};
    autan_station_table table = places(1, lonlat);
    autan_guidance g;
    autan_error err = {0};
    write_grib("members.grib2", 3, number);
    ck_assert_msg(autan_guidance_read("members.grib2", &table, &g, &err) == AUTAN_OK,
                  "%s", err.text);
    ck_assert_uint_eq(g.n_members, 3);
    ck_assert_uint_eq(g.n_steps, 1);
    for (size_t k = 0; k < 3; k++) {
        ck_assert_int_eq(g.number[k], expected[k]);
        /* The driver packs to a hundredth or so. */
        ck_assert_double_eq_tol(g.value[k], 280 + (double)expected[k] - 273.15, 0.05);
    }
    autan_guidance_clear(&g);
    write_grib("members.grib2", 2, twice);
    ck_assert_int_eq(autan_guidance_read("members.grib2", &table, &g, &err),
                     AUTAN_BAD_FORMAT);
    ck_assert_msg(strstr(err.text, "has member 4 twice at one time"), "%s", err.text);
    autan_station_table_clear(&table);
    unlink("members.grib2");
}
END_TEST

START_TEST(wrong_json_is_refused)
{
    static const struct {
        const char *text, *why;
    } wrong[] = {
        {"{", "json"},
        {"{\"points\": []}", "no \"reference\""},
        {"{\"reference\": \"2024-07-01T00:00Z\"}", "no \"points\""},
        {POINTS("[18, 21]"), "not as many values"},
        {POINTS("[18, 21, 900]"), "none in K or degC"},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        autan_error err = {0};
        ck_assert_int_ne(try(write_text("wrong.json", wrong[k].text), &err), AUTAN_OK);
        ck_assert_msg(strstr(err.text, wrong[k].why), "%s", err.text);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guidance");
    TCase *tcase = tcase_create("guidance");
    tcase_add_test(tcase, hourly_grib_is_read_at_the_right_place_and_time);
    tcase_add_test(tcase, kelvin_called_celsius_is_told_by_its_values);
    tcase_add_test(tcase, a_projected_grid_is_read_where_it_is);
    tcase_add_test(tcase, files_that_do_not_serve_say_why);
    tcase_add_test(tcase, a_file_cut_anywhere_is_refused_or_read_up_to_the_cut);
    tcase_add_test(tcase, a_small_file_that_claims_a_large_forecast_is_refused);
    tcase_add_test(tcase, a_json_point_forecast_serves_the_stations_near_it);
    tcase_add_test(tcase, wrong_json_is_refused);
    tcase_add_test(tcase, members_of_netcdf_keep_their_numbers_over_files);
    tcase_add_test(tcase, members_of_grib_are_told_by_their_perturbation_number);
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    return support_run(suite);
}
