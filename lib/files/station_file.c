#include "files/station_file.h"

#include <glib.h>
#include <stdbool.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "files/csv.h"

enum { ID_MOST = 100 }; /* bytes */

enum { STATION = 0, NAME, LONGITUDE, LATITUDE, ELEVATION, COLUMNS };

static const struct {
    const char *name;
    bool required;
    double lowest, highest;
} columns[COLUMNS] = {
    {"station", true, 0, 0},          {"name", false, 0, 0},
    {"longitude", true, -180, 180},   {"latitude", true, -90, 90},
    {"elevation", false, -500, 9000},
};

typedef struct {
    const char *path;
    autan_station_table *table;
    bool has_header;
    size_t n_fields;
    long place[COLUMNS]; /* field of each known column, -1 absent */
    long *attribute;     /* field of each attribute */
    autan_error *err;
} reading;

static autan_status out_of_memory(const reading *r)
{
    return autan_fail(r->err, AUTAN_NO_MEMORY, "%s: out of memory", r->path);
}

/* Names go into messages, pictures and other files. */
static autan_status check_texts(const reading *r, const autan_csv_row *row)
{
    const char *what = row->has_nul ? "holds a NUL byte" : NULL;
    for (size_t k = 0; k < row->n && !what; k++) {
        if (!g_utf8_validate(row->field[k], -1, NULL))
            what = "is not UTF-8 text";
        for (const char *p = row->field[k]; *p && !what; p++)
            what = g_ascii_iscntrl(*p) ? "holds a control character" : NULL;
    }
    return what ? autan_fail(r->err, AUTAN_BAD_FORMAT, "%s:%zu: the row %s", r->path,
                             row->line, what)
                : AUTAN_OK;
}

static autan_status read_header(reading *r, const autan_csv_row *row)
{
    autan_station_table *table = r->table;
    for (int c = 0; c < COLUMNS; c++)
        r->place[c] = -1;
    r->n_fields = row->n;
    r->attribute = calloc(row->n, sizeof *r->attribute);
    table->attribute_name = calloc(row->n, sizeof *table->attribute_name);
    if (!r->attribute || !table->attribute_name)
        return out_of_memory(r);
    for (size_t k = 0; k < row->n; k++) {
        int c = 0;
        for (size_t j = 0; j < k; j++) {
            if (strcmp(row->field[j], row->field[k]) == 0)
                return autan_fail(r->err, AUTAN_BAD_FORMAT,
                                  "%s:%zu: column '%s' is given twice", r->path,
                                  row->line, row->field[k]);
        }
        while (c < COLUMNS && strcmp(columns[c].name, row->field[k]) != 0)
            c++;
        if (c < COLUMNS) {
            r->place[c] = (long)k;
        } else {
            r->attribute[table->n_attributes] = (long)k;
            table->attribute_name[table->n_attributes] = strdup(row->field[k]);
            if (!table->attribute_name[table->n_attributes++])
                return out_of_memory(r);
        }
    }
    for (int c = 0; c < COLUMNS; c++) {
        if (columns[c].required && r->place[c] < 0)
            return autan_fail(r->err, AUTAN_BAD_FORMAT,
                              "%s:%zu: no column '%s', expected the header "
                              "station,name,longitude,latitude,elevation",
                              r->path, row->line, columns[c].name);
    }
    r->has_header = true;
    return AUTAN_OK;
}

static autan_status read_coordinate(reading *r, const autan_csv_row *row, int c,
                                    double *value)
{
    const char *text = r->place[c] < 0 ? "" : row->field[r->place[c]];
    if (*text == '\0' && !columns[c].required)
        return AUTAN_OK;
    if (autan_number_parse(text, value) != AUTAN_OK)
        return autan_fail(r->err, AUTAN_BAD_FORMAT,
                          "%s:%zu: %s is '%.60s', expected a number", r->path,
                          row->line, columns[c].name, text);
    if (!(*value >= columns[c].lowest && *value <= columns[c].highest))
        return autan_fail(r->err, AUTAN_BAD_FORMAT, "%s:%zu: %s %s is outside [%g, %g]",
                          r->path, row->line, columns[c].name, text, columns[c].lowest,
                          columns[c].highest);
    return AUTAN_OK;
}

static autan_status read_station(reading *r, const autan_csv_row *row)
{
    const char *id = row->field[r->place[STATION]];
    const char *name = r->place[NAME] < 0 ? "" : row->field[r->place[NAME]];
    autan_station *station;
    autan_status status;

    if (*id == '\0' || strlen(id) > ID_MOST)
        return autan_fail(r->err, AUTAN_BAD_FORMAT,
                          "%s:%zu: station is empty or longer than %d bytes", r->path,
                          row->line, ID_MOST);
    status = autan_station_append(r->table, id, &station);
    if (status == AUTAN_BAD_ARGUMENT)
        return autan_fail(r->err, AUTAN_BAD_FORMAT,
                          "%s:%zu: station '%s' is given twice", r->path, row->line,
                          id);
    if (status != AUTAN_OK)
        return out_of_memory(r);
    station->name = strdup(*name ? name : id);
    if (!station->name)
        return out_of_memory(r);
    for (size_t k = 0; k < r->table->n_attributes; k++) {
        station->attribute[k] = strdup(row->field[r->attribute[k]]);
        if (!station->attribute[k])
            return out_of_memory(r);
    }
    status = read_coordinate(r, row, LONGITUDE, &station->longitude);
    if (status == AUTAN_OK)
        status = read_coordinate(r, row, LATITUDE, &station->latitude);
    if (status == AUTAN_OK)
        status = read_coordinate(r, row, ELEVATION, &station->elevation);
    return status;
}

static autan_status on_row(const autan_csv_row *row, void *user)
{
    reading *r = user;
    autan_status status = check_texts(r, row);
    if (status != AUTAN_OK)
        return status;
    if (!r->has_header)
        return read_header(r, row);
    if (row->n != r->n_fields)
        return autan_fail(r->err, AUTAN_BAD_FORMAT,
                          "%s:%zu: %zu fields where the header has %zu", r->path,
                          row->line, row->n, r->n_fields);
    return read_station(r, row);
}

autan_status autan_station_file_read(const char *path, autan_station_table *table,
                                     autan_error *err)
{
    autan_station_table made = {0};
    reading r = {.path = path, .table = &made, .err = err};
    autan_status status = autan_csv_read(path, ',', on_row, &r, err);
    if (status == AUTAN_OK && made.n == 0)
        status = autan_fail(err, AUTAN_BAD_FORMAT, "%s: holds no station", path);
    if (status == AUTAN_OK) {
        *table = made;
        made = (autan_station_table){0};
    }
    free(r.attribute);
    autan_station_table_clear(&made);
    return status;
}
