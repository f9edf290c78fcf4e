/* Maps of a forecast: its members through the kriging of the maps. */
#ifndef AUTAN_FORECAST_MAPS_H
#define AUTAN_FORECAST_MAPS_H

#include "files/forecast_file.h"
#include "kriging/field.h"
#include "town.h"

/* The members as fields: one a member, each of all hours. */
typedef struct {
    size_t n;
    autan_panel *panel;
    autan_hours *hours;
    autan_field **field;
} member_fields;

/* Solves every member as if its values were readings. model is borrowed. */
autan_status member_fields_make(const town *town, const autan_model *model,
                                const autan_forecast *forecast, member_fields *fields,
                                autan_error *err);
void member_fields_clear(member_fields *fields);

/* Writes hourly maps to path, and maps of each day's minimum and maximum to the same
 * name with -daily before its ending. */
autan_status forecast_maps_write(town *town, const autan_forecast *forecast,
                                 const member_fields *fields, const char *path,
                                 autan_error *err);

#endif
