/* Universal kriging with a known covariance.
 *
 * Data y at n places with covariance C (n x n, nugget on its diagonal) and mean F b,
 * F (n x q) known and b free. With G = (F' C^-1 F)^-1, B = G F' C^-1 and
 * P = C^-1 - C^-1 F B, the best linear unbiased prediction at a place with trend terms
 * f and covariances c to the data is
 *
 *     mean     = c' P y + f' B y
 *     variance = c0 - c' P c - 2 f' B c + f' G f
 *
 * c0 being the variance of what is predicted: with the nugget for a new reading.
 * Source: N. Cressie, Statistics for Spatial Data (1993), section 3.4; leave-one-out
 * from P: O. Dubrule, Cross validation of kriging in a unique neighborhood,
 * Mathematical Geology 15 (1983). */
#ifndef AUTAN_KRIGING_KRIGE_H
#define AUTAN_KRIGING_KRIGE_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t n, q;
    double *P;              /* n x n, symmetric, P F = 0 */
    double *B;              /* q x n */
    double *G;              /* q x q, symmetric */
    double log_determinant; /* log|C| + log|F' C^-1 F| */
    double precision;       /* largest diagonal element of C^-1: the scale of P */
} autan_krige;

/* Factors the system; C and F are only read. AUTAN_SINGULAR when C is not positive
 * definite or when F has not full column rank (autan_trend_reduce finds the columns to
 * keep). AUTAN_NO_DATA when n < q or n = 0. Cost n^3. Free with autan_krige_clear. */
autan_status autan_krige_factor(size_t n, size_t q, const double *C, const double *F,
                                autan_krige *krige);
void autan_krige_clear(autan_krige *krige);

/* Dual weights of m data vectors: y is n x m, a column an hour; alpha (n x m) = P y and
 * beta (q x m) = B y. The mean at a place is c' alpha + f' beta. */
void autan_krige_weights(const autan_krige *krige, size_t m, const double *y,
                         double *alpha, double *beta);

/* Prediction at one place from one column of weights: mean and variance. Either result
 * may be NULL. Rounding below zero is cut to 0. */
void autan_krige_predict(const autan_krige *krige, const double *c, const double *f,
                         double c0, const double *alpha, const double *beta,
                         double *mean, double *variance);

/* Leave-out scores without refitting: for the block of `size` data places listed in
 * index, the error y - prediction of each when the whole block is withheld (error,
 * size x m, from alpha = P y, n x m), and the covariance of these errors (size x size).
 * AUTAN_NO_DATA when what remains cannot carry the trend. */
autan_status autan_krige_leave_out(const autan_krige *krige, size_t size,
                                   const size_t *index, size_t m, const double *alpha,
                                   double *error, double *covariance);

/* Data without the places listed in missing (m of them): L (m x m) is the Cholesky
 * factor of P restricted to them. With it the missing values of y (n) are replaced in
 * place by their predictions from the others, after which P y and B y are the weights
 * that the smaller system would give, 0 at the missing places; and the variance of a
 * prediction grows by |L^-1 w|^2, w being the weights of the missing places in it.
 * AUTAN_NO_DATA when what remains cannot carry the trend. */
autan_status autan_krige_without(const autan_krige *krige, size_t m,
                                 const size_t *missing, double *L, double *y);

/* Data that are noisier at the places listed than the system has it (m of them):
 * precision (m) is 1 over the variance that comes on top, 0 for a missing one. y (n)
 * holds the data there, any number where missing, and is replaced as above, as is L:
 * the Cholesky factor of P restricted to them plus precision on its diagonal. */
autan_status autan_krige_noisier(const autan_krige *krige, size_t m,
                                 const size_t *place, const double *precision,
                                 double *L, double *y);

/* P of the system without the missing places, into Q (n x n): rows and columns of the
 * missing are 0. L as above. */
autan_status autan_krige_reduced(const autan_krige *krige, size_t m,
                                 const size_t *missing, const double *L, double *Q);

/* Keeps the leading columns of F (n x q) that are linearly independent of those before
 * them, in their order: kept[0..*n_kept) are their numbers. A column whose part outside
 * the earlier ones is below tolerance times its length is dropped. */
autan_status autan_trend_reduce(size_t n, size_t q, const double *F, double tolerance,
                                size_t *kept, size_t *n_kept);

#ifdef __cplusplus
}
#endif
#endif
