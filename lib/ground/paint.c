#include "ground/paint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

autan_status autan_canvas_make(const autan_window *window, size_t n_covers,
                               const bool *with_height, autan_canvas *canvas)
{
    const size_t pixels = (size_t)window->nx * (size_t)window->ny;
    autan_canvas made = {*window, n_covers, calloc(n_covers + 1, sizeof *made.kind),
                         calloc(n_covers + 1, sizeof *made.height)};
    bool good = made.kind && made.height;
    for (size_t c = 0; good && c < n_covers; c++) {
        made.kind[c] = calloc(pixels + 1, 1);
        made.height[c] = with_height[c] ? calloc(pixels + 1, sizeof(float)) : NULL;
        good = made.kind[c] && (made.height[c] || !with_height[c]);
    }
    if (!good) {
        autan_canvas_clear(&made);
        return AUTAN_NO_MEMORY;
    }
    *canvas = made;
    return AUTAN_OK;
}

void autan_canvas_clear(autan_canvas *canvas)
{
    for (size_t c = 0; c < canvas->n_covers; c++) {
        if (canvas->kind)
            free(canvas->kind[c]);
        if (canvas->height)
            free(canvas->height[c]);
    }
    free(canvas->kind);
    free(canvas->height);
    *canvas = (autan_canvas){0};
}

/* The pixels that a mark has in a window; none: nx or ny is 0 or less. */
static autan_window part_of(const autan_mark *mark, const autan_window *window)
{
    const autan_window *w = &mark->within;
    const int32_t column = w->column > window->column ? w->column : window->column;
    const int32_t row = w->row > window->row ? w->row : window->row;
    const int32_t right = w->column + w->nx < window->column + window->nx
                              ? w->column + w->nx
                              : window->column + window->nx;
    const int32_t bottom = w->row + w->ny < window->row + window->ny
                               ? w->row + w->ny
                               : window->row + window->ny;
    return (autan_window){column, row, right - column, bottom - row};
}

/* The brush at work; its pixels are counted from the corner of the mark's part. */
typedef struct {
    uint8_t *kinds;
    float *heights;
    size_t nx;
    uint8_t kind;
    float value;
} stroke;

static void paint_span(void *user, size_t row, size_t first, size_t end)
{
    const stroke *s = user;
    uint8_t *kinds = s->kinds + row * s->nx;
    if (s->heights) {
        float *heights = s->heights + row * s->nx;
        for (size_t i = first; i < end; i++)
            heights[i] =
                kinds[i] == s->kind && heights[i] > s->value ? heights[i] : s->value;
    }
    memset(kinds + first, s->kind, end - first);
}

autan_status autan_canvas_paint(autan_canvas *canvas, autan_scanner *scanner, size_t n,
                                const autan_mark *mark, const autan_brush *brush)
{
    autan_status status = AUTAN_OK;
    for (size_t i = 0; status == AUTAN_OK && i < n; i++) {
        const autan_brush *b = &brush[mark[i].rule];
        const autan_window part = part_of(&mark[i], &canvas->window);
        if (b->amount || part.nx <= 0 || part.ny <= 0)
            continue;
        const size_t nx = (size_t)canvas->window.nx;
        const size_t corner = (size_t)(part.row - canvas->window.row) * nx +
                              (size_t)(part.column - canvas->window.column);
        float *height = canvas->height[b->cover];
        stroke s = {canvas->kind[b->cover] + corner, height ? height + corner : NULL,
                    nx, b->kind, isnan(mark[i].value) ? 0.0f : mark[i].value};
        status = autan_scan(scanner, &mark[i].shape, (double)mark[i].width, &part,
                            paint_span, &s);
    }
    return status;
}

void autan_count_kinds(const autan_canvas *canvas, size_t cover,
                       const autan_cells *cells, uint32_t *count)
{
    const size_t n = cells->samples;
    memset(count, 0, cells->cells_x * cells->cells_y * 256 * sizeof *count);
    for (size_t y = 0; y < cells->cells_y * n; y++) {
        const uint8_t *kind = canvas->kind[cover] +
                              (cells->row + y) * (size_t)canvas->window.nx +
                              cells->column;
        uint32_t *at = count + y / n * cells->cells_x * 256;
        for (size_t c = 0; c < cells->cells_x; c++, at += 256, kind += n) {
            for (size_t i = 0; i < n; i++)
                at[kind[i]]++;
        }
    }
}

/* Height of a pixel where it is in the set. */
static double height_at(const autan_canvas *canvas, size_t cover,
                        const autan_weights *set, size_t column, size_t row)
{
    const size_t at = row * (size_t)canvas->window.nx + column;
    return set->weight[canvas->kind[cover][at]] > 0.0
               ? (double)canvas->height[cover][at]
               : 0.0;
}

void autan_mean_height(const autan_canvas *canvas, size_t cover,
                       const autan_weights *set, const autan_cells *cells,
                       double *value)
{
    const size_t n = cells->samples;
    for (size_t c = 0; c < cells->cells_x * cells->cells_y; c++) {
        const size_t row = cells->row + c / cells->cells_x * n;
        const size_t column = cells->column + c % cells->cells_x * n;
        double sum = 0.0;
        size_t count = 0;
        for (size_t y = row; y < row + n; y++) {
            for (size_t x = column; x < column + n; x++) {
                size_t at = y * (size_t)canvas->window.nx + x;
                if (set->weight[canvas->kind[cover][at]] > 0.0) {
                    sum += (double)canvas->height[cover][at];
                    count++;
                }
            }
        }
        value[c] = count ? sum / (double)count : 0.0;
    }
}

void autan_frontal_area(const autan_canvas *canvas, size_t cover,
                        const autan_weights *set, const autan_cells *cells,
                        double step_m, double *value)
{
    const size_t n = cells->samples;
    for (size_t c = 0; c < cells->cells_x * cells->cells_y; c++) {
        const size_t row = cells->row + c / cells->cells_x * n;
        const size_t column = cells->column + c % cells->cells_x * n;
        double steps = 0.0;
        for (size_t y = row; y < row + n; y++) {
            for (size_t x = column; x < column + n; x++) {
                double here = height_at(canvas, cover, set, x, y);
                steps += fabs(height_at(canvas, cover, set, x + 1, y) - here);
                steps += fabs(height_at(canvas, cover, set, x, y + 1) - here);
            }
        }
        /* Each step is a wall, one pixel wide, that one of the four winds meets. */
        value[c] = steps / 4.0 / ((double)(n * n) * step_m);
    }
}

enum { DIRECTIONS = 16, EVERY = 4 };

/* cos^2 of the horizon seen from a pixel, mean over the directions. */
static double sky_of_pixel(const autan_canvas *canvas, size_t cover,
                           const autan_weights *set, double column, double row,
                           double step_m, double reach_m)
{
    double sum = 0.0;
    for (int d = 0; d < DIRECTIONS; d++) {
        const double angle = 2.0 * M_PI * (d + 0.5) / DIRECTIONS;
        const double dx = cos(angle), dy = sin(angle);
        double steepest = 0.0;
        for (double far = 1.0; far * step_m <= reach_m; far += 1.0) {
            double h = height_at(canvas, cover, set, (size_t)(column + far * dx),
                                 (size_t)(row + far * dy));
            steepest = fmax(steepest, h / (far * step_m));
        }
        sum += 1.0 / (1.0 + steepest * steepest);
    }
    return sum / DIRECTIONS;
}

/* Adds or takes away the high pixels of a row, column by column, on all of the canvas.
 */
static void count_high(const autan_canvas *canvas, size_t cover,
                       const autan_weights *set, size_t row, uint32_t sign,
                       uint32_t *count)
{
    for (size_t x = 0; x < (size_t)canvas->window.nx; x++)
        count[x] += height_at(canvas, cover, set, x, row) > 0.0 ? sign : 0;
}

/* Whether anything is high in some columns, of those rows that are counted. */
static bool any_high(const uint32_t *count, size_t first, size_t end)
{
    uint32_t sum = 0;
    for (size_t x = first; x < end; x++)
        sum |= count[x];
    return sum != 0;
}

/* Mean of the sky over the open pixels of a cell. */
static double sky_of_cell(const autan_canvas *canvas, size_t cover,
                          const autan_weights *set, size_t column, size_t row, size_t n,
                          double step_m, double reach_m)
{
    double sum = 0.0;
    size_t open = 0;
    for (size_t y = row; y < row + n; y += EVERY) {
        for (size_t x = column; x < column + n; x += EVERY) {
            if (height_at(canvas, cover, set, x, y) > 0.0)
                continue;
            sum += sky_of_pixel(canvas, cover, set, (double)x + 0.5, (double)y + 0.5,
                                step_m, reach_m);
            open++;
        }
    }
    return open ? sum / (double)open : 0.0;
}

autan_status autan_sky_view(const autan_canvas *canvas, size_t cover,
                            const autan_weights *set, const autan_cells *cells,
                            double step_m, double reach_m, double *value)
{
    const size_t n = cells->samples, margin = (size_t)ceil(reach_m / step_m);
    const size_t nx = (size_t)canvas->window.nx, ny = (size_t)canvas->window.ny;
    uint32_t *count = calloc(nx + 1, sizeof *count); /* of rows top to bottom - 1 */
    size_t top = 0, bottom = 0;
    if (!count)
        return AUTAN_NO_MEMORY;
    for (size_t j = 0; j < cells->cells_y; j++) {
        const size_t row = cells->row + j * n;
        for (; bottom < row + n + margin && bottom < ny; bottom++)
            count_high(canvas, cover, set, bottom, 1, count);
        for (; top + margin < row; top++)
            count_high(canvas, cover, set, top, UINT32_MAX, count);
        for (size_t i = 0; i < cells->cells_x; i++) {
            const size_t column = cells->column + i * n, end = column + n + margin;
            const bool high = any_high(count, column > margin ? column - margin : 0,
                                       end < nx ? end : nx);
            value[j * cells->cells_x + i] =
                high ? sky_of_cell(canvas, cover, set, column, row, n, step_m, reach_m)
                     : 1.0;
        }
    }
    free(count);
    return AUTAN_OK;
}

void autan_mask_squares(const autan_canvas *canvas, size_t cover,
                        const autan_weights *set, const autan_cells *cells, size_t side,
                        uint8_t *mask)
{
    const size_t nx = cells->cells_x * cells->samples,
                 ny = cells->cells_y * cells->samples;
    for (size_t y = 0; y < ny; y++) {
        const uint8_t *kind = canvas->kind[cover] +
                              (cells->row + y) * (size_t)canvas->window.nx +
                              cells->column;
        uint8_t *row = mask + y / side * (nx / side);
        for (size_t x = 0; x < nx; x++) {
            if (set->weight[kind[x]] > 0.0)
                row[x / side] = 1;
        }
    }
}

double autan_disc_share(const autan_canvas *canvas, const autan_weights *set,
                        double column, double row, double radius)
{
    double sum = 0.0;
    size_t count = 0;
    for (int32_t y = 0; y < canvas->window.ny; y++) {
        for (int32_t x = 0; x < canvas->window.nx; x++) {
            const double dx = x + 0.5 - column, dy = y + 0.5 - row;
            size_t at = (size_t)y * (size_t)canvas->window.nx + (size_t)x;
            if (dx * dx + dy * dy > radius * radius)
                continue;
            for (size_t c = 0; c < canvas->n_covers; c++)
                sum += set[c].weight[canvas->kind[c][at]];
            count++;
        }
    }
    return count ? sum / (double)count : NAN;
}

/* Amounts being added; pixels are counted from column, row of the cells on. */
typedef struct {
    double *amount, by_pixel;
    size_t samples, cells_x, cells_y, column, row;
} adding;

static void add_span(void *user, size_t row, size_t first, size_t end)
{
    const adding *a = user;
    const size_t y = (a->row + row) / a->samples, last = a->column + end;
    for (size_t i = a->column + first;
         y < a->cells_y && i < last && i / a->samples < a->cells_x;) {
        size_t cell = i / a->samples, stop = (cell + 1) * a->samples;
        stop = stop < last ? stop : last;
        a->amount[y * a->cells_x + cell] += a->by_pixel * (double)(stop - i);
        i = stop;
    }
}

/* Whether a place (subpixels) lies in a window. */
static bool lies_in(const autan_window *w, const int32_t *xy)
{
    const double column = floor((double)xy[0] / AUTAN_SUBPIXELS) - w->column;
    const double row = floor((double)xy[1] / AUTAN_SUBPIXELS) - w->row;
    return column >= 0 && column < w->nx && row >= 0 && row < w->ny;
}

/* The amount of each point, whole, in its cell. */
static void add_points(const adding *a, const autan_mark *mark,
                       const autan_window *window)
{
    const double side = (double)a->samples * AUTAN_SUBPIXELS;
    const int32_t *xy = mark->shape.xy;
    for (size_t p = 0; p < mark->shape.n_parts; p++) {
        for (size_t i = 0; i < mark->shape.part[p]; i++, xy += 2) {
            double x = floor((xy[0] - (double)window->column * AUTAN_SUBPIXELS) / side);
            double y = floor((xy[1] - (double)window->row * AUTAN_SUBPIXELS) / side);
            if (lies_in(&mark->within, xy) && x >= 0 && x < (double)a->cells_x &&
                y >= 0 && y < (double)a->cells_y)
                a->amount[(size_t)y * a->cells_x + (size_t)x] += (double)mark->value;
        }
    }
}

autan_status autan_add_amounts(autan_scanner *scanner, size_t n, const autan_mark *mark,
                               uint32_t rule, const autan_window *window,
                               size_t samples, double pixel_m2, size_t cells_x,
                               size_t cells_y, double *amount)
{
    autan_status status = AUTAN_OK;
    for (size_t i = 0; status == AUTAN_OK && i < n; i++) {
        const autan_window part = part_of(&mark[i], window);
        if (mark[i].rule != rule || part.nx <= 0 || part.ny <= 0)
            continue;
        adding a = {amount,
                    (double)mark[i].value * pixel_m2,
                    samples,
                    cells_x,
                    cells_y,
                    (size_t)(part.column - window->column),
                    (size_t)(part.row - window->row)};
        if (mark[i].shape.dimension == AUTAN_POINTS)
            add_points(&a, &mark[i], window);
        else
            status = autan_scan(scanner, &mark[i].shape, 0.0, &part, add_span, &a);
    }
    return status;
}
