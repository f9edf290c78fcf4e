#include "files/disc.h"

#include <math.h>
#include <stdlib.h>

/* A disc is cut in at least so many strips. */
enum { STRIPS_MIN = 32 };
/* Known share of a disc from which its mean counts: at the corner of a map that ends
 * where its covariates end, a quarter is known. */
static const double LEAST_SHARE = 0.2;

void autan_disc_window_clear(autan_disc_window *window)
{
    free(window->sum);
    free(window->valid);
    window->sum = window->valid = NULL;
}

bool autan_disc_window_fill(autan_disc_window *window, const double *value,
                            const double *share)
{
    const size_t nx = window->nx, ny = window->ny;
    const double whole = (double)(window->merged * window->merged);
    window->complete = true;
    window->sum = malloc((nx + 1) * ny * sizeof(double));
    window->valid = malloc((nx + 1) * ny * sizeof(double));
    if (!window->sum || !window->valid) {
        autan_disc_window_clear(window);
        return false;
    }
    for (size_t j = 0; j < ny; j++) {
        double *sum = window->sum + j * (nx + 1), *valid = window->valid + j * (nx + 1);
        sum[0] = valid[0] = 0.0;
        for (size_t i = 0; i < nx; i++) {
            sum[i + 1] = sum[i] + value[j * nx + i] / whole;
            valid[i + 1] = valid[i] + share[j * nx + i] / whole;
            window->complete = window->complete && share[j * nx + i] == whole;
        }
    }
    return true;
}

/* The running sum at a column that may fall inside a pixel; column is within 0 to nx.
 */
static inline double at_column(const double *sum, double column)
{
    size_t whole = (size_t)column;
    double part = column - (double)whole;
    return part > 0.0 ? sum[whole] + part * (sum[whole + 1] - sum[whole]) : sum[whole];
}

static inline double clipped(double column, double nx)
{
    return column < 0.0 ? 0.0 : column > nx ? nx : column;
}

void autan_disc_strips_clear(autan_disc_strips *strips)
{
    free(strips->middle);
    strips->middle = strips->half = NULL;
    strips->n = strips->capacity = 0;
}

static bool make_room(autan_disc_strips *strips, size_t n)
{
    if (n > strips->capacity) {
        autan_disc_strips_clear(strips);
        strips->middle = malloc(2 * n * sizeof *strips->middle);
        strips->capacity = strips->middle ? n : 0;
    }
    strips->n = strips->middle ? n : 0;
    strips->half = strips->middle + strips->n;
    return strips->middle != NULL;
}

bool autan_disc_cut(autan_disc_strips *strips, size_t merged,
                    const autan_disc_scale *scale, double radius_m)
{
    /* With J the matrix of the scale, the ellipse is d' (J J')^-1 d <= radius^2. */
    const double k = 1.0 / (double)merged;
    const double a = (scale->cx * scale->cx + scale->cy * scale->cy) * k * k;
    const double b = (scale->cx * scale->rx + scale->cy * scale->ry) * k * k;
    const double c = (scale->rx * scale->rx + scale->ry * scale->ry) * k * k;
    const double slope = b / c, width = sqrt((a * c - b * b) / c);
    const double high = radius_m * sqrt(c);
    const long n = (long)fmin(fmax(STRIPS_MIN, ceil(2.0 * high)), 1e6);
    if (!make_room(strips, (size_t)n))
        return false;
    strips->high = high;
    strips->step = 2.0 * high / (double)n;
    strips->full = 0.0;
    for (long s = 0; s < n; s++) {
        const double dy = -high + ((double)s + 0.5) * strips->step;
        strips->half[s] = width * sqrt(radius_m * radius_m - dy * dy / c);
        strips->middle[s] = slope * dy;
        strips->full += 2.0 * strips->half[s];
    }
    return true;
}

double autan_disc_mean(const autan_disc_window *window, double column, double row,
                       const autan_disc_strips *strips)
{
    const double k = 1.0 / (double)window->merged, nx = (double)window->nx;
    const double x = (column - window->column0) * k, y = (row - window->row0) * k;
    double total = 0.0, area = 0.0;

    if (!isfinite(x) || !isfinite(y) || !(strips->high > 0.0))
        return NAN;
    for (size_t s = 0; s < strips->n; s++) {
        const double dy = -strips->high + ((double)s + 0.5) * strips->step;
        const double at = y + dy, middle = x + strips->middle[s];
        double left, right;
        size_t start;
        if (!(at >= 0.0 && at < (double)window->ny))
            continue;
        start = (size_t)at * (window->nx + 1);
        left = clipped(middle - strips->half[s], nx);
        right = clipped(middle + strips->half[s], nx);
        total += at_column(window->sum + start, right) -
                 at_column(window->sum + start, left);
        area += window->complete ? right - left
                                 : at_column(window->valid + start, right) -
                                       at_column(window->valid + start, left);
    }
    return area > LEAST_SHARE * strips->full ? total / area : NAN;
}
