/* libFuzzer: any bytes as a city file. */
#include "files/city.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autan_city city;
    autan_error err = {0};
    char path[FUZZ_PATH];
    int file = fuzz_file(data, size, path);
    autan_status status = autan_city_read(path, &city, &err);
    if (status == AUTAN_OK)
        autan_city_clear(&city);
    else if (!*err.text)
        abort();
    close(file);
    return 0;
}
