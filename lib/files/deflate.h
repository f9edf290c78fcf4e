/* Deflate (RFC 1951) of bytes that hardly ever or nearly always repeat the one before:
 * codes by frequency, and runs of a byte. No other repetition is looked for, which
 * takes a quarter of the time of a search. Not installed. */
#ifndef AUTAN_FILES_DEFLATE_H
#define AUTAN_FILES_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

/* The end of a stream: whole bytes before at, and bits that are no byte yet. */
typedef struct {
    unsigned char *at;
    uint64_t bits;
    unsigned n_bits;
} autan_deflate_stream;

/* Some bytes as they are, then a run of the last of them. */
typedef struct {
    uint32_t plain, run;
} autan_deflate_step;

/* Steps that n bytes take at most; bytes of a stream that they take at most, of one
 * block. */
size_t autan_deflate_steps(size_t n);
size_t autan_deflate_bound(size_t n);

/* Adds n >= 1 bytes as a block, not the last, to the stream; step has room for
 * autan_deflate_steps(n). */
void autan_deflate_add(autan_deflate_stream *stream, size_t n, const unsigned char *in,
                       autan_deflate_step *step);

/* Adds them as they are. */
void autan_deflate_store(autan_deflate_stream *stream, size_t n,
                         const unsigned char *in);

/* Brings the stream to a whole byte, for blocks of others to follow. */
void autan_deflate_align(autan_deflate_stream *stream);

#endif
