#include "ground/change.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"

typedef enum { BUILT, ROAD, SEALED, TREES, GRASS, ALBEDO, ROLES } role;

static const double WHITE_ALBEDO = 0.6;

/* How names begin. */
static const struct {
    const char *start;
    role role;
} names[] = {{"build", BUILT},   {"built", BUILT}, {"bati", BUILT}, {"road", ROAD},
             {"imperv", SEALED}, {"seal", SEALED}, {"wood", TREES}, {"tree", TREES},
             {"canop", TREES},   {"grass", GRASS}, {"lawn", GRASS}, {"green", GRASS},
             {"albedo", ALBEDO}};

/* Targets as parts of full; below 0: left as it is. */
static const struct {
    const char *word;
    double target[ROLES];
} rules[AUTAN_CHANGES] = {
    [AUTAN_CHANGE_OPEN] = {"open", {-1, 0, 0, -1, 1, -1}},
    [AUTAN_CHANGE_PLANT] = {"plant", {-1, 0, 0, 1, 0, -1}},
    [AUTAN_CHANGE_BUILD] = {"build", {1, 0, 1, 0, 0, -1}},
    [AUTAN_CHANGE_WHITEN] = {"whiten", {-1, -1, -1, -1, -1, 1}},
};

const char *autan_change_word(autan_change change)
{
    return rules[change].word;
}

double autan_change_target(autan_change change, const char *covariate, double full)
{
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        double target = rules[change].target[names[k].role];
        if (strncmp(covariate, names[k].start, strlen(names[k].start)) != 0)
            continue;
        if (target < 0.0)
            return NAN;
        return names[k].role == ALBEDO ? target * WHITE_ALBEDO : target * full;
    }
    return NAN;
}

/* Part of the cell at dx, dy that lies in the disc around 0, 0. */
static double part_inside(long dx, long dy, double radius)
{
    enum { POINTS = 16 };
    int inside = 0;
    for (int k = 0; k < POINTS * POINTS; k++) {
        double x = (double)dx - 0.5 + (k % POINTS + 0.5) / POINTS;
        double y = (double)dy - 0.5 + ((double)(k / POINTS) + 0.5) / POINTS;
        inside += x * x + y * y <= radius * radius;
    }
    return inside / (double)(POINTS * POINTS);
}

/* Adds n weights times a change to what they fall on. */
AUTAN_EVEN_CLONES
static void add_weights(const double *weight, size_t n, double delta, double *out)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        out[i] += delta * weight[i];
}

static void add_around(const double *weight, size_t reach, double delta, size_t at,
                       size_t nx, size_t ny, double *out)
{
    const size_t x = at % nx, y = at / nx, side = 2 * reach + 1;
    const size_t left = x < reach ? x : reach, top = y < reach ? y : reach;
    const size_t right = nx - 1 - x < reach ? nx - 1 - x : reach;
    const size_t bottom = ny - 1 - y < reach ? ny - 1 - y : reach;
    for (size_t k = 0; k <= top + bottom; k++)
        add_weights(weight + (reach - top + k) * side + (reach - left),
                    left + right + 1, delta, out + (y - top + k) * nx + (x - left));
}

autan_status autan_change_spread(const double *delta, size_t nx, size_t ny,
                                 double radius, double *out)
{
    const long reach = (long)ceil(radius), side = 2 * reach + 1;
    double *weight, sum = 0.0;
    if (!(radius > 0.0)) {
        memcpy(out, delta, nx * ny * sizeof *out);
        return AUTAN_OK;
    }
    weight = malloc((size_t)(side * side) * sizeof *weight);
    if (!weight)
        return AUTAN_NO_MEMORY;
    for (long k = 0; k < side * side; k++) {
        weight[k] = part_inside(k % side - reach, k / side - reach, radius);
        sum += weight[k];
    }
    for (long k = 0; k < side * side; k++)
        weight[k] /= sum;
    memset(out, 0, nx * ny * sizeof *out);
    for (size_t k = 0; k < nx * ny; k++) {
        if (delta[k] != 0.0)
            add_around(weight, (size_t)reach, delta[k], k, nx, ny, out);
    }
    free(weight);
    return AUTAN_OK;
}
