#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char folder[SUPPORT_PATH / 2];

static int remove_entry(const char *path, const struct stat *info, int kind,
                        struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

int support_run(Suite *suite)
{
    const char *base = getenv("TMPDIR");
    SRunner *runner = srunner_create(suite);
    int failed;

    snprintf(folder, sizeof folder, "%s/autan-test-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        return EXIT_FAILURE;
    }
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

const char *temporary(const char *name)
{
    static char path[8][SUPPORT_PATH];
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

const char *write_bytes(const char *name, const void *bytes, size_t length)
{
    const char *path = temporary(name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

const char *write_text(const char *name, const char *text)
{
    return write_bytes(name, text, strlen(text));
}

const char *write_gzip(const char *name, const void *bytes, size_t length)
{
    const char *path = temporary(name);
    gzFile file = gzopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(gzwrite(file, bytes, (unsigned)length), (int)length);
    ck_assert_int_eq(gzclose(file), Z_OK);
    return path;
}

/* Also reads gzip, which gzread tells by itself. */
static char *read_plain_or_gzip(const char *path, size_t *length)
{
    size_t capacity = 1 << 16;
    char *text = malloc(capacity);
    gzFile file = gzopen(path, "rb");
    int got;
    ck_assert_ptr_nonnull(file);
    *length = 0;
    while ((got = gzread(file, text + *length, (unsigned)(capacity - *length - 1))) > 0) {
        *length += (size_t)got;
        if (capacity - *length < capacity / 4)
            text = realloc(text, capacity *= 2);
        ck_assert_ptr_nonnull(text);
    }
    ck_assert_int_eq(got, 0);
    gzclose(file);
    text[*length] = '\0';
    return text;
}

char *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    char *bytes;
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &info), 0);
    *length = (size_t)info.st_size;
    bytes = malloc(*length + 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, *length, file), *length);
    bytes[*length] = '\0';
    fclose(file);
    return bytes;
}

const char *make_folder(const char *name)
{
    const char *path = temporary(name);
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    ck_assert_int_eq(mkdir(path, 0777), 0);
    return path;
}

size_t count_entries(const char *folder_path)
{
    DIR *entries = opendir(folder_path);
    size_t n = 0;
    ck_assert_ptr_nonnull(entries);
    while (readdir(entries))
        n++;
    closedir(entries);
    return n - 2; /* . and .. */
}

/* What looks for leaks at the end has to be root again, and traceable. */
static void be_root_again(void)
{
    if (seteuid(0) == 0)
        prctl(PR_SET_DUMPABLE, 1);
}

void be_nobody(void)
{
    if (geteuid() != 0)
        return;
    atexit(be_root_again);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    ck_assert_int_eq(seteuid(65534), 0);
}

void limit_file_size(size_t bytes)
{
    const struct rlimit limit = {bytes, bytes};
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

bool mount_small_disk(const char *path, size_t bytes)
{
    char size[64];
    snprintf(size, sizeof size, "size=%zu", bytes);
    if (unshare(CLONE_NEWNS) == 0 &&
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
        mount("tmpfs", path, "tmpfs", 0, size) == 0)
        return true;
    printf("skipped: a small disk cannot be mounted (%s)\n", strerror(errno));
    fflush(stdout);
    return false;
}

void check_error(const autan_error *err, autan_status wanted, const char *const *part)
{
    ck_assert_msg(err->status == wanted, "status %d with '%s', expected %d", err->status,
                  err->text, wanted);
    for (; *part; part++)
        ck_assert_msg(strstr(err->text, *part) != NULL, "'%s' does not name '%s'",
                      err->text, *part);
}

void know_regimes(autan_model *model, const double *persistent, const double *pattern,
                  const double *hourly)
{
    static const double noise[] = {0.7, 1.0, 3.0, 1.3, 0.6};
    const size_t bytes = model->n_components * sizeof(double);
    for (size_t i = 0; i < model->n_stations; i++)
        model->noise[i] = noise[i % (sizeof noise / sizeof *noise)];
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        autan_regime *regime = &model->regime[r];
        ck_assert_int_eq(autan_model_reserve(model, r), AUTAN_OK);
        regime->n_hours = 30;
        regime->two_levels = regime->has_pattern = 1;
        regime->dof = 8;
        memcpy(regime->persistent, persistent, bytes);
        memcpy(regime->pattern, pattern, bytes);
        memcpy(regime->hourly, hourly, bytes);
    }
}

bool shared_file(const char *name, char path[SUPPORT_PATH])
{
    const char *given = getenv("AUTAN_SHARED"), *sources = getenv("srcdir");
    const char *base[] = {sources ? sources : ".", ".", "..", "../.."};
    if (given && *given) {
        snprintf(path, SUPPORT_PATH, "%s/%s", given, name);
        if (access(path, R_OK) == 0)
            return true;
    }
    for (size_t k = 0; !(given && *given) && k < sizeof base / sizeof *base; k++) {
        snprintf(path, SUPPORT_PATH, "%s/../shared/%s", base[k], name);
        if (access(path, R_OK) == 0)
            return true;
    }
    printf("skipped: no %s in the shared data (set AUTAN_SHARED)\n", name);
    fflush(stdout);
    return false;
}

/* Cuts the next field off the line at *at; ends it with NUL. */
static char *cut_field(char **at)
{
    char *start = *at, *end = start + strcspn(start, ",");
    *at = *end ? end + 1 : end;
    *end = '\0';
    return start;
}

static void split_line(char *line, size_t columns, char **field)
{
    size_t count = 1;
    line[strcspn(line, "\r")] = '\0';
    for (const char *p = line; *p; p++)
        count += *p == ',';
    if (count != columns)
        ck_abort_msg("'%s' has %zu fields, expected %zu", line, count, columns);
    for (size_t k = 0; k < columns; k++)
        field[k] = cut_field(&line);
}

bool table_shared(const char *name, csv_table *t)
{
    char path[SUPPORT_PATH], *line, *rest;
    size_t length, lines = 0;
    *t = (csv_table){0};
    if (!shared_file(name, path))
        return false;
    t->text = read_plain_or_gzip(path, &length);
    for (size_t i = 0; i < length; i++)
        lines += t->text[i] == '\n';
    t->columns = 1;
    for (const char *p = t->text; *p && *p != '\n'; p++)
        t->columns += *p == ',';
    t->name = calloc(t->columns, sizeof *t->name);
    t->field = calloc((lines + 1) * t->columns, sizeof *t->field);
    ck_assert(t->name && t->field);
    line = strtok_r(t->text, "\n", &rest);
    split_line(line, t->columns, t->name);
    while ((line = strtok_r(NULL, "\n", &rest)))
        split_line(line, t->columns, t->field + t->rows++ * t->columns);
    return true;
}

void table_clear(csv_table *t)
{
    free(t->name);
    free(t->field);
    free(t->text);
    *t = (csv_table){0};
}

static size_t table_column(const csv_table *t, const char *column)
{
    for (size_t k = 0; k < t->columns; k++) {
        if (strcmp(t->name[k], column) == 0)
            return k;
    }
    ck_abort_msg("no column '%s'", column);
    return 0;
}

const char *table_text(const csv_table *t, size_t row, const char *column)
{
    return t->field[row * t->columns + table_column(t, column)];
}

double *table_numbers(const csv_table *t, const char *column)
{
    size_t k = table_column(t, column);
    double *value = malloc((t->rows ? t->rows : 1) * sizeof *value);
    ck_assert_ptr_nonnull(value);
    for (size_t i = 0; i < t->rows; i++) {
        char *end;
        value[i] = strtod(t->field[i * t->columns + k], &end);
        /* Check marks every assertion met in a file, which takes its time. */
        if (*end != '\0' || end == t->field[i * t->columns + k])
            ck_abort_msg("row %zu of column %s is no number", i, column);
    }
    return value;
}

double uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}
