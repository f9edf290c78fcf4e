/* Observation files into the archive, whatever brought them. */
#ifndef AUTAN_INGEST_H
#define AUTAN_INGEST_H

#include "files/archive.h"
#include "files/format.h"

/* Reads a file as one batch, all or nothing, under the name that messages and the
 * archive give it, and says what became of its rows. AUTAN_NO_DATA when none could be
 * kept: then nothing of it is in. */
autan_status ingest_file(autan_archive *archive, const autan_source *source,
                         const char *name, autan_error *err);

#endif
