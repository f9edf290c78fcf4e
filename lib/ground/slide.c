#include "ground/slide.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"

/* Columns that are weighed together, and so stay near the processor. */
enum { STRIP = 64 };

/* Room of `each` values for every thread. */
static double *room_for_threads(size_t each)
{
    return malloc((size_t)omp_get_max_threads() * (each + 1) * sizeof(double));
}

static double *room_of_thread(double *room, size_t each)
{
    return room + (size_t)omp_get_thread_num() * (each + 1);
}

/* Slides along each line by itself; held is room for `each` values. */
static autan_status slide(const autan_lines *l, size_t reach, size_t each,
                          void (*along)(double *value, size_t n, size_t stride,
                                        size_t reach, double *held))
{
    double *room = room_for_threads(each);
    if (!room)
        return AUTAN_NO_MEMORY;
#pragma omp parallel for schedule(static)
    for (size_t k = 0; k < l->lines; k++)
        along(l->value + k * l->step, l->n, l->stride, reach,
              room_of_thread(room, each));
    free(room);
    return AUTAN_OK;
}

/* held is room for 3 (n + 2 reach) values. */
static void lowest_along(double *value, size_t n, size_t stride, size_t reach,
                         double *held)
{
    const size_t width = 2 * reach + 1, padded = n + 2 * reach;
    double *line = held, *left = held + padded, *right = held + 2 * padded;
    for (size_t i = 0; i < padded; i++) {
        double v = i >= reach && i < n + reach ? value[(i - reach) * stride] : INFINITY;
        line[i] = isnan(v) ? INFINITY : v;
    }
    for (size_t i = 0; i < padded; i++)
        left[i] = i % width ? fmin(left[i - 1], line[i]) : line[i];
    for (size_t i = padded; i-- > 0;)
        right[i] = i + 1 == padded || (i + 1) % width == 0
                       ? line[i]
                       : fmin(right[i + 1], line[i]);
    for (size_t i = 0; i < n; i++) {
        const double v = fmin(right[i], left[i + width - 1]);
        value[i * stride] = isinf(v) ? NAN : v;
    }
}

autan_status autan_slide_lowest(const autan_lines *l, size_t reach)
{
    return slide(l, reach, 3 * (l->n + 2 * reach), lowest_along);
}

/* held is room for 2 n values. */
static void sum_along(double *value, size_t n, size_t stride, size_t reach,
                      double *held)
{
    const size_t width = 2 * reach + 1;
    double *left = held, *right = held + n;
    for (size_t i = 0; i < n; i++) {
        const double v = value[i * stride];
        left[i] = i % width ? left[i - 1] + v : v;
    }
    for (size_t i = n; i-- > 0;) {
        const double v = value[i * stride];
        right[i] = i + 1 < n && (i + 1) % width ? v + right[i + 1] : v;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t first = i > reach ? i - reach : 0;
        const size_t last = i + reach < n ? i + reach : n - 1;
        value[i * stride] = first / width != last / width ? right[first] + left[last]
                            : first % width == 0          ? left[last]
                                                          : right[first];
    }
}

autan_status autan_slide_sum(const autan_lines *l, size_t reach)
{
    return slide(l, reach, 2 * l->n, sum_along);
}

/* Adds `taps` lines of n values, each `stride` after the one before, times their
 * weights, in this order for every value. */
AUTAN_EVEN_CLONES
static void add_lines(double *to, size_t n, const double *line, size_t stride,
                      const double *weight, size_t taps)
{
    size_t t = 0;
    for (; t + 4 <= taps; t += 4) {
        const double *a = line + t * stride, *b = a + stride, *c = b + stride,
                     *d = c + stride;
        const double u = weight[t], v = weight[t + 1], w = weight[t + 2],
                     x = weight[t + 3];
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            to[i] = (((to[i] + u * a[i]) + v * b[i]) + w * c[i]) + x * d[i];
    }
    for (; t < taps; t++) {
        for (size_t i = 0; i < n; i++)
            to[i] += weight[t] * line[t * stride + i];
    }
}

/* A line whose values lie side by side; held is room for n + 2 reach values. */
static void weigh_row(double *value, size_t n, const double *weight, size_t reach,
                      double *held)
{
    memset(held, 0, (n + 2 * reach) * sizeof *held);
    memcpy(held + reach, value, n * sizeof *held);
    memset(value, 0, n * sizeof *value);
    for (size_t i = 0; i < n; i += STRIP)
        add_lines(value + i, n - i < STRIP ? n - i : STRIP, held + i, 1, weight,
                  2 * reach + 1);
}

/* Up to STRIP lines side by side; held is room for STRIP n values. */
static void weigh_strip(const autan_lines *l, size_t first, const double *weight,
                        size_t reach, double *held)
{
    const size_t n = l->n, across = l->lines - first < STRIP ? l->lines - first : STRIP;
    for (size_t i = 0; i < n; i++)
        memcpy(held + i * across, l->value + i * l->stride + first,
               across * sizeof *held);
    for (size_t i = 0; i < n; i++) {
        const size_t begin = i > reach ? i - reach : 0;
        const size_t end = i + reach + 1 < n ? i + reach + 1 : n;
        double *to = l->value + i * l->stride + first;
        memset(to, 0, across * sizeof *to);
        add_lines(to, across, held + begin * across, across,
                  weight + (begin + reach - i), end - begin);
    }
}

autan_status autan_slide_weights(const autan_lines *l, const double *weight,
                                 size_t reach)
{
    const size_t at_once = l->stride == 1 ? 1 : STRIP;
    const size_t each = l->stride == 1 ? l->n + 2 * reach : STRIP * l->n;
    double *room = room_for_threads(each);
    if (!room)
        return AUTAN_NO_MEMORY;
#pragma omp parallel for schedule(static)
    for (size_t k = 0; k < l->lines; k += at_once) {
        double *held = room_of_thread(room, each);
        if (l->stride == 1)
            weigh_row(l->value + k * l->step, l->n, weight, reach, held);
        else
            weigh_strip(l, k, weight, reach, held);
    }
    free(room);
    return AUTAN_OK;
}
