/* Getting files over HTTP, patiently: the only door to libcurl. */
#ifndef AUTAN_FILES_HTTP_H
#define AUTAN_FILES_HTTP_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *user_agent; /* NULL: autan and its version */
    const char *proxy;      /* NULL: as the environment says (https_proxy) */
    double timeout_s;  /* of a whole request; also without a byte for a third of it */
    int retries;       /* further tries after one that failed for a while */
    double backoff_s;  /* before the first of them; doubled each time, 60 s at most,
                          half of it by chance */
    double rate;       /* requests a second at most */
    size_t bytes_most; /* of a body, unpacked */
} autan_http_options;

/* 60 s, 5 retries from 1 s, 5 requests a second, 512 MiB. */
autan_http_options autan_http_defaults(void);

typedef struct autan_http autan_http;

/* A client that keeps its connections; options are copied, texts in them borrowed.
 * AUTAN_NO_MEMORY. Free with autan_http_free. */
autan_status autan_http_new(const autan_http_options *options, autan_http **http,
                            autan_error *err);
void autan_http_free(autan_http *http);

enum { AUTAN_HTTP_TAG = 256 };

typedef struct {
    int unchanged;            /* the server says that the tag still holds: no file */
    char tag[AUTAN_HTTP_TAG]; /* ETag of the body, empty without one */
    size_t bytes;
} autan_http_reply;

/* Gets url into the file path, whole or not at all; with a tag (may be NULL or empty)
 * only when what is there has changed. TLS certificates are verified; redirections are
 * followed to http and https only. What may pass (no connection, time-outs, a body that
 * is cut, 408, 425, 429, 5xx) is tried again, as late as Retry-After asks, in seconds
 * or by a date (60 s at most). AUTAN_NOT_FOUND for 404 and 410, AUTAN_BAD_ARGUMENT for
 * 400, AUTAN_BAD_FORMAT for a body too large; AUTAN_IO for the rest, with what the
 * server said. */
autan_status autan_http_get(autan_http *http, const char *url, const char *tag,
                            const char *path, autan_http_reply *reply,
                            autan_error *err);

/* Waits as before try number `attempt` (from 1). */
void autan_http_wait(autan_http *http, int attempt);

/* A text as part of a URL, for free(); NULL without memory. */
char *autan_http_escape(const char *text);

#ifdef __cplusplus
}
#endif
#endif
