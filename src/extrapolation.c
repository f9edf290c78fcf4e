#include "extrapolation.h"

#include <math.h>
#include <stdlib.h>

static void mark_reporting(const autan_panel *panel, bool *reports)
{
    for (size_t k = 0; k < panel->n_times * panel->n_stations; k++)
        reports[k % panel->n_stations] |= !isnan(panel->value[k]);
}

autan_status extrapolation_make(const town *t, const autan_model *model,
                                const autan_panel *panel, extrapolation *e,
                                autan_error *err)
{
    const size_t n = t->stations.n, nc = t->city.n_covariates;
    bool *reports = calloc(n + 1, sizeof *reports);
    double *column = malloc((n + 1) * sizeof *column);
    autan_status status = AUTAN_OK;
    *e = (extrapolation){.used = calloc(nc + 1, sizeof *e->used),
                         .seen = calloc(nc + 1, sizeof *e->seen)};
    if (!reports || !column || !e->used || !e->seen)
        status = town_no_memory(t, err);
    if (status == AUTAN_OK)
        mark_reporting(panel, reports);
    for (size_t k = 0; status == AUTAN_OK && k < model->n_terms; k++)
        e->used[model->term[k].covariate] = true;
    for (size_t k = 0; status == AUTAN_OK && k < nc; k++) {
        for (size_t i = 0; i < n; i++)
            column[i] = reports[i] ? t->covariate[i * nc + k] : NAN;
        e->n_used += e->used[k];
        if (autan_quality_of(n, column, &e->seen[k]) != AUTAN_OK)
            status = town_no_memory(t, err);
    }
    free(reports);
    free(column);
    if (status != AUTAN_OK)
        extrapolation_clear(e);
    return status;
}

void extrapolation_clear(extrapolation *e)
{
    free(e->used);
    free(e->seen);
    *e = (extrapolation){0};
}
