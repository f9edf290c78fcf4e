/* Scores at withheld stations, without refitting.
 *
 * A station is withheld with everything it ever said: its means in all regimes and its
 * reading of the hour. As the two levels decouple, the error is the sum of the two
 * levels' closed-form errors, and its variance the sum of theirs, the hour's scale
 * being computed without the station. Variances and ranges stay those of the fit. */
#ifndef AUTAN_KRIGING_LEAVE_ONE_OUT_H
#define AUTAN_KRIGING_LEAVE_ONE_OUT_H

#include <stddef.h>

#include "base/status.h"
#include "data/panel.h"
#include "kriging/hours.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t row, site; /* of the panel */
    double observed, predicted, standard_error;
    /* What the standard error is made of: variance of the mean level, of the hourly
     * level before scaling, and the hour's dispersion without the station. */
    double mean_variance, hour_variance;
    double quadratic_form, freedom;
} autan_left_out;

/* One result for each reading of the solved hours that can be predicted without its
 * station, ordered by row, then site: *result (*n) for the caller to free(). */
autan_status autan_leave_one_out(const autan_hours *hours, const autan_panel *panel,
                                 autan_left_out **result, size_t *n);

#ifdef __cplusplus
}
#endif
#endif
