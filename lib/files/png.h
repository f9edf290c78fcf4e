/* A cairo surface as a PNG file, written whole or not at all; not installed. */
#ifndef AUTAN_FILES_PNG_H
#define AUTAN_FILES_PNG_H

#include <cairo.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The surface is an image, CAIRO_FORMAT_RGB24 or CAIRO_FORMAT_ARGB32; what is clear
 * all through is black. AUTAN_IO, with the path, when the system refuses;
 * AUTAN_NO_MEMORY. */
autan_status autan_png_write(cairo_surface_t *surface, const char *path,
                             autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
