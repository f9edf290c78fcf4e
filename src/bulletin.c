/* The bulletin: one page, French first, as HTML to print and as text. */
#include "config.h"

#include "alert_products.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"

enum { MOST_ZONES = 15 };

static const char *const paint[AUTAN_LEVELS] = {"#cfe8cf", "#ffe680", "#ffb347",
                                                "#e8543f"};

static const risk_day *day_of(const alert_report *r, size_t zone, size_t d)
{
    return &r->risk->day[zone * r->risk->n_days + d];
}

static void local_date(const alert_report *r, autan_time midnight, bool english,
                       char *text, size_t size)
{
    static const char *const fr[] = {"lun", "mar", "mer", "jeu", "ven", "sam", "dim"};
    static const char *const en[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    autan_civil c;
    (void)r;
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

/* The sentences of the notes, each as an item. */
static void notes(GString *out, const char *text, const char *before, const char *after)
{
    char **line = g_strsplit(text, "\n", -1);
    for (size_t i = 0; line[i]; i++) {
        if (*line[i]) {
            char *safe =
                *before == '<' ? g_markup_escape_text(line[i], -1) : g_strdup(line[i]);
            g_string_append_printf(out, "%s%s%s", before, safe, after);
            g_free(safe);
        }
    }
    g_strfreev(line);
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

/* HTML */

static void html_days(GString *out, const alert_report *r, bool en)
{
    static const char *const row[][2] = {
        {"Couleur", "Colour"},
        {"Nuit, min. (10–90 %)", "Night, min. (10–90 %)"},
        {"Jour, max. (10–90 %)", "Day, max. (10–90 %)"},
        {"Prob. orange", "Chance of orange"}};
    g_string_append(out, "<table><tr><th></th>");
    for (size_t d = 0; d < r->risk->n_days; d++) {
        char date[32];
        local_date(r, r->risk->midnight[d], en, date, sizeof date);
        g_string_append_printf(out, "<th>%s</th>", date);
    }
    for (int k = 0; k < 4; k++) {
        g_string_append_printf(out, "</tr>\n<tr><th>%s</th>", row[k][en]);
        for (size_t d = 0; d < r->risk->n_days; d++) {
            const risk_day *day = day_of(r, 0, d);
            g_string_append_printf(out, "<td style=\"background:%s\">",
                                   k == 0 ? paint[day->colour] : "none");
            if (k == 0)
                g_string_append(out, en ? colour_english(day->colour)
                                        : colour_french(day->colour));
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
    g_string_append(out, "<table><tr><th>Zone</th>");
    for (size_t d = 0; d < r->risk->n_days; d++) {
        char date[32];
        local_date(r, r->risk->midnight[d], false, date, sizeof date);
        g_string_append_printf(out, "<th>%s</th>", date);
    }
    g_string_append(out, "<th>Personnes / people</th><th>±</th></tr>\n");
    for (size_t k = 0; k < r->areas->n && k < MOST_ZONES; k++) {
        const autan_area *area = &r->areas->area[order[k] - 1];
        const int moved = change(r, order[k]);
        char *name = g_markup_escape_text(area->name, -1);
        g_string_append_printf(out, "<tr><th>%s</th>", name);
        g_free(name);
        for (size_t d = 0; d < r->risk->n_days; d++) {
            const risk_day *day = day_of(r, order[k], d);
            g_string_append_printf(out, "<td style=\"background:%s\">%.0f %%</td>",
                                   paint[day->colour],
                                   100.0 * day->chance[AUTAN_ORANGE]);
        }
        if (isnan(area->people))
            g_string_append(out, "<td></td>");
        else
            g_string_append_printf(out, "<td>%.0f</td>", area->people);
        g_string_append_printf(out, "<td>%s</td></tr>\n",
                               moved > 0   ? "↑"
                               : moved < 0 ? "↓"
                                           : "=");
    }
    g_string_append(out, "</table>\n");
}

static void html_banner(GString *out, const alert_report *r)
{
    if (!*r->notes)
        return;
    g_string_append_printf(out, "<div class=\"banner\"><b>%s</b><ul>",
                           r->risk->n_days
                               ? "BULLETIN DÉGRADÉ · DEGRADED BULLETIN"
                               : "AUCUNE PRÉVISION VALABLE · NO VALID FORECAST");
    notes(out, r->notes, "<li>", "</li>");
    g_string_append(out, "</ul></div>\n");
}

autan_status alert_write_html(const char *path, const alert_report *r, autan_error *err)
{
    GString *out = g_string_new(NULL);
    char *name = g_markup_escape_text(r->city->name, -1), at[40];
    size_t *order = malloc((r->areas->n + 1) * sizeof *order);
    autan_status status;
    local_time(r, r->at, at, sizeof at);
    g_string_append_printf(
        out,
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\">\n"
        "<title>Bulletin chaleur, %s, %s</title>\n<style>body{font:11pt sans-serif;"
        "max-width:50em;margin:1em auto;padding:0 1em}table{border-collapse:collapse;"
        "margin:.6em 0;width:100%%}th,td{border:1px solid #888;padding:.15em .4em;"
        "text-align:center}tr>th:first-child{text-align:left}.banner{border:3px solid "
        "#b00;"
        "padding:.4em;background:#fee}@page{size:A4;margin:1.2cm}@media print{body{"
        "font-size:9pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}}</"
        "style>"
        "</head><body>\n",
        name, at);
    html_banner(out, r);
    g_string_append_printf(out,
                           "<h1>Bulletin chaleur — %s</h1>\n<p>Émis le %s (heure "
                           "locale).",
                           name, at);
    if (r->risk->n_days) {
        char reference[40];
        char *method = g_markup_escape_text(r->forecast->method, -1);
        local_time(r, r->forecast->reference, reference, sizeof reference);
        g_string_append_printf(out,
                               " Prévision du %s. Seuils : %.0f °C le jour, %.0f °C la "
                               "nuit.</p>\n",
                               reference, r->city->alert.norm.day,
                               r->city->alert.norm.night);
        html_days(out, r, false);
        g_string_append(out, "<h2>Zones, par risque : probabilité d'orange</h2>\n");
        if (order)
            alert_rank(r, order);
        if (order)
            html_zones(out, r, order);
        g_string_append(out, "<h2>English</h2>\n");
        html_days(out, r, true);
        g_string_append_printf(out, "<p><small>%s. ", method);
        g_free(method);
    } else {
        g_string_append(
            out, "</p>\n<p>Aucune couleur ne peut être donnée. · No colour can be "
                 "given.</p>\n<p><small>");
    }
    g_string_append(
        out, "Couleurs et probabilités du réseau de la ville ; ce n'est pas la "
             "vigilance de Météo-France. · Colours and chances of the town's own "
             "network, not Météo-France's vigilance.</small></p>\n");
    if (r->city->notice) {
        char *notice = g_markup_escape_text(r->city->notice, -1);
        g_string_append_printf(out, "<p><small>%s</small></p>\n", notice);
        g_free(notice);
    }
    g_string_append(out, "</body></html>\n");
    status = autan_outfile_write_text(path, out->str, err);
    free(order);
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
        local_date(r, r->risk->midnight[d], en, date, sizeof date);
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
        g_string_append_printf(out, "  %2zu. %s : %s, %.0f %%", k + 1, area->name,
                               colour_french(risk_worst(r->risk, order[k])),
                               100.0 * chance);
        if (!isnan(area->people))
            g_string_append_printf(out, ", %.0f personnes", area->people);
        g_string_append_c(out, '\n');
    }
    free(order);
}

autan_status alert_write_text(const char *path, const alert_report *r, autan_error *err)
{
    GString *out = g_string_new(NULL);
    char at[40];
    autan_status status;
    local_time(r, r->at, at, sizeof at);
    if (*r->notes) {
        g_string_append(out,
                        r->risk->n_days
                            ? "*** BULLETIN DÉGRADÉ · DEGRADED BULLETIN ***\n"
                            : "*** AUCUNE PRÉVISION VALABLE · NO VALID FORECAST ***\n");
        notes(out, r->notes, "  - ", "\n");
    }
    g_string_append_printf(out, "BULLETIN CHALEUR, %s, émis le %s (heure locale)\n\n",
                           r->city->name, at);
    if (r->risk->n_days) {
        text_days(out, r, false);
        g_string_append(out, "\nZones, par risque (probabilité d'orange) :\n");
        text_zones(out, r);
        g_string_append(out, "\nIn English:\n");
        text_days(out, r, true);
    } else {
        g_string_append(
            out, "Aucune couleur ne peut être donnée. · No colour can be given.\n");
    }
    g_string_append(
        out, "\nCouleurs du réseau de la ville, non de Météo-France. · Colours of "
             "the town's network, not Météo-France's.\n");
    if (r->city->notice)
        g_string_append_printf(out, "%s\n", r->city->notice);
    status = autan_outfile_write_text(path, out->str, err);
    g_string_free(out, TRUE);
    return status;
}
