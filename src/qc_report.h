/* What qc found: counted, said, and written as a report. */
#ifndef AUTAN_QC_REPORT_H
#define AUTAN_QC_REPORT_H

#include <stddef.h>

#include "data/station.h"
#include "files/archive.h"
#include "files/archive_flags.h"
#include "files/city.h"
#include "qc/check.h"

/* Counts of one variable at one station. */
typedef struct {
    size_t readings;
    size_t refused;                  /* by any check but remarks */
    size_t flagged[AUTAN_QC_CHECKS]; /* by each */
    autan_time last;                 /* reading */
} qc_count;

typedef struct {
    const autan_station_table *stations; /* borrowed */
    qc_count *count;                     /* [variable * stations + station] */
    size_t n_findings, capacity;
    autan_finding *finding;
    autan_time last; /* of the readings checked */
} qc_report;

autan_status qc_report_new(const autan_station_table *stations, qc_report *report);
void qc_report_clear(qc_report *report);

/* Adds the flags and findings of a stretch of rows; stretches come in order of time.
 * The panel's values are read here. */
autan_status qc_report_add(qc_report *report, const autan_flags *flags);

/* Says the counts in a few lines, and which stations ought to be visited. */
void qc_report_say(const qc_report *report);

/* Writes index.html, findings.csv, stations.csv and a picture of the worst case of each
 * check into a folder, which is made when missing. */
autan_status qc_report_write(const qc_report *report, const autan_city *city,
                             autan_archive *archive, int step_s, const char *folder,
                             autan_error *err);

#endif
