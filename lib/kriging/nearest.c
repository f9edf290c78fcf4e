#include "kriging/nearest.h"

#include <math.h>
#include <stdlib.h>

/* Places of a box on average. */
static const double BOX_PLACES = 4.0;

static size_t clamp(double value, size_t n)
{
    return value <= 0.0 ? 0 : value >= (double)n - 1.0 ? n - 1 : (size_t)value;
}

static size_t box_of(const autan_nearest *t, double x, double y)
{
    return clamp(floor((y - t->y0) / t->side), t->ny) * t->nx +
           clamp(floor((x - t->x0) / t->side), t->nx);
}

autan_status autan_nearest_make(size_t n, const double *x, const double *y,
                                autan_nearest *nearest)
{
    autan_nearest t = {.n = n, .x = x, .y = y, .x0 = HUGE_VAL, .y0 = HUGE_VAL};
    double east = -HUGE_VAL, north = -HUGE_VAL, width, height;
    for (size_t i = 0; i < n; i++) {
        t.x0 = fmin(t.x0, x[i]);
        t.y0 = fmin(t.y0, y[i]);
        east = fmax(east, x[i]);
        north = fmax(north, y[i]);
    }
    width = n ? east - t.x0 : 0.0;
    height = n ? north - t.y0 : 0.0;
    /* Places in a line have boxes in a line. */
    t.side = fmax(sqrt(width * height * BOX_PLACES / ((double)n + 1.0)),
                  fmax(width, height) * BOX_PLACES / ((double)n + 1.0));
    t.side = t.side > 0.0 ? t.side : 1.0;
    t.nx = (size_t)(width / t.side) + 1;
    t.ny = (size_t)(height / t.side) + 1;
    t.first = calloc(t.nx * t.ny + 1, sizeof *t.first);
    t.place = malloc((n + 1) * sizeof *t.place);
    if (!t.first || !t.place) {
        autan_nearest_clear(&t);
        return AUTAN_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++)
        t.first[box_of(&t, x[i], y[i]) + 1]++;
    for (size_t b = 0; b < t.nx * t.ny; b++)
        t.first[b + 1] += t.first[b];
    /* Filled from behind, so that starts end where they belong. */
    for (size_t i = n; i-- > 0;) {
        const size_t b = box_of(&t, x[i], y[i]);
        t.place[--t.first[b + 1]] = i;
    }
    for (size_t b = 0; b < t.nx * t.ny; b++)
        t.first[b] = t.first[b + 1];
    t.first[t.nx * t.ny] = n;
    *nearest = t;
    return AUTAN_OK;
}

void autan_nearest_clear(autan_nearest *nearest)
{
    free(nearest->first);
    free(nearest->place);
    *nearest = (autan_nearest){0};
}

typedef struct {
    double x, y;
    size_t k, below, but, n;
    size_t *found;
    double *square;
} query;

static void consider(const autan_nearest *t, size_t i, query *q)
{
    const double dx = t->x[i] - q->x, dy = t->y[i] - q->y, s = dx * dx + dy * dy;
    size_t at;
    if (i >= q->below || i == q->but ||
        (q->n == q->k && (s > q->square[q->n - 1] ||
                          (s == q->square[q->n - 1] && i > q->found[q->n - 1]))))
        return;
    at = q->n < q->k ? q->n++ : q->n - 1;
    while (at > 0 && (q->square[at - 1] > s ||
                      (q->square[at - 1] == s && q->found[at - 1] > i))) {
        q->square[at] = q->square[at - 1];
        q->found[at] = q->found[at - 1];
        at--;
    }
    q->square[at] = s;
    q->found[at] = i;
}

static void look_into(const autan_nearest *t, long bx, long by, query *q)
{
    if (bx < 0 || by < 0 || bx >= (long)t->nx || by >= (long)t->ny)
        return;
    const size_t b = (size_t)by * t->nx + (size_t)bx;
    for (size_t k = t->first[b]; k < t->first[b + 1]; k++)
        consider(t, t->place[k], q);
}

size_t autan_nearest_find(const autan_nearest *nearest, double x, double y, size_t k,
                          size_t below, size_t but, size_t *found, double *square)
{
    const autan_nearest *t = nearest;
    const long bx = (long)clamp(floor((x - t->x0) / t->side), t->nx);
    const long by = (long)clamp(floor((y - t->y0) / t->side), t->ny);
    /* A point beyond the boxes is further from what the rings leave out. */
    const long rings = (long)(t->nx > t->ny ? t->nx : t->ny);
    query q = {x, y, k, below, but, 0, found, square};
    for (long r = 0; k > 0 && r <= rings; r++) {
        const double reached = ((double)r - 1.0) * t->side;
        if (q.n == k && reached > 0.0 && square[k - 1] < reached * reached)
            break;
        for (long i = bx - r; i <= bx + r; i++) {
            look_into(t, i, by - r, &q);
            if (r > 0)
                look_into(t, i, by + r, &q);
        }
        for (long j = by - r + 1; j < by + r; j++) {
            look_into(t, bx - r, j, &q);
            look_into(t, bx + r, j, &q);
        }
    }
    return q.n;
}
