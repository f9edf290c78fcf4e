/* Colour scales and map pictures, checked pixel by pixel. Expected colours are entries
 * of the scales' tables, places follow from the layout without texts: the map of a
 * picture starts at (LEFT, TOP) and the widest map has WIDE px. */
#include <cairo.h>
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/colour.h"
#include "files/picture.h"
#include "files/png.h"

enum { LEFT = 20, TOP = 26, WIDE = 776 };

/* Fontconfig keeps its patterns behind offsets that the leak checker cannot follow. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}

const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

static char folder[64], path[128];
static autan_error err;
static autan_grid grid;
static autan_picture picture;

/* A 4 x 3 grid of 100 m cells, limits 0 to 16: one entry of the table a unit. */
static void setup(void)
{
    strcpy(folder, "/tmp/autan-picture-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/map.png", folder);
    err = (autan_error){0};
    ck_assert_int_eq(autan_grid_make(0, 0, 400, 300, 100, &grid), AUTAN_OK);
    picture = (autan_picture){
        .grid = &grid, .scale = "temperature", .lowest = 0, .highest = 16};
}

static void teardown(void)
{
    unlink(path);
    rmdir(folder);
}

/* Colour of each entry of the table that setup's limits use. */
static uint32_t entry(int value)
{
    return autan_colour_scale_find("temperature")->rgb[value];
}

static cairo_surface_t *drawn(size_t n_maps, const autan_picture_map *map)
{
    cairo_surface_t *surface;
    autan_status status = autan_picture_write(&picture, n_maps, map, path, &err);
    ck_assert_msg(status == AUTAN_OK, "%s", err.text);
    surface = cairo_image_surface_create_from_png(path);
    ck_assert_int_eq(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    return surface;
}

static uint32_t pixel(cairo_surface_t *surface, int x, int y)
{
    const unsigned char *data = cairo_image_surface_get_data(surface);
    uint32_t value;
    memcpy(&value, data + y * cairo_image_surface_get_stride(surface) + 4 * x, 4);
    return value & 0xffffff;
}

/* The middle of a cell of setup's grid in a picture of one map. */
static uint32_t cell_pixel(cairo_surface_t *surface, int column, int row)
{
    const int cell = WIDE / 4;
    return pixel(surface, LEFT + column * cell + cell / 2, TOP + row * cell + cell / 2);
}

static bool is_nothing(uint32_t rgb)
{
    return rgb == AUTAN_PICTURE_NOTHING || rgb == AUTAN_PICTURE_NOTHING_DARK;
}

static int files_in_folder(void)
{
    DIR *dir = opendir(folder);
    int n = 0;
    ck_assert_ptr_nonnull(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        n += e->d_name[0] != '.';
    closedir(dir);
    return n;
}

static const double twelve[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 16};

/* Colours */

START_TEST(the_ends_of_a_scale_are_the_ends_of_its_table)
{
    const autan_colour_scale *scale = autan_colour_scale_find("uncertainty");
    ck_assert_uint_eq(autan_colour(scale, 0.3, 2.1, 0.3), scale->rgb[0]);
    ck_assert_uint_eq(autan_colour(scale, 0.3, 2.1, 2.1),
                      scale->rgb[AUTAN_COLOURS - 1]);
}
END_TEST

START_TEST(values_beyond_the_limits_have_the_colours_of_the_limits)
{
    const autan_colour_scale *scale = autan_colour_scale_find("temperature");
    ck_assert_uint_eq(autan_colour(scale, -5, 5, -80), scale->rgb[0]);
    ck_assert_uint_eq(autan_colour(scale, -5, 5, 80), scale->rgb[AUTAN_COLOURS - 1]);
}
END_TEST

START_TEST(halfway_between_two_entries_is_their_mean)
{
    /* 0x022460 and 0x2a296f: means 0x16, 0x26.8 and 0x67.8, halves rounded up. */
    ck_assert_uint_eq(autan_colour(autan_colour_scale_find("temperature"), 0, 16, 0.5),
                      0x162768);
}
END_TEST

START_TEST(zero_is_the_middle_of_a_diverging_scale_whatever_the_limits)
{
    const autan_colour_scale *scale = autan_colour_scale_find("difference");
    ck_assert_uint_eq(autan_colour(scale, -2, 8, 0), scale->rgb[8]);
    ck_assert_uint_eq(autan_colour(scale, -2, 8, 8), scale->rgb[16]);
    ck_assert_uint_eq(autan_colour(scale, -2, 8, -2), scale->rgb[6]);
    ck_assert_uint_eq(autan_colour(scale, -8, -4, -4), scale->rgb[4]);
}
END_TEST

START_TEST(an_unknown_scale_is_not_found)
{
    ck_assert_ptr_null(autan_colour_scale_find("jet"));
    ck_assert_ptr_null(autan_colour_scale_get(4));
}
END_TEST

static double linear(uint32_t channel)
{
    double c = channel / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

/* CIE L* of an sRGB colour (IEC 61966-2-1; CIE 15), of colours with Y > 0.0089. */
static double lightness(uint32_t rgb)
{
    double y = 0.2126 * linear(rgb >> 16) + 0.7152 * linear(rgb >> 8 & 0xff) +
               0.0722 * linear(rgb & 0xff);
    return 116 * cbrt(y) - 16;
}

START_TEST(the_lightness_of_every_scale_changes_by_even_steps)
{
    const autan_colour_scale *scale;
    for (size_t k = 0; (scale = autan_colour_scale_get(k)); k++) {
        int from = scale->diverging ? AUTAN_COLOURS / 2 : 0;
        int steps = AUTAN_COLOURS - 1 - from;
        double first = lightness(scale->rgb[from]);
        double step = (lightness(scale->rgb[AUTAN_COLOURS - 1]) - first) / steps;
        ck_assert_double_gt(fabs(step), 4);
        for (int i = 0; i <= steps; i++) {
            double expected = first + i * step;
            ck_assert_double_eq_tol(lightness(scale->rgb[from + i]), expected, 0.5);
            if (scale->diverging)
                ck_assert_double_eq_tol(lightness(scale->rgb[from - i]), expected, 0.5);
        }
    }
}
END_TEST

/* The field */

START_TEST(a_picture_has_the_documented_width_and_the_height_of_its_map)
{
    autan_picture_map map = {.value = twelve};
    cairo_surface_t *surface = drawn(1, &map);
    ck_assert_int_eq(cairo_image_surface_get_width(surface), AUTAN_PICTURE_WIDTH);
    ck_assert_int_eq(cairo_image_surface_get_height(surface), TOP + WIDE * 3 / 4 + 30);
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(the_pixel_at_a_cell_has_the_colour_of_its_value)
{
    autan_picture_map map = {.value = twelve};
    cairo_surface_t *surface = drawn(1, &map);
    for (int c = 0; c < 12; c++)
        ck_assert_uint_eq(cell_pixel(surface, c % 4, c / 4), entry((int)twelve[c]));
    ck_assert_uint_eq(pixel(surface, LEFT, TOP), entry(0));
    ck_assert_uint_eq(pixel(surface, LEFT + WIDE - 1, TOP + WIDE * 3 / 4 - 1),
                      entry(16));
    ck_assert_uint_eq(pixel(surface, LEFT - 5, TOP), 0xffffff);
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(cells_where_nothing_is_known_are_hatched_in_grey)
{
    double value[12];
    autan_picture_map map = {.value = value};
    cairo_surface_t *surface;
    bool light = false, dark = false;
    memcpy(value, twelve, sizeof value);
    value[5] = NAN;
    value[6] = INFINITY;
    surface = drawn(1, &map);
    for (int x = 200; x < 580; x++) {
        uint32_t rgb = pixel(surface, LEFT + x, TOP + 290);
        ck_assert(is_nothing(rgb));
        light |= rgb == AUTAN_PICTURE_NOTHING;
        dark |= rgb == AUTAN_PICTURE_NOTHING_DARK;
    }
    ck_assert(light && dark);
    ck_assert_uint_eq(cell_pixel(surface, 0, 1), entry(4));
    cairo_surface_destroy(surface);
}
END_TEST

/* Columns of 4 and 8 alternate, two to a pixel; in the lower half the 8s are unknown.
 */
START_TEST(a_pixel_over_small_cells_has_the_mean_of_the_known_ones)
{
    const size_t nx = 2 * WIDE, ny = WIDE;
    double *value = malloc(nx * ny * sizeof *value);
    autan_picture_map map = {.value = value};
    cairo_surface_t *surface;
    ck_assert_int_eq(autan_grid_make(0, 0, (double)nx * 10, (double)ny * 10, 10, &grid),
                     AUTAN_OK);
    for (size_t c = 0; c < nx * ny; c++)
        value[c] = c % 2 == 0 ? 4 : c / nx < ny / 2 ? 8 : NAN;
    surface = drawn(1, &map);
    ck_assert_uint_eq(pixel(surface, LEFT + 301, TOP + 10), entry(6));
    ck_assert_uint_eq(pixel(surface, LEFT + 302, TOP + WIDE / 2 - 10), entry(4));
    cairo_surface_destroy(surface);
    free(value);
}
END_TEST

START_TEST(a_field_without_any_value_is_drawn_in_grey)
{
    double value[12];
    autan_picture_map map = {.value = value};
    cairo_surface_t *surface;
    for (int c = 0; c < 12; c++)
        value[c] = NAN;
    picture.highest = 0;
    surface = drawn(1, &map);
    for (int c = 0; c < 12; c++)
        ck_assert(is_nothing(cell_pixel(surface, c % 4, c / 4)));
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(a_single_cell_makes_a_square_map)
{
    const double one = 7;
    autan_picture_map map = {.value = &one};
    cairo_surface_t *surface;
    ck_assert_int_eq(autan_grid_make(0, 0, 100, 100, 100, &grid), AUTAN_OK);
    surface = drawn(1, &map);
    ck_assert_uint_eq(pixel(surface, LEFT, TOP), entry(7));
    ck_assert_uint_eq(pixel(surface, LEFT + WIDE - 1, TOP + WIDE - 1), entry(7));
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(a_row_or_a_column_of_a_thousand_cells_is_drawn)
{
    static double value[1000];
    autan_picture_map map = {.value = value};
    ck_assert_int_eq(autan_grid_make(0, 0, 1000, 1, 1, &grid), AUTAN_OK);
    cairo_surface_destroy(drawn(1, &map));
    ck_assert_int_eq(autan_grid_make(0, 0, 1, 1000, 1, &grid), AUTAN_OK);
    cairo_surface_destroy(drawn(1, &map));
}
END_TEST

/* Limits */

START_TEST(a_constant_field_has_the_colour_in_the_middle_of_the_scale)
{
    double value[12];
    autan_picture_map map = {.value = value};
    cairo_surface_t *surface;
    for (int c = 0; c < 12; c++)
        value[c] = 20;
    picture.lowest = picture.highest = 20;
    surface = drawn(1, &map);
    ck_assert_uint_eq(cell_pixel(surface, 2, 1), entry(8));
    cairo_surface_destroy(surface);
}
END_TEST

/* 0.1 to 15.9 in steps of 2 becomes 0 to 16. */
START_TEST(limits_left_open_are_rounded_outwards_to_the_legends_steps)
{
    double value[12] = {0.1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15.9};
    autan_picture_map map = {.value = value};
    cairo_surface_t *surface;
    picture.highest = 0;
    surface = drawn(1, &map);
    for (int c = 1; c < 11; c++)
        ck_assert_uint_eq(cell_pixel(surface, c % 4, c / 4), entry(c));
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(limits_that_are_not_finite_or_not_in_order_are_refused)
{
    static const double bad[][2] = {{NAN, 5},       {0, NAN},      {NAN, NAN},
                                    {-INFINITY, 5}, {0, INFINITY}, {5, 4}};
    autan_picture_map map = {.value = twelve};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        picture.lowest = bad[i][0];
        picture.highest = bad[i][1];
        ck_assert_int_eq(autan_picture_write(&picture, 1, &map, path, &err),
                         AUTAN_OUT_OF_DOMAIN);
        ck_assert_ptr_nonnull(strstr(err.text, path));
    }
    ck_assert_int_eq(files_in_folder(), 0);
}
END_TEST

/* Stations and lines */

/* In the middle of the cell of value 5, where its reading differs. */
START_TEST(a_station_is_a_disc_of_its_readings_colour)
{
    autan_picture_station station = {150, 150, 14, "a label"};
    autan_picture_map map = {.value = twelve, .n_stations = 1, .station = &station};
    cairo_surface_t *surface = drawn(1, &map);
    ck_assert_uint_eq(cell_pixel(surface, 1, 1), entry(14));
    ck_assert_uint_eq(cell_pixel(surface, 2, 1), entry(6));
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(a_station_without_reading_lets_the_field_through)
{
    autan_picture_station station = {150, 150, NAN, NULL};
    autan_picture_map map = {.value = twelve, .n_stations = 1, .station = &station};
    cairo_surface_t *surface = drawn(1, &map);
    ck_assert_uint_eq(cell_pixel(surface, 1, 1), entry(5));
    ck_assert_uint_ne(pixel(surface, LEFT + 291 + 3, TOP + 291), entry(5));
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(a_station_off_the_grid_or_without_place_is_not_drawn)
{
    autan_picture_station station[] = {{-1, 150, 14, "west"}, {NAN, NAN, 14, "lost"}};
    autan_picture_map map = {.value = twelve};
    cairo_surface_t *with, *without = drawn(1, &map);
    map.n_stations = 2;
    map.station = station;
    with = drawn(1, &map);
    for (int y = 0; y < cairo_image_surface_get_height(without); y++) {
        for (int x = 0; x < AUTAN_PICTURE_WIDTH; x++)
            ck_assert_uint_eq(pixel(with, x, y), pixel(without, x, y));
    }
    cairo_surface_destroy(with);
    cairo_surface_destroy(without);
}
END_TEST

/* A line through the middle that ends far away, and one with a gap from 50 to 60 m. */
START_TEST(a_line_may_leave_the_map_and_may_have_gaps)
{
    static const double crossing[] = {-1e12, 150, 1e12, 150};
    static const double broken[] = {20, 290, 50, 290, NAN, NAN, 60, 290, 90, 290};
    autan_picture_ring ring[] = {{2, crossing}, {5, broken}, {0, NULL}};
    autan_picture_map map = {.value = twelve};
    cairo_surface_t *surface;
    picture.n_rings = 3;
    picture.ring = ring;
    surface = drawn(1, &map);
    ck_assert_uint_ne(cell_pixel(surface, 1, 1), entry(5));
    ck_assert_uint_eq(pixel(surface, LEFT + 291, TOP + 240), entry(5));
    ck_assert_uint_ne(pixel(surface, LEFT + 68, TOP + 19), entry(0));
    ck_assert_uint_eq(pixel(surface, LEFT + 107, TOP + 19), entry(0));
    ck_assert_uint_ne(pixel(surface, LEFT + 145, TOP + 19), entry(0));
    cairo_surface_destroy(surface);
}
END_TEST

/* Texts */

START_TEST(long_texts_are_cut_and_take_bounded_room)
{
    static char words[4000], letters[4001];
    autan_picture_map map = {.title = words, .value = twelve};
    cairo_surface_t *surface;
    for (size_t i = 0; i + 8 < sizeof words; i += 8)
        memcpy(words + i, "\u00e9t\u00e9 hot ", 9);
    for (size_t i = 0; i + 2 < sizeof letters; i += 2)
        memcpy(letters + i, "\u00e9", 3);
    picture.title = picture.note = picture.legend_title = letters;
    picture.date = picture.band = picture.credits = words;
    surface = drawn(1, &map);
    ck_assert_int_lt(cairo_image_surface_get_height(surface),
                     TOP + WIDE * 3 / 4 + 30 + 400);
    for (int y = 0; y < cairo_image_surface_get_height(surface); y++)
        ck_assert_uint_eq(pixel(surface, AUTAN_PICTURE_WIDTH - 10, y), 0xffffff);
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(the_warning_stands_on_a_band_across_the_picture)
{
    autan_picture_map map = {.value = twelve};
    cairo_surface_t *surface;
    picture.band = "Simulated data";
    surface = drawn(1, &map);
    ck_assert_uint_eq(pixel(surface, LEFT + 3, TOP + 5), 0xffc933);
    ck_assert_uint_eq(pixel(surface, AUTAN_PICTURE_WIDTH - LEFT - 3, TOP + 5),
                      0xffc933);
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(a_text_that_is_not_utf8_is_refused)
{
    autan_picture_station station = {150, 150, 14, "\xe9t\xe9"};
    autan_picture_map map = {.value = twelve, .n_stations = 1, .station = &station};
    ck_assert_int_eq(autan_picture_write(&picture, 1, &map, path, &err),
                     AUTAN_BAD_SYNTAX);
    station.label = NULL;
    picture.credits = "\xe9t\xe9";
    ck_assert_int_eq(autan_picture_write(&picture, 1, &map, path, &err),
                     AUTAN_BAD_SYNTAX);
    ck_assert_int_eq(files_in_folder(), 0);
}
END_TEST

/* Sheets */

/* Two columns of 380 px maps, 16 px between them; the shape makes them 285 px high. */
enum { SHEET_X = 396, SHEET_Y = 301 };

START_TEST(the_maps_of_a_sheet_stand_row_by_row_and_share_their_colours)
{
    double value[4][12];
    autan_picture_map map[4];
    cairo_surface_t *surface;
    for (int m = 0; m < 4; m++) {
        map[m] = (autan_picture_map){.value = value[m]};
        for (int c = 0; c < 12; c++)
            value[m][c] = 4 * m + 1;
    }
    surface = drawn(4, map);
    for (int m = 0; m < 4; m++)
        ck_assert_uint_eq(
            pixel(surface, LEFT + 100 + m % 2 * SHEET_X, TOP + 100 + m / 2 * SHEET_Y),
            entry(4 * m + 1));
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(maps_with_their_own_scales_use_all_the_colours_each)
{
    double warm[12];
    autan_picture_map map[2] = {{.value = twelve}, {.value = warm}};
    cairo_surface_t *surface;
    for (int c = 0; c < 12; c++)
        warm[c] = 100 + twelve[c];
    picture.highest = 0;
    picture.own_scales = true;
    surface = drawn(2, map);
    for (int m = 0; m < 2; m++) {
        ck_assert_uint_eq(pixel(surface, LEFT + 2 + m * SHEET_X, TOP + 2), entry(0));
        ck_assert_uint_eq(pixel(surface, LEFT + 377 + m * SHEET_X, TOP + 280),
                          entry(16));
    }
    cairo_surface_destroy(surface);
}
END_TEST

START_TEST(no_map_and_too_many_maps_are_refused)
{
    autan_picture_map map[AUTAN_PICTURE_MAPS + 1] = {{.value = twelve}};
    ck_assert_int_eq(autan_picture_write(&picture, 0, map, path, &err),
                     AUTAN_BAD_ARGUMENT);
    ck_assert_int_eq(
        autan_picture_write(&picture, AUTAN_PICTURE_MAPS + 1, map, path, &err),
        AUTAN_BAD_ARGUMENT);
    ck_assert_int_eq(files_in_folder(), 0);
}
END_TEST

START_TEST(a_grid_without_cells_is_refused)
{
    autan_picture_map map = {.value = twelve};
    grid.ny = 0;
    ck_assert_int_eq(autan_picture_write(&picture, 1, &map, path, &err),
                     AUTAN_BAD_ARGUMENT);
}
END_TEST

START_TEST(an_unknown_scale_is_refused_by_its_name)
{
    autan_picture_map map = {.value = twelve};
    picture.scale = "rainbow";
    ck_assert_int_eq(autan_picture_write(&picture, 1, &map, path, &err),
                     AUTAN_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "'rainbow'"));
}
END_TEST

/* File */

START_TEST(a_folder_that_cannot_be_written_is_an_error_naming_the_path)
{
    autan_picture_map map = {.value = twelve};
    char missing[160];
    snprintf(missing, sizeof missing, "%s/absent/map.png", folder);
    ck_assert_int_eq(autan_picture_write(&picture, 1, &map, missing, &err), AUTAN_IO);
    ck_assert_int_eq(err.status, AUTAN_IO);
    ck_assert_ptr_nonnull(strstr(err.text, missing));
    ck_assert_ptr_nonnull(strstr(err.text, "No such file or directory"));
    ck_assert_int_eq(files_in_folder(), 0);
}
END_TEST

START_TEST(a_folder_in_the_place_of_the_picture_is_an_error_and_stays)
{
    autan_picture_map map = {.value = twelve};
    ck_assert_int_eq(mkdir(path, 0777), 0);
    ck_assert_int_eq(autan_picture_write(&picture, 1, &map, path, &err), AUTAN_IO);
    ck_assert_int_eq(files_in_folder(), 1);
    ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

/* A limit on the size of files stands for the full disk. */
START_TEST(a_full_disk_is_an_error_and_the_picture_of_before_survives)
{
    autan_picture_map map = {.value = twelve};
    struct rlimit before, small;
    autan_status status;
    cairo_surface_destroy(drawn(1, &map));
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 100;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    status = autan_picture_write(&picture, 1, &map, path, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    ck_assert_int_eq(status, AUTAN_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "File too large"));
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert_int_eq(files_in_folder(), 1);
    cairo_surface_t *kept = cairo_image_surface_create_from_png(path);
    ck_assert_uint_eq(cell_pixel(kept, 2, 1), entry(6));
    cairo_surface_destroy(kept);
}
END_TEST

/* Every opacity with every value up to it, as cairo keeps them; read by libpng. */
static void check_png(cairo_format_t format, uint32_t seen)
{
    cairo_surface_t *surface = cairo_image_surface_create(format, 256, 257), *read;
    unsigned char *data = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    for (uint32_t y = 0; y < 257; y++) {
        for (uint32_t x = 0; x < 256; x++) {
            const uint32_t alpha = y < 256 ? y : 255, value = x < alpha ? x : alpha;
            const uint32_t made =
                alpha << 24 | value << 16 | (alpha - value) << 8 | value / 2;
            memcpy(data + y * (uint32_t)stride + 4 * x, &made, 4);
        }
    }
    cairo_surface_mark_dirty(surface);
    ck_assert_int_eq(autan_png_write(surface, path, &err), AUTAN_OK);
    read = cairo_image_surface_create_from_png(path);
    ck_assert_int_eq(cairo_image_surface_get_format(read), format);
    ck_assert_int_eq(cairo_image_surface_get_width(read), 256);
    ck_assert_int_eq(cairo_image_surface_get_height(read), 257);
    for (int k = 0; k < 256 * 257; k++) {
        uint32_t a, b;
        memcpy(&a, data + k / 256 * stride + 4 * (k % 256), 4);
        memcpy(&b,
               cairo_image_surface_get_data(read) +
                   k / 256 * cairo_image_surface_get_stride(read) + 4 * (k % 256),
               4);
        ck_assert_msg((a & seen) == (b & seen), "pixel %d: %08x, expected %08x", k, b,
                      a);
    }
    cairo_surface_destroy(read);
    cairo_surface_destroy(surface);
}

START_TEST(a_surface_comes_back_from_its_png_pixel_by_pixel)
{
    check_png(CAIRO_FORMAT_RGB24, 0xffffff);
    check_png(CAIRO_FORMAT_ARGB32, 0xffffffff);
}
END_TEST

START_TEST(a_failure_may_go_without_an_error_to_fill)
{
    autan_picture_map map = {.value = twelve};
    ck_assert_int_eq(autan_picture_write(&picture, 1, &map, "/absent/map.png", NULL),
                     AUTAN_IO);
}
END_TEST

static TCase *colour_case(void)
{
    TCase *tests = tcase_create("colour");
    tcase_add_test(tests, the_ends_of_a_scale_are_the_ends_of_its_table);
    tcase_add_test(tests, values_beyond_the_limits_have_the_colours_of_the_limits);
    tcase_add_test(tests, halfway_between_two_entries_is_their_mean);
    tcase_add_test(tests, zero_is_the_middle_of_a_diverging_scale_whatever_the_limits);
    tcase_add_test(tests, an_unknown_scale_is_not_found);
    tcase_add_test(tests, the_lightness_of_every_scale_changes_by_even_steps);
    return tests;
}

static TCase *field_case(void)
{
    TCase *tests = tcase_create("field");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_picture_has_the_documented_width_and_the_height_of_its_map);
    tcase_add_test(tests, the_pixel_at_a_cell_has_the_colour_of_its_value);
    tcase_add_test(tests, cells_where_nothing_is_known_are_hatched_in_grey);
    tcase_add_test(tests, a_pixel_over_small_cells_has_the_mean_of_the_known_ones);
    tcase_add_test(tests, a_field_without_any_value_is_drawn_in_grey);
    tcase_add_test(tests, a_single_cell_makes_a_square_map);
    tcase_add_test(tests, a_row_or_a_column_of_a_thousand_cells_is_drawn);
    tcase_add_test(tests, a_constant_field_has_the_colour_in_the_middle_of_the_scale);
    tcase_add_test(tests, limits_left_open_are_rounded_outwards_to_the_legends_steps);
    tcase_add_test(tests, limits_that_are_not_finite_or_not_in_order_are_refused);
    return tests;
}

static TCase *signs_case(void)
{
    TCase *tests = tcase_create("signs");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_station_is_a_disc_of_its_readings_colour);
    tcase_add_test(tests, a_station_without_reading_lets_the_field_through);
    tcase_add_test(tests, a_station_off_the_grid_or_without_place_is_not_drawn);
    tcase_add_test(tests, a_line_may_leave_the_map_and_may_have_gaps);
    tcase_add_test(tests, long_texts_are_cut_and_take_bounded_room);
    tcase_add_test(tests, the_warning_stands_on_a_band_across_the_picture);
    tcase_add_test(tests, a_text_that_is_not_utf8_is_refused);
    return tests;
}

static TCase *sheet_case(void)
{
    TCase *tests = tcase_create("sheet");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_maps_of_a_sheet_stand_row_by_row_and_share_their_colours);
    tcase_add_test(tests, maps_with_their_own_scales_use_all_the_colours_each);
    tcase_add_test(tests, no_map_and_too_many_maps_are_refused);
    tcase_add_test(tests, a_grid_without_cells_is_refused);
    tcase_add_test(tests, an_unknown_scale_is_refused_by_its_name);
    return tests;
}

static TCase *file_case(void)
{
    TCase *tests = tcase_create("file");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_folder_that_cannot_be_written_is_an_error_naming_the_path);
    tcase_add_test(tests, a_folder_in_the_place_of_the_picture_is_an_error_and_stays);
    tcase_add_test(tests, a_full_disk_is_an_error_and_the_picture_of_before_survives);
    tcase_add_test(tests, a_surface_comes_back_from_its_png_pixel_by_pixel);
    tcase_add_test(tests, a_failure_may_go_without_an_error_to_fill);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("picture");
    SRunner *runner;
    int failed;
    suite_add_tcase(suite, colour_case());
    suite_add_tcase(suite, field_case());
    suite_add_tcase(suite, signs_case());
    suite_add_tcase(suite, sheet_case());
    suite_add_tcase(suite, file_case());
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
