/* autan archive: looking after the archive of a city. */
#include "command.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/archive.h"
#include "files/archive_admin.h"
#include "files/city.h"
#include "files/csv.h"
#include "files/outfile.h"
#include "message.h"
#include "options.h"
#include "qc/check.h"

static const char help[] =
    "Usage: autan archive ACTION [options] CITY.ini\n"
    "Looks after the archive of a city.\n\n"
    "  check   look for damage; exit 1 when there is some\n"
    "  stats   what the archive holds of each station, as CSV\n"
    "  export  readings as CSV, in the form that ingest reads\n"
    "  repair  mend what is damaged; the damaged file is kept\n\n"
    "      --from T       first time to export (the archive's first)\n"
    "      --to T         last time to export, inclusive (the archive's last)\n"
    "      --checked      export only values that no check of qc refused\n"
    "      --versions     export every version, with its source and when it came\n"
    "  -o, --output FILE  write there instead of standard output\n"
    "  -q, --quiet        say errors only\n"
    "  -v, --verbose      say more\n"
    "  -h, --help         print this\n"
    "  -V, --version      print the version\n";

enum { OPTION_CHECKED = OPTION_FIRST_LONG, OPTION_VERSIONS };

typedef struct {
    const char *output;
    autan_export export;
} arguments;

static void on_problem(const char *text, void *user)
{
    const autan_city *city = user;
    message_error("%s: %s", city->archive, text);
}

static autan_status check(autan_city *city, const arguments *a, autan_error *err)
{
    autan_archive *archive = NULL;
    size_t n = 0;
    autan_status status =
        autan_archive_open(city->archive, AUTAN_ARCHIVE_READ, &archive, err);
    (void)a;
    if (status == AUTAN_OK)
        status = autan_archive_check(archive, on_problem, city, &n, err);
    autan_archive_close(archive);
    if (status == AUTAN_OK && n)
        return autan_fail(err, AUTAN_BAD_FORMAT,
                          "%s: %zu kinds of damage; `autan archive repair` mends them",
                          city->archive, n);
    if (status == AUTAN_OK)
        message_note("%s: no damage found", city->archive);
    return status;
}

static void print_station(const autan_station_stats *s, void *user)
{
    char first[AUTAN_TIME_TEXT], last[AUTAN_TIME_TEXT];
    autan_time_format(s->first, first);
    autan_time_format(s->last, last);
    autan_csv_print(user, s->name);
    fprintf(user, ",%s,%s,%zu,%zu,%zu,%zu\n", first, last, s->readings, s->corrections,
            s->conflicts, s->flagged);
}

/* Standard output, or a file that appears whole. */
typedef struct {
    autan_outfile *file;
    FILE *stream;
} output;

static autan_status output_open(const char *path, output *o, autan_error *err)
{
    autan_status status = AUTAN_OK;
    o->stream = stdout;
    if (path)
        status = autan_outfile_open(path, &o->file, err);
    if (o->file)
        o->stream = autan_outfile_stream(o->file);
    return status;
}

static autan_status output_end(output *o, autan_status status, autan_error *err)
{
    if (o->file && status == AUTAN_OK)
        return autan_outfile_commit(o->file, err);
    autan_outfile_abandon(o->file);
    return status;
}

static autan_status stats(autan_city *city, const arguments *a, autan_error *err)
{
    autan_archive *archive = NULL;
    autan_archive_totals totals;
    output o = {0};
    autan_status status =
        autan_archive_open(city->archive, AUTAN_ARCHIVE_READ, &archive, err);
    if (status == AUTAN_OK)
        status = output_open(a->output, &o, err);
    if (status == AUTAN_OK) {
        fputs("station,first,last,readings,corrections,conflicts,flagged\n", o.stream);
        status = autan_archive_stats(archive, print_station, o.stream, &totals, err);
        status = output_end(&o, status, err);
    }
    if (status == AUTAN_OK) {
        char received[AUTAN_TIME_TEXT];
        autan_time_format(totals.received, received);
        message_note("%s: %zu batches, the newest received %s, %.1f MB", city->archive,
                     totals.batches, totals.batches ? received : "never",
                     (double)totals.bytes / 1e6);
    }
    autan_archive_close(archive);
    return status;
}

static autan_status export(autan_city *city, const arguments *a, autan_error *err)
{
    autan_archive *archive = NULL;
    output o = {0};
    size_t rows = 0;
    autan_status status =
        autan_archive_open(city->archive, AUTAN_ARCHIVE_READ, &archive, err);
    if (status == AUTAN_OK)
        status = output_open(a->output, &o, err);
    if (status == AUTAN_OK) {
        status = autan_archive_export(archive, &a->export, o.stream, &rows, err);
        status = output_end(&o, status, err);
    }
    if (status == AUTAN_OK)
        message_detail(ngettext("%zu row exported", "%zu rows exported", rows), rows);
    autan_archive_close(archive);
    return status;
}

static autan_status repair(autan_city *city, const arguments *a, autan_error *err)
{
    autan_archive_repairs done;
    autan_status status = autan_archive_repair(city->archive, &done, err);
    (void)a;
    if (status != AUTAN_OK)
        return status;
    if (done.rebuilt)
        message_note(
            "%s: was damaged; %zu readings are in a new archive, the damaged file "
            "is kept as %s",
            city->archive, done.rows, done.kept);
    else if (done.dropped)
        message_note("%s: %zu flags without a reading dropped", city->archive,
                     done.dropped);
    else
        message_note("%s: nothing to mend", city->archive);
    return AUTAN_OK;
}

static const struct {
    const char *name;
    autan_status (*run)(autan_city *city, const arguments *a, autan_error *err);
} actions[] = {
    {"check", check}, {"stats", stats}, {"export", export}, {"repair", repair}};
enum { ACTIONS = sizeof actions / sizeof *actions };

/* The action's place, ACTIONS after a message when there is none of that name. */
static int find_action(const char *name)
{
    int k = 0;
    while (k < ACTIONS && (!name || strcmp(actions[k].name, name) != 0))
        k++;
    if (k == ACTIONS && name)
        message_error("unknown action '%s', expected check, stats, export or repair",
                      name);
    else if (k == ACTIONS)
        message_error("no action given, expected check, stats, export or repair");
    return k;
}

int cmd_archive(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        OPTIONS_PERIOD,
        {"checked", no_argument, NULL, OPTION_CHECKED},
        {"versions", no_argument, NULL, OPTION_VERSIONS},
        {"output", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    options_period period = OPTIONS_ALL_TIMES;
    arguments a = {0};
    autan_city city = {0};
    autan_error err = {0};
    autan_status status;
    const char *path;
    int option, code, action;

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        if (option == OPTION_FROM || option == OPTION_TO) {
            if (!options_take_period(option, &period))
                return 2;
        } else if (option == OPTION_CHECKED) {
            a.export.refused = autan_qc_refusing();
        } else if (option == OPTION_VERSIONS) {
            a.export.versions = true;
        } else if (option == 'o') {
            a.output = optarg;
        } else if (options_common(option, argv, help, &code)) {
            return code;
        }
    }
    action = find_action(optind < argc ? argv[optind] : NULL);
    if (action == ACTIONS)
        return 2;
    optind++;
    path = options_city(argc, argv, false);
    if (!path || !options_check_period(&period, false))
        return 2;
    a.export.from = period.from;
    a.export.to = period.to;
    status = autan_city_read(path, &city, &err);
    if (status == AUTAN_OK)
        status = actions[action].run(&city, &a, &err);
    autan_city_clear(&city);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
