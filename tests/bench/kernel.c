/* Times the kriging alone of what autan map does, in this process, nothing written:
 *
 *   kernel CITY.ini FROM TO REPEATS
 *
 * prints, as shell assignments, the shapes and the fewest seconds of solving the hours,
 * of means with standard errors of all cells, and of means alone. The covariates are in
 * memory. The model is that of the archive, or the covariance that the city file gives.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "files/mapfile.h"
#include "kernels.h"
#include "kriging/field.h"
#include "seconds.h"
#include "town.h"

/* As many values at a time as autan map holds. */
enum { BLOCK_VALUES = 1 << 24 };

typedef struct {
    double *covariate; /* cells x covariates */
    float *mean, *error;
    size_t rows, slab; /* rows and hours at a time */
} room;

static autan_status make_room(const town *t, size_t n_times, room *r, autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    const size_t nc = t->city.n_covariates, cells = g->nx * g->ny;
    double *column = malloc(cells * sizeof *column);
    size_t block;
    r->rows = autan_mapfile_chunk_rows(g);
    r->rows = r->rows < g->ny ? r->rows : g->ny;
    block = r->rows * g->nx;
    r->slab = BLOCK_VALUES / block < n_times ? BLOCK_VALUES / block : n_times;
    r->covariate = malloc((cells * nc + 1) * sizeof *r->covariate);
    r->mean = malloc(block * r->slab * sizeof *r->mean);
    r->error = malloc(block * r->slab * sizeof *r->error);
    if (!column || !r->covariate || !r->mean || !r->error)
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    for (size_t k = 0; k < nc; k++) {
        autan_status status =
            autan_raster_read_rows(t->raster[k], 0, g->ny, column, err);
        if (status != AUTAN_OK)
            return status;
        for (size_t i = 0; i < cells; i++)
            r->covariate[i * nc + k] = column[i];
    }
    free(column);
    return AUTAN_OK;
}

static autan_status evaluate(const town *t, const autan_hours *hours, size_t n_times,
                             int with_errors, room *r)
{
    const autan_grid *g = &t->city.grid;
    const size_t nc = t->city.n_covariates;
    autan_field *field = NULL;
    autan_status status = autan_field_new(&t->sites, hours, n_times, &field);
    for (size_t row = 0; status == AUTAN_OK && row < g->ny; row += r->rows) {
        const size_t n_rows = g->ny - row < r->rows ? g->ny - row : r->rows;
        const autan_field_rows rows = {g, row, n_rows, nc,
                                       r->covariate + row * g->nx * nc};
        for (size_t k = 0; status == AUTAN_OK && k < n_times; k += r->slab)
            status = autan_field_evaluate_rows(
                field, &rows, k, n_times - k < r->slab ? n_times - k : r->slab,
                n_rows * g->nx, r->mean, with_errors ? r->error : NULL);
    }
    autan_field_free(field);
    return status;
}

static autan_status run(town *t, autan_time from, autan_time to, long repeats,
                        autan_error *err)
{
    autan_model *model = NULL;
    autan_panel panel = {0};
    room r = {0};
    double solve = HUGE_VAL, field = HUGE_VAL, mean = HUGE_VAL;
    autan_status status = town_model(t, false, &model, err);
    if (status == AUTAN_OK)
        status = town_read_panel(t, from, to, &panel, err);
    if (status == AUTAN_OK)
        status = make_room(t, panel.n_times, &r, err);
    for (long k = 0; status == AUTAN_OK && k < repeats; k++) {
        autan_hours hours = {0};
        double start = seconds(), solved, both;
        status = town_solve(t, model, &panel, &hours, err);
        solved = seconds();
        if (status == AUTAN_OK)
            status = evaluate(t, &hours, panel.n_times, 1, &r);
        both = seconds();
        if (status == AUTAN_OK)
            status = evaluate(t, &hours, panel.n_times, 0, &r);
        solve = fmin(solve, solved - start);
        field = fmin(field, both - solved);
        mean = fmin(mean, seconds() - both);
        if (status == AUTAN_OK && k + 1 == repeats)
            printf("cells=%zu hours=%zu stations=%zu kernels=%zu terms=%zu groups=%zu "
                   "solve=%.4f field=%.4f alone=%.4f\n",
                   t->city.grid.nx * t->city.grid.ny, panel.n_times, t->stations.n,
                   model->n_kernels, model->n_terms, hours.n_groups, solve, field,
                   mean);
        autan_hours_clear(&hours);
    }
    free(r.covariate);
    free(r.mean);
    free(r.error);
    autan_panel_clear(&panel);
    autan_model_free(model);
    return status;
}

int main(int argc, char **argv)
{
    autan_error err = {0};
    town t = {0};
    autan_time from, to;
    autan_status status;
    if (argc != 5 || autan_time_parse_argument(argv[2], &from) != AUTAN_OK ||
        autan_time_parse_argument(argv[3], &to) != AUTAN_OK) {
        fprintf(stderr, "usage: kernel CITY.ini FROM TO REPEATS\n");
        return 2;
    }
    kernels_remember(argv);
    status = town_open(argv[1], &t, &err);
    if (status == AUTAN_OK)
        status = run(&t, from, to, strtol(argv[4], NULL, 10), &err);
    if (status != AUTAN_OK)
        fprintf(stderr, "kernel: %s\n", err.text);
    town_close(&t);
    return status == AUTAN_OK ? 0 : 1;
}
