/* What the checks of one moment share; for lib/qc only. */
#ifndef AUTAN_QC_MOMENT_H
#define AUTAN_QC_MOMENT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "qc/spatial.h"

/* Whether there is one number, or one for each of n stations. */
static inline bool autan_per_station_fits(autan_per_station list, size_t n)
{
    return (list.n == 1 || list.n == n) && (list.value || list.n == 0);
}

static inline double autan_at(autan_per_station list, size_t i)
{
    return list.value[list.n == 1 ? 0 : i];
}

/* Which stations to check: all without a list, those marked 1 with one. A list of one
 * entry stands for all too, as in titanlib. */
static inline bool autan_to_check(autan_per_station check, size_t n, size_t i)
{
    return check.n != n || check.value[i] == 1;
}

static inline bool autan_check_list_fits(autan_per_station check, size_t n)
{
    return check.n == 0 || autan_per_station_fits(check, n);
}

/* A station's height, NaN when points have none. */
static inline double autan_elevation(const autan_points *points, size_t i)
{
    return points->elevation ? points->elevation[i] : (double)NAN;
}

#endif
