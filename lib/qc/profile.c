/* Temperature against height in a circle of stations. */
#include <math.h>
#include <string.h>

#include "qc/robust.h"
#include "qc/spatial.h"

#define LAPSE_RATE (-0.0065) /* K/m, ICAO standard atmosphere */

enum { PARAMETERS = 5, CORNERS = PARAMETERS + 1 };

typedef struct {
    size_t n;
    const double *elevation, *value;
    int parameters; /* 2, a straight line, or 5 */
} profile;

/* Frei's profile: the line above h1, the line less a below h0, a cosine between. */
static double profile_at(const profile *p, const double c[PARAMETERS], double z)
{
    double line = c[0] + c[1] * z, h0, depth;
    if (p->parameters == 2)
        return line;
    h0 = c[3];
    depth = fabs(c[4]);
    if (z >= h0 + depth)
        return line;
    if (z <= h0)
        return line - c[2];
    return line - 0.5 * c[2] * (1 + cos(M_PI * (z - h0) / depth));
}

static double misfit(const profile *p, const double c[PARAMETERS])
{
    double total = 0;
    for (size_t i = 0; i < p->n; i++) {
        double away = profile_at(p, c, p->elevation[i]) - p->value[i];
        total += away * away;
    }
    return 0.5 * log(total / (double)p->n);
}

/* J. A. Nelder and R. Mead, A simplex method for function minimization, Computer
 * Journal 7 (1965), with the rules of GSL's nmsimplex2, which titanlib uses. */
typedef struct {
    const profile *p;
    int n; /* corners less one */
    double corner[CORNERS][PARAMETERS];
    double height[CORNERS];
} simplex;

/* The point at `factor` times the way from the centre of the others to a corner. */
static double move(const simplex *s, int corner, double factor, double x[PARAMETERS])
{
    for (int c = 0; c < s->n; c++) {
        double centre = 0;
        for (int k = 0; k <= s->n; k++)
            centre += k == corner ? 0 : s->corner[k][c];
        centre /= s->n;
        x[c] = centre + factor * (s->corner[corner][c] - centre);
    }
    return misfit(s->p, x);
}

static void put(simplex *s, int corner, const double x[PARAMETERS], double height)
{
    memcpy(s->corner[corner], x, (size_t)s->n * sizeof *x);
    s->height[corner] = height;
}

static void shrink(simplex *s, int best)
{
    for (int k = 0; k <= s->n; k++) {
        if (k == best)
            continue;
        for (int c = 0; c < s->n; c++)
            s->corner[k][c] = 0.5 * (s->corner[k][c] + s->corner[best][c]);
        s->height[k] = misfit(s->p, s->corner[k]);
    }
}

static void rank(const simplex *s, int *highest, int *second, int *lowest)
{
    *highest = *lowest = 0;
    *second = 1;
    double top = s->height[0], bottom = s->height[0], next = s->height[1];
    for (int k = 1; k <= s->n; k++) {
        double height = s->height[k];
        if (height < bottom) {
            bottom = height;
            *lowest = k;
        } else if (height > top) {
            next = top;
            *second = *highest;
            top = height;
            *highest = k;
        } else if (height > next) {
            next = height;
            *second = k;
        }
    }
}

static void step(simplex *s)
{
    int highest, second, lowest;
    double x[PARAMETERS], farther[PARAMETERS], height, beyond;
    rank(s, &highest, &second, &lowest);
    height = move(s, highest, -1, x);
    if (isfinite(height) && height < s->height[lowest]) {
        beyond = move(s, highest, -2, farther);
        if (isfinite(beyond) && beyond < s->height[lowest])
            put(s, highest, farther, beyond);
        else
            put(s, highest, x, height);
        return;
    }
    if (isfinite(height) && height <= s->height[second]) {
        put(s, highest, x, height);
        return;
    }
    if (isfinite(height) && height <= s->height[highest])
        put(s, highest, x, height);
    beyond = move(s, highest, 0.5, farther);
    if (isfinite(beyond) && beyond <= s->height[highest])
        put(s, highest, farther, beyond);
    else
        shrink(s, lowest);
}

/* Root mean square distance of the corners from their centre. */
static double size(const simplex *s)
{
    double total = 0;
    for (int c = 0; c < s->n; c++) {
        double centre = 0;
        for (int k = 0; k <= s->n; k++)
            centre += s->corner[k][c] / (s->n + 1);
        for (int k = 0; k <= s->n; k++) {
            double away = s->corner[k][c] - centre;
            total += away * away;
        }
    }
    return sqrt(total / (s->n + 1));
}

static void fit(const profile *p, double c[PARAMETERS])
{
    simplex s = {.p = p, .n = p->parameters};
    int highest, second, lowest;
    for (int k = 0; k <= s.n; k++) {
        memcpy(s.corner[k], c, PARAMETERS * sizeof *c);
        if (k)
            s.corner[k][k - 1] += 1;
        s.height[k] = misfit(p, s.corner[k]);
    }
    for (int iteration = 0; iteration < 100; iteration++) {
        step(&s);
        if (size(&s) < 1e-2)
            break;
    }
    rank(&s, &highest, &second, &lowest);
    memcpy(c, s.corner[lowest], PARAMETERS * sizeof *c);
}

/* Quantiles of the heights; they are few, and copying them would need memory. */
static double height_quantile(size_t n, const double *elevation, double fraction)
{
    double place = fraction * (double)(n - 1);
    size_t below = (size_t)place;
    double lower = NAN, upper = NAN;
    for (size_t i = 0; i < n; i++) {
        size_t less = 0, same = 0;
        for (size_t j = 0; j < n; j++) {
            less += elevation[j] < elevation[i];
            same += elevation[j] == elevation[i];
        }
        if (less <= below && below < less + same)
            lower = elevation[i];
        if (less <= below + 1 && below + 1 < less + same)
            upper = elevation[i];
    }
    return below + 1 < n ? lower + (place - (double)below) * (upper - lower) : lower;
}

static double mean_of(size_t n, const double *value)
{
    double total = 0;
    for (size_t i = 0; i < n; i++)
        total += value[i];
    return total / (double)n;
}

/* Whether the middle nine tenths of the heights span less than least_m; the outer
 * bounds answer without sorting in flat country. */
static bool is_flat(size_t n, const double *elevation, double least_m)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, elevation[i]);
        high = fmax(high, elevation[i]);
    }
    if (low == high || high - low < least_m)
        return true;
    return height_quantile(n, elevation, 0.95) - height_quantile(n, elevation, 0.05) <
           least_m;
}

void autan_vertical_profile(size_t n, const double *elevation, const double *value,
                            int num_min, double min_elevation_diff_m, size_t n_out,
                            const double *elevation_out, double *out)
{
    profile p = {n, elevation, value, (double)n < num_min ? 2 : PARAMETERS};
    double c[PARAMETERS] = {mean_of(n, value), 0, 0, 0, 0};
    if (is_flat(n, elevation, min_elevation_diff_m)) {
        p.parameters = 2;
    } else {
        c[1] = LAPSE_RATE;
        if (p.parameters == PARAMETERS) {
            c[2] = 5;
            c[3] = height_quantile(n, elevation, 0.10);
            c[4] = height_quantile(n, elevation, 0.90);
        }
        fit(&p, c);
    }
    for (size_t i = 0; i < n_out; i++)
        out[i] = profile_at(&p, c, elevation_out[i]);
}

void autan_vertical_profile_theil_sen(size_t n, const double *elevation,
                                      const double *value, int num_min,
                                      double min_elevation_diff_m, size_t n_out,
                                      const double *elevation_out, double *work,
                                      double *out)
{
    double slope = LAPSE_RATE, low = INFINITY, high = -INFINITY, offset;
    size_t pairs = 0;
    for (size_t i = 0; i < n; i++) {
        low = fmin(low, elevation[i]);
        high = fmax(high, elevation[i]);
    }
    if (low == high) {
        for (size_t i = 0; i < n_out; i++)
            out[i] = mean_of(n, value);
        return;
    }
    if ((double)n >= num_min && !is_flat(n, elevation, min_elevation_diff_m)) {
        for (size_t i = 0; i + 1 < n; i++) {
            for (size_t j = i + 1; j < n; j++) {
                double rise = elevation[i] - elevation[j];
                work[pairs++] = fabs(rise) < 1 ? 0 : (value[i] - value[j]) / rise;
            }
        }
        slope = autan_median(work, pairs);
    }
    for (size_t i = 0; i < n; i++)
        work[i] = value[i] - slope * elevation[i];
    offset = autan_median(work, n);
    for (size_t i = 0; i < n_out; i++)
        out[i] = offset + slope * elevation_out[i];
}
