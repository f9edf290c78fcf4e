/* The spatial consistency test. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "qc/interpolation.h"
#include "qc/moment.h"
#include "qc/spatial.h"

/* A box of stations around the one being handled. */
typedef struct {
    const autan_points *points;
    const double *value;
    const autan_sct_options *options;
    autan_neighbours *tree;
    autan_circle circle;
    autan_neighbour *found;
    size_t *member;
    double *elevation, *reading, *eps2, *innovation, *weight;
    double *score;
    int *verdict, *checked;
} box;

static void box_clear(box *b)
{
    autan_neighbours_free(b->tree);
    autan_circle_clear(&b->circle);
    free(b->found);
    free(b->member);
    free(b->elevation);
    free(b->score);
    free(b->verdict);
    free(b->checked);
}

static autan_status box_new(const autan_points *points, const double *value,
                            const autan_sct_options *options, box *b)
{
    size_t n = points->n, most = (size_t)options->num_max;
    autan_status status;
    if (most > n)
        most = n;
    *b = (box){.points = points, .value = value, .options = options};
    b->found = malloc((most + 1) * sizeof *b->found);
    b->member = malloc((most + 1) * sizeof *b->member);
    b->elevation = malloc((5 * most + 1) * sizeof(double));
    b->score = calloc(n + 1, sizeof *b->score);
    b->verdict = calloc(n + 1, sizeof *b->verdict);
    b->checked = calloc(n + 1, sizeof *b->checked);
    status =
        b->found && b->member && b->elevation && b->score && b->verdict && b->checked
            ? AUTAN_OK
            : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        status = autan_circle_new(most, &b->circle);
    if (status == AUTAN_OK)
        status = autan_neighbours_new(points, &b->tree);
    if (status != AUTAN_OK) {
        box_clear(b);
        return status;
    }
    b->reading = b->elevation + most;
    b->eps2 = b->reading + most;
    b->innovation = b->eps2 + most;
    b->weight = b->innovation + most;
    return AUTAN_OK;
}

static void gather(box *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        size_t i = b->found[k].index;
        b->member[k] = i;
        b->elevation[k] = autan_elevation(b->points, i);
        b->reading[k] = b->value[i];
        b->eps2[k] = autan_at(b->options->eps2, i);
    }
}

/* Reading less background. */
static void innovate(box *b, size_t n)
{
    const autan_sct_options *options = b->options;
    double mean = 0;
    if (options->num_min_profile >= 0) {
        autan_vertical_profile(n, b->elevation, b->reading, options->num_min_profile,
                               options->min_elevation_diff_m, n, b->elevation,
                               b->innovation);
    } else {
        for (size_t k = 0; k < n; k++)
            mean += b->reading[k] / (double)n;
        for (size_t k = 0; k < n; k++)
            b->innovation[k] = mean;
    }
    for (size_t k = 0; k < n; k++)
        b->innovation[k] = b->reading[k] - b->innovation[k];
}

static bool weigh(box *b, size_t n)
{
    double scale;
    autan_circle_distances(&b->circle, b->points, n, b->member);
    scale = fmax(autan_circle_scale_quantile(&b->circle, n),
                 b->options->min_horizontal_scale_m);
    autan_circle_correlate(&b->circle, n, b->elevation, scale,
                           b->options->vertical_scale_m);
    if (!autan_invert(n, b->circle.correlation, b->eps2, b->circle.inverse))
        return false;
    for (size_t i = 0; i < n; i++) {
        b->weight[i] = 0;
        for (size_t j = 0; j < n; j++)
            b->weight[i] += b->circle.inverse[i * n + j] * b->innovation[j];
    }
    return true;
}

/* Judges the box's stations within the inner circle; answers how many are bad. The
 * analysis residual is eps2 times the weight, the leave-one-out residual the weight
 * over the inverse's diagonal, both of the sign of value less estimate. */
static size_t judge(box *b, size_t n)
{
    double variance = 0;
    size_t bad = 0;
    for (size_t k = 0; k < n; k++)
        variance += b->innovation[k] * b->eps2[k] * b->weight[k] / (double)n;
    variance = fmax(variance, 0.01);
    for (size_t k = 0; k < n && b->found[k].distance_m <= b->options->inner_radius_m;
         k++) {
        size_t i = b->member[k];
        double left_out = b->weight[k] / b->circle.inverse[k * n + k];
        double ratio = left_out * b->eps2[k] * b->weight[k] / variance;
        double limit =
            autan_at(left_out > 0 ? b->options->positive : b->options->negative, i);
        if (!autan_to_check(b->options->check, b->points->n, i))
            continue;
        b->score[i] = fmax(b->score[i], ratio);
        b->checked[i] = 1;
        if (ratio > limit) {
            b->verdict[i] = AUTAN_VERDICT_BAD;
            bad++;
        }
    }
    return bad;
}

static size_t pass(box *b)
{
    size_t bad = 0;
    memset(b->checked, 0, b->points->n * sizeof *b->checked);
    for (size_t i = 0; i < b->points->n; i++) {
        if (b->verdict[i] || b->checked[i] ||
            !autan_to_check(b->options->check, b->points->n, i))
            continue;
        size_t n =
            autan_neighbours_nearest(b->tree, i, b->options->outer_radius_m,
                                     (size_t)b->options->num_max, b->verdict, b->found);
        if (n < (size_t)b->options->num_min)
            continue;
        gather(b, n);
        innovate(b, n);
        if (weigh(b, n))
            bad += judge(b, n);
    }
    return bad;
}

static bool options_fit(const autan_sct_options *o)
{
    return o->num_min > 1 && o->num_max >= o->num_min && o->iterations >= 1 &&
           o->min_elevation_diff_m > 0 && o->min_horizontal_scale_m > 0 &&
           o->vertical_scale_m > 0 && o->inner_radius_m >= 0 &&
           o->outer_radius_m >= o->inner_radius_m;
}

static autan_status check_options(const autan_points *points, size_t n,
                                  const autan_sct_options *o)
{
    if (points->n != n || !autan_per_station_fits(o->positive, n) ||
        !autan_per_station_fits(o->negative, n) ||
        !autan_per_station_fits(o->eps2, n) ||
        !(o->check.n == 0 || (o->check.n == n && o->check.value)))
        return AUTAN_BAD_ARGUMENT;
    if (!options_fit(o))
        return AUTAN_OUT_OF_DOMAIN;
    for (size_t i = 0; i < n; i++) {
        if (!(autan_at(o->eps2, i) > 0) || !(autan_at(o->positive, i) >= 0) ||
            !(autan_at(o->negative, i) >= 0))
            return AUTAN_OUT_OF_DOMAIN;
    }
    return AUTAN_OK;
}

autan_status autan_sct(const autan_points *points, size_t n, const double *value,
                       const autan_sct_options *options, int *verdict, double *score)
{
    box b;
    autan_status status = check_options(points, n, options);
    if (status != AUTAN_OK)
        return status;
    status = box_new(points, value, options, &b);
    if (status != AUTAN_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        if (isnan(value[i]) || isnan(autan_elevation(points, i)))
            b.verdict[i] = AUTAN_VERDICT_BAD;
    }
    for (int iteration = 0; iteration < options->iterations; iteration++) {
        if (pass(&b) == 0)
            break;
    }
    memcpy(verdict, b.verdict, n * sizeof *verdict);
    if (score)
        memcpy(score, b.score, n * sizeof *score);
    box_clear(&b);
    return AUTAN_OK;
}
