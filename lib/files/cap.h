/* Alerts in the Common Alerting Protocol 1.2 (OASIS), with MeteoAlarm's parameters. */
#ifndef AUTAN_FILES_CAP_H
#define AUTAN_FILES_CAP_H

#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { AUTAN_CAP_ALERT = 0, AUTAN_CAP_UPDATE, AUTAN_CAP_CANCEL } autan_cap_type;

/* A place: its name and polygon, "lat,lon lat,lon ..." closed; geocode may be NULL. */
typedef struct {
    const char *name, *polygon, *geocode;
} autan_cap_area;

/* What is said in one language of one level. */
typedef struct {
    const char *language; /* fr-FR */
    const char *event, *headline, *description, *instruction;
    int level;     /* 1 yellow, 2 orange, 3 red */
    double chance; /* 0 to 1 */
    autan_time onset, expires;
    size_t n_areas;
    const autan_cap_area *area;
} autan_cap_info;

typedef struct {
    const char *identifier, *sender, *status; /* Actual, Exercise, Test */
    autan_time sent;
    autan_cap_type type;
    const char
        *references;  /* "sender,identifier,sent" of what is updated or cancelled */
    const char *note; /* or NULL */
    const char *sender_name, *web, *contact; /* or NULL */
    size_t n_infos;
    const autan_cap_info *info;
} autan_cap;

/* `2019-06-30T06:00:00+00:00`: the schema refuses a Z. */
void autan_cap_time(autan_time time, char text[AUTAN_TIME_TEXT]);

/* Writes the message whole or not at all. AUTAN_BAD_ARGUMENT for an update or cancel
 * without references, or blanks, commas, < or & in identifier or sender; AUTAN_IO. */
autan_status autan_cap_write(const char *path, const autan_cap *cap, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
