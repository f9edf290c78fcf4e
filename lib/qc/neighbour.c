#include "qc/neighbour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RADIUS_M 6378137.0

enum { LEAF = 12 }; /* places in a leaf: fewer cost visits, more cost distances */

typedef struct {
    double low[3], high[3];
    size_t first, last; /* of its places in tree order, last exclusive */
    size_t left, right; /* children; 0 in a leaf */
} node;

struct autan_neighbours {
    size_t n, n_nodes;
    size_t *place; /* tree order to place */
    size_t *rank;  /* place to tree order; n where it has no coordinates */
    double *x[3];  /* coordinates in tree order, m */
    node *nodes;
};

typedef struct {
    double x[3];
    size_t place;
} item;

static bool coordinates(const autan_points *points, size_t i, double x[3])
{
    double latitude = points->latitude[i], longitude = points->longitude[i];
    if (isnan(latitude) || isnan(longitude))
        return false;
    if (points->cartesian) {
        x[0] = longitude;
        x[1] = latitude;
        x[2] = 0;
        return true;
    }
    latitude *= M_PI / 180;
    longitude *= M_PI / 180;
    x[0] = RADIUS_M * cos(latitude) * cos(longitude);
    x[1] = RADIUS_M * cos(latitude) * sin(longitude);
    x[2] = RADIUS_M * sin(latitude);
    return true;
}

static autan_status check_points(const autan_points *points)
{
    if (points->n && (!points->latitude || !points->longitude))
        return AUTAN_BAD_ARGUMENT;
    for (size_t i = 0; i < points->n; i++) {
        if (isinf(points->latitude[i]) || isinf(points->longitude[i]))
            return AUTAN_OUT_OF_DOMAIN;
        if (!points->cartesian && fabs(points->latitude[i]) > 90)
            return AUTAN_OUT_OF_DOMAIN;
    }
    return AUTAN_OK;
}

static void bound(const item *items, node *box)
{
    for (int c = 0; c < 3; c++) {
        box->low[c] = INFINITY;
        box->high[c] = -INFINITY;
        for (size_t k = box->first; k < box->last; k++) {
            box->low[c] = fmin(box->low[c], items[k].x[c]);
            box->high[c] = fmax(box->high[c], items[k].x[c]);
        }
    }
}

static int widest_side(const node *box)
{
    int widest = 0;
    for (int c = 1; c < 3; c++) {
        if (box->high[c] - box->low[c] > box->high[widest] - box->low[widest])
            widest = c;
    }
    return widest;
}

/* Whether a comes before b along c; places break ties, so that the tree is unique. */
static bool before(const item *a, const item *b, int c)
{
    return a->x[c] < b->x[c] || (a->x[c] == b->x[c] && a->place < b->place);
}

/* Puts the k-th item along c in its place, smaller ones before it. */
static void split(item *items, ptrdiff_t low, ptrdiff_t high, ptrdiff_t k, int c)
{
    while (low < high) {
        item pivot = items[low + (high - low) / 2];
        ptrdiff_t i = low, j = high;
        while (i <= j) {
            while (before(&items[i], &pivot, c))
                i++;
            while (before(&pivot, &items[j], c))
                j--;
            if (i <= j) {
                item kept = items[i];
                items[i++] = items[j];
                items[j--] = kept;
            }
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            return;
    }
}

static size_t grow(autan_neighbours *tree, item *items, size_t first, size_t last)
{
    size_t self = tree->n_nodes++;
    node *box = &tree->nodes[self];
    *box = (node){.first = first, .last = last};
    bound(items, box);
    if (last - first > LEAF) {
        size_t middle = first + (last - first) / 2;
        split(items, (ptrdiff_t)first, (ptrdiff_t)last - 1, (ptrdiff_t)middle,
              widest_side(box));
        size_t left = grow(tree, items, first, middle);
        size_t right = grow(tree, items, middle, last);
        tree->nodes[self].left = left;
        tree->nodes[self].right = right;
    }
    return self;
}

static autan_status allocate(autan_neighbours *tree, size_t n, item **items)
{
    size_t count = n ? n : 1;
    tree->place = malloc(count * sizeof *tree->place);
    tree->rank = malloc(count * sizeof *tree->rank);
    tree->nodes = malloc((2 * count + 1) * sizeof *tree->nodes);
    *items = malloc(count * sizeof **items);
    for (int c = 0; c < 3; c++)
        tree->x[c] = malloc(count * sizeof *tree->x[c]);
    if (!tree->place || !tree->rank || !tree->nodes || !*items || !tree->x[0] ||
        !tree->x[1] || !tree->x[2])
        return AUTAN_NO_MEMORY;
    return AUTAN_OK;
}

autan_status autan_neighbours_new(const autan_points *points, autan_neighbours **tree)
{
    item *items = NULL;
    autan_neighbours *made = NULL;
    autan_status status = check_points(points);
    if (status != AUTAN_OK)
        return status;
    made = calloc(1, sizeof *made);
    if (!made)
        return AUTAN_NO_MEMORY;
    status = allocate(made, points->n, &items);
    if (status != AUTAN_OK)
        goto cleanup;
    for (size_t i = 0; i < points->n; i++) {
        made->rank[i] = points->n;
        items[made->n].place = i;
        made->n += coordinates(points, i, items[made->n].x);
    }
    if (made->n)
        grow(made, items, 0, made->n);
    for (size_t k = 0; k < made->n; k++) {
        made->place[k] = items[k].place;
        made->rank[items[k].place] = k;
        for (int c = 0; c < 3; c++)
            made->x[c][k] = items[k].x[c];
    }
    *tree = made;
    made = NULL;
cleanup:
    free(items);
    autan_neighbours_free(made);
    return status;
}

void autan_neighbours_free(autan_neighbours *tree)
{
    if (!tree)
        return;
    free(tree->place);
    free(tree->rank);
    free(tree->nodes);
    for (int c = 0; c < 3; c++)
        free(tree->x[c]);
    free(tree);
}

size_t autan_neighbours_order(const autan_neighbours *tree, size_t *place)
{
    memcpy(place, tree->place, tree->n * sizeof *place);
    return tree->n;
}

/* Squares of the least and greatest distance from x to a box. */
static void box_distance(const node *box, const double x[3], double *least,
                         double *greatest)
{
    *least = *greatest = 0;
    for (int c = 0; c < 3; c++) {
        double below = box->low[c] - x[c], above = x[c] - box->high[c];
        double out = fmax(fmax(below, above), 0);
        double far = fmax(-below, -above);
        *least += out * out;
        *greatest += far * far;
    }
}

static double square_distance(const autan_neighbours *tree, const double x[3], size_t k)
{
    double dx = tree->x[0][k] - x[0], dy = tree->x[1][k] - x[1];
    double dz = tree->x[2][k] - x[2];
    return dx * dx + dy * dy + dz * dz;
}

/* A search around one place. */
typedef struct {
    const autan_neighbours *tree;
    double x[3];
    double least2, most2;   /* squared distances wanted: more than, and up to */
    autan_neighbour *found; /* NULL to count only */
    size_t count;
} ring;

static void search(ring *r, size_t at)
{
    const autan_neighbours *tree = r->tree;
    const node *box = &tree->nodes[at];
    double least, greatest;
    box_distance(box, r->x, &least, &greatest);
    if (least > r->most2)
        return;
    if (!r->found && greatest <= r->most2 && least > r->least2) {
        r->count += box->last - box->first;
        return;
    }
    if (box->left) {
        search(r, box->left);
        search(r, box->right);
        return;
    }
    for (size_t k = box->first; k < box->last; k++) {
        double d2 = square_distance(tree, r->x, k);
        if (d2 > r->most2 || d2 <= r->least2)
            continue;
        if (r->found)
            r->found[r->count] = (autan_neighbour){tree->place[k], sqrt(d2)};
        r->count++;
    }
}

static size_t search_ring(const autan_neighbours *tree, size_t i, double radius_m,
                          bool with_same, autan_neighbour *found)
{
    ring r = {.tree = tree, .found = found};
    size_t rank = tree->rank[i];
    if (!tree->n || rank >= tree->n || tree->place[rank] != i || !(radius_m >= 0))
        return 0;
    for (int c = 0; c < 3; c++)
        r.x[c] = tree->x[c][rank];
    r.least2 = with_same ? -1 : AUTAN_SAME_PLACE_M * AUTAN_SAME_PLACE_M;
    r.most2 = radius_m * radius_m;
    search(&r, 0);
    return r.count;
}

size_t autan_neighbours_within(const autan_neighbours *tree, size_t i, double radius_m,
                               bool with_same, autan_neighbour *found)
{
    return search_ring(tree, i, radius_m, with_same, found);
}

size_t autan_neighbours_count(const autan_neighbours *tree, size_t i, double radius_m,
                              bool with_same)
{
    return search_ring(tree, i, radius_m, with_same, NULL);
}

/* The nearest places so far, a heap with the farthest on top; distances squared. */
typedef struct {
    const autan_neighbours *tree;
    const int *skip;
    double x[3];
    double most2;
    autan_neighbour *heap;
    size_t count, most;
} nearest;

static bool farther(const autan_neighbour *a, const autan_neighbour *b)
{
    return a->distance_m > b->distance_m ||
           (a->distance_m == b->distance_m && a->index > b->index);
}

static void sift_down(autan_neighbour *heap, size_t count, size_t at)
{
    autan_neighbour moved = heap[at];
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && farther(&heap[child + 1], &heap[child]))
            child++;
        if (!farther(&heap[child], &moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void sift_up(autan_neighbour *heap, size_t at)
{
    autan_neighbour moved = heap[at];
    while (at && farther(&moved, &heap[(at - 1) / 2])) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = moved;
}

static void offer(nearest *q, autan_neighbour candidate)
{
    if (q->count < q->most) {
        q->heap[q->count] = candidate;
        sift_up(q->heap, q->count++);
    } else if (farther(&q->heap[0], &candidate)) {
        q->heap[0] = candidate;
        sift_down(q->heap, q->count, 0);
    }
    if (q->count == q->most)
        q->most2 = fmin(q->most2, q->heap[0].distance_m);
}

static void search_nearest(nearest *q, size_t at)
{
    const autan_neighbours *tree = q->tree;
    const node *box = &tree->nodes[at];
    double left, right, unused;
    if (!box->left) {
        for (size_t k = box->first; k < box->last; k++) {
            double d2 = square_distance(tree, q->x, k);
            if (d2 <= q->most2 && !(q->skip && q->skip[tree->place[k]]))
                offer(q, (autan_neighbour){tree->place[k], d2});
        }
        return;
    }
    box_distance(&tree->nodes[box->left], q->x, &left, &unused);
    box_distance(&tree->nodes[box->right], q->x, &right, &unused);
    size_t first = left <= right ? box->left : box->right;
    size_t second = left <= right ? box->right : box->left;
    if (fmin(left, right) <= q->most2)
        search_nearest(q, first);
    if (fmax(left, right) <= q->most2)
        search_nearest(q, second);
}

size_t autan_neighbours_nearest(const autan_neighbours *tree, size_t i, double radius_m,
                                size_t most, const int *skip, autan_neighbour *found)
{
    nearest q = {.tree = tree, .skip = skip, .heap = found, .most = most};
    size_t rank = tree->rank[i];
    if (!tree->n || rank >= tree->n || tree->place[rank] != i || !most ||
        !(radius_m >= 0))
        return 0;
    for (int c = 0; c < 3; c++)
        q.x[c] = tree->x[c][rank];
    q.most2 = radius_m * radius_m;
    search_nearest(&q, 0);
    for (size_t count = q.count; count > 1; count--) {
        autan_neighbour top = found[0];
        found[0] = found[count - 1];
        found[count - 1] = top;
        sift_down(found, count - 1, 0);
    }
    for (size_t k = 0; k < q.count; k++)
        found[k].distance_m = sqrt(found[k].distance_m);
    return q.count;
}

double autan_points_distance(const autan_points *points, size_t i, size_t j)
{
    double a[3], b[3], chord2 = 0;
    if (!coordinates(points, i, a) || !coordinates(points, j, b))
        return NAN;
    for (int c = 0; c < 3; c++)
        chord2 += (a[c] - b[c]) * (a[c] - b[c]);
    if (points->cartesian)
        return sqrt(chord2);
    return 2 * RADIUS_M * asin(fmin(1, sqrt(chord2) / (2 * RADIUS_M)));
}

double autan_geodesic(double latitude_1, double longitude_1, double latitude_2,
                      double longitude_2)
{
    const double a = 6378137.0, f = 1 / 298.257223563, b = a * (1 - f);
    const double degree = M_PI / 180;
    double u1 = atan((1 - f) * tan(latitude_1 * degree));
    double u2 = atan((1 - f) * tan(latitude_2 * degree));
    double span = (longitude_2 - longitude_1) * degree, lambda = span;
    double s1 = sin(u1), c1 = cos(u1), s2 = sin(u2), c2 = cos(u2);
    for (int step = 0; step < 200; step++) {
        double p = c2 * sin(lambda), q = c1 * s2 - s1 * c2 * cos(lambda);
        double sine = sqrt(p * p + q * q), cosine = s1 * s2 + c1 * c2 * cos(lambda);
        if (sine == 0)
            return 0;
        double sigma = atan2(sine, cosine), azimuth = c1 * c2 * sin(lambda) / sine;
        double square = 1 - azimuth * azimuth;
        double middle = square > 0 ? cosine - 2 * s1 * s2 / square : 0;
        double c = f / 16 * square * (4 + f * (4 - 3 * square));
        double before = lambda, m2 = 2 * middle * middle - 1;
        lambda = span + (1 - c) * f * azimuth *
                            (sigma + c * sine * (middle + c * cosine * m2));
        if (fabs(lambda - before) > 1e-12)
            continue;
        double w = square * (a * a - b * b) / (b * b);
        double ka = 1 + w / 16384 * (4096 + w * (-768 + w * (320 - 175 * w)));
        double kb = w / 1024 * (256 + w * (-128 + w * (74 - 47 * w)));
        double inner = cosine * m2 - kb / 6 * middle * (4 * sine * sine - 3) *
                                         (4 * middle * middle - 3);
        return b * ka * (sigma - kb * sine * (middle + kb / 4 * inner));
    }
    return M_PI * a;
}
