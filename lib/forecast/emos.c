#include "forecast/emos.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"

enum { P = AUTAN_EMOS_MEAN_TERMS, Q = AUTAN_EMOS_SPREAD_TERMS };
enum { FEWEST = 10, SEASONED = 60 };

/* Prior means and standard deviations of the terms: a bias of any size, seasonal parts
 * of a few kelvin, guidance worth about what it says. */
static const double prior_mean[P] = {0, 0, 0, 0, 0, 1, 0, 0, 0};
static const double prior_sd[P] = {1e3, 1.5, 1.5, 0.6, 0.6, 0.2, 0.1, 0.1, 0.2};
static const double prior_spread_sd[Q] = {1e3, 0.3, 0.3, 0.5};
static const double FLOOR = 0.05; /* K^2, added to the members' variance */

/* Errors of days that follow each other are alike: so many count as one. */
static const double PERSISTENCE = 3.0;

static void mean_terms(double season, double mean, double regime, double x[P])
{
    const double c = cos(season), s = sin(season);
    const double terms[P] = {1,
                             c,
                             s,
                             cos(2 * season),
                             sin(2 * season),
                             mean,
                             mean * c,
                             mean * s,
                             isnan(regime) ? 0.0 : regime};
    memcpy(x, terms, sizeof terms);
}

static void spread_terms(double season, double variance, double x[Q])
{
    const double terms[Q] = {1, cos(season), sin(season), log(variance + FLOOR)};
    memcpy(x, terms, sizeof terms);
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static double quadratic(const double *C, const double x[P])
{
    double sum = 0.0;
    for (size_t i = 0; i < P; i++)
        sum += x[i] * dot(P, C + i * P, x);
    return sum;
}

typedef struct {
    size_t n;
    double *X, *V, *y;  /* n x P, n x Q, n */
    double *weight, *r; /* 1 / variance; squared error less its leverage */
} work;

/* Terms of the mean given the variances: a weighted ridge. uncertainty is their
 * covariance. */
static autan_status fit_mean(work *w, double *beta, double *uncertainty)
{
    double A[P * P] = {0}, b[P] = {0};
    autan_status status;
    for (size_t i = 0; i < w->n; i++) {
        const double *x = w->X + i * P;
        const double rest = w->y[i] - dot(P, x, prior_mean);
        const double weight = w->weight[i] / PERSISTENCE;
        for (size_t j = 0; j < P; j++) {
            b[j] += weight * x[j] * rest;
            for (size_t k = 0; k < P; k++)
                A[j * P + k] += weight * x[j] * x[k];
        }
    }
    for (size_t j = 0; j < P; j++)
        A[j * P + j] += 1.0 / (prior_sd[j] * prior_sd[j]);
    status = autan_matrix_cholesky(P, A, NULL);
    if (status == AUTAN_OK)
        status = autan_matrix_inverse_of_cholesky(P, A);
    if (status != AUTAN_OK)
        return status;
    for (size_t j = 0; j < P; j++)
        beta[j] = prior_mean[j] + dot(P, A + j * P, b);
    memcpy(uncertainty, A, sizeof A);
    for (size_t i = 0; i < w->n; i++) {
        const double *x = w->X + i * P;
        const double e = w->y[i] - dot(P, x, beta);
        const double leverage = w->weight[i] * quadratic(A, x);
        w->r[i] = e * e / fmax(1.0 - leverage, 0.1);
    }
    return AUTAN_OK;
}

/* One Fisher step of the terms of the log variance given the squared errors. */
static autan_status step_spread(const work *w, double *gamma)
{
    double A[Q * Q] = {0}, g[Q] = {0}, longest = 0.0;
    autan_status status;
    for (size_t i = 0; i < w->n; i++) {
        const double *x = w->V + i * Q;
        const double score = 0.5 * (w->r[i] / exp(dot(Q, x, gamma)) - 1.0);
        for (size_t j = 0; j < Q; j++) {
            g[j] += score * x[j];
            for (size_t k = 0; k < Q; k++)
                A[j * Q + k] += 0.5 * x[j] * x[k];
        }
    }
    for (size_t j = 0; j < Q; j++) {
        const double precision = 1.0 / (prior_spread_sd[j] * prior_spread_sd[j]);
        A[j * Q + j] += precision;
        g[j] -= precision * (j ? gamma[j] : 0.0);
    }
    status = autan_matrix_cholesky(Q, A, NULL);
    if (status != AUTAN_OK)
        return status;
    autan_matrix_solve_lower(0, Q, 1, A, g);
    autan_matrix_solve_lower(1, Q, 1, A, g);
    for (size_t j = 0; j < Q; j++)
        longest = fmax(longest, fabs(g[j]));
    for (size_t j = 0; j < Q; j++)
        gamma[j] += g[j] * fmin(1.0, 1.0 / fmax(longest, 1e-12));
    return AUTAN_OK;
}

static autan_status fit_work(work *w, autan_emos *emos)
{
    double sum = 0.0;
    autan_status status = AUTAN_OK;
    for (size_t i = 0; i < w->n; i++)
        w->weight[i] = 1.0;
    status = fit_mean(w, emos->mean, emos->uncertainty);
    for (size_t i = 0; i < w->n; i++)
        sum += w->r[i];
    memset(emos->spread, 0, sizeof emos->spread);
    emos->spread[0] = log(fmax(sum / (double)w->n, 1e-6));
    for (int round = 0; status == AUTAN_OK && round < 15; round++) {
        for (int k = 0; status == AUTAN_OK && k < 3; k++)
            status = step_spread(w, emos->spread);
        for (size_t i = 0; i < w->n; i++)
            w->weight[i] = exp(-dot(Q, w->V + i * Q, emos->spread));
        if (status == AUTAN_OK)
            status = fit_mean(w, emos->mean, emos->uncertainty);
    }
    return status;
}

static void work_clear(work *w)
{
    free(w->X);
    free(w->V);
    free(w->y);
    free(w->weight);
    free(w->r);
}

/* The complete cases. */
static autan_status gather(const autan_cases *cases, const autan_emos *emos, work *w)
{
    const size_t n = cases->n + 1;
    *w = (work){.X = autan_matrix_new(n, P),
                .V = autan_matrix_new(n, Q),
                .y = autan_matrix_new(n, 1),
                .weight = autan_matrix_new(n, 1),
                .r = autan_matrix_new(n, 1)};
    if (!w->X || !w->V || !w->y || !w->weight || !w->r)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < cases->n; i++) {
        if (!isfinite(cases->mean[i] + cases->variance[i] + cases->observed[i]))
            continue;
        mean_terms(cases->season[i], cases->mean[i] - emos->center,
                   cases->regime ? cases->regime[i] - emos->regime_center : 0.0,
                   w->X + w->n * P);
        spread_terms(cases->season[i], cases->variance[i], w->V + w->n * Q);
        w->y[w->n++] = cases->observed[i] - emos->center;
    }
    return AUTAN_OK;
}

autan_status autan_emos_fit(const autan_cases *cases, autan_emos *emos)
{
    autan_emos made = {0};
    work w = {0};
    double sum = 0.0, ranges = 0.0, known = 0.0;
    autan_status status;
    for (size_t i = 0; i < cases->n; i++) {
        if (!isfinite(cases->mean[i] + cases->variance[i] + cases->observed[i]))
            continue;
        sum += cases->mean[i];
        made.n++;
        if (!cases->regime || isnan(cases->regime[i]))
            continue;
        ranges += cases->regime[i];
        known++;
    }
    if (made.n < FEWEST) {
        made.step = AUTAN_EMOS_RAW;
        *emos = made;
        return AUTAN_OK;
    }
    made.step = made.n < SEASONED ? AUTAN_EMOS_SHORT : AUTAN_EMOS_FULL;
    made.center = sum / (double)made.n;
    made.regime_center = known > 0.0 ? ranges / known : 0.0;
    status = gather(cases, &made, &w);
    if (status == AUTAN_OK)
        status = fit_work(&w, &made);
    work_clear(&w);
    if (status == AUTAN_OK)
        *emos = made;
    return status;
}

void autan_emos_predict(const autan_emos *emos, const autan_guess *guess, double *value,
                        double *spread)
{
    double x[P], v[Q];
    if (emos->step == AUTAN_EMOS_RAW) {
        /* Raw ensembles at a site are too sure of themselves. */
        *value = guess->mean;
        *spread = 2.0 * sqrt(guess->variance + 1.0);
        return;
    }
    mean_terms(guess->season, guess->mean - emos->center,
               guess->regime - emos->regime_center, x);
    spread_terms(guess->season, guess->variance, v);
    *value = emos->center + dot(P, x, emos->mean);
    *spread = sqrt(exp(dot(Q, v, emos->spread)) + quadratic(emos->uncertainty, x));
}
