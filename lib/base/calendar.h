/* Time: UTC seconds since 1970-01-01T00:00:00Z, ISO 8601 text, and civil time. */
#ifndef AUTAN_BASE_CALENDAR_H
#define AUTAN_BASE_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* UTC seconds since 1970-01-01T00:00:00Z; leap seconds are not counted. */
typedef int64_t autan_time;

/* A date and time of day in some zone, proleptic Gregorian. */
typedef struct {
    int year, month, day; /* month 1 to 12, day 1 to 31 */
    int hour, minute, second;
    int weekday;      /* 0 Monday to 6 Sunday */
    int yearday;      /* 1 to 366 */
    int utc_offset_s; /* zone minus UTC at that moment, seconds */
} autan_civil;

enum { AUTAN_TIME_TEXT = 32 }; /* a buffer large enough for any text made here */

/* Reads ISO 8601: `2019-06-30T15:00Z`, `2019-06-30 15:00:30Z`, with `Z` or a numeric
 * offset (`+02:00`, `+0200`, `+02`). Fractions of a second are refused.
 * A time without zone, a bare date included, is AUTAN_BAD_SYNTAX; impossible fields
 * (month 13, 29 February of a common year) and years outside 1850 to 2150 are
 * AUTAN_OUT_OF_DOMAIN. */
autan_status autan_time_parse(const char *text, autan_time *time);

/* The same, but a bare date (`2019-06-30`) is that day's 00:00Z: the form of --from,
 * --to and --at. */
autan_status autan_time_parse_argument(const char *text, autan_time *time);

/* Writes `2019-06-30T15:00:00Z`. */
void autan_time_format(autan_time time, char text[AUTAN_TIME_TEXT]);

/* Writes `20190630T1500Z`, the form used in file names. */
void autan_time_format_compact(autan_time time, char text[AUTAN_TIME_TEXT]);

/* The UTC date and time of day. */
void autan_civil_utc(autan_time time, autan_civil *civil);

/* The moment of a UTC date and time of day. AUTAN_OUT_OF_DOMAIN for impossible
 * fields and years outside 1850 to 2150. weekday, yearday and utc_offset_s are not
 * read. */
autan_status autan_time_from_utc(const autan_civil *civil, autan_time *time);

/* A time zone of the tz database (Europe/Paris). */
typedef struct autan_zone autan_zone;

/* Opens a zone by its tz name; AUTAN_NOT_FOUND when the system has no such zone.
 * Free with autan_zone_free. */
autan_status autan_zone_new(const char *name, autan_zone **zone);
void autan_zone_free(autan_zone *zone);

/* The civil time in the zone at that moment; never fails. */
void autan_civil_local(const autan_zone *zone, autan_time time, autan_civil *civil);

/* The first moment of the UTC month that a time is in, and of the month after. */
autan_time autan_month_of(autan_time time);
autan_time autan_month_end(autan_time time);

/* Meteorological season of a month (1 to 12): 0 December to February, 1 March to May,
 * 2 June to August, 3 September to November. */
int autan_season(int month);

#ifdef __cplusplus
}
#endif
#endif
