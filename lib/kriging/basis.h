/* The functions of place that all maps are combinations of: the kernels centred on the
 * stations, the trend terms and 1; for places taken some at a time. Not installed. */
#ifndef AUTAN_KRIGING_BASIS_H
#define AUTAN_KRIGING_BASIS_H

#include <stddef.h>

#include "base/status.h"
#include "kriging/design.h"
#include "kriging/model.h"

/* Places evaluated at once: their functions stay in the second-level cache. */
enum { AUTAN_BASIS_PLACES = 256 };

/* Kernel j of station i is function j * n_stations + i; then the terms, then 1. */
typedef struct {
    size_t n_stations, n_kernels, n_terms, n_functions;
    size_t n;      /* places filled in */
    double *value; /* AUTAN_BASIS_PLACES x n_functions */
    double
        *unknown; /* AUTAN_BASIS_PLACES x n_terms: 1 where the covariate is missing */
    double *work;
} autan_basis;

size_t autan_basis_functions(const autan_model *model, size_t n_stations);

/* AUTAN_NO_MEMORY. Clear with autan_basis_clear in any case. */
autan_status autan_basis_make(const autan_model *model, size_t n_stations,
                              autan_basis *basis);
void autan_basis_clear(autan_basis *basis);

/* Fills in the places first .. first + n - 1, n <= AUTAN_BASIS_PLACES. Without
 * covariates (places->covariate NULL) the terms are left out. A flat term whose
 * covariate is missing is NaN. */
void autan_basis_fill(const autan_model *model, const autan_sites *stations,
                      const autan_sites *places, size_t first, size_t n,
                      autan_basis *basis);

/* The terms of a place that was filled in. */
const double *autan_basis_terms(const autan_basis *basis, size_t place);

#endif
