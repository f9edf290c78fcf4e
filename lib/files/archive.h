/* The archive: every reading as it came, kept for ever.
 *
 * An SQLite database (WAL, synchronous=FULL) in the archive folder. A reading is known
 * by its time and station. Nothing is overwritten: what a source sends again and
 * differently becomes a further version, with the batch it came in; the newest version
 * of each variable is the one used. A row whose values are all known already, in
 * whatever version, changes nothing, so that a file can be ingested any number of
 * times. A second, different value for the same time and station within one batch is
 * kept too, marked as a conflict, and not used. One process writes at a time; readers
 * are not disturbed.
 *
 * Functions fail with AUTAN_LOCKED when another process is writing and does not end
 * within 5 s, AUTAN_BAD_FORMAT when the database is damaged, AUTAN_IO when the system
 * refuses (a full disk), AUTAN_NO_MEMORY. */
#ifndef AUTAN_FILES_ARCHIVE_H
#define AUTAN_FILES_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/panel.h"
#include "data/station.h"
#include "data/variable.h"
#include "files/observation_file.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct autan_archive autan_archive;

typedef enum {
    AUTAN_ARCHIVE_READ,  /* must exist */
    AUTAN_ARCHIVE_WRITE, /* folder and database are made where missing */
    AUTAN_ARCHIVE_CHANGE /* must exist; written */
} autan_archive_mode;

/* Opens the archive in folder. AUTAN_NOT_FOUND when there is none and it must exist,
 * AUTAN_NO_DATA when it exists and was never written; AUTAN_BAD_FORMAT when
 * autan.sqlite there is something else or of another version. SQLite needs the right to
 * write in the folder even to read, but on a read-only file system. Close with
 * autan_archive_close, which undoes an open batch. */
autan_status autan_archive_open(const char *folder, autan_archive_mode mode,
                                autan_archive **archive, autan_error *err);
void autan_archive_close(autan_archive *archive);

/* What became of one row. */
typedef enum {
    AUTAN_ROW_NEW = 0,   /* first of its time and station */
    AUTAN_ROW_COMPLETED, /* further variables of a known time and station */
    AUTAN_ROW_CORRECTED, /* other values than an earlier batch gave */
    AUTAN_ROW_KNOWN,     /* nothing that was not there already */
    AUTAN_ROW_CONFLICT,  /* other values than this same batch gave: those are kept, not
                            used */
    AUTAN_ROW_OUTCOMES
} autan_row_outcome;

/* Starts a batch, all or nothing: source says where it comes from (a file name). */
autan_status autan_archive_begin(autan_archive *archive, const char *source,
                                 autan_error *err);

/* Adds a row to the batch; row->station counts in stations, the same table during a
 * batch. After a failure the batch can only be rolled back. */
autan_status autan_archive_add(autan_archive *archive,
                               const autan_station_table *stations,
                               const autan_observation *row, autan_row_outcome *outcome,
                               autan_error *err);

/* Ends the batch: after AUTAN_OK every row of it is safe on disk. */
autan_status autan_archive_commit(autan_archive *archive, autan_error *err);
void autan_archive_rollback(autan_archive *archive);

/* The times of the first and last used reading of a variable. AUTAN_NO_DATA when there
 * is none. */
autan_status autan_archive_period(autan_archive *archive, autan_variable variable,
                                  autan_time *first, autan_time *last,
                                  autan_error *err);

/* Which readings a panel takes. */
typedef struct {
    uint32_t
        refused; /* flags (files/archive_flags.h) that keep a reading out; 0: none */
    bool implausible; /* also readings outside the limits of data/variable.h */
} autan_reading_choice;

/* Readings left aside while filling a panel. */
typedef struct {
    size_t implausible; /* outside the limits of data/variable.h */
    size_t flagged;     /* refused for their flags */
    size_t unknown;     /* of stations that are not in the table */
} autan_panel_losses;

/* Values of a variable, hourly for one: the panel's value at T is the mean of the
 * station's readings in (T - step_s, T]. The panel must have been made for the stations
 * of the table and hold NaN; it is filled in place, after a failure in part. losses may
 * be NULL. */
autan_status autan_archive_read_panel(autan_archive *archive,
                                      const autan_station_table *stations,
                                      autan_variable variable,
                                      autan_reading_choice choice, autan_panel *panel,
                                      autan_panel_losses *losses, autan_error *err);

/* A panel to be filled, and what came of it. */
typedef struct {
    autan_variable variable;
    autan_reading_choice choice;
    autan_panel *panel;
    size_t taken; /* readings */
    autan_panel_losses losses;
} autan_panel_request;

/* The same for n variables (one at least) in one pass: their panels must be alike. */
autan_status autan_archive_read_panels(autan_archive *archive,
                                       const autan_station_table *stations, size_t n,
                                       autan_panel_request *request, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
