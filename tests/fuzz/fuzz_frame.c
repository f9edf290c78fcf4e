/* libFuzzer: any text as a station's raw message. */
#include "files/formats/toulouse_frame.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autan_toulouse_frame frame;
    const char *reason;
    char *text = fuzz_text(data, size);
    if (autan_toulouse_decode(text, &frame, &reason) != !reason)
        abort();
    free(text);
    return 0;
}
