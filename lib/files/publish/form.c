#include "files/publish/form.h"

static const autan_form table[] = {
    {"observations.csv", "observations", AUTAN_TABLE_OBSERVATIONS, "text/csv", "CSV",
     true, NULL, autan_form_csv},
    {"observations.nc", "observations-netcdf", AUTAN_TABLE_OBSERVATIONS,
     "application/x-netcdf", "NETCDF", false, NULL, autan_form_netcdf},
    {"observations.parquet", "observations-parquet", AUTAN_TABLE_OBSERVATIONS,
     "application/vnd.apache.parquet", "PARQUET", false, "Parquet", autan_form_gdal},
    {"findings.csv", "findings", AUTAN_TABLE_FINDINGS, "text/csv", "CSV", true, NULL,
     autan_form_csv},
    {"stations.csv", "stations", AUTAN_TABLE_STATIONS, "text/csv", "CSV", true, NULL,
     autan_form_csv},
    {"stations.geojson", "stations-geojson", AUTAN_TABLE_STATIONS,
     "application/geo+json", "GEOJSON", false, "GeoJSON", autan_form_gdal},
    {"stations.gpkg", "stations-geopackage", AUTAN_TABLE_STATIONS,
     "application/geopackage+sqlite3", "GPKG", false, "GPKG", autan_form_gdal},
    {"changes.csv", "changes", AUTAN_TABLE_CHANGES, "text/csv", "CSV", true, NULL,
     autan_form_csv},
};

const autan_form *autan_form_get(size_t k)
{
    return k < sizeof table / sizeof *table ? &table[k] : NULL;
}

bool autan_form_available(const autan_form *form)
{
    return !form->driver || autan_gdal_has(form->driver);
}
