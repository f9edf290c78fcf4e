#include "kriging/fit_large.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "kriging/matrix.h"
#include "kriging/nearest.h"

/* A station counts as reporting often with this share of what the best one has. */
static const double OFTEN = 0.5;
/* One in so many of the sample is there as a neighbour of another. */
enum { NEIGHBOURS = 4 };

/* The sample as sites with a panel and a model of their own. */
typedef struct {
    size_t n;
    size_t *site; /* n, ascending */
    double *x, *y, *covariate;
    const char **id;
    autan_panel panel;
    autan_model *model;
} sample;

static void sample_clear(sample *s)
{
    free(s->site);
    free(s->x);
    free(s->y);
    free(s->covariate);
    free(s->id);
    autan_panel_clear(&s->panel);
    autan_model_free(s->model);
}

static int ascending(const void *a, const void *b)
{
    const size_t p = *(const size_t *)a, q = *(const size_t *)b;
    return (p > q) - (p < q);
}

/* Those that report often, shuffled, into candidate; returns how many. */
static size_t list_candidates(const autan_panel *panel, size_t *count,
                              size_t *candidate)
{
    const size_t n = panel->n_stations;
    autan_random random = autan_random_make(1, 1);
    size_t most = 0, found = 0;
    for (size_t i = 0; i < n; i++) {
        count[i] = 0;
        for (size_t t = 0; t < panel->n_times; t++)
            count[i] += isnan(panel->value[t * n + i]) ? 0 : 1;
        most = count[i] > most ? count[i] : most;
    }
    for (size_t i = 0; i < n; i++) {
        if (count[i] > 0 && (double)count[i] >= OFTEN * (double)most)
            candidate[found++] = i;
    }
    autan_random_shuffle(&random, found, candidate);
    return found;
}

static int is_in(size_t n, const size_t *list, size_t value)
{
    for (size_t k = 0; k < n; k++) {
        if (list[k] == value)
            return 1;
    }
    return 0;
}

/* The sample's stations: the first candidates, and the nearest candidates to some. */
static autan_status choose(const autan_sites *sites, const autan_panel *panel,
                           sample *s)
{
    const size_t n = sites->n, wanted = AUTAN_FIT_SAMPLE;
    const size_t alone = wanted - wanted / NEIGHBOURS;
    size_t *count = malloc((n + 1) * sizeof *count), *candidate, found;
    double *x = autan_matrix_new(n, 1), *y = autan_matrix_new(n, 1);
    autan_nearest nearest = {0};
    autan_status status = AUTAN_NO_MEMORY;
    candidate = malloc((n + 1) * sizeof *candidate);
    s->site = malloc((wanted + 1) * sizeof *s->site);
    if (!count || !candidate || !x || !y || !s->site)
        goto cleanup;
    found = list_candidates(panel, count, candidate);
    for (size_t k = 0; k < found; k++) {
        x[k] = sites->x[candidate[k]];
        y[k] = sites->y[candidate[k]];
    }
    status = autan_nearest_make(found, x, y, &nearest);
    for (size_t k = 0; status == AUTAN_OK && k < found && s->n < alone; k++)
        s->site[s->n++] = candidate[k];
    for (size_t k = 0; status == AUTAN_OK && k < s->n && s->n < wanted; k++) {
        size_t other;
        double square;
        if (autan_nearest_find(&nearest, x[k], y[k], 1, SIZE_MAX, k, &other, &square) &&
            !is_in(s->n, s->site, candidate[other]))
            s->site[s->n++] = candidate[other];
    }
    if (status == AUTAN_OK)
        qsort(s->site, s->n, sizeof *s->site, ascending);

cleanup:
    autan_nearest_clear(&nearest);
    free(count);
    free(candidate);
    free(x);
    free(y);
    return status;
}

static autan_status cut(const autan_model *model, const autan_sites *sites,
                        const autan_panel *panel, sample *s)
{
    const size_t nc = sites->n_covariates;
    autan_status status =
        autan_panel_make(panel->from, autan_panel_time(panel, panel->n_times - 1),
                         panel->step_s, s->n, &s->panel);
    if (status != AUTAN_OK)
        return status;
    s->x = autan_matrix_new(s->n, 1);
    s->y = autan_matrix_new(s->n, 1);
    s->covariate = autan_matrix_new(s->n, nc);
    s->id = malloc((s->n + 1) * sizeof *s->id);
    if (!s->x || !s->y || !s->covariate || !s->id)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < s->n; k++) {
        const size_t i = s->site[k];
        s->x[k] = sites->x[i];
        s->y[k] = sites->y[i];
        s->id[k] = model->station[i];
        memcpy(s->covariate + k * nc, sites->covariate + i * nc, nc * sizeof(double));
        for (size_t t = 0; t < panel->n_times; t++)
            s->panel.value[t * s->n + k] = panel->value[t * panel->n_stations + i];
    }
    return autan_model_new(model->n_covariates, (const char *const *)model->covariate,
                           model->n_terms, model->term, model->flat, model->n_kernels,
                           model->kernel, s->n, s->id, &s->model);
}

/* The level of the hour by the sample; NaN when none of it reports. */
static double level_of(const sample *s, const autan_regime *r, size_t t)
{
    const double *reading = s->panel.value + t * s->n;
    double sum = 0.0;
    size_t n = 0;
    for (size_t k = 0; k < s->n; k++) {
        const double d = reading[k] - r->mean[k];
        if (isnan(d))
            continue;
        sum += d;
        n++;
    }
    return n ? sum / (double)n : NAN;
}

/* How strong the pattern is in the hour, by the sample, in any unit. */
static double amplitude_of(const sample *s, const autan_regime *r, size_t t,
                           double level)
{
    const double *reading = s->panel.value + t * s->n;
    double sum = 0.0, square = 0.0;
    for (size_t k = 0; k < s->n; k++) {
        const double d = reading[k] - r->mean[k] - level;
        if (isnan(d) || isnan(r->u[k]))
            continue;
        sum += r->u[k] * d;
        square += r->u[k] * r->u[k];
    }
    return square > 0.0 ? sum / square : 0.0;
}

/* Sums over the hours of a regime, station by station, one array after the other. */
enum { SUMS = 5 };
typedef struct {
    double *n, *value;            /* readings; what they are above the level */
    double *g, *product, *square; /* amplitudes; times the deviations; squared */
} sums;

static void add_hour(const autan_panel *panel, size_t t, double level, double g,
                     sums *s)
{
    const double *reading = panel->value + t * panel->n_stations;
    for (size_t i = 0; i < panel->n_stations; i++) {
        const double d = reading[i] - level;
        if (isnan(d))
            continue;
        s->n[i] += 1.0;
        s->value[i] += d;
        s->g[i] += g;
        s->product[i] += g * d;
        s->square[i] += g * g;
    }
}

/* The factor that turns regressions on g into the pattern, by the sample's own. */
static double pattern_unit(const sample *s, const autan_regime *r, const double *slope)
{
    double sum = 0.0, square = 0.0;
    for (size_t k = 0; k < s->n; k++) {
        const double b = slope[s->site[k]];
        if (isnan(r->u[k]) || isnan(b))
            continue;
        sum += b * r->u[k];
        square += b * b;
    }
    return square > 0.0 ? sum / square : 0.0;
}

/* Means and pattern of all stations in a regime, from its rows of the panel: the slopes
 * on g take the place of its products. */
static void extend(const sample *s, const autan_panel *panel, const autan_regime *from,
                   size_t n_rows, const size_t *row, sums *all, autan_regime *to)
{
    const size_t n = panel->n_stations;
    const double least = autan_fit_least_readings(n_rows);
    double unit;
    memset(all->n, 0, SUMS * n * sizeof *all->n);
    for (size_t k = 0; k < n_rows; k++) {
        const double level = level_of(s, from, row[k]);
        if (!isnan(level))
            add_hour(panel, row[k], level, amplitude_of(s, from, row[k], level), all);
    }
    for (size_t i = 0; i < n; i++) {
        const double mean = all->value[i] / all->n[i];
        const double square = all->square[i] - all->g[i] * all->g[i] / all->n[i];
        to->mean[i] = all->n[i] >= least ? mean : NAN;
        all->product[i] = all->n[i] >= least && square > 0.0
                              ? (all->product[i] - mean * all->g[i]) / square
                              : NAN;
    }
    unit = from->has_pattern ? pattern_unit(s, from, all->product) : 0.0;
    for (size_t i = 0; i < n; i++)
        to->u[i] = from->has_pattern ? unit * all->product[i] : NAN;
    for (size_t k = 0; k < s->n; k++) {
        to->mean[s->site[k]] = from->mean[k];
        to->u[s->site[k]] = from->u[k];
    }
}

/* The regime of a row by the readings of all stations, as maps will see it. */
static size_t regime_of(const autan_model *model, const autan_panel *panel, size_t t)
{
    const size_t n = panel->n_stations;
    const size_t slot = autan_slot_of(autan_panel_time(panel, t));
    return slot * AUTAN_CLASSES +
           autan_class_of(model, slot, autan_dispersion(n, panel->value + t * n, n));
}

static autan_status store(const sample *s, const autan_panel *panel, autan_model *model)
{
    const size_t n = panel->n_stations, nc = model->n_components;
    double *room = autan_matrix_new(SUMS, n);
    size_t *row = malloc((panel->n_times + 1) * sizeof *row);
    size_t *regime = malloc((panel->n_times + 1) * sizeof *regime);
    sums all = {room, room + n, room + 2 * n, room + 3 * n, room + 4 * n};
    autan_status status = room && row && regime ? AUTAN_OK : AUTAN_NO_MEMORY;
    memcpy(model->kernel, s->model->kernel, sizeof model->kernel);
    memcpy(model->limit, s->model->limit, sizeof model->limit);
    for (size_t t = 0; status == AUTAN_OK && t < panel->n_times; t++)
        regime[t] = regime_of(model, panel, t);
    for (size_t r = 0; status == AUTAN_OK && r < AUTAN_REGIMES; r++) {
        const autan_regime *from = &s->model->regime[r];
        autan_regime *to = &model->regime[r];
        size_t n_rows = 0;
        if (from->n_hours == 0)
            continue;
        status = autan_model_reserve(model, r);
        if (status != AUTAN_OK)
            break;
        to->n_hours = from->n_hours;
        to->two_levels = from->two_levels;
        to->has_pattern = from->has_pattern;
        to->dof = from->dof;
        memcpy(to->persistent, from->persistent, nc * sizeof(double));
        memcpy(to->pattern, from->pattern, nc * sizeof(double));
        memcpy(to->hourly, from->hourly, nc * sizeof(double));
        for (size_t t = 0; t < panel->n_times; t++) {
            if (regime[t] == r)
                row[n_rows++] = t;
        }
        if (from->two_levels)
            extend(s, panel, from, n_rows, row, &all, to);
    }
    for (size_t k = 0; status == AUTAN_OK && k < s->n; k++)
        model->noise[s->site[k]] = s->model->noise[k];
    model->from = s->model->from;
    model->to = s->model->to;
    model->n_readings = s->model->n_readings;
    model->n_rejected = s->model->n_rejected;
    model->autocorrelation = s->model->autocorrelation;
    model->deviance = s->model->deviance;
    free(room);
    free(row);
    free(regime);
    return status;
}

autan_status autan_model_fit_large(autan_model *model, const autan_sites *sites,
                                   const autan_panel *panel, autan_progress progress,
                                   void *user)
{
    sample s = {0};
    autan_status status;
    if (sites->n <= AUTAN_FIT_STATIONS)
        return autan_model_fit(model, sites, panel, progress, user);
    status = choose(sites, panel, &s);
    if (status == AUTAN_OK)
        status = s.n > 0 ? cut(model, sites, panel, &s) : AUTAN_NO_DATA;
    if (status == AUTAN_OK) {
        const autan_sites part = {s.n, sites->n_covariates, s.x, s.y, s.covariate};
        status = autan_model_fit(s.model, &part, &s.panel, progress, user);
    }
    if (status == AUTAN_OK)
        status = store(&s, panel, model);
    sample_clear(&s);
    return status;
}
