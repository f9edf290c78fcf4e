/* What the Check tests share: running a suite, temporary files, the shared data. */
#ifndef AUTAN_TESTS_SUPPORT_H
#define AUTAN_TESTS_SUPPORT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "kriging/model.h"

enum { SUPPORT_PATH = 4096 };

/* Runs the suite and returns the exit code of main. The suite's temporary folder, made
 * before and removed after, is $TMPDIR/autan-NAME-XXXXXX. */
int support_run(Suite *suite);

/* The path of a file of that name in the temporary folder; static, one of 8 buffers
 * that take turns. */
const char *temporary(const char *name);

/* Writes a file into the temporary folder and returns its path as temporary() does. */
const char *write_text(const char *name, const char *text);
const char *write_bytes(const char *name, const void *bytes, size_t length);
const char *write_gzip(const char *name, const void *bytes, size_t length);

/* The whole file with a NUL after it, for the caller to free(). */
char *read_file(const char *path, size_t *length);

/* Makes an empty folder in the temporary folder, in the place of whatever has that name,
 * and returns its path as temporary() does. */
const char *make_folder(const char *name);

/* How many entries a folder has, hidden ones too. */
size_t count_entries(const char *folder);

/* Root may do everything: from here on the test is nobody, if it was root. */
void be_nobody(void);

/* No file that the test writes can grow above that size: writing more fails as on a full
 * disk (EFBIG). */
void limit_file_size(size_t bytes);

/* Mounts an empty disk of that size on a folder, seen by this test alone and gone with
 * it. False, after printing "skipped: ...", where that is not allowed. */
bool mount_small_disk(const char *folder, size_t bytes);

/* Fails the test unless err holds the status, and its text every part up to a NULL. */
#define assert_error(err, wanted, ...)                                                 \
    check_error((err), (wanted), (const char *const[]){__VA_ARGS__, NULL})
void check_error(const autan_error *err, autan_status wanted, const char *const *part);

/* All regimes of a model as if learnt from 30 hours, with these variances (n_components
 * each); means and patterns are the test's to fill. */
void know_regimes(autan_model *model, const double *persistent, const double *pattern,
                  const double *hourly);

/* Finds a file of the shared data: $AUTAN_SHARED when set, else shared beside the
 * sources or above the working folder. False, after printing "skipped: ...", when it
 * is not there: the test then returns. */
bool shared_file(const char *name, char path[SUPPORT_PATH]);

/* A CSV file without quotes, plain or gzipped: header and fields as text. */
typedef struct {
    size_t rows, columns;
    char **name, **field; /* columns; rows x columns */
    char *text;
} csv_table;

/* Reads a file of the shared data; false as shared_file. Fails the test on a row whose
 * fields do not match the header. */
bool table_shared(const char *name, csv_table *t);
void table_clear(csv_table *t);

/* The field of a row under a column name; fails the test when there is no such column. */
const char *table_text(const csv_table *t, size_t row, const char *column);

/* A whole column as numbers, for the caller to free(). */
double *table_numbers(const csv_table *t, const char *column);

/* Random numbers that are the same everywhere: SplitMix64 (Steele, Lea and Flood,
 * OOPSLA 2014); uniform in [0, 1). */
double uniform(uint64_t *state);

/* Fails unless |got - want| <= tolerance * |want|. */
#define assert_relative(got, want, tolerance)                                          \
    ck_assert_double_eq_tol((got), (want), (tolerance)*fabs(want))

#endif
