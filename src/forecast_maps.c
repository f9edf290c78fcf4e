#include "config.h"

#include "forecast_maps.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "extrapolation.h"
#include "files/geotiff.h"
#include "files/mapfile.h"
#include "forecast/summary.h"
#include "kriging/matrix.h"
#include "kriging/vector.h"
#include "message.h"
#include "pictures.h"
#include "stress_curves.h"

enum { HOUR_S = 3600, DAY_H = 24, DAY_S = 86400 };

enum { SLAB_H = 12, MOST_DAYS = 16 }; /* hours taken at once, at most */

static const float NIGHT = 20.0f, DAY = 35.0f; /* a tropical night, a hot day */

void member_fields_clear(member_fields *f)
{
    autan_field_free(f->errors);
    autan_field_free(f->field);
    for (size_t k = 0; f->all.group && k < f->all.n_groups; k++)
        free(f->all.group[k].hour);
    free(f->all.group);
    for (size_t k = 0; k < f->n_members; k++) {
        autan_hours_clear(&f->hours[k]);
        autan_panel_clear(&f->panel[k]);
    }
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
    return status;
}

/* All members' hours as those of one run, so that what depends on places alone is
 * computed once for all of them. */
static autan_status join_members(member_fields *f)
{
    const size_t M = f->n_members;
    size_t n = 0;
    for (size_t k = 0; k < M; k++)
        n += f->hours[k].n_groups;
    f->all = (autan_hours){.model = f->hours[0].model,
                           .design = f->hours[0].design,
                           .group = calloc(n + 1, sizeof *f->all.group)};
    if (!f->all.group)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < M; k++) {
        for (size_t g = 0; g < f->hours[k].n_groups; g++) {
            autan_group *joined = &f->all.group[f->all.n_groups];
            *joined = f->hours[k].group[g];
            joined->hour = malloc((joined->n_hours + 1) * sizeof *joined->hour);
            if (!joined->hour)
                return AUTAN_NO_MEMORY;
            f->all.n_groups++;
            for (size_t h = 0; h < joined->n_hours; h++) {
                joined->hour[h] = f->hours[k].group[g].hour[h];
                joined->hour[h].row = joined->hour[h].row * M + k;
            }
        }
    }
    return AUTAN_OK;
}

autan_status member_fields_make(const town *t, const autan_model *model,
                                const autan_forecast *f, member_fields *fields,
                                autan_error *err)
{
    autan_status worst = AUTAN_OK;
    *fields = (member_fields){.n_members = f->n_members,
                              .n_times = f->n_times,
                              .panel = calloc(f->n_members, sizeof *fields->panel),
                              .hours = calloc(f->n_members, sizeof *fields->hours)};
    if (!fields->panel || !fields->hours) {
        fields->n_members = 0;
        member_fields_clear(fields);
        return town_no_memory(t, err);
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
        worst = join_members(fields);
    if (worst == AUTAN_OK)
        worst = autan_field_new(&t->sites, &fields->all, f->n_times * f->n_members,
                                &fields->field);
    if (worst == AUTAN_OK)
        worst =
            autan_field_new(&t->sites, &fields->hours[0], f->n_times, &fields->errors);
    if (worst == AUTAN_OK)
        return AUTAN_OK;
    member_fields_clear(fields);
    return autan_fail(err, worst, "the forecast's maps cannot be solved: %s",
                      autan_status_text(worst));
}

/* What is mapped of a day: an extreme over a window of 24 hours. */
enum { MINIMUM = 0, MAXIMUM, STRESS, EXTREMES = STRESS + STRESS_CURVES };

/* First hour (counted from 1 after the origin) of a day's window: the minimum of 18 to
 * 18 UTC, the maximum of 06 to 06 UTC, as Meteo-France counts them. */
static long window_first(autan_time reference, autan_time midnight, int extreme)
{
    const long hours = (long)((midnight - reference) / HOUR_S);
    return hours + (extreme == MINIMUM ? -5 : 7);
}

/* The days whose windows lie within the forecast. */
typedef struct {
    size_t n;
    autan_time midnight[MOST_DAYS]; /* 00 UTC of each day */
} calendar;

static calendar list_days(const autan_forecast *f)
{
    calendar c = {0};
    const autan_time today = f->reference - f->reference % DAY_S;
    for (autan_time day = today; c.n < MOST_DAYS; day += DAY_S) {
        if (window_first(f->reference, day, MINIMUM) < 1)
            continue;
        if (window_first(f->reference, day, MAXIMUM) + DAY_H - 1 > (long)f->n_times)
            break;
        c.midnight[c.n++] = day;
    }
    return c;
}

/* The files, and their variables: statistics of the temperature of each hour and means
 * of heat stress; statistics of each day's extremes. */
enum { MEAN = 0, Q10, Q50, Q90, QUANTITIES };
enum { HOURLY = QUANTITIES + STRESS_CURVES };
enum { PER_EXTREME = QUANTITIES + AUTAN_SUMMARY_CHANCES };
enum { HOURS_FILE = 0, DAYS_FILE, STRESS_FILE, FILES };

typedef struct {
    town *town;
    const autan_forecast *forecast;
    const member_fields *fields;
    calendar days;
    stress_curves curves; /* none when the humidity is not known */
    char *path[FILES];
    autan_mapfile *file[FILES];
    long place[EXTREMES][PER_EXTREME]; /* variable in its file; -1: none */
    size_t n_extremes;
    autan_seen seen;    /* of the ground by the stations */
    size_t mask[FILES]; /* variable that holds what lies beyond */
    /* A block of whole rows. */
    size_t first_row, n_rows, cells;
    double *x, *y, *covariate, *row;
    float *error;      /* SLAB_H x cells */
    float *mean_error; /* EXTREMES x cells: sum over the window's hours */
    float *extreme;    /* EXTREMES x members x cells */
    float *out;        /* HOURLY x SLAB_H x cells, PER_EXTREME x cells */
} work;

static void work_clear(work *w)
{
    stress_curves_clear(&w->curves);
    autan_seen_clear(&w->seen);
    for (int k = 0; k < FILES; k++) {
        autan_mapfile_abandon(w->file[k]);
        g_free(w->path[k]);
    }
    free(w->x);
    free(w->y);
    free(w->covariate);
    free(w->row);
    free(w->error);
    free(w->mean_error);
    free(w->extreme);
    free(w->out);
}

static bool work_make(work *w, size_t rows)
{
    const autan_grid *g = &w->town->city.grid;
    const size_t cells = rows * g->nx, M = w->fields->n_members;
    w->x = malloc(cells * sizeof *w->x);
    w->y = malloc(cells * sizeof *w->y);
    w->covariate =
        malloc((cells * w->town->city.n_covariates + 1) * sizeof *w->covariate);
    w->row = malloc(cells * sizeof *w->row);
    w->error = malloc(SLAB_H * cells * sizeof *w->error);
    w->mean_error = malloc(w->n_extremes * cells * sizeof *w->mean_error);
    w->extreme = malloc(w->n_extremes * M * cells * sizeof *w->extreme);
    w->out = malloc(HOURLY * SLAB_H * cells * sizeof *w->out);
    return w->x && w->y && w->covariate && w->row && w->error && w->mean_error &&
           w->extreme && w->out;
}

/* Before the first hour of an extreme's window. */
static void start_window(work *w, int extreme)
{
    const size_t n = w->fields->n_members * w->cells;
    float *held = w->extreme + (size_t)extreme * n;
    float *error = w->mean_error + (size_t)extreme * w->cells;
    for (size_t i = 0; i < n; i++)
        held[i] = extreme == MINIMUM ? INFINITY : -INFINITY;
    memset(error, 0, w->cells * sizeof *error);
}

static autan_status read_cells(work *w, size_t first_row, size_t n_rows,
                               autan_error *err)
{
    const autan_grid *g = &w->town->city.grid;
    w->first_row = first_row;
    w->n_rows = n_rows;
    w->cells = n_rows * g->nx;
    autan_grid_places(g, first_row, n_rows, w->x, w->y);
    for (size_t e = 0; e < w->n_extremes; e++)
        start_window(w, (int)e);
    return town_read_ground(w->town, first_row, n_rows, w->row, w->covariate, err);
}

/* Takes values into the lowest and the highest so far; what is not known stays so. */
AUTAN_CLONES static void take(size_t n, const float *restrict value,
                              float *restrict lowest, float *restrict highest)
{
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const float now = value[i], low = lowest[i], high = highest[i];
        lowest[i] = now < low || now != now ? now : low;
        highest[i] = now > high || now != now ? now : high;
    }
}

/* The extreme so far of a member, from cell `start` on. */
static float *held(const work *w, size_t extreme, size_t member, size_t start)
{
    return w->extreme + (extreme * w->fields->n_members + member) * w->cells + start;
}

/* One hour of n cells from start on: extremes of the members, their statistics, heat
 * stress. Members are stride apart. */
static void take_hour(work *w, size_t hour, size_t in_slab, size_t start, size_t n,
                      size_t stride, const float *value)
{
    const size_t M = w->fields->n_members, plane = SLAB_H * w->cells;
    const size_t at = in_slab * w->cells + start;
    const float *member[AUTAN_SUMMARY_MEMBERS];
    for (size_t c = 0; c < w->curves.n; c++)
        memset(w->out + (QUANTITIES + c) * plane + at, 0, n * sizeof *w->out);
    for (size_t k = 0; k < M; k++) {
        member[k] = value + k * stride;
        take(n, member[k], held(w, MINIMUM, k, start), held(w, MAXIMUM, k, start));
        for (size_t c = 0; c < w->curves.n; c++)
            stress_curves_take(&w->curves, c, hour * M + k, n, member[k],
                               1.0f / (float)M, held(w, STRESS + c, k, start),
                               w->out + (QUANTITIES + c) * plane + at);
    }
    const autan_ensemble e = {M, n, member, w->error + at, {0.0f, 0.0f}};
    const autan_summary s = {w->out + MEAN * plane + at,
                             w->out + Q10 * plane + at,
                             w->out + Q50 * plane + at,
                             w->out + Q90 * plane + at,
                             {NULL, NULL}};
    autan_summarise(&e, &s);
}

/* The hours at hand, of the whole block. */
typedef struct {
    work *w;
    size_t first, n;
} slab;

static void take_part(void *user, const autan_field_part *part)
{
    const slab *s = user;
    const size_t M = s->w->fields->n_members;
    for (size_t t = 0; t < s->n; t++)
        take_hour(s->w, s->first + t, t, part->first, part->n, part->stride,
                  part->mean + t * M * part->stride);
}

static autan_status put(work *w, int file, size_t variable, size_t first, size_t n,
                        const float *value, autan_error *err)
{
    const autan_map_block block = {variable,  first, n,        w->first_row,
                                   w->n_rows, value, w->cells, w->town->city.grid.nx};
    return autan_mapfile_write(w->file[file], &block, err);
}

static bool has_mask(const work *w)
{
    return w->fields->all.model->n_terms > 0;
}

/* How far the ground lies beyond what the stations have seen, into every file. */
static autan_status write_mask(work *w, autan_error *err)
{
    autan_status status = AUTAN_OK;
    if (!has_mask(w))
        return AUTAN_OK;
    autan_beyond_places(&w->seen, w->cells, w->covariate, w->out);
    for (int file = 0; status == AUTAN_OK && file < FILES; file++) {
        if (w->file[file])
            status = put(w, file, w->mask[file], 0, 1, w->out, err);
    }
    return status;
}

static autan_status write_hours(work *w, size_t first, size_t n, autan_error *err)
{
    const autan_field_rows rows = {&w->town->city.grid, w->first_row, w->n_rows,
                                   w->town->city.n_covariates, w->covariate};
    const autan_sites places = {w->cells, w->town->city.n_covariates, w->x, w->y,
                                w->covariate};
    const size_t M = w->fields->n_members;
    autan_status status = autan_field_evaluate_rows(w->fields->errors, &rows, first, n,
                                                    w->cells, NULL, w->error);
    slab s = {w, first, n};
    if (status == AUTAN_OK)
        status = autan_field_visit(w->fields->field, &places, first * M, n * M,
                                   take_part, &s);
    if (status != AUTAN_OK)
        return town_no_memory(w->town, err);
    for (size_t e = 0; e < w->n_extremes; e++) {
        for (size_t t = 0; t < n; t++) {
            for (size_t i = 0; i < w->cells; i++)
                w->mean_error[e * w->cells + i] += w->error[t * w->cells + i] / DAY_H;
        }
    }
    for (size_t v = 0; status == AUTAN_OK && v < QUANTITIES + w->curves.n; v++)
        status = put(w, HOURS_FILE, v, first, n, w->out + v * SLAB_H * w->cells, err);
    return status;
}

static int file_of(int extreme)
{
    return extreme < STRESS ? DAYS_FILE : STRESS_FILE;
}

/* At the end of the window of day d. */
static autan_status write_extreme(work *w, int extreme, size_t d, autan_error *err)
{
    const size_t M = w->fields->n_members;
    const autan_norm *norm = &w->town->city.alert.norm;
    const float *member[AUTAN_SUMMARY_MEMBERS];
    float *out[PER_EXTREME];
    autan_ensemble e = {
        M, w->cells, member, w->mean_error + (size_t)extreme * w->cells, {0.0f, 0.0f}};
    autan_status status = AUTAN_OK;
    if (extreme >= STRESS)
        e.threshold[0] =
            (float)stress_curves_index(&w->curves, (size_t)extreme - STRESS)->strong;
    else {
        e.threshold[0] = extreme == MINIMUM ? NIGHT : DAY;
        e.threshold[1] = (float)(extreme == MINIMUM ? norm->night : norm->day);
    }
    for (size_t k = 0; k < M; k++)
        member[k] = held(w, (size_t)extreme, k, 0);
    for (size_t v = 0; v < PER_EXTREME; v++)
        out[v] = w->out + v * w->cells;
    const autan_summary s = {out[MEAN],
                             out[Q10],
                             out[Q50],
                             out[Q90],
                             {out[QUANTITIES], out[QUANTITIES + 1]}};
    autan_summarise(&e, &s);
    for (size_t v = 0; status == AUTAN_OK && v < PER_EXTREME; v++) {
        if (w->place[extreme][v] >= 0)
            status = put(w, file_of(extreme), (size_t)w->place[extreme][v], d, 1,
                         out[v], err);
    }
    return status;
}

/* After the hour `end` (counted from 1): extremes whose windows end with it are
 * written, and all windows that end there start afresh. */
static autan_status end_windows(work *w, size_t end, autan_error *err)
{
    const autan_time time = w->forecast->reference + HOUR_S * (autan_time)end;
    autan_status status = AUTAN_OK;
    for (size_t e = 0; status == AUTAN_OK && e < w->n_extremes; e++) {
        const long hour = (long)(time % DAY_S / HOUR_S);
        if (hour != (e == MINIMUM ? 18 : 6))
            continue;
        for (size_t d = 0; status == AUTAN_OK && d < w->days.n; d++) {
            if (window_first(w->forecast->reference, w->days.midnight[d], (int)e) +
                    DAY_H - 1 ==
                (long)end)
                status = write_extreme(w, (int)e, d, err);
        }
        start_window(w, (int)e);
    }
    return status;
}

/* Hours from `first` (counted from 0) to the next end of a window. */
static size_t slab_from(const work *w, size_t first)
{
    size_t n = 0;
    long hour;
    do {
        n++;
        hour =
            (long)((w->forecast->reference / HOUR_S + (autan_time)(first + n)) % DAY_H);
    } while (n < SLAB_H && first + n < w->forecast->n_times && hour != 6 && hour != 18);
    return n;
}

static autan_status write_blocks(work *w, autan_error *err)
{
    const autan_grid *g = &w->town->city.grid;
    const size_t rows = autan_mapfile_chunk_rows(g), T = w->forecast->n_times;
    autan_status status = work_make(w, rows < g->ny ? rows : g->ny)
                              ? AUTAN_OK
                              : town_no_memory(w->town, err);
    for (size_t row = 0; status == AUTAN_OK && row < g->ny; row += rows) {
        status = read_cells(w, row, g->ny - row < rows ? g->ny - row : rows, err);
        if (status == AUTAN_OK)
            status = write_mask(w, err);
        for (size_t t = 0, n; status == AUTAN_OK && t < T; t += n) {
            n = slab_from(w, t);
            status = write_hours(w, t, n, err);
            if (status == AUTAN_OK)
                status = end_windows(w, t + n, err);
            message_progress("hours of maps", row / rows * T + t,
                             (g->ny + rows - 1) / rows * T);
        }
    }
    message_progress("hours of maps", 1, 1);
    return status;
}

/* Definitions of the files. */

static const struct {
    const char *suffix, *words;
} statistic[QUANTITIES] = {
    {"", "mean of the members"},
    {"_q10", "10 % quantile"},
    {"_q50", "median"},
    {"_q90", "90 % quantile"},
};

enum { MOST_VARIABLES = EXTREMES * PER_EXTREME + 1, NAME = 64, WORDS = 160 };

typedef struct {
    size_t n;
    autan_map_variable variable[MOST_VARIABLES];
    char name[MOST_VARIABLES][NAME], words[MOST_VARIABLES][WORDS];
} variables;

/* A further variable, whose name and long name the caller prints. */
static autan_map_variable *add_variable(variables *v, const char *standard_name,
                                        const char *units, const char *cell_methods)
{
    autan_map_variable *new = &v->variable[v->n];
    *new = (autan_map_variable){.name = v->name[v->n],
                                .standard_name = standard_name,
                                .long_name = v->words[v->n],
                                .units = units,
                                .cell_methods = cell_methods,
                                .quantum = 1.0 / 128.0};
    v->n++;
    return new;
}

static autan_status create(work *w, int file, size_t n_times, const autan_time *time,
                           variables *v, const char *what, autan_error *err)
{
    const autan_city *city = &w->town->city;
    char **line = g_strsplit_set(w->forecast->notes, "\t\n", -1);
    char *notes = g_strjoinv(" / ", line);
    char *title = g_strdup_printf("%s of %s, forecast", what, city->name);
    char *summary = g_strdup_printf(
        "Forecast of %zu members through regression kriging, spread "
        "widened by the standard "
        "error of the maps: %s.%s%s%s%s",
        w->fields->n_members, w->forecast->method, *notes ? " Note: " : "", notes,
        w->curves.n ? " " : "", w->curves.n ? stress_curves_words(&w->curves) : "");
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
    autan_mapfile_info info = {.path = w->path[file],
                               .grid = &city->grid,
                               .crs = city->crs,
                               .n_times = n_times,
                               .time = time,
                               .n_variables = v->n,
                               .variable = v->variable,
                               .attribute = given,
                               .reference = w->forecast->reference};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        if (all[k].value)
            given[info.n_attributes++] = all[k];
    }
    if (has_mask(w)) {
        for (size_t k = 0; k < v->n; k++)
            v->variable[k].ancillary_variables = "extrapolation";
        w->mask[file] = v->n;
        v->variable[info.n_variables++] = extrapolation_variable;
    }
    autan_status status = autan_mapfile_create(&info, &w->file[file], err);
    g_free(title);
    g_free(summary);
    g_free(notes);
    g_strfreev(line);
    return status;
}

static autan_status create_hourly(work *w, autan_error *err)
{
    static const char method[] = "time: mean (interval: 1 hour)";
    variables *v = g_new0(variables, 1);
    autan_time *time = g_new(autan_time, w->forecast->n_times);
    autan_status status;
    for (size_t k = 0; k < QUANTITIES; k++) {
        g_snprintf(v->name[v->n], NAME, "air_temperature%s", statistic[k].suffix);
        g_snprintf(v->words[v->n], WORDS, "air temperature, %s", statistic[k].words);
        add_variable(v, "air_temperature", "degC", method);
    }
    for (size_t c = 0; c < w->curves.n; c++) {
        const autan_stress *index = stress_curves_index(&w->curves, c);
        g_strlcpy(v->name[v->n], index->name, NAME);
        g_snprintf(v->words[v->n], WORDS, "%s, mean of the members", index->long_name);
        add_variable(v, NULL, "degC", method);
    }
    for (size_t t = 0; t < w->forecast->n_times; t++)
        time[t] = w->forecast->reference + HOUR_S * ((autan_time)t + 1);
    status = create(w, HOURS_FILE, w->forecast->n_times, time, v,
                    "Hourly air temperature", err);
    g_free(time);
    g_free(v);
    return status;
}

/* Quantiles of an extreme of one quantity. */
static void add_extreme(work *w, variables *v, int extreme, const char *quantity,
                        const char *long_name, const char *standard_name)
{
    static const char *const word[2] = {"minimum", "maximum"};
    static const char *const method[2] = {
        "time: minimum (interval: 1 hour comment: 18 UTC the day before to 18 UTC)",
        "time: maximum (interval: 1 hour comment: 06 UTC to 06 UTC the day after)"};
    const int which = extreme == MINIMUM ? 0 : 1;
    for (size_t k = 0; k < QUANTITIES; k++) {
        w->place[extreme][k] = (long)v->n;
        g_snprintf(v->name[v->n], NAME, "%s_%s%s", quantity, word[which],
                   statistic[k].suffix);
        g_snprintf(v->words[v->n], WORDS, "%s of the day of %s, %s", word[which],
                   long_name, statistic[k].words);
        add_variable(v, standard_name, "degC", method[which]);
    }
}

static void add_chance(work *w, variables *v, int extreme, int chance, const char *name,
                       const char *words, double threshold)
{
    w->place[extreme][QUANTITIES + chance] = (long)v->n;
    g_snprintf(v->name[v->n], NAME, "%s_probability", name);
    g_snprintf(v->words[v->n], WORDS, words, threshold);
    add_variable(v, NULL, "1", NULL);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static autan_status create_daily(work *w, autan_error *err)
{
    const autan_norm *norm = &w->town->city.alert.norm;
    const char *const lowest = "chance of a night that stays at or above %.3g degC";
    const char *const highest = "chance of a day that reaches %.3g degC";
    variables *v = g_new0(variables, 1);
    autan_status status;
    add_extreme(w, v, MINIMUM, "air_temperature", "air temperature", "air_temperature");
    add_extreme(w, v, MAXIMUM, "air_temperature", "air temperature", "air_temperature");
    add_chance(w, v, MINIMUM, 0, "tropical_night", lowest, (double)NIGHT);
    add_chance(w, v, MAXIMUM, 0, "hot_day", highest, (double)DAY);
    if (!isnan(norm->night))
        add_chance(w, v, MINIMUM, 1, "night_threshold", lowest, norm->night);
    if (!isnan(norm->day))
        add_chance(w, v, MAXIMUM, 1, "day_threshold", highest, norm->day);
    status = create(w, DAYS_FILE, w->days.n, w->days.midnight, v,
                    "Daily minimum and maximum of the air temperature", err);
    g_free(v);
    return status;
}

static autan_status create_stress(work *w, autan_error *err)
{
    variables *v = g_new0(variables, 1);
    autan_status status;
    for (size_t c = 0; c < w->curves.n; c++) {
        const autan_stress *index = stress_curves_index(&w->curves, c);
        char name[NAME];
        g_snprintf(name, sizeof name, "strong_%s", index->name);
        add_extreme(w, v, STRESS + (int)c, index->name, index->long_name, NULL);
        add_chance(w, v, STRESS + (int)c, 0, name,
                   "chance of strong heat stress: %.3g degC or more", index->strong);
    }
    status = create(w, STRESS_FILE, w->days.n, w->days.midnight, v,
                    "Daily maximum of heat stress", err);
    g_free(v);
    return status;
}
#pragma GCC diagnostic pop

static autan_status finish(work *w, int file, autan_error *err)
{
    autan_status status = AUTAN_OK;
    if (w->file[file])
        status = autan_mapfile_finish(w->file[file], err);
    w->file[file] = NULL;
    return status;
}

/* Map t of variable v as GeoTIFF. HDF5 serves one thread at a time. */
static autan_status write_geotiff(const work *w, autan_mapfile_reader *reader, size_t v,
                                  size_t t, const char *folder, float *value,
                                  autan_error *err)
{
    const autan_mapfile_info *info = autan_mapfile_contents(reader);
    const autan_grid *grid = &w->town->city.grid;
    const autan_geotiff_tag tag[] = {{"TIFFTAG_SOFTWARE", PACKAGE_STRING},
                                     {"forecast", w->forecast->method}};
    const autan_geotiff map = {.grid = grid,
                               .crs = w->town->city.crs,
                               .value = value,
                               .nodata = NAN,
                               .name = info->variable[v].name,
                               .units = info->variable[v].units,
                               .time = info->time[t],
                               .n_tags = sizeof tag / sizeof *tag,
                               .tag = tag};
    char *name = autan_geotiff_name(map.name, map.time);
    char *path = g_build_filename(folder, name ? name : "", NULL);
    autan_status status;
#pragma omp critical(geotiff_reader)
    status = autan_mapfile_read(reader, v, t, value, err);
    if (status == AUTAN_OK)
        status = autan_geotiff_write(path, &map, err);
    if (status == AUTAN_OK)
        status = picture_style(path, map.name, grid->nx * grid->ny, value, err);
    g_free(path);
    free(name);
    return status;
}

/* All maps of a file as GeoTIFF. */
static autan_status write_geotiffs(const work *w, int file, const char *folder,
                                   autan_error *err)
{
    const size_t cells = w->town->city.grid.nx * w->town->city.grid.ny;
    autan_mapfile_reader *reader = NULL;
    autan_status worst = autan_mapfile_open_read(w->path[file], &reader, err);
    const autan_mapfile_info *info = reader ? autan_mapfile_contents(reader) : NULL;
    const size_t n = info ? info->n_variables * info->n_times : 0;
#pragma omp parallel
    {
        float *value = malloc(cells * sizeof *value);
        autan_error failure;
        autan_status own =
            value ? AUTAN_OK : autan_fail(&failure, AUTAN_NO_MEMORY, "out of memory");
#pragma omp for schedule(dynamic)
        for (size_t k = 0; k < n; k++) {
            if (own == AUTAN_OK)
                own = write_geotiff(w, reader, k / info->n_times, k % info->n_times,
                                    folder, value, &failure);
        }
        free(value);
#pragma omp critical
        if (own != AUTAN_OK && worst == AUTAN_OK) {
            worst = own;
            *err = failure;
        }
    }
    autan_mapfile_reader_close(reader);
    return worst;
}

static char *path_with(const char *path, const char *suffix)
{
    const char *ending = g_str_has_suffix(path, ".nc") ? ".nc" : "";
    return g_strdup_printf("%.*s%s%s", (int)(strlen(path) - strlen(ending)), path,
                           suffix, ending);
}

autan_status forecast_maps_write(town *t, const autan_forecast *forecast,
                                 const member_fields *fields,
                                 const forecast_outputs *outputs, autan_error *err)
{
    const char *geotiff = outputs->geotiff;
    work w = {
        .town = t, .forecast = forecast, .fields = fields, .days = list_days(forecast)};
    autan_status status = AUTAN_OK;
    for (int e = 0; e < EXTREMES; e++) {
        for (int v = 0; v < PER_EXTREME; v++)
            w.place[e][v] = -1;
    }
    w.path[HOURS_FILE] = g_strdup(outputs->path);
    w.path[DAYS_FILE] = path_with(outputs->path, "-daily");
    w.path[STRESS_FILE] = path_with(outputs->path, "-stress");
    if (geotiff && g_mkdir_with_parents(geotiff, 0777) != 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", geotiff,
                            g_strerror(errno));
    if (status == AUTAN_OK && stress_curves_make(t, forecast, &w.curves) != AUTAN_OK)
        status = town_no_memory(t, err);
    w.n_extremes = STRESS + w.curves.n;
    if (status == AUTAN_OK)
        status =
            extrapolation_make(t, fields->all.model, &fields->panel[0], &w.seen, err);
    if (status == AUTAN_OK)
        status = create_hourly(&w, err);
    if (status == AUTAN_OK && w.days.n > 0)
        status = create_daily(&w, err);
    if (status == AUTAN_OK && w.days.n > 0 && w.curves.n > 0)
        status = create_stress(&w, err);
    if (status == AUTAN_OK)
        status = write_blocks(&w, err);
    for (int k = FILES; status == AUTAN_OK && k-- > 0;)
        status = finish(&w, k, err);
    if (geotiff && outputs->hourly && status == AUTAN_OK)
        status = write_geotiffs(&w, HOURS_FILE, geotiff, err);
    if (geotiff && w.days.n > 0 && status == AUTAN_OK)
        status = write_geotiffs(&w, DAYS_FILE, geotiff, err);
    if (geotiff && w.days.n > 0 && w.curves.n > 0 && status == AUTAN_OK)
        status = write_geotiffs(&w, STRESS_FILE, geotiff, err);
    work_clear(&w);
    return status;
}
