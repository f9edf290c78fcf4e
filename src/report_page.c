/* The page of the report: one file to read and to print, French first. */
#include "config.h"

#include "report.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"
#include "pictures.h"
#include "report_charts.h"

enum { SUMMER = 2, WINTER = 0, RANKED_MOST = 40, LISTED_MOST = 8 };

static const char style[] =
    ":root{--ink:#1b1f24;--deep:#022460;--rule:#c9ced6;--soft:#f4f5f8}"
    "*{box-sizing:border-box}body{font:15px/1.5 'DejaVu Sans',Verdana,sans-serif;color:"
    "var(--ink);max-width:60em;margin:0 auto;padding:1.2em;background:#fff}"
    "header{border-bottom:4px solid "
    "var(--deep);margin-bottom:1.2em;padding-bottom:.6em}"
    "h1{font-size:1.9em;line-height:1.2;margin:.2em 0;color:var(--deep)}"
    "h2{font-size:1.3em;color:var(--deep);margin:2em 0 .4em;border-bottom:1px solid "
    "var(--rule);padding-bottom:.2em}h3{font-size:1.02em;margin:1.4em 0 .3em}"
    ".en{color:#4c5563;font-style:italic}h1 .en,h2 .en,h3 .en{display:block;font-size:"
    ".62em;font-weight:normal}h3 .en{font-size:.85em}p{margin:.5em 0}"
    ".notice{background:#ffc933;color:#2b1d00;font-weight:bold;padding:.5em .8em;"
    "margin:.8em "
    "0}.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5em,"
    "1fr));gap:.7em;margin:1em 0}.card{background:var(--soft);border-left:4px solid "
    "var(--deep);padding:.6em .8em}.card b{display:block;font-size:1.55em;color:"
    "var(--deep);line-height:1.2}.card small{display:block;color:#4c5563}"
    "figure{margin:1em 0;break-inside:avoid}figure "
    "img,svg.chart{width:100%;height:auto;"
    "display:block}figcaption{font-size:.88em;margin-top:.3em}"
    ".pair{display:grid;grid-template-columns:1fr 1fr;gap:1em}"
    "svg text{font-family:inherit}.tick{font-size:11.5px;fill:#3a4250}.key{font-size:"
    "12.5px;fill:var(--ink)}.axis{font-size:12px;fill:#3a4250}.grid{stroke:#e3e6eb}."
    "zero{"
    "stroke:#7b8494}.curve{fill:none;stroke-width:2.4;stroke-linejoin:round}.band{"
    "opacity:"
    ".16}.interval{stroke:#5f86b5;stroke-width:5;stroke-linecap:round}.dot{fill:"
    "var(--deep)}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.82em;"
    "margin:.8em 0}caption{text-align:left;font-weight:bold;padding:.3em 0}th,td{"
    "padding:.22em .5em;border-bottom:1px solid var(--rule);text-align:right;"
    "vertical-align:top}th:first-child{text-align:left;min-width:9em;max-width:17em;"
    "overflow-wrap:"
    "anywhere}thead th{border-bottom:2px solid var(--deep);vertical-align:bottom;font-"
    "weight:600}td small{color:#4c5563;white-space:nowrap;display:block}"
    "footer{margin-top:2.5em;border-top:1px solid var(--rule);font-size:.82em}"
    "@page{size:A4;margin:1.3cm}@media(max-width:40em){.pair{grid-template-columns:1fr}"
    "}"
    "@media print{body{font-size:9.5pt;max-width:none;padding:0;-webkit-print-color-"
    "adjust:exact;print-color-adjust:exact}h2,h3{break-after:avoid}tr{break-inside:"
    "avoid}"
    "thead{display:table-header-group}.wide{overflow:visible}}";

/* French, then the same in English. */
static void both(GString *out, const char *french, const char *english)
{
    g_string_append_printf(out, "%s <span class=\"en\" lang=\"en\">%s</span>", french,
                           english);
}

static void heading(GString *out, int level, const char *french, const char *english)
{
    g_string_append_printf(out, "<h%d>", level);
    both(out, french, english);
    g_string_append_printf(out, "</h%d>\n", level);
}

static void paragraph(GString *out, const char *french, const char *english)
{
    g_string_append(out, "<p>");
    both(out, french, english);
    g_string_append(out, "</p>\n");
}

/* `1,3 [0,9 ; 1,7]` */
static void interval(GString *out, const report_number *n, int decimals)
{
    page_number(out, n->value, decimals);
    if (!isfinite(n->low))
        return;
    g_string_append(out, " [");
    page_number(out, n->low, decimals);
    g_string_append(out, " ; ");
    page_number(out, n->high, decimals);
    g_string_append(out, "]");
}

static void cell(GString *out, const report_number *n, int decimals)
{
    g_string_append(out, "<td>");
    page_number(out, n->value, decimals);
    if (isfinite(n->low)) {
        g_string_append(out, "<small>");
        page_number(out, n->low, decimals);
        g_string_append(out, " ; ");
        page_number(out, n->high, decimals);
        g_string_append(out, "</small>");
    }
    g_string_append(out, "</td>");
}

static void card(GString *out, const report_number *n, int decimals, const char *unit,
                 const char *french, const char *english)
{
    if (isnan(n->value))
        return;
    g_string_append(out, "<div class=\"card\"><b>");
    page_number(out, n->value, decimals);
    g_string_append_printf(out, "%s</b>", unit);
    g_string_append(out, "<small>90 % : ");
    page_number(out, n->low, decimals);
    g_string_append(out, " ; ");
    page_number(out, n->high, decimals);
    g_string_append(out, "</small>");
    both(out, french, english);
    g_string_append(out, "</div>\n");
}

/* Zones of a kind, by one number. */

typedef const report_number *(*pick)(const report_results *n);

static const report_number *night_island(const report_results *n)
{
    return &n->night[isnan(n->night[SUMMER].value) ? REPORT_YEAR : SUMMER];
}

static const report_number *tropical_nights(const report_results *n)
{
    return &n->tropical[REPORT_YEAR];
}

static const report_number *cooling(const report_results *n)
{
    return &n->cooling[isnan(n->cooling[SUMMER].value) ? REPORT_YEAR : SUMMER];
}

typedef struct {
    const report_zone *zone;
    double value;
} ranked;

static int highest_first(const void *a, const void *b)
{
    const ranked *p = a, *q = b;
    if (p->value != q->value)
        return p->value > q->value ? -1 : 1;
    return p->zone < q->zone ? -1 : p->zone > q->zone;
}

/* The zones that have the number, highest first; g_free. */
static ranked *rank(const report *r, report_kind kind, pick of, size_t *n)
{
    size_t first;
    const size_t count = report_count(r, kind, &first);
    ranked *list = g_new0(ranked, count + 1);
    *n = 0;
    for (size_t k = first; k < first + count; k++) {
        const double value = of(&r->zone[k].result)->value;
        if (!isnan(value))
            list[(*n)++] = (ranked){&r->zone[k], value};
    }
    qsort(list, *n, sizeof *list, highest_first);
    return list;
}

/* In brief */

static bool has_summer(const report *r)
{
    return !isnan(r->zone[0].result.night[SUMMER].value);
}

static const char *island_word(const report *r, bool english)
{
    if (r->rural)
        return english ? "warmer than the countryside" : "de plus que la campagne";
    return english ? "warmer than the town's mean"
                   : "de plus que la moyenne de la ville";
}

static void name(GString *out, const report_zone *z)
{
    g_string_append(out, "<b>");
    page_text(out, z->name);
    g_string_append(out, "</b>");
}

/* Morning and evening, summer and winter. */
static void brief_parts(GString *out, const report *r)
{
    for (int season = SUMMER; season >= WINTER; season -= 2) {
        const report_number *part = r->zone[0].result.part[season];
        if (isnan(part[0].value))
            continue;
        for (int english = 0; english < 2; english++) {
            g_string_append(out, english ? "<span class=\"en\" lang=\"en\">" : "<li>");
            g_string_append_printf(
                out, english ? "Whole town in %s: " : "Toute la ville, %s : ",
                (english ? report_season_english : report_season_french)[season]);
            for (int p = 0; p < REPORT_PARTS; p++) {
                g_string_append_printf(out, "%s%s ", p ? " ; " : "",
                                       english ? report_parts[p].english
                                               : report_parts[p].french);
                interval(out, &part[p], 1);
                g_string_append(out, " K");
            }
            g_string_append(out, english ? ".</span></li>\n" : ". ");
        }
    }
}

/* The hottest and the coolest district at night. */
static void brief_districts(GString *out, const report *r)
{
    size_t n;
    ranked *list = rank(r, REPORT_DISTRICT, night_island, &n);
    if (n > 1) {
        for (int english = 0; english < 2; english++) {
            g_string_append(out, english ? "<span class=\"en\" lang=\"en\">" : "<li>");
            g_string_append(out, english ? "Warmest district at night: "
                                         : "Quartier le plus chaud la nuit : ");
            name(out, list[0].zone);
            g_string_append(out, ", ");
            interval(out, night_island(&list[0].zone->result), 1);
            g_string_append_printf(out, " K %s ; ", island_word(r, english));
            g_string_append(out, english ? "coolest: " : "le plus frais : ");
            name(out, list[n - 1].zone);
            g_string_append(out, ", ");
            interval(out, night_island(&list[n - 1].zone->result), 1);
            g_string_append(out, english ? " K.</span></li>\n" : " K. ");
        }
    }
    g_free(list);
}

/* Districts with more tropical nights than the town's mean has, beyond doubt. */
static void brief_never_cool(GString *out, const report *r)
{
    const report_number *whole = tropical_nights(&r->zone[0].result);
    size_t n, certain = 0;
    ranked *list = rank(r, REPORT_DISTRICT, tropical_nights, &n);
    while (certain < n &&
           tropical_nights(&list[certain].zone->result)->low > whole->high)
        certain++;
    if (n > 0 && list[0].value > 0.0) {
        for (int english = 0; english < 2; english++) {
            g_string_append(out, english ? "<span class=\"en\" lang=\"en\">" : "<li>");
            g_string_append(out, english
                                     ? "Districts that cool least, with more tropical "
                                       "nights than the town's mean ("
                                     : "Quartiers qui rafraîchissent le moins, avec "
                                       "plus de nuits tropicales que la moyenne de la "
                                       "ville (");
            page_number(out, whole->value, 0);
            g_string_append(out, ") : ");
            if (certain == 0)
                g_string_append(out,
                                english ? "none beyond doubt" : "aucun avec certitude");
            for (size_t k = 0; k < certain && k < LISTED_MOST; k++) {
                g_string_append(out, k ? ", " : "");
                name(out, list[k].zone);
                g_string_append(out, " (");
                interval(out, tropical_nights(&list[k].zone->result), 0);
                g_string_append(out, ")");
            }
            if (certain > LISTED_MOST)
                g_string_append_printf(out,
                                       english ? " and %zu others" : " et %zu autres",
                                       certain - LISTED_MOST);
            g_string_append(out, english ? ".</span></li>\n" : ". ");
        }
    }
    g_free(list);
}

/* The vegetation covariate that does most in summer, and when. */
static void brief_vegetation(GString *out, const report *r)
{
    const report_effect *best = NULL;
    int part = 0;
    for (size_t e = 0; e < r->n_effects; e++) {
        for (int p = 0; r->effect[e].vegetation && p < REPORT_PARTS; p++) {
            const double value = r->effect[e].part[SUMMER][p].value;
            if (!isnan(value) && (!best || value < best->part[SUMMER][part].value)) {
                best = &r->effect[e];
                part = p;
            }
        }
    }
    if (!best)
        return;
    const report_number *n = &best->part[SUMMER][part];
    const bool clear = n->high < 0.0;
    for (int english = 0; english < 2; english++) {
        g_string_append(out, english ? "<span class=\"en\" lang=\"en\">" : "<li>");
        g_string_append(out, english ? "Vegetation matters most in summer, "
                                     : "La végétation compte le plus en été, ");
        g_string_append_printf(out,
                               english ? "%s: going from the least to the most of "
                                       : "%s : passer du moins au plus de ",
                               english ? report_parts[part].english
                                       : report_parts[part].french);
        g_string_append(out, "«\u00a0");
        page_text(out, r->town->city.covariate[best->covariate].name);
        g_string_append(out, "\u00a0»");
        g_string_append(out, english ? " (10 to 90 % of cells) goes with "
                                     : " (10 à 90 % des cellules) va avec ");
        interval(out, n, 2);
        g_string_append_printf(out, english ? " K%s.</span></li>\n" : " K%s. ",
                               clear     ? ""
                               : english ? "; zero is within the interval"
                                         : " ; zéro est dans l'intervalle");
    }
}

static void brief(GString *out, const report *r)
{
    const report_results *whole = &r->zone[0].result;
    const int s = has_summer(r) ? SUMMER : REPORT_YEAR;
    char *french, *english;
    heading(out, 2, "En bref", "In brief");
    g_string_append(out, "<div class=\"cards\">\n");
    card(out, &whole->night[s], 1, " K",
         r->rural ? "îlot de chaleur moyen la nuit, toute la ville"
                  : "écart moyen la nuit",
         "mean heat island at night, whole town");
    card(out, &whole->daily[s], 1, " K", "maximum quotidien moyen",
         "mean daily maximum");
    card(out, &whole->extreme[REPORT_YEAR], 1, " K", "extrême de la période",
         "extreme of the period");
    card(out, &whole->tropical[REPORT_YEAR], 0, "", "nuits tropicales (20 °C ou plus)",
         "tropical nights (20 °C or above)");
    french = g_strdup_printf("à %g °C ou plus", r->town->city.report.threshold[0]);
    english = g_strdup_printf("at %g °C or above", r->town->city.report.threshold[0]);
    card(out, &whole->above[0][REPORT_YEAR], 0, " h", french, english);
    g_free(french);
    g_free(english);
    g_string_append(out, "</div>\n<ul>\n");
    brief_parts(out, r);
    brief_districts(out, r);
    brief_never_cool(out, r);
    brief_vegetation(out, r);
    g_string_append(out, "</ul>\n");
    paragraph(
        out,
        "Tous les nombres ont leur intervalle : la vraie valeur y est 9 fois sur 10 "
        "si le modèle est juste.",
        "Every number has its interval: the true value is in it 9 times of 10 if the "
        "model is right.");
}

/* Pictures */

static autan_status figures(GString *out, const char *folder,
                            const report_picture *picture, autan_error *err)
{
    heading(out, 2, "Cartes", "Maps");
    for (size_t k = 0; k < REPORT_PICTURES && picture[k].file; k++) {
        char *path = g_build_filename(folder, picture[k].file, NULL), *data = NULL,
             *text;
        GError *why = NULL;
        size_t length;
        if (!g_file_get_contents(path, &data, &length, &why)) {
            autan_status status =
                autan_fail(err, AUTAN_IO, "%s: cannot be read: %s", path, why->message);
            g_error_free(why);
            g_free(path);
            return status;
        }
        text = g_base64_encode((const guchar *)data, length);
        g_string_append_printf(
            out,
            "<figure><img alt=\"%s. %s.\" src=\"data:image/png;base64,"
            "%s\"><figcaption>",
            picture[k].french, picture[k].english, text);
        both(out, picture[k].french, picture[k].english);
        g_string_append(out, "</figcaption></figure>\n");
        g_free(text);
        g_free(data);
        g_free(path);
    }
    return AUTAN_OK;
}

/* The day */

static void day_table(GString *out, const report *r)
{
    const report_results *n = &r->zone[0].result;
    g_string_append(out, "<div class=\"wide\"><table><caption>");
    both(out, "Îlot de chaleur de la ville par saison (K)",
         "The town's heat island by season (K)");
    g_string_append(out, "</caption><thead><tr><th scope=\"col\"></th>");
    for (int p = 0; p < REPORT_PARTS; p++) {
        g_string_append(out, "<th scope=\"col\">");
        both(out, report_parts[p].french, report_parts[p].english);
        g_string_append(out, "</th>");
    }
    g_string_append(out, "<th scope=\"col\">");
    both(out, "maximum quotidien moyen", "mean daily maximum");
    g_string_append(out, "</th><th scope=\"col\">");
    both(out, "extrême", "extreme");
    g_string_append(out, "</th></tr></thead><tbody>\n");
    for (int s = 0; s <= REPORT_SEASONS; s++) {
        if (isnan(n->extreme[s].value))
            continue;
        g_string_append(out, "<tr><th scope=\"row\">");
        both(out, report_season_french[s], report_season_english[s]);
        g_string_append(out, "</th>");
        for (int p = 0; p < REPORT_PARTS; p++)
            cell(out, &n->part[s][p], 2);
        cell(out, &n->daily[s], 2);
        cell(out, &n->extreme[s], 1);
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</tbody></table></div>\n");
}

static void day(GString *out, const report *r)
{
    chart_curve curve[CHART_CURVES];
    size_t n = 0, first, count;
    ranked *list;
    heading(out, 2, "Au fil du jour et de l'année", "Through the day and the year");
    for (int s = 0; s < REPORT_SEASONS; s++) {
        if (!isnan(r->zone[0].result.extreme[s].value))
            curve[n++] =
                (chart_curve){report_season_french[s], r->zone[0].result.mean[s]};
    }
    heading(out, 3, "Toute la ville, par saison", "Whole town, by season");
    chart_day(
        out, "chart-town", "Îlot de chaleur moyen de la ville par heure et saison",
        "Heure locale ; écart moyen en K, bande à 90 % — local hour; mean difference, "
        "K, 90 % band",
        n, curve);
    day_table(out, r);
    count = report_count(r, REPORT_LCZ, &first);
    if (count == 0)
        count = report_count(r, REPORT_LCZ_SITES, &first);
    if (count > 0 && has_summer(r)) {
        n = 0;
        for (size_t k = first; k < first + count && n < CHART_CURVES; k++)
            curve[n++] = (chart_curve){r->zone[k].name, r->zone[k].result.mean[SUMMER]};
        heading(out, 3, "Par zone climatique locale, en été",
                "By local climate zone, in summer");
        chart_day(out, "chart-lcz",
                  "Îlot de chaleur moyen en été par heure et zone climatique locale",
                  "Heure locale ; écart moyen en K — local hour; mean difference, K", n,
                  curve);
    }
    list = rank(r, REPORT_DISTRICT, night_island, &count);
    if (count > 4 && has_summer(r)) {
        n = 0;
        for (size_t k = 0; k < 3; k++)
            curve[n++] =
                (chart_curve){list[k].zone->name, list[k].zone->result.mean[SUMMER]};
        for (size_t k = count - 2; k < count; k++)
            curve[n++] =
                (chart_curve){list[k].zone->name, list[k].zone->result.mean[SUMMER]};
        heading(out, 3,
                "Les trois quartiers les plus chauds et les deux plus frais, en été",
                "The three warmest districts and the two coolest, in summer");
        chart_day(out, "chart-districts",
                  "Îlot de chaleur moyen en été des quartiers extrêmes par heure",
                  "Heure locale ; écart moyen en K — local hour; mean difference, K", n,
                  curve);
    }
    g_free(list);
}

/* Districts */

static void ranking(GString *out, const report *r, pick of, const char *id,
                    const char *french, const char *english, const char *axis,
                    int decimals)
{
    size_t n;
    ranked *list = rank(r, REPORT_DISTRICT, of, &n);
    chart_row *row = g_new(chart_row, n + 1);
    for (size_t k = 0; k < n; k++)
        row[k] = (chart_row){list[k].zone->name, of(&list[k].zone->result)};
    if (n > 0) {
        heading(out, 3, french, english);
        chart_ranking(out, id, french, axis, decimals,
                      n < RANKED_MOST ? n : RANKED_MOST, row);
        if (n > RANKED_MOST)
            paragraph(out, "Les 40 premiers ; tous sont dans les tableaux CSV.",
                      "The first 40; all are in the CSV tables.");
    }
    g_free(row);
    g_free(list);
}

static void column(GString *out, const char *french, const char *english)
{
    g_string_append(out, "<th scope=\"col\">");
    both(out, french, english);
    g_string_append(out, "</th>");
}

/* The numbers of all zones of a kind, warmest nights first. */
static void zone_table(GString *out, const report *r, report_kind kind,
                       const char *french, const char *english)
{
    const autan_city_report *wanted = &r->town->city.report;
    size_t n;
    ranked *list = rank(r, kind, night_island, &n);
    if (n == 0) {
        g_free(list);
        return;
    }
    g_string_append(out, "<div class=\"wide\"><table><caption>");
    both(out, french, english);
    g_string_append(out, "</caption><thead><tr><th scope=\"col\"></th>");
    column(out, "îlot, nuits d'été (K)", "island, summer nights");
    column(out, "îlot, nuits d'hiver (K)", "island, winter nights");
    column(out, "extrême (K)", "extreme");
    column(out, "nuits tropicales", "tropical nights");
    column(out, "plus longue suite", "longest run");
    for (size_t t = 0; t < wanted->n_thresholds; t++)
        g_string_append_printf(out, "<th scope=\"col\">h ≥ %g °C</th>",
                               wanted->threshold[t]);
    column(out, "refroidissement en été (K/h)", "cooling in summer");
    g_string_append(out, "</tr></thead><tbody>\n");
    for (size_t k = 0; k < n; k++) {
        const report_results *v = &list[k].zone->result;
        g_string_append(out, "<tr><th scope=\"row\">");
        page_text(out, list[k].zone->name);
        g_string_append(out, "</th>");
        cell(out, &v->night[SUMMER], 2);
        cell(out, &v->night[WINTER], 2);
        cell(out, &v->extreme[REPORT_YEAR], 1);
        cell(out, &v->tropical[REPORT_YEAR], 0);
        cell(out, &v->run, 0);
        for (size_t t = 0; t < wanted->n_thresholds; t++)
            cell(out, &v->above[t][REPORT_YEAR], 0);
        cell(out, &v->cooling[SUMMER], 2);
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</tbody></table></div>\n");
    g_free(list);
}

static void districts(GString *out, const report *r)
{
    heading(out, 2, "Par quartier", "By district");
    if (!r->districts)
        paragraph(
            out,
            "Aucun quartier n'est donné : la clé zones de [report] dans le fichier "
            "de la ville.",
            "No districts are given: the key zones of [report] in the city file.");
    ranking(out, r, night_island, "rank-night", "Îlot de chaleur, nuits d'été",
            "Heat island, summer nights",
            "Écart moyen de 22 h à 6 h (K), intervalle à 90 % — mean from 22 to 06 h",
            2);
    ranking(out, r, tropical_nights, "rank-tropical",
            "Quels quartiers ne rafraîchissent pas : nuits tropicales",
            "Which districts never cool: tropical nights",
            "Nuits à 20 °C ou plus, intervalle à 90 % — nights at 20 °C or above", 0);
    ranking(out, r, cooling, "rank-cooling",
            "Vitesse de refroidissement après le coucher du soleil, en été",
            "Rate of cooling after sunset, in summer",
            "K par heure, de l'heure du coucher à trois heures plus tard — K an hour",
            2);
    zone_table(out, r, REPORT_DISTRICT, "Quartiers", "Districts");
}

static void climate_zones(GString *out, const report *r)
{
    size_t first;
    const bool cells = report_count(r, REPORT_LCZ, &first) > 0;
    if (!cells && report_count(r, REPORT_LCZ_SITES, &first) == 0)
        return;
    heading(out, 2, "Par zone climatique locale (LCZ)", "By local climate zone (LCZ)");
    zone_table(out, r, REPORT_LCZ, "Toutes les cellules de chaque classe",
               "All cells of each class");
    if (report_count(r, REPORT_LCZ_SITES, &first) > 0) {
        zone_table(out, r, REPORT_LCZ_SITES, "Aux stations de chaque classe",
                   "At the stations of each class");
        paragraph(
            out,
            "Aux stations, l'intervalle compte aussi que d'autres lieux de la même "
            "classe diffèrent ; une classe d'une seule station n'en a pas.",
            "At stations the interval also counts that other places of the same class "
            "differ; a class of one station has none.");
    }
}

/* Ground */

static void effect_charts(GString *out, const report *r)
{
    for (int season = SUMMER; season >= WINTER; season -= 2) {
        chart_curve curve[CHART_CURVES];
        size_t n = 0;
        for (size_t e = 0; e < r->n_effects && n < CHART_CURVES; e++) {
            if (r->effect[e].vegetation && !isnan(r->effect[e].part[season][0].value))
                curve[n++] =
                    (chart_curve){r->town->city.covariate[r->effect[e].covariate].name,
                                  r->effect[e].hour[season]};
        }
        if (n == 0)
            continue;
        heading(out, 3, season == SUMMER ? "Végétation, été" : "Végétation, hiver",
                season == SUMMER ? "Vegetation, summer" : "Vegetation, winter");
        chart_day(
            out, season == SUMMER ? "chart-green-summer" : "chart-green-winter",
            "Effet de la végétation par heure",
            "Heure locale ; effet du passage du moins au plus (K), bande à 90 % — "
            "effect from least to most, K",
            n, curve);
    }
}

static void effect_table(GString *out, const report *r)
{
    g_string_append(out, "<div class=\"wide\"><table><caption>");
    both(out, "Effet du passage du moins au plus de chaque grandeur du sol (K)",
         "Effect of going from the least to the most of each covariate (K)");
    g_string_append(out,
                    "</caption><thead><tr><th scope=\"col\"></th><th scope=\"col\">");
    both(out, "de – à", "from – to");
    g_string_append(out, "</th>");
    for (int season = SUMMER; season >= WINTER; season -= 2) {
        for (int p = 0; p < REPORT_PARTS; p++) {
            g_string_append_printf(out, "<th scope=\"col\">%s, ",
                                   season == SUMMER ? "été" : "hiver");
            both(out, report_parts[p].french, report_parts[p].english);
            g_string_append(out, "</th>");
        }
    }
    g_string_append(out, "</tr></thead><tbody>\n");
    for (size_t e = 0; e < r->n_effects; e++) {
        const report_effect *effect = &r->effect[e];
        g_string_append(out, "<tr><th scope=\"row\">");
        page_text(out, r->town->city.covariate[effect->covariate].name);
        g_string_append(out, "</th><td>");
        page_number(out, effect->low, fabs(effect->high) < 10 ? 2 : 0);
        g_string_append(out, " – ");
        page_number(out, effect->high, fabs(effect->high) < 10 ? 2 : 0);
        g_string_append(out, "</td>");
        for (int season = SUMMER; season >= WINTER; season -= 2) {
            for (int p = 0; p < REPORT_PARTS; p++)
                cell(out, &effect->part[season][p], 2);
        }
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</tbody></table></div>\n");
}

static void ground(GString *out, const report *r)
{
    if (r->n_effects == 0)
        return;
    heading(out, 2, "Où la végétation compte", "Where vegetation matters");
    paragraph(out,
              "Ce que la température a en plus ou en moins là où il y a beaucoup d'une "
              "grandeur du "
              "sol (90 % des cellules en ont moins) plutôt que peu (10 % en ont "
              "moins), les autres "
              "restant égales. C'est ce que les stations en disent, non une preuve de "
              "cause : un "
              "effet partagé entre grandeurs qui vont ensemble est réparti entre "
              "elles, et ce que "
              "les relevés n'appuient pas est ramené vers zéro.",
              "What the temperature has more or less where there is much of a "
              "covariate (90 % of "
              "cells have less) rather than little (10 % have less), the others being "
              "equal. It is "
              "what the stations say of it, no proof of cause: covariates that go "
              "together share "
              "an effect, and what the readings do not support is drawn towards zero.");
    effect_charts(out, r);
    effect_table(out, r);
}

static void method(GString *out, const report *r)
{
    heading(out, 2, "Méthode et limites", "Method and limits");
    g_string_append(out, "<p>");
    g_string_append_printf(out, "%zu heures avec des relevés sur %zu, %zu stations. ",
                           r->n_hours - r->n_empty, r->n_hours, r->town->stations.n);
    g_string_append(out, r->rural ? "Référence de la campagne : <i>"
                                  : "Référence : la moyenne de la ville (<i>");
    page_text(out, r->reference.text);
    g_string_append(out, r->rural ? "</i>." : "</i>).");
    g_string_append(out, "</p>\n");
    paragraph(
        out,
        "Les cartes horaires viennent des relevés par krigeage avec les grandeurs du "
        "sol. "
        "Les erreurs de cellules voisines, d'une heure et de la suivante, d'un soir et "
        "des "
        "autres se ressemblent : l'erreur d'une moyenne est tirée de 200 membres qui "
        "gardent cette ressemblance, telle que les stations mises de côté la montrent. "
        "Heures : celle qui se termine à l'heure dite, locale. Nuits : de 18 h à 18 h "
        "UTC, "
        "plus basse moyenne horaire. L'intervalle ne dit rien des erreurs communes à "
        "tous "
        "les capteurs ni de celles des grandeurs du sol.",
        "Hourly maps are kriged from the readings with the covariates of the ground. "
        "Errors "
        "of neighbouring cells, of an hour and the next, of one evening and the others "
        "are "
        "alike: the error of a mean is drawn from 200 members that keep this likeness, "
        "as "
        "withheld stations show it. Hours end at the local time given. Nights run from "
        "18 "
        "to 18 UTC; lowest hourly mean. The interval says nothing of errors common to "
        "all "
        "sensors, nor of those of the covariates.");
    g_string_append(
        out,
        "<p>CSV : <a href=\"zones.csv\">zones.csv</a>, "
        "<a href=\"heat_island.csv\">heat_island.csv</a>, "
        "<a href=\"nights.csv\">nights.csv</a>, <a href=\"effects.csv\">effects.csv"
        "</a>.</p>\n");
}

static void page_head(GString *out, const report *r)
{
    char from[120], to[120];
    picture_day(r->from, from, sizeof from);
    picture_day(r->to - TOWN_HOUR_S, to, sizeof to);
    g_string_append(
        out, "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width,initial-"
             "scale=1\">\n<title>Bilan de chaleur — ");
    page_text(out, r->town->city.name);
    g_string_append_printf(
        out, "</title>\n<style>%s</style></head><body>\n<header><h1>", style);
    both(out, "Bilan de chaleur", "Heat report");
    g_string_append(out, "</h1><p><b>");
    page_text(out, r->town->city.name);
    g_string_append_printf(out, "</b>, du %s au %s</p>", from, to);
    if (r->town->city.notice) {
        char *safe = g_markup_escape_text(r->town->city.notice, -1);
        g_string_append_printf(out, "<p class=\"notice\" role=\"note\">%s</p>", safe);
        g_free(safe);
    }
    g_string_append(out, "</header>\n<main>\n");
}

static void page_foot(GString *out, const report *r)
{
    const char *const text[] = {r->town->city.institution, r->town->city.credits,
                                r->town->city.license};
    g_string_append(out, "</main>\n<footer><p>");
    for (size_t k = 0; k < sizeof text / sizeof *text; k++) {
        char *safe = text[k] ? g_markup_escape_text(text[k], -1) : NULL;
        if (safe)
            g_string_append_printf(out, "%s<br>", safe);
        g_free(safe);
    }
    g_string_append(out, PACKAGE_STRING "</p></footer>\n</body></html>\n");
}

autan_status report_write_page(const report *r, const char *folder,
                               const report_picture *picture, autan_error *err)
{
    GString *out = g_string_new(NULL);
    char *path = g_build_filename(folder, "index.html", NULL);
    autan_status status;
    page_head(out, r);
    brief(out, r);
    status = figures(out, folder, picture, err);
    day(out, r);
    districts(out, r);
    climate_zones(out, r);
    ground(out, r);
    method(out, r);
    page_foot(out, r);
    if (status == AUTAN_OK)
        status = autan_outfile_write_text(path, out->str, err);
    g_free(path);
    g_string_free(out, TRUE);
    return status;
}
