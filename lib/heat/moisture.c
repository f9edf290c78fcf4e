#include "heat/moisture.h"

#include <math.h>

static const double ZERO_K = 273.15;

/* ln of the pressure in Pa, and its derivative by the temperature. */
static double log_pressure(double kelvin, double *slope)
{
    static const double g[7] = {-2.8365744e3,    -6.028076559e3, 1.954263612e1,
                                -2.737830188e-2, 1.6261698e-5,   7.0229056e-10,
                                -1.8680009e-13};
    static const double g7 = 2.7150305;
    double sum = g7 * log(kelvin), power = 1.0 / (kelvin * kelvin);
    *slope = g7 / kelvin;
    for (int i = 0; i < 7; i++) {
        sum += g[i] * power;
        *slope += (i - 2) * g[i] * power / kelvin;
        power *= kelvin;
    }
    return sum;
}

double autan_saturation_pressure(double temperature)
{
    double slope;
    return 0.01 * exp(log_pressure(temperature + ZERO_K, &slope));
}

double autan_vapour_pressure(double temperature, double humidity)
{
    return humidity / 100.0 * autan_saturation_pressure(temperature);
}

double autan_dew_point(double temperature, double humidity)
{
    double kelvin = temperature + ZERO_K, slope;
    if (!(humidity > 0.0))
        return NAN;
    const double wanted = log_pressure(kelvin, &slope) + log(humidity / 100.0);
    /* ln e is close to linear in 1/T: Newton there converges in a few steps. */
    for (int i = 0; i < 20; i++) {
        const double excess = log_pressure(kelvin, &slope) - wanted;
        const double next = 1.0 / (1.0 / kelvin + excess / (slope * kelvin * kelvin));
        const double step = fabs(next - kelvin);
        kelvin = next;
        if (!(step > 1e-10))
            break;
    }
    return kelvin - ZERO_K;
}

double autan_relative_humidity(double temperature, double dew_point)
{
    return 100.0 * autan_saturation_pressure(dew_point) /
           autan_saturation_pressure(temperature);
}

double autan_wet_bulb(double temperature, double humidity)
{
    return temperature * atan(0.151977 * sqrt(humidity + 8.313659)) +
           atan(temperature + humidity) - atan(humidity - 1.676331) +
           0.00391838 * pow(humidity, 1.5) * atan(0.023101 * humidity) - 4.686035;
}
