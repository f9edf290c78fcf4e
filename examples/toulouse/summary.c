#include "summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sites of the network, EPSG:2154: Valade, Carmes, Jean Jaures and Chalets in the dense
 * centre; Bouconne (riding school) and the road from Pibrac to Mondonville in the rural
 * west. The heat island is the mean of the first less the mean of the others. */
enum { CENTRE = 4, RURAL = 2, PLACES = CENTRE + RURAL };
static const double place_x[PLACES] = {573861, 574443, 575172, 574170, 556574, 561044};
static const double place_y[PLACES] = {6279644, 6278862, 6279922,
                                       6280523, 6282606, 6284766};

typedef struct {
    double sum, lowest_sum, highest_sum, rain_mm;
    int steps, days;
} month;

typedef struct {
    double sum, highest;
    int nights;
    autan_time when; /* end of the highest's hour */
} maxima;

struct summary {
    const field *field;
    double *phi;
    /* The present day, hour and night. */
    double day_lowest, day_highest;
    double hour_sum;
    int hour_steps;
    double night_highest;
    int night_hours;
    autan_time night_when;
    month month[12];
    int regime_days[WEATHER_REGIMES];
    maxima year, summer;
};

summary *summary_new(const field *f)
{
    summary *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->field = f;
    s->phi = malloc(field_terms(f) * PLACES * sizeof *s->phi);
    if (!s->phi) {
        summary_free(s);
        return NULL;
    }
    field_basis(f, PLACES, place_x, place_y, s->phi);
    s->day_lowest = INFINITY;
    s->day_highest = s->night_highest = -INFINITY;
    return s;
}

void summary_free(summary *s)
{
    if (s)
        free(s->phi);
    free(s);
}

static void add_maximum(maxima *m, double highest, autan_time when)
{
    m->sum += highest;
    if (m->nights++ == 0 || highest > m->highest) {
        m->highest = highest;
        m->when = when;
    }
}

static void end_day(summary *s, month *m, const weather_state *state)
{
    m->lowest_sum += s->day_lowest;
    m->highest_sum += s->day_highest;
    m->days++;
    s->regime_days[state->regime]++;
    s->day_lowest = INFINITY;
    s->day_highest = -INFINITY;
}

/* A night's day is from noon to noon UTC. */
static void end_night(summary *s, autan_time noon)
{
    autan_civil c;
    autan_civil_utc(noon, &c);
    if (s->night_hours == 24) {
        add_maximum(&s->year, s->night_highest, s->night_when);
        if (autan_season(c.month) == 2)
            add_maximum(&s->summer, s->night_highest, s->night_when);
    }
    s->night_highest = -INFINITY;
    s->night_hours = 0;
}

void summary_step(summary *s, autan_time time, const weather_state *state,
                  const double *a)
{
    double value[PLACES], centre = 0.0, rural = 0.0;
    autan_civil c;
    month *m;
    autan_civil_utc(time - 1, &c);
    m = &s->month[c.month - 1];
    field_at(s->field, PLACES, s->phi, a, value);
    for (int i = 0; i < CENTRE; i++)
        centre += value[i] / CENTRE;
    for (int i = CENTRE; i < PLACES; i++)
        rural += value[i] / RURAL;

    m->sum += rural;
    m->steps++;
    m->rain_mm += state->rain_mm;
    s->day_lowest = fmin(s->day_lowest, rural);
    s->day_highest = fmax(s->day_highest, rural);
    if (time % 86400 == 0)
        end_day(s, m, state);

    s->hour_sum += centre - rural;
    s->hour_steps++;
    if (time % 3600 == 0) {
        double hour = s->hour_sum / s->hour_steps;
        if (hour > s->night_highest) {
            s->night_highest = hour;
            s->night_when = time;
        }
        s->night_hours++;
        s->hour_sum = 0.0;
        s->hour_steps = 0;
    }
    if (time % 86400 == 43200)
        end_night(s, time);
}

static void print_maxima(const char *name, const maxima *m)
{
    char text[AUTAN_TIME_TEXT];
    if (m->nights == 0)
        return;
    autan_time_format(m->when, text);
    printf(
        "%s: mean of the daily maxima %.2f K over %d days, highest %.2f K in the hour "
        "that ends at %s\n",
        name, m->sum / m->nights, m->nights, m->highest, text);
}

void summary_print(const summary *s)
{
    printf("SIMULATED weather, rural west of Toulouse (degC, mm)\n"
           "month   mean  daily minimum  daily maximum   rain\n");
    for (int k = 0; k < 12; k++) {
        const month *m = &s->month[k];
        if (m->days > 0)
            printf("%5d  %5.1f  %13.1f  %13.1f  %5.0f\n", k + 1, m->sum / m->steps,
                   m->lowest_sum / m->days, m->highest_sum / m->days, m->rain_mm);
    }
    printf("days:");
    for (int k = 0; k < WEATHER_REGIMES; k++)
        printf(" %s %d%s", weather_regime_name((weather_regime)k), s->regime_days[k],
               k + 1 < WEATHER_REGIMES ? "," : "\n");
    printf("SIMULATED heat island, dense centre above the rural west, hourly means\n");
    print_maxima("year", &s->year);
    print_maxima("June to August", &s->summer);
}
