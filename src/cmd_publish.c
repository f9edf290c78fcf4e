/* autan publish: the readings as open data, month by month. */
#include "command.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "files/archive.h"
#include "files/archive_extract.h"
#include "files/city.h"
#include "files/licence.h"
#include "files/publish.h"
#include "files/station_file.h"
#include "message.h"
#include "options.h"

static const char help[] =
    "Usage: autan publish [options] -o DIR CITY.ini\n"
    "Publishes the readings of the archive as open data, a folder a month.\n\n"
    "      --month YYYY-MM  that month only (all that are new or have changed)\n"
    "      --maps DIR       publish the maps of that folder too (GeoTIFFs of map)\n"
    "  -o, --output DIR     the folder to publish in\n"
    "  -q, --quiet          say errors only\n"
    "  -v, --verbose        say more\n"
    "  -h, --help           print this\n"
    "  -V, --version        print the version\n";

enum { OPTION_MONTH = OPTION_FIRST_LONG, OPTION_MAPS };

typedef struct {
    const char *output, *maps;
    autan_time month; /* its beginning, INT64_MIN: all */
    autan_time date;  /* of the issues, INT64_MIN: of their last reading */
} arguments;

typedef struct {
    const arguments *arguments;
    autan_city city;
    autan_station_table stations;
    autan_archive *archive;
    autan_publication *publication;
    size_t months, published, same, unknown;
} publishing;

/* YYYY-MM; false after a message when it is none. */
static bool take_month(const char *text, autan_time *month)
{
    char date[16];
    if (strlen(text) == 7 && text[4] == '-') {
        snprintf(date, sizeof date, "%s-01", text);
        if (autan_time_parse_argument(date, month) == AUTAN_OK)
            return true;
    }
    message_error("--month is '%s', expected a month such as 2025-07", text);
    return false;
}

/* The time that reproducible builds give to what they make; false, after a message,
 * when it is none. */
static bool take_epoch(autan_time *date)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    const double latest = 5680281600.0; /* 2150 */
    double seconds;
    if (!text)
        return true;
    if (autan_number_parse(text, &seconds) != AUTAN_OK || !(seconds >= 0) ||
        seconds >= latest || seconds != (double)(autan_time)seconds) {
        message_error("SOURCE_DATE_EPOCH is '%s', expected seconds since 1970", text);
        return false;
    }
    *date = (autan_time)seconds;
    return true;
}

static void report(const autan_published_month *m)
{
    if (m->same)
        message_detail("%s: issue %u is still what there is", m->month, m->issue);
    else if (m->issue == 1)
        message_note("%s: issue 1; stations: %zu, readings: %zu", m->month, m->stations,
                     m->readings);
    else
        message_note(
            "%s: issue %u; values added: %zu, corrected: %zu, removed: %zu, with "
            "other flags: %zu",
            m->month, m->issue, m->added, m->corrected, m->removed, m->flags);
}

static autan_status publish_month(publishing *p, autan_time from, autan_error *err)
{
    autan_published_month made;
    autan_status status = autan_publish_readings(p->publication, p->archive,
                                                 &p->stations, from, &made, err);
    if (status != AUTAN_OK)
        return status;
    message_progress("months looked at", ++p->months, 0);
    report(&made);
    p->published += !made.same;
    p->same += made.same;
    p->unknown += made.unknown;
    return AUTAN_OK;
}

static void report_maps(const autan_published_maps *made, void *user)
{
    publishing *p = user;
    if (made->same)
        message_detail("%s: the maps are as they were published", made->month);
    else
        message_note(ngettext("%s: %zu map", "%s: %zu maps", made->maps), made->month,
                     made->maps);
    p->published += !made->same;
}

/* Every month that the archive holds a reading of. */
static autan_status publish_all(publishing *p, autan_error *err)
{
    autan_time time;
    autan_status status = autan_archive_next(p->archive, INT64_MIN, &time, err);
    while (status == AUTAN_OK) {
        autan_time from = autan_month_of(time);
        status = publish_month(p, from, err);
        /* Of stations that are no longer in the table. */
        if (status == AUTAN_NO_DATA) {
            message_detail("%s", err->text);
            status = AUTAN_OK;
        }
        if (status == AUTAN_OK)
            status = autan_archive_next(p->archive, autan_month_end(from), &time, err);
    }
    if (status == AUTAN_NO_DATA)
        status = p->published + p->same > 0
                     ? AUTAN_OK
                     : autan_fail(err, status,
                                  "%s: holds no reading of a station of the table; run "
                                  "ingest first",
                                  p->city.archive);
    return status;
}

static void tell(const publishing *p)
{
    const char *missing = autan_publish_missing(p->publication);
    if (p->published && *missing)
        message_note("without %s: this GDAL (%s) has no driver for it", missing,
                     autan_publish_gdal());
    if (p->published && !p->city.publish.licence &&
        (!p->city.license || !autan_licence_find(p->city.license)))
        message_note(
            "under the licence etalab-2.0: the city file names none that is known "
            "([publish] licence)");
    if (p->unknown)
        message_note(
            ngettext("%zu reading of a station that is not in %s is left out",
                     "%zu readings of stations that are not in %s are left out",
                     p->unknown),
            p->unknown, p->city.stations);
    if (p->published == 0)
        message_note(ngettext("nothing new: %zu month is as it was published",
                              "nothing new: %zu months are as they were published",
                              p->same),
                     p->same);
}

/* What was published before something failed is in the catalogue too. */
static autan_status publish(publishing *p, autan_error *err)
{
    const arguments *a = p->arguments;
    autan_error other = {0};
    autan_status told, status = a->month == INT64_MIN ? publish_all(p, err)
                                                      : publish_month(p, a->month, err);
    if (status == AUTAN_OK && a->maps)
        status =
            autan_publish_maps(p->publication, a->maps, a->month, report_maps, p, err);
    if (status != AUTAN_OK && p->published == 0)
        return status;
    told = autan_publish_catalogue(p->publication, &other);
    if (status == AUTAN_OK && told != AUTAN_OK) {
        *err = other;
        status = told;
    }
    tell(p);
    return status;
}

static autan_status open_all(publishing *p, autan_error *err)
{
    const arguments *a = p->arguments;
    autan_status status = autan_station_file_read(p->city.stations, &p->stations, err);
    if (status == AUTAN_OK)
        status =
            autan_archive_open(p->city.archive, AUTAN_ARCHIVE_READ, &p->archive, err);
    if (status == AUTAN_OK)
        status =
            autan_publication_open(&p->city, a->output, a->date, &p->publication, err);
    return status;
}

int cmd_publish(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        {"month", required_argument, NULL, OPTION_MONTH},
        {"maps", required_argument, NULL, OPTION_MAPS},
        {"output", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    arguments a = {.month = INT64_MIN, .date = INT64_MIN};
    publishing p = {.arguments = &a};
    autan_error err = {0};
    autan_status status;
    const char *path;
    int option, code;

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        if (option == OPTION_MONTH) {
            if (!take_month(optarg, &a.month))
                return 2;
        } else if (option == OPTION_MAPS) {
            a.maps = optarg;
        } else if (option == 'o') {
            a.output = optarg;
        } else if (options_common(option, argv, help, &code)) {
            return code;
        }
    }
    path = options_city(argc, argv, false);
    if (!path || !take_epoch(&a.date))
        return 2;
    if (!a.output) {
        message_error("no folder to publish in given, expected -o DIR");
        return 2;
    }
    status = autan_city_read(path, &p.city, &err);
    if (status == AUTAN_OK)
        status = open_all(&p, &err);
    if (status == AUTAN_OK)
        status = publish(&p, &err);
    autan_publication_close(p.publication);
    autan_archive_close(p.archive);
    autan_station_table_clear(&p.stations);
    autan_city_clear(&p.city);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
