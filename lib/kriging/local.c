#include "kriging/local.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/matrix.h"
#include "kriging/vector.h"

/* Of the variance, where data are in one place without noise. */
static const double JITTER = 1e-8;

/* Places that are not worth waking threads for. */
enum { SERIAL = 256 };

/* Room of one thread for the system around a place. */
typedef struct {
    size_t *found;
    double *square;         /* k */
    double *C;              /* k x k */
    double *c, *w;          /* k */
    double *distance, *one; /* k + 1 */
    double *left;           /* n_terms */
} room;

static void room_clear(room *r)
{
    free(r->found);
    free(r->square);
    free(r->C);
    free(r->c);
    free(r->w);
    free(r->distance);
    free(r->one);
    free(r->left);
}

static int room_make(size_t k, size_t n_terms, room *r)
{
    *r = (room){.found = malloc((k + 1) * sizeof *r->found),
                .square = autan_matrix_new(k, 1),
                .C = autan_matrix_new(k, k),
                .c = autan_matrix_new(k, 1),
                .w = autan_matrix_new(k, 1),
                .distance = autan_matrix_new(k + 1, 1),
                .one = autan_matrix_new(k + 1, 1),
                .left = autan_matrix_new(n_terms, 1)};
    return r->found && r->square && r->C && r->c && r->w && r->distance && r->one &&
           r->left;
}

static double sills(const autan_covariance *kernels)
{
    double sum = 0.0;
    for (size_t j = 0; j < kernels->n; j++)
        sum += kernels->sill[j];
    return sum;
}

/* Covariances by the kernels at n distances; those of sill 0 cost nothing. */
static void covariances(const autan_covariance *kernels, size_t n,
                        const double *distance, double *part, double *value)
{
    memset(value, 0, n * sizeof *value);
    for (size_t j = 0; j < kernels->n; j++) {
        const double sill = kernels->sill[j];
        if (sill == 0.0)
            continue;
        autan_kernel_values(&kernels->kernel[j], n, distance, part);
        for (size_t k = 0; k < n; k++)
            value[k] += sill * part[k];
    }
}

/* The lower triangle of the data's covariance, and c. */
static void fill(const autan_local_data *d, size_t m, room *r)
{
    for (size_t a = 0; a < m; a++) {
        const size_t i = r->found[a];
        for (size_t b = 0; b < a; b++) {
            const double dx = d->x[i] - d->x[r->found[b]];
            const double dy = d->y[i] - d->y[r->found[b]];
            r->distance[b] = sqrt(dx * dx + dy * dy);
        }
        covariances(&d->kernels, a, r->distance, r->one, r->C + a * m);
        r->C[a * m + a] = sills(&d->kernels) * (1.0 + JITTER) + d->noise[i];
    }
    for (size_t a = 0; a < m; a++)
        r->distance[a] = sqrt(r->square[a]);
    covariances(&d->kernels, m, r->distance, r->one, r->c);
}

AUTAN_CLONES static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Cholesky factor of the small matrix in place, row by row: the calls of LAPACK would
 * cost more than the arithmetic. A pivot that rounding has eaten is lifted. */
AUTAN_CLONES static void factor(size_t m, double *C)
{
    for (size_t i = 0; i < m; i++) {
        double *row = C + i * m;
        const double floor = row[i] * JITTER;
        for (size_t j = 0; j < i; j++)
            row[j] = (row[j] - dot(j, row, C + j * m)) / C[j * m + j];
        const double left = row[i] - dot(i, row, row);
        row[i] = sqrt(left > floor ? left : floor);
    }
}

/* The weights of the k nearest data in the field at a place, into r->w; returns how
 * many. *left is the variance they leave of the field. */
static size_t weigh(const autan_local *l, double x, double y, size_t below, size_t but,
                    room *r, double *left)
{
    const autan_local_data *d = &l->data;
    const size_t m =
        autan_nearest_find(&l->nearest, x, y, d->k, below, but, r->found, r->square);
    fill(d, m, r);
    factor(m, r->C);
    for (size_t a = 0; a < m; a++)
        r->w[a] = (r->c[a] - dot(a, r->C + a * m, r->w)) / r->C[a * m + a];
    *left = sills(&d->kernels) - dot(m, r->w, r->w);
    for (size_t a = m; a-- > 0;) {
        r->w[a] /= r->C[a * m + a];
        for (size_t b = 0; b < a; b++)
            r->w[b] -= r->C[a * m + b] * r->w[a];
    }
    return m;
}

/* r = x - X' w, into r->left. */
static void leave_terms(const autan_local_data *d, const double *term, size_t m,
                        room *r)
{
    memcpy(r->left, term, d->n_terms * sizeof *term);
    for (size_t a = 0; a < m; a++) {
        const double *other = d->term + r->found[a] * d->n_terms;
        for (size_t t = 0; t < d->n_terms; t++)
            r->left[t] -= r->w[a] * other[t];
    }
}

/* Work at place i of n; what is given and wanted is the work's to know. */
typedef void (*work_at)(const autan_local *l, size_t i, room *r, const void *what);

static autan_status each_place(const autan_local *l, size_t n, work_at work,
                               const void *what)
{
    int failed = 0;
#pragma omp parallel if (n > SERIAL)
    {
        room r;
        const int ready = room_make(l->data.k, l->data.n_terms, &r);
        if (!ready) {
#pragma omp atomic write
            failed = 1;
        }
#pragma omp for schedule(dynamic, 64)
        for (size_t i = 0; i < n; i++) {
            if (ready)
                work(l, i, &r, what);
        }
        room_clear(&r);
    }
    return failed ? AUTAN_NO_MEMORY : AUTAN_OK;
}

/* U X and U y of all data, value (n x n_sets): white (n x (n_terms + n_sets)). */
typedef struct {
    size_t n_sets;
    const double *value;
    double *white;
} whitening;

AUTAN_CLONES static void subtract(size_t n, double factor, const double *a, double *b)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++)
        b[i] -= factor * a[i];
}

/* What the data before it leave of a datum: terms and values, over their deviation. */
static void whiten(const autan_local *l, size_t i, room *r, const void *what)
{
    const whitening *w = what;
    const autan_local_data *d = &l->data;
    const size_t n_sets = w->n_sets, width = d->n_terms + n_sets;
    double *out = w->white + i * width, *sets = out + d->n_terms;
    double left, scale;
    const size_t m = weigh(l, d->x[i], d->y[i], i, SIZE_MAX, r, &left);
    leave_terms(d, d->term + i * d->n_terms, m, r);
    memcpy(out, r->left, d->n_terms * sizeof *out);
    memcpy(sets, w->value + i * n_sets, n_sets * sizeof *sets);
    for (size_t a = 0; a < m; a++)
        subtract(n_sets, r->w[a], w->value + r->found[a] * n_sets, sets);
    scale = 1.0 / sqrt(fmax(left, JITTER * sills(&d->kernels)) + d->noise[i]);
    for (size_t t = 0; t < width; t++)
        out[t] *= scale;
}

/* G, b and what is left of the squares. */
static autan_status solve(const autan_local_data *d, const double *white,
                          autan_local *l)
{
    const size_t t = d->n_terms, w = t + 1;
    double *A = autan_matrix_new(w, w);
    autan_status status;
    if (!A)
        return AUTAN_NO_MEMORY;
    autan_matrix_product(1, 0, w, w, d->n, 1.0, white, white, 0.0, A);
    for (size_t a = 0; a < t; a++) {
        for (size_t b = 0; b < t; b++) {
            const int none = d->prior[a] == 0.0 || d->prior[b] == 0.0;
            l->G[a * t + b] = none ? (a == b ? 1.0 : 0.0) : A[a * w + b];
        }
        if (d->prior[a] > 0.0)
            l->G[a * t + a] += 1.0 / d->prior[a];
    }
    status = autan_matrix_cholesky(t, l->G, NULL);
    if (status == AUTAN_OK)
        status = autan_matrix_inverse_of_cholesky(t, l->G);
    for (size_t a = 0; a < t; a++) {
        l->b[a] = 0.0;
        for (size_t b = 0; b < t; b++) {
            if (d->prior[a] == 0.0 || d->prior[b] == 0.0)
                l->G[a * t + b] = 0.0;
            l->b[a] += l->G[a * t + b] * A[b * w + t];
        }
    }
    l->form = A[t * w + t];
    for (size_t a = 0; a < t; a++)
        l->form -= l->b[a] * A[a * w + t];
    free(A);
    return status;
}

void autan_local_clear(autan_local *local)
{
    autan_nearest_clear(&local->nearest);
    free(local->b);
    free(local->G);
    free(local->residual);
    *local = (autan_local){0};
}

autan_status autan_local_make(const autan_local_data *data, const double *value,
                              autan_local *local)
{
    const size_t n = data->n, t = data->n_terms;
    autan_local l = {.data = *data,
                     .b = autan_matrix_new(t, 1),
                     .G = autan_matrix_new(t, t),
                     .residual = autan_matrix_new(n, 1)};
    double *white = autan_matrix_new(n, t + 1);
    autan_status status = AUTAN_NO_MEMORY;
    l.data.k = data->k < AUTAN_LOCAL_MOST ? data->k : AUTAN_LOCAL_MOST;
    if (n == 0)
        status = AUTAN_NO_DATA;
    else if (l.b && l.G && l.residual && white)
        status = autan_nearest_make(n, data->x, data->y, &l.nearest);
    if (status == AUTAN_OK)
        status = each_place(&l, n, whiten, &(whitening){1, value, white});
    if (status == AUTAN_OK)
        status = solve(data, white, &l);
    for (size_t i = 0; status == AUTAN_OK && i < n; i++)
        l.residual[i] = value[i] - dot(t, data->term + i * t, l.b);
    free(white);
    if (status == AUTAN_OK)
        *local = l;
    else
        autan_local_clear(&l);
    return status;
}

typedef struct {
    const autan_local_places *places;
    double *mean, *variance;
} prediction;

static void predict(const autan_local *l, size_t i, room *r, const void *what)
{
    const prediction *p = what;
    const autan_local_places *places = p->places;
    const autan_local_data *d = &l->data;
    const size_t t = d->n_terms;
    const double *term = places->term + i * t;
    double left;
    const size_t m = weigh(l, places->x[i], places->y[i], SIZE_MAX,
                           places->but ? places->but[i] : SIZE_MAX, r, &left);
    leave_terms(d, term, m, r);
    p->mean[i] = dot(t, term, l->b);
    for (size_t a = 0; a < m; a++)
        p->mean[i] += r->w[a] * l->residual[r->found[a]];
    for (size_t a = 0; a < t; a++)
        left += r->left[a] * dot(t, l->G + a * t, r->left);
    p->variance[i] = fmax(left, 0.0);
}

autan_status autan_local_predict(const autan_local *local,
                                 const autan_local_places *places, double *mean,
                                 double *variance)
{
    return each_place(local, places->n, predict, &(prediction){places, mean, variance});
}

autan_status autan_local_estimate(const autan_local *local, size_t n_sets,
                                  double *value, double *b)
{
    const autan_local_data *d = &local->data;
    const size_t t = d->n_terms, width = t + n_sets;
    double *white = autan_matrix_new(d->n, width), *A = autan_matrix_new(width, width);
    autan_status status = AUTAN_NO_MEMORY;
    if (white && A)
        status = each_place(local, d->n, whiten, &(whitening){n_sets, value, white});
    if (status == AUTAN_OK)
        autan_matrix_product(1, 0, width, width, d->n, 1.0, white, white, 0.0, A);
    for (size_t k = 0; status == AUTAN_OK && k < n_sets * t; k++) {
        const size_t set = k / t, of = k % t;
        b[k] = 0.0;
        for (size_t c = 0; c < t; c++)
            b[k] += local->G[of * t + c] * A[c * width + t + set];
    }
    for (size_t i = 0; status == AUTAN_OK && i < d->n; i++) {
        for (size_t s = 0; s < n_sets; s++)
            value[i * n_sets + s] -= dot(t, d->term + i * t, b + s * t);
    }
    free(white);
    free(A);
    return status;
}

typedef struct {
    const autan_local_places *places;
    const autan_local_sets *sets;
    double *mean;
} combination;

static void combine(const autan_local *l, size_t i, room *r, const void *what)
{
    const combination *c = what;
    const autan_local_places *places = c->places;
    const size_t n = c->sets->n, t = l->data.n_terms;
    double *mean = c->mean + i * n, left;
    const size_t m = weigh(l, places->x[i], places->y[i], SIZE_MAX,
                           places->but ? places->but[i] : SIZE_MAX, r, &left);
    for (size_t s = 0; s < n; s++)
        mean[s] = dot(t, places->term + i * t, c->sets->b + s * t);
    for (size_t a = 0; a < m; a++)
        subtract(n, -r->w[a], c->sets->residual + r->found[a] * n, mean);
}

autan_status autan_local_combine(const autan_local *local,
                                 const autan_local_places *places,
                                 const autan_local_sets *sets, double *mean)
{
    return each_place(local, places->n, combine, &(combination){places, sets, mean});
}
