#include "files/colour_bar.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>

enum { TICK_STEPS = 8 }; /* most steps of a bar, before its ends are rounded */

enum { INK_RGB = 0x1a1a1a, NO_LIMITS_RGB = 0xd2d2d2 };

/* The smallest of 1, 2 and 5 times a power of ten that cuts range into at most
 * `most` steps. */
static double round_step(double range, int most)
{
    double step = range / most;
    double power = pow(10, floor(log10(step)));
    double digit = step / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

double autan_round_below(double length)
{
    double power = pow(10, floor(log10(length)));
    double digit = length / power;
    return power * (digit >= 5 ? 5 : digit >= 2 ? 2 : 1);
}

void autan_legend_number(double value, double step, char mark, char text[32])
{
    char digits[24];
    int decimals = (int)fmin(7, fmax(0, -floor(log10(step) + 1e-9)));
    bool plain = fabs(value) < 1e7 && decimals <= 6;
    snprintf(digits, sizeof digits, plain ? "%.*f" : "%.*g", plain ? decimals : 6,
             fabs(value));
    for (char *c = digits; *c; c++) {
        if (*c == '.')
            *c = mark ? mark : '.';
    }
    snprintf(text, 32, "%s%s", value < 0 ? "\u2212" : "", digits);
}

void autan_range_add(autan_range *range, double value)
{
    if (!isfinite(value))
        return;
    range->lowest = fmin(range->lowest, value);
    range->highest = fmax(range->highest, value);
}

void autan_colours_set_step(autan_colours *colours)
{
    colours->step = round_step(colours->highest - colours->lowest, TICK_STEPS);
}

void autan_colours_round(const autan_range *range, autan_colours *colours)
{
    double lowest = range->lowest, highest = range->highest;
    double least = 1e-9 * fmax(1, fmax(fabs(lowest), fabs(highest)));
    if (!(highest - lowest > least)) {
        double half = fmax(1, 1e-6 * fabs(lowest));
        lowest -= half;
        highest += half;
    }
    colours->lowest = lowest;
    colours->highest = highest;
    autan_colours_set_step(colours);
    colours->lowest = colours->step * floor(lowest / colours->step + 1e-9);
    colours->highest = colours->step * ceil(highest / colours->step - 1e-9);
}

uint32_t autan_colours_of(const autan_colours *colours, double value)
{
    if (!(colours->lowest < colours->highest))
        return NO_LIMITS_RGB;
    return autan_colour(colours->scale, colours->lowest, colours->highest, value);
}

/* A bar is drawn upright, its highest value at the origin and its lowest
 * at (0, length); a flat one is the same turned clockwise, numbers below. */

/* The outline, with a point at the ends beyond which there are values; inset brings it
 * to the middle of the pixels at the edge. */
static void trace_bar(cairo_t *cr, const autan_colour_bar *bar, double inset)
{
    double left = inset, right = bar->width - inset;
    double top = inset, bottom = bar->length - inset;
    cairo_move_to(cr, left, top);
    if (bar->colours->above)
        cairo_line_to(cr, bar->width / 2, top - AUTAN_COLOUR_BAR_POINT);
    cairo_line_to(cr, right, top);
    cairo_line_to(cr, right, bottom);
    if (bar->colours->below)
        cairo_line_to(cr, bar->width / 2, bottom + AUTAN_COLOUR_BAR_POINT);
    cairo_line_to(cr, left, bottom);
    cairo_close_path(cr);
}

static void fill_bar(cairo_t *cr, const autan_colour_bar *bar)
{
    const autan_colours *colours = bar->colours;
    cairo_save(cr);
    trace_bar(cr, bar, 0);
    cairo_clip(cr);
    for (int i = -AUTAN_COLOUR_BAR_POINT; i < bar->length + AUTAN_COLOUR_BAR_POINT;
         i++) {
        double share = (i + 0.5) / bar->length;
        double value = colours->highest - share * (colours->highest - colours->lowest);
        autan_ink(cr, autan_colours_of(colours, value), 1);
        cairo_rectangle(cr, 0, i, bar->width, 1);
        cairo_fill(cr);
    }
    cairo_restore(cr);
    trace_bar(cr, bar, 0.5);
    autan_ink(cr, INK_RGB, 0.8);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

/* A number of the bar, upright whichever way the bar lies; x and y are the bar's. */
static void draw_number(cairo_t *cr, const autan_colour_bar *bar, double x, double y,
                        double value)
{
    char text[32];
    autan_legend_number(value, bar->colours->step, bar->decimal_mark, text);
    cairo_user_to_device(cr, &x, &y);
    cairo_save(cr);
    cairo_identity_matrix(cr);
    autan_text_use(cr, bar->style);
    if (bar->flat)
        autan_text_draw(cr, bar->style, x - autan_text_width(cr, text) / 2, y, text);
    else
        autan_text_draw(cr, bar->style, x + 3, y - bar->style->leading / 2, text);
    cairo_restore(cr);
}

static void draw_tick(cairo_t *cr, const autan_colour_bar *bar, double value)
{
    const autan_colours *colours = bar->colours;
    double share = (colours->highest - value) / (colours->highest - colours->lowest);
    double y = fmin(floor(share * bar->length), bar->length - 1) + 0.5;
    cairo_move_to(cr, bar->width, y);
    cairo_line_to(cr, bar->width + 4, y);
    autan_ink(cr, INK_RGB, 0.8);
    cairo_stroke(cr);
    draw_number(cr, bar, bar->width + 5, y, value);
}

void autan_colour_bar_draw(cairo_t *cr, const autan_colour_bar *bar, double x, double y)
{
    const autan_colours *colours = bar->colours;
    double first = ceil(colours->lowest / colours->step - 1e-9);
    cairo_save(cr);
    cairo_translate(cr, x, y);
    if (bar->flat)
        cairo_rotate(cr, G_PI / 2);
    fill_bar(cr, bar);
    /* Counted with an integer: far from zero, adding 1 to `first` may not change it. */
    for (int i = 0; i <= TICK_STEPS + 2; i++) {
        double value = (first + i) * colours->step + 0.0;
        if (value > colours->highest + 1e-9 * colours->step)
            break;
        draw_tick(cr, bar, value);
    }
    cairo_restore(cr);
}
