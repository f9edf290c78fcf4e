#include "files/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char unfinished[] = ".autan-new", put_aside[] = ".autan-old";

struct autan_folder {
    char *parent, *path, *temporary, *aside;
    bool made; /* temporary is there */
};

static autan_status refused(const char *path, const char *what, int reason,
                            autan_error *err)
{
    return autan_fail(err, AUTAN_IO, "%s: cannot be %s: %s", path, what,
                      g_strerror(reason));
}

/* Only files are ever written into these folders; a folder in one is somebody's. */
static autan_status check_files_only(const char *path, autan_error *err)
{
    DIR *entries = opendir(path);
    struct dirent *entry;
    autan_status status = AUTAN_OK;
    if (!entries)
        return errno == ENOENT ? AUTAN_OK : refused(path, "replaced", errno, err);
    while (status == AUTAN_OK && (entry = readdir(entries))) {
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (fstatat(dirfd(entries), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(info.st_mode))
            status =
                autan_fail(err, AUTAN_IO,
                           "%s: holds the folder %s, which is not ours; it is left "
                           "as it is",
                           path, entry->d_name);
    }
    closedir(entries);
    return status;
}

/* Removes a folder of files; one that is not there does no harm. */
static autan_status remove_folder(const char *path, autan_error *err)
{
    DIR *entries = opendir(path);
    struct dirent *entry;
    if (!entries)
        return errno == ENOENT ? AUTAN_OK : refused(path, "removed", errno, err);
    while ((entry = readdir(entries))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(entries), entry->d_name, 0);
    }
    closedir(entries);
    return rmdir(path) == 0 ? AUTAN_OK : refused(path, "removed", errno, err);
}

static bool is_there(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

/* Removes the unfinished; what was put aside comes back where nothing took its place.
 */
static autan_status mend(const char *parent, const char *entry, autan_error *err)
{
    char *path = g_strdup_printf("%s/%s", parent, entry);
    autan_status status = AUTAN_OK;
    if (g_str_has_suffix(entry, unfinished)) {
        status = remove_folder(path, err);
    } else if (g_str_has_suffix(entry, put_aside)) {
        char *place = g_strdup_printf(
            "%s/%.*s", parent, (int)(strlen(entry) - sizeof put_aside), entry + 1);
        if (is_there(place))
            status = remove_folder(path, err);
        else if (rename(path, place) != 0)
            status = refused(path, "renamed", errno, err);
        g_free(place);
    }
    g_free(path);
    return status;
}

static autan_status mend_all(const char *parent, autan_error *err)
{
    DIR *entries = opendir(parent);
    struct dirent *entry;
    autan_status status = AUTAN_OK;
    if (!entries)
        return refused(parent, "read", errno, err);
    while (status == AUTAN_OK && (entry = readdir(entries))) {
        if (entry->d_name[0] == '.')
            status = mend(parent, entry->d_name, err);
    }
    closedir(entries);
    return status;
}

autan_status autan_folder_lock(const char *folder, int *lock, autan_error *err)
{
    autan_status status;
    int file;
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return refused(folder, "made", errno, err);
    file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0)
        return refused(folder, "opened", errno, err);
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
        int reason = errno;
        close(file);
        if (reason == EWOULDBLOCK)
            return autan_fail(err, AUTAN_LOCKED,
                              "%s: another process is writing there; try again when it "
                              "has ended",
                              folder);
        return refused(folder, "locked", reason, err);
    }
    status = mend_all(folder, err);
    if (status == AUTAN_OK)
        *lock = file;
    else
        close(file);
    return status;
}

void autan_folder_unlock(int lock)
{
    close(lock);
}

autan_status autan_folder_open(const char *parent, const char *name,
                               autan_folder **folder, autan_error *err)
{
    autan_folder *made = g_new0(autan_folder, 1);
    autan_status status;
    made->parent = g_strdup(parent);
    made->path = g_strdup_printf("%s/%s", parent, name);
    made->temporary = g_strdup_printf("%s/.%s%s", parent, name, unfinished);
    made->aside = g_strdup_printf("%s/.%s%s", parent, name, put_aside);
    status = check_files_only(made->path, err);
    if (status == AUTAN_OK) {
        made->made = mkdir(made->temporary, 0777) == 0;
        if (!made->made)
            status = refused(made->temporary, "made", errno, err);
    }
    if (status == AUTAN_OK)
        *folder = made;
    else
        autan_folder_abandon(made);
    return status;
}

const char *autan_folder_path(const autan_folder *folder)
{
    return folder->temporary;
}

/* Some file systems have no sync of a folder and need none. */
static autan_status sync_folder(const char *path, autan_error *err)
{
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    autan_status status = AUTAN_OK;
    if (file >= 0 && fsync(file) != 0 && errno != EINVAL && errno != ENOTSUP)
        status = refused(path, "brought to the disk", errno, err);
    if (file >= 0)
        close(file);
    return status;
}

/* In two steps: between them a killed process leaves no folder of that name, and the
 * former one aside. */
static int step_aside(const autan_folder *f)
{
    if (rename(f->path, f->aside) != 0)
        return errno;
    if (rename(f->temporary, f->path) != 0) {
        int reason = errno;
        return rename(f->aside, f->path) == 0 ? reason : errno;
    }
    return 0;
}

/* 0, or why the folder could not take its name. */
static int take_name(const autan_folder *f)
{
    if (!is_there(f->path))
        return rename(f->temporary, f->path) == 0 ? 0 : errno;
    if (renameat2(AT_FDCWD, f->temporary, AT_FDCWD, f->path, RENAME_EXCHANGE) == 0)
        return 0;
    return errno == EINVAL || errno == ENOSYS || errno == ENOTSUP ? step_aside(f)
                                                                  : errno;
}

autan_status autan_folder_commit(autan_folder *folder, autan_error *err)
{
    autan_status status = sync_folder(folder->temporary, err);
    if (status == AUTAN_OK) {
        int reason = take_name(folder);
        if (reason != 0)
            status = refused(folder->path, "written", reason, err);
    }
    if (status == AUTAN_OK) {
        autan_error cause = {0};
        folder->made = false;
        status = sync_folder(folder->parent, &cause);
        if (status == AUTAN_OK)
            status = remove_folder(folder->temporary, &cause);
        if (status == AUTAN_OK)
            status = remove_folder(folder->aside, &cause);
        if (status != AUTAN_OK)
            autan_fail(err, status, "%s: is in place, but: %s", folder->path,
                       cause.text);
    }
    autan_folder_abandon(folder);
    return status;
}

void autan_folder_abandon(autan_folder *folder)
{
    if (!folder)
        return;
    if (folder->made)
        remove_folder(folder->temporary, NULL);
    g_free(folder->parent);
    g_free(folder->path);
    g_free(folder->temporary);
    g_free(folder->aside);
    g_free(folder);
}
