/* Heat stress: what the air feels like, hour by hour. One index a file, one row each in
 * the table of stress.c. All are NaN where an input is NaN or where the index has no
 * meaning. Equations, assumptions and sources: doc/heat.md. */
#ifndef AUTAN_HEAT_STRESS_H
#define AUTAN_HEAT_STRESS_H

#include <stddef.h>

#include "base/calendar.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The air at a place and moment. */
typedef struct {
    double temperature; /* degC, 2 m */
    double humidity;    /* relative, %, 2 m */
    double wind;        /* m s-1, 10 m */
    double radiant;     /* mean radiant temperature, degC */
} autan_air;

/* Humidex (degC) from temperature and dew point (degC). */
double autan_humidex(double temperature, double dew_point);

/* Heat index (degC) from temperature (degC) and relative humidity (%); NaN below 20
 * degC, where it is not defined. */
double autan_heat_index(double temperature, double humidity);

/* Universal thermal climate index (degC) from temperature (degC), vapour pressure
 * (hPa), wind at 10 m (m s-1) and mean radiant temperature (degC). Winds outside 0.5 to
 * 17 m/s are taken to the nearer limit; NaN for temperatures outside -50 to 50 degC,
 * radiant excess outside -30 to 70 K, vapour pressure above 50 hPa. */
double autan_utci(double temperature, double vapour_pressure, double wind,
                  double radiant);

/* Wet-bulb globe temperature (degC) from temperature (degC) and relative humidity (%)
 * alone: moderate sun and light wind are assumed. */
double autan_wbgt_simple(double temperature, double humidity);

/* Wet-bulb globe temperature (degC) from temperature, humidity, wind and radiation. */
double autan_wbgt(const autan_air *air);

/* Temperature (degC) of a black globe of 150 mm. */
double autan_globe_temperature(const autan_air *air);

/* Mean radiant temperature (degC) of a person standing in the open, from temperature
 * (degC), vapour pressure (hPa), global radiation (W m-2) and the sun's elevation
 * (degrees). Assumes flat grassless ground of albedo 0.2 at air temperature. */
double autan_radiant_temperature(double temperature, double vapour_pressure,
                                 double global_radiation, double sun_elevation);

/* Elevation of the sun (degrees, refraction left out) at a place (degrees east, north)
 * and moment. Within 0.1 degree from 1950 to 2050. */
double autan_sun_elevation(autan_time time, double longitude, double latitude);

/* What an index reads besides temperature. */
enum { AUTAN_NEEDS_HUMIDITY = 1, AUTAN_NEEDS_WIND = 2, AUTAN_NEEDS_RADIATION = 4 };

typedef struct {
    const char *name; /* of the map variable */
    const char *long_name;
    const char *source;
    unsigned needs;
    double (*value)(const autan_air *air); /* degC */
    double strong; /* from where it is strong stress, degC: doc/heat.md */
} autan_stress;

/* The rows of the table, autan_stress_count of them. */
size_t autan_stress_count(void);
const autan_stress *autan_stress_get(size_t i);

/* The index of that name, or NULL. */
const autan_stress *autan_stress_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
