/* simulate: a year of SIMULATED readings of Toulouse's stations, and the truth behind
 * them. README.md gives the equations. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/calendar.h"
#include "base/number.h"
#include "data/station.h"
#include "field.h"
#include "files/raster.h"
#include "files/station_file.h"
#include "network.h"
#include "output.h"
#include "summary.h"
#include "truth.h"
#include "weather.h"

static const char help[] =
    "Usage: simulate [options] --stations FILE --grids DIR\n"
    "Draws SIMULATED weather of Toulouse at the stations. Nothing of it was measured.\n"
    "Prints what the weather and the heat island were like.\n\n"
    "  --stations FILE      station table\n"
    "  --grids DIR          folder of building.tif, road.tif, water.tif, wood.tif,\n"
    "                       grass.tif and elevation.tif\n"
    "  --output FILE        readings as CSV, gzipped when the name ends in .gz\n"
    "  --from T, --to T     first and last reading (2025-01-01T00:15Z to\n"
    "                       2026-01-01T00:00Z)\n"
    "  --step SECONDS       900, 1800 or 3600 (900)\n"
    "  --seed N             another year of weather (1)\n"
    "  --faults FILE        list of the faults and gaps in the readings, CSV\n"
    "  --no-faults          plant no faults; gaps remain\n"
    "  --truth DIR          folder for the maps of --truth-times\n"
    "  --truth-times T,...  write truth_YYYYMMDDTHHMMZ.tif, the mean of the hour that\n"
    "                       ends at T, without noise and siting\n"
    "  --truth-sample FILE  time,x,y,observed,truth at cells drawn by chance, CSV;\n"
    "                       observed is what a new station there would have read\n"
    "  --sample-cells N     that many cells (300)\n"
    "  --sample-hours N     that many hours, drawn by chance (500); 0: all\n"
    "  --sample-months M,.. hours of these months only (all)\n"
    "  -h, --help           print this\n\n"
    "Times are ISO 8601 UTC. The weather starts on 1 January of the year of --from, "
    "so\n"
    "that a part of a year is the same as in the whole.\n";

enum { MOST_TIMES = 1000, MOST_YEARS = 10 };

typedef struct {
    const char *stations, *grids, *output, *faults;
    autan_time from, to;
    int step_s;
    uint64_t seed;
    bool faulty;
    truth_request truth;
    autan_time map_time[MOST_TIMES];
} settings;

/* Everything a run holds. */
typedef struct {
    const settings *set;
    autan_station_table stations;
    field *field;
    weather *weather;
    network *network;
    truth *truth;
    summary *summary;
    output *table;
    double *phi, *a, *temperature;
    size_t rows;
} simulation;

static bool refuse(const char *option, const char *text, const char *expected)
{
    fprintf(stderr, "simulate: --%s is '%s', expected %s\n", option, text, expected);
    return false;
}

static bool read_count(const char *option, const char *text, double highest,
                       double *count)
{
    double value;
    if (autan_number_parse(text, &value) != AUTAN_OK || value < 0 || value > highest ||
        value != (double)(uint64_t)value)
        return refuse(option, text, "a whole number, not negative");
    *count = value;
    return true;
}

static bool read_time(const char *option, const char *text, autan_time *time)
{
    if (autan_time_parse_argument(text, time) == AUTAN_OK &&
        *time % WEATHER_STEP_S == 0)
        return true;
    return refuse(
        option, text,
        "a full quarter of an hour in ISO 8601 UTC, such as 2025-08-23T15:30Z");
}

/* Calls take for each part of a text between commas. */
static bool read_list(const char *option, const char *text, settings *set,
                      bool (*take)(const char *option, const char *part, settings *set))
{
    char *copy = strdup(text), *rest = NULL;
    bool good = copy != NULL;
    for (char *part = good ? strtok_r(copy, ",", &rest) : NULL; good && part;
         part = strtok_r(NULL, ",", &rest))
        good = take(option, part, set);
    free(copy);
    return good;
}

static bool take_time(const char *option, const char *part, settings *set)
{
    if (set->truth.n_times == MOST_TIMES)
        return refuse(option, part, "no more than 1000 times");
    return read_time(option, part, &set->map_time[set->truth.n_times++]);
}

static bool take_month(const char *option, const char *part, settings *set)
{
    double month = 0;
    if (!read_count(option, part, 12, &month) || month < 1)
        return refuse(option, part, "months from 1 to 12");
    set->truth.months |= 1u << ((int)month - 1);
    return true;
}

enum {
    STATIONS = 256,
    GRIDS,
    OUTPUT,
    FROM,
    TO,
    STEP,
    SEED,
    FAULTS,
    NO_FAULTS,
    TRUTH,
    TRUTH_TIMES,
    TRUTH_SAMPLE,
    SAMPLE_CELLS,
    SAMPLE_HOURS,
    SAMPLE_MONTHS
};

static const struct option options[] = {
    {"stations", required_argument, NULL, STATIONS},
    {"grids", required_argument, NULL, GRIDS},
    {"output", required_argument, NULL, OUTPUT},
    {"from", required_argument, NULL, FROM},
    {"to", required_argument, NULL, TO},
    {"step", required_argument, NULL, STEP},
    {"seed", required_argument, NULL, SEED},
    {"faults", required_argument, NULL, FAULTS},
    {"no-faults", no_argument, NULL, NO_FAULTS},
    {"truth", required_argument, NULL, TRUTH},
    {"truth-times", required_argument, NULL, TRUTH_TIMES},
    {"truth-sample", required_argument, NULL, TRUTH_SAMPLE},
    {"sample-cells", required_argument, NULL, SAMPLE_CELLS},
    {"sample-hours", required_argument, NULL, SAMPLE_HOURS},
    {"sample-months", required_argument, NULL, SAMPLE_MONTHS},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool take_option(int option, const char *value, settings *set)
{
    double number = 0;
    switch (option) {
    case STATIONS:
        set->stations = value;
        return true;
    case GRIDS:
        set->grids = value;
        return true;
    case OUTPUT:
        set->output = value;
        return true;
    case FROM:
        return read_time("from", value, &set->from);
    case TO:
        return read_time("to", value, &set->to);
    case STEP:
        if (!read_count("step", value, 3600, &number) ||
            (number != 900 && number != 1800 && number != 3600))
            return refuse("step", value, "900, 1800 or 3600");
        set->step_s = (int)number;
        return true;
    case SEED:
        if (!read_count("seed", value, 1e15, &number))
            return false;
        set->seed = (uint64_t)number;
        return true;
    case FAULTS:
        set->faults = value;
        return true;
    case NO_FAULTS:
        set->faulty = false;
        return true;
    case TRUTH:
        set->truth.folder = value;
        return true;
    case TRUTH_TIMES:
        return read_list("truth-times", value, set, take_time);
    case TRUTH_SAMPLE:
        set->truth.sample = value;
        return true;
    case SAMPLE_CELLS:
        if (!read_count("sample-cells", value, 1e6, &number) || number < 1)
            return refuse("sample-cells", value, "1 to 1000000");
        set->truth.cells = (size_t)number;
        return true;
    case SAMPLE_HOURS:
        if (!read_count("sample-hours", value, 1e6, &number))
            return false;
        set->truth.hours = (size_t)number;
        return true;
    case SAMPLE_MONTHS:
        return read_list("sample-months", value, set, take_month);
    default:
        fprintf(stderr, "Try 'simulate --help'.\n");
        return false;
    }
}

static bool check_settings(settings *set)
{
    if (!set->stations || !set->grids) {
        fprintf(stderr, "simulate: --stations and --grids are needed\n");
        return false;
    }
    if (set->to < set->from ||
        set->to - set->from > (autan_time)MOST_YEARS * 366 * 86400) {
        fprintf(stderr, "simulate: --to must be after --from, by %d years at most\n",
                MOST_YEARS);
        return false;
    }
    if ((set->truth.n_times > 0) != (set->truth.folder != NULL)) {
        fprintf(stderr, "simulate: --truth and --truth-times go together\n");
        return false;
    }
    for (size_t k = 0; k < set->truth.n_times; k++) {
        if (set->map_time[k] < set->from || set->map_time[k] > set->to) {
            fprintf(stderr, "simulate: a time of --truth-times lies outside --from to "
                            "--to\n");
            return false;
        }
    }
    if (set->truth.months == 0)
        set->truth.months = ~0u;
    set->truth.map_time = set->map_time;
    return true;
}

static int year_of(autan_time time)
{
    autan_civil c;
    autan_civil_utc(time, &c);
    return c.year;
}

static autan_status prepare(simulation *sim, autan_error *err)
{
    const settings *set = sim->set;
    const int year = year_of(set->from);
    double *x = NULL, *y = NULL;
    size_t n;
    autan_status status = autan_station_file_read(set->stations, &sim->stations, err);
    if (status == AUTAN_OK)
        status = autan_project_stations(FIELD_CRS, &sim->stations, err);
    if (status == AUTAN_OK)
        status = field_new(set->grids, set->seed, &sim->field, err);
    if (status == AUTAN_OK)
        status = truth_new(&set->truth, sim->field, set->seed, set->from - set->step_s,
                           set->to, &sim->truth, err);
    if (status != AUTAN_OK)
        return status;

    n = sim->stations.n;
    x = malloc(n * sizeof *x);
    y = malloc(n * sizeof *y);
    sim->phi = malloc(n * field_terms(sim->field) * sizeof *sim->phi);
    sim->a = malloc(field_terms(sim->field) * sizeof *sim->a);
    sim->temperature = calloc(n, sizeof *sim->temperature);
    sim->weather = weather_new(set->seed, year);
    sim->summary = summary_new(sim->field);
    if (x && y && sim->phi && sim->a && sim->temperature && sim->weather &&
        sim->summary) {
        for (size_t i = 0; i < n; i++) {
            x[i] = sim->stations.station[i].x;
            y[i] = sim->stations.station[i].y;
        }
        field_basis(sim->field, n, x, y, sim->phi);
        sim->network =
            network_new(&sim->stations, sim->phi + FIELD_URBAN * n, set->seed, year,
                        year_of(set->to), set->step_s, set->faulty);
    }
    free(x);
    free(y);
    if (!sim->network)
        return autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    if (set->output)
        status = output_open(set->output, &sim->table, err);
    return status;
}

/* The columns of the readings. The network measures no radiation. */
static const struct {
    autan_variable variable;
    int decimals;
} columns[] = {
    {AUTAN_AIR_TEMPERATURE, 1}, {AUTAN_RELATIVE_HUMIDITY, 0},
    {AUTAN_WIND_SPEED, 1},      {AUTAN_WIND_FROM_DIRECTION, 0},
    {AUTAN_AIR_PRESSURE, 0},    {AUTAN_PRECIPITATION_AMOUNT, 1},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void write_header(output *table)
{
    output_text(table, "time,station");
    for (int c = 0; c < COLUMNS; c++) {
        output_text(table, ",");
        output_text(table, autan_variable_get(columns[c].variable)->name);
    }
    output_text(table, "\n");
}

static void write_readings(simulation *sim, autan_time time)
{
    char text[AUTAN_TIME_TEXT];
    autan_time_format(time, text);
    for (size_t i = 0; i < sim->stations.n; i++) {
        const double *value = network_reading(sim->network, i);
        if (!value)
            continue;
        output_text(sim->table, text);
        output_text(sim->table, ",");
        output_text(sim->table, sim->stations.station[i].id);
        for (int c = 0; c < COLUMNS; c++) {
            output_text(sim->table, ",");
            output_number(sim->table, value[columns[c].variable], columns[c].decimals);
        }
        output_text(sim->table, "\n");
        sim->rows++;
    }
}

static autan_status draw(simulation *sim, autan_error *err)
{
    const settings *set = sim->set;
    /* Readings of a late clock reach back two hours. */
    const autan_time start = set->from - set->step_s - 3 * 3600;
    autan_status status = AUTAN_OK;
    if (sim->table)
        write_header(sim->table);
    for (autan_time time = weather_time(sim->weather);
         status == AUTAN_OK && time <= set->to; time = weather_time(sim->weather)) {
        weather_state state;
        weather_next(sim->weather, &state);
        field_step(sim->field, &state, sim->a);
        if (time > start) {
            field_at(sim->field, sim->stations.n, sim->phi, sim->a, sim->temperature);
            status = truth_step(sim->truth, time, &state, sim->a, err);
        }
        if (time > set->from - set->step_s)
            summary_step(sim->summary, time, &state, sim->a);
        if (network_step(sim->network, time, &state, sim->temperature) && sim->table &&
            time >= set->from)
            write_readings(sim, time);
    }
    return status;
}

static autan_status write_faults(const simulation *sim, size_t *n_planted,
                                 autan_error *err)
{
    const settings *set = sim->set;
    const network_fault *fault = NULL;
    size_t n = 0;
    output *table = NULL;
    autan_status status = network_faults(sim->network, &fault, &n);
    if (status != AUTAN_OK)
        return autan_fail(err, status, "out of memory");
    if (set->faults)
        status = output_open(set->faults, &table, err);
    if (status != AUTAN_OK)
        return status;
    if (table)
        output_text(table, "station,kind,from,to,amount\n");
    for (size_t k = 0; k < n; k++) {
        char from[AUTAN_TIME_TEXT], to[AUTAN_TIME_TEXT];
        if (fault[k].to < set->from || fault[k].from > set->to)
            continue;
        *n_planted += fault[k].planted;
        if (!table)
            continue;
        autan_time_format(fault[k].from, from);
        autan_time_format(fault[k].to, to);
        output_text(table, sim->stations.station[fault[k].station].id);
        output_text(table, ",");
        output_text(table, fault[k].kind);
        output_text(table, ",");
        output_text(table, from);
        output_text(table, ",");
        output_text(table, to);
        output_text(table, ",");
        output_number(table, fault[k].amount, 1);
        output_text(table, "\n");
    }
    return table ? output_close(table, err) : AUTAN_OK;
}

static autan_status finish(simulation *sim, autan_error *err)
{
    const settings *set = sim->set;
    size_t sampled = 0, planted = 0;
    autan_status status = write_faults(sim, &planted, err);
    if (status == AUTAN_OK && sim->table) {
        status = output_close(sim->table, err);
        sim->table = NULL;
    }
    if (status == AUTAN_OK)
        status = truth_finish(sim->truth, &sampled, err);
    if (status != AUTAN_OK)
        return status;
    summary_print(sim->summary);
    if (set->output)
        printf("%zu SIMULATED readings of %zu stations, %zu planted faults: %s\n",
               sim->rows, sim->stations.n, planted, set->output);
    if (set->faults)
        printf("faults and gaps: %s\n", set->faults);
    if (set->truth.n_times > 0)
        printf("%zu maps of the truth: %s\n", set->truth.n_times, set->truth.folder);
    if (set->truth.sample)
        printf("%zu rows of sampled truth: %s\n", sampled, set->truth.sample);
    return AUTAN_OK;
}

static void simulation_clear(simulation *sim)
{
    output_abandon(sim->table);
    summary_free(sim->summary);
    truth_free(sim->truth);
    network_free(sim->network);
    weather_free(sim->weather);
    field_free(sim->field);
    autan_station_table_clear(&sim->stations);
    free(sim->phi);
    free(sim->a);
    free(sim->temperature);
}

int main(int argc, char **argv)
{
    settings set = {.step_s = WEATHER_STEP_S,
                    .seed = 1,
                    .faulty = true,
                    .truth = {.cells = 300, .hours = 500}};
    simulation sim = {.set = &set};
    autan_error err = {0};
    autan_status status;
    int option;

    autan_time_parse("2025-01-01T00:15Z", &set.from);
    autan_time_parse("2026-01-01T00:00Z", &set.to);
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return fclose(stdout) == 0 ? 0 : 1;
        }
        if (!take_option(option, optarg, &set))
            return 2;
    }
    if (optind < argc) {
        fprintf(stderr, "simulate: '%s' is one argument too many\n", argv[optind]);
        return 2;
    }
    if (!check_settings(&set))
        return 2;
    status = prepare(&sim, &err);
    if (status == AUTAN_OK)
        status = draw(&sim, &err);
    if (status == AUTAN_OK)
        status = finish(&sim, &err);
    simulation_clear(&sim);
    if (status != AUTAN_OK) {
        fprintf(stderr, "simulate: %s\n",
                err.text[0] ? err.text : autan_status_text(status));
        return 1;
    }
    if (fclose(stdout) != 0) {
        fprintf(stderr, "simulate: standard output: %s\n", strerror(errno));
        return 1;
    }
    return 0;
}
