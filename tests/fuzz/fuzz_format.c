/* libFuzzer: any bytes as an observation file of the format FUZZ_FORMAT, a name of the
 * table, or NULL: told by the content. */
#include <math.h>
#include <string.h>

#include "files/format.h"
#include "fuzz.h"

/* Names as the seeds have them: what is of no station is looked at no further. */
static const char *const names[] = {"s1",        "70:ee:50:00:00:01", "ITOULO1",
                                    "00-valade", "12-montaudran",     "31069001",
                                    "07630"};
enum { STATIONS = sizeof names / sizeof *names };

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static autan_station_table stations;
    static autan_mapping mapping;
    const autan_observation_sink sink = {on_observation, on_rejected, NULL};
    char path[FUZZ_PATH];
    autan_source source = {.path = path,
                           .format = FUZZ_FORMAT,
                           .stations = &stations,
                           .station = "s1",
                           .mapping = &mapping,
                           .now = 1700000000};
    autan_station *station;
    int file;
    if (stations.n == 0) {
        for (size_t i = 0; i < STATIONS; i++) {
            if (autan_station_append(&stations, names[i], &station) != AUTAN_OK)
                abort();
        }
        if (autan_zone_new("Europe/Paris", &mapping.zone) != AUTAN_OK)
            return 0;
        mapping.time = strdup("time");
        mapping.time_format = strdup("%d/%m/%Y %H:%M");
        mapping.variable[0] = (autan_mapped_variable){strdup("t"), 1, 0};
    }
    source.zone = mapping.zone;
    file = fuzz_file(data, size, path);
    autan_format_read(&source, &sink, NULL);
    close(file);
    return 0;
}
