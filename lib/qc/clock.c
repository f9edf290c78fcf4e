/* Clocks that are wrong by some hours.
 *
 * In overlapping windows of days, the readings are compared with what neighbours say
 * now and some time earlier or later. A clock that is late by L matches neighbours of L
 * before; the day's cycle and passing weather tell L within minutes. The level is taken
 * out, so that an offset is no clock fault. */
#include <stdlib.h>

#include "qc/work.h"

enum {
    LASTING = 3, /* windows in a row that may be less sure */
    SHORT_D = 40 /* in records below so many days: in longer ones two stations that were
                    exchanged would pass for a wrong clock at one of them */
};

typedef struct {
    long lag;    /* rows by which readings come late */
    double gain; /* mean square at that lag over that at none */
} match;

/* Mean square of the differences at a lag about their mean, NaN with few of them. */
static double mismatch(const autan_qc_work *work, size_t i, size_t first, size_t last,
                       long lag)
{
    const double *series = autan_series(work, i), *said = autan_reference(work, i);
    double sum = 0, square = 0, count = 0;
    for (size_t t = first; t < last; t++) {
        long u = (long)t - lag;
        double away =
            u < 0 || u >= (long)work->n_times ? (double)NAN : series[t] - said[u];
        if (isnan(away))
            continue;
        sum += away;
        square += away * away;
        count++;
    }
    if (count < 0.6 * (double)(last - first))
        return NAN;
    return square / count - (sum / count) * (sum / count);
}

static match best_match(const autan_qc_work *work, size_t i, size_t first, size_t last,
                        long most)
{
    match best = {0, 1};
    double none = mismatch(work, i, first, last, 0);
    for (long lag = -most; lag <= most; lag++) {
        double gain = mismatch(work, i, first, last, lag) / none;
        if (gain < best.gain)
            best = (match){lag, gain};
    }
    return best;
}

static bool is_fault(const autan_qc_work *work, match m, double shift_s, double gain)
{
    return (double)labs(m.lag) * work->step_s >= shift_s && m.gain < gain;
}

/* Whether windows first to last (exclusive) all say a fault, each within a row of the
 * one before. */
static bool agree(const autan_qc_work *work, const match *found, size_t first,
                  size_t last, double shift_s, double gain)
{
    bool all = true;
    for (size_t w = first; all && w < last; w++)
        all = is_fault(work, found[w], shift_s, gain) &&
              (w == first || labs(found[w].lag - found[w - 1].lag) <= 1);
    return all;
}

/* Marks the windows of a fault: two in a row that are sure, or in a short record
 * LASTING in a row that are less so. */
static void mark_windows(const autan_qc_work *work, const match *found,
                         size_t n_windows, const double *threshold, bool *marked)
{
    double shift_s = threshold[0] * 60;
    bool brief = (double)work->n_times * work->step_s < SHORT_D * 86400.0;
    for (size_t w = 0; w < n_windows; w++)
        marked[w] = false;
    for (size_t w = 0; w < n_windows; w++) {
        size_t sure = w + 2, lasting = w + LASTING, last = w;
        if (sure <= n_windows && agree(work, found, w, sure, shift_s, threshold[1]))
            last = sure;
        if (brief && lasting <= n_windows &&
            agree(work, found, w, lasting, shift_s, threshold[4]))
            last = lasting;
        for (size_t k = w; k < last; k++)
            marked[k] = true;
    }
}

/* Of the first and last marked window only the half shared with its neighbour is
 * flagged, for the fault may begin or end within the other half. */
static void flag_windows(autan_qc_work *work, size_t i, const match *found,
                         const bool *marked, size_t n_windows, size_t rows,
                         const double *threshold)
{
    for (size_t w = 0; w < n_windows; w++) {
        bool before = w > 0 && marked[w - 1];
        bool after = w + 1 < n_windows && marked[w + 1];
        size_t first = w * rows / 2, last = first + rows;
        if (!marked[w])
            continue;
        first += before || w == 0 ? 0 : rows / 2;
        last -= after || w + 1 == n_windows ? 0 : rows / 2;
        if (w + 1 == n_windows)
            last = work->n_times;
        autan_flag(work, i, first, last, (double)found[w].lag * work->step_s / 60,
                   threshold[0]);
    }
}

autan_status autan_check_clock(autan_qc_work *work, const double *threshold)
{
    /* In a short record, windows short enough for two to agree before its end. */
    double days = (double)work->n_times * work->step_s / 86400;
    size_t rows = autan_rows(work, fmin(threshold[2], days / 5) * 86400) / 2 * 2;
    size_t n_windows =
        rows < 2 || work->n_times < rows ? 0 : 2 * (work->n_times - rows) / rows + 1;
    long most = (long)autan_rows(work, threshold[3] * 3600);
    match *found = malloc((n_windows + 1) * sizeof *found);
    bool *marked = malloc((n_windows + 1) * sizeof *marked);
    autan_status status = found && marked ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
#pragma omp parallel for schedule(static)
        for (size_t w = 0; w < n_windows; w++)
            found[w] = best_match(work, i, w * rows / 2, w * rows / 2 + rows, most);
        mark_windows(work, found, n_windows, threshold, marked);
        flag_windows(work, i, found, marked, n_windows, rows, threshold);
    }
    free(found);
    free(marked);
    return status;
}
