/* Heat stress and heatwave rules. Expected values: the shared reference/heat/golden.csv
 * (xclim and thermofeel, August 2003 from ECA&D); otherwise worked out by hand from the
 * definitions in doc/heat.md, as each test says. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "heat/moisture.h"
#include "heat/risk.h"
#include "heat/rule.h"
#include "heat/stress.h"
#include "support.h"

/* The number after KEY= in the inputs of a golden row. */
static double input(const char *inputs, const char *key)
{
    const char *found = strstr(inputs, key);
    ck_assert_msg(found && found[strlen(key)] == '=', "%s is not in '%s'", key, inputs);
    return strtod(found + strlen(key) + 1, NULL);
}

static double golden_value(const char *index, const char *in)
{
    if (strcmp(index, "humidex") == 0)
        return autan_humidex(input(in, "T"), input(in, "Td"));
    if (strcmp(index, "heat_index") == 0)
        return autan_heat_index(input(in, "T"), input(in, "RH"));
    if (strcmp(index, "wbgt_simple") == 0)
        return autan_wbgt_simple(input(in, "T"), input(in, "RH"));
    if (strcmp(index, "excess_heat_factor") == 0)
        return autan_excess_heat_factor(input(in, "EHIsig"), input(in, "EHIaccl"));
    if (strcmp(index, "utci") == 0) {
        const double t = input(in, "T");
        const int relative = strstr(in, "RH=") != NULL;
        const double e = relative ? autan_vapour_pressure(t, input(in, "RH"))
                                  : input(in, "vapour_pressure_hPa");
        /* The row with a relative humidity is xclim's, whose test series of wind are in
         * km/h: 2 m/s would give 15.20. */
        const double wind = input(in, "wind") / (relative ? 3.6 : 1.0);
        return autan_utci(t, e, wind, input(in, "MRT"));
    }
    return NAN;
}

START_TEST(indices_agree_with_the_reference_values)
{
    char path[SUPPORT_PATH], line[512];
    size_t checked = 0;
    if (!shared_file("reference/heat/golden.csv", path))
        return;
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        char index[64], in[256];
        double value, tolerance;
        if (sscanf(line, "%63[^,],%255[^,\"],%lf,%lf", index, in, &value, &tolerance) !=
            4)
            continue;
        const double got = golden_value(index, in);
        ck_assert_msg(fabs(got - value) <= tolerance, "%s of %s is %.6f, expected %.6f",
                      index, in, got, value);
        checked++;
    }
    fclose(file);
    ck_assert_uint_eq(checked, 14);
}
END_TEST

START_TEST(dew_point_and_relative_humidity_are_inverse)
{
    for (double t = -20; t <= 45; t += 6.5) {
        for (double rh = 5; rh <= 100; rh += 9.5)
            ck_assert_double_eq_tol(autan_relative_humidity(t, autan_dew_point(t, rh)),
                                    rh, 1e-6);
    }
    ck_assert(isnan(autan_dew_point(20, 0)));
    /* Triple point: 6.11657 hPa (Hardy 1998). */
    ck_assert_double_eq_tol(autan_saturation_pressure(0.01), 6.11657, 1e-4);
}
END_TEST

START_TEST(wet_bulb_is_that_of_the_paper)
{
    /* Stull 2011, worked example: 20 degC and 50 % give 13.7 degC. */
    ck_assert_double_eq_tol(autan_wet_bulb(20, 50), 13.7, 0.05);
}
END_TEST

START_TEST(utci_is_missing_outside_its_range)
{
    ck_assert(isnan(autan_utci(51, 10, 2, 51)));
    ck_assert(isnan(autan_utci(30, 51, 2, 30)));
    ck_assert(isnan(autan_utci(30, 10, 2, 101)));
    ck_assert(isnan(autan_utci(30, 10, NAN, 30)));
    ck_assert(isnan(autan_utci(NAN, 10, 2, 30)));
    ck_assert_double_eq(autan_utci(30, 10, 0, 30), autan_utci(30, 10, 0.5, 30));
}
END_TEST

START_TEST(globe_without_radiant_excess_is_as_warm_as_the_air)
{
    autan_air air = {30, 40, 2, 30};
    ck_assert_double_eq_tol(autan_globe_temperature(&air), 30, 1e-9);
    air.radiant = 60;
    const double globe = autan_globe_temperature(&air);
    ck_assert(globe > 30 && globe < 60);
    /* The balance of ISO 7726 put back. */
    const double h = 1.1e8 * pow(2, 0.6) / (0.95 * pow(0.15, 0.4));
    const double tr4 = pow(globe + 273.15, 4) + h * (globe - 30);
    ck_assert_double_eq_tol(pow(tr4, 0.25) - 273.15, 60, 1e-6);
}
END_TEST

START_TEST(sun_stands_where_the_almanac_says)
{
    /* Toulouse, 2019-06-21 11:56Z, near its highest: 90 - 43.6045 + 23.44 degrees. */
    ck_assert_double_eq_tol(autan_sun_elevation(1561118160, 1.4442, 43.6045), 69.83,
                            0.1);
    /* Half a day later it is as low as it gets: -(90 - 43.6045 - 23.44). */
    ck_assert_double_eq_tol(autan_sun_elevation(1561161360, 1.4442, 43.6045), -22.96,
                            0.1);
}
END_TEST

START_TEST(sun_raises_the_radiant_temperature_and_night_lowers_it)
{
    const double day = autan_radiant_temperature(35, 15, 900, 60);
    const double night = autan_radiant_temperature(25, 15, 0, -20);
    ck_assert(day > 55 && day < 75);
    ck_assert(night < 25 && night > 10);
    ck_assert(isnan(autan_radiant_temperature(25, 15, NAN, 20)));
}
END_TEST

START_TEST(every_stress_index_is_in_the_table_once)
{
    const autan_air air = {33, 45, 2, 50};
    for (size_t i = 0; i < autan_stress_count(); i++) {
        const autan_stress *s = autan_stress_get(i);
        ck_assert_ptr_eq(autan_stress_find(s->name), s);
        ck_assert(isfinite(s->value(&air)));
    }
    ck_assert_ptr_null(autan_stress_find("chill"));
}
END_TEST

START_TEST(quantiles_are_of_type_8)
{
    /* n = 5, p = 0.9: place 5.1333, beyond the last; p = 0.5: the middle;
     * p = 0.25: place 1.6667. */
    const double x[] = {1, 2, 4, 8, 16};
    ck_assert_double_eq(autan_quantile_sorted(5, x, 0.9), 16);
    ck_assert_double_eq_tol(autan_quantile_sorted(5, x, 0.5), 4, 1e-12);
    ck_assert_double_eq_tol(autan_quantile_sorted(5, x, 0.25), 1 + 2.0 / 3, 1e-12);
    ck_assert_double_eq(autan_quantile_sorted(5, x, 0), 1);
    ck_assert(isnan(autan_quantile_sorted(0, x, 0.5)));
}
END_TEST

/* August 2003 of the ECA&D cities. */

typedef struct {
    csv_table table;
    double *minimum, *maximum;
    autan_days days;
} summer;

static size_t row_of(const csv_table *t, const char *date)
{
    for (size_t i = 0; i < t->rows; i++) {
        if (strcmp(table_text(t, i, "DATE"), date) == 0)
            return i;
    }
    ck_abort_msg("no %s", date);
}

static bool summer_read(const char *city, summer *s)
{
    char column[64];
    if (!table_shared("data/forecast/ecad-18-cities-daily.csv", &s->table))
        return false;
    snprintf(column, sizeof column, "%s_temp_min", city);
    s->minimum = table_numbers(&s->table, column);
    snprintf(column, sizeof column, "%s_temp_max", city);
    s->maximum = table_numbers(&s->table, column);
    const size_t first = row_of(&s->table, "20030601"),
                 last = row_of(&s->table, "20030915");
    s->days =
        (autan_days){last - first + 1, s->minimum + first, s->maximum + first, NULL};
    return true;
}

static void summer_clear(summer *s)
{
    table_clear(&s->table);
    free(s->minimum);
    free(s->maximum);
}

/* Days of the year's summer, from 1 June, of the first and last window that reaches
 * both thresholds, and how many there are. */
static size_t windows_reached(const autan_days *days, size_t *first, size_t *last)
{
    const autan_norm norm = autan_norm_default(36, 21);
    size_t n = 0;
    double day, night;
    for (size_t i = 0; i < days->n; i++) {
        if (!autan_ibm(days, i, &norm, &day, &night))
            continue;
        if (n++ == 0)
            *first = i;
        *last = i;
    }
    return n;
}

enum { AUGUST_1 = 61 }; /* days from 1 June */

START_TEST(august_2003_reaches_the_thresholds_on_the_days_of_the_reference)
{
    const autan_norm norm = autan_norm_default(36, 21);
    summer s;
    size_t first = 0, last = 0, hot = 0;
    double day, night;
    if (!summer_read("TOURS", &s))
        return;
    ck_assert_uint_eq(windows_reached(&s.days, &first, &last), 7);
    ck_assert_uint_eq(first, AUGUST_1 + 3);
    ck_assert_uint_eq(last, AUGUST_1 + 9);
    autan_ibm(&s.days, AUGUST_1 + 3, &norm, &day, &night);
    ck_assert_double_eq_tol(day, 39.00, 0.005);
    ck_assert_double_eq_tol(night, 21.23, 0.005);
    summer_clear(&s);

    ck_assert(summer_read("PERPIGNAN", &s));
    ck_assert_uint_eq(windows_reached(&s.days, &first, &last), 2);
    ck_assert_uint_eq(first, AUGUST_1 + 10);
    autan_ibm(&s.days, first, &norm, &day, &night);
    ck_assert_double_eq_tol(day, 37.07, 0.005);
    ck_assert_double_eq_tol(night, 23.90, 0.005);
    autan_ibm(&s.days, last, &norm, &day, &night);
    ck_assert_double_eq_tol(day, 37.03, 0.005);
    ck_assert_double_eq_tol(night, 24.90, 0.005);
    summer_clear(&s);

    ck_assert(summer_read("MONTELIMAR", &s));
    ck_assert_uint_eq(windows_reached(&s.days, &first, &last), 0);
    for (size_t d = 0; d < s.days.n - 2; d++) {
        autan_ibm(&s.days, d, &norm, &day, &night);
        if (day < 39.5 - 1e-9)
            continue;
        ck_assert_double_lt(night, 21.0);
        hot++;
    }
    ck_assert_uint_eq(hot, 10);
    summer_clear(&s);
}
END_TEST

START_TEST(august_2003_is_red_at_tours_and_yellow_at_montelimar)
{
    const autan_norm norm = autan_norm_default(36, 21);
    summer s;
    double value[107];
    int level[107];
    if (!summer_read("TOURS", &s))
        return;
    ck_assert_uint_eq(s.days.n, 107);
    autan_rule_judge(autan_rule_find("france"), &s.days, &norm, value, level);
    for (int d = 4; d <= 12; d++)
        ck_assert_int_eq(level[AUGUST_1 + d - 1], AUTAN_RED);
    ck_assert_int_lt(level[AUGUST_1 + 15], AUTAN_ORANGE);
    summer_clear(&s);
    ck_assert(summer_read("MONTELIMAR", &s));
    autan_rule_judge(autan_rule_find("france"), &s.days, &norm, value, level);
    for (int d = 4; d <= 12; d++)
        ck_assert_int_eq(level[AUGUST_1 + d - 1], AUTAN_YELLOW);
    summer_clear(&s);
}
END_TEST

/* Rules on days made by hand. */

enum { DAYS = 10 };
static const autan_norm toulouse = {
    .day = 36, .night = 21, .near = 1, .red_excess = 3, .red_days = 7};

START_TEST(one_hot_day_is_a_yellow_peak_and_three_make_orange)
{
    const double night[DAYS] = {18, 20, 20, 18, 18, 21, 21, 21, 18, 18};
    const double day[DAYS] = {30, 30, 37, 30, 30, 36, 36, 36, 30, 30};
    const int expected[DAYS] = {0, 0, 1, 0, 0, 2, 2, 2, 0, 0};
    const autan_days days = {DAYS, night, day, NULL};
    double value[DAYS];
    int level[DAYS];
    autan_rule_judge(autan_rule_find("france"), &days, &toulouse, value, level);
    ck_assert_mem_eq(level, expected, sizeof level);
}
END_TEST

START_TEST(a_spell_close_under_both_thresholds_is_yellow)
{
    const double night[3] = {20, 20, 20}, day[3] = {35, 35, 35};
    const autan_days days = {3, night, day, NULL};
    double value[3];
    int level[3];
    autan_rule_judge(autan_rule_find("france"), &days, &toulouse, value, level);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(level[i], AUTAN_YELLOW);
}
END_TEST

START_TEST(an_unknown_night_leaves_its_windows_open)
{
    const double night[DAYS] = {22, 22, NAN, 22, 22, 22, 22, 22, 22, 22};
    const double day[DAYS] = {37, 37, 37, 37, 37, 37, 37, 37, NAN, 37};
    const int expected[DAYS] = {1, 1, 1, 2, 2, 2, 2, 2, 0, 1};
    const autan_days days = {DAYS, night, day, NULL};
    double value[DAYS];
    int level[DAYS];
    autan_rule_judge(autan_rule_find("france"), &days, &toulouse, value, level);
    ck_assert_mem_eq(level, expected, sizeof level);
    ck_assert(isnan(value[8]));
}
END_TEST

START_TEST(england_wants_two_days_and_the_night_between)
{
    const autan_norm london = autan_norm_default(32, 18);
    const double night[DAYS] = {10, 18, 10, 10, 10, 17, 18, 18, 10, 10};
    const double day[DAYS] = {32, 32, 25, 25, 33, 33, 25, 33, 25, 25};
    const int expected[DAYS] = {2, 2, 0, 0, 0, 0, 0, 0, 0, 0};
    const autan_days days = {DAYS, night, day, NULL};
    double value[DAYS];
    int level[DAYS];
    autan_rule_judge(autan_rule_find("england"), &days, &london, value, level);
    ck_assert_mem_eq(level, expected, sizeof level);
}
END_TEST

START_TEST(tropical_nights_are_counted_in_a_row)
{
    const double night[6] = {20, 21, 19.9, 20, NAN, 20},
                 day[6] = {30, 30, 30, 30, 30, 30};
    const double expected[6] = {1, 2, 0, 1, NAN, 1};
    const autan_days days = {6, night, day, NULL};
    double value[6];
    int level[6];
    autan_rule_judge(autan_rule_find("tropical_nights"), &days, &toulouse, value,
                     level);
    for (int i = 0; i < 6; i++) {
        if (isnan(expected[i]))
            ck_assert(isnan(value[i]));
        else
            ck_assert_double_eq(value[i], expected[i]);
    }
}
END_TEST

/* Ten years whose maxima are 25 degC + 10 K sin, one hotter year each. */
enum { YEARS = 10, CLIMATE_DAYS = YEARS * 365 };

typedef struct {
    double minimum[CLIMATE_DAYS], maximum[CLIMATE_DAYS];
    int yearday[CLIMATE_DAYS], year[CLIMATE_DAYS];
} long_series;

static void make_series(long_series *s)
{
    for (int i = 0; i < CLIMATE_DAYS; i++) {
        s->year[i] = 2000 + i / 365;
        s->yearday[i] = i % 365 + 1;
        s->maximum[i] = 15 - 10 * cos(2 * M_PI * s->yearday[i] / 365.0) + i / 365;
        s->minimum[i] = s->maximum[i] - 10;
    }
}

START_TEST(a_climate_has_the_percentiles_of_its_days)
{
    static long_series s;
    autan_climate c;
    make_series(&s);
    const autan_days days = {CLIMATE_DAYS, s.minimum, s.maximum, s.yearday};
    ck_assert_int_eq(autan_climate_make(&days, s.year, &c), AUTAN_OK);
    /* Yearly maxima 25, 26 ... 34; their quartiles are at places 2.9167 and 8.0833. */
    ck_assert_double_eq_tol(c.yearly_25, 25 + 1.9167, 0.01);
    ck_assert_double_eq_tol(c.yearly_75, 25 + 7.0833, 0.01);
    /* Day 182, window of five days: ten years of five nearly equal days; the 90th
     * percentile lies between the hottest two years. */
    ck_assert(c.maximum_90_short[181] > 33 && c.maximum_90_short[181] < 34);
    const autan_days few = {4 * 365, s.minimum, s.maximum, s.yearday};
    ck_assert_int_eq(autan_climate_make(&few, s.year, &c), AUTAN_NO_DATA);
}
END_TEST

START_TEST(magnitude_sums_the_days_of_a_heatwave_of_three_or_more)
{
    autan_climate c = {.yearly_25 = 30, .yearly_75 = 34};
    const autan_norm norm = {.climate = &c};
    const double night[7] = {0}, day[7] = {33, 33, 20, 34, 38, 29, 20};
    const int yearday[7] = {200, 201, 202, 203, 204, 205, 206};
    /* Two days are no heatwave; of three the third is below the lower quartile. */
    const double expected[7] = {0, 0, 0, 1, 3, 3, 0};
    const autan_days days = {7, night, day, yearday};
    double value[7];
    int level[7];
    for (int i = 0; i < AUTAN_YEARDAYS; i++)
        c.maximum_90[i] = 28;
    ck_assert_int_eq(
        autan_rule_judge(autan_rule_find("magnitude"), &days, &norm, value, level),
        AUTAN_OK);
    for (int i = 0; i < 7; i++)
        ck_assert_double_eq(value[i], expected[i]);
    ck_assert_int_eq(
        autan_rule_judge(autan_rule_find("magnitude"), &days, &toulouse, value, level),
        AUTAN_NO_DATA);
}
END_TEST

START_TEST(a_warm_spell_has_six_days_above_its_percentile)
{
    autan_climate c;
    const autan_norm norm = {.climate = &c};
    double night[14] = {0}, day[14], value[14];
    int yearday[14], level[14];
    for (int i = 0; i < AUTAN_YEARDAYS; i++)
        c.maximum_90_short[i] = 30;
    for (int i = 0; i < 14; i++) {
        day[i] = i == 6 ? 30 : 31; /* equal is not above */
        yearday[i] = 200 + i;
    }
    const autan_days days = {14, night, day, yearday};
    autan_rule_judge(autan_rule_find("warm_spell"), &days, &norm, value, level);
    ck_assert_double_eq(value[5], 6);
    ck_assert_double_eq(value[6], 0);
    ck_assert_double_eq(value[13], 7);
    const autan_days cut = {12, night, day, yearday};
    autan_rule_judge(autan_rule_find("warm_spell"), &cut, &norm, value, level);
    ck_assert_double_eq(value[11], 0);
}
END_TEST

START_TEST(excess_heat_looks_three_days_ahead_and_thirty_back)
{
    double night[40], day[40];
    const autan_days days = {40, night, day, NULL};
    for (int i = 0; i < 40; i++) {
        night[i] = i < 35 ? 15 : 21;
        day[i] = i < 35 ? 25 : 35;
    }
    /* Means 20 before and 28 after: significance 28 - 25, acclimatisation 28 - 20. */
    ck_assert_double_eq_tol(autan_excess_heat(&days, 25, 35), 24, 1e-9);
    ck_assert(isnan(autan_excess_heat(&days, 25, 29)));
    ck_assert(isnan(autan_excess_heat(&days, 25, 38)));
    night[10] = NAN;
    ck_assert(isnan(autan_excess_heat(&days, 25, 35)));
}
END_TEST

START_TEST(indices_have_the_levels_of_their_authors_or_those_asked_for)
{
    double night[40], day[40], value[40];
    int level[40], yearday[40];
    autan_climate c = {.mean_95 = 25, .factor_85 = 12};
    autan_norm norm = {.day = NAN, .night = NAN, .climate = &c};
    const autan_days days = {40, night, day, yearday};
    const autan_rule *rule = autan_rule_find("excess_heat");
    for (int i = 0; i < 40; i++) {
        yearday[i] = 180 + i;
        night[i] = i < 35 ? 15 : 21;
        day[i] = i < 35 ? 25 : 35;
    }
    ck_assert_int_eq(autan_rule_judge(rule, &days, &norm, value, level), AUTAN_OK);
    /* 24 K^2 of the window from day 35 over 12; later windows are less of a shock, so
     * that its last day has it too. The month before the first window is not known. */
    ck_assert_double_eq_tol(value[37], 2, 1e-9);
    ck_assert_int_eq(level[37], AUTAN_ORANGE);
    ck_assert(isnan(value[29]));
    ck_assert_int_eq(level[29], AUTAN_GREEN);
    norm.from[AUTAN_YELLOW] = norm.from[AUTAN_ORANGE] = 1;
    norm.from[AUTAN_RED] = 1.5;
    autan_rule_judge(rule, &days, &norm, value, level);
    ck_assert_int_eq(level[37], AUTAN_RED);
    ck_assert_int_eq(autan_rule_can_judge(autan_rule_find("france"), &norm), 0);
    ck_assert_int_eq(
        autan_rule_judge(autan_rule_find("england"), &days, &norm, value, level),
        AUTAN_NO_DATA);
}
END_TEST

START_TEST(germany_knows_no_yellow_and_goes_by_32_and_38_degrees)
{
    const double day[4] = {31.9, 32, 37.9, 38}, night[4] = {15, 15, 15, 15};
    const int expected[4] = {AUTAN_GREEN, AUTAN_ORANGE, AUTAN_ORANGE, AUTAN_RED};
    const autan_days days = {4, night, day, NULL};
    const autan_norm norm = {.day = NAN, .night = NAN};
    double value[4];
    int level[4];
    autan_rule_judge(autan_rule_find("germany"), &days, &norm, value, level);
    ck_assert_mem_eq(level, expected, sizeof level);
}
END_TEST

/* Its authors call orange from 60 % on. */
START_TEST(regions_have_thresholds_and_england_its_own_chance)
{
    double day = 0, night = 0;
    ck_assert_int_eq(autan_region_thresholds("south east", &day, &night), AUTAN_OK);
    ck_assert_double_eq(day, 31);
    ck_assert_int_eq(autan_region_thresholds("Occitanie", &day, &night),
                     AUTAN_NOT_FOUND);
    ck_assert_double_eq(day, 31);
    ck_assert_double_eq(
        autan_risk_limits_default(autan_rule_find("england")).raise[AUTAN_ORANGE], 0.6);
}
END_TEST

START_TEST(a_warmer_place_has_the_climate_shifted)
{
    autan_climate c = {
        .mean_95 = 25, .factor_85 = 12, .yearly_25 = 30, .yearly_75 = 34};
    const autan_climate warm = autan_climate_shift(&c, 2, 1);
    ck_assert_double_eq(warm.mean_95, 26.5);
    ck_assert_double_eq(warm.yearly_75 - warm.yearly_25, 4);
    ck_assert_double_eq(warm.maximum_90[100], 1);
    ck_assert_double_eq(warm.factor_85, 12);
}
END_TEST

START_TEST(a_colour_is_kept_until_its_chance_falls_below_the_release)
{
    const autan_risk_limits limits =
        autan_risk_limits_default(autan_rule_find("france"));
    const double chance[AUTAN_LEVELS] = {1, 0.6, 0.4, 0.1};
    const double lower[AUTAN_LEVELS] = {1, 0.6, 0.29, 0.1};
    ck_assert_int_eq(autan_risk_colour(chance, &limits, AUTAN_GREEN), AUTAN_YELLOW);
    ck_assert_int_eq(autan_risk_colour(chance, &limits, AUTAN_ORANGE), AUTAN_ORANGE);
    ck_assert_int_eq(autan_risk_colour(chance, &limits, AUTAN_RED), AUTAN_ORANGE);
    ck_assert_int_eq(autan_risk_colour(lower, &limits, AUTAN_ORANGE), AUTAN_YELLOW);
}
END_TEST

START_TEST(chances_are_shares_of_the_members)
{
    const int level[4 * 2] = {0, 1, 2, 1, 3, 0, 2, 0};
    double chance[2 * AUTAN_LEVELS];
    autan_risk_chances(4, 2, level, chance);
    const double expected[2 * AUTAN_LEVELS] = {1, 0.75, 0.75, 0.25, 1, 0.5, 0, 0};
    for (int i = 0; i < 2 * AUTAN_LEVELS; i++)
        ck_assert_double_eq(chance[i], expected[i]);
}
END_TEST

START_TEST(departments_have_their_thresholds_or_say_they_have_none)
{
    double day = 0, night = 0;
    ck_assert_int_eq(autan_department_thresholds("31", &day, &night), AUTAN_OK);
    ck_assert_double_eq(day, 36);
    ck_assert_double_eq(night, 21);
    ck_assert_int_eq(autan_department_thresholds("99", &day, &night), AUTAN_NOT_FOUND);
    ck_assert_double_eq(day, 36);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heat");
    TCase *stress = tcase_create("stress"), *rule = tcase_create("rule");
    tcase_add_test(stress, indices_agree_with_the_reference_values);
    tcase_add_test(stress, dew_point_and_relative_humidity_are_inverse);
    tcase_add_test(stress, wet_bulb_is_that_of_the_paper);
    tcase_add_test(stress, utci_is_missing_outside_its_range);
    tcase_add_test(stress, globe_without_radiant_excess_is_as_warm_as_the_air);
    tcase_add_test(stress, sun_stands_where_the_almanac_says);
    tcase_add_test(stress, sun_raises_the_radiant_temperature_and_night_lowers_it);
    tcase_add_test(stress, every_stress_index_is_in_the_table_once);
    tcase_add_test(rule, quantiles_are_of_type_8);
    tcase_add_test(rule,
                   august_2003_reaches_the_thresholds_on_the_days_of_the_reference);
    tcase_add_test(rule, august_2003_is_red_at_tours_and_yellow_at_montelimar);
    tcase_add_test(rule, one_hot_day_is_a_yellow_peak_and_three_make_orange);
    tcase_add_test(rule, a_spell_close_under_both_thresholds_is_yellow);
    tcase_add_test(rule, an_unknown_night_leaves_its_windows_open);
    tcase_add_test(rule, england_wants_two_days_and_the_night_between);
    tcase_add_test(rule, tropical_nights_are_counted_in_a_row);
    tcase_add_test(rule, a_climate_has_the_percentiles_of_its_days);
    tcase_add_test(rule, magnitude_sums_the_days_of_a_heatwave_of_three_or_more);
    tcase_add_test(rule, a_warm_spell_has_six_days_above_its_percentile);
    tcase_add_test(rule, excess_heat_looks_three_days_ahead_and_thirty_back);
    tcase_add_test(rule, a_colour_is_kept_until_its_chance_falls_below_the_release);
    tcase_add_test(rule, indices_have_the_levels_of_their_authors_or_those_asked_for);
    tcase_add_test(rule, germany_knows_no_yellow_and_goes_by_32_and_38_degrees);
    tcase_add_test(rule, regions_have_thresholds_and_england_its_own_chance);
    tcase_add_test(rule, a_warmer_place_has_the_climate_shifted);
    tcase_add_test(rule, chances_are_shares_of_the_members);
    tcase_add_test(rule, departments_have_their_thresholds_or_say_they_have_none);
    suite_add_tcase(suite, stress);
    suite_add_tcase(suite, rule);
    return support_run(suite);
}
