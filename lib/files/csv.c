#include "files/csv.h"

#include <csv.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>
#include <zlib.h>

enum { BUFFER = 1 << 17, FIELD_MAX = 1 << 16, FIELDS_MAX = 4096, ROW_MAX = 1 << 20 };

typedef struct {
    const char *path;
    autan_csv_handler handler;
    void *user;
    autan_error *err;
    autan_status status;
    size_t line;
    /* The row in work: texts one after the other, with their offsets. */
    char *text;
    size_t text_length, text_capacity;
    size_t *offset;
    char **field;
    size_t n;
    int has_nul;
} reader;

static bool reserve(reader *r, size_t more)
{
    if (r->text_length + more > r->text_capacity) {
        size_t capacity = 2 * (r->text_length + more);
        char *grown = realloc(r->text, capacity);
        if (!grown)
            return false;
        r->text = grown;
        r->text_capacity = capacity;
    }
    return true;
}

static void on_field(void *data, size_t length, void *user)
{
    reader *r = user;
    if (r->status != AUTAN_OK)
        return;
    if (length > FIELD_MAX) {
        r->status =
            autan_fail(r->err, AUTAN_BAD_FORMAT,
                       "%s:%zu: a field is longer than 64 KiB (quotes unclosed?)",
                       r->path, r->line);
    } else if (r->n == FIELDS_MAX) {
        r->status = autan_fail(r->err, AUTAN_BAD_FORMAT,
                               "%s:%zu: the row has more than %d fields", r->path,
                               r->line, FIELDS_MAX);
    } else if (r->text_length + length > ROW_MAX) {
        r->status =
            autan_fail(r->err, AUTAN_BAD_FORMAT, "%s:%zu: the row is longer than 1 MiB",
                       r->path, r->line);
    } else if (!reserve(r, length + 1)) {
        r->status = autan_fail(r->err, AUTAN_NO_MEMORY, "%s: out of memory", r->path);
    } else {
        r->offset[r->n++] = r->text_length;
        memcpy(r->text + r->text_length, data, length);
        r->text[r->text_length + length] = '\0';
        r->text_length += length + 1;
        if (memchr(data, '\0', length))
            r->has_nul = 1;
    }
}

static void on_row(int end, void *user)
{
    reader *r = user;
    (void)end;
    if (r->status == AUTAN_OK) {
        autan_csv_row row = {r->n, r->field, r->line, r->has_nul};
        for (size_t k = 0; k < r->n; k++)
            r->field[k] = r->text + r->offset[k];
        r->status = r->handler(&row, r->user);
    }
    r->n = 0;
    r->text_length = 0;
    r->has_nul = 0;
}

static autan_status syntax_error(reader *r, struct csv_parser *parser)
{
    if (r->status != AUTAN_OK)
        return r->status;
    if (csv_error(parser) == CSV_ENOMEM)
        return autan_fail(r->err, AUTAN_NO_MEMORY, "%s: out of memory", r->path);
    return autan_fail(
        r->err, AUTAN_BAD_FORMAT,
        "%s:%zu: wrong or unclosed quotes, expected \"text\" with inner quotes "
        "doubled",
        r->path, r->line);
}

/* Feeds line by line, so that every row knows its line. */
static autan_status feed(reader *r, struct csv_parser *parser, const char *data,
                         size_t length)
{
    const char *end = data + length;
    while (data < end) {
        const char *newline = memchr(data, '\n', (size_t)(end - data));
        size_t count = newline ? (size_t)(newline + 1 - data) : (size_t)(end - data);
        if (csv_parse(parser, data, count, on_field, on_row, r) != count ||
            r->status != AUTAN_OK)
            return syntax_error(r, parser);
        if (parser->entry_pos > FIELD_MAX)
            return autan_fail(
                r->err, AUTAN_BAD_FORMAT,
                "%s:%zu: a field is longer than 64 KiB (quotes unclosed?)", r->path,
                r->line);
        if (newline)
            r->line++;
        data += count;
    }
    return AUTAN_OK;
}

static autan_status open_input(const char *path, gzFile *input, autan_error *err)
{
    int fd =
        strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (fd < 0)
        return autan_fail(err, errno == ENOENT ? AUTAN_NOT_FOUND : AUTAN_IO,
                          "%s: cannot open: %s", path, strerror(errno));
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        close(fd);
        return autan_fail(err, AUTAN_IO, "%s: is a folder, expected a file", path);
    }
    *input = gzdopen(fd, "rb");
    if (!*input) {
        close(fd);
        return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    }
    gzbuffer(*input, BUFFER);
    return AUTAN_OK;
}

static autan_status read_error(reader *r, gzFile input)
{
    int code;
    const char *text = gzerror(input, &code), *cause = strstr(text, ": ");
    if (code == Z_ERRNO)
        return autan_fail(r->err, AUTAN_IO, "%s: cannot read: %s", r->path,
                          strerror(errno));
    /* The cause stands after zlib's own name of the stream. */
    return autan_fail(r->err, AUTAN_BAD_FORMAT,
                      "%s: the gzip stream is damaged or cut: %s", r->path,
                      cause ? cause + 2 : text);
}

static autan_status read_all(reader *r, struct csv_parser *parser, gzFile input,
                             char *buffer)
{
    bool first = true;
    for (;;) {
        int got = gzread(input, buffer, BUFFER);
        int code;
        size_t skip = 0;
        autan_status status;
        gzerror(input, &code);
        /* A stream cut short delivers its bytes first and says so only here. */
        if (got < 0 || code != Z_OK)
            return read_error(r, input);
        if (got == 0)
            break;
        if (first && got >= 3 && memcmp(buffer, "\xef\xbb\xbf", 3) == 0)
            skip = 3;
        if (first && got >= 2 &&
            (memcmp(buffer, "\xff\xfe", 2) == 0 || memcmp(buffer, "\xfe\xff", 2) == 0))
            return autan_fail(r->err, AUTAN_BAD_FORMAT,
                              "%s: is UTF-16 text, expected UTF-8", r->path);
        first = false;
        status = feed(r, parser, buffer + skip, (size_t)got - skip);
        if (status != AUTAN_OK)
            return status;
    }
    if (csv_fini(parser, on_field, on_row, r) != 0 || r->status != AUTAN_OK)
        return syntax_error(r, parser);
    return AUTAN_OK;
}

autan_status autan_csv_read(const char *path, char delimiter, autan_csv_handler handler,
                            void *user, autan_error *err)
{
    reader r = {.path = path, .handler = handler, .user = user, .err = err, .line = 1};
    struct csv_parser parser;
    char *buffer = malloc(BUFFER);
    gzFile input = NULL;
    autan_status status = AUTAN_NO_MEMORY;

    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&parser, (unsigned char)delimiter);
    r.offset = malloc(FIELDS_MAX * sizeof *r.offset);
    r.field = malloc(FIELDS_MAX * sizeof *r.field);
    if (!buffer || !r.offset || !r.field) {
        autan_fail(err, status, "%s: out of memory", path);
        goto cleanup;
    }
    status = open_input(path, &input, err);
    if (status == AUTAN_OK)
        status = read_all(&r, &parser, input, buffer);

cleanup:
    if (input)
        gzclose(input);
    csv_free(&parser);
    free(buffer);
    free(r.text);
    free(r.offset);
    free(r.field);
    return status;
}

void autan_csv_print(FILE *stream, const char *text)
{
    const size_t length = strlen(text);
    const bool blank_ends =
        length > 0 && (strchr(" \t", text[0]) || strchr(" \t", text[length - 1]));
    if (!blank_ends && !strpbrk(text, ",\"\r\n")) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}
