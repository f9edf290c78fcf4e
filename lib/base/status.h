/* How functions of libautan say what happened.
 *
 * Every function that can fail returns an autan_status, named by cause. Results are
 * the last arguments and stay untouched on failure. Functions that touch files also
 * take a caller-owned autan_error, which they fill with the sentence the user reads. */
#ifndef AUTAN_BASE_STATUS_H
#define AUTAN_BASE_STATUS_H

#include <stdarg.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    AUTAN_OK = 0,
    AUTAN_NO_MEMORY,     /* an allocation failed */
    AUTAN_BAD_ARGUMENT,  /* an argument breaks the documented contract of the call */
    AUTAN_OUT_OF_DOMAIN, /* a number lies outside the range where it has a meaning */
    AUTAN_SINGULAR,      /* a matrix is not positive definite */
    AUTAN_NOT_CONVERGED, /* an iteration ended without reaching its tolerance */
    AUTAN_NO_DATA,       /* too few values to answer */
    AUTAN_NOT_FOUND,     /* a named thing (file, station, covariate) does not exist */
    AUTAN_BAD_SYNTAX,    /* a text does not follow its grammar */
    AUTAN_BAD_FORMAT,    /* a file is not of the kind expected, or is damaged */
    AUTAN_BAD_CONFIG,    /* the city file or the command line is wrong */
    AUTAN_IO,            /* the system refused to read or write */
    AUTAN_LOCKED,        /* another process is writing there */
    AUTAN_UNSUPPORTED    /* built without what this needs */
} autan_status;

/* A failure told to the user: one sentence naming the file, line or variable, the
 * value met and what was expected, such as
 * "stations.csv:17: latitude 453.6 is outside [-90, 90]". No newline at the end. */
typedef struct {
    autan_status status;
    char text[1024];
} autan_error;

/* The cause in a few English words, for a status that came without text.
 * Never NULL; the string is static. */
const char *autan_status_text(autan_status status);

/* Writes the sentence into err (which may be NULL) and returns status, so that a
 * function can end with `return autan_fail(err, AUTAN_IO, "...")`. A text too long
 * for the buffer is cut. */
autan_status autan_fail(autan_error *err, autan_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#ifdef __cplusplus
}
#endif
#endif
