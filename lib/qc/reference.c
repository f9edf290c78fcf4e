/* What a station should read, told by its neighbours. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "qc/robust.h"
#include "qc/work.h"

/* A usual difference from few days is drawn towards the day's mean difference, by which
 * a fault of some days among fifteen does not pass for usual. */
#define DAYS_TRUSTED 20.0

static autan_status find_centre(autan_qc_work *work)
{
    double *row = malloc((work->n + 1) * sizeof *row);
    if (!row)
        return AUTAN_NO_MEMORY;
    for (size_t t = 0; t < work->n_times; t++) {
        size_t count = autan_collect(work->series + t, work->n, work->n_times, row);
        work->centre[t] = autan_median(row, count);
    }
    free(row);
    return AUTAN_OK;
}

static void find_usual(autan_qc_work *work, size_t i, double *kept)
{
    const double *series = autan_series(work, i);
    double *usual = work->usual + i * 24, mean;
    size_t count = 0;
    for (size_t t = 0; t < work->n_times; t++) {
        if (!isnan(series[t]))
            kept[count++] = series[t] - work->centre[t];
    }
    mean = autan_median(kept, count);
    for (int hour = 0; hour < 24; hour++) {
        double days;
        count = 0;
        for (size_t t = 0; t < work->n_times; t++) {
            if (work->hour[t] == hour && !isnan(series[t]))
                kept[count++] = series[t] - work->centre[t];
        }
        days = (double)count * work->step_s / 3600;
        usual[hour] = mean;
        if (count)
            usual[hour] +=
                (autan_median(kept, count) - mean) * days / (days + DAYS_TRUSTED);
    }
}

static double told(const autan_qc_work *work, size_t i, size_t t)
{
    double heard[AUTAN_WITNESSES];
    size_t count = 0, hour = work->hour[t];
    for (size_t k = 0; k < work->n_witnesses[i]; k++) {
        size_t j = work->witness[i * AUTAN_WITNESSES + k];
        double value = autan_series(work, j)[t] - work->usual[j * 24 + hour];
        if (!isnan(value))
            heard[count++] = value;
    }
    if (count < AUTAN_WITNESSES_LEAST)
        return NAN;
    return autan_median(heard, count) + work->usual[i * 24 + hour];
}

autan_status autan_refer(autan_qc_work *work)
{
    double *kept = malloc((work->n_times + 1) * sizeof *kept);
    autan_status status = kept ? find_centre(work) : AUTAN_NO_MEMORY;
    if (status != AUTAN_OK)
        goto cleanup;
    for (size_t i = 0; i < work->n; i++)
        find_usual(work, i, kept);
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < work->n; i++) {
        for (size_t t = 0; t < work->n_times; t++)
            work->reference[i * work->n_times + t] = told(work, i, t);
    }
cleanup:
    free(kept);
    return status;
}

size_t autan_daily(const autan_qc_work *work, size_t i, uint32_t hours, double *daily,
                   double *work_values)
{
    size_t rows = autan_rows(work, 86400), days = work->n_times / rows;
    for (size_t d = 0; d < days; d++) {
        size_t count = 0, wanted = 0;
        for (size_t t = d * rows; t < (d + 1) * rows; t++) {
            double residual = autan_residual(work, i, t);
            if (!(hours >> work->hour[t] & 1))
                continue;
            wanted++;
            if (!isnan(residual))
                work_values[count++] = residual;
        }
        daily[d] = 2 * count >= wanted ? autan_median(work_values, count) : (double)NAN;
    }
    return days;
}
