#include "kriging/model.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t autan_slot_of(autan_time time)
{
    autan_civil civil;
    autan_civil_utc(time, &civil);
    return (size_t)(autan_season(civil.month) * AUTAN_HOURS + civil.hour);
}

double autan_dispersion(size_t n, const double *reading, size_t left_out)
{
    double sum = 0.0, squares = 0.0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(reading[i]) || i == left_out)
            continue;
        sum += reading[i];
        count++;
    }
    if (count < 3)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        double d = reading[i] - sum / (double)count;
        if (!isnan(d) && i != left_out)
            squares += d * d;
    }
    return sqrt(squares / (double)(count - 1));
}

size_t autan_class_of(const autan_model *model, size_t slot, double dispersion)
{
    const double *limit = model->limit[slot];
    size_t class = 0;
    if (isnan(dispersion))
        return isinf(limit[0]) ? 0 : (size_t)AUTAN_CLASSES / 2;
    while (class < AUTAN_CLASSES - 1 && dispersion >= limit[class])
        class ++;
    return class;
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

/* Ids of a model, sorted, with their places. */
typedef struct {
    const char *id;
    size_t place;
} named;

static int by_id(const void *a, const void *b)
{
    return strcmp(((const named *)a)->id, ((const named *)b)->id);
}

autan_status autan_model_places(const autan_model *model, size_t n,
                                const char *const *id, size_t *place)
{
    named *list = malloc((model->n_stations + 1) * sizeof *list);
    if (!list)
        return AUTAN_NO_MEMORY;
    for (size_t j = 0; j < model->n_stations; j++)
        list[j] = (named){model->station[j], j};
    qsort(list, model->n_stations, sizeof *list, by_id);
    for (size_t i = 0; i < n; i++) {
        const named key = {id[i], 0};
        const named *found =
            bsearch(&key, list, model->n_stations, sizeof *list, by_id);
        place[i] = found ? found->place : SIZE_MAX;
    }
    free(list);
    return AUTAN_OK;
}

void autan_model_known(size_t n, const size_t *place, const double *known,
                       double *value)
{
    for (size_t i = 0; i < n; i++)
        value[i] = place[i] == SIZE_MAX ? (double)NAN : known[place[i]];
}

void autan_model_noise(const autan_model *model, size_t n, const size_t *place,
                       double *hourly, double *persistent)
{
    for (size_t i = 0; i < n; i++) {
        hourly[i] = place[i] == SIZE_MAX ? 1.0 : model->noise[place[i]];
        persistent[i] = sqrt(hourly[i]);
    }
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
    if (n_terms > 0)
        memcpy(made->term, term, n_terms * sizeof *term);
    made->flat = flat;
    made->n_kernels = n_kernels;
    if (n_kernels > 0)
        memcpy(made->kernel, kernel, n_kernels * sizeof *kernel);
    made->n_components = (flat ? 0 : n_terms) + n_kernels + 1;
    made->n_stations = n_stations;
    for (size_t slot = 0; slot < AUTAN_SLOTS; slot++) {
        for (size_t c = 0; c < AUTAN_CLASSES - 1; c++)
            made->limit[slot][c] = INFINITY;
    }
    made->covariate = copy_names(n_covariates, covariate);
    made->station = copy_names(n_stations, station);
    made->noise = malloc((n_stations + 1) * sizeof *made->noise);
    for (size_t i = 0; made->noise && i < n_stations; i++)
        made->noise[i] = 1.0;
    if (!made->covariate || !made->station || !made->noise) {
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
    free(model->noise);
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        free(model->regime[r].persistent);
        free(model->regime[r].pattern);
        free(model->regime[r].hourly);
        free(model->regime[r].mean);
        free(model->regime[r].u);
    }
    free(model);
}

static double *unknown_values(size_t n)
{
    double *value = malloc((n + 1) * sizeof *value);
    for (size_t i = 0; value && i < n; i++)
        value[i] = NAN;
    return value;
}

autan_status autan_model_reserve(autan_model *model, size_t regime)
{
    autan_regime *r = &model->regime[regime];
    if (!r->persistent)
        r->persistent = calloc(model->n_components, sizeof(double));
    if (!r->pattern)
        r->pattern = calloc(model->n_components, sizeof(double));
    if (!r->hourly)
        r->hourly = calloc(model->n_components, sizeof(double));
    if (!r->mean)
        r->mean = unknown_values(model->n_stations);
    if (!r->u)
        r->u = unknown_values(model->n_stations);
    return r->persistent && r->pattern && r->hourly && r->mean && r->u
               ? AUTAN_OK
               : AUTAN_NO_MEMORY;
}

autan_status autan_model_set_covariance(autan_model *model,
                                        const autan_covariance *covariance)
{
    const size_t first = model->n_components - 1 - model->n_kernels;
    for (size_t slot = 0; slot < AUTAN_SLOTS; slot++) {
        autan_regime *r = &model->regime[slot * AUTAN_CLASSES];
        autan_status status = autan_model_reserve(model, slot * AUTAN_CLASSES);
        if (status != AUTAN_OK)
            return status;
        memcpy(r->hourly + first, covariance->sill, model->n_kernels * sizeof(double));
        r->hourly[model->n_components - 1] = covariance->nugget;
        r->n_hours = 1;
        r->dof = INFINITY;
    }
    model->given = 1;
    return AUTAN_OK;
}
