#include "scenario.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/spool.h"
#include "files/vector.h"
#include "ground/frame.h"
#include "ground/paint.h"
#include "ground/recipe.h"

enum { WRONG = AUTAN_CHANGES, RULES };

static autan_status no_memory(const town *t, autan_error *err)
{
    return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", t->city.path);
}

void scenario_clear(scenario *s)
{
    free(s->share);
    free(s->delta);
    free(s->beyond);
    *s = (scenario){0};
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
                                size_t block, scenario *s, autan_error *err)
{
    static const autan_brush brush[RULES] = {
        {0, 1, false}, {0, 2, false}, {0, 3, false}, {0, 4, false}, {0, 5, false}};
    const bool heights = true;
    const size_t nx = frame->grid.nx, n = frame->samples;
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
    for (size_t c = 0; c < count[0] * count[1]; c++) {
        const size_t column = c % count[0], row = c / count[0];
        const size_t cell = (first[1] + row) * nx + first[0] + column;
        for (size_t p = 0; p < n * n; p++) {
            const size_t at =
                (row * n + p / n) * (size_t)window.nx + column * n + p % n;
            if (canvas.kind[0][at])
                s->share[(canvas.kind[0][at] - 1u) * s->cells + cell] +=
                    (double)canvas.height[0][at] / (double)(n * n);
        }
    }

cleanup:
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

static autan_status find_shares(const town *t, const char *path, scenario *s,
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
        status = paint_block(&frame, spool, b, s, err);
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

static autan_status read_cells(const town *t, size_t k, double *value, autan_error *err)
{
    const autan_city_covariate *c = &t->city.covariate[k];
    autan_raster *raster = NULL;
    autan_status status = autan_raster_open(c->name, c->file, 0.0, t->city.crs,
                                            &t->city.grid, &raster, err);
    if (status == AUTAN_OK)
        status = autan_raster_read_rows(raster, 0, t->city.grid.ny, value, err);
    autan_raster_close(raster);
    return status;
}

/* Change of one covariate in each cell by itself; local holds its values. */
static void change_cells(const scenario *s, const char *name, const double *local,
                         double *change)
{
    double most = 0.0;
    for (size_t c = 0; c < s->cells; c++)
        most = fmax(most, isnan(local[c]) ? 0.0 : local[c]);
    for (size_t c = 0; c < s->cells; c++) {
        change[c] = 0.0;
        for (int k = 0; k < AUTAN_CHANGES; k++) {
            /* Per cent and fractions differ by a hundred. */
            double target =
                autan_change_target((autan_change)k, name, most > 1.5 ? 100.0 : 1.0);
            double share = s->share[(size_t)k * s->cells + c];
            if (share > 0.0 && !isnan(target) && !isnan(local[c]))
                change[c] += share * (target - local[c]);
        }
    }
}

/* How far the changed ground of some rows lies beyond what the stations have seen;
 * value holds a row of a covariate, all their covariates. */
static autan_status note_beyond(const town *t, const autan_seen *seen, size_t row,
                                double *value, double *all, scenario *s,
                                autan_error *err)
{
    const size_t nx = t->city.grid.nx, nc = t->city.n_covariates;
    float *beyond = s->beyond + row * nx;
    autan_status status = town_read_ground(t, row, 1, value, all, err);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; k < nc; k++) {
        for (size_t i = 0; i < nx; i++)
            all[i * nc + k] += s->delta[k * s->cells + row * nx + i];
    }
    autan_beyond_places(seen, nx, all, beyond);
    for (size_t i = 0; i < nx; i++) {
        bool changed = false;
        for (size_t k = 0; k < nc; k++)
            changed |= s->delta[k * s->cells + row * nx + i] != 0.0;
        s->n_changed += changed;
        beyond[i] = changed ? beyond[i] : 0.0f;
    }
    return AUTAN_OK;
}

static autan_status change_covariate(const town *t, size_t k, scenario *s, double *held,
                                     autan_error *err)
{
    const autan_grid *g = &t->city.grid;
    double *local = held, *change = held + s->cells, radius_m;
    const size_t source = local_of(t, k, &radius_m);
    bool any = false;
    autan_status status;
    for (int c = 0; c < AUTAN_CHANGES; c++)
        any |= !isnan(
            autan_change_target((autan_change)c, t->city.covariate[source].name, 1.0));
    if (!any)
        return AUTAN_OK;
    status = read_cells(t, source, local, err);
    if (status != AUTAN_OK)
        return status;
    change_cells(s, t->city.covariate[source].name, local, change);
    return autan_change_spread(change, g->nx, g->ny, radius_m / g->resolution,
                               s->delta + k * s->cells) == AUTAN_OK
               ? AUTAN_OK
               : no_memory(t, err);
}

autan_status scenario_read(const town *t, const autan_seen *seen, const char *path,
                           scenario *out, autan_error *err)
{
    scenario s = {.cells = t->city.grid.nx * t->city.grid.ny};
    double *held = malloc(2 * s.cells * sizeof *held);
    double *all = malloc((t->city.grid.nx * t->city.n_covariates + 1) * sizeof *all);
    autan_status status;
    s.share = calloc(AUTAN_CHANGES * s.cells, sizeof *s.share);
    s.delta = calloc(t->city.n_covariates * s.cells + 1, sizeof *s.delta);
    s.beyond = calloc(s.cells, sizeof *s.beyond);
    status = held && all && s.share && s.delta && s.beyond
                 ? find_shares(t, path, &s, err)
                 : no_memory(t, err);
    for (int k = 0; status == AUTAN_OK && k < AUTAN_CHANGES; k++) {
        double sum = 0.0;
        for (size_t c = 0; c < s.cells; c++)
            sum += s.share[(size_t)k * s.cells + c];
        if (sum > 0.0 && !answers(t, (autan_change)k))
            status =
                autan_fail(err, AUTAN_BAD_CONFIG,
                           "%s: no covariate answers to the change '%s'; doc/ground.md "
                           "says by their names which do",
                           t->city.path, autan_change_word((autan_change)k));
    }
    for (size_t k = 0; status == AUTAN_OK && k < t->city.n_covariates; k++)
        status = change_covariate(t, k, &s, held, err);
    for (size_t row = 0; status == AUTAN_OK && row < t->city.grid.ny; row++)
        status = note_beyond(t, seen, row, held, all, &s, err);
    free(held);
    free(all);
    if (status == AUTAN_OK)
        *out = s;
    else
        scenario_clear(&s);
    return status;
}
