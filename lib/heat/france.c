#include "heat/rule.h"

#include <math.h>

enum { WINDOW = 3 };

/* K. Laaidi et al., Systeme d'alerte canicule et sante (SACS), InVS (2005): means over
 * three days of forecast minimum and maximum, both against the department's thresholds.
 */
int autan_ibm(const autan_days *days, size_t first, const autan_norm *norm,
              double *day_mean, double *night_mean)
{
    *day_mean = *night_mean = NAN;
    if (first + WINDOW > days->n)
        return 0;
    *day_mean = autan_window_mean(days->maximum, first, WINDOW);
    *night_mean = autan_window_mean(days->minimum, first, WINDOW);
    return *day_mean >= norm->day && *night_mean >= norm->night;
}

static void raise(int *level, size_t first, size_t n, int to)
{
    for (size_t i = first; i < first + n; i++)
        level[i] = level[i] > to ? level[i] : to;
}

/* A heatwave is every day in a window whose indices reach both thresholds. */
static void mark_long_heatwaves(const autan_days *days, const autan_norm *norm,
                                int *level)
{
    for (size_t i = 0; i < days->n;) {
        size_t j = i;
        while (j < days->n && level[j] >= AUTAN_ORANGE)
            j++;
        if (j - i >= (size_t)norm->red_days)
            raise(level, i, j - i, AUTAN_RED);
        i = j + 1;
    }
}

void autan_judge_france(const autan_days *days, const autan_norm *norm, double *value,
                        int *level)
{
    for (size_t i = 0; i < days->n; i++)
        level[i] = days->maximum[i] >= norm->day ? AUTAN_YELLOW : AUTAN_GREEN;
    for (size_t i = 0; i + WINDOW <= days->n; i++) {
        double day, night;
        const int reached = autan_ibm(days, i, norm, &day, &night);
        if (day >= norm->day - norm->near && night >= norm->night - norm->near)
            raise(level, i, WINDOW, AUTAN_YELLOW);
        if (reached)
            raise(level, i, WINDOW,
                  day >= norm->day + norm->red_excess ||
                          night >= norm->night + norm->red_excess
                      ? AUTAN_RED
                      : AUTAN_ORANGE);
    }
    mark_long_heatwaves(days, norm, level);
    for (size_t i = 0; i < days->n; i++)
        value[i] =
            isnan(days->maximum[i]) && level[i] == AUTAN_GREEN ? (double)NAN : level[i];
}
