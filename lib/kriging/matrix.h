/* The dense linear algebra that kriging needs, over LAPACK and BLAS.
 *
 * Matrices are row-major: element (i, j) of an n x m matrix is a[i * m + j]. */
#ifndef AUTAN_KRIGING_MATRIX_H
#define AUTAN_KRIGING_MATRIX_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An uninitialised rows x columns matrix for the caller to free(), or NULL when memory
 * is short or the size overflows. Never a zero-size allocation. */
double *autan_matrix_new(size_t rows, size_t columns);

/* c (m x n) = alpha * op(a) * op(b) + beta * c, op(a) being m x k and op(b) k x n.
 * transpose_a: a is stored k x m; transpose_b: b is stored n x k. */
void autan_matrix_product(int transpose_a, int transpose_b, size_t m, size_t n,
                          size_t k, double alpha, const double *a, const double *b,
                          double beta, double *c);

/* Replaces the lower triangle of the symmetric a (n x n) by its Cholesky factor L,
 * a = L L'; the upper triangle is set to 0. AUTAN_SINGULAR when a is not positive
 * definite: a is then garbage and *pivot (may be NULL) the row where it failed. */
autan_status autan_matrix_cholesky(size_t n, double *a, size_t *pivot);

/* Solves L x = b (transpose 0) or L' x = b (transpose 1) for the m columns of b (n x m)
 * in place, L lower triangular n x n. */
void autan_matrix_solve_lower(int transpose, size_t n, size_t m, const double *l,
                              double *b);

/* Replaces a Cholesky factor L by the full symmetric inverse of L L'. */
autan_status autan_matrix_inverse_of_cholesky(size_t n, double *l);

/* a' b (n), summed from the first on. */
double autan_matrix_dot(size_t n, const double *a, const double *b);

/* Eigenvalues in ascending order into value (n) and eigenvectors into the columns of
 * a (n x n, symmetric on entry). AUTAN_NOT_CONVERGED in theory only. */
autan_status autan_matrix_eigen(size_t n, double *a, double *value);

/* Turns the symmetric a (n x n), which is overwritten, into a tridiagonal matrix T with
 * the same eigenvalues, a = Q T Q': its diagonal (n) and what stands beside it (n - 1).
 * The m rows of b (m x n) are replaced by those of b Q. AUTAN_NO_MEMORY;
 * AUTAN_BAD_ARGUMENT for a or b that is not all numbers. */
autan_status autan_matrix_tridiagonal(size_t n, double *a, size_t m, double *b,
                                      double *diagonal, double *beside);

/* Stops the threads that OpenBLAS starts when it is loaded: they spin for a tenth of a
 * second, in the way of others. A product that is worth it starts them again. */
void autan_matrix_stop_threads(void);

/* Keeps one BLAS thread in the calling program, for callers that run their own
 * threads. */
void autan_matrix_single_thread(void);

#ifdef __cplusplus
}
#endif
#endif
