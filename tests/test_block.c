/* Blocks against the maps they are sums of, and against kriging written out anew. */
#include <math.h>
#include <stdlib.h>

#include "kriging/block.h"
#include "kriging/matrix.h"
#include "support.h"

enum { N = 14, NC = 2, T = 72, PLACES = 9, MONTE = 4000 };

static double x[N], y[N], covariate[N * NC];
static const char *const id[N] = {"a", "b", "c", "d", "e", "f", "g",
                                  "h", "i", "j", "k", "l", "m", "n"};
static const char *const names[NC] = {"building", "wood"};
static const autan_sites sites = {N, NC, x, y, covariate};
static double px[PLACES], py[PLACES], pc[PLACES * NC];
static const autan_sites places = {PLACES, NC, px, py, pc};
static const autan_kernel kernel[2] = {{AUTAN_EXP, 2000}, {AUTAN_EXP, 20000}};
/* Variances of terms, kernels and nugget, in that order. */
static const double persistent[5] = {0.3, 0.1, 0.2, 0.4, 0.05};
static const double pattern[5] = {0.05, 0.02, 0.1, 0.1, 0.02};
static const double hourly[5] = {0.1, 0.0, 0.15, 0.3, 0.08};

typedef struct {
    autan_panel panel;
    autan_model *model;
    autan_hours hours;
    autan_field *field;
    autan_term term[2 * NC];
    size_t n_terms;
} town;

static void scatter(uint64_t *seed, size_t n, double *ex, double *ey, double *ec)
{
    for (size_t i = 0; i < n; i++) {
        ex[i] = 10000 * uniform(seed);
        ey[i] = 10000 * uniform(seed);
        for (size_t k = 0; k < NC; k++)
            ec[i * NC + k] = uniform(seed);
    }
}

static void make_panel(town *t)
{
    uint64_t seed = 5;
    scatter(&seed, N, x, y, covariate);
    scatter(&seed, PLACES, px, py, pc);
    /* From 2025-07-01T00:00Z: one season. */
    ck_assert_int_eq(
        autan_panel_make(1751328000, 1751328000 + (T - 1) * 3600, 3600, N, &t->panel),
        AUTAN_OK);
    for (int k = 0; k < T; k++) {
        for (int i = 0; i < N; i++)
            t->panel.value[k * N + i] =
                k == 7 || (k % 24 == 3 && (i == 4 || i == 9))
                    ? NAN
                    : 15 + 3 * covariate[i * NC] + uniform(&seed);
    }
}

static void learn(town *t)
{
    uint64_t seed = 11;
    know_regimes(t->model, persistent, pattern, hourly);
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        autan_regime *regime = &t->model->regime[r];
        for (int i = 0; i < N; i++) {
            regime->mean[i] = 2 * covariate[i * NC] + 0.5 * uniform(&seed);
            regime->u[i] = 0.5 * covariate[i * NC] + 0.3 * uniform(&seed);
        }
        /* A station that the regime never saw. */
        regime->mean[2] = regime->u[2] = NAN;
    }
}

static void town_make(town *t)
{
    autan_term_verdict verdict[NC];
    const size_t wanted[NC] = {0, 1};
    make_panel(t);
    autan_terms_choose(&sites, NC, wanted, 0, t->term, &t->n_terms, verdict);
    ck_assert_uint_eq(t->n_terms, NC);
    ck_assert_int_eq(
        autan_model_new(NC, names, t->n_terms, t->term, 0, 2, kernel, N, id, &t->model),
        AUTAN_OK);
    learn(t);
    ck_assert_int_eq(
        autan_hours_solve(t->model, &sites, id, &t->panel, AUTAN_CLASS_OWN, &t->hours),
        AUTAN_OK);
    ck_assert_int_eq(autan_field_new(&sites, &t->hours, T, &t->field), AUTAN_OK);
}

static void town_free(town *t)
{
    autan_field_free(t->field);
    autan_hours_clear(&t->hours);
    autan_model_free(t->model);
    autan_panel_clear(&t->panel);
}

/* The mean over the places that owner gives to block 0. */
static void mean_block(const town *t, const int *owner, autan_block *block)
{
    size_t count = 0, n = 0;
    double sx[PLACES], sy[PLACES], weight[PLACES];
    ck_assert_int_eq(autan_block_make(t->model, N, block), AUTAN_OK);
    ck_assert_int_eq(
        autan_block_gather(t->model, &sites, &places, owner, 1, block, &count),
        AUTAN_OK);
    autan_block_mix(1.0 / (double)count, 0.0, NULL, block);
    for (int i = 0; i < PLACES; i++) {
        if (owner[i] != 0)
            continue;
        sx[n] = px[i];
        sy[n] = py[i];
        weight[n++] = 1.0 / (double)count;
    }
    ck_assert_uint_eq(n, count);
    autan_block_set_within(t->model, n, sx, sy, weight, block);
}

START_TEST(a_block_of_one_place_is_the_map_there_without_the_nugget)
{
    static const int owner[PLACES] = {-1, -1, 0, -1, -1, -1, -1, -1, -1};
    float mean[T * PLACES], error[T * PLACES];
    autan_block_row row[T];
    autan_block_group group[AUTAN_REGIMES];
    autan_block block;
    town t = {0};
    town_make(&t);
    ck_assert_int_eq(autan_field_evaluate(t.field, &places, 0, T, PLACES, mean, error),
                     AUTAN_OK);
    mean_block(&t, owner, &block);
    ck_assert_int_eq(autan_block_evaluate(t.field, &t.hours, &block, T, row, group),
                     AUTAN_OK);
    for (size_t k = 0; k < T; k++) {
        const double stated = (double)error[k * PLACES + 2];
        if (k == 7) {
            ck_assert_uint_eq(row[k].group, SIZE_MAX);
            ck_assert_double_nan(row[k].mean);
            continue;
        }
        const autan_group *g = &t.hours.group[row[k].group];
        const autan_hour *hour = g->hour;
        while (hour->row != k)
            hour++;
        const double g2 = hour->amplitude * hour->amplitude;
        const double variance = group[row[k].group].mean_variance +
                                g2 * group[row[k].group].pattern_variance +
                                row[k].hour_variance;
        const double nuggets = persistent[4] +
                               (g2 + hour->amplitude_variance) * pattern[4] +
                               hour->scale * hourly[4];
        ck_assert_double_eq_tol(row[k].mean, (double)mean[k * PLACES + 2], 2e-5);
        ck_assert_double_eq_tol(variance + nuggets, stated * stated, 2e-4);
    }
    autan_block_clear(&block);
    town_free(&t);
}
END_TEST

enum { SIDE = 60 };

/* Taken alone, an hour's levels are added up before they are interpolated and not
 * after. */
START_TEST(an_hour_taken_alone_is_as_sure_as_among_others)
{
    static double ground[SIDE * SIDE * NC];
    static float all[T * SIDE * SIDE], one[SIDE * SIDE];
    autan_grid grid;
    uint64_t seed = 17;
    size_t in_company = 0;
    town t = {0};
    town_make(&t);
    for (size_t k = 0; k < SIDE * SIDE * NC; k++)
        ground[k] = uniform(&seed);
    ck_assert_int_eq(autan_grid_make(0, 0, 100 * SIDE, 100 * SIDE, 100, &grid),
                     AUTAN_OK);
    const autan_field_rows rows = {&grid, 0, SIDE, NC, ground};
    ck_assert_int_eq(
        autan_field_evaluate_rows(t.field, &rows, 0, T, SIDE * SIDE, NULL, all),
        AUTAN_OK);
    for (size_t k = 0; k < T; k += 5) {
        const size_t group = autan_field_group(t.field, k);
        ck_assert_int_eq(
            autan_field_evaluate_rows(t.field, &rows, k, 1, SIDE * SIDE, NULL, one),
            AUTAN_OK);
        for (size_t c = 0; group != SIZE_MAX && c < SIDE * SIDE; c++)
            ck_assert_float_eq_tol(one[c], all[k * SIDE * SIDE + c], 1e-5f);
        in_company += group != SIZE_MAX && t.hours.group[group].n_hours > 1;
    }
    ck_assert_uint_ge(in_company, 5);
    town_free(&t);
}
END_TEST

/* Solves a x = b in place by elimination with pivoting: nothing of ours. */
static void eliminate(size_t n, double *a, double *b)
{
    for (size_t k = 0; k < n; k++) {
        size_t p = k;
        for (size_t i = k + 1; i < n; i++)
            p = fabs(a[i * n + k]) > fabs(a[p * n + k]) ? i : p;
        for (size_t j = 0; j < n; j++) {
            double swap = a[k * n + j];
            a[k * n + j] = a[p * n + j];
            a[p * n + j] = swap;
        }
        double swap = b[k];
        b[k] = b[p];
        b[p] = swap;
        for (size_t i = 0; i < n; i++) {
            const double f = i == k ? 0.0 : a[i * n + k] / a[k * n + k];
            for (size_t j = k; j < n && i != k; j++)
                a[i * n + j] -= f * a[k * n + j];
            b[i] -= f * b[k];
        }
    }
    for (size_t k = 0; k < n; k++)
        b[k] /= a[k * n + k];
}

static double between(double ax, double ay, double bx, double by)
{
    return 0.5 * exp(-hypot(ax - bx, ay - by) / 4000);
}

/* Variance of the error of a weighted sum over the places by the bordered system of
 * universal kriging (Cressie 1993, section 3.4), trend 1 and the two covariates, data
 * of all stations but those listed as missing. */
static double written_out(const double *weight, const int *missing)
{
    size_t index[N], m = 0, n;
    double a[(N + 3) * (N + 3)] = {0}, b[N + 3] = {0}, c[N + 3] = {0}, variance = 0.0;
    for (size_t i = 0; i < N; i++) {
        if (!missing[i])
            index[m++] = i;
    }
    n = m + 3;
    for (size_t i = 0; i < m; i++) {
        const size_t s = index[i];
        const double f[3] = {1, covariate[s * NC], covariate[s * NC + 1]};
        for (size_t j = 0; j < m; j++)
            a[i * n + j] =
                between(x[s], y[s], x[index[j]], y[index[j]]) + (i == j ? 0.1 : 0.0);
        for (size_t k = 0; k < 3; k++)
            a[i * n + m + k] = a[(m + k) * n + i] = f[k];
        for (size_t p = 0; p < PLACES; p++)
            c[i] += weight[p] * between(x[s], y[s], px[p], py[p]);
    }
    for (size_t p = 0; p < PLACES; p++) {
        c[m] += weight[p];
        c[m + 1] += weight[p] * pc[p * NC];
        c[m + 2] += weight[p] * pc[p * NC + 1];
        for (size_t o = 0; o < PLACES; o++)
            variance += weight[p] * weight[o] * between(px[p], py[p], px[o], py[o]);
    }
    for (size_t i = 0; i < n; i++)
        b[i] = c[i];
    eliminate(n, a, b);
    for (size_t i = 0; i < n; i++)
        variance -= b[i] * c[i];
    return variance;
}

START_TEST(the_error_of_a_difference_of_districts_is_that_of_kriging_written_out)
{
    static const int first[PLACES] = {0, 0, 0, 0, -1, -1, -1, -1, -1};
    static const int second[PLACES] = {-1, -1, -1, -1, 0, 0, 0, 0, 0};
    double weight[PLACES];
    int missing[N] = {0};
    autan_covariance covariance;
    autan_block a, b;
    autan_block_row row[T];
    autan_block_group group[1];
    town t = {0};
    autan_term_verdict verdict[NC];
    const size_t wanted[NC] = {0, 1};
    make_panel(&t);
    ck_assert_int_eq(
        autan_covariance_parse("0.5 exp 4000 + 0.1 nugget", &covariance, NULL),
        AUTAN_OK);
    autan_terms_choose(&sites, NC, wanted, 0, t.term, &t.n_terms, verdict);
    ck_assert_int_eq(autan_model_new(NC, names, t.n_terms, t.term, 1, covariance.n,
                                     covariance.kernel, N, id, &t.model),
                     AUTAN_OK);
    ck_assert_int_eq(autan_model_set_covariance(t.model, &covariance), AUTAN_OK);
    ck_assert_int_eq(
        autan_hours_solve(t.model, &sites, id, &t.panel, AUTAN_CLASS_OWN, &t.hours),
        AUTAN_OK);
    ck_assert_int_eq(autan_field_new(&sites, &t.hours, T, &t.field), AUTAN_OK);
    mean_block(&t, first, &a);
    mean_block(&t, second, &b);
    autan_block_mix(1.0, -1.0, &b, &a);
    for (int i = 0; i < PLACES; i++)
        weight[i] = i < 4 ? 1.0 / 4 : -1.0 / 5;
    autan_block_set_within(t.model, PLACES, px, py, weight, &a);
    ck_assert_int_eq(autan_block_evaluate(t.field, &t.hours, &a, T, row, group),
                     AUTAN_OK);
    ck_assert_double_eq(group[0].mean_variance, 0.0);
    ck_assert_double_eq_tol(row[0].hour_variance, written_out(weight, missing), 1e-9);
    missing[4] = missing[9] = 1;
    ck_assert_double_eq_tol(row[3].hour_variance, written_out(weight, missing), 1e-9);
    ck_assert_double_gt(row[3].hour_variance, row[0].hour_variance);
    /* Dividing the cells' variance by their number would say much less. */
    double cell[PLACES] = {1};
    ck_assert_double_gt(
        row[0].hour_variance,
        1.5 * (written_out(cell, missing) / 4 + written_out(cell, missing) / 5) / 2);
    autan_block_clear(&a);
    autan_block_clear(&b);
    town_free(&t);
}
END_TEST

START_TEST(the_mean_of_a_block_is_the_average_of_the_map_at_its_places)
{
    static const int owner[PLACES] = {0, 0, 0, 0, 0, 0, 0, 0, 0};
    double average[T];
    autan_block_row row[T];
    autan_block_group group[AUTAN_REGIMES];
    autan_block block;
    town t = {0};
    town_make(&t);
    mean_block(&t, owner, &block);
    ck_assert_int_eq(autan_block_evaluate(t.field, &t.hours, &block, T, row, group),
                     AUTAN_OK);
    ck_assert_int_eq(autan_field_average(t.field, &places, average), AUTAN_OK);
    for (size_t k = 0; k < T; k++) {
        if (k == 7)
            ck_assert_double_nan(row[k].mean);
        else
            ck_assert_double_eq_tol(row[k].mean, average[k], 1e-9);
    }
    autan_block_clear(&block);
    town_free(&t);
}
END_TEST

START_TEST(a_map_of_summed_hours_is_the_sum_of_the_maps)
{
    float mean[T * PLACES], painted[PLACES];
    double weight[T], *coefficient;
    town t = {0};
    town_make(&t);
    ck_assert_int_eq(autan_field_evaluate(t.field, &places, 0, T, PLACES, mean, NULL),
                     AUTAN_OK);
    for (size_t k = 0; k < T; k++)
        weight[k] = k == 7 ? 0.0 : k % 2 ? 0.25 : -0.125;
    coefficient = calloc(N * 2 + NC + 1, sizeof *coefficient);
    autan_field_sum(t.field, 1, weight, coefficient);
    ck_assert_int_eq(
        autan_block_paint(t.model, &sites, &places, 1, coefficient, PLACES, painted),
        AUTAN_OK);
    for (size_t i = 0; i < PLACES; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < T; k++)
            sum += k == 7 ? 0.0 : weight[k] * (double)mean[k * PLACES + i];
        ck_assert_double_eq_tol((double)painted[i], sum, 2e-4);
    }
    free(coefficient);
    town_free(&t);
}
END_TEST

/* The variance of the mean over all hours, from draws and from the sum. */
static void compare_sum_with_draws(const town *t, const autan_block *block,
                                   double *summed, double *drawn)
{
    autan_block_likeness likeness;
    autan_block_draw *draw;
    autan_block_sum sum;
    autan_block_row row[T];
    autan_block_group group[AUTAN_REGIMES];
    double weight[T], *error = malloc(MONTE * T * sizeof *error), squares = 0.0;
    const size_t half = T / 2;
    ck_assert_int_eq(autan_block_evaluate(t->field, &t->hours, block, T, row, group),
                     AUTAN_OK);
    ck_assert_int_eq(autan_block_likeness_make(&t->hours, T, N, &likeness), AUTAN_OK);
    ck_assert_int_eq(autan_block_sum_make(N, &sum), AUTAN_OK);
    ck_assert_int_eq(autan_block_draw_new(N, MONTE, 1, 2, &draw), AUTAN_OK);
    for (size_t k = 0; k < T; k++)
        weight[k] = k % 24 < 12 ? 1.0 / T : -1.0 / T;
    /* In two runs: what is known of the time before must carry over. */
    autan_block_sum_add(&likeness, half, row, group, weight, 0, &sum);
    autan_block_sum_add(&likeness, T - half, row + half, group, weight + half,
                        (long)half, &sum);
    *summed = autan_block_sum_variance(&sum, 1.0, NULL, 0.0);
    double *total = calloc(MONTE, sizeof *total);
    for (int run = 0; run < 2; run++) {
        ck_assert_int_eq(autan_block_draw_run(draw, &likeness, half,
                                              row + (size_t)run * half, group,
                                              (long)((size_t)run * half), error),
                         AUTAN_OK);
        for (size_t k = 0; k < MONTE; k++) {
            for (size_t h = 0; h < half; h++)
                total[k] += weight[(size_t)run * half + h] * error[h * MONTE + k];
        }
    }
    for (size_t k = 0; k < MONTE; k++)
        squares += total[k] * total[k];
    *drawn = squares / MONTE;
    free(total);
    free(error);
    autan_block_draw_free(draw);
    autan_block_sum_clear(&sum);
    autan_block_likeness_clear(&likeness);
}

START_TEST(draws_scatter_as_the_variance_of_a_sum_says)
{
    static const int owner[PLACES] = {0, 0, 0, 0, 0, -1, -1, -1, -1};
    autan_block block;
    double summed, drawn;
    town t = {0};
    town_make(&t);
    mean_block(&t, owner, &block);
    compare_sum_with_draws(&t, &block, &summed, &drawn);
    ck_assert_double_gt(summed, 0.0);
    /* The mean of 4000 squares of normal numbers is off by 2.2 % (one sigma). */
    ck_assert_double_eq_tol(drawn / summed, 1.0, 0.09);
    autan_block_clear(&block);
    town_free(&t);
}
END_TEST

START_TEST(hours_of_one_regime_share_their_persistent_error)
{
    static const int owner[PLACES] = {0, 0, 0, 0, 0, -1, -1, -1, -1};
    autan_block_likeness likeness;
    autan_block_sum sum;
    autan_block_row row[T];
    autan_block_group group[AUTAN_REGIMES];
    double weight[T];
    autan_block block;
    town t = {0};
    town_make(&t);
    mean_block(&t, owner, &block);
    ck_assert_int_eq(autan_block_evaluate(t.field, &t.hours, &block, T, row, group),
                     AUTAN_OK);
    ck_assert_int_eq(autan_block_likeness_make(&t.hours, T, N, &likeness), AUTAN_OK);
    ck_assert_int_eq(autan_block_sum_make(N, &sum), AUTAN_OK);
    for (size_t k = 0; k < T; k++)
        weight[k] = row[k].group == row[0].group ? 1.0 : 0.0;
    autan_block_sum_add(&likeness, T, row, group, weight, 0, &sum);
    double hours = 0.0, amplitude = 0.0, alone = 0.0;
    for (size_t k = 0; k < T; k++) {
        hours += weight[k];
        amplitude += weight[k] * row[k].amplitude;
        alone += weight[k] * row[k].hour_variance;
    }
    ck_assert_double_gt(hours, 0.5);
    /* Hours of a regime are a day apart or more: what is left of an autoregression. */
    const double least = hours * hours * group[row[0].group].mean_variance +
                         amplitude * amplitude * group[row[0].group].pattern_variance +
                         alone;
    ck_assert_double_eq_tol(autan_block_sum_variance(&sum, 1.0, NULL, 0.0), least,
                            0.05 * least);
    /* A sum less itself: what is always so goes, the hours are taken as others. */
    ck_assert_double_eq_tol(autan_block_sum_variance(&sum, 1.0, &sum, -1.0),
                            2 * sum.hourly, 1e-9);
    autan_block_sum_clear(&sum);
    autan_block_likeness_clear(&likeness);
    autan_block_clear(&block);
    town_free(&t);
}
END_TEST

START_TEST(random_numbers_are_uniform_and_normal_and_streams_differ)
{
    autan_random a = autan_random_make(1, 0), b = autan_random_make(1, 1);
    double sum = 0, squares = 0, cross = 0;
    enum { MANY = 100000 };
    for (int k = 0; k < MANY; k++) {
        const double u = autan_random_normal(&a), v = autan_random_normal(&b);
        sum += u;
        squares += u * u;
        cross += u * v;
    }
    /* Four standard errors. */
    ck_assert_double_eq_tol(sum / MANY, 0, 4 / sqrt(MANY));
    ck_assert_double_eq_tol(squares / MANY, 1, 4 * sqrt(2.0 / MANY));
    ck_assert_double_eq_tol(cross / MANY, 0, 4 / sqrt(MANY));
    sum = 0;
    for (int k = 0; k < MANY; k++) {
        const double u = autan_random_uniform(&a);
        ck_assert(u >= 0 && u < 1);
        sum += u;
    }
    ck_assert_double_eq_tol(sum / MANY, 0.5, 4 / sqrt(12.0 * MANY));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("block");
    TCase *tests = tcase_create("block");
    tcase_add_test(tests, a_block_of_one_place_is_the_map_there_without_the_nugget);
    tcase_add_test(tests, an_hour_taken_alone_is_as_sure_as_among_others);
    tcase_add_test(
        tests, the_error_of_a_difference_of_districts_is_that_of_kriging_written_out);
    tcase_add_test(tests, the_mean_of_a_block_is_the_average_of_the_map_at_its_places);
    tcase_add_test(tests, a_map_of_summed_hours_is_the_sum_of_the_maps);
    tcase_add_test(tests, draws_scatter_as_the_variance_of_a_sum_says);
    tcase_add_test(tests, hours_of_one_regime_share_their_persistent_error);
    tcase_add_test(tests, random_numbers_are_uniform_and_normal_and_streams_differ);
    suite_add_tcase(suite, tests);
    return support_run(suite);
}
