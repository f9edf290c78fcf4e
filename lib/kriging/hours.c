#include "kriging/hours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/carry.h"
#include "kriging/matrix.h"

/* A reading further than this from the others' prediction is not believed. */
static const double REJECT_STANDARD_ERRORS = 6.0, REJECT_KELVIN = 3.0;

/* Up to so many stations BLAS takes one thread. More would gain little, and those of
 * OpenBLAS go on spinning for some 30 ms, in the way of who evaluates the fields. */
enum { STATIONS_SERIAL = 500 };

double autan_hour_scale(double dof, double quadratic_form, double freedom)
{
    return isinf(dof) || dof + freedom <= 0.0
               ? 1.0
               : (dof + quadratic_form) / (dof + freedom);
}

/* The regime itself if the model knows it; else the nearest class of the slot, then the
 * same hour in the nearest season, then any. */
static long find_regime(const autan_model *model, size_t regime)
{
    static const size_t season_order[AUTAN_SEASONS] = {0, 1, 3, 2};
    static const int class_order[] = {0, -1, 1, -2, 2};
    const size_t slot = regime / AUTAN_CLASSES;
    const long class = (long)(regime % AUTAN_CLASSES);
    for (size_t k = 0; k < AUTAN_SEASONS; k++) {
        size_t season = (slot / AUTAN_HOURS + season_order[k]) % AUTAN_SEASONS;
        for (size_t c = 0; c < sizeof class_order / sizeof *class_order; c++) {
            long other = class + class_order[c];
            size_t r = (season * AUTAN_HOURS + slot % AUTAN_HOURS) * AUTAN_CLASSES +
                       (size_t)(other < 0 ? 0 : other);
            if (other >= 0 && other < AUTAN_CLASSES && model->regime[r].n_hours > 0)
                return (long)r;
        }
    }
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        if (model->regime[r].n_hours > 0)
            return (long)r;
    }
    return -1;
}

static void level_clear(autan_level *level)
{
    free(level->station);
    free(level->alpha);
    free(level->beta);
    autan_krige_clear(&level->system);
}

static void hour_clear(autan_hour *hour)
{
    free(hour->missing);
    free(hour->precision);
    free(hour->L);
}

static void group_clear(autan_group *g)
{
    for (size_t h = 0; g->hour && h < g->n_hours; h++)
        hour_clear(&g->hour[h]);
    level_clear(&g->mean);
    level_clear(&g->pattern);
    free(g->hour);
    free(g->hourly);
    free(g->station);
    free(g->base);
    free(g->extra);
    free(g->u);
    free(g->alpha);
    free(g->beta);
    autan_krige_clear(&g->hour_system);
    *g = (autan_group){0};
}

void autan_hours_clear(autan_hours *hours)
{
    for (size_t k = 0; hours->group && k < hours->n_groups; k++)
        group_clear(&hours->group[k]);
    free(hours->group);
    free(hours->rejected);
    autan_design_clear(&hours->design);
    free(hours->noise);
    free(hours->persistent_noise);
    *hours = (autan_hours){0};
}

const autan_hour *autan_group_hour(const autan_group *group, size_t row)
{
    size_t h = 0;
    while (group->hour[h].row != row)
        h++;
    return &group->hour[h];
}

/* Rows of F for the places in index, reduced to the group's q columns. */
static double *pick_trend(const autan_design *design, size_t q, size_t m,
                          const size_t *index)
{
    double *F = autan_matrix_new(m, q);
    for (size_t i = 0; F && i < m; i++)
        memcpy(F + i * q, design->F + index[i] * design->q, q * sizeof(double));
    return F;
}

/* Factors the covariance of theta, its nugget times noise (by site), plus u u' and
 * extra on the diagonal unless NULL. */
static autan_status factor(const autan_design *design, const double *theta,
                           const double *noise, size_t q, size_t m, const size_t *index,
                           const double *u, const double *extra, autan_krige *system)
{
    const double nugget = theta[design->n_components - 1];
    double *C = autan_matrix_new(m, m);
    double *F = pick_trend(design, q, m, index);
    autan_status status = AUTAN_NO_MEMORY;
    if (C && F)
        status = autan_design_covariance(design, theta, m, index, C);
    if (status == AUTAN_OK) {
        for (size_t i = 0; u && i < m; i++) {
            for (size_t j = 0; j < m; j++)
                C[i * m + j] += u[i] * u[j];
        }
        for (size_t i = 0; i < m; i++)
            C[i * m + i] += nugget * (noise[index[i]] - 1.0) + (extra ? extra[i] : 0.0);
        status = autan_krige_factor(m, q, C, F, system);
    }
    free(C);
    free(F);
    return status;
}

/* Kriging of what the regime knows at its stations, value (n sites, NaN unknown). */
static autan_status solve_level(const autan_design *design, const double *theta,
                                const double *noise, size_t q, const double *value,
                                autan_level *level)
{
    double *y = autan_matrix_new(design->n, 1);
    autan_status status = AUTAN_NO_MEMORY;
    level->theta = theta;
    level->noise = noise;
    level->station = malloc(design->n * sizeof *level->station);
    level->alpha = autan_matrix_new(design->n, 1);
    level->beta = autan_matrix_new(q, 1);
    if (!y || !level->station || !level->alpha || !level->beta)
        goto cleanup;
    for (size_t i = 0; i < design->n; i++) {
        if (isnan(value[i]))
            continue;
        y[level->m] = value[i];
        level->station[level->m++] = i;
    }
    status = factor(design, theta, noise, q, level->m, level->station, NULL, NULL,
                    &level->system);
    if (status == AUTAN_OK)
        autan_krige_weights(&level->system, 1, y, level->alpha, level->beta);

cleanup:
    free(y);
    return status;
}

/* A level at a site that has no value of its own. */
static autan_status predict_level(const autan_design *design, const autan_level *level,
                                  size_t site, double *mean, double *variance)
{
    double *c = calloc(level->m + 1, sizeof *c);
    double c0 = 0.0;
    autan_status status =
        c ? autan_design_row(design, level->theta, site, level->m, level->station, c)
          : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        status = autan_design_row(design, level->theta, site, 1, &site, &c0);
    if (status == AUTAN_OK)
        autan_krige_predict(&level->system, c, design->F + site * design->q, c0,
                            level->alpha, level->beta, mean, variance);
    free(c);
    return status;
}

/* A level at the group's stations: the own value where there is one; where not, the
 * kriged one, its variance added to extra. */
static autan_status level_at_stations(const autan_design *design, const autan_group *g,
                                      const autan_level *level, const double *value,
                                      double *at, double *extra)
{
    for (size_t i = 0; i < g->m; i++) {
        double variance = 0.0;
        at[i] = value[g->station[i]];
        if (isnan(at[i])) {
            autan_status status =
                predict_level(design, level, g->station[i], &at[i], &variance);
            if (status != AUTAN_OK)
                return status;
        }
        extra[i] += variance;
    }
    return AUTAN_OK;
}

/* Whether a station was heard at a row, or up to reach rows before or after. */
static int heard(const autan_panel *panel, size_t row, size_t site, size_t reach)
{
    const size_t first = row < reach ? 0 : row - reach;
    for (size_t t = first; t <= row + reach && t < panel->n_times; t++) {
        if (!isnan(panel->value[t * panel->n_stations + site]))
            return 1;
    }
    return 0;
}

/* Those heard at any of its hours, or within reach of one. */
static autan_status set_stations(const autan_panel *panel, size_t reach, autan_group *g)
{
    const size_t n = panel->n_stations;
    g->station = malloc((n + 1) * sizeof *g->station);
    if (!g->station)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        size_t h = 0;
        while (h < g->n_hours && !heard(panel, g->hour[h].row, i, reach))
            h++;
        if (h < g->n_hours)
            g->station[g->m++] = i;
    }
    return AUTAN_OK;
}

/* Completes y at the hour's missing places and writes the hour's weights. */
static autan_status weigh_hour(autan_group *g, autan_hour *hour, double *y,
                               double *alpha, double *beta)
{
    double *L = realloc(hour->L, (hour->n_missing * hour->n_missing + 1) * sizeof *L);
    autan_status status;
    if (!L)
        return AUTAN_NO_MEMORY;
    hour->L = L;
    status = autan_krige_without(&g->hour_system, hour->n_missing, hour->missing, L, y);
    if (status != AUTAN_OK)
        return status;
    autan_krige_weights(&g->hour_system, 1, y, alpha, beta);
    hour->amplitude = g->u ? autan_matrix_dot(g->m, g->u, alpha) : 0.0;
    hour->scale =
        autan_hour_scale(g->dof, autan_matrix_dot(g->m, y, alpha),
                         (double)g->m - (double)hour->n_missing - (double)g->q);
    return AUTAN_OK;
}

double autan_hour_disbelief(double error, double standard_error)
{
    const double ratio = fabs(error) / standard_error;
    return ratio > REJECT_STANDARD_ERRORS && fabs(error) > REJECT_KELVIN ? ratio : 0.0;
}

/* The place furthest from what the others say, if that is too far; m otherwise. Needs
 * the P of the reduced system in Q. */
static size_t find_liar(const autan_group *g, const autan_hour *hour, const double *y,
                        const double *alpha, const double *Q)
{
    const double freedom = (double)(g->m - hour->n_missing) - (double)g->q;
    const double form = autan_matrix_dot(g->m, y, alpha);
    double worst = 0.0;
    size_t liar = g->m;
    for (size_t i = 0; i < g->m; i++) {
        double p = Q[i * g->m + i], error, scale, ratio;
        if (!(p > 0.0))
            continue;
        error = alpha[i] / p;
        scale = autan_hour_scale(g->dof, form - error * alpha[i], freedom - 1.0);
        ratio = autan_hour_disbelief(error, sqrt(scale / p));
        if (ratio > worst) {
            worst = ratio;
            liar = i;
        }
    }
    return liar;
}

static void add_missing(autan_hour *hour, size_t place)
{
    size_t k = hour->n_missing++;
    while (k > 0 && hour->missing[k - 1] > place) {
        hour->missing[k] = hour->missing[k - 1];
        k--;
    }
    hour->missing[k] = place;
}

static autan_status record_rejected(autan_hours *hours, size_t row, size_t site)
{
    autan_rejected *grown =
        realloc(hours->rejected, (hours->n_rejected + 1) * sizeof *grown);
    if (!grown)
        return AUTAN_NO_MEMORY;
    hours->rejected = grown;
    grown[hours->n_rejected++] = (autan_rejected){row, site};
    return AUTAN_OK;
}

static autan_status reject_liars(autan_hours *hours, autan_group *g, autan_hour *hour,
                                 double *y, double *alpha, double *beta)
{
    const size_t reporting = g->m - hour->n_missing;
    double *Q;
    autan_status status = AUTAN_OK;
    if (isinf(g->dof) || reporting < AUTAN_REJECT_STATIONS_MIN)
        return AUTAN_OK;
    Q = autan_matrix_new(g->m, g->m);
    if (!Q)
        return AUTAN_NO_MEMORY;
    while (status == AUTAN_OK && hour->n_rejected < reporting / 5) {
        size_t liar;
        status = autan_krige_reduced(&g->hour_system, hour->n_missing, hour->missing,
                                     hour->L, Q);
        if (status != AUTAN_OK)
            break;
        liar = find_liar(g, hour, y, alpha, Q);
        if (liar == g->m)
            break;
        add_missing(hour, liar);
        hour->n_rejected++;
        status = record_rejected(hours, hour->row, g->station[liar]);
        if (status == AUTAN_OK)
            status = weigh_hour(g, hour, y, alpha, beta);
    }
    free(Q);
    return status;
}

static autan_status solve_hour(autan_hours *hours, const autan_panel *panel,
                               autan_group *g, size_t h, double *y, double *alpha,
                               double *beta)
{
    autan_hour *hour = &g->hour[h];
    const double *reading = panel->value + hour->row * panel->n_stations;
    autan_status status;
    hour->missing = malloc((g->m + 1) * sizeof *hour->missing);
    hour->precision = calloc(g->m + 1, sizeof *hour->precision);
    if (!hour->missing || !hour->precision)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < g->m; i++) {
        y[i] = reading[g->station[i]] - g->base[i];
        if (isnan(y[i]))
            hour->missing[hour->n_missing++] = i;
    }
    status = weigh_hour(g, hour, y, alpha, beta);
    if (status == AUTAN_OK)
        status = reject_liars(hours, g, hour, y, alpha, beta);
    if (status != AUTAN_OK)
        return status;
    for (size_t i = 0; i < g->m; i++)
        g->alpha[i * g->n_hours + h] = alpha[i];
    for (size_t k = 0; k < g->q; k++)
        g->beta[k * g->n_hours + h] = beta[k];
    return AUTAN_OK;
}

/* Hours with the same places missing, and the same carried over, share their L. */
static void mark_same(autan_group *g)
{
    for (size_t h = 0; h < g->n_hours; h++) {
        autan_hour *hour = &g->hour[h];
        const size_t n = hour->n_missing;
        hour->same_as = h;
        for (size_t e = 0; e < h && hour->same_as == h; e++) {
            const autan_hour *earlier = &g->hour[e];
            if (earlier->same_as == e && earlier->n_missing == n &&
                memcmp(earlier->missing, hour->missing, n * sizeof *hour->missing) ==
                    0 &&
                memcmp(earlier->precision, hour->precision,
                       n * sizeof *hour->precision) == 0)
                hour->same_as = e;
        }
    }
}

static autan_status solve_all_hours(autan_hours *hours, const autan_panel *panel,
                                    autan_group *g)
{
    double *y = autan_matrix_new(g->m, 1);
    double *alpha = autan_matrix_new(g->m, 1);
    double *beta = autan_matrix_new(g->q, 1);
    autan_status status = AUTAN_NO_MEMORY;
    g->alpha = autan_matrix_new(g->m, g->n_hours);
    g->beta = autan_matrix_new(g->q, g->n_hours);
    if (y && alpha && beta && g->alpha && g->beta)
        status = AUTAN_OK;
    for (size_t h = 0; status == AUTAN_OK && h < g->n_hours; h++)
        status = solve_hour(hours, panel, g, h, y, alpha, beta);
    free(y);
    free(alpha);
    free(beta);
    return status;
}

/* The persistent field and the pattern of the group's regime, and with them the hourly
 * system. */
static autan_status solve_levels(autan_hours *hours, const size_t *known,
                                 autan_group *g)
{
    const autan_model *model = hours->model;
    const autan_design *design = &hours->design;
    const autan_regime *r = &model->regime[g->regime];
    double *value = autan_matrix_new(design->n, 1);
    autan_status status = AUTAN_NO_MEMORY;

    g->base = calloc(g->m + 1, sizeof *g->base);
    g->extra = calloc(g->m + 1, sizeof *g->extra);
    if (!value || !g->extra || !g->base)
        goto cleanup;
    status = AUTAN_OK;
    if (r->two_levels && !g->borrowed) {
        autan_model_known(design->n, known, r->mean, value);
        status = solve_level(design, r->persistent, hours->persistent_noise, g->q,
                             value, &g->mean);
        if (status == AUTAN_OK)
            status = level_at_stations(design, g, &g->mean, value, g->base, g->extra);
    }
    if (status == AUTAN_OK && r->has_pattern && g->mean.m > 0) {
        g->u = autan_matrix_new(g->m, 1);
        autan_model_known(design->n, known, r->u, value);
        status = g->u ? solve_level(design, r->pattern, hours->noise, g->q, value,
                                    &g->pattern)
                      : AUTAN_NO_MEMORY;
        if (status == AUTAN_OK)
            status = level_at_stations(design, g, &g->pattern, value, g->u, g->extra);
    }
    if (status == AUTAN_OK)
        status = factor(design, g->hourly, hours->noise, g->q, g->m, g->station, g->u,
                        g->extra, &g->hour_system);

cleanup:
    free(value);
    return status;
}

/* What is left of the pattern's prior variance, 1 - u' Q u, Q being P without the
 * hour's missing places. */
static autan_status set_amplitude_variances(autan_group *g)
{
    double *Pu = autan_matrix_new(g->m, 1), *b = autan_matrix_new(g->m, 1);
    double full;
    if (!Pu || !b) {
        free(Pu);
        free(b);
        return AUTAN_NO_MEMORY;
    }
    autan_matrix_product(0, 0, g->m, 1, g->m, 1.0, g->hour_system.P, g->u, 0.0, Pu);
    full = autan_matrix_dot(g->m, g->u, Pu);
    for (size_t h = 0; h < g->n_hours; h++) {
        autan_hour *hour = &g->hour[h];
        double lost;
        for (size_t a = 0; a < hour->n_missing; a++)
            b[a] = Pu[hour->missing[a]];
        autan_matrix_solve_lower(0, hour->n_missing, 1, hour->L, b);
        lost = autan_matrix_dot(hour->n_missing, b, b);
        hour->amplitude_variance = fmin(fmax(1.0 - full + lost, 0.0), 1.0);
    }
    free(Pu);
    free(b);
    return AUTAN_OK;
}

/* What a panel is solved with. */
typedef struct {
    autan_hours *hours;
    const size_t *known; /* places of the stations in the model */
    const autan_panel *panel;
    size_t beside;
} solving;

static autan_status solve_group(const solving *s, autan_group *g)
{
    autan_status status = set_stations(s->panel, s->beside, g);
    if (status == AUTAN_OK)
        status = solve_levels(s->hours, s->known, g);
    if (status == AUTAN_OK)
        status = solve_all_hours(s->hours, s->panel, g);
    return status;
}

/* The variances of a regime, or of the nearest one that is known. */
static autan_status set_variances(const autan_model *model, size_t regime,
                                  size_t *known, int *borrowed, double *hourly)
{
    const long found = find_regime(model, regime);
    const autan_regime *r;
    if (found < 0)
        return AUTAN_NO_DATA;
    *known = (size_t)found;
    r = &model->regime[found];
    /* Another class of the slot has its own means; another slot's are of no use. */
    *borrowed = *known / AUTAN_CLASSES != regime / AUTAN_CLASSES;
    /* Without means and pattern these fields are part of the unknown. */
    for (size_t k = 0; k < model->n_components; k++)
        hourly[k] = r->hourly[k] +
                    (*borrowed && r->two_levels ? r->persistent[k] : 0.0) +
                    (*borrowed && r->has_pattern ? r->pattern[k] : 0.0);
    return AUTAN_OK;
}

/* A group for the rows, with the variances of the regime or of the nearest one. */
static autan_status start_group(const autan_model *model, size_t regime, size_t q,
                                size_t n_rows, const size_t *row, autan_group *g)
{
    size_t known;
    int borrowed;
    double hourly[AUTAN_COMPONENTS_MAX];
    autan_status status = set_variances(model, regime, &known, &borrowed, hourly);
    if (status != AUTAN_OK)
        return status;
    *g = (autan_group){.regime = known,
                       .borrowed = borrowed,
                       .q = q,
                       .n_hours = n_rows,
                       .dof = model->regime[known].dof};
    g->hour = calloc(n_rows, sizeof *g->hour);
    g->hourly = malloc(model->n_components * sizeof *g->hourly);
    if (!g->hour || !g->hourly)
        return AUTAN_NO_MEMORY;
    memcpy(g->hourly, hourly, model->n_components * sizeof *hourly);
    for (size_t h = 0; h < n_rows; h++)
        g->hour[h].row = row[h];
    return AUTAN_OK;
}

static size_t count_readings(const autan_panel *panel, size_t row)
{
    size_t count = 0;
    for (size_t i = 0; i < panel->n_stations; i++)
        count += isnan(panel->value[row * panel->n_stations + i]) ? 0 : 1;
    return count;
}

static autan_status append_group(const solving *s, size_t regime, size_t q,
                                 size_t n_rows, const size_t *row)
{
    autan_hours *hours = s->hours;
    autan_group g = {0};
    autan_group *grown;
    autan_status status = start_group(hours->model, regime, q, n_rows, row, &g);
    g.trend_dropped = q < hours->design.q;
    if (status == AUTAN_OK)
        status = solve_group(s, &g);
    if (status == AUTAN_OK) {
        grown = realloc(hours->group, (hours->n_groups + 1) * sizeof *grown);
        if (grown) {
            hours->group = grown;
            hours->group[hours->n_groups++] = g;
            return AUTAN_OK;
        }
        status = AUTAN_NO_MEMORY;
    }
    group_clear(&g);
    return status;
}

/* Hours whose stations cannot carry the flat terms go into a group of their own, with
 * the intercept alone. When even together they fail, hours are tried one by one. */
static autan_status append_regime(const solving *s, size_t regime, size_t n_rows,
                                  size_t *row)
{
    const size_t q = s->hours->design.q;
    size_t n_full = 0;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; k < n_rows; k++) {
        if (count_readings(s->panel, row[k]) > q || q == 1) {
            size_t swap = row[n_full];
            row[n_full++] = row[k];
            row[k] = swap;
        }
    }
    if (n_full > 0) {
        status = append_group(s, regime, q, n_full, row);
        if (status == AUTAN_NO_DATA || (status == AUTAN_SINGULAR && q > 1)) {
            status = AUTAN_OK;
            for (size_t k = 0; status == AUTAN_OK && k < n_full; k++) {
                status = append_group(s, regime, q, 1, row + k);
                if (status != AUTAN_OK && status != AUTAN_NO_MEMORY && q > 1)
                    status = append_group(s, regime, 1, 1, row + k);
            }
        }
    }
    if (status == AUTAN_OK && n_full < n_rows)
        status = append_group(s, regime, 1, n_rows - n_full, row + n_full);
    return status;
}

/* The regime of a row. */
static size_t regime_of_row(const autan_model *model, const autan_panel *panel,
                            size_t row, int class)
{
    const size_t n = panel->n_stations;
    size_t slot, own;
    /* With a covariance given by hand all regimes are the same: one group for all. */
    if (model->given)
        return 0;
    slot = autan_slot_of(autan_panel_time(panel, row));
    own = class == AUTAN_CLASS_OWN
              ? autan_class_of(model, slot,
                               autan_dispersion(n, panel->value + row * n, n))
              : (size_t) class;
    return slot * AUTAN_CLASSES + own;
}

autan_status autan_hours_variances(const autan_model *model, const autan_panel *panel,
                                   size_t row, int class, size_t *regime, int *borrowed,
                                   double *hourly)
{
    return set_variances(model, regime_of_row(model, panel, row, class), regime,
                         borrowed, hourly);
}

/* The rows of every regime, but those without a reading. */
static autan_status solve_regimes(const solving *s, int class)
{
    const size_t T = s->panel->n_times;
    size_t *row = malloc((T + 1) * sizeof *row);
    size_t *regime = malloc((T + 1) * sizeof *regime);
    autan_status status = row && regime ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t t = 0; status == AUTAN_OK && t < T; t++)
        regime[t] = count_readings(s->panel, t) > 0
                        ? regime_of_row(s->hours->model, s->panel, t, class)
                        : AUTAN_REGIMES;
    for (size_t r = 0; status == AUTAN_OK && r < AUTAN_REGIMES; r++) {
        size_t n_rows = 0;
        for (size_t t = 0; t < T; t++) {
            if (regime[t] == r)
                row[n_rows++] = t;
        }
        if (n_rows > 0)
            status = append_regime(s, r, n_rows, row);
    }
    free(row);
    free(regime);
    return status;
}

/* The hours kept, `from` (n) their numbers before, move to the front. */
static void keep_hours(autan_group *g, size_t n, const size_t *from)
{
    for (size_t k = 0; k < n; k++)
        g->hour[k] = g->hour[from[k]];
    for (size_t i = 0; i < g->m; i++) {
        for (size_t k = 0; k < n; k++)
            g->alpha[i * n + k] = g->alpha[i * g->n_hours + from[k]];
    }
    for (size_t i = 0; i < g->q; i++) {
        for (size_t k = 0; k < n; k++)
            g->beta[i * n + k] = g->beta[i * g->n_hours + from[k]];
    }
    g->n_hours = n;
}

/* Leaves `beside` rows of n_times at either end, and counts the others from there. */
static autan_status drop_beside(autan_hours *hours, size_t beside, size_t n_times)
{
    size_t *from = malloc(n_times * sizeof *from);
    size_t n_groups = 0, n_rejected = 0;
    if (!from)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < hours->n_groups; k++) {
        autan_group *g = &hours->group[k];
        size_t n = 0;
        for (size_t h = 0; h < g->n_hours; h++) {
            const size_t row = g->hour[h].row;
            if (row >= beside && row + beside < n_times) {
                g->hour[h].row = row - beside;
                from[n++] = h;
            } else {
                hour_clear(&g->hour[h]);
            }
        }
        keep_hours(g, n, from);
        if (n > 0)
            hours->group[n_groups++] = *g;
        else
            group_clear(g);
    }
    for (size_t k = 0; k < hours->n_rejected; k++) {
        autan_rejected r = hours->rejected[k];
        if (r.row >= beside && r.row + beside < n_times)
            hours->rejected[n_rejected++] = (autan_rejected){r.row - beside, r.site};
    }
    hours->n_groups = n_groups;
    hours->n_rejected = n_rejected;
    free(from);
    return AUTAN_OK;
}

/* What is told of hours when their weights are settled. */
static autan_status settle(autan_hours *hours, size_t n_times)
{
    autan_status status = AUTAN_OK;
    hours->n_unanswered = n_times;
    for (size_t k = 0; status == AUTAN_OK && k < hours->n_groups; k++) {
        autan_group *g = &hours->group[k];
        mark_same(g);
        if (g->u)
            status = set_amplitude_variances(g);
        hours->n_unanswered -= g->n_hours;
        for (size_t h = 0; h < g->n_hours; h++) {
            for (size_t a = 0; a < g->hour[h].n_missing; a++)
                hours->n_carried += g->hour[h].precision[a] > 0.0;
        }
    }
    return status == AUTAN_OK && hours->n_groups == 0 ? AUTAN_NO_DATA : status;
}

static autan_status solve_panel(const autan_model *model, const autan_sites *sites,
                                const char *const *id, const autan_panel *panel,
                                int class, size_t beside, autan_hours *hours)
{
    autan_hours made = {.model = model};
    size_t *known = malloc((sites->n + 1) * sizeof *known);
    autan_status status = AUTAN_NO_MEMORY;

    made.noise = autan_matrix_new(sites->n, 1);
    made.persistent_noise = autan_matrix_new(sites->n, 1);
    if (!known || !made.noise || !made.persistent_noise)
        goto cleanup;
    if (sites->n <= STATIONS_SERIAL)
        autan_matrix_single_thread();
    status = autan_model_places(model, sites->n, id, known);
    if (status == AUTAN_OK)
        autan_model_noise(model, sites->n, known, made.noise, made.persistent_noise);
    if (status == AUTAN_OK)
        status = autan_design_make(sites, model->n_terms, model->term, model->flat,
                                   model->n_kernels, model->kernel, &made.design);
    if (status == AUTAN_OK)
        status = solve_regimes(&(solving){&made, known, panel, beside}, class);
    if (status == AUTAN_OK && beside > 0)
        status = autan_carry_over(&made, panel, beside);
    if (status == AUTAN_OK && beside > 0)
        status = drop_beside(&made, beside, panel->n_times);
    if (status == AUTAN_OK)
        status = settle(&made, panel->n_times - 2 * beside);
    if (status == AUTAN_OK) {
        *hours = made;
        made = (autan_hours){0};
    }

cleanup:
    free(known);
    autan_hours_clear(&made);
    return status;
}

autan_status autan_hours_solve(const autan_model *model, const autan_sites *sites,
                               const char *const *id, const autan_panel *panel,
                               int class, autan_hours *hours)
{
    return solve_panel(model, sites, id, panel, class, 0, hours);
}

autan_status autan_hours_solve_beside(const autan_model *model,
                                      const autan_sites *sites, const char *const *id,
                                      const autan_panel *panel, size_t beside,
                                      autan_hours *hours)
{
    return solve_panel(model, sites, id, panel, AUTAN_CLASS_OWN, beside, hours);
}
