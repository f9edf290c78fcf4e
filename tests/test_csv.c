/* Delimited text: what RFC 4180 says, and damage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/csv.h"
#include "support.h"

/* Rows as text: "LINE:a|b|c\n" each, a NUL written as @, "!" where has_nul. */
typedef struct {
    char *text;
    size_t length, rows;
    autan_status stop; /* returned at row stop_at (from 1) */
    size_t stop_at;
} record;

static autan_error err;

static autan_status on_row(const autan_csv_row *row, void *user)
{
    record *r = user;
    size_t room = 32;
    for (size_t k = 0; k < row->n; k++)
        room += strlen(row->field[k]) + 1;
    r->text = realloc(r->text, r->length + room);
    r->length += (size_t)sprintf(r->text + r->length, "%zu:", row->line);
    for (size_t k = 0; k < row->n; k++)
        r->length += (size_t)sprintf(r->text + r->length, "%s%s", k ? "|" : "", row->field[k]);
    r->length +=
        (size_t)sprintf(r->text + r->length, "%s\n", row->has_nul ? "!" : "");
    r->rows++;
    return r->stop_at == r->rows ? r->stop : AUTAN_OK;
}

static autan_status read_path(const char *path, char delimiter, record *r)
{
    memset(&err, 0, sizeof err);
    *r = (record){0};
    r->text = strdup("");
    return autan_csv_read(path, delimiter, on_row, r, &err);
}

static void expect_rows(const char *path, const char *rows)
{
    record r;
    ck_assert_msg(read_path(path, ',', &r) == AUTAN_OK, "%s", err.text);
    ck_assert_str_eq(r.text, rows);
    free(r.text);
}

static void expect_error(const char *path, autan_status status, const char *part)
{
    record r;
    ck_assert_int_eq(read_path(path, ',', &r), status);
    ck_assert_int_eq(err.status, status);
    ck_assert_msg(strncmp(err.text, path, strlen(path)) == 0 && strstr(err.text, part),
                  "'%s' does not name %s and '%s'", err.text, path, part);
    free(r.text);
}

static const struct {
    const char *text, *rows;
} good[] = {
    {"", ""},
    {"\n\n\r\n", ""},
    {"a,b\n1,2\n", "1:a|b\n2:1|2\n"},
    {"a,b\n1,2", "1:a|b\n2:1|2\n"},
    {"a,b\r\n1,2\r\n", "1:a|b\n2:1|2\n"},
    {"a,b\n1,2\r\n3,4\n", "1:a|b\n2:1|2\n3:3|4\n"},
    {"\xef\xbb\xbf" "a,b\n", "1:a|b\n"},
    {"\xef\xbb\xbf", ""},
    {"\n\na,b\n\n\n1,2\n", "3:a|b\n6:1|2\n"},
    {"   \n\t\na\n", "3:a\n"},
    {" a ,\tb\t\n", "1:a|b\n"},
    {"a,,c\n,,\n", "1:a||c\n2:||\n"},
    {"a,b,\n", "1:a|b|\n"},
    {"\"a,b\",c\n", "1:a,b|c\n"},
    {"\"a \"\"b\"\" c\",d\n", "1:a \"b\" c|d\n"},
    {"\"\",\"\"\n", "1:|\n"},
    {"  \"a\"  ,b\n", "1:a|b\n"},
    {"\"a\nb\",c\nd,e\n", "2:a\nb|c\n3:d|e\n"},
    {"\"a\r\nb\",c\r\nd,e\r\n", "2:a\r\nb|c\n3:d|e\n"},
    {"\xc3\xa9t\xc3\xa9,Garonne\n", "1:\xc3\xa9t\xc3\xa9|Garonne\n"},
    {"a;b,c\n", "1:a;b|c\n"},
};

START_TEST(text_is_read_row_by_row_with_its_lines)
{
    expect_rows(write_text("good.csv", good[_i].text), good[_i].rows);
}
END_TEST

START_TEST(gzipped_text_is_read_the_same)
{
    expect_rows(write_gzip("good.csv.gz", good[_i].text, strlen(good[_i].text)),
                good[_i].rows);
}
END_TEST

static const struct {
    const char *text, *printed;
} fields[] = {
    {"hall", "hall"},
    {"Place Saint-Pierre", "Place Saint-Pierre"},
    {"a;b'c", "a;b'c"},
    {"\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
    {"a,b", "\"a,b\""},
    {"the \"hall\"", "\"the \"\"hall\"\"\""},
    {"two\nlines", "\"two\nlines\""},
    {" ahead", "\" ahead\""},
    {"behind\t", "\"behind\t\""},
};

START_TEST(a_field_is_printed_as_rfc_4180_has_it_and_read_back_the_same)
{
    char *printed = NULL;
    size_t length;
    record r;
    FILE *stream = open_memstream(&printed, &length);
    autan_csv_print(stream, fields[_i].text);
    fclose(stream);
    ck_assert_str_eq(printed, fields[_i].printed);
    ck_assert_int_eq(read_path(write_text("printed.csv", printed), ',', &r), AUTAN_OK);
    /* "LINE:text\n" */
    ck_assert_uint_eq(r.length, 2 + strlen(fields[_i].text) + 1);
    ck_assert_int_eq(memcmp(r.text + 2, fields[_i].text, strlen(fields[_i].text)), 0);
    free(r.text);
    free(printed);
}
END_TEST

START_TEST(the_delimiter_can_be_chosen)
{
    record r;
    ck_assert_int_eq(read_path(write_text("semicolon.csv", "a;b,c\n1;\"2;3\"\n"), ';', &r),
                     AUTAN_OK);
    ck_assert_str_eq(r.text, "1:a|b,c\n2:1|2;3\n");
    free(r.text);
}
END_TEST

START_TEST(standard_input_is_read_plain_or_gzipped)
{
    for (int zipped = 0; zipped < 2; zipped++) {
        const char *path = zipped ? write_gzip("in", "a,b\n1,2\n", 8)
                                  : write_text("in", "a,b\n1,2\n");
        ck_assert_ptr_nonnull(freopen(path, "rb", stdin));
        expect_rows("-", "1:a|b\n2:1|2\n");
    }
}
END_TEST

START_TEST(a_nul_byte_is_told_of_its_row_only)
{
    static const char bytes[] = "a,b\n1,x\0y\n2,z\n";
    expect_rows(write_bytes("nul.csv", bytes, sizeof bytes - 1), "1:a|b\n2:1|x!\n3:2|z\n");
}
END_TEST

START_TEST(wrong_or_unclosed_quotes_are_refused_with_their_line)
{
    expect_error(write_text("q1.csv", "a,b\n\"1,2\n3,4\n"), AUTAN_BAD_FORMAT, "quotes");
    expect_error(write_text("q2.csv", "a,b\n1\"x,2\n"), AUTAN_BAD_FORMAT, ":2:");
    expect_error(write_text("q3.csv", "a,b\n1,2\n\"1\"x,2\n"), AUTAN_BAD_FORMAT, ":3:");
    expect_error(write_text("q4.csv", "a,b\n1,\""), AUTAN_BAD_FORMAT, ":2:");
}
END_TEST

START_TEST(a_field_above_64_kib_is_refused_with_its_line)
{
    enum { LONG = 1 << 16 };
    char *text = malloc(LONG + 100);
    for (int quoted = 0; quoted < 2; quoted++) {
        size_t start = (size_t)sprintf(text, "a\n%s", quoted ? "\"" : "");
        memset(text + start, 'x', LONG + 1);
        sprintf(text + start + LONG + 1, "%s\n", quoted ? "\"" : "");
        expect_error(write_text("long.csv", text), AUTAN_BAD_FORMAT, "64 KiB");
        expect_error(write_text("long.csv", text), AUTAN_BAD_FORMAT, ":2:");
    }
    free(text);
}
END_TEST

START_TEST(a_field_of_64_kib_is_read)
{
    enum { LONG = 1 << 16 };
    char *text = malloc(LONG + 100);
    record r;
    memset(text, 'x', LONG);
    strcpy(text + LONG, ",b\n");
    ck_assert_int_eq(read_path(write_text("full.csv", text), ',', &r), AUTAN_OK);
    ck_assert_uint_eq(strlen(r.text), 2 + LONG + 3);
    free(r.text);
    free(text);
}
END_TEST

START_TEST(a_row_above_4096_fields_is_refused_with_its_line)
{
    char text[2 + 4096 + 2] = "a\n";
    memset(text + 2, ',', 4095);
    text[2 + 4095] = '\n';
    record r;
    ck_assert_int_eq(read_path(write_text("many.csv", text), ',', &r), AUTAN_OK);
    ck_assert_uint_eq(r.rows, 2);
    free(r.text);
    memset(text + 2, ',', 4096);
    text[2 + 4096] = '\n';
    expect_error(write_text("many.csv", text), AUTAN_BAD_FORMAT, ":2:");
}
END_TEST

START_TEST(a_row_above_1_mib_is_refused_with_its_line)
{
    enum { LONG = 1 << 16 };
    char *text = malloc(20 * LONG), *at = text + sprintf(text, "a\n");
    record r;
    for (int k = 0; k < 15; k++) {
        memset(at, 'x', LONG);
        at[LONG] = ',';
        at += LONG + 1;
    }
    strcpy(at, "\nb\n");
    ck_assert_int_eq(read_path(write_text("wide.csv", text), ',', &r), AUTAN_OK);
    ck_assert_uint_eq(r.rows, 3);
    free(r.text);
    memset(at, 'x', LONG);
    strcpy(at + LONG, "\nb\n");
    expect_error(write_text("wide.csv", text), AUTAN_BAD_FORMAT, ":2:");
    expect_error(write_text("wide.csv", text), AUTAN_BAD_FORMAT, "1 MiB");
    free(text);
}
END_TEST

START_TEST(utf_16_is_refused_by_name)
{
    static const char little[] = "\xff\xfe" "a\0,\0b\0\n";
    static const char big[] = "\xfe\xff" "\0a\0,\0b\0\n";
    expect_error(write_bytes("u16le.csv", little, sizeof little), AUTAN_BAD_FORMAT, "UTF-16");
    expect_error(write_bytes("u16be.csv", big, sizeof big - 1), AUTAN_BAD_FORMAT, "UTF-16");
}
END_TEST

/* Enough rows of fixed-seed numbers that the stream has many blocks. */
static char *numbers(size_t *length)
{
    enum { ROWS = 12000 };
    uint64_t state = 5;
    char *text = malloc(ROWS * 24), *at = text;
    for (int k = 0; k < ROWS; k++)
        at += sprintf(at, "%d,%.6f\n", k, 40 * uniform(&state));
    *length = (size_t)(at - text);
    return text;
}

START_TEST(a_gzip_stream_cut_anywhere_is_refused)
{
    size_t length, packed, cuts = 0;
    char *text = numbers(&length);
    char *gz = read_file(write_gzip("whole.gz", text, length), &packed);
    /* Of the first two bytes the format is recognised. */
    for (size_t cut = 2; cut < packed; cut += cut < 64 || cut + 997 > packed ? 1 : 997) {
        expect_error(write_bytes("cut.gz", gz, cut), AUTAN_BAD_FORMAT, "gzip");
        cuts++;
    }
    ck_assert_uint_gt(cuts, 100);
    free(text);
    free(gz);
}
END_TEST

START_TEST(a_gzip_stream_damaged_anywhere_is_refused)
{
    size_t length, packed;
    char *text = numbers(&length);
    char *gz = read_file(write_gzip("whole.gz", text, length), &packed);
    /* The header's 10 bytes hold time and system, which may be anything. */
    for (size_t at = 10; at < packed; at += at + 16 > packed ? 1 : 499) {
        record r;
        gz[at] = (char)(gz[at] ^ 0x10);
        ck_assert_msg(read_path(write_bytes("bad.gz", gz, packed), ',', &r) ==
                          AUTAN_BAD_FORMAT,
                      "byte %zu", at);
        free(r.text);
        gz[at] = (char)(gz[at] ^ 0x10);
    }
    free(text);
    free(gz);
}
END_TEST

START_TEST(several_gzip_streams_after_each_other_are_one_file)
{
    size_t a, b;
    char *first = read_file(write_gzip("a.gz", "a,b\n", 4), &a);
    char *second = read_file(write_gzip("b.gz", "1,2\n", 4), &b);
    char *both = malloc(a + b);
    memcpy(both, first, a);
    memcpy(both + a, second, b);
    expect_rows(write_bytes("both.gz", both, a + b), "1:a|b\n2:1|2\n");
    free(first);
    free(second);
    free(both);
}
END_TEST

START_TEST(a_missing_file_is_not_found)
{
    expect_error(temporary("missing.csv"), AUTAN_NOT_FOUND, "cannot open");
}
END_TEST

START_TEST(a_folder_is_no_file)
{
    const char *path = temporary("folder");
    ck_assert_int_eq(mkdir(path, 0777), 0);
    expect_error(path, AUTAN_IO, "folder");
}
END_TEST

START_TEST(a_file_without_permission_is_an_io_error)
{
    const char *path = write_text("secret.csv", "a\n");
    ck_assert_int_eq(chmod(path, 0), 0);
    be_nobody();
    expect_error(path, AUTAN_IO, "cannot open");
}
END_TEST

START_TEST(the_handler_ends_the_reading_with_its_status)
{
    record r = {.stop = AUTAN_SINGULAR, .stop_at = 2};
    const char *path = write_text("stop.csv", "a\nb\nc\n");
    r.text = strdup("");
    ck_assert_int_eq(autan_csv_read(path, ',', on_row, &r, NULL), AUTAN_SINGULAR);
    ck_assert_str_eq(r.text, "1:a\n2:b\n");
    free(r.text);
    /* In the last row too, which ends with the file. */
    r = (record){.stop = AUTAN_SINGULAR, .stop_at = 1, .text = strdup("")};
    path = write_text("stop.csv", "a");
    ck_assert_int_eq(autan_csv_read(path, ',', on_row, &r, NULL), AUTAN_SINGULAR);
    free(r.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("csv");
    TCase *text = tcase_create("text"), *damage = tcase_create("damage"),
          *files = tcase_create("files");
    int count = sizeof good / sizeof *good;
    tcase_add_loop_test(text, text_is_read_row_by_row_with_its_lines, 0, count);
    tcase_add_loop_test(text, gzipped_text_is_read_the_same, 0, count);
    tcase_add_loop_test(text, a_field_is_printed_as_rfc_4180_has_it_and_read_back_the_same,
                        0, (int)(sizeof fields / sizeof *fields));
    tcase_add_test(text, the_delimiter_can_be_chosen);
    tcase_add_test(text, standard_input_is_read_plain_or_gzipped);
    tcase_add_test(text, a_nul_byte_is_told_of_its_row_only);
    tcase_add_test(text, wrong_or_unclosed_quotes_are_refused_with_their_line);
    tcase_add_test(text, a_field_above_64_kib_is_refused_with_its_line);
    tcase_add_test(text, a_field_of_64_kib_is_read);
    tcase_add_test(text, a_row_above_4096_fields_is_refused_with_its_line);
    tcase_add_test(text, a_row_above_1_mib_is_refused_with_its_line);
    suite_add_tcase(suite, text);
    tcase_set_timeout(damage, 300);
    tcase_add_test(damage, utf_16_is_refused_by_name);
    tcase_add_test(damage, a_gzip_stream_cut_anywhere_is_refused);
    tcase_add_test(damage, a_gzip_stream_damaged_anywhere_is_refused);
    tcase_add_test(damage, several_gzip_streams_after_each_other_are_one_file);
    suite_add_tcase(suite, damage);
    tcase_add_test(files, a_missing_file_is_not_found);
    tcase_add_test(files, a_folder_is_no_file);
    tcase_add_test(files, a_file_without_permission_is_an_io_error);
    tcase_add_test(files, the_handler_ends_the_reading_with_its_status);
    suite_add_tcase(suite, files);
    return support_run(suite);
}
