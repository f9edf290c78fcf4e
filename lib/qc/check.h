/* The checks of a series: one table, one run.
 *
 * A check is one file and one row of the table in check.c. It looks at the readings of
 * one variable at all stations of a network and sets its own bit on those it doubts.
 * Bits add up; raw values are never changed. The same input gives the same flags. */
#ifndef AUTAN_QC_CHECK_H
#define AUTAN_QC_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "data/panel.h"
#include "data/variable.h"
#include "qc/neighbour.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In the order in which they run. Bit k of a flag is check k. */
typedef enum {
    AUTAN_QC_RANGE = 0,
    AUTAN_QC_CLIMATOLOGY,
    AUTAN_QC_UNIT,
    AUTAN_QC_PERSISTENCE,
    AUTAN_QC_SPIKE,
    AUTAN_QC_STEP,
    AUTAN_QC_RATE,
    AUTAN_QC_CONSISTENCY,
    AUTAN_QC_DUPLICATE,
    AUTAN_QC_CLOCK,
    AUTAN_QC_OFFSET,
    AUTAN_QC_DRIFT,
    AUTAN_QC_SWAP,
    AUTAN_QC_RADIATION,
    AUTAN_QC_ISOLATION,
    AUTAN_QC_BUDDY,
    AUTAN_QC_SCT,
    AUTAN_QC_KRIGING,
    AUTAN_QC_CROWD,
    AUTAN_QC_COMPLETENESS,
    AUTAN_QC_CHECKS
} autan_qc_id;

/* What a check looks at. */
typedef enum {
    AUTAN_QC_SERIES,  /* one station's readings, others at most as witnesses */
    AUTAN_QC_NETWORK, /* one station's weeks against the others' */
    AUTAN_QC_MOMENT,  /* all stations at one moment */
    AUTAN_QC_SEVERAL  /* several variables of one station */
} autan_qc_scope;

/* Traits of a check. */
enum {
    AUTAN_QC_MASKS = 1,      /* what it flags is missing to the checks after it */
    AUTAN_QC_ON_REQUEST = 2, /* off unless enabled */
    AUTAN_QC_REMARKS = 4     /* tells of a circumstance: what it flags can be used */
};

enum { AUTAN_QC_THRESHOLDS = 8 };

/* A number of a check, with its default for each variable; NaN: the check does not look
 * at that variable. */
typedef struct {
    const char *name, *unit;
    double value[AUTAN_VARIABLES];
    const char *source;
} autan_qc_threshold;

typedef struct autan_qc_work autan_qc_work;

typedef struct {
    const char *name;    /* as in a city file, and as CF flag meaning */
    const char *summary; /* one line */
    autan_qc_scope scope;
    unsigned traits;
    autan_status (*run)(autan_qc_work *work, const double *threshold);
    autan_qc_threshold threshold[AUTAN_QC_THRESHOLDS]; /* first without name ends */
} autan_qc_check;

/* The table's row; id must be below AUTAN_QC_CHECKS. Static. */
const autan_qc_check *autan_qc_get(autan_qc_id id);

/* The bit of a check. */
static inline uint32_t autan_qc_bit(autan_qc_id id)
{
    return (uint32_t)1 << id;
}

/* Writes the names of all checks separated by blanks, for a CF flag_meanings attribute;
 * masks (AUTAN_QC_CHECKS entries, may be NULL) receives flag_masks. Answers the length
 * needed without the final 0, as snprintf does. */
size_t autan_qc_flag_meanings(char *text, size_t size, uint32_t *masks);

/* Which checks run, with which numbers. */
typedef struct {
    uint32_t enabled; /* bits */
    double threshold[AUTAN_QC_CHECKS][AUTAN_QC_THRESHOLDS];
} autan_qc_settings;

/* All checks on but those on request, at their defaults for the variable. */
void autan_qc_defaults(autan_variable variable, autan_qc_settings *settings);

/* Changes one number, named `spike.amplitude`. AUTAN_NOT_FOUND when there is no such
 * name; AUTAN_UNSUPPORTED when the check does not look at the variable of the settings;
 * AUTAN_OUT_OF_DOMAIN for a value that is not finite. */
autan_status autan_qc_set(autan_qc_settings *settings, const char *name, double value);

/* Turns the check of that name on or off. AUTAN_NOT_FOUND when there is none. */
autan_status autan_qc_enable(autan_qc_settings *settings, const char *name, bool on);

/* The bits of a reading that ought not to be used: all but the remarks'. */
uint32_t autan_qc_refusing(void);

/* What is checked. Panels of other variables have the shape of `panel`. All borrowed;
 * what may be NULL is said. */
typedef struct {
    autan_variable variable;
    const autan_panel *panel;
    autan_points points; /* degrees; n = panel->n_stations; elevation may be NULL */
    const autan_panel *other[AUTAN_VARIABLES]; /* NULL where not measured */
    const autan_panel *dew_point;              /* degC, may be NULL */
    const autan_panel *gust;                   /* m s-1, may be NULL */
    const autan_panel *expected;       /* leave-one-out estimates, may be NULL ... */
    const autan_panel *expected_error; /* ... and their standard errors, both or none */
    /* Climatological limits by month, January first: 12 for all stations, or 12 for
     * each of them in turn; NULL, or NaN, for the defaults. */
    const double *climate_low, *climate_high;
    bool climate_by_station;
} autan_qc_data;

/* Why a reading was flagged, or a stretch of them. */
typedef struct {
    autan_qc_id check;
    size_t station;
    autan_time from, until; /* first and last moment, equal for one reading */
    double value;           /* the reading; for a stretch its first, NaN when missing */
    double statistic;       /* what the check computed */
    double limit;           /* what it compared that with */
} autan_qc_detail;

typedef struct {
    size_t n, capacity;
    autan_qc_detail *detail; /* in the order of checks */
} autan_qc_details;

void autan_qc_details_clear(autan_qc_details *details);

/* Writes a sentence such as "spike: 31.2 at 2019-06-30T15:00:00Z, statistic 9.81, limit
 * 4". Answers the length needed, as snprintf does. */
size_t autan_qc_detail_text(const autan_qc_detail *detail, char *text, size_t size);

/* Runs the enabled checks. flag (panel's size and order) is set; details (may be NULL)
 * are appended. A missing reading gets no flag. Needs some 40 bytes a reading. Time is
 * linear in readings but for AUTAN_QC_SCT, cubic in stations once for every pattern of
 * missing stations, and AUTAN_QC_SWAP, square in stations.
 * AUTAN_BAD_ARGUMENT: panels that do not fit together, stations that are not
 * panel->n_stations, more than 65 535 of them, one of expected and expected_error
 * without the other. AUTAN_OUT_OF_DOMAIN: coordinates outside their range.
 * AUTAN_NO_MEMORY. flag and details are then untouched. */
autan_status autan_qc_run(const autan_qc_data *data, const autan_qc_settings *settings,
                          uint32_t *flag, autan_qc_details *details);

#ifdef __cplusplus
}
#endif
#endif
