/* libFuzzer: any bytes as the series of the places of a block. */
#include "files/place_series.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autan_place_series series;
    unsigned char *again = NULL;
    size_t n;
    if (autan_place_series_decode(data, size, &series) != AUTAN_OK)
        return 0;
    if (autan_place_series_encode(&series, &again, &n) != AUTAN_OK)
        abort();
    free(again);
    autan_place_series_clear(&series);
    return 0;
}
