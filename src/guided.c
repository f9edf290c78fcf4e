#include "guided.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/forecast_file.h"
#include "files/guidance.h"
#include "forecast/emos.h"
#include "forecast/outlook.h"
#include "kriging/matrix.h"
#include "notes.h"

enum { HOUR_S = 3600, MOST_HOURS = 264, LATE_H = 18 };

/* Past runs learnt from, and hours that are learnt together. */
enum { MOST_RUNS = 150, BLOCK_H = 3 };

/* Guidance as means and variances over its members, hours after its own reference. */
typedef struct {
    autan_time reference;
    size_t n_hours;
    double *mean, *variance, *range; /* n_stations x n_hours; range as in emos.h */
} run;

static void run_clear(run *r)
{
    free(r->mean);
    free(r->variance);
    free(r->range);
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

/* Range of the mean within half a day before and after each hour; NaN where less than
 * three quarters of a day are known. */
static void add_ranges(size_t n_stations, run *r)
{
    const long T = (long)r->n_hours;
    for (size_t i = 0; i < n_stations; i++) {
        const double *mean = r->mean + i * r->n_hours;
        for (long h = 0; h < T; h++) {
            double low = INFINITY, high = -INFINITY;
            int known = 0;
            for (long k = MAX(0, h - 12); k < MIN(T, h + 12); k++) {
                if (isnan(mean[k]))
                    continue;
                low = fmin(low, mean[k]);
                high = fmax(high, mean[k]);
                known++;
            }
            r->range[i * r->n_hours + (size_t)h] =
                known >= 18 ? high - low : (double)NAN;
        }
    }
}

/* Means and variances of a kept run, its stations in the town's order. */
static bool summarise(const town *t, const autan_forecast *f, run *r)
{
    const size_t S = t->stations.n, T = f->n_times;
    *r = (run){f->reference, T, malloc(S * T * sizeof *r->mean),
               malloc(S * T * sizeof *r->variance), malloc(S * T * sizeof *r->range)};
    if (!r->mean || !r->variance || !r->range) {
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
    add_ranges(S, r);
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
} training;

/* MOST_RUNS x BLOCK_H each. */
typedef struct {
    double *season, *mean, *variance, *observed, *range;
} case_table;

static bool case_table_make(case_table *c)
{
    const size_t n = MOST_RUNS * BLOCK_H;
    double *all = malloc(5 * n * sizeof *all);
    if (!all)
        return false;
    *c = (case_table){all, all + n, all + 2 * n, all + 3 * n, all + 4 * n};
    return true;
}

/* What earlier runs said of the hours first .. first + BLOCK_H - 1 after their
 * reference, and what came; readings end with the origin. */
static autan_cases gather(const training *t, size_t station, size_t first,
                          case_table *c)
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
            c->season[n] = autan_season_angle(time);
            c->mean[n] = mean;
            c->variance[n] = r->variance[station * r->n_hours + h];
            c->range[n] = r->range[station * r->n_hours + h];
            c->observed[n++] = observed;
        }
    }
    return (autan_cases){n, c->season, c->mean, c->variance, c->observed, c->range};
}

/* Fits each block of hours of a station and predicts its hours; how many blocks came to
 * which step. */
static autan_status station_guidance(const training *t, const run *now, autan_time at,
                                     size_t station, case_table *table,
                                     guided_result *out, size_t steps[3])
{
    for (size_t first = 0; first < now->n_hours; first += BLOCK_H) {
        autan_emos emos;
        autan_status status;
        if (now->reference + HOUR_S * (autan_time)(first + BLOCK_H) <= at)
            continue;
        const autan_cases cases = gather(t, station, first, table);
        status = autan_emos_fit(&cases, &emos);
        if (status != AUTAN_OK)
            return status;
        steps[emos.step]++;
        for (size_t h = first; h < first + BLOCK_H && h < now->n_hours; h++) {
            const autan_time time = now->reference + HOUR_S * ((autan_time)h + 1);
            const long ahead = (long)((time - at) / HOUR_S) - 1;
            const size_t from = station * now->n_hours + h;
            const autan_guess guess = {autan_season_angle(time), now->mean[from],
                                       now->variance[from], now->range[from]};
            if (ahead < 0 || ahead >= (long)out->n_hours || isnan(guess.mean))
                continue;
            const size_t place = station * out->n_hours + (size_t)ahead;
            autan_emos_predict(&emos, &guess, &out->mean[place], &out->spread[place]);
        }
    }
    return AUTAN_OK;
}

/* Steps of the guidance after the origin that no station has a value for, although
 * later ones have. */
static size_t count_gaps(const autan_guidance *g, autan_time at)
{
    size_t gaps = 0, open = 0;
    for (autan_time time = MAX(at, g->time[0]) + HOUR_S;
         time <= g->time[g->n_steps - 1]; time += HOUR_S) {
        size_t i = 0;
        while (i < g->n_stations && isnan(autan_guidance_at(g, 0, i, time)))
            i++;
        if (i == g->n_stations) {
            open++;
        } else {
            gaps += open;
            open = 0;
        }
    }
    return gaps;
}

static void describe(const autan_guidance *g, const town *t, autan_time at,
                     size_t n_runs, const size_t steps[3], GString *notes)
{
    const size_t gaps = count_gaps(g, at);
    if (at - g->reference > LATE_H * HOUR_S)
        notes_add(notes, "the guidance is %ld hours old",
                  "les prévisions du modèle ont %ld heures",
                  (long)((at - g->reference) / HOUR_S));
    if (g->n_outside)
        notes_add(notes, "the guidance reaches %zu of %zu stations",
                  "les prévisions du modèle couvrent %zu stations sur %zu",
                  t->stations.n - g->n_outside, t->stations.n);
    if (g->n_unreadable)
        notes_add(notes, "%zu messages of the guidance could not be read",
                  "%zu messages des prévisions du modèle sont illisibles",
                  g->n_unreadable);
    if (gaps)
        notes_add(notes, "steps are missing from the guidance: %zu hours go without it",
                  "il manque des échéances du modèle : %zu heures s'en passent", gaps);
    if (steps[AUTAN_EMOS_RAW] > steps[AUTAN_EMOS_SHORT] + steps[AUTAN_EMOS_FULL])
        notes_add(
            notes,
            "only %zu earlier runs are kept: the guidance is taken as it is, with "
            "a wide spread",
            "%zu calculs antérieurs seulement : le modèle est repris tel quel, "
            "avec une grande incertitude",
            n_runs);
    else if (steps[AUTAN_EMOS_SHORT] + steps[AUTAN_EMOS_RAW] > steps[AUTAN_EMOS_FULL])
        notes_add(notes,
                  "only %zu earlier runs are kept: the guidance's bias is corrected "
                  "without its seasons",
                  "%zu calculs antérieurs seulement : le biais du modèle est corrigé "
                  "sans ses saisons",
                  n_runs);
}

static autan_status process(const town *t, const autan_guidance *g,
                            const autan_forecast *f, autan_time at,
                            const autan_panel *panel, guided_result *out,
                            GString *notes, autan_error *err)
{
    const size_t S = t->stations.n;
    size_t steps[3] = {0};
    run now = {0};
    char time[AUTAN_TIME_TEXT];
    training data = {.runs = calloc(MOST_RUNS, sizeof *data.runs), .panel = panel};
    autan_status status = AUTAN_OK;
    *out = (guided_result){.n_stations = S,
                           .n_hours = MOST_HOURS,
                           .mean = malloc(S * MOST_HOURS * sizeof *out->mean),
                           .spread = malloc(S * MOST_HOURS * sizeof *out->spread)};
    if (!data.runs || !out->mean || !out->spread || !summarise(t, f, &now))
        status = AUTAN_NO_MEMORY;
    else
        data.n_runs = load_runs(t, g->reference, data.runs);
    for (size_t i = 0; status == AUTAN_OK && i < S * MOST_HOURS; i++)
        out->mean[i] = out->spread[i] = NAN;
    autan_matrix_single_thread();
#pragma omp parallel for schedule(dynamic)
    for (long i = 0; i < (long)S; i++) {
        case_table table;
        size_t own[3] = {0};
        autan_status done = AUTAN_NO_MEMORY;
        if (status == AUTAN_OK && case_table_make(&table)) {
            done = station_guidance(&data, &now, at, (size_t)i, &table, out, own);
            free(table.season);
        }
#pragma omp critical
        {
            status = status == AUTAN_OK ? done : status;
            for (int k = 0; k < 3; k++)
                steps[k] += own[k];
        }
    }
    if (status == AUTAN_OK) {
        autan_time_format(g->reference, time);
        describe(g, t, at, data.n_runs, steps, notes);
        char *method =
            g_strdup_printf("guidance of %s with %zu members, post-processed with %zu "
                            "earlier runs; else ",
                            time, g->n_members, data.n_runs);
        out->method = strdup(method);
        g_free(method);
        status = out->method ? AUTAN_OK : AUTAN_NO_MEMORY;
    }
    for (size_t k = 0; data.runs && k < data.n_runs; k++)
        run_clear(&data.runs[k]);
    free(data.runs);
    run_clear(&now);
    if (status == AUTAN_OK)
        return status;
    guided_clear(out);
    return autan_fail(err, status, "the guidance cannot be post-processed: %s",
                      autan_status_text(status));
}

static void cannot_use(GString *notes, const char *why)
{
    notes_add(notes, "guidance not used: %s", "prévisions du modèle écartées : %s",
              why);
}

/* Joins the files that can be used; false when there is none. What keeps a file out is
 * noted, but for one that is not there, which is an error. */
static autan_status read_files(const town *t, size_t n_files, char *const *file,
                               autan_time at, autan_guidance *g, GString *notes,
                               autan_error *err)
{
    for (size_t k = 0; k < n_files; k++) {
        autan_guidance part = {0};
        autan_error why = {0};
        char reference[AUTAN_TIME_TEXT];
        autan_status status = autan_guidance_read(file[k], &t->stations, &part, &why);
        if (status == AUTAN_OK) {
            autan_time_format(part.reference, reference);
            if (part.reference > at)
                status = autan_fail(&why, AUTAN_OUT_OF_DOMAIN,
                                    "%s: is of %s, after the origin of the forecast",
                                    file[k], reference);
            else if (g->n_steps > 0)
                status = autan_guidance_join(g, &part, file[k], &why);
        }
        if (status == AUTAN_OK && g->n_steps == 0) {
            *g = part;
            part = (autan_guidance){0};
        }
        autan_guidance_clear(&part);
        if (status == AUTAN_NOT_FOUND || status == AUTAN_NO_MEMORY) {
            *err = why;
            return status;
        }
        if (status != AUTAN_OK)
            cannot_use(notes, why.text);
    }
    if (g->n_steps > 0 && g->time[g->n_steps - 1] <= at) {
        char reference[AUTAN_TIME_TEXT], *why;
        autan_time_format(g->reference, reference);
        why = g_strdup_printf("%s: is of %s and ends before the origin of the forecast",
                              file[0], reference);
        cannot_use(notes, why);
        g_free(why);
        autan_guidance_clear(g);
    }
    return AUTAN_OK;
}

autan_status guided_read(const town *t, size_t n_files, char *const *file,
                         autan_time at, const autan_panel *panel, guided_result *result,
                         autan_error *err)
{
    GString *notes = g_string_new(NULL);
    autan_guidance g = {0};
    autan_forecast f = {0};
    char *kept = NULL;
    autan_status status = read_files(t, n_files, file, at, &g, notes, err);
    if (status == AUTAN_OK && g.n_steps > 0) {
        status = hourly(t, &g, &f, err);
        if (status == AUTAN_OK) {
            kept = autan_forecast_path(t->city.archive, AUTAN_GUIDANCE, g.reference);
            status =
                kept ? autan_forecast_write(kept, &f, err) : town_no_memory(t, err);
        }
        if (status == AUTAN_OK)
            status = process(t, &g, &f, at, panel, result, notes, err);
    }
    if (status == AUTAN_OK) {
        result->notes = strdup(notes->str);
        status = result->notes ? AUTAN_OK : town_no_memory(t, err);
    }
    free(kept);
    g_string_free(notes, TRUE);
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
