#include "files/colour.h"

#include <math.h>
#include <string.h>

static const autan_colour_scale scales[] = {
    {"temperature",
     "air temperature",
     false,
     {0x022460, 0x2a296f, 0x492c7c, 0x662e86, 0x8b2985, 0xac257c, 0xc7276f, 0xdc3362,
      0xed4554, 0xf95b45, 0xff733c, 0xff8c3b, 0xffa239, 0xffb73e, 0xfdcc4c, 0xf8e071,
      0xf7f296}},
    {"uncertainty",
     "standard error",
     false,
     {0xebf6ed, 0xd7ecdf, 0xc2e1d3, 0xabd7c8, 0x93ccc0, 0x7ac1b9, 0x64b6b4, 0x4daaaf,
      0x329eab, 0x0592a8, 0x05859f, 0x027896, 0x026b8c, 0x025f82, 0x025378, 0x01476e,
      0x013b64}},
    {"difference",
     "urban heat island, or any difference from zero",
     true,
     {0x00427f, 0x005897, 0x006fb0, 0x2b86c2, 0x509dcf, 0x7bb3d8, 0xa3c9e1, 0xcadfea,
      0xf5f3f2, 0xf0d7c4, 0xe9ba98, 0xe29d70, 0xd97f53, 0xcf5e3d, 0xbe3d32, 0xa2262f,
      0x860b2a}},
    {"chance",
     "probability",
     false,
     {0xfff3d0, 0xffe3ab, 0xffd290, 0xffc07b, 0xffae6a, 0xff9a5c, 0xff8451, 0xff6c4b,
      0xff4d48, 0xf6314d, 0xe90e54, 0xd3005b, 0xbc0160, 0xa60062, 0x8f0262, 0x750f5e,
      0x5a1856}},
};

const autan_colour_scale *autan_colour_scale_get(size_t index)
{
    return index < sizeof scales / sizeof *scales ? &scales[index] : NULL;
}

const autan_colour_scale *autan_colour_scale_find(const char *name)
{
    const autan_colour_scale *scale;
    for (size_t i = 0; (scale = autan_colour_scale_get(i)); i++) {
        if (strcmp(scale->name, name) == 0)
            return scale;
    }
    return NULL;
}

/* Place of a value in the table, 0 to 1. Divisions come first: highest - lowest may
 * overflow, their halves do not. */
static double position(const autan_colour_scale *scale, double lowest, double highest,
                       double value)
{
    double reach = fmax(fabs(lowest), fabs(highest));
    value = fmin(fmax(value, lowest), highest);
    if (scale->diverging)
        return 0.5 + 0.5 * (value / reach);
    return (value / 2 - lowest / 2) / (highest / 2 - lowest / 2);
}

static uint32_t mix_channel(uint32_t a, uint32_t b, int shift, double share)
{
    double low = (double)(a >> shift & 0xff), high = (double)(b >> shift & 0xff);
    return (uint32_t)lround(low + share * (high - low)) << shift;
}

uint32_t autan_colour(const autan_colour_scale *scale, double lowest, double highest,
                      double value)
{
    double place = position(scale, lowest, highest, value) * (AUTAN_COLOURS - 1);
    int below = (int)fmin(place, AUTAN_COLOURS - 2);
    uint32_t a = scale->rgb[below], b = scale->rgb[below + 1];
    double share = place - below;
    return mix_channel(a, b, 16, share) | mix_channel(a, b, 8, share) |
           mix_channel(a, b, 0, share);
}
