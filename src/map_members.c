#include "map_members.h"

#include <stdlib.h>

#include "message.h"

/* Of pairs of members that are drawn side by side. */
enum { BATCH_BYTES = 1 << 29 };

autan_map_variable map_members_variable(const map_members *wanted, double quantum)
{
    return (autan_map_variable){
        .name = "air_temperature_member",
        .standard_name = "air_temperature",
        .long_name = "members of the air temperature",
        .units = "degC",
        .cell_methods = "time: mean (interval: 1 hour comment: hour ending at time)",
        .comment = wanted->noise
                       ? "conditional simulation: what new stations in all cells might "
                         "read; the mean and the standard error of members are those "
                         "of the map, their errors hang together in space and time"
                       : "conditional simulation of the field, without the noise of a "
                         "sensor and without what differs within metres: members vary "
                         "less than the standard error says",
        .quantum = quantum,
        .members = true};
}

/* All cells with their covariates, for the caller to free(). */
static autan_status read_ground(const town *t, double **covariate, autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    const size_t cells = g->nx * g->ny, nc = t->city.n_covariates;
    double *row = malloc(g->nx * sizeof *row);
    autan_status status = AUTAN_OK;
    *covariate = malloc((cells * nc + 1) * sizeof **covariate);
    if (!row || !*covariate)
        status = town_no_memory(t, err);
    for (size_t j = 0; status == AUTAN_OK && j < g->ny; j++)
        status = town_read_ground(t, j, 1, row, *covariate + j * g->nx * nc, err);
    free(row);
    return status;
}

/* The run's members go through the hours; those beyond the last wanted are dropped. */
static autan_status write_batch(const town *t, autan_simulation_run *run,
                                size_t n_times, size_t first, size_t n, size_t variable,
                                float *value, autan_mapfile *file, autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    const size_t cells = g->nx * g->ny;
    size_t *time = malloc(n * sizeof *time);
    autan_status status = time ? AUTAN_OK : town_no_memory(t, err);
    for (size_t h = 0; status == AUTAN_OK && h < n_times; h++) {
        const autan_map_block out = {.variable = variable,
                                     .n_times = n,
                                     .n_rows = g->ny,
                                     .value = value,
                                     .time_stride = cells,
                                     .row_stride = g->nx};
        status = autan_simulation_next(run, h, value);
        if (status != AUTAN_OK) {
            status = town_unsolved(t, status, err);
            break;
        }
        for (size_t k = 0; k < n; k++)
            time[k] = (first + k) * n_times + h;
        status = autan_mapfile_write_times(file, &out, time, NULL, err);
    }
    free(time);
    return status;
}

autan_status map_members_write(const town *t, const autan_simulation_info *solved,
                               const map_members *wanted, size_t variable,
                               autan_mapfile *file, autan_error *err)
{
    const size_t pairs = (wanted->n + 1) / 2;
    autan_simulation *simulation = NULL;
    autan_simulation_info info = *solved;
    double *covariate = NULL;
    float *value = NULL;
    size_t batch = 1;
    autan_status status = read_ground(t, &covariate, err);
    info.stations = &t->sites;
    info.grid = &t->city.grid;
    info.n_covariates = t->city.n_covariates;
    info.covariate = covariate;
    info.noise = wanted->noise;
    info.seed = wanted->seed;
    if (status == AUTAN_OK && autan_simulation_new(&info, &simulation) != AUTAN_OK)
        status = town_no_memory(t, err);
    if (status == AUTAN_OK) {
        batch = BATCH_BYTES / autan_simulation_pair_bytes(simulation);
        batch = batch < 1 ? 1 : batch > pairs ? pairs : batch;
        value = malloc(2 * batch * t->city.grid.nx * t->city.grid.ny * sizeof *value);
        if (!value)
            status = town_no_memory(t, err);
    }
    for (size_t p = 0; status == AUTAN_OK && p < pairs; p += batch) {
        const size_t n_pairs = pairs - p < batch ? pairs - p : batch;
        const size_t left = wanted->n - 2 * p,
                     n = left < 2 * n_pairs ? left : 2 * n_pairs;
        autan_simulation_run *run = NULL;
        if (autan_simulation_start(simulation, p, n_pairs, &run) != AUTAN_OK)
            status = town_no_memory(t, err);
        if (status == AUTAN_OK)
            status = write_batch(t, run, solved->n_times, 2 * p, n, variable, value,
                                 file, err);
        autan_simulation_end(run);
        message_progress("members", 2 * p + n, wanted->n);
    }
    autan_simulation_free(simulation);
    free(covariate);
    free(value);
    return status;
}
