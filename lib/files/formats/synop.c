/* SYNOP messages as Météo-France publishes them: `;`, UTC, K and Pa, `mq` missing, each
 * line ended by a delimiter. */
#include "files/formats/record.h"

static const char *const station_names[] = {"numer_sta", NULL};
static const char *const time_names[] = {"date", NULL};
static const char *const missing[] = {"mq", NULL};

static const autan_column columns[] = {
    {{"t"}, AUTAN_AIR_TEMPERATURE, 1, -273.15},
    {{"u"}, AUTAN_RELATIVE_HUMIDITY, 1, 0},
    {{"ff"}, AUTAN_WIND_SPEED, 1, 0},
    {{"dd"}, AUTAN_WIND_FROM_DIRECTION, 1, 0},
    {{"pres"}, AUTAN_AIR_PRESSURE, 0.01, 0},
    {{"rr1"}, AUTAN_PRECIPITATION_AMOUNT, 1, 0},
};

static bool recognises(const autan_sample *sample)
{
    return autan_sample_has(sample, "numer_sta");
}

static autan_status on_record(autan_reading *r, const autan_record *record)
{
    const char *station = autan_record_get(record, station_names);
    const char *text = autan_record_get(record, time_names);
    autan_observation row = autan_observation_of(0, 0);
    autan_status status;
    if (record->torn)
        return autan_refuse(r, AUTAN_REJECT_FIELDS, record->line, NULL);
    if (!autan_find_numbered_station(r, station, 5, &row.station))
        return autan_refuse(r, AUTAN_REJECT_STATION, record->line, station);
    status = text ? autan_time_of_digits(text, &row.time) : AUTAN_BAD_SYNTAX;
    if (status != AUTAN_OK)
        return autan_refuse(
            r, status == AUTAN_OUT_OF_DOMAIN ? AUTAN_REJECT_DATE : AUTAN_REJECT_TIME,
            record->line, text);
    if (!autan_take_columns(r, record, sizeof columns / sizeof *columns, columns,
                            missing, &row))
        return AUTAN_OK;
    /* A trace, less than can be measured. */
    if (row.value[AUTAN_PRECIPITATION_AMOUNT] == -0.1)
        row.value[AUTAN_PRECIPITATION_AMOUNT] = 0;
    return autan_accept(r, &row, record->line);
}

static autan_status read_synop(autan_reading *r)
{
    return autan_records_csv(r, on_record);
}

const autan_format autan_format_synop = {"synop", recognises, read_synop};
