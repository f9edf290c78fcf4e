/* libFuzzer: any text as a station's raw message. */
#include <stdlib.h>
#include <string.h>

#include "files/formats/toulouse_frame.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autan_toulouse_frame frame;
    const char *reason;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (autan_toulouse_decode(text, &frame, &reason) != !reason)
        abort();
    free(text);
    return 0;
}
