/* autan verify: forecasts and alerts scored with what came. */
#include "config.h"

#include "command.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "files/curve_picture.h"
#include "files/outfile.h"
#include "message.h"
#include "options.h"
#include "town.h"
#include "verification.h"

static const char help[] =
    "Usage: autan verify [options] CITY.ini\n"
    "Scores the forecasts and alerts kept in the archive folder with the readings "
    "that\n"
    "came: bias, RMSE, CRPS, coverage, reliability, Brier and ROC by lead time, "
    "against\n"
    "climatology and persistence; hits, misses and false alarms by colour.\n\n"
    "      --from T, --to T  forecasts and alerts made then alone (ISO 8601 UTC, or a\n"
    "                     date); all when not given\n"
    "  -o, --output DIR   folder for tables (CSV) and pictures (PNG)\n"
    "  -q, --quiet        say errors only\n"
    "  -v, --verbose      say more\n"
    "  -h, --help         print this\n"
    "  -V, --version      print the version\n";

static const char *const level_name[AUTAN_LEVELS] = {"green", "yellow", "orange",
                                                     "red"};
static const char *const scope_name[2] = {"town", "zones"};

typedef struct {
    options_period period;
    const char *output;
} arguments;

static bool parse(int argc, char **argv, arguments *a, int *code)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        OPTIONS_PERIOD,
        {"output", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int option;
    *a = (arguments){.period = OPTIONS_ALL_TIMES};
    *code = 2;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        switch (option) {
        case OPTION_FROM:
        case OPTION_TO:
            if (!options_take_period(option, &a->period))
                return false;
            break;
        case 'o':
            a->output = optarg;
            break;
        default:
            if (options_common(option, argv, help, code))
                return false;
            *code = 2;
            return false;
        }
    }
    return options_check_period(&a->period, false);
}

/* A number of a CSV row; empty when it is not known. */
static void put(GString *out, double value)
{
    g_string_append_c(out, ',');
    if (isfinite(value))
        g_string_append_printf(out, "%.4f", value);
}

static double mean(double sum, size_t n)
{
    return n ? sum / (double)n : (double)NAN;
}

static GString *scores_table(const verification *v)
{
    GString *out = g_string_new("variable,lead_day,n,bias,rmse,crps,crps_climatology,"
                                "crps_persistence,skill_climatology,skill_persistence,"
                                "coverage_50,coverage_90\n");
    for (size_t q = 0; q < VERIFY_QUANTITIES; q++) {
        for (size_t k = 0; k < VERIFY_LEADS; k++) {
            const autan_verify_tally *t = &v->score[q][k];
            if (t->n == 0)
                continue;
            g_string_append_printf(out, "%s,%zu,%zu", verification_quantity(q), k,
                                   t->n);
            put(out, mean(t->error, t->n));
            put(out, sqrt(mean(t->squared, t->n)));
            put(out, mean(t->crps, t->n));
            put(out, mean(t->crps_climate, t->n));
            put(out, mean(t->crps_persistence, t->n));
            put(out, autan_skill(t->crps, t->crps_climate));
            put(out, autan_skill(t->crps, t->crps_persistence));
            put(out, mean((double)t->within_50, t->n));
            put(out, mean((double)t->within_90, t->n));
            g_string_append_c(out, '\n');
        }
    }
    return out;
}

/* All events by their name: those of stations, and levels of the town and its zones. */
typedef struct {
    const char *scope, *name;
    const autan_verify_event *event; /* VERIFY_LEADS */
    bool of_level;
} named_event;

enum { NAMED = VERIFY_EVENTS + 2 * (AUTAN_LEVELS - 1) };

static void name_events(const verification *v, named_event *list)
{
    size_t n = 0;
    for (size_t e = 0; e < VERIFY_EVENTS; e++)
        list[n++] =
            (named_event){"stations", verification_event(e), v->event[e], false};
    for (int s = 0; s < 2; s++) {
        for (int l = AUTAN_YELLOW; l < AUTAN_LEVELS; l++)
            list[n++] =
                (named_event){scope_name[s], level_name[l], v->level[s][l], true};
    }
}

static GString *events_table(const named_event *list)
{
    GString *out =
        g_string_new("scope,event,lead_day,n,happened,brier,brier_climatology,"
                     "brier_persistence,skill_climatology,skill_persistence,"
                     "roc_area\n");
    for (size_t i = 0; i < NAMED; i++) {
        for (size_t k = 0; k < VERIFY_LEADS; k++) {
            const autan_verify_event *e = &list[i].event[k];
            if (e->n == 0)
                continue;
            const double n = (double)e->n, rate = (double)e->happened / n;
            /* A level's climatology is how often it came. */
            const double climate =
                list[i].of_level ? n * rate * (1.0 - rate) : e->brier_climate;
            g_string_append_printf(out, "%s,%s,%zu,%zu,%zu", list[i].scope,
                                   list[i].name, k, e->n, e->happened);
            put(out, e->brier / n);
            put(out, climate / n);
            put(out, e->brier_persistence / n);
            put(out, autan_skill(e->brier, climate));
            put(out, autan_skill(e->brier, e->brier_persistence));
            put(out, autan_verify_roc_area(e));
            g_string_append_c(out, '\n');
        }
    }
    return out;
}

static GString *reliability_table(const named_event *list)
{
    GString *out = g_string_new("scope,event,lead_day,chance,n,frequency,hit_rate,"
                                "false_alarm_rate\n");
    for (size_t i = 0; i < NAMED; i++) {
        for (size_t k = 0; k < VERIFY_LEADS; k++) {
            const autan_verify_event *e = &list[i].event[k];
            for (size_t b = 0; e->n && b < AUTAN_VERIFY_BINS; b++) {
                double hit, alarm;
                autan_verify_roc(e, b, &hit, &alarm);
                g_string_append_printf(out, "%s,%s,%zu", list[i].scope, list[i].name,
                                       k);
                put(out, e->in_bin[b] ? e->chance_in[b] / (double)e->in_bin[b]
                                      : (double)b / 10.0);
                g_string_append_printf(out, ",%zu", e->in_bin[b]);
                put(out, mean((double)e->happened_in[b], e->in_bin[b]));
                put(out, hit);
                put(out, alarm);
                g_string_append_c(out, '\n');
            }
        }
    }
    return out;
}

static GString *colours_table(const verification *v)
{
    GString *out = g_string_new("scope,colour,lead_day,hits,misses,false_alarms,"
                                "rejections,hit_rate,false_alarm_ratio\n");
    for (int s = 0; s < 2; s++) {
        for (int l = AUTAN_YELLOW; l < AUTAN_LEVELS; l++) {
            for (size_t k = 0; k < VERIFY_LEADS; k++) {
                const autan_contingency *c = &v->colour[s][l][k];
                if (c->hits + c->misses + c->false_alarms + c->rejections == 0)
                    continue;
                g_string_append_printf(out, "%s,%s,%zu,%zu,%zu,%zu,%zu", scope_name[s],
                                       level_name[l], k, c->hits, c->misses,
                                       c->false_alarms, c->rejections);
                put(out, mean((double)c->hits, c->hits + c->misses));
                put(out, mean((double)c->false_alarms, c->hits + c->false_alarms));
                g_string_append_c(out, '\n');
            }
        }
    }
    return out;
}

/* CRPS by lead of one quantity, beside its references. */
static autan_status draw_skill(const verification *v, size_t quantity,
                               const char *title, const char *path, autan_error *err)
{
    double x[VERIFY_LEADS], y[3][VERIFY_LEADS];
    for (size_t k = 0; k < VERIFY_LEADS; k++) {
        const autan_verify_tally *t = &v->score[quantity][k];
        x[k] = (double)k;
        y[0][k] = mean(t->crps, t->n);
        y[1][k] = mean(t->crps_climate, t->n);
        y[2][k] = mean(t->crps_persistence, t->n);
    }
    const autan_curve curve[3] = {{"prévision / forecast", VERIFY_LEADS, x, y[0]},
                                  {"climatologie / climatology", VERIFY_LEADS, x, y[1]},
                                  {"persistance / persistence", VERIFY_LEADS, x, y[2]}};
    const autan_curve_picture picture = {.title = title,
                                         .x_axis = "échéance / lead (jours / days)",
                                         .y_axis = "CRPS (K)",
                                         .n = 3,
                                         .curve = curve};
    return autan_curve_picture_write(&picture, path, err);
}

/* All leads of an event together. */
static autan_verify_event all_leads(const autan_verify_event *event)
{
    autan_verify_event sum = {0};
    for (size_t k = 1; k < VERIFY_LEADS; k++) {
        sum.n += event[k].n;
        sum.happened += event[k].happened;
        for (size_t b = 0; b < AUTAN_VERIFY_BINS; b++) {
            sum.in_bin[b] += event[k].in_bin[b];
            sum.happened_in[b] += event[k].happened_in[b];
            sum.chance_in[b] += event[k].chance_in[b];
        }
    }
    return sum;
}

/* Reliability (what 0) or ROC (1) of the events that came at least once. */
static autan_status draw_events(const named_event *list, int what, const char *path,
                                autan_error *err)
{
    double x[AUTAN_CURVES][AUTAN_VERIFY_BINS + 1],
        y[AUTAN_CURVES][AUTAN_VERIFY_BINS + 1];
    char text[AUTAN_CURVES][64];
    autan_curve curve[AUTAN_CURVES];
    size_t n = 0;
    for (size_t i = 0; i < NAMED && n < AUTAN_CURVES; i++) {
        const autan_verify_event e = all_leads(list[i].event);
        if (e.happened == 0 || e.happened == e.n)
            continue;
        for (size_t b = 0; b < AUTAN_VERIFY_BINS; b++) {
            if (what == 1)
                autan_verify_roc(&e, b, &y[n][b], &x[n][b]);
            else {
                x[n][b] = mean(e.chance_in[b], e.in_bin[b]);
                y[n][b] = mean((double)e.happened_in[b], e.in_bin[b]);
            }
        }
        x[n][AUTAN_VERIFY_BINS] = y[n][AUTAN_VERIFY_BINS] =
            what == 1 ? 0.0 : (double)NAN;
        g_snprintf(text[n], sizeof text[n], "%s", list[i].name);
        curve[n] = (autan_curve){text[n], AUTAN_VERIFY_BINS + 1, x[n], y[n]};
        n++;
    }
    if (n == 0)
        return AUTAN_OK;
    const autan_curve_picture picture = {
        .title = what == 1 ? "Courbe ROC, toutes échéances · ROC, all leads"
                           : "Fiabilité, toutes échéances · Reliability, all leads",
        .x_axis = what == 1 ? "fausses alertes / false alarm rate"
                            : "probabilité annoncée / forecast chance",
        .y_axis =
            what == 1 ? "détections / hit rate" : "fréquence observée / frequency",
        .n = n,
        .curve = curve,
        .unit_square = true};
    return autan_curve_picture_write(&picture, path, err);
}

static autan_status write_table(const char *folder, const char *name, GString *table,
                                autan_status status, autan_error *err)
{
    char *path = g_build_filename(folder, name, NULL);
    if (status == AUTAN_OK)
        status = autan_outfile_write_text(path, table->str, err);
    g_string_free(table, TRUE);
    g_free(path);
    return status;
}

static autan_status write_all(const verification *v, const char *folder,
                              autan_error *err)
{
    static const struct {
        size_t quantity;
        const char *name, *title;
    } skill[] = {
        {VERIFY_HOURLY, "skill-hourly.png", "Température horaire · Hourly temperature"},
        {VERIFY_MINIMUM, "skill-minimum.png",
         "Minimum de la nuit · Minimum of the night"},
        {VERIFY_MAXIMUM, "skill-maximum.png", "Maximum du jour · Maximum of the day"},
    };
    named_event list[NAMED];
    autan_status status = AUTAN_OK;
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", folder,
                          g_strerror(errno));
    name_events(v, list);
    status = write_table(folder, "scores.csv", scores_table(v), status, err);
    status = write_table(folder, "events.csv", events_table(list), status, err);
    status =
        write_table(folder, "reliability.csv", reliability_table(list), status, err);
    status = write_table(folder, "colours.csv", colours_table(v), status, err);
    for (size_t k = 0; status == AUTAN_OK && k < sizeof skill / sizeof *skill; k++) {
        char *path = g_build_filename(folder, skill[k].name, NULL);
        status = draw_skill(v, skill[k].quantity, skill[k].title, path, err);
        /* Nothing came for any lead: no picture. */
        status = status == AUTAN_NO_DATA ? AUTAN_OK : status;
        g_free(path);
    }
    for (int what = 0; status == AUTAN_OK && what < 2; what++) {
        char *path =
            g_build_filename(folder, what ? "roc.png" : "reliability.png", NULL);
        status = draw_events(list, what, path, err);
        g_free(path);
    }
    return status;
}

static void print_summary(const verification *v)
{
    printf("%zu forecasts, %zu alerts\n", v->n_forecasts, v->n_alerts);
    printf("%-24s %4s %8s %6s %6s %6s %9s %9s %8s\n", "variable", "lead", "n", "bias",
           "RMSE", "CRPS", "skill/cli", "skill/per", "90 % in");
    for (size_t q = 0; q < VERIFY_QUANTITIES; q++) {
        for (size_t k = 0; k < VERIFY_LEADS; k++) {
            const autan_verify_tally *t = &v->score[q][k];
            if (t->n == 0)
                continue;
            printf("%-24s D+%-2zu %8zu %6.2f %6.2f %6.2f %9.2f %9.2f %8.2f\n",
                   verification_quantity(q), k, t->n, mean(t->error, t->n),
                   sqrt(mean(t->squared, t->n)), mean(t->crps, t->n),
                   autan_skill(t->crps, t->crps_climate),
                   autan_skill(t->crps, t->crps_persistence),
                   mean((double)t->within_90, t->n));
        }
    }
    for (int l = AUTAN_YELLOW; v->n_alerts && l < AUTAN_LEVELS; l++) {
        autan_contingency sum = {0};
        for (size_t k = 0; k < VERIFY_LEADS; k++) {
            const autan_contingency *c = &v->colour[0][l][k];
            sum.hits += c->hits;
            sum.misses += c->misses;
            sum.false_alarms += c->false_alarms;
        }
        printf("town %s or above: %zu hits, %zu misses, %zu false alarms\n",
               level_name[l], sum.hits, sum.misses, sum.false_alarms);
    }
}

static autan_status run(town *t, const arguments *a, autan_error *err)
{
    verification *v = calloc(1, sizeof *v);
    const verification_request request = {.from = a->period.from,
                                          .to = a->period.to,
                                          .now = (autan_time)time(NULL),
                                          .colours = true};
    autan_status status =
        v ? verification_make(t, &request, v, err) : town_no_memory(t, err);
    if (status == AUTAN_OK && v->n_forecasts + v->n_alerts == 0)
        status = autan_fail(err, AUTAN_NO_DATA,
                            "%s: has no forecast in that period: run autan forecast",
                            t->city.archive);
    if (status == AUTAN_OK && v->n_unreadable)
        message_note(ngettext("%zu kept file cannot be read and was passed over",
                              "%zu kept files cannot be read and were passed over",
                              v->n_unreadable),
                     v->n_unreadable);
    if (status == AUTAN_OK && a->output)
        status = write_all(v, a->output, err);
    if (status == AUTAN_OK)
        print_summary(v);
    free(v);
    return status;
}

int cmd_verify(int argc, char **argv)
{
    autan_error err = {0};
    arguments a;
    town t = {0};
    const char *path;
    autan_status status;
    int code;

    if (!parse(argc, argv, &a, &code))
        return code;
    path = options_city(argc, argv, false);
    if (!path)
        return 2;
    status = town_open(path, &t, &err);
    if (status == AUTAN_OK)
        status = run(&t, &a, &err);
    town_close(&t);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
