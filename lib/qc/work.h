/* What the checks of a series work with; for lib/qc only. */
#ifndef AUTAN_QC_WORK_H
#define AUTAN_QC_WORK_H

#include <math.h>

#include "qc/check.h"

enum {
    AUTAN_WITNESSES = 8, /* neighbours that tell what a station should read */
    AUTAN_WITNESSES_LEAST = 3
};

struct autan_qc_work {
    const autan_qc_data *data;
    size_t n, n_times;
    int step_s;
    autan_qc_id check; /* the one that runs */
    /* By station: [i * n_times + t]. */
    double *series;    /* readings, NaN where missing or refused by a masking check */
    double *reference; /* what neighbours say, NaN with fewer than three of them */
    /* By moment, as the panel: [t * n + i]. */
    uint32_t *flag;
    /* Usual difference of a station from the network's median by hour of the day (UTC):
     * [i * 24 + hour], NaN for a station without readings. */
    double *usual;
    double *centre;      /* the network's median, of each moment */
    unsigned char *hour; /* of each moment, UTC */
    size_t *witness;     /* [i * AUTAN_WITNESSES], nearest first */
    size_t *n_witnesses;
    autan_qc_details details;
    bool lacks_memory; /* for a detail */
};

/* Series and reference of one station. */
static inline const double *autan_series(const autan_qc_work *work, size_t i)
{
    return work->series + i * work->n_times;
}

static inline const double *autan_reference(const autan_qc_work *work, size_t i)
{
    return work->reference + i * work->n_times;
}

/* Reading less what neighbours say. */
static inline double autan_residual(const autan_qc_work *work, size_t i, size_t t)
{
    return autan_series(work, i)[t] - autan_reference(work, i)[t];
}

/* Rows in a duration, at least 1. */
static inline size_t autan_rows(const autan_qc_work *work, double seconds)
{
    double rows = seconds / work->step_s + 0.5;
    return rows < 1 ? 1 : (size_t)rows;
}

/* Flags the readings of rows first to last (exclusive) that are there, with one detail;
 * answers how many. */
size_t autan_flag(autan_qc_work *work, size_t i, size_t first, size_t last,
                  double statistic, double limit);

/* Computes usual, centre and reference from the series as they are. */
autan_status autan_refer(autan_qc_work *work);

/* Daily medians of a station's residuals over hours whose bit is set in `hours` (all:
 * 0xffffff), NaN with fewer than half of them; day d is rows d * rows_a_day onwards.
 * work_values needs rows_a_day entries. Answers the number of days. */
size_t autan_daily(const autan_qc_work *work, size_t i, uint32_t hours, double *daily,
                   double *work_values);

autan_status autan_check_range(autan_qc_work *work, const double *threshold);
autan_status autan_check_climatology(autan_qc_work *work, const double *threshold);
autan_status autan_check_unit(autan_qc_work *work, const double *threshold);
autan_status autan_check_persistence(autan_qc_work *work, const double *threshold);
autan_status autan_check_spike(autan_qc_work *work, const double *threshold);
autan_status autan_check_step(autan_qc_work *work, const double *threshold);
autan_status autan_check_rate(autan_qc_work *work, const double *threshold);
autan_status autan_check_consistency(autan_qc_work *work, const double *threshold);
autan_status autan_check_duplicate(autan_qc_work *work, const double *threshold);
autan_status autan_check_clock(autan_qc_work *work, const double *threshold);
autan_status autan_check_swap(autan_qc_work *work, const double *threshold);
autan_status autan_check_offset(autan_qc_work *work, const double *threshold);
autan_status autan_check_drift(autan_qc_work *work, const double *threshold);
autan_status autan_check_radiation(autan_qc_work *work, const double *threshold);
autan_status autan_check_isolation(autan_qc_work *work, const double *threshold);
autan_status autan_check_buddy(autan_qc_work *work, const double *threshold);
autan_status autan_check_sct(autan_qc_work *work, const double *threshold);
autan_status autan_check_kriging(autan_qc_work *work, const double *threshold);
autan_status autan_check_crowd(autan_qc_work *work, const double *threshold);
autan_status autan_check_completeness(autan_qc_work *work, const double *threshold);

#endif
