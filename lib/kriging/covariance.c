#include "kriging/covariance.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/number.h"
#include "kriging/vector.h"

AUTAN_SIMD_MATH

/* The exponential of x <= 0, within two units in the last place, for loops under `omp
 * simd`, where it is part of the loop as a call of libmvec's is not: 2^n exp(r), n
 * being the whole number next to x / ln 2. Below -87 it stays at exp(-87). NaN passes.
 */
static inline float exponential_of(float x)
{
    const float log2_e = 1.44269504f;
    /* ln 2 in two parts; n times the first is exact. */
    const float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
    /* Floats from here on are whole numbers, n in their last bits. */
    const float whole = 12582912.0f;
    union {
        float real;
        uint32_t bits;
    } shifted, power;
    float n, r, p;
    x = x < -87.0f ? -87.0f : x;
    shifted.real = x * log2_e + whole;
    n = shifted.real - whole;
    r = x - n * ln2_high - n * ln2_low;
    /* (exp(r) - 1 - r) / r^2 on |r| <= ln 2 / 2, least largest relative error of exp.
     */
    p = 0.001381453819f;
    p = p * r + 0.00836874536f;
    p = p * r + 0.04166839083f;
    p = p * r + 0.166665204f;
    p = p * r + 0.4999999343f;
    power.bits = (shifted.bits + 127) << 23;
    return (p * r * r + r + 1.0f) * power.real;
}

/* The correlations as expressions of u, the distance over the range, E being the
 * exponential of their precision. */
#define EXPONENTIAL(E, u) E(-(u))
#define SPHERICAL(E, u)   ((u) < 1 ? 1 - (u) * (3 - (u) * (u)) / 2 : 0)
#define GAUSSIAN(E, u)    E(-(u) * (u))
#define MATERN_3_2(E, u)  ((1 + (u)) * E(-(u)))
#define MATERN_5_2(E, u)  ((1 + (u) * (1 + (u) / 3)) * E(-(u)))

/* Fills value[k] with the correlation at distance[k], r being the range. */
#define VALUES(NAME, REAL, E, CORRELATION)                                             \
    AUTAN_CLONES static void NAME(double r, size_t n, const REAL *distance,            \
                                  REAL *value)                                         \
    {                                                                                  \
        const REAL scale = (REAL)(1.0 / r);                                            \
        _Pragma("omp simd") for (size_t k = 0; k < n; k++)                             \
        {                                                                              \
            REAL u = distance[k] * scale;                                              \
            value[k] = CORRELATION(E, u);                                              \
        }                                                                              \
    }
#define BOTH(NAME, CORRELATION)                                                        \
    VALUES(NAME, double, exp, CORRELATION)                                             \
    VALUES(NAME##_float, float, exponential_of, CORRELATION)

BOTH(exponential, EXPONENTIAL)
BOTH(spherical, SPHERICAL)
BOTH(gaussian, GAUSSIAN)
BOTH(matern_3_2, MATERN_3_2)
BOTH(matern_5_2, MATERN_5_2)

static const struct {
    const char *name;
    void (*values)(double r, size_t n, const double *distance, double *value);
    void (*values_float)(double r, size_t n, const float *distance, float *value);
} table[AUTAN_COVARIANCE_MODELS] = {
    [AUTAN_NUGGET] = {"nugget", NULL, NULL},
    [AUTAN_EXP] = {"exp", exponential, exponential_float},
    [AUTAN_SPH] = {"sph", spherical, spherical_float},
    [AUTAN_GAU] = {"gau", gaussian, gaussian_float},
    [AUTAN_MAT32] = {"mat32", matern_3_2, matern_3_2_float},
    [AUTAN_MAT52] = {"mat52", matern_5_2, matern_5_2_float},
};

const char *autan_covariance_model_name(autan_covariance_model model)
{
    return table[model].name;
}

void autan_kernel_values(const autan_kernel *kernel, size_t n, const double *distance,
                         double *value)
{
    table[kernel->model].values(kernel->range_m, n, distance, value);
}

void autan_kernel_values_float(const autan_kernel *kernel, size_t n,
                               const float *distance, float *value)
{
    table[kernel->model].values_float(kernel->range_m, n, distance, value);
}

void autan_covariance_values(const autan_covariance *covariance, size_t n,
                             const double *distance, double *value)
{
    enum { BLOCK = 256 };
    double part[BLOCK], sum[BLOCK];
    for (size_t first = 0; first < n; first += BLOCK) {
        size_t count = n - first < BLOCK ? n - first : BLOCK;
        memset(sum, 0, count * sizeof *sum);
        for (size_t j = 0; j < covariance->n; j++) {
            autan_kernel_values(&covariance->kernel[j], count, distance + first, part);
            for (size_t k = 0; k < count; k++)
                sum[k] += covariance->sill[j] * part[k];
        }
        memcpy(value + first, sum, count * sizeof *sum);
    }
}

double autan_covariance_variance(const autan_covariance *covariance)
{
    double variance = covariance->nugget;
    for (size_t j = 0; j < covariance->n; j++)
        variance += covariance->sill[j];
    return variance;
}

/* The next word, from the first character that is no blank at or after *at to the next
 * blank. *at is left at its start, *end behind it. False at the end of the text or for
 * a word of `size` characters or more. */
static bool next_word(const char *text, size_t *at, size_t *end, char *word,
                      size_t size)
{
    size_t length = 0;
    while (isspace((unsigned char)text[*at]))
        (*at)++;
    while (text[*at + length] && !isspace((unsigned char)text[*at + length]))
        length++;
    *end = *at + length;
    if (length == 0 || length >= size)
        return false;
    memcpy(word, text + *at, length);
    word[length] = '\0';
    return true;
}

static bool find_model(const char *name, autan_covariance_model *model)
{
    for (int m = 0; m < AUTAN_COVARIANCE_MODELS; m++) {
        if (strcmp(table[m].name, name) == 0) {
            *model = (autan_covariance_model)m;
            return true;
        }
    }
    return false;
}

/* One term; *at is behind it, or at the word that stopped the reading. */
static autan_status parse_term(const char *text, size_t *at, autan_covariance *out)
{
    char word[32];
    double sill, range;
    size_t end;
    autan_covariance_model model;

    if (!next_word(text, at, &end, word, sizeof word) ||
        autan_number_parse(word, &sill))
        return AUTAN_BAD_SYNTAX;
    if (sill < 0)
        return AUTAN_OUT_OF_DOMAIN;
    *at = end;
    if (!next_word(text, at, &end, word, sizeof word) || !find_model(word, &model))
        return AUTAN_BAD_SYNTAX;
    if (model == AUTAN_NUGGET) {
        *at = end;
        out->nugget += sill;
        return AUTAN_OK;
    }
    if (out->n == AUTAN_KERNELS_MAX)
        return AUTAN_BAD_SYNTAX;
    *at = end;
    if (!next_word(text, at, &end, word, sizeof word) ||
        autan_number_parse(word, &range))
        return AUTAN_BAD_SYNTAX;
    if (!(range > 0))
        return AUTAN_OUT_OF_DOMAIN;
    *at = end;
    out->kernel[out->n] = (autan_kernel){model, range};
    out->sill[out->n++] = sill;
    return AUTAN_OK;
}

autan_status autan_covariance_parse(const char *text, autan_covariance *covariance,
                                    size_t *column)
{
    autan_covariance made = {0};
    char word[2];
    size_t at = 0, end;
    autan_status status = parse_term(text, &at, &made);

    while (status == AUTAN_OK) {
        if (next_word(text, &at, &end, word, sizeof word) && strcmp(word, "+") == 0) {
            at = end;
            status = parse_term(text, &at, &made);
        } else if (text[at] == '\0') {
            break;
        } else {
            status = AUTAN_BAD_SYNTAX;
        }
    }
    if (status == AUTAN_OK && !(autan_covariance_variance(&made) > 0)) {
        status = AUTAN_OUT_OF_DOMAIN;
        at = 0;
    }
    if (status == AUTAN_OK)
        *covariance = made;
    else
        *column = at;
    return status;
}
