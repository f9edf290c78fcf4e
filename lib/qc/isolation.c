/* Stations with too few others around. */
#include <math.h>
#include <stdlib.h>

#include "qc/moment.h"
#include "qc/spatial.h"

static size_t count_in_height(const autan_points *points, const autan_neighbours *tree,
                              size_t i, double radius_m, double vertical_m,
                              autan_neighbour *found)
{
    size_t near = autan_neighbours_within(tree, i, radius_m, false, found), count = 0;
    for (size_t k = 0; k < near; k++) {
        double difference =
            autan_elevation(points, found[k].index) - autan_elevation(points, i);
        count += fabs(difference) <= vertical_m;
    }
    return count;
}

autan_status autan_isolation_check(const autan_points *points,
                                   autan_per_station num_min,
                                   autan_per_station radius_m,
                                   autan_per_station vertical_radius_m, int *verdict)
{
    size_t n = points->n;
    autan_neighbours *tree = NULL;
    bool no_memory = false;
    autan_status status;
    if (!autan_per_station_fits(num_min, n) || !autan_per_station_fits(radius_m, n) ||
        !autan_check_list_fits(vertical_radius_m, n))
        return AUTAN_BAD_ARGUMENT;
    status = autan_neighbours_new(points, &tree);
    if (status != AUTAN_OK)
        return status;
#pragma omp parallel if (n > 500)
    {
        autan_neighbour *found =
            vertical_radius_m.n ? malloc((n + 1) * sizeof *found) : NULL;
        bool lacking = vertical_radius_m.n && !found;
#pragma omp for schedule(static)
        for (size_t i = 0; i < n; i++) {
            double radius = autan_at(radius_m, i);
            double vertical =
                vertical_radius_m.n ? autan_at(vertical_radius_m, i) : (double)NAN;
            if (lacking)
                continue;
            size_t count =
                isnan(vertical)
                    ? autan_neighbours_count(tree, i, radius, false)
                    : count_in_height(points, tree, i, radius, vertical, found);
            bool placed = !isnan(points->latitude[i]) && !isnan(points->longitude[i]) &&
                          (isnan(vertical) || !isnan(autan_elevation(points, i)));
            verdict[i] = placed && (double)count >= autan_at(num_min, i)
                             ? AUTAN_VERDICT_GOOD
                             : AUTAN_VERDICT_BAD;
        }
        free(found);
#pragma omp critical
        no_memory |= lacking;
    }
    if (no_memory)
        status = AUTAN_NO_MEMORY;
    autan_neighbours_free(tree);
    return status;
}
