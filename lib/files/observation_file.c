#include "files/observation_file.h"

#include <glib.h>
#include <stdbool.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "files/csv.h"

typedef struct {
    const char *path;
    const autan_observation_sink *sink;
    GHashTable *station; /* id -> place + 1 */
    size_t n_fields;     /* 0 until the header is read */
    size_t time_field, station_field;
    size_t n_variables;
    size_t variable_field[AUTAN_VARIABLES];
    autan_variable variable[AUTAN_VARIABLES];
    autan_error *err;
} reading;

const char *autan_rejection_text(autan_rejection reason)
{
    static const char *const text[AUTAN_REJECTIONS] = {
        [AUTAN_REJECT_FIELDS] = "number of fields differs from the header's",
        [AUTAN_REJECT_NUL] = "holds a NUL byte",
        [AUTAN_REJECT_TIME] = "time is not ISO 8601 with a zone (2019-06-30T15:00:00Z)",
        [AUTAN_REJECT_DATE] = "date is impossible or outside 1850 to 2150",
        [AUTAN_REJECT_STATION] = "station is not in the station table",
        [AUTAN_REJECT_NUMBER] = "value is not a number (empty means missing)",
        [AUTAN_REJECT_OVERFLOW] = "value is too large",
        [AUTAN_REJECT_EMPTY] = "row has no value",
        [AUTAN_REJECT_CONFLICT] = "second, different value in the same file",
        [AUTAN_REJECT_FUTURE] = "time is more than a day ahead of now",
        [AUTAN_REJECT_MESSAGE] = "the raw message is corrupt",
        [AUTAN_REJECT_DISAGREES] = "disagrees with its raw message",
        [AUTAN_REJECT_FAULT] = "what the station sends when it measures nothing",
        [AUTAN_REJECT_UNIT] = "unit is unknown or of another quantity",
    };
    return text[reason];
}

/* The columns that publish puts beside the variables are passed over. */
static bool is_flags(const char *name)
{
    autan_variable variable;
    char *base = g_strdup(name);
    char *end = g_str_has_suffix(base, "_flags") ? strrchr(base, '_') : base;
    bool found;
    *end = '\0';
    found = autan_variable_find(base, &variable);
    g_free(base);
    return found;
}

static autan_status read_header(reading *r, const autan_csv_row *row)
{
    bool has_time = false, has_station = false;
    if (row->has_nul)
        return autan_fail(r->err, AUTAN_BAD_FORMAT,
                          "%s:%zu: the header holds a NUL byte", r->path, row->line);
    for (size_t k = 0; k < row->n; k++) {
        autan_variable variable;
        for (size_t j = 0; j < k; j++) {
            if (strcmp(row->field[j], row->field[k]) == 0)
                return autan_fail(r->err, AUTAN_BAD_FORMAT,
                                  "%s:%zu: column '%.60s' is given twice", r->path,
                                  row->line, row->field[k]);
        }
        if (strcmp(row->field[k], "time") == 0) {
            has_time = true;
            r->time_field = k;
        } else if (strcmp(row->field[k], "station") == 0) {
            has_station = true;
            r->station_field = k;
        } else if (autan_variable_find(row->field[k], &variable)) {
            r->variable[r->n_variables] = variable;
            r->variable_field[r->n_variables++] = k;
        } else if (!is_flags(row->field[k])) {
            return autan_fail(
                r->err, AUTAN_BAD_FORMAT,
                "%s:%zu: unknown column '%.60s', expected time, station and "
                "variables such as air_temperature",
                r->path, row->line, row->field[k]);
        }
    }
    if (has_time && has_station && r->n_variables == 0)
        return autan_fail(
            r->err, AUTAN_BAD_FORMAT,
            "%s:%zu: the header has no variable, expected air_temperature or "
            "another",
            r->path, row->line);
    if (!has_time || !has_station)
        return autan_fail(r->err, AUTAN_BAD_FORMAT,
                          "%s:%zu: the header has no column '%s'", r->path, row->line,
                          has_time ? "station" : "time");
    r->n_fields = row->n;
    return AUTAN_OK;
}

static bool refuse(reading *r, autan_rejection reason, const autan_csv_row *row,
                   const char *text)
{
    r->sink->rejected(reason, row->line, text, r->sink->user);
    return false;
}

static bool read_values(reading *r, const autan_csv_row *row, autan_observation *out)
{
    bool any = false;
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        out->value[v] = NAN;
    for (size_t k = 0; k < r->n_variables; k++) {
        const char *text = row->field[r->variable_field[k]];
        autan_status status;
        if (*text == '\0')
            continue;
        status = autan_number_parse(text, &out->value[r->variable[k]]);
        if (status != AUTAN_OK)
            return refuse(r,
                          status == AUTAN_OUT_OF_DOMAIN ? AUTAN_REJECT_OVERFLOW
                                                        : AUTAN_REJECT_NUMBER,
                          row, text);
        any = true;
    }
    return any || refuse(r, AUTAN_REJECT_EMPTY, row, NULL);
}

static bool read_row(reading *r, const autan_csv_row *row, autan_observation *out)
{
    const char *time, *id;
    autan_status status;
    gpointer place;

    if (row->n != r->n_fields)
        return refuse(r, AUTAN_REJECT_FIELDS, row, NULL);
    if (row->has_nul)
        return refuse(r, AUTAN_REJECT_NUL, row, NULL);
    time = row->field[r->time_field];
    status = autan_time_parse(time, &out->time);
    if (status != AUTAN_OK)
        return refuse(
            r, status == AUTAN_OUT_OF_DOMAIN ? AUTAN_REJECT_DATE : AUTAN_REJECT_TIME,
            row, time);
    id = row->field[r->station_field];
    place = g_hash_table_lookup(r->station, id);
    if (!place)
        return refuse(r, AUTAN_REJECT_STATION, row, id);
    out->station = GPOINTER_TO_SIZE(place) - 1;
    return read_values(r, row, out);
}

static autan_status on_row(const autan_csv_row *row, void *user)
{
    reading *r = user;
    autan_observation observation;
    if (r->n_fields == 0)
        return read_header(r, row);
    if (!read_row(r, row, &observation))
        return AUTAN_OK;
    return r->sink->observation(&observation, row->line, r->sink->user);
}

autan_status autan_observation_file_read(const char *path,
                                         const autan_station_table *stations,
                                         const autan_observation_sink *sink,
                                         autan_error *err)
{
    reading r = {.path = path, .sink = sink, .err = err};
    autan_status status;
    r.station = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < stations->n; i++)
        g_hash_table_insert(r.station, stations->station[i].id,
                            GSIZE_TO_POINTER(i + 1));
    status = autan_csv_read(path, ',', on_row, &r, err);
    if (status == AUTAN_OK && r.n_fields == 0)
        status = autan_fail(err, AUTAN_BAD_FORMAT,
                            "%s: is empty, expected the header time,station,...", path);
    g_hash_table_destroy(r.station);
    return status;
}
