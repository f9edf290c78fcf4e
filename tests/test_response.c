/* How maps answer to a change of the covariates, against the maps themselves. */
#include <math.h>
#include <stdlib.h>

#include "ground/change.h"
#include "kriging/field.h"
#include "support.h"

enum { N = 14, NC = 2, T = 3 };

static double x[N], y[N], covariate[N * NC];
static const char *const id[N] = {"a", "b", "c", "d", "e", "f", "g",
                                  "h", "i", "j", "k", "l", "m", "n"};
static const char *const names[NC] = {"building", "wood"};
static const autan_sites sites = {N, NC, x, y, covariate};

/* Stations at random, warmer where it is built; one is missing in the second hour, the
 * third has none. */
static void make_network(autan_panel *panel)
{
    uint64_t seed = 5;
    for (int i = 0; i < N; i++) {
        x[i] = 10000 * uniform(&seed);
        y[i] = 10000 * uniform(&seed);
        covariate[i * NC] = uniform(&seed);
        covariate[i * NC + 1] = uniform(&seed);
    }
    ck_assert_int_eq(autan_panel_make(0, 2 * 3600, 3600, N, panel), AUTAN_OK);
    for (int t = 0; t < T; t++) {
        for (int i = 0; i < N; i++)
            panel->value[t * N + i] = t == 2 || (t == 1 && i == 4)
                                          ? NAN
                                          : 15 + 3 * covariate[i * NC] -
                                                covariate[i * NC + 1] + uniform(&seed);
    }
}

/* Mean and variance at one place with these covariates. */
static void at(const autan_field *field, size_t row, const double *value, double *mean,
               double *variance)
{
    const double px = 4321, py = 5678;
    const autan_sites place = {1, NC, &px, &py, value};
    float m, e;
    ck_assert_int_eq(autan_field_evaluate(field, &place, row, 1, 1, &m, &e), AUTAN_OK);
    *mean = (double)m;
    *variance = (double)e * (double)e;
}

START_TEST(the_answer_is_the_difference_of_the_maps_and_its_variance_theirs)
{
    static const double base[NC] = {0.4, 0.3}, step[NC] = {0.5, -0.7};
    autan_covariance covariance;
    autan_term term[2 * NC];
    autan_term_verdict verdict[NC];
    const size_t wanted[NC] = {0, 1};
    autan_panel panel;
    autan_model *model;
    autan_hours hours;
    autan_field *field;
    size_t n_terms;
    make_network(&panel);
    ck_assert_int_eq(
        autan_covariance_parse("0.5 exp 4000 + 0.1 nugget", &covariance, NULL),
        AUTAN_OK);
    autan_terms_choose(&sites, NC, wanted, 0, term, &n_terms, verdict);
    ck_assert_uint_eq(n_terms, NC);
    ck_assert_int_eq(autan_model_new(NC, names, n_terms, term, 1, covariance.n,
                                     covariance.kernel, N, id, &model),
                     AUTAN_OK);
    ck_assert_int_eq(autan_model_set_covariance(model, &covariance), AUTAN_OK);
    ck_assert_int_eq(
        autan_hours_solve(model, &sites, id, &panel, AUTAN_CLASS_OWN, &hours),
        AUTAN_OK);
    ck_assert_int_eq(autan_field_new(&sites, &hours, T, &field), AUTAN_OK);
    for (size_t row = 0; row < 2; row++) {
        double b[NC], V[NC * NC], up[NC], down[NC], dx[NC], mean[3], variance[3];
        double change = 0.0, squared = 0.0;
        ck_assert_int_eq(autan_field_response(field, row, b, V), AUTAN_OK);
        for (int k = 0; k < NC; k++) {
            up[k] = base[k] + step[k];
            down[k] = base[k] - step[k];
            dx[k] = step[k] / term[k].scale;
            change += b[k] * dx[k];
        }
        for (int k = 0; k < NC * NC; k++)
            squared += dx[k / NC] * V[k] * dx[k % NC];
        at(field, row, base, &mean[0], &variance[0]);
        at(field, row, up, &mean[1], &variance[1]);
        at(field, row, down, &mean[2], &variance[2]);
        ck_assert_double_eq_tol(mean[1] - mean[0], change, 1e-5);
        ck_assert_double_gt(fabs(change), 0.5);
        /* Variances are quadratic in the terms: the second difference has the square.
         */
        ck_assert_double_eq_tol(variance[1] - 2 * variance[0] + variance[2],
                                2 * squared, 1e-4 * squared);
    }
    double b[NC], V[NC * NC];
    ck_assert_int_eq(autan_field_response(field, 2, b, V), AUTAN_NO_DATA);
    autan_field_free(field);
    autan_hours_clear(&hours);
    autan_model_free(model);
    autan_panel_clear(&panel);
}
END_TEST

/* The parts of the map at a place, from a panel solved anew. */
static void explained(const autan_model *model, const autan_panel *panel,
                      autan_field_parts *parts, double *terms, double *weight,
                      float *mean)
{
    static const double value[NC] = {0.4, 0.3};
    const double px = 4321, py = 5678;
    const autan_sites place = {1, NC, &px, &py, value};
    autan_hours hours;
    autan_field *field;
    ck_assert_int_eq(
        autan_hours_solve(model, &sites, id, panel, AUTAN_CLASS_OWN, &hours), AUTAN_OK);
    ck_assert_int_eq(autan_field_new(&sites, &hours, T, &field), AUTAN_OK);
    ck_assert_int_eq(autan_field_explain(field, &place, 0, parts, terms, weight),
                     AUTAN_OK);
    ck_assert_int_eq(autan_field_evaluate(field, &place, 0, 1, 1, mean, NULL),
                     AUTAN_OK);
    ck_assert_int_eq(autan_field_explain(field, &place, 2, parts, terms, weight),
                     AUTAN_NO_DATA);
    autan_field_free(field);
    autan_hours_clear(&hours);
}

START_TEST(a_weight_is_how_much_the_map_moves_with_a_reading)
{
    autan_covariance covariance;
    autan_term term[2 * NC];
    autan_term_verdict verdict[NC];
    const size_t wanted[NC] = {0, 1};
    autan_panel panel;
    autan_model *model;
    autan_field_parts parts, moved_parts;
    double terms[NC], weight[N] = {0}, moved_x[NC], moved_weight[N] = {0}, sum = 0.0;
    float mean, moved;
    size_t n_terms;
    make_network(&panel);
    ck_assert_int_eq(
        autan_covariance_parse("0.5 exp 4000 + 0.1 nugget", &covariance, NULL),
        AUTAN_OK);
    autan_terms_choose(&sites, NC, wanted, 0, term, &n_terms, verdict);
    ck_assert_int_eq(autan_model_new(NC, names, n_terms, term, 1, covariance.n,
                                     covariance.kernel, N, id, &model),
                     AUTAN_OK);
    ck_assert_int_eq(autan_model_set_covariance(model, &covariance), AUTAN_OK);
    panel.value[3] = NAN;
    explained(model, &panel, &parts, terms, weight, &mean);
    ck_assert_double_eq(weight[3], 0.0);
    for (int i = 0; i < N; i++)
        sum += weight[i];
    ck_assert_double_eq_tol(sum, 1.0, 1e-9);
    ck_assert_double_eq_tol(terms[0], (0.4 - term[0].center) / term[0].scale, 1e-12);
    for (int i = 0; i < N; i += 5) {
        if (i == 3)
            continue;
        panel.value[i] += 8.0;
        explained(model, &panel, &moved_parts, moved_x, moved_weight, &moved);
        ck_assert_double_eq_tol((double)(moved - mean), 8.0 * weight[i], 1e-4);
        panel.value[i] -= 8.0;
    }
    autan_model_free(model);
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(changes_have_targets_by_the_names_of_covariates)
{
    ck_assert_double_eq(autan_change_target(AUTAN_CHANGE_PLANT, "wood", 1), 1);
    ck_assert_double_eq(autan_change_target(AUTAN_CHANGE_PLANT, "road", 1), 0);
    ck_assert(isnan(autan_change_target(AUTAN_CHANGE_PLANT, "building", 1)));
    ck_assert(isnan(autan_change_target(AUTAN_CHANGE_PLANT, "elevation", 1)));
    ck_assert_double_eq(autan_change_target(AUTAN_CHANGE_BUILD, "imperviousness", 100),
                        100);
    ck_assert_double_eq(autan_change_target(AUTAN_CHANGE_OPEN, "imperviousness", 100),
                        0);
    ck_assert_double_eq(autan_change_target(AUTAN_CHANGE_WHITEN, "albedo", 1), 0.6);
    ck_assert_str_eq(autan_change_word(AUTAN_CHANGE_OPEN), "open");
}
END_TEST

START_TEST(changes_spread_over_discs_and_leave_the_rest_exactly_alone)
{
    enum { SIDE = 30 };
    static double delta[SIDE * SIDE], out[SIDE * SIDE];
    double sum = 0.0;
    delta[15 * SIDE + 15] = 2.0;
    ck_assert_int_eq(autan_change_spread(delta, SIDE, SIDE, 4.0, out), AUTAN_OK);
    for (int k = 0; k < SIDE * SIDE; k++) {
        sum += out[k];
        if (hypot(k % SIDE - 15, k / SIDE - 15) > 5)
            ck_assert(out[k] == 0.0);
    }
    ck_assert_double_eq_tol(sum, 2.0, 1e-12);
    /* A cell in the middle of the disc counts by its area. */
    ck_assert_double_eq_tol(out[15 * SIDE + 15], 2.0 / (M_PI * 16), 1e-3);
    ck_assert_int_eq(autan_change_spread(delta, SIDE, SIDE, 0.0, out), AUTAN_OK);
    ck_assert_double_eq(out[15 * SIDE + 15], 2.0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("response");
    TCase *tests = tcase_create("response");
    tcase_add_test(tests,
                   the_answer_is_the_difference_of_the_maps_and_its_variance_theirs);
    tcase_add_test(tests, a_weight_is_how_much_the_map_moves_with_a_reading);
    tcase_add_test(tests, changes_have_targets_by_the_names_of_covariates);
    tcase_add_test(tests, changes_spread_over_discs_and_leave_the_rest_exactly_alone);
    suite_add_tcase(suite, tests);
    return support_run(suite);
}
