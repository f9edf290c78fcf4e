#include "forecast/summary.h"

#include <math.h>
#include <string.h>

#include "kriging/vector.h"

/* Compiled with the one function that is compiled for each width of vectors. */
#if AUTAN_WIDE
#define PART static inline __attribute__((always_inline))
#else
#define PART static inline
#endif

/* Places are taken in strips that stay in the cache. */
enum { STRIP = 256 };

typedef struct {
    size_t n_members, n;
    float *member[AUTAN_SUMMARY_MEMBERS];
} strip;

PART void order(float *restrict low, float *restrict high, size_t n)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const float a = low[i], b = high[i];
        low[i] = a < b ? a : b;
        high[i] = a < b ? b : a;
    }
}

/* K. Batcher, Sorting networks and their applications, AFIPS 32 (1968): the merge
 * exchange network (D. Knuth, algorithm 5.2.2 M), every exchange on a strip at once. */
PART void sort_strip(strip *s)
{
    const size_t n = s->n_members;
    size_t top = 1;
    if (n < 2)
        return;
    while (2 * top < n)
        top *= 2;
    for (size_t p = top; p > 0; p /= 2) {
        size_t q = top, r = 0, d = p;
        for (;;) {
            for (size_t i = 0; i + d < n; i++) {
                if ((i & p) == r)
                    order(s->member[i], s->member[i + d], s->n);
            }
            if (q == p)
                break;
            d = q - p;
            q /= 2;
            r = p;
        }
    }
}

PART void average(const strip *s, float *mean)
{
    memset(mean, 0, s->n * sizeof *mean);
    for (size_t k = 0; k < s->n_members; k++) {
        for (size_t i = 0; i < s->n; i++)
            mean[i] += s->member[k][i];
    }
    for (size_t i = 0; i < s->n; i++)
        mean[i] /= (float)s->n_members;
}

/* Stretches the members about their mean, so that their variance grows by the squared
 * standard error. Members that all agree are laid out as normal quantiles would be: a
 * uniform spread of the same variance stands for that. */
PART void widen(strip *s, const float *mean, const float *standard_error)
{
    float factor[STRIP] = {0};
    const float count = (float)s->n_members;
    for (size_t k = 0; k < s->n_members; k++) {
        for (size_t i = 0; i < s->n; i++) {
            const float d = s->member[k][i] - mean[i];
            factor[i] += d * d;
        }
    }
    for (size_t i = 0; i < s->n; i++) {
        const float variance = factor[i] / count;
        const float extra = standard_error[i] * standard_error[i];
        factor[i] = variance > 1e-6f ? sqrtf((variance + extra) / variance) : -1.0f;
    }
    for (size_t k = 0; k < s->n_members; k++) {
        const float place = ((float)k + 0.5f) / count - 0.5f;
        for (size_t i = 0; i < s->n; i++)
            s->member[k][i] = factor[i] >= 0.0f
                                  ? mean[i] + factor[i] * (s->member[k][i] - mean[i])
                                  : mean[i] + sqrtf(12.0f) * place * standard_error[i];
    }
}

PART void quantile(const strip *s, float p, float *out)
{
    const float last = (float)(s->n_members - 1);
    const float place = fminf(fmaxf(p * (float)s->n_members - 0.5f, 0.0f), last);
    const size_t low = (size_t)place, high = low + 1 < s->n_members ? low + 1 : low;
    const float share = place - (float)low;
    for (size_t i = 0; i < s->n; i++)
        out[i] = (1.0f - share) * s->member[low][i] + share * s->member[high][i];
}

PART void chance(const strip *s, float threshold, float *out)
{
    memset(out, 0, s->n * sizeof *out);
    for (size_t k = 0; k < s->n_members; k++) {
        for (size_t i = 0; i < s->n; i++)
            out[i] += s->member[k][i] >= threshold ? 1.0f : 0.0f;
    }
    for (size_t i = 0; i < s->n; i++)
        out[i] = isnan(s->member[0][i]) ? NAN : out[i] / (float)s->n_members;
}

AUTAN_CLONES static void summarise(const autan_ensemble *e, const autan_summary *out,
                                   size_t first, size_t n)
{
    float mean[STRIP];
    strip s = {.n_members = e->n_members, .n = n};
    for (size_t k = 0; k < e->n_members; k++)
        s.member[k] = e->member[k] + first;
    average(&s, mean);
    if (e->standard_error)
        widen(&s, mean, e->standard_error + first);
    sort_strip(&s);
    if (out->mean)
        memcpy(out->mean + first, mean, s.n * sizeof *mean);
    if (out->q10)
        quantile(&s, 0.1f, out->q10 + first);
    if (out->q50)
        quantile(&s, 0.5f, out->q50 + first);
    if (out->q90)
        quantile(&s, 0.9f, out->q90 + first);
    for (int c = 0; c < AUTAN_SUMMARY_CHANCES; c++) {
        if (out->chance[c])
            chance(&s, e->threshold[c], out->chance[c] + first);
    }
}

void autan_summarise(const autan_ensemble *e, const autan_summary *out)
{
    const long n = (long)e->n;
#pragma omp parallel for schedule(static)
    for (long first = 0; first < n; first += STRIP)
        summarise(e, out, (size_t)first,
                  (size_t)(n - first < STRIP ? n - first : STRIP));
}
