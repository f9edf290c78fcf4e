/* Frozen readings.
 *
 * A run of equal readings is doubted when it lasts longer than any weather, or when it
 * lasts some hours while the neighbours moved. The finer the readings are written, the
 * less a run is needed. */
#include <stdlib.h>

#include "qc/robust.h"
#include "qc/work.h"

/* The step in which readings are written: the tenth percentile of the changes between
 * unequal readings that follow each other. */
static double resolution(const autan_qc_work *work, size_t i, double *kept)
{
    const double *series = autan_series(work, i);
    size_t count = 0;
    for (size_t t = 1; t < work->n_times; t++) {
        double change = fabs(series[t] - series[t - 1]);
        if (change > 1e-9)
            kept[count++] = change;
    }
    return count ? autan_quantile(kept, count, 0.10) : 0;
}

/* Values at which a quantity rests by nature. */
static bool rests(autan_variable variable, double value)
{
    if (variable == AUTAN_RELATIVE_HUMIDITY)
        return value >= 97;
    if (variable == AUTAN_WIND_SPEED || variable == AUTAN_PRECIPITATION_AMOUNT)
        return value == 0;
    return variable == AUTAN_GLOBAL_RADIATION && value < 10;
}

/* How far neighbours moved during rows first to last (exclusive). */
static double witnessed(const autan_qc_work *work, size_t i, size_t first, size_t last)
{
    const double *said = autan_reference(work, i);
    double low = INFINITY, high = -INFINITY;
    for (size_t t = first; t < last; t++) {
        low = said[t] < low ? said[t] : low;
        high = said[t] > high ? said[t] : high;
    }
    return high > low ? high - low : 0;
}

static void judge_run(autan_qc_work *work, size_t i, size_t first, size_t last,
                      size_t count, const double *threshold, double step)
{
    double coarse = fmax(1, step / threshold[4]);
    double hours = (double)(last - first) * work->step_s / 3600;
    double moved = witnessed(work, i, first, last);
    if (count < 4 || rests(work->data->variable, autan_series(work, i)[first]))
        return;
    if (hours >= threshold[0] * coarse)
        autan_flag(work, i, first, last, hours, threshold[0] * coarse);
    else if (hours >= threshold[1] * coarse && moved >= threshold[2] * coarse)
        autan_flag(work, i, first, last, moved, threshold[2] * coarse);
}

/* Up to two hours of missing readings do not end a run; it starts and ends with a
 * reading. */
static void check_station(autan_qc_work *work, size_t i, const double *threshold,
                          double step)
{
    const double *series = autan_series(work, i);
    size_t first = 0, last = 0, count = 0, gap = autan_rows(work, 2 * 3600.0);
    for (size_t t = 0; t < work->n_times; t++) {
        if (isnan(series[t]))
            continue;
        if (count && t - last <= gap &&
            fabs(series[t] - series[first]) <= threshold[3]) {
            count++;
        } else {
            if (count)
                judge_run(work, i, first, last, count, threshold, step);
            first = t;
            count = 1;
        }
        last = t + 1;
    }
    if (count)
        judge_run(work, i, first, last, count, threshold, step);
}

autan_status autan_check_persistence(autan_qc_work *work, const double *threshold)
{
    double *kept = malloc((work->n_times + 1) * sizeof *kept);
    if (!kept)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < work->n; i++)
        check_station(work, i, threshold, resolution(work, i, kept));
    free(kept);
    return AUTAN_OK;
}
