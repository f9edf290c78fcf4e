/* autan ingest: observation files into the archive. */
#include "command.h"

#include <libintl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/archive.h"
#include "files/city.h"
#include "files/observation_file.h"
#include "files/station_file.h"
#include "message.h"
#include "options.h"

static const char help[] = "Usage: autan ingest [options] CITY.ini FILE...\n"
                           "Adds observation files (CSV, plain or gzipped; - is "
                           "standard input) to the archive.\n"
                           "A file goes in whole or not at all; rows that cannot be "
                           "kept are counted and named.\n"
                           "Ingesting a file again changes nothing.\n\n"
                           "  -q, --quiet    say errors only\n"
                           "  -v, --verbose  name every rejected row\n"
                           "  -h, --help     print this\n"
                           "  -V, --version  print the version\n";

typedef struct {
    const char *path;
    autan_archive *archive;
    const autan_station_table *stations;
    autan_error *err;
    size_t outcome[AUTAN_ROW_OUTCOMES];
    size_t rejected[AUTAN_REJECTIONS];
    size_t first_line[AUTAN_REJECTIONS];
    char first_text[AUTAN_REJECTIONS][64];
} ingest;

static void on_rejected(autan_rejection reason, size_t line, const char *text,
                        void *user)
{
    ingest *in = user;
    if (in->rejected[reason]++ == 0) {
        in->first_line[reason] = line;
        snprintf(in->first_text[reason], sizeof in->first_text[reason], "%s",
                 text ? text : "");
    }
    message_detail("%s:%zu: rejected: %s%s%s", in->path, line,
                   autan_rejection_text(reason), text ? ": " : "", text ? text : "");
}

static autan_status on_observation(const autan_observation *row, size_t line,
                                   void *user)
{
    ingest *in = user;
    autan_row_outcome outcome;
    autan_status status =
        autan_archive_add(in->archive, in->stations, row, &outcome, in->err);
    if (status != AUTAN_OK)
        return status;
    in->outcome[outcome]++;
    if (outcome == AUTAN_ROW_CONFLICT)
        on_rejected(AUTAN_REJECT_CONFLICT, line, in->stations->station[row->station].id,
                    in);
    return AUTAN_OK;
}

static size_t report(const ingest *in)
{
    size_t accepted = in->outcome[AUTAN_ROW_NEW] + in->outcome[AUTAN_ROW_COMPLETED] +
                      in->outcome[AUTAN_ROW_CORRECTED] + in->outcome[AUTAN_ROW_KNOWN];
    size_t rejected = 0;
    for (int k = 0; k < AUTAN_REJECTIONS; k++)
        rejected += in->rejected[k];
    message_note(
        ngettext("%s: %zu row new, %zu completed, %zu corrected, %zu already known, "
                 "%zu rejected",
                 "%s: %zu rows new, %zu completed, %zu corrected, %zu already "
                 "known, %zu rejected",
                 in->outcome[AUTAN_ROW_NEW]),
        in->path, in->outcome[AUTAN_ROW_NEW], in->outcome[AUTAN_ROW_COMPLETED],
        in->outcome[AUTAN_ROW_CORRECTED], in->outcome[AUTAN_ROW_KNOWN], rejected);
    for (int k = 0; k < AUTAN_REJECTIONS; k++) {
        if (in->rejected[k])
            message_note("%s:%zu: %zu rejected: %s%s%s", in->path, in->first_line[k],
                         in->rejected[k], autan_rejection_text((autan_rejection)k),
                         in->first_text[k][0] ? "; first: " : "", in->first_text[k]);
    }
    return rejected ? accepted : accepted + 1;
}

/* One file is one batch. */
static autan_status ingest_file(autan_archive *archive,
                                const autan_station_table *stations, const char *path,
                                autan_error *err)
{
    ingest in = {.path = path, .archive = archive, .stations = stations, .err = err};
    autan_observation_sink sink = {on_observation, on_rejected, &in};
    autan_status status = autan_archive_begin(archive, path, err);
    if (status != AUTAN_OK)
        return status;
    status = autan_observation_file_read(path, stations, &sink, err);
    if (status == AUTAN_OK)
        status = autan_archive_commit(archive, err);
    else
        autan_archive_rollback(archive);
    if (status == AUTAN_OK && report(&in) == 0)
        status = autan_fail(err, AUTAN_NO_DATA, "%s: no row of it could be kept", path);
    return status;
}

int cmd_ingest(int argc, char **argv)
{
    static const struct option options[] = {OPTIONS_COMMON, {NULL, 0, NULL, 0}};
    autan_error err = {0};
    autan_city city = {0};
    autan_station_table stations = {0};
    autan_archive *archive = NULL;
    const char *path;
    autan_status status;
    int option, code;

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) !=
           -1) {
        if (options_common(option, argv, help, &code))
            return code;
    }
    path = options_city(argc, argv, true);
    if (!path)
        return 2;
    if (optind + 1 >= argc) {
        message_error("no observation file given (- is standard input)");
        return 2;
    }
    status = autan_city_read(path, &city, &err);
    if (status == AUTAN_OK)
        status = autan_station_file_read(city.stations, &stations, &err);
    if (status == AUTAN_OK)
        status = autan_archive_open(city.archive, AUTAN_ARCHIVE_WRITE, &archive, &err);
    for (int i = optind + 1; status == AUTAN_OK && i < argc; i++)
        status = ingest_file(archive, &stations, argv[i], &err);

    autan_archive_close(archive);
    autan_station_table_clear(&stations);
    autan_city_clear(&city);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
