#include "heat/stress.h"

#include <math.h>

/* L. Rothfusz, The heat index equation, NWS SR 90-23 (1990), in degC as of K.
 * Blazejczyk et al., Comparison of UTCI to selected thermal indices, Int. J.
 * Biometeorol. 56 (2012), table 1, which also gives the limit of 20 degC. */
double autan_heat_index(double temperature, double humidity)
{
    const double t = temperature, r = humidity;
    if (!(t >= 20.0))
        return NAN;
    return -8.784695 + 1.61139411 * t + 2.338549 * r - 0.14611605 * t * r -
           1.2308094e-2 * t * t - 1.6424828e-2 * r * r + 2.211732e-3 * t * t * r +
           7.2546e-4 * t * r * r - 3.582e-6 * t * t * r * r;
}
