/* Stations that lack metadata, and stations that stand where another does. */
#include <math.h>
#include <stdlib.h>

#include "qc/moment.h"
#include "qc/spatial.h"

static bool lacks(bool wanted, const double *list, size_t i)
{
    return wanted && !(list && isfinite(list[i]));
}

autan_status autan_metadata_check(const autan_points *points, bool latitude,
                                  bool longitude, bool elevation, bool land_fraction,
                                  int *verdict)
{
    for (size_t i = 0; i < points->n; i++) {
        bool bad = lacks(latitude, points->latitude, i) ||
                   lacks(longitude, points->longitude, i) ||
                   lacks(elevation, points->elevation, i) ||
                   lacks(land_fraction, points->land_fraction, i);
        verdict[i] = bad ? AUTAN_VERDICT_BAD : AUTAN_VERDICT_GOOD;
    }
    return AUTAN_OK;
}

autan_status autan_duplicate_check(const autan_points *points, double radius_m,
                                   double vertical_range_m, int *verdict)
{
    autan_neighbours *tree = NULL;
    autan_neighbour *found = NULL;
    bool *settled = NULL;
    autan_status status;
    if (!(radius_m >= 0))
        return AUTAN_OUT_OF_DOMAIN;
    status = autan_neighbours_new(points, &tree);
    if (status != AUTAN_OK)
        return status;
    found = malloc((points->n + 1) * sizeof *found);
    settled = calloc(points->n + 1, sizeof *settled);
    if (!found || !settled) {
        status = AUTAN_NO_MEMORY;
        goto cleanup;
    }
    for (size_t i = 0; i < points->n; i++) {
        double height = autan_elevation(points, i);
        bool unknown = !isnan(vertical_range_m) && isnan(height);
        verdict[i] = settled[i] || unknown ? AUTAN_VERDICT_BAD : AUTAN_VERDICT_GOOD;
        if (verdict[i] != AUTAN_VERDICT_GOOD)
            continue;
        size_t count = autan_neighbours_within(tree, i, radius_m, true, found);
        for (size_t k = 0; k < count; k++) {
            double other = autan_elevation(points, found[k].index);
            settled[found[k].index] |=
                isnan(vertical_range_m) || fabs(other - height) <= vertical_range_m;
        }
    }
cleanup:
    free(found);
    free(settled);
    autan_neighbours_free(tree);
    return status;
}
