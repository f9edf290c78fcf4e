/* Files written whole or not at all: full disks, refused folders, two writers. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/outfile.h"
#include "support.h"

static autan_error err;

static autan_outfile *open_good(const char *path)
{
    autan_outfile *out = NULL;
    ck_assert_msg(autan_outfile_open(path, &out, &err) == AUTAN_OK, "%s", err.text);
    return out;
}

static void expect_text(const char *path, const char *text)
{
    size_t length;
    char *bytes = read_file(path, &length);
    ck_assert_str_eq(bytes, text);
    ck_assert_uint_eq(length, strlen(text));
    free(bytes);
}

static void expect_refused(const char *path, const char *reason)
{
    autan_outfile *out = (autan_outfile *)&out;
    ck_assert_int_eq(autan_outfile_open(path, &out, &err), AUTAN_IO);
    assert_error(&err, AUTAN_IO, path, "cannot be written", reason);
    ck_assert_ptr_eq(out, &out);
}

/* A file "out" with the text "before" in a folder of its own. */
static const char *existing(void)
{
    make_folder("f");
    return write_text("f/out", "before");
}

START_TEST(the_target_is_as_it_was_until_the_commit)
{
    const char *path = existing();
    autan_outfile *out = open_good(path);
    char *beside = strdup(autan_outfile_temporary(out));
    ck_assert_str_eq(autan_outfile_path(out), path);
    ck_assert_int_eq(strncmp(beside, path, strlen(path)), 0);
    ck_assert_int_eq(autan_outfile_write(out, "after", 5, &err), AUTAN_OK);
    expect_text(path, "before");
    expect_text(beside, "after");
    ck_assert_msg(autan_outfile_commit(out, &err) == AUTAN_OK, "%s", err.text);
    expect_text(path, "after");
    ck_assert_int_eq(access(beside, F_OK), -1);
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
    free(beside);
}
END_TEST

START_TEST(what_is_abandoned_leaves_no_trace)
{
    const char *path = existing();
    autan_outfile *out = open_good(path);
    ck_assert_int_eq(autan_outfile_write(out, "after", 5, &err), AUTAN_OK);
    autan_outfile_abandon(out);
    autan_outfile_abandon(NULL);
    expect_text(path, "before");
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
}
END_TEST

START_TEST(two_writers_of_one_target_do_not_meet)
{
    const char *path = existing();
    autan_outfile *first = open_good(path), *second = open_good(path);
    ck_assert_str_ne(autan_outfile_temporary(first), autan_outfile_temporary(second));
    ck_assert_int_eq(autan_outfile_write(first, "first", 5, &err), AUTAN_OK);
    ck_assert_int_eq(autan_outfile_write(second, "the second", 10, &err), AUTAN_OK);
    ck_assert_int_eq(autan_outfile_commit(second, &err), AUTAN_OK);
    expect_text(path, "the second");
    ck_assert_int_eq(autan_outfile_commit(first, &err), AUTAN_OK);
    expect_text(path, "first");
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
}
END_TEST

START_TEST(what_is_printed_written_and_put_at_places_is_all_there)
{
    const char *path = temporary("mixed");
    autan_outfile *out = open_good(path);
    fprintf(autan_outfile_stream(out), "%d,", 12);
    ck_assert_int_eq(autan_outfile_write(out, "3456", 4, &err), AUTAN_OK);
    ck_assert_int_eq(pwrite(autan_outfile_descriptor(out), "X", 1, 4), 1);
    fprintf(autan_outfile_stream(out), "7");
    ck_assert_int_eq(autan_outfile_commit(out, &err), AUTAN_OK);
    expect_text(path, "12,3X567");
}
END_TEST

START_TEST(a_text_is_written_at_once)
{
    const char *path = temporary("text");
    ck_assert_int_eq(autan_outfile_write_text(path, "d\xc3\xa9j\xc3\xa0\n", &err), AUTAN_OK);
    expect_text(path, "d\xc3\xa9j\xc3\xa0\n");
    ck_assert_int_eq(autan_outfile_write_text(path, "", &err), AUTAN_OK);
    expect_text(path, "");
    path = temporary("nowhere/text");
    ck_assert_int_eq(autan_outfile_write_text(path, "x", &err), AUTAN_IO);
    assert_error(&err, AUTAN_IO, path, "No such file");
}
END_TEST

START_TEST(a_new_file_has_the_permissions_that_the_umask_leaves)
{
    struct stat info;
    umask(027);
    ck_assert_int_eq(autan_outfile_write_text(temporary("mode"), "x", &err), AUTAN_OK);
    ck_assert_int_eq(stat(temporary("mode"), &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0640);
}
END_TEST

/* rename(2) puts the file in the place of the link. */
START_TEST(a_link_is_replaced_and_what_it_points_to_left_alone)
{
    const char *file = write_text("pointed", "before"), *link_path = temporary("link");
    struct stat info;
    ck_assert_int_eq(symlink("pointed", link_path), 0);
    ck_assert_int_eq(autan_outfile_write_text(link_path, "after", &err), AUTAN_OK);
    expect_text(file, "before");
    expect_text(link_path, "after");
    ck_assert_int_eq(lstat(link_path, &info), 0);
    ck_assert(S_ISREG(info.st_mode));
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused)
{
    make_folder("f");
    ck_assert_int_eq(mkfifo(temporary("f/pipe"), 0666), 0);
    expect_refused(temporary("f"), "Is a directory");
    expect_refused(temporary("f/pipe"), "it is not a regular file");
    expect_refused("/dev/null", "it is not a regular file");
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
}
END_TEST

START_TEST(a_folder_that_is_not_there_or_not_ours_is_refused)
{
    expect_refused(temporary("nowhere/out"), "No such file");
    ck_assert_int_eq(chmod(make_folder("locked"), 0555), 0);
    be_nobody();
    expect_refused(temporary("locked/out"), "Permission denied");
    ck_assert_uint_eq(count_entries(temporary("locked")), 0);
}
END_TEST

enum { LIMIT = 1 << 16 };

static void expect_full(autan_status status, const char *reason)
{
    ck_assert_int_eq(status, AUTAN_IO);
    assert_error(&err, AUTAN_IO, temporary("f/out"), "cannot be written", reason);
    expect_text(temporary("f/out"), "before");
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
}

/* Refused at once, at a print that nobody looked at, or at the flush of the commit. */
START_TEST(a_file_that_cannot_grow_is_refused_and_the_target_left_as_it_was)
{
    char *bytes = calloc(1, 2 * LIMIT);
    autan_outfile *out = open_good(existing());
    limit_file_size(LIMIT);
    ck_assert_int_eq(autan_outfile_write(out, bytes, 2 * LIMIT, &err), AUTAN_IO);
    autan_outfile_abandon(out);
    expect_full(err.status, "File too large");

    out = open_good(temporary("f/out"));
    for (int k = 0; k < 2 * LIMIT; k++)
        fputc('x', autan_outfile_stream(out));
    expect_full(autan_outfile_commit(out, &err), "");

    out = open_good(temporary("f/out"));
    ck_assert_int_eq(autan_outfile_write(out, bytes, LIMIT, &err), AUTAN_OK);
    fputc('x', autan_outfile_stream(out));
    expect_full(autan_outfile_commit(out, &err), "File too large");
    free(bytes);
}
END_TEST

START_TEST(a_full_disk_is_an_error_and_the_target_left_as_it_was)
{
    char *bytes = calloc(1, 4 * LIMIT);
    autan_outfile *out;
    if (mount_small_disk(make_folder("f"), LIMIT)) {
        write_text("f/out", "before");
        out = open_good(temporary("f/out"));
        ck_assert_int_eq(autan_outfile_write(out, bytes, 4 * LIMIT, &err), AUTAN_IO);
        autan_outfile_abandon(out);
        expect_full(err.status, "No space left");
    }
    free(bytes);
}
END_TEST

START_TEST(a_target_that_became_a_folder_is_refused_at_the_commit)
{
    autan_outfile *out;
    make_folder("f");
    out = open_good(temporary("f/late"));
    make_folder("f/late");
    ck_assert_int_eq(autan_outfile_write(out, "x", 1, &err), AUTAN_OK);
    ck_assert_int_eq(autan_outfile_commit(out, &err), AUTAN_IO);
    assert_error(&err, AUTAN_IO, temporary("f/late"), "Is a directory");
    ck_assert_uint_eq(count_entries(temporary("f/late")), 0);
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
}
END_TEST

START_TEST(a_folder_that_went_away_is_refused_at_the_commit)
{
    autan_outfile *out = open_good(existing());
    make_folder("g");
    ck_assert_int_eq(rename(temporary("f"), temporary("g")), 0);
    ck_assert_int_eq(autan_outfile_commit(out, &err), AUTAN_IO);
    assert_error(&err, AUTAN_IO, temporary("f/out"), "No such file");
    expect_text(temporary("g/out"), "before");
}
END_TEST

START_TEST(nobody_needs_to_listen)
{
    autan_outfile *out;
    ck_assert_int_eq(autan_outfile_open("/dev/null", &out, NULL), AUTAN_IO);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outfile");
    TCase *good = tcase_create("good"), *refused = tcase_create("refused");
    tcase_add_test(good, the_target_is_as_it_was_until_the_commit);
    tcase_add_test(good, what_is_abandoned_leaves_no_trace);
    tcase_add_test(good, two_writers_of_one_target_do_not_meet);
    tcase_add_test(good, what_is_printed_written_and_put_at_places_is_all_there);
    tcase_add_test(good, a_text_is_written_at_once);
    tcase_add_test(good, a_new_file_has_the_permissions_that_the_umask_leaves);
    tcase_add_test(good, a_link_is_replaced_and_what_it_points_to_left_alone);
    suite_add_tcase(suite, good);
    tcase_add_test(refused, what_is_no_regular_file_is_refused);
    tcase_add_test(refused, a_folder_that_is_not_there_or_not_ours_is_refused);
    tcase_add_test(refused, a_file_that_cannot_grow_is_refused_and_the_target_left_as_it_was);
    tcase_add_test(refused, a_full_disk_is_an_error_and_the_target_left_as_it_was);
    tcase_add_test(refused, a_target_that_became_a_folder_is_refused_at_the_commit);
    tcase_add_test(refused, a_folder_that_went_away_is_refused_at_the_commit);
    tcase_add_test(refused, nobody_needs_to_listen);
    suite_add_tcase(suite, refused);
    return support_run(suite);
}
