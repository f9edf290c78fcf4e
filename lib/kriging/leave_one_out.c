#include "kriging/leave_one_out.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"

/* Below this part of the largest, a diagonal of P means that the trend alone fits the
 * place: nothing is left to predict it from. */
static const double NOTHING_LEFT = 1e-12;

typedef struct {
    const autan_hours *hours;
    const autan_panel *panel;
    const autan_group *group;
    double *mean_error, *mean_variance; /* by site; NaN where it cannot be had */
    double *Q;                          /* reduced P of the pattern in work */
    double *cover;                      /* errors' variances of missing places */
    autan_left_out *result;
    size_t n;
} scoring;

/* Errors of the persistent level when one station's mean is withheld. */
static void score_means(scoring *s)
{
    const autan_group *g = s->group;
    double largest = 0.0;
    for (size_t i = 0; i < s->panel->n_stations; i++)
        s->mean_error[i] = s->mean_variance[i] = 0.0;
    for (size_t i = 0; i < g->m_mean; i++)
        largest = fmax(largest, g->mean_system.P[i * g->m_mean + i]);
    for (size_t i = 0; i < g->m_mean; i++) {
        double p = g->mean_system.P[i * g->m_mean + i];
        size_t site = g->mean_station[i];
        s->mean_error[site] = p > NOTHING_LEFT * largest ? g->mean_alpha[i] / p : NAN;
        s->mean_variance[site] = 1.0 / p;
    }
}

static void emit(scoring *s, const autan_hour *hour, size_t place, double error,
                 double variance, double form, double freedom)
{
    const autan_group *g = s->group;
    const size_t site = g->station[place];
    const double observed = s->panel->value[hour->row * s->panel->n_stations + site];
    double total = s->mean_error[site] + error;
    double scale = autan_hour_scale(g->dof, form, freedom);
    if (isnan(observed) || isnan(total))
        return;
    s->result[s->n++] = (autan_left_out){
        .row = hour->row,
        .site = site,
        .observed = observed,
        .predicted = observed - total,
        .standard_error = sqrt(s->mean_variance[site] + scale * variance),
        .mean_variance = s->mean_variance[site],
        .hour_variance = variance,
        .quadratic_form = form,
        .freedom = freedom,
    };
}

/* A reading that the hour left out as not believable is predicted by those that
 * completed it: its completed value is base + y, which alpha does not hold, so it is
 * found from the others anew. */
static void score_rejected(scoring *s, size_t h, const double *y, double form,
                           double freedom)
{
    const autan_group *g = s->group;
    const autan_hour *hour = &g->hour[h];
    for (size_t a = 0; a < hour->n_missing; a++) {
        size_t place = hour->missing[a], site = g->station[place];
        double observed = s->panel->value[hour->row * s->panel->n_stations + site];
        if (!isnan(observed))
            emit(s, hour, place, observed - g->base[place] - y[place],
                 s->cover[a * hour->n_missing + a], form, freedom);
    }
}

static autan_status score_hour(scoring *s, size_t h, double *y)
{
    const autan_group *g = s->group;
    const autan_hour *hour = &g->hour[h];
    const double *reading = s->panel->value + hour->row * s->panel->n_stations;
    const double freedom = (double)(g->m - hour->n_missing) - (double)g->q;
    double form = 0.0, largest = 0.0;
    double *L;
    autan_status status;

    for (size_t i = 0; i < g->m; i++) {
        y[i] = reading[g->station[i]] - g->base[i];
        largest = fmax(largest, s->Q[i * g->m + i]);
    }
    L = autan_matrix_new(hour->n_missing, hour->n_missing);
    if (!L)
        return AUTAN_NO_MEMORY;
    status = autan_krige_without(&g->hour_system, hour->n_missing, hour->missing, L, y);
    free(L);
    if (status != AUTAN_OK)
        return status;
    for (size_t i = 0; i < g->m; i++)
        form += y[i] * g->alpha[i * g->n_hours + h];
    for (size_t i = 0; i < g->m; i++) {
        double p = s->Q[i * g->m + i], alpha = g->alpha[i * g->n_hours + h];
        if (p > NOTHING_LEFT * largest)
            emit(s, hour, i, alpha / p, 1.0 / p, form - alpha * alpha / p, freedom - 1.0);
    }
    score_rejected(s, h, y, form, freedom);
    return AUTAN_OK;
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

autan_status autan_leave_one_out(const autan_hours *hours, const autan_panel *panel,
                                 autan_left_out **result, size_t *n)
{
    const size_t stations = panel->n_stations;
    scoring s = {.hours = hours, .panel = panel};
    double *y = autan_matrix_new(stations, 1);
    size_t most = 0;
    autan_status status = AUTAN_NO_MEMORY;

    for (size_t k = 0; k < hours->n_groups; k++)
        most += hours->group[k].m * hours->group[k].n_hours;
    s.mean_error = autan_matrix_new(stations, 1);
    s.mean_variance = autan_matrix_new(stations, 1);
    s.Q = autan_matrix_new(stations, stations);
    s.result = malloc((most + 1) * sizeof *s.result);
    if (!y || !s.mean_error || !s.mean_variance || !s.Q || !s.result)
        goto cleanup;
    status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < hours->n_groups; k++) {
        s.group = &hours->group[k];
        score_means(&s);
        for (size_t h = 0; status == AUTAN_OK && h < s.group->n_hours; h++) {
            if (s.group->hour[h].same_as == h)
                status = score_pattern(&s, h, y);
        }
    }
    if (status == AUTAN_OK) {
        qsort(s.result, s.n, sizeof *s.result, by_row_and_site);
        *result = s.result;
        *n = s.n;
        s.result = NULL;
    }

cleanup:
    free(y);
    free(s.mean_error);
    free(s.mean_variance);
    free(s.Q);
    free(s.cover);
    free(s.result);
    return status;
}
