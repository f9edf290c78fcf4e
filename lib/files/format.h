/* Observation files of every kind: one table of formats, told by their content.
 *
 * A format is one file in lib/files/formats and one row of the table in format.c. It
 * turns what a source publishes into observations: UTC, units of the observation CSV,
 * stations of the town's table. Rows that cannot be kept are rejected with a reason. */
#ifndef AUTAN_FILES_FORMAT_H
#define AUTAN_FILES_FORMAT_H

#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/station.h"
#include "files/mapping.h"
#include "files/observation_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A file to read and what is needed to understand it. All borrowed. */
typedef struct {
    const char *path;   /* "-" is standard input; gzip is noticed */
    const char *format; /* a name of the table, or NULL: told by the content */
    const autan_station_table *stations;
    const char *station;          /* whose readings these are where the file does not
                                     say; NULL: the file's name may say it */
    const autan_zone *zone;       /* of times without a zone where a format has such */
    const autan_mapping *mapping; /* of other CSV, or NULL */
    autan_time now;               /* readings a day after it are refused; 0: none are */
} autan_source;

/* Reads the file in its format and calls the sink for each row. A file that no format
 * recognises is read as observation CSV, whose message says what is expected.
 * AUTAN_BAD_FORMAT for damage, AUTAN_BAD_CONFIG for a format that is not in the table,
 * AUTAN_NOT_FOUND and AUTAN_IO when it cannot be read. JSON files are held in memory
 * whole, at most 256 MiB of them. */
autan_status autan_format_read(const autan_source *source,
                               const autan_observation_sink *sink, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
