/* Colour scales of the maps, as tables.
 *
 * The lightness of a scale (CIE L*) changes by the same amount at every step of its
 * table, so that equal differences of value look equally strong and the order stays
 * visible to colour-blind people and in a grey print. The tables were computed for
 * Autan from paths in CIE LCh; they are nobody else's. */
#ifndef AUTAN_FILES_COLOUR_H
#define AUTAN_FILES_COLOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_COLOURS = 17 }; /* entries of a scale's table */

typedef struct {
    const char *name;
    const char *use; /* what it is made for, in a few English words */
    /* The middle of the table is the colour of zero, and colours on either side of it
     * grow away from zero at the same rate. */
    bool diverging;
    uint32_t rgb[AUTAN_COLOURS]; /* sRGB, 0xRRGGBB, from the lowest value */
} autan_colour_scale;

/* The scales one after the other: "temperature" (sequential, dark blue to pale yellow),
 * "uncertainty" (sequential, pale to dark blue-green), "difference" (diverging, blue
 * to dark red) and "chance" (sequential, pale yellow over red to dark plum). NULL from
 * the index after the last on. */
const autan_colour_scale *autan_colour_scale_get(size_t index);

/* The scale of that name, or NULL. */
const autan_colour_scale *autan_colour_scale_find(const char *name);

/* The colour of a value as 0xRRGGBB, interpolated between the entries of the table. The
 * ends of the table are at lowest and highest; of a diverging scale the middle is at 0
 * and the end farther from 0 is at the end of the table. Values beyond the limits take
 * the colours of the limits. lowest < highest, all three finite. */
uint32_t autan_colour(const autan_colour_scale *scale, double lowest, double highest,
                      double value);

#ifdef __cplusplus
}
#endif
#endif
