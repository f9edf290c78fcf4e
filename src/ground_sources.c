/* Reading the sources of the covariate stack. */
#include "config.h"

#include "ground.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static void on_progress(const char *what, size_t done, size_t total, void *user)
{
    (void)user;
    message_progress(what, done, total);
}

static void note_counts(const autan_vector_rule *rule, const autan_vector_counts *c)
{
    const struct {
        size_t n;
        const char *what;
    } notes[] = {
        {c->thin, "lines or points without a width were left out"},
        {c->empty, "features without geometry were left out"},
        {c->not_finite, "features with coordinates that have no place were left out"},
        {c->crossing,
         "polygons that cross themselves were filled by the even-odd rule"},
        {c->bad_value,
         "features have an attribute that is no number, or no width or height of 0 to "
         "1000 m; it was not used"},
        {rule->value_attribute ? c->no_value : 0, "features have no value"},
    };
    if (c->features == 0 && !rule->optional)
        message_note("layer %s: no feature passes the filter; there is nothing of it",
                     rule->name);
    for (size_t k = 0; k < sizeof notes / sizeof *notes; k++) {
        if (notes[k].n)
            message_note("layer %s: %zu of %zu %s", rule->name, notes[k].n, c->features,
                         notes[k].what);
    }
    if (!rule->amount && c->value_mode_count > c->value_count / 2 &&
        c->value_count > 20)
        message_note(
            "layer %s: %.0f %% of the heights are %g m, which looks like a default",
            rule->name, 100.0 * (double)c->value_mode_count / (double)c->value_count,
            c->value_mode);
}

/* Not every town has each of the layers of open data, but one that it has none of is
 * the wrong file. */
static autan_status check_any(const ground_source *s, autan_error *err)
{
    size_t features = 0, kept = 0;
    for (size_t r = 0; r < s->source.n_rules; r++) {
        if (!s->rule[r].optional)
            return AUTAN_OK;
        features += s->counts[r].features;
        kept += s->counts[r].kept;
    }
    if (kept > 0)
        return AUTAN_OK;
    return features > 0
               ? autan_fail(
                     err, AUTAN_OUT_OF_DOMAIN,
                     "%s: none of %zu buildings, streets, woods and waters lies in "
                     "the extent; is it the file of another region?",
                     s->source.path, features)
               : autan_fail(
                     err, AUTAN_BAD_FORMAT,
                     "%s: no building, street, wood or water was found; expected "
                     "OpenStreetMap (.osm.pbf, or a folder of OpenMapTiles vector "
                     "tiles) or BD TOPO, as the key in [grid] says",
                     s->source.path);
}

static autan_status read_vectors(ground *g, autan_error *err)
{
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < g->n_sources; k++) {
        ground_source *s = &g->source[k];
        const size_t size = s->source.n_rules * sizeof *s->counts;
        bool done = false;
        s->counts = calloc(s->source.n_rules + 1, sizeof *s->counts);
        if (!s->counts)
            return ground_no_memory(err);
        status = autan_spool_begin(g->spool, k, s->counts, size, &done, err);
        if (status == AUTAN_OK && !done) {
            status = autan_vector_read(&s->source, g->city.crs, &g->frame, g->spool,
                                       s->counts, on_progress, NULL, err);
            if (status == AUTAN_OK)
                status = autan_spool_end(g->spool, s->counts, size, err);
        }
        for (size_t r = 0; status == AUTAN_OK && r < s->source.n_rules; r++)
            note_counts(&s->rule[r], &s->counts[r]);
        if (status == AUTAN_OK)
            status = check_any(s, err);
    }
    return status;
}

static void note_pixels(const ground_item *item, const autan_city_layer *l)
{
    const autan_imagery_counts *c = &item->pixels;
    if (c->repaired)
        message_note(
            "layer %s: %zu of %zu pixels hold a customary nodata value that the file "
            "does not declare; they count as missing",
            l->name, c->repaired, c->pixels);
    else if (c->missing)
        message_note("layer %s: %zu of %zu pixels have no value", l->name, c->missing,
                     c->pixels);
    if (c->covered < 0.999)
        message_note("layer %s: %s ends inside the extent: it covers %.1f %% of it",
                     l->name, l->source, 100.0 * c->covered);
}

static autan_status read_rasters(ground *g, autan_error *err)
{
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < g->n_items; k++) {
        ground_item *item = &g->item[k];
        const autan_city_layer *l;
        char *kept;
        if (item->method->names != AUTAN_OF_RASTER)
            continue;
        l = &g->city.layer[autan_city_find_layer(&g->city, item->recipe.term[0].name)];
        const autan_imagery_source source = {l->name, l->source, l->options,
                                             l->crs,  l->nodata, &item->recipe};
        kept = g_strdup_printf("%s/%s.tif", g->work, item->covariate->name);
        status = autan_imagery_open(&source, g->city.crs, &g->city.grid,
                                    g->city.grid.xmin - g->frame.xmin, g->frame.step,
                                    kept, &item->imagery, &item->pixels, err);
        g_free(kept);
        if (status == AUTAN_OK)
            note_pixels(item, l);
    }
    return status;
}

autan_status ground_read_sources(ground *g, autan_error *err)
{
    autan_status status = read_vectors(g, err);
    return status == AUTAN_OK ? read_rasters(g, err) : status;
}
