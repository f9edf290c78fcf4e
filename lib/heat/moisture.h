/* Water vapour in the air, as heat stress indices need it. */
#ifndef AUTAN_HEAT_MOISTURE_H
#define AUTAN_HEAT_MOISTURE_H

#ifdef __cplusplus
extern "C" {
#endif

/* Saturation vapour pressure over water (hPa) at a temperature (degC). R. Hardy, ITS-90
 * formulations for vapor pressure, frostpoint temperature, dewpoint temperature and
 * enhancement factors, 3rd international symposium on humidity and moisture (1998). */
double autan_saturation_pressure(double temperature);

/* Vapour pressure (hPa) of air with a relative humidity (%). */
double autan_vapour_pressure(double temperature, double humidity);

/* Dew point (degC) of air at a temperature (degC) with a relative humidity (%): the
 * inverse of the above to 1e-9 K. NaN when the humidity is not positive. */
double autan_dew_point(double temperature, double humidity);

/* Relative humidity (%) of air with a dew point (degC). */
double autan_relative_humidity(double temperature, double dew_point);

/* Wet-bulb temperature (degC) at sea level pressure, within 1 K for humidities of 5 to
 * 99 % and temperatures of -20 to 50 degC. R. Stull, Wet-bulb temperature from relative
 * humidity and air temperature, J. Appl. Meteor. Climatol. 50 (2011), equation 1. */
double autan_wet_bulb(double temperature, double humidity);

#ifdef __cplusplus
}
#endif
#endif
