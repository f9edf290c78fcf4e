/* Maps as NetCDF-4: CF-1.10, ACDD-1.3.
 *
 * A file holds any number of variables (time, y, x), (y, x), or (realization, time, y,
 * x) with the members of an ensemble, as float32, NaN in memory and _FillValue in the
 * file where missing; time in seconds since 1970-01-01T00:00:00Z; cell centres x, y in
 * metres, y from north to south; and crs, the grid mapping, which says the projection
 * three ways: CF parameters, WKT 2 (crs_wkt) and, for GDAL, WKT 1 and GeoTransform.
 *
 * Writing streams: the file is created, blocks of whole rows come in any order, and
 * finishing gives the file its name. Chunks are shuffled and deflated on OpenMP threads
 * and handed to HDF5 one at a time (doc/decisions/0005); the bytes of the file do not
 * depend on the number of threads. One call at a time for a file, and none while
 * another thread uses HDF5, NetCDF or GDAL. */
#ifndef AUTAN_FILES_MAPFILE_H
#define AUTAN_FILES_MAPFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/calendar.h"
#include "base/status.h"
#include "data/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { AUTAN_MAPFILE_SIDE = 1 << 20 }; /* most cells in a row or a column */

/* A text attribute; UTF-8. */
typedef struct {
    const char *name, *value;
} autan_map_attribute;

/* A variable. Texts may be NULL, then the attribute is left out; name must not. */
typedef struct {
    const char *name; /* letters, digits and _, a letter first */
    const char *standard_name, *long_name;
    const char *units; /* as UDUNITS writes it */
    const char *cell_methods, *ancillary_variables, *comment;
    /* valid_min and valid_max, left out when equal. Readers, GDAL among them, take what
     * lies outside for missing. */
    double lowest, highest;
    /* Values are rounded to multiples of it, 0: kept as they are. A power of two, such
     * as 2^-10, leaves low bits zero, which is what makes rough maps compress. */
    double quantum;
    bool timeless; /* (y, x): the same at all times, written as a block of time 0 */
    bool members;  /* (realization, time, y, x): time t of member k is written as time
                      k n_times + t */
    size_t n_attributes;
    const autan_map_attribute *attribute;
} autan_map_variable;

/* What a file holds besides the values. */
typedef struct {
    const char *path;
    const autan_grid *grid;
    const char *crs; /* anything that PROJ knows, such as EPSG:2154 or WKT */
    size_t n_times;
    const autan_time *time; /* ascending */
    size_t n_members;       /* of variables with members; 0: there are none */
    size_t n_variables;
    const autan_map_variable *variable;
    /* Global attributes. Conventions, date_created, geospatial_* and time_coverage_*
     * are written besides; one given here takes their place. */
    size_t n_attributes;
    const autan_map_attribute *attribute;
    autan_time created; /* date_created; 0: now */
    /* When the forecast was made from, 0 where the maps are none: the file then has the
     * coordinates forecast_reference_time and forecast_period. */
    autan_time reference;
} autan_mapfile_info;

/* Rows first_row .. first_row + n_rows - 1 of n_times maps of one variable, from
 * first_time on. The value of time t, row r, column c, counted from the block's first,
 * is value[t * time_stride + r * row_stride + c]; what is not finite is missing. */
typedef struct {
    size_t variable; /* its place in the info's list */
    size_t first_time, n_times;
    size_t first_row, n_rows;
    const float *value;
    size_t time_stride, row_stride;
} autan_map_block;

/* Rows in a chunk, R: the last chunk of a map may have fewer. A chunk holds whole rows
 * of one hour and about 256 KiB: up to 384, or one row where a row has more. */
size_t autan_mapfile_chunk_rows(const autan_grid *grid);

/* A file being written. */
typedef struct autan_mapfile autan_mapfile;

/* Makes the file under a temporary name, all but the values. The info is copied where
 * needed. AUTAN_BAD_ARGUMENT for no time, no variable, times that do not ascend, a name
 * or text that cannot be written, two variables of one name (time, y, x and crs are
 * taken); AUTAN_OUT_OF_DOMAIN for a grid above AUTAN_MAPFILE_SIDE, a limit that is not
 * finite or a quantum other than 0 outside [1e-30, 1e30]; AUTAN_BAD_CONFIG
 * for a crs that PROJ does not know or that is not in metres; AUTAN_IO.
 * End with autan_mapfile_finish or autan_mapfile_abandon. */
autan_status autan_mapfile_create(const autan_mapfile_info *info, autan_mapfile **file,
                                  autan_error *err);

/* Writes a block. first_row must be a multiple of R, and so must n_rows, unless the
 * block ends with the grid's last row. Every chunk is written once; what is never
 * written is missing. AUTAN_BAD_ARGUMENT for a block outside the file, across chunks,
 * or written before; AUTAN_IO; after that the file can only be abandoned.
 * Cost: about 0.15 s for 12 million values on two cores. */
autan_status autan_mapfile_write(autan_mapfile *file, const autan_map_block *block,
                                 autan_error *err);

/* The same for maps of any times (n_times, first_time then counts nothing), or of
 * neighbouring ones (NULL); less (n_times, NULL: nothing) is subtracted from each. */
autan_status autan_mapfile_write_times(autan_mapfile *file,
                                       const autan_map_block *block, const size_t *time,
                                       const double *less, autan_error *err);

/* Closes the file, reads a chunk of each variable back, syncs, and gives the file its
 * name. Frees file in any case. AUTAN_IO, with path and reason: the temporary file is
 * gone and a file of that name before is as it was. */
autan_status autan_mapfile_finish(autan_mapfile *file, autan_error *err);

/* Removes what was written and frees file; NULL does nothing. */
void autan_mapfile_abandon(autan_mapfile *file);

/* A file being read. */
typedef struct autan_mapfile_reader autan_mapfile_reader;

/* Opens a map file as described above, of this program or another: variables other
 * than float (time, y, x) are passed over, y may run either way. AUTAN_NOT_FOUND;
 * AUTAN_IO; AUTAN_BAD_FORMAT for what is not NetCDF, is damaged, or has no such
 * variable, no crs, no regular grid of square cells, or no ascending times in whole
 * seconds since 1970. Close with autan_mapfile_reader_close. */
autan_status autan_mapfile_open_read(const char *path, autan_mapfile_reader **reader,
                                     autan_error *err);
void autan_mapfile_reader_close(autan_mapfile_reader *reader);

/* What the file holds; crs is its WKT, attributes are the texts among them, those with
 * a field of their own (units ...) only there; quantum is 0. It lives as long as the
 * reader. */
const autan_mapfile_info *autan_mapfile_contents(const autan_mapfile_reader *reader);

/* The place of a variable of that name, or -1. */
long autan_mapfile_find(const autan_mapfile_reader *reader, const char *name);

/* One map: value (ny x nx), row 0 the northernmost, NaN where missing.
 * AUTAN_BAD_ARGUMENT for a variable or time that is not there, AUTAN_BAD_FORMAT when
 * it cannot be read; value may then hold part of the map. */
autan_status autan_mapfile_read(autan_mapfile_reader *reader, size_t variable,
                                size_t time, float *value, autan_error *err);

/* Some rows of a map. */
typedef struct {
    size_t variable, time;
    size_t first, n; /* first .. first + n - 1, 0 the northernmost */
} autan_mapfile_rows;

/* The same of some rows, n x nx; AUTAN_BAD_ARGUMENT for rows that are not there, too.
 */
autan_status autan_mapfile_read_rows(autan_mapfile_reader *reader,
                                     const autan_mapfile_rows *rows, float *value,
                                     autan_error *err);

/* When a forecast in an open NetCDF file was made from; false where the file says
 * nothing that can be a time. */
bool autan_mapfile_reference(int ncid, autan_time *time);

/* Whether a file of this size can hold n values of 4 bytes: deflate packs a thousand
 * bytes into one at best. A file that says it holds more is damaged, and the memory it
 * asks for is not to be taken. */
bool autan_mapfile_can_hold(const char *path, size_t n);

#ifdef __cplusplus
}
#endif
#endif
