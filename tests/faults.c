#include "faults.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "qc/sun.h"
#include "support.h"

enum { STATIONS_MOST = 64, LINE = 4096 };

/* The k-th comma-separated field of a line, copied; empty when there are fewer. */
static void field(const char *line, int k, char text[64])
{
    while (k-- && line)
        line = (line = strchr(line, ',')) ? line + 1 : NULL;
    size_t length = line ? strcspn(line, ",\r\n") : 0;
    length = length < 63 ? length : 63;
    memcpy(text, line ? line : "", length);
    text[length] = '\0';
}

static double number(const char *line, int k)
{
    char text[64];
    field(line, k, text);
    return *text ? strtod(text, NULL) : (double)NAN;
}

/* Columns of the two files of a city. */
typedef struct {
    const char *stations, *readings;
    int latitude, longitude, elevation; /* of the station table; -1 not there */
    int value;
    const char *from, *to;
    int step_s;
} layout;

static size_t read_stations(const layout *l, const char *path, city *c)
{
    char line[LINE];
    size_t n = 0;
    gzFile file = gzopen(path, "rb");
    gzgets(file, line, sizeof line);
    while (n < STATIONS_MOST && gzgets(file, line, sizeof line)) {
        char id[64];
        field(line, 0, id);
        snprintf(c->id[n], sizeof c->id[n], "%.31s", id);
        c->latitude[n] = number(line, l->latitude);
        c->longitude[n] = number(line, l->longitude);
        c->elevation[n] = l->elevation < 0 ? (double)NAN : number(line, l->elevation);
        n++;
    }
    gzclose(file);
    return n;
}

static void read_readings(const layout *l, const char *path, city *c)
{
    char line[LINE], text[64];
    autan_panel *p = &c->panel;
    gzFile file = gzopen(path, "rb");
    gzgets(file, line, sizeof line);
    while (gzgets(file, line, sizeof line)) {
        autan_time time;
        field(line, 0, text);
        if (autan_time_parse(text, &time) != AUTAN_OK)
            continue;
        field(line, 1, text);
        size_t row = (size_t)((time - p->from) / p->step_s);
        for (size_t i = 0; i < p->n_stations && row < p->n_times; i++) {
            if (strcmp(c->id[i], text) == 0)
                p->value[row * p->n_stations + i] = number(line, l->value);
        }
    }
    gzclose(file);
}

static bool read_city(const layout *l, city *c)
{
    char stations[SUPPORT_PATH], readings[SUPPORT_PATH];
    autan_time from, to;
    if (!shared_file(l->stations, stations) || !shared_file(l->readings, readings))
        return false;
    *c = (city){.latitude = calloc(STATIONS_MOST, sizeof(double)),
                .longitude = calloc(STATIONS_MOST, sizeof(double)),
                .elevation = calloc(STATIONS_MOST, sizeof(double)),
                .id = calloc(STATIONS_MOST, sizeof *c->id)};
    size_t n = read_stations(l, stations, c);
    if (autan_time_parse(l->from, &from) != AUTAN_OK ||
        autan_time_parse(l->to, &to) != AUTAN_OK ||
        autan_panel_make(from, to, l->step_s, n, &c->panel) != AUTAN_OK) {
        city_clear(c);
        return false;
    }
    read_readings(l, readings, c);
    return true;
}

bool city_berlin(city *c)
{
    const layout berlin = {.stations = "data/berlin/stations.csv",
                           .readings = "data/berlin/observations.csv.gz",
                           .latitude = 2,
                           .longitude = 1,
                           .elevation = -1,
                           .value = 2,
                           .from = "2019-01-01T00:00Z",
                           .to = "2020-11-30T23:00Z",
                           .step_s = 3600};
    return read_city(&berlin, c);
}

bool city_ghent(city *c)
{
    const layout ghent = {.stations = "data/ghent/sites.csv",
                          .readings = "data/ghent/observations-15min.csv.gz",
                          .latitude = 1,
                          .longitude = 2,
                          .elevation = 4,
                          .value = 3,
                          .from = "2022-09-01T00:00Z",
                          .to = "2022-09-15T23:45Z",
                          .step_s = 900};
    return read_city(&ghent, c);
}

void city_clear(city *c)
{
    autan_panel_clear(&c->panel);
    free(c->latitude);
    free(c->longitude);
    free(c->elevation);
    free(c->id);
    *c = (city){0};
}

autan_points city_points(const city *c)
{
    return (autan_points){.n = c->panel.n_stations,
                          .latitude = c->latitude,
                          .longitude = c->longitude,
                          .elevation = c->elevation};
}

const char *fault_name(fault_kind kind)
{
    static const char *const name[FAULT_KINDS] = {
        "spike", "step", "flat line",     "unit mistake",     "offset",
        "drift", "swap", "shifted clock", "sun-heated sensor"};
    return name[kind];
}

size_t random_below(uint64_t *state, size_t n)
{
    return (size_t)(uniform(state) * (double)n);
}

static double between(uint64_t *state, double low, double high)
{
    return low + (high - low) * uniform(state);
}

static double either_way(uint64_t *state, double size)
{
    return uniform(state) >= 0.5 ? -size : size;
}

static size_t rows_of(const autan_panel *panel, double hours)
{
    size_t rows = (size_t)(hours * 3600 / panel->step_s + 0.5);
    return rows ? rows : 1;
}

static void draw(fault_kind kind, const autan_panel *panel, uint64_t *state,
                 fault *planted)
{
    double hours = 0;
    switch (kind) {
    case FAULT_SPIKE:
        planted->size = either_way(state, between(state, 5, 15));
        break;
    case FAULT_STEP:
        planted->size = either_way(state, between(state, 6, 12));
        hours = between(state, 6, 48);
        break;
    case FAULT_FLAT:
        hours = between(state, 6, 48);
        break;
    default:
        planted->size = (double)random_below(state, 3);
        hours = between(state, 24, 240);
        break;
    }
    planted->last = planted->first + rows_of(panel, hours);
}

/* All readings there, and nothing else planted near. */
static bool is_free(const autan_panel *panel, const uint8_t *busy, const fault *f)
{
    size_t margin = rows_of(panel, 48), n = panel->n_stations;
    if (f->first < margin || f->last + margin > panel->n_times)
        return false;
    for (size_t t = f->first - margin; t < f->last + margin; t++) {
        if (busy[t * n + f->station])
            return false;
    }
    for (size_t t = f->first - 1; t <= f->last; t++) {
        if (isnan(panel->value[t * n + f->station]))
            return false;
    }
    return true;
}

static double wrong_unit(double unit, double value)
{
    if (unit < 1)
        return value * 1.8 + 32;
    return unit < 2 ? value + 273.15 : value * 10;
}

static void apply(const fault *f, autan_panel *panel)
{
    size_t n = panel->n_stations;
    double held = panel->value[f->first * n + f->station];
    for (size_t t = f->first; t < f->last; t++) {
        double *value = &panel->value[t * n + f->station];
        if (f->kind == FAULT_FLAT)
            *value = held;
        else if (f->kind == FAULT_UNIT)
            *value = wrong_unit(f->size, *value);
        else
            *value += f->size;
    }
}

static void mark(const fault *f, const autan_panel *panel, uint8_t *busy)
{
    for (size_t t = f->first; t < f->last; t++) {
        busy[t * panel->n_stations + f->station] = 1;
        busy[t * panel->n_stations + f->partner] = 1;
    }
}

bool fault_plant(const city *c, fault_kind kind, uint64_t *state, autan_panel *panel,
                 uint8_t *busy, fault *planted)
{
    for (int attempt = 0; attempt < 1000; attempt++) {
        fault f = {.kind = kind,
                   .station = random_below(state, c->panel.n_stations),
                   .first = random_below(state, panel->n_times)};
        f.partner = f.station;
        draw(kind, panel, state, &f);
        if (!is_free(panel, busy, &f))
            continue;
        apply(&f, panel);
        mark(&f, panel, busy);
        *planted = f;
        return true;
    }
    return false;
}

/* The readings as another clock would have dated them. */
static void shift(const fault *f, autan_panel *panel)
{
    size_t n = panel->n_stations, i = f->station;
    long rows = (long)(f->size * 3600 / panel->step_s);
    for (size_t k = f->first; k < f->last; k++) {
        /* From the end whose readings are not needed any more. */
        size_t t = rows > 0 ? f->first + f->last - 1 - k : k;
        long from = (long)t - rows;
        panel->value[t * n + i] = from < 0 || from >= (long)panel->n_times
                                      ? (double)NAN
                                      : panel->value[(size_t)from * n + i];
    }
}

static void exchange(const fault *f, autan_panel *panel)
{
    for (size_t t = f->first; t < f->last; t++) {
        double *row = panel->value + t * panel->n_stations, kept = row[f->station];
        row[f->station] = row[f->partner];
        row[f->partner] = kept;
    }
}

static void bend(const city *c, const fault *f, autan_panel *panel)
{
    for (size_t t = f->first; t < f->last; t++) {
        double weeks = (double)(t - f->first) * panel->step_s / (7 * 86400.0);
        double *value = &panel->value[t * panel->n_stations + f->station];
        if (f->kind == FAULT_OFFSET)
            *value += f->size;
        if (f->kind == FAULT_DRIFT)
            *value += f->size * weeks;
        if (f->kind == FAULT_SUN)
            *value += f->size * fmax(0, autan_sun_sine(autan_panel_time(panel, t),
                                                       c->latitude[f->station],
                                                       c->longitude[f->station]));
    }
}

void fault_plant_lasting(const city *c, fault_kind kind, size_t station, size_t partner,
                         size_t first, uint64_t *state, autan_panel *panel,
                         uint8_t *busy, fault *planted)
{
    fault f = {.kind = kind,
               .station = station,
               .partner = kind == FAULT_SWAP ? partner : station,
               .first = first,
               .last = panel->n_times};
    switch (kind) {
    case FAULT_OFFSET:
        f.size = either_way(state, 3);
        break;
    case FAULT_DRIFT:
        f.size = either_way(state, 0.5);
        break;
    case FAULT_CLOCK:
        f.size = either_way(state, (double)(1 + random_below(state, 6)));
        break;
    case FAULT_SUN:
        f.size = between(state, 3, 6);
        break;
    default:
        break;
    }
    if (kind == FAULT_SWAP)
        exchange(&f, panel);
    else if (kind == FAULT_CLOCK)
        shift(&f, panel);
    else
        bend(c, &f, panel);
    mark(&f, panel, busy);
    *planted = f;
}
