#include "kriging/spread.h"

#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"

static void level_clear(autan_spread_level *f)
{
    free(f->weight);
    free(f->D);
    free(f->beta);
    free(f->quadratic);
    autan_factor_clear(&f->factor);
}

static void group_clear(autan_spread_group *g)
{
    for (int l = 0; l < AUTAN_LEVELS; l++)
        level_clear(&g->level[l]);
    for (size_t k = 0; g->gap && k < g->n_gaps; k++) {
        free(g->gap[k].missing);
        free(g->gap[k].hour);
    }
    free(g->gap);
    free(g->missing);
    free(g->u);
    free(g->sum);
}

void autan_spread_free(autan_spread *spread)
{
    if (!spread)
        return;
    for (size_t k = 0; spread->group && k < spread->n_groups; k++)
        group_clear(&spread->group[k]);
    free(spread->group);
    autan_factor_clear(&spread->pattern);
    free(spread);
}

size_t autan_spread_levels(const autan_spread_group *group)
{
    return group->sum ? 1 : AUTAN_LEVELS;
}

size_t autan_spread_form_rows(const autan_spread *spread,
                              const autan_spread_group *group)
{
    return autan_spread_levels(group) * (spread->p + 1) + group->n_missing;
}

void autan_spread_factors(const autan_spread_hour *hour, double factor[AUTAN_LEVELS])
{
    factor[AUTAN_LEVEL_MEAN] = 1.0;
    factor[AUTAN_LEVEL_PATTERN] = hour->pattern;
    factor[AUTAN_LEVEL_HOURLY] = hour->scale;
}

/* With one wanted hour, what the levels add to its variance needs no telling apart. */
static autan_status add_levels(const autan_spread *s, autan_spread_group *g)
{
    double factor[AUTAN_LEVELS];
    if (g->n_gaps != 1 || g->gap->n_hours != 1)
        return AUTAN_OK;
    g->sum = calloc(s->n_quadratic + 1, sizeof *g->sum);
    if (!g->sum)
        return AUTAN_NO_MEMORY;
    autan_spread_factors(g->gap->hour, factor);
    for (int l = 0; l < AUTAN_LEVELS; l++) {
        for (size_t k = 0; g->level[l].there && k < s->n_quadratic; k++)
            g->sum[k] += factor[l] * g->level[l].quadratic[k];
    }
    return AUTAN_OK;
}

/* A level's system and the places of its data in the sites. */
typedef struct {
    const autan_krige *system;
    size_t m;
    const size_t *station;
} level_source;

/* Z = X Theta + u h' at the level's stations, m x p. */
static double *make_Z(const autan_spread *s, const autan_design *d,
                      const level_source *source, const autan_spread_group *g,
                      const autan_spread_level *f)
{
    const size_t terms_at = s->n * d->n_kernels;
    double *Z = autan_matrix_new(source->m, s->p);
    for (size_t i = 0; Z && i < source->m; i++) {
        const size_t at = source->station[i];
        for (size_t k = 0; k < s->p; k++) {
            double z = k < d->n_terms ? f->theta[k] * d->x[at * d->n_terms + k] : 0.0;
            if (f->u)
                z += f->u[at] * g->pattern[(terms_at + k) * g->stride];
            Z[i * s->p + k] = z;
        }
    }
    return Z;
}

/* Gamma (p x p), and the coefficients of the products it stands for. */
static void set_quadratic(const autan_spread *s, const autan_design *d,
                          const autan_spread_group *g, double *gamma,
                          autan_spread_level *f)
{
    const size_t p = s->p, terms_at = s->n * d->n_kernels;
    double *out = f->quadratic;
    for (size_t k = 0; k < p; k++) {
        if (k < d->n_terms)
            gamma[k * p + k] += f->theta[k];
        for (size_t l = 0; f->u && l < p; l++)
            gamma[k * p + l] += g->pattern[(terms_at + k) * g->stride] *
                                g->pattern[(terms_at + l) * g->stride];
    }
    for (size_t k = 0; k < p; k++) {
        for (size_t l = k; l < p; l++)
            *out++ = gamma[k * p + l] * (k == l ? 1.0 : 2.0);
    }
    for (size_t k = 0; k < p; k++)
        *out++ = k < d->n_terms ? f->theta[k] : 0.0;
}

/* D, beta = E' G e - Z' B' e and Gamma. */
static autan_status set_polynomial(const autan_spread *s, const autan_design *d,
                                   const level_source *source,
                                   const autan_spread_group *g, autan_spread_level *f)
{
    const autan_krige *system = source->system;
    const size_t m = source->m, p = s->p, q = system->q;
    double *Z = make_Z(s, d, source, g, f), *D = autan_matrix_new(m, p);
    double *gamma = autan_matrix_new(p, p);
    autan_status status = AUTAN_NO_MEMORY;
    if (!Z || !D || !gamma)
        goto cleanup;
    autan_matrix_product(0, 0, m, p, m, 1.0, system->P, Z, 0.0, D);
    for (size_t k = 0; k + 1 < q; k++) {
        for (size_t i = 0; i < m; i++)
            D[i * p + k] += system->B[(k + 1) * m + i];
    }
    autan_matrix_product(1, 0, p, p, m, -1.0, Z, D, 0.0, gamma);
    autan_matrix_product(1, 1, p, 1, m, -1.0, Z, system->B, 0.0, f->beta);
    for (size_t k = 0; k + 1 < q; k++) {
        f->beta[k] += system->G[k + 1];
        for (size_t l = 0; l < p; l++) {
            for (size_t i = 0; i < m; i++)
                gamma[k * p + l] -= system->B[(k + 1) * m + i] * Z[i * p + l];
            if (l + 1 < q)
                gamma[k * p + l] += system->G[(k + 1) * q + l + 1];
        }
    }
    for (size_t i = 0; i < m; i++)
        memcpy(f->D + source->station[i] * p, D + i * p, p * sizeof *D);
    set_quadratic(s, d, g, gamma, f);
    status = AUTAN_OK;

cleanup:
    free(Z);
    free(D);
    free(gamma);
    return status;
}

/* The factor that meets the covariances of places. Row i of P is written to row (n). */
static autan_status set_factor(const autan_spread *s, const level_source *source,
                               const autan_spread_group *g, size_t n_missing,
                               autan_spread_level *f)
{
    const size_t n = s->n, p = s->p, m = source->m;
    double *row = calloc(n + 1, sizeof *row);
    autan_status status = AUTAN_NO_MEMORY;
    if (row)
        status = autan_factor_make(s->precision, n + n_missing + p, n, 1, &f->factor);
    for (size_t i = 0; status == AUTAN_OK && i < m; i++) {
        const size_t at = source->station[i];
        for (size_t k = 0; k < m; k++)
            row[source->station[k]] = source->system->P[i * m + k];
        for (size_t a = 0; a < n_missing; a++) {
            if (g->missing[a] == at)
                autan_factor_set(&f->factor, n + a, row, 1);
        }
        for (size_t k = 0; k < at; k++)
            row[k] *= 2.0;
        memset(row + at + 1, 0, (n - at - 1) * sizeof *row);
        autan_factor_set(&f->factor, at, row, 1);
    }
    for (size_t k = 0; status == AUTAN_OK && k < p; k++) {
        for (size_t i = 0; i < n; i++)
            row[i] = -f->D[i * p + k];
        autan_factor_set(&f->factor, n + n_missing + k, row, 1);
    }
    free(row);
    return status;
}

static autan_status level_make(const autan_spread *s, const autan_design *d,
                               const level_source *source, const double *theta,
                               const autan_spread_group *g, int hourly,
                               autan_spread_level *f)
{
    const size_t n = s->n, p = s->p;
    autan_status status;
    if (source->m == 0)
        return AUTAN_OK;
    f->theta = theta;
    f->u = hourly ? g->u : NULL;
    f->weight = calloc(n + 1, sizeof *f->weight);
    f->D = calloc(n * p + 1, sizeof *f->D);
    f->beta = autan_matrix_new(p, 1);
    f->quadratic = autan_matrix_new(s->n_quadratic, 1);
    if (!f->weight || !f->D || !f->beta || !f->quadratic)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < source->m; i++)
        f->weight[source->station[i]] = source->system->B[i];
    f->constant = theta[d->n_components - 1] + source->system->G[0];
    for (size_t j = 0; j < d->n_kernels; j++)
        f->constant += theta[d->n_terms + j];
    status = set_polynomial(s, d, source, g, f);
    if (status == AUTAN_OK)
        status = set_factor(s, source, g, hourly ? g->n_missing : 0, f);
    f->there = 1;
    return status;
}

/* The place of a station among the group's missing ones, added if it is not. */
static size_t place_missing(autan_spread_group *g, size_t station)
{
    size_t k = 0;
    while (k < g->n_missing && g->missing[k] != station)
        k++;
    g->missing[k] = station;
    g->n_missing += k == g->n_missing;
    return k;
}

static autan_status gap_make(const autan_group *group, const autan_hour *hour,
                             autan_spread_group *g, autan_spread_gap *gap)
{
    gap->n_missing = hour->n_missing;
    gap->L = hour->L;
    gap->missing = malloc((hour->n_missing + 1) * sizeof *gap->missing);
    gap->hour = malloc(group->n_hours * sizeof *gap->hour);
    if (!gap->missing || !gap->hour)
        return AUTAN_NO_MEMORY;
    for (size_t a = 0; a < hour->n_missing; a++)
        gap->missing[a] = place_missing(g, group->station[hour->missing[a]]);
    return AUTAN_OK;
}

/* Where the rows' answers go, SIZE_MAX for those not wanted; by row of the panel. */
typedef struct {
    size_t n;
    size_t *of_row;
} positions;

static size_t position_of(const positions *p, size_t row)
{
    return row < p->n ? p->of_row[row] : SIZE_MAX;
}

static autan_status add_gaps(const autan_spread *s, const autan_group *group,
                             const positions *wanted, autan_spread_group *g)
{
    size_t *gap_of = malloc((group->n_hours + 1) * sizeof *gap_of);
    autan_status status = AUTAN_OK;
    g->gap = calloc(group->n_hours, sizeof *g->gap);
    g->missing = malloc((s->n + 1) * sizeof *g->missing);
    if (!gap_of || !g->gap || !g->missing)
        status = AUTAN_NO_MEMORY;
    for (size_t h = 0; status == AUTAN_OK && h < group->n_hours; h++)
        gap_of[h] = SIZE_MAX;
    for (size_t h = 0; status == AUTAN_OK && h < group->n_hours; h++) {
        const autan_hour *hour = &group->hour[h];
        const size_t position = position_of(wanted, hour->row);
        size_t *k = &gap_of[hour->same_as];
        if (position == SIZE_MAX)
            continue;
        if (*k == SIZE_MAX) {
            *k = g->n_gaps++;
            status = gap_make(group, hour, g, &g->gap[*k]);
            if (status != AUTAN_OK)
                break;
        }
        g->gap[*k].hour[g->gap[*k].n_hours++] = (autan_spread_hour){
            position, hour->amplitude * hour->amplitude + hour->amplitude_variance,
            hour->scale};
    }
    free(gap_of);
    return status;
}

static autan_status group_make(autan_spread *s, const autan_design *d,
                               const autan_group *group, const positions *wanted,
                               autan_spread_group *g)
{
    const level_source source[AUTAN_LEVELS] = {
        {&group->mean.system, group->mean.m, group->mean.station},
        {&group->pattern.system, group->pattern.m, group->pattern.station},
        {&group->hour_system, group->m, group->station}};
    const double *theta[AUTAN_LEVELS] = {group->mean.theta, group->pattern.theta,
                                         group->hourly};
    autan_status status = add_gaps(s, group, wanted, g);
    if (status == AUTAN_OK && group->u) {
        g->u = calloc(s->n + 1, sizeof *g->u);
        if (!g->u)
            return AUTAN_NO_MEMORY;
        for (size_t i = 0; i < group->m; i++)
            g->u[group->station[i]] = group->u[i];
    }
    for (int l = 0; status == AUTAN_OK && l < AUTAN_LEVELS; l++)
        status = level_make(s, d, &source[l], theta[l], g, l == AUTAN_LEVEL_HOURLY,
                            &g->level[l]);
    if (status == AUTAN_OK)
        status = add_levels(s, g);
    if (g->n_missing > s->most_missing)
        s->most_missing = g->n_missing;
    return status;
}

static int has_wanted(const autan_group *group, const positions *wanted)
{
    for (size_t h = 0; h < group->n_hours; h++) {
        if (position_of(wanted, group->hour[h].row) != SIZE_MAX)
            return 1;
    }
    return 0;
}

/* Without the terms, which change from cell to cell. */
static autan_status set_patterns(autan_spread *s, const autan_design *d)
{
    const size_t terms_at = s->n * d->n_kernels, nf = terms_at + s->p + 1;
    double *row = calloc(nf, sizeof *row);
    autan_status status =
        row ? autan_factor_make(s->precision, s->n_groups, nf, 0, &s->pattern)
            : AUTAN_NO_MEMORY;
    for (size_t k = 0; status == AUTAN_OK && k < s->n_groups; k++) {
        const autan_spread_group *g = &s->group[k];
        for (size_t i = 0; i < terms_at; i++)
            row[i] = g->pattern[i * g->stride];
        row[nf - 1] = g->pattern[(nf - 1) * g->stride];
        autan_factor_set(&s->pattern, k, row, 1);
    }
    free(row);
    return status;
}

static autan_status find_positions(size_t n_wanted, const size_t *wanted, positions *p)
{
    for (size_t k = 0; k < n_wanted; k++) {
        if (wanted[k] >= p->n)
            p->n = wanted[k] + 1;
    }
    p->of_row = malloc((p->n + 1) * sizeof *p->of_row);
    if (!p->of_row)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < p->n; k++)
        p->of_row[k] = SIZE_MAX;
    for (size_t k = 0; k < n_wanted; k++)
        p->of_row[wanted[k]] = k;
    return AUTAN_OK;
}

autan_status autan_spread_new(const autan_hours *hours, size_t n_stations,
                              const double *pattern, size_t n_wanted,
                              const size_t *wanted, autan_precision precision,
                              autan_spread **spread)
{
    const size_t p = hours->model->n_terms;
    autan_spread *s = calloc(1, sizeof *s);
    positions where = {0};
    autan_status status;
    if (!s)
        return AUTAN_NO_MEMORY;
    *s = (autan_spread){.n = n_stations,
                        .p = p,
                        .precision = precision,
                        .n_quadratic = p * (p + 1) / 2 + p};
    s->group = calloc(hours->n_groups + 1, sizeof *s->group);
    status = s->group ? find_positions(n_wanted, wanted, &where) : AUTAN_NO_MEMORY;
    for (size_t k = 0; status == AUTAN_OK && k < hours->n_groups; k++) {
        const autan_group *group = &hours->group[k];
        autan_spread_group *g = &s->group[s->n_groups];
        if (!has_wanted(group, &where))
            continue;
        s->n_groups++;
        g->pattern = pattern + k;
        g->stride = hours->n_groups;
        status = group_make(s, &hours->design, group, &where, g);
    }
    free(where.of_row);
    if (status == AUTAN_OK)
        status = set_patterns(s, &hours->design);
    if (status == AUTAN_OK)
        *spread = s;
    else
        autan_spread_free(s);
    return status;
}
