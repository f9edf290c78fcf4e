#include "ground/lcz.h"

#include <math.h>

enum {
    COMPACT = 1,
    OPEN = 4,
    LARGE = 8,
    SPARSE = 9,
    A = 11,
    B = 12,
    D = 14,
    E = 15,
    G = 17
};

/* 0 high-rise, 1 mid-rise, 2 low-rise. */
static int rise(double height)
{
    return height > 25.0 ? 0 : height > 10.0 ? 1 : 2;
}

double autan_lcz_guess(const autan_ground_shares *s)
{
    if (isnan(s->building + s->sealed + s->trees + s->grass + s->water))
        return NAN;
    if (s->water > 0.5)
        return G;
    if (s->building >= 0.4)
        return COMPACT + rise(s->height);
    if (s->building >= 0.3 && rise(s->height) == 2 && s->trees + s->grass < 0.1)
        return LARGE;
    if (s->building >= 0.2)
        return OPEN + rise(s->height);
    if (s->building >= 0.1)
        return SPARSE;
    if (s->trees >= 0.6)
        return A;
    if (s->trees >= 0.2)
        return B;
    if (s->sealed >= 0.5)
        return E;
    return D;
}
