#include "files/archive.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "files/archive_db.h"

enum {
    BUSY_MS = 5000,
    STATIONS_MOST = 1 << 24 /* more are taken for damage */
};

/* Tables may be there already when two processes make or upgrade an archive at once.
 *
 * What version 2 has and version 1 had not. A flag is of one variable of one reading; a
 * finding says why, of one reading or a stretch of them. */
static const char flag_tables[] =
    "CREATE TABLE IF NOT EXISTS flag_meaning (mask INTEGER PRIMARY KEY,"
    "  meaning TEXT NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS flag (variable INTEGER NOT NULL, time INTEGER NOT NULL,"
    "  station INTEGER NOT NULL REFERENCES station, mask INTEGER NOT NULL,"
    "  PRIMARY KEY (variable, time, station)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS finding (variable INTEGER NOT NULL,"
    "  first INTEGER NOT NULL, station INTEGER NOT NULL REFERENCES station,"
    "  mask INTEGER NOT NULL, last INTEGER NOT NULL, value REAL, statistic REAL,"
    "  threshold REAL) STRICT;"
    "CREATE INDEX IF NOT EXISTS finding_first ON finding (variable, first);"
    "CREATE TABLE IF NOT EXISTS checked (variable INTEGER PRIMARY KEY,"
    "  first INTEGER NOT NULL, last INTEGER NOT NULL, batch INTEGER NOT NULL) STRICT;";

autan_status autan_archive_error(const autan_archive *a, autan_error *err)
{
    int code = sqlite3_errcode(a->db) & 0xff;
    const char *text = sqlite3_errmsg(a->db);
    switch (code) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
        return autan_fail(err, AUTAN_BAD_FORMAT, "%s: is damaged or not an archive: %s",
                          a->path, text);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return autan_fail(
            err, AUTAN_LOCKED,
            "%s: another process is writing to this archive; try again when it "
            "has ended",
            a->path);
    case SQLITE_NOMEM:
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", a->path);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return autan_fail(
            err, AUTAN_IO,
            "%s: %s (an archive and its folder have to be writable, even to "
            "be read)",
            a->path, text);
    default:
        return autan_fail(err, AUTAN_IO, "%s: %s", a->path, text);
    }
}

autan_status autan_archive_run(autan_archive *a, const char *sql, autan_error *err)
{
    return sqlite3_exec(a->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? AUTAN_OK
               : autan_archive_error(a, err);
}

autan_status autan_archive_prepare(autan_archive *a, const char *sql,
                                   sqlite3_stmt **statement, autan_error *err)
{
    return sqlite3_prepare_v2(a->db, sql, -1, statement, NULL) == SQLITE_OK
               ? AUTAN_OK
               : autan_archive_error(a, err);
}

autan_status autan_archive_query(autan_archive *a, const char *sql,
                                 sqlite3_int64 *value, autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    autan_status status = autan_archive_prepare(a, sql, &statement, err);
    if (status == AUTAN_OK) {
        if (sqlite3_step(statement) == SQLITE_ROW)
            *value = sqlite3_column_int64(statement, 0);
        else
            status = autan_archive_error(a, err);
    }
    sqlite3_finalize(statement);
    return status;
}

/* Variables in the order of their table, joined by commas, each with a suffix. */
static char *variable_columns(const char *suffix)
{
    GString *list = g_string_new(NULL);
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        g_string_append_printf(list, ", %s%s",
                               autan_variable_get((autan_variable)v)->name, suffix);
    return g_string_free(list, FALSE);
}

static autan_status create_schema(autan_archive *a, autan_error *err)
{
    char *columns = variable_columns(" REAL");
    char *sql = g_strdup_printf(
        "BEGIN IMMEDIATE;"
        "PRAGMA application_id = %d;"
        "PRAGMA user_version = %d;"
        "CREATE TABLE IF NOT EXISTS station (id INTEGER PRIMARY KEY,"
        "  name TEXT NOT NULL UNIQUE) STRICT;"
        "CREATE TABLE IF NOT EXISTS batch (id INTEGER PRIMARY KEY,"
        "  received INTEGER NOT NULL, source TEXT NOT NULL) STRICT;"
        "CREATE TABLE IF NOT EXISTS reading (time INTEGER NOT NULL,"
        "  station INTEGER NOT NULL REFERENCES station, version INTEGER NOT NULL,"
        "  batch INTEGER NOT NULL REFERENCES batch, conflict INTEGER NOT NULL%s,"
        "  PRIMARY KEY (time, station, version)) STRICT, WITHOUT ROWID;"
        "%s"
        "COMMIT;",
        AUTAN_ARCHIVE_APPLICATION, AUTAN_ARCHIVE_VERSION, columns, flag_tables);
    autan_status status = autan_archive_run(a, sql, err);
    if (status != AUTAN_OK)
        sqlite3_exec(a->db, "ROLLBACK", NULL, NULL, NULL);
    g_free(columns);
    g_free(sql);
    return status;
}

static autan_status upgrade_schema(autan_archive *a, autan_error *err)
{
    char *sql = g_strdup_printf("BEGIN IMMEDIATE; PRAGMA user_version = %d; %s COMMIT;",
                                AUTAN_ARCHIVE_VERSION, flag_tables);
    autan_status status = autan_archive_run(a, sql, err);
    if (status != AUTAN_OK)
        sqlite3_exec(a->db, "ROLLBACK", NULL, NULL, NULL);
    g_free(sql);
    return status;
}

/* A new, empty file gets the schema; another one must be ours. */
static autan_status check_schema(autan_archive *a, autan_archive_mode mode,
                                 autan_error *err)
{
    sqlite3_int64 application = 0, version = 0, tables = 0;
    autan_status status =
        autan_archive_query(a, "PRAGMA application_id", &application, err);
    if (status == AUTAN_OK)
        status = autan_archive_query(a, "PRAGMA user_version", &version, err);
    if (status == AUTAN_OK)
        status =
            autan_archive_query(a, "SELECT count(*) FROM sqlite_master", &tables, err);
    if (status != AUTAN_OK)
        return status;
    if (tables == 0 && application == 0)
        return mode == AUTAN_ARCHIVE_WRITE
                   ? create_schema(a, err)
                   : autan_fail(err, AUTAN_NO_DATA,
                                "%s: the archive is empty; run ingest", a->path);
    if (application != AUTAN_ARCHIVE_APPLICATION)
        return autan_fail(err, AUTAN_BAD_FORMAT,
                          "%s: is an SQLite database, but not an Autan archive",
                          a->path);
    if (version == 1 && mode != AUTAN_ARCHIVE_READ)
        return upgrade_schema(a, err);
    if (version == 1)
        return autan_fail(
            err, AUTAN_BAD_FORMAT,
            "%s: has archive version 1; ingest or qc bring it to version %d", a->path,
            AUTAN_ARCHIVE_VERSION);
    if (version != AUTAN_ARCHIVE_VERSION)
        return autan_fail(err, AUTAN_BAD_FORMAT,
                          "%s: has archive version %lld, this program reads version %d",
                          a->path, (long long)version, AUTAN_ARCHIVE_VERSION);
    return AUTAN_OK;
}

/* Whether the archive lies on a read-only file system, with no log beside it. */
static bool is_at_rest(const autan_archive *a)
{
    char *wal = g_strconcat(a->path, "-wal", NULL);
    struct statvfs disk;
    bool at_rest = statvfs(a->path, &disk) == 0 && (disk.f_flag & ST_RDONLY) &&
                   access(wal, F_OK) != 0;
    g_free(wal);
    return at_rest;
}

/* There SQLite cannot make the file that it shares with writers, and needs none. */
static int open_at_rest(autan_archive *a)
{
    char *path = g_uri_escape_string(a->path, "/", TRUE);
    char *uri = g_strdup_printf("file:%s?immutable=1", path);
    int code = sqlite3_open_v2(
        uri, &a->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI,
        NULL);
    g_free(uri);
    g_free(path);
    return code;
}

static autan_status open_database(autan_archive *a, autan_archive_mode mode,
                                  autan_error *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                      (mode == AUTAN_ARCHIVE_WRITE ? SQLITE_OPEN_CREATE : 0);
    int code;
    /* Its count of the memory in use costs a lock at each allocation. Where SQLite is
     * at work already, as in GDAL, it stays. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (mode == AUTAN_ARCHIVE_READ && is_at_rest(a))
        code = open_at_rest(a);
    else
        code = sqlite3_open_v2(a->path, &a->db, flags, NULL);
    if (code != SQLITE_OK)
        return autan_fail(err, AUTAN_IO, "%s: cannot open the archive: %s", a->path,
                          a->db ? sqlite3_errmsg(a->db) : "out of memory");
    sqlite3_busy_timeout(a->db, BUSY_MS);
    return autan_archive_run(
        a,
        mode != AUTAN_ARCHIVE_READ
            ? "PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;"
              "PRAGMA cache_size = -65536;"
            : "PRAGMA query_only = ON; PRAGMA cache_size = -65536;",
        err);
}

autan_status autan_archive_open(const char *folder, autan_archive_mode mode,
                                autan_archive **archive, autan_error *err)
{
    autan_archive *made = calloc(1, sizeof *made);
    struct stat info;
    autan_status status = AUTAN_OK;

    if (!made || !(made->path = malloc(strlen(folder) + sizeof "/autan.sqlite"))) {
        free(made);
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", folder);
    }
    sprintf(made->path, "%s/autan.sqlite", folder);
    if (mode == AUTAN_ARCHIVE_WRITE) {
        if (g_mkdir_with_parents(folder, 0777) != 0)
            status = autan_fail(err, AUTAN_IO, "%s: cannot make the archive folder: %s",
                                folder, strerror(errno));
    } else if (stat(made->path, &info) != 0) {
        status = autan_fail(err, AUTAN_NOT_FOUND,
                            "%s: no archive there (%s); run ingest first", made->path,
                            strerror(errno));
    }
    if (status == AUTAN_OK)
        status = open_database(made, mode, err);
    if (status == AUTAN_OK)
        status = check_schema(made, mode, err);
    /* Written into the file, which has to be known as ours first. */
    if (status == AUTAN_OK && mode != AUTAN_ARCHIVE_READ)
        status = autan_archive_run(made, "PRAGMA journal_mode = WAL", err);
    if (status == AUTAN_OK)
        *archive = made;
    else
        autan_archive_close(made);
    return status;
}

void autan_archive_close(autan_archive *archive)
{
    if (!archive)
        return;
    if (archive->in_batch)
        autan_archive_rollback(archive);
    sqlite3_finalize(archive->insert);
    sqlite3_finalize(archive->versions);
    sqlite3_close(archive->db);
    free(archive->station_id);
    free(archive->path);
    free(archive);
}

static autan_status prepare_batch(autan_archive *a, autan_error *err)
{
    char *names = variable_columns("");
    char *values = g_strdup("");
    char *sql;
    autan_status status;
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        char *longer = g_strdup_printf("%s, ?%d", values, v + 6);
        g_free(values);
        values = longer;
    }
    sql = g_strdup_printf(
        "INSERT INTO reading (time, station, version, batch, conflict%s) "
        "VALUES (?1, ?2, ?3, ?4, ?5%s) ON CONFLICT DO NOTHING",
        names, values);
    status = a->insert ? AUTAN_OK : autan_archive_prepare(a, sql, &a->insert, err);
    g_free(sql);
    sql = g_strdup_printf("SELECT version, batch, conflict%s FROM reading "
                          "WHERE time = ?1 AND station = ?2 ORDER BY version",
                          names);
    if (status == AUTAN_OK && !a->versions)
        status = autan_archive_prepare(a, sql, &a->versions, err);
    g_free(sql);
    g_free(names);
    g_free(values);
    return status;
}

autan_status autan_archive_begin(autan_archive *archive, const char *source,
                                 autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    autan_status status = autan_archive_run(archive, "BEGIN IMMEDIATE", err);
    if (status != AUTAN_OK)
        return status;
    archive->in_batch = true;
    status = prepare_batch(archive, err);
    if (status == AUTAN_OK)
        status =
            autan_archive_prepare(archive,
                                  "INSERT INTO batch (received, source) "
                                  "VALUES (CAST(strftime('%s', 'now') AS INTEGER), ?1)",
                                  &statement, err);
    if (status == AUTAN_OK) {
        sqlite3_bind_text(statement, 1, source, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) != SQLITE_DONE)
            status = autan_archive_error(archive, err);
        archive->batch = sqlite3_last_insert_rowid(archive->db);
    }
    sqlite3_finalize(statement);
    archive->bound = NULL;
    if (status != AUTAN_OK)
        autan_archive_rollback(archive);
    return status;
}

/* The archive's number of a station, made at its first reading. */
static autan_status make_station(autan_archive *a, const char *name, sqlite3_int64 *id,
                                 autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    autan_status status = autan_archive_prepare(
        a, "INSERT INTO station (name) VALUES (?1) ON CONFLICT DO NOTHING", &statement,
        err);
    if (status == AUTAN_OK) {
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) != SQLITE_DONE)
            status = autan_archive_error(a, err);
    }
    sqlite3_finalize(statement);
    statement = NULL;
    if (status == AUTAN_OK)
        status = autan_archive_prepare(a, "SELECT id FROM station WHERE name = ?1",
                                       &statement, err);
    if (status == AUTAN_OK) {
        sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) == SQLITE_ROW)
            *id = sqlite3_column_int64(statement, 0);
        else
            status = autan_archive_error(a, err);
    }
    sqlite3_finalize(statement);
    return status;
}

autan_status autan_archive_station(autan_archive *a,
                                   const autan_station_table *stations, size_t station,
                                   sqlite3_int64 *id, autan_error *err)
{
    autan_status status = AUTAN_OK;
    if (a->bound != stations) {
        free(a->station_id);
        a->station_id = calloc(stations->n, sizeof *a->station_id);
        if (!a->station_id)
            return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", a->path);
        a->bound = stations;
    }
    if (a->station_id[station] == 0)
        status = make_station(a, stations->station[station].id, &a->station_id[station],
                              err);
    *id = a->station_id[station];
    return status;
}

/* Inserts one version; *inserted tells whether the key was free. */
static autan_status insert_version(autan_archive *a, autan_time time,
                                   sqlite3_int64 station, sqlite3_int64 version,
                                   bool conflict, const double value[AUTAN_VARIABLES],
                                   bool *inserted, autan_error *err)
{
    int code;
    sqlite3_bind_int64(a->insert, 1, time);
    sqlite3_bind_int64(a->insert, 2, station);
    sqlite3_bind_int64(a->insert, 3, version);
    sqlite3_bind_int64(a->insert, 4, a->batch);
    sqlite3_bind_int(a->insert, 5, conflict);
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        const bool number = !isnan(value[v]);
        if (number)
            sqlite3_bind_double(a->insert, v + 6, value[v]);
        else if (a->has_number[v])
            sqlite3_bind_null(a->insert, v + 6);
        a->has_number[v] = number;
    }
    code = sqlite3_step(a->insert);
    *inserted = sqlite3_changes(a->db) > 0;
    sqlite3_reset(a->insert);
    return code == SQLITE_DONE ? AUTAN_OK : autan_archive_error(a, err);
}

/* What the archive holds for one time and station, compared with a row. */
typedef struct {
    sqlite3_int64 next_version;
    double fresh[AUTAN_VARIABLES];  /* the row's values that are in no version */
    double second[AUTAN_VARIABLES]; /* those that differ from what this batch gave */
    bool any_fresh, any_second;
    bool replaces; /* a fresh one has another value in use */
} comparison;

static autan_status compare(autan_archive *a, const autan_observation *row,
                            sqlite3_int64 station, comparison *out, autan_error *err)
{
    bool used[AUTAN_VARIABLES] = {false}, ours[AUTAN_VARIABLES] = {false};
    int code;
    *out = (comparison){0};
    memcpy(out->fresh, row->value, sizeof out->fresh);
    sqlite3_bind_int64(a->versions, 1, row->time);
    sqlite3_bind_int64(a->versions, 2, station);
    while ((code = sqlite3_step(a->versions)) == SQLITE_ROW) {
        bool conflict = sqlite3_column_int(a->versions, 2) != 0;
        out->next_version = sqlite3_column_int64(a->versions, 0) + 1;
        for (int v = 0; v < AUTAN_VARIABLES; v++) {
            if (sqlite3_column_type(a->versions, v + 3) == SQLITE_NULL)
                continue;
            if (sqlite3_column_double(a->versions, v + 3) == row->value[v])
                out->fresh[v] = NAN;
            if (!conflict) {
                used[v] = true;
                ours[v] = sqlite3_column_int64(a->versions, 1) == a->batch;
            }
        }
    }
    sqlite3_reset(a->versions);
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        out->second[v] = NAN;
        if (isnan(out->fresh[v]))
            continue;
        if (used[v] && ours[v]) {
            out->second[v] = out->fresh[v];
            out->fresh[v] = NAN;
            out->any_second = true;
        } else {
            out->any_fresh = true;
            out->replaces |= used[v];
        }
    }
    return code == SQLITE_DONE ? AUTAN_OK : autan_archive_error(a, err);
}

/* Flags judged the values that are now replaced. */
static autan_status forget_flags(autan_archive *a, autan_time time,
                                 sqlite3_int64 station, autan_error *err)
{
    char *sql =
        g_strdup_printf("DELETE FROM flag WHERE variable < %d AND time = %lld AND "
                        "station = %lld",
                        AUTAN_VARIABLES, (long long)time, (long long)station);
    autan_status status = autan_archive_run(a, sql, err);
    g_free(sql);
    return status;
}

autan_status autan_archive_add(autan_archive *archive,
                               const autan_station_table *stations,
                               const autan_observation *row, autan_row_outcome *outcome,
                               autan_error *err)
{
    sqlite3_int64 station = 0;
    comparison found;
    bool inserted;
    autan_status status =
        autan_archive_station(archive, stations, row->station, &station, err);
    if (status == AUTAN_OK)
        status = insert_version(archive, row->time, station, 0, false, row->value,
                                &inserted, err);
    if (status != AUTAN_OK)
        return status;
    if (inserted) {
        *outcome = AUTAN_ROW_NEW;
        return AUTAN_OK;
    }
    status = compare(archive, row, station, &found, err);
    if (status != AUTAN_OK)
        return status;
    if (found.any_fresh)
        status = insert_version(archive, row->time, station, found.next_version++,
                                false, found.fresh, &inserted, err);
    if (status == AUTAN_OK && found.replaces)
        status = forget_flags(archive, row->time, station, err);
    if (status == AUTAN_OK && found.any_second)
        status = insert_version(archive, row->time, station, found.next_version, true,
                                found.second, &inserted, err);
    if (status == AUTAN_OK)
        *outcome = found.any_second  ? AUTAN_ROW_CONFLICT
                   : found.replaces  ? AUTAN_ROW_CORRECTED
                   : found.any_fresh ? AUTAN_ROW_COMPLETED
                                     : AUTAN_ROW_KNOWN;
    return status;
}

autan_status autan_archive_commit(autan_archive *archive, autan_error *err)
{
    autan_status status = autan_archive_run(archive, "COMMIT", err);
    if (status == AUTAN_OK)
        archive->in_batch = false;
    else
        autan_archive_rollback(archive);
    return status;
}

void autan_archive_rollback(autan_archive *archive)
{
    /* SQLite may have rolled back by itself, after a full disk for one. */
    if (!sqlite3_get_autocommit(archive->db))
        sqlite3_exec(archive->db, "ROLLBACK", NULL, NULL, NULL);
    archive->in_batch = false;
}

autan_status autan_archive_period(autan_archive *archive, autan_variable variable,
                                  autan_time *first, autan_time *last, autan_error *err)
{
    const char *name = autan_variable_get(variable)->name;
    char *sql = g_strdup_printf(
        "SELECT (SELECT time FROM reading WHERE %s IS NOT NULL ORDER BY time LIMIT 1),"
        " (SELECT time FROM reading WHERE %s IS NOT NULL ORDER BY time DESC LIMIT 1)",
        name, name);
    sqlite3_stmt *statement = NULL;
    autan_status status = autan_archive_prepare(archive, sql, &statement, err);
    if (status == AUTAN_OK) {
        if (sqlite3_step(statement) != SQLITE_ROW) {
            status = autan_archive_error(archive, err);
        } else if (sqlite3_column_type(statement, 0) == SQLITE_NULL) {
            status = autan_fail(err, AUTAN_NO_DATA, "%s: holds no %s; run ingest first",
                                archive->path, name);
        } else {
            *first = sqlite3_column_int64(statement, 0);
            *last = sqlite3_column_int64(statement, 1);
        }
    }
    sqlite3_finalize(statement);
    g_free(sql);
    return status;
}

static autan_status misplaced(const autan_archive *a, sqlite3_int64 station,
                              autan_error *err)
{
    return autan_fail(err, AUTAN_BAD_FORMAT, "%s: is damaged: station number %lld",
                      a->path, (long long)station);
}

/* Reads names and numbers of stations into places, by the table's places + 1. */
static autan_status take_places(autan_archive *a, GHashTable *table, size_t n_places,
                                size_t *places, autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    autan_status status =
        autan_archive_prepare(a, "SELECT id, name FROM station", &statement, err);
    while (status == AUTAN_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        sqlite3_int64 id = sqlite3_column_int64(statement, 0);
        const char *name = (const char *)sqlite3_column_text(statement, 1);
        if (id < 0 || (size_t)id >= n_places)
            status = misplaced(a, id, err);
        else if (name)
            places[id] = GPOINTER_TO_SIZE(g_hash_table_lookup(table, name));
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(a, err);
    sqlite3_finalize(statement);
    return status;
}

autan_status autan_archive_places(autan_archive *a, const autan_station_table *stations,
                                  size_t **places, size_t *n_places, autan_error *err)
{
    sqlite3_int64 largest = 0;
    GHashTable *table;
    size_t *made;
    autan_status status = autan_archive_query(
        a, "SELECT coalesce(max(id), 0) FROM station", &largest, err);
    if (status != AUTAN_OK)
        return status;
    if (largest < 0 || largest > STATIONS_MOST)
        return misplaced(a, largest, err);
    made = calloc((size_t)largest + 1, sizeof *made);
    if (!made)
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", a->path);
    table = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < stations->n; i++)
        g_hash_table_insert(table, stations->station[i].id, GSIZE_TO_POINTER(i + 1));
    status = take_places(a, table, (size_t)largest + 1, made, err);
    g_hash_table_destroy(table);
    if (status == AUTAN_OK) {
        *places = made;
        *n_places = (size_t)largest + 1;
    } else {
        free(made);
    }
    return status;
}

/* A reading of the variable that is filled, and what flags it has. */
typedef struct {
    autan_time time;
    sqlite3_int64 station;
    double value;
    uint32_t flags;
} stored;

/* Sums and counts by hour while the readings stream by. Versions come in order: a
 * reading is taken once the next key shows that no newer version follows. */
typedef struct {
    const autan_panel_request *request;
    unsigned *count;
    size_t taken;
    autan_panel_losses losses;
    bool pending;
    stored now;
} filling;

static void take_reading(filling *f, const stored *r, size_t place)
{
    autan_panel *panel = f->request->panel;
    const autan_reading_choice *choice = &f->request->choice;
    /* The first T at or after the reading. */
    autan_time late = r->time - panel->from;
    size_t t = late <= 0 ? 0 : (size_t)((late + panel->step_s - 1) / panel->step_s);
    size_t cell;
    if (place == 0) {
        f->losses.unknown++;
        return;
    }
    if (!choice->implausible &&
        !autan_variable_plausible(f->request->variable, r->value)) {
        f->losses.implausible++;
        return;
    }
    if (r->flags & choice->refused) {
        f->losses.flagged++;
        return;
    }
    f->taken++;
    cell = t * panel->n_stations + place - 1;
    panel->value[cell] = f->count[cell]++ ? panel->value[cell] + r->value : r->value;
}

static autan_status stream_readings(autan_archive *a, sqlite3_stmt *statement,
                                    const size_t *places, size_t n_places, size_t n,
                                    filling *f, autan_error *err)
{
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        stored next = {.time = sqlite3_column_int64(statement, 0),
                       .station = sqlite3_column_int64(statement, 1)};
        if (next.station < 0 || (size_t)next.station >= n_places)
            return misplaced(a, next.station, err);
        for (size_t k = 0; k < n; k++) {
            const int column = 2 + 2 * (int)k;
            const stored *now = &f[k].now;
            if (sqlite3_column_type(statement, column) == SQLITE_NULL)
                continue;
            next.value = sqlite3_column_double(statement, column);
            next.flags = (uint32_t)sqlite3_column_int64(statement, column + 1);
            if (f[k].pending &&
                (next.time != now->time || next.station != now->station))
                take_reading(&f[k], now, places[now->station]);
            f[k].pending = true;
            f[k].now = next;
        }
    }
    for (size_t k = 0; k < n; k++) {
        if (f[k].pending)
            take_reading(&f[k], &f[k].now, places[f[k].now.station]);
    }
    return code == SQLITE_DONE ? AUTAN_OK : autan_archive_error(a, err);
}

/* Values of the variables, each with its flags where they are looked at, of all
 * readings of the period that have one of them. */
static char *panel_query(size_t n, const autan_panel_request *request)
{
    GString *sql = g_string_new("SELECT time, station"), *any = g_string_new(NULL);
    for (size_t k = 0; k < n; k++) {
        const char *name = autan_variable_get(request[k].variable)->name;
        g_string_append_printf(sql, ", %s, ", name);
        if (request[k].choice.refused)
            g_string_append_printf(sql,
                                   "(SELECT mask FROM flag WHERE variable = %d AND "
                                   "flag.time = reading.time AND "
                                   "flag.station = reading.station)",
                                   (int)request[k].variable);
        else
            g_string_append(sql, "0");
        g_string_append_printf(any, "%s%s IS NOT NULL", k ? " OR " : "", name);
    }
    g_string_append_printf(
        sql,
        " FROM reading WHERE time > ?1 AND time <= ?2 AND conflict = "
        "0 AND (%s) ORDER BY time, station, version",
        any->str);
    g_string_free(any, TRUE);
    return g_string_free(sql, FALSE);
}

static size_t cells_of(const autan_panel *panel)
{
    return panel->n_times * panel->n_stations;
}

autan_status autan_archive_read_panels(autan_archive *archive,
                                       const autan_station_table *stations, size_t n,
                                       autan_panel_request *request, autan_error *err)
{
    const autan_panel *shape = request[0].panel;
    filling *f = calloc(n, sizeof *f);
    size_t *places = NULL, n_places = 0;
    char *sql = panel_query(n, request);
    sqlite3_stmt *statement = NULL;
    autan_status status = f ? AUTAN_OK : AUTAN_NO_MEMORY;

    for (size_t k = 0; status == AUTAN_OK && k < n; k++) {
        f[k] = (filling){.request = &request[k],
                         .count = calloc(cells_of(shape) + 1, sizeof *f[k].count)};
        status = f[k].count ? AUTAN_OK : AUTAN_NO_MEMORY;
    }
    if (status != AUTAN_OK) {
        autan_fail(err, status, "%s: out of memory", archive->path);
        goto cleanup;
    }
    status = autan_archive_places(archive, stations, &places, &n_places, err);
    if (status == AUTAN_OK)
        status = autan_archive_prepare(archive, sql, &statement, err);
    if (status != AUTAN_OK)
        goto cleanup;
    sqlite3_bind_int64(statement, 1, shape->from - shape->step_s);
    sqlite3_bind_int64(statement, 2, autan_panel_time(shape, shape->n_times - 1));
    status = stream_readings(archive, statement, places, n_places, n, f, err);
    for (size_t k = 0; status == AUTAN_OK && k < n; k++) {
        for (size_t c = 0; c < cells_of(shape); c++) {
            if (f[k].count[c] > 1)
                request[k].panel->value[c] /= f[k].count[c];
        }
        request[k].taken = f[k].taken;
        request[k].losses = f[k].losses;
    }

cleanup:
    sqlite3_finalize(statement);
    g_free(sql);
    free(places);
    for (size_t k = 0; f && k < n; k++)
        free(f[k].count);
    free(f);
    return status;
}

autan_status autan_archive_read_panel(autan_archive *archive,
                                      const autan_station_table *stations,
                                      autan_variable variable,
                                      autan_reading_choice choice, autan_panel *panel,
                                      autan_panel_losses *losses, autan_error *err)
{
    autan_panel_request one = {.variable = variable, .choice = choice, .panel = panel};
    const autan_status status =
        autan_archive_read_panels(archive, stations, 1, &one, err);
    if (status == AUTAN_OK && losses)
        *losses = one.losses;
    return status;
}
