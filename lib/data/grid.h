/* The regular grid of the maps. */
#ifndef AUTAN_DATA_GRID_H
#define AUTAN_DATA_GRID_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Cells are square. Row 0 is the northernmost: row r, column c is cell r * nx + c, as
 * in a GeoTIFF. All lengths in metres of the city's CRS. */
typedef struct {
    double xmin, ymin, xmax, ymax;
    double resolution;
    size_t nx, ny;
} autan_grid;

/* Builds the grid of an extent. AUTAN_OUT_OF_DOMAIN when the extent is empty, not
 * finite, or not a whole number of cells (to a millionth of a cell) in each direction,
 * or when it has more than 2^31 - 1 cells in a row or a column. */
autan_status autan_grid_make(double xmin, double ymin, double xmax, double ymax,
                             double resolution, autan_grid *grid);

/* Centre of a column (x) and of a row (y). */
double autan_grid_x(const autan_grid *grid, size_t column);
double autan_grid_y(const autan_grid *grid, size_t row);

/* Centres of all cells of n_rows rows from first on: x, y (n_rows * nx). */
void autan_grid_places(const autan_grid *grid, size_t first, size_t n_rows, double *x,
                       double *y);

#ifdef __cplusplus
}
#endif
#endif
