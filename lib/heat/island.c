#include "heat/island.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { FULL_DAY_HOURS = 20, SLOTS = AUTAN_ISLAND_SEASONS * AUTAN_ISLAND_HOURS };

static void reset_today(autan_island *island)
{
    island->hours = 0;
    for (size_t k = 0; k < island->n_members; k++)
        island->today[k] = -INFINITY;
}

autan_status autan_island_make(size_t n_members, autan_island *island)
{
    *island = (autan_island){
        .n_members = n_members,
        .sum = calloc(SLOTS * n_members + 1, sizeof(double)),
        .highest = malloc((SLOTS * n_members + 1) * sizeof(double)),
        .daily = calloc(AUTAN_ISLAND_SEASONS * n_members + 1, sizeof(double)),
        .today = malloc((n_members + 1) * sizeof(double)),
    };
    if (!island->sum || !island->highest || !island->daily || !island->today)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < SLOTS * n_members; k++)
        island->highest[k] = -INFINITY;
    reset_today(island);
    return AUTAN_OK;
}

void autan_island_clear(autan_island *island)
{
    free(island->sum);
    free(island->highest);
    free(island->daily);
    free(island->today);
    *island = (autan_island){0};
}

void autan_island_finish(autan_island *island)
{
    const size_t M = island->n_members;
    if (island->hours >= FULL_DAY_HOURS) {
        island->days[island->season]++;
        for (size_t k = 0; k < M; k++)
            island->daily[(size_t)island->season * M + k] += island->today[k];
    }
    reset_today(island);
}

void autan_island_add(autan_island *island, const autan_moment *moment,
                      const double *value)
{
    const size_t M = island->n_members;
    const size_t slot = (size_t)(moment->season * AUTAN_ISLAND_HOURS + moment->hour);
    double *sum = island->sum + slot * M, *highest = island->highest + slot * M;
    if (isnan(value[0]))
        return;
    if (island->hours > 0 && moment->day != island->day)
        autan_island_finish(island);
    island->day = moment->day;
    island->season = moment->season;
    island->hours++;
    island->count[moment->season][moment->hour]++;
    for (size_t k = 0; k < M; k++) {
        sum[k] += value[k];
        highest[k] = value[k] > highest[k] ? value[k] : highest[k];
        island->today[k] = value[k] > island->today[k] ? value[k] : island->today[k];
    }
}

static bool wanted(int season, int s)
{
    return season == AUTAN_ISLAND_SEASONS || season == s;
}

void autan_island_mean(const autan_island *island, int season, int first, int n,
                       double *member)
{
    const size_t M = island->n_members;
    for (size_t k = 0; k < M; k++)
        member[k] = 0.0;
    for (int h = first; h < first + n; h++) {
        const int hour = h % AUTAN_ISLAND_HOURS;
        size_t count = 0;
        for (int s = 0; s < AUTAN_ISLAND_SEASONS; s++)
            count += wanted(season, s) ? island->count[s][hour] : 0;
        for (int s = 0; s < AUTAN_ISLAND_SEASONS; s++) {
            const double *sum =
                island->sum + (size_t)(s * AUTAN_ISLAND_HOURS + hour) * M;
            for (size_t k = 0; wanted(season, s) && k < M; k++)
                member[k] += count ? sum[k] / (double)count / n : NAN;
        }
    }
}

void autan_island_highest(const autan_island *island, int season, int first, int n,
                          double *member)
{
    const size_t M = island->n_members;
    for (size_t k = 0; k < M; k++) {
        member[k] = -INFINITY;
        for (int s = 0; s < AUTAN_ISLAND_SEASONS; s++) {
            for (int h = first; wanted(season, s) && h < first + n; h++)
                member[k] =
                    fmax(member[k], island->highest[(size_t)(s * AUTAN_ISLAND_HOURS +
                                                             h % AUTAN_ISLAND_HOURS) *
                                                        M +
                                                    k]);
        }
        if (isinf(member[k]))
            member[k] = NAN;
    }
}

void autan_island_daily(const autan_island *island, int season, double *member)
{
    const size_t M = island->n_members;
    size_t days = 0;
    for (int s = 0; s < AUTAN_ISLAND_SEASONS; s++)
        days += wanted(season, s) ? island->days[s] : 0;
    for (size_t k = 0; k < M; k++) {
        double sum = 0.0;
        for (int s = 0; s < AUTAN_ISLAND_SEASONS; s++)
            sum += wanted(season, s) ? island->daily[(size_t)s * M + k] : 0.0;
        member[k] = days ? sum / (double)days : NAN;
    }
}
