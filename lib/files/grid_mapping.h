/* A projection as CF says it: the grid mapping of a NetCDF file. */
#ifndef AUTAN_FILES_GRID_MAPPING_H
#define AUTAN_FILES_GRID_MAPPING_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_GRID_MAPPING_MOST = 12 };

typedef struct {
    const char *name; /* CF-1.10, appendix F; static */
    size_t n;         /* 1, or 2 for two standard parallels */
    double value[2];  /* degrees, metres or a factor */
} autan_grid_mapping_parameter;

typedef struct {
    char *wkt1;       /* as GDAL writes it */
    char *wkt2;       /* ISO 19162:2019, what CF asks for */
    const char *name; /* grid_mapping_name; NULL where CF has none for the projection */
    size_t n;         /* 0 without a name */
    autan_grid_mapping_parameter parameter[AUTAN_GRID_MAPPING_MOST];
} autan_grid_mapping;

/* Describes a CRS (anything that PROJ knows). CF has names for the transverse, the
 * oblique and the plain Mercator, for Lambert's conformal cone and equal areas, and for
 * Albers' cone; a cone with one scaled parallel is said by the two that it is true
 * on. AUTAN_BAD_CONFIG for a CRS that PROJ does not know or that is not projected in
 * metres. Free with autan_grid_mapping_clear. */
autan_status autan_grid_mapping_make(const char *crs, autan_grid_mapping *mapping,
                                     autan_error *err);
void autan_grid_mapping_clear(autan_grid_mapping *mapping);

#ifdef __cplusplus
}
#endif
#endif
