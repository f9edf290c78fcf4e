/* What a run costs: processor time and electricity. */
#ifndef AUTAN_SRC_ENERGY_H
#define AUTAN_SRC_ENERGY_H

#include "base/status.h"

typedef struct {
    double joules; /* of all processors, by their counters (RAPL); NaN: not readable */
} energy_mark;

/* The moment to count from. */
energy_mark energy_start(void);

/* Says, with --verbose, what was used since: seconds of a processor, and watt-hours,
 * measured where the counters can be read, else reckoned at 15 W a busy core. what is
 * what they were used for. */
void energy_say(const energy_mark *since, const char *what);

#endif
