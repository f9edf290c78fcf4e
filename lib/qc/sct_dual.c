/* The spatial consistency test of events. */
#include <math.h>
#include <stdlib.h>

#include "qc/interpolation.h"
#include "qc/moment.h"
#include "qc/spatial.h"
#include "qc/sweep.h"

/* An event and its absence inform a place when either reaches this much; titanlib. */
#define LEAST_INFLUENCE 0.45
#define EPS2            0.1

typedef struct {
    const autan_sct_dual_options *options;
    autan_circle circle; /* of all stations of the outer circle */
    autan_circle group;  /* of those with one outcome */
    double *elevation, *eps2, *row_sum, *diagonal;
    bool *event;
    int *missing;
} job;

static void job_clear(job *j)
{
    autan_circle_clear(&j->circle);
    autan_circle_clear(&j->group);
    free(j->elevation);
    free(j->event);
    free(j->missing);
}

static autan_status job_new(size_t n, const autan_sct_dual_options *options, job *j)
{
    size_t most = (size_t)options->num_max < n ? (size_t)options->num_max : n;
    autan_status status;
    most++;
    *j = (job){.options = options};
    j->elevation = malloc(4 * most * sizeof(double));
    j->event = calloc(n + 1, sizeof *j->event);
    j->missing = calloc(n + 1, sizeof *j->missing);
    status = j->elevation && j->event && j->missing ? AUTAN_OK : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        status = autan_circle_new(most, &j->circle);
    if (status == AUTAN_OK)
        status = autan_circle_new(most, &j->group);
    if (status != AUTAN_OK) {
        job_clear(j);
        return status;
    }
    j->eps2 = j->elevation + most;
    j->row_sum = j->elevation + 2 * most;
    j->diagonal = j->elevation + 3 * most;
    return AUTAN_OK;
}

static bool happened(double value, autan_condition condition, double threshold)
{
    switch (condition) {
    case AUTAN_EQUAL:
        return value == threshold;
    case AUTAN_GREATER:
        return value > threshold;
    case AUTAN_GREATER_EQUAL:
        return value >= threshold;
    case AUTAN_LESS:
        return value < threshold;
    case AUTAN_LESS_EQUAL:
        return value <= threshold;
    }
    return false;
}

static bool settled(const autan_sweep *sweep, const autan_circles *c)
{
    const job *j = sweep->job;
    size_t events = 0;
    for (size_t k = 0; k < c->n_outer; k++)
        events += j->event[c->outer[k]];
    return events == 0 || events == c->n_outer;
}

/* Inverts the matrix of the stations with one outcome; row sums and diagonal of the
 * inverse go to the places of these stations. */
static bool invert_group(job *j, const autan_circles *c, bool event)
{
    size_t n = c->n_outer, m = 0;
    for (size_t k = 0; k < n; k++) {
        if (j->event[c->outer[k]] != event)
            continue;
        for (size_t l = 0, column = 0; l < n; l++) {
            if (j->event[c->outer[l]] == event)
                j->group.distance[m * n + column++] = j->circle.correlation[k * n + l];
        }
        m++;
    }
    for (size_t a = 0; a < m; a++) {
        j->eps2[a] = EPS2;
        for (size_t b = 0; b < m; b++)
            j->group.correlation[a * m + b] = j->group.distance[a * n + b];
    }
    if (!autan_invert(m, j->group.correlation, j->eps2, j->group.inverse))
        return false;
    for (size_t k = 0, a = 0; k < n; k++) {
        if (j->event[c->outer[k]] != event)
            continue;
        j->row_sum[k] = 0;
        for (size_t b = 0; b < m; b++)
            j->row_sum[k] += j->group.inverse[a * m + b];
        j->diagonal[k] = j->group.inverse[a * m + a];
        a++;
    }
    return true;
}

/* The information by which the other outcome beats the station's own there, from the
 * leave-one-out influences of both groups; -1 where it does not. */
static double mismatch(const job *j, const autan_circles *c, size_t k)
{
    size_t n = c->n_outer;
    bool event = j->event[c->outer[k]];
    double own = 1 - j->row_sum[k] / j->diagonal[k], other = 0, information;
    if (own <= 0)
        own = 0.001;
    for (size_t l = 0; l < n; l++) {
        if (j->event[c->outer[l]] != event)
            other += j->circle.correlation[k * n + l] * j->row_sum[l];
    }
    if (own < LEAST_INFLUENCE && other < LEAST_INFLUENCE)
        return -1;
    information = other * log(other / own);
    if (other > own && information > autan_at(j->options->test_threshold, c->outer[k]))
        return information;
    return -1;
}

static bool correlate(job *j, const autan_points *points, const autan_circles *c)
{
    const autan_sct_dual_options *o = j->options;
    size_t n = c->n_outer;
    double scale;
    for (size_t k = 0; k < n; k++)
        j->elevation[k] = autan_elevation(points, c->outer[k]);
    autan_circle_distances(&j->circle, points, n, c->outer);
    scale = autan_circle_scale_kth(&j->circle, n, o->kth_closest);
    scale = fmin(fmax(scale, o->min_horizontal_scale_m), o->max_horizontal_scale_m);
    autan_circle_correlate(&j->circle, n, j->elevation, scale, o->vertical_scale_m);
    return invert_group(j, c, false) && invert_group(j, c, true);
}

static int judge(const autan_sweep *sweep, const autan_circles *c, bool may_pass,
                 int *verdict)
{
    job *j = sweep->job;
    size_t worst = 0;
    double most = -1;
    if (!correlate(j, sweep->points, c))
        return -1;
    for (size_t t = 0; t < c->n_test; t++) {
        double information = mismatch(j, c, c->inner[c->test[t]]);
        if (information > most) {
            most = information;
            worst = t;
        }
    }
    if (most >= 0) {
        verdict[c->outer[c->inner[c->test[worst]]]] = AUTAN_VERDICT_BAD;
        return 1;
    }
    for (size_t t = 0; may_pass && t < c->n_test; t++)
        verdict[c->outer[c->inner[c->test[t]]]] = AUTAN_VERDICT_GOOD;
    return 0;
}

static autan_status check_options(const autan_points *points, size_t n,
                                  const autan_sct_dual_options *o)
{
    if (points->n != n || !autan_per_station_fits(o->event_threshold, n) ||
        !autan_per_station_fits(o->test_threshold, n) ||
        !autan_check_list_fits(o->check, n))
        return AUTAN_BAD_ARGUMENT;
    if (!(o->num_min > 1 && o->num_max >= o->num_min && o->iterations >= 1 &&
          o->min_horizontal_scale_m > 0 && o->kth_closest > 0 &&
          o->max_horizontal_scale_m > 0 && o->vertical_scale_m > 0 &&
          o->inner_radius_m >= 0 && o->outer_radius_m >= o->inner_radius_m))
        return AUTAN_OUT_OF_DOMAIN;
    return AUTAN_OK;
}

autan_status autan_sct_dual(const autan_points *points, size_t n, const double *value,
                            const autan_sct_dual_options *options, int *verdict)
{
    job j;
    autan_status status = check_options(points, n, options);
    if (status != AUTAN_OK)
        return status;
    status = job_new(n, options, &j);
    if (status != AUTAN_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        j.event[i] = happened(value[i], options->condition,
                              autan_at(options->event_threshold, i));
        j.missing[i] = isnan(value[i]) || isnan(autan_elevation(points, i));
    }
    autan_sweep sweep = {.points = points,
                         .check = options->check,
                         .num_min = options->num_min,
                         .num_max = options->num_max,
                         .iterations = options->iterations,
                         .inner_radius_m = options->inner_radius_m,
                         .outer_radius_m = options->outer_radius_m,
                         .keep_isolated = true,
                         .missing = j.missing,
                         .job = &j,
                         .settled = settled,
                         .judge = judge};
    status = autan_sweep_run(&sweep, verdict);
    job_clear(&j);
    return status;
}
