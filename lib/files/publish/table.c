#include "files/publish/table.h"

#include <math.h>
#include <string.h>

static autan_column *add(autan_table *t, const char *name, autan_cell_kind kind,
                         const char *french, const char *english)
{
    autan_column *c;
    t->column = g_renew(autan_column, t->column, t->n_columns + 1);
    c = &t->column[t->n_columns++];
    *c = (autan_column){.name = g_strdup(name),
                        .kind = kind,
                        .title = {g_strdup(french), g_strdup(english)}};
    return c;
}

static void add_required(autan_table *t, const char *name, autan_cell_kind kind,
                         const char *french, const char *english)
{
    add(t, name, kind, french, english)->required = true;
}

static void none(autan_cell *cell)
{
    *cell = (autan_cell){.number = (double)NAN, .time = INT64_MIN};
}

/* Words of the flags: one of them, or several joined by bars. */
static char *flags_pattern(const autan_issue *issue)
{
    GString *words = g_string_new("(");
    char *pattern;
    for (int k = 0; k < AUTAN_FLAG_BITS; k++)
        g_string_append_printf(words, "%s|",
                               issue->meaning[k] ? issue->meaning[k] : "");
    g_string_append(words, "bit_[0-9]+)");
    while (g_string_replace(words, "||", "|", 0))
        ;
    pattern = g_strdup_printf("%s(\\|%s)*", words->str, words->str);
    g_string_free(words, TRUE);
    return pattern;
}

static char *variables_pattern(void)
{
    GString *words = g_string_new(autan_variable_get(0)->name);
    for (int v = 1; v < AUTAN_VARIABLES; v++)
        g_string_append_printf(words, "|%s",
                               autan_variable_get((autan_variable)v)->name);
    return g_string_free(words, FALSE);
}

/* Observations */

static const char *const variable_french[AUTAN_VARIABLES] = {
    [AUTAN_AIR_TEMPERATURE] = "température de l'air",
    [AUTAN_RELATIVE_HUMIDITY] = "humidité relative",
    [AUTAN_WIND_SPEED] = "vitesse du vent",
    [AUTAN_WIND_FROM_DIRECTION] = "direction d'où vient le vent",
    [AUTAN_AIR_PRESSURE] = "pression de l'air",
    [AUTAN_PRECIPITATION_AMOUNT] = "précipitations",
    [AUTAN_GLOBAL_RADIATION] = "rayonnement global",
};

enum { OBSERVATION_VARIABLES = 2 }; /* columns before them */

static void observation(const autan_table *t, size_t row, size_t column,
                        autan_cell *cell)
{
    const autan_reading *r = &t->issue->data.reading[row];
    size_t v = (column - OBSERVATION_VARIABLES) / 2;
    none(cell);
    if (column == 0)
        cell->time = r->time;
    else if (column == 1)
        cell->text = t->issue->member[r->station].station->id;
    else if ((column - OBSERVATION_VARIABLES) % 2 == 0)
        cell->number = r->value[v];
    else
        cell->text = autan_issue_flags(t->issue, r->flag[v]);
}

static void make_observations(autan_table *t)
{
    static const char *const key[] = {"time", "station", NULL};
    t->name = "observations";
    t->title[AUTAN_FRENCH] = "mesures brutes et marques du contrôle";
    t->title[AUTAN_ENGLISH] = "raw readings and flags of the checks";
    t->key = key;
    t->station = "station";
    t->n_rows = t->issue->data.n;
    t->cell = observation;
    add_required(t, "time", AUTAN_MOMENT, "heure de la mesure (UTC)",
                 "time of the reading (UTC)");
    add_required(t, "station", AUTAN_TEXT, "station", "station");
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        const autan_variable_info *info = autan_variable_get((autan_variable)v);
        char *flags = g_strdup_printf("%s_flags", info->name);
        autan_column *c =
            add(t, info->name, AUTAN_NUMBER, variable_french[v], info->long_name);
        c->unit = info->unit;
        c = add(t, flags, AUTAN_TEXT, "contrôles qui doutent de cette valeur",
                "checks that doubt this value");
        c->pattern = flags_pattern(t->issue);
        g_free(flags);
    }
}

/* Stations */

enum {
    STATION = 0,
    NAME,
    LONGITUDE,
    LATITUDE,
    ELEVATION,
    FIRST,
    LAST,
    READINGS,
    FLAGGED,
    STATION_ATTRIBUTES /* columns before them */
};

static void station(const autan_table *t, size_t row, size_t column, autan_cell *cell)
{
    const autan_member *m = &t->issue->member[row];
    none(cell);
    switch (column) {
    case STATION:
        cell->text = m->station->id;
        break;
    case NAME:
        cell->text = m->station->name;
        break;
    case LONGITUDE:
        cell->number = m->station->longitude;
        break;
    case LATITUDE:
        cell->number = m->station->latitude;
        break;
    case ELEVATION:
        cell->number = m->station->elevation;
        break;
    case FIRST:
        cell->time = m->first;
        break;
    case LAST:
        cell->time = m->last;
        break;
    case READINGS:
        cell->number = (double)m->readings;
        break;
    case FLAGGED:
        cell->number = (double)m->flagged;
        break;
    default:
        cell->text = m->station->attribute[column - STATION_ATTRIBUTES];
        if (cell->text && *cell->text == '\0')
            cell->text = NULL;
    }
}

static void make_stations(autan_table *t)
{
    static const char *const key[] = {"station", NULL};
    t->name = "stations";
    t->title[AUTAN_FRENCH] = "stations qui ont mesuré pendant le mois";
    t->title[AUTAN_ENGLISH] = "stations that measured during the month";
    t->key = key;
    t->n_rows = t->issue->n_members;
    t->cell = station;
    t->longitude = LONGITUDE;
    t->latitude = LATITUDE;
    add_required(t, "station", AUTAN_TEXT, "identifiant", "identifier");
    add_required(t, "name", AUTAN_TEXT, "nom", "name");
    add_required(t, "longitude", AUTAN_NUMBER, "longitude est (WGS 84)",
                 "longitude east (WGS 84)");
    t->column[LONGITUDE].unit = "degree";
    add_required(t, "latitude", AUTAN_NUMBER, "latitude nord (WGS 84)",
                 "latitude north (WGS 84)");
    t->column[LATITUDE].unit = "degree";
    add(t, "elevation", AUTAN_NUMBER, "altitude au-dessus de la mer",
        "elevation above sea level")
        ->unit = "m";
    add_required(t, "first", AUTAN_MOMENT, "première mesure du mois",
                 "first reading of the month");
    add_required(t, "last", AUTAN_MOMENT, "dernière mesure du mois",
                 "last reading of the month");
    add_required(t, "readings", AUTAN_COUNT, "mesures du mois",
                 "readings of the month");
    add_required(t, "flagged", AUTAN_COUNT, "mesures dont une valeur est marquée",
                 "readings with a flag on any value");
    for (size_t k = 0; k < t->issue->n_attributes; k++)
        add(t, t->issue->attribute[k], AUTAN_TEXT, "attribut du site",
            "attribute of the site");
}

/* Findings */

static void finding(const autan_table *t, size_t row, size_t column, autan_cell *cell)
{
    const autan_finding *f = &t->issue->data.finding[row];
    none(cell);
    switch (column) {
    case 0:
        cell->text = t->issue->member[f->station].station->id;
        break;
    case 1:
        cell->text = autan_variable_get(f->variable)->name;
        break;
    case 2:
        cell->text = autan_issue_flags(t->issue, f->mask);
        break;
    case 3:
        cell->time = f->first;
        break;
    case 4:
        cell->time = f->last;
        break;
    case 5:
        cell->number = f->value;
        break;
    case 6:
        cell->number = f->statistic;
        break;
    default:
        cell->number = f->threshold;
    }
}

static void make_findings(autan_table *t)
{
    t->name = "findings";
    t->title[AUTAN_FRENCH] = "pourquoi les valeurs sont marquées";
    t->title[AUTAN_ENGLISH] = "why values are flagged";
    t->station = "station";
    t->n_rows = t->issue->data.n_findings;
    t->cell = finding;
    add_required(t, "station", AUTAN_TEXT, "station", "station");
    add_required(t, "variable", AUTAN_TEXT, "grandeur", "variable");
    t->column[1].pattern = variables_pattern();
    add_required(t, "check", AUTAN_TEXT, "contrôle", "check");
    t->column[2].pattern = flags_pattern(t->issue);
    add_required(t, "first", AUTAN_MOMENT, "première mesure en cause",
                 "first reading concerned");
    add_required(t, "last", AUTAN_MOMENT, "dernière mesure en cause",
                 "last reading concerned");
    add(t, "value", AUTAN_NUMBER, "valeur de la première, quand elle est du mois",
        "value of the first, when it is of the month");
    add(t, "statistic", AUTAN_NUMBER, "ce que le contrôle a calculé",
        "what the check computed");
    add(t, "threshold", AUTAN_NUMBER, "à quoi il l'a comparé",
        "what it compared that with");
}

/* Changes */

static void change(const autan_table *t, size_t row, size_t column, autan_cell *cell)
{
    const autan_change *c = &t->issue->changes.change[row];
    none(cell);
    switch (column) {
    case 0:
        cell->number = c->issue;
        break;
    case 1:
        cell->text = c->change;
        break;
    case 2:
        cell->text = c->station;
        break;
    case 3:
        cell->text = c->variable;
        break;
    case 4:
        cell->time = c->first;
        break;
    case 5:
        cell->time = c->last;
        break;
    case 6:
        cell->number = (double)c->readings;
        break;
    case 7:
        cell->number = c->before;
        break;
    case 8:
        cell->number = c->after;
        break;
    case 9:
        cell->text = c->flags_before;
        break;
    default:
        cell->text = c->flags_after;
    }
}

static void make_changes(autan_table *t)
{
    t->name = "changes";
    t->title[AUTAN_FRENCH] = "ce qui a changé d'une édition à l'autre";
    t->title[AUTAN_ENGLISH] = "what changed from issue to issue";
    t->n_rows = t->issue->changes.n;
    t->cell = change;
    add_required(t, "issue", AUTAN_COUNT, "édition où c'est apparu",
                 "issue where it appeared");
    add_required(t, "change", AUTAN_TEXT,
                 "added (ajout), corrected (correction), removed (retrait), flags "
                 "(marques), description (stations, notice)",
                 "added, corrected, removed, flags, description (stations, notice)");
    t->column[1].pattern = g_strdup("added|corrected|removed|flags|description");
    add(t, "station", AUTAN_TEXT, "station", "station");
    add(t, "variable", AUTAN_TEXT, "grandeur", "variable")->pattern =
        variables_pattern();
    add(t, "first", AUTAN_MOMENT, "première mesure en cause",
        "first reading concerned");
    add(t, "last", AUTAN_MOMENT, "dernière mesure en cause", "last reading concerned");
    add_required(t, "readings", AUTAN_COUNT, "nombre de mesures en cause",
                 "number of readings concerned");
    add(t, "value_before", AUTAN_NUMBER, "valeur publiée avant",
        "value published before");
    add(t, "value_after", AUTAN_NUMBER, "valeur publiée maintenant",
        "value published now");
    add(t, "flags_before", AUTAN_TEXT, "marques publiées avant",
        "flags published before");
    add(t, "flags_after", AUTAN_TEXT, "marques publiées maintenant",
        "flags published now");
}

static void (*const makers[AUTAN_TABLES])(autan_table *t) = {
    [AUTAN_TABLE_OBSERVATIONS] = make_observations,
    [AUTAN_TABLE_STATIONS] = make_stations,
    [AUTAN_TABLE_FINDINGS] = make_findings,
    [AUTAN_TABLE_CHANGES] = make_changes,
};

void autan_table_make(autan_table_id id, const autan_issue *issue, autan_table *table)
{
    *table = (autan_table){.issue = issue, .longitude = -1, .latitude = -1};
    makers[id](table);
}

void autan_table_clear(autan_table *table)
{
    for (size_t k = 0; k < table->n_columns; k++) {
        g_free(table->column[k].name);
        g_free(table->column[k].pattern);
        for (int l = 0; l < AUTAN_LANGUAGES; l++)
            g_free(table->column[k].title[l]);
    }
    g_free(table->column);
    *table = (autan_table){0};
}
