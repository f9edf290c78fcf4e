#include "notes.h"

#include <stdarg.h>
#include <string.h>

#include "message.h"

static void add(GString *notes, const char *format, va_list args, char end)
{
    char *text = g_strdup_vprintf(format, args);
    g_strdelimit(text, "\t\n", ' ');
    g_string_append(notes, text);
    g_string_append_c(notes, end);
    g_free(text);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
void notes_add(GString *notes, const char *english, const char *french, ...)
{
    va_list args;
    va_start(args, french);
    add(notes, english, args, '\t');
    va_end(args);
    va_start(args, french);
    add(notes, french, args, '\n');
    va_end(args);
}
#pragma GCC diagnostic pop

char **notes_split(const char *notes, gboolean english)
{
    char **line = g_strsplit(notes, "\n", -1);
    GPtrArray *list = g_ptr_array_new();
    for (size_t i = 0; line[i]; i++) {
        char *tab = strchr(line[i], '\t');
        if (!*line[i])
            continue;
        if (tab && english)
            *tab = '\0';
        g_ptr_array_add(list, g_strdup(tab && !english ? tab + 1 : line[i]));
    }
    g_ptr_array_add(list, NULL);
    g_strfreev(line);
    return (char **)g_ptr_array_free(list, FALSE);
}

void notes_say(const char *notes, const char *prefix)
{
    char **line = notes_split(notes, TRUE);
    for (size_t i = 0; line[i]; i++)
        message_note("%s%s", prefix, line[i]);
    g_strfreev(line);
}
