/* autan grid: the covariate stack of a town from its sources. */
#include "config.h"

#include "command.h"

#include "ground.h"
#include "ground_report.h"
#include "message.h"
#include "options.h"

static const char help[] =
    "Usage: autan grid [options] CITY.ini\n"
    "Makes the covariates that have a make key, of the layers that the city file "
    "names:\n"
    "one GeoTIFF each, and the values at the stations' places.\n\n"
    "      --report DIR  write the quality report there, in French and English\n"
    "      --again       forget what an interrupted run has left\n"
    "  -q, --quiet       say errors only\n"
    "  -v, --verbose     say more\n"
    "  -h, --help        print this\n"
    "  -V, --version     print the version\n";

enum { OPTION_REPORT = OPTION_FIRST_LONG, OPTION_AGAIN };

static autan_status make_stack(const char *path, const char *report, bool again,
                               autan_error *err)
{
    ground g = {0};
    autan_status status = ground_open(path, &g, err);
    if (status == AUTAN_OK)
        status = ground_prepare_work(&g, again, err);
    if (status == AUTAN_OK)
        status = ground_read_sources(&g, err);
    if (status == AUTAN_OK)
        status = ground_make(&g, err);
    if (status == AUTAN_OK)
        status = ground_write_sites(&g, err);
    if (status == AUTAN_OK && report)
        status = ground_report(&g.city, &g.stations, report, err);
    if (status == AUTAN_OK) {
        message_note(ngettext("%zu covariate of %zu x %zu cells made",
                              "%zu covariates of %zu x %zu cells made", g.n_items),
                     g.n_items, g.city.grid.nx, g.city.grid.ny);
        ground_remove_work(&g);
    }
    ground_close(&g);
    return status;
}

int cmd_grid(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        {"report", required_argument, NULL, OPTION_REPORT},
        {"again", no_argument, NULL, OPTION_AGAIN},
        {NULL, 0, NULL, 0},
    };
    const char *report = NULL, *city;
    bool again = false;
    autan_error err = {0};
    int option, code;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) !=
           -1) {
        if (option == OPTION_REPORT)
            report = optarg;
        else if (option == OPTION_AGAIN)
            again = true;
        else if (options_common(option, argv, help, &code))
            return code;
    }
    city = options_city(argc, argv, false);
    if (!city)
        return 2;
    return make_stack(city, report, again, &err) == AUTAN_OK ? 0 : message_fail(&err);
}
