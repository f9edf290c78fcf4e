#include "kriging/product.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/vector.h"

#define REAL    double
#define NAME(x) x##_double
#include "kriging/product_real.h"
#undef REAL
#undef NAME

#define REAL    float
#define NAME(x) x##_float
#include "kriging/product_real.h"
#undef REAL
#undef NAME

enum { ALIGNMENT = 64 };

static size_t size_of(autan_precision precision)
{
    return precision == AUTAN_SINGLE ? sizeof(float) : sizeof(double);
}

void *autan_aligned_new(size_t rows, size_t columns, autan_precision precision)
{
    size_t count, bytes;
    if (__builtin_mul_overflow(rows, columns, &count) ||
        __builtin_mul_overflow(count, size_of(precision), &bytes) ||
        __builtin_add_overflow(bytes, ALIGNMENT, &bytes))
        return NULL;
    return aligned_alloc(ALIGNMENT, bytes / ALIGNMENT * ALIGNMENT);
}

int autan_is_aligned(const void *at)
{
    return (uintptr_t)at % ALIGNMENT == 0;
}

autan_status autan_factor_make(autan_precision precision, size_t n_rows, size_t depth,
                               int triangular, autan_factor *factor)
{
    const size_t n_panels = (n_rows + AUTAN_PANEL - 1) / AUTAN_PANEL;
    void *value = autan_aligned_new(n_panels * AUTAN_PANEL, depth, precision);
    if (!value)
        return AUTAN_NO_MEMORY;
    memset(value, 0, n_panels * AUTAN_PANEL * depth * size_of(precision));
    *factor = (autan_factor){precision, n_rows, depth, n_panels, triangular, value};
    return AUTAN_OK;
}

void autan_factor_clear(autan_factor *factor)
{
    free(factor->value);
    *factor = (autan_factor){0};
}

void autan_factor_set(autan_factor *factor, size_t r, const double *value,
                      size_t stride)
{
    if (factor->precision == AUTAN_SINGLE)
        set_float(factor, r, value, stride);
    else
        set_double(factor, r, value, stride);
}

void autan_factor_product(const autan_factor *factor, size_t panel, const void *right,
                          size_t width, void *out)
{
    const size_t last = (panel + 1) * AUTAN_PANEL;
    const size_t depth =
        factor->triangular && last < factor->depth ? last : factor->depth;
    const size_t start = panel * factor->depth * AUTAN_PANEL;
    if (factor->precision == AUTAN_SINGLE)
        product_float(depth, (const float *)factor->value + start, right, width, out);
    else
        product_double(depth, (const double *)factor->value + start, right, width, out);
}
