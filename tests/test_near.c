/* Kriging from the stations nearby against kriging from all of them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/covariance.h"
#include "kriging/field.h"
#include "kriging/near.h"
#include "kriging/nearest.h"
#include "support.h"

enum { N = 30, NC = 2, T = 48, PLACES = 40, GONE = 7 };

static double x[N], y[N], covariate[N * NC], px[PLACES], py[PLACES], pc[PLACES * NC];
static char name[N][8];
static const char *id[N];
static const char *const names[NC] = {"building", "wood"};
static const autan_sites sites = {N, NC, x, y, covariate};
static const autan_sites places = {PLACES, NC, px, py, pc};
static const autan_kernel kernel[2] = {{AUTAN_EXP, 2000}, {AUTAN_EXP, 20000}};
static const double persistent[5] = {0.3, 0.0, 0.2, 0.4, 0.05};
static const double pattern[5] = {0.05, 0.02, 0.1, 0.1, 0.02};
static const double hourly[5] = {0.1, 0.0, 0.15, 0.3, 0.08};

typedef struct {
    autan_panel panel;
    autan_model *model;
} town;

static void make_panel(town *t)
{
    uint64_t seed = 5;
    for (size_t i = 0; i < N; i++) {
        x[i] = 10000 * uniform(&seed);
        y[i] = 10000 * uniform(&seed);
        covariate[i * NC] = uniform(&seed);
        covariate[i * NC + 1] = uniform(&seed);
        snprintf(name[i], sizeof name[i], "s%zu", i);
        id[i] = name[i];
    }
    covariate[5 * NC] = NAN;
    for (size_t i = 0; i < PLACES; i++) {
        px[i] = 12000 * uniform(&seed) - 1000;
        py[i] = 12000 * uniform(&seed) - 1000;
        pc[i * NC] = uniform(&seed);
        pc[i * NC + 1] = uniform(&seed);
    }
    pc[3 * NC + 1] = NAN;
    ck_assert_int_eq(
        autan_panel_make(1751328000, 1751328000 + (T - 1) * 3600, 3600, N, &t->panel),
        AUTAN_OK);
    for (size_t k = 0; k < T; k++) {
        for (size_t i = 0; i < N; i++) {
            const double own = uniform(&seed);
            t->panel.value[k * N + i] =
                k == GONE || (k % 24 == 3 && i % 9 == 4)
                    ? NAN
                    : 15 + 3 * (i == 5 ? 0.5 : covariate[i * NC]) + own;
        }
    }
}

static void town_make(town *t)
{
    autan_term term[2 * NC];
    autan_term_verdict verdict[NC];
    const size_t wanted[NC] = {0, 1};
    uint64_t seed = 11;
    size_t n_terms;
    make_panel(t);
    autan_terms_choose(&sites, NC, wanted, 0, term, &n_terms, verdict);
    ck_assert_uint_eq(n_terms, NC);
    ck_assert_int_eq(
        autan_model_new(NC, names, n_terms, term, 0, 2, kernel, N, id, &t->model),
        AUTAN_OK);
    know_regimes(t->model, persistent, pattern, hourly);
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        autan_regime *regime = &t->model->regime[r];
        for (size_t i = 0; i < N; i++) {
            regime->mean[i] = 2 * uniform(&seed);
            regime->u[i] = 0.3 * uniform(&seed);
        }
        /* A station that the regime never saw. */
        regime->mean[2] = regime->u[2] = NAN;
    }
}

static void given_make(town *t, int flat, const char *text)
{
    autan_covariance covariance;
    autan_term term[2 * NC];
    autan_term_verdict verdict[NC];
    const size_t wanted[NC] = {0, 1};
    size_t n_terms, column;
    make_panel(t);
    ck_assert_int_eq(autan_covariance_parse(text, &covariance, &column), AUTAN_OK);
    autan_terms_choose(&sites, NC, wanted, 0, term, &n_terms, verdict);
    ck_assert_int_eq(autan_model_new(NC, names, n_terms, term, flat, covariance.n,
                                     covariance.kernel, N, id, &t->model),
                     AUTAN_OK);
    ck_assert_int_eq(autan_model_set_covariance(t->model, &covariance), AUTAN_OK);
}

static void town_free(town *t)
{
    autan_model_free(t->model);
    autan_panel_clear(&t->panel);
}

typedef struct {
    float mean[T * PLACES], error[T * PLACES];
} maps;

static void exact(const town *t, maps *m)
{
    autan_hours hours = {0};
    autan_field *field = NULL;
    ck_assert_int_eq(
        autan_hours_solve(t->model, &sites, id, &t->panel, AUTAN_CLASS_OWN, &hours),
        AUTAN_OK);
    ck_assert_int_eq(autan_field_new(&sites, &hours, T, &field), AUTAN_OK);
    ck_assert_int_eq(
        autan_field_evaluate(field, &places, 0, T, PLACES, m->mean, m->error),
        AUTAN_OK);
    autan_field_free(field);
    autan_hours_clear(&hours);
}

static void near_maps(const town *t, size_t k, maps *m, autan_near_summary *summary)
{
    autan_near *near = NULL;
    size_t row[T];
    ck_assert_int_eq(autan_near_solve(t->model, &sites, id, &t->panel, k, &near),
                     AUTAN_OK);
    for (size_t h = 0; h < T; h++)
        row[h] = h;
    ck_assert_int_eq(
        autan_near_evaluate(near, &places, T, row, PLACES, m->mean, m->error),
        AUTAN_OK);
    *summary = autan_near_summarise(near);
    autan_near_free(near);
}

/* Largest differences of mean and standard error. */
static void compare(const maps *a, const maps *b, double *mean, double *error)
{
    *mean = *error = 0.0;
    for (size_t k = 0; k < T * PLACES; k++) {
        ck_assert_int_eq(isnan(a->mean[k]), isnan(b->mean[k]));
        ck_assert_int_eq(isnan(a->error[k]), isnan(b->error[k]));
        if (isnan(a->mean[k]))
            continue;
        *mean = fmax(*mean, fabs((double)(a->mean[k] - b->mean[k])));
        *error = fmax(*error, fabs((double)(a->error[k] - b->error[k])));
    }
}

/* With all stations near, this is kriging by other formulas; maps of fitted models are
 * in single precision. */
START_TEST(from_all_stations_the_maps_are_the_exact_ones)
{
    static maps a, b;
    autan_near_summary summary;
    double mean, error;
    town t = {0};
    town_make(&t);
    exact(&t, &a);
    near_maps(&t, N, &b, &summary);
    compare(&a, &b, &mean, &error);
    ck_assert_double_lt(mean, 5e-4);
    ck_assert_double_lt(error, 5e-4);
    ck_assert_uint_eq(summary.n_unanswered, 1);
    ck_assert(isnan(b.mean[GONE * PLACES]));
    town_free(&t);
    for (int flat = 0; flat < 2; flat++) {
        t = (town){0};
        given_make(&t, flat, "0.5 exp 4000 + 0.3 sph 900 + 0.1 nugget");
        exact(&t, &a);
        near_maps(&t, N, &b, &summary);
        compare(&a, &b, &mean, &error);
        ck_assert_double_lt(mean, 1e-5);
        ck_assert_double_lt(error, 1e-5);
        town_free(&t);
    }
}
END_TEST

START_TEST(the_fewer_are_near_the_further_it_is_from_exact)
{
    static const size_t near[] = {4, 10, 20};
    static maps a, b;
    autan_near_summary summary;
    double mean, error, before = HUGE_VAL;
    town t = {0};
    town_make(&t);
    exact(&t, &a);
    for (size_t k = 0; k < 3; k++) {
        near_maps(&t, near[k], &b, &summary);
        compare(&a, &b, &mean, &error);
        ck_assert_double_lt(error, before);
        before = error;
    }
    /* Of standard errors of half a kelvin and more. */
    ck_assert_double_lt(error, 0.05);
    town_free(&t);
}
END_TEST

/* Without a nugget two readings in one place contradict each other: exact kriging has
 * no answer. */
START_TEST(stations_in_one_place_are_told_apart_by_a_trace_of_noise)
{
    static maps a;
    autan_near_summary summary;
    town t = {0};
    given_make(&t, 0, "0.5 exp 4000");
    x[1] = x[0];
    y[1] = y[0];
    x[3] = x[2] + 1e-9;
    y[3] = y[2];
    near_maps(&t, N, &a, &summary);
    for (size_t k = 0; k < PLACES; k++) {
        ck_assert(isfinite(a.mean[k]));
        ck_assert_float_gt(a.mean[k], 5.0f);
        ck_assert_float_lt(a.mean[k], 30.0f);
        ck_assert_float_ge(a.error[k], 0.0f);
    }
    town_free(&t);
}
END_TEST

START_TEST(a_reading_that_is_too_far_from_its_neighbours_is_left_out)
{
    static maps a;
    autan_near *near = NULL;
    autan_near_summary summary;
    town t = {0};
    town_make(&t);
    t.panel.value[20 * N + 9] = 60.0;
    near_maps(&t, N, &a, &summary);
    ck_assert_uint_eq(summary.n_rejected, 1);
    ck_assert_int_eq(autan_near_solve(t.model, &sites, id, &t.panel, N, &near),
                     AUTAN_OK);
    summary = autan_near_summarise(near);
    ck_assert_uint_eq(summary.rejected[0].row, 20);
    ck_assert_uint_eq(summary.rejected[0].site, 9);
    autan_near_free(near);
    town_free(&t);
}
END_TEST

/* Coefficients keep what the station says: with 30 stations that is a little. */
START_TEST(scores_are_near_those_of_exact_kriging)
{
    autan_left_out *a = NULL, *b = NULL;
    autan_near *near = NULL;
    double off = 0.0, apart = 0.0;
    size_t n, m;
    town t = {0};
    town_make(&t);
    t.panel.value[20 * N + 9] = 60.0;
    ck_assert_int_eq(autan_leave_one_out(t.model, &sites, id, &t.panel, &a, &n),
                     AUTAN_OK);
    ck_assert_int_eq(autan_near_solve(t.model, &sites, id, &t.panel, N, &near),
                     AUTAN_OK);
    ck_assert_int_eq(autan_near_leave_one_out(near, &t.panel, &b, &m), AUTAN_OK);
    ck_assert_uint_eq(n, m);
    for (size_t k = 0; k < n; k++) {
        ck_assert_uint_eq(a[k].row, b[k].row);
        ck_assert_uint_eq(a[k].site, b[k].site);
        ck_assert_double_eq(a[k].observed, b[k].observed);
        off += pow(a[k].predicted - b[k].predicted, 2) / (double)n;
        apart += pow(a[k].standard_error / b[k].standard_error - 1, 2) / (double)n;
    }
    ck_assert_double_lt(sqrt(off), 0.15);
    ck_assert_double_lt(sqrt(apart), 0.15);
    free(a);
    free(b);
    autan_near_free(near);
    town_free(&t);
}
END_TEST

/* The bounds of a term by the sites but one. */
static void bounds_without(size_t out, autan_term *term)
{
    double least = HUGE_VAL, most = -HUGE_VAL;
    for (size_t i = 0; i < N; i++) {
        const double v = covariate[i * NC + term->covariate];
        if (i == out || isnan(v))
            continue;
        least = fmin(least, v);
        most = fmax(most, v);
    }
    term->lower = least - 0.25 * term->scale;
    term->upper = most + 0.25 * term->scale;
}

/* Station 9 is beyond all others in both covariates, 4 in none; first without a
 * pattern, whose amplitude is known a little better with the station. */
START_TEST(a_withheld_station_is_predicted_as_a_map_without_it_would)
{
    static const size_t wanted[NC] = {0, 1}, withheld[] = {9, 4};
    const size_t out = withheld[_i % 2];
    const autan_sites there = {1, NC, &x[out], &y[out], &covariate[out * NC]};
    autan_term_verdict verdict[NC];
    autan_left_out *scores = NULL;
    autan_hours hours = {0};
    autan_field *field = NULL;
    float mean[T], error[T];
    size_t n_terms, n, compared = 0, believed = 0;
    town t = {0};
    town_make(&t);
    /* As different as leaves what is believed nearly as it was. */
    for (size_t i = 0; i < N; i++)
        t.model->noise[i] = i % 2 ? 0.9 : 1.3;
    covariate[9 * NC] = 3.0;
    covariate[9 * NC + 1] = -1.0;
    for (size_t k = 0; k < T; k++)
        t.panel.value[k * N + 9] += 2.0;
    t.panel.value[20 * N + 9] = 60.0; /* rejected, and predicted like the others */
    autan_terms_choose(&sites, NC, wanted, 1, t.model->term, &n_terms, verdict);
    ck_assert_uint_eq(n_terms, NC);
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        t.model->regime[r].mean[2] = t.model->regime[r].u[2] = 0.1;
        t.model->regime[r].has_pattern = _i / 2;
    }
    ck_assert_int_eq(autan_leave_one_out(t.model, &sites, id, &t.panel, &scores, &n),
                     AUTAN_OK);

    for (size_t k = 0; k < NC; k++)
        bounds_without(out, &t.model->term[k]);
    for (size_t r = 0; r < AUTAN_REGIMES; r++)
        t.model->regime[r].mean[out] = t.model->regime[r].u[out] = NAN;
    for (size_t k = 0; k < T; k++)
        t.panel.value[k * N + out] = NAN;
    ck_assert_int_eq(
        autan_hours_solve(t.model, &sites, id, &t.panel, AUTAN_CLASS_OWN, &hours),
        AUTAN_OK);
    ck_assert_int_eq(autan_field_new(&sites, &hours, T, &field), AUTAN_OK);
    ck_assert_int_eq(autan_field_evaluate(field, &there, 0, T, 1, mean, error),
                     AUTAN_OK);
    for (size_t k = 0; k < n; k++) {
        if (scores[k].site != out)
            continue;
        /* Without station 4 other readings of two hours are believed. */
        if (out == 4 && fabs(scores[k].predicted - mean[scores[k].row]) > 0.5) {
            believed++;
            continue;
        }
        ck_assert_double_eq_tol(scores[k].predicted, mean[scores[k].row], 1e-3);
        ck_assert_double_eq_tol(scores[k].standard_error / error[scores[k].row], 1,
                                _i < 2 ? 1e-4 : 5e-2);
        compared++;
    }
    ck_assert_uint_le(believed, 2);
    ck_assert_uint_ge(compared, T - 5);
    free(scores);
    autan_field_free(field);
    autan_hours_clear(&hours);
    town_free(&t);
}
END_TEST

START_TEST(the_nearest_are_those_of_a_search_through_all)
{
    enum { MANY = 500, K = 12 };
    static double qx[MANY], qy[MANY];
    uint64_t seed = 3;
    autan_nearest nearest;
    for (size_t i = 0; i < MANY; i++) {
        /* Some in one place, all on one line for the second half. */
        qx[i] = floor(100 * uniform(&seed));
        qy[i] = i < MANY / 2 ? floor(20 * uniform(&seed)) : 0;
    }
    ck_assert_int_eq(autan_nearest_make(MANY, qx, qy, &nearest), AUTAN_OK);
    for (size_t q = 0; q < 200; q++) {
        const double ax = 140 * uniform(&seed) - 20, ay = 60 * uniform(&seed) - 20;
        const size_t below = q % 3 ? MANY : 5 + q, but = q % 5 ? SIZE_MAX : q;
        size_t found[K], n, taken = 0;
        double square[K], last = -1.0;
        n = autan_nearest_find(&nearest, ax, ay, K, below, but, found, square);
        const size_t there = below - (but < below);
        ck_assert_uint_eq(n, there < K ? there : K);
        for (size_t k = 0; k < n; k++) {
            ck_assert_uint_lt(found[k], below);
            ck_assert_uint_ne(found[k], but);
            ck_assert_double_ge(square[k], last);
            last = square[k];
        }
        for (size_t i = 0; i < below && i < MANY; i++) {
            const double s = pow(qx[i] - ax, 2) + pow(qy[i] - ay, 2);
            taken += i != but && s < last;
        }
        ck_assert_uint_lt(taken, n);
    }
    autan_nearest_clear(&nearest);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("near");
    TCase *tests = tcase_create("near");
    tcase_add_loop_test(
        tests, a_withheld_station_is_predicted_as_a_map_without_it_would, 0, 4);
    tcase_add_test(tests, the_nearest_are_those_of_a_search_through_all);
    tcase_add_test(tests, from_all_stations_the_maps_are_the_exact_ones);
    tcase_add_test(tests, the_fewer_are_near_the_further_it_is_from_exact);
    tcase_add_test(tests, stations_in_one_place_are_told_apart_by_a_trace_of_noise);
    tcase_add_test(tests, a_reading_that_is_too_far_from_its_neighbours_is_left_out);
    tcase_add_test(tests, scores_are_near_those_of_exact_kriging);
    suite_add_tcase(suite, tests);
    return support_run(suite);
}
