/* How alike errors are, by those of withheld stations. Not installed. */
#ifndef AUTAN_KRIGING_LIKENESS_H
#define AUTAN_KRIGING_LIKENESS_H

#include <stddef.h>

/* Scales a level's standardised errors, z (n sites, 0 where it has no datum), to length
 * 1. Those of a level without any error to look at become 1 at a site that it has. */
void autan_likeness_unit(size_t n, double *z, size_t site);

/* Sums over pairs of an hour and the next; zeros to start with. */
typedef struct {
    double cross, before, after;
} autan_likeness_pairs;

/* Takes in the standardised errors of an hour and of the next (n, 0 where unknown). */
void autan_likeness_add(size_t n, const float *hour, const float *next,
                        autan_likeness_pairs *pairs);

/* Their correlation, from 0 to 0.999. */
double autan_likeness_correlation(const autan_likeness_pairs *pairs);

#endif
