#include "files/archive_extract.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/archive_db.h"

/* What is being read, with the archive's numbers of the stations turned into places. */
typedef struct {
    autan_archive *archive;
    autan_extract *extract;
    size_t *places, n_places;
    size_t capacity;
    autan_error *err;
} reading;

static autan_status no_memory(const reading *r)
{
    return autan_fail(r->err, AUTAN_NO_MEMORY, "%s: out of memory", r->archive->path);
}

/* The station's place in the table + 1; 0 when it has none. */
static size_t place_of(const reading *r, sqlite3_int64 station)
{
    return station >= 0 && (size_t)station < r->n_places ? r->places[station] : 0;
}

static autan_status prepare(reading *r, const char *sql, sqlite3_stmt **statement)
{
    autan_status status = autan_archive_prepare(r->archive, sql, statement, r->err);
    if (status == AUTAN_OK) {
        sqlite3_bind_int64(*statement, 1, r->extract->from);
        sqlite3_bind_int64(*statement, 2, r->extract->until);
    }
    return status;
}

/* An entry for a time and station, which come in order but for versions. */
static autan_reading *entry(reading *r, autan_time time, size_t station)
{
    autan_extract *x = r->extract;
    autan_reading *last = x->n ? &x->reading[x->n - 1] : NULL;
    if (last && last->time == time && last->station == station)
        return last;
    if (x->n == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 4096;
        autan_reading *grown = realloc(x->reading, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        x->reading = grown;
        r->capacity = capacity;
    }
    last = &x->reading[x->n++];
    *last = (autan_reading){.time = time, .station = station};
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        last->value[v] = NAN;
    return last;
}

static int by_time(const void *a, const void *b)
{
    const autan_reading *left = a, *right = b;
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    return (left->station > right->station) - (left->station < right->station);
}

static autan_status read_values(reading *r)
{
    sqlite3_stmt *row = NULL;
    GString *sql = g_string_new("SELECT time, station");
    int code = SQLITE_DONE;
    autan_status status;
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        g_string_append_printf(sql, ", %s",
                               autan_variable_get((autan_variable)v)->name);
    g_string_append(sql,
                    " FROM reading WHERE time >= ?1 AND time < ?2 AND conflict = 0 "
                    "ORDER BY time, station, version");
    status = prepare(r, sql->str, &row);
    while (status == AUTAN_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        size_t place = place_of(r, sqlite3_column_int64(row, 1));
        autan_reading *e;
        if (place == 0) {
            r->extract->unknown++;
            continue;
        }
        e = entry(r, sqlite3_column_int64(row, 0), place - 1);
        if (!e) {
            status = no_memory(r);
            break;
        }
        for (int v = 0; v < AUTAN_VARIABLES; v++) {
            if (sqlite3_column_type(row, v + 2) != SQLITE_NULL)
                e->value[v] = sqlite3_column_double(row, v + 2);
        }
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(r->archive, r->err);
    sqlite3_finalize(row);
    g_string_free(sql, TRUE);
    if (r->extract->n)
        qsort(r->extract->reading, r->extract->n, sizeof *r->extract->reading, by_time);
    return status;
}

static autan_status read_flags(reading *r, int variable)
{
    autan_extract *x = r->extract;
    sqlite3_stmt *row = NULL;
    int code = SQLITE_DONE;
    autan_status status = prepare(r,
                                  "SELECT time, station, mask FROM flag WHERE "
                                  "variable = ?3 AND time >= ?1 AND time < ?2",
                                  &row);
    if (status == AUTAN_OK)
        sqlite3_bind_int(row, 3, variable);
    while (status == AUTAN_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        size_t place = place_of(r, sqlite3_column_int64(row, 1));
        const autan_reading key = {.time = sqlite3_column_int64(row, 0),
                                   .station = place - 1};
        autan_reading *found =
            place && x->n ? bsearch(&key, x->reading, x->n, sizeof key, by_time) : NULL;
        if (found && !isnan(found->value[variable]))
            found->flag[variable] = (uint32_t)sqlite3_column_int64(row, 2);
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(r->archive, r->err);
    sqlite3_finalize(row);
    return status;
}

static double number(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL
               ? (double)NAN
               : sqlite3_column_double(row, column);
}

static int by_finding(const void *a, const void *b)
{
    const autan_finding *l = a, *r = b;
    if (l->first != r->first)
        return l->first < r->first ? -1 : 1;
    if (l->station != r->station)
        return l->station < r->station ? -1 : 1;
    if (l->variable != r->variable)
        return l->variable < r->variable ? -1 : 1;
    if (l->mask != r->mask)
        return l->mask < r->mask ? -1 : 1;
    return (l->last > r->last) - (l->last < r->last);
}

static autan_status read_findings(reading *r)
{
    autan_extract *x = r->extract;
    sqlite3_stmt *row = NULL;
    size_t capacity = 0;
    int code = SQLITE_DONE;
    autan_status status = prepare(r,
                                  "SELECT variable, station, mask, first, last, value, "
                                  "statistic, threshold FROM finding WHERE first < ?2 "
                                  "AND last >= ?1",
                                  &row);
    while (status == AUTAN_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        int variable = sqlite3_column_int(row, 0);
        size_t place = place_of(r, sqlite3_column_int64(row, 1));
        autan_time first = sqlite3_column_int64(row, 3),
                   last = sqlite3_column_int64(row, 4);
        if (place == 0 || variable < 0 || variable >= AUTAN_VARIABLES)
            continue;
        if (x->n_findings == capacity) {
            autan_finding *grown;
            capacity = capacity ? 2 * capacity : 256;
            grown = realloc(x->finding, capacity * sizeof *grown);
            if (!grown) {
                status = no_memory(r);
                break;
            }
            x->finding = grown;
        }
        x->finding[x->n_findings++] =
            (autan_finding){.variable = (autan_variable)variable,
                            .station = place - 1,
                            .mask = (uint32_t)sqlite3_column_int64(row, 2),
                            .first = MAX(first, x->from),
                            .last = MIN(last, x->until - 1),
                            .value = first < x->from ? (double)NAN : number(row, 5),
                            .statistic = number(row, 6),
                            .threshold = number(row, 7)};
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(r->archive, r->err);
    sqlite3_finalize(row);
    if (x->n_findings)
        qsort(x->finding, x->n_findings, sizeof *x->finding, by_finding);
    return status;
}

static autan_status read_meanings(reading *r)
{
    sqlite3_stmt *row = NULL;
    int code = SQLITE_DONE;
    autan_status status = autan_archive_prepare(
        r->archive, "SELECT mask, meaning FROM flag_meaning", &row, r->err);
    while (status == AUTAN_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        sqlite3_int64 mask = sqlite3_column_int64(row, 0);
        const char *text = (const char *)sqlite3_column_text(row, 1);
        for (int k = 0; k < AUTAN_FLAG_BITS; k++) {
            if (mask == (sqlite3_int64)1 << k && text && !r->extract->meaning[k])
                r->extract->meaning[k] = strdup(text);
        }
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(r->archive, r->err);
    sqlite3_finalize(row);
    return status;
}

static autan_status read_checked(reading *r)
{
    autan_extract *x = r->extract;
    sqlite3_stmt *row = NULL;
    int code = SQLITE_DONE;
    autan_status status = prepare(r,
                                  "SELECT variable, first, last FROM checked WHERE "
                                  "first < ?2 AND last >= ?1",
                                  &row);
    while (status == AUTAN_OK && (code = sqlite3_step(row)) == SQLITE_ROW) {
        int v = sqlite3_column_int(row, 0);
        if (v < 0 || v >= AUTAN_VARIABLES)
            continue;
        x->checked[v] = true;
        x->checked_first[v] = MAX(sqlite3_column_int64(row, 1), x->from);
        x->checked_last[v] = MIN(sqlite3_column_int64(row, 2), x->until - 1);
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(r->archive, r->err);
    sqlite3_finalize(row);
    return status;
}

autan_status autan_archive_extract(autan_archive *archive,
                                   const autan_station_table *stations, autan_time from,
                                   autan_time until, autan_extract *extract,
                                   autan_error *err)
{
    autan_extract made = {.from = from, .until = until};
    reading r = {.archive = archive, .extract = &made, .err = err};
    autan_status status = autan_archive_run(archive, "BEGIN", err);
    if (status != AUTAN_OK)
        return status;
    status = autan_archive_places(archive, stations, &r.places, &r.n_places, err);
    if (status == AUTAN_OK)
        status = read_values(&r);
    for (int v = 0; status == AUTAN_OK && v < AUTAN_VARIABLES; v++)
        status = read_flags(&r, v);
    if (status == AUTAN_OK)
        status = read_findings(&r);
    if (status == AUTAN_OK)
        status = read_meanings(&r);
    if (status == AUTAN_OK)
        status = read_checked(&r);
    sqlite3_exec(archive->db, "COMMIT", NULL, NULL, NULL);
    free(r.places);
    if (status == AUTAN_OK)
        *extract = made;
    else
        autan_extract_clear(&made);
    return status;
}

void autan_extract_clear(autan_extract *extract)
{
    free(extract->reading);
    free(extract->finding);
    for (int k = 0; k < AUTAN_FLAG_BITS; k++)
        free(extract->meaning[k]);
    *extract = (autan_extract){0};
}

autan_status autan_archive_next(autan_archive *archive, autan_time from,
                                autan_time *time, autan_error *err)
{
    sqlite3_stmt *row = NULL;
    autan_status status = autan_archive_prepare(
        archive, "SELECT time FROM reading WHERE time >= ?1 ORDER BY time LIMIT 1",
        &row, err);
    if (status != AUTAN_OK)
        return status;
    sqlite3_bind_int64(row, 1, from);
    switch (sqlite3_step(row)) {
    case SQLITE_ROW:
        *time = sqlite3_column_int64(row, 0);
        break;
    case SQLITE_DONE:
        status = autan_fail(err, AUTAN_NO_DATA, "%s: holds no reading that late",
                            archive->path);
        break;
    default:
        status = autan_archive_error(archive, err);
        break;
    }
    sqlite3_finalize(row);
    return status;
}
