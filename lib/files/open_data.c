#include "files/open_data.h"

#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What is told apart on the ground, from the lowest up: what is seen from above. */
typedef enum { GRASS, PARK, WOOD, WATER, SEALED, BUILDING, PARTS } ground_part;

typedef enum { TILES, OPENSTREETMAP, BDTOPO, SETS } data_set;

static const struct {
    const char *licence, *credits;
} origin[SETS] = {
    [TILES] = {"ODbL-1.0", "© OpenStreetMap contributors"},
    [OPENSTREETMAP] = {"ODbL-1.0", "© OpenStreetMap contributors"},
    [BDTOPO] = {"Licence Ouverte 2.0", "BD TOPO, IGN"},
};

#define BUILT "(etat_de_l_objet IS NULL OR etat_de_l_objet <> 'En projet')"
#define ABOVE_GROUND                                                                   \
    "(position_par_rapport_au_sol IS NULL OR position_par_rapport_au_sol NOT IN "      \
    "('-1', '-2', '-3', '-4'))"
#define NO_TUNNEL " AND (brunnel <> 'tunnel' OR brunnel IS NULL)"
#define NO_RAMP   " AND (ramp <> 1 OR ramp IS NULL)"
#define FLOWS     " AND brunnel IS NULL AND (intermittent = 0 OR intermittent IS NULL)"

/* Widths are sealed widths in m, with pavements and the cars parked along the street;
 * motorways and trunk roads are drawn once for each direction. Left out: tracks, paths,
 * railways, what is in tunnels. z_order is GDAL's, below 0 in tunnels. */
static const struct {
    data_set set;
    ground_part part;
    const char *name, *layer, *where, *width, *height;
} layers[] = {
    /* OpenMapTiles: www.openmaptiles.org/schema */
    {TILES, GRASS, "grass", "landcover",
     "class = 'grass' AND (subclass <> 'park' OR subclass IS NULL)", NULL, NULL},
    {TILES, PARK, "park", "landcover", "subclass = 'park'", NULL, NULL},
    {TILES, WOOD, "wood", "landcover", "class = 'wood'", NULL, NULL},
    {TILES, WATER, "water", "water", NULL, NULL, NULL},
    {TILES, WATER, "river", "waterway", "class IN ('river', 'canal')" FLOWS, "8", NULL},
    {TILES, WATER, "stream", "waterway", "class = 'stream'" FLOWS, "2", NULL},
    {TILES, SEALED, "alley", "transportation",
     "class IN ('pedestrian', 'service') AND (service <> 'parking_aisle' OR service IS "
     "NULL)" NO_TUNNEL,
     "6", NULL},
    {TILES, SEALED, "ramp", "transportation", "ramp = 1" NO_TUNNEL, "7", NULL},
    {TILES, SEALED, "street", "transportation", "class = 'minor'" NO_RAMP NO_TUNNEL,
     "8", NULL},
    {TILES, SEALED, "avenue", "transportation",
     "class IN ('secondary', 'tertiary')" NO_RAMP NO_TUNNEL, "9", NULL},
    {TILES, SEALED, "main", "transportation",
     "(class IN ('trunk', 'primary', 'raceway') OR service = 'parking_aisle')" NO_RAMP
         NO_TUNNEL,
     "10", NULL},
    {TILES, SEALED, "motorway", "transportation",
     "class = 'motorway'" NO_RAMP NO_TUNNEL, "11", NULL},
    {TILES, SEALED, "airfield", "aeroway", "class IN ('taxiway', 'apron', 'runway')",
     "25", NULL},
    {TILES, BUILDING, "building", "building", NULL, NULL, NULL},

    /* GDAL's names of OpenStreetMap's tags: wiki.openstreetmap.org/wiki/Map_features */
    {OPENSTREETMAP, GRASS, "grass", "multipolygons",
     "landuse IN ('grass', 'meadow', 'village_green', 'recreation_ground', "
     "'greenfield') OR "
     "natural IN ('grassland', 'heath', 'scrub') OR leisure IN ('golf_course', "
     "'garden')",
     NULL, NULL},
    {OPENSTREETMAP, PARK, "park", "multipolygons", "leisure = 'park'", NULL, NULL},
    {OPENSTREETMAP, WOOD, "wood", "multipolygons",
     "landuse = 'forest' OR natural = 'wood'", NULL, NULL},
    {OPENSTREETMAP, WATER, "water", "multipolygons",
     "natural = 'water' OR landuse IN ('reservoir', 'basin') OR leisure = "
     "'swimming_pool'",
     NULL, NULL},
    {OPENSTREETMAP, WATER, "river", "lines",
     "waterway IN ('river', 'canal') AND z_order >= 0", "8", NULL},
    {OPENSTREETMAP, WATER, "stream", "lines", "waterway = 'stream' AND z_order >= 0",
     "2", NULL},
    {OPENSTREETMAP, SEALED, "parking", "multipolygons", "amenity = 'parking'", NULL,
     NULL},
    {OPENSTREETMAP, SEALED, "alley", "lines",
     "highway IN ('pedestrian', 'service') AND z_order >= 0", "6", NULL},
    {OPENSTREETMAP, SEALED, "ramp", "lines",
     "highway IN ('motorway_link', 'trunk_link', 'primary_link', 'secondary_link', "
     "'tertiary_link') AND z_order >= 0",
     "7", NULL},
    {OPENSTREETMAP, SEALED, "street", "lines",
     "highway IN ('residential', 'unclassified', 'living_street', 'road') AND z_order "
     ">= 0",
     "8", NULL},
    {OPENSTREETMAP, SEALED, "avenue", "lines",
     "highway IN ('secondary', 'tertiary') AND z_order >= 0", "9", NULL},
    {OPENSTREETMAP, SEALED, "main", "lines",
     "highway IN ('trunk', 'primary', 'raceway') AND z_order >= 0", "10", NULL},
    {OPENSTREETMAP, SEALED, "motorway", "lines",
     "highway = 'motorway' AND z_order >= 0", "11", NULL},
    {OPENSTREETMAP, SEALED, "airfield", "multipolygons",
     "aeroway IN ('taxiway', 'apron', 'runway')", NULL, NULL},
    {OPENSTREETMAP, BUILDING, "building", "multipolygons",
     "building IS NOT NULL AND building <> 'no'", NULL, NULL},

    /* BD TOPO 3: geoservices.ign.fr/documentation/donnees/vecteur/bdtopo. What is
     * planned, fictitious or below the ground is not seen from above; a ford has a word
     * in place of the number of its level. */
    {BDTOPO, WOOD, "wood", "zone_de_vegetation",
     "nature IN ('Bois', 'Forêt fermée de feuillus', 'Forêt fermée de conifères', "
     "'Forêt fermée mixte', 'Forêt ouverte', 'Haie', 'Peupleraie', 'Zone arborée')",
     NULL, NULL},
    {BDTOPO, WATER, "water", "surface_hydrographique", ABOVE_GROUND, NULL, NULL},
    {BDTOPO, SEALED, "street", "troncon_de_route",
     "nature NOT IN ('Sentier', 'Chemin', 'Route empierrée', 'Bac ou liaison "
     "maritime') AND (fictif IS NULL OR fictif NOT IN ('1', 'true', 'Oui')) AND " BUILT
     " AND " ABOVE_GROUND,
     "largeur_de_chaussee 6", NULL},
    {BDTOPO, BUILDING, "building", "batiment", BUILT, NULL, "hauteur 6"},
};
enum { LAYERS = sizeof layers / sizeof *layers };

enum { RADII = 3 };

/* The trees of a park are seldom mapped: 0.4 of it agrees best with the tall vegetation
 * at the stations of Toulouse (grids/toulouse/README.md). Discs of three sizes: the
 * place, the block, the neighbourhood; doc/ground.md has what they were chosen by. */
static const struct {
    const char *name, *title, *method;
    struct {
        ground_part part;
        double weight;
    } of[2];
    double radius_m[RADII]; /* 0: no more */
    bool of_heights;        /* only where they are surveyed */
} covariates[] = {
    {"building",
     "Share of the ground under buildings",
     "fraction",
     {{BUILDING, 1}},
     {100, 300, 1000},
     false},
    {"road",
     "Share of the ground under sealed roads",
     "fraction",
     {{SEALED, 1}},
     {100, 300, 1000},
     false},
    {"water",
     "Share of the ground under open water",
     "fraction",
     {{WATER, 1}},
     {100, 300, 1000},
     false},
    {"wood",
     "Share of the ground under trees: woods, and 0.4 of the parks",
     "fraction",
     {{WOOD, 1}, {PARK, 0.4}},
     {100, 300, 1000},
     false},
    {"grass",
     "Share of the ground under grass: meadows, lawns, 0.6 of the parks",
     "fraction",
     {{GRASS, 1}, {PARK, 0.6}},
     {100, 300, 1000},
     false},
    {"sky_view",
     "Sky view factor of the open ground",
     "sky-view",
     {{BUILDING, 1}},
     {300},
     true},
};
enum { COVARIATES = sizeof covariates / sizeof *covariates };

/* What is added, before it goes to the city. */
typedef struct {
    const autan_city *city;
    int line;
    autan_city_layer *layer;
    size_t n_layers;
    autan_city_covariate *covariate;
    size_t n_covariates;
    bool good; /* memory so far */
} adding;

static char *copy(adding *a, const char *text)
{
    char *made = text ? strdup(text) : NULL;
    a->good = a->good && (made || !text);
    return made;
}

static bool is_given(const adding *a, data_set set)
{
    const autan_city_grid *g = &a->city->ground;
    if (set == BDTOPO)
        return g->bdtopo != NULL;
    return g->openstreetmap &&
           g_file_test(g->openstreetmap, G_FILE_TEST_IS_DIR) == (set == TILES);
}

/* The set that a part of the ground is taken from; SETS when none has it. */
static data_set set_of(const adding *a, ground_part part)
{
    static const data_set order[SETS] = {BDTOPO, TILES, OPENSTREETMAP};
    for (size_t i = 0; i < SETS; i++) {
        for (size_t k = 0; is_given(a, order[i]) && k < LAYERS; k++) {
            if (layers[k].set == order[i] && layers[k].part == part)
                return order[i];
        }
    }
    return SETS;
}

static void add_layer(adding *a, size_t k)
{
    const autan_city_grid *g = &a->city->ground;
    if (autan_city_find_layer(a->city, layers[k].name) >= 0)
        return;
    a->layer[a->n_layers++] = (autan_city_layer){
        .name = copy(a, layers[k].name),
        .source = copy(a, layers[k].set == BDTOPO ? g->bdtopo : g->openstreetmap),
        .layer = copy(a, layers[k].layer),
        .where = copy(a, layers[k].where),
        .width = copy(a, layers[k].width),
        .height = copy(a, layers[k].height),
        .licence = copy(a, origin[layers[k].set].licence),
        .credits = copy(a, origin[layers[k].set].credits),
        .line = a->line,
        .optional = true,
    };
}

/* The layers of a part as a recipe names them, appended. */
static void name_layers(const adding *a, ground_part part, double weight,
                        GString *recipe)
{
    const data_set from = set_of(a, part);
    for (size_t k = 0; from < SETS && k < LAYERS; k++) {
        if (layers[k].set != from || layers[k].part != part || weight == 0.0)
            continue;
        g_string_append(recipe, strchr(recipe->str, ' ') ? " + " : " ");
        if (weight != 1.0)
            g_string_append_printf(recipe, "0.%d ", (int)(weight * 10.0 + 0.5));
        g_string_append(recipe, layers[k].name);
    }
}

/* A covariate at one radius, m, 0: none; its file is made by the recipe, or, when that
 * is NULL, by another's. Whether it was added. */
static bool add_covariate(adding *a, const char *name, const char *title,
                          const char *recipe, double radius_m)
{
    const char *folder = a->city->ground.folder;
    char *label =
        radius_m > 0.0 ? g_strdup_printf("%s_%.0f", name, radius_m) : g_strdup(name);
    char *file = g_strdup_printf("%s/%s.tif", folder, name);
    const bool is_new = autan_city_find_covariate(a->city, label) < 0;
    if (is_new)
        a->covariate[a->n_covariates++] = (autan_city_covariate){
            .name = copy(a, label),
            .file = copy(a, file),
            .title = copy(a, title),
            .make = copy(a, recipe),
            .radius_m = radius_m,
            .line = a->line,
        };
    g_free(label);
    g_free(file);
    return is_new;
}

static void add_fractions(adding *a, size_t k)
{
    GString *recipe = g_string_new(covariates[k].method);
    bool made = false;
    for (size_t i = 0; i < 2; i++)
        name_layers(a, covariates[k].of[i].part, covariates[k].of[i].weight, recipe);
    for (size_t r = 0; strchr(recipe->str, ' ') && r < RADII; r++) {
        const double radius_m = covariates[k].radius_m[r];
        if (radius_m > 0.0)
            made |= add_covariate(a, covariates[k].name, covariates[k].title,
                                  made ? NULL : recipe->str, radius_m);
    }
    g_string_free(recipe, TRUE);
}

static void add_elevation(adding *a)
{
    const char *path = a->city->ground.elevation;
    if (!path)
        return;
    if (autan_city_find_layer(a->city, "relief") < 0)
        a->layer[a->n_layers++] = (autan_city_layer){
            .name = copy(a, "relief"), .source = copy(a, path), .line = a->line};
    add_covariate(a, "elevation", "Elevation, m", "mean relief", 0.0);
}

autan_status autan_open_data_add(autan_city *city, int line)
{
    const size_t layers_most = LAYERS + 1 + city->n_layers;
    const size_t covariates_most = COVARIATES * RADII + 1 + city->n_grids;
    adding a = {.city = city, .line = line, .good = true};
    a.layer = calloc(layers_most, sizeof *a.layer);
    a.covariate = calloc(covariates_most, sizeof *a.covariate);
    if (!a.layer || !a.covariate) {
        free(a.layer);
        free(a.covariate);
        return AUTAN_NO_MEMORY;
    }
    for (int p = 0; p < PARTS; p++) {
        for (size_t k = 0; k < LAYERS; k++) {
            if (layers[k].part == (ground_part)p &&
                layers[k].set == set_of(&a, (ground_part)p))
                add_layer(&a, k);
        }
    }
    for (size_t k = 0; k < COVARIATES; k++) {
        if (!covariates[k].of_heights || is_given(&a, BDTOPO))
            add_fractions(&a, k);
    }
    add_elevation(&a);
    memcpy(a.layer + a.n_layers, city->layer, city->n_layers * sizeof *a.layer);
    memcpy(a.covariate + a.n_covariates, city->covariate,
           city->n_grids * sizeof *a.covariate);
    free(city->layer);
    free(city->covariate);
    city->layer = a.layer;
    city->covariate = a.covariate;
    city->n_layers += a.n_layers;
    city->n_grids += a.n_covariates;
    return a.good ? AUTAN_OK : AUTAN_NO_MEMORY;
}
