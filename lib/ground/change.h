/* What a change of the ground does to covariates, by stated rules.
 *
 * In the part of the ground that is changed a covariate takes the value of the rule, in
 * the rest it stays: with a share s of a cell changed, x becomes x + s (target - x). So
 * the change is linear in s and never leaves the range between what was and the target.
 * What a covariate is follows from its name, as in the city file; doc/ground.md has the
 * table. */
#ifndef AUTAN_GROUND_CHANGE_H
#define AUTAN_GROUND_CHANGE_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    AUTAN_CHANGE_OPEN,   /* sealed ground becomes grass */
    AUTAN_CHANGE_PLANT,  /* trees grow, over whatever is there but buildings */
    AUTAN_CHANGE_BUILD,  /* buildings stand there */
    AUTAN_CHANGE_WHITEN, /* roofs become white */
    AUTAN_CHANGES
} autan_change;

/* The word in the file of changes: plant, open, build, whiten. */
const char *autan_change_word(autan_change change);

/* The value that a covariate of that name takes, NaN when the change leaves it as it
 * is. full is the value that stands for all of the ground: 1, or 100 for per cent. */
double autan_change_target(autan_change change, const char *covariate, double full);

/* Means of delta (ny x nx) over discs of radius (in cells) round the cells' centres
 * into out, exactly 0 where no changed cell is within reach. A cell at the disc's edge
 * counts by its part inside (to 1/256); radius 0 copies. Cost: changed cells times
 * radius^2. AUTAN_NO_MEMORY. */
autan_status autan_change_spread(const double *delta, size_t nx, size_t ny,
                                 double radius, double *out);

#ifdef __cplusplus
}
#endif
#endif
