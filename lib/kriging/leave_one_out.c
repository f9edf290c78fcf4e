#include "kriging/leave_one_out.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/hours.h"
#include "kriging/matrix.h"

/* Below this part of the largest, a diagonal of P means that the trend alone fits the
 * place: nothing is left to predict it from. Where there are no more stations than
 * trend terms that holds for all, and P is rounding. */
static const double NOTHING_LEFT = 1e-12;

/* Errors and variances of a level when one station's value is withheld, by site. */
typedef struct {
    double *error, *variance;
} level_scores;

/* A place withheld whose covariates are beyond those of all others: a map without it
 * would hold its terms at the bounds of the others. By how much its covariances with
 * them change, delta (m), by how much the variance of its prediction does, and what
 * takes its own value out of alpha: the prediction changes by
 * sum of delta (alpha - own alpha_i). */
typedef struct {
    size_t site;
    double *delta; /* sites: room for m */
    double variance, own;
} held_place;

typedef struct {
    const autan_hours *hours;
    const autan_panel *panel;
    const autan_group *group;
    size_t class; /* of the hours solved */
    level_scores mean, pattern;
    double *shift, *excess; /* sites x terms: by the bounds of the others */
    size_t n_held;          /* at most two for each covariate */
    held_place *held;
    double *Q;     /* reduced P of the hour's stations */
    double *Qu;    /* Q times the pattern */
    double *cover; /* covariance of the errors at missing places */
    autan_left_out *result;
    size_t n, capacity;
} scoring;

static held_place *find_held(const scoring *s, size_t site)
{
    for (size_t e = 0; e < s->n_held; e++) {
        if (s->held[e].site == site)
            return &s->held[e];
    }
    return NULL;
}

/* Fills in place i of a system whose data stand at these sites, P being m x m. Where i
 * has no weight in it anyway, the variance lacks what held_weights gives. */
static void hold(const scoring *s, const double *theta, size_t m, const size_t *station,
                 const double *P, size_t i, held_place *held)
{
    const size_t p = s->hours->model->n_terms;
    const double *x = s->hours->design.x, *shift = s->shift + held->site * p;
    const double *excess = s->excess + held->site * p;
    double own = 0.0, square = 0.0;
    held->variance = 0.0;
    for (size_t k = 0; k < p; k++)
        held->variance += theta[k] * excess[k];
    for (size_t j = 0; j < m; j++) {
        held->delta[j] = 0.0;
        for (size_t k = 0; j != i && k < p; k++)
            held->delta[j] += theta[k] * shift[k] * x[station[j] * p + k];
    }
    for (size_t j = 0; j < m; j++) {
        double row = 0.0;
        for (size_t k = 0; k < m; k++)
            row += P[j * m + k] * held->delta[k];
        own = j == i ? row : own;
        square += held->delta[j] * row;
    }
    held->own = P[i * m + i] > 0.0 ? own / P[i * m + i] : 0.0;
    held->variance += 2.0 * held->own - square + own * held->own;
}

/* What the weights of the others in the prediction of the a-th missing place add. */
static double held_weights(const scoring *s, const autan_hour *hour, size_t a,
                           const held_place *held)
{
    const size_t m = s->group->m, k = hour->n_missing;
    double sum = 0.0;
    for (size_t b = 0; b < k; b++) {
        const double *row = s->group->hour_system.P + hour->missing[b] * m;
        double part = 0.0;
        for (size_t j = 0; j < m; j++)
            part += row[j] * held->delta[j];
        for (size_t c = 0; c < k; c++)
            part -= row[hour->missing[c]] * held->delta[hour->missing[c]];
        sum += 2.0 * s->cover[a * k + b] * part;
    }
    return sum;
}

/* Changes error and variance of place i; alpha[j * stride] are the system's weights. */
static void apply_held(const held_place *held, size_t m, const double *alpha,
                       size_t stride, size_t i, double *error, double *variance)
{
    double change = -held->own * alpha[i * stride];
    for (size_t j = 0; j < m; j++)
        change += held->delta[j] * alpha[j * stride];
    *error -= change;
    *variance += held->variance;
}

/* What a station's nugget has beside that of a place, to which a prediction knows
 * nothing of its noise. */
static double own_noise(const scoring *s, const double *theta, const double *noise,
                        size_t site)
{
    return theta[s->hours->model->n_components - 1] * (noise[site] - 1.0);
}

/* A station without a value of its own there has no error: the variance of the kriged
 * value is in the hourly system. A trend that fits a place alone leaves NaN. */
static void score_level(const scoring *s, const autan_level *level,
                        level_scores *scores)
{
    double largest = 0.0;
    for (size_t i = 0; i < s->panel->n_stations; i++)
        scores->error[i] = scores->variance[i] = 0.0;
    for (size_t i = 0; i < level->m; i++)
        largest = fmax(largest, level->system.P[i * level->m + i]);
    for (size_t i = 0; i < level->m; i++) {
        double p = level->system.P[i * level->m + i];
        size_t site = level->station[i];
        int predictable = level->m > level->system.q && p > NOTHING_LEFT * largest;
        held_place *held = find_held(s, site);
        scores->error[site] = predictable ? level->alpha[i] / p : NAN;
        scores->variance[site] =
            1.0 / p - own_noise(s, level->theta, level->noise, site);
        if (predictable && held) {
            hold(s, level->theta, level->m, level->station, level->system.P, i, held);
            apply_held(held, level->m, level->alpha, 1, i, &scores->error[site],
                       &scores->variance[site]);
        }
    }
}

/* The error of the hourly level at a place withheld, with all that goes with it. */
typedef struct {
    double error, variance, amplitude, quadratic_form, freedom;
} hour_error;

static autan_status emit(scoring *s, const autan_hour *hour, size_t place,
                         const hour_error *e)
{
    const autan_group *g = s->group;
    const size_t site = g->station[place], n = s->panel->n_stations;
    const double *reading = s->panel->value + hour->row * n;
    const double observed = reading[site];
    const double square = e->amplitude * e->amplitude + hour->amplitude_variance;
    double total =
        s->mean.error[site] + e->amplitude * s->pattern.error[site] + e->error;
    /* Of a station without fields of its own they are kriged, which is in the hourly
     * system and does not grow with the hour's scale. */
    double kriged = g->extra[place], hourly = e->variance - kriged;
    double settled =
        s->mean.variance[site] + square * s->pattern.variance[site] + kriged;
    double scale = autan_hour_scale(g->dof, e->quadratic_form, e->freedom);
    size_t slot = autan_slot_of(autan_panel_time(s->panel, hour->row));

    if (isnan(observed) || isnan(total) ||
        autan_class_of(s->hours->model, slot, autan_dispersion(n, reading, site)) !=
            s->class)
        return AUTAN_OK;
    if (s->n == s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 1024;
        autan_left_out *grown = realloc(s->result, capacity * sizeof *grown);
        if (!grown)
            return AUTAN_NO_MEMORY;
        s->result = grown;
        s->capacity = capacity;
    }
    s->result[s->n++] = (autan_left_out){
        .row = hour->row,
        .site = site,
        .observed = observed,
        .predicted = observed - total,
        .standard_error = sqrt(settled + scale * hourly),
        .mean_variance = settled,
        .hour_variance = hourly,
        .quadratic_form = e->quadratic_form,
        .freedom = e->freedom,
    };
    return AUTAN_OK;
}

/* A reading that the hour left out as not believable has no weight already: what
 * completed the hour at its place is its prediction. */
static autan_status score_rejected(scoring *s, size_t h, const double *y, double form,
                                   double freedom)
{
    const autan_group *g = s->group;
    const autan_hour *hour = &g->hour[h];
    autan_status status = AUTAN_OK;
    for (size_t a = 0; status == AUTAN_OK && a < hour->n_missing; a++) {
        size_t place = hour->missing[a], site = g->station[place];
        double observed = s->panel->value[hour->row * s->panel->n_stations + site];
        hour_error e = {observed - g->base[place] - y[place],
                        s->cover[a * hour->n_missing + a] -
                            own_noise(s, g->hourly, s->hours->noise, site),
                        hour->amplitude, form, freedom};
        const held_place *held = find_held(s, site);
        if (held) {
            apply_held(held, g->m, g->alpha + h, g->n_hours, place, &e.error,
                       &e.variance);
            e.variance += held_weights(s, hour, a, held);
        }
        status = emit(s, hour, place, &e);
    }
    return status;
}

static autan_status score_hour(scoring *s, size_t h, double *y)
{
    const autan_group *g = s->group;
    const autan_hour *hour = &g->hour[h];
    const double *reading = s->panel->value + hour->row * s->panel->n_stations;
    const double freedom = (double)(g->m - hour->n_missing) - (double)g->q;
    double form = 0.0, largest = 0.0;
    double *L = autan_matrix_new(hour->n_missing, hour->n_missing);
    autan_status status;

    if (!L)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < g->m; i++) {
        y[i] = reading[g->station[i]] - g->base[i];
        largest = fmax(largest, s->Q[i * g->m + i]);
    }
    status = autan_krige_without(&g->hour_system, hour->n_missing, hour->missing, L, y);
    free(L);
    for (size_t i = 0; status == AUTAN_OK && i < g->m; i++)
        form += y[i] * g->alpha[i * g->n_hours + h];
    for (size_t i = 0; status == AUTAN_OK && i < g->m; i++) {
        double p = s->Q[i * g->m + i], alpha = g->alpha[i * g->n_hours + h];
        const double own = own_noise(s, g->hourly, s->hours->noise, g->station[i]);
        hour_error e = {alpha / p, 1.0 / p - own,
                        hour->amplitude - s->Qu[i] * alpha / p,
                        form - alpha * alpha / p, freedom - 1.0};
        const held_place *held = find_held(s, g->station[i]);
        if (!(freedom > 0.0 && p > NOTHING_LEFT * largest))
            continue;
        if (held)
            apply_held(held, g->m, g->alpha + h, g->n_hours, i, &e.error, &e.variance);
        status = emit(s, hour, i, &e);
    }
    if (status == AUTAN_OK)
        status = score_rejected(s, h, y, form, freedom);
    return status;
}

/* All hours with the same stations missing share the reduced system. */
static autan_status score_pattern(scoring *s, size_t first, double *y)
{
    const autan_group *g = s->group;
    const autan_hour *hour = &g->hour[first];
    const size_t k = hour->n_missing;
    double *cover = realloc(s->cover, (k * k + 1) * sizeof *cover);
    autan_status status;

    if (!cover)
        return AUTAN_NO_MEMORY;
    s->cover = cover;
    memcpy(cover, hour->L, k * k * sizeof *cover);
    status = autan_matrix_inverse_of_cholesky(k, cover);
    if (status == AUTAN_OK)
        status = autan_krige_reduced(&g->hour_system, k, hour->missing, hour->L, s->Q);
    if (status == AUTAN_OK && g->u)
        autan_matrix_product(0, 0, g->m, 1, g->m, 1.0, s->Q, g->u, 0.0, s->Qu);
    else
        memset(s->Qu, 0, g->m * sizeof *s->Qu);
    for (size_t i = 0; status == AUTAN_OK && i < g->m; i++) {
        held_place *held = find_held(s, g->station[i]);
        if (held)
            hold(s, g->hourly, g->m, g->station, s->Q, i, held);
    }
    for (size_t h = first; status == AUTAN_OK && h < g->n_hours; h++) {
        if (g->hour[h].same_as == first)
            status = score_hour(s, h, y);
    }
    return status;
}

static int by_row_and_site(const void *a, const void *b)
{
    const autan_left_out *p = a, *q = b;
    if (p->row != q->row)
        return p->row < q->row ? -1 : 1;
    return p->site < q->site ? -1 : p->site > q->site;
}

/* Scores of all hours in one class. */
static autan_status score_class(scoring *s, double *y)
{
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < s->hours->n_groups; k++) {
        s->group = &s->hours->group[k];
        score_level(s, &s->group->mean, &s->mean);
        score_level(s, &s->group->pattern, &s->pattern);
        for (size_t h = 0; status == AUTAN_OK && h < s->group->n_hours; h++) {
            if (s->group->hour[h].same_as == h)
                status = score_pattern(s, h, y);
        }
    }
    return status;
}

/* The sites that are beyond all others in a covariate. */
static autan_status find_extremes(scoring *s, const autan_model *model,
                                  const autan_sites *sites)
{
    const size_t p = model->n_terms;
    s->shift = autan_matrix_new(sites->n, p);
    s->excess = autan_matrix_new(sites->n, p);
    s->held = calloc(2 * p + 1, sizeof *s->held);
    if (!s->shift || !s->excess || !s->held)
        return AUTAN_NO_MEMORY;
    autan_terms_without(p, model->term, sites, s->shift, s->excess);
    for (size_t i = 0; i < sites->n; i++) {
        size_t k = 0;
        while (k < p && s->shift[i * p + k] == 0.0)
            k++;
        if (k == p)
            continue;
        s->held[s->n_held].site = i;
        s->held[s->n_held].delta = autan_matrix_new(sites->n, 1);
        if (!s->held[s->n_held++].delta)
            return AUTAN_NO_MEMORY;
    }
    return AUTAN_OK;
}

static size_t classes_used(const autan_model *model)
{
    size_t used = 1;
    for (size_t slot = 0; slot < AUTAN_SLOTS; slot++) {
        for (size_t c = 0; c + 1 < AUTAN_CLASSES; c++) {
            if (isfinite(model->limit[slot][c]) && c + 2 > used)
                used = c + 2;
        }
    }
    return used;
}

autan_status autan_leave_one_out(const autan_model *model, const autan_sites *sites,
                                 const char *const *id, const autan_panel *panel,
                                 autan_left_out **result, size_t *n)
{
    const size_t stations = panel->n_stations, classes = classes_used(model);
    double *work = autan_matrix_new(6, stations);
    scoring s = {.panel = panel};
    autan_status status = AUTAN_NO_MEMORY;

    s.Q = autan_matrix_new(stations, stations);
    if (!work || !s.Q)
        goto cleanup;
    s.mean = (level_scores){work, work + stations};
    s.pattern = (level_scores){work + 2 * stations, work + 3 * stations};
    s.Qu = work + 4 * stations;
    status = find_extremes(&s, model, sites);
    for (s.class = 0; status == AUTAN_OK && s.class < classes; s.class ++) {
        autan_hours hours = {0};
        status = autan_hours_solve(model, sites, id, panel, (int)s.class, &hours);
        s.hours = &hours;
        if (status == AUTAN_OK)
            status = score_class(&s, work + 5 * stations);
        autan_hours_clear(&hours);
    }
    if (status == AUTAN_OK && s.n > 0)
        qsort(s.result, s.n, sizeof *s.result, by_row_and_site);
    if (status == AUTAN_OK) {
        *result = s.result;
        *n = s.n;
        s.result = NULL;
    }

cleanup:
    for (size_t e = 0; e < s.n_held; e++)
        free(s.held[e].delta);
    free(s.held);
    free(s.shift);
    free(s.excess);
    free(work);
    free(s.Q);
    free(s.cover);
    free(s.result);
    return status;
}
