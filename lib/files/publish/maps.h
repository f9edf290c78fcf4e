/* The maps of a month as they are published. Private to the library. */
#ifndef AUTAN_FILES_PUBLISH_MAPS_H
#define AUTAN_FILES_PUBLISH_MAPS_H

#include <stddef.h>

#include "base/status.h"
#include "data/grid.h"
#include "files/publish/document.h"
#include "files/publish/issue.h"

/* One Cloud Optimized GeoTIFF. */
typedef struct {
    char *file; /* VARIABLE_YYYYMMDDTHHMMZ.tif */
    char *variable;
    autan_time time;
    char *sum; /* SHA-256 */
    size_t bytes;
    char *unit;    /* "" where the band has none */
    double nodata; /* NaN where the band has none, or that */
} autan_map_file;

/* The maps of a month, by time and variable, all on one grid. */
typedef struct {
    const autan_notice *notice;
    char month[16];
    size_t n;
    autan_map_file *map;
    autan_grid grid;
    char *wkt;           /* of the CRS */
    int epsg;            /* 0 where it has no number */
    double corner[4][2]; /* longitude and latitude, counter-clockwise from the
                            south-west */
    double box[4];       /* around them: west, south, east, north */
    char fingerprint[65];
} autan_month_maps;

/* The maps of a folder by time and variable, autan_map_file with nothing but name,
 * variable and time; other files are passed over. NULL, err being filled, when it
 * cannot be read. */
GArray *autan_maps_list(const char *folder, autan_error *err);

/* Publishes n maps of folder, all of one month, as parent/YYYY-MM. *same tells that
 * they are there already. AUTAN_BAD_FORMAT for a file that is no Cloud Optimized
 * GeoTIFF of one band of float32, or on another grid than the others. */
autan_status autan_maps_publish(const autan_notice *notice, const char *folder,
                                const char *parent, size_t n, autan_map_file *map,
                                bool *same, autan_error *err);

/* Writes the STAC item of each time, items.json of them all, and catalog.json of the
 * month (STAC 1.0.0). */
autan_status autan_stac_month(const autan_month_maps *maps, const char *folder,
                              autan_error *err);

/* Writes collection.json of n months, the earliest first; each is its catalog.json. */
autan_status autan_stac_collection(const autan_notice *notice, const char *folder,
                                   size_t n, const autan_published *month,
                                   autan_error *err);

/* Writes VARIABLE.vrt, a band for each time, and index.gpkg, the index of tiles as
 * gdaltindex makes it. */
autan_status autan_index_maps(const autan_month_maps *maps, const char *folder,
                              autan_error *err);

#endif
