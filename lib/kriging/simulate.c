#include "kriging/simulate.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "kriging/condition.h"
#include "kriging/lattice.h"
#include "kriging/matrix.h"

enum { FACTORS = AUTAN_SIMULATION_FACTORS };

/* Whose noise a stream of random numbers is. */
typedef enum { STREAM_FACTOR, STREAM_OWN, STREAM_HOURS, STREAM_CONSTANT } stream;

struct autan_simulation {
    autan_simulation_info info;
    const autan_condition *condition;
    size_t cells;
    double *x, *y;          /* of the cells */
    size_t n_terms;         /* random ones */
    double *term, *unknown; /* stations x n_terms */
    autan_lattice lattice;
    double x_center, y_center;
    double next; /* correlation of the hours' own errors from one to the next */
    /* n_groups x (FACTORS + 1), of mean and pattern: shares of the common factors and
     * of what the group has for itself; their squares add up to 1. */
    double *share[2];
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
    free(simulation->x);
    free(simulation->y);
    free(simulation->term);
    free(simulation->unknown);
    for (int l = 0; l < 2; l++)
        free(simulation->share[l]);
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

/* How errors hang together in time. */
static autan_status set_likeness(autan_simulation *s)
{
    const size_t n = s->info.stations->n, G = s->condition->n_groups(&s->info);
    autan_block_likeness likeness = {0};
    autan_status status = s->condition->likeness(&s->info, &likeness);
    for (int l = 0; status == AUTAN_OK && l < 2; l++) {
        s->share[l] = autan_matrix_new(G, FACTORS + 1);
        status = s->share[l]
                     ? find_factors(
                           G, n, l == AUTAN_OF_MEAN ? likeness.mean : likeness.pattern,
                           s->share[l])
                     : AUTAN_NO_MEMORY;
    }
    s->next = likeness.hourly;
    autan_block_likeness_clear(&likeness);
    return status;
}

autan_status autan_simulation_new(const autan_simulation_info *info,
                                  autan_simulation **simulation)
{
    const autan_model *model = info->model;
    const autan_sites *stations = info->stations;
    const autan_grid *grid = info->grid;
    const size_t p = model->flat ? 0 : model->n_terms;
    autan_simulation *s = calloc(1, sizeof *s);
    autan_status status = AUTAN_NO_MEMORY;
    if (!s)
        return AUTAN_NO_MEMORY;
    s->info = *info;
    s->condition = info->near ? &autan_condition_near : &autan_condition_exact;
    s->cells = grid->nx * grid->ny;
    s->n_terms = p;
    s->x = autan_matrix_new(s->cells, 1);
    s->y = autan_matrix_new(s->cells, 1);
    s->term = autan_matrix_new(stations->n, p);
    s->unknown = autan_matrix_new(stations->n, p);
    if (s->x && s->y && s->term && s->unknown) {
        autan_grid_places(grid, 0, grid->ny, s->x, s->y);
        autan_terms_values(p, model->term, stations, s->term, s->unknown);
        s->x_center = autan_grid_x(grid, grid->nx / 2);
        s->y_center = autan_grid_y(grid, grid->ny / 2);
        status = autan_lattice_make(grid, stations->n, stations->x, stations->y,
                                    model->n_kernels, model->kernel, &s->lattice);
    }
    if (status == AUTAN_OK)
        status = set_likeness(s);
    s->part = p + 3 + 2 * stations->n + (info->noise ? s->cells : 0);
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
    double *z;                 /* stations, for work */
    autan_random hours;
    int started;
    size_t last; /* row */
} pair;

/* Where a level's fields are had at the stations, for kernels of those sills. */
typedef struct {
    int known;
    double sill[AUTAN_KERNELS_MAX];
    autan_lattice_place *place; /* stations */
} level_places;

struct autan_simulation_run {
    const autan_simulation *simulation;
    size_t n_pairs;
    pair *pair;
    autan_condition_row row;
    autan_condition_draw draw[AUTAN_LEVELS];
    level_places places[AUTAN_LEVELS];
};

size_t autan_simulation_pair_bytes(const autan_simulation *simulation)
{
    /* Three arrays of the transform; what is painted, and the caller's values; what is
     * drawn at the stations, twice. */
    return simulation->n_noise * sizeof(float) * (2 * FACTORS + 2) +
           autan_lattice_nodes(&simulation->lattice) * 6 * sizeof(float) +
           simulation->cells * 4 * sizeof(float) +
           simulation->info.stations->n * (4 * AUTAN_LEVELS + 1) * sizeof(double);
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
    free(p->z);
}

static autan_status pair_make(const autan_simulation *s, size_t number, pair *p)
{
    p->number = number;
    p->hourly = malloc(s->n_noise * sizeof *p->hourly);
    p->noise = malloc(s->n_noise * sizeof *p->noise);
    p->z = autan_matrix_new(s->info.stations->n, 1);
    if (!p->hourly || !p->noise || !p->z)
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
    free(run->row.extra);
    free(run->row.u);
    for (int l = 0; l < AUTAN_LEVELS; l++) {
        free(run->draw[l].value);
        free(run->draw[l].coefficient);
        free(run->draw[l].factor);
        free(run->places[l].place);
    }
    free(run);
}

/* Room for what is drawn at the stations. */
static int make_draws(autan_simulation_run *r)
{
    const autan_simulation *s = r->simulation;
    const size_t n = s->info.stations->n, members = 2 * r->n_pairs;
    int ok;
    r->row.extra = autan_matrix_new(n, 1);
    r->row.u = autan_matrix_new(n, 1);
    ok = r->row.extra && r->row.u;
    for (int l = 0; l < AUTAN_LEVELS; l++) {
        autan_condition_draw *d = &r->draw[l];
        *d = (autan_condition_draw){
            .level = (autan_of)l,
            .n_sets = members,
            .value = autan_matrix_new(n, members),
            .coefficient = autan_matrix_new(members, s->info.model->n_terms + 2),
            .factor = autan_matrix_new(members, 1)};
        r->places[l].place = malloc((n + 1) * sizeof *r->places[l].place);
        ok = ok && d->value && d->coefficient && d->factor && r->places[l].place;
    }
    return ok;
}

autan_status autan_simulation_start(const autan_simulation *simulation,
                                    size_t first_pair, size_t n_pairs,
                                    autan_simulation_run **run)
{
    autan_simulation_run *r = calloc(1, sizeof *r);
    autan_status status = AUTAN_OK;
    if (!r)
        return AUTAN_NO_MEMORY;
    r->simulation = simulation;
    r->n_pairs = n_pairs;
    r->pair = calloc(n_pairs, sizeof *r->pair);
    if (!r->pair || !make_draws(r))
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
    const double keep = p->started ? pow(s->next, (double)(row - p->last)) : 0.0;
    const float kept = (float)keep, fresh = (float)sqrt(fmax(1.0 - keep * keep, 0.0));
    for (size_t k = 0; k < s->n_noise; k++) {
        const float drawn = (float)autan_random_normal(&p->hours);
        p->hourly[k] = (p->started ? kept * p->hourly[k] : 0.0f) + fresh * drawn;
    }
    p->started = 1;
    p->last = row;
}

/* The noise of a group's persistent field or pattern, into p->noise. */
static void mix_factors(const autan_simulation *s, pair *p, size_t group,
                        autan_of level)
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

/* Names of the parts of a member's noise. */
typedef struct {
    const float *term, *slope, *amplitude, *between, *station, *cell;
} noise_parts;

static noise_parts cut_noise(const autan_simulation *s, const float *noise, int member)
{
    const size_t p = s->n_terms, n = s->info.stations->n;
    const float *at =
        noise + 2 * autan_lattice_nodes(&s->lattice) + (size_t)member * s->part;
    return (noise_parts){.term = at,
                         .slope = at + p,
                         .amplitude = at + p + 2,
                         .between = at + p + 3,
                         .station = at + p + 3 + n,
                         .cell = at + p + 3 + 2 * n};
}

/* One of the two fields that are drawn of a level together. */
typedef struct {
    const double *theta;
    double slope; /* deviation of the plane's */
    const float *field;
    int member; /* of the pair */
    noise_parts noise;
} drawn;

/* The kernels' part of the field at every station, z. */
static void field_at_stations(const autan_simulation *s,
                              const autan_lattice_place *place, const drawn *d,
                              double *z)
{
    const size_t width = s->lattice.torus_x;
    for (size_t i = 0; i < s->info.stations->n; i++) {
        const autan_lattice_place *p = &place[i];
        const double *w = p->weight;
        z[i] = p->deviation * (double)d->noise.between[i];
        for (size_t b = 0; b < AUTAN_LATTICE_SIDE; b++) {
            for (size_t a = 0; a < AUTAN_LATTICE_SIDE; a++)
                z[i] += *w++ * (double)d->field[2 * ((p->j + b) * width + p->i + a) +
                                                (size_t)d->member];
        }
        for (size_t e = 0; e < p->n_near; e++)
            z[i] += *w++ * z[p->near[e]];
    }
}

/* A set of data: what is drawn at the stations, from z, and the coefficients. */
static void set_data(const autan_simulation *s, const autan_condition_row *row,
                     const drawn *d, const double *z, size_t set,
                     autan_condition_draw *out)
{
    const autan_sites *stations = s->info.stations;
    const autan_model *model = s->info.model;
    const int of_hour = out->level == AUTAN_OF_HOUR;
    const double amplitude = of_hour ? (double)d->noise.amplitude[0] : 0.0;
    double *coefficient = out->coefficient + set * (model->n_terms + 2);
    memset(coefficient, 0, (model->n_terms + 2) * sizeof *coefficient);
    for (size_t k = 0; k < s->n_terms; k++)
        coefficient[1 + k] = sqrt(d->theta[k]) * (double)d->noise.term[k];
    coefficient[model->n_terms + 1] = amplitude;
    for (size_t i = 0; i < stations->n; i++) {
        const double *x = s->term + i * s->n_terms;
        const double *unknown = s->unknown + i * s->n_terms;
        double variance =
            d->theta[model->n_components - 1] * row->noise[out->level][i] +
            (of_hour ? row->extra[i] : 0.0);
        double y =
            z[i] +
            d->slope * ((double)d->noise.slope[0] * (stations->x[i] - s->x_center) +
                        (double)d->noise.slope[1] * (stations->y[i] - s->y_center));
        for (size_t k = 0; k < s->n_terms; k++) {
            y += coefficient[1 + k] * x[k];
            variance += d->theta[k] * unknown[k];
        }
        y += sqrt(variance) * (double)d->noise.station[i];
        out->value[i * out->n_sets + set] = y + (of_hour ? amplitude * row->u[i] : 0.0);
    }
}

/* What is not known of a cell's covariates, as a variance. */
static double unknown_variance(const autan_simulation *s, const double *theta,
                               size_t cell)
{
    const autan_model *model = s->info.model;
    double variance = 0.0;
    for (size_t k = 0; k < s->n_terms; k++) {
        const autan_term *term = &model->term[k];
        double unknown;
        autan_term_value(
            term, s->info.covariate[cell * s->info.n_covariates + term->covariate],
            &unknown);
        variance += theta[k] * unknown;
    }
    return variance;
}

/* The field and its noise at the cells, times a factor, added to value (cells). */
static void add_cells(const autan_simulation *s, const drawn *d, double factor,
                      float *value)
{
    const autan_lattice *l = &s->lattice;
    const autan_grid *grid = s->info.grid;
    const double nugget = d->theta[s->info.model->n_components - 1];
    const double times = grid->resolution / l->step_m;
    const double left = (autan_grid_x(grid, 0) - l->x0) / l->step_m;
    const double top = (l->y0 - autan_grid_y(grid, 0)) / l->step_m;
    for (size_t r = 0; r < grid->ny; r++) {
        const double Y = top + (double)r * times + 1e-9, south = Y - floor(Y);
        const double dy = autan_grid_y(grid, r) - s->y_center;
        const float *north_row = d->field + 2 * (size_t)floor(Y) * l->torus_x;
        const float *south_row = north_row + 2 * l->torus_x;
        for (size_t c = 0; c < grid->nx; c++) {
            const double X = left + (double)c * times + 1e-9, east = X - floor(X);
            const double dx = autan_grid_x(grid, c) - s->x_center;
            const size_t at = 2 * (size_t)floor(X) + (size_t)d->member;
            const size_t cell = r * grid->nx + c;
            double sum = (1 - south) * ((1 - east) * (double)north_row[at] +
                                        east * (double)north_row[at + 2]) +
                         south * ((1 - east) * (double)south_row[at] +
                                  east * (double)south_row[at + 2]);
            sum += d->slope *
                   ((double)d->noise.slope[0] * dx + (double)d->noise.slope[1] * dy);
            if (s->info.noise)
                sum += sqrt(nugget + unknown_variance(s, d->theta, cell)) *
                       (double)d->noise.cell[cell];
            value[cell] += (float)(factor * sum);
        }
    }
}

/* The noise of a pair at a level of the row. */
static const float *choose_noise(const autan_simulation *s,
                                 const autan_condition_row *row, size_t number,
                                 autan_of level, pair *p)
{
    if (level != AUTAN_OF_HOUR) {
        mix_factors(s, p, row->group, level);
        return p->noise;
    }
    if (row->theta[AUTAN_OF_MEAN]) {
        advance(s, p, number);
        return p->hourly;
    }
    /* What is always so is part of the hour's errors: they count as one. */
    autan_random random = open_stream(s, p, STREAM_CONSTANT, AUTAN_OF_HOUR, 0);
    fill(s->n_noise, &random, p->noise);
    return p->noise;
}

/* Draws the two fields of a pair: at the cells, into value, and at the stations. */
static void draw_pair(autan_simulation_run *run, size_t k, size_t number,
                      autan_of level, float *value)
{
    const autan_simulation *s = run->simulation;
    pair *p = &run->pair[k];
    autan_condition_draw *draw = &run->draw[level];
    const double *theta = run->row.theta[level], *sill = theta + s->n_terms;
    const float *noise = choose_noise(s, &run->row, number, level, p), *field;
    autan_lattice_draw(&s->lattice, sill, noise, p->room, &field);
    for (int m = 0; m < 2; m++) {
        const size_t member = 2 * k + (size_t)m;
        const drawn d = {theta, sqrt(autan_lattice_slope(&s->lattice, sill)), field, m,
                         cut_noise(s, noise, m)};
        field_at_stations(s, run->places[level].place, &d, p->z);
        set_data(s, &run->row, &d, p->z, member, draw);
        add_cells(s, &d, draw->factor[member], value + member * s->cells);
    }
}

/* Of the errors of a level in each member. */
static void set_factors(autan_simulation_run *run, autan_of level)
{
    const autan_condition_draw *hour = &run->draw[AUTAN_OF_HOUR];
    const size_t width = run->simulation->info.model->n_terms + 2;
    for (size_t k = 0; k < hour->n_sets; k++)
        run->draw[level].factor[k] =
            level == AUTAN_OF_HOUR ? sqrt(run->row.scale)
            : level == AUTAN_OF_MEAN
                ? 1.0
                : run->row.amplitude + hour->coefficient[k * width + width - 1];
}

/* Rows of the same variances have the same places. */
static autan_status find_places(autan_simulation_run *run, autan_of level)
{
    const autan_simulation *s = run->simulation;
    const autan_sites *stations = s->info.stations;
    const double *sill = run->row.theta[level] + s->n_terms;
    const size_t bytes = s->info.model->n_kernels * sizeof *sill;
    level_places *p = &run->places[level];
    autan_status status;
    if (p->known && memcmp(p->sill, sill, bytes) == 0)
        return AUTAN_OK;
    status = autan_lattice_places(&s->lattice, sill, stations->n, stations->x,
                                  stations->y, p->place);
    p->known = status == AUTAN_OK;
    memcpy(p->sill, sill, bytes);
    return status;
}

/* A level of all members. */
static autan_status draw_level(autan_simulation_run *run, size_t number, autan_of level,
                               float *value)
{
    const autan_simulation *s = run->simulation;
    autan_status status;
    if (!run->row.theta[level])
        return AUTAN_OK;
    set_factors(run, level);
    status = find_places(run, level);
    if (status != AUTAN_OK)
        return status;
#pragma omp parallel for schedule(dynamic, 1)
    for (size_t k = 0; k < run->n_pairs; k++)
        draw_pair(run, k, number, level, value);
    return s->condition->solve(&s->info, number, &run->draw[level]);
}

autan_status autan_simulation_next(autan_simulation_run *run, size_t row, float *value)
{
    const autan_simulation *s = run->simulation;
    const size_t members = 2 * run->n_pairs, cells = s->cells;
    const autan_sites places = {cells, s->info.n_covariates, s->x, s->y,
                                s->info.covariate};
    autan_status status;
    s->condition->view(&s->info, row, &run->row);
    if (run->row.group == SIZE_MAX) {
        for (size_t k = 0; k < members * cells; k++)
            value[k] = NAN;
        return AUTAN_OK;
    }
    memset(value, 0, members * cells * sizeof *value);
    /* Threads of BLAS would hinder ours, and round otherwise. */
    autan_matrix_single_thread();
    /* The hour's own field first: its amplitude is a factor of the pattern's errors. */
    status = draw_level(run, row, AUTAN_OF_HOUR, value);
    if (status == AUTAN_OK)
        status = draw_level(run, row, AUTAN_OF_MEAN, value);
    if (status == AUTAN_OK)
        status = draw_level(run, row, AUTAN_OF_PATTERN, value);
    if (status == AUTAN_OK)
        status = s->condition->paint(&s->info, row, run->draw, &places, value);
    return status;
}
