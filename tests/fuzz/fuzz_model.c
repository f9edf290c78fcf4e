/* libFuzzer: any bytes as a model file. */
#include "files/model_file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autan_model *model = NULL;
    autan_error err = {0};
    char path[FUZZ_PATH];
    int file = fuzz_file(data, size, path);
    autan_status status = autan_model_read(path, &model, &err);
    if (status == AUTAN_OK)
        autan_model_free(model);
    else if (!*err.text)
        abort();
    close(file);
    return 0;
}
