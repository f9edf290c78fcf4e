/* autan explain: why the map of an hour says what it says. */
#include "config.h"

#include "command.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "kriging/field.h"
#include "message.h"
#include "options.h"
#include "town.h"

static const char help[] =
    "Usage: autan explain --at T [options] CITY.ini\n"
    "Says what the map of the hour that ends at T is made of: the model and its age, "
    "the\n"
    "terms with their standard errors, the readings left out; and for a place the "
    "parts of\n"
    "its temperature and what each station weighs there.\n\n"
    "      --at T            the hour (ISO 8601 UTC)\n"
    "      --place LON,LAT   a place, degrees east and north (WGS 84)\n"
    "      --station ID      the place of a station\n"
    "  -q, --quiet           say errors only\n"
    "  -v, --verbose         say more\n"
    "  -h, --help            print this\n"
    "  -V, --version         print the version\n";

enum { OPTION_AT = OPTION_FIRST_LONG, OPTION_PLACE, OPTION_STATION };

typedef struct {
    autan_time at;
    bool has_at, has_place;
    double longitude, latitude;
    const char *station;
} arguments;

typedef struct {
    town *town;
    const autan_model *model;
    autan_panel panel;
    autan_hours hours;
    autan_field *field;
    const autan_group *group;
    const autan_hour *hour;
} job;

static void job_clear(job *j)
{
    autan_field_free(j->field);
    autan_hours_clear(&j->hours);
    autan_panel_clear(&j->panel);
}

static autan_status prepare(job *j, autan_time at, autan_error *err)
{
    char time[AUTAN_TIME_TEXT];
    autan_status status = town_read_panel(j->town, at, at, &j->panel, err);
    if (status == AUTAN_OK)
        status = town_solve(j->town, j->model, &j->panel, &j->hours, err);
    if (status != AUTAN_OK)
        return status;
    if (j->hours.n_groups == 0) {
        autan_time_format(at, time);
        return autan_fail(err, AUTAN_NO_DATA,
                          "%s: no reading in the hour that ends at %s",
                          j->town->city.path, time);
    }
    if (autan_field_new(&j->town->sites, &j->hours, 1, &j->field) != AUTAN_OK)
        return town_no_memory(j->town, err);
    j->group = j->hours.group;
    j->hour = j->group->hour;
    return AUTAN_OK;
}

static void print_model(const job *j, autan_time at)
{
    static const char *const season[AUTAN_SEASONS] = {"December to February",
                                                      "March to May", "June to August",
                                                      "September to November"};
    const autan_model *m = j->model;
    char time[AUTAN_TIME_TEXT], from[AUTAN_TIME_TEXT], to[AUTAN_TIME_TEXT];
    const size_t slot = j->group->regime / AUTAN_CLASSES;
    autan_time_format(at, time);
    printf("Hour that ends at %s, %s\n", time, j->town->city.name);
    if (m->given) {
        printf("Model: universal kriging, covariance given in the city file\n");
        return;
    }
    autan_time_format(m->from, from);
    autan_time_format(m->to, to);
    printf("Model: fitted on %zu readings from %s to %s", m->n_readings, from, to);
    if (at > m->to)
        printf(", which ends %.0f days before the hour",
               (double)(at - m->to) / 86400.0);
    printf("\n");
    printf("Regime: hour that ends at %zu UTC, %s, class of dispersion %zu, learnt "
           "from %zu hours%s\n",
           slot % AUTAN_HOURS, season[slot / AUTAN_HOURS],
           j->group->regime % AUTAN_CLASSES + 1, m->regime[j->group->regime].n_hours,
           j->group->borrowed ? " (borrowed: the hour's own regime is not known)" : "");
    printf("Hour: variance %.2f times that of its regime", j->hour->scale);
    if (j->group->u)
        printf(", pattern %+.2f +- %.2f", j->hour->amplitude,
               sqrt(j->hour->amplitude_variance));
    printf("\n");
}

static void print_stations(const job *j)
{
    size_t reporting = 0;
    for (size_t i = 0; i < j->panel.n_stations; i++)
        reporting += isnan(j->panel.value[i]) ? 0 : 1;
    printf("Stations: %zu of %zu report", reporting, j->panel.n_stations);
    for (size_t k = 0; k < j->hours.n_rejected; k++) {
        const size_t site = j->hours.rejected[k].site;
        printf("%s %s (%.1f degC)",
               k == 0 ? "; left out as too far from the others:" : ",",
               j->town->station_id[site], j->panel.value[site]);
    }
    if (j->hours.n_carried)
        printf("; %zu silent told by the hours around", j->hours.n_carried);
    printf("\n");
}

/* The name of a term. */
static const char *term_name(const autan_model *m, size_t k)
{
    return m->covariate[m->term[k].covariate];
}

static autan_status print_terms(const job *j, double *coefficient, double *covariance,
                                autan_error *err)
{
    const autan_model *m = j->model;
    if (autan_field_response(j->field, 0, coefficient, covariance) != AUTAN_OK)
        return town_no_memory(j->town, err);
    if (m->n_terms == 0)
        return AUTAN_OK;
    printf("\n%-28s %12s %9s %12s\n", "Term", "coefficient", "error", "one unit is");
    for (size_t k = 0; k < m->n_terms; k++)
        printf("%-28s %+10.3f K %7.3f K %12.4g%s\n", term_name(m, k), coefficient[k],
               sqrt(fmax(covariance[k * m->n_terms + k], 0.0)), m->term[k].scale,
               m->term[k].indicator ? "  (where it is not known)" : "");
    return AUTAN_OK;
}

/* The place asked for in the city's CRS, with its covariates (n_covariates). */
static autan_status locate(const job *j, const arguments *a, double *x, double *y,
                           double *covariate, autan_error *err)
{
    const town *t = j->town;
    autan_station_table table = {0};
    autan_station *station = NULL;
    autan_status status = AUTAN_OK;
    if (a->station) {
        const long at = autan_station_find(&t->stations, a->station);
        if (at < 0)
            return autan_fail(err, AUTAN_BAD_CONFIG,
                              "--station is '%s', expected a station of %s", a->station,
                              t->city.stations);
        *x = t->x[at];
        *y = t->y[at];
    } else {
        status = autan_station_append(&table, "place", &station);
        if (status != AUTAN_OK)
            return town_no_memory(t, err);
        station->longitude = a->longitude;
        station->latitude = a->latitude;
        status = autan_project_stations(t->city.crs, &table, err);
        *x = station->x;
        *y = station->y;
        autan_station_table_clear(&table);
    }
    for (size_t k = 0; status == AUTAN_OK && k < t->city.n_covariates; k++)
        status = autan_raster_read_places(t->raster[k], 1, x, y, &covariate[k], err);
    return status;
}

typedef struct {
    size_t station;
    double weight;
} weighed;

static int by_weight(const void *a, const void *b)
{
    const double one = fabs(((const weighed *)a)->weight);
    const double other = fabs(((const weighed *)b)->weight);
    return (one < other) - (one > other);
}

/* Stations by weight, the largest first. */
static void print_weights(const job *j, double x, double y, const double *weight)
{
    const town *t = j->town;
    const size_t n = t->stations.n;
    weighed *list = g_new(weighed, n);
    for (size_t i = 0; i < n; i++)
        list[i] = (weighed){i, weight[i]};
    qsort(list, n, sizeof *list, by_weight);
    printf("\n%-28s %8s %10s %6s %10s\n", "Station", "weight", "distance", "noise",
           "reading");
    for (size_t k = 0; k < n && list[k].weight != 0.0; k++) {
        const size_t i = list[k].station;
        printf("%-28s %+8.3f %7.2f km %6.2f ", t->station_id[i], list[k].weight,
               hypot(t->x[i] - x, t->y[i] - y) / 1000.0, j->hours.noise[i]);
        if (isnan(j->panel.value[i]))
            printf("    silent\n");
        else
            printf("%5.1f degC\n", j->panel.value[i]);
    }
    g_free(list);
}

static autan_status print_place(const job *j, const arguments *a,
                                const double *coefficient, autan_error *err)
{
    const town *t = j->town;
    const autan_model *m = j->model;
    double px = NAN, py = NAN;
    double *covariate = g_new0(double, t->city.n_covariates + 1);
    double *weight = g_new0(double, t->stations.n + 1);
    double *term = g_new0(double, m->n_terms + 1);
    float mean, error;
    autan_field_parts parts;
    autan_status status = locate(j, a, &px, &py, covariate, err);
    const autan_sites place = {1, t->city.n_covariates, &px, &py, covariate};
    if (status == AUTAN_OK &&
        (autan_field_explain(j->field, &place, 0, &parts, term, weight) != AUTAN_OK ||
         autan_field_evaluate(j->field, &place, 0, 1, 1, &mean, &error) != AUTAN_OK))
        status = town_no_memory(t, err);
    if (status == AUTAN_OK) {
        printf("\nPlace: x %.0f, y %.0f: %.2f degC, standard error of a new station's "
               "reading "
               "%.2f K\n",
               px, py, (double)mean, (double)error);
        printf("  %-26s %+8.2f\n", "level of the town", parts.level);
        for (size_t k = 0; k < m->n_terms; k++)
            printf("  %-26s %+8.2f   (%.4g)\n", term_name(m, k),
                   coefficient[k] * term[k],
                   m->term[k].indicator ? term[k] : covariate[m->term[k].covariate]);
        printf("  %-26s %+8.2f   (of it always so %+.2f, pattern %+.2f)\n",
               "stations nearby", parts.nearby, parts.always, parts.pattern);
        print_weights(j, px, py, weight);
    }
    g_free(covariate);
    g_free(weight);
    g_free(term);
    return status;
}

static autan_status explain(town *t, const arguments *a, autan_error *err)
{
    autan_model *model = NULL;
    double *coefficient = NULL, *covariance = NULL;
    job j = {.town = t};
    autan_status status = town_model(t, false, &model, err);
    j.model = model;
    if (status == AUTAN_OK)
        status = prepare(&j, a->at, err);
    if (status == AUTAN_OK) {
        coefficient = g_new0(double, model->n_terms + 1);
        covariance = g_new0(double, model->n_terms * model->n_terms + 1);
        print_model(&j, a->at);
        print_stations(&j);
        status = print_terms(&j, coefficient, covariance, err);
    }
    if (status == AUTAN_OK && (a->station || a->has_place))
        status = print_place(&j, a, coefficient, err);
    g_free(coefficient);
    g_free(covariance);
    job_clear(&j);
    autan_model_free(model);
    return status;
}

/* LON,LAT. */
static bool take_place(const char *text, arguments *a)
{
    char **part = g_strsplit(text, ",", -1);
    const bool good = g_strv_length(part) == 2 &&
                      autan_number_parse(part[0], &a->longitude) == AUTAN_OK &&
                      autan_number_parse(part[1], &a->latitude) == AUTAN_OK &&
                      fabs(a->longitude) <= 180.0 && fabs(a->latitude) <= 90.0;
    g_strfreev(part);
    a->has_place = true;
    if (!good)
        message_error(
            "--place is '%s', expected longitude,latitude in degrees, such as "
            "1.444,43.604",
            text);
    return good;
}

int cmd_explain(int argc, char **argv)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        {"at", required_argument, NULL, OPTION_AT},
        {"place", required_argument, NULL, OPTION_PLACE},
        {"station", required_argument, NULL, OPTION_STATION},
        {NULL, 0, NULL, 0},
    };
    autan_error err = {0};
    arguments a = {0};
    town t = {0};
    const char *path;
    autan_status status;
    int option, code;

    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) !=
           -1) {
        if (option == OPTION_AT) {
            if (!options_time("at", optarg, &a.at))
                return 2;
            a.has_at = true;
        } else if (option == OPTION_PLACE) {
            if (!take_place(optarg, &a))
                return 2;
        } else if (option == OPTION_STATION) {
            a.station = optarg;
        } else if (options_common(option, argv, help, &code)) {
            return code;
        }
    }
    path = options_city(argc, argv, false);
    if (!path)
        return 2;
    if (!a.has_at || (a.has_place && a.station)) {
        message_error(a.has_at
                          ? "--place and --station exclude each other"
                          : "--at is missing: the hour, such as 2019-06-30T15:00Z");
        return 2;
    }
    status = town_open_with_model(path, &t, &err);
    if (status == AUTAN_OK)
        status = explain(&t, &a, &err);
    town_close(&t);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
