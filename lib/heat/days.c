#include "heat/days.h"

#include <math.h>
#include <stdlib.h>

#include "base/quantile.h"
#include "heat/rule.h"

double autan_window_mean(const double *value, size_t first, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += value[first + i];
    return sum / (double)n;
}

double autan_days_mean(const autan_days *days, size_t day)
{
    return 0.5 * (days->minimum[day] + days->maximum[day]);
}

/* Distance between days of the year, the year being a circle. */
static int days_apart(int a, int b)
{
    const int d = abs(a - b);
    return d < AUTAN_YEARDAYS - d ? d : AUTAN_YEARDAYS - d;
}

static void calendar_percentile(const autan_days *days, int half_window, double *pool,
                                double *percentile)
{
    for (int y = 1; y <= AUTAN_YEARDAYS; y++) {
        size_t n = 0;
        for (size_t i = 0; i < days->n; i++) {
            if (!isnan(days->maximum[i]) &&
                days_apart(days->yearday[i], y) <= half_window)
                pool[n++] = days->maximum[i];
        }
        autan_sort(n, pool);
        percentile[y - 1] = autan_quantile_sorted(n, pool, 0.9);
    }
}

/* Maxima of the years that are mostly known, into pool; how many. */
static size_t yearly_maxima(const autan_days *days, const int *year, double *pool)
{
    size_t n_years = 0;
    for (size_t i = 0; i < days->n;) {
        double highest = -INFINITY;
        size_t known = 0, j = i;
        for (; j < days->n && year[j] == year[i]; j++) {
            if (isnan(days->maximum[j]))
                continue;
            known++;
            highest = fmax(highest, days->maximum[j]);
        }
        if (known >= 300)
            pool[n_years++] = highest;
        i = j;
    }
    return n_years;
}

static double mean_percentile(const autan_days *days, double *pool)
{
    size_t n = 0;
    for (size_t i = 0; i < days->n; i++) {
        const double mean = autan_days_mean(days, i);
        if (!isnan(mean))
            pool[n++] = mean;
    }
    autan_sort(n, pool);
    return autan_quantile_sorted(n, pool, 0.95);
}

static double factor_percentile(const autan_days *days, double mean_95, double *pool)
{
    size_t n = 0;
    for (size_t i = 0; i < days->n; i++) {
        const double factor = autan_excess_heat(days, mean_95, i);
        if (factor > 0.0)
            pool[n++] = factor;
    }
    autan_sort(n, pool);
    return autan_quantile_sorted(n, pool, 0.85);
}

autan_status autan_climate_make(const autan_days *days, const int *year,
                                autan_climate *climate)
{
    autan_climate c;
    double *pool = malloc((days->n + 1) * sizeof *pool);
    size_t n_years;
    if (!pool)
        return AUTAN_NO_MEMORY;
    n_years = yearly_maxima(days, year, pool);
    autan_sort(n_years, pool);
    c.yearly_25 = autan_quantile_sorted(n_years, pool, 0.25);
    c.yearly_75 = autan_quantile_sorted(n_years, pool, 0.75);
    c.mean_95 = mean_percentile(days, pool);
    c.factor_85 = factor_percentile(days, c.mean_95, pool);
    if (n_years >= AUTAN_CLIMATE_YEARS && !isnan(c.factor_85)) {
        calendar_percentile(days, 15, pool, c.maximum_90);
        calendar_percentile(days, 2, pool, c.maximum_90_short);
        *climate = c;
    }
    free(pool);
    return n_years >= AUTAN_CLIMATE_YEARS && !isnan(c.factor_85) ? AUTAN_OK
                                                                 : AUTAN_NO_DATA;
}

autan_climate autan_climate_shift(const autan_climate *climate, double minimum,
                                  double maximum)
{
    autan_climate c = *climate;
    c.mean_95 += 0.5 * (minimum + maximum);
    c.yearly_25 += maximum;
    c.yearly_75 += maximum;
    for (int y = 0; y < AUTAN_YEARDAYS; y++) {
        c.maximum_90[y] += maximum;
        c.maximum_90_short[y] += maximum;
    }
    return c;
}
