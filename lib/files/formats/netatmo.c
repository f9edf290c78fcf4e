/* Netatmo's public data (getpublicdata): {body: [{_id, place, measures: {module: {res:
 * {time: [values]}, type: [names]}}}]}; rain and wind modules have members of their
 * own, each with its time. Times are UTC seconds, wind km/h. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "files/formats/record.h"

static bool recognises(const autan_sample *sample)
{
    return sample->json && strstr(sample->text, "\"measures\"") &&
           strstr(sample->text, "\"place\"");
}

static const struct {
    const char *type;
    autan_variable variable;
} types[] = {{"temperature", AUTAN_AIR_TEMPERATURE},
             {"humidity", AUTAN_RELATIVE_HUMIDITY},
             {"pressure", AUTAN_AIR_PRESSURE}};

static autan_status take_results(autan_reading *r, const json_t *module, size_t station,
                                 size_t number)
{
    const json_t *type = json_object_get(module, "type");
    const char *when;
    json_t *values;
    autan_status status = AUTAN_OK;
    json_object_foreach(json_object_get(module, "res"), when, values)
    {
        autan_observation row = autan_observation_of(0, station);
        double seconds = NAN;
        if (autan_number_parse(when, &seconds) != AUTAN_OK ||
            autan_time_of_seconds(seconds, &row.time) != AUTAN_OK) {
            autan_refuse(r, AUTAN_REJECT_TIME, number, when);
            continue;
        }
        for (size_t k = 0; k < json_array_size(values); k++) {
            const char *name = json_string_value(json_array_get(type, k));
            const json_t *value = json_array_get(values, k);
            for (size_t j = 0; name && j < sizeof types / sizeof *types; j++) {
                if (strcmp(types[j].type, name) == 0 && json_is_number(value))
                    row.value[types[j].variable] = json_number_value(value);
            }
        }
        if (status == AUTAN_OK)
            status = autan_accept(r, &row, number);
    }
    return status;
}

/* Rain of the last hour is left out: it overlaps from message to message. */
static autan_status take_wind(autan_reading *r, const json_t *module, size_t station,
                              size_t number)
{
    double when = autan_json_number(module, "wind_timeutc");
    double angle = autan_json_number(module, "wind_angle");
    autan_observation row = autan_observation_of(0, station);
    if (isnan(when))
        return AUTAN_OK;
    if (autan_time_of_seconds(when, &row.time) != AUTAN_OK)
        return autan_refuse(r, AUTAN_REJECT_TIME, number, "wind_timeutc");
    row.value[AUTAN_WIND_SPEED] = autan_json_number(module, "wind_strength") / 3.6;
    /* -1 in a calm. */
    row.value[AUTAN_WIND_FROM_DIRECTION] = angle < 0 ? (double)NAN : angle;
    return autan_accept(r, &row, number);
}

static autan_status take_station(autan_reading *r, const json_t *item, size_t number)
{
    const char *id = autan_json_text(item, "_id"), *name;
    json_t *module;
    size_t station;
    autan_status status = AUTAN_OK;
    if (!autan_find_station(r, id, &station))
        return autan_refuse(r, AUTAN_REJECT_STATION, number, id);
    json_object_foreach(json_object_get(item, "measures"), name, module)
    {
        (void)name;
        if (status == AUTAN_OK)
            status = take_results(r, module, station, number);
        if (status == AUTAN_OK)
            status = take_wind(r, module, station, number);
    }
    return status;
}

static autan_status read_netatmo(autan_reading *r)
{
    json_t *json = NULL;
    const json_t *body;
    autan_status status = autan_json_read(r, &json);
    if (status != AUTAN_OK)
        return status;
    body = json_is_array(json) ? json : json_object_get(json, "body");
    if (!json_is_array(body))
        status = autan_fail(r->err, AUTAN_BAD_FORMAT, "%s: has no list named body",
                            r->source->path);
    for (size_t k = 0; status == AUTAN_OK && k < json_array_size(body); k++)
        status = take_station(r, json_array_get(body, k), k + 1);
    json_decref(json);
    return status;
}

const autan_format autan_format_netatmo = {"netatmo", recognises, read_netatmo};
