/* Prints what a city file makes of its stations, for programs that are compared with
 * autan: station,x,y and one column a covariate, empty where it is missing.
 *
 *   sites CITY.ini > sites.csv
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "files/city.h"
#include "files/raster.h"
#include "files/station_file.h"

static autan_status read_covariates(const autan_city *city,
                                    const autan_station_table *table, double *value,
                                    autan_error *err)
{
    double *x = calloc(table->n, sizeof *x), *y = calloc(table->n, sizeof *y);
    autan_status status = x && y ? AUTAN_OK : AUTAN_NO_MEMORY;
    for (size_t s = 0; status == AUTAN_OK && s < table->n; s++) {
        x[s] = table->station[s].x;
        y[s] = table->station[s].y;
    }
    for (size_t j = 0; status == AUTAN_OK && j < city->n_covariates; j++) {
        const autan_city_covariate *c = &city->covariate[j];
        autan_raster *raster = NULL;
        status = autan_raster_open(c->name, c->file, c->radius_m, city->crs,
                                   &city->grid, &raster, err);
        if (status == AUTAN_OK)
            status = autan_raster_read_places(raster, table->n, x, y,
                                              value + j * table->n, err);
        autan_raster_close(raster);
    }
    free(x);
    free(y);
    return status;
}

static void print(const autan_city *city, const autan_station_table *table,
                  const double *value)
{
    printf("station,x,y");
    for (size_t j = 0; j < city->n_covariates; j++)
        printf(",%s", city->covariate[j].name);
    for (size_t s = 0; s < table->n; s++) {
        printf("\n%s,%.3f,%.3f", table->station[s].id, table->station[s].x,
               table->station[s].y);
        for (size_t j = 0; j < city->n_covariates; j++) {
            double v = value[j * table->n + s];
            printf(isnan(v) ? "," : ",%.9g", v);
        }
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    autan_city city = {0};
    autan_station_table table = {0};
    autan_error err = {0};
    double *value = NULL;
    autan_status status;

    if (argc != 2) {
        fprintf(stderr, "usage: sites CITY.ini > sites.csv\n");
        return 2;
    }
    status = autan_city_read(argv[1], &city, &err);
    if (status == AUTAN_OK)
        status = autan_station_file_read(city.stations, &table, &err);
    if (status == AUTAN_OK)
        status = autan_project_stations(city.crs, &table, &err);
    if (status == AUTAN_OK) {
        value = calloc(table.n * city.n_covariates + 1, sizeof *value);
        status = value ? read_covariates(&city, &table, value, &err) : AUTAN_NO_MEMORY;
    }
    if (status == AUTAN_OK)
        print(&city, &table, value);
    else
        fprintf(stderr, "sites: %s\n", err.text);
    free(value);
    autan_station_table_clear(&table);
    autan_city_clear(&city);
    return status == AUTAN_OK ? 0 : 1;
}
