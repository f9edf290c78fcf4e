#include "ground/scan.h"

#include <math.h>
#include <stdlib.h>

enum { HALF = AUTAN_SUBPIXELS / 2 };

struct autan_scanner {
    size_t rows_capacity, capacity;
    size_t *start;    /* rows + 1: of each row's crossings */
    double *crossing; /* x, in subpixels */
};

/* What one scan carries. */
typedef struct {
    autan_scanner *scanner;
    const autan_window *window;
    autan_span span;
    void *user;
} scan;

autan_scanner *autan_scanner_new(void)
{
    return calloc(1, sizeof(autan_scanner));
}

void autan_scanner_free(autan_scanner *scanner)
{
    if (!scanner)
        return;
    free(scanner->start);
    free(scanner->crossing);
    free(scanner);
}

/* Pixels whose centres lie in [from, to), in subpixels, of `count` after `origin`. */
static void emit(const scan *s, int32_t row, double from, double to)
{
    double first = ceil((from - HALF) / AUTAN_SUBPIXELS) - s->window->column;
    double end = ceil((to - HALF) / AUTAN_SUBPIXELS) - s->window->column;
    if (first < 0)
        first = 0;
    if (end > s->window->nx)
        end = s->window->nx;
    if (first < end)
        s->span(s->user, (size_t)(row - s->window->row), (size_t)first, (size_t)end);
}

/* Rows whose centres lie in [from, to), cut to the window. */
static void rows_between(const scan *s, double from, double to, int32_t *first,
                         int32_t *end)
{
    const autan_window *w = s->window;
    double a = ceil((from - HALF) / AUTAN_SUBPIXELS);
    double b = ceil((to - HALF) / AUTAN_SUBPIXELS);
    *first = a > w->row ? (a < w->row + w->ny ? (int32_t)a : w->row + w->ny) : w->row;
    *end = b > w->row ? (b < w->row + w->ny ? (int32_t)b : w->row + w->ny) : w->row;
}

/* An edge from its upper end down, so that it crosses a row at the same x whichever way
 * it was drawn. */
typedef struct {
    const int32_t *top, *bottom;
} edge;

static edge edge_of(const int32_t *a, const int32_t *b)
{
    return a[1] <= b[1] ? (edge){a, b} : (edge){b, a};
}

static double crossing_at(edge e, int32_t row)
{
    double y = (double)row * AUTAN_SUBPIXELS + HALF;
    return e.top[0] + (y - e.top[1]) * ((double)e.bottom[0] - e.top[0]) /
                          ((double)e.bottom[1] - e.top[1]);
}

/* Runs over all edges, closing the rings: counts the crossings of each row, or, once
 * `start` holds where each row's begin, writes them and moves it on. */
static void visit_edges(const scan *s, const autan_shape *shape, int write)
{
    const int32_t *ring = shape->xy;
    autan_scanner *m = s->scanner;
    for (size_t p = 0; p < shape->n_parts; p++) {
        const size_t n = shape->part[p];
        for (size_t i = 0; i < n; i++) {
            edge e = edge_of(ring + 2 * i, ring + 2 * ((i + 1) % n));
            int32_t first, end;
            rows_between(s, e.top[1], e.bottom[1], &first, &end);
            for (int32_t row = first; row < end; row++) {
                size_t *at = &m->start[row - s->window->row];
                if (write)
                    m->crossing[*at] = crossing_at(e, row);
                ++*at;
            }
        }
        ring += 2 * n;
    }
}

static int ascending(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static void sort(double *x, size_t n)
{
    if (n > 16) {
        qsort(x, n, sizeof *x, ascending);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        double v = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > v; j--)
            x[j] = x[j - 1];
        x[j] = v;
    }
}

static int reserve(autan_scanner *m, size_t rows, size_t crossings)
{
    if (rows + 1 > m->rows_capacity) {
        size_t *grown = realloc(m->start, (rows + 1) * sizeof *grown);
        if (!grown)
            return 0;
        m->start = grown;
        m->rows_capacity = rows + 1;
    }
    if (crossings > m->capacity) {
        double *grown = realloc(m->crossing, 2 * crossings * sizeof *grown);
        if (!grown)
            return 0;
        m->crossing = grown;
        m->capacity = 2 * crossings;
    }
    return 1;
}

static autan_status scan_polygon(const scan *whole, const autan_shape *shape)
{
    double top = INFINITY, bottom = -INFINITY;
    autan_window rows = *whole->window;
    scan s = *whole;
    autan_scanner *m = s.scanner;
    size_t points = 0, total = 0;
    int32_t first, end;

    for (size_t p = 0; p < shape->n_parts; p++)
        points += shape->part[p];
    for (size_t i = 0; i < points; i++) {
        top = fmin(top, shape->xy[2 * i + 1]);
        bottom = fmax(bottom, shape->xy[2 * i + 1]);
    }
    if (points == 0)
        return AUTAN_OK;
    rows_between(whole, top, bottom, &first, &end);
    rows.row = first;
    rows.ny = end - first;
    s.window = &rows;
    if (rows.ny <= 0)
        return AUTAN_OK;
    if (!reserve(m, (size_t)rows.ny, 0))
        return AUTAN_NO_MEMORY;
    for (int32_t r = 0; r < rows.ny; r++)
        m->start[r] = 0;
    visit_edges(&s, shape, 0);
    for (int32_t r = 0; r < rows.ny; r++) {
        size_t count = m->start[r];
        m->start[r] = total;
        total += count;
    }
    if (!reserve(m, (size_t)rows.ny, total))
        return AUTAN_NO_MEMORY;
    visit_edges(&s, shape, 1);
    /* Each start has moved on to the next row's. */
    for (int32_t r = 0; r < rows.ny; r++) {
        size_t from = r ? m->start[r - 1] : 0, n = m->start[r] - from;
        double *x = m->crossing + from;
        sort(x, n);
        for (size_t k = 0; k + 1 < n; k += 2)
            emit(whole, rows.row + r, x[k], x[k + 1]);
    }
    return AUTAN_OK;
}

static void scan_disc(const scan *s, const int32_t *centre, double radius)
{
    int32_t first, end;
    rows_between(s, centre[1] - radius, centre[1] + radius, &first, &end);
    for (int32_t row = first; row < end; row++) {
        double dy = (double)row * AUTAN_SUBPIXELS + HALF - centre[1];
        double half = sqrt(fmax(radius * radius - dy * dy, 0.0));
        emit(s, row, centre[0] - half, centre[0] + half);
    }
}

/* The rectangle along a segment; discs at its ends round it off. */
static autan_status scan_segment(const scan *s, const int32_t *a, const int32_t *b,
                                 double radius)
{
    double dx = (double)b[0] - a[0], dy = (double)b[1] - a[1], length = hypot(dx, dy);
    const uint32_t four = 4;
    int32_t nx, ny;
    if (length == 0.0)
        return AUTAN_OK;
    nx = (int32_t)lround(-dy / length * radius);
    ny = (int32_t)lround(dx / length * radius);
    const int32_t corner[8] = {a[0] + nx, a[1] + ny, b[0] + nx, b[1] + ny,
                               b[0] - nx, b[1] - ny, a[0] - nx, a[1] - ny};
    const autan_shape box = {AUTAN_POLYGON, 1, &four, corner};
    return scan_polygon(s, &box);
}

autan_status autan_scan(autan_scanner *scanner, const autan_shape *shape, double width,
                        const autan_window *window, autan_span span, void *user)
{
    const scan s = {scanner, window, span, user};
    const int32_t *xy = shape->xy;
    autan_status status = AUTAN_OK;
    if (shape->dimension == AUTAN_POLYGON)
        return scan_polygon(&s, shape);
    if (!(width > 0.0))
        return AUTAN_OK;
    for (size_t p = 0; status == AUTAN_OK && p < shape->n_parts; p++) {
        for (size_t i = 0; status == AUTAN_OK && i < shape->part[p]; i++, xy += 2) {
            scan_disc(&s, xy, width / 2.0);
            if (i > 0 && shape->dimension == AUTAN_LINES)
                status = scan_segment(&s, xy - 2, xy, width / 2.0);
        }
    }
    return status;
}
