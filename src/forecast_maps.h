/* Maps of a forecast: its members through the kriging of the maps. */
#ifndef AUTAN_FORECAST_MAPS_H
#define AUTAN_FORECAST_MAPS_H

#include <stdbool.h>

#include "files/forecast_file.h"
#include "kriging/field.h"
#include "town.h"

/* The members, solved as if their values were readings. */
typedef struct {
    size_t n_members, n_times;
    autan_panel *panel;  /* n_members */
    autan_hours *hours;  /* n_members */
    autan_hours all;     /* all of them, borrowed from hours */
    autan_field *field;  /* of all: row t * n_members + k is hour t of member k */
    autan_field *errors; /* of the first member alone: standard errors, row t */
} member_fields;

/* Solves every member. model is borrowed. */
autan_status member_fields_make(const town *town, const autan_model *model,
                                const autan_forecast *forecast, member_fields *fields,
                                autan_error *err);
void member_fields_clear(member_fields *fields);

/* Where maps go. */
typedef struct {
    const char *path;    /* hourly maps */
    const char *geotiff; /* folder, or NULL */
    bool hourly;         /* hourly maps go there too */
} forecast_outputs;

/* Writes hourly maps to path, those of each day's minimum and maximum to the same name
 * with -daily before its ending, and, where the forecast has humidity, heat stress with
 * -stress. The maps of days, and of hours where asked for, go to the folder as GeoTIFF.
 */
autan_status forecast_maps_write(town *town, const autan_forecast *forecast,
                                 const member_fields *fields,
                                 const forecast_outputs *outputs, autan_error *err);

#endif
