/* The covariates at the stations' exact places. */
#include "config.h"

#include "ground.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "files/csv.h"
#include "files/outfile.h"
#include "files/raster.h"
#include "message.h"

/* A column of the table: a covariate over its own radius, or over one of [grid] radii.
 */
typedef struct {
    const autan_city_covariate *covariate;
    const ground_item *item; /* what makes its file; NULL when that is given */
    double radius_m;
    const char *further; /* the radius as the city file writes it; NULL: its own */
} column;

typedef struct {
    const ground *g;
    size_t n;
    column *column; /* n */
    double *value;  /* stations x n */
} table;

/* Without a radius, fractions are those of the disc with the area of a cell. */
static double own_radius(const ground *g, const autan_city_covariate *covariate,
                         const ground_item *item)
{
    if (covariate->radius_m > 0)
        return covariate->radius_m;
    return item && item->recipe.make == AUTAN_MAKE_FRACTION
               ? g->city.grid.resolution / sqrt(M_PI)
               : 0.0;
}

static const ground_item *maker_of(const ground *g,
                                   const autan_city_covariate *covariate)
{
    for (size_t k = 0; k < g->n_items; k++) {
        if (g->item[k].covariate == covariate ||
            (!covariate->make &&
             strcmp(g->item[k].covariate->file, covariate->file) == 0))
            return &g->item[k];
    }
    return NULL;
}

/* The columns, in the order of the city file. Zones are names, which have no mean. */
static void list_columns(table *t)
{
    const autan_city *city = &t->g->city;
    for (size_t number = 0; number < city->n_grids; number++) {
        const autan_city_covariate *c = autan_city_covariate_at(city, number);
        const ground_item *item = maker_of(t->g, c);
        t->column[t->n++] = (column){c, item, own_radius(t->g, c, item), NULL};
        const bool has_means = c->make && item->recipe.make != AUTAN_MAKE_LCZ;
        for (size_t r = 0; has_means && r < city->ground.radii.n; r++) {
            column further = {c, item, 0.0, city->ground.radii.name[r]};
            autan_number_parse(further.further, &further.radius_m);
            t->column[t->n++] = further;
        }
    }
}

static bool is_fraction(const column *c)
{
    return c->item && c->item->recipe.make == AUTAN_MAKE_FRACTION;
}

/* Whether a disc lies in the frame, whose sources are known. */
static bool in_frame(const autan_frame *f, const autan_station *s, double radius)
{
    const double block_m = (double)f->block_cells * f->grid.resolution;
    return s->x - radius >= f->xmin && s->y + radius <= f->ymax &&
           s->x + radius <= f->xmin + (double)f->blocks_x * block_m &&
           s->y - radius >= f->ymax - (double)f->blocks_y * block_m;
}

/* All fractions around one station, from one painted window. */
static autan_status fill_fractions(const table *t, size_t station, autan_error *err)
{
    const ground *g = t->g;
    const autan_station *s = &g->stations.station[station];
    const double step = g->frame.step;
    double widest = 0.0;
    autan_canvas canvas = {0};
    autan_spooled_list marks = {0};
    autan_window window;
    autan_status status;
    for (size_t k = 0; k < t->n; k++) {
        const column *c = &t->column[k];
        if (is_fraction(c) && in_frame(&g->frame, s, c->radius_m))
            widest = fmax(widest, c->radius_m);
    }
    if (widest == 0.0)
        return AUTAN_OK;
    window = autan_frame_around(&g->frame, s->x, s->y, widest);
    status = ground_paint(g, &window, &canvas, &marks, err);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; k < t->n; k++) {
        const column *c = &t->column[k];
        const double x = (s->x - g->frame.xmin) / step - window.column;
        const double y = (g->frame.ymax - s->y) / step - window.row;
        const double pixels = fmax(c->radius_m / step, 1.0);
        if (!is_fraction(c) || !in_frame(&g->frame, s, c->radius_m) ||
            (c->item->within &&
             autan_disc_share(&canvas, c->item->within, x, y, pixels) < 0.5))
            continue;
        t->value[station * t->n + k] =
            autan_disc_share(&canvas, c->item->set, x, y, pixels);
    }
    autan_canvas_clear(&canvas);
    autan_spooled_list_clear(&marks);
    return AUTAN_OK;
}

static autan_status fill_imagery(const table *t, size_t k, autan_error *err)
{
    const autan_station_table *stations = &t->g->stations;
    autan_status status = AUTAN_OK;
    for (size_t i = 0; status == AUTAN_OK && i < stations->n; i++)
        status = autan_imagery_place(t->column[k].item->imagery, stations->station[i].x,
                                     stations->station[i].y, t->column[k].radius_m,
                                     &t->value[i * t->n + k], err);
    return status;
}

/* What is made on the plane, or given, is read from its file. */
static autan_status fill_plane(const table *t, size_t k, autan_error *err)
{
    const ground *g = t->g;
    const column *c = &t->column[k];
    autan_raster *raster = NULL;
    autan_status status =
        autan_raster_open(c->covariate->name, c->covariate->file, c->radius_m,
                          g->city.crs, &g->city.grid, &raster, err);
    for (size_t i = 0; status == AUTAN_OK && i < g->stations.n; i++)
        status = autan_raster_read_places(raster, 1, &g->stations.station[i].x,
                                          &g->stations.station[i].y,
                                          &t->value[i * t->n + k], err);
    autan_raster_close(raster);
    return status;
}

static autan_status fill(const table *t, autan_error *err)
{
    const ground *g = t->g;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < t->n; k++) {
        const column *c = &t->column[k];
        if (!is_fraction(c))
            status = c->item && c->item->imagery ? fill_imagery(t, k, err)
                                                 : fill_plane(t, k, err);
    }
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < g->stations.n; i++) {
        autan_error why = {0};
        autan_status mine = fill_fractions(t, i, &why);
#pragma omp critical
        if (mine != AUTAN_OK && status == AUTAN_OK) {
            status = mine;
            *err = why;
        }
    }
    return status;
}

static void print_number(FILE *out, const char *format, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    fputc(',', out);
    if (isfinite(value))
        fputs(g_ascii_formatd(text, sizeof text, format, value), out);
}

static void print_header(const table *t, FILE *out)
{
    const ground *g = t->g;
    fputs("station,name,longitude,latitude,elevation", out);
    for (size_t a = 0; a < g->stations.n_attributes; a++) {
        fputc(',', out);
        autan_csv_print(out, g->stations.attribute_name[a]);
    }
    for (size_t k = 0; k < t->n; k++) {
        fprintf(out, ",ground_%s", t->column[k].covariate->name);
        if (t->column[k].further)
            fprintf(out, "_%s", t->column[k].further);
    }
    fputc('\n', out);
}

static void print_station(const table *t, size_t i, FILE *out)
{
    const ground *g = t->g;
    const autan_station *s = &g->stations.station[i];
    autan_csv_print(out, s->id);
    fputc(',', out);
    autan_csv_print(out, s->name);
    print_number(out, "%.9g", s->longitude);
    print_number(out, "%.9g", s->latitude);
    print_number(out, "%.9g", s->elevation);
    for (size_t a = 0; a < g->stations.n_attributes; a++) {
        fputc(',', out);
        autan_csv_print(out, s->attribute[a] ? s->attribute[a] : "");
    }
    for (size_t k = 0; k < t->n; k++)
        print_number(out, "%.5g", t->value[i * t->n + k]);
    fputc('\n', out);
}

char *ground_sites_path(const ground *g)
{
    char *base, *path, *folder;
    if (g->city.ground.sites)
        return g_strdup(g->city.ground.sites);
    folder = g_path_get_dirname(g->item[0].covariate->file);
    base = g_path_get_basename(g->city.stations);
    path = g_strdup_printf("%s/%s", folder, base);
    if (strcmp(path, g->city.stations) == 0) {
        g_free(path);
        path = g_strdup_printf("%s/ground-%s", folder, base);
    }
    g_free(folder);
    g_free(base);
    return path;
}

autan_status ground_write_sites(ground *g, autan_error *err)
{
    const size_t most = g->city.n_grids * (g->city.ground.radii.n + 1);
    table t = {.g = g};
    char *path = ground_sites_path(g);
    autan_outfile *out = NULL;
    autan_status status = AUTAN_OK;
    t.column = calloc(most + 1, sizeof *t.column);
    t.value = malloc((g->stations.n * most + 1) * sizeof *t.value);
    if (t.column && t.value) {
        list_columns(&t);
        for (size_t k = 0; k < g->stations.n * t.n; k++)
            t.value[k] = NAN;
        status = fill(&t, err);
    } else {
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    if (status == AUTAN_OK)
        status = autan_outfile_open(path, &out, err);
    if (status == AUTAN_OK) {
        print_header(&t, autan_outfile_stream(out));
        for (size_t i = 0; i < g->stations.n; i++)
            print_station(&t, i, autan_outfile_stream(out));
        status = autan_outfile_commit(out, err);
    }
    if (status == AUTAN_OK)
        message_note("values at %zu stations: %s", g->stations.n, path);
    g_free(path);
    free(t.column);
    free(t.value);
    return status;
}
