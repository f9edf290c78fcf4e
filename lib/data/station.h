/* The stations of a network. */
#ifndef AUTAN_DATA_STATION_H
#define AUTAN_DATA_STATION_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char *id;         /* unique in the table */
    char *name;       /* the id where the table has none */
    double longitude; /* degrees east, WGS 84 */
    double latitude;  /* degrees north, WGS 84 */
    double elevation; /* m above mean sea level, NaN unknown */
    double x, y;      /* m, in the city's CRS; NaN until projected */
    char **attribute; /* one text for each attribute column of the table */
} autan_station;

typedef struct {
    size_t n;
    autan_station *station; /* in the order of the file */
    size_t n_attributes;
    char **attribute_name;
    size_t n_slots, *slot; /* where ids are found: places + 1, 0 where none is */
} autan_station_table;

/* Appends a station with the given id, other fields empty or NaN and
 * n_attributes attributes NULL. AUTAN_BAD_ARGUMENT when the id is taken. The pointer
 * to the new station holds until the next append. */
autan_status autan_station_append(autan_station_table *table, const char *id,
                                  autan_station **station);

/* The station's place in the table, or -1. */
long autan_station_find(const autan_station_table *table, const char *id);

/* Frees what the table owns and empties it. */
void autan_station_table_clear(autan_station_table *table);

#ifdef __cplusplus
}
#endif
#endif
