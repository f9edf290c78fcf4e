/* autan forecast: the days ahead at the stations and as maps. */
#include "config.h"

#include "command.h"

#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "forecast/summary.h"
#include "forecast_maps.h"
#include "message.h"
#include "notes.h"
#include "options.h"
#include "outlooks.h"
#include "town.h"

static const char help[] =
    "Usage: autan forecast [options] CITY.ini\n"
    "Forecasts the air temperature of the stations hour by hour, as members that agree "
    "in\n"
    "time and place, keeps them in the archive folder, and makes maps of them.\n\n"
    "      --at T         from readings up to T alone (ISO 8601 UTC, or a date); the\n"
    "                     hour of the newest reading when not given\n"
    "      --days N       days ahead, 1 to 10 (5)\n"
    "      --members N    members, 10 to 200 (50)\n"
    "      --guidance FILE  2 m temperature of a weather model: GRIB, NetCDF or JSON;\n"
    "                     again for each further file of the same run\n"
    "  -o, --output FILE  write hourly maps as NetCDF-4, FILE-daily.nc with the "
    "minimum\n"
    "                     and maximum of each day, and FILE-stress.nc with heat "
    "stress\n"
    "      --geotiff DIR  with -o: the maps of days there too, as Cloud Optimized "
    "GeoTIFF\n"
    "      --hourly       with --geotiff: those of hours as well\n"
    "  -q, --quiet        say errors only\n"
    "  -v, --verbose      say more\n"
    "  -h, --help         print this\n"
    "  -V, --version      print the version\n";

enum {
    OPTION_AT = OPTION_FIRST_LONG,
    OPTION_DAYS,
    OPTION_MEMBERS,
    OPTION_GUIDANCE,
    OPTION_GEOTIFF,
    OPTION_HOURLY
};
enum { HOUR_S = 3600, DAY_H = 24 };

typedef struct {
    autan_time at;
    bool has_at, hourly;
    size_t days, members;
    const char *output, *geotiff;
    size_t n_guidance;
    char **guidance; /* as many as arguments */
} arguments;

static bool option_count(const char *option, const char *text, size_t least,
                         size_t most, size_t *value)
{
    double number;
    if (autan_number_parse(text, &number) == AUTAN_OK && number >= (double)least &&
        number <= (double)most && number == (double)(size_t)number) {
        *value = (size_t)number;
        return true;
    }
    message_error("--%s is '%s', expected a whole number from %zu to %zu", option, text,
                  least, most);
    return false;
}

static bool parse(int argc, char **argv, arguments *a, int *code)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        {"at", required_argument, NULL, OPTION_AT},
        {"days", required_argument, NULL, OPTION_DAYS},
        {"members", required_argument, NULL, OPTION_MEMBERS},
        {"guidance", required_argument, NULL, OPTION_GUIDANCE},
        {"geotiff", required_argument, NULL, OPTION_GEOTIFF},
        {"hourly", no_argument, NULL, OPTION_HOURLY},
        {"output", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int option;
    *a =
        (arguments){.days = 5, .members = 50, .guidance = g_new0(char *, (size_t)argc)};
    *code = 2;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        switch (option) {
        case OPTION_AT:
            a->has_at = options_time("at", optarg, &a->at);
            if (!a->has_at)
                return false;
            break;
        case OPTION_DAYS:
            if (!option_count("days", optarg, 1, 10, &a->days))
                return false;
            break;
        case OPTION_MEMBERS:
            if (!option_count("members", optarg, 10, 200, &a->members))
                return false;
            break;
        case OPTION_GUIDANCE:
            a->guidance[a->n_guidance++] = optarg;
            break;
        case OPTION_GEOTIFF:
            a->geotiff = optarg;
            break;
        case OPTION_HOURLY:
            a->hourly = true;
            break;
        case 'o':
            a->output = optarg;
            break;
        default:
            if (options_common(option, argv, help, code))
                return false;
            *code = 2;
        }
    }
    if (a->geotiff && !a->output) {
        message_error("--geotiff needs -o FILE");
        return false;
    }
    if (a->hourly && !a->geotiff) {
        message_error("--hourly needs --geotiff DIR");
        return false;
    }
    return true;
}

/* The origin: what was asked for, or the newest reading, as a whole hour before. */
static autan_status choose_origin(town *t, const arguments *a, autan_time *at,
                                  autan_error *err)
{
    autan_time first, last = a->at;
    autan_status status = AUTAN_OK;
    if (!a->has_at)
        status =
            autan_archive_period(t->archive, AUTAN_AIR_TEMPERATURE, &first, &last, err);
    *at = last - ((last % HOUR_S) + HOUR_S) % HOUR_S;
    return status;
}

static autan_status write_maps(town *t, const autan_forecast *f, const arguments *a,
                               autan_error *err)
{
    autan_model *model = NULL;
    member_fields fields = {0};
    autan_status status = town_model_until(t, f->reference, &model, err);
    if (status == AUTAN_OK)
        status = member_fields_make(t, model, f, &fields, err);
    if (status == AUTAN_OK)
        status = forecast_maps_write(
            t, f, &fields, &(forecast_outputs){a->output, a->geotiff, a->hourly}, err);
    member_fields_clear(&fields);
    autan_model_free(model);
    return status;
}

static autan_status run(town *t, const arguments *a, autan_error *err)
{
    outlooks_request request = {
        .n_members = a->members, .n_guidance = a->n_guidance, .guidance = a->guidance};
    autan_forecast forecast = {0};
    char time[AUTAN_TIME_TEXT], *path = NULL;
    autan_status status = choose_origin(t, a, &request.at, err);
    /* To the end of the last day's window for its maximum, 06 UTC the day after. */
    request.n_hours = a->days * DAY_H + 30 - (size_t)(request.at / HOUR_S % DAY_H);
    if (status == AUTAN_OK)
        status = outlooks_make(t, &request, &forecast, err);
    if (status != AUTAN_OK)
        return status;
    notes_say(forecast.notes, "degraded: ");
    path = autan_forecast_path(t->city.archive, AUTAN_FORECASTS, request.at);
    status = path ? autan_forecast_write(path, &forecast, err)
                  : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    if (status == AUTAN_OK && a->output)
        status = write_maps(t, &forecast, a, err);
    autan_time_format(request.at, time);
    if (status == AUTAN_OK)
        message_note("forecast from %s: %zu stations, %zu hours, %zu members in %s",
                     time, forecast.n_stations, forecast.n_times, forecast.n_members,
                     path);
    free(path);
    autan_forecast_clear(&forecast);
    return status;
}

int cmd_forecast(int argc, char **argv)
{
    autan_error err = {0};
    arguments a;
    town t = {0};
    const char *path;
    autan_status status;
    int code;

    const bool parsed = parse(argc, argv, &a, &code);
    path = parsed ? options_city(argc, argv, false) : NULL;
    if (!path) {
        g_free(a.guidance);
        return parsed ? 2 : code;
    }
    status = town_open(path, &t, &err);
    if (status == AUTAN_OK)
        status = run(&t, &a, &err);
    town_close(&t);
    g_free(a.guidance);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
