#include "files/publish/issue.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/publish/form.h"
#include "qc/check.h"

/* Raised when the files of the same readings become others, so that months are
 * published again. */
enum { FORM = 1 };

/* Findings of members only. */
static void keep_findings(autan_extract *x, const size_t *place)
{
    size_t kept = 0;
    for (size_t k = 0; k < x->n_findings; k++) {
        if (place[x->finding[k].station] == 0)
            continue;
        x->finding[kept] = x->finding[k];
        x->finding[kept++].station = place[x->finding[k].station] - 1;
    }
    x->n_findings = kept;
}

/* The stations with readings become members, by their place in the table. */
static void find_members(autan_issue *issue, const autan_station_table *stations)
{
    autan_extract *x = &issue->data;
    size_t *place = g_new0(size_t, stations->n);
    for (size_t k = 0; k < x->n; k++)
        place[x->reading[k].station] = 1;
    for (size_t i = 0; i < stations->n; i++) {
        if (place[i])
            place[i] = ++issue->n_members;
    }
    issue->member = g_new0(autan_member, issue->n_members);
    for (size_t i = 0; i < stations->n; i++) {
        if (place[i])
            issue->member[place[i] - 1].station = &stations->station[i];
    }
    for (size_t k = 0; k < x->n; k++) {
        autan_reading *r = &x->reading[k];
        autan_member *m = &issue->member[place[r->station] - 1];
        uint32_t any = 0;
        for (int v = 0; v < AUTAN_VARIABLES; v++)
            any |= r->flag[v];
        m->first = m->readings ? m->first : r->time;
        m->last = r->time;
        m->readings++;
        m->flagged += any != 0;
        r->station = place[r->station] - 1;
    }
    keep_findings(x, place);
    g_free(place);
}

/* Names that our own columns have, and those that GeoPackage needs for itself. */
static const char *const taken[] = {"station",   "name",  "longitude", "latitude",
                                    "elevation", "first", "last",      "readings",
                                    "flagged",   "fid",   "geom"};
enum { NAME_MOST = 60 }; /* bytes of a column's name */

static bool is_free(const autan_issue *issue, size_t n, const char *name)
{
    for (size_t k = 0; k < G_N_ELEMENTS(taken); k++) {
        if (g_ascii_strcasecmp(taken[k], name) == 0)
            return false;
    }
    for (size_t k = 0; k < n; k++) {
        if (g_ascii_strcasecmp(issue->attribute[k], name) == 0)
            return false;
    }
    return true;
}

/* The attributes' names as columns: of letters, digits and _, and each another one,
 * capitals or not, for SQL makes no difference. */
static void name_attributes(autan_issue *issue, const autan_station_table *stations)
{
    issue->n_attributes = stations->n_attributes;
    issue->attribute = g_new0(char *, stations->n_attributes + 1);
    for (size_t k = 0; k < stations->n_attributes; k++) {
        char *base = g_strndup(stations->attribute_name[k], NAME_MOST);
        char *name;
        int i = 1;
        for (char *p = base; *p; p++)
            *p = g_ascii_isalnum(*p) ? *p : '_';
        name = g_ascii_isalpha(*base) ? g_strdup(base)
                                      : g_strdup_printf("column_%s", base);
        while (!is_free(issue, k, name)) {
            g_free(name);
            name = g_strdup_printf("%s_%d", *base ? base : "column", ++i);
        }
        issue->attribute[k] = name;
        g_free(base);
    }
}

/* The archive's words for the bits, and where it has none (nothing was checked yet) the
 * program's; CF wants words without blanks. */
static void name_flags(autan_issue *issue)
{
    for (int k = 0; k < AUTAN_FLAG_BITS; k++) {
        const char *text = issue->data.meaning[k];
        if (!text && k < AUTAN_QC_CHECKS)
            text = autan_qc_get((autan_qc_id)k)->name;
        if (!text)
            continue;
        issue->meaning[k] = g_strndup(text, NAME_MOST);
        for (char *p = issue->meaning[k]; *p; p++)
            *p = g_ascii_isalnum(*p) ? *p : '_';
    }
}

static void add_text(GChecksum *sum, const char *text)
{
    g_checksum_update(sum, (const guchar *)(text ? text : ""),
                      text ? (gssize)strlen(text) + 1 : 1);
}

static void add_bytes(GChecksum *sum, const void *data, size_t n)
{
    g_checksum_update(sum, data, (gssize)n);
}

static void take_fingerprint(autan_issue *issue)
{
    const autan_extract *x = &issue->data;
    const int form = FORM;
    const autan_form *file;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    add_bytes(sum, &form, sizeof form);
    for (size_t k = 0; (file = autan_form_get(k)); k++)
        add_text(sum, autan_form_available(file) ? file->file : NULL);
    add_text(sum, issue->month);
    add_text(sum, issue->city->name);
    add_text(sum, issue->city->notice);
    autan_notice_add(issue->notice, sum);
    for (size_t k = 0; k < issue->n_attributes; k++)
        add_text(sum, issue->attribute[k]);
    for (size_t i = 0; i < issue->n_members; i++) {
        const autan_station *s = issue->member[i].station;
        const double place[3] = {s->longitude, s->latitude, s->elevation};
        add_text(sum, s->id);
        add_text(sum, s->name);
        add_bytes(sum, place, sizeof place);
        for (size_t k = 0; k < issue->n_attributes; k++)
            add_text(sum, s->attribute[k]);
    }
    for (int k = 0; k < AUTAN_FLAG_BITS; k++)
        add_text(sum, issue->meaning[k]);
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        const autan_time checked[3] = {x->checked[v], x->checked_first[v],
                                       x->checked_last[v]};
        add_bytes(sum, checked, sizeof checked);
    }
    for (size_t k = 0; k < x->n; k++) {
        const autan_reading *r = &x->reading[k];
        add_bytes(sum, &r->time, sizeof r->time);
        add_bytes(sum, &r->station, sizeof r->station);
        add_bytes(sum, r->value, sizeof r->value);
        add_bytes(sum, r->flag, sizeof r->flag);
    }
    for (size_t k = 0; k < x->n_findings; k++) {
        const autan_finding *f = &x->finding[k];
        const int64_t whole[] = {(int64_t)f->variable, (int64_t)f->station, f->mask,
                                 f->first, f->last};
        const double real[] = {f->value, f->statistic, f->threshold};
        add_bytes(sum, whole, sizeof whole);
        add_bytes(sum, real, sizeof real);
    }
    g_strlcpy(issue->fingerprint, g_checksum_get_string(sum),
              sizeof issue->fingerprint);
    g_checksum_free(sum);
}

autan_status autan_issue_read(autan_archive *archive, const autan_city *city,
                              const autan_station_table *stations,
                              const autan_notice *notice, autan_time from,
                              autan_issue *issue, autan_error *err)
{
    autan_issue made = {.city = city, .notice = notice};
    char text[AUTAN_TIME_TEXT];
    autan_status status = autan_archive_extract(archive, stations, from,
                                                autan_month_end(from), &made.data, err);
    if (status != AUTAN_OK)
        return status;
    autan_time_format(from, text);
    g_strlcpy(made.month, text, sizeof "2025-07");
    if (made.data.n == 0) {
        status = autan_fail(err, AUTAN_NO_DATA,
                            "%s: holds no reading of a station of the table in %s",
                            city->archive, made.month);
        autan_extract_clear(&made.data);
        return status;
    }
    made.flag_text = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    find_members(&made, stations);
    name_attributes(&made, stations);
    name_flags(&made);
    take_fingerprint(&made);
    *issue = made;
    return AUTAN_OK;
}

void autan_issue_clear(autan_issue *issue)
{
    autan_extract_clear(&issue->data);
    g_free(issue->member);
    g_strfreev(issue->attribute);
    for (int k = 0; k < AUTAN_FLAG_BITS; k++)
        g_free(issue->meaning[k]);
    g_clear_pointer(&issue->flag_text, g_hash_table_destroy);
    autan_changes_clear(&issue->changes);
    *issue = (autan_issue){0};
}

const char *autan_issue_flags(const autan_issue *issue, uint32_t mask)
{
    char *text = g_hash_table_lookup(issue->flag_text, GUINT_TO_POINTER(mask));
    GString *list;
    if (mask == 0 || text)
        return text;
    list = g_string_new(NULL);
    for (int k = 0; k < AUTAN_FLAG_BITS; k++) {
        if ((mask >> k & 1) == 0)
            continue;
        if (issue->meaning[k])
            g_string_append_printf(list, "%s%s", list->len ? "|" : "",
                                   issue->meaning[k]);
        else
            g_string_append_printf(list, "%sbit_%d", list->len ? "|" : "", k);
    }
    text = g_string_free(list, FALSE);
    g_hash_table_insert(issue->flag_text, GUINT_TO_POINTER(mask), text);
    return text;
}
