/* Real series for the tests of the quality control, and faults planted in them. */
#ifndef AUTAN_TESTS_FAULTS_H
#define AUTAN_TESTS_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "data/panel.h"
#include "qc/neighbour.h"

/* A network's air temperature with its places. */
typedef struct {
    autan_panel panel;
    double *latitude, *longitude, *elevation;
    char (*id)[32];
} city;

/* Berlin: 23 stations, hourly, 2019-01-01 to 2020-11-30. Ghent: 28 stations, 15 min,
 * 2022-09-01 to 2022-09-15. False as shared_file. */
bool city_berlin(city *c);
bool city_ghent(city *c);
void city_clear(city *c);
autan_points city_points(const city *c);

typedef enum {
    FAULT_SPIKE,  /* one reading 5 to 15 K off, either way */
    FAULT_STEP,   /* 6 to 12 K off, either way, from one reading on for 6 to 48 h */
    FAULT_FLAT,   /* one value repeated for 6 to 48 h */
    FAULT_UNIT,   /* Fahrenheit, kelvin or tenths for 1 to 10 days */
    FAULT_OFFSET, /* 3 K off, either way, to the end */
    FAULT_DRIFT,  /* 0.5 K more each week, either way, to the end */
    FAULT_SWAP,   /* two stations' readings exchanged, to the end */
    FAULT_CLOCK,  /* 1 to 6 h late or early, to the end */
    FAULT_SUN,    /* heated by 3 to 6 K at full sun, to the end */
    FAULT_KINDS
} fault_kind;

/* One fault: rows first to last (exclusive) of a station; partner is the other station
 * of a swap, else the station itself. */
typedef struct {
    fault_kind kind;
    size_t station, partner, first, last;
    double size; /* what was planted: K, K a week, h, or the unit's number */
} fault;

const char *fault_name(fault_kind kind);

/* A random number below n; see uniform in support.h. */
size_t random_below(uint64_t *state, size_t n);

/* Plants a fault that lasts hours or days (up to FAULT_UNIT) in a panel at a random
 * place with readings, two days from any other of that station (busy: panel's size, set
 * where a fault is), and describes it. False when it found no room in 1000 tries. */
bool fault_plant(const city *c, fault_kind kind, uint64_t *state, autan_panel *panel,
                 uint8_t *busy, fault *planted);

/* Plants a fault that lasts to the end of the panel (FAULT_OFFSET on) at a station,
 * from row `first`, and marks it in busy. */
void fault_plant_lasting(const city *c, fault_kind kind, size_t station, size_t partner,
                         size_t first, uint64_t *state, autan_panel *panel,
                         uint8_t *busy, fault *planted);

#endif
