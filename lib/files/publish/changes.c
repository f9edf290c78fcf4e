/* What changed since the issue before, which is read from its own CSV. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "files/csv.h"
#include "files/publish/issue.h"
#include "files/publish/table.h"
#include "files/publish/text.h"

/* One row of the former observations. */
typedef struct {
    autan_time time;
    size_t station; /* place in the list of names */
    double value[AUTAN_VARIABLES];
    const char *flags[AUTAN_VARIABLES]; /* NULL none */
} former_row;

/* One value, or its flags, that is not what it was. */
typedef struct {
    size_t station;
    int variable;
    const char *change;
    autan_time time;
    double before, after;
    const char *flags_before, *flags_after;
} event;

static const char *const added = "added", *const corrected = "corrected",
                         *const removed = "removed", *const flags = "flags",
                         *const description = "description";

enum { COLUMNS_MOST = 2 + 2 * AUTAN_VARIABLES };

typedef struct {
    autan_issue *issue;
    const char *path; /* of the file being read */
    bool header;
    const autan_table *table;
    size_t n_fields;
    size_t field[COLUMNS_MOST]; /* of each column of the table */
    GHashTable *place;          /* of a name + 1 */
    GPtrArray *name; /* as the CSV writes them: the members', then former ones */
    GArray *row;     /* former_row */
    GArray *event;
    GArray *change; /* autan_change */
    autan_error *err;
} comparing;

static const char *keep_text(comparing *c, const char *text)
{
    return *text ? g_string_chunk_insert_const(c->issue->changes.text, text) : NULL;
}

static size_t station_of(comparing *c, const char *name)
{
    size_t place = GPOINTER_TO_SIZE(g_hash_table_lookup(c->place, name));
    if (place == 0) {
        const char *kept = g_string_chunk_insert_const(c->issue->changes.text, name);
        g_ptr_array_add(c->name, (gpointer)(guintptr)kept);
        place = c->name->len;
        g_hash_table_insert(c->place, (gpointer)(guintptr)kept,
                            GSIZE_TO_POINTER(place));
    }
    return place - 1;
}

static autan_status foreign(const comparing *c, size_t line, const char *what)
{
    return autan_fail(
        c->err, AUTAN_BAD_FORMAT,
        "%s:%zu: %s, expected what autan publish wrote; move the folder away "
        "to publish the month as if for the first time",
        c->path, line, what);
}

/* Where the columns that the issue writes now stand in the file. Another version may
 * have had fewer variables, or more. */
static autan_status check_header(comparing *c, const autan_csv_row *row)
{
    c->header = true;
    c->n_fields = row->n;
    for (size_t k = 0; k < c->table->n_columns; k++) {
        const autan_column *column = &c->table->column[k];
        size_t i = 0;
        while (i < row->n && strcmp(row->field[i], column->name) != 0)
            i++;
        if (i == row->n && column->required)
            return foreign(c, row->line, "other columns");
        c->field[k] = i;
    }
    return AUTAN_OK;
}

/* The text of a column, "" where the file has none. */
static const char *text_of(const comparing *c, const autan_csv_row *row, size_t column)
{
    return c->field[column] < row->n ? row->field[c->field[column]] : "";
}

static bool take_number(const char *text, double *value)
{
    *value = (double)NAN;
    return *text == '\0' || autan_number_parse(text, value) == AUTAN_OK;
}

static autan_status on_observation(const autan_csv_row *row, void *user)
{
    comparing *c = user;
    former_row r;
    if (!c->header)
        return check_header(c, row);
    if (row->has_nul || row->n != c->n_fields)
        return foreign(c, row->line, "another number of fields");
    if (autan_time_parse(text_of(c, row, 0), &r.time) != AUTAN_OK)
        return foreign(c, row->line, "the time is none");
    r.station = station_of(c, text_of(c, row, 1));
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        if (!take_number(text_of(c, row, 2 + 2 * (size_t)v), &r.value[v]))
            return foreign(c, row->line, "a value is no number");
        r.flags[v] = keep_text(c, text_of(c, row, 3 + 2 * (size_t)v));
    }
    g_array_append_val(c->row, r);
    return AUTAN_OK;
}

/* The words of earlier issues are kept as they are. */
static autan_status on_change(const autan_csv_row *row, void *user)
{
    comparing *c = user;
    autan_change made = {.first = INT64_MIN, .last = INT64_MIN};
    double issue, readings;
    if (!c->header)
        return check_header(c, row);
    if (row->has_nul || row->n != c->n_fields)
        return foreign(c, row->line, "another number of fields");
    if (!take_number(text_of(c, row, 0), &issue) || !(issue >= 1 && issue < 1e9) ||
        !take_number(text_of(c, row, 6), &readings) ||
        !(readings >= 0 && readings < 1e15) ||
        !take_number(text_of(c, row, 7), &made.before) ||
        !take_number(text_of(c, row, 8), &made.after) ||
        (*text_of(c, row, 4) &&
         autan_time_parse(text_of(c, row, 4), &made.first) != AUTAN_OK) ||
        (*text_of(c, row, 5) &&
         autan_time_parse(text_of(c, row, 5), &made.last) != AUTAN_OK))
        return foreign(c, row->line, "a number or time is none");
    made.issue = (unsigned)issue;
    made.readings = (size_t)readings;
    made.change = keep_text(c, text_of(c, row, 1));
    made.station = keep_text(c, text_of(c, row, 2));
    made.variable = keep_text(c, text_of(c, row, 3));
    made.flags_before = keep_text(c, text_of(c, row, 9));
    made.flags_after = keep_text(c, text_of(c, row, 10));
    g_array_append_val(c->change, made);
    return AUTAN_OK;
}

static autan_status read_table(comparing *c, const char *folder, autan_table_id id,
                               autan_csv_handler handler)
{
    autan_table table;
    autan_status status;
    char *path;
    autan_table_make(id, c->issue, &table);
    path = g_strdup_printf("%s/%s.csv", folder, table.name);
    c->path = path;
    c->table = &table;
    c->header = false;
    status = autan_csv_read(path, ',', handler, c, c->err);
    if (status == AUTAN_OK && !c->header)
        status = foreign(c, 1, "nothing");
    g_free(path);
    autan_table_clear(&table);
    return status;
}

static int by_time_and_station(const void *a, const void *b)
{
    const former_row *l = a, *r = b;
    if (l->time != r->time)
        return l->time < r->time ? -1 : 1;
    return (l->station > r->station) - (l->station < r->station);
}

static void compare_value(comparing *c, const former_row *before,
                          const former_row *after, int v)
{
    const former_row *any = after ? after : before;
    bool was = before && !isnan(before->value[v]),
         is = after && !isnan(after->value[v]);
    event e = {.station = any->station,
               .variable = v,
               .time = any->time,
               .before = (double)NAN,
               .after = (double)NAN};
    if (was && is && before->value[v] != after->value[v]) {
        e.change = corrected;
        e.before = before->value[v];
        e.after = after->value[v];
        c->issue->changes.corrected++;
    } else if (was != is) {
        e.change = is ? added : removed;
        c->issue->changes.added += is;
        c->issue->changes.removed += was;
    }
    if (e.change)
        g_array_append_val(c->event, e);
    if (was && is && before->flags[v] != after->flags[v]) {
        e.change = flags;
        e.before = e.after = (double)NAN;
        e.flags_before = before->flags[v];
        e.flags_after = after->flags[v];
        c->issue->changes.flags++;
        g_array_append_val(c->event, e);
    }
}

static former_row present(comparing *c, size_t k)
{
    const autan_reading *r = &c->issue->data.reading[k];
    former_row row = {.time = r->time, .station = r->station};
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        const char *text = autan_issue_flags(c->issue, r->flag[v]);
        row.value[v] = r->value[v];
        row.flags[v] = text ? keep_text(c, text) : NULL;
    }
    return row;
}

/* Both lists are by time and station; members have the first places of names. */
static void compare_rows(comparing *c)
{
    size_t i = 0, k = 0;
    if (c->row->len)
        qsort(c->row->data, c->row->len, sizeof(former_row), by_time_and_station);
    while (i < c->row->len || k < c->issue->data.n) {
        const former_row *before = NULL, *after = NULL;
        former_row now;
        int order;
        if (k < c->issue->data.n)
            now = present(c, k);
        if (i == c->row->len)
            order = 1;
        else if (k == c->issue->data.n)
            order = -1;
        else
            order = by_time_and_station(&g_array_index(c->row, former_row, i), &now);
        if (order <= 0)
            before = &g_array_index(c->row, former_row, i++);
        if (order >= 0) {
            after = &now;
            k++;
        }
        for (int v = 0; v < AUTAN_VARIABLES; v++)
            compare_value(c, before, after, v);
    }
}

static int by_station(const void *a, const void *b)
{
    const event *l = a, *r = b;
    int order;
    if (l->station != r->station)
        return l->station < r->station ? -1 : 1;
    if (l->variable != r->variable)
        return l->variable < r->variable ? -1 : 1;
    order = strcmp(l->change, r->change);
    if (order != 0)
        return order;
    return (l->time > r->time) - (l->time < r->time);
}

/* Corrections stand alone, with their values; the rest is told in stretches. */
static bool is_continued(const autan_change *last, const event *e, const char *variable,
                         const char *station)
{
    return e->change != corrected && last->change == e->change &&
           last->variable == variable && last->station == station &&
           last->flags_before == e->flags_before && last->flags_after == e->flags_after;
}

static void tell_events(comparing *c)
{
    const guint first = c->change->len;
    if (c->event->len)
        qsort(c->event->data, c->event->len, sizeof(event), by_station);
    for (guint k = 0; k < c->event->len; k++) {
        const event *e = &g_array_index(c->event, event, k);
        const char *variable = autan_variable_get((autan_variable)e->variable)->name;
        const char *station = g_ptr_array_index(c->name, e->station);
        autan_change *last =
            c->change->len > first
                ? &g_array_index(c->change, autan_change, c->change->len - 1)
                : NULL;
        if (last && is_continued(last, e, variable, station)) {
            last->last = e->time;
            last->readings++;
        } else {
            autan_change made = {
                c->issue->number, e->change, station,   variable, e->time,
                e->time,          1,         e->before, e->after, e->flags_before,
                e->flags_after};
            g_array_append_val(c->change, made);
        }
    }
    if (c->event->len == 0) {
        autan_change made = {.issue = c->issue->number,
                             .change = description,
                             .first = INT64_MIN,
                             .last = INT64_MIN,
                             .before = (double)NAN,
                             .after = (double)NAN};
        g_array_append_val(c->change, made);
    }
}

static autan_status compare(comparing *c, const char *folder)
{
    autan_status status;
    for (size_t i = 0; i < c->issue->n_members; i++) {
        char *name = autan_text_no_formula(c->issue->member[i].station->id);
        station_of(c, name);
        g_free(name);
    }
    status = read_table(c, folder, AUTAN_TABLE_CHANGES, on_change);
    if (status == AUTAN_OK)
        status = read_table(c, folder, AUTAN_TABLE_OBSERVATIONS, on_observation);
    if (status == AUTAN_OK) {
        compare_rows(c);
        tell_events(c);
    }
    return status;
}

autan_status autan_changes_find(autan_issue *issue, const char *folder,
                                autan_error *err)
{
    comparing c = {.issue = issue, .err = err};
    autan_status status = AUTAN_OK;
    issue->changes.text = g_string_chunk_new(4096);
    if (!folder) {
        for (size_t k = 0; k < issue->data.n; k++) {
            for (int v = 0; v < AUTAN_VARIABLES; v++) {
                if (!isnan(issue->data.reading[k].value[v]))
                    issue->changes.added++;
            }
        }
        return AUTAN_OK;
    }
    c.place = g_hash_table_new(g_str_hash, g_str_equal);
    c.name = g_ptr_array_new();
    c.row = g_array_new(FALSE, FALSE, sizeof(former_row));
    c.event = g_array_new(FALSE, FALSE, sizeof(event));
    c.change = g_array_new(FALSE, FALSE, sizeof(autan_change));
    status = compare(&c, folder);
    issue->changes.n = c.change->len;
    issue->changes.change = (autan_change *)(void *)g_array_free(c.change, FALSE);
    g_array_free(c.event, TRUE);
    g_array_free(c.row, TRUE);
    g_ptr_array_free(c.name, TRUE);
    g_hash_table_destroy(c.place);
    return status;
}

void autan_changes_clear(autan_changes *changes)
{
    g_free(changes->change);
    if (changes->text)
        g_string_chunk_free(changes->text);
    *changes = (autan_changes){0};
}
