/* The city file (CITY.ini): everything a town says about itself. */
#ifndef AUTAN_FILES_CITY_H
#define AUTAN_FILES_CITY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/grid.h"
#include "heat/risk.h"
#include "heat/rule.h"
#include "data/variable.h"
#include "files/http.h"
#include "files/mapping.h"
#include "kriging/covariance.h"
#include "qc/check.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A list of names, as written with commas or blanks between them. */
typedef struct {
    size_t n;
    char **name;
} autan_names;

typedef struct {
    char *name;
    char *file;      /* resolved against the city file's folder */
    double radius_m; /* 0: the value at the place itself */
    char *make;   /* how `grid` makes the file (ground/recipe.h); NULL: it is given */
    char *title;  /* what it is, in words, or NULL */
    char *within; /* layer outside which nothing is known, or NULL */
    char *
        check; /* attribute of the stations to compare with, and its divisor, or NULL */
    bool idle; /* made and reported, and no part of the maps */
    size_t number; /* its place in the city file */
    int line;      /* of its section header */
} autan_city_covariate;

/* A source of what is known of the ground, for `grid`. Texts are NULL where not given.
 */
typedef struct {
    char *name;
    char *source;  /* file or folder, resolved */
    char *layer;   /* its name in the source; the only one when not given */
    char *where;   /* ground/filter.h */
    char *width;   /* of lines and points: metres, or an attribute that holds them */
    char *height;  /* of buildings: metres, or an attribute that holds them */
    char *crs;     /* instead of what the source says */
    char *nodata;  /* of a raster, instead of what it says */
    char *options; /* open options of the GDAL driver */
    char *cover;   /* canvas it is painted on; layers of another one do not hide it */
    char *licence, *date, *credits;
    bool swap_axes; /* coordinates come as y, x */
    bool optional;  /* may be empty: one of open_data.h, which not every town has */
    int line;
} autan_city_layer;

/* [grid]: how `grid` works. */
typedef struct {
    size_t samples;    /* along a cell's side; 0: chosen after the resolution */
    double memory_mib; /* that a run may hold, about */
    char *work;        /* folder of what is kept for a restart, resolved */
    char *sites;       /* file of the values at the stations, resolved */
    autan_names radii; /* of further columns in it, m, each a positive number */
    char *openstreetmap, *bdtopo, *elevation; /* open_data.h, resolved; or NULL */
    char *folder;                             /* of what is made of these, resolved */
} autan_city_grid;

/* [alert]: heatwave risk and what is told of it. Texts are NULL where not given. */
typedef struct {
    char *zones, *zone_name;       /* file of polygons, and the field of their names */
    char *people;                  /* file of places with numbers of people */
    autan_names people_fields;     /* summed */
    char *cool_places, *cool_name; /* file of them, and its field of names */
    const autan_rule *rule;        /* a row of its table */
    autan_norm norm; /* thresholds NaN where neither given nor a department's */
    autan_risk_limits limits;
    char *sender, *contact, *web, *geocode, *hook;
    char *status; /* of CAP: Actual, Exercise, Test; NULL: Test */
} autan_city_alert;

/* [publish]: the open data, and what is said of it. Texts are NULL where not given. */
typedef struct {
    char *title, *title_en;             /* in French and English */
    char *description, *description_en; /* a sentence or two */
    char *publisher, *publisher_url;
    char *contact; /* an address of mail or a page */
    char *licence,
        *licence_url;  /* a name known to files/licence.h, or any with a URL */
    char *attribution; /* whom users have to name */
    char *url;         /* where the folder is served, without a / at its end */
    char *identifier;  /* of the data set: a DOI, say */
    autan_names keywords;
    bool high_value; /* Regulation (EU) 2023/138 applies */
} autan_city_publish;
enum { AUTAN_CITY_THRESHOLDS = 6 };

/* [report]: what `report` tells of. Texts are NULL where not given. */
typedef struct {
    char *zones, *zone_name; /* instead of those of [alert] */
    char *lcz;               /* raster of local climate zones, 1 to 17; resolved */
    size_t n_thresholds;
    double threshold[AUTAN_CITY_THRESHOLDS]; /* of hot hours, degC */
} autan_city_report;

/* [products]: where what is made of the archive is kept, resolved. */
typedef struct {
    char *maps;     /* folder of map files */
    char *forecast; /* map file of the forecast */
    char *alert;    /* folder */
    char *data;     /* folder of the open data */
    char *site;     /* folder of the viewer */
} autan_city_products;

/* [run]: the operational cycle. */
typedef struct {
    double refit_days; /* age of the model, in readings, from which it is learnt anew */
    size_t map_days;   /* newest days whose missing maps are made */
    size_t disk_days, keep_days; /* of the site; keep_days 0: all */
    char *guidance;              /* file of a weather model, resolved, or NULL */
    bool publish;
} autan_city_run;

typedef enum {
    AUTAN_TREND_AUTO = 0,
    AUTAN_TREND_NONE,
    AUTAN_TREND_LIST
} autan_trend_choice;
typedef enum {
    AUTAN_RURAL_AUTO = 0,
    AUTAN_RURAL_NONE,
    AUTAN_RURAL_LIST
} autan_rural_choice;

/* The network's live source. */
typedef struct {
    char *url;            /* of the portal's API, without a / at its end; or NULL */
    autan_names datasets; /* empty: those of its catalogue */
    char *user_agent, *proxy;
    autan_http_options http; /* with the two texts above */
} autan_city_source;

typedef struct {
    char *path;   /* as given by the user */
    char *folder; /* the folder it is in, "." included */

    char *name;
    char *timezone;
    autan_zone *zone;
    char *crs;
    autan_grid grid;
    char *archive; /* folder, resolved */

    char *stations; /* file, resolved */

    size_t n_covariates; /* of the maps, which come first */
    size_t n_grids;      /* and with those that are idle */
    autan_city_covariate *covariate;
    size_t n_layers;
    autan_city_layer *layer;
    autan_city_grid ground;

    autan_trend_choice trend;
    autan_names trend_terms; /* AUTAN_TREND_LIST: names of covariates */
    bool covariance_given;
    autan_covariance covariance; /* when given */

    autan_rural_choice rural; /* reference of the urban heat island */
    autan_names rural_stations;

    autan_qc_settings qc[AUTAN_VARIABLES]; /* checks and their numbers */
    char *qc_limits;       /* file of limits by month and station, resolved; or NULL */
    autan_mapping mapping; /* of CSV of no known format */
    autan_city_source source;

    autan_city_alert alert;
    autan_city_publish publish;
    autan_city_report report;
    autan_city_products products;
    autan_city_run run;

    /* What the files say about their origin; NULL where not given. */
    char *institution, *license, *credits, *notice;
} autan_city;

/* Reads and checks a city file. Every key has a default but those of [city] name,
 * timezone, crs, extent, resolution and of [stations] file. AUTAN_BAD_CONFIG for
 * anything wrong in it, the line named, and when it cannot be read: without it nothing
 * is configured. The files it names are not opened here. Free with autan_city_clear. */
autan_status autan_city_read(const char *path, autan_city *city, autan_error *err);
void autan_city_clear(autan_city *city);

/* The number of the covariate of that name, idle or not, or -1. */
long autan_city_find_covariate(const autan_city *city, const char *name);
/* The covariate that stands at a place of the city file, number < n_grids. */
const autan_city_covariate *autan_city_covariate_at(const autan_city *city,
                                                    size_t number);
/* The number of the layer of that name, or -1. */
long autan_city_find_layer(const autan_city *city, const char *name);

#ifdef __cplusplus
}
#endif
#endif
