/* Guidance: what a numerical weather model says at the stations.
 *
 * Read: GRIB 1 and 2 (2 m temperature on any grid GDAL knows, members of an ensemble by
 * the perturbation numbers of GRIB 2, else as repeated valid times), NetCDF (t2m, 2t,
 * tas, air_temperature by time and realization, number, member or ensemble), and JSON:
 *
 *     {"reference": "2024-01-15T00:00Z", "points": [{"longitude": 1.4,
 * "latitude": 43.6, "time": ["2024-01-15T01:00Z", ...], "air_temperature": [3.4, ...]},
 * ...]}
 *
 * What is read is hostile: sizes, units and times are checked. */
#ifndef AUTAN_FILES_GUIDANCE_H
#define AUTAN_FILES_GUIDANCE_H

#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/station.h"

#ifdef __cplusplus
extern "C" {
#endif

/* value[(k * n_stations + i) * n_steps + t], degC; NaN where the grid does not reach
 * the station or the member has no such step. */
typedef struct {
    autan_time reference;
    size_t n_members, n_stations, n_steps;
    autan_time *time; /* ascending */
    double *value;
    long *number; /* n_members, as the file has them, -1 for one that has none; NULL: it
                     has none at all */
    size_t n_outside;    /* stations that nothing was found for */
    size_t n_unreadable; /* messages that could not be read */
} autan_guidance;

/* Reads the 2 m temperature of one file at the stations: bilinear between grid points,
 * the nearest one in the outer half cell; of a JSON file, the nearest point within 20
 * km. Kelvin and Celsius are told apart by the values (180 to 340, -90 to 60): files
 * have the unit wrong. AUTAN_NOT_FOUND; AUTAN_BAD_FORMAT (not such a file, no 2 m
 * temperature, more than 20 000 messages, damaged); AUTAN_OUT_OF_DOMAIN (values that
 * are no air temperature, or a grid that reaches no station). Clear with
 * autan_guidance_clear. */
autan_status autan_guidance_read(const char *path, const autan_station_table *stations,
                                 autan_guidance *guidance, autan_error *err);
void autan_guidance_clear(autan_guidance *guidance);

/* Joins a further file of the same run to guidance: members of the same numbers where
 * both have numbers (the first file's values count where both have some), else other
 * steps, or, for steps that are there already, further members. AUTAN_OUT_OF_DOMAIN for
 * another reference time (err says so; path names the file); AUTAN_NO_MEMORY. */
autan_status autan_guidance_join(autan_guidance *guidance, const autan_guidance *other,
                                 const char *path, autan_error *err);

/* A member's value at a station and moment, linear between steps at most 6 h apart; NaN
 * outside. */
double autan_guidance_at(const autan_guidance *guidance, size_t member, size_t station,
                         autan_time time);

#ifdef __cplusplus
}
#endif
#endif
