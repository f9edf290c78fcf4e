/* What the forecasts and alerts kept in the archive were worth. */
#ifndef AUTAN_VERIFICATION_H
#define AUTAN_VERIFICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "forecast/verify.h"
#include "heat/rule.h"
#include "town.h"

enum { VERIFY_LEADS = 12 }; /* days ahead 0 to 11 */

/* What is scored at the stations. */
enum {
    VERIFY_HOURLY = 0, /* air temperature; lead 1: the first 24 hours */
    VERIFY_MINIMUM,    /* of days; lead: days after the origin's date */
    VERIFY_MAXIMUM,
    VERIFY_HUMIDITY, /* hourly */
    VERIFY_QUANTITIES
};

/* Events of days at the stations; the last two only where the city has thresholds. */
enum {
    VERIFY_TROPICAL_NIGHT = 0,
    VERIFY_HOT_DAY,
    VERIFY_NIGHT_THRESHOLD,
    VERIFY_DAY_THRESHOLD,
    VERIFY_EVENTS
};

typedef struct {
    size_t n_forecasts, n_alerts, n_unreadable;
    autan_verify_tally score[VERIFY_QUANTITIES][VERIFY_LEADS];
    autan_verify_event event[VERIFY_EVENTS][VERIFY_LEADS];
    /* A level or a higher one, of the town and of its zones. */
    autan_contingency colour[2][AUTAN_LEVELS][VERIFY_LEADS];
    autan_verify_event level[2][AUTAN_LEVELS][VERIFY_LEADS];
} verification;

typedef struct {
    autan_time from, to; /* origins of forecasts, moments of alerts */
    autan_time now;      /* readings up to then are known */
    bool one_a_day;      /* the first forecast and alert of each day alone */
    bool colours;        /* alerts too: needs a model */
} verification_request;

const char *verification_quantity(size_t i);
const char *verification_event(size_t i);

/* Scores forecasts and alerts with the readings. The climatology of an hour or day: the
 * station's values on days within 15 of that day of the year, in all years, known at
 * the origin; persistence: the newest such hour or day known there. Nothing after an
 * origin goes into either. */
autan_status verification_make(town *town, const verification_request *request,
                               verification *v, autan_error *err);

#endif
