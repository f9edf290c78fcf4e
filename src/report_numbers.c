#include "config.h"

#include "report.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/quantile.h"

const report_part report_parts[REPORT_PARTS] = {
    [REPORT_LATE_NIGHT] = {"fin de nuit, 3 h – 5 h", "late night, 03–05 h",
                           "late_night", 3, 3},
    [REPORT_MORNING] = {"matin, 7 h – 9 h", "morning, 07–09 h", "morning", 7, 3},
    [REPORT_AFTERNOON] = {"après-midi, 15 h – 17 h", "afternoon, 15–17 h", "afternoon",
                          15, 3},
    [REPORT_EVENING] = {"soir, 21 h – 23 h", "evening, 21–23 h", "evening", 21, 3},
};

const char *const report_season_french[REPORT_SEASONS + 1] = {
    "hiver", "printemps", "été", "automne", "toute la période"};
const char *const report_season_english[REPORT_SEASONS + 1] = {
    "winter", "spring", "summer", "autumn", "whole period"};
const char *const report_season_key[REPORT_SEASONS + 1] = {"winter", "spring", "summer",
                                                           "autumn", "all"};

report_number report_summarise(size_t n, double *member)
{
    report_number number = {NAN, NAN, NAN, NAN};
    double mean = 0.0, squares = 0.0;
    for (size_t k = 0; k < n; k++)
        mean += member[k] / (double)n;
    if (isnan(mean))
        return number;
    for (size_t k = 0; k < n; k++)
        squares += (member[k] - mean) * (member[k] - mean);
    autan_sort(n, member);
    number.value = mean;
    number.standard_error = sqrt(squares / (double)n);
    number.low = autan_quantile_sorted(n, member, 0.05);
    number.high = autan_quantile_sorted(n, member, 0.95);
    return number;
}

size_t report_count(const report *r, report_kind kind, size_t *first)
{
    size_t n = 0;
    *first = 0;
    for (size_t k = r->n_zones; k-- > 0;) {
        if (r->zone[k].kind != kind)
            continue;
        n++;
        *first = k;
    }
    return n;
}

/* The numbers of a results struct, as an array. */
enum { NUMBERS = offsetof(report_results, hours) / sizeof(report_number) };

static report_number *numbers(report_zone *z)
{
    return (report_number *)&z->result;
}

/* Widens one number by the standard error of the mean over the stations; a class of one
 * station says nothing of the other places of its class. */
static void widen(report_number *number, size_t n, double squares)
{
    const double between = n > 1 ? squares / (double)(n - 1) / (double)n : (double)NAN;
    const double wider =
        sqrt(number->standard_error * number->standard_error + between);
    const double more = 1.6448536269514722 * (wider - number->standard_error);
    number->standard_error = wider;
    number->low -= more;
    number->high += more;
}

void report_widen(report *r)
{
    size_t first, first_site;
    const size_t n = report_count(r, REPORT_LCZ_SITES, &first);
    const size_t n_sites = report_count(r, REPORT_SITE, &first_site);
    for (size_t k = first; k < first + n; k++) {
        for (size_t i = 0; i < NUMBERS; i++) {
            double mean = 0.0, squares = 0.0;
            size_t count = 0;
            for (size_t s = first_site; s < first_site + n_sites; s++) {
                if (r->zone[s].class == r->zone[k].class) {
                    mean += numbers(&r->zone[s])[i].value;
                    count++;
                }
            }
            mean /= (double)count;
            for (size_t s = first_site; s < first_site + n_sites; s++) {
                const double d = numbers(&r->zone[s])[i].value - mean;
                squares += r->zone[s].class == r->zone[k].class ? d * d : 0.0;
            }
            widen(&numbers(&r->zone[k])[i], count, squares);
        }
    }
}

void report_clear(report *r)
{
    for (size_t k = 0; k < r->n_zones; k++) {
        free(r->zone[k].name);
        autan_block_clear(&r->zone[k].temperature);
        autan_block_clear(&r->zone[k].island);
    }
    for (size_t k = 0; r->square && k < r->coarse.nx * r->coarse.ny; k++)
        autan_block_clear(&r->square[k]);
    free(r->zone);
    free(r->square);
    free(r->square_cells);
    free(r->district);
    free(r->outline);
    free(r->effect);
    free(r->map);
    free(r->error);
    free(r->tropical);
    autan_areas_clear(&r->areas);
    *r = (report){0};
}
