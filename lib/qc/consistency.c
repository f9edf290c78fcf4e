/* Variables of one station that contradict each other. */
#include "qc/sun.h"
#include "qc/work.h"

static double other(const autan_qc_work *work, autan_variable v, size_t place)
{
    const autan_panel *panel = work->data->other[v];
    return panel ? panel->value[place] : (double)NAN;
}

static double beside(const autan_panel *panel, size_t place)
{
    return panel ? panel->value[place] : (double)NAN;
}

/* Both variables of a contradiction are doubted, each in its own run. NaN contradicts
 * nothing. */
static void judge(autan_qc_work *work, size_t i, size_t t, const double *threshold)
{
    autan_variable v = work->data->variable;
    size_t place = t * work->n + i;
    double value = autan_series(work, i)[t];
    double dew = beside(work->data->dew_point, place), statistic = NAN, limit = NAN;
    if (v == AUTAN_AIR_TEMPERATURE && dew - value > threshold[0]) {
        statistic = dew - value;
        limit = threshold[0];
    } else if (v == AUTAN_WIND_SPEED &&
               value - beside(work->data->gust, place) > threshold[0]) {
        statistic = value - beside(work->data->gust, place);
        limit = threshold[0];
    } else if (v == AUTAN_PRECIPITATION_AMOUNT && value > threshold[0] &&
               other(work, AUTAN_RELATIVE_HUMIDITY, place) < threshold[1]) {
        statistic = other(work, AUTAN_RELATIVE_HUMIDITY, place);
        limit = threshold[1];
    } else if (v == AUTAN_RELATIVE_HUMIDITY && value < threshold[1] &&
               other(work, AUTAN_PRECIPITATION_AMOUNT, place) > threshold[0]) {
        statistic = value;
        limit = threshold[1];
    } else if (v == AUTAN_GLOBAL_RADIATION && value > threshold[0]) {
        double sine = autan_sun_sine(autan_panel_time(work->data->panel, t),
                                     work->data->points.latitude[i],
                                     work->data->points.longitude[i]);
        /* An hour's mean may hold light of the hour's end; 1361 W m-2 comes in above
         * the air (G. Kopp and J. L. Lean, GRL 38, 2011). */
        double most = threshold[0] + threshold[1] * 1361 * fmax(0, sine + 0.15);
        if (value > most) {
            statistic = value;
            limit = most;
        }
    }
    if (!isnan(statistic))
        autan_flag(work, i, t, t + 1, statistic, limit);
}

autan_status autan_check_consistency(autan_qc_work *work, const double *threshold)
{
    for (size_t i = 0; i < work->n; i++) {
        for (size_t t = 0; t < work->n_times; t++)
            judge(work, i, t, threshold);
    }
    return AUTAN_OK;
}
