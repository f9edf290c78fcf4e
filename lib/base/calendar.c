#include "base/calendar.h"

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { YEAR_MIN = 1850, YEAR_MAX = 2150 };

struct autan_zone {
    GTimeZone *tz;
};

/* Days since 1970-01-01 of a proleptic Gregorian date, and back: H. Hinnant,
 * "chrono-compatible low-level date algorithms". The year starts in March, so that
 * the leap day is the last of it. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

autan_status autan_time_from_utc(const autan_civil *civil, autan_time *time)
{
    if (civil->year < YEAR_MIN || civil->year > YEAR_MAX || civil->month < 1 ||
        civil->month > 12 || civil->day < 1 ||
        civil->day > days_in_month(civil->year, civil->month) || civil->hour < 0 ||
        civil->hour > 23 || civil->minute < 0 || civil->minute > 59 ||
        civil->second < 0 || civil->second > 59)
        return AUTAN_OUT_OF_DOMAIN;
    *time = days_from_civil(civil->year, civil->month, civil->day) * 86400 +
            civil->hour * 3600 + civil->minute * 60 + civil->second;
    return AUTAN_OK;
}

void autan_civil_utc(autan_time time, autan_civil *civil)
{
    int64_t days = time / 86400 - (time % 86400 < 0);
    int second = (int)(time - days * 86400);
    civil_from_days(days, &civil->year, &civil->month, &civil->day);
    civil->hour = second / 3600;
    civil->minute = second / 60 % 60;
    civil->second = second % 60;
    civil->weekday = (int)(((days + 3) % 7 + 7) % 7);
    civil->yearday = (int)(days - days_from_civil(civil->year, 1, 1)) + 1;
    civil->utc_offset_s = 0;
}

/* Reads exactly `count` digits at *p and moves past them. */
static bool digits(const char **p, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if ((*p)[i] < '0' || (*p)[i] > '9')
            return false;
        *value = *value * 10 + ((*p)[i] - '0');
    }
    *p += count;
    return true;
}

static bool skip(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

static bool parse_date(const char **p, autan_civil *civil)
{
    return digits(p, 4, &civil->year) && skip(p, '-') && digits(p, 2, &civil->month) &&
           skip(p, '-') && digits(p, 2, &civil->day);
}

/* `Z`, `+hh:mm`, `+hhmm` or `+hh`, to the end of the text. */
static bool parse_offset(const char *p, int *offset_s)
{
    int hours, minutes = 0;
    int sign = *p == '-' ? -1 : 1;
    *offset_s = 0;
    if (skip(&p, 'Z'))
        return *p == '\0';
    if (!skip(&p, '+') && !skip(&p, '-'))
        return false;
    if (!digits(&p, 2, &hours))
        return false;
    if (*p != '\0') {
        skip(&p, ':');
        if (!digits(&p, 2, &minutes))
            return false;
    }
    *offset_s = sign * (hours * 3600 + minutes * 60);
    return *p == '\0' && hours <= 14 && minutes <= 59;
}

autan_status autan_time_parse(const char *text, autan_time *time)
{
    autan_civil civil = {0};
    autan_time local;
    autan_status status;
    int offset_s;
    const char *p = text;

    if (!parse_date(&p, &civil) || (!skip(&p, 'T') && !skip(&p, ' ')) ||
        !digits(&p, 2, &civil.hour) || !skip(&p, ':') || !digits(&p, 2, &civil.minute))
        return AUTAN_BAD_SYNTAX;
    if (skip(&p, ':') && !digits(&p, 2, &civil.second))
        return AUTAN_BAD_SYNTAX;
    if (!parse_offset(p, &offset_s))
        return AUTAN_BAD_SYNTAX;
    status = autan_time_from_utc(&civil, &local);
    if (status == AUTAN_OK)
        *time = local - offset_s;
    return status;
}

autan_status autan_time_parse_argument(const char *text, autan_time *time)
{
    autan_civil civil = {0};
    const char *p = text;
    if (parse_date(&p, &civil) && *p == '\0')
        return autan_time_from_utc(&civil, time);
    return autan_time_parse(text, time);
}

void autan_time_format(autan_time time, char text[AUTAN_TIME_TEXT])
{
    autan_civil c;
    autan_civil_utc(time, &c);
    snprintf(text, AUTAN_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ", c.year, c.month,
             c.day, c.hour, c.minute, c.second);
}

void autan_time_format_compact(autan_time time, char text[AUTAN_TIME_TEXT])
{
    autan_civil c;
    autan_civil_utc(time, &c);
    snprintf(text, AUTAN_TIME_TEXT, "%04d%02d%02dT%02d%02dZ", c.year, c.month, c.day,
             c.hour, c.minute);
}

/* GLib also takes offsets, POSIX rules and paths for zones, and nothing for the
 * machine's own zone. */
static bool is_zone_name(const char *name)
{
    const char *given = g_getenv("TZDIR");
    char *path = g_build_filename(given ? given : "/usr/share/zoneinfo", name, NULL);
    bool there = *name && *name != '/' && !strchr(name, '.') &&
                 g_file_test(path, G_FILE_TEST_IS_REGULAR);
    g_free(path);
    return there || strcmp(name, "UTC") == 0;
}

autan_status autan_zone_new(const char *name, autan_zone **zone)
{
    GTimeZone *tz = is_zone_name(name) ? g_time_zone_new_identifier(name) : NULL;
    autan_zone *made;
    if (!tz)
        return AUTAN_NOT_FOUND;
    made = g_try_new(autan_zone, 1);
    if (!made) {
        g_time_zone_unref(tz);
        return AUTAN_NO_MEMORY;
    }
    made->tz = tz;
    *zone = made;
    return AUTAN_OK;
}

void autan_zone_free(autan_zone *zone)
{
    if (zone) {
        g_time_zone_unref(zone->tz);
        g_free(zone);
    }
}

void autan_civil_local(const autan_zone *zone, autan_time time, autan_civil *civil)
{
    int interval = g_time_zone_find_interval(zone->tz, G_TIME_TYPE_UNIVERSAL, time);
    int offset_s = interval < 0 ? 0 : g_time_zone_get_offset(zone->tz, interval);
    autan_civil_utc(time + offset_s, civil);
    civil->utc_offset_s = offset_s;
}

autan_time autan_month_of(autan_time time)
{
    autan_civil civil;
    autan_civil_utc(time, &civil);
    civil.day = 1;
    civil.hour = civil.minute = civil.second = 0;
    autan_time_from_utc(&civil, &time);
    return time;
}

autan_time autan_month_end(autan_time time)
{
    /* Some day of the next month: months have 28 to 31 days. */
    return autan_month_of(autan_month_of(time) + (autan_time)31 * 86400 + 43200);
}

int autan_season(int month)
{
    return month % 12 / 3;
}
