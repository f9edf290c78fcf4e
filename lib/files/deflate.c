#include "files/deflate.h"

#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    LITERALS = 256,
    END = 256, /* of a block */
    LENGTHS = 257,
    SYMBOLS = 286,
    CODES = SYMBOLS + 1, /* with that of the only distance */
    BITS_MOST = 13,      /* of a code here: four fit into a word behind a begun byte */
    RUN_LEAST = 3,
    RUN_MOST = 258,
    STORED_MOST = 65535,
    STORED_HEAD = 6, /* with the begun byte before */
    HEAD_MOST = 256, /* bytes of a block before its first code */
    WORD = 8         /* bytes that are written at a time */
};

typedef struct {
    uint16_t bits;
    uint16_t n; /* 0: unused */
} code;

/* Bits. Codes are held with their first bit lowest. */

static void put(autan_deflate_stream *s, uint64_t bits, unsigned n)
{
    s->bits |= bits << s->n_bits;
    s->n_bits += n;
}

/* At most 7 bits stay behind. */
static void flush(autan_deflate_stream *s)
{
    const uint64_t word = GUINT64_TO_LE(s->bits);
    memcpy(s->at, &word, sizeof word);
    s->at += s->n_bits / 8;
    s->bits >>= s->n_bits & ~7u;
    s->n_bits &= 7;
}

static void put_flushed(autan_deflate_stream *s, uint64_t bits, unsigned n)
{
    put(s, bits, n);
    flush(s);
}

/* A block of at most STORED_MOST bytes as they are; it ends a byte. */
static void put_stored(autan_deflate_stream *s, size_t n, const unsigned char *in)
{
    put(s, 0, 3);
    s->n_bits = (s->n_bits + 7) & ~7u;
    flush(s);
    put_flushed(s, n | (~n & STORED_MOST) << 16, 32);
    memcpy(s->at, in, n);
    s->at += n;
}

void autan_deflate_store(autan_deflate_stream *s, size_t n, const unsigned char *in)
{
    for (size_t part; n > 0; n -= part, in += part) {
        part = MIN(n, STORED_MOST);
        put_stored(s, part, in);
    }
}

void autan_deflate_align(autan_deflate_stream *s)
{
    if (s->n_bits > 0)
        put_stored(s, 0, s->at);
}

/* Steps */

static uint64_t word_at(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return GUINT64_FROM_LE(word);
}

/* How many of the bytes are as the one before them. */
static size_t run_length(const unsigned char *in, size_t most)
{
    size_t n = 0;
    for (; n + WORD <= most; n += WORD) {
        const uint64_t differs = word_at(in + n) ^ word_at(in + n - 1);
        if (differs != 0)
            return n + (size_t)__builtin_ctzll(differs) / 8;
    }
    while (n < most && in[n] == in[n - 1])
        n++;
    return n;
}

/* Whether the three bytes are as the one before them; four may be read. */
static bool is_run(const unsigned char *in)
{
    uint32_t here, before;
    memcpy(&here, in, sizeof here);
    memcpy(&before, in - 1, sizeof before);
    return (GUINT32_FROM_LE(here ^ before) & 0xffffff) == 0;
}

static size_t find_steps(size_t n, const unsigned char *in, autan_deflate_step *step)
{
    size_t count = 0, from = 0, i = 1;
    while (i + 4 <= n) {
        if (!is_run(in + i)) {
            i++;
            continue;
        }
        const size_t run = run_length(in + i, MIN(n - i, RUN_MOST));
        step[count++] = (autan_deflate_step){(uint32_t)(i - from), (uint32_t)run};
        i += run;
        from = i;
    }
    step[count++] = (autan_deflate_step){(uint32_t)(n - from), 0};
    return count;
}

/* The symbol of a run's length, and the bits behind it that tell the rest. */
typedef struct {
    unsigned symbol, n_extra, extra;
} split;

static split split_run(unsigned run)
{
    const unsigned x = run - 3;
    unsigned n = 0;
    if (run == RUN_MOST)
        return (split){SYMBOLS - 1, 0, 0};
    while (x >> n >= 8)
        n++;
    return (split){LENGTHS + 4 * n + (x >> n), n, x & ((1u << n) - 1)};
}

static void count_symbols(size_t n_steps, const autan_deflate_step *step,
                          const unsigned char *in, uint32_t *count)
{
    /* Four tables, so that a byte does not wait for the count of one like it. */
    uint32_t table[4][LITERALS] = {{0}};
    memset(count, 0, SYMBOLS * sizeof *count);
    for (size_t k = 0; k < n_steps; k++) {
        for (size_t i = 0; i < step[k].plain; i++)
            table[i % 4][in[i]]++;
        in += step[k].plain + step[k].run;
        if (step[k].run > 0)
            count[split_run(step[k].run).symbol]++;
    }
    for (size_t b = 0; b < LITERALS; b++)
        count[b] = table[0][b] + table[1][b] + table[2][b] + table[3][b];
    count[END] = 1;
}

/* Codes */

typedef struct {
    uint32_t count;
    unsigned symbol;
} leaf;

static int by_count(const void *a, const void *b)
{
    const leaf *one = a, *other = b;
    if (one->count != other->count)
        return one->count < other->count ? -1 : 1;
    return one->symbol < other->symbol ? -1 : one->symbol > other->symbol;
}

/* Depths in Huffman's tree of n >= 2 leaves in the order of their counts, the first
 * deepest. Its inner nodes stand behind the leaves. */
static void set_depths(size_t n, const leaf *l, unsigned *depth)
{
    uint32_t sum[SYMBOLS];
    size_t parent[2 * SYMBOLS];
    size_t next = 0, inner = 0; /* the least of both kinds without a parent */
    for (size_t made = 0; made + 1 < n; made++) {
        sum[made] = 0;
        for (int child = 0; child < 2; child++) {
            if (next < n && (inner == made || l[next].count <= sum[inner])) {
                sum[made] += l[next].count;
                parent[next++] = n + made;
            } else {
                sum[made] += sum[inner];
                parent[n + inner++] = n + made;
            }
        }
    }
    depth[2 * n - 2] = 0;
    for (size_t k = 2 * n - 2; k-- > 0;)
        depth[k] = depth[parent[k]] + 1;
}

/* Lengths of the codes; counts are made more alike until none is too long. */
static void set_lengths(const uint32_t *count, code *c)
{
    leaf l[SYMBOLS];
    unsigned depth[2 * SYMBOLS];
    size_t n = 0;
    for (unsigned k = 0; k < SYMBOLS; k++) {
        c[k].n = 0;
        if (count[k] > 0)
            l[n++] = (leaf){count[k], k};
    }
    qsort(l, n, sizeof *l, by_count);
    set_depths(n, l, depth);
    while (depth[0] > BITS_MOST) {
        for (size_t k = 0; k < n; k++)
            l[k].count = (l[k].count + 1) / 2;
        set_depths(n, l, depth);
    }
    for (size_t k = 0; k < n; k++)
        c[l[k].symbol].n = (uint16_t)depth[k];
}

static uint16_t reversed(unsigned bits, unsigned n)
{
    unsigned out = 0;
    for (unsigned k = 0; k < n; k++)
        out |= (bits >> k & 1) << (n - 1 - k);
    return (uint16_t)out;
}

/* Codes of their lengths: RFC 1951, 3.2.2. */
static void set_codes(code *c)
{
    unsigned n_of[BITS_MOST + 1] = {0}, next[BITS_MOST + 2] = {0};
    for (size_t k = 0; k < SYMBOLS; k++)
        n_of[c[k].n] += c[k].n > 0;
    for (unsigned n = 0; n <= BITS_MOST; n++)
        next[n + 1] = (next[n] + n_of[n]) << 1;
    for (size_t k = 0; k < SYMBOLS; k++) {
        if (c[k].n > 0)
            c[k].bits = reversed(next[c[k].n]++, c[k].n);
    }
    c[SYMBOLS] = (code){0, 1};
}

/* The head of a block: the lengths of its codes, each told in a code of four bits for 0
 * to 13 and for short and long runs of zeros: RFC 1951, 3.2.7. */

enum { SHORT_ZEROS = 14, LONG_ZEROS = 15, ZEROS_MOST = 138 };

static void tell(autan_deflate_stream *s, unsigned value)
{
    put_flushed(s, reversed(value, 4), 4);
}

static void tell_zeros(autan_deflate_stream *s, size_t n)
{
    if (n >= 11) {
        tell(s, LONG_ZEROS);
        put_flushed(s, n - 11, 7);
    } else if (n >= 3) {
        tell(s, SHORT_ZEROS);
        put_flushed(s, n - 3, 3);
    } else {
        while (n-- > 0)
            tell(s, 0);
    }
}

static void put_head(autan_deflate_stream *s, const code *c)
{
    /* The lengths of those codes, in their order. */
    static const unsigned char four[] = {0, 4, 4, 4, 4, 4, 4, 4, 4,
                                         4, 4, 4, 4, 4, 4, 4, 0, 4};
    put(s, 2 << 1, 3);
    put(s, SYMBOLS - 257, 5);
    put(s, 0, 5);
    put_flushed(s, sizeof four - 4, 4);
    for (size_t k = 0; k < sizeof four; k++)
        put_flushed(s, four[k], 3);
    for (size_t k = 0, zeros = 0; k < CODES; k++) {
        if (c[k].n == 0 && ++zeros < ZEROS_MOST)
            continue;
        tell_zeros(s, zeros);
        zeros = 0;
        if (c[k].n > 0)
            tell(s, c[k].n);
    }
}

static void put_plain(autan_deflate_stream *s, const code *c, size_t n,
                      const unsigned char *in)
{
    autan_deflate_stream own = *s;
    for (; n >= 4; n -= 4, in += 4) {
        put(&own, c[in[0]].bits, c[in[0]].n);
        put(&own, c[in[1]].bits, c[in[1]].n);
        put(&own, c[in[2]].bits, c[in[2]].n);
        put(&own, c[in[3]].bits, c[in[3]].n);
        flush(&own);
    }
    for (; n > 0; n--, in++)
        put(&own, c[*in].bits, c[*in].n);
    flush(&own);
    *s = own;
}

size_t autan_deflate_steps(size_t n)
{
    return n / RUN_LEAST + 1;
}

/* No code is longer than BITS_MOST, and a run takes fewer bits than its bytes. */
size_t autan_deflate_bound(size_t n)
{
    return n * BITS_MOST / 8 + (n / STORED_MOST + 2) * STORED_HEAD + HEAD_MOST + WORD;
}

void autan_deflate_add(autan_deflate_stream *stream, size_t n, const unsigned char *in,
                       autan_deflate_step *step)
{
    const size_t n_steps = find_steps(n, in, step);
    uint32_t count[SYMBOLS];
    code c[CODES];
    count_symbols(n_steps, step, in, count);
    set_lengths(count, c);
    set_codes(c);
    put_head(stream, c);
    for (size_t k = 0; k < n_steps; k++) {
        put_plain(stream, c, step[k].plain, in);
        in += step[k].plain + step[k].run;
        if (step[k].run == 0)
            continue;
        const split run = split_run(step[k].run);
        put(stream, c[run.symbol].bits, c[run.symbol].n);
        put(stream, run.extra, run.n_extra);
        put_flushed(stream, c[SYMBOLS].bits, c[SYMBOLS].n);
    }
    put_flushed(stream, c[END].bits, c[END].n);
}
