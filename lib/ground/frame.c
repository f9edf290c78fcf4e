#include "ground/frame.h"

#include <math.h>

enum { BLOCK_PIXELS = 2048, PIXELS_MAX = 1 << 22 };

static const double PIXEL_M = 2.5;

static size_t ceil_divide(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

autan_status autan_frame_make(const autan_grid *grid, size_t samples, double reach_m,
                              autan_frame *frame)
{
    autan_frame f = {.grid = *grid, .samples = samples};
    double block_m;
    if (f.samples == 0)
        f.samples = (size_t)fmin(fmax(ceil(grid->resolution / PIXEL_M), 4.0), 100.0);
    f.step = grid->resolution / (double)f.samples;
    f.block_cells = f.samples < BLOCK_PIXELS ? BLOCK_PIXELS / f.samples : 1;
    block_m = (double)f.block_cells * grid->resolution;
    f.margin = (size_t)ceil(fmax(reach_m, 1.0) / block_m);
    f.xmin = grid->xmin - (double)f.margin * block_m;
    f.ymax = grid->ymax + (double)f.margin * block_m;
    f.blocks_x = ceil_divide(grid->nx, f.block_cells) + 2 * f.margin;
    f.blocks_y = ceil_divide(grid->ny, f.block_cells) + 2 * f.margin;
    if (f.blocks_x * f.block_cells > PIXELS_MAX / f.samples ||
        f.blocks_y * f.block_cells > PIXELS_MAX / f.samples)
        return AUTAN_OUT_OF_DOMAIN;
    *frame = f;
    return AUTAN_OK;
}

int autan_frame_locate(const autan_frame *frame, double x, double y, int32_t xy[2])
{
    const double scale = AUTAN_SUBPIXELS / frame->step;
    const double limit = (double)PIXELS_MAX * AUTAN_SUBPIXELS * 1.9;
    double column = (x - frame->xmin) * scale, row = (frame->ymax - y) * scale;
    if (!(fabs(column) < limit && fabs(row) < limit))
        return 0;
    xy[0] = (int32_t)lround(column);
    xy[1] = (int32_t)lround(row);
    return 1;
}

static int32_t block_pixels(const autan_frame *frame)
{
    return (int32_t)(frame->block_cells * frame->samples);
}

autan_window autan_frame_block(const autan_frame *frame, size_t block)
{
    const int32_t side = block_pixels(frame);
    return (autan_window){(int32_t)(block % frame->blocks_x) * side,
                          (int32_t)(block / frame->blocks_x) * side, side, side};
}

autan_window autan_frame_around(const autan_frame *frame, double x, double y,
                                double radius_m)
{
    autan_window w;
    w.column = (int32_t)floor((x - radius_m - frame->xmin) / frame->step);
    w.row = (int32_t)floor((frame->ymax - y - radius_m) / frame->step);
    w.nx = (int32_t)floor((x + radius_m - frame->xmin) / frame->step) + 1 - w.column;
    w.ny = (int32_t)floor((frame->ymax - y + radius_m) / frame->step) + 1 - w.row;
    return w;
}

int autan_frame_blocks(const autan_frame *frame, const int32_t low[2],
                       const int32_t high[2], size_t range[4])
{
    const double side = (double)block_pixels(frame) * AUTAN_SUBPIXELS;
    const double count[2] = {(double)frame->blocks_x, (double)frame->blocks_y};
    for (int k = 0; k < 2; k++) {
        double first = fmax(floor(low[k] / side), 0.0);
        double end = fmin(floor(high[k] / side) + 1.0, count[k]);
        if (!(first < end))
            return 0;
        range[2 * k] = (size_t)first;
        range[2 * k + 1] = (size_t)end;
    }
    return 1;
}

int autan_frame_cells(const autan_frame *frame, size_t block, size_t first[2],
                      size_t count[2])
{
    const size_t at[2] = {block % frame->blocks_x, block / frame->blocks_x};
    const size_t cells[2] = {frame->grid.nx, frame->grid.ny};
    for (int k = 0; k < 2; k++) {
        if (at[k] < frame->margin)
            return 0;
        first[k] = (at[k] - frame->margin) * frame->block_cells;
        if (first[k] >= cells[k])
            return 0;
        count[k] = cells[k] - first[k] < frame->block_cells ? cells[k] - first[k]
                                                            : frame->block_cells;
    }
    return 1;
}
