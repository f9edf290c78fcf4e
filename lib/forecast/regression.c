#include "forecast/regression.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "kriging/matrix.h"

enum { FOLDS = 8, BASIS_MAX = 5, SPREAD_TERMS = 3, GAP = 6 };

/* Interactions with the season are expected to be smaller than the features' own
 * effect: their scale. */
static const double INTERACTION = 0.35;
static const double FURTHEST = 5.0; /* standard deviations a feature is believed to */

/* What the prior of a harmonic is worth, in squared basis values: days that follow each
 * other count as one in PERSISTENCE, and a harmonic is expected within 0.6 of the
 * standard deviation about its cycle, 6 / 0.6^2. For the seasons of the log variance,
 * whose noise is pi^2 / 2, likewise with 0.6 and a persistence of 3. */
static const double PERSISTENCE = 6.0, HARMONIC_WEIGHT = 17.0, SPREAD_WEIGHT = 40.0;

/* Ridge penalties tried, in the unit of standardised features; the last is full
 * shrinkage. */
static const double penalty[] = {3, 10, 30, 100, 300, 1000, 3000, 10000, INFINITY};
enum { PENALTIES = sizeof penalty / sizeof penalty[0], CLIMATOLOGY = PENALTIES - 1 };

struct autan_regression {
    size_t n, p, m, n_groups, basis;
    double *center; /* basis x p: climatology of the features */
    double *scale;  /* p */
    size_t *group;
    size_t *choice;    /* n_groups: penalty */
    double *g[2];      /* basis x m: chosen, climatology */
    double *leverage;  /* n_groups x basis x basis: of the climatology */
    double *b;         /* 3p x m */
    double *spread[2]; /* SPREAD_TERMS x m: log variance */
    double *error;     /* n x m */
    size_t *n_sorted;  /* m */
    double *sorted;    /* m x n: standardised errors, ascending */
};

static void basis_values(double season, size_t basis, double value[BASIS_MAX])
{
    value[0] = 1.0;
    for (size_t h = 1; 2 * h < basis; h++) {
        value[2 * h - 1] = cos((double)h * season);
        value[2 * h] = sin((double)h * season);
    }
}

/* Replaces A (k x k), the X'X of n rows, by the Cholesky factor of it and a ridge of
 * `weight` on all but the first column; a trace is added against singularity. */
static autan_status factor_gram(size_t k, double n, double weight, double *A)
{
    for (size_t i = 0; i < k; i++)
        A[i * k + i] += 1e-8 * n + 1e-12 + (i > 0 ? weight : 0.0);
    return autan_matrix_cholesky(k, A, NULL);
}

/* The same of the rows of X (n x k). */
static autan_status gram(size_t n, size_t k, const double *X, double weight, double *A)
{
    autan_matrix_product(1, 0, k, k, n, 1.0, X, X, 0.0, A);
    return factor_gram(k, (double)n, weight, A);
}

/* b (k x m) becomes A^-1 b, given the factor of A. */
static void solve_factored(size_t k, size_t m, const double *A, double *b)
{
    autan_matrix_solve_lower(0, k, m, A, b);
    autan_matrix_solve_lower(1, k, m, A, b);
}

/* The same with cycle (2 values, may be NULL) as what is expected of columns 1 and 2;
 * y is overwritten. */
static autan_status fit_column(size_t n, size_t k, const double *X, double *y,
                               double weight, const double *cycle, double *b)
{
    double A[BASIS_MAX * BASIS_MAX];
    autan_status status = gram(n, k, X, weight, A);
    for (size_t i = 0; cycle && i < n; i++)
        y[i] -= cycle[0] * X[i * k + 1] + cycle[1] * X[i * k + 2];
    if (status != AUTAN_OK)
        return status;
    autan_matrix_product(1, 0, k, 1, n, 1.0, X, y, 0.0, b);
    solve_factored(k, 1, A, b);
    for (size_t i = 0; cycle && i < 2; i++)
        b[i + 1] += cycle[i];
    return AUTAN_OK;
}

/* Climatology of one column over the rows that know it, B (n x basis) being theirs;
 * false when too few do. */
static int column_climatology(size_t n, size_t stride, const double *value,
                              size_t basis, const double *B, const double *cycle,
                              double *coefficient)
{
    double *X = autan_matrix_new(n, basis), *y = autan_matrix_new(n, 1);
    size_t known = 0;
    int ok = X && y;
    for (size_t i = 0; ok && i < n; i++) {
        if (isnan(value[i * stride]))
            continue;
        memcpy(X + known * basis, B + i * basis, basis * sizeof *X);
        y[known++] = value[i * stride];
    }
    ok =
        ok && known >= 20 &&
        fit_column(known, basis, X, y, HARMONIC_WEIGHT, cycle, coefficient) == AUTAN_OK;
    free(X);
    free(y);
    return ok;
}

/* A sum of basis values. */
static double with_basis(size_t basis, size_t stride, const double *coefficient,
                         const double *value)
{
    double sum = 0.0;
    for (size_t k = 0; k < basis; k++)
        sum += value[k] * coefficient[k * stride];
    return sum;
}

/* Learns what is normal for each feature, B being the basis at each origin; one that
 * never varies gets scale 0. */
static void learn_features(autan_regression *r, const autan_training *t,
                           const double *B)
{
    for (size_t j = 0; j < r->p; j++) {
        double c[BASIS_MAX], sum = 0.0;
        size_t known = 0;
        if (!column_climatology(r->n, r->p, t->feature + j, r->basis, B,
                                t->feature_cycle ? t->feature_cycle + 2 * j : NULL, c))
            continue;
        for (size_t i = 0; i < r->n; i++) {
            const double value = t->feature[i * r->p + j];
            if (isnan(value))
                continue;
            const double anomaly = value - with_basis(r->basis, 1, c, B + i * r->basis);
            sum += anomaly * anomaly;
            known++;
        }
        for (size_t k = 0; k < r->basis; k++)
            r->center[k * r->p + j] = c[k];
        r->scale[j] = sqrt(sum / (double)known);
        if (r->scale[j] < 1e-9)
            r->scale[j] = 0.0;
    }
}

/* Expanded features z (3p) of an origin with those basis values; how many of them are
 * known. */
static size_t expand(const autan_regression *r, const double *basis,
                     const double *feature, double *z)
{
    size_t known = 0;
    for (size_t j = 0; j < r->p; j++) {
        double x = 0.0;
        if (!isnan(feature[j]) && r->scale[j] > 0.0) {
            x = (feature[j] - with_basis(r->basis, r->p, r->center + j, basis)) /
                r->scale[j];
            if (fabs(x) > FURTHEST)
                x = 0.0;
            else
                known++;
        }
        z[j] = x;
        z[r->p + j] = INTERACTION * x * basis[1];
        z[2 * r->p + j] = INTERACTION * x * basis[2];
    }
    return known;
}

/* The rows and targets of one group, complete. */
typedef struct {
    size_t n, m, first; /* first target */
    size_t *row;
    double *B, *Z, *Y;   /* Y less what is expected of its cycle */
    const double *cycle; /* m x 2 or NULL */
    double *prediction;  /* PENALTIES x n x m, of withheld rows */
} group_data;

/* Sums of products over some rows of a group: k basis values, p expanded features, m
 * targets. */
typedef struct {
    size_t k, p, m;
    double n, *BB, *BZ, *BY, *ZZ, *ZY;
} moments;

static void moments_clear(moments *s)
{
    free(s->BB);
    free(s->BZ);
    free(s->BY);
    free(s->ZZ);
    free(s->ZY);
}

static autan_status moments_new(size_t k, size_t p, size_t m, moments *s)
{
    *s = (moments){k,
                   p,
                   m,
                   0.0,
                   autan_matrix_new(k, k),
                   autan_matrix_new(k, p),
                   autan_matrix_new(k, m),
                   autan_matrix_new(p, p),
                   autan_matrix_new(p, m)};
    return s->BB && s->BZ && s->BY && s->ZZ && s->ZY ? AUTAN_OK : AUTAN_NO_MEMORY;
}

/* s = keep s + sign (those of the rows first .. end - 1). */
static void moments_add(const group_data *d, size_t first, size_t end, double keep,
                        double sign, moments *s)
{
    const size_t n = end - first;
    const double *B = d->B + first * s->k, *Z = d->Z + first * s->p,
                 *Y = d->Y + first * s->m;
    autan_matrix_product(1, 0, s->k, s->k, n, sign, B, B, keep, s->BB);
    autan_matrix_product(1, 0, s->k, s->p, n, sign, B, Z, keep, s->BZ);
    autan_matrix_product(1, 0, s->k, s->m, n, sign, B, Y, keep, s->BY);
    autan_matrix_product(1, 0, s->p, s->p, n, sign, Z, Z, keep, s->ZZ);
    autan_matrix_product(1, 0, s->p, s->m, n, sign, Z, Y, keep, s->ZY);
    s->n = keep * s->n + sign * (double)n;
}

static void moments_copy(const moments *from, moments *to)
{
    memcpy(to->BB, from->BB, from->k * from->k * sizeof *to->BB);
    memcpy(to->BZ, from->BZ, from->k * from->p * sizeof *to->BZ);
    memcpy(to->BY, from->BY, from->k * from->m * sizeof *to->BY);
    memcpy(to->ZZ, from->ZZ, from->p * from->p * sizeof *to->ZZ);
    memcpy(to->ZY, from->ZY, from->p * from->m * sizeof *to->ZY);
    to->n = from->n;
}

/* What is left of the moments when the basis is taken out, in their place. With P = I -
 * B (B'B + W)^-1 B', W the prior of the harmonics: BZ becomes G = (B'B + W)^-1 B'Z, BY
 * the climatology g = (B'B + W)^-1 B'Y, ZZ Z'PZ and ZY Z'PY. With a ridge,
 * b = (Z'PZ + penalty)^-1 Z'PY and the basis has the coefficients g - G b. */
static autan_status take_out_basis(moments *s)
{
    const size_t k = s->k, p = s->p, m = s->m;
    double *was = autan_matrix_new(k, p);
    autan_status status = was ? AUTAN_OK : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        status = factor_gram(k, s->n, HARMONIC_WEIGHT, s->BB);
    if (status == AUTAN_OK) {
        memcpy(was, s->BZ, k * p * sizeof *was);
        solve_factored(k, p, s->BB, s->BZ);
        solve_factored(k, m, s->BB, s->BY);
        autan_matrix_product(1, 0, p, p, k, -1.0, was, s->BZ, 1.0, s->ZZ);
        autan_matrix_product(1, 0, p, m, k, -1.0, was, s->BY, 1.0, s->ZY);
    }
    free(was);
    return status;
}

static void group_clear(group_data *d)
{
    free(d->row);
    free(d->B);
    free(d->Z);
    free(d->Y);
    free(d->prediction);
}

/* Targets of a row, unknown ones filled with the row's mean departure from climatology.
 */
static int complete_row(const autan_training *t, size_t i, size_t first, size_t m,
                        const double *climate, double *y)
{
    double departure = 0.0;
    size_t known = 0;
    for (size_t j = 0; j < m; j++) {
        y[j] = t->target[i * t->n_targets + first + j];
        if (isnan(y[j]))
            continue;
        departure += y[j] - climate[j];
        known++;
    }
    if (4 * known < 3 * m)
        return 0;
    for (size_t j = 0; j < m; j++) {
        if (isnan(y[j]))
            y[j] = climate[j] + departure / (double)known;
    }
    return 1;
}

/* B: basis values of all origins (n x basis). */
static autan_status gather(const autan_regression *r, const autan_training *t,
                           const double *B, size_t first, size_t m, group_data *d)
{
    const size_t k = r->basis, p = 3 * r->p;
    double *c = autan_matrix_new(k, m), *climate = autan_matrix_new(m, 1);
    int ok;
    *d = (group_data){.m = m,
                      .first = first,
                      .cycle = t->target_cycle ? t->target_cycle + 2 * first : NULL,
                      .row = malloc((r->n + 1) * sizeof *d->row),
                      .B = autan_matrix_new(r->n, k),
                      .Z = autan_matrix_new(r->n, p),
                      .Y = autan_matrix_new(r->n, m)};
    ok = c && climate && d->row && d->B && d->Z && d->Y;
    for (size_t j = 0; ok && j < m; j++) {
        double column[BASIS_MAX] = {0};
        if (!column_climatology(r->n, t->n_targets, t->target + first + j, k, B,
                                d->cycle ? d->cycle + 2 * j : NULL, column))
            goto cleanup; /* n stays 0: no data */
        for (size_t i = 0; i < k; i++)
            c[i * m + j] = column[i];
    }
    for (size_t i = 0; ok && i < r->n; i++) {
        for (size_t j = 0; j < m; j++)
            climate[j] = with_basis(k, m, c + j, B + i * k);
        if (!complete_row(t, i, first, m, climate, d->Y + d->n * m))
            continue;
        memcpy(d->B + d->n * k, B + i * k, k * sizeof *B);
        for (size_t j = 0; d->cycle && j < m; j++)
            d->Y[d->n * m + j] -= d->cycle[2 * j] * d->B[d->n * k + 1] +
                                  d->cycle[2 * j + 1] * d->B[d->n * k + 2];
        expand(r, B + i * k, t->feature + i * r->p, d->Z + d->n * p);
        d->row[d->n++] = i;
    }
cleanup:
    free(c);
    free(climate);
    return ok ? AUTAN_OK : AUTAN_NO_MEMORY;
}

/* x (p x m) of (T + penalty) x = v, T tridiagonal; the diagonal of its factor goes to
 * pivot (p). */
static void solve_tridiagonal(size_t p, size_t m, const double *diagonal,
                              const double *beside, double ridge, const double *v,
                              double *pivot, double *x)
{
    memcpy(x, v, p * m * sizeof *x);
    for (size_t i = 0; i < p; i++) {
        const double back = i > 0 ? beside[i - 1] / pivot[i - 1] : 0.0;
        pivot[i] = diagonal[i] + ridge - (i > 0 ? back * beside[i - 1] : 0.0);
        for (size_t j = 0; i > 0 && j < m; j++)
            x[i * m + j] -= back * x[(i - 1) * m + j];
    }
    for (size_t i = p; i-- > 0;) {
        const double next = i + 1 < p ? beside[i] : 0.0;
        for (size_t j = 0; j < m; j++)
            x[i * m + j] =
                (x[i * m + j] - (next != 0.0 ? next * x[(i + 1) * m + j] : 0.0)) /
                pivot[i];
    }
}

/* Predicts the rows first .. end - 1 from the others, less a gap on both sides, for all
 * penalties. With Z'PZ = Q T Q', T tridiagonal, each penalty costs little: L. Elden,
 * BIT 17 (1977). all: moments of all rows; s: for work. */
static autan_status withhold(group_data *d, size_t first, size_t end,
                             const moments *all, moments *s)
{
    const size_t k = s->k, p = s->p, m = s->m, n = end - first;
    const size_t before = first > GAP ? first - GAP : 0;
    const size_t after = end + GAP < d->n ? end + GAP : d->n;
    /* Rows to be turned by Q: Y'PZ, then what the features add to the climatology. */
    double *turned = autan_matrix_new(m + n, p), *v = autan_matrix_new(p, m);
    double *x = autan_matrix_new(p, m), *T = autan_matrix_new(p, 3);
    autan_status status = turned && v && x && T ? AUTAN_OK : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK) {
        moments_copy(all, s);
        moments_add(d, before, after, 1.0, -1.0, s);
        status = take_out_basis(s);
    }
    if (status == AUTAN_OK) {
        double *rest = turned + m * p;
        for (size_t j = 0; j < m; j++) {
            for (size_t i = 0; i < p; i++)
                turned[j * p + i] = s->ZY[i * m + j];
        }
        memcpy(rest, d->Z + first * p, n * p * sizeof *rest);
        autan_matrix_product(0, 0, n, p, k, -1.0, d->B + first * k, s->BZ, 1.0, rest);
        status = autan_matrix_tridiagonal(p, s->ZZ, m + n, turned, T, T + p);
    }
    for (size_t j = 0; status == AUTAN_OK && j < m; j++) {
        for (size_t i = 0; i < p; i++)
            v[i * m + j] = turned[j * p + i];
    }
    for (size_t l = 0; status == AUTAN_OK && l < PENALTIES; l++) {
        double *out = d->prediction + (l * d->n + first) * m;
        autan_matrix_product(0, 0, n, m, k, 1.0, d->B + first * k, s->BY, 0.0, out);
        if (l == CLIMATOLOGY)
            continue;
        solve_tridiagonal(p, m, T, T + p, penalty[l], v, T + 2 * p, x);
        autan_matrix_product(0, 0, n, m, p, 1.0, turned + m * p, x, 1.0, out);
    }
    free(turned);
    free(v);
    free(x);
    free(T);
    return status;
}

/* The penalty of the least error, at least number `least`. */
static size_t best_penalty(const group_data *d, size_t least)
{
    double lowest = INFINITY;
    size_t best = CLIMATOLOGY;
    for (size_t l = PENALTIES; l-- > least;) {
        double sum = 0.0;
        for (size_t i = 0; i < d->n * d->m; i++) {
            const double e = d->Y[i] - d->prediction[l * d->n * d->m + i];
            sum += e * e;
        }
        /* Close calls go to more shrinkage. */
        if (sum < lowest * 0.998) {
            lowest = sum;
            best = l;
        }
    }
    return best;
}

static double spread_at(const double *coefficient, size_t stride, const double *basis)
{
    return exp(0.5 * with_basis(SPREAD_TERMS, stride, coefficient, basis));
}

/* Log variances of the errors of all targets by season (SPREAD_TERMS x m, of row length
 * stride), scaled so that the standardised errors have variance 1. */
static autan_status learn_spread(const group_data *d, size_t k,
                                 const double *prediction, size_t stride,
                                 double *coefficient)
{
    const size_t n = d->n, m = d->m;
    double *X = autan_matrix_new(n, SPREAD_TERMS), *y = autan_matrix_new(n, m);
    double *c = autan_matrix_new(SPREAD_TERMS, m), A[SPREAD_TERMS * SPREAD_TERMS];
    autan_status status = X && y && c ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t i = 0; status == AUTAN_OK && i < n; i++)
        memcpy(X + i * SPREAD_TERMS, d->B + i * k, SPREAD_TERMS * sizeof *X);
    for (size_t i = 0; status == AUTAN_OK && i < n * m; i++) {
        const double e = d->Y[i] - prediction[i];
        y[i] = log(e * e + 1e-2);
    }
    if (status == AUTAN_OK)
        status = gram(n, SPREAD_TERMS, X, SPREAD_WEIGHT, A);
    if (status == AUTAN_OK) {
        autan_matrix_product(1, 0, SPREAD_TERMS, m, n, 1.0, X, y, 0.0, c);
        solve_factored(SPREAD_TERMS, m, A, c);
    }
    for (size_t j = 0; status == AUTAN_OK && j < m; j++) {
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            const double e = d->Y[i * m + j] - prediction[i * m + j];
            const double s = spread_at(c + j, m, X + i * SPREAD_TERMS);
            sum += e * e / (s * s);
        }
        c[j] += log(fmax(sum / (double)n, 1e-12));
        for (size_t i = 0; i < SPREAD_TERMS; i++)
            coefficient[i * stride + j] = c[i * m + j];
    }
    free(X);
    free(y);
    free(c);
    return status;
}

static void keep_errors(autan_regression *r, const autan_training *t,
                        const group_data *d, const double *prediction)
{
    for (size_t j = 0; j < d->m; j++) {
        const size_t target = d->first + j;
        size_t n = 0;
        double *sorted = r->sorted + target * r->n;
        for (size_t i = 0; i < d->n; i++) {
            const size_t row = d->row[i];
            if (isnan(t->target[row * r->m + target]))
                continue;
            sorted[n] = (d->Y[i * d->m + j] - prediction[i * d->m + j]) /
                        spread_at(r->spread[0] + target, r->m, d->B + i * r->basis);
            r->error[row * r->m + target] = sorted[n++];
        }
        autan_sort(n, sorted);
        r->n_sorted[target] = n;
    }
}

/* How much wider errors are at a season for what is not known of its climatology; in
 * the mean over the training that is in the spread already. */
static double widening(const autan_regression *r, size_t group, const double *x)
{
    const double *A = r->leverage + group * r->basis * r->basis;
    double sum = 0.0;
    for (size_t i = 0; i < r->basis; i++) {
        for (size_t j = 0; j < r->basis; j++)
            sum += x[i] * A[i * r->basis + j] * x[j];
    }
    return sqrt((1.0 + PERSISTENCE * sum) /
                (1.0 + PERSISTENCE * (double)r->basis / (double)r->n));
}

/* Coefficients of all rows for the penalty chosen, from their moments. */
static autan_status learn_coefficients(autan_regression *r, size_t group,
                                       const group_data *d, moments *s)
{
    const size_t k = s->k, p = s->p, m = s->m;
    const double ridge = penalty[r->choice[group]];
    double *leverage = r->leverage + group * k * k;
    autan_status status = take_out_basis(s);
    if (status != AUTAN_OK)
        return status;
    memcpy(leverage, s->BB, k * k * sizeof *leverage);
    status = autan_matrix_inverse_of_cholesky(k, leverage);
    for (size_t i = 0; i < k; i++)
        memcpy(r->g[1] + i * r->m + d->first, s->BY + i * m, m * sizeof *s->BY);
    if (status == AUTAN_OK && isfinite(ridge)) {
        for (size_t i = 0; i < p; i++)
            s->ZZ[i * p + i] += ridge;
        status = autan_matrix_cholesky(p, s->ZZ, NULL);
    }
    if (status == AUTAN_OK && isfinite(ridge)) {
        solve_factored(p, m, s->ZZ, s->ZY);
        autan_matrix_product(0, 0, k, m, p, -1.0, s->BZ, s->ZY, 1.0, s->BY);
        for (size_t i = 0; i < p; i++)
            memcpy(r->b + i * r->m + d->first, s->ZY + i * m, m * sizeof *s->ZY);
    }
    for (size_t i = 0; i < k; i++)
        memcpy(r->g[0] + i * r->m + d->first, s->BY + i * m, m * sizeof *s->BY);
    for (size_t j = 0; d->cycle && j < 2 * m; j++) {
        for (int c = 0; c < 2; c++)
            r->g[c][(1 + j % 2) * r->m + d->first + j / 2] += d->cycle[j];
    }
    return status;
}

static autan_status fit_group(autan_regression *r, const autan_training *t,
                              const double *B, size_t group, size_t first, size_t m)
{
    const size_t k = r->basis, p = 3 * r->p;
    group_data d = {0};
    moments all = {0}, work = {0};
    autan_status status = gather(r, t, B, first, m, &d);
    if (status == AUTAN_OK && d.n < AUTAN_REGRESSION_ORIGINS)
        status = AUTAN_NO_DATA;
    if (status == AUTAN_OK) {
        d.prediction = autan_matrix_new(PENALTIES * d.n, m);
        status = d.prediction ? moments_new(k, p, m, &all) : AUTAN_NO_MEMORY;
    }
    if (status == AUTAN_OK)
        status = moments_new(k, p, m, &work);
    if (status == AUTAN_OK)
        moments_add(&d, 0, d.n, 0.0, 1.0, &all);
    for (size_t f = 0; status == AUTAN_OK && f < FOLDS; f++)
        status = withhold(&d, d.n * f / FOLDS, d.n * (f + 1) / FOLDS, &all, &work);
    if (status == AUTAN_OK) {
        const size_t l = best_penalty(&d, group > 0 ? r->choice[group - 1] : 0);
        const double *chosen = d.prediction + l * d.n * m;
        r->choice[group] = l;
        status = learn_spread(&d, k, chosen, r->m, r->spread[0] + first);
        if (status == AUTAN_OK)
            keep_errors(r, t, &d, chosen);
    }
    if (status == AUTAN_OK)
        status = learn_spread(&d, k, d.prediction + CLIMATOLOGY * d.n * m, r->m,
                              r->spread[1] + first);
    if (status == AUTAN_OK)
        status = learn_coefficients(r, group, &d, &all);
    moments_clear(&all);
    moments_clear(&work);
    group_clear(&d);
    return status;
}

static autan_regression *allocate(const autan_training *t)
{
    autan_regression *r = calloc(1, sizeof *r);
    size_t m = t->n_targets, n = t->n_origins, p = t->n_features;
    int ok;
    if (!r)
        return NULL;
    r->n = n;
    r->p = p;
    r->m = m;
    r->basis = 2 * t->harmonics + 1;
    r->n_groups = t->group[m - 1] + 1;
    r->center = calloc(r->basis * p + 1, sizeof *r->center);
    r->scale = calloc(p + 1, sizeof *r->scale);
    r->group = malloc(m * sizeof *r->group);
    r->choice = calloc(r->n_groups, sizeof *r->choice);
    r->leverage = calloc(r->n_groups * r->basis * r->basis, sizeof *r->leverage);
    r->b = calloc(3 * p * m + 1, sizeof *r->b);
    r->error = malloc(n * m * sizeof *r->error);
    r->n_sorted = calloc(m, sizeof *r->n_sorted);
    r->sorted = malloc(n * m * sizeof *r->sorted);
    ok = r->center && r->scale && r->group && r->choice && r->leverage && r->b &&
         r->error && r->n_sorted && r->sorted;
    for (int i = 0; i < 2; i++) {
        r->g[i] = calloc(r->basis * m, sizeof *r->g[i]);
        r->spread[i] = calloc(SPREAD_TERMS * m, sizeof *r->spread[i]);
        ok = ok && r->g[i] && r->spread[i];
    }
    if (!ok) {
        autan_regression_free(r);
        return NULL;
    }
    memcpy(r->group, t->group, m * sizeof *r->group);
    for (size_t i = 0; i < n * m; i++)
        r->error[i] = NAN;
    return r;
}

autan_status autan_regression_fit(const autan_training *training,
                                  autan_regression **regression)
{
    autan_regression *r;
    double *B;
    autan_status status = AUTAN_OK;
    if (training->n_targets == 0 || training->n_features == 0 ||
        training->harmonics < 1 || training->harmonics > 2)
        return AUTAN_BAD_ARGUMENT;
    if (training->n_origins < AUTAN_REGRESSION_ORIGINS)
        return AUTAN_NO_DATA;
    r = allocate(training);
    B = r ? autan_matrix_new(r->n, r->basis) : NULL;
    if (!B) {
        autan_regression_free(r);
        return AUTAN_NO_MEMORY;
    }
    for (size_t i = 0; i < r->n; i++)
        basis_values(training->season[i], r->basis, B + i * r->basis);
    learn_features(r, training, B);
    for (size_t first = 0; status == AUTAN_OK && first < r->m;) {
        size_t end = first;
        while (end < r->m && r->group[end] == r->group[first])
            end++;
        status = fit_group(r, training, B, r->group[first], first, end - first);
        first = end;
    }
    free(B);
    if (status != AUTAN_OK) {
        autan_regression_free(r);
        return status;
    }
    *regression = r;
    return AUTAN_OK;
}

void autan_regression_free(autan_regression *r)
{
    if (!r)
        return;
    free(r->center);
    free(r->scale);
    free(r->group);
    free(r->choice);
    free(r->leverage);
    for (int i = 0; i < 2; i++) {
        free(r->g[i]);
        free(r->spread[i]);
    }
    free(r->b);
    free(r->error);
    free(r->n_sorted);
    free(r->sorted);
    free(r);
}

int autan_regression_predict(const autan_regression *r, double season,
                             const double *feature, double *mean, double *spread)
{
    double *z = feature ? malloc(3 * r->p * sizeof *z) : NULL, basis[BASIS_MAX];
    basis_values(season, r->basis, basis);
    const int known = z && 2 * expand(r, basis, feature, z) >= r->p;
    const int which = known ? 0 : 1;
    for (size_t j = 0; j < r->m; j++) {
        mean[j] = with_basis(r->basis, r->m, r->g[which] + j, basis);
        spread[j] = spread_at(r->spread[which] + j, r->m, basis) *
                    widening(r, r->group[j], basis);
        for (size_t i = 0; known && i < 3 * r->p; i++)
            mean[j] += z[i] * r->b[i * r->m + j];
    }
    free(z);
    return known;
}

double autan_regression_quantile(const autan_regression *r, size_t target, double p)
{
    return autan_quantile_sorted(r->n_sorted[target], r->sorted + target * r->n, p);
}

const double *autan_regression_errors(const autan_regression *r)
{
    return r->error;
}

double autan_regression_shrinkage(const autan_regression *r, size_t group)
{
    return penalty[r->choice[group]];
}
