#include "kriging/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"

/* Places evaluated at once: their functions stay in the second-level cache. */
enum { BLOCK = 256 };

struct autan_field {
    const autan_sites *stations;
    const autan_hours *hours;
    size_t n_times;
    size_t n_functions;  /* n kernels + terms + 1 */
    double *coefficient; /* n_functions x n_times */
    double *pattern;     /* n_functions x n_groups: each group's pattern */
    size_t *group_of;    /* n_times: the row's group, SIZE_MAX for none */
};

static size_t term_row(const autan_field *f)
{
    return f->stations->n * f->hours->design.n_kernels;
}

/* A column of coefficients: element k is at[k * stride]. */
typedef struct {
    double *at;
    size_t stride;
} column;

/* Adds weights times a factor: on the kernels of the stations and, through their terms,
 * on the random terms; trend coefficients go where the flat terms stand. */
static void add_weights(const autan_field *f, const double *theta, size_t m,
                        const size_t *station, const double *alpha, size_t alpha_stride,
                        size_t q, const double *beta, size_t beta_stride, double factor,
                        column out)
{
    const autan_design *d = &f->hours->design;
    const size_t n = f->stations->n, terms = term_row(f);
    for (size_t i = 0; i < m; i++) {
        double a = factor * alpha[i * alpha_stride];
        for (size_t j = 0; j < d->n_kernels; j++)
            out.at[(j * n + station[i]) * out.stride] += theta[d->n_terms + j] * a;
        for (size_t k = 0; k < d->n_terms; k++)
            out.at[(terms + k) * out.stride] +=
                theta[k] * d->x[station[i] * d->n_terms + k] * a;
    }
    for (size_t k = 1; k < q; k++)
        out.at[(terms + k - 1) * out.stride] += factor * beta[k * beta_stride];
    out.at[(f->n_functions - 1) * out.stride] += factor * beta[0];
}

static void add_level(const autan_field *f, const autan_level *level, size_t q,
                      double factor, column out)
{
    if (level->m > 0)
        add_weights(f, level->theta, level->m, level->station, level->alpha, 1, q,
                    level->beta, 1, factor, out);
}

autan_status autan_field_new(const autan_sites *stations, const autan_hours *hours,
                             size_t n_times, autan_field **field)
{
    autan_field *f = calloc(1, sizeof *f);
    if (!f)
        return AUTAN_NO_MEMORY;
    f->stations = stations;
    f->hours = hours;
    f->n_times = n_times;
    f->n_functions = stations->n * hours->design.n_kernels + hours->model->n_terms + 1;
    f->coefficient = calloc(f->n_functions * n_times + 1, sizeof(double));
    f->pattern = calloc(f->n_functions * hours->n_groups + 1, sizeof(double));
    f->group_of = malloc((n_times + 1) * sizeof *f->group_of);
    if (!f->coefficient || !f->pattern || !f->group_of) {
        autan_field_free(f);
        return AUTAN_NO_MEMORY;
    }
    for (size_t t = 0; t < n_times; t++)
        f->group_of[t] = SIZE_MAX;
    for (size_t k = 0; k < hours->n_groups; k++) {
        const autan_group *g = &hours->group[k];
        add_level(f, &g->pattern, g->q, 1.0, (column){f->pattern + k, hours->n_groups});
        for (size_t h = 0; h < g->n_hours; h++) {
            size_t t = g->hour[h].row;
            column out = {f->coefficient + t, n_times};
            f->group_of[t] = k;
            add_level(f, &g->mean, g->q, 1.0, out);
            add_level(f, &g->pattern, g->q, g->hour[h].amplitude, out);
            add_weights(f, g->hourly, g->m, g->station, g->alpha + h, g->n_hours, g->q,
                        g->beta + h, g->n_hours, 1.0, out);
        }
    }
    *field = f;
    return AUTAN_OK;
}

void autan_field_free(autan_field *field)
{
    if (!field)
        return;
    free(field->coefficient);
    free(field->pattern);
    free(field->group_of);
    free(field);
}

/* The functions of place at a block of places, and what the variance needs. */
typedef struct {
    size_t n;        /* places in the block */
    double *G;       /* BLOCK x n_functions */
    double *unknown; /* BLOCK x n_terms */
    double *mean;    /* BLOCK x n_rows */
    double *C;       /* BLOCK x n stations: covariances of one level */
    double *W;       /* BLOCK x n stations: kriging weights of one level */
    double *small;   /* n stations: one place's weights of missing stations */
    double *u;       /* BLOCK: the group's pattern */
    double *variance_mean, *variance_pattern, *variance_full; /* BLOCK */
    double *variance;                      /* hours of a group x BLOCK, by pattern */
    size_t variance_rows;
} block;

static void block_clear(block *b)
{
    free(b->G);
    free(b->unknown);
    free(b->mean);
    free(b->C);
    free(b->W);
    free(b->small);
    free(b->u);
    free(b->variance_mean);
    free(b->variance_pattern);
    free(b->variance_full);
    free(b->variance);
}

static int block_make(const autan_field *f, size_t n_rows, block *b)
{
    const size_t n = f->stations->n;
    for (size_t k = 0; k < f->hours->n_groups; k++) {
        if (f->hours->group[k].n_hours > b->variance_rows)
            b->variance_rows = f->hours->group[k].n_hours;
    }
    b->G = autan_matrix_new(BLOCK, f->n_functions);
    b->unknown = autan_matrix_new(BLOCK, f->hours->model->n_terms);
    b->mean = autan_matrix_new(BLOCK, n_rows);
    b->C = autan_matrix_new(BLOCK, n);
    b->W = autan_matrix_new(BLOCK, n);
    b->small = autan_matrix_new(n, 1);
    b->u = autan_matrix_new(BLOCK, 1);
    b->variance_mean = autan_matrix_new(BLOCK, 1);
    b->variance_pattern = autan_matrix_new(BLOCK, 1);
    b->variance_full = autan_matrix_new(BLOCK, 1);
    b->variance = autan_matrix_new(b->variance_rows, BLOCK);
    return b->G && b->unknown && b->mean && b->C && b->W && b->small && b->u &&
           b->variance_mean && b->variance_pattern && b->variance_full && b->variance;
}

static void fill_functions(const autan_field *f, const autan_sites *places, size_t first,
                           block *b)
{
    const autan_model *model = f->hours->model;
    const size_t n = f->stations->n, nf = f->n_functions, p = model->n_terms;
    const autan_sites part = {b->n, places->n_covariates, places->x + first,
                              places->y + first,
                              places->covariate + first * places->n_covariates};
    double *terms = b->W; /* free at this time; terms may outnumber stations */
    double *own = NULL;
    if (p > n)
        terms = own = autan_matrix_new(BLOCK, p);
    if (terms)
        autan_terms_values(p, model->term, &part, terms, b->unknown);
    for (size_t c = 0; c < b->n; c++) {
        double *g = b->G + c * nf;
        double *distance = b->small;
        for (size_t i = 0; i < n; i++) {
            double dx = part.x[c] - f->stations->x[i], dy = part.y[c] - f->stations->y[i];
            distance[i] = sqrt(dx * dx + dy * dy);
        }
        for (size_t j = 0; j < model->n_kernels; j++)
            autan_kernel_values(&model->kernel[j], n, distance, g + j * n);
        for (size_t k = 0; terms && k < p; k++) {
            int lost = model->flat && b->unknown[c * p + k] > 0.0;
            g[n * model->n_kernels + k] = lost ? NAN : terms[c * p + k];
        }
        g[nf - 1] = 1.0;
    }
    free(own);
}

/* Whether a flat term is not known at a place: its coefficient has no value there, and
 * nor has an hour that makes do without the trend, so that a place is empty at all
 * hours or at none. */
static int lacks_trend(const autan_field *f, const block *b, size_t c)
{
    const autan_model *model = f->hours->model;
    const double *term = b->G + c * f->n_functions + f->stations->n * model->n_kernels;
    for (size_t k = 0; k < model->n_terms; k++) {
        if (isnan(term[k]))
            return 1;
    }
    return 0;
}

/* Variance of one level at every place of the block, and its kriging weights in W. With
 * u, the pattern at the stations, the level's covariance has the pattern's u u' too. */
static void level_variance(const autan_field *f, const autan_krige *system,
                           const double *theta, size_t m, const size_t *station,
                           const double *u, block *b, double *variance)
{
    const autan_design *d = &f->hours->design;
    const size_t n = f->stations->n, nf = f->n_functions, q = system->q;
    double sills = theta[d->n_components - 1];

    for (size_t j = 0; j < d->n_kernels; j++)
        sills += theta[d->n_terms + j];
    for (size_t c = 0; c < b->n; c++) {
        const double *g = b->G + c * nf, *x = g + n * d->n_kernels;
        double *row = b->C + c * m;
        variance[c] = sills;
        for (size_t i = 0; i < m; i++) {
            double sum = 0.0;
            for (size_t j = 0; j < d->n_kernels; j++)
                sum += theta[d->n_terms + j] * g[j * n + station[i]];
            row[i] = sum;
        }
        if (u) {
            variance[c] += b->u[c] * b->u[c];
            for (size_t i = 0; i < m; i++)
                row[i] += b->u[c] * u[i];
        }
        for (size_t k = 0; k < d->n_terms; k++) {
            double t = theta[k] * x[k];
            if (theta[k] == 0.0)
                continue;
            variance[c] += t * x[k] + theta[k] * b->unknown[c * d->n_terms + k];
            for (size_t i = 0; i < m; i++)
                row[i] += t * d->x[station[i] * d->n_terms + k];
        }
    }
    /* Weights w = P c + B' f; variance c0 - c' w - f' (B c - G f). */
    autan_matrix_product(0, 0, b->n, m, m, 1.0, b->C, system->P, 0.0, b->W);
    for (size_t c = 0; c < b->n; c++) {
        const double *g = b->G + c * nf, *x = g + n * d->n_kernels;
        double *w = b->W + c * m, *row = b->C + c * m;
        for (size_t k = 0; k < q; k++) {
            double fk = k == 0 ? 1.0 : x[k - 1], Bc = 0.0, Gf = 0.0;
            const double *B = system->B + k * m;
            for (size_t i = 0; i < m; i++)
                Bc += B[i] * row[i];
            for (size_t l = 0; l < q; l++)
                Gf += system->G[k * q + l] * (l == 0 ? 1.0 : x[l - 1]);
            variance[c] -= fk * (Bc - Gf);
            for (size_t i = 0; i < m; i++)
                w[i] += fk * B[i];
        }
        for (size_t i = 0; i < m; i++)
            variance[c] -= row[i] * w[i];
    }
}

/* The hourly level's variance with the hour's stations missing. */
static void gaps_variance(const autan_group *g, const autan_hour *hour, block *b,
                             double *variance)
{
    for (size_t c = 0; c < b->n; c++) {
        const double *w = b->W + c * g->m;
        double added = 0.0;
        /* |L^-1 w|^2 by forward substitution. */
        for (size_t a = 0; a < hour->n_missing; a++) {
            const double *l = hour->L + a * hour->n_missing;
            double v = w[hour->missing[a]];
            for (size_t e = 0; e < a; e++)
                v -= l[e] * b->small[e];
            v /= l[a];
            b->small[a] = v;
            added += v * v;
        }
        variance[c] = b->variance_full[c] + added;
    }
}

static float root(double variance)
{
    /* Rounding can leave a variance just below 0; NaN passes. */
    return (float)sqrt(variance < 0.0 ? 0.0 : variance);
}

static void level_errors(const autan_field *f, const autan_level *level, block *b,
                         double *variance)
{
    if (level->m > 0)
        level_variance(f, &level->system, level->theta, level->m, level->station, NULL, b,
                       variance);
    else
        memset(variance, 0, BLOCK * sizeof *variance);
}

static void group_errors(const autan_field *f, size_t k, size_t first, size_t n_rows,
                         block *b, size_t stride, float *standard_error)
{
    const autan_group *g = &f->hours->group[k];
    int wanted = 0;
    for (size_t h = 0; h < g->n_hours; h++)
        wanted |= g->hour[h].row >= first && g->hour[h].row < first + n_rows;
    if (!wanted)
        return;
    level_errors(f, &g->mean, b, b->variance_mean);
    level_errors(f, &g->pattern, b, b->variance_pattern);
    if (g->u)
        autan_matrix_product_part(b->n, 1, f->n_functions, b->G, f->pattern + k,
                                  f->hours->n_groups, b->u);
    level_variance(f, &g->hour_system, g->hourly, g->m, g->station, g->u, b,
                   b->variance_full);
    for (size_t h = 0; h < g->n_hours; h++)
        b->variance[h * BLOCK] = -1.0; /* not computed yet */
    for (size_t h = 0; h < g->n_hours; h++) {
        const autan_hour *hour = &g->hour[h];
        const double square =
            hour->amplitude * hour->amplitude + hour->amplitude_variance;
        double *variance = b->variance + hour->same_as * BLOCK;
        if (hour->row < first || hour->row >= first + n_rows)
            continue;
        if (variance[0] == -1.0)
            gaps_variance(g, hour, b, variance);
        for (size_t c = 0; c < b->n; c++)
            standard_error[(hour->row - first) * stride + c] =
                root(b->variance_mean[c] + square * b->variance_pattern[c] +
                     hour->scale * variance[c]);
    }
}

static void evaluate_block(const autan_field *f, const autan_sites *places, size_t start,
                           size_t first, size_t n_rows, size_t stride, block *b, float *mean,
                           float *standard_error)
{
    fill_functions(f, places, start, b);
    if (mean) {
        autan_matrix_product_part(b->n, n_rows, f->n_functions, b->G, f->coefficient + first,
                                  f->n_times, b->mean);
        for (size_t k = 0; k < n_rows; k++) {
            int answered = f->group_of[first + k] != SIZE_MAX;
            for (size_t c = 0; c < b->n; c++)
                mean[k * stride + c] = answered ? (float)b->mean[c * n_rows + k] : NAN;
        }
    }
    if (standard_error) {
        for (size_t k = 0; k < n_rows; k++) {
            for (size_t c = 0; c < b->n; c++)
                standard_error[k * stride + c] = NAN;
        }
        for (size_t k = 0; k < f->hours->n_groups; k++)
            group_errors(f, k, first, n_rows, b, stride, standard_error);
        for (size_t c = 0; c < b->n; c++) {
            for (size_t k = 0; lacks_trend(f, b, c) && k < n_rows; k++)
                standard_error[k * stride + c] = NAN;
        }
    }
}

autan_status autan_field_evaluate(const autan_field *field, const autan_sites *places,
                                  size_t first, size_t n_rows, size_t stride, float *mean,
                                  float *standard_error)
{
    const long n_blocks = (long)((places->n + BLOCK - 1) / BLOCK);
    int failed = 0;
    autan_matrix_single_thread();
#pragma omp parallel
    {
        block b = {0};
        int ready = block_make(field, n_rows, &b);
        if (!ready) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for schedule(dynamic, 4)
        for (long k = 0; k < n_blocks; k++) {
            size_t start = (size_t)k * BLOCK;
            if (!ready)
                continue;
            b.n = places->n - start < BLOCK ? places->n - start : BLOCK;
            evaluate_block(field, places, start, first, n_rows, stride, &b,
                           mean ? mean + start : NULL,
                           standard_error ? standard_error + start : NULL);
        }
        block_clear(&b);
    }
    return failed ? AUTAN_NO_MEMORY : AUTAN_OK;
}

autan_status autan_field_average(const autan_field *field, const autan_sites *places,
                                 double *average)
{
    const size_t nf = field->n_functions, T = field->n_times;
    double *sum = autan_matrix_new(1, nf);
    size_t counted = 0;
    block b = {0};
    autan_status status = AUTAN_NO_MEMORY;

    if (!sum || !block_make(field, 1, &b))
        goto cleanup;
    memset(sum, 0, nf * sizeof *sum);
    for (size_t start = 0; start < places->n; start += BLOCK) {
        b.n = places->n - start < BLOCK ? places->n - start : BLOCK;
        fill_functions(field, places, start, &b);
        for (size_t c = 0; c < b.n; c++) {
            double total = 0.0;
            for (size_t k = 0; k < nf; k++)
                total += b.G[c * nf + k];
            if (isnan(total))
                continue;
            counted++;
            for (size_t k = 0; k < nf; k++)
                sum[k] += b.G[c * nf + k];
        }
    }
    for (size_t k = 0; k < nf; k++)
        sum[k] /= (double)counted;
    autan_matrix_product(0, 0, 1, T, nf, 1.0, sum, field->coefficient, 0.0, average);
    for (size_t t = 0; t < T; t++) {
        if (field->group_of[t] == SIZE_MAX || counted == 0)
            average[t] = NAN;
    }
    status = AUTAN_OK;

cleanup:
    free(sum);
    block_clear(&b);
    return status;
}
