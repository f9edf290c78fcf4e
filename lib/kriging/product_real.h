/* autan_factor_product in one precision: REAL, and NAME(x) for the names of it. */

/* Rows of a panel ROWS at a time, two vectors of BYTES of places beside each other: the
 * sums fill the registers of the kind. */
#define PRODUCT(KIND, TARGET, BYTES, ROWS)                                             \
    TARGET static void KIND(size_t depth, const REAL *panel, const REAL *right,        \
                            size_t width, REAL *out)                                   \
    {                                                                                  \
        typedef REAL vector __attribute__((vector_size(BYTES)));                       \
        const size_t lanes = BYTES / sizeof(REAL);                                     \
        for (size_t r = 0; r < AUTAN_PANEL; r += ROWS) {                               \
            for (size_t c = 0; c < width; c += 2 * lanes) {                            \
                vector sum[ROWS][2];                                                   \
                _Pragma("GCC unroll 12") for (size_t i = 0; i < ROWS; i++) sum[i][0] = \
                    sum[i][1] = (vector){0};                                           \
                for (size_t k = 0; k < depth; k++) {                                   \
                    const REAL *factor = panel + k * AUTAN_PANEL + r;                  \
                    const REAL *at = right + k * width + c;                            \
                    const vector left = *(const vector *)(const void *)at;             \
                    const vector next = *(const vector *)(const void *)(at + lanes);   \
                    _Pragma("GCC unroll 12") for (size_t i = 0; i < ROWS; i++)         \
                    {                                                                  \
                        sum[i][0] += factor[i] * left;                                 \
                        sum[i][1] += factor[i] * next;                                 \
                    }                                                                  \
                }                                                                      \
                _Pragma("GCC unroll 12") for (size_t i = 0; i < ROWS; i++)             \
                {                                                                      \
                    REAL *to = out + (r + i) * width + c;                              \
                    *(vector *)(void *)to = sum[i][0];                                 \
                    *(vector *)(void *)(to + lanes) = sum[i][1];                       \
                }                                                                      \
            }                                                                          \
        }                                                                              \
    }

#if AUTAN_WIDE
PRODUCT(NAME(product_v4), __attribute__((target("arch=x86-64-v4"))), 64, 12)
PRODUCT(NAME(product_v3), __attribute__((target("arch=x86-64-v3"))), 32, 6)
#endif
PRODUCT(NAME(product_any), , 16, 4)

static void NAME(product)(size_t depth, const REAL *panel, const REAL *right,
                          size_t width, REAL *out)
{
#if AUTAN_WIDE
    if (__builtin_cpu_supports("x86-64-v4")) {
        NAME(product_v4)(depth, panel, right, width, out);
        return;
    }
    if (__builtin_cpu_supports("x86-64-v3")) {
        NAME(product_v3)(depth, panel, right, width, out);
        return;
    }
#endif
    NAME(product_any)(depth, panel, right, width, out);
}

static void NAME(set)(autan_factor *f, size_t r, const double *value, size_t stride)
{
    REAL *panel = (REAL *)f->value + r / AUTAN_PANEL * f->depth * AUTAN_PANEL;
    for (size_t k = 0; k < f->depth; k++)
        panel[k * AUTAN_PANEL + r % AUTAN_PANEL] = (REAL)value[k * stride];
}

#undef PRODUCT
