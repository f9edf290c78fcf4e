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

/* Radii of the columns: 0 is the covariate's own, then those of [grid] radii. */
typedef struct {
    const ground *g;
    size_t n_radii;
    double *radius; /* n_radii */
    double *value;  /* stations x items x n_radii */
} table;

/* Without a radius, fractions are those of the disc with the area of a cell. */
static double own_radius(const ground *g, const ground_item *item)
{
    if (item->covariate->radius_m > 0)
        return item->covariate->radius_m;
    return item->recipe.make == AUTAN_MAKE_FRACTION
               ? g->city.grid.resolution / sqrt(M_PI)
               : 0.0;
}

static double radius_of(const table *t, const ground_item *item, size_t column)
{
    return column ? t->radius[column] : own_radius(t->g, item);
}

/* Whether a disc lies in the frame, whose sources are known. */
static bool in_frame(const autan_frame *f, const autan_station *s, double radius)
{
    const double block_m = (double)f->block_cells * f->grid.resolution;
    return s->x - radius >= f->xmin && s->y + radius <= f->ymax &&
           s->x + radius <= f->xmin + (double)f->blocks_x * block_m &&
           s->y - radius >= f->ymax - (double)f->blocks_y * block_m;
}

static double *cell_of(const table *t, size_t station, size_t item, size_t column)
{
    return &t->value[(station * t->g->n_items + item) * t->n_radii + column];
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
    for (size_t k = 0; k < g->n_items; k++) {
        for (size_t c = 0;
             g->item[k].recipe.make == AUTAN_MAKE_FRACTION && c < t->n_radii; c++) {
            double radius = radius_of(t, &g->item[k], c);
            if (in_frame(&g->frame, s, radius))
                widest = fmax(widest, radius);
        }
    }
    if (widest == 0.0)
        return AUTAN_OK;
    window = autan_frame_around(&g->frame, s->x, s->y, widest);
    status = ground_paint(g, &window, &canvas, &marks, err);
    if (status != AUTAN_OK)
        return status;
    for (size_t k = 0; k < g->n_items; k++) {
        for (size_t c = 0;
             g->item[k].recipe.make == AUTAN_MAKE_FRACTION && c < t->n_radii; c++) {
            double radius = radius_of(t, &g->item[k], c);
            const double column = (s->x - g->frame.xmin) / step - window.column;
            const double row = (g->frame.ymax - s->y) / step - window.row;
            const double pixels = fmax(radius / step, 1.0);
            if (!in_frame(&g->frame, s, radius) ||
                (g->item[k].within && autan_disc_share(&canvas, g->item[k].within,
                                                       column, row, pixels) < 0.5))
                continue;
            *cell_of(t, station, k, c) =
                autan_disc_share(&canvas, g->item[k].set, column, row, pixels);
        }
    }
    autan_canvas_clear(&canvas);
    autan_spooled_list_clear(&marks);
    return AUTAN_OK;
}

static autan_status fill_imagery(const table *t, size_t item, autan_error *err)
{
    const ground *g = t->g;
    autan_status status = AUTAN_OK;
    for (size_t i = 0; status == AUTAN_OK && i < g->stations.n; i++) {
        for (size_t c = 0; status == AUTAN_OK && c < t->n_radii; c++)
            status = autan_imagery_place(
                g->item[item].imagery, g->stations.station[i].x,
                g->stations.station[i].y, radius_of(t, &g->item[item], c),
                cell_of(t, i, item, c), err);
    }
    return status;
}

/* What is made on the plane is read from it. */
static autan_status fill_plane(const table *t, size_t item, autan_error *err)
{
    const ground *g = t->g;
    const autan_city_covariate *covariate = g->item[item].covariate;
    autan_status status = AUTAN_OK;
    for (size_t c = 0; status == AUTAN_OK && c < t->n_radii; c++) {
        autan_raster *raster = NULL;
        status = autan_raster_open(covariate->name, covariate->file,
                                   radius_of(t, &g->item[item], c), g->city.crs,
                                   &g->city.grid, &raster, err);
        for (size_t i = 0; status == AUTAN_OK && i < g->stations.n; i++)
            status = autan_raster_read_places(raster, 1, &g->stations.station[i].x,
                                              &g->stations.station[i].y,
                                              cell_of(t, i, item, c), err);
        autan_raster_close(raster);
    }
    return status;
}

static autan_status fill(const table *t, autan_error *err)
{
    const ground *g = t->g;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < g->n_items; k++) {
        if (g->item[k].recipe.make == AUTAN_MAKE_FRACTION)
            continue;
        status = g->item[k].imagery ? fill_imagery(t, k, err) : fill_plane(t, k, err);
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
    for (size_t k = 0; k < g->n_items; k++) {
        for (size_t c = 0; c < t->n_radii; c++) {
            fprintf(out, ",ground_%s", g->item[k].covariate->name);
            if (c)
                fprintf(out, "_%s", g->city.ground.radii.name[c - 1]);
        }
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
    for (size_t k = 0; k < g->n_items; k++) {
        for (size_t c = 0; c < t->n_radii; c++)
            print_number(out, "%.5g", *cell_of(t, i, k, c));
    }
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
    table t = {.g = g, .n_radii = g->city.ground.radii.n + 1};
    const size_t n = g->stations.n * g->n_items * t.n_radii;
    char *path = ground_sites_path(g);
    autan_outfile *out = NULL;
    autan_status status;
    t.radius = calloc(t.n_radii, sizeof *t.radius);
    t.value = malloc((n + 1) * sizeof *t.value);
    for (size_t k = 0; t.value && k < n; k++)
        t.value[k] = NAN;
    for (size_t c = 1; t.radius && c < t.n_radii; c++)
        autan_number_parse(g->city.ground.radii.name[c - 1], &t.radius[c]);
    status = t.radius && t.value ? fill(&t, err)
                                 : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
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
    free(t.radius);
    free(t.value);
    return status;
}
