#include "config.h"

#include "kriging/lattice.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if HAVE_KISSFFT
#include <kiss_fft.h>
#include <kiss_fftnd.h>
#endif

#include "kriging/krige.h"
#include "kriging/matrix.h"
#include "kriging/nearest.h"

/* What rounding needs to tell nodes of a smooth field apart, of its variance. */
static const double JITTER = 1e-7;

size_t autan_lattice_nodes(const autan_lattice *lattice)
{
    return lattice->torus_x * lattice->torus_y;
}

double autan_lattice_slope(const autan_lattice *lattice, const double *sill)
{
    double sum = 0.0;
    for (size_t j = 0; j < lattice->n_kernels; j++)
        sum += sill[j] * lattice->slope[j];
    return sum;
}

void autan_lattice_clear(autan_lattice *lattice)
{
    for (size_t j = 0; j < lattice->n_kernels; j++)
        free(lattice->spectrum[j]);
    *lattice = (autan_lattice){0};
}

enum { DATA_MOST = AUTAN_LATTICE_SIDE * AUTAN_LATTICE_SIDE + AUTAN_LATTICE_NEAR };

/* Covariances between the nodes and earlier places that a place is kriged from, the
 * place itself last: C (n x n), n being one more than those. */
static void fill_covariances(const autan_lattice *l, const double *sill, size_t n,
                             const double *x, const double *y, double *C)
{
    double distance[DATA_MOST + 1], value[DATA_MOST + 1];
    for (size_t a = 0; a < n; a++) {
        double *row = C + a * n;
        for (size_t b = 0; b <= a; b++) {
            const double dx = x[a] - x[b], dy = y[a] - y[b];
            distance[b] = sqrt(dx * dx + dy * dy);
            row[b] = 0.0;
        }
        for (size_t j = 0; j < l->n_kernels; j++) {
            if (sill[j] == 0.0)
                continue;
            autan_kernel_values(&l->kernel[j], a + 1, distance, value);
            for (size_t b = 0; b <= a; b++)
                row[b] += sill[j] * value[b];
        }
        row[a] *= 1.0 + JITTER;
        for (size_t b = 0; b < a; b++)
            C[b * n + a] = row[b];
    }
}

static autan_status krige_place(const autan_lattice *l, const double *sill, size_t m,
                                const double *x, const double *y,
                                autan_lattice_place *p)
{
    double C[(DATA_MOST + 1) * (DATA_MOST + 1)], inner[DATA_MOST * DATA_MOST];
    double one[DATA_MOST], variance, c0;
    autan_krige system = {0};
    autan_status status;
    fill_covariances(l, sill, m + 1, x, y, C);
    c0 = C[m * (m + 1) + m];
    for (size_t a = 0; a < m; a++) {
        one[a] = 1.0;
        memcpy(inner + a * m, C + a * (m + 1), m * sizeof *inner);
    }
    /* No kernel at all: a field of zeros. */
    if (!(c0 > 0.0))
        return AUTAN_OK;
    status = autan_krige_factor(m, 1, inner, one, &system);
    if (status != AUTAN_OK)
        return status;
    const double *c = C + m * (m + 1), f = 1.0;
    for (size_t a = 0; a < m; a++) {
        p->weight[a] = system.B[a];
        for (size_t b = 0; b < m; b++)
            p->weight[a] += system.P[a * m + b] * c[b];
    }
    autan_krige_predict(&system, c, &f, c0, NULL, NULL, NULL, &variance);
    p->deviation = sqrt(variance);
    autan_krige_clear(&system);
    return AUTAN_OK;
}

/* A place from the nodes around it and the nearest of the places before it. */
static autan_status set_place(const autan_lattice *l, const double *sill,
                              const autan_nearest *nearest, size_t k,
                              autan_lattice_place *p)
{
    const double h = l->step_m, x = nearest->x[k], y = nearest->y[k];
    double px[DATA_MOST + 1], py[DATA_MOST + 1], square[AUTAN_LATTICE_NEAR];
    size_t m = 0;
    *p = (autan_lattice_place){.i = (size_t)floor((x - l->x0) / h) - 1,
                               .j = (size_t)floor((l->y0 - y) / h) - 1};
    for (size_t b = 0; b < AUTAN_LATTICE_SIDE; b++) {
        for (size_t a = 0; a < AUTAN_LATTICE_SIDE; a++, m++) {
            px[m] = l->x0 + (double)(p->i + a) * h;
            py[m] = l->y0 - (double)(p->j + b) * h;
        }
    }
    p->n_near = autan_nearest_find(nearest, x, y, AUTAN_LATTICE_NEAR, k, SIZE_MAX,
                                   p->near, square);
    while (p->n_near > 0 && square[p->n_near - 1] >= 4.0 * h * h)
        p->n_near--;
    for (size_t e = 0; e < p->n_near; e++, m++) {
        px[m] = nearest->x[p->near[e]];
        py[m] = nearest->y[p->near[e]];
    }
    px[m] = x;
    py[m] = y;
    return krige_place(l, sill, m, px, py, p);
}

autan_status autan_lattice_places(const autan_lattice *lattice, const double *sill,
                                  size_t n, const double *x, const double *y,
                                  autan_lattice_place *place)
{
    autan_nearest nearest = {0};
    autan_status status = autan_nearest_make(n, x, y, &nearest);
    if (status != AUTAN_OK)
        return status;
#pragma omp parallel for schedule(dynamic, 64)
    for (size_t k = 0; k < n; k++) {
        const autan_status one = set_place(lattice, sill, &nearest, k, &place[k]);
        if (one != AUTAN_OK) {
#pragma omp critical(autan_lattice)
            status = one;
        }
    }
    autan_nearest_clear(&nearest);
    return status;
}

#if HAVE_KISSFFT

/* Nodes of the torus; nodes around the outermost places. */
enum { MOST_NODES = 1 << 23, MARGIN = 2 };

/* Ranges beyond which a kernel is nothing: below 1e-6. */
static const double REACH[AUTAN_COVARIANCE_MODELS] = {
    [AUTAN_EXP] = 14.0,   [AUTAN_SPH] = 1.0,    [AUTAN_GAU] = 4.0,
    [AUTAN_MAT32] = 17.0, [AUTAN_MAT52] = 20.0,
};

struct autan_lattice_room {
    kiss_fftnd_cfg plan;
    kiss_fft_cpx *in, *out;
};

int autan_lattice_available(void)
{
    return 1;
}

autan_status autan_lattice_room_new(const autan_lattice *lattice,
                                    autan_lattice_room **room)
{
    const int size[2] = {(int)lattice->torus_y, (int)lattice->torus_x};
    const size_t nodes = autan_lattice_nodes(lattice);
    autan_lattice_room *r = calloc(1, sizeof *r);
    if (!r)
        return AUTAN_NO_MEMORY;
    r->plan = kiss_fftnd_alloc(size, 2, 1, NULL, NULL);
    r->in = malloc(nodes * sizeof *r->in);
    r->out = malloc(nodes * sizeof *r->out);
    if (!r->plan || !r->in || !r->out) {
        autan_lattice_room_free(r);
        return AUTAN_NO_MEMORY;
    }
    *room = r;
    return AUTAN_OK;
}

void autan_lattice_room_free(autan_lattice_room *room)
{
    if (!room)
        return;
    free(room->plan);
    free(room->in);
    free(room->out);
    free(room);
}

void autan_lattice_draw(const autan_lattice *lattice, const double *sill,
                        const float *noise, autan_lattice_room *room,
                        const float **field)
{
    const size_t nodes = autan_lattice_nodes(lattice);
    for (size_t k = 0; k < nodes; k++)
        room->in[k].r = 0.0f;
    for (size_t j = 0; j < lattice->n_kernels; j++) {
        const float share = (float)(sill[j] / (double)nodes);
        for (size_t k = 0; share > 0.0f && k < nodes; k++)
            room->in[k].r += share * lattice->spectrum[j][k];
    }
    for (size_t k = 0; k < nodes; k++) {
        const float root = sqrtf(room->in[k].r);
        room->in[k] = (kiss_fft_cpx){root * noise[2 * k], root * noise[2 * k + 1]};
    }
    kiss_fftnd(room->plan, room->in, room->out);
    *field = &room->out->r;
}

/* Distance to the nearer copy of a node, in steps. */
static double around(size_t k, size_t n)
{
    return (double)(k <= n / 2 ? k : n - k);
}

static autan_status make_spectrum(autan_lattice *l, size_t j, double diameter,
                                  autan_lattice_room *room)
{
    const autan_kernel *kernel = &l->kernel[j];
    const size_t nodes = autan_lattice_nodes(l);
    double a0 = 0.0, a2 = 0.0, d = HUGE_VAL;
    l->spectrum[j] = malloc(nodes * sizeof *l->spectrum[j]);
    if (!l->spectrum[j])
        return AUTAN_NO_MEMORY;
    if (kernel->model == AUTAN_EXP) {
        const double r = kernel->range_m;
        d = fmin(diameter, REACH[AUTAN_EXP] * r);
        a2 = exp(-d / r) / (2.0 * d * r);
        a0 = -exp(-d / r) - a2 * d * d;
    }
    l->slope[j] = 2.0 * a2;
    for (size_t y = 0; y < l->torus_y; y++) {
        for (size_t x = 0; x < l->torus_x; x++) {
            const double h =
                hypot(around(x, l->torus_x), around(y, l->torus_y)) * l->step_m;
            double value;
            autan_kernel_values(kernel, 1, &h, &value);
            room->in[y * l->torus_x + x] =
                (kiss_fft_cpx){h < d ? (float)(value + a0 + a2 * h * h) : 0.0f, 0.0f};
        }
    }
    kiss_fftnd(room->plan, room->in, room->out);
    for (size_t k = 0; k < nodes; k++)
        l->spectrum[j][k] = fmaxf(room->out[k].r, 0.0f);
    return AUTAN_OK;
}

/* A lattice of that step from box: west, south, east, north. Returns its diameter. */
static double lay_out(const autan_grid *grid, const double *box, size_t times,
                      autan_lattice *l)
{
    const double h = grid->resolution * (double)times;
    const double x = autan_grid_x(grid, 0), y = autan_grid_y(grid, 0);
    const double left = ceil((x - box[0]) / h) + MARGIN;
    const double top = ceil((box[3] - y) / h) + MARGIN;
    double diameter, reach = 0.0;
    l->step_m = h;
    l->x0 = x - left * h;
    l->y0 = y + top * h;
    l->nx = (size_t)(ceil((box[2] - l->x0) / h) + MARGIN + 1.0);
    l->ny = (size_t)(ceil((l->y0 - box[1]) / h) + MARGIN + 1.0);
    diameter = hypot((double)l->nx - 1.0, (double)l->ny - 1.0) * h + 1e-6 * h;
    for (size_t j = 0; j < l->n_kernels; j++) {
        const autan_kernel *k = &l->kernel[j];
        double far = REACH[k->model] * k->range_m;
        reach = fmax(reach, k->model == AUTAN_EXP ? fmin(far, diameter) : far);
    }
    l->torus_x = l->nx + (size_t)fmin(ceil(reach / h) + 1.0, MOST_NODES);
    l->torus_y = l->ny + (size_t)fmin(ceil(reach / h) + 1.0, MOST_NODES);
    return diameter;
}

autan_status autan_lattice_make(const autan_grid *grid, size_t n, const double *x,
                                const double *y, size_t n_kernels,
                                const autan_kernel *kernel, autan_lattice *lattice)
{
    autan_lattice l = {.n_kernels = n_kernels};
    double box[4] = {autan_grid_x(grid, 0), autan_grid_y(grid, grid->ny - 1),
                     autan_grid_x(grid, grid->nx - 1), autan_grid_y(grid, 0)};
    double diameter;
    size_t times = 1;
    autan_lattice_room *room = NULL;
    autan_status status;
    for (size_t i = 0; i < n; i++) {
        box[0] = fmin(box[0], x[i]);
        box[1] = fmin(box[1], y[i]);
        box[2] = fmax(box[2], x[i]);
        box[3] = fmax(box[3], y[i]);
    }
    memcpy(l.kernel, kernel, n_kernels * sizeof *kernel);
    while (diameter = lay_out(grid, box, times, &l),
           (double)l.torus_x * (double)l.torus_y > MOST_NODES)
        times++;
    l.torus_x = (size_t)kiss_fft_next_fast_size((int)l.torus_x);
    l.torus_y = (size_t)kiss_fft_next_fast_size((int)l.torus_y);
    status = autan_lattice_room_new(&l, &room);
    for (size_t j = 0; status == AUTAN_OK && j < n_kernels; j++)
        status = make_spectrum(&l, j, diameter, room);
    autan_lattice_room_free(room);
    if (status == AUTAN_OK)
        *lattice = l;
    else
        autan_lattice_clear(&l);
    return status;
}

#else

int autan_lattice_available(void)
{
    return 0;
}

autan_status autan_lattice_make(const autan_grid *grid, size_t n, const double *x,
                                const double *y, size_t n_kernels,
                                const autan_kernel *kernel, autan_lattice *lattice)
{
    (void)grid, (void)n, (void)x, (void)y, (void)n_kernels, (void)kernel, (void)lattice;
    return AUTAN_UNSUPPORTED;
}

autan_status autan_lattice_room_new(const autan_lattice *lattice,
                                    autan_lattice_room **room)
{
    (void)lattice, (void)room;
    return AUTAN_UNSUPPORTED;
}

void autan_lattice_room_free(autan_lattice_room *room)
{
    (void)room;
}

void autan_lattice_draw(const autan_lattice *lattice, const double *sill,
                        const float *noise, autan_lattice_room *room,
                        const float **field)
{
    (void)lattice, (void)sill, (void)noise, (void)room, (void)field;
}

#endif
