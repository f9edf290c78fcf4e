/* Chunks of float32 variables, compressed side by side and put into a NetCDF-4 file.
 *
 * The file is there already, complete but for the chunks, with shuffle and deflate
 * declared for the variables (doc/decisions/0005). */
#ifndef AUTAN_FILES_CHUNKFILE_H
#define AUTAN_FILES_CHUNKFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The file, and its variables of shape (any, any, columns) in chunks of shape
 * (1, rows, columns). Members have one more dimension before these: what is said of
 * time n_times * member + t of them stands at time t of the member. */
typedef struct {
    const char *path; /* as it stands in messages */
    int descriptor;   /* of the file, open for reading and writing; stays open */
    const char *file; /* the name it is opened by to be checked */
    size_t n_variables;
    const char *const *variable;
    const bool *timeless; /* n_variables: those of shape (any, columns), time 0 */
    const bool *members;  /* n_variables: those of shape (any, n_times, any, columns) */
    size_t n_times;
    size_t rows, columns;
    float fill; /* stands for what is not finite and for rows beyond the edge */
} autan_chunkfile_info;

/* One chunk: n_rows <= rows rows of values, row_stride apart. */
typedef struct {
    size_t variable, time, first_row; /* its place; first_row a multiple of rows */
    size_t n_rows;
    const float *value;
    size_t row_stride;
    double quantum; /* values are rounded to multiples of it, 0: kept; */
    double less;    /* this, rounded alike, is subtracted */
} autan_chunk;

typedef struct autan_chunkfile autan_chunkfile;

/* Opens the file with HDF5; nothing else may hold it open. The info is copied.
 * AUTAN_IO, AUTAN_NO_MEMORY. End with autan_chunkfile_close or
 * autan_chunkfile_abandon. */
autan_status autan_chunkfile_open(const autan_chunkfile_info *info,
                                  autan_chunkfile **file, autan_error *err);

/* Writes n chunks in the order given, each once. Compression runs on as many threads
 * as OpenMP allows, while finished chunks are written. AUTAN_IO; after that the file
 * can only be abandoned. */
autan_status autan_chunkfile_write(autan_chunkfile *file, size_t n,
                                   const autan_chunk *chunk, autan_error *err);

/* Closes the file, opens it again, and compares the last chunk written of each variable
 * with what HDF5 reads there. Frees file in any case. AUTAN_IO. */
autan_status autan_chunkfile_close(autan_chunkfile *file, autan_error *err);

/* Closes the file, which is then fit for nothing but removal, and frees file; NULL
 * does nothing. */
void autan_chunkfile_abandon(autan_chunkfile *file);

#ifdef __cplusplus
}
#endif
#endif
