/* Weather Underground's personal stations: {observations: [{stationID, obsTimeUtc, ...,
 * metric: {...}}]}, current or history. Which member holds the values says their units;
 * precipitation is left out, for it adds up over the day. */
#include <math.h>
#include <string.h>

#include "files/formats/record.h"

/* Units of the four answers: degrees, wind and pressure to ours. */
static const struct {
    const char *member;
    double degree, zero, wind, pressure;
} units[] = {
    {"imperial", 1 / 1.8, -32 / 1.8, 0.44704, 33.8638867},
    {"metric", 1, 0, 1 / 3.6, 1},
    {"metric_si", 1, 0, 1, 1},
    {"uk_hybrid", 1, 0, 0.44704, 1},
};
enum { UNITS = sizeof units / sizeof *units };

static bool recognises(const autan_sample *sample)
{
    return sample->json && strstr(sample->text, "\"stationID\"");
}

/* The first of the members that is there. */
static double first_of(const json_t *object, const char *a, const char *b)
{
    double value = autan_json_number(object, a);
    return isnan(value) ? autan_json_number(object, b) : value;
}

/* Of a period the mean of greatest and least pressure. */
static double pressure(const json_t *values)
{
    double now = autan_json_number(values, "pressure");
    return isnan(now) ? (autan_json_number(values, "pressureMax") +
                         autan_json_number(values, "pressureMin")) /
                            2
                      : now;
}

static autan_status take_item(autan_reading *r, const json_t *item, size_t number)
{
    const char *id = autan_json_text(item, "stationID");
    const char *text = autan_json_text(item, "obsTimeUtc");
    autan_observation row = autan_observation_of(0, 0);
    if (!autan_find_station(r, id, &row.station))
        return autan_refuse(r, AUTAN_REJECT_STATION, number, id);
    if (autan_time_of_iso(text, &row.time) != AUTAN_OK)
        return autan_refuse(r, AUTAN_REJECT_TIME, number, text);
    row.value[AUTAN_RELATIVE_HUMIDITY] = first_of(item, "humidity", "humidityAvg");
    row.value[AUTAN_WIND_FROM_DIRECTION] = first_of(item, "winddir", "winddirAvg");
    row.value[AUTAN_GLOBAL_RADIATION] =
        first_of(item, "solarRadiation", "solarRadiationHigh");
    for (size_t k = 0; k < UNITS; k++) {
        const json_t *values = json_object_get(item, units[k].member);
        if (!values)
            continue;
        row.value[AUTAN_AIR_TEMPERATURE] =
            first_of(values, "temp", "tempAvg") * units[k].degree + units[k].zero;
        row.value[AUTAN_WIND_SPEED] =
            first_of(values, "windSpeed", "windspeedAvg") * units[k].wind;
        row.value[AUTAN_AIR_PRESSURE] = pressure(values) * units[k].pressure;
    }
    return autan_accept(r, &row, number);
}

static autan_status read_wunderground(autan_reading *r)
{
    json_t *json = NULL;
    const json_t *list;
    autan_status status = autan_json_read(r, &json);
    if (status != AUTAN_OK)
        return status;
    list = json_object_get(json, "observations");
    if (!json_is_array(list))
        status = autan_fail(r->err, AUTAN_BAD_FORMAT,
                            "%s: has no list named observations", r->source->path);
    for (size_t k = 0; status == AUTAN_OK && k < json_array_size(list); k++)
        status = take_item(r, json_array_get(list, k), k + 1);
    json_decref(json);
    return status;
}

const autan_format autan_format_wunderground = {"wunderground", recognises,
                                                read_wunderground};
