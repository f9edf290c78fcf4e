/* Curves over a number, such as scores by lead time or a reliability diagram, as PNG.
 */
#ifndef AUTAN_FILES_CURVE_PICTURE_H
#define AUTAN_FILES_CURVE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_CURVES = 8 }; /* most curves */

typedef struct {
    const char *text; /* of the legend */
    size_t n;
    const double *x, *y; /* not finite: a gap */
} autan_curve;

/* Texts are UTF-8; NULL leaves them out. Axes span what can be seen; with unit_square
 * both go from 0 to 1, and the diagonal is drawn. */
typedef struct {
    const char *title, *x_axis, *y_axis;
    size_t n;
    const autan_curve *curve;
    bool unit_square;
    char decimal_mark; /* 0 is a point */
} autan_curve_picture;

/* Draws 720 x 480 px. Written whole or not at all. AUTAN_BAD_ARGUMENT for no curve or
 * too many; AUTAN_NO_DATA when nothing is finite; AUTAN_IO. */
autan_status autan_curve_picture_write(const autan_curve_picture *picture,
                                       const char *path, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
