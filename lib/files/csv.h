/* Delimited text, plain or gzipped, from a file or standard input, row by row; and its
 * fields written. */
#ifndef AUTAN_FILES_CSV_H
#define AUTAN_FILES_CSV_H

#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One row, its texts valid during the call only. Fields are stripped of the blanks
 * around them; a field never holds a NUL byte unless has_nul says so. */
typedef struct {
    size_t n;
    char *const *field;
    size_t line; /* of the file, from 1, where the row ends */
    int has_nul;
} autan_csv_row;

/* What is done with each row; anything but AUTAN_OK ends the reading with it. */
typedef autan_status (*autan_csv_handler)(const autan_csv_row *row, void *user);

/* Reads path ("-" is standard input) and calls handler for each row, header included,
 * empty lines left out. RFC 4180 quoting; a byte-order mark of UTF-8 is skipped; lines
 * may end in LF or CRLF. Fails, the line named, on quotes that are wrong or unclosed,
 * fields above 64 KiB, rows above 4096 fields or 1 MiB, UTF-16, and a gzip stream that
 * is cut or damaged (AUTAN_BAD_FORMAT); AUTAN_NOT_FOUND and AUTAN_IO when it cannot be
 * opened or read. Memory: that of a row. */
autan_status autan_csv_read(const char *path, char delimiter, autan_csv_handler handler,
                            void *user, autan_error *err);

/* Writes a text as one field of comma-separated text, in quotes when it needs them to
 * be read back the same (RFC 4180). Errors stay in the stream. */
void autan_csv_print(FILE *stream, const char *text);

#ifdef __cplusplus
}
#endif
#endif
