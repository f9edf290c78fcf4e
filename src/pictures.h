/* Pictures of maps, titled and dated for the town's people. */
#ifndef AUTAN_PICTURES_H
#define AUTAN_PICTURES_H

#include <stddef.h>

#include "town.h"

/* Draws one map (value, ny x nx) of the panel's row into folder/VARIABLE_TIME.png, with
 * the stations' readings. */
autan_status picture_write(const town *town, const autan_panel *panel, size_t row,
                           const char *variable, const float *value, const char *folder,
                           autan_error *err);

/* `23 août 2025, 17:30 (heure locale, Europe/Paris) — 15:30 UTC`. */
void picture_date(const town *town, autan_time time, char *text, size_t size);

/* `23 août 2025`, the UTC date. */
void picture_day(autan_time time, char *text, size_t size);

#endif
