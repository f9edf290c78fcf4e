/* The checks of one moment applied to every moment of a series.
 *
 * Readings are compared as anomalies, less the station's usual difference at that hour,
 * so that a park and a square do not doubt each other. */
#include <stdlib.h>
#include <string.h>

#include "qc/interpolation.h"
#include "qc/moment.h"
#include "qc/robust.h"
#include "qc/work.h"

autan_status autan_check_isolation(autan_qc_work *work, const double *threshold)
{
    const autan_per_station least = {&threshold[0], 1};
    const double radius_m = threshold[1] * 1000;
    const autan_per_station none = {NULL, 0};
    int *verdict = malloc((work->n + 1) * sizeof *verdict);
    autan_status status = AUTAN_NO_MEMORY;
    if (!verdict)
        return status;
    status = autan_isolation_check(&work->data->points, least,
                                   (autan_per_station){&radius_m, 1}, none, verdict);
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        if (verdict[i] == AUTAN_VERDICT_BAD)
            autan_flag(work, i, 0, work->n_times, 0, threshold[0]);
    }
    free(verdict);
    return status;
}

static void fill_anomaly(const autan_qc_work *work, size_t t, double *anomaly)
{
    for (size_t i = 0; i < work->n; i++)
        anomaly[i] = autan_series(work, i)[t] - work->usual[i * 24 + work->hour[t]];
}

static void flag_above(autan_qc_work *work, const float *statistic, double limit)
{
    for (size_t i = 0; i < work->n; i++) {
        for (size_t t = 0; t < work->n_times; t++) {
            if (statistic[t * work->n + i] > (float)limit)
                autan_flag(work, i, t, t + 1, (double)statistic[t * work->n + i],
                           limit);
        }
    }
}

/* Neighbour lists within a radius, first[i] to first[i + 1]. */
typedef struct {
    size_t *first, *index;
} lists;

static autan_status lists_new(const autan_qc_work *work, double radius_m, lists *l)
{
    autan_neighbours *tree = NULL;
    autan_neighbour *found = malloc((work->n + 1) * sizeof *found);
    autan_status status = autan_neighbours_new(&work->data->points, &tree);
    size_t total = 0;
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++)
        total += autan_neighbours_count(tree, i, radius_m, false);
    l->first = malloc((work->n + 1) * sizeof *l->first);
    l->index = malloc((total + 1) * sizeof *l->index);
    if (status == AUTAN_OK && (!found || !l->first || !l->index))
        status = AUTAN_NO_MEMORY;
    total = 0;
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        size_t count = autan_neighbours_within(tree, i, radius_m, false, found);
        l->first[i] = total;
        for (size_t k = 0; k < count; k++)
            l->index[total++] = found[k].index;
    }
    if (status == AUTAN_OK)
        l->first[work->n] = total;
    free(found);
    autan_neighbours_free(tree);
    return status;
}

static void lists_clear(lists *l)
{
    free(l->first);
    free(l->index);
}

autan_status autan_check_buddy(autan_qc_work *work, const double *threshold)
{
    lists l = {0};
    size_t n = work->n;
    float *statistic = malloc((n * work->n_times + 1) * sizeof *statistic);
    autan_status status = lists_new(work, threshold[1] * 1000, &l);
    bool no_memory = !statistic;
    if (status != AUTAN_OK || no_memory)
        goto cleanup;
#pragma omp parallel
    {
        double *anomaly = malloc((2 * n + 1) * sizeof *anomaly), *buddy = anomaly + n;
#pragma omp for schedule(static)
        for (size_t t = 0; t < work->n_times; t++) {
            if (!anomaly)
                continue;
            fill_anomaly(work, t, anomaly);
            for (size_t i = 0; i < n; i++) {
                size_t count = l.first[i + 1] - l.first[i];
                for (size_t k = 0; k < count; k++)
                    buddy[k] = anomaly[l.index[l.first[i] + k]];
                statistic[t * n + i] = (float)autan_buddy_statistic(
                    anomaly[i], count, buddy, (size_t)threshold[2], threshold[3]);
            }
        }
#pragma omp critical
        no_memory |= !anomaly;
        free(anomaly);
    }
    if (!no_memory)
        flag_above(work, statistic, threshold[0]);
cleanup:
    free(statistic);
    lists_clear(&l);
    return status == AUTAN_OK && no_memory ? AUTAN_NO_MEMORY : status;
}

/* The network as one box of the spatial consistency test. The inverse is kept while
 * the same stations report. */
typedef struct {
    autan_circle circle;
    size_t n; /* in the box */
    size_t *member;
    bool *present;
    double *eps2, *zero, *innovation, *row;
    bool solved;
} network;

static void network_clear(network *w)
{
    autan_circle_clear(&w->circle);
    free(w->member);
    free(w->present);
    free(w->eps2);
}

static autan_status network_new(size_t n, network *w)
{
    *w = (network){.member = malloc((n + 1) * sizeof *w->member),
                   .present = calloc(n + 1, sizeof *w->present),
                   .eps2 = malloc((4 * n + 1) * sizeof *w->eps2)};
    if (!w->member || !w->present || !w->eps2 ||
        autan_circle_new(n, &w->circle) != AUTAN_OK) {
        network_clear(w);
        return AUTAN_NO_MEMORY;
    }
    w->zero = w->eps2 + n;
    w->innovation = w->eps2 + 2 * n;
    w->row = w->eps2 + 3 * n;
    return AUTAN_OK;
}

static void network_solve(network *w, const autan_qc_work *work,
                          const double *threshold)
{
    double scale;
    for (size_t k = 0; k < w->n; k++) {
        w->eps2[k] = threshold[2];
        w->zero[k] = 0;
    }
    autan_circle_distances(&w->circle, &work->data->points, w->n, w->member);
    scale = fmax(autan_circle_scale_quantile(&w->circle, w->n), threshold[1] * 1000);
    autan_circle_correlate(&w->circle, w->n, w->zero, scale, 1);
    w->solved = autan_invert(w->n, w->circle.correlation, w->eps2, w->circle.inverse);
}

static void network_update(network *w, const autan_qc_work *work, const double *anomaly,
                           const double *threshold)
{
    bool same = w->n > 0;
    for (size_t i = 0; i < work->n && same; i++)
        same = w->present[i] == !isnan(anomaly[i]);
    if (same)
        return;
    w->n = 0;
    for (size_t i = 0; i < work->n; i++) {
        w->present[i] = !isnan(anomaly[i]);
        if (w->present[i])
            w->member[w->n++] = i;
    }
    if (w->n)
        network_solve(w, work, threshold);
}

/* Ratios as of autan_sct, with the median of the anomalies as background. */
static void network_judge(network *w, const double *anomaly, double *statistic)
{
    double centre, variance = 0;
    for (size_t k = 0; k < w->n; k++)
        w->row[k] = anomaly[w->member[k]];
    centre = autan_median(w->row, w->n);
    for (size_t k = 0; k < w->n; k++)
        w->innovation[k] = anomaly[w->member[k]] - centre;
    for (size_t k = 0; k < w->n; k++) {
        double weight = 0;
        for (size_t m = 0; m < w->n; m++)
            weight += w->circle.inverse[k * w->n + m] * w->innovation[m];
        w->row[k] = weight;
        variance += w->innovation[k] * w->eps2[k] * weight / (double)w->n;
    }
    variance = fmax(variance, 0.25);
    for (size_t k = 0; k < w->n; k++)
        statistic[w->member[k]] = w->eps2[k] * w->row[k] * w->row[k] /
                                  (w->circle.inverse[k * w->n + k] * variance);
}

autan_status autan_check_sct(autan_qc_work *work, const double *threshold)
{
    size_t n = work->n;
    float *statistic = calloc(n * work->n_times + 1, sizeof *statistic);
    bool no_memory = !statistic;
    if (no_memory)
        return AUTAN_NO_MEMORY;
#pragma omp parallel
    {
        network w;
        double *anomaly = malloc((2 * n + 1) * sizeof *anomaly), *found = anomaly + n;
        bool lacking = network_new(n, &w) != AUTAN_OK || !anomaly;
#pragma omp for schedule(static)
        for (size_t t = 0; t < work->n_times; t++) {
            if (lacking)
                continue;
            fill_anomaly(work, t, anomaly);
            network_update(&w, work, anomaly, threshold);
            if ((double)w.n < threshold[3] || !w.solved)
                continue;
            for (size_t i = 0; i < n; i++)
                found[i] = 0;
            network_judge(&w, anomaly, found);
            for (size_t i = 0; i < n; i++)
                statistic[t * n + i] = (float)found[i];
        }
#pragma omp critical
        no_memory |= lacking;
        network_clear(&w);
        free(anomaly);
    }
    if (!no_memory)
        flag_above(work, statistic, threshold[0]);
    free(statistic);
    return no_memory ? AUTAN_NO_MEMORY : AUTAN_OK;
}

autan_status autan_check_kriging(autan_qc_work *work, const double *threshold)
{
    const autan_panel *said = work->data->expected, *error = work->data->expected_error;
    if (!said)
        return AUTAN_OK;
    for (size_t i = 0; i < work->n; i++) {
        for (size_t t = 0; t < work->n_times; t++) {
            double away = autan_series(work, i)[t] - said->value[t * work->n + i];
            double limit =
                fmax(threshold[0] * error->value[t * work->n + i], threshold[1]);
            if (fabs(away) > limit)
                autan_flag(work, i, t, t + 1, away, limit);
        }
    }
    return AUTAN_OK;
}
