#include "kernels.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char **arguments;

void kernels_remember(char **argv)
{
    arguments = argv;
}

#ifdef __x86_64__
/* Of OpenBLAS, in a header that is not everywhere in the same place. */
char *openblas_get_corename(void);

/* The best that every OpenBLAS of the last years has and that this processor runs;
 * NULL: none better than the oldest. */
static const char *best_kernels(void)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? "Haswell"
                                                                           : NULL;
}

void kernels_choose(void)
{
    static const char VARIABLE[] = "OPENBLAS_CORETYPE";
    const char *best = best_kernels();
    if (!arguments || getenv(VARIABLE) || !best ||
        strcmp(openblas_get_corename(), "Prescott") != 0)
        return;
    if (setenv(VARIABLE, best, 0) == 0)
        execv("/proc/self/exe", arguments);
}
#else
void kernels_choose(void)
{
}
#endif
