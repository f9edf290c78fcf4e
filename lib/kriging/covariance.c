#include "kriging/covariance.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/number.h"

/* Each fills value[k] with the correlation at distance[k], r being the range. The loops
 * are plain so that the compiler vectorises the exponentials. */
static void exponential(double r, size_t n, const double *distance, double *value)
{
    const double scale = -1.0 / r;
    for (size_t k = 0; k < n; k++)
        value[k] = exp(distance[k] * scale);
}

static void spherical(double r, size_t n, const double *distance, double *value)
{
    for (size_t k = 0; k < n; k++) {
        double u = distance[k] < r ? distance[k] / r : 1.0;
        value[k] = 1.0 - u * (1.5 - 0.5 * u * u);
    }
}

static void gaussian(double r, size_t n, const double *distance, double *value)
{
    for (size_t k = 0; k < n; k++) {
        double u = distance[k] / r;
        value[k] = exp(-u * u);
    }
}

static void matern_3_2(double r, size_t n, const double *distance, double *value)
{
    for (size_t k = 0; k < n; k++) {
        double u = distance[k] / r;
        value[k] = (1.0 + u) * exp(-u);
    }
}

static void matern_5_2(double r, size_t n, const double *distance, double *value)
{
    for (size_t k = 0; k < n; k++) {
        double u = distance[k] / r;
        value[k] = (1.0 + u * (1.0 + u / 3.0)) * exp(-u);
    }
}

static const struct {
    const char *name;
    void (*values)(double r, size_t n, const double *distance, double *value);
} table[AUTAN_COVARIANCE_MODELS] = {
    [AUTAN_NUGGET] = {"nugget", NULL},   [AUTAN_EXP] = {"exp", exponential},
    [AUTAN_SPH] = {"sph", spherical},    [AUTAN_GAU] = {"gau", gaussian},
    [AUTAN_MAT32] = {"mat32", matern_3_2}, [AUTAN_MAT52] = {"mat52", matern_5_2},
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
 * blank. *at is left at its start, *end behind it. False at the end of the text or for a
 * word of `size` characters or more. */
static bool next_word(const char *text, size_t *at, size_t *end, char *word, size_t size)
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

    if (!next_word(text, at, &end, word, sizeof word) || autan_number_parse(word, &sill))
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
    if (!next_word(text, at, &end, word, sizeof word) || autan_number_parse(word, &range))
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
