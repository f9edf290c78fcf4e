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

/* Others that a station is compared with at most, and stations of a box of the spatial
 * consistency test: more cost their square and their cube, and tell no more. */
enum { COMPANY = 300 };

static double anomaly_of(const autan_qc_work *work, size_t i, size_t t)
{
    return autan_series(work, i)[t] - work->usual[i * 24 + work->hour[t]];
}

static void fill_anomaly(const autan_qc_work *work, size_t t, double *anomaly)
{
    for (size_t i = 0; i < work->n; i++)
        anomaly[i] = anomaly_of(work, i, t);
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

/* Neighbour lists within a radius, first[i] to first[i + 1]: of very many the nearest.
 */
typedef struct {
    size_t *first, *index;
} lists;

/* The neighbours of i that count, into found (COMPANY + 1); answers how many. */
static size_t find_company(const autan_neighbours *tree, size_t i, double radius_m,
                           autan_neighbour *found)
{
    size_t near, count = 0;
    if (autan_neighbours_count(tree, i, radius_m, false) <= COMPANY)
        return autan_neighbours_within(tree, i, radius_m, false, found);
    near = autan_neighbours_nearest(tree, i, radius_m, COMPANY + 1, NULL, found);
    for (size_t k = 0; k < near; k++) {
        if (found[k].distance_m > AUTAN_SAME_PLACE_M)
            found[count++] = found[k];
    }
    return count;
}

static autan_status lists_new(const autan_qc_work *work, double radius_m, lists *l)
{
    autan_neighbours *tree = NULL;
    autan_neighbour found[COMPANY + 1];
    autan_status status = autan_neighbours_new(&work->data->points, &tree);
    size_t total = 0;
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        const size_t count = autan_neighbours_count(tree, i, radius_m, false);
        total += count < COMPANY ? count : COMPANY;
    }
    l->first = malloc((work->n + 1) * sizeof *l->first);
    l->index = malloc((total + 1) * sizeof *l->index);
    if (status == AUTAN_OK && (!l->first || !l->index))
        status = AUTAN_NO_MEMORY;
    total = 0;
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        const size_t count = find_company(tree, i, radius_m, found);
        l->first[i] = total;
        for (size_t k = 0; k < count; k++)
            l->index[total++] = found[k].index;
    }
    if (status == AUTAN_OK)
        l->first[work->n] = total;
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

/* Stations near each other as one box of the spatial consistency test. The inverse is
 * kept while the same ones report. */
typedef struct {
    size_t size;
    const size_t *station; /* size */
    autan_circle circle;
    size_t n; /* of them at the moment */
    size_t *member;
    bool *present;
    double *anomaly; /* size */
    double *eps2, *zero, *innovation, *row;
    bool solved;
} box;

static void box_clear(box *w)
{
    autan_circle_clear(&w->circle);
    free(w->member);
    free(w->present);
    free(w->eps2);
}

static autan_status box_new(size_t size, const size_t *station, box *w)
{
    *w = (box){.size = size,
               .station = station,
               .member = malloc((size + 1) * sizeof *w->member),
               .present = calloc(size + 1, sizeof *w->present),
               .eps2 = malloc((5 * size + 1) * sizeof *w->eps2)};
    if (!w->member || !w->present || !w->eps2 ||
        autan_circle_new(size, &w->circle) != AUTAN_OK) {
        box_clear(w);
        return AUTAN_NO_MEMORY;
    }
    w->zero = w->eps2 + size;
    w->innovation = w->eps2 + 2 * size;
    w->row = w->eps2 + 3 * size;
    w->anomaly = w->eps2 + 4 * size;
    return AUTAN_OK;
}

static void box_solve(box *w, const autan_qc_work *work, const double *threshold)
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

/* Takes a moment's anomalies; innovation is those of the members, for now. */
static void box_update(box *w, const autan_qc_work *work, size_t t,
                       const double *threshold)
{
    bool same = w->n > 0;
    for (size_t k = 0; k < w->size; k++) {
        w->anomaly[k] = anomaly_of(work, w->station[k], t);
        same = same && w->present[k] == !isnan(w->anomaly[k]);
    }
    if (!same) {
        w->n = 0;
        for (size_t k = 0; k < w->size; k++) {
            w->present[k] = !isnan(w->anomaly[k]);
            if (w->present[k])
                w->member[w->n++] = w->station[k];
        }
        if (w->n)
            box_solve(w, work, threshold);
    }
    for (size_t k = 0, at = 0; k < w->size; k++) {
        if (w->present[k])
            w->innovation[at++] = w->anomaly[k];
    }
}

/* Ratios as of autan_sct, with the median of the anomalies as background, into those of
 * all stations. */
static void box_judge(box *w, float *statistic)
{
    double centre, variance = 0;
    memcpy(w->row, w->innovation, w->n * sizeof *w->row);
    centre = autan_median(w->row, w->n);
    for (size_t k = 0; k < w->n; k++)
        w->innovation[k] -= centre;
    for (size_t k = 0; k < w->n; k++) {
        double weight = 0;
        for (size_t m = 0; m < w->n; m++)
            weight += w->circle.inverse[k * w->n + m] * w->innovation[m];
        w->row[k] = weight;
        variance += w->innovation[k] * w->eps2[k] * weight / (double)w->n;
    }
    variance = fmax(variance, 0.25);
    for (size_t k = 0; k < w->n; k++)
        statistic[w->member[k]] = (float)(w->eps2[k] * w->row[k] * w->row[k] /
                                          (w->circle.inverse[k * w->n + k] * variance));
}

/* All moments of a box; false when memory is short. */
static bool check_box(const autan_qc_work *work, const double *threshold, size_t size,
                      const size_t *station, float *statistic)
{
    bool no_memory = false;
#pragma omp parallel
    {
        box w;
        const bool lacking = box_new(size, station, &w) != AUTAN_OK;
#pragma omp for schedule(static)
        for (size_t t = 0; t < work->n_times; t++) {
            if (lacking)
                continue;
            box_update(&w, work, t, threshold);
            if ((double)w.n >= threshold[3] && w.solved)
                box_judge(&w, statistic + t * work->n);
        }
#pragma omp critical
        no_memory |= lacking;
        if (!lacking)
            box_clear(&w);
    }
    return !no_memory;
}

/* Halves the stations, that stand in the order of a tree, until they fit a box. */
static bool check_boxes(const autan_qc_work *work, const double *threshold, size_t size,
                        const size_t *station, float *statistic)
{
    const size_t half = size / 2;
    if (size <= COMPANY)
        return check_box(work, threshold, size, station, statistic);
    return check_boxes(work, threshold, half, station, statistic) &&
           check_boxes(work, threshold, size - half, station + half, statistic);
}

/* The stations, where there are many those beside each other together; those without a
 * place are then left out. */
static autan_status order_stations(const autan_qc_work *work, size_t *station,
                                   size_t *count)
{
    autan_neighbours *tree = NULL;
    autan_status status = AUTAN_OK;
    for (size_t i = 0; i < work->n; i++)
        station[i] = i;
    *count = work->n;
    if (work->n <= COMPANY)
        return AUTAN_OK;
    status = autan_neighbours_new(&work->data->points, &tree);
    if (status == AUTAN_OK)
        *count = autan_neighbours_order(tree, station);
    autan_neighbours_free(tree);
    return status;
}

autan_status autan_check_sct(autan_qc_work *work, const double *threshold)
{
    float *statistic = calloc(work->n * work->n_times + 1, sizeof *statistic);
    size_t *station = malloc((work->n + 1) * sizeof *station), count;
    autan_status status = AUTAN_NO_MEMORY;
    if (statistic && station)
        status = order_stations(work, station, &count);
    if (status == AUTAN_OK && !check_boxes(work, threshold, count, station, statistic))
        status = AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        flag_above(work, statistic, threshold[0]);
    free(statistic);
    free(station);
    return status;
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
