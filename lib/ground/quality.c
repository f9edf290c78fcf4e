#include "ground/quality.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    HELD = 1 << 16, /* values at once */
    DIGIT_BITS = 16,
    DIGITS = 1 << DIGIT_BITS,
    RANKS = 6 /* the order statistics beside three quantiles */
};

static const double share[RANKS / 2] = {0.05, 0.5, 0.95};

/* Order statistics are found digit by digit: of the values that begin with the digits
 * known so far, how many have which next digit. */
typedef struct {
    uint64_t known; /* the digits found, at the low end */
    size_t rank;    /* among the values that begin with them */
    size_t *count;  /* DIGITS */
} order;

/* A plane being looked through. */
typedef struct {
    const autan_rows *rows;
    size_t nx, ny, at_once;
    double *value; /* at_once x nx */
    autan_quality s;
    double sum, squares;
    order order[RANKS];
} look;

/* Finite doubles as whole numbers of the same order. */
static uint64_t key_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static double value_of(uint64_t key)
{
    const uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void take_extremes(look *l, double v, int round)
{
    (void)round;
    l->s.n++;
    l->s.least = fmin(l->s.least, v);
    l->s.most = fmax(l->s.most, v);
    l->sum += v;
}

/* Digit `round` from the highest; in the first round what needs the mean and the
 * extremes too. */
static void take_digit(look *l, double v, int round)
{
    const uint64_t key = key_of(v) >> (64 - DIGIT_BITS * (round + 1));
    for (int k = 0; k < RANKS; k++) {
        if (key >> DIGIT_BITS == l->order[k].known)
            l->order[k].count[key % DIGITS]++;
    }
    if (round == 0) {
        const double width = (l->s.most - l->s.least) / AUTAN_QUALITY_BARS;
        const double bar = width > 0.0 ? (v - l->s.least) / width : 0.0;
        l->s.bar[bar < AUTAN_QUALITY_BARS ? (size_t)bar : AUTAN_QUALITY_BARS - 1]++;
        l->squares += (v - l->s.mean) * (v - l->s.mean);
    }
}

static autan_status look_through(look *l, void (*take)(look *, double, int), int round)
{
    for (size_t row = 0; row < l->ny; row += l->at_once) {
        const size_t n = l->ny - row < l->at_once ? l->ny - row : l->at_once;
        autan_status status = l->rows->read(l->rows->user, row, n, l->value);
        if (status != AUTAN_OK)
            return status;
        for (size_t i = 0; i < n * l->nx; i++) {
            if (isfinite(l->value[i]))
                take(l, l->value[i], round);
        }
    }
    return AUTAN_OK;
}

static void next_digit(order *o)
{
    uint64_t digit = 0;
    while (o->rank >= o->count[digit])
        o->rank -= o->count[digit++];
    o->known = o->known << DIGIT_BITS | digit;
    memset(o->count, 0, DIGITS * sizeof *o->count);
}

/* Linear between the order statistics beside it. */
static double quantile(const look *l, int number)
{
    const double at = share[number] * (double)(l->s.n - 1);
    const double low = value_of(l->order[2 * number].known);
    const double high = value_of(l->order[2 * number + 1].known);
    return low + (at - floor(at)) * (high - low);
}

static autan_status find_quantiles(look *l)
{
    for (int k = 0; k < RANKS; k++) {
        const size_t rank =
            (size_t)(share[k / 2] * (double)(l->s.n - 1)) + (size_t)k % 2;
        l->order[k].rank = rank < l->s.n ? rank : l->s.n - 1;
    }
    for (int round = 0; round < 64 / DIGIT_BITS; round++) {
        autan_status status = look_through(l, take_digit, round);
        if (status != AUTAN_OK)
            return status;
        for (int k = 0; k < RANKS; k++)
            next_digit(&l->order[k]);
    }
    l->s.low = quantile(l, 0);
    l->s.median = quantile(l, 1);
    l->s.high = quantile(l, 2);
    return AUTAN_OK;
}

autan_status autan_quality_of_rows(const autan_rows *rows, size_t nx, size_t ny,
                                   autan_quality *summary)
{
    look l = {.rows = rows,
              .nx = nx,
              .ny = ny,
              .at_once = nx < HELD ? HELD / (nx ? nx : 1) : 1,
              .s = {.least = NAN,
                    .low = NAN,
                    .median = NAN,
                    .high = NAN,
                    .most = NAN,
                    .mean = NAN,
                    .deviation = NAN}};
    size_t *count = calloc(RANKS * DIGITS, sizeof *count);
    autan_status status = AUTAN_NO_MEMORY;
    l.value = malloc((l.at_once * nx + 1) * sizeof *l.value);
    for (int k = 0; count && k < RANKS; k++)
        l.order[k].count = count + k * DIGITS;
    if (count && l.value)
        status = look_through(&l, take_extremes, 0);
    l.s.missing = nx * ny - l.s.n;
    if (status == AUTAN_OK && l.s.n > 0) {
        l.s.mean = l.sum / (double)l.s.n;
        status = find_quantiles(&l);
        l.s.deviation = l.s.n > 1 ? sqrt(l.squares / (double)(l.s.n - 1)) : NAN;
    }
    free(count);
    free(l.value);
    if (status == AUTAN_OK)
        *summary = l.s;
    return status;
}

static autan_status read_values(void *user, size_t first, size_t n, void *to)
{
    memcpy(to, (const double *)user + first, n * sizeof(double));
    return AUTAN_OK;
}

autan_status autan_quality_of(size_t n, const double *value, autan_quality *summary)
{
    const autan_rows rows = {(double *)value, read_values, NULL};
    return autan_quality_of_rows(&rows, 1, n, summary);
}

double autan_correlation(size_t n, const double *a, const double *b, double *bias,
                         double *difference, size_t *pairs)
{
    double ma = 0.0, mb = 0.0, aa = 0.0, bb = 0.0, ab = 0.0, off = 0.0;
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i]))
            continue;
        m++;
        ma += a[i];
        mb += b[i];
        off += fabs(b[i] - a[i]);
    }
    ma /= (double)m;
    mb /= (double)m;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i]))
            continue;
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
        ab += (a[i] - ma) * (b[i] - mb);
    }
    if (bias)
        *bias = mb - ma;
    if (difference)
        *difference = off / (double)m;
    if (pairs)
        *pairs = m;
    return m >= 3 && aa > 0.0 && bb > 0.0 ? ab / sqrt(aa * bb) : NAN;
}
