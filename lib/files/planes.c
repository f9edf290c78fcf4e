#include "files/planes.h"

#include <libdeflate.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum {
    PLANES = 4,
    LEVEL = 1,
    STORED_MOST = 65535, /* bytes of a stored block; its head has 5 */
    STORED_HEAD = 5,
    HEAD = 2,  /* of a zlib stream, */
    CHECK = 4, /* and the checksum behind it */
    BYTES = 256
};

/* Bits a byte from which a plane is called noise: codes would save less than a fifth of
 * it, and the search for matches takes most of the time. */
static const double NOISE_BITS = 6.5;

typedef enum { VARIED, CONSTANT, NOISE } kind;

struct autan_planes {
    size_t n;
    struct libdeflate_compressor *compressor;
    unsigned char *zeros; /* blocks of n bytes of 0, none of them the last */
    size_t n_zeros;
};

/* zlib ends a flush on a whole byte and without a last block. */
static int make_zeros(autan_planes *p)
{
    z_stream stream = {0};
    unsigned char *plane = calloc(p->n + 1, 1);
    size_t most = 0;
    int good = plane && deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS,
                                     MAX_MEM_LEVEL, Z_RLE) == Z_OK;
    if (good) {
        most = deflateBound(&stream, p->n) + STORED_HEAD;
        p->zeros = malloc(most);
        good = p->zeros != NULL;
        stream.next_in = plane;
        stream.avail_in = (uInt)p->n;
        stream.next_out = p->zeros;
        stream.avail_out = (uInt)most;
        good = good && deflate(&stream, Z_SYNC_FLUSH) == Z_OK && stream.avail_in == 0;
        p->n_zeros = most - stream.avail_out;
        deflateEnd(&stream);
    }
    free(plane);
    return good;
}

autan_planes *autan_planes_new(size_t n)
{
    autan_planes *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->n = n;
    p->compressor = libdeflate_alloc_compressor(LEVEL);
    if (!p->compressor || !make_zeros(p)) {
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
    free(planes->zeros);
    free(planes);
}

static size_t stored_bound(size_t n)
{
    return n + (n / STORED_MOST + 1) * STORED_HEAD;
}

size_t autan_planes_bound(const autan_planes *planes)
{
    return HEAD + PLANES * (stored_bound(planes->n) + planes->n_zeros) +
           libdeflate_deflate_compress_bound(planes->compressor, PLANES * planes->n) +
           CHECK;
}

static kind kind_of(size_t n, const unsigned char *plane)
{
    /* Four tables, so that runs of a byte do not wait for their own count. */
    uint32_t count[4][BYTES] = {{0}};
    double bits = 0.0;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        count[0][plane[i]]++;
        count[1][plane[i + 1]]++;
        count[2][plane[i + 2]]++;
        count[3][plane[i + 3]]++;
    }
    for (; i < n; i++)
        count[0][plane[i]]++;
    for (int b = 0; b < BYTES; b++) {
        double share =
            (double)(count[0][b] + count[1][b] + count[2][b] + count[3][b]) / (double)n;
        if (share == 1.0)
            return CONSTANT;
        if (share > 0.0)
            bits -= share * log2(share);
    }
    return bits > NOISE_BITS ? NOISE : VARIED;
}

/* Blocks that are not the last. */
static size_t store(size_t n, const unsigned char *plane, unsigned char *out)
{
    unsigned char *at = out;
    while (n > 0) {
        const size_t part = n < STORED_MOST ? n : STORED_MOST;
        at[0] = 0;
        at[1] = (unsigned char)(part & 0xff);
        at[2] = (unsigned char)(part >> 8);
        at[3] = (unsigned char)~at[1];
        at[4] = (unsigned char)~at[2];
        memcpy(at + STORED_HEAD, plane, part);
        at += STORED_HEAD + part;
        plane += part;
        n -= part;
    }
    return (size_t)(at - out);
}

size_t autan_planes_deflate(autan_planes *planes, const unsigned char *plane,
                            unsigned char *out)
{
    const size_t n = planes->n;
    const uint32_t check = libdeflate_adler32(1, plane, PLANES * n);
    unsigned char *at = out;
    size_t k = 0, room;
    *at++ = 0x78; /* deflate with a window of 32 KiB, */
    *at++ = 0x01; /* fastest */
    /* From the first plane that is neither noise nor zeros on, all go together. */
    for (; k < PLANES; k++) {
        const kind is = kind_of(n, plane + k * n);
        if (is == NOISE) {
            at += store(n, plane + k * n, at);
        } else if (is == CONSTANT && plane[k * n] == 0) {
            memcpy(at, planes->zeros, planes->n_zeros);
            at += planes->n_zeros;
        } else {
            break;
        }
    }
    room = libdeflate_deflate_compress_bound(planes->compressor, PLANES * n);
    at += libdeflate_deflate_compress(planes->compressor, plane + k * n,
                                      (PLANES - k) * n, at, room);
    for (int shift = 24; shift >= 0; shift -= 8)
        *at++ = (unsigned char)(check >> shift);
    return (size_t)(at - out);
}
