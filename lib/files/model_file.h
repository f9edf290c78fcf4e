/* The model file: JSON that people can read, every number exact. */
#ifndef AUTAN_FILES_MODEL_FILE_H
#define AUTAN_FILES_MODEL_FILE_H

#include <stdbool.h>

#include "base/status.h"
#include "kriging/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the model of an archive is: folder/model.json, for the caller to free();
 * NULL when memory is short. */
char *autan_model_path(const char *folder);
bool autan_model_exists(const char *path);

/* Writes the file whole or not at all. AUTAN_IO. */
autan_status autan_model_write(const autan_model *model, const char *path,
                               autan_error *err);

/* Reads a model file; free with autan_model_free. AUTAN_NOT_FOUND; AUTAN_IO;
 * AUTAN_BAD_FORMAT for anything that is not a model written by this version, the place
 * named. */
autan_status autan_model_read(const char *path, autan_model **model, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
