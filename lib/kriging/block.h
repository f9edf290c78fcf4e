/* Linear functionals of the field and their errors: the mean over a district, the
 * difference of two such means, the effect of a covariate.
 *
 * The errors of neighbouring cells are alike, and so are those of an hour and the next,
 * and of one evening and all others of the season. A block l gives each place s a
 * weight w(s). Its covariance with station i and its own variance under a covariance
 *
 *     sum of theta_k x_k x_k' + sum of sigma_j rho_j
 *
 * are c_i = sum of sigma_j w' rho_j(., s_i) + theta_k (w' x_k) x_k(s_i) and c0 = sum of
 * sigma_j w' rho_j w + theta_k (w' x_k)^2, and kriging variance follows (krige.h):
 * block kriging, A. Journel and C. Huijbregts, Mining Geostatistics (1978), chapter V.
 * The nugget is left out: noise of sensors and what differs within metres, neither of
 * which a mean over a district has. */
#ifndef AUTAN_KRIGING_BLOCK_H
#define AUTAN_KRIGING_BLOCK_H

#include <stddef.h>

#include "base/random.h"
#include "base/status.h"
#include "kriging/field.h"
#include "kriging/hours.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t n_functions;
    /* Weighted sums of the functions of place (field.h): kernel j at station i is
     * j n_stations + i; then the terms, then the sum of weights. */
    double *linear;
    double within[AUTAN_KERNELS_MAX]; /* w' rho_j w */
    double unknown[AUTAN_TERMS_MAX];  /* sum of w^2 where the term is not known */
} autan_block;

/* A block without places. AUTAN_NO_MEMORY. Free with autan_block_clear. */
autan_status autan_block_make(const autan_model *model, size_t n_stations,
                              autan_block *block);
void autan_block_clear(autan_block *block);

/* Adds each place with weight 1 to the block that owner (places->n numbers below
 * n_blocks; negative: none) names, and counts it there. Places without a flat term are
 * passed over. within stays as it is. */
autan_status autan_block_gather(const autan_model *model, const autan_sites *stations,
                                const autan_sites *places, const int *owner,
                                size_t n_blocks, autan_block *block, size_t *count);

/* block = factor * block + other_factor * other (NULL: nothing), but for within. */
void autan_block_mix(double factor, double other_factor, const autan_block *other,
                     autan_block *block);

/* Sets within from n places with weights: those of the block, or an even sample of them
 * whose weights have the same sums. Cost n^2 kernels. */
void autan_block_set_within(const autan_model *model, size_t n, const double *x,
                            const double *y, const double *weight, autan_block *block);

/* What a row of the panel says of a block. */
typedef struct {
    size_t group;         /* of the hours; SIZE_MAX: no reading, and NaN */
    double mean;          /* degC, or K for a difference */
    double amplitude;     /* of the group's pattern */
    double hour_variance; /* of the hour's own field and of the amplitude, K^2 */
} autan_block_row;

/* The errors that all hours of a group share: variances of the persistent field and,
 * for an amplitude of 1, of the pattern, K^2. */
typedef struct {
    double mean_variance, pattern_variance;
} autan_block_group;

/* row (n_times), group (hours->n_groups). The variance of row t is mean_variance +
 * amplitude^2 pattern_variance + hour_variance. field is that of the hours;
 * NULL: means are not wanted and left 0.
 * AUTAN_NO_MEMORY. Cost m^2 a group, m and the square of the stations missing an hour.
 */
autan_status autan_block_evaluate(const autan_field *field, const autan_hours *hours,
                                  const autan_block *block, size_t n_times,
                                  autan_block_row *row, autan_block_group *group);

/* How alike the errors of a period are. Errors of the persistent fields (and patterns)
 * of two regimes have the correlation of what withheld stations show: the cosine of the
 * vectors of standardised leave-one-out errors alpha_i / sqrt(P_ii). Errors of the
 * hours' own fields are a first-order autoregression whose coefficient is the
 * correlation of those errors from one hour to the next. Where a group has no
 * persistent field, what is always so is part of the hourly errors: they then count as
 * one for all hours. */
typedef struct {
    size_t n;               /* stations */
    size_t n_groups;        /* of the hours */
    double *mean, *pattern; /* n_groups x n, rows of length 1 or 0 */
    double hourly;          /* from one hour to the next */
} autan_block_likeness;

autan_status autan_block_likeness_make(const autan_hours *hours, size_t n_times,
                                       size_t n_stations,
                                       autan_block_likeness *likeness);
void autan_block_likeness_clear(autan_block_likeness *likeness);

/* The variance of a sum over time, taken up in one run after the other. */
typedef struct {
    size_t n;               /* stations */
    double *mean, *pattern; /* n: vectors whose squares are variances */
    double constant;        /* standard deviation of what counts as one */
    double hourly, running; /* of the autoregression */
    long last;              /* hour of the last one taken */
} autan_block_sum;

autan_status autan_block_sum_make(size_t n_stations, autan_block_sum *sum);
void autan_block_sum_clear(autan_block_sum *sum);

/* Takes in rows with weights (n_times); first is the number of the first hour, counted
 * from any origin, ascending from run to run. */
void autan_block_sum_add(const autan_block_likeness *likeness, size_t n_times,
                         const autan_block_row *row, const autan_block_group *group,
                         const double *weight, long first, autan_block_sum *sum);

/* Variance of factor * a + other_factor * b (NULL: nothing), K^2, for sums of different
 * hours of one block. Errors of the hours' own fields are taken as independent between
 * the two. */
double autan_block_sum_variance(const autan_block_sum *a, double factor,
                                const autan_block_sum *b, double other_factor);

/* Errors of one block drawn as they hang together in time: conditional simulation of
 * the block, by the likeness above. */
typedef struct autan_block_draw autan_block_draw;

autan_status autan_block_draw_new(size_t n_stations, size_t n_draws, uint64_t seed,
                                  uint64_t number, autan_block_draw **draw);
void autan_block_draw_free(autan_block_draw *draw);

/* The next n_times rows: error (n_times x n_draws), 0 where there is no answer. Runs
 * must follow each other in time; first as of autan_block_sum_add. A draw and its
 * negative are equally likely: mean + error and mean - error are two members.
 * AUTAN_NO_MEMORY. */
autan_status autan_block_draw_run(autan_block_draw *draw,
                                  const autan_block_likeness *likeness, size_t n_times,
                                  const autan_block_row *row,
                                  const autan_block_group *group, long first,
                                  double *error);

/* Sums of the functions of place at n places: value[k * stride + i] = the functions
 * there times coefficient (n_functions x n_maps, column k). NaN as of
 * autan_field_evaluate. */
autan_status autan_block_paint(const autan_model *model, const autan_sites *stations,
                               const autan_sites *places, size_t n_maps,
                               const double *coefficient, size_t stride, float *value);

#ifdef __cplusplus
}
#endif
#endif
