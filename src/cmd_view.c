/* autan view: the maps as a web site of plain files. */
#include "config.h"

#include "command.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "files/colour.h"
#include "message.h"
#include "options.h"
#include "qc/check.h"
#include "site.h"
#include "town.h"

static const char help[] =
    "Usage: autan view [options] -o DIR CITY.ini\n"
    "Puts maps, forecast, alert and readings into a web site of plain files: any web "
    "server\n"
    "shows it, and its newest days open from a disk too. What is there already "
    "stays.\n\n"
    "  -o, --output DIR     folder of the site\n"
    "      --maps FILE|DIR  maps that autan map made, or a folder of them; may be "
    "given\n"
    "                       again; [products] maps when not given\n"
    "      --forecast FILE  maps that autan forecast made; [products] forecast\n"
    "      --alert DIR      what autan alert made; [products] alert\n"
    "      --disk-days N    newest days that open from a disk (7)\n"
    "      --keep-days N    days that the site keeps; older ones are removed (all)\n"
    "  -q, --quiet          say errors only\n"
    "  -v, --verbose        say more\n"
    "  -h, --help           print this\n"
    "  -V, --version        print the version\n";

enum {
    OPTION_MAPS = OPTION_FIRST_LONG,
    OPTION_FORECAST,
    OPTION_ALERT,
    OPTION_DISK_DAYS,
    OPTION_KEEP_DAYS
};

/* The parts of the viewer that are the same for every town. */
static const char *const parts[] = {"autan.js", "autan.css", "licences.txt",
                                    "index.html"};
enum { PARTS = sizeof parts / sizeof *parts };

typedef struct {
    const char *output, *forecast, *alert;
    GPtrArray *maps; /* as given */
    size_t disk_days, keep_days;
} arguments;

static bool option_days(const char *option, const char *text, size_t *value)
{
    double number;
    if (autan_number_parse(text, &number) == AUTAN_OK && number >= 0 && number <= 1e6 &&
        number == (double)(size_t)number) {
        *value = (size_t)number;
        return true;
    }
    message_error("--%s is '%s', expected a whole number of days", option, text);
    return false;
}

static bool parse(int argc, char **argv, arguments *a, int *code)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        {"output", required_argument, NULL, 'o'},
        {"maps", required_argument, NULL, OPTION_MAPS},
        {"forecast", required_argument, NULL, OPTION_FORECAST},
        {"alert", required_argument, NULL, OPTION_ALERT},
        {"disk-days", required_argument, NULL, OPTION_DISK_DAYS},
        {"keep-days", required_argument, NULL, OPTION_KEEP_DAYS},
        {NULL, 0, NULL, 0},
    };
    int option;
    *code = 2;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        switch (option) {
        case 'o':
            a->output = optarg;
            break;
        case OPTION_MAPS:
            g_ptr_array_add(a->maps, optarg);
            break;
        case OPTION_FORECAST:
            a->forecast = optarg;
            break;
        case OPTION_ALERT:
            a->alert = optarg;
            break;
        case OPTION_DISK_DAYS:
            if (!option_days("disk-days", optarg, &a->disk_days))
                return false;
            break;
        case OPTION_KEEP_DAYS:
            if (!option_days("keep-days", optarg, &a->keep_days))
                return false;
            break;
        default:
            if (options_common(option, argv, help, code))
                return false;
            *code = 2;
        }
    }
    return true;
}

/* The viewer's parts: beside the program in the build tree, or installed. */
static char *find_viewer(void)
{
    char *program = g_file_read_link("/proc/self/exe", NULL);
    char *folder = program ? g_path_get_dirname(program) : g_strdup(".");
    char *candidate[] = {
        g_build_filename(folder, "viewer", NULL),
        g_build_filename(folder, "..", "viewer", NULL),
        g_build_filename(folder, "..", "share", "autan", "viewer", NULL),
        g_strdup(VIEWER_DIR)};
    char *found = NULL;
    for (size_t k = 0; k < sizeof candidate / sizeof *candidate; k++) {
        char *page = g_build_filename(candidate[k], "autan.js", NULL);
        if (!found && g_file_test(page, G_FILE_TEST_IS_REGULAR))
            found = g_strdup(candidate[k]);
        g_free(page);
        g_free(candidate[k]);
    }
    g_free(folder);
    g_free(program);
    return found;
}

static autan_status copy_viewer(const char *viewer, const char *site, autan_error *err)
{
    autan_status status = AUTAN_OK;
    for (size_t k = 0; status == AUTAN_OK && k < PARTS; k++) {
        char *from = g_build_filename(viewer, parts[k], NULL);
        char *to = g_build_filename(site, parts[k], NULL);
        char *bytes = NULL;
        gsize size = 0;
        status = g_file_get_contents(from, &bytes, &size, NULL)
                     ? site_write(to, bytes, size, err)
                     : autan_fail(err, AUTAN_IO, "%s: cannot be read", from);
        g_free(bytes);
        g_free(from);
        g_free(to);
    }
    return status;
}

/* Map files, told by their date and size from what they were when put into the site:
 * sources.json holds a digest of each, for paths are nobody's business on the web. */

static char *digest(const char *file)
{
    GStatBuf info = {0};
    char *text, *sum;
    g_stat(file, &info);
    text = g_strdup_printf("%s %lld %lld", file, (long long)info.st_size,
                           (long long)info.st_mtime);
    sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    g_free(text);
    return sum;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The files of a folder that end in .nc, or the file itself. */
static autan_status list_maps(const char *path, GPtrArray *files, autan_error *err)
{
    GDir *dir;
    const char *name;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return autan_fail(err, AUTAN_NOT_FOUND, "%s: there is no such file or folder",
                          path);
    dir = g_dir_open(path, 0, NULL);
    if (!dir) {
        g_ptr_array_add(files, g_strdup(path));
        return AUTAN_OK;
    }
    while ((name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".nc") && name[0] != '.')
            g_ptr_array_add(files, g_build_filename(path, name, NULL));
    }
    g_dir_close(dir);
    g_ptr_array_sort(files, by_name);
    return AUTAN_OK;
}

static autan_status add_maps(const town *t, const arguments *a, autan_time *first,
                             autan_error *err)
{
    char *path = g_build_filename(a->output, SITE_DATA, "sources.json", NULL);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    json_t *known = site_read_json(path);
    autan_status status = AUTAN_OK;
    if (!json_is_object(known)) {
        json_decref(known);
        known = json_object();
    }
    for (guint k = 0; status == AUTAN_OK && k < a->maps->len; k++)
        status = list_maps(a->maps->pdata[k], files, err);
    if (status == AUTAN_OK && a->maps->len == 0 &&
        g_file_test(t->city.products.maps, G_FILE_TEST_EXISTS))
        status = list_maps(t->city.products.maps, files, err);
    for (guint k = 0; status == AUTAN_OK && k < files->len; k++) {
        char *sum = digest(files->pdata[k]);
        if (json_object_get(known, sum)) {
            message_detail("%s is in the site already", (char *)files->pdata[k]);
        } else {
            status = site_maps_add(t, a->output, files->pdata[k], first, err);
            if (status == AUTAN_OK) {
                json_object_set_new(known, sum, json_true());
                status = site_write_json(path, known, err);
            }
        }
        g_free(sum);
    }
    json_decref(known);
    g_ptr_array_unref(files);
    g_free(path);
    return status;
}

/* Removes what is older than is to be kept, newest days first. */
static void drop_days(const char *site, size_t keep, json_t *days)
{
    while (keep > 0 && json_array_size(days) > keep) {
        const char *date =
            json_string_value(json_object_get(json_array_get(days, 0), "date"));
        char *folder = g_build_filename(site, SITE_DAYS, date, NULL);
        site_remove(folder);
        g_free(folder);
        json_array_remove(days, 0);
    }
}

/* Twins for the newest days, for the forecast and for the index. */
static autan_status make_twins(const char *site, size_t n_days, json_t *days,
                               const json_t *forecast, json_t *on_disk,
                               autan_error *err)
{
    const char *stamp = json_string_value(json_object_get(forecast, "folder"));
    const size_t n = json_array_size(days);
    size_t left = n_days;
    autan_status status = AUTAN_OK;
    for (size_t k = n; status == AUTAN_OK && k > 0; k--) {
        const json_t *day = json_array_get(days, k - 1);
        const char *date = json_string_value(json_object_get(day, "date"));
        char *folder = g_build_filename(site, SITE_DAYS, date, NULL);
        status = site_twins(site, folder, left > 0, err);
        if (left > 0)
            json_array_insert_new(on_disk, 0, json_string(date));
        /* Days that have readings only come with the day of maps after them. */
        if (left > 0 && json_array_size(json_object_get(day, "times")) > 0)
            left--;
        g_free(folder);
    }
    if (status == AUTAN_OK && stamp) {
        char *folder = g_build_filename(site, SITE_FORECAST, stamp, NULL);
        status = site_twins(site, folder, n_days > 0, err);
        g_free(folder);
    }
    return status;
}

static json_t *colour_scales(void)
{
    json_t *scales = json_object();
    const autan_colour_scale *s;
    for (size_t k = 0; (s = autan_colour_scale_get(k)); k++) {
        json_t *list = json_array();
        for (int c = 0; c < AUTAN_COLOURS; c++) {
            char text[8];
            g_snprintf(text, sizeof text, "#%06x", (unsigned)s->rgb[c]);
            json_array_append_new(list, json_string(text));
        }
        json_object_set_new(scales, s->name, list);
    }
    return scales;
}

static json_t *check_names(void)
{
    json_t *list = json_array();
    for (int k = 0; k < AUTAN_QC_CHECKS; k++)
        json_array_append_new(list, json_string(autan_qc_get((autan_qc_id)k)->name));
    return list;
}

static json_t *text_or_null(const char *text)
{
    json_t *made = text ? json_string(text) : NULL;
    return made ? made : json_null();
}

static json_t *describe_city(const autan_city *c)
{
    const autan_grid *g = &c->grid;
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:[f,f,f,f], s:f, s:I, s:I}", "name",
        text_or_null(c->name), "timezone", text_or_null(c->timezone), "crs",
        text_or_null(c->crs), "institution", text_or_null(c->institution), "license",
        text_or_null(c->license), "credits", text_or_null(c->credits), "notice",
        text_or_null(c->notice), "extent", g->xmin, g->ymin, g->xmax, g->ymax,
        "resolution", g->resolution, "nx", (json_int_t)g->nx, "ny", (json_int_t)g->ny);
}

/* What a browser reads first. */
typedef struct {
    json_t *days, *disk, *forecast, *stations, *zones, *issue;
    bool backdrop;
} site_index;

static void index_clear(site_index *x)
{
    json_decref(x->days);
    json_decref(x->disk);
    json_decref(x->forecast);
    json_decref(x->stations);
    json_decref(x->zones);
    json_decref(x->issue);
}

static autan_status write_index(const town *t, const arguments *a, const site_index *x,
                                autan_error *err)
{
    char *path = g_build_filename(a->output, SITE_DATA, "site.json", NULL);
    char *folder = g_build_filename(a->output, SITE_DATA, NULL);
    json_t *root = json_pack(
        "{s:i, s:s, s:o, s:o, s:o, s:{s:i,s:i}, s:b, s:O, s:O, s:O, s:O, s:O, s:O}",
        "version", 1, "program", PACKAGE_STRING, "city", describe_city(&t->city),
        "colours", colour_scales(), "checks", check_names(), "block", "maps",
        (int)SITE_BLOCK, "forecast", (int)SITE_FORECAST_BLOCK, "backdrop", x->backdrop,
        "stations", x->stations, "zones", x->zones, "alert", x->issue, "days", x->days,
        "disk", x->disk, "forecast", x->forecast);
    autan_status status = site_write_json(path, root, err);
    if (status == AUTAN_OK)
        status = site_twins(a->output, folder, true, err);
    json_decref(root);
    g_free(folder);
    g_free(path);
    return status;
}

static autan_status fill_site(town *t, const arguments *a, site_index *x,
                              autan_error *err)
{
    const autan_city_products *p = &t->city.products;
    const char *forecast = a->forecast ? a->forecast
                           : g_file_test(p->forecast, G_FILE_TEST_IS_REGULAR)
                               ? p->forecast
                               : NULL;
    autan_time first = INT64_MAX;
    autan_status status = add_maps(t, a, &first, err);
    if (status == AUTAN_OK)
        status = site_readings(t, a->output, first, err);
    if (status == AUTAN_OK)
        status = site_forecast(t, a->output, forecast, &x->forecast, err);
    if (status == AUTAN_OK)
        status = site_backdrop(t, a->output, &x->backdrop, err);
    if (status == AUTAN_OK)
        status = site_stations(t, &x->stations, err);
    if (status == AUTAN_OK)
        status =
            site_zones(t, a->alert ? a->alert : p->alert, &x->zones, &x->issue, err);
    if (status != AUTAN_OK)
        return status;
    x->days = site_list_days(a->output);
    x->disk = json_array();
    if (json_array_size(x->days) == 0 && json_is_null(x->forecast))
        return autan_fail(
            err, AUTAN_NO_DATA,
            "there is nothing to show: no maps in %s and no forecast; give "
            "--maps what autan map -o made",
            p->maps);
    drop_days(a->output, a->keep_days, x->days);
    status = make_twins(a->output, a->disk_days, x->days, x->forecast, x->disk, err);
    if (status == AUTAN_OK)
        status = write_index(t, a, x, err);
    if (status == AUTAN_OK)
        site_forecast_clean(a->output, x->forecast);
    return status;
}

static autan_status run(town *t, const arguments *a, const char *viewer,
                        autan_error *err)
{
    site_index x = {0};
    char *data = g_build_filename(a->output, SITE_DATA, NULL);
    autan_status status = site_folder(data, err);
    g_free(data);
    if (status == AUTAN_OK)
        status = fill_site(t, a, &x, err);
    if (status == AUTAN_OK)
        status = copy_viewer(viewer, a->output, err);
    if (status == AUTAN_OK) {
        size_t maps = 0;
        for (size_t k = 0; k < json_array_size(x.days); k++)
            maps +=
                json_array_size(json_object_get(json_array_get(x.days, k), "times"));
        message_note(ngettext("%zu map in %s", "%zu maps in %s", maps), maps,
                     a->output);
    }
    index_clear(&x);
    return status;
}

int cmd_view(int argc, char **argv)
{
    autan_error err = {0};
    arguments a = {.maps = g_ptr_array_new(), .disk_days = 7};
    town t = {0};
    char *viewer = NULL;
    const char *path;
    autan_status status;
    int code = 2;

    if (!parse(argc, argv, &a, &code))
        goto cleanup;
    code = 2;
    path = options_city(argc, argv, false);
    if (!path)
        goto cleanup;
    if (!a.output) {
        message_error("no folder for the site: give -o DIR");
        goto cleanup;
    }
    viewer = find_viewer();
    if (!viewer) {
        message_error(
            "the viewer was not built: it needs Node.js and npm when Autan is "
            "built; on Debian: apt-get install nodejs npm");
        code = 1;
        goto cleanup;
    }
    status = town_open(path, &t, &err);
    if (status == AUTAN_OK)
        status = run(&t, &a, viewer, &err);
    town_close(&t);
    code = status == AUTAN_OK ? 0 : message_fail(&err);

cleanup:
    g_ptr_array_free(a.maps, TRUE);
    g_free(viewer);
    return code;
}
