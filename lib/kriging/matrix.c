#include "kriging/matrix.h"

#include <cblas.h>
#include <lapacke.h>
#include <stdlib.h>

double *autan_matrix_new(size_t rows, size_t columns)
{
    size_t count, bytes;
    if (__builtin_mul_overflow(rows, columns, &count) ||
        __builtin_mul_overflow(count, sizeof(double), &bytes))
        return NULL;
    return malloc(bytes ? bytes : sizeof(double));
}

void autan_matrix_product(int transpose_a, int transpose_b, size_t m, size_t n,
                          size_t k, double alpha, const double *a, const double *b,
                          double beta, double *c)
{
    if (m == 0 || n == 0)
        return;
    /* Leading dimensions may not be 0, even where k is. */
    cblas_dgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
                transpose_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n,
                (blasint)k, alpha, a,
                (blasint)(transpose_a ? m
                          : k         ? k
                                      : 1),
                b, (blasint)(transpose_b ? k ? k : 1 : n), beta, c, (blasint)n);
}

autan_status autan_matrix_cholesky(size_t n, double *a, size_t *pivot)
{
    lapack_int info;
    if (n == 0)
        return AUTAN_OK;
    /* The lower triangle in rows is the upper one in LAPACK's columns. */
    info = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, a, (lapack_int)n);
    if (info != 0) {
        if (pivot)
            *pivot = info > 0 ? (size_t)info - 1 : 0;
        return AUTAN_SINGULAR;
    }
    for (size_t i = 0; i < n; i++) {
        /* A NaN passes LAPACK's comparisons. */
        if (!(a[i * n + i] > 0.0)) {
            if (pivot)
                *pivot = i;
            return AUTAN_SINGULAR;
        }
        for (size_t j = i + 1; j < n; j++)
            a[i * n + j] = 0.0;
    }
    return AUTAN_OK;
}

void autan_matrix_solve_lower(int transpose, size_t n, size_t m, const double *l,
                              double *b)
{
    if (n == 0 || m == 0)
        return;
    cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower,
                transpose ? CblasTrans : CblasNoTrans, CblasNonUnit, (blasint)n,
                (blasint)m, 1.0, l, (blasint)n, b, (blasint)m);
}

autan_status autan_matrix_inverse_of_cholesky(size_t n, double *l)
{
    if (n == 0)
        return AUTAN_OK;
    if (LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'U', (lapack_int)n, l, (lapack_int)n))
        return AUTAN_SINGULAR;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++)
            l[i * n + j] = l[j * n + i];
    }
    return AUTAN_OK;
}

double autan_matrix_dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

autan_status autan_matrix_eigen(size_t n, double *a, double *value)
{
    if (n == 0)
        return AUTAN_OK;
    return LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', (lapack_int)n, a, (lapack_int)n,
                         value)
               ? AUTAN_NOT_CONVERGED
               : AUTAN_OK;
}

autan_status autan_matrix_tridiagonal(size_t n, double *a, size_t m, double *b,
                                      double *diagonal, double *beside)
{
    const lapack_int rows = (lapack_int)n;
    double *reflector = autan_matrix_new(n, 1);
    lapack_int info = reflector ? 0 : LAPACK_WORK_MEMORY_ERROR;
    /* Rows of b are LAPACK's columns. */
    if (info == 0 && n > 0)
        info = LAPACKE_dsytrd(LAPACK_COL_MAJOR, 'L', rows, a, rows, diagonal, beside,
                              reflector);
    if (info == 0 && n > 1 && m > 0)
        info = LAPACKE_dormtr(LAPACK_COL_MAJOR, 'L', 'L', 'T', rows, (lapack_int)m, a,
                              rows, reflector, b, rows);
    free(reflector);
    if (info == 0)
        return AUTAN_OK;
    return info == LAPACK_WORK_MEMORY_ERROR ? AUTAN_NO_MEMORY : AUTAN_BAD_ARGUMENT;
}

/* Of OpenBLAS, for which it is what happens before a fork; not in every build of it. */
__attribute__((weak)) int blas_thread_shutdown_(void);

void autan_matrix_stop_threads(void)
{
    if (blas_thread_shutdown_)
        blas_thread_shutdown_();
}

void autan_matrix_single_thread(void)
{
    if (openblas_get_num_threads() == 1)
        return;
    openblas_set_num_threads(1);
    autan_matrix_stop_threads(); /* setting their number has started them */
}
