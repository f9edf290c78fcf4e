/* Clocks that are wrong by some hours.
 *
 * In overlapping windows of days, the readings are compared with what neighbours say
 * now and some time earlier or later. A clock that is late by L matches neighbours of L
 * before; the day's cycle and passing weather tell L within minutes. The level is taken
 * out, so that an offset is no clock fault.
 *
 * Where a clock was wrong all along, its day is what is usual there. So the whole
 * record is compared once more, with the usual day taken out on both sides: passing
 * weather alone tells L then, which takes weeks, and up to a day. */
#include <stdlib.h>

#include "qc/robust.h"
#include "qc/work.h"

enum {
    LASTING = 3, /* windows in a row that may be less sure */
    SHORT_D = 40 /* in records below so many days: in longer ones two stations that were
                    exchanged would pass for a wrong clock at one of them */
};

/* Of a clock that is wrong all along: the gain that is needed, of records of so many
 * days at most and at least, and the share of what so late a clock would add that the
 * lag must explain. */
static const double ALONG_GAIN[2] = {0.6, 0.9}, ALONG_DAYS[2] = {20, 60};
static const double ALONG_SHARE = 0.5;

/* A station's readings and what neighbours say, of n moments. */
typedef struct {
    const double *series, *said;
    size_t n;
} pair;

typedef struct {
    long lag;    /* rows by which readings come late */
    double gain; /* mean square at that lag over that at none */
} match;

/* Mean square of the differences at a lag about their mean, NaN with few of them. */
static double mismatch(pair p, size_t first, size_t last, long lag)
{
    double sum = 0, square = 0, count = 0;
    for (size_t t = first; t < last; t++) {
        long u = (long)t - lag;
        double away = u < 0 || u >= (long)p.n ? (double)NAN : p.series[t] - p.said[u];
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

static match best_match(pair p, size_t first, size_t last, long most)
{
    match best = {0, 1};
    double none = mismatch(p, first, last, 0);
    for (long lag = -most; lag <= most; lag++) {
        double gain = mismatch(p, first, last, lag) / none;
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

/* How much of what so late a clock would add to the mean square the lag takes off. */
static double explained(pair p, size_t first, size_t last, long lag)
{
    const pair itself = {p.said, p.said, p.n};
    return (mismatch(p, first, last, 0) - mismatch(p, first, last, lag)) /
           mismatch(itself, first, last, lag);
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

/* Takes the median of each hour of the day out of a series. */
static void without_day(const autan_qc_work *work, const double *series, double *out,
                        double *kept)
{
    for (int hour = 0; hour < 24; hour++) {
        size_t count = 0;
        double usual;
        for (size_t t = 0; t < work->n_times; t++) {
            if (work->hour[t] == hour && !isnan(series[t]))
                kept[count++] = series[t];
        }
        usual = autan_median(kept, count);
        for (size_t t = 0; t < work->n_times; t++) {
            if (work->hour[t] == hour)
                out[t] = series[t] - usual;
        }
    }
}

/* Readings and what neighbours say without their usual day, in 3 n_times numbers. */
static pair weather_of(const autan_qc_work *work, size_t i, double *room)
{
    const size_t n = work->n_times;
    without_day(work, autan_series(work, i), room, room + 2 * n);
    without_day(work, autan_reference(work, i), room + n, room + 2 * n);
    return (pair){room, room + n, n};
}

/* The lag at which the weather of the whole record fits, 0 when it is none that a wrong
 * clock would have. */
static long lag_all_along(const autan_qc_work *work, pair weather,
                          const double *threshold)
{
    const double days = (double)weather.n * work->step_s / 86400;
    const double grown = (days - ALONG_DAYS[0]) / (ALONG_DAYS[1] - ALONG_DAYS[0]);
    const double limit =
        ALONG_GAIN[0] + (ALONG_GAIN[1] - ALONG_GAIN[0]) * fmin(fmax(grown, 0), 1);
    const match best = best_match(weather, 0, weather.n,
                                  2 * (long)autan_rows(work, threshold[3] * 3600));
    return is_fault(work, best, threshold[0] * 60, limit) &&
                   explained(weather, 0, weather.n, best.lag) > ALONG_SHARE
               ? best.lag
               : 0;
}

/* Whether rows first to last (exclusive) fit better at that lag than at none. */
static bool is_late(pair weather, size_t first, size_t last, long lag)
{
    return mismatch(weather, first, last, lag) < mismatch(weather, first, last, 0);
}

/* The row after a window of about so many rows from `first` on. */
static size_t window_end(size_t n, size_t first, size_t rows)
{
    return first + 2 * rows <= n ? first + rows : n;
}

/* Flags the windows that the lag fits better, when they are most of the record. */
static bool flag_along(autan_qc_work *work, size_t i, pair weather, long lag,
                       size_t rows, const double *threshold)
{
    size_t late = 0;
    for (size_t first = 0, last; first < weather.n; first = last) {
        last = window_end(weather.n, first, rows);
        late += is_late(weather, first, last, lag) ? last - first : 0;
    }
    if (2 * late <= weather.n)
        return false;
    for (size_t first = 0, last; first < weather.n; first = last) {
        last = window_end(weather.n, first, rows);
        if (is_late(weather, first, last, lag))
            autan_flag(work, i, first, last, (double)lag * work->step_s / 60,
                       threshold[0]);
    }
    return true;
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
    double *room = malloc((3 * work->n_times + 1) * sizeof *room);
    autan_status status = found && marked && room ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        const pair p = {autan_series(work, i), autan_reference(work, i), work->n_times};
        const pair weather = weather_of(work, i, room);
        const long lag = lag_all_along(work, weather, threshold);
        if (lag && flag_along(work, i, weather, lag, rows, threshold))
            continue;
#pragma omp parallel for schedule(static)
        for (size_t w = 0; w < n_windows; w++)
            found[w] = best_match(p, w * rows / 2, w * rows / 2 + rows, most);
        mark_windows(work, found, n_windows, threshold, marked);
        flag_windows(work, i, found, marked, n_windows, rows, threshold);
    }
    free(found);
    free(marked);
    free(room);
    return status;
}
