#include "files/city.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "files/ini.h"
#include "files/licence.h"
#include "files/mapfile.h"
#include "files/open_data.h"

enum { NAME_MOST = 64 }; /* of a covariate, bytes */

/* What reading carries from line to line. */
typedef struct {
    autan_city *city;
    int line;
    int extent_line, trend_line, open_data_line, licence_line;
    char *section; /* header of the section opened last */
    double extent[4], resolution;
    GHashTable *seen; /* "section\nkey" of every key met */
    autan_error *err;
} reading;

static autan_status refuse(reading *r, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static autan_status refuse(reading *r, int line, const char *format, ...)
{
    char text[700];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return autan_fail(r->err, AUTAN_BAD_CONFIG, "%s:%d: %s", r->city->path, line, text);
}

static autan_status set_text(reading *r, const char *key, const char *value,
                             char **field)
{
    if (*value == '\0')
        return refuse(r, r->line, "%s is empty", key);
    *field = strdup(value);
    return *field ? AUTAN_OK : AUTAN_NO_MEMORY;
}

/* A path of the city file is relative to its folder. */
static autan_status set_path(reading *r, const char *key, const char *value,
                             char **field)
{
    char *joined;
    if (*value == '\0')
        return refuse(r, r->line, "%s is empty", key);
    joined = g_path_is_absolute(value) || strcmp(r->city->folder, ".") == 0
                 ? g_strdup(value)
                 : g_build_filename(r->city->folder, value, NULL);
    *field = strdup(joined);
    g_free(joined);
    return *field ? AUTAN_OK : AUTAN_NO_MEMORY;
}

static void names_clear(autan_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->name[i]);
    free(names->name);
    *names = (autan_names){0};
}

static autan_status names_parse(const char *value, autan_names *names)
{
    char **part = g_strsplit_set(value, ", \t", -1);
    autan_status status = AUTAN_OK;
    names->name = calloc(g_strv_length(part) + 1, sizeof *names->name);
    if (!names->name)
        status = AUTAN_NO_MEMORY;
    for (size_t i = 0; status == AUTAN_OK && part[i]; i++) {
        if (*part[i] == '\0')
            continue;
        names->name[names->n] = strdup(part[i]);
        if (!names->name[names->n++])
            status = AUTAN_NO_MEMORY;
    }
    g_strfreev(part);
    return status;
}

static autan_status set_number(reading *r, const char *key, const char *value,
                               double lowest, double *field)
{
    double number;
    if (autan_number_parse(value, &number) != AUTAN_OK)
        return refuse(r, r->line, "%s is '%s', expected a number", key, value);
    if (!(number > lowest))
        return refuse(r, r->line, "%s is %s, expected more than %g", key, value,
                      lowest);
    *field = number;
    return AUTAN_OK;
}

/* [city] */

static autan_status set_name(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->name);
}

static autan_status set_timezone(reading *r, const char *key, const char *value)
{
    autan_status status = autan_zone_new(value, &r->city->zone);
    if (status == AUTAN_NOT_FOUND)
        return refuse(r, r->line,
                      "timezone is '%s', expected a name of the tz database such as "
                      "Europe/Paris",
                      value);
    return status == AUTAN_OK ? set_text(r, key, value, &r->city->timezone) : status;
}

static autan_status set_crs(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->crs);
}

static autan_status set_extent(reading *r, const char *key, const char *value)
{
    autan_names part = {0};
    autan_status status = names_parse(value, &part);
    (void)key;
    if (status == AUTAN_OK && part.n != 4)
        status =
            refuse(r, r->line,
                   "extent has %zu numbers, expected 4: xmin ymin xmax ymax", part.n);
    for (size_t i = 0; status == AUTAN_OK && i < 4; i++) {
        if (autan_number_parse(part.name[i], &r->extent[i]) != AUTAN_OK)
            status =
                refuse(r, r->line, "extent has '%s', expected a number", part.name[i]);
    }
    names_clear(&part);
    r->extent_line = r->line;
    return status;
}

static autan_status set_resolution(reading *r, const char *key, const char *value)
{
    return set_number(r, key, value, 0.0, &r->resolution);
}

static autan_status set_archive(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->archive);
}

/* [stations] */

static autan_status set_stations(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->stations);
}

/* [covariate NAME]: the section opened last is the last of the list. */

static autan_city_covariate *current_covariate(reading *r)
{
    return &r->city->covariate[r->city->n_grids - 1];
}

static autan_status set_covariate_file(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &current_covariate(r)->file);
}

static autan_status set_covariate_radius(reading *r, const char *key, const char *value)
{
    return set_number(r, key, value, 0.0, &current_covariate(r)->radius_m);
}

static autan_status set_covariate_make(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &current_covariate(r)->make);
}

static autan_status set_covariate_title(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &current_covariate(r)->title);
}

static autan_status set_covariate_within(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &current_covariate(r)->within);
}

static autan_status set_covariate_check(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &current_covariate(r)->check);
}

static autan_status set_covariate_trend(reading *r, const char *key, const char *value)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return refuse(r, r->line, "%s is '%s', expected yes or no", key, value);
    current_covariate(r)->idle = value[0] == 'n';
    return AUTAN_OK;
}

/* [layer NAME] */

static autan_city_layer *current_layer(reading *r)
{
    return &r->city->layer[r->city->n_layers - 1];
}

static autan_status set_layer_source(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &current_layer(r)->source);
}

/* The keys of a layer that are kept as they are written. */
static autan_status set_layer_text(reading *r, const char *key, const char *value)
{
    autan_city_layer *l = current_layer(r);
    const struct {
        const char *key;
        char **field;
    } texts[] = {
        {"layer", &l->layer},     {"where", &l->where},    {"width", &l->width},
        {"height", &l->height},   {"crs", &l->crs},        {"nodata", &l->nodata},
        {"options", &l->options}, {"cover", &l->cover},    {"licence", &l->licence},
        {"date", &l->date},       {"credits", &l->credits}};
    size_t k = 0;
    while (strcmp(texts[k].key, key) != 0)
        k++;
    return set_text(r, key, value, texts[k].field);
}

static autan_status set_layer_axes(reading *r, const char *key, const char *value)
{
    if (strcmp(value, "xy") != 0 && strcmp(value, "yx") != 0)
        return refuse(r, r->line, "%s is '%s', expected xy or yx", key, value);
    current_layer(r)->swap_axes = value[0] == 'y';
    return AUTAN_OK;
}

/* [grid] */

static const double GROUND_MEMORY_MIB = 1024.0;

static autan_status set_samples(reading *r, const char *key, const char *value)
{
    double number = 0.0;
    autan_status status = set_number(r, key, value, 0.0, &number);
    if (status != AUTAN_OK)
        return status;
    if (number > 100 || number != (double)(size_t)number)
        return refuse(r, r->line, "%s is %s, expected a whole number from 1 to 100",
                      key, value);
    r->city->ground.samples = (size_t)number;
    return AUTAN_OK;
}

static autan_status set_memory(reading *r, const char *key, const char *value)
{
    return set_number(r, key, value, 0.0, &r->city->ground.memory_mib);
}

static autan_status set_ground_work(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->ground.work);
}

static autan_status set_ground_sites(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->ground.sites);
}

static autan_status set_ground_radii(reading *r, const char *key, const char *value)
{
    autan_names *radii = &r->city->ground.radii;
    autan_status status = names_parse(value, radii);
    for (size_t i = 0; status == AUTAN_OK && i < radii->n; i++) {
        double radius;
        status = set_number(r, key, radii->name[i], 0.0, &radius);
    }
    return status;
}

static autan_status set_open_data(reading *r, const char *key, const char *value)
{
    autan_city_grid *g = &r->city->ground;
    r->open_data_line = r->line;
    return set_path(r, key, value,
                    strcmp(key, "bdtopo") == 0      ? &g->bdtopo
                    : strcmp(key, "elevation") == 0 ? &g->elevation
                                                    : &g->openstreetmap);
}

static autan_status set_ground_folder(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->ground.folder);
}

/* [model] */

static autan_status set_trend(reading *r, const char *key, const char *value)
{
    (void)key;
    if (strcmp(value, "auto") == 0) {
        r->city->trend = AUTAN_TREND_AUTO;
        return AUTAN_OK;
    }
    if (strcmp(value, "none") == 0) {
        r->city->trend = AUTAN_TREND_NONE;
        return AUTAN_OK;
    }
    r->city->trend = AUTAN_TREND_LIST;
    r->trend_line = r->line;
    if (names_parse(value, &r->city->trend_terms) != AUTAN_OK)
        return AUTAN_NO_MEMORY;
    if (r->city->trend_terms.n == 0)
        return refuse(r, r->line,
                      "trend is empty, expected auto, none or a list of covariates");
    return AUTAN_OK;
}

static autan_status set_covariance(reading *r, const char *key, const char *value)
{
    size_t column = 0;
    autan_status status;
    (void)key;
    if (strcmp(value, "auto") == 0)
        return AUTAN_OK;
    status = autan_covariance_parse(value, &r->city->covariance, &column);
    if (status != AUTAN_OK) {
        const bool ended = value[column] == '\0';
        return refuse(
            r, r->line,
            "covariance: %s '%s'%s, expected terms joined by +, such as "
            "'0.5 exp 4000 + 0.1 nugget' (SILL MODEL RANGE with MODEL one of exp, "
            "sph, gau, mat32, mat52; or SILL nugget)",
            ended ? "something is missing at the end of" : "cannot use",
            ended ? value : value + column,
            status == AUTAN_OUT_OF_DOMAIN
                ? " (sills may not be negative nor all zero, ranges must be "
                  "positive)"
                : "");
    }
    r->city->covariance_given = true;
    return AUTAN_OK;
}

/* [urban_heat_island] */

static autan_status set_rural(reading *r, const char *key, const char *value)
{
    if (strcmp(value, "auto") == 0)
        r->city->rural = AUTAN_RURAL_AUTO;
    else if (strcmp(value, "none") == 0)
        r->city->rural = AUTAN_RURAL_NONE;
    else {
        r->city->rural = AUTAN_RURAL_LIST;
        if (names_parse(value, &r->city->rural_stations) != AUTAN_OK)
            return AUTAN_NO_MEMORY;
        if (r->city->rural_stations.n == 0)
            return refuse(r, r->line,
                          "%s is empty, expected auto, none or station names", key);
    }
    return AUTAN_OK;
}

/* [qc]: names are [VARIABLE.]CHECK[.THRESHOLD]. */

/* The variable that a name starts with and what follows it; all variables, and the
 * whole name, where it starts with none. */
static const char *split_variable(const char *name, int *first, int *last)
{
    char word[64];
    autan_variable variable;
    size_t length = strcspn(name, ".");
    snprintf(word, sizeof word, "%.*s", (int)length, name);
    *first = 0;
    *last = AUTAN_VARIABLES;
    if (name[length] != '.' || !autan_variable_find(word, &variable))
        return name;
    *first = (int)variable;
    *last = (int)variable + 1;
    return name + length + 1;
}

static autan_status set_qc_limits(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->qc_limits);
}

static autan_status switch_checks(reading *r, const char *key, const char *value)
{
    autan_names names = {0};
    autan_status status = names_parse(value, &names);
    for (size_t k = 0; status == AUTAN_OK && k < names.n; k++) {
        int first, last;
        const char *check = split_variable(names.name[k], &first, &last);
        for (int v = first; status == AUTAN_OK && v < last; v++)
            status =
                autan_qc_enable(&r->city->qc[v], check, strcmp(key, "enable") == 0);
        if (status != AUTAN_OK)
            status = refuse(r, r->line,
                            "%s names '%s', expected checks such as spike or "
                            "air_temperature.spike (autan-qc(1) lists them)",
                            key, names.name[k]);
    }
    names_clear(&names);
    return status;
}

static autan_status set_threshold(reading *r, const char *key, const char *value)
{
    int first, last;
    const char *name = split_variable(key, &first, &last);
    double number;
    autan_status status = AUTAN_NOT_FOUND;
    if (autan_number_parse(value, &number) != AUTAN_OK)
        return refuse(r, r->line, "%s is '%s', expected a number", key, value);
    if (last == first + 1)
        status = autan_qc_set(&r->city->qc[first], name, number);
    if (status == AUTAN_UNSUPPORTED)
        return refuse(r, r->line, "%s: that check does not look at %s", key,
                      autan_variable_get((autan_variable)first)->name);
    if (status != AUTAN_OK)
        return refuse(
            r, r->line,
            "unknown key '%s' in [qc], expected enable, disable or a number such "
            "as air_temperature.spike.amplitude (autan-qc(1) lists them)",
            key);
    return AUTAN_OK;
}

/* [source] */

static autan_status set_source_url(reading *r, const char *key, const char *value)
{
    autan_city_source *source = &r->city->source;
    autan_status status;
    if (!g_str_has_prefix(value, "https://") && !g_str_has_prefix(value, "http://"))
        return refuse(r, r->line, "%s is '%s', expected https://...", key, value);
    status = set_text(r, key, value, &source->url);
    while (status == AUTAN_OK && g_str_has_suffix(source->url, "/"))
        source->url[strlen(source->url) - 1] = '\0';
    return status;
}

static autan_status set_source_datasets(reading *r, const char *key, const char *value)
{
    (void)key;
    return names_parse(value, &r->city->source.datasets);
}

static autan_status set_source_agent(reading *r, const char *key, const char *value)
{
    autan_status status = set_text(r, key, value, &r->city->source.user_agent);
    r->city->source.http.user_agent = r->city->source.user_agent;
    return status;
}

static autan_status set_source_proxy(reading *r, const char *key, const char *value)
{
    autan_status status = set_text(r, key, value, &r->city->source.proxy);
    r->city->source.http.proxy = r->city->source.proxy;
    return status;
}

static autan_status set_source_timeout(reading *r, const char *key, const char *value)
{
    return set_number(r, key, value, 0, &r->city->source.http.timeout_s);
}

static autan_status set_source_backoff(reading *r, const char *key, const char *value)
{
    return set_number(r, key, value, 0, &r->city->source.http.backoff_s);
}

static autan_status set_source_rate(reading *r, const char *key, const char *value)
{
    return set_number(r, key, value, 0, &r->city->source.http.rate);
}

static autan_status set_source_retries(reading *r, const char *key, const char *value)
{
    double number = 0;
    autan_status status = set_number(r, key, value, -1, &number);
    if (status == AUTAN_OK && (number > 100 || number != (double)(int)number))
        return refuse(r, r->line, "%s is %s, expected a whole number up to 100", key,
                      value);
    r->city->source.http.retries = (int)number;
    return status;
}

static autan_status set_source_size(reading *r, const char *key, const char *value)
{
    double mebibytes = 0;
    autan_status status = set_number(r, key, value, 0, &mebibytes);
    if (status == AUTAN_OK && mebibytes > 1e6)
        return refuse(r, r->line, "%s is %s, expected at most 1e6 (MiB)", key, value);
    r->city->source.http.bytes_most = (size_t)(mebibytes * 1048576);
    return status;
}

/* [mapping]: columns, and units as VARIABLE_unit. */

static autan_status set_mapping_delimiter(reading *r, const char *key,
                                          const char *value)
{
    static const char *const name[] = {"comma", "semicolon", "tab"};
    for (size_t k = 0; k < 3; k++) {
        if (strcmp(value, name[k]) == 0) {
            r->city->mapping.delimiter = ",;\t"[k];
            return AUTAN_OK;
        }
    }
    return refuse(r, r->line, "%s is '%s', expected comma, semicolon or tab", key,
                  value);
}

static autan_status set_mapping_time(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->mapping.time);
}

static autan_status set_mapping_format(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->mapping.time_format);
}

static autan_status set_mapping_zone(reading *r, const char *key, const char *value)
{
    autan_status status = autan_zone_new(value, &r->city->mapping.zone);
    if (status == AUTAN_NOT_FOUND)
        return refuse(r, r->line, "%s is '%s', expected a name of the tz database", key,
                      value);
    return status;
}

static autan_status set_mapping_station(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->mapping.station);
}

static autan_status set_mapping_missing(reading *r, const char *key, const char *value)
{
    autan_names names = {0};
    autan_status status = names_parse(value, &names);
    (void)key;
    r->city->mapping.n_missing = names.n;
    r->city->mapping.missing = names.name;
    return status;
}

static autan_status set_mapping_unit(reading *r, const char *key,
                                     autan_variable variable, const char *value)
{
    autan_mapped_variable *m = &r->city->mapping.variable[variable];
    if (autan_unit_convert(variable, value, &m->scale, &m->offset) == AUTAN_OK)
        return AUTAN_OK;
    return refuse(r, r->line, "%s is '%s', expected a unit of %s such as %s", key,
                  value, autan_variable_get(variable)->name,
                  autan_variable_get(variable)->unit);
}

static autan_status set_mapping_variable(reading *r, const char *key, const char *value)
{
    autan_variable variable;
    autan_status status;
    char *name = g_strdup(key);
    bool is_unit = g_str_has_suffix(name, "_unit");
    if (is_unit)
        name[strlen(name) - strlen("_unit")] = '\0';
    if (!autan_variable_find(name, &variable))
        status = refuse(r, r->line,
                        "unknown key '%s' in [mapping], expected time, time_format, "
                        "timezone, station, delimiter, missing, a variable such as "
                        "air_temperature, or its unit, air_temperature_unit",
                        key);
    else if (is_unit)
        status = set_mapping_unit(r, key, variable, value);
    else
        status = set_text(r, key, value, &r->city->mapping.variable[variable].column);
    g_free(name);
    return status;
}

/* [dataset] */

static autan_status set_institution(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->institution);
}

static autan_status set_license(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->license);
}

static autan_status set_credits(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->credits);
}

static autan_status set_notice(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->notice);
}

/* [alert] */

static autan_status set_alert_text(reading *r, const char *key, const char *value)
{
    autan_city_alert *a = &r->city->alert;
    const struct {
        const char *key;
        char **field;
    } text[] = {{"cool_name", &a->cool_name},
                {"zone_name", &a->zone_name},
                {"sender", &a->sender},
                {"contact", &a->contact},
                {"web", &a->web},
                {"geocode", &a->geocode},
                {"hook", &a->hook}};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        if (strcmp(text[i].key, key) == 0)
            return set_text(r, key, value, text[i].field);
    }
    return AUTAN_BAD_ARGUMENT;
}

static autan_status set_alert_zones(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->alert.zones);
}

static autan_status set_alert_people(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->alert.people);
}

static autan_status set_alert_cool(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->alert.cool_places);
}

static autan_status set_alert_fields(reading *r, const char *key, const char *value)
{
    (void)key;
    return names_parse(value, &r->city->alert.people_fields);
}

static autan_status set_alert_status(reading *r, const char *key, const char *value)
{
    if (strcmp(value, "Actual") != 0 && strcmp(value, "Exercise") != 0 &&
        strcmp(value, "Test") != 0)
        return refuse(r, r->line, "status is '%s', expected Actual, Exercise or Test",
                      value);
    return set_text(r, key, value, &r->city->alert.status);
}

static autan_status set_alert_rule(reading *r, const char *key, const char *value)
{
    const autan_rule *rule = autan_rule_find(value);
    (void)key;
    if (rule) {
        r->city->alert.rule = rule;
        return AUTAN_OK;
    }
    GString *names = g_string_new(NULL);
    for (size_t k = 0; k < autan_rule_count(); k++)
        g_string_append_printf(names, "%s%s", k ? ", " : "", autan_rule_get(k)->name);
    const autan_status status =
        refuse(r, r->line, "rule is '%s', expected one of %s", value, names->str);
    g_string_free(names, TRUE);
    return status;
}

static void set_thresholds(autan_norm *norm, double day, double night)
{
    norm->day = isnan(norm->day) ? day : norm->day;
    norm->night = isnan(norm->night) ? night : norm->night;
}

static autan_status set_region(reading *r, const char *key, const char *value)
{
    double day, night;
    (void)key;
    if (autan_region_thresholds(value, &day, &night) != AUTAN_OK)
        return refuse(r, r->line,
                      "region is '%s', expected one of the Heatwave Plan for England, "
                      "such as London or South East",
                      value);
    set_thresholds(&r->city->alert.norm, day, night);
    return AUTAN_OK;
}

static autan_status set_department(reading *r, const char *key, const char *value)
{
    double day, night;
    (void)key;
    if (autan_department_thresholds(value, &day, &night) != AUTAN_OK)
        return refuse(r, r->line,
                      "department is '%s', whose thresholds are not known here: give "
                      "day_threshold and night_threshold instead",
                      value);
    set_thresholds(&r->city->alert.norm, day, night);
    return AUTAN_OK;
}

static autan_status set_alert_number(reading *r, const char *key, const char *value)
{
    autan_norm *norm = &r->city->alert.norm;
    double number = 0.0;
    autan_status status = set_number(r, key, value, -100.0, &number);
    if (status != AUTAN_OK)
        return status;
    if (strcmp(key, "day_threshold") == 0)
        norm->day = number;
    else if (strcmp(key, "night_threshold") == 0)
        norm->night = number;
    else if (strcmp(key, "near") == 0)
        norm->near = number;
    else if (strcmp(key, "red_excess") == 0)
        norm->red_excess = number;
    else if (number >= 3.0 && number <= 100.0)
        norm->red_days = (int)number;
    else
        return refuse(r, r->line, "%s is %s, expected 3 to 100", key, value);
    return AUTAN_OK;
}

/* Three numbers for yellow, orange and red, above 0. */
static autan_status set_three(reading *r, const char *key, const char *value,
                              double most, double *field)
{
    autan_names part = {0};
    autan_status status = names_parse(value, &part);
    if (status == AUTAN_OK && part.n != AUTAN_LEVELS - 1)
        status = refuse(r, r->line, "%s has %zu numbers, expected 3: yellow orange red",
                        key, part.n);
    for (size_t i = 0; status == AUTAN_OK && i < part.n; i++) {
        double number;
        if (autan_number_parse(part.name[i], &number) == AUTAN_OK && number > 0.0 &&
            number <= most)
            field[i + 1] = number;
        else
            status =
                refuse(r, r->line, "%s has '%s', expected a number above 0, up to %g",
                       key, part.name[i], most);
    }
    names_clear(&part);
    return status;
}

static autan_status set_chances(reading *r, const char *key, const char *value)
{
    autan_risk_limits *limits = &r->city->alert.limits;
    return set_three(r, key, value, 1.0,
                     strcmp(key, "raise") == 0 ? limits->raise : limits->release);
}

static autan_status set_levels(reading *r, const char *key, const char *value)
{
    double *from = r->city->alert.norm.from;
    autan_status status = set_three(r, key, value, 1000.0, from);
    if (status == AUTAN_OK && (from[AUTAN_YELLOW] > from[AUTAN_ORANGE] ||
                               from[AUTAN_ORANGE] > from[AUTAN_RED]))
        status =
            refuse(r, r->line, "levels is '%s', expected ascending numbers", value);
    return status;
}

/* [publish] */

static autan_status set_publish_text(reading *r, const char *key, const char *value)
{
    autan_city_publish *p = &r->city->publish;
    const struct {
        const char *key;
        char **field;
    } text[] = {{"title", &p->title},
                {"title_en", &p->title_en},
                {"description", &p->description},
                {"description_en", &p->description_en},
                {"publisher", &p->publisher},
                {"attribution", &p->attribution},
                {"identifier", &p->identifier}};
    size_t k = 0;
    while (strcmp(text[k].key, key) != 0)
        k++;
    return set_text(r, key, value, text[k].field);
}

/* What is written as an IRI must be one. */
static bool is_web_address(const char *value)
{
    return (g_str_has_prefix(value, "https://") ||
            g_str_has_prefix(value, "http://")) &&
           strlen(strstr(value, "//")) > 2 && !strpbrk(value, " \t\"<>\\^`{|}");
}

static autan_status set_publish_address(reading *r, const char *key, const char *value)
{
    autan_city_publish *p = &r->city->publish;
    char **field = strcmp(key, "url") == 0           ? &p->url
                   : strcmp(key, "licence_url") == 0 ? &p->licence_url
                                                     : &p->publisher_url;
    autan_status status;
    if (!is_web_address(value))
        return refuse(r, r->line, "%s is '%s', expected https://... without blanks",
                      key, value);
    status = set_text(r, key, value, field);
    while (status == AUTAN_OK && field == &p->url && g_str_has_suffix(*field, "/"))
        (*field)[strlen(*field) - 1] = '\0';
    return status;
}

static autan_status set_publish_contact(reading *r, const char *key, const char *value)
{
    const char *at = strchr(value, '@');
    bool is_mail = at && at > value && at[1] && !strpbrk(value, " \t\"<>\\^`{|}/?&:,");
    if (!is_mail && !is_web_address(value))
        return refuse(r, r->line,
                      "%s is '%s', expected an address of mail or a page https://...",
                      key, value);
    return set_text(r, key, value, &r->city->publish.contact);
}

static autan_status set_publish_licence(reading *r, const char *key, const char *value)
{
    r->licence_line = r->line;
    return set_text(r, key, value, &r->city->publish.licence);
}

static autan_status set_publish_keywords(reading *r, const char *key, const char *value)
{
    (void)key;
    return names_parse(value, &r->city->publish.keywords);
}

static autan_status set_high_value(reading *r, const char *key, const char *value)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return refuse(r, r->line, "%s is '%s', expected yes or no", key, value);
    r->city->publish.high_value = *value == 'y';
    return AUTAN_OK;
}

/* [report] */

static autan_status set_report_path(reading *r, const char *key, const char *value)
{
    autan_city_report *report = &r->city->report;
    return set_path(r, key, value,
                    strcmp(key, "lcz") == 0 ? &report->lcz : &report->zones);
}

static autan_status set_report_name(reading *r, const char *key, const char *value)
{
    return set_text(r, key, value, &r->city->report.zone_name);
}

static autan_status set_report_thresholds(reading *r, const char *key,
                                          const char *value)
{
    autan_city_report *report = &r->city->report;
    autan_names list = {0};
    autan_status status = names_parse(value, &list);
    if (status == AUTAN_OK && (list.n == 0 || list.n > AUTAN_CITY_THRESHOLDS))
        status = refuse(r, r->line, "%s has %zu numbers, expected 1 to %d", key, list.n,
                        AUTAN_CITY_THRESHOLDS);
    for (size_t k = 0; status == AUTAN_OK && k < list.n; k++)
        status = set_number(r, key, list.name[k], -100.0, &report->threshold[k]);
    if (status == AUTAN_OK)
        report->n_thresholds = list.n;
    names_clear(&list);
    return status;
}

/* [products] */

/* The places of the products, by their keys, and what they are when not given. */
typedef struct {
    const char *key, *usual;
    char **field;
} product;

enum { PRODUCTS = 5 };

static void list_products(autan_city_products *p, product list[PRODUCTS])
{
    list[0] = (product){"maps", "maps", &p->maps};
    list[1] = (product){"forecast", "forecast.nc", &p->forecast};
    list[2] = (product){"alert", "alert", &p->alert};
    list[3] = (product){"data", "open-data", &p->data};
    list[4] = (product){"site", "site", &p->site};
}

static autan_status set_product(reading *r, const char *key, const char *value)
{
    product list[PRODUCTS];
    size_t k = 0;
    list_products(&r->city->products, list);
    while (strcmp(list[k].key, key) != 0)
        k++;
    return set_path(r, key, value, list[k].field);
}

static autan_status default_products(reading *r)
{
    product list[PRODUCTS];
    autan_status status = AUTAN_OK;
    list_products(&r->city->products, list);
    for (size_t k = 0; status == AUTAN_OK && k < PRODUCTS; k++) {
        if (!*list[k].field)
            status = set_path(r, list[k].key, list[k].usual, list[k].field);
    }
    return status;
}

/* [run] */

static autan_status set_refit(reading *r, const char *key, const char *value)
{
    return set_number(r, key, value, 0.0, &r->city->run.refit_days);
}

static autan_status set_run_days(reading *r, const char *key, const char *value)
{
    autan_city_run *run = &r->city->run;
    const bool maps = strcmp(key, "map_days") == 0;
    double number = 0.0;
    if (autan_number_parse(value, &number) != AUTAN_OK || number < (maps ? 1.0 : 0.0) ||
        number > 36600.0 || number != (double)(size_t)number)
        return refuse(r, r->line, "%s is '%s', expected a whole number of days%s", key,
                      value, maps ? " from 1 on" : "");
    *(maps                            ? &run->map_days
      : strcmp(key, "disk_days") == 0 ? &run->disk_days
                                      : &run->keep_days) = (size_t)number;
    return AUTAN_OK;
}

static autan_status set_run_guidance(reading *r, const char *key, const char *value)
{
    return set_path(r, key, value, &r->city->run.guidance);
}

static autan_status set_run_publish(reading *r, const char *key, const char *value)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return refuse(r, r->line, "%s is '%s', expected yes or no", key, value);
    r->city->run.publish = *value == 'y';
    return AUTAN_OK;
}

/* Every key there is; a section takes any where its last row has none. A section that
 * takes a name has its rows under "covariate". */
static const struct {
    const char *section, *key;
    autan_status (*set)(reading *r, const char *key, const char *value);
    bool required;
} table[] = {
    {"city", "name", set_name, true},
    {"city", "timezone", set_timezone, true},
    {"city", "crs", set_crs, true},
    {"city", "extent", set_extent, true},
    {"city", "resolution", set_resolution, true},
    {"city", "archive", set_archive, false},
    {"stations", "file", set_stations, true},
    {"covariate", "file", set_covariate_file, false},
    {"covariate", "radius", set_covariate_radius, false},
    {"covariate", "make", set_covariate_make, false},
    {"covariate", "title", set_covariate_title, false},
    {"covariate", "within", set_covariate_within, false},
    {"covariate", "check", set_covariate_check, false},
    {"covariate", "trend", set_covariate_trend, false},
    {"layer", "source", set_layer_source, false},
    {"layer", "layer", set_layer_text, false},
    {"layer", "where", set_layer_text, false},
    {"layer", "width", set_layer_text, false},
    {"layer", "height", set_layer_text, false},
    {"layer", "crs", set_layer_text, false},
    {"layer", "axes", set_layer_axes, false},
    {"layer", "nodata", set_layer_text, false},
    {"layer", "options", set_layer_text, false},
    {"layer", "cover", set_layer_text, false},
    {"layer", "licence", set_layer_text, false},
    {"layer", "date", set_layer_text, false},
    {"layer", "credits", set_layer_text, false},
    {"grid", "openstreetmap", set_open_data, false},
    {"grid", "bdtopo", set_open_data, false},
    {"grid", "elevation", set_open_data, false},
    {"grid", "folder", set_ground_folder, false},
    {"grid", "samples", set_samples, false},
    {"grid", "memory", set_memory, false},
    {"grid", "work", set_ground_work, false},
    {"grid", "sites", set_ground_sites, false},
    {"grid", "radii", set_ground_radii, false},
    {"model", "trend", set_trend, false},
    {"model", "covariance", set_covariance, false},
    {"urban_heat_island", "rural", set_rural, false},
    {"qc", "enable", switch_checks, false},
    {"qc", "disable", switch_checks, false},
    {"qc", "limits", set_qc_limits, false},
    {"qc", NULL, set_threshold, false},
    {"source", "url", set_source_url, false},
    {"source", "datasets", set_source_datasets, false},
    {"source", "user_agent", set_source_agent, false},
    {"source", "proxy", set_source_proxy, false},
    {"source", "timeout", set_source_timeout, false},
    {"source", "retries", set_source_retries, false},
    {"source", "backoff", set_source_backoff, false},
    {"source", "rate", set_source_rate, false},
    {"source", "max_size", set_source_size, false},
    {"mapping", "time", set_mapping_time, false},
    {"mapping", "time_format", set_mapping_format, false},
    {"mapping", "timezone", set_mapping_zone, false},
    {"mapping", "station", set_mapping_station, false},
    {"mapping", "delimiter", set_mapping_delimiter, false},
    {"mapping", "missing", set_mapping_missing, false},
    {"mapping", NULL, set_mapping_variable, false},
    {"alert", "zones", set_alert_zones, false},
    {"alert", "zone_name", set_alert_text, false},
    {"alert", "people", set_alert_people, false},
    {"alert", "people_fields", set_alert_fields, false},
    {"alert", "cool_places", set_alert_cool, false},
    {"alert", "cool_name", set_alert_text, false},
    {"alert", "rule", set_alert_rule, false},
    {"alert", "levels", set_levels, false},
    {"alert", "department", set_department, false},
    {"alert", "region", set_region, false},
    {"alert", "day_threshold", set_alert_number, false},
    {"alert", "night_threshold", set_alert_number, false},
    {"alert", "near", set_alert_number, false},
    {"alert", "red_excess", set_alert_number, false},
    {"alert", "red_days", set_alert_number, false},
    {"alert", "raise", set_chances, false},
    {"alert", "release", set_chances, false},
    {"alert", "sender", set_alert_text, false},
    {"alert", "contact", set_alert_text, false},
    {"alert", "web", set_alert_text, false},
    {"alert", "geocode", set_alert_text, false},
    {"alert", "status", set_alert_status, false},
    {"alert", "hook", set_alert_text, false},
    {"publish", "title", set_publish_text, false},
    {"publish", "title_en", set_publish_text, false},
    {"publish", "description", set_publish_text, false},
    {"publish", "description_en", set_publish_text, false},
    {"publish", "publisher", set_publish_text, false},
    {"publish", "publisher_url", set_publish_address, false},
    {"publish", "contact", set_publish_contact, false},
    {"publish", "licence", set_publish_licence, false},
    {"publish", "licence_url", set_publish_address, false},
    {"publish", "attribution", set_publish_text, false},
    {"publish", "url", set_publish_address, false},
    {"publish", "identifier", set_publish_text, false},
    {"publish", "keywords", set_publish_keywords, false},
    {"publish", "high_value", set_high_value, false},
    {"report", "zones", set_report_path, false},
    {"report", "zone_name", set_report_name, false},
    {"report", "lcz", set_report_path, false},
    {"report", "thresholds", set_report_thresholds, false},
    {"products", "maps", set_product, false},
    {"products", "forecast", set_product, false},
    {"products", "alert", set_product, false},
    {"products", "data", set_product, false},
    {"products", "site", set_product, false},
    {"run", "refit_days", set_refit, false},
    {"run", "map_days", set_run_days, false},
    {"run", "disk_days", set_run_days, false},
    {"run", "keep_days", set_run_days, false},
    {"run", "guidance", set_run_guidance, false},
    {"run", "publish", set_run_publish, false},
    {"dataset", "institution", set_institution, false},
    {"dataset", "license", set_license, false},
    {"dataset", "credits", set_credits, false},
    {"dataset", "notice", set_notice, false},
};
enum { TABLE_ROWS = sizeof table / sizeof table[0] };

static bool known_section(const char *section)
{
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        if (strcmp(table[i].section, section) == 0)
            return true;
    }
    return false;
}

/* The known keys of a section, or the known sections, for the message. */
static char *expected_list(const char *section)
{
    GString *list = g_string_new(NULL);
    const char *last = "";
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        const char *word = section ? table[i].key : table[i].section;
        if (section ? strcmp(table[i].section, section) != 0 : strcmp(word, last) == 0)
            continue;
        g_string_append_printf(list, "%s%s", list->len ? ", " : "", word);
        last = word;
    }
    return g_string_free(list, FALSE);
}

/* The name in a header such as [covariate building]. */
static autan_status check_section_name(reading *r, const char *kind, const char *name)
{
    if (*name == '\0')
        return refuse(r, r->line, "a %s section needs a name: [%s building]", kind,
                      kind);
    if (name[strspn(
            name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
        return refuse(r, r->line, "%s name '%s' may hold letters, digits, _ and - only",
                      kind, name);
    if (strlen(name) > NAME_MOST)
        return refuse(r, r->line, "%s name '%s' is longer than %d characters", kind,
                      name, NAME_MOST);
    if (strcmp(name, "auto") == 0 || strcmp(name, "none") == 0)
        return refuse(r, r->line, "a %s may not be named '%s'", kind, name);
    return AUTAN_OK;
}

static autan_status open_layer(reading *r, const char *name)
{
    autan_city *city = r->city;
    autan_city_layer *grown;
    autan_status status = check_section_name(r, "layer", name);
    if (status != AUTAN_OK)
        return status;
    if (autan_city_find_layer(city, name) >= 0)
        return refuse(r, r->line, "layer '%s' is given a second time", name);
    grown = realloc(city->layer, (city->n_layers + 1) * sizeof *grown);
    if (!grown)
        return AUTAN_NO_MEMORY;
    city->layer = grown;
    grown[city->n_layers] = (autan_city_layer){.name = strdup(name), .line = r->line};
    return grown[city->n_layers++].name ? AUTAN_OK : AUTAN_NO_MEMORY;
}

static autan_status open_covariate(reading *r, const char *name)
{
    autan_city *city = r->city;
    autan_city_covariate *grown;
    autan_status status = check_section_name(r, "covariate", name);
    if (status != AUTAN_OK)
        return status;
    if (autan_city_find_covariate(city, name) >= 0)
        return refuse(r, r->line, "covariate '%s' is given a second time", name);
    grown = realloc(city->covariate, (city->n_grids + 1) * sizeof *grown);
    if (!grown)
        return AUTAN_NO_MEMORY;
    city->covariate = grown;
    grown[city->n_grids] =
        (autan_city_covariate){.name = strdup(name), .line = r->line};
    if (!grown[city->n_grids].name)
        return AUTAN_NO_MEMORY;
    city->n_grids++;
    return AUTAN_OK;
}

/* What follows the word in a header, NULL for the header of another section. */
static const char *named(const char *header, const char *word)
{
    const char *rest = header + strlen(word);
    if (!g_str_has_prefix(header, word) || (*rest && *rest != ' ' && *rest != '\t'))
        return NULL;
    return rest + strspn(rest, " \t");
}

/* A new section header: refused when unknown; a covariate's is opened. */
static autan_status on_section(const char *header, int line, void *user)
{
    reading *r = user;
    const char *name = named(header, "covariate");
    char *expected;
    autan_status status;

    r->line = line;
    g_free(r->section);
    r->section = g_strdup(header);
    if (name)
        return open_covariate(r, name);
    name = named(header, "layer");
    if (name)
        return open_layer(r, name);
    if (strcmp(header, "mapping") == 0)
        r->city->mapping.given = true;
    if (known_section(header))
        return AUTAN_OK;
    expected = expected_list(NULL);
    status =
        refuse(r, line, "unknown section [%s], expected one of %s", header, expected);
    g_free(expected);
    return status;
}

static autan_status on_key(const char *key, const char *value, int line, void *user)
{
    reading *r = user;
    const char *header = r->section;
    const char *section = named(header, "covariate") ? "covariate"
                          : named(header, "layer")   ? "layer"
                                                     : header;
    char *seen, *expected;
    autan_status status;

    r->line = line;
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        if (strcmp(table[i].section, section) != 0 ||
            (table[i].key && strcmp(table[i].key, key) != 0))
            continue;
        seen = g_strdup_printf("%s\n%s", header, key);
        if (!g_hash_table_add(r->seen, seen))
            return refuse(r, r->line, "%s is given a second time in [%s]", key, header);
        return table[i].set(r, key, value);
    }
    expected = expected_list(section);
    status = refuse(r, r->line, "unknown key '%s' in [%s], expected one of %s", key,
                    header, expected);
    g_free(expected);
    return status;
}

static autan_status check_required(reading *r)
{
    autan_city *city = r->city;
    for (size_t i = 0; i < TABLE_ROWS; i++) {
        char *seen = g_strdup_printf("%s\n%s", table[i].section, table[i].key);
        bool missing = table[i].required && !g_hash_table_contains(r->seen, seen);
        g_free(seen);
        if (missing)
            return autan_fail(r->err, AUTAN_BAD_CONFIG, "%s: [%s] %s is missing",
                              city->path, table[i].section, table[i].key);
    }
    if (city->publish.licence && !city->publish.licence_url &&
        !autan_licence_find(city->publish.licence))
        return refuse(r, r->licence_line,
                      "licence is '%s', expected one of %s, or licence_url with it",
                      city->publish.licence, autan_licence_list());
    if (city->mapping.given && !city->mapping.time)
        return autan_fail(r->err, AUTAN_BAD_CONFIG, "%s: [mapping] time is missing",
                          city->path);
    for (size_t k = 0; k < city->n_grids; k++) {
        if (!city->covariate[k].file)
            return refuse(r, city->covariate[k].line, "[covariate %s] has no file",
                          city->covariate[k].name);
    }
    for (size_t k = 0; k < city->n_layers; k++) {
        if (!city->layer[k].source)
            return refuse(r, city->layer[k].line, "[layer %s] has no source",
                          city->layer[k].name);
    }
    for (size_t k = 0; k < city->trend_terms.n; k++) {
        long found = autan_city_find_covariate(city, city->trend_terms.name[k]);
        if (found < 0)
            return refuse(r, r->trend_line,
                          "trend names '%s', which no [covariate] section gives",
                          city->trend_terms.name[k]);
        if (city->covariate[found].idle)
            return refuse(r, r->trend_line,
                          "trend names '%s', whose section says trend = no",
                          city->trend_terms.name[k]);
        for (size_t j = 0; j < k; j++) {
            if (strcmp(city->trend_terms.name[j], city->trend_terms.name[k]) == 0)
                return refuse(r, r->trend_line, "trend names '%s' twice",
                              city->trend_terms.name[k]);
        }
    }
    if (autan_grid_make(r->extent[0], r->extent[1], r->extent[2], r->extent[3],
                        r->resolution, &city->grid) != AUTAN_OK)
        return refuse(
            r, r->extent_line,
            "extent %.10g %.10g %.10g %.10g is not a whole number of %.10g m "
            "cells: expected xmin < xmax, ymin < ymax, both sides multiples of "
            "the resolution",
            r->extent[0], r->extent[1], r->extent[2], r->extent[3], r->resolution);
    if (city->grid.nx > AUTAN_MAPFILE_SIDE || city->grid.ny > AUTAN_MAPFILE_SIDE)
        return refuse(
            r, r->extent_line,
            "extent has %zu x %zu cells of %.10g m, expected at most %d each way",
            city->grid.nx, city->grid.ny, r->resolution, AUTAN_MAPFILE_SIDE);
    return AUTAN_OK;
}

static autan_status add_open_data(reading *r)
{
    autan_city *city = r->city;
    autan_status status = AUTAN_OK;
    if (r->open_data_line == 0)
        return AUTAN_OK;
    if (!city->ground.folder)
        status = set_path(r, "folder", "grids", &city->ground.folder);
    return status == AUTAN_OK ? autan_open_data_add(city, r->open_data_line) : status;
}

/* Brings the covariates that have a part in the maps to the front. */
static autan_status sort_covariates(autan_city *city)
{
    autan_city_covariate *sorted = calloc(city->n_grids + 1, sizeof *sorted);
    size_t n = 0;
    if (!sorted)
        return AUTAN_NO_MEMORY;
    for (size_t k = 0; k < city->n_grids; k++) {
        city->covariate[k].number = k;
        if (!city->covariate[k].idle)
            sorted[n++] = city->covariate[k];
    }
    for (size_t k = 0, at = n; k < city->n_grids; k++) {
        if (city->covariate[k].idle)
            sorted[at++] = city->covariate[k];
    }
    free(city->covariate);
    city->covariate = sorted;
    city->n_covariates = n;
    return AUTAN_OK;
}

/* Chances that were not given are those of the rule. */
static autan_status default_alert(autan_city *city, autan_error *err)
{
    autan_city_alert *a = &city->alert;
    const autan_risk_limits limits = autan_risk_limits_default(a->rule);
    for (int l = AUTAN_YELLOW; l < AUTAN_LEVELS; l++) {
        if (a->limits.raise[l] <= 0.0)
            a->limits.raise[l] = limits.raise[l];
        if (a->limits.release[l] <= 0.0)
            a->limits.release[l] = limits.release[l];
    }
    if (a->norm.from[AUTAN_RED] > 0.0 && a->rule->from[AUTAN_RED] <= 0.0)
        return autan_fail(err, AUTAN_BAD_CONFIG,
                          "%s: [alert] has levels, but rule %s gives its levels itself",
                          city->path, a->rule->name);
    return AUTAN_OK;
}

autan_status autan_city_read(const char *path, autan_city *city, autan_error *err)
{
    autan_city made = {0};
    reading r = {.city = &made, .err = err};
    const autan_ini_handler handler = {on_section, on_key, &r};
    char *folder = g_path_get_dirname(path);
    autan_status status = AUTAN_NO_MEMORY;

    made.path = strdup(path);
    made.folder = strdup(folder);
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        autan_qc_defaults((autan_variable)v, &made.qc[v]);
        made.mapping.variable[v].scale = 1;
    }
    made.alert.norm = autan_norm_default(NAN, NAN);
    made.ground.memory_mib = GROUND_MEMORY_MIB;
    made.alert.rule = autan_rule_find("france");
    made.report = (autan_city_report){.n_thresholds = 2, .threshold = {30.0, 35.0}};
    made.source.http = autan_http_defaults();
    made.run = (autan_city_run){
        .refit_days = 7.0, .map_days = 3, .disk_days = 7, .publish = true};
    r.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (!made.path || !made.folder)
        goto cleanup;
    status = autan_ini_read(path, &handler, err);
    if (status == AUTAN_OK)
        status = add_open_data(&r);
    if (status == AUTAN_OK)
        status = check_required(&r);
    if (status == AUTAN_OK)
        status = sort_covariates(&made);
    if (status == AUTAN_OK && !made.archive)
        status = set_path(&r, "archive", "archive", &made.archive);
    if (status == AUTAN_OK)
        status = default_products(&r);
    if (status == AUTAN_OK)
        status = default_alert(&made, err);
    if (status == AUTAN_OK) {
        *city = made;
        made = (autan_city){0};
    }

cleanup:
    if (status == AUTAN_NO_MEMORY)
        autan_fail(err, status, "%s: out of memory", path);
    g_free(r.section);
    g_hash_table_destroy(r.seen);
    g_free(folder);
    autan_city_clear(&made);
    return status;
}

static void layer_clear(autan_city_layer *l)
{
    char *const text[] = {l->name,    l->source, l->layer,  l->where, l->width,
                          l->height,  l->crs,    l->nodata, l->cover, l->options,
                          l->licence, l->date,   l->credits};
    for (size_t k = 0; k < sizeof text / sizeof *text; k++)
        free(text[k]);
}

static void alert_clear(autan_city_alert *alert)
{
    free(alert->zones);
    free(alert->zone_name);
    free(alert->people);
    free(alert->cool_places);
    free(alert->cool_name);
    names_clear(&alert->people_fields);
    free(alert->sender);
    free(alert->contact);
    free(alert->web);
    free(alert->geocode);
    free(alert->hook);
    free(alert->status);
}

static void publish_clear(autan_city_publish *p)
{
    char *const text[] = {p->title,          p->title_en,  p->description,
                          p->description_en, p->publisher, p->publisher_url,
                          p->contact,        p->licence,   p->licence_url,
                          p->attribution,    p->url,       p->identifier};
    for (size_t k = 0; k < sizeof text / sizeof *text; k++)
        free(text[k]);
    names_clear(&p->keywords);
}

static void products_clear(autan_city_products *products)
{
    product list[PRODUCTS];
    list_products(products, list);
    for (size_t k = 0; k < PRODUCTS; k++)
        free(*list[k].field);
}

void autan_city_clear(autan_city *city)
{
    for (size_t k = 0; k < city->n_grids; k++) {
        free(city->covariate[k].name);
        free(city->covariate[k].file);
        free(city->covariate[k].make);
        free(city->covariate[k].title);
        free(city->covariate[k].within);
        free(city->covariate[k].check);
    }
    free(city->covariate);
    for (size_t k = 0; k < city->n_layers; k++)
        layer_clear(&city->layer[k]);
    free(city->layer);
    free(city->ground.work);
    free(city->ground.sites);
    free(city->ground.openstreetmap);
    free(city->ground.bdtopo);
    free(city->ground.elevation);
    free(city->ground.folder);
    names_clear(&city->ground.radii);
    names_clear(&city->trend_terms);
    names_clear(&city->rural_stations);
    autan_mapping_clear(&city->mapping);
    names_clear(&city->source.datasets);
    free(city->source.url);
    free(city->source.user_agent);
    free(city->source.proxy);
    autan_zone_free(city->zone);
    alert_clear(&city->alert);
    publish_clear(&city->publish);
    free(city->report.zones);
    free(city->report.zone_name);
    free(city->report.lcz);
    products_clear(&city->products);
    free(city->run.guidance);
    free(city->path);
    free(city->folder);
    free(city->name);
    free(city->timezone);
    free(city->crs);
    free(city->archive);
    free(city->stations);
    free(city->qc_limits);
    free(city->institution);
    free(city->license);
    free(city->credits);
    free(city->notice);
    *city = (autan_city){0};
}

long autan_city_find_covariate(const autan_city *city, const char *name)
{
    for (size_t k = 0; k < city->n_grids; k++) {
        if (strcmp(city->covariate[k].name, name) == 0)
            return (long)k;
    }
    return -1;
}

const autan_city_covariate *autan_city_covariate_at(const autan_city *city,
                                                    size_t number)
{
    size_t k = 0;
    while (city->covariate[k].number != number)
        k++;
    return &city->covariate[k];
}

long autan_city_find_layer(const autan_city *city, const char *name)
{
    for (size_t k = 0; k < city->n_layers; k++) {
        if (strcmp(city->layer[k].name, name) == 0)
            return (long)k;
    }
    return -1;
}
