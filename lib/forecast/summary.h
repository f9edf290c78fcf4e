/* What many members say at many places: mean, quantiles, chances. */
#ifndef AUTAN_FORECAST_SUMMARY_H
#define AUTAN_FORECAST_SUMMARY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_SUMMARY_MEMBERS = 1000, AUTAN_SUMMARY_CHANCES = 2 }; /* most */

/* The members at n places: row k of member is member k (n values, NaN where it has
 * none; a place has all members or none). */
typedef struct {
    size_t n_members, n;
    const float *const *member;
    /* Standard deviation of a reading about each member, n; NULL: none. It widens the
     * members about their mean. */
    const float *standard_error;
    float threshold[AUTAN_SUMMARY_CHANCES]; /* of the chances */
} autan_ensemble;

/* Results, n each; NULL: not wanted. chance[c] is the share of members at or above
 * threshold[c]. */
typedef struct {
    float *mean, *q10, *q50, *q90, *chance[AUTAN_SUMMARY_CHANCES];
} autan_summary;

/* Summarises the places. Quantiles are those of plotting positions
 * (k + 1/2) / n_members. Cost: about n_members log^2(n_members) / 2 vector operations.
 */
void autan_summarise(const autan_ensemble *ensemble, const autan_summary *summary);

#ifdef __cplusplus
}
#endif
#endif
