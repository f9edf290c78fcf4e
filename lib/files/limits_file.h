/* Limits of the readings by month and station, as CSV. */
#ifndef AUTAN_FILES_LIMITS_FILE_H
#define AUTAN_FILES_LIMITS_FILE_H

#include "base/status.h"
#include "data/station.h"
#include "data/variable.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of one variable: station i and month m (from 0) at [12 i + m], in the variable's
 * unit; NaN where not given. Both NULL when the file does not name the variable. */
typedef struct {
    double *low, *high;
} autan_month_limits;

void autan_month_limits_clear(autan_month_limits *limits);

/* Reads a table with the columns variable, low, high and, as wanted, station and month
 * (1 to 12), in any order, none other. Without a station, or with an empty one, a row
 * is for all; likewise the month. low or high may be empty. Of two rows for the same
 * the later one counts. AUTAN_BAD_FORMAT, the line named, for an unknown column,
 * variable, station or month, a limit that is no number, low above high, and what
 * autan_csv_read refuses; AUTAN_NOT_FOUND, AUTAN_IO, AUTAN_NO_MEMORY. limits are
 * untouched then, and must be empty before. */
autan_status autan_limits_file_read(const char *path,
                                    const autan_station_table *stations,
                                    autan_month_limits limits[AUTAN_VARIABLES],
                                    autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
