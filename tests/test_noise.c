/* The noise of each station, found by the fit and used by the scores. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kriging/fit.h"
#include "kriging/leave_one_out.h"
#include "kriging/matrix.h"
#include "kriging/score.h"
#include "support.h"

enum { N = 24, DAYS = 40, T = 24 * DAYS, NOISY = 7 };

static const double NUGGET = 0.3, SILL = 0.5, RANGE_M = 8000;

static double x[N], y[N], covariate[N];
static char name[N][8];
static const char *id[N];
static const char *const names[1] = {"built"};
static const autan_sites sites = {N, 1, x, y, covariate};

static double normal(uint64_t *seed)
{
    const double u = 1.0 - uniform(seed);
    return sqrt(-2.0 * log(u)) * cos(2.0 * acos(-1.0) * uniform(seed));
}

/* A warmer middle, a smooth field of the hour, and noise of its own at each station. */
static void make_town(const double *noise, autan_panel *panel)
{
    uint64_t seed = 3;
    double *L = autan_matrix_new(N, N), z[N];
    for (size_t i = 0; i < N; i++) {
        x[i] = 20000 * uniform(&seed);
        y[i] = 20000 * uniform(&seed);
        covariate[i] = uniform(&seed);
        snprintf(name[i], sizeof name[i], "s%zu", i);
        id[i] = name[i];
    }
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++)
            L[i * N + j] = SILL * exp(-hypot(x[i] - x[j], y[i] - y[j]) / RANGE_M);
    }
    ck_assert_int_eq(autan_matrix_cholesky(N, L, NULL), AUTAN_OK);
    ck_assert_int_eq(
        autan_panel_make(1751328000, 1751328000 + (T - 1) * 3600, 3600, N, panel),
        AUTAN_OK);
    for (size_t t = 0; t < T; t++) {
        for (size_t i = 0; i < N; i++)
            z[i] = normal(&seed);
        for (size_t i = 0; i < N; i++) {
            double value =
                20.0 + 2.0 * covariate[i] + sqrt(NUGGET * noise[i]) * normal(&seed);
            for (size_t j = 0; j <= i; j++)
                value += L[i * N + j] * z[j];
            panel->value[t * N + i] = value;
        }
    }
    free(L);
}

static autan_model *fit(const autan_panel *panel)
{
    static const autan_kernel kernel[] = {
        {AUTAN_EXP, 2e3}, {AUTAN_EXP, 10e3}, {AUTAN_EXP, 50e3}, {AUTAN_EXP, 250e3}};
    const size_t wanted = 0;
    autan_term term[2];
    autan_term_verdict verdict;
    size_t n_terms;
    autan_model *model;
    autan_terms_choose(&sites, 1, &wanted, 1, term, &n_terms, &verdict);
    ck_assert_int_eq(
        autan_model_new(1, names, n_terms, term, 0, 4, kernel, N, id, &model),
        AUTAN_OK);
    ck_assert_int_eq(autan_model_fit(model, &sites, panel, NULL, NULL), AUTAN_OK);
    return model;
}

/* Mean CRPS over the readings of all stations but the noisy ones. */
static double crps(const autan_model *model, const autan_panel *panel)
{
    autan_left_out *row = NULL;
    autan_score score = {0};
    size_t n;
    ck_assert_int_eq(autan_leave_one_out(model, &sites, id, panel, &row, &n), AUTAN_OK);
    ck_assert_uint_gt(n, T * N / 2);
    for (size_t k = 0; k < n; k++) {
        if (row[k].site % NOISY != 0)
            autan_score_add(&score, row[k].predicted, row[k].standard_error,
                            row[k].observed);
    }
    free(row);
    return autan_score_crps(&score);
}

/* 960 hours tell a variance to 5 %; what is near a station and what is its own is not
 * told apart better than to some tens of percent. */
START_TEST(noisy_stations_are_found_and_weigh_less)
{
    double noise[N], apart = 0.0, with, without;
    autan_panel panel;
    autan_model *model;
    for (size_t i = 0; i < N; i++)
        noise[i] = i % NOISY == 0 ? 10.0 : i % 3 == 1 ? 0.5 : 1.0;
    make_town(noise, &panel);
    model = fit(&panel);
    for (size_t i = 0; i < N; i++)
        apart += log(model->noise[i] / noise[i]) / N;
    for (size_t i = 0; i < N; i++) {
        ck_assert_double_eq_tol(log(model->noise[i] / noise[i]) - apart, 0.0, 0.6);
        if (i % NOISY == 0)
            ck_assert_double_gt(model->noise[i], 3.0);
    }
    with = crps(model, &panel);
    for (size_t i = 0; i < N; i++)
        model->noise[i] = 1.0;
    without = crps(model, &panel);
    ck_assert_double_lt(with, 0.97 * without);
    autan_model_free(model);
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(stations_that_are_alike_have_the_same_noise)
{
    double noise[N], level = 0.0;
    autan_panel panel;
    autan_model *model;
    for (size_t i = 0; i < N; i++)
        noise[i] = 1.0;
    make_town(noise, &panel);
    model = fit(&panel);
    for (size_t i = 0; i < N; i++) {
        ck_assert_double_eq_tol(log(model->noise[i]), 0.0, 0.3);
        level += log(model->noise[i]);
    }
    /* What they have in common is in the nugget. */
    ck_assert_double_eq_tol(level, 0.0, 1e-9);
    autan_model_free(model);
    autan_panel_clear(&panel);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("noise");
    TCase *tcase = tcase_create("noise");
    tcase_set_timeout(tcase, 300);
    tcase_add_test(tcase, noisy_stations_are_found_and_weigh_less);
    tcase_add_test(tcase, stations_that_are_alike_have_the_same_noise);
    suite_add_tcase(suite, tcase);
    return support_run(suite);
}
