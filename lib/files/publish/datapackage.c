#include <math.h>
#include <string.h>
#include <unistd.h>

#include "files/publish/document.h"
#include "files/publish/form.h"
#include "files/publish/text.h"

static json_t *text(const char *value)
{
    return json_string(value ? value : "");
}

static void set_text(json_t *object, const char *key, const char *value)
{
    if (value)
        json_object_set_new(object, key, json_string(value));
}

static json_t *field(const autan_column *c)
{
    static const char *const type[] = {[AUTAN_TEXT] = "string",
                                       [AUTAN_NUMBER] = "number",
                                       [AUTAN_COUNT] = "integer",
                                       [AUTAN_MOMENT] = "datetime"};
    json_t *made = json_pack("{s:s, s:s, s:s, s:s}", "name", c->name, "type",
                             type[c->kind], "title", c->title[AUTAN_FRENCH],
                             "description", c->title[AUTAN_ENGLISH]);
    json_t *constraints = json_object();
    set_text(made, "unit", c->unit);
    if (c->required)
        json_object_set_new(constraints, "required", json_true());
    set_text(constraints, "pattern", c->pattern);
    if (json_object_size(constraints))
        json_object_set(made, "constraints", constraints);
    json_decref(constraints);
    return made;
}

static json_t *schema(const autan_table *table)
{
    json_t *fields = json_array(), *made;
    for (size_t c = 0; c < table->n_columns; c++)
        json_array_append_new(fields, field(&table->column[c]));
    made = json_pack("{s:o, s:[s]}", "fields", fields, "missingValues", "");
    if (table->key) {
        json_t *key = json_array();
        for (const char *const *name = table->key; *name; name++)
            json_array_append_new(key, json_string(*name));
        json_object_set_new(made, "primaryKey", key);
    }
    if (table->station)
        json_object_set_new(made, "foreignKeys",
                            json_pack("[{s:s, s:{s:s, s:s}}]", "fields", table->station,
                                      "reference", "resource", "stations", "fields",
                                      "station"));
    return made;
}

static autan_status add_resource(const autan_issue *issue, const autan_form *form,
                                 const char *folder, json_t *resources,
                                 autan_error *err)
{
    char *path = g_strdup_printf("%s/%s", folder, form->file), *sum = NULL, *hash;
    size_t bytes;
    autan_table table;
    json_t *made;
    autan_status status = AUTAN_OK;
    if (access(path, F_OK) == 0)
        status = autan_text_checksum(path, &sum, &bytes, err);
    g_free(path);
    if (!sum)
        return status;
    hash = g_strconcat("sha256:", sum, NULL);
    autan_table_make(form->table, issue, &table);
    made =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "name", form->name,
                  "path", form->file, "profile",
                  form->tabular ? "tabular-data-resource" : "data-resource", "title",
                  table.title[AUTAN_FRENCH], "description", table.title[AUTAN_ENGLISH],
                  "mediatype", form->media_type, "format", strrchr(form->file, '.') + 1,
                  "bytes", (json_int_t)bytes, "hash", hash);
    if (form->tabular) {
        json_object_set_new(made, "encoding", json_string("utf-8"));
        json_object_set_new(made, "schema", schema(&table));
    }
    json_array_append_new(resources, made);
    autan_table_clear(&table);
    g_free(hash);
    g_free(sum);
    return AUTAN_OK;
}

static json_t *words(char *const *word)
{
    json_t *list = json_array();
    for (; *word; word++)
        json_array_append_new(list, json_string(*word));
    return list;
}

static void set_time(json_t *object, const char *key, autan_time time)
{
    char date[AUTAN_TIME_TEXT];
    autan_time_format(time, date);
    json_object_set_new(object, key, json_string(date));
}

static json_t *box(const autan_issue *issue)
{
    double b[4] = {180, 90, -180, -90};
    for (size_t i = 0; i < issue->n_members; i++) {
        const autan_station *s = issue->member[i].station;
        b[0] = fmin(b[0], s->longitude);
        b[1] = fmin(b[1], s->latitude);
        b[2] = fmax(b[2], s->longitude);
        b[3] = fmax(b[3], s->latitude);
    }
    return json_pack("[f, f, f, f]", b[0], b[1], b[2], b[3]);
}

/* What programs of ours and the catalogue want to know besides the standard. */
static json_t *own_part(const autan_issue *issue)
{
    const autan_extract *x = &issue->data;
    const autan_changes *c = &issue->changes;
    json_t *own = json_pack(
        "{s:i, s:s, s:I, s:I, s:o, s:{s:I, s:I, s:I, s:I}}", "issue",
        (int)issue->number, "fingerprint", issue->fingerprint, "readings",
        (json_int_t)x->n, "stations", (json_int_t)issue->n_members, "bbox", box(issue),
        "changes", "added", (json_int_t)c->added, "corrected", (json_int_t)c->corrected,
        "removed", (json_int_t)c->removed, "flags", (json_int_t)c->flags);
    json_t *checked = json_object();
    set_time(own, "first", x->reading[0].time);
    set_time(own, "last", x->reading[x->n - 1].time);
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        json_t *period;
        if (!x->checked[v])
            continue;
        period = json_object();
        set_time(period, "first", x->checked_first[v]);
        set_time(period, "last", x->checked_last[v]);
        json_object_set_new(checked, autan_variable_get((autan_variable)v)->name,
                            period);
    }
    json_object_set_new(own, "checked", checked);
    return own;
}

static json_t *package(const autan_issue *issue, json_t *resources)
{
    const autan_notice *n = issue->notice;
    char *name = g_strdup_printf("observations-%s", issue->month);
    char *title = g_strdup_printf("%s, %s", n->title[AUTAN_FRENCH], issue->month);
    char *summary = g_strdup_printf("%s\n\n%s", n->description[AUTAN_FRENCH],
                                    n->description[AUTAN_ENGLISH]);
    char *version = g_strdup_printf("%u", issue->number);
    json_t *publisher =
        json_pack("{s:s, s:s}", "title", n->publisher, "role", "publisher");
    json_t *made = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:[{s:s, s:s, s:s}], s:[o]}", "profile",
        "data-package", "name", name, "title", title, "description", summary, "version",
        version, "keywords", words(n->keyword[AUTAN_FRENCH]), "licenses", "name",
        n->licence, "path", n->licence_url, "title", n->licence_title[AUTAN_FRENCH],
        "contributors", publisher);
    set_text(made, "id", n->identifier);
    set_text(made, "homepage", n->url);
    if (made && n->publisher_url)
        json_object_set_new(publisher, "path", text(n->publisher_url));
    if (made && n->contact)
        json_object_set_new(publisher,
                            g_str_has_prefix(n->contact, "http") ? "path" : "email",
                            text(n->contact));
    set_time(made, "created", issue->date);
    set_text(made, "attribution", n->attribution);
    set_text(made, "notice", issue->city->notice);
    json_object_set_new(made, "autan", own_part(issue));
    json_object_set_new(made, "resources", resources);
    g_free(name);
    g_free(title);
    g_free(summary);
    g_free(version);
    return made;
}

autan_status autan_write_datapackage(const autan_issue *issue, const char *folder,
                                     autan_error *err)
{
    json_t *resources = json_array();
    const autan_form *form;
    autan_status status = AUTAN_OK;
    char *path;
    for (size_t k = 0; status == AUTAN_OK && (form = autan_form_get(k)); k++)
        status = add_resource(issue, form, folder, resources, err);
    if (status != AUTAN_OK) {
        json_decref(resources);
        return status;
    }
    path = g_strdup_printf("%s/datapackage.json", folder);
    status = autan_text_write_json(path, package(issue, resources), err);
    g_free(path);
    return status;
}
