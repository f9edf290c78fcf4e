/* Checks of one moment at 10 000 stations, as many a square degree as Norway's citizens
 * have; the fewest milliseconds of five runs, of the clock and of the processor. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "qc/spatial.h"

enum { STATIONS = 10000, RUNS = 5 };

static double latitude[STATIONS], longitude[STATIONS], elevation[STATIONS];
static double value[STATIONS];
static int verdict[STATIONS];
static const autan_points points = {.n = STATIONS,
                                    .latitude = latitude,
                                    .longitude = longitude,
                                    .elevation = elevation};

static double random_below(double most)
{
    return most * rand() / RAND_MAX;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static autan_status buddy_and_isolation(void)
{
    static const double radius_m = 10000, least = 5;
    const autan_per_station none = {NULL, 0};
    const autan_buddy_options options = {.radius_m = {&radius_m, 1},
                                         .num_min = {&least, 1},
                                         .threshold = 3,
                                         .max_elevation_difference_m = 200,
                                         .elevation_gradient = -0.0065,
                                         .min_std = 1,
                                         .iterations = 2};
    autan_status status =
        autan_buddy_check(&points, STATIONS, value, &options, verdict, NULL);
    return status == AUTAN_OK
               ? autan_isolation_check(&points, (autan_per_station){&least, 1},
                                       (autan_per_station){&radius_m, 1}, none, verdict)
               : status;
}

static autan_status consistency(void)
{
    static const double threshold = 4, eps2 = 0.5;
    const autan_sct_options options = {.num_min = 5,
                                       .num_max = 100,
                                       .inner_radius_m = 50000,
                                       .outer_radius_m = 100000,
                                       .iterations = 2,
                                       .num_min_profile = 20,
                                       .min_elevation_diff_m = 100,
                                       .min_horizontal_scale_m = 10000,
                                       .vertical_scale_m = 200,
                                       .positive = {&threshold, 1},
                                       .negative = {&threshold, 1},
                                       .eps2 = {&eps2, 1}};
    return autan_sct(&points, STATIONS, value, &options, verdict, NULL);
}

static int measure(const char *name, autan_status (*run)(void), double wanted_ms)
{
    double wall = 1e9, processor = 1e9;
    for (int k = 0; k < RUNS; k++) {
        double w = seconds(CLOCK_MONOTONIC), p = seconds(CLOCK_PROCESS_CPUTIME_ID);
        if (run() != AUTAN_OK)
            return 1;
        w = seconds(CLOCK_MONOTONIC) - w;
        p = seconds(CLOCK_PROCESS_CPUTIME_ID) - p;
        wall = w < wall ? w : wall;
        processor = p < processor ? p : processor;
    }
    printf("%-50s %6.0f ms  (%.0f ms of processors; wanted: below %.0f)\n", name,
           1e3 * wall, 1e3 * processor, wanted_ms);
    return 0;
}

int main(void)
{
    srand(1);
    for (int i = 0; i < STATIONS; i++) {
        latitude[i] = 55 + random_below(5);
        longitude[i] = 5 + random_below(10);
        elevation[i] = random_below(500);
        value[i] = 10 - 0.0065 * elevation[i] + random_below(1);
    }
    return measure("buddy and isolation, 10 000 stations", buddy_and_isolation, 60) ||
           measure("spatial consistency test, 10 000 stations", consistency, 500);
}
