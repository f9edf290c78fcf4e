/* Deflate for the byte planes of shuffled floats: a plane of noise is stored, one whose
 * bytes nearly never or nearly always repeat costs little, and only the rest is searched
 * for matches. The stream is like any other to who reads it. */
#ifndef AUTAN_FILES_PLANES_H
#define AUTAN_FILES_PLANES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct autan_planes autan_planes;

/* For chunks of n floats; one thread at a time. NULL when memory is short. */
autan_planes *autan_planes_new(size_t n);
void autan_planes_free(autan_planes *planes);

/* The most bytes that a stream may have. */
size_t autan_planes_bound(const autan_planes *planes);

/* The four planes (4 n bytes, plane by plane) as a zlib stream into out; returns its
 * length. */
size_t autan_planes_deflate(autan_planes *planes, const unsigned char *plane,
                            unsigned char *out);

#ifdef __cplusplus
}
#endif
#endif
