/* Isotropic covariance functions and their sums.
 *
 * A model is a row of one table: a new one is one function and one line. Ranges follow
 * the conventions of gstat, so that a covariance given by hand means the same there:
 * exp(-h/r), spherical 1 - 1.5 h/r + 0.5 (h/r)^3, exp(-(h/r)^2),
 * (1 + h/r) exp(-h/r), (1 + h/r + (h/r)^2/3) exp(-h/r).
 * Source: N. Cressie, Statistics for Spatial Data (1993), section 2.3; M. L. Stein,
 * Interpolation of Spatial Data (1999), section 2.7 for the Matern models. */
#ifndef AUTAN_KRIGING_COVARIANCE_H
#define AUTAN_KRIGING_COVARIANCE_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    AUTAN_NUGGET = 0, /* variance at distance 0 only; it has no range */
    AUTAN_EXP,
    AUTAN_SPH,
    AUTAN_GAU,
    AUTAN_MAT32,
    AUTAN_MAT52,
    AUTAN_COVARIANCE_MODELS
} autan_covariance_model;

/* A unit correlation function: model and range in metres. */
typedef struct {
    autan_covariance_model model;
    double range_m;
} autan_kernel;

enum { AUTAN_KERNELS_MAX = 8 };

/* nugget + sum of sill[j] * kernel[j], in K^2 for temperatures. */
typedef struct {
    size_t n;
    autan_kernel kernel[AUTAN_KERNELS_MAX]; /* never AUTAN_NUGGET */
    double sill[AUTAN_KERNELS_MAX];
    double nugget;
} autan_covariance;

/* The model's name as written in a city file ("exp"); static. */
const char *autan_covariance_model_name(autan_covariance_model model);

/* Reads `0.5 exp 4000 + 0.1 nugget`. Several nuggets add up. On failure *column is the
 * place in text (0-based) where reading stopped.
 * AUTAN_BAD_SYNTAX: not of that form, an unknown model, more than AUTAN_KERNELS_MAX
 * terms. AUTAN_OUT_OF_DOMAIN: a negative sill, a range that is not positive, or no
 * positive sill at all. */
autan_status autan_covariance_parse(const char *text, autan_covariance *covariance,
                                    size_t *column);

/* Correlation at n distances (m) of at least 0, each result in [0, 1]. distance and
 * value may be the same array. */
void autan_kernel_values(const autan_kernel *kernel, size_t n, const double *distance,
                         double *value);

/* The same in single precision. */
void autan_kernel_values_float(const autan_kernel *kernel, size_t n,
                               const float *distance, float *value);

/* sum of sill[j] * kernel[j] at n distances, without the nugget. */
void autan_covariance_values(const autan_covariance *covariance, size_t n,
                             const double *distance, double *value);

/* nugget + all sills: the variance of one reading about its trend. */
double autan_covariance_variance(const autan_covariance *covariance);

#ifdef __cplusplus
}
#endif
#endif
