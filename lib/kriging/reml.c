#include "kriging/reml.h"

#include <float.h>
#include <math.h>
#include <nlopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/krige.h"
#include "kriging/matrix.h"

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void sum_components(const autan_reml *problem, const double *theta, double *C)
{
    const size_t n = problem->n;
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
}

/* The gradient from P; PS and M (n x n) are for work. */
static void fill_gradient(const autan_reml *problem, const double *P, double *PS,
                          double *M, double *gradient)
{
    const size_t n = problem->n;
    autan_matrix_product(0, 0, n, n, n, 1.0, P, problem->S, 0.0, PS);
    autan_matrix_product(0, 0, n, n, n, 1.0, PS, P, 0.0, M);
    for (size_t i = 0; i < n * n; i++)
        M[i] = problem->replicates * P[i] - M[i];
    for (size_t j = 0; j < problem->m; j++)
        gradient[j] = dot(n * n, M, problem->K[j]);
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
    sum_components(problem, theta, C);
    status = autan_krige_factor(n, problem->q, C, problem->F, &krige);
    if (status != AUTAN_OK)
        goto cleanup;
    *deviance =
        problem->replicates * krige.log_determinant + dot(n * n, krige.P, problem->S);
    if (gradient)
        fill_gradient(problem, krige.P, PS, C, gradient);

cleanup:
    autan_krige_clear(&krige);
    free(C);
    free(PS);
    return status;
}

/* What the prior adds to the deviance, to its gradient and to the expected second
 * derivatives, of which the part that is always positive is taken. */
static double penalty(const autan_reml_options *prior, size_t m, const double *theta,
                      double *gradient, double *information)
{
    double sum = 0.0;
    for (size_t j = 0; prior && j < m; j++) {
        const double least = 0.01 * prior->typical[j];
        double ratio;
        if (!(least > 0.0))
            continue;
        ratio = log((theta[j] + least) / (prior->typical[j] + least));
        sum += ratio * ratio / prior->variance;
        gradient[j] += 2.0 * ratio / ((theta[j] + least) * prior->variance);
        information[j * m + j] +=
            2.0 / ((theta[j] + least) * (theta[j] + least) * prior->variance);
    }
    return sum;
}

/* A component as the information matrix sees it: a covariate is of rank one, the nugget
 * diagonal, which spares two products of matrices each. */
typedef struct {
    enum { DENSE, RANK_ONE, DIAGONAL } form;
    const double *K;
    double *vector; /* n: K = vector vector', or its diagonal */
    double *image;  /* RANK_ONE: P vector; DENSE: P K, n x n */
} component;

typedef struct {
    const autan_reml *problem;
    const autan_reml_options *options;
    component *part;
    double *C, *PS, *M; /* n x n each */
} search;

/* A point with its deviance, prior included, the gradient and the expected second
 * derivatives. */
typedef struct {
    double *theta, *gradient, *information; /* m, m, m x m */
    double deviance;
} point;

static bool is_diagonal(size_t n, const double *K)
{
    for (size_t i = 0; i < n * n; i++) {
        if (K[i] != 0.0 && i % (n + 1) != 0)
            return false;
    }
    return true;
}

/* Whether K is vector vector' to rounding; vector is filled anyway. */
static bool is_rank_one(size_t n, const double *K, double *vector)
{
    size_t top = 0;
    for (size_t i = 0; i < n; i++)
        top = K[i * n + i] > K[top * n + top] ? i : top;
    for (size_t i = 0; i < n; i++)
        vector[i] = K[top * n + i] / sqrt(fmax(K[top * n + top], DBL_MIN));
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            if (fabs(K[i * n + j] - vector[i] * vector[j]) > 1e-14 * K[top * n + top])
                return false;
        }
    }
    return true;
}

static void search_clear(search *s)
{
    for (size_t j = 0; s->part && j < s->problem->m; j++) {
        free(s->part[j].vector);
        free(s->part[j].image);
    }
    free(s->part);
    free(s->C);
    free(s->PS);
    free(s->M);
}

static autan_status search_start(search *s)
{
    const size_t n = s->problem->n;
    s->part = calloc(s->problem->m + 1, sizeof *s->part);
    s->C = autan_matrix_new(n, n);
    s->PS = autan_matrix_new(n, n);
    s->M = autan_matrix_new(n, n);
    if (!s->part || !s->C || !s->PS || !s->M)
        return AUTAN_NO_MEMORY;
    for (size_t j = 0; j < s->problem->m; j++) {
        component *c = &s->part[j];
        c->K = s->problem->K[j];
        c->vector = autan_matrix_new(n, 1);
        if (!c->vector)
            return AUTAN_NO_MEMORY;
        c->form = is_diagonal(n, c->K)              ? DIAGONAL
                  : is_rank_one(n, c->K, c->vector) ? RANK_ONE
                                                    : DENSE;
        for (size_t i = 0; c->form == DIAGONAL && i < n; i++)
            c->vector[i] = c->K[i * n + i];
        if (c->form != DIAGONAL) {
            c->image = autan_matrix_new(n, c->form == DENSE ? n : 1);
            if (!c->image)
                return AUTAN_NO_MEMORY;
        }
    }
    return AUTAN_OK;
}

/* tr(P A P B), P being n x n; the forms of a and b in the order of the enum. */
static double trace_of_pair(size_t n, const double *P, const component *a,
                            const component *b)
{
    double sum = 0.0;
    if (a->form == DENSE && b->form == DENSE) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < n; j++)
                sum += a->image[i * n + j] * b->image[j * n + i];
        }
    } else if (a->form == DENSE && b->form == RANK_ONE) {
        for (size_t i = 0; i < n; i++)
            sum += b->image[i] * dot(n, a->K + i * n, b->image);
    } else if (a->form == DENSE) {
        for (size_t i = 0; i < n; i++)
            sum += b->vector[i] * dot(n, a->image + i * n, P + i * n);
    } else if (a->form == RANK_ONE && b->form == RANK_ONE) {
        sum = dot(n, a->vector, b->image);
        sum *= sum;
    } else if (a->form == RANK_ONE) {
        for (size_t i = 0; i < n; i++)
            sum += b->vector[i] * a->image[i] * a->image[i];
    } else {
        for (size_t i = 0; i < n; i++) {
            double row = 0.0;
            for (size_t j = 0; j < n; j++)
                row += P[i * n + j] * P[i * n + j] * b->vector[j];
            sum += a->vector[i] * row;
        }
    }
    return sum;
}

static void fill_information(search *s, const double *P, double *information)
{
    const size_t n = s->problem->n, m = s->problem->m;
    for (size_t j = 0; j < m; j++) {
        component *c = &s->part[j];
        if (c->form == DENSE)
            autan_matrix_product(0, 0, n, n, n, 1.0, P, c->K, 0.0, c->image);
        else if (c->form == RANK_ONE)
            autan_matrix_product(0, 0, n, 1, n, 1.0, P, c->vector, 0.0, c->image);
    }
    for (size_t j = 0; j < m; j++) {
        for (size_t k = 0; k <= j; k++) {
            const component *a = &s->part[j], *b = &s->part[k];
            information[j * m + k] = information[k * m + j] =
                s->problem->replicates * (a->form <= b->form
                                              ? trace_of_pair(n, P, a, b)
                                              : trace_of_pair(n, P, b, a));
        }
    }
}

/* Fills all of a point from its theta. */
static autan_status evaluate(search *s, point *at)
{
    const autan_reml *problem = s->problem;
    const size_t n = problem->n;
    autan_krige krige = {0};
    autan_status status;
    sum_components(problem, at->theta, s->C);
    status = autan_krige_factor(n, problem->q, s->C, problem->F, &krige);
    if (status != AUTAN_OK)
        return status;
    at->deviance =
        problem->replicates * krige.log_determinant + dot(n * n, krige.P, problem->S);
    fill_gradient(problem, krige.P, s->PS, s->M, at->gradient);
    fill_information(s, krige.P, at->information);
    at->deviance +=
        penalty(s->options, problem->m, at->theta, at->gradient, at->information);
    autan_krige_clear(&krige);
    return isfinite(at->deviance) ? AUTAN_OK : AUTAN_SINGULAR;
}

/* The lowest point of the parabola through a point, its diagonal raised by damping,
 * within the bounds: by descent along one coordinate after the other. What the deviance
 * should fall by is returned. */
static double step_within(size_t m, const point *from, double damping,
                          const double *lower, const double *upper, double *step)
{
    enum { SWEEPS = 1000 };
    double promised = 0.0, moved = 1.0;
    memset(step, 0, m * sizeof *step);
    for (int sweep = 0; sweep < SWEEPS && moved > 1e-9 * promised; sweep++) {
        moved = 0.0;
        for (size_t j = 0; j < m; j++) {
            const double *row = from->information + j * m;
            const double curvature = row[j] * (1.0 + damping);
            double slope = from->gradient[j] + damping * row[j] * step[j], goal, change;
            if (!(curvature > 0.0))
                continue;
            slope += dot(m, row, step);
            goal = fmin(fmax(from->theta[j] + step[j] - slope / curvature, lower[j]),
                        upper[j]);
            change = goal - from->theta[j] - step[j];
            step[j] = goal - from->theta[j];
            moved -= change * (slope + 0.5 * change * curvature);
        }
        promised += moved;
    }
    return promised;
}

/* Fisher scoring from a point that is evaluated, with the damping of Levenberg and
 * Marquardt where the deviance does not fall as promised. The lowest point is in *at,
 * trial being for work. */
static void descend(search *s, const double *lower, const double *upper, double *step,
                    point *at, point *trial)
{
    enum { STEPS = 200 };
    static const double DAMPING_LEAST = 1e-2, DAMPING_MOST = 1e10;
    const size_t m = s->problem->m;
    const double tolerance = s->options ? s->options->tolerance : 1e-13;
    double damping = 0.0;
    for (int k = 0; k < STEPS && damping < DAMPING_MOST; k++) {
        double promised = step_within(m, at, damping, lower, upper, step);
        if (!(promised > tolerance * (1.0 + fabs(at->deviance))))
            return;
        for (size_t j = 0; j < m; j++)
            trial->theta[j] = fmin(fmax(at->theta[j] + step[j], lower[j]), upper[j]);
        if (evaluate(s, trial) == AUTAN_OK &&
            at->deviance - trial->deviance > 1e-3 * promised) {
            point lowest = *trial;
            damping = at->deviance - trial->deviance > 0.25 * promised &&
                              damping > DAMPING_LEAST
                          ? 0.1 * damping
                      : damping > DAMPING_LEAST ? damping
                                                : 0.0;
            *trial = *at;
            *at = lowest;
        } else {
            damping = fmax(10.0 * damping, DAMPING_LEAST);
        }
    }
}

autan_status autan_reml_fit(const autan_reml *problem,
                            const autan_reml_options *options, const double *lower,
                            const double *upper, double *theta, double *deviance)
{
    const size_t m = problem->m;
    double *work = autan_matrix_new(2 * m + 5, m ? m : 1);
    search s = {.problem = problem, .options = options};
    autan_status status = AUTAN_NO_MEMORY;
    if (work)
        status = search_start(&s);
    if (status == AUTAN_OK) {
        point at = {work, work + m, work + 2 * m, 0.0};
        double *rest = work + (2 + m) * m;
        point trial = {rest, rest + m, rest + 2 * m, 0.0};
        for (size_t j = 0; j < m; j++)
            at.theta[j] = fmin(fmax(theta[j], lower[j]), upper[j]);
        status = evaluate(&s, &at);
        if (status == AUTAN_OK) {
            descend(&s, lower, upper, rest + (2 + m) * m, &at, &trial);
            memcpy(theta, at.theta, m * sizeof *theta);
            if (deviance)
                *deviance = at.deviance;
        }
    }
    search_clear(&s);
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
