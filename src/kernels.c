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

void kernels_choose(void)
{
    static const char VARIABLE[] = "OPENBLAS_CORETYPE";
    if (!arguments || getenv(VARIABLE) ||
        strcmp(openblas_get_corename(), "Prescott") != 0 ||
        !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return;
    if (setenv(VARIABLE, "Haswell", 0) == 0)
        execv("/proc/self/exe", arguments);
}
#else
void kernels_choose(void)
{
}
#endif
