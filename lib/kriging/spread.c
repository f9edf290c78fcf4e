#include "kriging/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"

enum { MEAN, PATTERN, HOURLY, LEVELS };

/* One level of a group. Stations that the level does not have are rows of zeros, so
 * that all levels use the functions as they stand. */
typedef struct {
    size_t n;            /* all stations; 0: the group has no such level */
    const double *theta; /* n_components */
    const double *u; /* n: pattern at the stations, part of the covariance; or NULL */
    double constant; /* sills + nugget + e' G e */
    double *P, *weight; /* n x n; n: B' e */
    double *D, *beta;   /* n x p; p: the part of beta that is the same everywhere */
    double *gamma;      /* p x p */
} level_form;

/* Hours of a group with the same stations missing. */
typedef struct {
    size_t hour; /* the first of them */
    size_t n_missing;
    size_t *station; /* of the missing places */
    double *D;       /* n_missing x p: L^-1 D of the missing places */
} gap_form;

typedef struct {
    const autan_group *group;
    level_form level[LEVELS];
    double *u; /* n: pattern at the group's stations, 0 elsewhere; NULL without */
    const double *pattern; /* coefficients of the functions, n_groups apart */
    size_t n_gaps;
    gap_form *gap;
    size_t *gap_of; /* n_hours: number of the hour's gap form */
} group_form;

struct autan_spread {
    const autan_hours *hours;
    size_t n, p, first, n_rows;
    size_t n_coefficients; /* of a row's quadratic form and unknown terms */
    size_t n_groups;
    group_form *group;
    float *quadratic; /* n_rows x n_coefficients */
    int *answered;    /* n_rows */
};

struct autan_spread_work {
    double *C, *W; /* AUTAN_BASIS_PLACES x n */
    double *u;     /* AUTAN_BASIS_PLACES: pattern without the terms' part */
    double *alpha[LEVELS], *beta[LEVELS]; /* AUTAN_BASIS_PLACES, x p */
    double *gap;                          /* p + 1 by AUTAN_BASIS_PLACES */
    double *small;                        /* n */
};

static int is_wanted(const autan_spread *s, const autan_hour *hour)
{
    return hour->row >= s->first && hour->row < s->first + s->n_rows;
}

static void level_clear(level_form *f)
{
    free(f->P);
    free(f->weight);
    free(f->D);
    free(f->beta);
    free(f->gamma);
}

static void group_clear(group_form *g)
{
    for (int l = 0; l < LEVELS; l++)
        level_clear(&g->level[l]);
    for (size_t k = 0; g->gap && k < g->n_gaps; k++) {
        free(g->gap[k].station);
        free(g->gap[k].D);
    }
    free(g->gap);
    free(g->gap_of);
    free(g->u);
}

void autan_spread_free(autan_spread *spread)
{
    if (!spread)
        return;
    for (size_t k = 0; spread->group && k < spread->n_groups; k++)
        group_clear(&spread->group[k]);
    free(spread->group);
    free(spread->quadratic);
    free(spread->answered);
    free(spread);
}

/* Z = X Theta + u h', of all stations. */
static double *make_Z(const autan_spread *s, const double *theta, const double *u,
                      const group_form *g)
{
    const autan_design *d = &s->hours->design;
    const size_t stride = s->hours->n_groups, terms_at = s->n * d->n_kernels;
    double *Z = autan_matrix_new(s->n, s->p);
    for (size_t i = 0; Z && i < s->n; i++) {
        for (size_t k = 0; k < s->p; k++) {
            double z = k < d->n_terms ? theta[k] * d->x[i * d->n_terms + k] : 0.0;
            if (u)
                z += u[i] * g->pattern[(terms_at + k) * stride];
            Z[i * s->p + k] = z;
        }
    }
    return Z;
}

/* beta = E' G e - Z' B' e and Gamma, once D is there. */
static void finish_level(const autan_spread *s, const autan_krige *system,
                         const double *Z, const double *B, const group_form *g,
                         level_form *f)
{
    const autan_design *d = &s->hours->design;
    const size_t n = s->n, p = s->p, q = system->q;
    const size_t stride = s->hours->n_groups, terms_at = n * d->n_kernels;
    autan_matrix_product(1, 0, p, p, n, -1.0, Z, f->D, 0.0, f->gamma);
    autan_matrix_product(1, 0, p, 1, n, -1.0, Z, f->weight, 0.0, f->beta);
    for (size_t k = 0; k + 1 < q; k++) {
        f->beta[k] += system->G[k + 1];
        for (size_t l = 0; l < p; l++) {
            for (size_t i = 0; i < n; i++)
                f->gamma[k * p + l] -= B[(k + 1) * n + i] * Z[i * p + l];
            if (l + 1 < q)
                f->gamma[k * p + l] += system->G[(k + 1) * q + l + 1];
        }
    }
    for (size_t k = 0; k < p; k++) {
        if (k < d->n_terms)
            f->gamma[k * p + k] += f->theta[k];
        for (size_t l = 0; f->u && l < p; l++)
            f->gamma[k * p + l] += g->pattern[(terms_at + k) * stride] *
                                   g->pattern[(terms_at + l) * stride];
    }
}

static autan_status level_make(const autan_spread *s, const autan_krige *system,
                               const double *theta, size_t m, const size_t *station,
                               const group_form *g, const double *u, level_form *f)
{
    const autan_design *d = &s->hours->design;
    const size_t n = s->n, p = s->p, q = system->q;
    double *Z = make_Z(s, theta, u, g), *B = calloc(q * n + 1, sizeof *B);
    autan_status status = AUTAN_NO_MEMORY;

    f->theta = theta;
    f->u = u;
    f->P = calloc(n * n + 1, sizeof *f->P);
    f->weight = calloc(n + 1, sizeof *f->weight);
    f->D = autan_matrix_new(n, p);
    f->beta = autan_matrix_new(p, 1);
    f->gamma = autan_matrix_new(p, p);
    if (!Z || !B || !f->P || !f->weight || !f->D || !f->beta || !f->gamma)
        goto cleanup;
    f->n = n;
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++)
            f->P[station[i] * n + station[j]] = system->P[i * m + j];
        for (size_t k = 0; k < q; k++)
            B[k * n + station[i]] = system->B[k * m + i];
    }
    memcpy(f->weight, B, n * sizeof *B);
    autan_matrix_product(0, 0, n, p, n, 1.0, f->P, Z, 0.0, f->D);
    for (size_t k = 0; k + 1 < q; k++) {
        for (size_t i = 0; i < n; i++)
            f->D[i * p + k] += B[(k + 1) * n + i];
    }
    f->constant = theta[d->n_components - 1] + system->G[0];
    for (size_t j = 0; j < d->n_kernels; j++)
        f->constant += theta[d->n_terms + j];
    finish_level(s, system, Z, B, g, f);
    status = AUTAN_OK;

cleanup:
    free(Z);
    free(B);
    return status;
}

/* L^-1 D at the hour's missing places. */
static autan_status gap_make(const autan_spread *s, const group_form *g, size_t h,
                             gap_form *gap)
{
    const autan_hour *hour = &g->group->hour[h];
    const size_t p = s->p;
    gap->hour = h;
    gap->n_missing = hour->n_missing;
    gap->station = malloc((hour->n_missing + 1) * sizeof *gap->station);
    gap->D = autan_matrix_new(hour->n_missing, p);
    if (!gap->station || !gap->D)
        return AUTAN_NO_MEMORY;
    for (size_t a = 0; a < hour->n_missing; a++) {
        gap->station[a] = g->group->station[hour->missing[a]];
        memcpy(gap->D + a * p, g->level[HOURLY].D + gap->station[a] * p,
               p * sizeof(double));
    }
    autan_matrix_solve_lower(0, hour->n_missing, p, hour->L, gap->D);
    return AUTAN_OK;
}

/* What a wanted hour adds to its row of the quadratic forms. */
static void add_quadratic(autan_spread *s, const group_form *g, size_t h)
{
    const autan_hour *hour = &g->group->hour[h];
    const gap_form *gap = &g->gap[g->gap_of[h]];
    const size_t p = s->p, t = hour->row - s->first;
    const double factor[LEVELS] = {
        1.0, hour->amplitude * hour->amplitude + hour->amplitude_variance, hour->scale};
    float *out = s->quadratic + t * s->n_coefficients;
    s->answered[t] = 1;
    for (size_t k = 0; k < p; k++) {
        for (size_t l = k; l < p; l++) {
            double sum = 0.0;
            for (int v = 0; v < LEVELS; v++) {
                if (g->level[v].n > 0)
                    sum += factor[v] * g->level[v].gamma[k * p + l];
            }
            for (size_t a = 0; a < gap->n_missing; a++)
                sum += factor[HOURLY] * gap->D[a * p + k] * gap->D[a * p + l];
            *out++ = (float)(k == l ? sum : 2.0 * sum);
        }
    }
    for (size_t k = 0; k < p; k++) {
        double sum = 0.0;
        for (int v = 0; v < LEVELS; v++) {
            if (g->level[v].n > 0 && k < s->hours->design.n_terms)
                sum += factor[v] * g->level[v].theta[k];
        }
        *out++ = (float)sum;
    }
}

static autan_status add_gaps(autan_spread *s, group_form *g)
{
    const autan_group *group = g->group;
    autan_status status = AUTAN_OK;
    g->gap = calloc(group->n_hours, sizeof *g->gap);
    g->gap_of = calloc(group->n_hours, sizeof *g->gap_of);
    if (!g->gap || !g->gap_of)
        return AUTAN_NO_MEMORY;
    for (size_t h = 0; status == AUTAN_OK && h < group->n_hours; h++) {
        size_t k = 0;
        if (!is_wanted(s, &group->hour[h]))
            continue;
        while (k < g->n_gaps &&
               group->hour[g->gap[k].hour].same_as != group->hour[h].same_as)
            k++;
        g->gap_of[h] = k;
        if (k == g->n_gaps)
            status = gap_make(s, g, h, &g->gap[g->n_gaps++]);
        if (status == AUTAN_OK)
            add_quadratic(s, g, h);
    }
    return status;
}

static autan_status group_make(autan_spread *s, const autan_group *group,
                               const double *pattern, group_form *g)
{
    autan_status status = AUTAN_OK;
    g->group = group;
    g->pattern = pattern;
    if (group->mean.m > 0)
        status = level_make(s, &group->mean.system, group->mean.theta, group->mean.m,
                            group->mean.station, g, NULL, &g->level[MEAN]);
    if (status == AUTAN_OK && group->pattern.m > 0)
        status = level_make(s, &group->pattern.system, group->pattern.theta,
                            group->pattern.m, group->pattern.station, g, NULL,
                            &g->level[PATTERN]);
    if (status == AUTAN_OK && group->u) {
        g->u = calloc(s->n + 1, sizeof *g->u);
        if (!g->u)
            return AUTAN_NO_MEMORY;
        for (size_t i = 0; i < group->m; i++)
            g->u[group->station[i]] = group->u[i];
    }
    if (status == AUTAN_OK)
        status = level_make(s, &group->hour_system, group->hourly, group->m,
                            group->station, g, g->u, &g->level[HOURLY]);
    return status == AUTAN_OK ? add_gaps(s, g) : status;
}

autan_status autan_spread_new(const autan_hours *hours, size_t n_stations,
                              const double *pattern, size_t first, size_t n_rows,
                              autan_spread **spread)
{
    const size_t p = hours->model->n_terms;
    autan_spread *s = calloc(1, sizeof *s);
    autan_status status = AUTAN_NO_MEMORY;
    if (!s)
        return status;
    *s = (autan_spread){.hours = hours,
                        .n = n_stations,
                        .p = p,
                        .first = first,
                        .n_rows = n_rows,
                        .n_coefficients = p * (p + 1) / 2 + p};
    s->group = calloc(hours->n_groups + 1, sizeof *s->group);
    s->quadratic = malloc((n_rows * s->n_coefficients + 1) * sizeof *s->quadratic);
    s->answered = calloc(n_rows + 1, sizeof *s->answered);
    if (s->group && s->quadratic && s->answered)
        status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < hours->n_groups; k++) {
        const autan_group *group = &hours->group[k];
        size_t h = 0;
        while (h < group->n_hours && !is_wanted(s, &group->hour[h]))
            h++;
        if (h < group->n_hours)
            status = group_make(s, group, pattern + k, &s->group[s->n_groups++]);
    }
    if (status == AUTAN_OK)
        *spread = s;
    else
        autan_spread_free(s);
    return status;
}

const float *autan_spread_quadratic(const autan_spread *spread, size_t t)
{
    return spread->answered[t] ? spread->quadratic + t * spread->n_coefficients : NULL;
}

void autan_spread_work_free(autan_spread_work *work)
{
    if (!work)
        return;
    for (int v = 0; v < LEVELS; v++) {
        free(work->alpha[v]);
        free(work->beta[v]);
    }
    free(work->C);
    free(work->W);
    free(work->u);
    free(work->gap);
    free(work->small);
    free(work);
}

autan_status autan_spread_work_new(const autan_spread *spread, autan_spread_work **work)
{
    autan_spread_work *w = calloc(1, sizeof *w);
    int ok;
    if (!w)
        return AUTAN_NO_MEMORY;
    w->C = autan_matrix_new(AUTAN_BASIS_PLACES, spread->n);
    w->W = autan_matrix_new(AUTAN_BASIS_PLACES, spread->n);
    w->u = autan_matrix_new(AUTAN_BASIS_PLACES, 1);
    w->gap = autan_matrix_new(AUTAN_BASIS_PLACES, spread->p + 1);
    w->small = autan_matrix_new(spread->n, 1);
    ok = w->C && w->W && w->u && w->gap && w->small;
    for (int v = 0; v < LEVELS; v++) {
        w->alpha[v] = autan_matrix_new(AUTAN_BASIS_PLACES, 1);
        w->beta[v] = autan_matrix_new(AUTAN_BASIS_PLACES, spread->p);
        ok = ok && w->alpha[v] && w->beta[v];
    }
    if (!ok) {
        autan_spread_work_free(w);
        return AUTAN_NO_MEMORY;
    }
    *work = w;
    return AUTAN_OK;
}

/* The group's pattern at the places but for its terms. */
static void pattern_values(const autan_spread *s, const group_form *g,
                           const autan_basis *basis, double *u)
{
    const size_t kernels = s->n * basis->n_kernels, stride = s->hours->n_groups;
    for (size_t c = 0; c < basis->n; c++) {
        const double *value = basis->value + c * basis->n_functions;
        double sum = g->pattern[(basis->n_functions - 1) * stride];
        for (size_t i = 0; i < kernels; i++)
            sum += value[i] * g->pattern[i * stride];
        u[c] = sum;
    }
}

/* alpha and beta of one level at the places; leaves P c~ in W. */
static void level_values(const autan_spread *s, const group_form *g,
                         const level_form *f, const autan_basis *basis,
                         autan_spread_work *w, double *alpha, double *beta)
{
    const size_t n = s->n, p = s->p, stride = s->hours->n_groups;
    const size_t terms_at = n * basis->n_kernels;
    const double *sill = f->theta + s->hours->design.n_terms;

    for (size_t c = 0; c < basis->n; c++) {
        const double *value = basis->value + c * basis->n_functions;
        double *row = w->C + c * n;
        for (size_t i = 0; i < n; i++)
            row[i] = f->u ? w->u[c] * f->u[i] : 0.0;
        for (size_t j = 0; j < basis->n_kernels; j++) {
            if (sill[j] == 0.0)
                continue;
            for (size_t i = 0; i < n; i++)
                row[i] += sill[j] * value[j * n + i];
        }
    }
    autan_matrix_product(0, 0, basis->n, n, n, 1.0, w->C, f->P, 0.0, w->W);
    autan_matrix_product(0, 0, basis->n, p, n, -1.0, w->C, f->D, 0.0, beta);
    for (size_t c = 0; c < basis->n; c++) {
        const double *row = w->C + c * n, *weight = w->W + c * n;
        double sum = 0.0, u = f->u ? w->u[c] : 0.0;
        for (size_t i = 0; i < n; i++)
            sum += row[i] * (weight[i] + 2.0 * f->weight[i]);
        alpha[c] = f->constant + u * u - sum;
        for (size_t k = 0; k < p; k++)
            beta[c * p + k] +=
                f->beta[k] + (f->u ? u * g->pattern[(terms_at + k) * stride] : 0.0);
    }
}

/* What missing stations add: alpha then beta, each AUTAN_BASIS_PLACES long. Needs P c~
 * of the hourly level in W. */
static void gap_values(const autan_spread *s, const group_form *g, const gap_form *gap,
                       size_t places, autan_spread_work *w)
{
    const double *weight = g->level[HOURLY].weight;
    const double *L = g->group->hour[gap->hour].L;
    const size_t n = s->n, p = s->p, m = gap->n_missing;
    for (size_t c = 0; c < places; c++) {
        double alpha = 0.0;
        for (size_t k = 0; k < p; k++)
            w->gap[(k + 1) * AUTAN_BASIS_PLACES + c] = 0.0;
        for (size_t a = 0; a < m; a++) {
            double z = w->W[c * n + gap->station[a]] + weight[gap->station[a]];
            for (size_t e = 0; e < a; e++)
                z -= L[a * m + e] * w->small[e];
            z /= L[a * m + a];
            w->small[a] = z;
            alpha += z * z;
            for (size_t k = 0; k < p; k++)
                w->gap[(k + 1) * AUTAN_BASIS_PLACES + c] += z * gap->D[a * p + k];
        }
        w->gap[c] = alpha;
    }
}

static void hour_values(const autan_spread *s, const group_form *g, size_t h,
                        size_t places, const autan_spread_work *w, float *form,
                        size_t stride)
{
    const autan_hour *hour = &g->group->hour[h];
    const size_t p = s->p;
    const double pattern = hour->amplitude * hour->amplitude + hour->amplitude_variance;
    float *out = form + (hour->row - s->first) * (p + 1) * stride;
    for (size_t c = 0; c < places; c++)
        out[c] = (float)(w->alpha[MEAN][c] + pattern * w->alpha[PATTERN][c] +
                         hour->scale * (w->alpha[HOURLY][c] + w->gap[c]));
    for (size_t k = 0; k < p; k++) {
        const double *gap = w->gap + (k + 1) * AUTAN_BASIS_PLACES;
        for (size_t c = 0; c < places; c++)
            out[(k + 1) * stride + c] =
                (float)(w->beta[MEAN][c * p + k] +
                        pattern * w->beta[PATTERN][c * p + k] +
                        hour->scale * (w->beta[HOURLY][c * p + k] + gap[c]));
    }
}

void autan_spread_forms(const autan_spread *spread, const autan_basis *basis,
                        autan_spread_work *work, float *form, size_t stride)
{
    for (size_t k = 0; k < spread->n_groups; k++) {
        const group_form *g = &spread->group[k];
        if (g->u)
            pattern_values(spread, g, basis, work->u);
        for (int v = 0; v < LEVELS; v++) {
            if (g->level[v].n > 0) {
                level_values(spread, g, &g->level[v], basis, work, work->alpha[v],
                             work->beta[v]);
            } else {
                memset(work->alpha[v], 0, AUTAN_BASIS_PLACES * sizeof(double));
                memset(work->beta[v], 0,
                       AUTAN_BASIS_PLACES * spread->p * sizeof(double));
            }
        }
        for (size_t e = 0; e < g->n_gaps; e++) {
            gap_values(spread, g, &g->gap[e], basis->n, work);
            for (size_t h = 0; h < g->group->n_hours; h++) {
                if (g->gap_of[h] == e && is_wanted(spread, &g->group->hour[h]))
                    hour_values(spread, g, h, basis->n, work, form, stride);
            }
        }
    }
}
