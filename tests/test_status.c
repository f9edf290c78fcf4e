/* Statuses and the sentences of failures. */
#include <string.h>

#include "base/status.h"
#include "support.h"

START_TEST(every_status_has_a_text_of_its_own)
{
    for (int a = AUTAN_OK; a <= AUTAN_UNSUPPORTED; a++) {
        const char *text = autan_status_text((autan_status)a);
        ck_assert_ptr_nonnull(text);
        ck_assert_str_ne(text, "");
        ck_assert_str_ne(text, "unknown status");
        for (int b = AUTAN_OK; b < a; b++)
            ck_assert_str_ne(text, autan_status_text((autan_status)b));
    }
}
END_TEST

START_TEST(an_unknown_status_has_a_text_too)
{
    ck_assert_ptr_nonnull(autan_status_text((autan_status)1000));
}
END_TEST

START_TEST(a_failure_is_written_down_and_its_status_returned)
{
    autan_error err;
    ck_assert_int_eq(autan_fail(&err, AUTAN_BAD_FORMAT, "%s:%d: latitude %g", "a.csv", 17,
                                453.6),
                     AUTAN_BAD_FORMAT);
    ck_assert_int_eq(err.status, AUTAN_BAD_FORMAT);
    ck_assert_str_eq(err.text, "a.csv:17: latitude 453.6");
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
    ck_assert_int_eq(autan_fail(NULL, AUTAN_IO, "%d", 5), AUTAN_IO);
}
END_TEST

START_TEST(a_text_too_long_is_cut)
{
    autan_error err;
    ck_assert_int_eq(autan_fail(&err, AUTAN_IO, "%5000d", 5), AUTAN_IO);
    ck_assert_uint_eq(strlen(err.text), sizeof err.text - 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("status");
    TCase *all = tcase_create("all");
    tcase_add_test(all, every_status_has_a_text_of_its_own);
    tcase_add_test(all, an_unknown_status_has_a_text_too);
    tcase_add_test(all, a_failure_is_written_down_and_its_status_returned);
    tcase_add_test(all, nobody_needs_to_listen);
    tcase_add_test(all, a_text_too_long_is_cut);
    suite_add_tcase(suite, all);
    return support_run(suite);
}
