#include "files/guidance.h"

#include <cpl_conv.h>
#include <cpl_error.h>
#include <cpl_string.h>
#include <gdal.h>
#include <glib.h>
#include <jansson.h>
#include <math.h>
#include <netcdf.h>
#include <ogr_srs_api.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_MESSAGES = 20000,
    MOST_SIDE = 1 << 16,
    MOST_POINTS = 1 << 26,          /* of a map */
    MOST_STEPS = 4 * MOST_MESSAGES, /* of all members: not every one has all steps */
    LONGEST_GAP_S = 6 * 3600
};

/* GRIB files mark missing points with 9999 or more, not always declared. */
static const float MISSING = 9999.0f;

/* One message: a map at a valid time. */
typedef struct {
    autan_time time;
    long number;   /* of the member, as the file has it; -1: it has none */
    size_t member; /* rank of the number, or how often the time was met before */
    int band;
} message;

typedef struct {
    const char *path;
    const autan_station_table *stations;
    autan_error *err;
    GDALDatasetH dataset;
    GArray *list; /* of message */
    autan_time reference;
    bool has_reference, numbered;
    double *column, *line; /* of each station, in pixels, centres at .5; NaN outside */
} source;

void autan_guidance_clear(autan_guidance *g)
{
    free(g->time);
    free(g->value);
    free(g->number);
    *g = (autan_guidance){0};
}

static autan_status refuse(const source *s, autan_status status, const char *why)
{
    return autan_fail(s->err, status, "%s: %s", s->path, why);
}

/* degC from K or degC, told apart by the value; NaN for what is neither. */
static double celsius(double value)
{
    if (value >= 180.0 && value <= 340.0)
        return value - 273.15;
    return value >= -90.0 && value <= 60.0 ? value : (double)NAN;
}

/* GRIB: temperature at 2 m, whatever the edition calls it. */
static bool is_grib_temperature(GDALRasterBandH band)
{
    const char *element = GDALGetMetadataItem(band, "GRIB_ELEMENT", NULL);
    const char *level = GDALGetMetadataItem(band, "GRIB_SHORT_NAME", NULL);
    if (!element || !level)
        return false;
    if (strcmp(element, "2T") == 0)
        return true;
    return (strcmp(element, "TMP") == 0 || strcmp(element, "T") == 0) &&
           strcmp(level, "2-HTGL") == 0;
}

static bool seconds_item(GDALRasterBandH band, const char *name, autan_time *time)
{
    const char *text = GDALGetMetadataItem(band, name, NULL);
    char *end;
    long long value;
    if (!text)
        return false;
    value = g_ascii_strtoll(text, &end, 10);
    if (end == text || value < -3786825600ll || value > 5680281600ll)
        return false;
    *time = (autan_time)value;
    return true;
}

/* NetCDF: NETCDF_DIM_time in the units of time#units. */
static bool netcdf_time(const source *s, GDALRasterBandH band, autan_time *time)
{
    const bool valid = GDALGetMetadataItem(band, "NETCDF_DIM_valid_time", NULL) != NULL;
    const char *text = GDALGetMetadataItem(
        band, valid ? "NETCDF_DIM_valid_time" : "NETCDF_DIM_time", NULL);
    const char *units = GDALGetMetadataItem(
        s->dataset, valid ? "valid_time#units" : "time#units", NULL);
    char word[16], date[40] = "";
    autan_civil c = {0};
    autan_time epoch;
    double step;
    if (!text || !units || sscanf(units, "%15s since %39[^\n]", word, date) != 2 ||
        sscanf(date, "%d-%d-%d%*[T ]%d:%d:%d", &c.year, &c.month, &c.day, &c.hour,
               &c.minute, &c.second) < 3 ||
        autan_time_from_utc(&c, &epoch) != AUTAN_OK)
        return false;
    step = g_str_has_prefix(word, "sec")    ? 1.0
           : g_str_has_prefix(word, "min")  ? 60.0
           : g_str_has_prefix(word, "hour") ? 3600.0
           : g_str_has_prefix(word, "day")  ? 86400.0
                                            : 0.0;
    const double value = g_ascii_strtod(text, NULL) * step;
    if (step == 0.0 || !(fabs(value) < 1e11))
        return false;
    *time = epoch + (autan_time)llround(value);
    return true;
}

/* GRIB 2: individual ensemble forecasts, at a moment (product definition template 1) or
 * over an interval (11), whose elements 16 and 17 are the type of perturbation and its
 * number; negative and positive ones (types 2 and 3) have the same numbers. */
static long grib_number(GDALRasterBandH band)
{
    const char *template = GDALGetMetadataItem(band, "GRIB_PDS_PDTN", NULL);
    const char *values =
        GDALGetMetadataItem(band, "GRIB_PDS_TEMPLATE_ASSEMBLED_VALUES", NULL);
    char **part;
    long number = -1;
    if (!template || !values ||
        (strcmp(template, "1") != 0 && strcmp(template, "11") != 0))
        return -1;
    part = g_strsplit(values, " ", -1);
    if (g_strv_length(part) > 16)
        number = strtol(part[16], NULL, 10) + (strcmp(part[15], "2") == 0 ? 1000 : 0);
    g_strfreev(part);
    return MAX(number, -1);
}

/* NetCDF: the coordinate of the members, by its usual names. */
static long netcdf_number(GDALRasterBandH band)
{
    static const char *const name[] = {"NETCDF_DIM_realization", "NETCDF_DIM_number",
                                       "NETCDF_DIM_member", "NETCDF_DIM_ensemble"};
    const char *text = NULL;
    double number;
    for (size_t k = 0; !text && k < sizeof name / sizeof *name; k++)
        text = GDALGetMetadataItem(band, name[k], NULL);
    number = text ? g_ascii_strtod(text, NULL) : -1.0;
    return number >= 0.0 && number < 1e6 ? lround(number) : -1;
}

static void add_message(source *s, autan_time time, long number, int band)
{
    const message m = {time, number, 0, band};
    g_array_append_val(s->list, m);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    const message *x = a, *y = b;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->band < y->band ? -1 : x->band > y->band;
}

/* Members by their numbers, those without one before all others; without any numbers by
 * the order of the messages of a time. */
static autan_status number_members(source *s)
{
    bool numbered = false;
    size_t member = 0;
    for (guint i = 0; i < s->list->len; i++)
        numbered = numbered || g_array_index(s->list, message, i).number >= 0;
    s->numbered = numbered;
    g_array_sort(s->list, by_number);
    for (guint i = 1; i < s->list->len; i++) {
        message *m = &g_array_index(s->list, message, i);
        const bool again = m->time == m[-1].time, same = m->number == m[-1].number;
        if (numbered && again && same)
            return autan_fail(s->err, AUTAN_BAD_FORMAT,
                              "%s: has member %ld twice at one time", s->path,
                              m->number);
        if (numbered)
            member += same ? 0 : 1;
        else
            member = again ? member + 1 : 0;
        m->member = member;
    }
    return AUTAN_OK;
}

static autan_status list_messages(source *s)
{
    const int n = GDALGetRasterCount(s->dataset);
    if (n > MOST_MESSAGES)
        return refuse(s, AUTAN_BAD_FORMAT, "has more than 20000 messages");
    for (int b = 1; b <= n; b++) {
        GDALRasterBandH band = GDALGetRasterBand(s->dataset, b);
        autan_time valid, reference;
        if (is_grib_temperature(band)) {
            if (!seconds_item(band, "GRIB_VALID_TIME", &valid) ||
                !seconds_item(band, "GRIB_REF_TIME", &reference))
                return refuse(s, AUTAN_BAD_FORMAT, "has a message without times");
            if (s->has_reference && reference != s->reference)
                return refuse(s, AUTAN_BAD_FORMAT,
                              "has runs of different reference times, expected one");
            s->reference = reference;
            s->has_reference = true;
            add_message(s, valid, grib_number(band), b);
        } else if (netcdf_time(s, band, &valid)) {
            add_message(s, valid, netcdf_number(band), b);
            if (!s->has_reference || valid < s->reference)
                s->reference = valid;
            s->has_reference = true;
        }
    }
    return s->list->len ? number_members(s)
                        : refuse(s, AUTAN_BAD_FORMAT, "has no temperature at 2 m");
}

/* A NetCDF file of latitudes and longitudes that GDAL knows no reference system of. */
static bool is_in_degrees(GDALDatasetH dataset)
{
    static const char *const name[] = {"latitude#units", "lat#units"};
    for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
        const char *units = GDALGetMetadataItem(dataset, name[k], NULL);
        if (units && g_str_has_prefix(units, "degree"))
            return true;
    }
    return false;
}

/* Places of the stations on the real grid. */
static autan_status locate(source *s)
{
    const size_t n = s->stations->n;
    const int nx = GDALGetRasterXSize(s->dataset), ny = GDALGetRasterYSize(s->dataset);
    double transform[6], inverse[6];
    OGRSpatialReferenceH own = GDALGetSpatialRef(s->dataset), wgs84;
    OGRCoordinateTransformationH to_grid;
    bool geographic;
    if (nx > MOST_SIDE || ny > MOST_SIDE || nx > MOST_POINTS / ny ||
        !(own || is_in_degrees(s->dataset)) ||
        GDALGetGeoTransform(s->dataset, transform) != CE_None ||
        !GDALInvGeoTransform(transform, inverse))
        return refuse(s, AUTAN_BAD_FORMAT, "has no georeferenced grid");
    wgs84 = OSRNewSpatialReference(NULL);
    OSRImportFromEPSG(wgs84, 4326);
    own = OSRClone(own ? own : wgs84);
    OSRSetAxisMappingStrategy(own, OAMS_TRADITIONAL_GIS_ORDER);
    OSRSetAxisMappingStrategy(wgs84, OAMS_TRADITIONAL_GIS_ORDER);
    geographic = OSRIsGeographic(own);
    /* Models live on spheres of their own, whose geographic grids mean WGS 84. */
    to_grid = geographic ? NULL : OCTNewCoordinateTransformation(wgs84, own);
    s->column = malloc((n + 1) * sizeof *s->column);
    s->line = malloc((n + 1) * sizeof *s->line);
    for (size_t i = 0; s->column && s->line && i < n; i++) {
        double x = s->stations->station[i].longitude,
               y = s->stations->station[i].latitude;
        s->column[i] = s->line[i] = NAN;
        if (!geographic && (!to_grid || !OCTTransform(to_grid, 1, &x, &y, NULL)))
            continue;
        for (int turn = -1; turn <= 1; turn++) {
            const double east = geographic ? x + 360.0 * turn : x;
            const double c = inverse[0] + inverse[1] * east + inverse[2] * y;
            const double l = inverse[3] + inverse[4] * east + inverse[5] * y;
            if (c >= 0.0 && c <= nx && l >= 0.0 && l <= ny) {
                s->column[i] = c;
                s->line[i] = l;
                break;
            }
        }
    }
    if (to_grid)
        OCTDestroyCoordinateTransformation(to_grid);
    OSRRelease(own);
    OSRRelease(wgs84);
    return s->column && s->line ? AUTAN_OK
                                : refuse(s, AUTAN_NO_MEMORY, "out of memory");
}

/* Between the four grid points around, by those that are not missing; NaN when less
 * than half of the weight is known, such as over the sea of a land model. */
static double bilinear(const float *map, int nx, int ny, double column, double line)
{
    const double c = fmin(fmax(column - 0.5, 0.0), nx - 1);
    const double l = fmin(fmax(line - 0.5, 0.0), ny - 1);
    const size_t c0 = (size_t)c, l0 = (size_t)l, w = (size_t)nx;
    const double a = c - (double)c0, b = l - (double)l0;
    double sum = 0.0, known = 0.0;
    for (size_t k = 0; k < 4; k++) {
        const size_t right = k % 2, down = k / 2;
        const double weight = (right ? a : 1.0 - a) * (down ? b : 1.0 - b);
        if (weight <= 0.0)
            continue;
        const double value = (double)map[(l0 + down) * w + c0 + right];
        if (isnan(value))
            continue;
        sum += weight * value;
        known += weight;
    }
    return known >= 0.5 ? sum / known : (double)NAN;
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const message *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->member > y->member) - (x->member < y->member);
}

static autan_status allocate(const source *s, size_t n_members, size_t n_steps,
                             autan_guidance *g)
{
    const size_t n = n_members * s->stations->n * n_steps;
    if (n_members > MOST_STEPS / n_steps)
        return refuse(s, AUTAN_BAD_FORMAT, "has steps of other members at each time");
    g->n_members = n_members;
    g->n_stations = s->stations->n;
    g->n_steps = n_steps;
    g->time = malloc((n_steps + 1) * sizeof *g->time);
    g->value = malloc((n + 1) * sizeof *g->value);
    g->number = s->numbered ? malloc(n_members * sizeof *g->number) : NULL;
    if (!g->time || !g->value || (s->numbered && !g->number))
        return refuse(s, AUTAN_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < n; i++)
        g->value[i] = NAN;
    return AUTAN_OK;
}

static autan_status read_maps(source *s, autan_guidance *g)
{
    const int nx = GDALGetRasterXSize(s->dataset), ny = GDALGetRasterYSize(s->dataset);
    float *map = malloc((size_t)nx * (size_t)ny * sizeof *map);
    size_t members = 0, steps = 0;
    autan_status status = map ? AUTAN_OK : refuse(s, AUTAN_NO_MEMORY, "out of memory");
    g_array_sort(s->list, by_time);
    for (guint i = 0; i < s->list->len; i++) {
        const message *m = &g_array_index(s->list, message, i);
        members = MAX(members, m->member + 1);
        steps += i == 0 || m->time != m[-1].time ? 1 : 0;
    }
    if (status == AUTAN_OK)
        status = allocate(s, members, steps, g);
    steps = 0;
    for (guint k = 0; status == AUTAN_OK && k < s->list->len; k++) {
        const message *m = &g_array_index(s->list, message, k);
        GDALRasterBandH band = GDALGetRasterBand(s->dataset, m->band);
        int has_nodata;
        const double nodata = GDALGetRasterNoDataValue(band, &has_nodata);
        steps += k == 0 || m->time != m[-1].time ? 1 : 0;
        g->time[steps - 1] = m->time;
        if (g->number)
            g->number[m->member] = m->number;
        if (GDALRasterIO(band, GF_Read, 0, 0, nx, ny, map, nx, ny, GDT_Float32, 0, 0) !=
            CE_None) {
            g->n_unreadable++;
            continue;
        }
        for (size_t i = 0; has_nodata && i < (size_t)nx * (size_t)ny; i++)
            map[i] = map[i] == (float)nodata ? NAN : map[i];
        for (size_t i = 0; i < (size_t)nx * (size_t)ny; i++)
            map[i] = fabsf(map[i]) >= MISSING ? NAN : map[i];
        for (size_t i = 0; i < g->n_stations; i++) {
            const double value = isnan(s->column[i])
                                     ? (double)NAN
                                     : bilinear(map, nx, ny, s->column[i], s->line[i]);
            const double c = celsius(value);
            if (!isnan(value) && isnan(c)) {
                status =
                    autan_fail(s->err, AUTAN_OUT_OF_DOMAIN,
                               "%s: has %g at station %s, which is no air temperature "
                               "in K or degC",
                               s->path, value, s->stations->station[i].id);
                break;
            }
            g->value[(m->member * g->n_stations + i) * g->n_steps + steps - 1] = c;
        }
    }
    free(map);
    return status;
}

static const char *const variable_name[] = {"t2m", "2t", "tas", "air_temperature",
                                            "T2M"};

/* A NetCDF file with several variables opens as a list of subdatasets. */
static GDALDatasetH open_dataset(const char *path)
{
    static const char *const drivers[] = {"GRIB", "netCDF", NULL};
    GDALDatasetH dataset =
        GDALOpenEx(path, GDAL_OF_RASTER | GDAL_OF_READONLY, drivers, NULL, NULL);
    for (size_t k = 0; dataset && GDALGetRasterCount(dataset) == 0 &&
                       k < sizeof variable_name / sizeof *variable_name;
         k++) {
        char *name = g_strdup_printf("NETCDF:\"%s\":%s", path, variable_name[k]);
        GDALDatasetH inner =
            GDALOpenEx(name, GDAL_OF_RASTER | GDAL_OF_READONLY, drivers, NULL, NULL);
        g_free(name);
        if (inner) {
            GDALClose(dataset);
            dataset = inner;
        }
    }
    return dataset;
}

/* Whether a variable of a NetCDF file has no more values than a forecast can have, and
 * one that stands for what is missing, if any, of its own type. */
static bool is_sane(int ncid, int variable)
{
    int rank = 0, dimension[NC_MAX_VAR_DIMS];
    double maps = 1.0, points = 1.0;
    nc_type type = NC_NAT, filled = NC_NAT;
    size_t fills = 1;
    if (nc_inq_vartype(ncid, variable, &type) != NC_NOERR ||
        (nc_inq_att(ncid, variable, "_FillValue", &filled, &fills) == NC_NOERR &&
         (filled != type || fills != 1)))
        return false;
    if (nc_inq_varndims(ncid, variable, &rank) != NC_NOERR ||
        nc_inq_vardimid(ncid, variable, dimension) != NC_NOERR)
        return false;
    for (int d = 0; d < rank; d++) {
        size_t length = 0;
        if (nc_inq_dimlen(ncid, dimension[d], &length) != NC_NOERR ||
            length > MOST_SIDE)
            return false;
        *(d < rank - 2 ? &maps : &points) *= (double)length;
    }
    return maps <= MOST_MESSAGES && points <= MOST_POINTS;
}

/* GDAL makes a band of every map that a NetCDF file claims to have, which a few bytes
 * can make it do for hours, and has room for one fill value. What is not NetCDF passes.
 */
static bool is_sane_netcdf(const char *path)
{
    int ncid, n = 0;
    bool sane = true;
    if (nc_open(path, NC_NOWRITE, &ncid) != NC_NOERR)
        return true;
    nc_inq_nvars(ncid, &n);
    for (int v = 0; sane && v < n; v++)
        sane = is_sane(ncid, v);
    nc_close(ncid);
    return sane;
}

static autan_status read_grid(source *s, autan_guidance *g)
{
    autan_status status = AUTAN_OK;
    if (!is_sane_netcdf(s->path))
        return refuse(s, AUTAN_BAD_FORMAT,
                      "claims more than 20000 maps, maps of more than 2^26 points, or "
                      "several fill values");
    GDALAllRegister();
    CPLPushErrorHandler(CPLQuietErrorHandler);
    /* GDAL would take 273.15 off whatever is in the file, degC included. */
    CPLSetThreadLocalConfigOption("GRIB_NORMALIZE_UNITS", "NO");
    s->dataset = open_dataset(s->path);
    if (!s->dataset)
        status = refuse(s, AUTAN_BAD_FORMAT,
                        "is neither GRIB nor NetCDF nor JSON, or is damaged");
    if (status == AUTAN_OK)
        status = list_messages(s);
    if (status == AUTAN_OK)
        status = locate(s);
    if (status == AUTAN_OK)
        status = read_maps(s, g);
    if (status == AUTAN_OK)
        g->reference = s->reference;
    if (s->dataset)
        GDALClose(s->dataset);
    CPLSetThreadLocalConfigOption("GRIB_NORMALIZE_UNITS", NULL);
    CPLPopErrorHandler();
    return status;
}

/* JSON */

/* Distance, km, on a sphere. */
static double distance(double lon1, double lat1, double lon2, double lat2)
{
    const double r = M_PI / 180.0;
    const double a = pow(sin(r * (lat2 - lat1) / 2), 2) +
                     cos(r * lat1) * cos(r * lat2) * pow(sin(r * (lon2 - lon1) / 2), 2);
    return 2.0 * 6371.0 * asin(fmin(1.0, sqrt(a)));
}

static json_t *nearest(json_t *points, const autan_station *station)
{
    json_t *best = NULL, *point;
    double least = 20.0;
    size_t i;
    json_array_foreach(points, i, point)
    {
        double lon, lat;
        if (json_unpack(point, "{s:F, s:F}", "longitude", &lon, "latitude", &lat) != 0)
            continue;
        const double d = distance(lon, lat, station->longitude, station->latitude);
        if (d <= least) {
            least = d;
            best = point;
        }
    }
    return best;
}

static autan_status read_points(source *s, json_t *points, autan_guidance *g)
{
    json_t *times = json_object_get(json_array_get(points, 0), "time");
    const size_t n = json_array_size(times);
    autan_status status;
    if (n == 0 || n > MOST_MESSAGES)
        return refuse(s, AUTAN_BAD_FORMAT, "its first point has no list \"time\"");
    status = allocate(s, 1, n, g);
    for (size_t t = 0; status == AUTAN_OK && t < n; t++) {
        const char *text = json_string_value(json_array_get(times, t));
        if (!text || autan_time_parse(text, &g->time[t]) != AUTAN_OK ||
            (t > 0 && g->time[t] <= g->time[t - 1]))
            status = refuse(s, AUTAN_BAD_FORMAT,
                            "its times are not ISO 8601 with a zone, ascending");
    }
    for (size_t i = 0; status == AUTAN_OK && i < g->n_stations; i++) {
        json_t *point = nearest(points, &s->stations->station[i]);
        json_t *values = json_object_get(point, "air_temperature");
        if (!point)
            continue;
        if (json_array_size(values) != n ||
            !json_equal(json_object_get(point, "time"), times))
            return refuse(
                s, AUTAN_BAD_FORMAT,
                "a point has other times than the first, or not as many values");
        for (size_t t = 0; t < n; t++) {
            json_t *value = json_array_get(values, t);
            const double c = celsius(json_number_value(value));
            if (!json_is_number(value))
                continue;
            if (isnan(c))
                return refuse(s, AUTAN_OUT_OF_DOMAIN,
                              "has an air_temperature that is none in K or degC");
            g->value[i * n + t] = c;
        }
    }
    return status;
}

static autan_status read_json(source *s, autan_guidance *g)
{
    json_error_t error;
    json_t *root = json_load_file(s->path, 0, &error);
    json_t *points = json_object_get(root, "points");
    const char *reference = json_string_value(json_object_get(root, "reference"));
    autan_status status;
    if (!root)
        status = autan_fail(s->err, AUTAN_BAD_FORMAT, "%s:%d: %s", s->path, error.line,
                            error.text);
    else if (!reference || autan_time_parse(reference, &g->reference) != AUTAN_OK)
        status =
            refuse(s, AUTAN_BAD_FORMAT, "has no \"reference\", a time with its zone");
    else if (json_array_size(points) == 0)
        status = refuse(s, AUTAN_BAD_FORMAT, "has no \"points\"");
    else
        status = read_points(s, points, g);
    json_decref(root);
    return status;
}

static bool is_json(const char *path)
{
    FILE *file = fopen(path, "rb");
    int c = ' ';
    while (file && g_ascii_isspace(c))
        c = getc(file);
    if (file)
        fclose(file);
    return c == '{';
}

autan_status autan_guidance_read(const char *path, const autan_station_table *stations,
                                 autan_guidance *guidance, autan_error *err)
{
    source s = {.path = path,
                .stations = stations,
                .err = err,
                .list = g_array_new(FALSE, FALSE, sizeof(message))};
    autan_guidance made = {0};
    autan_status status = AUTAN_OK;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        status = refuse(&s, AUTAN_NOT_FOUND, "there is no such file");
    else
        status = is_json(path) ? read_json(&s, &made) : read_grid(&s, &made);
    for (size_t i = 0; status == AUTAN_OK && i < made.n_stations; i++) {
        size_t known = 0;
        for (size_t t = 0; t < made.n_steps; t++)
            known += isnan(made.value[i * made.n_steps + t]) ? 0 : 1;
        made.n_outside += known == 0 ? 1 : 0;
    }
    if (status == AUTAN_OK && made.n_outside == made.n_stations)
        status =
            refuse(&s, made.n_unreadable ? AUTAN_BAD_FORMAT : AUTAN_OUT_OF_DOMAIN,
                   made.n_unreadable ? "no message can be read: it is damaged"
                                     : "reaches no station: it is of another area");
    g_array_free(s.list, TRUE);
    free(s.column);
    free(s.line);
    if (status == AUTAN_OK)
        *guidance = made;
    else
        autan_guidance_clear(&made);
    return status;
}

/* Members of a step that say anything. */
static size_t members_at(const autan_guidance *g, size_t step)
{
    size_t n = 0;
    for (size_t k = 0; k < g->n_members; k++) {
        size_t i = 0;
        while (i < g->n_stations &&
               isnan(g->value[(k * g->n_stations + i) * g->n_steps + step]))
            i++;
        n += i < g->n_stations ? 1 : 0;
    }
    return n;
}

static size_t find_step(const autan_guidance *g, autan_time time)
{
    size_t t = 0;
    while (t < g->n_steps && g->time[t] != time)
        t++;
    return t;
}

/* Copies a step's members that say anything, after `from` members of the target's. */
static void copy_step(const autan_guidance *g, size_t step, size_t from, size_t to_step,
                      autan_guidance *to)
{
    for (size_t k = 0; k < g->n_members; k++) {
        bool any = false;
        for (size_t i = 0; i < g->n_stations; i++) {
            const double value = g->value[(k * g->n_stations + i) * g->n_steps + step];
            if (isnan(value))
                continue;
            to->value[(from * to->n_stations + i) * to->n_steps + to_step] = value;
            any = true;
        }
        from += any ? 1 : 0;
    }
}

static int earlier(const void *a, const void *b)
{
    const autan_time x = *(const autan_time *)a, y = *(const autan_time *)b;
    return (x > y) - (x < y);
}

static size_t find_number(const autan_guidance *g, size_t n, long number)
{
    size_t k = 0;
    while (k < n && g->number[k] != number)
        k++;
    return k;
}

/* The numbers of both, the first one's first; NULL without memory. */
static long *union_of_numbers(const autan_guidance *a, const autan_guidance *b,
                              size_t *n)
{
    autan_guidance all = {
        .number = malloc((a->n_members + b->n_members) * sizeof *all.number)};
    *n = a->n_members;
    if (!all.number)
        return NULL;
    memcpy(all.number, a->number, a->n_members * sizeof *all.number);
    for (size_t k = 0; k < b->n_members; k++) {
        if (find_number(&all, *n, b->number[k]) == *n)
            all.number[(*n)++] = b->number[k];
    }
    return all.number;
}

/* Copies what members say to those of the same numbers. */
static void copy_numbered(const autan_guidance *g, autan_guidance *to)
{
    for (size_t k = 0; k < g->n_members; k++) {
        const size_t at = find_number(to, to->n_members, g->number[k]);
        for (size_t t = 0; t < g->n_steps; t++) {
            const size_t step = find_step(to, g->time[t]);
            for (size_t i = 0; i < g->n_stations; i++) {
                const double value = g->value[(k * g->n_stations + i) * g->n_steps + t];
                if (!isnan(value))
                    to->value[(at * to->n_stations + i) * to->n_steps + step] = value;
            }
        }
    }
}

autan_status autan_guidance_join(autan_guidance *g, const autan_guidance *other,
                                 const char *path, autan_error *err)
{
    const source s = {.path = path, .stations = NULL, .err = err};
    autan_guidance made = *g;
    size_t steps = g->n_steps, members = 1;
    const bool numbered = g->number && other->number;
    autan_time *time = malloc((g->n_steps + other->n_steps) * sizeof *time);
    if (!time)
        return refuse(&s, AUTAN_NO_MEMORY, "out of memory");
    if (other->reference != g->reference) {
        free(time);
        return refuse(&s, AUTAN_OUT_OF_DOMAIN,
                      "is of another run than the files before it");
    }
    memcpy(time, g->time, g->n_steps * sizeof *time);
    for (size_t t = 0; t < other->n_steps; t++) {
        if (find_step(g, other->time[t]) == g->n_steps)
            time[steps++] = other->time[t];
    }
    qsort(time, steps, sizeof *time, earlier);
    for (size_t t = 0; t < steps && !numbered; t++) {
        const size_t a = find_step(g, time[t]), b = find_step(other, time[t]);
        members = MAX(members, (a < g->n_steps ? members_at(g, a) : 0) +
                                   (b < other->n_steps ? members_at(other, b) : 0));
    }
    made.number = numbered ? union_of_numbers(g, other, &members) : NULL;
    made.n_members = members;
    made.n_steps = steps;
    made.time = time;
    made.value = malloc((members * g->n_stations * steps + 1) * sizeof *made.value);
    if (!made.value || (numbered && !made.number)) {
        free(time);
        free(made.value);
        free(made.number);
        return refuse(&s, AUTAN_NO_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < members * g->n_stations * steps; i++)
        made.value[i] = NAN;
    if (numbered) {
        copy_numbered(other, &made);
        copy_numbered(g, &made);
    }
    for (size_t t = 0; t < steps && !numbered; t++) {
        const size_t a = find_step(g, time[t]), b = find_step(other, time[t]);
        if (a < g->n_steps)
            copy_step(g, a, 0, t, &made);
        if (b < other->n_steps)
            copy_step(other, b, a < g->n_steps ? members_at(g, a) : 0, t, &made);
    }
    made.n_outside = MIN(g->n_outside, other->n_outside);
    made.n_unreadable += other->n_unreadable;
    autan_guidance_clear(g);
    *g = made;
    return AUTAN_OK;
}

double autan_guidance_at(const autan_guidance *g, size_t member, size_t station,
                         autan_time time)
{
    const double *value = g->value + (member * g->n_stations + station) * g->n_steps;
    size_t before = g->n_steps;
    for (size_t t = 0; t < g->n_steps && g->time[t] <= time; t++) {
        if (!isnan(value[t]))
            before = t;
    }
    if (before == g->n_steps)
        return NAN;
    if (g->time[before] == time)
        return value[before];
    for (size_t t = before + 1; t < g->n_steps; t++) {
        if (isnan(value[t]))
            continue;
        if (g->time[t] - g->time[before] > LONGEST_GAP_S)
            return NAN;
        const double share =
            (double)(time - g->time[before]) / (double)(g->time[t] - g->time[before]);
        return (1.0 - share) * value[before] + share * value[t];
    }
    return NAN;
}
