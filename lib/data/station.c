#include "data/station.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

long autan_station_find(const autan_station_table *table, const char *id)
{
    for (size_t i = 0; i < table->n; i++) {
        if (strcmp(table->station[i].id, id) == 0)
            return (long)i;
    }
    return -1;
}

autan_status autan_station_append(autan_station_table *table, const char *id,
                                  autan_station **station)
{
    autan_station made = {.longitude = NAN, .latitude = NAN, .elevation = NAN,
                          .x = NAN, .y = NAN};
    /* Grown to the powers of two. */
    if ((table->n & (table->n - 1)) == 0) {
        size_t capacity = table->n ? 2 * table->n : 1;
        autan_station *grown =
            realloc(table->station, capacity * sizeof *table->station);
        if (!grown)
            return AUTAN_NO_MEMORY;
        table->station = grown;
    }
    if (autan_station_find(table, id) >= 0)
        return AUTAN_BAD_ARGUMENT;
    made.id = strdup(id);
    made.attribute = calloc(table->n_attributes + 1, sizeof *made.attribute);
    if (!made.id || !made.attribute) {
        free(made.id);
        free(made.attribute);
        return AUTAN_NO_MEMORY;
    }
    table->station[table->n] = made;
    *station = &table->station[table->n++];
    return AUTAN_OK;
}

void autan_station_table_clear(autan_station_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        autan_station *station = &table->station[i];
        for (size_t k = 0; k < table->n_attributes; k++)
            free(station->attribute[k]);
        free(station->attribute);
        free(station->id);
        free(station->name);
    }
    for (size_t k = 0; k < table->n_attributes; k++)
        free(table->attribute_name[k]);
    free(table->attribute_name);
    free(table->station);
    *table = (autan_station_table){0};
}
