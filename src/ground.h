/* The covariate stack of a town, from the sources its city file names. */
#ifndef AUTAN_GROUND_H
#define AUTAN_GROUND_H

#include <stdbool.h>
#include <stddef.h>

#include "data/station.h"
#include "files/city.h"
#include "files/imagery.h"
#include "files/scratch.h"
#include "files/spool.h"
#include "files/vector.h"
#include "ground/frame.h"
#include "ground/paint.h"
#include "ground/recipe.h"

/* A covariate that is made. */
typedef struct {
    const autan_city_covariate *covariate;
    const autan_method *method;
    autan_recipe recipe;
    autan_weights *set;    /* n_covers: the pixels it is of; NULL unless of vectors */
    autan_weights *within; /* n_covers: outside of them nothing is known; or NULL */
    uint32_t *amount_rule; /* n_terms: of a density */
    long *input;           /* n_terms: numbers of covariates; of those made of others */
    autan_imagery *imagery;
    autan_imagery_counts pixels;
    long in_block;     /* its place among the values or masks of a block; -1: none */
    long within_block; /* and that of the share that is known */
} ground_item;

/* Layers read from one source together. */
typedef struct {
    autan_vector_source source;
    autan_vector_rule *rule;
    autan_vector_counts *counts;
} ground_source;

typedef struct {
    autan_city city;
    autan_station_table stations; /* projected */
    autan_frame frame;
    size_t n_items;
    ground_item *item;
    size_t n_sources;
    ground_source *source;
    size_t n_rules;
    autan_brush *brush; /* by rule */
    autan_filter **filter;
    size_t *layer_of; /* by rule: number of the city's layer */
    size_t n_covers;
    const char **cover;
    bool *cover_heights;
    size_t n_values, n_masks; /* of a block */
    size_t mask_side;         /* pixels along a square of the masks */
    char *work;
    autan_spool *spool;
    bool *painted; /* by block of the frame: whether there is anything */
} ground;

/* The sky is looked up this far, m. */
#define GROUND_SKY_REACH_M 100.0

/* Reads the city file and resolves what is to be made of what. AUTAN_BAD_CONFIG names
 * the line. Free with ground_close. */
autan_status ground_open(const char *path, ground *g, autan_error *err);
void ground_close(ground *g);

/* Whether a layer is read as a raster, for recipes. */
bool ground_is_raster(const ground *g, size_t layer);

/* Prepares the folder of work: what an earlier run left there is kept only when neither
 * the city file's sections nor the sources have changed since. */
autan_status ground_prepare_work(ground *g, bool again, autan_error *err);
void ground_remove_work(const ground *g);

/* Reads all sources; what was repaired or left out is noted. */
autan_status ground_read_sources(ground *g, autan_error *err);

/* Bytes that a run may hold, from the city file, and the part of it that GDAL may keep
 * of rasters. */
double ground_memory(const ground *g);
#define GROUND_CACHE_SHARE 8.0

/* Bytes that a block takes while it is made, but for its shapes; how many are made at
 * once. Bytes that the plane of an item takes. */
double ground_block_bytes(const ground *g);
int ground_block_threads(const ground *g);
double ground_plane_bytes(const ground *g, const ground_item *item);

/* Says what memory and disk will be taken, where it is much, or in detail. */
void ground_say_needs(const ground *g);

/* Paints all blocks, and keeps what follows from them. */
autan_status ground_make_blocks(ground *g, autan_error *err);

/* What the blocks hold under one number, as a plane: values (double), of which those of
 * blocks where nothing is painted are `nothing`, and masks (uint8_t) of the squares of
 * g->mask_side pixels. The plane must be 0. */
autan_status ground_collect_values(const ground *g, long number, double nothing,
                                   autan_scratch *plane, autan_error *err);
autan_status ground_collect_mask(const ground *g, long number, autan_scratch *plane,
                                 autan_error *err);

/* The plane (double) of an item, whose inputs are made. */
autan_status ground_make_plane(const ground *g, const ground_item *item,
                               autan_scratch *plane, autan_error *err);

/* Tells that memory is short, and returns that. */
autan_status ground_no_memory(autan_error *err);

/* Makes and writes all covariates. Those that an interrupted run finished, and that
 * nobody has touched since, stay. */
autan_status ground_make(ground *g, autan_error *err);

/* Writes the values at the stations' places. */
autan_status ground_write_sites(ground *g, autan_error *err);

/* Paints a window of the frame. Clear the canvas with autan_canvas_clear, and the marks
 * with autan_spooled_list_clear. */
autan_status ground_paint(const ground *g, const autan_window *window,
                          autan_canvas *canvas, autan_spooled_list *marks,
                          autan_error *err);

/* The file of the values at the stations, for g_free(). */
char *ground_sites_path(const ground *g);

/* Source, licence and date of what an item is made of, joined, for g_free(); what is
 * "credits", "licence" or "date". */
char *ground_origin(const ground *g, const ground_item *item, const char *what);

#endif
