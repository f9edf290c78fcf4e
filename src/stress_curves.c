#include "stress_curves.h"

#include <math.h>
#include <stdlib.h>

#include "heat/moisture.h"
#include "kriging/vector.h"

enum { HOUR_S = 3600, NODES = 4 };

static const char *const name[STRESS_CURVES] = {"humidex", "heat_index", "wbgt",
                                                "utci"};
static const double MARGIN_K = 4.0, CALM = 1.0, HEAT_INDEX_FROM = 20.0;

/* What a member says of an hour of the town. */
typedef struct {
    double pressure; /* of the vapour, hPa */
    double wind, radiation, sun;
    double lowest, highest; /* temperatures of the stations */
} weather;

static weather weather_of(const stress_curves *s, const town *t,
                          const autan_forecast *f, size_t hour, size_t member)
{
    const size_t of_town = member * f->n_times + hour;
    double n = 0.0;
    weather w = {.wind = s->has_wind ? (double)f->wind[of_town] : CALM,
                 .radiation = s->has_radiation ? (double)f->radiation[of_town] : 0.0,
                 .lowest = INFINITY,
                 .highest = -INFINITY};
    w.sun = autan_sun_elevation(f->reference + HOUR_S * (autan_time)hour + HOUR_S / 2,
                                t->stations.station[0].longitude,
                                t->stations.station[0].latitude);
    for (size_t i = 0; i < f->n_stations; i++) {
        const size_t at = (member * f->n_stations + i) * f->n_times + hour;
        const double air = (double)f->value[at], humidity = (double)f->humidity[at];
        if (isnan(air))
            continue;
        w.lowest = fmin(w.lowest, air);
        w.highest = fmax(w.highest, air);
        if (isnan(humidity))
            continue;
        w.pressure += autan_vapour_pressure(air, humidity);
        n++;
    }
    w.pressure = n > 0.0 ? w.pressure / n : (double)NAN;
    return w;
}

static double value_at(const stress_curves *s, size_t c, const weather *w, double air)
{
    const double saturated = autan_saturation_pressure(air);
    const autan_air all = {.temperature = air,
                           .humidity = 100.0 * fmin(w->pressure / saturated, 1.0),
                           .wind = w->wind,
                           .radiant = s->has_radiation
                                          ? autan_radiant_temperature(
                                                air, w->pressure, w->radiation, w->sun)
                                          : air};
    return s->index[c]->value(&all);
}

static stress_curve fit(const stress_curves *s, size_t c, const weather *w)
{
    const int is_heat_index =
        (s->index[c]->needs & ~(unsigned)AUTAN_NEEDS_HUMIDITY) == 0 &&
        isnan(value_at(s, c, w, HEAT_INDEX_FROM - 1.0));
    double low = w->lowest - MARGIN_K;
    const double high = w->highest + MARGIN_K;
    double coefficient[NODES] = {0};
    if (is_heat_index) {
        if (w->highest <= HEAT_INDEX_FROM)
            return (stress_curve){0.0f, 1.0f, {0.0f, 1.0f, 0.0f, 0.0f}};
        low = fmax(low, HEAT_INDEX_FROM);
    }
    const double middle = 0.5 * (low + high), half = 0.5 * (high - low);
    for (int i = 0; i < NODES; i++) {
        const double angle = M_PI * (2 * i + 1) / (2.0 * NODES);
        const double value = value_at(s, c, w, middle + half * cos(angle));
        for (int j = 0; j < NODES; j++)
            coefficient[j] += (j ? 2.0 : 1.0) / NODES * value * cos(j * angle);
    }
    const double *b = coefficient;
    return (stress_curve){(float)middle,
                          (float)half,
                          {(float)(b[0] - b[2]), (float)(b[1] - 3.0 * b[3]),
                           (float)(2.0 * b[2]), (float)(4.0 * b[3])}};
}

autan_status stress_curves_make(const town *t, const autan_forecast *f,
                                stress_curves *curves)
{
    const size_t rows = f->n_times * f->n_members;
    stress_curves s = {.n_rows = rows,
                       .has_wind = f->wind != NULL,
                       .has_radiation = f->radiation != NULL};
    *curves = s;
    if (!f->humidity)
        return AUTAN_OK;
    for (size_t c = 0; c < STRESS_CURVES; c++)
        s.index[s.n++] = autan_stress_find(name[c]);
    s.curve = malloc(s.n * rows * sizeof *s.curve);
    if (!s.curve)
        return AUTAN_NO_MEMORY;
#pragma omp parallel for schedule(static)
    for (long row = 0; row < (long)rows; row++) {
        const size_t hour = (size_t)row / f->n_members;
        const weather w = weather_of(&s, t, f, hour, (size_t)row % f->n_members);
        for (size_t c = 0; c < s.n; c++)
            s.curve[c * rows + (size_t)row] = fit(&s, c, &w);
    }
    *curves = s;
    return AUTAN_OK;
}

void stress_curves_clear(stress_curves *s)
{
    free(s->curve);
    *s = (stress_curves){0};
}

const autan_stress *stress_curves_index(const stress_curves *s, size_t c)
{
    return s->index[c];
}

const char *stress_curves_words(const stress_curves *s)
{
    static const char *const words[2][2] = {
        {"Heat stress with the vapour pressure of the town, a wind of 1 m/s and the "
         "radiant temperature of the air (shade), neither being measured.",
         "Heat stress with the vapour pressure and radiation of the town on a person "
         "in "
         "the open, and a wind of 1 m/s, none being measured."},
        {"Heat stress with the vapour pressure and wind of the town, and the radiant "
         "temperature of the air (shade), no radiation being measured.",
         "Heat stress with the vapour pressure, wind and radiation of the town on a "
         "person in the open."}};
    return words[s->has_wind ? 1 : 0][s->has_radiation ? 1 : 0];
}

AUTAN_CLONES static void take(const stress_curve *curve, size_t n,
                              const float *restrict temperature, float share,
                              float *restrict highest, float *restrict sum)
{
    const float scale = 1.0f / curve->half, middle = curve->middle;
    const float a0 = curve->a[0], a1 = curve->a[1], a2 = curve->a[2], a3 = curve->a[3];
#pragma omp simd
    for (size_t i = 0; i < n; i++) {
        const float u = (temperature[i] - middle) * scale, before = highest[i];
        const float value = a0 + u * (a1 + u * (a2 + u * a3));
        highest[i] = value > before || value != value ? value : before;
        sum[i] += share * value;
    }
}

void stress_curves_take(const stress_curves *s, size_t c, size_t row, size_t n,
                        const float *temperature, float share, float *highest,
                        float *sum)
{
    take(&s->curve[c * s->n_rows + row], n, temperature, share, highest, sum);
}
