/* Forecasts without guidance. Limits of error on real places are those that the shared
 * data's owners ask for; other expected values follow from the definitions in the
 * headers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "autan.h" /* all public headers agree with each other */
#include "forecast/extremes.h"
#include "forecast/members.h"
#include "forecast/outlook.h"
#include "forecast/verify.h"
#include "kriging/score.h"
#include "support.h"

/* Windows. */

enum { STATIONS = 2, STEPS = 12 };

static autan_panel small_panel(void)
{
    autan_panel panel;
    ck_assert_int_eq(autan_panel_make(0, 3600 * (STEPS - 1), 3600, STATIONS, &panel),
                     AUTAN_OK);
    for (size_t t = 0; t < STEPS; t++) {
        panel.value[t * STATIONS] = (double)t;
        panel.value[t * STATIONS + 1] = 100.0 - (double)t;
    }
    return panel;
}

START_TEST(windows_are_counted_from_the_origin)
{
    autan_panel panel = small_panel();
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, NULL};
    const autan_time_window past = {0, -2, 0, AUTAN_WINDOW_MEAN, 0};
    const autan_time_window lowest = {0, 1, 3, AUTAN_WINDOW_MIN, 0};
    const autan_time_window highest = {0, 1, 3, AUTAN_WINDOW_MAX, 0};
    const autan_time_window network = {0, 0, 0, AUTAN_WINDOW_MEAN, 1};
    ck_assert_double_eq(autan_window_value(&record, 0, 5, &past), 4);
    ck_assert_double_eq(autan_window_value(&record, 0, 5, &lowest), 6);
    ck_assert_double_eq(autan_window_value(&record, 0, 5, &highest), 8);
    ck_assert_double_eq(autan_window_value(&record, 0, 5, &network), 50);
    ck_assert(isnan(autan_window_value(&record, 0, 1, &past)));
    ck_assert(isnan(autan_window_value(&record, 0, 9, &lowest)));
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(a_window_needs_three_quarters_of_its_steps)
{
    autan_panel panel = small_panel();
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, NULL};
    const autan_time_window four = {0, -3, 0, AUTAN_WINDOW_MEAN, 0};
    panel.value[5 * STATIONS] = NAN;
    ck_assert_double_eq_tol(autan_window_value(&record, 0, 6, &four), 13.0 / 3, 1e-12);
    panel.value[4 * STATIONS] = NAN;
    ck_assert(isnan(autan_window_value(&record, 0, 6, &four)));
    autan_panel_clear(&panel);
}
END_TEST

/* An hourly year and a half at three stations: season, day, and weather of a few days.
 */

enum { PLACES = 3, HOURS = 24 * 550, AHEAD = 48 };

static double gaussian(uint64_t *state)
{
    return sqrt(-2.0 * log(1.0 - uniform(state))) * cos(2.0 * M_PI * uniform(state));
}

static autan_panel weather_panel(void)
{
    autan_panel panel;
    uint64_t state = 7;
    double weather = 0.0;
    autan_panel_make(1514764800, 1514764800 + 3600 * (HOURS - 1), 3600, PLACES, &panel);
    for (size_t t = 0; t < HOURS; t++) {
        const double day = 2 * M_PI * (double)t / 24, year = day / 365.2425;
        weather = 0.99 * weather + 0.5 * gaussian(&state);
        for (size_t i = 0; i < PLACES; i++)
            panel.value[t * PLACES + i] = 12 - 8 * cos(year) - 4 * cos(day - 0.5) +
                                          weather + (double)i + 0.3 * gaussian(&state);
    }
    return panel;
}

START_TEST(nothing_after_the_origin_is_read)
{
    autan_panel panel = weather_panel();
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, NULL};
    const size_t origin = 24 * 500 + 6;
    autan_plan plan = {0};
    double mean[2][AHEAD], spread[2][AHEAD], high[2];
    autan_plan_hourly(1, 0, 1, AHEAD, &plan);
    for (int pass = 0; pass < 2; pass++) {
        autan_outlook outlook;
        /* The second time the future is another one. */
        for (size_t k = (origin + 1) * PLACES; pass == 1 && k < HOURS * PLACES; k++)
            panel.value[k] = k % 3 ? -40.0 : NAN;
        ck_assert_int_eq(autan_outlook_fit(&record, 1, &plan, origin, 24, &outlook),
                         AUTAN_OK);
        ck_assert_int_eq(autan_outlook_predict(&outlook, &record, 1, &plan, origin,
                                               mean[pass], spread[pass]),
                         1);
        high[pass] = autan_regression_quantile(outlook.regression, AHEAD - 1, 0.95);
        autan_outlook_clear(&outlook);
    }
    for (size_t j = 0; j < plan.n_targets; j++) {
        ck_assert_double_eq(mean[0][j], mean[1][j]);
        ck_assert_double_eq(spread[0][j], spread[1][j]);
    }
    ck_assert_double_eq(high[0], high[1]);
    autan_plan_clear(&plan);
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(spread_widens_to_that_of_the_climatology)
{
    autan_panel panel = weather_panel();
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, NULL};
    const size_t origin = 24 * 540 + 6;
    autan_plan plan = {0};
    autan_outlook outlook;
    double mean[240], spread[240], climate[240], wide[240];
    autan_plan_hourly(1, 0, 1, 240, &plan);
    ck_assert_int_eq(autan_outlook_fit(&record, 0, &plan, origin, 24, &outlook),
                     AUTAN_OK);
    autan_outlook_predict(&outlook, &record, 0, &plan, origin, mean, spread);
    ck_assert_int_eq(
        autan_regression_predict(outlook.regression,
                                 autan_season_angle(autan_panel_time(&panel, origin)),
                                 NULL, climate, wide),
        0);
    /* The weather's deviation is 0.5 / sqrt(1 - 0.99^2) = 3.5 K, of the first hour 0.5
     * K and the station's own 0.3 K. */
    ck_assert(spread[0] > 0.58 && spread[0] < wide[0] / 3.0);
    ck_assert(wide[0] > 2.5 && wide[0] < 4.5);
    ck_assert(spread[239] > 0.9 * wide[239]);
    ck_assert(fabs(mean[239] - climate[239]) < 1.5);
    autan_outlook_clear(&outlook);
    autan_plan_clear(&plan);
    autan_panel_clear(&panel);
}
END_TEST

/* Five months of winter and spring: what is expected of the yearly cycle carries the
 * climatology to the end of June, where the panel's own is 12 - 8 cos(year). */
START_TEST(an_archive_of_five_months_does_not_bend_the_summer)
{
    autan_panel panel = weather_panel();
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, autan_temperature_cycle};
    const size_t origin = 24 * 150 + 6;
    autan_plan plan = {0};
    autan_outlook outlook;
    double climate[AHEAD], wide[AHEAD], at_origin[AHEAD], then[AHEAD];
    autan_plan_hourly(1, 0, 1, AHEAD, &plan);
    ck_assert_int_eq(autan_outlook_fit(&record, 0, &plan, origin, 24, &outlook),
                     AUTAN_OK);
    autan_regression_predict(outlook.regression,
                             autan_season_angle(autan_panel_time(&panel, origin)), NULL,
                             at_origin, then);
    autan_regression_predict(
        outlook.regression,
        autan_season_angle(autan_panel_time(&panel, origin + (size_t)24 * 27)), NULL,
        climate, wide);
    /* 18 hours after 06 UTC is midnight: less the day's 4 cos(-0.5). */
    ck_assert_double_eq_tol(
        climate[17], 12 - 8 * cos(2 * M_PI * 177 / 365.2425) - 4 * cos(0.5), 3.0);
    ck_assert(wide[17] > then[17]);
    autan_outlook_clear(&outlook);
    autan_plan_clear(&plan);
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(a_silent_station_gets_the_climatology_and_says_so)
{
    autan_panel panel = weather_panel();
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, NULL};
    const size_t origin = 24 * 540 + 6;
    autan_plan plan = {0};
    autan_outlook outlook;
    double mean[AHEAD], spread[AHEAD];
    autan_plan_hourly(1, 0, 0, AHEAD, &plan);
    ck_assert_int_eq(autan_outlook_fit(&record, 0, &plan, origin, 24, &outlook),
                     AUTAN_OK);
    for (size_t t = origin - 300; t <= origin; t++)
        panel.value[t * PLACES] = NAN;
    ck_assert_int_eq(
        autan_outlook_predict(&outlook, &record, 0, &plan, origin, mean, spread), 0);
    ck_assert(isfinite(mean[0]) && spread[0] > 2.0);
    autan_outlook_clear(&outlook);
    autan_plan_clear(&plan);
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(too_short_a_record_teaches_nothing)
{
    autan_panel panel = weather_panel();
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, NULL};
    autan_plan plan = {0};
    autan_outlook outlook = {0};
    autan_plan_hourly(1, 0, 0, AHEAD, &plan);
    ck_assert_int_eq(autan_outlook_fit(&record, 0, &plan, 24 * 50, 24, &outlook),
                     AUTAN_NO_DATA);
    ck_assert_ptr_null(outlook.regression);
    autan_plan_clear(&plan);
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(members_have_the_distribution_of_every_target_and_move_together)
{
    enum { MEMBERS = 20 };
    autan_panel panel = weather_panel();
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, NULL};
    const size_t origin = 24 * 540 + 6;
    autan_plan plan = {0};
    autan_outlook outlook[PLACES];
    autan_prospect prospect[PLACES + 1] = {0};
    static double mean[PLACES][AHEAD], spread[PLACES][AHEAD];
    static double member[MEMBERS * (PLACES + 1) * AHEAD];
    autan_plan_hourly(1, 0, 1, AHEAD, &plan);
    for (size_t i = 0; i < PLACES; i++) {
        autan_outlook_fit(&record, i, &plan, origin, 24, &outlook[i]);
        autan_outlook_predict(&outlook[i], &record, i, &plan, origin, mean[i],
                              spread[i]);
        prospect[i] = (autan_prospect){&outlook[i], mean[i], spread[i]};
    }
    ck_assert_int_eq(
        autan_members_make(PLACES + 1, prospect, AHEAD,
                           autan_season_angle(autan_panel_time(&panel, origin)),
                           2 * M_PI / 365.2425, MEMBERS, member),
        AUTAN_OK);
    /* The smallest member of a target is its quantile 0.025. */
    double lowest = INFINITY, product = 0.0, a = 0.0, b = 0.0;
    for (size_t k = 0; k < MEMBERS; k++) {
        const double *first = member + k * (PLACES + 1) * AHEAD,
                     *second = first + AHEAD;
        const double x = first[30] - mean[0][30], y = second[30] - mean[1][30];
        lowest = fmin(lowest, first[30]);
        product += x * y;
        a += x * x;
        b += y * y;
        ck_assert(isnan(first[PLACES * AHEAD]));
    }
    ck_assert_double_eq_tol(
        lowest,
        mean[0][30] +
            spread[0][30] * autan_regression_quantile(outlook[0].regression, 30, 0.025),
        1e-9);
    /* The stations share their weather: correlation near 1. */
    ck_assert(product / sqrt(a * b) > 0.8);
    for (size_t i = 0; i < PLACES; i++)
        autan_outlook_clear(&outlook[i]);
    autan_plan_clear(&plan);
    autan_panel_clear(&panel);
}
END_TEST

/* From 06 UTC with 54 hours: today's maximum until 06 UTC tomorrow, then the minimum of
 * tomorrow from 18 UTC today and its maximum; the day after's minimum would end at
 * hour 60. */
START_TEST(extremes_are_of_windows_that_lie_ahead)
{
    const int from[3] = {1, 13, 25}, to[3] = {24, 36, 48};
    autan_plan plan;
    ck_assert_int_eq(autan_plan_extremes(1, 0, 0, 6, 54, &plan), AUTAN_OK);
    ck_assert_uint_eq(plan.n_targets, 3);
    for (size_t e = 0; e < 3; e++) {
        ck_assert_int_eq(plan.target[e].from, from[e]);
        ck_assert_int_eq(plan.target[e].to, to[e]);
        ck_assert_int_eq(plan.target[e].kind,
                         e == 1 ? AUTAN_WINDOW_MIN : AUTAN_WINDOW_MAX);
        ck_assert_uint_eq(plan.group[e], e > 0 ? 1 : 0);
    }
    autan_plan_clear(&plan);
    ck_assert_int_eq(autan_plan_extremes(1, 0, 0, 7, 17, &plan), AUTAN_NO_DATA);
    ck_assert_int_eq(autan_plan_extremes(1, 1, 0, 6, 54, &plan), AUTAN_BAD_ARGUMENT);
}
END_TEST

/* A real outlook of the weather's days; members that are a sine of the day, each warmer
 * than the one before. Extremes of the moved members are the quantiles of the outlook,
 * but for hours beside that were moved a little less and became the extreme. */
START_TEST(members_reach_the_extremes_of_their_days_in_their_own_order)
{
    enum { M = 20, N = 54 };
    autan_panel panel = weather_panel();
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, NULL};
    const size_t origin = 24 * 500 + 6;
    autan_plan plan;
    autan_outlook outlook;
    double mean[8], spread[8], hour[M][N];
    ck_assert_int_eq(autan_plan_extremes(1, 0, 1, 6, N, &plan), AUTAN_OK);
    ck_assert_int_eq(autan_outlook_fit(&record, 1, &plan, origin, 24, &outlook),
                     AUTAN_OK);
    autan_outlook_predict(&outlook, &record, 1, &plan, origin, mean, spread);
    for (size_t k = 0; k < M; k++) {
        for (size_t h = 0; h < N; h++)
            hour[k][h] =
                8 - 6 * cos(2 * M_PI * ((double)h + 7 - 3) / 24) + 0.1 * (double)k;
    }
    const autan_prospect days = {&outlook, mean, spread};
    const autan_station_members members = {M, N, hour[0]};
    ck_assert_int_eq(autan_extremes_impose(&plan, &days, &members, N), AUTAN_OK);
    for (size_t e = 0; e < plan.n_targets; e++) {
        const autan_time_window *w = &plan.target[e];
        for (size_t k = 0; k < M; k++) {
            const double wanted =
                mean[e] + spread[e] * autan_regression_quantile(outlook.regression, e,
                                                                ((double)k + 0.5) / M);
            double found = hour[k][w->from - 1];
            for (int h = w->from; h < w->to; h++)
                found = w->kind == AUTAN_WINDOW_MIN ? fmin(found, hour[k][h])
                                                    : fmax(found, hour[k][h]);
            ck_assert_double_eq_tol(found, wanted, 0.5);
        }
    }
    autan_outlook_clear(&outlook);
    autan_plan_clear(&plan);
    autan_panel_clear(&panel);
}
END_TEST

/* A year of white noise and its month's mean, which after the year's cycle is taken out
 * goes against what follows: of a single year nothing must be learnt from it. */
START_TEST(a_year_does_not_teach_what_follows_a_warm_month)
{
    autan_panel panel;
    uint64_t state = 11;
    double month = 0.0, mean[2], spread[2];
    autan_time_window windows[2] = {{0, 0, 0, AUTAN_WINDOW_MEAN, 0},
                                    {0, -29, 0, AUTAN_WINDOW_MEAN, 0}};
    autan_time_window target = {0, 5, 5, AUTAN_WINDOW_MEAN, 0};
    size_t group = 0;
    const autan_plan plan = {2, 1, windows, &target, &group};
    const autan_panel *list = &panel;
    const autan_record record = {1, &list, NULL};
    autan_outlook outlook;
    autan_panel_make(0, 86400 * 369, 86400, 1, &panel);
    for (size_t t = 0; t < 370; t++) {
        if (t % 30 == 0)
            month = 2 * gaussian(&state);
        panel.value[t] = month + gaussian(&state);
    }
    ck_assert_int_eq(autan_outlook_fit(&record, 0, &plan, 369, 1, &outlook), AUTAN_OK);
    autan_outlook_predict(&outlook, &record, 0, &plan, 369, mean, spread);
    /* Another month before, but the same day. */
    for (size_t t = 340; t < 369; t++)
        panel.value[t] += 3;
    autan_outlook_predict(&outlook, &record, 0, &plan, 369, mean + 1, spread + 1);
    ck_assert_double_eq(mean[0], mean[1]);
    autan_outlook_clear(&outlook);
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(the_score_of_members_is_that_of_its_definition)
{
    /* |0-1|, |2-1|, |4-1| over 3; pairs 2, 4, 2 twice over 2 * 9. */
    const double x[3] = {0, 2, 4};
    ck_assert_double_eq_tol(autan_crps_members(3, x, 1), 5.0 / 3 - 16.0 / 18, 1e-12);
    ck_assert_double_eq(autan_crps_members(1, x, 3), 3);
    const double chance[2] = {0.8, 0.4};
    const int happened[2] = {1, 0};
    ck_assert_double_eq_tol(autan_brier(2, chance, happened), 0.1, 1e-12);
}
END_TEST

/* ECA&D cities, the years from 2007 withheld: the last third. */

typedef struct {
    size_t n, within;
    double squared, crps, climate;
} tally;

static size_t read_city(const csv_table *t, const char *city, autan_panel *panel,
                        const autan_panel **list)
{
    static const char *const suffix[] = {"temp_max",        "temp_min", "temp_mean",
                                         "wind_speed",      "humidity", "pressure",
                                         "global_radiation"};
    const size_t n = sizeof suffix / sizeof suffix[0];
    for (size_t v = 0; v < n; v++) {
        char column[64];
        snprintf(column, sizeof column, "%s_%s", city, suffix[v]);
        double *value = table_numbers(t, column);
        autan_panel_make(946684800, 946684800 + 86400 * ((autan_time)t->rows - 1),
                         86400, 1, &panel[v]);
        memcpy(panel[v].value, value, t->rows * sizeof *value);
        list[v] = &panel[v];
        free(value);
    }
    return n;
}

static void score_day(const autan_record *record, const autan_outlook *outlook,
                      const autan_plan *plan, size_t row, tally *tallies)
{
    double mean[5], spread[5], climate[5], wide[5];
    const autan_time origin = autan_panel_time(record->panel[0], row);
    autan_outlook_predict(outlook, record, 0, plan, row, mean, spread);
    autan_regression_predict(outlook->regression, autan_season_angle(origin), NULL,
                             climate, wide);
    for (size_t j = 0; j < 5; j++) {
        const double y = autan_window_value(record, 0, row, &plan->target[j]);
        autan_civil civil;
        autan_civil_utc(origin + 86400 * ((autan_time)j + 1), &civil);
        const double low = autan_regression_quantile(outlook->regression, j, 0.05);
        const double high = autan_regression_quantile(outlook->regression, j, 0.95);
        if (isnan(y))
            continue;
        tallies[j].crps += autan_crps_normal(mean[j], spread[j], y);
        tallies[j].climate += autan_crps_normal(climate[j], wide[j], y);
        tallies[j].within +=
            y >= mean[j] + spread[j] * low && y <= mean[j] + spread[j] * high ? 1 : 0;
        tallies[j + 5].n++;
        if (civil.month < 6 || civil.month > 8)
            continue;
        tallies[j].squared += (mean[j] - y) * (mean[j] - y);
        tallies[j].n++;
    }
}

static void check_city(const char *city, double rmse_1, double rmse_2)
{
    csv_table t;
    autan_panel panel[7];
    const autan_panel *list[7];
    autan_plan plan = {0};
    autan_outlook outlook;
    tally tallies[10] = {0};
    size_t until = 0;
    if (!table_shared("data/forecast/ecad-18-cities-daily.csv", &t))
        return;
    while (strcmp(table_text(&t, until + 1, "DATE"), "20070101") < 0)
        until++;
    const autan_record record = {read_city(&t, city, panel, list), list, NULL};
    autan_plan_daily(record.n, 0, 0, 5, &plan);
    ck_assert_int_eq(autan_outlook_fit(&record, 0, &plan, until, 1, &outlook),
                     AUTAN_OK);
    for (size_t row = until + 1; row < t.rows; row++)
        score_day(&record, &outlook, &plan, row, tallies);
    for (size_t j = 0; j < 5; j++) {
        const double coverage = (double)tallies[j].within / (double)tallies[j + 5].n;
        ck_assert_msg(tallies[j].crps < tallies[j].climate * (j < 3 ? 1.0 : 1.01),
                      "%s D+%zu: CRPS %.3f, climatology %.3f", city, j + 1,
                      tallies[j].crps, tallies[j].climate);
        ck_assert_msg(coverage >= 0.86 && coverage <= 0.94, "%s D+%zu: coverage %.3f",
                      city, j + 1, coverage);
    }
    ck_assert_double_le(sqrt(tallies[0].squared / (double)tallies[0].n), rmse_1);
    ck_assert_double_le(sqrt(tallies[1].squared / (double)tallies[1].n), rmse_2);
    autan_outlook_clear(&outlook);
    autan_plan_clear(&plan);
    for (size_t v = 0; v < record.n; v++)
        autan_panel_clear(&panel[v]);
    table_clear(&t);
}

/* Ten forecasts of 0.9, nine of which came, and ten of 0.1, one of which came. */
START_TEST(chances_are_held_against_what_came)
{
    autan_verify_event e = {0};
    autan_contingency c = {0};
    double hit, alarm;
    for (int i = 0; i < 10; i++) {
        autan_verify_event_add(&e, 0.9, i > 0, 0.5, 1.0);
        autan_verify_event_add(&e, 0.1, i == 0, 0.5, 1.0);
        autan_contingency_add(&c, 1, i > 0);
        autan_contingency_add(&c, 0, i == 0);
    }
    ck_assert_uint_eq(e.n, 20);
    ck_assert_uint_eq(e.happened, 10);
    /* 18 errors of 0.1 and two of 0.9, squared; climatology 0.25, persistence wrong in
     * half of the cases. */
    ck_assert_double_eq_tol(e.brier, 18 * 0.01 + 2 * 0.81, 1e-12);
    ck_assert_double_eq_tol(e.brier_climate, 20 * 0.25, 1e-12);
    ck_assert_double_eq_tol(e.brier_persistence, 10, 1e-12);
    ck_assert_uint_eq(e.in_bin[9], 10);
    ck_assert_uint_eq(e.happened_in[1], 1);
    autan_verify_roc(&e, 5, &hit, &alarm);
    ck_assert_double_eq_tol(hit, 0.9, 1e-12);
    ck_assert_double_eq_tol(alarm, 0.1, 1e-12);
    /* The corner at (0.1, 0.9): a triangle of 0.045, a trapezoid of 0.9 (0.9 + 1) / 2.
     */
    ck_assert_double_eq_tol(autan_verify_roc_area(&e), 0.045 + 0.855, 1e-12);
    ck_assert_double_eq_tol(autan_skill(1, 4), 0.75, 1e-12);
    ck_assert(isnan(autan_skill(1, 0)));
    ck_assert_uint_eq(c.hits, 9);
    ck_assert_uint_eq(c.false_alarms, 1);
    ck_assert_uint_eq(c.misses, 1);
    ck_assert_uint_eq(c.rejections, 9);
}
END_TEST

START_TEST(a_forecast_is_scored_where_its_references_answer_too)
{
    const double member[4] = {1, 2, 3, 4}, climate[2] = {0, 10};
    autan_verify_tally t = {0};
    autan_verify_add(&t, 4, member, 3, &(autan_references){2, climate, 5});
    ck_assert_uint_eq(t.n, 1);
    ck_assert_double_eq_tol(t.error, -0.5, 1e-12);
    ck_assert_double_eq_tol(t.crps_persistence, 2, 1e-12);
    /* mean |x - y| = 5, less half of the mean difference 5. */
    ck_assert_double_eq_tol(t.crps_climate, 2.5, 1e-12);
    ck_assert_uint_eq(t.within_50, 1);
    autan_verify_add(&t, 4, member, NAN, &(autan_references){2, climate, 5});
    autan_verify_add(&t, 4, member, 3, &(autan_references){0, climate, 5});
    autan_verify_add(&t, 4, member, 3, &(autan_references){2, climate, NAN});
    ck_assert_uint_eq(t.n, 1);
}
END_TEST

START_TEST(summer_maxima_of_withheld_years_are_forecast_at_perpignan)
{
    check_city("PERPIGNAN", 2.49, 2.70);
}
END_TEST

START_TEST(summer_maxima_of_withheld_years_are_forecast_at_montelimar)
{
    check_city("MONTELIMAR", 2.92, 3.62);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("forecast");
    TCase *windows = tcase_create("windows"), *outlook = tcase_create("outlook");
    TCase *withheld = tcase_create("withheld");
    tcase_add_test(windows, windows_are_counted_from_the_origin);
    tcase_add_test(windows, a_window_needs_three_quarters_of_its_steps);
    tcase_add_test(outlook, nothing_after_the_origin_is_read);
    tcase_add_test(outlook, spread_widens_to_that_of_the_climatology);
    tcase_add_test(outlook, an_archive_of_five_months_does_not_bend_the_summer);
    tcase_add_test(outlook, a_silent_station_gets_the_climatology_and_says_so);
    tcase_add_test(outlook, too_short_a_record_teaches_nothing);
    tcase_add_test(outlook,
                   members_have_the_distribution_of_every_target_and_move_together);
    tcase_add_test(outlook, extremes_are_of_windows_that_lie_ahead);
    tcase_add_test(outlook,
                   members_reach_the_extremes_of_their_days_in_their_own_order);
    tcase_add_test(outlook, a_year_does_not_teach_what_follows_a_warm_month);
    tcase_add_test(outlook, chances_are_held_against_what_came);
    tcase_add_test(outlook, a_forecast_is_scored_where_its_references_answer_too);
    tcase_add_test(outlook, the_score_of_members_is_that_of_its_definition);
    tcase_add_test(withheld, summer_maxima_of_withheld_years_are_forecast_at_perpignan);
    tcase_add_test(withheld,
                   summer_maxima_of_withheld_years_are_forecast_at_montelimar);
    tcase_set_timeout(outlook, 300);
    tcase_set_timeout(withheld, 300);
    suite_add_tcase(suite, windows);
    suite_add_tcase(suite, outlook);
    suite_add_tcase(suite, withheld);
    return support_run(suite);
}
