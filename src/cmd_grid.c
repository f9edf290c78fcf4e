/* autan grid: the covariate stack of a town from its sources. */
#include "config.h"

#include "command.h"

#include "ground.h"
#include "ground_report.h"
#include "ground_text.h"
#include "message.h"
#include "options.h"

static const char help[] =
    "Usage: autan grid [options] CITY.ini\n"
    "Makes what is known of the ground, of the open data and layers that the city "
    "file\n"
    "names: one GeoTIFF each, and the values at the stations' places.\n\n"
    "      --report DIR  write the quality report there, in French and English\n"
    "      --again       forget what an interrupted run has left\n"
    "      --start FILE  write CITY.ini anew, for the stations of this table\n"
    "      --sections    print all layers and covariates as the city file could have "
    "them\n"
    "  -q, --quiet       say errors only\n"
    "  -v, --verbose     say more\n"
    "  -h, --help        print this\n"
    "  -V, --version     print the version\n";

enum { OPTION_REPORT = OPTION_FIRST_LONG, OPTION_AGAIN, OPTION_START, OPTION_SECTIONS };

static autan_status print_sections(const char *path, autan_error *err)
{
    autan_city city = {0};
    autan_status status = autan_city_read(path, &city, err);
    if (status == AUTAN_OK)
        ground_print_sections(&city, stdout);
    autan_city_clear(&city);
    return status;
}

static autan_status make_stack(const char *path, const char *report, bool again,
                               autan_error *err)
{
    ground g = {0};
    autan_status status = ground_open(path, &g, err);
    if (status == AUTAN_OK)
        status = ground_prepare_work(&g, again, err);
    if (status == AUTAN_OK)
        ground_say_needs(&g);
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
        {"start", required_argument, NULL, OPTION_START},
        {"sections", no_argument, NULL, OPTION_SECTIONS},
        {NULL, 0, NULL, 0},
    };
    const char *report = NULL, *stations = NULL, *city;
    bool again = false, sections = false;
    autan_status status;
    autan_error err = {0};
    int option, code;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) !=
           -1) {
        if (option == OPTION_REPORT)
            report = optarg;
        else if (option == OPTION_AGAIN)
            again = true;
        else if (option == OPTION_START)
            stations = optarg;
        else if (option == OPTION_SECTIONS)
            sections = true;
        else if (options_common(option, argv, help, &code))
            return code;
    }
    city = options_city(argc, argv, false);
    if (!city)
        return 2;
    status = stations   ? ground_start(stations, city, &err)
             : sections ? print_sections(city, &err)
                        : make_stack(city, report, again, &err);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
