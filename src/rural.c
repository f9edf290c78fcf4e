#include "rural.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLE_ROWS = 24, /* of the grid, looked at for rural cells */
    RURAL_SHARE = 10, /* per cent of them that count as rural */
    RURAL_CELLS_MIN = 10,
};
/* Rural cells lie within this of the stations' median elevation, m. */
static const double ELEVATION_BAND = 50.0;

/* Covariates that tell how built a cell is, by the start of their name. */
static bool is_built(const char *name)
{
    static const char *const known[] = {"imperv", "build", "built", "bati",
                                        "urban",  "seal",  "road"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strncmp(name, known[i], strlen(known[i])) == 0)
            return true;
    }
    return false;
}

static bool starts_with(const char *name, const char *start)
{
    return strncmp(name, start, strlen(start)) == 0;
}

static autan_status from_stations(const town *t, rural_places *places,
                                  rural_reference *reference, autan_error *err)
{
    const autan_names *names = &t->city.rural_stations;
    const size_t nc = t->city.n_covariates;
    places->x = calloc(names->n + 1, sizeof *places->x);
    places->y = calloc(names->n + 1, sizeof *places->y);
    places->covariate = calloc(names->n * nc + 1, sizeof *places->covariate);
    if (!places->x || !places->y || !places->covariate)
        return town_no_memory(t, err);
    places->n = names->n;
    snprintf(reference->text, sizeof reference->text, "mean at stations");
    for (size_t k = 0; k < names->n; k++) {
        long i = autan_station_find(&t->stations, names->name[k]);
        size_t used = strlen(reference->text);
        places->x[k] = t->x[i];
        places->y[k] = t->y[i];
        memcpy(places->covariate + k * nc, t->covariate + (size_t)i * nc,
               nc * sizeof(double));
        snprintf(reference->text + used, sizeof reference->text - used, "%s %s",
                 k ? "," : "", names->name[k]);
    }
    reference->known = true;
    return AUTAN_OK;
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static double median_at_stations(const town *t, size_t k)
{
    double *value = malloc((t->stations.n + 1) * sizeof *value);
    double median = NAN;
    size_t n = 0;
    for (size_t i = 0; value && i < t->stations.n; i++) {
        double v = t->covariate[i * t->city.n_covariates + k];
        if (!isnan(v))
            value[n++] = v;
    }
    if (n > 0) {
        qsort(value, n, sizeof *value, ascending);
        median = value[n / 2];
    }
    free(value);
    return median;
}

void rural_places_clear(rural_places *places)
{
    free(places->x);
    free(places->y);
    free(places->covariate);
    *places = (rural_places){0};
}

/* Cells of evenly spaced rows with all their covariates; built (a value a cell) is 0.
 */
static autan_status sample_grid(const town *t, rural_places *s, double **built,
                                autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    const size_t nc = t->city.n_covariates;
    const size_t rows = g->ny < SAMPLE_ROWS ? g->ny : SAMPLE_ROWS;
    double *value = malloc(g->nx * sizeof *value);
    autan_status status = AUTAN_OK;
    s->x = malloc(rows * g->nx * sizeof *s->x);
    s->y = malloc(rows * g->nx * sizeof *s->y);
    s->covariate = malloc((rows * g->nx * nc + 1) * sizeof *s->covariate);
    *built = calloc(rows * g->nx, sizeof **built);
    if (!value || !s->x || !s->y || !s->covariate || !*built)
        status = town_no_memory(t, err);
    for (size_t j = 0; status == AUTAN_OK && j < rows; j++) {
        size_t row = j * g->ny / rows;
        autan_grid_places(g, row, 1, s->x + s->n, s->y + s->n);
        status = town_read_ground(t, row, 1, value, s->covariate + s->n * nc, err);
        s->n += g->nx;
    }
    free(value);
    return status;
}

/* How built each sampled cell is: the sum of the built covariates in units of their
 * spread; infinite where a cell cannot be rural. */
static void rate_cells(const town *t, const rural_places *s, double *built)
{
    const size_t nc = t->city.n_covariates;
    for (size_t k = 0; k < nc; k++) {
        const char *name = t->city.covariate[k].name;
        double largest = 0.0, median = median_at_stations(t, k);
        for (size_t i = 0; i < s->n; i++)
            largest = fmax(largest, s->covariate[i * nc + k]);
        for (size_t i = 0; i < s->n; i++) {
            double v = s->covariate[i * nc + k];
            if (isnan(v))
                built[i] = INFINITY;
            else if (is_built(name))
                built[i] += largest > 0.0 ? v / largest : 0.0;
            else if (starts_with(name, "water") && v > 0.5 * largest)
                built[i] = INFINITY;
            else if ((starts_with(name, "elev") || starts_with(name, "alti")) &&
                     fabs(v - median) > ELEVATION_BAND)
                built[i] = INFINITY;
        }
    }
}

/* Keeps the least built tenth; the limit is a quantile over the cells that qualify. */
static autan_status keep_rural(const town *t, const double *built, rural_places *s,
                               autan_error *err)
{
    const size_t nc = t->city.n_covariates;
    double *sorted = malloc((s->n + 1) * sizeof *sorted);
    size_t n = 0, kept = 0;
    double limit;
    if (!sorted)
        return town_no_memory(t, err);
    for (size_t i = 0; i < s->n; i++) {
        if (isfinite(built[i]))
            sorted[n++] = built[i];
    }
    qsort(sorted, n, sizeof *sorted, ascending);
    limit = n ? sorted[n * RURAL_SHARE / 100] : 0.0;
    free(sorted);
    for (size_t i = 0; i < s->n; i++) {
        if (!(built[i] <= limit))
            continue;
        s->x[kept] = s->x[i];
        s->y[kept] = s->y[i];
        memmove(s->covariate + kept * nc, s->covariate + i * nc, nc * sizeof(double));
        kept++;
    }
    s->n = kept;
    return AUTAN_OK;
}

static autan_status from_covariates(const town *t, rural_places *places,
                                    rural_reference *reference, autan_error *err)
{
    double *built = NULL;
    char names[200] = "";
    autan_status status;
    for (size_t k = 0; k < t->city.n_covariates; k++) {
        size_t used = strlen(names);
        if (is_built(t->city.covariate[k].name))
            snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                     t->city.covariate[k].name);
    }
    if (!names[0]) {
        snprintf(
            reference->text, sizeof reference->text,
            "no [urban_heat_island] rural stations, and no covariate of built surface "
            "to derive a rural reference from");
        return AUTAN_OK;
    }
    status = sample_grid(t, places, &built, err);
    if (status == AUTAN_OK) {
        rate_cells(t, places, built);
        status = keep_rural(t, built, places, err);
    }
    if (status == AUTAN_OK && places->n < RURAL_CELLS_MIN) {
        snprintf(reference->text, sizeof reference->text,
                 "fewer than %d cells of the grid have all covariates",
                 RURAL_CELLS_MIN);
    } else if (status == AUTAN_OK) {
        reference->known = true;
        snprintf(
            reference->text, sizeof reference->text,
            "mean over the %d %% of the map's cells that are least built by %s, off "
            "water, and within %g m of the stations' median elevation where that is a "
            "covariate",
            RURAL_SHARE, names, ELEVATION_BAND);
    }
    free(built);
    return status;
}

autan_status rural_find(const town *t, rural_places *places, rural_reference *reference,
                        autan_error *err)
{
    *reference = (rural_reference){0};
    *places = (rural_places){0};
    switch (t->city.rural) {
    case AUTAN_RURAL_LIST:
        return from_stations(t, places, reference, err);
    case AUTAN_RURAL_AUTO:
        return from_covariates(t, places, reference, err);
    case AUTAN_RURAL_NONE:
        break;
    }
    snprintf(reference->text, sizeof reference->text, "none is wanted");
    return AUTAN_OK;
}

autan_status rural_temperature(const town *t, const autan_field *field,
                               double *temperature, rural_reference *reference,
                               autan_error *err)
{
    rural_places places;
    autan_status status = rural_find(t, &places, reference, err);
    if (status == AUTAN_OK && reference->known) {
        const autan_sites sites = {places.n, t->city.n_covariates, places.x, places.y,
                                   places.covariate};
        status = autan_field_average(field, &sites, temperature);
        if (status != AUTAN_OK)
            status = town_no_memory(t, err);
    }
    rural_places_clear(&places);
    return status;
}

/* Averages over the places, hour by hour; those that have no value are left out. */
static autan_status average_near(const autan_near *near, const autan_sites *places,
                                 size_t n_times, double *average)
{
    float *mean = malloc((places->n + 1) * sizeof *mean);
    float *error = malloc((places->n + 1) * sizeof *error);
    autan_status status = mean && error ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t t = 0; status == AUTAN_OK && t < n_times; t++) {
        double sum = 0.0;
        size_t n = 0;
        status = autan_near_evaluate(near, places, 1, &t, places->n, mean, error);
        for (size_t i = 0; status == AUTAN_OK && i < places->n; i++) {
            if (isnan(mean[i]))
                continue;
            sum += (double)mean[i];
            n++;
        }
        average[t] = n ? sum / (double)n : NAN;
    }
    free(mean);
    free(error);
    return status;
}

autan_status rural_temperature_near(const town *t, const autan_near *near,
                                    size_t n_times, double *temperature,
                                    rural_reference *reference, autan_error *err)
{
    rural_places places;
    autan_status status = rural_find(t, &places, reference, err);
    if (status == AUTAN_OK && reference->known) {
        const autan_sites sites = {places.n, t->city.n_covariates, places.x, places.y,
                                   places.covariate};
        status = average_near(near, &sites, n_times, temperature);
        if (status != AUTAN_OK)
            status = town_no_memory(t, err);
    }
    rural_places_clear(&places);
    return status;
}
