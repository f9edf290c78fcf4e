/* The measured variables: one table, the same for files, archive and checks. */
#ifndef AUTAN_DATA_VARIABLE_H
#define AUTAN_DATA_VARIABLE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    AUTAN_AIR_TEMPERATURE = 0,
    AUTAN_RELATIVE_HUMIDITY,
    AUTAN_WIND_SPEED,
    AUTAN_WIND_FROM_DIRECTION,
    AUTAN_AIR_PRESSURE,
    AUTAN_PRECIPITATION_AMOUNT,
    AUTAN_GLOBAL_RADIATION,
    AUTAN_VARIABLES /* how many there are */
} autan_variable;

typedef struct {
    const char *name;          /* column of the observation CSV */
    const char *unit;          /* unit there, as UDUNITS writes it */
    const char *standard_name; /* CF standard name */
    const char *long_name;
    /* What the quantity can be anywhere on land; a value outside is an instrument's
     * or a transmission's error. It is archived as it came and never used. */
    double lowest, highest;
} autan_variable_info;

/* The table's row; variable must be below AUTAN_VARIABLES. */
const autan_variable_info *autan_variable_get(autan_variable variable);

/* Finds a variable by its column name; false when there is none. */
bool autan_variable_find(const char *name, autan_variable *variable);

/* Whether a reading can be used at all: finite and within the table's limits. */
bool autan_variable_plausible(autan_variable variable, double value);

#ifdef __cplusplus
}
#endif
#endif
