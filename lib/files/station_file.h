/* The station table as CSV: station,name,longitude,latitude,elevation and attributes. */
#ifndef AUTAN_FILES_STATION_FILE_H
#define AUTAN_FILES_STATION_FILE_H

#include "base/status.h"
#include "data/station.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a station table. station, longitude and latitude are required, name and
 * elevation may be missing as columns or be empty; further columns are kept as
 * attributes. Refused with file and line: a missing column, a column given twice, an
 * empty or repeated id, a coordinate that is no number or outside its range, an
 * elevation outside -500 to 9000 m, a row whose fields do not match the header, no
 * station at all. Clear with autan_station_table_clear. */
autan_status autan_station_file_read(const char *path, autan_station_table *table,
                                     autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
