#include "ground/plane.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
} lines;

static void lines_clear(lines *l)
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
                               const autan_rows *distance, lines *l)
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
static autan_status sweep_up(size_t nx, size_t ny, const autan_rows *distance, lines *l)
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
    lines l = {.mask = malloc(nx + 1),
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
    lines_clear(&l);
    return status;
}

/* One pass of a window of weights along lines: stride apart within a line. */
static void weigh(const double *value, const double *known, size_t n, size_t stride,
                  const double *weight, size_t reach, double *sum, double *share)
{
    for (size_t i = 0; i < n; i++) {
        double s = 0.0, w = 0.0;
        size_t first = i > reach ? i - reach : 0,
               end = i + reach + 1 < n ? i + reach + 1 : n;
        for (size_t j = first; j < end; j++) {
            double here = weight[j > i ? j - i : i - j];
            s += here * value[j * stride];
            w += here * known[j * stride];
        }
        sum[i * stride] = s;
        share[i * stride] = w;
    }
}

autan_status autan_gauss(const double *value, size_t nx, size_t ny, double sigma,
                         double *mean)
{
    const size_t n = nx * ny, reach = (size_t)ceil(4.0 * sigma);
    double *weight = malloc((reach + 1) * sizeof *weight);
    double *held = malloc((3 * n + 1) * sizeof *held), total = 0.0;
    double *known = held, *sum = held + n, *share = held + 2 * n;
    if (!weight || !held) {
        free(weight);
        free(held);
        return AUTAN_NO_MEMORY;
    }
    for (size_t i = 0; i <= reach; i++) {
        weight[i] = exp(-0.5 * (double)(i * i) / (sigma * sigma));
        total += i ? 2.0 * weight[i] : weight[i];
    }
    for (size_t k = 0; k < n; k++) {
        known[k] = isfinite(value[k]) ? 1.0 : 0.0;
        mean[k] = isfinite(value[k]) ? value[k] : 0.0;
    }
    for (size_t y = 0; y < ny; y++)
        weigh(mean + y * nx, known + y * nx, nx, 1, weight, reach, sum + y * nx,
              share + y * nx);
    for (size_t x = 0; x < nx; x++)
        weigh(sum + x, share + x, ny, nx, weight, reach, mean + x, known + x);
    for (size_t k = 0; k < n; k++)
        mean[k] = known[k] >= 0.25 * total * total ? mean[k] / known[k] : NAN;
    free(weight);
    free(held);
    return AUTAN_OK;
}

/* Running minimum along a line, by blocks of the window's length (van Herk, Gil,
 * Werman). */
static void lowest_along(const double *in, size_t n, size_t stride, size_t reach,
                         double *line, double *left, double *right, double *out)
{
    const size_t width = 2 * reach + 1, padded = n + 2 * reach;
    for (size_t i = 0; i < padded; i++) {
        double v = i >= reach && i < n + reach ? in[(i - reach) * stride] : INFINITY;
        line[i] = isnan(v) ? INFINITY : v;
    }
    for (size_t i = 0; i < padded; i++)
        left[i] = i % width ? fmin(left[i - 1], line[i]) : line[i];
    for (size_t i = padded; i-- > 0;)
        right[i] = i + 1 == padded || (i + 1) % width == 0
                       ? line[i]
                       : fmin(right[i + 1], line[i]);
    for (size_t i = 0; i < n; i++)
        out[i * stride] = fmin(right[i], left[i + width - 1]);
}

autan_status autan_lowest(const double *value, size_t nx, size_t ny, size_t reach,
                          double *lowest)
{
    const size_t longest = (nx > ny ? nx : ny) + 2 * reach;
    double *held = malloc(3 * longest * sizeof *held);
    if (!held)
        return AUTAN_NO_MEMORY;
    for (size_t y = 0; y < ny; y++)
        lowest_along(value + y * nx, nx, 1, reach, held, held + longest,
                     held + 2 * longest, lowest + y * nx);
    for (size_t x = 0; x < nx; x++)
        lowest_along(lowest + x, ny, nx, reach, held, held + longest,
                     held + 2 * longest, lowest + x);
    for (size_t k = 0; k < nx * ny; k++) {
        if (isinf(lowest[k]))
            lowest[k] = NAN;
    }
    free(held);
    return AUTAN_OK;
}

/* Sums of the windows along a line, by blocks of the window's length as for the
 * minimum. Blocks begin at multiples of that length from the start of the whole, of
 * which the line is a part from `start` on, so that no sum depends on where the line
 * begins. */
static void sum_along(double *values, size_t n, size_t stride, size_t start,
                      size_t reach, double *left, double *right)
{
    const size_t width = 2 * reach + 1;
    for (size_t i = 0; i < n; i++) {
        const double v = values[i * stride];
        left[i] = i > 0 && (start + i) % width != 0 ? left[i - 1] + v : v;
    }
    for (size_t i = n; i-- > 0;) {
        const double v = values[i * stride];
        right[i] = i + 1 < n && (start + i + 1) % width != 0 ? v + right[i + 1] : v;
    }
    for (size_t i = 0; i < n; i++) {
        const size_t first = i > reach ? i - reach : 0;
        const size_t last = i + reach < n ? i + reach : n - 1;
        const bool one = (start + first) / width == (start + last) / width;
        const bool begins = first == 0 || (start + first) % width == 0;
        values[i * stride] = !one     ? right[first] + left[last]
                             : begins ? left[last]
                                      : right[first];
    }
}

autan_status autan_box_mean(const double *value, size_t nx, size_t ny, size_t column,
                            size_t row, size_t reach, double *mean)
{
    const size_t n = nx * ny, longest = nx > ny ? nx : ny;
    double *known = malloc((n + 1) * sizeof *known);
    double *left = malloc((2 * longest + 1) * sizeof *left), *right = left + longest;
    if (!known || !left) {
        free(known);
        free(left);
        return AUTAN_NO_MEMORY;
    }
    for (size_t k = 0; k < n; k++) {
        known[k] = isfinite(value[k]) ? 1.0 : 0.0;
        mean[k] = isfinite(value[k]) ? value[k] : 0.0;
    }
    for (size_t y = 0; y < ny; y++) {
        sum_along(mean + y * nx, nx, 1, column, reach, left, right);
        sum_along(known + y * nx, nx, 1, column, reach, left, right);
    }
    for (size_t x = 0; x < nx; x++) {
        sum_along(mean + x, ny, nx, row, reach, left, right);
        sum_along(known + x, ny, nx, row, reach, left, right);
    }
    for (size_t k = 0; k < n; k++)
        mean[k] = known[k] > 0.5 ? mean[k] / known[k] : NAN;
    free(known);
    free(left);
    return AUTAN_OK;
}
