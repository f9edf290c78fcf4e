/* Readings that jump and stay, and neighbours do not. */
#include <stdlib.h>

#include "qc/robust.h"
#include "qc/work.h"

/* Median of the residuals of rows first to last (exclusive), NaN with fewer than three
 * or fewer than half of them. */
static double level(const autan_qc_work *work, size_t i, size_t first, size_t last,
                    double *kept)
{
    size_t count = 0;
    for (size_t t = first; t < last; t++) {
        double residual = autan_residual(work, i, t);
        if (!isnan(residual))
            kept[count++] = residual;
    }
    return count >= 3 && 2 * count >= last - first ? autan_median(kept, count)
                                                   : (double)NAN;
}

/* The change from the hours before row t to those after, 0 unless most of it happens
 * at t. */
static double jump(const autan_qc_work *work, size_t i, size_t t, size_t rows,
                   double *before, double *kept)
{
    double now = autan_residual(work, i, t), last = autan_residual(work, i, t - 1);
    double change;
    if (isnan(now - last))
        return 0;
    *before = level(work, i, t - rows, t, kept);
    change = level(work, i, t, t + rows, kept) - *before;
    return (now - last) / change > 0.6 ? change : 0;
}

/* The rows of the faulty side of a change at row t: the side farther from what
 * neighbours say, up to where the residual is back for two readings, `most` rows on at
 * last. */
static void faulty_side(const autan_qc_work *work, size_t i, size_t t, size_t most,
                        double before, double change, size_t *first, size_t *last)
{
    bool after = fabs(before + change) >= fabs(before);
    double good = after ? before : before + change, away = after ? change : -change;
    size_t length = 1, back = 0;
    while (length < most && back < 2) {
        long u = after ? (long)(t + length) : (long)t - 1 - (long)length;
        if (u < 0 || u >= (long)work->n_times)
            break;
        double moved = (autan_residual(work, i, (size_t)u) - good) / away;
        if (!isnan(moved))
            back = moved < 0.5 ? back + 1 : 0;
        length++;
    }
    *first = after ? t : t - (length - back);
    *last = after ? t + length - back : t;
}

static double usual_change(const autan_qc_work *work, size_t i, double *kept)
{
    size_t count = 0;
    for (size_t t = 1; t < work->n_times; t++) {
        double change = autan_residual(work, i, t) - autan_residual(work, i, t - 1);
        if (!isnan(change))
            kept[count++] = change;
    }
    return count ? autan_mad(kept, count, 0) : 0;
}

static void check_station(autan_qc_work *work, size_t i, const double *threshold,
                          double *kept)
{
    size_t rows = autan_rows(work, threshold[2] * 3600);
    size_t most = autan_rows(work, threshold[3] * 3600);
    double limit = fmax(threshold[0], threshold[1] * usual_change(work, i, kept));
    if (rows < 3)
        rows = 3;
    for (size_t t = rows; t + rows <= work->n_times; t++) {
        double before = 0;
        if (!(fabs(autan_residual(work, i, t) - autan_residual(work, i, t - 1)) >
              0.6 * limit))
            continue;
        double change = jump(work, i, t, rows, &before, kept);
        if (!(fabs(change) > limit))
            continue;
        size_t first, last;
        faulty_side(work, i, t, most, before, change, &first, &last);
        autan_flag(work, i, first, last, change, limit);
        t = last > t ? last : t;
    }
}

autan_status autan_check_step(autan_qc_work *work, const double *threshold)
{
    double *kept = malloc((work->n_times + 1) * sizeof *kept);
    if (!kept)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < work->n; i++)
        check_station(work, i, threshold, kept);
    free(kept);
    return AUTAN_OK;
}
