/* What the simulated field really was, kept for tests: hourly means without noise and
 * siting. The hour of T is (T - 1 h, T]. */
#ifndef AUTAN_EXAMPLES_TRUTH_H
#define AUTAN_EXAMPLES_TRUTH_H

#include <stddef.h>
#include <stdint.h>

#include "base/calendar.h"
#include "base/status.h"
#include "field.h"
#include "weather.h"

/* What is kept. */
typedef struct {
    const char *folder; /* for the maps; must exist when n_times > 0 */
    size_t n_times;
    const autan_time *map_time; /* multiples of WEATHER_STEP_S */
    /* A table of the truth, and of what a new station would read, at places and hours
     * drawn by chance. */
    const char *sample;  /* file, NULL for none */
    size_t cells, hours; /* 0 hours: all */
    unsigned months;     /* bit m - 1 for month m */
} truth_request;

typedef struct truth truth;

/* Starts keeping for full hours from (exclusive) to to (inclusive). The request and the
 * field are borrowed. AUTAN_IO, AUTAN_NO_MEMORY. Free with truth_free. */
autan_status truth_new(const truth_request *request, const field *f, uint64_t seed,
                       autan_time from, autan_time to, truth **t, autan_error *err);

/* Takes in a step of the field that ends at time; steps are given without a gap from
 * an hour before the first time wanted. */
autan_status truth_step(truth *t, autan_time time, const weather_state *state,
                        const double *a, autan_error *err);

/* Brings the sample to its name; rows: how many it has. */
autan_status truth_finish(truth *t, size_t *rows, autan_error *err);
void truth_free(truth *t);

#endif
