/* Sensors heated by the sun.
 *
 * On a day, residuals with the sun up, and those less the residuals without it: the
 * lesser of the two, each against what the station usually shows on a day as clear; how
 * clear is told by the network's range from night to day. A level that changed shows in
 * the first alone, a hollow that fills with cold air in the second. A day is doubted
 * when it and most days around it stand out. */
#include <stdlib.h>

#include "qc/robust.h"
#include "qc/sun.h"
#include "qc/work.h"

/* Median residual of a day's rows with the sun's sine in a range, NaN with fewer than
 * three. */
static double part(const autan_qc_work *work, size_t i, const float *sine, size_t first,
                   size_t last, float low, float high, double *kept)
{
    size_t count = 0;
    for (size_t t = first; t < last; t++) {
        double residual = autan_residual(work, i, t);
        if (sine[t] >= low && sine[t] < high && !isnan(residual))
            kept[count++] = residual;
    }
    return count >= 3 ? autan_median(kept, count) : (double)NAN;
}

static void fill_sine(const autan_qc_work *work, size_t i, float *sine)
{
    for (size_t t = 0; t < work->n_times; t++)
        sine[t] = (float)autan_sun_sine(autan_panel_time(work->data->panel, t),
                                        work->data->points.latitude[i],
                                        work->data->points.longitude[i]);
}

static void flag_sunny(autan_qc_work *work, size_t i, const float *sine, size_t first,
                       size_t last, double excess, double limit)
{
    size_t from = first, to = last;
    while (from < last && sine[from] < 0.1f)
        from++;
    while (to > from && sine[to - 1] < 0.1f)
        to--;
    autan_flag(work, i, from, to, excess, limit);
}

/* The network's range on a day: median with the sun up less median without it. */
static double range_of(const autan_qc_work *work, const float *sine, size_t first,
                       size_t last, double *kept)
{
    double level[2];
    for (int up = 0; up < 2; up++) {
        size_t count = 0;
        for (size_t t = first; t < last; t++) {
            if ((up ? sine[t] >= 0.25f : sine[t] < -0.05f) && !isnan(work->centre[t]))
                kept[count++] = work->centre[t];
        }
        level[up] = count ? autan_median(kept, count) : (double)NAN;
    }
    return level[1] - level[0];
}

/* Takes out of excess what goes with the day's range: the median slope through the
 * medians, over days whose range differs by 2 K from the usual. */
static void level_out(size_t days, const double *range, double *excess, double *kept)
{
    size_t count = autan_collect(excess, days, 1, kept);
    double middle = autan_median(kept, count), usual, slope;
    count = autan_collect(range, days, 1, kept);
    usual = autan_median(kept, count);
    count = 0;
    for (size_t d = 0; d < days; d++) {
        double gain = (excess[d] - middle) / (range[d] - usual);
        if (fabs(range[d] - usual) > 2 && !isnan(gain))
            kept[count++] = gain;
    }
    slope = count > 20 ? autan_median(kept, count) : 0;
    for (size_t d = 0; d < days; d++)
        excess[d] -= middle + slope * (range[d] - usual);
}

static void flag_hot_days(autan_qc_work *work, size_t i, size_t days,
                          const double *threshold, const float *sine,
                          const double *excess, double *kept)
{
    size_t rows = autan_rows(work, 86400);
    long side = (long)threshold[1] / 2;
    /* What is usual is known the worse the shorter the record. */
    double caution = 1 + 15 / (double)days;
    double limit = caution * threshold[0], least = caution * threshold[2];
    for (long d = 0; d < (long)days; d++) {
        size_t count = 0;
        for (long e = d - side; e <= d + side; e++) {
            if (e >= 0 && e < (long)days && !isnan(excess[e]))
                kept[count++] = excess[e];
        }
        double around = count > (size_t)side ? autan_median(kept, count) : (double)NAN;
        if (around > least && excess[d] > limit)
            flag_sunny(work, i, sine, (size_t)d * rows, ((size_t)d + 1) * rows,
                       excess[d], limit);
    }
}

static void check_station(autan_qc_work *work, size_t i, const double *threshold,
                          const float *sine, const double *range, double *excess,
                          double *kept)
{
    size_t rows = autan_rows(work, 86400), days = work->n_times / rows;
    double *by_day = excess + days;
    for (size_t d = 0; d < days; d++) {
        size_t first = d * rows, last = first + rows;
        by_day[d] = part(work, i, sine, first, last, 0.25f, 2, kept);
        excess[d] = by_day[d] - part(work, i, sine, first, last, -2, -0.05f, kept);
    }
    level_out(days, range, excess, kept);
    level_out(days, range, by_day, kept);
    for (size_t d = 0; d < days; d++)
        excess[d] = by_day[d] < excess[d] ? by_day[d] : excess[d];
    flag_hot_days(work, i, days, threshold, sine, excess, kept);
}

autan_status autan_check_radiation(autan_qc_work *work, const double *threshold)
{
    size_t rows = autan_rows(work, 86400), days = work->n_times / rows;
    float *sine = malloc((work->n_times + 1) * sizeof *sine);
    double *range = malloc((3 * days + 1) * sizeof *range), *excess = range + days;
    double *kept = malloc((rows + days + (size_t)threshold[1] + 2) * sizeof *kept);
    autan_status status = sine && range && kept ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        /* The sun is as good as the same all over a city. */
        if (i == 0)
            fill_sine(work, i, sine);
        for (size_t d = 0; i == 0 && d < days; d++)
            range[d] = range_of(work, sine, d * rows, (d + 1) * rows, kept);
        check_station(work, i, threshold, sine, range, excess, kept);
    }
    free(sine);
    free(range);
    free(kept);
    return status;
}
