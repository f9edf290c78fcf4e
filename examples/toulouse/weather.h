/* The simulated weather of the Toulouse basin: what is the same everywhere in it, and
 * how strongly each influence of the place acts. Nothing of it was measured. */
#ifndef AUTAN_EXAMPLES_WEATHER_H
#define AUTAN_EXAMPLES_WEATHER_H

#include <stdint.h>

#include "base/calendar.h"

enum { WEATHER_STEP_S = 900 };

/* What a day can be. */
typedef enum {
    WEATHER_CALM = 0, /* anticyclonic: clear, light winds */
    WEATHER_FOG,      /* winter anticyclone under fog or low cloud */
    WEATHER_FAIR,     /* some cloud, some wind, summer showers */
    WEATHER_WEST,     /* westerly, cloudy, rain */
    WEATHER_AUTAN,    /* the south-easterly autan wind: strong, dry, mild */
    WEATHER_REGIMES
} weather_regime;

const char *weather_regime_name(weather_regime regime);

/* The mean over one step. Temperatures in degree Celsius, differences in K. */
typedef struct {
    weather_regime regime;
    double radiation;  /* global, W m-2 */
    double cloud;      /* 0 to 1 */
    double wind_speed; /* m s-1, in open country */
    double wind_from;  /* degree */
    double pressure;   /* hPa, at sea level */
    double dew_point;
    double rain_mm; /* in the step */
    /* How much of the sun's heat is in the ground, 0 to about 1, and how stable the air
     * near it is, 0 to 1: calm clear nights. */
    double warmth, stability;
    /* The field: see field.h for what each is multiplied with. */
    double temperature;              /* of open country at 150 m */
    double urban;                    /* K, dense centre above open country */
    double lapse;                    /* K m-1 */
    double pool;                     /* K, not above 0: cold air on a valley floor */
    double wood, water, grass, road; /* K where the ground is all of that kind */
    double east, north;              /* K from the middle to the border of the city */
    double long_sd, short_sd;        /* K, of the residual field's two ranges */
} weather_state;

typedef struct weather weather;

/* Weather that starts a day before the year and is drawn step by step. NULL when memory
 * is short. Free with weather_free. */
weather *weather_new(uint64_t seed, int year);
void weather_free(weather *w);

/* The end of the step that weather_next gives next. */
autan_time weather_time(const weather *w);

/* Draws the next step. */
void weather_next(weather *w, weather_state *state);

#endif
