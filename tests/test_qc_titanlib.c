/* The calls recorded from titanlib's own tests give the recorded verdicts. Expected
 * values: shared/reference/qc/titanlib_upstream_calls.json. Nothing is excepted: the
 * defects of titanlib that we do not share (a NaN ends its sct, and can spoil its buddy
 * means) decide none of these calls. */
#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qc/spatial.h"
#include "support.h"

enum { MOST = 64 };

/* titanlib computes in single precision. */
#define SCORE_TOLERANCE 1e-5

typedef struct {
    size_t n;
    double value[MOST];
} list;

typedef struct {
    double latitude[MOST], longitude[MOST], elevation[MOST], land[MOST];
    autan_points points;
} places;

typedef struct {
    int verdict[MOST];
    double score[MOST];
} answer;

static double number(const json_t *item)
{
    if (json_is_boolean(item))
        return json_is_true(item);
    return json_is_null(item) ? (double)NAN : json_number_value(item);
}

/* A scalar reads as a list of one; an absent argument as an empty list. */
static list read_list(const json_t *item)
{
    list l = {.n = 1};
    if (!item) {
        l.n = 0;
    } else if (!json_is_array(item)) {
        l.value[0] = number(item);
    } else {
        l.n = json_array_size(item);
        ck_assert_uint_le(l.n, MOST);
        for (size_t i = 0; i < l.n; i++)
            l.value[i] = number(json_array_get(item, i));
    }
    return l;
}

static void read_places(const json_t *item, places *p)
{
    const char *key[] = {"lats", "lons", "elevs", "lafs"};
    double *column[] = {p->latitude, p->longitude, p->elevation, p->land};
    for (int c = 0; c < 4; c++) {
        list l = read_list(json_object_get(item, key[c]));
        memcpy(column[c], l.value, l.n * sizeof(double));
        p->points.n = l.n;
    }
    p->points.latitude = p->latitude;
    p->points.longitude = p->longitude;
    p->points.elevation = p->elevation;
    p->points.land_fraction = p->land;
    p->points.cartesian = json_integer_value(json_object_get(item, "coord")) == 1;
}

static autan_per_station each(const list *l)
{
    return (autan_per_station){l->value, l->n};
}

typedef struct {
    const json_t *args;
    places where;
    list l[32];
} call;

/* Argument k as a list that lives with the call. */
static const list *arg(call *c, size_t k)
{
    c->l[k] = read_list(json_array_get(c->args, k));
    return &c->l[k];
}

static double scalar(call *c, size_t k)
{
    return number(json_array_get(c->args, k));
}

static autan_status call_buddy(call *c, answer *a)
{
    const list *value = arg(c, 1);
    autan_buddy_options o = {.radius_m = each(arg(c, 2)),
                             .num_min = each(arg(c, 3)),
                             .threshold = scalar(c, 4),
                             .max_elevation_difference_m = scalar(c, 5),
                             .elevation_gradient = scalar(c, 6),
                             .min_std = scalar(c, 7),
                             .iterations = (int)scalar(c, 8),
                             .check = each(arg(c, 9))};
    return autan_buddy_check(&c->where.points, value->n, value->value, &o, a->verdict,
                             NULL);
}

static autan_status call_event(call *c, answer *a)
{
    const list *value = arg(c, 1);
    autan_buddy_event_options o = {.radius_m = each(arg(c, 2)),
                                   .num_min = each(arg(c, 3)),
                                   .event_threshold = scalar(c, 4),
                                   .threshold = scalar(c, 5),
                                   .max_elevation_difference_m = scalar(c, 6),
                                   .elevation_gradient = scalar(c, 7),
                                   .iterations = (int)scalar(c, 8),
                                   .check = each(arg(c, 9))};
    return autan_buddy_event_check(&c->where.points, value->n, value->value, &o,
                                   a->verdict);
}

static autan_status call_isolation(call *c, answer *a)
{
    size_t n = c->where.points.n;
    autan_per_station num_min = each(arg(c, 1)), radius = each(arg(c, 2));
    autan_per_station vertical = each(arg(c, 3));
    /* titanlib has two functions: all scalars, or all lists as long as the stations. */
    if (json_is_array(json_array_get(c->args, 1)) &&
        (num_min.n != n || radius.n != n || (vertical.n && vertical.n != n)))
        return AUTAN_BAD_ARGUMENT;
    return autan_isolation_check(&c->where.points, num_min, radius, vertical,
                                 a->verdict);
}

static autan_status call_sct(call *c, answer *a)
{
    const list *value = arg(c, 1);
    autan_sct_options o = {.num_min = (int)scalar(c, 2),
                           .num_max = (int)scalar(c, 3),
                           .inner_radius_m = scalar(c, 4),
                           .outer_radius_m = scalar(c, 5),
                           .iterations = (int)scalar(c, 6),
                           .num_min_profile = (int)scalar(c, 7),
                           .min_elevation_diff_m = scalar(c, 8),
                           .min_horizontal_scale_m = scalar(c, 9),
                           .vertical_scale_m = scalar(c, 10),
                           .positive = each(arg(c, 11)),
                           .negative = each(arg(c, 12)),
                           .eps2 = each(arg(c, 13)),
                           .check = each(arg(c, 14))};
    return autan_sct(&c->where.points, value->n, value->value, &o, a->verdict,
                     a->score);
}

static autan_status call_resistant(call *c, answer *a)
{
    const list *value = arg(c, 1);
    size_t n_args = json_array_size(c->args);
    autan_sct_resistant_options o = {.check = each(arg(c, 2)),
                                     .external = each(arg(c, 3)),
                                     .background = (autan_background)scalar(c, 4),
                                     .num_min = (int)scalar(c, 5),
                                     .num_max = (int)scalar(c, 6),
                                     .inner_radius_m = scalar(c, 7),
                                     .outer_radius_m = scalar(c, 8),
                                     .iterations = (int)scalar(c, 9),
                                     .num_min_profile = (int)scalar(c, 10),
                                     .min_elevation_diff_m = scalar(c, 11),
                                     .min_horizontal_scale_m = scalar(c, 12),
                                     .max_horizontal_scale_m = scalar(c, 13),
                                     .kth_closest = (int)scalar(c, 14),
                                     .vertical_scale_m = scalar(c, 15),
                                     .admissible_low = each(arg(c, 16)),
                                     .admissible_high = each(arg(c, 17)),
                                     .valid_low = each(arg(c, 18)),
                                     .valid_high = each(arg(c, 19)),
                                     .eps2 = each(arg(c, 20)),
                                     .positive = each(arg(c, 21)),
                                     .negative = each(arg(c, 22)),
                                     .basic = scalar(c, 24) != 0,
                                     .keep_isolated =
                                         n_args < 26 || scalar(c, 25) != 0};
    return autan_sct_resistant(&c->where.points, value->n, value->value, &o, a->verdict,
                               a->score);
}

static autan_status call_range(call *c, answer *a)
{
    const list *value = arg(c, 0);
    return autan_range_check(value->n, value->value, each(arg(c, 1)), each(arg(c, 2)),
                             a->verdict);
}

static autan_status call_duplicate(call *c, answer *a)
{
    return autan_duplicate_check(&c->where.points, scalar(c, 1), NAN, a->verdict);
}

static autan_status call_profile(call *c, answer *a)
{
    const list *z = arg(c, 0), *out = arg(c, 1), *value = arg(c, 2);
    autan_vertical_profile(z->n, z->value, value->value, (int)scalar(c, 3),
                           scalar(c, 4), out->n, out->value, a->score);
    return AUTAN_OK;
}

static const struct {
    const char *name;
    autan_status (*run)(call *, answer *);
} checks[] = {
    {"buddy_check", call_buddy},         {"buddy_event_check", call_event},
    {"isolation_check", call_isolation}, {"sct", call_sct},
    {"sct_resistant", call_resistant},   {"range_check", call_range},
    {"duplicate_check", call_duplicate}, {"compute_vertical_profile", call_profile}};

static json_t *load(void)
{
    char path[SUPPORT_PATH];
    json_t *calls = NULL;
    if (shared_file("reference/qc/titanlib_upstream_calls.json", path)) {
        calls = json_load_file(path, 0, NULL);
        ck_assert_ptr_nonnull(calls);
    }
    return calls;
}

static void compare_verdicts(const json_t *expected, const answer *a, const char *test)
{
    size_t n = json_array_size(expected);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(a->verdict[i] == json_integer_value(json_array_get(expected, i)),
                      "%s: station %zu is %d", test, i, a->verdict[i]);
}

static void compare_scores(const json_t *expected, const answer *a, const char *test)
{
    size_t n = json_array_size(expected);
    for (size_t i = 0; i < n; i++) {
        double wanted = json_number_value(json_array_get(expected, i));
        ck_assert_msg(fabs(a->score[i] - wanted) <= SCORE_TOLERANCE, "%s: %zu is %.9g",
                      test, i, a->score[i]);
    }
}

static void compare(const json_t *entry, const answer *a)
{
    const char *test = json_string_value(json_object_get(entry, "test"));
    const json_t *out = json_object_get(entry, "out");
    if (json_is_array(json_array_get(out, 0))) {
        compare_verdicts(json_array_get(out, 0), a, test);
        compare_scores(json_array_get(out, 1), a, test);
    } else if (json_is_real(json_array_get(out, 0))) {
        compare_scores(out, a, test);
    } else {
        compare_verdicts(out, a, test);
    }
}

static void replay(const json_t *entry)
{
    const char *name = json_string_value(json_object_get(entry, "check"));
    call *c = calloc(1, sizeof *c);
    answer *a = calloc(1, sizeof *a);
    size_t k = 0;
    ck_assert(c && a);
    while (k < sizeof checks / sizeof *checks && strcmp(checks[k].name, name) != 0)
        k++;
    ck_assert_msg(k < sizeof checks / sizeof *checks, "no check called %s", name);
    c->args = json_object_get(entry, "args");
    if (json_is_object(json_array_get(c->args, 0)))
        read_places(json_array_get(c->args, 0), &c->where);
    autan_status status = checks[k].run(c, a);
    if (json_object_get(entry, "raises"))
        ck_assert_msg(status != AUTAN_OK, "%s: accepted",
                      json_string_value(json_object_get(entry, "test")));
    else {
        ck_assert_int_eq(status, AUTAN_OK);
        compare(entry, a);
    }
    free(c);
    free(a);
}

START_TEST(every_recorded_titanlib_call_gives_the_recorded_verdicts)
{
    json_t *calls = load();
    if (!calls)
        return;
    ck_assert_uint_eq(json_array_size(calls), 62);
    for (size_t k = 0; k < json_array_size(calls); k++)
        replay(json_array_get(calls, k));
    json_decref(calls);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("titanlib");
    TCase *recorded = tcase_create("recorded calls");
    tcase_add_test(recorded, every_recorded_titanlib_call_gives_the_recorded_verdicts);
    suite_add_tcase(suite, recorded);
    return support_run(suite);
}
