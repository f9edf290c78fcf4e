/* Readings in another unit: Fahrenheit, kelvin, tenths of a degree, tens of degrees.
 *
 * A reading looks like one when it is far from what neighbours say and, converted, near
 * it. It is flagged where most readings of half a day before or after look so too. The
 * raw readings are looked at, for many of them are out of range. */
#include <stdlib.h>

#include "qc/work.h"

enum { UNITS = 4 };

static double convert(int unit, double value)
{
    switch (unit) {
    case 0:
        return (value - 32) / 1.8;
    case 1:
        return value - 273.15;
    case 2:
        return value / 10;
    default:
        return value * 10;
    }
}

/* 1 where the reading looks converted, 0 where not, -1 where nothing can be said. */
static void look(const autan_qc_work *work, size_t i, int unit, const double *threshold,
                 signed char *like)
{
    const double *value = work->data->panel->value;
    for (size_t t = 0; t < work->n_times; t++) {
        double reading = value[t * work->n + i];
        double said = autan_reference(work, i)[t];
        double away = fabs(reading - said), after = fabs(convert(unit, reading) - said);
        like[t] = isnan(away) ? -1 : away > threshold[0] && after < threshold[1] * away;
    }
}

/* Whether the share of likes among rows first to last (exclusive) is enough, with at
 * least half of the rows there. */
static bool mostly(const signed char *like, size_t first, size_t last, double share)
{
    size_t likes = 0, said = 0;
    for (size_t t = first; t < last; t++) {
        likes += like[t] == 1;
        said += like[t] >= 0;
    }
    return 2 * said >= last - first && (double)likes >= share * (double)said;
}

static bool converted(const signed char *like, size_t n_times, size_t t, size_t rows,
                      double share)
{
    size_t first = t + 1 >= rows ? t + 1 - rows : 0;
    size_t last = t + rows <= n_times ? t + rows : n_times;
    if (like[t] != 1)
        return false;
    return (t + 1 - first == rows && mostly(like, first, t + 1, share)) ||
           (last - t == rows && mostly(like, t, last, share));
}

static void check_station(autan_qc_work *work, size_t i, const double *threshold,
                          signed char *like)
{
    size_t rows = autan_rows(work, threshold[2] * 3600);
    for (int unit = 0; unit < UNITS; unit++) {
        look(work, i, unit, threshold, like);
        for (size_t t = 0, last; t < work->n_times; t = last + 1) {
            for (last = t; last < work->n_times &&
                           (converted(like, work->n_times, last, rows, threshold[3]) ||
                            (last > t && like[last] < 0));)
                last++;
            if (last == t)
                continue;
            double value = work->data->panel->value[t * work->n + i];
            autan_flag(work, i, t, last, fabs(value - autan_reference(work, i)[t]),
                       threshold[0]);
        }
    }
}

autan_status autan_check_unit(autan_qc_work *work, const double *threshold)
{
    signed char *like = malloc(work->n_times + 1);
    if (!like)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < work->n; i++)
        check_station(work, i, threshold, like);
    free(like);
    return AUTAN_OK;
}
