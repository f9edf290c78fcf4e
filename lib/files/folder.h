/* A folder of files that appears whole or not at all.
 *
 * It is made beside its place as .NAME.autan-new and takes its name at the end, in one
 * step even where a former folder of that name stands: the two change places, and the
 * former one is removed. Where the file system cannot do that, the former one steps
 * aside as .NAME.autan-old for a moment. What was cut short is mended by whoever takes
 * the folder above next. */
#ifndef AUTAN_FILES_FOLDER_H
#define AUTAN_FILES_FOLDER_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One process at a time writes below a folder: makes it where it is missing, takes it,
 * and clears away what a killed process left. AUTAN_LOCKED when another process has it;
 * AUTAN_IO. *lock is for autan_folder_unlock. */
autan_status autan_folder_lock(const char *folder, int *lock, autan_error *err);
void autan_folder_unlock(int lock);

typedef struct autan_folder autan_folder;

/* An empty folder that will be parent/name, parent being locked. AUTAN_IO when the
 * system refuses, when parent/name is no folder, or holds other than files. End with
 * autan_folder_commit or _abandon. */
autan_status autan_folder_open(const char *parent, const char *name,
                               autan_folder **folder, autan_error *err);

/* Where to write; its files have to be synced by whoever writes them. */
const char *autan_folder_path(const autan_folder *folder);

/* Syncs the folder and gives it its name. Frees folder in any case. AUTAN_IO: the
 * former folder is as it was, unless the text says that the new one is in place. */
autan_status autan_folder_commit(autan_folder *folder, autan_error *err);

/* Removes what was made, and frees folder; NULL does nothing. */
void autan_folder_abandon(autan_folder *folder);

#ifdef __cplusplus
}
#endif
#endif
