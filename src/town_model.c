/* The model of a town: as given, as saved, or fitted. */
#include "town.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/model_file.h"
#include "kriging/fit_large.h"
#include "kernels.h"
#include "message.h"

/* Terms made of the same values agree to this, in units of their scale. */
static const double TERM_ROUNDING = 1e-6;

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

/* Terms for the covariates that the city file wants in the trend, from their values at
 * these sites. With say, the covariates left out are noted. */
static void choose_terms(const autan_city *city, const autan_sites *sites, bool say,
                         autan_term *term, size_t *n_terms)
{
    size_t wanted[AUTAN_TERMS_MAX / 2] = {0}, n_wanted = 0;
    autan_term_verdict verdict[AUTAN_TERMS_MAX / 2];
    const bool flat = city->trend == AUTAN_TREND_LIST;

    if (flat) {
        for (size_t k = 0; k < city->trend_terms.n && n_wanted < AUTAN_TERMS_MAX / 2;
             k++)
            wanted[n_wanted++] =
                (size_t)autan_city_find_covariate(city, city->trend_terms.name[k]);
    } else if (city->trend == AUTAN_TREND_AUTO && !city->covariance_given) {
        for (size_t k = 0; k < city->n_covariates && n_wanted < AUTAN_TERMS_MAX / 2;
             k++)
            wanted[n_wanted++] = k;
    }
    autan_terms_choose(sites, n_wanted, wanted, !flat, term, n_terms, verdict);
    for (size_t w = 0; say && w < n_wanted; w++) {
        if (verdict[w] != AUTAN_TERM_USED)
            message_note("covariate %s is left out of the trend: %s",
                         city->covariate[wanted[w]].name, verdict_text(verdict[w]));
    }
}

/* The terms are those of all stations but one, an index; of all with the number of
 * stations. What is left out of them is said in the latter case alone. */
static autan_status new_model(const town *t, size_t without, size_t n_kernels,
                              const autan_kernel *kernel, autan_model **model,
                              autan_error *err)
{
    const size_t nc = t->city.n_covariates, n = t->stations.n;
    double *others;
    autan_term term[AUTAN_TERMS_MAX];
    const char *names[AUTAN_TERMS_MAX];
    size_t n_terms, m = 0;
    if (t->city.n_covariates > AUTAN_TERMS_MAX / 2)
        return autan_fail(err, AUTAN_BAD_CONFIG,
                          "%s: has %zu covariates, at most %d are used", t->city.path,
                          t->city.n_covariates, AUTAN_TERMS_MAX / 2);
    for (size_t k = 0; k < t->city.n_covariates; k++)
        names[k] = t->city.covariate[k].name;
    others = malloc((n * nc + 1) * sizeof *others);
    if (!others)
        return town_no_memory(t, err);
    for (size_t i = 0; i < n; i++) {
        if (i != without)
            memcpy(others + m++ * nc, t->covariate + i * nc, nc * sizeof *others);
    }
    choose_terms(&t->city, &(autan_sites){m, nc, NULL, NULL, others}, m == n, term,
                 &n_terms);
    free(others);
    if (autan_model_new(t->city.n_covariates, names, n_terms, term,
                        t->city.trend == AUTAN_TREND_LIST, n_kernels, kernel,
                        t->stations.n, t->station_id, model) != AUTAN_OK)
        return town_no_memory(t, err);
    return AUTAN_OK;
}

static void on_progress(const char *what, size_t done, size_t total, void *user)
{
    (void)user;
    message_progress(what, done, total);
}

/* On all stations but the one without, an index; on all with the number of stations;
 * from readings up to `until`. */
static autan_status fit_model(town *t, size_t without, autan_time until,
                              autan_model **model, autan_error *err)
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
    first = first - ((first % TOWN_HOUR_S) + TOWN_HOUR_S) % TOWN_HOUR_S;
    last = last + (TOWN_HOUR_S - last % TOWN_HOUR_S) % TOWN_HOUR_S;
    last = last < until ? last : until;
    if (last < first)
        return autan_fail(err, AUTAN_NO_DATA,
                          "%s: has no air_temperature up to the time asked for",
                          t->city.archive);
    status = town_read_panel(t, first, last, &panel, err);
    for (size_t k = 0;
         status == AUTAN_OK && without < panel.n_stations && k < panel.n_times; k++)
        panel.value[k * panel.n_stations + without] = NAN;
    if (status == AUTAN_OK)
        status =
            new_model(t, without, sizeof nested / sizeof *nested, nested, model, err);
    if (status == AUTAN_OK && t->stations.n > AUTAN_FIT_STATIONS)
        message_note("%zu stations: variances are learnt from a sample of %d",
                     t->stations.n, AUTAN_FIT_SAMPLE);
    if (status == AUTAN_OK) {
        status = autan_model_fit_large(*model, &t->sites, &panel, on_progress, NULL);
        if (status == AUTAN_NO_DATA)
            autan_fail(
                err, status,
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
    autan_status status;
    if (t->city.trend == AUTAN_TREND_AUTO && t->city.n_covariates > 0)
        message_note(
            "the covariance is given by hand: covariates count only where trend "
            "names them");
    status = new_model(t, t->stations.n, c->n, c->kernel, model, err);
    if (status == AUTAN_OK && autan_model_set_covariance(*model, c) != AUTAN_OK)
        status = town_no_memory(t, err);
    return status;
}

static bool same_bound(double a, double b, double rounding)
{
    return a == b || fabs(a - b) <= rounding;
}

static bool same_terms(size_t n, const autan_term *a, const autan_term *b)
{
    for (size_t k = 0; k < n; k++) {
        const double rounding = TERM_ROUNDING * b[k].scale;
        if (a[k].covariate != b[k].covariate || a[k].indicator != b[k].indicator ||
            a[k].gap != b[k].gap || fabs(a[k].center - b[k].center) > rounding ||
            fabs(a[k].scale - b[k].scale) > rounding ||
            !same_bound(a[k].lower, b[k].lower, rounding) ||
            !same_bound(a[k].upper, b[k].upper, rounding))
            return false;
    }
    return true;
}

/* Whether the terms made anew from the model's own stations are those of the model, so
 * that stations may be added but values may not change. NULL, or what has changed;
 * values has room for the covariates of all stations. */
static const char *changed_terms(const town *t, const autan_model *model,
                                 double *values)
{
    const size_t nc = t->city.n_covariates;
    const autan_sites sites = {model->n_stations, nc, NULL, NULL, values};
    autan_term term[AUTAN_TERMS_MAX];
    size_t n_terms;
    for (size_t i = 0; i < model->n_stations; i++) {
        long k = autan_station_find(&t->stations, model->station[i]);
        if (k < 0)
            return "one of its stations is no longer in the station table";
        memcpy(values + i * nc, t->covariate + (size_t)k * nc, nc * sizeof *values);
    }
    choose_terms(&t->city, &sites, false, term, &n_terms);
    return n_terms == model->n_terms && same_terms(n_terms, term, model->term)
               ? NULL
               : "the trend, or covariates at the stations, have changed";
}

/* Why a model is not what the city file asks for now; NULL when it is. */
static const char *why_outdated(const town *t, const autan_model *model)
{
    const autan_city *city = &t->city;
    const char *reason;
    double *values;
    if (model->given)
        return "its covariance was given by hand";
    if (model->flat != (city->trend == AUTAN_TREND_LIST))
        return "the trend has changed";
    if (model->n_covariates != city->n_covariates)
        return "the covariates have changed";
    for (size_t k = 0; k < city->n_covariates; k++) {
        if (strcmp(model->covariate[k], city->covariate[k].name) != 0)
            return "the covariates have changed";
    }
    values = malloc((model->n_stations * city->n_covariates + 1) * sizeof *values);
    reason = values ? changed_terms(t, model, values) : "memory is short";
    free(values);
    return reason;
}

static autan_status fit_and_save(town *t, const char *path, autan_model **model,
                                 autan_error *err)
{
    autan_status status = fit_model(t, t->stations.n, INT64_MAX, model, err);
    return status == AUTAN_OK ? autan_model_write(*model, path, err) : status;
}

static autan_status saved_model(town *t, const char *path, autan_model **model,
                                autan_error *err)
{
    const char *reason;
    autan_status status;
    *model = t->saved;
    t->saved = NULL;
    status = *model ? AUTAN_OK : autan_model_read(path, model, err);
    if (status != AUTAN_OK)
        return status;
    reason = why_outdated(t, *model);
    if (!reason)
        return AUTAN_OK;
    kernels_choose();
    message_note("%s was not made for %s as it is now (%s): fitting anew", path,
                 t->city.path, reason);
    autan_model_free(*model);
    *model = NULL;
    return fit_and_save(t, path, model, err);
}

autan_status town_model(town *t, bool refit, autan_model **model, autan_error *err)
{
    char *path = autan_model_path(t->city.archive);
    autan_status status;

    *model = NULL;
    if (!path)
        return town_no_memory(t, err);
    if (t->city.covariance_given) {
        status = given_model(t, model, err);
        if (status == AUTAN_OK && refit)
            status = autan_model_write(*model, path, err);
    } else if (refit) {
        status = fit_and_save(t, path, model, err);
    } else if (autan_model_exists(path)) {
        status = saved_model(t, path, model, err);
    } else {
        kernels_choose();
        message_note("no model file %s yet: fitting one now", path);
        status = fit_and_save(t, path, model, err);
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

/* Whether what town_model gives knows nothing after `until`, but for the rest of an
 * hour. */
static bool knows_only_past(town *t, autan_time until)
{
    char *path = autan_model_path(t->city.archive);
    autan_model *model = NULL;
    autan_time first, last = INT64_MAX;
    if (path && autan_model_exists(path) &&
        autan_model_read(path, &model, NULL) == AUTAN_OK && !why_outdated(t, model))
        last = model->to;
    else
        autan_archive_period(t->archive, AUTAN_AIR_TEMPERATURE, &first, &last, NULL);
    autan_model_free(model);
    free(path);
    return t->city.covariance_given || last <= until + TOWN_HOUR_S;
}

autan_status town_model_until(town *t, autan_time until, autan_model **model,
                              autan_error *err)
{
    char time[AUTAN_TIME_TEXT];
    if (knows_only_past(t, until))
        return town_model(t, false, model, err);
    autan_time_format(until, time);
    message_note("the model of the archive knows readings after %s: one is fitted from "
                 "those before, and not kept",
                 time);
    *model = NULL;
    return fit_model(t, t->stations.n, until - until % TOWN_HOUR_S, model, err);
}

autan_status town_model_without(town *t, size_t station, autan_model **model,
                                autan_error *err)
{
    *model = NULL;
    return fit_model(t, station, INT64_MAX, model, err);
}
