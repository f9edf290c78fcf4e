/* What the stations make of the simulated weather: siting, noise, resolution, gaps and
 * planted faults. */
#ifndef AUTAN_EXAMPLES_NETWORK_H
#define AUTAN_EXAMPLES_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/station.h"
#include "data/variable.h"
#include "random.h"
#include "weather.h"

/* What went wrong with a station, first to last affected reading. */
typedef struct {
    size_t station;
    const char *kind; /* spike, frozen, offset, clock, silent, gap */
    autan_time from, to;
    double amount; /* spike: the reading, degC; offset: K; clock: s; else NaN */
    bool planted;  /* of the list in network.c, not by chance */
} network_fault;

/* How a site differs for ever from the field around it. */
typedef struct {
    double always, warm, stable; /* K; K at warmth 1; K at stability 1 */
} network_siting;

/* Draws a siting: standard deviations 0.20, 0.15 and 0.15 K. */
network_siting network_draw_siting(random_stream *r);
double network_siting_effect(const network_siting *s, const weather_state *state);

/* Noise of one 15-min reading of temperature, standard deviation in K. */
#define NETWORK_NOISE_K 0.15

typedef struct network network;

/* The network in a year: the faults of the list are planted in each year from
 * first_year to last_year unless faulty is false; gaps come by chance in any case.
 * urban holds the place term of that name for each station. A reading is the mean of
 * step_s seconds, a multiple of WEATHER_STEP_S. The table is borrowed. NULL when memory
 * is short. */
network *network_new(const autan_station_table *stations, const double *urban,
                     uint64_t seed, int first_year, int last_year, int step_s,
                     bool faulty);
void network_free(network *net);

/* Takes in a step of the weather that ends at time; temperature is the field at each
 * station. True when readings are due. A station's draws depend on seed and id only,
 * not on the other stations. */
bool network_step(network *net, autan_time time, const weather_state *state,
                  const double *temperature);

/* The readings of a station that are due, NaN where there is none; NULL when the
 * station sends nothing. */
const double *network_reading(const network *net, size_t station);

/* All faults so far, borrowed: the planted ones, those to come included, then the gaps
 * of an hour and more in the order in which they began. AUTAN_NO_MEMORY when the list
 * could not be kept. */
autan_status network_faults(const network *net, const network_fault **fault, size_t *n);

#endif
