/* OGC SensorThings API 1.1 (OGC 18-088): observations below their Datastream, or with
 * it expanded in them; also Things with Datastreams with Observations, and the
 * dataArray form. What is observed is told by the observed property's or the
 * datastream's name, the unit by its symbol or name, the station by the Thing's
 * name, its number or the property "station". */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "files/formats/record.h"

static bool recognises(const autan_sample *sample)
{
    return sample->json && (strstr(sample->text, "@iot.") ||
                            strstr(sample->text, "\"phenomenonTime\""));
}

/* Words in the names of observed properties, in lower case; the first that fits. */
static const struct {
    const char *word;
    autan_variable variable;
} words[] = {
    {"humidity", AUTAN_RELATIVE_HUMIDITY},
    {"humidité", AUTAN_RELATIVE_HUMIDITY},
    {"dew", AUTAN_VARIABLES},
    {"gust", AUTAN_VARIABLES},
    {"water", AUTAN_VARIABLES},
    {"soil", AUTAN_VARIABLES},
    {"temperature", AUTAN_AIR_TEMPERATURE},
    {"température", AUTAN_AIR_TEMPERATURE},
    {"direction", AUTAN_WIND_FROM_DIRECTION},
    {"wind", AUTAN_WIND_SPEED},
    {"vent", AUTAN_WIND_SPEED},
    {"pressure", AUTAN_AIR_PRESSURE},
    {"pression", AUTAN_AIR_PRESSURE},
    {"precipitation", AUTAN_PRECIPITATION_AMOUNT},
    {"rain", AUTAN_PRECIPITATION_AMOUNT},
    {"radiation", AUTAN_GLOBAL_RADIATION},
    {"irradiance", AUTAN_GLOBAL_RADIATION},
};

static bool find_variable(const char *name, autan_variable *variable)
{
    char *lower = g_utf8_strdown(name ? name : "", -1);
    bool found = false;
    for (size_t k = 0; !found && k < sizeof words / sizeof *words; k++) {
        found = strstr(lower, words[k].word) != NULL;
        *variable = words[k].variable;
    }
    g_free(lower);
    return found && *variable != AUTAN_VARIABLES;
}

/* What is known of the observations being read. */
typedef struct {
    const json_t *datastream, *thing;
} context;

static bool find_thing(const autan_reading *r, const json_t *thing, size_t *station)
{
    const json_t *id = json_object_get(thing, "@iot.id");
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(id));
    return autan_find_station(
               r, autan_json_text(json_object_get(thing, "properties"), "station"),
               station) ||
           autan_find_station(r, autan_json_text(thing, "name"), station) ||
           autan_find_station(r, json_is_integer(id) ? number : json_string_value(id),
                              station);
}

/* By its symbol, else its name, whose words UDUNITS joins by underscores. */
static autan_status find_unit(autan_reading *r, const json_t *unit,
                              autan_variable variable, double *scale, double *offset)
{
    const char *symbol = autan_json_text(unit, "symbol");
    const char *name = autan_json_text(unit, "name");
    char *joined;
    autan_status status = AUTAN_OK;
    if (symbol && *symbol)
        status = autan_reading_unit(r, variable, symbol, scale, offset);
    if (!name || !*name || (symbol && *symbol && status == AUTAN_OK))
        return status;
    joined = g_strdelimit(g_strdup(name), " ", '_');
    status = autan_reading_unit(r, variable, joined, scale, offset);
    g_free(joined);
    return status;
}

static autan_status take_value(autan_reading *r, const context *c, const char *when,
                               const json_t *result, size_t number)
{
    const json_t *unit = json_object_get(c->datastream, "unitOfMeasurement");
    const char *property =
        autan_json_text(json_object_get(c->datastream, "ObservedProperty"), "name");
    const char *name = autan_json_text(c->datastream, "name");
    autan_observation row = autan_observation_of(0, 0);
    autan_variable variable;
    double scale = 1, offset = 0;
    autan_status status;
    if (!find_thing(r, c->thing, &row.station) && !autan_file_station(r, &row.station))
        return autan_refuse(r, AUTAN_REJECT_STATION, number,
                            autan_json_text(c->thing, "name"));
    status = autan_time_of_iso(when, &row.time);
    if (status != AUTAN_OK)
        return autan_refuse(
            r, status == AUTAN_OUT_OF_DOMAIN ? AUTAN_REJECT_DATE : AUTAN_REJECT_TIME,
            number, when);
    if (!find_variable(property, &variable) && !find_variable(name, &variable))
        return autan_refuse(r, AUTAN_REJECT_EMPTY, number, NULL);
    if (find_unit(r, unit, variable, &scale, &offset) != AUTAN_OK)
        return autan_refuse(r, AUTAN_REJECT_UNIT, number,
                            autan_json_text(unit, "symbol"));
    if (!json_is_number(result))
        return autan_refuse(r, AUTAN_REJECT_NUMBER, number, json_string_value(result));
    row.value[variable] = json_number_value(result) * scale + offset;
    return autan_accept(r, &row, number);
}

/* {components: [...], dataArray: [[...]]} */
static autan_status take_array(autan_reading *r, const json_t *block, const context *c)
{
    const json_t *names = json_object_get(block, "components");
    const json_t *rows = json_object_get(block, "dataArray");
    size_t time = 0, result = 1;
    autan_status status = AUTAN_OK;
    for (size_t k = 0; k < json_array_size(names); k++) {
        const char *name = json_string_value(json_array_get(names, k));
        if (name && strcmp(name, "phenomenonTime") == 0)
            time = k;
        if (name && strcmp(name, "result") == 0)
            result = k;
    }
    for (size_t k = 0; status == AUTAN_OK && k < json_array_size(rows); k++) {
        const json_t *row = json_array_get(rows, k);
        status = take_value(r, c, json_string_value(json_array_get(row, time)),
                            json_array_get(row, result), k + 1);
    }
    return status;
}

enum { NESTED_MOST = 8 };

/* Walks lists and entities down to the observations. */
static autan_status walk(autan_reading *r, const json_t *item, context c, size_t number,
                         int depth)
{
    static const char *const inside[] = {"value", "Things", "Datastreams",
                                         "Observations"};
    const json_t *stream = json_object_get(item, "Datastream");
    autan_status status = AUTAN_OK;
    if (depth > NESTED_MOST)
        return AUTAN_OK;
    for (size_t k = 0; json_is_array(item) && k < json_array_size(item); k++) {
        status = walk(r, json_array_get(item, k), c, k + 1, depth + 1);
        if (status != AUTAN_OK)
            return status;
    }
    if (json_object_get(item, "Datastreams"))
        c.thing = item;
    if (json_object_get(item, "Observations") ||
        json_object_get(item, "unitOfMeasurement"))
        c.datastream = item;
    if (stream)
        c.datastream = stream;
    if (json_object_get(c.datastream, "Thing"))
        c.thing = json_object_get(c.datastream, "Thing");
    if (json_object_get(item, "dataArray"))
        return take_array(r, item, &c);
    if (json_object_get(item, "result"))
        return take_value(r, &c, autan_json_text(item, "phenomenonTime"),
                          json_object_get(item, "result"), number);
    for (size_t k = 0; status == AUTAN_OK && k < sizeof inside / sizeof *inside; k++) {
        const json_t *next = json_object_get(item, inside[k]);
        if (next)
            status = walk(r, next, c, number, depth + 1);
    }
    return status;
}

static autan_status read_sensorthings(autan_reading *r)
{
    json_t *json = NULL;
    autan_status status = autan_json_read(r, &json);
    if (status == AUTAN_OK)
        status = walk(r, json, (context){0}, 1, 0);
    json_decref(json);
    return status;
}

const autan_format autan_format_sensorthings = {"sensorthings", recognises,
                                                read_sensorthings};
