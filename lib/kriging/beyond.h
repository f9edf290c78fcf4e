/* How far a place lies beyond the ground that stations have seen: beyond the range of
 * one covariate, or in a mixture of covariates that none of them has. */
#ifndef AUTAN_KRIGING_BEYOND_H
#define AUTAN_KRIGING_BEYOND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where a distance is larger, it tells no more: where all that was seen is one value.
 */
enum { AUTAN_BEYOND_MOST = 99 };

/* What was seen of one covariate; all but n NaN when nothing was. */
typedef struct {
    size_t n;
    double least, most, mean, deviation; /* n - 1 */
} autan_range;

/* What stations have seen. */
typedef struct {
    size_t n_covariates;
    bool *used;         /* n_covariates */
    autan_range *range; /* n_covariates */
    /* Mixtures, of those used that differ between the stations. */
    size_t n_mixed;
    size_t *mixed;    /* n_mixed: numbers of covariates */
    double *whiten;   /* n_mixed x n_mixed, lower triangle: to independent units */
    double farthest;  /* station from the mean of all, by Mahalanobis' distance */
    double shrinkage; /* of the correlations towards none, 0 to 1 */
} autan_seen;

/* What n stations have seen, value (n x n_covariates), NaN where missing; used
 * (n_covariates) says which covariates count. Mixtures are of the stations that know
 * all of these, and left aside with fewer than four. Free with autan_seen_clear.
 * AUTAN_NO_MEMORY. */
autan_status autan_seen_make(size_t n, size_t n_covariates, const double *value,
                             const bool *used, autan_seen *seen);
void autan_seen_clear(autan_seen *seen);

/* How far a value lies beyond a range, in standard deviations of what was seen: 0
 * within, NaN when the value is missing or nothing was seen. */
double autan_beyond(const autan_range *range, double value);

/* How far n places lie beyond, value (n x n_covariates), in standard deviations: the
 * farthest of the covariates used, and of the mixture: by how much its distance from
 * the stations' mean exceeds that of the farthest station. 0 within, at most
 * AUTAN_BEYOND_MOST, NaN where a covariate used is missing. Cost: n times the square of
 * the covariates. Sources: Elith et al., Methods Ecol. Evol. 1 (2010), for ranges;
 * Mesgaran, Cousens and Webber, Divers. Distrib. 20 (2014), for mixtures; Schaefer and
 * Strimmer, Stat. Appl. Genet. Mol. Biol. 4, 32 (2005), for their correlations. */
void autan_beyond_places(const autan_seen *seen, size_t n, const double *value,
                         float *beyond);

#ifdef __cplusplus
}
#endif
#endif
