#include "kriging/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/basis.h"
#include "kriging/matrix.h"
#include "kriging/spread.h"

/* A coarse cell is at most this part of the shortest range, and coarse cells nearer to
 * a station than this many of them are computed cell by cell: the covariance has a peak
 * there that no interpolation follows. */
static const double COARSE_PART = 0.2, COARSE_NEAR = 2.0;

struct autan_field {
    const autan_sites *stations;
    const autan_hours *hours;
    size_t n_times;
    size_t n_functions;
    double *coefficient; /* n_functions x n_times */
    double *pattern;     /* n_functions x n_groups: each group's pattern */
    size_t *group_of;    /* n_times: the row's group, SIZE_MAX for none */
};

static size_t term_row(const autan_field *f)
{
    return f->stations->n * f->hours->design.n_kernels;
}

/* A column of coefficients: element k is at[k * stride]. */
typedef struct {
    double *at;
    size_t stride;
} column;

/* Adds weights times a factor: on the kernels of the stations and, through their terms,
 * on the random terms; trend coefficients go where the flat terms stand. */
static void add_weights(const autan_field *f, const double *theta, size_t m,
                        const size_t *station, const double *alpha, size_t alpha_stride,
                        size_t q, const double *beta, size_t beta_stride, double factor,
                        column out)
{
    const autan_design *d = &f->hours->design;
    const size_t n = f->stations->n, terms = term_row(f);
    for (size_t i = 0; i < m; i++) {
        double a = factor * alpha[i * alpha_stride];
        for (size_t j = 0; j < d->n_kernels; j++)
            out.at[(j * n + station[i]) * out.stride] += theta[d->n_terms + j] * a;
        for (size_t k = 0; k < d->n_terms; k++)
            out.at[(terms + k) * out.stride] +=
                theta[k] * d->x[station[i] * d->n_terms + k] * a;
    }
    for (size_t k = 1; k < q; k++)
        out.at[(terms + k - 1) * out.stride] += factor * beta[k * beta_stride];
    out.at[(f->n_functions - 1) * out.stride] += factor * beta[0];
}

static void add_level(const autan_field *f, const autan_level *level, size_t q,
                      double factor, column out)
{
    if (level->m > 0)
        add_weights(f, level->theta, level->m, level->station, level->alpha, 1, q,
                    level->beta, 1, factor, out);
}

autan_status autan_field_new(const autan_sites *stations, const autan_hours *hours,
                             size_t n_times, autan_field **field)
{
    autan_field *f = calloc(1, sizeof *f);
    if (!f)
        return AUTAN_NO_MEMORY;
    f->stations = stations;
    f->hours = hours;
    f->n_times = n_times;
    f->n_functions = autan_basis_functions(hours->model, stations->n);
    f->coefficient = calloc(f->n_functions * n_times + 1, sizeof(double));
    f->pattern = calloc(f->n_functions * hours->n_groups + 1, sizeof(double));
    f->group_of = malloc((n_times + 1) * sizeof *f->group_of);
    if (!f->coefficient || !f->pattern || !f->group_of) {
        autan_field_free(f);
        return AUTAN_NO_MEMORY;
    }
    for (size_t t = 0; t < n_times; t++)
        f->group_of[t] = SIZE_MAX;
    for (size_t k = 0; k < hours->n_groups; k++) {
        const autan_group *g = &hours->group[k];
        add_level(f, &g->pattern, g->q, 1.0, (column){f->pattern + k, hours->n_groups});
        for (size_t h = 0; h < g->n_hours; h++) {
            size_t t = g->hour[h].row;
            column out = {f->coefficient + t, n_times};
            f->group_of[t] = k;
            add_level(f, &g->mean, g->q, 1.0, out);
            add_level(f, &g->pattern, g->q, g->hour[h].amplitude, out);
            add_weights(f, g->hourly, g->m, g->station, g->alpha + h, g->n_hours, g->q,
                        g->beta + h, g->n_hours, 1.0, out);
        }
    }
    *field = f;
    return AUTAN_OK;
}

void autan_field_free(autan_field *field)
{
    if (!field)
        return;
    free(field->coefficient);
    free(field->pattern);
    free(field->group_of);
    free(field);
}

/* What a thread needs for a run of hours. */
typedef struct {
    autan_basis basis;
    autan_spread_work *spread;
    double *mean;    /* AUTAN_BASIS_PLACES x n_times */
    float *form;     /* n_times x (p + 1) x AUTAN_BASIS_PLACES */
    float *product;  /* coefficients x AUTAN_BASIS_PLACES: of the quadratic forms */
    float *terms;    /* p x AUTAN_BASIS_PLACES: twice the terms */
    float *variance; /* AUTAN_BASIS_PLACES */
} block;

static void block_clear(block *b)
{
    autan_basis_clear(&b->basis);
    autan_spread_work_free(b->spread);
    free(b->mean);
    free(b->form);
    free(b->product);
    free(b->terms);
    free(b->variance);
}

static int block_make(const autan_field *f, const autan_spread *spread, size_t n_times,
                      block *b)
{
    const size_t p = f->hours->model->n_terms, places = AUTAN_BASIS_PLACES;
    if (autan_basis_make(f->hours->model, f->stations->n, &b->basis) != AUTAN_OK)
        return 0;
    b->mean = autan_matrix_new(places, n_times);
    if (!spread)
        return b->mean != NULL;
    b->form = malloc(n_times * (p + 1) * places * sizeof *b->form);
    b->product = malloc((p * (p + 1) / 2 + p + 1) * places * sizeof *b->product);
    b->terms = malloc((p + 1) * places * sizeof *b->terms);
    b->variance = malloc(places * sizeof *b->variance);
    return b->mean && b->form && b->product && b->terms && b->variance &&
           autan_spread_work_new(spread, &b->spread) == AUTAN_OK;
}

static void means(const autan_field *f, size_t first, size_t n_times, size_t stride,
                  const block *b, float *mean)
{
    const size_t n = b->basis.n;
    autan_matrix_product_part(n, n_times, f->n_functions, b->basis.value,
                              f->coefficient + first, f->n_times, b->mean);
    for (size_t k = 0; k < n_times; k++) {
        int answered = f->group_of[first + k] != SIZE_MAX;
        for (size_t c = 0; c < n; c++)
            mean[k * stride + c] = answered ? (float)b->mean[c * n_times + k] : NAN;
    }
}

/* The terms of the block's places, and their products as autan_spread_quadratic wants
 * them: one row each. */
static void fill_products(const autan_field *f, block *b)
{
    const size_t p = f->hours->model->n_terms, n = b->basis.n;
    float *out = b->product;
    for (size_t k = 0; k < p; k++) {
        for (size_t c = 0; c < n; c++)
            b->terms[k * AUTAN_BASIS_PLACES + c] =
                2.0f * (float)autan_basis_terms(&b->basis, c)[k];
    }
    for (size_t k = 0; k < p; k++) {
        const float *one = b->terms + k * AUTAN_BASIS_PLACES;
        for (size_t l = k; l < p; l++, out += AUTAN_BASIS_PLACES) {
            const float *other = b->terms + l * AUTAN_BASIS_PLACES;
            for (size_t c = 0; c < n; c++)
                out[c] = 0.25f * one[c] * other[c];
        }
    }
    for (size_t k = 0; k < p; k++, out += AUTAN_BASIS_PLACES) {
        for (size_t c = 0; c < n; c++)
            out[c] = (float)b->basis.unknown[c * p + k];
    }
}

/* Standard errors of one hour at the block's places: alpha + 2 beta' x is in the
 * block's variance already. */
static void roots(const autan_field *f, const float *quadratic, const block *b,
                  float *standard_error)
{
    const size_t p = f->hours->model->n_terms, n = b->basis.n;
    float *v = b->variance;
    for (size_t k = 0; k < p * (p + 1) / 2 + p; k++) {
        const float *product = b->product + k * AUTAN_BASIS_PLACES;
        const float factor = quadratic[k];
        for (size_t c = 0; c < n; c++)
            v[c] += factor * product[c];
    }
    /* Rounding can leave a variance just below 0; NaN passes. */
    for (size_t c = 0; c < n; c++)
        standard_error[c] = sqrtf(v[c] < 0.0f ? 0.0f : v[c]);
}

static void unanswered(size_t n, float *standard_error)
{
    for (size_t c = 0; c < n; c++)
        standard_error[c] = NAN;
}

static void exact_errors(const autan_field *f, const autan_spread *spread,
                         size_t n_times, size_t stride, block *b, float *standard_error)
{
    const size_t p = f->hours->model->n_terms, n = b->basis.n;
    autan_spread_forms(spread, &b->basis, b->spread, b->form, AUTAN_BASIS_PLACES);
    fill_products(f, b);
    for (size_t t = 0; t < n_times; t++) {
        const float *form = b->form + t * (p + 1) * AUTAN_BASIS_PLACES;
        const float *quadratic = autan_spread_quadratic(spread, t);
        if (!quadratic) {
            unanswered(n, standard_error + t * stride);
            continue;
        }
        memcpy(b->variance, form, n * sizeof *form);
        for (size_t k = 0; k < p; k++) {
            const float *beta = form + (k + 1) * AUTAN_BASIS_PLACES;
            const float *terms = b->terms + k * AUTAN_BASIS_PLACES;
            for (size_t c = 0; c < n; c++)
                b->variance[c] += beta[c] * terms[c];
        }
        roots(f, quadratic, b, standard_error + t * stride);
    }
}

/* Runs over all places in blocks; the threads' results are independent. */
autan_status autan_field_evaluate(const autan_field *field, const autan_sites *places,
                                  size_t first, size_t n_rows, size_t stride,
                                  float *mean, float *standard_error)
{
    const long n_blocks =
        (long)((places->n + AUTAN_BASIS_PLACES - 1) / AUTAN_BASIS_PLACES);
    autan_spread *spread = NULL;
    int failed = 0;
    autan_matrix_single_thread();
    if (standard_error &&
        autan_spread_new(field->hours, field->stations->n, field->pattern, first,
                         n_rows, &spread) != AUTAN_OK)
        return AUTAN_NO_MEMORY;
#pragma omp parallel
    {
        block b = {0};
        int ready = block_make(field, spread, n_rows, &b);
        if (!ready) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for schedule(dynamic, 4)
        for (long k = 0; k < n_blocks; k++) {
            size_t start = (size_t)k * AUTAN_BASIS_PLACES, left = places->n - start;
            if (!ready)
                continue;
            autan_basis_fill(field->hours->model, field->stations, places, start,
                             left < AUTAN_BASIS_PLACES ? left : AUTAN_BASIS_PLACES,
                             &b.basis);
            if (mean)
                means(field, first, n_rows, stride, &b, mean + start);
            if (standard_error)
                exact_errors(field, spread, n_rows, stride, &b, standard_error + start);
        }
        block_clear(&b);
    }
    autan_spread_free(spread);
    return failed ? AUTAN_NO_MEMORY : AUTAN_OK;
}

/* The coarse grid under some rows of cells: its nodes stand on the centres of every
 * step-th column and row of cells, and go beyond the last. */
typedef struct {
    size_t step;
    size_t first, nx, ny; /* first row of nodes; nodes across and down */
    autan_sites node;
    float *form;         /* n_times x (p + 1) x nodes */
    unsigned char *near; /* (nx - 1) x (ny - 1): coarse cells near a station */
} coarse;

static void coarse_clear(coarse *g)
{
    free((void *)g->node.x);
    free((void *)g->node.y);
    free(g->form);
    free(g->near);
}

static size_t coarse_step(const autan_field *f, const autan_grid *grid)
{
    const autan_model *model = f->hours->model;
    double shortest = HUGE_VAL, step;
    /* A covariance given by hand is there to be compared. */
    if (model->given)
        return 1;
    for (size_t j = 0; j < model->n_kernels; j++)
        shortest = fmin(shortest, model->kernel[j].range_m);
    step = floor(COARSE_PART * shortest / grid->resolution);
    return step >= 2.0 ? (size_t)fmin(step, 64.0) : 1;
}

/* Marks the coarse cells that a station stands in or near to. */
static void mark_near(const autan_field *f, const autan_grid *grid, coarse *g)
{
    const double size = (double)g->step * grid->resolution;
    for (size_t s = 0; s < f->stations->n; s++) {
        double x = (f->stations->x[s] - autan_grid_x(grid, 0)) / size;
        double y = (autan_grid_y(grid, g->first * g->step) - f->stations->y[s]) / size;
        double left = fmax(floor(x - COARSE_NEAR), 0.0);
        double right = fmin(floor(x + COARSE_NEAR), (double)g->nx - 2.0);
        double top = fmax(floor(y - COARSE_NEAR), 0.0);
        double bottom = fmin(floor(y + COARSE_NEAR), (double)g->ny - 2.0);
        for (double j = top; j <= bottom; j++) {
            for (double i = left; i <= right; i++)
                g->near[(size_t)j * (g->nx - 1) + (size_t)i] = 1;
        }
    }
}

static autan_status coarse_make(const autan_field *f, const autan_field_rows *rows,
                                size_t step, size_t n_times, coarse *g)
{
    const autan_grid *grid = rows->grid;
    const size_t p = f->hours->model->n_terms;
    double *x, *y;
    *g = (coarse){.step = step, .first = rows->first_row / step};
    g->nx = (grid->nx + step - 2) / step + 1;
    g->ny = (rows->first_row + rows->n_rows + step - 2) / step + 1 - g->first;
    g->nx += g->nx < 2;
    g->ny += g->ny < 2;
    g->node.n = g->nx * g->ny;
    g->node.x = x = autan_matrix_new(g->node.n, 1);
    g->node.y = y = autan_matrix_new(g->node.n, 1);
    g->form = malloc(n_times * (p + 1) * g->node.n * sizeof *g->form);
    g->near = calloc((g->nx - 1) * (g->ny - 1), 1);
    if (!x || !y || !g->form || !g->near)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < g->node.n; k++) {
        x[k] = autan_grid_x(grid, k % g->nx * step);
        y[k] = autan_grid_y(grid, (g->first + k / g->nx) * step);
    }
    mark_near(f, grid, g);
    return AUTAN_OK;
}

/* Adds factor * the form at one node row, interpolated along it, to the cells first ..
 * first + n - 1. */
static void interpolate(const coarse *g, const float *north, const float *south,
                        float down, size_t first, size_t n, const float *factor,
                        float *out)
{
    const float part = 1.0f / (float)g->step;
    size_t c = 0;
    while (c < n) {
        size_t node = (first + c) / g->step, offset = (first + c) % g->step;
        size_t count = g->step - offset < n - c ? g->step - offset : n - c;
        float left = north[node] + down * (south[node] - north[node]);
        float right = node + 1 < g->nx
                          ? north[node + 1] + down * (south[node + 1] - north[node + 1])
                          : left;
        float slope = (right - left) * part, value = left + (float)offset * slope;
        for (size_t e = 0; e < count; e++)
            out[c + e] += (factor ? factor[c + e] : 1.0f) * (value + (float)e * slope);
        c += count;
    }
}

/* Standard errors of the block's places, cells first .. of one row of the grid. */
static void coarse_errors(const autan_field *f, const autan_spread *spread,
                          const coarse *g, size_t row, size_t first, size_t n_times,
                          size_t stride, block *b, float *standard_error)
{
    const size_t p = f->hours->model->n_terms, n = b->basis.n;
    const size_t line = row / g->step - g->first;
    const float down = (float)(row % g->step) / (float)g->step;
    fill_products(f, b);
    for (size_t t = 0; t < n_times; t++) {
        const float *form = g->form + t * (p + 1) * g->node.n;
        const float *quadratic = autan_spread_quadratic(spread, t);
        if (!quadratic) {
            unanswered(n, standard_error + t * stride);
            continue;
        }
        memset(b->variance, 0, n * sizeof *b->variance);
        for (size_t k = 0; k <= p; k++) {
            const float *north = form + k * g->node.n + line * g->nx;
            const float *south = line + 1 < g->ny ? north + g->nx : north;
            interpolate(g, north, south, down, first, n,
                        k > 0 ? b->terms + (k - 1) * AUTAN_BASIS_PLACES : NULL,
                        b->variance);
        }
        roots(f, quadratic, b, standard_error + t * stride);
    }
}

/* alpha and beta at all nodes. */
static autan_status fill_nodes(const autan_field *f, const autan_spread *spread,
                               coarse *g)
{
    const size_t n = g->node.n;
    const long n_blocks = (long)((n + AUTAN_BASIS_PLACES - 1) / AUTAN_BASIS_PLACES);
    int failed = 0;
#pragma omp parallel
    {
        block b = {0};
        int ready = block_make(f, spread, 1, &b);
        if (!ready) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for schedule(dynamic, 4)
        for (long k = 0; k < n_blocks; k++) {
            size_t start = (size_t)k * AUTAN_BASIS_PLACES, left = n - start;
            if (!ready)
                continue;
            autan_basis_fill(f->hours->model, f->stations, &g->node, start,
                             left < AUTAN_BASIS_PLACES ? left : AUTAN_BASIS_PLACES,
                             &b.basis);
            autan_spread_forms(spread, &b.basis, b.spread, g->form + start, n);
        }
        block_clear(&b);
    }
    return failed ? AUTAN_NO_MEMORY : AUTAN_OK;
}

/* The cells of whole rows, as places. */
static autan_status rows_places(const autan_field_rows *rows, autan_sites *places)
{
    const size_t nx = rows->grid->nx, n = rows->n_rows * nx;
    double *x = autan_matrix_new(n, 1), *y = autan_matrix_new(n, 1);
    *places = (autan_sites){n, rows->n_covariates, x, y, rows->covariate};
    if (!x || !y)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < n; k++) {
        x[k] = autan_grid_x(rows->grid, k % nx);
        y[k] = autan_grid_y(rows->grid, rows->first_row + k / nx);
    }
    return AUTAN_OK;
}

/* Means, and standard errors from the coarse grid, row by row. */
static autan_status evaluate_coarse(const autan_field *f, const autan_spread *spread,
                                    const coarse *g, const autan_field_rows *rows,
                                    const autan_sites *places, size_t first,
                                    size_t n_times, size_t stride, float *mean,
                                    float *standard_error)
{
    const size_t nx = rows->grid->nx;
    int failed = 0;
#pragma omp parallel
    {
        block b = {0};
        int ready = block_make(f, spread, n_times, &b);
        if (!ready) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for schedule(dynamic, 1)
        for (long j = 0; j < (long)rows->n_rows; j++) {
            for (size_t i = 0; ready && i < nx; i += AUTAN_BASIS_PLACES) {
                size_t at = (size_t)j * nx + i;
                autan_basis_fill(f->hours->model, f->stations, places, at,
                                 nx - i < AUTAN_BASIS_PLACES ? nx - i
                                                             : AUTAN_BASIS_PLACES,
                                 &b.basis);
                if (mean)
                    means(f, first, n_times, stride, &b, mean + at);
                coarse_errors(f, spread, g, rows->first_row + (size_t)j, i, n_times,
                              stride, &b, standard_error + at);
            }
        }
        block_clear(&b);
    }
    return failed ? AUTAN_NO_MEMORY : AUTAN_OK;
}

static int is_near(const autan_field_rows *rows, const coarse *g, size_t cell)
{
    size_t i = cell % rows->grid->nx / g->step;
    size_t j = (rows->first_row + cell / rows->grid->nx) / g->step - g->first;
    return i + 1 < g->nx && j + 1 < g->ny && g->near[j * (g->nx - 1) + i];
}

/* Standard errors near the stations, over what was interpolated. */
static autan_status evaluate_near(const autan_field *f, const coarse *g,
                                  const autan_field_rows *rows,
                                  const autan_sites *places, size_t first,
                                  size_t n_times, size_t stride, float *standard_error)
{
    const size_t nc = rows->n_covariates;
    size_t count = 0;
    size_t *cell = malloc((places->n + 1) * sizeof *cell);
    double *x = NULL, *y = NULL, *covariate = NULL;
    float *value = NULL;
    autan_status status = AUTAN_NO_MEMORY;

    for (size_t k = 0; cell && k < places->n; k++) {
        if (is_near(rows, g, k))
            cell[count++] = k;
    }
    x = autan_matrix_new(count, 1);
    y = autan_matrix_new(count, 1);
    covariate = autan_matrix_new(count, nc);
    value = malloc((count * n_times + 1) * sizeof *value);
    if (!cell || !x || !y || !covariate || !value)
        goto cleanup;
    for (size_t k = 0; k < count; k++) {
        x[k] = places->x[cell[k]];
        y[k] = places->y[cell[k]];
        memcpy(covariate + k * nc, places->covariate + cell[k] * nc,
               nc * sizeof *covariate);
    }
    const autan_sites near = {count, nc, x, y, covariate};
    status = autan_field_evaluate(f, &near, first, n_times, count, NULL, value);
    for (size_t t = 0; status == AUTAN_OK && t < n_times; t++) {
        for (size_t k = 0; k < count; k++)
            standard_error[t * stride + cell[k]] = value[t * count + k];
    }

cleanup:
    free(cell);
    free(x);
    free(y);
    free(covariate);
    free(value);
    return status;
}

autan_status autan_field_evaluate_rows(const autan_field *field,
                                       const autan_field_rows *rows, size_t first,
                                       size_t n_times, size_t stride, float *mean,
                                       float *standard_error)
{
    const size_t step = coarse_step(field, rows->grid);
    autan_sites places = {0};
    autan_spread *spread = NULL;
    coarse g = {0};
    autan_status status = rows_places(rows, &places);

    if (status != AUTAN_OK)
        goto cleanup;
    if (step == 1 || !standard_error) {
        status = autan_field_evaluate(field, &places, first, n_times, stride, mean,
                                      standard_error);
        goto cleanup;
    }
    autan_matrix_single_thread();
    status = autan_spread_new(field->hours, field->stations->n, field->pattern, first,
                              n_times, &spread);
    if (status == AUTAN_OK)
        status = coarse_make(field, rows, step, n_times, &g);
    if (status == AUTAN_OK)
        status = fill_nodes(field, spread, &g);
    if (status == AUTAN_OK)
        status = evaluate_coarse(field, spread, &g, rows, &places, first, n_times,
                                 stride, mean, standard_error);
    if (status == AUTAN_OK)
        status = evaluate_near(field, &g, rows, &places, first, n_times, stride,
                               standard_error);

cleanup:
    coarse_clear(&g);
    autan_spread_free(spread);
    free((void *)places.x);
    free((void *)places.y);
    return status;
}

autan_status autan_field_average(const autan_field *field, const autan_sites *places,
                                 double *average)
{
    const size_t nf = field->n_functions, T = field->n_times;
    double *sum = autan_matrix_new(1, nf);
    size_t counted = 0;
    autan_basis basis = {0};
    autan_status status = AUTAN_NO_MEMORY;

    if (!sum ||
        autan_basis_make(field->hours->model, field->stations->n, &basis) != AUTAN_OK)
        goto cleanup;
    memset(sum, 0, nf * sizeof *sum);
    for (size_t start = 0; start < places->n; start += AUTAN_BASIS_PLACES) {
        size_t left = places->n - start;
        autan_basis_fill(field->hours->model, field->stations, places, start,
                         left < AUTAN_BASIS_PLACES ? left : AUTAN_BASIS_PLACES, &basis);
        for (size_t c = 0; c < basis.n; c++) {
            const double *value = basis.value + c * nf;
            double total = 0.0;
            for (size_t k = 0; k < nf; k++)
                total += value[k];
            if (isnan(total))
                continue;
            counted++;
            for (size_t k = 0; k < nf; k++)
                sum[k] += value[k];
        }
    }
    for (size_t k = 0; k < nf; k++)
        sum[k] /= (double)counted;
    autan_matrix_product(0, 0, 1, T, nf, 1.0, sum, field->coefficient, 0.0, average);
    for (size_t t = 0; t < T; t++) {
        if (field->group_of[t] == SIZE_MAX || counted == 0)
            average[t] = NAN;
    }
    status = AUTAN_OK;

cleanup:
    free(sum);
    autan_basis_clear(&basis);
    return status;
}

autan_status autan_field_response(const autan_field *field, size_t row, double *coefficient,
                                  double *covariance)
{
    const size_t p = field->hours->model->n_terms;
    autan_spread *spread = NULL;
    const float *quadratic;
    if (field->group_of[row] == SIZE_MAX)
        return AUTAN_NO_DATA;
    if (autan_spread_new(field->hours, field->stations->n, field->pattern, row, 1,
                         &spread) != AUTAN_OK)
        return AUTAN_NO_MEMORY;
    quadratic = autan_spread_quadratic(spread, 0);
    for (size_t k = 0; k < p; k++) {
        coefficient[k] =
            field->coefficient[(term_row(field) + k) * field->n_times + row];
        for (size_t l = k; l < p; l++) {
            /* The triangle has each product of two different terms once. */
            double value = (double)*quadratic++ * (l == k ? 1.0 : 0.5);
            covariance[k * p + l] = covariance[l * p + k] = value;
        }
    }
    autan_spread_free(spread);
    return AUTAN_OK;
}
