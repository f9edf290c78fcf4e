/* The solved systems of a run of hours.
 *
 * Hours of one regime share their factorisations: one of the persistent level, one of
 * the hourly level with every station that reports in any of them. Stations missing at
 * an hour are downdates of it. */
#ifndef AUTAN_KRIGING_HOURS_H
#define AUTAN_KRIGING_HOURS_H

#include <stddef.h>

#include "base/status.h"
#include "data/panel.h"
#include "kriging/design.h"
#include "kriging/krige.h"
#include "kriging/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One hour of a group. */
typedef struct {
    size_t row;   /* of the panel */
    double scale; /* variance of the hour's field relative to its regime's */
    double amplitude, amplitude_variance; /* of the pattern; 0 without one */
    size_t n_missing;
    size_t *missing;   /* places in the group's stations, ascending */
    double *precision; /* n_missing: of what was carried over to them, as of
                          autan_krige_noisier, K^-2; 0: nothing */
    double *L;         /* n_missing^2, as of autan_krige_noisier */
    size_t same_as;    /* first hour of the group with the same missing and precision */
    size_t n_rejected;
} autan_hour;

/* A field of the regime that is known at some stations once for all hours, kriged: the
 * persistent field, or the pattern. m is 0 where the regime has none. */
typedef struct {
    size_t m;
    size_t *station;     /* their places in the sites, ascending */
    const double *theta; /* n_components variances, borrowed from the model */
    const double *noise; /* of all sites, borrowed from the hours */
    autan_krige system;
    double *alpha, *beta; /* m, q: dual weights */
} autan_level;

typedef struct {
    size_t regime;
    int borrowed;      /* the regime is not in the model: variances of another */
    int trend_dropped; /* too few stations for the flat terms: intercept alone */
    size_t q;
    autan_level mean, pattern;
    double *hourly;  /* n_components, own copy */
    size_t m;        /* stations of the hourly level, */
    size_t *station; /* their places in the sites, ascending */
    double *base;    /* m: what is taken off each station's readings */
    double *extra;   /* m: variance of it, where it is kriged */
    double *u;       /* m: the pattern at the stations; NULL without one */
    autan_krige hour_system;
    double dof;
    size_t n_hours;
    autan_hour *hour;
    double *alpha; /* m x n_hours */
    double *beta;  /* q x n_hours */
} autan_group;

/* A reading that was left out as too far from its neighbours. */
typedef struct {
    size_t row, site; /* of the panel */
} autan_rejected;

typedef struct {
    const autan_model *model;         /* borrowed */
    autan_design design;              /* of all sites */
    double *noise, *persistent_noise; /* of all sites, as of autan_model_noise */
    size_t n_groups;
    autan_group *group;
    size_t n_unanswered; /* hours of the panel without any reading */
    size_t n_rejected;
    autan_rejected *rejected; /* grouped by regime */
    size_t n_carried;         /* silent stations, summed over the hours: carry.h */
} autan_hours;

/* For autan_hours_solve: every hour in the class of its own dispersion. */
enum { AUTAN_CLASS_OWN = -1 };

/* Solves all hours of a panel whose columns are the sites, in the class given, or in
 * their own. A reading is left out when
 * it is more than 6 standard errors and 3 K from what the others say, in a model that
 * was fitted (never with a covariance given by hand), one after the other, the worst
 * first, up to a fifth of the stations. Sites of the model are found by id.
 * AUTAN_SINGULAR when two stations in one place cannot be told apart (no nugget);
 * AUTAN_NO_DATA when the panel has no reading at all. Clear with autan_hours_clear. */
autan_status autan_hours_solve(const autan_model *model, const autan_sites *sites,
                               const char *const *id, const autan_panel *panel,
                               int class, autan_hours *hours);
void autan_hours_clear(autan_hours *hours);

/* The same, each hour in its own class, for a panel that has `beside` rows more at
 * either end, below half of them all: rows of the hours are counted without these. To
 * a station that is silent at an hour is carried over what it said in the hours around
 * (carry.h). */
autan_status autan_hours_solve_beside(const autan_model *model,
                                      const autan_sites *sites, const char *const *id,
                                      const autan_panel *panel, size_t beside,
                                      autan_hours *hours);

/* The hour of a group at a row of the panel, which must be one of its own. */
const autan_hour *autan_group_hour(const autan_group *group, size_t row);

/* The variances of a row of the panel: the regime it is in, or that it borrows from,
 * and the hourly ones (n_components). class as above. AUTAN_NO_DATA when the model
 * knows none. */
autan_status autan_hours_variances(const autan_model *model, const autan_panel *panel,
                                   size_t row, int class, size_t *regime, int *borrowed,
                                   double *hourly);

enum { AUTAN_REJECT_STATIONS_MIN = 6 }; /* of an hour whose readings are doubted */

/* How far a reading is from what the others say, in standard errors; 0 where that is
 * believed: up to 6 of them, or 3 K. */
double autan_hour_disbelief(double error, double standard_error);

/* Weight of the hour's own dispersion: (dof + quadratic form) / (dof + freedom),
 * freedom being readings less trend terms; 1 with an infinite dof. */
double autan_hour_scale(double dof, double quadratic_form, double freedom);

#ifdef __cplusplus
}
#endif
#endif
