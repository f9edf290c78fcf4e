/* Licences of open data that the program knows by name. */
#ifndef AUTAN_FILES_LICENCE_H
#define AUTAN_FILES_LICENCE_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *id;    /* as SPDX lists it */
    const char *title; /* in English */
    const char *titre; /* in French */
    const char *url;   /* of its text */
} autan_licence;

/* The licence of that SPDX identifier, capitals or not; NULL when there is none. */
const autan_licence *autan_licence_find(const char *id);

/* The identifiers of all, joined by commas; static. */
const char *autan_licence_list(void);

#ifdef __cplusplus
}
#endif
#endif
