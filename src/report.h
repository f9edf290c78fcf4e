/* What `report` works out of a period: the heat island and the nights of districts,
 * local climate zones and stations, mean maps, and what the ground has to do with it.
 *
 * From the archive to numbers in report_zones.c (where), report_run.c (over time) and
 * report_numbers.c (members to numbers); from there to tables (report_tables.c),
 * pictures (report_maps.c) and the page (report_page.c, report_charts.c). */
#ifndef AUTAN_REPORT_H
#define AUTAN_REPORT_H

#include <stdbool.h>

#include "files/area_file.h"
#include "heat/island.h"
#include "heat/nights.h"
#include "kriging/block.h"
#include "rural.h"
#include "town.h"

enum {
    REPORT_SEASONS = AUTAN_ISLAND_SEASONS,
    REPORT_YEAR = REPORT_SEASONS, /* the season that is all of them */
    REPORT_HOURS = AUTAN_ISLAND_HOURS,
    REPORT_PARTS = 4,
    REPORT_MAPS = REPORT_SEASONS * REPORT_PARTS, /* season * REPORT_PARTS + part */
    /* Night for the ranking of districts: hours that end from 23:00 to 06:00. */
    REPORT_NIGHT_FIRST = 23,
    REPORT_NIGHT_HOURS = 8
};

/* Part of the day: n hours, the first ending at `first`, local time. */
typedef struct {
    const char *french, *english, *key;
    int first, n;
} report_part;
extern const report_part report_parts[REPORT_PARTS];
enum { REPORT_LATE_NIGHT = 0, REPORT_MORNING, REPORT_AFTERNOON, REPORT_EVENING };

extern const char *const report_season_french[REPORT_SEASONS + 1];
extern const char *const report_season_english[REPORT_SEASONS + 1];
extern const char *const report_season_key[REPORT_SEASONS + 1];

/* Mean of the members, their standard deviation, and the interval that holds 90 % of
 * them. NaN where there is nothing. */
typedef struct {
    double value, standard_error, low, high;
} report_number;

typedef enum {
    REPORT_TOWN = 0,
    REPORT_DISTRICT,
    REPORT_LCZ,       /* cells of a class of the raster of [report] lcz */
    REPORT_LCZ_SITES, /* stations of a class, as the station table has it */
    REPORT_SITE,
    REPORT_KINDS
} report_kind;
extern const char *const report_kind_key[REPORT_KINDS];

typedef struct {
    report_number mean[REPORT_SEASONS + 1][REPORT_HOURS];
    report_number highest[REPORT_SEASONS + 1][REPORT_HOURS];
    report_number part[REPORT_SEASONS + 1][REPORT_PARTS];
    report_number night[REPORT_SEASONS + 1];
    report_number daily[REPORT_SEASONS + 1];   /* mean of the daily maxima */
    report_number extreme[REPORT_SEASONS + 1]; /* highest of all hours */
    report_number tropical[REPORT_SEASONS + 1], lowest[REPORT_SEASONS + 1];
    report_number cooling[REPORT_SEASONS + 1];
    report_number above[AUTAN_CITY_THRESHOLDS][REPORT_SEASONS + 1];
    report_number run;
    size_t hours[REPORT_SEASONS], nights[REPORT_SEASONS], evenings[REPORT_SEASONS];
} report_results;

typedef struct {
    report_kind kind;
    char *name;
    int class;    /* of the kinds LCZ; 0 elsewhere */
    size_t cells; /* cells of the grid, or stations */
    autan_block temperature, island;
    report_results result;
} report_zone;

/* The effect of a covariate: what going from its low to its high value changes. */
typedef struct {
    size_t covariate;
    bool vegetation;
    double low, high; /* 10 and 90 % of the town's cells */
    report_number hour[REPORT_SEASONS][REPORT_HOURS];
    report_number part[REPORT_SEASONS][REPORT_PARTS];
} report_effect;

typedef struct {
    town *town;
    const autan_model *model;
    autan_time from, to;
    rural_reference reference;
    bool rural; /* the heat island is above the rural reference; else the town's mean */

    size_t n_zones;
    report_zone *zone; /* town first, then by kind */
    bool districts;    /* zones are known */
    int *district;     /* cells: number of the area, -1 for none */
    autan_areas areas;
    double *outline; /* of the districts, n_outline x 2 */
    size_t n_outline;

    size_t n_effects;
    report_effect *effect;

    autan_grid drawn; /* of pictures: squares of drawn_by x drawn_by cells */
    size_t drawn_by;
    /* Mean maps of the heat island (K), REPORT_MAPS x drawn; NaN without hours. */
    float *map;
    size_t map_hours[REPORT_MAPS];
    /* Standard errors of them and of two differences, at the squares of a coarse grid.
     */
    autan_grid coarse;
    autan_block *square;  /* the heat island of each square */
    size_t *square_cells; /* 0: the square has none */
    float *error;         /* (REPORT_MAPS + 2) x squares */
    /* Expected tropical nights, drawn; NULL when no night came near. */
    float *tropical;
    size_t n_hours, n_empty; /* of the period; without any reading */
} report;
enum { REPORT_DAY_DIFFERENCE = REPORT_MAPS, REPORT_YEAR_DIFFERENCE, REPORT_ERRORS };

/* Cells, zones and effects. */
autan_status report_find_zones(report *r, autan_error *err);

/* Runs over the period. */
autan_status report_run(report *r, autan_error *err);

void report_clear(report *r);

/* What members (n) say. */
report_number report_summarise(size_t n, double *member);

/* Adds the scatter of the stations of a class, as a sample of the places of their
 * class, to the numbers of the class. */
void report_widen(report *r);

/* The zones of a kind: their number and the first. */
size_t report_count(const report *r, report_kind kind, size_t *first);

/* Products. folder is there. */
autan_status report_write_tables(const report *r, const char *folder, autan_error *err);

enum { REPORT_PICTURES = 8 };
typedef struct {
    const char *file; /* NULL: not made */
    const char *french, *english;
} report_picture;

/* Draws the pictures; those made are listed (REPORT_PICTURES). */
autan_status report_write_maps(const report *r, const char *folder,
                               report_picture *picture, autan_error *err);
autan_status report_write_page(const report *r, const char *folder,
                               const report_picture *picture, autan_error *err);

#endif
