/* The ground as a backdrop for maps on a page: one picture to lie below them and one,
 * transparent where there is nothing, to lie above. */
#ifndef AUTAN_FILES_BACKDROP_H
#define AUTAN_FILES_BACKDROP_H

#include "base/status.h"
#include "data/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    AUTAN_BACKDROP_GRASS = 0,
    AUTAN_BACKDROP_WOOD,
    AUTAN_BACKDROP_BUILT,
    AUTAN_BACKDROP_ROAD,
    AUTAN_BACKDROP_WATER,
    AUTAN_BACKDROP_RELIEF,
    AUTAN_BACKDROP_LAYERS
} autan_backdrop_layer;

/* layer[k]: ny x nx, row 0 the northernmost, NULL where not known. Shares of the
 * ground, 0 to 1, NaN as 0; the relief is the elevation in m. */
typedef struct {
    const autan_grid *grid;
    const double *layer[AUTAN_BACKDROP_LAYERS];
} autan_backdrop;

/* Writes PNG pictures of a pixel a cell. AUTAN_IO, AUTAN_NO_MEMORY. */
autan_status autan_backdrop_write(const autan_backdrop *backdrop, const char *below,
                                  const char *above, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
