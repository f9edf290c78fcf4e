/* libFuzzer: any bytes as GeoJSON zones, their people, and cool places near them. */
#include "files/area_file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static autan_grid grid;
    static char *const fields[] = {"people"};
    autan_areas areas = {0};
    autan_error err = {0};
    char path[FUZZ_PATH];
    int file;
    /* Other drivers of GDAL are no code of ours. */
    if (size == 0 || data[0] != '{')
        return -1;
    if (grid.nx == 0 &&
        autan_grid_make(572000, 6277000, 576000, 6281000, 200, &grid) != AUTAN_OK)
        abort();
    file = fuzz_file(data, size, path);
    if (autan_areas_read(path, NULL, "EPSG:2154", &grid, &areas, &err) == AUTAN_OK) {
        for (size_t i = 0; i < areas.n; i++) {
            if (areas.area[i].n_points == 0 ||
                areas.area[i].n_points > AUTAN_AREA_POINTS)
                abort();
        }
        autan_areas_count_people(path, 1, fields, &areas, &err);
        autan_areas_find_cool(path, NULL, "EPSG:2154", &areas, &err);
        autan_areas_clear(&areas);
    } else if (!*err.text) {
        abort();
    }
    close(file);
    return 0;
}
