#include "qc_report.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/csv.h"
#include "files/outfile.h"
#include "files/series_picture.h"
#include "message.h"

enum {
    DAY_S = 86400,
    RECENT_D = 30,  /* looked at to tell which stations need a visit */
    SILENT_D = 2,   /* without a reading at the end */
    PICTURE_D = 14, /* longest shown */
    OTHERS_MOST = 8 /* stations drawn beside the doubted one */
};

/* A station needs a visit when this share of its recent readings was refused. */
#define VISIT_SHARE 0.1

/* What a reader in the town is told, for each check; in English the check's summary. */
static const char *const label[AUTAN_QC_CHECKS] = {
    [AUTAN_QC_RANGE] = "hors des limites physiques",
    [AUTAN_QC_CLIMATOLOGY] = "hors des limites du mois",
    [AUTAN_QC_UNIT] = "erreur d'unité",
    [AUTAN_QC_PERSISTENCE] = "valeur figée",
    [AUTAN_QC_SPIKE] = "pic isolé",
    [AUTAN_QC_STEP] = "saut",
    [AUTAN_QC_RATE] = "variation trop rapide",
    [AUTAN_QC_CONSISTENCY] = "contradiction entre grandeurs",
    [AUTAN_QC_DUPLICATE] = "mesures répétées",
    [AUTAN_QC_CLOCK] = "horloge décalée",
    [AUTAN_QC_OFFSET] = "décalage de niveau",
    [AUTAN_QC_DRIFT] = "dérive",
    [AUTAN_QC_SWAP] = "stations échangées",
    [AUTAN_QC_RADIATION] = "capteur chauffé par le soleil",
    [AUTAN_QC_ISOLATION] = "trop isolée pour être jugée",
    [AUTAN_QC_BUDDY] = "loin des voisines",
    [AUTAN_QC_SCT] = "incohérence spatiale",
    [AUTAN_QC_KRIGING] = "loin de l'estimation par krigeage",
    [AUTAN_QC_CROWD] = "niveau CrowdQC+ non atteint",
    [AUTAN_QC_COMPLETENESS] = "journée incomplète",
};

enum { FRENCH = 0, ENGLISH, LANGUAGES };

static const char *const quantity[AUTAN_VARIABLES][LANGUAGES] = {
    [AUTAN_AIR_TEMPERATURE] = {"Température de l'air (°C)", "Air temperature (°C)"},
    [AUTAN_RELATIVE_HUMIDITY] = {"Humidité relative (%)", "Relative humidity (%)"},
    [AUTAN_WIND_SPEED] = {"Vitesse du vent (m/s)", "Wind speed (m/s)"},
    [AUTAN_WIND_FROM_DIRECTION] = {"Direction du vent (°)", "Wind direction (°)"},
    [AUTAN_AIR_PRESSURE] = {"Pression (hPa)", "Air pressure (hPa)"},
    [AUTAN_PRECIPITATION_AMOUNT] = {"Précipitations (mm)", "Precipitation (mm)"},
    [AUTAN_GLOBAL_RADIATION] = {"Rayonnement global (W/m²)", "Global radiation (W/m²)"},
};

autan_status qc_report_new(const autan_station_table *stations, qc_report *report)
{
    qc_report made = {.stations = stations};
    made.count = calloc(AUTAN_VARIABLES * stations->n + 1, sizeof *made.count);
    if (!made.count)
        return AUTAN_NO_MEMORY;
    *report = made;
    return AUTAN_OK;
}

void qc_report_clear(qc_report *report)
{
    free(report->count);
    free(report->finding);
    *report = (qc_report){0};
}

static qc_count *count_of(const qc_report *report, int variable, size_t station)
{
    return &report->count[(size_t)variable * report->stations->n + station];
}

static void count_reading(qc_count *count, uint32_t flag, autan_time time)
{
    bool refused = flag & autan_qc_refusing();
    count->readings++;
    count->refused += refused;
    count->last = time;
    for (int k = 0; k < AUTAN_QC_CHECKS; k++)
        count->flagged[k] += flag >> k & 1;
}

autan_status qc_report_add(qc_report *report, const autan_flags *flags)
{
    const autan_panel *panel = flags->panel;
    size_t n = panel->n_stations;
    for (size_t t = flags->first; t < flags->last; t++) {
        autan_time time = autan_panel_time(panel, t);
        for (size_t i = 0; i < n; i++) {
            if (!isnan(panel->value[t * n + i]))
                count_reading(count_of(report, flags->variable, i),
                              flags->flag[t * n + i], time);
        }
        report->last = time > report->last ? time : report->last;
    }
    if (report->n_findings + flags->n_findings > report->capacity) {
        size_t capacity = 2 * (report->n_findings + flags->n_findings);
        autan_finding *grown = realloc(report->finding, capacity * sizeof *grown);
        if (!grown)
            return AUTAN_NO_MEMORY;
        report->finding = grown;
        report->capacity = capacity;
    }
    for (size_t k = 0; k < flags->n_findings; k++) {
        const autan_finding *f = &flags->finding[k];
        if (f->first >= autan_panel_time(panel, flags->first) &&
            f->first < autan_panel_time(panel, flags->last))
            report->finding[report->n_findings++] = *f;
    }
    return AUTAN_OK;
}

static double percent(size_t part, size_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

void qc_report_say(const qc_report *report)
{
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        size_t readings = 0, refused = 0, flagged[AUTAN_QC_CHECKS] = {0};
        GString *parts = g_string_new(NULL);
        for (size_t i = 0; i < report->stations->n; i++) {
            const qc_count *c = count_of(report, v, i);
            readings += c->readings;
            refused += c->refused;
            for (int k = 0; k < AUTAN_QC_CHECKS; k++)
                flagged[k] += c->flagged[k];
        }
        for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
            if (flagged[k])
                g_string_append_printf(parts, "%s%s %zu", parts->len ? ", " : "",
                                       autan_qc_get((autan_qc_id)k)->name, flagged[k]);
        }
        if (readings)
            message_note("%s: %zu of %zu readings refused (%.2f %%)%s%s",
                         autan_variable_get((autan_variable)v)->name, refused, readings,
                         percent(refused, readings), parts->len ? ": " : "",
                         parts->str);
        g_string_free(parts, TRUE);
    }
}

/* Findings of a station that reach into the last days, as bits. */
static uint32_t recent_findings(const qc_report *report, int variable, size_t station)
{
    autan_time since = report->last - (autan_time)RECENT_D * DAY_S;
    uint32_t mask = 0;
    for (size_t k = 0; k < report->n_findings; k++) {
        const autan_finding *f = &report->finding[k];
        if ((int)f->variable == variable && f->station == station && f->last >= since)
            mask |= f->mask;
    }
    return mask;
}

/* Seconds of the last days under a refusing finding, at most all of them. */
static double recent_share(const qc_report *report, int variable, size_t station)
{
    autan_time since = report->last - (autan_time)RECENT_D * DAY_S;
    double seconds = 0;
    for (size_t k = 0; k < report->n_findings; k++) {
        const autan_finding *f = &report->finding[k];
        if ((int)f->variable == variable && f->station == station && f->last > since &&
            f->mask & autan_qc_refusing())
            seconds += (double)(f->last - (f->first > since ? f->first : since));
    }
    return fmin(1, seconds / ((double)RECENT_D * DAY_S));
}

static const char *label_in(int language, int check)
{
    return language == FRENCH ? label[check]
                              : autan_qc_get((autan_qc_id)check)->summary;
}

/* Why a station needs a visit; empty when it needs none. */
static char *visit_reason(const qc_report *report, size_t station, int language)
{
    static const char *const silent[LANGUAGES] = {"muette depuis", "silent since"};
    static const char *const share_text[LANGUAGES] = {"des 30 derniers jours",
                                                      "of the last 30 days"};
    const char *colon = language == FRENCH ? " :" : ":";
    GString *text = g_string_new(NULL);
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        const qc_count *c = count_of(report, v, station);
        double share = recent_share(report, v, station);
        uint32_t mask = recent_findings(report, v, station);
        const char *separator = !text->len ? "" : language == FRENCH ? " ; " : "; ";
        if (c->readings && report->last - c->last > (autan_time)SILENT_D * DAY_S) {
            char last[AUTAN_TIME_TEXT];
            autan_time_format(c->last, last);
            g_string_append_printf(text, "%s%s%s %s %s", separator,
                                   quantity[v][language], colon, silent[language],
                                   last);
        } else if (share >= VISIT_SHARE) {
            g_string_append_printf(text, "%s%s%s", separator, quantity[v][language],
                                   colon);
            for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
                if (mask & autan_qc_refusing() & autan_qc_bit((autan_qc_id)k))
                    g_string_append_printf(text, " %s,", label_in(language, k));
            }
            g_string_append_printf(text, " %.0f %% %s", 100 * share,
                                   share_text[language]);
        }
    }
    return g_string_free(text, FALSE);
}

static void write_number(FILE *file, double value)
{
    if (isnan(value))
        fputc(',', file);
    else
        fprintf(file, ",%.6g", value);
}

static autan_status write_findings(const qc_report *report, const char *path,
                                   autan_error *err)
{
    autan_outfile *out;
    autan_status status = autan_outfile_open(path, &out, err);
    if (status != AUTAN_OK)
        return status;
    fputs("variable,station,check,first,last,value,statistic,threshold\n",
          autan_outfile_stream(out));
    for (size_t k = 0; k < report->n_findings; k++) {
        const autan_finding *f = &report->finding[k];
        char first[AUTAN_TIME_TEXT], last[AUTAN_TIME_TEXT];
        autan_time_format(f->first, first);
        autan_time_format(f->last, last);
        fprintf(autan_outfile_stream(out), "%s,",
                autan_variable_get(f->variable)->name);
        autan_csv_print(autan_outfile_stream(out),
                        report->stations->station[f->station].id);
        fprintf(autan_outfile_stream(out), ",%s,%s,%s",
                autan_qc_get((autan_qc_id)(__builtin_ctz(f->mask)))->name, first, last);
        write_number(autan_outfile_stream(out), f->value);
        write_number(autan_outfile_stream(out), f->statistic);
        write_number(autan_outfile_stream(out), f->threshold);
        fputc('\n', autan_outfile_stream(out));
    }
    return autan_outfile_commit(out, err);
}

static autan_status write_stations(const qc_report *report, const char *path,
                                   autan_error *err)
{
    autan_outfile *out;
    FILE *file;
    autan_status status = autan_outfile_open(path, &out, err);
    if (status != AUTAN_OK)
        return status;
    file = autan_outfile_stream(out);
    fputs("station,variable,readings,refused", file);
    for (int k = 0; k < AUTAN_QC_CHECKS; k++)
        fprintf(file, ",%s", autan_qc_get((autan_qc_id)k)->name);
    fputc('\n', file);
    for (size_t i = 0; i < report->stations->n; i++) {
        for (int v = 0; v < AUTAN_VARIABLES; v++) {
            const qc_count *c = count_of(report, v, i);
            if (c->readings == 0)
                continue;
            autan_csv_print(file, report->stations->station[i].id);
            fprintf(file, ",%s,%zu,%zu", autan_variable_get((autan_variable)v)->name,
                    c->readings, c->refused);
            for (int k = 0; k < AUTAN_QC_CHECKS; k++)
                fprintf(file, ",%zu", c->flagged[k]);
            fputc('\n', file);
        }
    }
    return autan_outfile_commit(out, err);
}

/* The finding of a check with the greatest statistic in units of its limit; NULL when
 * there is none. */
static const autan_finding *worst_case(const qc_report *report, int variable, int check)
{
    const autan_finding *worst = NULL;
    double most = -1;
    for (size_t k = 0; k < report->n_findings; k++) {
        const autan_finding *f = &report->finding[k];
        double ratio = fabs(f->statistic) / fmax(fabs(f->threshold), 1e-6);
        if ((int)f->variable != variable ||
            f->mask != autan_qc_bit((autan_qc_id)check) || !(ratio > most))
            continue;
        worst = f;
        most = ratio;
    }
    return worst;
}

typedef struct {
    const qc_report *report;
    const autan_city *city;
    autan_archive *archive;
    int step_s;
    const char *folder;
    autan_error *err;
} writer;

/* Readings around a finding, some days at most. */
static autan_status read_around(const writer *w, const autan_finding *f,
                                autan_panel *panel, uint32_t **flag)
{
    autan_time from = f->first - 2 * DAY_S, to = f->last + 2 * DAY_S;
    autan_status status = AUTAN_NO_MEMORY;
    if (to - from > (autan_time)PICTURE_D * DAY_S)
        to = from + (autan_time)PICTURE_D * DAY_S;
    from -= from % w->step_s;
    if (autan_panel_make(from, to, w->step_s, w->report->stations->n, panel) !=
        AUTAN_OK)
        return autan_fail(w->err, status, "%s: out of memory", w->folder);
    *flag = calloc(panel->n_times * panel->n_stations + 1, sizeof **flag);
    if (!*flag)
        return autan_fail(w->err, status, "%s: out of memory", w->folder);
    status = autan_archive_read_panel(w->archive, w->report->stations, f->variable,
                                      (autan_reading_choice){.implausible = true},
                                      panel, NULL, w->err);
    if (status == AUTAN_OK)
        status = autan_archive_read_flags(w->archive, w->report->stations, f->variable,
                                          panel, *flag, w->err);
    return status;
}

/* The stations nearest to one by their coordinates; answers how many. */
static size_t nearest_stations(const autan_station_table *stations, size_t station,
                               size_t nearest[OTHERS_MOST])
{
    autan_station here = stations->station[station];
    double far[OTHERS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < stations->n; i++) {
        double dx = (stations->station[i].longitude - here.longitude) *
                    cos(here.latitude * M_PI / 180);
        double dy = stations->station[i].latitude - here.latitude, d = hypot(dx, dy);
        size_t k = count;
        if (i == station || (count == OTHERS_MOST && d >= far[count - 1]))
            continue;
        if (count < OTHERS_MOST)
            count++;
        else
            k--;
        for (; k > 0 && far[k - 1] > d; k--) {
            far[k] = far[k - 1];
            nearest[k] = nearest[k - 1];
        }
        far[k] = d;
        nearest[k] = i;
    }
    return count;
}

static autan_status draw_case(const writer *w, const autan_finding *f, const char *path)
{
    const int check = __builtin_ctz(f->mask);
    const autan_station *station = &w->report->stations->station[f->station];
    autan_panel panel = {0};
    uint32_t *flag = NULL;
    size_t near[OTHERS_MOST], n_near, n;
    double *value = NULL;
    bool *marked = NULL;
    char *title = g_strdup_printf("%s — %s", station->name, label[check]);
    char *note = g_strdup_printf(
        "Contrôle %s : %.4g pour un seuil de %.4g. Heures UTC.",
        autan_qc_get((autan_qc_id)check)->name, f->statistic, f->threshold);
    autan_status status = read_around(w, f, &panel, &flag);
    if (status != AUTAN_OK)
        goto cleanup;
    n = panel.n_times;
    n_near = nearest_stations(w->report->stations, f->station, near);
    value = malloc((n_near + 1) * n * sizeof *value);
    marked = malloc(n * sizeof *marked);
    if (!value || !marked) {
        status = autan_fail(w->err, AUTAN_NO_MEMORY, "%s: out of memory", path);
        goto cleanup;
    }
    for (size_t t = 0; t < n; t++) {
        const double *row = panel.value + t * panel.n_stations;
        value[t] = row[f->station];
        marked[t] = flag[t * panel.n_stations + f->station] & f->mask;
        /* A neighbour's own faults would stretch the axis. */
        for (size_t j = 0; j < n_near; j++)
            value[(j + 1) * n + t] =
                flag[t * panel.n_stations + near[j]] & autan_qc_refusing()
                    ? (double)NAN
                    : row[near[j]];
    }
    status = autan_series_picture_write(
        &(autan_series_picture){.title = title,
                                .note = note,
                                .axis = quantity[f->variable][FRENCH],
                                .series_text = station->id,
                                .others_text = "stations voisines",
                                .marked_text = "mesure refusée",
                                .from = panel.from,
                                .step_s = panel.step_s,
                                .n = n,
                                .value = value,
                                .marked = marked,
                                .n_others = n_near,
                                .other = value + n,
                                .decimal_mark = ','},
        path, w->err);
cleanup:
    g_free(title);
    g_free(note);
    free(value);
    free(marked);
    free(flag);
    autan_panel_clear(&panel);
    return status;
}

static void write_visits(const writer *w, FILE *file)
{
    bool any = false;
    fputs("<h2>Stations à visiter <i lang=\"en\">Stations to visit</i></h2>\n", file);
    for (size_t i = 0; i < w->report->stations->n; i++) {
        const autan_station *station = &w->report->stations->station[i];
        char *reason = visit_reason(w->report, i, FRENCH);
        if (*reason) {
            char *english = visit_reason(w->report, i, ENGLISH);
            char *line = g_markup_printf_escaped(
                "<li><b>%s</b> (%s) : %s.<br><i lang=\"en\">%s.</i></li>\n",
                station->name, station->id, reason, english);
            fputs(any ? "" : "<ul>\n", file);
            fputs(line, file);
            g_free(line);
            g_free(english);
            any = true;
        }
        g_free(reason);
    }
    fputs(any ? "</ul>\n" : "<p>Aucune. <i lang=\"en\">None.</i></p>\n", file);
}

static autan_status write_case(const writer *w, FILE *file, int variable, int check)
{
    const autan_finding *f = worst_case(w->report, variable, check);
    char *name, *path, *html;
    autan_status status;
    if (!f)
        return AUTAN_OK;
    name =
        g_strdup_printf("%s-%s.png", autan_variable_get((autan_variable)variable)->name,
                        autan_qc_get((autan_qc_id)check)->name);
    path = g_build_filename(w->folder, name, NULL);
    status = draw_case(w, f, path);
    html = g_markup_printf_escaped(
        "<h3>%s <i lang=\"en\">%s</i></h3>\n<img src=\"%s\" alt=\"%s : %s\">\n",
        label[check], autan_qc_get((autan_qc_id)check)->summary, name,
        w->report->stations->station[f->station].name, label[check]);
    if (status == AUTAN_OK)
        fputs(html, file);
    g_free(html);
    g_free(path);
    g_free(name);
    return status;
}

static void write_counts(const writer *w, FILE *file, int variable)
{
    fputs("<table>\n<tr><th>Contrôle <i lang=\"en\">Check</i></th>"
          "<th>Mesures <i lang=\"en\">Readings</i></th><th>Stations</th></tr>\n",
          file);
    for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
        size_t readings = 0, stations = 0;
        for (size_t i = 0; i < w->report->stations->n; i++) {
            readings += count_of(w->report, variable, i)->flagged[k];
            stations += count_of(w->report, variable, i)->flagged[k] > 0;
        }
        if (readings)
            fprintf(file,
                    "<tr><td>%s <i lang=\"en\">%s</i></td><td>%zu</td><td>%zu</td>"
                    "</tr>\n",
                    label[k], autan_qc_get((autan_qc_id)k)->summary, readings,
                    stations);
    }
    fputs("</table>\n", file);
}

static autan_status write_page(const writer *w, FILE *file)
{
    autan_status status = AUTAN_OK;
    char *title = g_markup_escape_text(w->city->name, -1);
    fprintf(
        file,
        "<!DOCTYPE html>\n<html lang=\"fr\"><head><meta charset=\"utf-8\">\n"
        "<title>Contrôle des mesures — %s</title>\n<style>body{font-family:sans-serif;"
        "max-width:62em;margin:2em auto;padding:0 1em}td,th{padding:.2em 1em .2em 0;"
        "text-align:left}img{max-width:100%%}i{color:#555;font-weight:normal;"
        "font-size:.85em;margin-left:.5em}</style></head><body>\n"
        "<h1>Contrôle des mesures — %s <i lang=\"en\">Quality control</i></h1>\n",
        title, title);
    g_free(title);
    write_visits(w, file);
    for (int v = 0; status == AUTAN_OK && v < AUTAN_VARIABLES; v++) {
        size_t readings = 0, refused = 0;
        for (size_t i = 0; i < w->report->stations->n; i++) {
            readings += count_of(w->report, v, i)->readings;
            refused += count_of(w->report, v, i)->refused;
        }
        if (readings == 0)
            continue;
        fprintf(file,
                "<h2>%s <i lang=\"en\">%s</i></h2>\n<p>%zu mesures, %zu refusées "
                "(%.2f %%). <i lang=\"en\">%zu readings, %zu refused.</i></p>\n",
                quantity[v][FRENCH], quantity[v][ENGLISH], readings, refused,
                percent(refused, readings), readings, refused);
        write_counts(w, file, v);
        for (int k = 0; status == AUTAN_OK && k < AUTAN_QC_CHECKS; k++)
            status = write_case(w, file, v, k);
    }
    fputs("<p>Détails <i lang=\"en\">Details</i> : "
          "<a href=\"findings.csv\">findings.csv</a>, "
          "<a href=\"stations.csv\">stations.csv</a>.</p>\n</body></html>\n",
          file);
    return status;
}

autan_status qc_report_write(const qc_report *report, const autan_city *city,
                             autan_archive *archive, int step_s, const char *folder,
                             autan_error *err)
{
    writer w = {report, city, archive, step_s, folder, err};
    char *findings = g_build_filename(folder, "findings.csv", NULL);
    char *stations = g_build_filename(folder, "stations.csv", NULL);
    char *index = g_build_filename(folder, "index.html", NULL);
    autan_outfile *out;
    autan_status status = AUTAN_OK;
    if (g_mkdir_with_parents(folder, 0777) != 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", folder,
                            strerror(errno));
    if (status == AUTAN_OK)
        status = write_findings(report, findings, err);
    if (status == AUTAN_OK)
        status = write_stations(report, stations, err);
    if (status == AUTAN_OK)
        status = autan_outfile_open(index, &out, err);
    if (status == AUTAN_OK) {
        status = write_page(&w, autan_outfile_stream(out));
        if (status == AUTAN_OK)
            status = autan_outfile_commit(out, err);
        else
            autan_outfile_abandon(out);
    }
    g_free(findings);
    g_free(stations);
    g_free(index);
    return status;
}
