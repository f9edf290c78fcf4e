#include "files/picture.h"

#include <cairo.h>
#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/colour_bar.h"
#include "files/lettering.h"
#include "files/picture_draw.h"
#include "files/png.h"

/* The layout, px. */
enum {
    MARGIN = 20,        /* left and right of the picture */
    HEADER_TOP = 14,    /* above the title */
    GAP = 16,           /* between neighbouring maps, and around blocks of text */
    LEGEND_WIDTH = 124, /* of the column right of the maps */
    BAR_WIDTH = 20,     /* the legend's colour bar */
    BAR_LEAST = 150,    /* its height */
    BAR_MOST = 340,     /* its height */
    BAR_POINT = AUTAN_COLOUR_BAR_POINT, /* beyond an end of a bar */
    FLAT_BAR_HEIGHT = 36,               /* a map's own colour bar with its numbers */
    KEY_HEIGHT = 32,                    /* one entry of the legend of signs */
    COMPASS_HEIGHT = 44,                /* north arrow and scale bar */
    SCALE_BAR_MOST = 84,                /* length of the scale bar */
    HATCH = 8                           /* period of the hatching */
};

#define PLAIN CAIRO_FONT_WEIGHT_NORMAL
#define BOLD  CAIRO_FONT_WEIGHT_BOLD

static const autan_text_style title_style = {21, 27, BOLD, 0x1a1a1a};
static const autan_text_style date_style = {14, 19, PLAIN, 0x3c3c3c};
static const autan_text_style band_style = {14, 19, BOLD, 0x2b1d00};
static const autan_text_style map_title_style = {13, 18, BOLD, 0x1a1a1a};
static const autan_text_style legend_style = {12.5, 16, BOLD, 0x1a1a1a};
static const autan_text_style key_style = {11.5, 13, PLAIN, 0x2a2a2a};
static const autan_text_style note_style = {12, 16, PLAIN, 0x2a2a2a};
static const autan_text_style credits_style = {10.5, 14, PLAIN, 0x5e5e5e};
static const autan_text_style label_style = {10, 12, PLAIN, 0x101010};

static const uint32_t paper_rgb = 0xffffff, ink_rgb = 0x1a1a1a, band_rgb = 0xffc933;

/* Where everything stands, px, and what the legend says. */
typedef struct {
    const autan_picture *picture;
    /* Of each map; all the same when shared. */
    autan_colours colours[AUTAN_PICTURE_MAPS];
    bool any_nothing, any_reading, any_silent;
    int columns, rows;
    int map_width, map_height, cell_width; /* a map is centred in its cell */
    int above_map, below_map;              /* for its title and its own colour bar */
    double maps_top, maps_height, height;
    autan_text_block title, date, band, note, credits, legend_title;
} layout;

/* A map's rectangle on the picture. */
typedef struct {
    double x, y, width, height;
} box;

/* Limits of the colour scale */

static bool on_grid(const autan_grid *grid, const autan_picture_station *station)
{
    return station->x >= grid->xmin && station->x <= grid->xmax &&
           station->y >= grid->ymin && station->y <= grid->ymax;
}

/* Notes which signs the legend has to explain. */
static void survey_signs(layout *page, const autan_picture_map *map)
{
    const autan_grid *grid = page->picture->grid;
    for (size_t c = 0; c < grid->nx * grid->ny; c++)
        page->any_nothing |= !isfinite(map->value[c]);
    for (size_t s = 0; s < map->n_stations; s++) {
        bool seen = on_grid(grid, &map->station[s]);
        bool reading = isfinite(map->station[s].value);
        page->any_reading |= seen && reading;
        page->any_silent |= seen && !reading;
    }
}

/* Extremes of the maps and of their stations' readings. */
static void survey_values(const autan_grid *grid, size_t n_maps,
                          const autan_picture_map *map, autan_range *maps,
                          autan_range *stations)
{
    *maps = *stations = (autan_range){INFINITY, -INFINITY};
    for (size_t m = 0; m < n_maps; m++) {
        for (size_t c = 0; c < grid->nx * grid->ny; c++)
            autan_range_add(maps, map[m].value[c]);
        for (size_t s = 0; s < map[m].n_stations; s++) {
            if (on_grid(grid, &map[m].station[s]))
                autan_range_add(stations, map[m].station[s].value);
        }
    }
}

/* The colours shared by some maps. */
static autan_colours choose_colours(const autan_picture *picture, size_t n_maps,
                                    const autan_picture_map *map)
{
    autan_colours colours = {.scale = autan_colour_scale_find(picture->scale),
                             .lowest = picture->lowest,
                             .highest = picture->highest};
    autan_range maps, stations;
    const autan_range *from = &maps;
    survey_values(picture->grid, n_maps, map, &maps, &stations);
    if (!(maps.lowest <= maps.highest))
        from = &stations;
    if (colours.lowest < colours.highest)
        autan_colours_set_step(&colours);
    else if (from->lowest <= from->highest)
        autan_colours_round(from, &colours);
    colours.below = fmin(maps.lowest, stations.lowest) < colours.lowest;
    colours.above = fmax(maps.highest, stations.highest) > colours.highest;
    return colours;
}

static void survey(layout *page, size_t n_maps, const autan_picture_map *map)
{
    bool own = page->picture->own_scales;
    page->colours[0] = choose_colours(page->picture, own ? 1 : n_maps, map);
    for (size_t m = 0; m < n_maps; m++) {
        page->colours[m] =
            own ? choose_colours(page->picture, 1, &map[m]) : page->colours[0];
        survey_signs(page, &map[m]);
    }
}

/* Layout */

static double band_height(const layout *page)
{
    return autan_text_block_height(&page->band) + 14;
}

static int key_entries(const layout *page)
{
    const autan_picture *p = page->picture;
    return (page->any_reading && p->reading_text) +
           (page->any_silent && p->silent_text) +
           (page->any_nothing && p->nothing_text);
}

/* Height of the legend without its colour bar. */
static double legend_fixed_height(const layout *page)
{
    return autan_text_block_height(&page->legend_title) + GAP + 2 * BAR_POINT +
           key_entries(page) * KEY_HEIGHT + GAP + COMPASS_HEIGHT;
}

/* Height of the header: title, date and band, and the gap below. */
static double header_height(const layout *page)
{
    double height = autan_text_block_height(&page->title) +
                    autan_text_block_height(&page->date) + 12;
    return height + (page->band.n > 0 ? band_height(page) + 14 : 0);
}

/* The largest map with the grid's shape that fits into its cell. */
static void fit_maps(layout *page, size_t n_maps)
{
    const autan_grid *grid = page->picture->grid;
    int area = AUTAN_PICTURE_WIDTH - 3 * MARGIN - LEGEND_WIDTH;
    double scale;
    page->columns = n_maps > 1 ? 2 : 1;
    page->rows = ((int)n_maps + page->columns - 1) / page->columns;
    page->cell_width = (area - (page->columns - 1) * GAP) / page->columns;
    scale = fmin(page->cell_width / (double)grid->nx,
                 1.2 * page->cell_width / (double)grid->ny);
    page->map_width = (int)fmax(1, round(scale * (double)grid->nx));
    page->map_height = (int)fmax(1, round(scale * (double)grid->ny));
}

static void wrap_texts(cairo_t *cr, layout *page)
{
    const autan_picture *p = page->picture;
    double width = AUTAN_PICTURE_WIDTH - 2 * MARGIN;
    autan_text_wrap(cr, p->title, &title_style, width, 2, &page->title);
    autan_text_wrap(cr, p->date, &date_style, width, 2, &page->date);
    autan_text_wrap(cr, p->band, &band_style, width - 2 * GAP, 2, &page->band);
    autan_text_wrap(cr, p->note, &note_style, width, 4, &page->note);
    autan_text_wrap(cr, p->credits, &credits_style, width, 4, &page->credits);
    autan_text_wrap(cr, p->legend_title, &legend_style, LEGEND_WIDTH, 4,
                    &page->legend_title);
}

static double footer_height(const layout *page)
{
    return 12 + autan_text_block_height(&page->note) + 4 +
           autan_text_block_height(&page->credits) + 14;
}

static void lay_out(cairo_t *cr, size_t n_maps, const autan_picture_map *map,
                    layout *page)
{
    double legend_height;
    wrap_texts(cr, page);
    fit_maps(page, n_maps);
    for (size_t m = 0; m < n_maps; m++) {
        if (map[m].title)
            page->above_map = (int)map_title_style.leading + 4;
    }
    page->below_map = page->picture->own_scales ? FLAT_BAR_HEIGHT : 0;
    page->maps_top = HEADER_TOP + header_height(page);
    page->maps_height =
        page->rows * (page->above_map + page->map_height + page->below_map) +
        (page->rows - 1) * GAP;
    legend_height = legend_fixed_height(page) + BAR_LEAST + page->above_map;
    page->maps_height = fmax(page->maps_height, legend_height);
    page->height = page->maps_top + page->maps_height + footer_height(page);
}

/* The map's place, at whole pixels. */
static box map_box(const layout *page, size_t index)
{
    int row = (int)index / page->columns, column = (int)index % page->columns;
    int pitch = page->above_map + page->map_height + page->below_map + GAP;
    int left = MARGIN + column * (page->cell_width + GAP);
    return (box){left + (page->cell_width - page->map_width) / 2,
                 page->maps_top + row * pitch + page->above_map, page->map_width,
                 page->map_height};
}

/* The field */

typedef struct {
    size_t from, to; /* to is past the last */
} span;

/* Cells under a pixel, in one direction. */
static span cells_under(size_t pixel, size_t n_pixels, size_t n_cells)
{
    size_t middle = (2 * pixel + 1) * n_cells / (2 * n_pixels);
    if (n_cells <= n_pixels)
        return (span){middle, middle + 1};
    return (span){pixel * n_cells / n_pixels, (pixel + 1) * n_cells / n_pixels};
}

/* Mean of the finite values, NaN when there is none. */
static double mean_of_known(const double *value, size_t nx, span rows, span columns)
{
    double sum = 0;
    size_t n = 0;
    for (size_t r = rows.from; r < rows.to; r++) {
        for (size_t c = columns.from; c < columns.to; c++) {
            if (isfinite(value[r * nx + c])) {
                sum += value[r * nx + c];
                n++;
            }
        }
    }
    return n > 0 ? sum / (double)n : NAN;
}

static uint32_t hatching(size_t x, size_t y)
{
    return (x + y) % HATCH < 2 ? AUTAN_PICTURE_NOTHING_DARK : AUTAN_PICTURE_NOTHING;
}

/* No colour: nothing is known. */
static const uint32_t unknown = UINT32_MAX;

/* Colours of the pixels over some rows of cells; many pixels may show the same cell. */
static void colour_row(const layout *page, const autan_colours *colours,
                       const double *value, span rows, uint32_t *colour)
{
    const size_t nx = page->picture->grid->nx, width = (size_t)page->map_width;
    span last = {0, 0};
    for (size_t x = 0; x < width; x++) {
        const span columns = cells_under(x, width, nx);
        if (columns.from == last.from && columns.to == last.to) {
            colour[x] = colour[x - 1];
        } else {
            double mean = mean_of_known(value, nx, rows, columns);
            colour[x] = isfinite(mean) ? autan_colours_of(colours, mean) : unknown;
        }
        last = columns;
    }
}

static autan_status fill_field(const layout *page, const autan_colours *colours,
                               const double *value, cairo_surface_t *field)
{
    const size_t width = (size_t)page->map_width, height = (size_t)page->map_height;
    const size_t stride =
        (size_t)cairo_image_surface_get_stride(field) / sizeof(uint32_t);
    uint32_t *pixel = (uint32_t *)(void *)cairo_image_surface_get_data(field);
    uint32_t *colour = malloc(width * sizeof *colour);
    span last = {0, 0};
    if (!colour)
        return AUTAN_NO_MEMORY;
    for (size_t y = 0; y < height; y++) {
        const span rows = cells_under(y, height, page->picture->grid->ny);
        if (rows.from != last.from || rows.to != last.to)
            colour_row(page, colours, value, rows, colour);
        last = rows;
        for (size_t x = 0; x < width; x++)
            pixel[y * stride + x] = colour[x] == unknown ? hatching(x, y) : colour[x];
    }
    free(colour);
    return AUTAN_OK;
}

static autan_status draw_field(cairo_t *cr, const layout *page,
                               const autan_colours *colours, const double *value,
                               box at)
{
    cairo_surface_t *field = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, page->map_width, page->map_height);
    autan_status status = AUTAN_NO_MEMORY;
    if (cairo_surface_status(field) == CAIRO_STATUS_SUCCESS) {
        cairo_surface_flush(field);
        status = fill_field(page, colours, value, field);
        cairo_surface_mark_dirty(field);
        cairo_set_source_surface(cr, field, at.x, at.y);
        cairo_paint(cr);
    }
    cairo_surface_destroy(field);
    return status;
}

/* Lines and stations */

static double pixel_x(const layout *page, box at, double x)
{
    const autan_grid *grid = page->picture->grid;
    return at.x + (x - grid->xmin) / (grid->xmax - grid->xmin) * at.width;
}

static double pixel_y(const layout *page, box at, double y)
{
    const autan_grid *grid = page->picture->grid;
    return at.y + (grid->ymax - y) / (grid->ymax - grid->ymin) * at.height;
}

/* cairo's coordinates end near 8e6 px: a point beyond a tenth of that is drawn nearer,
 * which shows only in lines that cross the map from such a distance. */
static double within_cairo(double coordinate)
{
    return fmin(fmax(coordinate, -8e5), 8e5);
}

static void trace_ring(cairo_t *cr, const layout *page, box at,
                       const autan_picture_ring *ring)
{
    bool gap = true, whole = true;
    for (size_t i = 0; i < ring->n; i++) {
        double x = within_cairo(pixel_x(page, at, ring->xy[2 * i]));
        double y = within_cairo(pixel_y(page, at, ring->xy[2 * i + 1]));
        if (!isfinite(ring->xy[2 * i]) || !isfinite(ring->xy[2 * i + 1])) {
            gap = true;
            whole = false;
        } else if (gap) {
            cairo_move_to(cr, x, y);
            gap = false;
        } else {
            cairo_line_to(cr, x, y);
        }
    }
    if (ring->n > 1 && whole)
        cairo_close_path(cr);
}

/* A pale line under a dark one, to be seen on any colour. */
static void draw_rings(cairo_t *cr, const layout *page, box at)
{
    for (size_t i = 0; i < page->picture->n_rings; i++)
        trace_ring(cr, page, at, &page->picture->ring[i]);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    autan_ink(cr, paper_rgb, 0.3);
    cairo_set_line_width(cr, 1.6);
    cairo_stroke_preserve(cr);
    autan_ink(cr, ink_rgb, 0.55);
    cairo_set_line_width(cr, 0.7);
    cairo_stroke(cr);
}

static void disc(cairo_t *cr, double x, double y, double radius)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x, y, radius, 0, 2 * G_PI);
}

static double marker_radius(const layout *page)
{
    return page->columns > 1 ? 3.8 : 5.2;
}

static void draw_reading(cairo_t *cr, double x, double y, double radius, uint32_t rgb)
{
    disc(cr, x, y, radius + 1.6);
    autan_ink(cr, paper_rgb, 0.8);
    cairo_fill(cr);
    disc(cr, x, y, radius);
    autan_ink(cr, rgb, 1);
    cairo_fill_preserve(cr);
    autan_ink(cr, ink_rgb, 1);
    cairo_set_line_width(cr, 1.3);
    cairo_stroke(cr);
}

static void draw_silent(cairo_t *cr, double x, double y, double radius)
{
    disc(cr, x, y, 0.6 * radius);
    autan_ink(cr, paper_rgb, 0.7);
    cairo_set_line_width(cr, 2.8);
    cairo_stroke_preserve(cr);
    autan_ink(cr, ink_rgb, 1);
    cairo_set_line_width(cr, 1.1);
    cairo_stroke(cr);
}

/* Where the station is on the picture; false when it is off the grid. */
static bool station_place(const layout *page, box at,
                          const autan_picture_station *station, double *x, double *y)
{
    if (!on_grid(page->picture->grid, station))
        return false;
    *x = pixel_x(page, at, station->x);
    *y = pixel_y(page, at, station->y);
    return true;
}

/* Those with a reading come last, on top of the others. */
static void draw_stations(cairo_t *cr, const layout *page, const autan_colours *colours,
                          const autan_picture_map *map, box at)
{
    double x, y, radius = marker_radius(page);
    for (size_t i = 0; i < map->n_stations; i++) {
        if (!isfinite(map->station[i].value) &&
            station_place(page, at, &map->station[i], &x, &y))
            draw_silent(cr, x, y, radius);
    }
    for (size_t i = 0; i < map->n_stations; i++) {
        if (isfinite(map->station[i].value) &&
            station_place(page, at, &map->station[i], &x, &y))
            draw_reading(cr, x, y, radius,
                         autan_colours_of(colours, map->station[i].value));
    }
}

/* Labels of stations */

/* What the labels of a map may not cover: markers and labels already written. */
typedef struct {
    size_t n;
    box *taken;
} obstacles;

static bool apart(box a, box b)
{
    return a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y ||
           b.y + b.height <= a.y;
}

static bool is_free(const obstacles *all, box at, box place)
{
    if (place.x < at.x || place.x + place.width > at.x + at.width || place.y < at.y ||
        place.y + place.height > at.y + at.height)
        return false;
    for (size_t i = 0; i < all->n; i++) {
        if (!apart(all->taken[i], place))
            return false;
    }
    return true;
}

static void draw_label(cairo_t *cr, box place, const char *text)
{
    autan_text_use(cr, &label_style);
    cairo_move_to(cr, place.x + 1, autan_text_baseline(&label_style, place.y));
    cairo_text_path(cr, text);
    autan_ink(cr, paper_rgb, 0.85);
    cairo_set_line_width(cr, 2.6);
    cairo_stroke_preserve(cr);
    autan_ink(cr, label_style.rgb, 1);
    cairo_fill(cr);
}

/* Writes a label at the first free place: right, left, above, below. */
static void place_label(cairo_t *cr, const layout *page, box at,
                        const autan_picture_station *station, obstacles *all)
{
    double x, y, width, height = label_style.leading, away = marker_radius(page) + 2;
    if (!station->label || !station_place(page, at, station, &x, &y))
        return;
    autan_text_use(cr, &label_style);
    width = autan_text_width(cr, station->label) + 2;
    const box place[] = {{x + away, y - height / 2, width, height},
                         {x - away - width, y - height / 2, width, height},
                         {x - width / 2, y - away - height, width, height},
                         {x - width / 2, y + away, width, height}};
    for (size_t i = 0; i < sizeof place / sizeof *place; i++) {
        if (is_free(all, at, place[i])) {
            draw_label(cr, place[i], station->label);
            all->taken[all->n++] = place[i];
            return;
        }
    }
}

static autan_status draw_labels(cairo_t *cr, const layout *page,
                                const autan_picture_map *map, box at)
{
    obstacles all = {0, NULL};
    double x, y, radius = marker_radius(page) + 1.5;
    if (map->n_stations == 0)
        return AUTAN_OK;
    all.taken = malloc(2 * map->n_stations * sizeof *all.taken);
    if (!all.taken)
        return AUTAN_NO_MEMORY;
    for (size_t i = 0; i < map->n_stations; i++) {
        if (station_place(page, at, &map->station[i], &x, &y))
            all.taken[all.n++] = (box){x - radius, y - radius, 2 * radius, 2 * radius};
    }
    for (size_t i = 0; i < map->n_stations; i++)
        place_label(cr, page, at, &map->station[i], &all);
    free(all.taken);
    return AUTAN_OK;
}

static void draw_map_title(cairo_t *cr, const layout *page, const char *title, box at)
{
    autan_text_block block;
    autan_text_wrap(cr, title, &map_title_style, page->cell_width, 1, &block);
    autan_text_block_draw(cr, &block, at.x - (page->cell_width - page->map_width) / 2,
                          at.y - page->above_map);
}

static void draw_frame(cairo_t *cr, box at)
{
    cairo_rectangle(cr, at.x - 0.5, at.y - 0.5, at.width + 1, at.height + 1);
    autan_ink(cr, ink_rgb, 0.7);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

static autan_status draw_map(cairo_t *cr, const layout *page,
                             const autan_colours *colours, const autan_picture_map *map,
                             box at)
{
    autan_status status = draw_field(cr, page, colours, map->value, at);
    if (status != AUTAN_OK)
        return status;
    cairo_save(cr);
    cairo_rectangle(cr, at.x, at.y, at.width, at.height);
    cairo_clip(cr);
    draw_rings(cr, page, at);
    draw_stations(cr, page, colours, map, at);
    status = draw_labels(cr, page, map, at);
    cairo_restore(cr);
    draw_frame(cr, at);
    draw_map_title(cr, page, map->title, at);
    return status;
}

/* A map's own bar, below it. */
static void draw_flat_bar(cairo_t *cr, const layout *page, const autan_colours *colours,
                          box at)
{
    autan_colour_bar bar = {colours, &key_style, 10,
                            0,       true,       page->picture->decimal_mark};
    double width = fmax(at.width, 120);
    bar.length = round(width) - 2 * BAR_POINT;
    if (colours->lowest < colours->highest)
        autan_colour_bar_draw(cr, &bar, floor(at.x + at.width / 2 + bar.length / 2),
                              at.y + at.height + 8);
}

/* Legend */

/* Text of an entry, beside its sign; y is the middle. */
static void draw_key_text(cairo_t *cr, double x, double y, const char *text)
{
    autan_text_block block;
    autan_text_wrap(cr, text, &key_style, LEGEND_WIDTH - BAR_WIDTH - 8, 2, &block);
    autan_text_block_draw(cr, &block, x + BAR_WIDTH + 8,
                          y - autan_text_block_height(&block) / 2);
}

static void draw_hatched(cairo_t *cr, double x, double y)
{
    for (size_t row = 0; row < 14; row++) {
        for (size_t column = 0; column < BAR_WIDTH; column++) {
            autan_ink(cr, hatching(column, row), 1);
            cairo_rectangle(cr, x + (double)column, y - 7 + (double)row, 1, 1);
            cairo_fill(cr);
        }
    }
    cairo_rectangle(cr, x - 0.5, y - 7.5, BAR_WIDTH + 1, 15);
    autan_ink(cr, ink_rgb, 0.5);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

/* The signs found on the maps. */
static void draw_key(cairo_t *cr, const layout *page, double x, double y)
{
    const autan_picture *p = page->picture;
    const autan_colours *colours = &page->colours[0];
    double middle = colours->lowest / 2 + colours->highest / 2;
    double centre = x + BAR_WIDTH / 2.0;
    y += KEY_HEIGHT / 2.0;
    if (page->any_reading && p->reading_text) {
        draw_reading(cr, centre, y, marker_radius(page),
                     autan_colours_of(colours, middle));
        draw_key_text(cr, x, y, p->reading_text);
        y += KEY_HEIGHT;
    }
    if (page->any_silent && p->silent_text) {
        draw_silent(cr, centre, y, marker_radius(page));
        draw_key_text(cr, x, y, p->silent_text);
        y += KEY_HEIGHT;
    }
    if (page->any_nothing && p->nothing_text) {
        draw_hatched(cr, x, y);
        draw_key_text(cr, x, y, p->nothing_text);
    }
}

static void draw_north(cairo_t *cr, double x, double bottom)
{
    cairo_move_to(cr, x + 8, bottom - 26);
    cairo_line_to(cr, x + 15, bottom);
    cairo_line_to(cr, x + 8, bottom - 6);
    cairo_line_to(cr, x + 1, bottom);
    cairo_close_path(cr);
    autan_ink(cr, ink_rgb, 1);
    cairo_fill(cr);
    autan_text_use(cr, &legend_style);
    autan_text_draw(cr, &legend_style, x + 8 - autan_text_width(cr, "N") / 2,
                    bottom - 43, "N");
}

static void draw_scale_bar(cairo_t *cr, const layout *page, double x, double bottom)
{
    const autan_grid *grid = page->picture->grid;
    double pixels_a_metre = page->map_width / (grid->xmax - grid->xmin);
    double length_m = autan_round_below(SCALE_BAR_MOST / pixels_a_metre);
    double width = round(length_m * pixels_a_metre);
    bool km = length_m >= 1000;
    double shown = km ? length_m / 1000 : length_m;
    char number[32], text[40];
    autan_legend_number(shown, shown, page->picture->decimal_mark, number);
    snprintf(text, sizeof text, "%s\u00a0%s", number, km ? "km" : "m");
    cairo_move_to(cr, x + 0.5, bottom - 7);
    cairo_line_to(cr, x + 0.5, bottom - 1);
    cairo_line_to(cr, x + width + 0.5, bottom - 1);
    cairo_line_to(cr, x + width + 0.5, bottom - 7);
    autan_ink(cr, ink_rgb, 1);
    cairo_set_line_width(cr, 1.5);
    cairo_stroke(cr);
    autan_text_use(cr, &key_style);
    autan_text_draw(cr, &key_style, x + (width - autan_text_width(cr, text)) / 2,
                    bottom - 21, text);
}

static void draw_legend(cairo_t *cr, const layout *page)
{
    const autan_colours *colours = &page->colours[0];
    double x = AUTAN_PICTURE_WIDTH - MARGIN - LEGEND_WIDTH;
    double y = page->maps_top + page->above_map;
    double bottom = page->maps_top + page->maps_height;
    double room = bottom - y - legend_fixed_height(page);
    autan_colour_bar bar = {colours,   &key_style,
                            BAR_WIDTH, floor(fmin(room, BAR_MOST)),
                            false,     page->picture->decimal_mark};
    autan_text_block_draw(cr, &page->legend_title, x, y - 3);
    y += autan_text_block_height(&page->legend_title) + 8;
    if (!page->picture->own_scales && colours->lowest < colours->highest) {
        autan_colour_bar_draw(cr, &bar, x, y + BAR_POINT);
        y += bar.length + 2 * BAR_POINT + 8;
    }
    draw_key(cr, page, x, y);
    draw_north(cr, x, bottom - page->below_map);
    draw_scale_bar(cr, page, x + 30, bottom - page->below_map);
}

/* The whole picture */

static void draw_band(cairo_t *cr, const layout *page, double y)
{
    double width = AUTAN_PICTURE_WIDTH - 2 * MARGIN;
    cairo_rectangle(cr, MARGIN, y, width, band_height(page));
    autan_ink(cr, band_rgb, 1);
    cairo_fill(cr);
    autan_text_block_draw(cr, &page->band, MARGIN + GAP, y + 7);
}

static void draw_texts(cairo_t *cr, const layout *page)
{
    double y = HEADER_TOP;
    autan_text_block_draw(cr, &page->title, MARGIN, y);
    y += autan_text_block_height(&page->title);
    autan_text_block_draw(cr, &page->date, MARGIN, y);
    y += autan_text_block_height(&page->date) + 12;
    if (page->band.n > 0)
        draw_band(cr, page, y);
    y = page->maps_top + page->maps_height + 12;
    autan_text_block_draw(cr, &page->note, MARGIN, y);
    autan_text_block_draw(cr, &page->credits, MARGIN,
                          y + autan_text_block_height(&page->note) + 4);
}

static autan_status draw_page(cairo_t *cr, const layout *page, size_t n_maps,
                              const autan_picture_map *map)
{
    autan_status status = AUTAN_OK;
    autan_ink(cr, paper_rgb, 1);
    cairo_paint(cr);
    draw_texts(cr, page);
    for (size_t m = 0; m < n_maps && status == AUTAN_OK; m++) {
        box at = map_box(page, m);
        status = draw_map(cr, page, &page->colours[m], &map[m], at);
        if (page->picture->own_scales)
            draw_flat_bar(cr, page, &page->colours[m], at);
    }
    draw_legend(cr, page);
    if (status == AUTAN_OK && cairo_status(cr) != CAIRO_STATUS_SUCCESS)
        status = AUTAN_NO_MEMORY;
    return status;
}

static bool is_text(const char *text)
{
    return !text || g_utf8_validate(text, -1, NULL);
}

static bool are_texts(const autan_picture *p, size_t n_maps,
                      const autan_picture_map *map)
{
    bool good = is_text(p->title) && is_text(p->date) && is_text(p->band) &&
                is_text(p->note) && is_text(p->credits) && is_text(p->legend_title) &&
                is_text(p->nothing_text) && is_text(p->reading_text) &&
                is_text(p->silent_text);
    for (size_t m = 0; m < n_maps && good; m++) {
        good = is_text(map[m].title);
        for (size_t i = 0; i < map[m].n_stations && good; i++)
            good = is_text(map[m].station[i].label);
    }
    return good;
}

static autan_status check(const autan_picture *picture, size_t n_maps,
                          const autan_picture_map *map, const char *path,
                          autan_error *err)
{
    if (n_maps < 1 || n_maps > AUTAN_PICTURE_MAPS)
        return autan_fail(err, AUTAN_BAD_ARGUMENT,
                          "%s: %zu maps in a picture, expected 1 to %d", path, n_maps,
                          (int)AUTAN_PICTURE_MAPS);
    if (picture->grid->nx < 1 || picture->grid->ny < 1)
        return autan_fail(err, AUTAN_BAD_ARGUMENT, "%s: the grid has no cell", path);
    if (!picture->scale || !autan_colour_scale_find(picture->scale))
        return autan_fail(err, AUTAN_NOT_FOUND, "%s: there is no colour scale '%s'",
                          path, picture->scale ? picture->scale : "");
    if (!isfinite(picture->lowest) || !isfinite(picture->highest) ||
        picture->lowest > picture->highest)
        return autan_fail(err, AUTAN_OUT_OF_DOMAIN,
                          "%s: the colour scale goes from %g to %g, expected finite "
                          "limits, the lower first",
                          path, picture->lowest, picture->highest);
    if (!are_texts(picture, n_maps, map))
        return autan_fail(err, AUTAN_BAD_SYNTAX,
                          "%s: a text of the picture is not UTF-8", path);
    return AUTAN_OK;
}

/* Measures with a context of no size, then draws on a surface of the height found. */
static autan_status draw_picture(const autan_picture *picture, size_t n_maps,
                                 const autan_picture_map *map, cairo_surface_t **drawn)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1);
    cairo_t *cr = cairo_create(surface);
    autan_status status = AUTAN_NO_MEMORY;
    layout *page = calloc(1, sizeof *page);
    if (!page)
        goto cleanup;
    page->picture = picture;
    survey(page, n_maps, map);
    lay_out(cr, n_maps, map, page);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, AUTAN_PICTURE_WIDTH,
                                         (int)page->height);
    cr = cairo_create(surface);
    status = draw_page(cr, page, n_maps, map);
    if (status == AUTAN_OK)
        *drawn = cairo_surface_reference(surface);
cleanup:
    free(page);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    return status;
}

autan_status autan_picture_draw(const autan_picture *picture, size_t n_maps,
                                const autan_picture_map *map, const char *path,
                                cairo_surface_t **surface, autan_error *err)
{
    autan_status status = check(picture, n_maps, map, path, err);
    if (status != AUTAN_OK)
        return status;
    status = draw_picture(picture, n_maps, map, surface);
    return status == AUTAN_OK
               ? AUTAN_OK
               : autan_fail(err, status, "%s: %s", path, autan_status_text(status));
}

autan_status autan_picture_write(const autan_picture *picture, size_t n_maps,
                                 const autan_picture_map *map, const char *path,
                                 autan_error *err)
{
    cairo_surface_t *surface = NULL;
    autan_status status = autan_picture_draw(picture, n_maps, map, path, &surface, err);
    if (status != AUTAN_OK)
        return status;
    status = autan_png_write(surface, path, err);
    cairo_surface_destroy(surface);
    return status;
}
