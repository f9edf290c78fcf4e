#include "kriging/design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"

static double covariate_at(const autan_sites *sites, size_t i, size_t k)
{
    return sites->covariate[i * sites->n_covariates + k];
}

/* How far outside what the stations have, in standard deviations, an effect still
 * counts as linear. doc/model.md has what it gains. */
static const double BEYOND = 0.25;

/* Places without a covariate are alike when so many stations lack it. */
enum { ALIKE = 2 };

/* How much of its variance is then left there: a third of the standard deviation.
 * doc/model.md has what it gains. */
static const double GAP = 0.1;

/* The range of a covariate over the sites that know it, one left out (n: none). */
static void range_without(const autan_sites *sites, size_t k, size_t out, double *least,
                          double *most)
{
    *least = HUGE_VAL;
    *most = -HUGE_VAL;
    for (size_t i = 0; i < sites->n; i++) {
        const double v = covariate_at(sites, i, k);
        if (i == out || isnan(v))
            continue;
        *least = v < *least ? v : *least;
        *most = v > *most ? v : *most;
    }
}

/* Mean and standard deviation over the stations that know the covariate. */
static autan_term_verdict standardise(const autan_sites *stations, size_t k,
                                      int bounded, autan_term *term)
{
    double sum = 0.0, squares = 0.0, largest = 0.0, least, most, center, scale;
    size_t known = 0;
    for (size_t i = 0; i < stations->n; i++) {
        double v = covariate_at(stations, i, k);
        if (isnan(v))
            continue;
        sum += v;
        largest = fmax(largest, fabs(v));
        known++;
    }
    if (known < 3)
        return AUTAN_TERM_ABSENT;
    range_without(stations, k, stations->n, &least, &most);
    center = sum / (double)known;
    for (size_t i = 0; i < stations->n; i++) {
        double v = covariate_at(stations, i, k) - center;
        squares += isnan(v) ? 0.0 : v * v;
    }
    scale = sqrt(squares / (double)known);
    *term = (autan_term){.covariate = k,
                         .center = center,
                         .scale = scale,
                         .lower = bounded ? least - BEYOND * scale : -HUGE_VAL,
                         .upper = bounded ? most + BEYOND * scale : HUGE_VAL,
                         .gap = stations->n - known >= ALIKE ? GAP : 1.0};
    return scale > 1e-9 * largest ? AUTAN_TERM_USED : AUTAN_TERM_CONSTANT;
}

/* Whether two terms are missing at the same stations and linear copies elsewhere. */
static int same_direction(const autan_sites *stations, const autan_term *a,
                          const autan_term *b)
{
    double cross = 0.0;
    size_t both = 0;
    for (size_t i = 0; i < stations->n; i++) {
        double u = covariate_at(stations, i, a->covariate);
        double v = covariate_at(stations, i, b->covariate);
        if (!isnan(u) != !isnan(v))
            return 0;
        if (isnan(u))
            continue;
        cross += (u - a->center) / a->scale * (v - b->center) / b->scale;
        both++;
    }
    return fabs(cross) > 0.9999 * (double)both;
}

static int same_gaps(const autan_sites *stations, size_t k, size_t j)
{
    for (size_t i = 0; i < stations->n; i++) {
        if (!isnan(covariate_at(stations, i, k)) !=
            !isnan(covariate_at(stations, i, j)))
            return 0;
    }
    return 1;
}

/* Appends an indicator unless too few stations lack the covariate, or an earlier
 * indicator is the same. */
static void add_indicator(const autan_sites *stations, size_t k, autan_term *term,
                          size_t *n_terms)
{
    size_t missing = 0;
    double share;
    for (size_t i = 0; i < stations->n; i++)
        missing += isnan(covariate_at(stations, i, k)) ? 1 : 0;
    if (missing < ALIKE)
        return;
    for (size_t j = 0; j < *n_terms; j++) {
        if (term[j].indicator && same_gaps(stations, term[j].covariate, k))
            return;
    }
    share = (double)missing / (double)stations->n;
    term[(*n_terms)++] = (autan_term){.covariate = k,
                                      .indicator = 1,
                                      .center = share,
                                      .scale = sqrt(share * (1.0 - share)),
                                      .lower = -HUGE_VAL,
                                      .upper = HUGE_VAL};
}

void autan_terms_choose(const autan_sites *stations, size_t n_wanted,
                        const size_t *wanted, int shrunk, autan_term *term,
                        size_t *n_terms, autan_term_verdict *verdict)
{
    *n_terms = 0;
    for (size_t w = 0; w < n_wanted; w++) {
        autan_term *made = &term[*n_terms];
        verdict[w] = standardise(stations, wanted[w], shrunk, made);
        for (size_t j = 0; verdict[w] == AUTAN_TERM_USED && j < *n_terms; j++) {
            if (!term[j].indicator && same_direction(stations, &term[j], made))
                verdict[w] = AUTAN_TERM_REPEATED;
        }
        if (verdict[w] != AUTAN_TERM_USED)
            continue;
        (*n_terms)++;
        if (shrunk)
            add_indicator(stations, wanted[w], term, n_terms);
    }
}

double autan_term_value(const autan_term *term, double covariate, double *unknown)
{
    double within, beyond;
    *unknown = 0.0;
    if (term->indicator)
        return ((isnan(covariate) ? 1.0 : 0.0) - term->center) / term->scale;
    if (isnan(covariate)) {
        *unknown = term->gap;
        return 0.0;
    }
    within = covariate < term->lower   ? term->lower
             : covariate > term->upper ? term->upper
                                       : covariate;
    beyond = (covariate - within) / term->scale;
    *unknown = beyond * beyond < 1.0 ? beyond * beyond : 1.0;
    return (within - term->center) / term->scale;
}

void autan_terms_values(size_t n_terms, const autan_term *term,
                        const autan_sites *sites, double *x, double *unknown)
{
    for (size_t i = 0; i < sites->n; i++) {
        for (size_t k = 0; k < n_terms; k++) {
            double not_known;
            x[i * n_terms + k] = autan_term_value(
                &term[k], covariate_at(sites, i, term[k].covariate), &not_known);
            if (unknown)
                unknown[i * n_terms + k] = not_known;
        }
    }
}

void autan_terms_without(size_t n_terms, const autan_term *term,
                         const autan_sites *sites, double *shift, double *excess)
{
    for (size_t k = 0; k < n_terms; k++) {
        const size_t covariate = term[k].covariate;
        double first, last;
        range_without(sites, covariate, sites->n, &first, &last);
        for (size_t i = 0; i < sites->n; i++) {
            const double own = covariate_at(sites, i, covariate);
            autan_term others = term[k];
            double least, most, x, unknown, bound, beyond;
            shift[i * n_terms + k] = excess[i * n_terms + k] = 0.0;
            if (isinf(term[k].lower) || !(own == first || own == last))
                continue;
            range_without(sites, covariate, i, &least, &most);
            others.lower = fmax(term[k].lower, least - BEYOND * term[k].scale);
            others.upper = fmin(term[k].upper, most + BEYOND * term[k].scale);
            x = autan_term_value(&term[k], own, &unknown);
            bound = autan_term_value(&others, own, &beyond);
            shift[i * n_terms + k] = bound - x;
            excess[i * n_terms + k] = bound * bound - x * x + beyond - unknown;
        }
    }
}

static void fill_distance(const autan_design *d)
{
    for (size_t i = 0; i < d->n; i++) {
        for (size_t j = 0; j < d->n; j++)
            d->distance[i * d->n + j] = hypot(d->px[i] - d->px[j], d->py[i] - d->py[j]);
    }
}

static void fill_terms(autan_design *d)
{
    const size_t n = d->n, p = d->n_terms;
    for (size_t k = 0; k < p; k++) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++)
                d->K[k][i * n + j] = d->x[i * p + k] * d->x[j * p + k];
            d->K[k][i * n + i] += d->unknown[i * p + k];
        }
    }
}

void autan_design_set_kernels(autan_design *design, const autan_kernel *kernel)
{
    for (size_t j = 0; j < design->n_kernels; j++) {
        design->kernel[j] = kernel[j];
        if (design->K)
            autan_kernel_values(&kernel[j], design->n * design->n, design->distance,
                                design->K[design->n_terms + j]);
    }
}

/* The structure matrices, without the kernels'. */
static autan_status keep_matrices(autan_design *d)
{
    const size_t n = d->n;
    d->distance = autan_matrix_new(n, n);
    d->K = calloc(d->n_components, sizeof *d->K);
    for (size_t k = 0; d->K && k < d->n_components; k++) {
        d->K[k] = autan_matrix_new(n, n);
        if (!d->K[k])
            return AUTAN_NO_MEMORY;
    }
    if (!d->distance || !d->K)
        return AUTAN_NO_MEMORY;
    fill_distance(d);
    fill_terms(d);
    for (size_t i = 0; i < n * n; i++)
        d->K[d->n_components - 1][i] = i % (n + 1) == 0;
    return AUTAN_OK;
}

autan_status autan_design_make(const autan_sites *sites, size_t n_terms,
                               const autan_term *term, int flat, size_t n_kernels,
                               const autan_kernel *kernel, autan_design *design)
{
    const size_t n = sites->n;
    autan_design d = {.n = n,
                      .n_terms = flat ? 0 : n_terms,
                      .n_kernels = n_kernels,
                      .q = 1 + (flat ? n_terms : 0),
                      .x = autan_matrix_new(n, n_terms),
                      .unknown = autan_matrix_new(n, n_terms),
                      .px = autan_matrix_new(n, 1),
                      .py = autan_matrix_new(n, 1)};
    autan_status status = AUTAN_NO_MEMORY;
    d.n_components = d.n_terms + n_kernels + 1;
    d.F = autan_matrix_new(n, d.q);
    if (!d.x || !d.unknown || !d.px || !d.py || !d.F)
        goto cleanup;
    memcpy(d.px, sites->x, n * sizeof *d.px);
    memcpy(d.py, sites->y, n * sizeof *d.py);
    autan_terms_values(n_terms, term, sites, d.x, d.unknown);
    for (size_t i = 0; i < n; i++) {
        d.F[i * d.q] = 1.0;
        for (size_t k = 1; k < d.q; k++)
            d.F[i * d.q + k] = d.x[i * n_terms + k - 1];
    }
    status = n <= AUTAN_DESIGN_KEPT ? keep_matrices(&d) : AUTAN_OK;
    if (status != AUTAN_OK)
        goto cleanup;
    autan_design_set_kernels(&d, kernel);
    *design = d;
    d = (autan_design){0};

cleanup:
    autan_design_clear(&d);
    return status;
}

void autan_design_clear(autan_design *design)
{
    for (size_t k = 0; design->K && k < design->n_components; k++)
        free(design->K[k]);
    free(design->K);
    free(design->x);
    free(design->unknown);
    free(design->F);
    free(design->px);
    free(design->py);
    free(design->distance);
    *design = (autan_design){0};
}

/* Computed where the matrices are not kept; distance and value are m long, for work. */
static void compute_row(const autan_design *d, const double *theta, size_t place,
                        size_t m, const size_t *index, double *distance, double *value,
                        double *c)
{
    const size_t p = d->n_terms;
    for (size_t j = 0; j < m; j++) {
        const double dx = d->px[place] - d->px[index[j]];
        const double dy = d->py[place] - d->py[index[j]];
        distance[j] = sqrt(dx * dx + dy * dy);
    }
    memset(c, 0, m * sizeof *c);
    for (size_t k = 0; k < d->n_kernels; k++) {
        if (theta[p + k] == 0.0)
            continue;
        autan_kernel_values(&d->kernel[k], m, distance, value);
        for (size_t j = 0; j < m; j++)
            c[j] += theta[p + k] * value[j];
    }
    for (size_t k = 0; k < p; k++) {
        const double factor = theta[k] * d->x[place * p + k];
        for (size_t j = 0; factor != 0.0 && j < m; j++)
            c[j] += factor * d->x[index[j] * p + k];
    }
    for (size_t j = 0; j < m; j++) {
        if (index[j] != place)
            continue;
        c[j] += theta[d->n_components - 1];
        for (size_t k = 0; k < p; k++)
            c[j] += theta[k] * d->unknown[place * p + k];
    }
}

static void sum_row(const autan_design *d, const double *theta, size_t place, size_t m,
                    const size_t *index, double *c)
{
    memset(c, 0, m * sizeof *c);
    for (size_t k = 0; k < d->n_components; k++) {
        const double *row = d->K[k] + place * d->n;
        for (size_t j = 0; theta[k] != 0.0 && j < m; j++)
            c[j] += theta[k] * row[index[j]];
    }
}

autan_status autan_design_row(const autan_design *design, const double *theta,
                              size_t place, size_t m, const size_t *index, double *c)
{
    double *work;
    if (design->K) {
        sum_row(design, theta, place, m, index, c);
        return AUTAN_OK;
    }
    work = autan_matrix_new(2, m);
    if (!work)
        return AUTAN_NO_MEMORY;
    compute_row(design, theta, place, m, index, work, work + m, c);
    free(work);
    return AUTAN_OK;
}

autan_status autan_design_covariance(const autan_design *design, const double *theta,
                                     size_t m, const size_t *index, double *C)
{
    int failed = 0;
    for (size_t i = 0; design->K && i < m; i++)
        sum_row(design, theta, index[i], m, index, C + i * m);
    if (design->K)
        return AUTAN_OK;
#pragma omp parallel
    {
        double *work = autan_matrix_new(2, m);
        if (!work) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for schedule(dynamic, 16)
        for (size_t i = 0; i < m; i++) {
            if (work)
                compute_row(design, theta, index[i], i + 1, index, work, work + m,
                            C + i * m);
        }
        free(work);
    }
    for (size_t i = 0; i < m; i++) {
        for (size_t j = i + 1; j < m; j++)
            C[i * m + j] = C[j * m + i];
    }
    return failed ? AUTAN_NO_MEMORY : AUTAN_OK;
}
