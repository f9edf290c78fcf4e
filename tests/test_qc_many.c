/* Checks of a network of thousands of stations, in which each is compared with those
 * near it. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "qc/check.h"
#include "support.h"

enum { N = 2000, T = 26, PLANTED = 40 };

static double latitude[N], longitude[N];

typedef struct {
    autan_panel panel;
    bool planted[T * N];
    uint32_t flag[T * N];
} record;

/* Some 40 km by 40 km with warm and cool parts of a few kilometres, each station some
 * tenths off in its own way, one reading in ten missing; and readings 9 K off. */
static void make(record *r)
{
    uint64_t seed = 3;
    memset(r, 0, sizeof *r);
    ck_assert_int_eq(
        autan_panel_make(1751328000, 1751328000 + (T - 1) * 3600, 3600, N, &r->panel),
        AUTAN_OK);
    for (size_t i = 0; i < N; i++) {
        latitude[i] = 43.4 + 0.36 * uniform(&seed);
        longitude[i] = 1.2 + 0.5 * uniform(&seed);
        const double warm = 1.5 * sin(longitude[i] * 150) * cos(latitude[i] * 200);
        for (size_t t = 0; t < T; t++) {
            const double noise = uniform(&seed) + uniform(&seed) - 1;
            r->panel.value[t * N + i] =
                20 + 6 * cos(((double)t - 14) / 24 * 2 * M_PI) + warm + 0.7 * noise;
            if (uniform(&seed) < 0.1)
                r->panel.value[t * N + i] = NAN;
        }
    }
    for (size_t k = 0; k < PLANTED; k++) {
        const size_t i = (size_t)(uniform(&seed) * N), t = k % T;
        r->panel.value[t * N + i] += k % 2 ? 9 : -9;
        r->planted[t * N + i] = !isnan(r->panel.value[t * N + i]);
    }
}

static void run(record *r, autan_qc_id check)
{
    autan_qc_settings settings;
    const autan_qc_data data = {
        .variable = AUTAN_AIR_TEMPERATURE,
        .panel = &r->panel,
        .points = {.n = N, .latitude = latitude, .longitude = longitude}};
    autan_qc_defaults(AUTAN_AIR_TEMPERATURE, &settings);
    settings.enabled = autan_qc_bit(check);
    ck_assert_int_eq(autan_qc_run(&data, &settings, r->flag, NULL), AUTAN_OK);
}

START_TEST(a_reading_far_from_those_around_is_found_among_thousands)
{
    static const autan_qc_id check[] = {AUTAN_QC_BUDDY, AUTAN_QC_SCT};
    record *r = malloc(sizeof *r);
    size_t planted = 0, found = 0, alarms = 0;
    ck_assert_ptr_nonnull(r);
    make(r);
    run(r, check[_i]);
    for (size_t k = 0; k < T * N; k++) {
        planted += r->planted[k];
        found += r->planted[k] && r->flag[k];
        alarms += !r->planted[k] && r->flag[k];
    }
    ck_assert_uint_gt(planted, PLANTED / 2);
    ck_assert_uint_eq(found, planted);
    ck_assert_uint_lt(alarms, T * N / 10000);
    autan_panel_clear(&r->panel);
    free(r);
}
END_TEST

/* Rows first to last, exclusive, of station from are sent by station to as well. */
static const struct {
    size_t from, to, first, last;
} sent[] = {
    {3, 40, 10, 50}, {5, 6, 0, 80},    {5, 7, 0, 80},   {9, 11, 20, 43},
    {12, 13, 1, 25}, {14, 15, 56, 80}, {3, 41, 55, 80},
};

/* Pairs one by one: 24 rows and more that are the same, half of which move. */
static void expect_duplicates(const autan_panel *panel, uint32_t *flag)
{
    const size_t n = panel->n_stations, rows = panel->n_times;
    const uint32_t bit = autan_qc_bit(AUTAN_QC_DUPLICATE);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            const double *x = panel->value + i, *y = panel->value + j;
            for (size_t t = 0, last; t < rows; t = last + 1) {
                size_t moves = 0;
                for (last = t; last < rows && x[last * n] == y[last * n]; last++)
                    moves += last > t && x[last * n] != x[(last - 1) * n];
                for (size_t k = t; last - t >= 24 && 2 * moves >= last - t && k < last;
                     k++)
                    flag[k * n + i] = flag[k * n + j] = bit;
            }
        }
    }
}

START_TEST(the_same_series_at_two_stations_is_found_as_by_comparing_all_pairs)
{
    enum { STATIONS = 60, ROWS = 80 };
    static uint32_t flag[STATIONS * ROWS], expected[STATIONS * ROWS];
    autan_qc_settings settings;
    autan_panel panel;
    uint64_t seed = 9;
    size_t flagged = 0;
    ck_assert_int_eq(autan_panel_make(1751328000, 1751328000 + (ROWS - 1) * 3600, 3600,
                                      STATIONS, &panel),
                     AUTAN_OK);
    for (size_t i = 0; i < STATIONS; i++) {
        latitude[i] = 43.4 + 0.36 * uniform(&seed);
        longitude[i] = 1.2 + 0.5 * uniform(&seed);
    }
    for (size_t k = 0; k < STATIONS * ROWS; k++)
        panel.value[k] = round(200 + 30 * uniform(&seed)) / 10;
    panel.value[30 * STATIONS + 20] = NAN;
    for (size_t k = 0; k < sizeof sent / sizeof *sent; k++) {
        for (size_t t = sent[k].first; t < sent[k].last; t++)
            panel.value[t * STATIONS + sent[k].to] =
                panel.value[t * STATIONS + sent[k].from];
    }
    /* Two that hardly move. */
    for (size_t t = 0; t < ROWS; t++)
        panel.value[t * STATIONS + 30] = panel.value[t * STATIONS + 31] =
            t % 3 ? 20 : 20.5;
    for (size_t t = 0; t < ROWS; t++)
        panel.value[t * STATIONS + 32] = panel.value[t * STATIONS + 33] =
            t % 40 ? 21 : 21.5;
    const autan_qc_data data = {
        .variable = AUTAN_AIR_TEMPERATURE,
        .panel = &panel,
        .points = {.n = STATIONS, .latitude = latitude, .longitude = longitude}};
    autan_qc_defaults(AUTAN_AIR_TEMPERATURE, &settings);
    settings.enabled = autan_qc_bit(AUTAN_QC_DUPLICATE);
    ck_assert_int_eq(autan_qc_run(&data, &settings, flag, NULL), AUTAN_OK);
    expect_duplicates(&panel, expected);
    for (size_t k = 0; k < STATIONS * ROWS; k++) {
        ck_assert_uint_eq(flag[k], expected[k]);
        flagged += flag[k] != 0;
    }
    /* Of 3 and 40, of 5, 6 and 7, and so on; the run of 23 rows is too short. */
    ck_assert_uint_eq(flagged, 2 * 40 + 3 * 80 + 2 * 24 + 2 * 24 + 2 * 25 + 2 * 80);
    autan_panel_clear(&panel);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("qc_many");
    TCase *tcase = tcase_create("many");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, a_reading_far_from_those_around_is_found_among_thousands,
                        0, 2);
    tcase_add_test(tcase,
                   the_same_series_at_two_stations_is_found_as_by_comparing_all_pairs);
    suite_add_tcase(suite, tcase);
    return support_run(suite);
}
