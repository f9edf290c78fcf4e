/* A shape without the points that do not matter to a rectangle: an outline of a
 * country, say, has few that matter to a block of a town. */
#ifndef AUTAN_GROUND_CLIP_H
#define AUTAN_GROUND_CLIP_H

#include <stddef.h>
#include <stdint.h>

#include "ground/scan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Leaves points out of a shape such that it covers the same pixels of the rectangle low
 * .. high (x, y in subpixels, grown by half the width of lines and points) as before,
 * to the pixel; outside of it may change. Of lines the segments that may touch the
 * rectangle stay, as parts of their own. part and xy hold the outcome: room for one
 * part more than the shape has points, and for twice as many points as it has. Returns
 * the shape over these, without parts when nothing is left. */
autan_shape autan_clip(const autan_shape *shape, const int32_t low[2],
                       const int32_t high[2], uint32_t *part, int32_t *xy);

#ifdef __cplusplus
}
#endif
#endif
