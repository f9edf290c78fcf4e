/* The city file: the contract's example, every key, everything that is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/city.h"
#include "support.h"

/* shared/CONTRACT.md. */
static const char example[] =
    "[city]\n"
    "name       = Toulouse M\xc3\xa9tropole\n"
    "timezone   = Europe/Paris\n"
    "crs        = EPSG:2154\n"
    "extent     = 554000 6262000 592000 6296000   ; xmin ymin xmax ymax, in crs\n"
    "resolution = 100                              ; m\n"
    "archive    = archive                          ; paths are relative to this file\n"
    "[stations]\n"
    "file = stations.csv\n"
    "[covariate building]                          ; one section a covariate\n"
    "file   = grids/building.tif                   ; any raster GDAL reads\n"
    "radius = 500                                  ; optional\n"
    "[model]\n"
    "trend = auto                                  ; or a list, or none\n"
    "covariance = auto\n";

/* Lines 1 to 6 and 7 to 8: what no city file can do without. */
#define CITY                                                                           \
    "[city]\nname = Town\ntimezone = Europe/Paris\ncrs = EPSG:2154\n"                  \
    "extent = 0 0 1000 2000\nresolution = 100\n"
#define STATIONS "[stations]\nfile = stations.csv\n"
#define REQUIRED CITY STATIONS

/* 64 letters: the longest name of a covariate. */
#define LONG "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"

static autan_error err;

static const char *city_path(const char *name)
{
    static char joined[SUPPORT_PATH];
    snprintf(joined, sizeof joined, "%s/%s", temporary("."), name);
    return joined;
}

static autan_city read_good(const char *text)
{
    autan_city city;
    ck_assert_msg(autan_city_read(write_text("city.ini", text), &city, &err) == AUTAN_OK,
                  "%s", err.text);
    return city;
}

/* The path of a file beside the city file. */
static const char *beside(const char *name)
{
    return temporary(name);
}

START_TEST(the_example_of_the_contract_is_read)
{
    autan_city city = read_good(example);
    ck_assert_str_eq(city.path, beside("city.ini"));
    ck_assert_str_eq(city.name, "Toulouse M\xc3\xa9tropole");
    ck_assert_str_eq(city.timezone, "Europe/Paris");
    ck_assert_ptr_nonnull(city.zone);
    ck_assert_str_eq(city.crs, "EPSG:2154");
    ck_assert_uint_eq(city.grid.nx, 380);
    ck_assert_uint_eq(city.grid.ny, 340);
    ck_assert_double_eq(city.grid.xmin, 554000);
    ck_assert_double_eq(city.grid.ymax, 6296000);
    ck_assert_str_eq(city.archive, beside("archive"));
    ck_assert_str_eq(city.stations, beside("stations.csv"));
    ck_assert_uint_eq(city.n_covariates, 1);
    ck_assert_str_eq(city.covariate[0].name, "building");
    ck_assert_str_eq(city.covariate[0].file, beside("grids/building.tif"));
    ck_assert_double_eq(city.covariate[0].radius_m, 500);
    ck_assert_int_eq(city.covariate[0].line, 10);
    ck_assert_int_eq(city.trend, AUTAN_TREND_AUTO);
    ck_assert(!city.covariance_given);
    ck_assert_int_eq(city.rural, AUTAN_RURAL_AUTO);
    ck_assert_int_eq(autan_city_find_covariate(&city, "building"), 0);
    ck_assert_int_eq(autan_city_find_covariate(&city, "water"), -1);
    autan_city_clear(&city);
    ck_assert_ptr_null(city.name);
    autan_city_clear(&city);
}
END_TEST

START_TEST(what_is_not_given_has_its_default)
{
    autan_city city = read_good(REQUIRED);
    ck_assert_str_eq(city.archive, beside("archive"));
    ck_assert_uint_eq(city.n_covariates, 0);
    ck_assert_int_eq(city.trend, AUTAN_TREND_AUTO);
    ck_assert(!city.covariance_given);
    ck_assert_int_eq(city.rural, AUTAN_RURAL_AUTO);
    ck_assert_ptr_null(city.institution);
    ck_assert_ptr_null(city.license);
    ck_assert_ptr_null(city.credits);
    ck_assert_ptr_null(city.notice);
    autan_city_clear(&city);
}
END_TEST

START_TEST(every_key_is_taken)
{
    autan_city city = read_good(
        "; a comment\n# another\n\n" CITY "archive = /var/lib/autan\n" STATIONS
        "[covariate water-2]\nfile = /data/water.tif\n[covariate Wood_3]\nfile = w.tif\n"
        "radius = 0.5\n[model]\ntrend = water-2, Wood_3\n"
        "covariance = 0.5 exp 4000 + 0.1 nugget\n[urban_heat_island]\nrural = a, b c\n"
        "[dataset]\ninstitution = Town\nlicense = ODbL-1.0\ncredits = A and B\n"
        "notice = simulated 50 % of it\n");
    ck_assert_str_eq(city.archive, "/var/lib/autan");
    ck_assert_uint_eq(city.n_covariates, 2);
    ck_assert_str_eq(city.covariate[0].file, "/data/water.tif");
    ck_assert_double_eq(city.covariate[0].radius_m, 0);
    ck_assert_double_eq(city.covariate[1].radius_m, 0.5);
    ck_assert_int_eq(city.trend, AUTAN_TREND_LIST);
    ck_assert_uint_eq(city.trend_terms.n, 2);
    ck_assert_str_eq(city.trend_terms.name[0], "water-2");
    ck_assert_str_eq(city.trend_terms.name[1], "Wood_3");
    ck_assert(city.covariance_given);
    ck_assert_double_eq(city.covariance.nugget, 0.1);
    ck_assert_int_eq(city.rural, AUTAN_RURAL_LIST);
    ck_assert_uint_eq(city.rural_stations.n, 3);
    ck_assert_str_eq(city.rural_stations.name[2], "c");
    ck_assert_str_eq(city.institution, "Town");
    ck_assert_str_eq(city.license, "ODbL-1.0");
    ck_assert_str_eq(city.credits, "A and B");
    ck_assert_str_eq(city.notice, "simulated 50 % of it");
    autan_city_clear(&city);
}
END_TEST

START_TEST(none_is_a_choice_of_trend_and_rural_reference)
{
    autan_city city = read_good(REQUIRED "[model]\ntrend = none\n"
                                         "[urban_heat_island]\nrural = none\n");
    ck_assert_int_eq(city.trend, AUTAN_TREND_NONE);
    ck_assert_int_eq(city.rural, AUTAN_RURAL_NONE);
    autan_city_clear(&city);
}
END_TEST

START_TEST(windows_line_ends_and_indented_keys_are_fine)
{
    autan_city city = read_good(
        "[city]\r\n  name = Town\r\n\ttimezone = Europe/Paris\r\n    crs = EPSG:2154\r\n"
        "  extent = 0 0 1000 2000\r\nresolution = 100\r\n[stations]\r\n  file = s.csv\r\n");
    ck_assert_str_eq(city.name, "Town");
    ck_assert_str_eq(city.stations, beside("s.csv"));
    autan_city_clear(&city);
}
END_TEST

START_TEST(a_byte_order_mark_is_fine)
{
    autan_city city = read_good("\xef\xbb\xbf" REQUIRED);
    ck_assert_str_eq(city.name, "Town");
    autan_city_clear(&city);
}
END_TEST

START_TEST(comments_and_blanks_may_stand_anywhere_but_inside_a_value)
{
    autan_city city = read_good(CITY ";[model]\n  # x\n   ; y = z\n\t\n" STATIONS
                                     "[ model ] ; all\ntrend=none\t;\t\n"
                                     "[covariate\t" LONG "]\nfile = a;b.tif ;c ;d\n"
                                     "[dataset]\ncredits = #1 = a; b");
    ck_assert_int_eq(city.trend, AUTAN_TREND_NONE);
    ck_assert_str_eq(city.covariate[0].name, LONG);
    ck_assert_str_eq(city.covariate[0].file, beside("a;b.tif"));
    ck_assert_str_eq(city.credits, "#1 = a; b");
    autan_city_clear(&city);
}
END_TEST

/* An indented header would otherwise give its keys to the section above. */
START_TEST(an_indented_section_header_is_a_section_header)
{
    autan_city city = read_good(REQUIRED "[covariate a]\nfile = a.tif\n"
                                         "  [covariate b]\nfile = b.tif\nradius = 300\n");
    ck_assert_uint_eq(city.n_covariates, 2);
    ck_assert_double_eq(city.covariate[0].radius_m, 0);
    ck_assert_double_eq(city.covariate[1].radius_m, 300);
    autan_city_clear(&city);
}
END_TEST

START_TEST(a_city_file_of_the_working_folder_gives_paths_of_the_working_folder)
{
    autan_city city;
    char *before = getcwd(NULL, 0);
    write_text("here.ini", REQUIRED);
    ck_assert_int_eq(chdir(city_path("")), 0);
    ck_assert_int_eq(autan_city_read("here.ini", &city, &err), AUTAN_OK);
    ck_assert_str_eq(city.folder, ".");
    ck_assert_str_eq(city.stations, "stations.csv");
    ck_assert_str_eq(city.archive, "archive");
    autan_city_clear(&city);
    ck_assert_int_eq(chdir(before), 0);
    free(before);
}
END_TEST

/* What is refused: the line named (0: the file only), and words of the message. */
static const struct {
    const char *text;
    int line;
    const char *part;
} bad[] = {
    {"", 0, "[city] name is missing"},
    {"[stations]\nfile = s.csv\n", 0, "[city] name is missing"},
    {"[city]\nname = T\ntimezone = UTC\ncrs = EPSG:2154\nextent = 0 0 10 10\n" STATIONS, 0,
     "[city] resolution is missing"},
    {"[city]\nname = T\ntimezone = UTC\ncrs = EPSG:2154\nresolution = 10\n" STATIONS, 0,
     "[city] extent is missing"},
    {"[city]\nname = T\ntimezone = UTC\nextent = 0 0 10 10\nresolution = 10\n" STATIONS, 0,
     "[city] crs is missing"},
    {"[city]\nname = T\ncrs = EPSG:2154\nextent = 0 0 10 10\nresolution = 10\n" STATIONS, 0,
     "[city] timezone is missing"},
    {CITY, 0, "[stations] file is missing"},
    {REQUIRED "[weather]\n", 9, "weather"},
    {REQUIRED "[City]\n", 9, "City"},
    {REQUIRED "[model x]\n", 9, "model x"},
    {REQUIRED "[covariate]\nfile = a.tif\n", 9, "name"},
    {REQUIRED "[covariate two words]\nfile = a.tif\n", 9, "two words"},
    {REQUIRED "[covariate a/b]\nfile = a.tif\n", 9, "a/b"},
    {REQUIRED "[covariate auto]\nfile = a.tif\n", 9, "auto"},
    {REQUIRED "[covariate none]\nfile = a.tif\n", 9, "none"},
    {REQUIRED "[covariate a]\nfile = a\n[covariate a]\nfile = b\n", 11, "second time"},
    {REQUIRED "[covariate a]\nradius = 100\n", 9, "no file"},
    {REQUIRED "[covariates]\nfile = a.tif\n", 9, "covariates"},
    {REQUIRED "[covariate " LONG "z]\nfile = a.tif\n", 9, "64 characters"},
    {REQUIRED "[model] trend = none\n", 9, "nothing but a comment"},
    {REQUIRED "[model]]\n", 9, "nothing but a comment"},
    {REQUIRED "[]\n", 9, "unknown section []"},
    {REQUIRED "[model]\n= none\n", 10, "KEY = VALUE"},
    {REQUIRED "[model]\ntrend: none\n", 10, "KEY = VALUE"},
    {REQUIRED "[dataset]\nnotice = \033[31mred\n", 10, "0x1b"},
    {REQUIRED "[dataset]\nnotice = a\rb\n", 10, "0x0d"},
    {REQUIRED "[model\ntrend = auto\n", 9, "expected"},
    {REQUIRED "colour = red\n", 9, "colour"},
    {REQUIRED "[model]\nTrend = auto\n", 10, "Trend"},
    {REQUIRED "[covariate a]\nfile = a.tif\nband = 2\n", 11, "band"},
    {REQUIRED "[model]\ntrend\n", 10, "expected"},
    {REQUIRED "[model]\ntrend = auto\ntrend = none\n", 11, "second time"},
    {CITY "name = Again\n" STATIONS, 7, "second time"},
    {REQUIRED "[city]\nname = Again\n", 10, "second time"},
    {"name = T\n" REQUIRED, 1, "before any [section]"},
    {"[city]\nname =\n", 2, "name is empty"},
    {"[city]\ncrs =\n", 2, "crs is empty"},
    {"[city]\ntimezone = Mars/Olympus\n", 2, "Mars/Olympus"},
    {"[city]\ntimezone =\n", 2, "timezone"},
    {"[city]\nextent = 0 0 1000\n", 2, "4"},
    {"[city]\nextent = 0 0 1000 2000 5\n", 2, "4"},
    {"[city]\nextent =\n", 2, "4"},
    {"[city]\nextent = 0 0 1000 north\n", 2, "north"},
    {"[city]\nextent = 0 0 nan 2000\n", 2, "nan"},
    {"[city]\nextent = 0 0 1e999 2000\n", 2, "1e999"},
    {"[city]\nresolution = fine\n", 2, "fine"},
    {"[city]\nresolution = 0\n", 2, "0"},
    {"[city]\nresolution = -100\n", 2, "-100"},
    {"[city]\nresolution = 100 m\n", 2, "100 m"},
    {"[city]\nresolution = 0,5\n", 2, "0,5"},
    {"[city]\nname = T\ntimezone = UTC\ncrs = EPSG:2154\nextent = 1000 0 0 2000\n"
     "resolution = 100\n" STATIONS,
     5, "extent"},
    {"[city]\nname = T\ntimezone = UTC\ncrs = EPSG:2154\nextent = 0 0 1050 2000\n"
     "resolution = 100\n" STATIONS,
     5, "extent"},
    {"[city]\nname = T\ntimezone = UTC\ncrs = EPSG:2154\nextent = 0 0 0 0\n"
     "resolution = 100\n" STATIONS,
     5, "extent"},
    {REQUIRED "[covariate a]\nfile =\n", 10, "file is empty"},
    {REQUIRED "[covariate a]\nfile = a.tif\nradius = -5\n", 11, "-5"},
    {REQUIRED "[covariate a]\nfile = a.tif\nradius = wide\n", 11, "wide"},
    {REQUIRED "[model]\ntrend =\n", 10, "trend is empty"},
    {REQUIRED "[model]\ntrend = , ,\n", 10, "trend is empty"},
    {REQUIRED "[model]\ntrend = building\n", 10, "building"},
    {REQUIRED "[covariate a]\nfile = a.tif\n[model]\ntrend = a a\n", 12, "twice"},
    {REQUIRED "[model]\ncovariance =\n", 10, "covariance"},
    {REQUIRED "[model]\ncovariance = 0.5 exp\n", 10, "covariance"},
    {REQUIRED "[model]\ncovariance = 0.5 foo 4000\n", 10, "covariance"},
    {REQUIRED "[model]\ncovariance = -0.5 exp 4000\n", 10, "-0.5"},
    {REQUIRED "[model]\ncovariance = 0.5 exp -4000\n", 10, "-4000"},
    {REQUIRED "[model]\ncovariance = 0 exp 4000\n", 10, "0 exp 4000"},
    {REQUIRED "[urban_heat_island]\nrural =\n", 10, "rural is empty"},
    {REQUIRED "[dataset]\nlicense =\n", 10, "license is empty"},
    {REQUIRED "[dataset]\nnotice = \xff\xfe\n", 10, "UTF-8"},
    {REQUIRED "%s%n%s\n", 9, "expected"},
};

START_TEST(what_is_wrong_is_refused_with_its_line_and_the_output_left_untouched)
{
    const char *path = write_text("bad.ini", bad[_i].text);
    autan_city city = {.n_covariates = 77};
    char place[SUPPORT_PATH + 32];
    snprintf(place, sizeof place, bad[_i].line ? "%s:%d: " : "%s: ", path, bad[_i].line);
    err.text[0] = '\0';
    ck_assert_msg(autan_city_read(path, &city, &err) == AUTAN_BAD_CONFIG, "%s", bad[_i].text);
    ck_assert_int_eq(err.status, AUTAN_BAD_CONFIG);
    ck_assert_msg(strncmp(err.text, place, strlen(place)) == 0, "'%s' does not start with %s",
                  err.text, place);
    ck_assert_msg(strstr(err.text, bad[_i].part) != NULL, "'%s' does not name '%s'", err.text,
                  bad[_i].part);
    ck_assert_uint_eq(city.n_covariates, 77);
}
END_TEST

static void expect_refused(const char *path, const char *part)
{
    autan_city city;
    ck_assert_int_eq(autan_city_read(path, &city, &err), AUTAN_BAD_CONFIG);
    ck_assert_msg(strstr(err.text, part) != NULL, "'%s' does not name '%s'", err.text, part);
}

START_TEST(a_line_of_4096_bytes_is_read_and_a_longer_one_refused)
{
    static const char start[] = REQUIRED "[dataset]\nnotice = ";
    const size_t before = strlen("notice = "), most = 4096 - before;
    char *text = malloc(sizeof start + most + 2);
    autan_city city;
    memcpy(text, start, sizeof start);
    memset(text + sizeof start - 1, 'x', most + 1);
    strcpy(text + sizeof start - 1 + most, "\n");
    city = read_good(text);
    ck_assert_uint_eq(strlen(city.notice), most);
    autan_city_clear(&city);
    strcpy(text + sizeof start - 1 + most, "x\n");
    expect_refused(write_text("long.ini", text), ":10: the line is longer than 4096");
    free(text);
}
END_TEST

START_TEST(a_nul_byte_is_refused_wherever_it_stands)
{
    static const char inner[] = REQUIRED "[dataset]\nnotice = a\0b\nlicense = x\n";
    static const char first[] = REQUIRED "\0[dataset]\n";
    static const char last[] = REQUIRED "[dataset]\nnotice = a\0b";
    expect_refused(write_bytes("nul.ini", inner, sizeof inner - 1), ":10: the line holds");
    expect_refused(write_bytes("nul.ini", first, sizeof first - 1), "0x00");
    expect_refused(write_bytes("nul.ini", last, sizeof last - 1), "0x00");
}
END_TEST

/* Without a city file nothing is configured: shared/CONTRACT.md, exit code 2. */
START_TEST(a_city_file_that_cannot_be_read_is_a_configuration_error_naming_the_reason)
{
    autan_city city = {.n_covariates = 77};
    const char *path = temporary("folder.ini");
    ck_assert_int_eq(autan_city_read(temporary("missing.ini"), &city, &err),
                     AUTAN_BAD_CONFIG);
    ck_assert_uint_eq(city.n_covariates, 77);
    expect_refused(temporary("missing.ini"), "missing.ini: cannot be opened: No such file");
    ck_assert_int_eq(mkdir(path, 0777), 0);
    expect_refused(path, "folder.ini: cannot be read: Is a directory");
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
    autan_city city;
    ck_assert_int_eq(autan_city_read(write_text("quiet.ini", "[x]\n"), &city, NULL),
                     AUTAN_BAD_CONFIG);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("city");
    TCase *good = tcase_create("good"), *refused = tcase_create("refused");
    tcase_add_test(good, the_example_of_the_contract_is_read);
    tcase_add_test(good, what_is_not_given_has_its_default);
    tcase_add_test(good, every_key_is_taken);
    tcase_add_test(good, none_is_a_choice_of_trend_and_rural_reference);
    tcase_add_test(good, windows_line_ends_and_indented_keys_are_fine);
    tcase_add_test(good, a_byte_order_mark_is_fine);
    tcase_add_test(good, comments_and_blanks_may_stand_anywhere_but_inside_a_value);
    tcase_add_test(good, an_indented_section_header_is_a_section_header);
    tcase_add_test(good, a_city_file_of_the_working_folder_gives_paths_of_the_working_folder);
    suite_add_tcase(suite, good);
    tcase_add_loop_test(refused,
                        what_is_wrong_is_refused_with_its_line_and_the_output_left_untouched,
                        0, sizeof bad / sizeof *bad);
    tcase_add_test(refused, a_line_of_4096_bytes_is_read_and_a_longer_one_refused);
    tcase_add_test(refused, a_nul_byte_is_refused_wherever_it_stands);
    tcase_add_test(refused,
                   a_city_file_that_cannot_be_read_is_a_configuration_error_naming_the_reason);
    tcase_add_test(refused, nobody_needs_to_listen);
    suite_add_tcase(suite, refused);
    return support_run(suite);
}
