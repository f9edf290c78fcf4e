#include "kriging/hours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"

/* A reading further than this from the others' prediction is not believed. */
static const double REJECT_STANDARD_ERRORS = 6.0, REJECT_KELVIN = 3.0;
enum { REJECT_STATIONS_MIN = 6 };

double autan_hour_scale(double dof, double quadratic_form, double freedom)
{
    return isinf(dof) || dof + freedom <= 0.0 ? 1.0
                                              : (dof + quadratic_form) / (dof + freedom);
}

/* The season nearest to the regime's that the model knows at the same hour. */
static long find_regime(const autan_model *model, size_t regime)
{
    static const int order[AUTAN_SEASONS] = {0, 1, 3, 2};
    size_t hour = regime % AUTAN_HOURS, season = regime / AUTAN_HOURS;
    for (int k = 0; k < AUTAN_SEASONS; k++) {
        size_t other = (season + (size_t)order[k]) % AUTAN_SEASONS * AUTAN_HOURS + hour;
        if (model->regime[other].n_hours > 0)
            return (long)other;
    }
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        if (model->regime[r].n_hours > 0)
            return (long)r;
    }
    return -1;
}

static void group_clear(autan_group *g)
{
    for (size_t h = 0; g->hour && h < g->n_hours; h++) {
        free(g->hour[h].missing);
        free(g->hour[h].L);
    }
    free(g->hour);
    free(g->persistent);
    free(g->hourly);
    free(g->station);
    free(g->mean_station);
    free(g->mean_alpha);
    free(g->mean_beta);
    free(g->base);
    free(g->alpha);
    free(g->beta);
    autan_krige_clear(&g->mean_system);
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
    *hours = (autan_hours){0};
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

static autan_status factor(const autan_design *design, const double *theta, size_t q,
                           size_t m, const size_t *index, const double *extra,
                           autan_krige *system)
{
    double *C = autan_matrix_new(m, m);
    double *F = pick_trend(design, q, m, index);
    autan_status status = AUTAN_NO_MEMORY;
    if (C && F) {
        autan_design_covariance(design, theta, m, index, C);
        for (size_t i = 0; extra && i < m; i++)
            C[i * m + i] += extra[i];
        status = autan_krige_factor(m, q, C, F, system);
    }
    free(C);
    free(F);
    return status;
}

/* The persistent level: kriging of the regime's station means. */
static autan_status solve_means(const autan_design *design, const double *mean,
                                autan_group *g)
{
    double *y = autan_matrix_new(design->n, 1);
    autan_status status = AUTAN_NO_MEMORY;
    g->mean_station = malloc(design->n * sizeof *g->mean_station);
    g->mean_alpha = autan_matrix_new(design->n, 1);
    g->mean_beta = autan_matrix_new(g->q, 1);
    if (!y || !g->mean_station || !g->mean_alpha || !g->mean_beta)
        goto cleanup;
    for (size_t i = 0; i < design->n; i++) {
        if (isnan(mean[i]))
            continue;
        y[g->m_mean] = mean[i];
        g->mean_station[g->m_mean++] = i;
    }
    status = factor(design, g->persistent, g->q, g->m_mean, g->mean_station, NULL,
                    &g->mean_system);
    if (status == AUTAN_OK)
        autan_krige_weights(&g->mean_system, 1, y, g->mean_alpha, g->mean_beta);

cleanup:
    free(y);
    return status;
}

/* Mean and variance of the persistent level at a site that has no mean of its own. */
static autan_status predict_mean(const autan_design *design, const autan_group *g,
                                 size_t site, double *mean, double *variance)
{
    double *c = autan_matrix_new(g->m_mean, 1);
    double c0 = 0.0;
    if (!c)
        return AUTAN_NO_MEMORY;
    memset(c, 0, g->m_mean * sizeof *c);
    for (size_t k = 0; k < design->n_components; k++) {
        const double *row = design->K[k] + site * design->n;
        c0 += g->persistent[k] * row[site];
        for (size_t i = 0; i < g->m_mean; i++)
            c[i] += g->persistent[k] * row[g->mean_station[i]];
    }
    autan_krige_predict(&g->mean_system, c, design->F + site * design->q, c0, g->mean_alpha,
                        g->mean_beta, mean, variance);
    free(c);
    return AUTAN_OK;
}

/* What is taken off every station's readings, and the variance added where it is not
 * the station's own mean. */
static autan_status set_base(const autan_design *design, const double *mean, autan_group *g,
                             double *extra)
{
    for (size_t i = 0; i < g->m; i++) {
        double m = g->two_levels ? mean[g->station[i]] : 0.0;
        extra[i] = 0.0;
        if (isnan(m)) {
            autan_status status =
                predict_mean(design, g, g->station[i], &m, &extra[i]);
            if (status != AUTAN_OK)
                return status;
        }
        g->base[i] = m;
    }
    return AUTAN_OK;
}

static autan_status set_stations(const autan_panel *panel, autan_group *g)
{
    const size_t n = panel->n_stations;
    g->station = malloc((n + 1) * sizeof *g->station);
    if (!g->station)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < n; i++) {
        size_t h = 0;
        while (h < g->n_hours && isnan(panel->value[g->hour[h].row * n + i]))
            h++;
        if (h < g->n_hours)
            g->station[g->m++] = i;
    }
    return AUTAN_OK;
}

static double quadratic_form(size_t m, const double *a, const double *b)
{
    double sum = 0.0;
    for (size_t i = 0; i < m; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Completes y at the hour's missing places and writes the hour's weights. */
static autan_status weigh_hour(autan_group *g, autan_hour *hour, double *y, double *alpha,
                               double *beta)
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
    hour->scale =
        autan_hour_scale(g->dof, quadratic_form(g->m, y, alpha),
                         (double)g->m - (double)hour->n_missing - (double)g->q);
    return AUTAN_OK;
}

/* The place furthest from what the others say, if that is too far; m otherwise. Needs
 * the P of the reduced system in Q. */
static size_t find_liar(const autan_group *g, const autan_hour *hour, const double *y,
                        const double *alpha, const double *Q)
{
    const double freedom = (double)(g->m - hour->n_missing) - (double)g->q;
    const double form = quadratic_form(g->m, y, alpha);
    double worst = REJECT_STANDARD_ERRORS;
    size_t liar = g->m;
    for (size_t i = 0; i < g->m; i++) {
        double p = Q[i * g->m + i], error, scale, ratio;
        if (!(p > 0.0))
            continue;
        error = alpha[i] / p;
        scale = autan_hour_scale(g->dof, form - error * alpha[i], freedom - 1.0);
        ratio = fabs(error) * sqrt(p / scale);
        if (ratio > worst && fabs(error) > REJECT_KELVIN) {
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
    if (isinf(g->dof) || reporting < REJECT_STATIONS_MIN)
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

static autan_status solve_hour(autan_hours *hours, const autan_panel *panel, autan_group *g,
                               size_t h, double *y, double *alpha, double *beta)
{
    autan_hour *hour = &g->hour[h];
    const double *reading = panel->value + hour->row * panel->n_stations;
    autan_status status;
    hour->missing = malloc((g->m + 1) * sizeof *hour->missing);
    if (!hour->missing)
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
    hour->same_as = h;
    for (size_t e = 0; e < h; e++) {
        const autan_hour *earlier = &g->hour[e];
        if (earlier->same_as == e && earlier->n_missing == hour->n_missing &&
            memcmp(earlier->missing, hour->missing,
                   hour->n_missing * sizeof *hour->missing) == 0) {
            hour->same_as = e;
            break;
        }
    }
    return AUTAN_OK;
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

/* Solves a group whose regime, hours and q are set. */
static autan_status solve_group(autan_hours *hours, const double *mean,
                                const autan_panel *panel, autan_group *g)
{
    const autan_design *design = &hours->design;
    double *extra = NULL;
    autan_status status = set_stations(panel, g);
    if (status == AUTAN_OK && g->two_levels)
        status = solve_means(design, mean, g);
    if (status != AUTAN_OK)
        return status;
    extra = autan_matrix_new(g->m, 1);
    g->base = autan_matrix_new(g->m, 1);
    if (!extra || !g->base)
        status = AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        status = set_base(design, mean, g, extra);
    if (status == AUTAN_OK)
        status = factor(design, g->hourly, g->q, g->m, g->station, extra, &g->hour_system);
    if (status == AUTAN_OK)
        status = solve_all_hours(hours, panel, g);
    free(extra);
    return status;
}

/* A group for the rows, with the variances of the regime or of the nearest one. */
static autan_status start_group(const autan_model *model, size_t regime, size_t q,
                                size_t n_rows, const size_t *row, autan_group *g)
{
    long known = find_regime(model, regime);
    const autan_regime *r;
    const size_t bytes = model->n_components * sizeof(double);
    if (known < 0)
        return AUTAN_NO_DATA;
    r = &model->regime[known];
    *g = (autan_group){.regime = (size_t)known, .q = q, .n_hours = n_rows, .dof = r->dof};
    g->borrowed = (size_t)known != regime;
    g->two_levels = r->two_levels && !g->borrowed;
    g->hour = calloc(n_rows, sizeof *g->hour);
    g->persistent = malloc(bytes);
    g->hourly = malloc(bytes);
    if (!g->hour || !g->persistent || !g->hourly)
        return AUTAN_NO_MEMORY;
    memcpy(g->persistent, r->persistent, bytes);
    memcpy(g->hourly, r->hourly, bytes);
    /* Without the season's own means the persistent field is part of the unknown. */
    for (size_t k = 0; g->borrowed && r->two_levels && k < model->n_components; k++)
        g->hourly[k] += r->persistent[k];
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

static autan_status append_group(autan_hours *hours, const double *mean,
                                 const autan_panel *panel, size_t regime, size_t q,
                                 size_t n_rows, const size_t *row)
{
    autan_group g = {0};
    autan_group *grown;
    autan_status status = start_group(hours->model, regime, q, n_rows, row, &g);
    g.trend_dropped = q < hours->design.q;
    if (status == AUTAN_OK)
        status = solve_group(hours, mean, panel, &g);
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
static autan_status append_regime(autan_hours *hours, const double *mean,
                                  const autan_panel *panel, size_t regime, size_t n_rows,
                                  size_t *row)
{
    const size_t q = hours->design.q;
    size_t n_full = 0;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; k < n_rows; k++) {
        if (count_readings(panel, row[k]) > q || q == 1) {
            size_t swap = row[n_full];
            row[n_full++] = row[k];
            row[k] = swap;
        }
    }
    if (n_full > 0) {
        status = append_group(hours, mean, panel, regime, q, n_full, row);
        if (status == AUTAN_NO_DATA || (status == AUTAN_SINGULAR && q > 1)) {
            status = AUTAN_OK;
            for (size_t k = 0; status == AUTAN_OK && k < n_full; k++) {
                status = append_group(hours, mean, panel, regime, q, 1, row + k);
                if (status != AUTAN_OK && status != AUTAN_NO_MEMORY && q > 1)
                    status = append_group(hours, mean, panel, regime, 1, 1, row + k);
            }
        }
    }
    if (status == AUTAN_OK && n_full < n_rows)
        status = append_group(hours, mean, panel, regime, 1, n_rows - n_full, row + n_full);
    return status;
}

/* Means of the model's regime for the sites, matched by id. */
static void match_means(const autan_model *model, const autan_regime *r, size_t n,
                        const char *const *id, double *mean)
{
    for (size_t i = 0; i < n; i++) {
        mean[i] = NAN;
        for (size_t j = 0; r->mean && j < model->n_stations; j++) {
            if (strcmp(model->station[j], id[i]) == 0)
                mean[i] = r->mean[j];
        }
    }
}

autan_status autan_hours_solve(const autan_model *model, const autan_sites *sites,
                               const char *const *id, const autan_panel *panel,
                               autan_hours *hours)
{
    autan_hours made = {.model = model};
    size_t *row = malloc((panel->n_times + 1) * sizeof *row);
    double *mean = autan_matrix_new(sites->n, 1);
    autan_status status = AUTAN_NO_MEMORY;

    if (!row || !mean)
        goto cleanup;
    status = autan_design_make(sites, model->n_terms, model->term, model->flat,
                               model->n_kernels, model->kernel, &made.design);
    for (size_t r = 0; status == AUTAN_OK && r < AUTAN_REGIMES; r++) {
        size_t n_rows = 0;
        for (size_t t = 0; t < panel->n_times; t++) {
            if (autan_regime_of(autan_panel_time(panel, t)) != r)
                continue;
            if (count_readings(panel, t) > 0)
                row[n_rows++] = t;
            else
                made.n_unanswered++;
        }
        if (n_rows == 0)
            continue;
        match_means(model, &model->regime[r], sites->n, id, mean);
        status = append_regime(&made, mean, panel, r, n_rows, row);
    }
    if (status == AUTAN_OK && made.n_groups == 0)
        status = AUTAN_NO_DATA;
    if (status == AUTAN_OK) {
        *hours = made;
        made = (autan_hours){0};
    }

cleanup:
    free(row);
    free(mean);
    autan_hours_clear(&made);
    return status;
}
