/* The levels of CrowdQC+ on networks made so that each level has one to refuse.
 * Expected verdicts follow from the definitions in the R package's documentation, or
 * are those of tests/reference/crowd.R; quantiles are those of printed tables. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qc/crowd.h"
#include "qc/robust.h"
#include "support.h"

enum { STATIONS = 24, DAYS = 31, ROWS = 24 * DAYS };

typedef struct {
    autan_panel panel;
    double latitude[STATIONS], longitude[STATIONS], elevation[STATIONS];
    autan_points points;
    uint8_t *level;
    bool isolated[STATIONS];
    double *filled;
} network;

static void setup(network *w)
{
    uint64_t state = 7;
    /* July 2025, a village of 24 stations within 2 km. */
    ck_assert_int_eq(autan_panel_make(1751328000, 1751328000 + 3600 * (ROWS - 1), 3600,
                                      STATIONS, &w->panel),
                     AUTAN_OK);
    for (size_t i = 0; i < STATIONS; i++) {
        w->latitude[i] = 43.6 + 0.003 * (double)(i % 5);
        w->longitude[i] = 1.4 + 0.004 * (double)i / 5;
        w->elevation[i] = 150;
    }
    for (size_t t = 0; t < ROWS; t++) {
        for (size_t i = 0; i < STATIONS; i++)
            w->panel.value[t * STATIONS + i] =
                20 + 8 * sin((double)t * 2 * M_PI / 24) + uniform(&state);
    }
    w->points = (autan_points){.n = STATIONS,
                               .latitude = w->latitude,
                               .longitude = w->longitude,
                               .elevation = w->elevation};
    w->level = calloc(ROWS * STATIONS, 1);
    w->filled = calloc(ROWS * STATIONS, sizeof *w->filled);
    ck_assert(w->level && w->filled);
}

static void judge(network *w, const autan_crowd_options *options)
{
    ck_assert_int_eq(autan_crowd_levels(&w->panel, &w->points, options, w->level,
                                        w->isolated, w->filled),
                     AUTAN_OK);
}

static void clear(network *w)
{
    autan_panel_clear(&w->panel);
    free(w->level);
    free(w->filled);
}

/* Share of a station's rows that passed a level. */
static double share(const network *w, size_t station, int bit)
{
    size_t count = 0;
    for (size_t t = 0; t < ROWS; t++)
        count += (w->level[t * STATIONS + station] & bit) != 0;
    return (double)count / ROWS;
}

START_TEST(stations_at_the_same_coordinates_fail_m1_and_all_after_it)
{
    network w;
    autan_crowd_options options = autan_crowd_defaults();
    setup(&w);
    w.latitude[7] = w.latitude[3];
    w.longitude[7] = w.longitude[3];
    judge(&w, &options);
    ck_assert_double_eq(share(&w, 3, 0xff), 0);
    ck_assert_double_eq(share(&w, 7, 0xff), 0);
    ck_assert_double_eq(share(&w, 4, AUTAN_CROWD_M1), 1);
    options.m1_most = 2;
    judge(&w, &options);
    ck_assert_double_eq(share(&w, 3, AUTAN_CROWD_M1), 1);
    clear(&w);
}
END_TEST

START_TEST(an_outlier_fails_m2_and_its_height_explains_it_at_the_lapse_rate)
{
    network w;
    autan_crowd_options options = autan_crowd_defaults();
    setup(&w);
    w.panel.value[100 * STATIONS + 5] += 10;
    for (size_t t = 0; t < ROWS; t++)
        w.panel.value[t * STATIONS + 6] -= 6.5;
    w.elevation[6] += 1000;
    judge(&w, &options);
    ck_assert(!(w.level[100 * STATIONS + 5] & AUTAN_CROWD_M2));
    ck_assert(w.level[100 * STATIONS + 5] & AUTAN_CROWD_M1);
    ck_assert_double_gt(share(&w, 6, AUTAN_CROWD_M2), 0.9);
    options.lapse_rate = 0;
    judge(&w, &options);
    ck_assert_double_eq(share(&w, 6, AUTAN_CROWD_M2), 0);
    clear(&w);
}
END_TEST

START_TEST(a_station_of_which_too_little_passed_fails_m3_for_the_month)
{
    network w;
    autan_crowd_options options = autan_crowd_defaults();
    setup(&w);
    for (size_t t = 0; t < ROWS; t++) {
        if (t % 10)
            w.panel.value[t * STATIONS + 2] += 15;
    }
    judge(&w, &options);
    ck_assert_double_gt(share(&w, 2, AUTAN_CROWD_M2), 0);
    ck_assert_double_eq(share(&w, 2, AUTAN_CROWD_M3), 0);
    options.m3_share = 0.05;
    judge(&w, &options);
    ck_assert_double_gt(share(&w, 2, AUTAN_CROWD_M3), 0);
    clear(&w);
}
END_TEST

START_TEST(a_station_that_does_not_go_with_the_network_fails_m4)
{
    network w;
    autan_crowd_options options = autan_crowd_defaults();
    setup(&w);
    for (size_t t = 0; t < ROWS; t++)
        w.panel.value[t * STATIONS + 2] = 20.5;
    options.m2_low = 1e-9; /* nothing is refused before */
    options.m2_high = 1 - 1e-9;
    options.m2_distribution = AUTAN_CROWD_STUDENT;
    judge(&w, &options);
    ck_assert_double_gt(share(&w, 2, AUTAN_CROWD_M3), 0.2);
    ck_assert_double_eq(share(&w, 2, AUTAN_CROWD_M4), 0);
    ck_assert_double_gt(share(&w, 3, AUTAN_CROWD_M4), 0.9);
    clear(&w);
}
END_TEST

START_TEST(a_station_far_from_five_others_is_isolated_and_fails_m5_unless_kept)
{
    network w;
    autan_crowd_options options = autan_crowd_defaults();
    setup(&w);
    w.latitude[9] += 0.2;
    judge(&w, &options);
    ck_assert(w.isolated[9]);
    ck_assert(!w.isolated[8]);
    ck_assert_double_gt(share(&w, 9, AUTAN_CROWD_M4), 0.8);
    ck_assert_double_eq(share(&w, 9, AUTAN_CROWD_M5), 0);
    options.m5_keep_isolated = true;
    judge(&w, &options);
    ck_assert_double_eq(share(&w, 9, AUTAN_CROWD_M5), share(&w, 9, AUTAN_CROWD_M4));
    clear(&w);
}
END_TEST

START_TEST(a_gap_of_one_row_is_filled_and_one_of_two_is_not)
{
    network w;
    autan_crowd_options options = autan_crowd_defaults();
    setup(&w);
    options.m2_low = options.m5_alpha = 1e-12; /* nothing else is missing */
    options.m2_high = 1 - 1e-12;
    w.panel.value[50 * STATIONS + 4] = NAN;
    w.panel.value[60 * STATIONS + 4] = w.panel.value[61 * STATIONS + 4] = NAN;
    judge(&w, &options);
    ck_assert(w.level[50 * STATIONS + 4] & AUTAN_CROWD_O1);
    ck_assert(!(w.level[50 * STATIONS + 4] & AUTAN_CROWD_M5));
    ck_assert_double_eq_tol(
        w.filled[50 * STATIONS + 4],
        0.5 * (w.panel.value[49 * STATIONS + 4] + w.panel.value[51 * STATIONS + 4]),
        1e-12);
    ck_assert(!(w.level[60 * STATIONS + 4] & AUTAN_CROWD_O1));
    ck_assert(isnan(w.filled[61 * STATIONS + 4]));
    ck_assert_double_eq(share(&w, 5, AUTAN_CROWD_O2), 1);
    ck_assert_double_eq(share(&w, 5, AUTAN_CROWD_O3), 1);
    clear(&w);
}
END_TEST

START_TEST(the_lag_of_a_sensor_is_removed)
{
    /* A sensor that starts at 10 in air of 20 reads 20 - 10 exp(-t / tau). */
    double value[4], corrected[4];
    const autan_panel panel = {
        .n_times = 4, .n_stations = 1, .step_s = 600, .value = value};
    for (int t = 0; t < 4; t++)
        value[t] = 20 - 10 * exp(-t * 600 / 900.0);
    ck_assert_int_eq(autan_crowd_unlag(&panel, 900, corrected), AUTAN_OK);
    ck_assert(isnan(corrected[0]));
    for (int t = 1; t < 4; t++)
        ck_assert_double_eq_tol(corrected[t], 20, 1e-9);
    ck_assert_int_eq(autan_crowd_unlag(&panel, 0, corrected), AUTAN_OUT_OF_DOMAIN);
}
END_TEST

START_TEST(options_without_meaning_are_refused_and_the_levels_left_untouched)
{
    network w;
    autan_crowd_options options = autan_crowd_defaults();
    setup(&w);
    w.level[0] = 77;
    options.m2_low = 0.97;
    ck_assert_int_eq(
        autan_crowd_levels(&w.panel, &w.points, &options, w.level, NULL, NULL),
        AUTAN_OUT_OF_DOMAIN);
    w.points.n--;
    options = autan_crowd_defaults();
    ck_assert_int_eq(
        autan_crowd_levels(&w.panel, &w.points, &options, w.level, NULL, NULL),
        AUTAN_BAD_ARGUMENT);
    ck_assert_uint_eq(w.level[0], 77);
    clear(&w);
}
END_TEST

START_TEST(quantiles_are_those_of_the_tables)
{
    ck_assert_double_eq_tol(autan_normal_quantile(0.975), 1.959963985, 1e-9);
    ck_assert_double_eq_tol(autan_student_quantile(0.975, 10), 2.228138852, 1e-8);
    ck_assert_double_eq_tol(autan_student_quantile(0.95, 1), 6.313751515, 1e-7);
    ck_assert(isnan(autan_student_quantile(0.95, 0)));
    ck_assert(isnan(autan_normal_quantile(1)));
}
END_TEST

START_TEST(qn_is_the_kth_distance_times_its_constants)
{
    /* Rousseeuw and Croux 1993: for n = 4, h = 3, k = 3; distances 1 1 2 4 5 6. */
    double value[] = {7, 1, 3, 2};
    ck_assert_double_eq_tol(autan_qn(value, 4), 2.21914 * 0.51321 * 2, 1e-12);
    ck_assert_double_eq(autan_qn(value, 1), 0);
    ck_assert(isnan(autan_qn(value, 0)));
}
END_TEST

/* What tests/reference/crowd.R made: 36 stations, a week over the end of a month. */
enum { MADE_STATIONS = 36, MADE_ROWS = 168, MADE_CASES = 3, MADE_LINE = 512 };

typedef struct {
    double place[3][MADE_STATIONS]; /* latitude, longitude, elevation */
    double value[MADE_ROWS * MADE_STATIONS];
    uint8_t level[MADE_CASES][MADE_ROWS * MADE_STATIONS];
} made;

/* The comma-separated numbers after a line's first field, NaN where empty. */
static void numbers_of(const char *line, double *value)
{
    for (size_t i = 0; i < MADE_STATIONS; i++) {
        char *end;
        line = strchr(line, ',');
        ck_assert_ptr_nonnull(line);
        line++;
        value[i] = strtod(line, &end);
        if (end == line)
            value[i] = NAN;
    }
}

static void read_made(made *m)
{
    char path[SUPPORT_PATH], line[MADE_LINE];
    size_t n_places = 0, n_values = 0, n_levels[MADE_CASES] = {0};
    FILE *file;
    snprintf(path, sizeof path, "%s/tests/reference/crowd.csv",
             getenv("srcdir") ? getenv("srcdir") : "..");
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "case", 4) == 0) {
            size_t k = (size_t)(line[4] - '1');
            for (size_t i = 0; i < MADE_STATIONS; i++) {
                unsigned bits;
                ck_assert_int_eq(sscanf(line + 6 + 2 * i, "%2x", &bits), 1);
                m->level[k][n_levels[k]++] = (uint8_t)bits;
            }
        } else if (strncmp(line, "value", 5) == 0) {
            numbers_of(line, m->value + n_values);
            n_values += MADE_STATIONS;
        } else {
            numbers_of(line, m->place[n_places++]);
        }
    }
    fclose(file);
    ck_assert_uint_eq(n_places, 3);
    ck_assert_uint_eq(n_values, MADE_ROWS * MADE_STATIONS);
}

START_TEST(levels_are_those_computed_in_r_with_robustbase)
{
    static made m;
    static uint8_t level[MADE_ROWS * MADE_STATIONS];
    /* 28 June 2021. */
    autan_panel panel = {.n_times = MADE_ROWS,
                         .n_stations = MADE_STATIONS,
                         .from = 1624838400,
                         .step_s = 3600,
                         .value = m.value};
    const autan_points points = {.n = MADE_STATIONS,
                                 .latitude = m.place[0],
                                 .longitude = m.place[1],
                                 .elevation = m.place[2]};
    autan_crowd_options options[MADE_CASES];
    read_made(&m);
    options[0] = options[1] = options[2] = autan_crowd_defaults();
    options[1].m2_distribution = AUTAN_CROWD_NORMAL;
    options[1].episode_s = -1;
    options[1].m5_keep_isolated = true;
    options[1].o1_gap = 2;
    options[2].episode_s = 2 * 86400;
    options[2].m5_max_elevation_m = -1;
    options[2].m5_radius_m = 700;
    for (size_t k = 0; k < MADE_CASES; k++) {
        ck_assert_int_eq(
            autan_crowd_levels(&panel, &points, &options[k], level, NULL, NULL),
            AUTAN_OK);
        for (size_t c = 0; c < MADE_ROWS * MADE_STATIONS; c++)
            ck_assert_msg(level[c] == m.level[k][c],
                          "case %zu, row %zu, station %zu: %02x, in R %02x", k + 1,
                          c / MADE_STATIONS, c % MADE_STATIONS + 1, level[c],
                          m.level[k][c]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crowd");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 300);
    tcase_add_test(all, stations_at_the_same_coordinates_fail_m1_and_all_after_it);
    tcase_add_test(all,
                   an_outlier_fails_m2_and_its_height_explains_it_at_the_lapse_rate);
    tcase_add_test(all, a_station_of_which_too_little_passed_fails_m3_for_the_month);
    tcase_add_test(all, a_station_that_does_not_go_with_the_network_fails_m4);
    tcase_add_test(all,
                   a_station_far_from_five_others_is_isolated_and_fails_m5_unless_kept);
    tcase_add_test(all, a_gap_of_one_row_is_filled_and_one_of_two_is_not);
    tcase_add_test(all, the_lag_of_a_sensor_is_removed);
    tcase_add_test(all,
                   options_without_meaning_are_refused_and_the_levels_left_untouched);
    tcase_add_test(all, levels_are_those_computed_in_r_with_robustbase);
    tcase_add_test(all, quantiles_are_those_of_the_tables);
    tcase_add_test(all, qn_is_the_kth_distance_times_its_constants);
    suite_add_tcase(suite, all);
    return support_run(suite);
}
