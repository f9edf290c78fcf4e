#include "files/formats/toulouse_frame.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BYTES = 12, QUARTER_S = 900 };

/* The next bits of the message, as a number. */
static int take(const uint8_t bytes[BYTES], int *at, int bits)
{
    int value = 0;
    for (int k = 0; k < bits; k++, ++*at)
        value = value << 1 | (bytes[*at / 8] >> (7 - *at % 8) & 1);
    return value;
}

static bool read_bytes(const char *hex, uint8_t bytes[BYTES])
{
    if (strlen(hex) != 2 * BYTES || hex[strspn(hex, "0123456789abcdefABCDEF")])
        return false;
    for (int k = 0; k < BYTES; k++) {
        unsigned value = 0;
        sscanf(hex + 2 * k, "%2x", &value);
        bytes[k] = (uint8_t)value;
    }
    return true;
}

static bool repeats(const uint8_t bytes[BYTES])
{
    int same = 0, longest = 0;
    for (int k = 1; k < BYTES; k++) {
        same = bytes[k] == bytes[k - 1] && bytes[k] != 0 ? same + 1 : 0;
        longest = same > longest ? same : longest;
    }
    return longest >= 4;
}

bool autan_toulouse_decode(const char *hex, autan_toulouse_frame *frame,
                           const char **reason)
{
    uint8_t bytes[BYTES];
    autan_toulouse_frame f = {0};
    autan_civil day = {0};
    int at = 0, message, whole, tenths, humidity, speed, type;
    *reason = "it is not 24 hexadecimal digits";
    if (!read_bytes(hex, bytes))
        return false;
    f.id = take(bytes, &at, 7);
    day.month = take(bytes, &at, 4);
    day.day = take(bytes, &at, 5);
    day.year = 2019 + take(bytes, &at, 4);
    message = take(bytes, &at, 7);
    whole = take(bytes, &at, 7);
    tenths = take(bytes, &at, 4);
    humidity = take(bytes, &at, 7);
    f.precipitation_amount = 0.2 * take(bytes, &at, 7);
    f.wind_to_direction = 2.0 * take(bytes, &at, 8);
    speed = take(bytes, &at, 7);
    f.air_pressure = 900 + take(bytes, &at, 8);
    take(bytes, &at, 4 + 7 + 4); /* of the gust: not archived */
    type = take(bytes, &at, 6);
    if (autan_time_from_utc(&day, &f.time) != AUTAN_OK)
        *reason = "its date is impossible";
    else if (message < 1 || message > 96)
        *reason = "its number is outside 1 to 96";
    else if (tenths > 9)
        *reason = "its tenths of a degree are above 9";
    else if (humidity > 100)
        *reason = "its humidity is above 100 %";
    else if (type > 1)
        *reason = "its type of station is unknown";
    else if (repeats(bytes))
        *reason = "it repeats one byte";
    else
        *reason = NULL;
    if (*reason)
        return false;
    f.time += (message - 1) * QUARTER_S;
    f.air_temperature = whole - 50 + tenths / 10.0;
    f.relative_humidity = humidity;
    f.wind_speed = (speed > 80 ? 80 + 2 * (speed - 80) : speed) / 3.6;
    f.substation = type == 1;
    *frame = f;
    return true;
}
