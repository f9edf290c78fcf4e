#include "files/style_file.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "files/colour_bar.h"
#include "files/outfile.h"

static void add_item(GString *out, const autan_colours *colours, double value)
{
    const unsigned rgb = autan_colours_of(colours, value);
    char number[G_ASCII_DTOSTR_BUF_SIZE], label[32];
    g_ascii_formatd(number, sizeof number, "%.9g", value);
    autan_legend_number(value, colours->step / 10, 0, label);
    g_string_append_printf(
        out,
        "        <item value=\"%s\" label=\"%s\" color=\"#%06x\" alpha=\"255\"/>\n",
        number, label, rgb);
}

/* The entries of the table between the limits, and the limits: QGIS mixes colours
 * between them as the pictures do. */
static void add_items(GString *out, const autan_colours *colours)
{
    const double low = colours->lowest, high = colours->highest;
    const double reach = fmax(fabs(low), fabs(high));
    add_item(out, colours, low);
    for (int k = 0; k < AUTAN_COLOURS; k++) {
        const double share = (double)k / (AUTAN_COLOURS - 1);
        const double value = colours->scale->diverging ? reach * (2.0 * share - 1.0)
                                                       : low + share * (high - low);
        if (value > low + 1e-9 * reach && value < high - 1e-9 * reach)
            add_item(out, colours, value);
    }
    add_item(out, colours, high);
}

static autan_colours choose(const autan_style *style)
{
    autan_colours colours = {.scale = autan_colour_scale_find(style->scale),
                             .lowest = style->lowest,
                             .highest = style->highest};
    autan_range range = {INFINITY, -INFINITY};
    for (size_t k = 0; k < style->n; k++)
        autan_range_add(&range, (double)style->value[k]);
    if (!(range.lowest <= range.highest))
        range = (autan_range){0.0, 1.0};
    if (colours.lowest < colours.highest)
        autan_colours_set_step(&colours);
    else
        autan_colours_round(&range, &colours);
    return colours;
}

autan_status autan_style_write(const char *path, const autan_style *style,
                               autan_error *err)
{
    const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');
    const size_t length =
        dot && (!slash || dot > slash) ? (size_t)(dot - path) : strlen(path);
    char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE], *name;
    autan_colours colours;
    autan_status status;
    GString *out;
    if (!autan_colour_scale_find(style->scale))
        return autan_fail(err, AUTAN_NOT_FOUND, "%s: there is no colour scale '%s'",
                          path, style->scale);
    colours = choose(style);
    g_ascii_formatd(low, sizeof low, "%.9g", colours.lowest);
    g_ascii_formatd(high, sizeof high, "%.9g", colours.highest);
    out = g_string_new("<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
                       "<qgis version=\"3.22.0\" styleCategories=\"Symbology\">\n"
                       "  <pipe>\n");
    g_string_append_printf(
        out,
        "    <rasterrenderer type=\"singlebandpseudocolor\" band=\"1\" opacity=\"1\" "
        "alphaBand=\"-1\" classificationMin=\"%s\" classificationMax=\"%s\" "
        "nodataColor=\"\">\n"
        "      <rasterTransparency/>\n"
        "      <minMaxOrigin><limits>None</limits><extent>WholeRaster</extent>"
        "<statAccuracy>Estimated</statAccuracy></minMaxOrigin>\n"
        "      <rastershader>\n"
        "        <colorrampshader colorRampType=\"INTERPOLATED\" "
        "classificationMode=\"1\" clip=\"0\" minimumValue=\"%s\" maximumValue=\"%s\" "
        "labelPrecision=\"4\">\n",
        low, high, low, high);
    add_items(out, &colours);
    g_string_append(out, "        </colorrampshader>\n"
                         "      </rastershader>\n"
                         "    </rasterrenderer>\n"
                         "  </pipe>\n"
                         "  <blendMode>0</blendMode>\n"
                         "</qgis>\n");
    name = g_strdup_printf("%.*s.qml", (int)length, path);
    status = autan_outfile_write_text(name, out->str, err);
    g_free(name);
    g_string_free(out, TRUE);
    return status;
}
