/* Silent stations that were heard shortly before or after. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kriging/carry.h"
#include "kriging/field.h"
#include "support.h"

enum { N = 16, NC = 1, REACH = AUTAN_CARRY_HOURS, T = 12, SILENT = 5, ROW = 6 };

static double x[N], y[N], covariate[N];
static const autan_sites sites = {N, NC, x, y, covariate};
static const char *const id[N] = {"a", "b", "c", "d", "e", "f", "g", "h",
                                  "i", "j", "k", "l", "m", "n", "o", "p"};
static const char *const names[NC] = {"green"};

typedef struct {
    autan_model *model;
    autan_panel panel;
    double reading[N]; /* the same at every hour */
} town;

/* A town whose readings are the same at every hour: what a station said is what it
 * would say. */
static void town_make(town *t)
{
    static const double persistent[] = {0.3, 0.4, 0.1}, pattern[] = {0.05, 0.1, 0.02};
    static const double hourly[] = {0.1, 0.5, 0.2};
    const autan_kernel kernel = {AUTAN_EXP, 4000};
    const size_t wanted = 0;
    autan_term term[2];
    autan_term_verdict verdict;
    size_t n_terms;
    uint64_t seed = 5;
    for (int i = 0; i < N; i++) {
        x[i] = 10000 * uniform(&seed);
        y[i] = 10000 * uniform(&seed);
        covariate[i] = uniform(&seed);
        t->reading[i] = 20 + 2 * covariate[i] + 2 * uniform(&seed);
    }
    autan_terms_choose(&sites, NC, &wanted, 1, term, &n_terms, &verdict);
    ck_assert_int_eq(
        autan_model_new(NC, names, n_terms, term, 0, 1, &kernel, N, id, &t->model),
        AUTAN_OK);
    know_regimes(t->model, persistent, pattern, hourly);
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        t->model->regime[r].dof = INFINITY;
        for (int i = 0; i < N; i++) {
            t->model->regime[r].mean[i] = 18 + covariate[i];
            t->model->regime[r].u[i] = 0.3 * covariate[i];
        }
    }
    ck_assert_int_eq(autan_panel_make(0, (T - 1) * 3600, 3600, N, &t->panel), AUTAN_OK);
    for (int k = 0; k < T; k++)
        memcpy(t->panel.value + k * N, t->reading, sizeof t->reading);
}

static void town_clear(town *t)
{
    autan_model_free(t->model);
    autan_panel_clear(&t->panel);
}

static void silence(town *t, int row, int station)
{
    t->panel.value[row * N + station] = NAN;
}

/* Mean and standard error at a place beside the silent station, at a row of the panel;
 * with what is carried over, or without. */
static void beside(const town *t, int carried, size_t row, float *mean, float *error)
{
    const double px = x[SILENT] + 100, py = y[SILENT], c = covariate[SILENT];
    const autan_sites place = {1, NC, &px, &py, &c};
    const size_t less = carried ? REACH : 0;
    autan_hours hours;
    autan_field *field;
    if (carried)
        ck_assert_int_eq(
            autan_hours_solve_beside(t->model, &sites, id, &t->panel, REACH, &hours),
            AUTAN_OK);
    else
        ck_assert_int_eq(
            autan_hours_solve(t->model, &sites, id, &t->panel, AUTAN_CLASS_OWN, &hours),
            AUTAN_OK);
    ck_assert_int_eq(autan_field_new(&sites, &hours, T - 2 * less, &field), AUTAN_OK);
    ck_assert_int_eq(autan_field_evaluate(field, &place, row - less, 1, 1, mean, error),
                     AUTAN_OK);
    autan_field_free(field);
    autan_hours_clear(&hours);
}

/* An hour of the solved town; row counts without the rows beside. */
static const autan_hour *hour_at(const autan_hours *hours, size_t row,
                                 const autan_group **group, size_t *h)
{
    for (size_t k = 0; k < hours->n_groups; k++) {
        *group = &hours->group[k];
        for (*h = 0; *h < (*group)->n_hours; ++*h) {
            if ((*group)->hour[*h].row == row)
                return &(*group)->hour[*h];
        }
    }
    ck_abort_msg("no hour at row %zu", row);
    return NULL;
}

START_TEST(who_hardly_changes_is_as_good_as_heard)
{
    town t;
    float all, all_error, carried, carried_error, less, less_error;
    town_make(&t);
    beside(&t, 0, ROW, &all, &all_error);
    silence(&t, ROW, SILENT);
    beside(&t, 0, ROW, &less, &less_error);
    t.model->autocorrelation = 0.99999;
    beside(&t, 1, ROW, &carried, &carried_error);
    ck_assert_float_eq_tol(carried, all, 1e-3f);
    ck_assert_float_eq_tol(carried_error, all_error, 2e-3f);
    ck_assert_float_gt(fabsf(less - all), 0.1f);
    ck_assert_float_gt(less_error, all_error + 0.05f);
    town_clear(&t);
}
END_TEST

START_TEST(who_changes_more_is_believed_less)
{
    town t;
    float all, all_error, less, less_error, last, last_error;
    town_make(&t);
    beside(&t, 0, ROW, &all, &all_error);
    silence(&t, ROW, SILENT);
    beside(&t, 0, ROW, &less, &less_error);
    last = less;
    last_error = less_error;
    for (int k = 1; k <= 4; k++) {
        float mean, error;
        t.model->autocorrelation = 0.2 * k;
        beside(&t, 1, ROW, &mean, &error);
        ck_assert_float_lt(error, last_error);
        ck_assert_float_gt(error, all_error);
        ck_assert_float_lt(fabsf(mean - all), fabsf(last - all));
        last = mean;
        last_error = error;
    }
    t.model->autocorrelation = 0.0;
    beside(&t, 1, ROW, &last, &last_error);
    ck_assert_float_eq_tol(last, less, 1e-5f);
    ck_assert_float_eq_tol(last_error, less_error, 1e-5f);
    town_clear(&t);
}
END_TEST

/* The noise and the weight of what is put in the station's place, from the errors of
 * the hours around. */
static void check_expected(town *t, int before, int after)
{
    const double r = 0.7;
    const double ra = before ? pow(r, before) : 0, rb = after ? pow(r, after) : 0;
    const double f = (1 - ra * ra) * (1 - rb * rb) / (1 - ra * ra * rb * rb);
    const autan_group *g;
    const autan_hour *hour;
    autan_hours hours;
    float *z = malloc(T * N * sizeof *z);
    double error = 0.0, variance, told;
    size_t h;
    ck_assert_int_eq(
        autan_hours_solve(t->model, &sites, id, &t->panel, AUTAN_CLASS_OWN, &hours),
        AUTAN_OK);
    ck_assert_int_eq(autan_hourly_errors(&hours, T, N, z), AUTAN_OK);
    ck_assert_float_eq(z[ROW * N + SILENT], 0);
    if (before)
        error += ra * (1 - rb * rb) * (double)z[(ROW - before) * N + SILENT];
    if (after)
        error += rb * (1 - ra * ra) * (double)z[(ROW + after) * N + SILENT];
    error /= 1 - ra * ra * rb * rb;
    autan_hours_clear(&hours);

    /* Nothing is expected without an autocorrelation. */
    ck_assert_int_eq(
        autan_hours_solve_beside(t->model, &sites, id, &t->panel, REACH, &hours),
        AUTAN_OK);
    ck_assert_uint_eq(hours.n_carried, 0);
    hour = hour_at(&hours, ROW - REACH, &g, &h);
    ck_assert_uint_eq(hour->n_missing, 1);
    variance = 1 / (hour->L[0] * hour->L[0]);
    /* Of what the station is expected to say beyond the others, 1 - f stays after
     * kriging it with its noise. */
    told = error / sqrt(variance);
    autan_hours_clear(&hours);

    t->model->autocorrelation = r;
    ck_assert_int_eq(
        autan_hours_solve_beside(t->model, &sites, id, &t->panel, REACH, &hours),
        AUTAN_OK);
    hour = hour_at(&hours, ROW - REACH, &g, &h);
    ck_assert_uint_gt(hours.n_carried, 0);
    ck_assert_double_eq_tol(1 / hour->precision[0], variance * f / (1 - f),
                            1e-9 * variance);
    ck_assert_double_eq_tol(g->alpha[hour->missing[0] * g->n_hours + h], told, 1e-6);
    autan_hours_clear(&hours);
    free(z);
}

START_TEST(what_is_expected_is_that_of_an_autoregression)
{
    for (int before = 0; before <= REACH; before++) {
        for (int after = 0; after <= REACH; after++) {
            town t;
            if (before + after == 0)
                continue;
            town_make(&t);
            for (int k = 0; k < T; k++) {
                const int lag = k - ROW;
                if ((lag <= 0 && (before == 0 || lag > -before)) ||
                    (lag >= 0 && (after == 0 || lag < after)))
                    silence(&t, k, SILENT);
            }
            /* The errors differ from hour to hour. */
            for (int k = 0; k < T; k++)
                t.panel.value[k * N + SILENT] += 0.3 * k;
            t.model->autocorrelation = 0;
            check_expected(&t, before, after);
            town_clear(&t);
        }
    }
}
END_TEST

START_TEST(an_hour_alone_is_that_of_a_longer_period)
{
    town t, one;
    float mean, error, alone, alone_error;
    town_make(&t);
    town_make(&one);
    silence(&t, ROW, SILENT);
    silence(&t, ROW - 1, SILENT);
    for (int i = 0; i < N; i += 3)
        silence(&t, ROW, i);
    t.model->autocorrelation = one.model->autocorrelation = 0.7;
    beside(&t, 1, ROW, &mean, &error);
    autan_panel_clear(&one.panel);
    ck_assert_int_eq(autan_panel_make((ROW - REACH) * 3600, (ROW + REACH) * 3600, 3600,
                                      N, &one.panel),
                     AUTAN_OK);
    memcpy(one.panel.value, t.panel.value + (ROW - REACH) * N,
           (2 * REACH + 1) * N * sizeof(double));
    const double px = x[SILENT] + 100, py = y[SILENT];
    const autan_sites place = {1, NC, &px, &py, &covariate[SILENT]};
    autan_hours hours;
    autan_field *field;
    ck_assert_int_eq(
        autan_hours_solve_beside(one.model, &sites, id, &one.panel, REACH, &hours),
        AUTAN_OK);
    ck_assert_uint_eq(hours.n_groups, 1);
    ck_assert_uint_eq(hours.n_unanswered, 0);
    ck_assert_uint_eq(hours.n_carried, 7);
    ck_assert_int_eq(autan_field_new(&sites, &hours, 1, &field), AUTAN_OK);
    ck_assert_int_eq(autan_field_evaluate(field, &place, 0, 1, 1, &alone, &alone_error),
                     AUTAN_OK);
    ck_assert_float_eq_tol(alone, mean, 1e-4f);
    ck_assert_float_eq_tol(alone_error, error, 1e-4f);
    autan_field_free(field);
    autan_hours_clear(&hours);
    town_clear(&t);
    town_clear(&one);
}
END_TEST

START_TEST(what_was_not_believed_is_not_carried_over)
{
    town t;
    autan_hours hours;
    const autan_group *g;
    const autan_hour *hour;
    size_t h;
    town_make(&t);
    t.model->autocorrelation = 0.7;
    silence(&t, ROW, SILENT);
    for (int k = 0; k < T; k++)
        t.panel.value[k * N + SILENT] += 40;
    for (size_t r = 0; r < AUTAN_REGIMES; r++)
        t.model->regime[r].dof = 8;
    ck_assert_int_eq(
        autan_hours_solve_beside(t.model, &sites, id, &t.panel, REACH, &hours),
        AUTAN_OK);
    hour = hour_at(&hours, ROW - REACH, &g, &h);
    ck_assert_uint_eq(hours.n_carried, 0);
    ck_assert_uint_eq(hours.n_rejected, T - 2 * REACH - 1);
    ck_assert_double_eq(hour->precision[0], 0);
    for (size_t k = 0; k < hours.n_rejected; k++) {
        ck_assert_uint_eq(hours.rejected[k].site, SILENT);
        ck_assert_uint_lt(hours.rejected[k].row, T - 2 * REACH);
    }
    autan_hours_clear(&hours);
    town_clear(&t);
}
END_TEST

START_TEST(hours_without_any_reading_stay_empty)
{
    town t;
    autan_hours hours;
    town_make(&t);
    t.model->autocorrelation = 0.7;
    for (int i = 0; i < N; i++)
        silence(&t, ROW, i);
    ck_assert_int_eq(
        autan_hours_solve_beside(t.model, &sites, id, &t.panel, REACH, &hours),
        AUTAN_OK);
    ck_assert_uint_eq(hours.n_unanswered, 1);
    ck_assert_uint_eq(hours.n_carried, 0);
    autan_hours_clear(&hours);
    for (int k = REACH; k < T - REACH; k++) {
        for (int i = 0; i < N; i++)
            silence(&t, k, i);
    }
    ck_assert_int_eq(
        autan_hours_solve_beside(t.model, &sites, id, &t.panel, REACH, &hours),
        AUTAN_NO_DATA);
    town_clear(&t);
}
END_TEST

START_TEST(the_autocorrelation_is_found)
{
    enum { HOURS = 4000 };
    float *z = malloc(HOURS * 2 * sizeof *z);
    double last[2] = {0, 0};
    uint64_t seed = 3;
    for (int k = 0; k < HOURS; k++) {
        for (int i = 0; i < 2; i++) {
            double noise = 0;
            for (int e = 0; e < 12; e++)
                noise += uniform(&seed) - 0.5;
            last[i] = 0.6 * last[i] + 0.8 * noise;
            z[k * 2 + i] = k % 7 == i ? 0 : (float)last[i];
        }
    }
    ck_assert_double_eq_tol(autan_hourly_autocorrelation(HOURS, 2, z), 0.6, 0.03);
    ck_assert_double_eq(autan_hourly_autocorrelation(1, 2, z), 0);
    free(z);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("carry");
    TCase *cases = tcase_create("carry");
    tcase_add_test(cases, who_hardly_changes_is_as_good_as_heard);
    tcase_add_test(cases, who_changes_more_is_believed_less);
    tcase_add_test(cases, what_is_expected_is_that_of_an_autoregression);
    tcase_add_test(cases, an_hour_alone_is_that_of_a_longer_period);
    tcase_add_test(cases, what_was_not_believed_is_not_carried_over);
    tcase_add_test(cases, hours_without_any_reading_stay_empty);
    tcase_add_test(cases, the_autocorrelation_is_found);
    suite_add_tcase(suite, cases);
    return support_run(suite);
}
