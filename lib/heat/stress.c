#include "heat/stress.h"

#include <string.h>

#include "heat/moisture.h"

static double humidex(const autan_air *air)
{
    return autan_humidex(air->temperature,
                         autan_dew_point(air->temperature, air->humidity));
}

static double heat_index(const autan_air *air)
{
    return autan_heat_index(air->temperature, air->humidity);
}

static double utci(const autan_air *air)
{
    return autan_utci(air->temperature,
                      autan_vapour_pressure(air->temperature, air->humidity), air->wind,
                      air->radiant);
}

static double wbgt_simple(const autan_air *air)
{
    return autan_wbgt_simple(air->temperature, air->humidity);
}

static const autan_stress table[] = {
    {"humidex", "humidex", "Masterton and Richardson 1979", AUTAN_NEEDS_HUMIDITY,
     humidex, 40.0},
    {"heat_index", "heat index", "Rothfusz 1990; Blazejczyk et al. 2012",
     AUTAN_NEEDS_HUMIDITY, heat_index, 41.0},
    {"wbgt_simple", "wet-bulb globe temperature, moderate sun and light wind assumed",
     "Australian Bureau of Meteorology", AUTAN_NEEDS_HUMIDITY, wbgt_simple, 28.0},
    {"wbgt", "wet-bulb globe temperature", "ISO 7243 (2017), Stull 2011",
     AUTAN_NEEDS_HUMIDITY | AUTAN_NEEDS_WIND | AUTAN_NEEDS_RADIATION, autan_wbgt, 28.0},
    {"utci", "universal thermal climate index", "Broede et al. 2012",
     AUTAN_NEEDS_HUMIDITY | AUTAN_NEEDS_WIND | AUTAN_NEEDS_RADIATION, utci, 32.0},
};

size_t autan_stress_count(void)
{
    return sizeof table / sizeof table[0];
}

const autan_stress *autan_stress_get(size_t i)
{
    return &table[i];
}

const autan_stress *autan_stress_find(const char *name)
{
    for (size_t i = 0; i < autan_stress_count(); i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}
