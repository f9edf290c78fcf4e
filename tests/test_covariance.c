/* Covariance functions beside gstat 2.1-0 (R 4.2.2), and the grammar of the city file.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/covariance.h"
#include "kriging/matrix.h"
#include "support.h"

/* variogramLine(vgm(1, MODEL, 800, 0, kappa), covariance = TRUE) at these distances. */
static const double distance[] = {0, 100, 400, 800, 1200, 5000};
enum { DISTANCES = sizeof distance / sizeof *distance };
static const struct {
    autan_covariance_model model;
    const char *name;
    double value[DISTANCES];
} gstat[] = {
    {AUTAN_EXP,
     "exp",
     {1, 0.882496902584595, 0.606530659712633, 0.367879441171442, 0.22313016014843,
      0.00193045413622772}},
    {AUTAN_SPH, "sph", {1, 0.8134765625, 0.3125, 0, 0, 0}},
    {AUTAN_GAU,
     "gau",
     {1, 0.984496437005408, 0.778800783071405, 0.367879441171442, 0.105399224561864,
      0}},
    {AUTAN_MAT32,
     "mat32",
     {1, 0.99280901540767, 0.90979598956895, 0.735758882342885, 0.557825400371075,
      0.0139957924876509}},
    {AUTAN_MAT52,
     "mat52",
     {1, 0.997405353441965, 0.96034021121167, 0.858385362733366, 0.725173020482397,
      0.0391319140531159}},
};
enum { MODELS = sizeof gstat / sizeof *gstat };

static autan_covariance parsed(const char *text)
{
    autan_covariance covariance;
    size_t column = 99;
    ck_assert_int_eq(autan_covariance_parse(text, &covariance, &column), AUTAN_OK);
    return covariance;
}

START_TEST(every_model_has_the_values_of_gstat)
{
    ck_assert_int_eq(MODELS, AUTAN_COVARIANCE_MODELS - 1);
    for (size_t m = 0; m < MODELS; m++) {
        const autan_kernel kernel = {gstat[m].model, 800};
        double value[DISTANCES];
        autan_kernel_values(&kernel, DISTANCES, distance, value);
        for (size_t k = 0; k < DISTANCES; k++)
            ck_assert_double_eq_tol(value[k], gstat[m].value[k], 2e-15);
    }
}
END_TEST

START_TEST(every_model_is_1_at_0_falls_and_never_leaves_0_to_1)
{
    for (size_t m = 0; m < MODELS; m++) {
        const autan_kernel kernel = {gstat[m].model, 1234.5};
        double last = 1.0;
        for (double h = 0; h < 1e7; h = h * 1.1 + 1) {
            double value;
            autan_kernel_values(&kernel, 1, &h, &value);
            ck_assert(value >= 0 && value <= 1 && value <= last + 1e-15);
            ck_assert(h > 0 || value == 1.0);
            last = value;
        }
        ck_assert_double_lt(last, 1e-12);
    }
}
END_TEST

START_TEST(every_model_is_positive_definite_on_a_network)
{
    enum { N = 40 };
    uint64_t state = 3;
    double x[N], y[N], *C = autan_matrix_new(N, N);
    for (size_t i = 0; i < N; i++) {
        x[i] = 10000 * uniform(&state);
        y[i] = 10000 * uniform(&state);
    }
    for (size_t m = 0; m < MODELS; m++) {
        const autan_kernel kernel = {gstat[m].model, 3000};
        for (size_t i = 0; i < N * N; i++)
            C[i] = hypot(x[i / N] - x[i % N], y[i / N] - y[i % N]);
        autan_kernel_values(&kernel, N * N, C, C);
        for (size_t i = 0; i < N; i++)
            C[i * N + i] += 1e-9; /* smooth models are nearly singular */
        ck_assert_int_eq(autan_matrix_cholesky(N, C, NULL), AUTAN_OK);
    }
    free(C);
}
END_TEST

/* With a range of 1 the argument of the exponential is exact. */
START_TEST(single_precision_is_off_by_two_units_in_the_last_place)
{
    enum { MANY = 88 * 4096 };
    static float h[MANY], value[MANY];
    const autan_kernel kernel = {AUTAN_EXP, 1.0};
    for (size_t k = 0; k < MANY; k++)
        h[k] = (float)k / 4096.0f;
    autan_kernel_values_float(&kernel, MANY, h, value);
    ck_assert_float_eq(value[0], 1.0f);
    for (size_t k = 0; k < 87 * 4096; k++)
        ck_assert_double_le(fabs((double)value[k] / exp(-(double)h[k]) - 1.0), 0x1p-22);
    for (size_t k = 87 * 4096; k < MANY; k++)
        ck_assert_double_le((double)value[k], 2e-38);
}
END_TEST

START_TEST(single_precision_lets_nan_through_and_ends_beyond_all_distances)
{
    const float h[2] = {NAN, 1e9f};
    for (int m = AUTAN_NUGGET + 1; m < AUTAN_COVARIANCE_MODELS; m++) {
        const autan_kernel kernel = {(autan_covariance_model)m, 1000.0};
        float value[2];
        autan_kernel_values_float(&kernel, 2, h, value);
        ck_assert_msg(m == AUTAN_SPH || isnan(value[0]), "model %d", m);
        ck_assert_float_le(value[1], 1e-6f);
    }
}
END_TEST

START_TEST(values_may_take_the_place_of_the_distances)
{
    for (size_t m = 0; m < MODELS; m++) {
        const autan_kernel kernel = {gstat[m].model, 800};
        double value[DISTANCES];
        memcpy(value, distance, sizeof value);
        autan_kernel_values(&kernel, DISTANCES, value, value);
        for (size_t k = 0; k < DISTANCES; k++)
            ck_assert_double_eq_tol(value[k], gstat[m].value[k], 2e-15);
    }
}
END_TEST

/* More distances than fit into one block of the implementation. */
START_TEST(a_sum_is_that_of_its_terms_without_the_nugget)
{
    enum { N = 1000 };
    const autan_covariance sum = parsed("0.5 exp 800 + 2 sph 3000 + 0.25 nugget");
    double h[N], value[N], first[N], second[N];
    for (size_t k = 0; k < N; k++)
        h[k] = 5.0 * (double)k;
    autan_covariance_values(&sum, N, h, value);
    autan_kernel_values(&sum.kernel[0], N, h, first);
    autan_kernel_values(&sum.kernel[1], N, h, second);
    ck_assert_double_eq_tol(value[0], 2.5, 1e-15);
    for (size_t k = 0; k < N; k++)
        ck_assert_double_eq_tol(value[k], 0.5 * first[k] + 2 * second[k], 1e-15);
    autan_covariance_values(&sum, N, h, h);
    ck_assert_mem_eq(h, value, sizeof h);
    ck_assert_double_eq_tol(autan_covariance_variance(&sum), 2.75, 1e-15);
}
END_TEST

START_TEST(a_nugget_alone_is_0_at_every_distance)
{
    const autan_covariance nugget = parsed("0.25 nugget");
    double value[DISTANCES];
    autan_covariance_values(&nugget, DISTANCES, distance, value);
    for (size_t k = 0; k < DISTANCES; k++)
        ck_assert_double_eq(value[k], 0.0);
    ck_assert_double_eq(autan_covariance_variance(&nugget), 0.25);
}
END_TEST

/* The example of the contract. */
START_TEST(a_sum_is_read_term_by_term)
{
    autan_covariance c = parsed("0.5 exp 4000 + 0.1 nugget");
    ck_assert_uint_eq(c.n, 1);
    ck_assert_int_eq(c.kernel[0].model, AUTAN_EXP);
    ck_assert_double_eq(c.kernel[0].range_m, 4000);
    ck_assert_double_eq(c.sill[0], 0.5);
    ck_assert_double_eq(c.nugget, 0.1);

    c = parsed("  1e-1 nugget\t+ 2 mat52 1.5e3 + 0 gau 7 + 0.3 nugget ");
    ck_assert_uint_eq(c.n, 2);
    ck_assert_int_eq(c.kernel[0].model, AUTAN_MAT52);
    ck_assert_double_eq(c.kernel[0].range_m, 1500);
    ck_assert_int_eq(c.kernel[1].model, AUTAN_GAU);
    ck_assert_double_eq(c.sill[1], 0);
    ck_assert_double_eq_tol(c.nugget, 0.4, 1e-15);
}
END_TEST

START_TEST(every_model_is_read_by_its_name)
{
    for (size_t m = 0; m < MODELS; m++) {
        char text[64];
        autan_covariance c;
        ck_assert_str_eq(autan_covariance_model_name(gstat[m].model), gstat[m].name);
        snprintf(text, sizeof text, "3 %s 250", gstat[m].name);
        c = parsed(text);
        ck_assert_int_eq(c.kernel[0].model, gstat[m].model);
    }
    ck_assert_str_eq(autan_covariance_model_name(AUTAN_NUGGET), "nugget");
}
END_TEST

START_TEST(as_many_terms_as_there_is_room_for_are_read_and_no_more)
{
    const autan_covariance eight =
        parsed("1 exp 1 + 1 exp 2 + 1 exp 3 + 1 exp 4 + 1 exp 5 + 1 exp 6 + 1 exp 7 + "
               "1 exp 8 + 1 nugget");
    autan_covariance nine = {0};
    size_t column = 0;
    ck_assert_uint_eq(eight.n, AUTAN_KERNELS_MAX);
    ck_assert_int_eq(autan_covariance_parse(
                         "1 exp 1 + 1 exp 2 + 1 exp 3 + 1 exp 4 + 1 exp 5 + 1 exp 6 + "
                         "1 exp 7 + 1 exp 8 + 1 exp 9",
                         &nine, &column),
                     AUTAN_BAD_SYNTAX);
}
END_TEST

static const struct {
    const char *text;
    autan_status status;
} refused[] = {
    {"", AUTAN_BAD_SYNTAX},
    {"   ", AUTAN_BAD_SYNTAX},
    {"exp", AUTAN_BAD_SYNTAX},
    {"0.5", AUTAN_BAD_SYNTAX},
    {"0.5 exp", AUTAN_BAD_SYNTAX},
    {"0.5 exp 4000 +", AUTAN_BAD_SYNTAX},
    {"+ 0.5 exp 4000", AUTAN_BAD_SYNTAX},
    {"0.5 exp 4000 0.1 nugget", AUTAN_BAD_SYNTAX},
    {"0.5 exp 4000 ++ 0.1 nugget", AUTAN_BAD_SYNTAX},
    {"0.5 exp 4000 + + 0.1 nugget", AUTAN_BAD_SYNTAX},
    {"0.5 exp 4000, 0.1 nugget", AUTAN_BAD_SYNTAX},
    {"0.1 nugget 500", AUTAN_BAD_SYNTAX},
    {"0.5 Exp 4000", AUTAN_BAD_SYNTAX},
    {"0.5 exponential 4000", AUTAN_BAD_SYNTAX},
    {"0.5 mat 4000", AUTAN_BAD_SYNTAX},
    {"0,5 exp 4000", AUTAN_BAD_SYNTAX},
    {"0.5 exp 4km", AUTAN_BAD_SYNTAX},
    {"nan exp 4000", AUTAN_BAD_SYNTAX},
    {"0.5 exp inf", AUTAN_BAD_SYNTAX},
    {"0x1 exp 4000", AUTAN_BAD_SYNTAX},
    {"0.5 exp 4000 + 0.1 a-word-much-longer-than-any-model-name-there-is",
     AUTAN_BAD_SYNTAX},
    {"-0.5 exp 4000", AUTAN_OUT_OF_DOMAIN},
    {"0.5 exp 4000 + -0.1 nugget", AUTAN_OUT_OF_DOMAIN},
    {"0.5 exp 0", AUTAN_OUT_OF_DOMAIN},
    {"0.5 exp -4000", AUTAN_OUT_OF_DOMAIN},
    {"0 exp 4000", AUTAN_OUT_OF_DOMAIN},
    {"0 nugget", AUTAN_OUT_OF_DOMAIN},
    {"0 exp 4000 + 0 nugget", AUTAN_OUT_OF_DOMAIN},
};

START_TEST(what_is_not_a_covariance_is_refused_and_the_output_left_untouched)
{
    autan_covariance c = {.n = 3, .nugget = 17}, before = c;
    size_t column = 99;
    ck_assert_msg(autan_covariance_parse(refused[_i].text, &c, &column) ==
                      refused[_i].status,
                  "'%s'", refused[_i].text);
    ck_assert_uint_le(column, strlen(refused[_i].text));
    ck_assert_mem_eq(&c, &before, sizeof c);
}
END_TEST

/* A sill or range that overflows is no number within its domain either. */
START_TEST(a_sill_or_range_beyond_a_double_is_refused)
{
    autan_covariance c;
    size_t column;
    ck_assert_int_ne(autan_covariance_parse("1e999 exp 4000", &c, &column), AUTAN_OK);
    ck_assert_int_ne(autan_covariance_parse("1 exp 1e999", &c, &column), AUTAN_OK);
}
END_TEST

START_TEST(the_place_of_a_value_out_of_its_domain_is_told)
{
    autan_covariance c;
    size_t column;
    ck_assert_int_eq(autan_covariance_parse("0.5 exp 4000 + -0.1 nugget", &c, &column),
                     AUTAN_OUT_OF_DOMAIN);
    ck_assert_str_eq("0.5 exp 4000 + -0.1 nugget" + column, "-0.1 nugget");
    ck_assert_int_eq(autan_covariance_parse("0.5 exp -4000", &c, &column),
                     AUTAN_OUT_OF_DOMAIN);
    ck_assert_str_eq("0.5 exp -4000" + column, "-4000");
}
END_TEST

/* "where reading stopped" is of use only when the word that stopped it is in what
 * follows: the message prints that. */
START_TEST(the_word_that_stopped_the_reading_is_in_what_is_told)
{
    static const char *const text[][2] = {{"0.5 foo 4000", "foo"},
                                          {"0.5 exp abc", "abc"},
                                          {"half exp 4000", "half"},
                                          {"0.5 exp 4000 plus 0.1 nugget", "plus"}};
    for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
        autan_covariance c;
        size_t column;
        ck_assert_int_eq(autan_covariance_parse(text[k][0], &c, &column),
                         AUTAN_BAD_SYNTAX);
        ck_assert_msg(strstr(text[k][0] + column, text[k][1]) != NULL,
                      "'%s': stopped at '%s'", text[k][0], text[k][0] + column);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("covariance");
    TCase *values = tcase_create("values"), *grammar = tcase_create("grammar");
    tcase_add_test(values, every_model_has_the_values_of_gstat);
    tcase_add_test(values, every_model_is_1_at_0_falls_and_never_leaves_0_to_1);
    tcase_add_test(values, every_model_is_positive_definite_on_a_network);
    tcase_add_test(values, single_precision_is_off_by_two_units_in_the_last_place);
    tcase_add_test(values,
                   single_precision_lets_nan_through_and_ends_beyond_all_distances);
    tcase_add_test(values, values_may_take_the_place_of_the_distances);
    tcase_add_test(values, a_sum_is_that_of_its_terms_without_the_nugget);
    tcase_add_test(values, a_nugget_alone_is_0_at_every_distance);
    suite_add_tcase(suite, values);
    tcase_add_test(grammar, a_sum_is_read_term_by_term);
    tcase_add_test(grammar, every_model_is_read_by_its_name);
    tcase_add_test(grammar, as_many_terms_as_there_is_room_for_are_read_and_no_more);
    tcase_add_loop_test(
        grammar, what_is_not_a_covariance_is_refused_and_the_output_left_untouched, 0,
        sizeof refused / sizeof *refused);
    tcase_add_test(grammar, a_sill_or_range_beyond_a_double_is_refused);
    tcase_add_test(grammar, the_place_of_a_value_out_of_its_domain_is_told);
    tcase_add_test(grammar, the_word_that_stopped_the_reading_is_in_what_is_told);
    suite_add_tcase(suite, grammar);
    return support_run(suite);
}
