/* The kernels that OpenBLAS computes with. */
#ifndef AUTAN_KERNELS_H
#define AUTAN_KERNELS_H

/* An OpenBLAS that is older than the processor does not know it and takes the kernels
 * of 2004, with which a fit takes twice as long. Which to take it decides when it is
 * loaded: where it chose so and the processor has AVX2 or AVX-512, the program starts
 * itself again, once, with OPENBLAS_CORETYPE set. Returns when there is nothing to
 * gain, the user has chosen, or it cannot be done. To be called before there is
 * anything to lose. */
void kernels_choose(void);

/* How the program was called: main's argv, which must stay. */
void kernels_remember(char **argv);

#endif
