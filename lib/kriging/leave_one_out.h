/* Scores at withheld stations, without refitting.
 *
 * A station is withheld with everything it ever said: its means and its part of the
 * patterns in all regimes, its reading of the hour, and its part in the hour's class.
 * As the levels decouple, the error is the sum of the levels' closed-form errors, and
 * its variance the sum of theirs, the hour's scale and amplitude being computed without
 * the station. A station whose covariates are beyond those of all others is predicted
 * as a map without it would: its terms held at the bounds of the others. Variances and
 * ranges, and what covariates are centred and scaled by, stay those of the fit. */
#ifndef AUTAN_KRIGING_LEAVE_ONE_OUT_H
#define AUTAN_KRIGING_LEAVE_ONE_OUT_H

#include <stddef.h>

#include "base/status.h"
#include "data/panel.h"
#include "kriging/design.h"
#include "kriging/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t row, site; /* of the panel */
    double observed, predicted, standard_error;
    /* What the standard error is made of: variance of the mean level and the pattern,
     * of the hourly level before scaling, and the hour's dispersion without the
     * station. */
    double mean_variance, hour_variance;
    double quadratic_form, freedom;
} autan_left_out;

/* One result for each reading of the panel that can be predicted without its station,
 * ordered by row, then site: *result (*n) for the caller to free(). The columns of the
 * panel are the sites. Hours are solved once for each class, as the class of an hour
 * may be another without the station. Errors as of autan_hours_solve. */
autan_status autan_leave_one_out(const autan_model *model, const autan_sites *sites,
                                 const char *const *id, const autan_panel *panel,
                                 autan_left_out **result, size_t *n);

#ifdef __cplusplus
}
#endif
#endif
