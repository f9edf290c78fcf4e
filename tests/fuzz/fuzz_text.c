/* libFuzzer: any text as a time or a number. */
#include "base/calendar.h"
#include "base/number.h"
#include "fuzz.h"

/* What is read as a time or number is read the same once written. */
static void read_twice(const char *text)
{
    char written[AUTAN_TIME_TEXT], digits[AUTAN_NUMBER_TEXT];
    autan_time time, again;
    double value, same;
    if (autan_time_parse(text, &time) == AUTAN_OK) {
        autan_time_format(time, written);
        if (autan_time_parse(written, &again) != AUTAN_OK || again != time)
            abort();
    }
    if (autan_number_parse(text, &value) == AUTAN_OK) {
        autan_number_format(value, digits);
        if (autan_number_parse(digits, &same) != AUTAN_OK || same != value)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    read_twice(text);
    free(text);
    return 0;
}
