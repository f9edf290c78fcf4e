/* Regions of the Heatwave Plan for England (Public Health England, 2018), with
 * their thresholds of maximum and minimum. Days as in Journal of Epidemiology and
 * Community Health (2012), table 1 of a letter on the alert of June 2011; London 32/18
 * and 15 overnight elsewhere as the Met Office gives them; the night of the South East
 * was not seen in a second source. */
#include "heat/risk.h"

#include <strings.h>

static const struct {
    const char *region;
    double day, night; /* degC */
} table[] = {
    {"North East", 28, 15},
    {"North West", 30, 15},
    {"Yorkshire and the Humber", 29, 15},
    {"East Midlands", 30, 15},
    {"West Midlands", 30, 15},
    {"East of England", 30, 15},
    {"South East", 31, 16},
    {"London", 32, 18},
    {"South West", 30, 15},
};

autan_status autan_region_thresholds(const char *region, double *day, double *night)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcasecmp(table[i].region, region) != 0)
            continue;
        *day = table[i].day;
        *night = table[i].night;
        return AUTAN_OK;
    }
    return AUTAN_NOT_FOUND;
}
