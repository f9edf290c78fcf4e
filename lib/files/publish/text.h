/* Texts from outside made harmless for the file they go into, and files of text. */
#ifndef AUTAN_FILES_PUBLISH_TEXT_H
#define AUTAN_FILES_PUBLISH_TEXT_H

#include <glib.h>
#include <jansson.h>
#include <stdio.h>

#include "base/status.h"

/* A text that no spreadsheet takes for a formula: an apostrophe goes before = + - and @
 * where a field may begin, also for programs that divide at semicolons or tabs. For the
 * caller to g_free. Applied again it changes nothing. */
char *autan_text_no_formula(const char *text);

/* Appends at most so many characters of a text to Markdown so that they are shown as
 * they are. */
enum { AUTAN_LINE = 200, AUTAN_PARAGRAPH = 2000 };
void autan_text_markdown(GString *out, const char *text, int most);

/* Writes a document of JSON, whole or not at all, indented, < > and & escaped so that
 * it can stand in a page. Takes over json, NULL being out of memory. */
autan_status autan_text_write_json(const char *path, json_t *json, autan_error *err);

/* Reads a JSON object that was written here. AUTAN_NOT_FOUND, AUTAN_BAD_FORMAT. */
autan_status autan_text_read_json(const char *path, json_t **json, autan_error *err);

/* The SHA-256 of a file in hexadecimal, for the caller to g_free, and its size. */
autan_status autan_text_checksum(const char *path, char **sum, size_t *bytes,
                                 autan_error *err);

#endif
