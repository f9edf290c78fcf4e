#include "ground/recipe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

static const autan_method table[AUTAN_MAKES] = {
    [AUTAN_MAKE_FRACTION] = {"fraction", AUTAN_OF_VECTORS, 1, AUTAN_RECIPE_TERMS, 0, 0,
                             "1", 3, 0, 1, "fraction LAYER + 0.4 LAYER",
                             "fraction of the cell"},
    [AUTAN_MAKE_HEIGHT] = {"height", AUTAN_OF_VECTORS, 1, AUTAN_RECIPE_TERMS, 0, 0, "m",
                           1, 0, 1000, "height LAYER", "mean height of what is built"},
    [AUTAN_MAKE_FRONTAL] = {"frontal", AUTAN_OF_VECTORS, 1, AUTAN_RECIPE_TERMS, 0, 0,
                            "1", 3, 0, 100, "frontal LAYER",
                            "frontal area by ground area"},
    [AUTAN_MAKE_SKY_VIEW] = {"sky-view", AUTAN_OF_VECTORS, 1, AUTAN_RECIPE_TERMS, 0, 0,
                             "1", 3, 0, 1, "sky-view LAYER",
                             "sky view factor of open ground"},
    [AUTAN_MAKE_DISTANCE] = {"distance", AUTAN_OF_VECTORS, 1, AUTAN_RECIPE_TERMS, 0, 1,
                             "m", 0, 0, INFINITY, "distance LAYER [SMALLEST_HA]",
                             "distance to the nearest patch"},
    [AUTAN_MAKE_DENSITY] = {"density", AUTAN_OF_AMOUNTS, 1, AUTAN_RECIPE_TERMS, 0, 0,
                            "ha-1", 3, 0, INFINITY,
                            "density LAYER or density LAYER.ATTRIBUTE",
                            "number per hectare"},
    [AUTAN_MAKE_MEAN] = {"mean", AUTAN_OF_RASTER, 1, 1, 0, 1, NULL, -1, -INFINITY,
                         INFINITY, "mean LAYER [BAND]", "mean over the cell"},
    [AUTAN_MAKE_SHARE] = {"share", AUTAN_OF_RASTER, 1, 1, 1, AUTAN_RECIPE_NUMBERS, "1",
                          3, 0, 1, "share LAYER VALUE...",
                          "share of the cell in a class"},
    [AUTAN_MAKE_NDVI] = {"ndvi", AUTAN_OF_RASTER, 1, 1, 2, 2, "1", 3, -1, 1,
                         "ndvi LAYER RED_BAND NIR_BAND",
                         "normalised difference vegetation index"},
    [AUTAN_MAKE_BANDS] = {"bands", AUTAN_OF_RASTER, 1, 1, 2, AUTAN_RECIPE_NUMBERS, "1",
                          4, -INFINITY, INFINITY,
                          "bands LAYER WEIGHT BAND [WEIGHT BAND]...",
                          "weighted sum of bands"},
    [AUTAN_MAKE_DISTANCE_TO] = {"distance-to", AUTAN_OF_NOTHING, 0, 0, 2, 2, "m", 0, 0,
                                INFINITY, "distance-to LONGITUDE LATITUDE",
                                "distance to a place"},
    [AUTAN_MAKE_SLOPE] = {"slope", AUTAN_OF_COVARIATES, 1, 1, 0, 0, "degree", 2, 0, 90,
                          "slope COVARIATE", "slope"},
    [AUTAN_MAKE_VALLEY] = {"valley", AUTAN_OF_COVARIATES, 1, 1, 0, 1, "m", 1, 0,
                           INFINITY, "valley COVARIATE [RADIUS_M]",
                           "height above the valley floor"},
    [AUTAN_MAKE_POOL] = {"pool", AUTAN_OF_COVARIATES, 1, 1, 0, 1, "1", 3, 0, 1,
                         "pool COVARIATE [RADIUS_M]", "cold-air pooling index"},
    [AUTAN_MAKE_DISC] = {"disc", AUTAN_OF_COVARIATES, 1, 1, 1, 1, NULL, -1, -INFINITY,
                         INFINITY, "disc COVARIATE RADIUS_M", "mean over a disc"},
    [AUTAN_MAKE_GAUSS] = {"gauss", AUTAN_OF_COVARIATES, 1, 1, 1, 1, NULL, -1, -INFINITY,
                          INFINITY, "gauss COVARIATE SIGMA_M",
                          "mean with Gaussian weights"},
    [AUTAN_MAKE_LCZ] = {"lcz-guess", AUTAN_OF_COVARIATES, 5, 6, 0, 0, "1", 0, 1, 17,
                        "lcz-guess BUILDING SEALED TREES GRASS WATER [HEIGHT]",
                        "local climate zone guessed, 1 to 10, 11 to 17 for A to G"},
};

const autan_method *autan_method_get(autan_make make)
{
    return &table[make];
}

static autan_status bad(autan_error *err, const char *text, const char *what)
{
    return autan_fail(err, AUTAN_BAD_SYNTAX, "\"%s\": expected %s", text, what);
}

static autan_status find_method(const char *text, const char *word, size_t length,
                                autan_make *make, autan_error *err)
{
    char words[400] = "";
    for (int k = 0; k < AUTAN_MAKES; k++) {
        if (strlen(table[k].word) == length &&
            strncmp(table[k].word, word, length) == 0) {
            *make = (autan_make)k;
            return AUTAN_OK;
        }
        if (k)
            strcat(words, ", ");
        strcat(words, table[k].word);
    }
    return autan_fail(err, AUTAN_BAD_SYNTAX,
                      "\"%s\": unknown method '%.*s', expected one of %s", text,
                      (int)length, word, words);
}

/* A name with the weight that stood before it. */
static autan_status add_term(autan_recipe *r, const char *text, char *token,
                             double weight, autan_error *err)
{
    char *dot = strchr(token, '.');
    autan_recipe_term *term = &r->term[r->n_terms];
    if (r->n_terms == AUTAN_RECIPE_TERMS)
        return bad(err, text, "fewer names");
    if (dot)
        *dot = '\0';
    if (*token == '\0' || (dot && dot[1] == '\0'))
        return bad(err, text, "NAME or NAME.ATTRIBUTE");
    *term = (autan_recipe_term){strdup(token), dot ? strdup(dot + 1) : NULL, weight};
    r->n_terms++;
    return term->name && (!dot || term->attribute)
               ? AUTAN_OK
               : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
}

static autan_status parse_tokens(const char *text, char *rest, autan_recipe *r,
                                 autan_error *err)
{
    autan_status status = AUTAN_OK;
    char *state = NULL;
    for (char *token = strtok_r(rest, " \t,", &state); token && status == AUTAN_OK;
         token = strtok_r(NULL, " \t,", &state)) {
        double number;
        if (strcmp(token, "+") == 0)
            continue;
        if (autan_number_parse(token, &number) == AUTAN_OK) {
            if (r->n_numbers == AUTAN_RECIPE_NUMBERS)
                return bad(err, text, "fewer numbers");
            r->number[r->n_numbers++] = number;
        } else if (r->n_numbers > 1) {
            status = bad(err, text, "one number before a name, its weight");
        } else {
            status = add_term(r, text, token, r->n_numbers ? r->number[0] : 1.0, err);
            r->n_numbers = 0;
        }
    }
    return status;
}

autan_status autan_recipe_parse(const char *text, autan_recipe *recipe,
                                autan_error *err)
{
    const char *start = text + strspn(text, " \t");
    size_t length = strcspn(start, " \t");
    autan_recipe made = {0};
    char *rest = strdup(start + length);
    autan_status status = rest ? find_method(text, start, length, &made.make, err)
                               : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    if (status == AUTAN_OK)
        status = parse_tokens(text, rest, &made, err);
    if (status == AUTAN_OK) {
        const autan_method *m = &table[made.make];
        if (made.n_terms < m->names_min || made.n_terms > m->names_max ||
            made.n_numbers < m->numbers_min || made.n_numbers > m->numbers_max)
            status = bad(err, text, m->use);
    }
    free(rest);
    if (status != AUTAN_OK) {
        autan_recipe_clear(&made);
        return status;
    }
    *recipe = made;
    return AUTAN_OK;
}

void autan_recipe_clear(autan_recipe *recipe)
{
    for (size_t i = 0; i < recipe->n_terms; i++) {
        free(recipe->term[i].name);
        free(recipe->term[i].attribute);
    }
    *recipe = (autan_recipe){0};
}
