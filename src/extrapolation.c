#include "extrapolation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const autan_map_variable extrapolation_variable = {
    .name = "extrapolation",
    .long_name = "how far the ground lies beyond what the stations have seen",
    .units = "1",
    .comment = "in standard deviations over the stations, the farthest of all "
               "covariates of the "
               "trend and of their mixture, at most 99; 0 within what stations have. "
               "There the "
               "maps are less sure than their standard error says",
    .quantum = 1.0 / 64.0,
    .timeless = true};

/* The covariates of the stations that report, of others NaN. */
static void copy_reporting(const town *t, const autan_panel *panel, double *value)
{
    const size_t n = t->stations.n, nc = t->city.n_covariates;
    for (size_t k = 0; k < n * nc; k++)
        value[k] = NAN;
    for (size_t k = 0; k < panel->n_times * n; k++) {
        if (!isnan(panel->value[k]))
            memcpy(value + k % n * nc, t->covariate + k % n * nc, nc * sizeof *value);
    }
}

autan_status extrapolation_make(const town *t, const autan_model *model,
                                const autan_panel *panel, autan_seen *seen,
                                autan_error *err)
{
    const size_t nc = t->city.n_covariates;
    bool *used = calloc(nc + 1, sizeof *used);
    double *value = malloc((t->stations.n * nc + 1) * sizeof *value);
    autan_status status = AUTAN_NO_MEMORY;
    if (used && value) {
        for (size_t k = 0; k < model->n_terms; k++)
            used[model->term[k].covariate] = true;
        copy_reporting(t, panel, value);
        status = autan_seen_make(t->stations.n, nc, value, used, seen);
    }
    free(used);
    free(value);
    return status == AUTAN_OK ? status : town_no_memory(t, err);
}
