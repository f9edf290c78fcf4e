/* The procedure of the resistant tests: circle after circle, the worst value thrown out
 * at a time, those thrown out tried again. For lib/qc only. */
#ifndef AUTAN_QC_SWEEP_H
#define AUTAN_QC_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "qc/neighbour.h"
#include "qc/spatial.h"

/* The circles around one station. outer lists stations; inner lists places in outer;
 * test lists places in inner of the stations on which a decision is wanted. */
typedef struct {
    size_t n_outer, n_inner, n_test;
    size_t *outer, *inner, *test;
    bool single; /* only the centre is tested */
} autan_circles;

typedef struct autan_sweep autan_sweep;
struct autan_sweep {
    const autan_points *points;
    autan_per_station check;
    int num_min, num_max, iterations;
    double inner_radius_m, outer_radius_m;
    bool needs_company; /* two stations in the inner circle */
    bool keep_isolated;
    const int *missing;  /* 1: neither used nor judged */
    const int *hopeless; /* 1: not tried again once bad; may be NULL */
    void *job;           /* for the two functions */
    /* Whether the tested stations are good without further ado. */
    bool (*settled)(const autan_sweep *sweep, const autan_circles *circles);
    /* Sets verdicts of tested stations, good ones only when may_pass; answers how many
     * it threw out, or -1 when the matrix is singular. */
    int (*judge)(const autan_sweep *sweep, const autan_circles *circles, bool may_pass,
                 int *verdict);
};

/* Runs it; verdict (n) is set only on success. The station tested at place t of
 * circles is outer[inner[test[t]]]. AUTAN_NO_MEMORY is the only failure. */
autan_status autan_sweep_run(const autan_sweep *sweep, int *verdict);

#endif
