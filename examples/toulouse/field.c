#include "field.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/raster.h"
#include "random.h"

static const double pi = 3.14159265358979323846;

enum { LONG_WAVES = 64, SHORT_WAVES = 192, WAVES = LONG_WAVES + SHORT_WAVES };

/* Length scales (m) of the two Matern 3/2 residuals and e-folding times (h). */
static const double long_m = 10000.0, short_m = 1000.0;
static const double long_hours = 8.0, short_hours = 4.0;

enum { BUILDING = 0, ROAD, WATER, WOOD, GRASS, ELEVATION, LAYERS };
static const char *const layer_name[LAYERS] = {"building", "road",  "water",
                                               "wood",     "grass", "elevation"};

/* Squares (m, EPSG:2154) that fix the scale of FIELD_URBAN: the old town from the
 * Carmes to the Chalets, and the plain between Pibrac and Mondonville. */
static const double centre_box[4] = {573800, 6278800, 575200, 6280600};
static const double rural_box[4] = {556500, 6282500, 561500, 6285500};

struct field {
    autan_grid grid;
    size_t n;                          /* cells */
    double *place[FIELD_PLACE_TERMS];  /* at the cell centres */
    double kx[WAVES], ky[WAVES];       /* radians per m */
    double cosine[WAVES], sine[WAVES]; /* amplitudes, standard normal / sqrt(waves) */
    random_stream random;
};

const autan_grid *field_grid(const field *f)
{
    return &f->grid;
}

size_t field_terms(const field *f)
{
    (void)f;
    return FIELD_PLACE_TERMS + 2 * WAVES;
}

void field_free(field *f)
{
    if (!f)
        return;
    for (int k = 0; k < FIELD_PLACE_TERMS; k++)
        free(f->place[k]);
    free(f);
}

static autan_status read_layer(const field *f, const char *grids, const char *name,
                               double *value, autan_error *err)
{
    char path[4096];
    autan_raster *raster = NULL;
    autan_status status;
    snprintf(path, sizeof path, "%s/%s.tif", grids, name);
    status = autan_raster_open(name, path, 0.0, FIELD_CRS, &f->grid, &raster, err);
    if (status == AUTAN_OK)
        status = autan_raster_read_rows(raster, 0, f->grid.ny, value, err);
    for (size_t k = 0; status == AUTAN_OK && k < f->n; k++) {
        if (isnan(value[k]))
            status = autan_fail(err, AUTAN_NO_DATA,
                                "%s: row %zu, column %zu has no value; the field needs "
                                "all cells",
                                path, k / f->grid.nx, k % f->grid.nx);
    }
    autan_raster_close(raster);
    return status;
}

/* Means along one line of n cells, stride apart, weights cut off and made up for at the
 * ends. */
static void smooth_line(const double *in, double *out, long n, long stride,
                        const double *weight, long reach)
{
    for (long i = 0; i < n; i++) {
        long low = i < reach ? -i : -reach;
        long high = n - 1 - i < reach ? n - 1 - i : reach;
        double sum = 0.0, total = 0.0;
        for (long d = low; d <= high; d++) {
            sum += weight[labs(d)] * in[(i + d) * stride];
            total += weight[labs(d)];
        }
        out[i * stride] = sum / total;
    }
}

/* out = in averaged with a Gaussian of standard deviation sd_m; in and out differ. */
static autan_status smooth(const field *f, const double *in, double sd_m, double *out)
{
    const long nx = (long)f->grid.nx, ny = (long)f->grid.ny;
    const double sd = sd_m / f->grid.resolution;
    const long reach = (long)ceil(3.0 * sd);
    double *weight = malloc((size_t)(reach + 1) * sizeof *weight);
    double *half = malloc(f->n * sizeof *half);
    autan_status status = AUTAN_NO_MEMORY;
    if (weight && half) {
        for (long d = 0; d <= reach; d++)
            weight[d] = exp(-0.5 * (double)(d * d) / (sd * sd));
        for (long r = 0; r < ny; r++)
            smooth_line(in + r * nx, half + r * nx, nx, 1, weight, reach);
        for (long c = 0; c < nx; c++)
            smooth_line(half + c, out + c, ny, nx, weight, reach);
        status = AUTAN_OK;
    }
    free(half);
    free(weight);
    return status;
}

/* The mean over the cells whose centres are in a box. */
static double box_mean(const field *f, const double *value, const double box[4])
{
    double sum = 0.0, count = 0.0;
    for (size_t r = 0; r < f->grid.ny; r++) {
        for (size_t c = 0; c < f->grid.nx; c++) {
            double x = autan_grid_x(&f->grid, c), y = autan_grid_y(&f->grid, r);
            if (x < box[0] || y < box[1] || x > box[2] || y > box[3])
                continue;
            sum += value[r * f->grid.nx + c];
            count += 1.0;
        }
    }
    return sum / count;
}

/* The heat island's pattern: what is built near and wide around, levelling off where
 * all is built. */
static autan_status make_urban(field *f, double *const layer[LAYERS], double *work)
{
    double *urban = f->place[FIELD_URBAN];
    double centre, rural;
    autan_status status = smooth(f, layer[BUILDING], 250.0, urban);
    if (status == AUTAN_OK)
        status = smooth(f, layer[BUILDING], 700.0, work);
    for (size_t k = 0; status == AUTAN_OK && k < f->n; k++)
        urban[k] += 0.8 * work[k];
    if (status == AUTAN_OK)
        status = smooth(f, layer[ROAD], 200.0, work);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; k < f->n; k++)
        urban[k] = 1.0 - exp(-1.8 * (urban[k] + 0.4 * work[k]));
    centre = box_mean(f, urban, centre_box);
    rural = box_mean(f, urban, rural_box);
    for (size_t k = 0; k < f->n; k++)
        urban[k] = (urban[k] - rural) / (centre - rural);
    return AUTAN_OK;
}

/* Height, and the valley floors: below the mean of some kilometres around. */
static autan_status make_relief(field *f, double *const layer[LAYERS], double *work)
{
    double *height = f->place[FIELD_HEIGHT], *pool = f->place[FIELD_POOL];
    autan_status status = smooth(f, layer[ELEVATION], 150.0, height);
    if (status == AUTAN_OK)
        status = smooth(f, layer[ELEVATION], 2500.0, pool);
    if (status == AUTAN_OK)
        status = smooth(f, layer[WATER], 500.0, work);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; k < f->n; k++) {
        double low = fmin(fmax((pool[k] - height[k] + 4.0) / 25.0, 0.0), 1.0);
        double open = 1.0 - fmin(fmax(f->place[FIELD_URBAN][k], 0.0), 1.0);
        double wet = fmin(3.0 * work[k], 1.0);
        pool[k] = open * low * (0.75 + 0.25 * wet);
        height[k] -= 150.0;
    }
    return AUTAN_OK;
}

/* Value of a gridded term at a place, bilinear between cell centres. */
static double interpolate(const field *f, const double *value, double x, double y)
{
    const autan_grid *g = &f->grid;
    double column = (x - g->xmin) / g->resolution - 0.5;
    double row = (g->ymax - y) / g->resolution - 0.5;
    size_t c, r;
    const double *v;
    column = fmin(fmax(column, 0.0), (double)(g->nx - 1));
    row = fmin(fmax(row, 0.0), (double)(g->ny - 1));
    c = (size_t)fmin(column, (double)(g->nx - 2));
    r = (size_t)fmin(row, (double)(g->ny - 2));
    column -= (double)c;
    row -= (double)r;
    v = value + r * g->nx + c;
    return (1.0 - row) * ((1.0 - column) * v[0] + column * v[1]) +
           row * ((1.0 - column) * v[g->nx] + column * v[g->nx + 1]);
}

static autan_status make_advection(field *f, double *work)
{
    static const double from[4][2] = {{-1500, 0}, {0, -1500}, {1500, 0}, {0, 1500}};
    autan_status status = smooth(f, f->place[FIELD_URBAN], 800.0, work);
    for (int d = 0; status == AUTAN_OK && d < 4; d++) {
        for (size_t k = 0; k < f->n; k++) {
            double x = autan_grid_x(&f->grid, k % f->grid.nx);
            double y = autan_grid_y(&f->grid, k / f->grid.nx);
            f->place[FIELD_FROM_WEST + d][k] =
                interpolate(f, work, x + from[d][0], y + from[d][1]) - work[k];
        }
    }
    return status;
}

static autan_status make_place_terms(field *f, double *const layer[LAYERS],
                                     double *work)
{
    const autan_grid *g = &f->grid;
    autan_status status = make_urban(f, layer, work);
    if (status == AUTAN_OK)
        status = make_relief(f, layer, work);
    if (status == AUTAN_OK)
        status = smooth(f, layer[WOOD], 120.0, f->place[FIELD_WOOD]);
    if (status == AUTAN_OK)
        status = smooth(f, layer[WATER], 150.0, f->place[FIELD_WATER]);
    if (status == AUTAN_OK)
        status = smooth(f, layer[GRASS], 150.0, f->place[FIELD_GRASS]);
    if (status == AUTAN_OK)
        status = smooth(f, layer[ROAD], 120.0, f->place[FIELD_ROAD]);
    if (status == AUTAN_OK)
        status = make_advection(f, work);
    for (size_t k = 0; status == AUTAN_OK && k < f->n; k++) {
        f->place[FIELD_ONE][k] = 1.0;
        f->place[FIELD_EAST][k] =
            2.0 * (autan_grid_x(g, k % g->nx) - g->xmin) / (g->xmax - g->xmin) - 1.0;
        f->place[FIELD_NORTH][k] =
            2.0 * (autan_grid_y(g, k / g->nx) - g->ymin) / (g->ymax - g->ymin) - 1.0;
    }
    return status;
}

/* Wave numbers whose density is the spectrum of a Matern 3/2 covariance in the plane,
 * a bivariate t with 3 degrees of freedom (Rasmussen and Williams 2006, eq. 4.15;
 * random Fourier features, Rahimi and Recht 2007). The lengths are its quantiles, the
 * directions turn by the golden angle: far less uneven than chance. */
static void draw_waves(field *f, int first, int count, double length_m)
{
    double turn = random_uniform(&f->random) * pi;
    for (int m = 0; m < count; m++) {
        double above = 1.0 - (m + 0.5) / count;
        double k = sqrt(3.0 * (pow(above, -2.0 / 3.0) - 1.0)) / length_m;
        double direction = turn + m * pi * (3.0 - sqrt(5.0));
        f->kx[first + m] = k * cos(direction);
        f->ky[first + m] = k * sin(direction);
    }
}

autan_status field_new(const char *grids, uint64_t seed, field **f, autan_error *err)
{
    field *made = calloc(1, sizeof *made);
    double *layer[LAYERS] = {NULL}, *work = NULL;
    autan_status status = AUTAN_NO_MEMORY;
    if (!made)
        goto cleanup;
    status = autan_grid_make(554000, 6262000, 592000, 6296000, 100, &made->grid);
    if (status != AUTAN_OK)
        goto cleanup;
    made->n = made->grid.nx * made->grid.ny;

    status = AUTAN_NO_MEMORY;
    work = malloc(made->n * sizeof *work);
    if (!work)
        goto cleanup;
    for (int k = 0; k < FIELD_PLACE_TERMS; k++) {
        made->place[k] = malloc(made->n * sizeof(double));
        if (!made->place[k])
            goto cleanup;
    }
    for (int k = 0; k < LAYERS; k++) {
        layer[k] = malloc(made->n * sizeof(double));
        if (!layer[k])
            goto cleanup;
    }
    status = AUTAN_OK;
    for (int k = 0; status == AUTAN_OK && k < LAYERS; k++)
        status = read_layer(made, grids, layer_name[k], layer[k], err);
    if (status == AUTAN_OK)
        status = make_place_terms(made, layer, work);
    if (status != AUTAN_OK)
        goto cleanup;

    made->random = random_make(seed, "waves");
    draw_waves(made, 0, LONG_WAVES, long_m);
    draw_waves(made, LONG_WAVES, SHORT_WAVES, short_m);
    for (int m = 0; m < WAVES; m++) {
        double scale = 1.0 / sqrt(m < LONG_WAVES ? LONG_WAVES : SHORT_WAVES);
        made->cosine[m] = scale * random_normal(&made->random);
        made->sine[m] = scale * random_normal(&made->random);
    }
    *f = made;
    made = NULL;

cleanup:
    if (status == AUTAN_NO_MEMORY)
        autan_fail(err, status, "out of memory");
    for (int k = 0; k < LAYERS; k++)
        free(layer[k]);
    free(work);
    field_free(made);
    return status;
}

void field_basis(const field *f, size_t n, const double *x, const double *y,
                 double *phi)
{
    for (size_t i = 0; i < n; i++) {
        double *p = phi + i;
        for (int k = 0; k < FIELD_PLACE_TERMS; k++, p += n)
            *p = interpolate(f, f->place[k], x[i], y[i]);
        for (int m = 0; m < WAVES; m++, p += 2 * n) {
            double phase =
                f->kx[m] * (x[i] - f->grid.xmin) + f->ky[m] * (y[i] - f->grid.ymin);
            p[0] = cos(phase);
            p[n] = sin(phase);
        }
    }
}

void field_step(field *f, const weather_state *s, double *a)
{
    const double hours = WEATHER_STEP_S / 3600.0;
    const double to_x = -sin(s->wind_from * pi / 180.0);
    const double to_y = -cos(s->wind_from * pi / 180.0);
    /* The plume is longest in a light wind: none carries nothing, a strong one mixes.
     */
    const double carried =
        0.6 * s->urban * s->wind_speed / 2.5 * exp(1.0 - s->wind_speed / 2.5);

    a[FIELD_ONE] = s->temperature;
    a[FIELD_URBAN] = s->urban;
    a[FIELD_HEIGHT] = s->lapse;
    a[FIELD_POOL] = s->pool;
    a[FIELD_WOOD] = s->wood;
    a[FIELD_WATER] = s->water;
    a[FIELD_GRASS] = s->grass;
    a[FIELD_ROAD] = s->road;
    a[FIELD_EAST] = s->east;
    a[FIELD_NORTH] = s->north;
    a[FIELD_FROM_WEST] = carried * fmax(to_x, 0.0);
    a[FIELD_FROM_SOUTH] = carried * fmax(to_y, 0.0);
    a[FIELD_FROM_EAST] = carried * fmax(-to_x, 0.0);
    a[FIELD_FROM_NORTH] = carried * fmax(-to_y, 0.0);
    for (int m = 0; m < WAVES; m++) {
        bool is_long = m < LONG_WAVES;
        double keep = exp(-hours / (is_long ? long_hours : short_hours));
        double fresh = sqrt((1.0 - keep * keep) / (is_long ? LONG_WAVES : SHORT_WAVES));
        double sd = is_long ? s->long_sd : s->short_sd;
        f->cosine[m] = keep * f->cosine[m] + fresh * random_normal(&f->random);
        f->sine[m] = keep * f->sine[m] + fresh * random_normal(&f->random);
        a[FIELD_PLACE_TERMS + 2 * m] = sd * f->cosine[m];
        a[FIELD_PLACE_TERMS + 2 * m + 1] = sd * f->sine[m];
    }
}

void field_at(const field *f, size_t n, const double *phi, const double *a,
              double *value)
{
    const size_t terms = field_terms(f);
    for (size_t i = 0; i < n; i++)
        value[i] = 0.0;
    for (size_t k = 0; k < terms; k++) {
        const double *p = phi + k * n;
        const double factor = a[k];
#pragma omp simd
        for (size_t i = 0; i < n; i++)
            value[i] += factor * p[i];
    }
}

autan_status field_map(const field *f, const double *a, double *value)
{
    const size_t nx = f->grid.nx;
    double *cosine = malloc(WAVES * nx * sizeof *cosine);
    double *sine = malloc(WAVES * nx * sizeof *sine);
    autan_status status = AUTAN_NO_MEMORY;
    if (!cosine || !sine)
        goto cleanup;
    for (int m = 0; m < WAVES; m++) {
        for (size_t c = 0; c < nx; c++) {
            double phase = f->kx[m] * (autan_grid_x(&f->grid, c) - f->grid.xmin);
            cosine[(size_t)m * nx + c] = cos(phase);
            sine[(size_t)m * nx + c] = sin(phase);
        }
    }
#pragma omp parallel for
    for (size_t r = 0; r < f->grid.ny; r++) {
        double *row = value + r * nx;
        for (size_t c = 0; c < nx; c++)
            row[c] = 0.0;
        for (int k = 0; k < FIELD_PLACE_TERMS; k++) {
            for (size_t c = 0; c < nx; c++)
                row[c] += a[k] * f->place[k][r * nx + c];
        }
        for (int m = 0; m < WAVES; m++) {
            /* Angle addition: cos(u + v) and sin(u + v) from the row's v. */
            double v = f->ky[m] * (autan_grid_y(&f->grid, r) - f->grid.ymin);
            double on_cosine = a[FIELD_PLACE_TERMS + 2 * m] * cos(v) +
                               a[FIELD_PLACE_TERMS + 2 * m + 1] * sin(v);
            double on_sine = a[FIELD_PLACE_TERMS + 2 * m + 1] * cos(v) -
                             a[FIELD_PLACE_TERMS + 2 * m] * sin(v);
#pragma omp simd
            for (size_t c = 0; c < nx; c++)
                row[c] += on_cosine * cosine[(size_t)m * nx + c] +
                          on_sine * sine[(size_t)m * nx + c];
        }
    }
    status = AUTAN_OK;

cleanup:
    free(sine);
    free(cosine);
    return status;
}
