#include "weather.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "random.h"

static const double pi = 3.14159265358979323846;
static const double latitude = 43.60, longitude = 1.44; /* degrees */

enum { SPIN_UP_DAYS = 20, DAY_S = 86400 };

/* A regime's days. Two numbers stand for winter and summer, between which the season
 * interpolates. */
static const struct {
    const char *name;
    double anomaly[2];    /* K */
    double depression[2]; /* K, of the dew point under the day's temperature */
    double wind, wind_sd; /* m s-1; sd of its logarithm */
    double wind_from, wind_from_sd; /* degree */
    double night_wind;              /* share of the day's wind that is left at night */
    double cloud[2], cloud_sd;
    double rain_chance[2]; /* chance a step that a dry hour turns wet */
    double pressure;       /* hPa */
} regimes[WEATHER_REGIMES] = {
    [WEATHER_CALM] = {.name = "calm",
                      .anomaly = {-0.8, 1.2},
                      .depression = {2.5, 8.0},
                      .wind = 1.7,
                      .wind_sd = 0.25,
                      .wind_from = 320,
                      .wind_from_sd = 60,
                      .night_wind = 0.6,
                      .cloud = {0.10, 0.10},
                      .cloud_sd = 0.06,
                      .rain_chance = {0, 0},
                      .pressure = 1025},
    [WEATHER_FOG] = {.name = "fog",
                     .anomaly = {-0.6, 0.0},
                     .depression = {0.3, 4.0},
                     .wind = 1.1,
                     .wind_sd = 0.25,
                     .wind_from = 300,
                     .wind_from_sd = 60,
                     .night_wind = 0.8,
                     .cloud = {0.97, 0.50},
                     .cloud_sd = 0.03,
                     .rain_chance = {0.002, 0},
                     .pressure = 1026},
    [WEATHER_FAIR] = {.name = "fair",
                      .anomaly = {0.2, 0.0},
                      .depression = {3.0, 6.5},
                      .wind = 2.6,
                      .wind_sd = 0.25,
                      .wind_from = 300,
                      .wind_from_sd = 45,
                      .night_wind = 0.6,
                      .cloud = {0.55, 0.40},
                      .cloud_sd = 0.12,
                      .rain_chance = {0.001, 0.003},
                      .pressure = 1018},
    [WEATHER_WEST] = {.name = "west",
                      .anomaly = {0.8, -2.2},
                      .depression = {2.0, 3.5},
                      .wind = 4.3,
                      .wind_sd = 0.25,
                      .wind_from = 285,
                      .wind_from_sd = 20,
                      .night_wind = 0.75,
                      .cloud = {0.85, 0.75},
                      .cloud_sd = 0.10,
                      .rain_chance = {0.030, 0.020},
                      .pressure = 1010},
    [WEATHER_AUTAN] = {.name = "autan",
                       .anomaly = {2.0, 1.8},
                       .depression = {5.0, 9.5},
                       .wind = 7.0,
                       .wind_sd = 0.22,
                       .wind_from = 128,
                       .wind_from_sd = 8,
                       .night_wind = 0.85,
                       .cloud = {0.45, 0.30},
                       .cloud_sd = 0.15,
                       .rain_chance = {0.001, 0.001},
                       .pressure = 1010},
};

/* Chance of tomorrow's regime, by today's, in winter and in summer. */
static const double transition[2][WEATHER_REGIMES][WEATHER_REGIMES] = {
    {{0.58, 0.14, 0.12, 0.06, 0.10},
     {0.22, 0.52, 0.12, 0.10, 0.04},
     {0.20, 0.08, 0.32, 0.28, 0.12},
     {0.11, 0.05, 0.26, 0.52, 0.06},
     {0.06, 0.02, 0.16, 0.32, 0.44}},
    {{0.66, 0.00, 0.20, 0.05, 0.09},
     {0.30, 0.00, 0.50, 0.20, 0.00},
     {0.30, 0.00, 0.42, 0.20, 0.08},
     {0.18, 0.00, 0.40, 0.38, 0.04},
     {0.12, 0.00, 0.28, 0.20, 0.40}},
};

/* Spells that every year has, so that known dates show known weather. */
static const struct {
    int month, first_day, last_day;
    weather_regime regime;
    double anomaly; /* K */
} spells[] = {
    {1, 8, 11, WEATHER_CALM, -3.6}, {2, 3, 5, WEATHER_AUTAN, 2.0},
    {6, 27, 30, WEATHER_CALM, 6.0}, {7, 1, 2, WEATHER_CALM, 5.5},
    {8, 19, 22, WEATHER_CALM, 6.6}, {8, 23, 23, WEATHER_CALM, 7.6},
    {8, 24, 24, WEATHER_FAIR, 4.0}, {11, 19, 22, WEATHER_FOG, -0.5},
};
enum { SPELLS = sizeof spells / sizeof spells[0] };

typedef struct {
    weather_regime regime;
    bool in_spell;
    double anomaly, depression, wind, from_x, from_y, night_wind, cloud, rain_chance;
    double pressure;
    double fog;      /* 0 to 1 */
    double keenness; /* of the heat island, about 1 */
} day;

struct weather {
    random_stream days, steps;
    autan_time january; /* midnight before the year */
    autan_time time;    /* end of the step drawn last */
    day day[3];         /* yesterday, today, tomorrow */
    autan_time tomorrow;
    double synoptic, pressure_anomaly; /* of tomorrow */
    /* First-order autoregressive disturbances, standard normal. */
    double gust, cloud_noise, veer, east, north;
    bool wet;
    double rain_rate; /* mm in a step */
    /* What the ground and the air remember. */
    double slab, warmth, stability, urban, mean_temperature;
};

const char *weather_regime_name(weather_regime regime)
{
    return regimes[regime].name;
}

static double mix(double a, double b, double share)
{
    return a + share * (b - a);
}

/* 0 below from, 1 above to, smooth between; falling when from > to. */
static double smooth_step(double from, double to, double x)
{
    double s = fmin(fmax((x - from) / (to - from), 0.0), 1.0);
    return s * s * (3.0 - 2.0 * s);
}

/* 0 in mid-January to 1 in mid-July. */
static double summer_share(autan_time time)
{
    autan_civil c;
    autan_civil_utc(time, &c);
    return 0.5 - 0.5 * cos(2.0 * pi * (c.yearday - 16) / 365.25);
}

static double at_season(const double pair[2], double summer)
{
    return mix(pair[0], pair[1], summer);
}

static weather_regime draw_regime(weather *w, weather_regime today, double summer)
{
    double u = random_uniform(&w->days), sum = 0.0;
    for (int k = 0; k < WEATHER_REGIMES; k++) {
        sum += mix(transition[0][today][k], transition[1][today][k], summer);
        if (u < sum)
            return (weather_regime)k;
    }
    return WEATHER_FAIR;
}

/* Every day takes the same number of draws, in a spell or not, so that a spell changes
 * nothing after it but through the regime. */
static day draw_day(weather *w, autan_time midnight, weather_regime today)
{
    double summer = summer_share(midnight);
    day d = {.regime = draw_regime(w, today, summer)};
    double wind_noise = random_normal(&w->days), from_noise = random_normal(&w->days);
    double cloud_noise = random_normal(&w->days), keen_noise = random_normal(&w->days);
    double from;
    autan_civil civil;

    w->synoptic = 0.72 * w->synoptic + 1.5 * random_normal(&w->days);
    w->pressure_anomaly = 0.8 * w->pressure_anomaly + 2.5 * random_normal(&w->days);
    d.anomaly = w->synoptic * mix(1.1, 0.9, summer) +
                at_season(regimes[d.regime].anomaly, summer);

    autan_civil_utc(midnight, &civil);
    for (int k = 0; k < SPELLS; k++) {
        if (civil.month == spells[k].month && civil.day >= spells[k].first_day &&
            civil.day <= spells[k].last_day) {
            d.regime = spells[k].regime;
            d.anomaly = spells[k].anomaly;
            d.in_spell = true;
        }
    }
    if (d.in_spell) {
        wind_noise = fmin(wind_noise, 0.0);
        cloud_noise = fmin(cloud_noise, 0.0);
        keen_noise *= 0.3;
    }
    d.depression = at_season(regimes[d.regime].depression, summer);
    d.wind = regimes[d.regime].wind * exp(regimes[d.regime].wind_sd * wind_noise);
    from = regimes[d.regime].wind_from + regimes[d.regime].wind_from_sd * from_noise;
    d.from_x = sin(from * pi / 180.0);
    d.from_y = cos(from * pi / 180.0);
    d.night_wind = regimes[d.regime].night_wind;
    d.cloud = fmin(fmax(at_season(regimes[d.regime].cloud, summer) +
                            regimes[d.regime].cloud_sd * cloud_noise,
                        0.02),
                   1.0);
    d.rain_chance = at_season(regimes[d.regime].rain_chance, summer);
    d.pressure = regimes[d.regime].pressure + w->pressure_anomaly;
    d.fog = d.regime == WEATHER_FOG && summer < 0.5;
    d.keenness = exp(0.08 * keen_noise);
    return d;
}

weather *weather_new(uint64_t seed, int year)
{
    weather *w = calloc(1, sizeof *w);
    autan_civil start = {.year = year, .month = 1, .day = 1};
    weather_state unused;
    if (!w)
        return NULL;
    w->days = random_make(seed, "days");
    w->steps = random_make(seed, "steps");
    autan_time_from_utc(&start, &w->january);
    w->time = w->january - (SPIN_UP_DAYS + 1) * DAY_S;
    w->mean_temperature = 6.0;
    for (int k = 0; k < 3; k++) {
        weather_regime before = k ? w->day[k - 1].regime : WEATHER_FAIR;
        w->day[k] = draw_day(w, w->time + (k - 1) * DAY_S, before);
    }
    w->tomorrow = w->time + DAY_S;
    while (w->time < w->january - DAY_S)
        weather_next(w, &unused);
    return w;
}

void weather_free(weather *w)
{
    free(w);
}

autan_time weather_time(const weather *w)
{
    return w->time + WEATHER_STEP_S;
}

/* Sine of the sun's height at a moment: declination after Cooper (1969), equation of
 * time after Spencer (1971), to about a minute. hour: solar time, 0 to 24. */
static double sun(autan_time time, double *hour)
{
    autan_civil c;
    double declination, b, minutes, angle, height;
    autan_civil_utc(time, &c);
    declination = 23.44 * pi / 180.0 * sin(2.0 * pi * (284.0 + c.yearday) / 365.25);
    b = 2.0 * pi * (c.yearday - 1) / 365.25;
    minutes = 229.2 * (0.000075 + 0.001868 * cos(b) - 0.032077 * sin(b) -
                       0.014615 * cos(2.0 * b) - 0.04089 * sin(2.0 * b));
    *hour = fmod(c.hour + c.minute / 60.0 + c.second / 3600.0 + longitude / 15.0 +
                     minutes / 60.0 + 24.0,
                 24.0);
    angle = (*hour - 12.0) * pi / 12.0;
    height = sin(latitude * pi / 180.0) * sin(declination) +
             cos(latitude * pi / 180.0) * cos(declination) * cos(angle);
    return height;
}

static double follow(double value, double target, double hours)
{
    return target + (value - target) * exp(-0.25 / hours);
}

static double disturb(weather *w, double value, double hours)
{
    double keep = exp(-0.25 / hours);
    return keep * value + sqrt(1.0 - keep * keep) * random_normal(&w->steps);
}

static double rain(weather *w, double chance, double summer)
{
    double u = random_uniform(&w->steps), amount = random_uniform(&w->steps);
    if (!w->wet && u < chance) {
        w->wet = true;
        w->rain_rate = -log(1.0 - amount) * mix(0.24, 0.46, summer);
    } else if (w->wet && u < 0.08) {
        w->wet = false;
    }
    return w->wet ? w->rain_rate * (0.4 + 1.2 * amount) : 0.0;
}

/* The days' weather now: a day passes into the next from 21 h to 3 h, its temperature
 * anomaly and pressure from noon to noon. */
static day blend(const weather *w, double share_of_day)
{
    bool evening = share_of_day > 0.5;
    const day *a = &w->day[evening ? 1 : 0], *b = &w->day[evening ? 2 : 1];
    double slow = evening ? share_of_day - 0.5 : share_of_day + 0.5;
    double quick = smooth_step(0.375, 0.625, slow);
    day d = w->day[1];
    d.anomaly = mix(a->anomaly, b->anomaly, slow);
    d.pressure = mix(a->pressure, b->pressure, slow);
    d.depression = mix(a->depression, b->depression, slow);
    d.wind = mix(a->wind, b->wind, quick);
    d.from_x = mix(a->from_x, b->from_x, quick);
    d.from_y = mix(a->from_y, b->from_y, quick);
    d.night_wind = mix(a->night_wind, b->night_wind, quick);
    d.cloud = mix(a->cloud, b->cloud, quick);
    d.rain_chance = mix(a->rain_chance, b->rain_chance, quick);
    d.fog = mix(a->fog, b->fog, quick);
    d.keenness = mix(a->keenness, b->keenness, quick);
    return d;
}

/* How the places differ: heat island, lapse rate, cold pools, land cover. */
static void local_influences(weather *w, const day *now, double hour, double height,
                             double summer, weather_state *s)
{
    double degrees = asin(height) * 180.0 / pi;
    /* Night for the ground begins before sunset and ends soon after sunrise. */
    double night = hour > 12.0 ? smooth_step(14.0, -3.0, degrees)
                               : smooth_step(6.0, -1.0, degrees);
    double clear = 1.0 - 0.70 * s->cloud * s->cloud;
    double calm = 1.0 / (1.0 + pow(s->wind_speed / 3.2, 1.8));
    double target;

    w->stability = follow(w->stability, night * clear * calm * sqrt(calm),
                          night > 0.5 ? 2.5 : 1.2);
    s->stability = w->stability;

    /* By night the heat stored by day; by day the city lags behind open country in the
     * morning and is a little warmer in the afternoon. */
    target = night * 5.3 * mix(0.92, 1.19, summer) * now->keenness * clear * calm +
             (1.0 - night) * clear * sqrt(calm) * mix(0.6, 1.0, summer) *
                 mix(-0.9, 1.2, smooth_step(9.0, 16.0, hour));
    w->urban = follow(w->urban, target, night > 0.5 ? 2.2 : 1.3);
    s->urban = w->urban;

    s->lapse = -7.0e-3 - 1.5e-3 * s->warmth +
               s->stability * (7.0e-3 + mix(9.0e-3, 5.0e-3, summer)) +
               now->fog * 9.0e-3;
    s->pool = -mix(2.3, 1.9, summer) * s->stability;
    s->wood = -mix(0.5, 2.2, summer) * s->warmth + 0.4 * s->stability;
    s->water = -mix(0.8, 2.6, summer) * s->warmth + 0.25 * s->urban * (1.0 - s->warmth);
    s->grass = -0.6 * s->stability - 0.3 * s->warmth;
    s->road = mix(0.5, 1.3, summer) * s->warmth + 0.08 * s->urban;

    w->east = disturb(w, w->east, 12.0);
    w->north = disturb(w, w->north, 12.0);
    s->east = 0.35 * w->east;
    s->north = 0.35 * w->north;
    s->long_sd = 0.25 + 0.30 * s->stability + 0.10 * s->warmth;
    s->short_sd = 0.12 + 0.25 * s->stability + 0.12 * s->warmth;
}

void weather_next(weather *w, weather_state *state)
{
    weather_state s = {0};
    autan_time middle = w->time + WEATHER_STEP_S / 2;
    double summer, hour, height, daytime, attenuation, warming;
    /* The coldest day but for the sun is 25 January. */
    double season =
        2.0 * pi * ((double)(middle - w->january) / (365.25 * DAY_S) - 0.068);
    day now;

    if (w->time >= w->tomorrow) {
        w->day[0] = w->day[1];
        w->day[1] = w->day[2];
        w->tomorrow += DAY_S;
        w->day[2] = draw_day(w, w->tomorrow, w->day[1].regime);
    }
    now = blend(w, 1.0 - (double)(w->tomorrow - middle) / DAY_S);
    summer = summer_share(middle);
    height = sun(middle, &hour);
    s.regime = now.regime;

    w->gust = disturb(w, w->gust, 2.0);
    w->veer = disturb(w, w->veer, 3.0);
    w->cloud_noise = disturb(w, w->cloud_noise, 3.0);
    daytime = smooth_step(-0.1, 0.5, height);
    s.wind_speed = now.wind * mix(now.night_wind, 1.0, daytime) * exp(0.2 * w->gust);
    s.wind_from = fmod(
        atan2(now.from_x, now.from_y) * 180.0 / pi + 15.0 * w->veer + 720.0, 360.0);
    s.cloud = now.cloud + w->cloud_noise * 0.5 * now.cloud * (1.0 - now.cloud);
    s.cloud = fmin(fmax(s.cloud, 0.0), 1.0);
    s.rain_mm = rain(w, now.rain_chance, summer);
    if (s.rain_mm > 0.0)
        s.cloud = fmax(s.cloud, 0.9);
    s.pressure = now.pressure + 0.6 * cos((hour - 10.0) * pi / 6.0);

    /* Clear sky after Haurwitz (1945), clouds after Kasten and Czeplak (1980). */
    attenuation = 1.0 - 0.75 * pow(s.cloud, 3.4);
    s.radiation =
        height > 0.01 ? 1098.0 * height * exp(-0.059 / height) * attenuation : 0.0;
    w->warmth = follow(w->warmth, s.radiation / 750.0, 1.5);
    s.warmth = w->warmth;

    /* The air over open ground: heated by the sun, more where the mixed layer is
     * shallow, cooled to space through the clouds, forgetting in 6 hours. */
    warming = s.radiation * mix(0.0078, 0.0052, summer) / (1.0 + s.wind_speed / 15.0) -
              0.55 * (1.0 - 0.8 * s.cloud) -
              (height > 0.0 ? 0.0 : 0.35 * w->stability) -
              0.3 * (s.rain_mm > 0.0) * summer;
    w->slab += 0.25 * (warming - w->slab / 6.0);
    s.temperature = mix(5.3, 16.9, 0.5 - 0.5 * cos(season)) + now.anomaly + w->slab;

    w->mean_temperature = follow(w->mean_temperature, s.temperature, 18.0);
    s.dew_point =
        fmin(w->mean_temperature - now.depression + 2.0 * (s.rain_mm > 0.0) * summer,
             s.temperature + 0.2);
    local_influences(w, &now, hour, height, summer, &s);
    w->time += WEATHER_STEP_S;
    *state = s;
}
