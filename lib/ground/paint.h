/* Painting shapes on a canvas of fine pixels, and what the cells of a canvas hold.
 *
 * On a cover each pixel has one kind, that of the layer painted last: what is seen from
 * above. Painting a pixel twice changes nothing, so that features cut at the edges of
 * tiles, repeated in their margins or overlapping are counted once. */
#ifndef AUTAN_GROUND_PAINT_H
#define AUTAN_GROUND_PAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "ground/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A shape of a source, in subpixels of the frame. */
typedef struct {
    uint32_t rule;       /* what it is part of; the caller's number */
    float value;         /* a height, m; an amount; an amount by m2; NaN: none */
    float width;         /* of lines and points, subpixels */
    autan_window within; /* the shape covers pixels inside of it alone */
    autan_shape shape;
} autan_mark;

/* How the shapes of a rule are painted. */
typedef struct {
    uint8_t cover, kind; /* kind from 1 */
    bool amount;         /* not painted */
} autan_brush;

typedef struct {
    autan_window window;
    size_t n_covers;
    uint8_t **kind; /* n_covers, window.ny x window.nx; 0: nothing painted */
    float **height; /* n_covers, NULL where no heights are wanted; 0: none */
} autan_canvas;

/* An empty canvas; with_height (n_covers) says where heights are wanted.
 * AUTAN_NO_MEMORY. Clear with autan_canvas_clear. */
autan_status autan_canvas_make(const autan_window *window, size_t n_covers,
                               const bool *with_height, autan_canvas *canvas);
void autan_canvas_clear(autan_canvas *canvas);

/* Paints the marks in their order, each with brush[mark.rule]. Of heights painted on a
 * pixel by one kind the largest stays. */
autan_status autan_canvas_paint(autan_canvas *canvas, autan_scanner *scanner, size_t n,
                                const autan_mark *mark, const autan_brush *brush);

/* The pixels of a set: kinds chosen on each cover, each with a weight. A pixel counts
 * with the sum of its covers' weights. */
typedef struct {
    double weight[256];
} autan_weights;

/* Cells of samples x samples pixels: cells_x of them from pixel column, row of the
 * canvas on, cells_y rows of them. */
typedef struct {
    size_t column, row, samples, cells_x, cells_y;
} autan_cells;

/* Counts of each kind in each cell: count[cell * 256 + kind]. */
void autan_count_kinds(const autan_canvas *canvas, size_t cover,
                       const autan_cells *cells, uint32_t *count);

/* Mean height over the pixels of weight above 0, m; 0 where there is none. */
void autan_mean_height(const autan_canvas *canvas, size_t cover,
                       const autan_weights *set, const autan_cells *cells,
                       double *value);

/* Frontal area of the heights by ground area, mean of the winds from north, east, south
 * and west: the steps up that a wind meets. The canvas needs one pixel more to the
 * right and below. Source: Grimmond and Oke, J. Appl. Meteorol. 38 (1999). */
void autan_frontal_area(const autan_canvas *canvas, size_t cover,
                        const autan_weights *set, const autan_cells *cells,
                        double step_m, double *value);

/* Sky view factor of the open ground, mean over every fourth pixel without height: the
 * mean over 16 directions of cos^2 of the horizon's angle, looked up to reach_m. 1
 * where nothing is high; the share of the walls' sky, 0, where no pixel is open. The
 * canvas needs reach_m more on all sides. AUTAN_NO_MEMORY. Source: Johnson and Watson,
 * J. Clim. Appl. Meteorol. 23 (1984). */
autan_status autan_sky_view(const autan_canvas *canvas, size_t cover,
                            const autan_weights *set, const autan_cells *cells,
                            double step_m, double reach_m, double *value);

/* Marks the squares of `side` pixels that hold a pixel of the set: mask of
 * (samples cells_y / side) x (samples cells_x / side); side divides samples. */
void autan_mask_squares(const autan_canvas *canvas, size_t cover,
                        const autan_weights *set, const autan_cells *cells, size_t side,
                        uint8_t *mask);

/* Weighted share of the disc around a place of the canvas, in pixels from its upper
 * left corner; all covers count. */
double autan_disc_share(const autan_canvas *canvas, const autan_weights *set,
                        double column, double row, double radius);

/* Adds the amounts of marks to cells (cells_y x cells_x) of the window's pixels: whole
 * at points, by the pixels covered for polygons (pixel_m2 each). window holds the cells
 * from its corner on. */
autan_status autan_add_amounts(autan_scanner *scanner, size_t n, const autan_mark *mark,
                               uint32_t rule, const autan_window *window,
                               size_t samples, double pixel_m2, size_t cells_x,
                               size_t cells_y, double *amount);

#ifdef __cplusplus
}
#endif
#endif
