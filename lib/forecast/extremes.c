#include "forecast/extremes.h"

#include <math.h>
#include <stdlib.h>

autan_status autan_plan_extremes(size_t n_variables, size_t wanted, int network,
                                 int hour, size_t n_ahead, autan_plan *plan)
{
    autan_plan p;
    size_t n = 0, group = 0;
    autan_status status = autan_plan_hourly(n_variables, wanted, network, n_ahead, &p);
    if (status != AUTAN_OK)
        return status;
    for (int midnight = -hour; midnight + 18 <= (int)n_ahead; midnight += 24) {
        const autan_time_window window[2] = {
            {wanted, midnight - 5, midnight + 18, AUTAN_WINDOW_MIN, 0},
            {wanted, midnight + 7, midnight + 30, AUTAN_WINDOW_MAX, 0}};
        const size_t before = n;
        for (int k = 0; k < 2; k++) {
            if (window[k].from < 1 || window[k].to > (int)n_ahead)
                continue;
            p.target[n] = window[k];
            p.group[n++] = group;
        }
        group += n > before ? 1 : 0;
    }
    p.n_targets = n;
    if (n == 0) {
        autan_plan_clear(&p);
        return AUTAN_NO_DATA;
    }
    *plan = p;
    return AUTAN_OK;
}

/* Where a member has an extreme, and how far it has to move there. */
typedef struct {
    size_t member, hour;
    double value, move;
} anchor;

static int by_value(const void *a, const void *b)
{
    const anchor *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->member > y->member) - (x->member < y->member);
}

static anchor find_extreme(const double *hour, const autan_time_window *w,
                           size_t member)
{
    anchor a = {.member = member, .hour = (size_t)w->from - 1};
    for (size_t h = a.hour; h < (size_t)w->to; h++) {
        if (w->kind == AUTAN_WINDOW_MIN ? hour[h] < hour[a.hour]
                                        : hour[h] > hour[a.hour])
            a.hour = h;
    }
    a.value = hour[a.hour];
    return a;
}

/* Moves a member's hours; at is its anchors in the order of time. */
static void move(double *hour, size_t n_hours, size_t n, const anchor *at)
{
    double start = 0.0, begin = 0.0; /* hours after the origin; move there */
    for (size_t e = 0, h = 0; e <= n; e++) {
        const double end = e < n ? (double)at[e].hour + 1.0 : (double)n_hours;
        const double last = e < n ? at[e].move : begin;
        for (; (double)h + 1.0 <= end; h++)
            hour[h] +=
                begin + (last - begin) * ((double)h + 1.0 - start) / (end - start);
        start = end;
        begin = last;
    }
}

static int by_hour(const void *a, const void *b)
{
    const anchor *x = a, *y = b;
    return (x->hour > y->hour) - (x->hour < y->hour);
}

autan_status autan_extremes_impose(const autan_plan *plan, const autan_prospect *days,
                                   const autan_station_members *m, size_t n_hours)
{
    const size_t n = plan->n_targets, M = m->n_members;
    anchor *order = malloc(M * sizeof *order), *at = malloc(M * n * sizeof *at);
    const autan_status status = order && at ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t e = 0; status == AUTAN_OK && e < n; e++) {
        for (size_t k = 0; k < M; k++)
            order[k] = find_extreme(m->value + k * m->stride, &plan->target[e], k);
        qsort(order, M, sizeof *order, by_value);
        for (size_t k = 0; k < M; k++) {
            const double level = ((double)k + 0.5) / (double)M;
            const double goal =
                days->mean[e] +
                days->spread[e] *
                    autan_regression_quantile(days->outlook->regression, e, level);
            order[k].move = goal - order[k].value;
            at[order[k].member * n + e] = order[k];
        }
    }
    for (size_t k = 0; status == AUTAN_OK && k < M; k++) {
        qsort(at + k * n, n, sizeof *at, by_hour);
        move(m->value + k * m->stride, n_hours, n, at + k * n);
    }
    free(order);
    free(at);
    return status;
}
