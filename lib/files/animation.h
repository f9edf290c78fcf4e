/* Pictures one after the other as an animated GIF, which every browser and slide show
 * plays. */
#ifndef AUTAN_FILES_ANIMATION_H
#define AUTAN_FILES_ANIMATION_H

#include "base/status.h"
#include "files/picture.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct autan_animation autan_animation;

/* Starts an animation for pictures of one colour scale. It has one palette: 128 colours
 * of the scale, greys, and those of the band. A frame stays for delay_ms, rounded to 10
 * ms. AUTAN_NOT_FOUND for an unknown scale; AUTAN_IO. End with autan_animation_finish
 * or autan_animation_abandon. */
autan_status autan_animation_new(const char *path, const char *scale, int delay_ms,
                                 autan_animation **animation, autan_error *err);

/* Adds a frame. AUTAN_BAD_ARGUMENT when it is not as large as the first; errors as of
 * autan_picture_write; after that the animation can only be abandoned. Memory: a frame.
 */
autan_status autan_animation_add(autan_animation *animation,
                                 const autan_picture *picture, size_t n_maps,
                                 const autan_picture_map *map, autan_error *err);

/* Gives the file its name, whole or not at all; frees animation in any case.
 * AUTAN_NO_DATA without a frame. */
autan_status autan_animation_finish(autan_animation *animation, autan_error *err);
void autan_animation_abandon(autan_animation *animation);

#ifdef __cplusplus
}
#endif
#endif
