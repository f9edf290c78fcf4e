/* Streams of byte planes, read back by zlib. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "files/planes.h"
#include "support.h"

enum { PLANES = 4 };

/* What a plane holds: zeros, another byte, a pattern that repeats, or noise. */
static void fill(size_t n, char what, unsigned *seed, unsigned char *plane)
{
    for (size_t i = 0; i < n; i++) {
        *seed = *seed * 1664525u + 1013904223u;
        plane[i] = what == '0'   ? 0
                   : what == 'c' ? 7
                   : what == 'p' ? (unsigned char)(i % 5)
                                 : (unsigned char)(*seed >> 24);
    }
}

/* Length of the stream; ck_asserts that it reads back and keeps within its bound. */
static size_t round_trip(size_t n, const char *what)
{
    unsigned seed = 3;
    unsigned char *plane = malloc(PLANES * n), *back = malloc(PLANES * n), *out;
    autan_planes *planes = autan_planes_new(n);
    uLongf length = (uLongf)(PLANES * n);
    size_t size;
    ck_assert_ptr_nonnull(planes);
    out = malloc(autan_planes_bound(planes));
    ck_assert(plane && back && out);
    for (size_t k = 0; k < PLANES; k++)
        fill(n, what[k], &seed, plane + k * n);
    size = autan_planes_deflate(planes, plane, out);
    ck_assert_uint_le(size, autan_planes_bound(planes));
    ck_assert_int_eq(uncompress(back, &length, out, (uLong)size), Z_OK);
    ck_assert_uint_eq(length, PLANES * n);
    ck_assert_mem_eq(back, plane, PLANES * n);
    free(plane);
    free(back);
    free(out);
    autan_planes_free(planes);
    return size;
}

START_TEST(every_order_of_planes_reads_back)
{
    static const char kinds[] = "0cpn";
    for (int k = 0; k < 256; k++) {
        const char what[] = {kinds[k & 3], kinds[k >> 2 & 3], kinds[k >> 4 & 3],
                             kinds[k >> 6]};
        round_trip(5000, what);
    }
}
END_TEST

START_TEST(every_length_reads_back)
{
    static const size_t n[] = {1, 2, 3, 257, 258, 259, 65535, 65536, 200000};
    for (size_t k = 0; k < sizeof n / sizeof *n; k++) {
        round_trip(n[k], "nnnn");
        round_trip(n[k], "0000");
        round_trip(n[k], "0npp");
    }
}
END_TEST

START_TEST(noise_is_stored_and_the_rest_becomes_small)
{
    const size_t n = 65536;
    const size_t size = round_trip(n, "0npp");
    ck_assert_uint_gt(size, n);
    ck_assert_uint_lt(size, n + 4000);
    ck_assert_uint_lt(round_trip(n, "0000"), 2000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("planes");
    TCase *all = tcase_create("all");
    tcase_add_test(all, every_order_of_planes_reads_back);
    tcase_add_test(all, every_length_reads_back);
    tcase_add_test(all, noise_is_stored_and_the_rest_becomes_small);
    suite_add_tcase(suite, all);
    return support_run(suite);
}
