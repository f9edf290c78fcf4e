/* Gaussian fields on the nodes of a lattice, by circulant embedding. Not installed.
 *
 * The lattice is part of a torus on which the covariance is laid so that its
 * eigenvalues are its Fourier coefficients: a field is white noise, times their roots,
 * transformed. C. Dietrich and G. Newsam, Fast and exact simulation of stationary
 * Gaussian processes through circulant embedding of the covariance matrix, SIAM J. Sci.
 * Comput. 18 (1997).
 *
 * An exponential phi of long range would need a torus many times its range. Only
 * differences of the field count here, so that
 *
 *     psi(h) = phi(h) + a0 + a2 h^2  for h < d,  0 beyond,
 *
 * does as well, a0 and a2 chosen so that value and slope are 0 at d, the diameter of
 * the lattice: psi'' falls, so psi is a mixture of (1 - h/c)^2, and positive definite
 * in the plane. A plane of random slope takes a2 h^2 off again: M. Stein, Fast and
 * exact simulation of fractional Brownian surfaces, J. Comput. Graph. Stat. 11 (2002).
 */
#ifndef AUTAN_KRIGING_LATTICE_H
#define AUTAN_KRIGING_LATTICE_H

#include <stddef.h>

#include "base/status.h"
#include "data/grid.h"
#include "kriging/covariance.h"

/* Node (0, 0) is the north-western one; rows run south, as in the grid. The cells of
 * the grid stand on every node from (left, top) on, or, where the lattice is coarser,
 * between the nodes. */
typedef struct {
    size_t nx, ny; /* nodes */
    size_t torus_x, torus_y;
    double x0, y0, step_m; /* the first node, and from one to the next */
    size_t n_kernels;
    autan_kernel kernel[AUTAN_KERNELS_MAX];
    float *spectrum[AUTAN_KERNELS_MAX]; /* torus_y x torus_x, of each kernel */
    double slope[AUTAN_KERNELS_MAX];    /* 2 a2, 1/m^2 */
} autan_lattice;

/* Whether this build can: it needs KISS FFT. */
int autan_lattice_available(void);

/* A lattice over the grid and n places. Its step is the grid's resolution, or a
 * multiple where the torus would have more than 2^23 nodes. AUTAN_NO_MEMORY. Free with
 * autan_lattice_clear. */
autan_status autan_lattice_make(const autan_grid *grid, size_t n, const double *x,
                                const double *y, size_t n_kernels,
                                const autan_kernel *kernel, autan_lattice *lattice);
void autan_lattice_clear(autan_lattice *lattice);

/* The nodes of the torus, each of which takes two numbers of noise. */
size_t autan_lattice_nodes(const autan_lattice *lattice);

/* Room for drawing, one a thread. */
typedef struct autan_lattice_room autan_lattice_room;
autan_status autan_lattice_room_new(const autan_lattice *lattice,
                                    autan_lattice_room **room);
void autan_lattice_room_free(autan_lattice_room *room);

/* Two independent fields of covariance sum of sill[j] kernel[j], but for a constant and
 * the plane, from noise (2 nodes standard normal numbers). They stay in the room: value
 * of field k (0, 1) at node (i, j) is (*field)[2 (j torus_x + i) + k]. */
void autan_lattice_draw(const autan_lattice *lattice, const double *sill,
                        const float *noise, autan_lattice_room *room,
                        const float **field);

/* The variance of the plane's slope in each direction, 1/m^2 times that of the sills.
 */
double autan_lattice_slope(const autan_lattice *lattice, const double *sill);

/* A place between nodes: ordinary kriging from the 16 around it and from the nearest
 * before it within two steps, the rest being noise of its own. */
enum { AUTAN_LATTICE_SIDE = 4, AUTAN_LATTICE_NEAR = 8 };
typedef struct {
    size_t i, j; /* of the first node */
    size_t n_near, near[AUTAN_LATTICE_NEAR];
    double weight[AUTAN_LATTICE_SIDE * AUTAN_LATTICE_SIDE + AUTAN_LATTICE_NEAR];
    double deviation; /* of the noise */
} autan_lattice_place;

/* Those of n places within the lattice. AUTAN_NO_MEMORY. */
autan_status autan_lattice_places(const autan_lattice *lattice, const double *sill,
                                  size_t n, const double *x, const double *y,
                                  autan_lattice_place *place);

#endif
