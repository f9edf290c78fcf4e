#include "network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Readings kept: one more than a fault of kind clock is late at most. */
enum { HISTORY = 9 };

typedef struct {
    double value[AUTAN_VARIABLES];
} reading;

typedef struct {
    random_stream random;
    bool has_wind; /* else temperature and humidity only */
    network_siting siting;
    double elevation;
    double wind_factor, veer, humidity_bias, pressure_bias;
    double tipped;      /* rain in the gauge, under one tip, mm */
    int gap;            /* steps of the weather left */
    bool missed;        /* this reading is not sent */
    bool missed_sensor; /* it is sent without temperature */
    double wind_x, wind_y;
    reading sum;           /* over the reading's steps */
    reading past[HISTORY]; /* a ring, of the last readings */
    double frozen;
    reading out;
    bool silent;
} site;

struct network {
    const autan_station_table *stations;
    int step_s;
    int steps; /* of the weather in the present reading */
    int ring;
    site *site;
    size_t n_faults, n_planted, room;
    bool incomplete; /* memory was too short for the list of faults */
    network_fault *fault;
};

/* Planted in every year. The four mornings and evenings that the maps of README.md show
 * are left alone. */
static const struct {
    const char *station, *kind;
    int month, day, hour, minute;
    int last_s; /* from the first affected reading to the last */
    double amount;
} plan[] = {
    {"12-montaudran", "spike", 2, 18, 9, 15, 0, -50.0},
    {"43-minimes", "spike", 4, 9, 17, 30, 0, -50.0},
    {"20-mondonville-ecole", "spike", 6, 21, 3, 45, 0, -50.0},
    {"61-blagnac-mairie", "spike", 10, 3, 12, 0, 0, -50.0},
    {"45-st-exupery", "spike", 12, 2, 5, 15, 0, 31.7},
    {"58-fondeyre", "frozen", 5, 14, 6, 0, 86400, NAN},
    {"32-mons-ecole", "frozen", 11, 5, 18, 0, 86400, NAN},
    {"53-ponsan", "offset", 7, 10, 0, 15, 10 * 86400 - 900, 3.0},
    {"16-saint-alban-leon-jouhaux", "clock", 6, 3, 0, 15, 3 * 86400 - 900, 7200.0},
    {"47-la-machine-tm", "silent", 9, 8, 10, 0, 28 * 86400, NAN},
};
enum { PLANNED = sizeof plan / sizeof plan[0] };

network_siting network_draw_siting(random_stream *r)
{
    network_siting s;
    s.always = 0.20 * random_normal(r);
    s.warm = 0.15 * random_normal(r);
    s.stable = 0.15 * random_normal(r);
    return s;
}

double network_siting_effect(const network_siting *s, const weather_state *state)
{
    return s->always + s->warm * state->warmth + s->stable * state->stability;
}

static bool add_fault(network *net, const network_fault *fault)
{
    if (net->n_faults == net->room) {
        size_t room = net->room ? 2 * net->room : 256;
        network_fault *grown = realloc(net->fault, room * sizeof *grown);
        if (!grown)
            return false;
        net->fault = grown;
        net->room = room;
    }
    net->fault[net->n_faults++] = *fault;
    return true;
}

/* The end of the reading that a moment falls in. */
static autan_time next_reading(const network *net, autan_time time)
{
    return (time + net->step_s - 1) / net->step_s * net->step_s;
}

static bool plant(network *net, int year)
{
    for (int k = 0; k < PLANNED; k++) {
        long station = autan_station_find(net->stations, plan[k].station);
        autan_civil civil = {.year = year,
                             .month = plan[k].month,
                             .day = plan[k].day,
                             .hour = plan[k].hour,
                             .minute = plan[k].minute};
        network_fault fault = {
            .kind = plan[k].kind, .amount = plan[k].amount, .planted = true};
        if (station < 0)
            continue;
        fault.station = (size_t)station;
        autan_time_from_utc(&civil, &fault.from);
        fault.to = next_reading(net, fault.from + plan[k].last_s);
        fault.from = next_reading(net, fault.from);
        if (!add_fault(net, &fault))
            return false;
    }
    return true;
}

/* The table's column `type`: TH is a sensor of temperature and humidity. */
static bool has_wind(const autan_station_table *stations, size_t i)
{
    for (size_t k = 0; k < stations->n_attributes; k++) {
        if (strcmp(stations->attribute_name[k], "type") == 0)
            return strcmp(stations->station[i].attribute[k], "TH") != 0;
    }
    return true;
}

static void site_make(site *s, const autan_station *station, double urban,
                      uint64_t seed)
{
    random_stream *r = &s->random;
    double dense = fmin(fmax(urban, 0.0), 1.2);
    *r = random_make(seed, station->id);
    s->siting = network_draw_siting(r);
    s->elevation = isnan(station->elevation) ? 150.0 : station->elevation;
    s->wind_factor = (0.85 - 0.5 * dense) * exp(0.15 * random_normal(r));
    s->veer = 15.0 * random_normal(r);
    s->humidity_bias = 1.5 * random_normal(r);
    s->pressure_bias = 0.4 * random_normal(r);
}

network *network_new(const autan_station_table *stations, const double *urban,
                     uint64_t seed, int first_year, int last_year, int step_s,
                     bool faulty)
{
    network *net = calloc(1, sizeof *net);
    bool complete = net != NULL;
    if (!net)
        return NULL;
    net->stations = stations;
    net->step_s = step_s;
    net->site = calloc(stations->n, sizeof *net->site);
    if (!net->site) {
        network_free(net);
        return NULL;
    }
    for (size_t i = 0; i < stations->n; i++) {
        net->site[i].has_wind = has_wind(stations, i);
        site_make(&net->site[i], &stations->station[i], urban[i], seed);
        net->site[i].frozen = NAN;
        for (int h = 0; h < HISTORY; h++) {
            for (int v = 0; v < AUTAN_VARIABLES; v++)
                net->site[i].past[h].value[v] = NAN;
        }
    }
    for (int year = first_year; complete && faulty && year <= last_year; year++)
        complete = plant(net, year);
    net->n_planted = net->n_faults;
    if (!complete) {
        network_free(net);
        return NULL;
    }
    return net;
}

void network_free(network *net)
{
    if (!net)
        return;
    free(net->site);
    free(net->fault);
    free(net);
}

/* Gaps: single readings, hours and days, by chance. */
static void draw_gaps(network *net, size_t i, autan_time time)
{
    const double steps_a_day = 86400.0 / WEATHER_STEP_S;
    site *s = &net->site[i];
    double row = random_uniform(&s->random), sensor = random_uniform(&s->random);
    double longer = random_uniform(&s->random), length = random_uniform(&s->random);
    s->missed = row < 0.004;
    s->missed_sensor = sensor < 0.002;
    if (s->gap > 0) {
        s->gap--;
    } else if (longer < 1.0 / (35.0 * steps_a_day) + 1.0 / (220.0 * steps_a_day)) {
        bool days = longer < 1.0 / (220.0 * steps_a_day);
        network_fault gap = {.station = i, .kind = "gap", .amount = NAN};
        s->gap = (int)(days ? (1.0 + 2.0 * length) * steps_a_day : 4.0 + 20.0 * length);
        gap.from = next_reading(net, time);
        gap.to = next_reading(net, time + s->gap * WEATHER_STEP_S) - net->step_s;
        net->incomplete |= gap.to >= gap.from && !add_fault(net, &gap);
    }
    s->missed |= s->gap > 0;
}

/* Saturation pressure of water vapour, hPa: Magnus, coefficients of Alduchov and
 * Eskridge (1996). */
static double saturation(double temperature)
{
    return 6.1094 * exp(17.625 * temperature / (243.04 + temperature));
}

/* One step at one site, added to the reading's sums. */
static void sense(site *s, const weather_state *state, double temperature)
{
    random_stream *r = &s->random;
    double air = temperature + network_siting_effect(&s->siting, state);
    double dew_point = fmin(state->dew_point, air);
    double humidity =
        100.0 * saturation(dew_point) / saturation(air) + s->humidity_bias;
    double speed =
        state->wind_speed * s->wind_factor * fmax(1.0 + 0.18 * random_normal(r), 0.0);
    double from = (state->wind_from + s->veer +
                   random_normal(r) * 30.0 / sqrt(1.0 + state->wind_speed)) *
                  0.017453292519943295;
    double *sum = s->sum.value;

    sum[AUTAN_AIR_TEMPERATURE] += air + NETWORK_NOISE_K * random_normal(r);
    sum[AUTAN_RELATIVE_HUMIDITY] += fmin(fmax(humidity + random_normal(r), 3.0), 100.0);
    sum[AUTAN_WIND_SPEED] += speed;
    s->wind_x += speed * sin(from);
    s->wind_y += speed * cos(from);
    sum[AUTAN_AIR_PRESSURE] +=
        state->pressure * pow(1.0 - 0.0065 * s->elevation / 288.15, 5.255) +
        s->pressure_bias;
    /* Always drawn, so that a shower does not shift the later draws. */
    s->tipped += exp(0.4 * random_normal(r) - 0.08) * state->rain_mm;
}

static double round_to(double value, double unit)
{
    return round(value / unit) * unit;
}

/* The sums made a reading, in the network's resolution. */
static reading finish(site *s, int steps)
{
    static const double calm = 0.3; /* m s-1: the vane stands still */
    const double tip = 0.2;         /* mm */
    reading out;
    double *v = out.value;
    double tips = floor(s->tipped / tip);
    for (int k = 0; k < AUTAN_VARIABLES; k++)
        v[k] = NAN;
    v[AUTAN_AIR_TEMPERATURE] =
        round_to(s->sum.value[AUTAN_AIR_TEMPERATURE] / steps, 0.1);
    v[AUTAN_RELATIVE_HUMIDITY] = round(s->sum.value[AUTAN_RELATIVE_HUMIDITY] / steps);
    if (s->has_wind) {
        double speed = s->sum.value[AUTAN_WIND_SPEED] / steps;
        v[AUTAN_WIND_SPEED] = speed < calm ? 0.0 : round_to(speed, 0.1);
        if (speed >= calm)
            v[AUTAN_WIND_FROM_DIRECTION] = fmod(
                round(atan2(s->wind_x, s->wind_y) * 57.29577951308232) + 360.0, 360.0);
        v[AUTAN_AIR_PRESSURE] = round(s->sum.value[AUTAN_AIR_PRESSURE] / steps);
        v[AUTAN_PRECIPITATION_AMOUNT] = tips * tip;
    }
    s->tipped -= tips * tip;
    s->wind_x = s->wind_y = 0.0;
    memset(&s->sum, 0, sizeof s->sum);
    return out;
}

/* What the station sends at that time of the readings it made. */
static void transmit(network *net, size_t i, autan_time time)
{
    site *s = &net->site[i];
    const reading *now = &s->past[net->ring];
    double *air = &s->out.value[AUTAN_AIR_TEMPERATURE];
    bool frozen = false;
    s->out = *now;
    s->silent = s->missed;
    if (s->missed_sensor)
        *air = NAN;
    for (size_t k = 0; k < net->n_planted; k++) {
        const network_fault *f = &net->fault[k];
        if (f->station != i || time < f->from || time > f->to)
            continue;
        if (strcmp(f->kind, "silent") == 0) {
            s->silent = true;
        } else if (strcmp(f->kind, "spike") == 0) {
            /* Sent in any case, so that the list of faults holds. */
            *air = f->amount;
            s->silent = false;
        } else if (strcmp(f->kind, "offset") == 0) {
            *air += f->amount;
        } else if (strcmp(f->kind, "clock") == 0) {
            int late = (int)(f->amount / net->step_s);
            s->out = s->past[(net->ring - late + HISTORY) % HISTORY];
        } else if (strcmp(f->kind, "frozen") == 0) {
            if (isnan(s->frozen))
                s->frozen = now->value[AUTAN_AIR_TEMPERATURE];
            *air = isnan(*air) ? NAN : s->frozen;
            frozen = true;
        }
    }
    if (!frozen)
        s->frozen = NAN;
}

bool network_step(network *net, autan_time time, const weather_state *state,
                  const double *temperature)
{
    const bool due = time % net->step_s == 0;
    net->steps++;
    if (due)
        net->ring = (net->ring + 1) % HISTORY;
    for (size_t i = 0; i < net->stations->n; i++) {
        site *s = &net->site[i];
        sense(s, state, temperature[i]);
        draw_gaps(net, i, time);
        if (due) {
            s->past[net->ring] = finish(s, net->steps);
            transmit(net, i, time);
        }
    }
    if (due)
        net->steps = 0;
    return due;
}

const double *network_reading(const network *net, size_t station)
{
    return net->site[station].silent ? NULL : net->site[station].out.value;
}

autan_status network_faults(const network *net, const network_fault **fault, size_t *n)
{
    if (net->incomplete)
        return AUTAN_NO_MEMORY;
    *fault = net->fault;
    *n = net->n_faults;
    return AUTAN_OK;
}
