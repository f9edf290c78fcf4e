/* Map files: seen by NetCDF and GDAL, whole or not at all, and read back. */
#include <cpl_conv.h>
#include <gdal.h>
#include <glib.h>
#include <math.h>
#include <netcdf.h>
#include <ogr_srs_api.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/mapfile.h"
#include "support.h"

enum { NX = 7, NY = 5, TIMES = 3, HOUR = 3600 };
enum { START = 1561896000 }; /* date -u -d 2019-06-30T12:00Z +%s */

static autan_error err;
static autan_grid grid;
static autan_time hours[TIMES] = {START, START + HOUR, START + 2 * HOUR};
static const autan_map_attribute own[] = {{"rural_reference", "caf\xc3\xa9"},
                                          {"note", ""}};
static const autan_map_attribute globals[] = {{"title", "Maps"},
                                              {"summary", "Two maps"}};
static const autan_map_variable variables[] = {
    {.name = "air_temperature",
     .standard_name = "air_temperature",
     .long_name = "air temperature",
     .units = "degC",
     .cell_methods = "time: mean",
     .ancillary_variables = "spread",
     .comment = "a comment",
     .lowest = -60,
     .highest = 60,
     .n_attributes = 2,
     .attribute = own},
    {.name = "spread", .units = "K"},
};

static autan_mapfile_info description(const char *name)
{
    static char path[SUPPORT_PATH];
    snprintf(path, sizeof path, "%s", name);
    ck_assert_int_eq(autan_grid_make(572000, 6282000, 572000 + 100 * NX,
                                     6282000 + 100 * NY, 100, &grid),
                     AUTAN_OK);
    return (autan_mapfile_info){.path = path,
                                .grid = &grid,
                                .crs = "EPSG:2154",
                                .n_times = TIMES,
                                .time = hours,
                                .n_variables = 2,
                                .variable = variables,
                                .n_attributes = 2,
                                .attribute = globals,
                                .created = START};
}

/* A value that says where it belongs; every 13th is missing, of three kinds. */
static float value_at(size_t v, size_t t, size_t r, size_t c)
{
    static const float missing[] = {NAN, INFINITY, -INFINITY};
    size_t k = ((v * 50 + t) * 1000 + r) * 1000 + c;
    return k % 13 == 5 ? missing[k % 3] : (float)(k % 8191) / 100.0f - 40.0f;
}

static float *all_values(const autan_mapfile_info *info)
{
    const size_t nx = info->grid->nx, ny = info->grid->ny;
    float *value = malloc(info->n_variables * info->n_times * ny * nx * sizeof *value);
    float *at = value;
    for (size_t v = 0; v < info->n_variables; v++) {
        for (size_t t = 0; t < info->n_times; t++) {
            for (size_t r = 0; r < ny; r++) {
                for (size_t c = 0; c < nx; c++)
                    *at++ = value_at(v, t, r, c);
            }
        }
    }
    return value;
}

static autan_mapfile *create_good(const autan_mapfile_info *info)
{
    autan_mapfile *file = NULL;
    ck_assert_msg(autan_mapfile_create(info, &file, &err) == AUTAN_OK, "%s", err.text);
    return file;
}

/* Whole maps of a variable, from all values. */
static autan_map_block whole(const autan_mapfile_info *info, size_t v,
                             const float *value)
{
    const size_t cells = info->grid->nx * info->grid->ny;
    return (autan_map_block){.variable = v,
                             .n_times = info->n_times,
                             .n_rows = info->grid->ny,
                             .value = value + v * info->n_times * cells,
                             .time_stride = cells,
                             .row_stride = info->grid->nx};
}

static void write_good(autan_mapfile *file, autan_map_block block)
{
    ck_assert_msg(autan_mapfile_write(file, &block, &err) == AUTAN_OK, "%s", err.text);
}

static void finish_good(autan_mapfile *file)
{
    ck_assert_msg(autan_mapfile_finish(file, &err) == AUTAN_OK, "%s", err.text);
}

static void write_file(const autan_mapfile_info *info)
{
    autan_mapfile *file = create_good(info);
    float *value = all_values(info);
    for (size_t v = 0; v < info->n_variables; v++)
        write_good(file, whole(info, v, value));
    finish_good(file);
    free(value);
}

/* NetCDF's own view */

#define nc(call) ck_assert_msg((call) == NC_NOERR, "%s", #call)

static int nc_open_good(const char *path)
{
    int ncid;
    nc(nc_open(path, NC_NOWRITE, &ncid));
    return ncid;
}

static int nc_variable(int ncid, const char *name)
{
    int id = NC_GLOBAL;
    if (*name)
        nc(nc_inq_varid(ncid, name, &id));
    return id;
}

/* Text of an attribute; variable "" is the file. Static. */
static const char *nc_text(int ncid, const char *variable, const char *name)
{
    static char text[8192];
    size_t length;
    int id = nc_variable(ncid, variable);
    ck_assert_msg(nc_inq_attlen(ncid, id, name, &length) == NC_NOERR, "no %s:%s",
                  variable, name);
    ck_assert_uint_lt(length, sizeof text);
    nc(nc_get_att_text(ncid, id, name, text));
    text[length] = '\0';
    return text;
}

static double nc_number(int ncid, const char *variable, const char *name, size_t k)
{
    double value[8] = {0};
    size_t length;
    int id = nc_variable(ncid, variable);
    ck_assert_msg(nc_inq_attlen(ncid, id, name, &length) == NC_NOERR && length > k &&
                      length <= 8,
                  "no %s:%s[%zu]", variable, name, k);
    nc(nc_get_att_double(ncid, id, name, value));
    return value[k];
}

static bool nc_has(int ncid, const char *variable, const char *name)
{
    int at;
    return nc_inq_attid(ncid, nc_variable(ncid, variable), name, &at) == NC_NOERR;
}

/* Every value of the file against value_at, rounded to multiples of quantum. */
static void expect_values(const autan_mapfile_info *info, double quantum)
{
    const size_t nx = info->grid->nx, ny = info->grid->ny;
    float *got = malloc(info->n_times * ny * nx * sizeof *got);
    int ncid = nc_open_good(info->path);
    size_t wrong = 0;
    for (size_t v = 0; v < info->n_variables; v++) {
        nc(nc_get_var_float(ncid, nc_variable(ncid, info->variable[v].name), got));
        for (size_t k = 0; k < info->n_times * ny * nx; k++) {
            float want = value_at(v, k / nx / ny, k / nx % ny, k % nx);
            if (quantum > 0)
                want = (float)(rint(want / quantum) * quantum);
            wrong += got[k] != (isfinite(want) ? want : NC_FILL_FLOAT);
        }
    }
    ck_assert_uint_eq(wrong, 0);
    nc_close(ncid);
    free(got);
}

START_TEST(netcdf_reads_what_was_written_and_the_fill_where_it_is_missing)
{
    autan_mapfile_info info = description(temporary("a.nc"));
    write_file(&info);
    expect_values(&info, 0);
}
END_TEST

static const struct {
    const char *variable, *name, *text;
} texts[] = {
    {"", "Conventions", "CF-1.10, ACDD-1.3"},
    {"", "title", "Maps"},
    {"", "summary", "Two maps"},
    {"", "date_created", "2019-06-30T12:00:00Z"},
    {"", "time_coverage_start", "2019-06-30T12:00:00Z"},
    {"", "time_coverage_end", "2019-06-30T14:00:00Z"},
    {"", "time_coverage_duration", "PT2H"},
    {"", "time_coverage_resolution", "PT1H"},
    {"", "geospatial_lat_units", "degrees_north"},
    {"", "geospatial_lon_units", "degrees_east"},
    {"time", "units", "seconds since 1970-01-01T00:00:00Z"},
    {"time", "standard_name", "time"},
    {"time", "calendar", "standard"},
    {"time", "axis", "T"},
    {"y", "units", "m"},
    {"y", "standard_name", "projection_y_coordinate"},
    {"y", "axis", "Y"},
    {"x", "units", "m"},
    {"x", "standard_name", "projection_x_coordinate"},
    {"x", "axis", "X"},
    {"air_temperature", "standard_name", "air_temperature"},
    {"air_temperature", "long_name", "air temperature"},
    {"air_temperature", "units", "degC"},
    {"air_temperature", "cell_methods", "time: mean"},
    {"air_temperature", "ancillary_variables", "spread"},
    {"air_temperature", "comment", "a comment"},
    {"air_temperature", "grid_mapping", "crs"},
    {"air_temperature", "rural_reference", "caf\xc3\xa9"},
    {"air_temperature", "note", ""},
    {"spread", "units", "K"},
    {"spread", "grid_mapping", "crs"},
    {"crs", "grid_mapping_name", "lambert_conformal_conic"},
    {"crs", "GeoTransform", "572000 100 0 6282500 0 -100"},
};

/* CF-1.10 chapters 4 and 5; shared/PITFALLS.md on NetCDF as others see it. */
START_TEST(attributes_and_axes_are_as_cf_and_acdd_have_them)
{
    autan_mapfile_info info = description(temporary("a.nc"));
    double x[NX], y[NY], time[TIMES];
    nc_type type;
    int ncid, dimension[3], rank;
    char name[NC_MAX_NAME + 1];
    write_file(&info);
    ncid = nc_open_good(info.path);
    for (size_t k = 0; k < G_N_ELEMENTS(texts); k++)
        ck_assert_str_eq(nc_text(ncid, texts[k].variable, texts[k].name),
                         texts[k].text);
    nc(nc_get_var_double(ncid, nc_variable(ncid, "x"), x));
    nc(nc_get_var_double(ncid, nc_variable(ncid, "y"), y));
    nc(nc_get_var_double(ncid, nc_variable(ncid, "time"), time));
    for (int k = 0; k < NX; k++)
        ck_assert_double_eq(x[k], 572050 + 100 * k);
    for (int k = 0; k < NY; k++)
        ck_assert_double_eq(y[k], 6282450 - 100 * k);
    for (int k = 0; k < TIMES; k++)
        ck_assert_double_eq(time[k], (double)hours[k]);
    for (const char *const *axis = (const char *const[]){"time", "y", "x", NULL}; *axis;
         axis++) {
        nc(nc_inq_vartype(ncid, nc_variable(ncid, *axis), &type));
        ck_assert_int_eq(type, NC_DOUBLE);
        ck_assert(!nc_has(ncid, *axis, "_FillValue"));
    }
    nc(nc_inq_var(ncid, nc_variable(ncid, "spread"), NULL, &type, &rank, dimension,
                  NULL));
    ck_assert_int_eq(type, NC_FLOAT);
    ck_assert_int_eq(rank, 3);
    for (int k = 0; k < 3; k++) {
        nc(nc_inq_dimname(ncid, dimension[k], name));
        ck_assert_str_eq(name, ((const char *const[]){"time", "y", "x"})[k]);
    }
    ck_assert_double_eq(nc_number(ncid, "spread", "_FillValue", 0), NC_FILL_FLOAT);
    ck_assert_double_eq(nc_number(ncid, "air_temperature", "valid_min", 0), -60);
    ck_assert_double_eq(nc_number(ncid, "air_temperature", "valid_max", 0), 60);
    ck_assert(!nc_has(ncid, "spread", "valid_min"));
    ck_assert(!nc_has(ncid, "spread", "standard_name"));
    nc_close(ncid);
}
END_TEST

/* The corners by gdaltransform -s_srs EPSG:2154 -t_srs EPSG:4326. */
START_TEST(the_box_holds_the_corners_of_the_grid)
{
    autan_mapfile_info info = description(temporary("a.nc"));
    int ncid;
    write_file(&info);
    ncid = nc_open_good(info.path);
    ck_assert_double_eq_tol(nc_number(ncid, "", "geospatial_lon_min", 0),
                            1.41430104175671, 1e-8);
    ck_assert_double_eq_tol(nc_number(ncid, "", "geospatial_lon_max", 0),
                            1.42309420343056, 1e-8);
    ck_assert_double_eq_tol(nc_number(ncid, "", "geospatial_lat_min", 0),
                            43.6254817340302, 1e-8);
    ck_assert_double_eq_tol(nc_number(ncid, "", "geospatial_lat_max", 0),
                            43.6301058612848, 1e-8);
    nc_close(ncid);
}
END_TEST

/* Parameters from the EPSG registry; CF-1.10 appendix F names them. */
static const struct {
    const char *crs, *name;
    struct {
        const char *name;
        size_t k;
        double value;
    } parameter[6];
} projections[] = {
    {"EPSG:2154",
     "lambert_conformal_conic",
     {{"standard_parallel", 0, 49},
      {"standard_parallel", 1, 44},
      {"longitude_of_central_meridian", 0, 3},
      {"latitude_of_projection_origin", 0, 46.5},
      {"false_easting", 0, 700000},
      {"inverse_flattening", 0, 298.257222101}}},
    {"EPSG:32632",
     "transverse_mercator",
     {{"scale_factor_at_central_meridian", 0, 0.9996},
      {"longitude_of_central_meridian", 0, 9},
      {"latitude_of_projection_origin", 0, 0},
      {"false_easting", 0, 500000},
      {"false_northing", 0, 0},
      {"semi_major_axis", 0, 6378137}}},
    {"EPSG:3035",
     "lambert_azimuthal_equal_area",
     {{"longitude_of_projection_origin", 0, 10},
      {"latitude_of_projection_origin", 0, 52},
      {"false_easting", 0, 4321000},
      {"false_northing", 0, 3210000}}},
    {"EPSG:27572", /* one scaled parallel, from Paris */
     "lambert_conformal_conic",
     {{"longitude_of_prime_meridian", 0, 2.33722917},
      {"false_northing", 0, 2200000},
      {"latitude_of_projection_origin", 0, 46.8}}},
    {"EPSG:3857", "mercator", {{"inverse_flattening", 0, 0}}},
    {"EPSG:5514", NULL, {{NULL, 0, 0}}}, /* Krovak: CF has no name for it */
};

static OGRSpatialReferenceH srs_of(const char *text)
{
    OGRSpatialReferenceH srs = OSRNewSpatialReference(NULL);
    ck_assert_int_eq(OSRSetFromUserInput(srs, text), OGRERR_NONE);
    OSRSetAxisMappingStrategy(srs, OAMS_TRADITIONAL_GIS_ORDER);
    return srs;
}

START_TEST(the_projection_is_said_three_ways)
{
    autan_mapfile_info info = description(temporary("crs.nc"));
    OGRSpatialReferenceH want = srs_of(projections[_i].crs), got;
    char code[32];
    int ncid;
    info.crs = projections[_i].crs;
    /* Near the false origin, which all of them have in their reach. */
    ck_assert_int_eq(autan_grid_make(500000, 2000000, 500700, 2000500, 100, &grid),
                     AUTAN_OK);
    if (strcmp(info.crs, "EPSG:5514") == 0)
        ck_assert_int_eq(
            autan_grid_make(-700000, -1100000, -699300, -1099500, 100, &grid),
            AUTAN_OK);
    write_file(&info);
    ncid = nc_open_good(info.path);
    ck_assert_int_eq(nc_has(ncid, "crs", "grid_mapping_name"),
                     projections[_i].name != NULL);
    if (projections[_i].name)
        ck_assert_str_eq(nc_text(ncid, "crs", "grid_mapping_name"),
                         projections[_i].name);
    for (int k = 0; k < 6 && projections[_i].parameter[k].name; k++)
        ck_assert_double_eq_tol(nc_number(ncid, "crs",
                                          projections[_i].parameter[k].name,
                                          projections[_i].parameter[k].k),
                                projections[_i].parameter[k].value, 1e-8);
    ck_assert_ptr_eq(strstr(nc_text(ncid, "crs", "crs_wkt"), "PROJCRS["),
                     nc_text(ncid, "crs", "crs_wkt"));
    snprintf(code, sizeof code, "ID[\"EPSG\",%s]", strchr(info.crs, ':') + 1);
    ck_assert_ptr_nonnull(strstr(nc_text(ncid, "crs", "crs_wkt"), code));
    for (int k = 0; k < 2; k++) {
        got = srs_of(nc_text(ncid, "crs", k ? "spatial_ref" : "crs_wkt"));
        ck_assert_msg(OSRIsSame(got, want), "%s", info.crs);
        OSRDestroySpatialReference(got);
    }
    OSRDestroySpatialReference(want);
    nc_close(ncid);
}
END_TEST

/* IGN, NT/G 71: Lambert zone II is true on 45 deg 53' 56.108" N and 47 deg 41' 45.652"
 * N (its scale is 0.99987742 on 46 deg 48' N). */
START_TEST(a_cone_of_one_scaled_parallel_has_the_two_it_is_true_on)
{
    autan_mapfile_info info = description(temporary("crs.nc"));
    int ncid;
    double low, high;
    info.crs = "EPSG:27572";
    ck_assert_int_eq(autan_grid_make(500000, 2000000, 500700, 2000500, 100, &grid),
                     AUTAN_OK);
    write_file(&info);
    ncid = nc_open_good(info.path);
    low = nc_number(ncid, "crs", "standard_parallel", 0);
    high = nc_number(ncid, "crs", "standard_parallel", 1);
    if (low > high) {
        double kept = low;
        low = high;
        high = kept;
    }
    ck_assert_double_eq_tol(low, 45.89891889, 1e-6);
    ck_assert_double_eq_tol(high, 47.69601444, 1e-6);
    nc_close(ncid);
}
END_TEST

START_TEST(gdal_finds_every_value_at_its_place)
{
    autan_mapfile_info info = description(temporary("a.nc"));
    char name[SUPPORT_PATH + 64];
    double transform[6];
    GDALDatasetH file;
    OGRSpatialReferenceH want = srs_of("EPSG:2154");
    write_file(&info);
    GDALAllRegister();
    snprintf(name, sizeof name, "NETCDF:\"%s\":air_temperature", info.path);
    file = GDALOpen(name, GA_ReadOnly);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(GDALGetRasterXSize(file), NX);
    ck_assert_int_eq(GDALGetRasterYSize(file), NY);
    ck_assert_int_eq(GDALGetRasterCount(file), TIMES);
    ck_assert_int_eq(GDALGetGeoTransform(file, transform), CE_None);
    ck_assert_double_eq(transform[0], 572000);
    ck_assert_double_eq(transform[1], 100);
    ck_assert_double_eq(transform[3], 6282500);
    ck_assert_double_eq(transform[5], -100);
    ck_assert(OSRIsSame(GDALGetSpatialRef(file), want));
    for (int t = 0; t < TIMES; t++) {
        GDALRasterBandH band = GDALGetRasterBand(file, t + 1);
        char hour[32];
        float value[NX * NY];
        snprintf(hour, sizeof hour, "%d", START + t * HOUR);
        ck_assert_str_eq(GDALGetMetadataItem(band, "NETCDF_DIM_time", NULL), hour);
        ck_assert_double_eq(GDALGetRasterNoDataValue(band, NULL),
                            (double)NC_FILL_FLOAT);
        ck_assert_int_eq(
            GDALRasterIO(band, GF_Read, 0, 0, NX, NY, value, NX, NY, GDT_Float32, 0, 0),
            CE_None);
        for (size_t k = 0; k < NX * NY; k++) {
            float at = value_at(0, (size_t)t, k / NX, k % NX);
            ck_assert_float_eq(value[k], isfinite(at) ? at : NC_FILL_FLOAT);
        }
    }
    GDALClose(file);
    OSRDestroySpatialReference(want);
}
END_TEST

START_TEST(a_variable_without_time_is_written_once_and_has_two_dimensions)
{
    autan_mapfile_info info = description(temporary("flat.nc"));
    autan_map_variable variable[2] = {info.variable[0], info.variable[1]};
    float *value = all_values(&info), got[NX * NY];
    autan_mapfile *file;
    autan_map_block block;
    int ncid, id, rank;
    info.n_variables = 2;
    info.variable = variable;
    variable[1].timeless = true;
    variable[1].quantum = 0;
    file = create_good(&info);
    write_good(file, whole(&info, 0, value));
    block = whole(&info, 1, value);
    ck_assert_int_eq(autan_mapfile_write(file, &block, &err), AUTAN_BAD_ARGUMENT);
    autan_mapfile_abandon(file);
    file = create_good(&info);
    write_good(file, whole(&info, 0, value));
    block.n_times = 1;
    write_good(file, block);
    ck_assert_int_eq(autan_mapfile_write(file, &block, &err), AUTAN_BAD_ARGUMENT);
    autan_mapfile_abandon(file);
    file = create_good(&info);
    write_good(file, block);
    write_good(file, whole(&info, 0, value));
    finish_good(file);
    ncid = nc_open_good(info.path);
    nc(nc_inq_varid(ncid, variable[1].name, &id));
    nc(nc_inq_varndims(ncid, id, &rank));
    ck_assert_int_eq(rank, 2);
    nc(nc_get_var_float(ncid, id, got));
    for (size_t k = 0; k < NX * NY; k++) {
        float at = value_at(1, 0, k / NX, k % NX);
        ck_assert_float_eq(got[k], isfinite(at) ? at : NC_FILL_FLOAT);
    }
    nc_close(ncid);
    free(value);
}
END_TEST

/* shared/PITFALLS.md: a bounds variable would make GDAL list subdatasets. */
START_TEST(gdal_opens_a_file_of_one_variable_without_being_told_which)
{
    autan_mapfile_info info = description(temporary("one.nc"));
    GDALDatasetH file;
    info.n_variables = 1;
    write_file(&info);
    GDALAllRegister();
    file = GDALOpen(info.path, GA_ReadOnly);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(GDALGetRasterCount(file), TIMES);
    GDALClose(file);
}
END_TEST

/* Writing */

START_TEST(a_chunk_holds_whole_rows_and_about_256_kib)
{
    static const struct {
        size_t nx, ny, rows;
    } shape[] = {{1, 1, 1},      {380, 340, 170}, {1000, 1000, 63},  {65536, 10, 1},
                 {65537, 10, 1}, {1 << 20, 3, 1}, {10, 100000, 6250}};
    for (size_t k = 0; k < G_N_ELEMENTS(shape); k++) {
        autan_grid g = {.nx = shape[k].nx, .ny = shape[k].ny};
        size_t rows = autan_mapfile_chunk_rows(&g);
        ck_assert_uint_eq(rows, shape[k].rows);
        ck_assert(rows == 1 || rows * g.nx * sizeof(float) <= 1 << 18);
    }
}
END_TEST

/* 700 x 401 cells: five chunks a map, the last one not full. */
static autan_mapfile_info large(const char *path)
{
    autan_mapfile_info info = description(path);
    ck_assert_int_eq(autan_grid_make(0, 6000000, 7000, 6004010, 10, &grid), AUTAN_OK);
    return info;
}

START_TEST(blocks_may_come_in_any_order_and_with_strides)
{
    autan_mapfile_info info = large(temporary("blocks.nc"));
    const size_t rows = autan_mapfile_chunk_rows(&grid),
                 n = (grid.ny + rows - 1) / rows;
    autan_mapfile *file = create_good(&info);
    float *value = all_values(&info);
    ck_assert_uint_gt(n, 3);
    ck_assert_uint_ne(grid.ny % rows, 0);
    for (size_t v = 2; v-- > 0;) {
        for (size_t k = n; k-- > 0;) {
            autan_map_block b = whole(&info, v, value);
            b.first_row = k * rows;
            b.n_rows = k == n - 1 ? grid.ny - b.first_row : rows;
            b.value += b.first_row * grid.nx;
            b.first_time = 1;
            b.n_times = 2;
            b.value += b.time_stride;
            write_good(file, b);
            b.value -= b.time_stride;
            b.first_time = 0;
            b.n_times = 1;
            write_good(file, b);
        }
    }
    finish_good(file);
    expect_values(&info, 0);
    free(value);
}
END_TEST

/* Maps of the hours in turn from the last to the first, and a constant off each. */
START_TEST(maps_may_come_in_the_order_of_any_hours_and_less_a_constant)
{
    autan_mapfile_info info = large(temporary("hours.nc"));
    autan_map_variable rounded[2] = {variables[0], variables[1]};
    autan_mapfile *file;
    const size_t cells = grid.nx * grid.ny;
    float *value = all_values(&info), *turned = malloc(TIMES * cells * sizeof *turned);
    size_t time[TIMES];
    double less[TIMES];
    autan_map_block b;
    rounded[0].quantum = rounded[1].quantum = 1.0 / 16;
    info.variable = rounded;
    file = create_good(&info);
    for (size_t t = 0; t < TIMES; t++) {
        time[t] = TIMES - 1 - t;
        less[t] = 16.0 * (double)t;
    }
    for (size_t v = 0; v < info.n_variables; v++) {
        b = whole(&info, v, value);
        for (size_t k = 0; k < TIMES * cells; k++)
            turned[k] = b.value[time[k / cells] * b.time_stride + k % cells] +
                        (float)less[k / cells];
        b.value = turned;
        b.time_stride = cells;
        b.row_stride = grid.nx;
        ck_assert_int_eq(autan_mapfile_write_times(file, &b, time, less, &err),
                         AUTAN_OK);
    }
    b.n_times = 1;
    time[0] = TIMES;
    ck_assert_int_eq(autan_mapfile_write_times(file, &b, time, NULL, &err),
                     AUTAN_BAD_ARGUMENT);
    assert_error(&err, AUTAN_BAD_ARGUMENT, info.path, "outside");
    ck_assert_int_eq(autan_mapfile_finish(file, &err), AUTAN_OK);
    expect_values(&info, 1.0 / 16);
    free(value);
    free(turned);
}
END_TEST

START_TEST(what_is_never_written_is_missing)
{
    autan_mapfile_info info = large(temporary("part.nc"));
    autan_mapfile *file = create_good(&info);
    float *value = all_values(&info), *got;
    autan_map_block b = whole(&info, 0, value);
    int ncid;
    b.n_times = 1;
    b.n_rows = autan_mapfile_chunk_rows(&grid);
    write_good(file, b);
    finish_good(file);
    got = malloc(TIMES * grid.ny * grid.nx * sizeof *got);
    ncid = nc_open_good(info.path);
    nc(nc_get_var_float(ncid, nc_variable(ncid, "air_temperature"), got));
    ck_assert_float_eq(got[0], value[0]);
    ck_assert_float_eq(got[b.n_rows * grid.nx], NC_FILL_FLOAT);
    ck_assert_float_eq(got[grid.ny * grid.nx], NC_FILL_FLOAT);
    nc(nc_get_var_float(ncid, nc_variable(ncid, "spread"), got));
    ck_assert_float_eq(got[0], NC_FILL_FLOAT);
    nc_close(ncid);
    free(got);
    free(value);
}
END_TEST

START_TEST(values_are_rounded_to_multiples_of_the_quantum)
{
    autan_mapfile_info info = description(temporary("q.nc"));
    autan_map_variable rounded[2] = {variables[0], variables[1]};
    rounded[0].quantum = rounded[1].quantum = 1.0 / 16;
    info.variable = rounded;
    write_file(&info);
    expect_values(&info, 1.0 / 16);
}
END_TEST

START_TEST(bytes_do_not_depend_on_the_number_of_threads)
{
    char *first = NULL;
    size_t length = 0;
    for (int n = 1; n <= 3; n++) {
        autan_mapfile_info info = large(temporary("threads.nc"));
        size_t got;
        char *bytes;
        omp_set_num_threads(n);
        write_file(&info);
        bytes = read_file(info.path, &got);
        if (first) {
            ck_assert_uint_eq(got, length);
            ck_assert_int_eq(memcmp(bytes, first, got), 0);
            free(bytes);
        } else {
            first = bytes;
            length = got;
        }
    }
    free(first);
}
END_TEST

START_TEST(the_coverage_says_durations_in_what_is_whole)
{
    static const struct {
        autan_time time[3];
        size_t n;
        const char *duration, *resolution;
    } cases[] = {
        {{0, 900, 1800}, 3, "PT30M", "PT15M"},
        {{0, 10, 20}, 3, "PT20S", "PT10S"},
        {{0, HOUR, 3 * HOUR}, 3, "PT3H", NULL},
        {{-HOUR}, 1, "PT0H", NULL},
    };
    for (size_t k = 0; k < G_N_ELEMENTS(cases); k++) {
        autan_mapfile_info info = description(temporary("coverage.nc"));
        int ncid;
        info.time = cases[k].time;
        info.n_times = cases[k].n;
        write_file(&info);
        ncid = nc_open_good(info.path);
        ck_assert_str_eq(nc_text(ncid, "", "time_coverage_duration"),
                         cases[k].duration);
        ck_assert_int_eq(nc_has(ncid, "", "time_coverage_resolution"),
                         cases[k].resolution != NULL);
        if (cases[k].resolution)
            ck_assert_str_eq(nc_text(ncid, "", "time_coverage_resolution"),
                             cases[k].resolution);
        nc_close(ncid);
    }
}
END_TEST

START_TEST(a_global_attribute_given_takes_the_place_of_the_written_one)
{
    static const autan_map_attribute given[] = {{"Conventions", "CF-1.10"},
                                                {"time_coverage_duration", "P1D"}};
    autan_mapfile_info info = description(temporary("given.nc"));
    int ncid;
    info.attribute = given;
    write_file(&info);
    ncid = nc_open_good(info.path);
    ck_assert_str_eq(nc_text(ncid, "", "Conventions"), "CF-1.10");
    ck_assert_str_eq(nc_text(ncid, "", "time_coverage_duration"), "P1D");
    nc_close(ncid);
}
END_TEST

/* Refused */

static void expect_not_created(const autan_mapfile_info *info, autan_status status,
                               const char *part)
{
    autan_mapfile *file = (autan_mapfile *)&file;
    ck_assert_msg(autan_mapfile_create(info, &file, &err) == status, "%s: %s", part,
                  err.text);
    assert_error(&err, status, part);
    ck_assert_ptr_eq(file, &file);
    ck_assert_int_eq(autan_mapfile_create(info, &file, NULL), status);
    ck_assert_uint_eq(count_entries(temporary("f")), 0);
}

START_TEST(a_description_that_makes_no_file_is_refused)
{
    static const autan_time equal[TIMES] = {5, 6, 6};
    static const autan_grid wide = {0, 0, 1, 1, 1, (1 << 20) + 1, 1},
                            flat = {0, 0, 1, 1, 1, 1, 0};
    autan_mapfile_info good = description(temporary("f/a.nc")), info = good;
    make_folder("f");
    info.n_times = 0;
    expect_not_created(&info, AUTAN_BAD_ARGUMENT, "0 times");
    info = good;
    info.n_variables = 0;
    expect_not_created(&info, AUTAN_BAD_ARGUMENT, "0 variables");
    info = good;
    info.time = equal;
    expect_not_created(&info, AUTAN_BAD_ARGUMENT, "do not ascend");
    info = good;
    info.grid = &wide;
    expect_not_created(&info, AUTAN_OUT_OF_DOMAIN, "1048577 x 1 cells");
    info.grid = &flat;
    expect_not_created(&info, AUTAN_OUT_OF_DOMAIN, "1 x 0 cells");
    info = good;
    info.crs = "EPSG:99999";
    expect_not_created(&info, AUTAN_BAD_CONFIG, "EPSG:99999");
    info.crs = "nonsense";
    expect_not_created(&info, AUTAN_BAD_CONFIG, "nonsense");
    info.crs = "EPSG:4326";
    expect_not_created(&info, AUTAN_BAD_CONFIG, "projected one in metres");
    info.crs = "EPSG:2225"; /* California, US survey feet */
    expect_not_created(&info, AUTAN_BAD_CONFIG, "projected one in metres");
    info = good;
    info.path = temporary("nowhere/a.nc");
    expect_not_created(&info, AUTAN_IO, "nowhere/a.nc: cannot be written");
    info.path = temporary("f");
    expect_not_created(&info, AUTAN_IO, "Is a directory");
}
END_TEST

static const struct {
    autan_map_variable variable;
    autan_status status;
    const char *part;
} bad_variables[] = {
    {{.name = NULL}, AUTAN_BAD_ARGUMENT, "named ''"},
    {{.name = ""}, AUTAN_BAD_ARGUMENT, "named ''"},
    {{.name = "2m"}, AUTAN_BAD_ARGUMENT, "named '2m'"},
    {{.name = "_x"}, AUTAN_BAD_ARGUMENT, "named '_x'"},
    {{.name = "a b"}, AUTAN_BAD_ARGUMENT, "named 'a b'"},
    {{.name = "../x"}, AUTAN_BAD_ARGUMENT, "named '../x'"},
    {{.name = "time"}, AUTAN_BAD_ARGUMENT, "two variables of the name time"},
    {{.name = "crs"}, AUTAN_BAD_ARGUMENT, "two variables of the name crs"},
    {{.name = "air_temperature"}, AUTAN_BAD_ARGUMENT, "two variables of the name air"},
    {{.name = "a", .units = "\xe9"}, AUTAN_BAD_ARGUMENT, "a text of a is not UTF-8"},
    {{.name = "a", .comment = "\xff"}, AUTAN_BAD_ARGUMENT, "a text of a is not UTF-8"},
    {{.name = "a", .lowest = NAN}, AUTAN_OUT_OF_DOMAIN, "limits nan to 0"},
    {{.name = "a", .highest = INFINITY}, AUTAN_OUT_OF_DOMAIN, "limits 0 to inf"},
    {{.name = "a", .quantum = -1}, AUTAN_OUT_OF_DOMAIN, "quantum -1"},
    {{.name = "a", .quantum = 1e-31}, AUTAN_OUT_OF_DOMAIN, "quantum 1e-31"},
    {{.name = "a", .quantum = NAN}, AUTAN_OUT_OF_DOMAIN, "quantum nan"},
    {{.name = "a",
      .n_attributes = 1,
      .attribute = &(const autan_map_attribute){"b c", "d"}},
     AUTAN_BAD_ARGUMENT,
     "an attribute of a is named 'b c'"},
    {{.name = "a",
      .n_attributes = 1,
      .attribute = &(const autan_map_attribute){"b", NULL}},
     AUTAN_BAD_ARGUMENT,
     "a:b"},
    {{.name = "a",
      .n_attributes = 1,
      .attribute = &(const autan_map_attribute){"b", "\xff"}},
     AUTAN_BAD_ARGUMENT,
     "a:b is not UTF-8"},
};

START_TEST(a_variable_that_cannot_be_written_is_refused)
{
    autan_mapfile_info info = description(temporary("f/a.nc"));
    const autan_map_variable list[2] = {variables[0], bad_variables[_i].variable};
    make_folder("f");
    info.variable = list;
    expect_not_created(&info, bad_variables[_i].status, bad_variables[_i].part);
}
END_TEST

START_TEST(a_global_attribute_that_cannot_be_written_is_refused)
{
    static const autan_map_attribute unnamed = {NULL, "x"};
    autan_mapfile_info info = description(temporary("f/a.nc"));
    make_folder("f");
    info.n_attributes = 1;
    info.attribute = &unnamed;
    expect_not_created(&info, AUTAN_BAD_ARGUMENT,
                       "an attribute of the file is named ''");
}
END_TEST

START_TEST(a_block_outside_the_file_across_chunks_or_twice_is_refused)
{
    autan_mapfile_info info = large(temporary("bad.nc"));
    autan_mapfile *file = create_good(&info);
    float *value = all_values(&info);
    const autan_map_block good = whole(&info, 0, value);
    const size_t rows = autan_mapfile_chunk_rows(&grid);
    const struct {
        autan_map_block block;
        const char *part;
    } bad[] = {
        {{2, 0, 1, 0, rows, value, 0, 700}, "outside"},
        {{0, TIMES, 1, 0, rows, value, 0, 700}, "outside"},
        {{0, 1, TIMES, 0, rows, value, 0, 700}, "outside"},
        {{0, 0, 0, 0, rows, value, 0, 700}, "outside"},
        {{0, (size_t)-1, 2, 0, rows, value, 0, 700}, "outside"},
        {{0, 0, 1, 0, 0, value, 0, 700}, "outside"},
        {{0, 0, 1, 0, grid.ny + 1, value, 0, 700}, "outside"},
        {{0, 0, 1, rows, (size_t)-1, value, 0, 700}, "outside"},
        {{0, 0, 1, 1, rows, value, 0, 700}, "not whole chunks"},
        {{0, 0, 1, 0, rows - 1, value, 0, 700}, "not whole chunks"},
        {{0, 0, 1, 0, rows + 1, value, 0, 700}, "not whole chunks"},
    };
    for (size_t k = 0; k < G_N_ELEMENTS(bad); k++) {
        ck_assert_int_eq(autan_mapfile_write(file, &bad[k].block, &err),
                         AUTAN_BAD_ARGUMENT);
        assert_error(&err, AUTAN_BAD_ARGUMENT, info.path, bad[k].part);
    }
    write_good(file, good);
    ck_assert_int_eq(autan_mapfile_write(file, &good, &err), AUTAN_BAD_ARGUMENT);
    assert_error(&err, AUTAN_BAD_ARGUMENT, info.path, "written twice");
    autan_mapfile_abandon(file);
    autan_mapfile_abandon(NULL);
    free(value);
}
END_TEST

/* Whole or not at all */

/* The file of that name holds the text "before", and nothing is beside it. */
static void expect_untouched(void)
{
    size_t length;
    char *text = read_file(temporary("f/a.nc"), &length);
    ck_assert_str_eq(text, "before");
    free(text);
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
}

START_TEST(until_it_is_finished_the_file_of_that_name_is_as_it_was)
{
    autan_mapfile_info info;
    autan_mapfile *file;
    float *value;
    make_folder("f");
    info = large(write_text("f/a.nc", "before"));
    value = all_values(&info);
    file = create_good(&info);
    write_good(file, whole(&info, 0, value));
    ck_assert_uint_eq(count_entries(temporary("f")), 2);
    autan_mapfile_abandon(file);
    expect_untouched();
    free(value);
}
END_TEST

START_TEST(two_writers_of_one_file_do_not_meet)
{
    autan_mapfile_info info;
    autan_mapfile *first, *second;
    float *value;
    make_folder("f");
    info = description(temporary("f/a.nc"));
    value = all_values(&info);
    first = create_good(&info);
    second = create_good(&info);
    for (size_t v = 0; v < 2; v++) {
        write_good(second, whole(&info, v, value));
        write_good(first, whole(&info, v, value));
    }
    finish_good(first);
    expect_values(&info, 0);
    finish_good(second);
    expect_values(&info, 0);
    ck_assert_uint_eq(count_entries(temporary("f")), 1);
    free(value);
}
END_TEST

/* Creates, writes everything and finishes, up to the first failure. */
static autan_status try_all(const autan_mapfile_info *info, const char **where)
{
    float *value = all_values(info);
    autan_mapfile *file = NULL;
    autan_status status = autan_mapfile_create(info, &file, &err);
    *where = "create";
    for (size_t v = 0; v < info->n_variables && status == AUTAN_OK; v++) {
        autan_map_block block = whole(info, v, value);
        status = autan_mapfile_write(file, &block, &err);
        *where = "write";
    }
    free(value);
    if (status != AUTAN_OK) {
        autan_mapfile_abandon(file);
        return status;
    }
    *where = "finish";
    return autan_mapfile_finish(file, &err);
}

/* The file without values has 64 KiB, the whole 800. */
START_TEST(a_file_that_cannot_grow_is_an_error_wherever_it_stops)
{
    static const size_t most[] = {0, 1000, 60000, 70000, 300000, 800000};
    autan_mapfile_info info;
    const char *where;
    make_folder("f");
    info = large(write_text("f/a.nc", "before"));
    limit_file_size(most[_i]);
    ck_assert_int_eq(try_all(&info, &where), AUTAN_IO);
    assert_error(&err, AUTAN_IO, info.path, "cannot be written: File too large");
    ck_assert_str_eq(where, most[_i] < 65536 ? "create" : "write");
    expect_untouched();
}
END_TEST

START_TEST(a_full_disk_is_an_error_wherever_it_stops)
{
    static const size_t kib[] = {8, 32, 128, 512, 768};
    autan_mapfile_info info;
    const char *where;
    make_folder("f");
    if (!mount_small_disk(temporary("f"), kib[_i] * 1024))
        return;
    info = large(write_text("f/a.nc", "before"));
    ck_assert_int_eq(try_all(&info, &where), AUTAN_IO);
    assert_error(&err, AUTAN_IO, info.path, "cannot be written: No space left");
    expect_untouched();
}
END_TEST

/* The path of the only temporary file of the folder. */
static const char *find_temporary(void)
{
    static char path[SUPPORT_PATH];
    GDir *dir = g_dir_open(temporary("f"), 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir)) && !g_str_has_suffix(name, ".tmp"))
        ;
    ck_assert_ptr_nonnull(name);
    snprintf(path, sizeof path, "%s/%s", temporary("f"), name);
    g_dir_close(dir);
    return path;
}

START_TEST(what_the_disk_did_not_keep_is_noticed_before_the_file_gets_its_name)
{
    autan_mapfile_info info;
    autan_mapfile *file;
    float *value;
    FILE *disk;
    long length;
    make_folder("f");
    info = large(write_text("f/a.nc", "before"));
    value = all_values(&info);
    file = create_good(&info);
    for (size_t v = 0; v < 2; v++)
        write_good(file, whole(&info, v, value));
    disk = fopen(find_temporary(), "r+b");
    ck_assert_ptr_nonnull(disk);
    fseek(disk, 0, SEEK_END);
    length = ftell(disk);
    fseek(disk, length - 3000, SEEK_SET);
    for (int k = 0; k < 1000; k++)
        fputc(0xa5, disk);
    fclose(disk);
    ck_assert_int_eq(autan_mapfile_finish(file, &err), AUTAN_IO);
    assert_error(&err, AUTAN_IO, info.path, "read back");
    expect_untouched();
    free(value);
}
END_TEST

/* Reading */

static autan_mapfile_reader *open_good(const char *path)
{
    autan_mapfile_reader *reader = NULL;
    ck_assert_msg(autan_mapfile_open_read(path, &reader, &err) == AUTAN_OK, "%s",
                  err.text);
    return reader;
}

static const char *attribute_of(size_t n, const autan_map_attribute *attribute,
                                const char *name)
{
    for (size_t k = 0; k < n; k++) {
        if (strcmp(attribute[k].name, name) == 0)
            return attribute[k].value;
    }
    return NULL;
}

START_TEST(a_file_read_back_says_what_was_written)
{
    autan_mapfile_info info = large(temporary("a.nc"));
    autan_mapfile_reader *reader;
    const autan_mapfile_info *got;
    float *value = malloc(700 * 401 * sizeof *value);
    size_t wrong = 0;
    OGRSpatialReferenceH want = srs_of("EPSG:2154"), crs;
    write_file(&info);
    reader = open_good(info.path);
    got = autan_mapfile_contents(reader);
    ck_assert_str_eq(got->path, info.path);
    ck_assert_uint_eq(got->n_times, TIMES);
    ck_assert_int_eq(memcmp(got->time, hours, sizeof hours), 0);
    ck_assert_uint_eq(got->n_variables, 2);
    ck_assert_uint_eq(got->grid->nx, 700);
    ck_assert_uint_eq(got->grid->ny, 401);
    ck_assert_double_eq(got->grid->xmin, 0);
    ck_assert_double_eq(got->grid->ymax, 6004010);
    ck_assert_double_eq(got->grid->resolution, 10);
    crs = srs_of(got->crs);
    ck_assert(OSRIsSame(crs, want));
    ck_assert_str_eq(got->variable[0].name, "air_temperature");
    ck_assert_str_eq(got->variable[0].units, "degC");
    ck_assert_str_eq(got->variable[0].cell_methods, "time: mean");
    ck_assert_double_eq(got->variable[0].highest, 60);
    ck_assert_double_eq(got->variable[0].quantum, 0);
    ck_assert_str_eq(attribute_of(got->variable[0].n_attributes,
                                  got->variable[0].attribute, "rural_reference"),
                     "caf\xc3\xa9");
    ck_assert_ptr_null(attribute_of(got->variable[0].n_attributes,
                                    got->variable[0].attribute, "units"));
    ck_assert_ptr_null(got->variable[1].standard_name);
    ck_assert_str_eq(attribute_of(got->n_attributes, got->attribute, "title"), "Maps");
    ck_assert_int_eq(autan_mapfile_find(reader, "spread"), 1);
    ck_assert_int_eq(autan_mapfile_find(reader, "crs"), -1);
    for (size_t v = 0; v < 2; v++) {
        for (size_t t = 0; t < TIMES; t++) {
            ck_assert_int_eq(autan_mapfile_read(reader, v, t, value, &err), AUTAN_OK);
            for (size_t k = 0; k < 700 * 401; k++) {
                float at = value_at(v, t, k / 700, k % 700);
                wrong += isfinite(at) ? value[k] != at : !isnan(value[k]);
            }
        }
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_int_eq(autan_mapfile_read(reader, 2, 0, value, &err), AUTAN_BAD_ARGUMENT);
    ck_assert_int_eq(autan_mapfile_read(reader, 0, TIMES, value, &err),
                     AUTAN_BAD_ARGUMENT);
    assert_error(&err, AUTAN_BAD_ARGUMENT, info.path, "no variable 0 at time 3");
    autan_mapfile_reader_close(reader);
    autan_mapfile_reader_close(NULL);
    OSRDestroySpatialReference(want);
    OSRDestroySpatialReference(crs);
    free(value);
}
END_TEST

/* A small file made with NetCDF alone: 2 times, y 2, x 3. What differs from a good file
 * is the last part of a name, or of an attribute. */
typedef struct {
    int format;
    const char *time_units, *calendar, *wkt_name, *y_name;
    double time[2], x[3], y[2];
    bool packed, integer;
} foreign;

static const foreign plain = {.format = NC_NETCDF4,
                              .time_units = "seconds since 1970-01-01 00:00:00",
                              .calendar = "gregorian",
                              .wkt_name = "crs_wkt",
                              .y_name = "y",
                              .time = {0, HOUR},
                              .x = {5, 15, 25},
                              .y = {100, 110}};

static const char *write_foreign(const foreign *f)
{
    const char *path = temporary("foreign.nc");
    static const float value[12] = {0, 1, 2, 3, 4, -999, 6, 7, 8, 9, 10, 11};
    const float fill = -999;
    int ncid, dimension[3], time, y, x, crs, map, one;
    unlink(path);
    nc(nc_create(path, f->format, &ncid));
    nc(nc_def_dim(ncid, "time", 2, &dimension[0]));
    nc(nc_def_dim(ncid, f->y_name, 2, &dimension[1]));
    nc(nc_def_dim(ncid, "x", 3, &dimension[2]));
    nc(nc_def_var(ncid, "time", f->integer ? NC_INT : NC_DOUBLE, 1, &dimension[0],
                  &time));
    nc(nc_put_att_text(ncid, time, "units", strlen(f->time_units), f->time_units));
    nc(nc_put_att_text(ncid, time, "calendar", strlen(f->calendar), f->calendar));
    nc(nc_def_var(ncid, f->y_name, NC_FLOAT, 1, &dimension[1], &y));
    nc(nc_def_var(ncid, "x", NC_DOUBLE, 1, &dimension[2], &x));
    nc(nc_def_var(ncid, "lambert", NC_CHAR, 0, NULL, &crs));
    nc(nc_put_att_text(ncid, crs, f->wkt_name, 8, "PROJCS[]"));
    nc(nc_def_var(ncid, "one_row", NC_FLOAT, 2, &dimension[1], &one));
    nc(nc_def_var(ncid, "heat", NC_FLOAT, 3, dimension, &map));
    nc(nc_put_att_text(ncid, map, "grid_mapping", 7, "lambert"));
    nc(nc_put_att_float(ncid, map, "_FillValue", NC_FLOAT, 1, &fill));
    if (f->packed)
        nc(nc_put_att_float(ncid, map, "scale_factor", NC_FLOAT, 1, &fill));
    nc(nc_enddef(ncid));
    nc(nc_put_var_double(ncid, time, f->time));
    nc(nc_put_var_double(ncid, y, f->y));
    nc(nc_put_var_double(ncid, x, f->x));
    nc(nc_put_var_float(ncid, map, value));
    nc(nc_close(ncid));
    return path;
}

START_TEST(rows_of_a_map_are_those_of_the_whole)
{
    autan_mapfile_info info = large(temporary("rows.nc"));
    autan_mapfile_reader *reader;
    float *whole = malloc(700 * 401 * sizeof *whole);
    float *part = malloc(700 * 401 * sizeof *part);
    autan_mapfile_rows rows = {.variable = 1, .time = 1};
    write_file(&info);
    reader = open_good(info.path);
    ck_assert_int_eq(autan_mapfile_read(reader, 1, 1, whole, &err), AUTAN_OK);
    for (rows.first = 0; rows.first < 401; rows.first += rows.n) {
        rows.n = rows.first + 57 < 401 ? 57 : 401 - rows.first;
        ck_assert_int_eq(
            autan_mapfile_read_rows(reader, &rows, part + rows.first * 700, &err),
            AUTAN_OK);
    }
    ck_assert_int_eq(memcmp(part, whole, 700 * 401 * sizeof *part), 0);
    rows = (autan_mapfile_rows){1, 1, 400, 2};
    ck_assert_int_eq(autan_mapfile_read_rows(reader, &rows, part, &err),
                     AUTAN_BAD_ARGUMENT);
    assert_error(&err, AUTAN_BAD_ARGUMENT, info.path, "no rows 400 to 402");
    autan_mapfile_reader_close(reader);
    free(whole);
    free(part);
}
END_TEST

START_TEST(files_of_other_programs_are_read_north_up)
{
    static const float want[6] = {3, 4, NAN, 0, 1, 2};
    foreign f = plain;
    for (int k = 0; k < 2; k++) {
        autan_mapfile_reader *reader;
        const autan_mapfile_info *info;
        float value[6];
        f.format = k ? NC_CLASSIC_MODEL : NC_NETCDF4;
        f.integer = k;
        reader = open_good(write_foreign(&f));
        info = autan_mapfile_contents(reader);
        ck_assert_uint_eq(info->n_variables, 1);
        ck_assert_str_eq(info->crs, "PROJCS[]");
        ck_assert_double_eq(info->grid->ymax, 115);
        ck_assert_double_eq(info->grid->xmin, 0);
        ck_assert_int_eq(info->time[1], HOUR);
        ck_assert_int_eq(autan_mapfile_read(reader, 0, 0, value, &err), AUTAN_OK);
        for (int i = 0; i < 6; i++)
            ck_assert(isnan(want[i]) ? isnan(value[i]) : value[i] == want[i]);
        for (size_t row = 0; row < info->grid->ny; row++) {
            const size_t nx = info->grid->nx;
            const autan_mapfile_rows one = {0, 0, row, 1};
            ck_assert_int_eq(autan_mapfile_read_rows(reader, &one, value, &err),
                             AUTAN_OK);
            for (size_t i = 0; i < nx; i++)
                ck_assert(isnan(want[row * nx + i]) ? isnan(value[i])
                                                    : value[i] == want[row * nx + i]);
        }
        autan_mapfile_reader_close(reader);
    }
}
END_TEST

static void expect_unread(const char *path, autan_status status, const char *part)
{
    autan_mapfile_reader *reader = (autan_mapfile_reader *)&reader;
    ck_assert_msg(autan_mapfile_open_read(path, &reader, &err) == status, "%s", part);
    assert_error(&err, status, path, part);
    ck_assert_ptr_eq(reader, &reader);
}

START_TEST(what_is_no_map_file_is_refused_with_its_reason)
{
    foreign f = plain;
    f.time_units = "hours since 1970-01-01";
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT,
                  "time is in 'hours since 1970-01-01'");
    f.time_units = "seconds since 1970-01-01T12:00:00";
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "time is in");
    f.time_units = "seconds since 1970-01-01 00:00 +02:00";
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "time is in");
    f = plain;
    f.calendar = "360_day";
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "standard calendar");
    f = plain;
    f.time[1] = 0;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT,
                  "time 1 is 0, expected ascending");
    f.time[1] = 0.5;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "time 1 is 0.5");
    f.time[1] = 1e300;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "whole seconds");
    f.time[1] = NAN;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "time 1 is nan");
    f = plain;
    f.x[1] = 16;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "even square cells");
    f = plain;
    f.x[0] = 25, f.x[2] = 5;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "even square cells");
    f = plain;
    f.y[1] = 120;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "even square cells");
    f.y[1] = 100;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "even square cells");
    f.y[1] = NAN;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "even square cells");
    f = plain;
    f.y_name = "lat";
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "no dimension y");
    f = plain;
    f.wkt_name = "wkt";
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT, "no grid mapping with crs_wkt");
    f = plain;
    f.packed = true;
    expect_unread(write_foreign(&f), AUTAN_BAD_FORMAT,
                  "no variable float (time, y, x)");
    expect_unread(temporary("missing.nc"), AUTAN_NOT_FOUND, "No such file");
    expect_unread(make_folder("f"), AUTAN_BAD_FORMAT, "not a regular file");
    expect_unread("/dev/null", AUTAN_BAD_FORMAT, "not a regular file");
    expect_unread(write_text("text.nc", "time,station\n"), AUTAN_BAD_FORMAT, "NetCDF");
    expect_unread(write_text("text.nc", ""), AUTAN_BAD_FORMAT, "");
}
END_TEST

START_TEST(a_short_file_of_a_vast_grid_is_refused)
{
    autan_grid vast;
    autan_mapfile_info info = large(temporary("vast.nc"));
    ck_assert_int_eq(autan_grid_make(572000, 6282000, 872000, 6582000, 10, &vast),
                     AUTAN_OK);
    info.grid = &vast;
    finish_good(create_good(&info));
    expect_unread(info.path, AUTAN_BAD_FORMAT, "too short");
}
END_TEST

START_TEST(a_file_cut_short_is_refused_or_gives_no_wrong_value)
{
    autan_mapfile_info info = description(temporary("a.nc"));
    size_t length;
    char *bytes;
    float value[NX * NY];
    write_file(&info);
    bytes = read_file(info.path, &length);
    for (size_t cut = 1; cut < length; cut += 997) {
        autan_mapfile_reader *reader;
        const char *path = write_bytes("cut.nc", bytes, cut);
        if (autan_mapfile_open_read(path, &reader, &err) != AUTAN_OK) {
            assert_error(&err, AUTAN_BAD_FORMAT, path);
            continue;
        }
        ck_assert_int_eq(autan_mapfile_read(reader, 1, TIMES - 1, value, &err),
                         AUTAN_BAD_FORMAT);
        autan_mapfile_reader_close(reader);
    }
    free(bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mapfile");
    TCase *seen = tcase_create("seen by others"), *writing = tcase_create("writing"),
          *refused = tcase_create("refused"), *safe = tcase_create("safe"),
          *reading = tcase_create("reading");
    tcase_set_timeout(seen, 300);
    tcase_add_test(seen,
                   netcdf_reads_what_was_written_and_the_fill_where_it_is_missing);
    tcase_add_test(seen, attributes_and_axes_are_as_cf_and_acdd_have_them);
    tcase_add_test(seen, the_box_holds_the_corners_of_the_grid);
    tcase_add_loop_test(seen, the_projection_is_said_three_ways, 0,
                        G_N_ELEMENTS(projections));
    tcase_add_test(seen, a_cone_of_one_scaled_parallel_has_the_two_it_is_true_on);
    tcase_add_test(seen, gdal_finds_every_value_at_its_place);
    tcase_add_test(seen,
                   a_variable_without_time_is_written_once_and_has_two_dimensions);
    tcase_add_test(seen, gdal_opens_a_file_of_one_variable_without_being_told_which);
    suite_add_tcase(suite, seen);
    tcase_set_timeout(writing, 300);
    tcase_add_test(writing, a_chunk_holds_whole_rows_and_about_256_kib);
    tcase_add_test(writing, blocks_may_come_in_any_order_and_with_strides);
    tcase_add_test(writing,
                   maps_may_come_in_the_order_of_any_hours_and_less_a_constant);
    tcase_add_test(writing, what_is_never_written_is_missing);
    tcase_add_test(writing, values_are_rounded_to_multiples_of_the_quantum);
    tcase_add_test(writing, bytes_do_not_depend_on_the_number_of_threads);
    tcase_add_test(writing, the_coverage_says_durations_in_what_is_whole);
    tcase_add_test(writing,
                   a_global_attribute_given_takes_the_place_of_the_written_one);
    suite_add_tcase(suite, writing);
    tcase_set_timeout(refused, 300);
    tcase_add_test(refused, a_description_that_makes_no_file_is_refused);
    tcase_add_loop_test(refused, a_variable_that_cannot_be_written_is_refused, 0,
                        G_N_ELEMENTS(bad_variables));
    tcase_add_test(refused, a_global_attribute_that_cannot_be_written_is_refused);
    tcase_add_test(refused, a_block_outside_the_file_across_chunks_or_twice_is_refused);
    suite_add_tcase(suite, refused);
    tcase_set_timeout(safe, 300);
    tcase_add_test(safe, until_it_is_finished_the_file_of_that_name_is_as_it_was);
    tcase_add_test(safe, two_writers_of_one_file_do_not_meet);
    tcase_add_loop_test(safe, a_file_that_cannot_grow_is_an_error_wherever_it_stops, 0,
                        6);
    tcase_add_loop_test(safe, a_full_disk_is_an_error_wherever_it_stops, 0, 5);
    tcase_add_test(safe,
                   what_the_disk_did_not_keep_is_noticed_before_the_file_gets_its_name);
    suite_add_tcase(suite, safe);
    tcase_set_timeout(reading, 300);
    tcase_add_test(reading, a_file_read_back_says_what_was_written);
    tcase_add_test(reading, rows_of_a_map_are_those_of_the_whole);
    tcase_add_test(reading, files_of_other_programs_are_read_north_up);
    tcase_add_test(reading, what_is_no_map_file_is_refused_with_its_reason);
    tcase_add_test(reading, a_short_file_of_a_vast_grid_is_refused);
    tcase_add_test(reading, a_file_cut_short_is_refused_or_gives_no_wrong_value);
    suite_add_tcase(suite, reading);
    return support_run(suite);
}
