/* autan fetch: what is new at the network's live source, into the archive. */
#include "command.h"

#include <stdio.h>

#include "files/archive.h"
#include "files/city.h"
#include "files/station_file.h"
#include "message.h"
#include "options.h"
#include "portal.h"

static const char help[] =
    "Usage: autan fetch [options] CITY.ini\n"
    "Fetches new readings from the portal that the city file's [source] names, into "
    "the\n"
    "archive. Each answer is one batch; a run that was ended goes on where it was.\n\n"
    "      --all      ask for everything again\n"
    "  -q, --quiet    say errors only\n"
    "  -v, --verbose  name every rejected row\n"
    "  -h, --help     print this\n"
    "  -V, --version  print the version\n";

enum { OPTION_ALL = OPTION_FIRST_LONG };

int cmd_fetch(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON, {"all", no_argument, NULL, OPTION_ALL}, {NULL, 0, NULL, 0}};
    autan_error err = {0};
    autan_city city = {0};
    autan_station_table stations = {0};
    autan_archive *archive = NULL;
    autan_status status;
    const char *path;
    bool all = false;
    int option, code;

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) !=
           -1) {
        if (option == OPTION_ALL)
            all = true;
        else if (options_common(option, argv, help, &code))
            return code;
    }
    path = options_city(argc, argv, false);
    if (!path)
        return 2;
    status = autan_city_read(path, &city, &err);
    if (status == AUTAN_OK && !city.source.url)
        status = autan_fail(&err, AUTAN_BAD_CONFIG,
                            "%s: [source] url is missing: the portal's API, such as "
                            "https://data.example.org/api/explore/v2.1",
                            path);
    if (status == AUTAN_OK)
        status = autan_station_file_read(city.stations, &stations, &err);
    if (status == AUTAN_OK)
        status = autan_archive_open(city.archive, AUTAN_ARCHIVE_WRITE, &archive, &err);
    if (status == AUTAN_OK)
        status = portal_fetch(&city, &stations, archive, all, &err);
    autan_archive_close(archive);
    autan_station_table_clear(&stations);
    autan_city_clear(&city);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
