/* How the loops that all time is spent in are compiled. Not installed.
 *
 * AUTAN_EVEN_CLONES before a function compiles it for wider vectors too, without those
 * instructions that round a product and a sum once: its results are the same to the bit
 * on every processor. Elsewhere it is nothing. */
#ifndef AUTAN_BASE_CLONES_H
#define AUTAN_BASE_CLONES_H

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) &&                  \
    !defined(__clang__)
#define AUTAN_EVEN_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define AUTAN_EVEN_CLONES
#endif

#endif
