#include "files/vector.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <float.h>
#include <glib.h>
#include <math.h>
#include <ogr_api.h>
#include <ogr_srs_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

/* Half the world in EPSG:3857, m. */
static const double MERCATOR_HALF = 20037508.342789244;

/* A source being read: what all threads share. */
typedef struct {
    const autan_vector_source *source;
    const char *crs; /* the city's */
    const autan_frame *frame;
    autan_spool *spool;
    GMutex mutex;
    autan_vector_counts *counts;
    bool *layer_seen;     /* n_rules: a tile or file has the rule's layer */
    bool *attribute_seen; /* n_rules: and all attributes it needs were met */
    size_t *in_layer;     /* n_rules: features of the layer, filter aside */
    char **fields;        /* n_rules: names of a layer's attributes, for messages */
    GHashTable **values;  /* n_rules: value in tenths + 1 -> count */
    GHashTable *layers;   /* names met */
    autan_status status;
    autan_error *err;
} job;

/* The way from a CRS to the city's; NULL when they are the same. */
typedef struct {
    OGRSpatialReferenceH from;
    OGRCoordinateTransformationH to_city;
} way;

/* What one thread works with. */
typedef struct {
    job *job;
    OGRCoordinateTransformationH to_city; /* of the lane at hand, or NULL */
    OGRSpatialReferenceH city;            /* CRS */
    GArray *ways;                         /* opened so far, a way each */
    double tile[4]; /* of the tile: xmin, ymin, xmax, ymax; infinite for a file */
    GArray *xy;     /* doubles x, then y of a geometry's points */
    GArray *fixed;  /* int32 x, y */
    GArray *part;   /* uint32 */
    autan_vector_counts *counts; /* own, n_rules */
} worker;

static autan_status fail(job *j, autan_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Remembers the first error of all threads. */
static autan_status fail(job *j, autan_status status, const char *format, ...)
{
    char text[900];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    g_mutex_lock(&j->mutex);
    if (j->status == AUTAN_OK)
        j->status = autan_fail(j->err, status, "%s: %s", j->source->path, text);
    g_mutex_unlock(&j->mutex);
    return status;
}

/* Attributes. */

static const char *attribute_of(void *feature, const char *name)
{
    int index = OGR_F_GetFieldIndex(feature, name);
    return index >= 0 && OGR_F_IsFieldSetAndNotNull(feature, index)
               ? OGR_F_GetFieldAsString(feature, index)
               : NULL;
}

/* Widths and heights beyond, m, are none. */
static const double MEASURE_MOST_M = 1000.0;

/* The number under an attribute; NaN when there is none, or one beyond, counted. */
static double number_of(OGRFeatureH feature, const char *name, double low, double high,
                        autan_vector_counts *c)
{
    const char *text = attribute_of(feature, name);
    double number;
    if (!text) {
        c->no_value++;
        return NAN;
    }
    if (autan_number_parse(text, &number) == AUTAN_OK && number >= low &&
        number <= high) {
        c->numbers++;
        return number;
    }
    c->bad_value++;
    return NAN;
}

/* Geometry. */

/* The points of a simple geometry, in the city's CRS, as fixed-point x, y appended.
 * False when one has no place there. */
static bool append_points(worker *w, OGRGeometryH line)
{
    const guint n = (guint)OGR_G_GetPointCount(line), before = w->fixed->len;
    const bool swap = w->job->source->swap_axes;
    double *x, *y;
    if (n == 0)
        return true;
    g_array_set_size(w->xy, 2 * n);
    x = (double *)(void *)w->xy->data;
    y = x + n;
    OGR_G_GetPoints(line, swap ? y : x, sizeof *x, swap ? x : y, sizeof *y, NULL, 0);
    for (guint i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i]))
            return false;
    }
    if (w->to_city && !OCTTransform(w->to_city, (int)n, x, y, NULL))
        return false;
    g_array_set_size(w->fixed, before + 2 * n);
    for (guint i = 0; i < n; i++) {
        if (!autan_frame_locate(w->job->frame, x[i], y[i],
                                &g_array_index(w->fixed, int32_t, before + 2 * i)))
            return false;
    }
    g_array_append_val(w->part, n);
    return true;
}

/* Area of the rings now in the worker, outer less inner, m2. */
static double area_of(const worker *w)
{
    const int32_t *xy = (const int32_t *)(const void *)w->fixed->data;
    const double metres = w->job->frame->step / AUTAN_SUBPIXELS;
    double area = 0.0;
    for (guint p = 0; p < w->part->len; p++) {
        const guint n = g_array_index(w->part, uint32_t, p);
        double twice = 0.0;
        for (guint i = 0; i < n; i++) {
            const int32_t *a = xy + 2 * i, *b = xy + 2 * ((i + 1) % n);
            twice += (double)a[0] * b[1] - (double)b[0] * a[1];
        }
        area += (p ? -0.5 : 0.5) * fabs(twice);
        xy += 2 * n;
    }
    return fmax(area, 0.0) * metres * metres;
}

/* Would the feature lie in the frame with x and y swapped? */
static bool inside_swapped(const worker *w, OGRGeometryH line)
{
    const autan_frame *f = w->job->frame;
    double x, y;
    if (OGR_G_GetPointCount(line) == 0)
        return false;
    x = OGR_G_GetY(line, 0);
    y = OGR_G_GetX(line, 0);
    if (w->job->source->swap_axes ||
        (w->to_city && !OCTTransform(w->to_city, 1, &x, &y, NULL)))
        return false;
    return x >= f->grid.xmin && x <= f->grid.xmax && y >= f->grid.ymin &&
           y <= f->grid.ymax;
}

/* What a feature brings to a rule. */
typedef struct {
    const autan_vector_rule *rule;
    autan_vector_counts *counts;
    double value, width_m;
    double area; /* of the feature in the source's units, when it is spread */
    bool kept, thin, empty, not_finite, crossing, swapped;
} taking;

static autan_status add_shape(worker *w, taking *t, autan_dimension dimension,
                              double value)
{
    const double scale = AUTAN_SUBPIXELS / w->job->frame->step;
    autan_error err;
    size_t touched = 0;
    autan_status status;
    const autan_mark item = {.rule = t->rule->number,
                             .value = (float)value,
                             .width = (float)(t->width_m * scale),
                             .shape = {dimension, w->part->len,
                                       (uint32_t *)(void *)w->part->data,
                                       (int32_t *)(void *)w->fixed->data}};
    status = autan_spool_add(w->job->spool, &item, &touched, &err);
    if (status != AUTAN_OK)
        return fail(w->job, status, "%s", err.text);
    t->kept |= touched > 0;
    return AUTAN_OK;
}

static void start_shape(worker *w)
{
    g_array_set_size(w->fixed, 0);
    g_array_set_size(w->part, 0);
}

static autan_status take_polygon(worker *w, taking *t, OGRGeometryH polygon)
{
    const int rings = OGR_G_GetGeometryCount(polygon);
    start_shape(w);
    for (int i = 0; i < rings; i++) {
        OGRGeometryH ring = OGR_G_GetGeometryRef(polygon, i);
        if (OGR_G_GetPointCount(ring) < 3)
            continue;
        if (!append_points(w, ring)) {
            t->not_finite = true;
            return AUTAN_OK;
        }
        if (i == 0)
            t->swapped |= inside_swapped(w, ring);
    }
    if (w->part->len == 0) {
        t->empty = true;
        return AUTAN_OK;
    }
    if (!OGR_G_IsValid(polygon))
        t->crossing = true;
    if (t->rule->amount && isfinite(w->tile[0]))
        return fail(
            w->job, AUTAN_BAD_CONFIG,
            "[layer %s]: polygons of vector tiles are cut at the tiles' edges; their "
            "amounts cannot be had",
            t->rule->name);
    if (t->rule->amount) {
        /* The polygon's part of the feature's amount, by square metre. */
        const double area = area_of(w);
        if (!(area > 0.0 && t->area > 0.0)) {
            t->empty = true;
            return AUTAN_OK;
        }
        return add_shape(w, t, AUTAN_POLYGON,
                         t->value * OGR_G_Area(polygon) / t->area / area);
    }
    return add_shape(w, t, AUTAN_POLYGON, t->value);
}

/* Lines and points. */
static autan_status take_thin(worker *w, taking *t, OGRGeometryH g,
                              autan_dimension dimension)
{
    if (!t->rule->amount && !(t->width_m > 0.0)) {
        t->thin = true;
        return AUTAN_OK;
    }
    if (t->rule->amount && dimension == AUTAN_LINES) {
        t->thin = true;
        return AUTAN_OK;
    }
    if (dimension == AUTAN_POINTS && t->rule->amount &&
        !(OGR_G_GetX(g, 0) >= w->tile[0] && OGR_G_GetX(g, 0) < w->tile[2] &&
          OGR_G_GetY(g, 0) >= w->tile[1] && OGR_G_GetY(g, 0) < w->tile[3]))
        return AUTAN_OK; /* the next tile has it too */
    start_shape(w);
    if (!append_points(w, g)) {
        t->not_finite = true;
        return AUTAN_OK;
    }
    t->swapped |= inside_swapped(w, g);
    if (w->part->len == 0) {
        t->empty = true;
        return AUTAN_OK;
    }
    return add_shape(w, t, dimension, t->value);
}

static autan_status take_geometry(worker *w, taking *t, OGRGeometryH g)
{
    autan_status status = AUTAN_OK;
    if (!g || OGR_G_IsEmpty(g)) {
        t->empty = true;
        return AUTAN_OK;
    }
    if (OGR_G_HasCurveGeometry(g, TRUE)) {
        OGRGeometryH straight = OGR_G_GetLinearGeometry(g, 0.0, NULL);
        status = take_geometry(w, t, straight);
        OGR_G_DestroyGeometry(straight);
        return status;
    }
    switch (wkbFlatten(OGR_G_GetGeometryType(g))) {
    case wkbPolygon:
        return take_polygon(w, t, g);
    case wkbLineString:
        return take_thin(w, t, g, AUTAN_LINES);
    case wkbPoint:
        return take_thin(w, t, g, AUTAN_POINTS);
    case wkbMultiPolygon:
    case wkbMultiLineString:
    case wkbMultiPoint:
    case wkbGeometryCollection:
        for (int i = 0; status == AUTAN_OK && i < OGR_G_GetGeometryCount(g); i++)
            status = take_geometry(w, t, OGR_G_GetGeometryRef(g, i));
        return status;
    default:
        t->empty = true;
        return AUTAN_OK;
    }
}

static void note_value(job *j, size_t rule, double value)
{
    const double tenths = fmin(fmax(value * 10.0, -1e9), 1e9);
    gpointer key = GINT_TO_POINTER((gint)lround(tenths) + 1);
    g_mutex_lock(&j->mutex);
    gpointer count = g_hash_table_lookup(j->values[rule], key);
    g_hash_table_insert(j->values[rule], key,
                        GSIZE_TO_POINTER(GPOINTER_TO_SIZE(count) + 1));
    g_mutex_unlock(&j->mutex);
}

static autan_status take_feature(worker *w, size_t k, OGRFeatureH feature)
{
    const autan_vector_rule *rule = &w->job->source->rule[k];
    autan_vector_counts *c = &w->counts[k];
    OGRGeometryH g = OGR_F_GetGeometryRef(feature);
    taking t = {
        .rule = rule, .counts = c, .value = rule->value, .width_m = rule->width_m};
    autan_status status;

    if (!autan_filter_passes(rule->filter, attribute_of, feature))
        return AUTAN_OK;
    c->features++;
    if (rule->value_attribute) {
        double number =
            rule->amount
                ? number_of(feature, rule->value_attribute, -FLT_MAX, FLT_MAX, c)
                : number_of(feature, rule->value_attribute, 0.0, MEASURE_MOST_M, c);
        if (!isnan(number)) {
            t.value = number;
            note_value(w->job, k, number);
        }
        if (isnan(t.value) && rule->amount)
            return AUTAN_OK;
    }
    if (rule->width_attribute) {
        double number =
            number_of(feature, rule->width_attribute, 0.0, MEASURE_MOST_M, c);
        if (!isnan(number))
            t.width_m = number;
    }
    if (rule->amount && g)
        t.area = OGR_G_Area(g);
    status = take_geometry(w, &t, g);
    c->kept += t.kept;
    c->thin += t.thin;
    c->empty += t.empty;
    c->not_finite += t.not_finite;
    c->crossing += t.crossing;
    c->swapped += t.swapped && !t.kept;
    return status;
}

/* Layers and files. */

static OGRSpatialReferenceH reference(const char *text)
{
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
    if (srs && OSRSetFromUserInput(srs, text) != OGRERR_NONE) {
        OSRDestroySpatialReference(srs);
        srs = NULL;
    }
    if (srs)
        OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    return srs;
}

/* A layer that serves some rules. */
typedef struct {
    OGRLayerH layer;
    OGRCoordinateTransformationH to_city; /* borrowed; NULL: it is in the city's CRS */
    bool *wanted;                         /* n_rules */
    size_t read;
} lane;

/* Opens the way from a CRS, which it takes over. Opening one takes milliseconds, and
 * tiles are many. */
static autan_status add_way(worker *w, OGRSpatialReferenceH from,
                            OGRCoordinateTransformationH *to_city)
{
    way made = {from, NULL};
    for (guint i = 0; i < w->ways->len; i++) {
        const way *known = &g_array_index(w->ways, way, i);
        if (OSRIsSame(known->from, from)) {
            OSRDestroySpatialReference(from);
            *to_city = known->to_city;
            return AUTAN_OK;
        }
    }
    if (!OSRIsSame(from, w->city)) {
        made.to_city = OCTNewCoordinateTransformation(from, w->city);
        if (!made.to_city) {
            OSRDestroySpatialReference(from);
            return fail(w->job, AUTAN_BAD_CONFIG, "no way from its CRS to %s: %s",
                        w->job->crs, CPLGetLastErrorMsg());
        }
    }
    g_array_append_val(w->ways, made);
    *to_city = made.to_city;
    return AUTAN_OK;
}

/* The way from a layer's CRS to the city's; coordinates are x, y in both. */
static autan_status open_way(worker *w, lane *l)
{
    const char *given = w->job->source->crs;
    OGRSpatialReferenceH own = OGR_L_GetSpatialRef(l->layer), from;
    if (!given && !own)
        return fail(
            w->job, AUTAN_BAD_CONFIG,
            "layer '%s' has no CRS; give it one with crs = ", OGR_L_GetName(l->layer));
    from = given ? reference(given) : OSRClone(own);
    if (!from)
        return fail(w->job, AUTAN_BAD_CONFIG,
                    "crs is '%s', expected one that PROJ knows", given);
    OSRSetAxisMappingStrategy(from, OAMS_TRADITIONAL_GIS_ORDER);
    return add_way(w, from, &l->to_city);
}

/* Whether a layer has every attribute a rule needs. */
static bool has_attributes(OGRLayerH layer, const autan_vector_rule *rule)
{
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(layer);
    const char *name;
    for (size_t k = 0; (name = autan_filter_attribute(rule->filter, k)) != NULL; k++) {
        if (OGR_FD_GetFieldIndex(definition, name) < 0)
            return false;
    }
    return (!rule->value_attribute || rule->optional ||
            OGR_FD_GetFieldIndex(definition, rule->value_attribute) >= 0) &&
           (!rule->width_attribute ||
            OGR_FD_GetFieldIndex(definition, rule->width_attribute) >= 0);
}

/* For g_free(). */
static char *field_names(OGRLayerH layer)
{
    OGRFeatureDefnH definition = OGR_L_GetLayerDefn(layer);
    GString *text = g_string_new(NULL);
    for (int i = 0; i < OGR_FD_GetFieldCount(definition); i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "",
                               OGR_Fld_GetNameRef(OGR_FD_GetFieldDefn(definition, i)));
    return g_string_free(text, FALSE);
}

/* The rules a layer serves; true when there is one. */
static bool match_rules(job *j, bool only_layer, lane *l)
{
    const char *name = OGR_L_GetName(l->layer);
    bool any = false;
    g_mutex_lock(&j->mutex);
    g_hash_table_add(j->layers, g_strdup(name));
    for (size_t k = 0; k < j->source->n_rules; k++) {
        const autan_vector_rule *rule = &j->source->rule[k];
        l->wanted[k] = rule->layer ? strcmp(rule->layer, name) == 0 : only_layer;
        if (!l->wanted[k])
            continue;
        any = true;
        j->layer_seen[k] = true;
        j->attribute_seen[k] |= has_attributes(l->layer, rule);
        if (!j->fields[k])
            j->fields[k] = field_names(l->layer);
    }
    g_mutex_unlock(&j->mutex);
    return any;
}

/* A layer of millions of features is asked for those near the extent alone; of a
 * smaller one all are read, so that it can be said why none lies inside. */
static void narrow(const job *j, const lane *l)
{
    enum { LARGE = 500000 };
    const autan_frame *f = j->frame;
    const double xmax = f->grid.xmax + (f->grid.xmin - f->xmin);
    const double ymin = f->grid.ymin - (f->ymax - f->grid.ymax);
    double box[4] = {f->xmin, ymin, xmax, f->ymax};
    OGRCoordinateTransformationH back;
    if (OGR_L_GetFeatureCount(l->layer, FALSE) < LARGE || j->source->swap_axes)
        return;
    back = l->to_city ? OCTGetInverse(l->to_city) : NULL;
    if (back && !OCTTransformBounds(back, f->xmin, ymin, xmax, f->ymax, &box[0],
                                    &box[1], &box[2], &box[3], 21)) {
        OCTDestroyCoordinateTransformation(back);
        return;
    }
    OGR_L_SetSpatialFilterRect(l->layer, box[0], box[1], box[2], box[3]);
    if (back)
        OCTDestroyCoordinateTransformation(back);
}

static void lanes_free(lane *l, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(l[i].wanted);
    free(l);
}

static autan_status open_lanes(worker *w, GDALDatasetH dataset, lane **lanes, size_t *n)
{
    job *j = w->job;
    const int layers = GDALDatasetGetLayerCount(dataset);
    lane *made = calloc((size_t)layers + 1, sizeof *made);
    size_t used = 0;
    autan_status status = AUTAN_OK;
    for (int i = 0; made && status == AUTAN_OK && i < layers; i++) {
        lane *l = &made[used];
        l->layer = GDALDatasetGetLayer(dataset, i);
        l->wanted = calloc(j->source->n_rules + 1, sizeof *l->wanted);
        if (!l->wanted)
            status = fail(j, AUTAN_NO_MEMORY, "out of memory");
        else if (match_rules(j, layers == 1, l)) {
            status = open_way(w, l);
            narrow(j, l);
            used++;
        } else {
            free(l->wanted);
        }
    }
    *lanes = made;
    *n = used;
    return made ? status : fail(j, AUTAN_NO_MEMORY, "out of memory");
}

static autan_status take(worker *w, lane *l, OGRFeatureH feature)
{
    autan_status status = AUTAN_OK;
    w->to_city = l->to_city;
    l->read++;
    for (size_t k = 0; status == AUTAN_OK && k < w->job->source->n_rules; k++) {
        if (l->wanted[k])
            status = take_feature(w, k, feature);
    }
    OGR_F_Destroy(feature);
    return status;
}

/* The next feature of any lane. OpenStreetMap files hold their layers mixed, and come
 * in the order of the file, read is then the part of it that is behind; those of others
 * one layer after the other. */
static OGRFeatureH next_feature(GDALDatasetH dataset, bool mixed, lane *lanes, size_t n,
                                lane **of, double *read)
{
    OGRFeatureH feature;
    OGRLayerH layer = NULL;
    CPLErrorReset();
    while (mixed &&
           (feature = GDALDatasetGetNextFeature(dataset, &layer, read, NULL, NULL))) {
        for (size_t i = 0; i < n; i++) {
            *of = &lanes[i];
            if (lanes[i].layer == layer)
                return feature;
        }
        OGR_F_Destroy(feature);
    }
    for (; !mixed && *of < lanes + n; ++*of) {
        feature = OGR_L_GetNextFeature((*of)->layer);
        if (feature || CPLGetLastErrorType() == CE_Failure)
            return feature;
    }
    return NULL;
}

static autan_status take_dataset(worker *w, GDALDatasetH dataset,
                                 autan_ground_progress progress, void *user)
{
    job *j = w->job;
    const bool mixed =
        strcmp(GDALGetDriverShortName(GDALGetDatasetDriver(dataset)), "OSM") == 0;
    const size_t whole = 100; /* per cent */
    lane *lanes = NULL, *of;
    size_t n = 0, done = 0, total = 0;
    double read = 0.0;
    OGRFeatureH feature;
    autan_status status = open_lanes(w, dataset, &lanes, &n);
    of = lanes;
    for (size_t i = 0; progress && !mixed && i < n; i++)
        total += (size_t)MAX(OGR_L_GetFeatureCount(lanes[i].layer, TRUE), 0);
    while (status == AUTAN_OK && n > 0 &&
           (feature = next_feature(dataset, mixed, lanes, n, &of, &read)) != NULL) {
        status = take(w, of, feature);
        if (!progress || ++done % 4096 != 0)
            continue;
        if (mixed)
            progress("per cent of the file", (size_t)(read * (double)whole), whole,
                     user);
        else if (done < total)
            progress("features", done, total, user);
    }
    if (status == AUTAN_OK && n > 0 && CPLGetLastErrorType() == CE_Failure)
        status = fail(j, AUTAN_BAD_FORMAT, "cannot be read: %s", CPLGetLastErrorMsg());
    if (progress && mixed)
        progress("per cent of the file", whole, whole, user);
    else if (progress && total > 0)
        progress("features", total, total, user);
    g_mutex_lock(&j->mutex);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < j->source->n_rules; k++)
            j->in_layer[k] += lanes[i].wanted[k] ? lanes[i].read : 0;
    }
    g_mutex_unlock(&j->mutex);
    lanes_free(lanes, n);
    return status;
}

static bool worker_open(job *j, worker *w)
{
    *w = (worker){.job = j, .tile = {-INFINITY, -INFINITY, INFINITY, INFINITY}};
    w->xy = g_array_new(FALSE, FALSE, sizeof(double));
    w->fixed = g_array_new(FALSE, FALSE, sizeof(int32_t));
    w->part = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    w->ways = g_array_new(FALSE, FALSE, sizeof(way));
    w->city = reference(j->crs);
    w->counts = calloc(j->source->n_rules + 1, sizeof *w->counts);
    if (!w->city)
        fail(j, AUTAN_BAD_CONFIG, "the city's crs '%s' is not known to PROJ", j->crs);
    else if (!w->counts)
        fail(j, AUTAN_NO_MEMORY, "out of memory");
    return w->city && w->counts;
}

/* Adds the worker's counts to the job's. */
static void worker_close(worker *w)
{
    job *j = w->job;
    g_mutex_lock(&j->mutex);
    for (size_t k = 0; w->counts && k < j->source->n_rules; k++) {
        const autan_vector_counts *from = &w->counts[k];
        autan_vector_counts *to = &j->counts[k];
        to->features += from->features;
        to->kept += from->kept;
        to->thin += from->thin;
        to->empty += from->empty;
        to->not_finite += from->not_finite;
        to->crossing += from->crossing;
        to->no_value += from->no_value;
        to->numbers += from->numbers;
        to->bad_value += from->bad_value;
        to->swapped += from->swapped;
    }
    g_mutex_unlock(&j->mutex);
    for (guint i = 0; i < w->ways->len; i++) {
        const way *known = &g_array_index(w->ways, way, i);
        if (known->to_city)
            OCTDestroyCoordinateTransformation(known->to_city);
        OSRDestroySpatialReference(known->from);
    }
    g_array_unref(w->ways);
    if (w->city)
        OSRDestroySpatialReference(w->city);
    g_array_unref(w->xy);
    g_array_unref(w->fixed);
    g_array_unref(w->part);
    free(w->counts);
}

static char **open_options(const char *text)
{
    return text ? CSLTokenizeString2(text, " ", CSLT_HONOURSTRINGS) : NULL;
}

static autan_status read_file(job *j, autan_ground_progress progress, void *user)
{
    char **options = open_options(j->source->options);
    GDALDatasetH dataset =
        GDALOpenEx(j->source->path, GDAL_OF_VECTOR | GDAL_OF_READONLY, NULL,
                   (const char *const *)options, NULL);
    worker w;
    autan_status status;
    if (!dataset)
        status =
            g_file_test(j->source->path, G_FILE_TEST_EXISTS)
                ? fail(j, AUTAN_BAD_FORMAT, "not a vector file that GDAL reads: %s",
                       CPLGetLastErrorMsg())
                : fail(j, AUTAN_NOT_FOUND, "no such file");
    else {
        status =
            worker_open(j, &w) ? take_dataset(&w, dataset, progress, user) : j->status;
        worker_close(&w);
        GDALClose(dataset);
    }
    CSLDestroy(options);
    return status;
}

/* Folders of tiles. */

typedef struct {
    char *path;
    unsigned x, y, z;
} tile;

/* A name that is a whole number, with the ending given. */
static bool number_name(const char *name, const char *ending, unsigned *number)
{
    char *end;
    unsigned long value = strtoul(name, &end, 10);
    if (end == name || strcmp(end, ending) != 0 || value > (1u << 28) ||
        !g_ascii_isdigit(name[0]))
        return false;
    *number = (unsigned)value;
    return true;
}

static void list_column(const char *folder, unsigned x, unsigned z, GArray *tiles)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    tile t = {NULL, x, 0, z};
    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        if (!number_name(name, ".pbf", &t.y) && !number_name(name, ".mvt", &t.y))
            continue;
        t.path = g_build_filename(folder, name, NULL);
        g_array_append_val(tiles, t);
    }
    if (dir)
        g_dir_close(dir);
}

static int by_place(const void *a, const void *b)
{
    const tile *p = a, *q = b;
    return p->x != q->x ? (p->x > q->x) - (p->x < q->x) : (p->y > q->y) - (p->y < q->y);
}

/* The tiles X/Y.pbf of a folder whose name is the zoom. */
static GArray *list_zoom(const char *folder)
{
    GArray *tiles = g_array_new(FALSE, FALSE, sizeof(tile));
    char *real = g_canonicalize_filename(folder, NULL),
         *base = g_path_get_basename(real);
    unsigned x, z = 0;
    GDir *dir =
        number_name(base, "", &z) && z <= 30 ? g_dir_open(folder, 0, NULL) : NULL;
    const char *name;
    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        char *column = g_build_filename(folder, name, NULL);
        if (number_name(name, "", &x))
            list_column(column, x, z, tiles);
        g_free(column);
    }
    if (dir)
        g_dir_close(dir);
    g_free(base);
    g_free(real);
    g_array_sort(tiles, by_place);
    return tiles;
}

static void tiles_free(GArray *tiles)
{
    for (guint i = 0; i < tiles->len; i++)
        g_free(g_array_index(tiles, tile, i).path);
    g_array_unref(tiles);
}

/* The tiles of a folder Z, or of the highest zoom in a folder of them. */
static GArray *list_tiles(const char *path)
{
    GArray *tiles = list_zoom(path);
    for (int z = 24; tiles->len == 0 && z >= 0; z--) {
        char *inner = g_strdup_printf("%s/%d", path, z);
        if (g_file_test(inner, G_FILE_TEST_IS_DIR)) {
            tiles_free(tiles);
            tiles = list_zoom(inner);
        }
        g_free(inner);
    }
    return tiles;
}

static autan_status read_tile(worker *w, const tile *t)
{
    const char *const options[] = {"CLIP=NO", NULL};
    const double side = 2.0 * MERCATOR_HALF / (double)(1u << t->z);
    char *name = g_strconcat("MVT:", t->path, NULL);
    GDALDatasetH dataset =
        GDALOpenEx(name, GDAL_OF_VECTOR | GDAL_OF_READONLY, NULL, options, NULL);
    autan_status status;
    w->tile[0] = -MERCATOR_HALF + side * t->x;
    w->tile[2] = w->tile[0] + side;
    w->tile[3] = MERCATOR_HALF - side * t->y;
    w->tile[1] = w->tile[3] - side;
    if (!dataset)
        status = fail(w->job, AUTAN_BAD_FORMAT, "%s is not a vector tile: %s", t->path,
                      CPLGetLastErrorMsg());
    else {
        status = take_dataset(w, dataset, NULL, NULL);
        GDALClose(dataset);
    }
    g_free(name);
    return status;
}

static autan_status read_tiles(job *j, autan_ground_progress progress, void *user)
{
    GArray *tiles = list_tiles(j->source->path);
    size_t done = 0;
#pragma omp parallel
    {
        worker w;
        bool ready;
        CPLPushErrorHandler(CPLQuietErrorHandler);
        ready = worker_open(j, &w);
#pragma omp for schedule(dynamic)
        for (guint i = 0; i < tiles->len; i++) {
            autan_status so_far;
            g_mutex_lock(&j->mutex);
            so_far = j->status;
            if (progress && so_far == AUTAN_OK)
                progress("tiles", ++done, tiles->len, user);
            g_mutex_unlock(&j->mutex);
            if (so_far == AUTAN_OK && ready)
                read_tile(&w, &g_array_index(tiles, tile, i));
        }
        worker_close(&w);
        CPLPopErrorHandler();
    }
    tiles_free(tiles);
    return j->status;
}

/* What the counts say is wrong with a rule as a whole. */

static char *known_layers(job *j)
{
    GList *keys = g_list_sort(g_hash_table_get_keys(j->layers), (GCompareFunc)strcmp);
    GString *text = g_string_new(NULL);
    for (GList *k = keys; k; k = k->next)
        g_string_append_printf(text, "%s%s", text->len ? ", " : "", (char *)k->data);
    g_list_free(keys);
    return g_string_free(text, FALSE);
}

static autan_status check_rule(job *j, size_t k)
{
    const autan_vector_rule *rule = &j->source->rule[k];
    const autan_vector_counts *c = &j->counts[k];
    const char *value =
        rule->value_attribute ? rule->value_attribute : rule->width_attribute;
    if (rule->optional && (!j->layer_seen[k] || !j->attribute_seen[k]))
        return AUTAN_OK;
    if (!j->layer_seen[k]) {
        char *known = known_layers(j);
        fail(j, AUTAN_NOT_FOUND, "has no layer '%s' for [layer %s]; it has %s",
             rule->layer ? rule->layer : "(none named)", rule->name, known);
        g_free(known);
        return j->status;
    }
    if (j->in_layer[k] == 0 && rule->optional)
        return AUTAN_OK;
    if (j->in_layer[k] == 0)
        return fail(j, AUTAN_BAD_FORMAT, "[layer %s]: the layer is empty", rule->name);
    if (!j->attribute_seen[k])
        return fail(j, AUTAN_BAD_FORMAT,
                    "[layer %s]: no feature has all of the attributes that where, "
                    "height, width "
                    "or density name; its layer has %.500s",
                    rule->name, j->fields[k]);
    if (c->bad_value > 0 && c->numbers == 0)
        return fail(
            j, AUTAN_BAD_FORMAT,
            "[layer %s]: attribute '%s' is no number in any of %zu features, expected "
            "numbers, and widths and heights of 0 to 1000 m",
            rule->name, value, c->bad_value);
    if (c->features > 0 && c->kept == 0 && c->swapped > 0)
        return fail(
            j, AUTAN_OUT_OF_DOMAIN,
            "[layer %s]: all %zu features lie outside the extent, but %zu inside with "
            "x and y swapped: give axes = yx",
            rule->name, c->features, c->swapped);
    if (c->features > 0 && c->kept == 0 && c->thin == c->features)
        return fail(
            j, AUTAN_BAD_CONFIG,
            "[layer %s]: all %zu features are lines or points; give them a width",
            rule->name, c->features);
    if (c->features > 0 && c->kept == 0 && !rule->optional)
        return fail(
            j, AUTAN_OUT_OF_DOMAIN,
            "[layer %s]: none of %zu features lies in the extent (%zu without a "
            "usable geometry); is the CRS of the source right?",
            rule->name, c->features, c->empty + c->not_finite);
    return AUTAN_OK;
}

static void find_modes(job *j)
{
    for (size_t k = 0; k < j->source->n_rules; k++) {
        autan_vector_counts *c = &j->counts[k];
        GHashTableIter at;
        gpointer key, count;
        g_hash_table_iter_init(&at, j->values[k]);
        while (g_hash_table_iter_next(&at, &key, &count)) {
            double value = (GPOINTER_TO_INT(key) - 1) / 10.0;
            size_t n = GPOINTER_TO_SIZE(count);
            c->value_count += n;
            if (n > c->value_mode_count ||
                (n == c->value_mode_count && value < c->value_mode)) {
                c->value_mode = value;
                c->value_mode_count = n;
            }
        }
    }
}

static bool job_open(job *j)
{
    const size_t n = j->source->n_rules;
    g_mutex_init(&j->mutex);
    j->layers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    j->counts = calloc(n + 1, sizeof *j->counts);
    j->layer_seen = calloc(n + 1, sizeof *j->layer_seen);
    j->attribute_seen = calloc(n + 1, sizeof *j->attribute_seen);
    j->in_layer = calloc(n + 1, sizeof *j->in_layer);
    j->fields = calloc(n + 1, sizeof *j->fields);
    j->values = calloc(n + 1, sizeof *j->values);
    for (size_t k = 0; j->values && k < n; k++)
        j->values[k] = g_hash_table_new(NULL, NULL);
    return j->counts && j->layer_seen && j->attribute_seen && j->in_layer &&
           j->fields && j->values;
}

static void job_close(job *j)
{
    for (size_t k = 0; j->values && k < j->source->n_rules; k++)
        g_hash_table_unref(j->values[k]);
    free(j->values);
    for (size_t k = 0; j->fields && k < j->source->n_rules; k++)
        g_free(j->fields[k]);
    free(j->fields);
    free(j->counts);
    free(j->layer_seen);
    free(j->attribute_seen);
    free(j->in_layer);
    g_hash_table_unref(j->layers);
    g_mutex_clear(&j->mutex);
}

bool autan_is_tiles(const char *path)
{
    GArray *tiles = list_tiles(path);
    bool any = tiles->len > 0;
    tiles_free(tiles);
    return any;
}

bool autan_is_vector(const char *path, const char *options)
{
    char **list = open_options(options);
    GDALDatasetH dataset;
    bool is;
    GDALAllRegister();
    if (autan_is_tiles(path)) {
        CSLDestroy(list);
        return true;
    }
    CPLPushErrorHandler(CPLQuietErrorHandler);
    dataset = GDALOpenEx(path, GDAL_OF_VECTOR | GDAL_OF_READONLY, NULL,
                         (const char *const *)list, NULL);
    is = dataset && GDALDatasetGetLayerCount(dataset) > 0;
    if (dataset)
        GDALClose(dataset);
    CPLPopErrorHandler();
    CSLDestroy(list);
    return is;
}

autan_status autan_vector_read(const autan_vector_source *source, const char *crs,
                               const autan_frame *frame, autan_spool *spool,
                               autan_vector_counts *counts,
                               autan_ground_progress progress, void *user,
                               autan_error *err)
{
    job j = {.source = source, .crs = crs, .frame = frame, .spool = spool, .err = err};
    GDALAllRegister();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    CPLErrorReset();
    if (!job_open(&j))
        fail(&j, AUTAN_NO_MEMORY, "out of memory");
    else if (autan_is_tiles(source->path))
        read_tiles(&j, progress, user);
    else
        read_file(&j, progress, user);
    if (j.status == AUTAN_OK)
        find_modes(&j);
    for (size_t k = 0; j.status == AUTAN_OK && k < source->n_rules; k++)
        check_rule(&j, k);
    if (j.status == AUTAN_OK)
        memcpy(counts, j.counts, source->n_rules * sizeof *counts);
    job_close(&j);
    CPLPopErrorHandler();
    return j.status;
}
