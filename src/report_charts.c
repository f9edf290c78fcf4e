#include "config.h"

#include "report_charts.h"

#include <math.h>
#include <string.h>

enum {
    TEXT_MOST = 60, /* characters of a name */
    WIDTH = 760,
    LEFT = 58,
    DAY_RIGHT = 170, /* room for the names of curves */
    DAY_HEIGHT = 320,
    TOP = 14,
    BOTTOM = 46,
    ROW = 19,
    NAMES = 250 /* room for the names of zones */
};

/* Okabe and Ito's colours, told apart by all kinds of colour vision; the dashes tell
 * them apart in grey (M. Okabe and K. Ito, Color Universal Design, 2008). */
static const char *const colour[CHART_CURVES] = {"#0072b2", "#009e73", "#d55e00",
                                                 "#7a4fa3", "#e69f00", "#56b4e9",
                                                 "#1a1a1a", "#cc79a7"};
static const char *const dash[CHART_CURVES] = {"none", "7 3",     "none",    "2 3",
                                               "7 3",  "9 3 2 3", "1 2 5 2", "4 4"};

void page_text(GString *out, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    const long length = g_utf8_strlen(valid, -1);
    char *part = g_utf8_substring(valid, 0, length > TEXT_MOST ? TEXT_MOST : length);
    for (char *c = part; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    }
    char *safe = g_markup_escape_text(part, -1);
    g_string_append(out, safe);
    if (length > TEXT_MOST)
        g_string_append(out, "…");
    g_free(safe);
    g_free(part);
    g_free(valid);
}

void page_number(GString *out, double value, int decimals)
{
    char text[64];
    if (!isfinite(value)) {
        g_string_append(out, "–");
        return;
    }
    g_snprintf(text, sizeof text, "%.*f", decimals, fabs(value));
    if (value < 0.0 && strspn(text, "0.") < strlen(text))
        g_string_append(out, "−");
    for (const char *c = text; *c; c++)
        g_string_append_c(out, *c == '.' ? ',' : *c);
}

/* An axis with round ticks. */
typedef struct {
    double low, high, step;
    int decimals;
} axis_range;

static axis_range round_axis(double low, double high)
{
    axis_range a;
    double power, digit;
    if (!(high > low)) {
        low -= 0.5;
        high = low + 1.0;
    }
    a.step = (high - low) / 6.0;
    power = pow(10.0, floor(log10(a.step)));
    digit = a.step / power;
    a.step = power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    a.low = a.step * floor(low / a.step + 1e-9);
    a.high = a.step * ceil(high / a.step - 1e-9);
    a.decimals = (int)fmax(0.0, -floor(log10(a.step) + 1e-9));
    return a;
}

static void take_in(const report_number *n, double *low, double *high)
{
    if (!isfinite(n->value))
        return;
    *low = fmin(*low, isfinite(n->low) ? n->low : n->value);
    *high = fmax(*high, isfinite(n->high) ? n->high : n->value);
}

static void open_svg(GString *out, const char *id, const char *title, int height)
{
    g_string_append_printf(out,
                           "<svg class=\"chart\" role=\"img\" aria-labelledby=\"%s\" "
                           "viewBox=\"0 0 %d %d\"><title id=\"%s\">%s</title>\n",
                           id, WIDTH, height, id, title);
}

static void draw_axis(GString *out, const axis_range *a, double x0, double x1,
                      double y0, double y1, bool upright)
{
    const int n = (int)lround((a->high - a->low) / a->step);
    for (int k = 0; k <= n; k++) {
        const double value = a->low + k * a->step;
        const double share = (double)k / n;
        const double x = upright ? x0 : x0 + share * (x1 - x0);
        const double y = upright ? y1 - share * (y1 - y0) : y1;
        const bool zero = fabs(value) < 1e-9 * a->step;
        g_string_append_printf(
            out,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>"
            "<text x=\"%.1f\" y=\"%.1f\" class=\"tick\" text-anchor=\"%s\">",
            x, y, upright ? x1 : x, upright ? y : y0, zero ? "zero" : "grid",
            upright ? x - 7 : x, upright ? y + 4 : y + 16, upright ? "end" : "middle");
        page_number(out, zero ? 0.0 : value, a->decimals);
        g_string_append(out, "</text>\n");
    }
}

/* Where a number is on the chart of the day. */
typedef struct {
    axis_range a;
    double x0, x1, y0, y1;
} day_frame;

static double day_x(const day_frame *f, int hour)
{
    return f->x0 + (f->x1 - f->x0) * hour / (REPORT_HOURS - 1);
}

static double day_y(const day_frame *f, double value)
{
    return f->y1 - (f->y1 - f->y0) * (value - f->a.low) / (f->a.high - f->a.low);
}

static void draw_band(GString *out, const day_frame *f, const report_number *n,
                      size_t k)
{
    g_string_append_printf(out, "<path class=\"band\" fill=\"%s\" d=\"", colour[k]);
    for (int h = 0; h < REPORT_HOURS; h++)
        g_string_append_printf(out, "%s%.1f %.1f", h ? "L" : "M", day_x(f, h),
                               day_y(f, n[h].high));
    for (int h = REPORT_HOURS; h-- > 0;)
        g_string_append_printf(out, "L%.1f %.1f", day_x(f, h), day_y(f, n[h].low));
    g_string_append(out, "Z\"/>\n");
}

static void draw_curve(GString *out, const day_frame *f, const report_number *n,
                       size_t k)
{
    bool pen = false;
    g_string_append_printf(
        out,
        "<path class=\"curve\" stroke=\"%s\" stroke-dasharray=\"%s\" "
        "d=\"",
        colour[k], dash[k]);
    for (int h = 0; h < REPORT_HOURS; h++) {
        if (!isfinite(n[h].value)) {
            pen = false;
            continue;
        }
        g_string_append_printf(out, "%s%.1f %.1f", pen ? "L" : "M", day_x(f, h),
                               day_y(f, n[h].value));
        pen = true;
    }
    g_string_append(out, "\"/>\n");
}

static bool is_whole(const report_number *n)
{
    for (int h = 0; h < REPORT_HOURS; h++) {
        if (!isfinite(n[h].low) || !isfinite(n[h].high))
            return false;
    }
    return true;
}

void chart_day(GString *out, const char *id, const char *title, const char *axis,
               size_t n, const chart_curve *curve)
{
    double low = 0.0, high = 0.0;
    day_frame f = {
        .x0 = LEFT, .x1 = WIDTH - DAY_RIGHT, .y0 = TOP, .y1 = DAY_HEIGHT - BOTTOM};
    for (size_t k = 0; k < n; k++) {
        for (int h = 0; h < REPORT_HOURS; h++)
            take_in(&curve[k].number[h], &low, &high);
    }
    f.a = round_axis(low, high);
    open_svg(out, id, title, DAY_HEIGHT);
    draw_axis(out, &f.a, f.x0, f.x1, f.y0, f.y1, true);
    for (int h = 0; h < REPORT_HOURS; h += 3)
        g_string_append_printf(out,
                               "<text x=\"%.1f\" y=\"%.1f\" class=\"tick\" "
                               "text-anchor=\"middle\">%d\u00a0h</text>\n",
                               day_x(&f, h), f.y1 + 18, h);
    for (size_t k = 0; k < n; k++) {
        if (is_whole(curve[k].number))
            draw_band(out, &f, curve[k].number, k);
    }
    for (size_t k = 0; k < n; k++) {
        const double y = TOP + 14 + (double)k * 22;
        draw_curve(out, &f, curve[k].number, k);
        g_string_append_printf(
            out,
            "<line class=\"curve\" stroke=\"%s\" stroke-dasharray=\"%s\" x1=\"%.1f\" "
            "y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/><text class=\"key\" x=\"%.1f\" "
            "y=\"%.1f\">",
            colour[k], dash[k], f.x1 + 12, y, f.x1 + 40, y, f.x1 + 46, y + 4);
        page_text(out, curve[k].name);
        g_string_append(out, "</text>\n");
    }
    g_string_append_printf(out,
                           "<text class=\"axis\" x=\"%d\" y=\"%d\">%s</text></svg>\n",
                           LEFT, DAY_HEIGHT - 8, axis);
}

void chart_ranking(GString *out, const char *id, const char *title, const char *axis,
                   int decimals, size_t n, const chart_row *row)
{
    const int height = TOP + (int)n * ROW + BOTTOM;
    const double x0 = NAMES, x1 = WIDTH - 150, y0 = TOP, y1 = height - BOTTOM;
    double low = 0.0, high = 0.0;
    axis_range a;
    for (size_t k = 0; k < n; k++)
        take_in(row[k].number, &low, &high);
    a = round_axis(low, high);
    open_svg(out, id, title, height);
    draw_axis(out, &a, x0, x1, y0, y1, false);
    for (size_t k = 0; k < n; k++) {
        const report_number *v = row[k].number;
        const double y = TOP + ROW * ((double)k + 0.5),
                     scale = (x1 - x0) / (a.high - a.low);
        char *name = g_utf8_make_valid(row[k].name, -1);
        char *part = g_utf8_substring(name, 0, MIN(g_utf8_strlen(name, -1), 32));
        g_string_append_printf(
            out, "<text class=\"key\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">",
            x0 - 10, y + 4);
        page_text(out, part);
        g_string_append(out, strlen(part) < strlen(name) ? "…</text>" : "</text>");
        g_free(part);
        g_free(name);
        if (isfinite(v->low))
            g_string_append_printf(out,
                                   "<line class=\"interval\" x1=\"%.1f\" y1=\"%.1f\" "
                                   "x2=\"%.1f\" y2=\"%.1f\"/>",
                                   x0 + (v->low - a.low) * scale, y,
                                   x0 + (v->high - a.low) * scale, y);
        if (isfinite(v->value))
            g_string_append_printf(out,
                                   "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" "
                                   "r=\"4.2\"/>",
                                   x0 + (v->value - a.low) * scale, y);
        g_string_append_printf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%.1f\">",
                               x1 + 14, y + 4);
        page_number(out, v->value, decimals);
        if (isfinite(v->low)) {
            g_string_append(out, " [");
            page_number(out, v->low, decimals);
            g_string_append(out, " ; ");
            page_number(out, v->high, decimals);
            g_string_append(out, "]");
        }
        g_string_append(out, "</text>\n");
    }
    g_string_append_printf(out,
                           "<text class=\"axis\" x=\"%.1f\" y=\"%d\">%s</text></svg>\n",
                           x0, height - 8, axis);
}
