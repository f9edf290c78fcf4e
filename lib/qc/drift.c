/* Stations whose level leaves its own past, at once (offset: moved, hit, recalibrated)
 * or little by little (drift).
 *
 * Both look at daily medians of readings less what neighbours say. Where an offset was
 * there from the first day on, it is what is usual at that station. But no place of a
 * town is warmer than the others at each hour of the day, by more than its height
 * tells: what warms by night does not by day. */
#include <stdlib.h>

#include "qc/robust.h"
#include "qc/work.h"

static const double LAPSE_K_M = 0.0065; /* of the standard atmosphere */
static const double UNKNOWN_HEIGHT_K =
    0.6; /* what it may make at all hours in a town */

enum { SIDE_D = 30 }; /* days before and after a change that are looked at */

typedef struct {
    size_t days;
    double *daily, *kept;
} past;

static autan_status past_new(const autan_qc_work *work, past *p)
{
    size_t rows = autan_rows(work, 86400), days = work->n_times / rows;
    p->daily = malloc((days + 1) * sizeof *p->daily);
    p->kept = malloc((work->n_times + work->n + 1) * sizeof *p->kept);
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

/* What a station's height makes of its temperature beside the others', 0 where not all
 * is known. */
static double by_height(const autan_qc_work *work, size_t i, double *kept)
{
    const double *elevation = work->data->points.elevation;
    size_t count = elevation ? autan_collect(elevation, work->n, 1, kept) : 0;
    if (2 * count < work->n || isnan(elevation[i]))
        return 0;
    return -LAPSE_K_M * (elevation[i] - autan_median(kept, count));
}

/* The difference from the network that a station keeps at each hour of the day, in rows
 * first to last (exclusive): 0 where it is warmer at some and colder at others. */
static double least_difference(const autan_qc_work *work, size_t i, size_t first,
                               size_t last, double height, double *kept)
{
    double low = INFINITY, high = -INFINITY;
    for (int hour = 0; hour < 24; hour++) {
        size_t count = 0;
        for (size_t t = first; t < last; t++) {
            double away = autan_series(work, i)[t] - work->centre[t];
            if (work->hour[t] == hour && !isnan(away))
                kept[count++] = away;
        }
        double usual = autan_median(kept, count);
        low = fmin(low, fmin(usual, usual - height));
        high = fmax(high, fmax(usual, usual - height));
    }
    return low > 0 && low < high ? low : high < 0 && low < high ? high : 0;
}

/* Whether the side after a change at day d is the faulty one: the side that keeps a
 * difference from the network at all hours, else the one clearly farther from what
 * neighbours say, else the shorter one. In a record of weeks the level that is usual is
 * not known well enough to tell. */
static bool after_is_faulty(const autan_qc_work *work, size_t i, const past *p,
                            size_t d, double before, double change)
{
    const size_t day = autan_rows(work, 86400);
    const size_t first = d > SIDE_D ? d - SIDE_D : 0;
    const size_t last = d + SIDE_D < p->days ? d + SIDE_D : p->days;
    const double height = by_height(work, i, p->kept);
    const double left =
        fabs(least_difference(work, i, first * day, d * day, height, p->kept));
    const double right =
        fabs(least_difference(work, i, d * day, last * day, height, p->kept));
    const double later = fabs(before + change), earlier = fabs(before);
    if (fabs(right - left) > fabs(change) / 3)
        return right > left;
    if (p->days > 60 && fmax(later, earlier) > 4 * fmin(later, earlier))
        return later > earlier;
    return p->days - d <= d;
}

/* The days of the faulty side, up to where the level is back for two days, or the
 * record's end. */
static void faulty_side(const autan_qc_work *work, size_t i, const past *p, size_t d,
                        double before, double change, size_t *first, size_t *last)
{
    bool after = after_is_faulty(work, i, p, d, before, change);
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

/* Flags a station that is off all along: in both halves of the record. */
static void check_always(autan_qc_work *work, size_t i, double limit, double *kept)
{
    const size_t half = work->n_times / 2;
    const double height = by_height(work, i, kept);
    if (height == 0)
        limit += UNKNOWN_HEIGHT_K;
    const double early = least_difference(work, i, 0, half, height, kept);
    const double late = least_difference(work, i, half, work->n_times, height, kept);
    if (fmin(early, late) > limit || fmax(early, late) < -limit)
        autan_flag(work, i, 0, work->n_times, (early + late) / 2, limit);
}

/* Answers whether the level changed. */
static bool check_offset(autan_qc_work *work, size_t i, const double *threshold,
                         past *p)
{
    size_t span = (size_t)threshold[1];
    bool changed = false;
    p->days = autan_daily(work, i, 0xffffff, p->daily, p->kept);
    if (span > p->days / 3)
        span = p->days / 3;
    for (size_t d = span; span > 1 && d + span <= p->days; d++) {
        double before, change = change_at(p, d, span, &before);
        size_t first, last;
        if (!(fabs(change) > threshold[0]))
            continue;
        d = sharpest(p, d, span, &before, &change);
        faulty_side(work, i, p, d, before, change, &first, &last);
        flag_days(work, i, first, last, change, threshold[0]);
        changed = true;
        d = last > d ? last : d;
    }
    return changed;
}

autan_status autan_check_offset(autan_qc_work *work, const double *threshold)
{
    past p = {0};
    autan_status status = past_new(work, &p);
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        if (!check_offset(work, i, threshold, &p) && work->n > AUTAN_WITNESSES_LEAST &&
            !isnan(threshold[2]))
            check_always(work, i, threshold[2], p.kept);
    }
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
