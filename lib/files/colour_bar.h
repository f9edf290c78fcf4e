/* The colours of a map and the bar that explains them.
 * Used by the pictures only; not installed. */
#ifndef AUTAN_FILES_COLOUR_BAR_H
#define AUTAN_FILES_COLOUR_BAR_H

#include <cairo.h>
#include <stdbool.h>
#include <stdint.h>

#include "files/colour.h"
#include "files/lettering.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_COLOUR_BAR_POINT = 12 }; /* px, height of the point at an end of a bar */

/* Extremes of some values; empty when lowest > highest, as {INFINITY, -INFINITY}. */
typedef struct {
    double lowest, highest;
} autan_range;

/* Takes a value in; one that is not finite is passed over. */
void autan_range_add(autan_range *range, double value);

/* A colour scale between limits. */
typedef struct {
    const autan_colour_scale *scale;
    double lowest, highest; /* equal: there is nothing to give a colour to */
    double step;            /* from tick to tick of the bar */
    bool below, above;      /* some value lies beyond that end */
} autan_colours;

/* Sets limits and step to the range, which is not empty, rounded outwards to whole
 * steps; that of a constant is widened first. */
void autan_colours_round(const autan_range *range, autan_colours *colours);

/* Sets the step that suits the limits, lowest < highest. */
void autan_colours_set_step(autan_colours *colours);

/* The colour of a finite value, 0xRRGGBB; a grey when there are no limits. */
uint32_t autan_colours_of(const autan_colours *colours, double value);

/* The largest of 1, 2 and 5 times a power of ten that is not above length. */
double autan_round_below(double length);

/* Writes a number with the decimals its step needs; mark is the decimal mark, 0 a
 * point. */
void autan_legend_number(double value, double step, char mark, char text[32]);

typedef struct {
    const autan_colours *colours;  /* with limits */
    const autan_text_style *style; /* of the numbers */
    double width, length;          /* px */
    bool flat;                     /* lowest value left; else lowest value below */
    char decimal_mark;
} autan_colour_bar;

/* Draws the bar with its ticks and numbers, right of it or, for a flat one, below.
 * (x, y) is the upper corner at the highest value: upper left, or of a flat bar upper
 * right. A point at an end says that there are values beyond. */
void autan_colour_bar_draw(cairo_t *cr, const autan_colour_bar *bar, double x,
                           double y);

#ifdef __cplusplus
}
#endif
#endif
