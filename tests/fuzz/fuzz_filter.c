/* libFuzzer: any text as a filter of features. */
#include <string.h>

#include "fuzz.h"
#include "ground/filter.h"

static const char *attribute(void *user, const char *name)
{
    static const char *const text[] = {NULL, "", "wood", "12.5", "-1e300"};
    (void)user;
    return text[strlen(name) % (sizeof text / sizeof *text)];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autan_filter *filter = NULL;
    autan_error err = {0};
    char *text = fuzz_text(data, size);
    if (autan_filter_parse(text, &filter, &err) == AUTAN_OK) {
        size_t n = 0;
        while (autan_filter_attribute(filter, n))
            n++;
        autan_filter_passes(filter, attribute, NULL);
        autan_filter_free(filter);
        /* Each attribute takes a byte of the text at least. */
        if (n > size)
            abort();
    } else if (!*err.text) {
        abort();
    }
    free(text);
    return 0;
}
