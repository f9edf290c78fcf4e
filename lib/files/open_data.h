/* What common open data hold of the ground, as the layers and covariates of a city
 * file.
 *
 * A town names its files in [grid]; which layers they have, what in them is a street, a
 * wood or a lake, how wide streets are, and which covariates are worth making of it
 * stand in the tables of open_data.c, one row each. */
#ifndef AUTAN_FILES_OPEN_DATA_H
#define AUTAN_FILES_OPEN_DATA_H

#include "base/status.h"
#include "files/city.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Puts the layers and covariates of the city's ground.openstreetmap, ground.bdtopo and
 * ground.elevation before those of the city file; one of a name that the city file has
 * itself is left to it. What both data sets have is taken from BD TOPO. line is that of
 * messages. AUTAN_NO_MEMORY. */
autan_status autan_open_data_add(autan_city *city, int line);

#ifdef __cplusplus
}
#endif
#endif
