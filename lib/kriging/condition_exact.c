/* Drawn data kriged by the exact systems of the hours. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/condition.h"
#include "kriging/matrix.h"

/* A level of a group, with its system. */
typedef struct {
    size_t m;
    const size_t *station;
    const double *theta, *noise;
    const autan_krige *system;
} level;

static level level_of(const autan_simulation_info *info, const autan_group *g,
                      autan_of which)
{
    const autan_level *known = which == AUTAN_OF_MEAN ? &g->mean : &g->pattern;
    if (which == AUTAN_OF_HOUR)
        return (level){g->m, g->station, g->hourly, info->hours->noise,
                       &g->hour_system};
    return (level){known->m, known->station, known->theta, known->noise,
                   &known->system};
}

static const autan_group *group_of(const autan_simulation_info *info, size_t row)
{
    return &info->hours->group[autan_field_group(info->field, row)];
}

static size_t n_groups(const autan_simulation_info *info)
{
    return info->hours->n_groups;
}

static autan_status likeness(const autan_simulation_info *info,
                             autan_block_likeness *out)
{
    return autan_block_likeness_make(info->hours, info->n_times, info->stations->n,
                                     out);
}

static void view(const autan_simulation_info *info, size_t row,
                 autan_condition_row *out)
{
    const size_t n = info->stations->n, group = autan_field_group(info->field, row);
    out->group = group;
    if (group == SIZE_MAX)
        return;
    const autan_group *g = &info->hours->group[group];
    const autan_hour *hour = autan_group_hour(g, row);
    out->scale = hour->scale;
    out->amplitude = hour->amplitude;
    for (int l = 0; l < AUTAN_LEVELS; l++) {
        const level of = level_of(info, g, (autan_of)l);
        out->theta[l] = of.m > 0 ? of.theta : NULL;
        out->noise[l] = of.noise;
    }
    memset(out->extra, 0, n * sizeof *out->extra);
    memset(out->u, 0, n * sizeof *out->u);
    for (size_t i = 0; i < g->m; i++) {
        out->extra[g->station[i]] = g->extra[i];
        out->u[g->station[i]] = g->u ? g->u[i] : 0.0;
    }
    for (size_t a = 0; a < hour->n_missing; a++) {
        if (hour->precision[a] > 0.0)
            out->extra[g->station[hour->missing[a]]] += 1.0 / hour->precision[a];
    }
}

/* What the stations missing at the hour would have, by the others and by what was
 * carried over to them; y (m x sets). */
static autan_status fill_missing(const level *l, const autan_hour *hour, size_t sets,
                                 double *y)
{
    const size_t missing = hour->n_missing;
    autan_status status = AUTAN_OK;
    if (missing == 0)
        return AUTAN_OK;
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t s = 0; s < sets; s++) {
        double *column = autan_matrix_new(l->m, 1);
        double *L = autan_matrix_new(missing, missing);
        autan_status one = AUTAN_NO_MEMORY;
        for (size_t i = 0; column && i < l->m; i++)
            column[i] = y[i * sets + s];
        if (column && L)
            one = autan_krige_noisier(l->system, missing, hour->missing,
                                      hour->precision, L, column);
        for (size_t i = 0; one == AUTAN_OK && i < missing; i++)
            y[hour->missing[i] * sets + s] = column[hour->missing[i]];
        if (one != AUTAN_OK) {
#pragma omp critical(autan_condition)
            status = one;
        }
        free(column);
        free(L);
    }
    return status;
}

/* Values become dual weights. */
static autan_status solve(const autan_simulation_info *info, size_t row,
                          autan_condition_draw *draw)
{
    const autan_group *g = group_of(info, row);
    const level l = level_of(info, g, draw->level);
    const size_t sets = draw->n_sets, width = info->model->n_terms + 2;
    double *y = autan_matrix_new(l.m, sets), *beta = autan_matrix_new(g->q, sets);
    autan_status status = y && beta ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t i = 0; status == AUTAN_OK && i < l.m; i++)
        memcpy(y + i * sets, draw->value + l.station[i] * sets, sets * sizeof *y);
    if (status == AUTAN_OK && draw->level == AUTAN_OF_HOUR)
        status = fill_missing(&l, autan_group_hour(g, row), sets, y);
    if (status == AUTAN_OK)
        autan_krige_weights(l.system, sets, y, draw->value, beta);
    for (size_t s = 0; status == AUTAN_OK && s < sets; s++) {
        double *coefficient = draw->coefficient + s * width;
        for (size_t k = 0; k < g->q; k++)
            coefficient[k] -= beta[k * sets + s];
        for (size_t i = 0; draw->level == AUTAN_OF_HOUR && g->u && i < l.m; i++)
            coefficient[width - 1] -= g->u[i] * draw->value[i * sets + s];
    }
    free(y);
    free(beta);
    return status;
}

/* Adds the errors of a set to the coefficients of the functions of place; alpha (m) and
 * pattern (functions) are for work. */
static void add_errors(const autan_simulation_info *info, size_t group,
                       const autan_condition_draw *draw, size_t set, double *alpha,
                       double *pattern, double *column)
{
    const autan_group *g = &info->hours->group[group];
    const level l = level_of(info, g, draw->level);
    const size_t p = info->model->n_terms,
                 functions = autan_field_functions(info->field);
    const double *coefficient = draw->coefficient + set * (p + 2);
    const double factor = draw->factor[set], no_trend = 0.0;
    const autan_field_weights weights = {l.theta, l.m, 1, l.station, alpha, &no_trend};
    for (size_t i = 0; i < l.m; i++)
        alpha[i] = draw->value[i * draw->n_sets + set];
    autan_field_weigh(info->field, &weights, -factor, column);
    for (size_t k = 0; k < p; k++)
        column[functions - 1 - p + k] += factor * coefficient[1 + k];
    column[functions - 1] += factor * coefficient[0];
    if (draw->level != AUTAN_OF_HOUR || !g->u)
        return;
    autan_field_pattern(info->field, group, pattern);
    for (size_t k = 0; k < functions; k++)
        column[k] += factor * coefficient[p + 1] * pattern[k];
}

/* The row's map and the errors of all sets as coefficients of the functions of place,
 * (functions x sets). */
static autan_status gather(const autan_simulation_info *info, size_t row,
                           const autan_condition_draw *draw, double *coefficient)
{
    const size_t functions = autan_field_functions(info->field), sets = draw->n_sets;
    const size_t group = autan_field_group(info->field, row);
    const autan_group *g = &info->hours->group[group];
    autan_status status = AUTAN_OK;
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t s = 0; s < sets; s++) {
        double *column = autan_matrix_new(functions, 1);
        double *pattern = autan_matrix_new(functions, 1);
        double *alpha = autan_matrix_new(info->stations->n, 1);
        if (column && pattern && alpha) {
            autan_field_row(info->field, row, column);
            for (int l = 0; l < AUTAN_LEVELS; l++) {
                if (level_of(info, g, (autan_of)l).m > 0)
                    add_errors(info, group, &draw[l], s, alpha, pattern, column);
            }
            for (size_t f = 0; f < functions; f++)
                coefficient[f * sets + s] = column[f];
        } else {
#pragma omp critical(autan_condition)
            status = AUTAN_NO_MEMORY;
        }
        free(column);
        free(pattern);
        free(alpha);
    }
    return status;
}

static autan_status paint(const autan_simulation_info *info, size_t row,
                          const autan_condition_draw *draw, const autan_sites *cells,
                          float *value)
{
    const size_t sets = draw->n_sets;
    double *coefficient = autan_matrix_new(autan_field_functions(info->field), sets);
    float *painted = malloc((sets * cells->n + 1) * sizeof *painted);
    autan_status status = AUTAN_NO_MEMORY;
    if (coefficient && painted)
        status = gather(info, row, draw, coefficient);
    if (status == AUTAN_OK)
        status = autan_block_paint(info->model, info->stations, cells, sets,
                                   coefficient, cells->n, painted);
    for (size_t k = 0; status == AUTAN_OK && k < sets * cells->n; k++)
        value[k] += painted[k];
    free(coefficient);
    free(painted);
    return status;
}

const autan_condition autan_condition_exact = {n_groups, likeness, view, solve, paint};
