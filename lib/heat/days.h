/* Days in a row, and the climate they are judged against. */
#ifndef AUTAN_HEAT_DAYS_H
#define AUTAN_HEAT_DAYS_H

#include <stddef.h>

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Consecutive days of one place. The minimum of a day is that of the night that ends in
 * it. NaN where unknown. */
typedef struct {
    size_t n;
    const double *minimum, *maximum; /* degC */
    const int *yearday;              /* 1 to 366 */
} autan_days;

/* Mean of value[first .. first + n - 1]; NaN when one of them is. */
double autan_window_mean(const double *value, size_t first, size_t n);

/* Daily mean temperature as heatwave indices take it, (minimum + maximum) / 2. */
double autan_days_mean(const autan_days *days, size_t day);

enum { AUTAN_YEARDAYS = 366 };

/* What indices that compare with the climate of the place need. */
typedef struct {
    double mean_95;   /* 95th percentile of daily means, degC */
    double factor_85; /* 85th percentile of positive excess heat factors, K^2 */
    double maximum_90[AUTAN_YEARDAYS];       /* of daily maxima, 31-day window, degC */
    double maximum_90_short[AUTAN_YEARDAYS]; /* the same, 5-day window, degC */
    double yearly_25, yearly_75;             /* quartiles of the yearly maxima, degC */
} autan_climate;

enum { AUTAN_CLIMATE_YEARS = 5 }; /* fewest years a climate can be made of */

/* Makes the climate of a reference period; year (n) is the year of each day.
 * AUTAN_NO_DATA for fewer than AUTAN_CLIMATE_YEARS years with 300 known days or no
 * positive excess heat factor. Quantiles are of type 8. */
autan_status autan_climate_make(const autan_days *days, const int *year,
                                autan_climate *climate);

/* The climate of a place whose days are warmer than those it was made of by these
 * differences, K, all year round. */
autan_climate autan_climate_shift(const autan_climate *climate, double minimum,
                                  double maximum);

#ifdef __cplusplus
}
#endif
#endif
