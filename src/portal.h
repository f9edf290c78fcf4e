/* A network's live source: an Opendatasoft portal with a data set for each station. */
#ifndef AUTAN_PORTAL_H
#define AUTAN_PORTAL_H

#include <stdbool.h>

#include "files/archive.h"
#include "files/city.h"
#include "data/station.h"

/* Fetches what is new of every data set that is a station's: those that the city file's
 * [source] names, or those of the portal's catalogue. Each answer is one batch of the
 * archive. What is asked for begins with the station's last reading there, so that a
 * run that was ended goes on where it was; data sets that the portal says have not
 * changed, which fetch.json of the archive folder remembers, are not asked for. `all`
 * asks for everything again. A data set that fails is named, and the others are
 * fetched; the first failure is then the answer. */
autan_status portal_fetch(const autan_city *city, const autan_station_table *stations,
                          autan_archive *archive, bool all, autan_error *err);

#endif
