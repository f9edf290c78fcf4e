/* What the user reads on standard error: messages and progress. */
#ifndef AUTAN_MESSAGE_H
#define AUTAN_MESSAGE_H

#include <libintl.h> /* ngettext: the plurals of what is said */
#include <stddef.h>

#include "base/status.h"

/* How much is said: -1 errors only (--quiet), 0 as usual, 1 more (--verbose). */
void message_set_level(int level);

/* "autan: ..." on standard error; note is silenced by --quiet, detail needs
 * --verbose. */
void message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void message_detail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints the sentence of err, and returns the exit code the contract gives its status:
 * 2 for a configuration error, 1 otherwise. */
int message_fail(const autan_error *err);

/* A line "what: done of total" that is drawn again in place, on a terminal only; the
 * last call (done == total) ends it. With total 0, not known, the next message does. */
void message_progress(const char *what, size_t done, size_t total);

/* Flushes and closes standard output; a full disk there is an error. Returns the exit
 * code to end with: code, or 1. */
int message_close_output(int code);

#endif
