#include "forecast/members.h"

#include <math.h>
#include <stdlib.h>

/* A past origin and how far its season is. */
typedef struct {
    size_t origin;
    double distance;
} candidate;

static int nearer(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->origin > y->origin) - (x->origin < y->origin);
}

typedef struct {
    double value;
    size_t place;
} ranked;

static int ascending(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

/* A season counts as the same within this angle: about 45 days. */
static const double SAME_SEASON = 0.775;

static double angle_apart(double a, double b)
{
    return fabs(remainder(a - b, 2.0 * M_PI));
}

/* Past origins whose errors are known at half of the stations and targets. */
static size_t list_candidates(size_t n_stations, const autan_prospect *prospect,
                              size_t m, double season, double season_step,
                              candidate *list)
{
    size_t n_origins = 0, with_outlook = 0, n = 0;
    double newest = 0.0;
    for (size_t i = 0; i < n_stations; i++) {
        if (!prospect[i].outlook)
            continue;
        n_origins = prospect[i].outlook->n_origins;
        newest = prospect[i].outlook->season;
        with_outlook++;
    }
    for (size_t o = 0; o < n_origins; o++) {
        size_t known = 0;
        for (size_t i = 0; i < n_stations; i++) {
            const double *e =
                prospect[i].outlook
                    ? autan_regression_errors(prospect[i].outlook->regression)
                    : NULL;
            for (size_t j = 0; e && j < m; j++)
                known += isnan(e[o * m + j]) ? 0 : 1;
        }
        if (2 * known >= with_outlook * m && known > 0)
            list[n++] = (candidate){
                o, angle_apart(newest - season_step * (double)(n_origins - 1 - o),
                               season)};
    }
    return n;
}

/* The origins that order the members: those of the season, evenly spread over them, or
 * the nearest ones where the season has too few. */
static void choose_templates(size_t n, candidate *list, size_t n_members,
                             size_t *template)
{
    size_t near = 0;
    qsort(list, n, sizeof *list, nearer);
    while (near < n && list[near].distance <= SAME_SEASON)
        near++;
    if (near < n_members)
        near = n < n_members ? n : n_members;
    for (size_t k = 0; k < n_members; k++)
        template[k] = list[near >= n_members ? k * near / n_members : k % near].origin;
}

/* Mean of the stations' errors at an origin and target, 0 when none is known: for
 * stations without their own. */
static double common_error(size_t n_stations, const autan_prospect *prospect, size_t at)
{
    double sum = 0.0;
    size_t known = 0;
    for (size_t i = 0; i < n_stations; i++) {
        if (!prospect[i].outlook)
            continue;
        const double e = autan_regression_errors(prospect[i].outlook->regression)[at];
        if (!isnan(e)) {
            sum += e;
            known++;
        }
    }
    return known ? sum / (double)known : 0.0;
}

autan_status autan_members_make(size_t n_stations, const autan_prospect *prospect,
                                size_t n_targets, double season, double season_step,
                                size_t n_members, double *member)
{
    size_t n_origins = 0, n;
    for (size_t i = 0; i < n_stations; i++)
        n_origins = prospect[i].outlook ? prospect[i].outlook->n_origins : n_origins;
    candidate *list = malloc((n_origins + 1) * sizeof *list);
    size_t *template = malloc(n_members * sizeof *template);
    ranked *order = malloc(n_members * sizeof *order);
    double *common = malloc(n_members * sizeof *common);
    autan_status status = AUTAN_NO_MEMORY;
    if (!list || !template || !order || !common)
        goto cleanup;
    n = list_candidates(n_stations, prospect, n_targets, season, season_step, list);
    status = n ? AUTAN_OK : AUTAN_NO_DATA;
    if (!n)
        goto cleanup;
    choose_templates(n, list, n_members, template);
    for (size_t j = 0; j < n_targets; j++) {
        for (size_t k = 0; k < n_members; k++)
            common[k] = common_error(n_stations, prospect, template[k] * n_targets + j);
        for (size_t i = 0; i < n_stations; i++) {
            const autan_prospect *p = &prospect[i];
            for (size_t k = 0; p->outlook && k < n_members; k++) {
                const double e = autan_regression_errors(
                    p->outlook->regression)[template[k] * n_targets + j];
                order[k] = (ranked){isnan(e) ? common[k] : e, k};
            }
            if (p->outlook)
                qsort(order, n_members, sizeof *order, ascending);
            for (size_t k = 0; k < n_members; k++) {
                const size_t place = p->outlook ? order[k].place : k;
                const double level = ((double)k + 0.5) / (double)n_members;
                member[(place * n_stations + i) * n_targets + j] =
                    p->outlook ? p->mean[j] + p->spread[j] *
                                                  autan_regression_quantile(
                                                      p->outlook->regression, j, level)
                               : NAN;
            }
        }
    }
cleanup:
    free(list);
    free(template);
    free(order);
    free(common);
    return status;
}
