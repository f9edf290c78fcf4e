/* A map as a Cloud Optimized GeoTIFF. */
#ifndef AUTAN_FILES_GEOTIFF_H
#define AUTAN_FILES_GEOTIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/grid.h"
#include "data/rows.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A metadata item of the file, or a TIFF tag by GDAL's name (TIFFTAG_SOFTWARE). */
typedef struct {
    const char *name, *value;
} autan_geotiff_tag;

typedef struct {
    const autan_grid *grid;
    const char *crs;    /* anything that PROJ knows, such as EPSG:2154 or WKT */
    const float *value; /* ny x nx, row 0 the northernmost; not finite: missing */
    float nodata;       /* stands for missing in the file; NaN is possible */
    const char *name;   /* description of the band, or NULL */
    const char *units;  /* of the band, or NULL */
    autan_time time;    /* TIFFTAG_DATETIME (UTC) and the item time (ISO 8601) */
    bool timeless;      /* neither is set */
    size_t n_tags;
    const autan_geotiff_tag *tag;
} autan_geotiff;

/* Writes one band of float32, deflate with predictor 3, tiles of 256 cells, overviews
 * of means down to one tile, statistics of the band, whole or not at all. The same map
 * gives the same bytes. Memory: about four times the map. AUTAN_BAD_ARGUMENT when a
 * cell has the value nodata; AUTAN_BAD_CONFIG for a crs that PROJ does not know or that
 * is not in metres; AUTAN_UNSUPPORTED when GDAL has no COG driver; AUTAN_IO, with path
 * and reason. */
autan_status autan_geotiff_write(const char *path, const autan_geotiff *map,
                                 autan_error *err);

/* The same of rows of float instead of map->value, for what is larger than memory; they
 * are read twice. The same bytes. A file as large as the map is needed beside path
 * while it works. What the rows return, too. */
autan_status autan_geotiff_write_rows(const char *path, const autan_geotiff *map,
                                      const autan_rows *rows, autan_error *err);

/* The file name `VARIABLE_YYYYMMDDTHHMMZ.tif`, for the caller to free(); NULL when
 * memory is short. */
char *autan_geotiff_name(const char *variable, autan_time time);

#ifdef __cplusplus
}
#endif
#endif
