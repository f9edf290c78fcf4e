#include "risk_climate.h"

#include <math.h>
#include <stdlib.h>

#include "forecast/window.h"

enum { HOUR_S = 3600, DAY_S = 86400, DAY_H = 24 };

void town_climate_clear(town_climate *c)
{
    free(c->low);
    free(c->high);
    *c = (town_climate){0};
}

/* Mean of n values, every stride-th, less others beside them: those known. NaN: none.
 */
static double mean_less(size_t n, const double *value, size_t stride,
                        const double *less)
{
    double sum = 0.0, known = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double v = value[k * stride] - less[k];
        if (isnan(v))
            continue;
        sum += v;
        known++;
    }
    return known > 0.0 ? sum / known : (double)NAN;
}

/* Mean over the stations of each day's value[day * n_stations + i], as if all stations
 * were there on every day: each is held against the mean of those of its days. */
static autan_status mean_of_stations(size_t n_days, size_t n_stations,
                                     const double *value, double *mean)
{
    double *offset = calloc(n_stations + 1, sizeof *offset);
    if (!offset)
        return AUTAN_NO_MEMORY;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t d = 0; d < n_days; d++)
            mean[d] = mean_less(n_stations, value + d * n_stations, 1, offset);
        for (size_t i = 0; pass == 0 && i < n_stations; i++) {
            const double above = mean_less(n_days, value + i, n_stations, mean);
            offset[i] = isnan(above) ? 0.0 : above;
        }
    }
    free(offset);
    return AUTAN_OK;
}

/* One extreme of all days. */
static autan_status mean_extreme(const autan_panel *panel, size_t n_days,
                                 const autan_time_window *window, double *mean)
{
    const autan_record record = {1, &panel, NULL};
    const size_t n = panel->n_stations;
    double *value = malloc((n_days * n + 1) * sizeof *value);
    autan_status status = value ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t d = 0; status == AUTAN_OK && d < n_days; d++) {
        for (size_t i = 0; i < n; i++)
            value[d * n + i] = autan_window_value(&record, i, d * DAY_H, window);
    }
    if (status == AUTAN_OK)
        status = mean_of_stations(n_days, n, value, mean);
    free(value);
    return status;
}

static autan_status make(const autan_panel *panel, town_climate *c)
{
    static const autan_time_window night = {0, -5, 18, AUTAN_WINDOW_MIN, 0},
                                   day = {0, 7, 30, AUTAN_WINDOW_MAX, 0};
    const size_t n = panel->n_times / DAY_H;
    int *yearday = malloc((n + 1) * sizeof *yearday),
        *year = malloc((n + 1) * sizeof *year);
    autan_status status = AUTAN_NO_MEMORY;
    c->n = n;
    c->low = malloc((n + 1) * sizeof *c->low);
    c->high = malloc((n + 1) * sizeof *c->high);
    if (yearday && year && c->low && c->high)
        status = mean_extreme(panel, n, &night, c->low);
    if (status == AUTAN_OK)
        status = mean_extreme(panel, n, &day, c->high);
    for (size_t d = 0; status == AUTAN_OK && d < n; d++) {
        autan_civil civil;
        autan_civil_utc(c->first + (autan_time)d * DAY_S, &civil);
        year[d] = civil.year;
        yearday[d] = civil.yearday;
    }
    if (status == AUTAN_OK)
        status = autan_climate_make(&(autan_days){n, c->low, c->high, yearday}, year,
                                    &c->climate);
    c->known = status == AUTAN_OK;
    free(yearday);
    free(year);
    return status == AUTAN_NO_DATA ? AUTAN_OK : status;
}

autan_status town_climate_make(town *t, autan_time until, town_climate *climate,
                               autan_error *err)
{
    town_climate c = {0};
    autan_panel panel = {0};
    autan_time first, last;
    autan_status status =
        autan_archive_period(t->archive, AUTAN_AIR_TEMPERATURE, &first, &last, err);
    if (status != AUTAN_OK)
        return status;
    c.first = first - (first % DAY_S + DAY_S) % DAY_S;
    c.years = fmax(0.0, (double)(until - first) / (365.2425 * DAY_S));
    if (c.years >= AUTAN_CLIMATE_YEARS) {
        status = town_read_panel(t, c.first, until - until % HOUR_S, &panel, err);
        if (status == AUTAN_OK && make(&panel, &c) != AUTAN_OK)
            status = town_no_memory(t, err);
    }
    autan_panel_clear(&panel);
    if (status == AUTAN_OK)
        *climate = c;
    else
        town_climate_clear(&c);
    return status;
}
