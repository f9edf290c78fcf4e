/* Zones on the grid: which cells are theirs, and their outlines. */
#ifndef AUTAN_FILES_AREA_SHAPE_H
#define AUTAN_FILES_AREA_SHAPE_H

#include "base/status.h"
#include "data/grid.h"
#include "files/area_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* zone (ny x nx) is the number of the area that a cell's centre lies in, -1 for none;
 * where areas lie over each other the last has it. An area without a cell is not in it:
 * its places are x and y of area_file.h. AUTAN_NO_MEMORY; AUTAN_BAD_CONFIG for a crs
 * that PROJ does not know. Cost: cells, and points of outlines. */
autan_status autan_areas_burn(const autan_areas *areas, const char *crs,
                              const autan_grid *grid, int *zone, autan_error *err);

/* Outer and inner rings of all areas in the city's CRS, one after the other with NaN
 * between: *xy (*n x 2, m) for the caller to free(). Errors as above. */
autan_status autan_areas_outlines(const autan_areas *areas, const char *crs,
                                  double **xy, size_t *n, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
