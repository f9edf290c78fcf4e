/* A local climate zone guessed from what covers the ground, for want of a map. */
#ifndef AUTAN_GROUND_LCZ_H
#define AUTAN_GROUND_LCZ_H

#ifdef __cplusplus
extern "C" {
#endif

/* Fractions of the ground, 0 to 1, in a neighbourhood of some hundred metres; height is
 * that of the buildings, m, NaN when it is not known. */
typedef struct {
    double building, sealed, trees, grass, water, height;
} autan_ground_shares;

/* The zone: 1 to 10, then 11 to 17 for A to G; NaN when a fraction is. Zones are told
 * apart by the building fraction and height limits of Stewart and Oke, Bull. Amer.
 * Meteor. Soc. 93 (2012), table 3. Heights not known count as low. */
double autan_lcz_guess(const autan_ground_shares *shares);

#ifdef __cplusplus
}
#endif
#endif
