#include "kriging/design.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"

static double covariate_at(const autan_sites *sites, size_t i, size_t k)
{
    return sites->covariate[i * sites->n_covariates + k];
}

/* Mean and standard deviation over the stations that know the covariate. */
static autan_term_verdict standardise(const autan_sites *stations, size_t k,
                                      autan_term *term)
{
    double sum = 0.0, squares = 0.0, largest = 0.0;
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
    for (size_t i = 0; i < stations->n; i++) {
        double v = covariate_at(stations, i, k) - sum / (double)known;
        squares += isnan(v) ? 0.0 : v * v;
    }
    *term = (autan_term){k, 0, sum / (double)known, sqrt(squares / (double)known)};
    return term->scale > 1e-9 * largest ? AUTAN_TERM_USED : AUTAN_TERM_CONSTANT;
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
        if (!isnan(covariate_at(stations, i, k)) != !isnan(covariate_at(stations, i, j)))
            return 0;
    }
    return 1;
}

/* Appends an indicator unless no or one station lacks the covariate, or an earlier
 * indicator is the same. */
static void add_indicator(const autan_sites *stations, size_t k, autan_term *term,
                          size_t *n_terms)
{
    size_t missing = 0;
    double share;
    for (size_t i = 0; i < stations->n; i++)
        missing += isnan(covariate_at(stations, i, k)) ? 1 : 0;
    if (missing < 2)
        return;
    for (size_t j = 0; j < *n_terms; j++) {
        if (term[j].indicator && same_gaps(stations, term[j].covariate, k))
            return;
    }
    share = (double)missing / (double)stations->n;
    term[(*n_terms)++] = (autan_term){k, 1, share, sqrt(share * (1.0 - share))};
}

void autan_terms_choose(const autan_sites *stations, size_t n_wanted, const size_t *wanted,
                        int with_indicators, autan_term *term, size_t *n_terms,
                        autan_term_verdict *verdict)
{
    *n_terms = 0;
    for (size_t w = 0; w < n_wanted; w++) {
        autan_term *made = &term[*n_terms];
        verdict[w] = standardise(stations, wanted[w], made);
        for (size_t j = 0; verdict[w] == AUTAN_TERM_USED && j < *n_terms; j++) {
            if (!term[j].indicator && same_direction(stations, &term[j], made))
                verdict[w] = AUTAN_TERM_REPEATED;
        }
        if (verdict[w] != AUTAN_TERM_USED)
            continue;
        (*n_terms)++;
        if (with_indicators)
            add_indicator(stations, wanted[w], term, n_terms);
    }
}

void autan_terms_values(size_t n_terms, const autan_term *term, const autan_sites *sites,
                        double *x, double *unknown)
{
    for (size_t i = 0; i < sites->n; i++) {
        for (size_t k = 0; k < n_terms; k++) {
            double v = covariate_at(sites, i, term[k].covariate);
            int missing = isnan(v);
            double raw = term[k].indicator ? (double)missing : missing ? term[k].center : v;
            x[i * n_terms + k] = (raw - term[k].center) / term[k].scale;
            if (unknown)
                unknown[i * n_terms + k] = missing && !term[k].indicator ? 1.0 : 0.0;
        }
    }
}

static void fill_distance(const autan_sites *sites, double *distance)
{
    for (size_t i = 0; i < sites->n; i++) {
        for (size_t j = 0; j < sites->n; j++)
            distance[i * sites->n + j] =
                hypot(sites->x[i] - sites->x[j], sites->y[i] - sites->y[j]);
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
    for (size_t j = 0; j < design->n_kernels; j++)
        autan_kernel_values(&kernel[j], design->n * design->n, design->distance,
                            design->K[design->n_terms + j]);
}

autan_status autan_design_make(const autan_sites *sites, size_t n_terms,
                               const autan_term *term, int flat, size_t n_kernels,
                               const autan_kernel *kernel, autan_design *design)
{
    const size_t n = sites->n;
    autan_design d = {.n = n, .n_terms = flat ? 0 : n_terms, .n_kernels = n_kernels,
                      .q = 1 + (flat ? n_terms : 0)};
    double *x = autan_matrix_new(n, n_terms);
    d.n_components = d.n_terms + n_kernels + 1;
    d.unknown = autan_matrix_new(n, n_terms);
    d.F = autan_matrix_new(n, d.q);
    d.distance = autan_matrix_new(n, n);
    d.K = calloc(d.n_components, sizeof *d.K);
    for (size_t k = 0; d.K && k < d.n_components; k++) {
        d.K[k] = autan_matrix_new(n, n);
        if (!d.K[k])
            goto no_memory;
    }
    if (!x || !d.unknown || !d.F || !d.distance || !d.K)
        goto no_memory;
    autan_terms_values(n_terms, term, sites, x, d.unknown);
    for (size_t i = 0; i < n; i++) {
        d.F[i * d.q] = 1.0;
        for (size_t k = 1; k < d.q; k++)
            d.F[i * d.q + k] = x[i * n_terms + k - 1];
    }
    d.x = x;
    fill_distance(sites, d.distance);
    fill_terms(&d);
    autan_design_set_kernels(&d, kernel);
    for (size_t i = 0; i < n * n; i++)
        d.K[d.n_components - 1][i] = i % (n + 1) == 0;
    *design = d;
    return AUTAN_OK;

no_memory:
    if (!d.x)
        free(x);
    autan_design_clear(&d);
    return AUTAN_NO_MEMORY;
}

void autan_design_clear(autan_design *design)
{
    for (size_t k = 0; design->K && k < design->n_components; k++)
        free(design->K[k]);
    free(design->K);
    free(design->x);
    free(design->unknown);
    free(design->F);
    free(design->distance);
    *design = (autan_design){0};
}

void autan_design_covariance(const autan_design *design, const double *theta, size_t m,
                             const size_t *index, double *C)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++)
            C[i * m + j] = 0.0;
    }
    for (size_t k = 0; k < design->n_components; k++) {
        if (theta[k] == 0.0)
            continue;
        for (size_t i = 0; i < m; i++) {
            const double *row = design->K[k] + index[i] * design->n;
            for (size_t j = 0; j < m; j++)
                C[i * m + j] += theta[k] * row[index[j]];
        }
    }
}
