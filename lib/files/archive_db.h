/* The database under the archive; for lib/files/archive*.c only. */
#ifndef AUTAN_FILES_ARCHIVE_DB_H
#define AUTAN_FILES_ARCHIVE_DB_H

#include <sqlite3.h>
#include <stdbool.h>

#include "files/archive.h"

enum {
    AUTAN_ARCHIVE_APPLICATION = 0x4175746e, /* "Autn" */
    AUTAN_ARCHIVE_VERSION = 2
};

struct autan_archive {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *insert, *versions;
    bool has_number[AUTAN_VARIABLES]; /* bound to insert; else NULL is */
    bool in_batch;
    sqlite3_int64 batch;
    /* Archive numbers of the table's stations, 0 not asked yet. */
    const autan_station_table *bound;
    sqlite3_int64 *station_id;
};

/* Tells the last failure of the database, and returns its status. */
autan_status autan_archive_error(const autan_archive *a, autan_error *err);

/* Runs statements that answer nothing. */
autan_status autan_archive_run(autan_archive *a, const char *sql, autan_error *err);

/* Compiles one statement, for sqlite3_finalize. */
autan_status autan_archive_prepare(autan_archive *a, const char *sql,
                                   sqlite3_stmt **statement, autan_error *err);

/* The first number that a query answers. AUTAN_IO when it answers no row. */
autan_status autan_archive_query(autan_archive *a, const char *sql,
                                 sqlite3_int64 *value, autan_error *err);

/* The archive's number of a station of the table, made when it has none yet. */
autan_status autan_archive_station(autan_archive *a,
                                   const autan_station_table *stations, size_t station,
                                   sqlite3_int64 *id, autan_error *err);

/* places[id] = place in the table + 1, 0 for none, for the n_places first numbers of
 * stations; for the caller to free(). AUTAN_BAD_FORMAT for numbers that cannot be. */
autan_status autan_archive_places(autan_archive *a, const autan_station_table *stations,
                                  size_t **places, size_t *n_places, autan_error *err);

#endif
