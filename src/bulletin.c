/* The bulletin: one page, French first, as HTML to print and as text. */
#include "config.h"

#include "alert_products.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"
#include "notes.h"

enum { MOST_ZONES = 10, MAP_WIDTH = 240 };

static const char *const paint[AUTAN_LEVELS] = {"#cfe8cf", "#ffe680", "#ffb347",
                                                "#e8543f"};

const char *colour_paint(int level)
{
    return paint[level];
}

static const char *const advice[AUTAN_LEVELS][2] = {
    {"Pas de précaution particulière.", "No special precaution."},
    {"Chaleur à surveiller : s'hydrater, prévenir les personnes fragiles.",
     "Watch the heat: drink, warn frail people."},
    {"Canicule : appeler chaque jour les personnes du registre, ouvrir les lieux "
     "frais, "
     "éviter les efforts aux heures chaudes.",
     "Heatwave: call everyone on the register daily, open cool places, avoid effort in "
     "the hot hours."},
    {"Canicule extrême : mobiliser tous les moyens, visites aux personnes isolées, "
     "reporter les manifestations et les travaux en plein air.",
     "Extreme heatwave: all means, visits to isolated people, postpone events and "
     "outdoor work."}};

static const risk_day *day_of(const alert_report *r, size_t zone, size_t d)
{
    return &r->risk->day[zone * r->risk->n_days + d];
}

static void local_date(autan_time midnight, bool english, char *text, size_t size)
{
    static const char *const fr[] = {"lun", "mar", "mer", "jeu", "ven", "sam", "dim"};
    static const char *const en[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    autan_civil c;
    autan_civil_utc(midnight, &c);
    g_snprintf(text, size, "%s %02d/%02d", english ? en[c.weekday] : fr[c.weekday],
               c.day, c.month);
}

static void local_time(const alert_report *r, autan_time time, char *text, size_t size)
{
    autan_civil c;
    autan_civil_local(r->city->zone, time, &c);
    g_snprintf(text, size, "%02d/%02d/%04d %02d:%02d", c.day, c.month, c.year, c.hour,
               c.minute);
}

static void temperature(GString *out, const risk_range *range)
{
    if (isnan(range->q[1]))
        g_string_append(out, "?");
    else
        g_string_append_printf(out, "%.0f (%.0f–%.0f)", range->q[1], range->q[0],
                               range->q[2]);
}

/* The sentences of the notes in both languages, each as an item. */
static void notes(GString *out, const char *text, const char *before, const char *after)
{
    char **french = notes_split(text, FALSE), **english = notes_split(text, TRUE);
    for (size_t i = 0; french[i]; i++) {
        char *line = g_strdup_printf("%s · %s", french[i], english[i]);
        char *safe = *before == '<' ? g_markup_escape_text(line, -1) : g_strdup(line);
        g_string_append_printf(out, "%s%s%s", before, safe, after);
        g_free(safe);
        g_free(line);
    }
    g_strfreev(french);
    g_strfreev(english);
}

static int change(const alert_report *r, size_t zone)
{
    int now = 0, before = 0;
    for (size_t d = 0; d < r->risk->n_days; d++) {
        now = MAX(now, day_of(r, zone, d)->colour);
        before = MAX(before, day_of(r, zone, d)->before);
    }
    return now - before;
}

static const char *arrow(int change)
{
    return change > 0 ? "↑" : change < 0 ? "↓" : "=";
}

/* What the banner says, or NULL. */
static const char *banner(const alert_report *r)
{
    if (!*r->notes)
        return NULL;
    return r->risk->n_days ? "BULLETIN DÉGRADÉ · DEGRADED BULLETIN"
                           : "AUCUNE PRÉVISION VALABLE · NO VALID FORECAST";
}

/* HTML */

static void html_days(GString *out, const alert_report *r)
{
    static const char *const row[4] = {
        "Couleur<br><i>Colour</i>", "Nuit, min. °C (10–90 %)<br><i>Night, min.</i>",
        "Jour, max. °C (10–90 %)<br><i>Day, max.</i>",
        "Prob. orange ou rouge<br><i>Chance of orange or red</i>"};
    g_string_append(out, "<table class=\"days\"><tr><th></th>");
    for (size_t d = 0; d < r->risk->n_days; d++) {
        char fr[32], en[32];
        local_date(r->risk->midnight[d], false, fr, sizeof fr);
        local_date(r->risk->midnight[d], true, en, sizeof en);
        en[3] = '\0';
        g_string_append_printf(out, "<th>%s<br><i>%s</i></th>", fr, en);
    }
    for (int k = 0; k < 4; k++) {
        g_string_append_printf(out, "</tr>\n<tr><th>%s</th>", row[k]);
        for (size_t d = 0; d < r->risk->n_days; d++) {
            const risk_day *day = day_of(r, 0, d);
            g_string_append_printf(out, "<td style=\"background:%s\">",
                                   k == 0 ? paint[day->colour] : "none");
            if (k == 0)
                g_string_append_printf(out, "<b>%s</b><br><i>%s</i>",
                                       colour_french(day->colour),
                                       colour_english(day->colour));
            else if (k == 3)
                g_string_append_printf(out, "%.0f %%",
                                       100.0 * day->chance[AUTAN_ORANGE]);
            else
                temperature(out, k == 1 ? &day->night : &day->day);
            g_string_append(out, "</td>");
        }
    }
    g_string_append(out, "</tr></table>\n");
}

static void html_zones(GString *out, const alert_report *r, const size_t *order)
{
    const bool cool = r->city->alert.cool_places != NULL;
    const bool people = r->city->alert.people != NULL;
    g_string_append(out, "<table class=\"zones\"><tr><th>Zone</th>");
    for (size_t d = 0; d < r->risk->n_days; d++) {
        char date[32];
        local_date(r->risk->midnight[d], false, date, sizeof date);
        g_string_append_printf(out, "<th>%s</th>", date);
    }
    if (people)
        g_string_append(out, "<th>Pers. exposées<br><i>People</i></th>");
    g_string_append(out, "<th>±</th>");
    if (cool)
        g_string_append(out,
                        "<th>Lieux frais proches<br><i>Cool places nearby</i></th>");
    g_string_append(out, "</tr>\n");
    for (size_t k = 0; k < r->areas->n && k < MOST_ZONES; k++) {
        const autan_area *area = &r->areas->area[order[k] - 1];
        char *name = g_markup_escape_text(area->name, -1);
        g_string_append_printf(out, "<tr><th>%s</th>", name);
        g_free(name);
        for (size_t d = 0; d < r->risk->n_days; d++) {
            const risk_day *day = day_of(r, order[k], d);
            g_string_append_printf(out, "<td style=\"background:%s\">%.0f %%</td>",
                                   paint[day->colour],
                                   100.0 * day->chance[AUTAN_ORANGE]);
        }
        if (people && isnan(area->people))
            g_string_append(out, "<td></td>");
        else if (people)
            g_string_append_printf(out, "<td>%.0f</td>", area->people);
        g_string_append_printf(out, "<td>%s</td>", arrow(change(r, order[k])));
        if (cool) {
            char *places = g_markup_escape_text(area->cool ? area->cool : "", -1);
            g_string_append_printf(out, "<td class=\"cool\">%s</td>", places);
            g_free(places);
        }
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</table>\n");
    if (r->areas->n > MOST_ZONES)
        g_string_append_printf(
            out,
            "<p class=\"small\">Les %d premières zones sur %zu ; toutes "
            "dans risk.csv. · <i>The first %d of %zu zones; all in "
            "risk.csv.</i></p>\n",
            MOST_ZONES, r->areas->n, MOST_ZONES, r->areas->n);
}

/* What the other rules say of the town: median of their value, in the colour that their
 * chances would show. */
static void html_systems(GString *out, const alert_report *r)
{
    const size_t rules = autan_rule_count();
    g_string_append(out,
                    "<h2>Autres systèmes, valeur médiane · <i>Other systems, median "
                    "value</i></h2>\n<table class=\"skill\">");
    for (size_t k = 0; k < rules; k++) {
        const autan_rule *rule = autan_rule_get(k);
        const autan_risk_limits limits = autan_risk_limits_default(rule);
        if (rule == r->risk->rule || isnan(r->risk->system[k].chance[AUTAN_GREEN]))
            continue;
        g_string_append_printf(out, "<tr><th>%s<br><i>%s</i></th>", rule->french,
                               rule->long_name);
        for (size_t d = 0; d < r->risk->n_days; d++) {
            const risk_system *s = &r->risk->system[d * rules + k];
            g_string_append_printf(
                out, "<td style=\"background:%s\">",
                paint[autan_risk_colour(s->chance, &limits, AUTAN_GREEN)]);
            if (isnan(s->value.q[1]))
                g_string_append(out, "?</td>");
            else
                g_string_append_printf(out, "%.3g</td>", s->value.q[1]);
        }
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</table>\n");
}

static void html_banner(GString *out, const alert_report *r)
{
    if (!banner(r))
        return;
    g_string_append_printf(out, "<div class=\"banner\"><b>%s</b><ul>", banner(r));
    notes(out, r->notes, "<li>", "</li>");
    g_string_append(out, "</ul></div>\n");
}

/* The skill of the last 30 days: days ahead 1 to 5. */
enum { SKILL_LEADS = 5 };

static double skill_of(const alert_report *r, int quantity, size_t lead)
{
    const autan_verify_tally *t = &r->skill->score[quantity][lead];
    return autan_skill(t->crps, t->crps_climate);
}

static double error_of(const alert_report *r, int quantity, size_t lead)
{
    const autan_verify_tally *t = &r->skill->score[quantity][lead];
    return t->n ? sqrt(t->squared / (double)t->n) : (double)NAN;
}

static autan_contingency orange_of(const alert_report *r)
{
    autan_contingency sum = {0};
    for (size_t k = 0; k < VERIFY_LEADS; k++) {
        const autan_contingency *c = &r->skill->colour[0][AUTAN_ORANGE][k];
        sum.hits += c->hits;
        sum.misses += c->misses;
        sum.false_alarms += c->false_alarms;
    }
    return sum;
}

static void html_skill(GString *out, const alert_report *r)
{
    static const struct {
        int quantity;
        const char *text;
    } row[] = {{VERIFY_MINIMUM, "Minimum de la nuit · <i>Night</i>"},
               {VERIFY_MAXIMUM, "Maximum du jour · <i>Day</i>"}};
    if (!r->skill)
        return;
    const autan_contingency c = orange_of(r);
    g_string_append(out,
                    "<h2>Fiabilité des 30 derniers jours · <i>Skill of the last 30 "
                    "days</i></h2>\n<table class=\"skill\"><tr><th>Erreur type, K "
                    "(gain sur la climatologie)<br><i>RMSE, K (CRPS skill over "
                    "climatology)</i></th>");
    for (size_t k = 1; k <= SKILL_LEADS; k++)
        g_string_append_printf(out, "<th>J+%zu</th>", k);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        g_string_append_printf(out, "</tr>\n<tr><th>%s</th>", row[i].text);
        for (size_t k = 1; k <= SKILL_LEADS; k++) {
            if (isnan(error_of(r, row[i].quantity, k)))
                g_string_append(out, "<td></td>");
            else
                g_string_append_printf(out, "<td>%.1f (%+.0f %%)</td>",
                                       error_of(r, row[i].quantity, k),
                                       100.0 * skill_of(r, row[i].quantity, k));
        }
    }
    g_string_append(out, "</tr></table>\n");
    if (r->skill->n_alerts)
        g_string_append_printf(
            out,
            "<p class=\"small\">Orange ou rouge, toutes échéances : %zu réussites, %zu "
            "manqués, %zu fausses alertes. · <i>Orange or red, all leads: %zu hits, "
            "%zu "
            "misses, %zu false alarms.</i></p>\n",
            c.hits, c.misses, c.false_alarms, c.hits, c.misses, c.false_alarms);
}

static const char style[] =
    "body{font:10.5pt/1.25 'DejaVu Sans',sans-serif;max-width:54em;margin:1em auto;"
    "padding:0 1em;color:#111}h1{font-size:1.5em;margin:.2em "
    "0}h2{font-size:1.1em;margin:"
    ".7em 0 .2em}i{color:#444}p{margin:.3em "
    "0}table{border-collapse:collapse;margin:.3em "
    "0;width:100%}th,td{border:1px solid #888;padding:.12em "
    ".35em;text-align:center}tr>th"
    ":first-child{text-align:left;font-weight:normal}.zones,.skill{font-size:.88em}."
    "cool{"
    "text-align:left;font-size:.9em}.small,.foot{font-size:.8em}.banner{border:3px "
    "solid "
    "#b00;padding:.4em .6em;background:#fee;margin-bottom:.5em}.banner ul{margin:.2em "
    "0}.badge{display:inline-block;padding:.15em .7em;border:1px solid "
    "#555;font-weight:"
    "bold}.top{display:flex;gap:1em;align-items:flex-start}.top>div{flex:1}svg{flex:"
    "none;height:"
    "auto;max-width:38%}@page{size:A4;margin:1cm}@media print{body{font-size:8.5pt;max-"
    "width:none;margin:0;padding:0}*{-webkit-print-color-adjust:exact;print-color-"
    "adjust:"
    "exact}}";

static void html_risk(GString *out, const alert_report *r)
{
    size_t *order = malloc((r->areas->n + 1) * sizeof *order);
    const int worst = risk_worst(r->risk, 0), today = day_of(r, 0, 0)->colour;
    const autan_rule *rule = r->risk->rule;
    const autan_norm *norm = &r->city->alert.norm;
    char reference[40];
    local_time(r, r->forecast->reference, reference, sizeof reference);
    g_string_append_printf(out,
                           " Prévision du %s. · <i>Forecast of %s.</i></p>\n<p>Règle : "
                           "%s. · <i>Rule: %s.</i>",
                           reference, reference, rule->french, rule->long_name);
    if (rule->needs_thresholds)
        g_string_append_printf(out,
                               " Seuils : %.0f °C le jour, %.0f °C la nuit. · "
                               "<i>Thresholds: %.0f °C by day, %.0f °C by night.</i>",
                               norm->day, norm->night, norm->day, norm->night);
    g_string_append(out, "</p>\n");
    g_string_append_printf(
        out,
        "<div class=\"top\"><div><p>Aujourd'hui · <i>Today</i> <span class=\"badge\" "
        "style=\"background:%s\">%s · <i>%s</i></span> &nbsp; Jours suivants · <i>Days "
        "ahead</i> <span class=\"badge\" style=\"background:%s\">%s · <i>%s</i></span> "
        "%s</p>\n<p><b>%s</b> <i>%s</i></p>\n",
        paint[today], colour_french(today), colour_english(today), paint[worst],
        colour_french(worst), colour_english(worst), arrow(change(r, 0)),
        advice[worst][0], advice[worst][1]);
    html_skill(out, r);
    g_string_append(out, "</div>\n");
    if (r->areas->n > 1)
        alert_append_map(out, r, MAP_WIDTH);
    g_string_append(out, "</div>\n");
    html_days(out, r);
    if (r->areas->n > 1 && order) {
        g_string_append(out, "<h2>Zones, par risque : probabilité d'orange ou rouge · "
                             "<i>Zones by risk: chance of orange or red</i></h2>\n");
        alert_rank(r, order);
        html_zones(out, r, order);
    }
    html_systems(out, r);
    free(order);
}

autan_status alert_write_html(const char *path, const alert_report *r, autan_error *err)
{
    GString *out = g_string_new(NULL);
    char *name = g_markup_escape_text(r->city->name, -1), at[40];
    autan_status status;
    local_time(r, r->at, at, sizeof at);
    g_string_append_printf(
        out,
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta "
        "charset=\"utf-8\">\n<title>Bulletin chaleur, %s, %s</title>\n"
        "<style>%s</style></head><body>\n",
        name, at, style);
    html_banner(out, r);
    g_string_append_printf(out,
                           "<h1>Bulletin chaleur · <i>Heat bulletin</i> — %s</h1>\n"
                           "<p>Émis le %s (heure locale). · <i>Issued %s local "
                           "time.</i>",
                           name, at, at);
    if (r->risk->n_days)
        html_risk(out, r);
    else
        g_string_append(out,
                        "</p>\n<p>Aucune couleur ne peut être donnée. · <i>No colour "
                        "can be given.</i></p>\n");
    if (r->risk->n_days == 0)
        html_skill(out, r);
    if (r->forecast) {
        char *method = g_markup_escape_text(r->forecast->method, -1);
        g_string_append_printf(out, "<p class=\"foot\"><i>%s.</i></p>\n", method);
        g_free(method);
    }
    g_string_append(
        out, "<p class=\"foot\">Couleurs et probabilités du réseau de la ville ; ce "
             "n'est pas la vigilance de Météo-France. · <i>Colours and chances of "
             "the town's own network, not Météo-France's vigilance.</i></p>\n");
    if (r->city->notice) {
        char *notice = g_markup_escape_text(r->city->notice, -1);
        g_string_append_printf(out, "<p class=\"foot\">%s</p>\n", notice);
        g_free(notice);
    }
    g_string_append(out, "</body></html>\n");
    status = autan_outfile_write_text(path, out->str, err);
    g_free(name);
    g_string_free(out, TRUE);
    return status;
}

/* Text */

static void text_days(GString *out, const alert_report *r, bool en)
{
    for (size_t d = 0; d < r->risk->n_days; d++) {
        const risk_day *day = day_of(r, 0, d);
        char date[32];
        local_date(r->risk->midnight[d], en, date, sizeof date);
        g_string_append_printf(out, "  %s  %-7s %s ", date,
                               en ? colour_english(day->colour)
                                  : colour_french(day->colour),
                               en ? "night" : "nuit");
        temperature(out, &day->night);
        g_string_append(out, en ? ", day " : ", jour ");
        temperature(out, &day->day);
        g_string_append_printf(out, ", %s %.0f %%\n",
                               en ? "chance of orange" : "prob. orange",
                               100.0 * day->chance[AUTAN_ORANGE]);
    }
    g_string_append_printf(out, "  %s\n", advice[risk_worst(r->risk, 0)][en]);
}

static void text_zones(GString *out, const alert_report *r)
{
    size_t *order = malloc((r->areas->n + 1) * sizeof *order);
    if (!order)
        return;
    alert_rank(r, order);
    for (size_t k = 0; k < r->areas->n && k < MOST_ZONES; k++) {
        const autan_area *area = &r->areas->area[order[k] - 1];
        double chance = 0.0;
        for (size_t d = 0; d < r->risk->n_days; d++)
            chance = fmax(chance, day_of(r, order[k], d)->chance[AUTAN_ORANGE]);
        g_string_append_printf(out, "  %2zu. %s : %s (%s), %.0f %%", k + 1, area->name,
                               colour_french(risk_worst(r->risk, order[k])),
                               arrow(change(r, order[k])), 100.0 * chance);
        if (!isnan(area->people))
            g_string_append_printf(out, ", %.0f personnes", area->people);
        if (area->cool)
            g_string_append_printf(out, " ; lieux frais : %s", area->cool);
        g_string_append_c(out, '\n');
    }
    free(order);
}

static void text_skill(GString *out, const alert_report *r)
{
    if (!r->skill)
        return;
    g_string_append(out, "\nFiabilité des 30 derniers jours (erreur type, gain sur la "
                         "climatologie) · Skill of the last 30 days:\n");
    for (size_t k = 1; k <= SKILL_LEADS; k++) {
        if (isnan(error_of(r, VERIFY_MAXIMUM, k)) ||
            isnan(error_of(r, VERIFY_MINIMUM, k)))
            continue;
        g_string_append_printf(
            out,
            "  J+%zu  nuit / night %.1f K (%+.0f %%), jour / day %.1f "
            "K (%+.0f %%)\n",
            k, error_of(r, VERIFY_MINIMUM, k), 100.0 * skill_of(r, VERIFY_MINIMUM, k),
            error_of(r, VERIFY_MAXIMUM, k), 100.0 * skill_of(r, VERIFY_MAXIMUM, k));
    }
}

autan_status alert_write_text(const char *path, const alert_report *r, autan_error *err)
{
    GString *out = g_string_new(NULL);
    char at[40];
    autan_status status;
    local_time(r, r->at, at, sizeof at);
    if (banner(r)) {
        g_string_append_printf(out, "*** %s ***\n", banner(r));
        notes(out, r->notes, "  - ", "\n");
    }
    g_string_append_printf(out, "BULLETIN CHALEUR, %s, émis le %s (heure locale)\n\n",
                           r->city->name, at);
    if (r->risk->n_days) {
        g_string_append_printf(out, "Règle : %s.\n", r->risk->rule->french);
        text_days(out, r, false);
        g_string_append(out, "\nZones, par risque (probabilité d'orange ou rouge) :\n");
        text_zones(out, r);
        g_string_append_printf(out, "\nIn English:\nRule: %s.\n",
                               r->risk->rule->long_name);
        text_days(out, r, true);
    } else {
        g_string_append(
            out, "Aucune couleur ne peut être donnée. · No colour can be given.\n");
    }
    text_skill(out, r);
    g_string_append(
        out, "\nCouleurs du réseau de la ville, non de Météo-France. · Colours of "
             "the town's network, not Météo-France's.\n");
    if (r->city->notice)
        g_string_append_printf(out, "%s\n", r->city->notice);
    status = autan_outfile_write_text(path, out->str, err);
    g_string_free(out, TRUE);
    return status;
}
