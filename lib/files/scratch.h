/* A plane in a file that nobody else sees, for what is too large to be held in memory.
 * The file has no name: whatever happens, nothing of it is left. */
#ifndef AUTAN_FILES_SCRATCH_H
#define AUTAN_FILES_SCRATCH_H

#include <stddef.h>

#include "base/status.h"
#include "data/rows.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct autan_scratch autan_scratch;

/* A plane of ny x nx items of `size` bytes, all 0, in the folder. What goes wrong with
 * it later is told in err, which must live as long. AUTAN_IO. Close with
 * autan_scratch_close. */
autan_status autan_scratch_open(const char *folder, size_t size, size_t nx, size_t ny,
                                autan_scratch **scratch, autan_error *err);
void autan_scratch_close(autan_scratch *scratch);

/* Columns column .. column + nx - 1 of rows row .. row + ny - 1, ny x nx items.
 * AUTAN_IO, with a full disk, for one. */
autan_status autan_scratch_read(autan_scratch *scratch, size_t column, size_t row,
                                size_t nx, size_t ny, void *to);
autan_status autan_scratch_write(autan_scratch *scratch, size_t column, size_t row,
                                 size_t nx, size_t ny, const void *from);

/* The same by whole rows, and by rectangles; both borrow the scratch. */
autan_rows autan_scratch_rows(autan_scratch *scratch);
autan_boxes autan_scratch_boxes(autan_scratch *scratch);

#ifdef __cplusplus
}
#endif
#endif
