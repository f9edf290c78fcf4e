#include "heat/nights.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { FULL_NIGHT_HOURS = 20, SEASONS = AUTAN_ISLAND_SEASONS };

static void reset_tonight(autan_nights *n)
{
    n->seen = 0;
    for (size_t k = 0; k < n->n_members; k++)
        n->tonight[k] = INFINITY;
}

autan_status autan_nights_make(size_t n_members, double tropical, size_t n_thresholds,
                               const double *threshold, autan_nights *nights)
{
    const size_t M = n_members;
    *nights = (autan_nights){
        .n_members = M,
        .n_thresholds = n_thresholds,
        .tropical = tropical,
        .tropical_nights = calloc(SEASONS * M + 1, sizeof(double)),
        .lowest = calloc(SEASONS * M + 1, sizeof(double)),
        .run = calloc(M + 1, sizeof(double)),
        .longest_run = calloc(M + 1, sizeof(double)),
        .hours_above = calloc(n_thresholds * SEASONS * M + 1, sizeof(double)),
        .cooling = calloc(SEASONS * M + 1, sizeof(double)),
        .sunset = calloc(M + 1, sizeof(double)),
        .tonight = calloc(M + 1, sizeof(double)),
        .sunset_season = -1,
    };
    if (!nights->tropical_nights || !nights->lowest || !nights->run ||
        !nights->longest_run || !nights->hours_above || !nights->cooling ||
        !nights->sunset || !nights->tonight)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < n_thresholds; k++)
        nights->threshold[k] = threshold[k];
    reset_tonight(nights);
    return AUTAN_OK;
}

void autan_nights_clear(autan_nights *nights)
{
    free(nights->tropical_nights);
    free(nights->lowest);
    free(nights->run);
    free(nights->longest_run);
    free(nights->hours_above);
    free(nights->cooling);
    free(nights->sunset);
    free(nights->tonight);
    *nights = (autan_nights){0};
}

void autan_nights_finish(autan_nights *n)
{
    const size_t M = n->n_members, row = (size_t)n->season * M;
    const bool full = n->seen >= FULL_NIGHT_HOURS;
    n->nights[n->season] += full;
    for (size_t k = 0; k < M; k++) {
        const bool tropical = full && n->tonight[k] >= n->tropical;
        n->tropical_nights[row + k] += tropical;
        n->lowest[row + k] += full ? n->tonight[k] : 0.0;
        n->run[k] = tropical ? n->run[k] + 1.0 : 0.0;
        n->longest_run[k] = fmax(n->longest_run[k], n->run[k]);
    }
    reset_tonight(n);
}

/* Nights that never came end a run. */
static void next_night(autan_nights *n, const autan_moment *moment)
{
    const long before = n->night;
    if (n->seen > 0 && moment->night != before) {
        autan_nights_finish(n);
        for (size_t k = 0; k < n->n_members && moment->night != before + 1; k++)
            n->run[k] = 0.0;
    }
    n->night = moment->night;
    n->season = moment->season;
    n->seen++;
}

static void take_cooling(autan_nights *n, const autan_moment *moment,
                         const double *value)
{
    const size_t M = n->n_members;
    if (moment->sunset) {
        n->sunset_number = moment->number;
        n->sunset_season = moment->season;
        for (size_t k = 0; k < M; k++)
            n->sunset[k] = value[k];
    } else if (n->sunset_season >= 0 &&
               moment->number - n->sunset_number == AUTAN_NIGHTS_COOLING_HOURS) {
        n->evenings[n->sunset_season]++;
        for (size_t k = 0; k < M; k++)
            n->cooling[(size_t)n->sunset_season * M + k] +=
                (n->sunset[k] - value[k]) / AUTAN_NIGHTS_COOLING_HOURS;
    }
}

void autan_nights_add(autan_nights *n, const autan_moment *moment, const double *value)
{
    const size_t M = n->n_members;
    if (isnan(value[0]))
        return;
    next_night(n, moment);
    n->hours[moment->season]++;
    for (size_t k = 0; k < M; k++)
        n->tonight[k] = value[k] < n->tonight[k] ? value[k] : n->tonight[k];
    for (size_t j = 0; j < n->n_thresholds; j++) {
        double *above = n->hours_above + (j * SEASONS + (size_t)moment->season) * M;
        for (size_t k = 0; k < M; k++)
            above[k] += value[k] >= n->threshold[j] ? 1.0 : 0.0;
    }
    take_cooling(n, moment, value);
}

/* Sum over the season or all of them, divided by the sum of count unless NULL. */
static void total(size_t M, int season, const double *by_season, const size_t *count,
                  double *member)
{
    size_t n = 0;
    for (size_t k = 0; k < M; k++)
        member[k] = 0.0;
    for (int s = 0; s < SEASONS; s++) {
        if (season != SEASONS && season != s)
            continue;
        n += count ? count[s] : 0;
        for (size_t k = 0; k < M; k++)
            member[k] += by_season[(size_t)s * M + k];
    }
    for (size_t k = 0; count && k < M; k++)
        member[k] = n ? member[k] / (double)n : NAN;
}

void autan_nights_tropical(const autan_nights *n, int season, double *member)
{
    total(n->n_members, season, n->tropical_nights, NULL, member);
}

void autan_nights_lowest(const autan_nights *n, int season, double *member)
{
    total(n->n_members, season, n->lowest, n->nights, member);
}

void autan_nights_above(const autan_nights *n, size_t threshold, int season,
                        double *member)
{
    total(n->n_members, season, n->hours_above + threshold * SEASONS * n->n_members,
          NULL, member);
}

void autan_nights_cooling(const autan_nights *n, int season, double *member)
{
    total(n->n_members, season, n->cooling, n->evenings, member);
}
