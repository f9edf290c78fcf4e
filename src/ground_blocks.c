/* The blocks of the frame: what is painted there, and what follows from it for their
 * cells. A block that is made stays in the folder of work. */
#include "config.h"

#include "ground.h"

#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/outfile.h"
#include "message.h"

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
    return ground_no_memory(err);
}

autan_status ground_paint(const ground *g, const autan_window *window,
                          autan_canvas *canvas, autan_spooled_list *marks,
                          autan_error *err)
{
    autan_scanner *scanner = autan_scanner_new();
    autan_status status =
        scanner ? paint(g, window, scanner, canvas, marks, err) : ground_no_memory(err);
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

/* Adds the weighted shares of one cover to a row of cells. */
static void add_shares(const block *b, const autan_weights *set, const uint32_t *count,
                       size_t row, long number)
{
    const size_t nx = b->cells.cells_x;
    const double pixels = (double)(b->cells.samples * b->cells.samples);
    double *value = b->value + (size_t)number * n_cells(b) + row * nx;
    for (int kind = 1; kind < 256; kind++) {
        const double weight = set->weight[kind];
        for (size_t c = 0; weight != 0.0 && c < nx; c++)
            value[c] += weight * count[c * 256 + (size_t)kind] / pixels;
    }
}

/* Fractions of all items on one cover; count is held for a row of cells. */
static void add_fractions(const block *b, size_t cover, uint32_t *count)
{
    autan_cells cells = b->cells;
    cells.cells_y = 1;
    for (size_t row = 0; row < b->cells.cells_y; row++) {
        autan_count_kinds(&b->canvas, cover, &cells, count);
        cells.row += cells.samples;
        for (size_t k = 0; k < b->g->n_items; k++) {
            const ground_item *item = &b->g->item[k];
            if (item->recipe.make == AUTAN_MAKE_FRACTION)
                add_shares(b, &item->set[cover], count, row, item->in_block);
            if (item->within)
                add_shares(b, &item->within[cover], count, row, item->within_block);
        }
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
static autan_status make_item(const block *b, const ground_item *item, size_t cover)
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
        return autan_sky_view(&b->canvas, cover, set, &b->cells, step,
                              GROUND_SKY_REACH_M, value);
    case AUTAN_MAKE_DISTANCE:
        autan_mask_squares(&b->canvas, cover, set, &b->cells, b->g->mask_side,
                           b->mask + (size_t)item->in_block * n_squares(b));
        break;
    default:
        break;
    }
    return AUTAN_OK;
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
            return ground_no_memory(err);
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
    uint32_t *count = malloc(b->cells.cells_x * 256 * sizeof *count);
    autan_status status = AUTAN_OK;
    b->value = calloc(g->n_values * n_cells(b) + 1, sizeof *b->value);
    b->mask = calloc(g->n_masks * n_squares(b) + 1, 1);
    if (!count || !b->value || !b->mask)
        status = ground_no_memory(err);
    for (size_t cover = 0; status == AUTAN_OK && cover < g->n_covers; cover++) {
        add_fractions(b, cover, count);
        for (size_t k = 0; status == AUTAN_OK && k < g->n_items; k++) {
            if (g->item[k].set && has_weight(&g->item[k].set[cover]) &&
                make_item(b, &g->item[k], cover) != AUTAN_OK)
                status = ground_no_memory(err);
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
            margin = MAX(margin, (int32_t)ceil(GROUND_SKY_REACH_M / g->frame.step) + 1);
    }
    return margin;
}

/* A block's cells with the margin that its covariates look at. */
static autan_window window_of(const ground *g, size_t number, const size_t count[2])
{
    const int32_t margin = margin_of(g);
    const autan_window w = autan_frame_block(&g->frame, number);
    return (autan_window){w.column - margin, w.row - margin,
                          (int32_t)(count[0] * g->frame.samples) + 2 * margin,
                          (int32_t)(count[1] * g->frame.samples) + 2 * margin};
}

/* painted: whether there is anything; else no file is made. */
static autan_status make_block(const ground *g, size_t number, bool *painted,
                               autan_error *err)
{
    const size_t margin = (size_t)margin_of(g);
    char *path = block_path(g, number);
    block b = {.g = g,
               .scanner = autan_scanner_new(),
               .window = autan_frame_block(&g->frame, number)};
    size_t first[2], count[2];
    autan_window window;
    autan_status status = AUTAN_OK;
    if (!autan_frame_cells(&g->frame, number, first, count))
        goto cleanup;
    window = window_of(g, number, count);
    *painted = autan_spool_holds(g->spool, &window);
    if (!*painted || g_file_test(path, G_FILE_TEST_EXISTS))
        goto cleanup;
    b.cells = (autan_cells){margin, margin, g->frame.samples, count[0], count[1]};
    status = b.scanner ? paint(g, &window, b.scanner, &b.canvas, &b.marks, err)
                       : ground_no_memory(err);
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

double ground_block_bytes(const ground *g)
{
    const double cells = pow((double)g->frame.block_cells, 2);
    const double across = (double)g->frame.samples / (double)g->mask_side;
    const double side =
        (double)(g->frame.block_cells * g->frame.samples) + 2.0 * (double)margin_of(g);
    double by_pixel = (double)g->n_covers;
    for (size_t c = 0; c < g->n_covers; c++)
        by_pixel += g->cover_heights[c] ? sizeof(float) : 0;
    return side * side * by_pixel + cells * (double)(g->n_values * sizeof(double)) +
           cells * across * across * (double)g->n_masks;
}

int ground_block_threads(const ground *g)
{
    const double at_once = ground_memory(g) / 2.0 / ground_block_bytes(g);
    return (int)fmax(1.0, fmin(at_once, omp_get_max_threads()));
}

autan_status ground_make_blocks(ground *g, autan_error *err)
{
    const size_t n = g->frame.blocks_x * g->frame.blocks_y;
    const int threads = ground_block_threads(g);
    autan_status status = AUTAN_OK;
    size_t done = 0;
    if (g->n_values + g->n_masks == 0)
        return AUTAN_OK;
    g->painted = calloc(n, sizeof *g->painted);
    if (!g->painted)
        return ground_no_memory(err);
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t k = 0; k < n; k++) {
        autan_error why = {0};
        autan_status mine, so_far;
#pragma omp atomic read
        so_far = status;
        mine = so_far == AUTAN_OK ? make_block(g, k, &g->painted[k], &why) : AUTAN_OK;
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

/* Reading blocks again. */

/* What a block holds from byte `at` on. */
static autan_status read_block(const ground *g, size_t number, size_t at, size_t bytes,
                               void *to, autan_error *err)
{
    char *path = block_path(g, number);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const bool good = file >= 0 && pread(file, to, bytes, (off_t)at) == (ssize_t)bytes;
    if (file >= 0)
        close(file);
    if (!good)
        autan_fail(err, AUTAN_IO, "%s: cannot be read again", path);
    g_free(path);
    return good ? AUTAN_OK : AUTAN_IO;
}

/* What one number of the values (size 8) or masks (size 1, after all values) of all
 * blocks is, as a plane of across x across parts a cell. `nothing` is the value where
 * nothing is painted. */
static autan_status collect(const ground *g, bool mask, size_t number, size_t across,
                            double nothing, autan_scratch *plane, autan_error *err)
{
    const size_t size = mask ? 1 : sizeof(double), parts = across * across;
    const size_t before =
        mask ? g->n_values * sizeof(double) + number * parts : number * size;
    const size_t most = g->frame.block_cells * g->frame.block_cells * parts;
    double *held = malloc(most * size + sizeof *held);
    autan_status status = held ? AUTAN_OK : ground_no_memory(err);
    for (size_t k = 0; status == AUTAN_OK && k < g->frame.blocks_x * g->frame.blocks_y;
         k++) {
        size_t first[2], count[2];
        if (!autan_frame_cells(&g->frame, k, first, count))
            continue;
        const size_t cells = count[0] * count[1];
        if (g->painted[k]) {
            status = read_block(g, k, before * cells, size * parts * cells, held, err);
        } else {
            if (mask || nothing == 0.0)
                continue; /* the plane is 0 as it is */
            for (size_t c = 0; c < cells; c++)
                held[c] = nothing;
        }
        if (status == AUTAN_OK)
            status = autan_scratch_write(plane, first[0] * across, first[1] * across,
                                         count[0] * across, count[1] * across, held);
    }
    free(held);
    return status;
}

autan_status ground_collect_values(const ground *g, long number, double nothing,
                                   autan_scratch *plane, autan_error *err)
{
    return collect(g, false, (size_t)number, 1, nothing, plane, err);
}

autan_status ground_collect_mask(const ground *g, long number, autan_scratch *plane,
                                 autan_error *err)
{
    return collect(g, true, (size_t)number, g->frame.samples / g->mask_side, 0.0, plane,
                   err);
}
