/* A stretch of the archive, with all that is known of its readings. */
#ifndef AUTAN_FILES_ARCHIVE_EXTRACT_H
#define AUTAN_FILES_ARCHIVE_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/station.h"
#include "data/variable.h"
#include "files/archive.h"
#include "files/archive_flags.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_FLAG_BITS = 32 };

/* What a station sent at one time: the newest version of each variable as it came, NaN
 * where there is none, and its flags. */
typedef struct {
    autan_time time;
    size_t station; /* place in the station table */
    double value[AUTAN_VARIABLES];
    uint32_t flag[AUTAN_VARIABLES];
} autan_reading;

typedef struct {
    autan_time from, until; /* as asked for */
    size_t n;
    autan_reading *reading; /* by time, then station */
    size_t n_findings;
    autan_finding
        *finding; /* that touch the stretch, cut to it; by time, station ... */
    char *meaning[AUTAN_FLAG_BITS]; /* of each bit, NULL where the archive has none */
    bool checked[AUTAN_VARIABLES];
    autan_time checked_first[AUTAN_VARIABLES]; /* of what was checked, cut to it */
    autan_time checked_last[AUTAN_VARIABLES];
    size_t unknown; /* readings of stations that are not in the table, left out */
} autan_extract;

/* Reads from <= time < until, all of one moment of the archive. Order and content do
 * not depend on the order of ingestion. About 100 bytes a reading. AUTAN_BAD_FORMAT,
 * AUTAN_IO, AUTAN_NO_MEMORY. Free with autan_extract_clear. */
autan_status autan_archive_extract(autan_archive *archive,
                                   const autan_station_table *stations, autan_time from,
                                   autan_time until, autan_extract *extract,
                                   autan_error *err);
void autan_extract_clear(autan_extract *extract);

/* The time of the first reading at or after a time. AUTAN_NO_DATA when there is none.
 */
autan_status autan_archive_next(autan_archive *archive, autan_time from,
                                autan_time *time, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
