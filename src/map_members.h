/* Members of maps, drawn and written. */
#ifndef AUTAN_MAP_MEMBERS_H
#define AUTAN_MAP_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files/mapfile.h"
#include "kriging/simulate.h"
#include "town.h"

enum { MAP_MEMBERS_MOST = 1000 };

typedef struct {
    size_t n; /* 0: none are wanted */
    uint64_t seed;
    bool noise; /* with the sensor's noise and what differs within metres */
} map_members;

/* The variable of a map file that holds them. */
autan_map_variable map_members_variable(const map_members *wanted, double quantum);

/* Draws the members of all hours, and writes them as that variable of the file. solved
 * holds the model, hours and field or near, and n_times; the rest is set here. */
autan_status map_members_write(const town *t, const autan_simulation_info *solved,
                               const map_members *wanted, size_t variable,
                               autan_mapfile *file, autan_error *err);

#endif
