#include "kriging/fit.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/carry.h"
#include "kriging/hours.h"
#include "kriging/krige.h"
#include "kriging/leave_one_out.h"
#include "kriging/matrix.h"
#include "kriging/reml.h"
#include "kriging/score.h"

enum {
    DAYS_MIN = 5,             /* of a season, for a persistent level */
    REPLICATES_MIN = 90,      /* behind the hourly variances of a regime */
    CLASS_HOURS_MIN = 20,     /* of a class of dispersion, for it to be one */
    STATIONS_MIN = 3,         /* of an hour that counts */
    PATTERN_STATIONS_MIN = 8, /* of a season, for patterns */
    LEVEL_REACH = 2, /* hours of the day pooled on either side, for persistent fields */
    EM_PASSES = 3,
};
/* A station takes part in a season when it reports this share of its hours; it has a
 * mean in a regime likewise. */
static const double SHARE_MIN = 0.1;
/* The least nugget, K^2: no sensor reads better than a hundredth of a kelvin. */
static const double NUGGET_MIN = 1e-4;

/* Hours that speak for a station being as noisy as the others before any is heard, and
 * how far it may be from that. */
static const double NOISE_HOURS = 200.0, NOISE_MIN = 0.1, NOISE_MAX = 20.0;

/* One class of one hour of the day in one season. */
typedef struct {
    size_t n_hours;
    size_t *row;        /* of the panel */
    double *mean;       /* m: station means, about a common constant */
    double *count;      /* m: readings behind them */
    double *S;          /* m x m: completed squares of the deviations */
    double *pull;       /* m: of the likelihood on the noise of each station, */
    double *hold;       /* m: and what it expects of its second derivative */
    double *u;          /* m: pattern; all 0 while there is none */
    double *hourly;     /* n_components */
    double *persistent; /* n_components */
    double *pattern;    /* n_components */
    bool has_pattern;
    double deviance;
} regime_fit;

enum { SEASON_REGIMES = AUTAN_HOURS * AUTAN_CLASSES }; /* hour * 3 + class */

typedef struct {
    size_t m;
    size_t *station; /* places in the sites of those taking part */
    bool two_levels;
    double *noise, *persistent_noise; /* m, as of autan_model_noise */
    autan_design design;
    regime_fit regime[SEASON_REGIMES];
} season_fit;

typedef struct {
    const autan_sites *sites;
    const autan_panel *panel;
    autan_model *model;
    season_fit season[AUTAN_SEASONS];
    int passes; /* of expectation and maximisation */
    autan_progress progress;
    void *user;
} fitting;

/* What is held of the variances of kernels and nugget before the readings speak: shares
 * of the mean square between stations, and the variance of their logarithms. It keeps
 * the kernels from taking what belongs to the covariates, and these from explaining the
 * stations to the last. Covariates are free. doc/model.md has what it gains at stations
 * that the fit never saw. The ranges are those of the town's kernels, short to long. */
static const double PRIOR_SILL[] = {0.01, 0.01, 0.02, 0.05}, PRIOR_NUGGET = 0.5;
static const double PRIOR_VARIANCE = 3.0;

static double reading(const fitting *f, size_t row, size_t site)
{
    return f->panel->value[row * f->panel->n_stations + site];
}

static void tell(const fitting *f, const char *what, size_t done, size_t total)
{
    if (f->progress)
        f->progress(what, done, total, f->user);
}

static void season_clear(season_fit *s)
{
    for (int k = 0; k < SEASON_REGIMES; k++) {
        regime_fit *r = &s->regime[k];
        free(r->row);
        free(r->mean);
        free(r->count);
        free(r->S);
        free(r->pull);
        free(r->hold);
        free(r->u);
        free(r->hourly);
        free(r->persistent);
        free(r->pattern);
    }
    free(s->station);
    free(s->noise);
    free(s->persistent_noise);
    autan_design_clear(&s->design);
    *s = (season_fit){0};
}

static const double *readings(const fitting *f, size_t row)
{
    return f->panel->value + row * f->panel->n_stations;
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Limits of the classes of dispersion, quantiles of each slot's hours; infinite where
 * the slot has too few. dispersion (n_times) is NaN for hours that do not count. */
static autan_status choose_limits(fitting *f, const double *dispersion)
{
    const autan_panel *panel = f->panel;
    double *sorted = autan_matrix_new(panel->n_times, 1);
    if (!sorted)
        return AUTAN_NO_MEMORY;
    for (size_t slot = 0; slot < AUTAN_SLOTS; slot++) {
        size_t n = 0;
        for (size_t t = 0; t < panel->n_times; t++) {
            if (!isnan(dispersion[t]) &&
                autan_slot_of(autan_panel_time(panel, t)) == slot)
                sorted[n++] = dispersion[t];
        }
        qsort(sorted, n, sizeof *sorted, ascending);
        for (size_t c = 0; c < AUTAN_CLASSES - 1; c++)
            f->model->limit[slot][c] = n >= CLASS_HOURS_MIN * AUTAN_CLASSES
                                           ? sorted[n * (c + 1) / AUTAN_CLASSES]
                                           : INFINITY;
    }
    free(sorted);
    return AUTAN_OK;
}

static autan_status append_row(regime_fit *regime, size_t t)
{
    /* Grown to the powers of two. */
    if ((regime->n_hours & (regime->n_hours - 1)) == 0) {
        size_t capacity = regime->n_hours ? 2 * regime->n_hours : 1;
        size_t *grown = realloc(regime->row, capacity * sizeof *grown);
        if (!grown)
            return AUTAN_NO_MEMORY;
        regime->row = grown;
    }
    regime->row[regime->n_hours++] = t;
    return AUTAN_OK;
}

/* Sorts the panel's rows into regimes; rows with too few stations are left out. */
static autan_status sort_rows(fitting *f)
{
    const autan_panel *panel = f->panel;
    const size_t n = panel->n_stations;
    double *dispersion = autan_matrix_new(panel->n_times, 1);
    size_t total = 0;
    autan_status status = AUTAN_NO_MEMORY;
    if (!dispersion)
        return status;
    for (size_t t = 0; t < panel->n_times; t++)
        dispersion[t] = autan_dispersion(n, readings(f, t), n);
    status = choose_limits(f, dispersion);
    for (size_t t = 0; status == AUTAN_OK && t < panel->n_times; t++) {
        size_t slot = autan_slot_of(autan_panel_time(panel, t));
        size_t class = autan_class_of(f->model, slot, dispersion[t]);
        if (isnan(dispersion[t]))
            continue;
        status = append_row(&f->season[slot / AUTAN_HOURS]
                                 .regime[slot % AUTAN_HOURS * AUTAN_CLASSES + class],
                            t);
        total++;
    }
    free(dispersion);
    return status == AUTAN_OK && total == 0 ? AUTAN_NO_DATA : status;
}

/* The stations that take part in a season, and the design of these. */
static autan_status choose_stations(fitting *f, season_fit *s)
{
    const size_t n = f->sites->n, nc = f->sites->n_covariates;
    size_t *count = calloc(n + 1, sizeof *count);
    double *x = autan_matrix_new(n, 1), *y = autan_matrix_new(n, 1);
    double *covariate = autan_matrix_new(n, nc);
    size_t hours = 0;
    autan_status status = AUTAN_NO_MEMORY;

    s->station = malloc((n + 1) * sizeof *s->station);
    s->noise = autan_matrix_new(n, 1);
    s->persistent_noise = autan_matrix_new(n, 1);
    if (!count || !x || !y || !covariate || !s->station || !s->noise ||
        !s->persistent_noise)
        goto cleanup;
    for (int h = 0; h < SEASON_REGIMES; h++) {
        hours += s->regime[h].n_hours;
        for (size_t k = 0; k < s->regime[h].n_hours; k++) {
            for (size_t i = 0; i < n; i++)
                count[i] += isnan(reading(f, s->regime[h].row[k], i)) ? 0 : 1;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (count[i] == 0 || (double)count[i] < SHARE_MIN * (double)hours)
            continue;
        x[s->m] = f->sites->x[i];
        y[s->m] = f->sites->y[i];
        memcpy(covariate + s->m * nc, f->sites->covariate + i * nc,
               nc * sizeof(double));
        s->station[s->m++] = i;
    }
    autan_model_noise(f->model, s->m, s->station, s->noise, s->persistent_noise);
    autan_sites part = {s->m, nc, x, y, covariate};
    status = s->m < STATIONS_MIN
                 ? AUTAN_OK
                 : autan_design_make(&part, f->model->n_terms, f->model->term,
                                     f->model->flat, f->model->n_kernels,
                                     f->model->kernel, &s->design);

cleanup:
    free(count);
    free(x);
    free(y);
    free(covariate);
    return status;
}

static autan_status regime_alloc(const season_fit *s, regime_fit *r)
{
    r->mean = calloc(s->m + 1, sizeof(double));
    r->count = calloc(s->m + 1, sizeof(double));
    r->S = autan_matrix_new(s->m, s->m);
    r->pull = calloc(s->m + 1, sizeof(double));
    r->hold = calloc(s->m + 1, sizeof(double));
    r->hourly = calloc(s->design.n_components, sizeof(double));
    r->persistent = calloc(s->design.n_components, sizeof(double));
    r->pattern = calloc(s->design.n_components, sizeof(double));
    r->u = calloc(s->m + 1, sizeof(double));
    return r->mean && r->count && r->S && r->pull && r->hold && r->hourly &&
                   r->persistent && r->pattern && r->u
               ? AUTAN_OK
               : AUTAN_NO_MEMORY;
}

/* Station means by the two-way layout hour + station, by alternating averages. */
static void first_means(const fitting *f, const season_fit *s, regime_fit *r)
{
    enum { SWEEPS = 10 };
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double *sum = r->S; /* not in use yet */
        for (size_t i = 0; i < s->m; i++)
            sum[i] = r->count[i] = 0.0;
        for (size_t k = 0; k < r->n_hours; k++) {
            double level = 0.0;
            size_t reporting = 0;
            for (size_t i = 0; i < s->m; i++) {
                double v = reading(f, r->row[k], s->station[i]) - r->mean[i];
                if (!isnan(v)) {
                    level += v;
                    reporting++;
                }
            }
            for (size_t i = 0; reporting && i < s->m; i++) {
                double v = reading(f, r->row[k], s->station[i]);
                if (!isnan(v)) {
                    sum[i] += v - level / (double)reporting;
                    r->count[i] += 1.0;
                }
            }
        }
        for (size_t i = 0; i < s->m; i++)
            r->mean[i] = r->count[i] > 0.0 ? sum[i] / r->count[i] : 0.0;
    }
}

/* The hourly system of a regime, its pattern included. */
static autan_status factor_hourly(const season_fit *s, const regime_fit *r,
                                  autan_krige *krige)
{
    const size_t m = s->m, nugget = s->design.n_components - 1;
    double *C = autan_matrix_new(m, m);
    size_t *all = malloc((m + 1) * sizeof *all);
    autan_status status = AUTAN_NO_MEMORY;
    if (C && all) {
        for (size_t i = 0; i < m; i++)
            all[i] = i;
        autan_design_covariance(&s->design, r->hourly, m, all, C);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < m; j++)
                C[i * m + j] += r->u[i] * r->u[j];
            C[i * m + i] += r->hourly[nugget] * (s->noise[i] - 1.0);
        }
        status = autan_krige_factor(m, s->design.q, C, s->design.F, krige);
    }
    free(C);
    free(all);
    return status;
}

/* Adds one completed hour to S, and its deviations about their average to drift. */
static autan_status complete_hour(const fitting *f, const season_fit *s, regime_fit *r,
                                  size_t row, const autan_krige *krige, double *y,
                                  size_t *missing, double *L, double *drift)
{
    const size_t m = s->m;
    size_t k = 0;
    double level = 0.0;
    autan_status status;
    for (size_t i = 0; i < m; i++) {
        y[i] = reading(f, row, s->station[i]) - r->mean[i];
        if (isnan(y[i]))
            missing[k++] = i;
    }
    status = autan_krige_without(krige, k, missing, L, y);
    if (status == AUTAN_NO_DATA)
        return AUTAN_OK; /* too few stations for the flat terms: the hour is no help */
    if (status == AUTAN_OK)
        status = autan_matrix_inverse_of_cholesky(k, L);
    if (status != AUTAN_OK)
        return status;
    for (size_t i = 0; i < m; i++)
        level += y[i] / (double)m;
    for (size_t i = 0; i < m; i++) {
        y[i] -= level;
        drift[i] += y[i];
        for (size_t j = 0; j <= i; j++)
            r->S[i * m + j] += y[i] * y[j];
    }
    for (size_t a = 0; a < k; a++) {
        for (size_t b = 0; b <= a; b++)
            r->S[missing[a] * m + missing[b]] += L[a * k + b];
    }
    return AUTAN_OK;
}

/* Expectation: S and, with two levels, better means, given the hourly variances. */
static autan_status complete(const fitting *f, const season_fit *s, regime_fit *r)
{
    const size_t m = s->m;
    autan_krige krige = {0};
    double *y = autan_matrix_new(m, 1), *drift = autan_matrix_new(m, 1);
    double *L = autan_matrix_new(m, m);
    size_t *missing = malloc((m + 1) * sizeof *missing);
    autan_status status = AUTAN_NO_MEMORY;

    if (!y || !drift || !L || !missing)
        goto cleanup;
    status = factor_hourly(s, r, &krige);
    if (status != AUTAN_OK)
        goto cleanup;
    memset(r->S, 0, m * m * sizeof(double));
    memset(drift, 0, m * sizeof(double));
    for (size_t k = 0; status == AUTAN_OK && k < r->n_hours; k++)
        status = complete_hour(f, s, r, r->row[k], &krige, y, missing, L, drift);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j <= i; j++) {
            /* About the new means, which the deviations' averages shift. */
            if (s->two_levels)
                r->S[i * m + j] -= drift[i] * drift[j] / (double)r->n_hours;
            r->S[j * m + i] = r->S[i * m + j];
        }
        if (s->two_levels)
            r->mean[i] += drift[i] / (double)r->n_hours;
    }

cleanup:
    autan_krige_clear(&krige);
    free(y);
    free(drift);
    free(L);
    free(missing);
    return status;
}

static double mean_square(size_t m, const double *S, double replicates)
{
    double trace = 0.0;
    for (size_t i = 0; i < m; i++)
        trace += S[i * m + i];
    return fmax(trace / (double)m / replicates, NUGGET_MIN);
}

/* Where the search for variances starts at least, as a share of the mean square, and
 * its relative tolerance: what is left to gain is far below what the data can tell. */
static const double START = 2e-3, TOLERANCE = 1e-8;

/* The variance at which a component gives its share of that between the stations. */
static double typical_of(size_t m, const double *K, double share, double square)
{
    double trace = 0.0, total = 0.0;
    for (size_t i = 0; i < m; i++) {
        trace += K[i * m + i];
        for (size_t k = 0; k < m; k++)
            total += K[i * m + k];
    }
    return share * square * (double)(m - 1) / fmax(trace - total / (double)m, 1e-6);
}

/* REML over all components from the given start, whose zeros are lifted. */
static autan_status fit_components(const autan_design *design, size_t m,
                                   const double *const *K, const double *F,
                                   const double *C0, const double *S, double replicates,
                                   double *theta, double *deviance)
{
    const size_t n = design->n_components, p = design->n_terms;
    const size_t last = sizeof PRIOR_SILL / sizeof *PRIOR_SILL - 1;
    const double square = mean_square(m, S, replicates);
    double typical[AUTAN_COMPONENTS_MAX];
    double lower[AUTAN_COMPONENTS_MAX], upper[AUTAN_COMPONENTS_MAX];
    const autan_reml problem = {m, design->q, n, F, K, C0, S, replicates};
    for (size_t k = 0; k < n; k++) {
        const size_t kernel = k < p ? 0 : k - p < last ? k - p : last;
        const double share = k + 1 == n ? PRIOR_NUGGET : PRIOR_SILL[kernel];
        typical[k] = k < p ? 0.0 : typical_of(m, K[k], share, square);
        lower[k] = 0.0;
        upper[k] = 100.0 * square;
        theta[k] = fmax(theta[k], START * square);
    }
    lower[n - 1] = NUGGET_MIN;
    upper[n - 1] = fmax(upper[n - 1], 2.0 * NUGGET_MIN);
    return autan_reml_fit(&problem,
                          &(autan_reml_options){typical, PRIOR_VARIANCE, TOLERANCE},
                          lower, upper, theta, deviance);
}

/* Squares of a regime and of the same class in the hours of the day around it, until
 * there are enough replicates: S (m x m). */
static double pool_squares(const season_fit *s, int regime, double *S)
{
    const int hour = regime / AUTAN_CLASSES, class = regime % AUTAN_CLASSES;
    double replicates = 0.0;
    memset(S, 0, s->m * s->m * sizeof *S);
    for (int reach = 0; reach <= AUTAN_HOURS / 2 && replicates < REPLICATES_MIN;
         reach++) {
        for (int side = -1; side <= 1; side += 2) {
            int other = (hour + side * reach + AUTAN_HOURS) % AUTAN_HOURS;
            const regime_fit *r = &s->regime[other * AUTAN_CLASSES + class];
            if (r->n_hours == 0 ||
                (side > 0 && (reach == 0 || reach == AUTAN_HOURS / 2)))
                continue;
            for (size_t i = 0; i < s->m * s->m; i++)
                S[i] += r->S[i];
            replicates += (double)r->n_hours - (s->two_levels ? 1.0 : 0.0);
        }
    }
    return replicates;
}

/* Hourly variances of a regime, its pattern (unless 0) being the fixed part. */
static autan_status fit_hourly(const season_fit *s, int regime, const double *u,
                               double *theta, double *deviance)
{
    const size_t m = s->m, nugget = s->design.n_components - 1;
    double *S = autan_matrix_new(m, m), *C0 = autan_matrix_new(m, m);
    double *noise = autan_matrix_new(m, m);
    const double *K[AUTAN_COMPONENTS_MAX];
    autan_status status = AUTAN_NO_MEMORY;
    if (S && C0 && noise) {
        double replicates = pool_squares(s, regime, S);
        memcpy(noise, s->design.K[nugget], m * m * sizeof *noise);
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < m; j++)
                C0[i * m + j] = u[i] * u[j];
            noise[i * m + i] = s->noise[i];
        }
        for (size_t k = 0; k < nugget; k++)
            K[k] = s->design.K[k];
        K[nugget] = noise;
        status = replicates > 0.0 ? fit_components(&s->design, m, K, s->design.F, C0, S,
                                                   replicates, theta, deviance)
                                  : AUTAN_NO_DATA;
    }
    free(S);
    free(C0);
    free(noise);
    return status;
}

/* The pattern: the first principal component of the pooled squares, less the part that
 * noise alone would give it. M. Tipping and C. Bishop, Probabilistic principal
 * component analysis, JRSS B 61 (1999), equation 15. */
static autan_status find_pattern(const season_fit *s, int regime, double *u)
{
    const size_t m = s->m;
    double *S = autan_matrix_new(m, m), *value = autan_matrix_new(m, 1);
    autan_status status = AUTAN_NO_MEMORY;
    if (S && value) {
        double replicates = pool_squares(s, regime, S), rest = 0.0, size;
        status = autan_matrix_eigen(m, S, value);
        /* The squares are about each hour's average: one eigenvalue is 0. */
        for (size_t k = 0; status == AUTAN_OK && k + 1 < m; k++)
            rest += value[k] / (double)(m - 2);
        size = status == AUTAN_OK ? sqrt(fmax(value[m - 1] - rest, 0.0) / replicates)
                                  : 0.0;
        for (size_t i = 0; i < m; i++)
            u[i] = size * S[i * m + m - 1];
    }
    free(S);
    free(value);
    return status;
}

/* The design's matrices and trend cut to the places in index: *K holds n_components
 * matrices in one piece. */
static autan_status cut_design(const autan_design *design, size_t m,
                               const size_t *index, double **K, double **F)
{
    *K = autan_matrix_new(design->n_components * m, m);
    *F = autan_matrix_new(m, design->q);
    if (!*K || !*F)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < design->n_components; k++) {
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < m; j++)
                (*K)[(k * m + i) * m + j] =
                    design->K[k][index[i] * design->n + index[j]];
        }
    }
    for (size_t i = 0; i < m; i++)
        memcpy(*F + i * design->q, design->F + index[i] * design->q,
               design->q * sizeof(double));
    return AUTAN_OK;
}

/* A field of a regime that is known at the stations (m values, NaN unknown): the
 * persistent field or the pattern. */
typedef const double *(*level_values)(const regime_fit *r);

static const double *means_of(const regime_fit *r)
{
    return r->mean;
}

static const double *pattern_of(const regime_fit *r)
{
    return r->u;
}

/* Mean over the regime and its neighbours in the day, of the same class, of the squares
 * of their fields about their averages; a field that does not know all places of index
 * does not count. */
static void level_squares(const season_fit *s, int regime, level_values values,
                          size_t m, const size_t *index, double *S)
{
    size_t pooled = 0;
    memset(S, 0, m * m * sizeof *S);
    for (int reach = -LEVEL_REACH; reach <= LEVEL_REACH; reach++) {
        int hour = (regime / AUTAN_CLASSES + reach + AUTAN_HOURS) % AUTAN_HOURS;
        const regime_fit *r = &s->regime[hour * AUTAN_CLASSES + regime % AUTAN_CLASSES];
        const double *value = values(r);
        double average = 0.0;
        for (size_t i = 0; i < m; i++)
            average += r->n_hours ? value[index[i]] / (double)m : NAN;
        if (isnan(average))
            continue;
        pooled++;
        for (size_t i = 0; i < m; i++) {
            for (size_t j = 0; j < m; j++)
                S[i * m + j] +=
                    (value[index[i]] - average) * (value[index[j]] - average);
        }
    }
    for (size_t i = 0; i < m * m; i++)
        S[i] /= (double)pooled;
}

/* One field of m stations tells its scale about as well as the squares of normal
 * numbers do, of which there are m, less q and less what its other variances take up. A
 * prediction with a scale so estimated has a Student distribution; this is its
 * variance, relative to that with the scale known. It does not count that the shares of
 * the components are not known either: doc/model.md has what withheld stations say. */
static double unknown_scale(size_t m, size_t q)
{
    static const double VARIANCES = 8.0, LEAST = 4.0, SHARES = 3.0;
    const double freedom = fmax((double)m - (double)q - VARIANCES, LEAST);
    return freedom / (freedom - 2.0) * (double)m / fmax((double)m - SHARES, 1.0);
}

/* Variances of such a field by REML. Its noise, the hourly covariance over the hours,
 * is the fixed part, and is added to the result. */
static autan_status fit_level(const season_fit *s, int regime, level_values values,
                              const double *noise, double *variances, double *deviance)
{
    const regime_fit *r = &s->regime[regime];
    const double *value = values(r);
    const size_t nc = s->design.n_components, nugget = nc - 1;
    const double hours = (double)r->n_hours;
    double theta[AUTAN_COMPONENTS_MAX] = {0}, hourly_variance = 0.0;
    const double *matrix[AUTAN_COMPONENTS_MAX];
    double *K = NULL, *F = NULL, *C0 = NULL, *S = NULL;
    size_t *index = malloc((s->m + 1) * sizeof *index);
    size_t m = 0;
    autan_status status = AUTAN_NO_MEMORY;

    if (!index)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < s->m; i++) {
        if (!isnan(value[i]))
            index[m++] = i;
    }
    status =
        m > s->design.q + 1 ? cut_design(&s->design, m, index, &K, &F) : AUTAN_NO_DATA;
    C0 = autan_matrix_new(m, m);
    S = autan_matrix_new(m, m);
    if (status == AUTAN_OK && (!C0 || !S))
        status = AUTAN_NO_MEMORY;
    if (status != AUTAN_OK)
        goto cleanup;
    for (size_t k = 0; k < nc; k++) {
        matrix[k] = K + k * m * m;
        hourly_variance += k < s->design.n_terms ? 0.0 : r->hourly[k];
    }
    autan_design_covariance(&s->design, r->hourly, m, index, C0);
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < m; j++)
            C0[i * m + j] /= hours;
        C0[i * m + i] +=
            hourly_variance * (1.0 / r->count[index[i]] - 1.0 / hours) +
            r->hourly[nugget] * (s->noise[index[i]] - 1.0) / r->count[index[i]];
        K[(nugget * m + i) * m + i] = noise[index[i]];
    }
    level_squares(s, regime, values, m, index, S);
    status = fit_components(&s->design, m, matrix, F, C0, S, 1.0, theta, deviance);
    for (size_t k = 0; status == AUTAN_OK && k < nc; k++)
        variances[k] =
            (theta[k] + r->hourly[k] / hours) * unknown_scale(m, s->design.q);

cleanup:
    free(index);
    free(K);
    free(F);
    free(C0);
    free(S);
    return status;
}

/* The first guess of the hourly variances: those of an earlier fit, or kernels and
 * nugget share the squares. */
static void guess_hourly(const season_fit *s, const autan_regime *earlier,
                         regime_fit *r)
{
    const size_t nc = s->design.n_components, first = s->design.n_terms;
    if (earlier->n_hours > 0) {
        memcpy(r->hourly, earlier->hourly, nc * sizeof(double));
        return;
    }
    memset(r->hourly, 0, nc * sizeof(double));
    for (size_t k = first; k < nc; k++)
        r->hourly[k] = 1.0 / (double)(nc - first);
}

static autan_status prepare_season(fitting *f, season_fit *s)
{
    size_t most = 0;
    autan_status status = choose_stations(f, s);
    if (status != AUTAN_OK || s->m < STATIONS_MIN)
        return status;
    for (int h = 0; h < SEASON_REGIMES; h++)
        most = s->regime[h].n_hours > most ? s->regime[h].n_hours : most;
    s->two_levels = most >= DAYS_MIN;
    for (int h = 0; status == AUTAN_OK && h < SEASON_REGIMES; h++) {
        regime_fit *r = &s->regime[h];
        status = regime_alloc(s, r);
        if (status != AUTAN_OK || r->n_hours == 0)
            continue;
        if (s->two_levels)
            first_means(f, s, r);
        guess_hourly(s, &f->model->regime[(s - f->season) * SEASON_REGIMES + h], r);
        status = complete(f, s, r);
    }
    return status;
}

/* Calls work for every regime that has hours, on all threads; a failure is returned. */
static autan_status each_regime(fitting *f, const char *what,
                                autan_status (*work)(season_fit *s, int regime))
{
    autan_status result = AUTAN_OK;
    size_t done = 0;
#pragma omp parallel for schedule(dynamic, 1)
    for (int k = 0; k < AUTAN_REGIMES; k++) {
        season_fit *s = &f->season[k / SEASON_REGIMES];
        int regime = k % SEASON_REGIMES;
        autan_status status = AUTAN_OK;
        if (s->m >= STATIONS_MIN && s->regime[regime].n_hours > 0)
            status = work(s, regime);
#pragma omp critical
        {
            if (status != AUTAN_OK)
                result = status;
            if (what)
                tell(f, what, ++done, AUTAN_REGIMES);
        }
    }
    return result;
}

static autan_status work_hourly(season_fit *s, int regime)
{
    regime_fit *r = &s->regime[regime];
    return fit_hourly(s, regime, r->u, r->hourly, &r->deviance);
}

/* What the squares of a regime say of the noise of each station: C = ... + noise[i] e
 * e' at place i, with the nugget as its unit, is a component as any other (reml.h). */
static autan_status work_noise(season_fit *s, int regime)
{
    regime_fit *r = &s->regime[regime];
    const size_t m = s->m;
    const double nugget = r->hourly[s->design.n_components - 1];
    const double replicates = (double)r->n_hours - (s->two_levels ? 1.0 : 0.0);
    autan_krige krige = {0};
    double *PS = autan_matrix_new(m, m);
    autan_status status = PS ? factor_hourly(s, r, &krige) : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        autan_matrix_product(0, 0, m, m, m, 1.0, krige.P, r->S, 0.0, PS);
    for (size_t i = 0; status == AUTAN_OK && i < m; i++) {
        const double *P = krige.P + i * m;
        const double square = autan_matrix_dot(m, PS + i * m, P);
        r->pull[i] = nugget * (square - replicates * P[i]);
        r->hold[i] = replicates * nugget * nugget * P[i] * P[i];
    }
    autan_krige_clear(&krige);
    free(PS);
    return status;
}

static autan_status work_find_pattern(season_fit *s, int regime)
{
    return s->two_levels && s->m >= PATTERN_STATIONS_MIN
               ? find_pattern(s, regime, s->regime[regime].u)
               : AUTAN_OK;
}

double autan_fit_least_readings(size_t n_hours)
{
    return fmax(2.0, SHARE_MIN * (double)n_hours);
}

/* Means and pattern of stations with too few readings in the regime are not known. */
static autan_status work_forget(season_fit *s, int regime)
{
    regime_fit *r = &s->regime[regime];
    for (size_t i = 0; i < s->m; i++) {
        if (!(r->count[i] >= autan_fit_least_readings(r->n_hours)))
            r->mean[i] = r->u[i] = NAN;
    }
    return AUTAN_OK;
}

static autan_status work_persistent(season_fit *s, int regime)
{
    regime_fit *r = &s->regime[regime];
    double deviance = 0.0;
    autan_status status;
    if (!s->two_levels || r->n_hours < 2)
        return AUTAN_OK;
    status =
        fit_level(s, regime, means_of, s->persistent_noise, r->persistent, &deviance);
    r->deviance += deviance;
    return status == AUTAN_NO_DATA ? AUTAN_OK : status;
}

static autan_status work_pattern(season_fit *s, int regime)
{
    regime_fit *r = &s->regime[regime];
    double size = 0.0;
    autan_status status;
    for (size_t i = 0; i < s->m; i++)
        size += isnan(r->u[i]) ? 0.0 : fabs(r->u[i]);
    if (!(size > 0.0) || r->n_hours < 2)
        return AUTAN_OK;
    status = fit_level(s, regime, pattern_of, s->noise, r->pattern, NULL);
    r->has_pattern = status == AUTAN_OK;
    return status == AUTAN_NO_DATA ? AUTAN_OK : status;
}

/* Moves the fit into the model. */
static autan_status store(fitting *f)
{
    autan_model *model = f->model;
    const size_t bytes = model->n_components * sizeof(double);
    model->deviance = 0.0;
    for (size_t k = 0; k < AUTAN_REGIMES; k++) {
        const season_fit *s = &f->season[k / SEASON_REGIMES];
        const regime_fit *r = &s->regime[k % SEASON_REGIMES];
        autan_regime *out = &model->regime[k];
        double persistent = 0.0;
        if (s->m < STATIONS_MIN || r->n_hours == 0) {
            out->n_hours = 0;
            continue;
        }
        if (autan_model_reserve(model, k) != AUTAN_OK)
            return AUTAN_NO_MEMORY;
        memcpy(out->hourly, r->hourly, bytes);
        memcpy(out->persistent, r->persistent, bytes);
        memcpy(out->pattern, r->pattern, bytes);
        for (size_t c = 0; c < model->n_components; c++)
            persistent += r->persistent[c];
        out->n_hours = r->n_hours;
        out->two_levels = s->two_levels && persistent > 0.0;
        out->has_pattern = out->two_levels && r->has_pattern;
        out->dof = 8.0;
        for (size_t i = 0; i < model->n_stations; i++)
            out->mean[i] = out->u[i] = NAN;
        for (size_t i = 0; i < s->m; i++) {
            if (out->two_levels)
                out->mean[s->station[i]] = r->mean[i];
            if (out->has_pattern)
                out->u[s->station[i]] = r->u[i];
        }
        model->deviance += r->deviance;
    }
    return AUTAN_OK;
}

static autan_status complete_all(fitting *f)
{
    autan_status result = AUTAN_OK;
#pragma omp parallel for schedule(dynamic, 1)
    for (int k = 0; k < AUTAN_REGIMES; k++) {
        season_fit *s = &f->season[k / SEASON_REGIMES];
        regime_fit *r = &s->regime[k % SEASON_REGIMES];
        autan_status status =
            s->m >= STATIONS_MIN && r->n_hours > 0 ? complete(f, s, r) : AUTAN_OK;
        if (status != AUTAN_OK) {
#pragma omp critical
            result = status;
        }
    }
    return result;
}

/* Tells the seasons the noise of their stations. */
static void tell_noise(fitting *f)
{
    for (int k = 0; k < AUTAN_SEASONS; k++) {
        season_fit *s = &f->season[k];
        autan_model_noise(f->model, s->m, s->station, s->noise, s->persistent_noise);
    }
}

/* The noise of the stations moves one step of Fisher scoring, from all regimes
 * together. What all stations have in common goes to the nugget: the logarithms of
 * their noise are about 0. */
static autan_status improve_noise(fitting *f)
{
    const size_t n = f->sites->n;
    double *noise = f->model->noise, *sum = calloc(3 * n + 1, sizeof *sum);
    double *pull = sum, *hold = sum + n, *hours = sum + 2 * n, level = 0.0;
    size_t heard = 0;
    autan_status status = sum ? each_regime(f, NULL, work_noise) : AUTAN_NO_MEMORY;
    for (int k = 0; status == AUTAN_OK && k < AUTAN_REGIMES; k++) {
        const season_fit *s = &f->season[k / SEASON_REGIMES];
        const regime_fit *r = &s->regime[k % SEASON_REGIMES];
        for (size_t i = 0; r->hold && i < s->m; i++) {
            pull[s->station[i]] += r->pull[i];
            hold[s->station[i]] += r->hold[i];
            hours[s->station[i]] += (double)r->n_hours;
        }
    }
    for (size_t i = 0; status == AUTAN_OK && i < n; i++) {
        if (!(hold[i] > 0.0))
            continue;
        const double prior = NOISE_HOURS * hold[i] / hours[i];
        const double step = (pull[i] + prior * (1.0 - noise[i])) / (hold[i] + prior);
        noise[i] = fmin(fmax(noise[i] + step, NOISE_MIN), NOISE_MAX);
        level += log(noise[i]);
        heard++;
    }
    level = heard ? exp(level / (double)heard) : 1.0;
    for (size_t i = 0; status == AUTAN_OK && i < n; i++)
        noise[i] /= hold[i] > 0.0 ? level : 1.0;
    for (int k = 0; status == AUTAN_OK && k < AUTAN_REGIMES; k++) {
        const season_fit *s = &f->season[k / SEASON_REGIMES];
        const regime_fit *r = &s->regime[k % SEASON_REGIMES];
        if (r->hourly)
            r->hourly[s->design.n_components - 1] *= level;
    }
    tell_noise(f);
    free(sum);
    return status;
}

static autan_status work_on_levels(fitting *f)
{
    autan_status status = AUTAN_OK;
    for (int s = 0; status == AUTAN_OK && s < AUTAN_SEASONS; s++)
        status = prepare_season(f, &f->season[s]);
    for (int pass = 0; status == AUTAN_OK && pass < f->passes; pass++) {
        if (pass > 0)
            status = complete_all(f);
        if (status == AUTAN_OK)
            status = each_regime(f, NULL, work_find_pattern);
        if (status == AUTAN_OK)
            status = each_regime(f, "hourly level", work_hourly);
        if (status == AUTAN_OK && pass + 1 < f->passes)
            status = improve_noise(f);
    }
    if (status == AUTAN_OK)
        status = each_regime(f, NULL, work_forget);
    if (status == AUTAN_OK)
        status = each_regime(f, "persistent level", work_persistent);
    if (status == AUTAN_OK)
        status = each_regime(f, "patterns", work_pattern);
    return status;
}

static autan_status fit_once(fitting *f)
{
    autan_status status = sort_rows(f);
    if (status == AUTAN_OK)
        status = work_on_levels(f);
    if (status == AUTAN_OK)
        status = store(f);
    for (int s = 0; s < AUTAN_SEASONS; s++)
        season_clear(&f->season[s]);
    return status;
}

/* The weight of the regime's variance against the hour's own: the one whose
 * leave-one-out CRPS is lowest. */
static autan_status choose_dof(autan_model *model, const autan_sites *sites,
                               const autan_panel *panel)
{
    static const double candidate[] = {2, 4, 8, 16, 32, 64, 1e6};
    autan_left_out *row = NULL;
    size_t n = 0;
    double best = HUGE_VAL, chosen = 8.0;
    autan_status status = autan_leave_one_out(
        model, sites, (const char *const *)model->station, panel, &row, &n);
    for (size_t c = 0; status == AUTAN_OK && c < sizeof candidate / sizeof *candidate;
         c++) {
        autan_score score = {0};
        for (size_t k = 0; k < n; k++) {
            double scale =
                autan_hour_scale(candidate[c], row[k].quadratic_form, row[k].freedom);
            autan_score_add(&score, row[k].predicted,
                            sqrt(row[k].mean_variance + scale * row[k].hour_variance),
                            row[k].observed);
        }
        if (autan_score_crps(&score) < best) {
            best = autan_score_crps(&score);
            chosen = candidate[c];
        }
    }
    free(row);
    for (size_t r = 0; r < AUTAN_REGIMES; r++)
        model->regime[r].dof = chosen;
    return status;
}

static autan_status set_autocorrelation(autan_model *model, const autan_hours *hours,
                                        const autan_panel *panel)
{
    float *z = malloc((panel->n_times * panel->n_stations + 1) * sizeof *z);
    autan_status status = AUTAN_NO_MEMORY;
    if (z)
        status = autan_hourly_errors(hours, panel->n_times, panel->n_stations, z);
    if (status == AUTAN_OK)
        model->autocorrelation =
            autan_hourly_autocorrelation(panel->n_times, panel->n_stations, z);
    free(z);
    return status;
}

static size_t count_readings(const autan_panel *panel)
{
    size_t count = 0;
    for (size_t k = 0; k < panel->n_times * panel->n_stations; k++)
        count += isnan(panel->value[k]) ? 0 : 1;
    return count;
}

autan_status autan_model_fit(autan_model *model, const autan_sites *sites,
                             const autan_panel *panel, autan_progress progress,
                             void *user)
{
    autan_panel kept = *panel;
    fitting f = {.sites = sites,
                 .panel = &kept,
                 .model = model,
                 .passes = EM_PASSES,
                 .progress = progress,
                 .user = user};
    autan_hours hours = {0};
    autan_status status;

    kept.value = autan_matrix_new(panel->n_times, panel->n_stations);
    if (!kept.value)
        return AUTAN_NO_MEMORY;
    memcpy(kept.value, panel->value,
           panel->n_times * panel->n_stations * sizeof(double));
    /* Threads go over regimes; those of BLAS would hinder them, and round otherwise. */
    autan_matrix_single_thread();
    status = fit_once(&f);
    if (status == AUTAN_OK)
        status = autan_hours_solve(model, sites, (const char *const *)model->station,
                                   &kept, AUTAN_CLASS_OWN, &hours);
    if (status == AUTAN_OK)
        status = set_autocorrelation(model, &hours, &kept);
    if (status == AUTAN_OK && hours.n_rejected > 0) {
        for (size_t k = 0; k < hours.n_rejected; k++)
            kept.value[hours.rejected[k].row * kept.n_stations +
                       hours.rejected[k].site] = NAN;
        model->n_rejected = hours.n_rejected;
        f.passes = 1;
        status = fit_once(&f);
    }
    if (status == AUTAN_OK)
        status = choose_dof(model, sites, &kept);
    model->from = panel->from;
    model->to = autan_panel_time(panel, panel->n_times - 1);
    model->n_readings = count_readings(&kept);
    autan_hours_clear(&hours);
    free(kept.value);
    return status;
}
