#include "files/archive_flags.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/archive_db.h"

/* The row of the panel that a reading is part of, as in autan_archive_read_panel; those
 * before the first row count as of it. */
static size_t row_of(const autan_panel *panel, autan_time time)
{
    autan_time late = time - panel->from;
    return late <= 0 ? 0 : (size_t)((late + panel->step_s - 1) / panel->step_s);
}

static autan_status step_once(autan_archive *a, sqlite3_stmt *statement,
                              autan_error *err)
{
    int code = sqlite3_step(statement);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? AUTAN_OK : autan_archive_error(a, err);
}

static void bind_number(sqlite3_stmt *statement, int place, double value)
{
    if (isnan(value))
        sqlite3_bind_null(statement, place);
    else
        sqlite3_bind_double(statement, place, value);
}

static autan_status write_meanings(autan_archive *a, size_t n,
                                   const char *const *meaning, autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    autan_status status = autan_archive_prepare(
        a, "INSERT OR REPLACE INTO flag_meaning (mask, meaning) VALUES (?1, ?2)",
        &statement, err);
    for (size_t k = 0; status == AUTAN_OK && k < n; k++) {
        sqlite3_bind_int64(statement, 1, (sqlite3_int64)1 << k);
        sqlite3_bind_text(statement, 2, meaning[k], -1, SQLITE_STATIC);
        status = step_once(a, statement, err);
    }
    sqlite3_finalize(statement);
    return status;
}

/* Times before the period's first reading, and of its last. */
typedef struct {
    sqlite3_int64 after, until;
} period;

static autan_status forget(autan_archive *a, autan_variable variable, period p,
                           autan_error *err)
{
    char sql[512];
    snprintf(
        sql, sizeof sql,
        "DELETE FROM flag WHERE variable = %d AND time > %lld AND time <= %lld;"
        "DELETE FROM finding WHERE variable = %d AND first > %lld AND first <= %lld;"
        "UPDATE finding SET last = %lld WHERE variable = %d AND first <= %lld "
        "AND last > %lld",
        variable, (long long)p.after, (long long)p.until, variable, (long long)p.after,
        (long long)p.until, (long long)p.after, variable, (long long)p.after,
        (long long)p.after);
    return autan_archive_run(a, sql, err);
}

/* Reads the keys of the period's readings and gives each its flags. */
static autan_status write_masks(autan_archive *a, const autan_flags *flags, period p,
                                const size_t *places, size_t n_places, autan_error *err)
{
    const autan_panel *panel = flags->panel;
    sqlite3_stmt *keys = NULL, *insert = NULL;
    char sql[512];
    int code = SQLITE_DONE;
    autan_status status;
    snprintf(sql, sizeof sql,
             "SELECT time, station FROM reading WHERE time > %lld AND time <= %lld AND "
             "conflict = 0 AND %s IS NOT NULL ORDER BY time, station",
             (long long)p.after, (long long)p.until,
             autan_variable_get(flags->variable)->name);
    status = autan_archive_prepare(a, sql, &keys, err);
    if (status == AUTAN_OK)
        status = autan_archive_prepare(
            a,
            "INSERT OR REPLACE INTO flag (variable, time, station, mask) "
            "VALUES (?1, ?2, ?3, ?4)",
            &insert, err);
    while (status == AUTAN_OK && (code = sqlite3_step(keys)) == SQLITE_ROW) {
        sqlite3_int64 time = sqlite3_column_int64(keys, 0);
        sqlite3_int64 station = sqlite3_column_int64(keys, 1);
        size_t place = station > 0 && (size_t)station < n_places ? places[station] : 0;
        uint32_t mask =
            place ? flags->flag[row_of(panel, time) * panel->n_stations + place - 1]
                  : 0;
        if (mask == 0)
            continue;
        sqlite3_bind_int(insert, 1, flags->variable);
        sqlite3_bind_int64(insert, 2, time);
        sqlite3_bind_int64(insert, 3, station);
        sqlite3_bind_int64(insert, 4, mask);
        status = step_once(a, insert, err);
    }
    if (status == AUTAN_OK && code != SQLITE_DONE)
        status = autan_archive_error(a, err);
    sqlite3_finalize(keys);
    sqlite3_finalize(insert);
    return status;
}

static autan_status write_findings(autan_archive *a,
                                   const autan_station_table *stations,
                                   const autan_flags *flags, period p, autan_error *err)
{
    sqlite3_stmt *insert = NULL;
    autan_status status = autan_archive_prepare(
        a,
        "INSERT INTO finding (variable, first, station, mask, last, value, statistic, "
        "threshold) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &insert, err);
    for (size_t k = 0; status == AUTAN_OK && k < flags->n_findings; k++) {
        const autan_finding *f = &flags->finding[k];
        sqlite3_int64 station = 0;
        if (f->first <= p.after || f->first > p.until)
            continue;
        status = autan_archive_station(a, stations, f->station, &station, err);
        if (status != AUTAN_OK)
            break;
        sqlite3_bind_int(insert, 1, flags->variable);
        sqlite3_bind_int64(insert, 2, f->first);
        sqlite3_bind_int64(insert, 3, station);
        sqlite3_bind_int64(insert, 4, f->mask);
        sqlite3_bind_int64(insert, 5, f->last < p.until ? f->last : p.until);
        bind_number(insert, 6, f->value);
        bind_number(insert, 7, f->statistic);
        bind_number(insert, 8, f->threshold);
        status = step_once(a, insert, err);
    }
    sqlite3_finalize(insert);
    return status;
}

static autan_status note_checked(autan_archive *a, autan_variable variable, period p,
                                 autan_error *err)
{
    char sql[512];
    snprintf(sql, sizeof sql,
             "INSERT INTO checked (variable, first, last, batch) "
             "SELECT %d, %lld, %lld, coalesce(max(id), 0) FROM batch WHERE true "
             "ON CONFLICT (variable) DO UPDATE SET first = min(first, excluded.first), "
             "last = max(last, excluded.last), batch = excluded.batch",
             variable, (long long)p.after + 1, (long long)p.until);
    return autan_archive_run(a, sql, err);
}

autan_status autan_archive_write_flags(autan_archive *archive,
                                       const autan_station_table *stations,
                                       const autan_flags *flags, size_t n_meanings,
                                       const char *const *meaning, autan_error *err)
{
    const autan_panel *panel = flags->panel;
    period p = {autan_panel_time(panel, flags->first) - panel->step_s,
                autan_panel_time(panel, flags->last) - panel->step_s};
    size_t *places = NULL, n_places = 0;
    autan_status status = autan_archive_run(archive, "BEGIN IMMEDIATE", err);
    if (status != AUTAN_OK)
        return status;
    archive->in_batch = true;
    archive->bound = NULL;
    status = autan_archive_places(archive, stations, &places, &n_places, err);
    if (status == AUTAN_OK)
        status = write_meanings(archive, n_meanings, meaning, err);
    if (status == AUTAN_OK)
        status = forget(archive, flags->variable, p, err);
    if (status == AUTAN_OK)
        status = write_masks(archive, flags, p, places, n_places, err);
    if (status == AUTAN_OK)
        status = write_findings(archive, stations, flags, p, err);
    if (status == AUTAN_OK)
        status = note_checked(archive, flags->variable, p, err);
    free(places);
    if (status == AUTAN_OK)
        return autan_archive_commit(archive, err);
    autan_archive_rollback(archive);
    return status;
}

autan_status autan_archive_read_flags(autan_archive *archive,
                                      const autan_station_table *stations,
                                      autan_variable variable, const autan_panel *panel,
                                      uint32_t *flag, autan_error *err)
{
    size_t *places = NULL, n_places = 0;
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    autan_status status =
        autan_archive_places(archive, stations, &places, &n_places, err);
    if (status == AUTAN_OK)
        status = autan_archive_prepare(archive,
                                       "SELECT time, station, mask FROM flag WHERE "
                                       "variable = ?1 AND time > ?2 AND "
                                       "time <= ?3",
                                       &statement, err);
    if (status != AUTAN_OK)
        goto cleanup;
    memset(flag, 0, panel->n_times * panel->n_stations * sizeof *flag);
    sqlite3_bind_int(statement, 1, variable);
    sqlite3_bind_int64(statement, 2, panel->from - panel->step_s);
    sqlite3_bind_int64(statement, 3, autan_panel_time(panel, panel->n_times - 1));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        sqlite3_int64 station = sqlite3_column_int64(statement, 1);
        size_t place = station > 0 && (size_t)station < n_places ? places[station] : 0;
        size_t row = row_of(panel, sqlite3_column_int64(statement, 0));
        if (place)
            flag[row * panel->n_stations + place - 1] |=
                (uint32_t)sqlite3_column_int64(statement, 2);
    }
    if (code != SQLITE_DONE)
        status = autan_archive_error(archive, err);
cleanup:
    sqlite3_finalize(statement);
    free(places);
    return status;
}

autan_status autan_archive_checked(autan_archive *archive, autan_variable variable,
                                   autan_time *last, size_t *batches_since,
                                   autan_error *err)
{
    sqlite3_stmt *statement = NULL;
    autan_status status = autan_archive_prepare(
        archive,
        "SELECT last, (SELECT count(*) FROM batch WHERE id > checked.batch) "
        "FROM checked WHERE variable = ?1",
        &statement, err);
    if (status != AUTAN_OK)
        return status;
    sqlite3_bind_int(statement, 1, variable);
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        *last = sqlite3_column_int64(statement, 0);
        *batches_since = (size_t)sqlite3_column_int64(statement, 1);
        break;
    case SQLITE_DONE:
        status = autan_fail(err, AUTAN_NO_DATA, "%s: %s was never checked; run qc",
                            archive->path, autan_variable_get(variable)->name);
        break;
    default:
        status = autan_archive_error(archive, err);
        break;
    }
    sqlite3_finalize(statement);
    return status;
}

static const int usual_steps[] = {60, 300, 360, 600, 720, 900, 1200, 1800, 3600};
enum { STEPS = sizeof usual_steps / sizeof *usual_steps, STEP_SAMPLE = 200000 };

static size_t nearest_step(sqlite3_int64 seconds)
{
    size_t best = 0;
    for (size_t k = 1; k < STEPS; k++) {
        if (llabs(seconds - usual_steps[k]) < llabs(seconds - usual_steps[best]))
            best = k;
    }
    return best;
}

autan_status autan_archive_step(autan_archive *archive, autan_time from, autan_time to,
                                int *step_s, autan_error *err)
{
    size_t count[STEPS] = {0}, best = 0;
    sqlite3_stmt *statement = NULL;
    int code = SQLITE_DONE;
    autan_status status = autan_archive_prepare(
        archive,
        "SELECT time - lag(time) OVER (PARTITION BY station ORDER BY time) FROM "
        "(SELECT time, station FROM reading WHERE time >= ?1 AND time <= ?2 AND "
        "version = 0 LIMIT ?3)",
        &statement, err);
    if (status != AUTAN_OK)
        return status;
    sqlite3_bind_int64(statement, 1, from);
    sqlite3_bind_int64(statement, 2, to);
    sqlite3_bind_int(statement, 3, STEP_SAMPLE);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        if (sqlite3_column_type(statement, 0) != SQLITE_NULL)
            count[nearest_step(sqlite3_column_int64(statement, 0))]++;
    }
    for (size_t k = 1; k < STEPS; k++)
        best = count[k] > count[best] ? k : best;
    if (code != SQLITE_DONE)
        status = autan_archive_error(archive, err);
    else if (count[best] == 0)
        status =
            autan_fail(err, AUTAN_NO_DATA,
                       "%s: no station has two readings in the period", archive->path);
    else
        *step_s = usual_steps[best];
    sqlite3_finalize(statement);
    return status;
}
