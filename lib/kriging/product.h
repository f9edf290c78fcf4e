/* Products of a matrix with the functions of many places, where all time is spent. Not
 * installed.
 *
 * The right factor stands place by place: its rows are functions, `width` values long,
 * width a multiple of AUTAN_LANES. The left factor is laid out once in panels of
 * AUTAN_PANEL rows, and may be used by many threads. BLAS would want the shapes larger
 * and squarer, and does not know every processor. */
#ifndef AUTAN_KRIGING_PRODUCT_H
#define AUTAN_KRIGING_PRODUCT_H

#include <stddef.h>

#include "base/status.h"

enum { AUTAN_PANEL = 12, AUTAN_LANES = 32 };

/* Single precision is for maps of fitted models: their means are off by some 1e-5 K. */
typedef enum { AUTAN_DOUBLE = 0, AUTAN_SINGLE } autan_precision;

/* A left factor of n_rows x depth, in panels: element (r, k) is at
 * value[(r / PANEL * depth + k) * PANEL + r % PANEL]. */
typedef struct {
    autan_precision precision;
    size_t n_rows, depth, n_panels;
    int triangular; /* panels end with the diagonal */
    void *value;
} autan_factor;

/* A factor of zeros, to be filled by autan_factor_set. AUTAN_NO_MEMORY. Free with
 * autan_factor_clear. */
autan_status autan_factor_make(autan_precision precision, size_t n_rows, size_t depth,
                               int triangular, autan_factor *factor);
void autan_factor_clear(autan_factor *factor);

/* Sets row r: element k is value[k * stride]. */
void autan_factor_set(autan_factor *factor, size_t r, const double *value,
                      size_t stride);

/* out (AUTAN_PANEL x width) = panel of the factor times right (depth x width); both
 * aligned to 64 bytes, in the factor's precision. Rows of out beyond the factor's last
 * are zero. Of a triangular factor only the rows of right up to the panel's last are
 * read. */
void autan_factor_product(const autan_factor *factor, size_t panel, const void *right,
                          size_t width, void *out);

/* Memory aligned for the above, for the caller to free(); NULL when short. */
void *autan_aligned_new(size_t rows, size_t columns, autan_precision precision);

/* Whether a row of out may stand there. */
int autan_is_aligned(const void *at);

#endif
