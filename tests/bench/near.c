/* How far kriging from the stations nearby is from the exact answer:
 *
 *   near CITY.ini TIME CELLS K...
 *
 * prints for each K the root mean square difference of the means in standard errors and
 * the largest, that of the standard errors in percent, over an even sample of the
 * cells; then microseconds of a cell, exact and near. The model is the archive's, or
 * what the city file gives.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "kriging/field.h"
#include "kriging/near.h"
#include "seconds.h"
#include "town.h"

typedef struct {
    autan_sites sites;
    double *x, *y, *covariate;
} cells;

static autan_status sample(const town *t, size_t wanted, cells *c, autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    const size_t nc = t->city.n_covariates, all = g->nx * g->ny;
    double *column = malloc(all * sizeof *column);
    const size_t n = wanted < all ? wanted : all;
    *c = (cells){.x = malloc(n * sizeof *c->x),
                 .y = malloc(n * sizeof *c->y),
                 .covariate = malloc((n * nc + 1) * sizeof *c->covariate)};
    if (!column || !c->x || !c->y || !c->covariate)
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    for (size_t k = 0; k < nc; k++) {
        autan_status status =
            autan_raster_read_rows(t->raster[k], 0, g->ny, column, err);
        if (status != AUTAN_OK)
            return status;
        for (size_t i = 0; i < n; i++)
            c->covariate[i * nc + k] = column[i * all / n];
    }
    for (size_t i = 0; i < n; i++) {
        c->x[i] = autan_grid_x(g, i * all / n % g->nx);
        c->y[i] = autan_grid_y(g, i * all / n / g->nx);
    }
    free(column);
    c->sites = (autan_sites){n, nc, c->x, c->y, c->covariate};
    return AUTAN_OK;
}

/* As many stations as there are: the limit of the program does not count here. */
static autan_status exact(const town *t, const autan_model *model,
                          const autan_panel *panel, const cells *c, float *mean,
                          float *error, double *taken)
{
    autan_hours hours = {0};
    autan_field *field = NULL;
    double start;
    autan_status status = autan_hours_solve(model, &t->sites, t->station_id, panel,
                                            AUTAN_CLASS_OWN, &hours);
    if (status == AUTAN_OK)
        status = autan_field_new(&t->sites, &hours, panel->n_times, &field);
    start = seconds();
    if (status == AUTAN_OK)
        status = autan_field_evaluate(field, &c->sites, 0, 1, c->sites.n, mean, error);
    *taken = seconds() - start;
    autan_field_free(field);
    autan_hours_clear(&hours);
    return status;
}

static autan_status nearby(const town *t, const autan_model *model,
                           const autan_panel *panel, const cells *c, size_t k,
                           float *mean, float *error, double *taken)
{
    static const size_t row = 0;
    autan_near *near = NULL;
    double start;
    autan_status status =
        autan_near_solve(model, &t->sites, t->station_id, panel, k, &near);
    start = seconds();
    if (status == AUTAN_OK)
        status = autan_near_evaluate(near, &c->sites, 1, &row, c->sites.n, mean, error);
    *taken = seconds() - start;
    autan_near_free(near);
    return status;
}

static void tell(size_t k, size_t n, const float *mean, const float *error,
                 const float *near_mean, const float *near_error, double taken)
{
    double square = 0.0, worst = 0.0, spread = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double off = (double)(near_mean[i] - mean[i]) / (double)error[i];
        square += off * off / (double)n;
        worst = fmax(worst, fabs(off));
        spread += pow((double)near_error[i] / (double)error[i] - 1.0, 2) / (double)n;
    }
    printf("k=%zu rms=%.4f worst=%.4f spread=%.3f near=%.1f\n", k, sqrt(square), worst,
           100.0 * sqrt(spread), 1e6 * taken / (double)n);
}

int main(int argc, char **argv)
{
    autan_error err = {0};
    town t = {0};
    autan_model *model = NULL;
    autan_panel panel = {0};
    cells c = {0};
    autan_time time;
    float *value = NULL;
    double taken;
    autan_status status;
    if (argc < 5 || autan_time_parse_argument(argv[2], &time) != AUTAN_OK) {
        fprintf(stderr, "usage: near CITY.ini TIME CELLS K...\n");
        return 2;
    }
    status = town_open(argv[1], &t, &err);
    if (status == AUTAN_OK)
        status = town_model(&t, false, &model, &err);
    if (status == AUTAN_OK)
        status = town_read_panel(&t, time, time, &panel, &err);
    if (status == AUTAN_OK)
        status = sample(&t, (size_t)strtol(argv[3], NULL, 10), &c, &err);
    if (status == AUTAN_OK) {
        const size_t n = c.sites.n;
        value = malloc(4 * n * sizeof *value);
        status = value ? exact(&t, model, &panel, &c, value, value + n, &taken)
                       : AUTAN_NO_MEMORY;
        if (status == AUTAN_OK)
            printf("stations=%zu cells=%zu exact=%.1f\n", t.stations.n, n,
                   1e6 * taken / (double)n);
        for (int a = 4; status == AUTAN_OK && a < argc; a++) {
            const size_t k = (size_t)strtol(argv[a], NULL, 10);
            status =
                nearby(&t, model, &panel, &c, k, value + 2 * n, value + 3 * n, &taken);
            if (status == AUTAN_OK)
                tell(k, n, value, value + n, value + 2 * n, value + 3 * n, taken);
        }
        if (status != AUTAN_OK)
            autan_fail(&err, status, "%s", autan_status_text(status));
    }
    if (status != AUTAN_OK)
        fprintf(stderr, "near: %s\n", err.text);
    free(value);
    free(c.x);
    free(c.y);
    free(c.covariate);
    autan_panel_clear(&panel);
    autan_model_free(model);
    town_close(&t);
    return status == AUTAN_OK ? 0 : 1;
}
