#include "files/formats/record.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/number.h"
#include "files/csv.h"

enum { JSON_MOST = 256 << 20, FUTURE_S = 86400, UNITS_MOST = 64 };

bool autan_sample_has(const autan_sample *sample, const char *column)
{
    return sample->column &&
           g_strv_contains((const char *const *)sample->column, column);
}

const char *autan_record_get(const autan_record *record, const char *const *name)
{
    for (; *name; name++) {
        for (size_t k = 0; k < record->n; k++) {
            if (strcmp(record->name[k], *name) == 0 && *record->text[k])
                return record->text[k];
        }
    }
    return NULL;
}

/* CSV */

typedef struct {
    autan_reading *r;
    autan_status (*handler)(autan_reading *r, const autan_record *record);
    char **name; /* NULL-terminated once the header is read */
    size_t n;
} csv_reading;

static autan_status on_row(const autan_csv_row *row, void *user)
{
    csv_reading *c = user;
    /* Some sources end each line with a delimiter, or the header only. */
    size_t n = row->n;
    if (!c->name) {
        c->n = n;
        c->name = g_new0(char *, n + 1);
        for (size_t k = 0; k < n; k++)
            c->name[k] = g_strdup(row->field[k]);
        return AUTAN_OK;
    }
    if (n == c->n + 1 && *row->field[n - 1] == '\0')
        n = c->n;
    bool short_by_empty = n + 1 == c->n && *c->name[n] == '\0';
    return c->handler(
        c->r, &(autan_record){.n = n < c->n ? n : c->n,
                              .line = row->line,
                              .name = (const char *const *)c->name,
                              .text = (const char *const *)row->field,
                              .torn = (n != c->n && !short_by_empty) || row->has_nul});
}

autan_status autan_records_csv(autan_reading *r,
                               autan_status (*handler)(autan_reading *r,
                                                       const autan_record *record))
{
    csv_reading c = {.r = r, .handler = handler};
    autan_status status =
        autan_csv_read(r->source->path, r->sample->delimiter, on_row, &c, r->err);
    g_strfreev(c.name);
    return status;
}

/* JSON */

static char *text_of(const json_t *value)
{
    char text[AUTAN_NUMBER_TEXT];
    switch (json_typeof(value)) {
    case JSON_STRING:
        return g_strstrip(g_strdup(json_string_value(value)));
    case JSON_INTEGER:
        return g_strdup_printf("%lld", (long long)json_integer_value(value));
    case JSON_REAL:
        autan_number_format(json_real_value(value), text);
        return g_strdup(text);
    case JSON_TRUE:
        return g_strdup("1");
    case JSON_FALSE:
        return g_strdup("0");
    default:
        return g_strdup("");
    }
}

autan_record *autan_record_of_json(const json_t *object, size_t line)
{
    size_t most = json_object_size(object), n = 0;
    char **name = g_new0(char *, most + 1), **text = g_new0(char *, most + 1);
    autan_record *record = g_new0(autan_record, 1);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_object(value) || json_is_array(value))
            continue;
        name[n] = g_strdup(key);
        text[n++] = text_of(value);
    }
    *record = (autan_record){.n = n,
                             .line = line,
                             .name = (const char *const *)name,
                             .text = (const char *const *)text};
    return record;
}

void autan_record_free(autan_record *record)
{
    if (!record)
        return;
    g_strfreev((char **)(uintptr_t)record->name);
    g_strfreev((char **)(uintptr_t)record->text);
    g_free(record);
}

static autan_status read_bytes(autan_reading *r, gzFile file, GByteArray *bytes)
{
    const char *path = r->source->path;
    unsigned char buffer[1 << 16];
    int got, code;
    while ((got = gzread(file, buffer, sizeof buffer)) > 0) {
        g_byte_array_append(bytes, buffer, (guint)got);
        if (bytes->len > JSON_MOST)
            return autan_fail(r->err, AUTAN_BAD_FORMAT,
                              "%s: is larger than 256 MiB, too much for one JSON file",
                              path);
    }
    gzerror(file, &code);
    if (got < 0 || code != Z_OK)
        return autan_fail(r->err, AUTAN_BAD_FORMAT,
                          "%s: cannot be read, or is a damaged or cut gzip stream",
                          path);
    return AUTAN_OK;
}

autan_status autan_json_read(autan_reading *r, json_t **json)
{
    const char *path = r->source->path;
    gzFile file =
        strcmp(path, "-") == 0 ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rb");
    GByteArray *bytes = g_byte_array_sized_new(1 << 12);
    json_error_t error;
    autan_status status = file ? read_bytes(r, file, bytes)
                               : autan_fail(r->err, AUTAN_IO, "%s: cannot open", path);
    size_t skip =
        bytes->len >= 3 && memcmp(bytes->data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (file)
        gzclose(file);
    if (status == AUTAN_OK) {
        *json =
            json_loadb((const char *)bytes->data + skip, bytes->len - skip, 0, &error);
        if (!*json)
            status = autan_fail(r->err, AUTAN_BAD_FORMAT,
                                "%s:%d: is no whole JSON document: %s", path,
                                error.line, error.text);
    }
    g_byte_array_unref(bytes);
    return status;
}

const char *autan_json_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

double autan_json_number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    double number = NAN;
    if (json_is_number(value))
        return json_number_value(value);
    if (json_is_string(value) &&
        autan_number_parse(json_string_value(value), &number) != AUTAN_OK)
        return NAN;
    return number;
}

/* Rows */

autan_observation autan_observation_of(autan_time time, size_t station)
{
    autan_observation row = {.time = time, .station = station};
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        row.value[v] = NAN;
    return row;
}

autan_status autan_refuse(autan_reading *r, autan_rejection reason, size_t line,
                          const char *text)
{
    r->sink->rejected(reason, line, text, r->sink->user);
    return AUTAN_OK;
}

autan_status autan_accept(autan_reading *r, const autan_observation *row, size_t line)
{
    autan_observation rounded = *row;
    bool any = false, overflows = false;
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        any |= !isnan(row->value[v]);
        rounded.value[v] = round(row->value[v] * 1e6) / 1e6;
        overflows |= isinf(rounded.value[v]);
    }
    if (!any)
        return autan_refuse(r, AUTAN_REJECT_EMPTY, line, NULL);
    if (overflows)
        return autan_refuse(r, AUTAN_REJECT_OVERFLOW, line, NULL);
    if (r->source->now && row->time > r->source->now + FUTURE_S) {
        char text[AUTAN_TIME_TEXT];
        autan_time_format(row->time, text);
        return autan_refuse(r, AUTAN_REJECT_FUTURE, line, text);
    }
    return r->sink->observation(&rounded, line, r->sink->user);
}

bool autan_find_station(const autan_reading *r, const char *name, size_t *station)
{
    gpointer place = name ? g_hash_table_lookup(r->station, name) : NULL;
    if (!place)
        return false;
    *station = GPOINTER_TO_SIZE(place) - 1;
    return true;
}

bool autan_find_numbered_station(const autan_reading *r, const char *number, int digits,
                                 size_t *station)
{
    char padded[24];
    const char *bare = number;
    if (autan_find_station(r, number, station))
        return true;
    if (!number || strlen(number) > (size_t)digits || digits >= (int)sizeof padded)
        return false;
    bare += strspn(number, "0");
    if (autan_find_station(r, bare, station))
        return true;
    memset(padded, '0', sizeof padded);
    strcpy(padded + digits - strlen(bare), bare);
    return autan_find_station(r, padded, station);
}

bool autan_file_station(const autan_reading *r, size_t *station)
{
    char *name;
    bool found = false;
    if (r->source->station)
        return autan_find_station(r, r->source->station, station);
    name = g_path_get_basename(r->source->path);
    /* Without .csv.gz and the like, one ending after the other. */
    for (char *dot = strrchr(name, '.'); !found && dot; dot = strrchr(name, '.')) {
        *dot = '\0';
        found = autan_find_station(r, name, station);
    }
    g_free(name);
    return found;
}

bool autan_take_number(autan_reading *r, const char *text, size_t line, double *value)
{
    autan_status status;
    *value = NAN;
    if (!text || *text == '\0')
        return true;
    status = autan_number_parse(text, value);
    if (status == AUTAN_OK)
        return true;
    autan_refuse(
        r, status == AUTAN_OUT_OF_DOMAIN ? AUTAN_REJECT_OVERFLOW : AUTAN_REJECT_NUMBER,
        line, text);
    return false;
}

static bool is_missing(const char *text, const char *const *missing)
{
    return !text || (missing && g_strv_contains(missing, text));
}

bool autan_take_columns(autan_reading *r, const autan_record *record, size_t n_columns,
                        const autan_column *column, const char *const *missing,
                        autan_observation *out)
{
    for (size_t k = 0; k < n_columns; k++) {
        const char *text = autan_record_get(record, column[k].name);
        double value;
        if (is_missing(text, missing))
            continue;
        if (!autan_take_number(r, text, record->line, &value))
            return false;
        if (isnan(out->value[column[k].variable]))
            out->value[column[k].variable] = value * column[k].scale + column[k].offset;
    }
    return true;
}

/* Times */

autan_status autan_time_of_iso(const char *text, autan_time *time)
{
    const char *slash = text ? strchr(text, '/') : NULL;
    char whole[48];
    size_t seconds, rest;
    if (!text)
        return AUTAN_BAD_SYNTAX;
    text = slash ? slash + 1 : text;
    seconds = rest = strcspn(text, ".");
    if (text[rest])
        rest += 1 + strspn(text + rest + 1, "0123456789");
    if (seconds > 32 || strlen(text + rest) > 8)
        return AUTAN_BAD_SYNTAX;
    snprintf(whole, sizeof whole, "%.*s%s", (int)seconds, text, text + rest);
    return autan_time_parse(whole, time);
}

autan_status autan_time_of_seconds(double seconds, autan_time *time)
{
    const autan_civil first = {.year = 1850, .month = 1, .day = 1};
    const autan_civil last = {.year = 2150, .month = 12, .day = 31};
    autan_time from, to;
    if (isnan(seconds))
        return AUTAN_BAD_SYNTAX;
    if (autan_time_from_utc(&first, &from) != AUTAN_OK ||
        autan_time_from_utc(&last, &to) != AUTAN_OK ||
        !(seconds >= (double)from && seconds < (double)to + 86400))
        return AUTAN_OUT_OF_DOMAIN;
    *time = (autan_time)floor(seconds);
    return AUTAN_OK;
}

typedef struct {
    autan_status status;
    double scale, offset;
} conversion;

autan_status autan_reading_unit(autan_reading *r, autan_variable variable,
                                const char *unit, double *scale, double *offset)
{
    char *key = g_strdup_printf("%d %s", (int)variable, unit);
    conversion *known;
    autan_status status;
    if (!r->unit)
        r->unit = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    known = g_hash_table_lookup(r->unit, key);
    if (known) {
        g_free(key);
    } else if (g_hash_table_size(r->unit) >= UNITS_MOST) {
        g_free(key);
        return AUTAN_BAD_SYNTAX;
    } else {
        known = g_new0(conversion, 1);
        known->status =
            autan_unit_convert(variable, unit, &known->scale, &known->offset);
        g_hash_table_insert(r->unit, key, known);
    }
    status = known->status;
    if (status == AUTAN_OK) {
        *scale = known->scale;
        *offset = known->offset;
    }
    return status;
}

autan_status autan_time_of_digits(const char *text, autan_time *time)
{
    autan_civil c = {.month = 1, .day = 1};
    int *const part[] = {&c.month, &c.day, &c.hour, &c.minute, &c.second};
    size_t length = strlen(text);
    if (length < 8 || length > 14 || length % 2 || text[strspn(text, "0123456789")])
        return AUTAN_BAD_SYNTAX;
    sscanf(text, "%4d", &c.year);
    for (size_t k = 0; 4 + 2 * k < length; k++)
        sscanf(text + 4 + 2 * k, "%2d", part[k]);
    return autan_time_from_utc(&c, time);
}

/* The moments at which the zone's clocks show a civil time: 0, 1 or 2, earliest first.
 */
static int moments(const autan_zone *zone, const autan_civil *civil, autan_time as_utc,
                   autan_time moment[2])
{
    int n = 0;
    /* Offsets of a day before and after are the only ones there can be. */
    for (int side = -1; side <= 1; side += 2) {
        autan_civil there, back;
        autan_time time;
        autan_civil_local(zone, as_utc + side * 86400, &there);
        time = as_utc - there.utc_offset_s;
        autan_civil_local(zone, time, &back);
        if (back.day == civil->day && back.hour == civil->hour &&
            back.minute == civil->minute && (n == 0 || time != moment[0]))
            moment[n++] = time;
    }
    if (n == 2 && moment[0] > moment[1]) {
        autan_time kept = moment[0];
        moment[0] = moment[1];
        moment[1] = kept;
    }
    return n;
}

static autan_time choose(const autan_reading *r, size_t station,
                         const autan_time moment[2])
{
    autan_time last = r->last[station], before = r->before[station];
    bool falling = before != INT64_MIN && last < before;
    if (last == INT64_MIN)
        return moment[0];
    if (falling)
        return moment[1] < last ? moment[1] : moment[0];
    return moment[0] > last ? moment[0] : moment[1];
}

autan_status autan_local_moment(autan_reading *r, const autan_zone *zone,
                                size_t station, const autan_civil *civil,
                                autan_time *time)
{
    autan_time as_utc, moment[2] = {0};
    autan_status status = autan_time_from_utc(civil, &as_utc);
    int n = 1;
    if (status != AUTAN_OK)
        return status;
    if (zone)
        n = moments(zone, civil, as_utc, moment);
    else
        moment[0] = as_utc;
    if (n == 0)
        return AUTAN_OUT_OF_DOMAIN;
    *time = n == 1 ? moment[0] : choose(r, station, moment);
    if (*time != r->last[station]) {
        r->before[station] = r->last[station];
        r->last[station] = *time;
    }
    return AUTAN_OK;
}
