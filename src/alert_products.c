#include "config.h"

#include "alert_products.h"

#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/cap.h"
#include "files/outfile.h"
#include "notes.h"

static const char *const french[AUTAN_LEVELS] = {"vert", "jaune", "orange", "rouge"};
static const char *const english[AUTAN_LEVELS] = {"green", "yellow", "orange", "red"};

const char *colour_french(int level)
{
    return french[level];
}

const char *colour_english(int level)
{
    return english[level];
}

static const risk_day *day_of(const alert_report *r, size_t zone, size_t d)
{
    return &r->risk->day[zone * r->risk->n_days + d];
}

static double weight(const alert_report *r, size_t zone)
{
    const double people = r->areas->area[zone - 1].people;
    double chance = 0.0;
    for (size_t d = 0; d < r->risk->n_days; d++)
        chance = fmax(chance, day_of(r, zone, d)->chance[AUTAN_ORANGE] +
                                  0.01 * day_of(r, zone, d)->chance[AUTAN_YELLOW]);
    return chance * (isnan(people) ? 1.0 : people);
}

void alert_rank(const alert_report *r, size_t *zone)
{
    const size_t n = r->areas->n;
    for (size_t k = 0; k < n; k++) {
        size_t place = k;
        const size_t new = k + 1;
        for (; place > 0; place--) {
            const size_t other = zone[place - 1];
            const int a = risk_worst(r->risk, new), b = risk_worst(r->risk, other);
            if (a < b || (a == b && weight(r, new) <= weight(r, other)))
                break;
            zone[place] = other;
        }
        zone[place] = new;
    }
}

static void date_text(autan_time midnight, char text[AUTAN_TIME_TEXT])
{
    autan_time_format(midnight, text);
    text[10] = '\0';
}

/* CSV: quoted where it must be. */
static void put_field(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\n\r")) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void put_number(FILE *out, const char *format, double value)
{
    putc(',', out);
    if (!isnan(value))
        fprintf(out, format, value);
}

static const char *zone_name(const alert_report *r, size_t zone)
{
    return zone == 0 ? r->city->name : r->areas->area[zone - 1].name;
}

autan_status alert_write_csv(const char *path, const alert_report *r, autan_error *err)
{
    autan_outfile *out = NULL;
    size_t *order = malloc((r->areas->n + 1) * sizeof *order);
    autan_status status = autan_outfile_open(path, &out, err);
    FILE *file;
    if (status != AUTAN_OK || !order) {
        free(order);
        autan_outfile_abandon(out);
        return status != AUTAN_OK ? status
                                  : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    file = autan_outfile_stream(out);
    fputs("zone,date,colour,colour_before,chance_yellow,chance_orange,chance_red,"
          "minimum_q10,minimum_q50,minimum_q90,maximum_q10,maximum_q50,maximum_q90,"
          "people,cool_places\n",
          file);
    order[0] = 0;
    if (r->risk->n_days)
        alert_rank(r, order + 1);
    for (size_t k = 0; r->risk->n_days && k <= r->areas->n; k++) {
        const size_t z = order[k];
        for (size_t d = 0; d < r->risk->n_days; d++) {
            const risk_day *day = day_of(r, z, d);
            char date[AUTAN_TIME_TEXT];
            date_text(r->risk->midnight[d], date);
            put_field(file, zone_name(r, z));
            fprintf(file, ",%s,%s,%s", date, english[day->colour],
                    english[day->before]);
            for (int l = AUTAN_YELLOW; l < AUTAN_LEVELS; l++)
                put_number(file, "%.2f", day->chance[l]);
            for (int q = 0; q < 3; q++)
                put_number(file, "%.1f", day->night.q[q]);
            for (int q = 0; q < 3; q++)
                put_number(file, "%.1f", day->day.q[q]);
            put_number(file, "%.0f", z ? r->areas->area[z - 1].people : (double)NAN);
            put_number(file, "%.0f",
                       z && r->city->alert.cool_places
                           ? (double)r->areas->area[z - 1].n_cool
                           : (double)NAN);
            putc('\n', file);
        }
    }
    free(order);
    return autan_outfile_commit(out, err);
}

autan_status alert_write_systems(const char *path, const alert_report *r,
                                 autan_error *err)
{
    const size_t rules = autan_rule_count();
    autan_outfile *out = NULL;
    autan_status status = autan_outfile_open(path, &out, err);
    FILE *file;
    if (status != AUTAN_OK)
        return status;
    file = autan_outfile_stream(out);
    fputs("zone,date,rule,units,value_q10,value_q50,value_q90,chance_yellow,chance_"
          "orange,"
          "chance_red\n",
          file);
    for (size_t k = 0;
         r->risk->n_days && k < r->risk->n_zones * r->risk->n_days * rules; k++) {
        const risk_system *s = &r->risk->system[k];
        const autan_rule *rule = autan_rule_get(k % rules);
        const size_t day = k / rules % r->risk->n_days;
        char date[AUTAN_TIME_TEXT];
        if (isnan(s->chance[AUTAN_GREEN]))
            continue;
        date_text(r->risk->midnight[day], date);
        put_field(file, zone_name(r, k / rules / r->risk->n_days));
        fprintf(file, ",%s,%s,%s", date, rule->name, rule->units);
        for (int q = 0; q < 3; q++)
            put_number(file, "%.2f", s->value.q[q]);
        for (int l = AUTAN_YELLOW; l < AUTAN_LEVELS; l++)
            put_number(file, "%.2f", s->chance[l]);
        putc('\n', file);
    }
    return autan_outfile_commit(out, err);
}

/* The notes in one language, a line each; g_free(). */
static char *sentences(const alert_report *r, gboolean in_english)
{
    char **line = notes_split(r->notes, in_english);
    char *text = g_strjoinv("\n", line);
    g_strfreev(line);
    return text;
}

static json_t *real(double value)
{
    return isnan(value) ? json_null() : json_real(round(value * 100.0) / 100.0);
}

static json_t *range(const risk_range *r)
{
    return json_pack("[o, o, o]", real(r->q[0]), real(r->q[1]), real(r->q[2]));
}

static json_t *zone_feature(const alert_report *r, size_t zone)
{
    const autan_area *area = &r->areas->area[zone - 1];
    json_t *days = json_array(), *properties, *geometry;
    for (size_t d = 0; d < r->risk->n_days; d++) {
        const risk_day *day = day_of(r, zone, d);
        char date[AUTAN_TIME_TEXT];
        date_text(r->risk->midnight[d], date);
        json_array_append_new(
            days, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "date", date,
                            "colour", english[day->colour], "colour_before",
                            english[day->before], "chance_yellow",
                            real(day->chance[AUTAN_YELLOW]), "chance_orange",
                            real(day->chance[AUTAN_ORANGE]), "chance_red",
                            real(day->chance[AUTAN_RED]), "minimum", range(&day->night),
                            "maximum", range(&day->day)));
    }
    properties = json_pack(
        "{s:s, s:o, s:s?, s:o, s:o}", "zone", area->name, "people", real(area->people),
        "cool_places", area->cool, "colour",
        r->risk->n_days ? json_string(english[risk_worst(r->risk, zone)]) : json_null(),
        "days", days);
    geometry = json_loads(area->geojson, 0, NULL);
    return json_pack("{s:s, s:o, s:o}", "type", "Feature", "properties", properties,
                     "geometry", geometry ? geometry : json_null());
}

autan_status alert_write_geojson(const char *path, const alert_report *r,
                                 autan_error *err)
{
    json_t *features = json_array(), *root;
    char at[AUTAN_TIME_TEXT], reference[AUTAN_TIME_TEXT], *text, *notes[2];
    autan_status status = AUTAN_NO_MEMORY;
    for (size_t z = 1; z <= r->areas->n; z++)
        json_array_append_new(features, zone_feature(r, z));
    autan_time_format(r->at, at);
    if (r->forecast)
        autan_time_format(r->forecast->reference, reference);
    notes[0] = sentences(r, FALSE);
    notes[1] = sentences(r, TRUE);
    root = json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:o}", "type", "FeatureCollection",
                     "name", r->city->name, "issued", at, "forecast_reference_time",
                     r->forecast ? json_string(reference) : json_null(), "notes_fr",
                     notes[0], "notes_en", notes[1], "features", features);
    text = root ? json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(8)) : NULL;
    if (text)
        status = autan_outfile_write_text(path, text, err);
    else
        autan_fail(err, status, "%s: out of memory", path);
    free(text);
    g_free(notes[0]);
    g_free(notes[1]);
    json_decref(root);
    return status;
}

/* CAP. */

static const struct {
    const char *language, *event, *headline, *instruction;
} words[2] = {
    {"fr-FR", "Canicule", "Vigilance %s chaleur, %s : %s",
     "Buvez de l'eau, restez au frais, évitez les efforts aux heures chaudes. Prenez "
     "des "
     "nouvelles des personnes âgées, isolées ou malades. En cas de malaise, appelez le "
     "15."},
    {"en-GB", "Extreme heat", "%s heat warning, %s: %s",
     "Drink water, stay cool, avoid effort in the hot hours. Look in on elderly, "
     "isolated "
     "or ill people. In an emergency call 112."},
};

typedef struct {
    autan_cap_info info[2 * AUTAN_LEVELS];
    autan_cap_area *area; /* AUTAN_LEVELS x areas */
    size_t n;
    char *text[4 * AUTAN_LEVELS];
    size_t n_texts;
} cap_parts;

static const char *keep_text(cap_parts *parts, char *text)
{
    parts->text[parts->n_texts++] = text;
    return text;
}

/* First and last day of a zone at that colour or above, and its greatest chance. */
static void extent(const alert_report *r, int level, autan_cap_info *info)
{
    info->onset = info->expires = r->at;
    for (size_t z = 0; z < r->risk->n_zones; z++) {
        for (size_t d = 0; d < r->risk->n_days; d++) {
            const risk_day *day = day_of(r, z, d);
            const autan_time midnight = r->risk->midnight[d];
            if (day->colour < level)
                continue;
            info->chance = fmax(info->chance, day->chance[level]);
            if (info->expires == r->at || midnight < info->onset)
                info->onset = midnight > r->at ? midnight : r->at;
            if (midnight + 86400 > info->expires)
                info->expires = midnight + 86400;
        }
    }
}

static void add_level(const alert_report *r, int level, cap_parts *parts)
{
    autan_cap_area *area = parts->area + (size_t)level * r->areas->n;
    autan_cap_info info = {.level = level, .area = area};
    char from[AUTAN_TIME_TEXT], to[AUTAN_TIME_TEXT], days[80];
    for (size_t z = 1; z <= r->areas->n; z++) {
        const autan_area *a = &r->areas->area[z - 1];
        if (risk_worst(r->risk, z) == level && a->outline[0])
            area[info.n_areas++] =
                (autan_cap_area){a->name, a->outline, r->city->alert.geocode};
    }
    if (info.n_areas == 0)
        return;
    extent(r, level, &info);
    date_text(info.onset, from);
    date_text(info.expires - 1, to);
    g_snprintf(days, sizeof days, "%s / %s", from, to);
    for (int k = 0; k < 2; k++) {
        char *notes = sentences(r, k == 1);
        info.language = words[k].language;
        info.event = words[k].event;
        info.instruction = words[k].instruction;
        info.headline =
            keep_text(parts, g_strdup_printf(words[k].headline,
                                             k ? english[level] : french[level],
                                             r->city->name, days));
        info.description = keep_text(
            parts,
            g_strdup_printf(
                k ? "Chance of this level up to %.0f %%. Zones: %zu. Forecast and "
                    "colours of "
                    "the town's own network, not Météo-France's.%s%s"
                  : "Probabilité de ce niveau jusqu'à %.0f %%. Zones : %zu. Prévision "
                    "et "
                    "couleurs du réseau de la ville, et non de Météo-France.%s%s",
                100.0 * info.chance, info.n_areas, *notes ? "\n" : "", notes));
        g_free(notes);
        parts->info[parts->n++] = info;
    }
}

/* All clear: the whole town, in both languages. */
static void add_clear(const alert_report *r, cap_parts *parts)
{
    autan_cap_info info = {.level = AUTAN_GREEN,
                           .area = parts->area,
                           .onset = r->at,
                           .expires = r->at + 86400,
                           .chance = 1.0};
    for (size_t z = 1; z <= r->areas->n; z++) {
        const autan_area *a = &r->areas->area[z - 1];
        if (a->outline[0])
            parts->area[info.n_areas++] =
                (autan_cap_area){a->name, a->outline, r->city->alert.geocode};
    }
    for (int k = 0; k < 2; k++) {
        info.language = words[k].language;
        info.event = words[k].event;
        info.headline = k ? "End of the heat warning" : "Fin de la vigilance chaleur";
        info.description = info.headline;
        parts->info[parts->n++] = info;
    }
}

/* What the message refers to: the alert that is out, if any. */
static const char *previous(const alert_report *r, const char *own)
{
    const alert_state *b = r->before;
    if (b->references && strcmp(b->references, own) == 0)
        return b->earlier;
    return b->active && b->expires > r->at ? b->references : NULL;
}

autan_status alert_write_cap(const char *path, const alert_report *r,
                             alert_message *message, autan_error *err)
{
    const char *sender =
        r->city->alert.sender ? r->city->alert.sender : "autan@localhost";
    char compact[AUTAN_TIME_TEXT], sent[AUTAN_TIME_TEXT];
    char *identifier, *own, *notes = sentences(r, FALSE);
    const char *references;
    cap_parts parts = {.area = g_new0(autan_cap_area, AUTAN_LEVELS * r->areas->n + 1)};
    autan_status status = AUTAN_OK;
    autan_time_format_compact(r->at, compact);
    autan_cap_time(r->at, sent);
    identifier = g_strdup_printf("autan-%s-%s", sender, compact);
    own = g_strdup_printf("%s,%s,%s", sender, identifier, sent);
    references = previous(r, own);
    for (int level = AUTAN_RED; level > AUTAN_GREEN; level--)
        add_level(r, level, &parts);
    *message = (alert_message){strdup(own), references ? strdup(references) : NULL,
                               parts.n > 0, r->at};
    for (size_t k = 0; k < parts.n; k++)
        message->expires = MAX(message->expires, parts.info[k].expires);
    if (!message->active && references)
        add_clear(r, &parts);
    if (parts.n > 0) {
        const autan_cap cap = {
            .identifier = identifier,
            .sender = sender,
            .status = r->city->alert.status ? r->city->alert.status : "Test",
            .sent = r->at,
            .type = !references       ? AUTAN_CAP_ALERT
                    : message->active ? AUTAN_CAP_UPDATE
                                      : AUTAN_CAP_CANCEL,
            .references = references,
            .note = *notes ? notes : r->city->notice,
            .sender_name = r->city->institution ? r->city->institution : r->city->name,
            .web = r->city->alert.web,
            .contact = r->city->alert.contact,
            .n_infos = parts.n,
            .info = parts.info};
        status = autan_cap_write(path, &cap, err);
    } else if (unlink(path) != 0 && errno != ENOENT) {
        status = autan_fail(err, AUTAN_IO, "%s: an old message cannot be removed: %s",
                            path, g_strerror(errno));
    }
    for (size_t k = 0; k < parts.n_texts; k++)
        g_free(parts.text[k]);
    g_free(parts.area);
    g_free(identifier);
    g_free(own);
    g_free(notes);
    return status;
}
