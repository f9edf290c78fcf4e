/* The sun's height; for lib/qc only. */
#ifndef AUTAN_QC_SUN_H
#define AUTAN_QC_SUN_H

#include "base/calendar.h"

/* Sine of the sun's elevation above the horizon at a place (degrees), without
 * refraction, within 0.01: the Astronomical Almanac's low-precision formulas (J. J.
 * Michalsky, Solar Energy 40, 1988). */
double autan_sun_sine(autan_time time, double latitude, double longitude);

#endif
