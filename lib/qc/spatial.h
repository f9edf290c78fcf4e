/* Checks of one moment at many stations.
 *
 * They follow MET Norway's titanlib (https://github.com/metno/titanlib, version 0.4):
 * same arguments, same verdicts, so that its users find what they know. What differs is
 * said with the function; a missing value (NaN) is never used and never good: its
 * verdict is AUTAN_VERDICT_BAD wherever a check judges values.
 *
 * Every function answers AUTAN_BAD_ARGUMENT for sizes that do not fit together and
 * AUTAN_OUT_OF_DOMAIN for an option outside the range given with it, AUTAN_NO_MEMORY
 * when memory ends; verdicts and scores are then untouched. n = 0 is allowed. They run
 * in parallel where that leaves results the same. */
#ifndef AUTAN_QC_SPATIAL_H
#define AUTAN_QC_SPATIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "qc/neighbour.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    AUTAN_VERDICT_UNTESTED = -999, /* not to be checked, or no decision */
    AUTAN_VERDICT_GOOD = 0,
    AUTAN_VERDICT_BAD = 1,
    AUTAN_VERDICT_ALONE_INNER = 11, /* fewer than two stations in the inner circle */
    AUTAN_VERDICT_ALONE_OUTER = 12, /* fewer than num_min in the outer circle */
    AUTAN_VERDICT_SINGULAR = 100    /* the covariance matrix cannot be inverted */
} autan_verdict;

/* One number for all stations (n = 1) or one for each (n = stations). */
typedef struct {
    const double *value;
    size_t n;
} autan_per_station;

/* Range: bad when value < low or value > high. */
autan_status autan_range_check(size_t n, const double *value, autan_per_station low,
                               autan_per_station high, int *verdict);

/* Range around a mean temperature of the latitude and the month (degC), which titanlib
 * tables: bad below mean + below or above mean + above (below is negative).
 * AUTAN_OUT_OF_DOMAIN for a latitude outside [-90, 90]. */
autan_status autan_range_check_climatology(const autan_points *points, size_t n,
                                           const double *value, autan_time time,
                                           autan_per_station above,
                                           autan_per_station below, int *verdict);

/* Range around a first guess: bad below guess - below or above guess + above. */
autan_status autan_first_guess_check(size_t n, const double *value,
                                     autan_per_station guess, autan_per_station below,
                                     autan_per_station above, int *verdict);

/* Bad where one of the wanted kinds of metadata is missing (NaN or infinite). */
autan_status autan_metadata_check(const autan_points *points, bool latitude,
                                  bool longitude, bool elevation, bool land_fraction,
                                  int *verdict);

/* Bad when an earlier station that was kept lies within radius_m (>= 0) and, unless
 * vertical_range_m is NaN, within vertical_range_m in height; then stations of unknown
 * height are bad too. */
autan_status autan_duplicate_check(const autan_points *points, double radius_m,
                                   double vertical_range_m, int *verdict);

/* Bad with fewer than num_min other places within radius_m and, where vertical_radius_m
 * is given (n > 0) and not NaN, within that height difference; bad too without the
 * coordinates that this needs. Linear in the pairs, 10 000 stations a few ms. */
autan_status autan_isolation_check(const autan_points *points,
                                   autan_per_station num_min,
                                   autan_per_station radius_m,
                                   autan_per_station vertical_radius_m, int *verdict);

typedef struct {
    autan_per_station radius_m;
    autan_per_station num_min;         /* at least 1 */
    double threshold;                  /* in adjusted standard deviations */
    double max_elevation_difference_m; /* 0 or less: heights are not looked at */
    double elevation_gradient;         /* unit per m, -0.0065 for temperature */
    double min_std;                    /* least standard deviation, unit of value */
    int iterations;
    autan_per_station check; /* 1 where to check; n = 0 or 1: everywhere */
} autan_buddy_options;

/* Buddy check: bad when |value - mean| > threshold * max(min_std, sqrt(v + v / n)),
 * with mean and variance v of the n buddies, brought to the station's height, that were
 * not bad after the iteration before. statistic (may be NULL) receives the ratio
 * compared with threshold in the last iteration that judged the station, NaN if none
 * did. */
autan_status autan_buddy_check(const autan_points *points, size_t n,
                               const double *value, const autan_buddy_options *options,
                               int *verdict, double *statistic);

/* The same comparison for one value: the ratio, or NaN with fewer than num_min buddies.
 * buddy holds the buddies' values at the station's height; NaN is skipped. */
double autan_buddy_statistic(double value, size_t n, const double *buddy,
                             size_t num_min, double min_std);

typedef struct {
    autan_per_station radius_m;
    autan_per_station num_min;         /* at least 1 */
    double event_threshold;            /* an event is a value below it */
    double threshold;                  /* below 1 a fraction of buddies, else a count */
    double max_elevation_difference_m; /* 0 or less: heights are not looked at */
    double elevation_gradient;         /* unit per m */
    int iterations;
    autan_per_station check;
} autan_buddy_event_options;

/* Event buddy check: bad when no more than threshold of the buddies agree with the
 * station on whether the event happened. */
autan_status autan_buddy_event_check(const autan_points *points, size_t n,
                                     const double *value,
                                     const autan_buddy_event_options *options,
                                     int *verdict);

/* Temperature against height: t0 + gamma z with an inversion of depth a between h0 and
 * h1 (C. Frei, Interpolation of temperature in a mountainous region using nonlinear
 * profiles, Int. J. Climatol. 34, 2014) fitted to n values and evaluated at n_out
 * heights. The mean when the 5 to 95 % spread of heights is below min_elevation_diff_m,
 * a straight line with fewer than num_min values. The fit is the simplex search that
 * titanlib runs, 100 steps at most, ended as early as there, so that verdicts agree; it
 * can be some 0.01 K off the least squares. */
void autan_vertical_profile(size_t n, const double *elevation, const double *value,
                            int num_min, double min_elevation_diff_m, size_t n_out,
                            const double *elevation_out, double *out);

/* The median of the slopes between pairs and of the offsets (Theil and Sen); the slope
 * -0.0065 K/m with fewer than num_min values or flat terrain. Needs work of
 * n (n - 1) / 2 + n numbers. */
void autan_vertical_profile_theil_sen(size_t n, const double *elevation,
                                      const double *value, int num_min,
                                      double min_elevation_diff_m, size_t n_out,
                                      const double *elevation_out, double *work,
                                      double *out);

typedef struct {
    int num_min, num_max;          /* stations in a box: > 1, >= num_min */
    double inner_radius_m;         /* >= 0: stations judged with the box */
    double outer_radius_m;         /* >= inner: stations used */
    int iterations;                /* >= 1 */
    int num_min_profile;           /* for a full profile; < 0: the mean instead */
    double min_elevation_diff_m;   /* > 0 */
    double min_horizontal_scale_m; /* > 0 */
    double vertical_scale_m;       /* > 0 */
    autan_per_station positive,
        negative;            /* thresholds >= 0, for values too high, low */
    autan_per_station eps2;  /* observation over background variance, > 0 */
    autan_per_station check; /* n = 0: everywhere */
} autan_sct_options;

/* Spatial consistency test: bad when the product of the analysis and leave-one-out
 * residuals over the box's error variance exceeds the threshold. score (may be NULL) is
 * the greatest such ratio met, 0 if none was computed. Values without elevation are
 * bad. A box whose matrix is singular is left undecided, good. Boxes are handled in the
 * order of stations; each costs the cube of its stations.
 * C. Lussana, F. Uboldi and M. R. Salvati, A spatial consistency test for surface
 * observations from mesoscale meteorological networks, QJRMS 136 (2010). */
autan_status autan_sct(const autan_points *points, size_t n, const double *value,
                       const autan_sct_options *options, int *verdict, double *score);

typedef enum {
    AUTAN_BACKGROUND_PROFILE = 0,
    AUTAN_BACKGROUND_THEIL_SEN,
    AUTAN_BACKGROUND_MEAN,
    AUTAN_BACKGROUND_MEDIAN,
    AUTAN_BACKGROUND_EXTERNAL
} autan_background;

typedef struct {
    autan_background background;
    autan_per_station external;    /* for AUTAN_BACKGROUND_EXTERNAL */
    autan_per_station uncertainty; /* of it, first guess test only; n = 0: 1 */
    int num_min, num_max;          /* in the outer circle: > 1, >= num_min */
    double inner_radius_m, outer_radius_m;
    int iterations;
    int num_min_profile; /* >= 0 for AUTAN_BACKGROUND_PROFILE */
    double min_elevation_diff_m;
    double min_horizontal_scale_m, max_horizontal_scale_m;
    int kth_closest; /* > 0; its distance scales the correlation */
    double vertical_scale_m;
    autan_per_station admissible_low, admissible_high; /* estimate beyond: value bad */
    autan_per_station valid_low, valid_high;           /* estimate within: value good */
    autan_per_station eps2;
    autan_per_station positive, negative; /* thresholds of the score */
    bool basic;              /* the score is chi itself, not chi against its spread */
    bool keep_isolated;      /* stations alone are good, otherwise 11 or 12 */
    autan_per_station check; /* n = 0: everywhere */
} autan_sct_resistant_options;

/* The same test made resistant: of each circle only the worst value is thrown out at a
 * time, and those thrown out are tried again against the good ones. score (may be NULL)
 * is that of values once thrown out, -999 otherwise. */
autan_status autan_sct_resistant(const autan_points *points, size_t n,
                                 const double *value,
                                 const autan_sct_resistant_options *options,
                                 int *verdict, double *score);

/* The first guess test: the same procedure with |value - background| / uncertainty
 * instead of the interpolation; scales and eps2 are not read. */
autan_status autan_first_guess_test(const autan_points *points, size_t n,
                                    const double *value,
                                    const autan_sct_resistant_options *options,
                                    int *verdict, double *score);

typedef enum {
    AUTAN_EQUAL = 0,
    AUTAN_GREATER,
    AUTAN_GREATER_EQUAL,
    AUTAN_LESS,
    AUTAN_LESS_EQUAL
} autan_condition;

typedef struct {
    autan_per_station event_threshold;
    autan_condition condition; /* an event: value CONDITION event_threshold */
    int num_min, num_max;
    double inner_radius_m, outer_radius_m;
    int iterations;
    double min_horizontal_scale_m, max_horizontal_scale_m;
    int kth_closest;
    double vertical_scale_m;
    autan_per_station test_threshold; /* of the relative information, 0 to 1 */
    autan_per_station check;
} autan_sct_dual_options;

/* The consistency of events that happened or did not, judged by how much each of the
 * two groups of neighbours informs the place. Stations alone are good. */
autan_status autan_sct_dual(const autan_points *points, size_t n, const double *value,
                            const autan_sct_dual_options *options, int *verdict);

#ifdef __cplusplus
}
#endif
#endif
