/* Range checks of one moment: fixed, around a climatology, around a first guess. */
#include <math.h>

#include "qc/moment.h"
#include "qc/spatial.h"

autan_status autan_range_check(size_t n, const double *value, autan_per_station low,
                               autan_per_station high, int *verdict)
{
    if (!autan_per_station_fits(low, n) || !autan_per_station_fits(high, n))
        return AUTAN_BAD_ARGUMENT;
    for (size_t i = 0; i < n; i++) {
        bool bad = isnan(value[i]) || value[i] < autan_at(low, i) ||
                   value[i] > autan_at(high, i);
        verdict[i] = bad ? AUTAN_VERDICT_BAD : AUTAN_VERDICT_GOOD;
    }
    return AUTAN_OK;
}

/* Straight line between the rows of a table whose first column falls. */
static double look_up(double latitude, size_t n, const double table[][2])
{
    size_t row = 1;
    if (latitude >= table[0][0])
        return table[0][1];
    while (row + 1 < n && latitude <= table[row][0])
        row++;
    return table[row - 1][1] + (table[row][1] - table[row - 1][1]) *
                                   (table[row - 1][0] - latitude) /
                                   (table[row - 1][0] - table[row][0]);
}

/* Mean temperature (degC) of a latitude and month. The tables are titanlib's, after
 * B. Geerts and E. Linacre (University of Wyoming); January is taken as the coldest
 * month everywhere, as there. */
static double mean_temperature(double latitude, int month)
{
    static const double mean[][2] = {{90, -15}, {60, 5},   {50, 10},  {45, 15},
                                     {40, 20},  {30, 25},  {15, 30},  {0, 30},
                                     {-15, 25}, {-30, 21}, {-35, 20}, {-40, 15},
                                     {-45, 10}, {-60, 0},  {-90, -25}};
    static const double range[][2] = {
        {90, 40}, {75, 32}, {60, 30}, {45, 23},  {30, 13},  {15, 3},  {0, 0},
        {-15, 4}, {-30, 7}, {-45, 6}, {-60, 11}, {-75, 26}, {-90, 31}};
    static const double share[12] = {-1,  -0.6, -0.3, 0, 0.3,  0.6,
                                     1.0, 0.6,  0.3,  0, -0.3, -0.6};
    return look_up(latitude, sizeof mean / sizeof *mean, mean) +
           0.5 * look_up(latitude, sizeof range / sizeof *range, range) *
               share[month - 1];
}

autan_status autan_range_check_climatology(const autan_points *points, size_t n,
                                           const double *value, autan_time time,
                                           autan_per_station above,
                                           autan_per_station below, int *verdict)
{
    autan_civil civil;
    if (points->n != n || !autan_per_station_fits(above, n) ||
        !autan_per_station_fits(below, n))
        return AUTAN_BAD_ARGUMENT;
    for (size_t i = 0; i < n; i++) {
        if (fabs(points->latitude[i]) > 90)
            return AUTAN_OUT_OF_DOMAIN;
    }
    autan_civil_utc(time, &civil);
    for (size_t i = 0; i < n; i++) {
        double mean = mean_temperature(points->latitude[i], civil.month);
        bool good = value[i] >= mean + autan_at(below, i) &&
                    value[i] <= mean + autan_at(above, i);
        verdict[i] = good ? AUTAN_VERDICT_GOOD : AUTAN_VERDICT_BAD;
    }
    return AUTAN_OK;
}

autan_status autan_first_guess_check(size_t n, const double *value,
                                     autan_per_station guess, autan_per_station below,
                                     autan_per_station above, int *verdict)
{
    if (!autan_per_station_fits(guess, n) || !autan_per_station_fits(below, n) ||
        !autan_per_station_fits(above, n))
        return AUTAN_BAD_ARGUMENT;
    for (size_t i = 0; i < n; i++) {
        double centre = autan_at(guess, i);
        bool good = value[i] >= centre - autan_at(below, i) &&
                    value[i] <= centre + autan_at(above, i);
        verdict[i] = good ? AUTAN_VERDICT_GOOD : AUTAN_VERDICT_BAD;
    }
    return AUTAN_OK;
}
