/* Text in sections of keys, as a city file is, read strictly. */
#ifndef AUTAN_FILES_INI_H
#define AUTAN_FILES_INI_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_INI_LINE = 4096 }; /* most bytes of a line */

/* Where headers and keys go, in the order of the file; texts are stripped of the blanks
 * around them and valid during the call only. Anything but AUTAN_OK ends the reading
 * with it. */
typedef struct {
    autan_status (*section)(const char *header, int line, void *user);
    autan_status (*key)(const char *key, const char *value, int line, void *user);
    void *user;
} autan_ini_handler;

/* Reads path: lines `[header]` and `key = value`, comments from ; or # at the start of
 * a line or from a blank and ; in it, and empty lines. A byte-order mark of UTF-8 is
 * skipped; lines may end in LF or CRLF. AUTAN_BAD_CONFIG, the line named, for a line
 * that is none of these, a key before any header, text that is not UTF-8, control
 * characters, and lines above AUTAN_INI_LINE; without a line when the file cannot be
 * opened or read. */
autan_status autan_ini_read(const char *path, const autan_ini_handler *handler,
                            autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
