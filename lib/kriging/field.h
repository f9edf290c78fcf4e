/* Maps: means and standard errors of solved hours at any places.
 *
 * With kernels common to all regimes, every hour's mean is a combination of the same
 * functions of place: the kernels centred on the stations, the trend terms and 1. A
 * field holds the coefficients, one column an hour, so that the means of all hours are
 * one matrix product of the form (places x (stations kernels + terms + 1)) times
 * ((stations kernels + terms + 1) x hours). Standard errors need one quadratic form a
 * regime and a small correction for each pattern of missing stations. */
#ifndef AUTAN_KRIGING_FIELD_H
#define AUTAN_KRIGING_FIELD_H

#include <stddef.h>

#include "base/status.h"
#include "data/grid.h"
#include "kriging/design.h"
#include "kriging/hours.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct autan_field autan_field;

/* Prepares the maps of solved hours. stations and hours are borrowed and must outlive
 * the field; n_times is the number of rows of the panel they were solved from. */
autan_status autan_field_new(const autan_sites *stations, const autan_hours *hours,
                             size_t n_times, autan_field **field);
void autan_field_free(autan_field *field);

/* Mean (degC) and standard error (K) of a new station's reading at the places, for the
 * panel rows first .. first + n_rows - 1: mean[k * stride + i] for row first + k and
 * place i, likewise standard_error (either may be NULL). NaN for hours without any
 * reading, and with flat terms where a covariate is missing. Results do not depend on
 * the number of threads. AUTAN_NO_MEMORY. */
autan_status autan_field_evaluate(const autan_field *field, const autan_sites *places,
                                  size_t first, size_t n_rows, size_t stride,
                                  float *mean, float *standard_error);

/* The means of some rows at places that stay in the cache: of the places first ..
 * first + n - 1, mean[k * stride + i], for the visitor to overwrite. */
typedef struct {
    size_t first, n, stride;
    float *mean;
} autan_field_part;

typedef void autan_field_visitor(void *user, const autan_field_part *part);

/* Shows a visitor the means of all places, part by part, on several threads at once,
 * and each part once. AUTAN_NO_MEMORY. */
autan_status autan_field_visit(const autan_field *field, const autan_sites *places,
                               size_t first, size_t n_rows,
                               autan_field_visitor *visitor, void *user);

/* The same at whole rows of a grid, rows of cells first_row .. first_row + n_rows - 1
 * of which covariate holds the values (cells x n_covariates). Where the shortest range
 * is long against a cell, what the kernels add to the standard error is computed on a
 * coarser grid and, away from the stations, interpolated: the standard error is then
 * off by less than 1 %; the mean is exact. */
typedef struct {
    const autan_grid *grid;
    size_t first_row, n_rows, n_covariates;
    const double *covariate;
} autan_field_rows;

autan_status autan_field_evaluate_rows(const autan_field *field,
                                       const autan_field_rows *rows, size_t first,
                                       size_t n_times, size_t stride, float *mean,
                                       float *standard_error);

/* The same for any rows of the panel, row (n_times, none twice), in their order. Rows
 * of one regime share most of the work: see autan_field_order. */
autan_status autan_field_evaluate_hours(const autan_field *field,
                                        const autan_field_rows *rows, size_t n_times,
                                        const size_t *row, size_t stride, float *mean,
                                        float *standard_error);

/* All rows of the panel into row (n_times), those of one regime beside each other. */
void autan_field_order(const autan_field *field, size_t *row);

/* How the temperature of one row answers to the terms of the model: the coefficients
 * (n_terms, K for a unit of the standardised term) and the covariance of their errors
 * (n_terms x n_terms). With dx the change of the terms at a place, the temperature
 * there changes by coefficient' dx, with the variance dx' covariance dx: kernels and
 * noise are the same before and after. AUTAN_NO_DATA when the row has no reading,
 * AUTAN_NO_MEMORY. */
autan_status autan_field_response(const autan_field *field, size_t row,
                                  double *coefficient, double *covariance);

/* What the map of one row says at one place, taken apart: mean = level + sum of
 * coefficient_k x_k (autan_field_response) + nearby, degC and K; of nearby, pattern is
 * what the regime's pattern and always what its persistent field add. weight (stations)
 * is how much the mean moves with the station's reading of the hour, or with what was
 * carried over to it (K/K; they add up to 1), 0 for a station that is silent or left
 * out. */
typedef struct {
    double level, nearby, always, pattern;
} autan_field_parts;

/* The parts at a place (a site with its covariates), x (n_terms) being its terms, NaN
 * where a flat one is not known. AUTAN_NO_DATA when the row has no reading,
 * AUTAN_NO_MEMORY. */
autan_status autan_field_explain(const autan_field *field, const autan_sites *place,
                                 size_t row, autan_field_parts *parts, double *x,
                                 double *weight);

/* Average over the places of the mean, for every row of the panel: average (n_times),
 * NaN as above. Places where it cannot be had are left out of the average. */
autan_status autan_field_average(const autan_field *field, const autan_sites *places,
                                 double *average);

/* The mean of every row at n sums of the functions of place (n x n_functions: kernel j
 * at station i is j n_stations + i, then the terms, then 1): value (n x n_times), NaN
 * where the row has no reading. */
void autan_field_combine(const autan_field *field, size_t n, const double *functions,
                         double *value);

/* Adds the rows' coefficients of those functions, each times weight[row * n + k], to
 * column k of coefficient (n_functions x n). */
void autan_field_sum(const autan_field *field, size_t n, const double *weight,
                     double *coefficient);

/* For those that make combinations of their own: the number of functions, the group of
 * a row (SIZE_MAX for none), the coefficients of a row and of a group's pattern
 * (n_functions). */
size_t autan_field_functions(const autan_field *field);
size_t autan_field_group(const autan_field *field, size_t row);
void autan_field_row(const autan_field *field, size_t row, double *coefficient);
void autan_field_pattern(const autan_field *field, size_t group, double *coefficient);

/* Adds the coefficients of what a system of a level makes of data with the dual weights
 * alpha (m, at the stations listed) and beta (q), times factor. theta are the variances
 * of the level's components; patterns aside. */
typedef struct {
    const double *theta;
    size_t m, q;
    const size_t *station;
    const double *alpha, *beta;
} autan_field_weights;

void autan_field_weigh(const autan_field *field, const autan_field_weights *weights,
                       double factor, double *coefficient);

#ifdef __cplusplus
}
#endif
#endif
