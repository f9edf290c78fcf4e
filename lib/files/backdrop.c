#include "files/backdrop.h"

#include <cairo.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "files/png.h"

/* Colours below (paper, then by layer in the order they are painted), how much of one a
 * share of 1 gives, and the ink above the maps. */
static const double paper[3] = {246, 244, 239};
static const struct {
    double rgb[3], strength;
    double ink[3], alpha; /* above; 0: not drawn there */
} look[AUTAN_BACKDROP_RELIEF] = {
    [AUTAN_BACKDROP_GRASS] = {{226, 234, 211}, 1.0, {0, 0, 0}, 0.0},
    [AUTAN_BACKDROP_WOOD] = {{198, 216, 184}, 1.0, {0, 0, 0}, 0.0},
    [AUTAN_BACKDROP_BUILT] = {{188, 179, 172}, 1.3, {0, 0, 0}, 0.0},
    [AUTAN_BACKDROP_ROAD] = {{170, 164, 158}, 1.6, {40, 40, 48}, 0.28},
    [AUTAN_BACKDROP_WATER] = {{150, 188, 214}, 1.6, {24, 74, 122}, 0.75},
};

/* Light from the north-west over slopes made this much steeper. */
static const double RELIEF = 6.0, SHADE = 0.10;

static double share(const autan_backdrop *b, int k, size_t cell)
{
    const double value = b->layer[k] ? b->layer[k][cell] : 0.0;
    return isfinite(value) ? fmin(fmax(value * look[k].strength, 0.0), 1.0) : 0.0;
}

static double height(const autan_backdrop *b, size_t r, size_t c)
{
    return b->layer[AUTAN_BACKDROP_RELIEF][r * b->grid->nx + c];
}

/* 1 on flat ground, less on slopes away from the light. */
static double light(const autan_backdrop *b, size_t r, size_t c)
{
    const autan_grid *g = b->grid;
    double across, along, lit;
    if (!b->layer[AUTAN_BACKDROP_RELIEF] || r == 0 || c == 0 || r + 1 == g->ny ||
        c + 1 == g->nx)
        return 1.0;
    across = RELIEF * (height(b, r, c + 1) - height(b, r, c - 1)) / (2 * g->resolution);
    along = RELIEF * (height(b, r - 1, c) - height(b, r + 1, c)) / (2 * g->resolution);
    lit = (across - along) / sqrt(1.0 + across * across + along * along);
    return isfinite(lit) ? 1.0 + SHADE * lit : 1.0;
}

static uint32_t pixel(const double rgb[3], double alpha)
{
    uint32_t value = (uint32_t)lround(255.0 * alpha) << 24;
    for (int k = 0; k < 3; k++)
        value |= (uint32_t)lround(fmin(fmax(rgb[k] * alpha, 0.0), 255.0))
                 << (16 - 8 * k);
    return value;
}

static uint32_t below_pixel(const autan_backdrop *b, size_t r, size_t c)
{
    const size_t cell = r * b->grid->nx + c;
    const double lit = light(b, r, c);
    double rgb[3];
    for (int k = 0; k < 3; k++) {
        rgb[k] = paper[k];
        for (int l = 0; l < AUTAN_BACKDROP_RELIEF; l++)
            rgb[k] += share(b, l, cell) * (look[l].rgb[k] - rgb[k]);
        rgb[k] *= lit;
    }
    return pixel(rgb, 1.0);
}

static uint32_t above_pixel(const autan_backdrop *b, size_t r, size_t c)
{
    const size_t cell = r * b->grid->nx + c;
    int most = 0;
    double alpha = 0.0;
    for (int l = 0; l < AUTAN_BACKDROP_RELIEF; l++) {
        const double own = look[l].alpha * share(b, l, cell);
        if (own > alpha) {
            alpha = own;
            most = l;
        }
    }
    return pixel(look[most].ink, alpha);
}

static autan_status write_picture(const autan_backdrop *b, bool above, const char *path,
                                  autan_error *err)
{
    cairo_surface_t *surface = cairo_image_surface_create(
        CAIRO_FORMAT_ARGB32, (int)b->grid->nx, (int)b->grid->ny);
    autan_status status;
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(surface);
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    }
    cairo_surface_flush(surface);
    for (size_t r = 0; r < b->grid->ny; r++) {
        uint32_t *row =
            (uint32_t *)(void *)(cairo_image_surface_get_data(surface) +
                                 r * (size_t)cairo_image_surface_get_stride(surface));
        for (size_t c = 0; c < b->grid->nx; c++)
            row[c] = above ? above_pixel(b, r, c) : below_pixel(b, r, c);
    }
    cairo_surface_mark_dirty(surface);
    status = autan_png_write(surface, path, err);
    cairo_surface_destroy(surface);
    return status;
}

autan_status autan_backdrop_write(const autan_backdrop *b, const char *below,
                                  const char *above, autan_error *err)
{
    autan_status status = write_picture(b, false, below, err);
    return status == AUTAN_OK ? write_picture(b, true, above, err) : status;
}
