/* The heat island of a place through the day and the year, for many members at once.
 *
 * Members are equally likely series of the same place: their scatter is the uncertainty
 * of every number that is made of a series, sums and extremes alike. */
#ifndef AUTAN_HEAT_ISLAND_H
#define AUTAN_HEAT_ISLAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_ISLAND_SEASONS = 4, AUTAN_ISLAND_HOURS = 24 };

/* When an hour is: its season (calendar.h), hour of the local day, and the numbers of
 * the hour, of the local day, and of the day of the night's minimum, each counted from
 * any origin. */
typedef struct {
    int season, hour;
    bool sunset; /* the sun sets in it */
    long number, day, night;
} autan_moment;

typedef struct {
    size_t n_members;
    /* By season, hour and member. */
    double *sum, *highest;
    size_t count[AUTAN_ISLAND_SEASONS][AUTAN_ISLAND_HOURS];
    /* Daily maxima by season and member, over days with 20 hours or more. */
    double *daily;
    size_t days[AUTAN_ISLAND_SEASONS];
    double *today; /* n_members */
    long day;
    int season;
    size_t hours;
} autan_island;

autan_status autan_island_make(size_t n_members, autan_island *island);
void autan_island_clear(autan_island *island);

/* Takes in an hour: value (n_members, K), all NaN or none. Hours ascend. */
void autan_island_add(autan_island *island, const autan_moment *moment,
                      const double *value);

/* Ends the last day. */
void autan_island_finish(autan_island *island);

/* Mean over the hours first .. first + n - 1 (modulo 24) of a season, or of all of them
 * for season AUTAN_ISLAND_SEASONS: every hour of the day counts alike. member
 * (n_members), NaN where an hour has none. */
void autan_island_mean(const autan_island *island, int season, int first, int n,
                       double *member);

/* Highest of the same hours; mean of the daily maxima. */
void autan_island_highest(const autan_island *island, int season, int first, int n,
                          double *member);
void autan_island_daily(const autan_island *island, int season, double *member);

#ifdef __cplusplus
}
#endif
#endif
