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

/* Places are taken in strips whose members stay in the first cache. */
enum { STRIP = 64 };

typedef struct {
    size_t n_members, n;
    float mean[STRIP];
    /* Member k stands for centre + factor (k - centre), or where factor is below 0 for
     * the quantile of a spread of `error` about the mean. */
    float centre[STRIP], factor[STRIP], error[STRIP];
    float member[AUTAN_SUMMARY_MEMBERS][STRIP];
} strip;

PART void order(float *restrict low, float *restrict high)
{
#pragma omp simd
    for (size_t i = 0; i < STRIP; i++) {
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
                    order(s->member[i], s->member[i + d]);
            }
            if (q == p)
                break;
            d = q - p;
            q /= 2;
            r = p;
        }
    }
}

/* Takes in the members of a strip, with their mean. */
PART void take_members(strip *s, const autan_ensemble *e, size_t first)
{
    float sum[STRIP] = {0};
    for (size_t k = 0; k < s->n_members; k++) {
        float *member = s->member[k];
        memcpy(member, e->member[k] + first, s->n * sizeof *member);
        memset(member + s->n, 0, (STRIP - s->n) * sizeof *member);
        for (size_t i = 0; i < STRIP; i++)
            sum[i] += member[i];
    }
    for (size_t i = 0; i < STRIP; i++) {
        s->mean[i] = sum[i] / (float)s->n_members;
        s->centre[i] = s->error[i] = 0.0f;
        s->factor[i] = 1.0f;
    }
}

/* Stretches the members about their mean, so that their variance grows by the squared
 * standard error. */
PART void widen(strip *s, const float *standard_error)
{
    const float count = (float)s->n_members;
    float sum[STRIP] = {0};
    memcpy(s->error, standard_error, s->n * sizeof *s->error);
    for (size_t k = 0; k < s->n_members; k++) {
        for (size_t i = 0; i < STRIP; i++) {
            const float d = s->member[k][i] - s->mean[i];
            sum[i] += d * d;
        }
    }
    for (size_t i = 0; i < STRIP; i++) {
        const float variance = sum[i] / count, extra = s->error[i] * s->error[i];
        s->centre[i] = s->mean[i];
        s->factor[i] = variance > 1e-6f ? sqrtf((variance + extra) / variance) : -1.0f;
    }
}

/* The k-th smallest member at place i, widened. Members that all agree are laid out as
 * normal quantiles would be: a uniform spread of the same variance stands for that. */
PART float ranked(const strip *s, size_t k, size_t i)
{
    const float place = ((float)k + 0.5f) / (float)s->n_members - 0.5f;
    return s->factor[i] >= 0.0f
               ? s->centre[i] + s->factor[i] * (s->member[k][i] - s->centre[i])
               : s->mean[i] + sqrtf(12.0f) * place * s->error[i];
}

PART void quantile(const strip *s, float p, float *out)
{
    const float last = (float)(s->n_members - 1);
    const float place = fminf(fmaxf(p * (float)s->n_members - 0.5f, 0.0f), last);
    const size_t low = (size_t)place, high = low + 1 < s->n_members ? low + 1 : low;
    const float share = place - (float)low;
    for (size_t i = 0; i < s->n; i++)
        out[i] = (1.0f - share) * ranked(s, low, i) + share * ranked(s, high, i);
}

PART void chance(const strip *s, float threshold, float *out)
{
    memset(out, 0, s->n * sizeof *out);
    for (size_t k = 0; k < s->n_members; k++) {
        for (size_t i = 0; i < s->n; i++)
            out[i] += ranked(s, k, i) >= threshold ? 1.0f : 0.0f;
    }
    for (size_t i = 0; i < s->n; i++)
        out[i] = isnan(s->member[0][i]) ? NAN : out[i] / (float)s->n_members;
}

AUTAN_CLONES static void summarise(const autan_ensemble *e, const autan_summary *out,
                                   size_t first, size_t n)
{
    strip s;
    s.n_members = e->n_members;
    s.n = n;
    take_members(&s, e, first);
    if (e->standard_error)
        widen(&s, e->standard_error + first);
    sort_strip(&s);
    if (out->mean)
        memcpy(out->mean + first, s.mean, n * sizeof(float));
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
