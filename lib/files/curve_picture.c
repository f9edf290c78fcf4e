#include "files/curve_picture.h"

#include <cairo.h>
#include <math.h>

#include "files/colour_bar.h"
#include "files/lettering.h"
#include "files/png.h"

/* The layout, px. */
enum { WIDTH = 720, HEIGHT = 480, LEFT = 64, RIGHT = 24, TOP = 84, BOTTOM = 56 };

static const autan_text_style title_style = {16, 22, CAIRO_FONT_WEIGHT_BOLD, 0x1a1a1a};
static const autan_text_style text_style = {12, 16, CAIRO_FONT_WEIGHT_NORMAL, 0x2a2a2a};
static const uint32_t paper_rgb = 0xffffff, grid_rgb = 0xdddddd;

/* Okabe and Ito's colours, told apart by all eyes. */
static const uint32_t curve_rgb[AUTAN_CURVES] = {
    0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xe69f00, 0x000000, 0x999999};

typedef struct {
    cairo_t *cr;
    autan_colours x, y; /* limits and steps of the axes */
    char decimal_mark;
} chart;

static double x_of(const chart *c, double x)
{
    return LEFT +
           (WIDTH - LEFT - RIGHT) * (x - c->x.lowest) / (c->x.highest - c->x.lowest);
}

static double y_of(const chart *c, double y)
{
    return HEIGHT - BOTTOM -
           (HEIGHT - TOP - BOTTOM) * (y - c->y.lowest) / (c->y.highest - c->y.lowest);
}

static void line(const chart *c, double x1, double y1, double x2, double y2)
{
    cairo_move_to(c->cr, x1, y1);
    cairo_line_to(c->cr, x2, y2);
    cairo_stroke(c->cr);
}

static void draw_axes(const chart *c)
{
    char text[32];
    cairo_set_line_width(c->cr, 1);
    for (double v = c->y.lowest; v < c->y.highest + c->y.step / 2; v += c->y.step) {
        autan_ink(c->cr, grid_rgb, 1);
        line(c, LEFT, y_of(c, v), WIDTH - RIGHT, y_of(c, v));
        autan_legend_number(v, c->y.step, c->decimal_mark, text);
        autan_text_use(c->cr, &text_style);
        autan_text_draw(c->cr, &text_style, LEFT - 8 - autan_text_width(c->cr, text),
                        y_of(c, v) - text_style.leading / 2, text);
    }
    for (double v = c->x.lowest; v < c->x.highest + c->x.step / 2; v += c->x.step) {
        autan_ink(c->cr, grid_rgb, 1);
        line(c, x_of(c, v), TOP, x_of(c, v), HEIGHT - BOTTOM);
        autan_legend_number(v, c->x.step, c->decimal_mark, text);
        autan_text_use(c->cr, &text_style);
        autan_text_draw(c->cr, &text_style,
                        x_of(c, v) - autan_text_width(c->cr, text) / 2,
                        HEIGHT - BOTTOM + 6, text);
    }
}

static void draw_curve(const chart *c, const autan_curve *curve, uint32_t rgb)
{
    bool down = false;
    autan_ink(c->cr, rgb, 1);
    cairo_set_line_width(c->cr, 2);
    for (size_t k = 0; k < curve->n; k++) {
        const bool known = isfinite(curve->x[k]) && isfinite(curve->y[k]);
        if (known && down)
            cairo_line_to(c->cr, x_of(c, curve->x[k]), y_of(c, curve->y[k]));
        else if (known)
            cairo_move_to(c->cr, x_of(c, curve->x[k]), y_of(c, curve->y[k]));
        down = known;
    }
    cairo_stroke(c->cr);
    for (size_t k = 0; k < curve->n; k++) {
        if (!isfinite(curve->x[k]) || !isfinite(curve->y[k]))
            continue;
        cairo_arc(c->cr, x_of(c, curve->x[k]), y_of(c, curve->y[k]), 3, 0, 2 * M_PI);
        cairo_fill(c->cr);
    }
}

static void draw_texts(const chart *c, const autan_curve_picture *p)
{
    double x = LEFT;
    const double y = 50;
    if (p->title)
        autan_text_draw(c->cr, &title_style, LEFT, 10, p->title);
    for (size_t k = 0; k < p->n; k++) {
        if (!p->curve[k].text)
            continue;
        autan_ink(c->cr, curve_rgb[k], 1);
        cairo_set_line_width(c->cr, 2);
        line(c, x, y, x + 20, y);
        autan_text_use(c->cr, &text_style);
        autan_text_draw(c->cr, &text_style, x + 26, y - text_style.leading / 2,
                        p->curve[k].text);
        x += 44 + autan_text_width(c->cr, p->curve[k].text);
    }
    autan_text_use(c->cr, &text_style);
    if (p->y_axis)
        autan_text_draw(c->cr, &text_style, LEFT, TOP - 22, p->y_axis);
    if (p->x_axis)
        autan_text_draw(c->cr, &text_style,
                        WIDTH - RIGHT - autan_text_width(c->cr, p->x_axis), HEIGHT - 26,
                        p->x_axis);
}

static bool set_axes(chart *c, const autan_curve_picture *p)
{
    autan_range x = {INFINITY, -INFINITY}, y = {INFINITY, -INFINITY};
    for (size_t k = 0; k < p->n; k++) {
        for (size_t i = 0; i < p->curve[k].n; i++) {
            if (!isfinite(p->curve[k].x[i]) || !isfinite(p->curve[k].y[i]))
                continue;
            autan_range_add(&x, p->curve[k].x[i]);
            autan_range_add(&y, p->curve[k].y[i]);
        }
    }
    if (x.lowest > x.highest)
        return false;
    if (p->unit_square)
        x = y = (autan_range){0.0, 1.0};
    autan_colours_round(&x, &c->x);
    autan_colours_round(&y, &c->y);
    return true;
}

autan_status autan_curve_picture_write(const autan_curve_picture *p, const char *path,
                                       autan_error *err)
{
    chart c = {.decimal_mark = p->decimal_mark};
    cairo_surface_t *surface;
    autan_status status;
    if (p->n == 0 || p->n > AUTAN_CURVES)
        return autan_fail(err, AUTAN_BAD_ARGUMENT, "%s: %zu curves, expected 1 to %d",
                          path, p->n, AUTAN_CURVES);
    if (!set_axes(&c, p))
        return autan_fail(err, AUTAN_NO_DATA, "%s: there is nothing to draw", path);
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
    c.cr = cairo_create(surface);
    autan_ink(c.cr, paper_rgb, 1);
    cairo_paint(c.cr);
    draw_axes(&c);
    if (p->unit_square) {
        autan_ink(c.cr, 0x888888, 1);
        line(&c, x_of(&c, 0), y_of(&c, 0), x_of(&c, 1), y_of(&c, 1));
    }
    for (size_t k = 0; k < p->n; k++)
        draw_curve(&c, &p->curve[k], curve_rgb[k]);
    draw_texts(&c, p);
    status = cairo_status(c.cr) == CAIRO_STATUS_SUCCESS
                 ? autan_png_write(surface, path, err)
                 : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    cairo_destroy(c.cr);
    cairo_surface_destroy(surface);
    return status;
}
