/* Scores of the forecast without guidance, train and test years apart:
 *
 *     forecast_scores ecad|freiburg|berlin YEAR[-MONTH]
 *
 * learns from everything before, forecasts from every day on, and prints a
 * CSV line for each place, variable and lead. Reads the shared data. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <autan.h>

enum { LEVELS = 50, DAYS = 5 };

/* A CSV file as text; row 0 is the header. */
typedef struct {
    size_t rows, columns;
    char ***field;
} table;

static autan_status keep_row(const autan_csv_row *row, void *user)
{
    table *t = user;
    char **copy = malloc(row->n * sizeof *copy);
    for (size_t i = 0; i < row->n; i++)
        copy[i] = strdup(row->field[i]);
    t->columns = row->n;
    t->field = realloc(t->field, (t->rows + 1) * sizeof *t->field);
    t->field[t->rows++] = copy;
    return AUTAN_OK;
}

static void read_table(const char *name, table *t)
{
    const char *shared = getenv("AUTAN_SHARED");
    char path[4096];
    autan_error err;
    snprintf(path, sizeof path, "%s/data/%s", shared ? shared : "../shared", name);
    *t = (table){0};
    if (autan_csv_read(path, ',', keep_row, t, &err) != AUTAN_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
}

static void clear_table(table *t)
{
    for (size_t i = 0; i < t->rows; i++) {
        for (size_t c = 0; c < t->columns; c++)
            free(t->field[i][c]);
        free(t->field[i]);
    }
    free(t->field);
}

static long column_of(const table *t, const char *name)
{
    for (size_t c = 0; c < t->columns; c++) {
        if (strcmp(t->field[0][c], name) == 0)
            return (long)c;
    }
    return -1;
}

static double number(const char *text)
{
    return *text ? strtod(text, NULL) : NAN;
}

typedef struct {
    size_t n, n_summer;
    double squared, squared_climate; /* June to August */
    double crps, crps_climate, crps_persistence;
    size_t within;
} tally;

static void add(tally *t, const autan_regression *r, size_t j, const double *forecast,
                const double *climate, const double *persistence, int month, double y)
{
    double x[LEVELS];
    if (isnan(y) || isnan(persistence[0]))
        return;
    for (int k = 0; k < LEVELS; k++)
        x[k] = forecast[0] +
               forecast[1] * autan_regression_quantile(r, j, (k + 0.5) / LEVELS);
    t->n++;
    t->crps += autan_crps_members(LEVELS, x, y);
    t->crps_climate += autan_crps_normal(climate[0], climate[1], y);
    t->crps_persistence += autan_crps_normal(persistence[0], persistence[1], y);
    t->within +=
        y >= forecast[0] + forecast[1] * autan_regression_quantile(r, j, 0.05) &&
        y <= forecast[0] + forecast[1] * autan_regression_quantile(r, j, 0.95);
    if (month < 6 || month > 8)
        return;
    t->n_summer++;
    t->squared += (forecast[0] - y) * (forecast[0] - y);
    t->squared_climate += (climate[0] - y) * (climate[0] - y);
}

static void print(const char *place, const char *what, size_t lead, const tally *t)
{
    const double n = (double)t->n, s = (double)t->n_summer;
    if (t->n == 0)
        return;
    printf("%s,%s,%zu,%zu,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f\n", place, what, lead, t->n,
           sqrt(t->squared / s), sqrt(t->squared_climate / s), t->crps / n,
           t->crps_climate / n, t->crps_persistence / n, (double)t->within / n);
}

/* Standard deviation of the change over `ahead` rows, up to row `until`. */
static double change(const autan_record *record, size_t station,
                     const autan_time_window *target, const autan_time_window *now,
                     size_t until, size_t every)
{
    double sum = 0.0, n = 0.0;
    for (size_t row = until % every; row + 400 < until; row += every) {
        const double d = autan_window_value(record, station, row, target) -
                         autan_window_value(record, station, row, now);
        if (!isnan(d)) {
            sum += d * d;
            n++;
        }
    }
    return sqrt(sum / n);
}

/* The same window on the last days known: persistence. */
static autan_time_window latest(const autan_time_window *w, int per_day)
{
    autan_time_window now = *w;
    while (now.to > 0) {
        now.from -= per_day;
        now.to -= per_day;
    }
    return now;
}

/* Scores a station; targets j go to tally[bin[j]]. */
static void score(const autan_record *record, size_t station, const autan_plan *plan,
                  size_t until, size_t every, const size_t *bin, tally *tallies)
{
    const size_t m = plan->n_targets;
    autan_outlook outlook = {0};
    double *mean = malloc(m * sizeof *mean), *spread = malloc(m * sizeof *spread);
    double *climate = malloc(m * sizeof *climate), *wide = malloc(m * sizeof *wide);
    double *moved = malloc(m * sizeof *moved);
    if (autan_outlook_fit(record, station, plan, until, every, &outlook) != AUTAN_OK) {
        fprintf(stderr, "station %zu: too few origins\n", station);
        goto cleanup;
    }
    for (size_t j = 0; j < m; j++) {
        const autan_time_window now = latest(&plan->target[j], every == 24 ? 24 : 1);
        moved[j] = change(record, station, &plan->target[j], &now, until, every);
    }
    for (size_t row = until + every; row < record->panel[0]->n_times; row += every) {
        const autan_time time = autan_panel_time(record->panel[0], row);
        autan_outlook_predict(&outlook, record, station, plan, row, mean, spread);
        autan_regression_predict(outlook.regression, autan_season_angle(time), NULL,
                                 climate, wide);
        for (size_t j = 0; j < m; j++) {
            const autan_time_window *w = &plan->target[j];
            const autan_time_window now = latest(w, every == 24 ? 24 : 1);
            const double f[2] = {mean[j], spread[j]}, c[2] = {climate[j], wide[j]};
            const double p[2] = {autan_window_value(record, station, row, &now),
                                 moved[j]};
            autan_civil civil;
            autan_civil_utc(time + w->from * record->panel[0]->step_s, &civil);
            add(&tallies[bin[j]], outlook.regression, j, f, c, p, civil.month,
                autan_window_value(record, station, row, w));
        }
    }
cleanup:
    autan_outlook_clear(&outlook);
    free(mean);
    free(spread);
    free(climate);
    free(wide);
    free(moved);
}

/* Daily records of the ECA&D cities: one city at a time, its own variables. */
static void ecad_city(const table *t, const char *city, size_t until)
{
    static const char *const suffix[] = {"temp_max",         "temp_min",   "temp_mean",
                                         "wind_speed",       "humidity",   "pressure",
                                         "global_radiation", "cloud_cover"};
    enum { SUFFIXES = sizeof suffix / sizeof suffix[0], AHEAD = 10 };
    const size_t days = t->rows - 1;
    autan_panel panel[SUFFIXES];
    const autan_panel *known[SUFFIXES];
    size_t n = 0, temperatures = 0;
    for (size_t s = 0; s < SUFFIXES; s++) {
        char name[96];
        snprintf(name, sizeof name, "%s_%s", city, suffix[s]);
        const long c = column_of(t, name);
        if (c < 0)
            continue;
        autan_panel_make(946684800, 946684800 + 86400 * ((autan_time)days - 1), 86400,
                         1, &panel[n]);
        for (size_t i = 0; i < days; i++)
            panel[n].value[i] = number(t->field[i + 1][c]);
        known[n] = &panel[n];
        n++;
        temperatures += s < 2;
    }
    double cycle[2 * SUFFIXES] = {0};
    for (size_t k = 0; k < temperatures; k++)
        memcpy(cycle + 2 * k, autan_temperature_cycle, sizeof autan_temperature_cycle);
    const autan_record record = {n, known, cycle};
    for (size_t wanted = 0; wanted < temperatures; wanted++) {
        const size_t bin[AHEAD] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
        tally tallies[AHEAD] = {0};
        autan_plan plan = {0};
        autan_plan_daily(n, wanted, 0, AHEAD, &plan);
        score(&record, 0, &plan, until, 1, bin, tallies);
        for (size_t j = 0; j < AHEAD; j++)
            print(city, wanted ? "minimum" : "maximum", j + 1, &tallies[j]);
        autan_plan_clear(&plan);
    }
    for (size_t k = 0; k < n; k++)
        autan_panel_clear(&panel[k]);
}

static void ecad(const autan_civil *first)
{
    table t;
    size_t until = 0;
    read_table("forecast/ecad-18-cities-daily.csv", &t);
    while (atoi(t.field[until + 2][0]) < first->year * 10000 + first->month * 100)
        until++;
    for (size_t c = 0; c < t.columns; c++) {
        char city[64];
        const char *end = strstr(t.field[0][c], "_temp_max");
        if (!end)
            continue;
        snprintf(city, sizeof city, "%.*s", (int)(end - t.field[0][c]), t.field[0][c]);
        ecad_city(&t, city, until);
    }
    clear_table(&t);
}

static void hourly(const char *place, const autan_panel *panel,
                   const autan_civil *start)
{
    const autan_record record = {1, &panel, autan_temperature_cycle};
    autan_plan plan = {0};
    autan_time time;
    size_t bin[24 * DAYS + 2 * AUTAN_PLAN_DAYS];
    tally tallies[3 * DAYS] = {0};
    autan_time_from_utc(start, &time);
    /* Issued at 06 UTC. */
    const size_t until = (size_t)((time - panel->from) / 3600) - 18;
    autan_plan_hourly(1, 0, panel->n_stations > 1, 24 * DAYS, &plan);
    autan_plan_add_days(6, 0, 1, DAYS, &plan);
    for (size_t j = 0; j < plan.n_targets; j++)
        bin[j] = j < 24 * DAYS ? j / 24 : DAYS + (j - 24 * DAYS);
    for (size_t i = 0; i < panel->n_stations; i++)
        score(&record, i, &plan, until, 24, bin, tallies);
    for (size_t d = 0; d < DAYS; d++)
        print(place, "hourly", d + 1, &tallies[d]);
    for (size_t d = 0; d < DAYS; d++) {
        print(place, "minimum", d + 1, &tallies[DAYS + 2 * d]);
        print(place, "maximum", d + 1, &tallies[DAYS + 2 * d + 1]);
    }
    autan_plan_clear(&plan);
}

static void freiburg(const autan_civil *first)
{
    table t;
    autan_panel panel = {0};
    const autan_civil start = {.year = 2019, .month = 9, .day = 1};
    autan_time from;
    read_table("freiburg/freiburg_hour.csv", &t);
    autan_time_from_utc(&start, &from);
    autan_panel_make(from, from + 3600 * 24 * 1218, 3600, 1, &panel);
    for (size_t i = 1; i < t.rows; i++) {
        autan_civil civil = {.hour = atoi(t.field[i][1])};
        const double value = number(t.field[i][2]);
        autan_time time;
        sscanf(t.field[i][0], "%4d%2d%2d", &civil.year, &civil.month, &civil.day);
        autan_time_from_utc(&civil, &time);
        const size_t row = (size_t)((time - from) / 3600);
        if (value > -99.0 && row < panel.n_times)
            panel.value[row] = value;
    }
    hourly("freiburg", &panel, first);
    autan_panel_clear(&panel);
    clear_table(&t);
}

static void berlin(const autan_civil *first)
{
    table t, s;
    autan_panel panel = {0};
    read_table("berlin/observations.csv.gz", &t);
    read_table("berlin/stations.csv", &s);
    autan_panel_make(1546300800, 1546300800 + 3600 * 24 * 699, 3600, s.rows - 1,
                     &panel);
    for (size_t i = 1; i < t.rows; i++) {
        autan_time time;
        size_t k = 1;
        autan_time_parse(t.field[i][0], &time);
        while (strcmp(s.field[k][0], t.field[i][1]) != 0)
            k++;
        const size_t row = (size_t)((time - panel.from) / 3600);
        if (row < panel.n_times)
            panel.value[row * panel.n_stations + k - 1] = number(t.field[i][2]);
    }
    hourly("berlin", &panel, first);
    autan_panel_clear(&panel);
    clear_table(&t);
    clear_table(&s);
}

int main(int argc, char **argv)
{
    autan_civil first = {.month = 1, .day = 1};
    if (argc != 3 || sscanf(argv[2], "%d-%d", &first.year, &first.month) < 1) {
        fputs("usage: forecast_scores ecad|freiburg|berlin YEAR[-MONTH]\n", stderr);
        return 2;
    }
    puts("place,variable,lead_day,n,rmse_summer,rmse_summer_climatology,crps,"
         "crps_climatology,crps_persistence,coverage_90");
    if (strcmp(argv[1], "ecad") == 0)
        ecad(&first);
    else if (strcmp(argv[1], "freiburg") == 0)
        freiburg(&first);
    else
        berlin(&first);
    return 0;
}
