/* Rows kept in a file. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/kept_rows.h"
#include "support.h"

enum { NX = 7, NY = 150 };

static autan_error err;

/* Counts its calls, and fails from a row on. */
typedef struct {
    size_t made, fail_from;
} source;

static double value_at(size_t row, size_t column)
{
    return (double)(row * 100 + column);
}

static autan_status make(void *data, size_t first_row, size_t n_rows, double *value,
                         autan_error *failure)
{
    source *s = data;
    if (first_row + n_rows > s->fail_from)
        return autan_fail(failure, AUTAN_BAD_FORMAT, "the source is gone");
    for (size_t k = 0; k < n_rows * NX; k++)
        value[k] = value_at(first_row + k / NX, k % NX);
    s->made += n_rows;
    return AUTAN_OK;
}

/* Opens, looks at some rows, closes; how many rows were made. */
static size_t open_and_look(const char *path, const char *key)
{
    source s = {0, NY};
    autan_kept_rows *rows = NULL;
    double value[3 * NX];
    ck_assert_msg(autan_kept_rows_open(path, key, NX, NY, make, &s, &rows, &err) ==
                      AUTAN_OK,
                  "%s", err.text);
    ck_assert_int_eq(autan_kept_rows_read(rows, NY - 3, 3, value, &err), AUTAN_OK);
    for (size_t k = 0; k < 3 * NX; k++)
        ck_assert_double_eq(value[k], value_at(NY - 3 + k / NX, k % NX));
    autan_kept_rows_close(rows);
    return s.made;
}

START_TEST(rows_are_made_once_for_a_key)
{
    const char *path = temporary("ground/a.rows");
    ck_assert_uint_eq(open_and_look(path, "one"), NY);
    ck_assert_uint_eq(open_and_look(path, "one"), 0);
    ck_assert_uint_eq(open_and_look(path, "two"), NY);
    ck_assert_uint_eq(open_and_look(path, "one"), NY);
    ck_assert_uint_eq(count_entries(temporary("ground")), 1);
}
END_TEST

START_TEST(a_file_cut_short_or_of_something_else_is_made_anew)
{
    const char *path = temporary("cut.rows");
    ck_assert_uint_eq(open_and_look(path, "k"), NY);
    ck_assert_int_eq(truncate(path, 1000), 0);
    ck_assert_uint_eq(open_and_look(path, "k"), NY);
    write_text("cut.rows", "something else");
    ck_assert_uint_eq(open_and_look(path, "k"), NY);
}
END_TEST

START_TEST(what_cannot_be_made_leaves_no_file)
{
    source s = {0, 100};
    autan_kept_rows *rows = NULL;
    make_folder("f");
    ck_assert_int_eq(
        autan_kept_rows_open(temporary("f/a.rows"), "k", NX, NY, make, &s, &rows, &err),
        AUTAN_BAD_FORMAT);
    assert_error(&err, AUTAN_BAD_FORMAT, "the source is gone");
    ck_assert_ptr_null(rows);
    ck_assert_uint_eq(count_entries(temporary("f")), 0);
    autan_kept_rows_close(NULL);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_an_error)
{
    source s = {0, NY};
    autan_kept_rows *rows = NULL;
    write_text("file", "in the way");
    ck_assert_int_eq(autan_kept_rows_open(temporary("file/a.rows"), "k", NX, NY, make,
                                          &s, &rows, &err),
                     AUTAN_IO);
    ck_assert_ptr_null(rows);
}
END_TEST

START_TEST(a_file_cut_while_it_is_open_is_an_error)
{
    source s = {0, NY};
    const char *path = temporary("late.rows");
    autan_kept_rows *rows = NULL;
    double value[NX];
    ck_assert_int_eq(autan_kept_rows_open(path, "k", NX, NY, make, &s, &rows, &err),
                     AUTAN_OK);
    ck_assert_int_eq(truncate(path, 1000), 0);
    ck_assert_int_eq(autan_kept_rows_read(rows, NY - 1, 1, value, &err), AUTAN_IO);
    assert_error(&err, AUTAN_IO, path, "cannot be read");
    autan_kept_rows_close(rows);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kept_rows");
    TCase *all = tcase_create("all");
    tcase_add_test(all, rows_are_made_once_for_a_key);
    tcase_add_test(all, a_file_cut_short_or_of_something_else_is_made_anew);
    tcase_add_test(all, what_cannot_be_made_leaves_no_file);
    tcase_add_test(all, a_folder_that_cannot_be_written_is_an_error);
    tcase_add_test(all, a_file_cut_while_it_is_open_is_an_error);
    suite_add_tcase(suite, all);
    return support_run(suite);
}
