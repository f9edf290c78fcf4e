/* autan ingest: observation files into the archive. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "files/archive.h"
#include "files/city.h"
#include "files/station_file.h"
#include "ingest.h"
#include "message.h"
#include "options.h"

static const char help[] =
    "Usage: autan ingest [options] CITY.ini FILE...\n"
    "Adds observation files (plain or gzipped; - is standard "
    "input) to the archive.\n"
    "A file goes in whole or not at all; rows that cannot be "
    "kept are counted and named.\n"
    "Ingesting a file again changes nothing.\n\n"
    "      --format NAME  the format, where its content does not "
    "tell it\n"
    "      --station ID   the station, where the file does not "
    "say it\n"
    "  -q, --quiet        say errors only\n"
    "  -v, --verbose      name every rejected row\n"
    "  -h, --help         print this\n"
    "  -V, --version      print the version\n\n"
    "Formats: observations, toulouse, meteofrance, synop, netatmo, wunderground,\n"
    "ngsi-ld, sensorthings, mapped (by the city file's [mapping]).\n";

enum { OPTION_FORMAT = OPTION_FIRST_LONG, OPTION_STATION };

int cmd_ingest(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        {"format", required_argument, NULL, OPTION_FORMAT},
        {"station", required_argument, NULL, OPTION_STATION},
        {NULL, 0, NULL, 0},
    };
    autan_source source = {.now = time(NULL)};
    autan_error err = {0};
    autan_city city = {0};
    autan_station_table stations = {0};
    autan_archive *archive = NULL;
    const char *path;
    autan_status status;
    int option, code;

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) !=
           -1) {
        if (option == OPTION_FORMAT)
            source.format = optarg;
        else if (option == OPTION_STATION)
            source.station = optarg;
        else if (options_common(option, argv, help, &code))
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
    source.stations = &stations;
    source.zone = city.zone;
    source.mapping = city.mapping.given ? &city.mapping : NULL;
    for (int i = optind + 1; status == AUTAN_OK && i < argc; i++) {
        source.path = argv[i];
        status = ingest_file(archive, &source, argv[i], &err);
    }

    autan_archive_close(archive);
    autan_station_table_clear(&stations);
    autan_city_clear(&city);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
