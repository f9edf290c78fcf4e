/* What a covariate stack is to be made of. */
#include "config.h"

#include "ground.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/number.h"
#include "files/outfile.h"
#include "files/raster.h"
#include "files/station_file.h"

enum { COVERS_MAX = 16, KINDS_MAX = 255 };

/* Squares of the masks that distances are taken from: disk and time, not memory. */
static const double SQUARES_MAX = 1e9;

static autan_status at_line(const ground *g, int line, autan_error *err,
                            const char *text)
{
    return autan_fail(err, AUTAN_BAD_CONFIG, "%s:%d: %s", g->city.path, line, text);
}

static autan_status no_memory(const ground *g, autan_error *err)
{
    return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", g->city.path);
}

static autan_status parse_recipes(ground *g, autan_error *err)
{
    const autan_city *city = &g->city;
    g->item = calloc(city->n_grids + 1, sizeof *g->item);
    if (!g->item)
        return no_memory(g, err);
    for (size_t number = 0; number < city->n_grids; number++) {
        const autan_city_covariate *c = autan_city_covariate_at(city, number);
        ground_item *item = &g->item[g->n_items];
        autan_error why;
        if (!c->make)
            continue;
        if (autan_recipe_parse(c->make, &item->recipe, &why) != AUTAN_OK)
            return autan_fail(err, AUTAN_BAD_CONFIG, "%s:%d: [covariate %s] make: %s",
                              city->path, c->line, c->name, why.text);
        item->covariate = c;
        item->method = autan_method_get(item->recipe.make);
        item->in_block = -1;
        g->n_items++;
    }
    if (g->n_items == 0)
        return autan_fail(
            err, AUTAN_BAD_CONFIG,
            "%s: nothing to make: name sources in [grid], such as "
            "openstreetmap = region.osm.pbf, or give [covariate] sections "
            "a make key",
            city->path);
    return AUTAN_OK;
}

/* Whether a recipe of this kind of names uses the layer. */
static bool used_as(const ground *g, autan_recipe_names names, size_t layer)
{
    for (size_t k = 0; k < g->n_items; k++) {
        const ground_item *item = &g->item[k];
        for (size_t t = 0; item->method->names == names && t < item->recipe.n_terms;
             t++) {
            if (strcmp(item->recipe.term[t].name, g->city.layer[layer].name) == 0)
                return true;
        }
    }
    return false;
}

bool ground_is_raster(const ground *g, size_t layer)
{
    return used_as(g, AUTAN_OF_RASTER, layer);
}

/* The names of every recipe are layers or covariates that are there. */
static autan_status check_names(const ground *g, autan_error *err)
{
    for (size_t k = 0; k < g->n_items; k++) {
        const ground_item *item = &g->item[k];
        const autan_city_covariate *c = item->covariate;
        for (size_t t = 0; t < item->recipe.n_terms; t++) {
            const autan_recipe_term *term = &item->recipe.term[t];
            const bool of_covariates = item->method->names == AUTAN_OF_COVARIATES;
            long found = of_covariates ? autan_city_find_covariate(&g->city, term->name)
                                       : autan_city_find_layer(&g->city, term->name);
            if (found < 0 ||
                (of_covariates && g->city.covariate[found].number >= c->number))
                return autan_fail(
                    err, AUTAN_BAD_CONFIG,
                    "%s:%d: [covariate %s] make names '%s', expected a %s",
                    g->city.path, c->line, c->name, term->name,
                    of_covariates ? "[covariate] given above it"
                                  : "[layer] of the city file");
            if (term->attribute && item->method->names != AUTAN_OF_AMOUNTS)
                return autan_fail(err, AUTAN_BAD_CONFIG,
                                  "%s:%d: [covariate %s] make: only density takes an "
                                  "attribute, '%s.%s'",
                                  g->city.path, c->line, c->name, term->name,
                                  term->attribute);
        }
    }
    return AUTAN_OK;
}

/* Widths and heights beyond are none. */
static const double MEASURE_MOST_M = 1000.0;

/* "6" is a number; "HEIGHT 6" an attribute and what stands for it where it is missing.
 */
static autan_status split_measure(const ground *g, const autan_city_layer *l,
                                  const char *key, char *text, double *number,
                                  const char **attribute, autan_error *err)
{
    char *blank, *metres = text;
    *attribute = NULL;
    if (!text)
        return AUTAN_OK;
    if (autan_number_parse(text, number) != AUTAN_OK) {
        *attribute = text;
        blank = strrchr(text, ' ');
        metres = blank ? blank + 1 : NULL;
    }
    if (metres && !(autan_number_parse(metres, number) == AUTAN_OK && *number >= 0.0 &&
                    *number <= MEASURE_MOST_M))
        return autan_fail(
            err, AUTAN_BAD_CONFIG,
            "%s:%d: [layer %s] %s is '%s', expected METRES (0 to %g), ATTRIBUTE or "
            "ATTRIBUTE METRES",
            g->city.path, l->line, l->name, key, text, MEASURE_MOST_M);
    if (*attribute && metres)
        metres[-1] = '\0';
    return AUTAN_OK;
}

/* The source of a layer, shared by all that are read alike. */
static ground_source *source_of(ground *g, const autan_city_layer *l)
{
    ground_source *s;
    for (size_t k = 0; k < g->n_sources; k++) {
        const autan_vector_source *v = &g->source[k].source;
        if (strcmp(v->path, l->source) == 0 && g_strcmp0(v->options, l->options) == 0 &&
            g_strcmp0(v->crs, l->crs) == 0 && v->swap_axes == l->swap_axes)
            return &g->source[k];
    }
    s = &g->source[g->n_sources++];
    s->source =
        (autan_vector_source){l->source, l->options, l->crs, l->swap_axes, 0, NULL};
    return s;
}

static autan_status find_cover(ground *g, const autan_city_layer *l, size_t *cover,
                               autan_error *err)
{
    const char *name = l->cover ? l->cover : "ground";
    for (*cover = 0; *cover < g->n_covers; ++*cover) {
        if (strcmp(g->cover[*cover], name) == 0)
            return AUTAN_OK;
    }
    if (g->n_covers == COVERS_MAX)
        return at_line(g, l->line, err, "more covers than 16");
    g->cover[g->n_covers++] = name;
    return AUTAN_OK;
}

/* Adds a rule for a layer: painted, or (attribute, which may be NULL) an amount. */
static autan_status add_rule(ground *g, size_t layer, bool amount,
                             const char *attribute, autan_error *err)
{
    autan_city_layer *l = &g->city.layer[layer];
    ground_source *s = source_of(g, l);
    const size_t number = g->n_rules;
    autan_vector_rule rule = {.name = l->name,
                              .layer = l->layer,
                              .number = (uint32_t)number,
                              .value = amount && !attribute ? 1.0 : NAN,
                              .optional = l->optional,
                              .amount = amount,
                              .value_attribute = attribute};
    autan_error why;
    autan_status status = AUTAN_OK;
    if (l->where && autan_filter_parse(l->where, &g->filter[number], &why) != AUTAN_OK)
        return autan_fail(err, AUTAN_BAD_CONFIG, "%s:%d: [layer %s] %s", g->city.path,
                          l->line, l->name, why.text);
    rule.filter = g->filter[number];
    if (!amount) {
        size_t cover;
        status = split_measure(g, l, "width", l->width, &rule.width_m,
                               &rule.width_attribute, err);
        if (status == AUTAN_OK)
            status = split_measure(g, l, "height", l->height, &rule.value,
                                   &rule.value_attribute, err);
        if (status == AUTAN_OK)
            status = find_cover(g, l, &cover, err);
        if (status != AUTAN_OK)
            return status;
        g->brush[number].cover = (uint8_t)cover;
        for (size_t r = 0; r < number; r++)
            g->brush[number].kind =
                (uint8_t)(g->brush[number].kind +
                          (!g->brush[r].amount && g->brush[r].cover == cover));
        if (g->brush[number].kind == KINDS_MAX)
            return at_line(g, l->line, err, "more than 255 layers on a cover");
        g->brush[number].kind++;
    }
    g->brush[number].amount = amount;
    g->layer_of[number] = layer;
    s->rule = g_realloc_n(s->rule, s->source.n_rules + 1, sizeof *s->rule);
    s->rule[s->source.n_rules++] = rule;
    s->source.rule = s->rule;
    g->n_rules++;
    return AUTAN_OK;
}

/* Layers are painted in the order of the city file, those that no recipe names too, for
 * they hide what is below them. */
static autan_status add_rules(ground *g, autan_error *err)
{
    size_t most = g->city.n_layers;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; k < g->n_items; k++)
        most += g->item[k].recipe.n_terms;
    g->source = calloc(most + 1, sizeof *g->source);
    g->brush = calloc(most + 1, sizeof *g->brush);
    g->filter = calloc(most + 1, sizeof *g->filter);
    g->layer_of = calloc(most + 1, sizeof *g->layer_of);
    g->cover = calloc(COVERS_MAX, sizeof *g->cover);
    if (!g->source || !g->brush || !g->filter || !g->layer_of || !g->cover)
        return no_memory(g, err);
    for (size_t l = 0; status == AUTAN_OK && l < g->city.n_layers; l++) {
        bool painted = used_as(g, AUTAN_OF_VECTORS, l);
        bool other = ground_is_raster(g, l) || used_as(g, AUTAN_OF_AMOUNTS, l);
        if (painted || !other)
            status = add_rule(g, l, false, NULL, err);
    }
    for (size_t k = 0; status == AUTAN_OK && k < g->n_items; k++) {
        ground_item *item = &g->item[k];
        if (item->method->names != AUTAN_OF_AMOUNTS)
            continue;
        item->amount_rule = calloc(item->recipe.n_terms, sizeof *item->amount_rule);
        if (!item->amount_rule)
            return no_memory(g, err);
        for (size_t t = 0; status == AUTAN_OK && t < item->recipe.n_terms; t++) {
            const autan_recipe_term *term = &item->recipe.term[t];
            item->amount_rule[t] = (uint32_t)g->n_rules;
            status = add_rule(g, (size_t)autan_city_find_layer(&g->city, term->name),
                              true, term->attribute, err);
        }
    }
    return status;
}

/* The pixels of a recipe of vectors, by cover and kind. */
static autan_status make_set(ground *g, ground_item *item, autan_error *err)
{
    item->set = calloc(g->n_covers + 1, sizeof *item->set);
    if (!item->set)
        return no_memory(g, err);
    for (size_t t = 0; t < item->recipe.n_terms; t++) {
        const autan_recipe_term *term = &item->recipe.term[t];
        for (size_t r = 0; r < g->n_rules; r++) {
            const autan_brush *b = &g->brush[r];
            if (!b->amount &&
                strcmp(g->city.layer[g->layer_of[r]].name, term->name) == 0)
                item->set[b->cover].weight[b->kind] += term->weight;
        }
    }
    return AUTAN_OK;
}

/* The layer that a covariate is known within; it is painted like any other. */
static autan_status make_within(ground *g, ground_item *item, autan_error *err)
{
    const char *name = item->covariate->within;
    bool found = false;
    item->within_block = -1;
    if (!name)
        return AUTAN_OK;
    item->within = calloc(g->n_covers + 1, sizeof *item->within);
    if (!item->within)
        return no_memory(g, err);
    for (size_t r = 0; r < g->n_rules; r++) {
        const autan_brush *b = &g->brush[r];
        if (b->amount || strcmp(g->city.layer[g->layer_of[r]].name, name) != 0)
            continue;
        item->within[b->cover].weight[b->kind] = 1.0;
        found = true;
    }
    item->within_block = (long)g->n_values++;
    return found
               ? AUTAN_OK
               : autan_fail(
                     err, AUTAN_BAD_CONFIG,
                     "%s:%d: [covariate %s] within names '%s', expected a [layer] of "
                     "polygons",
                     g->city.path, item->covariate->line, item->covariate->name, name);
}

static bool needs_heights(autan_make make)
{
    return make == AUTAN_MAKE_HEIGHT || make == AUTAN_MAKE_FRONTAL ||
           make == AUTAN_MAKE_SKY_VIEW;
}

/* Heights must be given where a recipe is of heights; covers then hold them. */
static autan_status want_heights(ground *g, const ground_item *item, autan_error *err)
{
    for (size_t t = 0; t < item->recipe.n_terms; t++) {
        const autan_city_layer *l =
            &g->city.layer[autan_city_find_layer(&g->city, item->recipe.term[t].name)];
        if (!l->height)
            return autan_fail(
                err, AUTAN_BAD_CONFIG,
                "%s:%d: [layer %s] has no height, which [covariate %s] needs",
                g->city.path, l->line, l->name, item->covariate->name);
    }
    for (size_t c = 0; c < g->n_covers; c++) {
        for (int kind = 0; kind < 256; kind++)
            g->cover_heights[c] |= item->set[c].weight[kind] > 0.0;
    }
    return AUTAN_OK;
}

static autan_status resolve_items(ground *g, autan_error *err)
{
    autan_status status = AUTAN_OK;
    g->cover_heights = calloc(g->n_covers + 1, sizeof *g->cover_heights);
    if (!g->cover_heights)
        return no_memory(g, err);
    for (size_t k = 0; status == AUTAN_OK && k < g->n_items; k++) {
        ground_item *item = &g->item[k];
        status = make_within(g, item, err);
        if (status != AUTAN_OK)
            return status;
        if (item->method->names == AUTAN_OF_VECTORS) {
            status = make_set(g, item, err);
            item->in_block = item->recipe.make == AUTAN_MAKE_DISTANCE
                                 ? (long)g->n_masks++
                                 : (long)g->n_values++;
            if (status == AUTAN_OK && needs_heights(item->recipe.make))
                status = want_heights(g, item, err);
        } else if (item->method->names == AUTAN_OF_AMOUNTS) {
            item->in_block = (long)g->n_values++;
        } else if (item->method->names == AUTAN_OF_COVARIATES) {
            item->input = calloc(item->recipe.n_terms, sizeof *item->input);
            if (!item->input)
                return no_memory(g, err);
            for (size_t t = 0; t < item->recipe.n_terms; t++)
                item->input[t] =
                    autan_city_find_covariate(&g->city, item->recipe.term[t].name);
        }
    }
    return status;
}

/* How far beyond the grid sources matter. */
static autan_status make_frame(ground *g, autan_error *err)
{
    double reach = GROUND_SKY_REACH_M;
    for (size_t k = 0; k < g->n_items; k++)
        reach = fmax(reach, g->item[k].covariate->radius_m);
    for (size_t k = 0; k < g->city.ground.radii.n; k++) {
        double radius = 0.0;
        autan_number_parse(g->city.ground.radii.name[k], &radius);
        reach = fmax(reach, radius);
    }
    if (autan_frame_make(&g->city.grid, g->city.ground.samples, reach, &g->frame) !=
        AUTAN_OK)
        return autan_fail(
            err, AUTAN_BAD_CONFIG,
            "%s: the extent has more than 4 million pixels of %g m in a row or "
            "column; give [grid] fewer samples",
            g->city.path,
            g->city.grid.resolution /
                (double)(g->city.ground.samples ? g->city.ground.samples : 1));
    /* Squares of the masks: a tenth of a cell where that is not too many. */
    g->mask_side = g->frame.samples;
    for (size_t side = 1; side <= g->frame.samples; side++) {
        double across = (double)g->frame.samples / (double)side;
        if (g->frame.samples % side == 0 && across <= 10.0 &&
            (double)g->city.grid.nx * (double)g->city.grid.ny * across * across <=
                SQUARES_MAX) {
            g->mask_side = side;
            break;
        }
    }
    return AUTAN_OK;
}

autan_status ground_open(const char *path, ground *out, autan_error *err)
{
    ground g = {0};
    autan_status status = autan_city_read(path, &g.city, err);
    if (status == AUTAN_OK)
        autan_raster_limit_cache(ground_memory(&g) / GROUND_CACHE_SHARE);
    if (status == AUTAN_OK)
        status = autan_station_file_read(g.city.stations, &g.stations, err);
    if (status == AUTAN_OK)
        status = autan_project_stations(g.city.crs, &g.stations, err);
    if (status == AUTAN_OK)
        status = parse_recipes(&g, err);
    if (status == AUTAN_OK)
        status = check_names(&g, err);
    if (status == AUTAN_OK)
        status = add_rules(&g, err);
    if (status == AUTAN_OK)
        status = resolve_items(&g, err);
    if (status == AUTAN_OK)
        status = make_frame(&g, err);
    if (status != AUTAN_OK) {
        ground_close(&g);
        return status;
    }
    *out = g;
    return AUTAN_OK;
}

double ground_memory(const ground *g)
{
    return g->city.ground.memory_mib * 1024.0 * 1024.0;
}

void ground_close(ground *g)
{
    autan_spool_close(g->spool);
    for (size_t k = 0; k < g->n_items; k++) {
        ground_item *item = &g->item[k];
        autan_recipe_clear(&item->recipe);
        autan_imagery_close(item->imagery);
        free(item->set);
        free(item->within);
        free(item->amount_rule);
        free(item->input);
    }
    free(g->item);
    for (size_t k = 0; k < g->n_sources; k++) {
        g_free(g->source[k].rule);
        free(g->source[k].counts);
    }
    free(g->source);
    for (size_t r = 0; r < g->n_rules; r++)
        autan_filter_free(g->filter[r]);
    free(g->filter);
    free(g->brush);
    free(g->layer_of);
    free(g->cover);
    free(g->cover_heights);
    free(g->painted);
    g_free(g->work);
    autan_station_table_clear(&g->stations);
    autan_city_clear(&g->city);
    *g = (ground){0};
}

/* The folder of work. */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void digest_path(GChecksum *sum, const char *path, int depth)
{
    GStatBuf info;
    GDir *dir;
    if (g_stat(path, &info) != 0)
        return;
    if (!S_ISDIR(info.st_mode) || depth == 0) {
        char *text = g_strdup_printf("%s %lld %lld\n", path, (long long)info.st_size,
                                     (long long)info.st_mtime);
        g_checksum_update(sum, (const guchar *)text, -1);
        g_free(text);
        return;
    }
    dir = g_dir_open(path, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, by_name);
    for (guint i = 0; i < names->len; i++) {
        char *inner = g_build_filename(path, names->pdata[i], NULL);
        digest_path(sum, inner, depth - 1);
        g_free(inner);
    }
    g_ptr_array_unref(names);
    if (dir)
        g_dir_close(dir);
}

/* What the kept files depend on: the program, the city file, the sources. */
static char *signature(const ground *g)
{
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    char *text = NULL, *made;
    gsize length = 0;
    g_checksum_update(sum, (const guchar *)PACKAGE_STRING "\n", -1);
    if (g_file_get_contents(g->city.path, &text, &length, NULL))
        g_checksum_update(sum, (const guchar *)text, (gssize)length);
    g_free(text);
    for (size_t l = 0; l < g->city.n_layers; l++)
        digest_path(sum, g->city.layer[l].source, 3);
    made = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return made;
}

static void empty_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        static const char *const ours[] = {".shapes",  ".done", ".block", ".tif",
                                           ".partial", ".tmp",  ".made",  "signature"};
        for (size_t k = 0; k < sizeof ours / sizeof *ours; k++) {
            char *path = g_build_filename(folder, name, NULL);
            if (g_str_has_suffix(name, ours[k]))
                g_unlink(path);
            g_free(path);
        }
    }
    if (dir)
        g_dir_close(dir);
}

autan_status ground_prepare_work(ground *g, bool again, autan_error *err)
{
    char *base = g_path_get_basename(g->city.path), *mine = signature(g), *path,
         *found = NULL;
    autan_status status = AUTAN_OK;
    g->work = g->city.ground.work
                  ? g_strdup(g->city.ground.work)
                  : g_strdup_printf("%s/.%s-grid", g->city.folder, base);
    path = g_build_filename(g->work, "signature", NULL);
    if (g_mkdir_with_parents(g->work, 0777) != 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", g->work,
                            strerror(errno));
    if (status == AUTAN_OK &&
        (again || !g_file_get_contents(path, &found, NULL, NULL) ||
         strcmp(found, mine) != 0)) {
        empty_folder(g->work);
        status = autan_outfile_write_text(path, mine, err);
    }
    if (status == AUTAN_OK)
        status = autan_spool_open(g->work, &g->frame, &g->spool, err);
    g_free(found);
    g_free(path);
    g_free(mine);
    g_free(base);
    return status;
}

void ground_remove_work(const ground *g)
{
    empty_folder(g->work);
    g_rmdir(g->work);
}
