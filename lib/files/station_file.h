/* The station table as CSV: station,name,longitude,latitude,elevation and attributes.
 */
#ifndef AUTAN_FILES_STATION_FILE_H
#define AUTAN_FILES_STATION_FILE_H

#include "base/status.h"
#include "data/station.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a station table. station, longitude and latitude are required, name and
 * elevation may be missing as columns or be empty; further columns are kept as
 * attributes. AUTAN_BAD_FORMAT, the line named: a missing column, a column given twice,
 * an empty or repeated id or one above 100 bytes, a coordinate that is no number or
 * outside its range, an elevation outside -500 to 9000 m, a row whose fields do not
 * match the header or that is not UTF-8 or holds control characters, no station at all,
 * and what autan_csv_read refuses. AUTAN_NOT_FOUND, AUTAN_IO. Clear with
 * autan_station_table_clear. */
autan_status autan_station_file_read(const char *path, autan_station_table *table,
                                     autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
