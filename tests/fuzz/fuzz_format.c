/* libFuzzer: any bytes as an observation file, in every format. The first byte says
 * which; others than the formats' let the content tell. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "files/format.h"

static autan_status on_observation(const autan_observation *row, size_t line,
                                   void *user)
{
    (void)row;
    (void)line;
    (void)user;
    return AUTAN_OK;
}

static void on_rejected(autan_rejection reason, size_t line, const char *text,
                        void *user)
{
    (void)reason;
    (void)line;
    (void)text;
    (void)user;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const format[] = {"observations", "toulouse",     "meteofrance",
                                         "synop",        "netatmo",      "wunderground",
                                         "ngsi-ld",      "sensorthings", "mapped"};
    static autan_station_table stations;
    static autan_mapping mapping;
    const autan_observation_sink sink = {on_observation, on_rejected, NULL};
    char path[32];
    autan_source source = {
        .path = path, .stations = &stations, .mapping = &mapping, .now = 1700000000};
    autan_station *station;
    int file;
    if (size == 0)
        return 0;
    if (stations.n == 0) {
        if (autan_station_append(&stations, "s1", &station) != AUTAN_OK ||
            autan_zone_new("Europe/Paris", &mapping.zone) != AUTAN_OK)
            return 0;
        mapping.time = strdup("time");
        mapping.time_format = strdup("%d/%m/%Y %H:%M");
        mapping.variable[0] = (autan_mapped_variable){strdup("t"), 1, 0};
    }
    source.station = "s1";
    if (data[0] < sizeof format / sizeof *format)
        source.format = format[data[0]];
    file = memfd_create("input", 0);
    if (file < 0 || write(file, data + 1, size - 1) != (ssize_t)size - 1)
        return 0;
    snprintf(path, sizeof path, "/dev/fd/%d", file);
    autan_format_read(&source, &sink, NULL);
    close(file);
    return 0;
}
