#include "files/series_picture.h"

#include <cairo.h>
#include <math.h>
#include <stdio.h>

#include "files/colour_bar.h"
#include "files/lettering.h"
#include "files/png.h"

/* The layout, px. */
enum {
    WIDTH = 960,
    HEIGHT = 400,
    LEFT = 64,
    RIGHT = 20,
    TOP = 62,
    BOTTOM = 56,
    TICK_GAP = 90 /* least distance of the dates below the axis */
};

static const autan_text_style title_style = {16, 22, CAIRO_FONT_WEIGHT_BOLD, 0x1a1a1a};
static const autan_text_style text_style = {12, 16, CAIRO_FONT_WEIGHT_NORMAL, 0x2a2a2a};

static const uint32_t paper_rgb = 0xffffff, grid_rgb = 0xdddddd, others_rgb = 0xb8b8b8,
                      series_rgb = 0x1f3a5f, marked_rgb = 0xc62828;

typedef struct {
    const autan_series_picture *picture;
    cairo_t *cr;
    double lowest, highest, step;
} chart;

static double x_of(const chart *c, double k)
{
    return LEFT + (WIDTH - LEFT - RIGHT) * k / (double)(c->picture->n - 1);
}

static double y_of(const chart *c, double value)
{
    double share = (value - c->lowest) / (c->highest - c->lowest);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
}

static void draw_line(const chart *c, const double *value, uint32_t rgb, double width)
{
    bool down = false;
    autan_ink(c->cr, rgb, 1);
    cairo_set_line_width(c->cr, width);
    for (size_t k = 0; k < c->picture->n; k++) {
        if (!isfinite(value[k])) {
            down = false;
            continue;
        }
        if (down)
            cairo_line_to(c->cr, x_of(c, (double)k), y_of(c, value[k]));
        else
            cairo_move_to(c->cr, x_of(c, (double)k), y_of(c, value[k]));
        down = true;
    }
    cairo_stroke(c->cr);
}

static void draw_dot(const chart *c, double x, double y)
{
    autan_ink(c->cr, marked_rgb, 1);
    cairo_arc(c->cr, x, y, 2.6, 0, 2 * M_PI);
    cairo_fill(c->cr);
}

static void draw_levels(const chart *c)
{
    for (double value = c->lowest; value < c->highest + c->step / 2; value += c->step) {
        char text[32];
        double y = y_of(c, value);
        autan_ink(c->cr, grid_rgb, 1);
        cairo_set_line_width(c->cr, 1);
        cairo_move_to(c->cr, LEFT, y);
        cairo_line_to(c->cr, WIDTH - RIGHT, y);
        cairo_stroke(c->cr);
        autan_legend_number(value, c->step, c->picture->decimal_mark, text);
        autan_text_use(c->cr, &text_style);
        autan_text_draw(c->cr, &text_style, LEFT - 8 - autan_text_width(c->cr, text),
                        y - text_style.leading / 2, text);
    }
}

/* Dates below the axis, at hours that divide the day or at whole days. */
static void draw_dates(const chart *c)
{
    static const int hours[] = {1, 3, 6, 12, 24, 48, 120, 240, 720, 2400};
    const autan_series_picture *p = c->picture;
    double least_s = TICK_GAP * (double)p->step_s / (x_of(c, 1) - x_of(c, 0));
    size_t k = 0;
    autan_time every, time;
    while (k + 1 < sizeof hours / sizeof *hours && hours[k] * 3600 < least_s)
        k++;
    every = hours[k] * 3600;
    time = p->from + (every - p->from % every) % every;
    for (; time <= p->from + (autan_time)(p->n - 1) * p->step_s; time += every) {
        double x = x_of(c, (double)(time - p->from) / p->step_s);
        autan_civil civil;
        char text[32];
        autan_civil_utc(time, &civil);
        if (every < 86400)
            snprintf(text, sizeof text, "%02d-%02d %02d:%02d", civil.month, civil.day,
                     civil.hour, civil.minute);
        else
            snprintf(text, sizeof text, "%04d-%02d-%02d", civil.year, civil.month,
                     civil.day);
        autan_ink(c->cr, grid_rgb, 1);
        cairo_move_to(c->cr, x, TOP);
        cairo_line_to(c->cr, x, HEIGHT - BOTTOM);
        cairo_stroke(c->cr);
        autan_text_use(c->cr, &text_style);
        x -= autan_text_width(c->cr, text) / 2;
        if (x >= 0 && x + autan_text_width(c->cr, text) <= WIDTH)
            autan_text_draw(c->cr, &text_style, x, HEIGHT - BOTTOM + 6, text);
    }
}

/* One entry of the legend; answers where the next begins. */
static double draw_key(const chart *c, double x, const char *text, uint32_t rgb,
                       bool dot)
{
    double y = TOP - 14;
    if (!text)
        return x;
    if (dot) {
        draw_dot(c, x + 10, y);
    } else {
        autan_ink(c->cr, rgb, 1);
        cairo_set_line_width(c->cr, 2);
        cairo_move_to(c->cr, x, y);
        cairo_line_to(c->cr, x + 20, y);
        cairo_stroke(c->cr);
    }
    autan_text_use(c->cr, &text_style);
    autan_text_draw(c->cr, &text_style, x + 26, y - text_style.leading / 2, text);
    return x + 44 + autan_text_width(c->cr, text);
}

static void draw_texts(const chart *c)
{
    const autan_series_picture *p = c->picture;
    double x = LEFT;
    if (p->title)
        autan_text_draw(c->cr, &title_style, LEFT, 10, p->title);
    if (p->note)
        autan_text_draw(c->cr, &text_style, LEFT, HEIGHT - 24, p->note);
    x = draw_key(c, x, p->series_text, series_rgb, false);
    x = draw_key(c, x, p->n_others ? p->others_text : NULL, others_rgb, false);
    draw_key(c, x, p->marked_text, marked_rgb, true);
    if (p->axis) {
        autan_text_use(c->cr, &text_style);
        autan_text_draw(c->cr, &text_style,
                        WIDTH - RIGHT - autan_text_width(c->cr, p->axis),
                        TOP - 14 - text_style.leading / 2, p->axis);
    }
}

static bool set_axis(chart *c)
{
    const autan_series_picture *p = c->picture;
    autan_range range = {INFINITY, -INFINITY};
    autan_colours axis = {0};
    for (size_t k = 0; k < p->n; k++)
        autan_range_add(&range, p->value[k]);
    for (size_t k = 0; k < p->n * p->n_others; k++)
        autan_range_add(&range, p->other[k]);
    if (range.lowest > range.highest)
        return false;
    autan_colours_round(&range, &axis);
    c->lowest = axis.lowest;
    c->highest = axis.highest;
    c->step = axis.step;
    return true;
}

autan_status autan_series_picture_write(const autan_series_picture *picture,
                                        const char *path, autan_error *err)
{
    chart c = {.picture = picture};
    cairo_surface_t *surface;
    autan_status status;
    if (picture->n < 2)
        return autan_fail(err, AUTAN_BAD_ARGUMENT, "%s: needs two values", path);
    if (!set_axis(&c))
        return autan_fail(err, AUTAN_NO_DATA, "%s: there is no value to draw", path);
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
    c.cr = cairo_create(surface);
    autan_ink(c.cr, paper_rgb, 1);
    cairo_paint(c.cr);
    draw_levels(&c);
    draw_dates(&c);
    for (size_t j = 0; j < picture->n_others; j++)
        draw_line(&c, picture->other + j * picture->n, others_rgb, 1);
    draw_line(&c, picture->value, series_rgb, 1.6);
    for (size_t k = 0; k < picture->n; k++) {
        if (picture->marked[k] && isfinite(picture->value[k]))
            draw_dot(&c, x_of(&c, (double)k), y_of(&c, picture->value[k]));
    }
    draw_texts(&c);
    status = cairo_status(c.cr) == CAIRO_STATUS_SUCCESS
                 ? autan_png_write(surface, path, err)
                 : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    cairo_destroy(c.cr);
    cairo_surface_destroy(surface);
    return status;
}
