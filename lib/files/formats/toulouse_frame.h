/* The 96-bit message of a station of Toulouse's network. */
#ifndef AUTAN_FILES_FORMATS_TOULOUSE_FRAME_H
#define AUTAN_FILES_FORMATS_TOULOUSE_FRAME_H

#include <stdbool.h>

#include "base/calendar.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int id;                      /* the network's number of the station */
    autan_time time;             /* UTC, the end of the quarter of an hour */
    double air_temperature;      /* degC, mean of the quarter */
    double relative_humidity;    /* % */
    double precipitation_amount; /* mm in the quarter */
    double wind_speed;           /* m s-1, of the mean vector */
    double wind_to_direction;    /* degree: where the wind goes */
    double air_pressure;         /* hPa */
    bool substation;             /* sent by a substation; else by an ISS */
} autan_toulouse_frame;

/* Decodes 24 hexadecimal digits. False, with a reason in English, for what no station
 * sends: another length, an impossible date, a message number outside 1 to 96, tenths
 * above 9, humidity above 100 %, an unknown type, one byte over and over. Bits, from
 * the first: id 7, month 4, day 5, year less 2019 4, number of the message (a quarter
 * of an hour each, from 1) 7, whole degrees plus 50 7, tenths 4, humidity 7, tips of
 * 0.2 mm 7, direction / 2 8, speed 7 (km/h, above 80 in steps of 2), pressure less 900
 * hPa 8, gust direction 4, gust 7, most tips in a minute 4, type 6. */
bool autan_toulouse_decode(const char *hex, autan_toulouse_frame *frame,
                           const char **reason);

#ifdef __cplusplus
}
#endif
#endif
