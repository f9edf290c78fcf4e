/* Polygons of any kind that GDAL reads, as zones of a town: communes, neighbourhoods.
 */
#ifndef AUTAN_FILES_AREA_FILE_H
#define AUTAN_FILES_AREA_FILE_H

#include <stddef.h>

#include "base/status.h"
#include "data/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_AREA_POINTS = 40 }; /* most places a zone is sampled at */
enum { AUTAN_COOL_M = 500 };     /* as far as a cool place is nearby */

typedef struct {
    char *name;
    char *geojson;   /* geometry, WGS 84 */
    char *plan;      /* the same in the city's CRS, m, thinned to 15 m */
    char *outline;   /* outer ring of the largest part, thinned to 20 m: "lat,lon ..."
                        closed, as CAP wants it */
    size_t n_points; /* at least 1 */
    double x[AUTAN_AREA_POINTS], y[AUTAN_AREA_POINTS]; /* centres of grid cells inside,
                          city CRS; a point inside where there is none */
    double people;                                     /* NaN: not known */
    size_t n_cool; /* cool places within AUTAN_COOL_M; 0 also where none are known */
    char *cool;    /* the nearest of them: "Name (350 m), Name (400 m)"; NULL: none */
} autan_area;

typedef struct {
    size_t n;
    autan_area *area;
} autan_areas;

/* Reads the polygons that touch the grid; others are left out. name is a field, NULL:
 * the first that has nom, else name, else lib in its name, or numbers where there is
 * none. AUTAN_NOT_FOUND; AUTAN_BAD_FORMAT (no vectors, no polygon in the grid, more
 * than 5000); AUTAN_BAD_CONFIG (no field of that name: those there are named). Clear
 * with autan_areas_clear. */
autan_status autan_areas_read(const char *path, const char *name, const char *crs,
                              const autan_grid *grid, autan_areas *areas,
                              autan_error *err);

/* The whole grid as one zone. */
autan_status autan_areas_whole(const char *name, const char *crs,
                               const autan_grid *grid, autan_areas *areas,
                               autan_error *err);

/* Adds up people: each feature of the file counts in the zone that its middle is in,
 * with the sum of the fields. Errors as above. */
autan_status autan_areas_count_people(const char *path, size_t n_fields,
                                      char *const *field, autan_areas *areas,
                                      autan_error *err);

/* Looks for cool places, the features of a file, near each zone: within AUTAN_COOL_M of
 * a place that it is sampled at. name as in autan_areas_read. Errors as above. */
autan_status autan_areas_find_cool(const char *path, const char *name, const char *crs,
                                   autan_areas *areas, autan_error *err);
void autan_areas_clear(autan_areas *areas);

#ifdef __cplusplus
}
#endif
#endif
