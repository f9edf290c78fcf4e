/* Restricted maximum likelihood beside closed forms, finite differences, gstat, nlme and
 * scipy. The optima of scipy are those that tests/reference/reml_optimum.py prints. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/covariance.h"
#include "kriging/matrix.h"
#include "kriging/reml.h"
#include "support.h"

/* Places, trend and replicates (a column each) of real data. */
typedef struct {
    size_t n, q, replicates;
    double *distance, *F, *data, *S;
} sample;

static void sample_clear(sample *s)
{
    free(s->distance);
    free(s->F);
    free(s->data);
    free(s->S);
}

static void fill_distance(sample *s, const double *x, const double *y)
{
    s->distance = autan_matrix_new(s->n, s->n);
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < s->n; j++)
            s->distance[i * s->n + j] = hypot(x[i] - x[j], y[i] - y[j]);
    }
}

static void fill_squares(sample *s)
{
    s->S = autan_matrix_new(s->n, s->n);
    autan_matrix_product(0, 1, s->n, s->n, s->replicates, 1.0, s->data, s->data, 0.0, s->S);
}

/* log(zinc) of the Meuse, trend 1 or 1 and sqrt(dist). */
static bool meuse(bool with_distance, sample *s)
{
    csv_table t;
    double *x, *y, *distance;
    if (!table_shared("reference/kriging/meuse.csv", &t))
        return false;
    *s = (sample){.n = t.rows, .q = with_distance ? 2 : 1, .replicates = 1};
    x = table_numbers(&t, "x");
    y = table_numbers(&t, "y");
    distance = table_numbers(&t, "dist");
    s->data = table_numbers(&t, "zinc");
    s->F = autan_matrix_new(s->n, s->q);
    for (size_t i = 0; i < s->n; i++) {
        s->data[i] = log(s->data[i]);
        s->F[i * s->q] = 1.0;
        if (with_distance)
            s->F[i * s->q + 1] = sqrt(distance[i]);
    }
    fill_distance(s, x, y);
    fill_squares(s);
    free(x);
    free(y);
    free(distance);
    table_clear(&t);
    return true;
}

/* All 23 stations of Berlin at one hour of the 31 days of a month ("2019-07"), in which
 * none is missing; constant trend. Places on a plane as in reml_optimum.py. */
static bool berlin(const char *month, const char *hour, sample *s)
{
    enum { DAYS = 31 };
    const double degree = acos(-1.0) / 180.0, earth_m = 6371000.0;
    csv_table stations, readings;
    double *x, *y;
    size_t found = 0;
    if (!table_shared("data/berlin/stations.csv", &stations))
        return false;
    ck_assert(table_shared("data/berlin/observations.csv.gz", &readings));
    *s = (sample){.n = stations.rows, .q = 1, .replicates = DAYS};
    x = table_numbers(&stations, "longitude");
    y = table_numbers(&stations, "latitude");
    s->F = autan_matrix_new(s->n, 1);
    s->data = autan_matrix_new(s->n, DAYS);
    for (size_t i = 0; i < s->n; i++) {
        x[i] = earth_m * cos(52.5 * degree) * (x[i] - 13.4) * degree;
        y[i] = earth_m * (y[i] - 52.5) * degree;
        s->F[i] = 1.0;
    }
    for (size_t k = 0; k < readings.rows; k++) {
        const char *time = readings.field[3 * k];
        size_t i = 0;
        if (strncmp(time, month, 7) != 0 || strcmp(time + 10, hour) != 0)
            continue;
        while (strcmp(readings.field[3 * k + 1], table_text(&stations, i, "station")) != 0)
            i++;
        s->data[i * DAYS + (size_t)atoi(time + 8) - 1] =
            strtod(readings.field[3 * k + 2], NULL);
        found++;
    }
    ck_assert_uint_eq(found, s->n * DAYS);
    fill_distance(s, x, y);
    fill_squares(s);
    free(x);
    free(y);
    table_clear(&stations);
    table_clear(&readings);
    return true;
}

/* A REML problem that owns its matrices, K of kernels and the identity last. */
typedef struct {
    autan_reml problem;
    double *K[AUTAN_KERNELS_MAX + 1];
} kernels_problem;

static kernels_problem problem_of(const sample *s, size_t n_kernels,
                                  const autan_kernel *kernel)
{
    kernels_problem p = {.problem = {.n = s->n, .q = s->q, .m = n_kernels + 1, .F = s->F,
                                     .S = s->S, .replicates = (double)s->replicates}};
    for (size_t j = 0; j <= n_kernels; j++) {
        p.K[j] = autan_matrix_new(s->n, s->n);
        for (size_t i = 0; j == n_kernels && i < s->n * s->n; i++)
            p.K[j][i] = i % (s->n + 1) == 0;
        if (j < n_kernels)
            autan_kernel_values(&kernel[j], s->n * s->n, s->distance, p.K[j]);
    }
    return p;
}

static const autan_reml *bind_problem(kernels_problem *p)
{
    p->problem.K = (const double *const *)p->K;
    return &p->problem;
}

static void problem_clear(kernels_problem *p)
{
    for (size_t j = 0; j < p->problem.m; j++)
        free(p->K[j]);
}

/* Two readings a and b with covariance s I and a constant trend, by hand:
 * log|C| = 2 log s, log|F'C^-1F| = log(2 / s), y'Py = (a - b)^2 / (2 s). */
static const double two_F[] = {1, 1}, two_identity[] = {1, 0, 0, 1};
static const double *const two_K[] = {two_identity};

static double two_deviance(double s, double a, double b)
{
    return log(s) + log(2.0) + (a - b) * (a - b) / (2.0 * s);
}

START_TEST(two_readings_have_the_deviance_worked_out_by_hand)
{
    const double a = 5, b = 2, S[] = {a * a, a * b, a * b, b * b};
    const autan_reml problem = {2, 1, 1, two_F, two_K, NULL, S, 1.0};
    for (double s = 0.25; s < 100; s *= 2) {
        double deviance, gradient;
        ck_assert_int_eq(autan_reml_deviance(&problem, &s, &deviance, &gradient), AUTAN_OK);
        ck_assert_double_eq_tol(deviance, two_deviance(s, a, b), 1e-12);
        ck_assert_double_eq_tol(gradient, 1 / s - 9 / (2 * s * s), 1e-12);
    }
}
END_TEST

START_TEST(two_readings_have_half_their_squared_difference_as_variance)
{
    const double a = 5, b = 2, S[] = {a * a, a * b, a * b, b * b}, low = 0, high = 1e3;
    const autan_reml problem = {2, 1, 1, two_F, two_K, NULL, S, 1.0};
    double theta = 1, deviance;
    ck_assert_int_eq(autan_reml_fit(&problem, NULL, &low, &high, &theta, &deviance), AUTAN_OK);
    assert_relative(theta, 4.5, 1e-6);
    ck_assert_double_eq_tol(deviance, two_deviance(4.5, a, b), 1e-10);
}
END_TEST

/* A balanced one-way layout of 4 groups of 3. Where the between mean square exceeds the
 * within one, REML gives the analysis of variance's estimates: within MSE, between
 * (MSA - MSE) / 3 (Searle, Casella and McCulloch, Variance Components, 1992, section
 * 3.8). Otherwise between is 0 and within the variance of all (n - 1). */
enum { GROUPS = 4, EACH = 3, ALL = GROUPS * EACH };

static void fit_one_way(const double *y, double theta[2])
{
    double F[ALL], between[ALL * ALL], identity[ALL * ALL], S[ALL * ALL];
    const double *const K[] = {between, identity};
    const double low[] = {0, 0}, high[] = {1e4, 1e4};
    const autan_reml problem = {ALL, 1, 2, F, K, NULL, S, 1.0};
    for (size_t i = 0; i < ALL; i++) {
        F[i] = 1;
        for (size_t j = 0; j < ALL; j++) {
            between[i * ALL + j] = i / EACH == j / EACH;
            identity[i * ALL + j] = i == j;
            S[i * ALL + j] = y[i] * y[j];
        }
    }
    ck_assert_int_eq(autan_reml_fit(&problem, NULL, low, high, theta, NULL), AUTAN_OK);
}

START_TEST(a_balanced_layout_has_the_components_of_the_analysis_of_variance)
{
    const double y[ALL] = {8, 9, 11, 14, 15, 15, 3, 6, 5, 20, 18, 22};
    double theta[2] = {1, 1}, grand = 0, within = 0, between = 0;
    for (size_t i = 0; i < ALL; i++)
        grand += y[i] / ALL;
    for (size_t g = 0; g < GROUPS; g++) {
        double mean = (y[g * EACH] + y[g * EACH + 1] + y[g * EACH + 2]) / EACH;
        between += EACH * (mean - grand) * (mean - grand) / (GROUPS - 1);
        for (size_t i = g * EACH; i < (g + 1) * EACH; i++)
            within += (y[i] - mean) * (y[i] - mean) / (ALL - GROUPS);
    }
    fit_one_way(y, theta);
    assert_relative(theta[0], (between - within) / EACH, 1e-5);
    assert_relative(theta[1], within, 1e-5);
}
END_TEST

START_TEST(a_component_that_the_data_do_not_support_ends_at_exactly_0)
{
    /* All groups have the mean 10: the between mean square is 0. */
    const double y[ALL] = {8, 10, 12, 9, 10, 11, 7, 10, 13, 6, 10, 14};
    double theta[2] = {5, 5};
    fit_one_way(y, theta);
    ck_assert_double_eq(theta[0], 0.0);
    assert_relative(theta[1], 60.0 / 11, 1e-6); /* 2 (4 + 1 + 9 + 16) / 11 */
}
END_TEST

START_TEST(the_optimum_stays_within_its_bounds)
{
    const double a = 5, b = 2, S[] = {a * a, a * b, a * b, b * b};
    const autan_reml problem = {2, 1, 1, two_F, two_K, NULL, S, 1.0};
    const double low[] = {0, 6}, high[] = {3, 10}, start[] = {50, 0};
    for (int k = 0; k < 2; k++) {
        double theta = start[k], deviance;
        ck_assert_int_eq(autan_reml_fit(&problem, NULL, &low[k], &high[k], &theta, &deviance),
                         AUTAN_OK);
        /* The free optimum, 4.5, lies above the first and below the second. */
        assert_relative(theta, k == 0 ? 3.0 : 6.0, 1e-9);
        ck_assert_double_eq_tol(deviance, two_deviance(theta, a, b), 1e-10);
    }
}
END_TEST

/* Random positive semidefinite matrices; seed fixed. */
static void random_problem(size_t n, size_t m, double *F, double **K, double *C0, double *S)
{
    uint64_t state = 42;
    double *root = autan_matrix_new(n, n);
    for (size_t j = 0; j < m + 2; j++) {
        double *target = j < m ? K[j] : j == m ? C0 : S;
        for (size_t i = 0; i < n * n; i++)
            root[i] = uniform(&state) - 0.5;
        autan_matrix_product(0, 1, n, n, n, 1.0, root, root, 0.0, target);
    }
    for (size_t i = 0; i < n; i++) {
        F[2 * i] = 1;
        F[2 * i + 1] = uniform(&state);
    }
    free(root);
}

START_TEST(the_gradient_is_that_of_finite_differences)
{
    enum { N = 9, M = 3 };
    double F[2 * N], k[M][N * N], C0[N * N], S[N * N], gradient[M];
    double *K[M] = {k[0], k[1], k[2]};
    const double theta[M] = {0.7, 0.02, 1.9};
    random_problem(N, M, F, K, C0, S);
    for (int fixed = 0; fixed < 2; fixed++) {
        const autan_reml problem = {N, 2, M, F, (const double *const *)K,
                                    fixed ? C0 : NULL, S, 3.5};
        double deviance;
        ck_assert_int_eq(autan_reml_deviance(&problem, theta, &deviance, gradient),
                         AUTAN_OK);
        for (size_t j = 0; j < M; j++) {
            double up[M], down[M], above, below, step = 1e-5 * theta[j];
            memcpy(up, theta, sizeof up);
            memcpy(down, theta, sizeof down);
            up[j] += step;
            down[j] -= step;
            ck_assert_int_eq(autan_reml_deviance(&problem, up, &above, NULL), AUTAN_OK);
            ck_assert_int_eq(autan_reml_deviance(&problem, down, &below, NULL), AUTAN_OK);
            ck_assert_double_eq_tol(gradient[j], (above - below) / (2 * step),
                                    1e-6 * (1 + fabs(gradient[j])));
        }
    }
}
END_TEST

START_TEST(replicates_multiply_the_deviance)
{
    enum { N = 8, M = 2 };
    double F[2 * N], k[M][N * N], C0[N * N], S[N * N], many[N * N];
    double *K[M] = {k[0], k[1]}, one, seven, gradient[2][M];
    const double theta[M] = {0.5, 0.3};
    random_problem(N, M, F, K, C0, S);
    for (size_t i = 0; i < N * N; i++)
        many[i] = 7 * S[i];
    const autan_reml single = {N, 2, M, F, (const double *const *)K, C0, S, 1};
    const autan_reml repeated = {N, 2, M, F, (const double *const *)K, C0, many, 7};
    ck_assert_int_eq(autan_reml_deviance(&single, theta, &one, gradient[0]), AUTAN_OK);
    ck_assert_int_eq(autan_reml_deviance(&repeated, theta, &seven, gradient[1]), AUTAN_OK);
    assert_relative(seven, 7 * one, 1e-13);
    for (size_t j = 0; j < M; j++)
        assert_relative(gradient[1][j], 7 * gradient[0][j], 1e-12);
}
END_TEST

START_TEST(a_fixed_part_is_a_component_that_does_not_move)
{
    enum { N = 8, M = 3 };
    double F[2 * N], k[M][N * N], unused[N * N], S[N * N], C0[N * N];
    double *K[M] = {k[0], k[1], k[2]}, free_part, fixed_part;
    const double theta[M] = {0.5, 0.3, 0.9};
    random_problem(N, M, F, K, unused, S);
    for (size_t i = 0; i < N * N; i++)
        C0[i] = theta[2] * k[2][i];
    const autan_reml all = {N, 2, M, F, (const double *const *)K, NULL, S, 1};
    const autan_reml fixed = {N, 2, 2, F, (const double *const *)K, C0, S, 1};
    ck_assert_int_eq(autan_reml_deviance(&all, theta, &free_part, NULL), AUTAN_OK);
    ck_assert_int_eq(autan_reml_deviance(&fixed, theta, &fixed_part, NULL), AUTAN_OK);
    assert_relative(fixed_part, free_part, 1e-13);
}
END_TEST

START_TEST(the_trend_of_the_data_does_not_matter)
{
    const double S[] = {25, 10, 10, 4};
    /* 1 000 is added to both readings: 1005 and 1002. */
    const double shifted[] = {1005. * 1005, 1005. * 1002, 1005. * 1002, 1002. * 1002};
    const autan_reml plain = {2, 1, 1, two_F, two_K, NULL, S, 1};
    const autan_reml moved = {2, 1, 1, two_F, two_K, NULL, shifted, 1};
    double theta = 2, one, other;
    ck_assert_int_eq(autan_reml_deviance(&plain, &theta, &one, NULL), AUTAN_OK);
    ck_assert_int_eq(autan_reml_deviance(&moved, &theta, &other, NULL), AUTAN_OK);
    ck_assert_double_eq_tol(one, other, 1e-8);
}
END_TEST

START_TEST(no_variance_at_all_is_singular_and_the_results_left_untouched)
{
    const double S[] = {25, 10, 10, 4}, theta = 0;
    const autan_reml problem = {2, 1, 1, two_F, two_K, NULL, S, 1};
    double deviance = 8, gradient = 9;
    ck_assert_int_eq(autan_reml_deviance(&problem, &theta, &deviance, &gradient),
                     AUTAN_SINGULAR);
    ck_assert_double_eq(deviance, 8);
    ck_assert_double_eq(gradient, 9);
}
END_TEST

START_TEST(a_start_without_likelihood_is_singular_and_left_untouched)
{
    /* Both components are 1 everywhere: no theta makes the sum positive definite. */
    const double ones[] = {1, 1, 1, 1}, S[] = {25, 10, 10, 4};
    const double *const K[] = {ones, ones};
    const double low[] = {0, 0}, high[] = {10, 10};
    const autan_reml problem = {2, 1, 2, two_F, K, NULL, S, 1};
    double theta[] = {12, 3}, deviance = 8;
    ck_assert_int_eq(autan_reml_fit(&problem, NULL, low, high, theta, &deviance), AUTAN_SINGULAR);
    ck_assert_double_eq(theta[0], 12);
    ck_assert_double_eq(theta[1], 3);
    ck_assert_double_eq(deviance, 8);
}
END_TEST

/* One place, one component, no trend: with theta the variance, the deviance is
 * log(theta) + S / theta with its minimum at S. A prior of vanishing variance holds theta
 * at its typical value, one of great variance leaves it, and one of 0 is none. */
START_TEST(a_prior_pulls_to_its_typical_value_as_strongly_as_its_variance_says)
{
    const double one = 1, S = 4, low = 0, high = 100, typical = 1, none = 0;
    const double *const K[] = {&one};
    const autan_reml problem = {1, 0, 1, NULL, K, NULL, &S, 1};
    const double small = 1e-8, great = 1e8;
    const autan_reml_options firm = {&typical, small, 1e-10}, faint = {&typical, great, 1e-10};
    const autan_reml_options absent = {&none, small, 1e-10}, middling = {&typical, one, 1e-10};
    double theta = 2;
    ck_assert_int_eq(autan_reml_fit(&problem, &firm, &low, &high, &theta, NULL), AUTAN_OK);
    ck_assert_double_eq_tol(theta, 1, 1e-4);
    ck_assert_int_eq(autan_reml_fit(&problem, &faint, &low, &high, &theta, NULL), AUTAN_OK);
    ck_assert_double_eq_tol(theta, 4, 1e-3);
    ck_assert_int_eq(autan_reml_fit(&problem, &absent, &low, &high, &theta, NULL), AUTAN_OK);
    ck_assert_double_eq_tol(theta, 4, 1e-3);
    ck_assert_int_eq(autan_reml_fit(&problem, &middling, &low, &high, &theta, NULL), AUTAN_OK);
    /* 1 / theta - 4 / theta^2 + 2 log((theta + 0.01) / 1.01) / (theta + 0.01) = 0 */
    ck_assert_double_eq_tol(1 / theta - 4 / (theta * theta) +
                                2 * log((theta + 0.01) / 1.01) / (theta + 0.01),
                            0, 1e-3);
}
END_TEST

START_TEST(nothing_to_fit_gives_the_deviance_of_the_fixed_part)
{
    const double S[] = {25, 10, 10, 4};
    const autan_reml problem = {2, 1, 0, two_F, NULL, two_identity, S, 1};
    double deviance;
    ck_assert_int_eq(autan_reml_fit(&problem, NULL, NULL, NULL, NULL, &deviance), AUTAN_OK);
    ck_assert_double_eq_tol(deviance, two_deviance(1, 5, 2), 1e-12);
}
END_TEST

/* log(zinc) of the Meuse on sqrt(dist), exponential with its range fixed at 340 m.
 * nlme 3.1-162 (R 4.2.2), gls(corExp(c(340, ratio), nugget = TRUE, fixed = TRUE), method =
 * "REML") optimised over ratio, and scipy 1.10.1 on the likelihood of
 * tests/reference/reml_optimum.py agree: nugget 0.0702124, sill 0.1587661, deviance
 * -125.408106. */
START_TEST(sills_with_the_range_fixed_are_those_of_nlme_and_scipy_to_1e_4)
{
    const autan_kernel kernel = {AUTAN_EXP, 340};
    const double low[] = {0, 0}, high[] = {10, 10};
    const double starts[][2] = {{0.1, 0.1}, {5, 1e-4}, {1e-3, 3}, {1, 0}};
    sample s;
    if (!meuse(true, &s))
        return;
    kernels_problem p = problem_of(&s, 1, &kernel);
    for (size_t k = 0; k < sizeof starts / sizeof *starts; k++) {
        double theta[] = {starts[k][0], starts[k][1]}, deviance;
        ck_assert_int_eq(autan_reml_fit(bind_problem(&p), NULL, low, high, theta, &deviance),
                         AUTAN_OK);
        assert_relative(theta[0], 0.15876611, 1e-4);
        assert_relative(theta[1], 0.07021241, 1e-4);
        ck_assert_double_eq_tol(deviance, -125.408105803, 1e-7);
    }
    problem_clear(&p);
    sample_clear(&s);
}
END_TEST

/* shared/reference/README.md gives gstat's fit.variogram.reml: nugget 0.0691947051, sill
 * 0.1613153781. That is no optimum of the restricted likelihood: gstat computes the
 * projection on the trend once, by ordinary least squares, and "keeps this constant
 * during iteration" (its reml.c). The deviance there is higher by 0.0024. */
START_TEST(sills_with_the_range_fixed_have_a_lower_deviance_than_gstats)
{
    const autan_kernel kernel = {AUTAN_EXP, 340};
    const double low[] = {0, 0}, high[] = {10, 10}, gstat[] = {0.1613153781, 0.0691947051};
    double theta[] = {0.1613153781, 0.0691947051}, deviance, at_gstat;
    sample s;
    if (!meuse(true, &s))
        return;
    kernels_problem p = problem_of(&s, 1, &kernel);
    ck_assert_int_eq(autan_reml_deviance(bind_problem(&p), gstat, &at_gstat, NULL), AUTAN_OK);
    ck_assert_int_eq(autan_reml_fit(bind_problem(&p), NULL, low, high, theta, &deviance), AUTAN_OK);
    ck_assert_double_lt(deviance, at_gstat - 0.002);
    assert_relative(theta[0], gstat[0], 0.02);
    assert_relative(theta[1], gstat[1], 0.02);
    problem_clear(&p);
    sample_clear(&s);
}
END_TEST

/* Fits sills, nugget and ranges of exponentials and demands: the deviance is no worse
 * than the reference optimum (1e-6 of slack where both stop), and it is really that of
 * the parameters given back, which obey limits and order. */
static autan_covariance fit_no_worse_than(const sample *s, size_t kernels, double shortest,
                                          double longest, double reference)
{
    const autan_reml_data data = {s->n, s->q, s->distance, s->F, s->S,
                                  (double)s->replicates};
    autan_covariance fitted = {.n = kernels};
    double deviance, again, theta[AUTAN_KERNELS_MAX + 1];
    for (size_t j = 0; j < kernels; j++)
        fitted.kernel[j].model = AUTAN_EXP;
    ck_assert_int_eq(
        autan_reml_fit_covariance(&data, shortest, longest, &fitted, &deviance), AUTAN_OK);
    ck_assert_msg(deviance <= reference + 1e-6, "deviance %.9f, reference %.9f", deviance,
                  reference);
    ck_assert_uint_eq(fitted.n, kernels);
    for (size_t j = 0; j < kernels; j++) {
        ck_assert_int_eq(fitted.kernel[j].model, AUTAN_EXP);
        ck_assert_double_ge(fitted.kernel[j].range_m, shortest * (1 - 1e-9));
        ck_assert_double_le(fitted.kernel[j].range_m, longest * (1 + 1e-9));
        ck_assert(j == 0 || fitted.kernel[j].range_m >= fitted.kernel[j - 1].range_m);
        ck_assert_double_ge(fitted.sill[j], 0.0);
        theta[j] = fitted.sill[j];
    }
    ck_assert_double_ge(fitted.nugget, 0.0);
    theta[kernels] = fitted.nugget;
    kernels_problem p = problem_of(s, kernels, fitted.kernel);
    ck_assert_int_eq(autan_reml_deviance(bind_problem(&p), theta, &again, NULL), AUTAN_OK);
    ck_assert_double_eq_tol(deviance, again, 1e-8);
    problem_clear(&p);
    return fitted;
}

/* scipy 1.10.1: deviance -126.850978879, nugget 0.0487116417, sill 0.149025832, range
 * 192.514141. nlme 3.1-162 (R 4.2.2), gls(log(zinc) ~ sqrt(dist), corExp(nugget = TRUE),
 * method = "REML"): -2 logLik - 153 log(2 pi) = -126.850978879, nugget 0.04871164, sill
 * 0.1490258, range 192.514120. */
START_TEST(one_exponential_on_the_meuse_is_no_worse_than_scipy_and_nlme)
{
    sample s;
    autan_covariance fitted;
    if (!meuse(true, &s))
        return;
    fitted = fit_no_worse_than(&s, 1, 10, 10000, -126.850978879);
    assert_relative(fitted.nugget, 0.0487116417, 1e-3);
    assert_relative(fitted.sill[0], 0.149025832, 1e-3);
    assert_relative(fitted.kernel[0].range_m, 192.514141, 1e-3);
    sample_clear(&s);
}
END_TEST

/* scipy 1.10.1: deviance -87.372327928, nugget 0.0360232156, sills 0.000122320193 and
 * 8.36162727, both ranges at the limit of 10 000 m. */
START_TEST(nested_exponentials_on_the_meuse_are_no_worse_than_scipy)
{
    sample s;
    if (!meuse(false, &s))
        return;
    fit_no_worse_than(&s, 2, 10, 10000, -87.372327928);
    sample_clear(&s);
}
END_TEST

/* scipy 1.10.1: deviance 1051.514512019, nugget 0.705545873, sill 1.06706804, range 9902.14936. */
START_TEST(pooled_july_nights_of_berlin_are_no_worse_than_scipy)
{
    sample s;
    autan_covariance fitted;
    if (!berlin("2019-07", "T02:00:00Z", &s))
        return;
    fitted = fit_no_worse_than(&s, 1, 100, 1e5, 1051.514512019);
    assert_relative(fitted.nugget, 0.705545873, 1e-3);
    assert_relative(fitted.sill[0], 1.06706804, 1e-3);
    assert_relative(fitted.kernel[0].range_m, 9902.14936, 1e-3);
    sample_clear(&s);
}
END_TEST

/* scipy 1.10.1: deviance 1051.417213513, nugget 1e-11, sills 0.718851668 and 1.05626215,
 * ranges 177.122102 and 10099.7929: the short kernel stands in for the nugget. */
START_TEST(nested_july_nights_of_berlin_are_no_worse_than_scipy)
{
    sample s;
    if (!berlin("2019-07", "T02:00:00Z", &s))
        return;
    fit_no_worse_than(&s, 2, 100, 1e5, 1051.417213513);
    sample_clear(&s);
}
END_TEST

/* scipy 1.10.1: deviance 285.942426914, nugget 0.179623437, sills 0.258862194 and
 * 0.505939666, ranges 6607.78141 and the limit of 100 000 m. */
START_TEST(nested_january_nights_of_berlin_are_no_worse_than_scipy)
{
    sample s;
    autan_covariance fitted;
    if (!berlin("2020-01", "T05:00:00Z", &s))
        return;
    fitted = fit_no_worse_than(&s, 2, 100, 1e5, 285.942426914);
    assert_relative(fitted.nugget, 0.179623437, 1e-2);
    assert_relative(fitted.kernel[0].range_m, 6607.78141, 1e-2);
    sample_clear(&s);
}
END_TEST

START_TEST(no_kernel_or_empty_limits_are_refused_and_the_covariance_left_untouched)
{
    const double distance[] = {0, 5, 5, 0}, S[] = {25, 10, 10, 4};
    const autan_reml_data data = {2, 1, distance, two_F, S, 1};
    const double limits[][2] = {{100, 100}, {100, 50}, {0, 100}, {-1, 100}, {NAN, 100},
                                {10, NAN}};
    autan_covariance given = {.n = 1, .nugget = 0.25}, before;
    double deviance = 8;
    given.kernel[0] = (autan_kernel){AUTAN_EXP, 33};
    given.sill[0] = 0.5;
    before = given;
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++)
        ck_assert_int_eq(autan_reml_fit_covariance(&data, limits[k][0], limits[k][1], &given,
                                                   &deviance),
                         AUTAN_BAD_ARGUMENT);
    ck_assert_mem_eq(&given, &before, sizeof given);
    given.n = before.n = 0;
    ck_assert_int_eq(autan_reml_fit_covariance(&data, 10, 100, &given, &deviance),
                     AUTAN_BAD_ARGUMENT);
    ck_assert_mem_eq(&given, &before, sizeof given);
    ck_assert_double_eq(deviance, 8);
}
END_TEST

START_TEST(every_model_can_be_fitted)
{
    sample s;
    if (!berlin("2019-07", "T02:00:00Z", &s))
        return;
    const autan_reml_data data = {s.n, s.q, s.distance, s.F, s.S, (double)s.replicates};
    for (int model = AUTAN_EXP; model < AUTAN_COVARIANCE_MODELS; model++) {
        autan_covariance fitted = {.n = 1};
        double deviance, plain;
        fitted.kernel[0].model = (autan_covariance_model)model;
        ck_assert_int_eq(autan_reml_fit_covariance(&data, 100, 1e5, &fitted, &deviance),
                         AUTAN_OK);
        ck_assert_int_eq(fitted.kernel[0].model, model);
        /* Better than no correlation at all. */
        const autan_kernel none = {AUTAN_EXP, 1e-3};
        const double low[] = {0, 0}, high[] = {100, 100};
        double theta[] = {0, 2};
        kernels_problem p = problem_of(&s, 1, &none);
        ck_assert_int_eq(autan_reml_fit(bind_problem(&p), NULL, low, high, theta, &plain),
                         AUTAN_OK);
        ck_assert_double_lt(deviance, plain - 10);
        problem_clear(&p);
    }
    sample_clear(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reml");
    TCase *deviance = tcase_create("deviance"), *fit = tcase_create("fit"),
          *full = tcase_create("full");
    /* Threads cost more than they gain at 23 to 155 places. */
    autan_matrix_single_thread();
    tcase_add_test(deviance, two_readings_have_the_deviance_worked_out_by_hand);
    tcase_add_test(deviance, the_gradient_is_that_of_finite_differences);
    tcase_add_test(deviance, replicates_multiply_the_deviance);
    tcase_add_test(deviance, a_fixed_part_is_a_component_that_does_not_move);
    tcase_add_test(deviance, the_trend_of_the_data_does_not_matter);
    tcase_add_test(deviance, no_variance_at_all_is_singular_and_the_results_left_untouched);
    suite_add_tcase(suite, deviance);

    tcase_set_timeout(fit, 120);
    tcase_add_test(fit, two_readings_have_half_their_squared_difference_as_variance);
    tcase_add_test(fit, a_balanced_layout_has_the_components_of_the_analysis_of_variance);
    tcase_add_test(fit, a_component_that_the_data_do_not_support_ends_at_exactly_0);
    tcase_add_test(fit, the_optimum_stays_within_its_bounds);
    tcase_add_test(fit, a_start_without_likelihood_is_singular_and_left_untouched);
    tcase_add_test(fit, nothing_to_fit_gives_the_deviance_of_the_fixed_part);
    tcase_add_test(fit,
                   a_prior_pulls_to_its_typical_value_as_strongly_as_its_variance_says);
    tcase_add_test(fit, sills_with_the_range_fixed_are_those_of_nlme_and_scipy_to_1e_4);
    tcase_add_test(fit, sills_with_the_range_fixed_have_a_lower_deviance_than_gstats);
    suite_add_tcase(suite, fit);

    tcase_set_timeout(full, 600);
    tcase_add_test(full, one_exponential_on_the_meuse_is_no_worse_than_scipy_and_nlme);
    tcase_add_test(full, nested_exponentials_on_the_meuse_are_no_worse_than_scipy);
    tcase_add_test(full, pooled_july_nights_of_berlin_are_no_worse_than_scipy);
    tcase_add_test(full, nested_july_nights_of_berlin_are_no_worse_than_scipy);
    tcase_add_test(full, nested_january_nights_of_berlin_are_no_worse_than_scipy);
    tcase_add_test(
        full, no_kernel_or_empty_limits_are_refused_and_the_covariance_left_untouched);
    tcase_add_test(full, every_model_can_be_fitted);
    suite_add_tcase(suite, full);
    return support_run(suite);
}
