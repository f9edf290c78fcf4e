/* What is missing or weak, in sentences that go with a product: a line each, in
 * English, a tab, and in French. */
#ifndef AUTAN_NOTES_H
#define AUTAN_NOTES_H

#include <glib.h>

/* Adds a line; both formats take the same arguments in the same order. */
void notes_add(GString *notes, const char *english, const char *french, ...);

/* Says the English sentences on standard error, each after the prefix. */
void notes_say(const char *notes, const char *prefix);

/* The sentences of one language as a list that g_strfreev frees, NULL last. */
char **notes_split(const char *notes, gboolean english);

#endif
