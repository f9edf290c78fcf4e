/* How far places lie beyond what stations have seen. */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/random.h"
#include "kriging/beyond.h"
#include "support.h"

static const bool both[] = {true, true};

static float beyond_of(const autan_seen *seen, double first, double second)
{
    const double place[] = {first, second};
    float beyond;
    autan_beyond_places(seen, 1, place, &beyond);
    return beyond;
}

START_TEST(a_value_within_the_range_is_not_beyond_and_others_count_in_deviations)
{
    const double value[] = {4, NAN, 1, 3, 2, 5, INFINITY};
    const bool used = true;
    const double deviation = sqrt(2.5); /* of 1 to 5 */
    autan_seen s;
    ck_assert_int_eq(autan_seen_make(7, 1, value, &used, &s), AUTAN_OK);
    ck_assert_uint_eq(s.range[0].n, 5);
    ck_assert_double_eq_tol(s.range[0].deviation, deviation, 1e-12);
    ck_assert_double_eq(autan_beyond(s.range, 1), 0);
    ck_assert_double_eq_tol(autan_beyond(s.range, 5 + 2 * deviation), 2, 1e-12);
    ck_assert_double_eq_tol(autan_beyond(s.range, 1 - deviation), 1, 1e-12);
    ck_assert(isnan(autan_beyond(s.range, NAN)));
    autan_seen_clear(&s);
    ck_assert_int_eq(autan_seen_make(1, 1, value + 1, &used, &s), AUTAN_OK);
    ck_assert(isnan(autan_beyond(s.range, 1)));
    autan_seen_clear(&s);
}
END_TEST

START_TEST(a_place_is_as_far_beyond_as_the_farthest_covariate_that_is_used)
{
    const double value[] = {0, 10, 2, 10, 4, 10};
    const bool one[] = {true, false};
    autan_seen s;
    ck_assert_int_eq(autan_seen_make(3, 2, value, both, &s), AUTAN_OK);
    ck_assert_float_eq(beyond_of(&s, 1, 10), 0);
    ck_assert_float_eq(beyond_of(&s, 8, 10), 2); /* deviations of 2 */
    ck_assert_float_eq(beyond_of(&s, 1, 11), AUTAN_BEYOND_MOST);
    ck_assert(isnan(beyond_of(&s, NAN, 10)));
    ck_assert(isnan(beyond_of(&s, 1, NAN)));
    autan_seen_clear(&s);
    ck_assert_int_eq(autan_seen_make(3, 2, value, one, &s), AUTAN_OK);
    ck_assert_float_eq(beyond_of(&s, 1, 11), 0);
    ck_assert_float_eq(beyond_of(&s, 1, NAN), 0);
    autan_seen_clear(&s);
}
END_TEST

/* Stations where the second covariate is the first but for a little. */
enum { N = 40 };
static void make_alike(double *value)
{
    autan_random random = autan_random_make(5, 0);
    for (int i = 0; i < N; i++) {
        value[2 * i] = (i - (N - 1) / 2.0) / 12.0;
        value[2 * i + 1] = value[2 * i] + 0.1 * autan_random_normal(&random);
    }
}

START_TEST(a_mixture_that_no_station_has_is_beyond_though_each_part_is_seen)
{
    double value[2 * N];
    autan_seen s;
    make_alike(value);
    ck_assert_int_eq(autan_seen_make(N, 2, value, both, &s), AUTAN_OK);
    ck_assert_double_lt(s.shrinkage, 0.1);
    ck_assert_float_eq(beyond_of(&s, 1.4, 1.4), 0);
    ck_assert_float_eq(beyond_of(&s, -1.4, -1.4), 0);
    ck_assert_float_gt(beyond_of(&s, 1.4, -1.4), 3);
    ck_assert_float_gt(beyond_of(&s, 1.4, -1.4), beyond_of(&s, 0.7, -0.7));
    autan_seen_clear(&s);
}
END_TEST

/* With correlation r and the correlations shrunk by l, Mahalanobis' distance of (z, -z)
 * is z sqrt(2 / (1 - (1 - l) r)), from the inverse of a matrix of two by two. */
START_TEST(the_distance_of_a_mixture_is_that_of_mahalanobis_less_the_farthest_stations)
{
    double value[2 * N], r = 0.0, farthest = 0.0;
    autan_seen s;
    make_alike(value);
    ck_assert_int_eq(autan_seen_make(N, 2, value, both, &s), AUTAN_OK);
    const autan_range *a = &s.range[0], *b = &s.range[1];
    for (int i = 0; i < N; i++)
        r += (value[2 * i] - a->mean) / a->deviation * (value[2 * i + 1] - b->mean) /
             b->deviation / (N - 1);
    r *= 1.0 - s.shrinkage;
    for (int i = 0; i < N; i++) {
        const double u = (value[2 * i] - a->mean) / a->deviation;
        const double v = (value[2 * i + 1] - b->mean) / b->deviation;
        farthest =
            fmax(farthest, sqrt((u * u - 2 * r * u * v + v * v) / (1.0 - r * r)));
    }
    const double expected = 1.3 * sqrt(2.0 / (1.0 - r)) - farthest;
    ck_assert_double_gt(expected, 1.0);
    ck_assert_float_eq_tol(
        beyond_of(&s, a->mean + 1.3 * a->deviation, b->mean - 1.3 * b->deviation),
        (float)expected, 1e-4f);
    autan_seen_clear(&s);
}
END_TEST

START_TEST(the_stations_themselves_are_never_beyond)
{
    enum { STATIONS = 12, COVARIATES = 20 }; /* more covariates than stations */
    double value[STATIONS * COVARIATES];
    bool used[COVARIATES];
    float beyond[STATIONS];
    autan_seen s;
    autan_random random = autan_random_make(8, 0);
    for (int i = 0; i < STATIONS * COVARIATES; i++)
        value[i] = autan_random_normal(&random);
    for (int k = 0; k < COVARIATES; k++)
        used[k] = true;
    ck_assert_int_eq(autan_seen_make(STATIONS, COVARIATES, value, used, &s), AUTAN_OK);
    ck_assert_double_gt(s.shrinkage, 0.3); /* there is no correlation to be known */
    autan_beyond_places(&s, STATIONS, value, beyond);
    for (int i = 0; i < STATIONS; i++)
        ck_assert_float_le(beyond[i], 1e-6f);
    autan_seen_clear(&s);
}
END_TEST

START_TEST(three_stations_say_nothing_of_mixtures)
{
    const double value[] = {0, 0, 1, 1, 2, 2};
    autan_seen s;
    ck_assert_int_eq(autan_seen_make(3, 2, value, both, &s), AUTAN_OK);
    ck_assert_uint_eq(s.n_mixed, 0);
    ck_assert_float_eq(beyond_of(&s, 0, 2), 0);
    autan_seen_clear(&s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("beyond");
    TCase *tests = tcase_create("beyond");
    tcase_add_test(
        tests, a_value_within_the_range_is_not_beyond_and_others_count_in_deviations);
    tcase_add_test(tests,
                   a_place_is_as_far_beyond_as_the_farthest_covariate_that_is_used);
    tcase_add_test(tests,
                   a_mixture_that_no_station_has_is_beyond_though_each_part_is_seen);
    tcase_add_test(
        tests,
        the_distance_of_a_mixture_is_that_of_mahalanobis_less_the_farthest_stations);
    tcase_add_test(tests, the_stations_themselves_are_never_beyond);
    tcase_add_test(tests, three_stations_say_nothing_of_mixtures);
    suite_add_tcase(suite, tests);
    return support_run(suite);
}
