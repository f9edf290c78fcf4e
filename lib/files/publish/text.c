#include "files/publish/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"

/* What Excel, LibreOffice and others start a formula with (OWASP, CSV Injection). */
static bool starts_formula(char c)
{
    return c && strchr("=+-@\t\r", c);
}

char *autan_text_no_formula(const char *text)
{
    GString *out = g_string_new(NULL);
    bool begin = true;
    for (const char *p = text; *p; p++) {
        if (begin && starts_formula(*p))
            g_string_append_c(out, '\'');
        g_string_append_c(out, *p);
        /* Blanks and quotes at the start of a field are dropped by some. */
        begin = strchr(",;\t\r\n|", *p) || (begin && strchr(" \"", *p));
    }
    return g_string_free(out, FALSE);
}

void autan_text_markdown(GString *out, const char *text, int most)
{
    int n = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        if (++n > most) {
            g_string_append(out, "…");
            return;
        }
        if (*p == '&')
            g_string_append(out, "&amp;");
        else if (*p == '<')
            g_string_append(out, "&lt;");
        else if (*p == '>')
            g_string_append(out, "&gt;");
        else if (g_ascii_iscntrl(*p))
            g_string_append_c(out, ' ');
        else {
            if (strchr("\\`*_{}[]()#!|~:@=$^", *p))
                g_string_append_c(out, '\\');
            g_string_append_len(out, p, g_utf8_next_char(p) - p);
        }
    }
}

/* These stand in strings only. */
static void escape_markup(GString *text)
{
    static const char *const escaped[][2] = {
        {"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}};
    for (size_t k = 0; k < G_N_ELEMENTS(escaped); k++)
        g_string_replace(text, escaped[k][0], escaped[k][1], 0);
}

autan_status autan_text_write_json(const char *path, json_t *json, autan_error *err)
{
    char *plain =
        json ? json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
    GString *text;
    autan_status status;
    json_decref(json);
    if (!plain)
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    text = g_string_new(plain);
    free(plain);
    escape_markup(text);
    g_string_append_c(text, '\n');
    status = autan_outfile_write_text(path, text->str, err);
    g_string_free(text, TRUE);
    return status;
}

autan_status autan_text_read_json(const char *path, json_t **json, autan_error *err)
{
    json_error_t error;
    json_t *read;
    FILE *file = fopen(path, "rb");
    if (!file)
        return autan_fail(err, errno == ENOENT ? AUTAN_NOT_FOUND : AUTAN_IO,
                          "%s: cannot be read: %s", path, g_strerror(errno));
    read = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (!read)
        return autan_fail(err, AUTAN_BAD_FORMAT, "%s:%d: is no JSON: %s", path,
                          error.line, error.text);
    if (!json_is_object(read)) {
        json_decref(read);
        return autan_fail(err, AUTAN_BAD_FORMAT, "%s: is no JSON object", path);
    }
    *json = read;
    return AUTAN_OK;
}

autan_status autan_text_checksum(const char *path, char **sum, size_t *bytes,
                                 autan_error *err)
{
    enum { PART = 1 << 16 };
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    unsigned char *part = g_malloc(PART);
    FILE *file = fopen(path, "rb");
    size_t n, total = 0;
    bool good = file != NULL;
    while (good && (n = fread(part, 1, PART, file)) > 0) {
        g_checksum_update(checksum, part, (gssize)n);
        total += n;
    }
    good = good && !ferror(file);
    if (good) {
        *sum = g_strdup(g_checksum_get_string(checksum));
        *bytes = total;
    } else {
        autan_fail(err, AUTAN_IO, "%s: cannot be read: %s", path, g_strerror(errno));
    }
    if (file)
        fclose(file);
    g_free(part);
    g_checksum_free(checksum);
    return good ? AUTAN_OK : AUTAN_IO;
}
