#include "files/ini.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *path;
    const autan_ini_handler *handler;
    FILE *file;
    int line;
    bool in_section;
    autan_error *err;
} reader;

static autan_status refuse(const reader *r, const char *what)
{
    return autan_fail(r->err, AUTAN_BAD_CONFIG, "%s:%d: %s", r->path, r->line, what);
}

/* Reads up to the end of the line, which is not kept. */
static autan_status next_line(reader *r, char text[AUTAN_INI_LINE + 1], bool *end)
{
    size_t length = 0;
    int c;
    errno = 0;
    while ((c = getc(r->file)) != EOF && c != '\n' && length < AUTAN_INI_LINE)
        text[length++] = (char)c;
    if (ferror(r->file))
        return autan_fail(r->err, AUTAN_BAD_CONFIG, "%s: cannot be read: %s", r->path,
                          strerror(errno));
    *end = c == EOF && length == 0;
    r->line += !*end;
    if (c != EOF && c != '\n')
        return autan_fail(r->err, AUTAN_BAD_CONFIG,
                          "%s:%d: the line is longer than %d bytes", r->path, r->line,
                          AUTAN_INI_LINE);
    if (length > 0 && text[length - 1] == '\r')
        length--;
    text[length] = '\0';
    for (size_t i = 0; i < length; i++) {
        if (g_ascii_iscntrl(text[i]) && text[i] != '\t')
            return autan_fail(r->err, AUTAN_BAD_CONFIG,
                              "%s:%d: the line holds the control character 0x%02x",
                              r->path, r->line, (unsigned)text[i]);
    }
    return g_utf8_validate(text, (gssize)length, NULL)
               ? AUTAN_OK
               : refuse(r, "the line is not UTF-8 text");
}

static void cut_comment(char *text)
{
    char *at = strchr(text, ';');
    while (at && at > text && at[-1] != ' ' && at[-1] != '\t')
        at = strchr(at + 1, ';');
    if (at)
        *at = '\0';
}

static autan_status take_header(reader *r, char *text)
{
    char *end = strchr(text, ']');
    if (!end || end[1] != '\0')
        return refuse(r, "expected [section], with nothing but a comment behind");
    *end = '\0';
    r->in_section = true;
    return r->handler->section(g_strstrip(text + 1), r->line, r->handler->user);
}

static autan_status take_line(reader *r, char *text)
{
    char *equals;
    cut_comment(text);
    g_strstrip(text);
    if (*text == '\0' || *text == '#')
        return AUTAN_OK;
    if (*text == '[')
        return take_header(r, text);
    equals = strchr(text, '=');
    if (!equals || equals == text)
        return refuse(r, "expected [section] or KEY = VALUE");
    if (!r->in_section)
        return refuse(r, "a key stands before any [section]");
    *equals = '\0';
    return r->handler->key(g_strchomp(text), g_strchug(equals + 1), r->line,
                           r->handler->user);
}

autan_status autan_ini_read(const char *path, const autan_ini_handler *handler,
                            autan_error *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    reader r = {.path = path, .handler = handler, .err = err};
    char text[AUTAN_INI_LINE + 1];
    bool end = false;
    autan_status status = AUTAN_OK;

    r.file = fopen(path, "re");
    if (!r.file)
        return autan_fail(err, AUTAN_BAD_CONFIG, "%s: cannot be opened: %s", path,
                          strerror(errno));
    while (status == AUTAN_OK && !end) {
        status = next_line(&r, text, &end);
        if (status == AUTAN_OK && !end)
            status = take_line(&r, text + (r.line == 1 && g_str_has_prefix(text, mark)
                                               ? strlen(mark)
                                               : 0));
    }
    fclose(r.file);
    return status;
}
