#include "files/area_shape.h"

#include <gdal.h>
#include <gdal_alg.h>
#include <math.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static OGRCoordinateTransformationH way_to(const char *crs, autan_error *err)
{
    OGRSpatialReferenceH from = OSRNewSpatialReference(NULL);
    OGRSpatialReferenceH to = OSRNewSpatialReference(NULL);
    OGRCoordinateTransformationH way = NULL;
    GDALAllRegister();
    OSRSetAxisMappingStrategy(from, OAMS_TRADITIONAL_GIS_ORDER);
    OSRSetAxisMappingStrategy(to, OAMS_TRADITIONAL_GIS_ORDER);
    if (OSRImportFromEPSG(from, 4326) == OGRERR_NONE &&
        OSRSetFromUserInput(to, crs) == OGRERR_NONE)
        way = OCTNewCoordinateTransformation(from, to);
    OSRDestroySpatialReference(from);
    OSRDestroySpatialReference(to);
    if (!way)
        autan_fail(err, AUTAN_BAD_CONFIG, "%s: is no CRS that PROJ knows", crs);
    return way;
}

/* The area in the city's CRS, NULL where it cannot be had there. */
static OGRGeometryH bring(const autan_area *area, OGRCoordinateTransformationH way)
{
    OGRGeometryH geometry = OGR_G_CreateGeometryFromJson(area->geojson);
    if (geometry && OGR_G_Transform(geometry, way) == OGRERR_NONE)
        return geometry;
    if (geometry)
        OGR_G_DestroyGeometry(geometry);
    return NULL;
}

/* Burns numbers from 1 into a raster in memory that lies over burnt. */
static autan_status burn(const autan_areas *areas, OGRCoordinateTransformationH way,
                         const autan_grid *grid, int32_t *burnt)
{
    const double transform[6] = {grid->xmin, grid->resolution, 0, grid->ymax,
                                 0,          -grid->resolution};
    const int nx = (int)grid->nx, ny = (int)grid->ny;
    GDALDatasetH dataset =
        GDALCreate(GDALGetDriverByName("MEM"), "", nx, ny, 1, GDT_Int32, NULL);
    int band = 1;
    bool good = dataset && GDALSetGeoTransform(dataset, (double *)transform) == CE_None;
    for (size_t k = 0; good && k < areas->n; k++) {
        OGRGeometryH geometry = bring(&areas->area[k], way);
        double number = (double)(k + 1);
        if (!geometry)
            continue;
        good = GDALRasterizeGeometries(dataset, 1, &band, 1, &geometry, NULL, NULL,
                                       &number, NULL, NULL, NULL) == CE_None;
        OGR_G_DestroyGeometry(geometry);
    }
    good = good && GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Read, 0, 0, nx, ny,
                                burnt, nx, ny, GDT_Int32, 0, 0) == CE_None;
    if (dataset)
        GDALClose(dataset);
    return good ? AUTAN_OK : AUTAN_NO_MEMORY;
}

autan_status autan_areas_burn(const autan_areas *areas, const char *crs,
                              const autan_grid *grid, int *zone, autan_error *err)
{
    OGRCoordinateTransformationH way = way_to(crs, err);
    autan_status status;
    if (!way)
        return AUTAN_BAD_CONFIG;
    status = burn(areas, way, grid, zone);
    OCTDestroyCoordinateTransformation(way);
    if (status != AUTAN_OK)
        return autan_fail(err, status, "the zones cannot be put on the grid: %s",
                          autan_status_text(status));
    for (size_t k = 0; k < grid->nx * grid->ny; k++)
        zone[k]--;
    return AUTAN_OK;
}

typedef struct {
    size_t n, room;
    double *xy;
} line;

static bool add_point(line *l, double x, double y)
{
    if (l->n == l->room) {
        const size_t room = l->room ? 2 * l->room : 1024;
        double *grown = realloc(l->xy, room * 2 * sizeof *grown);
        if (!grown)
            return false;
        l->xy = grown;
        l->room = room;
    }
    l->xy[2 * l->n] = x;
    l->xy[2 * l->n++ + 1] = y;
    return true;
}

/* Polygons and what holds them, down to the rings. */
static bool add_rings(line *l, OGRGeometryH geometry)
{
    bool good = true;
    const int n = OGR_G_GetPointCount(geometry);
    for (int i = 0; good && i < OGR_G_GetGeometryCount(geometry); i++)
        good = add_rings(l, OGR_G_GetGeometryRef(geometry, i));
    for (int i = 0; good && i < n; i++)
        good = add_point(l, OGR_G_GetX(geometry, i), OGR_G_GetY(geometry, i));
    return good && (n == 0 || add_point(l, (double)NAN, (double)NAN));
}

autan_status autan_areas_outlines(const autan_areas *areas, const char *crs,
                                  double **xy, size_t *n, autan_error *err)
{
    OGRCoordinateTransformationH way = way_to(crs, err);
    line l = {0};
    bool good = true;
    if (!way)
        return AUTAN_BAD_CONFIG;
    for (size_t k = 0; good && k < areas->n; k++) {
        OGRGeometryH geometry = bring(&areas->area[k], way);
        good = !geometry || add_rings(&l, geometry);
        if (geometry)
            OGR_G_DestroyGeometry(geometry);
    }
    OCTDestroyCoordinateTransformation(way);
    if (!good) {
        free(l.xy);
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    *xy = l.xy;
    *n = l.n;
    return AUTAN_OK;
}
