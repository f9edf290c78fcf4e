/* A disk that fails, to be put under a program with LD_PRELOAD.
 *
 * AUTAN_FAULT=KIND:N lets write number N to a file of an archive (autan.sqlite and its
 * log) go wrong:
 *   eio, enospc  it fails, and so do all after it
 *   short        half of it is written, then all fail for want of space
 *   kill         the process is killed before it
 *   power        the process is killed and, as when the power goes, of the writes that
 *                were not synced yet some are lost, by a coin that N seeds
 * AUTAN_FAULT=step:N kills the process before the N-th step of what it does to files of any
 * name: a sync, a rename, an exchange, a removal, a new folder. AUTAN_NO_EXCHANGE=1 is a
 * file system that cannot let two folders change places.
 *
 * AUTAN_FAULT_COUNT=FILE writes the number of writes, or of steps, at exit. */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PENDING_MOST = 4096 };

/* What a write that is not synced yet replaced. */
typedef struct {
    int fd;
    off_t at;
    size_t n, old_n; /* bytes written; bytes that were there */
    char *old;
} pending;

static struct {
    bool ready;
    char kind[16];
    long at, count;
    ssize_t (*write)(int, const void *, size_t);
    ssize_t (*pwrite)(int, const void *, size_t, off_t);
    int (*fsync)(int);
    int (*fdatasync)(int);
    int (*rename)(const char *, const char *);
    int (*renameat2)(int, const char *, int, const char *, unsigned);
    int (*unlinkat)(int, const char *, int);
    int (*mkdir)(const char *, mode_t);
    int (*rmdir)(const char *);
    size_t n;
    pending list[PENDING_MOST];
} disk;

/* POSIX gives no other way to get a function from dlsym without a warning. */
#define FIND(name) *(void **)&disk.name = dlsym(RTLD_NEXT, #name)

static void report(void)
{
    const char *path = getenv("AUTAN_FAULT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", disk.count);
        fclose(file);
    }
}

static void prepare(void)
{
    const char *given = getenv("AUTAN_FAULT");
    if (disk.ready)
        return;
    FIND(write);
    FIND(pwrite);
    FIND(fsync);
    FIND(fdatasync);
    FIND(rename);
    FIND(renameat2);
    FIND(unlinkat);
    FIND(mkdir);
    FIND(rmdir);
    if (given)
        sscanf(given, "%15[a-z]:%ld", disk.kind, &disk.at);
    atexit(report);
    disk.ready = true;
}

static void step(void)
{
    prepare();
    if (strcmp(disk.kind, "step") == 0 && ++disk.count == disk.at)
        kill(getpid(), SIGKILL);
}

static bool of_archive(int fd)
{
    char link[64], path[4096];
    ssize_t n;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    if (n < 0)
        return false;
    path[n] = '\0';
    return strstr(path, "/autan.sqlite") && !strstr(path, "-shm");
}

static void remember(int fd, size_t n, off_t at)
{
    pending *p = &disk.list[disk.n];
    struct stat info;
    if (disk.n == PENDING_MOST || fstat(fd, &info) != 0)
        return;
    *p = (pending){.fd = fd, .at = at, .n = n, .old = malloc(n)};
    if (p->old && at < info.st_size) {
        ssize_t got = pread(fd, p->old, n, at);
        p->old_n = got > 0 ? (size_t)got : 0;
    }
    disk.n++;
}

static void forget(int fd)
{
    size_t kept = 0;
    for (size_t k = 0; k < disk.n; k++) {
        if (disk.list[k].fd == fd)
            free(disk.list[k].old);
        else
            disk.list[kept++] = disk.list[k];
    }
    disk.n = kept;
}

/* Undoes some of the pending writes, the newest first: what was there comes back, and
 * what was beyond the end becomes zeros, as a file system may leave it. */
static void lose_power(void)
{
    uint64_t state = (uint64_t)disk.at * 0x9e3779b97f4a7c15u;
    for (size_t k = disk.n; k-- > 0;) {
        pending *p = &disk.list[k];
        state = state * 6364136223846793005u + 1442695040888963407u;
        if (state >> 63)
            continue;
        char *zeros = calloc(p->n, 1);
        memcpy(zeros, p->old, p->old_n);
        if (disk.pwrite(p->fd, zeros, p->n, p->at) < 0)
            abort();
        free(zeros);
    }
}

/* Whether the write is to go on; else it fails with errno, after *part bytes. */
static bool goes_on(int fd, size_t n, off_t at, size_t *part)
{
    *part = 0;
    if (strcmp(disk.kind, "step") == 0 || !of_archive(fd))
        return true;
    disk.count++;
    if (disk.at == 0 || disk.count < disk.at) {
        if (strcmp(disk.kind, "power") == 0)
            remember(fd, n, at);
        return true;
    }
    if (strcmp(disk.kind, "power") == 0)
        lose_power();
    if (strcmp(disk.kind, "power") == 0 || strcmp(disk.kind, "kill") == 0)
        kill(getpid(), SIGKILL);
    if (strcmp(disk.kind, "short") == 0 && disk.count == disk.at)
        *part = n / 2;
    errno = strcmp(disk.kind, "eio") == 0 ? EIO : ENOSPC;
    return false;
}

ssize_t write(int fd, const void *data, size_t n)
{
    size_t part;
    prepare();
    if (goes_on(fd, n, lseek(fd, 0, SEEK_CUR), &part))
        return disk.write(fd, data, n);
    return part ? disk.write(fd, data, part) : -1;
}

ssize_t pwrite(int fd, const void *data, size_t n, off_t at)
{
    size_t part;
    prepare();
    if (goes_on(fd, n, at, &part))
        return disk.pwrite(fd, data, n, at);
    return part ? disk.pwrite(fd, data, part, at) : -1;
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
    return pwrite(fd, data, n, at);
}

int fsync(int fd)
{
    step();
    forget(fd);
    return disk.fsync(fd);
}

int fdatasync(int fd)
{
    prepare();
    forget(fd);
    return disk.fdatasync(fd);
}

int rename(const char *from, const char *to)
{
    step();
    return disk.rename(from, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to,
              unsigned flags)
{
    step();
    if (getenv("AUTAN_NO_EXCHANGE")) {
        errno = EINVAL;
        return -1;
    }
    return disk.renameat2(from_folder, from, to_folder, to, flags);
}

int unlinkat(int folder, const char *name, int flags)
{
    step();
    return disk.unlinkat(folder, name, flags);
}

int mkdir(const char *path, mode_t mode)
{
    step();
    return disk.mkdir(path, mode);
}

int rmdir(const char *path)
{
    step();
    return disk.rmdir(path);
}
