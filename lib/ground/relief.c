#include "ground/relief.h"

#include <math.h>
#include <stdlib.h>

#include "ground/plane.h"

/* Elevation of a neighbour, or of the cell itself where there is none. */
static double near(const double *z, size_t nx, size_t ny, size_t x, size_t y, long dx,
                   long dy)
{
    const long column = (long)x + dx, row = (long)y + dy;
    double v = NAN;
    if (column >= 0 && row >= 0 && column < (long)nx && row < (long)ny)
        v = z[(size_t)row * nx + (size_t)column];
    return isnan(v) ? z[y * nx + x] : v;
}

void autan_slope(const double *z, size_t nx, size_t ny, double cell_m, double *slope)
{
    for (size_t y = 0; y < ny; y++) {
        for (size_t x = 0; x < nx; x++) {
            double east = 0.0, south = 0.0;
            for (long k = -1; k <= 1; k++) {
                const double weight = k ? 1.0 : 2.0;
                east += weight *
                        (near(z, nx, ny, x, y, 1, k) - near(z, nx, ny, x, y, -1, k));
                south += weight *
                         (near(z, nx, ny, x, y, k, 1) - near(z, nx, ny, x, y, k, -1));
            }
            slope[y * nx + x] =
                atan(hypot(east, south) / (8.0 * cell_m)) * 180.0 / M_PI;
        }
    }
}

autan_status autan_valley_height(const double *z, size_t nx, size_t ny, size_t column,
                                 size_t row, double cell_m, double radius_m,
                                 double *height)
{
    const size_t reach = (size_t)fmax(1.0, round(radius_m / cell_m));
    double *lowest = malloc((nx * ny + 1) * sizeof *lowest);
    autan_status status =
        lowest ? autan_lowest(z, nx, ny, reach, lowest) : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        status = autan_box_mean(lowest, nx, ny, column, row, reach, height);
    for (size_t k = 0; status == AUTAN_OK && k < nx * ny; k++)
        height[k] = isnan(z[k]) ? NAN : fmax(z[k] - height[k], 0.0);
    free(lowest);
    return status;
}

void autan_pooling(const double *z, size_t nx, size_t ny, double cell_m,
                   double radius_m, double *index)
{
    enum { PLACES = 100 };
    static const double LEVEL_M = 2.0;
    const double golden = M_PI * (3.0 - sqrt(5.0));
    long dx[PLACES], dy[PLACES];
    for (int i = 0; i < PLACES; i++) {
        double r = radius_m / cell_m * sqrt((i + 0.5) / PLACES);
        dx[i] = lround(r * cos(i * golden));
        dy[i] = lround(r * sin(i * golden));
    }
#pragma omp parallel for
    for (size_t y = 0; y < ny; y++) {
        for (size_t x = 0; x < nx; x++) {
            const double here = z[y * nx + x];
            int higher = 0, lower = 0;
            for (int i = 0; i < PLACES; i++) {
                double there = near(z, nx, ny, x, y, dx[i], dy[i]);
                higher += there > here + LEVEL_M;
                lower += there < here - LEVEL_M;
            }
            index[y * nx + x] =
                isnan(here) ? NAN : fmax(higher - lower, 0) / (double)PLACES;
        }
    }
}
