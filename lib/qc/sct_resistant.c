/* The resistant spatial consistency test and the first guess test. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "qc/interpolation.h"
#include "qc/moment.h"
#include "qc/robust.h"
#include "qc/spatial.h"
#include "qc/sweep.h"

typedef struct {
    const autan_sct_resistant_options *options;
    const double *value;
    double plausible_low, plausible_high;
    autan_circle circle;
    size_t most;
    double *elevation, *reading, *background, *eps2, *weight, *work; /* outer circle */
    double *estimate, *chi, *spread, *sorted;                        /* inner circle */
    double *score;
    int *missing, *hopeless;
} job;

static void job_clear(job *j)
{
    autan_circle_clear(&j->circle);
    free(j->elevation);
    free(j->work);
    free(j->score);
    free(j->missing);
    free(j->hopeless);
}

static autan_status job_new(size_t n, const autan_sct_resistant_options *options,
                            bool interpolate, job *j)
{
    size_t most = (size_t)options->num_max < n ? (size_t)options->num_max : n;
    bool pairs = options->background == AUTAN_BACKGROUND_THEIL_SEN;
    autan_status status;
    *j = (job){.options = options, .most = most + 1};
    j->elevation = malloc(9 * j->most * sizeof(double));
    j->work = malloc((pairs ? j->most * j->most : j->most) * sizeof(double));
    j->score = malloc((n + 1) * sizeof(double));
    j->missing = calloc(n + 1, sizeof *j->missing);
    j->hopeless = calloc(n + 1, sizeof *j->hopeless);
    status = j->elevation && j->work && j->score && j->missing && j->hopeless
                 ? AUTAN_OK
                 : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK && interpolate)
        status = autan_circle_new(j->most, &j->circle);
    if (status != AUTAN_OK) {
        job_clear(j);
        return status;
    }
    j->reading = j->elevation + j->most;
    j->background = j->elevation + 2 * j->most;
    j->eps2 = j->elevation + 3 * j->most;
    j->weight = j->elevation + 4 * j->most;
    j->estimate = j->elevation + 5 * j->most;
    j->chi = j->elevation + 6 * j->most;
    j->spread = j->elevation + 7 * j->most;
    j->sorted = j->elevation + 8 * j->most;
    return AUTAN_OK;
}

static double within(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

static void compute_background(job *j, const autan_points *points,
                               const autan_circles *c)
{
    const autan_sct_resistant_options *o = j->options;
    size_t n = c->n_outer;
    double centre = 0;
    for (size_t k = 0; k < n; k++) {
        j->elevation[k] = autan_elevation(points, c->outer[k]);
        j->reading[k] = j->work[k] = j->value[c->outer[k]];
        centre += j->reading[k] / (double)n;
    }
    if (o->background == AUTAN_BACKGROUND_MEDIAN)
        centre = autan_median(j->work, n);
    for (size_t k = 0; k < n; k++)
        j->background[k] = o->background == AUTAN_BACKGROUND_EXTERNAL
                               ? autan_at(o->external, c->outer[k])
                               : centre;
    if (o->background == AUTAN_BACKGROUND_PROFILE)
        autan_vertical_profile(n, j->elevation, j->reading, o->num_min_profile,
                               o->min_elevation_diff_m, n, j->elevation, j->background);
    if (o->background == AUTAN_BACKGROUND_THEIL_SEN)
        autan_vertical_profile_theil_sen(n, j->elevation, j->reading,
                                         o->num_min_profile, o->min_elevation_diff_m, n,
                                         j->elevation, j->work, j->background);
    for (size_t k = 0; k < n; k++)
        j->background[k] =
            within(j->background[k], j->plausible_low, j->plausible_high);
}

/* The background lies within the valid range of all tested stations. A station tested
 * alone needs it strictly inside, as in titanlib. */
static bool settled(const autan_sweep *sweep, const autan_circles *c)
{
    job *j = sweep->job;
    compute_background(j, sweep->points, c);
    for (size_t t = 0; t < c->n_test; t++) {
        size_t k = c->inner[c->test[t]], i = c->outer[k];
        double low = autan_at(j->options->valid_low, i);
        double high = autan_at(j->options->valid_high, i), guess = j->background[k];
        bool inside = guess >= low && guess <= high;
        if (!inside || (c->single && (guess == low || guess == high)))
            return false;
    }
    return true;
}

/* Estimates and chi of the inner circle from the interpolation. */
static bool interpolate(job *j, const autan_points *points, const autan_circles *c)
{
    const autan_sct_resistant_options *o = j->options;
    size_t n = c->n_outer;
    double scale;
    autan_circle_distances(&j->circle, points, n, c->outer);
    scale = autan_circle_scale_kth(&j->circle, n, o->kth_closest);
    scale = fmin(fmax(scale, o->min_horizontal_scale_m), o->max_horizontal_scale_m);
    autan_circle_correlate(&j->circle, n, j->elevation, scale, o->vertical_scale_m);
    for (size_t k = 0; k < n; k++)
        j->eps2[k] = autan_at(o->eps2, c->outer[k]);
    if (!autan_invert(n, j->circle.correlation, j->eps2, j->circle.inverse))
        return false;
    for (size_t l = 0; l < c->n_inner; l++) {
        size_t k = c->inner[l], i = c->outer[k];
        double weight = 0, eps2 = j->eps2[k], low = j->plausible_low;
        for (size_t m = 0; m < n; m++)
            weight += j->circle.inverse[k * n + m] * (j->reading[m] - j->background[m]);
        double analysis = within(j->reading[k] - eps2 * weight, low, j->plausible_high);
        j->estimate[l] = within(j->reading[k] - weight / j->circle.inverse[k * n + k],
                                low, j->plausible_high);
        j->chi[l] = sqrt(
            fmax(0, (j->reading[k] - analysis) * (j->reading[k] - j->estimate[l])));
        j->spread[l] = sqrt(eps2 / (1 + eps2)) *
                       (autan_at(o->valid_high, i) - autan_at(o->valid_low, i));
    }
    return true;
}

static void guess(job *j, const autan_circles *c)
{
    const autan_sct_resistant_options *o = j->options;
    for (size_t l = 0; l < c->n_inner; l++) {
        size_t k = c->inner[l], i = c->outer[k];
        double error = o->uncertainty.n ? autan_at(o->uncertainty, i) : 1;
        j->estimate[l] = j->background[k];
        j->chi[l] = fabs(j->reading[k] - j->background[k]) / error;
        j->spread[l] = autan_at(o->valid_high, i) - autan_at(o->valid_low, i);
    }
}

static double quartile_range(double *value, size_t n)
{
    double low = autan_quantile(value, n, 0.25);
    return autan_quantile(value, n, 0.75) - low;
}

/* Centre and spread of chi where the estimate is admissible; answers of how many. */
static size_t summarise(job *j, const autan_circles *c, double *centre, double *spread)
{
    size_t n = 0;
    double other;
    for (int pass = 0; pass < 2; pass++) {
        n = 0;
        for (size_t l = 0; l < c->n_inner; l++) {
            size_t i = c->outer[c->inner[l]];
            if (j->estimate[l] >= autan_at(j->options->admissible_low, i) &&
                j->estimate[l] <= autan_at(j->options->admissible_high, i))
                j->sorted[n++] = pass ? j->chi[l] : j->spread[l];
        }
        other = *spread;
        *spread = n ? quartile_range(j->sorted, n) : 0;
    }
    *centre = autan_median(j->sorted, n);
    *spread = fmax(*spread, other);
    return n;
}

/* The tested station with the greatest score among those whose estimate is not valid,
 * or -1. */
static long worst(const job *j, const autan_circles *c, double centre, double spread,
                  double *score)
{
    long found = -1;
    *score = -10000;
    for (size_t t = 0; t < c->n_test; t++) {
        size_t l = c->test[t], i = c->outer[c->inner[l]];
        double z = j->options->basic ? j->chi[l] : (j->chi[l] - centre) / spread;
        bool valid = j->estimate[l] >= autan_at(j->options->valid_low, i) &&
                     j->estimate[l] <= autan_at(j->options->valid_high, i);
        if (z > *score && !valid) {
            *score = z;
            found = (long)t;
        }
    }
    return found;
}

static int set_all(const autan_circles *c, int to, int *verdict)
{
    for (size_t t = 0; t < c->n_test; t++)
        verdict[c->outer[c->inner[c->test[t]]]] = to;
    return (int)c->n_test;
}

static int decide(job *j, const autan_circles *c, bool may_pass, int *verdict)
{
    double centre = 0, spread = 0, score;
    size_t n = summarise(j, c, &centre, &spread);
    long t;
    if (n == 0)
        return set_all(c, AUTAN_VERDICT_BAD, verdict);
    if (!j->options->basic && spread == 0)
        return 0;
    t = worst(j, c, centre, spread + spread / sqrt((double)n), &score);
    if (t >= 0) {
        size_t k = c->inner[c->test[t]], i = c->outer[k];
        bool high = j->reading[k] >= j->background[k];
        if (score > autan_at(high ? j->options->positive : j->options->negative, i)) {
            j->score[i] = score;
            verdict[i] = AUTAN_VERDICT_BAD;
            return 1;
        }
    }
    if (may_pass)
        set_all(c, AUTAN_VERDICT_GOOD, verdict);
    return 0;
}

static int judge_interpolation(const autan_sweep *sweep, const autan_circles *c,
                               bool may_pass, int *verdict)
{
    job *j = sweep->job;
    if (!interpolate(j, sweep->points, c))
        return -1;
    return decide(j, c, may_pass, verdict);
}

static int judge_guess(const autan_sweep *sweep, const autan_circles *c, bool may_pass,
                       int *verdict)
{
    guess(sweep->job, c);
    return decide(sweep->job, c, may_pass, verdict);
}

static autan_status check_lists(const autan_points *points, size_t n, bool interpolate,
                                const autan_sct_resistant_options *o)
{
    const autan_per_station lists[] = {o->admissible_low, o->admissible_high,
                                       o->valid_low,      o->valid_high,
                                       o->positive,       o->negative};
    if (points->n != n || !autan_check_list_fits(o->check, n) ||
        !autan_check_list_fits(o->uncertainty, n) ||
        (interpolate && !autan_per_station_fits(o->eps2, n)))
        return AUTAN_BAD_ARGUMENT;
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        if (!autan_per_station_fits(lists[k], n))
            return AUTAN_BAD_ARGUMENT;
    }
    if (o->background == AUTAN_BACKGROUND_EXTERNAL &&
        !autan_per_station_fits(o->external, n))
        return AUTAN_BAD_ARGUMENT;
    return AUTAN_OK;
}

static bool options_fit(const autan_sct_resistant_options *o, bool interpolate)
{
    bool scales = o->min_horizontal_scale_m > 0 && o->kth_closest > 0 &&
                  o->max_horizontal_scale_m > 0 && o->vertical_scale_m > 0;
    bool profile = o->background != AUTAN_BACKGROUND_PROFILE || o->num_min_profile >= 0;
    return o->num_min > 1 && o->num_max >= o->num_min && o->iterations >= 1 &&
           o->min_elevation_diff_m > 0 && o->inner_radius_m >= 0 &&
           o->outer_radius_m >= o->inner_radius_m && profile &&
           (!interpolate || scales);
}

static void prepare(job *j, const autan_points *points, const double *value,
                    bool needs_height)
{
    j->value = value;
    j->plausible_low = INFINITY;
    j->plausible_high = -INFINITY;
    for (size_t i = 0; i < points->n; i++) {
        j->plausible_low =
            fmin(j->plausible_low, autan_at(j->options->admissible_low, i));
        j->plausible_high =
            fmax(j->plausible_high, autan_at(j->options->admissible_high, i));
    }
    for (size_t i = 0; i < points->n; i++) {
        j->score[i] = -999;
        j->missing[i] =
            isnan(value[i]) || (needs_height && isnan(autan_elevation(points, i)));
        j->hopeless[i] = value[i] < j->plausible_low || value[i] > j->plausible_high;
    }
}

static autan_status run(const autan_points *points, size_t n, const double *value,
                        const autan_sct_resistant_options *o, bool interpolates,
                        int *verdict, double *score)
{
    job j;
    bool profile = o->background == AUTAN_BACKGROUND_PROFILE ||
                   o->background == AUTAN_BACKGROUND_THEIL_SEN;
    autan_status status = check_lists(points, n, interpolates, o);
    if (status != AUTAN_OK)
        return status;
    if (!options_fit(o, interpolates))
        return AUTAN_OUT_OF_DOMAIN;
    status = job_new(n, o, interpolates, &j);
    if (status != AUTAN_OK)
        return status;
    prepare(&j, points, value, interpolates || profile);
    autan_sweep sweep = {.points = points,
                         .check = o->check,
                         .num_min = o->num_min,
                         .num_max = o->num_max,
                         .iterations = o->iterations,
                         .inner_radius_m = o->inner_radius_m,
                         .outer_radius_m = o->outer_radius_m,
                         .needs_company = true,
                         .keep_isolated = o->keep_isolated,
                         .missing = j.missing,
                         .hopeless = j.hopeless,
                         .job = &j,
                         .settled = settled,
                         .judge = interpolates ? judge_interpolation : judge_guess};
    status = autan_sweep_run(&sweep, verdict);
    if (status == AUTAN_OK && score)
        memcpy(score, j.score, n * sizeof *score);
    job_clear(&j);
    return status;
}

autan_status autan_sct_resistant(const autan_points *points, size_t n,
                                 const double *value,
                                 const autan_sct_resistant_options *options,
                                 int *verdict, double *score)
{
    return run(points, n, value, options, true, verdict, score);
}

autan_status autan_first_guess_test(const autan_points *points, size_t n,
                                    const double *value,
                                    const autan_sct_resistant_options *options,
                                    int *verdict, double *score)
{
    return run(points, n, value, options, false, verdict, score);
}
