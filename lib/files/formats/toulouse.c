/* Readings of Toulouse Métropole's network, as its Opendatasoft portal gives them:
 * API v2.1 and v1 JSON, exports as JSON or CSV, with the fields' names or their labels,
 * in the three schemas of its data sets.
 *
 * A record holds the station's raw message beside what was decoded from it; where it is
 * there, it must agree. The portal's field of the wind's direction holds what the
 * message says, where the wind goes: half a turn makes it where it comes from. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "files/formats/record.h"
#include "files/formats/toulouse_frame.h"

/* Names of the fields, then labels. */
static const char *const frame_names[] = {"data", NULL};
static const char *const id_names[] = {"id", NULL};
static const char *const set_names[] = {"station", "datasetid", "dataset_id", NULL};
static const char *const false_names[] = {"false_message", NULL};
static const char *const utc_names[] = {"heure_utc", "dd_mm_yy_hh_mm_utc", "date",
                                        "mm_dd_yy_hh_mm", NULL};
static const char *const paris_names[] = {"heure_de_paris", "dd_mm_yy_hh_mm", NULL};
static const char *const temperature_names[] = {"temperature_en_degre_c", "temperature",
                                                NULL};
static const char *const humidity_names[] = {"humidite", "humidity", NULL};
static const char *const rain_names[] = {"pluie_en_mm", "pluie", NULL};
static const char *const rain_mm_names[] = {"pluie_en_mm", NULL};
static const char *const pressure_names[] = {"pression_en_hpa", "pression", "pressure",
                                             NULL};
static const char *const raw_pressure_names[] = {"pression", NULL};
static const char *const speed_names[] = {"force_moyenne_du_vecteur_vent", NULL};
static const char *const direction_names[] = {"direction_du_vecteur_vent_moyen", NULL};

/* What 48 bits set says: an old station whose message means nothing. */
static const char false_message[] = "281474976710655";

enum { AGREE_S = 60 }; /* between message and record */

static bool recognises(const autan_sample *sample)
{
    if (sample->json)
        return strstr(sample->text, "\"heure_utc\"") ||
               strstr(sample->text, "\"heure_de_paris\"") ||
               strstr(sample->text, "\"direction_du_vecteur") ||
               strstr(sample->text, "\"nhits\"") ||
               strstr(sample->text, "\"total_count\"");
    return autan_sample_has(sample, "heure_utc") ||
           autan_sample_has(sample, "heure_de_paris") ||
           autan_sample_has(sample, "direction_du_vecteur_vent_moyen") ||
           (autan_sample_has(sample, "display_date") &&
            autan_sample_has(sample, "temperature"));
}

/* A text without a zone is UTC, as heure_utc is often written. */
static autan_status parse_utc(const char *text, autan_time *time)
{
    char zoned[64];
    if (autan_time_of_iso(text, time) == AUTAN_OK)
        return AUTAN_OK;
    snprintf(zoned, sizeof zoned, "%.60sZ", text);
    return autan_time_of_iso(zoned, time);
}

/* Paris time with its offset, or by the clocks there. */
static autan_status parse_paris(autan_reading *r, const char *text, size_t station,
                                autan_time *time)
{
    autan_civil clock;
    autan_status status = autan_time_of_iso(text, time);
    if (status != AUTAN_BAD_SYNTAX)
        return status;
    status = parse_utc(text, time);
    if (status != AUTAN_OK)
        return status;
    autan_civil_utc(*time, &clock);
    return autan_local_moment(r, r->source->zone, station, &clock, time);
}

/* The record's own time: UTC, or Paris time; the message's where it has none. */
static autan_status find_time(autan_reading *r, const autan_record *record,
                              size_t station, autan_time *time, const char **text)
{
    const char *hex = autan_record_get(record, frame_names), *reason;
    autan_toulouse_frame frame;
    *text = autan_record_get(record, utc_names);
    if (*text)
        return parse_utc(*text, time);
    *text = autan_record_get(record, paris_names);
    if (*text)
        return parse_paris(r, *text, station, time);
    if (!hex || !autan_toulouse_decode(hex, &frame, &reason))
        return AUTAN_BAD_SYNTAX;
    *time = frame.time;
    return AUTAN_OK;
}

/* By the data set's name, in the record or the file's name, else by the network's
 * number where only one station has it. */
static bool find_station(autan_reading *r, const autan_record *record, size_t *station)
{
    const autan_station_table *stations = r->source->stations;
    const char *id = autan_record_get(record, id_names);
    size_t count = 0;
    if (autan_find_station(r, autan_record_get(record, set_names), station) ||
        autan_file_station(r, station))
        return true;
    for (size_t a = 0; id && a < stations->n_attributes; a++) {
        if (strcmp(stations->attribute_name[a], "number") != 0)
            continue;
        for (size_t i = 0; i < stations->n; i++) {
            const char *number = stations->station[i].attribute[a];
            if (!number || strcmp(number, id) != 0)
                continue;
            *station = i;
            count++;
        }
    }
    return count == 1;
}

/* A number of the record, NaN when missing; false after refusing the row. */
static bool take(autan_reading *r, const autan_record *record, const char *const *names,
                 double *value)
{
    return autan_take_number(r, autan_record_get(record, names), record->line, value);
}

/* Pascal, hectopascal or, in four data sets, hectopascal less 900. */
static double pressure_hpa(double value)
{
    if (value > 20000)
        return value / 100;
    return value < 256 ? value + 900 : value;
}

static bool take_values(autan_reading *r, const autan_record *record,
                        autan_observation *row)
{
    double *value = row->value, raw_pressure, rain_mm, direction;
    if (!take(r, record, temperature_names, &value[AUTAN_AIR_TEMPERATURE]) ||
        !take(r, record, humidity_names, &value[AUTAN_RELATIVE_HUMIDITY]) ||
        !take(r, record, pressure_names, &value[AUTAN_AIR_PRESSURE]) ||
        !take(r, record, raw_pressure_names, &raw_pressure) ||
        !take(r, record, rain_names, &value[AUTAN_PRECIPITATION_AMOUNT]) ||
        !take(r, record, rain_mm_names, &rain_mm) ||
        !take(r, record, speed_names, &value[AUTAN_WIND_SPEED]) ||
        !take(r, record, direction_names, &direction))
        return false;
    value[AUTAN_AIR_PRESSURE] = pressure_hpa(value[AUTAN_AIR_PRESSURE]);
    value[AUTAN_WIND_SPEED] /= 3.6;
    /* Those data sets give rain in tips of the bucket too. */
    if (raw_pressure < 256 && isnan(rain_mm))
        value[AUTAN_PRECIPITATION_AMOUNT] *= 0.2;
    /* A calm has no direction. */
    if (value[AUTAN_WIND_SPEED] > 0)
        value[AUTAN_WIND_FROM_DIRECTION] = fmod(direction + 180, 360);
    return true;
}

static bool differs(double a, double b, double tolerance)
{
    return fabs(a - b) > tolerance; /* not of NaN, which is missing */
}

/* Checks the record by its message; the message's wind and rain are used, for they are
 * what the portal's fields are made of, the steps of strong wind decoded. */
static bool agrees(autan_reading *r, const autan_record *record, const char *hex,
                   autan_observation *row)
{
    autan_toulouse_frame f;
    const char *id = autan_record_get(record, id_names), *reason;
    double *value = row->value;
    if (!autan_toulouse_decode(hex, &f, &reason)) {
        autan_refuse(r, AUTAN_REJECT_MESSAGE, record->line, reason);
        return false;
    }
    reason = NULL;
    if (id && atoi(id) != f.id)
        reason = "station";
    else if (llabs(row->time - f.time) > AGREE_S)
        reason = "time";
    else if (differs(value[AUTAN_AIR_TEMPERATURE], f.air_temperature, 0.06))
        reason = "temperature";
    else if (differs(value[AUTAN_RELATIVE_HUMIDITY], f.relative_humidity, 0.6))
        reason = "humidity";
    else if (differs(value[AUTAN_AIR_PRESSURE], f.air_pressure, 1.1))
        reason = "pressure";
    if (reason) {
        autan_refuse(r, AUTAN_REJECT_DISAGREES, record->line, reason);
        return false;
    }
    if (!isnan(value[AUTAN_WIND_SPEED]))
        value[AUTAN_WIND_SPEED] = f.wind_speed;
    if (!isnan(value[AUTAN_PRECIPITATION_AMOUNT]))
        value[AUTAN_PRECIPITATION_AMOUNT] = f.precipitation_amount;
    return true;
}

/* A station without its sensor sends zeros: -50 degC, 0 %, 900 hPa. */
static bool is_empty_message(const autan_observation *row)
{
    return row->value[AUTAN_AIR_TEMPERATURE] == -50 &&
           row->value[AUTAN_RELATIVE_HUMIDITY] == 0;
}

static autan_status on_record(autan_reading *r, const autan_record *record)
{
    const char *hex = autan_record_get(record, frame_names), *text;
    const char *is_false = autan_record_get(record, false_names);
    autan_observation row = autan_observation_of(0, 0);
    autan_status status;
    if (record->torn)
        return autan_refuse(r, AUTAN_REJECT_FIELDS, record->line, NULL);
    if (is_false && strcmp(is_false, false_message) == 0)
        return autan_refuse(r, AUTAN_REJECT_MESSAGE, record->line, "a false message");
    if (!find_station(r, record, &row.station)) {
        text = autan_record_get(record, set_names);
        return autan_refuse(r, AUTAN_REJECT_STATION, record->line,
                            text ? text : autan_record_get(record, id_names));
    }
    status = find_time(r, record, row.station, &row.time, &text);
    if (status != AUTAN_OK)
        return autan_refuse(
            r, status == AUTAN_OUT_OF_DOMAIN ? AUTAN_REJECT_DATE : AUTAN_REJECT_TIME,
            record->line, text);
    if (!take_values(r, record, &row) || (hex && !agrees(r, record, hex, &row)))
        return AUTAN_OK;
    if (is_empty_message(&row))
        return autan_refuse(r, AUTAN_REJECT_FAULT, record->line, "-50 degC, 0 %");
    return autan_accept(r, &row, record->line);
}

/* v2.1 {results: [{...}]} or [{...}]; v2.0 {records: [{record: {fields}}]}; v1
 * {records: [{datasetid, fields}]}. */
static autan_status on_item(autan_reading *r, const json_t *item, size_t number)
{
    const json_t *inner = json_object_get(item, "record");
    const json_t *fields = json_object_get(inner ? inner : item, "fields");
    json_t *whole = json_copy((json_t *)(fields ? fields : item));
    const char *set = autan_json_text(item, "datasetid");
    autan_record *record;
    autan_status status;
    if (set && !json_object_get(whole, "station"))
        json_object_set_new(whole, "datasetid", json_string(set));
    record = autan_record_of_json(whole, number);
    status = on_record(r, record);
    autan_record_free(record);
    json_decref(whole);
    return status;
}

static autan_status read_json(autan_reading *r)
{
    json_t *json = NULL;
    const json_t *list;
    const char *error;
    autan_status status = autan_json_read(r, &json);
    if (status != AUTAN_OK)
        return status;
    list = json_is_array(json) ? json : json_object_get(json, "results");
    if (!list)
        list = json_object_get(json, "records");
    error = autan_json_text(json, "message");
    if (!json_is_array(list))
        status = autan_fail(
            r->err, AUTAN_BAD_FORMAT, "%s: holds no list of results or records%s%.200s",
            r->source->path, error ? "; the portal says: " : "", error ? error : "");
    for (size_t k = 0; status == AUTAN_OK && k < json_array_size(list); k++) {
        const json_t *item = json_array_get(list, k);
        status = json_is_object(item)
                     ? on_item(r, item, k + 1)
                     : autan_refuse(r, AUTAN_REJECT_FIELDS, k + 1, NULL);
    }
    json_decref(json);
    return status;
}

static autan_status read_toulouse(autan_reading *r)
{
    return r->sample->json ? read_json(r) : autan_records_csv(r, on_record);
}

const autan_format autan_format_toulouse = {"toulouse", recognises, read_toulouse};
