#include "data/station.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static size_t hash_of(const char *id)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 0x100000001b3u;
    return (size_t)(hash ^ (hash >> 32));
}

/* The slot of an id, or the free one where it would be. There is always a free one. */
static size_t slot_of(const autan_station_table *table, const char *id)
{
    size_t s = hash_of(id) & (table->n_slots - 1);
    while (table->slot[s] && strcmp(table->station[table->slot[s] - 1].id, id) != 0)
        s = (s + 1) & (table->n_slots - 1);
    return s;
}

long autan_station_find(const autan_station_table *table, const char *id)
{
    return table->n_slots ? (long)table->slot[slot_of(table, id)] - 1 : -1;
}

/* Room for one more, half of the slots staying free. */
static autan_status grow_slots(autan_station_table *table)
{
    enum { FIRST = 64 };
    const size_t n = table->n_slots ? 2 * table->n_slots : FIRST;
    size_t *slot;
    if (2 * (table->n + 1) <= table->n_slots)
        return AUTAN_OK;
    slot = calloc(n, sizeof *slot);
    if (!slot)
        return AUTAN_NO_MEMORY;
    free(table->slot);
    table->slot = slot;
    table->n_slots = n;
    for (size_t i = 0; i < table->n; i++)
        slot[slot_of(table, table->station[i].id)] = i + 1;
    return AUTAN_OK;
}

autan_status autan_station_append(autan_station_table *table, const char *id,
                                  autan_station **station)
{
    autan_station made = {
        .longitude = NAN, .latitude = NAN, .elevation = NAN, .x = NAN, .y = NAN};
    /* Grown to the powers of two. */
    if ((table->n & (table->n - 1)) == 0) {
        size_t capacity = table->n ? 2 * table->n : 1;
        autan_station *grown =
            realloc(table->station, capacity * sizeof *table->station);
        if (!grown)
            return AUTAN_NO_MEMORY;
        table->station = grown;
    }
    if (grow_slots(table) != AUTAN_OK)
        return AUTAN_NO_MEMORY;
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
    table->slot[slot_of(table, id)] = table->n + 1;
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
    free(table->slot);
    *table = (autan_station_table){0};
}
