/* The plain structs: stations, panels, grids and the table of variables. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/grid.h"
#include "data/panel.h"
#include "data/station.h"
#include "data/variable.h"
#include "support.h"

/* Stations */

START_TEST(stations_keep_their_order_and_are_found_by_their_id)
{
    autan_station_table table = {0};
    autan_station *station;
    char id[16];
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "s%d", i);
        ck_assert_int_eq(autan_station_append(&table, id, &station), AUTAN_OK);
        ck_assert_str_eq(station->id, id);
        ck_assert_ptr_eq(station, &table.station[i]);
    }
    ck_assert_uint_eq(table.n, 100);
    for (int i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "s%d", i);
        ck_assert_int_eq(autan_station_find(&table, id), i);
    }
    ck_assert_int_eq(autan_station_find(&table, "s100"), -1);
    ck_assert_int_eq(autan_station_find(&table, ""), -1);
    ck_assert_int_eq(autan_station_find(&table, "S1"), -1);
    autan_station_table_clear(&table);
    ck_assert_uint_eq(table.n, 0);
    ck_assert_ptr_null(table.station);
    autan_station_table_clear(&table);
}
END_TEST

START_TEST(a_new_station_has_nothing_but_its_id)
{
    autan_station_table table = {.n_attributes = 2};
    autan_station *station;
    table.attribute_name = calloc(2, sizeof *table.attribute_name);
    table.attribute_name[0] = strdup("lcz");
    table.attribute_name[1] = strdup("owner");
    ck_assert_int_eq(autan_station_append(&table, "a", &station), AUTAN_OK);
    ck_assert_ptr_null(station->name);
    ck_assert(isnan(station->longitude) && isnan(station->latitude));
    ck_assert(isnan(station->elevation) && isnan(station->x) && isnan(station->y));
    ck_assert_ptr_null(station->attribute[0]);
    ck_assert_ptr_null(station->attribute[1]);
    station->attribute[1] = strdup("town");
    autan_station_table_clear(&table);
    ck_assert_uint_eq(table.n_attributes, 0);
}
END_TEST

START_TEST(an_id_that_is_taken_is_refused_and_the_table_left_untouched)
{
    autan_station_table table = {0};
    autan_station *station, *other = NULL;
    ck_assert_int_eq(autan_station_append(&table, "a", &station), AUTAN_OK);
    ck_assert_int_eq(autan_station_append(&table, "b", &station), AUTAN_OK);
    ck_assert_int_eq(autan_station_append(&table, "a", &other), AUTAN_BAD_ARGUMENT);
    ck_assert_ptr_null(other);
    ck_assert_uint_eq(table.n, 2);
    autan_station_table_clear(&table);
}
END_TEST

/* Panels */

START_TEST(a_panel_is_made_of_nan_and_knows_its_times)
{
    autan_panel panel;
    ck_assert_int_eq(autan_panel_make(1000, 1000 + 2 * 3600, 3600, 4, &panel), AUTAN_OK);
    ck_assert_uint_eq(panel.n_times, 3);
    ck_assert_uint_eq(panel.n_stations, 4);
    for (size_t k = 0; k < 12; k++)
        ck_assert_double_nan(panel.value[k]);
    ck_assert_int_eq(autan_panel_time(&panel, 0), 1000);
    ck_assert_int_eq(autan_panel_time(&panel, 2), 1000 + 2 * 3600);
    autan_panel_clear(&panel);
    ck_assert_ptr_null(panel.value);
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(the_end_of_a_panel_is_inclusive)
{
    autan_panel panel;
    ck_assert_int_eq(autan_panel_make(0, 0, 3600, 1, &panel), AUTAN_OK);
    ck_assert_uint_eq(panel.n_times, 1);
    autan_panel_clear(&panel);
    ck_assert_int_eq(autan_panel_make(0, 3599, 3600, 1, &panel), AUTAN_OK);
    ck_assert_uint_eq(panel.n_times, 1);
    autan_panel_clear(&panel);
    ck_assert_int_eq(autan_panel_make(-7200, 0, 3600, 1, &panel), AUTAN_OK);
    ck_assert_uint_eq(panel.n_times, 3);
    autan_panel_clear(&panel);
}
END_TEST

START_TEST(a_panel_that_ends_before_it_starts_is_refused_and_the_output_left_untouched)
{
    autan_panel panel = {.n_times = 77};
    ck_assert_int_eq(autan_panel_make(3600, 0, 3600, 1, &panel), AUTAN_BAD_ARGUMENT);
    ck_assert_int_eq(autan_panel_make(0, 3600, 0, 1, &panel), AUTAN_BAD_ARGUMENT);
    ck_assert_int_eq(autan_panel_make(0, 3600, -60, 1, &panel), AUTAN_BAD_ARGUMENT);
    ck_assert_uint_eq(panel.n_times, 77);
}
END_TEST

START_TEST(a_panel_beyond_memory_is_refused_and_the_output_left_untouched)
{
    autan_panel panel = {.n_times = 77};
    ck_assert_int_eq(autan_panel_make(0, 1000000, 1, SIZE_MAX / 1000, &panel),
                     AUTAN_NO_MEMORY);
    ck_assert_int_eq(autan_panel_make(0, 0, 1, SIZE_MAX / 4, &panel), AUTAN_NO_MEMORY);
    ck_assert_uint_eq(panel.n_times, 77);
}
END_TEST

START_TEST(a_panel_of_no_station_can_be_had)
{
    autan_panel panel;
    ck_assert_int_eq(autan_panel_make(0, 3600, 3600, 0, &panel), AUTAN_OK);
    ck_assert_uint_eq(panel.n_stations, 0);
    autan_panel_clear(&panel);
}
END_TEST

/* Grids. The extent is that of the contract's example: 380 x 340 cells of 100 m. */

START_TEST(a_grid_counts_its_cells_from_the_north_west)
{
    autan_grid grid;
    ck_assert_int_eq(autan_grid_make(554000, 6262000, 592000, 6296000, 100, &grid), AUTAN_OK);
    ck_assert_uint_eq(grid.nx, 380);
    ck_assert_uint_eq(grid.ny, 340);
    ck_assert_double_eq(autan_grid_x(&grid, 0), 554050);
    ck_assert_double_eq(autan_grid_x(&grid, 379), 591950);
    ck_assert_double_eq(autan_grid_y(&grid, 0), 6295950);
    ck_assert_double_eq(autan_grid_y(&grid, 339), 6262050);
}
END_TEST

START_TEST(places_are_the_cells_of_some_rows_row_by_row)
{
    autan_grid grid;
    double x[6], y[6];
    ck_assert_int_eq(autan_grid_make(0, 0, 300, 500, 100, &grid), AUTAN_OK);
    autan_grid_places(&grid, 1, 2, x, y);
    for (size_t k = 0; k < 6; k++) {
        ck_assert_double_eq(x[k], 50.0 + 100.0 * (double)(k % 3));
        ck_assert_double_eq(y[k], k < 3 ? 350.0 : 250.0);
    }
}
END_TEST

START_TEST(a_resolution_that_is_no_whole_binary_number_still_divides)
{
    autan_grid grid;
    ck_assert_int_eq(autan_grid_make(0, 0, 0.3, 0.7, 0.1, &grid), AUTAN_OK);
    ck_assert_uint_eq(grid.nx, 3);
    ck_assert_uint_eq(grid.ny, 7);
}
END_TEST

START_TEST(the_extent_is_whole_to_a_millionth_of_a_cell)
{
    autan_grid grid;
    ck_assert_int_eq(autan_grid_make(0, 0, 1000 + 0.9e-4, 1000, 100, &grid), AUTAN_OK);
    ck_assert_int_eq(autan_grid_make(0, 0, 1000 + 1.1e-4, 1000, 100, &grid),
                     AUTAN_OUT_OF_DOMAIN);
}
END_TEST

static const double bad_grid[][5] = {
    {0, 0, 0, 100, 10},          {0, 0, 100, 0, 10},         {100, 0, 0, 100, 10},
    {0, 100, 100, 0, 10},        {0, 0, 105, 100, 10},       {0, 0, 100, 105, 10},
    {0, 0, 5, 100, 10},          {0, 0, 100, 100, 0},        {0, 0, 100, 100, -10},
    {0, 0, 100, 100, NAN},       {0, 0, 100, 100, INFINITY}, {NAN, 0, 100, 100, 10},
    {0, NAN, 100, 100, 10},      {0, 0, NAN, 100, 10},       {0, 0, 100, NAN, 10},
    {-INFINITY, 0, 100, 100, 10}, {0, 0, INFINITY, 100, 10}, {0, 0, 100, INFINITY, 10},
    {0, 0, 2147483648.0, 1, 1},  {0, 0, 1, 2147483648.0, 1},
};

START_TEST(an_extent_that_is_no_grid_is_refused_and_the_output_left_untouched)
{
    const double *g = bad_grid[_i];
    autan_grid grid = {.nx = 77};
    ck_assert_int_eq(autan_grid_make(g[0], g[1], g[2], g[3], g[4], &grid),
                     AUTAN_OUT_OF_DOMAIN);
    ck_assert_uint_eq(grid.nx, 77);
}
END_TEST

START_TEST(a_grid_may_have_as_many_columns_as_an_int_counts)
{
    autan_grid grid;
    ck_assert_int_eq(autan_grid_make(0, 0, 2147483647.0, 1, 1, &grid), AUTAN_OK);
    ck_assert_uint_eq(grid.nx, 2147483647);
}
END_TEST

/* Variables. Names and units are those of shared/CONTRACT.md. */

static const struct {
    autan_variable variable;
    const char *name, *unit;
    double typical, absurd;
} contract[] = {
    {AUTAN_AIR_TEMPERATURE, "air_temperature", "degC", 21, 100},
    {AUTAN_RELATIVE_HUMIDITY, "relative_humidity", "%", 60, -5},
    {AUTAN_WIND_SPEED, "wind_speed", "m s-1", 3, -1},
    {AUTAN_WIND_FROM_DIRECTION, "wind_from_direction", "degree", 270, 999},
    {AUTAN_AIR_PRESSURE, "air_pressure", "hPa", 1013, 101300},
    {AUTAN_PRECIPITATION_AMOUNT, "precipitation_amount", "mm", 0, -0.1},
    {AUTAN_GLOBAL_RADIATION, "global_radiation", "W m-2", 0, 5000},
};

START_TEST(the_variables_are_those_of_the_contract)
{
    ck_assert_int_eq(sizeof contract / sizeof *contract, AUTAN_VARIABLES);
    for (int k = 0; k < AUTAN_VARIABLES; k++) {
        autan_variable found;
        const autan_variable_info *info = autan_variable_get(contract[k].variable);
        ck_assert_str_eq(info->name, contract[k].name);
        ck_assert_str_eq(info->unit, contract[k].unit);
        ck_assert(autan_variable_find(contract[k].name, &found));
        ck_assert_int_eq(found, contract[k].variable);
        ck_assert_double_lt(info->lowest, info->highest);
    }
}
END_TEST

START_TEST(an_unknown_variable_is_not_found)
{
    autan_variable variable = AUTAN_WIND_SPEED;
    ck_assert(!autan_variable_find("temperature", &variable));
    ck_assert(!autan_variable_find("", &variable));
    ck_assert(!autan_variable_find("Air_Temperature", &variable));
    ck_assert_int_eq(variable, AUTAN_WIND_SPEED);
}
END_TEST

START_TEST(a_reading_is_plausible_within_its_limits)
{
    for (int k = 0; k < AUTAN_VARIABLES; k++) {
        autan_variable v = contract[k].variable;
        const autan_variable_info *info = autan_variable_get(v);
        ck_assert(autan_variable_plausible(v, contract[k].typical));
        ck_assert(!autan_variable_plausible(v, contract[k].absurd));
        ck_assert(autan_variable_plausible(v, info->lowest));
        ck_assert(autan_variable_plausible(v, info->highest));
        ck_assert(!autan_variable_plausible(v, nextafter(info->lowest, -INFINITY)));
        ck_assert(!autan_variable_plausible(v, nextafter(info->highest, INFINITY)));
        ck_assert(!autan_variable_plausible(v, NAN));
        ck_assert(!autan_variable_plausible(v, INFINITY));
        ck_assert(!autan_variable_plausible(v, -INFINITY));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("data");
    TCase *station = tcase_create("station"), *panel = tcase_create("panel"),
          *grid = tcase_create("grid"), *variable = tcase_create("variable");
    tcase_add_test(station, stations_keep_their_order_and_are_found_by_their_id);
    tcase_add_test(station, a_new_station_has_nothing_but_its_id);
    tcase_add_test(station, an_id_that_is_taken_is_refused_and_the_table_left_untouched);
    suite_add_tcase(suite, station);
    tcase_add_test(panel, a_panel_is_made_of_nan_and_knows_its_times);
    tcase_add_test(panel, the_end_of_a_panel_is_inclusive);
    tcase_add_test(
        panel, a_panel_that_ends_before_it_starts_is_refused_and_the_output_left_untouched);
    tcase_add_test(panel, a_panel_beyond_memory_is_refused_and_the_output_left_untouched);
    tcase_add_test(panel, a_panel_of_no_station_can_be_had);
    suite_add_tcase(suite, panel);
    tcase_add_test(grid, a_grid_counts_its_cells_from_the_north_west);
    tcase_add_test(grid, places_are_the_cells_of_some_rows_row_by_row);
    tcase_add_test(grid, a_resolution_that_is_no_whole_binary_number_still_divides);
    tcase_add_test(grid, the_extent_is_whole_to_a_millionth_of_a_cell);
    tcase_add_loop_test(grid,
                        an_extent_that_is_no_grid_is_refused_and_the_output_left_untouched, 0,
                        sizeof bad_grid / sizeof *bad_grid);
    tcase_add_test(grid, a_grid_may_have_as_many_columns_as_an_int_counts);
    suite_add_tcase(suite, grid);
    tcase_add_test(variable, the_variables_are_those_of_the_contract);
    tcase_add_test(variable, an_unknown_variable_is_not_found);
    tcase_add_test(variable, a_reading_is_plausible_within_its_limits);
    suite_add_tcase(suite, variable);
    return support_run(suite);
}
