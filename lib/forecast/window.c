#include "forecast/window.h"

#include <math.h>

static double one_station(const autan_panel *panel, size_t station, size_t origin,
                          const autan_time_window *w)
{
    const long length = w->to - w->from + 1;
    const double *value;
    double sum = 0.0, lowest = INFINITY, highest = -INFINITY;
    long known = 0;
    if ((long)origin + w->from < 0 || (long)origin + w->to >= (long)panel->n_times)
        return NAN;
    value = panel->value + ((long)origin + w->from) * (long)panel->n_stations +
            (long)station;
    for (long k = 0; k < length; k++, value += panel->n_stations) {
        if (isnan(*value))
            continue;
        known++;
        sum += *value;
        lowest = *value < lowest ? *value : lowest;
        highest = *value > highest ? *value : highest;
    }
    if (4 * known < 3 * length)
        return NAN;
    switch (w->kind) {
    case AUTAN_WINDOW_MIN:
        return lowest;
    case AUTAN_WINDOW_MAX:
        return highest;
    case AUTAN_WINDOW_MEAN:
        break;
    }
    return sum / (double)known;
}

double autan_window_value(const autan_record *record, size_t station, size_t origin,
                          const autan_time_window *window)
{
    const autan_panel *panel = record->panel[window->variable];
    double sum = 0.0;
    size_t known = 0;
    if (!window->network)
        return one_station(panel, station, origin, window);
    for (size_t i = 0; i < panel->n_stations; i++) {
        const double value = one_station(panel, i, origin, window);
        if (isnan(value))
            continue;
        sum += value;
        known++;
    }
    return known ? sum / (double)known : NAN;
}
