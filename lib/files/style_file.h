/* How QGIS draws a GeoTIFF: a style file (QML) beside it, with the colours and limits
 * of the pictures. */
#ifndef AUTAN_FILES_STYLE_FILE_H
#define AUTAN_FILES_STYLE_FILE_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *scale;      /* name of a colour scale (files/colour.h) */
    double lowest, highest; /* ends of the scale; equal: those of the values, rounded */
    size_t n;
    const float *value; /* of the map; not finite: missing */
} autan_style;

/* Writes NAME.qml for a raster at NAME.tif: path is that of the raster, and its last
 * ending is replaced. QGIS (3 and later) finds the style by its name. Whole or not at
 * all. AUTAN_NOT_FOUND for an unknown scale; AUTAN_IO. */
autan_status autan_style_write(const char *path, const autan_style *style,
                               autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
