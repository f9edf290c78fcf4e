/* The quality report of a covariate stack. */
#ifndef AUTAN_GROUND_REPORT_H
#define AUTAN_GROUND_REPORT_H

#include "data/station.h"
#include "files/city.h"

/* Writes rapport.html (French) and report.html (English) with a map of each covariate,
 * and extrapolation.tif: how far each cell lies beyond what the stations have seen, in
 * standard deviations over the stations, the farthest of all covariates; 0 within. All
 * covariates of the city file are looked at as the maps see them, with their radius.
 * stations are projected. */
autan_status ground_report(const autan_city *city, const autan_station_table *stations,
                           const char *folder, autan_error *err);

#endif
