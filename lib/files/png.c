#include "files/png.h"

#include <libdeflate.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"

/* Rows are written as they are, without a filter: a map is drawn of square cells, whose
 * rows of pixels repeat, and libdeflate finds those better than differences. */
enum {
    LEVEL = 4,
    CHUNK_MOST = 1 << 30, /* bytes of a chunk's data; the format allows twice that */
    COLOUR = 2,           /* types of the header: red, green, blue, */
    COLOUR_ALPHA = 6      /* and opacity */
};

static void put_32(uint32_t value, unsigned char *at)
{
    for (int k = 0; k < 4; k++)
        at[k] = (unsigned char)(value >> (24 - 8 * k));
}

/* Length, type, data, and a checksum over type and data. */
static autan_status write_chunk(autan_outfile *out, const char type[4],
                                const unsigned char *data, size_t n, autan_error *err)
{
    unsigned char head[8], check[4];
    uint32_t crc;
    autan_status status;
    put_32((uint32_t)n, head);
    memcpy(head + 4, type, 4);
    crc = libdeflate_crc32(0, head + 4, 4);
    put_32(n > 0 ? libdeflate_crc32(crc, data, n) : crc, check);
    status = autan_outfile_write(out, head, sizeof head, err);
    if (status == AUTAN_OK && n > 0)
        status = autan_outfile_write(out, data, n, err);
    if (status == AUTAN_OK)
        status = autan_outfile_write(out, check, sizeof check, err);
    return status;
}

/* A channel of cairo's is multiplied by the opacity. */
static unsigned char channel(uint32_t pixel, int shift, uint32_t alpha)
{
    const uint32_t value = pixel >> shift & 0xff;
    return (unsigned char)(alpha > 0 ? (value * 255 + alpha / 2) / alpha : 0);
}

static void put_row(const uint32_t *pixel, size_t width, bool has_alpha,
                    unsigned char *out)
{
    for (size_t x = 0; x < width && !has_alpha; x++) {
        *out++ = (unsigned char)(pixel[x] >> 16);
        *out++ = (unsigned char)(pixel[x] >> 8);
        *out++ = (unsigned char)pixel[x];
    }
    for (size_t x = 0; x < width && has_alpha; x++) {
        const uint32_t alpha = pixel[x] >> 24;
        *out++ = channel(pixel[x], 16, alpha);
        *out++ = channel(pixel[x], 8, alpha);
        *out++ = channel(pixel[x], 0, alpha);
        *out++ = (unsigned char)alpha;
    }
}

/* The rows, each behind the number of its filter, compressed; NULL when memory is
 * short. */
static unsigned char *compress(cairo_surface_t *surface, bool has_alpha, size_t *n)
{
    const size_t width = (size_t)cairo_image_surface_get_width(surface);
    const size_t height = (size_t)cairo_image_surface_get_height(surface);
    const size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    const unsigned char *data = cairo_image_surface_get_data(surface);
    const size_t row = 1 + (has_alpha ? 4 : 3) * width;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    unsigned char *raw = malloc(row * height), *made = NULL;
    if (raw && compressor) {
        const size_t most = libdeflate_zlib_compress_bound(compressor, row * height);
        for (size_t y = 0; y < height; y++) {
            raw[y * row] = 0;
            put_row((const uint32_t *)(const void *)(data + y * stride), width,
                    has_alpha, raw + y * row + 1);
        }
        made = malloc(most);
        if (made)
            *n = libdeflate_zlib_compress(compressor, raw, row * height, made, most);
    }
    free(raw);
    if (compressor)
        libdeflate_free_compressor(compressor);
    return made;
}

static autan_status write_chunks(autan_outfile *out, cairo_surface_t *surface,
                                 bool has_alpha, const unsigned char *data, size_t n,
                                 autan_error *err)
{
    static const unsigned char signature[] = {0x89, 'P',  'N',  'G',
                                              '\r', '\n', 0x1a, '\n'};
    /* Width, height, bits a channel, colour type, and the only methods there are. */
    unsigned char header[13] = {[8] = 8, [9] = has_alpha ? COLOUR_ALPHA : COLOUR};
    autan_status status = autan_outfile_write(out, signature, sizeof signature, err);
    put_32((uint32_t)cairo_image_surface_get_width(surface), header);
    put_32((uint32_t)cairo_image_surface_get_height(surface), header + 4);
    if (status == AUTAN_OK)
        status = write_chunk(out, "IHDR", header, sizeof header, err);
    for (size_t at = 0; status == AUTAN_OK && at < n; at += CHUNK_MOST)
        status = write_chunk(out, "IDAT", data + at,
                             n - at < CHUNK_MOST ? n - at : CHUNK_MOST, err);
    return status == AUTAN_OK ? write_chunk(out, "IEND", NULL, 0, err) : status;
}

autan_status autan_png_write(cairo_surface_t *surface, const char *path,
                             autan_error *err)
{
    const bool has_alpha =
        cairo_image_surface_get_format(surface) == CAIRO_FORMAT_ARGB32;
    size_t n = 0;
    unsigned char *data;
    autan_outfile *out = NULL;
    autan_status status;
    cairo_surface_flush(surface);
    data = compress(surface, has_alpha, &n);
    status = data ? autan_outfile_open(path, &out, err)
                  : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    if (status == AUTAN_OK)
        status = write_chunks(out, surface, has_alpha, data, n, err);
    if (status == AUTAN_OK)
        status = autan_outfile_commit(out, err);
    else
        autan_outfile_abandon(out);
    free(data);
    return status;
}
