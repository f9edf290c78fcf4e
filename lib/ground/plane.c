#include "ground/plane.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "ground/slide.h"

/* Patches, in two sweeps. Downwards, the runs of a row that are joined by rows above it
 * have one label, with the size that the patch has down to there. Where a label does
 * not go on in the row below, its patch is complete. Upwards, such a patch is judged by
 * its size, and any other as the one below that it touches. */

static uint32_t root_of(uint32_t *parent, uint32_t label)
{
    while (parent[label] != label) {
        parent[label] = parent[parent[label]];
        label = parent[label];
    }
    return label;
}

/* The root is the smaller; sizes are counted up to `most`. */
static void join(uint32_t *parent, uint32_t *size, uint32_t most, uint32_t a,
                 uint32_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a == b)
        return;
    if (a > b) {
        const uint32_t other = a;
        a = b;
        b = other;
    }
    parent[b] = a;
    size[a] = size[b] < most - size[a] ? size[a] + size[b] : most;
}

/* What a row's sweep works with. Labels count from 1; 0 is no patch. */
typedef struct {
    size_t nx;
    uint32_t most;           /* sizes from there on are one */
    uint8_t *mask;           /* nx */
    uint32_t *label, *other; /* 2 nx: of this row and of the one beside it, each
                                followed by the sizes of its labels */
    uint32_t *parent,
        *size;      /* 2 nx + 2: labels of the row above, then this row's runs */
    uint32_t *name; /* 2 nx + 2: the labels of roots; then those to be kept */
} sweep;

/* Labels of a row below one with labels `other`. */
static void label_row(sweep *s)
{
    const size_t nx = s->nx;
    const uint32_t above = (uint32_t)(nx + 1);
    uint32_t nodes = above, labels = 0;
    for (uint32_t k = 0; k < above; k++) {
        s->parent[k] = k;
        s->size[k] = k ? s->other[nx + k - 1] : 0;
    }
    for (size_t x = 0; x < nx; x++) {
        s->label[x] = 0;
        if (!s->mask[x])
            continue;
        if (x == 0 || !s->mask[x - 1]) {
            s->parent[nodes] = nodes;
            s->size[nodes++] = 0;
        }
        s->label[x] = nodes - 1;
        const uint32_t root = root_of(s->parent, nodes - 1);
        s->size[root] += s->size[root] < s->most;
        for (size_t i = x ? x - 1 : 0; i <= x + 1 && i < nx; i++) {
            if (s->other[i])
                join(s->parent, s->size, s->most, nodes - 1, s->other[i]);
        }
    }
    memset(s->name, 0, nodes * sizeof *s->name);
    memset(s->label + nx, 0, nx * sizeof *s->label);
    for (size_t x = 0; x < nx; x++) {
        if (!s->label[x])
            continue;
        const uint32_t root = root_of(s->parent, s->label[x]);
        if (!s->name[root]) {
            s->name[root] = ++labels;
            s->label[nx + labels - 1] = s->size[root];
        }
        s->label[x] = s->name[root];
    }
}

/* Keeps or empties the patches of a row; the mask is that of the row below, and becomes
 * its own. Returns how many kept patches end here. */
static size_t judge_row(sweep *s)
{
    enum { OPEN = 0, GOES, STAYS };
    const size_t nx = s->nx;
    size_t ended = 0;
    memset(s->name, OPEN, (nx + 1) * sizeof *s->name);
    for (size_t x = 0; x < nx; x++) {
        for (size_t i = x ? x - 1 : 0; s->label[x] && i <= x + 1 && i < nx; i++) {
            if (s->other[i])
                s->name[s->label[x]] = s->mask[i] ? STAYS : GOES;
        }
    }
    for (size_t x = 0; x < nx; x++) {
        const uint32_t label = s->label[x];
        if (label && s->name[label] == OPEN) {
            const bool large = s->label[nx + label - 1] >= s->most;
            s->name[label] = large ? STAYS : GOES;
            ended += large;
        }
    }
    for (size_t x = 0; x < nx; x++)
        s->mask[x] = s->label[x] && s->name[s->label[x]] == STAYS;
    return ended;
}

static void next_row(sweep *s)
{
    uint32_t *label = s->label;
    s->label = s->other;
    s->other = label;
}

autan_status autan_keep_patches(const autan_rows *mask, size_t nx, size_t ny,
                                size_t smallest, const autan_rows *label, size_t *kept)
{
    const size_t nodes = 2 * nx + 2;
    uint32_t *held = calloc(4 * nx + 3 * nodes, sizeof *held);
    sweep s = {.nx = nx,
               .most = smallest < UINT32_MAX ? (uint32_t)smallest : UINT32_MAX,
               .mask = malloc(nx + 1),
               .label = held,
               .other = held + 2 * nx,
               .parent = held + 4 * nx,
               .size = held + 4 * nx + nodes,
               .name = held + 4 * nx + 2 * nodes};
    autan_status status = held && s.mask ? AUTAN_OK : AUTAN_NO_MEMORY;
    size_t patches = 0;
    for (size_t y = 0; status == AUTAN_OK && y < ny; y++) {
        status = mask->read(mask->user, y, 1, s.mask);
        if (status == AUTAN_OK) {
            label_row(&s);
            status = label->write(label->user, 2 * y, 2, s.label);
        }
        next_row(&s);
    }
    if (held)
        memset(s.other, 0, nx * sizeof *s.other);
    for (size_t y = ny; status == AUTAN_OK && y-- > 0;) {
        status = label->read(label->user, 2 * y, 2, s.label);
        if (status == AUTAN_OK) {
            patches += judge_row(&s);
            status = mask->write(mask->user, y, 1, s.mask);
        }
        next_row(&s);
    }
    free(held);
    free(s.mask);
    if (status == AUTAN_OK)
        *kept = patches;
    return status;
}

/* Lower envelope of the parabolas (q - i)^2 + f[i] along a line. */
static void envelope(size_t n, const float *f, float *d, size_t *place, double *from)
{
    size_t used = 0;
    for (size_t q = 0; q < n; q++) {
        double start = -INFINITY;
        if (isinf(f[q]))
            continue;
        while (used > 0) {
            size_t p = place[used - 1];
            start = ((double)f[q] + (double)q * (double)q - (double)f[p] -
                     (double)p * (double)p) /
                    (2.0 * ((double)q - (double)p));
            if (start > from[used - 1])
                break;
            used--;
            start = -INFINITY;
        }
        place[used] = q;
        from[used++] = start;
    }
    for (size_t q = 0, k = 0; q < n; q++) {
        if (used == 0) {
            d[q] = INFINITY;
            continue;
        }
        while (k + 1 < used && from[k + 1] < (double)q)
            k++;
        d[q] =
            (float)(((double)q - (double)place[k]) * ((double)q - (double)place[k])) +
            f[place[k]];
    }
}

/* What a line's envelope is found with. */
typedef struct {
    uint8_t *mask;
    float *line, *other, *found;
    size_t *place;
    double *from;
} sweep_lines;

static void sweep_lines_clear(sweep_lines *l)
{
    free(l->mask);
    free(l->line);
    free(l->other);
    free(l->found);
    free(l->place);
    free(l->from);
}

/* Distances to the mask in the cell's own column, from above. */
static autan_status sweep_down(const autan_rows *mask, size_t nx, size_t ny,
                               const autan_rows *distance, sweep_lines *l)
{
    autan_status status = AUTAN_OK;
    for (size_t x = 0; x < nx; x++)
        l->line[x] = INFINITY;
    for (size_t y = 0; status == AUTAN_OK && y < ny; y++) {
        status = mask->read(mask->user, y, 1, l->mask);
        for (size_t x = 0; x < nx; x++)
            l->line[x] = l->mask[x] ? 0.0f : l->line[x] + 1.0f;
        if (status == AUTAN_OK)
            status = distance->write(distance->user, y, 1, l->line);
    }
    return status;
}

/* From below too, and then along the row. */
static autan_status sweep_up(size_t nx, size_t ny, const autan_rows *distance,
                             sweep_lines *l)
{
    autan_status status = AUTAN_OK;
    for (size_t x = 0; x < nx; x++)
        l->other[x] = INFINITY;
    for (size_t y = ny; status == AUTAN_OK && y-- > 0;) {
        status = distance->read(distance->user, y, 1, l->line);
        for (size_t x = 0; x < nx; x++) {
            l->other[x] = fminf(l->line[x], l->other[x] + 1.0f);
            l->line[x] = l->other[x] * l->other[x];
        }
        envelope(nx, l->line, l->found, l->place, l->from);
        for (size_t x = 0; x < nx; x++)
            l->found[x] = sqrtf(l->found[x]);
        if (status == AUTAN_OK)
            status = distance->write(distance->user, y, 1, l->found);
    }
    return status;
}

autan_status autan_distance(const autan_rows *mask, size_t nx, size_t ny,
                            const autan_rows *distance)
{
    sweep_lines l = {.mask = malloc(nx + 1),
                     .line = malloc((nx + 1) * sizeof *l.line),
                     .other = malloc((nx + 1) * sizeof *l.other),
                     .found = malloc((nx + 1) * sizeof *l.found),
                     .place = malloc((nx + 1) * sizeof *l.place),
                     .from = malloc((nx + 1) * sizeof *l.from)};
    autan_status status = l.mask && l.line && l.other && l.found && l.place && l.from
                              ? sweep_down(mask, nx, ny, distance, &l)
                              : AUTAN_NO_MEMORY;
    if (status == AUTAN_OK)
        status = sweep_up(nx, ny, distance, &l);
    sweep_lines_clear(&l);
    return status;
}

/* What is taken from squares: along all rows, then along all columns. */

/* Lines held at once, at least. */
enum { LINES_MIN = 64 };

/* Works on some whole rows or columns of a plane, and on the same ones of another. */
typedef struct {
    const autan_boxes *from[2], *to[2]; /* NULL: not read, not written */
    autan_status (*work)(const autan_lines *lines, double *other, const void *with);
    const void *with;
} pass;

static autan_status go_along(const autan_bounds *b, bool columns, const pass *p)
{
    const size_t n = columns ? b->ny : b->nx, lines = columns ? b->nx : b->ny;
    const size_t fit = b->held / 2 / n > LINES_MIN ? b->held / 2 / n : LINES_MIN;
    const size_t at_once = fit < lines ? fit : lines;
    double *held = malloc((2 * at_once * n + 1) * sizeof *held);
    double *part[2] = {held, held + at_once * n};
    autan_status status = held ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t first = 0; status == AUTAN_OK && first < lines; first += at_once) {
        const size_t count = lines - first < at_once ? lines - first : at_once;
        const size_t column = columns ? first : 0, row = columns ? 0 : first;
        const size_t nx = columns ? count : n, ny = columns ? n : count;
        const autan_lines l = columns ? (autan_lines){held, n, count, count, 1}
                                      : (autan_lines){held, n, 1, count, n};
        for (int k = 0; status == AUTAN_OK && k < 2; k++) {
            if (p->from[k])
                status =
                    p->from[k]->read(p->from[k]->user, column, row, nx, ny, part[k]);
        }
        if (status == AUTAN_OK)
            status = p->work(&l, part[1], p->with);
        for (int k = 0; status == AUTAN_OK && k < 2; k++) {
            if (p->to[k])
                status = p->to[k]->write(p->to[k]->user, column, row, nx, ny, part[k]);
        }
    }
    free(held);
    return status;
}

/* A mean over windows: weights (NULL: all 1) and the least that must be known. */
typedef struct {
    const double *weight;
    size_t reach;
    double least;
} footprint;

static autan_status slide_both(const autan_lines *lines, double *other,
                               const footprint *f)
{
    autan_lines known = *lines;
    autan_status status = f->weight ? autan_slide_weights(lines, f->weight, f->reach)
                                    : autan_slide_sum(lines, f->reach);
    known.value = other;
    if (status == AUTAN_OK)
        status = f->weight ? autan_slide_weights(&known, f->weight, f->reach)
                           : autan_slide_sum(&known, f->reach);
    return status;
}

/* Sums of what is known, and how much that is, along the rows. */
static autan_status sum_rows(const autan_lines *lines, double *other, const void *with)
{
    for (size_t k = 0; k < lines->n * lines->lines; k++) {
        other[k] = isfinite(lines->value[k]) ? 1.0 : 0.0;
        lines->value[k] = isfinite(lines->value[k]) ? lines->value[k] : 0.0;
    }
    return slide_both(lines, other, with);
}

/* The mean of both from the sums of the rows. */
static autan_status divide_columns(const autan_lines *lines, double *other,
                                   const void *with)
{
    const footprint *f = with;
    const autan_status status = slide_both(lines, other, f);
    for (size_t k = 0; k < lines->n * lines->lines; k++)
        lines->value[k] = other[k] >= f->least ? lines->value[k] / other[k] : NAN;
    return status;
}

static autan_status mean_over(const autan_boxes *value, const autan_bounds *b,
                              const footprint *f, const autan_boxes *mean)
{
    const pass rows = {{value, NULL}, {mean, b->room}, sum_rows, f};
    const pass columns = {{mean, b->room}, {mean, NULL}, divide_columns, f};
    const autan_status status = go_along(b, false, &rows);
    return status == AUTAN_OK ? go_along(b, true, &columns) : status;
}

autan_status autan_gauss(const autan_boxes *value, const autan_bounds *bounds,
                         double sigma, const autan_boxes *mean)
{
    const size_t reach = (size_t)ceil(4.0 * sigma);
    double *weight = malloc((2 * reach + 1) * sizeof *weight), total = 0.0;
    autan_status status;
    if (!weight)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i <= reach; i++) {
        weight[reach + i] = exp(-0.5 * (double)(i * i) / (sigma * sigma));
        weight[reach - i] = weight[reach + i];
        total += i ? 2.0 * weight[reach + i] : weight[reach];
    }
    status = mean_over(value, bounds, &(footprint){weight, reach, 0.25 * total * total},
                       mean);
    free(weight);
    return status;
}

autan_status autan_box_mean(const autan_boxes *value, const autan_bounds *bounds,
                            size_t reach, const autan_boxes *mean)
{
    return mean_over(value, bounds, &(footprint){NULL, reach, 1.0}, mean);
}

static autan_status find_lowest(const autan_lines *lines, double *other,
                                const void *with)
{
    (void)other;
    return autan_slide_lowest(lines, *(const size_t *)with);
}

autan_status autan_lowest(const autan_boxes *value, const autan_bounds *bounds,
                          size_t reach, const autan_boxes *lowest)
{
    const pass rows = {{value, NULL}, {lowest, NULL}, find_lowest, &reach};
    const pass columns = {{lowest, NULL}, {lowest, NULL}, find_lowest, &reach};
    const autan_status status = go_along(bounds, false, &rows);
    return status == AUTAN_OK ? go_along(bounds, true, &columns) : status;
}
