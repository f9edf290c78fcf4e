/* Covariate rasters of any kind, brought to the city's grid, and map projections.
 *
 * What is read is hostile: only raster drivers are opened, sizes are checked, and
 * nothing outside the extent asked for is kept. */
#ifndef AUTAN_FILES_RASTER_H
#define AUTAN_FILES_RASTER_H

#include <stddef.h>

#include "base/status.h"
#include "data/grid.h"
#include "data/station.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills x and y of every station from its longitude and latitude. AUTAN_BAD_CONFIG for
 * a CRS that PROJ does not know or that is not projected in metres;
 * AUTAN_OUT_OF_DOMAIN for a station that cannot be projected. */
autan_status autan_project_stations(const char *crs, autan_station_table *stations,
                                    autan_error *err);

/* The CRS as WKT 1 as GDAL writes it, for the caller to free(). */
autan_status autan_crs_wkt(const char *crs, char **wkt, autan_error *err);

/* Centre of the grid in WGS 84 and whether the four corners can be had too:
 * box is west, south, east, north in degrees. */
autan_status autan_grid_geographic_box(const char *crs, const autan_grid *grid,
                                       double box[4], autan_error *err);

/* Lets GDAL keep no more than that of the rasters it reads and writes, in the whole
 * process: by itself it takes a share of the machine's memory. GDAL_CACHEMAX of the
 * environment prevails. */
void autan_raster_limit_cache(double bytes);

/* A covariate on its way to the grid. */
typedef struct autan_raster autan_raster;

/* Opens the first band of a raster. Without radius (0) a cell takes the mean of the
 * source over the cell where the source is finer, and the source pixel at the cell's
 * centre otherwise; a place takes the pixel it is in. With a radius both take the mean
 * over the disc of that radius (m) round the centre or the place. A disc less than
 * a fifth of which has data is missing. name appears in messages.
 * AUTAN_NOT_FOUND, AUTAN_BAD_FORMAT (not a raster, no CRS, no georeference),
 * AUTAN_OUT_OF_DOMAIN when it does not overlap the grid at all.
 * Close with autan_raster_close. The raster keeps its own copy of all arguments. */
autan_status autan_raster_open(const char *name, const char *path, double radius_m,
                               const char *crs, const autan_grid *grid,
                               autan_raster **raster, autan_error *err);
void autan_raster_close(autan_raster *raster);

/* Keeps what rows are read of a raster with a radius in a file of that folder, where
 * they are read again while the raster, the files it is made of and the grid are the
 * same: a disc for every cell takes long. The file is made when rows are first read;
 * where that is not possible rows are as without it. */
void autan_raster_keep_rows(autan_raster *raster, const char *folder);

/* Values of rows first_row .. first_row + n_rows - 1 into value (n_rows x nx), NaN
 * where there is none. */
autan_status autan_raster_read_rows(autan_raster *raster, size_t first_row,
                                    size_t n_rows, double *value, autan_error *err);

/* Values at n places x, y (city CRS, m), NaN where there is none; the places may lie
 * outside the grid. */
autan_status autan_raster_read_places(autan_raster *raster, size_t n, const double *x,
                                      const double *y, double *value, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
