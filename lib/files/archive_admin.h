/* Looking after an archive: checking, counting, copying out, mending. */
#ifndef AUTAN_FILES_ARCHIVE_ADMIN_H
#define AUTAN_FILES_ARCHIVE_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/variable.h"
#include "files/archive.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Looks for damage: SQLite's own integrity check, readings and flags of stations or
 * batches that are not there, versions with gaps, flags without a reading. problem is
 * told of each kind in a sentence; n receives how many there were. Reads everything. */
autan_status autan_archive_check(autan_archive *archive,
                                 void (*problem)(const char *text, void *user),
                                 void *user, size_t *n, autan_error *err);

/* What the archive holds of a station. */
typedef struct {
    const char *name;
    size_t readings;    /* times with a reading */
    size_t corrections; /* further versions that replaced a value */
    size_t conflicts;   /* second, different values of one batch */
    size_t flagged;     /* times with a flag on any variable */
    autan_time first, last;
} autan_station_stats;

typedef struct {
    size_t batches, bytes;
    autan_time received; /* when the newest batch came; 0 without one */
} autan_archive_totals;

/* Calls station for each, by name, and fills totals (may be NULL). */
autan_status
autan_archive_stats(autan_archive *archive,
                    void (*station)(const autan_station_stats *stats, void *user),
                    void *user, autan_archive_totals *totals, autan_error *err);

/* The time of a station's last reading. AUTAN_NO_DATA when it has none. Quick, but for
 * a station that has been silent for long. */
autan_status autan_archive_last(autan_archive *archive, const char *station,
                                autan_time *last, autan_error *err);

typedef struct {
    autan_time from, to; /* inclusive */
    uint32_t refused;    /* values with one of these flags are left empty */
    bool versions;       /* every version, with batch, received and source */
} autan_export;

/* Writes readings as an observation CSV (the form that ingest reads), by time and
 * station; with versions, columns version,conflict,received,source follow. Errors of
 * out are the caller's to look for. rows receives how many. */
autan_status autan_archive_export(autan_archive *archive, const autan_export *what,
                                  FILE *out, size_t *rows, autan_error *err);

typedef struct {
    bool rebuilt;    /* it was damaged: what could be read is in a new file */
    size_t rows;     /* readings in the new file */
    size_t dropped;  /* flags that fit no reading */
    char kept[4096]; /* the damaged file's new name */
} autan_archive_repairs;

/* Mends the archive in folder: brings an older version up to date, folds in the
 * write-ahead log, drops flags without a reading. A damaged database is copied, row by
 * row as far as it can be read, into a new one that takes its name; the damaged file is
 * kept beside it. AUTAN_LOCKED when another process uses it. */
autan_status autan_archive_repair(const char *folder, autan_archive_repairs *repairs,
                                  autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
