/* How the loops that all time is spent in are compiled. Not installed.
 *
 * AUTAN_CLONES before a function compiles it for each width of vectors that processors
 * of the kind have; the loader takes the widest that runs here. AUTAN_SIMD_MATH after
 * <math.h> lets loops under `omp simd` take exponentials of a whole vector at once
 * (glibc's libmvec, within 4 units in the last place). Elsewhere both are nothing. */
#ifndef AUTAN_KRIGING_VECTOR_H
#define AUTAN_KRIGING_VECTOR_H

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) &&                  \
    !defined(__clang__)
#define AUTAN_CLONES                                                                   \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define AUTAN_SIMD_MATH __attribute__((simd("notinbranch"))) double exp(double);
#define AUTAN_WIDE      1
#else
#define AUTAN_CLONES
#define AUTAN_SIMD_MATH
#define AUTAN_WIDE 0
#endif

#endif
