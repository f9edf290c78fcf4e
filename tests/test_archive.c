/* The archive: versions, conflicts and panels, seen by SQLite itself; crashes, full
 * disks, locks and files that are no archive. */
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "files/archive.h"
#include "files/archive_flags.h"
#include "support.h"

enum { NOON = 1561896000, HOUR = 3600 }; /* date -u -d 2019-06-30T12:00Z +%s */

static autan_error err;
static autan_station station[] = {
    {.id = (char *)"a"}, {.id = (char *)"b"}, {.id = (char *)"c"}};
static const autan_station_table stations = {.n = 3, .station = station};

static const char *folder(void)
{
    return temporary("archive");
}

static autan_archive *open_good(autan_archive_mode mode)
{
    autan_archive *archive = NULL;
    ck_assert_msg(autan_archive_open(folder(), mode, &archive, &err) == AUTAN_OK, "%s",
                  err.text);
    return archive;
}

static autan_archive *open_new(void)
{
    make_folder("archive");
    return open_good(AUTAN_ARCHIVE_WRITE);
}

static void expect_unopened(autan_archive_mode mode, autan_status status,
                            const char *part)
{
    autan_archive *archive = (autan_archive *)&archive;
    ck_assert_int_eq(autan_archive_open(folder(), mode, &archive, &err), status);
    assert_error(&err, status, folder(), part);
    ck_assert_ptr_eq(archive, &archive);
}

/* Air temperature and humidity, NaN where missing, at that many seconds after noon. */
static autan_observation reading(int after_s, size_t place, double temperature,
                                 double humidity)
{
    autan_observation o = {.time = NOON + after_s, .station = place};
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        o.value[v] = NAN;
    o.value[AUTAN_AIR_TEMPERATURE] = temperature;
    o.value[AUTAN_RELATIVE_HUMIDITY] = humidity;
    return o;
}

static void begin(autan_archive *archive, const char *source)
{
    ck_assert_msg(autan_archive_begin(archive, source, &err) == AUTAN_OK, "%s",
                  err.text);
}

static autan_row_outcome add(autan_archive *archive, autan_observation row)
{
    autan_row_outcome outcome = AUTAN_ROW_OUTCOMES;
    ck_assert_msg(autan_archive_add(archive, &stations, &row, &outcome, &err) ==
                      AUTAN_OK,
                  "%s", err.text);
    return outcome;
}

static void commit(autan_archive *archive)
{
    ck_assert_msg(autan_archive_commit(archive, &err) == AUTAN_OK, "%s", err.text);
}

/* One batch of one row. */
static autan_row_outcome ingest(autan_archive *archive, autan_observation row)
{
    autan_row_outcome outcome;
    begin(archive, "one");
    outcome = add(archive, row);
    commit(archive);
    return outcome;
}

/* What SQLite itself answers: columns joined by |, rows by ;, for the caller to free().
 */
static char *ask(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    char path[SUPPORT_PATH + 32], *text = calloc(1, 1 << 16);
    size_t length = 0;
    int code;
    snprintf(path, sizeof path, "%s/autan.sqlite", folder());
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "%s",
                  sqlite3_errmsg(db));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        for (int k = 0; k < sqlite3_column_count(statement); k++) {
            const char *field = (const char *)sqlite3_column_text(statement, k);
            length += (size_t)snprintf(text + length, (1 << 16) - length, "%s%s",
                                       k        ? "|"
                                       : length ? ";"
                                                : "",
                                       field ? field : "-");
        }
    }
    ck_assert_msg(code == SQLITE_DONE, "%s", sqlite3_errmsg(db));
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return text;
}

static void expect_answer(const char *sql, const char *answer)
{
    char *text = ask(sql);
    ck_assert_msg(strcmp(text, answer) == 0, "%s: '%s', expected '%s'", sql, text,
                  answer);
    free(text);
}

/* Changes the archive behind the library's back. */
static void meddle(const char *sql)
{
    sqlite3 *db;
    char path[SUPPORT_PATH + 32];
    snprintf(path, sizeof path, "%s/autan.sqlite", folder());
    ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s",
                  sqlite3_errmsg(db));
    sqlite3_close(db);
}

/* The only hour of the panel that ends at noon, of one station; NaN where missing. */
static double at_noon(autan_archive *archive, autan_variable variable, size_t place)
{
    autan_panel panel;
    double value;
    ck_assert_int_eq(autan_panel_make(NOON, NOON, HOUR, stations.n, &panel), AUTAN_OK);
    ck_assert_msg(autan_archive_read_panel(archive, &stations, variable,
                                           (autan_reading_choice){0}, &panel, NULL,
                                           &err) == AUTAN_OK,
                  "%s", err.text);
    value = panel.value[place];
    autan_panel_clear(&panel);
    return value;
}

static const char all_readings[] =
    "SELECT time - 1561896000, name, version, conflict, air_temperature, "
    "relative_humidity "
    "FROM reading JOIN station ON station.id = station ORDER BY time, name, version";

/* Rows */

START_TEST(a_new_archive_is_what_the_formats_say)
{
    autan_archive *archive = open_new();
    autan_archive_close(archive);
    expect_answer("PRAGMA application_id", "1098216558"); /* 0x4175746e */
    expect_answer("PRAGMA journal_mode", "wal");
    expect_answer("PRAGMA integrity_check", "ok");
    expect_answer("SELECT count(*) FROM reading", "0");
    expect_answer("SELECT count(*) FROM batch", "0");
}
END_TEST

START_TEST(rows_are_stored_as_they_came)
{
    autan_archive *archive = open_new();
    begin(archive, "file \xc3\xa9.csv");
    ck_assert_int_eq(add(archive, reading(0, 1, 0.1, NAN)), AUTAN_ROW_NEW);
    ck_assert_int_eq(add(archive, reading(-900, 0, -500, 40)), AUTAN_ROW_NEW);
    commit(archive);
    autan_archive_close(archive);
    expect_answer(all_readings, "-900|a|0|0|-500.0|40.0;0|b|0|0|0.1|-");
    expect_answer("SELECT source FROM batch", "file \xc3\xa9.csv");
    expect_answer("SELECT abs(received - strftime('%s', 'now')) < 60 FROM batch", "1");
    expect_answer("SELECT count(*) FROM station", "2"); /* those that have readings */
}
END_TEST

START_TEST(the_same_rows_again_change_nothing)
{
    autan_archive *archive = open_new();
    char *before = NULL, *after;
    for (int round = 0; round < 3; round++) {
        begin(archive, "same.csv");
        for (int k = 0; k < 50; k++)
            ck_assert_int_eq(add(archive, reading(k * 60, (size_t)k % 3, k / 7.0, NAN)),
                             round == 0 ? AUTAN_ROW_NEW : AUTAN_ROW_KNOWN);
        ck_assert_int_eq(add(archive, reading(0, 0, 0, NAN)), AUTAN_ROW_KNOWN);
        commit(archive);
        after = ask(all_readings);
        if (before)
            ck_assert_str_eq(after, before);
        free(before);
        before = after;
    }
    free(before);
    autan_archive_close(archive);
}
END_TEST

START_TEST(a_correction_is_a_further_version_and_the_newest_is_used)
{
    autan_archive *archive = open_new();
    ck_assert_int_eq(ingest(archive, reading(0, 0, 20, 50)), AUTAN_ROW_NEW);
    ck_assert_int_eq(ingest(archive, reading(0, 0, 21, 50)), AUTAN_ROW_CORRECTED);
    ck_assert_int_eq(ingest(archive, reading(0, 0, 22, NAN)), AUTAN_ROW_CORRECTED);
    ck_assert_double_eq(at_noon(archive, AUTAN_AIR_TEMPERATURE, 0), 22);
    ck_assert_double_eq(at_noon(archive, AUTAN_RELATIVE_HUMIDITY, 0), 50);
    /* What came before does not come into use again. */
    ck_assert_int_eq(ingest(archive, reading(0, 0, 20, 50)), AUTAN_ROW_KNOWN);
    ck_assert_double_eq(at_noon(archive, AUTAN_AIR_TEMPERATURE, 0), 22);
    autan_archive_close(archive);
    expect_answer(all_readings, "0|a|0|0|20.0|50.0;0|a|1|0|21.0|-;0|a|2|0|22.0|-");
    expect_answer("SELECT count(DISTINCT batch) FROM reading", "3");
}
END_TEST

START_TEST(further_variables_complete_a_row)
{
    autan_archive *archive = open_new();
    ingest(archive, reading(0, 0, 20, NAN));
    ck_assert_int_eq(ingest(archive, reading(0, 0, NAN, 50)), AUTAN_ROW_COMPLETED);
    begin(archive, "one batch");
    add(archive, reading(60, 0, 20, NAN));
    ck_assert_int_eq(add(archive, reading(60, 0, NAN, 50)), AUTAN_ROW_COMPLETED);
    commit(archive);
    ck_assert_double_eq(at_noon(archive, AUTAN_AIR_TEMPERATURE, 0), 20);
    ck_assert_double_eq(at_noon(archive, AUTAN_RELATIVE_HUMIDITY, 0), 50);
    autan_archive_close(archive);
    expect_answer("SELECT count(*), sum(conflict) FROM reading", "4|0");
}
END_TEST

START_TEST(a_second_value_of_one_batch_is_a_conflict_kept_and_not_used)
{
    autan_archive *archive = open_new();
    begin(archive, "twice.csv");
    add(archive, reading(0, 0, 20, NAN));
    ck_assert_int_eq(add(archive, reading(0, 0, 25, NAN)), AUTAN_ROW_CONFLICT);
    commit(archive);
    ck_assert_double_eq(at_noon(archive, AUTAN_AIR_TEMPERATURE, 0), 20);
    ck_assert_int_eq(ingest(archive, reading(0, 0, 30, NAN)), AUTAN_ROW_CORRECTED);
    ck_assert_double_eq(at_noon(archive, AUTAN_AIR_TEMPERATURE, 0), 30);
    autan_archive_close(archive);
    expect_answer(all_readings, "0|a|0|0|20.0|-;0|a|1|1|25.0|-;0|a|2|0|30.0|-");
}
END_TEST

START_TEST(what_a_conflicting_row_brings_besides_is_used)
{
    autan_archive *archive = open_new();
    begin(archive, "twice.csv");
    add(archive, reading(0, 0, 20, NAN));
    ck_assert_int_eq(add(archive, reading(0, 0, 25, 50)), AUTAN_ROW_CONFLICT);
    ck_assert_int_eq(add(archive, reading(0, 0, 25, 50)), AUTAN_ROW_KNOWN);
    commit(archive);
    ck_assert_double_eq(at_noon(archive, AUTAN_AIR_TEMPERATURE, 0), 20);
    ck_assert_double_eq(at_noon(archive, AUTAN_RELATIVE_HUMIDITY, 0), 50);
    autan_archive_close(archive);
}
END_TEST

START_TEST(a_batch_rolled_back_or_left_open_leaves_nothing)
{
    autan_archive *archive = open_new();
    ingest(archive, reading(0, 0, 20, NAN));
    begin(archive, "undone");
    add(archive, reading(60, 1, 20, NAN));
    autan_archive_rollback(archive);
    ck_assert_int_eq(ingest(archive, reading(120, 2, 20, NAN)), AUTAN_ROW_NEW);
    begin(archive, "left open");
    add(archive, reading(180, 1, 20, NAN));
    autan_archive_close(archive);
    autan_archive_close(NULL);
    expect_answer(all_readings, "0|a|0|0|20.0|-;120|c|0|0|20.0|-");
    expect_answer("SELECT count(*) FROM batch", "2");
}
END_TEST

/* Panels */

START_TEST(an_hour_is_the_mean_of_the_readings_up_to_and_including_its_end)
{
    autan_archive *archive = open_new();
    autan_panel panel;
    begin(archive, "b");
    add(archive, reading(-HOUR, 0, 1, NAN));
    add(archive, reading(-HOUR + 1, 0, 2, NAN));
    add(archive, reading(-1, 0, 4, NAN));
    add(archive, reading(0, 0, 9, NAN));
    add(archive, reading(1, 0, 16, NAN));
    add(archive, reading(HOUR, 2, -8, NAN));
    add(archive, reading(HOUR + 1, 2, 50, NAN));
    commit(archive);
    ck_assert_int_eq(autan_panel_make(NOON, NOON + HOUR, HOUR, 3, &panel), AUTAN_OK);
    ck_assert_int_eq(autan_archive_read_panel(archive, &stations, AUTAN_AIR_TEMPERATURE,
                                              (autan_reading_choice){0}, &panel, NULL,
                                              &err),
                     AUTAN_OK);
    ck_assert_double_eq(panel.value[0], 5); /* (2 + 4 + 9) / 3 */
    ck_assert_double_nan(panel.value[1]);
    ck_assert_double_nan(panel.value[2]);
    ck_assert_double_eq(panel.value[3], 16);
    ck_assert_double_nan(panel.value[4]);
    ck_assert_double_eq(panel.value[5], -8);
    autan_panel_clear(&panel);
    autan_archive_close(archive);
}
END_TEST

START_TEST(implausible_readings_and_strangers_are_left_aside_and_counted)
{
    static autan_station known[] = {{.id = (char *)"z"}, {.id = (char *)"b"}};
    const autan_station_table others = {.n = 2, .station = known};
    autan_archive *archive = open_new();
    autan_panel_losses losses = {9, 9, 9};
    autan_panel panel;
    begin(archive, "b");
    add(archive, reading(0, 0, 20, NAN)); /* a is not in the other table */
    add(archive, reading(-60, 1, 60.1, NAN));
    add(archive, reading(0, 1, 60, NAN));
    commit(archive);
    ck_assert_int_eq(autan_panel_make(NOON, NOON, HOUR, 2, &panel), AUTAN_OK);
    ck_assert_int_eq(autan_archive_read_panel(archive, &others, AUTAN_AIR_TEMPERATURE,
                                              (autan_reading_choice){0}, &panel,
                                              &losses, &err),
                     AUTAN_OK);
    ck_assert_uint_eq(losses.unknown, 1);
    ck_assert_uint_eq(losses.implausible, 1);
    ck_assert_uint_eq(losses.flagged, 0);
    ck_assert_double_nan(panel.value[0]);
    ck_assert_double_eq(panel.value[1], 60);
    ck_assert_int_eq(
        autan_archive_read_panel(archive, &others, AUTAN_AIR_TEMPERATURE,
                                 (autan_reading_choice){.implausible = true}, &panel,
                                 NULL, &err),
        AUTAN_OK);
    ck_assert_double_eq(panel.value[1], 60.05);
    autan_panel_clear(&panel);
    autan_archive_close(archive);
}
END_TEST

START_TEST(flagged_readings_are_refused_until_they_are_corrected)
{
    static const char *const meaning[] = {"one", "two"};
    const uint32_t mask[3] = {2, 0, 1};
    autan_archive *archive = open_new();
    autan_panel panel;
    autan_panel_losses losses;
    autan_flags flags = {
        .variable = AUTAN_AIR_TEMPERATURE, .panel = &panel, .flag = mask, .last = 1};
    begin(archive, "b");
    for (size_t i = 0; i < 3; i++)
        add(archive, reading(0, i, 20, NAN));
    commit(archive);
    ck_assert_int_eq(autan_panel_make(NOON, NOON, HOUR, 3, &panel), AUTAN_OK);
    ck_assert_msg(autan_archive_write_flags(archive, &stations, &flags, 2, meaning,
                                            &err) == AUTAN_OK,
                  "%s", err.text);
    for (int corrected = 0; corrected < 2; corrected++) {
        for (size_t i = 0; i < 3; i++)
            panel.value[i] = NAN;
        ck_assert_int_eq(autan_archive_read_panel(archive, &stations,
                                                  AUTAN_AIR_TEMPERATURE,
                                                  (autan_reading_choice){.refused = 2},
                                                  &panel, &losses, &err),
                         AUTAN_OK);
        ck_assert_uint_eq(losses.flagged, corrected ? 0 : 1);
        ck_assert_int_eq(isnan(panel.value[0]), !corrected);
        ck_assert_double_eq(panel.value[2], 20);
        if (!corrected)
            ck_assert_int_eq(ingest(archive, reading(0, 0, 19, NAN)),
                             AUTAN_ROW_CORRECTED);
    }
    autan_panel_clear(&panel);
    autan_archive_close(archive);
}
END_TEST

/* A correction of one variable, and rows that have one of them only. */
START_TEST(variables_read_in_one_pass_are_those_read_alone)
{
    autan_archive *archive = open_new();
    autan_panel panel[3];
    autan_panel_request request[3] = {{.variable = AUTAN_AIR_TEMPERATURE},
                                      {.variable = AUTAN_RELATIVE_HUMIDITY},
                                      {.variable = AUTAN_WIND_SPEED}};
    begin(archive, "b");
    add(archive, reading(-60, 0, 19, NAN));
    add(archive, reading(0, 0, 21, 50));
    add(archive, reading(0, 1, NAN, 60));
    commit(archive);
    ck_assert_int_eq(ingest(archive, reading(0, 0, 23, NAN)), AUTAN_ROW_CORRECTED);
    for (size_t k = 0; k < 3; k++) {
        request[k].panel = &panel[k];
        ck_assert_int_eq(autan_panel_make(NOON, NOON, HOUR, stations.n, &panel[k]),
                         AUTAN_OK);
    }
    ck_assert_int_eq(autan_archive_read_panels(archive, &stations, 3, request, &err),
                     AUTAN_OK);
    ck_assert_double_eq(panel[0].value[0], 21); /* (19 + 23) / 2 */
    ck_assert_double_nan(panel[0].value[1]);
    ck_assert_double_eq(panel[1].value[0], 50);
    ck_assert_double_eq(panel[1].value[1], 60);
    ck_assert_uint_eq(request[0].taken, 2);
    ck_assert_uint_eq(request[1].taken, 2);
    ck_assert_uint_eq(request[2].taken, 0);
    for (size_t k = 0; k < 3; k++)
        autan_panel_clear(&panel[k]);
    autan_archive_close(archive);
}
END_TEST

START_TEST(the_period_is_that_of_the_variable)
{
    autan_archive *archive = open_new();
    autan_time first = 1, last = 2;
    ck_assert_int_eq(
        autan_archive_period(archive, AUTAN_AIR_TEMPERATURE, &first, &last, &err),
        AUTAN_NO_DATA);
    assert_error(&err, AUTAN_NO_DATA, folder(), "air_temperature");
    ck_assert_int_eq(first, 1);
    ck_assert_int_eq(last, 2);
    begin(archive, "b");
    add(archive, reading(500, 0, NAN, 50));
    add(archive, reading(300, 0, 20, NAN));
    add(archive, reading(400, 1, 20, NAN));
    add(archive, reading(100, 1, NAN, 20));
    commit(archive);
    ck_assert_int_eq(
        autan_archive_period(archive, AUTAN_AIR_TEMPERATURE, &first, &last, &err),
        AUTAN_OK);
    ck_assert_int_eq(first, NOON + 300);
    ck_assert_int_eq(last, NOON + 400);
    autan_archive_close(archive);
}
END_TEST

/* Refused */

START_TEST(what_is_no_archive_is_told_apart)
{
    autan_archive *archive;
    make_folder("archive");
    expect_unopened(AUTAN_ARCHIVE_READ, AUTAN_NOT_FOUND, "run ingest first");
    expect_unopened(AUTAN_ARCHIVE_CHANGE, AUTAN_NOT_FOUND, "run ingest first");
    write_text("archive/autan.sqlite", "");
    expect_unopened(AUTAN_ARCHIVE_READ, AUTAN_NO_DATA, "is empty");
    write_text("archive/autan.sqlite", "time,station,air_temperature\n");
    expect_unopened(AUTAN_ARCHIVE_READ, AUTAN_BAD_FORMAT, "damaged or not an archive");
    expect_unopened(AUTAN_ARCHIVE_WRITE, AUTAN_BAD_FORMAT, "damaged or not an archive");
    unlink(temporary("archive/autan.sqlite"));
    meddle("CREATE TABLE reading (x)");
    expect_unopened(AUTAN_ARCHIVE_READ, AUTAN_BAD_FORMAT, "not an Autan archive");
    expect_unopened(AUTAN_ARCHIVE_WRITE, AUTAN_BAD_FORMAT, "not an Autan archive");
    make_folder("archive");
    archive = open_good(AUTAN_ARCHIVE_WRITE);
    autan_archive_close(archive);
    meddle("PRAGMA user_version = 99");
    expect_unopened(AUTAN_ARCHIVE_READ, AUTAN_BAD_FORMAT, "archive version 99");
    expect_unopened(AUTAN_ARCHIVE_WRITE, AUTAN_BAD_FORMAT, "archive version 99");
    make_folder("archive");
    make_folder("archive/autan.sqlite");
    expect_unopened(AUTAN_ARCHIVE_WRITE, AUTAN_IO, "autan.sqlite");
    make_folder("archive");
    rmdir(folder());
    write_text("archive", "");
    expect_unopened(AUTAN_ARCHIVE_WRITE, AUTAN_IO, "cannot make the archive folder");
    unlink(folder());
    ck_assert_int_eq(autan_archive_open(folder(), AUTAN_ARCHIVE_READ, &archive, NULL),
                     AUTAN_NOT_FOUND);
}
END_TEST

START_TEST(a_folder_that_is_missing_is_made)
{
    autan_archive *archive;
    make_folder("archive");
    ck_assert_int_eq(autan_archive_open(temporary("archive/deep/er"),
                                        AUTAN_ARCHIVE_WRITE, &archive, &err),
                     AUTAN_OK);
    autan_archive_close(archive);
    ck_assert_int_eq(access(temporary("archive/deep/er/autan.sqlite"), F_OK), 0);
}
END_TEST

static autan_status read_all(autan_archive *archive)
{
    autan_panel panel;
    autan_status status;
    ck_assert_int_eq(autan_panel_make(NOON, NOON + 10 * HOUR, HOUR, 3, &panel),
                     AUTAN_OK);
    status = autan_archive_read_panel(archive, &stations, AUTAN_AIR_TEMPERATURE,
                                      (autan_reading_choice){0}, &panel, NULL, &err);
    autan_panel_clear(&panel);
    return status;
}

static void fill(autan_archive *archive, int rows)
{
    begin(archive, "fill");
    for (int k = 0; k < rows; k++)
        add(archive, reading(k * 10, (size_t)k % 3, k % 30, k % 100));
    commit(archive);
}

START_TEST(a_damaged_archive_is_an_error_and_never_a_crash)
{
    size_t length;
    char *bytes;
    unsigned refused = 0;
    autan_archive *whole = open_new();
    fill(whole, 2000);
    autan_archive_close(whole);
    meddle("PRAGMA wal_checkpoint(TRUNCATE)");
    bytes = read_file(temporary("archive/autan.sqlite"), &length);
    for (size_t at = 100; at + 600 < length; at += 1777) {
        autan_archive *archive;
        autan_status status;
        char kept[600];
        memcpy(kept, bytes + at, sizeof kept);
        memset(bytes + at, 0xa5, sizeof kept);
        make_folder("archive");
        write_bytes("archive/autan.sqlite", bytes, length);
        memcpy(bytes + at, kept, sizeof kept);
        status = autan_archive_open(folder(), AUTAN_ARCHIVE_READ, &archive, &err);
        if (status == AUTAN_OK) {
            status = read_all(archive);
            autan_archive_close(archive);
        }
        ck_assert_msg(status == AUTAN_OK || status == AUTAN_BAD_FORMAT, "%d: %s",
                      status, err.text);
        refused += status == AUTAN_BAD_FORMAT;
    }
    ck_assert_uint_gt(refused, 10);
    make_folder("archive");
    write_bytes("archive/autan.sqlite", bytes, length / 2);
    free(bytes);
    expect_unopened(AUTAN_ARCHIVE_WRITE, AUTAN_BAD_FORMAT, "damaged");
}
END_TEST

/* Numbers that no archive of ours has. */
START_TEST(station_numbers_out_of_place_are_refused)
{
    static const char *const sql[] = {
        "INSERT INTO station VALUES (3, 'b'), (-5, 'a')",
        "INSERT INTO station VALUES (4000000000, 'a')",
        "INSERT INTO reading (time, station, version, batch, conflict, "
        "air_temperature) "
        "VALUES (1561896000, 12, 0, 1, 0, 20)",
        "INSERT INTO reading (time, station, version, batch, conflict, "
        "air_temperature) "
        "VALUES (1561896000, -1, 0, 1, 0, 20)",
    };
    autan_archive *archive = open_new();
    autan_archive_close(archive);
    meddle(sql[_i]);
    archive = open_good(AUTAN_ARCHIVE_READ);
    ck_assert_int_eq(read_all(archive), AUTAN_BAD_FORMAT);
    assert_error(&err, AUTAN_BAD_FORMAT, folder(), "is damaged", "station number");
    autan_archive_close(archive);
}
END_TEST

/* Another process */

START_TEST(a_second_writer_is_told_of_the_lock_and_readers_are_not_disturbed)
{
    autan_archive *first = open_new(), *second, *reader;
    ingest(first, reading(0, 0, 20, NAN));
    begin(first, "long");
    add(first, reading(0, 0, 30, NAN));
    reader = open_good(AUTAN_ARCHIVE_READ);
    second = open_good(AUTAN_ARCHIVE_WRITE);
    ck_assert_double_eq(at_noon(reader, AUTAN_AIR_TEMPERATURE, 0), 20);
    ck_assert_int_eq(autan_archive_begin(second, "x", &err), AUTAN_LOCKED);
    assert_error(&err, AUTAN_LOCKED, folder(), "another process is writing");
    commit(first);
    ck_assert_double_eq(at_noon(reader, AUTAN_AIR_TEMPERATURE, 0), 30);
    ck_assert_int_eq(ingest(second, reading(0, 0, 40, NAN)), AUTAN_ROW_CORRECTED);
    ck_assert_double_eq(at_noon(reader, AUTAN_AIR_TEMPERATURE, 0), 40);
    autan_archive_close(first);
    autan_archive_close(second);
    autan_archive_close(reader);
}
END_TEST

/* One row by a process of its own. The lock may last on a slow disk, as it is told
 * after the seconds that a writer waits for it; told at once, it would be a defect. */
static autan_status add_patiently(int k)
{
    autan_status status;
    time_t asked;
    do {
        autan_archive *archive = NULL;
        autan_observation row = reading(k, (size_t)k % 3, k, NAN);
        autan_row_outcome outcome;
        asked = time(NULL);
        status = autan_archive_open(folder(), AUTAN_ARCHIVE_WRITE, &archive, &err);
        if (status == AUTAN_OK)
            status = autan_archive_begin(archive, "x", &err);
        if (status == AUTAN_OK)
            status = autan_archive_add(archive, &stations, &row, &outcome, &err);
        if (status == AUTAN_OK)
            status = autan_archive_commit(archive, &err);
        autan_archive_close(archive);
    } while (status == AUTAN_LOCKED && time(NULL) - asked >= 4);
    return status;
}

START_TEST(processes_that_make_the_same_archive_at_once_all_succeed)
{
    enum { PROCESSES = 8 };
    pid_t child[PROCESSES];
    make_folder("archive");
    for (int k = 0; k < PROCESSES; k++) {
        child[k] = fork();
        if (child[k] == 0) {
            const autan_status status = add_patiently(k);
            if (status != AUTAN_OK)
                printf("%s\n", err.text);
            fflush(stdout);
            _exit(status);
        }
    }
    for (int k = 0; k < PROCESSES; k++) {
        int code;
        ck_assert_int_eq(waitpid(child[k], &code, 0), child[k]);
        ck_assert_int_eq(code, 0);
    }
    expect_answer("SELECT count(*), count(DISTINCT batch) FROM reading", "8|8");
}
END_TEST

/* Batches of ROWS rows, each told through the pipe once it is safe. */
enum { ROWS = 20 };

/* Without Check's macros: they write to a file that this process shares with the test,
 * and it is killed at any moment. */
static void write_for_ever(int told)
{
    autan_archive *archive;
    int bad =
        autan_archive_open(folder(), AUTAN_ARCHIVE_WRITE, &archive, &err) != AUTAN_OK;
    for (int batch = 0; !bad; batch++) {
        bad = autan_archive_begin(archive, "batch", &err) != AUTAN_OK;
        for (int k = 0; !bad && k < ROWS; k++) {
            const autan_observation row =
                reading(batch * 1000 + k, (size_t)k % 3, k, NAN);
            autan_row_outcome outcome;
            bad =
                autan_archive_add(archive, &stations, &row, &outcome, &err) != AUTAN_OK;
        }
        bad = bad || autan_archive_commit(archive, &err) != AUTAN_OK ||
              write(told, "x", 1) != 1;
    }
    _exit(1);
}

START_TEST(a_killed_ingest_keeps_every_acknowledged_batch_and_no_half_one)
{
    uint64_t state = 77;
    for (int trial = 0; trial < 20; trial++) {
        int told[2], acknowledged = 0, code;
        char byte, want[100];
        pid_t child;
        autan_archive *archive = open_new();
        autan_archive_close(archive);
        ck_assert_int_eq(pipe(told), 0);
        child = fork();
        if (child == 0)
            write_for_ever(told[1]);
        close(told[1]);
        ck_assert_int_eq(read(told[0], &byte, 1), 1);
        usleep((unsigned)(20000 * uniform(&state)));
        kill(child, SIGKILL);
        ck_assert_int_eq(waitpid(child, &code, 0), child);
        ck_assert(WIFSIGNALED(code));
        for (acknowledged = 1; read(told[0], &byte, 1) == 1;)
            acknowledged++;
        close(told[0]);
        expect_answer("PRAGMA integrity_check", "ok");
        expect_answer(
            "SELECT count(*) FROM (SELECT count(*) AS n FROM reading GROUP BY batch)"
            " WHERE n <> 20",
            "0");
        /* One more may have been safe and not yet told. */
        snprintf(want, sizeof want,
                 "SELECT count(DISTINCT batch) IN (%d, %d) FROM reading", acknowledged,
                 acknowledged + 1);
        expect_answer(want, "1");
        archive = open_good(AUTAN_ARCHIVE_WRITE);
        ck_assert_int_eq(ingest(archive, reading(0, 0, 0, NAN)), AUTAN_ROW_KNOWN);
        autan_archive_close(archive);
    }
}
END_TEST

/* Disks */

static void expect_full(autan_archive *archive)
{
    autan_status status = AUTAN_OK;
    int batches = 0;
    char want[64];
    for (; status == AUTAN_OK && batches < 2000; batches++) {
        begin(archive, "b");
        for (int k = 0; k < 100 && status == AUTAN_OK; k++) {
            autan_observation row = reading(batches * 100 + k, 0, k, k);
            autan_row_outcome outcome;
            status = autan_archive_add(archive, &stations, &row, &outcome, &err);
        }
        if (status == AUTAN_OK)
            status = autan_archive_commit(archive, &err);
        else
            autan_archive_rollback(archive);
    }
    ck_assert_int_eq(status, AUTAN_IO);
    assert_error(&err, AUTAN_IO, folder(), "disk");
    ck_assert_int_eq(read_all(archive), AUTAN_OK);
    autan_archive_close(archive);
    snprintf(want, sizeof want, "%d", (batches - 1) * 100);
    expect_answer("SELECT count(*) FROM reading", want);
}

START_TEST(a_full_disk_is_an_error_and_what_was_safe_is_safe)
{
    make_folder("archive");
    if (mount_small_disk(folder(), 1 << 20))
        expect_full(open_good(AUTAN_ARCHIVE_WRITE));
}
END_TEST

START_TEST(a_file_that_cannot_grow_is_an_error_and_what_was_safe_is_safe)
{
    autan_archive *archive = open_new();
    limit_file_size(1 << 20);
    expect_full(archive);
}
END_TEST

START_TEST(an_archive_on_a_read_only_disk_is_read)
{
    autan_archive *archive;
    make_folder("archive");
    if (!mount_small_disk(folder(), 1 << 20))
        return;
    archive = open_good(AUTAN_ARCHIVE_WRITE);
    ingest(archive, reading(0, 0, 20, NAN));
    autan_archive_close(archive);
    ck_assert_int_eq(mount(NULL, folder(), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    archive = open_good(AUTAN_ARCHIVE_READ);
    ck_assert_double_eq(at_noon(archive, AUTAN_AIR_TEMPERATURE, 0), 20);
    autan_archive_close(archive);
    expect_unopened(AUTAN_ARCHIVE_WRITE, AUTAN_IO, "");
}
END_TEST

/* A writer could come at any moment, whom SQLite could not notice. */
START_TEST(an_archive_in_a_folder_of_somebody_else_is_told)
{
    autan_archive *archive = open_new();
    ingest(archive, reading(0, 0, 20, NAN));
    autan_archive_close(archive);
    ck_assert_int_eq(chmod(folder(), 0555), 0);
    be_nobody();
    expect_unopened(AUTAN_ARCHIVE_READ, AUTAN_IO, "have to be writable");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("archive");
    TCase *rows = tcase_create("rows"), *panels = tcase_create("panels"),
          *refused = tcase_create("refused"), *processes = tcase_create("processes"),
          *disks = tcase_create("disks");
    tcase_add_test(rows, a_new_archive_is_what_the_formats_say);
    tcase_add_test(rows, rows_are_stored_as_they_came);
    tcase_add_test(rows, the_same_rows_again_change_nothing);
    tcase_add_test(rows, a_correction_is_a_further_version_and_the_newest_is_used);
    tcase_add_test(rows, further_variables_complete_a_row);
    tcase_add_test(rows, a_second_value_of_one_batch_is_a_conflict_kept_and_not_used);
    tcase_add_test(rows, what_a_conflicting_row_brings_besides_is_used);
    tcase_add_test(rows, a_batch_rolled_back_or_left_open_leaves_nothing);
    suite_add_tcase(suite, rows);
    tcase_add_test(panels,
                   an_hour_is_the_mean_of_the_readings_up_to_and_including_its_end);
    tcase_add_test(panels,
                   implausible_readings_and_strangers_are_left_aside_and_counted);
    tcase_add_test(panels, flagged_readings_are_refused_until_they_are_corrected);
    tcase_add_test(panels, variables_read_in_one_pass_are_those_read_alone);
    tcase_add_test(panels, the_period_is_that_of_the_variable);
    suite_add_tcase(suite, panels);
    tcase_set_timeout(refused, 300);
    tcase_add_test(refused, what_is_no_archive_is_told_apart);
    tcase_add_test(refused, a_folder_that_is_missing_is_made);
    tcase_add_test(refused, a_damaged_archive_is_an_error_and_never_a_crash);
    tcase_add_loop_test(refused, station_numbers_out_of_place_are_refused, 0, 4);
    suite_add_tcase(suite, refused);
    tcase_set_timeout(processes, 600);
    tcase_add_test(processes,
                   a_second_writer_is_told_of_the_lock_and_readers_are_not_disturbed);
    tcase_add_test(processes, processes_that_make_the_same_archive_at_once_all_succeed);
    tcase_add_test(processes,
                   a_killed_ingest_keeps_every_acknowledged_batch_and_no_half_one);
    suite_add_tcase(suite, processes);
    tcase_set_timeout(disks, 300);
    tcase_add_test(disks, a_full_disk_is_an_error_and_what_was_safe_is_safe);
    tcase_add_test(disks,
                   a_file_that_cannot_grow_is_an_error_and_what_was_safe_is_safe);
    tcase_add_test(disks, an_archive_on_a_read_only_disk_is_read);
    tcase_add_test(disks, an_archive_in_a_folder_of_somebody_else_is_told);
    suite_add_tcase(suite, disks);
    return support_run(suite);
}
