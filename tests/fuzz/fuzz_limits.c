/* libFuzzer: any bytes as a table of limits by month and station. */
#include "files/limits_file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static autan_station_table stations;
    autan_month_limits limits[AUTAN_VARIABLES] = {0};
    autan_station *station;
    autan_error err = {0};
    char path[FUZZ_PATH];
    int file;
    if (stations.n == 0 &&
        (autan_station_append(&stations, "s1", &station) != AUTAN_OK ||
         autan_station_append(&stations, "00-valade", &station) != AUTAN_OK))
        abort();
    file = fuzz_file(data, size, path);
    if (autan_limits_file_read(path, &stations, limits, &err) != AUTAN_OK && !*err.text)
        abort();
    for (int v = 0; v < AUTAN_VARIABLES; v++) {
        for (size_t k = 0; limits[v].low && k < stations.n * 12; k++) {
            if (limits[v].low[k] > limits[v].high[k])
                abort();
        }
        autan_month_limits_clear(&limits[v]);
    }
    close(file);
    return 0;
}
