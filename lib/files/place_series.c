#include "files/place_series.h"

#include <libdeflate.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1, LEVEL = 6, HEAD = 32, MOST_VALUES = 1 << 28, DEFLATE_MOST = 1032 };

static const char magic[4] = {'A', 'U', 'P', 'S'};

static size_t n_values(const autan_place_series *s)
{
    return s->planes * s->rows * s->columns * s->n_times;
}

autan_status autan_place_series_make(size_t planes, size_t rows, size_t columns,
                                     size_t n_times, double quantum,
                                     autan_place_series *series)
{
    const size_t size[] = {planes, rows, columns, n_times};
    autan_place_series made = {planes, rows, columns, n_times, quantum, NULL, NULL};
    size_t n = 1;
    for (size_t k = 0; k < 4; k++) {
        if (size[k] == 0 || size[k] > MOST_VALUES / n)
            return AUTAN_BAD_ARGUMENT;
        n *= size[k];
    }
    made.time = calloc(n_times, sizeof *made.time);
    made.value = malloc(n * sizeof *made.value);
    if (!made.time || !made.value) {
        autan_place_series_clear(&made);
        return AUTAN_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++)
        made.value[i] = AUTAN_PLACE_MISSING;
    *series = made;
    return AUTAN_OK;
}

void autan_place_series_clear(autan_place_series *series)
{
    free(series->time);
    free(series->value);
    *series = (autan_place_series){0};
}

int16_t autan_place_series_pack(double quantum, double value)
{
    const double quanta = round(value / quantum);
    return fabs(quanta) <= INT16_MAX ? (int16_t)quanta : AUTAN_PLACE_MISSING;
}

static void put(unsigned char *at, uint64_t value, size_t bytes)
{
    for (size_t k = 0; k < bytes; k++)
        at[k] = (unsigned char)(value >> 8 * k & 0xff);
}

static uint64_t get(const unsigned char *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t k = 0; k < bytes; k++)
        value |= (uint64_t)at[k] << 8 * k;
    return value;
}

/* Differences along time, in two planes of bytes. */
static void split(const autan_place_series *s, unsigned char *plain)
{
    const size_t n = n_values(s);
    for (size_t i = 0; i < n; i++) {
        const uint16_t before = i % s->n_times ? (uint16_t)s->value[i - 1] : 0;
        const uint16_t step = (uint16_t)((uint16_t)s->value[i] - before);
        plain[i] = (unsigned char)(step & 0xff);
        plain[n + i] = (unsigned char)(step >> 8);
    }
}

static void join(const unsigned char *plain, autan_place_series *s)
{
    const size_t n = n_values(s);
    for (size_t i = 0; i < n; i++) {
        const uint16_t before = i % s->n_times ? (uint16_t)s->value[i - 1] : 0;
        const uint16_t step = (uint16_t)(plain[i] | plain[n + i] << 8);
        s->value[i] = (int16_t)(uint16_t)(before + step);
    }
}

autan_status autan_place_series_encode(const autan_place_series *s,
                                       unsigned char **bytes, size_t *size)
{
    const size_t n = n_values(s), head = HEAD + 8 * s->n_times;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    unsigned char *plain = malloc(2 * n), *made = NULL;
    size_t most = 0, packed = 0;
    if (compressor && plain) {
        most = libdeflate_zlib_compress_bound(compressor, 2 * n);
        made = malloc(head + most);
    }
    if (made) {
        const size_t count[] = {VERSION, s->planes, s->rows, s->columns, s->n_times};
        uint64_t quantum;
        memcpy(made, magic, sizeof magic);
        for (size_t k = 0; k < 5; k++)
            put(made + 4 + 4 * k, count[k], 4);
        memcpy(&quantum, &s->quantum, sizeof quantum);
        put(made + 24, quantum, 8);
        for (size_t t = 0; t < s->n_times; t++)
            put(made + HEAD + 8 * t, (uint64_t)s->time[t], 8);
        split(s, plain);
        packed = libdeflate_zlib_compress(compressor, plain, 2 * n, made + head, most);
    }
    free(plain);
    if (compressor)
        libdeflate_free_compressor(compressor);
    if (!packed) {
        free(made);
        return AUTAN_NO_MEMORY;
    }
    *bytes = made;
    *size = head + packed;
    return AUTAN_OK;
}

/* Whether so many bytes can hold that many values: deflate packs a byte in 1/1032 of
 * one at best. A few bytes would have half a GiB allocated otherwise. */
static bool can_hold(size_t size, const size_t count[4])
{
    const double values =
        (double)count[0] * (double)count[1] * (double)count[2] * (double)count[3];
    return 2.0 * values <= (double)DEFLATE_MOST * (double)size;
}

static autan_status unpack(const unsigned char *bytes, size_t size,
                           autan_place_series *s)
{
    const size_t n = n_values(s);
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    unsigned char *plain = malloc(2 * n);
    autan_status status = AUTAN_NO_MEMORY;
    if (decompressor && plain) {
        status = libdeflate_zlib_decompress(decompressor, bytes, size, plain, 2 * n,
                                            NULL) == LIBDEFLATE_SUCCESS
                     ? AUTAN_OK
                     : AUTAN_BAD_FORMAT;
        if (status == AUTAN_OK)
            join(plain, s);
    }
    if (decompressor)
        libdeflate_free_decompressor(decompressor);
    free(plain);
    return status;
}

autan_status autan_place_series_decode(const unsigned char *bytes, size_t size,
                                       autan_place_series *series)
{
    autan_place_series made = {0};
    size_t count[5], head;
    uint64_t bits;
    double quantum;
    autan_status status;
    if (size < HEAD || memcmp(bytes, magic, sizeof magic) != 0)
        return AUTAN_BAD_FORMAT;
    for (size_t k = 0; k < 5; k++)
        count[k] = (size_t)get(bytes + 4 + 4 * k, 4);
    bits = get(bytes + 24, 8);
    memcpy(&quantum, &bits, sizeof quantum);
    head = HEAD + 8 * count[4];
    if (count[0] != VERSION || size < head || !(quantum > 0.0) || !isfinite(quantum) ||
        !can_hold(size - head, count + 1))
        return AUTAN_BAD_FORMAT;
    status =
        autan_place_series_make(count[1], count[2], count[3], count[4], quantum, &made);
    if (status == AUTAN_BAD_ARGUMENT)
        return AUTAN_BAD_FORMAT;
    for (size_t t = 0; status == AUTAN_OK && t < made.n_times; t++)
        made.time[t] = (autan_time)get(bytes + HEAD + 8 * t, 8);
    if (status == AUTAN_OK)
        status = unpack(bytes + head, size - head, &made);
    if (status == AUTAN_OK)
        *series = made;
    else
        autan_place_series_clear(&made);
    return status;
}
