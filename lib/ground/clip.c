#include "ground/clip.h"

#include <stdbool.h>
#include <string.h>

/* A clip at work. */
typedef struct {
    const int32_t *low, *high;
    size_t n_parts, n_points; /* so far */
    uint32_t *part;
    int32_t *xy;
} clip;

/* The sides of the rectangle that a point lies beyond; two points that share one have
 * all of their segment beyond it. */
static unsigned sides_of(const clip *c, const int32_t *p)
{
    return (p[0] < c->low[0] ? 1u : 0) | (p[0] > c->high[0] ? 2u : 0) |
           (p[1] < c->low[1] ? 4u : 0) | (p[1] > c->high[1] ? 8u : 0);
}

static void keep(clip *c, const int32_t *point)
{
    memcpy(c->xy + 2 * c->n_points++, point, 2 * sizeof *point);
    c->part[c->n_parts]++;
}

static void start_part(clip *c)
{
    c->part[c->n_parts] = 0;
}

static void end_part(clip *c, size_t least)
{
    if (c->part[c->n_parts] >= least)
        c->n_parts++;
    else
        c->n_points -= c->part[c->n_parts];
}

/* Points all beyond one side are left out between the first and the last of them: a row
 * crosses the edge that stands for them as often, odd or even, as it crossed theirs. */
static void clip_ring(clip *c, size_t n, const int32_t *ring)
{
    unsigned all = 15, run = 0;
    for (size_t i = 0; i < n; i++)
        all &= sides_of(c, ring + 2 * i);
    start_part(c);
    for (size_t i = 0; all == 0 && i < n; i++) {
        const unsigned here = sides_of(c, ring + 2 * i);
        const unsigned next = sides_of(c, ring + 2 * ((i + 1) % n));
        if (i > 0 && (run & here & next) != 0) {
            run &= here;
            continue;
        }
        keep(c, ring + 2 * i);
        run = here;
    }
    end_part(c, 3);
}

static void clip_line(clip *c, size_t n, const int32_t *line)
{
    start_part(c);
    for (size_t i = 0; i + 1 < n; i++) {
        const int32_t *a = line + 2 * i, *b = a + 2;
        if ((sides_of(c, a) & sides_of(c, b)) != 0) {
            end_part(c, 2);
            start_part(c);
            continue;
        }
        if (c->part[c->n_parts] == 0)
            keep(c, a);
        keep(c, b);
    }
    end_part(c, 2);
}

static void clip_points(clip *c, size_t n, const int32_t *points)
{
    start_part(c);
    for (size_t i = 0; i < n; i++) {
        if (sides_of(c, points + 2 * i) == 0)
            keep(c, points + 2 * i);
    }
    end_part(c, 1);
}

autan_shape autan_clip(const autan_shape *shape, const int32_t low[2],
                       const int32_t high[2], uint32_t *part, int32_t *xy)
{
    clip c = {low, high, 0, 0, part, xy};
    const int32_t *from = shape->xy;
    for (size_t p = 0; p < shape->n_parts; from += 2 * shape->part[p++]) {
        const size_t n = shape->part[p];
        if (shape->dimension == AUTAN_POLYGON)
            clip_ring(&c, n, from);
        else if (shape->dimension == AUTAN_LINES && n > 1)
            clip_line(&c, n, from);
        else
            clip_points(&c, n, from);
    }
    return (autan_shape){shape->dimension, c.n_parts, part, xy};
}
