/* HDF5 writing to an open descriptor, so that a full disk does no harm.
 *
 * When the system refuses a write, HDF5 1.10 can no longer close the file, and the
 * process ends in a segmentation fault at exit. This file driver remembers the first
 * refusal and from then on takes everything, writing nothing, so that HDF5 can always
 * close; whoever uses it asks for the reason after every call. */
#ifndef AUTAN_FILES_HDF5_SINK_H
#define AUTAN_FILES_HDF5_SINK_H

#include <hdf5.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int descriptor; /* open for reading and writing; stays open */
    int reason;     /* errno of the first refused write, 0 none */
    size_t waiting; /* bytes written since the system was last asked to store them */
} autan_hdf5_sink;

/* A file access property list for the sink, which must outlive the file opened with it;
 * the name given to H5Fopen is not used. Negative when HDF5 refuses. Close with
 * H5Pclose. */
hid_t autan_hdf5_sink_access(autan_hdf5_sink *sink);

#ifdef __cplusplus
}
#endif
#endif
