/* Trend terms and structure matrices. Expected values are worked out by hand from the
 * definitions in kriging/design.h. */
#include <math.h>
#include <string.h>

#include "kriging/design.h"
#include "support.h"

enum { N = 5, COVARIATES = 8 };
enum { PLAIN = 0, MIRRORED, CONSTANT, ABSENT, TWO_KNOWN, GAPPED, SAME_GAPS, ONE_GAP };

static const double x[N] = {0, 300, 0, 600, 0}, y[N] = {0, 400, 500, 800, 1200};

/* Mean of PLAIN 3, variance 2. */
static const double covariate[N * COVARIATES] = {
    1, 7,  5, NAN, 1,   NAN, NAN, NAN, /**/
    2, 5,  5, NAN, 2,   NAN, NAN, 9,   /**/
    3, 3,  5, NAN, NAN, 10,  4,   1,   /**/
    4, 1,  5, NAN, NAN, 20,  9,   8,   /**/
    5, -1, 5, NAN, NAN, 60,  -1,  2,   /**/
};
static const autan_sites sites = {N, COVARIATES, x, y, covariate};

typedef struct {
    autan_term term[2 * COVARIATES];
    size_t n;
    autan_term_verdict verdict[COVARIATES];
} choice;

static choice choose(size_t count, const size_t *wanted, int shrunk)
{
    choice c;
    autan_terms_choose(&sites, count, wanted, shrunk, c.term, &c.n, c.verdict);
    return c;
}

START_TEST(a_term_is_standardised_over_the_stations_that_know_it)
{
    const size_t wanted[] = {PLAIN, GAPPED};
    const choice c = choose(2, wanted, 0);
    ck_assert_uint_eq(c.n, 2);
    ck_assert_int_eq(c.verdict[0], AUTAN_TERM_USED);
    ck_assert_uint_eq(c.term[0].covariate, PLAIN);
    ck_assert_int_eq(c.term[0].indicator, 0);
    ck_assert_double_eq_tol(c.term[0].center, 3, 1e-15);
    ck_assert_double_eq_tol(c.term[0].scale, sqrt(2), 1e-15);
    /* 10, 20, 60: mean 30, variance (400 + 100 + 900) / 3. */
    ck_assert_double_eq_tol(c.term[1].center, 30, 1e-14);
    ck_assert_double_eq_tol(c.term[1].scale, sqrt(1400.0 / 3), 1e-14);
}
END_TEST

START_TEST(a_covariate_that_cannot_be_a_term_says_why)
{
    const size_t wanted[] = {PLAIN,     MIRRORED, CONSTANT, ABSENT,
                             TWO_KNOWN, GAPPED,   SAME_GAPS};
    const choice c = choose(7, wanted, 0);
    ck_assert_int_eq(c.verdict[PLAIN], AUTAN_TERM_USED);
    /* 9 - 2 PLAIN: a copy even though it points the other way. */
    ck_assert_int_eq(c.verdict[MIRRORED], AUTAN_TERM_REPEATED);
    ck_assert_int_eq(c.verdict[CONSTANT], AUTAN_TERM_CONSTANT);
    ck_assert_int_eq(c.verdict[ABSENT], AUTAN_TERM_ABSENT);
    ck_assert_int_eq(c.verdict[TWO_KNOWN], AUTAN_TERM_ABSENT);
    ck_assert_int_eq(c.verdict[GAPPED], AUTAN_TERM_USED);
    ck_assert_int_eq(c.verdict[SAME_GAPS], AUTAN_TERM_USED);
    ck_assert_uint_eq(c.n, 3);
    ck_assert_uint_eq(c.term[1].covariate, GAPPED);
    ck_assert_uint_eq(c.term[2].covariate, SAME_GAPS);
}
END_TEST

START_TEST(of_two_copies_the_first_wanted_is_used)
{
    const size_t wanted[] = {MIRRORED, PLAIN, PLAIN};
    const choice c = choose(3, wanted, 0);
    ck_assert_int_eq(c.verdict[0], AUTAN_TERM_USED);
    ck_assert_int_eq(c.verdict[1], AUTAN_TERM_REPEATED);
    ck_assert_int_eq(c.verdict[2], AUTAN_TERM_REPEATED);
    ck_assert_uint_eq(c.n, 1);
    ck_assert_uint_eq(c.term[0].covariate, MIRRORED);
}
END_TEST

START_TEST(a_large_constant_is_constant_and_a_small_change_is_not)
{
    double value[6] = {1e6 + 0.1, 1e6 + 0.1, 1e6 + 0.1, 1e6, 1e6, 1e6 + 1};
    const autan_sites three = {3, 1, x, y, value}, other = {3, 1, x, y, value + 3};
    const size_t wanted = 0;
    autan_term term[2];
    autan_term_verdict verdict;
    size_t n;
    autan_terms_choose(&three, 1, &wanted, 0, term, &n, &verdict);
    ck_assert_int_eq(verdict, AUTAN_TERM_CONSTANT);
    ck_assert_uint_eq(n, 0);
    autan_terms_choose(&other, 1, &wanted, 0, term, &n, &verdict);
    ck_assert_int_eq(verdict, AUTAN_TERM_USED);
}
END_TEST

START_TEST(covariates_with_the_same_gaps_share_one_indicator)
{
    const size_t wanted[] = {PLAIN, GAPPED, SAME_GAPS};
    const choice c = choose(3, wanted, 1);
    ck_assert_uint_eq(c.n, 4);
    ck_assert_int_eq(c.term[0].indicator, 0);
    ck_assert_uint_eq(c.term[1].covariate, GAPPED);
    ck_assert_int_eq(c.term[1].indicator, 0);
    ck_assert_int_eq(c.term[2].indicator, 1);
    ck_assert_uint_eq(c.term[2].covariate, GAPPED);
    ck_assert_uint_eq(c.term[3].covariate, SAME_GAPS);
    ck_assert_int_eq(c.term[3].indicator, 0);
    /* Missing at 2 stations of 5. */
    ck_assert_double_eq_tol(c.term[2].center, 0.4, 1e-15);
    ck_assert_double_eq_tol(c.term[2].scale, sqrt(0.24), 1e-15);
}
END_TEST

START_TEST(a_single_station_without_the_covariate_makes_no_indicator)
{
    const size_t wanted[] = {ONE_GAP};
    const choice c = choose(1, wanted, 1);
    double value[N], unknown[N], sum = 0.0;
    ck_assert_int_eq(c.verdict[0], AUTAN_TERM_USED);
    ck_assert_uint_eq(c.n, 1);
    ck_assert_int_eq(c.term[0].indicator, 0);
    /* Nothing tells what such a place is like: all is unknown. */
    autan_terms_values(1, c.term, &sites, value, unknown);
    for (size_t i = 0; i < N; i++)
        sum += unknown[i];
    ck_assert_double_eq(sum, 1.0);
}
END_TEST

START_TEST(values_are_standardised_missing_ones_zero_and_unknown)
{
    const size_t wanted[] = {PLAIN, GAPPED};
    const choice c = choose(2, wanted, 1); /* PLAIN, GAPPED, its indicator */
    const double s = sqrt(1400.0 / 3), i = sqrt(0.24);
    const double want[N][3] = {{-2 / sqrt(2), 0, 0.6 / i},
                               {-1 / sqrt(2), 0, 0.6 / i},
                               {0, -20 / s, -0.4 / i},
                               {1 / sqrt(2), -10 / s, -0.4 / i},
                               {2 / sqrt(2), 30 / s, -0.4 / i}};
    double value[N * 3], unknown[N * 3];
    ck_assert_uint_eq(c.n, 3);
    autan_terms_values(c.n, c.term, &sites, value, unknown);
    for (size_t k = 0; k < N * 3; k++) {
        ck_assert_double_eq_tol(value[k], want[k / 3][k % 3], 1e-14);
        ck_assert_double_eq(unknown[k], k == 1 || k == 4 ? 0.1 : 0.0);
    }
    memset(value, 0, sizeof value);
    autan_terms_values(c.n, c.term, &sites, value, NULL);
    ck_assert_double_eq_tol(value[N * 3 - 1], want[4][2], 1e-14);
}
END_TEST

START_TEST(terms_of_the_stations_hold_at_other_places)
{
    const size_t wanted[] = {PLAIN};
    const choice c = choose(1, wanted, 0);
    const double place[2 * COVARIATES] = {[PLAIN] = 13, [COVARIATES + PLAIN] = NAN};
    const autan_sites elsewhere = {2, COVARIATES, x, y, place};
    double value[2], unknown[2];
    autan_terms_values(1, c.term, &elsewhere, value, unknown);
    ck_assert_double_eq_tol(value[0], 10 / sqrt(2), 1e-14);
    ck_assert_double_eq(unknown[0], 0);
    ck_assert_double_eq(value[1], 0);
    ck_assert_double_eq(unknown[1], 1);
}
END_TEST

START_TEST(beyond_what_stations_have_seen_a_shrunk_term_stays_at_its_bound)
{
    /* PLAIN is 1 to 5 at the stations, mean 3, standard deviation s = sqrt(2); its
     * bounds are a quarter of s further out. */
    const size_t wanted[] = {PLAIN};
    const double s = sqrt(2), lower = 1 - s / 4, upper = 5 + s / 4;
    const choice c = choose(1, wanted, 1), flat = choose(1, wanted, 0);
    const double place[4 * COVARIATES] = {[PLAIN] = 5.1,
                                          [COVARIATES + PLAIN] = upper + s / 2,
                                          [2 * COVARIATES + PLAIN] = -1000,
                                          [3 * COVARIATES + PLAIN] = 1000};
    const autan_sites elsewhere = {4, COVARIATES, x, y, place};
    double value[4], unknown[4];
    ck_assert_double_eq_tol(c.term[0].lower, lower, 1e-14);
    ck_assert_double_eq_tol(c.term[0].upper, upper, 1e-14);
    autan_terms_values(1, c.term, &elsewhere, value, unknown);
    ck_assert_double_eq_tol(value[0], 2.1 / s, 1e-14);
    ck_assert_double_eq(unknown[0], 0);
    ck_assert_double_eq_tol(value[1], (upper - 3) / s, 1e-14);
    ck_assert_double_eq_tol(unknown[1], 0.25, 1e-14);
    ck_assert_double_eq_tol(value[2], (lower - 3) / s, 1e-14);
    ck_assert_double_eq(unknown[2], 1);
    ck_assert_double_eq_tol(value[3], (upper - 3) / s, 1e-14);
    /* A trend list has no bounds. */
    autan_terms_values(1, flat.term, &elsewhere, value, unknown);
    ck_assert_double_eq_tol(value[3], 997 / s, 1e-11);
    ck_assert_double_eq(unknown[3], 0);
}
END_TEST

static const autan_kernel kernels[] = {{AUTAN_EXP, 500}, {AUTAN_SPH, 1000}};

START_TEST(a_random_term_adds_its_square_and_its_unknown_values_their_own_variance)
{
    const size_t wanted[] = {PLAIN, GAPPED};
    const choice c = choose(2, wanted, 0);
    autan_design d;
    ck_assert_int_eq(autan_design_make(&sites, c.n, c.term, 0, 2, kernels, &d),
                     AUTAN_OK);
    ck_assert_uint_eq(d.n, N);
    ck_assert_uint_eq(d.n_terms, 2);
    ck_assert_uint_eq(d.n_kernels, 2);
    ck_assert_uint_eq(d.n_components, 5);
    ck_assert_uint_eq(d.q, 1);
    for (size_t i = 0; i < N; i++) {
        ck_assert_double_eq(d.F[i], 1.0);
        for (size_t j = 0; j < N; j++) {
            const size_t at = i * N + j;
            double both = d.x[2 * i + 1] * d.x[2 * j + 1];
            ck_assert_double_eq_tol(d.K[0][at], ((double)i - 2) * ((double)j - 2) / 2,
                                    1e-14);
            ck_assert_double_eq_tol(d.K[1][at], both + (i == j && i < 2 ? 0.1 : 0.0), 1e-14);
            ck_assert_double_eq_tol(d.K[2][at], exp(-d.distance[at] / 500), 1e-14);
            ck_assert_double_eq(d.K[4][at], i == j ? 1.0 : 0.0);
        }
    }
    /* Places 0 and 1 are 500 m apart, a triangle of 3, 4 and 5. */
    ck_assert_double_eq_tol(d.distance[1], 500, 1e-12);
    ck_assert_double_eq_tol(d.K[2][1], exp(-1), 1e-15);
    ck_assert_double_eq_tol(d.K[3][1], 1 - 0.75 + 0.0625, 1e-15);
    autan_design_clear(&d);
    ck_assert_ptr_null(d.K);
    autan_design_clear(&d);
}
END_TEST

START_TEST(a_flat_term_is_a_column_of_the_trend)
{
    const size_t wanted[] = {PLAIN, GAPPED};
    const choice c = choose(2, wanted, 0);
    autan_design d;
    ck_assert_int_eq(autan_design_make(&sites, c.n, c.term, 1, 1, kernels, &d),
                     AUTAN_OK);
    ck_assert_uint_eq(d.q, 3);
    ck_assert_uint_eq(d.n_terms, 0);
    ck_assert_uint_eq(d.n_components, 2);
    for (size_t i = 0; i < N; i++) {
        ck_assert_double_eq(d.F[3 * i], 1.0);
        ck_assert_double_eq_tol(d.F[3 * i + 1], ((double)i - 2) / sqrt(2), 1e-14);
    }
    ck_assert_double_eq(d.F[2], 0.0);
    ck_assert_double_eq_tol(d.F[3 * 4 + 2], 30 / sqrt(1400.0 / 3), 1e-14);
    ck_assert_double_eq_tol(d.K[0][1], exp(-1), 1e-15);
    ck_assert_double_eq(d.K[1][0], 1.0);
    autan_design_clear(&d);
}
END_TEST

START_TEST(a_design_without_terms_or_kernels_is_a_nugget)
{
    autan_design d;
    const size_t index[] = {0, 1};
    const double theta = 0.3;
    double C[4];
    ck_assert_int_eq(autan_design_make(&sites, 0, NULL, 0, 0, NULL, &d), AUTAN_OK);
    ck_assert_uint_eq(d.n_components, 1);
    ck_assert_uint_eq(d.q, 1);
    autan_design_covariance(&d, &theta, 2, index, C);
    ck_assert_double_eq(C[0], 0.3);
    ck_assert_double_eq(C[1], 0.0);
    autan_design_clear(&d);
}
END_TEST

START_TEST(kernels_can_be_set_anew)
{
    const autan_kernel anew[] = {{AUTAN_GAU, 1000}, {AUTAN_EXP, 250}};
    autan_design d;
    ck_assert_int_eq(autan_design_make(&sites, 0, NULL, 0, 2, kernels, &d), AUTAN_OK);
    autan_design_set_kernels(&d, anew);
    ck_assert_double_eq_tol(d.K[0][1], exp(-0.25), 1e-15);
    ck_assert_double_eq_tol(d.K[1][1], exp(-2), 1e-15);
    ck_assert_double_eq(d.K[2][0], 1.0);
    ck_assert_double_eq(d.K[2][1], 0.0);
    autan_design_clear(&d);
}
END_TEST

START_TEST(the_covariance_sums_the_components_over_the_listed_places)
{
    const size_t wanted[] = {PLAIN}, index[] = {4, 0, 2};
    const choice c = choose(1, wanted, 0);
    const double theta[] = {0.5, 2, 0, 0.1};
    double C[9];
    autan_design d;
    ck_assert_int_eq(autan_design_make(&sites, c.n, c.term, 0, 2, kernels, &d),
                     AUTAN_OK);
    autan_design_covariance(&d, theta, 3, index, C);
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = 0; b < 3; b++) {
            const double i = (double)index[a], j = (double)index[b];
            double h = hypot(x[index[a]] - x[index[b]], y[index[a]] - y[index[b]]);
            ck_assert_double_eq_tol(C[a * 3 + b],
                                    0.5 * (i - 2) * (j - 2) / 2 + 2 * exp(-h / 500) +
                                        (a == b ? 0.1 : 0.0),
                                    1e-14);
        }
    }
    autan_design_clear(&d);
}
END_TEST

/* More stations than matrices are kept for: what is computed as it is asked for is the
 * sum by its definition. */
START_TEST(with_very_many_stations_covariances_are_computed_as_they_are_asked_for)
{
    enum { MANY = AUTAN_DESIGN_KEPT + 1 };
    static double px[MANY], py[MANY], value[MANY];
    const size_t wanted[] = {0}, index[] = {MANY - 1, 0, 7};
    const double theta[] = {0.5, 2, 0, 0.1};
    autan_sites many = {MANY, 1, px, py, value};
    autan_term term[2];
    autan_term_verdict verdict[1];
    size_t n_terms;
    double C[9], row[3];
    autan_design d;
    for (size_t i = 0; i < MANY; i++) {
        px[i] = 10.0 * (double)i;
        py[i] = (double)(i * i % 977);
        value[i] = i == 7 ? NAN : (double)(i % 13);
    }
    autan_terms_choose(&many, 1, wanted, 0, term, &n_terms, verdict);
    ck_assert_int_eq(autan_design_make(&many, n_terms, term, 0, 2, kernels, &d), AUTAN_OK);
    ck_assert_ptr_null(d.K);
    ck_assert_int_eq(autan_design_covariance(&d, theta, 3, index, C), AUTAN_OK);
    ck_assert_int_eq(autan_design_row(&d, theta, 0, 3, index, row), AUTAN_OK);
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = 0; b < 3; b++) {
            const size_t i = index[a], j = index[b];
            const double h = hypot(px[i] - px[j], py[i] - py[j]);
            double c = 0.5 * d.x[i] * d.x[j] + 2 * exp(-h / 500);
            /* The covariate of place 7 is not known. */
            if (i == j)
                c += 0.1 + (i == 7 ? 0.5 : 0);
            ck_assert_double_eq_tol(C[a * 3 + b], c, 1e-13);
        }
        ck_assert_double_eq_tol(row[a], C[3 + a], 1e-15);
    }
    autan_design_clear(&d);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("design");
    TCase *terms = tcase_create("terms"), *design = tcase_create("design");
    tcase_add_test(terms, a_term_is_standardised_over_the_stations_that_know_it);
    tcase_add_test(terms, a_covariate_that_cannot_be_a_term_says_why);
    tcase_add_test(terms, of_two_copies_the_first_wanted_is_used);
    tcase_add_test(terms, a_large_constant_is_constant_and_a_small_change_is_not);
    tcase_add_test(terms, covariates_with_the_same_gaps_share_one_indicator);
    tcase_add_test(terms, a_single_station_without_the_covariate_makes_no_indicator);
    tcase_add_test(terms, values_are_standardised_missing_ones_zero_and_unknown);
    tcase_add_test(terms, terms_of_the_stations_hold_at_other_places);
    tcase_add_test(terms, beyond_what_stations_have_seen_a_shrunk_term_stays_at_its_bound);
    suite_add_tcase(suite, terms);
    tcase_add_test(
        design,
        a_random_term_adds_its_square_and_its_unknown_values_their_own_variance);
    tcase_add_test(design, a_flat_term_is_a_column_of_the_trend);
    tcase_add_test(design, a_design_without_terms_or_kernels_is_a_nugget);
    tcase_add_test(design, kernels_can_be_set_anew);
    tcase_add_test(design,
                   with_very_many_stations_covariances_are_computed_as_they_are_asked_for);
    tcase_add_test(design, the_covariance_sums_the_components_over_the_listed_places);
    suite_add_tcase(suite, design);
    return support_run(suite);
}
