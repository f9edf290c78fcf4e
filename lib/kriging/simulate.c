#include "kriging/simulate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "kriging/block.h"
#include "kriging/lattice.h"
#include "kriging/matrix.h"

enum { MEAN, PATTERN, HOURLY, LEVELS };
enum { FACTORS = AUTAN_SIMULATION_FACTORS };

/* Whose noise a stream of random numbers is. */
typedef enum { STREAM_FACTOR, STREAM_OWN, STREAM_HOURS, STREAM_CONSTANT } stream;

struct autan_simulation {
    autan_simulation_info info;
    size_t functions, cells;
    double *x, *y; /* of the cells */
    autan_lattice lattice;
    double x_center, y_center;
    autan_block_likeness likeness;
    /* n_groups x (FACTORS + 1), of mean and pattern: shares of the common factors and
     * of what the group has for itself; their squares add up to 1. */
    double *share[2];
    autan_lattice_place *place[LEVELS]; /* n_groups x n stations */
    /* Standard normal numbers that a level's two fields are made of: those of the
     * lattice, then for each member `part` of terms, slope, amplitude, what stations
     * have between nodes, noise at stations, noise of cells. */
    size_t n_noise, part;
};

int autan_simulation_available(void)
{
    return autan_lattice_available();
}

void autan_simulation_free(autan_simulation *simulation)
{
    if (!simulation)
        return;
    autan_lattice_clear(&simulation->lattice);
    autan_block_likeness_clear(&simulation->likeness);
    for (int l = 0; l < LEVELS; l++)
        free(simulation->place[l]);
    free(simulation->x);
    free(simulation->y);
    free(simulation->share[MEAN]);
    free(simulation->share[PATTERN]);
    free(simulation);
}

/* The leading factors of the correlations of n_groups unit vectors (n_groups x n). */
static autan_status find_factors(size_t n_groups, size_t n, const double *unit,
                                 double *share)
{
    double *R = autan_matrix_new(n_groups, n_groups);
    double *value = autan_matrix_new(n_groups, 1);
    autan_status status = AUTAN_NO_MEMORY;
    if (R && value) {
        autan_matrix_product(0, 1, n_groups, n_groups, n, 1.0, unit, unit, 0.0, R);
        status = autan_matrix_eigen(n_groups, R, value);
    }
    for (size_t g = 0; status == AUTAN_OK && g < n_groups; g++) {
        double *s = share + g * (FACTORS + 1), rest = 1.0;
        for (size_t c = 0; c < FACTORS; c++) {
            const size_t e = n_groups - 1 - c;
            s[c] = c < n_groups ? R[g * n_groups + e] * sqrt(fmax(value[e], 0.0)) : 0.0;
            rest -= s[c] * s[c];
        }
        s[FACTORS] = sqrt(fmax(rest, 0.0));
    }
    free(R);
    free(value);
    return status;
}

static const double *theta_of(const autan_group *g, int level)
{
    return level == MEAN      ? g->mean.theta
           : level == PATTERN ? g->pattern.theta
                              : g->hourly;
}

static int has_level(const autan_group *g, int level)
{
    return level == HOURLY || (level == MEAN ? g->mean.m : g->pattern.m) > 0;
}

static autan_status set_places(autan_simulation *s)
{
    const autan_hours *hours = s->info.hours;
    const autan_sites *sites = s->info.stations;
    for (int l = 0; l < LEVELS; l++) {
        s->place[l] = calloc(hours->n_groups * sites->n + 1, sizeof *s->place[l]);
        if (!s->place[l])
            return AUTAN_NO_MEMORY;
        for (size_t k = 0; k < hours->n_groups; k++) {
            const autan_group *g = &hours->group[k];
            autan_status status = AUTAN_OK;
            if (has_level(g, l))
                status = autan_lattice_places(
                    &s->lattice, theta_of(g, l) + hours->design.n_terms, sites->n,
                    sites->x, sites->y, s->place[l] + k * sites->n);
            if (status != AUTAN_OK)
                return status;
        }
    }
    return AUTAN_OK;
}

autan_status autan_simulation_new(const autan_simulation_info *info,
                                  autan_simulation **simulation)
{
    const autan_hours *hours = info->hours;
    const autan_model *model = hours->model;
    const size_t n = info->stations->n, G = hours->n_groups;
    autan_simulation *s = calloc(1, sizeof *s);
    autan_status status;
    if (!s)
        return AUTAN_NO_MEMORY;
    s->info = *info;
    s->cells = info->grid->nx * info->grid->ny;
    s->x = autan_matrix_new(s->cells, 1);
    s->y = autan_matrix_new(s->cells, 1);
    if (!s->x || !s->y) {
        autan_simulation_free(s);
        return AUTAN_NO_MEMORY;
    }
    autan_grid_places(info->grid, 0, info->grid->ny, s->x, s->y);
    s->functions = autan_field_functions(info->field);
    s->x_center = autan_grid_x(info->grid, info->grid->nx / 2);
    s->y_center = autan_grid_y(info->grid, info->grid->ny / 2);
    status = autan_lattice_make(info->grid, n, info->stations->x, info->stations->y,
                                model->n_kernels, model->kernel, &s->lattice);
    if (status == AUTAN_OK)
        status = autan_block_likeness_make(hours, info->n_times, n, &s->likeness);
    for (int l = MEAN; status == AUTAN_OK && l <= PATTERN; l++) {
        s->share[l] = autan_matrix_new(G, FACTORS + 1);
        status =
            s->share[l]
                ? find_factors(G, n, l == MEAN ? s->likeness.mean : s->likeness.pattern,
                               s->share[l])
                : AUTAN_NO_MEMORY;
    }
    if (status == AUTAN_OK)
        status = set_places(s);
    s->part = hours->design.n_terms + 3 + 2 * n + (info->noise ? s->cells : 0);
    s->n_noise = 2 * autan_lattice_nodes(&s->lattice) + 2 * s->part;
    if (status == AUTAN_OK)
        *simulation = s;
    else
        autan_simulation_free(s);
    return status;
}

/* Two members on their way through the hours. */
typedef struct {
    size_t number;
    autan_lattice_room *room;
    float *factor[2][FACTORS]; /* noise of the common factors of mean and pattern */
    float *hourly;             /* noise of the hours' own fields, as it is now */
    float *noise;              /* for work */
    autan_random hours;
    int started;
    size_t last; /* row */
} pair;

struct autan_simulation_run {
    const autan_simulation *simulation;
    size_t n_pairs;
    pair *pair;
    double *coefficient; /* functions x members */
    float *painted;      /* members x cells */
};

size_t autan_simulation_pair_bytes(const autan_simulation *simulation)
{
    /* Three arrays of the transform; what is painted, and the caller's values. */
    return simulation->n_noise * sizeof(float) * (2 * FACTORS + 2) +
           autan_lattice_nodes(&simulation->lattice) * 6 * sizeof(float) +
           simulation->cells * 4 * sizeof(float);
}

static autan_random open_stream(const autan_simulation *s, const pair *p, stream whose,
                                int level, size_t index)
{
    return autan_random_make(s->info.seed,
                             ((uint64_t)p->number << 32) | ((uint64_t)whose << 28) |
                                 ((uint64_t)level << 24) | (uint64_t)index);
}

static void fill(size_t n, autan_random *random, float *noise)
{
    for (size_t k = 0; k < n; k++)
        noise[k] = (float)autan_random_normal(random);
}

static void pair_clear(pair *p)
{
    autan_lattice_room_free(p->room);
    for (int l = 0; l < 2; l++) {
        for (int c = 0; c < FACTORS; c++)
            free(p->factor[l][c]);
    }
    free(p->hourly);
    free(p->noise);
}

static autan_status pair_make(const autan_simulation *s, size_t number, pair *p)
{
    p->number = number;
    p->hourly = malloc(s->n_noise * sizeof *p->hourly);
    p->noise = malloc(s->n_noise * sizeof *p->noise);
    if (!p->hourly || !p->noise)
        return AUTAN_NO_MEMORY;
    for (int l = 0; l < 2; l++) {
        for (size_t c = 0; c < FACTORS; c++) {
            autan_random random = open_stream(s, p, STREAM_FACTOR, l, c);
            p->factor[l][c] = malloc(s->n_noise * sizeof(float));
            if (!p->factor[l][c])
                return AUTAN_NO_MEMORY;
            fill(s->n_noise, &random, p->factor[l][c]);
        }
    }
    p->hours = open_stream(s, p, STREAM_HOURS, 0, 0);
    return autan_lattice_room_new(&s->lattice, &p->room);
}

void autan_simulation_end(autan_simulation_run *run)
{
    if (!run)
        return;
    for (size_t k = 0; run->pair && k < run->n_pairs; k++)
        pair_clear(&run->pair[k]);
    free(run->pair);
    free(run->coefficient);
    free(run->painted);
    free(run);
}

autan_status autan_simulation_start(const autan_simulation *simulation,
                                    size_t first_pair, size_t n_pairs,
                                    autan_simulation_run **run)
{
    autan_simulation_run *r = calloc(1, sizeof *r);
    autan_status status = AUTAN_OK;
    if (!r)
        return AUTAN_NO_MEMORY;
    *r = (autan_simulation_run){
        .simulation = simulation,
        .n_pairs = n_pairs,
        .pair = calloc(n_pairs, sizeof *r->pair),
        .coefficient = autan_matrix_new(simulation->functions, 2 * n_pairs),
        .painted = malloc(2 * n_pairs * simulation->cells * sizeof *r->painted)};
    if (!r->pair || !r->coefficient || !r->painted)
        status = AUTAN_NO_MEMORY;
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t k = 0; k < (r->pair ? n_pairs : 0); k++) {
        const autan_status one = pair_make(simulation, first_pair + k, &r->pair[k]);
        if (one != AUTAN_OK) {
#pragma omp critical(autan_simulation)
            status = one;
        }
    }
    if (status == AUTAN_OK)
        *run = r;
    else
        autan_simulation_end(r);
    return status;
}

/* The noise of the hours' own fields, from one row of the panel to the next. */
static void advance(const autan_simulation *s, pair *p, size_t row)
{
    const double keep =
        p->started ? pow(s->likeness.hourly, (double)(row - p->last)) : 0.0;
    const float kept = (float)keep, fresh = (float)sqrt(fmax(1.0 - keep * keep, 0.0));
    for (size_t k = 0; k < s->n_noise; k++) {
        const float drawn = (float)autan_random_normal(&p->hours);
        p->hourly[k] = (p->started ? kept * p->hourly[k] : 0.0f) + fresh * drawn;
    }
    p->started = 1;
    p->last = row;
}

/* The noise of a group's persistent field or pattern, into p->noise. */
static void mix_factors(const autan_simulation *s, pair *p, size_t group, int level)
{
    const double *share = s->share[level] + group * (FACTORS + 1);
    autan_random random = open_stream(s, p, STREAM_OWN, level, group);
    const float own = (float)share[FACTORS];
    for (size_t k = 0; k < s->n_noise; k++)
        p->noise[k] = own * (float)autan_random_normal(&random);
    for (size_t c = 0; c < FACTORS; c++) {
        const float factor = (float)share[c];
        for (size_t k = 0; k < s->n_noise; k++)
            p->noise[k] += factor * p->factor[level][c][k];
    }
}

/* One level of a group, and where its errors go. */
typedef struct {
    size_t group;
    int level;
    const double *theta;
    const autan_krige *system;
    size_t m, q;
    const size_t *station;
    const double *u, *extra; /* m: pattern and noise in the covariance, or NULL */
    const autan_hour *hour;  /* of the hourly level: its stations missing; or NULL */
    double factor[2];        /* of the errors in each member */
    double amplitude[2];     /* result: the error of the pattern's amplitude */
} level_draw;

static level_draw describe(const autan_simulation *s, size_t group, int level,
                           const autan_hour *hour)
{
    const autan_group *g = &s->info.hours->group[group];
    const autan_level *known = level == MEAN ? &g->mean : &g->pattern;
    level_draw d = {.group = group,
                    .level = level,
                    .theta = theta_of(g, level),
                    .q = g->q,
                    .factor = {1.0, 1.0}};
    if (level == HOURLY) {
        d.system = &g->hour_system;
        d.m = g->m;
        d.station = g->station;
        d.u = g->u;
        d.extra = g->extra;
        d.hour = hour;
    } else {
        d.system = &known->system;
        d.m = known->m;
        d.station = known->station;
    }
    return d;
}

/* Names of the parts of a member's noise. */
typedef struct {
    const float *term, *slope, *amplitude, *between, *station, *cell;
} noise_parts;

static noise_parts cut_noise(const autan_simulation *s, const float *noise, int member)
{
    const size_t p = s->info.hours->design.n_terms, n = s->info.stations->n;
    const float *at =
        noise + 2 * autan_lattice_nodes(&s->lattice) + (size_t)member * s->part;
    return (noise_parts){.term = at,
                         .slope = at + p,
                         .amplitude = at + p + 2,
                         .between = at + p + 3,
                         .station = at + p + 3 + n,
                         .cell = at + p + 3 + 2 * n};
}

/* The kernels' part of the field at every site, z (n). */
static void field_at_sites(const autan_simulation *s, const level_draw *d,
                           const float *field, int member, const noise_parts *noise,
                           double *z)
{
    const size_t n = s->info.stations->n, width = s->lattice.torus_x;
    for (size_t i = 0; i < n; i++) {
        const autan_lattice_place *p = &s->place[d->level][d->group * n + i];
        const double *w = p->weight;
        z[i] = p->deviation * (double)noise->between[i];
        for (size_t b = 0; b < AUTAN_LATTICE_SIDE; b++) {
            for (size_t a = 0; a < AUTAN_LATTICE_SIDE; a++)
                z[i] +=
                    *w++ *
                    (double)field[2 * ((p->j + b) * width + p->i + a) + (size_t)member];
        }
        for (size_t e = 0; e < p->n_near; e++)
            z[i] += *w++ * z[p->near[e]];
    }
}

/* What is drawn at the level's stations, y (m); z (n) as above. */
static void data_of(const autan_simulation *s, const level_draw *d,
                    const noise_parts *noise, double slope, const double *z, double *y)
{
    const autan_design *design = &s->info.hours->design;
    const size_t p = design->n_terms;
    for (size_t i = 0; i < d->m; i++) {
        const size_t at = d->station[i];
        const double *x = design->x + at * p, *unknown = design->unknown + at * p;
        double variance =
            d->theta[design->n_components - 1] + (d->extra ? d->extra[i] : 0.0);
        y[i] =
            z[at] + slope * ((double)noise->slope[0] * (design->px[at] - s->x_center) +
                             (double)noise->slope[1] * (design->py[at] - s->y_center));
        for (size_t k = 0; k < p; k++) {
            y[i] += sqrt(d->theta[k]) * (double)noise->term[k] * x[k];
            variance += d->theta[k] * unknown[k];
        }
        y[i] += sqrt(variance) * (double)noise->station[at];
        if (d->u)
            y[i] += (double)noise->amplitude[0] * d->u[i];
    }
}

/* Takes what kriging makes of the data off, and adds what all cells share, in the
 * coefficients of the functions of place. */
static autan_status take_off(const autan_simulation *s, level_draw *d, int member,
                             const noise_parts *noise, double *y, double *column)
{
    const size_t p = s->info.hours->design.n_terms, m = d->m;
    const size_t missing = d->hour ? d->hour->n_missing : 0;
    const size_t terms = s->info.stations->n * s->info.hours->design.n_kernels;
    double *alpha = autan_matrix_new(m, 1), *beta = autan_matrix_new(d->q, 1);
    double *L = autan_matrix_new(missing, missing);
    double *pattern = autan_matrix_new(s->functions, 1), error;
    autan_status status = AUTAN_NO_MEMORY;
    if (!alpha || !beta || !L || !pattern)
        goto cleanup;
    status = autan_krige_without(d->system, missing, d->hour ? d->hour->missing : NULL,
                                 L, y);
    if (status != AUTAN_OK)
        goto cleanup;
    autan_krige_weights(d->system, 1, y, alpha, beta);
    const autan_field_weights weights = {d->theta, m, d->q, d->station, alpha, beta};
    autan_field_weigh(s->info.field, &weights, -d->factor[member], column);
    for (size_t k = 0; k < p; k++)
        column[terms + k] +=
            d->factor[member] * sqrt(d->theta[k]) * (double)noise->term[k];
    if (d->u) {
        error = (double)noise->amplitude[0];
        for (size_t i = 0; i < m; i++)
            error -= d->u[i] * alpha[i];
        d->amplitude[member] = error;
        autan_field_pattern(s->info.field, d->group, pattern);
        for (size_t k = 0; k < s->functions; k++)
            column[k] += d->factor[member] * error * pattern[k];
    }

cleanup:
    free(alpha);
    free(beta);
    free(L);
    free(pattern);
    return status;
}

/* What is not known of a cell's covariates, as a variance. */
static double unknown_variance(const autan_simulation *s, const double *theta,
                               size_t cell)
{
    const autan_model *model = s->info.hours->model;
    double variance = 0.0;
    for (size_t k = 0; k < s->info.hours->design.n_terms; k++) {
        const autan_term *term = &model->term[k];
        double unknown;
        autan_term_value(
            term, s->info.covariate[cell * s->info.n_covariates + term->covariate],
            &unknown);
        variance += theta[k] * unknown;
    }
    return variance;
}

/* The field and its noise at the cells, added to value (cells). */
static void add_cells(const autan_simulation *s, const level_draw *d,
                      const float *field, int member, const noise_parts *noise,
                      double slope, float *value)
{
    const autan_lattice *l = &s->lattice;
    const autan_grid *grid = s->info.grid;
    const double nugget = d->theta[s->info.hours->design.n_components - 1];
    const double times = grid->resolution / l->step_m, factor = d->factor[member];
    const double left = (autan_grid_x(grid, 0) - l->x0) / l->step_m;
    const double top = (l->y0 - autan_grid_y(grid, 0)) / l->step_m;
    for (size_t r = 0; r < grid->ny; r++) {
        const double Y = top + (double)r * times + 1e-9, south = Y - floor(Y);
        const double dy = autan_grid_y(grid, r) - s->y_center;
        const float *north_row = field + 2 * (size_t)floor(Y) * l->torus_x;
        const float *south_row = north_row + 2 * l->torus_x;
        for (size_t c = 0; c < grid->nx; c++) {
            const double X = left + (double)c * times + 1e-9, east = X - floor(X);
            const double dx = autan_grid_x(grid, c) - s->x_center;
            const size_t at = 2 * (size_t)floor(X) + (size_t)member;
            const size_t cell = r * grid->nx + c;
            double sum = (1 - south) * ((1 - east) * (double)north_row[at] +
                                        east * (double)north_row[at + 2]) +
                         south * ((1 - east) * (double)south_row[at] +
                                  east * (double)south_row[at + 2]);
            sum +=
                slope * ((double)noise->slope[0] * dx + (double)noise->slope[1] * dy);
            if (s->info.noise)
                sum += sqrt(nugget + unknown_variance(s, d->theta, cell)) *
                       (double)noise->cell[cell];
            value[cell] += (float)(factor * sum);
        }
    }
}

/* Draws a level's errors from noise: into the coefficients (two columns of functions)
 * and the cells (two maps). */
static autan_status draw_level(const autan_simulation *s, pair *p, level_draw *d,
                               const float *noise, double *column, float *value)
{
    const double *sill = d->theta + s->info.hours->design.n_terms;
    const double slope = sqrt(autan_lattice_slope(&s->lattice, sill));
    const size_t n = s->info.stations->n;
    double *z = autan_matrix_new(n, 1), *y = autan_matrix_new(n, 1);
    const float *field;
    autan_status status = z && y ? AUTAN_OK : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        autan_lattice_draw(&s->lattice, sill, noise, p->room, &field);
    for (int m = 0; status == AUTAN_OK && m < 2; m++) {
        const noise_parts parts = cut_noise(s, noise, m);
        field_at_sites(s, d, field, m, &parts, z);
        data_of(s, d, &parts, slope, z, y);
        status = take_off(s, d, m, &parts, y, column + (size_t)m * s->functions);
        if (status == AUTAN_OK)
            add_cells(s, d, field, m, &parts, slope, value + (size_t)m * s->cells);
    }
    free(z);
    free(y);
    return status;
}

static const autan_hour *find_hour(const autan_group *g, size_t row)
{
    size_t h = 0;
    while (g->hour[h].row != row)
        h++;
    return &g->hour[h];
}

/* The errors of a pair in a row of the panel. */
static autan_status draw_pair(const autan_simulation *s, pair *p, size_t row,
                              double *column, float *value)
{
    const size_t group = autan_field_group(s->info.field, row);
    const autan_group *g = &s->info.hours->group[group];
    const autan_hour *hour = find_hour(g, row);
    level_draw d = describe(s, group, HOURLY, hour);
    double amplitude[2];
    const float *noise = p->hourly;
    autan_status status;
    d.factor[0] = d.factor[1] = sqrt(hour->scale);
    if (has_level(g, MEAN)) {
        advance(s, p, row);
    } else {
        /* What is always so is part of the hour's errors: they count as one. */
        autan_random random = open_stream(s, p, STREAM_CONSTANT, HOURLY, 0);
        fill(s->n_noise, &random, p->noise);
        noise = p->noise;
    }
    status = draw_level(s, p, &d, noise, column, value);
    memcpy(amplitude, d.amplitude, sizeof amplitude);
    for (int l = MEAN; status == AUTAN_OK && l <= PATTERN; l++) {
        if (!has_level(g, l))
            continue;
        d = describe(s, group, l, NULL);
        for (int m = 0; l == PATTERN && m < 2; m++)
            d.factor[m] = hour->amplitude + amplitude[m];
        mix_factors(s, p, group, l);
        status = draw_level(s, p, &d, p->noise, column, value);
    }
    return status;
}

/* Members' coefficients, column by column, into rows of members for painting. */
static void turn(size_t functions, size_t members, const double *column,
                 double *coefficient)
{
    for (size_t f = 0; f < functions; f++) {
        for (size_t k = 0; k < members; k++)
            coefficient[f * members + k] = column[k * functions + f];
    }
}

autan_status autan_simulation_next(autan_simulation_run *run, size_t row, float *value)
{
    const autan_simulation *s = run->simulation;
    const size_t members = 2 * run->n_pairs, cells = s->cells;
    double *column = autan_matrix_new(members, s->functions);
    const autan_sites places = {cells, s->info.n_covariates, s->x, s->y,
                                s->info.covariate};
    autan_status status = AUTAN_OK;
    if (!column)
        return AUTAN_NO_MEMORY;
    if (autan_field_group(s->info.field, row) == SIZE_MAX) {
        for (size_t k = 0; k < members * cells; k++)
            value[k] = NAN;
        goto cleanup;
    }
    memset(value, 0, members * cells * sizeof *value);
    for (size_t k = 0; k < members; k++)
        autan_field_row(s->info.field, row, column + k * s->functions);
    /* Threads go over pairs; those of BLAS would hinder them, and round otherwise. */
    autan_matrix_single_thread();
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t k = 0; k < run->n_pairs; k++) {
        const autan_status one =
            draw_pair(s, &run->pair[k], row, column + 2 * k * s->functions,
                      value + 2 * k * cells);
        if (one != AUTAN_OK) {
#pragma omp critical(autan_simulation)
            status = one;
        }
    }
    turn(s->functions, members, column, run->coefficient);
    if (status == AUTAN_OK)
        status = autan_block_paint(s->info.hours->model, s->info.stations, &places,
                                   members, run->coefficient, cells, run->painted);
    for (size_t k = 0; status == AUTAN_OK && k < members * cells; k++)
        value[k] += run->painted[k];

cleanup:
    free(column);
    return status;
}
