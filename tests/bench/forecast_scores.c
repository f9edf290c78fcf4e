/* Scores of the forecast without guidance, train and test years apart:
 *
 *     forecast_scores ecad|freiburg|berlin YEAR[-MONTH] [SINCE]
 *
 * learns from everything before (of ECA&D, since the year SINCE), forecasts from every
 * day on, and prints a CSV line for each place, variable and lead. Reads the shared
 * data. */
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

/* One case: LEVELS ascending members; reference: normal mean and deviation. */
static void add(tally *t, const double *x, const double *climate,
                const double *persistence, int month, double y)
{
    double mean = 0.0;
    if (isnan(y) || isnan(persistence[0]) || isnan(x[0]))
        return;
    for (int k = 0; k < LEVELS; k++)
        mean += x[k] / LEVELS;
    t->n++;
    t->crps += autan_crps_members(LEVELS, x, y);
    t->crps_climate += autan_crps_normal(climate[0], climate[1], y);
    t->crps_persistence += autan_crps_normal(persistence[0], persistence[1], y);
    /* Of plotting positions (k + 1/2) / 50, 0.05 and 0.95. */
    t->within += y >= x[2] && y <= x[LEVELS - 3];
    if (month < 6 || month > 8)
        return;
    t->n_summer++;
    t->squared += (mean - y) * (mean - y);
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

/* What a station's targets are held against. */
typedef struct {
    autan_outlook outlook;
    const autan_plan *plan;
    size_t every;
    double *moved, *climate, *wide; /* targets */
} yardstick;

static int yardstick_make(const autan_record *record, size_t station,
                          const autan_plan *plan, size_t until, size_t every,
                          yardstick *y)
{
    const size_t m = plan->n_targets;
    *y = (yardstick){.plan = plan,
                     .every = every,
                     .moved = malloc(m * sizeof *y->moved),
                     .climate = malloc(m * sizeof *y->climate),
                     .wide = malloc(m * sizeof *y->wide)};
    if (autan_outlook_fit(record, station, plan, until, every, &y->outlook) !=
        AUTAN_OK) {
        fprintf(stderr, "station %zu: too few origins\n", station);
        return 0;
    }
    for (size_t j = 0; j < m; j++) {
        const autan_time_window now = latest(&plan->target[j], every == 24 ? 24 : 1);
        y->moved[j] = change(record, station, &plan->target[j], &now, until, every);
    }
    return 1;
}

static void yardstick_clear(yardstick *y)
{
    autan_outlook_clear(&y->outlook);
    free(y->moved);
    free(y->climate);
    free(y->wide);
}

/* Moves to an origin. */
static void yardstick_at(yardstick *y, autan_time time)
{
    autan_regression_predict(y->outlook.regression, autan_season_angle(time), NULL,
                             y->climate, y->wide);
}

static void judge(const yardstick *s, const autan_record *record, size_t station,
                  size_t row, size_t j, const double *x, tally *t)
{
    const autan_time_window *w = &s->plan->target[j];
    const autan_time_window now = latest(w, s->every == 24 ? 24 : 1);
    const double climate[2] = {s->climate[j], s->wide[j]};
    const double persistence[2] = {autan_window_value(record, station, row, &now),
                                   s->moved[j]};
    autan_civil civil;
    autan_civil_utc(autan_panel_time(record->panel[0], row) +
                        w->from * record->panel[0]->step_s,
                    &civil);
    add(t, x, climate, persistence, civil.month,
        autan_window_value(record, station, row, w));
}

/* Scores the quantiles of a station's daily records; target j goes to tallies[j]. */
static void score_daily(const autan_record *record, const autan_plan *plan,
                        size_t until, tally *tallies)
{
    const size_t m = plan->n_targets;
    double *mean = malloc(m * sizeof *mean), *spread = malloc(m * sizeof *spread);
    yardstick y;
    if (!yardstick_make(record, 0, plan, until, 1, &y))
        goto cleanup;
    for (size_t row = until + 1; row < record->panel[0]->n_times; row++) {
        autan_outlook_predict(&y.outlook, record, 0, plan, row, mean, spread);
        yardstick_at(&y, autan_panel_time(record->panel[0], row));
        for (size_t j = 0; j < m; j++) {
            double x[LEVELS];
            for (int k = 0; k < LEVELS; k++)
                x[k] = mean[j] +
                       spread[j] * autan_regression_quantile(y.outlook.regression, j,
                                                             (k + 0.5) / LEVELS);
            judge(&y, record, 0, row, j, x, &tallies[j]);
        }
    }
cleanup:
    yardstick_clear(&y);
    free(mean);
    free(spread);
}

/* Daily records of the ECA&D cities: one city at a time, its own variables. */
static void ecad_city(const table *t, const char *city, size_t since, size_t until)
{
    static const char *const suffix[] = {"temp_max",         "temp_min",   "temp_mean",
                                         "wind_speed",       "humidity",   "pressure",
                                         "global_radiation", "cloud_cover"};
    enum { SUFFIXES = sizeof suffix / sizeof suffix[0], AHEAD = 10 };
    const size_t days = t->rows - 1 - since;
    const autan_time start = 946684800 + 86400 * (autan_time)since;
    autan_panel panel[SUFFIXES];
    const autan_panel *known[SUFFIXES];
    size_t n = 0, temperatures = 0;
    for (size_t s = 0; s < SUFFIXES; s++) {
        char name[96];
        snprintf(name, sizeof name, "%s_%s", city, suffix[s]);
        const long c = column_of(t, name);
        if (c < 0)
            continue;
        autan_panel_make(start, start + 86400 * ((autan_time)days - 1), 86400, 1,
                         &panel[n]);
        for (size_t i = 0; i < days; i++)
            panel[n].value[i] = number(t->field[since + i + 1][c]);
        known[n] = &panel[n];
        n++;
        temperatures += s < 2;
    }
    double cycle[2 * SUFFIXES] = {0};
    for (size_t k = 0; k < temperatures; k++)
        memcpy(cycle + 2 * k, autan_temperature_cycle, sizeof autan_temperature_cycle);
    const autan_record record = {n, known, cycle};
    for (size_t wanted = 0; wanted < temperatures; wanted++) {
        tally tallies[AHEAD] = {0};
        autan_plan plan = {0};
        autan_plan_daily(n, wanted, 0, AHEAD, &plan);
        score_daily(&record, &plan, until, tallies);
        for (size_t j = 0; j < AHEAD; j++)
            print(city, wanted ? "minimum" : "maximum", j + 1, &tallies[j]);
        autan_plan_clear(&plan);
    }
    for (size_t k = 0; k < n; k++)
        autan_panel_clear(&panel[k]);
}

static void ecad(const autan_civil *first, int year)
{
    table t;
    size_t since = 0, until = 0;
    read_table("forecast/ecad-18-cities-daily.csv", &t);
    while (atoi(t.field[since + 1][0]) < year * 10000)
        since++;
    while (atoi(t.field[until + 2][0]) < first->year * 10000 + first->month * 100)
        until++;
    for (size_t c = 0; c < t.columns; c++) {
        char city[64];
        const char *end = strstr(t.field[0][c], "_temp_max");
        if (!end)
            continue;
        snprintf(city, sizeof city, "%.*s", (int)(end - t.field[0][c]), t.field[0][c]);
        ecad_city(&t, city, since, until - since);
    }
    clear_table(&t);
}

/* To the end of the window of the fifth day's maximum, 06 UTC the day after. */
enum { HOUR = 6, AHEAD_H = 24 * DAYS + 30 - HOUR };

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Statistic of a window of each of a station's members, ascending. */
static void members_at(const double *member, size_t n_stations, size_t station,
                       const autan_time_window *w, double *x)
{
    for (size_t k = 0; k < LEVELS; k++) {
        const double *hour = member + (k * n_stations + station) * AHEAD_H;
        x[k] = hour[w->from - 1];
        for (int h = w->from; h < w->to; h++)
            x[k] =
                w->kind == AUTAN_WINDOW_MIN ? fmin(x[k], hour[h]) : fmax(x[k], hour[h]);
    }
    qsort(x, LEVELS, sizeof *x, ascending);
}

typedef struct {
    yardstick hours, days;
    double mean[AHEAD_H], spread[AHEAD_H], day_mean[2 * DAYS + 2],
        day_spread[2 * DAYS + 2];
    int known;
} place_state;

/* Scores the members of an origin, as the program makes them. */
static void score_members(const autan_record *record, place_state *place, size_t row,
                          autan_prospect *prospect, double *member, tally *tallies)
{
    const autan_time time = autan_panel_time(record->panel[0], row);
    const size_t n = record->panel[0]->n_stations;
    for (size_t i = 0; i < n; i++) {
        place_state *p = &place[i];
        if (!p->known)
            continue;
        autan_outlook_predict(&p->hours.outlook, record, i, p->hours.plan, row, p->mean,
                              p->spread);
        prospect[i] = (autan_prospect){&p->hours.outlook, p->mean, p->spread};
        yardstick_at(&p->hours, time);
        yardstick_at(&p->days, time);
    }
    autan_members_make(n, prospect, AHEAD_H, autan_season_angle(time),
                       2.0 * M_PI / 365.2425, LEVELS, member);
    for (size_t i = 0; i < n; i++) {
        place_state *p = &place[i];
        const autan_prospect days_ahead = {&p->days.outlook, p->day_mean,
                                           p->day_spread};
        const autan_station_members own = {LEVELS, n * AHEAD_H, member + i * AHEAD_H};
        if (!p->known)
            continue;
        autan_outlook_predict(&p->days.outlook, record, i, p->days.plan, row,
                              p->day_mean, p->day_spread);
        autan_extremes_impose(p->days.plan, &days_ahead, &own, AHEAD_H);
    }
    for (size_t i = 0; i < n; i++) {
        double x[LEVELS];
        for (size_t j = 0; place[i].known && j < 24 * DAYS; j++) {
            members_at(member, n, i, &place[i].hours.plan->target[j], x);
            judge(&place[i].hours, record, i, row, j, x, &tallies[j / 24]);
        }
        /* The first one is today's maximum. */
        for (size_t j = 0; place[i].known && j < 2 * DAYS; j++) {
            members_at(member, n, i, &place[i].days.plan->target[j + 1], x);
            judge(&place[i].days, record, i, row, j + 1, x, &tallies[DAYS + j]);
        }
    }
}

static void hourly(const char *name, const autan_panel *panel, const autan_civil *start)
{
    const autan_record record = {1, &panel, autan_temperature_cycle};
    const size_t n = panel->n_stations;
    autan_plan hours = {0}, days = {0};
    autan_time time;
    tally tallies[3 * DAYS] = {0};
    place_state *place = calloc(n, sizeof *place);
    autan_prospect *prospect = calloc(n, sizeof *prospect);
    double *member = malloc(LEVELS * n * AHEAD_H * sizeof *member);
    autan_time_from_utc(start, &time);
    const size_t until = (size_t)((time - panel->from) / 3600) - 24 + HOUR;
    autan_plan_hourly(1, 0, n > 1, AHEAD_H, &hours);
    autan_plan_extremes(1, 0, n > 1, HOUR, AHEAD_H, &days);
    for (size_t i = 0; i < n; i++)
        place[i].known =
            yardstick_make(&record, i, &hours, until, 24, &place[i].hours) &&
            yardstick_make(&record, i, &days, until, 24, &place[i].days);
    for (size_t row = until + 24; row < panel->n_times; row += 24)
        score_members(&record, place, row, prospect, member, tallies);
    for (size_t d = 0; d < DAYS; d++)
        print(name, "hourly", d + 1, &tallies[d]);
    for (size_t d = 0; d < DAYS; d++) {
        print(name, "minimum", d + 1, &tallies[DAYS + 2 * d]);
        print(name, "maximum", d + 1, &tallies[DAYS + 2 * d + 1]);
    }
    for (size_t i = 0; i < n; i++) {
        yardstick_clear(&place[i].hours);
        yardstick_clear(&place[i].days);
    }
    free(place);
    free(prospect);
    free(member);
    autan_plan_clear(&hours);
    autan_plan_clear(&days);
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
    if (argc < 3 || argc > 4 ||
        sscanf(argv[2], "%d-%d", &first.year, &first.month) < 1) {
        fputs("usage: forecast_scores ecad|freiburg|berlin YEAR[-MONTH] [SINCE]\n",
              stderr);
        return 2;
    }
    puts("place,variable,lead_day,n,rmse_summer,rmse_summer_climatology,crps,"
         "crps_climatology,crps_persistence,coverage_90");
    if (strcmp(argv[1], "ecad") == 0)
        ecad(&first, argc > 3 ? atoi(argv[3]) : 2000);
    else if (strcmp(argv[1], "freiburg") == 0)
        freiburg(&first);
    else
        berlin(&first);
    return 0;
}
