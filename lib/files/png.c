#include "files/png.h"

#include "files/outfile.h"

typedef struct {
    autan_outfile *out;
    autan_error *err;
    autan_status status;
} writing;

static cairo_status_t write_all(void *user, const unsigned char *data,
                                unsigned int length)
{
    writing *w = user;
    w->status = autan_outfile_write(w->out, data, length, w->err);
    return w->status == AUTAN_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

autan_status autan_png_write(cairo_surface_t *surface, const char *path,
                             autan_error *err)
{
    writing w = {.err = err};
    autan_status status = autan_outfile_open(path, &w.out, err);
    if (status != AUTAN_OK)
        return status;
    if (cairo_surface_write_to_png_stream(surface, write_all, &w) !=
        CAIRO_STATUS_SUCCESS) {
        autan_outfile_abandon(w.out);
        return w.status != AUTAN_OK
                   ? w.status
                   : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    }
    return autan_outfile_commit(w.out, err);
}
