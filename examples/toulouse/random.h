/* Random numbers that are the same on every machine, in independent streams. */
#ifndef AUTAN_EXAMPLES_RANDOM_H
#define AUTAN_EXAMPLES_RANDOM_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* xoshiro256++: D. Blackman and S. Vigna, "Scrambled linear pseudorandom number
 * generators", ACM Trans. Math. Softw. 47 (2021). */
typedef struct {
    uint64_t s[4];
    double spare; /* second normal of a pair */
    bool has_spare;
} random_stream;

/* splitmix64, the authors' way to fill the state. */
static inline uint64_t random_split(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* A stream of its own for each pair of seed and name. */
static inline random_stream random_make(uint64_t seed, const char *name)
{
    random_stream r = {.has_spare = false};
    uint64_t state = 0xcbf29ce484222325u; /* FNV-1a of the name */
    for (; *name; name++)
        state = (state ^ (uint64_t)(unsigned char)*name) * 0x100000001b3u;
    state ^= random_split(&seed);
    for (int i = 0; i < 4; i++)
        r.s[i] = random_split(&state);
    return r;
}

static inline uint64_t random_rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

/* Uniform in [0, 1). */
static inline double random_uniform(random_stream *r)
{
    uint64_t *s = r->s;
    uint64_t bits = random_rotate(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = random_rotate(s[3], 45);
    return (double)(bits >> 11) * 0x1p-53;
}

/* Standard normal: Marsaglia's polar method. */
static inline double random_normal(random_stream *r)
{
    double u, v, q;
    if (r->has_spare) {
        r->has_spare = false;
        return r->spare;
    }
    do {
        u = 2.0 * random_uniform(r) - 1.0;
        v = 2.0 * random_uniform(r) - 1.0;
        q = u * u + v * v;
    } while (q >= 1.0 || q == 0.0);
    q = sqrt(-2.0 * log(q) / q);
    r->spare = v * q;
    r->has_spare = true;
    return u * q;
}

/* A whole number from 0 to n - 1. */
static inline int random_below(random_stream *r, int n)
{
    return (int)(random_uniform(r) * n);
}

#endif
