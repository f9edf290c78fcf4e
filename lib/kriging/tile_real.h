/* What tile.h declares in one precision: REAL, and NAME(x) for the names of it. */

static REAL *NAME(row)(void *rows, const autan_tile *t, size_t k)
{
    return (REAL *)rows + k * t->width;
}

AUTAN_CLONES static void NAME(distances)(size_t width, REAL sx, REAL sy, const REAL *x,
                                         const REAL *y, REAL *distance)
{
#pragma omp simd
    for (size_t c = 0; c < width; c++) {
        REAL dx = x[c] - sx, dy = y[c] - sy;
        distance[c] = NAME(root)(dx * dx + dy * dy);
    }
}

/* Coordinates are taken from the first place, so that single precision does for a town:
 * 50 km are known to 4 mm. */
static void NAME(fill_kernels)(autan_tile *t, const autan_sites *places, size_t first)
{
    const autan_sites *stations = t->stations;
    const double x0 = places->x[first], y0 = places->y[first];
    REAL *x = NAME(row)(t->distance, t, 0), *y = NAME(row)(t->distance, t, 1);
    REAL *distance = NAME(row)(t->distance, t, 2);
    for (size_t c = 0; c < t->width; c++) {
        const size_t at = first + (c < t->n ? c : t->n - 1);
        x[c] = (REAL)(places->x[at] - x0);
        y[c] = (REAL)(places->y[at] - y0);
    }
    for (size_t i = 0; i < stations->n; i++) {
        NAME(distances)
        (t->width, (REAL)(stations->x[i] - x0), (REAL)(stations->y[i] - y0), x, y,
         distance);
        for (size_t j = 0; j < t->model->n_kernels; j++)
            NAME(kernel_values)
            (&t->model->kernel[j], t->width, distance,
             NAME(row)(t->value, t, j * stations->n + i));
    }
}

/* Products of the terms and the unknown terms, in the order of a quadratic form. */
static void NAME(fill_products)(autan_tile *t)
{
    const size_t p = t->model->n_terms, width = t->width;
    REAL *out = t->product;
    for (size_t k = 0; k < p; k++) {
        const REAL *one = NAME(row)(t->value, t, t->n_kernel_functions + k);
        for (size_t l = k; l < p; l++, out += width) {
            const REAL *other = NAME(row)(t->value, t, t->n_kernel_functions + l);
            for (size_t c = 0; c < width; c++)
                out[c] = one[c] * other[c];
        }
    }
    for (size_t k = 0; k < p; k++, out += width) {
        for (size_t c = 0; c < width; c++)
            out[c] = c < t->n ? (REAL)t->unknown[c * p + k] : 0;
    }
}

/* Patterns of all groups at the places but for their terms. */
static void NAME(fill_patterns)(autan_tile *t)
{
    const autan_factor *factor = &t->spread->pattern;
    for (size_t panel = 0; panel < factor->n_panels; panel++)
        autan_factor_product(factor, panel, t->value, t->width,
                             NAME(row)(t->pattern, t, panel * AUTAN_PANEL));
    t->has_patterns = 1;
}

static void NAME(fill)(autan_tile *t, const autan_sites *places, size_t first)
{
    const size_t p = t->model->n_terms;
    REAL *one = NAME(row)(t->value, t, t->n_functions - 1);
    NAME(fill_kernels)(t, places, first);
    for (size_t k = 0; k < p; k++) {
        REAL *term = NAME(row)(t->value, t, t->n_kernel_functions + k);
        for (size_t c = 0; c < t->width; c++) {
            const size_t at = (c < t->n ? c : 0) * p + k;
            term[c] =
                t->model->flat && t->unknown[at] > 0.0 ? (REAL)NAN : (REAL)t->terms[at];
        }
    }
    for (size_t c = 0; c < t->width; c++)
        one[c] = 1;
    if (t->spread)
        NAME(fill_products)(t);
    t->has_patterns = 0;
}

static void NAME(means)(autan_tile *t, const autan_factor *coefficient, size_t stride,
                        float *mean)
{
    /* Rows that stand as those of a tile do are made where they belong. */
    const int in_place = sizeof(REAL) == sizeof(float) && stride == t->width &&
                         t->n == t->width && autan_is_aligned(mean);
    for (size_t panel = 0; panel < coefficient->n_panels; panel++) {
        const size_t first = panel * AUTAN_PANEL, left = coefficient->n_rows - first;
        const size_t n_rows = left < AUTAN_PANEL ? left : AUTAN_PANEL;
        if (in_place && n_rows == AUTAN_PANEL) {
            autan_factor_product(coefficient, panel, t->value, t->width,
                                 mean + first * stride);
            continue;
        }
        autan_factor_product(coefficient, panel, t->value, t->width, t->out);
        for (size_t r = 0; r < n_rows; r++) {
            const REAL *from = NAME(row)(t->out, t, r);
            float *to = mean + (first + r) * stride;
            for (size_t c = 0; c < t->n; c++)
                to[c] = (float)from[c];
        }
    }
}

static size_t NAME(sums)(const autan_tile *t, double *sum)
{
    size_t taken = 0;
    for (size_t c = 0; c < t->n; c++) {
        int whole = 1;
        for (size_t k = t->n_kernel_functions; k < t->n_functions; k++)
            whole = whole && !isnan(NAME(row)(t->value, t, k)[c]);
        for (size_t k = 0; whole && k < t->n_functions; k++)
            sum[k] += (double)NAME(row)(t->value, t, k)[c];
        taken += (size_t)whole;
    }
    return taken;
}

/* to += factor * from, to += one * other, of a row. */
AUTAN_CLONES static void NAME(add)(size_t width, REAL factor, const REAL *restrict from,
                                   REAL *restrict to)
{
#pragma omp simd
    for (size_t c = 0; c < width; c++)
        to[c] += factor * from[c];
}

AUTAN_CLONES static void NAME(add_product)(size_t width, REAL factor,
                                           const REAL *restrict one,
                                           const REAL *restrict other,
                                           REAL *restrict to)
{
#pragma omp simd
    for (size_t c = 0; c < width; c++)
        to[c] += factor * one[c] * other[c];
}

/* to = first * start + a * one + b * other, of a row. */
AUTAN_CLONES static void NAME(combine)(size_t width, REAL first, const REAL *start,
                                       REAL a, const REAL *one, REAL b,
                                       const REAL *other, REAL *to)
{
#pragma omp simd
    for (size_t c = 0; c < width; c++)
        to[c] = first * start[c] + a * one[c] + b * other[c];
}

/* c~ of a level, u being the pattern at the places. */
static void NAME(covariances)(autan_tile *t, const autan_spread_level *f, const REAL *u)
{
    const size_t n = t->spread->n, n_terms = t->model->flat ? 0 : t->model->n_terms;
    size_t kernel[AUTAN_KERNELS_MAX] = {0}, used = 0;
    REAL sill[AUTAN_KERNELS_MAX + 2] = {0};
    for (size_t j = 0; j < t->model->n_kernels; j++) {
        if (f->theta[n_terms + j] == 0.0)
            continue;
        kernel[used] = j;
        sill[used++] = (REAL)f->theta[n_terms + j];
    }
    /* Two at a time: what is beyond the last counts nothing. */
    sill[used] = sill[used + 1] = 0;
    for (size_t i = 0; i < n; i++) {
        REAL *c = NAME(row)(t->covariance, t, i);
        const REAL *one = used > 0 ? NAME(row)(t->value, t, kernel[0] * n + i) : u;
        const REAL *other = used > 1 ? NAME(row)(t->value, t, kernel[1] * n + i) : u;
        NAME(combine)
        (t->width, (REAL)(f->u ? f->u[i] : 0.0), u, sill[0], one, sill[1], other, c);
        for (size_t j = 2; j < used; j += 2)
            NAME(combine)
            (t->width, 1, c, sill[j], NAME(row)(t->value, t, kernel[j] * n + i),
             sill[j + 1],
             NAME(row)(t->value, t, kernel[j + 1 < used ? j + 1 : j] * n + i), c);
    }
}

/* to = same + from, of a row. */
AUTAN_CLONES static void NAME(add_same)(size_t width, REAL same,
                                        const REAL *restrict from, REAL *restrict to)
{
#pragma omp simd
    for (size_t c = 0; c < width; c++)
        to[c] = same + from[c];
}

/* to += (factor - product) * from, of a row, one after the other. */
AUTAN_CLONES static void NAME(add_twice)(size_t width, const REAL *restrict product,
                                         REAL factor, const REAL *restrict from,
                                         REAL *restrict to)
{
#pragma omp simd
    for (size_t c = 0; c < width; c++)
        to[c] = to[c] - product[c] * from[c] + factor * from[c];
}

/* What row i of the level's factor gives: a part of alpha; P c~ + B' e of a missing
 * station; beta of a term. */
static void NAME(form_row)(autan_tile *t, const autan_spread_group *g,
                           const autan_spread_level *f, size_t i, const REAL *product,
                           const REAL *u, REAL *alpha, REAL *missing)
{
    const size_t n = t->spread->n, width = t->width;
    const size_t n_missing = f->factor.n_rows - n - t->spread->p;
    if (i < n) {
        const REAL *c = NAME(row)(t->covariance, t, i);
        NAME(add_twice)(width, product, (REAL)(-2.0 * f->weight[i]), c, alpha);
    } else if (i < n + n_missing) {
        NAME(add_same)
        (width, (REAL)f->weight[g->missing[i - n]], product, missing + (i - n) * width);
    } else {
        const size_t k = i - n - n_missing;
        REAL *beta = alpha + (k + 1) * width;
        NAME(add_same)(width, (REAL)f->beta[k], product, beta);
        if (f->u)
            NAME(add)
            (width, (REAL)g->pattern[(t->n_kernel_functions + k) * g->stride], u, beta);
    }
}

static void NAME(form_level)(autan_tile *t, const autan_spread_group *g,
                             const autan_spread_level *f, const REAL *u, REAL *alpha,
                             REAL *missing)
{
    for (size_t c = 0; c < t->width; c++)
        alpha[c] = (REAL)f->constant + (f->u ? u[c] * u[c] : 0);
    for (size_t panel = 0; panel < f->factor.n_panels; panel++) {
        const size_t first = panel * AUTAN_PANEL;
        autan_factor_product(&f->factor, panel, t->covariance, t->width, t->out);
        for (size_t r = 0; r < AUTAN_PANEL && first + r < f->factor.n_rows; r++)
            NAME(form_row)
            (t, g, f, first + r, NAME(row)(t->out, t, r), u, alpha, missing);
    }
}

/* The levels' forms added into the first, for the one hour wanted; the missing stations
 * follow it. */
static void NAME(add_levels)(autan_tile *t, const autan_spread_group *g)
{
    const size_t rows = t->spread->p + 1;
    double factor[AUTAN_LEVELS];
    autan_spread_factors(g->gap->hour, factor);
    for (size_t k = 0; k < rows; k++)
        NAME(combine)
        (t->width, (REAL)factor[0], NAME(row)(t->form, t, k), (REAL)factor[1],
         NAME(row)(t->form, t, rows + k), (REAL)factor[2],
         NAME(row)(t->form, t, 2 * rows + k), NAME(row)(t->form, t, k));
    memmove(NAME(row)(t->form, t, rows), NAME(row)(t->form, t, AUTAN_LEVELS * rows),
            g->n_missing * t->width * sizeof(REAL));
}

static void NAME(form)(autan_tile *t, const autan_spread_group *g)
{
    const size_t rows = t->spread->p + 1;
    const REAL *u = NAME(row)(t->pattern, t, (size_t)(g - t->spread->group));
    REAL *missing = NAME(row)(t->form, t, AUTAN_LEVELS * rows);
    if (!t->has_patterns)
        NAME(fill_patterns)(t);
    for (size_t l = 0; l < AUTAN_LEVELS; l++) {
        REAL *alpha = NAME(row)(t->form, t, l * rows);
        if (!g->level[l].there) {
            memset(alpha, 0, rows * t->width * sizeof *alpha);
            continue;
        }
        NAME(covariances)(t, &g->level[l], u);
        NAME(form_level)(t, g, &g->level[l], u, alpha, missing);
    }
    if (g->sum)
        NAME(add_levels)(t, g);
}

/* The variance of a level from its form and its quadratic. */
static void NAME(level_variance)(autan_tile *t, const double *quadratic,
                                 const REAL *form, REAL *variance)
{
    const size_t p = t->spread->p;
    memcpy(variance, form, t->width * sizeof *variance);
    for (size_t k = 0; k < p; k++)
        NAME(add_product)
        (t->width, 2, NAME(row)(t->value, t, t->n_kernel_functions + k),
         form + (k + 1) * t->width, variance);
    for (size_t k = 0; k < t->spread->n_quadratic; k++) {
        if (quadratic[k] != 0.0)
            NAME(add)
            (t->width, (REAL)quadratic[k], NAME(row)(t->product, t, k), variance);
    }
}

/* Kriging weights of the group's missing stations. */
static void NAME(missing_weights)(autan_tile *t, const autan_spread_group *g)
{
    const size_t p = t->spread->p;
    const REAL *form = NAME(row)(t->form, t, autan_spread_levels(g) * (p + 1));
    memcpy(t->weight, form, g->n_missing * t->width * sizeof *form);
    for (size_t a = 0; a < g->n_missing; a++) {
        const double *D = g->level[AUTAN_LEVEL_HOURLY].D + g->missing[a] * p;
        for (size_t k = 0; k < p; k++)
            NAME(add)
            (t->width, (REAL)D[k], NAME(row)(t->value, t, t->n_kernel_functions + k),
             NAME(row)(t->weight, t, a));
    }
}

/* sum += |L^-1 w|^2; solved holds the elements before. */
static void NAME(add_gap)(autan_tile *t, const autan_spread_gap *gap, REAL *solved,
                          REAL *sum)
{
    const size_t m = gap->n_missing;
    for (size_t a = 0; a < m; a++) {
        REAL *z = NAME(row)(solved, t, a);
        const REAL inverse = (REAL)(1.0 / gap->L[a * m + a]);
        memcpy(z, NAME(row)(t->weight, t, gap->missing[a]), t->width * sizeof *z);
        for (size_t e = 0; e < a; e++)
            NAME(add)(t->width, (REAL)-gap->L[a * m + e], NAME(row)(solved, t, e), z);
        for (size_t c = 0; c < t->width; c++)
            z[c] *= inverse;
        NAME(add_product)(t->width, 1, z, z, sum);
    }
}

/* Rounding can leave a variance just below 0; NaN passes. */
AUTAN_CLONES static void NAME(roots)(size_t n, REAL pattern, REAL scale,
                                     const REAL *mean_variance,
                                     const REAL *pattern_variance,
                                     const REAL *hour_variance, float *standard_error)
{
#pragma omp simd
    for (size_t c = 0; c < n; c++) {
        REAL v =
            mean_variance[c] + pattern * pattern_variance[c] + scale * hour_variance[c];
        standard_error[c] = (float)NAME(root)(v < 0 ? 0 : v);
    }
}

static void NAME(errors)(autan_tile *t, const autan_spread_group *g, size_t stride,
                         float *standard_error)
{
    const size_t rows = t->spread->p + 1;
    REAL *variance[AUTAN_LEVELS];
    REAL *of_hour = NAME(row)(t->variance, t, AUTAN_LEVELS);
    for (size_t l = 0; l < AUTAN_LEVELS; l++) {
        const double *quadratic = g->sum && l == 0 ? g->sum : g->level[l].quadratic;
        variance[l] = NAME(row)(t->variance, t, l);
        if (g->sum ? l == 0 : g->level[l].there)
            NAME(level_variance)
            (t, quadratic, NAME(row)(t->form, t, l * rows), variance[l]);
        else
            memset(variance[l], 0, t->width * sizeof(REAL));
    }
    NAME(missing_weights)(t, g);
    for (size_t k = 0; k < g->n_gaps; k++) {
        const autan_spread_gap *gap = &g->gap[k];
        memcpy(of_hour, variance[AUTAN_LEVEL_HOURLY], t->width * sizeof(REAL));
        NAME(add_gap)
        (t, gap, NAME(row)(t->weight, t, t->spread->most_missing), of_hour);
        for (size_t h = 0; h < gap->n_hours; h++)
            NAME(roots)
            (t->n, (REAL)gap->hour[h].pattern, (REAL)gap->hour[h].scale,
             variance[AUTAN_LEVEL_MEAN], variance[AUTAN_LEVEL_PATTERN], of_hour,
             standard_error + gap->hour[h].position * stride);
    }
}
