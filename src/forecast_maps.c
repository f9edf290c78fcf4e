#include "config.h"

#include "forecast_maps.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/mapfile.h"
#include "forecast/summary.h"
#include "kriging/matrix.h"
#include "message.h"

enum { HOUR_S = 3600, DAY_H = 24 };

/* Values held at once: members x hours x cells. */
enum { BLOCK_VALUES = 1 << 27 };

/* A tropical night, and a day of great heat. */
static const float NIGHT = 20.0f, DAY = 35.0f;

enum { MEAN = 0, Q10, Q50, Q90, HOURLY, CHANCE = HOURLY, PER_EXTREME };
enum { MINIMUM = 0, MAXIMUM, EXTREMES, DAILY = EXTREMES * PER_EXTREME };

void member_fields_clear(member_fields *f)
{
    for (size_t k = 0; k < f->n; k++) {
        autan_field_free(f->field[k]);
        autan_hours_clear(&f->hours[k]);
        autan_panel_clear(&f->panel[k]);
    }
    free(f->field);
    free(f->hours);
    free(f->panel);
    *f = (member_fields){0};
}

static autan_status solve_member(const town *t, const autan_model *model,
                                 const autan_forecast *f, size_t k, member_fields *out)
{
    const autan_time first = f->reference + HOUR_S;
    autan_panel *panel = &out->panel[k];
    autan_status status =
        autan_panel_make(first, first + HOUR_S * ((autan_time)f->n_times - 1), HOUR_S,
                         t->stations.n, panel);
    for (size_t i = 0; status == AUTAN_OK && i < f->n_stations; i++) {
        const long place = autan_station_find(&t->stations, f->station[i]);
        for (size_t h = 0; place >= 0 && h < f->n_times; h++)
            panel->value[h * t->stations.n + (size_t)place] =
                f->value[(k * f->n_stations + i) * f->n_times + h];
    }
    if (status == AUTAN_OK)
        status = autan_hours_solve(model, &t->sites, t->station_id, panel,
                                   AUTAN_CLASS_OWN, &out->hours[k]);
    if (status == AUTAN_OK)
        status = autan_field_new(&t->sites, &out->hours[k], f->n_times, &out->field[k]);
    return status;
}

autan_status member_fields_make(const town *t, const autan_model *model,
                                const autan_forecast *f, member_fields *fields,
                                autan_error *err)
{
    autan_status worst = AUTAN_OK;
    *fields = (member_fields){f->n_members, calloc(f->n_members, sizeof *fields->panel),
                              calloc(f->n_members, sizeof *fields->hours),
                              calloc(f->n_members, sizeof *fields->field)};
    if (!fields->panel || !fields->hours || !fields->field) {
        fields->n = 0;
        member_fields_clear(fields);
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    }
    autan_matrix_single_thread();
#pragma omp parallel for schedule(dynamic)
    for (long k = 0; k < (long)f->n_members; k++) {
        const autan_status status = solve_member(t, model, f, (size_t)k, fields);
        if (status != AUTAN_OK) {
#pragma omp critical
            worst = status;
        }
    }
    if (worst == AUTAN_OK)
        return AUTAN_OK;
    member_fields_clear(fields);
    return autan_fail(err, worst, "the forecast's maps cannot be solved: %s",
                      autan_status_text(worst));
}

/* The days whose windows of minimum and maximum lie within the forecast. */
typedef struct {
    size_t n;
    autan_time midnight[16]; /* 00 UTC of each day */
} calendar;

/* First hour (counted from 1 after the origin) of a day's window of 24 hours: the
 * minimum of 18 to 18 UTC, the maximum of 06 to 06 UTC, as Meteo-France counts them. */
static long window_first(autan_time reference, autan_time midnight, int extreme)
{
    const long hours = (long)((midnight - reference) / HOUR_S);
    return hours + (extreme == MINIMUM ? -5 : 7);
}

static calendar list_days(const autan_forecast *f)
{
    calendar c = {0};
    const autan_time today = f->reference - f->reference % 86400;
    for (autan_time day = today; c.n < 16; day += 86400) {
        if (window_first(f->reference, day, MINIMUM) < 1)
            continue;
        if (window_first(f->reference, day, MAXIMUM) + DAY_H - 1 > (long)f->n_times)
            break;
        c.midnight[c.n++] = day;
    }
    return c;
}

typedef struct {
    town *town;
    const autan_forecast *forecast;
    const member_fields *fields;
    calendar days;
    autan_mapfile *hourly, *daily;
    /* A block of whole rows. */
    size_t first_row, n_rows, cells, slab;
    double *covariate, *row;
    float *member;     /* members x slab x cells */
    float *error;      /* slab x cells */
    float *mean_error; /* cells: mean over the forecast */
    float *extreme;    /* days x EXTREMES x members x cells */
    float *out;        /* PER_EXTREME x slab x cells */
    float **at;        /* members: rows for a summary */
} work;

static void work_clear(work *w)
{
    free(w->covariate);
    free(w->row);
    free(w->member);
    free(w->error);
    free(w->mean_error);
    free(w->extreme);
    free(w->out);
    free(w->at);
}

static bool work_make(work *w, size_t rows)
{
    const autan_grid *g = &w->town->city.grid;
    const size_t cells = rows * g->nx, M = w->fields->n, T = w->forecast->n_times;
    w->slab = BLOCK_VALUES / (cells * M);
    w->slab = w->slab < 1 ? 1 : w->slab > T ? T : w->slab;
    w->covariate =
        malloc((cells * w->town->city.n_covariates + 1) * sizeof *w->covariate);
    w->row = malloc(cells * sizeof *w->row);
    w->member = malloc(M * w->slab * cells * sizeof *w->member);
    w->error = malloc(w->slab * cells * sizeof *w->error);
    w->mean_error = malloc(cells * sizeof *w->mean_error);
    w->extreme = malloc((w->days.n * EXTREMES * M * cells + 1) * sizeof *w->extreme);
    w->out = malloc(PER_EXTREME * w->slab * cells * sizeof *w->out);
    w->at = malloc(M * sizeof *w->at);
    return w->covariate && w->row && w->member && w->error && w->mean_error &&
           w->extreme && w->out && w->at;
}

static autan_status read_cells(work *w, size_t first_row, size_t n_rows,
                               autan_error *err)
{
    const size_t nc = w->town->city.n_covariates, M = w->fields->n;
    w->first_row = first_row;
    w->n_rows = n_rows;
    w->cells = n_rows * w->town->city.grid.nx;
    for (size_t k = 0; k < nc; k++) {
        autan_status status =
            autan_raster_read_rows(w->town->raster[k], first_row, n_rows, w->row, err);
        if (status != AUTAN_OK)
            return status;
        for (size_t i = 0; i < w->cells; i++)
            w->covariate[i * nc + k] = w->row[i];
    }
    memset(w->mean_error, 0, w->cells * sizeof *w->mean_error);
    for (size_t i = 0; i < w->days.n * EXTREMES * M * w->cells; i++)
        w->extreme[i] = i / (M * w->cells) % EXTREMES == MINIMUM ? INFINITY : -INFINITY;
    return AUTAN_OK;
}

/* Takes an hour of a member into the minima and maxima of the days it belongs to. */
static void take_extremes(work *w, size_t hour, size_t k, const float *value)
{
    for (size_t d = 0; d < w->days.n; d++) {
        for (int e = 0; e < EXTREMES; e++) {
            const long first =
                window_first(w->forecast->reference, w->days.midnight[d], e);
            float *held =
                w->extreme + ((d * EXTREMES + (size_t)e) * w->fields->n + k) * w->cells;
            if ((long)hour + 1 < first || (long)hour + 1 >= first + DAY_H)
                continue;
            for (size_t i = 0; i < w->cells; i++) {
                const bool further =
                    e == MINIMUM ? value[i] < held[i] : value[i] > held[i];
                if (further || isnan(value[i]))
                    held[i] = value[i];
            }
        }
    }
}

static autan_status evaluate(work *w, size_t first, size_t n, autan_error *err)
{
    const autan_field_rows rows = {&w->town->city.grid, w->first_row, w->n_rows,
                                   w->town->city.n_covariates, w->covariate};
    for (size_t k = 0; k < w->fields->n; k++) {
        float *member = w->member + k * w->slab * w->cells;
        autan_status status =
            autan_field_evaluate_rows(w->fields->field[k], &rows, first, n, w->cells,
                                      member, k == 0 ? w->error : NULL);
        if (status != AUTAN_OK)
            return autan_fail(err, status, "out of memory");
        for (size_t t = 0; t < n; t++)
            take_extremes(w, first + t, k, member + t * w->cells);
    }
    for (size_t t = 0; t < n; t++) {
        for (size_t i = 0; i < w->cells; i++)
            w->mean_error[i] +=
                w->error[t * w->cells + i] / (float)w->forecast->n_times;
    }
    return AUTAN_OK;
}

static autan_status put(work *w, autan_mapfile *file, size_t variable, size_t first,
                        size_t n, const float *value, autan_error *err)
{
    const autan_map_block block = {variable,  first, n,        w->first_row,
                                   w->n_rows, value, w->cells, w->town->city.grid.nx};
    return autan_mapfile_write(file, &block, err);
}

static autan_status write_hours(work *w, size_t first, size_t n, autan_error *err)
{
    const size_t plane = w->slab * w->cells;
    autan_status status = evaluate(w, first, n, err);
    for (size_t t = 0; status == AUTAN_OK && t < n; t++) {
        float *out = w->out + t * w->cells;
        const autan_ensemble e = {w->fields->n, w->cells, w->at,
                                  w->error + t * w->cells, 0.0f};
        const autan_summary s = {out, out + plane, out + 2 * plane, out + 3 * plane,
                                 NULL};
        for (size_t k = 0; k < w->fields->n; k++)
            w->at[k] = w->member + k * plane + t * w->cells;
        autan_summarise(&e, &s);
    }
    for (size_t v = 0; status == AUTAN_OK && v < HOURLY; v++)
        status = put(w, w->hourly, v, first, n, w->out + v * plane, err);
    return status;
}

static autan_status write_days(work *w, autan_error *err)
{
    autan_status status = AUTAN_OK;
    for (size_t d = 0; status == AUTAN_OK && d < w->days.n; d++) {
        for (size_t e = 0; status == AUTAN_OK && e < EXTREMES; e++) {
            float *out[PER_EXTREME];
            for (size_t v = 0; v < PER_EXTREME; v++)
                out[v] = w->out + v * w->cells;
            for (size_t k = 0; k < w->fields->n; k++)
                w->at[k] =
                    w->extreme + ((d * EXTREMES + e) * w->fields->n + k) * w->cells;
            const autan_ensemble members = {w->fields->n, w->cells, w->at,
                                            w->mean_error, e == MINIMUM ? NIGHT : DAY};
            const autan_summary s = {out[MEAN], out[Q10], out[Q50], out[Q90],
                                     out[CHANCE]};
            autan_summarise(&members, &s);
            for (size_t v = 0; status == AUTAN_OK && v < PER_EXTREME; v++)
                status = put(w, w->daily, e * PER_EXTREME + v, d, 1, out[v], err);
        }
    }
    return status;
}

/* The files. */

typedef struct {
    const char *suffix, *words;
} statistic;

static const statistic statistics[PER_EXTREME] = {
    {"", "mean of the members"},
    {"_q10", "10 % quantile"},
    {"_q50", "median"},
    {"_q90", "90 % quantile"},
    {"", "chance"},
};

static autan_status create(const work *w, const char *path, size_t n_times,
                           const autan_time *time, size_t n,
                           const autan_map_variable *v, const char *what,
                           autan_mapfile **file, autan_error *err)
{
    const autan_city *city = &w->town->city;
    char *title = g_strdup_printf("%s of %s, forecast", what, city->name);
    char *summary =
        g_strdup_printf("Forecast of %zu members through regression kriging, spread "
                        "widened by the standard "
                        "error of the maps: %s.%s%s",
                        w->fields->n, w->forecast->method,
                        *w->forecast->notes ? " Note: " : "", w->forecast->notes);
    const autan_map_attribute all[] = {
        {"title", title},
        {"summary", summary},
        {"keywords", "urban heat island, air temperature, forecast, probability"},
        {"source", w->forecast->method},
        {"history", "made by " PACKAGE_STRING " forecast"},
        {"institution", city->institution},
        {"license", city->license},
        {"acknowledgement", city->credits},
        {"comment", city->notice},
    };
    autan_map_attribute given[sizeof all / sizeof *all];
    autan_mapfile_info info = {.path = path,
                               .grid = &city->grid,
                               .crs = city->crs,
                               .n_times = n_times,
                               .time = time,
                               .n_variables = n,
                               .variable = v,
                               .attribute = given,
                               .reference = w->forecast->reference};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        if (all[k].value)
            given[info.n_attributes++] = all[k];
    }
    autan_status status = autan_mapfile_create(&info, file, err);
    g_free(title);
    g_free(summary);
    return status;
}

static autan_status create_hourly(work *w, const char *path, autan_error *err)
{
    autan_map_variable v[HOURLY];
    char name[HOURLY][40];
    autan_time *time = g_new(autan_time, w->forecast->n_times);
    for (size_t k = 0; k < HOURLY; k++) {
        g_snprintf(name[k], sizeof name[k], "air_temperature%s", statistics[k].suffix);
        v[k] = (autan_map_variable){.name = name[k],
                                    .standard_name = "air_temperature",
                                    .long_name = statistics[k].words,
                                    .units = "degC",
                                    .cell_methods = "time: mean (interval: 1 hour)",
                                    .quantum = 1.0 / 128.0};
    }
    for (size_t t = 0; t < w->forecast->n_times; t++)
        time[t] = w->forecast->reference + HOUR_S * ((autan_time)t + 1);
    autan_status status = create(w, path, w->forecast->n_times, time, HOURLY, v,
                                 "Hourly air temperature", &w->hourly, err);
    g_free(time);
    return status;
}

static autan_status create_daily(work *w, const char *path, autan_error *err)
{
    static const char *const word[EXTREMES] = {"minimum", "maximum"};
    static const char *const method[EXTREMES] = {
        "time: minimum (interval: 1 hour comment: 18 UTC the day before to 18 UTC)",
        "time: maximum (interval: 1 hour comment: 06 UTC to 06 UTC the day after)"};
    static const char *const event[EXTREMES] = {"tropical_night", "hot_day"};
    static const char *const event_words[EXTREMES] = {
        "chance of a night that stays at or above 20 degC",
        "chance of a day that reaches 35 degC"};
    autan_map_variable v[DAILY];
    char name[DAILY][64];
    for (size_t e = 0; e < EXTREMES; e++) {
        for (size_t k = 0; k < PER_EXTREME; k++) {
            const size_t n = e * PER_EXTREME + k;
            if (k == CHANCE)
                g_snprintf(name[n], sizeof name[n], "%s_probability", event[e]);
            else
                g_snprintf(name[n], sizeof name[n], "air_temperature_%s%s", word[e],
                           statistics[k].suffix);
            v[n] = (autan_map_variable){
                .name = name[n],
                .standard_name = k == CHANCE ? NULL : "air_temperature",
                .long_name = k == CHANCE ? event_words[e] : statistics[k].words,
                .units = k == CHANCE ? "1" : "degC",
                .cell_methods = k == CHANCE ? NULL : method[e],
                .quantum = 1.0 / 128.0};
        }
    }
    return create(w, path, w->days.n, w->days.midnight, DAILY, v,
                  "Daily minimum and maximum of the air temperature", &w->daily, err);
}

static char *daily_path(const char *path)
{
    const char *ending = g_str_has_suffix(path, ".nc") ? ".nc" : "";
    return g_strdup_printf("%.*s-daily%s", (int)(strlen(path) - strlen(ending)), path,
                           ending);
}

static autan_status write_blocks(work *w, autan_error *err)
{
    const autan_grid *g = &w->town->city.grid;
    const size_t rows = autan_mapfile_chunk_rows(g), T = w->forecast->n_times;
    autan_status status = AUTAN_OK;
    if (!work_make(w, rows < g->ny ? rows : g->ny))
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    for (size_t row = 0; status == AUTAN_OK && row < g->ny; row += rows) {
        const size_t n = g->ny - row < rows ? g->ny - row : rows;
        status = read_cells(w, row, n, err);
        for (size_t t = 0; status == AUTAN_OK && t < T; t += w->slab) {
            status = write_hours(w, t, T - t < w->slab ? T - t : w->slab, err);
            message_progress("hours of maps", row / rows * T + t,
                             (g->ny + rows - 1) / rows * T);
        }
        if (status == AUTAN_OK && w->daily)
            status = write_days(w, err);
    }
    message_progress("hours of maps", 1, 1);
    return status;
}

autan_status forecast_maps_write(town *t, const autan_forecast *forecast,
                                 const member_fields *fields, const char *path,
                                 autan_error *err)
{
    work w = {
        .town = t, .forecast = forecast, .fields = fields, .days = list_days(forecast)};
    char *daily = daily_path(path);
    autan_status status = create_hourly(&w, path, err);
    if (status == AUTAN_OK && w.days.n > 0)
        status = create_daily(&w, daily, err);
    if (status == AUTAN_OK)
        status = write_blocks(&w, err);
    if (status == AUTAN_OK && w.daily) {
        status = autan_mapfile_finish(w.daily, err);
        w.daily = NULL;
    }
    if (status == AUTAN_OK) {
        status = autan_mapfile_finish(w.hourly, err);
        w.hourly = NULL;
    }
    autan_mapfile_abandon(w.daily);
    autan_mapfile_abandon(w.hourly);
    work_clear(&w);
    g_free(daily);
    return status;
}
