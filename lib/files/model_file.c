#include "files/model_file.h"

#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/outfile.h"

enum { FORMAT_VERSION = 1 };

static const char *const season_name[AUTAN_SEASONS] = {"DJF", "MAM", "JJA", "SON"};

char *autan_model_path(const char *folder)
{
    char *joined = g_build_filename(folder, "model.json", NULL);
    char *path = strdup(joined);
    g_free(joined);
    return path;
}

bool autan_model_exists(const char *path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* Writing. JSON has no NaN and no infinity: null stands for both. */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *numbers(size_t n, const double *value)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, number(value[i]));
    return list;
}

static json_t *strings(size_t n, char *const *value)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(value[i]));
    return list;
}

static json_t *terms(const autan_model *model)
{
    json_t *list = json_array();
    for (size_t k = 0; k < model->n_terms; k++) {
        const autan_term *t = &model->term[k];
        json_array_append_new(
            list, json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "covariate",
                            model->covariate[t->covariate], "indicator", t->indicator,
                            "center", number(t->center), "scale", number(t->scale),
                            "lower", number(t->lower), "upper", number(t->upper), "gap",
                            number(t->gap)));
    }
    return list;
}

static json_t *kernels(const autan_model *model)
{
    json_t *list = json_array();
    for (size_t k = 0; k < model->n_kernels; k++)
        json_array_append_new(
            list, json_pack("{s:s, s:o}", "model",
                            autan_covariance_model_name(model->kernel[k].model),
                            "range_m", number(model->kernel[k].range_m)));
    return list;
}

/* Limits of the classes by slot. */
static json_t *limits(const autan_model *model)
{
    json_t *list = json_array();
    for (size_t slot = 0; slot < AUTAN_SLOTS; slot++)
        json_array_append_new(list, numbers(AUTAN_CLASSES - 1, model->limit[slot]));
    return list;
}

static json_t *regimes(const autan_model *model)
{
    json_t *list = json_array();
    for (size_t r = 0; r < AUTAN_REGIMES; r++) {
        const autan_regime *g = &model->regime[r];
        if (g->n_hours == 0)
            continue;
        json_array_append_new(
            list,
            json_pack("{s:s, s:i, s:i, s:I, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o}",
                      "season", season_name[r / AUTAN_CLASSES / AUTAN_HOURS],
                      "hour_utc", (int)(r / AUTAN_CLASSES % AUTAN_HOURS), "class",
                      (int)(r % AUTAN_CLASSES), "hours", (json_int_t)g->n_hours,
                      "two_levels", g->two_levels, "has_pattern", g->has_pattern, "dof",
                      number(g->dof), "hourly", numbers(model->n_components, g->hourly),
                      "persistent", numbers(model->n_components, g->persistent),
                      "pattern", numbers(model->n_components, g->pattern), "mean",
                      numbers(model->n_stations, g->mean), "u",
                      numbers(model->n_stations, g->u)));
    }
    return list;
}

static json_t *model_json(const autan_model *model)
{
    char from[AUTAN_TIME_TEXT], to[AUTAN_TIME_TEXT];
    autan_time_format(model->from, from);
    autan_time_format(model->to, to);
    return json_pack(
        "{s:s, s:i, s:s, s:s, s:I, s:I, s:o, s:o, s:b, s:b, s:o, s:o, s:o, s:o, s:o, "
        "s:o, s:o}",
        "format", "autan model", "version", FORMAT_VERSION, "from", from, "to", to,
        "readings", (json_int_t)model->n_readings, "rejected",
        (json_int_t)model->n_rejected, "autocorrelation",
        number(model->autocorrelation), "deviance", number(model->deviance), "flat",
        model->flat, "given", model->given, "covariates",
        strings(model->n_covariates, model->covariate), "terms", terms(model),
        "kernels", kernels(model), "stations",
        strings(model->n_stations, model->station), "noise",
        numbers(model->n_stations, model->noise), "dispersion_limits", limits(model),
        "regimes", regimes(model));
}

autan_status autan_model_write(const autan_model *model, const char *path,
                               autan_error *err)
{
    json_t *json = model_json(model);
    char *text =
        json ? json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17)) : NULL;
    autan_status status = AUTAN_NO_MEMORY;
    if (text)
        status = autan_outfile_write_text(path, text, err);
    else
        autan_fail(err, status, "%s: out of memory", path);
    free(text);
    json_decref(json);
    return status;
}

/* Reading: whatever is missing or of another type is named. */

typedef struct {
    const char *path;
    size_t regime; /* the one being read, from 1; 0: none */
    autan_error *err;
} source;

static autan_status wrong(const source *s, const char *what)
{
    char place[32] = "";
    if (s->regime > 0)
        g_snprintf(place, sizeof place, "regime %zu: ", s->regime);
    return autan_fail(
        s->err, AUTAN_BAD_FORMAT,
        "%s: missing or wrong: %s%s; the file is no model of this version, "
        "run fit again",
        s->path, place, what);
}

static autan_status read_numbers(const source *s, const json_t *list, const char *what,
                                 size_t n, double *value)
{
    if (!json_is_array(list) || json_array_size(list) != n)
        return wrong(s, what);
    for (size_t i = 0; i < n; i++) {
        const json_t *v = json_array_get(list, i);
        if (!json_is_number(v) && !json_is_null(v))
            return wrong(s, what);
        value[i] = json_is_null(v) ? NAN : json_number_value(v);
    }
    return AUTAN_OK;
}

static autan_status read_names(const source *s, const json_t *list, const char *what,
                               const char ***name, size_t *n)
{
    if (!json_is_array(list))
        return wrong(s, what);
    *n = json_array_size(list);
    *name = calloc(*n + 1, sizeof **name);
    if (!*name)
        return autan_fail(s->err, AUTAN_NO_MEMORY, "%s: out of memory", s->path);
    for (size_t i = 0; i < *n; i++) {
        (*name)[i] = json_string_value(json_array_get(list, i));
        if (!(*name)[i])
            return wrong(s, what);
    }
    return AUTAN_OK;
}

/* A number of a term; null or not there: none. */
static double read_number(const json_t *item, const char *key, double none)
{
    const json_t *bound = json_object_get(item, key);
    return json_is_number(bound) ? json_number_value(bound) : none;
}

static autan_status read_terms(const source *s, const json_t *list, size_t n_names,
                               const char *const *name, autan_term *term, size_t *n)
{
    if (!json_is_array(list) || json_array_size(list) > AUTAN_TERMS_MAX)
        return wrong(s, "terms");
    *n = json_array_size(list);
    for (size_t k = 0; k < *n; k++) {
        json_t *item = json_array_get(list, k);
        const char *covariate;
        int indicator;
        autan_term t;
        if (json_unpack(item, "{s:s, s:b, s:F, s:F}", "covariate", &covariate,
                        "indicator", &indicator, "center", &t.center, "scale",
                        &t.scale) != 0 ||
            !(t.scale > 0))
            return wrong(s, "terms");
        t.indicator = indicator;
        t.lower = read_number(item, "lower", -INFINITY);
        t.upper = read_number(item, "upper", INFINITY);
        t.gap = read_number(item, "gap", 1.0);
        if (!(t.gap >= 0 && t.gap <= 1))
            return wrong(s, "the gap of a term, from 0 to 1");
        t.covariate = 0;
        while (t.covariate < n_names && strcmp(name[t.covariate], covariate) != 0)
            t.covariate++;
        if (t.covariate == n_names)
            return wrong(s, "the covariate of a term");
        term[k] = t;
    }
    return AUTAN_OK;
}

static autan_status read_kernels(const source *s, const json_t *list,
                                 autan_kernel *kernel, size_t *n)
{
    if (!json_is_array(list) || json_array_size(list) > AUTAN_KERNELS_MAX)
        return wrong(s, "kernels");
    *n = json_array_size(list);
    for (size_t k = 0; k < *n; k++) {
        const char *name;
        int m = AUTAN_EXP;
        if (json_unpack(json_array_get(list, k), "{s:s, s:F}", "model", &name,
                        "range_m", &kernel[k].range_m) != 0 ||
            !(kernel[k].range_m > 0))
            return wrong(s, "kernels");
        while (m < AUTAN_COVARIANCE_MODELS &&
               strcmp(autan_covariance_model_name((autan_covariance_model)m), name) !=
                   0)
            m++;
        if (m == AUTAN_COVARIANCE_MODELS)
            return wrong(s, "the model of a kernel");
        kernel[k].model = (autan_covariance_model)m;
    }
    return AUTAN_OK;
}

static autan_status check_variances(const source *s, size_t n, const double *value)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        if (!(value[k] >= 0.0))
            return wrong(s, "a variance");
        sum += value[k];
    }
    return isfinite(sum) ? AUTAN_OK : wrong(s, "a variance");
}

static autan_status read_regime(const source *s, json_t *item, autan_model *model)
{
    const char *season;
    int hour, class, two_levels, has_pattern, k = 0;
    json_int_t n_hours;
    json_t *dof, *hourly, *persistent, *pattern, *mean, *u;
    size_t regime;
    autan_regime *g;
    autan_status status;
    if (json_unpack(item,
                    "{s:s, s:i, s:i, s:I, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o}",
                    "season", &season, "hour_utc", &hour, "class", &class, "hours",
                    &n_hours, "two_levels", &two_levels, "has_pattern", &has_pattern,
                    "dof", &dof, "hourly", &hourly, "persistent", &persistent,
                    "pattern", &pattern, "mean", &mean, "u", &u) != 0 ||
        hour < 0 || hour >= AUTAN_HOURS || class < 0 || class >= AUTAN_CLASSES ||
        n_hours < 1)
        return wrong(s, "a key");
    while (k < AUTAN_SEASONS && strcmp(season_name[k], season) != 0)
        k++;
    if (k == AUTAN_SEASONS)
        return wrong(s, "season");
    regime = (size_t)((k * AUTAN_HOURS + hour) * AUTAN_CLASSES + class);
    g = &model->regime[regime];
    if (g->n_hours > 0)
        return wrong(s, "its season, hour and class, which another regime has too");
    if (autan_model_reserve(model, regime) != AUTAN_OK)
        return autan_fail(s->err, AUTAN_NO_MEMORY, "%s: out of memory", s->path);
    g->n_hours = (size_t)n_hours;
    g->two_levels = two_levels;
    g->has_pattern = has_pattern;
    g->dof = json_is_number(dof) ? json_number_value(dof) : INFINITY;
    status = read_numbers(s, hourly, "hourly", model->n_components, g->hourly);
    if (status == AUTAN_OK)
        status = read_numbers(s, persistent, "persistent", model->n_components,
                              g->persistent);
    if (status == AUTAN_OK)
        status = read_numbers(s, pattern, "pattern", model->n_components, g->pattern);
    if (status == AUTAN_OK)
        status = read_numbers(s, mean, "mean", model->n_stations, g->mean);
    if (status == AUTAN_OK)
        status = read_numbers(s, u, "u", model->n_stations, g->u);
    if (status == AUTAN_OK)
        status = check_variances(s, model->n_components, g->pattern);
    if (status == AUTAN_OK)
        status = check_variances(s, model->n_components, g->hourly);
    if (status == AUTAN_OK)
        status = check_variances(s, model->n_components, g->persistent);
    return status == AUTAN_OK && !(g->dof > 0.0) ? wrong(s, "dof") : status;
}

static autan_status read_header(const source *s, json_t *json, autan_model *model)
{
    const char *from, *to;
    json_int_t readings, rejected;
    int given;
    json_t *deviance;
    if (json_unpack(json, "{s:s, s:s, s:I, s:I, s:o, s:b}", "from", &from, "to", &to,
                    "readings", &readings, "rejected", &rejected, "deviance", &deviance,
                    "given", &given) != 0 ||
        autan_time_parse(from, &model->from) != AUTAN_OK ||
        autan_time_parse(to, &model->to) != AUTAN_OK || readings < 0 || rejected < 0)
        return wrong(s, "the header");
    model->n_readings = (size_t)readings;
    model->n_rejected = (size_t)rejected;
    model->autocorrelation = read_number(json, "autocorrelation", 0.0);
    if (!(model->autocorrelation >= 0.0 && model->autocorrelation < 1.0))
        return wrong(s, "autocorrelation");
    model->deviance = json_number_value(deviance);
    model->given = given;
    return AUTAN_OK;
}

/* A file from before stations had a noise of their own has none. */
static autan_status read_noise(const source *s, const json_t *list, autan_model *model)
{
    autan_status status =
        list ? read_numbers(s, list, "noise", model->n_stations, model->noise)
             : AUTAN_OK;
    for (size_t i = 0; status == AUTAN_OK && i < model->n_stations; i++) {
        if (!(model->noise[i] > 0.0) || isinf(model->noise[i]))
            status = wrong(s, "noise");
    }
    return status;
}

static autan_status read_limits(const source *s, const json_t *list, autan_model *model)
{
    if (json_array_size(list) != AUTAN_SLOTS)
        return wrong(s, "dispersion_limits");
    for (size_t slot = 0; slot < AUTAN_SLOTS; slot++) {
        autan_status status =
            read_numbers(s, json_array_get(list, slot), "dispersion_limits",
                         AUTAN_CLASSES - 1, model->limit[slot]);
        if (status != AUTAN_OK)
            return status;
        for (size_t c = 0; c < AUTAN_CLASSES - 1; c++) {
            if (isnan(model->limit[slot][c]))
                model->limit[slot][c] = INFINITY;
        }
    }
    return AUTAN_OK;
}

static autan_status read_model(source *s, json_t *json, autan_model **model)
{
    const char *format = json_string_value(json_object_get(json, "format"));
    const char **covariate = NULL, **station = NULL;
    size_t n_covariates = 0, n_stations = 0, n_terms = 0, n_kernels = 0, k;
    autan_term term[AUTAN_TERMS_MAX];
    autan_kernel kernel[AUTAN_KERNELS_MAX];
    json_t *item, *list = json_object_get(json, "regimes");
    autan_status status;

    if (!format || strcmp(format, "autan model") != 0 ||
        json_integer_value(json_object_get(json, "version")) != FORMAT_VERSION)
        return wrong(s, "format or version");
    status = read_names(s, json_object_get(json, "covariates"), "covariates",
                        &covariate, &n_covariates);
    if (status == AUTAN_OK)
        status = read_names(s, json_object_get(json, "stations"), "stations", &station,
                            &n_stations);
    if (status == AUTAN_OK)
        status = read_terms(s, json_object_get(json, "terms"), n_covariates, covariate,
                            term, &n_terms);
    if (status == AUTAN_OK)
        status = read_kernels(s, json_object_get(json, "kernels"), kernel, &n_kernels);
    if (status == AUTAN_OK &&
        autan_model_new(n_covariates, covariate, n_terms, term,
                        json_is_true(json_object_get(json, "flat")), n_kernels, kernel,
                        n_stations, station, model) != AUTAN_OK)
        status = autan_fail(s->err, AUTAN_NO_MEMORY, "%s: out of memory", s->path);
    if (status == AUTAN_OK)
        status = read_header(s, json, *model);
    if (status == AUTAN_OK)
        status = read_noise(s, json_object_get(json, "noise"), *model);
    if (status == AUTAN_OK)
        status = read_limits(s, json_object_get(json, "dispersion_limits"), *model);
    if (status == AUTAN_OK && json_array_size(list) == 0)
        status = wrong(s, "regimes");
    json_array_foreach(list, k, item)
    {
        s->regime = k + 1;
        if (status == AUTAN_OK)
            status = read_regime(s, item, *model);
    }
    free(covariate);
    free(station);
    return status;
}

static autan_status load(const char *path, json_t **json, autan_error *err)
{
    FILE *file = fopen(path, "re");
    json_error_t where;
    autan_status status = AUTAN_OK;
    if (!file)
        return errno == ENOENT ? autan_fail(err, AUTAN_NOT_FOUND,
                                            "%s: no model file; run fit", path)
                               : autan_fail(err, AUTAN_IO, "%s: cannot be opened: %s",
                                            path, strerror(errno));
    errno = 0;
    *json = json_loadf(file, JSON_REJECT_DUPLICATES, &where);
    if (ferror(file))
        status =
            autan_fail(err, AUTAN_IO, "%s: cannot be read: %s", path, strerror(errno));
    else if (!*json)
        status = autan_fail(err, AUTAN_BAD_FORMAT, "%s:%d: is no JSON: %s", path,
                            where.line, where.text);
    fclose(file);
    return status;
}

autan_status autan_model_read(const char *path, autan_model **model, autan_error *err)
{
    source s = {.path = path, .err = err};
    autan_model *made = NULL;
    json_t *json = NULL;
    autan_status status = load(path, &json, err);
    if (status == AUTAN_OK)
        status = read_model(&s, json, &made);
    json_decref(json);
    if (status == AUTAN_OK)
        *model = made;
    else
        autan_model_free(made);
    return status;
}
