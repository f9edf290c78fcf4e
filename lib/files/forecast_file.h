/* A forecast of the stations, member by member, as it is kept in the archive folder:
 * the program's own, and guidance at the stations, which later forecasts learn from. */
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
    /* What heat stress needs besides, of the same members; NULL where nothing is known.
     * Relative humidity (%) like value; wind speed (m s-1) and global radiation (W m-2)
     * as means over the town, n_members x n_times. */
    float *humidity, *wind, *radiation;
    char *method; /* what it was made with, in words */
    char *notes;  /* what was missing, one sentence a line, in English, a tab, and in
                     French; empty: nothing */
} autan_forecast;

/* The folders in an archive where forecasts, and guidance at the stations, are kept. */
#define AUTAN_FORECASTS "forecasts"
#define AUTAN_GUIDANCE  "guidance"

/* The file of an origin in such a folder, for the caller to free(); NULL when memory is
 * short. */
char *autan_forecast_path(const char *archive, const char *folder,
                          autan_time reference);

/* The origins kept there, ascending, for the caller to free(); none when there is no
 * such folder. AUTAN_NO_MEMORY. */
autan_status autan_forecast_list(const char *archive, const char *folder,
                                 autan_time **reference, size_t *n);

/* Writes the forecast whole or not at all: NetCDF-4, dimensions realization, station,
 * time. AUTAN_IO, AUTAN_NO_MEMORY. */
autan_status autan_forecast_write(const char *path, const autan_forecast *forecast,
                                  autan_error *err);

/* Reads what autan_forecast_write wrote. AUTAN_NOT_FOUND, AUTAN_BAD_FORMAT. Clear with
 * autan_forecast_clear. */
autan_status autan_forecast_read(const char *path, autan_forecast *forecast,
                                 autan_error *err);
void autan_forecast_clear(autan_forecast *forecast);

#ifdef __cplusplus
}
#endif
#endif
