#include "kriging/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t autan_regime_of(autan_time time)
{
    autan_civil civil;
    autan_civil_utc(time, &civil);
    return (size_t)(autan_season(civil.month) * AUTAN_HOURS + civil.hour);
}

static char **copy_names(size_t n, const char *const *name)
{
    char **copy = calloc(n + 1, sizeof *copy);
    for (size_t i = 0; copy && i < n; i++) {
        copy[i] = strdup(name[i]);
        if (!copy[i]) {
            while (i-- > 0)
                free(copy[i]);
            free(copy);
            return NULL;
        }
    }
    return copy;
}

static void free_names(size_t n, char **name)
{
    for (size_t i = 0; name && i < n; i++)
        free(name[i]);
    free(name);
}

autan_status autan_model_new(size_t n_covariates, const char *const *covariate,
                             size_t n_terms, const autan_term *term, int flat,
                             size_t n_kernels, const autan_kernel *kernel,
                             size_t n_stations, const char *const *station,
                             autan_model **model)
{
    autan_model *made;
    if (n_terms > AUTAN_TERMS_MAX || n_kernels > AUTAN_KERNELS_MAX)
        return AUTAN_BAD_ARGUMENT;
    made = calloc(1, sizeof *made);
    if (!made)
        return AUTAN_NO_MEMORY;
    made->n_covariates = n_covariates;
    made->n_terms = n_terms;
    memcpy(made->term, term, n_terms * sizeof *term);
    made->flat = flat;
    made->n_kernels = n_kernels;
    memcpy(made->kernel, kernel, n_kernels * sizeof *kernel);
    made->n_components = (flat ? 0 : n_terms) + n_kernels + 1;
    made->n_stations = n_stations;
    made->covariate = copy_names(n_covariates, covariate);
    made->station = copy_names(n_stations, station);
    if (!made->covariate || !made->station) {
        autan_model_free(made);
        return AUTAN_NO_MEMORY;
    }
    *model = made;
    return AUTAN_OK;
}

void autan_model_free(autan_model *model)
{
    if (!model)
        return;
    free_names(model->n_covariates, model->covariate);
    free_names(model->n_stations, model->station);
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        free(model->regime[r].persistent);
        free(model->regime[r].hourly);
        free(model->regime[r].mean);
    }
    free(model);
}

autan_status autan_model_reserve(autan_model *model, size_t regime)
{
    autan_regime *r = &model->regime[regime];
    if (!r->persistent)
        r->persistent = calloc(model->n_components, sizeof(double));
    if (!r->hourly)
        r->hourly = calloc(model->n_components, sizeof(double));
    if (!r->mean) {
        r->mean = malloc((model->n_stations + 1) * sizeof(double));
        for (size_t i = 0; r->mean && i < model->n_stations; i++)
            r->mean[i] = NAN;
    }
    return r->persistent && r->hourly && r->mean ? AUTAN_OK : AUTAN_NO_MEMORY;
}

autan_status autan_model_set_covariance(autan_model *model,
                                        const autan_covariance *covariance)
{
    const size_t first = model->n_components - 1 - model->n_kernels;
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        autan_status status = autan_model_reserve(model, r);
        if (status != AUTAN_OK)
            return status;
        memcpy(model->regime[r].hourly + first, covariance->sill,
               model->n_kernels * sizeof(double));
        model->regime[r].hourly[model->n_components - 1] = covariance->nugget;
        model->regime[r].n_hours = 1;
        model->regime[r].dof = INFINITY;
    }
    model->given = 1;
    return AUTAN_OK;
}
