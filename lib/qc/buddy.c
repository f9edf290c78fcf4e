/* Buddy checks: a value against those around it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "qc/moment.h"
#include "qc/spatial.h"

double autan_buddy_statistic(double value, size_t n, const double *buddy,
                             size_t num_min, double min_std)
{
    double mean = 0, variance = 0, count = 0, spread;
    for (size_t k = 0; k < n; k++) {
        double there = !isnan(buddy[k]);
        mean += there != 0 ? buddy[k] : 0;
        count += there;
    }
    if (count == 0 || count < (double)num_min)
        return NAN;
    mean /= count;
    for (size_t k = 0; k < n; k++) {
        double away = isnan(buddy[k]) ? 0 : buddy[k] - mean;
        variance += away * away;
    }
    variance /= count;
    spread = fmax(min_std, sqrt(variance + variance / count));
    return fabs(value - mean) / spread;
}

/* Values of the usable buddies at the station's height. */
static size_t gather(const autan_points *points, const double *value, const int *bad,
                     size_t i, double max_difference_m, double gradient, size_t near,
                     const autan_neighbour *found, double *buddy)
{
    size_t count = 0;
    for (size_t k = 0; k < near; k++) {
        size_t j = found[k].index;
        double rise = autan_elevation(points, i) - autan_elevation(points, j);
        if (bad[j])
            continue;
        if (max_difference_m <= 0)
            buddy[count++] = value[j];
        else if (fabs(rise) <= max_difference_m)
            buddy[count++] = value[j] + rise * gradient;
    }
    return count;
}

/* What one iteration needs; judge answers whether the value is bad. */
typedef struct buddy_job buddy_job;
struct buddy_job {
    const autan_points *points;
    const double *value;
    autan_per_station radius_m, num_min, check;
    double max_difference_m, gradient;
    bool (*judge)(const buddy_job *job, size_t i, size_t count, const double *buddy);
    const void *options;
    double *statistic;
};

/* One pass over all stations, in parallel: verdicts of the pass before are read only,
 * so that the order of stations does not matter. */
static bool pass(const buddy_job *job, const autan_neighbours *tree, const int *before,
                 int *verdict)
{
    size_t n = job->points->n;
    bool no_memory = false;
#pragma omp parallel if (n > 500)
    {
        autan_neighbour *found = malloc((n + 1) * sizeof *found);
        double *buddy = malloc((n + 1) * sizeof *buddy);
        bool lacking = !found || !buddy;
#pragma omp for schedule(dynamic, 64)
        for (size_t i = 0; i < n; i++) {
            if (lacking || before[i] || !autan_to_check(job->check, n, i))
                continue;
            size_t near = autan_neighbours_within(tree, i, autan_at(job->radius_m, i),
                                                  false, found);
            size_t count =
                gather(job->points, job->value, before, i, job->max_difference_m,
                       job->gradient, near, found, buddy);
            if (count > 0 && (double)count >= autan_at(job->num_min, i) &&
                job->judge(job, i, count, buddy))
                verdict[i] = AUTAN_VERDICT_BAD;
        }
        free(found);
        free(buddy);
#pragma omp critical
        no_memory |= lacking;
    }
    return !no_memory;
}

static autan_status iterate(const buddy_job *job, int iterations, int *verdict)
{
    size_t n = job->points->n, bytes = (n + 1) * sizeof(int);
    autan_neighbours *tree = NULL;
    int *before = malloc(bytes), *now = calloc(n + 1, sizeof *now);
    autan_status status = before && now ? AUTAN_OK : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        status = autan_neighbours_new(job->points, &tree);
    if (status != AUTAN_OK)
        goto cleanup;
    for (size_t i = 0; i < n; i++) {
        now[i] = isnan(job->value[i]) ? AUTAN_VERDICT_BAD : AUTAN_VERDICT_GOOD;
        if (job->statistic)
            job->statistic[i] = NAN;
    }
    for (int step = 0; step < iterations; step++) {
        memcpy(before, now, bytes);
        if (!pass(job, tree, before, now)) {
            status = AUTAN_NO_MEMORY;
            goto cleanup;
        }
        if (memcmp(before, now, bytes) == 0)
            break;
    }
    memcpy(verdict, now, n * sizeof *verdict);
cleanup:
    free(before);
    free(now);
    autan_neighbours_free(tree);
    return status;
}

static autan_status check_job(const buddy_job *job, size_t n)
{
    if (job->points->n != n || !autan_per_station_fits(job->radius_m, n) ||
        !autan_per_station_fits(job->num_min, n) ||
        !autan_check_list_fits(job->check, n))
        return AUTAN_BAD_ARGUMENT;
    for (size_t i = 0; i < job->num_min.n; i++) {
        if (!(job->num_min.value[i] > 0))
            return AUTAN_OUT_OF_DOMAIN;
    }
    return AUTAN_OK;
}

static bool judge_buddies(const buddy_job *job, size_t i, size_t count,
                          const double *buddy)
{
    const autan_buddy_options *options = job->options;
    double ratio =
        autan_buddy_statistic(job->value[i], count, buddy, 1, options->min_std);
    if (job->statistic)
        job->statistic[i] = ratio;
    return ratio > options->threshold;
}

autan_status autan_buddy_check(const autan_points *points, size_t n,
                               const double *value, const autan_buddy_options *options,
                               int *verdict, double *statistic)
{
    buddy_job job = {.points = points,
                     .value = value,
                     .radius_m = options->radius_m,
                     .num_min = options->num_min,
                     .check = options->check,
                     .max_difference_m = options->max_elevation_difference_m,
                     .gradient = options->elevation_gradient,
                     .judge = judge_buddies,
                     .options = options,
                     .statistic = statistic};
    autan_status status = check_job(&job, n);
    if (status != AUTAN_OK)
        return status;
    if (!(options->min_std >= 0))
        return AUTAN_OUT_OF_DOMAIN;
    return iterate(&job, options->iterations, verdict);
}

static bool judge_event(const buddy_job *job, size_t i, size_t count,
                        const double *buddy)
{
    const autan_buddy_event_options *options = job->options;
    bool event = job->value[i] < options->event_threshold;
    size_t agree = 0;
    double share;
    for (size_t k = 0; k < count; k++)
        agree += (buddy[k] < options->event_threshold) == event;
    share = options->threshold < 1 ? (double)agree / (double)count : (double)agree;
    return share <= options->threshold;
}

autan_status autan_buddy_event_check(const autan_points *points, size_t n,
                                     const double *value,
                                     const autan_buddy_event_options *options,
                                     int *verdict)
{
    buddy_job job = {.points = points,
                     .value = value,
                     .radius_m = options->radius_m,
                     .num_min = options->num_min,
                     .check = options->check,
                     .max_difference_m = options->max_elevation_difference_m,
                     .gradient = options->elevation_gradient,
                     .judge = judge_event,
                     .options = options};
    autan_status status = check_job(&job, n);
    if (status != AUTAN_OK)
        return status;
    return iterate(&job, options->iterations, verdict);
}
