#include "kriging/carry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/likeness.h"
#include "kriging/matrix.h"

/* Below this part of the largest, a diagonal of P means that the trend alone fits the
 * place. */
static const double NOTHING_LEFT = 1e-12;

static size_t most_missing(const autan_group *g)
{
    size_t most = 0;
    for (size_t h = 0; h < g->n_hours; h++)
        most = g->hour[h].n_missing > most ? g->hour[h].n_missing : most;
    return most;
}

/* Diagonal of P without the hour's missing places, 0 there; H (n_missing x m) is for
 * work. */
static void reduced_diagonal(const autan_group *g, const autan_hour *hour, double *H,
                             double *diagonal)
{
    const size_t m = g->m, k = hour->n_missing;
    for (size_t a = 0; a < k; a++)
        memcpy(H + a * m, g->hour_system.P + hour->missing[a] * m, m * sizeof *H);
    autan_matrix_solve_lower(0, k, m, hour->L, H);
    for (size_t i = 0; i < m; i++) {
        diagonal[i] = g->hour_system.P[i * m + i];
        for (size_t a = 0; a < k; a++)
            diagonal[i] -= H[a * m + i] * H[a * m + i];
    }
    for (size_t a = 0; a < k; a++)
        diagonal[hour->missing[a]] = 0.0;
}

autan_status autan_hourly_errors(const autan_hours *hours, size_t n_times,
                                 size_t n_stations, float *z)
{
    for (size_t i = 0; i < n_times * n_stations; i++)
        z[i] = 0.0f;
    for (size_t k = 0; k < hours->n_groups; k++) {
        const autan_group *g = &hours->group[k];
        double *H = autan_matrix_new(most_missing(g), g->m);
        double *p = autan_matrix_new(g->m, 1);
        if (!H || !p) {
            free(H);
            free(p);
            return AUTAN_NO_MEMORY;
        }
        for (size_t h = 0; h < g->n_hours; h++) {
            const autan_hour *hour = &g->hour[h];
            double largest = 0.0;
            reduced_diagonal(g, hour, H, p);
            for (size_t i = 0; i < g->m; i++)
                largest = fmax(largest, p[i]);
            for (size_t i = 0; i < g->m; i++) {
                if (p[i] > NOTHING_LEFT * largest)
                    z[hour->row * n_stations + g->station[i]] =
                        (float)(g->alpha[i * g->n_hours + h] / sqrt(p[i]));
            }
        }
        free(H);
        free(p);
    }
    return AUTAN_OK;
}

double autan_hourly_autocorrelation(size_t n_times, size_t n_stations, const float *z)
{
    autan_likeness_pairs pairs = {0};
    for (size_t t = 0; t + 1 < n_times; t++)
        autan_likeness_add(n_stations, z + t * n_stations, z + (t + 1) * n_stations,
                           &pairs);
    return autan_likeness_correlation(&pairs);
}

/* The errors around a silent hour. */
typedef struct {
    const autan_panel *panel;
    const float *z; /* n_times x n_stations */
    size_t reach;
    double r;
} around;

/* The nearest row with an error, 1 to reach rows away in a direction: how far, or 0. */
static size_t nearest(const around *c, size_t row, size_t site, int forwards)
{
    for (size_t lag = 1; lag <= c->reach; lag++) {
        if (forwards ? row + lag >= c->panel->n_times : row < lag)
            return 0;
        const size_t t = forwards ? row + lag : row - lag;
        if (c->z[t * c->panel->n_stations + site] != 0.0f)
            return lag;
    }
    return 0;
}

/* Expected error, in standard errors, and the part f of its variance that is left; 1
 * where nothing was heard. */
static double expect(const around *c, size_t row, size_t site, double *f)
{
    const size_t n = c->panel->n_stations;
    const size_t a = nearest(c, row, site, 0), b = nearest(c, row, site, 1);
    const double ra = a ? pow(c->r, (double)a) : 0.0;
    const double rb = b ? pow(c->r, (double)b) : 0.0;
    const double both = 1.0 - ra * ra * rb * rb;
    *f = (1.0 - ra * ra) * (1.0 - rb * rb) / both;
    return ((a ? ra * (1.0 - rb * rb) * (double)c->z[(row - a) * n + site] : 0.0) +
            (b ? rb * (1.0 - ra * ra) * (double)c->z[(row + b) * n + site] : 0.0)) /
           both;
}

/* Fills precision and y at the hour's silent places, y being what the others predict
 * there and V the covariance of the errors (n_missing square): how many there are. */
static size_t put_in_place(const around *c, const autan_group *g, autan_hour *hour,
                           const double *V, double *y)
{
    const double *reading = c->panel->value + hour->row * c->panel->n_stations;
    size_t carried = 0;
    for (size_t a = 0; a < hour->n_missing; a++) {
        const size_t place = hour->missing[a], site = g->station[place];
        const double variance = V[a * hour->n_missing + a];
        double f, z;
        if (!isnan(reading[site]))
            continue;
        z = expect(c, hour->row, site, &f);
        if (!(f < 1.0 && f > 0.0 && variance > 0.0))
            continue;
        hour->precision[a] = (1.0 - f) / (f * variance);
        y[place] += sqrt(variance) * z / (1.0 - f);
        carried++;
    }
    return carried;
}

static autan_status carry_hour(const around *c, autan_group *g, size_t h, double *work)
{
    autan_hour *hour = &g->hour[h];
    const double *reading = c->panel->value + hour->row * c->panel->n_stations;
    const size_t k = hour->n_missing;
    double *y = work, *alpha = work + g->m, *beta = work + 2 * g->m;
    double *V = autan_matrix_new(k, k);
    size_t carried = 0;
    autan_status status = AUTAN_NO_MEMORY;
    if (!V)
        return status;
    for (size_t i = 0; i < g->m; i++)
        y[i] = reading[g->station[i]] - g->base[i];
    status = autan_krige_without(&g->hour_system, k, hour->missing, hour->L, y);
    if (status == AUTAN_OK) {
        memcpy(V, hour->L, k * k * sizeof *V);
        status = autan_matrix_inverse_of_cholesky(k, V);
    }
    if (status == AUTAN_OK)
        carried = put_in_place(c, g, hour, V, y);
    free(V);
    if (status != AUTAN_OK || carried == 0)
        return status;
    status = autan_krige_noisier(&g->hour_system, k, hour->missing, hour->precision,
                                 hour->L, y);
    if (status != AUTAN_OK)
        return status;
    autan_krige_weights(&g->hour_system, 1, y, alpha, beta);
    hour->amplitude = g->u ? autan_matrix_dot(g->m, g->u, alpha) : 0.0;
    for (size_t i = 0; i < g->m; i++)
        g->alpha[i * g->n_hours + h] = alpha[i];
    for (size_t i = 0; i < g->q; i++)
        g->beta[i * g->n_hours + h] = beta[i];
    return AUTAN_OK;
}

autan_status autan_carry_over(autan_hours *hours, const autan_panel *panel,
                              size_t reach)
{
    float *z = malloc((panel->n_times * panel->n_stations + 1) * sizeof *z);
    const around c = {panel, z, reach, hours->model->autocorrelation};
    autan_status status = AUTAN_NO_MEMORY;
    if (z)
        status = autan_hourly_errors(hours, panel->n_times, panel->n_stations, z);
    for (size_t k = 0; status == AUTAN_OK && k < hours->n_groups; k++) {
        autan_group *g = &hours->group[k];
        double *work = autan_matrix_new(3, g->m + g->q);
        status = work ? AUTAN_OK : AUTAN_NO_MEMORY;
        for (size_t h = 0; status == AUTAN_OK && h < g->n_hours; h++) {
            if (g->hour[h].n_missing > 0)
                status = carry_hour(&c, g, h, work);
        }
        free(work);
    }
    free(z);
    return status;
}
