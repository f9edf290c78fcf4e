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
/* Stations closer than this are in one place. */
static const double SAME_PLACE_M = 1e-3;
/* Terms made of the same values agree to this, in units of their scale. */
static const double TERM_ROUNDING = 1e-6;

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
        message_note(ngettext("covariate %s is not known at %zu of %zu station (%s%s)",
                              "covariate %s is not known at %zu of %zu stations (%s%s)",
                              t->stations.n),
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
    const autan_grid *g = &t->city.grid;
    const size_t n = t->stations.n;
    size_t inside = 0;
    t->station_id = malloc((n + 1) * sizeof *t->station_id);
    t->x = malloc((n + 1) * sizeof *t->x);
    t->y = malloc((n + 1) * sizeof *t->y);
    if (!t->station_id || !t->x || !t->y)
        return out_of_memory(t, err);
    for (size_t i = 0; i < n; i++) {
        t->station_id[i] = t->stations.station[i].id;
        t->x[i] = t->stations.station[i].x;
        t->y[i] = t->stations.station[i].y;
        inside += t->x[i] >= g->xmin && t->x[i] <= g->xmax && t->y[i] >= g->ymin &&
                  t->y[i] <= g->ymax;
    }
    if (inside == 0)
        message_note("no station of %s lies in the extent of %s", t->city.stations,
                     t->city.path);
    return AUTAN_OK;
}

autan_status town_open(const char *path, town *out, autan_error *err)
{
    town t = {0};
    autan_error cause = {0};
    autan_status status = autan_city_read(path, &t.city, err);
    if (status == AUTAN_OK)
        status = autan_station_file_read(t.city.stations, &t.stations, err);
    if (status == AUTAN_OK) {
        status = autan_project_stations(t.city.crs, &t.stations, &cause);
        if (status != AUTAN_OK)
            autan_fail(err, status, "%s: %.900s", path, cause.text);
    }
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
        message_detail(
            ngettext("air_temperature was checked up to %s, %zu batch came since",
                     "air_temperature was checked up to %s, %zu batches came since", since),
            text, since);
    }
}

/* For each station the first one in the same place, and what those say in an hour. */
typedef struct {
    size_t *first, *count;
    double *sum;
} twins;

static bool find_twins(const town *t, twins *w)
{
    bool any = false;
    for (size_t i = 0; i < t->stations.n; i++) {
        w->first[i] = 0;
        while (hypot(t->x[w->first[i]] - t->x[i], t->y[w->first[i]] - t->y[i]) > SAME_PLACE_M)
            w->first[i]++;
        if (w->first[i] == i)
            continue;
        any = true;
        message_note("stations %s and %s are in one place and the covariance has no nugget: "
                     "they count as one, with the mean of their readings",
                     t->station_id[w->first[i]], t->station_id[i]);
    }
    return any;
}

static void merge_hour(size_t n, const twins *w, double *reading)
{
    for (size_t i = 0; i < n; i++) {
        w->sum[i] = 0.0;
        w->count[i] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (!isnan(reading[i])) {
            w->sum[w->first[i]] += reading[i];
            w->count[w->first[i]]++;
        }
    }
    for (size_t i = 0; i < n; i++)
        reading[i] = w->count[i] ? w->sum[i] / (double)w->count[i] : NAN;
}

/* Without a nugget, two readings in one place leave no system to solve. */
static autan_status merge_twins(const town *t, autan_panel *panel, autan_error *err)
{
    const size_t n = t->stations.n;
    twins w = {malloc((n + 1) * sizeof *w.first), malloc((n + 1) * sizeof *w.count),
               malloc((n + 1) * sizeof *w.sum)};
    autan_status status = AUTAN_OK;
    if (!w.first || !w.count || !w.sum)
        status = out_of_memory(t, err);
    else if (find_twins(t, &w)) {
        for (size_t h = 0; h < panel->n_times; h++)
            merge_hour(n, &w, panel->value + h * n);
    }
    free(w.first);
    free(w.count);
    free(w.sum);
    return status;
}

static void note_losses(const town *t, const autan_panel_losses *losses)
{
    if (losses->implausible)
        message_note(
            ngettext("%zu reading outside the limits of air_temperature was not used",
                     "%zu readings outside the limits of air_temperature were not used",
                     losses->implausible),
            losses->implausible);
    if (losses->flagged)
        message_note(ngettext("%zu reading that did not pass the checks was not used",
                              "%zu readings that did not pass the checks were not used",
                              losses->flagged),
                     losses->flagged);
    if (losses->unknown)
        message_note(
            ngettext("%zu reading of a station that is no longer in %s was not used",
                     "%zu readings of stations that are no longer in %s were not used",
                     losses->unknown),
            losses->unknown, t->city.stations);
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
    note_losses(t, &losses);
    note_unchecked(t, to);
    if (status == AUTAN_OK && t->city.covariance_given && t->city.covariance.nugget == 0.0)
        status = merge_twins(t, panel, err);
    if (status != AUTAN_OK)
        autan_panel_clear(panel);
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
        message_note(ngettext("%zu of %zu hours has no reading and stays empty",
                              "%zu of %zu hours have no reading and stay empty",
                              hours->n_unanswered),
                     hours->n_unanswered, panel->n_times);
    if (borrowed)
        message_note(ngettext("%zu hour is in a regime that the model does not know; it "
                              "borrows the nearest season's variances",
                              "%zu hours are in regimes that the model does not know; they "
                              "borrow the nearest season's variances",
                              borrowed),
                     borrowed);
    if (dropped)
        message_note(ngettext("%zu hour has too few stations for the trend, and has none",
                              "%zu hours have too few stations for the trend, and have none",
                              dropped),
                     dropped);
    for (size_t k = 0; k < hours->n_rejected; k++) {
        char time[AUTAN_TIME_TEXT];
        autan_time_format(autan_panel_time(panel, hours->rejected[k].row), time);
        message_detail("%s at %s was not used: too far from its neighbours",
                       t->station_id[hours->rejected[k].site], time);
    }
    if (hours->n_rejected)
        message_note(ngettext("%zu reading was not used: too far from its neighbours",
                              "%zu readings were not used: too far from their neighbours",
                              hours->n_rejected),
                     hours->n_rejected);
}

autan_status town_unsolved(const town *t, autan_status status, autan_error *err)
{
    switch (status) {
    case AUTAN_NO_MEMORY:
        return out_of_memory(t, err);
    case AUTAN_NO_DATA:
        return autan_fail(err, status, "%s: no air_temperature in the period asked for",
                          t->city.archive);
    case AUTAN_SINGULAR:
        return autan_fail(err, status,
                          "%s: the covariances of the stations cannot be told apart; expected "
                          "a covariance with a larger nugget, such as + 0.01 nugget",
                          t->city.path);
    default:
        return autan_fail(err, status, "%s: the maps cannot be solved: %s", t->city.path,
                          autan_status_text(status));
    }
}

autan_status town_solve(const town *t, const autan_model *model, const autan_panel *panel,
                        autan_hours *hours, autan_error *err)
{
    autan_status status =
        autan_hours_solve(model, &t->sites, t->station_id, panel, AUTAN_CLASS_OWN, hours);
    if (status != AUTAN_OK)
        return town_unsolved(t, status, err);
    note_hours(t, hours, panel);
    return AUTAN_OK;
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

/* Terms for the covariates that the city file wants in the trend, from their values at
 * these sites. With say, the covariates left out are noted. */
static void choose_terms(const autan_city *city, const autan_sites *sites, bool say,
                         autan_term *term, size_t *n_terms)
{
    size_t wanted[AUTAN_TERMS_MAX / 2] = {0}, n_wanted = 0;
    autan_term_verdict verdict[AUTAN_TERMS_MAX / 2];
    const bool flat = city->trend == AUTAN_TREND_LIST;

    if (flat) {
        for (size_t k = 0; k < city->trend_terms.n && n_wanted < AUTAN_TERMS_MAX / 2; k++)
            wanted[n_wanted++] =
                (size_t)autan_city_find_covariate(city, city->trend_terms.name[k]);
    } else if (city->trend == AUTAN_TREND_AUTO && !city->covariance_given) {
        for (size_t k = 0; k < city->n_covariates && n_wanted < AUTAN_TERMS_MAX / 2; k++)
            wanted[n_wanted++] = k;
    }
    autan_terms_choose(sites, n_wanted, wanted, !flat, term, n_terms, verdict);
    for (size_t w = 0; say && w < n_wanted; w++) {
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
    choose_terms(&t->city, &t->sites, true, term, &n_terms);
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
    autan_status status;
    if (t->city.trend == AUTAN_TREND_AUTO && t->city.n_covariates > 0)
        message_note("the covariance is given by hand: covariates count only where trend "
                     "names them");
    status = new_model(t, c->n, c->kernel, model, err);
    if (status == AUTAN_OK && autan_model_set_covariance(*model, c) != AUTAN_OK)
        status = out_of_memory(t, err);
    return status;
}

static bool same_terms(size_t n, const autan_term *a, const autan_term *b)
{
    for (size_t k = 0; k < n; k++) {
        const double rounding = TERM_ROUNDING * b[k].scale;
        if (a[k].covariate != b[k].covariate || a[k].indicator != b[k].indicator ||
            fabs(a[k].center - b[k].center) > rounding ||
            fabs(a[k].scale - b[k].scale) > rounding)
            return false;
    }
    return true;
}

/* Whether the terms made anew from the model's own stations are those of the model, so
 * that stations may be added but values may not change. NULL, or what has changed;
 * values has room for the covariates of all stations. */
static const char *changed_terms(const town *t, const autan_model *model, double *values)
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
    autan_status status = fit_model(t, model, err);
    return status == AUTAN_OK ? autan_model_write(*model, path, err) : status;
}

static autan_status saved_model(town *t, const char *path, autan_model **model,
                                autan_error *err)
{
    const char *reason;
    autan_status status = autan_model_read(path, model, err);
    if (status != AUTAN_OK)
        return status;
    reason = why_outdated(t, *model);
    if (!reason)
        return AUTAN_OK;
    message_note("%s was not made for %s as it is now (%s): fitting anew", path, t->city.path,
                 reason);
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
        return out_of_memory(t, err);
    if (t->city.covariance_given) {
        status = given_model(t, model, err);
        if (status == AUTAN_OK && refit)
            status = autan_model_write(*model, path, err);
    } else if (refit) {
        status = fit_and_save(t, path, model, err);
    } else if (autan_model_exists(path)) {
        status = saved_model(t, path, model, err);
    } else {
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
