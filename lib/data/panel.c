#include "data/panel.h"

#include <math.h>
#include <stdlib.h>

autan_status autan_panel_make(autan_time from, autan_time to, int step_s,
                              size_t n_stations, autan_panel *panel)
{
    autan_panel made = {.from = from, .step_s = step_s, .n_stations = n_stations};
    size_t count;
    if (to < from || step_s < 1)
        return AUTAN_BAD_ARGUMENT;
    made.n_times = (size_t)((to - from) / step_s) + 1;
    if (__builtin_mul_overflow(made.n_times, n_stations, &count) ||
        count > (size_t)-1 / sizeof(double))
        return AUTAN_NO_MEMORY;
    made.value = malloc((count ? count : 1) * sizeof(double));
    if (!made.value)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < count; k++)
        made.value[k] = NAN;
    *panel = made;
    return AUTAN_OK;
}

void autan_panel_clear(autan_panel *panel)
{
    free(panel->value);
    *panel = (autan_panel){0};
}

autan_time autan_panel_time(const autan_panel *panel, size_t t)
{
    return panel->from + (autan_time)t * panel->step_s;
}
