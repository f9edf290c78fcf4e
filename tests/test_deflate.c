/* Blocks of runs and codes, read back by zlib. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "files/deflate.h"
#include "support.h"

enum { MOST = 200000 };

static unsigned char in[MOST], back[MOST], out[2 * MOST + 1000];

/* What zlib makes of a raw stream that an empty block ends; ck_asserts n bytes. */
static void read_back(autan_deflate_stream *stream, size_t n)
{
    z_stream z = {0};
    autan_deflate_align(stream);
    *stream->at++ = 3; /* the last block, of fixed codes, */
    *stream->at++ = 0; /* and its end */
    z.next_in = out;
    z.avail_in = (uInt)(stream->at - out);
    z.next_out = back;
    z.avail_out = MOST;
    ck_assert_int_eq(inflateInit2(&z, -MAX_WBITS), Z_OK);
    ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_eq(z.avail_in, 0);
    ck_assert_uint_eq(MOST - z.avail_out, n);
    ck_assert_mem_eq(back, in, n);
    inflateEnd(&z);
}

/* The bytes of a block of the first n of in, which is read back. */
static size_t round_trip(size_t n)
{
    autan_deflate_step *step = malloc(autan_deflate_steps(n) * sizeof *step);
    autan_deflate_stream stream = {.at = out};
    size_t size;
    ck_assert_ptr_nonnull(step);
    autan_deflate_add(&stream, n, in, step);
    size = (size_t)(stream.at - out);
    ck_assert_uint_le(size, autan_deflate_bound(n));
    read_back(&stream, n);
    free(step);
    return size;
}

START_TEST(runs_of_every_length_read_back)
{
    for (size_t run = 1; run < 600; run++) {
        for (size_t i = 0; i < 2 * run + 1; i++)
            in[i] = (unsigned char)(i / run);
        round_trip(2 * run + 1);
    }
}
END_TEST

START_TEST(every_number_of_different_bytes_reads_back)
{
    for (size_t n = 1; n <= 256; n++) {
        for (size_t i = 0; i < 3 * n; i++)
            in[i] = (unsigned char)(255 - i % n);
        round_trip(3 * n);
    }
}
END_TEST

/* Each byte twice as often as the one before would have a code a bit shorter. */
START_TEST(codes_that_would_be_too_long_are_cut)
{
    size_t n = 0;
    for (int byte = 0; byte < 17; byte++) {
        for (size_t k = 0; k < (size_t)1 << byte; k++)
            in[n++] = (unsigned char)byte;
    }
    /* Spread, so that there are no runs. */
    for (size_t i = 0; i < n; i++) {
        const size_t other = i * 65599 % n;
        const unsigned char byte = in[i];
        in[i] = in[other];
        in[other] = byte;
    }
    round_trip(n);
}
END_TEST

/* 32 bytes as often as each other are of five bits; one has six, for the sake of the
 * end. */
START_TEST(a_block_is_hardly_longer_than_what_it_tells)
{
    unsigned seed = 3;
    for (size_t i = 0; i < 65536; i++) {
        seed = seed * 1664525u + 1013904223u;
        in[i] = (unsigned char)(seed >> 27 << 3);
    }
    ck_assert_uint_lt(round_trip(65536), 65536 / 8 * 5 + 500);
    memset(in, 7, 65536);
    ck_assert_uint_lt(round_trip(65536), 150);
}
END_TEST

START_TEST(blocks_of_all_kinds_follow_each_other)
{
    autan_deflate_step *step = malloc(autan_deflate_steps(MOST) * sizeof *step);
    autan_deflate_stream stream = {.at = out};
    ck_assert_ptr_nonnull(step);
    for (size_t i = 0; i < MOST; i++)
        in[i] = (unsigned char)(i % 7 * (i % 11));
    autan_deflate_add(&stream, 1000, in, step);
    autan_deflate_store(&stream, 70000, in + 1000);
    autan_deflate_add(&stream, 1, in + 71000, step);
    autan_deflate_align(&stream);
    autan_deflate_align(&stream);
    autan_deflate_add(&stream, 999, in + 71001, step);
    read_back(&stream, 72000);
    free(step);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deflate");
    TCase *all = tcase_create("all");
    tcase_add_test(all, runs_of_every_length_read_back);
    tcase_add_test(all, every_number_of_different_bytes_reads_back);
    tcase_add_test(all, codes_that_would_be_too_long_are_cut);
    tcase_add_test(all, a_block_is_hardly_longer_than_what_it_tells);
    tcase_add_test(all, blocks_of_all_kinds_follow_each_other);
    suite_add_tcase(suite, all);
    return support_run(suite);
}
