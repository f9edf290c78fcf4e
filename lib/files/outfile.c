#include "files/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_TRIED = 100 };

struct autan_outfile {
    char *path, *temporary; /* temporary is NULL when there is none to remove */
    FILE *stream;           /* NULL closed */
};

/* Reason 0: of an earlier call, whose errno nobody kept. */
static autan_status refused(const autan_outfile *out, int reason, autan_error *err)
{
    return autan_fail(err, AUTAN_IO, "%s: cannot be written: %s", out->path,
                      reason != 0 ? strerror(reason)
                                  : "a part was refused (is the disk full?)");
}

/* A rename would replace a device or a pipe by a file. */
static autan_status check_target(const autan_outfile *out, autan_error *err)
{
    struct stat info;
    if (stat(out->path, &info) != 0 || S_ISREG(info.st_mode))
        return AUTAN_OK;
    return autan_fail(err, AUTAN_IO, "%s: cannot be written: %s", out->path,
                      S_ISDIR(info.st_mode) ? strerror(EISDIR)
                                            : "it is not a regular file");
}

static autan_status open_beside(autan_outfile *out, autan_error *err)
{
    char *name = NULL;
    int file = -1;
    for (int i = 0; i < NAMES_TRIED && file < 0; i++) {
        g_free(name);
        name = g_strdup_printf("%s.%ld-%d.tmp", out->path, (long)getpid(), i);
        file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST)
            break;
    }
    if (file < 0) {
        int reason = errno;
        g_free(name);
        return refused(out, reason, err);
    }
    out->temporary = name;
    out->stream = fdopen(file, "w");
    if (out->stream)
        return AUTAN_OK;
    close(file);
    return refused(out, ENOMEM, err);
}

autan_status autan_outfile_open(const char *path, autan_outfile **out, autan_error *err)
{
    autan_outfile *made = g_new(autan_outfile, 1);
    autan_status status;
    *made = (autan_outfile){.path = g_strdup(path)};
    status = check_target(made, err);
    if (status == AUTAN_OK)
        status = open_beside(made, err);
    if (status == AUTAN_OK)
        *out = made;
    else
        autan_outfile_abandon(made);
    return status;
}

const char *autan_outfile_path(const autan_outfile *out)
{
    return out->path;
}

const char *autan_outfile_temporary(const autan_outfile *out)
{
    return out->temporary;
}

int autan_outfile_descriptor(const autan_outfile *out)
{
    return fileno(out->stream);
}

FILE *autan_outfile_stream(autan_outfile *out)
{
    return out->stream;
}

autan_status autan_outfile_write(autan_outfile *out, const void *data, size_t n,
                                 autan_error *err)
{
    errno = 0;
    if (fwrite(data, 1, n, out->stream) < n || fflush(out->stream) != 0)
        return refused(out, errno, err);
    return AUTAN_OK;
}

/* Some file systems have no sync of a folder and need none. */
static autan_status sync_folder(const autan_outfile *out, autan_error *err)
{
    char *folder = g_path_get_dirname(out->path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autan_status status = AUTAN_OK;
    if (file >= 0 && fsync(file) != 0 && errno != EINVAL && errno != ENOTSUP)
        status = autan_fail(err, AUTAN_IO,
                            "%s: is in place, but its folder could not be brought to "
                            "the disk: %s",
                            out->path, strerror(errno));
    if (file >= 0)
        close(file);
    g_free(folder);
    return status;
}

/* True when all is on the disk; else *reason is the errno, 0 unknown. */
static bool sync_and_close(autan_outfile *out, int *reason)
{
    bool good;
    errno = 0;
    good = fflush(out->stream) == 0 && fsync(fileno(out->stream)) == 0;
    *reason = errno;
    if (good && ferror(out->stream)) {
        good = false;
        *reason = 0;
    }
    if (fclose(out->stream) != 0 && good) {
        good = false;
        *reason = errno;
    }
    out->stream = NULL;
    return good;
}

autan_status autan_outfile_commit(autan_outfile *out, autan_error *err)
{
    int reason;
    bool good = sync_and_close(out, &reason);
    autan_status status;
    if (good && rename(out->temporary, out->path) != 0) {
        good = false;
        reason = errno;
    }
    if (good) {
        g_clear_pointer(&out->temporary, g_free);
        status = sync_folder(out, err);
    } else {
        status = refused(out, reason, err);
    }
    autan_outfile_abandon(out);
    return status;
}

void autan_outfile_abandon(autan_outfile *out)
{
    if (!out)
        return;
    if (out->stream)
        fclose(out->stream);
    if (out->temporary)
        unlink(out->temporary);
    g_free(out->temporary);
    g_free(out->path);
    g_free(out);
}

autan_status autan_outfile_write_text(const char *path, const char *text,
                                      autan_error *err)
{
    autan_outfile *out;
    autan_status status = autan_outfile_open(path, &out, err);
    if (status != AUTAN_OK)
        return status;
    status = autan_outfile_write(out, text, strlen(text), err);
    if (status != AUTAN_OK) {
        autan_outfile_abandon(out);
        return status;
    }
    return autan_outfile_commit(out, err);
}
