/* Flags of the archive's readings: what the checks said, beside the values.
 *
 * A flag belongs to one variable of one reading and is a mask of bits; what each bit
 * means is written in the archive too. A finding tells why, with numbers, of one
 * reading or of a stretch of them. Checking a period again replaces its flags and
 * findings; readings are never touched. A reading that its source corrects loses its
 * flags until it is checked again. */
#ifndef AUTAN_FILES_ARCHIVE_FLAGS_H
#define AUTAN_FILES_ARCHIVE_FLAGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/panel.h"
#include "data/station.h"
#include "data/variable.h"
#include "files/archive.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    autan_variable variable;
    size_t station; /* place in the station table */
    uint32_t mask;  /* the one bit of the check */
    autan_time first, last;
    double value;     /* the first reading, NaN when missing */
    double statistic; /* what the check computed */
    double threshold; /* what it compared that with */
} autan_finding;

/* The flags of one variable, on the grid of a panel: a reading has the flags of the
 * panel's row that it is part of. */
typedef struct {
    autan_variable variable;
    const autan_panel *panel; /* values are not read */
    const uint32_t *flag;     /* n_times x n_stations */
    size_t first, last;       /* rows whose readings get these flags, last exclusive */
    size_t n_findings;
    const autan_finding *finding; /* those that begin in other rows are left out */
} autan_flags;

/* Replaces flags and findings of the rows, all or nothing. meaning[k] names bit k.
 * AUTAN_LOCKED when another process is writing. */
autan_status autan_archive_write_flags(autan_archive *archive,
                                       const autan_station_table *stations,
                                       const autan_flags *flags, size_t n_meanings,
                                       const char *const *meaning, autan_error *err);

/* All flags of the readings that each place of the panel (rows x stations) is made of,
 * joined by or; flag has the panel's size. */
autan_status autan_archive_read_flags(autan_archive *archive,
                                      const autan_station_table *stations,
                                      autan_variable variable, const autan_panel *panel,
                                      uint32_t *flag, autan_error *err);

/* The last time up to which readings of a variable were checked, whether batches came
 * after that check, and AUTAN_NO_DATA when it never was. */
autan_status autan_archive_checked(autan_archive *archive, autan_variable variable,
                                   autan_time *last, size_t *batches_since,
                                   autan_error *err);

/* The usual distance between a station's readings, seconds: the most frequent one,
 * rounded to 1, 5, 6, 10, 12, 15, 20, 30 or 60 minutes. AUTAN_NO_DATA when the archive
 * holds no two readings of a station in [from, to]. */
autan_status autan_archive_step(autan_archive *archive, autan_time from, autan_time to,
                                int *step_s, autan_error *err);

#ifdef __cplusplus
}
#endif
#endif
