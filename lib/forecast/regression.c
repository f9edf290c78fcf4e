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

/* What a fit on some rows gives: targets = B g + z b. */
typedef struct {
    size_t k, p, m; /* basis, expanded features, targets */
    double *g;      /* PENALTIES x k x m */
    double *b;      /* PENALTIES x p x m */
} solution;

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

/* X'X of the rows of X (n x k) given and a ridge of `weight` on all but the first
 * column, as its Cholesky factor A (k x k); a trace is added against singularity. */
static autan_status gram(size_t n, size_t k, const double *X, double weight, double *A)
{
    autan_matrix_product(1, 0, k, k, n, 1.0, X, X, 0.0, A);
    for (size_t i = 0; i < k; i++)
        A[i * k + i] += 1e-8 * (double)n + 1e-12 + (i > 0 ? weight : 0.0);
    return autan_matrix_cholesky(k, A, NULL);
}

/* Coefficients b (k x m) of y on X given the factor of their gram. */
static void project(size_t n, size_t k, size_t m, const double *A, const double *X,
                    const double *y, double *b)
{
    autan_matrix_product(1, 0, k, m, n, 1.0, X, y, 0.0, b);
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
    project(n, k, 1, A, X, y, b);
    for (size_t i = 0; cycle && i < 2; i++)
        b[i + 1] += cycle[i];
    return AUTAN_OK;
}

/* Climatology of one column over the rows that know it; false when too few do. */
static int column_climatology(size_t n, size_t stride, const double *value,
                              const double *season, size_t basis, const double *cycle,
                              double *coefficient)
{
    double *X = autan_matrix_new(n, basis), *y = autan_matrix_new(n, 1);
    size_t known = 0;
    int ok = X && y;
    for (size_t i = 0; ok && i < n; i++) {
        if (isnan(value[i * stride]))
            continue;
        basis_values(season[i], basis, X + known * basis);
        y[known++] = value[i * stride];
    }
    ok =
        ok && known >= 20 &&
        fit_column(known, basis, X, y, HARMONIC_WEIGHT, cycle, coefficient) == AUTAN_OK;
    free(X);
    free(y);
    return ok;
}

static double at_season(size_t basis, size_t stride, const double *coefficient,
                        double season)
{
    double value[BASIS_MAX], sum = 0.0;
    basis_values(season, basis, value);
    for (size_t k = 0; k < basis; k++)
        sum += value[k] * coefficient[k * stride];
    return sum;
}

/* Learns what is normal for each feature; one that never varies gets scale 0. */
static void learn_features(autan_regression *r, const autan_training *t)
{
    for (size_t j = 0; j < r->p; j++) {
        double c[BASIS_MAX], sum = 0.0;
        size_t known = 0;
        if (!column_climatology(r->n, r->p, t->feature + j, t->season, r->basis,
                                t->feature_cycle ? t->feature_cycle + 2 * j : NULL, c))
            continue;
        for (size_t i = 0; i < r->n; i++) {
            const double value = t->feature[i * r->p + j];
            if (isnan(value))
                continue;
            const double anomaly = value - at_season(r->basis, 1, c, t->season[i]);
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

/* Expanded features z (3p) of an origin; how many of them are known. */
static size_t expand(const autan_regression *r, double season, const double *feature,
                     double *z)
{
    size_t known = 0;
    for (size_t j = 0; j < r->p; j++) {
        double x = 0.0;
        if (!isnan(feature[j]) && r->scale[j] > 0.0) {
            x = (feature[j] - at_season(r->basis, r->p, r->center + j, season)) /
                r->scale[j];
            if (fabs(x) > FURTHEST)
                x = 0.0;
            else
                known++;
        }
        z[j] = x;
        z[r->p + j] = INTERACTION * x * cos(season);
        z[2 * r->p + j] = INTERACTION * x * sin(season);
    }
    return known;
}

static void solution_clear(solution *s)
{
    free(s->g);
    free(s->b);
    *s = (solution){0};
}

/* Ridge for all penalties: B (n x k), Z (n x p), Y (n x m), from which what is expected
 * of the cycle has been taken. With P = I - B (B'B + W)^-1 B', W the prior of the
 * harmonics, b = (Z'PZ + penalty)^-1 Z'PY, and what B keeps of Z's part goes to g. */
static autan_status solve(size_t n, size_t k, size_t p, size_t m, const double *B,
                          const double *Z, const double *Y, solution *out)
{
    solution s = {k, p, m, autan_matrix_new(PENALTIES * k, m),
                  autan_matrix_new(PENALTIES * p, m)};
    double *G = autan_matrix_new(k, p), *A = autan_matrix_new(p, p);
    double *L = autan_matrix_new(p, p), *ZY = autan_matrix_new(p, m);
    double *R = autan_matrix_new(n, p), factor[BASIS_MAX * BASIS_MAX];
    autan_status status =
        s.g && s.b && G && A && L && ZY && R ? AUTAN_OK : AUTAN_NO_MEMORY;

    if (status == AUTAN_OK)
        status = gram(n, k, B, HARMONIC_WEIGHT, factor);
    if (status == AUTAN_OK) {
        project(n, k, p, factor, B, Z, G);
        project(n, k, m, factor, B, Y, s.g);
        memcpy(R, Z, n * p * sizeof *R);
        autan_matrix_product(0, 0, n, p, k, -1.0, B, G, 1.0, R);
        autan_matrix_product(1, 0, p, p, n, 1.0, Z, R, 0.0, A);
        autan_matrix_product(1, 0, p, m, n, 1.0, R, Y, 0.0, ZY);
    }
    for (size_t l = PENALTIES; status == AUTAN_OK && l-- > 0;) {
        double *b = s.b + l * p * m, *g = s.g + l * k * m;
        memset(b, 0, p * m * sizeof *b);
        if (l > 0)
            memcpy(g, s.g, k * m * sizeof *g);
        if (l == CLIMATOLOGY)
            continue;
        memcpy(L, A, p * p * sizeof *L);
        for (size_t i = 0; i < p; i++)
            L[i * p + i] += penalty[l];
        status = autan_matrix_cholesky(p, L, NULL);
        if (status != AUTAN_OK)
            break;
        memcpy(b, ZY, p * m * sizeof *b);
        autan_matrix_solve_lower(0, p, m, L, b);
        autan_matrix_solve_lower(1, p, m, L, b);
        autan_matrix_product(0, 0, k, m, p, -1.0, G, b, 1.0, g);
    }
    free(G);
    free(A);
    free(L);
    free(ZY);
    free(R);
    if (status == AUTAN_OK)
        *out = s;
    else
        solution_clear(&s);
    return status;
}

/* The rows and targets of one group, complete. */
typedef struct {
    size_t n, m, first; /* first target */
    size_t *row;
    double *B, *Z, *Y;   /* Y less what is expected of its cycle */
    const double *cycle; /* m x 2 or NULL */
    double *prediction;  /* PENALTIES x n x m, of withheld rows */
} group_data;

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

static autan_status gather(const autan_regression *r, const autan_training *t,
                           size_t first, size_t m, group_data *d)
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
        if (!column_climatology(r->n, t->n_targets, t->target + first + j, t->season, k,
                                d->cycle ? d->cycle + 2 * j : NULL, column))
            goto cleanup; /* n stays 0: no data */
        for (size_t i = 0; i < k; i++)
            c[i * m + j] = column[i];
    }
    for (size_t i = 0; ok && i < r->n; i++) {
        for (size_t j = 0; j < m; j++)
            climate[j] = at_season(k, m, c + j, t->season[i]);
        if (!complete_row(t, i, first, m, climate, d->Y + d->n * m))
            continue;
        basis_values(t->season[i], k, d->B + d->n * k);
        for (size_t j = 0; d->cycle && j < m; j++)
            d->Y[d->n * m + j] -= d->cycle[2 * j] * d->B[d->n * k + 1] +
                                  d->cycle[2 * j + 1] * d->B[d->n * k + 2];
        expand(r, t->season[i], t->feature + i * r->p, d->Z + d->n * p);
        d->row[d->n++] = i;
    }
cleanup:
    free(c);
    free(climate);
    return ok ? AUTAN_OK : AUTAN_NO_MEMORY;
}

/* Predicts the rows first .. end - 1 from the others, less a gap on both sides. */
static autan_status withhold(const autan_regression *r, group_data *d, size_t first,
                             size_t end)
{
    const size_t k = r->basis, p = 3 * r->p, m = d->m;
    const size_t before = first > GAP ? first - GAP : 0;
    const size_t after = end + GAP < d->n ? end + GAP : d->n;
    const size_t n = before + (d->n - after);
    double *B = autan_matrix_new(n, k), *Z = autan_matrix_new(n, p);
    double *Y = autan_matrix_new(n, m);
    solution s = {0};
    autan_status status = B && Z && Y ? AUTAN_OK : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK) {
        memcpy(B, d->B, before * k * sizeof *B);
        memcpy(B + before * k, d->B + after * k, (d->n - after) * k * sizeof *B);
        memcpy(Z, d->Z, before * p * sizeof *Z);
        memcpy(Z + before * p, d->Z + after * p, (d->n - after) * p * sizeof *Z);
        memcpy(Y, d->Y, before * m * sizeof *Y);
        memcpy(Y + before * m, d->Y + after * m, (d->n - after) * m * sizeof *Y);
        status = solve(n, k, p, m, B, Z, Y, &s);
    }
    for (size_t l = 0; status == AUTAN_OK && l < PENALTIES; l++) {
        double *out = d->prediction + (l * d->n + first) * m;
        autan_matrix_product(0, 0, end - first, m, k, 1.0, d->B + first * k,
                             s.g + l * k * m, 0.0, out);
        autan_matrix_product(0, 0, end - first, m, p, 1.0, d->Z + first * p,
                             s.b + l * p * m, 1.0, out);
    }
    solution_clear(&s);
    free(B);
    free(Z);
    free(Y);
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

static double spread_at(const double *coefficient, size_t stride, double season)
{
    return exp(0.5 * at_season(SPREAD_TERMS, stride, coefficient, season));
}

/* Log variance of errors e (stride m) by season, scaled so that the standardised errors
 * have variance 1. */
static autan_status learn_spread(const autan_training *t, const group_data *d,
                                 const double *prediction, size_t j, size_t stride,
                                 double *coefficient)
{
    double *X = autan_matrix_new(d->n, SPREAD_TERMS), *y = autan_matrix_new(d->n, 1);
    double c[SPREAD_TERMS], sum = 0.0;
    autan_status status = X && y ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t i = 0; status == AUTAN_OK && i < d->n; i++) {
        const double e = d->Y[i * d->m + j] - prediction[i * d->m + j];
        basis_values(t->season[d->row[i]], SPREAD_TERMS, X + i * SPREAD_TERMS);
        y[i] = log(e * e + 1e-2);
    }
    if (status == AUTAN_OK)
        status = fit_column(d->n, SPREAD_TERMS, X, y, SPREAD_WEIGHT, NULL, c);
    for (size_t i = 0; status == AUTAN_OK && i < d->n; i++) {
        const double e = d->Y[i * d->m + j] - prediction[i * d->m + j];
        const double s = spread_at(c, 1, t->season[d->row[i]]);
        sum += e * e / (s * s);
    }
    if (status == AUTAN_OK) {
        c[0] += log(fmax(sum / (double)d->n, 1e-12));
        for (size_t i = 0; i < SPREAD_TERMS; i++)
            coefficient[i * stride + j] = c[i];
    }
    free(X);
    free(y);
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
                        spread_at(r->spread[0] + target, r->m, t->season[row]);
            r->error[row * r->m + target] = sorted[n++];
        }
        autan_sort(n, sorted);
        r->n_sorted[target] = n;
    }
}

/* (B'B + W)^-1: what the training leaves open of the climatology. */
static autan_status learn_leverage(const group_data *d, size_t k, double *leverage)
{
    autan_status status = gram(d->n, k, d->B, HARMONIC_WEIGHT, leverage);
    return status == AUTAN_OK ? autan_matrix_inverse_of_cholesky(k, leverage) : status;
}

/* How much wider errors are at a season for what is not known of its climatology; in
 * the mean over the training that is in the spread already. */
static double widening(const autan_regression *r, size_t group, double season)
{
    const double *A = r->leverage + group * r->basis * r->basis;
    double x[BASIS_MAX], sum = 0.0;
    basis_values(season, r->basis, x);
    for (size_t i = 0; i < r->basis; i++) {
        for (size_t j = 0; j < r->basis; j++)
            sum += x[i] * A[i * r->basis + j] * x[j];
    }
    return sqrt((1.0 + PERSISTENCE * sum) /
                (1.0 + PERSISTENCE * (double)r->basis / (double)r->n));
}

static autan_status fit_group(autan_regression *r, const autan_training *t,
                              size_t group, size_t first, size_t m)
{
    const size_t k = r->basis, p = 3 * r->p;
    group_data d = {0};
    solution s = {0};
    size_t l = 0;
    autan_status status = gather(r, t, first, m, &d);
    if (status == AUTAN_OK && d.n < AUTAN_REGRESSION_ORIGINS)
        status = AUTAN_NO_DATA;
    if (status == AUTAN_OK) {
        d.prediction = autan_matrix_new(PENALTIES * d.n, m);
        status = d.prediction ? AUTAN_OK : AUTAN_NO_MEMORY;
    }
    for (size_t f = 0; status == AUTAN_OK && f < FOLDS; f++)
        status = withhold(r, &d, d.n * f / FOLDS, d.n * (f + 1) / FOLDS);
    if (status == AUTAN_OK) {
        l = r->choice[group] = best_penalty(&d, group > 0 ? r->choice[group - 1] : 0);
        for (size_t j = 0; status == AUTAN_OK && j < m; j++) {
            status = learn_spread(t, &d, d.prediction + l * d.n * m, j, r->m,
                                  r->spread[0] + first);
            if (status == AUTAN_OK)
                status = learn_spread(t, &d, d.prediction + CLIMATOLOGY * d.n * m, j,
                                      r->m, r->spread[1] + first);
        }
    }
    if (status == AUTAN_OK) {
        keep_errors(r, t, &d, d.prediction + l * d.n * m);
        status = solve(d.n, k, p, m, d.B, d.Z, d.Y, &s);
    }
    if (status == AUTAN_OK)
        status = learn_leverage(&d, k, r->leverage + group * k * k);
    for (size_t j = 0; status == AUTAN_OK && j < m; j++) {
        for (size_t i = 0; i < k; i++) {
            r->g[0][i * r->m + first + j] = s.g[(l * k + i) * m + j];
            r->g[1][i * r->m + first + j] = s.g[(CLIMATOLOGY * k + i) * m + j];
            for (int c = 0; d.cycle && (i == 1 || i == 2) && c < 2; c++)
                r->g[c][i * r->m + first + j] += d.cycle[2 * j + i - 1];
        }
        for (size_t i = 0; i < p; i++)
            r->b[i * r->m + first + j] = s.b[(l * p + i) * m + j];
    }
    solution_clear(&s);
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
    autan_status status = AUTAN_OK;
    if (training->n_targets == 0 || training->n_features == 0 ||
        training->harmonics < 1 || training->harmonics > 2)
        return AUTAN_BAD_ARGUMENT;
    if (training->n_origins < AUTAN_REGRESSION_ORIGINS)
        return AUTAN_NO_DATA;
    r = allocate(training);
    if (!r)
        return AUTAN_NO_MEMORY;
    learn_features(r, training);
    for (size_t first = 0; status == AUTAN_OK && first < r->m;) {
        size_t end = first;
        while (end < r->m && r->group[end] == r->group[first])
            end++;
        status = fit_group(r, training, r->group[first], first, end - first);
        first = end;
    }
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
    double *z = feature ? malloc(3 * r->p * sizeof *z) : NULL;
    const int known = z && 2 * expand(r, season, feature, z) >= r->p;
    const int which = known ? 0 : 1;
    for (size_t j = 0; j < r->m; j++) {
        mean[j] = at_season(r->basis, r->m, r->g[which] + j, season);
        spread[j] = spread_at(r->spread[which] + j, r->m, season) *
                    widening(r, r->group[j], season);
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
