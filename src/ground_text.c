#include "config.h"

#include "ground_text.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "files/outfile.h"
#include "files/raster.h"
#include "files/station_file.h"
#include "message.h"

static const double MARGIN_M = 5000.0, ROUND_M = 1000.0;

/* A town is not wider; a station beyond is a mistake, or of another town. */
static const double WIDEST_M = 150000.0;

static const double france[4] = {-5.2, 42.3, 8.3, 51.1}; /* west south east north */

static bool is_in_france(double longitude, double latitude)
{
    return longitude > france[0] && latitude > france[1] && longitude < france[2] &&
           latitude < france[3];
}

static void choose_crs(double longitude, double latitude, char *crs, size_t size)
{
    int zone = (int)floor((longitude + 180.0) / 6.0) + 1;
    if (is_in_france(longitude, latitude))
        g_snprintf(crs, (gulong)size, "EPSG:2154");
    else
        g_snprintf(crs, (gulong)size, "EPSG:%d",
                   (latitude < 0.0 ? 32700 : 32600) + MIN(zone, 60));
}

/* The extent around the stations: xmin ymin xmax ymax, whole kilometres. */
static autan_status choose_extent(const char *path, const autan_station_table *table,
                                  double extent[4], autan_error *err)
{
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < table->n; i++) {
        const double at[2] = {table->station[i].x, table->station[i].y};
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], at[k]);
            high[k] = fmax(high[k], at[k]);
        }
    }
    for (int k = 0; k < 2; k++) {
        if (high[k] - low[k] > WIDEST_M)
            return autan_fail(
                err, AUTAN_OUT_OF_DOMAIN,
                "%s: the stations lie up to %.0f km apart, expected at most "
                "%.0f: is a longitude or latitude wrong?",
                path, (high[k] - low[k]) / 1e3, WIDEST_M / 1e3);
        extent[k] = floor((low[k] - MARGIN_M) / ROUND_M) * ROUND_M;
        extent[2 + k] = ceil((high[k] + MARGIN_M) / ROUND_M) * ROUND_M;
    }
    return AUTAN_OK;
}

static char *relative_to(const char *folder, const char *path)
{
    char *from = g_canonicalize_filename(folder, NULL);
    char *full = g_canonicalize_filename(path, NULL), *made;
    size_t length = strlen(from);
    if (g_str_has_prefix(full, from) && full[length] == '/')
        made = g_strdup(full + length + 1);
    else
        made = g_strdup(full);
    g_free(from);
    g_free(full);
    return made;
}

static autan_status write_start(const char *stations, const char *path, const char *crs,
                                const double extent[4], bool french, autan_error *err)
{
    char *folder = g_path_get_dirname(path), *table = relative_to(folder, stations);
    char *name = g_path_get_basename(path), *text;
    GTimeZone *local = g_time_zone_new_local();
    const char *zone = g_time_zone_get_identifier(local);
    autan_status status;
    if (strrchr(name, '.'))
        *strrchr(name, '.') = '\0';
    if (french || !zone || !strchr(zone, '/'))
        zone = french ? "Europe/Paris" : "UTC";
    text = g_strdup_printf(
        "[city]\n"
        "name       = %s\n"
        "timezone   = %s\n"
        "crs        = %s\n"
        "extent     = %.0f %.0f %.0f %.0f   ; m: xmin ymin xmax ymax\n"
        "resolution = 100\n"
        "[stations]\n"
        "file = %s\n"
        "; What covers the ground. Take the ; away from a line when its file is here, "
        "and\n"
        "; run autan grid on this file.\n"
        "[grid]\n"
        "; openstreetmap = region.osm.pbf   ; of your region: download.geofabrik.de\n"
        "; bdtopo        = bdtopo.gpkg      ; France, of your department: "
        "geoservices.ign.fr/bdtopo\n"
        "; elevation     = elevation.tif    ; such as Copernicus DEM, SRTM, BD ALTI\n",
        name, zone, crs, extent[0], extent[1], extent[2], extent[3], table);
    status = autan_outfile_write_text(path, text, err);
    g_time_zone_unref(local);
    g_free(text);
    g_free(name);
    g_free(table);
    g_free(folder);
    return status;
}

autan_status ground_start(const char *stations, const char *path, autan_error *err)
{
    autan_station_table table = {0};
    double longitude = 0.0, latitude = 0.0, extent[4];
    char crs[16];
    autan_status status;
    if (g_file_test(path, G_FILE_TEST_EXISTS))
        return autan_fail(err, AUTAN_BAD_CONFIG,
                          "%s: is there already; expected the name of a new city file",
                          path);
    status = autan_station_file_read(stations, &table, err);
    for (size_t i = 0; status == AUTAN_OK && i < table.n; i++) {
        longitude += table.station[i].longitude / (double)table.n;
        latitude += table.station[i].latitude / (double)table.n;
    }
    choose_crs(longitude, latitude, crs, sizeof crs);
    if (status == AUTAN_OK)
        status = autan_project_stations(crs, &table, err);
    if (status == AUTAN_OK)
        status = choose_extent(stations, &table, extent, err);
    if (status == AUTAN_OK)
        status = write_start(stations, path, crs, extent,
                             is_in_france(longitude, latitude), err);
    if (status == AUTAN_OK)
        message_note(
            "%s: %.0f x %.0f km around %zu stations in %s; name your sources in its "
            "[grid]",
            path, (extent[2] - extent[0]) / 1e3, (extent[3] - extent[1]) / 1e3, table.n,
            crs);
    autan_station_table_clear(&table);
    return status;
}

static void print_key(FILE *out, const char *key, const char *value)
{
    if (value)
        fprintf(out, "%s = %s\n", key, value);
}

/* A path as it may stand in the city file. */
static void print_path(FILE *out, const autan_city *city, const char *key,
                       const char *path)
{
    size_t length = strlen(city->folder);
    bool inside = g_str_has_prefix(path, city->folder) && path[length] == '/';
    print_key(out, key, inside ? path + length + 1 : path);
}

void ground_print_sections(const autan_city *city, FILE *out)
{
    for (size_t k = 0; k < city->n_layers; k++) {
        const autan_city_layer *l = &city->layer[k];
        fprintf(out, "[layer %s]\n", l->name);
        print_path(out, city, "source", l->source);
        print_key(out, "layer", l->layer);
        print_key(out, "where", l->where);
        print_key(out, "width", l->width);
        print_key(out, "height", l->height);
        print_key(out, "cover", l->cover);
        print_key(out, "crs", l->crs);
        print_key(out, "axes", l->swap_axes ? "yx" : NULL);
        print_key(out, "nodata", l->nodata);
        print_key(out, "options", l->options);
        print_key(out, "licence", l->licence);
        print_key(out, "date", l->date);
        print_key(out, "credits", l->credits);
    }
    for (size_t number = 0; number < city->n_grids; number++) {
        const autan_city_covariate *c = autan_city_covariate_at(city, number);
        fprintf(out, "[covariate %s]\n", c->name);
        print_path(out, city, "file", c->file);
        if (c->radius_m > 0.0)
            fprintf(out, "radius = %.10g\n", c->radius_m);
        print_key(out, "make", c->make);
        print_key(out, "title", c->title);
        print_key(out, "within", c->within);
        print_key(out, "check", c->check);
        print_key(out, "trend", c->idle ? "no" : NULL);
    }
}
