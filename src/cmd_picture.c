/* autan picture: maps of a file as pictures or as an animation. */
#include "config.h"

#include "command.h"

#include <errno.h>
#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/animation.h"
#include "files/mapfile.h"
#include "message.h"
#include "options.h"
#include "pictures.h"
#include "town.h"

static const char help[] =
    "Usage: autan picture [options] -o DIR CITY.ini FILE.nc\n"
    "Draws the maps of a file of `map`, `forecast` or `scenario`: temperature, "
    "standard\n"
    "error, heat island, probabilities; each, as a difference, or as an animation.\n\n"
    "      --from T, --to T  maps from T to T only (ISO 8601 UTC, or a date)\n"
    "      --variable NAME   this variable only\n"
    "      --minus T         each map less that of T\n"
    "      --animation       one animated GIF a variable instead of a PNG a map\n"
    "  -o, --output DIR      folder of the pictures\n"
    "  -q, --quiet           say errors only\n"
    "  -v, --verbose         say more\n"
    "  -h, --help            print this\n"
    "  -V, --version         print the version\n";

enum { OPTION_VARIABLE = OPTION_FIRST_LONG, OPTION_MINUS, OPTION_ANIMATION };

enum {
    FRAMES_MOST = 240, /* ten days of hours */
    FRAME_MS = 500
};

typedef struct {
    options_period period;
    const char *variable, *folder, *file;
    autan_time minus; /* PICTURE_NO_TIME: none */
    bool animation;
} arguments;

/* The file, and room for what is drawn of it. */
typedef struct {
    town *town;
    const arguments *a;
    autan_mapfile_reader *reader;
    const autan_mapfile_info *info;
    float *value, *other; /* cells */
    autan_panel panel;    /* readings of the file's hours */
    size_t drawn;
} job;

static bool is_wanted(const job *j, size_t t)
{
    return j->info->time[t] >= j->a->period.from &&
           j->info->time[t] <= j->a->period.to && j->info->time[t] != j->a->minus;
}

static autan_status check_grid(const job *j, autan_error *err)
{
    const autan_grid *own = &j->town->city.grid, *g = j->info->grid;
    if (own->nx == g->nx && own->ny == g->ny &&
        fabs(own->xmin - g->xmin) < 0.01 * own->resolution &&
        fabs(own->ymax - g->ymax) < 0.01 * own->resolution)
        return AUTAN_OK;
    return autan_fail(
        err, AUTAN_BAD_FORMAT,
        "%s: has %zu x %zu cells from %.10g, %.10g, expected the grid of %s: "
        "%zu x %zu from %.10g, %.10g",
        j->a->file, g->nx, g->ny, g->xmin, g->ymax, j->town->city.path, own->nx,
        own->ny, own->xmin, own->ymax);
}

/* The place of the time taken off. */
static autan_status find_minus(const job *j, size_t *minus, autan_error *err)
{
    char text[AUTAN_TIME_TEXT];
    *minus = 0;
    if (j->a->minus == PICTURE_NO_TIME)
        return AUTAN_OK;
    while (*minus < j->info->n_times && j->info->time[*minus] != j->a->minus)
        (*minus)++;
    autan_time_format(j->a->minus, text);
    return *minus < j->info->n_times
               ? AUTAN_OK
               : autan_fail(err, AUTAN_NO_DATA,
                            "%s: has no map of %s, which --minus asks for", j->a->file,
                            text);
}

/* One map into value, less the other. */
static autan_status read_map(job *j, size_t v, size_t t, autan_error *err)
{
    const autan_grid *g = &j->town->city.grid;
    autan_status status = autan_mapfile_read(j->reader, v, t, j->value, err);
    for (size_t k = 0;
         status == AUTAN_OK && j->a->minus != PICTURE_NO_TIME && k < g->nx * g->ny; k++)
        j->value[k] -= j->other[k];
    return status;
}

/* Limits that hold for all frames, at round numbers. */
static autan_status find_limits(job *j, size_t v, picture_subject *s, autan_error *err)
{
    const size_t cells = j->town->city.grid.nx * j->town->city.grid.ny;
    double low = INFINITY, high = -INFINITY, step;
    for (size_t t = 0; t < j->info->n_times; t++) {
        autan_status status = is_wanted(j, t) ? read_map(j, v, t, err) : AUTAN_OK;
        if (status != AUTAN_OK)
            return status;
        for (size_t k = 0; is_wanted(j, t) && k < cells; k++) {
            if (isfinite(j->value[k])) {
                low = fmin(low, (double)j->value[k]);
                high = fmax(high, (double)j->value[k]);
            }
        }
    }
    step = high - low > 5 ? 1.0 : high - low > 0.5 ? 0.1 : 0.01;
    if (low < high) {
        s->lowest = step * floor(low / step);
        s->highest = step * ceil(high / step);
    }
    return AUTAN_OK;
}

/* The readings at the hour of a map, NULL when the archive does not go there. */
static const double *readings(const job *j, autan_time time)
{
    const autan_time since = time - j->panel.from;
    if (since < 0 || since % TOWN_HOUR_S != 0 ||
        (size_t)(since / TOWN_HOUR_S) >= j->panel.n_times)
        return NULL;
    return j->panel.value + (size_t)(since / TOWN_HOUR_S) * j->panel.n_stations;
}

static autan_status draw_variable(job *j, size_t v, autan_error *err)
{
    const char *name = j->info->variable[v].name;
    const picture_look *look = picture_look_of(name);
    const bool difference = j->a->minus != PICTURE_NO_TIME;
    picture_subject s = {.variable = name, .value = j->value, .minus = j->a->minus};
    autan_animation *animation = NULL;
    char *path = g_strdup_printf("%s/%s%s.gif", j->a->folder, name,
                                 difference ? "_difference" : "");
    size_t minus, frames = 0;
    autan_status status = find_minus(j, &minus, err);
    if (status == AUTAN_OK && difference)
        status = autan_mapfile_read(j->reader, v, minus, j->other, err);
    for (size_t t = 0; t < j->info->n_times; t++)
        frames += is_wanted(j, t);
    if (status == AUTAN_OK && j->a->animation && frames > FRAMES_MOST)
        status =
            autan_fail(err, AUTAN_BAD_CONFIG,
                       "an animation of %zu maps is asked for, expected at most %d: "
                       "choose them with --from and --to",
                       frames, FRAMES_MOST);
    if (status == AUTAN_OK && j->a->animation && frames > 0) {
        if (look->lowest == look->highest || difference)
            status = find_limits(j, v, &s, err);
        if (status == AUTAN_OK)
            status = autan_animation_new(path, difference ? "difference" : look->scale,
                                         FRAME_MS, &animation, err);
    }
    for (size_t t = 0; status == AUTAN_OK && t < j->info->n_times; t++) {
        if (!is_wanted(j, t))
            continue;
        s.time = j->info->time[t];
        s.reading = readings(j, s.time);
        status = read_map(j, v, t, err);
        if (status == AUTAN_OK)
            status = picture_draw(j->town, &s, j->a->folder, animation, err);
        j->drawn++;
        message_progress("maps drawn", t + 1, j->info->n_times);
    }
    if (status == AUTAN_OK && animation)
        status = autan_animation_finish(animation, err);
    else
        autan_animation_abandon(animation);
    g_free(path);
    return status;
}

/* The file's hours may be ahead of all readings: then stations have none. */
static autan_status read_readings(job *j, autan_error *err)
{
    const autan_time first = j->info->time[0],
                     last = j->info->time[j->info->n_times - 1];
    if (autan_mapfile_find(j->reader, "air_temperature") < 0 ||
        last - first > (autan_time)FRAMES_MOST * 31 * TOWN_HOUR_S)
        return AUTAN_OK;
    return town_read_panel(j->town, first, last, &j->panel, err);
}

static autan_status draw_all(job *j, autan_error *err)
{
    const arguments *a = j->a;
    const size_t cells = j->town->city.grid.nx * j->town->city.grid.ny;
    autan_status status = autan_mapfile_open_read(a->file, &j->reader, err);
    size_t shown = 0;
    if (status != AUTAN_OK)
        return status;
    j->info = autan_mapfile_contents(j->reader);
    status = check_grid(j, err);
    j->value = malloc(cells * sizeof *j->value);
    j->other = malloc(cells * sizeof *j->other);
    if (status == AUTAN_OK && (!j->value || !j->other))
        status = town_no_memory(j->town, err);
    if (status == AUTAN_OK)
        status = read_readings(j, err);
    if (status == AUTAN_OK && a->variable &&
        autan_mapfile_find(j->reader, a->variable) < 0)
        return autan_fail(err, AUTAN_NOT_FOUND, "%s: has no variable '%s'", a->file,
                          a->variable);
    if (status == AUTAN_OK && a->variable && !picture_look_of(a->variable))
        return autan_fail(err, AUTAN_UNSUPPORTED,
                          "%s: '%s' is not a variable with a picture", a->file,
                          a->variable);
    if (status == AUTAN_OK && g_mkdir_with_parents(a->folder, 0777) != 0)
        status = autan_fail(err, AUTAN_IO, "%s: cannot make the folder: %s", a->folder,
                            strerror(errno));
    for (size_t v = 0; status == AUTAN_OK && v < j->info->n_variables; v++) {
        const char *name = j->info->variable[v].name;
        if ((a->variable && strcmp(name, a->variable) != 0) || !picture_look_of(name))
            continue;
        status = draw_variable(j, v, err);
        shown++;
    }
    if (status == AUTAN_OK && j->drawn == 0)
        status = autan_fail(err, AUTAN_NO_DATA, "%s: has no map to draw%s", a->file,
                            shown ? " in the period asked for" : "");
    if (status == AUTAN_OK)
        message_note(ngettext("%zu map drawn", "%zu maps drawn", j->drawn), j->drawn);
    return status;
}

static bool parse(int argc, char **argv, arguments *a, int *code)
{
    static const struct option options[] = {
        OPTIONS_COMMON,
        OPTIONS_PERIOD,
        {"variable", required_argument, NULL, OPTION_VARIABLE},
        {"minus", required_argument, NULL, OPTION_MINUS},
        {"animation", no_argument, NULL, OPTION_ANIMATION},
        {"output", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int option;
    *code = 2;
    while ((option = getopt_long(argc, argv, OPTIONS_COMMON_SHORT "o:", options,
                                 NULL)) != -1) {
        switch (option) {
        case OPTION_FROM:
        case OPTION_TO:
            if (!options_take_period(option, &a->period))
                return false;
            break;
        case OPTION_VARIABLE:
            a->variable = optarg;
            break;
        case OPTION_MINUS:
            if (!options_time("minus", optarg, &a->minus))
                return false;
            break;
        case OPTION_ANIMATION:
            a->animation = true;
            break;
        case 'o':
            a->folder = optarg;
            break;
        default:
            if (options_common(option, argv, help, code))
                return false;
            *code = 2;
        }
    }
    return true;
}

int cmd_picture(int argc, char **argv)
{
    arguments a = {.period = OPTIONS_ALL_TIMES, .minus = PICTURE_NO_TIME};
    autan_error err = {0};
    town t = {0};
    job j = {.town = &t, .a = &a};
    const char *path;
    autan_status status;
    int code;
    if (!parse(argc, argv, &a, &code))
        return code;
    path = options_city(argc, argv, true);
    if (!path || !options_check_period(&a.period, false))
        return 2;
    if (optind + 2 != argc) {
        message_error(optind + 1 >= argc ? "no map file given, expected FILE.nc"
                                         : "one map file is expected");
        return 2;
    }
    a.file = argv[optind + 1];
    if (!a.folder) {
        message_error("nowhere to write: give -o DIR");
        return 2;
    }
    status = town_open(path, &t, &err);
    if (status == AUTAN_OK)
        status = draw_all(&j, &err);
    autan_mapfile_reader_close(j.reader);
    autan_panel_clear(&j.panel);
    free(j.value);
    free(j.other);
    town_close(&t);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
