/* What the simulated year was like, from the field without noise and siting. */
#ifndef AUTAN_EXAMPLES_SUMMARY_H
#define AUTAN_EXAMPLES_SUMMARY_H

#include "base/calendar.h"
#include "field.h"
#include "weather.h"

typedef struct summary summary;

/* NULL when memory is short. The field is borrowed. Free with summary_free. */
summary *summary_new(const field *f);
void summary_free(summary *s);

/* Takes in a step that ends at time. */
void summary_step(summary *s, autan_time time, const weather_state *state,
                  const double *a);

/* Prints it on standard output. */
void summary_print(const summary *s);

#endif
