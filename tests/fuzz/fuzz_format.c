/* libFuzzer: any bytes as an observation file of the format FUZZ_FORMAT, a name of the
 * table, or NULL: told by the content. */
#include <math.h>
#include <string.h>

#include "files/format.h"
#include "fuzz.h"

static autan_status on_observation(const autan_observation *row, size_t line,
                                   void *user)
{
    (void)line;
    (void)user;
    /* What is handed over as good is of a station of the table, and no infinity. */
    if (row->station > 0)
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
        if (autan_station_append(&stations, "s1", &station) != AUTAN_OK ||
            autan_zone_new("Europe/Paris", &mapping.zone) != AUTAN_OK)
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
