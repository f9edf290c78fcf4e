/* Any other CSV, read as a city file's [mapping] section says. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/number.h"
#include "files/formats/record.h"

static bool recognises(const autan_sample *sample)
{
    return !sample->json;
}

/* A date and time by a format of strptime; seconds since 1970 with %s. */
static autan_status parse_time(autan_reading *r, const char *text, size_t station,
                               autan_time *time)
{
    const autan_mapping *m = r->source->mapping;
    struct tm tm = {.tm_mday = 1};
    const char *end;
    double seconds;
    if (!m->time_format)
        return autan_time_parse(text, time);
    if (strcmp(m->time_format, "%s") == 0) {
        if (autan_number_parse(text, &seconds) != AUTAN_OK)
            return AUTAN_BAD_SYNTAX;
        return autan_time_of_seconds(seconds, time);
    }
    end = strptime(text, m->time_format, &tm);
    if (!end || *end)
        return AUTAN_BAD_SYNTAX;
    /* With an offset in the text (%z) the clock there is no matter of the zone. */
    if (strstr(m->time_format, "%z")) {
        *time = timegm(&tm) - tm.tm_gmtoff;
        return AUTAN_OK;
    }
    return autan_local_moment(r, m->zone, station,
                              &(autan_civil){.year = tm.tm_year + 1900,
                                             .month = tm.tm_mon + 1,
                                             .day = tm.tm_mday,
                                             .hour = tm.tm_hour,
                                             .minute = tm.tm_min,
                                             .second = tm.tm_sec},
                              time);
}

/* A decimal comma, where the fields are not separated by commas, is a point. */
static void copy_number(const autan_reading *r, const char *text, char copy[64])
{
    char *comma;
    snprintf(copy, 64, "%s", text);
    comma = r->sample->delimiter == ',' ? NULL : strchr(copy, ',');
    if (comma)
        *comma = '.';
}

/* Whether a text is one of the missing codes, or the same number: -999 is written
 * -999.0 too. */
static bool is_missing(const autan_mapping *m, const char *text)
{
    double value, code;
    bool number = autan_number_parse(text, &value) == AUTAN_OK;
    for (size_t k = 0; k < m->n_missing; k++) {
        if (strcmp(text, m->missing[k]) == 0 ||
            (number && autan_number_parse(m->missing[k], &code) == AUTAN_OK &&
             value == code))
            return true;
    }
    return false;
}

static bool take_values(autan_reading *r, const autan_record *record,
                        autan_observation *row)
{
    const autan_mapping *m = r->source->mapping;
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        const char *names[] = {m->variable[v].column, NULL};
        const char *text = names[0] ? autan_record_get(record, names) : NULL;
        char copy[64];
        double value;
        if (!text)
            continue;
        copy_number(r, text, copy);
        if (is_missing(m, copy))
            continue;
        if (!autan_take_number(r, copy, record->line, &value))
            return false;
        row->value[v] = value * m->variable[v].scale + m->variable[v].offset;
    }
    return true;
}

static autan_status on_record(autan_reading *r, const autan_record *record)
{
    const autan_mapping *m = r->source->mapping;
    const char *names[] = {m->station, NULL}, *id = NULL, *text;
    autan_observation row = autan_observation_of(0, 0);
    autan_status status;
    if (record->torn)
        return autan_refuse(r, AUTAN_REJECT_FIELDS, record->line, NULL);
    if (m->station)
        id = autan_record_get(record, names);
    if (!(m->station ? autan_find_station(r, id, &row.station)
                     : autan_file_station(r, &row.station)))
        return autan_refuse(r, AUTAN_REJECT_STATION, record->line, id);
    names[0] = m->time;
    text = autan_record_get(record, names);
    status = text ? parse_time(r, text, row.station, &row.time) : AUTAN_BAD_SYNTAX;
    if (status != AUTAN_OK)
        return autan_refuse(
            r, status == AUTAN_OUT_OF_DOMAIN ? AUTAN_REJECT_DATE : AUTAN_REJECT_TIME,
            record->line, text);
    if (!take_values(r, record, &row))
        return AUTAN_OK;
    return autan_accept(r, &row, record->line);
}

/* A column that the header does not have would leave every row empty. */
static autan_status check_columns(autan_reading *r)
{
    const autan_mapping *m = r->source->mapping;
    const char *column[AUTAN_VARIABLES + 2] = {m->time, m->station};
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        column[v + 2] = m->variable[v].column;
    for (size_t k = 0; k < AUTAN_VARIABLES + 2; k++) {
        if (column[k] && !autan_sample_has(r->sample, column[k]))
            return autan_fail(r->err, AUTAN_BAD_FORMAT,
                              "%s:1: has no column '%s', which [mapping] names",
                              r->source->path, column[k]);
    }
    return AUTAN_OK;
}

static autan_status read_mapped(autan_reading *r)
{
    autan_status status;
    if (!r->source->mapping)
        return autan_fail(r->err, AUTAN_BAD_CONFIG,
                          "%s: needs a [mapping] section in the city file",
                          r->source->path);
    status = check_columns(r);
    return status == AUTAN_OK ? autan_records_csv(r, on_record) : status;
}

const autan_format autan_format_mapped = {"mapped", recognises, read_mapped};
