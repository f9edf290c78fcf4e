/* The frame of fine pixels that cells are made of.
 *
 * Every cell of the city's grid is samples x samples pixels. The frame reaches beyond
 * the grid on all sides, for footprints of cells at its edge and for stations near it,
 * and is cut in square blocks of whole cells that are worked on one by one: what memory
 * is needed does not depend on the extent. */
#ifndef AUTAN_GROUND_FRAME_H
#define AUTAN_GROUND_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/grid.h"
#include "ground/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    autan_grid grid;
    size_t samples;     /* pixels along a cell */
    double step;        /* side of a pixel, m */
    size_t block_cells; /* along a block */
    size_t margin;      /* blocks beyond the grid on each side */
    double xmin, ymax;  /* upper left corner of the frame, m */
    size_t blocks_x, blocks_y;
} autan_frame;

/* A frame that reaches at least reach_m beyond the grid. samples 0: pixels of about
 * 2.5 m, at least 4 and at most 100 a cell's side. AUTAN_OUT_OF_DOMAIN when it would
 * have more than 2^22 pixels in a row or column. */
autan_status autan_frame_make(const autan_grid *grid, size_t samples, double reach_m,
                              autan_frame *frame);

/* A place (m, city CRS) in subpixels of the frame; 0 when it is farther than a frame's
 * width outside or not finite. */
int autan_frame_locate(const autan_frame *frame, double x, double y, int32_t xy[2]);

/* Pixels of a block, and of a rectangle around a place. */
autan_window autan_frame_block(const autan_frame *frame, size_t block);
autan_window autan_frame_around(const autan_frame *frame, double x, double y,
                                double radius_m);

/* Range of blocks that a rectangle of subpixels touches, cut to the frame: columns
 * range[0] .. range[1] - 1, rows range[2] .. range[3] - 1; 0 when there is none. */
int autan_frame_blocks(const autan_frame *frame, const int32_t low[2],
                       const int32_t high[2], size_t range[4]);

/* The cells of the grid in a block: first column and row, and how many; 0 when it has
 * none. */
int autan_frame_cells(const autan_frame *frame, size_t block, size_t first[2],
                      size_t count[2]);

#ifdef __cplusplus
}
#endif
#endif
