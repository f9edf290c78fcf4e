/* Statistics of a place through the day and the year, from series whose answers can be
 * counted by hand. */
#include <math.h>
#include <stdlib.h>

#include "heat/island.h"
#include "heat/nights.h"
#include "support.h"

enum { M = 2 };

/* Hour t of July: UTC is local time, the sun sets in the hour that ends at 20. */
static autan_moment july(long t)
{
    return (autan_moment){.season = 2,
                          .hour = (int)(t % 24),
                          .sunset = t % 24 == 20,
                          .number = t,
                          .day = t / 24,
                          .night = (t + 5) / 24};
}

START_TEST(means_and_extremes_are_those_of_the_hours_asked_for)
{
    autan_island island;
    double member[M];
    ck_assert_int_eq(autan_island_make(M, &island), AUTAN_OK);
    for (long t = 0; t < 48; t++) {
        /* 0.1 K an hour, one more on the second day; the other member is 2 K above. */
        const double value = 0.1 * (double)(t % 24) + (double)(t / 24);
        const double both[M] = {value, value + 2};
        const autan_moment moment = july(t);
        autan_island_add(&island, &moment, both);
    }
    autan_island_finish(&island);
    autan_island_mean(&island, 2, 22, 3, member); /* 22, 23, 0 h */
    ck_assert_double_eq_tol(member[0], (2.2 + 2.3 + 0.0) / 3 + 0.5, 1e-12);
    ck_assert_double_eq_tol(member[1], member[0] + 2, 1e-12);
    autan_island_highest(&island, AUTAN_ISLAND_SEASONS, 0, 24, member);
    ck_assert_double_eq_tol(member[0], 3.3, 1e-12);
    autan_island_daily(&island, 2, member);
    ck_assert_double_eq_tol(member[0], (2.3 + 3.3) / 2, 1e-12);
    autan_island_mean(&island, 0, 0, 24, member);
    ck_assert_double_nan(member[0]);
    autan_island_highest(&island, 0, 0, 24, member);
    ck_assert_double_nan(member[1]);
    autan_island_daily(&island, 1, member);
    ck_assert_double_nan(member[0]);
    autan_island_clear(&island);
}
END_TEST

START_TEST(an_hour_that_one_day_lacks_counts_as_much_as_the_others)
{
    autan_island island;
    double member[M];
    ck_assert_int_eq(autan_island_make(M, &island), AUTAN_OK);
    for (long t = 0; t < 48; t++) {
        const double value = t == 30 ? (double)NAN : t % 24 == 6 ? 4.0 : 1.0;
        const double both[M] = {value, value};
        const autan_moment moment = july(t);
        autan_island_add(&island, &moment, both);
    }
    autan_island_finish(&island);
    autan_island_mean(&island, 2, 0, 24, member);
    ck_assert_double_eq_tol(member[0], (23 * 1.0 + 4.0) / 24, 1e-12);
    autan_island_clear(&island);
}
END_TEST

/* Nights whose lowest hours are given, 5 h; all other hours are at 26. */
static void add_nights(autan_nights *nights, int n, const double *lowest, long skip)
{
    for (long t = 0; t < 24 * n + 6; t++) {
        const double value = t % 24 == 5 && t / 24 < n ? lowest[t / 24] : 26.0;
        const double both[M] = {value, value + 1.5};
        const autan_moment moment = july(t);
        if (t / 24 != skip)
            autan_nights_add(nights, &moment, both);
    }
    autan_nights_finish(nights);
}

START_TEST(tropical_nights_are_those_that_stay_at_or_above_20_degrees)
{
    static const double lowest[7] = {19.0, 20.0, 21.0, 19.9, 20.5, 18.0, 22.0};
    const double threshold[2] = {26.0, 27.0};
    autan_nights nights;
    double member[M];
    ck_assert_int_eq(autan_nights_make(M, 20.0, 2, threshold, &nights), AUTAN_OK);
    add_nights(&nights, 7, lowest, -1);
    /* The first night has 19 hours only, and does not count. */
    autan_nights_tropical(&nights, 2, member);
    ck_assert_uint_eq(nights.nights[2], 6);
    ck_assert_double_eq(member[0], 4); /* 20, 21, 20.5, 22 */
    ck_assert_double_eq(member[1], 5); /* all but 18 */
    ck_assert_double_eq(nights.longest_run[0], 2);
    ck_assert_double_eq(nights.longest_run[1], 4);
    autan_nights_lowest(&nights, 2, member);
    ck_assert_double_eq_tol(member[0], (20 + 21 + 19.9 + 20.5 + 18 + 22) / 6, 1e-12);
    autan_nights_above(&nights, 0, AUTAN_ISLAND_SEASONS, member);
    ck_assert_double_eq(member[0], 7 * 23 + 6);
    autan_nights_above(&nights, 1, 2, member);
    ck_assert_double_eq(member[0], 0);
    ck_assert_double_eq(member[1], 7 * 23 + 6);
    autan_nights_tropical(&nights, 0, member);
    ck_assert_double_eq(member[0], 0);
    autan_nights_clear(&nights);
}
END_TEST

START_TEST(a_night_that_is_missing_ends_a_run)
{
    static const double lowest[7] = {21, 21, 21, 21, 21, 21, 21};
    autan_nights nights;
    ck_assert_int_eq(autan_nights_make(M, 20.0, 0, NULL, &nights), AUTAN_OK);
    add_nights(&nights, 7, lowest, 3);
    ck_assert_double_lt(nights.longest_run[0], 4);
    autan_nights_clear(&nights);
}
END_TEST

START_TEST(cooling_is_from_the_hour_of_sunset_to_three_hours_later)
{
    autan_nights nights;
    double member[M];
    ck_assert_int_eq(autan_nights_make(M, 20.0, 0, NULL, &nights), AUTAN_OK);
    for (long t = 0; t < 96; t++) {
        /* 1.5 K an hour after sunset; on the third day there is no hour of sunset, on
         * the fourth none three hours later. */
        const long hour = t % 24;
        const double value = hour > 20 ? 30 - 1.5 * (double)(hour - 20) : 30;
        const double both[M] = {value, 2 * value};
        const autan_moment moment = july(t);
        if (t != 68 && t != 95)
            autan_nights_add(&nights, &moment, both);
    }
    autan_nights_cooling(&nights, 2, member);
    ck_assert_uint_eq(nights.evenings[2], 2);
    ck_assert_double_eq_tol(member[0], 1.5, 1e-12);
    ck_assert_double_eq_tol(member[1], 3.0, 1e-12);
    autan_nights_cooling(&nights, 3, member);
    ck_assert_double_nan(member[0]);
    autan_nights_clear(&nights);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("climate");
    TCase *tests = tcase_create("climate");
    tcase_add_test(tests, means_and_extremes_are_those_of_the_hours_asked_for);
    tcase_add_test(tests, an_hour_that_one_day_lacks_counts_as_much_as_the_others);
    tcase_add_test(tests, tropical_nights_are_those_that_stay_at_or_above_20_degrees);
    tcase_add_test(tests, a_night_that_is_missing_ends_a_run);
    tcase_add_test(tests, cooling_is_from_the_hour_of_sunset_to_three_hours_later);
    suite_add_tcase(suite, tests);
    return support_run(suite);
}
