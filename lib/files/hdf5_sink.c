#include "files/hdf5_sink.h"

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DRIVER_NUMBER = 300, /* 256 to 511 are for anybody */
    STORE_BYTES =
        1 << 22 /* the disk is kept busy, so that the last sync finds little */
};

#define HIGHEST ((haddr_t)INT64_MAX)

/* HDF5's own part of an open file comes first. */
typedef struct {
    H5FD_t common;
    autan_hdf5_sink *sink;
    haddr_t end, allocated; /* of the file, and of what HDF5 has given out */
} open_sink;

static H5FD_t *sink_open(const char *name, unsigned flags, hid_t access, haddr_t most)
{
    autan_hdf5_sink *const *sink = H5Pget_driver_info(access);
    struct stat info;
    open_sink *made;
    (void)name;
    (void)flags;
    (void)most;
    if (!sink || fstat((*sink)->descriptor, &info) != 0)
        return NULL;
    made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    made->sink = *sink;
    made->end = (haddr_t)info.st_size;
    return &made->common;
}

static herr_t sink_close(H5FD_t *file)
{
    free(file);
    return 0;
}

static herr_t sink_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
             H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t sink_get_eoa(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const open_sink *)(const void *)file)->allocated;
}

static herr_t sink_set_eoa(H5FD_t *file, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((open_sink *)(void *)file)->allocated = address;
    return 0;
}

static haddr_t sink_get_eof(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return ((const open_sink *)(const void *)file)->end;
}

/* What lies behind the end is 0, as HDF5 expects. */
static herr_t sink_read(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                        size_t size, void *buffer)
{
    const autan_hdf5_sink *sink = ((open_sink *)(void *)file)->sink;
    char *rest = buffer;
    (void)type;
    (void)transfer;
    while (size > 0) {
        ssize_t n = pread(sink->descriptor, rest, size, (off_t)address);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0) {
            memset(rest, 0, size);
            return 0;
        }
        rest += n;
        address += (haddr_t)n;
        size -= (size_t)n;
    }
    return 0;
}

static void store_early(autan_hdf5_sink *sink, size_t size)
{
    sink->waiting += size;
    if (sink->waiting < STORE_BYTES)
        return;
    /* Not waited for: errors come with the last sync. */
    sync_file_range(sink->descriptor, 0, 0, SYNC_FILE_RANGE_WRITE);
    sink->waiting = 0;
}

static herr_t sink_write(H5FD_t *file, H5FD_mem_t type, hid_t transfer, haddr_t address,
                         size_t size, const void *buffer)
{
    open_sink *f = (open_sink *)(void *)file;
    const char *rest = buffer;
    const size_t all = size;
    (void)type;
    (void)transfer;
    if (address + size > f->end)
        f->end = address + size;
    while (size > 0 && f->sink->reason == 0) {
        ssize_t n = pwrite(f->sink->descriptor, rest, size, (off_t)address);
        if (n < 0) {
            f->sink->reason = errno == EINTR ? 0 : errno;
            continue;
        }
        rest += n;
        address += (haddr_t)n;
        size -= (size_t)n;
    }
    store_early(f->sink, all);
    return 0;
}

static herr_t sink_truncate(H5FD_t *file, hid_t transfer, hbool_t closing)
{
    open_sink *f = (open_sink *)(void *)file;
    (void)transfer;
    (void)closing;
    if (f->end != f->allocated && f->sink->reason == 0 &&
        ftruncate(f->sink->descriptor, (off_t)f->allocated) != 0)
        f->sink->reason = errno;
    f->end = f->allocated;
    return 0;
}

static const H5FD_class_t driver = {
#if H5_VERSION_GE(1, 13, 0)
    .version = H5FD_CLASS_VERSION,
    .value = DRIVER_NUMBER,
#endif
    .name = "autan_sink",
    .maxaddr = HIGHEST,
    .fc_degree = H5F_CLOSE_STRONG,
    .fapl_size = sizeof(autan_hdf5_sink *),
    .open = sink_open,
    .close = sink_close,
    .query = sink_query,
    .get_eoa = sink_get_eoa,
    .set_eoa = sink_set_eoa,
    .get_eof = sink_get_eof,
    .read = sink_read,
    .write = sink_write,
    .truncate = sink_truncate,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t autan_hdf5_sink_access(autan_hdf5_sink *sink)
{
    hid_t id = H5FDregister(&driver), access = H5Pcreate(H5P_FILE_ACCESS);
    if (id >= 0 && access >= 0 && H5Pset_driver(access, id, &sink) < 0) {
        H5Pclose(access);
        access = -1;
    }
    /* The list holds on to the driver. */
    if (id >= 0)
        H5FDunregister(id);
    return access;
}
