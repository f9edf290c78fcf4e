/* Planes in files of work. */
#include <stdlib.h>
#include <string.h>

#include "files/scratch.h"
#include "support.h"

enum { NX = 300, NY = 200 };

static autan_error err;

static autan_scratch *open_plane(const char *folder)
{
    autan_scratch *s = NULL;
    ck_assert_msg(autan_scratch_open(folder, sizeof(float), NX, NY, &s, &err) ==
                      AUTAN_OK,
                  "%s", err.text);
    return s;
}

START_TEST(a_window_is_read_as_it_was_written_and_the_rest_is_0)
{
    static float window[20 * 30], got[NX * NY];
    autan_scratch *s = open_plane(make_folder("f"));
    for (int k = 0; k < 20 * 30; k++)
        window[k] = (float)k + 1.0f;
    ck_assert_int_eq(autan_scratch_write(s, 40, 50, 20, 30, window), AUTAN_OK);
    const autan_rows rows = autan_scratch_rows(s);
    ck_assert_int_eq(rows.read(rows.user, 0, NY, got), AUTAN_OK);
    for (int k = 0; k < NX * NY; k++) {
        const int x = k % NX - 40, y = k / NX - 50;
        const bool inside = x >= 0 && x < 20 && y >= 0 && y < 30;
        ck_assert_float_eq(got[k], inside ? window[y * 20 + x] : 0.0f);
    }
    ck_assert_int_eq(rows.write(rows.user, 7, 1, got + 60 * NX), AUTAN_OK);
    ck_assert_int_eq(autan_scratch_read(s, 41, 7, 1, 1, got), AUTAN_OK);
    ck_assert_float_eq(got[0], window[10 * 20 + 1]);
    autan_scratch_close(s);
}
END_TEST

START_TEST(the_file_has_no_name)
{
    autan_scratch *s = open_plane(make_folder("f"));
    ck_assert_uint_eq(count_entries(temporary("f")), 0);
    autan_scratch_close(s);
    autan_scratch_close(NULL);
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_named)
{
    autan_scratch *s = NULL;
    ck_assert_int_eq(autan_scratch_open(temporary("nowhere"), 1, NX, NY, &s, &err),
                     AUTAN_IO);
    assert_error(&err, AUTAN_IO,
                 "nowhere: a file of work cannot be made: No such file");
    ck_assert_ptr_null(s);
}
END_TEST

START_TEST(a_full_disk_is_an_error)
{
    static float row[NX];
    autan_status status = AUTAN_OK;
    if (!mount_small_disk(make_folder("f"), 16384))
        return;
    autan_scratch *s = open_plane(temporary("f"));
    for (size_t y = 0; status == AUTAN_OK && y < NY; y++)
        status = autan_scratch_write(s, 0, y, NX, 1, row);
    ck_assert_int_eq(status, AUTAN_IO);
    assert_error(&err, AUTAN_IO, "cannot be written: No space left");
    autan_scratch_close(s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scratch");
    TCase *tests = tcase_create("scratch");
    tcase_add_test(tests, a_window_is_read_as_it_was_written_and_the_rest_is_0);
    tcase_add_test(tests, the_file_has_no_name);
    tcase_add_test(tests, a_folder_that_is_not_there_is_named);
    tcase_add_test(tests, a_full_disk_is_an_error);
    suite_add_tcase(suite, tests);
    return support_run(suite);
}
