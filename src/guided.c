#include "guided.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/forecast_file.h"
#include "files/guidance.h"
#include "forecast/emos.h"
#include "forecast/outlook.h"

enum { HOUR_S = 3600, MOST_HOURS = 264, LATE_H = 18 };

/* Past runs learnt from, and hours that are learnt together. */
enum { MOST_RUNS = 150, BLOCK_H = 3 };

/* Guidance as means and variances over its members, hours after its own reference. */
typedef struct {
    autan_time reference;
    size_t n_hours;
    double *mean, *variance; /* n_stations x n_hours */
} run;

static void run_clear(run *r)
{
    free(r->mean);
    free(r->variance);
}

void guided_clear(guided_result *r)
{
    free(r->mean);
    free(r->spread);
    free(r->method);
    free(r->notes);
    *r = (guided_result){0};
}

/* The guidance hour by hour, in the form that is kept. */
static autan_status hourly(const town *t, const autan_guidance *g, autan_forecast *f,
                           autan_error *err)
{
    const size_t S = t->stations.n, M = g->n_members;
    const long span = (long)((g->time[g->n_steps - 1] - g->reference) / HOUR_S);
    const size_t T = span < 1 ? 1 : span > MOST_HOURS ? MOST_HOURS : (size_t)span;
    *f = (autan_forecast){.reference = g->reference,
                          .latest = g->reference,
                          .n_members = M,
                          .n_stations = S,
                          .n_times = T,
                          .station = calloc(S, sizeof *f->station),
                          .value = malloc(M * S * T * sizeof *f->value),
                          .method = strdup("guidance"),
                          .notes = strdup("")};
    bool ok = f->station && f->value && f->method && f->notes;
    for (size_t i = 0; ok && i < S; i++) {
        f->station[i] = strdup(t->station_id[i]);
        ok = f->station[i] != NULL;
        for (size_t k = 0; k < M; k++) {
            for (size_t h = 0; h < T; h++)
                f->value[(k * S + i) * T + h] = (float)autan_guidance_at(
                    g, k, i, g->reference + HOUR_S * ((autan_time)h + 1));
        }
    }
    return ok ? AUTAN_OK : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
}

/* Means and variances of a kept run, its stations in the town's order. */
static bool summarise(const town *t, const autan_forecast *f, run *r)
{
    const size_t S = t->stations.n, T = f->n_times;
    *r = (run){f->reference, T, malloc(S * T * sizeof *r->mean),
               malloc(S * T * sizeof *r->variance)};
    if (!r->mean || !r->variance) {
        run_clear(r);
        return false;
    }
    for (size_t i = 0; i < S * T; i++)
        r->mean[i] = r->variance[i] = NAN;
    for (size_t j = 0; j < f->n_stations; j++) {
        const long place = autan_station_find(&t->stations, f->station[j]);
        for (size_t h = 0; place >= 0 && h < T; h++) {
            double sum = 0.0, squares = 0.0, n = 0.0;
            for (size_t k = 0; k < f->n_members; k++) {
                const double value = (double)f->value[(k * f->n_stations + j) * T + h];
                if (isnan(value))
                    continue;
                sum += value;
                squares += value * value;
                n++;
            }
            if (n == 0.0)
                continue;
            r->mean[(size_t)place * T + h] = sum / n;
            r->variance[(size_t)place * T + h] =
                n > 1.0 ? fmax(0.0, (squares - sum * sum / n) / (n - 1.0)) : 0.0;
        }
    }
    return true;
}

/* Earlier runs kept in the archive folder, the newest ones. */
static size_t load_runs(const town *t, autan_time before, run *runs)
{
    autan_time *list = NULL;
    size_t n = 0, count = 0;
    if (autan_forecast_list(t->city.archive, AUTAN_GUIDANCE, &list, &n) != AUTAN_OK)
        return 0;
    while (n > 0 && list[n - 1] >= before)
        n--;
    for (size_t i = n > MOST_RUNS ? n - MOST_RUNS : 0; i < n; i++) {
        char *path = autan_forecast_path(t->city.archive, AUTAN_GUIDANCE, list[i]);
        autan_forecast f = {0};
        /* A damaged file of the past is only one case less. */
        if (path && autan_forecast_read(path, &f, NULL) == AUTAN_OK &&
            summarise(t, &f, &runs[count]))
            count++;
        autan_forecast_clear(&f);
        free(path);
    }
    free(list);
    return count;
}

/* The reading of a station at a moment; NaN outside the panel. */
static double reading(const autan_panel *panel, size_t station, autan_time time)
{
    const long row = (long)((time - panel->from) / HOUR_S);
    if (row < 0 || row >= (long)panel->n_times)
        return NAN;
    return panel->value[(size_t)row * panel->n_stations + station];
}

typedef struct {
    size_t n_runs;
    run *runs;
    const autan_panel *panel;
    double *season, *mean, *variance, *observed; /* MOST_RUNS x BLOCK_H */
} training;

/* What earlier runs said of the hours first .. first + BLOCK_H - 1 after their
 * reference, and what came; readings end with the origin. */
static autan_cases gather(const training *t, size_t station, size_t first)
{
    size_t n = 0;
    for (size_t k = 0; k < t->n_runs; k++) {
        const run *r = &t->runs[k];
        for (size_t h = first; h < first + BLOCK_H && h < r->n_hours; h++) {
            const autan_time time = r->reference + HOUR_S * ((autan_time)h + 1);
            const double observed = reading(t->panel, station, time);
            const double mean = r->mean[station * r->n_hours + h];
            if (isnan(observed) || isnan(mean))
                continue;
            t->season[n] = autan_season_angle(time);
            t->mean[n] = mean;
            t->variance[n] = r->variance[station * r->n_hours + h];
            t->observed[n++] = observed;
        }
    }
    return (autan_cases){n, t->season, t->mean, t->variance, t->observed};
}

/* Fits each block of hours of a station and predicts its hours; how many blocks came to
 * which step. */
static autan_status station_guidance(const training *t, const run *now, autan_time at,
                                     size_t station, guided_result *out,
                                     size_t steps[3])
{
    for (size_t first = 0; first < now->n_hours; first += BLOCK_H) {
        const autan_cases cases = gather(t, station, first);
        autan_emos emos;
        autan_status status = autan_emos_fit(&cases, &emos);
        if (status != AUTAN_OK)
            return status;
        steps[emos.step]++;
        for (size_t h = first; h < first + BLOCK_H && h < now->n_hours; h++) {
            const autan_time time = now->reference + HOUR_S * ((autan_time)h + 1);
            const long ahead = (long)((time - at) / HOUR_S) - 1;
            const double mean = now->mean[station * now->n_hours + h];
            if (ahead < 0 || ahead >= (long)out->n_hours || isnan(mean))
                continue;
            const size_t place = station * out->n_hours + (size_t)ahead;
            autan_emos_predict(&emos, autan_season_angle(time), mean,
                               now->variance[station * now->n_hours + h],
                               &out->mean[place], &out->spread[place]);
        }
    }
    return AUTAN_OK;
}

static void describe(const autan_guidance *g, const town *t, autan_time at,
                     size_t n_runs, const size_t steps[3], guided_result *out)
{
    GString *notes = g_string_new(NULL);
    char time[AUTAN_TIME_TEXT], *method;
    autan_time_format(g->reference, time);
    if (at - g->reference > LATE_H * HOUR_S)
        g_string_append_printf(notes, "the guidance is %ld hours old\n",
                               (long)((at - g->reference) / HOUR_S));
    if (g->n_outside)
        g_string_append_printf(notes, "the guidance reaches %zu of %zu stations\n",
                               t->stations.n - g->n_outside, t->stations.n);
    if (g->n_unreadable)
        g_string_append_printf(
            notes, "%zu messages of the guidance could not be read\n", g->n_unreadable);
    if (steps[AUTAN_EMOS_RAW] > steps[AUTAN_EMOS_SHORT] + steps[AUTAN_EMOS_FULL])
        g_string_append_printf(
            notes,
            "only %zu earlier runs are kept: the guidance is taken as it "
            "is, with a wide spread\n",
            n_runs);
    else if (steps[AUTAN_EMOS_SHORT] + steps[AUTAN_EMOS_RAW] > steps[AUTAN_EMOS_FULL])
        g_string_append_printf(notes,
                               "only %zu earlier runs are kept: the guidance's bias is "
                               "corrected without its seasons\n",
                               n_runs);
    method = g_strdup_printf("guidance of %s with %zu members, post-processed with %zu "
                             "earlier runs; else ",
                             time, g->n_members, n_runs);
    out->notes = strdup(notes->str);
    out->method = strdup(method);
    g_free(method);
    g_string_free(notes, TRUE);
}

static autan_status process(const town *t, const autan_guidance *g,
                            const autan_forecast *f, autan_time at,
                            const autan_panel *panel, guided_result *out,
                            autan_error *err)
{
    const size_t S = t->stations.n, most = MOST_RUNS * BLOCK_H;
    size_t steps[3] = {0};
    run now = {0};
    training data = {.runs = calloc(MOST_RUNS, sizeof *data.runs),
                     .panel = panel,
                     .season = malloc(most * sizeof(double)),
                     .mean = malloc(most * sizeof(double)),
                     .variance = malloc(most * sizeof(double)),
                     .observed = malloc(most * sizeof(double))};
    autan_status status = AUTAN_OK;
    *out = (guided_result){.n_stations = S,
                           .n_hours = MOST_HOURS,
                           .mean = malloc(S * MOST_HOURS * sizeof *out->mean),
                           .spread = malloc(S * MOST_HOURS * sizeof *out->spread)};
    if (!data.runs || !data.season || !data.mean || !data.variance || !data.observed ||
        !out->mean || !out->spread || !summarise(t, f, &now))
        status = AUTAN_NO_MEMORY;
    else
        data.n_runs = load_runs(t, g->reference, data.runs);
    for (size_t i = 0; status == AUTAN_OK && i < S * MOST_HOURS; i++)
        out->mean[i] = out->spread[i] = NAN;
    for (size_t i = 0; status == AUTAN_OK && i < S; i++)
        status = station_guidance(&data, &now, at, i, out, steps);
    if (status == AUTAN_OK)
        describe(g, t, at, data.n_runs, steps, out);
    if (status == AUTAN_OK && (!out->notes || !out->method))
        status = AUTAN_NO_MEMORY;
    for (size_t k = 0; data.runs && k < data.n_runs; k++)
        run_clear(&data.runs[k]);
    free(data.runs);
    free(data.season);
    free(data.mean);
    free(data.variance);
    free(data.observed);
    run_clear(&now);
    if (status == AUTAN_OK)
        return status;
    guided_clear(out);
    return autan_fail(err, status, "the guidance cannot be post-processed: %s",
                      autan_status_text(status));
}

autan_status guided_read(const town *t, const char *path, autan_time at,
                         const autan_panel *panel, guided_result *result,
                         autan_error *err)
{
    autan_guidance g = {0};
    autan_forecast f = {0};
    char *kept = NULL, reference[AUTAN_TIME_TEXT];
    autan_status status = autan_guidance_read(path, &t->stations, &g, err);
    if (status != AUTAN_OK)
        return status;
    autan_time_format(g.reference, reference);
    if (g.reference > at)
        status = autan_fail(err, AUTAN_OUT_OF_DOMAIN,
                            "%s: is of %s, after the origin of the forecast", path,
                            reference);
    else if (g.time[g.n_steps - 1] <= at)
        status = autan_fail(err, AUTAN_OUT_OF_DOMAIN,
                            "%s: is of %s and ends before the origin of the forecast",
                            path, reference);
    if (status == AUTAN_OK)
        status = hourly(t, &g, &f, err);
    if (status == AUTAN_OK) {
        kept = autan_forecast_path(t->city.archive, AUTAN_GUIDANCE, g.reference);
        status = kept ? autan_forecast_write(kept, &f, err)
                      : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    if (status == AUTAN_OK)
        status = process(t, &g, &f, at, panel, result, err);
    free(kept);
    autan_forecast_clear(&f);
    autan_guidance_clear(&g);
    return status;
}

void guided_apply(const guided_result *r, size_t n_hours, const int *known,
                  double *mean, double *spread)
{
    for (size_t i = 0; i < r->n_stations; i++) {
        for (size_t h = 0; known[i] >= 0 && h < n_hours && h < r->n_hours; h++) {
            const size_t from = i * r->n_hours + h, to = i * n_hours + h;
            if (!(r->spread[from] < spread[to]))
                continue;
            mean[to] = r->mean[from];
            spread[to] = r->spread[from];
        }
    }
}
