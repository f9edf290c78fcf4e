#include "files/kept_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/outfile.h"

/* The file: a line that names what it is, the key's SHA-256 on a second, then the rows
 * as the doubles of this machine. */
static const char magic[] = "autan rows 1\n";

enum { ROWS_AT_ONCE = 64 };

struct autan_kept_rows {
    int file;
    size_t nx, ny, start;
    char *path;
};

/* For the caller to g_free. */
static char *head_of(const char *key)
{
    char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
    char *head = g_strconcat(magic, sum, "\n", NULL);
    g_free(sum);
    return head;
}

static bool read_all(int file, void *bytes, size_t n, size_t at)
{
    char *rest = bytes;
    errno = 0;
    while (n > 0) {
        ssize_t got = pread(file, rest, n, (off_t)at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        rest += got;
        at += (size_t)got;
        n -= (size_t)got;
    }
    return true;
}

/* Whether the file is one of that head, and whole. */
static bool is_same(int file, const char *head, size_t bytes)
{
    const size_t n = strlen(head);
    char *got = g_malloc(n);
    struct stat about;
    bool same = fstat(file, &about) == 0 && about.st_size >= 0 &&
                (size_t)about.st_size == n + bytes && read_all(file, got, n, 0) &&
                memcmp(got, head, n) == 0;
    g_free(got);
    return same;
}

static autan_kept_rows *open_same(const char *path, const char *head, size_t nx,
                                  size_t ny)
{
    autan_kept_rows *rows;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    if (!is_same(file, head, nx * ny * sizeof(double))) {
        close(file);
        return NULL;
    }
    rows = g_new(autan_kept_rows, 1);
    *rows = (autan_kept_rows){file, nx, ny, strlen(head), g_strdup(path)};
    return rows;
}

static autan_status make_all(const char *path, const char *head, size_t nx, size_t ny,
                             autan_rows_maker make, void *data, autan_error *err)
{
    autan_outfile *out = NULL;
    double *value = g_try_malloc(ROWS_AT_ONCE * nx * sizeof *value);
    autan_status status = value ? autan_outfile_open(path, &out, err)
                                : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    if (status == AUTAN_OK)
        status = autan_outfile_write(out, head, strlen(head), err);
    for (size_t row = 0; status == AUTAN_OK && row < ny; row += ROWS_AT_ONCE) {
        const size_t n = MIN(ROWS_AT_ONCE, ny - row);
        status = make(data, row, n, value, err);
        if (status == AUTAN_OK)
            status = autan_outfile_write(out, value, n * nx * sizeof *value, err);
    }
    if (status == AUTAN_OK)
        status = autan_outfile_commit(out, err);
    else
        autan_outfile_abandon(out);
    g_free(value);
    return status;
}

autan_status autan_kept_rows_open(const char *path, const char *key, size_t nx,
                                  size_t ny, autan_rows_maker make, void *data,
                                  autan_kept_rows **rows, autan_error *err)
{
    char *head = head_of(key), *folder = g_path_get_dirname(path);
    autan_kept_rows *made = open_same(path, head, nx, ny);
    autan_status status = AUTAN_OK;
    if (!made) {
        g_mkdir_with_parents(folder, 0777);
        status = make_all(path, head, nx, ny, make, data, err);
        made = status == AUTAN_OK ? open_same(path, head, nx, ny) : NULL;
        if (status == AUTAN_OK && !made)
            status = autan_fail(err, AUTAN_IO, "%s: cannot be read: %s", path,
                                strerror(errno));
    }
    if (status == AUTAN_OK)
        *rows = made;
    g_free(head);
    g_free(folder);
    return status;
}

void autan_kept_rows_close(autan_kept_rows *rows)
{
    if (!rows)
        return;
    close(rows->file);
    g_free(rows->path);
    g_free(rows);
}

autan_status autan_kept_rows_read(const autan_kept_rows *rows, size_t first_row,
                                  size_t n_rows, double *value, autan_error *err)
{
    const size_t row = rows->nx * sizeof *value;
    if (!read_all(rows->file, value, n_rows * row, rows->start + first_row * row))
        return autan_fail(err, AUTAN_IO, "%s: cannot be read: %s", rows->path,
                          errno ? strerror(errno) : "it ends too soon");
    return AUTAN_OK;
}
