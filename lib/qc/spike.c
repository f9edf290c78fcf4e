/* Readings that go there and back, and neighbours do not. */
#include <stdlib.h>

#include "qc/robust.h"
#include "qc/work.h"

/* The nearest readings before and after row t within `reach` rows. */
static bool find_sides(const double *level, size_t n_times, size_t t, size_t reach,
                       size_t *before, size_t *after)
{
    *before = *after = t;
    for (size_t k = 1; k <= reach && *before == t && k <= t; k++)
        *before = isnan(level[t - k]) ? t : t - k;
    for (size_t k = 1; k <= reach && *after == t && t + k < n_times; k++)
        *after = isnan(level[t + k]) ? t : t + k;
    return *before != t && *after != t;
}

/* How far row t stands out of the readings beside it, 0 unless it does so from both in
 * the same direction. */
static double prominence(const double *level, size_t n_times, size_t t, size_t reach)
{
    size_t before, after;
    double rise, fall, height;
    if (isnan(level[t]) || !find_sides(level, n_times, t, reach, &before, &after))
        return 0;
    rise = level[t] - level[before];
    fall = level[t] - level[after];
    height = 0.5 * (rise + fall);
    if (rise * fall <= 0 || fmin(fabs(rise), fabs(fall)) < 0.6 * fabs(height))
        return 0;
    return height;
}

/* Residuals, or the readings where no neighbours speak. */
static double fill_level(const autan_qc_work *work, size_t i, double *level)
{
    size_t spoken = 0;
    for (size_t t = 0; t < work->n_times; t++) {
        level[t] = autan_residual(work, i, t);
        spoken += isnan(level[t]) ? 0 : 1;
    }
    if (2 * spoken > work->n_times)
        return 1;
    for (size_t t = 0; t < work->n_times; t++)
        level[t] = autan_series(work, i)[t];
    return 2;
}

static double usual_height(const double *level, size_t n_times, size_t reach,
                           double *kept)
{
    size_t count = 0;
    for (size_t t = 0; t < n_times; t++) {
        size_t before, after;
        if (!isnan(level[t]) && find_sides(level, n_times, t, reach, &before, &after))
            kept[count++] = level[t] - 0.5 * (level[before] + level[after]);
    }
    return count ? autan_mad(kept, count, 0) : 0;
}

autan_status autan_check_spike(autan_qc_work *work, const double *threshold)
{
    double *level = malloc((work->n_times + 1) * sizeof *level);
    double *kept = malloc((work->n_times + 1) * sizeof *kept);
    autan_status status = level && kept ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        size_t reach = autan_rows(work, 2 * 3600.0);
        double caution = fill_level(work, i, level);
        double usual = usual_height(level, work->n_times, reach, kept);
        double limit = caution * fmax(threshold[0], threshold[1] * usual);
        for (size_t t = 0; t < work->n_times; t++) {
            double height = prominence(level, work->n_times, t, reach);
            if (fabs(height) > limit)
                autan_flag(work, i, t, t + 1, height, limit);
        }
    }
    free(level);
    free(kept);
    return status;
}
