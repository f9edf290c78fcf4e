/* Heat stress as a function of the temperature alone, for each member and hour: the
 * moisture, wind and radiation of the air are those of the whole town. */
#ifndef AUTAN_STRESS_CURVES_H
#define AUTAN_STRESS_CURVES_H

#include <stddef.h>

#include "files/forecast_file.h"
#include "heat/stress.h"
#include "town.h"

enum { STRESS_CURVES = 4 }; /* most indices */

/* Index c at temperature T (degC), row t * n_members + k for hour t of member k:
 * a0 + a1 u + a2 u^2 + a3 u^3 with u = (T - middle) / half. */
typedef struct {
    float middle, half, a[4];
} stress_curve;

typedef struct {
    size_t n; /* indices; 0: the forecast has no humidity */
    size_t n_rows;
    const autan_stress *index[STRESS_CURVES];
    stress_curve *curve; /* n x n_rows */
    int has_wind, has_radiation;
} stress_curves;

/* Makes the curves of humidex, heat index, WBGT and UTCI. Vapour pressure is the mean
 * over the stations; wind and radiation as forecast for the town, or 1 m/s and a
 * radiant temperature equal to the air's (shade). Cubics through four Chebyshev nodes
 * from 4 K below the coolest to 4 K above the warmest station: within 0.05 K there. The
 * heat index is the temperature itself where the hour is below 20 degC.
 * AUTAN_NO_MEMORY. Clear with stress_curves_clear. */
autan_status stress_curves_make(const town *town, const autan_forecast *forecast,
                                stress_curves *curves);
void stress_curves_clear(stress_curves *curves);

const autan_stress *stress_curves_index(const stress_curves *curves, size_t c);

/* What was assumed, as a sentence. */
const char *stress_curves_words(const stress_curves *curves);

/* Takes the index at n temperatures into the highest so far, NaN where it is not known,
 * and adds share times it to sum. */
void stress_curves_take(const stress_curves *curves, size_t c, size_t row, size_t n,
                        const float *temperature, float share, float *highest,
                        float *sum);

#endif
