#include "truth.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/geotiff.h"
#include "network.h"
#include "output.h"
#include "random.h"

enum { STEPS = 3600 / WEATHER_STEP_S };

struct truth {
    const truth_request *request;
    const field *field;
    autan_time from, to;
    /* The last hour, a ring. */
    double *a[STEPS];
    double warmth[STEPS], stability[STEPS];
    int ring;
    double *mean; /* of a */

    output *table;
    random_stream random;
    size_t cells, rows;
    size_t hours_left, hours_wanted;
    double *x, *y, *phi, *value;
    network_siting *siting;
};

void truth_free(truth *t)
{
    if (!t)
        return;
    output_abandon(t->table);
    for (int k = 0; k < STEPS; k++)
        free(t->a[k]);
    free(t->mean);
    free(t->x);
    free(t->y);
    free(t->phi);
    free(t->value);
    free(t->siting);
    free(t);
}

static bool in_sample(const truth *t, autan_time time)
{
    autan_civil c;
    autan_civil_utc(time - 1, &c); /* an hour belongs to the day it lies in */
    return time % 3600 == 0 && time - 3600 >= t->from && time <= t->to &&
           (t->request->months >> (c.month - 1) & 1u);
}

/* Whether to take one of left things when wanted of them are wanted in all: Knuth, The
 * Art of Computer Programming, vol. 2, algorithm 3.4.2 S. */
static bool take(random_stream *r, size_t *left, size_t *wanted)
{
    bool taken = random_uniform(r) * (double)*left < (double)*wanted;
    (*left)--;
    *wanted -= taken;
    return taken;
}

static autan_status choose_cells(truth *t)
{
    const autan_grid *g = field_grid(t->field);
    const size_t all = g->nx * g->ny;
    size_t left = all, wanted = t->request->cells < all ? t->request->cells : all;
    t->cells = wanted;
    t->x = calloc(t->cells, sizeof *t->x);
    t->y = calloc(t->cells, sizeof *t->y);
    t->value = calloc(t->cells, sizeof *t->value);
    t->siting = calloc(t->cells, sizeof *t->siting);
    t->phi = calloc(t->cells * field_terms(t->field), sizeof *t->phi);
    if (!t->x || !t->y || !t->value || !t->siting || !t->phi)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0, i = 0; k < all; k++) {
        if (!take(&t->random, &left, &wanted))
            continue;
        t->x[i] = autan_grid_x(g, k % g->nx);
        t->y[i] = autan_grid_y(g, k / g->nx);
        t->siting[i++] = network_draw_siting(&t->random);
    }
    field_basis(t->field, t->cells, t->x, t->y, t->phi);
    return AUTAN_OK;
}

static autan_status open_sample(truth *t, autan_error *err)
{
    autan_status status = choose_cells(t);
    if (status != AUTAN_OK)
        return autan_fail(err, status, "%s: out of memory", t->request->sample);
    for (autan_time hour = (t->from / 3600 + 1) * 3600; hour <= t->to; hour += 3600)
        t->hours_left += in_sample(t, hour);
    t->hours_wanted = t->request->hours && t->request->hours < t->hours_left
                          ? t->request->hours
                          : t->hours_left;
    status = output_open(t->request->sample, &t->table, err);
    if (status == AUTAN_OK)
        output_text(t->table, "time,x,y,observed,truth\n");
    return status;
}

autan_status truth_new(const truth_request *request, const field *f, uint64_t seed,
                       autan_time from, autan_time to, truth **t, autan_error *err)
{
    truth *made = calloc(1, sizeof *made);
    autan_status status = AUTAN_OK;
    bool complete = made != NULL;
    for (int k = 0; complete && k < STEPS; k++) {
        made->a[k] = calloc(field_terms(f), sizeof(double));
        complete = made->a[k] != NULL;
    }
    if (complete) {
        made->mean = calloc(field_terms(f), sizeof(double));
        complete = made->mean != NULL;
    }
    if (!complete) {
        truth_free(made);
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    made->request = request;
    made->field = f;
    made->from = from;
    made->to = to;
    made->random = random_make(seed, "sample");
    if (request->sample)
        status = open_sample(made, err);
    if (status != AUTAN_OK) {
        truth_free(made);
        return status;
    }
    *t = made;
    return AUTAN_OK;
}

static void hourly_mean(truth *t, weather_state *state)
{
    const size_t terms = field_terms(t->field);
    memset(t->mean, 0, terms * sizeof *t->mean);
    state->warmth = state->stability = 0.0;
    for (int k = 0; k < STEPS; k++) {
        for (size_t i = 0; i < terms; i++)
            t->mean[i] += t->a[k][i] / STEPS;
        state->warmth += t->warmth[k] / STEPS;
        state->stability += t->stability[k] / STEPS;
    }
}

static autan_status write_map(const truth *t, autan_time time, autan_error *err)
{
    static const autan_geotiff_tag tags[] = {
        {"TIFFTAG_IMAGEDESCRIPTION",
         "Simulated air temperature, not a measurement: mean of the hour that ends at "
         "the time given, without noise and siting"},
        {"TIFFTAG_SOFTWARE", "examples/toulouse/simulate"},
        {"TIFFTAG_COPYRIGHT", "Simulated data, ODbL-1.0; land cover (c) OpenStreetMap "
                              "contributors, ODbL; elevation SRTM"},
    };
    const autan_grid *g = field_grid(t->field);
    const size_t n = g->nx * g->ny;
    autan_geotiff map = {.grid = g,
                         .crs = FIELD_CRS,
                         .nodata = -9999.0f,
                         .name = "simulated air temperature",
                         .units = "degC",
                         .time = time,
                         .n_tags = sizeof tags / sizeof tags[0],
                         .tag = tags};
    double *value = malloc(n * sizeof *value);
    float *narrow = malloc(n * sizeof *narrow);
    char *name = autan_geotiff_name("truth", time), path[4096];
    autan_status status = AUTAN_NO_MEMORY;
    if (value && narrow && name)
        status = field_map(t->field, t->mean, value);
    if (status == AUTAN_OK) {
        for (size_t k = 0; k < n; k++)
            narrow[k] = (float)value[k];
        map.value = narrow;
        snprintf(path, sizeof path, "%s/%s", t->request->folder, name);
        status = autan_geotiff_write(path, &map, err);
    } else {
        autan_fail(err, status, "out of memory");
    }
    free(name);
    free(narrow);
    free(value);
    return status;
}

static void write_sample(truth *t, autan_time time, const weather_state *state)
{
    char text[AUTAN_TIME_TEXT];
    autan_time_format(time, text);
    field_at(t->field, t->cells, t->phi, t->mean, t->value);
    for (size_t i = 0; i < t->cells; i++) {
        /* The mean of the readings of an hour, whose noise is independent. */
        double noise =
            NETWORK_NOISE_K / sqrt((double)STEPS) * random_normal(&t->random);
        double observed =
            t->value[i] + network_siting_effect(&t->siting[i], state) + noise;
        output_text(t->table, text);
        output_text(t->table, ",");
        output_number(t->table, t->x[i], 0);
        output_text(t->table, ",");
        output_number(t->table, t->y[i], 0);
        output_text(t->table, ",");
        output_number(t->table, observed, 3);
        output_text(t->table, ",");
        output_number(t->table, t->value[i], 3);
        output_text(t->table, "\n");
    }
    t->rows += t->cells;
}

autan_status truth_step(truth *t, autan_time time, const weather_state *state,
                        const double *a, autan_error *err)
{
    weather_state mean = *state;
    bool is_sampled = t->table && in_sample(t, time) &&
                      take(&t->random, &t->hours_left, &t->hours_wanted);
    autan_status status = AUTAN_OK;

    memcpy(t->a[t->ring], a, field_terms(t->field) * sizeof *a);
    t->warmth[t->ring] = state->warmth;
    t->stability[t->ring] = state->stability;
    t->ring = (t->ring + 1) % STEPS;

    for (size_t k = 0; status == AUTAN_OK && k < t->request->n_times; k++) {
        if (t->request->map_time[k] == time) {
            hourly_mean(t, &mean);
            status = write_map(t, time, err);
        }
    }
    if (status == AUTAN_OK && is_sampled) {
        hourly_mean(t, &mean);
        write_sample(t, time, &mean);
    }
    return status;
}

autan_status truth_finish(truth *t, size_t *rows, autan_error *err)
{
    autan_status status = AUTAN_OK;
    if (t->table)
        status = output_close(t->table, err);
    t->table = NULL;
    if (status == AUTAN_OK)
        *rows = t->rows;
    return status;
}
