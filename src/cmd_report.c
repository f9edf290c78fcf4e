/* autan report: what a period was like, by district and hour. */
#include "config.h"

#include "command.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "options.h"
#include "report.h"

static const char help[] =
    "Usage: autan report --from T --to T -o DIR CITY.ini\n"
    "Tells what the period from T to T was like: heat island by hour and season, "
    "tropical\n"
    "nights, hot hours and cooling by district and local climate zone, and what "
    "vegetation\n"
    "has to do with it, each with its uncertainty.\n\n"
    "      --from T       first hour (ISO 8601 UTC, or a date)\n"
    "      --to T         last hour, inclusive\n"
    "  -o, --output DIR   folder of the report: index.html, pictures, tables as CSV\n"
    "  -q, --quiet        say errors only\n"
    "  -v, --verbose      say more\n"
    "  -h, --help         print this\n"
    "  -V, --version      print the version\n";

static autan_status write_products(const report *r, const char *folder,
                                   autan_error *err)
{
    report_picture picture[REPORT_PICTURES] = {{0}};
    autan_status status = report_write_tables(r, folder, err);
    if (status == AUTAN_OK)
        status = report_write_maps(r, folder, picture, err);
    if (status == AUTAN_OK)
        status = report_write_page(r, folder, picture, err);
    return status;
}

static autan_status make_report(town *t, const options_period *period,
                                const char *folder, autan_error *err)
{
    report r = {.town = t, .from = period->from, .to = period->to};
    autan_model *model = NULL;
    autan_status status = town_model(t, false, &model, err);
    r.model = model;
    if (status == AUTAN_OK && g_mkdir_with_parents(folder, 0777) != 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", folder,
                            strerror(errno));
    if (status == AUTAN_OK)
        status = report_find_zones(&r, err);
    if (status == AUTAN_OK)
        status = report_run(&r, err);
    if (status == AUTAN_OK)
        status = write_products(&r, folder, err);
    if (status == AUTAN_OK)
        message_note("report of %zu hours and %zu zones in %s", r.n_hours - r.n_empty,
                     r.n_zones, folder);
    report_clear(&r);
    autan_model_free(model);
    return status;
}

int cmd_report(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        OPTIONS_PERIOD,
        {"output", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    options_period period = OPTIONS_ALL_TIMES;
    autan_error err = {0};
    const char *path, *folder = NULL;
    town t = {0};
    autan_status status;
    int option, code;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        switch (option) {
        case OPTION_FROM:
        case OPTION_TO:
            if (!options_take_period(option, &period))
                return 2;
            break;
        case 'o':
            folder = optarg;
            break;
        default:
            if (options_common(option, argv, help, &code))
                return code;
        }
    }
    path = options_city(argc, argv, false);
    if (!path || !options_check_period(&period, true))
        return 2;
    if (!folder) {
        message_error("nowhere to write: give -o DIR");
        return 2;
    }
    status = town_open_with_model(path, &t, &err);
    if (status == AUTAN_OK)
        status = make_report(&t, &period, folder, &err);
    town_close(&t);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
