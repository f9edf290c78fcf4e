#include "ground/plane.h"

#include <math.h>
#include <stdlib.h>

/* Patches: union of labels, the root being the smallest. */

static uint32_t root_of(uint32_t *parent, uint32_t label)
{
    while (parent[label] != label) {
        parent[label] = parent[parent[label]];
        label = parent[label];
    }
    return label;
}

static void join(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

autan_status autan_keep_patches(uint8_t *mask, size_t nx, size_t ny, size_t smallest,
                                size_t *kept)
{
    uint32_t *parent = malloc((nx * ny + 1) * sizeof *parent);
    uint32_t *size = calloc(nx * ny + 1, sizeof *size);
    size_t patches = 0;
    if (!parent || !size || nx * ny > UINT32_MAX) {
        free(parent);
        free(size);
        return AUTAN_NO_MEMORY;
    }
    for (size_t k = 0; k < nx * ny; k++) {
        const size_t x = k % nx;
        parent[k] = (uint32_t)k;
        if (!mask[k])
            continue;
        if (x > 0 && mask[k - 1])
            join(parent, (uint32_t)k, (uint32_t)(k - 1));
        for (size_t i = x ? 0 : 1; k >= nx && i < 3 && x + i <= nx; i++) {
            if (mask[k - nx + i - 1])
                join(parent, (uint32_t)k, (uint32_t)(k - nx + i - 1));
        }
    }
    for (size_t k = 0; k < nx * ny; k++) {
        if (mask[k])
            size[root_of(parent, (uint32_t)k)]++;
    }
    for (size_t k = 0; k < nx * ny; k++) {
        if (!mask[k])
            continue;
        mask[k] = size[root_of(parent, (uint32_t)k)] >= smallest;
        patches += mask[k] && parent[k] == k;
    }
    free(parent);
    free(size);
    *kept = patches;
    return AUTAN_OK;
}

/* Lower envelope of the parabolas (q - i)^2 + f[i] along a line. */
static void envelope(size_t n, const float *f, float *d, size_t *place, double *from)
{
    size_t used = 0;
    for (size_t q = 0; q < n; q++) {
        double start = -INFINITY;
        if (isinf(f[q]))
            continue;
        while (used > 0) {
            size_t p = place[used - 1];
            start = ((double)f[q] + (double)q * (double)q - (double)f[p] -
                     (double)p * (double)p) /
                    (2.0 * ((double)q - (double)p));
            if (start > from[used - 1])
                break;
            used--;
            start = -INFINITY;
        }
        place[used] = q;
        from[used++] = start;
    }
    for (size_t q = 0, k = 0; q < n; q++) {
        if (used == 0) {
            d[q] = INFINITY;
            continue;
        }
        while (k + 1 < used && from[k + 1] < (double)q)
            k++;
        d[q] =
            (float)(((double)q - (double)place[k]) * ((double)q - (double)place[k])) +
            f[place[k]];
    }
}

autan_status autan_distance(const uint8_t *mask, size_t nx, size_t ny, float *distance)
{
    float *line = malloc((nx + 1) * sizeof *line);
    size_t *place = malloc((nx + 1) * sizeof *place);
    double *from = malloc((nx + 1) * sizeof *from);
    autan_status status = line && place && from ? AUTAN_OK : AUTAN_NO_MEMORY;
    /* Down and up the columns first, a row at a time. */
    for (size_t k = 0; status == AUTAN_OK && k < nx * ny; k++)
        distance[k] = mask[k] ? 0.0f : k < nx ? INFINITY : distance[k - nx] + 1.0f;
    for (size_t k = nx * ny; status == AUTAN_OK && k-- > 0;) {
        if (k + nx < nx * ny)
            distance[k] = fminf(distance[k], distance[k + nx] + 1.0f);
    }
    for (size_t y = 0; status == AUTAN_OK && y < ny; y++) {
        float *row = distance + y * nx;
        for (size_t x = 0; x < nx; x++)
            row[x] *= row[x];
        envelope(nx, row, line, place, from);
        for (size_t x = 0; x < nx; x++)
            row[x] = sqrtf(line[x]);
    }
    free(line);
    free(place);
    free(from);
    return status;
}

/* One pass of a window of weights along lines: stride apart within a line. */
static void weigh(const double *value, const double *known, size_t n, size_t stride,
                  const double *weight, size_t reach, double *sum, double *share)
{
    for (size_t i = 0; i < n; i++) {
        double s = 0.0, w = 0.0;
        size_t first = i > reach ? i - reach : 0,
               end = i + reach + 1 < n ? i + reach + 1 : n;
        for (size_t j = first; j < end; j++) {
            double here = weight[j > i ? j - i : i - j];
            s += here * value[j * stride];
            w += here * known[j * stride];
        }
        sum[i * stride] = s;
        share[i * stride] = w;
    }
}

autan_status autan_gauss(const double *value, size_t nx, size_t ny, double sigma,
                         double *mean)
{
    const size_t n = nx * ny, reach = (size_t)ceil(4.0 * sigma);
    double *weight = malloc((reach + 1) * sizeof *weight);
    double *held = malloc((3 * n + 1) * sizeof *held), total = 0.0;
    double *known = held, *sum = held + n, *share = held + 2 * n;
    if (!weight || !held) {
        free(weight);
        free(held);
        return AUTAN_NO_MEMORY;
    }
    for (size_t i = 0; i <= reach; i++) {
        weight[i] = exp(-0.5 * (double)(i * i) / (sigma * sigma));
        total += i ? 2.0 * weight[i] : weight[i];
    }
    for (size_t k = 0; k < n; k++) {
        known[k] = isfinite(value[k]) ? 1.0 : 0.0;
        mean[k] = isfinite(value[k]) ? value[k] : 0.0;
    }
    for (size_t y = 0; y < ny; y++)
        weigh(mean + y * nx, known + y * nx, nx, 1, weight, reach, sum + y * nx,
              share + y * nx);
    for (size_t x = 0; x < nx; x++)
        weigh(sum + x, share + x, ny, nx, weight, reach, mean + x, known + x);
    for (size_t k = 0; k < n; k++)
        mean[k] = known[k] >= 0.25 * total * total ? mean[k] / known[k] : NAN;
    free(weight);
    free(held);
    return AUTAN_OK;
}

/* Running minimum along a line, by blocks of the window's length (van Herk, Gil,
 * Werman). */
static void lowest_along(const double *in, size_t n, size_t stride, size_t reach,
                         double *line, double *left, double *right, double *out)
{
    const size_t width = 2 * reach + 1, padded = n + 2 * reach;
    for (size_t i = 0; i < padded; i++) {
        double v = i >= reach && i < n + reach ? in[(i - reach) * stride] : INFINITY;
        line[i] = isnan(v) ? INFINITY : v;
    }
    for (size_t i = 0; i < padded; i++)
        left[i] = i % width ? fmin(left[i - 1], line[i]) : line[i];
    for (size_t i = padded; i-- > 0;)
        right[i] = i + 1 == padded || (i + 1) % width == 0
                       ? line[i]
                       : fmin(right[i + 1], line[i]);
    for (size_t i = 0; i < n; i++)
        out[i * stride] = fmin(right[i], left[i + width - 1]);
}

autan_status autan_lowest(const double *value, size_t nx, size_t ny, size_t reach,
                          double *lowest)
{
    const size_t longest = (nx > ny ? nx : ny) + 2 * reach;
    double *held = malloc(3 * longest * sizeof *held);
    if (!held)
        return AUTAN_NO_MEMORY;
    for (size_t y = 0; y < ny; y++)
        lowest_along(value + y * nx, nx, 1, reach, held, held + longest,
                     held + 2 * longest, lowest + y * nx);
    for (size_t x = 0; x < nx; x++)
        lowest_along(lowest + x, ny, nx, reach, held, held + longest,
                     held + 2 * longest, lowest + x);
    for (size_t k = 0; k < nx * ny; k++) {
        if (isinf(lowest[k]))
            lowest[k] = NAN;
    }
    free(held);
    return AUTAN_OK;
}

/* Sums of the windows along a line, from running sums. */
static void sum_along(double *values, size_t n, size_t stride, size_t reach,
                      double *running)
{
    running[0] = 0.0;
    for (size_t i = 0; i < n; i++)
        running[i + 1] = running[i] + values[i * stride];
    for (size_t i = 0; i < n; i++) {
        size_t first = i > reach ? i - reach : 0,
               end = i + reach + 1 < n ? i + reach + 1 : n;
        values[i * stride] = running[end] - running[first];
    }
}

autan_status autan_box_mean(const double *value, size_t nx, size_t ny, size_t reach,
                            double *mean)
{
    const size_t n = nx * ny;
    double *known = malloc((n + 1) * sizeof *known);
    double *running = malloc(((nx > ny ? nx : ny) + 1) * sizeof *running);
    if (!known || !running) {
        free(known);
        free(running);
        return AUTAN_NO_MEMORY;
    }
    for (size_t k = 0; k < n; k++) {
        known[k] = isfinite(value[k]) ? 1.0 : 0.0;
        mean[k] = isfinite(value[k]) ? value[k] : 0.0;
    }
    for (size_t y = 0; y < ny; y++) {
        sum_along(mean + y * nx, nx, 1, reach, running);
        sum_along(known + y * nx, nx, 1, reach, running);
    }
    for (size_t x = 0; x < nx; x++) {
        sum_along(mean + x, ny, nx, reach, running);
        sum_along(known + x, ny, nx, reach, running);
    }
    for (size_t k = 0; k < n; k++)
        mean[k] = known[k] > 0.5 ? mean[k] / known[k] : NAN;
    free(known);
    free(running);
    return AUTAN_OK;
}
