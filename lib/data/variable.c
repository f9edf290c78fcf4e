#include "data/variable.h"

#include <string.h>

/* Limits: WMO-No. 8 Guide to Instruments, annex 1.A, rounded outward. */
static const autan_variable_info table[AUTAN_VARIABLES] = {
    {"air_temperature", "degC", "air_temperature", "air temperature", -60, 60},
    {"relative_humidity", "%", "relative_humidity", "relative humidity", 0, 100},
    {"wind_speed", "m s-1", "wind_speed", "wind speed", 0, 75},
    {"wind_from_direction", "degree", "wind_from_direction",
     "direction the wind comes from", 0, 360},
    {"air_pressure", "hPa", "air_pressure", "air pressure", 500, 1100},
    {"precipitation_amount", "mm", "lwe_thickness_of_precipitation_amount",
     "precipitation amount", 0, 500},
    {"global_radiation", "W m-2", "surface_downwelling_shortwave_flux_in_air",
     "global radiation", -20, 1600},
};

const autan_variable_info *autan_variable_get(autan_variable variable)
{
    return &table[variable];
}

bool autan_variable_find(const char *name, autan_variable *variable)
{
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        if (strcmp(table[v].name, name) == 0) {
            *variable = (autan_variable)v;
            return true;
        }
    }
    return false;
}

bool autan_variable_plausible(autan_variable variable, double value)
{
    /* False for NaN, which compares false. */
    return value >= table[variable].lowest && value <= table[variable].highest;
}
