/* Places taken some at a time: the functions of place that all maps are combinations
 * of, and the means and standard errors made of them. Not installed.
 *
 * The functions are the kernels centred on the stations, the trend terms and 1. Values
 * stand function by function, the places of a tile side by side, so that every loop
 * runs over places. A tile works in double or in single precision: `real` below. */
#ifndef AUTAN_KRIGING_TILE_H
#define AUTAN_KRIGING_TILE_H

#include <stddef.h>

#include "base/status.h"
#include "kriging/design.h"
#include "kriging/model.h"
#include "kriging/product.h"
#include "kriging/spread.h"

typedef struct {
    autan_precision precision;
    const autan_model *model;    /* borrowed */
    const autan_sites *stations; /* borrowed */
    const autan_spread *spread;  /* borrowed; NULL: means alone */
    size_t n_functions, n_kernel_functions;
    size_t width; /* values from one function to the next */
    size_t n;     /* places filled in */
    /* All of reals, width to a row. Kernel j of station i is function
     * j * stations + i; then the terms, then 1. */
    void *value;
    void *product;    /* products of terms, and unknown terms, as in quadratic forms */
    void *pattern;    /* of each group but for its terms, once has_patterns */
    void *form;       /* of the group at hand */
    void *covariance; /* c~ of a level */
    void *out;        /* a panel of a product */
    void *variance;   /* of each level */
    void *weight;     /* of the group's missing stations */
    void *distance;   /* 3 rows: x, y, distance */
    double *terms, *unknown; /* place by place */
    int has_patterns;        /* 0: the first form of these places makes them */
} autan_tile;

size_t autan_tile_functions(const autan_model *model, size_t n_stations);

/* The number of places that stay in the cache with their functions. */
size_t autan_tile_places(const autan_model *model, size_t n_stations,
                         autan_precision precision);

/* A tile of up to n_places. AUTAN_NO_MEMORY. Clear with autan_tile_clear. */
autan_status autan_tile_make(const autan_model *model, const autan_sites *stations,
                             const autan_spread *spread, autan_precision precision,
                             size_t n_places, autan_tile *tile);
void autan_tile_clear(autan_tile *tile);

/* Fills in the places first .. first + n - 1. Without covariates (places->covariate
 * NULL) the terms are 0. A flat term whose covariate is missing is NaN. */
void autan_tile_fill(autan_tile *tile, const autan_sites *places, size_t first,
                     size_t n);

/* Rows of the coefficients times the functions: mean[r * stride + place]. */
void autan_tile_means(autan_tile *tile, const autan_factor *coefficient, size_t stride,
                      float *mean);

/* The sums over the places of each function (n_functions), added to sum; places with a
 * NaN are left out. Returns how many were taken. */
size_t autan_tile_sums(const autan_tile *tile, double *sum);

/* The group's form at the places, into tile->form. */
void autan_tile_form(autan_tile *tile, const autan_spread_group *group);

/* Standard errors of the group's hours from tile->form: those of a wanted hour go to
 * standard_error[position * stride + place]. */
void autan_tile_errors(autan_tile *tile, const autan_spread_group *group, size_t stride,
                       float *standard_error);

#endif
