/* What lies below and above the maps of the site: the ground, and the zones with the
 * colours of the alert. */
#include "site.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/area_file.h"
#include "files/backdrop.h"
#include "message.h"

/* Words in the names of covariates, by what they show. */
static const char *const words[AUTAN_BACKDROP_LAYERS] = {
    [AUTAN_BACKDROP_GRASS] = "grass green herb low_veg",
    [AUTAN_BACKDROP_WOOD] = "wood tree forest tall_veg",
    [AUTAN_BACKDROP_BUILT] = "build built imperv sealed",
    [AUTAN_BACKDROP_ROAD] = "road street",
    [AUTAN_BACKDROP_WATER] = "water river",
    [AUTAN_BACKDROP_RELIEF] = "elevation altitude relief dem",
};

static long find_covariate(const autan_city *city, const char *list)
{
    char **word = g_strsplit(list, " ", -1);
    long found = -1;
    for (size_t k = 0; found < 0 && word[k]; k++) {
        for (size_t c = 0; found < 0 && c < city->n_covariates; c++) {
            if (strstr(city->covariate[c].name, word[k]))
                found = (long)c;
        }
    }
    g_strfreev(word);
    return found;
}

/* The raster itself, without the disc that the model takes of it. */
static autan_status read_layer(const autan_city *city, const autan_city_covariate *c,
                               double *value, autan_error *err)
{
    autan_raster *raster = NULL;
    autan_status status =
        autan_raster_open(c->name, c->file, 0.0, city->crs, &city->grid, &raster, err);
    if (status == AUTAN_OK)
        status = autan_raster_read_rows(raster, 0, city->grid.ny, value, err);
    autan_raster_close(raster);
    return status;
}

autan_status site_backdrop(const town *t, const char *site, bool *made,
                           autan_error *err)
{
    const autan_city *city = &t->city;
    const size_t cells = city->grid.nx * city->grid.ny;
    double *value[AUTAN_BACKDROP_LAYERS] = {0};
    autan_backdrop b = {.grid = &city->grid};
    autan_status status = AUTAN_OK;
    *made = false;
    for (int k = 0; status == AUTAN_OK && k < AUTAN_BACKDROP_LAYERS; k++) {
        const long c = find_covariate(city, words[k]);
        if (c < 0)
            continue;
        value[k] = malloc(cells * sizeof **value);
        status = value[k] ? read_layer(city, &city->covariate[c], value[k], err)
                          : town_no_memory(t, err);
        b.layer[k] = value[k];
        *made = true;
    }
    if (status == AUTAN_OK && *made) {
        char *below = g_build_filename(site, SITE_DATA, "below.png", NULL);
        char *above = g_build_filename(site, SITE_DATA, "above.png", NULL);
        status = autan_backdrop_write(&b, below, above, err);
        g_free(below);
        g_free(above);
    }
    for (int k = 0; k < AUTAN_BACKDROP_LAYERS; k++)
        free(value[k]);
    return status;
}

/* The days of a zone in an alert's risk.geojson, json null when it has none. */
static json_t *zone_days(const json_t *risk, const char *name)
{
    const json_t *features = json_object_get(risk, "features");
    for (size_t k = 0; k < json_array_size(features); k++) {
        const json_t *p = json_object_get(json_array_get(features, k), "properties");
        const char *zone = json_string_value(json_object_get(p, "zone"));
        json_t *days = json_object_get(p, "days");
        if (zone && strcmp(zone, name) == 0 && json_is_array(days))
            return json_incref(days);
    }
    return json_null();
}

static json_t *copy_text(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return json_is_string(value) ? json_incref(value) : json_null();
}

autan_status site_zones(const town *t, const char *alert, json_t **zones,
                        json_t **issue, autan_error *err)
{
    const autan_city *city = &t->city;
    char *path = alert ? g_build_filename(alert, "risk.geojson", NULL) : NULL;
    json_t *risk = path ? site_read_json(path) : NULL;
    autan_areas areas = {0};
    autan_status status = AUTAN_OK;
    if (path && !risk && g_file_test(path, G_FILE_TEST_EXISTS))
        message_note("%s is damaged: zones have no colours", path);
    if (city->alert.zones)
        status = autan_areas_read(city->alert.zones, city->alert.zone_name, city->crs,
                                  &city->grid, &areas, err);
    else if (risk)
        status = autan_areas_whole(city->name, city->crs, &city->grid, &areas, err);
    if (status == AUTAN_OK && city->alert.people && areas.n)
        status =
            autan_areas_count_people(city->alert.people, city->alert.people_fields.n,
                                     city->alert.people_fields.name, &areas, err);
    if (status == AUTAN_OK) {
        *zones = json_array();
        for (size_t k = 0; k < areas.n; k++) {
            const autan_area *a = &areas.area[k];
            json_t *plan = json_loads(a->plan, 0, NULL);
            json_array_append_new(*zones,
                                  json_pack("{s:s, s:o, s:o, s:o}", "name", a->name,
                                            "geometry", plan ? plan : json_null(),
                                            "people", site_number(a->people, 0), "days",
                                            zone_days(risk, a->name)));
        }
        *issue =
            risk ? json_pack("{s:o, s:o, s:o}", "issued", copy_text(risk, "issued"),
                             "reference", copy_text(risk, "forecast_reference_time"),
                             "notes", copy_text(risk, "notes"))
                 : json_null();
    }
    autan_areas_clear(&areas);
    json_decref(risk);
    g_free(path);
    return status;
}
