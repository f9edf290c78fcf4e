/* Nights and hours that weigh on people, counted for many members at once
 * (heat/island.h). */
#ifndef AUTAN_HEAT_NIGHTS_H
#define AUTAN_HEAT_NIGHTS_H

#include <stddef.h>

#include "heat/island.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    AUTAN_NIGHTS_THRESHOLDS = 6,
    AUTAN_NIGHTS_COOLING_HOURS = 3 /* after the hour of sunset */
};

typedef struct {
    size_t n_members, n_thresholds;
    double tropical;                           /* degC */
    double threshold[AUTAN_NIGHTS_THRESHOLDS]; /* degC */
    /* By season and member: nights whose lowest hour is at or above tropical, and the
     * sum of these lowest hours. A night has 20 hours or more of its day. */
    double *tropical_nights, *lowest;
    size_t nights[AUTAN_ISLAND_SEASONS];
    double *run, *longest_run; /* by member: tropical nights in a row */
    /* By threshold, season and member: hours at or above it. */
    double *hours_above;
    size_t hours[AUTAN_ISLAND_SEASONS];
    /* By season and member: (hour of sunset - three hours later) / 3 h, summed, K/h. */
    double *cooling;
    size_t evenings[AUTAN_ISLAND_SEASONS];
    double *sunset, *tonight; /* by member */
    long night, sunset_number;
    int season, sunset_season;
    size_t seen;
} autan_nights;

/* thresholds: n_thresholds (at most AUTAN_NIGHTS_THRESHOLDS) in degC. AUTAN_NO_MEMORY.
 */
autan_status autan_nights_make(size_t n_members, double tropical, size_t n_thresholds,
                               const double *threshold, autan_nights *nights);
void autan_nights_clear(autan_nights *nights);

/* Takes in an hour: value (n_members, degC), all NaN or none. Hours ascend. */
void autan_nights_add(autan_nights *nights, const autan_moment *moment,
                      const double *value);

/* Ends the last night. */
void autan_nights_finish(autan_nights *nights);

/* Numbers of a season, or of all for AUTAN_ISLAND_SEASONS; member (n_members). Means
 * are NaN where there is nothing to take them of. */
void autan_nights_tropical(const autan_nights *nights, int season, double *member);
void autan_nights_lowest(const autan_nights *nights, int season, double *member);
void autan_nights_above(const autan_nights *nights, size_t threshold, int season,
                        double *member);
void autan_nights_cooling(const autan_nights *nights, int season, double *member);

#ifdef __cplusplus
}
#endif
#endif
