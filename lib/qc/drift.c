/* Stations whose level leaves its own past, at once (offset: moved, hit, recalibrated)
 * or little by little (drift).
 *
 * Both look at daily medians of readings less what neighbours say. */
#include <stdlib.h>

#include "qc/robust.h"
#include "qc/work.h"

typedef struct {
    size_t days;
    double *daily, *kept;
} past;

static autan_status past_new(const autan_qc_work *work, past *p)
{
    size_t rows = autan_rows(work, 86400), days = work->n_times / rows;
    p->daily = malloc((days + 1) * sizeof *p->daily);
    p->kept = malloc((days + rows + 1) * sizeof *p->kept);
    return p->daily && p->kept ? AUTAN_OK : AUTAN_NO_MEMORY;
}

static void past_clear(past *p)
{
    free(p->daily);
    free(p->kept);
}

/* Median of days first to last (exclusive), NaN with fewer than `least`. */
static double level(past *p, size_t first, size_t last, size_t least)
{
    size_t count = autan_collect(p->daily + first, last - first, 1, p->kept);
    return count >= least ? autan_median(p->kept, count) : (double)NAN;
}

static void flag_days(autan_qc_work *work, size_t i, size_t first, size_t last,
                      double statistic, double limit)
{
    size_t rows = autan_rows(work, 86400);
    autan_flag(work, i, first * rows, last * rows, statistic, limit);
}

/* Whether the side after a change at day d is the faulty one: the side clearly farther
 * from what neighbours say, else the shorter one. In a record of weeks the level that
 * is usual is not known well enough to tell. */
static bool after_is_faulty(const past *p, size_t d, double before, double change)
{
    double later = fabs(before + change), earlier = fabs(before);
    if (p->days > 60 && fmax(later, earlier) > 4 * fmin(later, earlier))
        return later > earlier;
    return p->days - d <= d;
}

/* The days of the faulty side, up to where the level is back for two days, or the
 * record's end. */
static void faulty_side(const past *p, size_t d, double before, double change,
                        size_t *first, size_t *last)
{
    bool after = after_is_faulty(p, d, before, change);
    double good = after ? before : before + change, away = after ? change : -change;
    size_t length = 1, back = 0;
    while (back < 2) {
        long e = after ? (long)(d + length) : (long)d - 1 - (long)length;
        if (e < 0 || e >= (long)p->days)
            break;
        double moved = (p->daily[e] - good) / away;
        if (!isnan(moved))
            back = moved < 0.5 ? back + 1 : 0;
        length++;
    }
    *first = after ? d : d - (length - back);
    *last = after ? d + length - back : d;
}

/* The first day there among `count` days from d on, or back from it. */
static double day_there(const past *p, size_t d, long step, int count)
{
    for (int k = 0; k < count; k++) {
        size_t e = (size_t)((long)d + k * step);
        if (e < p->days && !isnan(p->daily[e]))
            return p->daily[e];
    }
    return NAN;
}

/* The change of level at day d, NaN when it did not happen there: the day itself may be
 * split by it, but the one after must show it and the one before must not. */
static double change_at(past *p, size_t d, size_t span, double *before)
{
    size_t least = (span + 1) / 2;
    *before = level(p, d - span, d, least);
    double change = level(p, d, d + span, least) - *before;
    double now = day_there(p, d + 1, 1, 3) - *before;
    double last = day_there(p, d - 1, -1, 3) - *before;
    return now / change > 0.6 && fabs(last / change) < 0.6 ? change : (double)NAN;
}

/* The day from d on, within a span, with the greatest change; the first that passes
 * the limit is often a day early. */
static size_t sharpest(past *p, size_t d, size_t span, double *before, double *change)
{
    size_t best = d;
    for (size_t e = d + 1; e < d + span && e + span <= p->days; e++) {
        double start, now = change_at(p, e, span, &start);
        if (!(fabs(now) > fabs(*change)))
            continue;
        best = e;
        *before = start;
        *change = now;
    }
    /* A day split by the change is left alone. */
    if (fabs((p->daily[best] - *before) / *change) < 0.75)
        best++;
    return best;
}

static void check_offset(autan_qc_work *work, size_t i, const double *threshold,
                         past *p)
{
    size_t span = (size_t)threshold[1];
    p->days = autan_daily(work, i, 0xffffff, p->daily, p->kept);
    if (span > p->days / 3)
        span = p->days / 3;
    for (size_t d = span; span > 1 && d + span <= p->days; d++) {
        double before, change = change_at(p, d, span, &before);
        size_t first, last;
        if (!(fabs(change) > threshold[0]))
            continue;
        d = sharpest(p, d, span, &before, &change);
        faulty_side(p, d, before, change, &first, &last);
        flag_days(work, i, first, last, change, threshold[0]);
        d = last > d ? last : d;
    }
}

autan_status autan_check_offset(autan_qc_work *work, const double *threshold)
{
    past p = {0};
    autan_status status = past_new(work, &p);
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++)
        check_offset(work, i, threshold, &p);
    past_clear(&p);
    return status;
}

/* The level of the last `span` days against that of a longer past, which ends `gap`
 * days before, so that a slow change is not taken for the past. */
static void check_drift(autan_qc_work *work, size_t i, const double *threshold, past *p)
{
    size_t span = (size_t)threshold[1], gap = (size_t)threshold[2];
    size_t reach = (size_t)threshold[3];
    p->days = autan_daily(work, i, 0xffffff, p->daily, p->kept);
    for (size_t d = span; d <= p->days; d++) {
        size_t end = d > span + gap ? d - span - gap : 0;
        size_t start = end > reach ? end - reach : 0;
        double usual = level(p, start, end, gap);
        double away = level(p, d - span, d, (span + 1) / 2) - usual;
        if (fabs(away) > threshold[0])
            flag_days(work, i, d - 1, d, away, threshold[0]);
    }
}

autan_status autan_check_drift(autan_qc_work *work, const double *threshold)
{
    past p = {0};
    autan_status status = past_new(work, &p);
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++)
        check_drift(work, i, threshold, &p);
    past_clear(&p);
    return status;
}
