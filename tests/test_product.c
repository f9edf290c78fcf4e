/* Products by panels beside plain sums. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "kriging/product.h"
#include "support.h"

enum { ROWS = 29, DEPTH = 31, WIDTH = 2 * AUTAN_LANES };

static double left_at(size_t r, size_t k)
{
    return sin((double)(r * DEPTH + k));
}

static double right_at(size_t k, size_t c)
{
    return cos((double)(k * WIDTH + c) * 0.7);
}

static double get(const void *value, size_t at, autan_precision precision)
{
    return precision == AUTAN_SINGLE ? (double)((const float *)value)[at]
                                     : ((const double *)value)[at];
}

/* The product of all panels against the sum over k, up to `last` for row r of a
 * triangular factor. */
static void check_product(autan_precision precision, int triangular, double tolerance)
{
    const size_t rows = triangular ? DEPTH : ROWS;
    void *right = autan_aligned_new(DEPTH, WIDTH, precision);
    void *out = autan_aligned_new(AUTAN_PANEL, WIDTH, precision);
    autan_factor factor;
    ck_assert_ptr_nonnull(right);
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(autan_factor_make(precision, rows, DEPTH, triangular, &factor),
                     AUTAN_OK);
    for (size_t r = 0; r < rows; r++) {
        double row[DEPTH];
        for (size_t k = 0; k < DEPTH; k++)
            row[k] = triangular && k > r ? 0.0 : left_at(r, k);
        autan_factor_set(&factor, r, row, 1);
    }
    for (size_t k = 0; k < DEPTH; k++) {
        for (size_t c = 0; c < WIDTH; c++) {
            if (precision == AUTAN_SINGLE)
                ((float *)right)[k * WIDTH + c] = (float)right_at(k, c);
            else
                ((double *)right)[k * WIDTH + c] = right_at(k, c);
        }
    }
    for (size_t panel = 0; panel < factor.n_panels; panel++) {
        autan_factor_product(&factor, panel, right, WIDTH, out);
        for (size_t r = 0; r < AUTAN_PANEL; r++) {
            const size_t row = panel * AUTAN_PANEL + r;
            for (size_t c = 0; c < WIDTH; c++) {
                double sum = 0.0;
                for (size_t k = 0; row < rows && k < DEPTH; k++)
                    sum +=
                        triangular && k > row ? 0.0 : left_at(row, k) * right_at(k, c);
                ck_assert_double_eq_tol(get(out, r * WIDTH + c, precision), sum,
                                        tolerance);
            }
        }
    }
    autan_factor_clear(&factor);
    free(right);
    free(out);
}

START_TEST(a_product_in_double_precision_is_the_sum)
{
    check_product(AUTAN_DOUBLE, 0, 1e-13);
}
END_TEST

START_TEST(a_product_in_single_precision_is_the_sum_but_for_rounding)
{
    check_product(AUTAN_SINGLE, 0, 2e-5);
}
END_TEST

START_TEST(a_triangle_is_as_the_square_that_it_is_part_of)
{
    check_product(AUTAN_DOUBLE, 1, 1e-13);
    check_product(AUTAN_SINGLE, 1, 2e-5);
}
END_TEST

START_TEST(rows_may_be_set_from_a_column)
{
    double column[3 * DEPTH];
    void *right = autan_aligned_new(DEPTH, AUTAN_LANES, AUTAN_DOUBLE);
    void *out = autan_aligned_new(AUTAN_PANEL, AUTAN_LANES, AUTAN_DOUBLE);
    autan_factor factor;
    double sum = 0.0;
    ck_assert_int_eq(autan_factor_make(AUTAN_DOUBLE, 1, DEPTH, 0, &factor), AUTAN_OK);
    for (size_t k = 0; k < DEPTH; k++) {
        column[3 * k] = (double)k;
        sum += (double)k;
        for (size_t c = 0; c < AUTAN_LANES; c++)
            ((double *)right)[k * AUTAN_LANES + c] = 1.0;
    }
    autan_factor_set(&factor, 0, column, 3);
    autan_factor_product(&factor, 0, right, AUTAN_LANES, out);
    ck_assert_double_eq(((double *)out)[AUTAN_LANES - 1], sum);
    autan_factor_clear(&factor);
    free(right);
    free(out);
}
END_TEST

START_TEST(a_factor_that_no_memory_can_hold_is_refused)
{
    autan_factor factor = {0};
    ck_assert_int_eq(
        autan_factor_make(AUTAN_DOUBLE, (size_t)1 << 40, (size_t)1 << 40, 0, &factor),
        AUTAN_NO_MEMORY);
    ck_assert_ptr_null(factor.value);
    ck_assert_ptr_null(
        autan_aligned_new((size_t)1 << 40, (size_t)1 << 40, AUTAN_SINGLE));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("product");
    TCase *all = tcase_create("all");
    tcase_add_test(all, a_product_in_double_precision_is_the_sum);
    tcase_add_test(all, a_product_in_single_precision_is_the_sum_but_for_rounding);
    tcase_add_test(all, a_triangle_is_as_the_square_that_it_is_part_of);
    tcase_add_test(all, rows_may_be_set_from_a_column);
    tcase_add_test(all, a_factor_that_no_memory_can_hold_is_refused);
    suite_add_tcase(suite, all);
    return support_run(suite);
}
