#include "files/scratch.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct autan_scratch {
    char *folder;
    int file;
    size_t size, nx;
    autan_error *err;
};

static autan_status failed(const autan_scratch *s, const char *what)
{
    return autan_fail(s->err, AUTAN_IO, "%s: a file of work cannot be %s: %s",
                      s->folder, what, errno ? strerror(errno) : "it ends too early");
}

autan_status autan_scratch_open(const char *folder, size_t size, size_t nx, size_t ny,
                                autan_scratch **scratch, autan_error *err)
{
    autan_scratch *s = g_new0(autan_scratch, 1);
    char *path = g_build_filename(folder, "scratch-XXXXXX", NULL);
    autan_status status = AUTAN_OK;
    *s = (autan_scratch){g_strdup(folder), g_mkstemp(path), size, nx, err};
    if (s->file < 0 || unlink(path) != 0 ||
        ftruncate(s->file, (off_t)(size * nx * ny)) != 0)
        status = failed(s, "made");
    g_free(path);
    if (status == AUTAN_OK)
        *scratch = s;
    else
        autan_scratch_close(s);
    return status;
}

void autan_scratch_close(autan_scratch *s)
{
    if (!s)
        return;
    if (s->file >= 0)
        close(s->file);
    g_free(s->folder);
    g_free(s);
}

/* Reads or writes n bytes at a place of the file. */
static bool move(int file, char *bytes, size_t n, size_t at, bool write)
{
    errno = 0;
    while (n > 0) {
        const ssize_t done = write ? pwrite(file, bytes, n, (off_t)at)
                                   : pread(file, bytes, n, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        at += (size_t)done;
        n -= (size_t)done;
    }
    return true;
}

static autan_status move_window(const autan_scratch *s, size_t column, size_t row,
                                size_t nx, size_t ny, char *bytes, bool write)
{
    /* Whole rows lie one after the other. */
    const bool whole = nx == s->nx;
    const size_t n = whole ? nx * ny : nx, times = whole ? 1 : ny;
    for (size_t y = 0; y < times; y++) {
        const size_t at = ((row + y) * s->nx + column) * s->size;
        if (!move(s->file, bytes + y * n * s->size, n * s->size, at, write))
            return failed(s, write ? "written" : "read");
    }
    return AUTAN_OK;
}

autan_status autan_scratch_read(autan_scratch *s, size_t column, size_t row, size_t nx,
                                size_t ny, void *to)
{
    return move_window(s, column, row, nx, ny, to, false);
}

autan_status autan_scratch_write(autan_scratch *s, size_t column, size_t row, size_t nx,
                                 size_t ny, const void *from)
{
    return move_window(s, column, row, nx, ny, (char *)from, true);
}

static autan_status read_rows(void *user, size_t first, size_t n, void *to)
{
    autan_scratch *s = user;
    return autan_scratch_read(s, 0, first, s->nx, n, to);
}

static autan_status write_rows(void *user, size_t first, size_t n, const void *from)
{
    autan_scratch *s = user;
    return autan_scratch_write(s, 0, first, s->nx, n, from);
}

autan_rows autan_scratch_rows(autan_scratch *scratch)
{
    return (autan_rows){scratch, read_rows, write_rows};
}

static autan_status read_box(void *user, size_t column, size_t row, size_t nx,
                             size_t ny, void *to)
{
    return autan_scratch_read(user, column, row, nx, ny, to);
}

static autan_status write_box(void *user, size_t column, size_t row, size_t nx,
                              size_t ny, const void *from)
{
    return autan_scratch_write(user, column, row, nx, ny, from);
}

autan_boxes autan_scratch_boxes(autan_scratch *scratch)
{
    return (autan_boxes){scratch, read_box, write_box};
}
