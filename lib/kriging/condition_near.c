/* Drawn data kriged from the stations nearby. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/condition.h"
#include "kriging/likeness.h"
#include "kriging/matrix.h"
#include "kriging/near_levels.h"

/* Cells that are kriged at a time. */
enum { CELLS = 4096 };

static const autan_near_level none = {0};

static const autan_near_level *level_of(const autan_near *near, size_t row, autan_of of)
{
    const autan_near_hour *h = &near->hour[row];
    if (of == AUTAN_OF_HOUR)
        return &h->field;
    if (h->borrowed)
        return &none;
    return of == AUTAN_OF_MEAN ? &near->regime[h->regime].mean
                               : &near->regime[h->regime].pattern;
}

/* Hours of borrowed regimes are a group of their own, without persistent errors. */
static size_t n_groups(const autan_simulation_info *info)
{
    return info->near->n_regimes + 1;
}

static void view(const autan_simulation_info *info, size_t row,
                 autan_condition_row *out)
{
    const autan_near *near = info->near;
    const autan_near_hour *h = &near->hour[row];
    const autan_near_regime *r = h->borrowed ? NULL : &near->regime[h->regime];
    const size_t bytes = near->n * sizeof *out->u;
    out->group = SIZE_MAX;
    if (!h->answered)
        return;
    out->group = r ? h->regime : near->n_regimes;
    out->scale = h->scale;
    out->amplitude = h->amplitude;
    for (int l = 0; l < AUTAN_LEVELS; l++) {
        const autan_near_level *level = level_of(near, row, (autan_of)l);
        out->theta[l] = level->m > 0 ? level->theta : NULL;
        out->noise[l] = level->noise_of;
    }
    memset(out->extra, 0, bytes);
    memset(out->u, 0, bytes);
    if (r)
        memcpy(out->extra, r->extra, bytes);
    if (r && r->u)
        memcpy(out->u, r->u, bytes);
}

/* The standardised errors of a level's data, each kriged from the others, by site;
 * error and variance (n) are for work. */
static autan_status standardise(const autan_near *near, const autan_near_level *level,
                                double *error, double *variance)
{
    autan_status status = autan_near_score(near, level, error, variance);
    for (size_t i = 0; status == AUTAN_OK && i < near->n; i++)
        error[i] = variance[i] > 0.0 ? error[i] / sqrt(variance[i]) : 0.0;
    return status;
}

static autan_status set_unit(const autan_near *near, const autan_near_level *level,
                             double *z, double *work)
{
    autan_status status = standardise(near, level, z, work);
    if (status == AUTAN_OK && level->m > 0)
        autan_likeness_unit(near->n, z, level->station[0]);
    return status;
}

/* From one hour to the next. An hour's scale is a factor of its errors, and none of
 * their correlation. */
static autan_status correlate_hours(const autan_near *near, double *correlation)
{
    const size_t n = near->n;
    double *error = autan_matrix_new(n, 1), *variance = autan_matrix_new(n, 1);
    float *hour = calloc(n + 1, sizeof *hour), *next = calloc(n + 1, sizeof *next);
    autan_likeness_pairs pairs = {0};
    autan_status status =
        error && variance && hour && next ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t t = 0; status == AUTAN_OK && t < near->n_times; t++) {
        const double scale = near->hour[t].scale;
        float *swap = hour;
        status =
            standardise(near, near->hour[t].answered ? &near->hour[t].field : &none,
                        error, variance);
        for (size_t i = 0; i < n; i++)
            next[i] = (float)(error[i] / sqrt(fmax(scale, 1e-9)));
        autan_likeness_add(n, hour, next, &pairs);
        hour = next;
        next = swap;
    }
    *correlation = autan_likeness_correlation(&pairs);
    free(error);
    free(variance);
    free(hour);
    free(next);
    return status;
}

static autan_status likeness(const autan_simulation_info *info,
                             autan_block_likeness *out)
{
    const autan_near *near = info->near;
    const size_t n = near->n, G = n_groups(info);
    autan_block_likeness made = {n, G, calloc(G * n + 1, sizeof(double)),
                                 calloc(G * n + 1, sizeof(double)), 0.0};
    double *work = autan_matrix_new(n, 1);
    autan_status status =
        made.mean && made.pattern && work ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t r = 0; status == AUTAN_OK && r < near->n_regimes; r++) {
        status = set_unit(near, &near->regime[r].mean, made.mean + r * n, work);
        if (status == AUTAN_OK)
            status =
                set_unit(near, &near->regime[r].pattern, made.pattern + r * n, work);
    }
    if (status == AUTAN_OK)
        status = correlate_hours(near, &made.hourly);
    free(work);
    if (status == AUTAN_OK)
        *out = made;
    else
        autan_block_likeness_clear(&made);
    return status;
}

/* Values become those less terms with the kriged coefficients, in the order of the
 * level's data. */
static autan_status solve(const autan_simulation_info *info, size_t row,
                          autan_condition_draw *draw)
{
    const autan_near_level *l = level_of(info->near, row, draw->level);
    const size_t sets = draw->n_sets, width = info->model->n_terms + 2;
    const size_t w = l->local.data.n_terms;
    double *y = autan_matrix_new(l->m, sets), *b = autan_matrix_new(sets, w);
    autan_status status = y && b ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t i = 0; status == AUTAN_OK && i < l->m; i++)
        memcpy(y + i * sets, draw->value + l->station[i] * sets, sets * sizeof *y);
    if (status == AUTAN_OK)
        status = autan_local_estimate(&l->local, sets, y, b);
    if (status == AUTAN_OK) {
        memcpy(draw->value, y, l->m * sets * sizeof *y);
        for (size_t s = 0; s < sets; s++) {
            for (size_t k = 0; k < w; k++)
                draw->coefficient[s * width + k] -= b[s * w + k];
        }
    }
    free(y);
    free(b);
    return status;
}

/* A level's data and errors side by side, as sets to be kriged: what there is of the
 * level itself, then the errors of each draw. */
typedef struct {
    autan_local_sets sets;
    double *b, *residual;
    double *mean; /* CELLS x sets */
} level_sets;

static void sets_clear(level_sets *s)
{
    free(s->b);
    free(s->residual);
    free(s->mean);
}

static autan_status sets_make(const autan_near_level *l, const autan_condition_draw *d,
                              size_t width, level_sets *out)
{
    const size_t n = d->n_sets + 1, w = l->local.data.n_terms;
    *out = (level_sets){.b = autan_matrix_new(n, w),
                        .residual = autan_matrix_new(l->m, n),
                        .mean = autan_matrix_new(CELLS, n)};
    if (!out->b || !out->residual || !out->mean)
        return AUTAN_NO_MEMORY;
    out->sets = (autan_local_sets){n, out->b, out->residual};
    memset(out->mean, 0, CELLS * n * sizeof *out->mean);
    for (size_t k = 0; l->m > 0 && k < w; k++) {
        out->b[k] = l->local.b[k];
        for (size_t s = 0; s < d->n_sets; s++)
            out->b[(s + 1) * w + k] = d->factor[s] * d->coefficient[s * width + k];
    }
    for (size_t i = 0; i < l->m; i++) {
        out->residual[i * n] = l->local.residual[i];
        for (size_t s = 0; s < d->n_sets; s++)
            out->residual[i * n + s + 1] = -d->factor[s] * d->value[i * d->n_sets + s];
    }
    return AUTAN_OK;
}

/* Cells with their terms: those of the model, and 1, them, and the pattern. */
typedef struct {
    autan_sites cells;
    double *x, *unknown, *term, *narrow;
} strip;

static void strip_clear(strip *s)
{
    free(s->x);
    free(s->unknown);
    free(s->term);
    free(s->narrow);
}

static autan_status strip_make(size_t p, strip *s)
{
    *s = (strip){.x = autan_matrix_new(CELLS, p),
                 .unknown = autan_matrix_new(CELLS, p),
                 .term = autan_matrix_new(CELLS, p + 2),
                 .narrow = autan_matrix_new(CELLS, p + 1)};
    return s->x && s->unknown && s->term && s->narrow ? AUTAN_OK : AUTAN_NO_MEMORY;
}

static void strip_fill(const autan_model *model, const autan_sites *cells, size_t first,
                       strip *s)
{
    const size_t p = model->n_terms, left = cells->n - first;
    s->cells = (autan_sites){left < CELLS ? left : CELLS, cells->n_covariates,
                             cells->x + first, cells->y + first,
                             cells->covariate + first * cells->n_covariates};
    autan_terms_values(p, model->term, &s->cells, s->x, s->unknown);
    for (size_t i = 0; i < s->cells.n; i++) {
        s->narrow[i * (p + 1)] = 1.0;
        memcpy(s->narrow + i * (p + 1) + 1, s->x + i * p, p * sizeof *s->x);
        memcpy(s->term + i * (p + 2), s->narrow + i * (p + 1),
               (p + 1) * sizeof *s->term);
    }
}

/* Kriges the levels at the strip, the pattern first: it is a term of the hour. */
static autan_status krige_strip(const autan_simulation_info *info, size_t row,
                                level_sets *sets, strip *s)
{
    static const autan_of order[] = {AUTAN_OF_PATTERN, AUTAN_OF_MEAN, AUTAN_OF_HOUR};
    const size_t w = info->model->n_terms + 2;
    autan_status status = AUTAN_OK;
    for (int k = 0; status == AUTAN_OK && k < AUTAN_LEVELS; k++) {
        const autan_near_level *l = level_of(info->near, row, order[k]);
        const level_sets *of = &sets[order[k]];
        const autan_local_places places = {
            s->cells.n, s->cells.x, s->cells.y,
            l->local.data.n_terms == w ? s->term : s->narrow, NULL};
        if (l->m > 0)
            status = autan_local_combine(&l->local, &places, &of->sets, of->mean);
        for (size_t i = 0; order[k] == AUTAN_OF_PATTERN && i < s->cells.n; i++)
            s->term[i * w + w - 1] = of->mean[i * of->sets.n];
    }
    return status;
}

static int lacks_flat_term(const autan_model *model, const double *unknown)
{
    for (size_t k = 0; model->flat && k < model->n_terms; k++) {
        if (unknown[k] > 0.0)
            return 1;
    }
    return 0;
}

/* What was kriged at cell i of the strip, added to value (draws x cells) there. */
static void add_cell(const autan_model *model, const level_sets *sets, const strip *s,
                     size_t i, size_t cells, float *value)
{
    const size_t n = sets->sets.n;
    const double *mean = sets[AUTAN_OF_MEAN].mean + i * n;
    const double *pattern = sets[AUTAN_OF_PATTERN].mean + i * n;
    const double *hour = sets[AUTAN_OF_HOUR].mean + i * n;
    const int lacks = lacks_flat_term(model, s->unknown + i * model->n_terms);
    for (size_t k = 0; k + 1 < n; k++) {
        const double error = mean[k + 1] + pattern[k + 1] + hour[k + 1];
        value[k * cells] =
            lacks ? NAN : value[k * cells] + (float)(mean[0] + hour[0] + error);
    }
}

static autan_status paint(const autan_simulation_info *info, size_t row,
                          const autan_condition_draw *draw, const autan_sites *cells,
                          float *value)
{
    const size_t p = info->model->n_terms;
    level_sets sets[AUTAN_LEVELS] = {0};
    strip s = {0};
    autan_status status = strip_make(p, &s);
    for (int l = 0; status == AUTAN_OK && l < AUTAN_LEVELS; l++)
        status = sets_make(level_of(info->near, row, (autan_of)l), &draw[l], p + 2,
                           &sets[l]);
    for (size_t first = 0; status == AUTAN_OK && first < cells->n; first += CELLS) {
        strip_fill(info->model, cells, first, &s);
        status = krige_strip(info, row, sets, &s);
        for (size_t i = 0; status == AUTAN_OK && i < s.cells.n; i++)
            add_cell(info->model, sets, &s, i, cells->n, value + first + i);
    }
    for (int l = 0; l < AUTAN_LEVELS; l++)
        sets_clear(&sets[l]);
    strip_clear(&s);
    return status;
}

const autan_condition autan_condition_near = {n_groups, likeness, view, solve, paint};
