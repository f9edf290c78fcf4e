/* A file written whole or not at all.
 *
 * What is written goes to a new file beside the target, under a temporary name. Only
 * the commit gives it the target's name: until then, and after any failure, a file of
 * that name stays as it was. A symbolic link is replaced, not what it points to. */
#ifndef AUTAN_FILES_OUTFILE_H
#define AUTAN_FILES_OUTFILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct autan_outfile autan_outfile;

/* Makes the temporary file, empty, with the permissions of any new file. AUTAN_IO, with
 * path and reason, when the system refuses or when path is there and is not a regular
 * file. End with autan_outfile_commit or autan_outfile_abandon. */
autan_status autan_outfile_open(const char *path, autan_outfile **out,
                                autan_error *err);

/* The target, as given, and the temporary file, for libraries that open files by name;
 * both live as long as out. */
const char *autan_outfile_path(const autan_outfile *out);
const char *autan_outfile_temporary(const autan_outfile *out);

/* The temporary file open for reading and writing, for what is written at places. */
int autan_outfile_descriptor(const autan_outfile *out);

/* To print into; its errors may go unheeded, for the commit reports them. */
FILE *autan_outfile_stream(autan_outfile *out);

/* Appends n bytes, after what was printed, and leaves none in a buffer. AUTAN_IO. */
autan_status autan_outfile_write(autan_outfile *out, const void *data, size_t n,
                                 autan_error *err);

/* Brings the bytes to the disk, by whatever descriptor they were written, gives the
 * file its name and brings that to the disk too. Frees out in any case. AUTAN_IO: the
 * temporary file is gone, and the target is as it was, unless the text says that the
 * file is in place and only the folder could not be synced. */
autan_status autan_outfile_commit(autan_outfile *out, autan_error *err);

/* Removes the temporary file and frees out; NULL does nothing. */
void autan_outfile_abandon(autan_outfile *out);

/* Opens, writes a text and commits. */
autan_status autan_outfile_write_text(const char *path, const char *text,
                                      autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
