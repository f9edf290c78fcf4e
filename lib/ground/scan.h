/* Shapes turned into runs of pixels.
 *
 * Coordinates are whole numbers, 256 to a pixel, so that the same shape always covers
 * the same pixels and shapes that share an edge neither overlap nor leave a gap: a
 * pixel belongs to a polygon when its centre does, by the even-odd rule, which also
 * gives rings that cross themselves the area they enclose. x grows eastwards, y
 * downwards. */
#ifndef AUTAN_GROUND_SCAN_H
#define AUTAN_GROUND_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_SUBPIXELS = 256 };

typedef enum { AUTAN_POINTS = 0, AUTAN_LINES = 1, AUTAN_POLYGON = 2 } autan_dimension;

/* Parts are rings of a polygon (with or without the first point again at the end),
 * lines, or points one by one. */
typedef struct {
    autan_dimension dimension;
    size_t n_parts;
    const uint32_t *part; /* points of each part */
    const int32_t *xy;    /* x, y of all points, part after part */
} autan_shape;

/* A rectangle of pixels; column and row are those of its upper left pixel. */
typedef struct {
    int32_t column, row, nx, ny;
} autan_window;

/* Pixels first .. end - 1 of a row, counted from the window's corner. */
typedef void (*autan_span)(void *user, size_t row, size_t first, size_t end);

typedef struct autan_scanner autan_scanner;

/* Holds the working memory of scans; free with autan_scanner_free. NULL: no memory. */
autan_scanner *autan_scanner_new(void);
void autan_scanner_free(autan_scanner *scanner);

/* Calls span for the pixels of the window that the shape covers. A polygon is given
 * once, row by row. Lines and points are widened to `width` (in subpixels, round ends)
 * and may give a pixel several times. Cost: rows crossed by edges. AUTAN_NO_MEMORY. */
autan_status autan_scan(autan_scanner *scanner, const autan_shape *shape, double width,
                        const autan_window *window, autan_span span, void *user);

#ifdef __cplusplus
}
#endif
#endif
