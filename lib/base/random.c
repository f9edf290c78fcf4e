#include "base/random.h"

#include <math.h>

/* splitmix64, which the authors of xoshiro give for seeding it. */
static uint64_t split(uint64_t *x)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

autan_random autan_random_make(uint64_t seed, uint64_t number)
{
    autan_random made = {.spare = (double)NAN};
    uint64_t x = seed;
    x = split(&x) ^ number;
    for (int k = 0; k < 4; k++)
        made.state[k] = split(&x);
    return made;
}

static uint64_t rotate(uint64_t x, int by)
{
    return (x << by) | (x >> (64 - by));
}

static uint64_t next(autan_random *random)
{
    uint64_t *s = random->state, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double autan_random_uniform(autan_random *random)
{
    return (double)(next(random) >> 11) * 0x1p-53;
}

double autan_random_normal(autan_random *random)
{
    double u, v, square, factor;
    if (!isnan(random->spare)) {
        factor = random->spare;
        random->spare = (double)NAN;
        return factor;
    }
    do {
        u = 2.0 * autan_random_uniform(random) - 1.0;
        v = 2.0 * autan_random_uniform(random) - 1.0;
        square = u * u + v * v;
    } while (square >= 1.0 || square == 0.0);
    factor = sqrt(-2.0 * log(square) / square);
    random->spare = v * factor;
    return u * factor;
}

void autan_random_shuffle(autan_random *random, size_t n, size_t *list)
{
    for (size_t i = 0; i < n; i++) {
        const size_t j = (size_t)(autan_random_uniform(random) * (double)(i + 1));
        const size_t moved = list[i];
        list[i] = list[j];
        list[j] = moved;
    }
}
