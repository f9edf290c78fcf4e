/* Readings that repeat: two stations with the same series, or a station that sends the
 * same day again.
 *
 * Among many stations not all pairs are looked at. A run of so many rows covers all of
 * one of the windows, half as long, that begin every so many rows; sorted by their
 * readings there, those that are the same stand beside each other. */
#include <stdlib.h>

#include "qc/work.h"

/* A run of equal readings of a at row t and b at row t - lag, last exclusive. */
typedef struct {
    size_t a, b, first, last;
} run;

/* Flags a run that is long enough and moves; of both when they are two stations. */
static void judge(autan_qc_work *work, const run *r, const double *threshold)
{
    const double *x = autan_series(work, r->a);
    const double count = (double)(r->last - r->first);
    size_t moves = 0;
    for (size_t t = r->first + 1; t < r->last; t++)
        moves += x[t] != x[t - 1];
    if (count < floor(threshold[0]) || (double)moves < threshold[1] * count)
        return;
    autan_flag(work, r->a, r->first, r->last, count, threshold[0]);
    if (r->a != r->b)
        autan_flag(work, r->b, r->first, r->last, count, threshold[0]);
}

static void compare_days(autan_qc_work *work, size_t i, size_t lag,
                         const double *threshold)
{
    const double *x = autan_series(work, i);
    for (size_t t = lag; t < work->n_times; t++) {
        run r = {i, i, t, t};
        while (r.last < work->n_times && x[r.last] == x[r.last - lag])
            r.last++;
        if (r.last > r.first) {
            judge(work, &r, threshold);
            t = r.last;
        }
    }
}

/* A station's readings in a window. */
typedef struct {
    size_t station, rows;
    const double *value;
} window;

static int by_value(const void *a, const void *b)
{
    const window *p = a, *q = b;
    for (size_t k = 0; k < p->rows; k++) {
        if (p->value[k] != q->value[k])
            return p->value[k] < q->value[k] ? -1 : 1;
    }
    return 0;
}

static int by_value_and_station(const void *a, const void *b)
{
    const window *p = a, *q = b;
    const int order = by_value(a, b);
    return order ? order : (p->station > q->station) - (p->station < q->station);
}

static int by_stations_and_row(const void *a, const void *b)
{
    const run *p = a, *q = b;
    if (p->b != q->b)
        return p->b < q->b ? -1 : 1;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    return (p->first > q->first) - (p->first < q->first);
}

typedef struct {
    size_t n, room;
    run *run;
} runs;

static bool add_run(runs *all, run r)
{
    if (all->n == all->room) {
        const size_t room = 2 * all->room + 16;
        run *grown = realloc(all->run, room * sizeof *grown);
        if (!grown)
            return false;
        all->run = grown;
        all->room = room;
    }
    all->run[all->n++] = r;
    return true;
}

/* The run of two stations that covers the rows from start on, unless it covers those
 * `every` rows before, too, and was found there. */
static bool find_run(const autan_qc_work *work, size_t start, size_t every,
                     size_t least, run *r)
{
    const double *x = autan_series(work, r->a), *y = autan_series(work, r->b);
    r->first = r->last = start;
    while (r->first > 0 && x[r->first - 1] == y[r->first - 1]) {
        r->first--;
        if (start >= every && r->first <= start - every)
            return false;
    }
    while (r->last < work->n_times && x[r->last] == y[r->last])
        r->last++;
    return r->last - r->first >= least;
}

/* Stations whose readings are all there in the rows of a window, sorted by them. */
static size_t sort_window(const autan_qc_work *work, size_t start, size_t rows,
                          window *list)
{
    size_t n = 0;
    for (size_t i = 0; i < work->n; i++) {
        const double *value = autan_series(work, i) + start;
        size_t there = 0;
        while (there < rows && !isnan(value[there]))
            there++;
        if (there == rows)
            list[n++] = (window){i, rows, value};
    }
    qsort(list, n, sizeof *list, by_value_and_station);
    return n;
}

/* All runs of two stations of at least so many rows; a is the lower number. */
static autan_status find_runs(const autan_qc_work *work, size_t least, runs *all)
{
    const size_t rows = (least + 1) / 2, every = least - rows + 1;
    window *list = malloc((work->n + 1) * sizeof *list);
    bool ok = list != NULL;
    for (size_t start = 0; ok && start + rows <= work->n_times; start += every) {
        const size_t n = sort_window(work, start, rows, list);
        for (size_t k = 0; ok && k < n; k++) {
            for (size_t m = k + 1; ok && m < n && by_value(&list[k], &list[m]) == 0;
                 m++) {
                run r = {.a = list[k].station, .b = list[m].station};
                if (find_run(work, start, every, least, &r))
                    ok = add_run(all, r);
            }
        }
    }
    free(list);
    return ok ? AUTAN_OK : AUTAN_NO_MEMORY;
}

autan_status autan_check_duplicate(autan_qc_work *work, const double *threshold)
{
    const size_t day = autan_rows(work, 86400);
    const size_t least = threshold[0] < 1 ? 1 : (size_t)threshold[0];
    runs all = {0};
    size_t next = 0;
    const autan_status status = find_runs(work, least, &all);
    if (status == AUTAN_OK && all.n > 0)
        qsort(all.run, all.n, sizeof *all.run, by_stations_and_row);
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        for (; next < all.n && all.run[next].b == i; next++)
            judge(work, &all.run[next], threshold);
        for (size_t days = 1; days <= 7; days++)
            compare_days(work, i, days * day, threshold);
    }
    free(all.run);
    return status;
}
