/* The folder of the viewer: a static site of pages, small JSON files, COGs and blocks
 * of series (doc/viewer.md). */
#ifndef AUTAN_SITE_H
#define AUTAN_SITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "files/area_file.h"
#include "town.h"

/* Names in the site's folder. */
#define SITE_DATA     "data"
#define SITE_DAYS     "data/days"
#define SITE_FORECAST "data/forecast"

/* Makes a folder of the site. */
autan_status site_folder(const char *path, autan_error *err);

/* Writes a file of the site, unless it says so already: what has not changed keeps its
 * date, for the caches of browsers. */
autan_status site_write(const char *path, const void *bytes, size_t n,
                        autan_error *err);
autan_status site_write_json(const char *path, const json_t *json, autan_error *err);

/* A JSON file of the site, for json_decref; NULL when there is none or it is damaged.
 */
json_t *site_read_json(const char *path);

/* Pages opened from a disk may load scripts only. Gives every file of the folder a
 * twin, NAME.js, that hands the same content to the page, or, with wanted false,
 * removes them. The names inside are relative to the site. */
autan_status site_twins(const char *site, const char *folder, bool wanted,
                        autan_error *err);

/* Removes a folder with the files in it. */
void site_remove(const char *folder);

/* A number with so many decimals, null where not finite. */
json_t *site_number(double value, int decimals);

/* Adds the maps of a NetCDF file to the days of the site; hours that are there already
 * are replaced, others stay. *first becomes the earliest of its times and *first. */
autan_status site_maps_add(const town *town, const char *site, const char *file,
                           autan_time *first, autan_error *err);

/* The readings of the days that have maps, and of the days before them that a series
 * reaches back to. What is there already is read anew for the newest days, and from
 * `first` on. */
autan_status site_readings(town *town, const char *site, autan_time first,
                           autan_error *err);

/* Side, in cells, of the blocks that series are kept in. */
enum { SITE_BLOCK = 64, SITE_FORECAST_BLOCK = 16 };

/* The days of the site, ascending: objects of date, times, low, high and island. Days
 * that have readings only have no times. */
json_t *site_list_days(const char *site);

/* Puts the forecast into the site, and takes what was there before away: the maps of
 * `file` (NULL: none) and the members of the newest forecast in the archive. *summary
 * is for the index, or json null where there is nothing. */
autan_status site_forecast(const town *town, const char *site, const char *file,
                           json_t **summary, autan_error *err);

/* Takes away what the site holds of other forecasts than the one of that summary. */
void site_forecast_clean(const char *site, const json_t *summary);

/* Pictures of the ground below and above the maps: the covariates that are known by
 * their names. False when there is none. */
autan_status site_backdrop(const town *town, const char *site, bool *made,
                           autan_error *err);

/* Stations with their health over the last week; zones with the colours of the alert in
 * that folder (NULL: none). */
autan_status site_stations(town *town, json_t **stations, autan_error *err);
autan_status site_zones(const town *town, const char *alert, json_t **zones,
                        json_t **issue, autan_error *err);

#endif
