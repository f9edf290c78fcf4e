/* score: the maps of the fitted model against the kept truth, which only a simulated
 * town has. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "files/csv.h"
#include "kriging/field.h"
#include "kriging/score.h"
#include "message.h"
#include "town.h"

static const char help[] =
    "Usage: score CITY.ini SAMPLE.csv\n"
    "Compares the maps with what simulate --truth-sample kept: the SIMULATED truth,\n"
    "and what a new station would have read, at places where there is no station.\n\n"
    "  n         places and hours\n"
    "  bias      map less truth, K\n"
    "  RMSE      of the map about the truth, K\n"
    "  stated    standard error that the map states of a new station's reading, K\n"
    "  RMSE_new  of the map about the new station's reading, K\n"
    "  cover50   share of those readings in the map's central 50 % interval\n"
    "  cover90   the same, 90 %\n\n"
    "Rows are all hours, the seasons, and the hours of the day by the town's time at\n"
    "their end.\n";

/* The sample's places are those of its first time, and the same at all times. */
typedef struct {
    const char *path;
    size_t n, room, places; /* n rows, places a time */
    autan_time *time;
    double *x, *y, *observed, *truth;
} sample;

static void sample_clear(sample *s)
{
    free(s->time);
    free(s->x);
    free(s->y);
    free(s->observed);
    free(s->truth);
}

static bool sample_grow(sample *s)
{
    double **column[] = {&s->x, &s->y, &s->observed, &s->truth};
    size_t room = s->room ? 2 * s->room : 1 << 16;
    autan_time *time = realloc(s->time, room * sizeof *time);
    if (!time)
        return false;
    s->time = time;
    for (size_t k = 0; k < sizeof column / sizeof *column; k++) {
        double *more = realloc(*column[k], room * sizeof *more);
        if (!more)
            return false;
        *column[k] = more;
    }
    s->room = room;
    return true;
}

static autan_status take_row(const autan_csv_row *row, void *user)
{
    sample *s = user;
    size_t k = s->n;
    if (row->line == 1)
        return row->n == 5 && strcmp(row->field[4], "truth") == 0 ? AUTAN_OK
                                                                  : AUTAN_BAD_FORMAT;
    if (k == s->room && !sample_grow(s))
        return AUTAN_NO_MEMORY;
    if (row->n != 5 || autan_time_parse(row->field[0], &s->time[k]) != AUTAN_OK ||
        autan_number_parse(row->field[1], &s->x[k]) != AUTAN_OK ||
        autan_number_parse(row->field[2], &s->y[k]) != AUTAN_OK ||
        autan_number_parse(row->field[3], &s->observed[k]) != AUTAN_OK ||
        autan_number_parse(row->field[4], &s->truth[k]) != AUTAN_OK)
        return AUTAN_BAD_FORMAT;
    if (s->time[k] == s->time[0])
        s->places = k + 1;
    else if (s->time[k] < s->time[k - 1] || s->x[k] != s->x[k % s->places] ||
             s->y[k] != s->y[k % s->places])
        return AUTAN_BAD_FORMAT;
    s->n++;
    return AUTAN_OK;
}

static autan_status sample_read(const char *path, sample *s, autan_error *err)
{
    autan_status status = autan_csv_read(path, ',', take_row, s, err);
    if (status == AUTAN_OK && (s->n == 0 || s->n % s->places != 0))
        status = AUTAN_BAD_FORMAT;
    if (status != AUTAN_OK && !err->text[0])
        autan_fail(err, status, "%s: not a sample of simulate --truth-sample", path);
    return status;
}

/* Scores of a group of hours. */
typedef struct {
    autan_score truth, reading;
    double stated;
} group;

enum { SEASONS = 4, HOURS = 24, GROUPS = 1 + SEASONS + HOURS };

static const char *group_name(size_t g, char text[8])
{
    static const char *const name[] = {"all", "DJF", "MAM", "JJA", "SON"};
    if (g <= SEASONS)
        return name[g];
    snprintf(text, 8, "%02zu:00", g - 1 - SEASONS);
    return text;
}

static void add_hour(const town *t, const sample *s, size_t first, const float *mean,
                     const float *error, group *groups)
{
    autan_civil local, utc;
    autan_civil_local(t->city.zone, s->time[first], &local);
    autan_civil_utc(s->time[first], &utc);
    const size_t mine[] = {0, 1 + (size_t)autan_season(utc.month),
                           1 + SEASONS + (size_t)local.hour};
    for (size_t i = 0; i < s->places; i++) {
        for (size_t k = 0; k < 3 && isfinite(mean[i]); k++) {
            group *g = &groups[mine[k]];
            autan_score_add(&g->truth, mean[i], error[i], s->truth[first + i]);
            autan_score_add(&g->reading, mean[i], error[i], s->observed[first + i]);
            g->stated += (double)error[i] * (double)error[i];
        }
    }
}

static void print_groups(const group *groups)
{
    char text[8];
    printf("%-6s %8s %8s %8s %8s %8s %8s %8s\n", "hours", "n", "bias", "RMSE", "stated",
           "RMSE_new", "cover50", "cover90");
    for (size_t g = 0; g < GROUPS; g++) {
        const group *a = &groups[g];
        if (a->truth.n > 0)
            printf("%-6s %8zu %8.3f %8.3f %8.3f %8.3f %8.3f %8.3f\n",
                   group_name(g, text), a->truth.n, autan_score_bias(&a->truth),
                   autan_score_rmse(&a->truth), sqrt(a->stated / (double)a->truth.n),
                   autan_score_rmse(&a->reading), autan_score_coverage_50(&a->reading),
                   autan_score_coverage_90(&a->reading));
    }
}

/* The covariates at the sample's places. */
static autan_status read_covariates(const town *t, const sample *s, double **covariate,
                                    autan_error *err)
{
    const size_t n = s->places, nc = t->city.n_covariates;
    double *column = malloc(n * sizeof *column);
    autan_status status = AUTAN_OK;
    *covariate = malloc((n * nc + 1) * sizeof **covariate);
    if (!column || !*covariate)
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    for (size_t k = 0; status == AUTAN_OK && k < nc; k++) {
        status = autan_raster_read_places(t->raster[k], n, s->x, s->y, column, err);
        for (size_t i = 0; status == AUTAN_OK && i < n; i++)
            (*covariate)[i * nc + k] = column[i];
    }
    free(column);
    return status;
}

/* The maps at the sample's places, all hours of the panel at once: value holds means
 * and standard errors, each n_times x places. */
static autan_status evaluate(const town *t, const sample *s, const autan_panel *panel,
                             const autan_hours *hours, float **value, autan_error *err)
{
    const size_t size = panel->n_times * s->places;
    autan_field *field = NULL;
    double *covariate = NULL;
    autan_status status = read_covariates(t, s, &covariate, err);
    const autan_sites places = {s->places, t->city.n_covariates, s->x, s->y, covariate};
    *value = malloc(2 * size * sizeof **value);
    if (status == AUTAN_OK &&
        (!*value ||
         autan_field_new(&t->sites, hours, panel->n_times, &field) != AUTAN_OK ||
         autan_field_evaluate(field, &places, 0, panel->n_times, s->places, *value,
                              *value + size) != AUTAN_OK))
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    autan_field_free(field);
    free(covariate);
    return status;
}

static autan_status score_hours(const town *t, const sample *s,
                                const autan_panel *panel, const autan_hours *hours,
                                autan_error *err)
{
    group groups[GROUPS] = {0};
    float *mean = NULL;
    autan_status status = evaluate(t, s, panel, hours, &mean, err);
    for (size_t k = 0; status == AUTAN_OK && k < s->n; k += s->places) {
        size_t row = (size_t)((s->time[k] - panel->from) / panel->step_s);
        const float *here = mean + row * s->places;
        add_hour(t, s, k, here, here + panel->n_times * s->places, groups);
    }
    if (status == AUTAN_OK)
        print_groups(groups);
    free(mean);
    return status;
}

static autan_status score(const char *city, const char *path, autan_error *err)
{
    town t = {0};
    sample s = {.path = path};
    autan_model *model = NULL;
    autan_panel panel = {0};
    autan_hours hours = {0};
    autan_status status = sample_read(path, &s, err);
    if (status == AUTAN_OK)
        status = town_open(city, &t, err);
    if (status == AUTAN_OK)
        status = town_model(&t, false, &model, err);
    if (status == AUTAN_OK)
        status = town_read_panel(&t, s.time[0], s.time[s.n - 1], &panel, err);
    if (status == AUTAN_OK)
        status = town_solve(&t, model, &panel, &hours, err);
    if (status == AUTAN_OK)
        status = score_hours(&t, &s, &panel, &hours, err);
    autan_hours_clear(&hours);
    autan_panel_clear(&panel);
    autan_model_free(model);
    town_close(&t);
    sample_clear(&s);
    return status;
}

int main(int argc, char **argv)
{
    autan_error err = {0};
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(help, stdout);
        return message_close_output(0);
    }
    if (argc != 3) {
        fputs(help, stderr);
        return 2;
    }
    if (score(argv[1], argv[2], &err) != AUTAN_OK)
        return message_fail(&err);
    return message_close_output(0);
}
