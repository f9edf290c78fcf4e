#include "kriging/tile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"
#include "kriging/vector.h"

/* Bytes of a tile's functions: about half of a second-level cache. With very many
 * stations more bytes are the lesser evil: what meets the functions is then read from
 * memory. */
enum { CACHE_BYTES = 1 << 19, MOST_PLACES = 256, LEAST_PLACES = 64 };

#define REAL                 double
#define NAME(x)              x##_double
#define root_double          sqrt
#define kernel_values_double autan_kernel_values
#include "kriging/tile_real.h"
#undef REAL
#undef NAME

#define REAL                float
#define NAME(x)             x##_float
#define root_float          sqrtf
#define kernel_values_float autan_kernel_values_float
#include "kriging/tile_real.h"
#undef REAL
#undef NAME

size_t autan_tile_functions(const autan_model *model, size_t n_stations)
{
    return n_stations * model->n_kernels + model->n_terms + 1;
}

size_t autan_tile_places(const autan_model *model, size_t n_stations,
                         autan_precision precision)
{
    const size_t real = precision == AUTAN_SINGLE ? sizeof(float) : sizeof(double);
    size_t places = CACHE_BYTES / real / autan_tile_functions(model, n_stations) /
                    AUTAN_LANES * AUTAN_LANES;
    if (places < LEAST_PLACES)
        places = LEAST_PLACES;
    return places < MOST_PLACES ? places : MOST_PLACES;
}

void autan_tile_clear(autan_tile *tile)
{
    free(tile->value);
    free(tile->product);
    free(tile->pattern);
    free(tile->form);
    free(tile->covariance);
    free(tile->out);
    free(tile->variance);
    free(tile->weight);
    free(tile->distance);
    free(tile->terms);
    free(tile->unknown);
    *tile = (autan_tile){0};
}

static int make_spread_rows(autan_tile *t)
{
    const autan_spread *s = t->spread;
    const size_t w = t->width, forms = AUTAN_LEVELS * (s->p + 1) + s->most_missing;
    t->product = autan_aligned_new(s->n_quadratic + 1, w, t->precision);
    t->pattern = autan_aligned_new(s->pattern.n_panels * AUTAN_PANEL, w, t->precision);
    /* One more row: what is interpolated may go beyond the last. */
    t->form = autan_aligned_new(forms + 1, w, t->precision);
    t->covariance = autan_aligned_new(s->n, w, t->precision);
    t->variance = autan_aligned_new(AUTAN_LEVELS + 1, w, t->precision);
    t->weight = autan_aligned_new(2 * s->most_missing + 1, w, t->precision);
    return t->product && t->pattern && t->form && t->covariance && t->variance &&
           t->weight;
}

autan_status autan_tile_make(const autan_model *model, const autan_sites *stations,
                             const autan_spread *spread, autan_precision precision,
                             size_t n_places, autan_tile *tile)
{
    autan_tile t = {.precision = precision,
                    .model = model,
                    .stations = stations,
                    .spread = spread,
                    .n_functions = autan_tile_functions(model, stations->n),
                    .n_kernel_functions = stations->n * model->n_kernels,
                    .width = (n_places + AUTAN_LANES - 1) / AUTAN_LANES * AUTAN_LANES};
    t.value = autan_aligned_new(t.n_functions, t.width, precision);
    t.out = autan_aligned_new(AUTAN_PANEL, t.width, precision);
    t.distance = autan_aligned_new(3, t.width, precision);
    t.terms = autan_matrix_new(t.width, model->n_terms);
    t.unknown = autan_matrix_new(t.width, model->n_terms);
    if (!t.value || !t.out || !t.distance || !t.terms || !t.unknown ||
        (spread && !make_spread_rows(&t))) {
        autan_tile_clear(&t);
        return AUTAN_NO_MEMORY;
    }
    *tile = t;
    return AUTAN_OK;
}

void autan_tile_fill(autan_tile *tile, const autan_sites *places, size_t first,
                     size_t n)
{
    const size_t p = tile->model->n_terms;
    tile->n = n;
    if (places->covariate) {
        const autan_sites part = {n, places->n_covariates, places->x + first,
                                  places->y + first,
                                  places->covariate + first * places->n_covariates};
        autan_terms_values(p, tile->model->term, &part, tile->terms, tile->unknown);
    } else {
        memset(tile->terms, 0, n * p * sizeof *tile->terms);
        memset(tile->unknown, 0, n * p * sizeof *tile->unknown);
    }
    if (tile->precision == AUTAN_SINGLE)
        fill_float(tile, places, first);
    else
        fill_double(tile, places, first);
}

void autan_tile_means(autan_tile *tile, const autan_factor *coefficient, size_t stride,
                      float *mean)
{
    if (tile->precision == AUTAN_SINGLE)
        means_float(tile, coefficient, stride, mean);
    else
        means_double(tile, coefficient, stride, mean);
}

size_t autan_tile_sums(const autan_tile *tile, double *sum)
{
    return tile->precision == AUTAN_SINGLE ? sums_float(tile, sum)
                                           : sums_double(tile, sum);
}

void autan_tile_form(autan_tile *tile, const autan_spread_group *group)
{
    if (tile->precision == AUTAN_SINGLE)
        form_float(tile, group);
    else
        form_double(tile, group);
}

void autan_tile_errors(autan_tile *tile, const autan_spread_group *group, size_t stride,
                       float *standard_error)
{
    if (tile->precision == AUTAN_SINGLE)
        errors_float(tile, group, stride, standard_error);
    else
        errors_double(tile, group, stride, standard_error);
}
