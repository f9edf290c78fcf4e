#include "files/limits_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "files/csv.h"

enum { STATION = 0, MONTH, VARIABLE, LOW, HIGH, COLUMNS, MONTHS = 12 };

static const struct {
    const char *name;
    bool required;
} columns[COLUMNS] = {{"station", false},
                      {"month", false},
                      {"variable", true},
                      {"low", true},
                      {"high", true}};

typedef struct {
    const char *path;
    const autan_station_table *stations;
    autan_month_limits *limits;
    size_t n_fields; /* 0 before the header */
    long place[COLUMNS];
    autan_error *err;
} reading;

void autan_month_limits_clear(autan_month_limits *limits)
{
    free(limits->low);
    free(limits->high);
    *limits = (autan_month_limits){0};
}

static autan_status refuse(const reading *r, const autan_csv_row *row, int column,
                           const char *text, const char *expected)
{
    return autan_fail(r->err, AUTAN_BAD_FORMAT, "%s:%zu: %s is '%.60s', expected %s",
                      r->path, row->line, columns[column].name, text, expected);
}

static autan_status read_header(reading *r, const autan_csv_row *row)
{
    for (int c = 0; c < COLUMNS; c++)
        r->place[c] = -1;
    for (size_t k = 0; k < row->n; k++) {
        int c = 0;
        while (c < COLUMNS && strcmp(columns[c].name, row->field[k]) != 0)
            c++;
        if (c == COLUMNS || r->place[c] >= 0)
            return autan_fail(r->err, AUTAN_BAD_FORMAT,
                              "%s:%zu: column '%.60s' is unknown or given twice, "
                              "expected station,month,variable,low,high",
                              r->path, row->line, row->field[k]);
        r->place[c] = (long)k;
    }
    for (int c = 0; c < COLUMNS; c++) {
        if (columns[c].required && r->place[c] < 0)
            return autan_fail(r->err, AUTAN_BAD_FORMAT,
                              "%s:%zu: no column '%s', expected "
                              "station,month,variable,low,high",
                              r->path, row->line, columns[c].name);
    }
    r->n_fields = row->n;
    return AUTAN_OK;
}

/* A field, empty when there is no such column. */
static const char *field(const reading *r, const autan_csv_row *row, int column)
{
    return r->place[column] < 0 ? "" : row->field[r->place[column]];
}

static autan_status read_limit(const reading *r, const autan_csv_row *row, int column,
                               double *value)
{
    const char *text = field(r, row, column);
    *value = NAN;
    if (*text && autan_number_parse(text, value) != AUTAN_OK)
        return refuse(r, row, column, text, "a number");
    return AUTAN_OK;
}

/* The limits of a variable, made on its first row. */
static autan_status limits_of(const reading *r, autan_variable variable,
                              autan_month_limits **limits)
{
    autan_month_limits *l = &r->limits[variable];
    size_t n = r->stations->n * MONTHS;
    *limits = l;
    if (l->low)
        return AUTAN_OK;
    l->low = malloc((n + 1) * sizeof *l->low);
    l->high = malloc((n + 1) * sizeof *l->high);
    if (!l->low || !l->high)
        return autan_fail(r->err, AUTAN_NO_MEMORY, "%s: out of memory", r->path);
    for (size_t k = 0; k < n; k++)
        l->low[k] = l->high[k] = NAN;
    return AUTAN_OK;
}

static autan_status read_limits(reading *r, const autan_csv_row *row)
{
    const char *station = field(r, row, STATION), *month = field(r, row, MONTH);
    long place = *station ? autan_station_find(r->stations, station) : -1;
    autan_month_limits *limits = NULL;
    autan_variable variable;
    double low, high, number = 0;
    autan_status status;
    if (!autan_variable_find(field(r, row, VARIABLE), &variable))
        return refuse(r, row, VARIABLE, field(r, row, VARIABLE),
                      "a variable such as air_temperature");
    if (*station && place < 0)
        return refuse(r, row, STATION, station, "a station of the station table");
    if (*month && (autan_number_parse(month, &number) != AUTAN_OK || number < 1 ||
                   number > MONTHS || number != floor(number)))
        return refuse(r, row, MONTH, month, "a month from 1 to 12");
    status = read_limit(r, row, LOW, &low);
    if (status == AUTAN_OK)
        status = read_limit(r, row, HIGH, &high);
    if (status == AUTAN_OK && low > high)
        status =
            refuse(r, row, LOW, field(r, row, LOW), "no more than the limit above");
    if (status == AUTAN_OK)
        status = limits_of(r, variable, &limits);
    for (size_t k = 0; status == AUTAN_OK && k < r->stations->n * MONTHS; k++) {
        if ((place >= 0 && k / MONTHS != (size_t)place) ||
            (number > 0 && k % MONTHS != (size_t)number - 1))
            continue;
        limits->low[k] = low;
        limits->high[k] = high;
    }
    return status;
}

static autan_status on_row(const autan_csv_row *row, void *user)
{
    reading *r = user;
    if (r->n_fields == 0)
        return read_header(r, row);
    if (row->n != r->n_fields || row->has_nul)
        return autan_fail(r->err, AUTAN_BAD_FORMAT,
                          "%s:%zu: %zu fields where the header has %zu, or a NUL byte",
                          r->path, row->line, row->n, r->n_fields);
    return read_limits(r, row);
}

autan_status autan_limits_file_read(const char *path,
                                    const autan_station_table *stations,
                                    autan_month_limits limits[AUTAN_VARIABLES],
                                    autan_error *err)
{
    autan_month_limits made[AUTAN_VARIABLES] = {0};
    reading r = {.path = path, .stations = stations, .limits = made, .err = err};
    autan_status status = autan_csv_read(path, ',', on_row, &r, err);
    if (status == AUTAN_OK && r.n_fields == 0)
        status =
            autan_fail(err, AUTAN_BAD_FORMAT,
                       "%s: is empty, expected station,month,variable,low,high", path);
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        if (status == AUTAN_OK)
            limits[v] = made[v];
        else
            autan_month_limits_clear(&made[v]);
    }
    return status;
}
