/* Forecasts of the stations as they are kept, and files that only look like them. */
#include <math.h>
#include <netcdf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/forecast_file.h"
#include "support.h"

enum { MEMBERS = 2, STATIONS = 3, TIMES = 4, VALUES = MEMBERS * STATIONS * TIMES };

static const char path[] = "kept-forecast.nc";

START_TEST(a_forecast_is_read_as_it_was_written)
{
    char *station[STATIONS] = {"s1", "s2", "\xc3\xa9"};
    float value[VALUES], wind[MEMBERS * TIMES];
    autan_error err = {0};
    autan_forecast f = {.reference = 1692626400, /* date -u -d 2023-08-21T14:00Z +%s */
                        .latest = 1692622800,
                        .n_members = MEMBERS,
                        .n_stations = STATIONS,
                        .n_times = TIMES,
                        .station = station,
                        .value = value,
                        .wind = wind,
                        .method = "a method",
                        .notes = "a note\tune note"},
                   g;
    for (size_t i = 0; i < VALUES; i++)
        value[i] = i == 5 ? NAN : 20.0f + (float)i;
    for (size_t i = 0; i < MEMBERS * TIMES; i++)
        wind[i] = (float)i;
    ck_assert_int_eq(autan_forecast_write(path, &f, &err), AUTAN_OK);
    ck_assert_msg(autan_forecast_read(path, &g, &err) == AUTAN_OK, "%s", err.text);
    ck_assert_int_eq(g.reference, f.reference);
    ck_assert_int_eq(g.latest, f.latest);
    ck_assert_uint_eq(g.n_members, MEMBERS);
    ck_assert_uint_eq(g.n_times, TIMES);
    ck_assert_uint_eq(g.n_stations, STATIONS);
    for (size_t i = 0; i < STATIONS; i++)
        ck_assert_str_eq(g.station[i], station[i]);
    for (size_t i = 0; i < VALUES; i++)
        ck_assert(i == 5 ? isnan(g.value[i]) : g.value[i] == value[i]);
    ck_assert_mem_eq(g.wind, wind, sizeof wind);
    ck_assert_ptr_null(g.humidity);
    ck_assert_ptr_null(g.radiation);
    ck_assert_str_eq(g.method, f.method);
    ck_assert_str_eq(g.notes, f.notes);
    autan_forecast_clear(&g);
    unlink(path);
}
END_TEST

/* What a file that looks like a forecast may have otherwise than one. */
typedef struct {
    int reference_rank, station_rank;
    double reference;
    bool other_stations;   /* names on the dimension of the times */
    size_t members, times; /* 0: MEMBERS, TIMES */
    nc_type type;          /* of the values, 0: NC_FLOAT */
} oddity;

static void write_odd(const oddity *odd)
{
    static const char *const names[] = {"realization", "station", "time"};
    const size_t length[] = {odd->members ? odd->members : MEMBERS, STATIONS,
                             odd->times ? odd->times : TIMES};
    double *reference = calloc(length[2], sizeof *reference);
    const int times[] = {2, 2};
    const int stations[] = {odd->other_stations ? 2 : 1, 1};
    int ncid, dimension[3], id, value;
    ck_assert_int_eq(nc_create(path, NC_NETCDF4 | NC_CLOBBER, &ncid), NC_NOERR);
    for (int d = 0; d < 3; d++)
        nc_def_dim(ncid, names[d], length[d], &dimension[d]);
    nc_def_var(ncid, "station", NC_STRING, odd->station_rank, stations, &id);
    nc_def_var(ncid, "air_temperature", odd->type ? odd->type : NC_FLOAT, 3, dimension,
               &value);
    nc_def_var(ncid, "forecast_reference_time", NC_DOUBLE, odd->reference_rank, times,
               &id);
    nc_put_att_text(ncid, NC_GLOBAL, "latest_reading", 20, "2023-08-21T14:00:00Z");
    nc_put_att_text(ncid, NC_GLOBAL, "source", 1, "m");
    nc_put_att_text(ncid, NC_GLOBAL, "notes", 1, "n");
    for (size_t t = 0; t < length[2]; t++)
        reference[t] = odd->reference;
    nc_put_var_double(ncid, id, reference);
    free(reference);
    ck_assert_int_eq(nc_close(ncid), NC_NOERR);
}

START_TEST(a_file_that_only_looks_like_a_forecast_is_refused)
{
    static const struct {
        oddity odd;
        const char *what; /* NULL: it is one */
    } sample[] = {
        {{.station_rank = 1, .reference = 1692626400}, NULL},
        {{.reference_rank = 1, .station_rank = 1, .reference = 1692626400},
         "forecast_reference_time"},
        {{.station_rank = 1, .reference = 1e300}, "forecast_reference_time"},
        {{.station_rank = 1, .reference = (double)NAN}, "forecast_reference_time"},
        {{.station_rank = 2, .reference = 1692626400}, "station"},
        {{.station_rank = 0, .reference = 1692626400}, "station"},
        {{.station_rank = 1, .reference = 1692626400, .other_stations = true},
         "station"},
        {{.station_rank = 1, .reference = 1692626400, .members = 1001}, "realization"},
        {{.station_rank = 1, .reference = 1692626400, .members = 1000, .times = 10000},
         "too short"},
        {{.station_rank = 1, .reference = 1692626400, .type = NC_DOUBLE},
         "air_temperature"},
    };
    for (size_t k = 0; k < sizeof sample / sizeof *sample; k++) {
        autan_error err = {0};
        autan_forecast f = {0};
        write_odd(&sample[k].odd);
        const autan_status status = autan_forecast_read(path, &f, &err);
        if (!sample[k].what) {
            ck_assert_msg(status == AUTAN_OK, "%s", err.text);
            autan_forecast_clear(&f);
            continue;
        }
        ck_assert_int_eq(status, AUTAN_BAD_FORMAT);
        ck_assert_msg(strstr(err.text, sample[k].what), "%s", err.text);
        ck_assert_ptr_null(f.value);
    }
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("forecast_file");
    TCase *tcase = tcase_create("forecast_file");
    tcase_add_test(tcase, a_forecast_is_read_as_it_was_written);
    tcase_add_test(tcase, a_file_that_only_looks_like_a_forecast_is_refused);
    suite_add_tcase(suite, tcase);
    return support_run(suite);
}
