/* Shapes of all sources on disk, by the blocks of the frame they touch.
 *
 * Sources are read once, whole, in whatever order they have; blocks are then painted in
 * any order. What is finished stays in the folder, so that a run that was interrupted
 * goes on with the next source. */
#ifndef AUTAN_FILES_SPOOL_H
#define AUTAN_FILES_SPOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "ground/frame.h"
#include "ground/paint.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t n;
    autan_mark *item; /* by rule, ascending */
    void *memory;
} autan_spooled_list;

typedef struct autan_spool autan_spool;

/* Uses the folder, which must exist. frame is borrowed. */
autan_status autan_spool_open(const char *folder, const autan_frame *frame,
                              autan_spool **spool, autan_error *err);
void autan_spool_close(autan_spool *spool);

/* Starts source `number`. done: it was finished before; its note (size bytes) is given
 * and nothing is to be added. */
autan_status autan_spool_begin(autan_spool *spool, size_t number, void *note,
                               size_t size, bool *done, autan_error *err);

/* Adds a shape to the source begun, to every block that it touches; `touched` is how
 * many. mark->within is not used. Threads may add at once. */
autan_status autan_spool_add(autan_spool *spool, const autan_mark *mark,
                             size_t *touched, autan_error *err);

/* Brings the source to the disk and marks it as finished, with a note. */
autan_status autan_spool_end(autan_spool *spool, const void *note, size_t size,
                             autan_error *err);

/* Whether there is any shape in the blocks that a window touches. */
bool autan_spool_holds(const autan_spool *spool, const autan_window *window);

/* All shapes of the blocks that a window touches; one that touches several blocks comes
 * several times, each for the pixels within its block and with the points that matter
 * there. Clear with autan_spooled_list_clear. Memory: what the blocks hold. */
autan_status autan_spool_load(const autan_spool *spool, const autan_window *window,
                              autan_spooled_list *list, autan_error *err);
void autan_spooled_list_clear(autan_spooled_list *list);

#ifdef __cplusplus
}
#endif
#endif
