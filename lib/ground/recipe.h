/* Recipes: how a covariate is made of layers and of other covariates.
 *
 *     METHOD [WEIGHT] NAME [+ [WEIGHT] NAME]... [NUMBER]...
 *
 * such as `fraction wood + 0.4 park` or `valley relief 2000`. A number right before a
 * name is its weight; numbers after the last name are the method's. `+` may be left
 * out. NAME.ATTRIBUTE is an attribute of a layer. The methods are one table, in
 * recipe.c; doc/ground.md has their equations. */
#ifndef AUTAN_GROUND_RECIPE_H
#define AUTAN_GROUND_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    AUTAN_MAKE_FRACTION,    /* share of the ground under layers */
    AUTAN_MAKE_HEIGHT,      /* mean height over the area of layers, m */
    AUTAN_MAKE_FRONTAL,     /* frontal area of layers by ground area */
    AUTAN_MAKE_SKY_VIEW,    /* sky view factor of the open ground */
    AUTAN_MAKE_DISTANCE,    /* to the nearest patch of layers, m */
    AUTAN_MAKE_DENSITY,     /* of points or of an amount spread over polygons, ha-1 */
    AUTAN_MAKE_MEAN,        /* of a raster's band */
    AUTAN_MAKE_SHARE,       /* of the ground where a raster has one of some values */
    AUTAN_MAKE_NDVI,        /* from two bands */
    AUTAN_MAKE_BANDS,       /* weighted sum of bands, for albedo */
    AUTAN_MAKE_DISTANCE_TO, /* to a place of given longitude and latitude, m */
    AUTAN_MAKE_SLOPE,       /* of a relief, degree */
    AUTAN_MAKE_VALLEY,      /* height above the valley floor, m */
    AUTAN_MAKE_POOL,        /* cold-air pooling index */
    AUTAN_MAKE_DISC,        /* mean of a covariate over a disc */
    AUTAN_MAKE_GAUSS,       /* mean of a covariate with Gaussian weights */
    AUTAN_MAKE_LCZ,         /* local climate zone guessed from fractions */
    AUTAN_MAKES
} autan_make;

/* What the names of a recipe are. */
typedef enum {
    AUTAN_OF_NOTHING,
    AUTAN_OF_VECTORS,    /* layers that are painted */
    AUTAN_OF_AMOUNTS,    /* layers that are counted or spread */
    AUTAN_OF_RASTER,     /* a layer that is a raster */
    AUTAN_OF_COVARIATES, /* covariates given above in the city file */
} autan_recipe_names;

typedef struct {
    const char *word; /* of the recipe */
    autan_recipe_names names;
    size_t names_min, names_max, numbers_min, numbers_max;
    const char *unit;  /* NULL: that of what it is made of */
    int decimals;      /* kept in the stack; -1: 3, of values beyond 50 only 1 */
    double low, high;  /* values beyond are an error of the program or of the source */
    const char *use;   /* the form, for messages */
    const char *title; /* in words */
} autan_method;

const autan_method *autan_method_get(autan_make make);

enum { AUTAN_RECIPE_TERMS = 32, AUTAN_RECIPE_NUMBERS = 32 };

typedef struct {
    char *name;      /* of a layer or covariate */
    char *attribute; /* or NULL */
    double weight;   /* 1 when not given */
} autan_recipe_term;

typedef struct {
    autan_make make;
    size_t n_terms, n_numbers;
    autan_recipe_term term[AUTAN_RECIPE_TERMS];
    double number[AUTAN_RECIPE_NUMBERS];
} autan_recipe;

/* Parses a recipe. AUTAN_BAD_SYNTAX, with what was expected, in err. Free with
 * autan_recipe_clear. */
autan_status autan_recipe_parse(const char *text, autan_recipe *recipe,
                                autan_error *err);
void autan_recipe_clear(autan_recipe *recipe);

#ifdef __cplusplus
}
#endif
#endif
