/* The station table: doc/formats.md, and everything that is refused. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/station_file.h"
#include "support.h"

#define HEADER "station,name,longitude,latitude,elevation\n"

static autan_error err;

static autan_station_table read_good(const char *path)
{
    autan_station_table table;
    ck_assert_msg(autan_station_file_read(path, &table, &err) == AUTAN_OK, "%s",
                  err.text);
    return table;
}

START_TEST(the_columns_of_the_contract_are_read_in_the_order_of_the_file)
{
    autan_station_table t = read_good(write_text(
        "s.csv", HEADER "carmes,Marengo \xe2\x80\x93 gare,1.44527,43.59811,147\n"
                        "montaudran,,-0.5,-12.25,-3.5\n"
                        "\"a,b\",\"say \"\"hi\"\"\",180,90,\n"));
    ck_assert_uint_eq(t.n, 3);
    ck_assert_uint_eq(t.n_attributes, 0);
    ck_assert_str_eq(t.station[0].id, "carmes");
    ck_assert_str_eq(t.station[0].name, "Marengo \xe2\x80\x93 gare");
    ck_assert_double_eq(t.station[0].longitude, 1.44527);
    ck_assert_double_eq(t.station[0].latitude, 43.59811);
    ck_assert_double_eq(t.station[0].elevation, 147);
    ck_assert_double_nan(t.station[0].x);
    ck_assert_double_nan(t.station[0].y);
    ck_assert_str_eq(t.station[1].name, "montaudran");
    ck_assert_double_eq(t.station[1].latitude, -12.25);
    ck_assert_double_eq(t.station[1].elevation, -3.5);
    ck_assert_str_eq(t.station[2].id, "a,b");
    ck_assert_str_eq(t.station[2].name, "say \"hi\"");
    ck_assert_double_nan(t.station[2].elevation);
    autan_station_table_clear(&t);
}
END_TEST

START_TEST(further_columns_are_attributes_and_the_order_is_free)
{
    autan_station_table t = read_good(write_text(
        "s.csv",
        "lcz,latitude,station,built %,longitude\n2,43.6,a,31.5,1.4\n,43.7,b,,1.5\n"));
    ck_assert_uint_eq(t.n_attributes, 2);
    ck_assert_str_eq(t.attribute_name[0], "lcz");
    ck_assert_str_eq(t.attribute_name[1], "built %");
    ck_assert_str_eq(t.station[0].attribute[0], "2");
    ck_assert_str_eq(t.station[0].attribute[1], "31.5");
    ck_assert_str_eq(t.station[1].attribute[0], "");
    ck_assert_str_eq(t.station[1].name, "b");
    ck_assert_double_eq(t.station[1].longitude, 1.5);
    ck_assert_double_nan(t.station[1].elevation);
    autan_station_table_clear(&t);
}
END_TEST

START_TEST(windows_text_and_gzip_are_fine)
{
    static const char text[] = "\xef\xbb\xbfstation,longitude,latitude\r\na,1,2\r\n";
    for (int zipped = 0; zipped < 2; zipped++) {
        autan_station_table t =
            read_good(zipped ? write_gzip("s.csv", text, strlen(text))
                             : write_text("s.csv", text));
        ck_assert_uint_eq(t.n, 1);
        ck_assert_double_eq(t.station[0].latitude, 2);
        autan_station_table_clear(&t);
    }
}
END_TEST

START_TEST(a_thousand_stations_are_read)
{
    char *text = malloc(64 * 1001), *at = text + sprintf(text, HEADER);
    autan_station_table t;
    for (int k = 0; k < 1000; k++)
        at += sprintf(at, "s%d,,%d,%d,\n", k, k % 180, k % 90);
    t = read_good(write_text("many.csv", text));
    ck_assert_uint_eq(t.n, 1000);
    ck_assert_int_eq(autan_station_find(&t, "s999"), 999);
    ck_assert_double_eq(t.station[999].longitude, 999 % 180);
    autan_station_table_clear(&t);
    free(text);
}
END_TEST

/* 100 bytes: the longest id. */
#define TEN     "1234567890"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* What is refused: the line named (0: the file only), and words of the message. */
static const struct {
    const char *text;
    int line;
    const char *part;
} bad[] = {
    {"", 0, "holds no station"},
    {HEADER, 0, "holds no station"},
    {"name,longitude,latitude\nx,1,2\n", 1, "no column 'station'"},
    {"station,latitude\na,2\n", 1, "no column 'longitude'"},
    {"station,longitude\na,1\n", 1, "no column 'latitude'"},
    {"Station,longitude,latitude\na,1,2\n", 1, "no column 'station'"},
    {"station;longitude;latitude\na;1;2\n", 1, "no column 'station'"},
    {"station,longitude,latitude,station\na,1,2,b\n", 1, "'station' is given twice"},
    {"station,longitude,latitude,lcz,lcz\na,1,2,3,4\n", 1, "'lcz' is given twice"},
    {HEADER "a,A,1,2,3\nb,B,1,2\n", 3, "4 fields where the header has 5"},
    {HEADER "a,A,1,2,3\n\nb,B,1,2,3,4\n", 4, "6 fields where the header has 5"},
    {HEADER ",A,1,2,3\n", 2, "station is empty"},
    {HEADER "x" HUNDRED ",A,1,2,3\n", 2, "longer than 100 bytes"},
    {HEADER "a,A,1,2,3\nb,B,1,2,3\na,C,4,5,6\n", 4, "station 'a' is given twice"},
    {HEADER "a,A,,2,3\n", 2, "longitude is '', expected a number"},
    {HEADER "a,A,1,north,3\n", 2, "latitude is 'north', expected a number"},
    {HEADER "a,A,\"1,44\",2,3\n", 2, "longitude is '1,44', expected a number"},
    {HEADER "a,A,1,2,high\n", 2, "elevation is 'high', expected a number"},
    {HEADER "a,A,1e999,2,3\n", 2, "longitude is '1e999', expected a number"},
    {HEADER "a,A,nan,2,3\n", 2, "longitude is 'nan'"},
    {HEADER "a,A,180.01,2,3\n", 2, "longitude 180.01 is outside [-180, 180]"},
    {HEADER "a,A,1,453.6,3\n", 2, "latitude 453.6 is outside [-90, 90]"},
    {HEADER "a,A,1,-90.001,3\n", 2, "latitude -90.001 is outside [-90, 90]"},
    {HEADER "a,A,1,2,-501\n", 2, "elevation -501 is outside [-500, 9000]"},
    {HEADER "a,A,1,2,9001\n", 2, "elevation 9001 is outside [-500, 9000]"},
    {HEADER "a,\"A,1,2,3\n", 3, "quotes"},
    {HEADER "caf\xe9,A,1,2,3\n", 2, "not UTF-8"},
    {HEADER "a,caf\xe9,1,2,3\n", 2, "not UTF-8"},
    {"station,longitude,latitude,caf\xe9\na,1,2,3\n", 1, "not UTF-8"},
    {HEADER "a\033[31m,A,1,2,3\n", 2, "control character"},
    {HEADER "a,\"two\nlines\",1,2,3\n", 3, "control character"},
};

START_TEST(what_is_wrong_is_refused_with_its_line_and_the_output_left_untouched)
{
    const char *path = write_text("bad.csv", bad[_i].text);
    autan_station_table table = {.n = 77};
    char place[SUPPORT_PATH + 32];
    snprintf(place, sizeof place, bad[_i].line ? "%s:%d: " : "%s: ", path,
             bad[_i].line);
    ck_assert_msg(autan_station_file_read(path, &table, &err) == AUTAN_BAD_FORMAT, "%s",
                  bad[_i].text);
    assert_error(&err, AUTAN_BAD_FORMAT, place, bad[_i].part);
    ck_assert_uint_eq(table.n, 77);
}
END_TEST

START_TEST(a_nul_byte_is_refused)
{
    static const char row[] = HEADER "a,A\0B,1,2,3\n",
                      header[] = "station\0,longitude,latitude\n";
    autan_station_table table;
    ck_assert_int_eq(autan_station_file_read(write_bytes("n.csv", row, sizeof row - 1),
                                             &table, &err),
                     AUTAN_BAD_FORMAT);
    assert_error(&err, AUTAN_BAD_FORMAT, "n.csv:2: ", "NUL");
    ck_assert_int_eq(autan_station_file_read(
                         write_bytes("n.csv", header, sizeof header - 1), &table, &err),
                     AUTAN_BAD_FORMAT);
    assert_error(&err, AUTAN_BAD_FORMAT, "n.csv:1: ", "NUL");
}
END_TEST

START_TEST(limits_are_included_and_an_id_may_have_100_bytes)
{
    autan_station_table t = read_good(
        write_text("s.csv", HEADER HUNDRED ",,-180,-90,-500\nb,,180,90,9000\n"));
    ck_assert_uint_eq(strlen(t.station[0].id), 100);
    autan_station_table_clear(&t);
}
END_TEST

START_TEST(a_missing_table_is_not_found_and_a_folder_is_no_table)
{
    autan_station_table table;
    ck_assert_int_eq(autan_station_file_read(temporary("missing.csv"), &table, &err),
                     AUTAN_NOT_FOUND);
    assert_error(&err, AUTAN_NOT_FOUND, temporary("missing.csv"));
    ck_assert_int_eq(autan_station_file_read(make_folder("folder"), &table, &err),
                     AUTAN_IO);
    assert_error(&err, AUTAN_IO, temporary("folder"), "folder");
    ck_assert_int_eq(autan_station_file_read(temporary("missing.csv"), &table, NULL),
                     AUTAN_NOT_FOUND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("station_file");
    TCase *good = tcase_create("good"), *refused = tcase_create("refused");
    tcase_add_test(good, the_columns_of_the_contract_are_read_in_the_order_of_the_file);
    tcase_add_test(good, further_columns_are_attributes_and_the_order_is_free);
    tcase_add_test(good, windows_text_and_gzip_are_fine);
    tcase_add_test(good, a_thousand_stations_are_read);
    tcase_add_test(good, limits_are_included_and_an_id_may_have_100_bytes);
    suite_add_tcase(suite, good);
    tcase_add_loop_test(
        refused, what_is_wrong_is_refused_with_its_line_and_the_output_left_untouched,
        0, sizeof bad / sizeof *bad);
    tcase_add_test(refused, a_nul_byte_is_refused);
    tcase_add_test(refused, a_missing_table_is_not_found_and_a_folder_is_no_table);
    suite_add_tcase(suite, refused);
    return support_run(suite);
}
