#include "heat/stress.h"

#include <math.h>

#define RADIAN (M_PI / 180.0)

/* Mean declination and equation of time of the Astronomical Almanac's low precision
 * formulas (page C5). */
double autan_sun_elevation(autan_time time, double longitude, double latitude)
{
    const double days =
        ((double)time - 946728000.0) / 86400.0; /* from 2000-01-01T12Z */
    const double mean_longitude = 280.460 + 0.9856474 * days;
    const double anomaly = (357.528 + 0.9856003 * days) * RADIAN;
    const double ecliptic =
        (mean_longitude + 1.915 * sin(anomaly) + 0.020 * sin(2.0 * anomaly)) * RADIAN;
    const double obliquity = (23.439 - 4.0e-7 * days) * RADIAN;
    const double ascension = atan2(cos(obliquity) * sin(ecliptic), cos(ecliptic));
    const double declination = asin(sin(obliquity) * sin(ecliptic));
    const double sidereal = (280.46062 + 360.98564737 * days + longitude) * RADIAN;
    const double hour_angle = sidereal - ascension;
    const double sine = sin(latitude * RADIAN) * sin(declination) +
                        cos(latitude * RADIAN) * cos(declination) * cos(hour_angle);
    return asin(sine) / RADIAN;
}

/* Diffuse part of the global radiation by its clearness: D. Erbs, S. Klein and J.
 * Duffie, Solar Energy 28 (1982). */
static double diffuse_fraction(double clearness)
{
    const double k = clearness;
    if (k <= 0.22)
        return 1.0 - 0.09 * k;
    if (k <= 0.80)
        return 0.9511 - 0.1604 * k + 4.388 * k * k - 16.638 * k * k * k +
               12.336 * k * k * k * k;
    return 0.165;
}

/* The six-direction balance of VDI 3789 part 2 (2008) with view factors of one half to
 * sky and ground; projected area factor of a standing person there too. */
double autan_radiant_temperature(double temperature, double vapour_pressure,
                                 double global_radiation, double sun_elevation)
{
    const double boltzmann = 5.670374e-8, solar_constant = 1361.0;
    const double absorption = 0.7, emissivity = 0.97, albedo = 0.2;
    const double sine = sin(sun_elevation * RADIAN);
    const double kelvin4 = pow(temperature + 273.15, 4);
    /* Clear sky after Brunt, ground as warm as the air. */
    const double sky = fmin(0.52 + 0.065 * sqrt(vapour_pressure), 1.0);
    double absorbed = emissivity * boltzmann * kelvin4 * 0.5 * (sky + 1.0);

    if (!isfinite(global_radiation))
        return NAN;
    if (global_radiation > 0.0) {
        double diffuse = global_radiation, direct_normal = 0.0;
        if (sine > 0.05) {
            const double clearness =
                fmin(global_radiation / (solar_constant * sine), 1.0);
            diffuse = diffuse_fraction(clearness) * global_radiation;
            direct_normal = (global_radiation - diffuse) / sine;
        }
        const double projected =
            0.308 * cos(sun_elevation * RADIAN *
                        (1.0 - sun_elevation * sun_elevation / 48402.0));
        absorbed += absorption * (0.5 * diffuse + 0.5 * albedo * global_radiation +
                                  projected * direct_normal);
    }
    return pow(absorbed / (emissivity * boltzmann), 0.25) - 273.15;
}
