#include "ground/relief.h"

#include <math.h>
#include <stdlib.h>

#include "base/clones.h"

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
#pragma omp parallel for
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

static autan_status subtract_floor(const autan_boxes *z, const autan_bounds *b,
                                   const autan_boxes *height)
{
    double *here = malloc(2 * b->nx * sizeof *here), *floor = here + b->nx;
    autan_status status = here ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t y = 0; status == AUTAN_OK && y < b->ny; y++) {
        status = z->read(z->user, 0, y, b->nx, 1, here);
        if (status == AUTAN_OK)
            status = height->read(height->user, 0, y, b->nx, 1, floor);
        for (size_t x = 0; status == AUTAN_OK && x < b->nx; x++)
            here[x] = isnan(here[x]) ? NAN : fmax(here[x] - floor[x], 0.0);
        if (status == AUTAN_OK)
            status = height->write(height->user, 0, y, b->nx, 1, here);
    }
    free(here);
    return status;
}

autan_status autan_valley_height(const autan_boxes *elevation,
                                 const autan_bounds *bounds, double cell_m,
                                 double radius_m, const autan_boxes *height)
{
    const size_t reach = (size_t)fmax(1.0, round(radius_m / cell_m));
    autan_status status = autan_lowest(elevation, bounds, reach, height);
    if (status == AUTAN_OK)
        status = autan_box_mean(height, bounds, reach, height);
    return status == AUTAN_OK ? subtract_floor(elevation, bounds, height) : status;
}

/* Columns that are compared together, and so stay near the processor. */
enum { STRIP = 512 };

/* Counts the higher less the lower; what is unknown is neither. */
AUTAN_EVEN_CLONES
static void compare(const double *there, const double *high, const double *low,
                    size_t n, double *balance)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        balance[i] +=
            (there[i] > high[i] ? 1.0 : 0.0) - (there[i] < low[i] ? 1.0 : 0.0);
}

enum { PLACES = 100 };

/* The index of columns `from` to from + n - 1 of a row. What lies beyond the edge is as
 * high as the cell. */
static void pool_strip(const double *z, size_t nx, size_t ny, size_t from, size_t n,
                       size_t y, const long *dx, const long *dy, double *index)
{
    static const double LEVEL_M = 2.0;
    double high[STRIP], low[STRIP], balance[STRIP] = {0.0};
    const double *here = z + y * nx + from;
    for (size_t i = 0; i < n; i++) {
        high[i] = here[i] + LEVEL_M;
        low[i] = here[i] - LEVEL_M;
    }
    for (int p = 0; p < PLACES; p++) {
        const long row = (long)y + dy[p], column = (long)from + dx[p];
        const long first = column < 0 ? -column : 0;
        const long end = column + (long)n > (long)nx ? (long)nx - column : (long)n;
        if (row >= 0 && row < (long)ny && first < end)
            compare(z + row * (long)nx + column + first, high + first, low + first,
                    (size_t)(end - first), balance + first);
    }
    for (size_t i = 0; i < n; i++)
        index[i] = isnan(here[i]) ? NAN : fmax(balance[i], 0.0) / (double)PLACES;
}

void autan_pooling(const double *z, size_t nx, size_t ny, double cell_m,
                   double radius_m, double *index)
{
    const double golden = M_PI * (3.0 - sqrt(5.0));
    long dx[PLACES], dy[PLACES];
    for (int i = 0; i < PLACES; i++) {
        double r = radius_m / cell_m * sqrt((i + 0.5) / PLACES);
        dx[i] = lround(r * cos(i * golden));
        dy[i] = lround(r * sin(i * golden));
    }
#pragma omp parallel for
    for (size_t y = 0; y < ny; y++) {
        for (size_t x = 0; x < nx; x += STRIP)
            pool_strip(z, nx, ny, x, nx - x < STRIP ? nx - x : STRIP, y, dx, dy,
                       index + y * nx + x);
    }
}
