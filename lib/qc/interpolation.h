/* Statistical interpolation in a circle of stations; for lib/qc only. */
#ifndef AUTAN_QC_INTERPOLATION_H
#define AUTAN_QC_INTERPOLATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "qc/neighbour.h"

/* Workspace for up to `capacity` stations. */
typedef struct {
    size_t capacity;
    double *distance;    /* capacity^2, between stations, m */
    double *correlation; /* capacity^2, without the diagonal's eps2 */
    double *inverse;     /* capacity^2, of correlation + eps2 I, both triangles */
    double *row;         /* capacity */
} autan_circle;

autan_status autan_circle_new(size_t capacity, autan_circle *circle);
void autan_circle_clear(autan_circle *circle);

/* Great-circle distances between the members, stored n by n. */
void autan_circle_distances(autan_circle *circle, const autan_points *points, size_t n,
                            const size_t *member);

/* Mean over members of the 10 % quantile of their distances to all, themselves
 * included, m. */
double autan_circle_scale_quantile(autan_circle *circle, size_t n);

/* Mean over members of the distance to the k-th closest, themselves the first, m. */
double autan_circle_scale_kth(autan_circle *circle, size_t n, int kth);

/* Fills correlation = exp(-(d / h)^2 / 2 - (dz / v)^2 / 2) from the distances and the
 * members' elevations. */
void autan_circle_correlate(autan_circle *circle, size_t n, const double *elevation,
                            double horizontal_m, double vertical_m);

/* Inverts the n by n leading matrix a, symmetric and stored in full, after adding eps2
 * to its diagonal, into inverse. False when it is not positive definite. */
bool autan_invert(size_t n, const double *a, const double *eps2, double *inverse);

#endif
