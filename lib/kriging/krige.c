#include "kriging/krige.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"

/* What rounding leaves of a quantity that should be 0, relative to its parts. */
#define NOTHING_LEFT 1e-12

/* Twice the sum of the logarithms of a Cholesky factor's diagonal. */
static double log_determinant(size_t n, const double *l)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += log(l[i * n + i]);
    return 2.0 * sum;
}

static double largest_diagonal(size_t n, const double *a)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, a[i * n + i]);
    return largest;
}

/* Cholesky factor in place; a column that the earlier ones explain but for rounding is
 * noticed by what is left of its diagonal element. */
static autan_status cholesky_of_full_rank(size_t n, double *a)
{
    double *diagonal = autan_matrix_new(n, 1);
    autan_status status;
    if (!diagonal)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        diagonal[i] = a[i * n + i];
    status = autan_matrix_cholesky(n, a, NULL);
    for (size_t i = 0; i < n && status == AUTAN_OK; i++) {
        if (!(a[i * n + i] * a[i * n + i] > NOTHING_LEFT * diagonal[i]))
            status = AUTAN_SINGULAR;
    }
    free(diagonal);
    return status;
}

void autan_krige_clear(autan_krige *krige)
{
    free(krige->P);
    free(krige->B);
    free(krige->G);
    *krige = (autan_krige){0};
}

autan_status autan_krige_factor(size_t n, size_t q, const double *C, const double *F,
                                autan_krige *krige)
{
    autan_krige made = {.n = n, .q = q};
    double *U = autan_matrix_new(n, q);
    autan_status status = AUTAN_NO_MEMORY;

    made.P = autan_matrix_new(n, n);
    made.B = autan_matrix_new(q, n);
    made.G = autan_matrix_new(q, q);
    if (!U || !made.P || !made.B || !made.G)
        goto cleanup;
    status = AUTAN_NO_DATA;
    if (n == 0 || n < q)
        goto cleanup;

    memcpy(made.P, C, n * n * sizeof(double));
    status = autan_matrix_cholesky(n, made.P, NULL);
    if (status != AUTAN_OK)
        goto cleanup;
    made.log_determinant = log_determinant(n, made.P);
    if (q > 0)
        memcpy(U, F, n * q * sizeof(double));
    autan_matrix_solve_lower(0, n, q, made.P, U);
    autan_matrix_product(1, 0, q, q, n, 1.0, U, U, 0.0, made.G);
    status = cholesky_of_full_rank(q, made.G);
    if (status != AUTAN_OK)
        goto cleanup;
    made.log_determinant += log_determinant(q, made.G);
    status = autan_matrix_inverse_of_cholesky(q, made.G);
    if (status != AUTAN_OK)
        goto cleanup;
    /* U becomes C^-1 F, so that B = G U' and P = C^-1 - U B. */
    autan_matrix_solve_lower(1, n, q, made.P, U);
    autan_matrix_product(0, 1, q, n, q, 1.0, made.G, U, 0.0, made.B);
    status = autan_matrix_inverse_of_cholesky(n, made.P);
    if (status != AUTAN_OK)
        goto cleanup;
    made.precision = largest_diagonal(n, made.P);
    autan_matrix_product(0, 0, n, n, q, -1.0, U, made.B, 1.0, made.P);
    *krige = made;
    made = (autan_krige){0};

cleanup:
    free(U);
    autan_krige_clear(&made);
    return status;
}

void autan_krige_weights(const autan_krige *krige, size_t m, const double *y,
                         double *alpha, double *beta)
{
    autan_matrix_product(0, 0, krige->n, m, krige->n, 1.0, krige->P, y, 0.0, alpha);
    autan_matrix_product(0, 0, krige->q, m, krige->n, 1.0, krige->B, y, 0.0, beta);
}

void autan_krige_predict(const autan_krige *krige, const double *c, const double *f,
                         double c0, const double *alpha, const double *beta,
                         double *mean, double *variance)
{
    const size_t n = krige->n, q = krige->q;
    if (mean)
        *mean = autan_matrix_dot(n, c, alpha) + autan_matrix_dot(q, f, beta);
    if (variance) {
        double v = c0;
        for (size_t i = 0; i < n; i++)
            v -= c[i] * autan_matrix_dot(n, krige->P + i * n, c);
        for (size_t k = 0; k < q; k++)
            v += f[k] * (autan_matrix_dot(q, krige->G + k * q, f) -
                         2.0 * autan_matrix_dot(n, krige->B + k * n, c));
        *variance = v > 0.0 ? v : 0.0;
    }
}

autan_status autan_krige_leave_out(const autan_krige *krige, size_t size,
                                   const size_t *index, size_t m, const double *alpha,
                                   double *error, double *covariance)
{
    const size_t n = krige->n;
    double *block = autan_matrix_new(size, size);
    double *picked = autan_matrix_new(size, m);
    autan_status status = AUTAN_NO_MEMORY;

    if (!block || !picked)
        goto cleanup;
    for (size_t a = 0; a < size; a++) {
        for (size_t b = 0; b < size; b++)
            block[a * size + b] = krige->P[index[a] * n + index[b]];
        memcpy(picked + a * m, alpha + index[a] * m, m * sizeof(double));
    }
    /* A place that the trend passes through exactly has no row of its own in P. */
    status = AUTAN_NO_DATA;
    for (size_t a = 0; a < size; a++) {
        if (!(block[a * size + a] > NOTHING_LEFT * krige->precision))
            goto cleanup;
    }
    if (autan_matrix_cholesky(size, block, NULL) != AUTAN_OK ||
        autan_matrix_inverse_of_cholesky(size, block) != AUTAN_OK)
        goto cleanup;
    autan_matrix_product(0, 0, size, m, size, 1.0, block, picked, 0.0, error);
    memcpy(covariance, block, size * size * sizeof(double));
    status = AUTAN_OK;

cleanup:
    free(block);
    free(picked);
    return status;
}

autan_status autan_krige_noisier(const autan_krige *krige, size_t m,
                                 const size_t *place, const double *precision,
                                 double *L, double *y)
{
    const size_t n = krige->n;
    double *block = autan_matrix_new(m, m);
    double *b = autan_matrix_new(m, 1);
    autan_status status = AUTAN_NO_MEMORY;

    if (!block || !b)
        goto cleanup;
    status = AUTAN_NO_DATA;
    if (m + krige->q > n)
        goto cleanup;
    for (size_t a = 0; a < m; a++) {
        for (size_t c = 0; c < m; c++)
            block[a * m + c] = krige->P[place[a] * n + place[c]];
        block[a * m + a] += precision ? precision[a] : 0.0;
    }
    if (autan_matrix_cholesky(m, block, NULL) != AUTAN_OK)
        goto cleanup;
    for (size_t a = 0; a < m; a++) {
        if (!(block[a * m + a] * block[a * m + a] > NOTHING_LEFT * krige->precision))
            goto cleanup;
    }
    memcpy(L, block, m * m * sizeof(double));
    for (size_t a = 0; a < m; a++) {
        if (!precision || !(precision[a] > 0.0))
            y[place[a]] = 0.0;
    }
    for (size_t a = 0; a < m; a++)
        b[a] = autan_matrix_dot(n, krige->P + place[a] * n, y);
    autan_matrix_solve_lower(0, m, 1, L, b);
    autan_matrix_solve_lower(1, m, 1, L, b);
    for (size_t a = 0; a < m; a++)
        y[place[a]] -= b[a];
    status = AUTAN_OK;

cleanup:
    free(block);
    free(b);
    return status;
}

autan_status autan_krige_without(const autan_krige *krige, size_t m,
                                 const size_t *missing, double *L, double *y)
{
    return autan_krige_noisier(krige, m, missing, NULL, L, y);
}

autan_status autan_krige_reduced(const autan_krige *krige, size_t m,
                                 const size_t *missing, const double *L, double *Q)
{
    const size_t n = krige->n;
    double *H = autan_matrix_new(m, n);
    if (!H)
        return AUTAN_NO_MEMORY;
    for (size_t a = 0; a < m; a++)
        memcpy(H + a * n, krige->P + missing[a] * n, n * sizeof(double));
    autan_matrix_solve_lower(0, m, n, L, H);
    memcpy(Q, krige->P, n * n * sizeof(double));
    autan_matrix_product(1, 0, n, n, m, -1.0, H, H, 1.0, Q);
    for (size_t a = 0; a < m; a++) {
        for (size_t i = 0; i < n; i++)
            Q[missing[a] * n + i] = Q[i * n + missing[a]] = 0.0;
    }
    free(H);
    return AUTAN_OK;
}

autan_status autan_trend_reduce(size_t n, size_t q, const double *F, double tolerance,
                                size_t *kept, size_t *n_kept)
{
    double *basis = autan_matrix_new(q, n);
    size_t count = 0;
    if (!basis)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < q && count < n; k++) {
        double *v = basis + count * n;
        double length, left;
        for (size_t i = 0; i < n; i++)
            v[i] = F[i * q + k];
        length = sqrt(autan_matrix_dot(n, v, v));
        /* Twice is enough: the second pass removes what rounding left. */
        for (int pass = 0; pass < 2; pass++) {
            for (size_t b = 0; b < count; b++) {
                double along = autan_matrix_dot(n, v, basis + b * n);
                for (size_t i = 0; i < n; i++)
                    v[i] -= along * basis[b * n + i];
            }
        }
        left = sqrt(autan_matrix_dot(n, v, v));
        if (!(left > tolerance * length))
            continue;
        for (size_t i = 0; i < n; i++)
            v[i] /= left;
        kept[count++] = k;
    }
    *n_kept = count;
    free(basis);
    return AUTAN_OK;
}
