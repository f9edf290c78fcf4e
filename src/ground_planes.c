/* The plane of each covariate, in a file of work: from blocks, rasters, other
 * covariates. No step holds more than a part of a plane. */
#include "config.h"

#include "ground.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "files/raster.h"
#include "ground/lcz.h"
#include "ground/plane.h"
#include "ground/relief.h"

static const double VALLEY_RADIUS_M = 2000.0;

/* Cells along a part of a plane, at least; cells of rows read at once, at most,
 * whatever the memory: what a raster of another grid gives may hang on it in the last
 * digit. */
enum { PART_MIN = 16, CELLS_AT_ONCE = 1 << 22 };

/* Distances. */

/* Means of the distances of some squares over the cells they make up. */
static autan_status average_squares(const ground *g, autan_scratch *distance,
                                    autan_scratch *plane, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    const size_t across = g->frame.samples / g->mask_side, nx = grid->nx * across;
    const double square_m = g->frame.step * (double)g->mask_side;
    float *square = malloc(nx * across * sizeof *square);
    double *value = malloc(grid->nx * sizeof *value);
    autan_status status = square && value ? AUTAN_OK : ground_no_memory(err);
    for (size_t y = 0; status == AUTAN_OK && y < grid->ny; y++) {
        status = autan_scratch_read(distance, 0, y * across, nx, across, square);
        for (size_t x = 0; status == AUTAN_OK && x < grid->nx; x++) {
            double sum = 0.0;
            for (size_t i = 0; i < across * across; i++)
                sum += (double)square[i / across * nx + x * across + i % across];
            value[x] = isfinite(sum) ? sum / (double)(across * across) * square_m : NAN;
        }
        if (status == AUTAN_OK)
            status = autan_scratch_write(plane, 0, y, grid->nx, 1, value);
    }
    free(square);
    free(value);
    return status;
}

/* Leaves patches below the size asked for aside; kept is how many stay, or 1. */
static autan_status keep_patches(const ground *g, double smallest,
                                 const autan_rows *mask, size_t nx, size_t ny,
                                 size_t *kept, autan_error *err)
{
    autan_scratch *label = NULL;
    autan_status status;
    *kept = 1;
    if (smallest <= 1.0)
        return AUTAN_OK;
    status = autan_scratch_open(g->work, sizeof(uint32_t), nx, 2 * ny, &label, err);
    if (status == AUTAN_OK) {
        const autan_rows labels = autan_scratch_rows(label);
        status =
            autan_keep_patches(mask, nx, ny, (size_t)ceil(smallest), &labels, kept);
        if (status == AUTAN_NO_MEMORY)
            ground_no_memory(err);
    }
    autan_scratch_close(label);
    return status;
}

static autan_status make_distance(const ground *g, const ground_item *item,
                                  autan_scratch *plane, autan_error *err)
{
    const size_t across = g->frame.samples / g->mask_side;
    const size_t nx = g->city.grid.nx * across, ny = g->city.grid.ny * across;
    const double square_m = g->frame.step * (double)g->mask_side;
    const double smallest_ha = item->recipe.n_numbers ? item->recipe.number[0] : 0.0;
    autan_scratch *mask = NULL, *distance = NULL;
    double first;
    size_t kept = 0;
    autan_status status = autan_scratch_open(g->work, 1, nx, ny, &mask, err);
    if (status == AUTAN_OK)
        status = autan_scratch_open(g->work, sizeof(float), nx, ny, &distance, err);
    if (status == AUTAN_OK)
        status = ground_collect_mask(g, item->in_block, mask, err);
    if (status == AUTAN_OK) {
        const autan_rows masks = autan_scratch_rows(mask);
        const autan_rows distances = autan_scratch_rows(distance);
        status = keep_patches(g, smallest_ha * 1e4 / (square_m * square_m), &masks, nx,
                              ny, &kept, err);
        if (status == AUTAN_OK)
            status = autan_distance(&masks, nx, ny, &distances);
        if (status == AUTAN_NO_MEMORY)
            ground_no_memory(err);
    }
    if (status == AUTAN_OK)
        status = average_squares(g, distance, plane, err);
    if (status == AUTAN_OK)
        status = autan_scratch_read(plane, 0, 0, 1, 1, &first);
    if (status == AUTAN_OK && (kept == 0 || isnan(first)))
        status =
            autan_fail(err, AUTAN_NO_DATA,
                       "covariate %s: no patch of %g ha or more lies in the extent, so "
                       "that there is no distance to it",
                       item->covariate->name, smallest_ha);
    autan_scratch_close(mask);
    autan_scratch_close(distance);
    return status;
}

static autan_status make_distance_to(const ground *g, const ground_item *item,
                                     autan_scratch *plane, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    autan_station place = {.id = (char *)item->covariate->name,
                           .longitude = item->recipe.number[0],
                           .latitude = item->recipe.number[1]};
    autan_station_table one = {.n = 1, .station = &place};
    double *value = malloc(grid->nx * sizeof *value);
    autan_status status =
        value ? autan_project_stations(g->city.crs, &one, err) : ground_no_memory(err);
    for (size_t y = 0; status == AUTAN_OK && y < grid->ny; y++) {
        for (size_t x = 0; x < grid->nx; x++)
            value[x] =
                hypot(autan_grid_x(grid, x) - place.x, autan_grid_y(grid, y) - place.y);
        status = autan_scratch_write(plane, 0, y, grid->nx, 1, value);
    }
    free(value);
    return status;
}

/* Of other covariates, cell by cell: discs, zones. */

/* A covariate as it is, over discs of radius_m where that is not 0. */
static autan_status open_input(const ground *g, long number, double radius_m,
                               autan_raster **raster, autan_error *err)
{
    const autan_city_covariate *c = &g->city.covariate[number];
    return autan_raster_open(c->name, c->file, radius_m, g->city.crs, &g->city.grid,
                             raster, err);
}

static size_t rows_at_once(const autan_grid *grid)
{
    return MAX(1, MIN(CELLS_AT_ONCE / grid->nx, grid->ny));
}

static double guess(const double *input, size_t n, size_t stride)
{
    const autan_ground_shares shares = {
        input[0],          input[stride],     input[2 * stride],
        input[3 * stride], input[4 * stride], n > 5 ? input[5 * stride] : NAN};
    return autan_lcz_guess(&shares);
}

static autan_status guess_zones(const ground *g, const ground_item *item,
                                autan_scratch *plane, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    const size_t n = item->recipe.n_terms, rows = rows_at_once(grid);
    const size_t stride = rows * grid->nx;
    autan_raster *raster[AUTAN_RECIPE_TERMS] = {NULL};
    double *input = malloc(n * stride * sizeof *input);
    autan_status status = input ? AUTAN_OK : ground_no_memory(err);
    for (size_t t = 0; status == AUTAN_OK && t < n; t++)
        status =
            open_input(g, item->input[t], g->city.covariate[item->input[t]].radius_m,
                       &raster[t], err);
    for (size_t row = 0; status == AUTAN_OK && row < grid->ny; row += rows) {
        const size_t count = MIN(rows, grid->ny - row);
        for (size_t t = 0; status == AUTAN_OK && t < n; t++)
            status =
                autan_raster_read_rows(raster[t], row, count, input + t * stride, err);
        for (size_t c = 0; status == AUTAN_OK && c < count * grid->nx; c++)
            input[c] = guess(input + c, n, stride);
        if (status == AUTAN_OK)
            status = autan_scratch_write(plane, 0, row, grid->nx, count, input);
    }
    for (size_t t = 0; t < n; t++)
        autan_raster_close(raster[t]);
    free(input);
    return status;
}

/* The first covariate of a recipe as it is, or over discs. */
static autan_status copy_input(const ground *g, const ground_item *item,
                               double radius_m, autan_scratch *plane, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    const size_t rows = rows_at_once(grid);
    autan_raster *raster = NULL;
    double *value = malloc(rows * grid->nx * sizeof *value);
    autan_status status = value ? open_input(g, item->input[0], radius_m, &raster, err)
                                : ground_no_memory(err);
    for (size_t row = 0; status == AUTAN_OK && row < grid->ny; row += rows) {
        const size_t count = MIN(rows, grid->ny - row);
        status = autan_raster_read_rows(raster, row, count, value, err);
        if (status == AUTAN_OK)
            status = autan_scratch_write(plane, 0, row, grid->nx, count, value);
    }
    autan_raster_close(raster);
    free(value);
    return status;
}

/* Of another covariate's neighbourhood: slope and pool by parts, valley and Gaussian
 * footprints by rows and columns. */

/* How far a covariate looks, in cells. */
static size_t reach_of(const ground_item *item, double number, double cell_m)
{
    return item->recipe.make == AUTAN_MAKE_SLOPE ? 1
                                                 : (size_t)ceil(number / cell_m) + 1;
}

/* A part of the grid with its margin, cut to the grid. */
typedef struct {
    size_t column, row, nx, ny;                         /* with its margin */
    size_t inner_column, inner_row, inner_nx, inner_ny; /* of the grid */
} part;

static part part_at(const autan_grid *g, size_t column, size_t row, size_t side,
                    size_t reach)
{
    part p = {.column = column - MIN(reach, column),
              .row = row - MIN(reach, row),
              .inner_column = column,
              .inner_row = row,
              .inner_nx = MIN(side, g->nx - column),
              .inner_ny = MIN(side, g->ny - row)};
    p.nx = MIN(column + p.inner_nx + reach, g->nx) - p.column;
    p.ny = MIN(row + p.inner_ny + reach, g->ny) - p.row;
    return p;
}

static autan_status make_part(const ground *g, const ground_item *item, double number,
                              const part *p, autan_scratch *input, autan_scratch *plane,
                              autan_error *err)
{
    const size_t cells = p->nx * p->ny;
    const size_t left = p->inner_column - p->column, top = p->inner_row - p->row;
    const double cell_m = g->city.grid.resolution;
    double *from = malloc(cells * sizeof *from), *value = malloc(cells * sizeof *value);
    autan_status status =
        from && value ? autan_scratch_read(input, p->column, p->row, p->nx, p->ny, from)
                      : ground_no_memory(err);
    if (status == AUTAN_OK && item->recipe.make == AUTAN_MAKE_SLOPE)
        autan_slope(from, p->nx, p->ny, cell_m, value);
    else if (status == AUTAN_OK)
        autan_pooling(from, p->nx, p->ny, cell_m, number, value);
    for (size_t y = 0; status == AUTAN_OK && y < p->inner_ny; y++)
        status = autan_scratch_write(plane, p->inner_column, p->inner_row + y,
                                     p->inner_nx, 1, value + (top + y) * p->nx + left);
    free(from);
    free(value);
    return status;
}

/* Planes of a part that are held at once. */
enum { PLANES = 2 };

/* Side of the parts, without their margins, that memory is enough for; as long as the
 * margin at least, so that little is looked at in vain. */
static size_t side_of(const ground *g, size_t reach)
{
    const double most = sqrt(ground_memory(g) / 2.0 / (PLANES * sizeof(double)));
    return MAX(MAX(PART_MIN, reach), (size_t)fmax(0.0, most - 2.0 * (double)reach));
}

static autan_status make_by_parts(const ground *g, const ground_item *item,
                                  double number, autan_scratch *input,
                                  autan_scratch *plane, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    const size_t reach = reach_of(item, number, grid->resolution);
    const size_t side = side_of(g, reach);
    autan_status status = AUTAN_OK;
    for (size_t row = 0; row < grid->ny; row += side) {
        for (size_t column = 0; status == AUTAN_OK && column < grid->nx;
             column += side) {
            const part p = part_at(grid, column, row, side, reach);
            status = make_part(g, item, number, &p, input, plane, err);
        }
    }
    return status;
}

/* Values that the lines of a plane hold. */
static size_t values_held(const ground *g)
{
    return (size_t)(ground_memory(g) / 2.0 / sizeof(double));
}

static autan_status make_by_lines(const ground *g, const ground_item *item,
                                  double number, autan_scratch *input,
                                  autan_scratch *plane, autan_error *err)
{
    const autan_grid *grid = &g->city.grid;
    const autan_boxes from = autan_scratch_boxes(input),
                      to = autan_scratch_boxes(plane);
    autan_scratch *room = NULL;
    autan_status status =
        autan_scratch_open(g->work, sizeof(double), grid->nx, grid->ny, &room, err);
    if (status == AUTAN_OK) {
        const autan_boxes between = autan_scratch_boxes(room);
        const autan_bounds bounds = {grid->nx, grid->ny, values_held(g), &between};
        status =
            item->recipe.make == AUTAN_MAKE_VALLEY
                ? autan_valley_height(&from, &bounds, grid->resolution, number, &to)
                : autan_gauss(&from, &bounds, number / grid->resolution, &to);
        if (status == AUTAN_NO_MEMORY)
            ground_no_memory(err);
    }
    autan_scratch_close(room);
    return status;
}

static autan_status look_around(const ground *g, const ground_item *item, double number,
                                autan_scratch *plane, autan_error *err)
{
    const bool by_lines =
        item->recipe.make == AUTAN_MAKE_VALLEY || item->recipe.make == AUTAN_MAKE_GAUSS;
    autan_scratch *input = NULL;
    autan_status status = autan_scratch_open(g->work, sizeof(double), g->city.grid.nx,
                                             g->city.grid.ny, &input, err);
    if (status == AUTAN_OK)
        status = copy_input(g, item, 0.0, input, err);
    if (status == AUTAN_OK)
        status = by_lines ? make_by_lines(g, item, number, input, plane, err)
                          : make_by_parts(g, item, number, input, plane, err);
    autan_scratch_close(input);
    return status;
}

static autan_status make_derived(const ground *g, const ground_item *item,
                                 autan_scratch *plane, autan_error *err)
{
    const double number =
        item->recipe.n_numbers ? item->recipe.number[0] : VALLEY_RADIUS_M;
    if (item->recipe.make == AUTAN_MAKE_LCZ)
        return guess_zones(g, item, plane, err);
    if (item->recipe.make == AUTAN_MAKE_DISC)
        return copy_input(g, item, number, plane, err);
    return look_around(g, item, number, plane, err);
}

static autan_status make_whole(const ground *g, const ground_item *item,
                               autan_scratch *plane, autan_error *err)
{
    const autan_rows rows = autan_scratch_rows(plane);
    switch (item->method->names) {
    case AUTAN_OF_VECTORS:
    case AUTAN_OF_AMOUNTS:
        if (item->recipe.make == AUTAN_MAKE_DISTANCE)
            return make_distance(g, item, plane, err);
        /* Where nothing is painted the sky is whole, and there is nothing of all else.
         */
        return ground_collect_values(
            g, item->in_block, item->recipe.make == AUTAN_MAKE_SKY_VIEW ? 1.0 : 0.0,
            plane, err);
    case AUTAN_OF_RASTER:
        return autan_imagery_cells(item->imagery, &g->city.grid, &rows, err);
    case AUTAN_OF_COVARIATES:
        return make_derived(g, item, plane, err);
    case AUTAN_OF_NOTHING:
        return make_distance_to(g, item, plane, err);
    }
    return AUTAN_OK;
}

/* Empties the cells that lie mostly outside of what the sources cover. */
static autan_status cut(const ground *g, const ground_item *item, autan_scratch *plane,
                        autan_error *err)
{
    const size_t nx = g->city.grid.nx;
    autan_scratch *known = NULL;
    double *value;
    autan_status status;
    if (!item->within)
        return AUTAN_OK;
    value = malloc(2 * nx * sizeof *value);
    status = value ? autan_scratch_open(g->work, sizeof *value, nx, g->city.grid.ny,
                                        &known, err)
                   : ground_no_memory(err);
    if (status == AUTAN_OK)
        status = ground_collect_values(g, item->within_block, 0.0, known, err);
    for (size_t y = 0; status == AUTAN_OK && y < g->city.grid.ny; y++) {
        status = autan_scratch_read(known, 0, y, nx, 1, value + nx);
        if (status == AUTAN_OK)
            status = autan_scratch_read(plane, 0, y, nx, 1, value);
        for (size_t x = 0; status == AUTAN_OK && x < nx; x++)
            value[x] = value[nx + x] < 0.5 ? NAN : value[x];
        if (status == AUTAN_OK)
            status = autan_scratch_write(plane, 0, y, nx, 1, value);
    }
    autan_scratch_close(known);
    free(value);
    return status;
}

autan_status ground_make_plane(const ground *g, const ground_item *item,
                               autan_scratch *plane, autan_error *err)
{
    autan_status status = make_whole(g, item, plane, err);
    return status == AUTAN_OK ? cut(g, item, plane, err) : status;
}

double ground_plane_bytes(const ground *g, const ground_item *item)
{
    const autan_grid *grid = &g->city.grid;
    const double nx = (double)grid->nx, ny = (double)grid->ny;
    const double across = (double)g->frame.samples / (double)g->mask_side;
    const double rows = (double)rows_at_once(grid) * nx * sizeof(double);
    const double number =
        item->recipe.n_numbers ? item->recipe.number[0] : VALLEY_RADIUS_M;
    size_t reach;
    switch (item->recipe.make) {
    case AUTAN_MAKE_DISTANCE: /* lines of a sweep, rows of squares */
        return nx * across * (9.0 * sizeof(double) + across * sizeof(float));
    case AUTAN_MAKE_LCZ:
        return rows * (double)item->recipe.n_terms;
    case AUTAN_MAKE_VALLEY:
    case AUTAN_MAKE_GAUSS:
        return sizeof(double) * fmin((double)values_held(g), 2.0 * nx * ny);
    case AUTAN_MAKE_SLOPE:
    case AUTAN_MAKE_POOL:
        reach = reach_of(item, number, grid->resolution);
        return PLANES * sizeof(double) *
               fmin(nx, (double)(side_of(g, reach) + 2 * reach)) *
               fmin(ny, (double)(side_of(g, reach) + 2 * reach));
    default:
        return 3.0 * rows;
    }
}
