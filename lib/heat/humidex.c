#include "heat/stress.h"

#include <math.h>

/* J. Masterton and F. Richardson, Humidex: a method of quantifying human discomfort due
 * to excessive heat and humidity, Environment Canada, CLI 1-79 (1979). */
double autan_humidex(double temperature, double dew_point)
{
    const double zero = 273.15;
    const double e = 6.1078 * exp(5417.7530 * (1.0 / zero - 1.0 / (dew_point + zero)));
    return temperature + 5.0 / 9.0 * (e - 10.0);
}
