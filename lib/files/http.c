#include "files/http.h"

#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "files/outfile.h"

enum { WAIT_MOST_S = 60, SAID_MOST = 200, REDIRECTIONS = 5 };

struct autan_http {
    autan_http_options options;
    CURL *curl;
    unsigned long long random;
    double last; /* start of the last request, s of the steady clock */
};

autan_http_options autan_http_defaults(void)
{
    return (autan_http_options){.timeout_s = 60,
                                .retries = 5,
                                .backoff_s = 1,
                                .rate = 5,
                                .bytes_most = (size_t)512 << 20};
}

static double steady_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void sleep_for(double seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    while (seconds > 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

autan_status autan_http_new(const autan_http_options *options, autan_http **http,
                            autan_error *err)
{
    autan_http *made = calloc(1, sizeof *made);
    if (made && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        made->curl = curl_easy_init();
    if (!made || !made->curl) {
        free(made);
        return autan_fail(err, AUTAN_NO_MEMORY, "cannot set up the network");
    }
    made->options = *options;
    made->last = -INFINITY;
    made->random = (unsigned long long)time(NULL) * 2654435761u + 1;
    *http = made;
    return AUTAN_OK;
}

void autan_http_free(autan_http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->curl);
    curl_global_cleanup();
    free(http);
}

/* One try. */
typedef struct {
    autan_http *http;
    autan_outfile *out;
    autan_status status; /* of writing */
    size_t bytes;
    bool too_large;
    char tag[AUTAN_HTTP_TAG];
    char said[SAID_MOST]; /* the start of an error's body */
    autan_error *err;
} transfer;

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
    transfer *t = user;
    long code = 0;
    n *= size;
    curl_easy_getinfo(t->http->curl, CURLINFO_RESPONSE_CODE, &code);
    if (code != 200) {
        size_t used = strlen(t->said), room = sizeof t->said - 1 - used;
        size_t kept = n < room ? n : room;
        memcpy(t->said + used, data, kept);
        t->said[used + kept] = '\0';
        return n;
    }
    t->bytes += n;
    t->too_large = t->bytes > t->http->options.bytes_most;
    if (!t->too_large)
        t->status = autan_outfile_write(t->out, data, n, t->err);
    return t->too_large || t->status != AUTAN_OK ? 0 : n;
}

/* The value of an ETag header without the blanks around it; other lines are let be. */
static void take_tag(const char *line, size_t n, char tag[AUTAN_HTTP_TAG])
{
    const char name[] = "ETag:";
    size_t length = strlen(name);
    if (n < length || strncasecmp(line, name, length) != 0)
        return;
    line += length;
    n -= length;
    while (n && (*line == ' ' || *line == '\t')) {
        line++;
        n--;
    }
    while (n && strchr(" \t\r\n", line[n - 1]))
        n--;
    snprintf(tag, AUTAN_HTTP_TAG, "%.*s", n < AUTAN_HTTP_TAG ? (int)n : 0, line);
}

static size_t on_header(char *data, size_t size, size_t n, void *user)
{
    transfer *t = user;
    take_tag(data, size * n, t->tag);
    return size * n;
}

static struct curl_slist *set_up(transfer *t, const char *url, const char *tag)
{
    const autan_http_options *o = &t->http->options;
    CURL *curl = t->http->curl;
    struct curl_slist *headers = NULL;
    char line[AUTAN_HTTP_TAG + 32];
    if (tag && *tag) {
        snprintf(line, sizeof line, "If-None-Match: %s", tag);
        headers = curl_slist_append(NULL, line);
    }
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERAGENT,
                     o->user_agent ? o->user_agent : PACKAGE_NAME "/" PACKAGE_VERSION);
    if (o->proxy)
        curl_easy_setopt(curl, CURLOPT_PROXY, o->proxy);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTIONS);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(o->timeout_s * 1000));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(o->timeout_s * 1000 / 3));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)ceil(o->timeout_s / 3));
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)o->bytes_most);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
    return headers;
}

static void keep_rate(autan_http *http)
{
    sleep_for(http->last + 1 / http->options.rate - steady_now());
    http->last = steady_now();
}

static bool may_pass(CURLcode code, long answer)
{
    switch (code) {
    case CURLE_OK:
        return answer == 408 || answer == 425 || answer == 429 || answer >= 500;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    case CURLE_UNSUPPORTED_PROTOCOL:
        /* What came is not HTTP: the rest of a body that was longer than its header
         * said. After an answer it is a redirection to where nothing may be had. */
        return answer == 0;
    default:
        return false;
    }
}

static autan_status status_of(long answer)
{
    if (answer == 400)
        return AUTAN_BAD_ARGUMENT;
    return answer == 404 || answer == 410 ? AUTAN_NOT_FOUND : AUTAN_IO;
}

static autan_status tell(transfer *t, const char *url, CURLcode code, long answer)
{
    if (t->status != AUTAN_OK)
        return t->status;
    if (t->too_large || code == CURLE_FILESIZE_EXCEEDED)
        return autan_fail(t->err, AUTAN_BAD_FORMAT, "%s: is larger than %zu bytes", url,
                          t->http->options.bytes_most);
    if (code != CURLE_OK)
        return autan_fail(t->err, AUTAN_IO, "%s: %s", url, curl_easy_strerror(code));
    t->said[strcspn(t->said, "\r\n")] = '\0';
    return autan_fail(t->err, status_of(answer), "%s: the server answers %ld%s%s", url,
                      answer, *t->said ? ": " : "", t->said);
}

/* One request; *again tells whether another try may help, *wait how long the server
 * asks to wait before it. */
static autan_status try_once(autan_http *http, const char *url, const char *tag,
                             const char *path, autan_http_reply *reply, bool *again,
                             double *wait, autan_error *err)
{
    transfer t = {.http = http, .err = err};
    struct curl_slist *headers;
    CURLcode code;
    curl_off_t retry_after = 0;
    long answer = 0;
    autan_status status = autan_outfile_open(path, &t.out, err);
    *again = false;
    if (status != AUTAN_OK)
        return status;
    keep_rate(http);
    headers = set_up(&t, url, tag);
    code = curl_easy_perform(http->curl);
    curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &answer);
    curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &retry_after);
    curl_slist_free_all(headers);
    *wait = fmin((double)retry_after, WAIT_MOST_S);
    if (code == CURLE_OK && answer == 200) {
        status = autan_outfile_commit(t.out, err);
        if (status == AUTAN_OK) {
            *reply = (autan_http_reply){.bytes = t.bytes};
            memcpy(reply->tag, t.tag, sizeof reply->tag);
        }
        return status;
    }
    autan_outfile_abandon(t.out);
    if (code == CURLE_OK && answer == 304 && tag && *tag) {
        *reply = (autan_http_reply){.unchanged = 1};
        snprintf(reply->tag, sizeof reply->tag, "%s", tag);
        return AUTAN_OK;
    }
    *again = t.status == AUTAN_OK && !t.too_large && may_pass(code, answer);
    return tell(&t, url, code, answer);
}

static double wait_of(autan_http *http, int attempt)
{
    double longest = fmin(http->options.backoff_s * pow(2, attempt - 1), WAIT_MOST_S);
    http->random = http->random * 6364136223846793005u + 1442695040888963407u;
    return longest * (0.5 + 0.5 * (double)(http->random >> 11) * 0x1p-53);
}

void autan_http_wait(autan_http *http, int attempt)
{
    sleep_for(wait_of(http, attempt));
}

autan_status autan_http_get(autan_http *http, const char *url, const char *tag,
                            const char *path, autan_http_reply *reply, autan_error *err)
{
    for (int attempt = 1;; attempt++) {
        bool again;
        double wait = 0;
        autan_status status = try_once(http, url, tag, path, reply, &again, &wait, err);
        if (status == AUTAN_OK || !again || attempt > http->options.retries)
            return status;
        sleep_for(fmax(wait, wait_of(http, attempt)));
    }
}

char *autan_http_escape(const char *text)
{
    char *escaped = curl_easy_escape(NULL, text, 0), *copy = NULL;
    if (escaped)
        copy = strdup(escaped);
    curl_free(escaped);
    return copy;
}
