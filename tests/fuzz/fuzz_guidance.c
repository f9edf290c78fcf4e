/* libFuzzer: any bytes as guidance in JSON. Grids are read by GDAL: fuzz_netcdf.c. */
#include <math.h>

#include "files/guidance.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static autan_station_table stations;
    autan_station *station;
    autan_guidance guidance;
    autan_error err = {0};
    char path[FUZZ_PATH];
    int file;
    if (size == 0 || data[0] != '{')
        return -1;
    if (stations.n == 0) {
        if (autan_station_append(&stations, "s1", &station) != AUTAN_OK)
            abort();
        station->longitude = 1.44;
        station->latitude = 43.6;
    }
    file = fuzz_file(data, size, path);
    if (autan_guidance_read(path, &stations, &guidance, &err) == AUTAN_OK) {
        if (isinf(autan_guidance_at(&guidance, 0, 0, guidance.time[0])))
            abort();
        autan_guidance_clear(&guidance);
    } else if (!*err.text) {
        abort();
    }
    close(file);
    return 0;
}
