/* Observation files: time,station and any of the variables, as CSV. */
#ifndef AUTAN_FILES_OBSERVATION_FILE_H
#define AUTAN_FILES_OBSERVATION_FILE_H

#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/station.h"
#include "data/variable.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One row that can be archived; NaN where a variable is missing. */
typedef struct {
    autan_time time;
    size_t station; /* place in the station table */
    double value[AUTAN_VARIABLES];
} autan_observation;

/* Why a row cannot be archived. */
typedef enum {
    AUTAN_REJECT_FIELDS = 0, /* the number of fields differs from the header's */
    AUTAN_REJECT_NUL,
    AUTAN_REJECT_TIME,      /* not ISO 8601 with a zone */
    AUTAN_REJECT_DATE,      /* impossible, or outside 1850 to 2150 */
    AUTAN_REJECT_STATION,   /* not in the station table */
    AUTAN_REJECT_NUMBER,    /* a value is no number */
    AUTAN_REJECT_OVERFLOW,  /* a value is too large for a number */
    AUTAN_REJECT_EMPTY,     /* no value at all */
    AUTAN_REJECT_CONFLICT,  /* a second, different value in the same file */
    AUTAN_REJECT_FUTURE,    /* more than a day ahead of the clock */
    AUTAN_REJECT_MESSAGE,   /* the station's raw message cannot be */
    AUTAN_REJECT_DISAGREES, /* the values are not those of the raw message */
    AUTAN_REJECT_FAULT,     /* what the station sends when it measures nothing */
    AUTAN_REJECT_UNIT,      /* an unknown unit, or one of another quantity */
    AUTAN_REJECTIONS
} autan_rejection;

/* The reason in English; static. */
const char *autan_rejection_text(autan_rejection reason);

/* Where rows go. observation takes a good row; rejected is told of each row that is
 * not (text: the offending field; may be NULL where there is none). Anything but
 * AUTAN_OK from observation ends the reading with it. */
typedef struct {
    autan_status (*observation)(const autan_observation *row, size_t line, void *user);
    void (*rejected)(autan_rejection reason, size_t line, const char *text, void *user);
    void *user;
} autan_observation_sink;

/* Reads a file ("-" standard input; gzip is noticed). The header must be time,station
 * and at least one variable, in any order, no column unknown or twice:
 * AUTAN_BAD_FORMAT otherwise, as for damage that autan_csv_read notices. */
autan_status autan_observation_file_read(const char *path,
                                         const autan_station_table *stations,
                                         const autan_observation_sink *sink,
                                         autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
