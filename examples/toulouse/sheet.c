/* sheet: maps of several moments side by side in one picture, to be compared. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files/mapfile.h"
#include "files/picture.h"
#include "message.h"
#include "pictures.h"
#include "town.h"

static const char help[] =
    "Usage: sheet CITY.ini VARIABLE PICTURE.png MAPS.nc...\n"
    "Draws one variable of the files' maps, 12 at most, side by side. VARIABLE is\n"
    "  urban_heat_island  one colour scale for all maps\n"
    "  air_temperature    a colour scale for each map\n";

static const struct {
    const char *variable, *title, *legend, *scale;
    bool own_scales, readings;
} table[] = {
    {"urban_heat_island", "Îlot de chaleur urbain", "Écart à la campagne (K)",
     "difference", false, false},
    {"air_temperature", "Température de l'air", "Température de l'air (°C)",
     "temperature", true, true},
};

typedef struct {
    town town;
    size_t row; /* of the table */
    size_t n;
    autan_picture_map map[AUTAN_PICTURE_MAPS];
    double *value[AUTAN_PICTURE_MAPS];
    autan_picture_station *station[AUTAN_PICTURE_MAPS];
    char title[AUTAN_PICTURE_MAPS][120];
} sheet;

static void sheet_clear(sheet *s)
{
    for (size_t m = 0; m < AUTAN_PICTURE_MAPS; m++) {
        free(s->value[m]);
        free(s->station[m]);
    }
    town_close(&s->town);
}

/* The stations with what they read in the hour. */
static autan_status list_stations(sheet *s, autan_time time,
                                  autan_picture_station **list, autan_error *err)
{
    const size_t n = s->town.stations.n;
    autan_panel panel = {0};
    autan_status status = town_read_panel(&s->town, time, time, &panel, err);
    if (status != AUTAN_OK)
        return status;
    *list = calloc(n, sizeof **list);
    for (size_t i = 0; *list && i < n; i++)
        (*list)[i] = (autan_picture_station){
            .x = s->town.x[i],
            .y = s->town.y[i],
            .value = table[s->row].readings ? panel.value[i] : NAN};
    autan_panel_clear(&panel);
    return *list ? AUTAN_OK : autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
}

static autan_status add_map(sheet *s, autan_mapfile_reader *file, size_t variable,
                            size_t at, autan_error *err)
{
    const autan_grid *grid = &s->town.city.grid;
    const autan_time time = autan_mapfile_contents(file)->time[at];
    const size_t cells = grid->nx * grid->ny, m = s->n;
    float *narrow = malloc(cells * sizeof *narrow);
    autan_status status = AUTAN_OK;
    s->value[m] = malloc(cells * sizeof **s->value);
    if (!narrow || !s->value[m])
        status = autan_fail(err, AUTAN_NO_MEMORY, "out of memory");
    if (status == AUTAN_OK)
        status = autan_mapfile_read(file, variable, at, narrow, err);
    for (size_t i = 0; status == AUTAN_OK && i < cells; i++)
        s->value[m][i] = (double)narrow[i];
    free(narrow);
    if (status == AUTAN_OK)
        status = list_stations(s, time, &s->station[m], err);
    if (status == AUTAN_OK) {
        picture_date(&s->town, time, s->title[m], sizeof s->title[m]);
        s->title[m][strcspn(s->title[m], "(") - 1] = '\0'; /* the local time alone */
        s->map[m] = (autan_picture_map){s->title[m], s->value[m], s->town.stations.n,
                                        s->station[m]};
        s->n++;
    }
    return status;
}

static autan_status add_file(sheet *s, const char *path, autan_error *err)
{
    const autan_grid *mine = &s->town.city.grid, *theirs;
    autan_mapfile_reader *file = NULL;
    autan_status status = autan_mapfile_open_read(path, &file, err);
    long variable;
    if (status != AUTAN_OK)
        return status;
    theirs = autan_mapfile_contents(file)->grid;
    variable = autan_mapfile_find(file, table[s->row].variable);
    if (variable < 0)
        status = autan_fail(err, AUTAN_NOT_FOUND, "%s: has no variable %s", path,
                            table[s->row].variable);
    else if (theirs->nx != mine->nx || theirs->ny != mine->ny ||
             theirs->xmin != mine->xmin || theirs->ymax != mine->ymax)
        status = autan_fail(err, AUTAN_BAD_FORMAT, "%s: has another grid than %s", path,
                            s->town.city.path);
    for (size_t k = 0; status == AUTAN_OK && k < autan_mapfile_contents(file)->n_times;
         k++)
        status = s->n < AUTAN_PICTURE_MAPS
                     ? add_map(s, file, (size_t)variable, k, err)
                     : autan_fail(err, AUTAN_BAD_ARGUMENT, "%s: more than %d maps",
                                  path, AUTAN_PICTURE_MAPS);
    autan_mapfile_reader_close(file);
    return status;
}

static autan_status draw(const sheet *s, const char *path, autan_error *err)
{
    const autan_city *city = &s->town.city;
    char title[300];
    snprintf(title, sizeof title, "%s — %s", table[s->row].title, city->name);
    const autan_picture picture = {
        .grid = &city->grid,
        .title = title,
        .date =
            "Heure locale ; moyenne sur l'heure écoulée / local time, mean over the "
            "past hour",
        .band = city->notice,
        .credits = city->credits,
        .legend_title = table[s->row].legend,
        .reading_text = "station : relevé",
        .silent_text = table[s->row].readings ? "station muette" : "station",
        .decimal_mark = ',',
        .scale = table[s->row].scale,
        .own_scales = table[s->row].own_scales,
    };
    return autan_picture_write(&picture, s->n, s->map, path, err);
}

int main(int argc, char **argv)
{
    autan_error err = {0};
    sheet s = {0};
    autan_status status;
    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(help, stdout);
        return message_close_output(0);
    }
    while (argc > 4 && s.row < sizeof table / sizeof *table &&
           strcmp(argv[2], table[s.row].variable) != 0)
        s.row++;
    if (argc < 5 || s.row == sizeof table / sizeof *table) {
        fputs(help, stderr);
        return 2;
    }
    status = town_open(argv[1], &s.town, &err);
    for (int k = 4; status == AUTAN_OK && k < argc; k++)
        status = add_file(&s, argv[k], &err);
    if (status == AUTAN_OK)
        status = draw(&s, argv[3], &err);
    sheet_clear(&s);
    return status == AUTAN_OK ? 0 : message_fail(&err);
}
