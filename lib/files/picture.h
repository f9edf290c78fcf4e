/* Maps as a PNG picture to look at: field, stations, legend, titles and credits. */
#ifndef AUTAN_FILES_PICTURE_H
#define AUTAN_FILES_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "data/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    AUTAN_PICTURE_WIDTH = 960, /* px, of every picture */
    AUTAN_PICTURE_MAPS = 12    /* most maps in a picture */
};

/* The two greys of the hatching where nothing is known, 0xRRGGBB. */
enum { AUTAN_PICTURE_NOTHING = 0xe4e4e4, AUTAN_PICTURE_NOTHING_DARK = 0xd2d2d2 };

/* A station on a map. */
typedef struct {
    double x, y;       /* m, in the grid's CRS; off the grid it is not drawn */
    double value;      /* the reading, in the unit of the legend; not finite: none */
    const char *label; /* written beside it where there is room, or NULL */
} autan_picture_station;

/* A line on the maps, such as the outline of a commune. */
typedef struct {
    size_t n;         /* points; the last is joined to the first */
    const double *xy; /* n x 2, m, in the grid's CRS; not finite: a gap in the line */
} autan_picture_ring;

/* What one map shows. */
typedef struct {
    const char *title; /* one line above the map, or NULL */
    const double
        *value; /* ny x nx, row 0 the northernmost; not finite: nothing known */
    size_t n_stations;
    const autan_picture_station *station;
} autan_picture_map;

/* What the maps of a picture share. Texts are UTF-8, a newline starts a new line; those
 * too long are wrapped, then cut with an ellipsis; NULL leaves the text out. */
typedef struct {
    const autan_grid *grid;
    const char *title;
    const char *date;         /* the line below the title */
    const char *band;         /* a warning, on a conspicuous band above the maps */
    const char *note;         /* below the maps */
    const char *credits;      /* smaller, at the bottom */
    const char *legend_title; /* quantity and unit: "Température de l'air (°C)" */
    const char *nothing_text; /* legend of cells where nothing is known */
    const char *reading_text; /* legend of stations with a reading */
    const char *silent_text;  /* legend of stations without */
    char decimal_mark;        /* of the legend's numbers; 0 is a point */
    const char *scale;        /* name of a colour scale (files/colour.h) */
    /* Values at the ends of the colour scale. Equal, as when left 0: chosen around the
     * maps' values (the stations', where no map has any), rounded to the legend's step.
     * Values beyond have the colours of the ends, and the legend ends in a point. */
    double lowest, highest;
    bool own_scales; /* limits chosen for each map by itself, its colour bar below it */
    size_t n_rings;
    const autan_picture_ring *ring;
} autan_picture;

/* Draws n_maps maps of one grid, with one legend, into a PNG file. One map fills the
 * picture; more stand in two columns, row by row, in the order given.
 *
 * The picture is AUTAN_PICTURE_WIDTH px wide; its height follows from the grid's shape
 * and the texts. Text is set in DejaVu Sans, or in the system's sans where it is
 * absent. Each map is as large as fits, its scale the same in x and y; a pixel has the
 * colour of the cell at its centre, or of the mean of the known cells it covers where
 * cells are smaller than pixels. Cost: cells plus pixels in time, pixels in memory.
 *
 * The file is written whole or not at all, under a temporary name beside path.
 * AUTAN_BAD_ARGUMENT when n_maps is 0 or above AUTAN_PICTURE_MAPS or the grid has no
 * cell; AUTAN_NOT_FOUND for an unknown scale; AUTAN_OUT_OF_DOMAIN when a limit is not
 * finite or lowest > highest; AUTAN_BAD_SYNTAX when a text is not UTF-8; AUTAN_IO, with
 * the path, when the system refuses to write. */
autan_status autan_picture_write(const autan_picture *picture, size_t n_maps,
                                 const autan_picture_map *map, const char *path,
                                 autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
