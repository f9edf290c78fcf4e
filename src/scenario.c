#include "scenario.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "extrapolation.h"
#include "files/spool.h"
#include "files/vector.h"
#include "ground/frame.h"
#include "ground/paint.h"
#include "ground/recipe.h"

enum { WRONG = AUTAN_CHANGES, RULES };

/* Cells of rows held at once; a row at least. */
enum { CELLS_AT_ONCE = 1 << 20 };

void scenario_clear(scenario *s)
{
    autan_scratch_close(s->share);
    autan_scratch_close(s->delta);
    autan_scratch_close(s->beyond);
    *s = (scenario){0};
}

bool scenario_rows_make(const scenario *s, size_t n, scenario_rows *rows)
{
    const size_t cells = n * s->nx;
    *rows = (scenario_rows){
        .share = malloc(AUTAN_CHANGES * cells * sizeof *rows->share),
        .delta = malloc((s->n_covariates * cells + 1) * sizeof *rows->delta),
        .beyond = malloc(cells * sizeof *rows->beyond)};
    return rows->share && rows->delta && rows->beyond;
}

void scenario_rows_clear(scenario_rows *rows)
{
    free(rows->share);
    free(rows->delta);
    free(rows->beyond);
}

static autan_status read_planes(const scenario *s, autan_scratch *plane, size_t planes,
                                size_t first, size_t n, double *to)
{
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < planes; k++)
        status = autan_scratch_read(plane, 0, k * s->ny + first, s->nx, n,
                                    to + k * n * s->nx);
    return status;
}

autan_status scenario_read_rows(const scenario *s, size_t first, size_t n,
                                scenario_rows *rows)
{
    autan_status status =
        read_planes(s, s->share, AUTAN_CHANGES, first, n, rows->share);
    if (status == AUTAN_OK)
        status = read_planes(s, s->delta, s->n_covariates, first, n, rows->delta);
    return status == AUTAN_OK
               ? autan_scratch_read(s->beyond, 0, first, s->nx, n, rows->beyond)
               : status;
}

/* Reading the polygons. */

static autan_status read_polygons(const town *t, const char *path,
                                  const autan_frame *frame, autan_spool *spool,
                                  autan_vector_counts *counts, autan_error *err)
{
    autan_filter *filter[RULES] = {0};
    autan_vector_rule rule[RULES];
    const autan_vector_source source = {path, NULL, NULL, false, RULES, rule};
    GString *others = g_string_new("change IS NULL OR NOT change IN (");
    autan_status status = AUTAN_OK;
    bool done = false;
    for (int k = 0; status == AUTAN_OK && k < RULES; k++) {
        char *text;
        if (k < WRONG) {
            const char *word = autan_change_word((autan_change)k);
            g_string_append_printf(others, "%s'%s'", k ? ", " : "", word);
            text = g_strdup_printf("change = '%s'", word);
        } else {
            text = g_strdup_printf("%s)", others->str);
        }
        status = autan_filter_parse(text, &filter[k], err);
        g_free(text);
        rule[k] = (autan_vector_rule){.name = "changes",
                                      .filter = filter[k],
                                      .number = (uint32_t)k,
                                      .value = 1.0,
                                      .value_attribute = k < WRONG ? "amount" : NULL,
                                      .optional = true};
    }
    g_string_free(others, TRUE);
    if (status == AUTAN_OK)
        status =
            autan_spool_begin(spool, 0, counts, RULES * sizeof *counts, &done, err);
    if (status == AUTAN_OK)
        status = autan_vector_read(&source, t->city.crs, frame, spool, counts, NULL,
                                   NULL, err);
    if (status == AUTAN_OK)
        status = autan_spool_end(spool, counts, RULES * sizeof *counts, err);
    for (int k = 0; k < RULES; k++)
        autan_filter_free(filter[k]);
    return status;
}

static autan_status check_polygons(const char *path, const autan_vector_counts *counts,
                                   scenario *s, autan_error *err)
{
    if (counts[WRONG].features)
        return autan_fail(
            err, AUTAN_BAD_CONFIG,
            "%s: %zu features have another change than open, plant, build or "
            "whiten",
            path, counts[WRONG].features);
    for (int k = 0; k < WRONG; k++) {
        s->n_polygons += counts[k].features;
        if (counts[k].bad_value)
            return autan_fail(
                err, AUTAN_BAD_CONFIG,
                "%s: %zu features have an amount that is no number, expected 0 "
                "to 1",
                path, counts[k].bad_value);
        if (counts[k].features != counts[k].kept)
            return autan_fail(
                err, AUTAN_BAD_CONFIG,
                "%s: %zu of %zu features to %s lie outside the extent or are no "
                "polygons",
                path, counts[k].features - counts[k].kept, counts[k].features,
                autan_change_word((autan_change)k));
    }
    return AUTAN_OK;
}

/* Shares of the cells of one block. */
static autan_status paint_block(const autan_frame *frame, const autan_spool *spool,
                                size_t block, scenario *s, bool *any, autan_error *err)
{
    static const autan_brush brush[RULES] = {
        {0, 1, false}, {0, 2, false}, {0, 3, false}, {0, 4, false}, {0, 5, false}};
    const bool heights = true;
    const size_t n = frame->samples;
    double *share = NULL;
    const autan_window window = autan_frame_block(frame, block);
    autan_spooled_list marks = {0};
    autan_canvas canvas = {0};
    autan_scanner *scanner = NULL;
    size_t first[2], count[2];
    autan_status status;
    if (!autan_frame_cells(frame, block, first, count))
        return AUTAN_OK;
    status = autan_spool_load(spool, &window, &marks, err);
    if (status != AUTAN_OK || marks.n == 0)
        goto cleanup;
    for (size_t i = 0; i < marks.n; i++) {
        if (!(marks.item[i].value >= 0.0f && marks.item[i].value <= 1.0f)) {
            status = autan_fail(err, AUTAN_BAD_CONFIG,
                                "the changes: an amount is %g, expected 0 to 1",
                                (double)marks.item[i].value);
            goto cleanup;
        }
    }
    scanner = autan_scanner_new();
    if (!scanner || autan_canvas_make(&window, 1, &heights, &canvas) != AUTAN_OK ||
        autan_canvas_paint(&canvas, scanner, marks.n, marks.item, brush) != AUTAN_OK) {
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
        goto cleanup;
    }
    share = calloc(AUTAN_CHANGES * count[0] * count[1], sizeof *share);
    if (!share) {
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
        goto cleanup;
    }
    for (size_t c = 0; c < count[0] * count[1]; c++) {
        const size_t column = c % count[0], row = c / count[0];
        for (size_t p = 0; p < n * n; p++) {
            const size_t at =
                (row * n + p / n) * (size_t)window.nx + column * n + p % n;
            if (canvas.kind[0][at])
                share[(canvas.kind[0][at] - 1u) * count[0] * count[1] + c] +=
                    (double)canvas.height[0][at] / (double)(n * n);
        }
    }
    for (size_t k = 0; status == AUTAN_OK && k < AUTAN_CHANGES; k++) {
        const double *of_change = share + k * count[0] * count[1];
        for (size_t c = 0; c < count[0] * count[1]; c++)
            any[k] |= of_change[c] > 0.0;
        status = autan_scratch_write(s->share, first[0], k * s->ny + first[1], count[0],
                                     count[1], of_change);
    }

cleanup:
    free(share);
    autan_scanner_free(scanner);
    autan_canvas_clear(&canvas);
    autan_spooled_list_clear(&marks);
    return status;
}

static void remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
        g_free(path);
    }
    if (dir)
        g_dir_close(dir);
    g_rmdir(folder);
}

/* any: whether there is something of each change. */
static autan_status find_shares(const town *t, const char *path, scenario *s, bool *any,
                                autan_error *err)
{
    autan_vector_counts counts[RULES] = {{0}};
    autan_frame frame;
    autan_spool *spool = NULL;
    char *folder = g_dir_make_tmp("autan-scenario-XXXXXX", NULL);
    autan_status status = AUTAN_OK;
    if (!folder)
        return autan_fail(err, AUTAN_IO, "cannot make a temporary folder: %s",
                          strerror(errno));
    if (autan_frame_make(&t->city.grid, 0, 0.0, &frame) != AUTAN_OK)
        status = autan_fail(err, AUTAN_BAD_CONFIG, "%s: the grid is too large",
                            t->city.path);
    if (status == AUTAN_OK)
        status = autan_spool_open(folder, &frame, &spool, err);
    if (status == AUTAN_OK)
        status = read_polygons(t, path, &frame, spool, counts, err);
    if (status == AUTAN_OK)
        status = check_polygons(path, counts, s, err);
    for (size_t b = 0; status == AUTAN_OK && b < frame.blocks_x * frame.blocks_y; b++)
        status = paint_block(&frame, spool, b, s, any, err);
    autan_spool_close(spool);
    remove_folder(folder);
    g_free(folder);
    return status;
}

/* Changing the covariates. */

/* The covariate that is changed in the place of one that is a disc of it. */
static size_t local_of(const town *t, size_t k, double *radius_m)
{
    const autan_city_covariate *c = &t->city.covariate[k];
    autan_recipe recipe = {0};
    long local = (long)k;
    *radius_m = c->radius_m;
    if (c->make && autan_recipe_parse(c->make, &recipe, NULL) == AUTAN_OK &&
        recipe.make == AUTAN_MAKE_DISC) {
        local = autan_city_find_covariate(&t->city, recipe.term[0].name);
        *radius_m = recipe.number[0];
    }
    autan_recipe_clear(&recipe);
    return local < 0 ? k : (size_t)local;
}

static bool answers(const town *t, autan_change change)
{
    for (size_t k = 0; k < t->city.n_covariates; k++) {
        if (!isnan(autan_change_target(change, t->city.covariate[k].name, 1.0)))
            return true;
    }
    return false;
}

/* A band of rows with the rows around it that a disc reaches. */
typedef struct {
    size_t row, n;     /* of the band */
    size_t first, all; /* with what is around */
    double *local, *share, *change, *spread;
} band;

static void band_clear(band *b)
{
    free(b->local);
    free(b->share);
    free(b->change);
    free(b->spread);
}

static bool band_make(const scenario *s, size_t rows, size_t reach, band *b)
{
    const size_t cells = MIN(rows + 2 * reach, s->ny) * s->nx;
    *b = (band){.local = malloc(cells * sizeof *b->local),
                .share = malloc(AUTAN_CHANGES * cells * sizeof *b->share),
                .change = malloc(cells * sizeof *b->change),
                .spread = malloc(cells * sizeof *b->spread)};
    return b->local && b->share && b->change && b->spread;
}

static size_t rows_at_once(const autan_grid *g)
{
    return MAX(1, MIN(CELLS_AT_ONCE / g->nx, g->ny));
}

/* What 1 is of a covariate: per cent and fractions differ by a hundred. */
static autan_status find_full(const town *t, autan_raster *raster, band *b,
                              double *full, autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    const size_t rows = rows_at_once(g);
    double most = 0.0;
    autan_status status = AUTAN_OK;
    for (size_t row = 0; status == AUTAN_OK && row < g->ny; row += rows) {
        const size_t n = MIN(rows, g->ny - row);
        status = autan_raster_read_rows(raster, row, n, b->local, err);
        for (size_t c = 0; status == AUTAN_OK && c < n * g->nx; c++)
            most = fmax(most, isnan(b->local[c]) ? 0.0 : b->local[c]);
    }
    *full = most > 1.5 ? 100.0 : 1.0;
    return status;
}

/* Change of one covariate in each cell of the band by itself. */
static void change_cells(const char *name, double full, size_t cells, const band *b)
{
    for (size_t c = 0; c < cells; c++) {
        b->change[c] = 0.0;
        for (int k = 0; k < AUTAN_CHANGES; k++) {
            const double target = autan_change_target((autan_change)k, name, full);
            const double share = b->share[(size_t)k * cells + c];
            if (share > 0.0 && !isnan(target) && !isnan(b->local[c]))
                b->change[c] += share * (target - b->local[c]);
        }
    }
}

/* The change of a band of covariate k, whose cells are those of covariate `source`. */
static autan_status change_band(const town *t, size_t k, size_t source, double full,
                                double radius_m, autan_raster *raster, band *b,
                                scenario *s, autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    const size_t cells = b->all * g->nx;
    autan_status status =
        autan_raster_read_rows(raster, b->first, b->all, b->local, err);
    if (status == AUTAN_OK)
        status = read_planes(s, s->share, AUTAN_CHANGES, b->first, b->all, b->share);
    if (status != AUTAN_OK)
        return status;
    change_cells(t->city.covariate[source].name, full, cells, b);
    if (autan_change_spread(b->change, g->nx, b->all, radius_m / g->resolution,
                            b->spread) != AUTAN_OK)
        return town_no_memory(t, err);
    return autan_scratch_write(s->delta, 0, k * s->ny + b->row, g->nx, b->n,
                               b->spread + (b->row - b->first) * g->nx);
}

static autan_status change_covariate(const town *t, size_t k, scenario *s,
                                     autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    double radius_m, full = 1.0;
    const size_t source = local_of(t, k, &radius_m), rows = rows_at_once(g);
    const size_t reach = (size_t)ceil(fmax(radius_m, 0.0) / g->resolution);
    const autan_city_covariate *c = &t->city.covariate[source];
    autan_raster *raster = NULL;
    band b = {0};
    bool any = false;
    autan_status status;
    for (int change = 0; change < AUTAN_CHANGES; change++)
        any |= !isnan(autan_change_target((autan_change)change, c->name, 1.0));
    if (!any)
        return AUTAN_OK;
    status =
        band_make(s, rows, reach, &b)
            ? autan_raster_open(c->name, c->file, 0.0, t->city.crs, g, &raster, err)
            : town_no_memory(t, err);
    if (status == AUTAN_OK)
        status = find_full(t, raster, &b, &full, err);
    for (b.row = 0; status == AUTAN_OK && b.row < g->ny; b.row += rows) {
        b.n = MIN(rows, g->ny - b.row);
        b.first = b.row - MIN(reach, b.row);
        b.all = MIN(b.row + b.n + reach, g->ny) - b.first;
        status = change_band(t, k, source, full, radius_m, raster, &b, s, err);
    }
    autan_raster_close(raster);
    band_clear(&b);
    return status;
}

static void note_changed(scenario *s, size_t column, size_t row)
{
    const size_t at[2] = {column, row};
    for (int k = 0; k < 2; k++) {
        s->first[k] = s->n_changed ? MIN(s->first[k], at[k]) : at[k];
        s->end[k] = MAX(s->end[k], at[k] + 1);
    }
    s->n_changed++;
}

/* How far the changed ground of a row lies beyond what the stations have seen; value
 * holds a row of a covariate, all their covariates, delta their changes. */
static autan_status note_beyond(const town *t, const autan_seen *seen, size_t row,
                                double *value, double *all, double *delta,
                                float *beyond, scenario *s, autan_error *err)
{
    const size_t nx = s->nx, nc = s->n_covariates;
    autan_status status = town_read_ground(t, row, 1, value, all, err);
    if (status == AUTAN_OK)
        status = read_planes(s, s->delta, nc, row, 1, delta);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; k < nc; k++) {
        for (size_t i = 0; i < nx; i++)
            all[i * nc + k] += delta[k * nx + i];
    }
    autan_beyond_places(seen, nx, all, beyond);
    for (size_t i = 0; i < nx; i++) {
        bool changed = false;
        for (size_t k = 0; k < nc; k++)
            changed |= delta[k * nx + i] != 0.0;
        if (changed)
            note_changed(s, i, row);
        beyond[i] = changed ? beyond[i] : 0.0f;
        s->n_beyond += (double)beyond[i] > EXTRAPOLATION_COUNTS;
        s->farthest = fmax(s->farthest, (double)beyond[i]);
    }
    return autan_scratch_write(s->beyond, 0, row, nx, 1, beyond);
}

static autan_status find_beyond(const town *t, const autan_seen *seen, scenario *s,
                                autan_error *err)
{
    const size_t nx = s->nx, nc = s->n_covariates;
    double *held = malloc((nx + 2 * nx * nc + 1) * sizeof *held);
    float *beyond = malloc(nx * sizeof *beyond);
    autan_status status = held && beyond ? AUTAN_OK : town_no_memory(t, err);
    for (size_t row = 0; status == AUTAN_OK && row < s->ny; row++)
        status = note_beyond(t, seen, row, held, held + nx, held + nx + nx * nc, beyond,
                             s, err);
    free(held);
    free(beyond);
    return status;
}

static autan_status open_planes(const town *t, scenario *s, autan_error *err)
{
    const char *folder = t->city.archive;
    autan_status status = autan_scratch_open(folder, sizeof(double), s->nx,
                                             AUTAN_CHANGES * s->ny, &s->share, err);
    if (status == AUTAN_OK)
        status = autan_scratch_open(folder, sizeof(double), s->nx,
                                    s->n_covariates * s->ny, &s->delta, err);
    return status == AUTAN_OK ? autan_scratch_open(folder, sizeof(float), s->nx, s->ny,
                                                   &s->beyond, err)
                              : status;
}

autan_status scenario_read(const town *t, const autan_seen *seen, const char *path,
                           scenario *out, autan_error *err)
{
    scenario s = {.nx = t->city.grid.nx,
                  .ny = t->city.grid.ny,
                  .n_covariates = t->city.n_covariates};
    bool any[AUTAN_CHANGES] = {false};
    autan_status status = open_planes(t, &s, err);
    if (status == AUTAN_OK)
        status = find_shares(t, path, &s, any, err);
    for (int k = 0; status == AUTAN_OK && k < AUTAN_CHANGES; k++) {
        if (any[k] && !answers(t, (autan_change)k))
            status =
                autan_fail(err, AUTAN_BAD_CONFIG,
                           "%s: no covariate answers to the change '%s'; doc/ground.md "
                           "says by their names which do",
                           t->city.path, autan_change_word((autan_change)k));
    }
    for (size_t k = 0; status == AUTAN_OK && k < t->city.n_covariates; k++)
        status = change_covariate(t, k, &s, err);
    if (status == AUTAN_OK)
        status = find_beyond(t, seen, &s, err);
    if (status == AUTAN_OK)
        *out = s;
    else
        scenario_clear(&s);
    return status;
}
