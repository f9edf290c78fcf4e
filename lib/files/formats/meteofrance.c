/* Météo-France's station files: hourly (H_) and 6-minute (MN_) CSV, `;`, UTC.
 *
 * Each column X has a code QX: 0 protected, 1 validated, 2 doubtful, 9 filtered; what
 * is doubtful is left out. NUM_POSTE may have a leading blank, and the hour and minute
 * of old MN_ files are not padded. An hour's values are stamped with its end. */
#include <stdio.h>
#include <string.h>

#include "files/formats/record.h"

static const char *const station_names[] = {"NUM_POSTE", NULL};
static const char *const time_names[] = {"AAAAMMJJHHMN", "AAAAMMJJHH", NULL};

/* GLO is J cm-2 in the hour. */
static const autan_column columns[] = {
    {{"T"}, AUTAN_AIR_TEMPERATURE, 1, 0},
    {{"U"}, AUTAN_RELATIVE_HUMIDITY, 1, 0},
    {{"FF"}, AUTAN_WIND_SPEED, 1, 0},
    {{"DD"}, AUTAN_WIND_FROM_DIRECTION, 1, 0},
    {{"PSTAT"}, AUTAN_AIR_PRESSURE, 1, 0},
    {{"RR1", "RR"}, AUTAN_PRECIPITATION_AMOUNT, 1, 0},
    {{"GLO"}, AUTAN_GLOBAL_RADIATION, 10000.0 / 3600, 0},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static bool recognises(const autan_sample *sample)
{
    return autan_sample_has(sample, "NUM_POSTE");
}

/* The digits of the date, hour and minute padded where they are not. */
static autan_status parse_time(const char *text, bool minutes, autan_time *time)
{
    char padded[16];
    size_t length = strlen(text);
    if (minutes && length > 8 && length < 12)
        snprintf(padded, sizeof padded, "%.8s%04d", text, atoi(text + 8));
    else
        snprintf(padded, sizeof padded, "%.15s", text);
    return autan_time_of_digits(padded, time);
}

static bool doubtful(const autan_record *record, const char *column)
{
    char name[16];
    const char *names[] = {name, NULL}, *code;
    snprintf(name, sizeof name, "Q%s", column);
    code = autan_record_get(record, names);
    return code && strcmp(code, "2") == 0;
}

static bool take_values(autan_reading *r, const autan_record *record,
                        autan_observation *row)
{
    for (size_t k = 0; k < COLUMNS; k++) {
        bool refused = false;
        for (size_t j = 0; columns[k].name[j]; j++)
            refused |= doubtful(record, columns[k].name[j]);
        if (!refused && !autan_take_columns(r, record, 1, &columns[k], NULL, row))
            return false;
    }
    return true;
}

static autan_status on_record(autan_reading *r, const autan_record *record)
{
    const char *station = autan_record_get(record, station_names);
    const char *text = autan_record_get(record, time_names);
    autan_observation row = autan_observation_of(0, 0);
    autan_status status;
    if (record->torn)
        return autan_refuse(r, AUTAN_REJECT_FIELDS, record->line, NULL);
    if (!autan_find_numbered_station(r, station, 8, &row.station))
        return autan_refuse(r, AUTAN_REJECT_STATION, record->line, station);
    status =
        text ? parse_time(text, autan_sample_has(r->sample, "AAAAMMJJHHMN"), &row.time)
             : AUTAN_BAD_SYNTAX;
    if (status != AUTAN_OK)
        return autan_refuse(
            r, status == AUTAN_OUT_OF_DOMAIN ? AUTAN_REJECT_DATE : AUTAN_REJECT_TIME,
            record->line, text);
    if (!take_values(r, record, &row))
        return AUTAN_OK;
    return autan_accept(r, &row, record->line);
}

static autan_status read_meteofrance(autan_reading *r)
{
    return autan_records_csv(r, on_record);
}

const autan_format autan_format_meteofrance = {"meteofrance", recognises,
                                               read_meteofrance};
