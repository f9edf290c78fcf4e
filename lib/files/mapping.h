/* How to read a CSV of which nothing is known: columns, units, time and missing codes,
 * as a city file's [mapping] section tells them. */
#ifndef AUTAN_FILES_MAPPING_H
#define AUTAN_FILES_MAPPING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/variable.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char *column;         /* NULL: not in the file */
    double scale, offset; /* value = scale * written + offset */
} autan_mapped_variable;

typedef struct {
    bool given;        /* a city file has the section */
    char delimiter;    /* 0: told from the header */
    char *time;        /* column of the time */
    char *time_format; /* as of strptime; NULL: ISO 8601 */
    autan_zone *zone;  /* of times without one; NULL: UTC */
    char *station;     /* column of the station; NULL: the whole file is of one */
    size_t n_missing;  /* texts that mean no value, besides the empty one */
    char **missing;
    autan_mapped_variable variable[AUTAN_VARIABLES];
} autan_mapping;

void autan_mapping_clear(autan_mapping *mapping);

/* The conversion from a unit, as UDUNITS writes it (degF, km/h, Pa, kt, inch), to that
 * of the variable. Without UDUNITS a short list is known. AUTAN_BAD_SYNTAX for a unit
 * that is not known; AUTAN_OUT_OF_DOMAIN for one of another quantity. */
autan_status autan_unit_convert(autan_variable variable, const char *unit,
                                double *scale, double *offset);

#ifdef __cplusplus
}
#endif
#endif
