/* Pictures of maps, titled and dated for the town's people. */
#ifndef AUTAN_PICTURES_H
#define AUTAN_PICTURES_H

#include <stdbool.h>
#include <stddef.h>

#include "files/animation.h"
#include "town.h"

/* How a map variable is shown. */
typedef struct {
    const char *variable; /* glob */
    const char *title, *legend, *scale;
    double lowest, highest; /* fixed limits of the scale; equal: those of the values */
    bool readings;          /* whether station readings share the legend */
    const char *note;       /* below the map, or NULL */
} picture_look;

/* The look of a variable of that name; NULL: it is not shown. */
const picture_look *picture_look_of(const char *variable);

/* The grid that a map is drawn on: cells of by x by of the grid, where that has more
 * than 2^22; else by is 1. What is left over at the right and below is not drawn. */
autan_grid picture_grid(const autan_grid *grid, size_t *by);

/* Means of the known values of the squares of by x by, rows / by x nx / by; NaN where
 * none is known. mean may be value. */
void picture_thin(const double *value, size_t nx, size_t rows, size_t by, double *mean);

/* Writes the style file of QGIS beside a GeoTIFF of a map (n values); nothing for a
 * variable without a look. */
autan_status picture_style(const char *path, const char *variable, size_t n,
                           const float *value, autan_error *err);

/* A map to be shown, or the difference of two. */
#define PICTURE_NO_TIME INT64_MIN
typedef struct {
    const char *variable;
    const float *value; /* cells */
    autan_time time;
    autan_time minus;       /* of the map taken off; PICTURE_NO_TIME: none */
    const double *reading;  /* stations, or NULL: their places alone */
    double lowest, highest; /* limits of the scale; equal: those of the look */
} picture_subject;

/* Draws it as a frame of the animation, or where that is NULL into
 * folder/VARIABLE_TIME.png or VARIABLE_TIME_minus_TIME.png. Nothing for a variable
 * without a look. */
autan_status picture_draw(const town *town, const picture_subject *subject,
                          const char *folder, autan_animation *animation,
                          autan_error *err);

/* Draws one map (value, ny x nx) of the panel's row into folder/VARIABLE_TIME.png, with
 * the stations' readings. */
autan_status picture_write(const town *town, const autan_panel *panel, size_t row,
                           const char *variable, const float *value, const char *folder,
                           autan_error *err);

/* `23 août 2025, 17:30 (heure locale, Europe/Paris) — 15:30 UTC`. */
void picture_date(const town *town, autan_time time, char *text, size_t size);

/* `23 août 2025`, the UTC date. */
void picture_day(autan_time time, char *text, size_t size);

#endif
