/* What goes beside maps and what is made of several: styles for QGIS, animations. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/animation.h"
#include "files/colour.h"
#include "files/style_file.h"
#include "support.h"

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

/* Text of the file that QGIS reads beside a raster. */
static char *style_of(const autan_style *style)
{
    const char *raster = temporary("map.v1.tif");
    size_t length;
    char *text;
    ck_assert_int_eq(autan_style_write(raster, style, NULL), AUTAN_OK);
    text = read_file(temporary("map.v1.qml"), &length);
    ck_assert_ptr_nonnull(text);
    return text;
}

/* Every entry has the colour of the pictures, they ascend, and the ends are the limits.
 */
static void check_items(const char *text, const char *scale, double low, double high,
                        int least)
{
    const char *at = text;
    double value, before = -INFINITY, first = NAN;
    unsigned rgb;
    int n = 0;
    while ((at = strstr(at, "<item value="))) {
        ck_assert_int_eq(sscanf(at,
                                "<item value=\"%lf\" label=\"%*[^\"]\" color=\"#%6x\"",
                                &value, &rgb),
                         2);
        ck_assert_double_gt(value, before);
        ck_assert_uint_eq(
            rgb, autan_colour(autan_colour_scale_find(scale), low, high, value));
        first = n == 0 ? value : first;
        before = value;
        at++;
        n++;
    }
    ck_assert_int_ge(n, least);
    ck_assert_double_eq(first, low);
    ck_assert_double_eq(before, high);
}

START_TEST(the_style_of_a_raster_has_the_colours_and_limits_of_its_picture)
{
    static const float value[4] = {-0.46f, 1.9f, NAN, 0.3f};
    char *text = style_of(&(autan_style){"difference", 0, 0, 4, value});
    /* Rounded outwards to the legend's step, half a kelvin. */
    check_items(text, "difference", -0.5, 2.0, 10);
    ck_assert_ptr_nonnull(strstr(text, "type=\"singlebandpseudocolor\""));
    free(text);
    text = style_of(&(autan_style){"chance", 0, 1, 4, value});
    check_items(text, "chance", 0, 1, 17);
    free(text);
    text = style_of(&(autan_style){"temperature", 0, 0, 1, value + 2});
    check_items(text, "temperature", 0, 1, 17);
    free(text);
}
END_TEST

START_TEST(a_style_of_an_unknown_scale_or_in_no_folder_is_refused)
{
    static const float value[1] = {1};
    autan_error err = {0};
    autan_style style = {"jet", 0, 0, 1, value};
    ck_assert_int_eq(autan_style_write(temporary("x.tif"), &style, &err),
                     AUTAN_NOT_FOUND);
    assert_error(&err, AUTAN_NOT_FOUND, "x.tif", "jet");
    style.scale = "chance";
    ck_assert_int_eq(autan_style_write(temporary("no/x.tif"), &style, &err), AUTAN_IO);
    assert_error(&err, AUTAN_IO, "no/x.qml");
}
END_TEST

/* Walks through the blocks of a GIF (its specification, version 89a) and counts the
 * frames, which fill the screen. */
static size_t count_frames(const char *path, int *width, int *height)
{
    size_t length, frames = 0;
    unsigned char *bytes = (unsigned char *)read_file(path, &length);
    size_t at = 13 + 3 * 256;
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_gt(length, at);
    ck_assert_int_eq(memcmp(bytes, "GIF89a", 6), 0);
    *width = bytes[6] | bytes[7] << 8;
    *height = bytes[8] | bytes[9] << 8;
    ck_assert_uint_eq(bytes[10], 0xf7); /* a palette of 256 colours, 8 bits each */
    while (bytes[at] != 0x3b) {
        if (bytes[at] == 0x21) {
            at += 2;
        } else {
            ck_assert_uint_eq(bytes[at], 0x2c);
            ck_assert_int_eq(bytes[at + 5] | bytes[at + 6] << 8, *width);
            ck_assert_int_eq(bytes[at + 7] | bytes[at + 8] << 8, *height);
            frames++;
            at += 11;
        }
        while (bytes[at] != 0) {
            at += bytes[at] + 1u;
            ck_assert_uint_lt(at, length);
        }
        at++;
    }
    ck_assert_uint_eq(at + 1, length);
    free(bytes);
    return frames;
}

START_TEST(an_animation_has_a_frame_for_each_picture)
{
    const autan_grid grid = {0, 0, 400, 400, 100, 4, 4};
    double value[16];
    const autan_picture_map map = {.value = value};
    autan_picture picture = {.grid = &grid,
                             .scale = "temperature",
                             .lowest = 0,
                             .highest = 3,
                             .title = "Un"};
    const char *path = temporary("three.gif");
    autan_animation *animation;
    int width, height;
    ck_assert_int_eq(autan_animation_new(path, "temperature", 500, &animation, NULL),
                     AUTAN_OK);
    for (int frame = 0; frame < 3; frame++) {
        for (int k = 0; k < 16; k++)
            value[k] = frame;
        ck_assert_int_eq(autan_animation_add(animation, &picture, 1, &map, NULL),
                         AUTAN_OK);
    }
    ck_assert_int_eq(autan_animation_finish(animation, NULL), AUTAN_OK);
    ck_assert_uint_eq(count_frames(path, &width, &height), 3);
    ck_assert_int_eq(width, AUTAN_PICTURE_WIDTH);
    ck_assert_int_gt(height, AUTAN_PICTURE_WIDTH / 2);
}
END_TEST

START_TEST(an_animation_that_fails_leaves_no_file)
{
    const autan_grid grid = {0, 0, 400, 400, 100, 4, 4};
    static const double value[16] = {1};
    const autan_picture_map map = {.value = value};
    autan_picture picture = {.grid = &grid, .scale = "temperature"};
    const char *folder = make_folder("frames");
    char path[SUPPORT_PATH];
    autan_animation *animation;
    autan_error err = {0};
    snprintf(path, sizeof path, "%s/a.gif", folder);
    ck_assert_int_eq(autan_animation_new(path, "jet", 500, &animation, &err),
                     AUTAN_NOT_FOUND);
    ck_assert_int_eq(autan_animation_new(path, "temperature", 500, &animation, &err),
                     AUTAN_OK);
    ck_assert_int_eq(autan_animation_finish(animation, &err), AUTAN_NO_DATA);
    assert_error(&err, AUTAN_NO_DATA, "a.gif", "no frame");
    ck_assert_int_eq(autan_animation_new(path, "temperature", 500, &animation, &err),
                     AUTAN_OK);
    ck_assert_int_eq(autan_animation_add(animation, &picture, 1, &map, &err), AUTAN_OK);
    picture.note = "one\nmore\nthree";
    ck_assert_int_eq(autan_animation_add(animation, &picture, 1, &map, &err),
                     AUTAN_BAD_ARGUMENT);
    assert_error(&err, AUTAN_BAD_ARGUMENT, "a.gif", "a frame of 960 x ");
    autan_animation_abandon(animation);
    autan_animation_abandon(NULL);
    ck_assert_uint_eq(count_entries(folder), 0);
}
END_TEST

START_TEST(a_full_disk_is_an_error_of_the_animation)
{
    const autan_grid grid = {0, 0, 400, 400, 100, 4, 4};
    static const double value[16] = {1};
    const autan_picture_map map = {.value = value};
    autan_picture picture = {.grid = &grid, .scale = "temperature"};
    const char *path = temporary("full.gif");
    autan_animation *animation;
    autan_error err = {0};
    autan_status status;
    limit_file_size(1000);
    ck_assert_int_eq(autan_animation_new(path, "temperature", 500, &animation, &err),
                     AUTAN_OK);
    status = autan_animation_add(animation, &picture, 1, &map, &err);
    if (status == AUTAN_OK)
        status = autan_animation_finish(animation, &err);
    else
        autan_animation_abandon(animation);
    ck_assert_int_eq(status, AUTAN_IO);
    assert_error(&err, AUTAN_IO, "full.gif");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("animation");
    TCase *tests = tcase_create("style and animation");
    tcase_add_test(tests,
                   the_style_of_a_raster_has_the_colours_and_limits_of_its_picture);
    tcase_add_test(tests, a_style_of_an_unknown_scale_or_in_no_folder_is_refused);
    tcase_add_test(tests, an_animation_has_a_frame_for_each_picture);
    tcase_add_test(tests, an_animation_that_fails_leaves_no_file);
    tcase_add_test(tests, a_full_disk_is_an_error_of_the_animation);
    suite_add_tcase(suite, tests);
    return support_run(suite);
}
