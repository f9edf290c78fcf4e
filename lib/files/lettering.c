#include "files/lettering.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>

static const char ellipsis[] = "\u2026";

void autan_ink(cairo_t *cr, uint32_t rgb, double opacity)
{
    cairo_set_source_rgba(cr, (rgb >> 16 & 0xff) / 255.0, (rgb >> 8 & 0xff) / 255.0,
                          (rgb & 0xff) / 255.0, opacity);
}

void autan_text_use(cairo_t *cr, const autan_text_style *style)
{
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, style->weight);
    cairo_set_font_size(cr, style->size);
    autan_ink(cr, style->rgb, 1);
}

double autan_text_width(cairo_t *cr, const char *text)
{
    cairo_text_extents_t extents;
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

/* Copies the longest start of the text that fits into width and returns its bytes:
 * whole words where one fits, else characters, at least one. */
static size_t take_line(cairo_t *cr, const char *text, double width,
                        char line[AUTAN_TEXT_LINE_BYTES])
{
    size_t end = 0, words = 0;
    while (text[end] && text[end] != '\n') {
        size_t next = (size_t)(g_utf8_next_char(text + end) - text);
        if (next + sizeof ellipsis > AUTAN_TEXT_LINE_BYTES)
            break;
        memcpy(line, text, next);
        line[next] = '\0';
        if (end > 0 && autan_text_width(cr, line) > width)
            break;
        end = next;
        if (text[end] == ' ')
            words = end;
    }
    if (text[end] && text[end] != '\n' && words > 0)
        end = words;
    line[end] = '\0';
    return end;
}

/* Ends a line with an ellipsis, taking characters away until it fits. */
static void cut_line(cairo_t *cr, double width, char line[AUTAN_TEXT_LINE_BYTES])
{
    size_t end = strlen(line);
    for (;;) {
        while (end > 0 && line[end - 1] == ' ')
            end--;
        memcpy(line + end, ellipsis, sizeof ellipsis);
        if (end == 0 || autan_text_width(cr, line) <= width)
            return;
        end = (size_t)(g_utf8_prev_char(line + end) - line);
    }
}

void autan_text_wrap(cairo_t *cr, const char *text, const autan_text_style *style,
                     double width, int most, autan_text_block *block)
{
    block->style = style;
    block->n = 0;
    autan_text_use(cr, style);
    while (text && *text && block->n < most) {
        text += take_line(cr, text, width, block->line[block->n++]);
        if (*text == '\n')
            text++;
        else
            text += strspn(text, " ");
    }
    if (text && *text)
        cut_line(cr, width, block->line[most - 1]);
}

double autan_text_block_height(const autan_text_block *block)
{
    return block->n * block->style->leading;
}

double autan_text_baseline(const autan_text_style *style, double y)
{
    return y + style->leading / 2 + 0.36 * style->size;
}

void autan_text_draw(cairo_t *cr, const autan_text_style *style, double x, double y,
                     const char *text)
{
    autan_text_use(cr, style);
    cairo_move_to(cr, x, autan_text_baseline(style, y));
    cairo_show_text(cr, text);
}

void autan_text_block_draw(cairo_t *cr, const autan_text_block *block, double x,
                           double y)
{
    for (int i = 0; i < block->n; i++)
        autan_text_draw(cr, block->style, x, y + i * block->style->leading,
                        block->line[i]);
}
