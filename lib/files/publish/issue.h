/* One month as it is published: its readings, stations, flags and what is said of them.
 * Everything here is private to the library. */
#ifndef AUTAN_FILES_PUBLISH_ISSUE_H
#define AUTAN_FILES_PUBLISH_ISSUE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/station.h"
#include "files/archive_extract.h"
#include "files/city.h"

/* The words of a text in both languages, French first. */
enum { AUTAN_FRENCH = 0, AUTAN_ENGLISH, AUTAN_LANGUAGES };

/* What is said of the data set, from [publish] and [dataset] of the city file or by
 * default. Borrowed from the city but for titles and description. */
typedef struct {
    char *title[AUTAN_LANGUAGES];
    char *description[AUTAN_LANGUAGES];
    char *map_title[AUTAN_LANGUAGES];
    const char *publisher, *publisher_url; /* the latter NULL where not given */
    const char *contact;                   /* NULL where not given */
    const char *licence, *licence_url;
    const char *licence_title[AUTAN_LANGUAGES];
    const char *attribution;
    const char *url;        /* NULL where not given */
    const char *identifier; /* NULL where not given */
    char **keyword[AUTAN_LANGUAGES];
    bool high_value;
} autan_notice;

/* Clear with autan_notice_clear. */
void autan_notice_make(const autan_city *city, autan_notice *notice);
void autan_notice_clear(autan_notice *notice);

/* Adds all that it says to a checksum. */
void autan_notice_add(const autan_notice *notice, GChecksum *sum);

/* A station that has readings in the month. */
typedef struct {
    const autan_station *station;
    size_t readings, flagged; /* times, and those with a flag on any variable */
    autan_time first, last;
} autan_member;

/* How a value, a flag or the whole differs from the issue before. */
typedef struct {
    unsigned issue;
    const char *change;     /* added, corrected, removed, flags or description */
    const char *station;    /* as the CSV writes it; NULL for description */
    const char *variable;   /* NULL for description */
    autan_time first, last; /* of the readings concerned */
    size_t readings;        /* how many, in between */
    double before, after;   /* NaN where no value was corrected */
    const char *flags_before, *flags_after; /* NULL where none */
} autan_change;

/* All issues' changes, the earliest first, and the numbers of values of this one. */
typedef struct {
    size_t n;
    autan_change *change;
    size_t added, corrected, removed, flags;
    GStringChunk *text;
} autan_changes;

typedef struct {
    const autan_city *city;
    const autan_notice *notice;
    char month[16];  /* 2025-07 */
    autan_time date; /* of the issue */
    unsigned number; /* 1 for the first */
    /* station of readings and findings counts in member. */
    autan_extract data;
    size_t n_members;
    autan_member *member;
    size_t n_attributes;
    char **attribute; /* names of the stations' attribute columns, made unlike */
    char *meaning[AUTAN_FLAG_BITS]; /* words of CF, NULL where the bit is unused */
    GHashTable *flag_text;          /* of masks met so far */
    autan_changes changes;
    char fingerprint[65]; /* of all that goes into the files, in hexadecimal */
} autan_issue;

/* Takes the readings of the month that begins at from. city, stations and notice are
 * borrowed. AUTAN_NO_DATA when there are none. Number, date and changes are left 0.
 * Clear with autan_issue_clear. */
autan_status autan_issue_read(autan_archive *archive, const autan_city *city,
                              const autan_station_table *stations,
                              const autan_notice *notice, autan_time from,
                              autan_issue *issue, autan_error *err);
void autan_issue_clear(autan_issue *issue);

/* The names of the flags of a mask, joined by bars; NULL for none. */
const char *autan_issue_flags(const autan_issue *issue, uint32_t mask);

/* Compares the issue with the former one in folder (NULL: there was none), and takes
 * over its list of changes. AUTAN_BAD_FORMAT when its files are not what was written.
 */
autan_status autan_changes_find(autan_issue *issue, const char *folder,
                                autan_error *err);
void autan_changes_clear(autan_changes *changes);

#endif
