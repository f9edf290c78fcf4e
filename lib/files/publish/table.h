/* The tables of an issue: what their columns mean, and their cells. Writers of every
 * form and the Table Schema are made of these. */
#ifndef AUTAN_FILES_PUBLISH_TABLE_H
#define AUTAN_FILES_PUBLISH_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "files/publish/issue.h"

typedef enum {
    AUTAN_TEXT,
    AUTAN_NUMBER,
    AUTAN_COUNT, /* a whole number, in the cell's number */
    AUTAN_MOMENT /* UTC */
} autan_cell_kind;

typedef struct {
    char *name;
    autan_cell_kind kind;
    bool required;
    const char *unit; /* NULL: none */
    char *title[AUTAN_LANGUAGES];
    char *pattern; /* XML Schema regular expression of the text, NULL: any */
} autan_column;

/* Missing: text NULL, number NaN, time INT64_MIN; of the kind's member only. */
typedef struct {
    const char *text;
    double number;
    autan_time time;
} autan_cell;

typedef struct autan_table {
    const char *name;
    const char *title[AUTAN_LANGUAGES];
    const autan_issue *issue;
    size_t n_columns;
    autan_column *column;
    size_t n_rows;
    void (*cell)(const struct autan_table *table, size_t row, size_t column,
                 autan_cell *cell);
    const char *const *key;  /* columns of the primary key, NULL at the end */
    const char *station;     /* column that names a station of the stations, or NULL */
    int longitude, latitude; /* columns of the place, -1: rows have none */
    const char *outline,
        *crs;         /* or WKT of one polygon that all rows have, and of its CRS */
    const void *user; /* of cell, where there is no issue */
} autan_table;

/* Which tables there are. */
typedef enum {
    AUTAN_TABLE_OBSERVATIONS = 0,
    AUTAN_TABLE_STATIONS,
    AUTAN_TABLE_FINDINGS,
    AUTAN_TABLE_CHANGES,
    AUTAN_TABLES
} autan_table_id;

/* Makes a table of the issue, which it borrows. Clear with autan_table_clear. */
void autan_table_make(autan_table_id id, const autan_issue *issue, autan_table *table);
void autan_table_clear(autan_table *table);

#endif
