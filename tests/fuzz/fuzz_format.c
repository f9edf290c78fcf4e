/* libFuzzer: any bytes as an observation file of the format FUZZ_VARIANT, a name of the
 * table, or NULL: told by the content. */
#include <math.h>

#include "files/format.h"
#include "fuzz.h"

/* Names as the seeds have them: what is of no station is looked at no further. */
static const char *const names[] = {"s1",        "70:ee:50:00:00:01", "ITOULO1",
                                    "00-valade", "12-montaudran",     "31069001",
                                    "07630"};
enum { STATIONS = sizeof names / sizeof *names };

/* How a CSV of no known format may be told to be read. */
static char *const time_formats[] = {"%d/%m/%Y %H:%M", NULL, "%s",
                                     "%Y-%m-%dT%H:%M:%S%z"};
enum { TIME_FORMATS = sizeof time_formats / sizeof *time_formats };

static autan_status on_observation(const autan_observation *row, size_t line,
                                   void *user)
{
    (void)line;
    (void)user;
    /* What is handed over as good is of a station of the table, and no infinity. */
    if (row->station >= STATIONS)
        abort();
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        if (isinf(row->value[v]))
            abort();
    }
    return AUTAN_OK;
}

static void on_rejected(autan_rejection reason, size_t line, const char *text,
                        void *user)
{
    (void)line;
    (void)text;
    (void)user;
    if (reason >= AUTAN_REJECTIONS)
        abort();
}

/* Stations whose column `number` has the numbers of the seeds. */
static void make_stations(autan_station_table *stations)
{
    static char *columns[] = {"number"};
    static char *const numbers[STATIONS] = {NULL, NULL, NULL, "0", "12"};
    autan_station *station;
    stations->n_attributes = 1;
    stations->attribute_name = columns;
    for (size_t i = 0; i < STATIONS; i++) {
        if (autan_station_append(stations, names[i], &station) != AUTAN_OK)
            abort();
        station->attribute[0] = numbers[i];
    }
}

static void make_mapping(autan_mapping *mapping)
{
    static char *missing[] = {"-999", "n/a"};
    mapping->time = "time";
    mapping->missing = missing;
    mapping->n_missing = 2;
    mapping->variable[AUTAN_AIR_TEMPERATURE] = (autan_mapped_variable){"t", 1, 0};
    mapping->variable[AUTAN_WIND_SPEED] = (autan_mapped_variable){"Vent", 1 / 3.6, 0};
    if (autan_zone_new("Europe/Paris", &mapping->zone) != AUTAN_OK)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static autan_station_table stations;
    static autan_mapping mapping;
    const autan_observation_sink sink = {on_observation, on_rejected, NULL};
    char path[FUZZ_PATH];
    autan_source source = {.path = path,
                           .format = FUZZ_VARIANT,
                           .stations = &stations,
                           .mapping = &mapping,
                           .now = 1700000000};
    int file;
    if (stations.n == 0) {
        make_stations(&stations);
        make_mapping(&mapping);
    }
    /* The ways of reading that bytes do not tell follow from how many there are. */
    source.station = size % 2 ? "s1" : NULL;
    mapping.station = size % 2 ? NULL : "Poste";
    mapping.time_format = time_formats[size / 2 % TIME_FORMATS];
    source.zone = mapping.zone;
    file = fuzz_file(data, size, path);
    autan_format_read(&source, &sink, NULL);
    close(file);
    return 0;
}
