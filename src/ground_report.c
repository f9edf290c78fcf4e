#include "config.h"

#include "ground_report.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "extrapolation.h"
#include "files/geotiff.h"
#include "files/outfile.h"
#include "files/picture.h"
#include "files/raster.h"
#include "files/scratch.h"
#include "ground/quality.h"
#include "message.h"
#include "pictures.h"

enum {
    SAMPLE_MOST = 200000,   /* cells that correlations are taken from */
    CELLS_AT_ONCE = 1 << 22 /* of rows held at once */
};

/* Standard deviations beyond which a picture of extrapolation tells no more. */
static const double DRAWN_MOST = 3.0;

typedef struct {
    autan_scratch *plane; /* double */
    autan_quality cells;
    double *at_stations;
    double *sample; /* of the cells, evenly spaced */
    size_t beyond;  /* cells outside what the stations have seen */
    bool checked;   /* against an attribute of the stations */
    size_t check_n;
    double check_r, check_bias, check_difference;
} column;

typedef struct {
    const autan_city *city;
    const autan_station_table *stations;
    const char *folder;
    size_t cells, stride, n_sample, at_once; /* rows */
    column *column;                          /* n_grids */
    autan_seen seen;
    autan_scratch *beyond; /* float */
    size_t beyond_cells;
    autan_error *err;
} report;

/* The report speaks two languages; every text stands here in both. */
typedef struct {
    const char *file, *code, *title, *intro, *value, *coverage, *missing, *median,
        *range, *mean, *stations, *beyond, *check, *check_text, *correlation,
        *correlation_text, *extrapolation, *extrapolation_text, *recipe, *radius,
        *given, *histogram, *map, *other;
    char mark; /* of decimals */
} language;

static const language languages[] = {
    {"rapport.html",
     "fr",
     "Ce que l'on sait du sol",
     "Chaque covariable telle que les cartes la voient, avec son rayon. À lire avant "
     "de se fier "
     "aux cartes.",
     "Grandeur",
     "Couverture de la grille",
     "Mailles sans valeur",
     "Médiane (5 % à 95 %)",
     "Du plus petit au plus grand",
     "Moyenne",
     "Aux stations, du plus petit au plus grand",
     "Mailles au-delà de ce que les stations ont vu",
     "Accord avec une donnée indépendante",
     "%zu stations : r = %s, écart moyen %s, écart absolu moyen %s, avec « %s »",
     "Corrélations",
     "Entre covariables, sur la grille. Au-delà de 0,9 en valeur absolue, deux "
     "covariables disent presque la même chose.",
     "Extrapolation",
     "%s %% des mailles sont au-delà de ce que les stations ont vu, pour une "
     "covariable ou pour un mélange de plusieurs ; extrapolation.tif dit de combien "
     "d'écarts types. Les cartes y sont moins sûres que leur erreur type ne le dit.",
     "Recette",
     "Rayon",
     "fichier donné",
     "Répartition des mailles",
     "Carte",
     "English",
     ','},
    {"report.html",
     "en",
     "What is known of the ground",
     "Each covariate as the maps see it, with its radius. To be read before trusting "
     "the maps.",
     "Quantity",
     "Coverage of the grid",
     "Cells without a value",
     "Median (5 % to 95 %)",
     "Least to most",
     "Mean",
     "At the stations, least to most",
     "Cells beyond what the stations have seen",
     "Agreement with independent data",
     "%zu stations: r = %s, mean difference %s, mean absolute difference %s, with "
     "\"%s\"",
     "Correlations",
     "Between covariates, over the grid. Beyond 0.9 either way two covariates "
     "say almost the same.",
     "Extrapolation",
     "%s %% of the cells are beyond what the stations have seen, in one covariate or "
     "in "
     "a mixture of them; extrapolation.tif says by how many standard deviations. There "
     "the maps are less sure than their standard error says.",
     "Recipe",
     "Radius",
     "file given",
     "Cells by value",
     "Map",
     "français",
     '.'},
};

static autan_status no_memory(const report *r)
{
    return autan_fail(r->err, AUTAN_NO_MEMORY, "%s: out of memory", r->folder);
}

/* A number with four digits, in the language's way. */
static const char *number(const language *l, double value)
{
    static char text[8][40];
    static int turn;
    turn = (turn + 1) % 8;
    if (isnan(value))
        return "–";
    g_ascii_formatd(text[turn], sizeof *text, "%.4g", value);
    for (char *c = text[turn]; *c; c++)
        *c = *c == '.' ? l->mark : *c;
    return text[turn];
}

/* Looking at one covariate. */

/* "built_area 196350": an attribute of the stations, and what it is divided by. */
static void check_attribute(const report *r, const autan_city_covariate *c, column *k)
{
    char **word = g_strsplit(c->check, " ", 2);
    double divisor = 1.0, *known = malloc((r->stations->n + 1) * sizeof *known);
    size_t a = 0;
    if (word[1])
        autan_number_parse(g_strstrip(word[1]), &divisor);
    while (a < r->stations->n_attributes &&
           strcmp(r->stations->attribute_name[a], word[0]) != 0)
        a++;
    for (size_t i = 0; known && i < r->stations->n; i++) {
        const autan_station *s = &r->stations->station[i];
        const char *text = a < r->stations->n_attributes ? s->attribute[a] : NULL;
        known[i] = strcmp(word[0], "elevation") == 0 ? s->elevation : NAN;
        if (text && autan_number_parse(text, &known[i]) == AUTAN_OK)
            known[i] /= divisor;
    }
    if (known) {
        k->check_r =
            autan_correlation(r->stations->n, known, k->at_stations, &k->check_bias,
                              &k->check_difference, &k->check_n);
        k->checked = true;
    }
    free(known);
    g_strfreev(word);
}

/* A plane with as many cells as a picture needs at most, each the mean of those known
 * among the by x by that it stands for. */
static autan_status thin(const report *r, autan_scratch *plane, size_t by,
                         const autan_grid *coarse, double *value)
{
    const size_t nx = r->city->grid.nx;
    double *rows = malloc(by * nx * sizeof *rows);
    autan_status status = rows ? AUTAN_OK : no_memory(r);
    for (size_t y = 0; status == AUTAN_OK && y < coarse->ny; y++) {
        status = autan_scratch_read(plane, 0, y * by, nx, by, rows);
        if (status == AUTAN_OK)
            picture_thin(rows, nx, by, by, value + y * coarse->nx);
    }
    free(rows);
    return status;
}

static autan_status draw_map(const report *r, const char *name, const char *title,
                             autan_scratch *plane)
{
    size_t by;
    const autan_grid coarse = picture_grid(&r->city->grid, &by);
    char *path = g_strdup_printf("%s/%s.png", r->folder, name);
    double *value = malloc(coarse.nx * coarse.ny * sizeof *value);
    const autan_picture picture = {.grid = &coarse,
                                   .title = title,
                                   .legend_title = name,
                                   .nothing_text = "inconnu / unknown",
                                   .decimal_mark = ',',
                                   .scale = "uncertainty"};
    autan_picture_station *station = calloc(r->stations->n + 1, sizeof *station);
    autan_picture_map map = {NULL, value, r->stations->n, station};
    autan_status status =
        station && value ? thin(r, plane, by, &coarse, value) : no_memory(r);
    for (size_t i = 0; station && i < r->stations->n; i++)
        station[i] = (autan_picture_station){r->stations->station[i].x,
                                             r->stations->station[i].y, NAN, NULL};
    if (status == AUTAN_OK)
        status = autan_picture_write(&picture, 1, &map, path, r->err);
    free(value);
    free(station);
    g_free(path);
    return status;
}

/* The covariate as the maps see it into a file of work; its values at the stations. */
static autan_status read_covariate(report *r, size_t k)
{
    const autan_city_covariate *c = &r->city->covariate[k];
    const autan_grid *g = &r->city->grid;
    column *col = &r->column[k];
    autan_raster *raster = NULL;
    double *value = malloc(r->at_once * g->nx * sizeof *value);
    autan_status status = value ? autan_raster_open(c->name, c->file, c->radius_m,
                                                    r->city->crs, g, &raster, r->err)
                                : no_memory(r);
    col->at_stations = malloc((r->stations->n + 1) * sizeof *col->at_stations);
    col->sample = malloc((r->n_sample + 1) * sizeof *col->sample);
    if (status == AUTAN_OK && (!col->at_stations || !col->sample))
        status = no_memory(r);
    if (status == AUTAN_OK)
        status = autan_scratch_open(r->folder, sizeof *value, g->nx, g->ny, &col->plane,
                                    r->err);
    for (size_t row = 0; status == AUTAN_OK && row < g->ny; row += r->at_once) {
        const size_t n = MIN(r->at_once, g->ny - row);
        status = autan_raster_read_rows(raster, row, n, value, r->err);
        if (status == AUTAN_OK)
            status = autan_scratch_write(col->plane, 0, row, g->nx, n, value);
    }
    for (size_t i = 0; status == AUTAN_OK && i < r->stations->n; i++)
        status = autan_raster_read_places(raster, 1, &r->stations->station[i].x,
                                          &r->stations->station[i].y,
                                          &col->at_stations[i], r->err);
    autan_raster_close(raster);
    free(value);
    return status;
}

static autan_status look_at(report *r, size_t k)
{
    const autan_city_covariate *c = &r->city->covariate[k];
    const autan_grid *g = &r->city->grid;
    column *col = &r->column[k];
    autan_status status = read_covariate(r, k);
    if (status != AUTAN_OK)
        return status;
    const autan_rows rows = autan_scratch_rows(col->plane);
    status = autan_quality_of_rows(&rows, g->nx, g->ny, &col->cells);
    if (status == AUTAN_NO_MEMORY)
        no_memory(r);
    for (size_t i = 0; status == AUTAN_OK && i < r->n_sample; i++) {
        const size_t at = i * r->stride;
        status = autan_scratch_read(col->plane, at % g->nx, at / g->nx, 1, 1,
                                    &col->sample[i]);
    }
    if (c->check)
        check_attribute(r, c, col);
    return status == AUTAN_OK
               ? draw_map(r, c->name, c->title ? c->title : c->name, col->plane)
               : status;
}

/* What the stations have seen; idle covariates do not count. */
static autan_status find_seen(report *r)
{
    const size_t nc = r->city->n_grids, n = r->stations->n;
    bool *used = calloc(nc + 1, sizeof *used);
    double *value = malloc((n * nc + 1) * sizeof *value);
    autan_status status = AUTAN_NO_MEMORY;
    for (size_t k = 0; used && value && k < nc; k++) {
        used[k] = !r->city->covariate[k].idle;
        for (size_t i = 0; i < n; i++)
            value[i * nc + k] = r->column[k].at_stations[i];
    }
    if (used && value)
        status = autan_seen_make(n, nc, value, used, &r->seen);
    free(used);
    free(value);
    return status == AUTAN_OK ? status : no_memory(r);
}

/* How far the cells of some rows lie beyond; value holds a row of each covariate, all
 * the same cell by cell, drawn what a picture shows of it. */
static autan_status look_beyond_row(report *r, size_t y, double *value, double *all,
                                    float *beyond, autan_scratch *drawn)
{
    const size_t nc = r->city->n_grids, nx = r->city->grid.nx;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < nc; k++) {
        status = autan_scratch_read(r->column[k].plane, 0, y, nx, 1, value);
        for (size_t x = 0; status == AUTAN_OK && x < nx; x++) {
            all[x * nc + k] = value[x];
            r->column[k].beyond +=
                autan_beyond(&r->seen.range[k], value[x]) > EXTRAPOLATION_COUNTS;
        }
    }
    if (status != AUTAN_OK)
        return status;
    autan_beyond_places(&r->seen, nx, all, beyond);
    for (size_t x = 0; x < nx; x++) {
        const double far = (double)beyond[x];
        r->beyond_cells += far > EXTRAPOLATION_COUNTS;
        value[x] = isnan(far) ? NAN : fmin(far, DRAWN_MOST);
    }
    status = autan_scratch_write(r->beyond, 0, y, nx, 1, beyond);
    return status == AUTAN_OK ? autan_scratch_write(drawn, 0, y, nx, 1, value) : status;
}

static autan_status look_beyond(report *r)
{
    const size_t nc = r->city->n_grids, nx = r->city->grid.nx, ny = r->city->grid.ny;
    double *value = malloc(nx * sizeof *value),
           *all = malloc((nx * nc + 1) * sizeof *all);
    float *beyond = malloc(nx * sizeof *beyond);
    autan_scratch *drawn = NULL;
    autan_status status = value && all && beyond ? find_seen(r) : no_memory(r);
    if (status == AUTAN_OK)
        status =
            autan_scratch_open(r->folder, sizeof *beyond, nx, ny, &r->beyond, r->err);
    if (status == AUTAN_OK)
        status = autan_scratch_open(r->folder, sizeof *value, nx, ny, &drawn, r->err);
    for (size_t y = 0; status == AUTAN_OK && y < ny; y++)
        status = look_beyond_row(r, y, value, all, beyond, drawn);
    if (status == AUTAN_OK)
        status = draw_map(r, "extrapolation",
                          "Extrapolation, écarts types (3 : 3 et plus) / standard "
                          "deviations (3: and more)",
                          drawn);
    autan_scratch_close(drawn);
    free(value);
    free(all);
    free(beyond);
    return status;
}

/* The page. */

static void put(FILE *out, const char *text)
{
    char *safe = g_markup_escape_text(text, -1);
    fputs(safe, out);
    g_free(safe);
}

static void put_row(FILE *out, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void put_row(FILE *out, const char *what, const char *format, ...)
{
    char *text;
    va_list args;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(out, "<tr><th scope=\"row\">%s</th><td>", what);
    put(out, text);
    fputs("</td></tr>\n", out);
    g_free(text);
}

static void put_histogram(FILE *out, const language *l, const autan_quality *s)
{
    enum { WIDTH = 480, HEIGHT = 140, LINE = 20 };
    size_t most = 1;
    for (int b = 0; b < AUTAN_QUALITY_BARS; b++)
        most = MAX(most, s->bar[b]);
    fprintf(out,
            "<svg role=\"img\" aria-label=\"%s\" viewBox=\"0 0 %d %d\" width=\"%d\">\n",
            l->histogram, WIDTH, HEIGHT + LINE, WIDTH);
    for (int b = 0; b < AUTAN_QUALITY_BARS; b++) {
        /* The root: rare values are what one looks for. */
        double share = sqrt((double)s->bar[b] / (double)most);
        int high = (int)(share * HEIGHT + 0.5), wide = WIDTH / AUTAN_QUALITY_BARS;
        if (high > 0)
            fprintf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n",
                    b * wide, HEIGHT - high, wide - 1, high);
    }
    fprintf(out, "<text x=\"0\" y=\"%d\">%s</text>", HEIGHT + LINE - 5,
            number(l, s->least));
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text></svg>\n", WIDTH,
            HEIGHT + LINE - 5, number(l, s->most));
}

static void put_covariate(FILE *out, const report *r, const language *l, size_t k)
{
    const autan_city_covariate *c = &r->city->covariate[k];
    const column *col = &r->column[k];
    const autan_quality *s = &col->cells;
    fprintf(out, "<section><h2 id=\"%s\">%s</h2>\n", c->name, c->name);
    if (c->title) {
        fputs("<p>", out);
        put(out, c->title);
        fputs("</p>\n", out);
    }
    fputs("<table>\n", out);
    put_row(out, l->recipe, "%s", c->make ? c->make : l->given);
    if (c->radius_m > 0)
        put_row(out, l->radius, "%s m", number(l, c->radius_m));
    put_row(out, l->coverage, "%s %%",
            number(l, 100.0 * (double)s->n / (double)r->cells));
    put_row(out, l->missing, "%zu", s->missing);
    put_row(out, l->mean, "%s", number(l, s->mean));
    put_row(out, l->median, "%s (%s – %s)", number(l, s->median), number(l, s->low),
            number(l, s->high));
    put_row(out, l->range, "%s – %s", number(l, s->least), number(l, s->most));
    put_row(out, l->stations, "%s – %s", number(l, r->seen.range[k].least),
            number(l, r->seen.range[k].most));
    put_row(out, l->beyond, "%s %%",
            number(l, 100.0 * (double)col->beyond / (double)r->cells));
    if (col->checked) {
        char *text = g_strdup_printf(
            l->check_text, col->check_n, number(l, col->check_r),
            number(l, col->check_bias), number(l, col->check_difference), c->check);
        put_row(out, l->check, "%s", text);
        g_free(text);
    }
    fputs("</table>\n", out);
    put_histogram(out, l, s);
    fprintf(out, "<p><img src=\"%s.png\" width=\"480\" alt=\"%s\"></p></section>\n",
            c->name, l->map);
}

static void put_correlations(FILE *out, const report *r, const language *l)
{
    const size_t n = r->city->n_grids;
    fprintf(out, "<h2>%s</h2><p>%s</p><table><tr><td></td>", l->correlation,
            l->correlation_text);
    for (size_t k = 0; k < n; k++)
        fprintf(out, "<th scope=\"col\">%s</th>", r->city->covariate[k].name);
    fputs("</tr>\n", out);
    for (size_t k = 0; k < n; k++) {
        fprintf(out, "<tr><th scope=\"row\">%s</th>", r->city->covariate[k].name);
        for (size_t j = 0; j < n; j++) {
            double c = autan_correlation(r->n_sample, r->column[k].sample,
                                         r->column[j].sample, NULL, NULL, NULL);
            fprintf(out, "<td%s>%s</td>",
                    j != k && fabs(c) > 0.9 ? " class=\"high\"" : "",
                    isnan(c) ? "–" : number(l, round(c * 100.0) / 100.0));
        }
        fputs("</tr>\n", out);
    }
    fputs("</table>\n", out);
}

static autan_status write_page(const report *r, const language *l,
                               const language *other)
{
    static const char style[] =
        "body{font-family:sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
        "th{text-align:left;font-weight:normal;color:#444;padding-right:1rem}"
        "td{text-align:left}.high{font-weight:bold;color:#a00}"
        "rect{fill:#2a6f77}text{font-size:13px}table{border-collapse:collapse}"
        "img,svg{max-width:100%;height:auto}";
    char *path = g_build_filename(r->folder, l->file, NULL);
    autan_outfile *file = NULL;
    autan_status status = autan_outfile_open(path, &file, r->err);
    g_free(path);
    if (status != AUTAN_OK)
        return status;
    FILE *out = autan_outfile_stream(file);
    fprintf(out,
            "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">\n<meta "
            "name=\"viewport\" content=\"width=device-width\"><title>%s – ",
            l->code, l->title);
    put(out, r->city->name);
    fprintf(
        out,
        "</title><style>%s</style></head><body>\n<p><a href=\"%s\">%s</a></p><h1>%s – ",
        style, other->file, l->other, l->title);
    put(out, r->city->name);
    fprintf(out, "</h1>\n<p>%s</p>\n<h2>%s</h2><p>", l->intro, l->extrapolation);
    fprintf(out, l->extrapolation_text,
            number(l, 100.0 * (double)r->beyond_cells / (double)r->cells));
    fprintf(out,
            "</p>\n<p><img src=\"extrapolation.png\" width=\"480\" alt=\"%s\"></p>\n",
            l->extrapolation);
    put_correlations(out, r, l);
    for (size_t k = 0; k < r->city->n_grids; k++)
        put_covariate(out, r, l, k);
    fputs("</body></html>\n", out);
    return autan_outfile_commit(file, r->err);
}

static autan_status write_mask(const report *r)
{
    char *path = g_build_filename(r->folder, "extrapolation.tif", NULL);
    const autan_geotiff_tag tag[] = {
        {"TIFFTAG_SOFTWARE", PACKAGE_STRING},
        {"TIFFTAG_IMAGEDESCRIPTION",
         "how far a cell lies beyond what the stations "
         "have seen, in standard deviations over "
         "the stations; the farthest of all covariates and of "
         "their mixture"}};
    const autan_geotiff map = {.grid = &r->city->grid,
                               .crs = r->city->crs,
                               .nodata = -9999.0f,
                               .name = "extrapolation",
                               .units = "1",
                               .timeless = true,
                               .n_tags = 2,
                               .tag = tag};
    const autan_rows rows = autan_scratch_rows(r->beyond);
    autan_status status = autan_geotiff_write_rows(path, &map, &rows, r->err);
    g_free(path);
    return status;
}

static autan_status fill(report *r)
{
    autan_status status = r->column ? AUTAN_OK : no_memory(r);
    for (size_t k = 0; status == AUTAN_OK && k < r->city->n_grids; k++) {
        status = look_at(r, k);
        message_progress("report", k + 1, r->city->n_grids);
    }
    return status == AUTAN_OK ? look_beyond(r) : status;
}

autan_status ground_report(const autan_city *city, const autan_station_table *stations,
                           const char *folder, autan_error *err)
{
    const size_t cells = city->grid.nx * city->grid.ny;
    report r = {.city = city,
                .stations = stations,
                .folder = folder,
                .cells = cells,
                .err = err};
    autan_status status = AUTAN_OK;
    r.stride = cells / SAMPLE_MOST + 1;
    r.n_sample = (cells + r.stride - 1) / r.stride;
    r.column = calloc(city->n_grids + 1, sizeof *r.column);
    r.at_once = MAX(1, MIN(CELLS_AT_ONCE / city->grid.nx, city->grid.ny));
    if (g_mkdir_with_parents(folder, 0777) != 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", folder,
                            strerror(errno));
    if (status == AUTAN_OK)
        status = fill(&r);
    if (status == AUTAN_OK)
        status = write_mask(&r);
    for (int l = 0; status == AUTAN_OK && l < 2; l++)
        status = write_page(&r, &languages[l], &languages[1 - l]);
    if (status == AUTAN_OK)
        message_note("quality report: %s/rapport.html and report.html", folder);
    for (size_t k = 0; r.column && k < city->n_grids; k++) {
        autan_scratch_close(r.column[k].plane);
        free(r.column[k].at_stations);
        free(r.column[k].sample);
    }
    free(r.column);
    autan_seen_clear(&r.seen);
    autan_scratch_close(r.beyond);
    return status;
}
