/* Post-processing of guidance. Innsbruck's nights and limits: shared data, withheld
 * years 2010 to 2016; other expected values follow from how the cases are made. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forecast/emos.h"
#include "forecast/outlook.h"
#include "forecast/verify.h"
#include "kriging/score.h"
#include "support.h"

enum { MEMBERS = 11, MOST = 3000 };

typedef struct {
    size_t n, n_train;
    double season[MOST], mean[MOST], variance[MOST], observed[MOST];
    double member[MOST][MEMBERS];
} nights;

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Every field is quoted, but no comma is. */
static bool read_nights(nights *s)
{
    char path[SUPPORT_PATH], line[1024];
    if (!shared_file("data/forecast/innsbruck-gefs-tmin.csv", path))
        return false;
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    memset(s, 0, sizeof *s);
    ck_assert_ptr_nonnull(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        autan_civil civil = {0};
        autan_time time;
        char *at = strchr(line, ',') + 1;
        const size_t i = s->n++;
        ck_assert_uint_lt(i, MOST);
        ck_assert_int_eq(sscanf(line, "\"%d-%d-%d %d", &civil.year, &civil.month,
                                &civil.day, &civil.hour),
                         4);
        autan_time_from_utc(&civil, &time);
        s->n_train += civil.year < 2010;
        s->season[i] = autan_season_angle(time);
        s->observed[i] = strtod(at, &at);
        for (size_t k = 0; k < MEMBERS; k++) {
            s->member[i][k] = strtod(at + 1, &at);
            s->mean[i] += s->member[i][k] / MEMBERS;
        }
        for (size_t k = 0; k < MEMBERS; k++)
            s->variance[i] += pow(s->member[i][k] - s->mean[i], 2) / (MEMBERS - 1);
        qsort(s->member[i], MEMBERS, sizeof(double), ascending);
    }
    fclose(file);
    return true;
}

static autan_cases cases_of(const nights *s, size_t first, size_t n)
{
    return (autan_cases){n,
                         s->season + first,
                         s->mean + first,
                         s->variance + first,
                         s->observed + first,
                         NULL};
}

static void add_case(const nights *s, size_t i, const autan_emos *emos,
                     autan_score *score)
{
    const autan_guess guess = {s->season[i], s->mean[i], s->variance[i], NAN};
    double value, spread;
    autan_emos_predict(emos, &guess, &value, &spread);
    autan_score_add(score, value, spread, s->observed[i]);
}

/* CRPS and coverage over the withheld years of what was learnt. */
static double withheld(const nights *s, const autan_emos *emos, double *coverage)
{
    autan_score score = {0};
    for (size_t i = s->n_train; i < s->n; i++)
        add_case(s, i, emos, &score);
    *coverage = autan_score_coverage_90(&score);
    return autan_score_crps(&score);
}

static nights innsbruck;

START_TEST(innsbruck_is_calibrated_on_the_withheld_years)
{
    autan_emos emos;
    double coverage;
    if (!read_nights(&innsbruck))
        return;
    const autan_cases train = cases_of(&innsbruck, 0, innsbruck.n_train);
    ck_assert_int_eq(autan_emos_fit(&train, &emos), AUTAN_OK);
    ck_assert_int_eq(emos.step, AUTAN_EMOS_FULL);
    const double crps = withheld(&innsbruck, &emos, &coverage);
    printf("Innsbruck 2010 to 2016: CRPS %.3f, coverage %.3f\n", crps, coverage);
    ck_assert_double_le(crps, 1.31);
    ck_assert(coverage >= 0.87 && coverage <= 0.93);
}
END_TEST

START_TEST(any_training_above_60_cases_beats_raw_guidance_and_climatology)
{
    const size_t length[] = {61, 75, 90, 120, 180, 365, 730};
    /* CRPS of a seasonal climatology of the training years there, from the shared
     * data's description. */
    const double climatology = 1.85;
    double raw = 0.0, coverage;
    if (!read_nights(&innsbruck))
        return;
    for (size_t i = innsbruck.n_train; i < innsbruck.n; i++)
        raw += autan_crps_members(MEMBERS, innsbruck.member[i], innsbruck.observed[i]) /
               (double)(innsbruck.n - innsbruck.n_train);
    ck_assert_double_eq_tol(raw, 8.61, 0.05);
    for (size_t k = 0; k < sizeof length / sizeof *length; k++) {
        autan_emos emos;
        const autan_cases train =
            cases_of(&innsbruck, innsbruck.n_train - length[k], length[k]);
        ck_assert_int_eq(autan_emos_fit(&train, &emos), AUTAN_OK);
        const double crps = withheld(&innsbruck, &emos, &coverage);
        printf("Innsbruck, %zu cases: CRPS %.3f, coverage %.3f\n", length[k], crps,
               coverage);
        ck_assert_double_lt(crps, fmin(raw, climatology));
    }
}
END_TEST

/* Learnt from some hundred nights anywhere in the record, tested on all that are not
 * near them. */
START_TEST(intervals_of_short_trainings_are_neither_too_wide_nor_too_narrow)
{
    enum { GAP = 60, STEP = 250 };
    const size_t length[] = {75, 120, 365};
    if (!read_nights(&innsbruck))
        return;
    for (size_t k = 0; k < sizeof length / sizeof *length; k++) {
        double coverage = 0.0, n = 0.0;
        for (size_t first = 0; first + length[k] < innsbruck.n; first += STEP) {
            const autan_cases train = cases_of(&innsbruck, first, length[k]);
            autan_score score = {0};
            autan_emos emos;
            ck_assert_int_eq(autan_emos_fit(&train, &emos), AUTAN_OK);
            for (size_t i = 0; i < innsbruck.n; i++) {
                if (i + GAP < first || i >= first + length[k] + GAP)
                    add_case(&innsbruck, i, &emos, &score);
            }
            coverage += autan_score_coverage_90(&score);
            n++;
        }
        printf("Innsbruck, %zu cases, mean of %g trainings: coverage %.3f\n", length[k],
               n, coverage / n);
        ck_assert_double_ge(coverage / n, 0.86);
        ck_assert_double_le(coverage / n, 0.94);
    }
}
END_TEST

START_TEST(a_short_training_takes_the_bias_off)
{
    double season[20], mean[20], variance[20], observed[20], value, spread;
    autan_emos emos;
    for (int i = 0; i < 20; i++) {
        season[i] = 3.0 + 0.017 * i;
        mean[i] = 15 + sin(i);
        variance[i] = 1;
        observed[i] = mean[i] + 3 + (i % 2 ? 0.5 : -0.5);
    }
    const autan_cases cases = {20, season, mean, variance, observed, NULL};
    ck_assert_int_eq(autan_emos_fit(&cases, &emos), AUTAN_OK);
    ck_assert_int_eq(emos.step, AUTAN_EMOS_SHORT);
    autan_emos_predict(&emos, &(autan_guess){3.2, 15, 1, NAN}, &value, &spread);
    ck_assert_double_eq_tol(value, 18, 0.3);
    ck_assert(spread > 0.4 && spread < 1.0);
}
END_TEST

START_TEST(without_training_the_guidance_is_taken_with_a_wide_spread)
{
    const autan_cases none = {0};
    autan_emos emos;
    double value, spread;
    ck_assert_int_eq(autan_emos_fit(&none, &emos), AUTAN_OK);
    ck_assert_int_eq(emos.step, AUTAN_EMOS_RAW);
    autan_emos_predict(&emos, &(autan_guess){1, 20, 3, NAN}, &value, &spread);
    ck_assert_double_eq(value, 20);
    ck_assert_double_eq(spread, 4);
}
END_TEST

START_TEST(cases_with_a_missing_value_are_not_learnt_from)
{
    double season[12] = {0}, mean[12], variance[12], observed[12];
    autan_emos emos;
    for (int i = 0; i < 12; i++) {
        mean[i] = i;
        variance[i] = 1;
        observed[i] = i % 4 ? (double)i : (double)NAN;
    }
    const autan_cases cases = {12, season, mean, variance, observed, NULL};
    ck_assert_int_eq(autan_emos_fit(&cases, &emos), AUTAN_OK);
    ck_assert_uint_eq(emos.n, 9);
    ck_assert_int_eq(emos.step, AUTAN_EMOS_RAW);
}
END_TEST

/* A site that is 0.3 K warmer than its guidance for every kelvin of the day's range. */
START_TEST(the_bias_of_a_site_follows_the_regime_of_the_weather)
{
    enum { CASES = 400 };
    static double season[CASES], mean[CASES], variance[CASES], observed[CASES],
        range[CASES];
    double calm, windy, spread;
    autan_emos emos;
    for (int i = 0; i < CASES; i++) {
        season[i] = 0.1 * i;
        mean[i] = 15 + 5 * sin(i);
        variance[i] = 1;
        range[i] = 10 + 4 * cos(1.7 * i);
        observed[i] = mean[i] + 1 + 0.3 * (range[i] - 10) + (i % 2 ? 0.2 : -0.2);
    }
    const autan_cases cases = {CASES, season, mean, variance, observed, range};
    ck_assert_int_eq(autan_emos_fit(&cases, &emos), AUTAN_OK);
    autan_emos_predict(&emos, &(autan_guess){3.2, 15, 1, 14}, &calm, &spread);
    autan_emos_predict(&emos, &(autan_guess){3.2, 15, 1, 6}, &windy, &spread);
    ck_assert_double_eq_tol(calm, 15 + 1 + 1.2, 0.1);
    ck_assert_double_eq_tol(windy, 15 + 1 - 1.2, 0.1);
    /* Not known: as in the mean. */
    autan_emos_predict(&emos, &(autan_guess){3.2, 15, 1, NAN}, &calm, &spread);
    ck_assert_double_eq_tol(calm, 16, 0.1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("emos");
    TCase *tcase = tcase_create("emos");
    tcase_add_test(tcase, innsbruck_is_calibrated_on_the_withheld_years);
    tcase_add_test(tcase,
                   any_training_above_60_cases_beats_raw_guidance_and_climatology);
    tcase_add_test(tcase,
                   intervals_of_short_trainings_are_neither_too_wide_nor_too_narrow);
    tcase_add_test(tcase, a_short_training_takes_the_bias_off);
    tcase_add_test(tcase, without_training_the_guidance_is_taken_with_a_wide_spread);
    tcase_add_test(tcase, cases_with_a_missing_value_are_not_learnt_from);
    tcase_add_test(tcase, the_bias_of_a_site_follows_the_regime_of_the_weather);
    suite_add_tcase(suite, tcase);
    return support_run(suite);
}
