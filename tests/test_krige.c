/* Kriging beside gstat 2.1-0 (R 4.2.2) on the Meuse data set, files of
 * shared/reference/kriging, and its identities beside really refitting. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/covariance.h"
#include "kriging/krige.h"
#include "kriging/matrix.h"
#include "support.h"

#define GSTAT "reference/kriging/"

/* Data with a known covariance and trend. */
typedef struct {
    size_t n, q;
    double *x, *y, *value;
    double *F; /* n x q */
    autan_covariance covariance;
    double *C; /* n x n, nugget on its diagonal */
    autan_krige krige;
    double *alpha, *beta;
} system_of;

static double *copy_of(size_t count, const double *source)
{
    double *copy = malloc(count * sizeof *copy);
    memcpy(copy, source, count * sizeof *copy);
    return copy;
}

static autan_covariance covariance_of(const char *text)
{
    autan_covariance covariance;
    size_t column;
    ck_assert_int_eq(autan_covariance_parse(text, &covariance, &column), AUTAN_OK);
    return covariance;
}

/* Covariances of one place with all data, without the nugget. */
static void covariances_with(const system_of *s, double x, double y, double *c)
{
    for (size_t i = 0; i < s->n; i++)
        c[i] = hypot(s->x[i] - x, s->y[i] - y);
    autan_covariance_values(&s->covariance, s->n, c, c);
}

static void system_factor(system_of *s)
{
    s->C = autan_matrix_new(s->n, s->n);
    for (size_t i = 0; i < s->n; i++) {
        covariances_with(s, s->x[i], s->y[i], s->C + i * s->n);
        s->C[i * s->n + i] += s->covariance.nugget;
    }
    ck_assert_int_eq(autan_krige_factor(s->n, s->q, s->C, s->F, &s->krige), AUTAN_OK);
    s->alpha = autan_matrix_new(s->n, 1);
    s->beta = autan_matrix_new(s->q, 1);
    autan_krige_weights(&s->krige, 1, s->value, s->alpha, s->beta);
}

static void system_clear(system_of *s)
{
    free(s->x);
    free(s->y);
    free(s->value);
    free(s->F);
    free(s->C);
    free(s->alpha);
    free(s->beta);
    autan_krige_clear(&s->krige);
}

/* log(zinc) with a constant trend, or one linear in sqrt(dist). */
static bool meuse(bool with_distance, const char *covariance, system_of *s)
{
    csv_table t;
    double *distance;
    if (!table_shared(GSTAT "meuse.csv", &t))
        return false;
    *s = (system_of){.n = t.rows, .q = with_distance ? 2 : 1};
    s->covariance = covariance_of(covariance);
    s->x = table_numbers(&t, "x");
    s->y = table_numbers(&t, "y");
    s->value = table_numbers(&t, "zinc");
    distance = table_numbers(&t, "dist");
    s->F = autan_matrix_new(s->n, s->q);
    for (size_t i = 0; i < s->n; i++) {
        s->value[i] = log(s->value[i]);
        s->F[i * s->q] = 1.0;
        if (with_distance)
            s->F[i * s->q + 1] = sqrt(distance[i]);
    }
    free(distance);
    table_clear(&t);
    system_factor(s);
    return true;
}

#define ORDINARY  "0.59 sph 897 + 0.05 nugget"
#define UNIVERSAL "0.15 exp 340 + 0.08 nugget"

/* All 3 103 points of the grid against a file of predictions. */
static void compare_grid(bool with_distance, const char *covariance, const char *file,
                         bool with_nugget)
{
    system_of s;
    csv_table grid, answer;
    double *x, *y, *distance, *mean, *variance, *c, c0;
    if (!meuse(with_distance, covariance, &s))
        return;
    ck_assert(table_shared(GSTAT "meuse_grid.csv", &grid) &&
              table_shared(file, &answer));
    ck_assert_uint_eq(grid.rows, answer.rows);
    ck_assert_uint_eq(grid.rows, 3103);
    x = table_numbers(&grid, "x");
    y = table_numbers(&grid, "y");
    distance = table_numbers(&grid, "dist");
    mean = table_numbers(&answer, "var1.pred");
    variance = table_numbers(&answer, "var1.var");
    c = autan_matrix_new(s.n, 1);
    c0 = autan_covariance_variance(&s.covariance) -
         (with_nugget ? 0.0 : s.covariance.nugget);
    for (size_t k = 0; k < grid.rows; k++) {
        double f[2] = {1.0, sqrt(distance[k])}, got_mean, got_variance;
        covariances_with(&s, x[k], y[k], c);
        autan_krige_predict(&s.krige, c, f, c0, s.alpha, s.beta, &got_mean,
                            &got_variance);
        assert_relative(got_mean, mean[k], 1e-9);
        assert_relative(got_variance, variance[k], 1e-9);
    }
    free(x);
    free(y);
    free(distance);
    free(mean);
    free(variance);
    free(c);
    table_clear(&grid);
    table_clear(&answer);
    system_clear(&s);
}

START_TEST(ordinary_kriging_is_gstats_to_1e_9)
{
    compare_grid(false, ORDINARY, GSTAT "pred_meuse_ok_sph.csv", true);
}
END_TEST

START_TEST(universal_kriging_is_gstats_to_1e_9)
{
    compare_grid(true, UNIVERSAL, GSTAT "pred_meuse_uk_sqrtdist.csv", true);
}
END_TEST

START_TEST(the_nugget_as_measurement_error_is_gstats_to_1e_9)
{
    compare_grid(true, UNIVERSAL, GSTAT "pred_meuse_uk_err.csv", false);
}
END_TEST

static void compare_leave_one_out(bool with_distance, const char *covariance,
                                  const char *file)
{
    system_of s;
    csv_table answer;
    double *mean, *variance;
    if (!meuse(with_distance, covariance, &s))
        return;
    ck_assert(table_shared(file, &answer));
    ck_assert_uint_eq(answer.rows, s.n);
    mean = table_numbers(&answer, "var1.pred");
    variance = table_numbers(&answer, "var1.var");
    for (size_t i = 0; i < s.n; i++) {
        double error, got_variance;
        ck_assert_int_eq(
            autan_krige_leave_out(&s.krige, 1, &i, 1, s.alpha, &error, &got_variance),
            AUTAN_OK);
        assert_relative(s.value[i] - error, mean[i], 1e-9);
        assert_relative(got_variance, variance[i], 1e-9);
    }
    free(mean);
    free(variance);
    table_clear(&answer);
    system_clear(&s);
}

START_TEST(leave_one_out_of_ordinary_kriging_is_gstats_to_1e_9)
{
    compare_leave_one_out(false, ORDINARY, GSTAT "cv_meuse_ok_sph_loo.csv");
}
END_TEST

START_TEST(leave_one_out_of_universal_kriging_is_gstats_to_1e_9)
{
    compare_leave_one_out(true, UNIVERSAL, GSTAT "cv_meuse_uk_sqrtdist_loo.csv");
}
END_TEST

/* A made-up network: n places in 20 km with an intercept, x as a trend term and a
 * nested covariance, values with a trend, waves and noise. Seed fixed. */
static system_of network(size_t n)
{
    system_of s = {.n = n, .q = 2};
    uint64_t state = 20190630;
    s.covariance = covariance_of("0.3 exp 900 + 0.6 mat32 4000 + 0.1 nugget");
    s.x = autan_matrix_new(n, 1);
    s.y = autan_matrix_new(n, 1);
    s.value = autan_matrix_new(n, 1);
    s.F = autan_matrix_new(n, 2);
    for (size_t i = 0; i < n; i++) {
        s.x[i] = 20000 * uniform(&state);
        s.y[i] = 20000 * uniform(&state);
        s.F[2 * i] = 1.0;
        s.F[2 * i + 1] = s.x[i] / 10000;
        s.value[i] =
            18 + 2 * s.F[2 * i + 1] + sin(s.y[i] / 3000) + 0.3 * uniform(&state);
    }
    system_factor(&s);
    return s;
}

static bool contains(size_t count, const size_t *list, size_t i)
{
    for (size_t a = 0; a < count; a++) {
        if (list[a] == i)
            return true;
    }
    return false;
}

/* The system of the places that are not listed; place[k] is the old number of place k.
 */
static system_of remaining(const system_of *all, size_t count, const size_t *gone,
                           size_t *place)
{
    system_of s = {.n = all->n - count, .q = all->q, .covariance = all->covariance};
    size_t k = 0;
    s.x = autan_matrix_new(s.n, 1);
    s.y = autan_matrix_new(s.n, 1);
    s.value = autan_matrix_new(s.n, 1);
    s.F = autan_matrix_new(s.n, s.q);
    for (size_t i = 0; i < all->n; i++) {
        if (contains(count, gone, i))
            continue;
        place[k] = i;
        s.x[k] = all->x[i];
        s.y[k] = all->y[i];
        s.value[k] = all->value[i];
        memcpy(s.F + k * s.q, all->F + i * s.q, s.q * sizeof(double));
        k++;
    }
    system_factor(&s);
    return s;
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* c_a' P c_b + f_a' B c_b + f_b' B c_a - f_a' G f_b: what kriging takes off the
 * covariance of two places. Equation: expand Cov(Z_a - pred_a, Z_b - pred_b). */
static double explained(const autan_krige *k, const double *ca, const double *cb,
                        const double *fa, const double *fb)
{
    double sum = 0.0;
    for (size_t i = 0; i < k->n; i++)
        sum += ca[i] * dot(k->n, k->P + i * k->n, cb);
    for (size_t j = 0; j < k->q; j++)
        sum += fa[j] * dot(k->n, k->B + j * k->n, cb) +
               fb[j] * dot(k->n, k->B + j * k->n, ca) -
               fa[j] * dot(k->q, k->G + j * k->q, fb);
    return sum;
}

static void compare_block(const system_of *all, size_t size, const size_t *index)
{
    size_t *place = calloc(all->n, sizeof *place);
    double *error = autan_matrix_new(size, 1),
           *covariance = autan_matrix_new(size, size);
    system_of rest = remaining(all, size, index, place);
    double *c = autan_matrix_new(size, rest.n);

    ck_assert_int_eq(autan_krige_leave_out(&all->krige, size, index, 1, all->alpha,
                                           error, covariance),
                     AUTAN_OK);
    for (size_t a = 0; a < size; a++)
        covariances_with(&rest, all->x[index[a]], all->y[index[a]], c + a * rest.n);
    for (size_t a = 0; a < size; a++) {
        double mean;
        autan_krige_predict(&rest.krige, c + a * rest.n, all->F + index[a] * all->q, 0,
                            rest.alpha, rest.beta, &mean, NULL);
        ck_assert_double_eq_tol(error[a], all->value[index[a]] - mean, 1e-10);
        for (size_t b = 0; b < size; b++) {
            double want =
                all->C[index[a] * all->n + index[b]] -
                explained(&rest.krige, c + a * rest.n, c + b * rest.n,
                          all->F + index[a] * all->q, all->F + index[b] * all->q);
            ck_assert_double_eq_tol(covariance[a * size + b], want, 1e-10);
        }
    }
    system_clear(&rest);
    free(place);
    free(error);
    free(covariance);
    free(c);
}

START_TEST(leaving_out_any_one_place_equals_refitting_without_it)
{
    system_of s = network(30);
    for (size_t i = 0; i < s.n; i++)
        compare_block(&s, 1, &i);
    system_clear(&s);
}
END_TEST

START_TEST(leaving_out_a_block_equals_refitting_without_it)
{
    const size_t block[] = {29, 0, 3, 7, 8, 15, 21};
    system_of s = network(30);
    compare_block(&s, 2, block);
    compare_block(&s, 7, block);
    system_clear(&s);
}
END_TEST

START_TEST(leaving_out_scores_every_hour_alike)
{
    const size_t block[] = {4, 11};
    system_of s = network(20);
    double *y = autan_matrix_new(s.n, 3), *alpha = autan_matrix_new(s.n, 3);
    double beta[6], error[6], covariance[4], one_error[2], one_covariance[4];
    for (size_t i = 0; i < s.n; i++) {
        y[3 * i] = 2 * s.value[i];
        y[3 * i + 1] = s.value[i] + 7;
        y[3 * i + 2] = -s.value[i];
    }
    autan_krige_weights(&s.krige, 3, y, alpha, beta);
    ck_assert_int_eq(
        autan_krige_leave_out(&s.krige, 2, block, 3, alpha, error, covariance),
        AUTAN_OK);
    ck_assert_int_eq(autan_krige_leave_out(&s.krige, 2, block, 1, s.alpha, one_error,
                                           one_covariance),
                     AUTAN_OK);
    for (size_t a = 0; a < 2; a++) {
        /* Linear in the data, and a constant is in the trend. */
        ck_assert_double_eq_tol(error[3 * a], 2 * one_error[a], 1e-10);
        ck_assert_double_eq_tol(error[3 * a + 1], one_error[a], 1e-10);
        ck_assert_double_eq_tol(error[3 * a + 2], -one_error[a], 1e-10);
    }
    for (size_t k = 0; k < 4; k++)
        ck_assert_double_eq(covariance[k], one_covariance[k]);
    free(y);
    free(alpha);
    system_clear(&s);
}
END_TEST

/* Every identity of autan_krige_without and _reduced for one set of missing places. */
static void compare_missing(const system_of *all, size_t m, const size_t *missing)
{
    const size_t n = all->n;
    size_t *place = calloc(n, sizeof *place);
    system_of rest = remaining(all, m, missing, place);
    double *L = autan_matrix_new(m, m), *Q = autan_matrix_new(n, n);
    double *y = copy_of(n, all->value), *alpha = autan_matrix_new(n, 1);
    double *c = autan_matrix_new(n, 1), *w = autan_matrix_new(m, 1), beta[2];
    double f[2] = {1.0, 0.4}, full, less,
           c0 = autan_covariance_variance(&all->covariance);

    /* What stands at a missing place may not matter. */
    for (size_t a = 0; a < m; a++)
        y[missing[a]] = NAN;
    ck_assert_int_eq(autan_krige_without(&all->krige, m, missing, L, y), AUTAN_OK);
    autan_krige_weights(&all->krige, 1, y, alpha, beta);
    for (size_t a = 0; a < m; a++)
        ck_assert_double_eq_tol(alpha[missing[a]], 0.0, 1e-10);
    for (size_t k = 0; k < rest.n; k++)
        ck_assert_double_eq_tol(alpha[place[k]], rest.alpha[k], 1e-9);
    for (size_t k = 0; k < 2; k++)
        ck_assert_double_eq_tol(beta[k], rest.beta[k], 1e-9);

    for (size_t a = 0; a < m; a++) {
        double mean;
        covariances_with(&rest, all->x[missing[a]], all->y[missing[a]], c);
        autan_krige_predict(&rest.krige, c, all->F + missing[a] * 2, c0, rest.alpha,
                            rest.beta, &mean, NULL);
        ck_assert_double_eq_tol(y[missing[a]], mean, 1e-9);
    }

    /* At (4000, 9000), f = 0.4: weights of the data in the full system are P c + B' f.
     */
    covariances_with(all, 4000, 9000, c);
    autan_krige_predict(&all->krige, c, f, c0, NULL, NULL, NULL, &full);
    for (size_t a = 0; a < m; a++) {
        w[a] = dot(n, all->krige.P + missing[a] * n, c);
        for (size_t k = 0; k < 2; k++)
            w[a] += all->krige.B[k * n + missing[a]] * f[k];
    }
    autan_matrix_solve_lower(0, m, 1, L, w);
    covariances_with(&rest, 4000, 9000, c);
    autan_krige_predict(&rest.krige, c, f, c0, NULL, NULL, NULL, &less);
    ck_assert_double_eq_tol(full + dot(m, w, w), less, 1e-10);

    ck_assert_int_eq(autan_krige_reduced(&all->krige, m, missing, L, Q), AUTAN_OK);
    for (size_t i = 0; i < rest.n; i++) {
        for (size_t j = 0; j < rest.n; j++)
            ck_assert_double_eq_tol(Q[place[i] * n + place[j]],
                                    rest.krige.P[i * rest.n + j], 1e-9);
    }
    for (size_t a = 0; a < m; a++) {
        for (size_t i = 0; i < n; i++) {
            ck_assert_double_eq(Q[missing[a] * n + i], 0.0);
            ck_assert_double_eq(Q[i * n + missing[a]], 0.0);
        }
    }
    system_clear(&rest);
    free(place);
    free(L);
    free(Q);
    free(y);
    free(alpha);
    free(c);
    free(w);
}

START_TEST(a_missing_place_gives_what_the_system_without_it_gives)
{
    system_of s = network(25);
    for (size_t i = 0; i < s.n; i += 6)
        compare_missing(&s, 1, &i);
    system_clear(&s);
}
END_TEST

START_TEST(several_missing_places_give_what_the_system_without_them_gives)
{
    const size_t missing[] = {24, 2, 3, 17, 9};
    system_of s = network(25);
    compare_missing(&s, 5, missing);
    system_clear(&s);
}
END_TEST

/* Data noisier than the system has it at some places, one of them missing, beside the
 * system with these variances on its diagonal. */
START_TEST(noisier_places_give_what_the_system_with_their_noise_gives)
{
    const size_t place[] = {2, 3, 9, 17};
    const double precision[] = {0.5, 4.0, 0.0, 1e-3};
    system_of s = network(25), noisy = network(25);
    double L[16], w[4], f[2] = {1.0, 0.4}, before, after;
    double c0 = autan_covariance_variance(&s.covariance);
    double *y = copy_of(s.n, s.value), *c = autan_matrix_new(s.n, 1);
    double *alpha = autan_matrix_new(s.n, 1), beta[2];
    for (size_t a = 0; a < 4; a++)
        noisy.C[place[a] * s.n + place[a]] +=
            precision[a] > 0.0 ? 1.0 / precision[a] : 1e9;
    autan_krige_clear(&noisy.krige);
    ck_assert_int_eq(autan_krige_factor(s.n, s.q, noisy.C, s.F, &noisy.krige),
                     AUTAN_OK);
    autan_krige_weights(&noisy.krige, 1, s.value, noisy.alpha, noisy.beta);
    ck_assert_int_eq(autan_krige_noisier(&s.krige, 4, place, precision, L, y),
                     AUTAN_OK);
    autan_krige_weights(&s.krige, 1, y, alpha, beta);
    for (size_t i = 0; i < s.n; i++)
        ck_assert_double_eq_tol(alpha[i], noisy.alpha[i], 1e-7);
    for (size_t k = 0; k < 2; k++)
        ck_assert_double_eq_tol(beta[k], noisy.beta[k], 1e-7);

    covariances_with(&s, 4000, 9000, c);
    autan_krige_predict(&s.krige, c, f, c0, NULL, NULL, NULL, &before);
    autan_krige_predict(&noisy.krige, c, f, c0, NULL, NULL, NULL, &after);
    for (size_t a = 0; a < 4; a++) {
        w[a] = dot(s.n, s.krige.P + place[a] * s.n, c);
        for (size_t k = 0; k < 2; k++)
            w[a] += s.krige.B[k * s.n + place[a]] * f[k];
    }
    autan_matrix_solve_lower(0, 4, 1, L, w);
    ck_assert_double_eq_tol(before + dot(4, w, w), after, 1e-7);
    ck_assert_double_gt(after, before + 1e-4);
    free(y);
    free(c);
    free(alpha);
    system_clear(&s);
    system_clear(&noisy);
}
END_TEST

START_TEST(no_missing_place_changes_nothing)
{
    system_of s = network(10);
    double *y = copy_of(s.n, s.value), *Q = autan_matrix_new(s.n, s.n), L = 0;
    ck_assert_int_eq(autan_krige_without(&s.krige, 0, NULL, &L, y), AUTAN_OK);
    ck_assert_mem_eq(y, s.value, s.n * sizeof *y);
    ck_assert_int_eq(autan_krige_reduced(&s.krige, 0, NULL, &L, Q), AUTAN_OK);
    ck_assert_mem_eq(Q, s.krige.P, s.n * s.n * sizeof *Q);
    free(y);
    free(Q);
    system_clear(&s);
}
END_TEST

/* A network whose place 3 alone carries a third trend term. */
static system_of with_lonely_term(void)
{
    system_of s = network(12);
    double *F = autan_matrix_new(s.n, 3);
    for (size_t i = 0; i < s.n; i++) {
        F[3 * i] = 1.0;
        F[3 * i + 1] = s.F[2 * i + 1];
        F[3 * i + 2] = i == 3;
    }
    free(s.F);
    free(s.C);
    free(s.alpha);
    free(s.beta);
    autan_krige_clear(&s.krige);
    s.F = F;
    s.q = 3;
    system_factor(&s);
    return s;
}

START_TEST(leaving_out_the_only_place_of_a_term_is_no_data_and_leaves_results_untouched)
{
    system_of s = with_lonely_term();
    const size_t alone = 3, together[] = {2, 3};
    double error[2] = {5, 5}, covariance[4] = {6, 6, 6, 6};
    ck_assert_int_eq(
        autan_krige_leave_out(&s.krige, 1, &alone, 1, s.alpha, error, covariance),
        AUTAN_NO_DATA);
    ck_assert_int_eq(
        autan_krige_leave_out(&s.krige, 2, together, 1, s.alpha, error, covariance),
        AUTAN_NO_DATA);
    ck_assert_double_eq(error[0], 5);
    ck_assert_double_eq(covariance[0], 6);
    system_clear(&s);
}
END_TEST

START_TEST(missing_the_only_place_of_a_term_is_no_data)
{
    system_of s = with_lonely_term();
    const size_t alone = 3, together[] = {2, 3};
    double *y = copy_of(s.n, s.value), L[4];
    ck_assert_int_eq(autan_krige_without(&s.krige, 1, &alone, L, y), AUTAN_NO_DATA);
    ck_assert_int_eq(autan_krige_without(&s.krige, 2, together, L, y), AUTAN_NO_DATA);
    free(y);
    system_clear(&s);
}
END_TEST

START_TEST(fewer_places_left_than_trend_terms_is_no_data)
{
    const size_t missing[] = {0, 1, 2, 3, 4};
    system_of s = network(6);
    double y[6], L[25];
    memcpy(y, s.value, sizeof y);
    ck_assert_int_eq(autan_krige_without(&s.krige, 4, missing, L, y), AUTAN_OK);
    ck_assert_int_eq(autan_krige_without(&s.krige, 5, missing, L, y), AUTAN_NO_DATA);
    system_clear(&s);
}
END_TEST

START_TEST(a_refused_set_of_missing_places_leaves_the_data_untouched)
{
    system_of s = with_lonely_term();
    const size_t together[] = {2, 3};
    double *y = copy_of(s.n, s.value), L[4] = {7, 7, 7, 7};
    ck_assert_int_eq(autan_krige_without(&s.krige, 2, together, L, y), AUTAN_NO_DATA);
    ck_assert_mem_eq(y, s.value, s.n * sizeof *y);
    ck_assert_double_eq(L[0], 7);
    free(y);
    system_clear(&s);
}
END_TEST

START_TEST(weights_of_many_hours_are_those_of_each_hour)
{
    system_of s = network(15);
    double *y = autan_matrix_new(s.n, 2), *alpha = autan_matrix_new(s.n, 2), beta[4];
    for (size_t i = 0; i < s.n; i++) {
        y[2 * i] = s.value[i];
        y[2 * i + 1] = 3 * s.value[i];
    }
    autan_krige_weights(&s.krige, 2, y, alpha, beta);
    for (size_t i = 0; i < s.n; i++) {
        ck_assert_double_eq_tol(alpha[2 * i], s.alpha[i], 1e-11);
        ck_assert_double_eq_tol(alpha[2 * i + 1], 3 * s.alpha[i], 1e-11);
    }
    for (size_t k = 0; k < 2; k++) {
        ck_assert_double_eq_tol(beta[2 * k], s.beta[k], 1e-11);
        ck_assert_double_eq_tol(beta[2 * k + 1], 3 * s.beta[k], 1e-11);
    }
    free(y);
    free(alpha);
    system_clear(&s);
}
END_TEST

START_TEST(the_weights_of_data_that_are_all_trend_are_zero)
{
    system_of s = network(15);
    double y[15], alpha[15], beta[2];
    for (size_t i = 0; i < 15; i++)
        y[i] = 12.5 * s.F[2 * i] - 4 * s.F[2 * i + 1];
    autan_krige_weights(&s.krige, 1, y, alpha, beta);
    for (size_t i = 0; i < 15; i++)
        ck_assert_double_eq_tol(alpha[i], 0.0, 1e-11);
    ck_assert_double_eq_tol(beta[0], 12.5, 1e-11);
    ck_assert_double_eq_tol(beta[1], -4, 1e-11);
    system_clear(&s);
}
END_TEST

START_TEST(
    without_nugget_a_data_place_is_met_exactly_and_its_variance_is_never_negative)
{
    system_of s = network(15);
    double c[15];
    s.covariance = covariance_of("0.3 exp 900 + 0.6 mat32 4000");
    free(s.C);
    free(s.alpha);
    free(s.beta);
    autan_krige_clear(&s.krige);
    system_factor(&s);
    for (size_t i = 0; i < s.n; i++) {
        double mean, variance;
        covariances_with(&s, s.x[i], s.y[i], c);
        autan_krige_predict(&s.krige, c, s.F + 2 * i, 0.9, s.alpha, s.beta, &mean,
                            &variance);
        ck_assert_double_eq_tol(mean, s.value[i], 1e-10);
        ck_assert_double_ge(variance, 0.0);
        ck_assert_double_le(variance, 1e-12);
    }
    system_clear(&s);
}
END_TEST

/* Two places and a constant trend: with C = [[1, r], [r, 1]] and F = 1, by hand:
 * G = (1 + r) / 2, B = [1/2, 1/2], P = [[1, -1], [-1, 1]] / (2 (1 - r)),
 * log|C| = log(1 - r^2), log|F'C^-1F| = log(2 / (1 + r)). */
START_TEST(two_places_give_what_can_be_worked_out_by_hand)
{
    const double r = 0.6, C[] = {1, r, r, 1}, F[] = {1, 1};
    autan_krige k;
    ck_assert_int_eq(autan_krige_factor(2, 1, C, F, &k), AUTAN_OK);
    ck_assert_double_eq_tol(k.G[0], 0.8, 1e-15);
    ck_assert_double_eq_tol(k.B[0], 0.5, 1e-15);
    ck_assert_double_eq_tol(k.B[1], 0.5, 1e-15);
    ck_assert_double_eq_tol(k.P[0], 1.25, 1e-14);
    ck_assert_double_eq_tol(k.P[1], -1.25, 1e-14);
    ck_assert_double_eq_tol(k.P[2], -1.25, 1e-14);
    ck_assert_double_eq_tol(k.log_determinant, log(0.64) + log(1.25), 1e-14);
    autan_krige_clear(&k);
}
END_TEST

START_TEST(kriging_without_a_trend_is_simple_kriging)
{
    /* P = C^-1 = [[1, -r], [-r, 1]] / (1 - r^2) with r = 0.6. */
    const double C[] = {1, 0.6, 0.6, 1}, y[] = {1, 0}, c[] = {0.6, 0.6};
    double alpha[2], mean, variance;
    autan_krige k;
    ck_assert_int_eq(autan_krige_factor(2, 0, C, NULL, &k), AUTAN_OK);
    autan_krige_weights(&k, 1, y, alpha, NULL);
    autan_krige_predict(&k, c, NULL, 1, alpha, NULL, &mean, &variance);
    ck_assert_double_eq_tol(mean, 0.375, 1e-15);
    ck_assert_double_eq_tol(variance, 1 - 2 * 0.6 * 0.375, 1e-15);
    ck_assert_double_eq_tol(k.log_determinant, log(0.64), 1e-15);
    autan_krige_clear(&k);
}
END_TEST

static void expect_no_system(size_t n, size_t q, const double *C, const double *F,
                             autan_status status)
{
    double mark;
    autan_krige k = {.n = 77, .q = 5, .P = &mark, .log_determinant = 3};
    ck_assert_int_eq(autan_krige_factor(n, q, C, F, &k), status);
    ck_assert_uint_eq(k.n, 77);
    ck_assert_uint_eq(k.q, 5);
    ck_assert_ptr_eq(k.P, &mark);
    ck_assert_double_eq(k.log_determinant, 3);
}

START_TEST(two_readings_of_one_place_without_nugget_are_singular)
{
    const double C[] = {1, 1, 0.5, 1, 1, 0.5, 0.5, 0.5, 1}, F[] = {1, 1, 1};
    expect_no_system(3, 1, C, F, AUTAN_SINGULAR);
}
END_TEST

START_TEST(a_covariance_that_is_not_positive_definite_is_singular)
{
    const double C[] = {1, 2, 2, 1}, F[] = {1, 1}, zero[] = {0, 0, 0, 0};
    expect_no_system(2, 1, C, F, AUTAN_SINGULAR);
    expect_no_system(2, 1, zero, F, AUTAN_SINGULAR);
}
END_TEST

START_TEST(a_covariance_with_a_nan_is_refused)
{
    const double C[] = {1, NAN, NAN, 1}, F[] = {1, 1};
    expect_no_system(2, 1, C, F, AUTAN_SINGULAR);
}
END_TEST

/* Columns that repeat each other in ways that rounding may hide: each must be noticed.
 */
START_TEST(a_trend_without_full_column_rank_is_singular)
{
    system_of s = network(20);
    double F[3 * 20];
    for (int kind = 0; kind < 5; kind++) {
        for (size_t i = 0; i < s.n; i++) {
            double x = s.F[2 * i + 1];
            F[3 * i] = 1.0;
            F[3 * i + 1] = x;
            F[3 * i + 2] = kind == 0   ? 0.0
                           : kind == 1 ? 1.0
                           : kind == 2 ? x
                           : kind == 3 ? 2 * x + 3
                                       : 0.1 * x - 0.7;
        }
        expect_no_system(s.n, 3, s.C, F, AUTAN_SINGULAR);
    }
    system_clear(&s);
}
END_TEST

START_TEST(fewer_data_than_trend_terms_or_none_is_no_data)
{
    const double C[] = {1}, F[] = {1, 2};
    expect_no_system(1, 2, C, F, AUTAN_NO_DATA);
    expect_no_system(0, 0, C, F, AUTAN_NO_DATA);
    expect_no_system(0, 1, C, F, AUTAN_NO_DATA);
}
END_TEST

START_TEST(as_many_data_as_trend_terms_are_fitted_exactly)
{
    const double C[] = {1, 0.3, 0.3, 1}, F[] = {1, 0, 1, 2}, y[] = {5, 9};
    double alpha[2], beta[2], error = 1, variance = 1;
    size_t one = 0;
    autan_krige k;
    ck_assert_int_eq(autan_krige_factor(2, 2, C, F, &k), AUTAN_OK);
    autan_krige_weights(&k, 1, y, alpha, beta);
    ck_assert_double_eq_tol(beta[0], 5, 1e-12);
    ck_assert_double_eq_tol(beta[1], 2, 1e-12);
    /* What remains of two data cannot carry two terms. */
    ck_assert_int_eq(autan_krige_leave_out(&k, 1, &one, 1, alpha, &error, &variance),
                     AUTAN_NO_DATA);
    autan_krige_clear(&k);
}
END_TEST

START_TEST(clearing_empties_and_may_be_repeated)
{
    system_of s = network(4);
    autan_krige_clear(&s.krige);
    ck_assert_ptr_null(s.krige.P);
    ck_assert_uint_eq(s.krige.n, 0);
    autan_krige_clear(&s.krige);
    system_clear(&s);
}
END_TEST

/* Columns: 1, x, zero, 2x + 3, x^2, constant 5. */
/* b a b' = (b Q) T (b Q)', whatever b is. */
START_TEST(a_tridiagonal_matrix_keeps_every_quadratic_form)
{
    enum { N = 40, M = 3 };
    double a[N * N], full[N * N], b[M * N], turned[M * N], diagonal[N], beside[N];
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++)
            a[i * N + j] = full[i * N + j] =
                cos((double)(i * j)) + (i == j ? 2.0 : 0.0);
    }
    for (size_t i = 0; i < M * N; i++)
        b[i] = turned[i] = sin(3.0 * (double)i);
    ck_assert_int_eq(autan_matrix_tridiagonal(N, a, M, turned, diagonal, beside),
                     AUTAN_OK);
    for (size_t r = 0; r < M; r++) {
        const double *x = b + r * N, *y = turned + r * N;
        double before = 0.0, after = 0.0;
        for (size_t i = 0; i < N; i++) {
            for (size_t j = 0; j < N; j++)
                before += x[i] * full[i * N + j] * x[j];
            after += y[i] * y[i] * diagonal[i] +
                     (i > 0 ? 2.0 * y[i] * y[i - 1] * beside[i - 1] : 0.0);
        }
        ck_assert_double_eq_tol(after, before, 1e-10);
    }
}
END_TEST

START_TEST(a_matrix_with_a_nan_is_not_made_tridiagonal)
{
    double a[4] = {1.0, (double)NAN, (double)NAN, 1.0}, diagonal[2], beside[1];
    ck_assert_int_eq(autan_matrix_tridiagonal(2, a, 0, NULL, diagonal, beside),
                     AUTAN_BAD_ARGUMENT);
}
END_TEST

START_TEST(the_trend_keeps_leading_independent_columns_in_their_order)
{
    double F[10 * 6];
    size_t kept[6], n_kept;
    for (size_t i = 0; i < 10; i++) {
        double x = 0.37 * (double)i - 1, *f = F + 6 * i;
        f[0] = 1;
        f[1] = x;
        f[2] = 0;
        f[3] = 2 * x + 3;
        f[4] = x * x;
        f[5] = 5;
    }
    ck_assert_int_eq(autan_trend_reduce(10, 6, F, 1e-9, kept, &n_kept), AUTAN_OK);
    ck_assert_uint_eq(n_kept, 3);
    ck_assert_uint_eq(kept[0], 0);
    ck_assert_uint_eq(kept[1], 1);
    ck_assert_uint_eq(kept[2], 4);
}
END_TEST

START_TEST(a_trend_keeps_at_most_as_many_columns_as_there_are_data)
{
    const double F[] = {1, 2, 3, 1, 5, 4};
    size_t kept[3], n_kept;
    ck_assert_int_eq(autan_trend_reduce(2, 3, F, 1e-9, kept, &n_kept), AUTAN_OK);
    ck_assert_uint_eq(n_kept, 2);
    ck_assert_uint_eq(kept[0], 0);
    ck_assert_uint_eq(kept[1], 1);
}
END_TEST

/* The second column is (1, 1, 1, 1) + e (1, -1, 1, -1): its part outside the first is
 * e times its length. */
START_TEST(the_tolerance_is_the_share_of_a_column_outside_the_earlier_ones)
{
    size_t kept[2], n_kept;
    double F[8];
    for (int i = 0; i < 4; i++) {
        F[2 * i] = 1;
        F[2 * i + 1] = 1 + 1e-4 * (i % 2 ? -1 : 1);
    }
    ck_assert_int_eq(autan_trend_reduce(4, 2, F, 0.9e-4, kept, &n_kept), AUTAN_OK);
    ck_assert_uint_eq(n_kept, 2);
    ck_assert_int_eq(autan_trend_reduce(4, 2, F, 1.1e-4, kept, &n_kept), AUTAN_OK);
    ck_assert_uint_eq(n_kept, 1);
}
END_TEST

START_TEST(a_trend_reduced_can_be_factored)
{
    system_of s = network(20);
    double F[20 * 4], G[20 * 4];
    size_t kept[4], n_kept;
    autan_krige k;
    for (size_t i = 0; i < s.n; i++) {
        double x = s.F[2 * i + 1], *f = F + 4 * i;
        f[0] = 1;
        f[1] = 0.1 * x - 0.7;
        f[2] = x;
        f[3] = x * x;
    }
    ck_assert_int_eq(autan_trend_reduce(s.n, 4, F, 1e-8, kept, &n_kept), AUTAN_OK);
    ck_assert_uint_eq(n_kept, 3);
    for (size_t i = 0; i < s.n; i++) {
        for (size_t j = 0; j < n_kept; j++)
            G[i * n_kept + j] = F[4 * i + kept[j]];
    }
    ck_assert_int_eq(autan_krige_factor(s.n, n_kept, s.C, G, &k), AUTAN_OK);
    autan_krige_clear(&k);
    system_clear(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("krige");
    TCase *gstat = tcase_create("gstat"), *identities = tcase_create("identities"),
          *system = tcase_create("system"), *trend = tcase_create("trend");
    tcase_set_timeout(gstat, 120);
    tcase_add_test(gstat, ordinary_kriging_is_gstats_to_1e_9);
    tcase_add_test(gstat, universal_kriging_is_gstats_to_1e_9);
    tcase_add_test(gstat, the_nugget_as_measurement_error_is_gstats_to_1e_9);
    tcase_add_test(gstat, leave_one_out_of_ordinary_kriging_is_gstats_to_1e_9);
    tcase_add_test(gstat, leave_one_out_of_universal_kriging_is_gstats_to_1e_9);
    suite_add_tcase(suite, gstat);

    tcase_add_test(identities, leaving_out_any_one_place_equals_refitting_without_it);
    tcase_add_test(identities, leaving_out_a_block_equals_refitting_without_it);
    tcase_add_test(identities, leaving_out_scores_every_hour_alike);
    tcase_add_test(identities, a_missing_place_gives_what_the_system_without_it_gives);
    tcase_add_test(identities,
                   several_missing_places_give_what_the_system_without_them_gives);
    tcase_add_test(identities,
                   noisier_places_give_what_the_system_with_their_noise_gives);
    tcase_add_test(identities,
                   noisier_places_give_what_the_system_with_their_noise_gives);
    tcase_add_test(identities, no_missing_place_changes_nothing);
    tcase_add_test(
        identities,
        leaving_out_the_only_place_of_a_term_is_no_data_and_leaves_results_untouched);
    tcase_add_test(identities, missing_the_only_place_of_a_term_is_no_data);
    tcase_add_test(identities, fewer_places_left_than_trend_terms_is_no_data);
    tcase_add_test(identities,
                   a_refused_set_of_missing_places_leaves_the_data_untouched);
    suite_add_tcase(suite, identities);

    tcase_add_test(system, weights_of_many_hours_are_those_of_each_hour);
    tcase_add_test(system, the_weights_of_data_that_are_all_trend_are_zero);
    tcase_add_test(
        system,
        without_nugget_a_data_place_is_met_exactly_and_its_variance_is_never_negative);
    tcase_add_test(system, two_places_give_what_can_be_worked_out_by_hand);
    tcase_add_test(system, kriging_without_a_trend_is_simple_kriging);
    tcase_add_test(system, two_readings_of_one_place_without_nugget_are_singular);
    tcase_add_test(system, a_covariance_that_is_not_positive_definite_is_singular);
    tcase_add_test(system, a_covariance_with_a_nan_is_refused);
    tcase_add_test(system, a_trend_without_full_column_rank_is_singular);
    tcase_add_test(system, fewer_data_than_trend_terms_or_none_is_no_data);
    tcase_add_test(system, as_many_data_as_trend_terms_are_fitted_exactly);
    tcase_add_test(system, clearing_empties_and_may_be_repeated);
    suite_add_tcase(suite, system);

    tcase_add_test(trend, a_tridiagonal_matrix_keeps_every_quadratic_form);
    tcase_add_test(trend, a_matrix_with_a_nan_is_not_made_tridiagonal);
    tcase_add_test(trend, the_trend_keeps_leading_independent_columns_in_their_order);
    tcase_add_test(trend, a_trend_keeps_at_most_as_many_columns_as_there_are_data);
    tcase_add_test(trend,
                   the_tolerance_is_the_share_of_a_column_outside_the_earlier_ones);
    tcase_add_test(trend, a_trend_reduced_can_be_factored);
    suite_add_tcase(suite, trend);
    return support_run(suite);
}
