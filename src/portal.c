#include "portal.h"

#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files/archive_admin.h"
#include "files/format.h"
#include "files/http.h"
#include "files/outfile.h"
#include "ingest.h"
#include "message.h"

enum {
    PAGE = 100,           /* records in an answer, the portal's most */
    PAGES_MOST = 10000,   /* offset + limit, the portal's most: beyond it, an export */
    OVERLAP_S = 3 * 3600, /* asked for again: late messages, and Paris time that the
                             portal takes for UTC */
    LISTED_MOST = 10000   /* data sets of a catalogue */
};

typedef struct {
    const autan_city *city;
    const autan_station_table *stations;
    autan_archive *archive;
    autan_http *http;
    bool all;
    json_t
        *state; /* {"catalogue": tag, "processed": {id: when the portal changed it}} */
    char *state_path, *payload;
    autan_error *err;
} portal;

static autan_status save_state(portal *p)
{
    char *text = json_dumps(p->state, JSON_INDENT(1) | JSON_SORT_KEYS);
    autan_status status =
        text ? autan_outfile_write_text(p->state_path, text, p->err)
             : autan_fail(p->err, AUTAN_NO_MEMORY, "%s: out of memory", p->state_path);
    free(text);
    return status;
}

/* A state that cannot be read is as none: everything is asked for again. */
static void load_state(portal *p)
{
    p->state = p->all ? NULL : json_load_file(p->state_path, 0, NULL);
    if (!json_is_object(json_object_get(p->state, "processed"))) {
        json_decref(p->state);
        p->state = json_pack("{s:{}}", "processed");
    }
}

/* A page of records that is asked for. */
typedef struct {
    size_t offset;
    json_t *before; /* records of the page before it; NULL at the first */
} page;

/* Whether a page has the records that its own count promises, and other ones than the
 * page before it: a cache may give that again. */
static bool is_page(const json_t *json, const page *asked)
{
    const json_t *results = json_object_get(json, "results");
    json_int_t total = json_integer_value(json_object_get(json, "total_count"));
    json_int_t left = total - (json_int_t)asked->offset;
    size_t least = left > PAGE ? PAGE : left > 0 ? (size_t)left : 0;
    return json_is_array(results) && json_array_size(results) >= least &&
           !(json_array_size(results) && json_equal(results, asked->before));
}

/* Gets an answer that is whole JSON and, unless asked is NULL, that page; one that is
 * not, for an error text in its middle or a page of excuses in its place, is asked for
 * again. *json is NULL when the tag still holds. */
static autan_status get_json(portal *p, const char *url, const char *tag,
                             const page *asked, autan_http_reply *reply, json_t **json)
{
    const char *wrong;
    for (int attempt = 1;; attempt++) {
        autan_status status =
            autan_http_get(p->http, url, tag, p->payload, reply, p->err);
        *json = NULL;
        if (status != AUTAN_OK || reply->unchanged)
            return status;
        *json = json_load_file(p->payload, 0, NULL);
        if (*json && (!asked || is_page(*json, asked)))
            return AUTAN_OK;
        wrong = *json ? "the answer is not the page asked for, or lacks records"
                      : "the answer is no whole JSON document";
        json_decref(*json);
        *json = NULL;
        if (attempt > p->city->source.http.retries)
            return autan_fail(p->err, AUTAN_BAD_FORMAT, "%s: %s", url, wrong);
        autan_http_wait(p->http, attempt);
    }
}

/* Gets and ingests one answer: an export, or a page, whose records asked then holds. */
static autan_status take(portal *p, const char *url, const char *set, page *asked)
{
    const autan_source source = {.path = p->payload,
                                 .format = "toulouse",
                                 .stations = p->stations,
                                 .station = set,
                                 .zone = p->city->zone,
                                 .now = time(NULL)};
    autan_http_reply reply;
    json_t *json;
    autan_status status = get_json(p, url, NULL, asked, &reply, &json);
    if (status != AUTAN_OK)
        return status;
    if (asked) {
        json_decref(asked->before);
        asked->before = json_incref(json_object_get(json, "results"));
    }
    json_decref(json);
    status = ingest_file(p->archive, &source, url, p->err);
    /* A data set may hold nothing that can be kept. */
    return status == AUTAN_NO_DATA ? AUTAN_OK : status;
}

/* The number of records that a query finds, from an answer without any. */
static autan_status count_records(portal *p, const char *records, size_t *count)
{
    char *url = g_strdup_printf("%s&limit=0", records);
    autan_http_reply reply;
    json_t *json = NULL;
    autan_status status = get_json(p, url, NULL, NULL, &reply, &json);
    const json_t *total = json_object_get(json, "total_count");
    if (status == AUTAN_OK && json_is_integer(total) && json_integer_value(total) >= 0)
        *count = (size_t)json_integer_value(total);
    else if (status == AUTAN_OK)
        status =
            autan_fail(p->err, AUTAN_BAD_FORMAT, "%s: does not say total_count", url);
    json_decref(json);
    g_free(url);
    return status;
}

static autan_status take_export(portal *p, const char *set, const char *where)
{
    char *url =
        g_strdup_printf("%s/catalog/datasets/%s/exports/json%s%s", p->city->source.url,
                        set, *where ? "?where=" : "", where);
    autan_status status = take(p, url, set, NULL);
    g_free(url);
    return status;
}

/* Pages when the answer is short, else an export; all of it where the data set has no
 * such time (the portal then answers 400). */
static autan_status take_records(portal *p, const char *set, const char *where)
{
    const char *base = p->city->source.url;
    char *records =
        g_strdup_printf("%s/catalog/datasets/%s/records?order_by=heure_de_paris%s%s",
                        base, set, *where ? "&where=" : "", where);
    size_t count = 0;
    page asked = {0};
    autan_status status = count_records(p, records, &count);
    if (status == AUTAN_BAD_ARGUMENT) {
        status = take_export(p, set, "");
    } else if (status == AUTAN_OK && count > PAGES_MOST) {
        status = take_export(p, set, where);
    } else {
        for (; status == AUTAN_OK && asked.offset < count; asked.offset += PAGE) {
            char *url =
                g_strdup_printf("%s&limit=%d&offset=%zu", records, PAGE, asked.offset);
            status = take(p, url, set, &asked);
            g_free(url);
        }
    }
    json_decref(asked.before);
    g_free(records);
    return status;
}

/* The station whose data set this is, or NULL. */
static const char *station_of(const portal *p, const char *set)
{
    const autan_station_table *t = p->stations;
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->station[i].id, set) == 0)
            return t->station[i].id;
        for (size_t a = 0; a < t->n_attributes; a++) {
            const char *text = t->station[i].attribute[a];
            if (strcmp(t->attribute_name[a], "source_id") == 0 && text &&
                strcmp(text, set) == 0)
                return t->station[i].id;
        }
    }
    return NULL;
}

/* The condition for what the archive does not have yet, escaped; empty for all. */
static autan_status new_only(portal *p, const char *station, char **where)
{
    char text[AUTAN_TIME_TEXT], *plain;
    autan_time last;
    autan_status status =
        p->all ? AUTAN_NO_DATA : autan_archive_last(p->archive, station, &last, p->err);
    if (status != AUTAN_OK && status != AUTAN_NO_DATA)
        return status;
    plain = g_strdup("");
    if (status == AUTAN_OK) {
        g_free(plain);
        autan_time_format(last - OVERLAP_S, text);
        plain = g_strdup_printf("heure_de_paris>=date'%s'", text);
    }
    *where = autan_http_escape(plain);
    g_free(plain);
    return *where ? AUTAN_OK
                  : autan_fail(p->err, AUTAN_NO_MEMORY, "%s: out of memory", station);
}

/* Fetches a data set; processed (may be NULL) is when the portal last changed it. */
static autan_status fetch_set(portal *p, const char *set, const char *processed)
{
    json_t *known = json_object_get(p->state, "processed");
    const char *before = json_string_value(json_object_get(known, set));
    const char *station = station_of(p, set);
    char *where = NULL;
    autan_status status;
    if (!station)
        return autan_fail(p->err, AUTAN_NOT_FOUND,
                          "%s: is no station of %s (station or source_id)", set,
                          p->city->stations);
    if (processed && before && strcmp(processed, before) == 0) {
        message_detail("%s: has not changed", set);
        return AUTAN_OK;
    }
    status = new_only(p, station, &where);
    if (status == AUTAN_OK)
        status = take_records(p, set, where);
    free(where);
    if (status != AUTAN_OK || !processed)
        return status;
    json_object_set_new(known, set, json_string(processed));
    return save_state(p);
}

/* Goes on with the others after a failure, which is named; the first one is kept. */
static autan_status fetch_next(portal *p, const char *set, const char *processed,
                               autan_error *first)
{
    autan_status status = fetch_set(p, set, processed);
    if (status == AUTAN_OK)
        return AUTAN_OK;
    if (first->status == AUTAN_OK)
        *first = *p->err;
    else
        message_error("%s", p->err->text);
    /* Nothing more goes into an archive that cannot be written. */
    return status == AUTAN_LOCKED || status == AUTAN_NO_MEMORY ? status : AUTAN_OK;
}

static autan_status fetch_listed(portal *p, const json_t *results, size_t *unknown,
                                 autan_error *first)
{
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < json_array_size(results); k++) {
        const json_t *item = json_array_get(results, k);
        const json_t *metas =
            json_object_get(json_object_get(item, "metas"), "default");
        const char *set = json_string_value(json_object_get(item, "dataset_id"));
        const char *processed =
            json_string_value(json_object_get(metas, "data_processed"));
        if (set && station_of(p, set))
            status = fetch_next(p, set, processed, first);
        else
            *unknown += set != NULL;
    }
    return status;
}

/* The catalogue page by page; its first page unchanged means that nothing is new. */
static autan_status fetch_catalogue(portal *p, autan_error *first)
{
    const char *tag = json_string_value(json_object_get(p->state, "catalogue"));
    char fresh[AUTAN_HTTP_TAG] = "";
    size_t unknown = 0, total = 1;
    autan_status status = AUTAN_OK;
    for (size_t offset = 0;
         status == AUTAN_OK && offset < total && offset < LISTED_MOST; offset += PAGE) {
        char *url = g_strdup_printf(
            "%s/catalog/datasets?where=%s&limit=%d&offset=%zu", p->city->source.url,
            "dataset_id%20like%20%22station-meteo%22", PAGE, offset);
        autan_http_reply reply;
        json_t *json = NULL;
        status = get_json(p, url, offset ? NULL : tag, NULL, &reply, &json);
        if (status == AUTAN_OK && reply.unchanged) {
            message_note("%s: nothing new", p->city->source.url);
            g_free(url);
            return AUTAN_OK;
        }
        if (status == AUTAN_OK && !json_is_array(json_object_get(json, "results")))
            status = autan_fail(p->err, AUTAN_BAD_FORMAT, "%s: is no list of data sets",
                                url);
        if (offset == 0 && status == AUTAN_OK)
            memcpy(fresh, reply.tag, sizeof fresh);
        if (status == AUTAN_OK) {
            total = (size_t)json_integer_value(json_object_get(json, "total_count"));
            status = fetch_listed(p, json_object_get(json, "results"), &unknown, first);
        }
        json_decref(json);
        g_free(url);
    }
    if (unknown)
        message_note("%zu data sets of the portal are of no station of %s", unknown,
                     p->city->stations);
    if (status == AUTAN_OK && first->status == AUTAN_OK && *fresh) {
        json_object_set_new(p->state, "catalogue", json_string(fresh));
        status = save_state(p);
    }
    return status;
}

static autan_status fetch_all(portal *p)
{
    const autan_names *sets = &p->city->source.datasets;
    autan_error first = {0};
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < sets->n; k++)
        status = fetch_next(p, sets->name[k], NULL, &first);
    if (sets->n == 0)
        status = fetch_catalogue(p, &first);
    if (status == AUTAN_OK && first.status != AUTAN_OK) {
        *p->err = first;
        status = first.status;
    }
    return status;
}

autan_status portal_fetch(const autan_city *city, const autan_station_table *stations,
                          autan_archive *archive, bool all, autan_error *err)
{
    portal p = {
        .city = city, .stations = stations, .archive = archive, .all = all, .err = err};
    autan_status status = autan_http_new(&city->source.http, &p.http, err);
    if (status != AUTAN_OK)
        return status;
    p.state_path = g_build_filename(city->archive, "fetch.json", NULL);
    p.payload = g_strdup_printf("%s/fetch.%ld.tmp", city->archive, (long)getpid());
    load_state(&p);
    status = fetch_all(&p);
    unlink(p.payload);
    json_decref(p.state);
    g_free(p.state_path);
    g_free(p.payload);
    autan_http_free(p.http);
    return status;
}
