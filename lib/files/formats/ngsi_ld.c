/* NGSI-LD WeatherObserved (Smart Data Models): one entity or a list, normalised
 * ({type, value}) or as key and value. Relative humidity is a fraction, wind m/s,
 * pressure hPa. The station is refDevice, stationCode or the end of the entity's id. */
#include <math.h>
#include <string.h>

#include "files/formats/record.h"

static const struct {
    const char *name;
    autan_variable variable;
    double scale;
} properties[] = {
    {"temperature", AUTAN_AIR_TEMPERATURE, 1},
    {"relativeHumidity", AUTAN_RELATIVE_HUMIDITY, 100},
    {"windSpeed", AUTAN_WIND_SPEED, 1},
    {"windDirection", AUTAN_WIND_FROM_DIRECTION, 1},
    {"atmosphericPressure", AUTAN_AIR_PRESSURE, 1},
    {"precipitation", AUTAN_PRECIPITATION_AMOUNT, 1},
    {"solarRadiation", AUTAN_GLOBAL_RADIATION, 1},
};

static bool recognises(const autan_sample *sample)
{
    return sample->json && strstr(sample->text, "WeatherObserved");
}

/* What a property holds, under value, object or @value. */
static const json_t *value_of(const json_t *entity, const char *name)
{
    const json_t *value = json_object_get(entity, name);
    static const char *const inner[] = {"value", "object", "@value"};
    for (int depth = 0; depth < 2; depth++) {
        for (size_t k = 0; json_is_object(value) && k < sizeof inner / sizeof *inner;
             k++) {
            const json_t *next = json_object_get(value, inner[k]);
            value = next ? next : value;
        }
    }
    return value;
}

/* A name itself, or what follows the last of its colons. */
static bool find_station(const autan_reading *r, const char *name, size_t *station)
{
    const char *colon = name ? strrchr(name, ':') : NULL;
    return autan_find_station(r, name, station) ||
           (colon && autan_find_station(r, colon + 1, station));
}

static bool find_entity_station(const autan_reading *r, const json_t *entity,
                                size_t *station)
{
    return find_station(r, json_string_value(value_of(entity, "refDevice")), station) ||
           find_station(r, json_string_value(value_of(entity, "stationCode")),
                        station) ||
           find_station(r, autan_json_text(entity, "id"), station);
}

static autan_status take_entity(autan_reading *r, const json_t *entity, size_t number)
{
    const char *text = json_string_value(value_of(entity, "dateObserved"));
    autan_observation row = autan_observation_of(0, 0);
    if (!find_entity_station(r, entity, &row.station))
        return autan_refuse(r, AUTAN_REJECT_STATION, number,
                            autan_json_text(entity, "id"));
    if (autan_time_of_iso(text, &row.time) != AUTAN_OK)
        return autan_refuse(r, AUTAN_REJECT_TIME, number, text);
    for (size_t k = 0; k < sizeof properties / sizeof *properties; k++) {
        const json_t *value = value_of(entity, properties[k].name);
        if (json_is_number(value))
            row.value[properties[k].variable] =
                json_number_value(value) * properties[k].scale;
    }
    return autan_accept(r, &row, number);
}

static autan_status read_ngsi_ld(autan_reading *r)
{
    json_t *json = NULL;
    autan_status status = autan_json_read(r, &json);
    if (status != AUTAN_OK)
        return status;
    if (json_is_object(json))
        status = take_entity(r, json, 1);
    for (size_t k = 0; status == AUTAN_OK && k < json_array_size(json); k++)
        status = take_entity(r, json_array_get(json, k), k + 1);
    json_decref(json);
    return status;
}

const autan_format autan_format_ngsi_ld = {"ngsi-ld", recognises, read_ngsi_ld};
