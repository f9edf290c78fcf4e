#include "qc/sun.h"

#include <math.h>

double autan_sun_sine(autan_time time, double latitude, double longitude)
{
    const double degree = M_PI / 180;
    double days = (double)(time - 946728000) / 86400; /* since 2000-01-01T12Z */
    double mean = 280.460 + 0.9856474 * days;
    double anomaly = (357.528 + 0.9856003 * days) * degree;
    double ecliptic = (mean + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly)) * degree;
    double tilt = (23.439 - 4e-7 * days) * degree;
    double ascension = atan2(cos(tilt) * sin(ecliptic), cos(ecliptic));
    double declination = asin(sin(tilt) * sin(ecliptic));
    double sidereal = (280.46062 + 360.98564737 * days + longitude) * degree;
    return sin(latitude * degree) * sin(declination) +
           cos(latitude * degree) * cos(declination) * cos(sidereal - ascension);
}
