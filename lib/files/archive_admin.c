#include "files/archive_admin.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "files/archive_db.h"
#include "files/csv.h"

/* Checking */

typedef struct {
    void (*problem)(const char *text, void *user);
    void *user;
    size_t n;
} inspection;

static void tell(inspection *i, const char *text)
{
    i->n++;
    if (i->problem)
        i->problem(text, i->user);
}

/* The first rows of SQLite's own check; "ok" when there is nothing. */
static autan_status check_pages(autan_archive *a, inspection *i, autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    autan_status status =
        autan_archive_prepare(a, "PRAGMA integrity_check(20)", &statement, err);
    while (status == AUTAN_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text && strcmp(text, "ok") != 0)
            tell(i, text);
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        tell(i, sqlite3_errmsg(a->db));
    sqlite3_finalize(statement);
    return status;
}

/* Questions whose answer is 0 in a sound archive. */
static const struct {
    const char *sql, *meaning;
} questions[] = {
    {"SELECT count(*) FROM reading WHERE station NOT IN (SELECT id FROM station)",
     "readings of a station that the archive does not name"},
    {"SELECT count(*) FROM reading WHERE batch NOT IN (SELECT id FROM batch)",
     "readings of a batch that the archive does not know"},
    {"SELECT count(*) FROM (SELECT 1 FROM reading GROUP BY time, station "
     "HAVING max(version) + 1 <> count(*))",
     "times and stations with a gap in their versions"},
    {"SELECT count(*) FROM flag WHERE NOT EXISTS (SELECT 1 FROM reading WHERE "
     "reading.time = flag.time AND reading.station = flag.station)",
     "flags without a reading"},
    {"SELECT count(*) FROM finding WHERE station NOT IN (SELECT id FROM station)",
     "findings of a station that the archive does not name"},
};
enum { QUESTIONS = sizeof questions / sizeof *questions };

autan_status autan_archive_check(autan_archive *archive,
                                 void (*problem)(const char *text, void *user),
                                 void *user, size_t *n, autan_error *err)
{
    inspection i = {problem, user, 0};
    autan_status status = check_pages(archive, &i, err);
    /* Of damaged pages no question can be asked. */
    for (int k = 0; status == AUTAN_OK && k < QUESTIONS && i.n == 0; k++) {
        sqlite3_int64 count = 0;
        char text[200];
        status = autan_archive_query(archive, questions[k].sql, &count, err);
        if (status != AUTAN_OK || count == 0)
            continue;
        snprintf(text, sizeof text, "%lld %s", (long long)count, questions[k].meaning);
        tell(&i, text);
    }
    if (status == AUTAN_OK)
        *n = i.n;
    return status;
}

/* Counting */

static autan_status read_totals(autan_archive *a, autan_archive_totals *totals,
                                autan_error *err)
{
    sqlite3_int64 batches = 0, received = 0, pages = 0, page = 0;
    autan_status status =
        autan_archive_query(a, "SELECT count(*) FROM batch", &batches, err);
    if (status == AUTAN_OK)
        status = autan_archive_query(a, "SELECT coalesce(max(received), 0) FROM batch",
                                     &received, err);
    if (status == AUTAN_OK)
        status = autan_archive_query(a, "PRAGMA page_count", &pages, err);
    if (status == AUTAN_OK)
        status = autan_archive_query(a, "PRAGMA page_size", &page, err);
    if (status == AUTAN_OK)
        *totals =
            (autan_archive_totals){(size_t)batches, (size_t)(pages * page), received};
    return status;
}

/* A version replaces where an earlier one, no conflict either, has one of its values.
 */
static char *replaced(void)
{
    GString *any = g_string_new("0");
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        const char *name = autan_variable_get((autan_variable)v)->name;
        g_string_append_printf(
            any, " OR (later.%s IS NOT NULL AND earlier.%s IS NOT NULL)", name, name);
    }
    return g_string_free(any, FALSE);
}

/* The stations of the archive by name, and the place of each in the list by its id. */
static autan_status list_stations(autan_archive *a, GArray *list, GHashTable *place,
                                  autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    autan_status status = autan_archive_prepare(
        a, "SELECT id, name FROM station ORDER BY name", &statement, err);
    while (status == AUTAN_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        autan_station_stats s = {
            .name = g_strdup((const char *)sqlite3_column_text(statement, 1))};
        g_array_append_val(list, s);
        g_hash_table_insert(place, GSIZE_TO_POINTER(sqlite3_column_int64(statement, 0)),
                            GSIZE_TO_POINTER(list->len));
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(a, err);
    sqlite3_finalize(statement);
    return status;
}

/* A station of that id; NULL for one that the archive, damaged, does not know. */
static autan_station_stats *station_stats(GArray *list, GHashTable *place,
                                          sqlite3_int64 id)
{
    const gsize k = GPOINTER_TO_SIZE(g_hash_table_lookup(place, GSIZE_TO_POINTER(id)));
    return k ? &g_array_index(list, autan_station_stats, k - 1) : NULL;
}

/* One pass over the readings in the order they lie in: SQL's GROUP BY would sort them
 * by station first. */
static autan_status count_readings(autan_archive *a, GArray *list, GHashTable *place,
                                   autan_error *err)
{
    char *any = replaced();
    char *sql = g_strdup_printf(
        "SELECT station, time, version = 0, conflict, version > 0 AND conflict = 0 AND"
        " EXISTS (SELECT 1 FROM reading earlier WHERE earlier.time = later.time AND"
        " earlier.station = later.station AND earlier.version < later.version AND"
        " earlier.conflict = 0 AND (%s)) FROM reading later ORDER BY time",
        any);
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    autan_status status = autan_archive_prepare(a, sql, &statement, err);
    while (status == AUTAN_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        autan_station_stats *s =
            station_stats(list, place, sqlite3_column_int64(statement, 0));
        if (!s)
            continue;
        s->last = sqlite3_column_int64(statement, 1);
        if (s->readings == 0)
            s->first = s->last;
        s->readings += (size_t)sqlite3_column_int(statement, 2);
        s->conflicts += (size_t)sqlite3_column_int(statement, 3);
        s->corrections += (size_t)sqlite3_column_int(statement, 4);
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(a, err);
    sqlite3_finalize(statement);
    g_free(sql);
    g_free(any);
    return status;
}

static autan_status count_flagged(autan_archive *a, GArray *list, GHashTable *place,
                                  autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    autan_status status = autan_archive_prepare(
        a, "SELECT station, count(DISTINCT time) FROM flag GROUP BY station",
        &statement, err);
    while (status == AUTAN_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        autan_station_stats *s =
            station_stats(list, place, sqlite3_column_int64(statement, 0));
        if (s)
            s->flagged = (size_t)sqlite3_column_int64(statement, 1);
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(a, err);
    sqlite3_finalize(statement);
    return status;
}

autan_status
autan_archive_stats(autan_archive *archive,
                    void (*station)(const autan_station_stats *stats, void *user),
                    void *user, autan_archive_totals *totals, autan_error *err)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(autan_station_stats));
    GHashTable *place = g_hash_table_new(NULL, NULL);
    autan_status status = list_stations(archive, list, place, err);
    if (status == AUTAN_OK)
        status = count_readings(archive, list, place, err);
    if (status == AUTAN_OK)
        status = count_flagged(archive, list, place, err);
    for (guint k = 0; k < list->len; k++) {
        const autan_station_stats *s = &g_array_index(list, autan_station_stats, k);
        if (status == AUTAN_OK && s->readings > 0)
            station(s, user);
        g_free((char *)(guintptr)s->name);
    }
    g_hash_table_destroy(place);
    g_array_free(list, TRUE);
    if (status == AUTAN_OK && totals)
        status = read_totals(archive, totals, err);
    return status;
}

autan_status autan_archive_last(autan_archive *archive, const char *station,
                                autan_time *last, autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    autan_status status = autan_archive_prepare(
        archive,
        "SELECT time FROM reading WHERE station = (SELECT id FROM station WHERE "
        "name = ?1) ORDER BY time DESC LIMIT 1",
        &statement, err);
    if (status != AUTAN_OK)
        return status;
    sqlite3_bind_text(statement, 1, station, -1, SQLITE_STATIC);
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        *last = sqlite3_column_int64(statement, 0);
        break;
    case SQLITE_DONE:
        status = autan_fail(err, AUTAN_NO_DATA, "%s: holds no reading of %s",
                            archive->path, station);
        break;
    default:
        status = autan_archive_error(archive, err);
        break;
    }
    sqlite3_finalize(statement);
    return status;
}

/* Copying out */

typedef struct {
    FILE *out;
    const autan_export *what;
    sqlite3_stmt *masks; /* of a time and station; NULL when nothing is refused */
    size_t rows;
} exporting;

static void write_values(FILE *out, const double *value)
{
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        char text[AUTAN_NUMBER_TEXT] = "";
        if (!isnan(value[v]))
            autan_number_format(value[v], text);
        fprintf(out, ",%s", text);
    }
}

static void write_key(FILE *out, autan_time time, const char *station)
{
    char text[AUTAN_TIME_TEXT];
    autan_time_format(time, text);
    fprintf(out, "%s,", text);
    autan_csv_print(out, station);
}

/* Empties the values that are refused; false when none is left. */
static bool pass_values(exporting *e, autan_time time, sqlite3_int64 station,
                        double *value)
{
    bool any = false;
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        if (e->masks && !isnan(value[v])) {
            sqlite3_bind_int(e->masks, 1, v);
            sqlite3_bind_int64(e->masks, 2, time);
            sqlite3_bind_int64(e->masks, 3, station);
            if (sqlite3_step(e->masks) == SQLITE_ROW &&
                (uint32_t)sqlite3_column_int64(e->masks, 0) & e->what->refused)
                value[v] = NAN;
            sqlite3_reset(e->masks);
        }
        any |= !isnan(value[v]);
    }
    return any;
}

/* The row in work: values in use so far of one time and station. */
typedef struct {
    autan_time time;
    sqlite3_int64 station;
    char *name;
    double value[AUTAN_VARIABLES];
} merged;

static void write_merged(exporting *e, merged *m)
{
    if (!m->name || !pass_values(e, m->time, m->station, m->value))
        return;
    write_key(e->out, m->time, m->name);
    write_values(e->out, m->value);
    fputc('\n', e->out);
    e->rows++;
}

static void read_values(sqlite3_stmt *statement, int first, double *value)
{
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        if (sqlite3_column_type(statement, first + v) != SQLITE_NULL)
            value[v] = sqlite3_column_double(statement, first + v);
    }
}

static void take_version(exporting *e, sqlite3_stmt *row, merged *m)
{
    sqlite3_int64 time = sqlite3_column_int64(row, 0);
    sqlite3_int64 station = sqlite3_column_int64(row, 1);
    if (!m->name || time != m->time || station != m->station) {
        write_merged(e, m);
        g_free(m->name);
        *m = (merged){.time = time,
                      .station = station,
                      .name = g_strdup((const char *)sqlite3_column_text(row, 2))};
        for (int v = 0; v < AUTAN_VARIABLES; v++)
            m->value[v] = NAN;
    }
    if (!sqlite3_column_int(row, 4))
        read_values(row, 7, m->value);
}

static void write_version(exporting *e, sqlite3_stmt *row)
{
    double value[AUTAN_VARIABLES];
    char received[AUTAN_TIME_TEXT];
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        value[v] = NAN;
    read_values(row, 7, value);
    write_key(e->out, sqlite3_column_int64(row, 0),
              (const char *)sqlite3_column_text(row, 2));
    write_values(e->out, value);
    autan_time_format(sqlite3_column_int64(row, 5), received);
    fprintf(e->out, ",%lld,%d,%s,", (long long)sqlite3_column_int64(row, 3),
            sqlite3_column_int(row, 4), received);
    autan_csv_print(e->out, (const char *)sqlite3_column_text(row, 6));
    fputc('\n', e->out);
    e->rows++;
}

static void write_header(exporting *e)
{
    fputs("time,station", e->out);
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        fprintf(e->out, ",%s", autan_variable_get((autan_variable)v)->name);
    fputs(e->what->versions ? ",version,conflict,received,source\n" : "\n", e->out);
}

static autan_status stream_rows(autan_archive *a, exporting *e, sqlite3_stmt *statement,
                                autan_error *err)
{
    merged m = {0};
    int code;
    sqlite3_bind_int64(statement, 1, e->what->from);
    sqlite3_bind_int64(statement, 2, e->what->to);
    write_header(e);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (e->what->versions)
            write_version(e, statement);
        else
            take_version(e, statement, &m);
    }
    write_merged(e, &m);
    g_free(m.name);
    return code == SQLITE_DONE ? AUTAN_OK : autan_archive_error(a, err);
}

autan_status autan_archive_export(autan_archive *archive, const autan_export *what,
                                  FILE *out, size_t *rows, autan_error *err)
{
    exporting e = {.out = out, .what = what};
    sqlite3_stmt *statement = NULL;
    GString *sql = g_string_new("SELECT time, station, name, version, conflict, "
                                "received, source");
    autan_status status;
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        g_string_append_printf(sql, ", %s",
                               autan_variable_get((autan_variable)v)->name);
    /* The unary plus keeps SQLite from walking the stations instead of the times. */
    g_string_append(sql, " FROM reading CROSS JOIN station ON station.id = +station "
                         "CROSS JOIN batch ON batch.id = batch WHERE time >= ?1 AND "
                         "time <= ?2 ORDER BY time, station, version");
    status = autan_archive_prepare(archive, sql->str, &statement, err);
    if (status == AUTAN_OK && what->refused && !what->versions)
        status = autan_archive_prepare(
            archive,
            "SELECT mask FROM flag WHERE variable = ?1 AND time = ?2 AND station = ?3",
            &e.masks, err);
    if (status == AUTAN_OK)
        status = stream_rows(archive, &e, statement, err);
    if (status == AUTAN_OK)
        *rows = e.rows;
    sqlite3_finalize(statement);
    sqlite3_finalize(e.masks);
    g_string_free(sql, TRUE);
    return status;
}

/* Mending */

/* The tables, and the order that reads each backwards, from its far end to the damage;
 * findings can be made again. */
static const struct {
    const char *name, *backwards;
} tables[] = {
    {"station", "id DESC"},
    {"batch", "id DESC"},
    {"reading", "time DESC, station DESC, version DESC"},
    {"flag_meaning", "mask DESC"},
    {"flag", "variable DESC, time DESC, station DESC"},
    {"finding", NULL},
    {"checked", "variable DESC"},
};
enum { TABLES = sizeof tables / sizeof *tables };

/* Copies the rows of a query until it ends or can be read no further, which *whole then
 * says; a row that is there already is passed over. */
static autan_status copy_rows(autan_archive *from, autan_archive *to, const char *table,
                              const char *order, size_t *rows, bool *whole,
                              autan_error *err)
{
    char *select = g_strdup_printf("SELECT * FROM %s%s%s", table,
                                   order ? " ORDER BY " : "", order ? order : "");
    GString *sql = g_string_new(NULL);
    sqlite3_stmt *row = NULL, *insert = NULL;
    autan_status status = AUTAN_OK;
    int code = sqlite3_prepare_v2(from->db, select, -1, &row, NULL);
    *whole = false;
    if (code != SQLITE_OK)
        goto cleanup;
    g_string_printf(sql, "INSERT OR IGNORE INTO %s VALUES (?", table);
    for (int k = 1; k < sqlite3_column_count(row); k++)
        g_string_append(sql, ", ?");
    g_string_append(sql, ")");
    status = autan_archive_prepare(to, sql->str, &insert, err);
    while (status == AUTAN_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        for (int k = 0; k < sqlite3_column_count(row); k++)
            sqlite3_bind_value(insert, k + 1, sqlite3_column_value(row, k));
        code = sqlite3_step(insert);
        sqlite3_reset(insert);
        if (code == SQLITE_DONE)
            *rows += (size_t)sqlite3_changes(to->db);
        else if (code != SQLITE_CONSTRAINT)
            status = autan_archive_error(to, err);
    }
    *whole = code == SQLITE_DONE;
cleanup:
    sqlite3_finalize(row);
    sqlite3_finalize(insert);
    g_free(select);
    g_string_free(sql, TRUE);
    return status;
}

/* From both ends, so that one damaged page costs its own rows only. */
static autan_status copy_table(autan_archive *from, autan_archive *to, int table,
                               size_t *rows, autan_error *err)
{
    bool whole;
    autan_status status =
        copy_rows(from, to, tables[table].name, NULL, rows, &whole, err);
    if (status == AUTAN_OK && !whole && tables[table].backwards)
        status = copy_rows(from, to, tables[table].name, tables[table].backwards, rows,
                           &whole, err);
    return status;
}

/* A damaged list of stations or batches leaves readings without them; names are made,
 * so that no reading is dropped. */
static autan_status name_orphans(autan_archive *to, autan_error *err)
{
    return autan_archive_run(
        to,
        "INSERT OR IGNORE INTO station (id, name) SELECT DISTINCT station, "
        "'unknown-' || station FROM reading WHERE station NOT IN (SELECT id FROM "
        "station);"
        "INSERT OR IGNORE INTO batch (id, received, source) SELECT DISTINCT batch, 0, "
        "'unknown' FROM reading WHERE batch NOT IN (SELECT id FROM batch)",
        err);
}

/* The damaged file opened as far as it can be; no question is asked of it before its
 * tables are read. */
static autan_status open_damaged(const char *path, autan_archive *from,
                                 autan_error *err)
{
    from->path = strdup(path);
    if (!from->path)
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    if (sqlite3_open_v2(path, &from->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        return autan_archive_error(from, err);
    return AUTAN_OK;
}

static autan_status copy_archive(const char *path, const char *folder, size_t *rows,
                                 autan_error *err)
{
    autan_archive from = {0}, *to = NULL;
    autan_status status = open_damaged(path, &from, err);
    if (status == AUTAN_OK)
        status = autan_archive_open(folder, AUTAN_ARCHIVE_WRITE, &to, err);
    if (status == AUTAN_OK)
        status = autan_archive_run(to, "BEGIN IMMEDIATE", err);
    for (int k = 0; status == AUTAN_OK && k < TABLES; k++) {
        size_t copied = 0;
        status = copy_table(&from, to, k, &copied, err);
        if (strcmp(tables[k].name, "reading") == 0)
            *rows = copied;
    }
    if (status == AUTAN_OK)
        status = name_orphans(to, err);
    if (status == AUTAN_OK)
        status = autan_archive_run(to, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", err);
    sqlite3_close(from.db);
    free(from.path);
    autan_archive_close(to);
    return status;
}

static autan_status move(const char *from, const char *to, autan_error *err)
{
    return rename(from, to) == 0
               ? AUTAN_OK
               : autan_fail(err, AUTAN_IO, "%s: cannot be renamed %s: %s", from, to,
                            strerror(errno));
}

/* Rebuilds beside, then changes the names: the damaged file is kept. */
static autan_status rebuild(const char *folder, autan_archive_repairs *repairs,
                            autan_error *err)
{
    char *path = g_strdup_printf("%s/autan.sqlite", folder);
    char *beside = g_strdup_printf("%s/repair.%ld", folder, (long)getpid());
    char *fresh = g_strdup_printf("%s/autan.sqlite", beside);
    char *log = g_strdup_printf("%s-wal", path),
         *shared = g_strdup_printf("%s-shm", path);
    struct stat info;
    autan_status status;
    int k = 0;
    do
        snprintf(repairs->kept, sizeof repairs->kept, "%s.damaged-%d", path, ++k);
    while (stat(repairs->kept, &info) == 0);
    status = copy_archive(path, beside, &repairs->rows, err);
    if (status == AUTAN_OK && repairs->rows == 0)
        status =
            autan_fail(err, AUTAN_BAD_FORMAT,
                       "%s: no reading of it can be read; it is left as it is", path);
    if (status == AUTAN_OK)
        status = move(path, repairs->kept, err);
    if (status == AUTAN_OK) {
        /* Of the damaged file; the new one must not find them. */
        unlink(log);
        unlink(shared);
        status = move(fresh, path, err);
    } else {
        unlink(fresh);
    }
    rmdir(beside);
    repairs->rebuilt = status == AUTAN_OK;
    g_free(path);
    g_free(beside);
    g_free(fresh);
    g_free(log);
    g_free(shared);
    return status;
}

static autan_status tidy(autan_archive *a, size_t *dropped, autan_error *err)
{
    autan_status status = autan_archive_run(
        a,
        "BEGIN IMMEDIATE; DELETE FROM flag WHERE NOT EXISTS (SELECT 1 FROM reading "
        "WHERE "
        "reading.time = flag.time AND reading.station = flag.station)",
        err);
    *dropped = (size_t)sqlite3_changes(a->db);
    if (status == AUTAN_OK)
        status = autan_archive_run(a, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", err);
    else
        autan_archive_rollback(a);
    return status;
}

/* Whether the file says that it is another program's, or of a newer version. */
static bool is_foreign(const char *folder)
{
    char *path = g_strdup_printf("%s/autan.sqlite", folder);
    autan_archive a = {0};
    sqlite3_int64 application = 0, version = 0;
    bool foreign = false;
    if (open_damaged(path, &a, NULL) == AUTAN_OK &&
        autan_archive_query(&a, "PRAGMA application_id", &application, NULL) ==
            AUTAN_OK &&
        autan_archive_query(&a, "PRAGMA user_version", &version, NULL) == AUTAN_OK)
        foreign =
            application != AUTAN_ARCHIVE_APPLICATION || version > AUTAN_ARCHIVE_VERSION;
    sqlite3_close(a.db);
    free(a.path);
    g_free(path);
    return foreign;
}

autan_status autan_archive_repair(const char *folder, autan_archive_repairs *repairs,
                                  autan_error *err)
{
    autan_archive_repairs made = {0};
    autan_archive *archive = NULL;
    size_t problems = 0;
    autan_status status =
        autan_archive_open(folder, AUTAN_ARCHIVE_CHANGE, &archive, err);
    if (status == AUTAN_OK) {
        inspection i = {0};
        status = check_pages(archive, &i, err);
        problems = i.n;
    }
    if (status == AUTAN_OK && problems == 0)
        status = tidy(archive, &made.dropped, err);
    autan_archive_close(archive);
    if (status == AUTAN_BAD_FORMAT ? !is_foreign(folder)
                                   : status == AUTAN_OK && problems > 0)
        status = rebuild(folder, &made, err);
    if (status == AUTAN_OK)
        *repairs = made;
    return status;
}
