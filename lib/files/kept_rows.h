/* Rows of a grid that took long to make, kept in a file, to be read again for as long
 * as what they were made of is the same. The file may be deleted at any time. */
#ifndef AUTAN_FILES_KEPT_ROWS_H
#define AUTAN_FILES_KEPT_ROWS_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct autan_kept_rows autan_kept_rows;

/* Makes rows first_row .. first_row + n_rows - 1 into value (n_rows x nx). */
typedef autan_status (*autan_rows_maker)(void *data, size_t first_row, size_t n_rows,
                                         double *value, autan_error *err);

/* Opens the file of that path if it was made with the same key (any text); else makes
 * all ny rows, keeps them there and opens them. The folder is made when it is missing.
 * AUTAN_IO when the file cannot be kept, and what the maker returns. Close with
 * autan_kept_rows_close. */
autan_status autan_kept_rows_open(const char *path, const char *key, size_t nx,
                                  size_t ny, autan_rows_maker make, void *data,
                                  autan_kept_rows **rows, autan_error *err);
void autan_kept_rows_close(autan_kept_rows *rows);

/* Rows into value (n_rows x nx). AUTAN_IO when they cannot be read. */
autan_status autan_kept_rows_read(const autan_kept_rows *rows, size_t first_row,
                                  size_t n_rows, double *value, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
