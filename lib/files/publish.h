/* A city's readings and maps as open data, month by month.
 *
 * Every month is a folder of files (doc/open-data.md) that appears whole or not at all,
 * and is left alone when what it was made of is what there is now. The same archive,
 * city file and former issue give the same bytes. */
#ifndef AUTAN_FILES_PUBLISH_H
#define AUTAN_FILES_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/station.h"
#include "files/archive.h"
#include "files/city.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A folder being published into; one process at a time. */
typedef struct autan_publication autan_publication;

/* What has been made of a month. */
typedef struct {
    char month[16]; /* 2025-07 */
    bool same;      /* nothing has changed: its folder was left alone */
    unsigned issue; /* from 1 on */
    size_t readings, stations;
    size_t added, corrected, removed, flags; /* values, against the issue before */
    size_t unknown; /* readings of stations that are not in the table, left out */
} autan_published_month;

/* Makes folder where it is missing, and takes it. date is that of the issues,
 * INT64_MIN: each is dated by its last reading. city is borrowed. AUTAN_LOCKED,
 * AUTAN_IO. End with autan_publication_close. */
autan_status autan_publication_open(const autan_city *city, const char *folder,
                                    autan_time date, autan_publication **publication,
                                    autan_error *err);
void autan_publication_close(autan_publication *publication);

/* Publishes the readings of the month that begins at from. AUTAN_NO_DATA when it has
 * none; AUTAN_BAD_FORMAT when what stands in its place was not written here; AUTAN_IO.
 * After a failure a former issue stands as it was. */
autan_status autan_publish_readings(autan_publication *publication,
                                    autan_archive *archive,
                                    const autan_station_table *stations,
                                    autan_time from, autan_published_month *report,
                                    autan_error *err);

/* What has been made of the maps of a month. */
typedef struct {
    char month[16];
    bool same;
    size_t maps;
} autan_published_maps;

/* Publishes the maps of a folder, VARIABLE_YYYYMMDDTHHMMZ.tif, under maps/YYYY-MM, as a
 * SpatioTemporal Asset Catalog with indexes for GDAL; files of other names are passed
 * over. month is the beginning of one, INT64_MIN: all that the folder has maps of.
 * report is told of each. The files are linked, where they can be, and copied else.
 * AUTAN_NOT_FOUND when there is no such folder, AUTAN_NO_DATA when it has no map of the
 * month; AUTAN_BAD_FORMAT for a map that is no Cloud Optimized GeoTIFF or on another
 * grid than those of its month; AUTAN_IO. */
autan_status
autan_publish_maps(autan_publication *publication, const char *folder, autan_time month,
                   void (*report)(const autan_published_maps *made, void *user),
                   void *user, autan_error *err);

/* The files that this GDAL cannot make, joined by commas, "" when there are none, and
 * its version; both static or of the publication. */
const char *autan_publish_missing(const autan_publication *publication);
const char *autan_publish_gdal(void);

/* Writes the catalogue of all months that are there: catalog.jsonld, README.md. */
autan_status autan_publish_catalogue(autan_publication *publication, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
