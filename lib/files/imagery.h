/* Raster sources: bands turned into one quantity, brought to the city's CRS.
 *
 * The quantity of each source pixel is computed first and then averaged: the share of a
 * class map is the mean of 0 and 1, an index the mean of the pixels' indices. It is
 * kept as a raster of its own in the folder of work, so that the source is read once,
 * from end to end, and what is wrong with it is met at once. */
#ifndef AUTAN_FILES_IMAGERY_H
#define AUTAN_FILES_IMAGERY_H

#include <stddef.h>

#include "base/status.h"
#include "data/grid.h"
#include "data/rows.h"
#include "ground/recipe.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Texts are borrowed; those but name and path may be NULL. */
typedef struct {
    const char *name, *path;
    const char *options;        /* open options NAME=VALUE, blanks between */
    const char *crs;            /* instead of the source's */
    const char *nodata;         /* instead of the source's */
    const autan_recipe *recipe; /* mean, share, ndvi or bands */
} autan_imagery_source;

typedef struct {
    size_t pixels;   /* read, in the extent */
    size_t missing;  /* without a value */
    size_t repaired; /* among them: a customary nodata value that the source does not
                        declare (-9999, -32768, ...) */
    double covered;  /* share of the grid that the source's frame covers */
} autan_imagery_counts;

typedef struct autan_imagery autan_imagery;

/* Reads the part of the source around the grid (reach_m beyond it) and keeps the
 * quantity in the file kept, which is used as it is when it is there. Pixels much finer
 * than a cell are averaged (class maps: sampled) down to about pixel_m first.
 * AUTAN_NOT_FOUND, AUTAN_BAD_FORMAT (not a raster, no CRS or georeference, a band that
 * is not there, bytes missing, no data at all), AUTAN_OUT_OF_DOMAIN (does not overlap
 * the grid), AUTAN_BAD_CONFIG (crs, nodata). Close with autan_imagery_close. */
autan_status autan_imagery_open(const autan_imagery_source *source, const char *crs,
                                const autan_grid *grid, double reach_m, double pixel_m,
                                const char *kept, autan_imagery **imagery,
                                autan_imagery_counts *counts, autan_error *err);
void autan_imagery_close(autan_imagery *imagery);

/* Means over the cells of the grid, written as rows of double, NaN where less than half
 * is known. Where the source is coarser than a quarter of a cell it is interpolated
 * bilinearly (class maps: taken as they are). */
autan_status autan_imagery_cells(autan_imagery *imagery, const autan_grid *grid,
                                 const autan_rows *cells, autan_error *err);

/* The same around a place: the mean over a disc of radius_m, or, when it is 0, the
 * value at the place. */
autan_status autan_imagery_place(autan_imagery *imagery, double x, double y,
                                 double radius_m, double *value, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
