/* A forecast of the stations, member by member, as it is kept in the archive folder. */
#ifndef AUTAN_FILES_FORECAST_FILE_H
#define AUTAN_FILES_FORECAST_FILE_H

#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* value[(k * n_stations + i) * n_times + t]: air temperature (degC) of member k at
 * station i, mean over the hour that ends at reference + (t + 1) hours; NaN where there
 * is none. */
typedef struct {
    autan_time reference; /* the forecast's origin */
    autan_time latest;    /* of the readings it knew */
    size_t n_members, n_stations, n_times;
    char **station;
    float *value;
    char *method; /* what it was made with, in words */
    char *notes;  /* what was missing, one sentence a line; empty: nothing */
} autan_forecast;

/* The folder of the forecasts of an archive, and the file of an origin in it, for the
 * caller to free(); NULL when memory is short. */
char *autan_forecast_folder(const char *archive);
char *autan_forecast_path(const char *archive, autan_time reference);

/* Writes the forecast whole or not at all: NetCDF-4, dimensions realization, station,
 * time. AUTAN_IO, AUTAN_NO_MEMORY. */
autan_status autan_forecast_write(const char *path, const autan_forecast *forecast,
                                  autan_error *err);

/* Reads what autan_forecast_write wrote. AUTAN_NOT_FOUND, AUTAN_BAD_FORMAT. Clear with
 * autan_forecast_clear. */
autan_status autan_forecast_read(const char *path, autan_forecast *forecast,
                                 autan_error *err);
void autan_forecast_clear(autan_forecast *forecast);

/* The origin of the newest forecast kept that is not after `at`. AUTAN_NOT_FOUND when
 * there is none. */
autan_status autan_forecast_newest(const char *archive, autan_time at,
                                   autan_time *reference);

#ifdef __cplusplus
}
#endif
#endif
