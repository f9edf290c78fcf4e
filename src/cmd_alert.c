/* autan alert: heatwave risk by zone, told to people and programs. */
#include "config.h"

#include "command.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alert_products.h"
#include "message.h"
#include "notes.h"
#include "options.h"
#include "town.h"

static const char help[] = "Usage: autan alert [options] -o DIR CITY.ini\n"
                           "Judges the newest forecast by the heatwave rule of the "
                           "city file, zone by zone and day\n"
                           "by day, and writes risk.geojson, risk.csv, systems.csv "
                           "(the same by all rules),\n"
                           "alert.xml (CAP 1.2, when there is something to tell), "
                           "bulletin.html and bulletin.txt.\n\n"
                           "      --at T         the moment it is (ISO 8601 UTC, or a "
                           "date); now when not given\n"
                           "  -o, --output DIR   folder of the products\n"
                           "      --exit-code    end with 3 when the town's colour "
                           "changed, 4 when there is no\n"
                           "                     valid forecast\n"
                           "  -q, --quiet        say errors only\n"
                           "  -v, --verbose      say more\n"
                           "  -h, --help         print this\n"
                           "  -V, --version      print the version\n";

enum { OPTION_AT = OPTION_FIRST_LONG, OPTION_EXIT_CODE };
enum { HOUR_S = 3600, DAY_S = 86400, LATE_H = 12, SKILL_DAYS = 30 };
enum { EXIT_CHANGED = 3, EXIT_NO_FORECAST = 4 };

typedef struct {
    autan_time at;
    bool has_at, exit_code;
    const char *output;
} arguments;

static bool parse(int argc, char **argv, arguments *a, int *code)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        {"at", required_argument, NULL, OPTION_AT},
        {"output", required_argument, NULL, 'o'},
        {"exit-code", no_argument, NULL, OPTION_EXIT_CODE},
        {NULL, 0, NULL, 0},
    };
    int option;
    *a = (arguments){.at = (autan_time)time(NULL)};
    *code = 2;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        switch (option) {
        case OPTION_AT:
            a->has_at = options_time("at", optarg, &a->at);
            if (!a->has_at)
                return false;
            break;
        case OPTION_EXIT_CODE:
            a->exit_code = true;
            break;
        case 'o':
            a->output = optarg;
            break;
        default:
            if (options_common(option, argv, help, code))
                return false;
            *code = 2;
        }
    }
    return true;
}

/* The newest forecast kept that is not after `at`. */
static bool newest_forecast(const town *t, autan_time at, autan_time *reference)
{
    autan_time *list = NULL;
    size_t n = 0;
    bool found = false;
    if (autan_forecast_list(t->city.archive, AUTAN_FORECASTS, &list, &n) != AUTAN_OK)
        return false;
    for (size_t i = 0; i < n && list[i] <= at; i++) {
        *reference = list[i];
        found = true;
    }
    free(list);
    return found;
}

/* The forecast that holds at a->at. False, after notes that say why, when there is
 * none: an old map is never shown under today's date. */
static bool find_forecast(const town *t, const arguments *a, autan_forecast *forecast,
                          GString *notes)
{
    char text[AUTAN_TIME_TEXT];
    autan_time reference, newest;
    autan_error err = {0};
    char *path;
    autan_status status;
    if (!a->has_at && newest_forecast(t, INT64_MAX, &newest) &&
        newest > a->at + HOUR_S) {
        autan_time_format(newest, text);
        notes_add(notes, "there is a forecast of %s, after the clock of this machine",
                  "il existe une prévision du %s, postérieure à l'horloge de cette "
                  "machine",
                  text);
    }
    if (!newest_forecast(t, a->at, &reference)) {
        notes_add(notes, "no forecast has been made: run autan forecast",
                  "aucune prévision n'a été faite : lancer autan forecast");
        return false;
    }
    autan_time_format(reference, text);
    if (reference / DAY_S != a->at / DAY_S && a->at - reference > LATE_H * HOUR_S) {
        notes_add(notes, "the newest forecast is of %s: too old to be shown",
                  "la dernière prévision date du %s : trop ancienne pour être montrée",
                  text);
        return false;
    }
    path = autan_forecast_path(t->city.archive, AUTAN_FORECASTS, reference);
    status = path ? autan_forecast_read(path, forecast, &err) : AUTAN_NO_MEMORY;
    free(path);
    if (status != AUTAN_OK) {
        notes_add(notes, "the newest forecast cannot be used: %s",
                  "la dernière prévision est inutilisable : %s", err.text);
        return false;
    }
    if (a->at - reference > LATE_H * HOUR_S)
        notes_add(notes, "the newest forecast is of %s, %ld hours ago",
                  "la dernière prévision date du %s, il y a %ld heures", text,
                  (long)((a->at - reference) / HOUR_S));
    g_string_append(notes, forecast->notes);
    return true;
}

static autan_status judge(town *t, const autan_forecast *forecast,
                          const autan_areas *areas, town_risk *risk, autan_error *err)
{
    autan_model *model = NULL;
    member_fields fields = {0};
    autan_status status = town_model_until(t, forecast->reference, &model, err);
    if (status == AUTAN_OK)
        status = member_fields_make(t, model, forecast, &fields, err);
    if (status == AUTAN_OK)
        status = risk_make(t, forecast, &fields, model, areas, risk, err);
    member_fields_clear(&fields);
    autan_model_free(model);
    return status;
}

/* The hook gets the colour before, the colour now, and the folder of the products. */
static void run_hook(const alert_report *r, int before, int now, const char *folder)
{
    const char *const argv[] = {r->city->alert.hook, colour_english(before),
                                colour_english(now), folder, NULL};
    GError *error = NULL;
    int code = 0;
    if (!g_spawn_sync(NULL, (char **)(guintptr)argv, NULL, G_SPAWN_SEARCH_PATH, NULL,
                      NULL, NULL, NULL, &code, &error)) {
        message_error("hook: %s", error->message);
        g_error_free(error);
    } else if (code != 0) {
        message_error("hook: %s ended with an error", r->city->alert.hook);
    }
}

static autan_status write_products(const alert_report *r, const char *folder,
                                   autan_error *err)
{
    static const struct {
        const char *name;
        autan_status (*write)(const char *path, const alert_report *r,
                              autan_error *err);
    } product[] = {{"bulletin.txt", alert_write_text},
                   {"bulletin.html", alert_write_html},
                   {"risk.csv", alert_write_csv},
                   {"systems.csv", alert_write_systems},
                   {"risk.geojson", alert_write_geojson}};
    autan_status status = AUTAN_OK;
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", folder,
                          g_strerror(errno));
    for (size_t k = 0; status == AUTAN_OK && k < sizeof product / sizeof *product;
         k++) {
        char *path = g_build_filename(folder, product[k].name, NULL);
        status = product[k].write(path, r, err);
        g_free(path);
    }
    return status;
}

/* CAP, state, hook: what only a valid forecast brings about. */
static autan_status tell(const alert_report *r, const char *folder, int *code,
                         autan_error *err)
{
    char *path = g_build_filename(folder, "alert.xml", NULL);
    const int now = risk_worst(r->risk, 0),
              before = r->before->known ? r->before->worst : 0;
    alert_message message = {0};
    autan_status status = alert_write_cap(path, r, &message, err);
    if (status == AUTAN_OK)
        status = alert_state_write(r->city->archive, r->at, r->areas, r->risk, &message,
                                   err);
    if (status == AUTAN_OK && now != before) {
        *code = EXIT_CHANGED;
        message_note("the town's colour changed from %s to %s", colour_english(before),
                     colour_english(now));
        if (r->city->alert.hook)
            run_hook(r, before, now, folder);
    }
    free(message.references);
    free(message.earlier);
    g_free(path);
    return status;
}

/* Says when another rule than that of the city file had to judge. */
static void note_rule(const town *t, const town_risk *risk, GString *notes)
{
    const autan_rule *wanted = t->city.alert.rule;
    if (risk->rule != wanted)
        notes_add(notes,
                  "rule %s needs a climate of %d whole years, the archive has %.1f: "
                  "colours are those of rule %s",
                  "la règle %s demande un climat de %d années entières, l'archive en a "
                  "%.1f : les couleurs sont celles de la règle %s",
                  wanted->name, AUTAN_CLIMATE_YEARS, risk->climate_years,
                  risk->rule->name);
}

/* The skill of the last days; NULL where nothing can be said of it. */
static verification *recent_skill(town *t, autan_time at)
{
    verification *v = calloc(1, sizeof *v);
    const verification_request request = {at - SKILL_DAYS * DAY_S, at, at,
                                          .one_a_day = true, .colours = true};
    if (v && verification_make(t, &request, v, NULL) == AUTAN_OK &&
        v->score[VERIFY_MAXIMUM][1].n > 0)
        return v;
    free(v);
    return NULL;
}

static autan_status run(town *t, const arguments *a, int *code, autan_error *err)
{
    GString *notes = g_string_new(NULL);
    autan_forecast forecast = {0};
    autan_areas areas = {0};
    town_risk risk = {0};
    alert_state before = {0};
    bool damaged = false;
    bool valid = find_forecast(t, a, &forecast, notes);
    autan_status status = risk_areas(t, &areas, err);
    alert_state_read(t->city.archive, &before, &damaged);
    if (damaged)
        notes_add(notes, "the state of the last alert is damaged: colours start afresh",
                  "l'état de la dernière alerte est abîmé : les couleurs repartent de "
                  "zéro");
    if (status == AUTAN_OK && valid)
        status = judge(t, &forecast, &areas, &risk, err);
    if (status == AUTAN_OK && valid)
        note_rule(t, &risk, notes);
    if (status == AUTAN_OK) {
        verification *skill = recent_skill(t, a->at);
        const alert_report report = {&t->city, a->at,     valid ? &forecast : NULL,
                                     &areas,   &risk,     &before,
                                     skill,    notes->str};
        if (valid) {
            alert_state_before(&before, &areas, &risk);
            risk_colour(&risk, &t->city.alert.limits);
        } else {
            *code = EXIT_NO_FORECAST;
        }
        status = write_products(&report, a->output, err);
        if (status == AUTAN_OK && valid)
            status = tell(&report, a->output, code, err);
        if (*notes->str)
            notes_say(notes->str, "degraded: ");
        if (status == AUTAN_OK && valid)
            message_note("%zu %s, %zu %s: %s", areas.n,
                         ngettext("zone", "zones", areas.n), risk.n_days,
                         ngettext("day", "days", risk.n_days),
                         colour_english(risk_worst(&risk, 0)));
        free(skill);
    }
    alert_state_clear(&before);
    risk_clear(&risk);
    autan_areas_clear(&areas);
    autan_forecast_clear(&forecast);
    g_string_free(notes, TRUE);
    return status;
}

int cmd_alert(int argc, char **argv)
{
    autan_error err = {0};
    arguments a;
    town t = {0};
    const char *path;
    autan_status status;
    int code, outcome = 0;

    if (!parse(argc, argv, &a, &code))
        return code;
    path = options_city(argc, argv, false);
    if (!path)
        return 2;
    if (!a.output) {
        message_error("no folder for the products: give -o DIR");
        return 2;
    }
    status = town_open(path, &t, &err);
    if (status == AUTAN_OK && !risk_has_thresholds(&t.city.alert))
        status = autan_fail(
            &err, AUTAN_BAD_CONFIG,
            "%s: [alert] has no thresholds: give department, or day_threshold "
            "and night_threshold",
            path);
    if (status == AUTAN_OK)
        status = run(&t, &a, &outcome, &err);
    town_close(&t);
    if (status != AUTAN_OK)
        return message_fail(&err);
    return a.exit_code ? outcome : 0;
}
