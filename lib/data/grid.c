#include "data/grid.h"

#include <math.h>
#include <string.h>

static int whole_cells(double length, double resolution, size_t *count)
{
    double cells = length / resolution;
    double rounded = round(cells);
    if (!(rounded >= 1 && rounded <= 2147483647.0) || fabs(cells - rounded) > 1e-6)
        return 0;
    *count = (size_t)rounded;
    return 1;
}

autan_status autan_grid_make(double xmin, double ymin, double xmax, double ymax,
                             double resolution, autan_grid *grid)
{
    autan_grid made = {xmin, ymin, xmax, ymax, resolution, 0, 0};
    if (!isfinite(xmin) || !isfinite(ymin) || !(resolution > 0) ||
        !whole_cells(xmax - xmin, resolution, &made.nx) ||
        !whole_cells(ymax - ymin, resolution, &made.ny))
        return AUTAN_OUT_OF_DOMAIN;
    *grid = made;
    return AUTAN_OK;
}

double autan_grid_x(const autan_grid *grid, size_t column)
{
    return grid->xmin + ((double)column + 0.5) * grid->resolution;
}

double autan_grid_y(const autan_grid *grid, size_t row)
{
    return grid->ymax - ((double)row + 0.5) * grid->resolution;
}

void autan_grid_places(const autan_grid *grid, size_t first, size_t n_rows, double *x,
                       double *y)
{
    const size_t nx = grid->nx;
    for (size_t c = 0; c < nx && n_rows > 0; c++)
        x[c] = autan_grid_x(grid, c);
    for (size_t r = 0; r < n_rows; r++) {
        const double north = autan_grid_y(grid, first + r);
        if (r > 0)
            memcpy(x + r * nx, x, nx * sizeof *x);
        for (size_t c = 0; c < nx; c++)
            y[r * nx + c] = north;
    }
}
