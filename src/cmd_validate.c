/* autan validate: scores at withheld stations. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/csv.h"
#include "files/outfile.h"
#include "kriging/hours.h"
#include "kriging/leave_one_out.h"
#include "kriging/score.h"
#include "message.h"
#include "options.h"
#include "town.h"

static const char help[] =
    "Usage: autan validate --from T --to T [options] CITY.ini\n"
    "Withholds every station in turn, with all it ever said, and scores the "
    "prediction\n"
    "there. Prints a summary; night is 20 to 04 h in the city's time zone.\n\n"
    "      --from T       first hour (ISO 8601 UTC, or a date)\n"
    "      --to T         last hour, inclusive\n"
    "  -o, --output FILE  also write station,time,observed,predicted,standard_error\n"
    "      --refit        learn the model anew without each station; takes as many "
    "fits\n"
    "  -q, --quiet        say errors only\n"
    "  -v, --verbose      say more\n"
    "  -h, --help         print this\n"
    "  -V, --version      print the version\n";

enum { OPTION_REFIT = OPTION_FIRST_LONG };

typedef struct {
    options_period period;
    const char *output;
    bool refit;
} arguments;

static void print_score(const char *name, const autan_score *score)
{
    if (score->n == 0) {
        printf("%-6s %8d %8s %8s %8s %8s %8s %8s\n", name, 0, "-", "-", "-", "-", "-",
               "-");
        return;
    }
    printf("%-6s %8zu %8.3f %8.3f %8.3f %8.3f %8.3f %8.3f\n", name, score->n,
           autan_score_bias(score), autan_score_mae(score), autan_score_rmse(score),
           autan_score_crps(score), autan_score_coverage_50(score),
           autan_score_coverage_90(score));
}

static void print_summary(const town *t, const autan_panel *panel, size_t n,
                          const autan_left_out *row)
{
    autan_score all = {0}, night = {0}, day = {0};
    for (size_t k = 0; k < n; k++) {
        autan_civil local;
        autan_civil_local(t->city.zone, autan_panel_time(panel, row[k].row), &local);
        autan_score_add(&all, row[k].predicted, row[k].standard_error, row[k].observed);
        autan_score_add(local.hour >= 20 || local.hour < 4 ? &night : &day,
                        row[k].predicted, row[k].standard_error, row[k].observed);
    }
    printf("%-6s %8s %8s %8s %8s %8s %8s %8s\n", "hours", "n", "bias", "MAE", "RMSE",
           "CRPS", "cover50", "cover90");
    print_score("all", &all);
    print_score("night", &night);
    print_score("day", &day);
}

static autan_status write_rows(const town *t, const autan_panel *panel, size_t n,
                               const autan_left_out *row, const char *path,
                               autan_error *err)
{
    autan_outfile *out = NULL;
    autan_status status = autan_outfile_open(path, &out, err);
    FILE *stream;
    if (status != AUTAN_OK)
        return status;
    stream = autan_outfile_stream(out);
    fputs("station,time,observed,predicted,standard_error\n", stream);
    for (size_t k = 0; k < n; k++) {
        char time[AUTAN_TIME_TEXT];
        autan_time_format(autan_panel_time(panel, row[k].row), time);
        autan_csv_print(stream, t->station_id[row[k].site]);
        fprintf(stream, ",%s,%.10g,%.10g,%.10g\n", time, row[k].observed,
                row[k].predicted, row[k].standard_error);
    }
    return autan_outfile_commit(out, err);
}

static size_t count_readings(const autan_panel *panel)
{
    size_t count = 0;
    for (size_t k = 0; k < panel->n_times * panel->n_stations; k++)
        count += isnan(panel->value[k]) ? 0 : 1;
    return count;
}

/* Replaces the predictions of one station by those of a model that never saw it; rows
 * that this model cannot predict keep theirs. */
static autan_status refit_station(town *t, const autan_panel *panel, size_t site,
                                  size_t n, autan_left_out *row, autan_error *err)
{
    autan_model *model = NULL;
    autan_left_out *fresh = NULL;
    size_t n_fresh = 0, k = 0;
    autan_status status = town_model_without(t, site, &model, err);
    if (status == AUTAN_OK) {
        status = autan_leave_one_out(model, &t->sites, t->station_id, panel, &fresh,
                                     &n_fresh);
        if (status != AUTAN_OK)
            town_unsolved(t, status, err);
    }
    /* Both are ordered by row, then site. */
    for (size_t f = 0; status == AUTAN_OK && f < n_fresh; f++) {
        if (fresh[f].site != site)
            continue;
        while (k < n && (row[k].row < fresh[f].row ||
                         (row[k].row == fresh[f].row && row[k].site < site)))
            k++;
        if (k < n && row[k].row == fresh[f].row && row[k].site == site)
            row[k] = fresh[f];
    }
    free(fresh);
    autan_model_free(model);
    return status;
}

static autan_status refit_all(town *t, const autan_panel *panel, size_t n,
                              autan_left_out *row, autan_error *err)
{
    autan_status status = AUTAN_OK;
    for (size_t site = 0; status == AUTAN_OK && site < panel->n_stations; site++) {
        message_progress("stations withheld", site, panel->n_stations);
        status = refit_station(t, panel, site, n, row, err);
    }
    return status;
}

/* Predictions at withheld stations, and notes on the hours. */
static autan_status score(const town *t, const autan_model *model,
                          const autan_panel *panel, autan_left_out **row, size_t *n,
                          autan_error *err)
{
    autan_hours hours = {0};
    autan_near *near = NULL;
    autan_status status;
    if (town_is_large(t)) {
        status = town_solve_near(t, model, panel, &near, err);
        if (status == AUTAN_OK &&
            autan_near_leave_one_out(near, panel, row, n) != AUTAN_OK)
            status = town_no_memory(t, err);
        autan_near_free(near);
        return status;
    }
    status = town_solve(t, model, panel, &hours, err);
    autan_hours_clear(&hours);
    if (status == AUTAN_OK) {
        status = autan_leave_one_out(model, &t->sites, t->station_id, panel, row, n);
        if (status != AUTAN_OK)
            town_unsolved(t, status, err);
    }
    return status;
}

static autan_status validate(town *t, const arguments *a, autan_error *err)
{
    autan_model *model = NULL;
    autan_panel panel = {0};
    autan_left_out *row = NULL;
    size_t n = 0;
    autan_status status = town_model(t, false, &model, err);
    if (status == AUTAN_OK)
        status = town_read_panel(t, a->period.from, a->period.to, &panel, err);
    if (status == AUTAN_OK)
        status = score(t, model, &panel, &row, &n, err);
    if (status == AUTAN_OK && n == 0)
        status =
            autan_fail(err, AUTAN_NO_DATA,
                       "%s: no reading of the period can be predicted from the others",
                       t->city.path);
    if (status == AUTAN_OK && n < count_readings(&panel)) {
        const size_t unscored = count_readings(&panel) - n;
        message_note(
            ngettext("%zu reading cannot be predicted without its station and is "
                     "left out of the scores",
                     "%zu readings cannot be predicted without their station and "
                     "are left out of the scores",
                     unscored),
            unscored);
    }
    if (status == AUTAN_OK && a->refit && !model->given)
        status = refit_all(t, &panel, n, row, err);
    if (status == AUTAN_OK && a->output)
        status = write_rows(t, &panel, n, row, a->output, err);
    if (status == AUTAN_OK)
        print_summary(t, &panel, n, row);
    free(row);
    autan_panel_clear(&panel);
    autan_model_free(model);
    return status;
}

int cmd_validate(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        OPTIONS_PERIOD,
        {"output", required_argument, NULL, 'o'},
        {"refit", no_argument, NULL, OPTION_REFIT},
        {NULL, 0, NULL, 0},
    };
    autan_error err = {0};
    arguments a = {.period = OPTIONS_ALL_TIMES};
    town t = {0};
    const char *path;
    autan_status status;
    int option, code;

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        if (option == OPTION_FROM || option == OPTION_TO) {
            if (!options_take_period(option, &a.period))
                return 2;
        } else if (option == 'o') {
            a.output = optarg;
        } else if (option == OPTION_REFIT) {
            a.refit = true;
        } else if (options_common(option, argv, help, &code)) {
            return code;
        }
    }
    path = options_city(argc, argv, false);
    if (!path || !options_check_period(&a.period, true))
        return 2;
    status = town_open_with_model(path, &t, &err);
    if (status == AUTAN_OK)
        status = validate(&t, &a, &err);
    town_close(&t);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
