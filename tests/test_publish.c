/* Texts made harmless, folders that appear whole or not at all, licences, months, and
 * what changed from one issue to the next. */
#include <check.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/calendar.h"
#include "files/archive.h"
#include "files/archive_extract.h"
#include "files/folder.h"
#include "files/licence.h"
#include "files/publish/form.h"
#include "files/publish/text.h"
#include "support.h"

static char *place;

static void setup(void)
{
    place = g_dir_make_tmp("autan-publish-XXXXXX", NULL);
    ck_assert_ptr_nonnull(place);
}

static void teardown(void)
{
    char *command = g_strdup_printf("rm -rf '%s'", place);
    ck_assert_int_eq(system(command), 0);
    g_free(command);
    g_free(place);
}

static char *below(const char *name)
{
    return g_build_filename(place, name, NULL);
}

static void write_file(const char *path, const char *text)
{
    ck_assert(g_file_set_contents(path, text, -1, NULL));
}

static bool has_file(const char *folder, const char *name)
{
    char *path = g_build_filename(folder, name, NULL);
    bool there = access(path, F_OK) == 0;
    g_free(path);
    return there;
}

/* The characters are those of OWASP's page on CSV injection. */
START_TEST(no_text_begins_a_formula)
{
    static const struct {
        const char *text, *safe;
    } cases[] = {
        {"=cmd()", "'=cmd()"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\t=1", "'\t'=1"},
        {" =1", " '=1"},
        {"\"=1", "\"'=1"},
        {"a;=1", "a;'=1"},
        {"a,=1", "a,'=1"},
        {"a|=1", "a|'=1"},
        {"a = 1", "a = 1"},
        {"a-b", "a-b"},
        {"Saint-Exupéry", "Saint-Exupéry"},
        {"'=1", "'=1"},
        {"", ""},
    };
    for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
        char *safe = autan_text_no_formula(cases[k].text);
        char *again = autan_text_no_formula(safe);
        ck_assert_str_eq(safe, cases[k].safe);
        ck_assert_str_eq(again, safe);
        g_free(safe);
        g_free(again);
    }
}
END_TEST

START_TEST(markdown_shows_a_text_as_it_is)
{
    GString *out = g_string_new(NULL);
    autan_text_markdown(out, "<b>&[x](y)`*_#|\n", 100);
    ck_assert_str_eq(out->str, "&lt;b&gt;&amp;\\[x\\]\\(y\\)\\`\\*\\_\\#\\| ");
    g_string_truncate(out, 0);
    autan_text_markdown(out, "éééé", 3);
    ck_assert_str_eq(out->str, "ééé…");
    g_string_free(out, TRUE);
}
END_TEST

START_TEST(json_holds_no_markup_and_reads_back_the_same)
{
    char *path = below("a.json"), *text = NULL;
    json_t *json = NULL;
    autan_error err = {0};
    ck_assert_int_eq(
        autan_text_write_json(path, json_pack("{s:s}", "<k>", "</script>&"), &err),
        AUTAN_OK);
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_ptr_null(strpbrk(text, "<>&"));
    ck_assert_int_eq(autan_text_read_json(path, &json, &err), AUTAN_OK);
    ck_assert_str_eq(json_string_value(json_object_get(json, "<k>")), "</script>&");
    json_decref(json);
    write_file(path, "[1]");
    ck_assert_int_eq(autan_text_read_json(path, &json, &err), AUTAN_BAD_FORMAT);
    write_file(path, "{");
    ck_assert_int_eq(autan_text_read_json(path, &json, &err), AUTAN_BAD_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "a.json:1: is no JSON"));
    ck_assert_int_eq(g_unlink(path), 0);
    ck_assert_int_eq(autan_text_read_json(path, &json, &err), AUTAN_NOT_FOUND);
    g_free(text);
    g_free(path);
}
END_TEST

/* The sum of "abc" is the example of FIPS 180-2. */
START_TEST(a_checksum_is_that_of_sha256)
{
    char *path = below("abc"), *sum = NULL;
    size_t bytes = 0;
    write_file(path, "abc");
    ck_assert_int_eq(autan_text_checksum(path, &sum, &bytes, NULL), AUTAN_OK);
    ck_assert_str_eq(
        sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_uint_eq(bytes, 3);
    g_free(sum);
    g_free(path);
}
END_TEST

START_TEST(licences_are_found_by_name_whatever_the_capitals)
{
    ck_assert_str_eq(autan_licence_find("odbl-1.0")->id, "ODbL-1.0");
    ck_assert_ptr_null(autan_licence_find("freeware"));
    ck_assert_ptr_nonnull(strstr(autan_licence_list(), "etalab-2.0"));
}
END_TEST

START_TEST(months_begin_and_end_at_midnight_utc)
{
    static const char *const cases[][3] = {
        {"2024-02-29T23:59:59Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
        {"2025-12-01T00:00:00Z", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"},
        {"2025-01-31T12:00:00Z", "2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z"},
        {"1850-01-01T00:00:00Z", "1850-01-01T00:00:00Z", "1850-02-01T00:00:00Z"},
    };
    for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
        char text[AUTAN_TIME_TEXT];
        autan_time time;
        ck_assert_int_eq(autan_time_parse(cases[k][0], &time), AUTAN_OK);
        autan_time_format(autan_month_of(time), text);
        ck_assert_str_eq(text, cases[k][1]);
        autan_time_format(autan_month_end(time), text);
        ck_assert_str_eq(text, cases[k][2]);
    }
}
END_TEST

START_TEST(the_last_month_that_there_is_ends_after_it_begins)
{
    autan_time time;
    ck_assert_int_eq(autan_time_parse("2150-12-31T23:00:00Z", &time), AUTAN_OK);
    ck_assert(autan_month_end(time) > time);
}
END_TEST

static void write_folder(const char *name, const char *content)
{
    autan_folder *folder = NULL;
    autan_error err = {0};
    char *path;
    ck_assert_int_eq(autan_folder_open(place, name, &folder, &err), AUTAN_OK);
    path = g_build_filename(autan_folder_path(folder), content, NULL);
    write_file(path, content);
    g_free(path);
    ck_assert_int_eq(autan_folder_commit(folder, &err), AUTAN_OK);
}

START_TEST(a_folder_appears_at_its_commit_and_replaces_the_former_one)
{
    char *path = below("m");
    autan_folder *folder = NULL;
    write_folder("m", "first");
    ck_assert(has_file(path, "first"));
    ck_assert_int_eq(autan_folder_open(place, "m", &folder, NULL), AUTAN_OK);
    autan_folder_abandon(folder);
    ck_assert(has_file(path, "first"));
    write_folder("m", "second");
    ck_assert(has_file(path, "second"));
    ck_assert(!has_file(path, "first"));
    ck_assert(!has_file(place, ".m.autan-new"));
    g_free(path);
}
END_TEST

START_TEST(a_folder_that_holds_a_folder_is_not_replaced)
{
    char *path = below("m"), *inner;
    autan_folder *folder = NULL;
    autan_error err = {0};
    write_folder("m", "first");
    inner = g_build_filename(path, "mine", NULL);
    ck_assert_int_eq(g_mkdir(inner, 0777), 0);
    ck_assert_int_eq(autan_folder_open(place, "m", &folder, &err), AUTAN_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "holds the folder mine"));
    ck_assert_ptr_null(folder);
    ck_assert(!has_file(place, ".m.autan-new"));
    g_free(inner);
    g_free(path);
}
END_TEST

START_TEST(the_lock_mends_what_a_killed_process_left)
{
    static const char *const left[] = {".new.autan-new", ".lost.autan-old",
                                       ".kept.autan-old", "kept", ".other"};
    int lock = -1, second = -1;
    autan_error err = {0};
    for (size_t k = 0; k < G_N_ELEMENTS(left); k++) {
        char *path = below(left[k]), *file = g_build_filename(path, left[k], NULL);
        ck_assert_int_eq(g_mkdir(path, 0777), 0);
        write_file(file, "");
        g_free(file);
        g_free(path);
    }
    ck_assert_int_eq(autan_folder_lock(place, &lock, &err), AUTAN_OK);
    ck_assert(!has_file(place, ".new.autan-new"));
    ck_assert(!has_file(place, ".kept.autan-old"));
    ck_assert(has_file(place, "kept/kept"));
    ck_assert(has_file(place, "lost/.lost.autan-old"));
    ck_assert(has_file(place, ".other/.other"));
    ck_assert_int_eq(autan_folder_lock(place, &second, &err), AUTAN_LOCKED);
    ck_assert_int_eq(second, -1);
    autan_folder_unlock(lock);
    ck_assert_int_eq(autan_folder_lock(place, &lock, &err), AUTAN_OK);
    autan_folder_unlock(lock);
}
END_TEST

/* An archive of two stations; the second row of s1 is corrected by a later batch and
 * contradicted within it. */
static autan_archive *make_archive(autan_station_table *stations)
{
    static const char *const id[] = {"b", "a"};
    char *folder = below("archive");
    autan_archive *archive = NULL;
    autan_station *station;
    autan_row_outcome outcome;
    autan_observation row = {.time = 3600};
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(autan_station_append(stations, id[i], &station), AUTAN_OK);
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        row.value[v] = (double)NAN;
    ck_assert_int_eq(autan_archive_open(folder, AUTAN_ARCHIVE_WRITE, &archive, NULL),
                     AUTAN_OK);
    ck_assert_int_eq(autan_archive_begin(archive, "first", NULL), AUTAN_OK);
    for (size_t i = 2; i-- > 0;) {
        row.station = i;
        row.value[AUTAN_AIR_TEMPERATURE] = 10 + (double)i;
        ck_assert_int_eq(autan_archive_add(archive, stations, &row, &outcome, NULL),
                         AUTAN_OK);
    }
    ck_assert_int_eq(autan_archive_commit(archive, NULL), AUTAN_OK);
    ck_assert_int_eq(autan_archive_begin(archive, "second", NULL), AUTAN_OK);
    row.station = 0;
    for (int k = 0; k < 2; k++) {
        row.value[AUTAN_AIR_TEMPERATURE] = 20 + k;
        ck_assert_int_eq(autan_archive_add(archive, stations, &row, &outcome, NULL),
                         AUTAN_OK);
    }
    ck_assert_int_eq(autan_archive_commit(archive, NULL), AUTAN_OK);
    g_free(folder);
    return archive;
}

START_TEST(an_extract_has_the_newest_values_by_time_and_station)
{
    autan_station_table stations = {0};
    autan_archive *archive = make_archive(&stations);
    autan_extract x;
    autan_time time = 0;
    ck_assert_int_eq(autan_archive_extract(archive, &stations, 0, 3601, &x, NULL),
                     AUTAN_OK);
    ck_assert_uint_eq(x.n, 2);
    ck_assert_uint_eq(x.reading[0].station, 0);
    ck_assert_double_eq(x.reading[0].value[AUTAN_AIR_TEMPERATURE], 20);
    ck_assert(isnan(x.reading[0].value[AUTAN_WIND_SPEED]));
    ck_assert_uint_eq(x.reading[1].station, 1);
    ck_assert_double_eq(x.reading[1].value[AUTAN_AIR_TEMPERATURE], 11);
    ck_assert(!x.checked[AUTAN_AIR_TEMPERATURE]);
    autan_extract_clear(&x);
    ck_assert_int_eq(autan_archive_extract(archive, &stations, 0, 3600, &x, NULL),
                     AUTAN_OK);
    ck_assert_uint_eq(x.n, 0);
    autan_extract_clear(&x);
    ck_assert_int_eq(autan_archive_next(archive, 0, &time, NULL), AUTAN_OK);
    ck_assert_int_eq(time, 3600);
    ck_assert_int_eq(autan_archive_next(archive, 3601, &time, NULL), AUTAN_NO_DATA);
    autan_archive_close(archive);
    autan_station_table_clear(&stations);
}
END_TEST

START_TEST(readings_of_stations_without_a_row_in_the_table_are_counted)
{
    autan_station_table stations = {0}, fewer = {0};
    autan_archive *archive = make_archive(&stations);
    autan_station *station;
    autan_extract x;
    ck_assert_int_eq(autan_station_append(&fewer, "a", &station), AUTAN_OK);
    ck_assert_int_eq(autan_archive_extract(archive, &fewer, 0, 7200, &x, NULL),
                     AUTAN_OK);
    ck_assert_uint_eq(x.n, 1);
    /* Its two versions that are no conflict. */
    ck_assert_uint_eq(x.unknown, 2);
    autan_extract_clear(&x);
    autan_archive_close(archive);
    autan_station_table_clear(&stations);
    autan_station_table_clear(&fewer);
}
END_TEST

/* Any vector driver of GDAL takes the tables: Parquet is missing in Debian's, so that
 * the way is tried with drivers that are there. */
START_TEST(a_table_can_be_written_by_any_driver)
{
    autan_station_table stations = {0};
    autan_archive *archive = make_archive(&stations);
    char name[] = "Town";
    autan_city city = {.name = name};
    autan_notice notice;
    autan_issue issue;
    autan_error err = {0};
    static const char *const driver[][2] = {{"GPKG", "t.gpkg"},
                                            {"GeoJSON", "t.geojson"},
                                            {"FlatGeobuf", "t.fgb"},
                                            {"CSV", "t.csv"}};
    for (size_t i = 0; i < stations.n; i++) {
        stations.station[i].name = g_strdup("name");
        stations.station[i].longitude = 1;
        stations.station[i].latitude = 43;
    }
    city.archive = name;
    autan_notice_make(&city, &notice);
    ck_assert_int_eq(
        autan_issue_read(archive, &city, &stations, &notice, 0, &issue, &err),
        AUTAN_OK);
    issue.number = 1;
    ck_assert_str_eq(issue.month, "1970-01");
    for (size_t k = 0; k < G_N_ELEMENTS(driver); k++) {
        autan_form form = {.table = AUTAN_TABLE_OBSERVATIONS, .driver = driver[k][0]};
        char *path = below(driver[k][1]);
        if (autan_gdal_has(driver[k][0]))
            ck_assert_msg(autan_form_gdal(&form, &issue, path, &err) == AUTAN_OK, "%s",
                          err.text);
        ck_assert(!autan_gdal_has(driver[k][0]) || has_file(place, driver[k][1]));
        g_free(path);
    }
    ck_assert(!autan_gdal_has("no such driver"));
    autan_issue_clear(&issue);
    autan_notice_clear(&notice);
    autan_archive_close(archive);
    autan_station_table_clear(&stations);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("publish");
    TCase *tests = tcase_create("publish");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, no_text_begins_a_formula);
    tcase_add_test(tests, markdown_shows_a_text_as_it_is);
    tcase_add_test(tests, json_holds_no_markup_and_reads_back_the_same);
    tcase_add_test(tests, a_checksum_is_that_of_sha256);
    tcase_add_test(tests, licences_are_found_by_name_whatever_the_capitals);
    tcase_add_test(tests, months_begin_and_end_at_midnight_utc);
    tcase_add_test(tests, the_last_month_that_there_is_ends_after_it_begins);
    tcase_add_test(tests, a_folder_appears_at_its_commit_and_replaces_the_former_one);
    tcase_add_test(tests, a_folder_that_holds_a_folder_is_not_replaced);
    tcase_add_test(tests, the_lock_mends_what_a_killed_process_left);
    tcase_add_test(tests, an_extract_has_the_newest_values_by_time_and_station);
    tcase_add_test(tests, readings_of_stations_without_a_row_in_the_table_are_counted);
    tcase_add_test(tests, a_table_can_be_written_by_any_driver);
    suite_add_tcase(suite, tests);
    return support_run(suite);
}
