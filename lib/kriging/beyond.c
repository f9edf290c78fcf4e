#include "kriging/beyond.h"

#include <math.h>
#include <stdlib.h>

#include "kriging/matrix.h"

/* Fewer stations say nothing of mixtures; correlations are shrunk by at least so much
 * that they can be inverted. */
enum { STATIONS_MIN = 4 };
static const double SHRINKAGE_MIN = 1e-3;

void autan_seen_clear(autan_seen *seen)
{
    free(seen->used);
    free(seen->range);
    free(seen->mixed);
    free(seen->whiten);
    *seen = (autan_seen){0};
}

static autan_range range_of(size_t n, size_t stride, const double *value)
{
    autan_range r = {0, NAN, NAN, NAN, NAN};
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        const double v = value[i * stride];
        if (!isfinite(v))
            continue;
        r.n++;
        sum += v;
        r.least = fmin(r.least, v);
        r.most = fmax(r.most, v);
    }
    r.mean = sum / (double)r.n;
    for (size_t i = 0; i < n; i++) {
        const double d = value[i * stride] - r.mean;
        squares += isfinite(d) ? d * d : 0.0;
    }
    r.deviation = r.n > 1 ? sqrt(squares / (double)(r.n - 1)) : NAN;
    return r;
}

/* The stations that know all covariates mixed, standardised: n_known x n_mixed. */
static size_t standardise(const autan_seen *s, size_t n, const double *value, double *z)
{
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        bool whole = true;
        for (size_t k = 0; k < s->n_mixed; k++) {
            const autan_range *range = &s->range[s->mixed[k]];
            const double v = value[i * s->n_covariates + s->mixed[k]];
            z[known * s->n_mixed + k] = (v - range->mean) / range->deviation;
            whole = whole && isfinite(v);
        }
        known += whole;
    }
    return known;
}

/* Correlations r (p x p) of n standardised rows; how far they are to be shrunk, after
 * the variances that they have themselves. */
static double correlate(size_t n, size_t p, const double *z, double *r)
{
    const double m = (double)n;
    double uncertain = 0.0, squares = 0.0;
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            double sum = 0.0, spread = 0.0;
            for (size_t i = 0; i < n; i++)
                sum += z[i * p + a] * z[i * p + b];
            for (size_t i = 0; i < n; i++)
                spread += pow(z[i * p + a] * z[i * p + b] - sum / m, 2);
            r[a * p + b] = sum / (m - 1.0);
            if (a == b)
                continue;
            uncertain += m / pow(m - 1.0, 3) * spread;
            squares += r[a * p + b] * r[a * p + b];
        }
    }
    return squares > 0.0 ? fmin(uncertain / squares, 1.0) : 1.0;
}

static double distance(const autan_seen *s, const double *z)
{
    double sum = 0.0;
    for (size_t a = 0; a < s->n_mixed; a++) {
        double along = 0.0;
        for (size_t b = 0; b <= a; b++)
            along += s->whiten[a * s->n_mixed + b] * z[b];
        sum += along * along;
    }
    return sqrt(sum);
}

static autan_status mix(size_t n, const double *value, autan_seen *s)
{
    const size_t p = s->n_mixed;
    double *z = autan_matrix_new(n, p), *r = autan_matrix_new(p, p);
    autan_status status = z && r ? AUTAN_OK : AUTAN_NO_MEMORY;
    const size_t known = z ? standardise(s, n, value, z) : 0;
    if (status == AUTAN_OK && known >= STATIONS_MIN) {
        s->shrinkage = fmax(correlate(known, p, z, r), SHRINKAGE_MIN);
        for (size_t a = 0; a < p; a++) {
            for (size_t b = 0; b < p; b++) {
                r[a * p + b] *= a == b ? 1.0 : 1.0 - s->shrinkage;
                s->whiten[a * p + b] = a == b ? 1.0 : 0.0;
            }
            r[a * p + a] = r[a * p + a] * (1.0 - s->shrinkage) + s->shrinkage;
        }
        status = autan_matrix_cholesky(p, r, NULL);
        if (status == AUTAN_OK)
            autan_matrix_solve_lower(0, p, p, r, s->whiten);
        for (size_t i = 0; status == AUTAN_OK && i < known; i++)
            s->farthest = fmax(s->farthest, distance(s, z + i * p));
    } else {
        s->n_mixed = 0;
    }
    free(z);
    free(r);
    return status;
}

autan_status autan_seen_make(size_t n, size_t n_covariates, const double *value,
                             const bool *used, autan_seen *seen)
{
    autan_seen s = {.n_covariates = n_covariates,
                    .used = calloc(n_covariates + 1, sizeof *s.used),
                    .range = calloc(n_covariates + 1, sizeof *s.range),
                    .mixed = calloc(n_covariates + 1, sizeof *s.mixed),
                    .whiten = autan_matrix_new(n_covariates + 1, n_covariates + 1)};
    autan_status status =
        s.used && s.range && s.mixed && s.whiten ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t k = 0; status == AUTAN_OK && k < n_covariates; k++) {
        s.used[k] = used[k];
        s.range[k] = range_of(n, n_covariates, value + k);
        if (used[k] && s.range[k].deviation > 0.0)
            s.mixed[s.n_mixed++] = k;
    }
    if (status == AUTAN_OK)
        status = mix(n, value, &s);
    if (status == AUTAN_OK)
        *seen = s;
    else
        autan_seen_clear(&s);
    return status;
}

double autan_beyond(const autan_range *range, double value)
{
    double excess;
    if (isnan(value) || range->n == 0)
        return NAN;
    excess = fmax(fmax(value - range->most, range->least - value), 0.0);
    return excess > 0.0 ? fmin(excess / range->deviation, AUTAN_BEYOND_MOST) : 0.0;
}

void autan_beyond_places(const autan_seen *s, size_t n, const double *value,
                         float *beyond)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < n; i++) {
        const double *here = value + i * s->n_covariates;
        double farthest = 0.0, z[s->n_mixed + 1];
        for (size_t k = 0; k < s->n_covariates && !isnan(farthest); k++) {
            double one = s->used[k] ? autan_beyond(&s->range[k], here[k]) : 0.0;
            farthest = one <= farthest ? farthest : one;
        }
        for (size_t k = 0; k < s->n_mixed; k++) {
            const autan_range *range = &s->range[s->mixed[k]];
            z[k] = (here[s->mixed[k]] - range->mean) / range->deviation;
        }
        if (!isnan(farthest) && s->n_mixed > 1)
            farthest =
                fmin(fmax(farthest, distance(s, z) - s->farthest), AUTAN_BEYOND_MOST);
        beyond[i] = (float)farthest;
    }
}
