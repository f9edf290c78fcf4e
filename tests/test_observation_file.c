/* Observation files: good rows go to the sink, every other is told with its reason. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/observation_file.h"
#include "files/station_file.h"
#include "support.h"

enum { JUNE_30_15_H = 1561906800 }; /* date -u -d 2019-06-30T15:00Z +%s */

static autan_error err;

/* What came, as text: "LINE:time station v..." or "LINE!reason(text)", each with \n. */
typedef struct {
    char text[20000];
    size_t length, rows;
    autan_status stop;
} record;

static void say(record *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(record *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    r->length += (size_t)vsnprintf(r->text + r->length, sizeof r->text - r->length,
                                   format, args);
    va_end(args);
    ck_assert_uint_lt(r->length, sizeof r->text);
}

static autan_status on_observation(const autan_observation *row, size_t line,
                                   void *user)
{
    record *r = user;
    say(r, "%zu:%lld %zu", line, (long long)row->time - JUNE_30_15_H, row->station);
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        if (!isnan(row->value[v]))
            say(r, " %d=%.17g", v, row->value[v]);
    }
    say(r, "\n");
    r->rows++;
    return r->stop;
}

static void on_rejected(autan_rejection reason, size_t line, const char *text,
                        void *user)
{
    say(user, "%zu!%d(%s)\n", line, (int)reason, text ? text : "-");
}

static autan_status read_path(const char *path, record *r)
{
    static autan_station station[] = {{.id = (char *)"a"}, {.id = (char *)"b, c"}};
    const autan_station_table table = {.n = 2, .station = station};
    const autan_observation_sink sink = {on_observation, on_rejected, r};
    return autan_observation_file_read(path, &table, &sink, &err);
}

static void expect_rows(const char *path, const char *rows)
{
    record r = {0};
    ck_assert_msg(read_path(path, &r) == AUTAN_OK, "%s", err.text);
    ck_assert_str_eq(r.text, rows);
}

#define T "2019-06-30T15:00Z"

START_TEST(every_variable_of_the_contract_is_read_into_its_place)
{
    expect_rows(write_text("o.csv",
                           "time,station,air_temperature,relative_humidity,wind_speed,"
                           "wind_from_direction,air_pressure,precipitation_amount,"
                           "global_radiation\n" T ",a,31.25,40,2.5,359,1012.5,0,850\n"),
                "2:0 0 0=31.25 1=40 2=2.5 3=359 4=1012.5 5=0 6=850\n");
}
END_TEST

START_TEST(columns_stand_in_any_order_and_empty_is_missing)
{
    expect_rows(write_text("o.csv", "wind_speed,station,air_temperature,time\n"
                                    ",\"b, c\",-3.5,2019-06-30 17:00:30+02:00\n"
                                    "0.1,a,,2019-06-30T14:59:59Z\n"),
                "2:30 1 0=-3.5\n3:-1 0 2=0.10000000000000001\n");
}
END_TEST

START_TEST(values_outside_the_limits_of_nature_are_kept_for_the_archive)
{
    expect_rows(write_text("o.csv", "time,station,air_temperature\n" T ",a,-273\n" T
                                    ",a,1e30\n"),
                "2:0 0 0=-273\n3:0 0 0=1e+30\n");
}
END_TEST

/* One row, and what becomes of it: the reason, and the field told. */
static const struct {
    const char *row;
    autan_rejection reason;
    const char *text;
} bad[] = {
    {T ",a", AUTAN_REJECT_FIELDS, "-"},
    {T ",a,1,2,3", AUTAN_REJECT_FIELDS, "-"},
    {"2019-06-30T15:00,a,1,2", AUTAN_REJECT_TIME, "2019-06-30T15:00"},
    {"2019-06-30,a,1,2", AUTAN_REJECT_TIME, "2019-06-30"},
    {"30/06/2019 15:00Z,a,1,2", AUTAN_REJECT_TIME, "30/06/2019 15:00Z"},
    {"1561906800,a,1,2", AUTAN_REJECT_TIME, "1561906800"},
    {",a,1,2", AUTAN_REJECT_TIME, ""},
    {"2019-06-31T15:00Z,a,1,2", AUTAN_REJECT_DATE, "2019-06-31T15:00Z"},
    {"1601-01-01T00:00Z,a,1,2", AUTAN_REJECT_DATE, "1601-01-01T00:00Z"},
    {"9999-12-31T23:00Z,a,1,2", AUTAN_REJECT_DATE, "9999-12-31T23:00Z"},
    {T ",c,1,2", AUTAN_REJECT_STATION, "c"},
    {T ",A,1,2", AUTAN_REJECT_STATION, "A"},
    {T ",,1,2", AUTAN_REJECT_STATION, ""},
    {T ",a,\"21,5\",2", AUTAN_REJECT_NUMBER, "21,5"},
    {T ",a,1,NaN", AUTAN_REJECT_NUMBER, "NaN"},
    {T ",a,-,2", AUTAN_REJECT_NUMBER, "-"},
    {T ",a,0x10,2", AUTAN_REJECT_NUMBER, "0x10"},
    {T ",a,1e999,2", AUTAN_REJECT_OVERFLOW, "1e999"},
    {T ",a,,", AUTAN_REJECT_EMPTY, "-"},
};

START_TEST(a_row_that_cannot_be_kept_is_told_with_its_reason_and_the_others_are_read)
{
    char text[400], want[200];
    snprintf(text, sizeof text,
             "time,station,air_temperature,wind_speed\n%s\n" T ",a,1,2\n", bad[_i].row);
    snprintf(want, sizeof want, "2!%d(%s)\n3:0 0 0=1 2=2\n", (int)bad[_i].reason,
             bad[_i].text);
    expect_rows(write_text("o.csv", text), want);
}
END_TEST

START_TEST(a_nul_byte_costs_its_row_or_in_the_header_the_file)
{
    static const char row[] = "time,station,wind_speed\n" T ",a\0b,1\n" T ",a,2\n";
    static const char header[] = "time\0x,station,wind_speed\n" T ",a,1\n";
    record r = {0};
    expect_rows(write_bytes("o.csv", row, sizeof row - 1), "2!1(-)\n3:0 0 2=2\n");
    ck_assert_int_eq(read_path(write_bytes("o.csv", header, sizeof header - 1), &r),
                     AUTAN_BAD_FORMAT);
    assert_error(&err, AUTAN_BAD_FORMAT, "o.csv:1:", "NUL");
}
END_TEST

START_TEST(every_reason_has_words_of_its_own)
{
    for (int k = 0; k < AUTAN_REJECTIONS; k++) {
        ck_assert_ptr_nonnull(autan_rejection_text((autan_rejection)k));
        for (int j = 0; j < k; j++)
            ck_assert_str_ne(autan_rejection_text((autan_rejection)k),
                             autan_rejection_text((autan_rejection)j));
    }
}
END_TEST

/* What fails the whole file: the line named (0: the file only), and words. */
static const struct {
    const char *text;
    int line;
    const char *part;
} damaged[] = {
    {"", 0, "is empty"},
    {"\n\n", 0, "is empty"},
    {"station,air_temperature\na,1\n", 1, "no column 'time'"},
    {"time,air_temperature\n" T ",1\n", 1, "no column 'station'"},
    {"time,station\n" T ",a\n", 1, "no variable, expected air_temperature"},
    {"time,station,temperature\n" T ",a,1\n", 1, "unknown column 'temperature'"},
    {"time;station;air_temperature\n", 1,
     "unknown column 'time;station;air_temperature'"},
    {"time,station,air_temperature,\n" T ",a,1,\n", 1, "unknown column ''"},
    {"time,station,wind_speed,wind_speed\n", 1, "'wind_speed' is given twice"},
    {"time,station,time,wind_speed\n", 1, "'time' is given twice"},
    {"time,station,wind_speed\n" T ",a,1\n" T ",\"a,1\n", 4, "quotes"},
};

START_TEST(what_is_wrong_with_the_file_is_refused_with_its_line)
{
    const char *path = write_text("o.csv", damaged[_i].text);
    char place[SUPPORT_PATH + 32];
    record r = {0};
    snprintf(place, sizeof place, damaged[_i].line ? "%s:%d: " : "%s: ", path,
             damaged[_i].line);
    ck_assert_int_eq(read_path(path, &r), AUTAN_BAD_FORMAT);
    assert_error(&err, AUTAN_BAD_FORMAT, place, damaged[_i].part);
}
END_TEST

START_TEST(a_gzipped_file_cut_short_fails_after_the_rows_that_were_there)
{
    static const char text[] = "time,station,wind_speed\n" T ",a,1\n" T ",a,2\n";
    const char *path = write_gzip("o.csv.gz", text, strlen(text));
    size_t length;
    char *bytes = read_file(path, &length);
    record r = {0};
    expect_rows(path, "2:0 0 2=1\n3:0 0 2=2\n");
    ck_assert_int_eq(read_path(write_bytes("o.csv.gz", bytes, length - 4), &r),
                     AUTAN_BAD_FORMAT);
    assert_error(&err, AUTAN_BAD_FORMAT, "o.csv.gz", "gzip");
    free(bytes);
}
END_TEST

START_TEST(the_sink_ends_the_reading_with_its_status)
{
    record r = {.stop = AUTAN_LOCKED};
    ck_assert_int_eq(read_path(write_text("o.csv", "time,station,wind_speed\n" T
                                                   ",c,1\n" T ",a,1\n" T ",a,2\n"),
                               &r),
                     AUTAN_LOCKED);
    ck_assert_str_eq(r.text, "2!4(c)\n3:0 0 2=1\n");
}
END_TEST

START_TEST(a_missing_file_is_not_found)
{
    record r = {0};
    ck_assert_int_eq(read_path(temporary("missing.csv"), &r), AUTAN_NOT_FOUND);
    assert_error(&err, AUTAN_NOT_FOUND, temporary("missing.csv"));
}
END_TEST

typedef struct {
    size_t rows, rejected, out_of_line;
    double sum;
    autan_time last;
} summary;

static autan_status sum_up(const autan_observation *row, size_t line, void *user)
{
    summary *s = user;
    s->rows++;
    s->out_of_line += line != s->rows + 1;
    s->sum += row->value[AUTAN_AIR_TEMPERATURE];
    s->last = row->time;
    return AUTAN_OK;
}

static void count_rejected(autan_rejection reason, size_t line, const char *text,
                           void *user)
{
    (void)reason;
    (void)line;
    (void)text;
    ((summary *)user)->rejected++;
}

/* Against the tests' own reader, which knows no more than commas. */
START_TEST(two_years_of_berlin_are_read_whole)
{
    char path[SUPPORT_PATH];
    csv_table t;
    autan_station_table stations;
    summary s = {0};
    const autan_observation_sink sink = {sum_up, count_rejected, &s};
    double *value, sum = 0;
    if (!shared_file("data/berlin/stations.csv", path) ||
        !table_shared("data/berlin/observations.csv.gz", &t))
        return;
    ck_assert_int_eq(autan_station_file_read(path, &stations, &err), AUTAN_OK);
    ck_assert(shared_file("data/berlin/observations.csv.gz", path));
    ck_assert_msg(autan_observation_file_read(path, &stations, &sink, &err) == AUTAN_OK,
                  "%s", err.text);
    value = table_numbers(&t, "air_temperature");
    for (size_t k = 0; k < t.rows; k++)
        sum += value[k];
    ck_assert_uint_eq(s.rows, t.rows);
    ck_assert_uint_eq(s.rejected, 0);
    ck_assert_uint_eq(s.out_of_line, 0);
    ck_assert_double_eq(s.sum, sum);
    ck_assert_str_eq(table_text(&t, t.rows - 1, "time"), "2020-11-30T23:00:00Z");
    ck_assert_int_eq(s.last, 1606777200); /* date -u -d 2020-11-30T23:00Z +%s */
    free(value);
    autan_station_table_clear(&stations);
    table_clear(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("observation_file");
    TCase *rows = tcase_create("rows"), *files = tcase_create("files");
    tcase_add_test(rows, every_variable_of_the_contract_is_read_into_its_place);
    tcase_add_test(rows, columns_stand_in_any_order_and_empty_is_missing);
    tcase_add_test(rows, values_outside_the_limits_of_nature_are_kept_for_the_archive);
    tcase_add_loop_test(
        rows, a_row_that_cannot_be_kept_is_told_with_its_reason_and_the_others_are_read,
        0, sizeof bad / sizeof *bad);
    tcase_add_test(rows, a_nul_byte_costs_its_row_or_in_the_header_the_file);
    tcase_add_test(rows, every_reason_has_words_of_its_own);
    suite_add_tcase(suite, rows);
    tcase_add_loop_test(files, what_is_wrong_with_the_file_is_refused_with_its_line, 0,
                        sizeof damaged / sizeof *damaged);
    tcase_add_test(files,
                   a_gzipped_file_cut_short_fails_after_the_rows_that_were_there);
    tcase_add_test(files, the_sink_ends_the_reading_with_its_status);
    tcase_add_test(files, a_missing_file_is_not_found);
    tcase_add_test(files, two_years_of_berlin_are_read_whole);
    suite_add_tcase(suite, files);
    return support_run(suite);
}
