#include "kriging/field.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"
#include "kriging/spread.h"
#include "kriging/tile.h"
#include "kriging/vector.h"

/* A coarse cell is at most this part of the shortest range, and coarse cells nearer to
 * a station than this many of them are computed cell by cell: the covariance has a peak
 * there that no interpolation follows. */
static const double COARSE_PART = 0.2, COARSE_NEAR = 1.0;

/* Most cells from a node to the next, and how many are interpolated at a time: a
 * divisor. */
enum { STEP_MOST = 64, STRIP = 8 };

/* Rounding to single precision changes a variance c0 by about 6e-7 condition c0: here
 * by less than 2e-5 of it. */
static const double SINGLE_CONDITION = 30.0;
enum { SINGLE_STATIONS = 1000 };

/* A fitted model's maps are in single precision where rounding_harm is below this. It
 * is 0.2 for the simulated Toulouse, whose standard errors are off by 0.2 %; where it
 * was 2.9 they had no meaning. */
static const double ROUNDING = 6e-8, HARM_MOST = 0.5;

struct autan_field {
    const autan_sites *stations;
    const autan_hours *hours;
    size_t n_times;
    autan_precision precision;
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

/* The largest element of C^-1 times the variance of a reading. */
static double condition(const autan_hours *hours)
{
    const autan_design *d = &hours->design;
    double worst = 0.0;
    for (size_t k = 0; k < hours->n_groups; k++) {
        const autan_group *g = &hours->group[k];
        double variance = 0.0;
        for (size_t c = d->n_terms; c < d->n_components; c++)
            variance += g->hourly[c];
        worst = fmax(worst, g->hour_system.precision * variance);
    }
    return worst;
}

static double level_harm(const autan_design *d, size_t m, const double *theta,
                         double precision)
{
    double kernels = 0.0;
    for (size_t c = d->n_terms; m > 0 && c + 1 < d->n_components; c++)
        kernels += theta[c];
    return ROUNDING * (double)m * precision * kernels * kernels;
}

/* What rounding to single precision may do to a variance, in nuggets: kriging takes
 * c' P c off, of which the largest part is that of kernels that hardly change over the
 * town. */
static double rounding_harm(const autan_hours *hours)
{
    const autan_design *d = &hours->design;
    double worst = 0.0;
    for (size_t k = 0; k < hours->n_groups; k++) {
        const autan_group *g = &hours->group[k];
        const autan_level *level[] = {&g->mean, &g->pattern};
        const size_t nugget = d->n_components - 1;
        double harm = level_harm(d, g->m, g->hourly, g->hour_system.precision);
        for (int l = 0; l < 2; l++)
            harm = fmax(harm, level_harm(d, level[l]->m, level[l]->theta,
                                         level[l]->system.precision));
        worst = fmax(worst, harm / (g->hourly[nugget] +
                                    (g->mean.m ? g->mean.theta[nugget] : 0.0)));
    }
    return worst;
}

/* A covariance given by hand is there to be compared: double, unless there are so many
 * stations that it takes long, and single precision does no harm. */
static autan_precision choose_precision(const autan_sites *stations,
                                        const autan_hours *hours)
{
    if (!hours->model->given)
        return rounding_harm(hours) > HARM_MOST ? AUTAN_DOUBLE : AUTAN_SINGLE;
    return stations->n <= SINGLE_STATIONS || condition(hours) > SINGLE_CONDITION
               ? AUTAN_DOUBLE
               : AUTAN_SINGLE;
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
    f->precision = choose_precision(stations, hours);
    f->n_functions = autan_tile_functions(hours->model, stations->n);
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
    for (size_t t = 0; t < n_times; t++) {
        if (f->group_of[t] == SIZE_MAX)
            f->coefficient[(f->n_functions - 1) * n_times + t] = NAN;
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

/* What is the same for all places: the wanted rows of the panel, with their
 * coefficients and what their standard errors need. */
typedef struct {
    const autan_field *field;
    autan_precision precision;
    size_t n_rows, n_places; /* n_places: of a tile */
    const size_t *row;
    autan_factor coefficient;
    autan_spread *spread; /* NULL: no standard errors are wanted */
} plan;

static void plan_clear(plan *p)
{
    autan_factor_clear(&p->coefficient);
    autan_spread_free(p->spread);
}

static autan_status plan_make(const autan_field *f, size_t n_rows, const size_t *row,
                              int with_errors, plan *p)
{
    autan_status status;
    *p = (plan){.field = f, .precision = f->precision, .n_rows = n_rows, .row = row};
    p->n_places = autan_tile_places(f->hours->model, f->stations->n, p->precision);
    status =
        autan_factor_make(p->precision, n_rows, f->n_functions, 0, &p->coefficient);
    for (size_t k = 0; status == AUTAN_OK && k < n_rows; k++)
        autan_factor_set(&p->coefficient, k, f->coefficient + row[k], f->n_times);
    if (status == AUTAN_OK && with_errors)
        status = autan_spread_new(f->hours, f->stations->n, f->pattern, n_rows, row,
                                  p->precision, &p->spread);
    return status;
}

static autan_status make_tile(const plan *p, autan_tile *tile)
{
    return autan_tile_make(p->field->hours->model, p->field->stations, p->spread,
                           p->precision, p->n_places, tile);
}

/* Standard errors of rows without an answer. */
static void unanswered(const plan *p, size_t n, size_t stride, float *standard_error)
{
    for (size_t k = 0; k < p->n_rows; k++) {
        if (p->field->group_of[p->row[k]] != SIZE_MAX)
            continue;
        for (size_t c = 0; c < n; c++)
            standard_error[k * stride + c] = NAN;
    }
}

/* What is done with a tile that is filled with the places from first on; room is the
 * thread's own. */
typedef void tile_work(void *user, autan_tile *tile, size_t first, float *room);

/* Fills tile after tile with all places, on all threads, each with room for so many
 * rows of a tile. */
static autan_status each_tile(const plan *p, const autan_sites *places,
                              size_t room_rows, tile_work *work, void *user)
{
    const long n_tiles = (long)((places->n + p->n_places - 1) / p->n_places);
    int failed = 0;
#pragma omp parallel
    {
        autan_tile tile = {0};
        float *room = NULL;
        int ready = make_tile(p, &tile) == AUTAN_OK;
        if (ready && room_rows > 0) {
            room = autan_aligned_new(room_rows, tile.width, AUTAN_SINGLE);
            ready = room != NULL;
        }
        if (!ready) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for schedule(dynamic, 1)
        for (long b = 0; b < n_tiles; b++) {
            const size_t first = (size_t)b * p->n_places, left = places->n - first;
            if (!ready)
                continue;
            autan_tile_fill(&tile, places, first,
                            left < p->n_places ? left : p->n_places);
            work(user, &tile, first, room);
        }
        free(room);
        autan_tile_clear(&tile);
    }
    return failed ? AUTAN_NO_MEMORY : AUTAN_OK;
}

/* Where means and standard errors go; NULL: not wanted. */
typedef struct {
    const plan *p;
    size_t stride;
    float *mean, *standard_error;
} evaluation;

static void evaluate_tile(void *user, autan_tile *tile, size_t first, float *room)
{
    const evaluation *e = user;
    const autan_spread *spread = e->p->spread;
    (void)room;
    if (e->mean)
        autan_tile_means(tile, &e->p->coefficient, e->stride, e->mean + first);
    for (size_t k = 0; e->standard_error && k < spread->n_groups; k++) {
        autan_tile_form(tile, &spread->group[k]);
        autan_tile_errors(tile, &spread->group[k], e->stride,
                          e->standard_error + first);
    }
}

static autan_status evaluate_places(const plan *p, const autan_sites *places,
                                    size_t stride, float *mean, float *standard_error)
{
    evaluation e = {p, stride, mean, standard_error};
    const autan_status status = each_tile(p, places, 0, evaluate_tile, &e);
    if (status == AUTAN_OK && standard_error)
        unanswered(p, places->n, stride, standard_error);
    return status;
}

/* first .. first + n - 1, for the caller to free(). */
static size_t *consecutive(size_t first, size_t n)
{
    size_t *row = malloc((n + 1) * sizeof *row);
    for (size_t k = 0; row && k < n; k++)
        row[k] = first + k;
    return row;
}

autan_status autan_field_evaluate(const autan_field *field, const autan_sites *places,
                                  size_t first, size_t n_rows, size_t stride,
                                  float *mean, float *standard_error)
{
    size_t *row = consecutive(first, n_rows);
    plan p = {0};
    autan_status status = AUTAN_NO_MEMORY;
    if (row)
        status = plan_make(field, n_rows, row, standard_error != NULL, &p);
    if (status == AUTAN_OK)
        status = evaluate_places(&p, places, stride, mean, standard_error);
    plan_clear(&p);
    free(row);
    return status;
}

typedef struct {
    const plan *p;
    autan_field_visitor *visitor;
    void *user;
} visit;

static void visit_tile(void *user, autan_tile *tile, size_t first, float *room)
{
    const visit *v = user;
    const autan_field_part part = {first, tile->n, tile->width, room};
    autan_tile_means(tile, &v->p->coefficient, part.stride, part.mean);
    v->visitor(v->user, &part);
}

autan_status autan_field_visit(const autan_field *field, const autan_sites *places,
                               size_t first, size_t n_rows,
                               autan_field_visitor *visitor, void *user)
{
    size_t *row = consecutive(first, n_rows);
    plan p = {0};
    autan_status status = AUTAN_NO_MEMORY;
    if (row)
        status = plan_make(field, n_rows, row, 0, &p);
    if (status == AUTAN_OK)
        status = each_tile(&p, places, n_rows, visit_tile, &(visit){&p, visitor, user});
    plan_clear(&p);
    free(row);
    return status;
}

/* The coarse grid under some rows of cells: its nodes stand on the centres of every
 * step-th column and row of cells, and go beyond the last. */
typedef struct {
    size_t step;
    size_t first, nx, ny; /* first row of nodes; nodes across and down */
    autan_sites node;
    float **form; /* of each group of the spread: rows x nodes */
    size_t n_groups;
    float part[STEP_MOST]; /* of the way from a node to the next, cell by cell */
    unsigned char *near;   /* (nx - 1) x (ny - 1): coarse cells near a station */
} coarse;

static void coarse_clear(coarse *g)
{
    free((void *)g->node.x);
    free((void *)g->node.y);
    for (size_t k = 0; g->form && k < g->n_groups; k++)
        free(g->form[k]);
    free(g->form);
    free(g->near);
}

static size_t coarse_step(const autan_field *f, const autan_grid *grid)
{
    const autan_model *model = f->hours->model;
    double shortest = HUGE_VAL, step;
    if (model->given || f->precision == AUTAN_DOUBLE)
        return 1;
    for (size_t j = 0; j < model->n_kernels; j++)
        shortest = fmin(shortest, model->kernel[j].range_m);
    step = floor(COARSE_PART * shortest / grid->resolution);
    return step >= 2.0 ? (size_t)fmin(step, STEP_MOST) : 1;
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

static autan_status coarse_make(const plan *p, const autan_field_rows *rows,
                                size_t step, coarse *g)
{
    const autan_grid *grid = rows->grid;
    double *x, *y;
    *g = (coarse){
        .step = step, .first = rows->first_row / step, .n_groups = p->spread->n_groups};
    g->nx = (grid->nx + step - 2) / step + 1;
    g->ny = (rows->first_row + rows->n_rows + step - 2) / step + 1 - g->first;
    g->nx += g->nx < 2;
    g->ny += g->ny < 2;
    g->node.n = g->nx * g->ny;
    g->node.x = x = autan_matrix_new(g->node.n, 1);
    g->node.y = y = autan_matrix_new(g->node.n, 1);
    g->form = calloc(g->n_groups + 1, sizeof *g->form);
    g->near = calloc((g->nx - 1) * (g->ny - 1), 1);
    if (!x || !y || !g->form || !g->near)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < g->n_groups; k++) {
        size_t n_rows = autan_spread_form_rows(p->spread, &p->spread->group[k]);
        g->form[k] = malloc(n_rows * g->node.n * sizeof **g->form);
        if (!g->form[k])
            return AUTAN_NO_MEMORY;
    }
    for (size_t k = 0; k < g->node.n; k++) {
        x[k] = autan_grid_x(grid, k % g->nx * step);
        y[k] = autan_grid_y(grid, (g->first + k / g->nx) * step);
    }
    for (size_t c = 0; c < STEP_MOST; c++)
        g->part[c] = (float)c / (float)step;
    mark_near(p->field, grid, g);
    return AUTAN_OK;
}

AUTAN_CLONES static void interpolate_down(size_t n, float down,
                                          const float *restrict north,
                                          const float *restrict south,
                                          float *restrict out)
{
#pragma omp simd
    for (size_t c = 0; c < n; c++)
        out[c] = north[c] + down * (south[c] - north[c]);
}

/* From each of n nodes, whose next is left[n], step values to the next. They are
 * written in strips; what a strip has too many is written over by the next. */
AUTAN_CLONES static void interpolate_across(size_t n, size_t step,
                                            const float *restrict part,
                                            const float *restrict left,
                                            float *restrict out)
{
    for (size_t k = 0; k < n; k++, out += step) {
        const float slope = left[k + 1] - left[k];
        for (size_t s = 0; s < step; s += STRIP) {
#pragma omp simd
            for (size_t c = s; c < s + STRIP; c++)
                out[c] = left[k] + part[c] * slope;
        }
    }
}

/* The form of group k at the tile's places: cells of a row of the grid, the first of
 * them on a node. Beyond the last node all is as there. */
static void coarse_form(const plan *p, const coarse *g, size_t k, size_t row,
                        size_t from, autan_tile *tile)
{
    const size_t n_rows = autan_spread_form_rows(p->spread, &p->spread->group[k]);
    const size_t line = row / g->step - g->first, first = from / g->step;
    const size_t n = (tile->width + g->step - 1) / g->step;
    const size_t n_known = n < g->nx - first ? n + 1 : g->nx - first;
    const float down = (float)(row % g->step) / (float)g->step;
    float *left = tile->out;
    for (size_t r = 0; r < n_rows; r++) {
        const float *north = g->form[k] + r * g->node.n + line * g->nx + first;
        const float *south = line + 1 < g->ny ? north + g->nx : north;
        interpolate_down(n_known, down, north, south, left);
        for (size_t c = n_known; c <= n; c++)
            left[c] = left[n_known - 1];
        interpolate_across(n, g->step, g->part, left,
                           (float *)tile->form + r * tile->width);
    }
}

/* The groups' forms at all nodes. */
typedef struct {
    const plan *p;
    coarse *g;
} node_forms;

static void keep_forms(void *user, autan_tile *tile, size_t first, float *room)
{
    const node_forms *f = user;
    const autan_spread *spread = f->p->spread;
    (void)room;
    for (size_t k = 0; k < spread->n_groups; k++) {
        const size_t n_rows = autan_spread_form_rows(spread, &spread->group[k]);
        autan_tile_form(tile, &spread->group[k]);
        for (size_t r = 0; r < n_rows; r++)
            memcpy(f->g->form[k] + r * f->g->node.n + first,
                   (float *)tile->form + r * tile->width, tile->n * sizeof(float));
    }
}

/* The cells of whole rows, as places. */
static autan_status rows_places(const autan_field_rows *rows, autan_sites *places)
{
    const size_t n = rows->n_rows * rows->grid->nx;
    double *x = autan_matrix_new(n, 1), *y = autan_matrix_new(n, 1);
    *places = (autan_sites){n, rows->n_covariates, x, y, rows->covariate};
    if (!x || !y)
        return AUTAN_NO_MEMORY;
    autan_grid_places(rows->grid, rows->first_row, rows->n_rows, x, y);
    return AUTAN_OK;
}

/* Means, and standard errors from the coarse grid, row by row in parts of about equal
 * length, each from a node on. */
static autan_status evaluate_coarse(const plan *p, const coarse *g,
                                    const autan_field_rows *rows,
                                    const autan_sites *places, size_t stride,
                                    float *mean, float *standard_error)
{
    const size_t nx = rows->grid->nx, nodes = (nx + g->step - 1) / g->step;
    const size_t most = p->n_places / g->step, parts = (nodes + most - 1) / most;
    const size_t length = (nodes + parts - 1) / parts * g->step;
    int failed = 0;
#pragma omp parallel
    {
        autan_tile tile = {0};
        int ready = make_tile(p, &tile) == AUTAN_OK;
        if (!ready) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for schedule(dynamic, 1)
        for (long b = 0; b < (long)(rows->n_rows * parts); b++) {
            const size_t j = (size_t)b / parts, i = (size_t)b % parts * length;
            const size_t at = j * nx + i;
            if (!ready || i >= nx)
                continue;
            autan_tile_fill(&tile, places, at, nx - i < length ? nx - i : length);
            if (mean)
                autan_tile_means(&tile, &p->coefficient, stride, mean + at);
            for (size_t k = 0; k < p->spread->n_groups; k++) {
                coarse_form(p, g, k, rows->first_row + j, i, &tile);
                autan_tile_errors(&tile, &p->spread->group[k], stride,
                                  standard_error + at);
            }
        }
        autan_tile_clear(&tile);
    }
    if (failed)
        return AUTAN_NO_MEMORY;
    unanswered(p, places->n, stride, standard_error);
    return AUTAN_OK;
}

/* The cells that stand in coarse cells near a station, into cell; returns how many. */
static size_t near_cells(const autan_field_rows *rows, const coarse *g, size_t *cell)
{
    const size_t nx = rows->grid->nx;
    size_t count = 0;
    for (size_t j = 0; j < rows->n_rows; j++) {
        const size_t line = (rows->first_row + j) / g->step - g->first;
        for (size_t i = 0; i + 1 < g->nx && line + 1 < g->ny; i++) {
            const size_t end = (i + 1) * g->step < nx ? (i + 1) * g->step : nx;
            if (!g->near[line * (g->nx - 1) + i])
                continue;
            for (size_t c = i * g->step; c < end; c++)
                cell[count++] = j * nx + c;
        }
    }
    return count;
}

/* Standard errors near the stations, over what was interpolated. */
static autan_status evaluate_near(const plan *p, const coarse *g,
                                  const autan_field_rows *rows,
                                  const autan_sites *places, size_t stride,
                                  float *standard_error)
{
    const size_t nc = rows->n_covariates, n_times = p->n_rows;
    size_t count = 0;
    size_t *cell = malloc((places->n + 1) * sizeof *cell);
    double *x = NULL, *y = NULL, *covariate = NULL;
    float *value = NULL;
    autan_status status = AUTAN_NO_MEMORY;

    if (cell)
        count = near_cells(rows, g, cell);
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
    status = evaluate_places(p, &near, count, NULL, value);
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

autan_status autan_field_evaluate_hours(const autan_field *field,
                                        const autan_field_rows *rows, size_t n_times,
                                        const size_t *row, size_t stride, float *mean,
                                        float *standard_error)
{
    const size_t step = coarse_step(field, rows->grid);
    autan_sites places = {0};
    plan p = {0};
    coarse g = {0};
    autan_status status = rows_places(rows, &places);

    if (status == AUTAN_OK)
        status = plan_make(field, n_times, row, standard_error != NULL, &p);
    if (status != AUTAN_OK)
        goto cleanup;
    if (step == 1 || !standard_error) {
        status = evaluate_places(&p, &places, stride, mean, standard_error);
        goto cleanup;
    }
    status = coarse_make(&p, rows, step, &g);
    if (status == AUTAN_OK)
        status = each_tile(&p, &g.node, 0, keep_forms, &(node_forms){&p, &g});
    if (status == AUTAN_OK)
        status = evaluate_coarse(&p, &g, rows, &places, stride, mean, standard_error);
    if (status == AUTAN_OK)
        status = evaluate_near(&p, &g, rows, &places, stride, standard_error);

cleanup:
    coarse_clear(&g);
    plan_clear(&p);
    free((void *)places.x);
    free((void *)places.y);
    return status;
}

autan_status autan_field_evaluate_rows(const autan_field *field,
                                       const autan_field_rows *rows, size_t first,
                                       size_t n_times, size_t stride, float *mean,
                                       float *standard_error)
{
    size_t *row = consecutive(first, n_times);
    autan_status status = AUTAN_NO_MEMORY;
    if (row)
        status = autan_field_evaluate_hours(field, rows, n_times, row, stride, mean,
                                            standard_error);
    free(row);
    return status;
}

void autan_field_order(const autan_field *field, size_t *row)
{
    const autan_hours *hours = field->hours;
    size_t n = 0;
    for (size_t k = 0; k < hours->n_groups; k++) {
        for (size_t h = 0; h < hours->group[k].n_hours; h++)
            row[n++] = hours->group[k].hour[h].row;
    }
    for (size_t t = 0; t < field->n_times; t++) {
        if (field->group_of[t] == SIZE_MAX)
            row[n++] = t;
    }
}

autan_status autan_field_average(const autan_field *field, const autan_sites *places,
                                 double *average)
{
    const size_t nf = field->n_functions, T = field->n_times;
    const size_t n_places =
        autan_tile_places(field->hours->model, field->stations->n, AUTAN_DOUBLE);
    double *sum = autan_matrix_new(1, nf);
    size_t counted = 0;
    autan_tile tile = {0};
    autan_status status = AUTAN_NO_MEMORY;

    if (!sum || autan_tile_make(field->hours->model, field->stations, NULL,
                                AUTAN_DOUBLE, n_places, &tile) != AUTAN_OK)
        goto cleanup;
    memset(sum, 0, nf * sizeof *sum);
    for (size_t first = 0; first < places->n; first += n_places) {
        size_t left = places->n - first;
        autan_tile_fill(&tile, places, first, left < n_places ? left : n_places);
        counted += autan_tile_sums(&tile, sum);
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
    autan_tile_clear(&tile);
    return status;
}

/* What the stations missing at an hour take from what is known of the coefficients:
 * (L^-1 D)' (L^-1 D), added to covariance (p x p) with a factor. */
static autan_status add_missing(const autan_spread *s, double factor,
                                double *covariance)
{
    const autan_spread_group *g = s->group;
    const autan_spread_gap *gap = g->gap;
    const size_t m = gap->n_missing, p = s->p;
    double *D = autan_matrix_new(m, p);
    if (!D)
        return AUTAN_NO_MEMORY;
    for (size_t a = 0; a < m; a++)
        memcpy(D + a * p,
               g->level[AUTAN_LEVEL_HOURLY].D + g->missing[gap->missing[a]] * p,
               p * sizeof *D);
    autan_matrix_solve_lower(0, m, p, gap->L, D);
    autan_matrix_product(1, 0, p, p, m, factor, D, D, 1.0, covariance);
    free(D);
    return AUTAN_OK;
}

autan_status autan_field_response(const autan_field *field, size_t row,
                                  double *coefficient, double *covariance)
{
    const size_t p = field->hours->model->n_terms;
    autan_spread *spread = NULL;
    autan_status status;
    if (field->group_of[row] == SIZE_MAX)
        return AUTAN_NO_DATA;
    status = autan_spread_new(field->hours, field->stations->n, field->pattern, 1, &row,
                              AUTAN_DOUBLE, &spread);
    if (status != AUTAN_OK)
        return status;
    const autan_spread_group *g = spread->group;
    double factor[AUTAN_LEVELS];
    autan_spread_factors(g->gap->hour, factor);
    for (size_t k = 0, at = 0; k < p; k++) {
        coefficient[k] =
            field->coefficient[(term_row(field) + k) * field->n_times + row];
        for (size_t l = k; l < p; l++, at++) {
            double value = 0.0;
            for (size_t v = 0; v < AUTAN_LEVELS; v++)
                value +=
                    g->level[v].there ? factor[v] * g->level[v].quadratic[at] : 0.0;
            /* Products of two different terms stand for both. */
            covariance[k * p + l] = covariance[l * p + k] =
                value * (l == k ? 1.0 : 0.5);
        }
    }
    status = add_missing(spread, factor[AUTAN_LEVEL_HOURLY], covariance);
    autan_spread_free(spread);
    return status;
}

/* Few sums want all coefficients: a product of matrices would copy them first. */
/* Few sums want all coefficients: a product of matrices would copy them first. Rows
 * without an answer have a NaN among theirs. */
void autan_field_combine(const autan_field *field, size_t n, const double *functions,
                         double *value)
{
    const size_t T = field->n_times;
    for (size_t k = 0; k < n; k++) {
        double *out = value + k * T;
        memset(out, 0, T * sizeof *out);
        for (size_t f = 0; f < field->n_functions; f++) {
            const double factor = functions[k * field->n_functions + f];
            const double *row = field->coefficient + f * T;
            for (size_t t = 0; factor != 0.0 && t < T; t++)
                out[t] += factor * row[t];
        }
        for (size_t t = 0; t < T; t++)
            out[t] = field->group_of[t] == SIZE_MAX ? (double)NAN : out[t];
    }
}

void autan_field_sum(const autan_field *field, size_t n, const double *weight,
                     double *coefficient)
{
    const size_t T = field->n_times;
    for (size_t f = 0; f < field->n_functions; f++) {
        double *out = coefficient + f * n;
        for (size_t t = 0; t < T; t++) {
            const double value = field->coefficient[f * T + t];
            for (size_t k = 0; k < n && field->group_of[t] != SIZE_MAX; k++)
                out[k] += weight[t * n + k] * value;
        }
    }
}

size_t autan_field_functions(const autan_field *field)
{
    return field->n_functions;
}

size_t autan_field_group(const autan_field *field, size_t row)
{
    return field->group_of[row];
}

void autan_field_row(const autan_field *field, size_t row, double *coefficient)
{
    for (size_t k = 0; k < field->n_functions; k++)
        coefficient[k] = field->coefficient[k * field->n_times + row];
}

void autan_field_pattern(const autan_field *field, size_t group, double *coefficient)
{
    for (size_t k = 0; k < field->n_functions; k++)
        coefficient[k] = field->pattern[k * field->hours->n_groups + group];
}

void autan_field_weigh(const autan_field *field, const autan_field_weights *weights,
                       double factor, double *coefficient)
{
    add_weights(field, weights->theta, weights->m, weights->station, weights->alpha, 1,
                weights->q, weights->beta, 1, factor, (column){coefficient, 1});
}

/* Weights of the hour's stations at a place in the tile: P c + B' f, without the
 * stations missing at the hour, and with less where one was carried over. */
static autan_status place_weights(const autan_field *f, const autan_group *g,
                                  const autan_hour *hour, const double *value,
                                  double pattern, double *weight)
{
    const autan_design *d = &f->hours->design;
    const size_t n = f->stations->n, m = g->m, terms = term_row(f);
    double *c = autan_matrix_new(m, 1), *w = autan_matrix_new(m, 1);
    double *z = autan_matrix_new(hour->n_missing, 1);
    autan_status status = AUTAN_NO_MEMORY;
    if (!c || !w || !z)
        goto cleanup;
    for (size_t i = 0; i < m; i++) {
        const size_t at = g->station[i];
        c[i] = g->u ? pattern * g->u[i] : 0.0;
        for (size_t j = 0; j < d->n_kernels; j++)
            c[i] += g->hourly[d->n_terms + j] * value[j * n + at];
        for (size_t k = 0; k < d->n_terms; k++)
            c[i] += g->hourly[k] * value[terms + k] * d->x[at * d->n_terms + k];
    }
    autan_matrix_product(0, 0, m, 1, m, 1.0, g->hour_system.P, c, 0.0, w);
    for (size_t i = 0; i < m; i++) {
        for (size_t k = 0; k < g->q; k++)
            w[i] += g->hour_system.B[k * m + i] * (k == 0 ? 1.0 : value[terms + k - 1]);
    }
    for (size_t a = 0; a < hour->n_missing; a++)
        z[a] = w[hour->missing[a]];
    autan_matrix_solve_lower(0, hour->n_missing, 1, hour->L, z);
    autan_matrix_solve_lower(1, hour->n_missing, 1, hour->L, z);
    for (size_t i = 0; i < m; i++) {
        for (size_t a = 0; a < hour->n_missing; a++)
            w[i] -= g->hour_system.P[i * m + hour->missing[a]] * z[a];
        weight[g->station[i]] = w[i];
    }
    for (size_t a = 0; a < hour->n_missing; a++) {
        if (!(hour->precision[a] > 0.0))
            weight[g->station[hour->missing[a]]] = 0.0;
    }
    status = AUTAN_OK;

cleanup:
    free(c);
    free(w);
    free(z);
    return status;
}

static double at_kernels(const autan_field *f, const double *value,
                         const double *coefficient, size_t stride)
{
    double sum = 0.0;
    for (size_t k = 0; k < term_row(f); k++)
        sum += value[k] * coefficient[k * stride];
    return sum;
}

autan_status autan_field_explain(const autan_field *field, const autan_sites *place,
                                 size_t row, autan_field_parts *parts, double *x,
                                 double *weight)
{
    const size_t nf = field->n_functions, p = field->hours->model->n_terms;
    const size_t group = field->group_of[row];
    double *value = autan_matrix_new(nf, 1), *always = calloc(nf, sizeof *always);
    autan_tile tile = {0};
    autan_status status = AUTAN_NO_MEMORY;
    if (group == SIZE_MAX)
        status = AUTAN_NO_DATA;
    else if (value && always)
        status = autan_tile_make(field->hours->model, field->stations, NULL,
                                 AUTAN_DOUBLE, 1, &tile);
    if (status == AUTAN_OK) {
        const autan_group *g = &field->hours->group[group];
        const autan_hour *hour = autan_group_hour(g, row);
        const double *pattern = field->pattern + group;
        const size_t stride = field->hours->n_groups;
        double u = 0.0;
        autan_tile_fill(&tile, place, 0, 1);
        for (size_t k = 0; k < nf; k++) {
            value[k] = ((const double *)tile.value)[k * tile.width];
            u += value[k] * pattern[k * stride];
        }
        add_level(field, &g->mean, g->q, 1.0, (column){always, 1});
        status = place_weights(field, g, hour, value, u, weight);
        *parts = (autan_field_parts){
            .level = field->coefficient[(nf - 1) * field->n_times + row],
            .nearby =
                at_kernels(field, value, field->coefficient + row, field->n_times),
            .always = at_kernels(field, value, always, 1),
            .pattern = hour->amplitude * at_kernels(field, value, pattern, stride)};
        memcpy(x, value + term_row(field), p * sizeof *x);
    }
    autan_tile_clear(&tile);
    free(value);
    free(always);
    return status;
}
