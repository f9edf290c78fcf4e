/* Physical and climatological limits. */
#include "qc/work.h"

static void flag_outside(autan_qc_work *work, size_t i, size_t t, double low,
                         double high)
{
    double value = autan_series(work, i)[t];
    if (value < low)
        autan_flag(work, i, t, t + 1, value, low);
    if (value > high)
        autan_flag(work, i, t, t + 1, value, high);
}

autan_status autan_check_range(autan_qc_work *work, const double *threshold)
{
    for (size_t i = 0; i < work->n; i++) {
        for (size_t t = 0; t < work->n_times; t++)
            flag_outside(work, i, t, threshold[0], threshold[1]);
    }
    return AUTAN_OK;
}

/* Limits of a month: as given, else between those of January and July by a cosine. */
static void month_limits(const autan_qc_work *work, const double *threshold, size_t i,
                         int month, double *low, double *high)
{
    const autan_qc_data *data = work->data;
    size_t place = (data->climate_by_station ? i * 12 : 0) + (size_t)month - 1;
    double summer = 0.5 - 0.5 * cos(2 * M_PI * (month - 1) / 12);
    *low = isinf(threshold[0]) ? threshold[0]
                               : threshold[0] + summer * (threshold[2] - threshold[0]);
    *high = isinf(threshold[1]) ? threshold[1]
                                : threshold[1] + summer * (threshold[3] - threshold[1]);
    if (data->climate_low && !isnan(data->climate_low[place]))
        *low = data->climate_low[place];
    if (data->climate_high && !isnan(data->climate_high[place]))
        *high = data->climate_high[place];
}

autan_status autan_check_climatology(autan_qc_work *work, const double *threshold)
{
    autan_time day = 0;
    int month = 0;
    for (size_t i = 0; i < work->n; i++) {
        for (size_t t = 0; t < work->n_times; t++) {
            autan_time time = autan_panel_time(work->data->panel, t);
            double low, high;
            if (month == 0 || time / 86400 != day) {
                autan_civil civil;
                autan_civil_utc(time, &civil);
                day = time / 86400;
                month = civil.month;
            }
            month_limits(work, threshold, i, month, &low, &high);
            flag_outside(work, i, t, low, high);
        }
    }
    return AUTAN_OK;
}
