#include "files/mapping.h"

#include "config.h"

#include <stdlib.h>
#include <string.h>

#if HAVE_UDUNITS
#include <udunits2.h>
#endif

void autan_mapping_clear(autan_mapping *mapping)
{
    for (size_t k = 0; k < mapping->n_missing; k++)
        free(mapping->missing[k]);
    for (int v = 0; v < AUTAN_VARIABLES; v++)
        free(mapping->variable[v].column);
    free(mapping->missing);
    free(mapping->time);
    free(mapping->time_format);
    free(mapping->station);
    autan_zone_free(mapping->zone);
    *mapping = (autan_mapping){0};
}

/* Ways of writing that UDUNITS does not know or that stand without it. */
static const struct {
    autan_variable variable;
    const char *unit;
    double scale, offset;
} table[] = {
    {AUTAN_AIR_TEMPERATURE, "degC", 1, 0},
    {AUTAN_AIR_TEMPERATURE, "°C", 1, 0},
    {AUTAN_AIR_TEMPERATURE, "C", 1, 0},
    {AUTAN_AIR_TEMPERATURE, "K", 1, -273.15},
    {AUTAN_AIR_TEMPERATURE, "degF", 1 / 1.8, -32 / 1.8},
    {AUTAN_AIR_TEMPERATURE, "°F", 1 / 1.8, -32 / 1.8},
    {AUTAN_RELATIVE_HUMIDITY, "%", 1, 0},
    {AUTAN_RELATIVE_HUMIDITY, "1", 100, 0},
    {AUTAN_WIND_SPEED, "m s-1", 1, 0},
    {AUTAN_WIND_SPEED, "m/s", 1, 0},
    {AUTAN_WIND_SPEED, "km/h", 1 / 3.6, 0},
    {AUTAN_WIND_SPEED, "mph", 0.44704, 0},
    {AUTAN_WIND_SPEED, "kt", 1852.0 / 3600, 0},
    {AUTAN_WIND_FROM_DIRECTION, "degree", 1, 0},
    {AUTAN_WIND_FROM_DIRECTION, "°", 1, 0},
    {AUTAN_WIND_FROM_DIRECTION, "deg", 1, 0},
    {AUTAN_AIR_PRESSURE, "hPa", 1, 0},
    {AUTAN_AIR_PRESSURE, "mbar", 1, 0},
    {AUTAN_AIR_PRESSURE, "Pa", 0.01, 0},
    {AUTAN_AIR_PRESSURE, "inHg", 33.8638867, 0},
    {AUTAN_PRECIPITATION_AMOUNT, "mm", 1, 0},
    {AUTAN_PRECIPITATION_AMOUNT, "inch", 25.4, 0},
    {AUTAN_GLOBAL_RADIATION, "W m-2", 1, 0},
    {AUTAN_GLOBAL_RADIATION, "W/m2", 1, 0},
    {AUTAN_GLOBAL_RADIATION, "W/m²", 1, 0},
    /* UN/CEFACT recommendation 20, as NGSI-LD writes units. */
    {AUTAN_AIR_TEMPERATURE, "CEL", 1, 0},
    {AUTAN_AIR_TEMPERATURE, "FAH", 1 / 1.8, -32 / 1.8},
    {AUTAN_AIR_TEMPERATURE, "KEL", 1, -273.15},
    {AUTAN_RELATIVE_HUMIDITY, "P1", 1, 0},
    {AUTAN_RELATIVE_HUMIDITY, "C62", 100, 0},
    {AUTAN_WIND_SPEED, "MTS", 1, 0},
    {AUTAN_WIND_SPEED, "KMH", 1 / 3.6, 0},
    {AUTAN_WIND_SPEED, "HM", 0.44704, 0},
    {AUTAN_WIND_SPEED, "KNT", 1852.0 / 3600, 0},
    {AUTAN_WIND_FROM_DIRECTION, "DD", 1, 0},
    {AUTAN_AIR_PRESSURE, "A97", 1, 0},
    {AUTAN_AIR_PRESSURE, "MBR", 1, 0},
    {AUTAN_AIR_PRESSURE, "PAL", 0.01, 0},
    {AUTAN_AIR_PRESSURE, "KPA", 10, 0},
    {AUTAN_PRECIPITATION_AMOUNT, "MMT", 1, 0},
    {AUTAN_PRECIPITATION_AMOUNT, "INH", 25.4, 0},
    {AUTAN_GLOBAL_RADIATION, "D54", 1, 0},
};
enum { UNITS = sizeof table / sizeof *table };

#if HAVE_UDUNITS
/* By UDUNITS: every conversion between units of a variable is a straight line, so two
 * values tell it. */
static autan_status convert(const char *from, const char *to, double *scale,
                            double *offset)
{
    ut_system *system;
    ut_unit *given = NULL, *ours = NULL;
    cv_converter *line = NULL;
    autan_status status = AUTAN_BAD_SYNTAX;
    ut_set_error_message_handler(ut_ignore);
    system = ut_read_xml(NULL);
    if (!system)
        return status;
    given = ut_parse(system, from, UT_UTF8);
    ours = ut_parse(system, to, UT_UTF8);
    if (given && ours) {
        line = ut_get_converter(given, ours);
        status = line ? AUTAN_OK : AUTAN_OUT_OF_DOMAIN;
    }
    if (line) {
        *offset = cv_convert_double(line, 0);
        *scale = cv_convert_double(line, 1) - *offset;
    }
    cv_free(line);
    ut_free(given);
    ut_free(ours);
    ut_free_system(system);
    return status;
}
#endif

autan_status autan_unit_convert(autan_variable variable, const char *unit,
                                double *scale, double *offset)
{
    bool other = false;
    for (int k = 0; k < UNITS; k++) {
        if (strcmp(table[k].unit, unit) != 0)
            continue;
        other = true;
        if (table[k].variable != variable)
            continue;
        *scale = table[k].scale;
        *offset = table[k].offset;
        return AUTAN_OK;
    }
#if HAVE_UDUNITS
    if (!other)
        return convert(unit, autan_variable_get(variable)->unit, scale, offset);
#endif
    return other ? AUTAN_OUT_OF_DOMAIN : AUTAN_BAD_SYNTAX;
}
