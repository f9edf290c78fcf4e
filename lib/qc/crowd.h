/* Verdicts on crowd-sourced air temperature.
 *
 * The levels of CrowdQC+: D. Fenner, B. Bechtel, M. Demuzere, J. Kittner and F. Meier,
 * CrowdQC+, a quality-control for crowdsourced air-temperature observations enabling
 * world-wide urban climate applications, Front. Environ. Sci. 9 (2021), as its R
 * package computes them (https://github.com/dafenner/CrowdQCplus). A value passes a
 * level only if it passed the level before. */
#ifndef AUTAN_QC_CROWD_H
#define AUTAN_QC_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "data/panel.h"
#include "qc/neighbour.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bits of a value's levels, set where it passed. */
enum {
    AUTAN_CROWD_M1 = 1 << 0, /* there, and at coordinates of its own */
    AUTAN_CROWD_M2 = 1 << 1, /* no outlier of the moment's distribution */
    AUTAN_CROWD_M3 = 1 << 2, /* enough of the month passed M2 */
    AUTAN_CROWD_M4 = 1 << 3, /* the month goes with the network's median */
    AUTAN_CROWD_M5 = 1 << 4, /* no outlier among the buddies around */
    AUTAN_CROWD_O1 = 1 << 5, /* passed M5, or a short gap filled */
    AUTAN_CROWD_O2 = 1 << 6, /* enough of the day passed O1 */
    AUTAN_CROWD_O3 = 1 << 7  /* enough of the month passed O2 */
};

typedef enum {
    AUTAN_CROWD_AUTO = 0, /* Student's t below 100 stations, else normal */
    AUTAN_CROWD_NORMAL,
    AUTAN_CROWD_STUDENT /* with the moment's valid values less one as freedom */
} autan_crowd_distribution;

typedef struct {
    int m1_most;            /* stations allowed at the same coordinates */
    double m2_low, m2_high; /* probabilities between which a value must lie */
    autan_crowd_distribution m2_distribution;
    double lapse_rate;     /* K/m, positive: brings values to the mean height */
    double m3_share;       /* more than this share of the month at M2 */
    double m4_correlation; /* at least */
    double m5_radius_m;
    int m5_buddies;            /* at least, around and valid at the moment */
    double m5_alpha;           /* of the two-sided t test */
    double m5_max_elevation_m; /* between buddies; negative: any */
    bool m5_keep_isolated;     /* stations without buddies pass M5 as they passed M4 */
    int o1_gap;                /* longest gap filled, in steps */
    double o2_share, o3_share; /* more than this share of the day, of the month */
    /* Over what M3, M4 and O3 look: 0 calendar months (UTC), negative the whole panel,
     * positive so many seconds at a time, from the first row. */
    long episode_s;
} autan_crowd_options;

/* As in the R package: 1; 0.01, 0.95, auto; 0.0065; 0.2; 0.9; 3000, 5, 0.1, 100, false;
 * 1; 0.8, 0.8; months. (There the t distribution is asked for by hand; its input check
 * advises it for small networks.) */
autan_crowd_options autan_crowd_defaults(void);

/* Levels of every value of the panel, in its order. isolated (n_stations, may be NULL):
 * fewer than m5_buddies stations around. interpolated (panel's size, may be NULL): the
 * values at O1, NaN where none. Heights are used when points have them; a station of
 * unknown height is not judged at M2 and fails M5. Time: per row n log n for M2 and
 * buddies log buddies per station for M5; in parallel over rows.
 * AUTAN_BAD_ARGUMENT when points and panel differ in stations or are cartesian;
 * AUTAN_OUT_OF_DOMAIN for probabilities not within 0 < low < high < 1, alpha outside
 * (0, 1), counts below 1, a negative radius or gap; AUTAN_NO_MEMORY. */
autan_status autan_crowd_levels(const autan_panel *panel, const autan_points *points,
                                const autan_crowd_options *options, uint8_t *level,
                                bool *isolated, double *interpolated);

/* Level O4: removes the lag of a sensor with the given time constant,
 * (x_t - x_{t-1} e^{-dt/tau}) / (1 - e^{-dt/tau}); NaN in the first row and where
 * either value is missing. AUTAN_OUT_OF_DOMAIN unless time_constant_s > 0. */
autan_status autan_crowd_unlag(const autan_panel *panel, double time_constant_s,
                               double *corrected);

#ifdef __cplusplus
}
#endif
#endif
