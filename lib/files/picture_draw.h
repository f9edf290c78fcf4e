/* A picture (files/picture.h) on a surface instead of in a file; not installed. */
#ifndef AUTAN_FILES_PICTURE_DRAW_H
#define AUTAN_FILES_PICTURE_DRAW_H

#include <cairo.h>

#include "files/picture.h"

/* Checks and draws; path appears in messages. The surface (RGB24) is for the caller to
 * destroy. Errors as of autan_picture_write. */
autan_status autan_picture_draw(const autan_picture *picture, size_t n_maps,
                                const autan_picture_map *map, const char *path,
                                cairo_surface_t **surface, autan_error *err);

#endif
