/* Vector sources of any kind that GDAL reads, brought to the frame and spooled.
 *
 * A source is a file, or a folder of vector tiles Z/X/Y.pbf (or X/Y.pbf inside a folder
 * Z). Tiles are read one by one with their margins: GDAL's driver for the whole folder
 * always cuts features at the tiles' edges, and loses those that are not valid. What
 * lies in a margin then comes twice, which painting does not mind; points, which are
 * counted, are taken from the tile they are in.
 *
 * What is read is hostile: broken geometry is repaired or left out, and counted. */
#ifndef AUTAN_FILES_VECTOR_H
#define AUTAN_FILES_VECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "files/spool.h"
#include "ground/filter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is taken from a source. Texts are borrowed. */
typedef struct {
    const char *name;           /* of the city file's layer, for messages */
    const char *layer;          /* in the source; NULL: its only one */
    const autan_filter *filter; /* or NULL */
    uint32_t number;            /* of the rule in the spool */
    double width_m;             /* of lines and points; 0: they are left out */
    const char *width_attribute;
    double value; /* of features without the attribute; NaN: none */
    const char *value_attribute;
    bool optional; /* the layer may be absent, empty, outside, or lack attributes */
    bool amount; /* value is an amount: at a point, or spread over a polygon (a m-2) */
} autan_vector_rule;

/* What became of a rule's features; all numbers, so that it can be kept as it is. */
typedef struct {
    size_t features;   /* that passed the filter */
    size_t kept;       /* that lie in the frame */
    size_t thin;       /* lines or points without a width, left out */
    size_t empty;      /* without geometry or with too few points, left out */
    size_t not_finite; /* with coordinates that are no numbers or have no place in the
                          city's CRS, left out */
    size_t crossing;   /* polygons that cross or touch themselves, filled by even-odd */
    size_t no_value;   /* without the attribute of the value, or with NULL */
    size_t numbers;    /* attributes of width and value that are one */
    size_t bad_value;  /* with an attribute that is no number, or no width or height */
    size_t swapped;    /* outside that would lie inside with x and y swapped */
    double value_mode; /* commonest value, */
    size_t value_mode_count; /* and how many have it */
    size_t value_count;
} autan_vector_counts;

typedef struct {
    const char *path;
    const char *options; /* open options NAME=VALUE, blanks between; or NULL */
    const char *crs;     /* instead of the source's; or NULL */
    bool swap_axes;
    size_t n_rules;
    const autan_vector_rule *rule;
} autan_vector_source;

/* Whether path is a folder of vector tiles, or something GDAL opens as vectors. */
bool autan_is_tiles(const char *path);
bool autan_is_vector(const char *path, const char *options);

/* Called now and then from one thread; done of total parts. */
typedef void (*autan_ground_progress)(const char *what, size_t done, size_t total,
                                      void *user);

/* Reads the source and adds its shapes to the spool, where the source must have begun.
 * counts has n_rules entries. Errors, with the source and layer named: AUTAN_NOT_FOUND
 * (no such file, no such layer: those there are named), AUTAN_BAD_FORMAT (not readable,
 * no feature, an attribute that no feature has, or that is never a number),
 * AUTAN_OUT_OF_DOMAIN (all features outside the frame, with a hint when x and y are
 * swapped), AUTAN_BAD_CONFIG (a CRS that is not known or missing). */
autan_status autan_vector_read(const autan_vector_source *source, const char *crs,
                               const autan_frame *frame, autan_spool *spool,
                               autan_vector_counts *counts,
                               autan_ground_progress progress, void *user,
                               autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
