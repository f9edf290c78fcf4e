#include "kriging/near.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "kriging/matrix.h"
#include "kriging/near_levels.h"

enum { REJECT_PASSES = 5, REJECT_AROUND = 8 };

typedef autan_near_level level;
typedef autan_near_regime regime;
typedef autan_near_hour hour;

static void level_clear(level *l)
{
    free(l->station);
    free(l->x);
    free(l->y);
    free(l->term);
    free(l->noise);
    free(l->prior);
    autan_local_clear(&l->local);
    *l = (level){0};
}

void autan_near_free(autan_near *near)
{
    if (!near)
        return;
    for (size_t r = 0; r < near->n_regimes; r++) {
        level_clear(&near->regime[r].mean);
        level_clear(&near->regime[r].pattern);
        free(near->regime[r].base);
        free(near->regime[r].extra);
        free(near->regime[r].u);
    }
    for (size_t t = 0; near->hour && t < near->n_times; t++) {
        level_clear(&near->hour[t].field);
        free(near->hour[t].theta);
    }
    free(near->regime);
    free(near->hour);
    free(near->order);
    free(near->known);
    free(near->noise);
    free(near->persistent_noise);
    free(near->term);
    free(near->unknown);
    free(near->rejected);
    free(near);
}

autan_near_summary autan_near_summarise(const autan_near *near)
{
    autan_near_summary s = near->summary;
    s.rejected = near->rejected;
    return s;
}

/* What a place lacks of the covariates, as a variance. */
static double unknown_variance(const autan_near *near, const double *theta,
                               const double *unknown)
{
    double sum = 0.0;
    for (size_t k = 0; !near->model->flat && k < near->model->n_terms; k++)
        sum += theta[k] * unknown[k];
    return sum;
}

/* A level from value (n sites, NaN unknown), its nugget times noise (n) at these; u and
 * extra may be NULL. */
static autan_status level_make(const autan_near *near, const double *theta,
                               const double *noise, const double *value,
                               const double *u, const double *extra, level *out)
{
    const autan_model *model = near->model;
    const size_t n = near->n, w = near->n_terms + (u != NULL);
    const size_t first = model->flat ? 0 : model->n_terms;
    level l = {.station = malloc((n + 1) * sizeof *l.station),
               .x = autan_matrix_new(n, 1),
               .y = autan_matrix_new(n, 1),
               .term = autan_matrix_new(n, w),
               .noise = autan_matrix_new(n, 1),
               .prior = autan_matrix_new(w, 1),
               .place_noise = theta[model->n_components - 1],
               .noise_of = noise,
               .theta = theta};
    double *data = autan_matrix_new(n, 1);
    autan_status status = AUTAN_NO_MEMORY;
    if (!l.station || !l.x || !l.y || !l.term || !l.noise || !l.prior || !data)
        goto cleanup;
    for (size_t o = 0; o < n; o++) {
        const size_t i = near->order[o], m = l.m;
        if (isnan(value[i]))
            continue;
        l.station[m] = i;
        l.x[m] = near->sites->x[i];
        l.y[m] = near->sites->y[i];
        memcpy(l.term + m * w, near->term + i * near->n_terms,
               near->n_terms * sizeof *l.term);
        if (u)
            l.term[m * w + w - 1] = u[i];
        l.noise[m] = l.place_noise * noise[i] + (extra ? extra[i] : 0.0) +
                     unknown_variance(near, theta, near->unknown + i * model->n_terms);
        data[l.m++] = value[i];
    }
    for (size_t t = 0; t < near->n_terms; t++)
        l.prior[t] = t == 0 || model->flat ? HUGE_VAL : theta[t - 1];
    if (u)
        l.prior[w - 1] = 1.0;
    autan_local_data d = {.n = l.m,
                          .k = near->k,
                          .n_terms = w,
                          .x = l.x,
                          .y = l.y,
                          .term = l.term,
                          .prior = l.prior,
                          .noise = l.noise,
                          .kernels = {.n = model->n_kernels}};
    memcpy(d.kernels.kernel, model->kernel, model->n_kernels * sizeof *model->kernel);
    memcpy(d.kernels.sill, theta + first, model->n_kernels * sizeof *theta);
    status = autan_local_make(&d, data, &l.local);

cleanup:
    free(data);
    if (status == AUTAN_OK)
        *out = l;
    else
        level_clear(&l);
    return status;
}

/* A level's values at all sites: its own where known, else kriged, the variance then
 * added to extra. */
static autan_status fill_sites(const autan_near *near, const level *l, double *value,
                               double *extra)
{
    const size_t n = near->n, w = near->n_terms;
    double *x = autan_matrix_new(n, 1), *y = autan_matrix_new(n, 1);
    double *term = autan_matrix_new(n, w), *mean = autan_matrix_new(n, 1);
    double *variance = autan_matrix_new(n, 1);
    size_t *site = malloc((n + 1) * sizeof *site), m = 0;
    autan_status status = AUTAN_NO_MEMORY;
    if (!x || !y || !term || !mean || !variance || !site)
        goto cleanup;
    for (size_t i = 0; i < n; i++) {
        if (!isnan(value[i]))
            continue;
        x[m] = near->sites->x[i];
        y[m] = near->sites->y[i];
        memcpy(term + m * w, near->term + i * w, w * sizeof *term);
        site[m++] = i;
    }
    const autan_local_places places = {m, x, y, term, NULL};
    status = autan_local_predict(&l->local, &places, mean, variance);
    for (size_t k = 0; status == AUTAN_OK && k < m; k++) {
        value[site[k]] = mean[k];
        extra[site[k]] +=
            variance[k] + l->place_noise +
            unknown_variance(near, l->theta,
                             near->unknown + site[k] * near->model->n_terms);
    }

cleanup:
    free(x);
    free(y);
    free(term);
    free(mean);
    free(variance);
    free(site);
    return status;
}

static autan_status regime_make(const autan_near *near, size_t number, regime *out)
{
    const autan_regime *r = &near->model->regime[number];
    autan_status status = AUTAN_OK;
    *out = (regime){.number = number,
                    .base = calloc(near->n + 1, sizeof(double)),
                    .extra = calloc(near->n + 1, sizeof(double))};
    if (!out->base || !out->extra)
        return AUTAN_NO_MEMORY;
    if (r->two_levels) {
        autan_model_known(near->n, near->known, r->mean, out->base);
        status = level_make(near, r->persistent, near->persistent_noise, out->base,
                            NULL, NULL, &out->mean);
        if (status == AUTAN_OK)
            status = fill_sites(near, &out->mean, out->base, out->extra);
    }
    if (status == AUTAN_OK && r->has_pattern && r->two_levels) {
        out->u = autan_matrix_new(near->n, 1);
        if (!out->u)
            return AUTAN_NO_MEMORY;
        autan_model_known(near->n, near->known, r->u, out->u);
        status = level_make(near, r->pattern, near->noise, out->u, NULL, NULL,
                            &out->pattern);
        if (status == AUTAN_OK)
            status = fill_sites(near, &out->pattern, out->u, out->extra);
    }
    return status;
}

static autan_status find_regime(autan_near *near, size_t number, size_t *place)
{
    regime *grown;
    for (*place = 0; *place < near->n_regimes; (*place)++) {
        if (near->regime[*place].number == number)
            return AUTAN_OK;
    }
    grown = realloc(near->regime, (near->n_regimes + 1) * sizeof *grown);
    if (!grown)
        return AUTAN_NO_MEMORY;
    near->regime = grown;
    return regime_make(near, number, &near->regime[near->n_regimes++]);
}

/* Errors of the hour's data, each kriged from the others, and their variances (m). */
static autan_status leave_each_out(const level *l, double *error, double *variance)
{
    const autan_local_data *d = &l->local.data;
    size_t *self = malloc((l->m + 1) * sizeof *self);
    const autan_local_places places = {l->m, d->x, d->y, d->term, self};
    autan_status status = AUTAN_NO_MEMORY;
    for (size_t i = 0; self && i < l->m; i++)
        self[i] = i;
    if (self)
        status = autan_local_predict(&l->local, &places, error, variance);
    for (size_t i = 0; status == AUTAN_OK && i < l->m; i++) {
        double value = l->local.residual[i];
        for (size_t t = 0; t < d->n_terms; t++)
            value += d->term[i * d->n_terms + t] * l->local.b[t];
        error[i] = value - error[i];
        variance[i] += d->noise[i];
    }
    free(self);
    return status;
}

static autan_status record_rejected(autan_near *near, size_t row, size_t site)
{
    const size_t n = near->summary.n_rejected;
    /* Grown to the powers of two. */
    if ((n & (n - 1)) == 0) {
        autan_rejected *grown =
            realloc(near->rejected, (n ? 2 * n : 1) * sizeof *grown);
        if (!grown)
            return AUTAN_NO_MEMORY;
        near->rejected = grown;
    }
    near->rejected[near->summary.n_rejected++] = (autan_rejected){row, site};
    return AUTAN_OK;
}

/* Whether a datum of the ratios (m, 0 where it is believed) is the least believed of
 * those around it: the others are then looked at without it. */
static int is_worst(const level *l, size_t i, const double *ratio)
{
    size_t found[REJECT_AROUND];
    double square[REJECT_AROUND];
    const size_t n = autan_nearest_find(&l->local.nearest, l->x[i], l->y[i],
                                        REJECT_AROUND, SIZE_MAX, i, found, square);
    for (size_t k = 0; k < n; k++) {
        if (ratio[found[k]] > ratio[i])
            return 0;
    }
    return ratio[i] > 0.0;
}

/* Takes those that are not believed out of value (n sites), and counts them. */
static autan_status reject(autan_near *near, size_t row, const hour *h, double *value,
                           size_t *rejected)
{
    const level *l = &h->field;
    const size_t q = near->model->flat ? near->n_terms : 1;
    double *error = autan_matrix_new(l->m, 1), *variance = autan_matrix_new(l->m, 1);
    autan_status status = AUTAN_NO_MEMORY;
    if (error && variance)
        status = leave_each_out(l, error, variance);
    for (size_t i = 0; status == AUTAN_OK && i < l->m; i++) {
        const double form = l->local.form - error[i] * error[i] / variance[i];
        const double scale =
            autan_hour_scale(h->dof, form, (double)l->m - (double)q - 1.0);
        variance[i] = autan_hour_disbelief(error[i], sqrt(scale * variance[i]));
    }
    *rejected = 0;
    for (size_t i = 0; status == AUTAN_OK && i < l->m; i++) {
        if (!is_worst(l, i, variance))
            continue;
        value[l->station[i]] = NAN;
        (*rejected)++;
        status = record_rejected(near, row, l->station[i]);
    }
    free(error);
    free(variance);
    return status;
}

static autan_status krige_hour(const autan_near *near, const regime *r,
                               const double *value, hour *h)
{
    const double *u = r ? r->u : NULL;
    const size_t q = near->model->flat ? near->n_terms : 1;
    autan_status status;
    level_clear(&h->field);
    status = level_make(near, h->theta, near->noise, value, u, r ? r->extra : NULL,
                        &h->field);
    if (status != AUTAN_OK)
        return status;
    const autan_local *l = &h->field.local;
    const size_t w = l->data.n_terms;
    h->scale = autan_hour_scale(h->dof, l->form, (double)h->field.m - (double)q);
    h->amplitude = u ? l->b[w - 1] : 0.0;
    h->amplitude_variance = u ? l->G[w * w - 1] : 0.0;
    return AUTAN_OK;
}

static autan_status solve_hour(autan_near *near, const autan_panel *panel, size_t t,
                               double *value)
{
    const double *reading = panel->value + t * near->n;
    hour *h = &near->hour[t];
    size_t number, reporting = 0, rejected = 1, in_all = 0;
    const regime *r = NULL;
    autan_status status;
    for (size_t i = 0; i < near->n; i++)
        reporting += isnan(reading[i]) ? 0 : 1;
    if (reporting == 0) {
        near->summary.n_unanswered++;
        return AUTAN_OK;
    }
    h->theta = autan_matrix_new(near->model->n_components, 1);
    status = h->theta ? autan_hours_variances(near->model, panel, t, AUTAN_CLASS_OWN,
                                              &number, &h->borrowed, h->theta)
                      : AUTAN_NO_MEMORY;
    if (status != AUTAN_OK)
        return status;
    h->regime = SIZE_MAX;
    h->dof = near->model->regime[number].dof;
    near->summary.n_borrowed += h->borrowed ? 1 : 0;
    if (!h->borrowed) {
        status = find_regime(near, number, &h->regime);
        if (status != AUTAN_OK)
            return status;
        r = &near->regime[h->regime];
    }
    for (size_t i = 0; i < near->n; i++)
        value[i] = reading[i] - (r ? r->base[i] : 0.0);
    status = krige_hour(near, r, value, h);
    for (int pass = 0; status == AUTAN_OK && pass < REJECT_PASSES && rejected > 0 &&
                       isfinite(h->dof) && reporting >= AUTAN_REJECT_STATIONS_MIN &&
                       in_all < reporting / 5;
         pass++) {
        status = reject(near, t, h, value, &rejected);
        in_all += rejected;
        if (status == AUTAN_OK && rejected > 0)
            status = krige_hour(near, r, value, h);
    }
    h->answered = status == AUTAN_OK;
    return status;
}

/* 1 and the model's terms, n x (terms + 1), from those values. */
static void set_terms(size_t n, size_t n_terms, const double *x, double *term)
{
    for (size_t i = 0; i < n; i++) {
        term[i * (n_terms + 1)] = 1.0;
        memcpy(term + i * (n_terms + 1) + 1, x + i * n_terms, n_terms * sizeof *term);
    }
}

autan_status autan_near_solve(const autan_model *model, const autan_sites *sites,
                              const char *const *id, const autan_panel *panel, size_t k,
                              autan_near **near)
{
    const size_t n = sites->n, p = model->n_terms;
    /* An order of the sites that has nothing to do with place, always the same. */
    autan_random random = autan_random_make(1, 0);
    autan_near *s = calloc(1, sizeof *s);
    double *value = autan_matrix_new(n, 1), *x = autan_matrix_new(n, p);
    autan_status status = AUTAN_NO_MEMORY;
    if (!s || !value || !x)
        goto cleanup;
    *s = (autan_near){.model = model,
                      .sites = sites,
                      .n = n,
                      .k = k,
                      .n_times = panel->n_times,
                      .n_terms = p + 1,
                      .order = malloc((n + 1) * sizeof *s->order),
                      .known = malloc((n + 1) * sizeof *s->known),
                      .noise = autan_matrix_new(n, 1),
                      .persistent_noise = autan_matrix_new(n, 1),
                      .term = autan_matrix_new(n, p + 1),
                      .unknown = autan_matrix_new(n, p),
                      .hour = calloc(panel->n_times, sizeof *s->hour)};
    if (!s->order || !s->known || !s->noise || !s->persistent_noise || !s->term ||
        !s->unknown || !s->hour)
        goto cleanup;
    autan_terms_values(p, model->term, sites, x, s->unknown);
    set_terms(n, p, x, s->term);
    for (size_t i = 0; i < n; i++)
        s->order[i] = i;
    autan_random_shuffle(&random, n, s->order);
    /* Products of small matrices, which would round otherwise with more threads. */
    autan_matrix_single_thread();
    status = autan_model_places(model, n, id, s->known);
    if (status == AUTAN_OK)
        autan_model_noise(model, n, s->known, s->noise, s->persistent_noise);
    for (size_t t = 0; status == AUTAN_OK && t < s->n_times; t++)
        status = solve_hour(s, panel, t, value);
    if (status == AUTAN_OK && s->summary.n_unanswered == s->n_times)
        status = AUTAN_NO_DATA;
    if (status == AUTAN_OK) {
        *near = s;
        s = NULL;
    }

cleanup:
    free(value);
    free(x);
    autan_near_free(s);
    return status;
}

void autan_near_order(const autan_near *near, size_t *row)
{
    size_t n = 0;
    for (size_t r = 0; r <= near->n_regimes; r++) {
        for (size_t t = 0; t < near->n_times; t++) {
            const hour *h = &near->hour[t];
            const size_t of = h->answered && !h->borrowed ? h->regime : near->n_regimes;
            if (of == r)
                row[n++] = t;
        }
    }
}

/* The fields of a regime at places, and room for those of an hour. */
typedef struct {
    const autan_sites *sites;
    size_t regime;              /* whose fields are there */
    double *x, *unknown, *term; /* term: n x (n_terms + 1), the pattern last */
    double *narrow;             /* n x n_terms */
    double *mean[3], *variance[3];
} canvas;

enum { OF_MEAN, OF_PATTERN, OF_HOUR };

static void canvas_clear(canvas *c)
{
    free(c->x);
    free(c->unknown);
    free(c->term);
    free(c->narrow);
    for (int l = 0; l < 3; l++) {
        free(c->mean[l]);
        free(c->variance[l]);
    }
}

static autan_status canvas_make(const autan_near *near, const autan_sites *places,
                                canvas *c)
{
    const size_t n = places->n, p = near->model->n_terms;
    int ok;
    *c = (canvas){.sites = places,
                  .regime = SIZE_MAX,
                  .x = autan_matrix_new(n, p),
                  .unknown = autan_matrix_new(n, p),
                  .term = autan_matrix_new(n, p + 2),
                  .narrow = autan_matrix_new(n, p + 1)};
    ok = c->x && c->unknown && c->term && c->narrow;
    for (int l = 0; l < 3; l++) {
        c->mean[l] = autan_matrix_new(n, 1);
        c->variance[l] = autan_matrix_new(n, 1);
        ok = ok && c->mean[l] && c->variance[l];
    }
    if (!ok)
        return AUTAN_NO_MEMORY;
    autan_terms_values(p, near->model->term, places, c->x, c->unknown);
    set_terms(n, p, c->x, c->narrow);
    for (size_t i = 0; i < n; i++)
        memcpy(c->term + i * (p + 2), c->narrow + i * (p + 1),
               (p + 1) * sizeof *c->term);
    return AUTAN_OK;
}

/* A level at the places, the noise of a new reading in its variance; zeros without one.
 */
static autan_status paint_level(const autan_near *near, const level *l, int which,
                                const double *term, canvas *c)
{
    const size_t n = c->sites->n;
    const autan_local_places places = {n, c->sites->x, c->sites->y, term, NULL};
    autan_status status;
    if (l->m == 0) {
        memset(c->mean[which], 0, n * sizeof(double));
        memset(c->variance[which], 0, n * sizeof(double));
        return AUTAN_OK;
    }
    status =
        autan_local_predict(&l->local, &places, c->mean[which], c->variance[which]);
    for (size_t i = 0; status == AUTAN_OK && i < n; i++)
        c->variance[which][i] +=
            l->place_noise +
            unknown_variance(near, l->theta, c->unknown + i * near->model->n_terms);
    return status;
}

static autan_status paint_regime(const autan_near *near, const hour *h, canvas *c)
{
    static const level none = {0};
    const size_t w = near->n_terms + 1;
    const regime *r = h->borrowed ? NULL : &near->regime[h->regime];
    autan_status status;
    if (r && c->regime == h->regime)
        return AUTAN_OK;
    c->regime = r ? h->regime : SIZE_MAX;
    status = paint_level(near, r ? &r->mean : &none, OF_MEAN, c->narrow, c);
    if (status == AUTAN_OK)
        status = paint_level(near, r ? &r->pattern : &none, OF_PATTERN, c->narrow, c);
    for (size_t i = 0; status == AUTAN_OK && i < c->sites->n; i++)
        c->term[i * w + w - 1] = c->mean[OF_PATTERN][i];
    return status;
}

static int lacks_flat_term(const autan_near *near, const canvas *c, size_t i)
{
    for (size_t k = 0; near->model->flat && k < near->model->n_terms; k++) {
        if (c->unknown[i * near->model->n_terms + k] > 0.0)
            return 1;
    }
    return 0;
}

static autan_status paint_hour(const autan_near *near, const hour *h, canvas *c,
                               float *mean, float *standard_error)
{
    const int with_pattern = h->field.local.data.n_terms > near->n_terms;
    const double square = h->amplitude * h->amplitude + h->amplitude_variance;
    autan_status status = paint_regime(near, h, c);
    if (status == AUTAN_OK)
        status = paint_level(near, &h->field, OF_HOUR,
                             with_pattern ? c->term : c->narrow, c);
    for (size_t i = 0; status == AUTAN_OK && i < c->sites->n; i++) {
        const int lacks = lacks_flat_term(near, c, i);
        mean[i] = lacks ? NAN : (float)(c->mean[OF_MEAN][i] + c->mean[OF_HOUR][i]);
        standard_error[i] = lacks ? NAN
                                  : (float)sqrt(c->variance[OF_MEAN][i] +
                                                square * c->variance[OF_PATTERN][i] +
                                                h->scale * c->variance[OF_HOUR][i]);
    }
    return status;
}

autan_status autan_near_evaluate(const autan_near *near, const autan_sites *places,
                                 size_t n_rows, const size_t *row, size_t stride,
                                 float *mean, float *standard_error)
{
    canvas c = {0};
    autan_status status = canvas_make(near, places, &c);
    for (size_t k = 0; status == AUTAN_OK && k < n_rows; k++) {
        const hour *h = &near->hour[row[k]];
        if (h->answered) {
            status =
                paint_hour(near, h, &c, mean + k * stride, standard_error + k * stride);
            continue;
        }
        for (size_t i = 0; i < places->n; i++)
            mean[k * stride + i] = standard_error[k * stride + i] = NAN;
    }
    canvas_clear(&c);
    return status;
}

autan_status autan_near_score(const autan_near *near, const autan_near_level *l,
                              double *error, double *variance)
{
    double *e = autan_matrix_new(l->m, 1), *v = autan_matrix_new(l->m, 1);
    autan_status status = e && v ? AUTAN_OK : AUTAN_NO_MEMORY;
    memset(error, 0, near->n * sizeof *error);
    memset(variance, 0, near->n * sizeof *variance);
    if (status == AUTAN_OK && l->m > 0)
        status = leave_each_out(l, e, v);
    for (size_t i = 0; status == AUTAN_OK && i < l->m; i++) {
        error[l->station[i]] = e[i];
        variance[l->station[i]] = v[i];
    }
    free(e);
    free(v);
    return status;
}

/* The same for predictions, which have the noise of a place and not that of the station
 * (by site). */
static autan_status score_level(const autan_near *near, const level *l, double *error,
                                double *variance)
{
    autan_status status = autan_near_score(near, l, error, variance);
    for (size_t i = 0; status == AUTAN_OK && i < l->m; i++)
        variance[l->station[i]] -= l->place_noise * (l->noise_of[l->station[i]] - 1.0);
    return status;
}

static int by_row_and_site(const void *a, const void *b)
{
    const autan_left_out *p = a, *q = b;
    if (p->row != q->row)
        return p->row < q->row ? -1 : 1;
    return (p->site > q->site) - (p->site < q->site);
}

/* The hour at sites whose readings were left out as not believable: kriged like any
 * place. */
static autan_status score_rejected(const autan_near *near, size_t t, double *error,
                                   double *variance, const double *reading)
{
    const hour *h = &near->hour[t];
    const regime *r = h->borrowed ? NULL : &near->regime[h->regime];
    const size_t w = h->field.local.data.n_terms;
    autan_status status = AUTAN_OK;
    double *term = autan_matrix_new(w, 1);
    if (!term)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; status == AUTAN_OK && k < near->summary.n_rejected; k++) {
        const size_t i = near->rejected[k].site;
        const autan_local_places place = {1, near->sites->x + i, near->sites->y + i,
                                          term, NULL};
        double mean, v;
        if (near->rejected[k].row != t)
            continue;
        memcpy(term, near->term + i * near->n_terms, near->n_terms * sizeof *term);
        if (w > near->n_terms)
            term[w - 1] = r->u[i];
        status = autan_local_predict(&h->field.local, &place, &mean, &v);
        error[i] = reading[i] - (r ? r->base[i] : 0.0) - mean;
        variance[i] =
            v + h->field.place_noise + (r ? r->extra[i] : 0.0) +
            unknown_variance(near, h->theta, near->unknown + i * near->model->n_terms);
    }
    free(term);
    return status;
}

autan_status autan_near_leave_one_out(const autan_near *near, const autan_panel *panel,
                                      autan_left_out **result, size_t *n)
{
    enum { ARRAYS = 6 };
    const size_t sites = near->n;
    double *room = autan_matrix_new(ARRAYS, sites), *error[3], *variance[3];
    size_t *row = malloc((near->n_times + 1) * sizeof *row);
    size_t readings = 0, last = SIZE_MAX;
    autan_left_out *out;
    autan_status status = AUTAN_NO_MEMORY;
    for (size_t k = 0; k < near->n_times * sites; k++)
        readings += isnan(panel->value[k]) ? 0 : 1;
    out = malloc((readings + 1) * sizeof *out);
    *n = 0;
    if (!room || !row || !out)
        goto cleanup;
    for (int l = 0; l < 3; l++) {
        error[l] = room + (size_t)l * sites;
        variance[l] = room + (size_t)(l + 3) * sites;
    }
    memset(room, 0, ARRAYS * sites * sizeof *room);
    autan_near_order(near, row);
    status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < near->n_times; k++) {
        const hour *h = &near->hour[row[k]];
        const double *reading = panel->value + row[k] * sites;
        static const level none = {0};
        const regime *r = h->answered && !h->borrowed ? &near->regime[h->regime] : NULL;
        const double square = h->amplitude * h->amplitude + h->amplitude_variance;
        if (!h->answered)
            continue;
        if (!r || h->regime != last) {
            status = score_level(near, r ? &r->mean : &none, error[OF_MEAN],
                                 variance[OF_MEAN]);
            if (status == AUTAN_OK)
                status = score_level(near, r ? &r->pattern : &none, error[OF_PATTERN],
                                     variance[OF_PATTERN]);
            last = r ? h->regime : SIZE_MAX;
        }
        if (status == AUTAN_OK)
            status = score_level(near, &h->field, error[OF_HOUR], variance[OF_HOUR]);
        if (status == AUTAN_OK)
            status = score_rejected(near, row[k], error[OF_HOUR], variance[OF_HOUR],
                                    reading);
        for (size_t i = 0; status == AUTAN_OK && i < sites; i++) {
            const double kriged = r ? r->extra[i] : 0.0;
            const double hourly = variance[OF_HOUR][i] - kriged;
            const double settled =
                variance[OF_MEAN][i] + square * variance[OF_PATTERN][i] + kriged;
            if (isnan(reading[i]))
                continue;
            out[(*n)++] = (autan_left_out){
                .row = row[k],
                .site = i,
                .observed = reading[i],
                .predicted = reading[i] - error[OF_MEAN][i] -
                             h->amplitude * error[OF_PATTERN][i] - error[OF_HOUR][i],
                .standard_error = sqrt(settled + h->scale * hourly),
                .mean_variance = settled,
                .hour_variance = hourly,
                .quadratic_form = h->field.local.form,
                .freedom = (double)h->field.m};
        }
    }
    if (*n > 0)
        qsort(out, *n, sizeof *out, by_row_and_site);

cleanup:
    free(room);
    free(row);
    if (status == AUTAN_OK)
        *result = out;
    else
        free(out);
    return status;
}
