#include "files/format.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "files/formats/record.h"

enum { SAMPLE = 1 << 14 };

static bool recognises_observations(const autan_sample *sample)
{
    return autan_sample_has(sample, "time") && autan_sample_has(sample, "station");
}

static autan_status read_observations(autan_reading *r)
{
    return autan_observation_file_read(r->source->path, r->source->stations, r->sink,
                                       r->err);
}

static const autan_format observations = {"observations", recognises_observations,
                                          read_observations};

static const autan_format *const table[] = {
    &observations,         &autan_format_toulouse,     &autan_format_meteofrance,
    &autan_format_synop,   &autan_format_netatmo,      &autan_format_wunderground,
    &autan_format_ngsi_ld, &autan_format_sensorthings, &autan_format_mapped};
enum { FORMATS = sizeof table / sizeof *table };

/* Copies what a pipe gives into a file without a name. */
static autan_status spool(const char *path, int from, int *fd, autan_error *err)
{
    char buffer[1 << 16];
    FILE *file = tmpfile();
    ssize_t got;
    bool good;
    if (!file)
        return autan_fail(err, AUTAN_IO, "%s: cannot make a temporary file: %s", path,
                          strerror(errno));
    do {
        got = read(from, buffer, sizeof buffer);
        good = got <= 0 || fwrite(buffer, 1, (size_t)got, file) == (size_t)got;
    } while (good && (got > 0 || (got < 0 && errno == EINTR)));
    good = good && got == 0 && fflush(file) == 0;
    *fd = good ? dup(fileno(file)) : -1;
    if (*fd < 0)
        autan_fail(err, AUTAN_IO, "%s: cannot read: %s", path, strerror(errno));
    fclose(file);
    return *fd < 0 ? AUTAN_IO : AUTAN_OK;
}

/* A file is looked at and then read, which a pipe does not bear: *fd receives a copy of
 * what it gives, -1 for what is no pipe. */
static autan_status make_seekable(const char *path, int *fd, autan_error *err)
{
    bool standard = strcmp(path, "-") == 0;
    struct stat info;
    autan_status status;
    int from;
    *fd = -1;
    if (standard
            ? lseek(STDIN_FILENO, 0, SEEK_CUR) >= 0
            : stat(path, &info) != 0 || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))
        return AUTAN_OK;
    from = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return autan_fail(err, AUTAN_IO, "%s: cannot open: %s", path, strerror(errno));
    status = spool(path, from, fd, err);
    close(from);
    if (status != AUTAN_OK || !standard)
        return status;
    dup2(*fd, STDIN_FILENO);
    lseek(STDIN_FILENO, 0, SEEK_SET);
    return AUTAN_OK;
}

/* The first bytes, unpacked. */
static autan_status read_head(const char *path, char head[SAMPLE], autan_error *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    off_t start = standard ? lseek(fd, 0, SEEK_CUR) : 0;
    gzFile file = fd >= 0 ? gzdopen(fd, "rb") : NULL;
    int got;
    if (!file)
        return autan_fail(err, errno == ENOENT ? AUTAN_NOT_FOUND : AUTAN_IO,
                          "%s: cannot open: %s", path, strerror(errno));
    got = gzread(file, head, SAMPLE - 1);
    head[got > 0 ? got : 0] = '\0';
    gzclose(file);
    if (standard)
        lseek(STDIN_FILENO, start, SEEK_SET);
    return AUTAN_OK;
}

static void look_at_header(autan_sample *sample)
{
    const char *end = sample->text + strcspn(sample->text, "\r\n");
    char *line = g_strndup(sample->text, (gsize)(end - sample->text));
    size_t commas = 0, semicolons = 0, tabs = 0;
    for (const char *c = line; *c; c++) {
        commas += *c == ',';
        semicolons += *c == ';';
        tabs += *c == '\t';
    }
    sample->delimiter = ',';
    if (semicolons > commas)
        sample->delimiter = ';';
    if (tabs > commas && tabs > semicolons)
        sample->delimiter = '\t';
    sample->column = g_strsplit(line, (char[]){sample->delimiter, '\0'}, -1);
    for (char **c = sample->column; *c; c++) {
        size_t n = strlen(g_strstrip(*c));
        if (n >= 2 && (*c)[0] == '"' && (*c)[n - 1] == '"') {
            (*c)[n - 1] = '\0';
            memmove(*c, *c + 1, n - 1);
        }
    }
    g_free(line);
}

static void look(const char *head, autan_sample *sample)
{
    if (strncmp(head, "\xef\xbb\xbf", 3) == 0)
        head += 3;
    *sample = (autan_sample){.text = head};
    sample->json = strchr("{[", head[strspn(head, " \t\r\n")]) &&
                   head[strspn(head, " \t\r\n")] != '\0';
    if (!sample->json)
        look_at_header(sample);
}

/* The format of that name, or the one that the content is of. */
static const autan_format *choose(const autan_source *source,
                                  const autan_sample *sample)
{
    for (size_t k = 0; k < FORMATS; k++) {
        if (source->format ? strcmp(table[k]->name, source->format) == 0
                           : table[k]->recognises(sample) &&
                                 (table[k] != &autan_format_mapped || source->mapping))
            return table[k];
    }
    return source->format ? NULL : &observations;
}

static void name_stations(autan_reading *r)
{
    static const char *const column[] = {"source_id", "alias", "wmo",
                                         "wigos",     "mac",   "code"};
    const autan_station_table *stations = r->source->stations;
    for (size_t i = 0; i < stations->n; i++)
        g_hash_table_insert(r->station, stations->station[i].id,
                            GSIZE_TO_POINTER(i + 1));
    for (size_t a = 0; a < stations->n_attributes; a++) {
        bool known = false;
        for (size_t k = 0; k < sizeof column / sizeof *column; k++)
            known |= strcmp(stations->attribute_name[a], column[k]) == 0;
        for (size_t i = 0; known && i < stations->n; i++) {
            char *name = stations->station[i].attribute[a];
            if (name && *name && !g_hash_table_contains(r->station, name))
                g_hash_table_insert(r->station, name, GSIZE_TO_POINTER(i + 1));
        }
    }
}

static autan_status read_as(const autan_format *format, const autan_source *source,
                            const autan_sample *sample,
                            const autan_observation_sink *sink, autan_error *err)
{
    size_t n = source->stations->n;
    autan_reading r = {.source = source, .sink = sink, .sample = sample, .err = err};
    size_t station;
    autan_status status = AUTAN_OK;
    r.station = g_hash_table_new(g_str_hash, g_str_equal);
    r.last = g_new(autan_time, n + 1);
    r.before = g_new(autan_time, n + 1);
    for (size_t i = 0; i < n; i++)
        r.last[i] = r.before[i] = INT64_MIN;
    name_stations(&r);
    if (source->station && !autan_find_station(&r, source->station, &station))
        status =
            autan_fail(err, AUTAN_BAD_CONFIG,
                       "station '%s' is not in the station table", source->station);
    if (status == AUTAN_OK)
        status = format->read(&r);
    g_hash_table_destroy(r.station);
    if (r.unit)
        g_hash_table_destroy(r.unit);
    g_free(r.last);
    g_free(r.before);
    return status;
}

static autan_status unknown_format(const char *name, autan_error *err)
{
    char list[256] = "";
    for (size_t k = 0; k < FORMATS; k++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", k ? ", " : "",
                 table[k]->name);
    return autan_fail(err, AUTAN_BAD_CONFIG, "unknown format '%s', expected one of %s",
                      name, list);
}

autan_status autan_format_read(const autan_source *source,
                               const autan_observation_sink *sink, autan_error *err)
{
    char *head = g_malloc(SAMPLE), copy[32];
    autan_source seekable = *source;
    autan_sample sample = {0};
    const autan_format *format;
    int fd;
    autan_status status = make_seekable(source->path, &fd, err);
    if (status == AUTAN_OK && fd >= 0 && strcmp(source->path, "-") != 0) {
        snprintf(copy, sizeof copy, "/dev/fd/%d", fd);
        seekable.path = copy;
    }
    if (status == AUTAN_OK)
        status = read_head(seekable.path, head, err);
    if (status == AUTAN_OK) {
        look(head, &sample);
        format = choose(source, &sample);
        status = format ? read_as(format, &seekable, &sample, sink, err)
                        : unknown_format(source->format, err);
    }
    if (fd >= 0)
        close(fd);
    g_strfreev(sample.column);
    g_free(head);
    return status;
}
