/* Maps and scores of a network of more stations than a system can be factored for: each
 * place is kriged from the stations near it (local.h), hour by hour, with the model's
 * levels as in hours.h. Coefficients of covariates, trend and amplitude of the pattern
 * are those of the whole network. doc/model.md says how far that is from the exact
 * answer. */
#ifndef AUTAN_KRIGING_NEAR_H
#define AUTAN_KRIGING_NEAR_H

#include <stddef.h>

#include "base/status.h"
#include "data/panel.h"
#include "kriging/design.h"
#include "kriging/hours.h"
#include "kriging/leave_one_out.h"
#include "kriging/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Stations up to which systems are factored, and those that a place is kriged from
 * beyond. */
enum { AUTAN_EXACT_STATIONS = 5000, AUTAN_NEAR_STATIONS = 48 };

typedef struct autan_near autan_near;

/* What became of the hours. */
typedef struct {
    size_t n_unanswered, n_borrowed;
    size_t n_rejected;
    const autan_rejected *rejected; /* lives as long as the maps */
} autan_near_summary;

/* Solves all hours of a panel whose columns are the sites, as autan_hours_solve does,
 * from the k nearest stations. A reading is left out when it is more than 6 standard
 * errors and 3 K from what those near it say, and more so than any of them. model and
 * sites are borrowed. AUTAN_NO_DATA when the panel has no reading. Cost: hours x
 * stations x k^3. Memory: hours x stations. Free with autan_near_free. */
autan_status autan_near_solve(const autan_model *model, const autan_sites *sites,
                              const char *const *id, const autan_panel *panel, size_t k,
                              autan_near **near);
void autan_near_free(autan_near *near);
autan_near_summary autan_near_summarise(const autan_near *near);

/* Mean (degC) and standard error (K) of a new station's reading at the places for rows
 * of the panel, row (n_rows): mean[k * stride + i], likewise standard_error. NaN as of
 * autan_field_evaluate. Rows of one regime beside each other share work
 * (autan_near_order). AUTAN_NO_MEMORY. */
autan_status autan_near_evaluate(const autan_near *near, const autan_sites *places,
                                 size_t n_rows, const size_t *row, size_t stride,
                                 float *mean, float *standard_error);

/* All rows of the panel into row (n_times), those of one regime beside each other. */
void autan_near_order(const autan_near *near, size_t *row);

/* One result for each reading, ordered by row, then site; *result (*n) for the caller
 * to free(). As autan_leave_one_out, but that the coefficients keep what the station
 * says, and covariates their bounds. */
autan_status autan_near_leave_one_out(const autan_near *near, const autan_panel *panel,
                                      autan_left_out **result, size_t *n);

#ifdef __cplusplus
}
#endif
#endif
