#include "files/area_file.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <gdal.h>
#include <glib.h>
#include <math.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AREAS = 5000 };

static const double PLAN_M = 15.0; /* below what a page shows of a town */

static OGRSpatialReferenceH reference(const char *text)
{
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
    if (OSRSetFromUserInput(srs, text) != OGRERR_NONE) {
        OSRRelease(srs);
        return NULL;
    }
    OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    return srs;
}

/* An open layer with the ways to WGS 84 and to the city's CRS. */
typedef struct {
    const char *path;
    GDALDatasetH dataset;
    OGRLayerH layer;
    OGRSpatialReferenceH geographic, projected;
    OGRCoordinateTransformationH to_geographic,
        to_projected; /* of the layer; of WGS 84 */
} source;

static void source_close(source *s)
{
    if (s->to_geographic)
        OCTDestroyCoordinateTransformation(s->to_geographic);
    if (s->to_projected)
        OCTDestroyCoordinateTransformation(s->to_projected);
    if (s->geographic)
        OSRRelease(s->geographic);
    if (s->projected)
        OSRRelease(s->projected);
    if (s->dataset)
        GDALClose(s->dataset);
    *s = (source){0};
}

static autan_status source_open(const char *path, const char *crs, source *s,
                                autan_error *err)
{
    OGRSpatialReferenceH own;
    *s = (source){.path = path};
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return autan_fail(err, AUTAN_NOT_FOUND, "%s: there is no such file", path);
    GDALAllRegister();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    s->dataset = GDALOpenEx(path, GDAL_OF_VECTOR | GDAL_OF_READONLY, NULL, NULL, NULL);
    CPLPopErrorHandler();
    s->layer = s->dataset ? GDALDatasetGetLayer(s->dataset, 0) : NULL;
    if (!s->layer)
        return autan_fail(err, AUTAN_BAD_FORMAT,
                          "%s: is not a vector file that GDAL reads", path);
    s->geographic = reference("EPSG:4326");
    s->projected = crs ? reference(crs) : NULL;
    own = OGR_L_GetSpatialRef(s->layer);
    if (own) {
        own = OSRClone(own);
        OSRSetAxisMappingStrategy(own, OAMS_TRADITIONAL_GIS_ORDER);
        s->to_geographic = OCTNewCoordinateTransformation(own, s->geographic);
        OSRRelease(own);
    }
    if (s->projected)
        s->to_projected = OCTNewCoordinateTransformation(s->geographic, s->projected);
    if (!s->to_geographic || (crs && !s->to_projected))
        return autan_fail(err, AUTAN_BAD_CONFIG,
                          "%s: has no coordinate reference system that PROJ knows",
                          path);
    return AUTAN_OK;
}

static char *copy_and_free(char *gdal_text)
{
    char *copy = gdal_text ? strdup(gdal_text) : NULL;
    CPLFree(gdal_text);
    return copy;
}

/* Outer ring of the largest polygon, latitudes first. */
static char *outline_of(OGRGeometryH geometry)
{
    OGRGeometryH thin = OGR_G_SimplifyPreserveTopology(geometry, 0.0002),
                 largest = thin;
    GString *text = g_string_new(NULL);
    char *copy;
    if (thin && OGR_GT_Flatten(OGR_G_GetGeometryType(thin)) == wkbMultiPolygon) {
        double most = -1.0;
        for (int i = 0; i < OGR_G_GetGeometryCount(thin); i++) {
            OGRGeometryH part = OGR_G_GetGeometryRef(thin, i);
            if (OGR_G_Area(part) > most) {
                most = OGR_G_Area(part);
                largest = part;
            }
        }
    }
    OGRGeometryH ring = largest && OGR_G_GetGeometryCount(largest) > 0
                            ? OGR_G_GetGeometryRef(largest, 0)
                            : NULL;
    for (int i = 0; ring && i < OGR_G_GetPointCount(ring); i++)
        g_string_append_printf(text, "%s%.5f,%.5f", i ? " " : "", OGR_G_GetY(ring, i),
                               OGR_G_GetX(ring, i));
    if (thin)
        OGR_G_DestroyGeometry(thin);
    copy = strdup(text->str);
    g_string_free(text, TRUE);
    return copy;
}

static char *plan_of(OGRGeometryH projected)
{
    const char *const options[] = {"COORDINATE_PRECISION=0", NULL};
    OGRGeometryH thin = OGR_G_SimplifyPreserveTopology(projected, PLAN_M);
    char *text = copy_and_free(
        OGR_G_ExportToJsonEx(thin ? thin : projected, (char **)(guintptr)options));
    if (thin)
        OGR_G_DestroyGeometry(thin);
    return text;
}

static bool holds(OGRGeometryH geometry, double x, double y)
{
    OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
    bool inside;
    OGR_G_SetPoint_2D(point, 0, x, y);
    inside = OGR_G_Contains(geometry, point);
    OGR_G_DestroyGeometry(point);
    return inside;
}

static void keep_point(autan_area *area, double x, double y)
{
    if (area->n_points == AUTAN_AREA_POINTS)
        return;
    area->x[area->n_points] = x;
    area->y[area->n_points++] = y;
}

/* Cells on a coarser raster of about that many places, in the geometry. */
static void sample(OGRGeometryH projected, const autan_grid *g, autan_area *area)
{
    OGREnvelope e;
    OGRGeometryH middle;
    OGR_G_GetEnvelope(projected, &e);
    const double width = fmin(e.MaxX, g->xmax) - fmax(e.MinX, g->xmin);
    const double height = fmin(e.MaxY, g->ymax) - fmax(e.MinY, g->ymin);
    const double side = sqrt(fmax(width * height, 0.0) / (0.6 * AUTAN_AREA_POINTS));
    const size_t step = side > g->resolution ? (size_t)ceil(side / g->resolution) : 1;
    for (size_t r = step / 2; r < g->ny; r += step) {
        const double y = autan_grid_y(g, r);
        for (size_t c = step / 2; y >= e.MinY && y <= e.MaxY && c < g->nx; c += step) {
            const double x = autan_grid_x(g, c);
            if (x >= e.MinX && x <= e.MaxX && holds(projected, x, y))
                keep_point(area, x, y);
        }
    }
    if (area->n_points > 0)
        return;
    middle = OGR_G_PointOnSurface(projected);
    if (middle)
        keep_point(area, OGR_G_GetX(middle, 0), OGR_G_GetY(middle, 0));
    OGR_G_DestroyGeometry(middle);
}

static void area_clear(autan_area *area)
{
    free(area->name);
    free(area->cool);
    free(area->geojson);
    free(area->plan);
    free(area->outline);
}

void autan_areas_clear(autan_areas *areas)
{
    for (size_t i = 0; i < areas->n; i++)
        area_clear(&areas->area[i]);
    free(areas->area);
    *areas = (autan_areas){0};
}

/* Takes the name; geometry is in WGS 84. */
static autan_status append(autan_areas *areas, const source *s, char *name,
                           OGRGeometryH geometry, const autan_grid *grid)
{
    autan_area area = {.name = name, .people = NAN};
    OGRGeometryH projected = OGR_G_Clone(geometry);
    autan_area *grown;
    OGREnvelope e;
    if (OGR_G_Transform(projected, s->to_projected) != OGRERR_NONE)
        OGR_G_Empty(projected);
    OGR_G_GetEnvelope(projected, &e);
    if (OGR_G_IsEmpty(projected) || e.MaxX <= grid->xmin || e.MinX >= grid->xmax ||
        e.MaxY <= grid->ymin || e.MinY >= grid->ymax) {
        OGR_G_DestroyGeometry(projected);
        free(name);
        return AUTAN_OK;
    }
    sample(projected, grid, &area);
    area.plan = plan_of(projected);
    OGR_G_DestroyGeometry(projected);
    area.geojson = copy_and_free(OGR_G_ExportToJson(geometry));
    area.outline = outline_of(geometry);
    grown = realloc(areas->area, (areas->n + 1) * sizeof *grown);
    if (grown)
        areas->area = grown;
    if (!grown || !area.name || !area.geojson || !area.plan || !area.outline ||
        area.n_points == 0) {
        area_clear(&area);
        return grown && area.n_points == 0 ? AUTAN_OK : AUTAN_NO_MEMORY;
    }
    areas->area[areas->n++] = area;
    return AUTAN_OK;
}

static autan_status find_field(const source *s, const char *name, int *field,
                               autan_error *err)
{
    static const char *const usual[] = {"nom", "name", "lib"};
    OGRFeatureDefnH d = OGR_L_GetLayerDefn(s->layer);
    GString *list;
    autan_status status;
    *field = name ? OGR_FD_GetFieldIndex(d, name) : -1;
    for (size_t k = 0; !name && *field < 0 && k < sizeof usual / sizeof *usual; k++) {
        for (int i = 0; *field < 0 && i < OGR_FD_GetFieldCount(d); i++) {
            char *lower =
                g_ascii_strdown(OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(d, i)), -1);
            *field = strstr(lower, usual[k]) ? i : -1;
            g_free(lower);
        }
    }
    if (!name || *field >= 0)
        return AUTAN_OK;
    list = g_string_new(NULL);
    for (int i = 0; i < OGR_FD_GetFieldCount(d); i++)
        g_string_append_printf(list, "%s%s", i ? ", " : "",
                               OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(d, i)));
    status = autan_fail(err, AUTAN_BAD_CONFIG,
                        "%s: has no field '%s', expected one of %.600s", s->path, name,
                        list->str);
    g_string_free(list, TRUE);
    return status;
}

static bool is_polygon(OGRGeometryH g)
{
    const OGRwkbGeometryType type =
        g ? OGR_GT_Flatten(OGR_G_GetGeometryType(g)) : wkbUnknown;
    return type == wkbPolygon || type == wkbMultiPolygon;
}

static autan_status read_layer(const source *s, int field, const autan_grid *grid,
                               autan_areas *areas, autan_error *err)
{
    autan_status status = AUTAN_OK;
    OGRFeatureH feature;
    OGR_L_ResetReading(s->layer);
    while (status == AUTAN_OK && (feature = OGR_L_GetNextFeature(s->layer))) {
        OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
        if (is_polygon(geometry) &&
            OGR_G_Transform(geometry, s->to_geographic) == OGRERR_NONE) {
            const char *given =
                field >= 0 ? OGR_F_GetFieldAsString(feature, field) : "";
            char number[32];
            g_snprintf(number, sizeof number, "%zu", areas->n + 1);
            status = append(
                areas, s,
                strdup(*given && g_utf8_validate(given, -1, NULL) ? given : number),
                geometry, grid);
        }
        OGR_F_Destroy(feature);
        if (areas->n > MOST_AREAS)
            return autan_fail(err, AUTAN_BAD_FORMAT,
                              "%s: has more than %d zones in the town", s->path,
                              MOST_AREAS);
    }
    if (status != AUTAN_OK)
        return autan_fail(err, status, "%s: out of memory", s->path);
    return areas->n
               ? AUTAN_OK
               : autan_fail(err, AUTAN_BAD_FORMAT,
                            "%s: has no polygon within the city's extent", s->path);
}

autan_status autan_areas_read(const char *path, const char *name, const char *crs,
                              const autan_grid *grid, autan_areas *areas,
                              autan_error *err)
{
    autan_areas made = {0};
    source s;
    int field = -1;
    autan_status status = source_open(path, crs, &s, err);
    if (status == AUTAN_OK)
        status = find_field(&s, name, &field, err);
    if (status == AUTAN_OK) {
        CPLPushErrorHandler(CPLQuietErrorHandler);
        status = read_layer(&s, field, grid, &made, err);
        CPLPopErrorHandler();
    }
    source_close(&s);
    if (status == AUTAN_OK)
        *areas = made;
    else
        autan_areas_clear(&made);
    return status;
}

autan_status autan_areas_whole(const char *name, const char *crs, const autan_grid *g,
                               autan_areas *areas, autan_error *err)
{
    const double x[5] = {g->xmin, g->xmax, g->xmax, g->xmin, g->xmin};
    const double y[5] = {g->ymin, g->ymin, g->ymax, g->ymax, g->ymin};
    OGRGeometryH ring = OGR_G_CreateGeometry(wkbLinearRing);
    OGRGeometryH box = OGR_G_CreateGeometry(wkbPolygon);
    source s = {.path = name,
                .geographic = reference("EPSG:4326"),
                .projected = reference(crs)};
    OGRCoordinateTransformationH back = NULL;
    autan_areas made = {0};
    autan_status status = AUTAN_BAD_CONFIG;
    for (int i = 0; i < 5; i++)
        OGR_G_AddPoint_2D(ring, x[i], y[i]);
    OGR_G_AddGeometryDirectly(box, ring);
    if (s.geographic && s.projected) {
        s.to_projected = OCTNewCoordinateTransformation(s.geographic, s.projected);
        back = OCTNewCoordinateTransformation(s.projected, s.geographic);
    }
    if (s.to_projected && back && OGR_G_Transform(box, back) == OGRERR_NONE)
        status = append(&made, &s, strdup(name), box, g);
    if (back)
        OCTDestroyCoordinateTransformation(back);
    OGR_G_DestroyGeometry(box);
    source_close(&s);
    if (status != AUTAN_OK)
        return autan_fail(err, status, "%s: the city's extent cannot be had in WGS 84",
                          crs);
    *areas = made;
    return AUTAN_OK;
}

static void count_feature(OGRFeatureH feature, size_t n_fields, const int *field,
                          size_t n, const OGRGeometryH *polygon, autan_areas *areas)
{
    OGRGeometryH middle = OGR_G_CreateGeometry(wkbPoint);
    OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
    double people = 0.0;
    for (size_t k = 0; k < n_fields; k++)
        people += fmax(OGR_F_GetFieldAsDouble(feature, field[k]), 0.0);
    if (geometry && OGR_G_Centroid(geometry, middle) == OGRERR_NONE) {
        for (size_t i = 0; i < n; i++) {
            if (!OGR_G_Contains(polygon[i], middle))
                continue;
            areas->area[i].people += people;
            break;
        }
    }
    OGR_G_DestroyGeometry(middle);
}

autan_status autan_areas_count_people(const char *path, size_t n_fields,
                                      char *const *field, autan_areas *areas,
                                      autan_error *err)
{
    int *index = calloc(n_fields + 1, sizeof *index);
    OGRGeometryH *polygon = calloc(areas->n + 1, sizeof *polygon);
    OGRFeatureH feature;
    source s;
    autan_status status = source_open(path, NULL, &s, err);
    if (status == AUTAN_OK && (!index || !polygon))
        status = autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    for (size_t k = 0; status == AUTAN_OK && k < n_fields; k++)
        status = find_field(&s, field[k], &index[k], err);
    if (status == AUTAN_OK) {
        CPLPushErrorHandler(CPLQuietErrorHandler);
        for (size_t i = 0; i < areas->n; i++) {
            polygon[i] = OGR_G_CreateGeometryFromJson(areas->area[i].geojson);
            areas->area[i].people = 0.0;
        }
        OGR_L_ResetReading(s.layer);
        while ((feature = OGR_L_GetNextFeature(s.layer))) {
            OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
            if (geometry && OGR_G_Transform(geometry, s.to_geographic) == OGRERR_NONE)
                count_feature(feature, n_fields, index, areas->n, polygon, areas);
            OGR_F_Destroy(feature);
        }
        CPLPopErrorHandler();
    }
    for (size_t i = 0; polygon && i < areas->n; i++) {
        if (polygon[i])
            OGR_G_DestroyGeometry(polygon[i]);
    }
    free(polygon);
    free(index);
    source_close(&s);
    return status;
}

/* A cool place near a zone. */
typedef struct {
    char *name;
    double distance;
} cool_place;

static gint nearer(gconstpointer a, gconstpointer b)
{
    const cool_place *x = a, *y = b;
    return x->distance < y->distance ? -1 : x->distance > y->distance;
}

/* Adds a feature in the city's CRS to the list of each zone that it is near to. */
static void note_cool(OGRFeatureH feature, int field, autan_areas *areas, GArray **list)
{
    OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
    OGRGeometryH point = OGR_G_CreateGeometry(wkbPoint);
    for (size_t i = 0; i < areas->n; i++) {
        const autan_area *area = &areas->area[i];
        double least = AUTAN_COOL_M + 1.0;
        for (size_t k = 0; k < area->n_points; k++) {
            OGR_G_SetPoint_2D(point, 0, area->x[k], area->y[k]);
            least = fmin(least, OGR_G_Distance(geometry, point));
        }
        if (least > AUTAN_COOL_M || least < 0.0)
            continue;
        const char *name = field >= 0 ? OGR_F_GetFieldAsString(feature, field) : "";
        const cool_place place = {g_strdup(name), least};
        g_array_append_val(list[i], place);
    }
    OGR_G_DestroyGeometry(point);
}

/* The nearest two of different names. */
static void name_cool(autan_area *area, GArray *list)
{
    GString *text = g_string_new(NULL);
    int named = 0;
    g_array_sort(list, nearer);
    area->n_cool = list->len;
    for (guint k = 0; k < list->len; k++) {
        const cool_place *place = &g_array_index(list, cool_place, k);
        if (named < 2 && *place->name && !strstr(text->str, place->name)) {
            g_string_append_printf(text, "%s%s (%.0f m)", text->len ? ", " : "",
                                   place->name, 10.0 * round(place->distance / 10.0));
            named++;
        }
        g_free(place->name);
    }
    free(area->cool);
    area->cool = text->len ? strdup(text->str) : NULL;
    g_string_free(text, TRUE);
}

autan_status autan_areas_find_cool(const char *path, const char *name, const char *crs,
                                   autan_areas *areas, autan_error *err)
{
    GArray **list = g_new0(GArray *, areas->n + 1);
    OGRFeatureH feature;
    source s;
    int field = -1;
    autan_status status = source_open(path, crs, &s, err);
    for (size_t i = 0; i < areas->n; i++)
        list[i] = g_array_new(FALSE, FALSE, sizeof(cool_place));
    if (status == AUTAN_OK)
        status = find_field(&s, name, &field, err);
    if (status == AUTAN_OK) {
        CPLPushErrorHandler(CPLQuietErrorHandler);
        OGR_L_ResetReading(s.layer);
        while ((feature = OGR_L_GetNextFeature(s.layer))) {
            OGRGeometryH geometry = OGR_F_GetGeometryRef(feature);
            if (geometry && OGR_G_Transform(geometry, s.to_geographic) == OGRERR_NONE &&
                OGR_G_Transform(geometry, s.to_projected) == OGRERR_NONE)
                note_cool(feature, field, areas, list);
            OGR_F_Destroy(feature);
        }
        CPLPopErrorHandler();
    }
    for (size_t i = 0; i < areas->n; i++) {
        name_cool(&areas->area[i], list[i]);
        g_array_free(list[i], TRUE);
    }
    g_free(list);
    source_close(&s);
    return status;
}
