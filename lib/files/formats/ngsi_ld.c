/* NGSI-LD WeatherObserved (Smart Data Models): one entity, a list or a collection of
 * GeoJSON, normalised ({type, value}) or as key and value. Without a unitCode relative
 * humidity is a fraction (above 1.5 it can only be meant as %), wind m/s, pressure hPa.
 * The station is refDevice, stationCode or the end of the entity's id. */
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

/* A property in the variable's unit, NaN without a number; false, after refusing the
 * row, for a unit that is not one of the variable's. */
static bool take_property(autan_reading *r, const json_t *entity, const char *name,
                          autan_variable variable, double scale, size_t number,
                          double *taken)
{
    const char *unit = autan_json_text(json_object_get(entity, name), "unitCode");
    const json_t *value = value_of(entity, name);
    double offset = 0;
    *taken = NAN;
    if (!json_is_number(value))
        return true;
    if (unit && autan_reading_unit(r, variable, unit, &scale, &offset) != AUTAN_OK) {
        autan_refuse(r, AUTAN_REJECT_UNIT, number, unit);
        return false;
    }
    *taken = json_number_value(value);
    if (!unit && variable == AUTAN_RELATIVE_HUMIDITY && *taken > 1.5)
        scale = 1;
    *taken = *taken * scale + offset;
    return true;
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
           find_station(r, json_string_value(value_of(entity, "stationCode")), station);
}

/* When it was observed; some brokers give that with the property alone. */
static const char *time_of(const json_t *entity)
{
    const char *text = json_string_value(value_of(entity, "dateObserved"));
    for (size_t k = 0; !text && k < sizeof properties / sizeof *properties; k++)
        text =
            autan_json_text(json_object_get(entity, properties[k].name), "observedAt");
    return text;
}

static autan_status take_entity(autan_reading *r, const json_t *item, size_t number)
{
    const json_t *inside = json_object_get(item, "properties");
    const json_t *entity = inside ? inside : item;
    const char *text = time_of(entity), *id = autan_json_text(item, "id");
    autan_observation row = autan_observation_of(0, 0);
    if (!find_entity_station(r, entity, &row.station) &&
        !find_station(r, id, &row.station))
        return autan_refuse(r, AUTAN_REJECT_STATION, number, id);
    if (autan_time_of_iso(text, &row.time) != AUTAN_OK)
        return autan_refuse(r, AUTAN_REJECT_TIME, number, text);
    for (size_t k = 0; k < sizeof properties / sizeof *properties; k++) {
        if (!take_property(r, entity, properties[k].name, properties[k].variable,
                           properties[k].scale, number,
                           &row.value[properties[k].variable]))
            return AUTAN_OK;
    }
    return autan_accept(r, &row, number);
}

static autan_status read_ngsi_ld(autan_reading *r)
{
    json_t *json = NULL;
    const json_t *list;
    autan_status status = autan_json_read(r, &json);
    if (status != AUTAN_OK)
        return status;
    list = json_object_get(json, "features");
    list = list ? list : json;
    if (json_is_object(list))
        status = take_entity(r, list, 1);
    for (size_t k = 0; status == AUTAN_OK && k < json_array_size(list); k++)
        status = take_entity(r, json_array_get(list, k), k + 1);
    json_decref(json);
    return status;
}

const autan_format autan_format_ngsi_ld = {"ngsi-ld", recognises, read_ngsi_ld};
