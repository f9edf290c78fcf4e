#include "town.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/archive_flags.h"
#include "files/model_file.h"
#include "files/station_file.h"
#include "kriging/fit.h"
#include "message.h"
#include "qc/check.h"

enum { HOUR_S = 3600 };

static autan_status out_of_memory(const town *t, autan_error *err)
{
    return autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", t->city.path);
}

static void note_missing(const town *t, size_t k)
{
    char names[200] = "";
    size_t missing = 0;
    for (size_t i = 0; i < t->stations.n; i++) {
        if (!isnan(t->covariate[i * t->city.n_covariates + k]))
            continue;
        if (missing++ < 5)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%.30s",
                     missing > 1 ? ", " : "", t->station_id[i]);
    }
    if (missing)
        message_note("covariate %s is not known at %zu of %zu stations (%s%s)",
                     t->city.covariate[k].name, missing, t->stations.n, names,
                     missing > 5 ? ", ..." : "");
}

static autan_status open_covariates(town *t, autan_error *err)
{
    const size_t n = t->stations.n, nc = t->city.n_covariates;
    double *column = malloc((n + 1) * sizeof *column);
    autan_status status = AUTAN_OK;

    t->covariate = malloc((n * nc + 1) * sizeof *t->covariate);
    t->raster = calloc(nc + 1, sizeof *t->raster);
    if (!column || !t->covariate || !t->raster)
        status = out_of_memory(t, err);
    for (size_t k = 0; status == AUTAN_OK && k < nc; k++) {
        const autan_city_covariate *c = &t->city.covariate[k];
        status = autan_raster_open(c->name, c->file, c->radius_m, t->city.crs, &t->city.grid,
                                   &t->raster[k], err);
        if (status == AUTAN_OK)
            status = autan_raster_read_places(t->raster[k], n, t->x, t->y, column, err);
        for (size_t i = 0; status == AUTAN_OK && i < n; i++)
            t->covariate[i * nc + k] = column[i];
        if (status == AUTAN_OK)
            note_missing(t, k);
    }
    free(column);
    return status;
}

static autan_status list_stations(town *t, autan_error *err)
{
    const size_t n = t->stations.n;
    t->station_id = malloc((n + 1) * sizeof *t->station_id);
    t->x = malloc((n + 1) * sizeof *t->x);
    t->y = malloc((n + 1) * sizeof *t->y);
    if (!t->station_id || !t->x || !t->y)
        return out_of_memory(t, err);
    for (size_t i = 0; i < n; i++) {
        t->station_id[i] = t->stations.station[i].id;
        t->x[i] = t->stations.station[i].x;
        t->y[i] = t->stations.station[i].y;
    }
    return AUTAN_OK;
}

autan_status town_open(const char *path, town *out, autan_error *err)
{
    town t = {0};
    autan_status status = autan_city_read(path, &t.city, err);
    if (status == AUTAN_OK)
        status = autan_station_file_read(t.city.stations, &t.stations, err);
    if (status == AUTAN_OK)
        status = autan_project_stations(t.city.crs, &t.stations, err);
    if (status == AUTAN_OK)
        status = list_stations(&t, err);
    if (status == AUTAN_OK)
        status = open_covariates(&t, err);
    if (status == AUTAN_OK)
        status = autan_archive_open(t.city.archive, AUTAN_ARCHIVE_READ, &t.archive, err);
    if (status != AUTAN_OK) {
        town_close(&t);
        return status;
    }
    t.sites =
        (autan_sites){t.stations.n, t.city.n_covariates, t.x, t.y, t.covariate};
    *out = t;
    return AUTAN_OK;
}

void town_close(town *t)
{
    for (size_t k = 0; t->raster && k < t->city.n_covariates; k++)
        autan_raster_close(t->raster[k]);
    free(t->raster);
    free(t->covariate);
    free(t->x);
    free(t->y);
    free(t->station_id);
    autan_archive_close(t->archive);
    autan_station_table_clear(&t->stations);
    autan_city_clear(&t->city);
    *t = (town){0};
}

/* Readings are used unchecked where qc has not been; that is worth a word. */
static void note_unchecked(town *t, autan_time to)
{
    char text[AUTAN_TIME_TEXT];
    autan_time last;
    size_t since;
    autan_status status =
        autan_archive_checked(t->archive, AUTAN_AIR_TEMPERATURE, &last, &since, NULL);
    if (status == AUTAN_NO_DATA) {
        message_detail("air_temperature was never checked; qc does");
    } else if (status == AUTAN_OK && (last < to || since)) {
        autan_time_format(last, text);
        message_detail("air_temperature was checked up to %s, %zu batches came since", text,
                       since);
    }
}

autan_status town_read_panel(town *t, autan_time from, autan_time to, autan_panel *panel,
                             autan_error *err)
{
    autan_panel_losses losses = {0};
    autan_status status = autan_panel_make(from, to, HOUR_S, t->stations.n, panel);
    if (status != AUTAN_OK)
        return out_of_memory(t, err);
    status = autan_archive_read_panel(
        t->archive, &t->stations, AUTAN_AIR_TEMPERATURE,
        (autan_reading_choice){.refused = autan_qc_refusing()}, panel, &losses, err);
    if (status != AUTAN_OK)
        autan_panel_clear(panel);
    if (losses.implausible)
        message_note("%zu readings outside the limits of air_temperature were not used",
                     losses.implausible);
    if (losses.flagged)
        message_note("%zu readings that did not pass the checks were not used",
                     losses.flagged);
    note_unchecked(t, to);
    if (losses.unknown)
        message_note("%zu readings of stations that are no longer in %s were not used",
                     losses.unknown, t->city.stations);
    return status;
}

static void note_hours(const town *t, const autan_hours *hours, const autan_panel *panel)
{
    size_t borrowed = 0, dropped = 0;
    for (size_t k = 0; k < hours->n_groups; k++) {
        borrowed += hours->group[k].borrowed ? hours->group[k].n_hours : 0;
        dropped += hours->group[k].trend_dropped ? hours->group[k].n_hours : 0;
    }
    if (hours->n_unanswered)
        message_note("%zu of %zu hours have no reading and stay empty", hours->n_unanswered,
                     panel->n_times);
    if (borrowed)
        message_note("%zu hours are in regimes that the model does not know; they borrow the "
                     "nearest season's variances",
                     borrowed);
    if (dropped)
        message_note("%zu hours have too few stations for the trend; they have none", dropped);
    for (size_t k = 0; k < hours->n_rejected; k++) {
        char time[AUTAN_TIME_TEXT];
        autan_time_format(autan_panel_time(panel, hours->rejected[k].row), time);
        message_detail("%s at %s was not used: too far from its neighbours",
                       t->station_id[hours->rejected[k].site], time);
    }
    if (hours->n_rejected)
        message_note("%zu readings were not used: too far from their neighbours",
                     hours->n_rejected);
}

autan_status town_solve(const town *t, const autan_model *model, const autan_panel *panel,
                        autan_hours *hours, autan_error *err)
{
    autan_status status =
        autan_hours_solve(model, &t->sites, t->station_id, panel, AUTAN_CLASS_OWN, hours);
    switch (status) {
    case AUTAN_OK:
        note_hours(t, hours, panel);
        return status;
    case AUTAN_NO_DATA:
        return autan_fail(err, status, "%s: no air_temperature in the period asked for",
                          t->city.archive);
    default:
        return autan_fail(err, status, "%s: the maps cannot be solved: %s", t->city.path,
                          autan_status_text(status));
    }
}

static const char *verdict_text(autan_term_verdict verdict)
{
    switch (verdict) {
    case AUTAN_TERM_ABSENT:
        return "it is known at fewer than three stations";
    case AUTAN_TERM_CONSTANT:
        return "it is the same at all stations";
    case AUTAN_TERM_REPEATED:
        return "it is a linear copy of another covariate";
    case AUTAN_TERM_USED:
        break;
    }
    return "";
}

/* Terms for the covariates that the city file wants in the trend. */
static void choose_terms(const town *t, autan_term *term, size_t *n_terms)
{
    const autan_city *city = &t->city;
    size_t wanted[AUTAN_TERMS_MAX / 2] = {0}, n_wanted = 0;
    autan_term_verdict verdict[AUTAN_TERMS_MAX / 2];
    const bool flat = city->trend == AUTAN_TREND_LIST;

    if (flat) {
        for (size_t k = 0; k < city->trend_terms.n && n_wanted < AUTAN_TERMS_MAX / 2; k++)
            wanted[n_wanted++] =
                (size_t)autan_city_find_covariate(city, city->trend_terms.name[k]);
    } else if (city->trend == AUTAN_TREND_AUTO) {
        for (size_t k = 0; k < city->n_covariates && n_wanted < AUTAN_TERMS_MAX / 2; k++)
            wanted[n_wanted++] = k;
    }
    autan_terms_choose(&t->sites, n_wanted, wanted, !flat, term, n_terms, verdict);
    for (size_t w = 0; w < n_wanted; w++) {
        if (verdict[w] != AUTAN_TERM_USED)
            message_note("covariate %s is left out of the trend: %s",
                         city->covariate[wanted[w]].name, verdict_text(verdict[w]));
    }
}

static autan_status new_model(const town *t, size_t n_kernels, const autan_kernel *kernel,
                              autan_model **model, autan_error *err)
{
    autan_term term[AUTAN_TERMS_MAX];
    const char *names[AUTAN_TERMS_MAX];
    size_t n_terms;
    if (t->city.n_covariates > AUTAN_TERMS_MAX / 2)
        return autan_fail(err, AUTAN_BAD_CONFIG, "%s: has %zu covariates, at most %d are used",
                          t->city.path, t->city.n_covariates, AUTAN_TERMS_MAX / 2);
    for (size_t k = 0; k < t->city.n_covariates; k++)
        names[k] = t->city.covariate[k].name;
    choose_terms(t, term, &n_terms);
    if (autan_model_new(t->city.n_covariates, names, n_terms, term,
                        t->city.trend == AUTAN_TREND_LIST, n_kernels, kernel, t->stations.n,
                        t->station_id, model) != AUTAN_OK)
        return out_of_memory(t, err);
    return AUTAN_OK;
}

static void on_progress(const char *what, size_t done, size_t total, void *user)
{
    (void)user;
    message_progress(what, done, total);
}

static autan_status fit_model(town *t, autan_model **model, autan_error *err)
{
    /* Short to long ranges; how much of each, REML decides regime by regime. */
    static const autan_kernel nested[] = {
        {AUTAN_EXP, 2e3}, {AUTAN_EXP, 10e3}, {AUTAN_EXP, 50e3}, {AUTAN_EXP, 250e3}};
    autan_panel panel = {0};
    autan_time first, last;
    autan_status status =
        autan_archive_period(t->archive, AUTAN_AIR_TEMPERATURE, &first, &last, err);
    if (status != AUTAN_OK)
        return status;
    /* Whole hours from the first reading to the last. */
    first = first - ((first % HOUR_S) + HOUR_S) % HOUR_S;
    last = last + (HOUR_S - last % HOUR_S) % HOUR_S;
    status = town_read_panel(t, first, last, &panel, err);
    if (status == AUTAN_OK)
        status = new_model(t, sizeof nested / sizeof *nested, nested, model, err);
    if (status == AUTAN_OK) {
        status = autan_model_fit(*model, &t->sites, &panel, on_progress, NULL);
        if (status == AUTAN_NO_DATA)
            autan_fail(err, status,
                       "%s: no hour has three stations with air_temperature; nothing to fit",
                       t->city.archive);
        else if (status != AUTAN_OK)
            autan_fail(err, status, "%s: the fit failed: %s", t->city.path,
                       autan_status_text(status));
    }
    autan_panel_clear(&panel);
    if (status != AUTAN_OK) {
        autan_model_free(*model);
        *model = NULL;
    }
    return status;
}

static autan_status given_model(const town *t, autan_model **model, autan_error *err)
{
    const autan_covariance *c = &t->city.covariance;
    autan_status status = new_model(t, c->n, c->kernel, model, err);
    if (status == AUTAN_OK && autan_model_set_covariance(*model, c) != AUTAN_OK)
        status = out_of_memory(t, err);
    return status;
}

/* What a model file was made for must be what the city file says now. */
static autan_status check_model(const town *t, const char *path, const autan_model *model,
                                autan_error *err)
{
    const autan_city *city = &t->city;
    autan_term term[AUTAN_TERMS_MAX];
    size_t n_terms;
    bool same = model->n_covariates == city->n_covariates &&
                model->flat == (city->trend == AUTAN_TREND_LIST);
    for (size_t k = 0; same && k < city->n_covariates; k++)
        same = strcmp(model->covariate[k], city->covariate[k].name) == 0;
    if (same) {
        choose_terms(t, term, &n_terms);
        same = n_terms == model->n_terms;
        for (size_t k = 0; same && k < n_terms; k++)
            same = term[k].covariate == model->term[k].covariate &&
                   term[k].indicator == model->term[k].indicator &&
                   fabs(term[k].center - model->term[k].center) <= 0.1 * model->term[k].scale;
    }
    return same ? AUTAN_OK
                : autan_fail(err, AUTAN_BAD_CONFIG,
                             "%s: was fitted for another trend or other covariates than %s "
                             "gives now; run fit again",
                             path, city->path);
}

autan_status town_model(town *t, bool refit, autan_model **model, autan_error *err)
{
    char *path = autan_model_path(t->city.archive);
    autan_status status;

    *model = NULL;
    if (!path)
        return out_of_memory(t, err);
    if (t->city.covariance_given) {
        status = given_model(t, model, err);
        if (status == AUTAN_OK && refit)
            status = autan_model_write(*model, path, err);
    } else if (refit || !autan_model_exists(path)) {
        if (!refit)
            message_note("no model file %s yet: fitting one now", path);
        status = fit_model(t, model, err);
        if (status == AUTAN_OK)
            status = autan_model_write(*model, path, err);
    } else {
        status = autan_model_read(path, model, err);
        if (status == AUTAN_OK)
            status = check_model(t, path, *model, err);
    }
    if (status != AUTAN_OK) {
        autan_model_free(*model);
        *model = NULL;
    } else {
        message_detail("model: %zu terms, %zu kernels, %zu stations", (*model)->n_terms,
                       (*model)->n_kernels, (*model)->n_stations);
    }
    free(path);
    return status;
}
