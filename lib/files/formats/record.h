/* What the readers of formats share; for lib/files only. */
#ifndef AUTAN_FILES_FORMATS_RECORD_H
#define AUTAN_FILES_FORMATS_RECORD_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "files/format.h"

/* The first bytes of a file, by which its format is told. */
typedef struct {
    const char *text; /* NUL-terminated */
    bool json;
    char delimiter; /* of a CSV's header */
    char **column;  /* its columns, NULL-terminated; NULL for JSON */
} autan_sample;

/* Whether a CSV's header has the column. */
bool autan_sample_has(const autan_sample *sample, const char *column);

/* A file being read. */
typedef struct {
    const autan_source *source;
    const autan_observation_sink *sink;
    const autan_sample *sample;
    autan_error *err;
    GHashTable *station; /* id or other name -> place + 1 */
    /* Of each station, the times met last, for the hour that occurs twice. */
    autan_time *last, *before;
    GHashTable
        *unit; /* conversions met, for autan_reading_unit; NULL before the first */
} autan_reading;

typedef struct {
    const char *name; /* as --format takes it */
    bool (*recognises)(const autan_sample *sample);
    autan_status (*read)(autan_reading *r);
} autan_format;

extern const autan_format autan_format_toulouse, autan_format_meteofrance,
    autan_format_synop, autan_format_netatmo, autan_format_wunderground,
    autan_format_sensorthings, autan_format_ngsi_ld, autan_format_mapped;

/* A row: texts under their column names; line of the file, or number of the record. */
typedef struct {
    size_t n, line;
    const char *const *name;
    const char *const *text;
    bool torn; /* its fields are not those of the header, or hold a NUL byte */
} autan_record;

/* The text under the first of the names (NULL ends them) that has one; NULL when none
 * does. */
const char *autan_record_get(const autan_record *record, const char *const *name);

/* Reads the file as CSV with a header and calls handler for each row after it. */
autan_status autan_records_csv(autan_reading *r,
                               autan_status (*handler)(autan_reading *r,
                                                       const autan_record *record));

/* Makes a record of a JSON object: texts, numbers and truth values; null is empty,
 * what is nested is left out. Free with autan_record_free. */
autan_record *autan_record_of_json(const json_t *object, size_t line);
void autan_record_free(autan_record *record);

/* The whole file as JSON, for json_decref. */
autan_status autan_json_read(autan_reading *r, json_t **json);

/* A JSON member as text, number or what either writes; NULL or NaN otherwise. */
const char *autan_json_text(const json_t *object, const char *key);
double autan_json_number(const json_t *object, const char *key);

/* An observation without values. */
autan_observation autan_observation_of(autan_time time, size_t station);

/* Tells the sink of a row that is not kept; always AUTAN_OK. */
autan_status autan_refuse(autan_reading *r, autan_rejection reason, size_t line,
                          const char *text);

/* Passes a row on, unless it has no value or lies in the future. Values are rounded to
 * 1e-6 of their unit, which takes out what converting them put in. */
autan_status autan_accept(autan_reading *r, const autan_observation *row, size_t line);

/* A station by its id, or one of the columns source_id, alias, wmo, wigos, mac, code of
 * the station table; false when there is none. name may be NULL. */
bool autan_find_station(const autan_reading *r, const char *name, size_t *station);

/* The same for a number that may have lost its leading zeros, or have them where the
 * table does not; digits is its full length. */
bool autan_find_numbered_station(const autan_reading *r, const char *number, int digits,
                                 size_t *station);

/* The station the whole file is of: as the source gives it, or by the file's name. */
bool autan_file_station(const autan_reading *r, size_t *station);

/* Reads a value: NaN for an empty text; false, after refusing the row, for none. */
bool autan_take_number(autan_reading *r, const char *text, size_t line, double *value);

/* A column of a table: the names it is known by, and how to its variable's unit. */
typedef struct {
    const char *name[4];
    autan_variable variable;
    double scale, offset;
} autan_column;

/* Reads the columns of a record into an observation; values equal to one of the texts
 * `missing` (NULL ends them; may be NULL) are missing. False after refusing the row. */
bool autan_take_columns(autan_reading *r, const autan_record *record, size_t n_columns,
                        const autan_column *column, const char *const *missing,
                        autan_observation *out);

/* Reads ISO 8601 as autan_time_parse does, but for fractions of a second, which are
 * cut; an interval (a/b) is its end. NULL is AUTAN_BAD_SYNTAX. */
autan_status autan_time_of_iso(const char *text, autan_time *time);

/* The moment so many seconds after 1970, fractions cut. AUTAN_BAD_SYNTAX for NaN,
 * AUTAN_OUT_OF_DOMAIN outside the years 1850 to 2150. */
autan_status autan_time_of_seconds(double seconds, autan_time *time);

/* autan_unit_convert, remembered: UDUNITS reads its tables anew for each unit, so that
 * a file gets 64 of them and the rest are AUTAN_BAD_SYNTAX. */
autan_status autan_reading_unit(autan_reading *r, autan_variable variable,
                                const char *unit, double *scale, double *offset);

/* Reads digits such as 2021122106 by their pattern YYYYmmddHHMMSS, as UTC; fields that
 * the text does not have are 0. */
autan_status autan_time_of_digits(const char *text, autan_time *time);

/* The moment of a civil time in the zone, UTC when it is NULL. An hour that occurs
 * twice is told by the station's other times: in a file whose times rise the first
 * occurrence comes first, in one whose times fall the second does. AUTAN_OUT_OF_DOMAIN
 * for an hour that the clocks skip. Notes the time as the station's last. */
autan_status autan_local_moment(autan_reading *r, const autan_zone *zone,
                                size_t station, const autan_civil *civil,
                                autan_time *time);

#endif
