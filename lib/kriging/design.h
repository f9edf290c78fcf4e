/* Trend terms and structure matrices: what the covariances are sums of.
 *
 * A covariate enters as a standardised term x = (value - centre) / scale, centre and
 * scale being its mean and standard deviation over the stations. As a random term with
 * variance theta it contributes theta x x' to the covariance: a coefficient drawn from
 * N(0, theta), which REML shrinks. Where the covariate is missing, x is 0 and its
 * unknown value adds theta to the variance of that place alone. Where two stations or
 * more lack it, places without it share an indicator term of their own, and as they are
 * alike in this way, only a part of theta, the gap, is added. Outside what the stations
 * have seen the effect is not known either: x stays at the bound, and what is beyond it
 * adds up to theta to the variance of the place. As a flat term it is a column of the
 * trend, its coefficient free, and without bounds. */
#ifndef AUTAN_KRIGING_DESIGN_H
#define AUTAN_KRIGING_DESIGN_H

#include <stddef.h>

#include "base/status.h"
#include "kriging/covariance.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Places with their covariates: covariate is n x n_covariates, NaN where missing. */
typedef struct {
    size_t n, n_covariates;
    const double *x, *y; /* m */
    const double *covariate;
} autan_sites;

typedef struct {
    size_t covariate; /* its number in the sites */
    int indicator;    /* 1: the term is 1 where the covariate is missing, else 0 */
    double center, scale;
    double lower, upper; /* bounds of the covariate; infinite: none */
    double gap;          /* how much of it is not known where it is missing, 0 to 1 */
} autan_term;

/* Why a covariate cannot be a term. */
typedef enum {
    AUTAN_TERM_USED = 0,
    AUTAN_TERM_ABSENT,   /* missing at every station, or known at fewer than three */
    AUTAN_TERM_CONSTANT, /* the same at all stations */
    AUTAN_TERM_REPEATED  /* a linear copy of another (correlation above 0.9999) */
} autan_term_verdict;

/* Makes the terms of the wanted covariates (n_wanted numbers) from their values at the
 * stations: at most 2 * n_wanted terms. shrunk: they are random terms, with bounds and
 * indicators. verdict (n_wanted) says what became of each. */
void autan_terms_choose(const autan_sites *stations, size_t n_wanted,
                        const size_t *wanted, int shrunk, autan_term *term,
                        size_t *n_terms, autan_term_verdict *verdict);

/* A term of a value of its covariate, NaN where that is missing, and how much of it is
 * not known there, as below. */
double autan_term_value(const autan_term *term, double covariate, double *unknown);

/* Values of the terms at sites, x (n x n_terms). unknown (n x n_terms, may be NULL) is
 * the gap where the covariate is missing and the term not an indicator; where it is
 * outside the bounds the square of how far, in scales, and 1 at most; else 0. */
void autan_terms_values(size_t n_terms, const autan_term *term,
                        const autan_sites *sites, double *x, double *unknown);

/* What the values of the terms at sites become when the bounds are those of the other
 * sites: shift (n x n_terms) is by how much x changes, and excess (n x n_terms) by how
 * much its square and the unknown part together do. Both are 0 but where a site alone
 * is beyond all others. */
void autan_terms_without(size_t n_terms, const autan_term *term,
                         const autan_sites *sites, double *shift, double *excess);

/* The variances of one level, in the order of the structure matrices: terms (random
 * ones; ignored when flat), kernels, nugget. */
enum {
    AUTAN_TERMS_MAX = 64,
    AUTAN_COMPONENTS_MAX = AUTAN_TERMS_MAX + AUTAN_KERNELS_MAX + 1
};

/* Up to so many stations the structure matrices are kept; beyond, covariances are
 * computed as they are asked for. */
enum { AUTAN_DESIGN_KEPT = 1024 };

/* The stations of a network as covariances see them. */
typedef struct {
    size_t n, n_terms, n_kernels, n_components; /* n_terms counts random terms */
    size_t q;                                   /* flat terms, the intercept included */
    double *x;                                  /* n x n_terms, random terms */
    double *unknown;                            /* n x n_terms */
    double *F;                                  /* n x q, first column 1 */
    double *px, *py;                            /* m */
    autan_kernel kernel[AUTAN_KERNELS_MAX];
    double *distance; /* n x n, with K */
    double **K;       /* n_components matrices n x n, the last the identity; or NULL */
} autan_design;

/* Builds the design of sites. flat: terms are columns of F instead of random. Kernels
 * may be set anew later by autan_design_set_kernels. AUTAN_NO_MEMORY. Memory
 * n^2 (n_terms + n_kernels + 2), or n (n_terms + q) where matrices are not kept. Free
 * with autan_design_clear. */
autan_status autan_design_make(const autan_sites *sites, size_t n_terms,
                               const autan_term *term, int flat, size_t n_kernels,
                               const autan_kernel *kernel, autan_design *design);
void autan_design_clear(autan_design *design);

/* Sets the kernels, and computes their matrices anew; their number must be that of the
 * design. */
void autan_design_set_kernels(autan_design *design, const autan_kernel *kernel);

/* C (m x m) = sum of theta[k] K[k] over the places listed in index. AUTAN_NO_MEMORY,
 * where matrices are not kept. */
autan_status autan_design_covariance(const autan_design *design, const double *theta,
                                     size_t m, const size_t *index, double *C);

/* The row of it of one place, c (m). */
autan_status autan_design_row(const autan_design *design, const double *theta,
                              size_t place, size_t m, const size_t *index, double *c);

#ifdef __cplusplus
}
#endif
#endif
