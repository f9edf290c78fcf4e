#include "kriging/reml.h"

#include <math.h>
#include <nlopt.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/krige.h"
#include "kriging/matrix.h"

static double trace_of_product(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n * n; i++)
        sum += a[i] * b[i];
    return sum;
}

autan_status autan_reml_deviance(const autan_reml *problem, const double *theta,
                                 double *deviance, double *gradient)
{
    const size_t n = problem->n;
    double *C = autan_matrix_new(n, n);
    double *PS = autan_matrix_new(n, n);
    autan_krige krige = {0};
    autan_status status = AUTAN_NO_MEMORY;

    if (!C || !PS)
        goto cleanup;
    if (problem->C0)
        memcpy(C, problem->C0, n * n * sizeof(double));
    else
        memset(C, 0, n * n * sizeof(double));
    for (size_t j = 0; j < problem->m; j++) {
        const double *K = problem->K[j], factor = theta[j];
        if (factor == 0.0)
            continue;
#pragma omp simd
        for (size_t i = 0; i < n * n; i++)
            C[i] += factor * K[i];
    }
    status = autan_krige_factor(n, problem->q, C, problem->F, &krige);
    if (status != AUTAN_OK)
        goto cleanup;
    *deviance = problem->replicates * krige.log_determinant +
                trace_of_product(n, krige.P, problem->S);
    if (gradient) {
        /* C is done with: it takes P S P. */
        autan_matrix_product(0, 0, n, n, n, 1.0, krige.P, problem->S, 0.0, PS);
        autan_matrix_product(0, 0, n, n, n, 1.0, PS, krige.P, 0.0, C);
        for (size_t i = 0; i < n * n; i++)
            C[i] = problem->replicates * krige.P[i] - C[i];
        for (size_t j = 0; j < problem->m; j++)
            gradient[j] = trace_of_product(n, C, problem->K[j]);
    }

cleanup:
    autan_krige_clear(&krige);
    free(C);
    free(PS);
    return status;
}

/* What the prior adds to the deviance, and to its gradient unless NULL. */
static double penalty(const autan_reml_options *prior, size_t m, const double *theta,
                      double *gradient)
{
    double sum = 0.0;
    for (size_t j = 0; prior && j < m; j++) {
        const double least = 0.01 * prior->typical[j];
        double ratio;
        if (!(least > 0.0))
            continue;
        ratio = log((theta[j] + least) / (prior->typical[j] + least));
        sum += ratio * ratio / prior->variance;
        if (gradient)
            gradient[j] += 2.0 * ratio / ((theta[j] + least) * prior->variance);
    }
    return sum;
}

typedef struct {
    const autan_reml *problem;
    const autan_reml_options *options;
    double *theta, *gradient; /* unscaled work */
    const double *scale;      /* theta = scale * what the optimiser sees */
    double *best;             /* the lowest point met, with its deviance */
    double lowest;
} descent;

static double objective(unsigned m, const double *x, double *gradient, void *user)
{
    descent *d = user;
    double value;
    for (unsigned j = 0; j < m; j++)
        d->theta[j] = x[j] * d->scale[j];
    if (autan_reml_deviance(d->problem, d->theta, &value,
                            gradient ? d->gradient : NULL) != AUTAN_OK ||
        !isfinite(value)) {
        if (gradient)
            memset(gradient, 0, m * sizeof *gradient);
        return HUGE_VAL;
    }
    value += penalty(d->options, m, d->theta, gradient ? d->gradient : NULL);
    for (unsigned j = 0; gradient && j < m; j++)
        gradient[j] = d->gradient[j] * d->scale[j];
    if (value < d->lowest) {
        d->lowest = value;
        memcpy(d->best, d->theta, m * sizeof *d->best);
    }
    return value;
}

/* The size at which a component alone would explain the mean square of the data: it
 * brings all components to one scale. */
static double natural_scale(const autan_reml *problem, size_t j)
{
    double data = 0.0, unit = 0.0;
    for (size_t i = 0; i < problem->n; i++) {
        data += problem->S[i * problem->n + i] / problem->replicates;
        unit += problem->K[j][i * problem->n + i];
    }
    return data > 0.0 && unit > 0.0 ? data / unit : 1.0;
}

static void descend(descent *d, nlopt_algorithm algorithm, size_t m,
                    const double *lower, const double *upper, double *x)
{
    nlopt_opt optimiser = nlopt_create(algorithm, (unsigned)m);
    const double tolerance = d->options ? d->options->tolerance : 1e-10;
    double value;
    if (!optimiser)
        return;
    nlopt_set_lower_bounds(optimiser, lower);
    nlopt_set_upper_bounds(optimiser, upper);
    nlopt_set_min_objective(optimiser, objective, d);
    nlopt_set_ftol_rel(optimiser, tolerance);
    nlopt_set_xtol_rel(optimiser, 100.0 * tolerance);
    nlopt_set_maxeval(optimiser, 300);
    /* The best point met is kept in d, so that even a failed line search is of use. */
    nlopt_optimize(optimiser, x, &value);
    nlopt_destroy(optimiser);
}

autan_status autan_reml_fit(const autan_reml *problem,
                            const autan_reml_options *options, const double *lower,
                            const double *upper, double *theta, double *deviance)
{
    const size_t m = problem->m;
    double *work = autan_matrix_new(7, m ? m : 1);
    double *x = work, *low = work + m, *high = work + 2 * m, *scale = work + 3 * m;
    descent d = {
        .problem = problem, .options = options, .scale = scale, .lowest = HUGE_VAL};
    autan_status status;

    if (!work)
        return AUTAN_NO_MEMORY;
    d.theta = work + 4 * m;
    d.gradient = work + 5 * m;
    d.best = work + 6 * m;
    for (size_t j = 0; j < m; j++) {
        scale[j] = natural_scale(problem, j);
        low[j] = lower[j] / scale[j];
        high[j] = upper[j] / scale[j];
        x[j] = fmin(fmax(theta[j] / scale[j], low[j]), high[j]);
        d.best[j] = x[j] * scale[j];
    }
    status = autan_reml_deviance(problem, d.best, &d.lowest, NULL);
    if (status != AUTAN_OK)
        goto cleanup;
    d.lowest += penalty(options, m, d.best, NULL);
    if (m > 0) {
        descend(&d, NLOPT_LD_SLSQP, m, low, high, x);
        /* SLSQP may stop at a flat line search; a second method from its best point
         * costs a few evaluations when there is nothing left to gain. */
        for (size_t j = 0; j < m; j++)
            x[j] = fmin(fmax(d.best[j] / scale[j], low[j]), high[j]);
        descend(&d, NLOPT_LD_LBFGS, m, low, high, x);
    }
    memcpy(theta, d.best, m * sizeof *theta);
    if (deviance)
        *deviance = d.lowest;

cleanup:
    free(work);
    return status;
}

/* Full REML: the ranges outside, sills and nugget inside. */

enum { COMPONENTS_MAX = AUTAN_KERNELS_MAX + 1 };

typedef struct {
    const autan_reml_data *data;
    double *K[COMPONENTS_MAX];
    double theta[COMPONENTS_MAX]; /* the last optimum, start of the next */
    double upper;
    autan_covariance *trial, *best;
    double lowest;
} range_search;

static double profile(unsigned n_ranges, const double *log_range, double *gradient,
                      void *user)
{
    range_search *s = user;
    const autan_reml_data *data = s->data;
    const size_t n = data->n;
    autan_reml problem = {
        n,    data->q, n_ranges + 1,    data->F, (const double *const *)s->K,
        NULL, data->S, data->replicates};
    double lower[COMPONENTS_MAX] = {0}, upper[COMPONENTS_MAX], deviance;
    (void)gradient; /* the search is without derivatives */

    for (unsigned j = 0; j <= n_ranges; j++)
        upper[j] = s->upper;
    for (unsigned j = 0; j < n_ranges; j++) {
        s->trial->kernel[j].range_m = exp(log_range[j]);
        autan_kernel_values(&s->trial->kernel[j], n * n, data->distance, s->K[j]);
        s->theta[j] = fmax(s->theta[j], 1e-3 * s->upper / 1e3);
    }
    s->theta[n_ranges] = fmax(s->theta[n_ranges], 1e-3 * s->upper / 1e3);
    if (autan_reml_fit(&problem, NULL, lower, upper, s->theta, &deviance) != AUTAN_OK)
        return HUGE_VAL;
    if (deviance < s->lowest) {
        s->lowest = deviance;
        *s->best = *s->trial;
        for (unsigned j = 0; j < n_ranges; j++)
            s->best->sill[j] = s->theta[j];
        s->best->nugget = s->theta[n_ranges];
    }
    return deviance;
}

static void search_from(range_search *s, size_t n_ranges, double shortest,
                        double longest, double *log_range)
{
    double low[AUTAN_KERNELS_MAX], high[AUTAN_KERNELS_MAX], step[AUTAN_KERNELS_MAX],
        value;
    nlopt_opt optimiser = nlopt_create(NLOPT_LN_SBPLX, (unsigned)n_ranges);
    if (!optimiser)
        return;
    for (size_t j = 0; j < n_ranges; j++) {
        low[j] = log(shortest);
        high[j] = log(longest);
        step[j] = 0.3;
    }
    nlopt_set_lower_bounds(optimiser, low);
    nlopt_set_upper_bounds(optimiser, high);
    nlopt_set_initial_step(optimiser, step);
    nlopt_set_min_objective(optimiser, profile, s);
    nlopt_set_xtol_abs1(optimiser, 1e-5);
    nlopt_set_ftol_rel(optimiser, 1e-11);
    nlopt_set_maxeval(optimiser, 200 * (int)n_ranges);
    nlopt_optimize(optimiser, log_range, &value);
    nlopt_destroy(optimiser);
}

/* Ranges ascending, each with its sill. */
static void sort_by_range(autan_covariance *covariance)
{
    for (size_t i = 1; i < covariance->n; i++) {
        for (size_t j = i;
             j > 0 && covariance->kernel[j - 1].range_m > covariance->kernel[j].range_m;
             j--) {
            autan_kernel kernel = covariance->kernel[j];
            double sill = covariance->sill[j];
            covariance->kernel[j] = covariance->kernel[j - 1];
            covariance->sill[j] = covariance->sill[j - 1];
            covariance->kernel[j - 1] = kernel;
            covariance->sill[j - 1] = sill;
        }
    }
}

autan_status autan_reml_fit_covariance(const autan_reml_data *data, double shortest_m,
                                       double longest_m, autan_covariance *covariance,
                                       double *deviance)
{
    enum { STARTS = 4 };
    const size_t n = data->n, m = covariance->n;
    autan_covariance trial = *covariance, best = *covariance;
    range_search s = {.data = data, .trial = &trial, .best = &best, .lowest = HUGE_VAL};
    double mean_square = 0.0;
    autan_status status = AUTAN_NO_MEMORY;

    if (m == 0 || m > AUTAN_KERNELS_MAX || !(shortest_m > 0) ||
        !(longest_m > shortest_m))
        return AUTAN_BAD_ARGUMENT;
    for (size_t j = 0; j <= m; j++) {
        s.K[j] = autan_matrix_new(n, n);
        if (!s.K[j])
            goto cleanup;
    }
    for (size_t i = 0; i < n; i++) {
        mean_square += data->S[i * n + i] / data->replicates / (double)n;
        for (size_t k = 0; k < n; k++)
            s.K[m][i * n + k] = i == k;
    }
    s.upper = 1e3 * (mean_square > 0.0 ? mean_square : 1.0);
    /* Starts spread the ranges evenly, in logarithm, over ever wider parts. */
    for (int start = 0; start < STARTS; start++) {
        double log_range[AUTAN_KERNELS_MAX];
        double width = log(longest_m / shortest_m);
        for (size_t j = 0; j < m; j++)
            log_range[j] = log(shortest_m) + width *
                                                 ((double)(start + 1) / (STARTS + 1)) *
                                                 ((double)(j + 1) / (double)m);
        for (size_t j = 0; j <= m; j++)
            s.theta[j] = mean_square / (double)(m + 1);
        search_from(&s, m, shortest_m, longest_m, log_range);
    }
    status = isfinite(s.lowest) ? AUTAN_OK : AUTAN_SINGULAR;
    if (status == AUTAN_OK) {
        sort_by_range(&best);
        *covariance = best;
        if (deviance)
            *deviance = s.lowest;
    }

cleanup:
    for (size_t j = 0; j <= m; j++)
        free(s.K[j]);
    return status;
}
