/* Random numbers that are the same on every machine. */
#ifndef AUTAN_BASE_RANDOM_H
#define AUTAN_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A stream of numbers: xoshiro256**, D. Blackman and S. Vigna, Scrambled linear
 * pseudorandom number generators, ACM Trans. Math. Softw. 47 (2021). */
typedef struct {
    uint64_t state[4];
    double spare; /* the second normal number of a pair, NaN when used */
} autan_random;

/* Streams of different seeds are independent; so are those of one seed and different
 * numbers. */
autan_random autan_random_make(uint64_t seed, uint64_t number);

/* Uniform in [0, 1), 53 bits. */
double autan_random_uniform(autan_random *random);

/* Standard normal: G. Marsaglia and T. Bray's polar method, SIAM Review 6 (1964). */
double autan_random_normal(autan_random *random);

/* Puts a list into an order drawn at random, all orders alike. */
void autan_random_shuffle(autan_random *random, size_t n, size_t *list);

#ifdef __cplusplus
}
#endif
#endif
