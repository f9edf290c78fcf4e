/* The rural reference of the urban heat island. */
#ifndef AUTAN_RURAL_H
#define AUTAN_RURAL_H

#include <stdbool.h>

#include "kriging/field.h"
#include "town.h"

typedef struct {
    bool known;
    char text[512]; /* what it is, in words, or why there is none */
} rural_reference;

/* The places of the reference, and their covariates. */
typedef struct {
    size_t n;
    double *x, *y, *covariate; /* n; n x covariates */
} rural_places;

/* The rural stations that the city file names, or the least built cells of the grid
 * when it names none and has a covariate of built surface. With reference->known false
 * there are none. Clear with rural_places_clear in any case. */
autan_status rural_find(const town *town, rural_places *places,
                        rural_reference *reference, autan_error *err);
void rural_places_clear(rural_places *places);

/* Rural temperature of every hour of the field, temperature (n_times, degC, NaN where
 * there is none): the mean of the map at these places. With reference->known false, the
 * heat island is to be left out. */
autan_status rural_temperature(const town *town, const autan_field *field,
                               double *temperature, rural_reference *reference,
                               autan_error *err);

/* The same of a large town. */
autan_status rural_temperature_near(const town *t, const autan_near *near,
                                    size_t n_times, double *temperature,
                                    rural_reference *reference, autan_error *err);

#endif
