/* Making the covariate stack: blocks, then plane by plane into its file. */
#include "config.h"

#include "ground.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/geotiff.h"
#include "files/outfile.h"
#include "message.h"

/* A plane on its way into a file, rounded. */
typedef struct {
    const ground_item *item;
    autan_scratch *plane;
    size_t nx;
    double scale;
    double *value; /* capacity */
    size_t capacity;
    autan_error *err;
} rounding;

autan_status ground_no_memory(autan_error *err)
{
    return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
}

static autan_status read_values(rounding *r, size_t first, size_t n)
{
    if (n * r->nx > r->capacity) {
        free(r->value);
        r->capacity = n * r->nx;
        r->value = malloc(r->capacity * sizeof *r->value);
        if (!r->value) {
            r->capacity = 0;
            return ground_no_memory(r->err);
        }
    }
    return autan_scratch_read(r->plane, 0, first, r->nx, n, r->value);
}

/* Decimals that a plane is kept with. */
static autan_status choose_scale(rounding *r, size_t ny)
{
    int decimals = r->item->method->decimals < 0 ? 3 : r->item->method->decimals;
    for (size_t y = 0; r->item->method->decimals < 0 && decimals == 3 && y < ny; y++) {
        autan_status status = read_values(r, y, 1);
        if (status != AUTAN_OK)
            return status;
        for (size_t x = 0; x < r->nx; x++)
            decimals = fabs(r->value[x]) > 50.0 ? 1 : decimals;
    }
    r->scale = pow(10.0, decimals);
    return AUTAN_OK;
}

static autan_status check_range(const ground_item *item, double value, autan_error *err)
{
    const double slack = 1e-9;
    if (isnan(value) ||
        (value >= item->method->low - slack && value <= item->method->high + slack))
        return AUTAN_OK;
    return autan_fail(
        err, AUTAN_OUT_OF_DOMAIN,
        "covariate %s: a cell is %g, expected %g to %g: do the weights of \"%s\" "
        "sum to more than 1?",
        item->covariate->name, value, item->method->low, item->method->high,
        item->covariate->make);
}

static autan_status read_rounded(void *user, size_t first, size_t n, void *to)
{
    rounding *r = user;
    float *rounded = to;
    autan_status status = read_values(r, first, n);
    for (size_t k = 0; status == AUTAN_OK && k < n * r->nx; k++) {
        status = check_range(r->item, r->value[k], r->err);
        rounded[k] = (float)(round(r->value[k] * r->scale) / r->scale);
    }
    return status;
}

static autan_status write_plane(const ground *g, const ground_item *item,
                                autan_scratch *plane, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    rounding r = {.item = item, .plane = plane, .nx = grid->nx, .err = err};
    const autan_rows rows = {&r, read_rounded, NULL};
    const autan_city_covariate *c = item->covariate;
    const char *title = c->title ? c->title : item->method->title;
    const char *unit = item->method->unit ? item->method->unit : "";
    char *credits = ground_origin(g, item, "credits"),
         *date = ground_origin(g, item, "date");
    char *licence = ground_origin(g, item, "licence");
    char *folder = g_path_get_dirname(c->file), *name = g_path_get_basename(c->file);
    autan_status status = choose_scale(&r, grid->ny);
    autan_geotiff_tag tag[10] = {{"TIFFTAG_SOFTWARE", PACKAGE_STRING},
                                 {"TIFFTAG_DOCUMENTNAME", name},
                                 {"TIFFTAG_IMAGEDESCRIPTION", title},
                                 {"RECIPE", c->make}};
    autan_geotiff map = {.grid = grid,
                         .crs = g->city.crs,
                         .nodata = -9999.0f,
                         .name = name,
                         .units = unit,
                         .timeless = true,
                         .n_tags = 4,
                         .tag = tag};
    const autan_geotiff_tag origin[] = {{"TIFFTAG_COPYRIGHT", licence},
                                        {"SOURCE", credits},
                                        {"LICENCE", licence},
                                        {"DATE", date}};
    /* The file holds the quantity itself, whatever the radius of the covariate. */
    if (strrchr(name, '.'))
        *strrchr(name, '.') = '\0';
    for (size_t k = 0; k < sizeof origin / sizeof *origin; k++) {
        if (*origin[k].value)
            tag[map.n_tags++] = origin[k];
    }
    if (status == AUTAN_OK && g_mkdir_with_parents(folder, 0777) != 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot make the folder", folder);
    if (status == AUTAN_OK)
        status = autan_geotiff_write_rows(c->file, &map, &rows, err);
    free(r.value);
    g_free(name);
    g_free(folder);
    g_free(credits);
    g_free(date);
    g_free(licence);
    return status;
}

/* A covariate that is finished is known by a note in the folder of work: its file's
 * size and time. */

static char *note_path(const ground *g, const ground_item *item)
{
    return g_strdup_printf("%s/%s.made", g->work, item->covariate->name);
}

/* For g_free(); NULL when there is no file. */
static char *state_of(const ground_item *item)
{
    GStatBuf info;
    if (g_stat(item->covariate->file, &info) != 0)
        return NULL;
    return g_strdup_printf("%lld %lld.%09ld\n", (long long)info.st_size,
                           (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

static bool is_finished(const ground *g, const ground_item *item)
{
    char *path = note_path(g, item), *noted = NULL, *state = state_of(item);
    const bool same = state && g_file_get_contents(path, &noted, NULL, NULL) &&
                      strcmp(noted, state) == 0;
    g_free(path);
    g_free(noted);
    g_free(state);
    return same;
}

static autan_status note_finished(const ground *g, const ground_item *item,
                                  autan_error *err)
{
    char *path = note_path(g, item), *state = state_of(item);
    autan_status status = state ? autan_outfile_write_text(path, state, err) : AUTAN_OK;
    g_free(path);
    g_free(state);
    return status;
}

static autan_status make_item(const ground *g, const ground_item *item,
                              autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    autan_scratch *plane = NULL;
    autan_status status;
    if (is_finished(g, item))
        return AUTAN_OK;
    status =
        autan_scratch_open(g->work, sizeof(double), grid->nx, grid->ny, &plane, err);
    if (status == AUTAN_OK)
        status = ground_make_plane(g, item, plane, err);
    if (status == AUTAN_OK)
        status = write_plane(g, item, plane, err);
    autan_scratch_close(plane);
    return status == AUTAN_OK ? note_finished(g, item, err) : status;
}

autan_status ground_make(ground *g, autan_error *err)
{
    autan_status status = ground_make_blocks(g, err);
    for (size_t k = 0; status == AUTAN_OK && k < g->n_items; k++) {
        status = make_item(g, &g->item[k], err);
        message_progress("covariates", k + 1, g->n_items);
    }
    return status;
}

/* Origins. */

static const char *said(const autan_city_layer *l, const char *what)
{
    const char *text = strcmp(what, "credits") == 0   ? l->credits
                       : strcmp(what, "licence") == 0 ? l->licence
                                                      : l->date;
    return text ? text : "";
}

static void add_origin(GString *text, const char *part)
{
    if (*part && !strstr(text->str, part))
        g_string_append_printf(text, "%s%s", text->len ? "; " : "", part);
}

char *ground_origin(const ground *g, const ground_item *item, const char *what)
{
    GString *text = g_string_new(NULL);
    for (size_t t = 0; t < item->recipe.n_terms; t++) {
        long layer = autan_city_find_layer(&g->city, item->recipe.term[t].name);
        if (item->method->names != AUTAN_OF_COVARIATES) {
            add_origin(text, said(&g->city.layer[layer], what));
            continue;
        }
        for (size_t k = 0; k < g->n_items; k++) {
            if (strcmp(g->item[k].covariate->file,
                       g->city.covariate[item->input[t]].file) == 0) {
                char *inner = ground_origin(g, &g->item[k], what);
                add_origin(text, inner);
                g_free(inner);
            }
        }
    }
    return g_string_free(text, FALSE);
}
