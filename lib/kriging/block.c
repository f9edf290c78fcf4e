#include "kriging/block.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/carry.h"
#include "kriging/likeness.h"
#include "kriging/matrix.h"
#include "kriging/tile.h"

autan_status autan_block_make(const autan_model *model, size_t n_stations,
                              autan_block *block)
{
    *block = (autan_block){.n_functions = autan_tile_functions(model, n_stations)};
    block->linear = calloc(block->n_functions, sizeof *block->linear);
    return block->linear ? AUTAN_OK : AUTAN_NO_MEMORY;
}

void autan_block_clear(autan_block *block)
{
    free(block->linear);
    *block = (autan_block){0};
}

/* Adds the functions of one place of the tile to a block; 0 where one is NaN. */
static int add_place(const autan_tile *tile, size_t place, autan_block *block)
{
    const double *value = (const double *)tile->value + place;
    const size_t p = tile->model->n_terms;
    double total = 0.0;
    for (size_t f = 0; f < tile->n_functions; f++)
        total += value[f * tile->width];
    if (isnan(total))
        return 0;
    for (size_t f = 0; f < tile->n_functions; f++)
        block->linear[f] += value[f * tile->width];
    for (size_t k = 0; k < p; k++)
        block->unknown[k] += tile->unknown[place * p + k];
    return 1;
}

autan_status autan_block_gather(const autan_model *model, const autan_sites *stations,
                                const autan_sites *places, const int *owner,
                                size_t n_blocks, autan_block *block, size_t *count)
{
    const size_t most = autan_tile_places(model, stations->n, AUTAN_DOUBLE);
    autan_tile tile = {0};
    autan_status status =
        autan_tile_make(model, stations, NULL, AUTAN_DOUBLE, most, &tile);
    for (size_t first = 0; status == AUTAN_OK && first < places->n; first += most) {
        const size_t left = places->n - first;
        autan_tile_fill(&tile, places, first, left < most ? left : most);
        for (size_t c = 0; c < tile.n; c++) {
            const int o = owner[first + c];
            if (o >= 0 && (size_t)o < n_blocks)
                count[o] += (size_t)add_place(&tile, c, &block[o]);
        }
    }
    autan_tile_clear(&tile);
    return status;
}

void autan_block_mix(double factor, double other_factor, const autan_block *other,
                     autan_block *block)
{
    for (size_t k = 0; k < block->n_functions; k++)
        block->linear[k] =
            factor * block->linear[k] + (other ? other_factor * other->linear[k] : 0.0);
    for (size_t k = 0; k < AUTAN_TERMS_MAX; k++)
        block->unknown[k] =
            factor * factor * block->unknown[k] +
            (other ? other_factor * other_factor * other->unknown[k] : 0.0);
}

void autan_block_set_within(const autan_model *model, size_t n, const double *x,
                            const double *y, const double *weight, autan_block *block)
{
    enum { AT_ONCE = 256 };
    double distance[AT_ONCE], value[AT_ONCE];
    memset(block->within, 0, sizeof block->within);
    for (size_t i = 0; i < n; i++) {
        for (size_t start = 0; start < n; start += AT_ONCE) {
            const size_t m = n - start < AT_ONCE ? n - start : AT_ONCE;
            for (size_t k = 0; k < m; k++)
                distance[k] = hypot(x[i] - x[start + k], y[i] - y[start + k]);
            for (size_t j = 0; j < model->n_kernels; j++) {
                autan_kernel_values(&model->kernel[j], m, distance, value);
                for (size_t k = 0; k < m; k++)
                    block->within[j] += weight[i] * weight[start + k] * value[k];
            }
        }
    }
}

/* Kriging of the block under a level's variances. c (m) is the covariance of the data
 * with the block, f (q) the block's flat terms. */
typedef struct {
    const autan_krige *system;
    double *c, *f, *Pc;
    double c0;
} level_view;

/* Fills c, f and c0. */
static void view_level(const autan_design *d, const autan_block *block,
                       const double *theta, size_t m, const size_t *station,
                       const autan_krige *system, level_view *v)
{
    const double *terms = block->linear + d->n * d->n_kernels;
    v->system = system;
    for (size_t i = 0; i < m; i++) {
        const size_t s = station[i];
        v->c[i] = 0.0;
        for (size_t j = 0; j < d->n_kernels; j++)
            v->c[i] += theta[d->n_terms + j] * block->linear[j * d->n + s];
        for (size_t k = 0; k < d->n_terms; k++)
            v->c[i] += theta[k] * terms[k] * d->x[s * d->n_terms + k];
    }
    v->f[0] = block->linear[block->n_functions - 1];
    for (size_t k = 1; k < system->q; k++)
        v->f[k] = terms[k - 1];
    v->c0 = 0.0;
    for (size_t j = 0; j < d->n_kernels; j++)
        v->c0 += theta[d->n_terms + j] * block->within[j];
    for (size_t k = 0; k < d->n_terms; k++)
        v->c0 += theta[k] * (terms[k] * terms[k] + block->unknown[k]);
}

static double product(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Variance of the prediction; Pc is left for the stations that are missing. */
static double kriging_variance(const level_view *v)
{
    const autan_krige *k = v->system;
    double variance = v->c0;
    for (size_t i = 0; i < k->n; i++)
        v->Pc[i] = product(k->n, k->P + i * k->n, v->c);
    variance -= product(k->n, v->c, v->Pc);
    for (size_t a = 0; a < k->q; a++) {
        variance -= 2.0 * v->f[a] * product(k->n, k->B + a * k->n, v->c);
        variance += v->f[a] * product(k->q, k->G + a * k->q, v->f);
    }
    return variance > 0.0 ? variance : 0.0;
}

/* What the stations missing at the hour add: |L^-1 w|^2, w = P c + B' f. */
static double missing_variance(const level_view *v, const autan_hour *hour, double *w)
{
    const autan_krige *k = v->system;
    for (size_t a = 0; a < hour->n_missing; a++) {
        const size_t i = hour->missing[a];
        w[a] = v->Pc[i];
        for (size_t b = 0; b < k->q; b++)
            w[a] += v->f[b] * k->B[b * k->n + i];
    }
    autan_matrix_solve_lower(0, hour->n_missing, 1, hour->L, w);
    return product(hour->n_missing, w, w);
}

static double level_variance(const autan_design *d, const autan_block *block,
                             const autan_level *level, level_view *v, double *mean)
{
    *mean = 0.0;
    if (level->m == 0)
        return 0.0;
    view_level(d, block, level->theta, level->m, level->station, &level->system, v);
    *mean = product(level->m, v->c, level->alpha) +
            product(level->system.q, v->f, level->beta);
    return kriging_variance(v);
}

static void evaluate_group(const autan_hours *hours, const autan_block *block, size_t k,
                           level_view *v, double *w, double *gap, autan_block_row *row,
                           autan_block_group *group)
{
    const autan_group *g = &hours->group[k];
    const autan_design *d = &hours->design;
    double full, ignored, u;
    group->mean_variance = level_variance(d, block, &g->mean, v, &ignored);
    group->pattern_variance = level_variance(d, block, &g->pattern, v, &u);
    view_level(d, block, g->hourly, g->m, g->station, &g->hour_system, v);
    for (size_t i = 0; g->u && i < g->m; i++)
        v->c[i] += u * g->u[i];
    v->c0 += g->u ? u * u : 0.0;
    full = kriging_variance(v);
    for (size_t h = 0; h < g->n_hours; h++) {
        const autan_hour *hour = &g->hour[h];
        gap[h] = hour->same_as == h ? missing_variance(v, hour, w) : gap[hour->same_as];
        row[hour->row].group = k;
        row[hour->row].amplitude = g->u ? hour->amplitude : 0.0;
        row[hour->row].hour_variance =
            hour->scale * (full + gap[h]) +
            hour->amplitude_variance * group->pattern_variance;
    }
}

autan_status autan_block_evaluate(const autan_field *field, const autan_hours *hours,
                                  const autan_block *block, size_t n_times,
                                  autan_block_row *row, autan_block_group *group)
{
    const size_t n = hours->design.n;
    level_view v = {.c = autan_matrix_new(n, 1),
                    .f = autan_matrix_new(hours->design.q, 1),
                    .Pc = autan_matrix_new(n, 1)};
    double *w = autan_matrix_new(n, 1), *gap = autan_matrix_new(n_times, 1);
    double *mean = autan_matrix_new(n_times, 1);
    autan_status status = AUTAN_NO_MEMORY;
    if (v.c && v.f && v.Pc && w && gap && mean) {
        for (size_t t = 0; t < n_times; t++)
            row[t] = (autan_block_row){SIZE_MAX, NAN, 0.0, 0.0};
        for (size_t k = 0; k < hours->n_groups; k++)
            evaluate_group(hours, block, k, &v, w, gap, row, &group[k]);
        if (field)
            autan_field_combine(field, 1, block->linear, mean);
        for (size_t t = 0; t < n_times; t++)
            row[t].mean = field ? mean[t] : 0.0;
        status = AUTAN_OK;
    }
    free(v.c);
    free(v.f);
    free(v.Pc);
    free(w);
    free(gap);
    free(mean);
    return status;
}

/* Likeness */

/* The standardised leave-one-out errors of a level, scaled to length 1. */
static void unit_errors(const autan_level *level, size_t n, double *z)
{
    for (size_t i = 0; i < level->m; i++) {
        const double p = level->system.P[i * level->m + i];
        z[level->station[i]] = p > 0.0 ? level->alpha[i] / sqrt(p) : 0.0;
    }
    if (level->m > 0)
        autan_likeness_unit(n, z, level->station[0]);
}

/* Correlation of the hourly errors of withheld stations from one row to the next. */
static autan_status next_hour(const autan_hours *hours, size_t n_times, size_t n,
                              double *correlation)
{
    float *z = malloc((n_times * n + 1) * sizeof *z);
    autan_status status = AUTAN_NO_MEMORY;
    if (z)
        status = autan_hourly_errors(hours, n_times, n, z);
    if (status == AUTAN_OK)
        *correlation = autan_hourly_autocorrelation(n_times, n, z);
    free(z);
    return status;
}

autan_status autan_block_likeness_make(const autan_hours *hours, size_t n_times,
                                       size_t n_stations,
                                       autan_block_likeness *likeness)
{
    autan_block_likeness made = {
        n_stations, hours->n_groups,
        calloc(hours->n_groups * n_stations + 1, sizeof(double)),
        calloc(hours->n_groups * n_stations + 1, sizeof(double)), 0.0};
    autan_status status = AUTAN_NO_MEMORY;
    if (made.mean && made.pattern)
        status = next_hour(hours, n_times, n_stations, &made.hourly);
    if (status != AUTAN_OK) {
        autan_block_likeness_clear(&made);
        return status;
    }
    for (size_t k = 0; k < hours->n_groups; k++) {
        unit_errors(&hours->group[k].mean, n_stations, made.mean + k * n_stations);
        unit_errors(&hours->group[k].pattern, n_stations,
                    made.pattern + k * n_stations);
    }
    *likeness = made;
    return AUTAN_OK;
}

void autan_block_likeness_clear(autan_block_likeness *likeness)
{
    free(likeness->mean);
    free(likeness->pattern);
    *likeness = (autan_block_likeness){0};
}

/* Whether the group has a persistent field; where not, its hours are never alone. */
static int has_mean(const autan_block_likeness *l, size_t group)
{
    const double *z = l->mean + group * l->n;
    return product(l->n, z, z) > 0.0;
}

/* Variance of a sum */

autan_status autan_block_sum_make(size_t n_stations, autan_block_sum *sum)
{
    *sum = (autan_block_sum){.n = n_stations,
                             .mean = calloc(n_stations + 1, sizeof(double)),
                             .pattern = calloc(n_stations + 1, sizeof(double))};
    return sum->mean && sum->pattern ? AUTAN_OK : AUTAN_NO_MEMORY;
}

void autan_block_sum_clear(autan_block_sum *sum)
{
    free(sum->mean);
    free(sum->pattern);
    *sum = (autan_block_sum){0};
}

static void add_scaled(size_t n, double factor, const double *a, double *sum)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += factor * a[i];
}

void autan_block_sum_add(const autan_block_likeness *likeness, size_t n_times,
                         const autan_block_row *row, const autan_block_group *group,
                         const double *weight, long first, autan_block_sum *sum)
{
    for (size_t t = 0; t < n_times; t++) {
        const long hour = first + (long)t;
        const size_t g = row[t].group;
        double a;
        if (g == SIZE_MAX || weight[t] == 0.0)
            continue;
        add_scaled(likeness->n, weight[t] * sqrt(group[g].mean_variance),
                   likeness->mean + g * likeness->n, sum->mean);
        add_scaled(likeness->n,
                   weight[t] * row[t].amplitude * sqrt(group[g].pattern_variance),
                   likeness->pattern + g * likeness->n, sum->pattern);
        a = weight[t] * sqrt(row[t].hour_variance);
        if (!has_mean(likeness, g)) {
            sum->constant += a;
            continue;
        }
        sum->running *= hour - sum->last == 1
                            ? likeness->hourly
                            : pow(likeness->hourly, (double)(hour - sum->last));
        sum->last = hour;
        sum->hourly += a * (a + 2.0 * sum->running);
        sum->running += a;
    }
}

double autan_block_sum_variance(const autan_block_sum *a, double factor,
                                const autan_block_sum *b, double other_factor)
{
    double variance = factor * factor * fmax(a->hourly, 0.0), constant;
    for (size_t i = 0; i < a->n; i++) {
        const double mean = factor * a->mean[i] + (b ? other_factor * b->mean[i] : 0.0);
        const double pattern =
            factor * a->pattern[i] + (b ? other_factor * b->pattern[i] : 0.0);
        variance += mean * mean + pattern * pattern;
    }
    constant = factor * a->constant + (b ? other_factor * b->constant : 0.0);
    variance += b ? other_factor * other_factor * fmax(b->hourly, 0.0) : 0.0;
    return variance + constant * constant;
}

/* Draws */

struct autan_block_draw {
    size_t n, n_draws;
    autan_random random;
    double *mean, *pattern; /* n_draws x n standard normal numbers */
    double *constant;       /* n_draws */
    double *hourly;         /* n_draws: the state of the autoregression */
    long last;
    int started;
};

autan_status autan_block_draw_new(size_t n_stations, size_t n_draws, uint64_t seed,
                                  uint64_t number, autan_block_draw **draw)
{
    autan_block_draw *d = calloc(1, sizeof *d);
    if (!d)
        return AUTAN_NO_MEMORY;
    d->n = n_stations;
    d->n_draws = n_draws;
    d->random = autan_random_make(seed, number);
    d->mean = autan_matrix_new(n_draws, n_stations);
    d->pattern = autan_matrix_new(n_draws, n_stations);
    d->constant = autan_matrix_new(n_draws, 1);
    d->hourly = autan_matrix_new(n_draws, 1);
    if (!d->mean || !d->pattern || !d->constant || !d->hourly) {
        autan_block_draw_free(d);
        return AUTAN_NO_MEMORY;
    }
    for (size_t k = 0; k < n_draws * n_stations; k++) {
        d->mean[k] = autan_random_normal(&d->random);
        d->pattern[k] = autan_random_normal(&d->random);
    }
    for (size_t k = 0; k < n_draws; k++) {
        d->constant[k] = autan_random_normal(&d->random);
        d->hourly[k] = autan_random_normal(&d->random);
    }
    *draw = d;
    return AUTAN_OK;
}

void autan_block_draw_free(autan_block_draw *draw)
{
    if (!draw)
        return;
    free(draw->mean);
    free(draw->pattern);
    free(draw->constant);
    free(draw->hourly);
    free(draw);
}

/* One step, or several at once where hours are missing. */
static void advance(autan_block_draw *d, double correlation, long hour)
{
    if (d->started) {
        const double keep = pow(correlation, (double)(hour - d->last));
        const double fresh = sqrt(fmax(1.0 - keep * keep, 0.0));
        for (size_t k = 0; k < d->n_draws; k++)
            d->hourly[k] =
                keep * d->hourly[k] + fresh * autan_random_normal(&d->random);
    }
    d->started = 1;
    d->last = hour;
}

autan_status autan_block_draw_run(autan_block_draw *draw,
                                  const autan_block_likeness *likeness, size_t n_times,
                                  const autan_block_row *row,
                                  const autan_block_group *group, long first,
                                  double *error)
{
    const size_t n = likeness->n, D = draw->n_draws, G = likeness->n_groups;
    double *mean = autan_matrix_new(G, D), *pattern = autan_matrix_new(G, D);
    if (!mean || !pattern) {
        free(mean);
        free(pattern);
        return AUTAN_NO_MEMORY;
    }
    autan_matrix_product(0, 1, G, D, n, 1.0, likeness->mean, draw->mean, 0.0, mean);
    autan_matrix_product(0, 1, G, D, n, 1.0, likeness->pattern, draw->pattern, 0.0,
                         pattern);
    for (size_t t = 0; t < n_times; t++) {
        const size_t g = row[t].group;
        const double *state = draw->constant;
        double *out = error + t * D, sd, sm, su;
        if (g == SIZE_MAX) {
            memset(out, 0, D * sizeof *out);
            continue;
        }
        if (has_mean(likeness, g)) {
            advance(draw, likeness->hourly, first + (long)t);
            state = draw->hourly;
        }
        sd = sqrt(row[t].hour_variance);
        sm = sqrt(group[g].mean_variance);
        su = row[t].amplitude * sqrt(group[g].pattern_variance);
        for (size_t k = 0; k < D; k++)
            out[k] = sm * mean[g * D + k] + su * pattern[g * D + k] + sd * state[k];
    }
    free(mean);
    free(pattern);
    return AUTAN_OK;
}

autan_status autan_block_paint(const autan_model *model, const autan_sites *stations,
                               const autan_sites *places, size_t n_maps,
                               const double *coefficient, size_t stride, float *value)
{
    const size_t most = autan_tile_places(model, stations->n, AUTAN_DOUBLE);
    const long n_tiles = (long)((places->n + most - 1) / most);
    autan_factor factor = {0};
    int failed = 0;
    autan_status status = autan_factor_make(
        AUTAN_DOUBLE, n_maps, autan_tile_functions(model, stations->n), 0, &factor);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; k < n_maps; k++)
        autan_factor_set(&factor, k, coefficient + k, n_maps);
#pragma omp parallel
    {
        autan_tile tile = {0};
        const int ready = autan_tile_make(model, stations, NULL, AUTAN_DOUBLE, most,
                                          &tile) == AUTAN_OK;
        if (!ready) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for schedule(dynamic, 1)
        for (long b = 0; b < n_tiles; b++) {
            const size_t first = (size_t)b * most, left = places->n - first;
            if (!ready)
                continue;
            autan_tile_fill(&tile, places, first, left < most ? left : most);
            autan_tile_means(&tile, &factor, stride, value + first);
        }
        autan_tile_clear(&tile);
    }
    autan_factor_clear(&factor);
    return failed ? AUTAN_NO_MEMORY : AUTAN_OK;
}
