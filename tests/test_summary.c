/* What members say at many places. Expected values are worked out by hand from
 * forecast/summary.h. */
#include <math.h>
#include <stdlib.h>

#include "forecast/summary.h"
#include "support.h"

enum { PLACES = 700, MEMBERS = 37 };

typedef struct {
    float value[MEMBERS][PLACES];
    const float *row[MEMBERS];
    float mean[PLACES], q10[PLACES], q50[PLACES], q90[PLACES], chance[PLACES];
} ground;

static ground g;

static autan_ensemble make(size_t n_members)
{
    uint64_t state = 3;
    for (size_t k = 0; k < n_members; k++) {
        g.row[k] = g.value[k];
        for (size_t i = 0; i < PLACES; i++)
            g.value[k][i] = (float)(20.0 + 10.0 * uniform(&state));
    }
    return (autan_ensemble){n_members, PLACES, g.row, NULL, {25.0f, 0.0f}};
}

static const autan_summary all = {g.mean, g.q10, g.q50, g.q90, {g.chance, NULL}};

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The quantile of the plotting positions, by sorting. */
static float sorted_quantile(size_t n, size_t place, double p)
{
    float value[MEMBERS];
    const double at = fmin(fmax(p * (double)n - 0.5, 0.0), (double)n - 1.0);
    const size_t low = (size_t)at, high = low + 1 < n ? low + 1 : low;
    for (size_t k = 0; k < n; k++)
        value[k] = g.value[k][place];
    qsort(value, n, sizeof *value, ascending);
    return value[low] + (float)(at - (double)low) * (value[high] - value[low]);
}

START_TEST(members_of_every_number_are_ranked)
{
    for (size_t n = 1; n <= MEMBERS; n++) {
        const autan_ensemble e = make(n);
        autan_summarise(&e, &all);
        for (size_t i = 0; i < PLACES; i++) {
            float sum = 0.0f;
            for (size_t k = 0; k < n; k++)
                sum += g.value[k][i];
            ck_assert_float_eq_tol(g.mean[i], sum / (float)n, 1e-4f);
            ck_assert_float_eq_tol(g.q10[i], sorted_quantile(n, i, 0.1), 1e-4f);
            ck_assert_float_eq_tol(g.q50[i], sorted_quantile(n, i, 0.5), 1e-4f);
            ck_assert_float_eq_tol(g.q90[i], sorted_quantile(n, i, 0.9), 1e-4f);
        }
    }
}
END_TEST

START_TEST(quantiles_and_chances_are_those_of_the_members)
{
    const autan_ensemble e = make(10);
    for (size_t k = 0; k < 10; k++)
        g.value[k][5] = (float)(29 - k);
    autan_summarise(&e, &all);
    /* Members 20 .. 29 at positions 0.05, 0.15 ...: quantile 0.1 is 20.5; the median
     * 24.5; five of ten reach 25. */
    ck_assert_float_eq_tol(g.q10[5], 20.5f, 1e-4f);
    ck_assert_float_eq_tol(g.q50[5], 24.5f, 1e-4f);
    ck_assert_float_eq_tol(g.q90[5], 28.5f, 1e-4f);
    ck_assert_float_eq_tol(g.chance[5], 0.5f, 1e-6f);
}
END_TEST

START_TEST(a_standard_error_widens_the_members_about_their_mean)
{
    static float error[PLACES];
    autan_ensemble e = make(4);
    /* Mean 1, variance 1; with an error of sqrt(3) the deviations double. */
    const float value[4] = {0, 0, 2, 2};
    for (size_t k = 0; k < 4; k++)
        g.value[k][0] = value[k];
    for (size_t i = 0; i < PLACES; i++)
        error[i] = sqrtf(3);
    e.standard_error = error;
    autan_summarise(&e, &all);
    ck_assert_float_eq_tol(g.mean[0], 1.0f, 1e-5f);
    /* -1, -1, 3, 3 at positions 1/8, 3/8, 5/8, 7/8. */
    ck_assert_float_eq_tol(g.q10[0], -1.0f, 1e-5f);
    ck_assert_float_eq_tol(g.q50[0], 1.0f, 1e-5f);
    ck_assert_float_eq_tol(g.q90[0], 3.0f, 1e-5f);
}
END_TEST

START_TEST(members_that_agree_get_the_spread_of_the_error)
{
    static float error[PLACES];
    autan_ensemble e = make(MEMBERS);
    for (size_t k = 0; k < MEMBERS; k++)
        g.value[k][0] = 18.0f;
    for (size_t i = 0; i < PLACES; i++)
        error[i] = 2.0f;
    e.standard_error = error;
    autan_summarise(&e, &all);
    /* A uniform spread of standard deviation 2 is 2 sqrt(12) wide. */
    ck_assert_float_eq_tol(g.q50[0], 18.0f, 1e-4f);
    ck_assert_float_eq_tol(g.q90[0] - g.q10[0], 0.8f * 2.0f * sqrtf(12.0f), 1e-3f);
}
END_TEST

START_TEST(a_place_without_members_is_missing)
{
    const autan_ensemble e = make(8);
    for (size_t k = 0; k < 8; k++)
        g.value[k][9] = NAN;
    autan_summarise(&e, &all);
    ck_assert(isnan(g.mean[9]) && isnan(g.q50[9]) && isnan(g.chance[9]));
    ck_assert(isfinite(g.mean[8]) && isfinite(g.chance[10]));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("summary");
    TCase *tcase = tcase_create("summary");
    tcase_add_test(tcase, members_of_every_number_are_ranked);
    tcase_add_test(tcase, quantiles_and_chances_are_those_of_the_members);
    tcase_add_test(tcase, a_standard_error_widens_the_members_about_their_mean);
    tcase_add_test(tcase, members_that_agree_get_the_spread_of_the_error);
    tcase_add_test(tcase, a_place_without_members_is_missing);
    suite_add_tcase(suite, tcase);
    return support_run(suite);
}
