/* The model file: every bit comes back, and what is no model is refused by its place.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/model_file.h"
#include "support.h"

enum { STATIONS = 3 };

static autan_error err;

/* Two covariates, three terms, two kernels; two regimes, with odd numbers everywhere.
 */
static autan_model *make_model(int flat)
{
    static const char *const covariate[] = {"built", "wood-2"};
    static const char *const station[STATIONS] = {"a", "b \"x\"", "\xc3\xa9"};
    static const autan_term term[] = {{0, 0, 1.0 / 3, 2.5, -7.0 / 3, 1e8},
                                      {1, 0, -1e-300, 1e300, -INFINITY, INFINITY},
                                      {1, 1, 0, 1, -INFINITY, 0.5}};
    static const autan_kernel kernel[] = {{AUTAN_EXP, 2000}, {AUTAN_MAT52, 1e5 / 7}};
    autan_model *model;
    uint64_t state = 3;
    ck_assert_int_eq(autan_model_new(2, covariate, 3, term, flat, 2, kernel, STATIONS,
                                     station, &model),
                     AUTAN_OK);
    model->from = 1546300800;
    model->to = 1606777200;
    model->n_readings = 386354;
    model->n_rejected = 12;
    model->deviance = -1234.5678901234567;
    model->noise[1] = 10.0 / 3;
    model->limit[0][0] = 0.7;
    model->limit[95][0] = 1.0 / 7;
    model->limit[95][1] = 2.0 / 7;
    for (size_t r = 5; r < AUTAN_REGIMES; r += 282) {
        autan_regime *g = &model->regime[r];
        ck_assert_int_eq(autan_model_reserve(model, r), AUTAN_OK);
        g->n_hours = 10 + r;
        g->two_levels = r == 5;
        g->has_pattern = r != 5;
        g->dof = r == 5 ? INFINITY : 12.3;
        for (size_t k = 0; k < model->n_components; k++) {
            g->hourly[k] = uniform(&state);
            g->persistent[k] = uniform(&state) * 1e-12;
            g->pattern[k] = k == 1 ? 0 : uniform(&state);
        }
        for (size_t i = 0; i < STATIONS; i++) {
            g->mean[i] = i == 1 ? (double)NAN : 40 * uniform(&state) - 20;
            g->u[i] = i == 2 ? (double)NAN : -uniform(&state);
        }
    }
    return model;
}

static autan_model *read_good(const char *path)
{
    autan_model *model = NULL;
    ck_assert_msg(autan_model_read(path, &model, &err) == AUTAN_OK, "%s", err.text);
    return model;
}

static const char *write_good(int flat)
{
    autan_model *model = make_model(flat);
    const char *path = temporary("model.json");
    ck_assert_msg(autan_model_write(model, path, &err) == AUTAN_OK, "%s", err.text);
    autan_model_free(model);
    return path;
}

static void expect_same(size_t n, const double *got, const double *want)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(isnan(want[i]) ? isnan(got[i]) : got[i] == want[i],
                      "%.17g for %.17g", got[i], want[i]);
}

START_TEST(a_model_comes_back_to_the_last_bit)
{
    autan_model *want = make_model(_i), *got = read_good(write_good(_i));
    ck_assert_int_eq(got->flat, _i);
    ck_assert_int_eq(got->given, 0);
    ck_assert_int_eq(got->from, want->from);
    ck_assert_int_eq(got->to, want->to);
    ck_assert_uint_eq(got->n_readings, want->n_readings);
    ck_assert_uint_eq(got->n_rejected, want->n_rejected);
    ck_assert_double_eq(got->deviance, want->deviance);
    ck_assert_uint_eq(got->n_components, want->n_components);
    ck_assert_uint_eq(got->n_covariates, 2);
    ck_assert_str_eq(got->covariate[1], "wood-2");
    for (size_t i = 0; i < STATIONS; i++)
        ck_assert_str_eq(got->station[i], want->station[i]);
    expect_same(STATIONS, got->noise, want->noise);
    for (size_t k = 0; k < 3; k++) {
        ck_assert_uint_eq(got->term[k].covariate, want->term[k].covariate);
        ck_assert_int_eq(got->term[k].indicator, want->term[k].indicator);
        expect_same(1, &got->term[k].center, &want->term[k].center);
        expect_same(1, &got->term[k].lower, &want->term[k].lower);
        expect_same(1, &got->term[k].upper, &want->term[k].upper);
        expect_same(1, &got->term[k].gap, &want->term[k].gap);
        expect_same(1, &got->term[k].scale, &want->term[k].scale);
    }
    for (size_t k = 0; k < 2; k++) {
        ck_assert_int_eq(got->kernel[k].model, want->kernel[k].model);
        expect_same(1, &got->kernel[k].range_m, &want->kernel[k].range_m);
    }
    expect_same(AUTAN_SLOTS * 2, got->limit[0], want->limit[0]);
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        const autan_regime *g = &got->regime[r], *w = &want->regime[r];
        ck_assert_uint_eq(g->n_hours, w->n_hours);
        if (w->n_hours == 0)
            continue;
        ck_assert_int_eq(g->two_levels, w->two_levels);
        ck_assert_int_eq(g->has_pattern, w->has_pattern);
        expect_same(1, &g->dof, &w->dof);
        expect_same(want->n_components, g->hourly, w->hourly);
        expect_same(want->n_components, g->persistent, w->persistent);
        expect_same(want->n_components, g->pattern, w->pattern);
        expect_same(STATIONS, g->mean, w->mean);
        expect_same(STATIONS, g->u, w->u);
    }
    autan_model_free(want);
    autan_model_free(got);
}
END_TEST

START_TEST(a_covariance_given_by_hand_is_kept_as_such)
{
    static const autan_kernel kernel = {AUTAN_SPH, 897};
    const autan_covariance covariance = {
        .n = 1, .kernel = {kernel}, .sill = {0.59}, .nugget = 0.05};
    const char *path = temporary("given.json");
    autan_model *model, *got;
    ck_assert_int_eq(autan_model_new(0, NULL, 0, NULL, 1, 1, &kernel, 0, NULL, &model),
                     AUTAN_OK);
    ck_assert_int_eq(autan_model_set_covariance(model, &covariance), AUTAN_OK);
    ck_assert_int_eq(autan_model_write(model, path, &err), AUTAN_OK);
    got = read_good(path);
    ck_assert_int_eq(got->given, 1);
    ck_assert_uint_eq(got->n_components, 2);
    ck_assert_double_eq(got->regime[0].hourly[0], 0.59);
    ck_assert_double_eq(got->regime[0].hourly[1], 0.05);
    ck_assert(isinf(got->regime[0].dof));
    autan_model_free(model);
    autan_model_free(got);
}
END_TEST

START_TEST(the_file_is_the_json_that_the_formats_describe)
{
    json_t *json = json_load_file(write_good(0), 0, NULL), *regime;
    ck_assert_ptr_nonnull(json);
    ck_assert_str_eq(json_string_value(json_object_get(json, "format")), "autan model");
    ck_assert_int_eq(json_integer_value(json_object_get(json, "version")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json, "from")),
                     "2019-01-01T00:00:00Z");
    regime = json_array_get(json_object_get(json, "regimes"), 0);
    /* Regime 5: the winter's second hour, third class. */
    ck_assert_str_eq(json_string_value(json_object_get(regime, "season")), "DJF");
    ck_assert_int_eq(json_integer_value(json_object_get(regime, "hour_utc")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(regime, "class")), 2);
    ck_assert(json_is_null(json_object_get(regime, "dof")));
    ck_assert(json_is_null(json_array_get(json_object_get(regime, "mean"), 1)));
    ck_assert_uint_eq(json_array_size(json_object_get(regime, "hourly")), 6);
    json_decref(json);
}
END_TEST

START_TEST(the_model_of_an_archive_has_its_place_there)
{
    char *path = autan_model_path("some/archive");
    ck_assert_str_eq(path, "some/archive/model.json");
    ck_assert(!autan_model_exists(path));
    ck_assert(autan_model_exists(write_text("x.json", "")));
    free(path);
}
END_TEST

/* One key of the good file, or of item k of one of its lists, replaced by other JSON or
 * (NULL) taken away. */
static const struct {
    const char *list; /* NULL: the file itself */
    const char *key, *json;
    const char *part; /* of the message */
} bad[] = {
    {NULL, "format", "\"other\"", "format or version"},
    {NULL, "format", NULL, "format or version"},
    {NULL, "version", "2", "format or version"},
    {NULL, "covariates", NULL, "covariates"},
    {NULL, "covariates", "{}", "covariates"},
    {NULL, "covariates", "[1, 2]", "covariates"},
    {NULL, "covariates", "[\"built\"]", "the covariate of a term"},
    {NULL, "stations", "[null]", "stations"},
    {NULL, "stations", "[\"a\"]", "noise"},
    {NULL, "noise", "[1, 1]", "noise"},
    {NULL, "noise", "[1, 0, 1]", "noise"},
    {NULL, "noise", "[1, 1, null]", "noise"},
    {NULL, "noise", "{}", "noise"},
    {NULL, "terms", "{}", "terms"},
    {NULL, "terms", "[3]", "terms"},
    {NULL, "kernels", NULL, "kernels"},
    {NULL, "kernels", "[]", "regime 1: hourly"},
    {NULL, "kernels",
     "[{\"model\":\"exp\",\"range_m\":1},{\"model\":\"exp\",\"range_m\":1},"
     "{\"model\":\"exp\",\"range_m\":1},{\"model\":\"exp\",\"range_m\":1},"
     "{\"model\":\"exp\",\"range_m\":1},{\"model\":\"exp\",\"range_m\":1},"
     "{\"model\":\"exp\",\"range_m\":1},{\"model\":\"exp\",\"range_m\":1},"
     "{\"model\":\"exp\",\"range_m\":1}]",
     "kernels"},
    {NULL, "from", "\"2019-01-01\"", "the header"},
    {NULL, "to", "7", "the header"},
    {NULL, "readings", "-1", "the header"},
    {NULL, "rejected", "1.5", "the header"},
    {NULL, "given", "1", "the header"},
    {NULL, "flat", "true", "regime 1: hourly"},
    {NULL, "dispersion_limits", "[]", "dispersion_limits"},
    {NULL, "dispersion_limits", "[[1, 2]]", "dispersion_limits"},
    {NULL, "regimes", NULL, "regimes"},
    {NULL, "regimes", "[]", "regimes"},
    {NULL, "regimes", "[1]", "regime 1"},
    {"terms", "covariate", "\"water\"", "the covariate of a term"},
    {"terms", "indicator", "0", "terms"},
    {"terms", "scale", "0", "terms"},
    {"terms", "center", "null", "terms"},
    {"terms", "gap", "1.5", "the gap of a term"},
    {"kernels", "model", "\"linear\"", "the model of a kernel"},
    {"kernels", "model", "\"nugget\"", "the model of a kernel"},
    {"kernels", "range_m", "-5", "kernels"},
    {"regimes", "season", "\"summer\"", "regime 1: season"},
    {"regimes", "season", "\"SON\"", "regime 2: its season"},
    {"regimes", "hour_utc", "24", "regime 1"},
    {"regimes", "class", "-1", "regime 1"},
    {"regimes", "hours", "0", "regime 1"},
    {"regimes", "two_levels", NULL, "regime 1"},
    {"regimes", "dof", "0", "regime 1: dof"},
    {"regimes", "dof", "-3", "regime 1: dof"},
    {"regimes", "hourly", "[1, 1, 1, 1, 1]", "regime 1: hourly"},
    {"regimes", "hourly", "[1, 1, 1, 1, 1, -1]", "regime 1: a variance"},
    {"regimes", "persistent", "[1, 1, 1, 1, 1, null]", "regime 1: a variance"},
    {"regimes", "pattern", "[1, 1, 1, 1, 1e308, 1e308]", "regime 1: a variance"},
    {"regimes", "pattern", "[1, 1, 1, 1, 1, \"1\"]", "regime 1: pattern"},
    {"regimes", "mean", "[1, 2, 3, 4]", "regime 1: mean"},
    {"regimes", "u", "7", "regime 1: u"},
};

START_TEST(a_file_that_is_no_model_of_this_version_is_refused_by_its_place)
{
    const char *path = temporary("bad.json");
    json_t *json = json_load_file(write_good(0), 0, NULL), *of = json;
    autan_model *model = (autan_model *)&model;
    if (bad[_i].list)
        of = json_array_get(json_object_get(json, bad[_i].list), 0);
    if (bad[_i].list && strcmp(bad[_i].part, "regime 2: its season") == 0) {
        /* As the second regime is: autumn, 23 h, third class. */
        json_object_set_new(of, "hour_utc", json_integer(23));
        json_object_set_new(of, "class", json_integer(2));
    }
    if (bad[_i].json)
        json_object_set_new(of, bad[_i].key,
                            json_loads(bad[_i].json, JSON_DECODE_ANY, NULL));
    else
        json_object_del(of, bad[_i].key);
    ck_assert_int_eq(json_dump_file(json, path, 0), 0);
    ck_assert_msg(autan_model_read(path, &model, &err) == AUTAN_BAD_FORMAT, "%s %s",
                  bad[_i].key, bad[_i].json);
    assert_error(&err, AUTAN_BAD_FORMAT, path, "missing or wrong", bad[_i].part);
    ck_assert_ptr_eq(model, &model);
    json_decref(json);
}
END_TEST

static void expect_unread(const char *path, autan_status status, const char *part)
{
    autan_model *model = (autan_model *)&model;
    ck_assert_int_eq(autan_model_read(path, &model, &err), status);
    assert_error(&err, status, path, part);
    ck_assert_ptr_eq(model, &model);
    ck_assert_int_eq(autan_model_read(path, &model, NULL), status);
}

START_TEST(what_cannot_be_read_is_told_apart)
{
    size_t length;
    char *text = read_file(write_good(0), &length);
    expect_unread(temporary("missing.json"), AUTAN_NOT_FOUND, "run fit");
    expect_unread(make_folder("folder"), AUTAN_IO, "Is a directory");
    expect_unread(write_text("x.json", ""), AUTAN_BAD_FORMAT, "is no JSON");
    expect_unread(write_text("x.json", "[1]"), AUTAN_BAD_FORMAT, "format or version");
    expect_unread(write_text("x.json", "{\"format\":1,\n\"format\":2}"),
                  AUTAN_BAD_FORMAT, "x.json:2: is no JSON: duplicate");
    for (size_t cut = 1; cut + 2 < length; cut += 499)
        expect_unread(write_bytes("x.json", text, cut), AUTAN_BAD_FORMAT, "is no JSON");
    free(text);
}
END_TEST

START_TEST(a_file_that_cannot_grow_leaves_the_model_before_as_it_was)
{
    autan_model *model = make_model(0), *before;
    make_folder("f");
    ck_assert_int_eq(autan_model_write(model, temporary("f/model.json"), &err),
                     AUTAN_OK);
    limit_file_size(1000);
    ck_assert_int_eq(autan_model_write(model, temporary("f/model.json"), &err),
                     AUTAN_IO);
    assert_error(&err, AUTAN_IO, temporary("f/model.json"), "File too large");
    before = read_good(temporary("f/model.json"));
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
    autan_model_free(before);
    autan_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model_file");
    TCase *good = tcase_create("good"), *refused = tcase_create("refused");
    tcase_add_loop_test(good, a_model_comes_back_to_the_last_bit, 0, 2);
    tcase_add_test(good, a_covariance_given_by_hand_is_kept_as_such);
    tcase_add_test(good, the_file_is_the_json_that_the_formats_describe);
    tcase_add_test(good, the_model_of_an_archive_has_its_place_there);
    suite_add_tcase(suite, good);
    tcase_add_loop_test(refused,
                        a_file_that_is_no_model_of_this_version_is_refused_by_its_place,
                        0, sizeof bad / sizeof *bad);
    tcase_add_test(refused, what_cannot_be_read_is_told_apart);
    tcase_add_test(refused, a_file_that_cannot_grow_leaves_the_model_before_as_it_was);
    suite_add_tcase(suite, refused);
    return support_run(suite);
}
