/* The model of a city: what is learnt from its archive.
 *
 * Hours fall in regimes: the hour of the day (UTC) and the season make a slot, and the
 * hours of a slot fall in up to three classes by their dispersion, the standard
 * deviation of the readings over the town: the weather as the stations see it. In
 * regime r the temperature at place s and hour t is
 *
 *     y_t(s) = mu_t + f(s)' b_t + a_r(s) + g_t u_r(s) + w_t(s),
 *
 * mu_t free, f the flat terms (a trend list) if any, a_r the persistent field of the
 * regime, u_r its pattern with an amplitude g_t ~ N(0, 1) of the hour, and w_t the
 * field of the hour, independent from hour to hour. The three fields have a covariance
 * that sums shrunk covariate terms, nested kernels and a nugget, with variances of
 * their own; kernels and their ranges are common to the city. With station means over
 * the hours of the regime and deviations from them, the levels decouple: a prediction
 * is the sum of kriged fields, and their variances add (doc/model.md). The persistent
 * variances held here are those of the mean, a_r plus the average of w_t.
 *
 * A covariance given by hand is the same model with the hourly level alone, its
 * variances as given. */
#ifndef AUTAN_KRIGING_MODEL_H
#define AUTAN_KRIGING_MODEL_H

#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "kriging/design.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    AUTAN_HOURS = 24,
    AUTAN_SEASONS = 4,
    AUTAN_SLOTS = AUTAN_HOURS * AUTAN_SEASONS, /* season * 24 + hour */
    AUTAN_CLASSES = 3,
    AUTAN_REGIMES = AUTAN_SLOTS * AUTAN_CLASSES /* slot * 3 + class */
};

typedef struct {
    size_t n_hours;     /* hours learnt from; 0: the regime is not known */
    int two_levels;     /* 0: hourly level alone (few days, or given by hand) */
    int has_pattern;    /* only with two levels */
    double *persistent; /* n_components variances, K^2 */
    double *pattern;    /* n_components variances of the pattern, K^2 */
    double *hourly;     /* n_components variances, K^2 */
    double *mean;       /* n_stations, degC up to a common constant; NaN unknown */
    double *u;          /* n_stations, pattern, K; NaN unknown */
    double dof;         /* weight of the regime's variance against the hour's own */
} autan_regime;

typedef struct {
    size_t n_covariates;
    char **covariate; /* names, in the order of the sites */
    size_t n_terms;
    autan_term term[AUTAN_TERMS_MAX];
    int flat;  /* terms are flat (a trend list) */
    int given; /* covariance given by hand */
    size_t n_kernels;
    autan_kernel kernel[AUTAN_KERNELS_MAX];
    size_t n_components; /* random terms, kernels, nugget */
    size_t n_stations;
    char **station; /* ids, in the order of the sites it was fitted on */
    /* n_stations: the nugget of each relative to that of a place, in the hourly level
     * and the pattern; 1 where nothing is known. In the persistent level its root. */
    double *noise;
    /* Dispersion (K) from which an hour is in the next class; infinite: none such. */
    double limit[AUTAN_SLOTS][AUTAN_CLASSES - 1];
    autan_regime regime[AUTAN_REGIMES];
    autan_time from, to;    /* period learnt from */
    size_t n_readings;      /* used in the fit */
    size_t n_rejected;      /* left out as too far from their neighbours */
    double autocorrelation; /* of hourly errors of withheld stations, hour to hour */
    double deviance;        /* -2 log restricted likelihood, summed over regimes */
} autan_model;

/* The slot of a moment. */
size_t autan_slot_of(autan_time time);

/* Standard deviation (n - 1) of the readings that are not NaN, left_out aside (n: none
 * is left out); NaN for fewer than three. */
double autan_dispersion(size_t n, const double *reading, size_t left_out);

/* The class of an hour of that dispersion in a slot; the middle one when it is NaN. */
size_t autan_class_of(const autan_model *model, size_t slot, double dispersion);

/* Where n stations, by their ids, stand in the model: place (n), SIZE_MAX for none. */
autan_status autan_model_places(const autan_model *model, size_t n,
                                const char *const *id, size_t *place);

/* What the model knows at such places: value (n), NaN unknown. */
void autan_model_known(size_t n, const size_t *place, const double *known,
                       double *value);

/* The nugget at such places relative to that of a place without a station: in the
 * hourly level and the pattern, hourly (n), and in the persistent level, persistent
 * (n); 1 where unknown. */
void autan_model_noise(const autan_model *model, size_t n, const size_t *place,
                       double *hourly, double *persistent);

/* A model without regimes and classes for the given terms; names are copied.
 * Free with autan_model_free. */
autan_status autan_model_new(size_t n_covariates, const char *const *covariate,
                             size_t n_terms, const autan_term *term, int flat,
                             size_t n_kernels, const autan_kernel *kernel,
                             size_t n_stations, const char *const *station,
                             autan_model **model);
void autan_model_free(autan_model *model);

/* Gives every slot's only class the covariance: kernels must have been passed to
 * autan_model_new, random terms get no variance. */
autan_status autan_model_set_covariance(autan_model *model,
                                        const autan_covariance *covariance);

/* Allocates a regime's arrays (variances 0, means and pattern NaN) if it has none. */
autan_status autan_model_reserve(autan_model *model, size_t regime);

#ifdef __cplusplus
}
#endif
#endif
