/* Times beside GNU date 9.1 (`date -u -d TEXT +%s`, `TZ=ZONE date -d @SECONDS`) and the
 * C library's gmtime_r and timegm. */
#include <string.h>
#include <time.h>

#include "base/calendar.h"
#include "support.h"

static const struct {
    const char *text;
    autan_time time;
    int weekday, yearday; /* date's %u - 1 and %j */
} known[] = {
    {"1850-01-01T00:00:00Z", -3786825600, 1, 1},
    {"1899-12-31T23:59:59Z", -2208988801, 6, 365},
    {"1900-03-01T00:00:00Z", -2203891200, 3, 60},
    {"1969-12-31T23:59:59Z", -1, 2, 365},
    {"1970-01-01T00:00:00Z", 0, 3, 1},
    {"2000-02-29T12:34:56Z", 951827696, 1, 60},
    {"2019-06-30T15:00:00Z", 1561906800, 6, 181},
    {"2100-03-01T00:00:00Z", 4107542400, 0, 60},
    {"2150-12-31T23:59:59Z", 5711817599, 3, 365},
};

START_TEST(known_moments_are_read_and_written)
{
    autan_time time;
    autan_civil civil;
    char text[AUTAN_TIME_TEXT];
    ck_assert_int_eq(autan_time_parse(known[_i].text, &time), AUTAN_OK);
    ck_assert_int_eq(time, known[_i].time);
    autan_time_format(time, text);
    ck_assert_str_eq(text, known[_i].text);
    autan_civil_utc(time, &civil);
    ck_assert_int_eq(civil.weekday, known[_i].weekday);
    ck_assert_int_eq(civil.yearday, known[_i].yearday);
    ck_assert_int_eq(civil.utc_offset_s, 0);
}
END_TEST

/* All of these are 1561906800. */
static const char *const same_moment[] = {
    "2019-06-30T15:00Z",         "2019-06-30T15:00:00Z",      "2019-06-30 15:00Z",
    "2019-06-30 15:00:00Z",      "2019-06-30T17:00+02:00",    "2019-06-30T17:00:00+0200",
    "2019-06-30T17:00+02",       "2019-06-30T15:00+00:00",    "2019-06-30T15:00-00:00",
    "2019-06-30T20:45:00+05:45", "2019-06-30T12:30:00-02:30", "2019-07-01T05:00:00+14:00",
    "2019-06-30T03:00:00-1200",
};

START_TEST(a_moment_may_be_written_in_many_ways)
{
    autan_time time;
    ck_assert_int_eq(autan_time_parse(same_moment[_i], &time), AUTAN_OK);
    ck_assert_int_eq(time, 1561906800);
    ck_assert_int_eq(autan_time_parse_argument(same_moment[_i], &time), AUTAN_OK);
    ck_assert_int_eq(time, 1561906800);
}
END_TEST

static const char *const no_time[] = {
    "",
    "now",
    "2019",
    "2019-06",
    "2019-06-30T15",
    "2019-06-30T15Z",
    "2019-06-30T15:00",
    "2019-06-30T15:00:00",
    "2019-06-30 15:00:00",
    "2019-06-30T15:00:00.5Z",
    "2019-06-30T15:00:00,5Z",
    "2019-06-30T15:00:00 Z",
    "2019-06-30T15:00:00ZZ",
    "2019-06-30T15:00:00Z ",
    " 2019-06-30T15:00:00Z",
    "2019-06-30T15:00:Z",
    "2019-06-30T15:00:0Z",
    "2019-06-30T5:00:00Z",
    "2019-6-30T15:00:00Z",
    "2019/06/30T15:00:00Z",
    "30.06.2019 15:00:00Z",
    "20190630T150000Z",
    "2019-06-30T15:00:00+2",
    "2019-06-30T15:00:00+02:",
    "2019-06-30T15:00:00+02:0",
    "2019-06-30T15:00:00+02:000",
    "2019-06-30T15:00:00 +02:00",
    "2019-06-30T15:00:00+",
    "2019-06-30T15:00:00CEST",
    "2019-06-30T15:00:00+99:00",
    "2019-06-30T15:00:00+02:75",
    "-2019-06-30T15:00:00Z",
    "+2019-06-30T15:00:00Z",
    "12019-06-30T15:00:00Z",
    "2019-06-30T-5:00:00Z",
    "1561906800",
};

START_TEST(what_is_no_time_with_a_zone_is_bad_syntax_and_the_output_left_untouched)
{
    autan_time time = 77;
    ck_assert_msg(autan_time_parse(no_time[_i], &time) == AUTAN_BAD_SYNTAX, "'%s'",
                  no_time[_i]);
    ck_assert_msg(autan_time_parse_argument(no_time[_i], &time) == AUTAN_BAD_SYNTAX, "'%s'",
                  no_time[_i]);
    ck_assert_int_eq(time, 77);
}
END_TEST

static const char *const impossible[] = {
    "2019-02-29T00:00Z",    "1900-02-29T00:00Z",    "2100-02-29T00:00Z",
    "2019-02-30T00:00Z",    "2019-04-31T00:00Z",    "2019-13-01T00:00Z",
    "2019-00-01T00:00Z",    "2019-01-00T00:00Z",    "2019-01-32T00:00Z",
    "2019-06-30T24:00Z",    "2019-06-30T25:00Z",    "2019-06-30T15:60Z",
    "2016-12-31T23:59:60Z", "2019-06-30T15:00:61Z", "1849-12-31T23:59:59Z",
    "1601-01-01T00:00:00Z", "2151-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
};

START_TEST(an_impossible_moment_is_out_of_domain_and_the_output_left_untouched)
{
    autan_time time = 77;
    ck_assert_msg(autan_time_parse(impossible[_i], &time) == AUTAN_OUT_OF_DOMAIN, "'%s'",
                  impossible[_i]);
    ck_assert_int_eq(time, 77);
}
END_TEST

START_TEST(a_bare_date_is_no_time_but_is_an_argument)
{
    autan_time time = 77;
    ck_assert_int_eq(autan_time_parse("2019-06-30", &time), AUTAN_BAD_SYNTAX);
    ck_assert_int_eq(time, 77);
    ck_assert_int_eq(autan_time_parse_argument("2019-06-30", &time), AUTAN_OK);
    ck_assert_int_eq(time, 1561906800 - 15 * 3600);
    ck_assert_int_eq(autan_time_parse_argument("2019-02-29", &time), AUTAN_OUT_OF_DOMAIN);
    ck_assert_int_eq(autan_time_parse_argument("1601-01-01", &time), AUTAN_OUT_OF_DOMAIN);
    ck_assert_int_eq(autan_time_parse_argument("2019-06-30Z", &time), AUTAN_BAD_SYNTAX);
}
END_TEST

START_TEST(the_form_of_file_names_is_compact)
{
    char text[AUTAN_TIME_TEXT];
    autan_time_format_compact(1561906800, text);
    ck_assert_str_eq(text, "20190630T1500Z");
    autan_time_format_compact(-1, text);
    ck_assert_str_eq(text, "19691231T2359Z");
}
END_TEST

/* Every day of the whole span at an odd second, and there and back. */
START_TEST(every_day_is_that_of_the_c_library)
{
    for (autan_time t = -3786825600 + 45296; t <= 5711817599; t += 86400) {
        const time_t seconds = (time_t)t;
        struct tm tm;
        autan_civil civil;
        autan_time back;
        gmtime_r(&seconds, &tm);
        autan_civil_utc(t, &civil);
        ck_assert(civil.year == tm.tm_year + 1900 && civil.month == tm.tm_mon + 1 &&
                  civil.day == tm.tm_mday && civil.hour == tm.tm_hour &&
                  civil.minute == tm.tm_min && civil.second == tm.tm_sec &&
                  civil.weekday == (tm.tm_wday + 6) % 7 && civil.yearday == tm.tm_yday + 1);
        ck_assert_int_eq(autan_time_from_utc(&civil, &back), AUTAN_OK);
        ck_assert_int_eq(back, t);
    }
}
END_TEST

START_TEST(civil_fields_that_cannot_be_are_refused_and_the_output_left_untouched)
{
    static const autan_civil bad[] = {
        {.year = 1849, .month = 12, .day = 31},
        {.year = 2151, .month = 1, .day = 1},
        {.year = 2019, .month = 0, .day = 1},
        {.year = 2019, .month = 13, .day = 1},
        {.year = 2019, .month = 1, .day = 0},
        {.year = 2019, .month = 1, .day = 32},
        {.year = 2019, .month = 2, .day = 29},
        {.year = 2019, .month = 1, .day = 1, .hour = 24},
        {.year = 2019, .month = 1, .day = 1, .hour = -1},
        {.year = 2019, .month = 1, .day = 1, .minute = 60},
        {.year = 2019, .month = 1, .day = 1, .minute = -1},
        {.year = 2019, .month = 1, .day = 1, .second = 60},
        {.year = 2019, .month = 1, .day = 1, .second = -1},
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        autan_time time = 77;
        ck_assert_int_eq(autan_time_from_utc(&bad[k], &time), AUTAN_OUT_OF_DOMAIN);
        ck_assert_int_eq(time, 77);
    }
}
END_TEST

START_TEST(fields_that_are_not_read_do_not_matter)
{
    const autan_civil odd = {2019, 6, 30, 15, 0, 0, -5, 4000, 123456};
    autan_time time;
    ck_assert_int_eq(autan_time_from_utc(&odd, &time), AUTAN_OK);
    ck_assert_int_eq(time, 1561906800);
}
END_TEST

static const struct {
    const char *zone;
    autan_time time;
    int month, day, hour, minute, second, weekday, yearday, offset_s;
} local[] = {
    /* The hour lost in March and the hour gained in October 2019. */
    {"Europe/Paris", 1553993999, 3, 31, 1, 59, 59, 6, 90, 3600},
    {"Europe/Paris", 1553994000, 3, 31, 3, 0, 0, 6, 90, 7200},
    {"Europe/Paris", 1572137999, 10, 27, 2, 59, 59, 6, 300, 7200},
    {"Europe/Paris", 1572138000, 10, 27, 2, 0, 0, 6, 300, 3600},
    {"Europe/Berlin", 1561906800, 6, 30, 17, 0, 0, 6, 181, 7200},
    {"Asia/Kathmandu", 1561906800, 6, 30, 20, 45, 0, 6, 181, 20700},
    {"America/St_Johns", 1561906800, 6, 30, 12, 30, 0, 6, 181, -9000},
    /* Paris mean time. */
    {"Europe/Paris", -1893456000, 1, 1, 0, 9, 21, 5, 1, 561},
    /* Beyond 2038. */
    {"Europe/Paris", 3000000000, 1, 24, 6, 20, 0, 5, 24, 3600},
    {"UTC", 1561906800, 6, 30, 15, 0, 0, 6, 181, 0},
};

START_TEST(civil_time_is_that_of_the_zone)
{
    autan_zone *zone;
    autan_civil c;
    ck_assert_int_eq(autan_zone_new(local[_i].zone, &zone), AUTAN_OK);
    autan_civil_local(zone, local[_i].time, &c);
    ck_assert_int_eq(c.utc_offset_s, local[_i].offset_s);
    ck_assert_int_eq(c.month, local[_i].month);
    ck_assert_int_eq(c.day, local[_i].day);
    ck_assert_int_eq(c.hour, local[_i].hour);
    ck_assert_int_eq(c.minute, local[_i].minute);
    ck_assert_int_eq(c.second, local[_i].second);
    ck_assert_int_eq(c.weekday, local[_i].weekday);
    ck_assert_int_eq(c.yearday, local[_i].yearday);
    autan_zone_free(zone);
}
END_TEST

START_TEST(a_zone_the_system_does_not_have_is_not_found_and_the_output_left_untouched)
{
    static const char *const name[] = {"", "Mars/Olympus_Mons", "Europe/Pari",
                                       "../../../etc/passwd", "Europe"};
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        autan_zone *zone = (autan_zone *)&zone;
        ck_assert_msg(autan_zone_new(name[k], &zone) == AUTAN_NOT_FOUND, "'%s'", name[k]);
        ck_assert_ptr_eq(zone, &zone);
    }
}
END_TEST

/* GLib takes these for offsets or files; "UTC+2" even means UTC-02:00 to it. */
START_TEST(what_is_no_name_of_the_tz_database_is_not_found)
{
    static const char *const name[] = {"UTC+2", "+02:00", "02:00",
                                       "CET-1CEST,M3.5.0,M10.5.0/3", "/etc/localtime",
                                       "Z", "zone.tab", "./Europe/Paris"};
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        autan_zone *zone = NULL;
        autan_status status = autan_zone_new(name[k], &zone);
        autan_zone_free(zone);
        ck_assert_msg(status == AUTAN_NOT_FOUND, "'%s'", name[k]);
    }
}
END_TEST

START_TEST(no_zone_can_be_freed)
{
    autan_zone_free(NULL);
}
END_TEST

START_TEST(seasons_are_the_meteorological_ones)
{
    static const int season[] = {0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0};
    for (int month = 1; month <= 12; month++)
        ck_assert_int_eq(autan_season(month), season[month - 1]);
}
END_TEST

#define COUNT(list) (int)(sizeof(list) / sizeof *(list))

int main(void)
{
    Suite *suite = suite_create("calendar");
    TCase *text = tcase_create("text"), *civil = tcase_create("civil"),
          *zone = tcase_create("zone");
    tcase_add_loop_test(text, known_moments_are_read_and_written, 0, COUNT(known));
    tcase_add_loop_test(text, a_moment_may_be_written_in_many_ways, 0, COUNT(same_moment));
    tcase_add_loop_test(
        text, what_is_no_time_with_a_zone_is_bad_syntax_and_the_output_left_untouched, 0,
        COUNT(no_time));
    tcase_add_loop_test(text,
                        an_impossible_moment_is_out_of_domain_and_the_output_left_untouched,
                        0, COUNT(impossible));
    tcase_add_test(text, a_bare_date_is_no_time_but_is_an_argument);
    tcase_add_test(text, the_form_of_file_names_is_compact);
    suite_add_tcase(suite, text);
    tcase_set_timeout(civil, 300);
    tcase_add_test(civil, every_day_is_that_of_the_c_library);
    tcase_add_test(civil,
                   civil_fields_that_cannot_be_are_refused_and_the_output_left_untouched);
    tcase_add_test(civil, fields_that_are_not_read_do_not_matter);
    suite_add_tcase(suite, civil);
    tcase_add_loop_test(zone, civil_time_is_that_of_the_zone, 0, COUNT(local));
    tcase_add_test(zone,
                   a_zone_the_system_does_not_have_is_not_found_and_the_output_left_untouched);
    tcase_add_test(zone, what_is_no_name_of_the_tz_database_is_not_found);
    tcase_add_test(zone, no_zone_can_be_freed);
    tcase_add_test(zone, seasons_are_the_meteorological_ones);
    suite_add_tcase(suite, zone);
    return support_run(suite);
}
