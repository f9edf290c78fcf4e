/* Maps as a SpatioTemporal Asset Catalog, version 1.0.0, with the extensions
 * projection, raster and file. Links are relative, so that the folder can lie anywhere.
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "files/licence.h"
#include "files/publish/maps.h"
#include "files/publish/text.h"

#define EXTENSIONS "https://stac-extensions.github.io/"

static const char version[] = "1.0.0", collection[] = "maps";

static json_t *link_to(const char *rel, const char *href, const char *type)
{
    return json_pack("{s:s, s:s, s:s}", "rel", rel, "href", href, "type", type);
}

static json_t *time_text(autan_time time)
{
    char text[AUTAN_TIME_TEXT];
    autan_time_format(time, text);
    return json_string(text);
}

static json_t *numbers(size_t n, const double *value)
{
    json_t *list = json_array();
    for (size_t k = 0; k < n; k++)
        json_array_append_new(list, json_real(value[k]));
    return list;
}

static json_t *outline(const autan_month_maps *m)
{
    json_t *ring = json_array();
    for (size_t k = 0; k <= 4; k++)
        json_array_append_new(ring, numbers(2, m->corner[k % 4]));
    return json_pack("{s:s, s:[o]}", "type", "Polygon", "coordinates", ring);
}

/* In lists of items addresses are absolute where they are known: GDAL takes them from
 * its own folder. */
static json_t *asset(const autan_month_maps *m, const autan_map_file *f, bool listed)
{
    /* A multihash: SHA-256, of 32 bytes. */
    char *multihash = g_strconcat("1220", f->sum, NULL);
    char *href =
        listed && m->notice->url
            ? g_strdup_printf("%s/maps/%s/%s", m->notice->url, m->month, f->file)
            : g_strconcat("./", f->file, NULL);
    json_t *band = json_pack("{s:s, s:s}", "data_type", "float32", "sampling", "area");
    json_t *made =
        json_pack("{s:s, s:s, s:s, s:[s], s:[o], s:I, s:s}", "href", href, "type",
                  "image/tiff; application=geotiff; profile=cloud-optimized", "title",
                  f->variable, "roles", "data", "raster:bands", band, "file:size",
                  (json_int_t)f->bytes, "file:checksum", multihash);
    if (*f->unit)
        json_object_set_new(band, "unit", json_string(f->unit));
    json_object_set_new(band, "nodata",
                        isnan(f->nodata) ? json_string("nan") : json_real(f->nodata));
    g_free(href);
    g_free(multihash);
    return made;
}

static json_t *properties(const autan_month_maps *m, autan_time time)
{
    const autan_grid *g = &m->grid;
    const double transform[6] = {g->resolution, 0, g->xmin, 0, -g->resolution, g->ymax};
    const double box[4] = {g->xmin, g->ymin, g->xmax, g->ymax};
    json_t *made = json_pack(
        "{s:o, s:o, s:s, s:[I, I], s:o, s:o}", "datetime", time_text(time), "proj:epsg",
        m->epsg ? json_integer(m->epsg) : json_null(), "proj:wkt2", m->wkt,
        "proj:shape", (json_int_t)g->ny, (json_int_t)g->nx, "proj:transform",
        numbers(6, transform), "proj:bbox", numbers(4, box));
    return made;
}

/* The item of the maps first .. first + n - 1, all of one time. */
static json_t *item(const autan_month_maps *m, size_t first, size_t n, const char *id,
                    bool listed)
{
    json_t *assets = json_object(), *links = json_array();
    for (size_t k = first; k < first + n; k++)
        json_object_set_new(assets, m->map[k].variable, asset(m, &m->map[k], listed));
    json_array_append_new(links,
                          link_to("root", "../collection.json", "application/json"));
    json_array_append_new(links,
                          link_to("parent", "./catalog.json", "application/json"));
    json_array_append_new(
        links, link_to("collection", "../collection.json", "application/json"));
    if (m->notice->url) {
        char *self =
            g_strdup_printf("%s/maps/%s/%s.json", m->notice->url, m->month, id);
        json_array_append_new(links, link_to("self", self, "application/geo+json"));
        g_free(self);
    }
    return json_pack("{s:s, s:s, s:[s, s, s], s:s, s:s, s:o, s:o, s:o, s:o, s:o}",
                     "type", "Feature", "stac_version", version, "stac_extensions",
                     EXTENSIONS "projection/v1.1.0/schema.json",
                     EXTENSIONS "raster/v1.1.0/schema.json",
                     EXTENSIONS "file/v2.1.0/schema.json", "id", id, "collection",
                     collection, "geometry", outline(m), "bbox", numbers(4, m->box),
                     "properties", properties(m, m->map[first].time), "links", links,
                     "assets", assets);
}

static json_t *month_catalogue(const autan_month_maps *m, json_t *links)
{
    const char *licence = m->notice->licence;
    char *id = g_strdup_printf("maps-%s", m->month);
    json_t *variables = json_array(), *seen = json_object(), *made;
    for (size_t k = 0; k < m->n; k++) {
        if (!json_object_get(seen, m->map[k].variable))
            json_array_append_new(variables, json_string(m->map[k].variable));
        json_object_set_new(seen, m->map[k].variable, json_true());
    }
    json_decref(seen);
    made = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:I, s:o, s:o, s:o, s:o, s:i, s:s}, "
        "s:o}",
        "type", "Catalog", "stac_version", version, "id", id, "title", m->month,
        "description", m->notice->title[AUTAN_ENGLISH], "autan", "fingerprint",
        m->fingerprint, "maps", (json_int_t)m->n, "first", time_text(m->map[0].time),
        "last", time_text(m->map[m->n - 1].time), "bbox", numbers(4, m->box),
        "variables", variables, "epsg", m->epsg, "licence", licence, "links", links);
    g_free(id);
    return made;
}

autan_status autan_stac_month(const autan_month_maps *maps, const char *folder,
                              autan_error *err)
{
    json_t *items = json_array(), *links = json_array();
    autan_status status = AUTAN_OK;
    char *path;
    json_array_append_new(links,
                          link_to("root", "../collection.json", "application/json"));
    json_array_append_new(links,
                          link_to("parent", "../collection.json", "application/json"));
    for (size_t first = 0, n; status == AUTAN_OK && first < maps->n; first += n) {
        char id[AUTAN_TIME_TEXT], *href;
        for (n = 1;
             first + n < maps->n && maps->map[first + n].time == maps->map[first].time;)
            n++;
        autan_time_format_compact(maps->map[first].time, id);
        json_array_append_new(items, item(maps, first, n, id, true));
        href = g_strdup_printf("./%s.json", id);
        json_array_append_new(links, link_to("item", href, "application/geo+json"));
        path = g_strdup_printf("%s/%s.json", folder, id);
        status = autan_text_write_json(path, item(maps, first, n, id, false), err);
        g_free(path);
        g_free(href);
    }
    path = g_strdup_printf("%s/items.json", folder);
    if (status == AUTAN_OK)
        status = autan_text_write_json(
            path,
            json_pack("{s:s, s:O}", "type", "FeatureCollection", "features", items),
            err);
    json_decref(items);
    g_free(path);
    path = g_strdup_printf("%s/catalog.json", folder);
    if (status == AUTAN_OK)
        status = autan_text_write_json(path, month_catalogue(maps, links), err);
    else
        json_decref(links);
    g_free(path);
    return status;
}

/* A name that STAC takes for a licence; one that it does not know is "proprietary",
 * with a link to its text. */
static const char *licence_name(const autan_notice *n)
{
    return autan_licence_find(n->licence) ? n->licence : "proprietary";
}

static json_t *own_part(const autan_published *month, const char *key)
{
    return json_object_get(json_object_get(month->package, "autan"), key);
}

static json_t *extent(size_t n, const autan_published *month)
{
    double box[4] = {180, 90, -180, -90};
    json_t *first = own_part(&month[0], "first"),
           *last = own_part(&month[n - 1], "last");
    for (size_t k = 0; k < n; k++) {
        json_t *b = own_part(&month[k], "bbox");
        for (size_t i = 0; i < 4; i++) {
            double value = json_number_value(json_array_get(b, i));
            box[i] = i < 2 ? fmin(box[i], value) : fmax(box[i], value);
        }
    }
    return json_pack("{s:{s:[o]}, s:{s:[[O, O]]}}", "spatial", "bbox", numbers(4, box),
                     "temporal", "interval", first, last);
}

autan_status autan_stac_collection(const autan_notice *notice, const char *folder,
                                   size_t n, const autan_published *month,
                                   autan_error *err)
{
    char *path = g_strdup_printf("%s/collection.json", folder);
    json_t *links = json_array(), *keywords = json_array(), *provider, *made;
    autan_status status;
    for (char **word = notice->keyword[AUTAN_ENGLISH]; *word; word++)
        json_array_append_new(keywords, json_string(*word));
    json_array_append_new(links,
                          link_to("root", "./collection.json", "application/json"));
    json_array_append_new(links, link_to("license", notice->licence_url, "text/html"));
    if (notice->url) {
        char *self = g_strdup_printf("%s/maps/collection.json", notice->url);
        json_array_append_new(links, link_to("self", self, "application/json"));
        g_free(self);
    }
    for (size_t k = 0; k < n; k++) {
        char *href = g_strdup_printf("./%s/catalog.json", month[k].month);
        json_array_append_new(links, link_to("child", href, "application/json"));
        g_free(href);
    }
    provider = json_pack("{s:s, s:[s, s]}", "name", notice->publisher, "roles",
                         "producer", "host");
    if (notice->publisher_url)
        json_object_set_new(provider, "url", json_string(notice->publisher_url));
    made = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:[o], s:o, s:o}", "type",
                     "Collection", "stac_version", version, "id", collection, "title",
                     notice->map_title[AUTAN_FRENCH], "description",
                     notice->map_title[AUTAN_ENGLISH], "keywords", keywords, "license",
                     licence_name(notice), "providers", provider, "extent",
                     extent(n, month), "links", links);
    status = autan_text_write_json(path, made, err);
    g_free(path);
    return status;
}
