#include "output.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "files/outfile.h"

enum { BUFFER = 1 << 17, LONGEST_NUMBER = 24 };

struct output {
    autan_outfile *file;
    gzFile gz;
    bool failed;
    size_t used;
    uint64_t flushed;
    char buffer[BUFFER];
};

autan_status output_open(const char *path, output **out, autan_error *err)
{
    const size_t length = strlen(path);
    const bool gzipped = length > 3 && strcmp(path + length - 3, ".gz") == 0;
    output *made = calloc(1, sizeof *made);
    autan_status status;
    if (!made)
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    status = autan_outfile_open(path, &made->file, err);
    if (status == AUTAN_OK) {
        made->gz = gzopen(autan_outfile_temporary(made->file), gzipped ? "wb1" : "wbT");
        if (!made->gz)
            status = autan_fail(err, AUTAN_IO, "%s: %s", path, strerror(errno));
    }
    if (status != AUTAN_OK) {
        output_abandon(made);
        return status;
    }
    *out = made;
    return AUTAN_OK;
}

static void flush(output *out)
{
    if (out->used > 0 && gzwrite(out->gz, out->buffer, (unsigned)out->used) <= 0)
        out->failed = true;
    out->flushed += out->used;
    out->used = 0;
}

void output_text(output *out, const char *text)
{
    for (; *text; text++) {
        if (out->used == BUFFER)
            flush(out);
        out->buffer[out->used++] = *text;
    }
}

void output_number(output *out, double value, int decimals)
{
    static const double scale[] = {1.0, 10.0, 100.0, 1000.0};
    char text[LONGEST_NUMBER], *p = text + sizeof text - 1;
    long long whole;
    unsigned long long rest;
    if (isnan(value))
        return;
    whole = llround(value * scale[decimals]);
    rest = (unsigned long long)llabs(whole);
    *p = '\0';
    for (int digit = 0; digit <= decimals || rest > 0; digit++) {
        if (digit == decimals && decimals > 0)
            *--p = '.';
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    }
    if (whole < 0)
        *--p = '-';
    output_text(out, p);
}

uint64_t output_size(const output *out)
{
    return out->flushed + out->used;
}

autan_status output_close(output *out, autan_error *err)
{
    autan_outfile *file = out->file;
    autan_status status;
    flush(out);
    if (gzclose(out->gz) != Z_OK)
        out->failed = true;
    if (out->failed) {
        status = autan_fail(err, AUTAN_IO, "%s: cannot be written: %s",
                            autan_outfile_path(file),
                            errno ? strerror(errno) : "zlib failed");
        autan_outfile_abandon(file);
    } else {
        status = autan_outfile_commit(file, err);
    }
    free(out);
    return status;
}

void output_abandon(output *out)
{
    if (!out)
        return;
    if (out->gz)
        gzclose(out->gz);
    autan_outfile_abandon(out->file);
    free(out);
}
