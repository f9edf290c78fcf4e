/* Learning a city's model from its archive. */
#ifndef AUTAN_KRIGING_FIT_H
#define AUTAN_KRIGING_FIT_H

#include <stddef.h>

#include "base/status.h"
#include "data/panel.h"
#include "kriging/design.h"
#include "kriging/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Told how far the work is; may be NULL. */
typedef void (*autan_progress)(const char *what, size_t done, size_t total, void *user);

/* Readings from which a station has a mean in a regime of so many hours. */
double autan_fit_least_readings(size_t n_hours);

/* Fills the regimes of a model made with its terms and two exponential kernels, whose
 * ranges are set anew, from the hours of a panel (columns are the sites, ids those of
 * the model, in the same order).
 *
 * Within a season the stations that report at least a tenth of the hours take part.
 * Missing readings are completed by expectation and maximisation. The hourly variances
 * of a regime are fitted by REML on deviations from the station means, pooled with
 * neighbouring hours of the day until there are 40 replicates; the persistent ones on
 * the means. A season of fewer than 5 days has the hourly level alone. Ranges maximise
 * the likelihood pooled over hours of all seasons. Readings that are not believable
 * under the first fit are left out of the second.
 *
 * AUTAN_NO_DATA when no hour has three stations. Cost grows with regimes * n^3. */
autan_status autan_model_fit(autan_model *model, const autan_sites *sites,
                             const autan_panel *panel, autan_progress progress,
                             void *user);

#ifdef __cplusplus
}
#endif
#endif
