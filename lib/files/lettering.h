/* Text on a cairo surface: measured, wrapped and drawn. Lengths in px, texts in UTF-8.
 * Used by the pictures only; not installed. */
#ifndef AUTAN_FILES_LETTERING_H
#define AUTAN_FILES_LETTERING_H

#include <cairo.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_TEXT_LINES = 4, AUTAN_TEXT_LINE_BYTES = 512 };

typedef struct {
    double size, leading; /* of the letters; from line to line */
    cairo_font_weight_t weight;
    uint32_t rgb; /* 0xRRGGBB */
} autan_text_style;

/* A text wrapped to a width. */
typedef struct {
    const autan_text_style *style;
    int n; /* lines */
    char line[AUTAN_TEXT_LINES][AUTAN_TEXT_LINE_BYTES];
} autan_text_block;

/* Sets the colour to draw with, 0xRRGGBB. */
void autan_ink(cairo_t *cr, uint32_t rgb, double opacity);

/* Sets font, size and colour: DejaVu Sans, or the system's sans where it is absent. */
void autan_text_use(cairo_t *cr, const autan_text_style *style);

/* Width of one line in the style last set. */
double autan_text_width(cairo_t *cr, const char *text);

/* Baseline of a line whose top is y. */
double autan_text_baseline(const autan_text_style *style, double y);

/* Draws one line; (x, y) is its upper left corner. */
void autan_text_draw(cairo_t *cr, const autan_text_style *style, double x, double y,
                     const char *text);

/* Wraps a text, which may be NULL, into at most `most` lines (1 to AUTAN_TEXT_LINES):
 * at newlines and spaces, within words wider than a line. What does not fit is cut, and
 * the last line ends with an ellipsis. */
void autan_text_wrap(cairo_t *cr, const char *text, const autan_text_style *style,
                     double width, int most, autan_text_block *block);

double autan_text_block_height(const autan_text_block *block);
void autan_text_block_draw(cairo_t *cr, const autan_text_block *block, double x,
                           double y);

#ifdef __cplusplus
}
#endif
#endif
