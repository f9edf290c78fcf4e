/* Guidance at stations. Values of the GRIB samples: as gdallocationinfo prints the
 * pixel (checked with the pixel's own place), in K less 273.15; other expected values
 * follow from the files made here. */
#include <math.h>
#include <netcdf.h>
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
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return support_run(suite);
}
