/* Numbers read strictly. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "support.h"

static const struct {
    const char *text;
    double value;
} good[] = {
    {"0", 0},         {"-3.25", -3.25},   {"1e-3", 1e-3},    {"1E3", 1000},
    {"+5", 5},        {"007", 7},         {".5", 0.5},       {"5.", 5},
    {"-0", 0},        {"1e308", 1e308},   {"1e-320", 1e-320}, {"0.1", 0.1},
    {"1e-999", 0},    {"21.399999999999999", 21.4},
    {"123456789012345678901234567890", 123456789012345678901234567890.0},
};

static const char *const bad[] = {
    "",      " ",     " 1",      "1 ",     "1 2",      "1,5",     "1.000,5", "nan",  "NaN",
    "NAN",   "inf",   "-inf",    "INF",    "infinity", "0x10",    "0x1p3",   "1e",   "1e+",
    "e5",    "-",     "+",       ".",      "--5",      "+-5",     "5-",      "1.2.3", "1e5.5",
    "1e5e5", "5K",    "\t5",     "5\n",    "1_000",    "1'000",   "\xd9\xa3", "½",   "NA",
    "null",  "-9999m", "12:30",
};

static const char *const overflowing[] = {"1e999", "-1e999", "1e309", "-2e308"};

#define COUNT(list) (int)(sizeof(list) / sizeof *(list))

START_TEST(a_decimal_number_is_read)
{
    double value = 77;
    ck_assert_msg(autan_number_parse(good[_i].text, &value) == AUTAN_OK, "'%s'",
                  good[_i].text);
    ck_assert_double_eq(value, good[_i].value);
}
END_TEST

START_TEST(anything_else_is_bad_syntax_and_the_output_left_untouched)
{
    double value = 77;
    ck_assert_msg(autan_number_parse(bad[_i], &value) == AUTAN_BAD_SYNTAX, "'%s'", bad[_i]);
    ck_assert_double_eq(value, 77);
}
END_TEST

START_TEST(a_number_beyond_a_double_is_out_of_domain_and_the_output_left_untouched)
{
    double value = 77;
    ck_assert_int_eq(autan_number_parse(overflowing[_i], &value), AUTAN_OUT_OF_DOMAIN);
    ck_assert_double_eq(value, 77);
}
END_TEST

START_TEST(every_double_written_with_17_digits_is_read_back)
{
    uint64_t state = 11;
    for (int k = 0; k < 10000; k++) {
        double value = (uniform(&state) - 0.5) * (k % 2 ? 1e-9 : 1e6), back;
        char text[40];
        snprintf(text, sizeof text, "%.17g", value);
        ck_assert_int_eq(autan_number_parse(text, &back), AUTAN_OK);
        ck_assert_double_eq(back, value);
    }
}
END_TEST

START_TEST(readings_are_read_as_strtod_reads_them)
{
    uint64_t state = 7;
    for (int k = 0; k < 100000; k++) {
        char text[64];
        double value;
        state = state * 6364136223846793005u + 1442695040888963407u;
        snprintf(text, sizeof text, "%.*f", (int)(state >> 60),
                 ((double)(state >> 20 & 0xffffff) - 8e6) * 1e-3);
        ck_assert_int_eq(autan_number_parse(text, &value), AUTAN_OK);
        ck_assert_msg(value == strtod(text, NULL), "'%s'", text);
    }
}
END_TEST

START_TEST(a_number_is_written_as_short_as_it_can_be_read_back)
{
    static const struct {
        double value;
        const char *text;
    } pair[] = {{21.5, "21.5"}, {0.1, "0.1"}, {-50, "-50"}, {1.0 / 3, "0.3333333333333333"},
                {1e22, "1e+22"}, {-1234567.25, "-1234567.25"}};
    char text[AUTAN_NUMBER_TEXT];
    for (int k = 0; k < COUNT(pair); k++) {
        autan_number_format(pair[k].value, text);
        ck_assert_str_eq(text, pair[k].text);
    }
}
END_TEST

/* Needs a locale with a decimal comma; bare systems have none. */
START_TEST(the_point_is_a_point_whatever_the_locale)
{
    static const char *const name[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    double value;
    bool found = false;
    for (int k = 0; k < COUNT(name) && !found; k++)
        found = setlocale(LC_ALL, name[k]) != NULL;
    if (!found) {
        printf("skipped: no locale with a decimal comma\n");
        return;
    }
    ck_assert_int_eq(autan_number_parse("1.5", &value), AUTAN_OK);
    ck_assert_double_eq(value, 1.5);
    ck_assert_int_eq(autan_number_parse("1,5", &value), AUTAN_BAD_SYNTAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("number");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, a_decimal_number_is_read, 0, COUNT(good));
    tcase_add_loop_test(all, anything_else_is_bad_syntax_and_the_output_left_untouched, 0,
                        COUNT(bad));
    tcase_add_loop_test(
        all, a_number_beyond_a_double_is_out_of_domain_and_the_output_left_untouched, 0,
        COUNT(overflowing));
    tcase_add_test(all, every_double_written_with_17_digits_is_read_back);
    tcase_add_test(all, readings_are_read_as_strtod_reads_them);
    tcase_add_test(all, a_number_is_written_as_short_as_it_can_be_read_back);
    tcase_add_test(all, the_point_is_a_point_whatever_the_locale);
    suite_add_tcase(suite, all);
    return support_run(suite);
}
