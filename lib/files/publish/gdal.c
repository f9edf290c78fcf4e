/* Tables in the forms that GDAL writes. The file is made in GDAL's memory and written
 * from there, so that a full disk is met by one write whose errors are checked. */
#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <cpl_vsi.h>
#include <gdal.h>
#include <math.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <string.h>

#include "files/outfile.h"
#include "files/publish/form.h"

const char *autan_gdal_version(void)
{
    return GDALVersionInfo("RELEASE_NAME");
}

bool autan_gdal_has(const char *driver)
{
    GDALDriverH found;
    GDALAllRegister();
    found = GDALGetDriverByName(driver);
    return found && GDALGetMetadataItem(found, GDAL_DCAP_VECTOR, NULL) &&
           GDALGetMetadataItem(found, GDAL_DCAP_CREATE, NULL);
}

static autan_status failed(const char *path, autan_error *err)
{
    const char *why = CPLGetLastErrorMsg();
    return autan_fail(err, AUTAN_IO, "%s: GDAL cannot make it: %s", path,
                      *why ? why : "no reason given");
}

static bool add_fields(OGRLayerH layer, const autan_table *table)
{
    static const OGRFieldType type[] = {[AUTAN_TEXT] = OFTString,
                                        [AUTAN_NUMBER] = OFTReal,
                                        [AUTAN_COUNT] = OFTInteger64,
                                        [AUTAN_MOMENT] = OFTDateTime};
    bool good = true;
    for (size_t c = 0; c < table->n_columns && good; c++) {
        OGRFieldDefnH field =
            OGR_Fld_Create(table->column[c].name, type[table->column[c].kind]);
        OGR_Fld_SetNullable(field, !table->column[c].required);
        good = OGR_L_CreateField(layer, field, FALSE) == OGRERR_NONE;
        OGR_Fld_Destroy(field);
    }
    return good;
}

static void set_field(OGRFeatureH feature, int c, autan_cell_kind kind,
                      const autan_cell *cell)
{
    enum { UTC = 100 };
    autan_civil t;
    if (kind == AUTAN_TEXT && cell->text)
        OGR_F_SetFieldString(feature, c, cell->text);
    else if (kind == AUTAN_COUNT)
        OGR_F_SetFieldInteger64(feature, c, (GIntBig)cell->number);
    else if (kind == AUTAN_NUMBER && isfinite(cell->number))
        OGR_F_SetFieldDouble(feature, c, cell->number);
    else if (kind == AUTAN_MOMENT && cell->time != INT64_MIN) {
        autan_civil_utc(cell->time, &t);
        OGR_F_SetFieldDateTimeEx(feature, c, t.year, t.month, t.day, t.hour, t.minute,
                                 (float)t.second, UTC);
    } else
        OGR_F_SetFieldNull(feature, c);
}

static OGRGeometryH make_geometry(const autan_table *table, size_t row)
{
    OGRGeometryH made = NULL;
    autan_cell x, y;
    if (table->outline) {
        char *outline = g_strdup(table->outline), *rest = outline;
        OGR_G_CreateFromWkt(&rest, NULL, &made);
        g_free(outline);
        return made;
    }
    made = OGR_G_CreateGeometry(wkbPoint);
    table->cell(table, row, (size_t)table->longitude, &x);
    table->cell(table, row, (size_t)table->latitude, &y);
    OGR_G_SetPoint_2D(made, 0, x.number, y.number);
    return made;
}

static bool add_rows(OGRLayerH layer, const autan_table *table)
{
    bool good = true;
    for (size_t r = 0; r < table->n_rows && good; r++) {
        OGRFeatureH feature = OGR_F_Create(OGR_L_GetLayerDefn(layer));
        OGRGeometryH geometry = NULL;
        for (size_t c = 0; c < table->n_columns; c++) {
            autan_cell cell;
            table->cell(table, r, c, &cell);
            set_field(feature, (int)c, table->column[c].kind, &cell);
        }
        if (OGR_L_GetGeomType(layer) != wkbNone)
            geometry = make_geometry(table, r);
        if (geometry)
            OGR_F_SetGeometryDirectly(feature, geometry);
        good = OGR_L_CreateFeature(layer, feature) == OGRERR_NONE;
        OGR_F_Destroy(feature);
    }
    return good;
}

/* Options of the layer. RFC 7946 is what makes the CRS of GeoJSON plain. */
static char **layer_options(const char *driver, const autan_table *table)
{
    char **options = NULL;
    if (strcmp(driver, "GeoJSON") == 0)
        options = CSLSetNameValue(options, "RFC7946", "YES");
    if (strcmp(driver, "GeoJSON") == 0 || strcmp(driver, "GPKG") == 0)
        options = CSLSetNameValue(options, "DESCRIPTION", table->title[AUTAN_ENGLISH]);
    if (strcmp(driver, "Parquet") == 0)
        options = CSLSetNameValue(options, "COMPRESSION", "SNAPPY");
    return options;
}

static bool write_layer(const char *driver, const autan_table *table,
                        GDALDatasetH dataset)
{
    OGRSpatialReferenceH srs = OSRNewSpatialReference(table->crs);
    OGRwkbGeometryType type = table->outline          ? wkbPolygon
                              : table->longitude >= 0 ? wkbPoint
                                                      : wkbNone;
    char **options = layer_options(driver, table);
    OGRLayerH layer;
    bool good;
    if (!table->crs)
        OSRImportFromEPSG(srs, 4326);
    OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    layer = GDALDatasetCreateLayer(dataset, table->name, type == wkbNone ? NULL : srs,
                                   type, options);
    good = layer && add_fields(layer, table);
    if (good) {
        bool transaction = GDALDatasetStartTransaction(dataset, FALSE) == OGRERR_NONE;
        good = add_rows(layer, table);
        if (transaction)
            good = GDALDatasetCommitTransaction(dataset) == OGRERR_NONE && good;
    }
    CSLDestroy(options);
    OSRDestroySpatialReference(srs);
    return good;
}

static autan_status make_file(const char *driver_name, const autan_table *table,
                              const char *name, const char *path, autan_error *err)
{
    GDALDriverH driver = GDALGetDriverByName(driver_name);
    GDALDatasetH dataset;
    bool good;
    CPLErrorReset();
    dataset = driver ? GDALCreate(driver, name, 0, 0, 0, GDT_Unknown, NULL) : NULL;
    if (!dataset)
        return failed(path, err);
    good = write_layer(driver_name, table, dataset);
    /* Closing writes too, and tells of its errors only through the error state. */
    GDALClose(dataset);
    return good && CPLGetLastErrorType() < CE_Failure ? AUTAN_OK : failed(path, err);
}

static autan_status write_out(const char *path, const char *name, autan_error *err)
{
    vsi_l_offset size = 0;
    GByte *bytes = VSIGetMemFileBuffer(name, &size, FALSE);
    autan_outfile *out = NULL;
    autan_status status;
    if (!bytes || size == 0)
        return failed(path, err);
    status = autan_outfile_open(path, &out, err);
    if (status != AUTAN_OK)
        return status;
    status = autan_outfile_write(out, bytes, (size_t)size, err);
    if (status == AUTAN_OK)
        return autan_outfile_commit(out, err);
    autan_outfile_abandon(out);
    return status;
}

/* GeoPackage notes when it was changed, and GDAL lets that be said. */
static void set_clock(autan_time date)
{
    char text[AUTAN_TIME_TEXT], stamp[AUTAN_TIME_TEXT + 8];
    autan_time_format(date, text);
    g_snprintf(stamp, sizeof stamp, "%.19s.000Z", text);
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", stamp);
}

autan_status autan_gdal_write(const char *driver, const autan_table *table,
                              autan_time date, const char *path, autan_error *err)
{
    char *base = g_path_get_basename(path);
    char *name = g_strdup_printf("/vsimem/autan-%p-%s", (const void *)table, base);
    autan_status status;
    GDALAllRegister();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    set_clock(date);
    status = make_file(driver, table, name, path, err);
    if (status == AUTAN_OK)
        status = write_out(path, name, err);
    CPLSetThreadLocalConfigOption("OGR_CURRENT_DATE", NULL);
    CPLPopErrorHandler();
    VSIUnlink(name);
    g_free(name);
    g_free(base);
    return status;
}

autan_status autan_form_gdal(const autan_form *form, const autan_issue *issue,
                             const char *path, autan_error *err)
{
    autan_table table;
    autan_status status;
    autan_table_make(form->table, issue, &table);
    status = autan_gdal_write(form->driver, &table, issue->date, path, err);
    autan_table_clear(&table);
    return status;
}
