/* Two stations under each other's name.
 *
 * Anomalies of the network are taken as normal, with the covariance of the days away
 * from the window under test: a swap learned from would hide itself. With P the inverse
 * covariance and g = P x, a station's reading has the deviance g_i^2 / P_ii given all
 * others. Where the readings of a and b are exchanged, x_a -= d and x_b += d with d the
 * difference of the readings themselves, and g follows. A pair is swapped when the
 * exchange lowers the sum of the two deviances on most days of a window and leaves both
 * stations at ease, clearly or also in the window before or after, half of which is
 * shared. This uses all that a place has of its own: its level, its day, and
 * with which neighbours it warms and cools. Where one station alone is at fault, no
 * exchange puts both at ease. */
#include <stdlib.h>
#include <string.h>

#include "qc/interpolation.h"
#include "qc/robust.h"
#include "qc/work.h"

#define WINSOR_K  4.0  /* anomalies beyond are drawn in, for frontal passages */
#define NUGGET_K2 0.05 /* of a reading on its own: keeps P from trusting a twin, */
#define TRUSTED_D 60.0 /* the less the fewer days than this there are to learn from */
#define AT_EASE   3.0  /* daily mean deviance of a station at its place; 1 expected */
#define LEAST_D   40.0 /* in fewer days, places cannot be told apart */
#define MOST_N    1000 /* stations: all pairs are looked at, row by row */
#define GUARD_D   35.0 /* days kept away on both sides, when the record allows */

typedef struct {
    size_t n, n_times, every; /* rows looked at: one an hour */
    size_t window, days;      /* rows and days of a window */
    double *anomaly;          /* [t * n + i], 0 where missing */
    size_t guard;             /* rows kept away from a window */
    double *cross, *outside; /* sums of products: all rows, rows away from the window */
    double *inverse, *nugget;
    /* Daily means of a pair: what the exchange takes off the two deviances, and what
     * it leaves of each: [(pair * 3 + which) * days + day]. */
    double *gain;
    double *kept;
    bool *taken;
    /* Of each window and station the one it is exchanged with, or itself, and the gain:
     * [w * n + i]. */
    size_t n_windows, *partner;
    double *partner_gain;
} swap;

static void swap_clear(swap *s)
{
    free(s->anomaly);
    free(s->cross);
    free(s->gain);
    free(s->taken);
    free(s->partner);
    free(s->partner_gain);
}

static autan_status swap_new(const autan_qc_work *work, double window_d, swap *s)
{
    size_t n = work->n;
    size_t days = (size_t)window_d, day = autan_rows(work, 86400);
    if (days * day > work->n_times / 4)
        days = work->n_times / 4 / day;
    *s = (swap){.n = n,
                .n_times = work->n_times,
                .every = autan_rows(work, 3600),
                .window = days * day,
                .days = days,
                .guard = autan_rows(work, GUARD_D * 86400)};
    if (s->guard > (work->n_times - s->window) / 4)
        s->guard = (work->n_times - s->window) / 4;
    s->anomaly = malloc((n * work->n_times + 1) * sizeof *s->anomaly);
    s->cross = malloc((3 * n * n + n + days + 1) * sizeof *s->cross);
    s->gain = malloc((n * n * 2 * days + 1) * sizeof *s->gain);
    s->taken = calloc(n + 1, sizeof *s->taken);
    s->n_windows = s->window > 1 ? work->n_times / (s->window / 2) : 0;
    s->partner = malloc((s->n_windows * n + 1) * sizeof *s->partner);
    s->partner_gain = malloc((s->n_windows * n + 1) * sizeof *s->partner_gain);
    if (!s->anomaly || !s->cross || !s->gain || !s->taken || !s->partner ||
        !s->partner_gain) {
        swap_clear(s);
        return AUTAN_NO_MEMORY;
    }
    s->outside = s->cross + n * n;
    s->inverse = s->cross + 2 * n * n;
    s->nugget = s->cross + 3 * n * n;
    s->kept = s->nugget + n;
    for (size_t i = 0; i < n; i++)
        s->nugget[i] = NUGGET_K2 * (1 + TRUSTED_D * (double)day / (double)s->n_times);
    return AUTAN_OK;
}

static void fill_anomalies(const autan_qc_work *work, swap *s, size_t first,
                           size_t last)
{
    for (size_t t = first; t < last; t++) {
        for (size_t i = 0; i < s->n; i++) {
            double away = autan_series(work, i)[t] - work->centre[t] -
                          work->usual[i * 24 + work->hour[t]];
            s->anomaly[t * s->n + i] =
                isnan(away) ? 0 : fmin(fmax(away, -WINSOR_K), WINSOR_K);
        }
    }
}

/* Adds sign times the products of rows first to last (exclusive) to the lower triangle
 * of sum; answers the number of rows. */
static double add_products(const swap *s, size_t first, size_t last, double sign,
                           double *sum)
{
    double rows = 0;
    for (size_t t = first; t < last; t += s->every) {
        const double *x = s->anomaly + t * s->n;
        for (size_t i = 0; i < s->n; i++) {
            double *row = sum + i * s->n, weight = sign * x[i];
#pragma omp simd
            for (size_t j = 0; j <= i; j++)
                row[j] += weight * x[j];
        }
        rows++;
    }
    return rows;
}

/* Covariance of the rows away from the window, and its inverse. */
static bool learn(swap *s, size_t first, double rows)
{
    size_t n = s->n, last = first + s->window + s->guard;
    size_t start = first > s->guard ? first - s->guard : 0;
    /* On the hour, as the sum over all rows. */
    start = start / s->every * s->every;
    last = last < s->n_times ? last : s->n_times;
    memcpy(s->outside, s->cross, n * n * sizeof *s->cross);
    rows -= add_products(s, start, last, -1, s->outside);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j <= i; j++) {
            s->outside[i * n + j] /= rows;
            s->outside[j * n + i] = s->outside[i * n + j];
        }
    }
    return rows > 0 && autan_invert(n, s->outside, s->nugget, s->inverse);
}

/* Deviances of i and j at one moment: what an exchange takes off their sum, and what it
 * leaves of each. */
static void exchange_gain(const swap *s, const double *g, size_t i, size_t j, double d,
                          double gain[3])
{
    size_t n = s->n;
    double pii = s->inverse[i * n + i], pjj = s->inverse[j * n + j];
    double pij = s->inverse[i * n + j];
    double gi = g[i] - d * (pii - pij), gj = g[j] + d * (pjj - pij);
    gain[1] = gi * gi / pii;
    gain[2] = gj * gj / pjj;
    gain[0] = g[i] * g[i] / pii + g[j] * g[j] / pjj - gain[1] - gain[2];
}

static void add_gains(swap *s, const double *x, const double *usual, size_t day,
                      double *g)
{
    size_t n = s->n;
    double gain[3], *sum = s->gain + day;
    for (size_t i = 0; i < n; i++) {
        const double *row = s->inverse + i * n;
        double total = 0;
#pragma omp simd reduction(+ : total)
        for (size_t j = 0; j < n; j++)
            total += row[j] * x[j];
        g[i] = total;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++, sum += 3 * s->days) {
            double d = x[i] - x[j] + usual[24 * i] - usual[24 * j];
            if (x[i] == 0 || x[j] == 0)
                continue;
            exchange_gain(s, g, i, j, d, gain);
            for (int which = 0; which < 3; which++)
                sum[(size_t)which * s->days] += gain[which];
        }
    }
}

static void sum_gains(const autan_qc_work *work, swap *s, size_t first)
{
    size_t sums = s->n * (s->n - 1) / 2 * 3 * s->days, day = s->window / s->days;
    double *g = s->outside; /* not needed once inverted */
    memset(s->gain, 0, sums * sizeof *s->gain);
    for (size_t t = 0; t < s->window; t += s->every)
        add_gains(s, s->anomaly + (first + t) * s->n,
                  work->usual + work->hour[first + t], t / day, g);
    for (size_t k = 0; k < sums; k++)
        s->gain[k] *= (double)s->every / (double)day;
}

/* The gain of a pair that all but a quarter of the days reach; none when one of the two
 * would not be at ease. */
static double gain_of(const swap *s, size_t pair)
{
    const double *gain = s->gain + 3 * pair * s->days;
    for (size_t which = 1; which < 3; which++) {
        memcpy(s->kept, gain + which * s->days, s->days * sizeof *s->kept);
        if (!(autan_median(s->kept, s->days) < AT_EASE))
            return -INFINITY;
    }
    memcpy(s->kept, gain, s->days * sizeof *s->kept);
    return autan_quantile(s->kept, s->days, 0.25);
}

/* Whether a fault of the station alone was found in the window or within four weeks of
 * it, for a drift shows late. */
static bool blamed(const autan_qc_work *work, size_t i, size_t first, size_t last)
{
    size_t near = autan_rows(work, 28 * 86400.0);
    uint32_t alone = autan_qc_bit(AUTAN_QC_CLOCK) | autan_qc_bit(AUTAN_QC_OFFSET) |
                     autan_qc_bit(AUTAN_QC_DRIFT);
    first = first > near ? first - near : 0;
    last = last + near < work->n_times ? last + near : work->n_times;
    for (size_t t = first; t < last; t++) {
        if (work->flag[t * work->n + i] & alone)
            return true;
    }
    return false;
}

/* The pair whose gain is greatest; false when that is not above the limit. */
static bool surest_pair(swap *s, double limit, size_t *a, size_t *b, double *gain)
{
    size_t pair = 0;
    *gain = limit;
    *a = *b = 0;
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < i; j++, pair++) {
            double now = gain_of(s, pair);
            if (s->taken[i] || s->taken[j] || !(now > *gain))
                continue;
            *gain = now;
            *a = i;
            *b = j;
        }
    }
    return *a != *b;
}

/* Gives each of two stations the other's readings in a window. */
static void exchange(const autan_qc_work *work, swap *s, size_t first, size_t a,
                     size_t b)
{
    for (size_t t = first; t < first + s->window; t++) {
        double *x = s->anomaly + t * s->n;
        const double *usual = work->usual + work->hour[t];
        double d = x[a] - x[b] + usual[24 * a] - usual[24 * b];
        if (x[a] == 0 || x[b] == 0)
            continue;
        x[a] -= d;
        x[b] += d;
    }
}

/* Finds the pairs of window w, the surest first; a pair is put right before the next is
 * looked for, so that it does not throw suspicion on others. */
static void judge_window(const autan_qc_work *work, swap *s, size_t w, size_t first,
                         double limit)
{
    size_t a, b, *partner = s->partner + w * s->n;
    double gain;
    memset(s->taken, 0, s->n * sizeof *s->taken);
    sum_gains(work, s, first);
    while (surest_pair(s, limit, &a, &b, &gain)) {
        s->taken[a] = s->taken[b] = true;
        /* An offset at one station needs no exchange to explain it. */
        if (blamed(work, a, first, first + s->window) !=
            blamed(work, b, first, first + s->window))
            continue;
        partner[a] = b;
        partner[b] = a;
        s->partner_gain[w * s->n + a] = s->partner_gain[w * s->n + b] = gain;
        exchange(work, s, first, a, b);
        sum_gains(work, s, first);
    }
    fill_anomalies(work, s, first, first + s->window);
}

/* Whether a station's partner in a window is sure: clearly, or the same in a window
 * beside it. */
static bool is_sure(const swap *s, size_t w, size_t i, double clear)
{
    const size_t *partner = s->partner + i, n = s->n;
    size_t now = partner[w * n];
    if (now == i)
        return false;
    return s->partner_gain[w * n + i] > clear ||
           (w > 0 && partner[(w - 1) * n] == now) ||
           (w + 1 < s->n_windows && partner[(w + 1) * n] == now);
}

autan_status autan_check_swap(autan_qc_work *work, const double *threshold)
{
    swap s = {0};
    double rows, limit, caution;
    size_t end;
    autan_status status = AUTAN_OK;
    if (work->n < 3 || work->n > MOST_N ||
        (double)work->n_times * work->step_s < LEAST_D * 86400)
        return AUTAN_OK;
    status = swap_new(work, threshold[1], &s);
    if (status != AUTAN_OK)
        return status;
    fill_anomalies(work, &s, 0, s.n_times);
    caution = 1 + TRUSTED_D * 86400 / ((double)work->n_times * work->step_s);
    limit = caution * threshold[0];
    memset(s.cross, 0, s.n * s.n * sizeof *s.cross);
    rows = add_products(&s, 0, s.n_times, 1, s.cross);
    for (size_t w = 0; w < s.n_windows; w++) {
        for (size_t i = 0; i < s.n; i++)
            s.partner[w * s.n + i] = i;
    }
    /* Back from the record's end, so that the last days are always in a window. */
    end = s.n_times / s.every * s.every;
    for (size_t w = 0; w < s.n_windows && w * (s.window / 2) + s.window <= end; w++) {
        size_t first = end - s.window - w * (s.window / 2);
        if (learn(&s, first, rows))
            judge_window(work, &s, w, first, limit);
    }
    for (size_t w = 0; w < s.n_windows; w++) {
        for (size_t i = 0; i < s.n; i++) {
            size_t first = end - s.window - w * (s.window / 2);
            if (is_sure(&s, w, i, caution * threshold[2]))
                autan_flag(work, i, first, first + s.window,
                           s.partner_gain[w * s.n + i], limit);
        }
    }
    swap_clear(&s);
    return AUTAN_OK;
}
