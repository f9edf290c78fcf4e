/* Verdicts on whole stations and days: the levels of CrowdQC+, completeness. */
#include <stdlib.h>

#include "qc/crowd.h"
#include "qc/work.h"

autan_status autan_check_crowd(autan_qc_work *work, const double *threshold)
{
    autan_crowd_options options = autan_crowd_defaults();
    uint8_t *level = malloc(work->n * work->n_times + 1);
    int wanted = 1 << ((int)threshold[0] - 1);
    autan_status status = AUTAN_NO_MEMORY;
    if (!level)
        return status;
    options.m5_radius_m = threshold[1];
    status = autan_crowd_levels(work->data->panel, &work->data->points, &options, level,
                                NULL, NULL);
    for (size_t i = 0; status == AUTAN_OK && i < work->n; i++) {
        for (size_t t = 0, first; t < work->n_times; t++) {
            int passed = 0;
            for (first = t; t < work->n_times && !(level[t * work->n + i] & wanted);
                 t++)
                ;
            if (t == first)
                continue;
            while (passed < 5 && level[first * work->n + i] >> passed & 1)
                passed++;
            autan_flag(work, i, first, t, passed, threshold[0]);
        }
    }
    free(level);
    return status;
}

autan_status autan_check_completeness(autan_qc_work *work, const double *threshold)
{
    size_t rows = autan_rows(work, 86400);
    for (size_t i = 0; i < work->n; i++) {
        const double *series = autan_series(work, i);
        for (size_t first = 0; first + rows <= work->n_times; first += rows) {
            size_t count = 0;
            for (size_t t = first; t < first + rows; t++)
                count += isnan(series[t]) ? 0 : 1;
            double share = (double)count / (double)rows;
            if (share < threshold[0])
                autan_flag(work, i, first, first + rows, share, threshold[0]);
        }
    }
    return AUTAN_OK;
}
