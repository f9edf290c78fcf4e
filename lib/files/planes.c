#include "files/planes.h"

#include <libdeflate.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "files/deflate.h"

enum {
    PLANES = 4,
    LEVEL = 1,
    HEAD = 2,  /* of a zlib stream, */
    CHECK = 4, /* and the checksum behind it */
    BYTES = 256,
    COUNTED = 255 /* what a byte counts to */
};

/* The part of a plane's bytes that are as the one before. Where it is smaller than the
 * one or greater than the other, a search for matches, which takes most of the time,
 * finds no more than runs; measured on maps of two cities. */
static const double SELDOM = 1.0 / 16.0, MOSTLY = 3.0 / 4.0;

/* Bits a byte from which a plane is called noise: codes would save next to nothing. */
static const double NOISE_BITS = 7.5;

typedef enum { SEARCHED, CODED, NOISE } kind;

struct autan_planes {
    size_t n;
    struct libdeflate_compressor *compressor;
    autan_deflate_step *step;
};

autan_planes *autan_planes_new(size_t n)
{
    autan_planes *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->n = n;
    p->compressor = libdeflate_alloc_compressor(LEVEL);
    p->step = malloc(autan_deflate_steps(n) * sizeof *p->step);
    if (!p->compressor || !p->step) {
        autan_planes_free(p);
        return NULL;
    }
    return p;
}

void autan_planes_free(autan_planes *planes)
{
    if (!planes)
        return;
    if (planes->compressor)
        libdeflate_free_compressor(planes->compressor);
    free(planes->step);
    free(planes);
}

size_t autan_planes_bound(const autan_planes *planes)
{
    return HEAD + PLANES * autan_deflate_bound(planes->n) +
           libdeflate_deflate_compress_bound(planes->compressor, PLANES * planes->n) +
           CHECK;
}

/* The part of the bytes that are as the one before. */
AUTAN_EVEN_CLONES static double repeats(size_t n, const unsigned char *plane)
{
    size_t all = 0;
    for (size_t first = 1; first < n; first += COUNTED) {
        const size_t end = n - first < COUNTED ? n : first + COUNTED;
        unsigned char few = 0;
#pragma omp simd
        for (size_t i = first; i < end; i++)
            few = (unsigned char)(few + (plane[i] == plane[i - 1]));
        all += few;
    }
    return (double)all / (double)n;
}

/* Bits a byte that codes by frequency take. */
static double entropy(size_t n, const unsigned char *plane)
{
    /* Four tables, so that runs of a byte do not wait for their own count. */
    uint32_t count[4][BYTES] = {{0}};
    double bits = 0.0;
    for (size_t i = 0; i < n; i++)
        count[i % 4][plane[i]]++;
    for (int b = 0; b < BYTES; b++) {
        double share =
            (double)(count[0][b] + count[1][b] + count[2][b] + count[3][b]) / (double)n;
        if (share > 0.0)
            bits -= share * log2(share);
    }
    return bits;
}

/* Without any rule, bytes would repeat in 2^-bits of the places: where they shun it
 * there is one. */
static kind kind_of(size_t n, const unsigned char *plane)
{
    const double part = repeats(n, plane);
    double bits;
    if (part > MOSTLY)
        return CODED;
    if (part > SELDOM)
        return SEARCHED;
    bits = entropy(n, plane);
    if (part < 0.5 * exp2(-bits))
        return SEARCHED;
    return bits > NOISE_BITS ? NOISE : CODED;
}

size_t autan_planes_deflate(autan_planes *planes, const unsigned char *plane,
                            unsigned char *out)
{
    const size_t n = planes->n;
    const uint32_t check = libdeflate_adler32(1, plane, PLANES * n);
    autan_deflate_stream stream = {.at = out};
    size_t k = 0, room;
    *stream.at++ = 0x78; /* deflate with a window of 32 KiB, */
    *stream.at++ = 0x01; /* fastest */
    /* From the first plane to be searched on, all go together. */
    for (kind is; k < PLANES && (is = kind_of(n, plane + k * n)) != SEARCHED; k++) {
        if (is == NOISE)
            autan_deflate_store(&stream, n, plane + k * n);
        else
            autan_deflate_add(&stream, n, plane + k * n, planes->step);
    }
    autan_deflate_align(&stream);
    room = libdeflate_deflate_compress_bound(planes->compressor, PLANES * n);
    stream.at += libdeflate_deflate_compress(planes->compressor, plane + k * n,
                                             (PLANES - k) * n, stream.at, room);
    for (int shift = 24; shift >= 0; shift -= 8)
        *stream.at++ = (unsigned char)(check >> shift);
    return (size_t)(stream.at - out);
}
