/* The blocks of series that the viewer reads. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "files/place_series.h"
#include "support.h"

/* 2 planes of 3 x 2 places and 4 times, all different, one missing. */
static autan_place_series sample(void)
{
    autan_place_series s = {0};
    ck_assert_int_eq(autan_place_series_make(2, 3, 2, 4, 0.25, &s), AUTAN_OK);
    for (int t = 0; t < 4; t++)
        s.time[t] = 1755921600 + 3600 * (autan_time)t;
    for (int i = 0; i < 48; i++)
        s.value[i] = (int16_t)(i * 1361 - 32000);
    s.value[7] = AUTAN_PLACE_MISSING;
    return s;
}

START_TEST(what_is_encoded_is_decoded)
{
    autan_place_series s = sample(), back = {0};
    unsigned char *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(autan_place_series_encode(&s, &bytes, &size), AUTAN_OK);
    ck_assert_int_eq(autan_place_series_decode(bytes, size, &back), AUTAN_OK);
    ck_assert_uint_eq(back.planes, 2);
    ck_assert_uint_eq(back.rows, 3);
    ck_assert_uint_eq(back.columns, 2);
    ck_assert_uint_eq(back.n_times, 4);
    ck_assert_double_eq(back.quantum, 0.25);
    ck_assert_mem_eq(back.time, s.time, 4 * sizeof *s.time);
    ck_assert_mem_eq(back.value, s.value, 48 * sizeof *s.value);
    autan_place_series_clear(&back);
    autan_place_series_clear(&s);
    free(bytes);
}
END_TEST

START_TEST(the_same_series_gives_the_same_bytes)
{
    autan_place_series s = sample();
    unsigned char *a = NULL, *b = NULL;
    size_t na = 0, nb = 0;
    ck_assert_int_eq(autan_place_series_encode(&s, &a, &na), AUTAN_OK);
    ck_assert_int_eq(autan_place_series_encode(&s, &b, &nb), AUTAN_OK);
    ck_assert_uint_eq(na, nb);
    ck_assert_mem_eq(a, b, na);
    autan_place_series_clear(&s);
    free(a);
    free(b);
}
END_TEST

/* Cut anywhere, and with any byte of the head changed to 255, it is refused or read,
 * never more than what was allocated. */
START_TEST(damaged_blocks_are_refused)
{
    autan_place_series s = sample(), back = {0};
    unsigned char *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(autan_place_series_encode(&s, &bytes, &size), AUTAN_OK);
    for (size_t n = 0; n < size; n++)
        ck_assert_int_eq(autan_place_series_decode(bytes, n, &back), AUTAN_BAD_FORMAT);
    for (size_t k = 0; k < 24; k++) {
        const unsigned char kept = bytes[k];
        bytes[k] = 255;
        ck_assert_int_eq(autan_place_series_decode(bytes, size, &back),
                         AUTAN_BAD_FORMAT);
        bytes[k] = kept;
    }
    ck_assert_ptr_null(back.value);
    memset(bytes + 24, 0, 8); /* a quantum of 0 */
    ck_assert_int_eq(autan_place_series_decode(bytes, size, &back), AUTAN_BAD_FORMAT);
    autan_place_series_clear(&s);
    free(bytes);
}
END_TEST

START_TEST(a_small_block_that_claims_many_places_is_refused_before_they_are_allocated)
{
    autan_place_series s = sample(), back = {0};
    unsigned char *bytes = NULL;
    size_t size = 0;
    ck_assert_int_eq(autan_place_series_encode(&s, &bytes, &size), AUTAN_OK);
    /* 2^28 values of 2 bytes would have passed as a size. */
    memcpy(bytes + 8, (unsigned char[]){4, 0, 0, 0, 0, 0x20, 0, 0, 0, 0x08, 0, 0}, 12);
    ck_assert_int_eq(autan_place_series_decode(bytes, size, &back), AUTAN_BAD_FORMAT);
    ck_assert_ptr_null(back.value);
    autan_place_series_clear(&s);
    free(bytes);
}
END_TEST

START_TEST(sizes_of_nothing_and_beyond_reason_are_refused)
{
    autan_place_series s = {0};
    ck_assert_int_eq(autan_place_series_make(1, 0, 2, 2, 1.0, &s), AUTAN_BAD_ARGUMENT);
    ck_assert_int_eq(autan_place_series_make(4, 1 << 14, 1 << 14, 1, 1.0, &s),
                     AUTAN_BAD_ARGUMENT);
    ck_assert_int_eq(autan_place_series_make((size_t)-1, (size_t)-1, 2, 2, 1.0, &s),
                     AUTAN_BAD_ARGUMENT);
    ck_assert_ptr_null(s.value);
}
END_TEST

START_TEST(values_are_rounded_to_quanta_and_what_does_not_fit_is_missing)
{
    ck_assert_int_eq(autan_place_series_pack(0.25, 1.1), 4);
    ck_assert_int_eq(autan_place_series_pack(0.25, -1.1), -4);
    ck_assert_int_eq(autan_place_series_pack(0.25, (double)NAN), AUTAN_PLACE_MISSING);
    ck_assert_int_eq(autan_place_series_pack(0.25, (double)INFINITY),
                     AUTAN_PLACE_MISSING);
    ck_assert_int_eq(autan_place_series_pack(0.25, 1e6), AUTAN_PLACE_MISSING);
    ck_assert_int_eq(autan_place_series_pack(0.25, -8191.75), -INT16_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("place_series");
    TCase *tcase = tcase_create("blocks");
    tcase_add_test(tcase, what_is_encoded_is_decoded);
    tcase_add_test(tcase, the_same_series_gives_the_same_bytes);
    tcase_add_test(tcase, damaged_blocks_are_refused);
    tcase_add_test(
        tcase,
        a_small_block_that_claims_many_places_is_refused_before_they_are_allocated);
    tcase_add_test(tcase, sizes_of_nothing_and_beyond_reason_are_refused);
    tcase_add_test(tcase,
                   values_are_rounded_to_quanta_and_what_does_not_fit_is_missing);
    suite_add_tcase(suite, tcase);
    return support_run(suite);
}
