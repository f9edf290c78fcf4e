/* libFuzzer: any bytes as a station table. */
#include "files/station_file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autan_station_table table = {0};
    autan_error err = {0};
    char path[FUZZ_PATH];
    int file = fuzz_file(data, size, path);
    autan_status status = autan_station_file_read(path, &table, &err);
    /* A failure is explained; a table that is read has stations within the Earth. */
    if (status != AUTAN_OK ? !*err.text : table.n == 0)
        abort();
    for (size_t i = 0; status == AUTAN_OK && i < table.n; i++) {
        if (!(table.station[i].latitude >= -90 && table.station[i].latitude <= 90))
            abort();
    }
    if (status == AUTAN_OK)
        autan_station_table_clear(&table);
    close(file);
    return 0;
}
