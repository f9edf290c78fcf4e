/* The ground: filters, recipes, pixels of shapes, planes, relief, zones. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ground/clip.h"
#include "ground/filter.h"
#include "ground/frame.h"
#include "ground/lcz.h"
#include "ground/paint.h"
#include "ground/plane.h"
#include "ground/recipe.h"
#include "ground/relief.h"
#include "ground/scan.h"
#include "ground/quality.h"
#include "support.h"

static autan_error err;

/* Filters. */

/* Features as pairs name, value; ended by NULL. */
static const char *get(void *user, const char *name)
{
    const char *const *pair = user;
    for (; *pair; pair += 2) {
        if (strcmp(pair[0], name) == 0)
            return pair[1];
    }
    return NULL;
}

static bool passes(const char *text, const char *const *feature)
{
    autan_filter *filter;
    bool answer;
    ck_assert_msg(autan_filter_parse(text, &filter, &err) == AUTAN_OK, "%s", err.text);
    answer = autan_filter_passes(filter, get, (void *)feature);
    autan_filter_free(filter);
    return answer;
}

START_TEST(filters_choose_by_text_number_and_list)
{
    const char *const wood[] = {"class", "wood", "height", "12.5", "it's", "x", NULL};
    ck_assert(passes("class = 'wood'", wood));
    ck_assert(!passes("class <> 'wood'", wood));
    ck_assert(passes("class != 'grass' and height >= 12.5", wood));
    ck_assert(!passes("height > 12.5 OR class = 'grass'", wood));
    ck_assert(passes("class IN ('grass', 'wood')", wood));
    ck_assert(passes("NOT (class = 'grass' OR height < 3)", wood));
    ck_assert(passes("\"it's\" = 'x'", wood));
    ck_assert(passes("height = 12.50", wood)); /* a number, not a text */
    ck_assert(passes("class NOT IN ('grass', 'park')", wood));
    ck_assert(!passes("class not in ('grass', 'wood')", wood));
}
END_TEST

START_TEST(like_takes_any_text_for_per_cent_and_any_byte_for_underscore)
{
    const char *const fabric[] = {"code", "11210", NULL};
    ck_assert(passes("code LIKE '11%'", fabric));
    ck_assert(passes("code like '%2%'", fabric));
    ck_assert(passes("code LIKE '1_2_0'", fabric));
    ck_assert(passes("code LIKE '%1%210%'", fabric)); /* the first 1 is no way out */
    ck_assert(!passes("code LIKE '1'", fabric));
    ck_assert(!passes("code LIKE '11210_'", fabric));
    ck_assert(!passes("code LIKE ''", fabric));
    ck_assert(!passes("code NOT LIKE '11%'", fabric));
    ck_assert(passes("code NOT LIKE '12%'", fabric));
    ck_assert(!passes("kind NOT LIKE '12%'", fabric)); /* NULL */
}
END_TEST

START_TEST(what_a_feature_does_not_have_is_null_and_null_is_neither_true_nor_false)
{
    const char *const none[] = {"class", "wood", NULL};
    ck_assert(!passes("kind = 'a'", none));
    ck_assert(!passes("kind <> 'a'", none));
    ck_assert(!passes("NOT kind = 'a'", none));
    ck_assert(passes("kind IS NULL AND class IS NOT NULL", none));
    ck_assert(passes("kind = 'a' OR class = 'wood'", none));
    ck_assert(!passes("kind = 'a' AND class = 'wood'", none));
    ck_assert(!passes("class > 3", none)); /* a text beside a number */
}
END_TEST

START_TEST(wrong_filters_are_refused_with_what_was_expected)
{
    static const struct {
        const char *text, *said;
    } wrong[] = {{"class =", "a number or a text"},
                 {"class = 'a", "closing quote"},
                 {"= 'a'", "name of an attribute"},
                 {"class 'a'", "a comparison, IN, LIKE or IS"},
                 {"(class = 'a'", "expected )"},
                 {"class = 'a' 'b'", "AND, OR or the end"},
                 {"class IN 'a'", "expected ("},
                 {"class NOT 'a'", "expected IN or LIKE"},
                 {"class LIKE", "a number or a text"},
                 {"class IS 3", "expected NULL"},
                 {"class = wood", "a number or a text"},
                 {"", "name of an attribute"}};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        autan_filter *filter = NULL;
        ck_assert_int_eq(autan_filter_parse(wrong[k].text, &filter, &err),
                         AUTAN_BAD_SYNTAX);
        ck_assert_ptr_null(filter);
        ck_assert_msg(strstr(err.text, wrong[k].said), "%s: %s", wrong[k].text,
                      err.text);
    }
}
END_TEST

/* Recipes. */

START_TEST(recipes_have_weights_before_names_and_numbers_after_them)
{
    autan_recipe r;
    ck_assert_int_eq(autan_recipe_parse("fraction wood + 0.4 park", &r, &err),
                     AUTAN_OK);
    ck_assert_uint_eq(r.n_terms, 2);
    ck_assert_str_eq(r.term[1].name, "park");
    ck_assert_double_eq(r.term[0].weight, 1.0);
    ck_assert_double_eq(r.term[1].weight, 0.4);
    autan_recipe_clear(&r);
    ck_assert_int_eq(autan_recipe_parse("distance wood park 1.5", &r, &err), AUTAN_OK);
    ck_assert_uint_eq(r.n_terms, 2);
    ck_assert_uint_eq(r.n_numbers, 1);
    ck_assert_double_eq(r.number[0], 1.5);
    autan_recipe_clear(&r);
    ck_assert_int_eq(autan_recipe_parse("density squares.Ind_80p", &r, &err), AUTAN_OK);
    ck_assert_str_eq(r.term[0].attribute, "Ind_80p");
    autan_recipe_clear(&r);
}
END_TEST

START_TEST(wrong_recipes_are_refused_and_the_output_left_untouched)
{
    static const char *const wrong[] = {"",
                                        "paint wood",
                                        "fraction",
                                        "fraction 0.4",
                                        "mean a + b",
                                        "share lcz",
                                        "distance wood 1 2",
                                        "fraction 1 2 wood",
                                        "density squares."};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        autan_recipe r = {.n_terms = 77};
        ck_assert_msg(autan_recipe_parse(wrong[k], &r, &err) == AUTAN_BAD_SYNTAX, "%s",
                      wrong[k]);
        ck_assert_uint_eq(r.n_terms, 77);
    }
}
END_TEST

/* Pixels. */

enum { SIDE = 40 };
static int hits[SIDE][SIDE];

static void count_span(void *user, size_t row, size_t first, size_t end)
{
    (void)user;
    ck_assert_uint_lt(row, SIDE);
    ck_assert_uint_le(end, SIDE);
    for (size_t i = first; i < end; i++)
        hits[row][i]++;
}

static void scan_one(const autan_shape *shape, double width)
{
    const autan_window window = {0, 0, SIDE, SIDE};
    autan_scanner *scanner = autan_scanner_new();
    ck_assert_int_eq(autan_scan(scanner, shape, width, &window, count_span, NULL),
                     AUTAN_OK);
    autan_scanner_free(scanner);
}

static int covered(int least)
{
    int n = 0;
    for (int k = 0; k < SIDE * SIDE; k++)
        n += (&hits[0][0])[k] >= least;
    return n;
}

static void scan_polygon(size_t n, const int32_t *xy)
{
    const uint32_t part = (uint32_t)n;
    const autan_shape shape = {AUTAN_POLYGON, 1, &part, xy};
    scan_one(&shape, 0.0);
}

START_TEST(polygons_that_share_edges_cover_every_pixel_once)
{
    uint64_t seed = 7;
    memset(hits, 0, sizeof hits);
    /* Four triangles around a point, their outline larger than the window. */
    for (int trial = 0; trial < 20; trial++) {
        const int32_t x = (int32_t)(uniform(&seed) * SIDE * 256);
        const int32_t y = (int32_t)(uniform(&seed) * SIDE * 256);
        const int32_t corner[8] = {-999,  -777,  99999, -1234,
                                   88888, 77777, -4321, 66666};
        for (int k = 0; k < 4; k++) {
            const int32_t *a = corner + 2 * k, *b = corner + 2 * ((k + 1) % 4);
            const int32_t triangle[6] = {a[0], a[1], b[0], b[1], x, y};
            scan_polygon(3, triangle);
        }
        for (int k = 0; k < SIDE * SIDE; k++)
            ck_assert_int_eq((&hits[0][0])[k], trial + 1);
    }
}
END_TEST

START_TEST(a_bow_tie_has_the_area_of_its_two_triangles_and_a_hole_has_none)
{
    const int32_t tie[8] = {0, 0, 10240, 10240, 10240, 0, 0, 10240};
    const int32_t ring[16] = {0,    0,    10240, 0,    10240, 10240, 0,    10240,
                              2560, 2560, 7680,  2560, 7680,  7680,  2560, 7680};
    const uint32_t parts[2] = {4, 4};
    const autan_shape holed = {AUTAN_POLYGON, 2, parts, ring};
    memset(hits, 0, sizeof hits);
    scan_polygon(4, tie);
    /* Two triangles of 40 x 20 / 2 pixels; centres on the diagonals fall to one side.
     */
    ck_assert_int_ge(covered(1), 800 - SIDE);
    ck_assert_int_le(covered(1), 800 + SIDE);
    ck_assert_int_eq(covered(2), 0);
    memset(hits, 0, sizeof hits);
    scan_one(&holed, 0.0);
    ck_assert_int_eq(covered(1), 40 * 40 - 20 * 20);
}
END_TEST

START_TEST(a_line_is_as_wide_as_it_says_with_round_ends)
{
    const int32_t line[4] = {10 * 256, 20 * 256, 30 * 256, 20 * 256};
    const uint32_t two = 2, one = 1;
    const autan_shape shape = {AUTAN_LINES, 1, &two, line};
    const autan_shape point = {AUTAN_POINTS, 1, &one, line};
    memset(hits, 0, sizeof hits);
    scan_one(&shape, 8 * 256);
    /* 20 x 8 pixels and a disc of radius 4: 50.3. */
    ck_assert_int_ge(covered(1), 160 + 46);
    ck_assert_int_le(covered(1), 160 + 54);
    memset(hits, 0, sizeof hits);
    scan_one(&point, 8 * 256);
    ck_assert_int_ge(covered(1), 46);
    ck_assert_int_le(covered(1), 54);
    memset(hits, 0, sizeof hits);
    scan_one(&shape, 0.0);
    ck_assert_int_eq(covered(1), 0);
}
END_TEST

/* A canvas of 40 x 40 pixels, 10 cells of 4 a side in the middle: a block 8 x 8 pixels
 * wide and 6 m high at 16, 16 with a margin of 2 around the cells. */
static const autan_window everywhere = {-(1 << 20), -(1 << 20), 1 << 21, 1 << 21};

static autan_canvas block_canvas(autan_scanner *scanner)
{
    const autan_window window = {0, 0, SIDE, SIDE};
    const bool heights = true;
    const autan_brush brush[2] = {{0, 1, false}, {0, 2, false}};
    const uint32_t four = 4;
    const int32_t square[8] = {16 * 256, 16 * 256, 24 * 256, 16 * 256,
                               24 * 256, 24 * 256, 16 * 256, 24 * 256};
    const int32_t meadow[8] = {0,          0,          SIDE * 256, 0,
                               SIDE * 256, SIDE * 256, 0,          SIDE * 256};
    const autan_mark marks[4] = {
        {0, NAN, 0, everywhere, {AUTAN_POLYGON, 1, &four, meadow}},
        {1, 6.0f, 0, everywhere, {AUTAN_POLYGON, 1, &four, square}},
        {1, 6.0f, 0, everywhere, {AUTAN_POLYGON, 1, &four, square}},
        {1, 3.0f, 0, everywhere, {AUTAN_POLYGON, 1, &four, square}}};
    autan_canvas canvas;
    ck_assert_int_eq(autan_canvas_make(&window, 1, &heights, &canvas), AUTAN_OK);
    ck_assert_int_eq(autan_canvas_paint(&canvas, scanner, 4, marks, brush), AUTAN_OK);
    return canvas;
}

static const autan_cells middle = {4, 4, 8, 4, 4}; /* 32 pixels; 8 a cell */

START_TEST(what_is_painted_twice_counts_once_and_hides_what_is_below)
{
    autan_scanner *scanner = autan_scanner_new();
    autan_canvas canvas = block_canvas(scanner);
    uint32_t *count = malloc(16 * 256 * sizeof *count);
    uint32_t built = 0, meadow = 0;
    autan_count_kinds(&canvas, 0, &middle, count);
    for (int c = 0; c < 16; c++) {
        meadow += count[c * 256 + 1];
        built += count[c * 256 + 2];
        ck_assert_uint_eq(count[c * 256 + 1] + count[c * 256 + 2], 64);
    }
    ck_assert_uint_eq(built, 64);
    ck_assert_uint_eq(meadow, 15 * 64);
    free(count);
    autan_canvas_clear(&canvas);
    autan_scanner_free(scanner);
}
END_TEST

START_TEST(heights_give_their_mean_and_the_walls_that_the_wind_meets)
{
    autan_scanner *scanner = autan_scanner_new();
    autan_canvas canvas = block_canvas(scanner);
    autan_weights built = {0};
    const autan_cells whole = {4, 4, 32, 1, 1};
    double height[16], frontal;
    built.weight[2] = 1.0;
    autan_mean_height(&canvas, 0, &built, &middle, height);
    /* The highest of what was painted; cells without a building have 0. */
    for (int c = 0; c < 16; c++)
        ck_assert(height[c] == 0.0 || height[c] == 6.0);
    autan_frontal_area(&canvas, 0, &built, &whole, 2.5, &frontal);
    /* A wall of 8 pixels of 2.5 m by 6 m on a ground of 32 x 32 pixels. */
    ck_assert_double_eq_tol(frontal, 8 * 2.5 * 6.0 / (32 * 32 * 2.5 * 2.5), 1e-12);
    autan_canvas_clear(&canvas);
    autan_scanner_free(scanner);
}
END_TEST

START_TEST(the_sky_is_whole_over_open_ground_and_half_gone_at_the_foot_of_a_wall)
{
    const autan_window window = {0, 0, 120, 120};
    const bool heights = true;
    autan_canvas canvas;
    autan_weights built = {0};
    const autan_cells cell = {56, 56, 8, 1, 1};
    double sky;
    built.weight[1] = 1.0;
    ck_assert_int_eq(autan_canvas_make(&window, 1, &heights, &canvas), AUTAN_OK);
    ck_assert_int_eq(autan_sky_view(&canvas, 0, &built, &cell, 1.0, 50.0, &sky),
                     AUTAN_OK);
    ck_assert_double_eq(sky, 1.0);
    /* A very high, long wall just to the west hides half of the sky; the ground of the
     * cell is up to 5 pixels from it. */
    for (size_t y = 0; y < 120; y++) {
        for (size_t x = 0; x < 56; x++) {
            canvas.kind[0][y * 120 + x] = 1;
            canvas.height[0][y * 120 + x] = 1e4f;
        }
    }
    ck_assert_int_eq(autan_sky_view(&canvas, 0, &built, &cell, 1.0, 50.0, &sky),
                     AUTAN_OK);
    ck_assert_double_eq_tol(sky, 0.5, 1e-3);
    autan_canvas_clear(&canvas);
}
END_TEST

START_TEST(cells_far_from_anything_high_see_all_the_sky_and_those_near_see_less)
{
    enum { N = 200, AT = 97, REACH = 20 };
    const autan_window window = {0, 0, N, N};
    const bool heights = true;
    autan_canvas canvas;
    autan_weights built = {0};
    const autan_cells cells = {REACH, REACH, 4, (N - 2 * REACH) / 4,
                               (N - 2 * REACH) / 4};
    double sky[(N - 2 * REACH) / 4 * (N - 2 * REACH) / 4];
    built.weight[1] = 1.0;
    ck_assert_int_eq(autan_canvas_make(&window, 1, &heights, &canvas), AUTAN_OK);
    canvas.kind[0][AT * N + AT] = 1;
    canvas.height[0][AT * N + AT] = 50.0f;
    ck_assert_int_eq(autan_sky_view(&canvas, 0, &built, &cells, 1.0, REACH, sky),
                     AUTAN_OK);
    for (size_t c = 0; c < cells.cells_x * cells.cells_y; c++) {
        /* Every fourth pixel: the first of each cell. */
        const double dx = (double)(REACH + c % cells.cells_x * 4) - AT;
        const double dy = (double)(REACH + c / cells.cells_x * 4) - AT;
        if (hypot(dx, dy) > REACH + 2)
            ck_assert_double_eq(sky[c], 1.0);
        else if (hypot(dx, dy) < 2)
            ck_assert_double_lt(sky[c], 1.0);
    }
    autan_canvas_clear(&canvas);
}
END_TEST

START_TEST(the_share_of_a_disc_is_that_of_its_area)
{
    autan_scanner *scanner = autan_scanner_new();
    autan_canvas canvas = block_canvas(scanner);
    autan_weights built = {0};
    built.weight[2] = 0.5;
    /* Inside the block whole; a disc of 15 holds the 64 of about 707. */
    ck_assert_double_eq(autan_disc_share(&canvas, &built, 20, 20, 3.9), 0.5);
    ck_assert_double_eq_tol(autan_disc_share(&canvas, &built, 20, 20, 15),
                            0.5 * 64 / 706.9, 1e-3);
    autan_canvas_clear(&canvas);
    autan_scanner_free(scanner);
}
END_TEST

START_TEST(amounts_are_whole_at_points_and_spread_over_polygons)
{
    autan_scanner *scanner = autan_scanner_new();
    const autan_window window = {0, 0, 32, 32};
    const uint32_t four = 4, one = 1;
    const int32_t square[8] = {4 * 256,  4 * 256,  20 * 256, 4 * 256,
                               20 * 256, 20 * 256, 4 * 256,  20 * 256};
    const int32_t place[2] = {31 * 256, 31 * 256};
    /* 256 people on 16 x 16 pixels of 4 m2: 0.25 a m2. */
    const autan_mark marks[2] = {
        {3, 0.25f, 0, everywhere, {AUTAN_POLYGON, 1, &four, square}},
        {3, 7.0f, 0, everywhere, {AUTAN_POINTS, 1, &one, place}}};
    double amount[16] = {0}, all = 0.0;
    ck_assert_int_eq(
        autan_add_amounts(scanner, 2, marks, 3, &window, 8, 4.0, 4, 4, amount),
        AUTAN_OK);
    for (int c = 0; c < 16; c++)
        all += amount[c];
    ck_assert_double_eq_tol(all, 256 + 7, 1e-9);
    ck_assert_double_eq_tol(amount[0], 16.0, 1e-9);
    ck_assert_double_eq_tol(amount[5], 64.0, 1e-9);
    ck_assert_double_eq_tol(amount[15], 7.0, 1e-9);
    autan_scanner_free(scanner);
}
END_TEST

/* Clipped shapes. */

/* A star of many points around the middle of 64 pixels, some far outside. */
static void make_star(uint64_t *seed, size_t n, int32_t *xy)
{
    for (size_t i = 0; i < n; i++) {
        const double angle = 2.0 * M_PI * (double)i / (double)n;
        const double far = 256.0 * (5.0 + 90.0 * pow(uniform(seed), 2));
        xy[2 * i] = 32 * 256 + (int32_t)(far * cos(angle));
        xy[2 * i + 1] = 32 * 256 + (int32_t)(far * sin(angle));
    }
}

START_TEST(a_clipped_shape_covers_its_rectangle_as_before_with_fewer_points)
{
    enum { N = 60, ACROSS = 64, QUARTER = 16 };
    const autan_dimension dimension[] = {AUTAN_POLYGON, AUTAN_LINES, AUTAN_POINTS};
    const autan_window window = {0, 0, ACROSS, ACROSS};
    const bool heights = false;
    const autan_brush brush = {0, 1, false};
    autan_scanner *scanner = autan_scanner_new();
    uint64_t seed = 2;
    size_t points = 0, kept = 0;
    for (int trial = 0; trial < 60; trial++) {
        int32_t xy[2 * N], room[4 * N];
        uint32_t n = N, part[N + 1];
        autan_canvas canvas, pieces;
        autan_mark mark = {0,
                           NAN,
                           trial % 3 ? 2000.0f : 0.0f,
                           everywhere,
                           {dimension[trial % 3], 1, &n, xy}};
        const int32_t reach = (int32_t)(mark.width / 2.0f) + 256;
        make_star(&seed, N, xy);
        ck_assert_int_eq(autan_canvas_make(&window, 1, &heights, &canvas), AUTAN_OK);
        ck_assert_int_eq(autan_canvas_make(&window, 1, &heights, &pieces), AUTAN_OK);
        ck_assert_int_eq(autan_canvas_paint(&canvas, scanner, 1, &mark, &brush),
                         AUTAN_OK);
        for (int b = 0; b < 16; b++) {
            autan_mark piece = mark;
            piece.within =
                (autan_window){b % 4 * QUARTER, b / 4 * QUARTER, QUARTER, QUARTER};
            const int32_t low[2] = {piece.within.column * 256 - reach,
                                    piece.within.row * 256 - reach};
            const int32_t high[2] = {low[0] + QUARTER * 256 + 2 * reach,
                                     low[1] + QUARTER * 256 + 2 * reach};
            piece.shape = autan_clip(&mark.shape, low, high, part, room);
            points += N;
            for (size_t p = 0; p < piece.shape.n_parts; p++)
                kept += part[p];
            ck_assert_int_eq(autan_canvas_paint(&pieces, scanner, 1, &piece, &brush),
                             AUTAN_OK);
        }
        ck_assert_mem_eq(canvas.kind[0], pieces.kind[0], ACROSS * ACROSS);
        autan_canvas_clear(&canvas);
        autan_canvas_clear(&pieces);
    }
    ck_assert_uint_lt(2 * kept, points);
    autan_scanner_free(scanner);
}
END_TEST

START_TEST(amounts_of_a_shape_that_comes_in_pieces_count_once)
{
    autan_scanner *scanner = autan_scanner_new();
    const autan_window window = {0, 0, 32, 32};
    const uint32_t four = 4, one = 1;
    const int32_t square[8] = {4 * 256,  4 * 256,  20 * 256, 4 * 256,
                               20 * 256, 20 * 256, 4 * 256,  20 * 256};
    const int32_t place[2] = {15 * 256 + 255, 3 * 256};
    const autan_window west = {-4, -4, 20, 40}, east = {16, -4, 20, 40};
    const autan_mark marks[4] = {{0, 1.0f, 0, west, {AUTAN_POLYGON, 1, &four, square}},
                                 {0, 1.0f, 0, east, {AUTAN_POLYGON, 1, &four, square}},
                                 {0, 7.0f, 0, west, {AUTAN_POINTS, 1, &one, place}},
                                 {0, 7.0f, 0, east, {AUTAN_POINTS, 1, &one, place}}};
    double amount[16] = {0}, all = 0.0;
    ck_assert_int_eq(
        autan_add_amounts(scanner, 4, marks, 0, &window, 8, 1.0, 4, 4, amount),
        AUTAN_OK);
    for (int c = 0; c < 16; c++)
        all += amount[c];
    ck_assert_double_eq_tol(all, 256 + 7, 1e-9);
    autan_scanner_free(scanner);
}
END_TEST

/* Frames. */

START_TEST(blocks_of_a_frame_hold_every_cell_of_the_grid_once)
{
    autan_grid grid;
    autan_frame frame;
    size_t cells = 0;
    ck_assert_int_eq(autan_grid_make(0, 0, 13100, 5200, 100, &grid), AUTAN_OK);
    ck_assert_int_eq(autan_frame_make(&grid, 0, 700, &frame), AUTAN_OK);
    ck_assert_uint_eq(frame.samples, 40);
    for (size_t b = 0; b < frame.blocks_x * frame.blocks_y; b++) {
        size_t first[2], count[2];
        autan_window w = autan_frame_block(&frame, b);
        if (!autan_frame_cells(&frame, b, first, count))
            continue;
        cells += count[0] * count[1];
        /* The block's corner is that of its first cell. */
        ck_assert_double_eq_tol(frame.xmin + w.column * frame.step,
                                grid.xmin + 100.0 * (double)first[0], 1e-6);
        ck_assert_double_eq_tol(frame.ymax - w.row * frame.step,
                                grid.ymax - 100.0 * (double)first[1], 1e-6);
    }
    ck_assert_uint_eq(cells, 131 * 52);
}
END_TEST

/* Planes. */

/* A plane in memory by rows. */
typedef struct {
    size_t row_bytes;
    void *bytes;
} held_rows;

static autan_status read_held(void *user, size_t first, size_t n, void *to)
{
    const held_rows *h = user;
    memcpy(to, (char *)h->bytes + first * h->row_bytes, n * h->row_bytes);
    return AUTAN_OK;
}

static autan_status write_held(void *user, size_t first, size_t n, const void *from)
{
    const held_rows *h = user;
    memcpy((char *)h->bytes + first * h->row_bytes, from, n * h->row_bytes);
    return AUTAN_OK;
}

static autan_rows rows_of(held_rows *h)
{
    return (autan_rows){h, read_held, write_held};
}

START_TEST(distances_are_those_of_looking_everywhere)
{
    enum { NX = 37, NY = 23 };
    uint8_t mask[NX * NY];
    float distance[NX * NY];
    held_rows masks = {NX, mask}, distances = {NX * sizeof *distance, distance};
    const autan_rows in = rows_of(&masks), out = rows_of(&distances);
    uint64_t seed = 3;
    for (int trial = 0; trial < 4; trial++) {
        for (int k = 0; k < NX * NY; k++)
            mask[k] = uniform(&seed) < 0.02 * trial + 0.002;
        mask[5] = 1;
        ck_assert_int_eq(autan_distance(&in, NX, NY, &out), AUTAN_OK);
        for (int k = 0; k < NX * NY; k++) {
            double best = INFINITY;
            for (int j = 0; j < NX * NY; j++) {
                if (mask[j])
                    best = fmin(best, hypot(k % NX - j % NX, k / NX - j / NX));
            }
            ck_assert_double_eq_tol((double)distance[k], best, 1e-5);
        }
    }
    memset(mask, 0, sizeof mask);
    ck_assert_int_eq(autan_distance(&in, NX, NY, &out), AUTAN_OK);
    ck_assert(isinf(distance[7]));
}
END_TEST

static size_t keep_patches(uint8_t *mask, size_t nx, size_t ny, size_t smallest)
{
    uint32_t *label = malloc(2 * nx * ny * sizeof *label);
    held_rows masks = {nx, mask}, labels = {nx * sizeof *label, label};
    const autan_rows m = rows_of(&masks), l = rows_of(&labels);
    size_t kept = 0;
    ck_assert_int_eq(autan_keep_patches(&m, nx, ny, smallest, &l, &kept), AUTAN_OK);
    free(label);
    return kept;
}

START_TEST(small_patches_go_and_corners_join)
{
    uint8_t mask[] = {1, 0, 0, 0, 0, 1, /* a diagonal of three */
                      0, 1, 0, 0, 0, 1, /* and two in a column */
                      0, 0, 1, 0, 0, 0};
    ck_assert_uint_eq(keep_patches(mask, 6, 3, 3), 1);
    ck_assert_int_eq(mask[0] + mask[7] + mask[14], 3);
    ck_assert_int_eq(mask[5] + mask[11], 0);
}
END_TEST

/* Cells that hang together with one, by walking from neighbour to neighbour. */
static size_t flood(const uint8_t *mask, size_t nx, size_t ny, size_t start,
                    uint8_t *visited)
{
    size_t *stack = malloc(9 * nx * ny * sizeof *stack), depth = 0, cells = 0;
    stack[depth++] = start;
    while (depth > 0) {
        const size_t at = stack[--depth];
        if (visited[at])
            continue;
        visited[at] = 1;
        cells++;
        for (int i = 0; i < 9; i++) {
            const size_t x = at % nx + (size_t)(i % 3) - 1;
            const size_t y = at / nx + (size_t)(i / 3) - 1;
            if (x < nx && y < ny && mask[y * nx + x])
                stack[depth++] = y * nx + x;
        }
    }
    free(stack);
    return cells;
}

START_TEST(patches_of_any_form_are_those_of_walking_through_them)
{
    enum { NX = 61, NY = 47 };
    uint64_t seed = 12;
    for (int trial = 0; trial < 40; trial++) {
        uint8_t mask[NX * NY], kept[NX * NY];
        size_t patches = 0;
        const size_t smallest = 2 + (size_t)trial;
        /* Near the density where patches wind through all of the plane. */
        for (int k = 0; k < NX * NY; k++)
            kept[k] = mask[k] = uniform(&seed) < 0.25 + 0.01 * (trial % 20);
        const size_t found = keep_patches(kept, NX, NY, smallest);
        uint8_t seen[NX * NY] = {0};
        for (size_t k = 0; k < NX * NY; k++) {
            uint8_t visited[NX * NY] = {0};
            if (!mask[k] || seen[k]) {
                ck_assert(mask[k] || !kept[k]);
                continue;
            }
            const size_t size = flood(mask, NX, NY, k, visited);
            patches += size >= smallest;
            for (size_t j = 0; j < NX * NY; j++) {
                seen[j] |= visited[j];
                if (visited[j])
                    ck_assert_int_eq(kept[j], size >= smallest);
            }
        }
        ck_assert_uint_eq(found, patches);
    }
}
END_TEST

/* A plane in memory. */
typedef struct {
    double *value;
    size_t nx;
} held_plane;

static autan_status read_box(void *user, size_t column, size_t row, size_t nx,
                             size_t ny, void *to)
{
    const held_plane *p = user;
    for (size_t y = 0; y < ny; y++)
        memcpy((double *)to + y * nx, p->value + (row + y) * p->nx + column,
               nx * sizeof *p->value);
    return AUTAN_OK;
}

static autan_status write_box(void *user, size_t column, size_t row, size_t nx,
                              size_t ny, const void *from)
{
    const held_plane *p = user;
    for (size_t y = 0; y < ny; y++)
        memcpy(p->value + (row + y) * p->nx + column, (const double *)from + y * nx,
               nx * sizeof *p->value);
    return AUTAN_OK;
}

enum { SIDE_MOST = 100 };
enum { GAUSS, LOWEST, BOX_MEAN, VALLEY };

/* One of the methods; number is sigma, or the reach. */
static autan_status look(int method, double *value, size_t nx, size_t ny, double number,
                         size_t held, double *out)
{
    static double between[SIDE_MOST * SIDE_MOST];
    held_plane planes[] = {{value, nx}, {out, nx}, {between, nx}};
    const autan_boxes from = {&planes[0], read_box, write_box},
                      to = {&planes[1], read_box, write_box},
                      room = {&planes[2], read_box, write_box};
    const autan_bounds bounds = {nx, ny, held, &room};
    switch (method) {
    case GAUSS:
        return autan_gauss(&from, &bounds, number, &to);
    case LOWEST:
        return autan_lowest(&from, &bounds, (size_t)number, &to);
    case BOX_MEAN:
        return autan_box_mean(&from, &bounds, (size_t)number, &to);
    default:
        return autan_valley_height(&from, &bounds, 100.0, 100.0 * number, &to);
    }
}

START_TEST(gaussian_means_keep_constants_and_spread_a_peak)
{
    enum { N = 41 };
    double value[N * N], mean[N * N], sum = 0.0;
    for (int k = 0; k < N * N; k++)
        value[k] = 3.0;
    value[0] = NAN;
    ck_assert_int_eq(look(GAUSS, value, N, N, 2.0, 0, mean), AUTAN_OK);
    for (int k = 0; k < N * N; k++)
        ck_assert_double_eq_tol(mean[k], 3.0, 1e-12);
    memset(value, 0, sizeof value);
    value[20 * N + 20] = 1.0;
    ck_assert_int_eq(look(GAUSS, value, N, N, 2.0, 0, mean), AUTAN_OK);
    for (int k = 0; k < N * N; k++)
        sum += mean[k];
    ck_assert_double_eq_tol(sum, 1.0, 1e-3);
    /* The density at the centre: 1 / (2 pi sigma^2). */
    ck_assert_double_eq_tol(mean[20 * N + 20], 1.0 / (2.0 * M_PI * 4.0), 1e-4);
}
END_TEST

/* One pass of weights along a line of n values, `stride` apart, one by one. */
static void weigh_plainly(const double *value, size_t n, size_t stride, double sigma,
                          double *sum)
{
    const size_t reach = (size_t)ceil(4.0 * sigma);
    for (size_t i = 0; i < n; i++) {
        double s = 0.0;
        for (size_t j = i > reach ? i - reach : 0; j <= i + reach && j < n; j++) {
            const double d =
                (double)((j > i ? j - i : i - j) * (j > i ? j - i : i - j));
            s += exp(-0.5 * d / (sigma * sigma)) * value[j * stride];
        }
        sum[i * stride] = s;
    }
}

START_TEST(gaussian_means_are_those_of_a_plain_loop_to_the_bit)
{
    enum { NX = 83, NY = 71 };
    static double value[NX * NY], filled[2][NX * NY], along[2][NX * NY], out[NX * NY];
    uint64_t seed = 21;
    for (int k = 0; k < NX * NY; k++) {
        const bool hole = k % 17 == 3 || (k % NX > 30 && k % NX < 44 && k / NX > 9);
        value[k] = hole ? NAN : 400.0 * uniform(&seed);
        filled[0][k] = hole ? 0.0 : value[k];
        filled[1][k] = hole ? 0.0 : 1.0;
    }
    for (int turn = 0; turn < 2; turn++) {
        const double sigma = turn ? 6.3 : 0.8;
        double total = 0.0;
        for (int i = 0; i <= (int)ceil(4.0 * sigma); i++)
            total += (i ? 2.0 : 1.0) * exp(-0.5 * (double)(i * i) / (sigma * sigma));
        for (int k = 0; k < 2; k++) {
            double columns[NX * NY];
            for (size_t y = 0; y < NY; y++)
                weigh_plainly(filled[k] + y * NX, NX, 1, sigma, along[k] + y * NX);
            for (size_t x = 0; x < NX; x++)
                weigh_plainly(along[k] + x, NY, NX, sigma, columns + x);
            memcpy(along[k], columns, sizeof columns);
        }
        ck_assert_int_eq(look(GAUSS, value, NX, NY, sigma, 0, out), AUTAN_OK);
        for (int k = 0; k < NX * NY; k++) {
            if (along[1][k] >= 0.25 * total * total)
                ck_assert(out[k] == along[0][k] / along[1][k]);
            else
                ck_assert(isnan(out[k]));
        }
    }
}
END_TEST

START_TEST(lowest_and_mean_of_squares_are_those_of_looking_everywhere)
{
    enum { NX = 97, NY = 69 };
    static double value[NX * NY], lowest[NX * NY], mean[NX * NY];
    uint64_t seed = 11;
    for (int k = 0; k < NX * NY; k++)
        value[k] = k % 13 == 5 || (k % NX < 30 && k / NX < 25) ? NAN : uniform(&seed);
    for (int reach = 1; reach < 120; reach = 3 * reach + 1) {
        ck_assert_int_eq(look(LOWEST, value, NX, NY, reach, 0, lowest), AUTAN_OK);
        ck_assert_int_eq(look(BOX_MEAN, value, NX, NY, reach, 0, mean), AUTAN_OK);
        for (int k = 0; k < NX * NY; k += 7) {
            double least = INFINITY, sum = 0.0;
            int n = 0;
            for (int j = 0; j < NX * NY; j++) {
                if (abs(j % NX - k % NX) > reach || abs(j / NX - k / NX) > reach ||
                    isnan(value[j]))
                    continue;
                least = fmin(least, value[j]);
                sum += value[j];
                n++;
            }
            if (n == 0) {
                ck_assert(isnan(lowest[k]) && isnan(mean[k]));
                continue;
            }
            ck_assert(lowest[k] == least);
            ck_assert_double_eq_tol(mean[k], sum / n, 1e-12);
        }
    }
}
END_TEST

START_TEST(however_little_is_held_the_outcome_is_the_same_to_the_bit)
{
    enum { NX = 100, NY = 91 };
    static double z[NX * NY], whole[NX * NY], out[NX * NY];
    uint64_t seed = 6;
    for (int k = 0; k < NX * NY; k++)
        z[k] = k % 97 == 3 ? NAN : 400.0 * uniform(&seed);
    for (int method = GAUSS; method <= VALLEY; method++) {
        const double number = method == GAUSS ? 1.7 : 9.0;
        ck_assert_int_eq(look(method, z, NX, NY, number, 4 * NX * NY, whole), AUTAN_OK);
        ck_assert_int_eq(look(method, z, NX, NY, number, 0, out), AUTAN_OK);
        for (int k = 0; k < NX * NY; k++)
            ck_assert(out[k] == whole[k] || (isnan(out[k]) && isnan(whole[k])));
    }
}
END_TEST

static autan_status fail_to_read(void *user, size_t column, size_t row, size_t nx,
                                 size_t ny, void *to)
{
    memset(to, 0, nx * ny * sizeof(double));
    return column + nx > 0 && row + ny > *(const size_t *)user ? AUTAN_IO : AUTAN_OK;
}

START_TEST(what_cannot_be_read_ends_the_work)
{
    static double value[80 * 80];
    size_t readable = 70;
    held_plane plane = {value, 80};
    const autan_boxes from = {&readable, fail_to_read, NULL},
                      to = {&plane, read_box, write_box};
    const autan_bounds bounds = {80, 80, 0, &to};
    ck_assert_int_eq(autan_lowest(&from, &bounds, 3, &to), AUTAN_IO);
    ck_assert_int_eq(autan_gauss(&from, &bounds, 2.0, &to), AUTAN_IO);
    ck_assert_int_eq(autan_valley_height(&from, &bounds, 10.0, 30.0, &to), AUTAN_IO);
}
END_TEST

/* Relief. */

START_TEST(a_plane_has_its_slope_a_basin_pools_and_a_ridge_does_not)
{
    enum { N = 60 };
    static double z[N * N], out[N * N];
    for (int k = 0; k < N * N; k++)
        z[k] = 10.0 * (k % N); /* 10 m on 100 m eastwards */
    autan_slope(z, N, N, 100.0, out);
    ck_assert_double_eq_tol(out[30 * N + 30], atan(0.1) * 180.0 / M_PI, 1e-9);
    for (int k = 0; k < N * N; k++)
        z[k] = 0.05 * (pow(k % N - 30, 2) + pow(k / N - 30, 2)) * 10.0;
    autan_pooling(z, N, N, 100.0, 2000.0, out);
    ck_assert_double_gt(out[30 * N + 30], 0.9);
    ck_assert_int_eq(look(VALLEY, z, N, N, 10.0, 0, out), AUTAN_OK);
    ck_assert_double_eq_tol(out[30 * N + 30], 0.0, 1e-9);
    ck_assert_double_gt(out[30 * N + 50], 50.0);
    for (int k = 0; k < N * N; k++)
        z[k] = -z[k];
    autan_pooling(z, N, N, 100.0, 2000.0, out);
    ck_assert_double_eq(out[30 * N + 30], 0.0);
    for (int k = 0; k < N * N; k++)
        z[k] = k == 5 ? NAN : 120.0;
    autan_pooling(z, N, N, 100.0, 2000.0, out);
    ck_assert_double_eq(out[30 * N + 30], 0.0);
    ck_assert(isnan(out[5]));
}
END_TEST

/* The index of a cell by looking at each place of the disc. */
static double pool_plainly(const double *z, long nx, long ny, long x, long y,
                           double reach)
{
    const double here = z[y * nx + x];
    int higher = 0, lower = 0;
    for (int i = 0; i < 100; i++) {
        const double r = reach * sqrt((i + 0.5) / 100.0);
        const double angle = i * M_PI * (3.0 - sqrt(5.0));
        const long column = x + lround(r * cos(angle)),
                   row = y + lround(r * sin(angle));
        if (column < 0 || row < 0 || column >= nx || row >= ny)
            continue;
        higher += z[row * nx + column] > here + 2.0;
        lower += z[row * nx + column] < here - 2.0;
    }
    return isnan(here) ? NAN : (higher > lower ? higher - lower : 0) / 100.0;
}

START_TEST(pooling_is_that_of_a_plain_loop)
{
    enum { NX = 600, NY = 31 };
    static double z[NX * NY], out[NX * NY];
    uint64_t seed = 8;
    for (int k = 0; k < NX * NY; k++)
        z[k] = k % 41 == 7 ? NAN : 30.0 * uniform(&seed);
    autan_pooling(z, NX, NY, 10.0, 200.0, out);
    for (int k = 0; k < NX * NY; k++) {
        const double plain = pool_plainly(z, NX, NY, k % NX, k / NX, 20.0);
        ck_assert(out[k] == plain || (isnan(out[k]) && isnan(plain)));
    }
}
END_TEST

START_TEST(zones_follow_the_table_of_stewart_and_oke)
{
    static const struct {
        autan_ground_shares shares;
        double zone;
    } known[] = {
        {{0.55, 0.3, 0.02, 0.02, 0, 30}, 1}, {{0.5, 0.3, 0.05, 0.05, 0, 15}, 2},
        {{0.5, 0.3, 0.05, 0.05, 0, 6}, 3},   {{0.25, 0.3, 0.1, 0.3, 0, 30}, 4},
        {{0.25, 0.3, 0.1, 0.3, 0, 15}, 5},   {{0.25, 0.2, 0.1, 0.3, 0, 6}, 6},
        {{0.35, 0.5, 0.02, 0.02, 0, 8}, 8},  {{0.12, 0.1, 0.2, 0.4, 0, 6}, 9},
        {{0.01, 0, 0.8, 0.1, 0, NAN}, 11},   {{0.01, 0, 0.3, 0.4, 0, NAN}, 12},
        {{0.01, 0, 0.05, 0.8, 0, NAN}, 14},  {{0.02, 0.8, 0, 0.1, 0, NAN}, 15},
        {{0, 0, 0, 0.1, 0.9, NAN}, 17},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        ck_assert_double_eq(autan_lcz_guess(&known[k].shares), known[k].zone);
    autan_ground_shares unknown = {NAN, 0, 0, 0, 0, 0};
    ck_assert(isnan(autan_lcz_guess(&unknown)));
}
END_TEST

/* Summaries. */

START_TEST(summaries_know_what_is_missing_and_where_values_lie)
{
    const double value[] = {4, NAN, 1, 3, 2, 5, INFINITY};
    autan_quality s;
    size_t bars = 0;
    ck_assert_int_eq(autan_quality_of(7, value, &s), AUTAN_OK);
    ck_assert_uint_eq(s.n, 5);
    ck_assert_uint_eq(s.missing, 2);
    ck_assert_double_eq(s.least, 1);
    ck_assert_double_eq(s.median, 3);
    ck_assert_double_eq_tol(s.high, 4.8, 1e-12);
    ck_assert_double_eq(s.mean, 3);
    ck_assert_double_eq_tol(s.deviation, sqrt(2.5), 1e-12);
    for (int b = 0; b < AUTAN_QUALITY_BARS; b++)
        bars += s.bar[b];
    ck_assert_uint_eq(bars, 5);
    ck_assert_uint_eq(s.bar[AUTAN_QUALITY_BARS - 1], 1);
    ck_assert_int_eq(autan_quality_of(1, value + 1, &s), AUTAN_OK);
    ck_assert_uint_eq(s.n, 0);
    ck_assert(isnan(s.median));
}
END_TEST

START_TEST(correlations_leave_missing_pairs_aside)
{
    const double a[] = {1, 2, NAN, 4}, b[] = {3, 5, 100, 9}, c[] = {1, 1, 1, 1};
    double bias, difference;
    size_t pairs;
    ck_assert_double_eq_tol(autan_correlation(4, a, b, &bias, &difference, &pairs), 1,
                            1e-12);
    ck_assert_double_eq_tol(bias, (2 + 3 + 5) / 3.0, 1e-12);
    ck_assert_double_eq_tol(difference, (2 + 3 + 5) / 3.0, 1e-12);
    ck_assert_uint_eq(pairs, 3);
    ck_assert(isnan(autan_correlation(4, b, c, NULL, NULL, NULL)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ground");
    TCase *tests = tcase_create("ground");
    tcase_add_test(tests, filters_choose_by_text_number_and_list);
    tcase_add_test(tests, like_takes_any_text_for_per_cent_and_any_byte_for_underscore);
    tcase_add_test(
        tests, what_a_feature_does_not_have_is_null_and_null_is_neither_true_nor_false);
    tcase_add_test(tests, wrong_filters_are_refused_with_what_was_expected);
    tcase_add_test(tests, recipes_have_weights_before_names_and_numbers_after_them);
    tcase_add_test(tests, wrong_recipes_are_refused_and_the_output_left_untouched);
    tcase_add_test(tests, polygons_that_share_edges_cover_every_pixel_once);
    tcase_add_test(tests,
                   a_bow_tie_has_the_area_of_its_two_triangles_and_a_hole_has_none);
    tcase_add_test(tests, a_line_is_as_wide_as_it_says_with_round_ends);
    tcase_add_test(tests, what_is_painted_twice_counts_once_and_hides_what_is_below);
    tcase_add_test(tests, heights_give_their_mean_and_the_walls_that_the_wind_meets);
    tcase_add_test(
        tests, the_sky_is_whole_over_open_ground_and_half_gone_at_the_foot_of_a_wall);
    tcase_add_test(
        tests, cells_far_from_anything_high_see_all_the_sky_and_those_near_see_less);
    tcase_add_test(tests, the_share_of_a_disc_is_that_of_its_area);
    tcase_add_test(tests, amounts_are_whole_at_points_and_spread_over_polygons);
    tcase_add_test(tests,
                   a_clipped_shape_covers_its_rectangle_as_before_with_fewer_points);
    tcase_add_test(tests, amounts_of_a_shape_that_comes_in_pieces_count_once);
    tcase_add_test(tests, blocks_of_a_frame_hold_every_cell_of_the_grid_once);
    tcase_add_test(tests, distances_are_those_of_looking_everywhere);
    tcase_add_test(tests, small_patches_go_and_corners_join);
    tcase_add_test(tests, patches_of_any_form_are_those_of_walking_through_them);
    tcase_add_test(tests, gaussian_means_keep_constants_and_spread_a_peak);
    tcase_add_test(tests, lowest_and_mean_of_squares_are_those_of_looking_everywhere);
    tcase_add_test(tests, a_plane_has_its_slope_a_basin_pools_and_a_ridge_does_not);
    tcase_add_test(tests, however_little_is_held_the_outcome_is_the_same_to_the_bit);
    tcase_add_test(tests, what_cannot_be_read_ends_the_work);
    tcase_add_test(tests, gaussian_means_are_those_of_a_plain_loop_to_the_bit);
    tcase_add_test(tests, pooling_is_that_of_a_plain_loop);
    tcase_add_test(tests, zones_follow_the_table_of_stewart_and_oke);
    tcase_add_test(tests, summaries_know_what_is_missing_and_where_values_lie);
    tcase_add_test(tests, correlations_leave_missing_pairs_aside);
    suite_add_tcase(suite, tests);
    return support_run(suite);
}
