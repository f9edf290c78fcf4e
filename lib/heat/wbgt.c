#include "heat/stress.h"

#include <math.h>

#include "heat/moisture.h"

/* Australian Bureau of Meteorology, Thermal comfort observations: about the
 * approximation to the WBGT; after the American College of Sports Medicine (1984). */
double autan_wbgt_simple(double temperature, double humidity)
{
    const double e =
        humidity / 100.0 * 6.105 * exp(17.27 * temperature / (237.7 + temperature));
    return 0.567 * temperature + 0.393 * e + 3.94;
}

/* Balance of radiation and forced convection of ISO 7726 (1998), annex B:
 * Tr^4 = Tg^4 + 1.1e8 v^0.6 / (emissivity D^0.4) (Tg - Ta), in K. */
double autan_globe_temperature(const autan_air *air)
{
    const double zero = 273.15, emissivity = 0.95, diameter = 0.15;
    const double wind = fmax(air->wind, 0.5); /* still air convects by itself */
    const double h = 1.1e8 * pow(wind, 0.6) / (emissivity * pow(diameter, 0.4));
    const double ta = air->temperature + zero, tr = air->radiant + zero;
    double tg = ta;
    /* Convex and rising in tg: Newton cannot overshoot twice. */
    for (int i = 0; i < 50; i++) {
        const double f = pow(tg, 4) + h * (tg - ta) - pow(tr, 4);
        const double step = f / (4.0 * pow(tg, 3) + h);
        tg -= step;
        if (!(fabs(step) > 1e-9))
            break;
    }
    return tg - zero;
}

/* ISO 7243 (2017), out of doors. The psychrometric wet bulb stands for the natural one,
 * which in sun and light wind is 1 to 2 K higher. */
double autan_wbgt(const autan_air *air)
{
    return 0.7 * autan_wet_bulb(air->temperature, air->humidity) +
           0.2 * autan_globe_temperature(air) + 0.1 * air->temperature;
}
