/* autan run: one operational cycle, from the portal to the web site. */
#include "config.h"

#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "files/archive.h"
#include "files/archive_flags.h"
#include "files/city.h"
#include "files/forecast_file.h"
#include "files/mapfile.h"
#include "files/model_file.h"
#include "files/outfile.h"
#include "message.h"
#include "options.h"
#include "risk.h"

static const char help[] =
    "Usage: autan run [options] CITY.ini\n"
    "One operational cycle: fetch, qc, fit when the model is old, map the new hours, "
    "forecast,\n"
    "alert, publish, view. What fails is said and the rest goes on with what there is. "
    "Safe to\n"
    "run again: what is done already is passed over. One cycle at a time.\n\n"
    "      --at T     the moment it is (ISO 8601 UTC, or a date); now when not given\n"
    "  -q, --quiet    say errors only\n"
    "  -v, --verbose  say more\n"
    "  -h, --help     print this\n"
    "  -V, --version  print the version\n";

enum { OPTION_AT = OPTION_FIRST_LONG };
enum { HOUR_S = 3600, DAY_S = 86400 };
enum { QC_DAYS = 30 };       /* checked again, for checks that look at weeks */
enum { FORECAST_DAYS = 60 }; /* of readings that a forecast is learnt from */

typedef struct {
    autan_time at;
    int loudness; /* as message_set_level */
} arguments;

typedef struct {
    const autan_city *city;
    const arguments *given;
    char *program;
    autan_time first, latest; /* hours of the archive, up to the moment */
    bool has_readings;
    json_t *stages; /* what became of each */
    size_t failed;
    GString *failures;
} cycle;

/* What became of a stage: status is done, passed over (why says the reason) or failed.
 */
static void record(cycle *c, const char *stage, const char *status, const char *why,
                   double seconds)
{
    json_array_append_new(c->stages, json_pack("{s:s, s:s, s:s*, s:f}", "stage", stage,
                                               "status", status, "why", why, "seconds",
                                               round(10.0 * seconds) / 10.0));
    if (strcmp(status, "failed") == 0) {
        c->failed++;
        g_string_append_printf(c->failures, "%s%s", c->failures->len ? ", " : "",
                               stage);
        message_error("degraded: %s failed%s%s; going on with what there is", stage,
                      why ? ": " : "", why ? why : "");
    } else if (why) {
        message_detail("%s: passed over: %s", stage, why);
    }
}

/* Runs a verb in a process of its own, so that what it reads cannot harm the others.
 * The options end with NULL. True when it ended well. */
static bool run_verb(const cycle *c, const char *verb, const char *const *option)
{
    GPtrArray *argv = g_ptr_array_new();
    GError *error = NULL;
    int code = 0;
    bool good;
    g_ptr_array_add(argv, c->program);
    g_ptr_array_add(argv, (char *)(guintptr)verb);
    if (c->given->loudness != 0)
        g_ptr_array_add(argv, (char *)(guintptr)(c->given->loudness < 0 ? "-q" : "-v"));
    for (; *option; option++)
        g_ptr_array_add(argv, (char *)(guintptr)*option);
    g_ptr_array_add(argv, c->city->path);
    g_ptr_array_add(argv, NULL);
    good = g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL,
                        NULL, NULL, &code, &error);
    if (error) {
        message_error("%s: %s", verb, error->message);
        g_error_free(error);
    }
    g_ptr_array_free(argv, TRUE);
    return good && code == 0;
}

static bool stage(cycle *c, const char *verb, const char *const *option)
{
    const gint64 start = g_get_monotonic_time();
    const bool good = run_verb(c, verb, option);
    record(c, verb, good ? "done" : "failed", NULL,
           (double)(g_get_monotonic_time() - start) / 1e6);
    return good;
}

/* The hours that the archive can be mapped for, up to the moment. */
static void look_at_archive(cycle *c)
{
    autan_archive *archive = NULL;
    autan_error err = {0};
    autan_status status =
        autan_archive_open(c->city->archive, AUTAN_ARCHIVE_READ, &archive, &err);
    c->has_readings = false;
    if (status == AUTAN_OK)
        status = autan_archive_period(archive, AUTAN_AIR_TEMPERATURE, &c->first,
                                      &c->latest, &err);
    autan_archive_close(archive);
    if (status != AUTAN_OK) {
        message_note("%s", err.text);
        return;
    }
    c->latest = MIN(c->latest, c->given->at);
    c->latest -= ((c->latest % HOUR_S) + HOUR_S) % HOUR_S;
    c->first += (HOUR_S - c->first % HOUR_S) % HOUR_S;
    c->has_readings = c->latest >= c->first;
}

static void fetch(cycle *c)
{
    if (c->city->source.url)
        stage(c, "fetch", (const char *const[]){NULL});
    else
        record(c, "fetch", "passed over", "the city file names no portal", 0.0);
}

static void check(cycle *c)
{
    char from[AUTAN_TIME_TEXT];
    autan_time first = c->latest - QC_DAYS * (autan_time)DAY_S;
    autan_archive *archive = NULL;
    autan_time last;
    size_t since;
    /* Never checked: all of it. */
    if (autan_archive_open(c->city->archive, AUTAN_ARCHIVE_READ, &archive, NULL) !=
            AUTAN_OK ||
        autan_archive_checked(archive, AUTAN_AIR_TEMPERATURE, &last, &since, NULL) !=
            AUTAN_OK)
        first = c->first;
    autan_archive_close(archive);
    autan_time_format(MAX(first, c->first), from);
    stage(c, "qc", (const char *const[]){"--from", from, NULL});
}

/* Whether the model was learnt from readings up to long ago, or is not there. */
static bool model_is_old(const cycle *c)
{
    char *path = autan_model_path(c->city->archive);
    autan_model *model = NULL;
    autan_error err = {0};
    bool old = true;
    if (path && autan_model_exists(path) &&
        autan_model_read(path, &model, &err) == AUTAN_OK)
        old = (double)(c->latest - model->to) > c->city->run.refit_days * DAY_S;
    autan_model_free(model);
    free(path);
    return old;
}

static void learn(cycle *c)
{
    if (c->city->covariance_given)
        record(c, "fit", "passed over", "the covariance is given", 0.0);
    else if (!model_is_old(c))
        record(c, "fit", "passed over", "the model is not old", 0.0);
    else
        stage(c, "fit", (const char *const[]){NULL});
}

/* The last time of a map file, INT64_MIN where there is none that can be read. */
static autan_time last_map(const char *path)
{
    autan_mapfile_reader *reader = NULL;
    autan_error err = {0};
    autan_time last = INT64_MIN;
    if (autan_mapfile_open_read(path, &reader, &err) == AUTAN_OK) {
        const autan_mapfile_info *info = autan_mapfile_contents(reader);
        last = info->time[info->n_times - 1];
    }
    autan_mapfile_reader_close(reader);
    return last;
}

static char *map_path(const cycle *c, autan_time midnight)
{
    char stamp[AUTAN_TIME_TEXT];
    autan_time_format_compact(midnight, stamp);
    stamp[8] = '\0';
    return g_strdup_printf("%s/%s.nc", c->city->products.maps, stamp);
}

/* A file a day; a day that has new hours is made anew, with what came late. */
static void map(cycle *c)
{
    const autan_time today = c->latest - c->latest % DAY_S;
    const autan_time earliest = c->first - c->first % DAY_S;
    const gint64 start = g_get_monotonic_time();
    size_t made = 0;
    bool good = g_mkdir_with_parents(c->city->products.maps, 0777) == 0;
    for (autan_time day =
             MAX(today - (autan_time)(c->city->run.map_days - 1) * DAY_S, earliest);
         good && day <= today; day += DAY_S) {
        char *path = map_path(c, day);
        const autan_time to = MIN(day + DAY_S - HOUR_S, c->latest);
        char from_text[AUTAN_TIME_TEXT], to_text[AUTAN_TIME_TEXT];
        autan_time_format(MAX(day, c->first), from_text);
        autan_time_format(to, to_text);
        if (last_map(path) < to) {
            good = run_verb(c, "map",
                            (const char *const[]){"--from", from_text, "--to", to_text,
                                                  "-o", path, NULL});
            made++;
        }
        g_free(path);
    }
    record(c, "map",
           !good  ? "failed"
           : made ? "done"
                  : "passed over",
           good && !made ? "no new hours" : NULL,
           (double)(g_get_monotonic_time() - start) / 1e6);
}

/* Whether the forecast from the newest hour is there, with its maps. */
static bool has_forecast(const cycle *c)
{
    char *path = autan_forecast_path(c->city->archive, AUTAN_FORECASTS, c->latest);
    autan_mapfile_reader *reader = NULL;
    autan_error err = {0};
    bool there = path && g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
                 autan_mapfile_open_read(c->city->products.forecast, &reader, &err) ==
                     AUTAN_OK &&
                 autan_mapfile_contents(reader)->reference == c->latest;
    autan_mapfile_reader_close(reader);
    free(path);
    return there;
}

static void forecast(cycle *c)
{
    const char *guidance = c->city->run.guidance;
    char at[AUTAN_TIME_TEXT];
    autan_time_format(c->latest, at);
    if (has_forecast(c)) {
        record(c, "forecast", "passed over", "there is one from the newest hour", 0.0);
        return;
    }
    if (c->latest - c->first < (FORECAST_DAYS - 1) * (autan_time)DAY_S) {
        record(c, "forecast", "passed over", "the archive has fewer than 60 days", 0.0);
        return;
    }
    if (guidance && !g_file_test(guidance, G_FILE_TEST_EXISTS)) {
        record(c, "guidance", "failed", "its file is not there", 0.0);
        guidance = NULL;
    }
    stage(c, "forecast",
          (const char *const[]){"--at", at, "-o", c->city->products.forecast,
                                guidance ? "--guidance" : NULL, guidance, NULL});
}

static void alert(cycle *c)
{
    char at[AUTAN_TIME_TEXT];
    autan_time_format(c->given->at, at);
    if (!risk_has_thresholds(&c->city->alert))
        record(c, "alert", "passed over", "the city file has no thresholds", 0.0);
    else
        stage(c, "alert",
              (const char *const[]){"--at", at, "-o", c->city->products.alert, NULL});
}

static void publish(cycle *c)
{
    if (c->city->run.publish)
        stage(c, "publish", (const char *const[]){"-o", c->city->products.data, NULL});
    else
        record(c, "publish", "passed over", "the city file says so", 0.0);
}

static void view(cycle *c)
{
    char disk[32], keep[32];
    g_snprintf(disk, sizeof disk, "%zu", c->city->run.disk_days);
    g_snprintf(keep, sizeof keep, "%zu", c->city->run.keep_days);
    stage(c, "view",
          (const char *const[]){"--disk-days", disk, "--keep-days", keep, "-o",
                                c->city->products.site, NULL});
}

/* archive/run.json: for those who watch over it. */
static autan_status write_record(const cycle *c, autan_time start, autan_error *err)
{
    char *path = g_build_filename(c->city->archive, "run.json", NULL);
    char from[AUTAN_TIME_TEXT], to[AUTAN_TIME_TEXT], latest[AUTAN_TIME_TEXT], *text;
    json_t *root;
    autan_status status;
    autan_time_format(start, from);
    autan_time_format((autan_time)time(NULL), to);
    autan_time_format(c->latest, latest);
    root = json_pack("{s:s, s:s, s:o, s:b, s:O}", "started", from, "ended", to,
                     "latest", c->has_readings ? json_string(latest) : json_null(),
                     "good", c->failed == 0, "stages", c->stages);
    text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
    status = text ? autan_outfile_write_text(path, text, err)
                  : autan_fail(err, AUTAN_NO_MEMORY, "%s: out of memory", path);
    free(text);
    json_decref(root);
    g_free(path);
    return status;
}

/* The cycle's lock, held until the process ends, in whatever way. */
static autan_status take_lock(const autan_city *city, int *lock, autan_error *err)
{
    char *path = g_build_filename(city->archive, "run.lock", NULL);
    autan_status status = AUTAN_OK;
    if (g_mkdir_with_parents(city->archive, 0777) != 0 ||
        (*lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666)) < 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot be written: %s", path,
                            g_strerror(errno));
    else if (flock(*lock, LOCK_EX | LOCK_NB) != 0)
        status = autan_fail(err, AUTAN_LOCKED,
                            "%s: another cycle of this town is running", path);
    g_free(path);
    return status;
}

static void run_stages(cycle *c)
{
    fetch(c);
    look_at_archive(c);
    if (!c->has_readings) {
        record(c, "archive", "failed", "it has no readings", 0.0);
        return;
    }
    check(c);
    learn(c);
    map(c);
    forecast(c);
    alert(c);
    publish(c);
    view(c);
}

static autan_status run(const autan_city *city, const arguments *a, size_t *failed,
                        autan_error *err)
{
    cycle c = {.city = city,
               .given = a,
               .stages = json_array(),
               .program = g_file_read_link("/proc/self/exe", NULL),
               .failures = g_string_new(NULL)};
    const autan_time start = (autan_time)time(NULL);
    char latest[AUTAN_TIME_TEXT];
    int lock = -1;
    autan_status status = take_lock(city, &lock, err);
    if (status == AUTAN_OK && !c.program)
        status = autan_fail(err, AUTAN_IO, "/proc/self/exe: cannot be read");
    if (status == AUTAN_OK) {
        run_stages(&c);
        status = write_record(&c, start, err);
    }
    autan_time_format(c.latest, latest);
    if (status == AUTAN_OK && c.failed)
        message_error("the cycle is degraded: %s failed", c.failures->str);
    else if (status == AUTAN_OK)
        message_note("the cycle is whole, up to %s", latest);
    *failed = c.failed;
    if (lock >= 0)
        close(lock);
    g_string_free(c.failures, TRUE);
    json_decref(c.stages);
    g_free(c.program);
    return status;
}

static bool parse(int argc, char **argv, arguments *a, int *code)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        {"at", required_argument, NULL, OPTION_AT},
        {NULL, 0, NULL, 0},
    };
    int option;
    *a = (arguments){.at = (autan_time)time(NULL)};
    *code = 2;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT, options, NULL)) !=
           -1) {
        switch (option) {
        case OPTION_AT:
            if (!options_time("at", optarg, &a->at))
                return false;
            break;
        default:
            a->loudness = option == 'q' ? -1 : option == 'v' ? 1 : a->loudness;
            if (options_common(option, argv, help, code))
                return false;
            *code = 2;
        }
    }
    return true;
}

int cmd_run(int argc, char **argv)
{
    autan_error err = {0};
    arguments a;
    autan_city city = {0};
    const char *path;
    autan_status status;
    size_t failed = 0;
    int code;

    if (!parse(argc, argv, &a, &code))
        return code;
    path = options_city(argc, argv, false);
    if (!path)
        return 2;
    status = autan_city_read(path, &city, &err);
    if (status == AUTAN_OK)
        status = run(&city, &a, &failed, &err);
    autan_city_clear(&city);
    if (status != AUTAN_OK)
        return message_fail(&err);
    return failed ? 1 : 0;
}
