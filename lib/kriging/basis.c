#include "kriging/basis.h"

#include <math.h>
#include <stdlib.h>

#include "kriging/matrix.h"

size_t autan_basis_functions(const autan_model *model, size_t n_stations)
{
    return n_stations * model->n_kernels + model->n_terms + 1;
}

autan_status autan_basis_make(const autan_model *model, size_t n_stations,
                              autan_basis *basis)
{
    *basis = (autan_basis){.n_stations = n_stations,
                           .n_kernels = model->n_kernels,
                           .n_terms = model->n_terms,
                           .n_functions = autan_basis_functions(model, n_stations)};
    basis->value = autan_matrix_new(AUTAN_BASIS_PLACES, basis->n_functions);
    basis->unknown = autan_matrix_new(AUTAN_BASIS_PLACES, model->n_terms);
    basis->work = autan_matrix_new(1, n_stations + AUTAN_BASIS_PLACES * model->n_terms);
    return basis->value && basis->unknown && basis->work ? AUTAN_OK : AUTAN_NO_MEMORY;
}

void autan_basis_clear(autan_basis *basis)
{
    free(basis->value);
    free(basis->unknown);
    free(basis->work);
    *basis = (autan_basis){0};
}

static void fill_kernels(const autan_model *model, const autan_sites *stations,
                         double x, double y, double *distance, double *value)
{
    const size_t n = stations->n;
    const double *sx = stations->x, *sy = stations->y;
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        double dx = x - sx[i], dy = y - sy[i];
        distance[i] = sqrt(dx * dx + dy * dy);
    }
    for (size_t j = 0; j < model->n_kernels; j++)
        autan_kernel_values(&model->kernel[j], n, distance, value + j * n);
}

void autan_basis_fill(const autan_model *model, const autan_sites *stations,
                      const autan_sites *places, size_t first, size_t n,
                      autan_basis *basis)
{
    const size_t nf = basis->n_functions, p = basis->n_terms;
    const size_t terms_at = basis->n_stations * basis->n_kernels;
    double *terms = basis->work + basis->n_stations;

    basis->n = n;
    for (size_t c = 0; c < n; c++) {
        double *value = basis->value + c * nf;
        fill_kernels(model, stations, places->x[first + c], places->y[first + c],
                     basis->work, value);
        value[nf - 1] = 1.0;
    }
    if (!places->covariate)
        return;
    const autan_sites part = {n, places->n_covariates, places->x + first,
                              places->y + first,
                              places->covariate + first * places->n_covariates};
    autan_terms_values(p, model->term, &part, terms, basis->unknown);
    for (size_t c = 0; c < n; c++) {
        for (size_t k = 0; k < p; k++)
            basis->value[c * nf + terms_at + k] =
                model->flat && basis->unknown[c * p + k] > 0.0 ? NAN : terms[c * p + k];
    }
}

const double *autan_basis_terms(const autan_basis *basis, size_t place)
{
    return basis->value + place * basis->n_functions +
           basis->n_stations * basis->n_kernels;
}
