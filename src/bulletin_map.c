/* The map of the bulletin: zones in their worst colours. */
#include "config.h"

#include "alert_products.h"

#include <jansson.h>
#include <math.h>

/* WGS 84 to px, with the degrees of longitude as short as they are there. */
typedef struct {
    double west, east, south, north, scale, shrink;
} view;

typedef void (*visitor)(void *user, const json_t *ring);

/* Every ring of a polygon or of a list of them. */
static void each_ring(const json_t *coordinates, visitor visit, void *user)
{
    const json_t *first = json_array_get(json_array_get(coordinates, 0), 0);
    const json_t *part;
    size_t i;
    if (json_is_number(first)) {
        visit(user, coordinates);
        return;
    }
    json_array_foreach((json_t *)(guintptr)coordinates, i, part)
    {
        if (json_is_array(json_array_get(part, 0)))
            each_ring(part, visit, user);
    }
}

static void bounds(void *user, const json_t *ring)
{
    view *v = user;
    for (size_t i = 0; i < json_array_size(ring); i++) {
        const json_t *point = json_array_get(ring, i);
        const double x = json_number_value(json_array_get(point, 0));
        const double y = json_number_value(json_array_get(point, 1));
        v->west = fmin(v->west, x);
        v->east = fmax(v->east, x);
        v->south = fmin(v->south, y);
        v->north = fmax(v->north, y);
    }
}

typedef struct {
    GString *out;
    const view *view;
} drawing;

/* A ring, less the points that fall on the pixel of the one before. */
static void draw(void *user, const json_t *ring)
{
    const drawing *d = user;
    double last_x = NAN, last_y = NAN;
    for (size_t i = 0; i < json_array_size(ring); i++) {
        const json_t *point = json_array_get(ring, i);
        const double x = (json_number_value(json_array_get(point, 0)) - d->view->west) *
                         d->view->shrink * d->view->scale;
        const double y =
            (d->view->north - json_number_value(json_array_get(point, 1))) *
            d->view->scale;
        if (i > 0 && hypot(x - last_x, y - last_y) < 0.7)
            continue;
        g_string_append_printf(d->out, "%s%.1f %.1f", i ? "L" : "M", x, y);
        last_x = x;
        last_y = y;
    }
    g_string_append_c(d->out, 'Z');
}

void alert_append_map(GString *out, const alert_report *r, double width)
{
    view v = {INFINITY, -INFINITY, INFINITY, -INFINITY, 1.0, 1.0};
    json_t **geometry = g_new0(json_t *, r->areas->n + 1);
    for (size_t k = 0; k < r->areas->n; k++) {
        geometry[k] = json_loads(r->areas->area[k].geojson, 0, NULL);
        each_ring(json_object_get(geometry[k], "coordinates"), bounds, &v);
    }
    if (v.east > v.west && v.north > v.south) {
        v.shrink = cos(0.5 * (v.north + v.south) * M_PI / 180.0);
        v.scale = width / ((v.east - v.west) * v.shrink);
        const double height = (v.north - v.south) * v.scale;
        g_string_append_printf(
            out,
            "<svg viewBox=\"-1 -1 %.0f %.0f\" width=\"%.0f\" role=\"img\" "
            "aria-label=\"Carte des zones · Map of the zones\">",
            width + 2, height + 2, width);
        for (size_t k = 0; k < r->areas->n; k++) {
            const drawing d = {out, &v};
            char *name = g_markup_escape_text(r->areas->area[k].name, -1);
            g_string_append_printf(out,
                                   "<path fill=\"%s\" stroke=\"#555\" "
                                   "stroke-width=\".6\" fill-rule=\"evenodd\" d=\"",
                                   colour_paint(risk_worst(r->risk, k + 1)));
            each_ring(json_object_get(geometry[k], "coordinates"), draw, (void *)&d);
            g_string_append_printf(out, "\"><title>%s</title></path>", name);
            g_free(name);
        }
        g_string_append(out, "</svg>\n");
    }
    for (size_t k = 0; k < r->areas->n; k++)
        json_decref(geometry[k]);
    g_free(geometry);
}
