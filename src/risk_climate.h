/* The climate that a town's days are held against, from its archive. */
#ifndef AUTAN_RISK_CLIMATE_H
#define AUTAN_RISK_CLIMATE_H

#include "heat/days.h"
#include "town.h"

/* Days of the stations' mean, whatever stations there were. low and high are minimum
 * and maximum as Meteo-France counts them. */
typedef struct {
    double years;          /* of the archive */
    bool known;            /* made of AUTAN_CLIMATE_YEARS years or more */
    autan_climate climate; /* of the mean of the stations */
    autan_time first;      /* 00 UTC of the first day */
    size_t n;              /* days; 0 where the climate is not known */
    double *low, *high;    /* degC */
} town_climate;

/* From readings up to `until` alone. An archive that is too short is no error. Clear
 * with town_climate_clear. */
autan_status town_climate_make(town *town, autan_time until, town_climate *climate,
                               autan_error *err);
void town_climate_clear(town_climate *climate);

#endif
