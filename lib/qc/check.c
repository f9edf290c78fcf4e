/* The table of checks. */
#include "qc/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "qc/work.h"

#define INF  ((double)INFINITY)
#define NONE ((double)NAN)
/* In the order of autan_variable: temperature, humidity, wind speed and direction,
 * pressure, precipitation, radiation. */
#define SEVEN(t, h, w, d, p, r, g)                                                     \
    {                                                                                  \
        t, h, w, d, p, r, g                                                            \
    }
#define SAME(x)        SEVEN(x, x, x, x, x, x, x)
#define TEMPERATURE(x) SEVEN(x, NONE, NONE, NONE, NONE, NONE, NONE)

#define MEASURED "measured on Berlin and Ghent, doc/qc.md"

static const autan_qc_check table[AUTAN_QC_CHECKS] = {
    [AUTAN_QC_RANGE] = {"range",
                        "outside what the quantity can be",
                        AUTAN_QC_SERIES,
                        AUTAN_QC_MASKS, autan_check_range,
                        {{"low", "unit", SEVEN(-60, 0, 0, 0, 500, 0, -20),
                          "WMO-No. 8 annex 1.A"},
                         {"high", "unit", SEVEN(60, 100, 75, 360, 1100, 500, 1600),
                          "WMO-No. 8 annex 1.A"}}},
    [AUTAN_QC_CLIMATOLOGY] =
        {"climatology",
         "outside the limits of the month",
         AUTAN_QC_SERIES,
         AUTAN_QC_MASKS, autan_check_climatology,
         {{"january_low", "unit", SEVEN(-35, 2, -INF, -INF, 930, -INF, -INF),
           "records of western and central Europe with a margin"},
          {"january_high", "unit", SEVEN(28, INF, INF, INF, 1065, INF, 900),
           "as january_low"},
          {"july_low", "unit", SEVEN(-5, 2, -INF, -INF, 930, -INF, -INF),
           "as january_low"},
          {"july_high", "unit", SEVEN(48, INF, INF, INF, 1065, INF, 1500),
           "as january_low; 46.0 degC at Verargues on 28 June 2019"}}},
    [AUTAN_QC_UNIT] = {"unit",
                       "Fahrenheit, kelvin, tenths or tens of a degree",
                       AUTAN_QC_SERIES,
                       AUTAN_QC_MASKS, autan_check_unit,
                       {{"distance", "K", TEMPERATURE(4), MEASURED},
                        {"ratio", "1", TEMPERATURE(0.4), MEASURED},
                        {"window", "h", TEMPERATURE(12), MEASURED},
                        {"share", "1", TEMPERATURE(0.75), MEASURED}}},
    [AUTAN_QC_PERSISTENCE] =
        {"persistence",
         "readings do not change",
         AUTAN_QC_SERIES,
         AUTAN_QC_MASKS, autan_check_persistence,
         {{"alone", "h", SEVEN(10, 30, 24, 24, 12, NONE, 24),
           MEASURED "; HadISD takes 24 equal readings"},
          {"witnessed", "h", SEVEN(4, 12, 24, 24, 8, NONE, 24), MEASURED},
          {"move", "unit", SEVEN(2.5, 25, INF, INF, 5, NONE, INF), MEASURED},
          {"tolerance", "unit", SEVEN(0, 0, 0, 0, 0, NONE, 0), "equal as written"},
          {"resolution", "unit", SEVEN(0.2, 1, 0.2, 5, 0.2, NONE, 10),
           "readings written more coarsely get longer limits"}}},
    [AUTAN_QC_SPIKE] =
        {"spike",
         "one reading there and back",
         AUTAN_QC_SERIES,
         AUTAN_QC_MASKS, autan_check_spike,
         {{"amplitude", "unit", SEVEN(3.8, 30, NONE, NONE, 3, NONE, NONE), MEASURED},
          {"spread", "1", SEVEN(9, 9, NONE, NONE, 9, NONE, NONE), MEASURED}}},
    [AUTAN_QC_STEP] =
        {"step",
         "a jump that stays",
         AUTAN_QC_SERIES,
         AUTAN_QC_MASKS, autan_check_step,
         {{"amplitude", "unit", SEVEN(5, 35, NONE, NONE, 4, NONE, NONE), MEASURED},
          {"spread", "1", SEVEN(11, 11, NONE, NONE, 11, NONE, NONE), MEASURED},
          {"window", "h", SEVEN(6, 6, NONE, NONE, 6, NONE, NONE), MEASURED},
          {"longest", "h", SEVEN(72, 72, NONE, NONE, 72, NONE, NONE),
           "then it is an offset"}}},
    [AUTAN_QC_RATE] = {"rate_of_change",
                       "a change faster than weather allows",
                       AUTAN_QC_SERIES,
                       0, autan_check_rate,
                       {{"rise", "unit h-1", SEVEN(8, 50, NONE, NONE, 5, NONE, NONE),
                         "MetObs toolkit, MADIS"},
                        {"fall", "unit h-1", SEVEN(10, 50, NONE, NONE, 5, NONE, NONE),
                         "MetObs toolkit, MADIS"},
                        {"tolerance", "1", SEVEN(1.5, 1, NONE, NONE, 1.5, NONE, NONE),
                         "times WMO-No. 488 over 2 to 12 h"}}},
    [AUTAN_QC_CONSISTENCY] =
        {"internal_consistency",
         "variables of a station contradict each other",
         AUTAN_QC_SEVERAL,
         0, autan_check_consistency,
         {{"margin", "unit", SEVEN(0.5, 0.2, 0.5, NONE, NONE, 0.2, 20),
           "dew point above air, mean above gust, rain (mm), light at night"},
          {"limit", "unit", SEVEN(NONE, 40, NONE, NONE, NONE, 40, 1.2),
           "least humidity with rain (%); share of sunlight above the air"}}},
    [AUTAN_QC_DUPLICATE] =
        {"duplicate",
         "the readings of another station or day",
         AUTAN_QC_SERIES,
         0, autan_check_duplicate,
         {{"rows", "1", SEVEN(24, 48, 48, 48, 96, NONE, 48), MEASURED},
          {"moving", "1", SEVEN(0.5, 0.5, 0.5, 0.5, 0.7, NONE, 0.5), MEASURED}}},
    [AUTAN_QC_CLOCK] = {"clock",
                        "a clock wrong by some hours",
                        AUTAN_QC_NETWORK,
                        0, autan_check_clock,
                        {{"shift", "min", TEMPERATURE(45), MEASURED},
                         {"gain", "1", TEMPERATURE(0.55), MEASURED},
                         {"window", "d", TEMPERATURE(5), MEASURED},
                         {"most", "h", TEMPERATURE(12),
                          "farther ones look like the other way"},
                         {"lasting", "1", TEMPERATURE(0.75), MEASURED}}},
    [AUTAN_QC_OFFSET] =
        {"offset",
         "the level changed from one day to the next, or is off all along",
         AUTAN_QC_NETWORK,
         0, autan_check_offset,
         {{"change", "unit", SEVEN(2.1, NONE, NONE, NONE, 2, NONE, NONE), MEASURED},
          {"span", "d", SEVEN(7, NONE, NONE, NONE, 7, NONE, NONE), MEASURED},
          {"always", "K", TEMPERATURE(1.3),
           "kept at every hour of the day; " MEASURED}}},
    [AUTAN_QC_DRIFT] =
        {"drift",
         "the level leaves its past little by little",
         AUTAN_QC_NETWORK,
         0, autan_check_drift,
         {{"change", "unit", SEVEN(2.4, NONE, NONE, NONE, 1.5, NONE, NONE), MEASURED},
          {"span", "d", SEVEN(7, NONE, NONE, NONE, 7, NONE, NONE), MEASURED},
          {"gap", "d", SEVEN(21, NONE, NONE, NONE, 21, NONE, NONE), MEASURED},
          {"reach", "d", SEVEN(90, NONE, NONE, NONE, 90, NONE, NONE), MEASURED}}},
    [AUTAN_QC_SWAP] = {"swapped",
                       "two stations under each other's name",
                       AUTAN_QC_NETWORK,
                       0, autan_check_swap,
                       {{"gain", "1", TEMPERATURE(0.1), MEASURED},
                        {"window", "d", TEMPERATURE(14), MEASURED},
                        {"alone", "1", TEMPERATURE(0.35),
                         "gain in one window; " MEASURED}}},
    [AUTAN_QC_RADIATION] = {"radiation",
                            "heated by the sun",
                            AUTAN_QC_NETWORK,
                            0, autan_check_radiation,
                            {{"excess", "K", TEMPERATURE(1.2), MEASURED},
                             {"days", "d", TEMPERATURE(7), MEASURED},
                             {"around", "K", TEMPERATURE(1.4), MEASURED}}},
    [AUTAN_QC_ISOLATION] =
        {"isolated",
         "too few stations around to judge it",
         AUTAN_QC_MOMENT,
         AUTAN_QC_REMARKS, autan_check_isolation,
         {{"stations", "1", SAME(3), "witnesses needed by the other checks"},
          {"radius", "km", SAME(100), "weather is shared within it"}}},
    [AUTAN_QC_BUDDY] = {"buddy",
                        "far from the readings around",
                        AUTAN_QC_MOMENT,
                        0, autan_check_buddy,
                        {{"threshold", "1", TEMPERATURE(6), MEASURED},
                         {"radius", "km", TEMPERATURE(25), MEASURED},
                         {"stations", "1", TEMPERATURE(4), "MetObs toolkit"},
                         {"min_std", "K", TEMPERATURE(1), "MetObs toolkit"}}},
    [AUTAN_QC_SCT] = {"spatial_consistency",
                      "far from the interpolation of the others",
                      AUTAN_QC_MOMENT,
                      0, autan_check_sct,
                      {{"threshold", "1", TEMPERATURE(16), MEASURED},
                       {"scale", "km", TEMPERATURE(10), "titanlib"},
                       {"eps2", "1", TEMPERATURE(0.5), "titanlib"},
                       {"stations", "1", TEMPERATURE(5), "titanlib"}}},
    [AUTAN_QC_KRIGING] = {"kriging",
                          "far from the leave-one-out estimate",
                          AUTAN_QC_MOMENT,
                          AUTAN_QC_ON_REQUEST, autan_check_kriging,
                          {{"errors", "1", SAME(5), "five standard errors"},
                           {"least", "unit", SEVEN(3, 25, 10, INF, 5, INF, 600),
                            MEASURED}}},
    [AUTAN_QC_CROWD] = {"crowd",
                        "did not pass a level of CrowdQC+",
                        AUTAN_QC_NETWORK,
                        AUTAN_QC_ON_REQUEST, autan_check_crowd,
                        {{"level", "1", TEMPERATURE(4), "1 to 5: M1 to M5"},
                         {"radius", "m", TEMPERATURE(3000), "CrowdQC+"}}},
    [AUTAN_QC_COMPLETENESS] = {"incomplete",
                               "too few readings that day",
                               AUTAN_QC_SERIES,
                               AUTAN_QC_ON_REQUEST | AUTAN_QC_REMARKS, autan_check_completeness,
                               {{"share", "1", SAME(0.8),
                                 "CrowdQC+ O2, WMO-No. 1203"}}},
};

const autan_qc_check *autan_qc_get(autan_qc_id id)
{
    return &table[id];
}

size_t autan_qc_flag_meanings(char *text, size_t size, uint32_t *masks)
{
    size_t length = 0;
    for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
        bool room = length < size;
        int more = snprintf(room ? text + length : NULL, room ? size - length : 0,
                            "%s%s", k ? " " : "", table[k].name);
        length += more > 0 ? (size_t)more : 0;
        if (masks)
            masks[k] = autan_qc_bit((autan_qc_id)k);
    }
    return length;
}

void autan_qc_defaults(autan_variable variable, autan_qc_settings *settings)
{
    *settings = (autan_qc_settings){0};
    for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
        if (!(table[k].traits & AUTAN_QC_ON_REQUEST))
            settings->enabled |= autan_qc_bit((autan_qc_id)k);
        for (int c = 0; c < AUTAN_QC_THRESHOLDS; c++)
            settings->threshold[k][c] = table[k].threshold[c].name
                                            ? table[k].threshold[c].value[variable]
                                            : NONE;
    }
}

autan_status autan_qc_set(autan_qc_settings *settings, const char *name, double value)
{
    for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
        size_t length = strlen(table[k].name);
        if (strncmp(name, table[k].name, length) != 0 || name[length] != '.')
            continue;
        for (int c = 0; c < AUTAN_QC_THRESHOLDS && table[k].threshold[c].name; c++) {
            if (strcmp(name + length + 1, table[k].threshold[c].name) != 0)
                continue;
            if (isnan(settings->threshold[k][c]))
                return AUTAN_UNSUPPORTED;
            if (!isfinite(value))
                return AUTAN_OUT_OF_DOMAIN;
            settings->threshold[k][c] = value;
            return AUTAN_OK;
        }
    }
    return AUTAN_NOT_FOUND;
}

autan_status autan_qc_enable(autan_qc_settings *settings, const char *name, bool on)
{
    for (int k = 0; k < AUTAN_QC_CHECKS; k++) {
        if (strcmp(table[k].name, name) != 0)
            continue;
        if (on)
            settings->enabled |= autan_qc_bit((autan_qc_id)k);
        else
            settings->enabled &= ~autan_qc_bit((autan_qc_id)k);
        return AUTAN_OK;
    }
    return AUTAN_NOT_FOUND;
}

uint32_t autan_qc_refusing(void)
{
    uint32_t mask = 0;
    for (int k = 0; k < AUTAN_QC_CHECKS; k++)
        mask |= table[k].traits & AUTAN_QC_REMARKS ? 0 : autan_qc_bit((autan_qc_id)k);
    return mask;
}
