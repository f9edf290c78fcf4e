#include "files/grid_mapping.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <math.h>
#include <ogr_srs_api.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "files/raster.h"

enum { PARAMETERS = 7 };

/* A projection and its parameters, by their names in WKT 1 and in CF. A CF name met
 * twice takes two values. */
typedef struct {
    const char *projection, *name;
    struct {
        const char *wkt, *cf;
    } parameter[PARAMETERS];
} row;

#define FALSE_ORIGIN                                                                   \
    {"false_easting", "false_easting"},                                                \
    {                                                                                  \
        "false_northing", "false_northing"                                             \
    }

static const row table[] = {
    {"Lambert_Conformal_Conic_2SP",
     "lambert_conformal_conic",
     {{"standard_parallel_1", "standard_parallel"},
      {"standard_parallel_2", "standard_parallel"},
      {"central_meridian", "longitude_of_central_meridian"},
      {"latitude_of_origin", "latitude_of_projection_origin"},
      FALSE_ORIGIN}},
    {"Lambert_Conformal_Conic_1SP",
     "lambert_conformal_conic",
     {{"latitude_of_origin", "standard_parallel"},
      {"central_meridian", "longitude_of_central_meridian"},
      {"latitude_of_origin", "latitude_of_projection_origin"},
      FALSE_ORIGIN}},
    {"Transverse_Mercator",
     "transverse_mercator",
     {{"scale_factor", "scale_factor_at_central_meridian"},
      {"central_meridian", "longitude_of_central_meridian"},
      {"latitude_of_origin", "latitude_of_projection_origin"},
      FALSE_ORIGIN}},
    {"Lambert_Azimuthal_Equal_Area",
     "lambert_azimuthal_equal_area",
     {{"longitude_of_center", "longitude_of_projection_origin"},
      {"latitude_of_center", "latitude_of_projection_origin"},
      FALSE_ORIGIN}},
    {"Albers_Conic_Equal_Area",
     "albers_conical_equal_area",
     {{"standard_parallel_1", "standard_parallel"},
      {"standard_parallel_2", "standard_parallel"},
      {"longitude_of_center", "longitude_of_central_meridian"},
      {"latitude_of_center", "latitude_of_projection_origin"},
      FALSE_ORIGIN}},
    {"Mercator_1SP",
     "mercator",
     {{"central_meridian", "longitude_of_projection_origin"},
      {"scale_factor", "scale_factor_at_projection_origin"},
      FALSE_ORIGIN}},
    {"Hotine_Oblique_Mercator_Azimuth_Center",
     "oblique_mercator",
     {{"azimuth", "azimuth_of_central_line"},
      {"latitude_of_center", "latitude_of_projection_origin"},
      {"longitude_of_center", "longitude_of_projection_origin"},
      {"scale_factor", "scale_factor_at_projection_origin"},
      FALSE_ORIGIN}},
};

static void add(autan_grid_mapping *m, const char *name, double value)
{
    autan_grid_mapping_parameter *last = m->n > 0 ? &m->parameter[m->n - 1] : NULL;
    if (last && strcmp(last->name, name) == 0)
        last->value[last->n++] = value;
    else
        m->parameter[m->n++] =
            (autan_grid_mapping_parameter){.name = name, .n = 1, .value = {value}};
}

/* Web Mercator treats latitudes of the ellipsoid as if they were of the sphere. */
static bool is_on_sphere(OGRSpatialReferenceH srs)
{
    const char *extension = OSRGetAttrValue(srs, "EXTENSION", 1);
    return extension && strstr(extension, "+b=6378137");
}

static void add_ellipsoid(OGRSpatialReferenceH srs, autan_grid_mapping *m)
{
    OGRErr code;
    add(m, "longitude_of_prime_meridian", OSRGetPrimeMeridian(srs, NULL));
    add(m, "semi_major_axis", OSRGetSemiMajor(srs, &code));
    add(m, "inverse_flattening",
        is_on_sphere(srs) ? 0 : OSRGetInvFlattening(srs, &code));
}

static void name_projection(OGRSpatialReferenceH srs, autan_grid_mapping *m)
{
    const char *projection = OSRGetAttrValue(srs, "PROJECTION", 0);
    for (size_t k = 0; projection && k < sizeof table / sizeof *table; k++) {
        const row *found = &table[k];
        if (strcmp(projection, found->projection) != 0)
            continue;
        m->name = found->name;
        for (int i = 0; i < PARAMETERS && found->parameter[i].wkt; i++)
            add(m, found->parameter[i].cf,
                OSRGetNormProjParm(srs, found->parameter[i].wkt, 0, NULL));
        add_ellipsoid(srs, m);
        return;
    }
}

/* CF's cone has no scale factor. */
static void name_any(OGRSpatialReferenceH srs, autan_grid_mapping *m)
{
    const char *projection = OSRGetAttrValue(srs, "PROJECTION", 0);
    OGRSpatialReferenceH other = NULL;
    if (projection && strcmp(projection, "Lambert_Conformal_Conic_1SP") == 0 &&
        fabs(OSRGetNormProjParm(srs, "scale_factor", 1, NULL) - 1) > 1e-12)
        other = OSRConvertToOtherProjection(srs, "Lambert_Conformal_Conic_2SP", NULL);
    name_projection(other ? other : srs, m);
    if (other)
        OSRDestroySpatialReference(other);
}

static autan_status describe(OGRSpatialReferenceH srs, const char *crs,
                             autan_grid_mapping *m, autan_error *err)
{
    const char *const options[] = {"FORMAT=WKT2_2019", NULL};
    char *text = NULL;
    autan_status status = AUTAN_OK;
    if (OSRSetFromUserInput(srs, crs) != OGRERR_NONE ||
        OSRExportToWktEx(srs, &text, options) != OGRERR_NONE)
        status = autan_fail(err, AUTAN_BAD_CONFIG,
                            "crs '%s' cannot be written as WKT 2 (%s)", crs,
                            CPLGetLastErrorMsg());
    else if (!(m->wkt2 = strdup(text)))
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    else
        name_any(srs, m);
    CPLFree(text);
    return status;
}

autan_status autan_grid_mapping_make(const char *crs, autan_grid_mapping *mapping,
                                     autan_error *err)
{
    autan_grid_mapping made = {0};
    OGRSpatialReferenceH srs;
    autan_status status = autan_crs_wkt(crs, &made.wkt1, err);
    if (status != AUTAN_OK)
        return status;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    srs = OSRNewSpatialReference(NULL);
    status = describe(srs, crs, &made, err);
    OSRDestroySpatialReference(srs);
    CPLPopErrorHandler();
    if (status == AUTAN_OK)
        *mapping = made;
    else
        autan_grid_mapping_clear(&made);
    return status;
}

void autan_grid_mapping_clear(autan_grid_mapping *mapping)
{
    free(mapping->wkt1);
    free(mapping->wkt2);
    *mapping = (autan_grid_mapping){0};
}
