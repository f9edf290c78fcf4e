/* Making the covariate stack: sources into the spool, blocks, planes, files. */
#include "config.h"

#include "ground.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/geotiff.h"
#include "files/outfile.h"
#include "files/raster.h"
#include "ground/lcz.h"
#include "ground/plane.h"
#include "ground/relief.h"
#include "message.h"

static const double SKY_REACH_M = 100.0, VALLEY_RADIUS_M = 2000.0;

/* A plane in doubles, its copy in floats and the GeoTIFF of it must fit in 2 GiB. */
static const double CELLS_MAX = 5.5e7;

static autan_status no_memory(autan_error *err)
{
    return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
}

static void on_progress(const char *what, size_t done, size_t total, void *user)
{
    (void)user;
    message_progress(what, done, total);
}

/* Sources. */

static void note_counts(const autan_vector_rule *rule, const autan_vector_counts *c)
{
    const struct {
        size_t n;
        const char *what;
    } notes[] = {
        {c->thin, "lines or points without a width were left out"},
        {c->empty, "features without geometry were left out"},
        {c->not_finite, "features with coordinates that have no place were left out"},
        {c->crossing,
         "polygons that cross themselves were filled by the even-odd rule"},
        {c->bad_value, "features have an attribute that is no number; it was not used"},
        {rule->value_attribute ? c->no_value : 0, "features have no value"},
    };
    if (c->features == 0 && !rule->optional)
        message_note("layer %s: no feature passes the filter; there is nothing of it",
                     rule->name);
    for (size_t k = 0; k < sizeof notes / sizeof *notes; k++) {
        if (notes[k].n)
            message_note("layer %s: %zu of %zu %s", rule->name, notes[k].n, c->features,
                         notes[k].what);
    }
    if (!rule->amount && c->value_mode_count > c->value_count / 2 &&
        c->value_count > 20)
        message_note(
            "layer %s: %.0f %% of the heights are %g m, which looks like a default",
            rule->name, 100.0 * (double)c->value_mode_count / (double)c->value_count,
            c->value_mode);
}

/* Not every town has each of the layers of open data, but one that it has none of is the
 * wrong file. */
static autan_status check_any(const ground_source *s, autan_error *err)
{
    size_t features = 0, kept = 0;
    for (size_t r = 0; r < s->source.n_rules; r++) {
        if (!s->rule[r].optional)
            return AUTAN_OK;
        features += s->counts[r].features;
        kept += s->counts[r].kept;
    }
    if (kept > 0)
        return AUTAN_OK;
    return features > 0
               ? autan_fail(err, AUTAN_OUT_OF_DOMAIN,
                            "%s: none of %zu buildings, streets, woods and waters lies in "
                            "the extent; is it the file of another region?",
                            s->source.path, features)
               : autan_fail(err, AUTAN_BAD_FORMAT,
                            "%s: no building, street, wood or water was found; expected "
                            "OpenStreetMap (.osm.pbf, or a folder of OpenMapTiles vector "
                            "tiles) or BD TOPO, as the key in [grid] says",
                            s->source.path);
}

static autan_status read_vectors(ground *g, autan_error *err)
{
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < g->n_sources; k++) {
        ground_source *s = &g->source[k];
        const size_t size = s->source.n_rules * sizeof *s->counts;
        bool done = false;
        s->counts = calloc(s->source.n_rules + 1, sizeof *s->counts);
        if (!s->counts)
            return no_memory(err);
        status = autan_spool_begin(g->spool, k, s->counts, size, &done, err);
        if (status == AUTAN_OK && !done) {
            status = autan_vector_read(&s->source, g->city.crs, &g->frame, g->spool,
                                       s->counts, on_progress, NULL, err);
            if (status == AUTAN_OK)
                status = autan_spool_end(g->spool, s->counts, size, err);
        }
        for (size_t r = 0; status == AUTAN_OK && r < s->source.n_rules; r++)
            note_counts(&s->rule[r], &s->counts[r]);
        if (status == AUTAN_OK)
            status = check_any(s, err);
    }
    return status;
}

static void note_pixels(const ground_item *item, const autan_city_layer *l)
{
    const autan_imagery_counts *c = &item->pixels;
    if (c->repaired)
        message_note(
            "layer %s: %zu of %zu pixels hold a customary nodata value that the file "
            "does not declare; they count as missing",
            l->name, c->repaired, c->pixels);
    else if (c->missing)
        message_note("layer %s: %zu of %zu pixels have no value", l->name, c->missing,
                     c->pixels);
    if (c->covered < 0.999)
        message_note("layer %s: %s ends inside the extent: it covers %.1f %% of it",
                     l->name, l->source, 100.0 * c->covered);
}

static autan_status read_rasters(ground *g, autan_error *err)
{
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < g->n_items; k++) {
        ground_item *item = &g->item[k];
        const autan_city_layer *l;
        char *kept;
        if (item->method->names != AUTAN_OF_RASTER)
            continue;
        l = &g->city.layer[autan_city_find_layer(&g->city, item->recipe.term[0].name)];
        const autan_imagery_source source = {l->name, l->source, l->options,
                                             l->crs,  l->nodata, &item->recipe};
        kept = g_strdup_printf("%s/%s.tif", g->work, item->covariate->name);
        status = autan_imagery_open(&source, g->city.crs, &g->city.grid,
                                    g->city.grid.xmin - g->frame.xmin, g->frame.step,
                                    kept, &item->imagery, &item->pixels, err);
        g_free(kept);
        if (status == AUTAN_OK)
            note_pixels(item, l);
    }
    return status;
}

autan_status ground_read_sources(ground *g, autan_error *err)
{
    autan_status status = AUTAN_OK;
    if ((double)g->city.grid.nx * (double)g->city.grid.ny > CELLS_MAX)
        return autan_fail(
            err, AUTAN_BAD_CONFIG,
            "%s: the grid has %zu x %zu cells, expected at most 55 million in "
            "all: make it in parts",
            g->city.path, g->city.grid.nx, g->city.grid.ny);
    status = read_vectors(g, err);
    return status == AUTAN_OK ? read_rasters(g, err) : status;
}

/* Blocks. */

static autan_status paint(const ground *g, const autan_window *window,
                          autan_scanner *scanner, autan_canvas *canvas,
                          autan_spooled_list *marks, autan_error *err)
{
    autan_status status = autan_spool_load(g->spool, window, marks, err);
    if (status != AUTAN_OK)
        return status;
    status = autan_canvas_make(window, g->n_covers, g->cover_heights, canvas);
    if (status == AUTAN_OK)
        status = autan_canvas_paint(canvas, scanner, marks->n, marks->item, g->brush);
    if (status == AUTAN_OK)
        return status;
    autan_canvas_clear(canvas);
    autan_spooled_list_clear(marks);
    return no_memory(err);
}

autan_status ground_paint(const ground *g, const autan_window *window,
                          autan_canvas *canvas, autan_spooled_list *marks,
                          autan_error *err)
{
    autan_scanner *scanner = autan_scanner_new();
    autan_status status =
        scanner ? paint(g, window, scanner, canvas, marks, err) : no_memory(err);
    autan_scanner_free(scanner);
    return status;
}

/* A block being made. */
typedef struct {
    const ground *g;
    autan_canvas canvas;
    autan_spooled_list marks;
    autan_scanner *scanner;
    autan_window window; /* the cells' pixels, without margin */
    autan_cells cells;   /* in the canvas */
    double *value;       /* n_values x cells */
    uint8_t *mask;       /* n_masks x squares */
} block;

static size_t n_cells(const block *b)
{
    return b->cells.cells_x * b->cells.cells_y;
}

static size_t n_squares(const block *b)
{
    const size_t across = b->cells.samples / b->g->mask_side;
    return n_cells(b) * across * across;
}

/* Adds the weighted shares of one cover to a plane. */
static void add_shares(const block *b, const autan_weights *set, const uint32_t *count,
                       long number)
{
    const double pixels = (double)(b->cells.samples * b->cells.samples);
    double *value = b->value + (size_t)number * n_cells(b);
    for (int kind = 1; kind < 256; kind++) {
        const double weight = set->weight[kind];
        for (size_t c = 0; weight != 0.0 && c < n_cells(b); c++)
            value[c] += weight * count[c * 256 + (size_t)kind] / pixels;
    }
}

/* Fractions of all items from the counts of one cover. */
static void add_fractions(const block *b, size_t cover, const uint32_t *count)
{
    for (size_t k = 0; k < b->g->n_items; k++) {
        const ground_item *item = &b->g->item[k];
        if (item->recipe.make == AUTAN_MAKE_FRACTION)
            add_shares(b, &item->set[cover], count, item->in_block);
        if (item->within)
            add_shares(b, &item->within[cover], count, item->within_block);
    }
}

static bool has_weight(const autan_weights *set)
{
    for (int kind = 1; kind < 256; kind++) {
        if (set->weight[kind] > 0.0)
            return true;
    }
    return false;
}

/* Items of one cover's heights or patches. */
static void make_item(const block *b, const ground_item *item, size_t cover)
{
    const autan_weights *set = &item->set[cover];
    const double step = b->g->frame.step;
    double *value = b->value + (size_t)item->in_block * n_cells(b);
    switch (item->recipe.make) {
    case AUTAN_MAKE_HEIGHT:
        autan_mean_height(&b->canvas, cover, set, &b->cells, value);
        break;
    case AUTAN_MAKE_FRONTAL:
        autan_frontal_area(&b->canvas, cover, set, &b->cells, step, value);
        break;
    case AUTAN_MAKE_SKY_VIEW:
        autan_sky_view(&b->canvas, cover, set, &b->cells, step, SKY_REACH_M, value);
        break;
    case AUTAN_MAKE_DISTANCE:
        autan_mask_squares(&b->canvas, cover, set, &b->cells, b->g->mask_side,
                           b->mask + (size_t)item->in_block * n_squares(b));
        break;
    default:
        break;
    }
}

static autan_status add_amounts(const block *b, const ground_item *item,
                                autan_error *err)
{
    const double step = b->g->frame.step, cell = b->g->city.grid.resolution;
    double *value = b->value + (size_t)item->in_block * n_cells(b);
    for (size_t t = 0; t < item->recipe.n_terms; t++) {
        double *amount = calloc(n_cells(b), sizeof *amount);
        if (!amount || autan_add_amounts(
                           b->scanner, b->marks.n, b->marks.item, item->amount_rule[t],
                           &b->window, b->cells.samples, step * step, b->cells.cells_x,
                           b->cells.cells_y, amount) != AUTAN_OK) {
            free(amount);
            return no_memory(err);
        }
        for (size_t c = 0; c < n_cells(b); c++)
            value[c] += item->recipe.term[t].weight * amount[c] / (cell * cell / 1e4);
        free(amount);
    }
    return AUTAN_OK;
}

static autan_status make_values(block *b, autan_error *err)
{
    const ground *g = b->g;
    uint32_t *count = malloc(n_cells(b) * 256 * sizeof *count);
    autan_status status = AUTAN_OK;
    b->value = calloc(g->n_values * n_cells(b) + 1, sizeof *b->value);
    b->mask = calloc(g->n_masks * n_squares(b) + 1, 1);
    if (!count || !b->value || !b->mask)
        status = no_memory(err);
    for (size_t cover = 0; status == AUTAN_OK && cover < g->n_covers; cover++) {
        autan_count_kinds(&b->canvas, cover, &b->cells, count);
        add_fractions(b, cover, count);
        for (size_t k = 0; k < g->n_items; k++) {
            if (g->item[k].set && has_weight(&g->item[k].set[cover]))
                make_item(b, &g->item[k], cover);
        }
    }
    for (size_t k = 0; status == AUTAN_OK && k < g->n_items; k++) {
        if (g->item[k].amount_rule)
            status = add_amounts(b, &g->item[k], err);
    }
    free(count);
    return status;
}

static char *block_path(const ground *g, size_t number)
{
    return g_strdup_printf("%s/%zu.block", g->work, number);
}

static autan_status write_block(const block *b, const char *path, autan_error *err)
{
    autan_outfile *out = NULL;
    autan_status status = autan_outfile_open(path, &out, err);
    if (status != AUTAN_OK)
        return status;
    status = autan_outfile_write(out, b->value,
                                 b->g->n_values * n_cells(b) * sizeof *b->value, err);
    if (status == AUTAN_OK)
        status = autan_outfile_write(out, b->mask, b->g->n_masks * n_squares(b), err);
    if (status == AUTAN_OK)
        return autan_outfile_commit(out, err);
    autan_outfile_abandon(out);
    return status;
}

/* Pixels beyond a block's own that its covariates look at. */
static int32_t margin_of(const ground *g)
{
    int32_t margin = 0;
    for (size_t k = 0; k < g->n_items; k++) {
        if (g->item[k].recipe.make == AUTAN_MAKE_FRONTAL)
            margin = MAX(margin, 1);
        if (g->item[k].recipe.make == AUTAN_MAKE_SKY_VIEW)
            margin = MAX(margin, (int32_t)ceil(SKY_REACH_M / g->frame.step) + 1);
    }
    return margin;
}

static autan_status make_block(const ground *g, size_t number, autan_error *err)
{
    const int32_t margin = margin_of(g);
    char *path = block_path(g, number);
    block b = {.g = g, .scanner = autan_scanner_new()};
    size_t first[2], count[2];
    autan_window window;
    autan_status status = AUTAN_OK;
    if (!autan_frame_cells(&g->frame, number, first, count) ||
        g_file_test(path, G_FILE_TEST_EXISTS))
        goto cleanup;
    b.window = window = autan_frame_block(&g->frame, number);
    b.cells = (autan_cells){(size_t)margin, (size_t)margin, g->frame.samples, count[0],
                            count[1]};
    window.column -= margin;
    window.row -= margin;
    window.nx = (int32_t)(count[0] * g->frame.samples) + 2 * margin;
    window.ny = (int32_t)(count[1] * g->frame.samples) + 2 * margin;
    status = b.scanner ? paint(g, &window, b.scanner, &b.canvas, &b.marks, err)
                       : no_memory(err);
    if (status == AUTAN_OK)
        status = make_values(&b, err);
    if (status == AUTAN_OK)
        status = write_block(&b, path, err);

cleanup:
    autan_canvas_clear(&b.canvas);
    autan_spooled_list_clear(&b.marks);
    autan_scanner_free(b.scanner);
    free(b.value);
    free(b.mask);
    g_free(path);
    return status;
}

static autan_status make_blocks(const ground *g, autan_error *err)
{
    const size_t n = g->frame.blocks_x * g->frame.blocks_y;
    autan_status status = AUTAN_OK;
    size_t done = 0;
    if (g->n_values + g->n_masks == 0)
        return AUTAN_OK;
#pragma omp parallel for schedule(dynamic)
    for (size_t k = 0; k < n; k++) {
        autan_error why = {0};
        autan_status mine, so_far;
#pragma omp atomic read
        so_far = status;
        mine = so_far == AUTAN_OK ? make_block(g, k, &why) : AUTAN_OK;
#pragma omp critical
        {
            if (mine != AUTAN_OK && status == AUTAN_OK) {
                if (err)
                    *err = why;
                status = mine;
            }
            message_progress("blocks", ++done, n);
        }
    }
    return status;
}

/* Planes. */

/* What all blocks hold under one number: values (size 8) or masks (size 1), as a plane
 * of across x across parts a cell. */
static autan_status collect(const ground *g, size_t before, size_t size, size_t across,
                            void *plane, autan_error *err)
{
    const size_t nx = g->city.grid.nx * across;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < g->frame.blocks_x * g->frame.blocks_y;
         k++) {
        size_t first[2], count[2], cells;
        char *path, *bytes = NULL;
        gsize length = 0;
        if (!autan_frame_cells(&g->frame, k, first, count))
            continue;
        cells = count[0] * count[1];
        path = block_path(g, k);
        if (!g_file_get_contents(path, &bytes, &length, NULL) ||
            length < (before + size * across * across) * cells)
            status = autan_fail(err, AUTAN_IO, "%s: cannot be read again", path);
        for (size_t y = 0; status == AUTAN_OK && y < count[1] * across; y++) {
            size_t at = (first[1] * across + y) * nx + first[0] * across;
            memcpy((char *)plane + at * size,
                   bytes + before * cells + y * count[0] * across * size,
                   count[0] * across * size);
        }
        g_free(bytes);
        g_free(path);
    }
    return status;
}

static autan_status make_distance(const ground *g, const ground_item *item,
                                  double *value, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    const size_t across = g->frame.samples / g->mask_side;
    const size_t nx = grid->nx * across, ny = grid->ny * across;
    const double square_m = g->frame.step * (double)g->mask_side;
    const double smallest = item->recipe.n_numbers
                                ? item->recipe.number[0] * 1e4 / (square_m * square_m)
                                : 0.0;
    uint8_t *mask = malloc(nx * ny);
    float *distance = malloc(nx * ny * sizeof *distance);
    size_t kept = 1;
    /* Masks follow all values of a block: n_values * 8 bytes a cell. */
    autan_status status = mask && distance
                              ? collect(g,
                                        g->n_values * sizeof(double) +
                                            (size_t)item->in_block * across * across,
                                        1, across, mask, err)
                              : no_memory(err);
    if (status == AUTAN_OK && smallest > 1.0 &&
        autan_keep_patches(mask, nx, ny, (size_t)ceil(smallest), &kept) != AUTAN_OK)
        status = no_memory(err);
    if (status == AUTAN_OK && autan_distance(mask, nx, ny, distance) != AUTAN_OK)
        status = no_memory(err);
    for (size_t c = 0; status == AUTAN_OK && c < grid->nx * grid->ny; c++) {
        const float *corner =
            distance + (c / grid->nx * across) * nx + c % grid->nx * across;
        double sum = 0.0;
        for (size_t i = 0; i < across * across; i++)
            sum += (double)corner[i / across * nx + i % across];
        value[c] = isfinite(sum) ? sum / (double)(across * across) * square_m : NAN;
    }
    if (status == AUTAN_OK && (kept == 0 || isnan(value[0])))
        status =
            autan_fail(err, AUTAN_NO_DATA,
                       "covariate %s: no patch of %g ha or more lies in the extent, so "
                       "that there is no distance to it",
                       item->covariate->name,
                       item->recipe.n_numbers ? item->recipe.number[0] : 0.0);
    free(mask);
    free(distance);
    return status;
}

static autan_status make_distance_to(const ground *g, const ground_item *item,
                                     double *value, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    autan_station place = {.id = (char *)item->covariate->name,
                           .longitude = item->recipe.number[0],
                           .latitude = item->recipe.number[1]};
    autan_station_table one = {.n = 1, .station = &place};
    autan_status status = autan_project_stations(g->city.crs, &one, err);
    for (size_t c = 0; status == AUTAN_OK && c < grid->nx * grid->ny; c++)
        value[c] = hypot(autan_grid_x(grid, c % grid->nx) - place.x,
                         autan_grid_y(grid, c / grid->nx) - place.y);
    return status;
}

static autan_status read_input(const ground *g, long number, double radius_m,
                               double *value, autan_error *err)
{
    const autan_city_covariate *c = &g->city.covariate[number];
    autan_raster *raster = NULL;
    autan_status status = autan_raster_open(c->name, c->file, radius_m, g->city.crs,
                                            &g->city.grid, &raster, err);
    if (status == AUTAN_OK)
        status = autan_raster_read_rows(raster, 0, g->city.grid.ny, value, err);
    autan_raster_close(raster);
    return status;
}

/* The zones of some rows; input is held for them. */
static autan_status guess_rows(autan_raster *const *raster, size_t n, size_t nx,
                               size_t row, size_t rows, double *input, double *value,
                               autan_error *err)
{
    const size_t cells = rows * nx;
    autan_status status = AUTAN_OK;
    for (size_t t = 0; status == AUTAN_OK && t < n; t++)
        status = autan_raster_read_rows(raster[t], row, rows, input + t * cells, err);
    for (size_t c = 0; status == AUTAN_OK && c < cells; c++) {
        const autan_ground_shares shares = {
            input[c],
            input[cells + c],
            input[2 * cells + c],
            input[3 * cells + c],
            input[4 * cells + c],
            n > 5 ? input[5 * cells + c] : NAN,
        };
        value[row * nx + c] = autan_lcz_guess(&shares);
    }
    return status;
}

static autan_status guess_zones(const ground *g, const ground_item *item, double *value,
                                autan_error *err)
{
    enum { ROWS = 64 };
    const autan_grid *grid = &g->city.grid;
    const size_t n = item->recipe.n_terms;
    autan_raster *raster[AUTAN_RECIPE_TERMS] = {NULL};
    double *input = malloc(n * ROWS * grid->nx * sizeof *input);
    autan_status status = input ? AUTAN_OK : no_memory(err);
    for (size_t t = 0; status == AUTAN_OK && t < n; t++) {
        const autan_city_covariate *c = &g->city.covariate[item->input[t]];
        status = autan_raster_open(c->name, c->file, c->radius_m, g->city.crs, grid,
                                   &raster[t], err);
    }
    for (size_t row = 0; status == AUTAN_OK && row < grid->ny; row += ROWS)
        status = guess_rows(raster, n, grid->nx, row, MIN(ROWS, grid->ny - row), input,
                            value, err);
    for (size_t t = 0; t < n; t++)
        autan_raster_close(raster[t]);
    free(input);
    return status;
}

/* Items made of other covariates. */
static autan_status make_derived(const ground *g, const ground_item *item,
                                 double *value, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    const double number =
        item->recipe.n_numbers ? item->recipe.number[0] : VALLEY_RADIUS_M;
    double *input;
    autan_status status;
    if (item->recipe.make == AUTAN_MAKE_LCZ)
        return guess_zones(g, item, value, err);
    if (item->recipe.make == AUTAN_MAKE_DISC)
        return read_input(g, item->input[0], number, value, err);
    input = malloc(grid->nx * grid->ny * sizeof *input);
    status = input ? read_input(g, item->input[0], 0.0, input, err) : no_memory(err);
    if (status == AUTAN_OK) {
        const double cell = grid->resolution;
        autan_status made = AUTAN_OK;
        if (item->recipe.make == AUTAN_MAKE_SLOPE)
            autan_slope(input, grid->nx, grid->ny, cell, value);
        else if (item->recipe.make == AUTAN_MAKE_POOL)
            autan_pooling(input, grid->nx, grid->ny, cell, number, value);
        else if (item->recipe.make == AUTAN_MAKE_VALLEY)
            made = autan_valley_height(input, grid->nx, grid->ny, cell, number, value);
        else
            made = autan_gauss(input, grid->nx, grid->ny, number / cell, value);
        if (made != AUTAN_OK)
            status = no_memory(err);
    }
    free(input);
    return status;
}

static autan_status make_plane(const ground *g, const ground_item *item, double *value,
                               autan_error *err)
{
    switch (item->method->names) {
    case AUTAN_OF_VECTORS:
    case AUTAN_OF_AMOUNTS:
        if (item->recipe.make == AUTAN_MAKE_DISTANCE)
            return make_distance(g, item, value, err);
        return collect(g, (size_t)item->in_block * sizeof(double), sizeof(double), 1,
                       value, err);
    case AUTAN_OF_RASTER:
        return autan_imagery_cells(item->imagery, &g->city.grid, value, err);
    case AUTAN_OF_COVARIATES:
        return make_derived(g, item, value, err);
    case AUTAN_OF_NOTHING:
        return make_distance_to(g, item, value, err);
    }
    return AUTAN_OK;
}

/* Empties the cells that lie mostly outside of what the sources cover. */
static autan_status cut_plane(const ground *g, const ground_item *item, double *value,
                              autan_error *err)
{
    const size_t cells = g->city.grid.nx * g->city.grid.ny;
    double *known;
    autan_status status;
    if (!item->within)
        return AUTAN_OK;
    known = malloc(cells * sizeof *known);
    status = known ? collect(g, (size_t)item->within_block * sizeof *known,
                             sizeof *known, 1, known, err)
                   : no_memory(err);
    for (size_t c = 0; status == AUTAN_OK && c < cells; c++)
        value[c] = known[c] < 0.5 ? NAN : value[c];
    free(known);
    return status;
}

/* Files. */

static int decimals_of(const ground_item *item, const double *value, size_t n)
{
    if (item->method->decimals >= 0)
        return item->method->decimals;
    for (size_t c = 0; c < n; c++) {
        if (fabs(value[c]) > 50.0)
            return 1;
    }
    return 3;
}

static autan_status check_range(const ground_item *item, double value, autan_error *err)
{
    const double slack = 1e-9;
    if (isnan(value) ||
        (value >= item->method->low - slack && value <= item->method->high + slack))
        return AUTAN_OK;
    return autan_fail(
        err, AUTAN_OUT_OF_DOMAIN,
        "covariate %s: a cell is %g, expected %g to %g: do the weights of \"%s\" "
        "sum to more than 1?",
        item->covariate->name, value, item->method->low, item->method->high,
        item->covariate->make);
}

static autan_status write_plane(const ground *g, const ground_item *item,
                                const double *value, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    const size_t n = grid->nx * grid->ny;
    const double scale = pow(10.0, decimals_of(item, value, n));
    const autan_city_covariate *c = item->covariate;
    const char *title = c->title ? c->title : item->method->title;
    const char *unit = item->method->unit ? item->method->unit : "";
    char *credits = ground_origin(g, item, "credits"),
         *date = ground_origin(g, item, "date");
    char *licence = ground_origin(g, item, "licence");
    float *rounded = malloc(n * sizeof *rounded);
    char *folder = g_path_get_dirname(c->file), *name = g_path_get_basename(c->file);
    autan_status status = rounded ? AUTAN_OK : no_memory(err);
    autan_geotiff_tag tag[10] = {{"TIFFTAG_SOFTWARE", PACKAGE_STRING},
                                 {"TIFFTAG_DOCUMENTNAME", name},
                                 {"TIFFTAG_IMAGEDESCRIPTION", title},
                                 {"RECIPE", c->make}};
    autan_geotiff map = {.grid = grid,
                         .crs = g->city.crs,
                         .value = rounded,
                         .nodata = -9999.0f,
                         .name = name,
                         .units = unit,
                         .timeless = true,
                         .n_tags = 4,
                         .tag = tag};
    const autan_geotiff_tag origin[] = {{"TIFFTAG_COPYRIGHT", licence},
                                        {"SOURCE", credits},
                                        {"LICENCE", licence},
                                        {"DATE", date}};
    /* The file holds the quantity itself, whatever the radius of the covariate. */
    if (strrchr(name, '.'))
        *strrchr(name, '.') = '\0';
    for (size_t k = 0; k < sizeof origin / sizeof *origin; k++) {
        if (*origin[k].value)
            tag[map.n_tags++] = origin[k];
    }
    for (size_t k = 0; status == AUTAN_OK && k < n; k++) {
        status = check_range(item, value[k], err);
        rounded[k] = (float)(round(value[k] * scale) / scale);
    }
    if (status == AUTAN_OK && g_mkdir_with_parents(folder, 0777) != 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot make the folder", folder);
    if (status == AUTAN_OK)
        status = autan_geotiff_write(c->file, &map, err);
    free(rounded);
    g_free(name);
    g_free(folder);
    g_free(credits);
    g_free(date);
    g_free(licence);
    return status;
}

autan_status ground_make(ground *g, autan_error *err)
{
    double *value = malloc(g->city.grid.nx * g->city.grid.ny * sizeof *value);
    autan_status status = value ? make_blocks(g, err) : no_memory(err);
    for (size_t k = 0; status == AUTAN_OK && k < g->n_items; k++) {
        status = make_plane(g, &g->item[k], value, err);
        if (status == AUTAN_OK)
            status = cut_plane(g, &g->item[k], value, err);
        if (status == AUTAN_OK)
            status = write_plane(g, &g->item[k], value, err);
        message_progress("covariates", k + 1, g->n_items);
    }
    free(value);
    return status;
}

/* Origins. */

static const char *said(const autan_city_layer *l, const char *what)
{
    const char *text = strcmp(what, "credits") == 0   ? l->credits
                       : strcmp(what, "licence") == 0 ? l->licence
                                                      : l->date;
    return text ? text : "";
}

static void add_origin(GString *text, const char *part)
{
    if (*part && !strstr(text->str, part))
        g_string_append_printf(text, "%s%s", text->len ? "; " : "", part);
}

char *ground_origin(const ground *g, const ground_item *item, const char *what)
{
    GString *text = g_string_new(NULL);
    for (size_t t = 0; t < item->recipe.n_terms; t++) {
        long layer = autan_city_find_layer(&g->city, item->recipe.term[t].name);
        if (item->method->names != AUTAN_OF_COVARIATES) {
            add_origin(text, said(&g->city.layer[layer], what));
            continue;
        }
        for (size_t k = 0; k < g->n_items; k++) {
            if (strcmp(g->item[k].covariate->file,
                       g->city.covariate[item->input[t]].file) == 0) {
                char *inner = ground_origin(g, &g->item[k], what);
                add_origin(text, inner);
                g_free(inner);
            }
        }
    }
    return g_string_free(text, FALSE);
}
